//! `poll` and `epoll`.

use stack::{Errno, Readiness, SocketId};

use super::super::machine::Machine;
use super::super::world::Edges;
use super::super::{Failure, Step};
use super::{Answer, Attempt, Descriptor, Progress, What, arguments, deadline, int};
use crate::script::ast::{Call, Expr};
use crate::words::say;

const POLLIN: i64 = 0x1;
const POLLOUT: i64 = 0x4;
const POLLERR: i64 = 0x8;
const POLLHUP: i64 = 0x10;
const POLLNVAL: i64 = 0x20;
const POLLRDNORM: i64 = 0x40;
const POLLWRNORM: i64 = 0x100;
const POLLRDHUP: i64 = 0x2000;
const EPOLLONESHOT: i64 = 1 << 30;
const EPOLLET: i64 = 1 << 31;
/// What is told whether it was asked for or not.
const ALWAYS: i64 = POLLERR | POLLHUP;

/// A descriptor that an epoll watches.
pub(super) struct Watch {
    fd: i64,
    id: SocketId,
    /// What is asked for.
    events: i64,
    /// The member of the event that is not `events`, to be given back.
    data: i64,
    /// What was ready when it was last looked at, and what had happened by then, where only changes
    /// are told; nothing before the first look.
    seen: Option<(i64, Edges)>,
    /// It was to be told once, and was.
    spent: bool,
}

impl Watch {
    /// Whether something that is asked for has happened since it was last looked at: it is told
    /// again then, even if it was ready all the time (epoll(7), EPOLLET).
    fn has_news(&self, ready: i64, edges: Edges) -> bool {
        let Some((seen, before)) = self.seen else {
            return true;
        };
        let data = self.events & (POLLIN | POLLRDNORM | POLLRDHUP) != 0;
        let others = self.events & (POLLOUT | POLLWRNORM) != 0;
        ready & !seen != 0
            || (data && edges.data != before.data)
            || (others && edges.others != before.others)
    }
}

fn events(ready: Readiness) -> i64 {
    let mut events = 0;
    for (flag, bits) in [
        (Readiness::READABLE, POLLIN | POLLRDNORM),
        (Readiness::WRITABLE, POLLOUT | POLLWRNORM),
        (Readiness::ERROR, POLLERR),
        (Readiness::HANGUP, POLLHUP),
        (Readiness::READ_CLOSED, POLLRDHUP),
    ] {
        if ready.contains(flag) {
            events |= bits;
        }
    }
    events
}

