//! A program's calls, as far as they are UDP's own.

use core::net::SocketAddr;
use core::num::NonZeroU16;

use base::Payload;
use wire::udp::{HEADER_LEN, MAX_PAYLOAD_V4, MAX_PAYLOAD_V6};

use super::Udp;
use crate::interface::InterfaceId;
use crate::packet::Choice;
use crate::socket::address::{ip_header_len, with_port};
use crate::socket::ancillary::Asked;
use crate::socket::common::Flags;
use crate::socket::{Errno, SocketId};
use crate::sysctl::{Ephemeral, Sysctls};

/// What the field of UDP's length can say.
const MAX_LENGTH: usize = 65_535;
/// Datagrams that one call may send (Linux's `UDP_MAX_SEGMENTS`).
const MAX_SEGMENTS: usize = 128;

impl Udp {
    /// Gives a socket its own name; port 0 asks for a free one. That the address is one of this
    /// host's, or a broadcast address or group, is the caller's to check.
    pub(crate) fn bind(
        &mut self,
        sysctls: &Sysctls,
        id: SocketId,
        name: SocketAddr,
    ) -> Result<(), Errno> {
        let endpoint = self.sockets.slots.find(id)?;
        if endpoint.local.port() != 0 {
            return Err(Errno::EINVAL);
        }
        let flags = endpoint.common.flags;
        let slots = &self.sockets.slots;
        if name.port() == 0 && flags.contains(Flags::BIND_NO_PORT) {
            self.sockets.slots.find_mut(id)?.local = name;
        } else if name.port() == 0 {
            let port = self.free_port(sysctls, id.slot, name);
            self.name(id, port.ok_or(Errno::EADDRINUSE)?)?;
        } else if self.demux.conflicts(slots, id.slot, flags, name) {
            return Err(Errno::EADDRINUSE);
        } else {
            self.name(id, name)?;
        }
        let endpoint = self.sockets.slots.find_mut(id)?;
        endpoint.bound = name.ip();
        // SOCK_BINDPORT_LOCK: one that was drawn goes when the socket disconnects.
        endpoint
            .common
            .flags
            .set(Flags::PORT_CHOSEN, name.port() != 0);
        Ok(())
    }

    fn name(&mut self, id: SocketId, name: SocketAddr) -> Result<(), Errno> {
        let endpoint = self.sockets.slots.find_mut(id)?;
        endpoint.local = name;
        self.demux.insert(id.slot, endpoint);
        Ok(())
    }

    /// A free port by simple randomisation (RFC 6056 §3.3.1): the first free one from a random
    /// start on.
    fn free_port(&mut self, sysctls: &Sysctls, slot: u32, name: SocketAddr) -> Option<SocketAddr> {
        let slots = &self.sockets.slots;
        let common = &slots.get(slot)?.common;
        let among = Ephemeral::new(sysctls, common.rare().local_port_range);
        let only = common.flags & Flags::V6ONLY;
        let start = self.rng.below(among.count().into()) as u32;
        (start..start + among.count())
            .filter_map(|n| among.at(n))
            .map(|port| with_port(name, port))
            // What the program lets others share, chance does not.
            .find(|name| !self.demux.conflicts(slots, slot, only, *name))
    }

    /// Gives a socket without a port one that is free.
    pub(crate) fn autobind(&mut self, sysctls: &Sysctls, id: SocketId) -> Result<(), Errno> {
        let local = self.sockets.slots.find(id)?.local;
        if local.port() != 0 {
            return Ok(());
        }
        let port = self.free_port(sysctls, id.slot, local);
        self.name(id, port.ok_or(Errno::EAGAIN)?)
    }

    /// Makes `peer` the only one that the socket talks to, on the way that was chosen.
    pub(crate) fn connect(
        &mut self,
        id: SocketId,
        peer: SocketAddr,
        way: &Choice,
    ) -> Result<(), Errno> {
        self.sockets.may_send(id, way)?;
        let endpoint = self.sockets.slots.find_mut(id)?;
        self.demux.remove(id.slot, endpoint);
        endpoint.set_peer(peer, way.source);
        self.demux.insert(id.slot, endpoint);
        Ok(())
    }

