//! A program sends and receives.

use core::net::SocketAddr;

use base::Payload;
use wire::udp::{HEADER_LEN, MAX_PAYLOAD_V4};

use super::Udp;
use crate::packet::{Cast, Choice};
use crate::socket::common::Flags;
use crate::socket::datagrams::Unsent;
use crate::socket::{Errno, Received, ReceivedBytes, RecvFlags, SocketId};
use crate::sysctl::Sysctls;

impl Udp {
    /// To whom a datagram of `len` bytes goes, if it may go at all.
    pub(crate) fn destination(
        &mut self,
        id: SocketId,
        to: Option<SocketAddr>,
        len: usize,
    ) -> Result<SocketAddr, Errno> {
        let socket = self.sockets.find_mut(id)?;
        if len > MAX_PAYLOAD_V4 {
            return Err(Errno::EMSGSIZE);
        }
        let to = to.or(socket.remote).ok_or(Errno::EDESTADDRREQ)?;
        if to.port() == 0 {
            return Err(Errno::EINVAL);
        }
        socket.common.take_error()?;
        if socket.common.has(Flags::WRITE_SHUT) {
            return Err(Errno::EPIPE);
        }
        if socket.sending.has_room() {
            Ok(to)
        } else {
            Err(Errno::EAGAIN)
        }
    }

    /// Takes a datagram to a [`destination`](Self::destination) on the way that was chosen for it.
    pub(crate) fn send(
        &mut self,
        sysctls: &Sysctls,
        id: SocketId,
        to: SocketAddr,
        way: &Choice,
        payload: Payload,
    ) -> Result<usize, Errno> {
        if way.cast == Cast::Broadcast && !self.sockets.find(id)?.common.has(Flags::BROADCAST) {
            return Err(Errno::EACCES);
        }
        self.autobind(sysctls, id)?;
        let socket = self.sockets.find_mut(id)?;
        let len = payload.len();
        let unsent = Unsent {
            socket: id,
            from: SocketAddr::new(way.source, socket.local.port()),
            to,
            ttl: socket.common.ttl,
            tos: socket.common.tos,
            dont_fragment: wire::ipv4::MIN_HEADER_LEN + HEADER_LEN + len <= way.mtu,
            payload,
        };
        socket.sending.charged += unsent.charge();
        self.outbox.push_back(unsent);
        Ok(len)
    }

    /// Copies the next datagram out.
    pub(crate) fn recv(
        &mut self,
        id: SocketId,
        out: &mut [u8],
        flags: RecvFlags,
    ) -> Result<Received, Errno> {
        let socket = self.sockets.find_mut(id)?;
        socket.common.take_error()?;
        match socket.inbox.recv(out, flags) {
            Some(received) => Ok(received),
            None if socket.common.has(Flags::READ_SHUT) => Ok(Received {
                copied: 0,
                len: 0,
                from: None,
            }),
            None => Err(Errno::EAGAIN),
        }
    }

    /// Takes the next datagram.
    pub(crate) fn recv_bytes(&mut self, id: SocketId, max: usize) -> Result<ReceivedBytes, Errno> {
        let socket = self.sockets.find_mut(id)?;
        socket.common.take_error()?;
        match socket.inbox.recv_bytes(max) {
            Some(received) => Ok(received),
            None if socket.common.has(Flags::READ_SHUT) => Ok(ReceivedBytes {
                payload: Payload::new(),
                len: 0,
                from: None,
            }),
            None => Err(Errno::EAGAIN),
        }
    }
}
