//! When data is acknowledged (RFC 9293 §3.8.6.3, RFC 5681 §4.2), as Linux decides it.
//!
//! Three things speak for at once: a second full segment, a peer that is just starting and waits for
//! every ACK ("quick"), and disorder. Against it speaks a conversation that takes turns: the answer
//! will carry the ACK ("turns", Linux's pingpong).

use base::{Duration, Instant};

use crate::Settings;

/// What the peer's segments are taken to be full at, at most, until it has sent some: the least
/// that every host can take (RFC 9293 §3.7.1).
const DEFAULT_MSS: u16 = 536;
/// No segments are taken to be full at less.
const MIN_MSS: u16 = 88;
/// A segment of at least so many bytes may be full although it carries a PSH.
const SURELY_FULL: usize = 536;
/// ACKs that go out at once at the start, at most.
const QUICK: u32 = 16;
/// The same after a mark or what was sent again.
const BRIEFLY: u8 = 2;
/// Delayed ACKs wait no longer, whatever is known of the peer, in milliseconds.
const LONGEST: u32 = 200;
/// How long ACKs wait at most when the first are no longer hurried, in milliseconds (Linux's
/// TCP_ATO_MIN).
const CALM: u16 = 40;
/// The same where no turns are taken.
const LONGEST_IN_A_STREAM: u32 = 500;

/// Whether an acknowledgment is owed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AckDebt {
    /// Everything received is acknowledged.
    #[default]
    None,
    /// Owed, and may wait for company until the timer says otherwise.
    Delayed,
    /// Owed at once.
    Now,
}

/// How the peer sends, and how soon it is answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Acks {
    /// What the peer's segments are taken to be full at, in bytes of data.
    mss: u16,
    /// Size of the last segment that was smaller and may yet have been full.
    last_size: u16,
    /// How long an ACK waits, in milliseconds; 0 before the first data.
    wait: u16,
    /// So many ACKs more go out at once.
    quick: u8,
    /// Small segments since the last ACK: the end of a message. None, one, more.
    pushed: u8,
    /// Whether the two ends take turns.
    turns: bool,
    /// When data last came, in milliseconds.
    heard: u32,
}

fn millis(now: Instant) -> u32 {
    now.as_millis() as u32
}

impl Acks {
    /// Delayed ACKs wait no longer, whatever is known of the peer.
    pub(crate) const LONGEST_WAIT: Duration = Duration::from_millis(LONGEST as u64);

    /// With what is known when the connection is established: `most` is the least of both ends'
    /// segment sizes, `window` what the peer may send.
    pub(crate) fn new(most: u16, window: u32) -> Self {
        let half = u16::try_from(window / 2).unwrap_or(u16::MAX);
        Self {
            mss: most.min(half).clamp(MIN_MSS, DEFAULT_MSS),
            ..Self::default()
        }
    }

    pub(crate) const fn full_size(&self) -> u16 {
        self.mss
    }

    /// The delayed ACK's time (Linux's ato); zero before the first data.
    pub(crate) fn wait(&self) -> Duration {
        Duration::from_millis(self.wait.into())
    }

    /// In-order data came: `len` bytes of it, `push` with a PSH. `most` is the largest segment that
    /// we said we take.
    pub(crate) fn on_data(
        &mut self,
        now: Instant,
        settings: &Settings,
        rto: Duration,
        window: u32,
        (len, push): (usize, bool),
        most: u16,
    ) {
        self.observe_size(len, push, most);
        let least = settings.delayed_ack.as_millis() as u32;
        let gap = millis(now).wrapping_sub(self.heard);
        let wait = u32::from(self.wait);
        let rto = rto.as_millis() as u32;
        if wait == 0 {
            self.hurry(window);
            self.set_wait(least);
        } else if gap <= least / 2 {
            self.set_wait(wait / 2 + least / 2);
        } else if gap < wait {
            self.set_wait((wait / 2 + gap).min(rto));
        } else if gap > rto {
            // The peer may begin with a small window again.
            self.hurry(window);
        }
        self.heard = millis(now);
    }

    fn set_wait(&mut self, millis: u32) {
        self.wait = u16::try_from(millis.max(1)).unwrap_or(u16::MAX);
    }

