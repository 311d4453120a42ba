//! UDP headers.

mod packets;

use proptest::prelude::*;
use wire::udp::{Header, checksum_to_send};
use wire::{Layer, Malformed};

const LAYER: Layer = Layer::Udp;

#[test]
fn a_datagram_as_linux_sends_it() {
    let bytes = &packets::bytes(packets::UDP)[34..];
    let (header, len) = Header::parse(bytes, bytes.len()).unwrap();
    let expected = Header {
        src_port: 40000,
        dst_port: 9000,
        payload_len: 5,
        has_checksum: true,
    };
    assert_eq!((header, len), (expected, 8));
    assert_eq!(&bytes[len..], b"hello");
    let mut out = [0xee; 8];
    header.emit(&mut out);
    assert_eq!(out[..6], bytes[..6]);
    assert_eq!(out[6..], [0, 0]);
}

#[test]
fn each_refusal() {
    let good = packets::bytes(packets::UDP)[34..].to_vec();
    let with = |at: usize, value: [u8; 2]| {
        let mut bytes = good.clone();
        bytes[at..at + 2].copy_from_slice(&value);
        Header::parse(&bytes, bytes.len()).map(|(header, _)| header)
    };
    let length = |found| {
        Err(Malformed::Length {
            layer: LAYER,
            found,
            have: 13,
        })
    };
    assert_eq!(with(4, [0, 7]), length(7));
    assert_eq!(with(4, [0, 14]), length(14));
    assert_eq!(
        with(2, [0, 0]),
        Err(Malformed::Field {
            layer: LAYER,
            field: "Destination Port"
        })
    );
    // RFC 768: a source port of 0 says that no answer is wanted, and a checksum of 0 that there
    // is none.
    assert_eq!(with(0, [0, 0]).unwrap().src_port, 0);
    assert!(!with(6, [0, 0]).unwrap().has_checksum);
    assert_eq!(with(4, [0, 8]).unwrap().payload_len, 0);
    let short = Header::parse(&good[..7], 7).unwrap_err();
    assert_eq!(
        short,
        Malformed::Truncated {
            layer: LAYER,
            need: 8,
            have: 7
        }
    );
}

#[test]
fn no_checksum_and_a_checksum_of_zero_differ() {
    assert_eq!(checksum_to_send(0), 0xffff);
    assert_eq!(checksum_to_send(1), 1);
    assert_eq!(checksum_to_send(0xffff), 0xffff);
}

#[test]
fn a_length_that_does_not_fit_is_not_half_written() {
    let header = Header {
        src_port: 1,
        dst_port: 2,
        payload_len: 65_528,
        has_checksum: true,
    };
    let mut out = [0xee; 8];
    header.emit(&mut out);
    assert_eq!(out[4..6], [0, 0]);
}

proptest! {
    #[test]
    fn reads_what_it_wrote(src_port: u16, dst_port in 1u16.., payload_len in 0usize..=65_527) {
        let header = Header { src_port, dst_port, payload_len, has_checksum: false };
        let mut out = [0xee; 8];
        header.emit(&mut out);
        prop_assert_eq!(Header::parse(&out, payload_len + 8), Ok((header, 8)));
    }

    #[test]
    fn arbitrary_bytes_are_read_or_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..20), have in 0usize..70_000,
    ) {
        if let Ok((header, len)) = Header::parse(&bytes, have) {
            prop_assert!(len + header.payload_len <= have);
        }
    }
}
