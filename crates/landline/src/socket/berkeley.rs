//! The functions of the Berkeley table, in the order in which they are taught.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

use stack::{Queued, Readiness, RecvFlags, SendFlags};

use super::{Direction, Patience, Socket, SocketFile};
use crate::Type;
use crate::address::{Address, ToAddress};
use crate::errno;
use crate::on::On;
use crate::options::{Options, Raw};

/// The server's functions.
impl Socket {
    /// `bind()`: gives the socket a name. Port 0 asks for a free one; an `AF_UNIX` socket bound to
    /// [`UnixAddress::Unnamed`](crate::UnixAddress::Unnamed), or to an empty path, gets an
    /// abstract name that nobody else has, by which it can be answered (autobind, unix(7)).
    ///
    /// # Errors
    ///
    /// `AddrInUse` (EADDRINUSE), `AddrNotAvailable` (EADDRNOTAVAIL) when the address is not the
    /// host's, `PermissionDenied` (EACCES) below port 1024, EINVAL when it has a name already.
    pub fn bind(&self, address: impl ToAddress) -> io::Result<()> {
        let address = address.to_address(&self.core.network, self.family())?;
        each!(&self.core.on, it => it.bind(&address))
    }

    /// `listen()`: makes a stream socket one that accepts; up to `backlog` callers wait for it.
    ///
    /// # Errors
    ///
    /// EOPNOTSUPP on a datagram socket, EADDRINUSE when another one listens there.
    pub fn listen(&self, backlog: u32) -> io::Result<()> {
        each!(&self.core.on, it => it.listen(backlog))
    }

    /// `accept()`: waits for a caller; gives the connection, in blocking mode, and who it is.
    ///
    /// # Errors
    ///
    /// EINVAL when the socket does not listen, EMFILE when there are no descriptors left, or as
    /// the time-out says.
    pub fn accept(&self) -> io::Result<(Self, Address)> {
        let patience = self.patience(Direction::Receive);
        match &self.core.on {
            On::Kernel(socket) => {
                let (socket, peer) = socket.accept(patience)?;
                Ok((self.accepted(On::Kernel(socket)), peer))
            }
            On::Stack(socket) => {
                let (socket, peer) = socket.accept(patience)?;
                Ok((self.accepted(On::Stack(socket)), peer))
            }
        }
    }
}

/// The client's functions.
impl Socket {
    /// `connect()`: connects a stream to the listener at `address`, or gives a datagram socket its
    /// only peer.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused` (ECONNREFUSED) when nobody listens, ETIMEDOUT when nobody answers,
    /// EHOSTUNREACH and ENETUNREACH when there is no way, EISCONN when it is connected already;
    /// EINPROGRESS in non-blocking mode, where the outcome follows in SO_ERROR.
    pub fn connect(&self, address: impl ToAddress) -> io::Result<()> {
        let address = address.to_address(&self.core.network, self.family())?;
        let patience = self.patience(Direction::Send);
        each!(&self.core.on, it => it.connect(&address, patience))
    }

    /// `connect_ex()`: [`connect`](Self::connect) with Linux's error number as its result, 0 when
    /// it is connected. A time-out is EAGAIN, as in Python; a host name that has no address,
    /// EHOSTUNREACH.
    pub fn connect_ex(&self, address: impl ToAddress) -> i32 {
        match self.connect(address) {
            Ok(()) => 0,
            Err(error) => errno::number(&error),
        }
    }
}

impl Socket {
    /// `connect()` to an address of the family `AF_UNSPEC`: takes the peer back. A datagram socket
    /// hears everybody again, a connection is reset, a listener stops listening (connect(2)).
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn disconnect(&self) -> io::Result<()> {
        each!(&self.core.on, it => it.disconnect())
    }
}

