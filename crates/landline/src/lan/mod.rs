//! A simulated LAN: computers of ours, switches and cables in this process.
//!
//! - [`Lan`] here: building it, and reaching in.
//! - `config.rs`: [`LanHost`], a computer to be; `error.rs`: [`LanError`].
//! - `world.rs`: what the lock guards: the network, those who wait, those who sleep.
//! - `computer.rs`: one of its hosts, as sockets see it.
//! - `timers.rs`: those who sleep. `taps.rs`: ports that lead to devices of the kernel.
//! - `runtime.rs`: [`LanRuntime`] and [`Lan::block_on`], which run programs.
//! - `virtual_time.rs`: where time goes on when everybody waits.
//! - `real_time.rs`: the thread that lets time go on by the clock. `lag.rs`: how late it is.
//! - `observers.rs`: captures, and others who look on.

mod computer;
mod config;
mod error;
mod lag;
mod observers;
mod real_time;
mod runtime;
mod taps;
mod timers;
mod virtual_time;
mod world;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base::{Duration, Instant};
use fabric::Fabric;
use host::driver::Woken;

pub use config::LanHost;
pub use error::LanError;
pub use fabric::{
    Channel, Corrupt, Delay, Duplicate, Limit, LinkId, Loss, Observer, Rate, Reorder, Sighting,
    SpanningTree, SwitchConfig, VlanPort, What,
};
pub use lag::Lag;
pub use runtime::LanRuntime;
pub use virtual_time::Stuck;

use crate::network::{Kind, Network};
use computer::HostOnLan;
use real_time::Pace;
use world::World;

/// A simulated LAN: hosts with stacks of their own, switches and cables, all in this process and
/// without any privilege.
///
/// Time on it is virtual: it stands still while programs run and goes on, to the moment when
/// something happens next, while all of them wait. The same seed and the same programs are the same
/// run, packet by packet.
///
/// ```
/// use landline::tokio::{TcpListener, TcpStream};
/// use landline::{Lan, LanHost};
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let lan = Lan::new(7);
/// lan.add_switch("office")?;
/// let alice = lan.add_host(&LanHost::new("alice").plug("office", "172.16.10.1/24"))?;
/// let bob = lan.add_host(&LanHost::new("bob").plug("office", "172.16.10.2/24"))?;
///
/// let heard = lan.block_on(async {
///     let listener = TcpListener::bind(&bob, "172.16.10.2:9000").await?;
///     tokio::spawn(async move {
///         let (mut callee, _) = listener.accept().await?;
///         callee.write_all(b"hello").await
///     });
///     let mut caller = TcpStream::connect(&alice, "172.16.10.2:9000").await?;
///     let mut heard = String::new();
///     caller.read_to_string(&mut heard).await?;
///     std::io::Result::Ok(heard)
/// })?;
/// assert_eq!(heard, "hello");
/// # Ok(())
/// # }
/// ```
///
/// Cloning is cheap and names the same LAN.
#[derive(Clone)]
pub struct Lan(Arc<Shared>);

/// What a LAN, its hosts and its sockets share.
struct Shared {
    world: Arc<Mutex<World>>,
    /// In real time only.
    pace: Option<Pace>,
    feeds: taps::Feeds,
}

