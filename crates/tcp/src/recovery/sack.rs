//! Selective acknowledgments (RFC 2018, RFC 2883).

use base::Instant;
use wire::tcp::SackBlock;

use super::ack::{News, Shows};
use super::segment::Fate;
use crate::congestion::CaState;
use crate::receive::Segment;
use crate::{Connection, Settings};

impl Connection {
    /// Takes what `segment` says to be held out of order, and what arrived twice.
    pub(super) fn take_sacks(
        &mut self,
        now: Instant,
        settings: &Settings,
        segment: &Segment,
        news: &mut News,
    ) {
        if segment.sack.is_empty() || !self.has_sack() {
            return;
        }
        let twice = is_duplicate(segment);
        if twice {
            self.see_duplicate(segment.sack[0], news);
        }
        let mut blocks = segment.sack.clone();
        if twice {
            let block = blocks.remove(0);
            if self.is_valid(block, true) {
                self.mark_duplicate(block);
            }
        }
        // In the order of their numbers, so that of what was sent at one moment the last counts.
        let una = self.snd.una;
        blocks.sort_unstable_by_key(|block| block.left.offset_from(una));
        for block in blocks {
            if self.is_valid(block, false) && block.right.after(una) {
                self.mark_block(now, block, news);
            }
        }
        let state = self.recovery.state;
        if state != CaState::Loss || self.recovery.marker().is_some() {
            self.see_reordering(settings, news.low);
        }
    }

    /// Whether a block can be true.
    fn is_valid(&self, block: SackBlock, twice: bool) -> bool {
        let (una, nxt) = (self.snd.una, self.snd.nxt);
        let SackBlock { left, right } = block;
        if !left.before(right) || right.after(nxt) || !left.before(nxt) {
            return false;
        }
        if left.after(una) {
            return true;
        }
        // At SND.UNA a block would be nonsense, and below only something that arrived twice is not.
        let Some(marker) = self.recovery.marker().filter(|_| twice) else {
            return false;
        };
        if right.after(una) {
            return false;
        }
        let window = self.snd.max_wnd.0;
        left.after_eq(marker) || (right.after(marker) && right.since(left) <= window)
    }

    /// Something arrived twice: what was sent again was not needed, as it seems.
    fn see_duplicate(&mut self, block: SackBlock, news: &mut News) {
        let SackBlock { left, right } = block;
        if !left.before(right) {
            return;
        }
        let len = right.since(left);
        // More than the peer could ever take at once.
        if len > self.snd.max_wnd.0 {
            return;
        }
        let mut count = 1;
        if len > u32::from(self.snd.mss) {
            count = len.div_ceil(u32::from(self.snd.mss));
        } else if self.recovery.probe == Some(right) {
            news.shows |= Shows::PROBE_TWICE;
        }
        let recovery = &mut self.recovery;
        recovery.duplicates = recovery.duplicates.saturating_add(count);
        // It was the network that doubled it.
        if recovery.duplicates > recovery.total {
            return;
        }
        if recovery.reordered > 0 && !news.shows(Shows::PROBE_TWICE) {
            recovery.rack.unneeded = true;
        }
        news.shows |= Shows::TWICE;
        let rate = &mut self.congestion.rate;
        rate.delivered = rate.delivered.wrapping_add(count);
        // Of what is no longer in flight.
        if !right.after(news.prior_una) {
            recovery.not_needed(right, count);
        }
    }

    /// The same for what is still in flight.
    fn mark_duplicate(&mut self, block: SackBlock) {
        let Some(front) = self.recovery.queue.front() else {
            return;
        };
        let left = block.left.max(front.start);
        if !left.before(block.right) {
            return;
        }
        let mut index = self.recovery.queue.find(left);
        while let Some(record) = self.recovery.queue.get(index).copied() {
            if !record.start.before(block.right) {
                break;
            }
            if record.end().before_eq(block.right) && record.is(Fate::AGAIN) {
                self.recovery.not_needed(record.end(), record.count);
                if record.is(Fate::SACKED) && record.is(Fate::RETRANS) {
                    let queue = &mut self.recovery.queue;
                    queue.change(index, |record| record.fate -= Fate::RETRANS);
                }
            }
            index += 1;
        }
    }

    /// Marks what lies in `block`.
    fn mark_block(&mut self, now: Instant, block: SackBlock, news: &mut News) {
        let left = block.left.max(self.snd.una);
        let first = self.recovery.queue.find(left);
        let mut index = first;
        let mut changed = false;
        while let Some(record) = self.recovery.queue.get(index).copied() {
            self.recovery.queue.step(1);
            if !record.start.before(block.right) {
                break;
            }
            if record.is(Fate::SACKED) {
                index += 1;
                continue;
            }
            let size = u32::from(record.size);
            // Whole segments only: the peer keeps no parts of them, and we send none.
            if record.start.before(left) {
                let head = left.since(record.start).div_ceil(size) * size;
                if record.count > 1 && head < record.len {
                    self.recovery.queue.split(index, record.start + head);
                }
                index += 1;
                continue;
            }
            if record.end().after(block.right) {
                let head = block.right.since(record.start) / size * size;
                if record.count == 1 || head == 0 {
                    break;
                }
                self.recovery.queue.split(index, record.start + head);
            }
            self.mark_sacked(now, index, news);
            changed = true;
            index += 1;
        }
        if changed {
            self.recovery.queue.join(first..index);
        }
    }

    /// The record at `index` is here, out of order.
    fn mark_sacked(&mut self, now: Instant, index: usize, news: &mut News) {
        let Some(record) = self.recovery.queue.get(index).copied() else {
            return;
        };
        self.recovery.rack_advance(now, &record);
        if !record.is(Fate::AGAIN) {
            // A hole was filled by what was sent once: it was overtaken.
            let highest = self.recovery.queue.highest(self.snd.una);
            if record.start.before(highest) && record.start.before(news.low) {
                news.low = record.start;
            }
            if !record.end().after(self.recovery.high) {
                news.shows |= Shows::ORIGINAL;
            }
            let first = news.sacked_at.map_or(record.at, |(first, _)| first);
            news.sacked_at = Some((first, record.at));
        }
        self.recovery.queue.change(index, |record| {
            // A copy that was sent without a loss being known is taken to be under way.
            if record.is(Fate::LOST) {
                record.fate -= Fate::LOST | Fate::RETRANS;
            }
            record.fate |= Fate::SACKED;
        });
        news.shows |= Shows::SACKED;
        news.bytes += record.data();
        let rate = &mut self.congestion.rate;
        rate.on_delivered(&mut news.sample, &record.stamp, record.at, record.count);
    }
}

/// Whether the first block tells of something that arrived twice (RFC 2883 §4).
fn is_duplicate(segment: &Segment) -> bool {
    let blocks = &segment.sack;
    let Some(first) = blocks.first() else {
        return false;
    };
    if first.left.before(segment.ack) {
        return true;
    }
    blocks.get(1).is_some_and(|second: &SackBlock| {
        first.right.before_eq(second.right) && first.left.after_eq(second.left)
    })
}
