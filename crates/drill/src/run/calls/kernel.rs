//! The calls on the kernel's own sockets, where that is the stack under test.
//!
//! What may block is called in a thread of its own: Linux itself decides when it returns.

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use host::kernel::{self, Queue, SockAddr, Socket};
use stack::Errno;

use super::super::flow::{Flow, Phase, Protocol};
use super::super::machine::Machine;
use super::super::{Step, Stop};
use super::{Answer, Attempt, Descriptor, Descriptors, Progress, What, arguments, int, options};
use crate::script::ast::{Call, Expr, ExprKind};
use crate::symbols;
use crate::words::say;

const SOCK_NONBLOCK: i64 = 0o4000;
const SOL_SOCKET: i32 = 1;
const SO_REUSEADDR: i32 = 2;
const SO_LINGER: i32 = 13;

fn errno(error: &io::Error) -> Errno {
    Errno(error.raw_os_error().unwrap_or(Errno::EINVAL.0))
}

fn answer<T>(result: io::Result<T>, value: impl FnOnce(T) -> i64) -> Attempt {
    match result {
        Ok(good) => Answer::ok(value(good)).into(),
        Err(error) => Answer::error(errno(&error)).into(),
    }
}

/// What a call gave that may have waited: a number, or a caller and its address.
enum Gave {
    Number(i64),
    Caller(Socket, Option<SocketAddr>),
}

/// A call in its thread.
pub(super) struct Waiting(Receiver<io::Result<Gave>>);

impl Waiting {
    fn begin(call: impl FnOnce() -> io::Result<Gave> + Send + 'static) -> Self {
        let (told, waiting) = mpsc::channel();
        // One that never returns is left behind: nobody can call it off.
        std::thread::spawn(move || told.send(call()));
        Self(waiting)
    }

    /// What it gave, if it has returned or does so at once.
    fn poll(&self) -> Option<io::Result<Gave>> {
        self.0.recv_timeout(Duration::from_micros(200)).ok()
    }
}

/// What poll(2) says of a socket among `asked`.
pub(super) fn readiness(socket: &Socket, asked: i64) -> i64 {
    let now = Some(std::time::Instant::now());
    kernel::events(socket, asked as u16, now).map_or(0, i64::from)
}

/// `TCP_INFO` as it lies in memory.
pub(super) fn info(fds: &Descriptors, fd: i64) -> Option<Vec<u8>> {
    const IPPROTO_TCP: i32 = 6;
    const TCP_INFO: i32 = 11;
    let What::Kernel(socket) = &fds.0.get(&fd)?.what else {
        return None;
    };
    let mut bytes = vec![0; 512];
    let len = kernel::get_option(socket, IPPROTO_TCP, TCP_INFO, &mut bytes).ok()?;
    bytes.truncate(len);
    Some(bytes)
}

