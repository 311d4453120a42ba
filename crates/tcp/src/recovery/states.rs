//! The states of loss recovery, and what leads from one to the next.
//!
//! ```text
//!          something is out of order         something is lost
//!   Open ────────────────────────► Disorder ─────────────────► Recovery
//!    ▲ ▲         ECN echo │                                       │
//!    │ └───────────── Cwr ◄┘      a time-out: Loss, from anywhere  │
//!    └── everything that was in flight then is acknowledged ◄──────┘
//! ```

use base::Instant;

use super::ack::{News, Shows};
use super::{Again, Notes};
use crate::congestion::CaState;
use crate::{Connection, Settings};

impl Connection {
    /// Not all is as it should be: takes what the ACK shows to the state machine. `duplicates` is 1
    /// for a duplicate ACK.
    pub(super) fn alert(
        &mut self,
        now: Instant,
        settings: &Settings,
        news: &mut News,
        duplicates: u32,
    ) {
        if self.recovery.queue.out == 0 {
            self.recovery.queue.sacked = 0;
        }
        let echo = news.shows(Shows::ECHO);
        if echo && let Some(episode) = &mut self.recovery.episode {
            // What the network says of congestion is not to be undone.
            episode.undo = None;
        }
        if self.is_reneging(now, news) {
            return;
        }
        if self.leave_state(now, news) {
            return;
        }
        self.recovery.again = Again::Nothing;
        match self.recovery.state {
            CaState::Recovery => {
                if !news.shows(Shows::ADVANCED) {
                    self.add_emulated(settings, duplicates);
                } else if self.try_undo_partial(now, settings, news) {
                    return;
                }
                if self.try_undo_duplicate(now) {
                    self.try_open(now, news);
                }
                self.find_losses(now, settings, news);
                if self.recovery.state != CaState::Recovery {
                    if self.recovery.queue.lost == 0 {
                        return;
                    }
                    // It was undone, and there is a loss all the same.
                    self.enter_recovery(echo);
                }
            }
            CaState::Loss => {
                self.in_loss(now, settings, news, duplicates);
                if self.recovery.state != CaState::Loss {
                    self.recovery.end_timeouts(now);
                }
                self.find_losses(now, settings, news);
                if self.recovery.state != CaState::Open && !news.shows(Shows::LOST_AGAIN) {
                    return;
                }
                if !self.open_or_recover(now, settings, news, duplicates) {
                    return;
                }
            }
            _ => {
                if !self.open_or_recover(now, settings, news, duplicates) {
                    return;
                }
            }
        }
        self.recovery.again = Again::Lost;
    }

    /// Open, Disorder or Cwr, or what a time-out has led back to: is something lost? Whether it
    /// recovers now.
    fn open_or_recover(
        &mut self,
        now: Instant,
        settings: &Settings,
        news: &mut News,
        duplicates: u32,
    ) -> bool {
        if !self.has_sack() {
            if news.shows(Shows::ADVANCED) {
                self.recovery.queue.sacked = 0;
            }
            self.add_emulated(settings, duplicates);
        }
        if self.recovery.state <= CaState::Disorder {
            self.try_undo_duplicate(now);
        }
        self.find_losses(now, settings, news);
        if self.recovery.queue.lost == 0 {
            self.try_open(now, news);
            return false;
        }
        if self.recovery.state < CaState::Cwr && self.lost_mtu_probe() {
            return true;
        }
        self.enter_recovery(news.shows(Shows::ECHO));
        true
    }

    /// Everything that was in flight when the state was entered may be acknowledged. Whether that
    /// is all for this ACK.
    fn leave_state(&mut self, now: Instant, news: &News) -> bool {
        let (una, high) = (self.snd.una, self.recovery.high);
        if self.recovery.state == CaState::Open {
            if let Some(episode) = &mut self.recovery.episode {
                episode.first_again = None;
            }
        } else if una.after_eq(high) {
            match self.recovery.state {
                // Something above it, so that the peer has seen our CWR (RFC 3168 §6.1.2).
                CaState::Cwr if una != high => {
                    self.end_reduction(now);
                    self.enter(CaState::Open);
                }
                CaState::Recovery => {
                    if !self.has_sack() {
                        self.recovery.queue.sacked = 0;
                    }
                    if self.try_undo_recovery(now, news) {
                        return true;
                    }
                    self.end_reduction(now);
                }
                _ => {}
            }
        }
        false
    }

    /// Looks for what is lost.
    fn find_losses(&mut self, now: Instant, settings: &Settings, news: &mut News) {
        if self.recovery.queue.is_empty() {
            return;
        }
        if !self.has_sack() {
            return self.newreno_mark_lost(news.shows(Shows::ADVANCED));
        }
        let before = self.recovery.queue.retrans;
        if self.rack_mark_lost(now, settings) {
            news.shows -= Shows::TIMER;
        }
        if before > self.recovery.queue.retrans {
            news.shows |= Shows::LOST_AGAIN;
        }
    }

    /// Something is lost: fast recovery (RFC 5681 §3.2, RFC 6675 §5). `echo`: as a congestion mark
    /// says too, so that it is not to be undone.
    pub(super) fn enter_recovery(&mut self, echo: bool) {
        self.begin_undoable();
        self.recovery.episode().undo = None;
        if !self.recovery.state.is_reducing() {
            let undo = self.begin_reduction();
            self.recovery.episode().undo = (!echo).then_some(undo);
        }
        self.enter(CaState::Recovery);
    }

    /// Congestion, but nothing is lost (RFC 3168 §6.1.2).
    fn enter_cwr(&mut self) {
        if self.recovery.state < CaState::Cwr {
            let episode = self.recovery.episode();
            episode.marker = None;
            episode.undo = None;
            self.begin_reduction();
            self.enter(CaState::Cwr);
        }
    }

    /// Nothing is lost: back to Open, if nothing is out of order either.
    fn try_open(&mut self, now: Instant, news: &News) {
        self.recovery.settle_first_again();
        if news.shows(Shows::ECHO) {
            self.enter_cwr();
        }
        if self.recovery.state != CaState::Cwr {
            self.keep_open();
        }
        let _ = now;
    }

    /// Open, or Disorder while something is out of order or was sent again.
    pub(super) fn keep_open(&mut self) {
        let queue = &self.recovery.queue;
        let state = if queue.left() > 0 || queue.front_was_sent_again() {
            CaState::Disorder
        } else {
            CaState::Open
        };
        if self.recovery.state != state {
            self.enter(state);
            self.recovery.high = self.snd.nxt;
        }
    }

    /// The peer has forgotten what it said to hold (RFC 2018 §8): before everything is sent again,
    /// it gets a moment in which it may acknowledge it after all.
    fn is_reneging(&mut self, now: Instant, news: &mut News) -> bool {
        if !(news.shows(Shows::RENEGED) && news.shows(Shows::ADVANCED)) {
            return false;
        }
        self.wait_for_reneged(now);
        news.shows -= Shows::TIMER;
        true
    }

    /// Open again, with nothing left of a time-out.
    pub(super) fn reopen(&mut self) {
        self.enter(CaState::Open);
        self.recovery.notes -= Notes::RENEGED;
    }
}
