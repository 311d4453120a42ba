//! Bytes that arrived ahead of their turn.

use alloc::collections::VecDeque;

use base::{Bytes, Payload};
use wire::tcp::SeqNumber;

use super::COPY_BELOW;

/// What a piece is reckoned to cost beside its bytes.
const PIECE_COST: usize = 128;

/// Bytes that arrived ahead of their turn, in pieces with holes between.
///
/// What is here stays as it is: later copies of the same bytes are not looked at, so that nobody
/// can rewrite what was received.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    /// Invariant: sorted, not empty, not overlapping.
    pieces: VecDeque<Piece>,
    /// Invariant: the sum of the pieces' costs.
    cost: usize,
    /// The number of the peer's FIN, when that came ahead of its turn too.
    pub(crate) fin: Option<SeqNumber>,
}

#[derive(Debug)]
struct Piece {
    start: SeqNumber,
    bytes: Bytes,
}

impl Piece {
    fn end(&self) -> SeqNumber {
        self.start + self.bytes.len() as u32
    }

    fn cost(&self) -> usize {
        self.bytes.len() + PIECE_COST
    }
}

impl Assembler {
    /// Whether there is nothing to wait for.
    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty() && self.fin.is_none()
    }

    /// Puts in what is new of `payload`, whose first byte is number `seq`. False if some of it, or
    /// of what lies behind it, had to be dropped to keep the cost within `budget`.
    pub(crate) fn insert(&mut self, seq: SeqNumber, payload: &Payload, budget: usize) -> bool {
        let mut at = seq;
        for slice in payload.slices() {
            self.insert_slice(at, slice);
            at += slice.len() as u32;
        }
        let mut all_kept = true;
        while self.cost > budget {
            // What lies nearest is needed first.
            let Some(last) = self.pieces.pop_back() else {
                break;
            };
            self.cost -= last.cost();
            all_kept = false;
        }
        all_kept
    }

    fn insert_slice(&mut self, mut from: SeqNumber, slice: &Bytes) {
        let start = from;
        let end = from + slice.len() as u32;
        let mut index = self.pieces.partition_point(|p| p.end().before_eq(from));
        while from.before(end) {
            let next = self.pieces.get(index);
            if let Some(held) = next.filter(|p| p.start.before_eq(from)) {
                from = from.max(held.end());
                index += 1;
                continue;
            }
            let until = next.map_or(end, |p| p.start.min(end));
            let hole = from.since(start) as usize..until.since(start) as usize;
            if self.insert_piece(index, from, slice, hole) {
                index += 1;
            }
            from = until;
        }
    }

    /// Fills a hole in front of piece `index`; false if the piece before it grew instead.
    fn insert_piece(
        &mut self,
        index: usize,
        start: SeqNumber,
        slice: &Bytes,
        range: core::ops::Range<usize>,
    ) -> bool {
        let len = range.len();
        if len >= COPY_BELOW {
            self.cost += len + PIECE_COST;
            let bytes = slice.slice(range);
            self.pieces.insert(index, Piece { start, bytes });
            return true;
        }
        self.cost += len;
        if let Some(before) = index.checked_sub(1).and_then(|i| self.pieces.get_mut(i))
            && before.end() == start
            && before.bytes.len() < COPY_BELOW
        {
            match core::mem::take(&mut before.bytes).try_into_mut() {
                Ok(mut own) => {
                    own.extend_from_slice(&slice[range]);
                    before.bytes = own.freeze();
                    return false;
                }
                Err(shared) => before.bytes = shared,
            }
        }
        self.cost += PIECE_COST;
        let bytes = Bytes::copy_from_slice(&slice[range]);
        self.pieces.insert(index, Piece { start, bytes });
        true
    }

    /// Takes out the piece whose turn it is when everything before `next` is there, without what
    /// it repeats.
    pub(crate) fn pop(&mut self, next: SeqNumber) -> Option<Bytes> {
        while self.pieces.front()?.start.before_eq(next) {
            let Piece { start, bytes } = self.pieces.pop_front()?;
            self.cost -= bytes.len() + PIECE_COST;
            let known = next.since(start) as usize;
            if known < bytes.len() {
                return Some(if known == 0 {
                    bytes
                } else {
                    bytes.slice(known..)
                });
            }
        }
        None
    }
}
