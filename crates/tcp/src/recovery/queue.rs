//! The retransmission queue: what is in flight, in the order of its numbers, and the SACK
//! scoreboard on it (RFC 6675 §3, RFC 8985 §6.1).
//!
//! ```text
//!   una                                        nxt
//!    │ lost │ sacked ──── │ lost │ sacked │ out │
//!      ▲ owed from here on          ▲ RACK has judged all that was sent once before this
//! ```
//!
//! What arrives is found by binary search; neighbours that were both selectively acknowledged are
//! joined, so that a block of any size is one record; what is owed and what RACK has yet to judge
//! are cursors that move on. So an ACK costs what it newly tells, and not what is in flight.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use core::ops::Range;

use base::Instant;
use wire::tcp::SeqNumber;

use super::segment::{Fate, Record};

/// What is in flight. Without heap when that is nothing.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    /// In the order of the numbers, without gaps. Invariant: neighbours are not both [`joined`].
    ring: VecDeque<Record>,
    /// Segments sent and not acknowledged (Linux's `packets_out`).
    pub(crate) out: u32,
    /// Of them, those that the peer says to hold out of order (`sacked_out`); with a peer that does
    /// not say, as many as it sent duplicate ACKs.
    pub(crate) sacked: u32,
    /// Of them, those taken for lost (`lost_out`).
    pub(crate) lost: u32,
    /// Of them, those sent again whose new copy is under way (`retrans_out`).
    pub(crate) retrans: u32,
    /// Segments that are owed again.
    owed: u32,
    /// The highest number that was selectively acknowledged lies before this; counts only while
    /// `sacked` does.
    highest: SeqNumber,
    /// There only while something was lost or sent again.
    repair: Option<Box<Repair>>,
    /// Records looked at or moved, for tests of what an ACK costs.
    #[cfg(test)]
    pub(crate) steps: u64,
}

/// Where repairing stands.
#[derive(Debug)]
struct Repair {
    /// Nothing before this is owed again.
    owed_from: SeqNumber,
    /// RACK has judged everything before this that was sent only once.
    judged: SeqNumber,
    /// What was sent again, in the order of time: where it began, and when. Entries that are no
    /// longer true are dropped when met.
    again: VecDeque<(SeqNumber, Instant)>,
}

impl Queue {
    pub(crate) fn is_empty(&self) -> bool {
        self.ring.is_empty()
    }

    /// Records held, for tests.
    #[cfg(test)]
    pub(crate) fn records(&self) -> impl Iterator<Item = &Record> {
        self.ring.iter()
    }

    /// Segments in the network as far as is known (RFC 6675 §4, pipe; Linux's
    /// `tcp_packets_in_flight`).
    pub(crate) fn in_flight(&self) -> u32 {
        (self.out + self.retrans).saturating_sub(self.left())
    }

    /// Segments that have left the network: arrived, or lost (`tcp_left_out`).
    pub(crate) fn left(&self) -> u32 {
        self.sacked + self.lost
    }

    pub(crate) fn front(&self) -> Option<&Record> {
        self.ring.front()
    }

