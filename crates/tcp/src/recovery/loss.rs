//! After a time-out, and whether it was spurious: F-RTO (RFC 5682).

use base::{Duration, Instant};

use super::ack::{News, Shows};
use super::segment::Fate;
use super::{Again, Notes};
use crate::congestion::CaState;
use crate::{Connection, Settings};

impl Connection {
    /// The time-out: what is in flight is taken for lost (RFC 5681 §3.1, RFC 6298 §5.4).
    pub(super) fn enter_loss(&mut self, now: Instant, settings: &Settings) {
        let state = self.recovery.state;
        let again = self.recovery.timeouts > 0;
        let fresh = state < CaState::Recovery;
        self.mark_timed_out(now);
        // Once for all that is lost in a window, however often it times out (RFC 5681 §3.1).
        let first = state <= CaState::Disorder
            || !self.recovery.high.after(self.snd.una)
            || (state == CaState::Loss && !again);
        let in_flight = self.in_flight();
        let undo = self.congestion.enter_loss(now, in_flight, first, state);
        if let Some(undo) = undo {
            self.begin_undoable();
            let episode = self.recovery.episode();
            episode.prior_cwnd = undo.cwnd;
            episode.undo = Some(undo);
        }
        // So many duplicates should have shown the loss: reordering was overrated.
        let usual = settings.reordering;
        if state <= CaState::Disorder && self.recovery.queue.sacked >= usual {
            self.recovery.reordering = self.recovery.reordering.min(usual);
        }
        self.enter(CaState::Loss);
        self.recovery.high = self.snd.nxt;
        self.recovery.probe = None;
        self.owe_reduced();
        // Not in the middle of another recovery (RFC 5682 §3.1, step 1).
        let frto = settings.frto > 0 && (fresh || again);
        self.recovery.notes.set(Notes::FRTO, frto);
        self.owe_lost();
    }

    /// Marks what the time-out speaks of.
    fn mark_timed_out(&mut self, now: Instant) {
        let Some(front) = self.recovery.queue.front() else {
            return;
        };
        let reneged = front.is(Fate::SACKED);
        if reneged {
            // What it selectively acknowledged it should have acknowledged: it has forgotten it
            // (RFC 2018 §8).
            self.recovery.notes |= Notes::RENEGED;
            let sacked = |record: &super::Record| record.is(Fate::SACKED);
            let queue = &mut self.recovery.queue;
            queue.change_all(sacked, |record| {
                record.fate -= Fate::SACKED;
                record.recount();
            });
            queue.judge_anew();
        } else if !self.has_sack() {
            self.recovery.queue.sacked = 0;
        }
        for index in 0..self.recovery.queue.len() {
            // What was sent a moment ago is not the time-out's (RFC 8985 §6.3).
            if index > 0 && !reneged && self.is_recent(now, index) {
                continue;
            }
            self.mark_lost(index);
        }
    }

    /// Whether the record at `index` is younger than a round trip.
    fn is_recent(&self, now: Instant, index: usize) -> bool {
        let record = self.recovery.queue.get(index);
        record.is_some_and(|record| self.recovery.rack.has_time(record, Duration::ZERO, now))
    }

    /// An ACK after a time-out (RFC 5682 §3.1).
    pub(super) fn in_loss(
        &mut self,
        now: Instant,
        settings: &Settings,
        news: &News,
        duplicates: u32,
    ) {
        let (una, nxt) = (self.snd.una, self.snd.nxt);
        let recovered = una.after_eq(self.recovery.high);
        let advanced = news.shows(Shows::ADVANCED);
        if advanced && self.try_undo_loss(now, news, false) {
            return;
        }
        if self.recovery.notes.contains(Notes::FRTO) {
            // Step 3b, and with SACK earlier: something that was sent only once has arrived, so not
            // everything was lost.
            if news.shows(Shows::ORIGINAL) && self.try_undo_loss(now, news, true) {
                return;
            }
            if nxt.after(self.recovery.high) {
                // Step 3a.
                if news.shows(Shows::SACKED) || duplicates > 0 {
                    self.recovery.notes -= Notes::FRTO;
                }
            } else if advanced && !recovered {
                self.recovery.high = nxt;
                // Step 2b: new data, if there is some and the peer takes it.
                if self.snd.has_fresh() && self.snd.window_room() > 0 {
                    self.recovery.again = Again::NewFirst;
                    return;
                }
                self.recovery.notes -= Notes::FRTO;
            }
        }
        if recovered {
            // Step 2a.
            self.try_undo_recovery(now, news);
            return;
        }
        if !self.has_sack() {
            // A duplicate ACK now is of the new data of step 2b.
            if self.snd.nxt.after(self.recovery.high) && duplicates > 0 {
                self.add_emulated(settings, duplicates);
            } else if advanced {
                self.recovery.queue.sacked = 0;
            }
        }
        self.recovery.again = Again::Lost;
    }

    /// Whether new data goes before what is lost. Once it has gone, nothing more goes until the next
    /// ACK; when there is none to go, what is lost does.
    pub(crate) fn is_new_first(&self) -> bool {
        self.recovery.again == Again::NewFirst
    }
}