impl Machine<'_> {
    pub(super) fn poll(&mut self, call: &Call, progress: &mut Progress) -> Step<Attempt> {
        arguments::count(call, 3)?;
        let mut count = 0;
        let mut wrong = None;
        for entry in arguments::list(&call.arguments[0])? {
            let fd = int(arguments::need(entry, "fd")?)?;
            let asked = int(arguments::need(entry, "events")?)?;
            let ready = match self.fds.0.get(&fd) {
                Some(Descriptor {
                    what: What::Socket(id),
                    ..
                }) => events(self.world.stack.readiness(*id)) & (asked | ALWAYS),
                Some(Descriptor {
                    what: What::Kernel(socket),
                    ..
                }) => super::kernel::readiness(socket, asked),
                Some(_) => 0,
                None => POLLNVAL,
            };
            count += i64::from(ready != 0);
            let expected = match arguments::member(entry, "revents") {
                Some(revents) => int(revents)?,
                None => 0,
            };
            if ready != expected {
                wrong = Some((entry, expected, ready));
            }
        }
        let until = deadline(&self.world, progress, int(&call.arguments[2])?);
        let over = until.is_some_and(|until| until <= self.world.now());
        if count == 0 && !over {
            return Ok(Attempt::Blocks(until));
        }
        match wrong {
            Some((entry, expected, ready)) => Err(mismatch(entry, expected, ready).into()),
            None => Ok(Answer::ok(count).into()),
        }
    }

    pub(super) fn epoll_create(&mut self, call: &Call) -> Step<Attempt> {
        let fd = int(&call.result)?;
        self.fds.0.insert(
            fd,
            Descriptor {
                what: What::Epoll(Vec::new()),
                nonblock: false,
            },
        );
        Ok(Answer::ok(fd).into())
    }

    pub(super) fn epoll_ctl(&mut self, call: &Call) -> Step<Attempt> {
        arguments::count(call, 4)?;
        let (epoll, how) = (int(&call.arguments[0])?, int(&call.arguments[1])?);
        let fd = int(&call.arguments[2])?;
        let id = match self.fds.0.get(&fd) {
            Some(Descriptor {
                what: What::Socket(id),
                ..
            }) => *id,
            Some(_) => return Ok(Answer::error(Errno::EPERM).into()),
            None => return Ok(Answer::error(Errno::EBADF).into()),
        };
        let Some(Descriptor {
            what: What::Epoll(watches),
            ..
        }) = self.fds.0.get_mut(&epoll)
        else {
            return Ok(Answer::error(Errno::EBADF).into());
        };
        let known = watches.iter().position(|watch| watch.fd == fd);
        Ok(match (how, known) {
            (1, Some(_)) => Answer::error(Errno::EEXIST),
            (2 | 3, None) => Answer::error(Errno::ENOENT),
            (2, Some(at)) => {
                watches.remove(at);
                Answer::ok(0)
            }
            (1 | 3, known) => {
                let (asked, data) = asked(&call.arguments[3])?;
                let watch = Watch {
                    fd,
                    id,
                    events: asked,
                    data,
                    seen: None,
                    spent: false,
                };
                match known {
                    Some(at) => watches[at] = watch,
                    None => watches.push(watch),
                }
                Answer::ok(0)
            }
            _ => Answer::error(Errno::EINVAL),
        }
        .into())
    }

    pub(super) fn epoll_wait(&mut self, call: &Call, progress: &mut Progress) -> Step<Attempt> {
        arguments::count(call, 4)?;
        let epoll = int(&call.arguments[0])?;
        let until = deadline(&self.world, progress, int(&call.arguments[3])?);
        let over = until.is_some_and(|until| until <= self.world.now());
        let Some(Descriptor {
            what: What::Epoll(watches),
            ..
        }) = self.fds.0.get_mut(&epoll)
        else {
            return Ok(Answer::error(Errno::EBADF).into());
        };
        let mut told = Vec::new();
        for watch in watches.iter_mut() {
            let ready = events(self.world.stack.readiness(watch.id)) & (watch.events | ALWAYS);
            let edges = self.world.edges(watch.id);
            let new = watch.events & EPOLLET == 0 || watch.has_news(ready, edges);
            watch.seen = Some((ready, edges));
            if ready != 0 && new && !watch.spent {
                watch.spent = watch.events & EPOLLONESHOT != 0;
                told.push((ready, watch.data));
            }
        }
        if told.is_empty() && !over {
            return Ok(Attempt::Blocks(until));
        }
        let (expected, data) = asked(&call.arguments[1])?;
        let (ready, live_data) = told.first().copied().unwrap_or_default();
        // Without an event nothing is written, and nothing compared.
        if !told.is_empty() && (expected != ready || data != live_data) {
            return Err(mismatch(&call.arguments[1], expected, ready).into());
        }
        Ok(Answer::ok(told.len() as i64).into())
    }
}

/// `{events=…, fd=…}`: the events, and whatever else there is.
fn asked(event: &Expr) -> Step<(i64, i64)> {
    let data = ["fd", "ptr", "u32", "u64"]
        .iter()
        .find_map(|name| arguments::member(event, name));
    let data = match data {
        Some(data) => int(data)?,
        None => 0,
    };
    Ok((int(arguments::need(event, "events")?)?, data))
}

fn mismatch(entry: &Expr, expected: i64, ready: i64) -> Failure {
    let text = say!("other events are ready", "就绪的事件不同");
    Failure::new(entry.span, text).differs("events", names(expected), names(ready))
}

fn names(events: i64) -> String {
    let known = [
        (POLLIN, "POLLIN"),
        (POLLOUT, "POLLOUT"),
        (POLLERR, "POLLERR"),
        (POLLHUP, "POLLHUP"),
        (POLLNVAL, "POLLNVAL"),
        (POLLRDNORM, "POLLRDNORM"),
        (POLLWRNORM, "POLLWRNORM"),
        (POLLRDHUP, "POLLRDHUP"),
    ];
    let set: Vec<_> = known
        .iter()
        .filter(|(bit, _)| events & bit != 0)
        .map(|(_, n)| *n)
        .collect();
    if set.is_empty() {
        "none".to_owned()
    } else {
        set.join("|")
    }
}
