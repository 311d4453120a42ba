//! Bytes in and out.

use stack::{Errno, RecvFlags, SendFlags, SocketId};

use super::super::machine::Machine;
use super::super::{Step, Stop};
use super::{Answer, Attempt, EFAULT, Progress, arguments, int};
use crate::diagnostic::Span;
use crate::script::ast::Call;
use crate::words::say;

pub(super) const MSG_DONTWAIT: i64 = 0x40;
const MSG_CONFIRM: i64 = 0x800;
const MSG_NOSIGNAL: i64 = 0x4000;
const MSG_FASTOPEN: i64 = 0x2000_0000;

/// What is to be moved.
pub(super) struct Transfer {
    pub(super) len: usize,
    pub(super) null: bool,
    pub(super) flags: i64,
    pub(super) span: Span,
}

impl Machine<'_> {
    pub(super) fn receive(&mut self, call: &Call, progress: &mut Progress) -> Step<Attempt> {
        let (id, nonblock) = match self.socket_of(call)? {
            Ok(found) => found,
            Err(errno) => return Ok(Answer::error(errno).into()),
        };
        let vectored = call.name == "readv";
        let flags = match call.arguments.get(3) {
            Some(flags) => int(flags)?,
            None => 0,
        };
        let transfer = Transfer {
            len: if vectored {
                arguments::vector(arguments::at(call, 1)?)?
            } else {
                arguments::size(arguments::at(call, 2)?)?
            },
            null: arguments::is_null(arguments::at(call, 1)?),
            flags,
            span: call.span,
        };
        self.take(id, nonblock, &transfer, progress)
    }

    /// Receives as a flag word says.
    pub(super) fn take(
        &mut self,
        id: SocketId,
        nonblock: bool,
        transfer: &Transfer,
        progress: &mut Progress,
    ) -> Step<Attempt> {
        let Transfer {
            len,
            null,
            flags,
            span,
        } = *transfer;
        let own = RecvFlags::from_bits_truncate(flags as u32);
        let rest = flags & !i64::from(own.bits()) & !(MSG_DONTWAIT | MSG_NOSIGNAL);
        if rest != 0 {
            let text = say!(
                "the stack has no receive flag {rest:#x}",
                "协议栈没有接收标志 {rest:#x}"
            );
            return Err(Stop::fail(span, text));
        }
        let now = self.world.now();
        if null {
            // The kernel finds out when it copies: nothing there, nothing copied.
            let peek = own | RecvFlags::PEEK;
            match self.world.stack.recv(now, id, &mut [0], peek) {
                Ok(count) if count > 0 => return Ok(Answer::error(EFAULT).into()),
                _ => {}
            }
        }
        let mut buffer = vec![0; len];
        // The urgent byte is not waited for.
        let waits = !nonblock && !own.intersects(RecvFlags::DONTWAIT | RecvFlags::OOB);
        match self.world.stack.recv(now, id, &mut buffer, own) {
            Err(Errno::EAGAIN) if waits => Ok(Attempt::Blocks(progress.deadline)),
            result => Ok(Answer::of(result, |count| count as i64).into()),
        }
    }

    pub(super) fn send(&mut self, call: &Call, progress: &mut Progress) -> Step<Attempt> {
        let (id, nonblock) = match self.socket_of(call)? {
            Ok(found) => found,
            Err(errno) => return Ok(Answer::error(errno).into()),
        };
        let flags = match call.arguments.get(3) {
            Some(flags) => int(flags)?,
            None => 0,
        };
        let transfer = Transfer {
            len: if call.name == "writev" {
                arguments::vector(arguments::at(call, 1)?)?
            } else {
                arguments::size(arguments::at(call, 2)?)?
            },
            null: arguments::is_null(arguments::at(call, 1)?),
            flags,
            span: call.span,
        };
        let fd = int(&call.arguments[0])?;
        let to = match call.arguments.get(4) {
            Some(to) if call.name == "sendto" => {
                let named = arguments::is_unsaid(to) || int(to)? != 0;
                if named {
                    self.calls_out(fd);
                }
                named
            }
            _ => false,
        };
        let attempt = self.give(id, nonblock, &transfer, to, progress);
        self.learn_port(fd, id);
        attempt
    }

    /// Sends as a flag word says.
    pub(super) fn give(
        &mut self,
        id: SocketId,
        nonblock: bool,
        transfer: &Transfer,
        to: bool,
        progress: &mut Progress,
    ) -> Step<Attempt> {
        let Transfer {
            len,
            null,
            flags,
            span,
        } = *transfer;
        let own = SendFlags::from_bits_truncate(flags as u32);
        refuse_flags(flags & !i64::from(own.bits()), span)?;
        if null && len > 0 {
            // An error that waits is told before the kernel touches the bytes.
            let now = self.world.now();
            return Ok(match self.world.stack.send(now, id, &[]) {
                Err(errno) if errno != Errno::EAGAIN => Answer::error(errno).into(),
                _ => Answer::error(EFAULT).into(),
            });
        }
        let waits = !nonblock && flags & MSG_DONTWAIT == 0;
        let now = self.world.now();
        let bytes = vec![0; len - progress.moved];
        let result = if to {
            let remote = (self.config.remote, self.config.connect_port).into();
            self.world
                .stack
                .send_to(now, id, &bytes, &stack::Address::Inet(remote))
        } else {
            self.world.stack.send_with(now, id, &bytes, own)
        };
        Ok(match result {
            Ok(count) => {
                progress.moved += count;
                if waits && progress.moved < len {
                    Attempt::Blocks(None)
                } else {
                    Answer::ok(progress.moved as i64).into()
                }
            }
            Err(Errno::EAGAIN) if waits => Attempt::Blocks(None),
            // What went before the error counts.
            Err(_) if progress.moved > 0 => Answer::ok(progress.moved as i64).into(),
            Err(errno) => Answer::error(errno).into(),
        })
    }
}

/// Flags of `send` that mean nothing here, or something that is not there.
fn refuse_flags(flags: i64, span: Span) -> Step<()> {
    if flags & MSG_FASTOPEN != 0 {
        let text = say!(
            "the stack does not take MSG_FASTOPEN yet",
            "协议栈尚不支持 MSG_FASTOPEN"
        );
        return Err(Stop::fail(span, text));
    }
    let rest = flags & !(MSG_NOSIGNAL | MSG_CONFIRM);
    if rest != 0 {
        let text = say!(
            "the stack has no send flag {rest:#x}",
            "协议栈没有发送标志 {rest:#x}"
        );
        return Err(Stop::fail(span, text));
    }
    Ok(())
}
