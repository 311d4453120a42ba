//! An ACK's way through loss recovery.

use base::{Duration, Instant};
use bitflags::bitflags;
use wire::tcp::{Flags, SeqNumber};

use super::Again;
use crate::congestion::{Ack, CaState, RateSample};
use crate::handshake::Ecn;
use crate::receive::Segment;
use crate::{Connection, Settings};

bitflags! {
    /// What an ACK has shown so far.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(super) struct Shows: u16 {
        /// SND.UNA advanced.
        const ADVANCED = 0x001;
        /// A whole segment was acknowledged for good.
        const ACKED = 0x002;
        /// Of that, something that was sent again.
        const AGAIN_ACKED = 0x004;
        /// Something was selectively acknowledged for the first time.
        const SACKED = 0x008;
        /// Something that was sent once, before the state was entered, was delivered.
        const ORIGINAL = 0x010;
        /// Something arrived twice (RFC 2883).
        const TWICE = 0x020;
        /// What arrived twice is the tail loss probe.
        const PROBE_TWICE = 0x040;
        /// It carries data or a FIN.
        const DATA = 0x080;
        /// It changes the window.
        const WINDOW = 0x100;
        /// It echoes a congestion mark.
        const ECHO = 0x200;
        /// What is acknowledged for good ends where something is that the peer said to hold.
        const RENEGED = 0x400;
        /// Something was lost that had been sent again.
        const LOST_AGAIN = 0x800;
        /// The timer starts anew.
        const TIMER = 0x1000;
        /// It may have waited for company (RFC 9293 §3.8.6.3).
        const DELAYED = 0x2000;
    }
}

/// What one ACK has shown so far, and how things stood before it.
#[derive(Debug)]
pub(super) struct News {
    pub(super) shows: Shows,
    /// SND.UNA before.
    pub(super) prior_una: SeqNumber,
    /// Behind the highest number selectively acknowledged before.
    pub(super) prior_highest: SeqNumber,
    /// Whether anything was selectively acknowledged before.
    pub(super) prior_sacked: bool,
    /// Delivered, in all, before.
    pub(super) prior_delivered: u32,
    /// Bytes newly delivered.
    pub(super) bytes: u32,
    /// The lowest number that was sent once and arrived after what lies higher.
    pub(super) low: SeqNumber,
    /// When the first and the last were sent of what was sent once and is selectively acknowledged.
    pub(super) sacked_at: Option<(Instant, Instant)>,
    pub(super) sample: RateSample,
    /// The round-trip time for congestion control.
    pub(super) rtt: Option<Duration>,
    /// TSecr, if the ACK carries it.
    pub(super) echo: Option<u32>,
}

impl News {
    pub(super) const fn shows(&self, shows: Shows) -> bool {
        self.shows.intersects(shows)
    }

    /// Whether it is none of what makes an ACK no duplicate (RFC 5681 §2).
    fn may_be_duplicate(&self) -> bool {
        !self.shows(Shows::DATA | Shows::WINDOW | Shows::ACKED)
    }
}

impl Connection {
    /// Takes the acknowledgment of `segment`: SND.UNA =< SEG.ACK =< SND.NXT, with SND.UNA moved on
    /// from `prior_una` already; or an older one, for what it says of SACK.
    ///
    /// `window` says that it changes the window.
    pub(crate) fn recover(
        &mut self,
        now: Instant,
        settings: &Settings,
        segment: &Segment,
        prior_una: SeqNumber,
        window: bool,
    ) {
        let prior_out = self.recovery.queue.out;
        let lost = self.congestion.rate.lost;
        let mut news = self.news_of(segment, prior_una, window);
        let old = segment.ack.before(prior_una);
        if old && segment.sack.is_empty() {
            return;
        }
        self.take_sacks(now, settings, segment, &mut news);
        if prior_out == 0 {
            if !old {
                self.hear_marks(segment, &mut news);
            }
            if news.shows(Shows::TWICE) {
                self.alert(now, settings, &mut news, 0);
            }
            self.judge_probe(now, segment.ack, &news);
            return;
        }
        self.take_cumulative(now, settings, &mut news);
        if !old {
            self.hear_marks(segment, &mut news);
        }
        let delivered = self.congestion.rate.delivered;
        let prior = news
            .sample
            .has_packet
            .then_some(news.sample.prior_delivered);
        self.recovery.rack_adapt(settings, prior, delivered);
        if !old {
            self.judge_probe(now, segment.ack, &news);
        }
        if self.is_dubious(&news) || old {
            let duplicate =
                !old && news.may_be_duplicate() && !news.shows(Shows::ADVANCED | Shows::TWICE);
            self.alert(now, settings, &mut news, u32::from(duplicate));
        }
        if news.shows(Shows::TIMER) {
            self.set_timer(now, settings);
        }
        if old {
            return;
        }
        self.control(now, settings, &mut news, lost);
    }