/// The functions of both sides.
impl Socket {
    /// `recv()`: waits until something is there and takes what fits into `buf`. 0 means that the
    /// peer has ended its direction; a datagram may be empty too, and loses what does not fit.
    ///
    /// # Errors
    ///
    /// ECONNRESET, ENOTCONN; ECONNREFUSED on a connected datagram socket whose peer's port was
    /// found closed; or as the time-out says.
    pub fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.recv_with(buf, RecvFlags::empty())
    }

    /// `recv()` with MSG_PEEK: what is received remains to be received.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.recv_with(buf, RecvFlags::PEEK)
    }

    /// `send()`: gives the network what it has room for, and says how much that was. A datagram is
    /// sent whole or not at all.
    ///
    /// # Errors
    ///
    /// EPIPE after the end of our direction or of the connection, ECONNRESET, ENOTCONN;
    /// EDESTADDRREQ and EMSGSIZE on datagram sockets; or as the time-out says.
    pub fn send(&self, buf: &[u8]) -> io::Result<usize> {
        self.send_with(buf, SendFlags::empty())
    }

    /// `send()` with flags, such as [`SendFlags::MORE`].
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_with(&self, buf: &[u8], flags: SendFlags) -> io::Result<usize> {
        let patience = self.patience(Direction::Send);
        each!(&self.core.on, it => it.send(buf, flags, patience))
    }

    /// `sendall()`: [`send`](Self::send) until all is sent. The time-out is for the whole of it.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); how much was sent by then is not known.
    pub fn sendall(&self, buf: &[u8]) -> io::Result<()> {
        let started = self.core.network.now();
        let whole = self.patience(Direction::Send);
        let mut rest = buf;
        loop {
            let patience = match whole {
                Patience::AtMost(limit) => {
                    let waited = self.core.network.now().since(started);
                    Patience::AtMost(limit.saturating_sub(waited.into()))
                }
                Patience::Forever | Patience::Never => whole,
            };
            let sent = each!(&self.core.on, it => it.send(rest, SendFlags::empty(), patience))?;
            rest = &rest[sent.min(rest.len())..];
            if rest.is_empty() {
                return Ok(());
            }
        }
    }

    /// `recvfrom()`: [`recv`](Self::recv), and who sent it. On a stream that is the peer; an
    /// `AF_UNIX` sender without a name is [`Unnamed`](crate::UnixAddress::Unnamed).
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recvfrom(&self, buf: &mut [u8]) -> io::Result<(usize, Address)> {
        self.recvfrom_with(buf, RecvFlags::empty())
    }

    /// `recvfrom()` with MSG_PEEK: what is received remains to be received.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn peekfrom(&self, buf: &mut [u8]) -> io::Result<(usize, Address)> {
        self.recvfrom_with(buf, RecvFlags::PEEK)
    }

    /// `sendto()`: sends one datagram to `address`.
    ///
    /// # Errors
    ///
    /// EMSGSIZE above 65,507 bytes of UDP over IPv4, EACCES for a broadcast address without
    /// SO_BROADCAST, EISCONN on a connected stream, or as [`send`](Self::send).
    pub fn sendto(&self, buf: &[u8], address: impl ToAddress) -> io::Result<usize> {
        let address = address.to_address(&self.core.network, self.family())?;
        let patience = self.patience(Direction::Send);
        each!(&self.core.on, it => it.send_to(buf, &address, patience))
    }

    /// `getpeername()`: the peer's name.
    ///
    /// # Errors
    ///
    /// `NotConnected` (ENOTCONN) when there is no peer.
    pub fn getpeername(&self) -> io::Result<Address> {
        each!(&self.core.on, it => it.peer_addr())
    }

    /// `getsockname()`: the socket's own name.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn getsockname(&self) -> io::Result<Address> {
        each!(&self.core.on, it => it.local_addr())
    }

    /// `getsockopt()`: the integer option `name` of `level`, by Linux's numbers
    /// ([`options`](crate::options)). Typed ones, and those that are not integers: [`Options`].
    ///
    /// # Errors
    ///
    /// ENOPROTOOPT for an option that `level` does not have.
    pub fn getsockopt(&self, level: i32, name: i32) -> io::Result<i32> {
        Options::getsockopt(self, level, name)
    }

    /// `setsockopt()`: sets the integer option `name` of `level`.
    ///
    /// # Errors
    ///
    /// ENOPROTOOPT for an option that `level` does not have, EINVAL for a value that it does not
    /// take.
    pub fn setsockopt(&self, level: i32, name: i32, value: i32) -> io::Result<()> {
        Options::setsockopt(self, level, name, value)
    }

    /// `shutdown()`: ends our direction (the peer reads end-of-file), the receiving one, or both.
    ///
    /// # Errors
    ///
    /// `NotConnected` (ENOTCONN) when there is no peer.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        each!(&self.core.on, it => it.shutdown(how))
    }

    /// `close()`: gives the socket back; as dropping it. It is closed once its
    /// [clones](Self::try_clone) and [files](Self::makefile) are too.
    pub fn close(self) {
        drop(self);
    }

    /// `recv()` with flags: [`RecvFlags::PEEK`], [`RecvFlags::WAITALL`] and its like.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_with(&self, buf: &mut [u8], flags: RecvFlags) -> io::Result<usize> {
        let patience = self.patience(Direction::Receive);
        each!(&self.core.on, it => it.recv(buf, flags, patience))
    }

    /// `recvfrom()` with flags. With [`RecvFlags::TRUNC`] the length is a datagram's own, and may
    /// be more than what `buf` has of it.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recvfrom_with(&self, buf: &mut [u8], flags: RecvFlags) -> io::Result<(usize, Address)> {
        let patience = self.patience(Direction::Receive);
        let (length, sender) = each!(&self.core.on, it => it.recv_from(buf, flags, patience))?;
        Ok((length, sender.unwrap_or_else(|| self.unnamed_sender())))
    }

    /// How many bytes wait in its buffers: `ioctl()` with SIOCINQ, SIOCOUTQ and SIOCOUTQNSD.
    ///
    /// # Errors
    ///
    /// EINVAL for a listener.
    pub fn queued(&self) -> io::Result<Queued> {
        each!(&self.core.on, it => it.queued())
    }

    /// `sockatmark()`: whether the next byte to receive is the urgent one of a stream (SIOCATMARK).
    /// [`RecvFlags::OOB`] takes that one, [`SendFlags::OOB`] sends one.
    ///
    /// # Errors
    ///
    /// ENOTTY for a socket that has no urgent data.
    pub fn sockatmark(&self) -> io::Result<bool> {
        each!(&self.core.on, it => it.is_at_mark())
    }

    /// Who sent what came without a sender: on a stream the peer, or nobody when it has gone; a
    /// datagram without one is from an `AF_UNIX` socket that was never bound.
    pub(super) fn unnamed_sender(&self) -> Address {
        match self.socket_type() {
            Type::Stream => self.getpeername().ok(),
            Type::Datagram | Type::Ping => None,
        }
        .unwrap_or_else(|| Address::unspecified(self.family()))
    }
}

