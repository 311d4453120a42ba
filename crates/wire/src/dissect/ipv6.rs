//! IPv6 and its extension headers.

use core::net::Ipv6Addr;

use super::ip::ecn;
use super::table::Row;
use super::terms::{FieldId as F, LayerKind, Meaning as M};
use super::view::Unchecked;
use super::walk::{Datagram, Next, Walk};
use crate::ipv6::options::{self, Ipv6Option, Options};
use crate::ipv6::{self, Chain, Kind, fragment, routing};
use crate::{Malformed, Protocol};

const IPV6: &[Row] = &[
    Row::number(F::Ipv6Version, 0, 1).bits(4, 4),
    Row::number(F::Ipv6Dscp, 0, 2).bits(6, 6),
    Row::number(F::Ipv6Ecn, 1, 1).bits(4, 2).means(ecn),
    Row::hex(F::Ipv6FlowLabel, 1, 3).bits(0, 20),
    Row::number(F::Ipv6PayloadLength, 4, 2),
    Row::number(F::Ipv6NextHeader, 6, 1).means(next_header),
    Row::number(F::Ipv6HopLimit, 7, 1),
    Row::ipv6(F::Ipv6Source, 8),
    Row::ipv6(F::Ipv6Destination, 24),
];

const OPTIONS: &[Row] = &[
    Row::number(F::ExtensionNextHeader, 0, 1).means(next_header),
    Row::number(F::ExtensionLength, 1, 1),
];

const ROUTING: &[Row] = &[
    Row::number(F::ExtensionNextHeader, 0, 1).means(next_header),
    Row::number(F::ExtensionLength, 1, 1),
    Row::number(F::RoutingType, 2, 1).means(|n| match n {
        0 => Some(M::SourceRoute),
        2 => Some(M::HomeRoute),
        4 => Some(M::SegmentRoute),
        _ => None,
    }),
    Row::number(F::RoutingSegmentsLeft, 3, 1),
];

const FRAGMENT: &[Row] = &[
    Row::number(F::ExtensionNextHeader, 0, 1).means(next_header),
    Row::number(F::FragmentOffset, 2, 2).bits(3, 13).units(8),
    Row::number(F::FragmentMore, 3, 1).bits(0, 1),
    Row::hex(F::FragmentIdentification, 4, 4),
];

fn next_header(number: u64) -> Option<M> {
    match number {
        0 => Some(M::HopByHop),
        6 => Some(M::Tcp),
        17 => Some(M::Udp),
        43 => Some(M::Routing),
        44 => Some(M::Fragment),
        58 => Some(M::Icmpv6),
        59 => Some(M::NoNextHeader),
        60 => Some(M::Destination),
        _ => None,
    }
}

pub(super) fn ipv6(walk: &mut Walk<'_>) -> Next {
    let rest = walk.rest();
    walk.layer(LayerKind::Ipv6, IPV6, ipv6::HEADER_LEN);
    let header = match ipv6::Header::parse_quoted(rest) {
        Ok((header, _)) => header,
        Err(malformed) => return walk.refuse(malformed),
    };
    // An ICMP error quotes the front of a packet. What is there can be read on all the same.
    if let Err(malformed) = ipv6::Header::parse(rest, rest.len())
        && !walk.quoted()
    {
        walk.refuse(malformed);
    }
    let whole = walk.end_at(ipv6::HEADER_LEN, ipv6::HEADER_LEN + header.payload_len);
    walk.datagram = Datagram {
        src: header.src.into(),
        dst: header.dst.into(),
        hop_limit: header.hop_limit,
        extensions: 0,
        unchecked: (!whole).then_some(Unchecked::Incomplete),
    };
    Next::of_next_header(header.next_header)
}

