//! What an uplink says for others: refusals and echo replies, each made of the packet that it
//! answers and sent back the way that came.

use std::net::Ipv4Addr;

use base::Frame;
use wire::checksum::{self, checksum};
use wire::icmpv4::Unreachable;
use wire::{EtherType, Protocol, ethernet, icmpv4, ipv4, tcp};

/// Why a flow comes to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Nobody listens there.
    Refused,
    /// Nobody is there.
    Unreachable,
    /// The file does not allow it.
    Forbidden,
}

/// Bytes of a packet's payload that an error quotes (RFC 792).
const QUOTED: usize = 8;

/// A packet, taken apart.
struct Parts<'a> {
    link: ethernet::Header,
    ip: ipv4::Header,
    /// The IP packet.
    packet: &'a [u8],
    /// What it carries.
    inside: &'a [u8],
    ip_len: usize,
}

fn parts(frame: &[u8]) -> Option<Parts<'_>> {
    let (link, link_len) = ethernet::Header::parse(frame).ok()?;
    let packet = &frame[link_len..];
    let (ip, ip_len) = ipv4::Header::parse_quoted(packet).ok()?;
    // Behind it there may be the link's padding; or only its front is here.
    let packet = &packet[..packet.len().min(ip_len + ip.payload_len)];
    if packet.len() < ip_len {
        return None;
    }
    Some(Parts {
        link,
        ip,
        packet,
        inside: &packet[ip_len..],
        ip_len,
    })
}

/// The answer to a packet whose flow is refused; `own` is the address that ICMP comes from.
pub(super) fn refuse(frame: &[u8], own: Ipv4Addr, refusal: Refusal) -> Option<Frame> {
    let parts = parts(frame)?;
    let why = match (refusal, parts.ip.protocol) {
        (Refusal::Refused, Protocol::TCP) => return reset(&parts),
        (Refusal::Refused, _) => Unreachable::Port,
        (Refusal::Unreachable, _) => Unreachable::Host,
        // Communication administratively prohibited (RFC 1812 §5.2.7.1).
        (Refusal::Forbidden, _) => Unreachable::Other(13),
    };
    // Who refuses a port is the destination itself.
    let from = if refusal == Refusal::Refused {
        parts.ip.dst
    } else {
        own
    };
    let quoted = parts.packet.len().min(parts.ip_len + QUOTED);
    let message = icmpv4::Message::DestinationUnreachable(why);
    let inside = icmp(message, &parts.packet[..quoted]);
    Some(packet(
        &parts.link,
        from,
        parts.ip.src,
        Protocol::ICMP,
        &inside,
    ))
}

/// The answer to an echo request.
pub(super) fn echo(frame: &[u8]) -> Option<Frame> {
    let parts = parts(frame)?;
    let (message, len) = icmpv4::Message::parse(parts.inside).ok()?;
    let icmpv4::Message::EchoRequest { ident, seq } = message else {
        return None;
    };
    let reply = icmpv4::Message::EchoReply { ident, seq };
    let inside = icmp(reply, &parts.inside[len..]);
    let (from, to) = (parts.ip.dst, parts.ip.src);
    Some(packet(&parts.link, from, to, Protocol::ICMP, &inside))
}

/// The RST that answers a SYN to a port where nobody listens (RFC 9293 §3.10.7.1).
fn reset(parts: &Parts<'_>) -> Option<Frame> {
    let (header, len) = tcp::Header::parse(parts.inside).ok()?;
    let payload = parts.inside.len().checked_sub(len)?;
    let control = header.control;
    let answer = tcp::Header {
        src_port: header.dst_port,
        dst_port: header.src_port,
        control: tcp::Control {
            flags: tcp::Flags::RST | tcp::Flags::ACK,
            ack: control.seq + control.segment_len(payload),
            ..tcp::Control::default()
        },
    };
    let mut segment = vec![0; answer.header_len()];
    answer.emit(&mut segment);
    let (from, to) = (parts.ip.dst, parts.ip.src);
    let mut sum =
        checksum::Checksum::pseudo_header(from.into(), to.into(), Protocol::TCP, segment.len());
    sum.add(&segment);
    let at = tcp::CHECKSUM_OFFSET;
    segment[at..at + 2].copy_from_slice(&sum.finish().to_be_bytes());
    Some(packet(&parts.link, from, to, Protocol::TCP, &segment))
}

/// An ICMP message with what follows its header.
fn icmp(message: icmpv4::Message, rest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; message.header_len()];
    message.emit(&mut bytes);
    bytes.extend_from_slice(rest);
    let sum = checksum(&bytes);
    let at = icmpv4::CHECKSUM_OFFSET;
    bytes[at..at + 2].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// A packet that goes back the way on which a frame with the header `link` came.
fn packet(
    link: &ethernet::Header,
    src: Ipv4Addr,
    dst: Ipv4Addr,
    protocol: Protocol,
    inside: &[u8],
) -> Frame {
    let link = ethernet::Header {
        dst: link.src,
        src: link.dst,
        ethertype: EtherType::IPV4,
    };
    let ip = ipv4::Header::new(src, dst, protocol, inside.len());
    let mut bytes = vec![0; link.header_len() + ip.header_len()];
    link.emit(&mut bytes);
    ip.emit(&mut bytes[link.header_len()..]);
    bytes.extend_from_slice(inside);
    Frame::from(bytes)
}
