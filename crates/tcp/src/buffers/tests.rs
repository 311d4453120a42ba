//! Both buffers against the simplest thing that could be right.

use alloc::vec::Vec;

use base::{Bytes, Payload};
use proptest::prelude::*;
use wire::tcp::SeqNumber;

use super::{Assembler, ByteQueue, COPY_BELOW};

/// What one may do with a row of bytes.
#[derive(Clone, Debug)]
enum Op {
    Push(usize),
    Copy(usize),
    Release(usize),
    Slice(usize, usize),
    Take(usize),
    Read(usize),
    Clear,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let len = prop_oneof![0..40usize, 400..600usize, 1400..1500usize, 0..100_000usize];
    let op = prop_oneof![
        6 => len.clone().prop_map(Op::Push),
        6 => len.clone().prop_map(Op::Copy),
        4 => len.clone().prop_map(Op::Release),
        4 => (len.clone(), len.clone()).prop_map(|(from, len)| Op::Slice(from, len)),
        2 => len.clone().prop_map(Op::Take),
        2 => len.prop_map(Op::Read),
        1 => Just(Op::Clear),
    ];
    proptest::collection::vec(op, 1..60)
}

/// Numbers that begin anywhere, often just before the wrap.
fn starts() -> impl Strategy<Value = u32> {
    prop_oneof![
        any::<u32>(),
        (0..200_000u32).prop_map(|n| 0u32.wrapping_sub(n))
    ]
}

proptest! {
    #[test]
    fn a_row_of_bytes_is_a_vector(start in starts(), ops in ops()) {
        let mut queue = ByteQueue::new(SeqNumber(start));
        let mut model: Vec<u8> = Vec::new();
        let mut gone = 0usize;
        let mut fresh = 0u8;
        let mut data = |len: usize| -> Vec<u8> {
            (0..len).map(|_| { fresh = fresh.wrapping_mul(5).wrapping_add(17); fresh }).collect()
        };
        for op in ops {
            match op {
                Op::Push(len) => {
                    let bytes = data(len);
                    model.extend(&bytes);
                    queue.push(Bytes::from(bytes));
                }
                Op::Copy(len) => {
                    let bytes = data(len);
                    queue.push_copy(&bytes);
                    model.extend(bytes);
                }
                Op::Release(count) => {
                    queue.release(count);
                    let count = count.min(model.len());
                    model.drain(..count);
                    gone += count;
                }
                Op::Slice(from, len) => {
                    let from = from.min(model.len());
                    let end = model.len().min(from + len);
                    let part = queue.slice(queue.start() + from as u32, len);
                    prop_assert_eq!(part.to_vec(), &model[from..end]);
                }
                Op::Take(len) => {
                    let part = queue.take(len);
                    let count = len.min(model.len());
                    prop_assert_eq!(part.to_vec(), &model[..count]);
                    model.drain(..count);
                    gone += count;
                }
                Op::Read(len) => {
                    let mut out = alloc::vec![0; len];
                    let count = queue.copy_to(0, &mut out);
                    prop_assert_eq!(&out[..count], &model[..len.min(model.len())]);
                }
                Op::Clear => {
                    gone += model.len();
                    model.clear();
                    queue.clear();
                }
            }
            prop_assert_eq!(queue.len(), model.len());
            prop_assert_eq!(queue.is_empty(), model.is_empty());
            prop_assert_eq!(queue.start(), SeqNumber(start) + gone as u32);
            prop_assert_eq!(queue.end(), queue.start() + model.len() as u32);
        }
    }

    #[test]
    fn pieces_come_out_in_order(
        start in starts(),
        pieces in proptest::collection::vec((0..6000u32, 1..3000u32, any::<bool>()), 1..60),
        pop_every in 1..20usize,
    ) {
        let byte = |at: u32| (at ^ at >> 5) as u8;
        let mut assembler = Assembler::default();
        // Which bytes were put in, and up to which everything was popped.
        let mut there = alloc::vec![false; 200_000];
        let mut next = 0u32;
        for (index, (from, len, cut)) in pieces.into_iter().enumerate() {
            let from = from.max(next);
            let bytes: Vec<u8> = (from..from + len).map(byte).collect();
            let payload = if cut {
                let (a, b) = bytes.split_at(bytes.len() / 2);
                [a, b].map(Bytes::copy_from_slice).into_iter().collect()
            } else {
                Payload::from(bytes)
            };
            let kept = assembler.insert(SeqNumber(start) + from, &payload, usize::MAX);
            prop_assert!(kept);
            there[from as usize..(from + len) as usize].fill(true);
            if index % pop_every == 0 {
                while let Some(bytes) = next_piece(&mut assembler, SeqNumber(start) + next) {
                    for &found in &bytes {
                        prop_assert!(there[next as usize]);
                        prop_assert_eq!(found, byte(next));
                        next += 1;
                    }
                }
                prop_assert!(!there[next as usize], "stopped too soon at {}", next);
            }
        }
    }
}

