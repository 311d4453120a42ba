//! Calls that move bytes: `send` and `recv` in their kinds.

use base::{Bytes, Instant};

use crate::socket::{Address, Errno, Received, ReceivedBytes, RecvFlags, SocketId};
use crate::stack::Stack;

impl Stack {
    /// Takes bytes to send to the connected peer, copying them, and says how many (send(2)): of a
    /// stream as many as the buffer has room for, of a datagram all.
    ///
    /// # Errors
    ///
    /// - [`Errno::EBADF`];
    /// - [`Errno::EAGAIN`] when the buffer is full, or a TCP connection is still being made;
    /// - [`Errno::ENOTCONN`], or [`Errno::EDESTADDRREQ`] for datagrams, without a peer;
    /// - [`Errno::EPIPE`] once this direction is closed (there is no SIGPIPE here);
    /// - [`Errno::EMSGSIZE`] for a datagram that is too long: over 65,507 bytes, or over the
    ///   send buffer;
    /// - an error that waited, such as [`Errno::ECONNRESET`] or [`Errno::ECONNREFUSED`], told once;
    /// - [`Errno::ENETUNREACH`] when no route leads there.
    pub fn send(&mut self, now: Instant, socket: SocketId, bytes: &[u8]) -> Result<usize, Errno> {
        let _ = (now, socket, bytes);
        Err(Errno::EOPNOTSUPP)
    }

    /// As [`send`](Self::send), but takes the bytes by reference: they are never copied. What was
    /// not taken, the caller still has.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_bytes(
        &mut self,
        now: Instant,
        socket: SocketId,
        bytes: Bytes,
    ) -> Result<usize, Errno> {
        let _ = (now, socket, bytes);
        Err(Errno::EOPNOTSUPP)
    }

    /// Sends one datagram to `address` (sendto(2)). On a TCP socket the address is passed over, as
    /// in Linux; a connected Unix stream socket refuses one.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), and
    /// - [`Errno::EAFNOSUPPORT`] for an address of another family;
    /// - [`Errno::EINVAL`] for port 0;
    /// - [`Errno::EACCES`] for a broadcast address without `SO_BROADCAST`;
    /// - [`Errno::EISCONN`] on a connected Unix stream socket, [`Errno::EOPNOTSUPP`] on another;
    /// - Unix: [`Errno::ENOENT`], [`Errno::ECONNREFUSED`], [`Errno::EPROTOTYPE`] as for `connect`,
    ///   [`Errno::EAGAIN`] when the receiver's queue is full.
    pub fn send_to(
        &mut self,
        now: Instant,
        socket: SocketId,
        bytes: &[u8],
        address: &Address,
    ) -> Result<usize, Errno> {
        let _ = (now, socket, bytes, address);
        Err(Errno::EOPNOTSUPP)
    }

    /// Copies received bytes into `out` and says how many (recv(2)): of a stream what is there, 0
    /// at its end; of datagrams the next one, of which what does not fit is lost.
    ///
    /// # Errors
    ///
    /// - [`Errno::EBADF`];
    /// - [`Errno::EAGAIN`] when nothing has come;
    /// - [`Errno::ENOTCONN`] for a stream without a peer;
    /// - an error that waited, told once.
    pub fn recv(
        &mut self,
        now: Instant,
        socket: SocketId,
        out: &mut [u8],
        flags: RecvFlags,
    ) -> Result<usize, Errno> {
        self.recv_from(now, socket, out, flags).map(|r| r.copied)
    }

    /// As [`recv`](Self::recv), and tells from whom a datagram came and how long it was
    /// (recvfrom(2)).
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_from(
        &mut self,
        now: Instant,
        socket: SocketId,
        out: &mut [u8],
        flags: RecvFlags,
    ) -> Result<Received, Errno> {
        let _ = (now, socket, out, flags);
        Err(Errno::EOPNOTSUPP)
    }

    /// As [`recv_from`](Self::recv_from), but gives at most `max` bytes by reference: they are
    /// never copied.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_bytes(
        &mut self,
        now: Instant,
        socket: SocketId,
        max: usize,
    ) -> Result<ReceivedBytes, Errno> {
        let _ = (now, socket, max);
        Err(Errno::EOPNOTSUPP)
    }
}
