//! Waiting on a thread: the same calls as on a task, with a waker that unparks.

use std::cell::OnceCell;
use std::io;
use std::sync::Arc;
use std::task::{Poll, Wake, Waker};
use std::thread::{self, Thread};

use base::Instant;
use stack::{Errno, SocketId, Stack};

use super::computer::Computer;
use super::handle::Handle;
use crate::errno;
use crate::socket::{Direction, Patience};

/// Unparks a thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

thread_local! {
    static WAKER: OnceCell<Waker> = const { OnceCell::new() };
}

/// A waker that unparks the thread that asks for it.
pub(crate) fn thread_waker() -> Waker {
    WAKER.with(|waker| {
        waker
            .get_or_init(|| Arc::new(Unpark(thread::current())).into())
            .clone()
    })
}

/// Makes a call, waiting for it as long as `patience` says.
///
/// # Errors
///
/// The call's; `TimedOut` without a number when patience ends.
pub(crate) fn block<R>(
    handle: &Handle,
    direction: Direction,
    patience: Patience,
    mut call: impl FnMut(&mut Stack, SocketId, Instant) -> Result<R, Errno>,
) -> io::Result<R> {
    // Mostly there is nothing to wait for.
    let first = handle.call(&mut call);
    match &first {
        Err(error) if errno::is(error, errno::EAGAIN) && patience != Patience::Never => {}
        _ => return first,
    }
    let computer = handle.computer();
    let deadline = match patience {
        Patience::AtMost(limit) => Some(computer.now() + limit.into()),
        Patience::Forever | Patience::Never => None,
    };
    let waker = thread_waker();
    let mut wait = handle.wait(direction, call);
    loop {
        if let Poll::Ready(result) = wait.attempt(&waker) {
            return result;
        }
        if deadline.is_some_and(|deadline| computer.now() >= deadline) {
            return Err(errno::timed_out());
        }
        computer.park(deadline)?;
    }
}

/// Waits until `socket`, which was closed, has nothing more to do, or until then.
pub(crate) fn linger(computer: &dyn Computer, socket: SocketId, until: Instant) {
    while computer.call(|_, wakers, _| wakers.lingers(socket)) {
        if computer.now() >= until || computer.park(Some(until)).is_err() {
            computer.call(|_, wakers, _| wakers.forget_end(socket));
            return;
        }
    }
}
