//! A lab in a test: programs of one's own on its hosts, in virtual time.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::ops::Deref;
use std::pin::{Pin, pin};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use base::Instant;
use fabric::{Channel, LinkId};
use landline::lan::{LanRuntime, Stuck};
use landline::{LanError, Network};
use tokio::task::JoinHandle;

use crate::build::Lab;
use crate::builder::end_of;
use crate::report::{Ended, Report};
use crate::scenario::{At, Fault, NodeKind};

/// A network whose hosts run programs that are written in Rust, against tokio-shaped sockets, in virtual
/// time. [`Lab::builder`] draws it.
///
/// A program is given its host's [`Network`] and is otherwise an ordinary future: `tokio::spawn`,
/// `tokio::time` and hyper work as they are, and each wait takes no time but the network's own. Where a
/// host crashes, its program ends where it is; when it starts again, so does its program.
///
/// ```
/// use std::time::Duration;
/// use landline::tokio::{TcpListener, TcpStream};
/// use lab::Lab;
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
///
/// let lab = Lab::builder()
///     .seed(7)
///     .switch("office")
///     .host("alice", "office", "10.0.0.1/24")
///     .host("bob", "office", "10.0.0.2/24")
///     .start()?;
/// lab.run_on("bob", |network| async move {
///     let listener = TcpListener::bind(&network, "0.0.0.0:7").await?;
///     loop {
///         let (mut caller, _) = listener.accept().await?;
///         caller.write_all(b"hello").await?;
///     }
/// })?;
/// let alice = lab.host("alice").expect("she was drawn");
/// let heard = lab.run_until(async {
///     tokio::time::sleep(Duration::from_secs(1)).await;
///     let mut bob = TcpStream::connect(&alice, "10.0.0.2:7").await?;
///     let mut heard = String::new();
///     bob.read_to_string(&mut heard).await?;
///     std::io::Result::Ok(heard)
/// })??;
/// assert_eq!(heard, "hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Sim {
    lab: Lab,
    runtime: LanRuntime,
    programs: Mutex<Programs>,
}

/// How a program ends: well, or with an error that ends the run too.
pub type ProgramResult = Result<(), Box<dyn Error + Send + Sync>>;

type Start = Box<dyn Fn(Network) -> Pin<Box<dyn Future<Output = ProgramResult> + Send>> + Send>;

/// What was to run on the hosts, and does.
#[derive(Default)]
struct Programs {
    /// By host, in the order in which they were given.
    all: BTreeMap<String, Vec<Start>>,
    running: Vec<Running>,
    /// Who waits for one of them to fail.
    waiting: Option<Waker>,
}

struct Running {
    host: String,
    task: JoinHandle<ProgramResult>,
}

/// Why a run ended early.
#[derive(Debug)]
pub enum SimError {
    /// A program ended with an error.
    Program {
        /// On which host.
        host: String,
        /// Its error.
        error: Box<dyn Error + Send + Sync>,
    },
    /// Everybody waits for what will never come.
    Stuck(Stuck),
}

impl fmt::Display for SimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program { host, error } => write!(f, "the program on `{host}` failed: {error}"),
            Self::Stuck(stuck) => stuck.fmt(f),
        }
    }
}

impl Error for SimError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Program { error, .. } => Some(&**error),
            Self::Stuck(stuck) => Some(stuck),
        }
    }
}

impl Sim {
    pub(crate) fn new(lab: Lab) -> Self {
        Self {
            runtime: LanRuntime::new(lab.lan()),
            lab,
            programs: Mutex::default(),
        }
    }

    /// Runs a program on a host, from now on; when the host starts again after a crash, it begins anew.
    ///
    /// # Errors
    /// [`LanError::NoSuchHost`].
    pub fn run_on<F>(
        &self,
        host: &str,
        program: impl Fn(Network) -> F + Send + 'static,
    ) -> Result<(), LanError>
    where
        F: Future<Output = ProgramResult> + Send + 'static,
    {
        let network = self.network(host)?;
        let start: Start = Box::new(move |network| Box::pin(program(network)));
        let mut programs = self.programs();
        self.start(&mut programs, host, start(network));
        programs.all.entry(host.to_owned()).or_default().push(start);
        Ok(())
    }

    fn start(
        &self,
        programs: &mut Programs,
        host: &str,
        program: Pin<Box<dyn Future<Output = ProgramResult> + Send>>,
    ) {
        programs.running.push(Running {
            host: host.to_owned(),
            task: self.runtime.spawn(program),
        });
        // Whoever waits for failures has one more to wait for.
        if let Some(waiting) = programs.waiting.take() {
            waiting.wake();
        }
    }

    /// Lets the network and its programs run until `test` has ended.
    ///
    /// # Errors
    /// A program failed, or everybody waits for ever.
    ///
    /// # Panics
    /// When a program does. Within a tokio runtime.
    pub fn run_until<F: Future>(&self, test: F) -> Result<F::Output, SimError> {
        let mut test = pin!(test);
        let ended = self.runtime.run(poll_fn(|cx| {
            if let Poll::Ready(output) = test.as_mut().poll(cx) {
                return Poll::Ready(Ok(output));
            }
            match self.programs().failure(cx) {
                Some(error) => Poll::Ready(Err(error)),
                None => Poll::Pending,
            }
        }));
        ended.unwrap_or_else(|stuck| Err(SimError::Stuck(stuck)))
    }

    /// Lets the network and its programs run for so long.
    ///
    /// # Errors
    /// A program failed.
    ///
    /// # Panics
    /// As [`run_until`](Self::run_until).
    pub fn run_for(&self, time: Duration) -> Result<(), SimError> {
        self.run_until(async { tokio::time::sleep(time).await })
    }