    fn news_of(&self, segment: &Segment, prior_una: SeqNumber, window: bool) -> News {
        let mut shows = Shows::empty();
        shows.set(Shows::ADVANCED, segment.ack.after(prior_una));
        shows.set(Shows::DATA, !segment.bare);
        shows.set(Shows::WINDOW, window);
        let echo = segment.flags.contains(Flags::ECE) && self.ecn == Ecn::Classic;
        shows.set(Shows::ECHO, echo);
        let queue = &self.recovery.queue;
        News {
            shows,
            prior_una,
            prior_highest: queue.highest(prior_una),
            prior_sacked: queue.sacked > 0,
            prior_delivered: self.congestion.rate.delivered,
            bytes: 0,
            low: self.snd.nxt,
            sacked_at: None,
            sample: self.congestion.rate.start(),
            rtt: None,
            echo: self.echo_of(segment),
        }
    }

    /// Accurate ECN: how many of our packets were marked (RFC 9768 §3.2.2). Only an ACK that makes
    /// progress is known to be newer than those before.
    fn hear_marks(&mut self, segment: &Segment, news: &mut News) {
        let Some(accurate) = &self.accurate else {
            return;
        };
        let newer = segment.newer && accurate.is_news(segment.flags);
        if !news.shows(Shows::ADVANCED | Shows::SACKED) && !newer {
            return;
        }
        let packets = self
            .congestion
            .rate
            .delivered
            .wrapping_sub(news.prior_delivered);
        if self.take_feedback(segment, (packets, news.bytes)) > 0 {
            news.shows |= Shows::ECHO;
        }
    }

    /// Whether the state machine has to look at it: nothing is as it should be.
    fn is_dubious(&self, news: &News) -> bool {
        news.may_be_duplicate()
            || news.shows(Shows::SACKED | Shows::ECHO | Shows::TWICE)
            || self.recovery.state != CaState::Open
    }

    /// The window follows.
    fn control(&mut self, now: Instant, settings: &Settings, news: &mut News, lost: u32) {
        let rate = &mut self.congestion.rate;
        let delivered = rate.delivered.wrapping_sub(news.prior_delivered);
        if news.shows(Shows::ECHO) && self.accurate.is_none() {
            rate.delivered_ce = rate.delivered_ce.wrapping_add(delivered);
        }
        let lost = rate.lost.wrapping_sub(lost);
        let min_rtt = self.recovery.min_rtt.get().unwrap_or(Duration::MAX);
        rate.finish(&mut news.sample, now, delivered > 0, min_rtt);
        let reducing = self.recovery.state.is_reducing();
        // Where segments overtake each other, anything new moves the window; else what is in order.
        let may_raise = if self.recovery.reordering > settings.reordering {
            news.shows(Shows::ACKED | Shows::SACKED)
        } else {
            news.shows(Shows::ACKED)
        };
        let ack = Ack {
            now,
            una: self.snd.una,
            nxt: self.snd.nxt,
            delivered,
            lost,
            in_flight: self.in_flight(),
            rtt: news.rtt,
            delayed: news.shows(Shows::DELAYED),
            srtt: self.rtt.srtt(),
            state: self.recovery.state,
            may_raise: may_raise && !reducing,
            ece: news.shows(Shows::ECHO),
            paced: self.pace(settings).is_some(),
            mss: self.snd.mss,
            rate: news.sample,
        };
        if reducing && !self.congestion.governs_itself() {
            self.reduce_window(now, delivered, lost, news.shows(Shows::ADVANCED));
        }
        self.congestion.on_ack(&ack);
    }

    /// After what an ACK or a timer has shown, what is lost is owed.
    pub(super) fn owe_lost(&mut self) {
        self.recovery.again = Again::Lost;
    }
}