    pub(crate) fn back(&self) -> Option<&Record> {
        self.ring.back()
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Record> {
        self.ring.get(index)
    }

    pub(crate) fn len(&self) -> usize {
        self.ring.len()
    }

    /// Something new was sent.
    pub(crate) fn push(&mut self, sent: Record) {
        self.step(1);
        self.out += sent.count;
        self.ring.push_back(sent);
    }

    /// The index of the record with the number `seq`, which is in flight.
    pub(crate) fn find(&mut self, seq: SeqNumber) -> usize {
        let behind = self.ring.partition_point(|sent| sent.start.before_eq(seq));
        self.step(1 + u64::from(self.ring.len().checked_ilog2().unwrap_or(0)));
        behind.saturating_sub(1)
    }

    /// Counts the work done.
    #[inline]
    pub(crate) fn step(&mut self, count: u64) {
        #[cfg(test)]
        {
            self.steps += count;
        }
        let _ = count;
    }

    /// Behind the highest number that was selectively acknowledged.
    pub(crate) fn highest(&self, una: SeqNumber) -> SeqNumber {
        if self.sacked == 0 {
            una
        } else {
            self.highest.max(una)
        }
    }

    /// Takes what the cumulative acknowledgment `una` covers off the front: a record, or the part
    /// of one in whole segments, as it was.
    pub(crate) fn pop_acknowledged(&mut self, una: SeqNumber) -> Option<Record> {
        let front = self.ring.front_mut()?;
        if !front.start.before(una) {
            return None;
        }
        let mut gone = *front;
        let whole = !front.end().after(una);
        if whole {
            self.ring.pop_front();
        } else {
            gone.count = front.trim(una);
            gone.len = una.since(gone.start);
            gone.fate.remove(Fate::FIN | Fate::PSH);
        }
        self.step(1);
        self.forget(&gone, gone.count);
        self.out -= gone.count;
        if self.ring.is_empty() {
            self.release();
        } else if let Some(repair) = &mut self.repair {
            // Nothing may stay behind by half the circle, or it would seem to lie ahead.
            repair.owed_from = repair.owed_from.max(una);
            repair.judged = repair.judged.max(una);
            if self.lost + self.retrans == 0 && repair.again.is_empty() {
                self.repair = None;
            }
        }
        (gone.count > 0).then_some(gone)
    }

    /// Nothing is in flight: gives the memory back.
    fn release(&mut self) {
        *self = Self {
            #[cfg(test)]
            steps: self.steps,
            ..Self::default()
        };
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.release();
    }

    /// Takes `count` segments with the fate of `sent` out of the counts that follow their fate.
    fn forget(&mut self, sent: &Record, count: u32) {
        if sent.is(Fate::SACKED) {
            self.sacked -= count;
        }
        if sent.is(Fate::LOST) {
            self.lost -= count;
        }
        if sent.is(Fate::RETRANS) {
            self.retrans -= count;
        }
        if sent.is_owed() {
            self.owed -= count;
        }
    }

    fn remember(&mut self, sent: &Record) {
        let count = sent.count;
        if sent.is(Fate::SACKED) {
            self.sacked += count;
        }
        if sent.is(Fate::LOST) {
            self.lost += count;
        }
        if sent.is(Fate::RETRANS) {
            self.retrans += count;
        }
        if sent.is_owed() {
            self.owed += count;
        }
    }

    /// Changes a record and keeps the counts true.
    pub(crate) fn change(&mut self, index: usize, change: impl FnOnce(&mut Record)) {
        self.step(1);
        let before = self.ring[index];
        self.forget(&before, before.count);
        self.out -= before.count;
        change(&mut self.ring[index]);
        let after = self.ring[index];
        self.remember(&after);
        self.out += after.count;
        if after.is(Fate::SACKED) && !before.is(Fate::SACKED) {
            self.highest = if self.sacked == after.count {
                after.end()
            } else {
                self.highest.max(after.end())
            };
        }
        if after.is_owed() && !before.is_owed() {
            let repair = self.repair(after.start);
            repair.owed_from = repair.owed_from.min(after.start);
        }
    }

    fn repair(&mut self, from: SeqNumber) -> &mut Repair {
        let first = self.ring.front().map_or(from, |sent| sent.start);
        self.repair.get_or_insert_with(|| {
            Box::new(Repair {
                owed_from: from,
                judged: first,
                again: VecDeque::new(),
            })
        })
    }

    /// Cuts the record at `index` so that one begins at `at`, which lies within. The first keeps
    /// the index.
    pub(crate) fn split(&mut self, index: usize, at: SeqNumber) {
        let behind = self.ring.len() - index;
        self.step(1 + index.min(behind) as u64);
        let before = self.ring[index];
        self.forget(&before, before.count);
        self.out -= before.count;
        let tail = self.ring[index].split(at);
        let head = self.ring[index];
        self.ring.insert(index + 1, tail);
        for part in [head, tail] {
            self.remember(&part);
            self.out += part.count;
        }
        if tail.is(Fate::EVER_RETRANS)
            && let Some(repair) = &mut self.repair
        {
            let place = repair.again.partition_point(|&(_, at)| at <= tail.at);
            repair.again.insert(place, (at, tail.at));
        }
    }

    /// Joins the records of `range`, and those beside it, where both neighbours were selectively
    /// acknowledged.
    pub(crate) fn join(&mut self, range: Range<usize>) {
        let last = range.end.min(self.ring.len().saturating_sub(1));
        let first = range.start.saturating_sub(1);
        for index in (first..last).rev() {
            self.step(1);
            let (left, right) = (self.ring[index], self.ring[index + 1]);
            if !(joined(&left) && joined(&right)) {
                continue;
            }
            let into = &mut self.ring[index];
            into.len += right.len;
            into.count += right.count;
            into.fate |= right.fate;
            into.at = into.at.max(right.at);
            let behind = self.ring.len() - index;
            self.step(index.min(behind) as u64);
            self.ring.remove(index + 1);
        }
    }

    /// Whether anything is owed again.
    pub(crate) const fn owes(&self) -> bool {
        self.owed > 0
    }

    /// The first record that is owed again.
    pub(crate) fn first_owed(&self) -> Option<(usize, &Record)> {
        if self.owed == 0 {
            return None;
        }
        let from = self.repair.as_ref()?.owed_from;
        let start = self.ring.partition_point(|sent| !sent.end().after(from));
        (start..self.ring.len())
            .map(|index| (index, &self.ring[index]))
            .find(|(_, sent)| sent.is_owed())
    }

    /// The record at `index` goes out again.
    pub(crate) fn sent_again(&mut self, index: usize, now: Instant, ordered: bool) {
        let start = self.ring[index].start;
        let end = self.ring[index].end();
        let owed = self.ring[index].is_owed();
        self.change(index, |sent| {
            sent.at = now;
            sent.fate |= Fate::EVER_RETRANS;
        });
        let most = 2 * self.ring.len() + 64;
        let repair = self.repair(start);
        if owed {
            repair.owed_from = end;
        }
        if !ordered {
            return;
        }
        repair.again.push_back((start, now));
        if repair.again.len() > most
            && let Some(repair) = &mut self.repair
        {
            let ring = &self.ring;
            repair.again.retain(|entry| still(ring, *entry).is_some());
        }
    }

    /// From where on RACK has to judge what was sent once: an index.
    pub(crate) fn unjudged(&mut self) -> usize {
        match &self.repair {
            Some(repair) => {
                let from = repair.judged;
                self.ring.partition_point(|sent| !sent.end().after(from))
            }
            None => 0,
        }
    }

    /// RACK has judged everything before the record at `index` that was sent once.
    pub(crate) fn set_judged(&mut self, index: usize) {
        let at = match (self.ring.get(index), self.ring.back()) {
            (Some(sent), _) => sent.start,
            (None, Some(last)) => last.end(),
            (None, None) => return,
        };
        if self.repair.is_none() && index == 0 {
            return;
        }
        self.repair(at).judged = at;
    }

    /// RACK has to judge everything anew.
    pub(crate) fn judge_anew(&mut self) {
        if let (Some(repair), Some(front)) = (&mut self.repair, self.ring.front()) {
            repair.judged = front.start;
        }
    }

    /// Of what was sent again and not judged yet, the entry `nth`; entries that are no longer true
    /// are dropped. Its record's index.
    pub(crate) fn nth_again(&mut self, nth: usize) -> Option<usize> {
        loop {
            let repair = self.repair.as_mut()?;
            let entry = *repair.again.get(nth)?;
            match still(&self.ring, entry) {
                Some(index) => {
                    self.step(1);
                    return Some(index);
                }
                None => {
                    repair.again.remove(nth);
                    self.step(1);
                }
            }
        }
    }

    /// The oldest of what was sent again is judged.
    pub(crate) fn drop_again(&mut self) {
        if let Some(repair) = &mut self.repair {
            repair.again.pop_front();
        }
    }

    /// Changes every record that `which` picks. For what is rare: time-outs and undoing.
    pub(crate) fn change_all(
        &mut self,
        which: impl Fn(&Record) -> bool,
        mut change: impl FnMut(&mut Record),
    ) {
        for index in 0..self.ring.len() {
            if which(&self.ring[index]) {
                self.change(index, &mut change);
            }
        }
    }

    /// Something was retransmitted of what is still in flight (Linux's `tcp_any_retrans_done`).
    pub(crate) fn front_was_sent_again(&self) -> bool {
        self.retrans > 0 || self.front().is_some_and(|sent| sent.is(Fate::EVER_RETRANS))
    }
}

/// Whether a record may be joined with a neighbour of its kind.
fn joined(sent: &Record) -> bool {
    sent.is(Fate::SACKED) && !sent.is(Fate::RETRANS | Fate::LOST | Fate::FIN)
}

/// Where the record is that `entry` was written for, if its last copy is still the one meant and
/// its fate open.
fn still(ring: &VecDeque<Record>, (start, at): (SeqNumber, Instant)) -> Option<usize> {
    let front = ring.front()?.start;
    let seq = start.max(front);
    let index = ring.partition_point(|sent| sent.start.before_eq(seq));
    let index = index.checked_sub(1)?;
    let sent = &ring[index];
    let open = !sent.is(Fate::SACKED) && !sent.is_owed();
    (sent.at == at && seq.before(sent.end()) && open).then_some(index)
}
