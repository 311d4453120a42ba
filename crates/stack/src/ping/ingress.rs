//! A reply to a ping, or word of one that died.

use core::net::IpAddr;

use base::{Bytes, Instant, Payload};
use wire::icmpv4::HEADER_LEN;
use wire::{Layer, Malformed, icmpv4, icmpv6};

use super::Ping;
use crate::packet::IcmpError;
use crate::socket::datagrams::{Envelope, Extra};
use crate::verdict::{DropReason, Verdict};
use crate::zone;

/// An echo reply.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) from: IpAddr,
    pub(crate) to: IpAddr,
    /// How it came.
    pub(crate) envelope: Envelope,
    pub(crate) ident: u16,
    pub(crate) seq: u16,
    pub(crate) data: Payload,
}

/// Finds the socket that asked and queues the reply there, its header in front again.
pub(crate) fn receive(ping: &mut Ping, reply: Reply) -> Verdict<()> {
    let v6 = reply.from.is_ipv6();
    let slot = *ping
        .idents
        .get(&(v6, reply.ident))
        .ok_or(DropReason::IcmpForNobody)?;
    let socket = ping
        .sockets
        .slots
        .get_mut(slot)
        .ok_or(DropReason::IcmpForNobody)?;
    let device = socket.common.device();
    if device.is_some_and(|only| only != reply.envelope.iface) {
        return Err(DropReason::IcmpForNobody.into());
    }
    let local = socket.local.ip();
    if !local.is_unspecified() && local != reply.to {
        return Err(DropReason::IcmpForNobody.into());
    }
    let mut header = [0; HEADER_LEN];
    let (ident, seq) = (reply.ident, reply.seq);
    if v6 {
        icmpv6::Message::EchoReply { ident, seq }.emit(&mut header);
    } else {
        icmpv4::Message::EchoReply { ident, seq }.emit(&mut header);
    }
    let mut message = reply.data;
    message.push_front(Bytes::copy_from_slice(&header));
    let from = zone::named(reply.from, 0, reply.envelope.iface);
    if !socket
        .inbox
        .offer(from, reply.envelope, &message, Extra::default())
    {
        return Err(DropReason::PingReceiveBufferFull.into());
    }
    ping.sockets.raise(slot);
    Ok(())
}

/// An echo request of ours died. Told as for UDP.
pub(crate) fn icmp_error(ping: &mut Ping, now: Instant, error: &IcmpError) -> Verdict<()> {
    let truncated = |layer| Malformed::Truncated {
        layer,
        need: HEADER_LEN,
        have: error.transport.len(),
    };
    let v6 = error.dst.is_ipv6();
    let ident = if v6 {
        let message = icmpv6::Message::parse(&error.transport);
        match message.map_err(|_| truncated(Layer::Icmpv6))?.0 {
            icmpv6::Message::EchoRequest { ident, .. } => Some(ident),
            _ => None,
        }
    } else {
        let message = icmpv4::Message::parse(&error.transport);
        match message.map_err(|_| truncated(Layer::Icmpv4))?.0 {
            icmpv4::Message::EchoRequest { ident, .. } => Some(ident),
            _ => None,
        }
    };
    let ident = ident.ok_or(DropReason::IcmpForNobody)?;
    let slot = *ping
        .idents
        .get(&(v6, ident))
        .ok_or(DropReason::IcmpForNobody)?;
    let socket = ping.sockets.slots.get_mut(slot);
    let socket = socket.ok_or(DropReason::IcmpForNobody)?;
    let knows = socket.remote.is_some_and(|peer| peer.ip() == error.dst);
    // The whole message waits, its header included.
    let packet = (zone::named(error.dst, 0, error.iface), 0);
    let limit = socket.inbox.limit;
    let believed = socket.common.may_teach(error);
    if socket
        .common
        .on_undelivered(now, error, packet, knows, limit)?
    {
        ping.sockets.raise(slot);
    }
    Ok(believed?)
}

/// Whether a socket of ours sends what ICMP speaks of.
pub(crate) fn knows(ping: &Ping, error: &IcmpError) -> bool {
    let v6 = error.dst.is_ipv6();
    // An echo request's identifier is in its fifth and sixth byte, in both dialects.
    let ident = match *error.transport.as_slice() {
        [8 | 128, 0, _, _, a, b, ..] => u16::from_be_bytes([a, b]),
        _ => return false,
    };
    ping.idents.contains_key(&(v6, ident))
}
