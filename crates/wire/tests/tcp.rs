//! TCP headers and sequence numbers.

mod packets;

use arrayvec::ArrayVec;
use proptest::prelude::*;
use wire::tcp::{Control, Flags, Header, Options, SackBlock, SeqNumber, Timestamps};
use wire::{Layer, Malformed};

const LAYER: Layer = Layer::Tcp;

fn emit(header: &Header) -> Vec<u8> {
    let mut out = vec![0xee; header.header_len()];
    header.emit(&mut out);
    out
}

#[test]
fn a_syn_as_linux_sends_it() {
    let bytes = &packets::bytes(packets::SYN)[34..];
    let (header, len) = Header::parse(bytes).unwrap();
    let options = Options {
        mss: Some(1460),
        window_scale: Some(10),
        sack_permitted: true,
        sack: ArrayVec::new(),
        timestamps: Some(Timestamps {
            value: 0xbb24_e424,
            echo: 0,
        }),
        ..Options::default()
    };
    let control = Control {
        seq: SeqNumber(0x62df_0f76),
        ack: SeqNumber(0),
        flags: Flags::SYN,
        window: 64_240,
        urgent: 0,
        options,
    };
    let expected = Header {
        src_port: 46_384,
        dst_port: 9000,
        control,
    };
    assert_eq!((&header, len), (&expected, 40));
    // Linux lays the options out in the same order.
    let mut expected = bytes.to_vec();
    expected[16..18].fill(0);
    assert_eq!(emit(&header), expected);
    // And it sums alike.
    let addr = |at: usize| {
        let octets: [u8; 4] = packets::bytes(packets::SYN)[at..at + 4].try_into().unwrap();
        std::net::IpAddr::from(octets)
    };
    assert_eq!(header.segment(addr(26), addr(30), &[]), bytes);
}

#[test]
fn two_sack_blocks_as_linux_sends_them() {
    let bytes = &packets::bytes(packets::TWO_SACKS)[34..];
    let (header, len) = Header::parse(bytes).unwrap();
    assert_eq!(len, 52);
    let block = |left, right| SackBlock {
        left: SeqNumber(left),
        right: SeqNumber(right),
    };
    assert_eq!(
        header.control.options.sack[..],
        [block(1031, 1036), block(1011, 1016)]
    );
    let mut expected = bytes.to_vec();
    expected[16..18].fill(0);
    assert_eq!(emit(&header), expected);
}

#[test]
fn each_refusal() {
    let good = packets::bytes(packets::SYN)[34..].to_vec();
    let with = |at: usize, value: u8, len: usize| {
        let mut bytes = good[..len].to_vec();
        bytes[at] = value;
        Header::parse(&bytes).map(|_| ()).unwrap_err()
    };
    assert_eq!(
        with(12, 0x40, 40),
        Malformed::HeaderLength {
            layer: LAYER,
            found: 16
        }
    );
    let truncated = |need, have| Malformed::Truncated {
        layer: LAYER,
        need,
        have,
    };
    assert_eq!(with(0, 1, 19), truncated(20, 19));
    assert_eq!(with(0, 1, 39), truncated(40, 39));
    assert_eq!(with(12, 0xf0, 40), truncated(60, 40));
    let mut bytes = good.clone();
    bytes[0..2].fill(0);
    let field = |field| {
        Err(Malformed::Field {
            layer: LAYER,
            field,
        })
    };
    assert_eq!(Header::parse(&bytes), field("Source Port"));
    bytes = good;
    bytes[2..4].fill(0);
    assert_eq!(Header::parse(&bytes), field("Destination Port"));
}

#[test]
fn control_bits_by_their_places() {
    // RFC 9293 §3.1, figure 1; AE is the bit left of CWR (RFC 9768 §3.1).
    let mut bytes = packets::bytes(packets::SYN)[34..54].to_vec();
    let names = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"];
    for (bit, name) in names.into_iter().enumerate() {
        bytes[12..14].copy_from_slice(&(0x5000u16 | 1 << bit).to_be_bytes());
        let (header, _) = Header::parse(&bytes).unwrap();
        assert_eq!(Some(header.control.flags), Flags::from_name(name));
    }
    // The three reserved bits are ignored.
    bytes[12..14].copy_from_slice(&0x5e02u16.to_be_bytes());
    assert_eq!(Header::parse(&bytes).unwrap().0.control.flags, Flags::SYN);
}