impl Machine<'_> {
    /// One try.
    pub(super) fn attempt_kernel(&mut self, call: &Call, progress: &mut Progress) -> Step<Attempt> {
        match call.name.as_str() {
            "socket" => return self.kernel_socket(call),
            "close" => return self.kernel_close(call, progress),
            "fcntl" => {
                let attempt = self.fcntl(call)?;
                for Descriptor { what, nonblock } in self.fds.0.values() {
                    if let What::Kernel(socket) = what {
                        // A socket that is open takes it.
                        let _ = socket.set_nonblocking(*nonblock);
                    }
                }
                return Ok(attempt);
            }
            "poll" => return self.poll(call, progress),
            name if name.starts_with("epoll") => {
                let text = say!(
                    "{name} is not asked of a kernel yet",
                    "尚不向内核调用 {name}"
                );
                return Err(Stop::skip(call.span, text));
            }
            _ => {}
        }
        let fd = int(arguments::at(call, 0)?)?;
        let socket = match self.fds.0.get(&fd) {
            Some(Descriptor {
                what: What::Kernel(socket),
                ..
            }) => match socket.try_clone() {
                Ok(socket) => socket,
                Err(error) => return Ok(Answer::error(errno(&error)).into()),
            },
            _ => return Ok(Answer::error(Errno::EBADF).into()),
        };
        match call.name.as_str() {
            "bind" => {
                let name = SocketAddr::new(self.config.local, self.config.bind_port);
                let own = self.config.name(name.ip(), name.port());
                let result = socket.bind(&SockAddr::from(own));
                if let (Ok(()), Some(flow)) = (&result, self.kernel_flow(fd)) {
                    flow.local = name;
                }
                Ok(answer(result, |()| 0))
            }
            "listen" => {
                let result = socket.listen(int(arguments::at(call, 1)?)? as i32);
                if let (Ok(()), Some(flow)) = (&result, self.kernel_flow(fd)) {
                    flow.phase = Phase::Listening;
                }
                Ok(answer(result, |()| 0))
            }
            "accept" | "accept4" => self.kernel_accept(call, socket, progress),
            "connect" => self.kernel_connect(call, fd, socket, progress),
            "shutdown" => {
                let how = match int(arguments::at(call, 1)?)? {
                    0 => std::net::Shutdown::Read,
                    1 => std::net::Shutdown::Write,
                    _ => std::net::Shutdown::Both,
                };
                Ok(answer(socket.shutdown(how), |()| 0))
            }
            "read" | "recv" | "recvfrom" | "readv" | "recvmsg" => {
                let (len, flags) = moved(call)?;
                Ok(wait_for(progress, move || {
                    let mut buffer = vec![0; len];
                    let count = socket.recv(&mut buffer, flags as u32)?;
                    Ok(Gave::Number(count as i64))
                }))
            }
            "write" | "send" | "sendto" | "writev" | "sendmsg" => {
                self.kernel_send(call, fd, socket, progress)
            }
            "setsockopt" | "getsockopt" | "ioctl" => on_kernel(call, &socket),
            name => Err(Stop::skip(
                call.span,
                say!(
                    "{name} is not made on a kernel's sockets",
                    "不在内核套接字上调用 {name}"
                ),
            )),
        }
    }

    fn kernel_flow(&mut self, fd: i64) -> Option<&mut Flow> {
        self.flows.iter_mut().rfind(|flow| flow.fd == Some(fd))
    }

    fn keep(&mut self, fd: i64, socket: Socket, nonblock: bool) {
        let what = What::Kernel(socket);
        self.fds.0.insert(fd, Descriptor { what, nonblock });
    }

    fn kernel_socket(&mut self, call: &Call) -> Step<Attempt> {
        arguments::count(call, 3)?;
        let (kind, protocol) = (int(&call.arguments[1])?, int(&call.arguments[2])?);
        let domain = if self.config.has_inet6() {
            kernel::Domain::IPV6
        } else {
            kernel::Domain::IPV4
        };
        let (typed, own) = match (kind & 15, protocol) {
            (1, 0 | 6) => (kernel::Type::STREAM, Protocol::Tcp),
            (2, 0 | 17) => (kernel::Type::DGRAM, Protocol::Udp),
            _ => {
                let text = say!(
                    "sockets of protocol {protocol} are not made on a kernel",
                    "不在内核上创建协议 {protocol} 的套接字"
                );
                return Err(Stop::skip(call.span, text));
            }
        };
        let nonblock = kind & SOCK_NONBLOCK != 0;
        let shared = self.world.foreign.as_ref().is_some_and(|f| !f.may_set);
        let made = Socket::new(domain, typed).and_then(|socket| {
            socket.set_nonblocking(nonblock)?;
            if shared {
                // Connections of scripts before may linger there.
                let on = 1_i32.to_ne_bytes();
                kernel::set_option(&socket, SOL_SOCKET, SO_REUSEADDR, &on)?;
            }
            Ok(socket)
        });
        match made {
            Ok(socket) => {
                let fd = int(&call.result)?;
                self.keep(fd, socket, nonblock);
                self.add_flow(own, fd);
                Ok(Answer::ok(fd).into())
            }
            Err(error) => Ok(Answer::error(errno(&error)).into()),
        }
    }

    fn kernel_accept(
        &mut self,
        call: &Call,
        socket: Socket,
        progress: &mut Progress,
    ) -> Step<Attempt> {
        let gave = progress.wait(move || {
            let (caller, from) = socket.accept()?;
            Ok(Gave::Caller(caller, from.as_socket()))
        });
        let (caller, from) = match gave {
            None => return Ok(Attempt::Blocks(None)),
            Some(Ok(Gave::Caller(caller, from))) => (caller, from),
            Some(Ok(Gave::Number(_))) => return Ok(Answer::error(Errno::EINVAL).into()),
            Some(Err(error)) => return Ok(Answer::error(errno(&error)).into()),
        };
        let fd = int(&call.result)?;
        let nonblock = match call.arguments.get(3) {
            Some(flags) => int(flags)? & SOCK_NONBLOCK != 0,
            None => false,
        };
        if let Err(error) = caller.set_nonblocking(nonblock) {
            return Ok(Answer::error(errno(&error)).into());
        }
        self.keep(fd, caller, nonblock);
        let from = from.map(|from| SocketAddr::new(from.ip().to_canonical(), from.port()));
        let same = |flow: &&mut Flow| flow.fd.is_none() && Some(flow.remote) == from;
        if let Some(flow) = self.flows.iter_mut().rfind(same) {
            flow.fd = Some(fd);
        }
        Ok(Answer::ok(fd).into())
    }

    fn kernel_connect(
        &mut self,
        call: &Call,
        fd: i64,
        socket: Socket,
        progress: &mut Progress,
    ) -> Step<Attempt> {
        arguments::count(call, 3)?;
        let to = &call.arguments[1];
        if !arguments::is_unsaid(to) && int(to).ok() == Some(0) {
            if let Some(flow) = self.kernel_flow(fd) {
                flow.phase = Phase::New;
            }
            return Ok(answer(socket.disconnect(), |()| 0));
        }
        self.calls_out(fd);
        let peer = SockAddr::from(self.peer());
        let own = socket.try_clone();
        let attempt = wait_for(progress, move || {
            socket.connect(&peer).map(|()| Gave::Number(0))
        });
        if let Ok(own) = own {
            self.kernel_port(fd, &own);
        }
        Ok(attempt)
    }

    fn peer(&self) -> SocketAddr {
        let (remote, port) = (self.config.remote, self.config.connect_port);
        self.config.name(remote, port)
    }

    /// Datagrams may come in before one went out.
    fn kernel_port(&mut self, fd: i64, socket: &Socket) {
        let own = socket.local_addr().ok().and_then(|own| own.as_socket());
        let local = self.config.local;
        if let (Some(own), Some(flow)) = (own, self.kernel_flow(fd))
            && flow.protocol == Protocol::Udp
        {
            flow.local = SocketAddr::new(local, own.port());
        }
    }

    fn kernel_send(
        &mut self,
        call: &Call,
        fd: i64,
        socket: Socket,
        progress: &mut Progress,
    ) -> Step<Attempt> {
        let (len, flags) = moved(call)?;
        let to = match (call.name.as_str(), call.arguments.get(4)) {
            ("sendto", Some(to)) => arguments::is_unsaid(to) || int(to)? != 0,
            ("sendmsg", _) => arguments::member(&call.arguments[1], "msg_name").is_some(),
            _ => false,
        };
        if to {
            self.calls_out(fd);
        }
        let peer = to.then(|| SockAddr::from(self.peer()));
        let own = socket.try_clone();
        let attempt = wait_for(progress, move || {
            let bytes = vec![0; len];
            let count = match peer {
                Some(peer) => socket.send_to_with(&bytes, &peer, flags as u32)?,
                None => socket.send(&bytes, flags as u32)?,
            };
            Ok(Gave::Number(count as i64))
        });
        if let Ok(own) = own {
            self.kernel_port(fd, &own);
        }
        Ok(attempt)
    }

    fn kernel_close(&mut self, call: &Call, progress: &Progress) -> Step<Attempt> {
        arguments::count(call, 1)?;
        let fd = int(&call.arguments[0])?;
        match self.fds.0.remove(&fd) {
            None => Ok(Answer::error(Errno::EBADF).into()),
            Some(Descriptor {
                what: What::Closing(thread),
                ..
            }) if !thread.is_finished() && progress.begun => {
                let what = What::Closing(thread);
                let nonblock = false;
                self.fds.0.insert(fd, Descriptor { what, nonblock });
                Ok(Attempt::Blocks(None))
            }
            Some(Descriptor {
                what: What::Kernel(socket),
                ..
            }) if lingers(&socket) => {
                // close(2) of one that lingers blocks even where nothing else does.
                let what = What::Closing(std::thread::spawn(move || drop(socket)));
                let nonblock = false;
                self.fds.0.insert(fd, Descriptor { what, nonblock });
                Ok(Attempt::Blocks(None))
            }
            Some(_) => Ok(Answer::ok(0).into()),
        }
    }
}

