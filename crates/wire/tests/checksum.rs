//! The Internet checksum against its RFCs' numbers.

mod packets;

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use base::{Bytes, ChecksumState, Frame, Payload};
use proptest::prelude::*;
use wire::Protocol;
use wire::checksum::{Checksum, checksum, transport, transport_ok, update};

/// RFC 1071 §1 word for word: add 16-bit words, fold the carries, invert.
fn plainest(bytes: &[u8]) -> u16 {
    let mut sum: u32 = 0;
    for pair in bytes.chunks(2) {
        sum += u32::from(u16::from_be_bytes([
            pair[0],
            pair.get(1).copied().unwrap_or(0),
        ]));
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[test]
fn the_example_of_rfc_1071() {
    // §3: the sum of these words is 0xddf2.
    let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
    let mut sum = Checksum::new();
    sum.add(&bytes);
    assert_eq!(sum.partial(), 0xddf2);
    assert_eq!(sum.finish(), 0x220d);
    assert_eq!(checksum(&bytes), 0x220d);
}

#[test]
fn the_example_of_rfc_1624() {
    // §4: HC = 0xDD2F, m = 0x5555, m' = 0x3285. The older equation gives 0xFFFF, wrongly.
    assert_eq!(update(0xdd2f, 0x5555, 0x3285), 0x0000);
}

#[test]
fn nothing_and_zeros() {
    assert_eq!(checksum(&[]), 0xffff);
    assert_eq!(checksum(&[0; 40]), 0xffff);
    assert_eq!(checksum(&[0xff; 40]), 0);
}

#[test]
fn long_runs_of_the_largest_words_lose_no_carry() {
    let bytes = vec![0xff; 1 << 20];
    assert_eq!(checksum(&bytes), 0);
    assert_eq!(checksum(&bytes[..(1 << 20) - 1]), 0x00ff);
}

/// The transport part of a captured frame.
fn segment(hex: &str) -> (Frame, IpAddr, IpAddr) {
    let mut frame = Frame::from(packets::bytes(hex));
    frame.pull(34);
    let addr = |last| IpAddr::from(Ipv4Addr::new(172, 16, 10, last));
    (frame, addr(10), addr(11))
}

#[test]
fn linux_computed_the_same() {
    for (hex, protocol) in [
        (packets::SYN, Protocol::TCP),
        (packets::SYN_ACK, Protocol::TCP),
        (packets::TWO_SACKS, Protocol::TCP),
        (packets::UDP, Protocol::UDP),
    ] {
        let (mut frame, src, dst) = segment(hex);
        assert_eq!(transport(&frame, src, dst, protocol), 0);
        assert!(transport_ok(&frame, src, dst, protocol));
        assert!(!transport_ok(&frame, src, src, protocol));
        let last = frame.len() - 1;
        let flipped = frame.to_vec()[last] ^ 4;
        assert!(frame.overwrite(last, &[flipped]));
        assert!(!transport_ok(&frame, src, dst, protocol));
        // Who vouches is believed.
        frame.checksum = ChecksumState::Verified;
        assert!(transport_ok(&frame, src, dst, protocol));
    }
}

#[test]
fn the_pseudo_header_of_ipv6() {
    // RFC 8200 §8.1, summed by hand: 0x2001 + 0x0db8 + 1, twice but for the last word 2, the
    // length 0x11170 as two words, the protocol 17.
    let addr = |last| IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last));
    let sum = Checksum::pseudo_header(addr(1), addr(2), Protocol::UDP, 0x11170);
    let by_hand = 2 * (0x2001 + 0x0db8) + 1 + 2 + 0x1 + 0x1170 + 17;
    assert_eq!(u32::from(sum.partial()), by_hand);
}

proptest! {
    #[test]
    fn is_what_rfc_1071_says(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(checksum(&bytes), plainest(&bytes));
    }

    #[test]
    fn pieces_of_any_length_are_one_piece(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        cuts in prop::collection::vec(0usize..50, 0..12),
    ) {
        let (mut sum, mut payload, mut rest) = (Checksum::new(), Payload::new(), &bytes[..]);
        for cut in cuts {
            let (piece, behind) = rest.split_at(cut.min(rest.len()));
            sum.add(piece);
            payload.push(Bytes::copy_from_slice(piece));
            rest = behind;
        }
        sum.add(rest);
        payload.push(Bytes::copy_from_slice(rest));
        prop_assert_eq!(sum.finish(), plainest(&bytes));
        let mut of_frame = Checksum::new();
        of_frame.add_frame(&Frame::new(payload));
        prop_assert_eq!(of_frame.finish(), plainest(&bytes));
    }

    #[test]
    fn an_update_is_a_recomputation(
        mut bytes in prop::collection::vec(any::<u8>(), 2..100), at: prop::sample::Index, new: u16,
    ) {
        if !bytes.len().is_multiple_of(2) {
            bytes.push(0);
        }
        // Something that stays and is not zero, as in every IP header: only of nothing but zeros
        // is the sum the other zero of one's complement arithmetic.
        bytes.extend([0x45, 0]);
        let at = at.index(bytes.len() / 2 - 1) * 2;
        let before = checksum(&bytes);
        let old = u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        bytes[at..at + 2].copy_from_slice(&new.to_be_bytes());
        prop_assert_eq!(update(before, old, new), checksum(&bytes));
    }

    #[test]
    fn a_stored_checksum_sums_to_zero(mut bytes in prop::collection::vec(any::<u8>(), 12..100)) {
        bytes[10..12].fill(0);
        let sum = checksum(&bytes);
        bytes[10..12].copy_from_slice(&sum.to_be_bytes());
        prop_assert_eq!(checksum(&bytes), 0);
        let flipped = bytes[3] ^ 0x10;
        bytes[3] = flipped;
        prop_assert_ne!(checksum(&bytes), 0);
    }
}
