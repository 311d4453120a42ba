//! A datagram came.

use core::net::{IpAddr, SocketAddr};

use base::Instant;
use wire::udp::{HEADER_LEN, Header};
use wire::{Layer, Malformed, Protocol, checksum};

use super::Udp;
use super::demux::Sender;
use crate::icmp_message::IcmpMessage;
use crate::ip_options::{IpOptions, Stamp};
use crate::packet::{Cast, IcmpError, Packet, Reply};
use crate::socket::common::Flags;
use crate::socket::datagrams::{Envelope, Extra};
use crate::socket::{Family, SocketId};
use crate::verdict::{DropReason, Stop, Verdict};
use crate::zone;

/// Finds the socket and queues the datagram there. Of what was sent to many, `hears` says whether a
/// socket that it fits is to have it.
pub(crate) fn receive(
    udp: &mut Udp,
    now: Instant,
    mut packet: Packet,
    hears: impl Fn((SocketId, Family)) -> bool,
) -> Verdict<()> {
    let have = packet.frame.len();
    let (header, header_len) = Header::parse(packet.frame.contiguous(8), have)?;
    // What IP carried beyond the datagram's own length is no part of it.
    if packet.frame.segment_size.is_none() {
        packet.frame.truncate(header_len + header.payload_len);
    }
    // RFC 768: a sender over IPv4 may go without; over IPv6 none may (RFC 8200 §8.1).
    if (header.has_checksum || packet.src.is_ipv6())
        && !checksum::transport_ok(&packet.frame, packet.src, packet.dst, Protocol::UDP)
    {
        return Err(Malformed::Checksum { layer: Layer::Udp }.into());
    }
    let from = zone::named(packet.src, header.src_port, packet.iface);
    let to = zone::named(packet.dst, header.dst_port, packet.iface);
    let envelope = Envelope::of(&packet, to, now);
    if packet.cast != Cast::Unicast {
        return to_all(udp, from, envelope, header_len, packet, hears);
    }
    let found = udp.demux.find(&udp.sockets.slots, to, from, packet.iface);
    let Some(slot) = found else {
        // RFC 1122 §4.1.3.1.
        let reply = Reply::Error {
            message: IcmpMessage::port_unreachable(packet.dst),
            about: packet.into(),
        };
        return Err(Stop::reply(reply, Some(DropReason::UdpPortUnreachable)));
    };
    let extra = extra(now, &packet);
    packet.frame.pull(header_len);
    let payload = packet.frame.into_payload();
    deliver(udp, slot, from, envelope, &payload, extra)
}

/// What a datagram brings beside its bytes. Of what was sent to this host alone, its options have what
/// it records in them.
fn extra(now: Instant, packet: &Packet) -> Extra {
    let options = match packet.dst {
        _ if packet.options().is_empty() => None,
        IpAddr::V4(own) if packet.cast == Cast::Unicast => {
            let is_ours = |addr| addr == own;
            let stamp = Stamp {
                own,
                now,
                is_ours: &is_ours,
            };
            IpOptions::received(packet.options(), stamp)
        }
        _ => IpOptions::filled(packet.options()),
    };
    Extra {
        options,
        segment_size: packet.frame.segment_size,
    }
}

/// A broadcast is for every socket that it fits, and nobody is told when it fits none (RFC 1122
/// §3.2.2).
fn to_all(
    udp: &mut Udp,
    from: SocketAddr,
    envelope: Envelope,
    header_len: usize,
    mut packet: Packet,
    hears: impl Fn((SocketId, Family)) -> bool,
) -> Verdict<()> {
    let extra = extra(envelope.at, &packet);
    packet.frame.pull(header_len);
    let payload = packet.frame.into_payload();
    let mut verdict = Err(DropReason::UdpPortUnreachable.into());
    let (to, iface) = (envelope.to, envelope.iface);
    let fitting = udp.demux.find_all(&udp.sockets.slots, to, from, iface);
    let slots: smallvec::SmallVec<[u32; 8]> = fitting.collect();
    for slot in slots {
        let family = udp.sockets.slots.get(slot);
        let family = family.map_or(Family::Inet, |socket| socket.common.family());
        if !hears((udp.sockets.slots.id(slot), family)) {
            continue;
        }
        let delivered = deliver(udp, slot, from, envelope, &payload, extra);
        if verdict.is_err() {
            verdict = delivered;
        }
    }
    verdict
}

fn deliver(
    udp: &mut Udp,
    slot: u32,
    from: SocketAddr,
    envelope: Envelope,
    payload: &base::Payload,
    mut extra: Extra,
) -> Verdict<()> {
    let socket = udp
        .sockets
        .slots
        .get_mut(slot)
        .ok_or(DropReason::UdpPortUnreachable)?;
    let common = &socket.common;
    if !common.has(Flags::RECV_OPTS) && !common.has(Flags::RET_OPTS) {
        extra.options = None;
    }
    let together = common.has(Flags::GRO);
    let full = match extra.segment_size {
        Some(size) if !together => {
            extra.segment_size = None;
            let size = usize::from(size.get());
            let starts = (0..payload.len()).step_by(size);
            let pieces = starts.map(|at| payload.slice(at, size.min(payload.len() - at)));
            let mut full = false;
            for piece in pieces {
                full |= !socket.inbox.offer(from, envelope, &piece, extra);
            }
            full
        }
        _ => !socket.inbox.offer(from, envelope, payload, extra),
    };
    udp.sockets.raise(slot);
    if full {
        return Err(DropReason::UdpReceiveBufferFull.into());
    }
    Ok(())
}

/// A datagram of ours died. A socket without a peer is told where its errors wait one by one, since
/// else it could not know whom the word is about; and, as in Linux, of what is final, or what this
/// host found out itself.
pub(crate) fn icmp_error(udp: &mut Udp, now: Instant, error: &IcmpError) -> Verdict<()> {
    let Some(&[a, b, c, d]) = error.transport.first_chunk() else {
        return Err(Malformed::Truncated {
            layer: Layer::Udp,
            need: 4,
            have: error.transport.len(),
        }
        .into());
    };
    let from = zone::named(error.src, u16::from_be_bytes([a, b]), error.iface);
    let to = zone::named(error.dst, u16::from_be_bytes([c, d]), error.iface);
    let Udp { sockets, demux, .. } = udp;
    let (slot, knows) = match demux.sender(&sockets.slots, from, to, error.iface) {
        Sender::Connected(slot) => (slot, true),
        Sender::Bound(slot) => (slot, false),
        Sender::Nobody => return Err(DropReason::IcmpForNobody.into()),
    };
    let socket = sockets.slots.get_mut(slot);
    let socket = socket.ok_or(DropReason::IcmpForNobody)?;
    let limit = socket.inbox.limit;
    let packet = (to, HEADER_LEN);
    let believed = socket.common.may_teach(error);
    if socket
        .common
        .on_undelivered(now, error, packet, knows, limit)?
    {
        sockets.raise(slot);
    }
    Ok(believed?)
}

/// Whether a socket of ours sends what ICMP speaks of.
pub(crate) fn knows(udp: &Udp, error: &IcmpError) -> bool {
    let Some(&[a, b, c, d]) = error.transport.first_chunk() else {
        return false;
    };
    let from = zone::named(error.src, u16::from_be_bytes([a, b]), error.iface);
    let to = zone::named(error.dst, u16::from_be_bytes([c, d]), error.iface);
    let Udp { sockets, demux, .. } = udp;
    let sender = demux.sender(&sockets.slots, from, to, error.iface);
    !matches!(sender, Sender::Nobody)
}