impl Progress {
    /// What a call gave; it is begun where it was not.
    fn wait(
        &mut self,
        call: impl FnOnce() -> io::Result<Gave> + Send + 'static,
    ) -> Option<io::Result<Gave>> {
        self.waiting
            .get_or_insert_with(|| Waiting::begin(call))
            .poll()
    }
}

/// The same for a call that gives a number.
fn wait_for(
    progress: &mut Progress,
    call: impl FnOnce() -> io::Result<Gave> + Send + 'static,
) -> Attempt {
    match progress.wait(call) {
        None => Attempt::Blocks(None),
        Some(Ok(Gave::Number(number))) => Answer::ok(number).into(),
        Some(Ok(Gave::Caller(..))) => Answer::ok(0).into(),
        Some(Err(error)) => Answer::error(errno(&error)).into(),
    }
}

/// Whether `SO_LINGER` asks close(2) to wait.
fn lingers(socket: &Socket) -> bool {
    let mut value = [0; 8];
    let read = kernel::get_option(socket, SOL_SOCKET, SO_LINGER, &mut value);
    let (on, seconds) = value.split_at(4);
    read.is_ok() && on != [0; 4] && seconds != [0; 4]
}

/// Options and counts of a kernel's socket.
fn on_kernel(call: &Call, socket: &Socket) -> Step<Attempt> {
    match call.name.as_str() {
        "setsockopt" => {
            let len = arguments::size(arguments::at(call, 4)?)?.min(4096);
            let mut bytes = options::value_bytes(&call.arguments[3])?;
            bytes.truncate(len);
            let (level, name) = numbers(call)?;
            Ok(answer(
                kernel::set_option(socket, level, name, &bytes),
                |()| 0,
            ))
        }
        "getsockopt" => {
            let mut live = vec![0; arguments::size(arguments::at(call, 4)?)?.min(4096)];
            let (level, name) = numbers(call)?;
            match kernel::get_option(socket, level, name, &mut live) {
                Ok(len) => options::check_value(call, (level, name), &live[..len]),
                Err(error) => Ok(Answer::error(errno(&error)).into()),
            }
        }
        _ => {
            let asked = Some(int(arguments::at(call, 1)?)?);
            let queue = if asked == symbols::number("SIOCINQ") {
                Queue::Unread
            } else {
                Queue::Unacknowledged
            };
            match kernel::queued(socket, queue) {
                Ok(count) => options::check_count(call, count),
                Err(error) => Ok(Answer::error(errno(&error)).into()),
            }
        }
    }
}

