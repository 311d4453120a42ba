//! Options, flags and counters of sockets.

use stack::{Errno, OptionName, SocketOption};

use super::super::machine::Machine;
use super::super::{Step, Stop};
use super::{Answer, Attempt, arguments, int};
use crate::script::ast::{Call, Expr, ExprKind};
use crate::symbols;
use crate::words::say;

const O_NONBLOCK: i64 = 0o4000;
const O_RDWR: i64 = 2;

impl Machine<'_> {
    pub(super) fn setsockopt(&mut self, call: &Call) -> Step<Attempt> {
        arguments::count(call, 5)?;
        let (id, _) = match self.socket_of(call)? {
            Ok(found) => found,
            Err(errno) => return Ok(Answer::error(errno).into()),
        };
        let name = match option_name(call)? {
            Ok(name) => name,
            Err(errno) => return Ok(Answer::error(errno).into()),
        };
        let len = arguments::size(&call.arguments[4])?.min(4096);
        let mut bytes = value_bytes(&call.arguments[3])?;
        bytes.truncate(len);
        let result = SocketOption::from_bytes(name, &bytes)
            .and_then(|option| self.world.stack.set_option(self.world.now(), id, option));
        Ok(Answer::of(result, |()| 0).into())
    }

    pub(super) fn getsockopt(&mut self, call: &Call) -> Step<Attempt> {
        arguments::count(call, 5)?;
        let (id, _) = match self.socket_of(call)? {
            Ok(found) => found,
            Err(errno) => return Ok(Answer::error(errno).into()),
        };
        let numbers = (
            int(&call.arguments[1])? as i32,
            int(&call.arguments[2])? as i32,
        );
        let mut live = vec![0; arguments::size(&call.arguments[4])?.min(4096)];
        let now = self.world.now();
        let len = match self.world.stack.option_bytes(now, id, numbers, &mut live) {
            Ok(len) => len,
            Err(errno) => return Ok(Answer::error(errno).into()),
        };
        live.truncate(len);
        check_value(call, numbers, &live)
    }

    pub(super) fn fcntl(&mut self, call: &Call) -> Step<Attempt> {
        let fd = int(arguments::at(call, 0)?)?;
        let command = int(arguments::at(call, 1)?)?;
        let Some(descriptor) = self.fds.0.get_mut(&fd) else {
            return Ok(Answer::error(Errno::EBADF).into());
        };
        let answer = match command {
            3 => O_RDWR | if descriptor.nonblock { O_NONBLOCK } else { 0 },
            4 => {
                descriptor.nonblock = int(arguments::at(call, 2)?)? & O_NONBLOCK != 0;
                0
            }
            // Close-on-exec: nothing is executed here.
            1 | 2 => 0,
            _ => {
                let text = say!(
                    "fcntl {command} is the kernel's own",
                    "fcntl {command} 是内核独有的"
                );
                return Err(Stop::skip(call.span, text));
            }
        };
        Ok(Answer::ok(answer).into())
    }

    pub(super) fn ioctl(&mut self, call: &Call) -> Step<Attempt> {
        arguments::count(call, 3)?;
        let (id, _) = match self.socket_of(call)? {
            Ok(found) => found,
            Err(errno) => return Ok(Answer::error(errno).into()),
        };
        let command = int(&call.arguments[1])?;
        let queued = match self.world.stack.queued(id) {
            Ok(queued) => queued,
            Err(errno) => return Ok(Answer::error(errno).into()),
        };
        let count = match symbols::number("SIOCINQ") {
            Some(inq) if inq == command => queued.unread,
            _ if symbols::number("SIOCOUTQ") == Some(command) => queued.unacknowledged,
            _ => return Ok(Answer::error(Errno(25)).into()),
        };
        check_count(call, count)
    }
}

/// Holds a number of bytes that wait against the script's.
pub(super) fn check_count(call: &Call, count: usize) -> Step<Attempt> {
    let expected = int(&call.arguments[2])?;
    if expected != count as i64 {
        let text = say!("another number of bytes waits", "等待的字节数不同");
        let failure = super::Failure::new(call.arguments[2].span, text);
        return Err(failure.differs("bytes", expected, count).into());
    }
    Ok(Answer::ok(0).into())
}

/// Holds the value that `getsockopt` gave against the script's.
pub(super) fn check_value(call: &Call, numbers: (i32, i32), live: &[u8]) -> Step<Attempt> {
    let expected = value_bytes(&call.arguments[3])?;
    if live != expected.as_slice() {
        let shown = |bytes: &[u8]| match bytes.first_chunk() {
            Some(four) if bytes.len() == 4 => i32::from_ne_bytes(*four).to_string(),
            _ => format!("{:?}", bytes.escape_ascii().to_string()),
        };
        let name = OptionName::from_numbers(numbers.0, numbers.1);
        let name = name.map_or("the option", |name| name.linux_name());
        let text = say!("{name} has another value", "{name} 的值不同");
        let failure = super::Failure::new(call.arguments[3].span, text);
        return Err(failure.differs(name, shown(&expected), shown(live)).into());
    }
    Ok(Answer::ok(0).into())
}

/// The option that a call names.
fn option_name(call: &Call) -> Step<Result<OptionName, Errno>> {
    let (level, number) = (int(&call.arguments[1])?, int(&call.arguments[2])?);
    Ok(OptionName::from_numbers(level as i32, number as i32))
}

/// A value as it lies in memory: `[int]`, a string, `{onoff=1, linger=5}`.
pub(super) fn value_bytes(expr: &Expr) -> Step<Vec<u8>> {
    Ok(match &expr.kind {
        ExprKind::Str(bytes) => bytes.clone(),
        ExprKind::Record(_) => {
            let on = int(arguments::need(expr, "onoff")?)? as i32;
            let seconds = int(arguments::need(expr, "linger")?)? as i32;
            [on.to_ne_bytes(), seconds.to_ne_bytes()].concat()
        }
        // Of 32 bits; 0xffffffff is written so.
        _ => (int(expr)? as u32).to_ne_bytes().to_vec(),
    })
}
