//! IPv6 and its extension headers, against RFC 8200's pictures.

use core::net::Ipv6Addr;

use wire::ipv6::{Chain, Header, Kind, fragment, options, routing};
use wire::{Layer, Malformed, Protocol};

const PACKET: [u8; 40] = [
    0x6b, 0x81, 0x23, 0x45, 0x00, 0x08, 0x3a, 0x40, // version 6, class 0xb8, flow 0x12345
    0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, // 2001:db8::1
    0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, // fe80::2
];

#[test]
fn the_fields_lie_where_section_3_puts_them() {
    let (header, len) = Header::parse(&PACKET, 48).unwrap();
    assert_eq!(len, 40);
    assert_eq!(header.traffic_class, 0xb8);
    assert_eq!(header.flow_label, 0x1_2345);
    assert_eq!(header.payload_len, 8);
    assert_eq!(header.next_header, Protocol::ICMPV6);
    assert_eq!(header.hop_limit, 64);
    assert_eq!(header.src, "2001:db8::1".parse::<Ipv6Addr>().unwrap());
    assert_eq!(header.dst, "fe80::2".parse::<Ipv6Addr>().unwrap());
    let mut out = [0xff; 40];
    header.emit(&mut out);
    assert_eq!(out, PACKET);
}

#[test]
fn what_is_no_ipv6_packet_is_refused_by_name() {
    let layer = Layer::Ipv6;
    let (need, have) = (40, 39);
    assert_eq!(
        Header::parse(&PACKET[..39], 39),
        Err(Malformed::Truncated { layer, need, have })
    );
    let (found, have) = (48, 47);
    assert_eq!(
        Header::parse(&PACKET, 47),
        Err(Malformed::Length { layer, found, have })
    );
    let mut wrong = PACKET;
    wrong[0] = 0x4b;
    assert_eq!(
        Header::parse(&wrong, 48),
        Err(Malformed::Version { layer, found: 4 })
    );
}

#[test]
fn the_chain_is_walked_in_its_order() {
    // Hop-by-hop (16 bytes), routing (8), fragment (8), then UDP.
    let bytes = [
        43, 1, 5, 2, 0, 0, 1, 8, 0, 0, 0, 0, 0, 0, 0, 0, //
        44, 0, 253, 0, 0, 0, 0, 0, //
        17, 0, 0, 1, 0, 0, 0, 7, //
        1, 2, 3, 4, 0, 8, 0, 0,
    ];
    let mut chain = Chain::new(Protocol::HOP_BY_HOP, &bytes);
    let found: Vec<_> = chain
        .by_ref()
        .map(|e| e.map(|e| (e.kind, e.at, e.len)).unwrap())
        .collect();
    assert_eq!(
        found,
        [
            (Kind::HopByHop, 0, 16),
            (Kind::Routing, 16, 8),
            (Kind::Fragment, 24, 8)
        ]
    );
    assert_eq!((chain.next_header(), chain.len()), (Protocol::UDP, 32));
}

#[test]
fn behind_a_later_fragment_no_header_is_looked_for() {
    let bytes = [60, 0, 0x05, 0xa9, 0, 0, 0, 7, 6, 0, 0, 0, 0, 0, 0, 0];
    let mut chain = Chain::new(Protocol::FRAGMENT, &bytes);
    assert!(chain.next().unwrap().is_ok());
    assert!(chain.next().is_none());
    assert_eq!(
        (chain.next_header(), chain.len()),
        (Protocol::DESTINATION, 8)
    );
    let (header, _) = fragment::Header::parse(&bytes).unwrap();
    // RFC 8200 §4.5: the offset has 13 bits and counts units of 8; the lowest bit is M.
    assert_eq!(
        (header.offset, header.more, header.identification),
        (1448, true, 7)
    );
    let mut out = [0xff; 8];
    header.emit(&mut out);
    assert_eq!(out, bytes[..8]);
}

#[test]
fn a_chain_that_goes_on_forever_or_out_of_the_packet_is_refused() {
    let endless = [60, 0, 1, 4, 0, 0, 0, 0].repeat(100);
    let last = Chain::new(Protocol::DESTINATION, &endless).last().unwrap();
    let field = "Next Header";
    let layer = Layer::Destination;
    assert_eq!(last, Err(Malformed::Field { layer, field }));
    assert_eq!(Chain::new(Protocol::DESTINATION, &endless).count(), 9);

    let long = [60, 2, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let refusal = Malformed::Truncated {
        layer,
        need: 24,
        have: 16,
    };
    let mut chain = Chain::new(Protocol::DESTINATION, &long);
    assert_eq!((chain.next(), chain.next()), (Some(Err(refusal)), None));
}

#[test]
fn options_carry_their_fate_in_their_type() {
    let header = [58, 1, 0, 5, 2, 0, 0, 0x45, 1, 9, 0x85, 0, 0xc5, 0, 1, 0];
    let found: Vec<_> = options::Options::new(Layer::HopByHop, &header)
        .map(Result::unwrap)
        .map(|o| (o.kind, o.at, o.data.len(), o.unrecognized()))
        .collect();
    use options::Unrecognized::{Complain, ComplainIfUnicast, Discard, Skip};
    assert_eq!(
        found,
        [
            (0, 2, 0, Skip),
            (5, 3, 2, Skip),
            (0x45, 7, 1, Discard),
            (0x85, 10, 0, Complain),
            (0xc5, 12, 0, ComplainIfUnicast),
            (1, 14, 0, Skip),
        ]
    );
    let cut = [58, 0, 1, 5, 0, 0, 0, 0];
    let refusal = options::Options::new(Layer::HopByHop, &cut).last().unwrap();
    let (layer, found, have) = (Layer::HopByHop, 5, 4);
    assert_eq!(refusal, Err(Malformed::Length { layer, found, have }));
}

#[test]
fn a_routing_header_says_how_far_it_has_come() {
    let bytes = [
        6, 2, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2,
    ];
    let (header, len) = routing::Header::parse(&bytes).unwrap();
    assert_eq!((header.kind, header.segments_left, len), (0, 1, 24));
}
