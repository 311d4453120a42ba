//! What a LAN's lock guards: the network, those who wait, those who sleep.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;

use base::{Duration, Instant, Rng};
use fabric::{Channel, ConnectError, Direction, Fabric, HostId, LinkId, NodeId, Observer, PortId};
use host::driver::Woken;
use stack::{Stack, Sysctls};
use wire::MacAddr;

use super::error::LanError;
use super::lag::Lag;
use super::observers::Observers;
use super::taps::TapPort;
use super::timers::Timers;
use crate::ours::Wakers;

/// The LAN itself.
pub(super) struct World {
    pub(super) fabric: Fabric,
    /// By host.
    pub(super) wakers: Vec<Wakers>,
    pub(super) timers: Timers,
    /// Switches by name.
    pub(super) segments: BTreeMap<String, NodeId>,
    pub(super) hosts: HashMap<String, HostId>,
    /// By host.
    pub(super) cables: Vec<Vec<LinkId>>,
    /// Until when the thread that lets real time go on sleeps if nobody kicks it.
    pub(super) sleeps_until: Instant,
    /// The LAN was dropped.
    pub(super) ended: bool,
    /// Ports that lead to devices of the kernel, in real time only.
    pub(super) taps: Vec<TapPort>,
    /// In real time: how late things happened.
    pub(super) lag: Lag,
    /// By host, how often it crashed: sockets of an earlier life are not those of this one.
    pub(super) lives: Vec<u32>,
    /// Where calls on sockets of earlier lives end up, which finds none of them there.
    grave: Box<(Stack, Wakers)>,
    rng: Rng,
    /// MAC addresses that were given out.
    macs: u64,
    /// Hosts that are switched off, with the MAC addresses of their cards.
    pub(super) off: BTreeMap<HostId, Vec<MacAddr>>,
    observers: Observers,
}

/// What came of letting time go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passed {
    /// Somebody is to be woken.
    Woke,
    /// It is as late as it may be, and nobody is to be woken.
    Limit,
    /// Nothing will ever happen again.
    Nothing,
}

/// So much time on a LAN without anybody being woken means that nobody ever will: no timer of TCP
/// runs for longer than half an hour, and who sleeps has a timer of his own.
pub(super) const FOR_EVER: Duration = Duration::from_secs(30 * 24 * 3600);

