//! A program's calls, as far as they are ping's own.

use core::net::{IpAddr, SocketAddr};

use base::Payload;
use wire::icmpv4::HEADER_LEN;
use wire::{icmpv4, icmpv6};

use super::{Echo, Ping};
use crate::packet::Choice;
use crate::socket::address::{ip_header_len, with_port};
use crate::socket::ancillary::Asked;
use crate::socket::common::Flags;
use crate::socket::{Errno, SocketId};

/// The most that one message carries over IPv4, its header included: 65,535 less IP's header.
const MAX_MESSAGE: usize = 65_515;

impl Ping {
    /// Gives a socket its own name; identifier 0 asks for a free one.
    pub(crate) fn bind(&mut self, id: SocketId, name: SocketAddr) -> Result<(), Errno> {
        self.name(id, name)?;
        let endpoint = self.sockets.slots.find_mut(id)?;
        endpoint.bound = name.ip();
        endpoint.common.flags.insert(Flags::PORT_CHOSEN);
        Ok(())
    }

    fn name(&mut self, id: SocketId, name: SocketAddr) -> Result<(), Errno> {
        if self.sockets.slots.find(id)?.local.port() != 0 {
            return Err(Errno::EINVAL);
        }
        let v6 = name.is_ipv6();
        let ident = match name.port() {
            0 => self.free_ident(v6).ok_or(Errno::EADDRINUSE)?,
            taken if self.idents.contains_key(&(v6, taken)) => return Err(Errno::EADDRINUSE),
            ident => ident,
        };
        self.idents.insert((v6, ident), id.slot);
        self.sockets.slots.find_mut(id)?.local = with_port(name, ident);
        Ok(())
    }

    fn free_ident(&mut self, v6: bool) -> Option<u16> {
        let start = self.rng.below(0xffff);
        (0..0xffff)
            .map(|n| ((start + n) % 0xffff + 1) as u16)
            .find(|ident| !self.idents.contains_key(&(v6, *ident)))
    }

    /// Gives a socket without an identifier one.
    fn autobind(&mut self, id: SocketId) -> Result<(), Errno> {
        let local = self.sockets.slots.find(id)?.local;
        if local.port() == 0 {
            self.name(id, local)?;
        }
        Ok(())
    }

    /// Says whom the socket pings, on the way that was chosen.
    pub(crate) fn connect(
        &mut self,
        id: SocketId,
        peer: SocketAddr,
        way: &Choice,
    ) -> Result<(), Errno> {
        self.sockets.may_send(id, way)?;
        self.autobind(id)?;
        self.sockets.slots.find_mut(id)?.set_peer(peer, way.source);
        Ok(())
    }

    /// Takes that back.
    pub(crate) fn disconnect(&mut self, id: SocketId) -> Result<(), Errno> {
        let endpoint = self.sockets.slots.find_mut(id)?;
        let (v6, ident) = (endpoint.local.is_ipv6(), endpoint.local.port());
        endpoint.forget_peer();
        if endpoint.local.port() == 0 {
            self.idents.remove(&(v6, ident));
        }
        Ok(())
    }

    /// To whom a message of `len` bytes goes, if it may go at all.
    pub(crate) fn destination(
        &mut self,
        id: SocketId,
        to: Option<SocketAddr>,
        len: usize,
    ) -> Result<SocketAddr, Errno> {
        self.sockets.slots.find(id)?;
        if len > MAX_MESSAGE {
            return Err(Errno::EMSGSIZE);
        }
        if len < HEADER_LEN {
            return Err(Errno::EINVAL);
        }
        self.sockets.destination(id, to)
    }

    /// Takes a whole ICMP message to a [`destination`](Self::destination).
    pub(crate) fn send(
        &mut self,
        id: SocketId,
        to: SocketAddr,
        way: &Choice,
        asked: &Asked,
        mut message: Payload,
    ) -> Result<usize, Errno> {
        let mut header = [0; HEADER_LEN];
        message.copy_to(&mut header);
        let seq = match to.ip() {
            IpAddr::V4(_) => match icmpv4::Message::parse(&header) {
                Ok((icmpv4::Message::EchoRequest { seq, .. }, _)) => seq,
                _ => return Err(Errno::EINVAL),
            },
            IpAddr::V6(_) => match icmpv6::Message::parse(&header) {
                Ok((icmpv6::Message::EchoRequest { seq, .. }, _)) => seq,
                _ => return Err(Errno::EINVAL),
            },
        };
        self.sockets.may_send(id, way)?;
        self.autobind(id)?;
        let len = message.len();
        message.advance(HEADER_LEN);
        let headers = ip_header_len(to) + HEADER_LEN;
        let unsent = self
            .sockets
            .charge(id, to, way, headers, asked, (message, None))?;
        self.outbox.push_back(Echo { seq, unsent });
        Ok(len)
    }

    /// Forgets a socket; what it sent still goes.
    pub(crate) fn close(&mut self, id: SocketId) -> Result<(), Errno> {
        let endpoint = self.sockets.slots.find(id)?;
        let name = (endpoint.local.is_ipv6(), endpoint.local.port());
        self.idents.remove(&name);
        self.sockets.slots.remove(id.slot);
        Ok(())
    }
}
