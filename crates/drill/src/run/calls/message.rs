//! `sendmsg` and `recvmsg`.

use super::super::machine::Machine;
use super::super::{Step, Stop};
use super::transfer::{To, Transfer};
use super::{Answer, Attempt, Progress, arguments, int};
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
        refuse_control(message)?;
        let len = arguments::vector(arguments::need(message, "msg_iov")?)?;
        let transfer = Transfer {
            len,
            null: false,
            flags,
            span: call.span,
        };
        self.take(id, nonblock, &transfer, progress)
    }
}

/// Control messages are not carried.
fn refuse_control(message: &Expr) -> Step<()> {
    let Some(control) = arguments::member(message, "msg_control") else {
        return Ok(());
    };
    match &control.kind {
        ExprKind::List(list) if list.is_empty() => Ok(()),
        _ => {
            let text = say!(
                "control messages (cmsg) do not travel with these sockets",
                "这些套接字不携带控制消息(cmsg)"
            );
            Err(Stop::skip(control.span, text))
        }
    }
}
