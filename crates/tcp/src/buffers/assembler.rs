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
    /// Bytes that are held. Invariant: the sum of the pieces' lengths.
    len: usize,
    /// What the last insertion found that was there before: its first part, and what touches that.
    repeated: Option<(SeqNumber, SeqNumber)>,
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

    /// How many bytes are held.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The number behind the last byte, or behind the FIN.
    pub(crate) fn end(&self) -> Option<SeqNumber> {
        let fin = self.fin.map(|fin| fin + 1);
        fin.or_else(|| self.pieces.back().map(Piece::end))
    }

    /// What the last insertion brought a second time.
    pub(crate) fn take_repeated(&mut self) -> Option<(SeqNumber, SeqNumber)> {
        self.repeated.take()
    }

    fn note_repeated(&mut self, left: SeqNumber, right: SeqNumber) {
        match &mut self.repeated {
            Some((_, end)) if *end == left => *end = right,
            Some(_) => {}
            None => self.repeated = Some((left, right)),
        }
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
            self.len -= last.bytes.len();
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
                let until = held.end();
                self.note_repeated(from, until.min(end));
                from = from.max(until);
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
        self.len += len;
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

    /// Takes out the next piece that begins at `next` or before it, with its first number.
    pub(crate) fn pop(&mut self, next: SeqNumber) -> Option<(SeqNumber, Bytes)> {
        if self.pieces.front()?.start.after(next) {
            return None;
        }
        let Piece { start, bytes } = self.pieces.pop_front()?;
        self.cost -= bytes.len() + PIECE_COST;
        self.len -= bytes.len();
        Some((start, bytes))
    }
}
