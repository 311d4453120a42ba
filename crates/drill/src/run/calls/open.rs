//! Sockets made, named, connected and closed.

use std::net::SocketAddr;

use stack::{Address, Closing, Errno, Family, How, Kind, OptionName, SocketOption};

use super::super::flow::{Flow, Phase, Protocol};
use super::super::machine::Machine;
use super::super::{Step, Stop};
use super::{Answer, Attempt, Descriptor, Progress, What, arguments, int};
use crate::script::ast::Call;
use crate::words::say;

const SOCK_NONBLOCK: i64 = 0o4000;

impl Machine<'_> {
    pub(super) fn socket(&mut self, call: &Call) -> Step<Attempt> {
        arguments::count(call, 3)?;
        let family = if self.config.has_inet6() {
            Family::Inet6
        } else {
            Family::Inet
        };
        let kind = int(&call.arguments[1])?;
        let protocol = int(&call.arguments[2])?;
        let (kind, protocol_of, nonblock) = match (kind & 0xf, protocol) {
            (1, _) => (Kind::Stream, Protocol::Tcp, kind & SOCK_NONBLOCK != 0),
            (2, 1 | 58) => (Kind::Ping, Protocol::Icmp, kind & SOCK_NONBLOCK != 0),
            (2, _) => (Kind::Datagram, Protocol::Udp, kind & SOCK_NONBLOCK != 0),
            _ => {
                let text = say!(
                    "a raw socket needs a kernel's privileges",
                    "原始套接字需要内核特权"
                );
                return Err(Stop::skip(call.span, text));
            }
        };
        let id = match self.world.stack.socket(family, kind) {
            Ok(id) => id,
            Err(Errno::EAFNOSUPPORT) if self.config.ipv6 => {
                let text = say!(
                    "the stack has no IPv6 sockets yet",
                    "协议栈尚无 IPv6 套接字"
                );
                return Err(Stop::skip(call.span, text));
            }
            Err(errno) => return Ok(Answer::error(errno).into()),
        };
        let fd = int(&call.result)?;
        self.fds.0.insert(
            fd,
            Descriptor {
                what: What::Socket(id),
                nonblock,
            },
        );
        let local = SocketAddr::new(self.config.local, 0);
        let remote = SocketAddr::new(self.config.remote, self.config.connect_port);
        let mut flow = Flow::new(protocol_of, local, remote);
        flow.fd = Some(fd);
        self.under_test = Some(self.flows.len());
        self.flows.push(flow);
        Ok(Answer::ok(fd).into())
    }

    /// The newest flow of a descriptor.
    fn flow_of(&mut self, fd: i64) -> Option<&mut Flow> {
        self.flows.iter_mut().rfind(|flow| flow.fd == Some(fd))
    }

    pub(super) fn bind(&mut self, call: &Call) -> Step<Attempt> {
        arguments::count(call, 3)?;
        let (id, _) = match self.socket_of(call)? {
            Ok(found) => found,
            Err(errno) => return Ok(Answer::error(errno).into()),
        };
        let (local, port) = (self.config.local, self.config.bind_port);
        let name = SocketAddr::new(local, port);
        let own = Address::Inet(self.config.name(local, port));
        let result = self.world.stack.bind(id, &own);
        if result.is_ok()
            && let Some(flow) = self.flow_of(int(&call.arguments[0])?)
        {
            flow.local = name;
        }
        Ok(Answer::of(result, |()| 0).into())
    }

    pub(super) fn listen(&mut self, call: &Call) -> Step<Attempt> {
        arguments::count(call, 2)?;
        let (id, _) = match self.socket_of(call)? {
            Ok(found) => found,
            Err(errno) => return Ok(Answer::error(errno).into()),
        };
        let backlog = int(&call.arguments[1])? as i32;
        let result = self.world.stack.listen(id, backlog);
        if result.is_ok()
            && let Some(flow) = self.flow_of(int(&call.arguments[0])?)
        {
            flow.phase = Phase::Listening;
        }
        Ok(Answer::of(result, |()| 0).into())
    }

    pub(super) fn accept(&mut self, call: &Call) -> Step<Attempt> {
        let (id, nonblock) = match self.socket_of(call)? {
            Ok(found) => found,
            Err(errno) => return Ok(Answer::error(errno).into()),
        };
        match self.world.stack.accept(id) {
            Ok((caller, from)) => {
                let fd = int(&call.result)?;
                let nonblock = match call.arguments.get(3) {
                    Some(flags) => int(flags)? & SOCK_NONBLOCK != 0,
                    None => false,
                };
                self.fds.0.insert(
                    fd,
                    Descriptor {
                        what: What::Socket(caller),
                        nonblock,
                    },
                );
                let from = match from {
                    Address::Inet(from) => Some((from.ip().to_canonical(), from.port()).into()),
                    _ => None,
                };
                let same = |flow: &&mut Flow| flow.fd.is_none() && Some(flow.remote) == from;
                if let Some(flow) = self.flows.iter_mut().rfind(same) {
                    flow.fd = Some(fd);
                }
                Ok(Answer::ok(fd).into())
            }
            Err(Errno::EAGAIN) if !nonblock => Ok(Attempt::Blocks(None)),
            Err(errno) => Ok(Answer::error(errno).into()),
        }
    }

    /// A call is about to be made: the next SYN is this socket's.
    pub(super) fn calls_out(&mut self, fd: i64) {
        let remote = SocketAddr::new(self.config.remote, self.config.connect_port);
        if let Some(index) = self.flows.iter().rposition(|flow| flow.fd == Some(fd))
            && self.flows[index].phase == Phase::New
        {
            self.flows[index].phase = Phase::Connecting;
            self.flows[index].remote = remote;
            self.under_test = Some(index);
        }
    }

    pub(super) fn connect(&mut self, call: &Call, progress: &mut Progress) -> Step<Attempt> {
        arguments::count(call, 3)?;
        let (id, nonblock) = match self.socket_of(call)? {
            Ok(found) => found,
            Err(errno) => return Ok(Answer::error(errno).into()),
        };
        let fd = int(&call.arguments[0])?;
        let to = &call.arguments[1];
        let dissolves = !arguments::is_unsaid(to) && int(to).ok() == Some(0);
        let address = if dissolves {
            if let Some(flow) = self.flow_of(fd) {
                flow.phase = Phase::New;
            }
            Address::Unspecified
        } else {
            self.calls_out(fd);
            let (remote, port) = (self.config.remote, self.config.connect_port);
            Address::Inet(self.config.name(remote, port))
        };
        let now = self.world.now();
        let result = self.world.stack.connect(now, id, &address);
        self.learn_port(fd, id);
        Ok(match result {
            Err(Errno::EINPROGRESS) if !nonblock => Attempt::Blocks(None),
            Err(Errno::EALREADY) if progress.begun => Attempt::Blocks(None),
            // It was made while we waited.
            Err(Errno::EISCONN) if progress.begun => Answer::ok(0).into(),
            result => Answer::of(result, |()| 0).into(),
        })
    }

    /// Datagrams may come in before one went out: then the socket's own port is not seen but asked.
    pub(super) fn learn_port(&mut self, fd: i64, id: stack::SocketId) {
        let Ok(Address::Inet(own)) = self.world.stack.local_address(id) else {
            return;
        };
        let local = self.config.local;
        if let Some(flow) = self.flow_of(fd)
            && flow.protocol == Protocol::Udp
        {
            flow.local = SocketAddr::new(local, own.port());
        }
    }

    pub(super) fn shutdown(&mut self, call: &Call) -> Step<Attempt> {
        arguments::count(call, 2)?;
        let (id, _) = match self.socket_of(call)? {
            Ok(found) => found,
            Err(errno) => return Ok(Answer::error(errno).into()),
        };
        let how = match int(&call.arguments[1])? {
            0 => How::Read,
            1 => How::Write,
            2 => How::Both,
            _ => return Ok(Answer::error(Errno::EINVAL).into()),
        };
        let now = self.world.now();
        Ok(Answer::of(self.world.stack.shutdown(now, id, how), |()| 0).into())
    }

    pub(super) fn close(&mut self, call: &Call, progress: &mut Progress) -> Step<Attempt> {
        arguments::count(call, 1)?;
        let fd = int(&call.arguments[0])?;
        let now = self.world.now();
        if progress.begun {
            // It lingers: until the connection is gone, or the time is over.
            let over = progress.deadline.is_some_and(|deadline| deadline <= now);
            let gone = !self
                .world
                .stack
                .sockets()
                .iter()
                .any(|listed| listed.send_queue > 0);
            return Ok(if over || gone {
                Answer::ok(0).into()
            } else {
                Attempt::Blocks(progress.deadline)
            });
        }
        let Some(descriptor) = self.fds.0.remove(&fd) else {
            return Ok(Answer::error(Errno::EBADF).into());
        };
        let What::Socket(id) = descriptor.what else {
            return Ok(Answer::ok(0).into());
        };
        let lingers = matches!(
            self.world.stack.option(id, OptionName::Linger),
            Ok(SocketOption::Linger(Some(_)))
        );
        Ok(match self.world.stack.close(now, id) {
            Ok(Closing::Lingers { until }) if lingers => Attempt::Blocks(Some(until)),
            result => Answer::of(result, |_| 0).into(),
        })
    }
}
