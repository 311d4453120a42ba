//! A kernel socket: one method a system call.

use std::io;
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

pub use socket2::{Domain, SockAddr, Type};
use socket2::{SockAddrStorage, SockRef};

/// Nobody wants SIGPIPE: a broken connection is the error EPIPE.
const SEND_FLAGS: i32 = libc::MSG_NOSIGNAL;

/// A kernel socket, closed when dropped and never inherited by child processes (SOCK_CLOEXEC).
#[derive(Debug)]
pub struct Socket(socket2::Socket);

impl Socket {
    /// socket(2), with the protocol that `domain` and `kind` imply.
    ///
    /// # Errors
    ///
    /// The kernel's, such as EMFILE or EAFNOSUPPORT.
    pub fn new(domain: Domain, kind: Type) -> io::Result<Self> {
        socket2::Socket::new(domain, kind, None).map(Self)
    }

    /// socket(2): a ping socket (icmp(7)).
    ///
    /// # Errors
    ///
    /// EACCES where `net.ipv4.ping_group_range` does not have the program's group; the kernel's.
    pub fn ping(domain: Domain) -> io::Result<Self> {
        let protocol = if domain == Domain::IPV6 {
            socket2::Protocol::ICMPV6
        } else {
            socket2::Protocol::ICMPV4
        };
        socket2::Socket::new(domain, Type::DGRAM, Some(protocol)).map(Self)
    }

    /// socketpair(2): two `AF_UNIX` sockets, connected with each other.
    ///
    /// # Errors
    ///
    /// The kernel's, such as EMFILE.
    pub fn pair(kind: Type) -> io::Result<(Self, Self)> {
        let (one, other) = socket2::Socket::pair(Domain::UNIX, kind, None)?;
        Ok((Self(one), Self(other)))
    }

    /// bind(2).
    ///
    /// # Errors
    ///
    /// The kernel's, such as EADDRINUSE, EADDRNOTAVAIL, EACCES.
    pub fn bind(&self, address: &SockAddr) -> io::Result<()> {
        self.0.bind(address)
    }

    /// listen(2).
    ///
    /// # Errors
    ///
    /// The kernel's, such as EOPNOTSUPP on a datagram socket.
    pub fn listen(&self, backlog: i32) -> io::Result<()> {
        self.0.listen(backlog)
    }

    /// accept(2). The new socket is a blocking one.
    ///
    /// # Errors
    ///
    /// The kernel's, such as EINVAL on a socket that does not listen.
    pub fn accept(&self) -> io::Result<(Self, SockAddr)> {
        let (socket, peer) = self.0.accept()?;
        Ok((Self(socket), peer))
    }

    /// connect(2).
    ///
    /// # Errors
    ///
    /// The kernel's, such as ECONNREFUSED; EINPROGRESS on a non-blocking stream socket.
    pub fn connect(&self, address: &SockAddr) -> io::Result<()> {
        self.0.connect(address)
    }

    /// connect(2) to an address of the family AF_UNSPEC, which takes the peer back.
    ///
    /// # Errors
    ///
    /// The kernel's.
    pub fn disconnect(&self) -> io::Result<()> {
        // All zeros is AF_UNSPEC.
        let storage = SockAddrStorage::zeroed();
        let len = storage.size_of();
        // SAFETY: every byte of the storage is initialised, and `len` is its size.
        let nobody = unsafe { SockAddr::new(storage, len) };
        self.0.connect(&nobody)
    }

    /// recv(2) with `flags`, such as MSG_PEEK, which takes nothing. 0 at the end of a stream.
    ///
    /// # Errors
    ///
    /// The kernel's, such as ENOTCONN, ECONNRESET, ECONNREFUSED.
    pub fn recv(&self, buf: &mut [u8], flags: u32) -> io::Result<usize> {
        self.0.recv_with_flags(uninit(buf), flags as i32)
    }

