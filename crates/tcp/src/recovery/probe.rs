//! Tail loss probes: when nothing comes back for two round trips, one more segment goes, whose
//! answer shows a loss at the end of what was sent without a time-out (RFC 8985 §7).

use base::{Duration, Instant};
use wire::tcp::SeqNumber;

use super::ack::{News, Shows};
use super::rack::SLACK;
use super::{Notes, Wait};
use crate::congestion::CaState;
use crate::{Connection, Settings};

impl Connection {
    /// Sets the timer for a probe if one is of use. `anew`: what is in flight has the whole
    /// time-out before it again.
    pub(crate) fn schedule_probe(&mut self, now: Instant, settings: &Settings, anew: bool) -> bool {
        let queue = &self.recovery.queue;
        let calm = matches!(self.recovery.state, CaState::Open | CaState::Cwr);
        let enabled = matches!(settings.early_retrans, 3 | 4);
        if !enabled || queue.out == 0 || !self.has_sack() || !calm {
            return false;
        }
        let srtt = self.rtt.srtt();
        // Two round trips, and with a single segment time for a delayed ACK (RFC 8985 §7.2).
        let mut wait = match (srtt == Duration::ZERO, queue.out) {
            (true, _) => settings.rto_initial,
            (false, 1) => srtt * 2 + settings.rto_min,
            (false, _) => srtt * 2 + SLACK,
        };
        if anew {
            wait = wait.min(self.rtt.rto);
        } else if let Some(left) = self.timeout_left(now) {
            wait = wait.min(left);
        }
        self.recovery.wait = Wait::Probe;
        self.arm_within_patience(now, now + wait);
        true
    }

    /// The probe timer has fired.
    pub(crate) fn probe_due(&mut self, now: Instant) {
        // One at a time (RFC 8985 §7.3).
        if self.recovery.probe.is_some() {
            return self.rearm_timeout(now);
        }
        self.recovery.notes |= Notes::PROBE_OWED;
    }

    /// Whether a probe is owed.
    pub(crate) fn owes_probe(&self) -> bool {
        self.recovery.notes.contains(Notes::PROBE_OWED)
    }

    /// The last segment in flight: where it begins, and its bytes of data.
    pub(crate) fn last_segment(&self) -> Option<(SeqNumber, u32)> {
        let last = self.recovery.queue.back()?;
        let skip = (last.count - 1) * u32::from(last.size);
        Some((last.start + skip, last.data() - skip))
    }

    /// The probe has gone: new data, or `again` something that was sent before.
    pub(crate) fn probe_sent(&mut self, now: Instant, again: bool) {
        self.recovery.notes -= Notes::PROBE_OWED;
        self.recovery.notes.set(Notes::PROBE_AGAIN, again);
        self.recovery.probe = Some(self.snd.nxt);
        self.arm_retransmit(now);
    }

    /// What an ACK says of a probe (RFC 8985 §7.4).
    pub(super) fn judge_probe(&mut self, now: Instant, ack: SeqNumber, news: &News) {
        let Some(probe) = self.recovery.probe else {
            return;
        };
        if ack.before(probe) {
            return;
        }
        let again = self.recovery.notes.contains(Notes::PROBE_AGAIN);
        // New data has arrived; or both copies have, and nothing was lost.
        let pure = !news.shows(Shows::ADVANCED | Shows::SACKED | Shows::DATA | Shows::WINDOW);
        if !again || news.shows(Shows::PROBE_TWICE) {
            self.recovery.probe = None;
        } else if ack.after(probe) {
            // Something sent later is acknowledged, and no second copy was told of: the probe has
            // repaired a loss, which means congestion.
            self.begin_reduction();
            self.enter(CaState::Cwr);
            self.end_reduction(now);
            self.keep_open();
        } else if pure {
            self.recovery.probe = None;
        }
    }
}
