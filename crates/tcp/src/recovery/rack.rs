//! RACK: what was sent before something that has arrived, and by more than a reordering window, is
//! lost (RFC 8985 §6).

use base::{Duration, Instant};
use wire::tcp::SeqNumber;

use super::segment::{Fate, Record};
use super::{Recovery, Wait};
use crate::congestion::CaState;
use crate::timers::Timer;
use crate::{Connection, Settings};

/// So many recoveries in a row without a superfluous retransmission bring the window back to a
/// quarter of the round trip (RFC 8985 §6.2, step 4).
pub(super) const PERSIST: u8 = 16;
/// How much later than due a timer of less than a time-out fires: Linux's two ticks, in which what
/// is on its way may still come.
pub(super) const SLACK: Duration = Duration::from_millis(2);
/// How many records that still have time are looked at for the one that has most.
const LOOK_AHEAD: usize = 16;

/// Bits of `tcp_recovery`.
const STATIC_WINDOW: u8 = 0x2;
const NO_DUPTHRESH: u8 = 0x4;

/// What RACK keeps of what was delivered last (RFC 8985 §5.3).
#[derive(Clone, Debug)]
pub(crate) struct Rack {
    /// RACK.xmit_ts: when that was sent …
    at: Instant,
    /// RACK.end_seq: … and where it ended.
    end: SeqNumber,
    /// RACK.rtt, in microseconds.
    rtt: u32,
    /// Delivered, in all, when the window was widened last.
    widened_at: u32,
    /// RACK.reo_wnd_mult.
    steps: u8,
    /// RACK.reo_wnd_persist.
    pub(super) persist: u8,
    /// Whether a superfluous retransmission was seen that the window should have prevented.
    pub(super) unneeded: bool,
    /// Whether there is news to judge by.
    pub(super) advanced: bool,
}

impl Default for Rack {
    fn default() -> Self {
        Self {
            at: Instant::ZERO,
            end: SeqNumber(0),
            rtt: 0,
            widened_at: 0,
            steps: 1,
            persist: 0,
            unneeded: false,
            advanced: false,
        }
    }
}

impl Rack {
    /// Whether what was delivered last was sent after `record` (RFC 8985 §6.2, RACK_sent_after).
    fn sent_after(&self, record: &Record) -> bool {
        self.at > record.at || (self.at == record.at && self.end.after(record.end()))
    }

    /// Whether `record` has time still.
    pub(super) fn has_time(&self, record: &Record, window: Duration, now: Instant) -> bool {
        self.left(record, window, now).is_some()
    }

    /// How long `record` still has; `None` once it is overdue.
    fn left(&self, record: &Record, window: Duration, now: Instant) -> Option<Duration> {
        let patience = Duration::from_micros(u64::from(self.rtt)) + window;
        let passed = now - record.at;
        (passed < patience).then(|| patience - passed)
    }
}

impl Recovery {
    /// `record` was delivered (RFC 8985 §6.2, step 2).
    pub(super) fn rack_advance(&mut self, now: Instant, record: &Record) {
        let rtt = now - record.at;
        // So soon after it was sent again, the acknowledgment is that of the first copy.
        if record.is(Fate::AGAIN) && self.min_rtt.get().is_some_and(|least| rtt < least) {
            return;
        }
        let rack = &mut self.rack;
        rack.advanced = true;
        rack.rtt = rtt.as_micros().min(u64::from(u32::MAX)) as u32;
        if record.at > rack.at || (record.at == rack.at && record.end().after(rack.end)) {
            rack.at = record.at;
            rack.end = record.end();
        }
    }

    /// Adapts the reordering window to superfluous retransmissions (RFC 8985 §6.2, step 4).
    pub(super) fn rack_adapt(&mut self, settings: &Settings, sampled: Option<u32>, delivered: u32) {
        let Some(prior) = sampled else { return };
        if settings.recovery & STATIC_WINDOW != 0 || prior == 0 {
            return;
        }
        let rack = &mut self.rack;
        // Once a round trip.
        if (prior.wrapping_sub(rack.widened_at) as i32) < 0 {
            rack.unneeded = false;
        }
        if rack.unneeded {
            rack.steps = rack.steps.saturating_add(1);
            rack.unneeded = false;
            rack.widened_at = delivered;
            rack.persist = PERSIST;
        } else if rack.persist == 0 {
            rack.steps = 1;
        }
    }
}

impl Connection {
    /// RACK.reo_wnd: how long what was overtaken may still take.
    fn reordering_window(&self, settings: &Settings) -> Duration {
        let recovery = &self.recovery;
        if recovery.reordered == 0 {
            if recovery.state >= CaState::Recovery {
                return Duration::ZERO;
            }
            let enough = recovery.queue.sacked >= recovery.reordering;
            if enough && settings.recovery & NO_DUPTHRESH == 0 {
                return Duration::ZERO;
            }
        }
        let least = recovery.min_rtt.get().unwrap_or(Duration::ZERO);
        (least / 4 * u64::from(recovery.rack.steps)).min(self.rtt.srtt())
    }