/// Level and number of an option.
fn numbers(call: &Call) -> Step<(i32, i32)> {
    let at = |index| arguments::at(call, index).and_then(int);
    Ok((at(1)? as i32, at(2)? as i32))
}

/// How many bytes a call moves, and its flags.
fn moved(call: &Call) -> Step<(usize, i64)> {
    let second = arguments::at(call, 1)?;
    if arguments::is_null(second) {
        let text = say!(
            "bad pointers are not handed to a kernel",
            "不向内核传递无效指针"
        );
        return Err(Stop::skip(call.span, text));
    }
    let at = |index: usize| call.arguments.get(index).map_or(Ok(0), int);
    Ok(match call.name.as_str() {
        "readv" | "writev" => (arguments::vector(second)?, 0),
        "sendmsg" | "recvmsg" => {
            refuse_control(second)?;
            let vector = arguments::vector(arguments::need(second, "msg_iov")?)?;
            (vector, at(2)?)
        }
        "read" | "write" => (arguments::size(arguments::at(call, 2)?)?, 0),
        _ => (arguments::size(arguments::at(call, 2)?)?, at(3)?),
    })
}

/// Control messages are not handed over.
fn refuse_control(message: &Expr) -> Step<()> {
    match arguments::member(message, "msg_control") {
        Some(control) if !matches!(&control.kind, ExprKind::List(list) if list.is_empty()) => {
            let text = say!(
                "control messages (cmsg) are not handed to a kernel",
                "不向内核传递控制消息(cmsg)"
            );
            Err(Stop::skip(control.span, text))
        }
        _ => Ok(()),
    }
}
