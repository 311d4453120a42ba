//! A reduction was for nothing: what was taken for lost had only been late (RFC 3522 and RFC 4015
//! by timestamps, RFC 3708 by duplicate SACK).

use base::Instant;
use wire::tcp::SeqNumber;

use super::Recovery;
use super::ack::News;
use super::rack::PERSIST;
use super::segment::Fate;
use crate::connection::Marks;
use crate::{Connection, Settings};

impl Recovery {
    /// A copy of what ends before `end` was not needed.
    pub(super) fn not_needed(&mut self, end: SeqNumber, count: u32) {
        if let Some(episode) = &mut self.episode
            && let (Some(marker), Some(unneeded)) = (episode.marker, &mut episode.unneeded)
            && end.after(marker)
        {
            *unneeded = unneeded.saturating_sub(count);
        }
    }

    /// So many segments were sent again at `now`.
    pub(super) fn count_again(&mut self, count: u32, now: Instant) {
        self.total = self.total.saturating_add(count);
        let episode = self.episode();
        episode.first_again.get_or_insert(now);
        let unneeded = episode.unneeded.unwrap_or(0);
        episode.unneeded = Some(unneeded.saturating_add(count));
    }
}

impl Connection {
    /// From here on the reduction may prove wrong.
    pub(super) fn begin_undoable(&mut self) {
        let una = self.snd.una;
        let recovery = &mut self.recovery;
        // Copies that are under way already may be told of later.
        let mut out = recovery.queue.retrans;
        if recovery.probe.is_some() && recovery.notes.contains(super::Notes::PROBE_AGAIN) {
            out += 1;
        }
        let episode = recovery.episode();
        episode.marker = Some(una);
        episode.unneeded = (out > 0).then_some(out);
    }

    /// Whether what was taken for lost has arrived, in its first copy.
    fn may_undo(&self, news: &News) -> bool {
        let Some(episode) = &self.recovery.episode else {
            return false;
        };
        episode.marker.is_some() && (episode.unneeded == Some(0) || self.was_delayed(news))
    }

    /// Whether the ACK answers something of before the first retransmission (RFC 3522 §3.2).
    fn was_delayed(&self, news: &News) -> bool {
        if let Some(first) = self.recovery.first_again() {
            return self.echo_before(news.echo, first);
        }
        // Nothing was sent again at all; but without SACK that is forgotten when all is acknowledged.
        self.has_sack() || self.snd.una.before(self.recovery.high)
    }

    /// Takes the reduction back; `unmark`: nothing is lost.
    fn undo_reduction(&mut self, now: Instant, unmark: bool) {
        if unmark {
            let lost = |record: &super::Record| record.is(Fate::LOST);
            let queue = &mut self.recovery.queue;
            queue.change_all(lost, |record| record.fate -= Fate::LOST);
        }
        if let Some(episode) = &mut self.recovery.episode {
            episode.marker = None;
            if let Some(undo) = &episode.undo {
                self.congestion.undo(undo, now);
                self.marks.remove(Marks::REDUCED);
            }
        }
        self.recovery.rack.advanced = true;
    }

    /// Everything of before recovery is acknowledged: was it for nothing? Whether the state has to
    /// be kept, see [`holds_state`](Self::holds_state).
    pub(super) fn try_undo_recovery(&mut self, now: Instant, news: &News) -> bool {
        if self.may_undo(news) {
            self.undo_reduction(now, false);
        } else {
            let persist = &mut self.recovery.rack.persist;
            *persist = persist.saturating_sub(1);
        }
        if self.holds_state() {
            return true;
        }
        self.reopen();
        false
    }

    /// All that was sent again has been shown to be superfluous.
    pub(super) fn try_undo_duplicate(&mut self, now: Instant) -> bool {
        let all = self.recovery.episode.as_ref();
        if !all.is_some_and(|e| e.marker.is_some() && e.unneeded == Some(0)) {
            return false;
        }
        let persist = &mut self.recovery.rack.persist;
        *persist = persist.saturating_add(1).min(PERSIST);
        self.undo_reduction(now, false);
        true
    }

    /// After a time-out: was it for nothing? `frto` says so already.
    pub(super) fn try_undo_loss(&mut self, now: Instant, news: &News, frto: bool) -> bool {
        if !frto && !self.may_undo(news) {
            return false;
        }
        self.undo_reduction(now, true);
        // RACK had let be what the time-out took for lost.
        self.recovery.queue.judge_anew();
        self.recovery.timeouts = 0;
        if self.holds_state() {
            return true;
        }
        if frto || self.has_sack() {
            self.reopen();
        }
        true
    }

    /// In recovery: was the part that is acknowledged now only late? Whether there is nothing more
    /// to do on this ACK.
    pub(super) fn try_undo_partial(
        &mut self,
        now: Instant,
        settings: &Settings,
        news: &News,
    ) -> bool {
        if self.recovery.marker().is_none() || !self.was_delayed(news) {
            return false;
        }
        self.see_reordering(settings, news.prior_una);
        // While copies are under way nothing more is taken for lost, and new data goes out.
        if self.recovery.queue.retrans > 0 {
            return true;
        }
        self.recovery.settle_first_again();
        self.undo_reduction(now, true);
        self.keep_open();
        false
    }

    /// Without SACK the state is kept until something *above* what was in flight is acknowledged,
    /// since duplicate ACKs of what was sent again look like a new loss (RFC 6582 §4).
    fn holds_state(&mut self) -> bool {
        if self.has_sack() || self.snd.una != self.recovery.high {
            return false;
        }
        self.recovery.settle_first_again();
        true
    }
}
