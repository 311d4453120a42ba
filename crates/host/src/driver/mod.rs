//! The driver: a stack with a clock and devices, one thread for the frames, any number of threads
//! for the calls.
//!
//! ```text
//!   program's thread            driver's thread
//!   with(|stack, …| …)          poll(devices, kick, until the next deadline)
//!        │  lock                     │  read a batch of frames
//!        │  the call                 │  lock
//!        │  send what it owes        │  receive them, deadlines, send what is owed
//!        │  unlock                   │  unlock
//!        └─ wake                     └─ wake
//! ```
//!
//! A call sends on the caller's own thread: no other thread has to wake up before the bytes are on
//! the cable. The driver's thread is kicked only when a deadline moved forward.
//!
//! - `core.rs`: what the lock guards.
//! - `port.rs`: a device and its queue.
//! - `thread.rs`: the loop. `feed.rs`: the one of a device without a stack.
//! - `counters.rs`: what was moved and dropped.

mod core;
mod counters;
mod feed;
mod port;
mod thread;

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use base::{Duration, Instant};
use stack::{InterfaceId, Stack};

use self::core::Core;
pub use self::core::Woken;
pub use counters::Counters;
pub use feed::{Feed, Kick, Next, Turn};
pub use port::Port;

use crate::clock::Clock;
use crate::device::Device;
use crate::event_fd::EventFd;
use crate::observer::Observer;

/// Who waits for sockets of a stack. It lives behind the stack's own lock, so that "nothing there"
/// and "wake me" are one step and no wake-up is lost.
pub trait Notify: Send + 'static {
    /// Takes the stack's events ([`Stack::poll_event`]) and gives who is to be woken for them,
    /// which happens after the lock was released.
    fn collect(&mut self, stack: &mut Stack, woken: &mut Woken);
}

/// Nobody waits.
impl Notify for () {
    fn collect(&mut self, stack: &mut Stack, _: &mut Woken) {
        while stack.poll_event().is_some() {}
    }
}

/// A stack on its devices. Dropping it closes the stack's connections: see
/// [`CLOSE_LIMIT`](Self::CLOSE_LIMIT).
pub struct Driver<N: Notify> {
    shared: Arc<Shared<N>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared<N> {
    core: Mutex<Core<N>>,
    kick: EventFd,
    clock: Clock,
}

impl<N> Shared<N> {
    fn lock(&self) -> MutexGuard<'_, Core<N>> {
        // Whoever panicked was a caller's closure; the stack holds no half-done work across one.
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<N: Notify> Driver<N> {
    /// How long a drop waits at most for peers to acknowledge what was written and the end of it.
    /// What is open then is reset.
    pub const CLOSE_LIMIT: Duration = Duration::from_secs(1);

    /// Plugs devices into interfaces of `stack` and starts the thread.
    ///
    /// # Errors
    ///
    /// The kernel's, when there are no descriptors or threads left.
    pub fn start(
        stack: Stack,
        devices: Vec<(InterfaceId, Device)>,
        notify: N,
        observer: Option<Box<dyn Observer>>,
    ) -> io::Result<Self> {
        let devices: Vec<_> = devices
            .into_iter()
            .map(|(iface, device)| (iface, Arc::new(device)))
            .collect();
        let ports = devices
            .iter()
            .map(|(iface, device)| (*iface, Port::new(Arc::clone(device))))
            .collect();
        let shared = Arc::new(Shared {
            core: Mutex::new(Core {
                stack,
                notify,
                ports,
                observer,
                counters: Counters::default(),
                sleeps_until: Instant::ZERO,
                closing: None,
            }),
            kick: EventFd::new()?,
            clock: Clock::start(),
        });
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("landline-driver".into())
            .spawn(move || thread::run(&of_thread, &devices))?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Makes a call on the stack; whatever it makes the stack owe is sent before this returns.
    ///
    /// The stack is locked meanwhile: do not wait in `call`.
    pub fn with<R>(&self, call: impl FnOnce(&mut Stack, &mut N, Instant) -> R) -> R {
        let mut core = self.shared.lock();
        let now = self.shared.clock.now();
        let Core { stack, notify, .. } = &mut *core;
        let result = call(stack, notify, now);
        let woken = core.settle(now);
        let kick = core
            .next_deadline()
            .is_some_and(|due| due < core.sleeps_until)
            || core.ports.iter().any(|(_, port)| port.wants_room())
                && core.sleeps_until != Instant::ZERO;
        if kick {
            core.sleeps_until = Instant::ZERO;
        }
        drop(core);
        if kick {
            self.shared.kick.set();
        }
        for waker in woken {
            waker.wake();
        }
        result
    }

    /// What time it is for the stack.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.shared.clock.now()
    }

    /// What went over the devices so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.shared.lock().counters
    }
}

impl<N: Notify> Drop for Driver<N> {
    fn drop(&mut self) {
        let mut core = self.shared.lock();
        core.closing = Some(self.shared.clock.now() + Self::CLOSE_LIMIT);
        drop(core);
        self.shared.kick.set();
        // Who is woken may hold the last of it, and be dropped on the driver's own thread.
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            // It ends within the limit; its panic was printed when it happened.
            let _ = thread.join();
        }
    }
}

impl<N: Notify> fmt::Debug for Driver<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Driver")
    }
}