    /// What time it is in the network; it begins at zero.
    pub fn now(&self) -> Instant {
        self.lab.lan().now()
    }

    /// Parts the network: hosts of one group do not hear those of another. Who is in none hears everybody.
    ///
    /// # Errors
    /// [`LanError::NoSuchHost`]; nothing has changed then.
    pub fn partition(&self, groups: &[&[&str]]) -> Result<(), LanError> {
        let groups: Vec<Vec<&str>> = groups.iter().map(|group| group.to_vec()).collect();
        self.lab.lan().partition(&groups)
    }

    /// Makes the network whole again.
    pub fn heal(&self) {
        self.lab.lan().heal();
    }

    /// Switches a host off without a word. Its programs end where they are, its peers see silence. Tasks
    /// that a program spawned find their sockets gone (EBADF); those that have none go on, unless the
    /// program holds them in a `tokio::task::JoinSet`, which ends with it.
    ///
    /// # Errors
    /// [`LanError::NoSuchHost`].
    pub fn crash(&self, host: &str) -> Result<(), LanError> {
        self.lab.lan().crash(host)?;
        let mut programs = self.programs();
        programs.running.retain(|running| {
            if running.host == host {
                running.task.abort();
            }
            running.host != host
        });
        Ok(())
    }

    /// Starts a host again that crashed, with what it was drawn with, and its programs anew.
    ///
    /// # Errors
    /// [`LanError::NoSuchHost`], also for one that is running.
    pub fn restart(&self, host: &str) -> Result<(), LanError> {
        if !self.lab.lan().is_off(host)? {
            return Err(LanError::NoSuchHost(host.into()));
        }
        self.lab.happen(&Fault::Restart(At::nowhere(host.into())));
        let network = self.network(host)?;
        let mut programs = self.programs();
        let again: Vec<_> = programs
            .all
            .get(host)
            .into_iter()
            .flatten()
            .map(|start| start(network.clone()))
            .collect();
        for program in again {
            self.start(&mut programs, host, program);
        }
        Ok(())
    }

    /// Pulls the cable that is plugged in at `end`, such as `alice:eth0`.
    ///
    /// # Errors
    /// [`LanError::NoSuchEnd`].
    pub fn pull(&self, end: &str) -> Result<(), LanError> {
        self.on_cable(end, |fabric, link| fabric.set_up(link, false))
    }

    /// Plugs it in again.
    ///
    /// # Errors
    /// [`LanError::NoSuchEnd`].
    pub fn plug(&self, end: &str) -> Result<(), LanError> {
        self.on_cable(end, |fabric, link| fabric.set_up(link, true))
    }

    /// Changes what the cable that is plugged in at `end` does to frames, in both directions.
    ///
    /// # Errors
    /// [`LanError::NoSuchEnd`].
    pub fn set_link(&self, end: &str, channel: &Channel) -> Result<(), LanError> {
        self.on_cable(end, |fabric, link| {
            for direction in fabric::Direction::BOTH {
                fabric.set_channel(link, direction, channel.clone());
            }
        })
    }

    fn on_cable(
        &self,
        end: &str,
        change: impl FnOnce(&mut fabric::Fabric, LinkId),
    ) -> Result<(), LanError> {
        let link = self.lab.link(&end_of(end));
        let link = link.ok_or_else(|| LanError::NoSuchEnd(end.into()))?;
        self.lab.lan().with_fabric(|fabric| change(fabric, link));
        Ok(())
    }

    /// What came of it so far: cables, and what died where and why.
    pub fn report(&self) -> Report {
        Report::of(&self.lab, Ended::Stopped, Vec::new(), Vec::new())
    }

    /// How many frames died of `reason`, as the report calls it, anywhere.
    pub fn died(&self, reason: &str) -> u64 {
        let drops = self.report().drops;
        let of_it = drops.iter().filter(|drop| drop.reason == reason);
        of_it.map(|drop| drop.count).sum()
    }

    fn network(&self, host: &str) -> Result<Network, LanError> {
        let is_host = self.lab.scenario().node(host);
        is_host
            .filter(|node| matches!(node.kind, NodeKind::Host(_)))
            .and_then(|_| self.lab.host(host))
            .ok_or_else(|| LanError::NoSuchHost(host.into()))
    }

    fn programs(&self) -> MutexGuard<'_, Programs> {
        self.programs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Programs {
    /// Looks whether a program has failed. Those that have ended well are forgotten.
    fn failure(&mut self, cx: &mut std::task::Context<'_>) -> Option<SimError> {
        self.waiting = Some(cx.waker().clone());
        let mut failed = None;
        self.running.retain_mut(|Running { host, task }| {
            if failed.is_some() {
                return true;
            }
            match Pin::new(task).poll(cx) {
                Poll::Pending => true,
                Poll::Ready(Ok(Ok(()))) => false,
                Poll::Ready(Ok(Err(error))) => {
                    let host = std::mem::take(host);
                    failed = Some(Ok(SimError::Program { host, error }));
                    false
                }
                Poll::Ready(Err(ended)) => {
                    failed = ended.try_into_panic().ok().map(Err);
                    false
                }
            }
        });
        failed.map(|failed| failed.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    }
}

/// A host's network, the report's addresses and so on are the lab's.
impl Deref for Sim {
    type Target = Lab;

    fn deref(&self) -> &Lab {
        &self.lab
    }
}

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sim")
            .field("lab", &self.lab)
            .finish_non_exhaustive()
    }
}
