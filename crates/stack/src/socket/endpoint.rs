//! Datagram sockets of the Internet family: what UDP's and ping's have in common, which is all but
//! how they are found and what they put in front of the bytes.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use core::net::{IpAddr, SocketAddr};
use core::num::NonZeroU16;

use base::Payload;

use super::ancillary::Asked;
use super::common::{Common, Flags};
use super::datagrams::{Arrived, Inbox, SendBuffer, Unsent, recv_buffer, send_buffer};
use super::options::IPPROTO_TCP;
use super::slots::Slots;
use super::{
    Address, Errno, Family, How, Kind, Listed, OptionName, Queued, Readiness, Received,
    ReceivedBytes, RecvFlags, SocketId, SocketOption, State, Transport,
};
use crate::interface::InterfaceId;
use crate::packet::{Cast, Choice};
use crate::sysctl::Sysctls;
use crate::zone;

/// One datagram socket.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) common: Common,
    /// Its own name; port 0 while it has none. With a peer, the address that the route chose.
    pub(crate) local: SocketAddr,
    /// The address that it was bound to; 0.0.0.0 for all.
    pub(crate) bound: IpAddr,
    /// The one peer that it talks to.
    pub(crate) remote: Option<SocketAddr>,
    pub(crate) inbox: Inbox,
    pub(crate) sending: SendBuffer,
}

impl Endpoint {
    /// Gives the socket a peer; `source` is our address on the way there.
    pub(crate) fn set_peer(&mut self, peer: SocketAddr, source: IpAddr) {
        if self.bound.is_unspecified() {
            let zone = zone::of(peer).filter(|_| zone::is_zoned(source));
            let port = self.local.port();
            self.local = zone::named(source, port, zone.unwrap_or(InterfaceId::LOOPBACK));
        }
        self.remote = Some(peer);
    }

    /// Takes the peer back, and the port unless the program chose it.
    pub(crate) fn forget_peer(&mut self) {
        self.remote = None;
        if self.bound.is_unspecified() {
            self.local = SocketAddr::new(self.bound, self.local.port());
        }
        if !self.common.has(Flags::PORT_CHOSEN) {
            self.local.set_port(0);
        }
    }
}

/// The datagram sockets of one transport.
#[derive(Debug)]
pub(crate) struct Endpoints {
    pub(crate) slots: Slots<Endpoint>,
    /// Those about which something changed; each at most once, by [`Flags::EVENT`].
    events: VecDeque<u32>,
    kind: Kind,
}

impl Endpoints {
    /// No sockets.
    pub(crate) const fn new(transport: Transport, kind: Kind) -> Self {
        Self {
            slots: Slots::new(transport),
            events: VecDeque::new(),
            kind,
        }
    }

    /// A new socket.
    pub(crate) fn socket(&mut self, sysctls: &Sysctls, family: Family) -> Result<SocketId, Errno> {
        let common = Common::new(family, sysctls);
        let unbound = common.unbound();
        let endpoint = Endpoint {
            common,
            local: unbound,
            bound: unbound.ip(),
            remote: None,
            inbox: Inbox::new(sysctls.rmem_default),
            sending: SendBuffer {
                charged: 0,
                limit: sysctls.wmem_default,
            },
        };
        let slot = self.slots.insert(endpoint).ok_or(Errno::EMFILE)?;
        Ok(self.slots.id(slot))
    }

    /// Says that something about a socket changed.
    pub(crate) fn raise(&mut self, slot: u32) {
        if let Some(endpoint) = self.slots.get_mut(slot)
            && !endpoint.common.has(Flags::EVENT)
        {
            endpoint.common.flags.insert(Flags::EVENT);
            self.events.push_back(slot);
        }
    }

    /// The next socket about which something changed.
    pub(crate) fn poll_event(&mut self) -> Option<SocketId> {
        while let Some(slot) = self.events.pop_front() {
            // The place of one that was closed may be another's by now, which is then told once
            // too often.
            if let Some(endpoint) = self.slots.get_mut(slot) {
                endpoint.common.flags.remove(Flags::EVENT);
                return Some(self.slots.id(slot));
            }
        }
        None
    }

    /// The socket's own name.
    pub(crate) fn local_address(&self, id: SocketId) -> Result<SocketAddr, Errno> {
        let endpoint = self.slots.find(id)?;
        Ok(endpoint.common.shown(endpoint.local))
    }

    /// The peer's name.
    pub(crate) fn peer_address(&self, id: SocketId) -> Result<SocketAddr, Errno> {
        let endpoint = self.slots.find(id)?;
        // Port 0 is none that getpeername(2) would name; the peers of pings have no other.
        let named = |peer: &SocketAddr| peer.port() != 0 || self.kind == Kind::Ping;
        let remote = endpoint.remote.filter(named).ok_or(Errno::ENOTCONN)?;
        Ok(endpoint.common.shown(remote))
    }