    /// Lets the socket talk to all again.
    pub(crate) fn disconnect(&mut self, id: SocketId) -> Result<(), Errno> {
        let endpoint = self.sockets.slots.find_mut(id)?;
        self.demux.remove(id.slot, endpoint);
        endpoint.forget_peer();
        self.demux.insert(id.slot, endpoint);
        Ok(())
    }

    /// To whom a datagram of `len` bytes goes, if it may go at all.
    pub(crate) fn destination(
        &mut self,
        id: SocketId,
        to: Option<SocketAddr>,
        len: usize,
    ) -> Result<SocketAddr, Errno> {
        self.sockets.slots.find(id)?;
        let to = self.sockets.destination(id, to);
        let limit = self.sockets.slots.find(id)?.inbox.limit;
        let most = match to {
            Ok(to) if to.is_ipv6() => MAX_PAYLOAD_V6,
            _ => MAX_PAYLOAD_V4,
        };
        if len > most {
            if let Ok(to) = to
                && len <= MAX_LENGTH
            {
                let mtu = MAX_LENGTH as u32;
                let endpoint = self.sockets.slots.find_mut(id)?;
                // As Linux: by the peer's port, and not by that of the call.
                let port = endpoint.remote.map_or(0, |peer| peer.port());
                let to = with_port(to, port);
                let common = &mut endpoint.common;
                common.refused(Errno::EMSGSIZE, to, mtu, limit);
                self.sockets.raise(id.slot);
            }
            return Err(Errno::EMSGSIZE);
        }
        let to = to?;
        if to.port() == 0 {
            return Err(Errno::EINVAL);
        }
        Ok(to)
    }

    /// Takes a datagram to a [`destination`](Self::destination) on the way that was chosen for it.
    pub(crate) fn send(
        &mut self,
        sysctls: &Sysctls,
        id: SocketId,
        to: SocketAddr,
        way: &Choice,
        asked: &Asked,
        payload: Payload,
    ) -> Result<usize, Errno> {
        self.sockets.may_send(id, way)?;
        self.autobind(sysctls, id)?;
        let len = payload.len();
        let headers = ip_header_len(to) + HEADER_LEN;
        let common = &self.sockets.slots.find(id)?.common;
        let size = usize::from(asked.segment.unwrap_or_else(|| common.rare().segment));
        if size == 0 || size >= len {
            let one = (payload, None);
            let unsent = self.sockets.charge(id, to, way, headers, asked, one)?;
            self.outbox.push_back(unsent);
            return Ok(len);
        }
        if headers + size > way.mtu_for(common.discover_to(to.ip())) || len > size * MAX_SEGMENTS {
            return Err(Errno::EINVAL);
        }
        // On this host they stay together until somebody receives them.
        let segment_size = u16::try_from(size).ok().and_then(NonZeroU16::new);
        if way.iface == InterfaceId::LOOPBACK && way.many.is_none() {
            let all = (payload, segment_size);
            let unsent = self.sockets.charge(id, to, way, headers, asked, all)?;
            self.outbox.push_back(unsent);
            return Ok(len);
        }
        for at in (0..len).step_by(size) {
            let piece = payload.slice(at, size.min(len - at));
            let piece = (piece, None);
            let unsent = self.sockets.charge(id, to, way, headers, asked, piece)?;
            self.outbox.push_back(unsent);
        }
        Ok(len)
    }

    /// Forgets a socket; what it sent still goes.
    pub(crate) fn close(&mut self, id: SocketId) -> Result<(), Errno> {
        let endpoint = self.sockets.slots.find(id)?;
        self.demux.remove(id.slot, endpoint);
        self.sockets.slots.remove(id.slot);
        Ok(())
    }
}
