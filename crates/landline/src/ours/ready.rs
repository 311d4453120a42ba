//! Readiness, awaited: what a socket would not have to wait for.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use ::tokio::io::{Interest, Ready};
use stack::{Errno, Readiness};

use super::handle::Handle;
use super::wakers::may_go_on;
use crate::socket::Direction;

impl Handle {
    /// Waits until one of the things in `interest` can be done, and says which can.
    pub(crate) async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        let wanted = [
            (
                Direction::Receive,
                interest.is_readable() || interest.is_error(),
            ),
            (Direction::Send, interest.is_writable()),
        ];
        let mut waits = wanted.map(|(direction, wanted)| {
            wanted.then(|| {
                self.wait(direction, move |stack, id, _| {
                    match as_ready(stack.readiness(id), interest) {
                        Ready::EMPTY => Err(Errno::EAGAIN),
                        ready => Ok(ready),
                    }
                })
            })
        });
        poll_fn(|cx| {
            for wait in waits.iter_mut().flatten() {
                if let Poll::Ready(ready) = Pin::new(wait).poll(cx) {
                    return Poll::Ready(ready);
                }
            }
            Poll::Pending
        })
        .await
    }

    /// Waits until a call in `direction` need not wait.
    pub(crate) fn poll_ready(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
    ) -> Poll<io::Result<()>> {
        self.poll(cx, direction, |stack, id, _| {
            if stack.readiness(id).intersects(may_go_on(direction)) {
                Ok(())
            } else {
                Err(Errno::EAGAIN)
            }
        })
    }
}

/// What tokio calls that readiness, as far as it is of interest.
fn as_ready(readiness: Readiness, interest: Interest) -> Ready {
    let mut ready = Ready::EMPTY;
    // An error is told to whoever calls next, whatever the call.
    let error = readiness.contains(Readiness::ERROR);
    let hangup = readiness.contains(Readiness::HANGUP);
    if interest.is_readable() {
        if error || readiness.contains(Readiness::READABLE) {
            ready |= Ready::READABLE;
        }
        if hangup || readiness.contains(Readiness::READ_CLOSED) {
            ready |= Ready::READ_CLOSED;
        }
    }
    if interest.is_writable() {
        if error || readiness.contains(Readiness::WRITABLE) {
            ready |= Ready::WRITABLE;
        }
        if hangup {
            ready |= Ready::WRITE_CLOSED;
        }
    }
    if interest.is_error() && error {
        ready |= Ready::ERROR;
    }
    ready
}