#[test]
fn syn_and_fin_count_in_the_sequence_space() {
    let len = |flags| {
        Control {
            flags,
            ..Control::default()
        }
        .segment_len(10)
    };
    assert_eq!(len(Flags::ACK), 10);
    assert_eq!(len(Flags::SYN), 11);
    assert_eq!(len(Flags::FIN | Flags::ACK), 11);
    assert_eq!(len(Flags::SYN | Flags::FIN), 12);
}

#[test]
fn sequence_numbers_go_round() {
    let (near, past) = (SeqNumber(u32::MAX - 9), SeqNumber(10));
    assert_eq!(near + 20, past);
    assert_eq!(past - 20, near);
    assert_eq!(past.since(near), 20);
    assert_eq!(past.offset_from(near), 20);
    assert_eq!(near.offset_from(past), -20);
    assert!(near.before(past) && near.before_eq(past) && near.before_eq(near));
    assert!(past.after(near) && past.after_eq(near) && past.after_eq(past));
    assert!(!near.before(near) && !near.after(near));
    assert_eq!((near.max(past), near.min(past)), (past, near));
    let mut seq = SeqNumber(u32::MAX);
    seq += 1;
    assert_eq!(seq, SeqNumber(0));
}

fn options() -> impl Strategy<Value = Options> {
    (
        any::<Option<u16>>(),
        any::<Option<u8>>(),
        any::<bool>(),
        prop::collection::vec(any::<[u32; 2]>(), 0..=4),
        any::<Option<[u32; 2]>>(),
    )
        .prop_map(
            |(mss, window_scale, sack_permitted, blocks, stamps)| Options {
                mss,
                window_scale,
                sack_permitted,
                sack: blocks
                    .into_iter()
                    .map(|[l, r]| SackBlock {
                        left: SeqNumber(l),
                        right: SeqNumber(r),
                    })
                    .collect(),
                timestamps: stamps.map(|[value, echo]| Timestamps { value, echo }),
                ..Options::default()
            },
        )
}

proptest! {
    #[test]
    fn reads_what_it_wrote(
        (src_port, dst_port) in (1u16.., 1u16..),
        (seq, ack, flags) in any::<(u32, u32, u16)>(),
        (window, urgent) in any::<(u16, u16)>(),
        options in options(),
    ) {
        let (seq, ack) = (SeqNumber(seq), SeqNumber(ack));
        let flags = Flags::from_bits_truncate(flags);
        let control = Control { seq, ack, flags, window, urgent, options };
        let mut header = Header { src_port, dst_port, control };
        let out = emit(&header);
        prop_assert!(out.len() <= 60 && out.len().is_multiple_of(4));
        let (read, len) = Header::parse(&out).unwrap();
        prop_assert_eq!(len, out.len());
        // SACK blocks that found no room are left out, from the end.
        let fitted = read.control.options.sack.len();
        header.control.options.sack.truncate(fitted);
        prop_assert_eq!(read, header);
    }

    #[test]
    fn order_on_the_circle_is_that_of_distance(seq: u32, ahead in 1u32..1 << 31) {
        let (here, there) = (SeqNumber(seq), SeqNumber(seq) + ahead);
        prop_assert!(here.before(there) && there.after(here));
        prop_assert!(!here.after_eq(there) && !there.before_eq(here));
        prop_assert_eq!(there.since(here), ahead);
        prop_assert_eq!(here.max(there), there);
        prop_assert_eq!(here.min(there), here);
    }

    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        if let Ok((header, len)) = Header::parse(&bytes) {
            prop_assert!((20..=60).contains(&len) && len <= bytes.len());
            prop_assert!(header.header_len() <= 60);
        }
    }
}