/// The functions about waiting.
impl Socket {
    /// `setblocking()`: true is [`settimeout(None)`](Self::settimeout), false is
    /// `settimeout(Some(Duration::ZERO))`.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn setblocking(&self, blocking: bool) -> io::Result<()> {
        self.settimeout(if blocking { None } else { Some(Duration::ZERO) })
    }

    /// `settimeout()`: how long a call may wait. `None`: as long as it takes. Zero: not at all, a
    /// call that would wait fails with `WouldBlock` (EAGAIN). Else it fails with
    /// [`TimedOut`](io::ErrorKind::TimedOut) after that time, `connect` and `accept` too.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn settimeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        let nonblocking = timeout == Some(Duration::ZERO);
        let limit = timeout.filter(|_| !nonblocking);
        let timeouts = &self.core.timeouts;
        timeouts.set_limit(Direction::Receive, limit);
        timeouts.set_limit(Direction::Send, limit);
        timeouts.set_nonblocking(nonblocking);
        self.apply_mode()
    }

    /// `gettimeout()`: what [`settimeout`](Self::settimeout) set.
    pub fn gettimeout(&self) -> Option<Duration> {
        if self.core.timeouts.nonblocking() {
            return Some(Duration::ZERO);
        }
        self.limit(Direction::Receive)
    }
}

impl Socket {
    /// `poll()` for one socket: waits until something of `interest` is true of it, or an error or a
    /// hang-up, and says what; up to `timeout`, after which nothing is. `None`: as long as it takes;
    /// zero: what is true now.
    ///
    /// # Errors
    ///
    /// The network's.
    pub fn poll(&self, interest: Readiness, timeout: Option<Duration>) -> io::Result<Readiness> {
        let patience = match timeout {
            None => Patience::Forever,
            Some(Duration::ZERO) => Patience::Never,
            Some(limit) => Patience::AtMost(limit),
        };
        each!(&self.core.on, it => it.poll(interest, patience))
    }
}

/// The functions about files.
impl Socket {
    /// `fileno()`: the number of the socket's [`descriptor`](Self::descriptor).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn fileno(&self) -> io::Result<RawFd> {
        Ok(self.descriptor()?.as_raw_fd())
    }

    /// The socket's descriptor, for a program's own poll(2), select(2) or epoll(7). It belongs to the
    /// socket; on the kernel's network, while there is a time-out, it is non-blocking, as in Python.
    ///
    /// On a network of ours it is there to be polled, and nothing else: it is readable exactly while
    /// the socket is readable, and writable while that is writable, or while there is an error or a
    /// hang-up to tell, which [`poll`](Self::poll) names. It costs two descriptors, from the first
    /// time it is asked for. On a LAN in virtual time nothing moves while a thread waits in the
    /// kernel: there [`poll`](Self::poll) is the way to wait.
    ///
    /// # Errors
    ///
    /// EMFILE when there are no descriptors left.
    pub fn descriptor(&self) -> io::Result<BorrowedFd<'_>> {
        each!(&self.core.on, it => it.descriptor())
    }

    /// `makefile()`: a buffered file that reads from and writes to the socket. The socket closes
    /// once the file is dropped too.
    pub fn makefile(&self) -> SocketFile {
        SocketFile::new(self)
    }
}

impl Options for Socket {
    fn getsockopt_bytes(&self, level: i32, name: i32, value: &mut [u8]) -> io::Result<usize> {
        each!(&self.core.on, it => Raw::get(it, level, name, value))
    }

    fn setsockopt_bytes(&self, level: i32, name: i32, value: &[u8]) -> io::Result<()> {
        each!(&self.core.on, it => Raw::set(it, level, name, value))
    }
}

impl Read for &Socket {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.recv(buf)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.recv_vectored(bufs)
    }
}

impl Read for Socket {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.recv(buf)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.recv_vectored(bufs)
    }
}

impl Write for &Socket {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.send(buf)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.send_vectored(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for Socket {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.send(buf)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.send_vectored(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
