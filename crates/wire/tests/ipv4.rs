//! IPv4 headers.

mod packets;

use core::net::Ipv4Addr;

use proptest::prelude::*;
use wire::ip::Ecn;
use wire::ipv4::Header;
use wire::{Layer, Malformed, Protocol};

const LAYER: Layer = Layer::Ipv4;

/// Makes the header checksum right again.
fn seal(bytes: &mut [u8]) {
    let len = usize::from(bytes[0] & 0xf) * 4;
    bytes[10..12].fill(0);
    let sum = wire::checksum::checksum(&bytes[..len]);
    bytes[10..12].copy_from_slice(&sum.to_be_bytes());
}

fn packet() -> Vec<u8> {
    packets::bytes(packets::UDP)[14..].to_vec()
}

/// What the parser says of the packet after `change`, its checksum being right.
fn refusal(change: impl FnOnce(&mut Vec<u8>)) -> Malformed {
    let mut bytes = packet();
    change(&mut bytes);
    if bytes.len() >= 20 && usize::from(bytes[0] & 0xf) * 4 <= bytes.len() {
        seal(&mut bytes);
    }
    Header::parse(&bytes, bytes.len())
        .map(|_| ())
        .expect_err("a refusal")
}

#[test]
fn a_header_as_linux_writes_it() {
    let bytes = packet();
    let (header, len) = Header::parse(&bytes, bytes.len()).unwrap();
    let mut expected = Header::new(
        Ipv4Addr::new(172, 16, 10, 10),
        Ipv4Addr::new(172, 16, 10, 11),
        Protocol::UDP,
        13,
    );
    expected.identification = 0x8cd7;
    expected.dont_fragment = true;
    assert_eq!((&header, len), (&expected, 20));
    let mut out = [0xee; 20];
    header.emit(&mut out);
    assert_eq!(out, bytes[..20]);
}

#[test]
fn each_refusal_of_rfc_1122() {
    assert_eq!(
        refusal(|b| b[0] = 0x65),
        Malformed::Version {
            layer: LAYER,
            found: 6
        }
    );
    assert_eq!(
        refusal(|b| b[0] = 0x44),
        Malformed::HeaderLength {
            layer: LAYER,
            found: 16
        }
    );
    let short = Malformed::Truncated {
        layer: LAYER,
        need: 20,
        have: 19,
    };
    assert_eq!(refusal(|b| b.truncate(19)), short);
    let short = Malformed::Truncated {
        layer: LAYER,
        need: 60,
        have: 33,
    };
    assert_eq!(refusal(|b| b[0] = 0x4f), short);
    let length = |found| Malformed::Length {
        layer: LAYER,
        found,
        have: 33,
    };
    assert_eq!(refusal(|b| b[3] = 19), length(19));
    assert_eq!(refusal(|b| b[3] = 34), length(34));
    let mut bytes = packet();
    bytes[8] -= 1;
    let wrong = Header::parse(&bytes, bytes.len()).map(|_| ());
    assert_eq!(wrong, Err(Malformed::Checksum { layer: LAYER }));
    // Behind 65,535: offset 65,528 and 13 bytes.
    let beyond = refusal(|b| b[6..8].copy_from_slice(&0x1fffu16.to_be_bytes()));
    assert_eq!(
        beyond,
        Malformed::Field {
            layer: LAYER,
            field: "Fragment Offset"
        }
    );
}

#[test]
fn padding_behind_the_packet_is_not_payload() {
    let mut bytes = packet();
    bytes.resize(46, 0);
    let (header, _) = Header::parse(&bytes, bytes.len()).unwrap();
    assert_eq!(header.payload_len, 13);
}

#[test]
fn the_last_fragment_of_the_largest_datagram_fits() {
    let mut bytes = packet();
    // 65,515 bytes of payload in all: 65,512 and the last three.
    bytes[2..4].copy_from_slice(&23u16.to_be_bytes());
    bytes[6..8].copy_from_slice(&(65_512u16 / 8).to_be_bytes());
    seal(&mut bytes);
    let (header, _) = Header::parse(&bytes, bytes.len()).unwrap();
    assert_eq!((header.fragment_offset, header.payload_len), (65_512, 3));
    assert!(header.is_fragment());
}

#[test]
fn ecn_lies_in_the_low_bits() {
    let ecn = |bits: u8| Ecn::from_bits(0xb8 | bits);
    let all = [Ecn::NotEct, Ecn::Ect1, Ecn::Ect0, Ecn::Ce];
    assert_eq!([0, 1, 2, 3].map(ecn), all);
    assert_eq!(all.map(Ecn::bits), [0, 1, 2, 3]);
}

proptest! {
    #[test]
    fn reads_what_it_wrote(
        (traffic_class, ttl, protocol) in any::<(u8, u8, u8)>(),
        (identification, dont_fragment, more_fragments) in any::<(u16, bool, bool)>(),
        addrs in any::<[[u8; 4]; 2]>(),
        options in prop::collection::vec(any::<[u8; 4]>(), 0..=10),
        payload_len in 0usize..2000,
        // So far that the longest payload still ends below 65,515.
        offset in 0u16..7900,
    ) {
        let [src, dst] = addrs.map(Ipv4Addr::from);
        let header = Header {
            traffic_class,
            identification,
            dont_fragment,
            more_fragments,
            fragment_offset: offset * 8,
            ttl,
            options: options.concat().into_iter().collect(),
            ..Header::new(src, dst, Protocol(protocol), payload_len)
        };
        let len = header.header_len();
        let mut out = vec![0xee; len];
        header.emit(&mut out);
        prop_assert_eq!(Header::parse(&out, len + payload_len), Ok((header, len)));
    }

    #[test]
    fn options_are_padded_to_words(options in prop::collection::vec(any::<u8>(), 0..=40)) {
        let any = Ipv4Addr::UNSPECIFIED;
        let mut header = Header::new(any, any, Protocol::UDP, 0);
        header.options = options.iter().copied().collect();
        let len = header.header_len();
        let mut out = vec![0xee; len];
        header.emit(&mut out);
        let (read, _) = Header::parse(&out, len).unwrap();
        let padded = options.len().next_multiple_of(4);
        prop_assert_eq!(read.options.len(), padded);
        prop_assert_eq!(&read.options[..options.len()], &options[..]);
        prop_assert!(read.options[options.len()..].iter().all(|b| *b == 0));
    }

    #[test]
    fn arbitrary_bytes_are_read_or_refused(
        mut bytes in prop::collection::vec(any::<u8>(), 0..80),
        looks_right: bool,
        have in 0usize..100,
    ) {
        if looks_right && bytes.len() >= 60 {
            bytes[0] = 0x45 + bytes[0] % 11;
            bytes[2] = 0;
            seal(&mut bytes);
        }
        if let Ok((header, len)) = Header::parse(&bytes, have.max(bytes.len())) {
            prop_assert!(len <= bytes.len());
            prop_assert!(len + header.payload_len <= have.max(bytes.len()));
            prop_assert_eq!(header.options.len(), len - 20);
        }
    }
}

#[test]
fn a_quoted_header_needs_neither_its_packet_nor_a_right_checksum() {
    let mut bytes = packet();
    // A router took a hop and left the checksum as it was.
    bytes[8] -= 1;
    let quoted = &bytes[..28];
    let (header, len) = Header::parse_quoted(quoted).unwrap();
    assert_eq!((len, header.payload_len, header.ttl), (20, 13, bytes[8]));
    assert!(Header::parse(quoted, quoted.len()).is_err());
    for cut in 0..20 {
        assert!(Header::parse_quoted(&bytes[..cut]).is_err());
    }
}
