//! How much of a stream a receiving call waits for (Linux's `sock_rcvlowat`).

use std::io::{self, IoSliceMut};

use base::{Instant, Payload};
use stack::{Errno, OptionName, Readiness, RecvFlags, SocketId, SocketOption, Stack};

use super::handle::Handle;
use super::wait::block;
use crate::Type;
use crate::errno;
use crate::socket::{Direction, Patience};

/// A receipt's flags and patience, each as the other has it.
pub(super) fn bounded(flags: RecvFlags, patience: Patience) -> (RecvFlags, Patience) {
    match patience.for_receipt(flags) {
        Patience::Never => (flags | RecvFlags::DONTWAIT, Patience::Never),
        patience => (flags, patience),
    }
}

/// Makes a call that takes up to `wanted` bytes. On a stream it waits until `SO_RCVLOWAT` bytes are
/// there, with `MSG_PEEK` and `MSG_WAITALL` until all are; or until no more will come, or urgent data
/// stands before them. When patience ends, what is there is enough.
pub(super) fn waiting<R>(
    handle: &Handle,
    wanted: usize,
    flags: RecvFlags,
    patience: Patience,
    mut call: impl FnMut(&mut Stack, SocketId, Instant) -> Result<R, Errno>,
) -> io::Result<R> {
    if patience == Patience::Never || handle.kind() != Type::Stream {
        return block(handle, Direction::Receive, patience, call);
    }
    let all = flags.contains(RecvFlags::PEEK | RecvFlags::WAITALL);
    let received = block(handle, Direction::Receive, patience, |stack, id, now| {
        let enough = if all {
            wanted + seen(stack, id)
        } else {
            low_water(stack, id).min(wanted)
        };
        if is_short(stack, id, enough) {
            return Err(Errno::EAGAIN);
        }
        call(stack, id, now)
    });
    match received {
        Err(error) if errno::is_timed_out(&error) => handle.call(call).map_err(|_| error),
        received => received,
    }
}

/// Behind how many bytes peeking goes on (`SO_PEEK_OFF`).
fn seen(stack: &mut Stack, id: SocketId) -> usize {
    match stack.option(id, OptionName::PeekOff) {
        Ok(SocketOption::PeekOff(bytes)) => usize::try_from(bytes).unwrap_or(0),
        _ => 0,
    }
}

fn low_water(stack: &mut Stack, id: SocketId) -> usize {
    match stack.option(id, OptionName::RecvLowat) {
        Ok(SocketOption::RecvLowat(bytes)) => usize::try_from(bytes).unwrap_or(1),
        _ => 1,
    }
}

/// Whether fewer than `enough` bytes are there, and more may come.
fn is_short(stack: &Stack, id: SocketId, enough: usize) -> bool {
    if enough <= 1 {
        return false;
    }
    let last = Readiness::READ_CLOSED | Readiness::HANGUP | Readiness::ERROR | Readiness::PRIORITY;
    let queued = stack.queued(id);
    !stack.readiness(id).intersects(last) && queued.is_ok_and(|queued| queued.unread < enough)
}

/// Buffers that are filled one after the other.
pub(super) struct Scattered<'a, 'b> {
    bufs: &'a mut [IoSliceMut<'b>],
    pub(super) filled: usize,
}

impl<'a, 'b> Scattered<'a, 'b> {
    pub(super) const fn new(bufs: &'a mut [IoSliceMut<'b>]) -> Self {
        Self { bufs, filled: 0 }
    }

    /// Puts `payload` where the last one ended; says how much of it.
    pub(super) fn fill(&mut self, payload: &mut Payload) -> usize {
        let before = self.filled;
        let mut skip = before;
        for buf in self.bufs.iter_mut() {
            let passed = skip.min(buf.len());
            skip -= passed;
            let count = payload.copy_to(&mut buf[passed..]);
            payload.advance(count);
            self.filled += count;
        }
        self.filled - before
    }
}
