//! Proportional rate reduction (RFC 9937): the window comes down to the threshold over a round
//! trip, in step with what is delivered, and neither at once nor in a burst.

use base::Instant;

use crate::Connection;
use crate::congestion::{CaState, Undo};

impl Connection {
    /// A reduction begins (RFC 9937 §6.2).
    pub(super) fn begin_reduction(&mut self) -> Undo {
        self.recovery.high = self.snd.nxt;
        self.recovery.probe = None;
        self.owe_reduced();
        let undo = self.congestion.reduce(self.recovery.state);
        let episode = self.recovery.episode();
        episode.prior_cwnd = undo.cwnd;
        episode.delivered = 0;
        episode.out = 0;
        undo
    }

    /// An ACK in a reduction delivered `delivered` segments and showed `lost` (RFC 9937 §6.2).
    pub(super) fn reduce_window(&mut self, now: Instant, delivered: u32, lost: u32, good: bool) {
        let in_flight = i64::from(self.in_flight());
        let ssthresh = i64::from(self.congestion.window.ssthresh);
        let Some(episode) = &mut self.recovery.episode else {
            return;
        };
        if delivered == 0 || episode.prior_cwnd == 0 {
            return;
        }
        episode.delivered = episode.delivered.saturating_add(delivered);
        let (all, out) = (i64::from(episode.delivered), i64::from(episode.out));
        let room = ssthresh - in_flight;
        let send = if room < 0 {
            let prior = i64::from(episode.prior_cwnd);
            // The proportion of the old window that the new one is, rounded up.
            (ssthresh * all + prior - 1) / prior - out
        } else {
            // The conservative bound, and the slow-start one while SND.UNA advances and nothing
            // more is lost.
            let safe = good && lost == 0;
            (all - out).max(i64::from(delivered)) + i64::from(safe)
        };
        let send = if room < 0 { send } else { send.min(room) };
        // The first retransmission goes at once.
        let send = send.max(i64::from(out == 0));
        let cwnd = u32::try_from(in_flight + send).unwrap_or(1).max(1);
        self.congestion.window.set(cwnd, now);
    }

    /// The reduction is over (RFC 9937 §6.3).
    pub(super) fn end_reduction(&mut self, now: Instant) {
        let undoable = self.recovery.marker().is_some();
        if self.recovery.state == CaState::Cwr || undoable {
            self.congestion.end_reduction(now);
        }
    }

    /// So many segments went out, new or again.
    pub(crate) fn count_sent(&mut self, count: u32) {
        if self.recovery.state.is_reducing()
            && let Some(episode) = &mut self.recovery.episode
        {
            episode.out = episode.out.saturating_add(count);
        }
    }
}