#[test]
fn nothing_is_held_once_it_is_empty() {
    let mut queue = ByteQueue::new(SeqNumber(0));
    for _ in 0..100 {
        queue.push_copy(&[1; 700]);
        queue.push(Bytes::from_static(&[2; 700]));
    }
    assert!(queue.held() >= 140_000);
    queue.release(140_000);
    assert_eq!(queue.held(), 0);
}

#[test]
fn small_slices_do_not_hold_large_buffers() {
    let large = Bytes::from(alloc::vec![7; 65_536]);
    let mut queue = ByteQueue::new(SeqNumber(0));
    let mut assembler = Assembler::default();
    for i in 0..50 {
        let small = large.slice(i * 100..i * 100 + 20);
        queue.push(small.clone());
        let at = SeqNumber(i as u32 * 100);
        assembler.insert(at, &Payload::from(small), usize::MAX);
    }
    assert!(large.is_unique());
    // A thousand bytes in buffers that doubled on the way.
    assert!(queue.held() < 4096, "{}", queue.held());

    let rest = large.slice(..COPY_BELOW);
    queue.push(rest);
    assert!(!large.is_unique());
}

#[test]
fn what_lies_nearest_is_kept() {
    let mut assembler = Assembler::default();
    let payload = Payload::from(alloc::vec![0; 1000]);
    // Three pieces of 1128 fit.
    for (seq, kept) in [
        (9000, true),
        (7000, true),
        (5000, true),
        (3000, false),
        (8000, false),
    ] {
        assert_eq!(
            assembler.insert(SeqNumber(seq), &payload, 3500),
            kept,
            "{seq}"
        );
    }
    let mut found = Vec::new();
    for next in [3000, 5000, 7000, 9000] {
        if next_piece(&mut assembler, SeqNumber(next)).is_some() {
            found.push(next);
        }
    }
    assert_eq!(found, [3000, 5000, 7000]);
    assert!(assembler.is_empty());
}

#[test]
fn what_was_received_is_not_rewritten() {
    let mut assembler = Assembler::default();
    let piece = |byte: u8, len: usize| Payload::from(alloc::vec![byte; len]);
    assembler.insert(SeqNumber(100), &piece(1, 10), 10_000);
    assembler.insert(SeqNumber(95), &piece(2, 20), 10_000);
    let mut all = Vec::new();
    while let Some(bytes) = next_piece(&mut assembler, SeqNumber(95 + all.len() as u32)) {
        all.extend_from_slice(&bytes);
    }
    let expected = [[2u8; 5].as_slice(), &[1; 10], &[2; 5]].concat();
    assert_eq!(all, expected);
}

/// What is next when everything before `next` is there, without what it repeats.
fn next_piece(assembler: &mut Assembler, next: SeqNumber) -> Option<Bytes> {
    loop {
        let (start, bytes) = assembler.pop(next)?;
        let known = next.since(start) as usize;
        if known < bytes.len() {
            return Some(bytes.slice(known..));
        }
    }
}