    /// recvfrom(2) with `flags`, such as MSG_PEEK, which takes nothing. The address has no family
    /// (`AF_UNSPEC`) when the kernel names no sender: on streams, and for unbound `AF_UNIX` ones.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_from(&self, buf: &mut [u8], flags: u32) -> io::Result<(usize, SockAddr)> {
        self.0.recv_from_with_flags(uninit(buf), flags as i32)
    }

    /// send(2) with `flags`, without SIGPIPE.
    ///
    /// # Errors
    ///
    /// The kernel's, such as EPIPE, ECONNRESET, EMSGSIZE, EDESTADDRREQ.
    pub fn send(&self, buf: &[u8], flags: u32) -> io::Result<usize> {
        self.0.send_with_flags(buf, SEND_FLAGS | flags as i32)
    }

    /// sendto(2), without SIGPIPE.
    ///
    /// # Errors
    ///
    /// The kernel's, such as EMSGSIZE, EACCES for a broadcast without SO_BROADCAST.
    pub fn send_to(&self, buf: &[u8], address: &SockAddr) -> io::Result<usize> {
        self.0.send_to_with_flags(buf, address, SEND_FLAGS)
    }

    /// sendto(2) with `flags`, such as MSG_FASTOPEN, without SIGPIPE.
    ///
    /// # Errors
    ///
    /// As [`send_to`](Self::send_to).
    pub fn send_to_with(&self, buf: &[u8], address: &SockAddr, flags: u32) -> io::Result<usize> {
        let flags = SEND_FLAGS | flags as i32;
        self.0.send_to_with_flags(buf, address, flags)
    }

    /// getsockname(2).
    ///
    /// # Errors
    ///
    /// The kernel's.
    pub fn local_addr(&self) -> io::Result<SockAddr> {
        self.0.local_addr()
    }

    /// getpeername(2).
    ///
    /// # Errors
    ///
    /// ENOTCONN when there is no peer.
    pub fn peer_addr(&self) -> io::Result<SockAddr> {
        self.0.peer_addr()
    }

    /// shutdown(2).
    ///
    /// # Errors
    ///
    /// ENOTCONN when there is no peer.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.0.shutdown(how)
    }

    /// SO_ERROR: the pending error, which is cleared.
    ///
    /// # Errors
    ///
    /// When the question itself fails.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.0.take_error()
    }

    /// Sets or clears O_NONBLOCK.
    ///
    /// # Errors
    ///
    /// The kernel's.
    pub fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.0.set_nonblocking(nonblocking)
    }

    /// A second descriptor of the same socket (dup(2)).
    ///
    /// # Errors
    ///
    /// EMFILE when there are no descriptors left.
    pub fn try_clone(&self) -> io::Result<Self> {
        self.0.try_clone().map(Self)
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl From<OwnedFd> for Socket {
    fn from(descriptor: OwnedFd) -> Self {
        Self(socket2::Socket::from(descriptor))
    }
}

impl From<Socket> for OwnedFd {
    fn from(socket: Socket) -> Self {
        socket.0.into()
    }
}

/// connect(2) on anybody's descriptor.
///
/// # Errors
///
/// As [`Socket::connect`].
pub fn connect(socket: impl AsFd, address: &SockAddr) -> io::Result<()> {
    SockRef::from(&socket).connect(address)
}

/// sendto(2) on anybody's descriptor, without SIGPIPE.
///
/// # Errors
///
/// As [`Socket::send_to`].
pub fn send_to(socket: impl AsFd, buf: &[u8], address: &SockAddr) -> io::Result<usize> {
    SockRef::from(&socket).send_to_with_flags(buf, address, SEND_FLAGS)
}

/// The same buffer as one that need not be initialised.
fn uninit(buf: &mut [u8]) -> &mut [MaybeUninit<u8>] {
    let length = buf.len();
    let start = buf.as_mut_ptr().cast::<MaybeUninit<u8>>();
    // SAFETY: same memory, same layout, same lifetime, borrowed once. The receive calls that this
    // is given to write only initialised bytes, so `buf` stays initialised.
    unsafe { std::slice::from_raw_parts_mut(start, length) }
}