    /// The address to send from, where the socket's name says one.
    pub(crate) fn source(&self, id: SocketId) -> Result<Option<IpAddr>, Errno> {
        let local = self.slots.find(id)?.local.ip();
        let one = match local {
            IpAddr::V4(v4) => !v4.is_unspecified() && !v4.is_broadcast() && !v4.is_multicast(),
            IpAddr::V6(v6) => !v6.is_unspecified() && !v6.is_multicast(),
        };
        Ok(one.then_some(local))
    }

    /// To whom a datagram goes, if one may go at all now.
    pub(crate) fn destination(
        &mut self,
        id: SocketId,
        to: Option<SocketAddr>,
    ) -> Result<SocketAddr, Errno> {
        let endpoint = self.slots.find_mut(id)?;
        let to = to.or(endpoint.remote).ok_or(Errno::EDESTADDRREQ)?;
        endpoint.common.take_error()?;
        if endpoint.common.has(Flags::WRITE_SHUT) {
            Err(Errno::EPIPE)
        } else if !endpoint.sending.has_room() {
            Err(Errno::EAGAIN)
        } else {
            Ok(to)
        }
    }

    /// Charges a socket with a datagram on the way that was chosen for it; the transport queues
    /// it. `header_len` is what goes in front, IP's header included.
    pub(crate) fn charge(
        &mut self,
        id: SocketId,
        to: SocketAddr,
        way: &Choice,
        header_len: usize,
        asked: &Asked,
        (payload, segment_size): (Payload, Option<NonZeroU16>),
    ) -> Result<Unsent, Errno> {
        let endpoint = self.slots.find_mut(id)?;
        let common = &endpoint.common;
        let discover = common.discover_to(to.ip());
        let longest = common.longest_to(to.ip());
        let mtu = way.mtu_for(discover);
        let mtu = longest.map_or(mtu, |most| mtu.min(most.get() as usize));
        let options = match &asked.options {
            Some(options) => Some(Arc::new(*options)),
            None => common.ip_options_to(to.ip()),
        };
        let header_len = header_len + options.as_ref().map_or(0, |list| list.as_bytes().len());
        // What the packet's length can say, its header counted (RFC 791 §3.1).
        if to.is_ipv4() && header_len + payload.len() > MAX_PACKET {
            return Err(Errno::EMSGSIZE);
        }
        let refused = !discover.cuts() || (to.is_ipv6() && common.has(Flags::DONT_FRAG6));
        if refused && segment_size.is_none() && header_len + payload.len() > mtu {
            let limit = endpoint.inbox.limit;
            let common = &mut endpoint.common;
            common.refused(Errno::EMSGSIZE, to, mtu as u32, limit);
            self.raise(id.slot);
            return Err(Errno::EMSGSIZE);
        }
        let usual = || common.hops_to(to.ip());
        let of_group = way.many.map(|many| many.hops);
        let unsent = Unsent {
            socket: id,
            from: SocketAddr::new(way.source, endpoint.local.port()),
            to,
            ttl: asked.hops.or(of_group).or_else(usual),
            tos: asked
                .traffic_class
                .unwrap_or_else(|| common.traffic_class_to(to.ip())),
            discover,
            iface: way
                .many
                .map(|_| way.iface)
                .or(asked.iface)
                .or_else(|| common.device()),
            echo: way.many.is_none_or(|many| many.echo),
            longest,
            options,
            segment_size,
            payload,
        };
        endpoint.sending.charged += unsent.charge();
        Ok(unsent)
    }

    /// Whether a socket may send that way: to all, only with `SO_BROADCAST`.
    pub(crate) fn may_send(&self, id: SocketId, way: &Choice) -> Result<(), Errno> {
        let broadcasts = self.slots.find(id)?.common.has(Flags::BROADCAST);
        if way.cast == Cast::Broadcast && !broadcasts {
            Err(Errno::EACCES)
        } else {
            Ok(())
        }
    }

    /// A datagram has left: its socket, if it is still there, has room again.
    pub(crate) fn discharge(&mut self, unsent: &Unsent) {
        let Ok(endpoint) = self.slots.find_mut(unsent.socket) else {
            return;
        };
        let was_writable = endpoint.sending.is_writable();
        endpoint.sending.charged -= unsent.charge();
        if !was_writable && endpoint.sending.is_writable() {
            self.raise(unsent.socket.slot);
        }
    }

