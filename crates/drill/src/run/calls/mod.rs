//! System calls: begun when it is their turn, and ended when the stack lets them.
//!
//! | file | calls |
//! |---|---|
//! | `arguments.rs` | what stands between the brackets |
//! | `open.rs` | socket, bind, listen, accept, connect, shutdown, close |
//! | `transfer.rs` | read, write and their kin |
//! | `message.rs` | sendmsg, recvmsg |
//! | `options.rs` | setsockopt, getsockopt, fcntl, ioctl |
//! | `poll.rs` | poll and epoll |
//! | `kernel.rs` | the same calls on the kernel's own sockets |
//! | `trust.rs` | calls that somebody else makes |

mod arguments;
mod kernel;
mod message;
mod open;
mod options;
mod poll;
mod transfer;
mod trust;

use std::collections::BTreeMap;

use base::Instant;
use stack::{Errno, SocketId};

use super::foreign::Caller;
use super::machine::Machine;
use super::world::World;
use super::{Failure, Step, Stop};
use crate::script::ast::{Call, Expr};
use crate::symbols;
use crate::words::say;

/// `EFAULT`: only a kernel has programs that hand it bad pointers.
const EFAULT: Errno = Errno(14);

/// Open descriptors, by the script's numbers.
#[derive(Default)]
pub(super) struct Descriptors(BTreeMap<i64, Descriptor>);

/// What a descriptor is.
struct Descriptor {
    what: What,
    /// `O_NONBLOCK`.
    nonblock: bool,
}

enum What {
    Socket(SocketId),
    Epoll(Vec<poll::Watch>),
    /// One of the kernel's, where that is the stack under test.
    Kernel(host::kernel::Socket),
    /// One that lingers, in the thread that closes it.
    Closing(std::thread::JoinHandle<()>),
}

/// What a call answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    value: i64,
    errno: Option<Errno>,
}

impl Answer {
    const fn ok(value: i64) -> Self {
        Self { value, errno: None }
    }

    const fn error(errno: Errno) -> Self {
        Self {
            value: -1,
            errno: Some(errno),
        }
    }

    fn of<T>(result: Result<T, Errno>, value: impl FnOnce(T) -> i64) -> Self {
        match result {
            Ok(good) => Self::ok(value(good)),
            Err(errno) => Self::error(errno),
        }
    }
}

/// How an attempt went.
enum Attempt {
    Done(Answer),
    /// It waits; at the latest until then.
    Blocks(Option<Instant>),
}

impl From<Answer> for Attempt {
    fn from(answer: Answer) -> Self {
        Self::Done(answer)
    }
}

/// How far a call has come between its attempts.
#[derive(Default)]
pub(super) struct Progress {
    /// It was attempted before.
    begun: bool,
    /// Bytes moved so far.
    moved: usize,
    /// It opened the connection as well (`MSG_FASTOPEN`).
    opens: bool,
    deadline: Option<Instant>,
    /// One on a kernel's socket, in its thread.
    waiting: Option<kernel::Waiting>,
}

/// A call that blocks.
pub(super) struct Pending<'a> {
    call: &'a Call,
    /// When it began, in the script's time.
    since: i64,
    /// When it is to return.
    end: Option<i64>,
    progress: Progress,
}

impl<'a> Machine<'a> {
    /// Begins a call.
    pub(super) fn begin(&mut self, call: &'a Call, at: i64, end: Option<i64>) -> Step<()> {
        self.pending = Some(Pending {
            call,
            since: at,
            end,
            progress: Progress::default(),
        });
        self.retry_pending()?;
        if end.is_none() && self.pending.is_some() {
            // It was to return at once. It may take as long as anything may be late.
            // A kernel's thread may have to wait for a processor.
            let grace = if self.world.is_foreign() { 500_000 } else { 0 };
            let until = at + self.config.tolerance(0).max(grace);
            self.advance(until, &|machine| machine.pending.is_none())?;
            if self.pending.is_some() {
                let text = say!("{0} blocks", "{0} 阻塞了", call.name);
                return Err(Failure::new(call.span, text)
                    .differs("returns", "at once", "blocks")
                    .into());
            }
        }
        Ok(())
    }

    /// Lets a blocked call try again.
    pub(super) fn retry_pending(&mut self) -> Step<()> {
        let Some(mut pending) = self.pending.take() else {
            return Ok(());
        };
        let attempt = self.attempt(pending.call, &mut pending.progress)?;
        self.world.pump();
        pending.progress.begun = true;
        match attempt {
            Attempt::Done(answer) => self.end(&pending, answer),
            Attempt::Blocks(deadline) => {
                pending.progress.deadline = deadline;
                self.pending = Some(pending);
                Ok(())
            }
        }
    }

    /// When a blocked call gives up waiting.
    pub(super) fn pending_deadline(&self) -> Option<Instant> {
        let deadline = self.pending.as_ref()?.progress.deadline?;
        (deadline > self.world.now()).then_some(deadline)
    }

    /// Waits for a blocked call to return: until the next call is due, or its own end.
    pub(super) fn finish_pending(&mut self, next: Option<i64>) -> Step<()> {
        let Some(pending) = &self.pending else {
            return Ok(());
        };
        let (call, since) = (pending.call, pending.since);
        let due = pending.end.unwrap_or(since).max(next.unwrap_or(0));
        let until = due + self.config.tolerance(due - since);
        self.advance(until, &|machine| machine.pending.is_none())?;
        if self.pending.is_none() {
            return Ok(());
        }
        let text = say!(
            "{0} blocks still at {1:.6} s",
            "{0} 到 {1:.6} 秒仍阻塞",
            call.name,
            self.world.micros() as f64 / 1e6
        );
        Err(Stop::fail(call.span, text))
    }