impl World {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            fabric: Fabric::new(seed),
            wakers: Vec::new(),
            timers: Timers::default(),
            segments: BTreeMap::new(),
            hosts: HashMap::new(),
            cables: Vec::new(),
            sleeps_until: Instant::ZERO,
            ended: false,
            taps: Vec::new(),
            lag: Lag::default(),
            lives: Vec::new(),
            grave: Box::new((
                Stack::new(Sysctls::default(), Rng::seeded(seed)),
                Wakers::default(),
            )),
            rng: Rng::seeded(seed),
            macs: 0,
            off: BTreeMap::new(),
            observers: Observers::default(),
        }
    }

    /// Sees that `name` is free.
    pub(super) fn claim(&self, name: &str) -> Result<(), LanError> {
        if self.hosts.contains_key(name) || self.segments.contains_key(name) {
            return Err(LanError::NameTaken(name.into()));
        }
        Ok(())
    }

    /// The chance of the next host.
    pub(super) fn next_rng(&self) -> Rng {
        self.rng.clone().fork(self.hosts.len() as u64)
    }

    /// A MAC address that no card has yet, unless somebody chose it.
    pub(super) fn next_mac(&mut self) -> MacAddr {
        self.macs += 1;
        MacAddr::local(self.macs)
    }

    /// The port that a cable's end is plugged into.
    fn port(&mut self, end: &str) -> Result<PortId, LanError> {
        let unknown = || LanError::NoSuchEnd(end.into());
        let Some((host, interface)) = end.split_once(':') else {
            let node = self.segments.get(end).ok_or_else(unknown)?;
            return Ok(self.fabric.add_port(*node));
        };
        let host = *self.hosts.get(host).ok_or_else(unknown)?;
        let interfaces = self.fabric.stack(host).interfaces();
        let iface = interfaces
            .iter()
            .find(|card| card.name() == interface && card.mac().is_some() && card.vlan().is_none())
            .map(stack::Interface::id)
            .ok_or_else(unknown)?;
        Ok(self.fabric.interface_port(host, iface))
    }

    /// Lays a cable, which belongs to the hosts at its ends.
    pub(super) fn connect(
        &mut self,
        ends: [&str; 2],
        there: &Channel,
        back: &Channel,
    ) -> Result<LinkId, LanError> {
        for end in ends {
            if self.tap(end).is_some_and(|tap| tap.cabled) {
                return Err(LanError::EndTaken(end.into()));
            }
        }
        let ports = [self.port(ends[0])?, self.port(ends[1])?];
        let connected = self.fabric.connect(ports[0], ports[1], there);
        let link = connected.map_err(|error| {
            let taken = match error {
                ConnectError::Taken(port) if port == ports[0] => ends[0],
                ConnectError::Taken(_) | ConnectError::Itself(_) => ends[1],
            };
            LanError::EndTaken(taken.into())
        })?;
        self.fabric.set_channel(link, Direction::Back, back.clone());
        for (end, port) in ends.into_iter().zip(ports) {
            if let Some(tap) = self.tap(end) {
                tap.cabled = true;
                self.declare(port, end);
            }
            let host = end
                .split_once(':')
                .and_then(|(host, _)| self.hosts.get(host));
            if let Some(host) = host {
                self.cables[host.index()].push(link);
            }
        }
        Ok(link)
    }

    /// Takes in a computer.
    pub(super) fn enter(&mut self, name: &str, stack: Stack) -> HostId {
        let host = self.fabric.add_host(name, stack);
        self.hosts.insert(name.into(), host);
        self.wakers.push(Wakers::default());
        self.cables.push(Vec::new());
        self.lives.push(0);
        host
    }

    /// Makes a call on a host's stack.
    pub(super) fn call_host<R>(
        &mut self,
        (host, life): (HostId, u32),
        now: Instant,
        call: impl FnOnce(&mut Stack, &mut Wakers, Instant) -> R,
    ) -> R {
        if self.lives[host.index()] != life {
            let (stack, wakers) = &mut *self.grave;
            return call(stack, wakers, now);
        }
        // Its own clock, which may have been skewed.
        let now = self.fabric.host_time_at(host, now);
        let stack = self.fabric.stack_mut(host);
        call(stack, &mut self.wakers[host.index()], now)
    }

    /// Puts another stack in the place of a host's, and gives those who waited for its sockets.
    pub(super) fn replace(&mut self, host: HostId, stack: Stack, woken: &mut Woken) -> Stack {
        self.lives[host.index()] += 1;
        std::mem::take(&mut self.wakers[host.index()]).give_up(woken);
        self.fabric.replace_stack(host, stack)
    }

    /// The chance of a host that starts again.
    pub(super) fn rng_of(&self, host: HostId) -> Rng {
        let life = u64::from(self.lives[host.index()]) + 1;
        self.rng.clone().fork(life << 32 | host.index() as u64)
    }

    /// When something happens next.
    pub(super) fn next(&mut self) -> Option<Instant> {
        let next = [
            self.fabric.next_event(),
            self.timers.next(),
            self.next_retry(),
        ];
        next.into_iter().flatten().min()
    }

    /// Whether something happens before the thread that lets real time go on wakes up; it is to be
    /// kicked then.
    pub(super) fn is_earlier(&mut self) -> bool {
        let earlier = self.next().is_some_and(|at| at < self.sleeps_until);
        if earlier {
            self.sleeps_until = Instant::ZERO;
        }
        earlier
    }

    /// Lets everything happen up to `time`, which is now by the clock, and notes how late that is.
    /// Nothing is skipped: what is late happens in its order, at the time it was due at.
    pub(super) fn catch_up(&mut self, time: Instant, woken: &mut Woken) {
        if let Some(due) = self.next() {
            self.lag.note(time.since(due));
        }
        self.run_to(time, woken);
        self.flush_taps(time);
    }

    /// Lets everything happen up to `time`.
    pub(super) fn run_to(&mut self, time: Instant, woken: &mut Woken) {
        while self.fabric.run_to_event(time) {
            self.collect(woken);
        }
        self.timers.fire(time, woken);
    }

    /// Lets time go on until somebody is to be woken, at most to `limit`.
    pub(super) fn pass(&mut self, limit: Option<Instant>, woken: &mut Woken) -> Passed {
        let for_ever = self.fabric.now() + FOR_EVER;
        loop {
            let Some(at) = self.next().filter(|at| *at <= limit.unwrap_or(for_ever)) else {
                return match limit {
                    Some(limit) => {
                        self.run_to(limit, woken);
                        Passed::Limit
                    }
                    None => Passed::Nothing,
                };
            };
            if self.fabric.run_to_event(at) {
                self.collect(woken);
            } else {
                self.timers.fire(at, woken);
            }
            if !woken.is_empty() {
                return Passed::Woke;
            }
        }
    }

    /// Takes the hosts' word to their programs.
    fn collect(&mut self, woken: &mut Woken) {
        while let Some((host, event)) = self.fabric.poll_event() {
            let stack = self.fabric.stack(host);
            self.wakers[host.index()].notify(stack, event, woken);
        }
    }

    /// Names the port of a host's card, for captures.
    pub(super) fn declare(&mut self, port: PortId, name: &str) {
        self.observers.declare(port, name);
    }

    pub(super) fn capture(&mut self, path: &Path, origin: Duration) -> io::Result<()> {
        self.observers.capture(path, origin)?;
        self.fabric.set_observer(self.observers.clone());
        Ok(())
    }

    pub(super) fn capture_each(&mut self, folder: &Path, origin: Duration) -> io::Result<()> {
        self.observers.capture_each(folder, origin)?;
        self.fabric.set_observer(self.observers.clone());
        Ok(())
    }

    pub(super) fn finish_capture(&self) -> io::Result<()> {
        self.observers.finish()
    }

    pub(super) fn observe(&mut self, observer: Box<dyn Observer>) {
        self.observers.add(observer);
        self.fabric.set_observer(self.observers.clone());
    }
}
