//! CoDel: controlled delay (RFC 8289), in tc-codel's words.

use base::{Duration, Frame, Instant};

use super::Queue;
use super::mark::mark;

/// The settings of tc-codel; its `limit` is the channel's queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoDel {
    /// How long frames may stand and wait (RFC 8289 §4.4: 5 ms).
    pub target: Duration,
    /// For how long they may do so longer: the worst usual round trip (RFC 8289 §4.3: 100 ms).
    pub interval: Duration,
    /// Marks what can be marked (RFC 3168) and drops the rest.
    pub ecn: bool,
    /// What waited longer than this is marked whenever it can be.
    pub ce_threshold: Option<Duration>,
}

impl CoDel {
    /// tc-codel's defaults, with marks.
    pub const USUAL: Self = Self {
        target: Duration::from_millis(5),
        interval: Duration::from_millis(100),
        ecn: true,
        ce_threshold: None,
    };
}

/// What CoDel remembers (RFC 8289 §5.1).
#[derive(Debug, Default)]
pub(crate) struct CoDelState {
    /// When the waiting will have been too long for an interval.
    first_above: Option<Instant>,
    /// When the next frame is hit.
    drop_next: Instant,
    /// Frames hit since hitting began, and how many that was when it began last.
    count: u32,
    last_count: u32,
    dropping: bool,
}

/// The frame that leaves, and what became of those before it.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) frame: Option<Box<Frame>>,
    /// The frame that leaves was marked.
    pub(crate) marked: bool,
    /// Frames that die.
    pub(crate) dropped: Vec<Frame>,
}

impl CoDel {
    /// The next frame of `queue`. Once no more than `mtu` bytes wait, none is hit.
    pub(crate) fn take(
        &self,
        state: &mut CoDelState,
        queue: &mut Queue,
        now: Instant,
        mtu: usize,
    ) -> Taken {
        let mut taken = Taken::default();
        let (mut next, mut bad) = self.next(state, queue, now, mtu);
        if state.dropping {
            state.dropping = bad;
            while state.dropping && now >= state.drop_next {
                state.count += 1;
                if self.spare(&mut next, &mut taken) {
                    state.drop_next = self.law(state.drop_next, state.count);
                    break;
                }
                (next, bad) = self.next(state, queue, now, mtu);
                if bad {
                    state.drop_next = self.law(state.drop_next, state.count);
                } else {
                    state.dropping = false;
                }
            }
        } else if bad {
            if !self.spare(&mut next, &mut taken) {
                (next, _) = self.next(state, queue, now, mtu);
            }
            state.dropping = true;
            // RFC 8289 §5.5: where it ended a moment ago, it goes on at the rate that was right.
            let more = state.count.wrapping_sub(state.last_count);
            let lately = now.as_nanos() < (state.drop_next + self.interval * 16).as_nanos();
            state.count = if more > 1 && lately { more } else { 1 };
            state.drop_next = self.law(now, state.count);
            state.last_count = state.count;
        }
        if let Some((frame, since)) = &mut next
            && self.ce_threshold.is_some_and(|most| now - *since > most)
            && !taken.marked
        {
            taken.marked = mark(frame);
        }
        taken.frame = next.map(|(frame, _)| frame);
        taken
    }

    /// Marks the frame, or drops it. Whether it may leave.
    fn spare(&self, next: &mut Option<(Box<Frame>, Instant)>, taken: &mut Taken) -> bool {
        let Some((frame, _)) = next else {
            return true;
        };
        if self.ecn && mark(frame) {
            taken.marked = true;
            return true;
        }
        taken.dropped.extend(next.take().map(|(frame, _)| *frame));
        false
    }

    /// The oldest frame, and whether frames have waited too long for an interval.
    fn next(
        &self,
        state: &mut CoDelState,
        queue: &mut Queue,
        now: Instant,
        mtu: usize,
    ) -> (Option<(Box<Frame>, Instant)>, bool) {
        let Some((frame, since)) = queue.pop_since() else {
            state.first_above = None;
            return (None, false);
        };
        if now - since < self.target || queue.bytes() <= mtu {
            state.first_above = None;
            return (Some((frame, since)), false);
        }
        let above = *state.first_above.get_or_insert(now + self.interval);
        (Some((frame, since)), now >= above)
    }

    /// When the next frame is hit (RFC 8289 §3.3): the interval shrinks with the square root of how
    /// many were.
    fn law(&self, from: Instant, count: u32) -> Instant {
        let nanos = self.interval.as_nanos() as f64 / f64::from(count.max(1)).sqrt();
        from + Duration::from_nanos(nanos as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8289 §3.3: 100 ms, then divided by the roots of 2, 3, 4.
    #[test]
    fn the_control_law_is_the_square_root() {
        let at = |count| CoDel::USUAL.law(Instant::ZERO, count).as_micros();
        assert_eq!(
            [1, 2, 3, 4, 100].map(at),
            [100_000, 70_710, 57_735, 50_000, 10_000]
        );
    }
}
