//! Sequence numbers across their wrap, columns, and packets of any bytes.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

use base::Rng;
use services::words::Lang;
use wire::LinkType;

use super::text::cut;
use super::{Ink, Numbers, Packet, Relative, Style, pad, peel, quote, summary, width};

/// An Ethernet frame with a bare TCP segment from 10.0.0.1:1 to 10.0.0.2:2, or back.
fn segment(back: bool, seq: u32, ack: u32, flags: u8) -> Packet {
    let mut bytes = vec![0; 12];
    bytes.extend([8, 0, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0]);
    let (from, to) = if back { (2, 1) } else { (1, 2) };
    bytes.extend([10, 0, 0, from, 10, 0, 0, to, 0, from, 0, to]);
    bytes.extend(seq.to_be_bytes().iter().chain(&ack.to_be_bytes()));
    bytes.extend([0x50, flags, 0, 0, 0, 0, 0, 0]);
    Packet::new(LinkType::Ethernet, bytes)
}

const SYN: u8 = 2;
const ACK: u8 = 16;

fn numbers(seq: u32, ack: u32) -> Option<Relative> {
    Some(Relative {
        seq,
        ack: Some(ack),
    })
}

#[test]
fn sequence_numbers_begin_at_zero_and_pass_their_wrap() {
    let mut all = Numbers::default();
    let syn = all.of(&segment(false, u32::MAX - 1, 0, SYN));
    assert_eq!(syn, Some(Relative { seq: 0, ack: None }));
    assert_eq!(
        all.of(&segment(true, 7, u32::MAX, SYN | ACK)),
        numbers(0, 1)
    );
    assert_eq!(all.of(&segment(false, u32::MAX, 8, ACK)), numbers(1, 1));
    assert_eq!(all.of(&segment(false, 3, 8, ACK)), numbers(5, 1));
    assert_eq!(all.of(&segment(true, 8, 3, ACK)), numbers(1, 5));
    // The same ports again: a new call, new numbers.
    let syn = all.of(&segment(false, 500, 0, SYN));
    assert_eq!(syn, Some(Relative { seq: 0, ack: None }));
}

#[test]
fn a_call_whose_beginning_nobody_saw_begins_at_one() {
    let mut all = Numbers::default();
    assert_eq!(all.of(&segment(false, 0, 1000, ACK)), numbers(1, 1));
    assert_eq!(all.of(&segment(true, 1000, 5, ACK)), numbers(1, 6));
}

#[test]
fn chinese_takes_two_columns() {
    assert_eq!((width("在吗"), width(&pad("在吗", 6))), (4, 6));
    assert_eq!(cut("在吗在吗", 8), "在吗在吗");
    assert_eq!(cut("在吗在吗", 7), "在吗在…");
    assert_eq!(cut("在吗在吗", 6), "在吗…");
    assert_eq!(quote(b"\x1b[31mred", 80), "\"\\x1b[31mred\"");
}

#[test]
fn any_bytes_are_shown_within_their_columns_and_harmless() {
    let mut rng = Rng::seeded(4);
    let sound = segment(false, 1, 1, ACK);
    let ink = Ink { colour: false };
    for round in 0..5000 {
        // Half of them begin like a segment.
        let mut bytes = sound.bytes(0..sound.len()).to_vec();
        bytes.extend((0..rng.below(80)).map(|_| rng.u64() as u8));
        let len = bytes.len() as u64;
        for _ in 0..rng.below(12) {
            bytes[rng.below(len) as usize] = rng.u64() as u8;
        }
        bytes.truncate(rng.below(len + 1) as usize);
        let packet = Packet::new(LinkType::Ethernet, bytes);
        let numbers = Numbers::default().of(&packet);
        for lang in [Lang::English, Lang::Chinese] {
            let owner = &|_| None;
            let style = Style {
                lang,
                ink,
                columns: 60,
                owner,
            };
            let mut lines = peel(&packet, numbers, style);
            assert!(
                lines.iter().all(|line| width(line) <= 60),
                "round {round}: {lines:#?}"
            );
            lines.push(summary(&packet, numbers, lang).text);
            assert!(
                !lines.concat().contains(char::is_control),
                "round {round}: {lines:?}"
            );
        }
    }
}
