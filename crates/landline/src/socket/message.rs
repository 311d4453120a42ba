//! `sendmsg` and `recvmsg`, and bytes by reference.

use std::io::{self, IoSlice, IoSliceMut};

use bytes::Bytes;
use stack::{Cmsg, MessageFlags, RecvFlags, SendFlags};

use super::{Direction, Socket};
use crate::address::{Address, ToAddress};

/// What [`Socket::recvmsg`] received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Bytes in the buffers; with [`RecvFlags::TRUNC`] those that a datagram had.
    pub len: usize,
    /// Who sent it, where the network names somebody; of an error, to whom went what died.
    pub from: Option<Address>,
    /// What belongs to it, as far as the socket's options asked.
    pub control: Vec<Cmsg>,
    /// What else there is to say, such as [`MessageFlags::TRUNC`].
    pub flags: MessageFlags,
}

/// The functions for bytes with what belongs to them.
impl Socket {
    /// `recvmsg()`: receives into several buffers, one after the other, with all that belongs to it:
    /// the sender, and control messages by options such as IP_PKTINFO and IP_RECVTTL. `room` is how
    /// many bytes those may take, headers and padding included, as in C and Python; what does not
    /// fit is left out, and [`MessageFlags::CTRUNC`] says so. With [`RecvFlags::ERRQUEUE`] it is an
    /// error of those that wait (IP_RECVERR), and never waits for one.
    ///
    /// ```
    /// use landline::options::{IPPROTO_IP, IP_RECVTTL};
    /// use landline::{Cmsg, Family, Network, RecvFlags, Socket, Type};
    /// use std::io::IoSliceMut;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let network = Network::kernel();
    /// let socket = Socket::new(&network, Family::Inet, Type::Datagram)?;
    /// socket.bind(("127.0.0.1", 0))?;
    /// socket.setsockopt(IPPROTO_IP, IP_RECVTTL, 1)?;
    /// socket.sendto(b"to myself", socket.getsockname()?)?;
    /// let mut buf = [0; 64];
    /// let mut bufs = [IoSliceMut::new(&mut buf)];
    /// let message = socket.recvmsg(&mut bufs, 256, RecvFlags::empty())?;
    /// assert_eq!((message.len, &message.control[..]), (9, &[Cmsg::Ttl(64)][..]));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv); EAGAIN when no error waits.
    pub fn recvmsg(
        &self,
        bufs: &mut [IoSliceMut<'_>],
        room: usize,
        flags: RecvFlags,
    ) -> io::Result<Message> {
        let patience = self.patience(Direction::Receive);
        each!(&self.core.on, it => it.recv_message(bufs, room, flags, patience))
    }

    /// `sendmsg()`: sends several buffers, one behind the other, to the connected peer, in the way
    /// that `control` asks for: [`Cmsg::PktInfo`], [`Cmsg::Ttl`], [`Cmsg::Tos`], [`Cmsg::PktInfo6`],
    /// [`Cmsg::HopLimit`], [`Cmsg::TrafficClass`], [`Cmsg::Segment`]. Streams pass over all of them.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); EINVAL for what cannot be asked of that socket.
    pub fn sendmsg(
        &self,
        bufs: &[IoSlice<'_>],
        control: &[Cmsg],
        flags: SendFlags,
    ) -> io::Result<usize> {
        let patience = self.patience(Direction::Send);
        each!(&self.core.on, it => it.send_message(bufs, None, control, flags, patience))
    }

    /// `sendmsg()` with an address: as [`sendmsg`](Self::sendmsg), to it. With
    /// [`SendFlags::FASTOPEN`] a stream connects to it, the first bytes in its SYN.
    ///
    /// # Errors
    ///
    /// As [`sendmsg`](Self::sendmsg) and [`sendto`](Self::sendto).
    pub fn sendmsg_to(
        &self,
        bufs: &[IoSlice<'_>],
        address: impl ToAddress,
        control: &[Cmsg],
        flags: SendFlags,
    ) -> io::Result<usize> {
        let address = address.to_address(&self.core.network, self.family())?;
        let patience = self.patience(Direction::Send);
        each!(&self.core.on, it => it.send_message(bufs, Some(&address), control, flags, patience))
    }

    /// `sendto()` with flags. With [`SendFlags::FASTOPEN`] a stream connects to `address` and sends
    /// in one: to a peer that gave a cookie before, the first bytes go in the SYN (RFC 7413).
    ///
    /// # Errors
    ///
    /// As [`sendto`](Self::sendto) and [`connect`](Self::connect). EOPNOTSUPP where the network's
    /// `tcp_fastopen` has clients do without; EINPROGRESS in non-blocking mode when nothing could go
    /// in the SYN, and what is to be sent is to be sent when the socket is writable.
    pub fn sendto_with(
        &self,
        buf: &[u8],
        address: impl ToAddress,
        flags: SendFlags,
    ) -> io::Result<usize> {
        self.sendmsg_to(&[IoSlice::new(buf)], address, &[], flags)
    }

    /// `writev()`: [`send`](Self::send) of several buffers, one behind the other; one datagram.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.sendmsg(bufs, &[], SendFlags::empty())
    }

    /// `readv()`: [`recv`](Self::recv) into several buffers, one after the other.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        Ok(self.recvmsg(bufs, 0, RecvFlags::empty())?.len)
    }

    /// [`send`](Self::send) by reference: on a network of ours the bytes are never copied. On the
    /// kernel's they are, into the kernel, as by `send`.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_bytes(&self, bytes: Bytes) -> io::Result<usize> {
        let patience = self.patience(Direction::Send);
        each!(&self.core.on, it => it.send_bytes(bytes, patience))
    }

    /// [`recv`](Self::recv) by reference, at most `max` bytes. Empty at the end of a stream. On a
    /// network of ours nothing is copied where it came in one piece; of a stream it is the first
    /// piece of what waits. On the kernel's network it is copied into a buffer of `max` bytes.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_bytes(&self, max: usize) -> io::Result<Bytes> {
        Ok(self.recv_bytes_from(max)?.0)
    }

    /// [`recvfrom`](Self::recvfrom) by reference, as [`recv_bytes`](Self::recv_bytes).
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_bytes_from(&self, max: usize) -> io::Result<(Bytes, Address)> {
        let patience = self.patience(Direction::Receive);
        let (bytes, sender) = each!(&self.core.on, it => it.recv_bytes(max, patience))?;
        Ok((bytes, sender.unwrap_or_else(|| self.unnamed_sender())))
    }
}
