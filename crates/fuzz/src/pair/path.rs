//! A router on the way whose next link may carry less than what comes.

use std::net::{Ipv4Addr, Ipv6Addr};

use base::Frame;
use wire::{EtherType, MacAddr, Protocol, ethernet, icmpv4, icmpv6, ipv4, ipv6};

use crate::plain;

/// What the way carries.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Path {
    /// Bytes of the largest packet; none for whatever comes.
    pub(super) mtu: Option<usize>,
    /// The router says nothing of what it throws away: a black hole (RFC 2923 §2.1).
    silent: bool,
}

/// What becomes of a packet there.
pub(super) enum Passage {
    Whole,
    /// It goes on in parts.
    Parts(Vec<Vec<u8>>),
    /// It goes no further, and perhaps its sender hears of it.
    Refused(Option<Vec<u8>>),
}

const MTUS: [usize; 8] = [0, 1400, 1280, 1006, 576, 552, 296, 1499];

impl Path {
    /// The way that a byte of the script says, with IPv6 where `v6`.
    pub(super) fn new(what: u8, v6: bool) -> Self {
        let mtu = MTUS[usize::from(what & 7)];
        // RFC 8200 §5: no link of IPv6 carries less.
        let least = if v6 { ipv6::MIN_MTU } else { 68 };
        Self {
            mtu: (mtu > 0).then_some(mtu.max(least)),
            silent: what & 8 != 0,
        }
    }

    pub(super) fn take(&self, frame: &Frame) -> Passage {
        let Some(mtu) = self.mtu else {
            return Passage::Whole;
        };
        if frame.len() <= ethernet::HEADER_LEN + mtu {
            return Passage::Whole;
        }
        let bytes = frame.to_vec();
        let (link, packet) = bytes.split_at(ethernet::HEADER_LEN);
        if packet[0] >> 4 == 4 && packet[6] & 0x40 == 0 {
            return Passage::Parts(parts(link, packet, mtu));
        }
        let message = || too_big(packet, mtu);
        Passage::Refused((!self.silent).then(message).flatten())
    }
}

/// Whether a frame holds a part of a packet of IPv4 or IPv6.
pub(super) fn is_part(frame: &[u8]) -> bool {
    let packet = &frame[ethernet::HEADER_LEN..];
    match packet[0] >> 4 {
        4 => packet[6] & 0x3f != 0 || packet[7] != 0,
        _ => packet.get(6) == Some(&Protocol::FRAGMENT.0),
    }
}

/// RFC 791 §3.2.
fn parts(link: &[u8], packet: &[u8], mtu: usize) -> Vec<Vec<u8>> {
    let Ok((header, len)) = ipv4::Header::parse(packet, packet.len()) else {
        return Vec::new();
    };
    let data = &packet[len..len + header.payload_len];
    let room = (mtu - len) / 8 * 8;
    let mut at = 0;
    let mut parts = Vec::new();
    for part in data.chunks(room) {
        let mut header = header.clone();
        header.more_fragments |= at + part.len() < data.len();
        header.fragment_offset += at as u16;
        header.payload_len = part.len();
        let mut bytes = link.to_vec();
        bytes.resize(link.len() + len, 0);
        header.emit(&mut bytes[link.len()..]);
        bytes.extend_from_slice(part);
        parts.push(bytes);
        at += part.len();
    }
    parts
}

/// The packet that tells the sender of `packet` so.
fn too_big(packet: &[u8], mtu: usize) -> Option<Vec<u8>> {
    if packet[0] >> 4 == 4 {
        let next_hop_mtu = mtu as u16;
        let why = icmpv4::Unreachable::FragmentationNeeded { next_hop_mtu };
        return error_v4(packet, icmpv4::Message::DestinationUnreachable(why));
    }
    error_v6(packet, icmpv6::Message::PacketTooBig { mtu: mtu as u32 })
}

/// An error of the router's about a packet of IPv4.
pub(super) fn error_v4(packet: &[u8], message: icmpv4::Message) -> Option<Vec<u8>> {
    let (header, len) = ipv4::Header::parse_quoted(packet).ok()?;
    let router = Ipv4Addr::new(10, 0, 0, 99);
    // RFC 1812 §4.3.2.3: as much as fits 576 bytes.
    let quoted = &packet[..packet.len().min(len + 500)];
    let mut body = vec![0; icmpv4::HEADER_LEN];
    message.emit(&mut body);
    body.extend_from_slice(quoted);
    let outer = ipv4::Header::new(router, header.src, Protocol::ICMP, body.len());
    let mut bytes = vec![0; outer.header_len()];
    outer.emit(&mut bytes);
    bytes.extend(body);
    plain::mend_packet(&mut bytes);
    Some(bytes)
}

/// The same of IPv6.
pub(super) fn error_v6(packet: &[u8], message: icmpv6::Message) -> Option<Vec<u8>> {
    let (header, _) = ipv6::Header::parse_quoted(packet).ok()?;
    let router = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 0x99);
    // RFC 4443 §2.4 (c): as much as fits 1280 bytes.
    let quoted = &packet[..packet.len().min(ipv6::MIN_MTU - 48)];
    let mut body = vec![0; icmpv6::HEADER_LEN];
    message.emit(&mut body);
    body.extend_from_slice(quoted);
    let outer = ipv6::Header::new(router, header.src, Protocol::ICMPV6, body.len());
    let mut bytes = vec![0; ipv6::HEADER_LEN];
    outer.emit(&mut bytes);
    bytes.extend(body);
    plain::mend_packet(&mut bytes);
    Some(bytes)
}

/// A frame of the router's.
pub(super) fn frame(to: MacAddr, packet: &[u8]) -> Frame {
    let v6 = packet[0] >> 4 == 6;
    let header = ethernet::Header {
        dst: to,
        src: MacAddr::local(99),
        ethertype: if v6 { EtherType::IPV6 } else { EtherType::IPV4 },
    };
    let mut bytes = vec![0; ethernet::HEADER_LEN];
    header.emit(&mut bytes);
    bytes.extend_from_slice(packet);
    Frame::from(bytes)
}