impl Lan {
    /// A LAN without hosts, in virtual time. All chance on it comes from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Shared {
            world: Arc::new(Mutex::new(World::new(seed))),
            pace: None,
            feeds: taps::Feeds::default(),
        }))
    }

    /// A LAN without hosts, in real time: for programs that block, on threads, and for what has to
    /// do with the world outside. A thread lets what is due happen; when the machine cannot keep
    /// up, [`lag`](Self::lag) says so.
    ///
    /// # Errors
    ///
    /// When there are no threads left.
    pub fn in_real_time(seed: u64) -> io::Result<Self> {
        let world = Arc::new(Mutex::new(World::new(seed)));
        let pace = Some(Pace::start(&world)?);
        let feeds = taps::Feeds::default();
        Ok(Self(Arc::new(Shared { world, pace, feeds })))
    }

    /// Whether time on it is that of the clock.
    pub fn is_in_real_time(&self) -> bool {
        self.0.pace.is_some()
    }

    /// Puts in a switch.
    ///
    /// # Errors
    ///
    /// [`LanError::NameTaken`].
    pub fn add_switch(&self, name: &str) -> Result<(), LanError> {
        self.add_switch_as(name, SwitchConfig::default())
    }

    /// Puts in a switch of its own kind: with a spanning tree, say.
    ///
    /// # Errors
    ///
    /// [`LanError::NameTaken`].
    pub fn add_switch_as(&self, name: &str, config: SwitchConfig) -> Result<(), LanError> {
        self.call(|world, _| {
            world.claim(name)?;
            let node = world.fabric.add_switch(name, config);
            world.segments.insert(name.into(), node);
            Ok(())
        })
    }

    /// Puts in a hub: what comes in at one port leaves by all others.
    ///
    /// # Errors
    ///
    /// [`LanError::NameTaken`].
    pub fn add_hub(&self, name: &str) -> Result<(), LanError> {
        self.call(|world, _| {
            world.claim(name)?;
            let node = world.fabric.add_hub(name);
            world.segments.insert(name.into(), node);
            Ok(())
        })
    }

    /// Lays a cable between two ends, each a switch or hub by its name or a host's card such as
    /// `alice:eth0`; `there` is from the first to the second.
    ///
    /// # Errors
    ///
    /// [`LanError::NoSuchEnd`], [`LanError::EndTaken`].
    pub fn connect(
        &self,
        ends: [&str; 2],
        there: &Channel,
        back: &Channel,
    ) -> Result<LinkId, LanError> {
        self.call(|world, _| world.connect(ends, there, back))
    }

    /// Puts in a computer, plugged in as `host` says; gives its network, on which programs open
    /// their sockets.
    ///
    /// # Errors
    ///
    /// [`LanError`]; nothing has changed then.
    pub fn add_host(&self, host: &LanHost) -> Result<Network, LanError> {
        let id = self.call(|world, now| config::build(world, now, host))?;
        Ok(self.network(id, 0))
    }

    /// Which host of the network below `name` is.
    pub fn host_id(&self, name: &str) -> Option<fabric::HostId> {
        self.call(|world, _| world.hosts.get(name).copied())
    }

    /// The network of the host `name`.
    pub fn host(&self, name: &str) -> Option<Network> {
        let (id, life) = self.call(|world, _| {
            let id = world.hosts.get(name).copied()?;
            Some((id, world.lives[id.index()]))
        })?;
        Some(self.network(id, life))
    }

    fn network(&self, id: fabric::HostId, life: u32) -> Network {
        Network {
            kind: Kind::Stack(Arc::new(HostOnLan::new(self.clone(), id, life))),
        }
    }

    /// Switches a host off without a word: its sockets and all that it knew are gone, and its peers
    /// see silence. Sockets that programs still have are unknown to it from then on (EBADF).
    ///
    /// # Errors
    ///
    /// [`LanError::NoSuchHost`].
    pub fn crash(&self, host: &str) -> Result<(), LanError> {
        let mut woken = Woken::new();
        self.call(|world, _| {
            let id = world.hosts.get(host).copied();
            let id = id.ok_or_else(|| LanError::NoSuchHost(host.into()))?;
            let stack = config::switched_off(world.rng_of(id));
            let before = world.replace(id, stack, &mut woken);
            let macs = before.interfaces().iter();
            let macs = macs.filter_map(stack::Interface::mac).collect();
            world.off.entry(id).or_insert(macs);
            Ok(())
        })?;
        for waker in woken {
            waker.wake();
        }
        Ok(())
    }

    /// Whether a host crashed and has not started again.
    ///
    /// # Errors
    ///
    /// [`LanError::NoSuchHost`].
    pub fn is_off(&self, host: &str) -> Result<bool, LanError> {
        self.call(|world, _| {
            let id = world.hosts.get(host);
            let id = id.ok_or_else(|| LanError::NoSuchHost(host.into()))?;
            Ok(world.off.contains_key(id))
        })
    }

    /// Starts a host again that crashed, as `plan` has it and with its old MAC addresses; gives its
    /// network.
    ///
    /// # Errors
    ///
    /// [`LanError::NoSuchHost`], also for one that is running; what a stack refuses.
    pub fn restart(&self, plan: &LanHost) -> Result<Network, LanError> {
        let mut woken = Woken::new();
        self.call(|world, now| {
            let id = world.hosts.get(plan.name()).copied();
            let id = id.filter(|id| world.off.contains_key(id));
            let id = id.ok_or_else(|| LanError::NoSuchHost(plan.name().into()))?;
            let macs = world.off.get(&id).cloned().unwrap_or_default();
            let now = world.fabric.host_time_at(id, now);
            let stack = config::again(world, now, plan, id, &macs)?;
            world.replace(id, stack, &mut woken);
            world.off.remove(&id);
            Ok(())
        })?;
        for waker in woken {
            waker.wake();
        }
        let network = self.host(plan.name());
        network.ok_or_else(|| LanError::NoSuchHost(plan.name().into()))
    }

    /// Parts the network: hosts of one group do not hear those of another, until it is
    /// [healed](Self::heal). Who is in none hears everybody.
    ///
    /// # Errors
    ///
    /// [`LanError::NoSuchHost`]; nothing has changed then.
    pub fn partition(&self, groups: &[Vec<&str>]) -> Result<(), LanError> {
        self.call(|world, _| {
            let of = |name: &&str| {
                let id = world.hosts.get(*name).copied();
                id.ok_or_else(|| LanError::NoSuchHost((*name).into()))
            };
            let groups = groups.iter().map(|group| group.iter().map(of).collect());
            let groups: Vec<Vec<_>> = groups.collect::<Result<_, _>>()?;
            world.fabric.partition(&groups);
            Ok(())
        })
    }

    /// Makes the network whole again.
    pub fn heal(&self) {
        self.call(|world, _| world.fabric.heal());
    }

    /// Lets a host's clock gain so many nanoseconds a second from now on, or lose them, at most a tenth,
    /// and puts it `ahead` at once: its stack's timers and timestamps follow. Programs go on sleeping
    /// by the LAN's time.
    ///
    /// # Errors
    ///
    /// [`LanError::NoSuchHost`].
    pub fn skew(&self, host: &str, gain: i64, ahead: Duration) -> Result<(), LanError> {
        self.call(|world, _| {
            let id = world.hosts.get(host).copied();
            let id = id.ok_or_else(|| LanError::NoSuchHost(host.into()))?;
            world.fabric.skew(id, gain, ahead);
            Ok(())
        })
    }

    /// What time it is on the LAN. In virtual time it begins at zero.
    pub fn now(&self) -> Instant {
        match &self.0.pace {
            None => self.world().fabric.now(),
            Some(pace) => pace.now(),
        }
    }

    /// Waits for `duration` of the LAN's time.
    pub async fn sleep(&self, duration: std::time::Duration) {
        let deadline = self.now() + duration.into();
        computer::Sleep::until(self, deadline).await;
    }

    /// In real time, how late things happened so far; `None` in virtual time, where nothing is.
    pub fn lag(&self) -> Option<Lag> {
        self.0.pace.as_ref()?;
        Some(self.world().lag)
    }

    /// Sets both directions of the cables of `host`, while it runs.
    ///
    /// # Errors
    ///
    /// [`LanError::NoSuchHost`].
    pub fn set_channel(&self, host: &str, channel: &Channel) -> Result<(), LanError> {
        self.on_cables(host, |fabric, link| {
            for direction in fabric::Direction::BOTH {
                fabric.set_channel(link, direction, channel.clone());
            }
        })
    }

    /// Pulls the cables of `host` or plugs them in again.
    ///
    /// # Errors
    ///
    /// [`LanError::NoSuchHost`].
    pub fn set_plugged(&self, host: &str, plugged: bool) -> Result<(), LanError> {
        self.on_cables(host, |fabric, link| fabric.set_up(link, plugged))
    }

    fn on_cables(
        &self,
        host: &str,
        mut change: impl FnMut(&mut Fabric, fabric::LinkId),
    ) -> Result<(), LanError> {
        self.call(|world, _| {
            let Some(id) = world.hosts.get(host) else {
                return Err(LanError::NoSuchHost(host.into()));
            };
            for link in &world.cables[id.index()] {
                change(&mut world.fabric, *link);
            }
            Ok(())
        })
    }

    /// How many frames to many the cards of `host` did not let through, since nobody there listens to
    /// them; 0 for a host that there is not.
    pub fn unheard(&self, host: &str) -> u64 {
        self.call(|world, _| {
            let id = world.hosts.get(host).copied();
            id.map_or(0, |id| world.fabric.unheard(id))
        })
    }

    /// Reaches into the network below: links, queues, the ledger of what died.
    pub fn with_fabric<R>(&self, call: impl FnOnce(&mut Fabric) -> R) -> R {
        self.call(|world, _| call(&mut world.fabric))
    }

    /// Records every frame at every host's cards into a pcapng file at `path`, with the reason as
    /// a comment where one died. In virtual time the same run gives the same bytes.
    ///
    /// # Errors
    ///
    /// The file system's, with the path.
    pub fn capture(&self, path: &Path) -> io::Result<()> {
        let origin = self.origin();
        self.call(|world, _| world.capture(path, origin))
    }

    /// As [`capture`](Self::capture), into a file of its own for each host, `NAME.pcapng` in
    /// `folder`, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// The file system's, with the path; too many open files where there are more hosts than a
    /// process may have descriptors.
    pub fn capture_each(&self, folder: &Path) -> io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let origin = self.origin();
        self.call(|world, _| world.capture_each(folder, origin))
    }

    /// From 1970 (UTC) to the LAN's beginning, as captures have it.
    fn origin(&self) -> Duration {
        let pace = self.0.pace.as_ref();
        pace.map_or(Duration::ZERO, Pace::origin)
    }

    /// Writes out what the captures still hold back.
    ///
    /// # Errors
    ///
    /// The first that came up since the capture began.
    pub fn finish_capture(&self) -> io::Result<()> {
        self.call(|world, _| world.finish_capture())
    }

    /// Shows everything that happens on the cables to `observer` as well.
    pub fn observe(&self, observer: impl Observer + 'static) {
        self.call(|world, _| world.observe(Box::new(observer)));
    }

    /// Makes a call on the world at the present moment. In real time everything that is due by now
    /// happens first, and what the call brought about at once happens before this returns.
    fn call<R>(&self, call: impl FnOnce(&mut World, Instant) -> R) -> R {
        let mut world = self.world();
        let Some(pace) = &self.0.pace else {
            let now = world.fabric.now();
            return call(&mut world, now);
        };
        let mut woken = Woken::new();
        let now = pace.now();
        world.catch_up(now, &mut woken);
        let result = call(&mut world, now);
        world.run_to(now, &mut woken);
        world.flush_taps(now);
        let kick = world.is_earlier();
        drop(world);
        if kick {
            pace.kick();
        }
        for waker in woken {
            waker.wake();
        }
        result
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Lan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lan")
            .field("real_time", &self.0.pace.is_some())
            .finish_non_exhaustive()
    }
}