    /// The ACK has brought news: what is lost? Whether a timer was set for what may yet be
    /// (RFC 8985 §6.2, step 5).
    pub(super) fn rack_mark_lost(&mut self, now: Instant, settings: &Settings) -> bool {
        if !core::mem::replace(&mut self.recovery.rack.advanced, false) {
            return false;
        }
        let Some(left) = self.rack_detect(now, settings) else {
            return false;
        };
        self.recovery.wait = Wait::Reordering;
        let at = now + left + SLACK;
        self.timers
            .arm(Timer::Retransmit, at.min(now + self.rtt.rto));
        true
    }

    /// Marks what is overdue (RFC 8985 §6.2, RACK_detect_loss); how long until the last of the
    /// others is.
    pub(super) fn rack_detect(&mut self, now: Instant, settings: &Settings) -> Option<Duration> {
        let window = self.reordering_window(settings);
        let again = self.judge_again(now, window);
        let once = self.judge_once(now, window);
        again.max(once)
    }

    /// Judges what was sent only once, which lies in the order of time.
    fn judge_once(&mut self, now: Instant, window: Duration) -> Option<Duration> {
        let mut index = self.recovery.queue.unjudged();
        let (mut judged, mut left) = (index, None);
        let mut ahead = 0;
        while let Some(record) = self.recovery.queue.get(index) {
            let record = *record;
            self.recovery.queue.step(1);
            if !record.is(Fate::SACKED | Fate::LOST | Fate::AGAIN) {
                if !self.recovery.rack.sent_after(&record) {
                    break;
                }
                match self.recovery.rack.left(&record, window, now) {
                    None => self.mark_lost(index),
                    // All behind it have more time, and at most as much as what was delivered last.
                    Some(more) => {
                        left = left.max(Some(more));
                        ahead += 1;
                    }
                }
            }
            index += 1;
            if ahead == 0 {
                judged = index;
            } else if index - judged > LOOK_AHEAD {
                let rack = &self.recovery.rack;
                let most = Duration::from_micros(u64::from(rack.rtt)) + window;
                let passed = now - rack.at;
                left = left.max((passed < most).then(|| most - passed));
                break;
            }
        }
        self.recovery.queue.set_judged(judged);
        left
    }

    /// Judges what was sent again, in the order of time.
    fn judge_again(&mut self, now: Instant, window: Duration) -> Option<Duration> {
        let (mut nth, mut left) = (0, None);
        while let Some(index) = self.recovery.queue.nth_again(nth) {
            let Some(record) = self.recovery.queue.get(index).copied() else {
                break;
            };
            if !self.recovery.rack.sent_after(&record) {
                break;
            }
            match self.recovery.rack.left(&record, window, now) {
                None => {
                    self.mark_lost(index);
                    if nth == 0 {
                        self.recovery.queue.drop_again();
                    }
                }
                Some(more) => {
                    left = left.max(Some(more));
                    nth += 1;
                    if nth > LOOK_AHEAD {
                        break;
                    }
                }
            }
        }
        left
    }

    /// The timer for what was overtaken has fired (RFC 8985 §6.3).
    pub(crate) fn reordering_due(&mut self, now: Instant, settings: &Settings) {
        let before = self.in_flight();
        let lost = self.congestion.rate.lost;
        let left = self.rack_detect(now, settings);
        if before != self.in_flight() {
            if self.recovery.state != CaState::Recovery {
                self.enter_recovery(false);
                if !self.congestion.governs_itself() {
                    let lost = self.congestion.rate.lost.wrapping_sub(lost);
                    self.reduce_window(now, 1, lost, false);
                }
            }
            self.recovery.again = super::Again::Lost;
        }
        match left {
            Some(left) => {
                self.recovery.wait = Wait::Reordering;
                self.timers.arm(Timer::Retransmit, now + left + SLACK);
            }
            None => self.rearm_timeout(now),
        }
    }

    /// The record at `index` is taken for lost, for the first time or again.
    pub(super) fn mark_lost(&mut self, index: usize) {
        let Some(record) = self.recovery.queue.get(index).copied() else {
            return;
        };
        if record.is(Fate::SACKED) || record.is_owed() {
            return;
        }
        self.recovery.queue.change(index, |record| {
            record.fate |= Fate::LOST;
            record.fate -= Fate::RETRANS;
        });
        self.congestion.on_lost(&record.stamp, record.count);
    }
}