    /// A call returned: when, and what.
    fn end(&mut self, pending: &Pending<'_>, answer: Answer) -> Step<()> {
        let Pending {
            call, since, end, ..
        } = pending;
        let text = say!(
            "{0} did not do as expected",
            "{0} 的结果与预期不符",
            call.name
        );
        let mut failure = Failure::new(call.span, text);
        self.check_answer(call, answer, &mut failure)?;
        if let Some(end) = *end {
            let now = self.world.micros();
            let tolerance = self.config.tolerance(end - since);
            if (now - end).abs() > tolerance {
                let seconds = |micros: i64| format!("{:.6}", micros as f64 / 1e6);
                let expected = format!("{} ± {}", seconds(end), seconds(tolerance));
                failure = failure.differs("returns at", expected, seconds(now));
            }
        }
        if failure.differences.is_empty() {
            Ok(())
        } else {
            Err(failure.into())
        }
    }

    fn check_answer(&self, call: &Call, answer: Answer, failure: &mut Failure) -> Step<()> {
        let expected = int(&call.result)?;
        // A new descriptor has the number that the script gives it.
        let makes = matches!(
            call.name.as_str(),
            "socket" | "accept" | "accept4" | "epoll_create"
        );
        let fits = if makes && expected >= 0 {
            answer.errno.is_none()
        } else {
            answer.value == expected
        };
        let shown = |value: i64, errno: Option<String>| match errno {
            Some(errno) => format!("{value} {errno}"),
            None => value.to_string(),
        };
        let errno = match &call.errno {
            Some((name, span)) => Some(symbols::errno(name).ok_or_else(|| {
                Stop::fail(*span, say!("there is no error {name}", "没有错误 {name}"))
            })?),
            None => None,
        };
        if !fits || (errno.is_some() && errno != answer.errno) {
            let want = shown(expected, call.errno.as_ref().map(|(name, _)| name.clone()));
            let came = shown(answer.value, answer.errno.map(symbols::errno_name));
            failure.differences.push(super::Difference {
                field: "result".into(),
                expected: want,
                actual: came,
            });
        }
        Ok(())
    }

    /// One try.
    fn attempt(&mut self, call: &'a Call, progress: &mut Progress) -> Step<Attempt> {
        match self.world.foreign.as_ref().map(|foreign| foreign.caller) {
            Some(Caller::Kernel) => return self.attempt_kernel(call, progress),
            Some(Caller::Nobody) => return self.trust(call),
            None => {}
        }
        match call.name.as_str() {
            "socket" => self.socket(call),
            "bind" => self.bind(call),
            "listen" => self.listen(call),
            "accept" | "accept4" => self.accept(call),
            "connect" => self.connect(call, progress),
            "shutdown" => self.shutdown(call),
            "close" => self.close(call, progress),
            "read" | "recv" | "recvfrom" | "readv" => self.receive(call, progress),
            "write" | "send" | "sendto" | "writev" => self.send(call, progress),
            "sendmsg" => self.sendmsg(call, progress),
            "recvmsg" => self.recvmsg(call, progress),
            "setsockopt" => self.setsockopt(call),
            "getsockopt" => self.getsockopt(call),
            "fcntl" => self.fcntl(call),
            "ioctl" => self.ioctl(call),
            "poll" => self.poll(call, progress),
            "epoll_create" => self.epoll_create(call),
            "epoll_ctl" => self.epoll_ctl(call),
            "epoll_wait" => self.epoll_wait(call, progress),
            name => {
                let text = say!(
                    "there is no system call {name} here",
                    "这里没有系统调用 {name}"
                );
                Err(Stop::fail(call.span, text))
            }
        }
    }

    /// The socket behind a call's first argument.
    fn socket_of(&self, call: &Call) -> Step<Result<(SocketId, bool), Errno>> {
        let fd = int(arguments::at(call, 0)?)?;
        Ok(match self.fds.0.get(&fd) {
            Some(Descriptor {
                what: What::Socket(id),
                nonblock,
            }) => Ok((*id, *nonblock)),
            Some(_) => Err(Errno(88)),
            None => Err(Errno::EBADF),
        })
    }
}

/// The socket of a descriptor.
pub(super) fn socket_behind(fds: &Descriptors, fd: i64) -> Option<SocketId> {
    match fds.0.get(&fd) {
        Some(Descriptor {
            what: What::Socket(id),
            ..
        }) => Some(*id),
        _ => None,
    }
}

/// The `struct tcp_info` of a kernel's socket.
pub(super) fn kernel_info(fds: &Descriptors, fd: i64) -> Option<Vec<u8>> {
    kernel::info(fds, fd)
}

/// When a call that waits for `millis` gives up; never, where that is negative.
fn deadline(world: &World, progress: &Progress, millis: i64) -> Option<Instant> {
    if progress.begun {
        return progress.deadline;
    }
    let millis = u64::try_from(millis).ok()?;
    Some(world.now() + base::Duration::from_millis(millis))
}

/// An expression's number.
fn int(expr: &Expr) -> Step<i64> {
    arguments::int(expr)
}
