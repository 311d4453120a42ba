//! Bytes in and out.

use stack::{Errno, OptionName, RecvFlags, SendFlags, SocketId, SocketOption};

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
const SOCK_DGRAM: i32 = 2;
/// `TCP_SYN_SENT`.
const SYN_SENT: u8 = 2;

/// What is to be moved.
pub(super) struct Transfer {
    pub(super) len: usize,
    pub(super) null: bool,
    pub(super) flags: i64,
    pub(super) span: Span,
}

/// Whom a call names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    /// Nobody: it has no address.
    Nobody,
    /// `AF_UNSPEC`.
    Unspecified,
    /// The script's peer.
    Peer,
}

impl Machine<'_> {
    /// Whether a socket's SYN is not answered yet.
    fn is_calling(&self, id: SocketId) -> bool {
        let info = self.world.stack.tcp_info(id);
        info.is_ok_and(|info| info.state.number() == SYN_SENT)
    }

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
        let mut to = To::Nobody;
        if call.name == "sendto"
            && let Some(name) = call.arguments.get(4)
        {
            to = if arguments::is_unsaid(name) {
                To::Peer
            } else if int(name)? == 0 {
                To::Unspecified
            } else {
                To::Peer
            };
        }
        if to == To::Peer {
            self.calls_out(fd);
        }
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
        to: To,
        progress: &mut Progress,
    ) -> Step<Attempt> {
        let Transfer {
            len,
            null,
            flags,
            span,
        } = *transfer;
        let own = SendFlags::from_bits_truncate(flags as u32) - SendFlags::BLOCKING;
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
        let own = if waits {
            own | SendFlags::BLOCKING
        } else {
            own
        };
        if progress.begun && self.is_calling(id) {
            // A blocking call that opens the connection returns when that has been decided. Until
            // then the stack knows that more is to come.
            if len > progress.moved {
                let rest = vec![0; len - progress.moved];
                let now = self.world.now();
                let stack = &mut self.world.stack;
                let _ = stack.send_with(now, id, &rest, own);
            }
            return Ok(Attempt::Blocks(None));
        }
        let now = self.world.now();
        let bytes = vec![0; len - progress.moved];
        let (remote, port) = (self.config.remote, self.config.connect_port);
        let remote = stack::Address::Inet(self.config.name(remote, port));
        let stack = &mut self.world.stack;
        let datagram = Ok(SocketOption::Type(SOCK_DGRAM));
        let opens = flags & MSG_FASTOPEN != 0 && !progress.begun;
        let result = match to {
            To::Unspecified if opens => {
                stack.send_fast_open(now, id, &bytes, &stack::Address::Unspecified)
            }
            _ if opens => stack.send_fast_open(now, id, &bytes, &remote),
            // A connected stream has no use for an address; what flags say, it has.
            To::Peer if stack.option(id, OptionName::Type) == datagram => {
                stack.send_to(now, id, &bytes, &remote)
            }
            _ => stack.send_with(now, id, &bytes, own),
        };
        if waits && self.is_calling(id) {
            progress.moved += result.unwrap_or(0);
            return Ok(match result {
                Ok(_) | Err(Errno::EINPROGRESS | Errno::EAGAIN) => {
                    progress.opens = true;
                    Attempt::Blocks(None)
                }
                Err(errno) => Answer::error(errno).into(),
            });
        }
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
            // What went before the error counts, unless it went in a SYN that was never answered.
            Err(_) if progress.moved > 0 && !progress.opens => {
                Answer::ok(progress.moved as i64).into()
            }
            Err(errno) => Answer::error(errno).into(),
        })
    }
}

/// Flags of `send` that mean nothing here, or something that is not there.
fn refuse_flags(flags: i64, span: Span) -> Step<()> {
    let rest = flags & !(MSG_NOSIGNAL | MSG_CONFIRM | MSG_FASTOPEN);
    if rest != 0 {
        let text = say!(
            "the stack has no send flag {rest:#x}",
            "协议栈没有发送标志 {rest:#x}"
        );
        return Err(Stop::fail(span, text));
    }
    Ok(())
}
