//! Packets by which hosts and routers of a link arrange themselves: whole, with IP's header on. They
//! never take a route, since they are for one link alone.

use alloc::vec::Vec;
use core::net::Ipv6Addr;

use base::{Frame, Payload};
use wire::checksum::Checksum;
use wire::ndp::{self, NdOption};
use wire::{Protocol, ipv6};

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
