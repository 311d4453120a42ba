//! A computer of ours, as sockets see it.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;

use base::Instant;
use stack::Stack;

use super::Wakers;

/// A stack with a clock that somebody drives: a TAP host, a host on a simulated LAN.
pub(crate) trait Computer: Send + Sync + fmt::Debug {
    /// Calls `call`, once, with the stack, those who wait for its sockets, and the time. What the
    /// stack then owes is on its way before this returns, or as soon as time goes on.
    ///
    /// All is locked meanwhile.
    fn with(&self, call: &mut dyn FnMut(&mut Stack, &mut Wakers, Instant));

    /// What time it is for the stack.
    fn now(&self) -> Instant;

    /// Rests until the calling thread is unparked, which [`Wakers`] does, or until `deadline`, or
    /// for a shorter while.
    ///
    /// # Errors
    ///
    /// When neither can ever come.
    fn park(&self, deadline: Option<Instant>) -> io::Result<()>;

    /// Waits until it is `deadline`.
    fn sleep(&self, deadline: Instant) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

impl dyn Computer + '_ {
    /// [`with`](Self::with), with a result.
    pub(crate) fn call<R>(&self, call: impl FnOnce(&mut Stack, &mut Wakers, Instant) -> R) -> R {
        let mut call = Some(call);
        let mut result = None;
        self.with(&mut |stack, wakers, now| {
            if let Some(call) = call.take() {
                result = Some(call(stack, wakers, now));
            }
        });
        result.expect("a computer makes the call that it is asked to make")
    }
}
