//! Packets by which hosts and routers of a link arrange themselves: whole, with IP's header on. They
//! never take a route, since they are for one link alone.

use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};

use arrayvec::ArrayVec;
use base::{Frame, Payload};
use wire::checksum::{Checksum, checksum};
use wire::membership::igmp;
use wire::ndp::{self, NdOption};
use wire::{Protocol, ipv4, ipv6};

/// A message of Neighbour Discovery.
pub(crate) fn ndp(
    src: Ipv6Addr,
    dst: Ipv6Addr,
    message: &ndp::Message,
    options: &[NdOption<'_>],
) -> Frame {
    let mut body = alloc::vec![0; message.header_len()];
    message.emit(&mut body);
    options.iter().for_each(|option| option.append(&mut body));
    let mut frame = icmpv6(src, dst, body);
    let header = ipv6::Header {
        // RFC 4861 §3.1: who sees another number knows that a router let it through.
        hop_limit: ndp::HOP_LIMIT,
        ..ipv6::Header::new(src, dst, Protocol::ICMPV6, frame.len())
    };
    header.emit(frame.push_header(ipv6::HEADER_LEN));
    frame
}

/// A message of ICMPv6 with its checksum, and no header in front of it.
pub(crate) fn icmpv6(src: Ipv6Addr, dst: Ipv6Addr, mut body: Vec<u8>) -> Frame {
    let (from, to) = (src.into(), dst.into());
    let mut sum = Checksum::pseudo_header(from, to, Protocol::ICMPV6, body.len());
    sum.add(&body);
    let field = ndp::CHECKSUM_OFFSET..ndp::CHECKSUM_OFFSET + 2;
    body[field].copy_from_slice(&sum.finish().to_be_bytes());
    Frame::new(Payload::from(body))
}

/// A message of MLD, with the alert by which routers look at what is not for them (RFC 3810 §5).
pub(crate) fn mld(src: Ipv6Addr, dst: Ipv6Addr, body: Vec<u8>) -> Frame {
    let mut frame = icmpv6(src, dst, body);
    // RFC 2711: option 5 of length 2, value 0 for MLD; and two bytes of padding.
    let alert = [Protocol::ICMPV6.0, 0, 5, 2, 0, 0, 1, 0];
    frame.push_header(alert.len()).copy_from_slice(&alert);
    let header = ipv6::Header {
        hop_limit: 1,
        ..ipv6::Header::new(src, dst, Protocol(0), frame.len())
    };
    header.emit(frame.push_header(ipv6::HEADER_LEN));
    frame
}

/// A message of IGMP, with the alert by which routers look at what is not for them (RFC 3376 §4).
pub(crate) fn igmp(src: Ipv4Addr, dst: Ipv4Addr, mut body: Vec<u8>) -> Frame {
    let field = igmp::CHECKSUM_OFFSET..igmp::CHECKSUM_OFFSET + 2;
    let sum = checksum(&body);
    body[field].copy_from_slice(&sum.to_be_bytes());
    let mut options = ArrayVec::new();
    // RFC 2113: option 148 of length 4, value 0.
    options.extend([148, 4, 0, 0]);
    let header = ipv4::Header {
        // RFC 3376 §4: precedence "internetwork control".
        traffic_class: 0xc0,
        dont_fragment: true,
        ttl: 1,
        options,
        ..ipv4::Header::new(src, dst, Protocol::IGMP, body.len())
    };
    let mut frame = Frame::new(Payload::from(body));
    header.emit(frame.push_header(header.header_len()));
    frame
}