    /// Learns from one segment what the peer's full ones are.
    fn observe_size(&mut self, len: usize, push: bool, most: u16) {
        let last = core::mem::take(&mut self.last_size);
        if len >= usize::from(self.mss) {
            self.mss = len.min(usize::from(most)) as u16;
            if push {
                self.pushed = self.pushed.max(1);
            }
            return;
        }
        // Without a PSH it should be full, on a path that takes no more.
        if len >= SURELY_FULL || (len >= usize::from(MIN_MSS) && !push) {
            self.last_size = len as u16;
            if self.last_size == last {
                self.mss = self.last_size;
                return;
            }
        }
        self.pushed = if self.pushed > 0 { 2 } else { 1 };
    }

    /// The next ACKs go out at once: as many as half the window has segments.
    fn hurry(&mut self, window: u32) {
        let segments = window / (2 * u32::from(self.mss.max(1)));
        let segments = if segments == 0 {
            2
        } else {
            segments.min(QUICK)
        };
        self.quick = self.quick.max(segments as u8);
    }

    /// Something is wrong on the way: the peer should hear all of it at once.
    pub(crate) fn enter_quick(&mut self, settings: &Settings, window: u32) {
        self.hurry(window);
        self.turns = false;
        self.set_wait(settings.delayed_ack.as_millis() as u32);
    }

    /// The peer was heard, and somebody waits to answer.
    pub(crate) fn expect_answer(&mut self, now: Instant, settings: &Settings, window: u32) {
        self.enter_quick(settings, window);
        self.heard = millis(now);
    }

    /// Something is worth hearing of soon: the next two ACKs go out at once.
    pub(crate) fn enter_quick_briefly(&mut self, settings: &Settings, window: u32) {
        let before = self.quick;
        self.enter_quick(settings, window);
        self.quick = before.max(self.quick.min(BRIEFLY));
    }

    /// The window has grown: the next ACK tells it at once.
    pub(crate) const fn tell_growth(&mut self) {
        self.quick |= 1;
    }

    /// Memory runs short: nothing is hurried.
    pub(crate) const fn leave_quick(&mut self) {
        self.quick = 0;
    }

    /// Whether each ACK goes out at once.
    pub(crate) const fn is_quick(&self) -> bool {
        self.quick > 0 && !self.turns
    }

    /// Whether the ends take turns (the opposite of TCP_QUICKACK).
    pub(crate) const fn takes_turns(&self) -> bool {
        self.turns
    }

    pub(crate) const fn set_turns(&mut self, turns: bool) {
        self.turns = turns;
    }

    /// TCP_QUICKACK is set while an ACK waits: what was read counts as the end of a message.
    pub(crate) const fn push(&mut self) {
        self.pushed = if self.pushed > 0 { self.pushed } else { 1 };
    }

    /// Data goes out: an answer, if something was heard a moment ago.
    pub(crate) fn on_sent_data(&mut self, now: Instant) {
        if millis(now).wrapping_sub(self.heard) < u32::from(self.wait) {
            self.turns = true;
        }
    }

    /// An ACK that was owed goes out.
    pub(crate) fn on_sent_ack(&mut self) {
        self.pushed = 0;
        if self.quick == 1 {
            self.wait = self.wait.min(CALM);
        }
        self.quick = self.quick.saturating_sub(1);
    }

    /// The delayed ACK found no company in time.
    pub(crate) fn on_missed(&mut self, settings: &Settings, rto: Duration) {
        if self.turns {
            self.turns = false;
            self.set_wait(settings.delayed_ack.as_millis() as u32);
        } else {
            self.set_wait((u32::from(self.wait) * 2).min(rto.as_millis() as u32));
        }
    }

    /// Whether a read that takes the last of what came should be followed by an ACK: the end of a
    /// message was among it, and nobody seems to answer.
    pub(crate) const fn read_calls_for_ack(&self) -> bool {
        self.pushed > 1 || (self.pushed == 1 && !self.turns)
    }

    /// How long an ACK that is owed now may wait.
    pub(crate) fn delay(&self, settings: &Settings, srtt: Duration) -> Duration {
        let least = settings.delayed_ack.as_millis() as u32;
        let mut wait = u32::from(self.wait);
        if wait > least {
            let mut longest = if self.turns || self.pushed > 0 {
                LONGEST
            } else {
                LONGEST_IN_A_STREAM
            };
            if srtt > Duration::ZERO {
                longest = longest.min((srtt.as_millis() as u32).max(least));
            }
            wait = wait.min(longest);
        }
        let most = settings.rto_min.as_millis().saturating_sub(1).max(1) as u32;
        Duration::from_millis(wait.min(LONGEST).min(most).into())
    }
}
