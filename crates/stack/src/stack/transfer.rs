//! Calls that move bytes: `send` and `recv` in their kinds.

use base::{Bytes, Instant, Payload};

use super::open::{no_wildcard, unix_name};
use crate::socket::{
    Address, Cmsg, Errno, Received, ReceivedBytes, RecvFlags, SendFlags, SocketId, Transport,
};
use crate::stack::Stack;

impl Stack {
    /// Takes bytes to send to the connected peer, copying them, and says how many (send(2)): of a
    /// stream as many as the buffer has room for, of a datagram all.
    ///
    /// # Errors
    ///
    /// - [`Errno::EBADF`];
    /// - [`Errno::EAGAIN`] when the buffer is full, or a TCP connection is still being made;
    /// - [`Errno::EDESTADDRREQ`] for a datagram without a peer, [`Errno::ENOTCONN`] for a Unix
    ///   socket without one;
    /// - [`Errno::EPIPE`] once this direction is closed, and for a TCP socket without a peer (there
    ///   is no SIGPIPE here);
    /// - [`Errno::EMSGSIZE`] for a datagram that is too long: over 65,507 bytes by UDP, over the
    ///   send buffer between programs of one host;
    /// - an error that waited, such as [`Errno::ECONNRESET`] or [`Errno::ECONNREFUSED`], told once;
    /// - [`Errno::ENETUNREACH`] when no route leads there.
    pub fn send(&mut self, now: Instant, socket: SocketId, bytes: &[u8]) -> Result<usize, Errno> {
        self.send_with(now, socket, bytes, SendFlags::empty())
    }

    /// As [`send`](Self::send), in one of the ways that `flags` name.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); [`Errno::EOPNOTSUPP`] for urgent data on anything but a stream of
    /// TCP.
    pub fn send_with(
        &mut self,
        now: Instant,
        socket: SocketId,
        bytes: &[u8],
        flags: SendFlags,
    ) -> Result<usize, Errno> {
        if flags.contains(SendFlags::OOB) && socket.transport != Transport::Tcp {
            return Err(Errno::EOPNOTSUPP);
        }
        match socket.transport {
            Transport::Tcp => {
                let (tcp, mut env) = self.tcp_in(now);
                tcp.send(&mut env, socket, bytes, flags)
            }
            _ => self.send_datagram(now, socket, bytes.len(), (None, &[]), &mut |len| {
                Payload::copy_from(&bytes[..len])
            }),
        }
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
        match socket.transport {
            Transport::Tcp => {
                let (tcp, mut env) = self.tcp_in(now);
                tcp.send_bytes(&mut env, socket, bytes)
            }
            _ => self.send_datagram(now, socket, bytes.len(), (None, &[]), &mut |len| {
                Payload::from(bytes.slice(..len))
            }),
        }
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
        match socket.transport {
            Transport::Tcp => self.send(now, socket, bytes),
            _ => self.send_datagram(now, socket, bytes.len(), (Some(address), &[]), &mut |len| {
                Payload::copy_from(&bytes[..len])
            }),
        }
    }

    /// Opens a TCP connection to `address` and sends `bytes` by it in one (sendto(2) with
    /// `MSG_FASTOPEN`, RFC 7413): with a cookie of the peer's from an earlier connection the first of
    /// them go in the SYN, and how many, is said. On a connected socket it sends as ever.
    ///
    /// # Errors
    ///
    /// - [`Errno::EOPNOTSUPP`] when `tcp_fastopen` has clients do without, without an address, and
    ///   for sockets of another kind;
    /// - [`Errno::EINPROGRESS`] when nothing could go in the SYN: what is to be sent, is to be sent
    ///   when the socket is writable;
    /// - as [`connect`](Self::connect) and [`send`](Self::send).
    pub fn send_fast_open(
        &mut self,
        now: Instant,
        socket: SocketId,
        bytes: &[u8],
        address: &Address,
    ) -> Result<usize, Errno> {
        let client = self.sysctls.tcp_fastopen & 1 != 0;
        if socket.transport != Transport::Tcp || !client || *address == Address::Unspecified {
            return Err(Errno::EOPNOTSUPP);
        }
        match self.connect_tcp(now, socket, self.inner(socket, address)?, Some(bytes))? {
            // It was connected.
            0 => self.send(now, socket, bytes),
            sent => Ok(sent),
        }
    }

    /// Forgets what earlier connections taught of their peers, the cookies for Fast Open among it
    /// (`ip tcp_metrics flush all`).
    pub fn flush_tcp_metrics(&mut self) {
        self.tcp.flush_metrics();
    }

    /// Sends by whatever is not TCP. `payload` makes a payload of the first so many bytes, once.
    pub(super) fn send_datagram(
        &mut self,
        now: Instant,
        socket: SocketId,
        len: usize,
        (to, control): (Option<&Address>, &[Cmsg]),
        payload: &mut dyn FnMut(usize) -> Payload,
    ) -> Result<usize, Errno> {
        match socket.transport {
            Transport::Tcp => Err(Errno::EOPNOTSUPP),
            Transport::Unix => {
                let to = to.map(unix_name).transpose()?;
                self.unix.send(socket, payload, len, to)
            }
            Transport::Udp => {
                let to = to
                    .map(|to| self.inner(socket, to))
                    .transpose()?
                    .map(no_wildcard);
                let to = self.udp.destination(socket, to, len)?;
                let (way, asked) = self.way_as_asked(now, socket, to, control)?;
                let payload = payload(len);
                self.udp
                    .send(&self.sysctls, socket, to, &way, &asked, payload)
            }
            Transport::Ping => {
                let to = to
                    .map(|to| self.inner(socket, to))
                    .transpose()?
                    .map(no_wildcard);
                let to = self.ping.destination(socket, to, len)?;
                let (way, asked) = self.way_as_asked(now, socket, to, control)?;
                self.ping.send(socket, to, &way, &asked, payload(len))
            }
        }
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
        let peek = flags.contains(RecvFlags::PEEK);
        if flags.contains(RecvFlags::ERRQUEUE) {
            let message = self.recv_error(socket, out.len(), 0)?;
            return Ok(Received {
                copied: message.payload.copy_to(out),
                len: message.len,
                from: message.from,
            });
        }
        match socket.transport {
            Transport::Tcp => {
                let (tcp, mut env) = self.tcp_in(now);
                let copied = tcp.recv(&mut env, socket, out, flags)?;
                Ok(Received {
                    copied,
                    len: copied,
                    from: None,
                })
            }
            Transport::Udp => self.udp.sockets.recv(socket, out, flags),
            Transport::Ping => self.ping.sockets.recv(socket, out, flags),
            Transport::Unix => {
                let (payload, len, from) = self.unix.recv(socket, out.len(), peek)?;
                Ok(Received {
                    copied: payload.copy_to(out),
                    len,
                    from: from.map(Address::Unix),
                })
            }
        }
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
        match socket.transport {
            Transport::Tcp => {
                let (tcp, mut env) = self.tcp_in(now);
                let payload = tcp.recv_bytes(&mut env, socket, max)?;
                Ok(ReceivedBytes {
                    len: payload.len(),
                    payload,
                    from: None,
                })
            }
            Transport::Udp => self.udp.sockets.recv_bytes(socket, max),
            Transport::Ping => self.ping.sockets.recv_bytes(socket, max),
            Transport::Unix => {
                let (payload, len, from) = self.unix.recv(socket, max, false)?;
                let from = from.map(Address::Unix);
                Ok(ReceivedBytes { payload, len, from })
            }
        }
    }
}