pub(super) fn extension(walk: &mut Walk<'_>, kind: Kind) -> Next {
    let rest = walk.rest();
    let (layer, rows, protocol) = match kind {
        Kind::HopByHop => (LayerKind::HopByHop, OPTIONS, Protocol::HOP_BY_HOP),
        Kind::Destination => (LayerKind::Destination, OPTIONS, Protocol::DESTINATION),
        Kind::Routing => (LayerKind::Routing, ROUTING, Protocol::ROUTING),
        Kind::Fragment => (LayerKind::Fragment, FRAGMENT, Protocol::FRAGMENT),
    };
    let units = rest.get(1).filter(|_| kind != Kind::Fragment);
    let len = units.map_or(8, |units| (usize::from(*units) + 1) * 8);
    walk.layer(layer, rows, len);
    match kind {
        Kind::HopByHop | Kind::Destination => option_fields(walk, kind, len),
        Kind::Routing => walk.field(&Row::bytes(F::RoutingData, 4, len - 4)),
        Kind::Fragment => {}
    }
    let before = walk.datagram.extensions;
    walk.datagram.extensions += 1;
    let misplaced = Malformed::Field {
        layer: kind.layer(),
        field: "Next Header",
    };
    let next = match Chain::new(protocol, rest).next() {
        Some(Ok(_)) if before == ipv6::MAX_EXTENSIONS => return walk.refuse(misplaced),
        Some(Ok(extension)) => extension.next_header,
        Some(Err(malformed)) => return walk.refuse(malformed),
        None => return Next::Data,
    };
    match kind {
        // RFC 8200 §4.1: it stands right behind the IPv6 header or nowhere.
        Kind::HopByHop if before != 0 => {
            walk.refuse(misplaced);
        }
        Kind::Routing => route(walk, rest),
        Kind::Fragment => return fragment(walk, rest),
        _ => {}
    }
    Next::of_next_header(next)
}

fn option_fields(walk: &mut Walk<'_>, kind: Kind, len: usize) {
    let rest = walk.rest();
    let header = rest.get(..len.min(rest.len())).unwrap_or_default();
    let mut options = Options::new(kind.layer(), header);
    loop {
        let at = options.at();
        match options.next() {
            Some(Ok(option)) => walk.field(&option_row(&option)),
            Some(Err(malformed)) => {
                walk.field(&Row::bytes(F::OptionBad, at, header.len() - at));
                walk.refuse(malformed);
            }
            None => return,
        }
    }
}

/// Of an option that is known, its data; of any other all of it.
fn option_row(option: &Ipv6Option<'_>) -> Row {
    let (at, len) = (option.at, option.data.len());
    let data = at + 2;
    match (option.kind, len) {
        (options::PAD1, _) => Row::number(F::OptionPad1, at, 1),
        (options::PADN, _) => Row::bytes(F::OptionPadN, at, len + 2),
        (options::ROUTER_ALERT, 2) => {
            Row::number(F::OptionRouterAlert, data, 2).means(|n| (n == 0).then_some(M::AlertMld))
        }
        (options::TUNNEL_LIMIT, 1) => Row::number(F::OptionTunnelLimit, data, 1),
        (options::JUMBO, 4) => Row::number(F::OptionJumbo, data, 4),
        (options::HOME_ADDRESS, 16) => Row::ipv6(F::OptionHomeAddress, data),
        _ => Row::bytes(F::OptionUnknown, at, len + 2),
    }
}

/// RFC 8200 §8.1: the pseudo-header has the last address of the route.
fn route(walk: &mut Walk<'_>, rest: &[u8]) {
    let Ok((header, len)) = routing::Header::parse(rest) else {
        return;
    };
    if header.segments_left == 0 {
        return;
    }
    let at = match header.kind {
        routing::TYPE_SOURCE_ROUTE | 2 => len.saturating_sub(16),
        // RFC 8754 §2: its list runs backwards.
        4 => 8,
        _ => 0,
    };
    match rest.get(at..len).and_then(|rest| rest.first_chunk::<16>()) {
        Some(octets) if at >= 8 => walk.datagram.dst = Ipv6Addr::from(*octets).into(),
        _ => walk.datagram.unchecked = Some(Unchecked::Route),
    }
}

fn fragment(walk: &mut Walk<'_>, rest: &[u8]) -> Next {
    let Ok((header, len)) = fragment::Header::parse(rest) else {
        return Next::Data;
    };
    let part = rest.len() - len;
    let illegal = |field| Malformed::Field {
        layer: Kind::Fragment.layer(),
        field,
    };
    // RFC 8200 §4.5: all parts but the last are of whole eights, and none reaches beyond 65,535.
    if walk.datagram.unchecked.is_none() && header.more && !part.is_multiple_of(8) {
        walk.refuse(illegal("Payload Length"));
    } else if usize::from(header.offset) + part > ipv6::MAX_PAYLOAD {
        walk.refuse(illegal("Fragment Offset"));
    }
    // RFC 6946: a part that is the whole is like any other packet.
    if !header.is_atomic() {
        walk.datagram.unchecked = Some(Unchecked::Fragment);
    }
    match header.offset {
        0 => Next::of_next_header(header.next_header),
        _ => Next::Data,
    }
}