    /// Copies the next datagram out.
    pub(crate) fn recv(
        &mut self,
        id: SocketId,
        out: &mut [u8],
        flags: RecvFlags,
    ) -> Result<Received, Errno> {
        let endpoint = self.slots.find_mut(id)?;
        endpoint.common.take_error()?;
        let seen = endpoint.common.peek_off();
        match endpoint.inbox.recv(out, flags, seen) {
            Some(mut received) => {
                let whole = flags.contains(RecvFlags::TRUNC);
                let bytes = if whole { received.len } else { received.copied };
                let peek = flags.contains(RecvFlags::PEEK);
                endpoint.common.count_received(bytes, peek);
                if let Some(Address::Inet(from)) = &mut received.from {
                    *from = endpoint.common.shown(*from);
                }
                Ok(received)
            }
            // As Linux: only who would wait hears that there is nothing to wait for.
            None if endpoint.common.has(Flags::READ_SHUT)
                && !flags.contains(RecvFlags::DONTWAIT) =>
            {
                Ok(Received {
                    copied: 0,
                    len: 0,
                    from: None,
                })
            }
            None => Err(Errno::EAGAIN),
        }
    }

    /// Takes the next datagram as it came, or with `MSG_PEEK` leaves it, and how much of it was seen;
    /// `None` where nothing will come any more.
    pub(crate) fn take(
        &mut self,
        id: SocketId,
        max: usize,
        flags: RecvFlags,
    ) -> Result<Option<(Arrived, usize)>, Errno> {
        let endpoint = self.slots.find_mut(id)?;
        endpoint.common.take_error()?;
        let seen = endpoint.common.peek_off();
        let peek = flags.contains(RecvFlags::PEEK);
        match endpoint.inbox.take(peek, seen) {
            Some((arrived, skip)) => {
                let whole = flags.contains(RecvFlags::TRUNC);
                let len = arrived.payload.len();
                let bytes = if whole { len } else { max.min(len - skip) };
                endpoint.common.count_received(bytes, peek);
                Ok(Some((arrived, skip)))
            }
            None if endpoint.common.has(Flags::READ_SHUT)
                && !flags.contains(RecvFlags::DONTWAIT) =>
            {
                Ok(None)
            }
            None => Err(Errno::EAGAIN),
        }
    }

    /// Takes the next datagram.
    pub(crate) fn recv_bytes(&mut self, id: SocketId, max: usize) -> Result<ReceivedBytes, Errno> {
        let endpoint = self.slots.find_mut(id)?;
        endpoint.common.take_error()?;
        match endpoint.inbox.recv_bytes(max) {
            Some(mut received) => {
                let bytes = received.payload.len();
                endpoint.common.count_received(bytes, false);
                if let Some(Address::Inet(from)) = &mut received.from {
                    *from = endpoint.common.shown(*from);
                }
                Ok(received)
            }
            None if endpoint.common.has(Flags::READ_SHUT) => Ok(ReceivedBytes {
                payload: Payload::new(),
                len: 0,
                from: None,
            }),
            None => Err(Errno::EAGAIN),
        }
    }

    /// What listening and accepting are told.
    pub(crate) fn no_stream(&self, id: SocketId) -> Errno {
        self.slots.find(id).err().unwrap_or(Errno::EOPNOTSUPP)
    }

    /// Closes one direction or both. As in Linux, one without a peer is told ENOTCONN, and it
    /// happens all the same.
    pub(crate) fn shutdown(&mut self, id: SocketId, how: How) -> Result<(), Errno> {
        let endpoint = self.slots.find_mut(id)?;
        let flags = &mut endpoint.common.flags;
        if how.read() {
            flags.insert(Flags::READ_SHUT);
        }
        if how.write() {
            flags.insert(Flags::WRITE_SHUT);
        }
        let connected = endpoint.remote.is_some();
        self.raise(id.slot);
        if connected {
            Ok(())
        } else {
            Err(Errno::ENOTCONN)
        }
    }

    /// What `poll` says.
    pub(crate) fn readiness(&self, id: SocketId) -> Result<Readiness, Errno> {
        let endpoint = self.slots.find(id)?;
        let common = &endpoint.common;
        let (read_shut, write_shut) = (common.has(Flags::READ_SHUT), common.has(Flags::WRITE_SHUT));
        let failed = common.error.is_some();
        let error = common.has_error();
        let mut ready = Readiness::empty();
        ready.set(Readiness::READABLE, !endpoint.inbox.is_empty() || read_shut);
        ready.set(
            Readiness::WRITABLE,
            endpoint.sending.is_writable() || write_shut || failed,
        );
        ready.set(Readiness::ERROR, error);
        ready.set(Readiness::READ_CLOSED, read_shut);
        ready.set(Readiness::HANGUP, read_shut && write_shut);
        Ok(ready)
    }

