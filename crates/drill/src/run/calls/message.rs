//! `sendmsg` and `recvmsg`.

use stack::{Cmsg, Errno, RecvFlags, SocketId};

use super::super::machine::Machine;
use super::super::{Step, Stop};
use super::transfer::{To, Transfer};
use super::{Answer, Attempt, Progress, arguments, int};
use crate::diagnostic::Span;
use crate::script::ast::{Call, Expr, ExprKind};
use crate::words::say;

impl Machine<'_> {
    pub(super) fn sendmsg(&mut self, call: &Call, progress: &mut Progress) -> Step<Attempt> {
        arguments::count(call, 3)?;
        let (id, nonblock) = match self.socket_of(call)? {
            Ok(found) => found,
            Err(errno) => return Ok(Answer::error(errno).into()),
        };
        let (message, flags) = (&call.arguments[1], int(&call.arguments[2])?);
        refuse_control(message)?;
        let fd = int(&call.arguments[0])?;
        let mut to = To::Nobody;
        if arguments::member(message, "msg_name").is_some() {
            to = To::Peer;
            self.calls_out(fd);
        }
        let len = arguments::vector(arguments::need(message, "msg_iov")?)?;
        let transfer = Transfer {
            len,
            null: false,
            flags,
            span: call.span,
        };
        let attempt = self.give(id, nonblock, &transfer, to, progress);
        self.learn_port(fd, id);
        attempt
    }

    pub(super) fn recvmsg(&mut self, call: &Call, progress: &mut Progress) -> Step<Attempt> {
        arguments::count(call, 3)?;
        let (id, nonblock) = match self.socket_of(call)? {
            Ok(found) => found,
            Err(errno) => return Ok(Answer::error(errno).into()),
        };
        let (message, flags) = (&call.arguments[1], int(&call.arguments[2])?);
        let wanted = match arguments::member(message, "msg_control") {
            Some(list) if !is_empty(list) => Some((list.span, counts(list)?)),
            _ => None,
        };
        let len = arguments::vector(arguments::need(message, "msg_iov")?)?;
        let transfer = Transfer {
            len,
            null: false,
            flags,
            span: call.span,
        };
        match wanted {
            Some((span, wanted)) => {
                self.take_with(id, nonblock, &transfer, (span, &wanted), progress)
            }
            None => self.take(id, nonblock, &transfer, progress),
        }
    }

    /// Receives, and compares the control messages with those that are `wanted`.
    fn take_with(
        &mut self,
        id: SocketId,
        nonblock: bool,
        transfer: &Transfer,
        (span, wanted): (Span, &[Cmsg]),
        progress: &Progress,
    ) -> Step<Attempt> {
        /// Bytes that control messages may take.
        const ROOM: usize = 512;
        let flags = RecvFlags::from_bits_truncate(transfer.flags as u32);
        let waits = !nonblock && !flags.contains(RecvFlags::DONTWAIT);
        let now = self.world.now();
        let stack = &mut self.world.stack;
        match stack.recv_message(now, id, transfer.len, ROOM, flags) {
            Err(Errno::EAGAIN) if waits => Ok(Attempt::Blocks(progress.deadline)),
            Ok(message) if message.control != wanted => {
                let came = &message.control;
                let text = say!(
                    "the control messages are {came:?}, not {wanted:?}",
                    "控制消息是 {came:?},而不是 {wanted:?}"
                );
                Err(Stop::fail(span, text))
            }
            result => Ok(Answer::of(result, |message| message.payload.len() as i64).into()),
        }
    }
}

fn is_empty(control: &Expr) -> bool {
    matches!(&control.kind, ExprKind::List(list) if list.is_empty())
}

/// The control messages that are expected. `TCP_CM_INQ` is the one that scripts can name.
fn counts(control: &Expr) -> Step<Vec<Cmsg>> {
    const SOL_TCP: i64 = 6;
    const TCP_CM_INQ: i64 = 36;
    let mut wanted = Vec::new();
    for cmsg in arguments::list(control)? {
        let member = |name| arguments::need(cmsg, name).and_then(int);
        if (member("cmsg_level")?, member("cmsg_type")?) != (SOL_TCP, TCP_CM_INQ) {
            return Err(not_carried(cmsg));
        }
        wanted.push(Cmsg::Inq(member("cmsg_data")? as u32));
    }
    Ok(wanted)
}

/// Control messages are not sent.
fn refuse_control(message: &Expr) -> Step<()> {
    let Some(control) = arguments::member(message, "msg_control") else {
        return Ok(());
    };
    match &control.kind {
        ExprKind::List(list) if list.is_empty() => Ok(()),
        _ => Err(not_carried(control)),
    }
}

fn not_carried(control: &Expr) -> Stop {
    let text = say!(
        "this control message (cmsg) does not travel with these sockets",
        "这些套接字不携带此控制消息(cmsg)"
    );
    Stop::skip(control.span, text)
}
