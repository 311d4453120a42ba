//! Which network a socket is on, and that network's clock.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use base::time::Instant;
use stack::Stack;

use crate::ours::Computer;

/// A network that sockets are opened on. Cloning is cheap and names the same network.
///
/// A network has its own clock, because on a simulated LAN time is virtual: programs that wait use
/// [`sleep`](Self::sleep) and [`timeout`](Self::timeout) instead of a runtime's timers.
///
/// ```
/// use landline::Network;
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let network = Network::kernel();
/// let silence = std::future::pending::<()>();
/// assert!(network.timeout(Duration::from_millis(1), silence).await.is_err());
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Network {
    pub(crate) kind: Kind,
}

/// The networks there are. Every socket type has an arm for each.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// The kernel's own sockets.
    Kernel,
    /// Those of a stack of ours.
    Stack(Arc<dyn Computer>),
}

impl Network {
    /// The kernel's network: its interfaces, routes and sockets, in real time.
    pub fn kernel() -> Self {
        Self { kind: Kind::Kernel }
    }

    /// What time it is on this network: nanoseconds since an origin that is the same for all its
    /// clones, and never goes back.
    pub fn now(&self) -> Instant {
        match &self.kind {
            Kind::Kernel => host::kernel::now(),
            Kind::Stack(computer) => computer.now(),
        }
    }

    /// Makes a call on the stack of this network's computer, to look at it or to administer it:
    /// sockets, routes, sysctls, drops. `None` on the kernel's network.
    ///
    /// The stack is locked meanwhile.
    pub fn with_stack<R>(&self, call: impl FnOnce(&mut Stack, Instant) -> R) -> Option<R> {
        match &self.kind {
            Kind::Kernel => None,
            Kind::Stack(computer) => Some(computer.call(|stack, _, now| call(stack, now))),
        }
    }

    /// Waits until the interfaces of this network's computer are no longer as they were at the version
    /// `seen` ([`Stack::links_version`]): an address came or went, or a carrier. For ever on the
    /// kernel's network.
    pub async fn links_changed(&self, seen: u64) {
        let Kind::Stack(computer) = &self.kind else {
            return std::future::pending().await;
        };
        std::future::poll_fn(|cx| {
            computer.call(|stack, wakers, _| {
                if stack.links_version() != seen {
                    return Poll::Ready(());
                }
                wakers.wake_at_links(stack, cx.waker());
                Poll::Pending
            })
        })
        .await;
    }

    /// Waits for `duration` of this network's time.
    ///
    /// ```
    /// # use landline::Network;
    /// # use std::time::Duration;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let network = Network::kernel();
    /// let before = network.now();
    /// network.sleep(Duration::from_millis(2)).await;
    /// assert!(network.now().since(before) >= Duration::from_millis(2).into());
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// On the kernel's network and on a TAP host's, when polled outside a tokio runtime with its
    /// timers enabled.
    pub async fn sleep(&self, duration: Duration) {
        match &self.kind {
            Kind::Kernel => ::tokio::time::sleep(duration).await,
            Kind::Stack(computer) => computer.sleep(computer.now() + duration.into()).await,
        }
    }

    /// Runs `future` for at most `duration` of this network's time.
    ///
    /// # Errors
    ///
    /// [`Elapsed`] when the time is over first; the future is dropped.
    ///
    /// # Panics
    ///
    /// On the kernel's network and on a TAP host's, when polled outside a tokio runtime with its
    /// timers enabled.
    pub async fn timeout<F: Future>(
        &self,
        duration: Duration,
        future: F,
    ) -> Result<F::Output, Elapsed> {
        match &self.kind {
            Kind::Kernel => ::tokio::time::timeout(duration, future)
                .await
                .map_err(|_| Elapsed(())),
            Kind::Stack(computer) => {
                let mut future = pin!(future);
                let mut over = computer.sleep(computer.now() + duration.into());
                std::future::poll_fn(|cx| match future.as_mut().poll(cx) {
                    Poll::Ready(output) => Poll::Ready(Ok(output)),
                    Poll::Pending => over.as_mut().poll(cx).map(|()| Err(Elapsed(()))),
                })
                .await
            }
        }
    }
}

/// The time given to [`Network::timeout`] was over first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed(());

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("timed out")
    }
}

impl std::error::Error for Elapsed {}

impl From<Elapsed> for io::Error {
    fn from(elapsed: Elapsed) -> Self {
        Self::new(io::ErrorKind::TimedOut, elapsed)
    }
}