    /// How much waits.
    pub(crate) fn queued(&self, id: SocketId) -> Result<Queued, Errno> {
        let endpoint = self.slots.find(id)?;
        Ok(Queued {
            unread: endpoint.inbox.next_len(),
            unacknowledged: endpoint.sending.charged,
            unsent: 0,
        })
    }

    /// Sets an option.
    pub(crate) fn set_option(
        &mut self,
        sysctls: &Sysctls,
        id: SocketId,
        option: SocketOption,
    ) -> Result<(), Errno> {
        let endpoint = self.slots.find_mut(id)?;
        may_have(self.kind, option.name())?;
        let of_tcp = option.name().numbers().0 == IPPROTO_TCP;
        if !of_tcp && let Some(done) = endpoint.common.set(option) {
            return done;
        }
        match option {
            SocketOption::RecvBuffer(asked) => endpoint.inbox.limit = recv_buffer(asked, sysctls),
            SocketOption::SendBuffer(asked) => endpoint.sending.limit = send_buffer(asked, sysctls),
            SocketOption::Segment(size) if self.kind == Kind::Datagram => {
                let size = u16::try_from(size).map_err(|_| Errno::EINVAL)?;
                endpoint.common.rare_mut().segment = size;
            }
            SocketOption::Gro(on) if self.kind == Kind::Datagram => {
                endpoint.common.flags.set(Flags::GRO, on);
            }
            // Nothing paces datagrams; what was said is kept.
            SocketOption::MaxPacingRate(rate) => endpoint.common.rare_mut().pacing_rate = rate,
            // Means nothing to datagrams, and is taken all the same.
            SocketOption::Linger(_) => {}
            _ => return Err(Errno::ENOPROTOOPT),
        }
        Ok(())
    }

    /// Reads an option.
    pub(crate) fn option(
        &mut self,
        sysctls: &Sysctls,
        id: SocketId,
        name: OptionName,
    ) -> Result<SocketOption, Errno> {
        let endpoint = self.slots.find_mut(id)?;
        may_have(self.kind, name)?;
        let of_tcp = name.numbers().0 == IPPROTO_TCP;
        if !of_tcp && let Some(option) = endpoint.common.get(name, sysctls) {
            return Ok(option);
        }
        Ok(match name {
            OptionName::Type => SocketOption::Type(self.kind.number()),
            OptionName::Protocol => SocketOption::Protocol(match self.kind {
                Kind::Ping => wire::Protocol::ICMP.0.into(),
                Kind::Datagram | Kind::Stream => wire::Protocol::UDP.0.into(),
            }),
            OptionName::RecvBuffer => SocketOption::RecvBuffer(endpoint.inbox.limit),
            OptionName::SendBuffer => SocketOption::SendBuffer(endpoint.sending.limit),
            OptionName::AcceptConn => SocketOption::AcceptConn(false),
            OptionName::Linger => SocketOption::Linger(None),
            OptionName::Segment if self.kind == Kind::Datagram => {
                SocketOption::Segment(endpoint.common.rare().segment.into())
            }
            OptionName::MaxPacingRate => {
                SocketOption::MaxPacingRate(endpoint.common.rare().pacing_rate)
            }
            OptionName::Gro if self.kind == Kind::Datagram => {
                SocketOption::Gro(endpoint.common.has(Flags::GRO))
            }
            // Linux's `ip_getsockopt` about another level's; `ip_setsockopt` and
            // `ipv6_getsockopt` have the other number.
            _ if of_tcp && !endpoint.common.has(Flags::INET6) => {
                return Err(Errno::EOPNOTSUPP);
            }
            _ => return Err(Errno::ENOPROTOOPT),
        })
    }

    /// Every socket.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Listed> {
        self.slots.iter().map(|(slot, endpoint)| Listed {
            socket: Some(self.slots.id(slot)),
            family: endpoint.common.family(),
            kind: self.kind,
            state: match endpoint.remote {
                Some(_) => State::Established,
                None => State::Unconnected,
            },
            recv_queue: endpoint.inbox.charged(),
            send_queue: endpoint.sending.charged,
            local: Address::Inet(endpoint.common.shown(endpoint.local)),
            peer: endpoint
                .remote
                .map(|remote| endpoint.common.shown(remote).into()),
        })
    }
}

/// Bytes of the longest packet of IPv4.
const MAX_PACKET: usize = 65_535;

/// Whether datagram sockets of a kind have an option at all: those of pings have no `SO_PEEK_OFF`, as in
/// Linux.
fn may_have(kind: Kind, name: OptionName) -> Result<(), Errno> {
    if kind == Kind::Ping && name == OptionName::PeekOff {
        return Err(Errno::EOPNOTSUPP);
    }
    Ok(())
}
