//! What is acknowledged for good, and the round-trip time that it shows.

use base::{Duration, Instant};

use super::ack::{News, Shows};
use super::segment::Fate;
use crate::receive::Segment;
use crate::{Connection, Settings};

/// When the first and the last were sent of what is acknowledged and was sent once.
type Times = Option<(Instant, Instant)>;

impl Connection {
    /// Takes off the queue what SND.UNA has passed.
    pub(super) fn take_cumulative(&mut self, now: Instant, settings: &Settings, news: &mut News) {
        let una = self.snd.una;
        let sack = self.has_sack();
        let mut low = self.snd.nxt;
        let mut times: Times = None;
        let mut count = 0;
        while let Some(record) = self.recovery.queue.pop_acknowledged(una) {
            if record.is(Fate::AGAIN) {
                news.shows |= Shows::AGAIN_ACKED;
            } else if !record.is(Fate::SACKED) {
                let first = times.map_or(record.at, |(first, _)| first);
                times = Some((first, record.at));
                low = low.min(record.start);
                if !record.end().after(self.recovery.high) {
                    news.shows |= Shows::ORIGINAL;
                }
            }
            news.shows |= Shows::ACKED;
            count += record.count;
            let rate = &mut self.congestion.rate;
            if record.is(Fate::SACKED) {
                continue;
            }
            news.bytes += record.data();
            let counted = if sack { record.count } else { 0 };
            rate.on_delivered(&mut news.sample, &record.stamp, record.at, counted);
            // The first copy's timestamp says that the second was not needed.
            let first_copy = record.is(Fate::AGAIN) && self.echo_before(news.echo, record.at);
            if sack && !first_copy {
                self.recovery.rack_advance(now, &record);
            }
        }
        if let Some(front) = self.recovery.queue.front()
            && front.is(Fate::SACKED)
        {
            news.shows |= Shows::RENEGED;
        }
        if news.shows(Shows::AGAIN_ACKED) {
            times = None;
        }
        self.note_delayed(news, count);
        let measured = self.measure(now, settings, news, times);
        if news.shows(Shows::ACKED) {
            news.shows |= Shows::TIMER;
            if sack {
                // A hole was filled by what was sent once: it was overtaken.
                if low.before(news.prior_highest) {
                    self.see_reordering(settings, low);
                }
            } else {
                self.remove_emulated(settings, count);
                // Which copy it was that arrived cannot be told.
                if news.shows(Shows::AGAIN_ACKED) {
                    news.shows -= Shows::ORIGINAL;
                }
            }
        } else if measured
            && let (Some(front), Some((first, _))) = (self.recovery.queue.front(), news.sacked_at)
            && first < front.at
        {
            // Not when what is measured was sent after the oldest: that would put off its time-out
            // for as long as anything arrives.
            news.shows |= Shows::TIMER;
        }
    }

    /// Notes whether the ACK may have waited for company: one small segment, alone on the path.
    fn note_delayed(&self, news: &mut News, count: u32) {
        let advanced = self.snd.una.since(news.prior_una);
        let alone = count == 1 && !news.prior_sacked && advanced < u32::from(self.snd.mss);
        let delivered = self.congestion.rate.delivered;
        let lone = news.sample.prior_delivered.wrapping_add(1) == delivered;
        if alone && lone && !news.shows(Shows::SACKED | Shows::ECHO | Shows::TWICE) {
            news.shows |= Shows::DELAYED;
        }
    }

    /// The round-trip time (RFC 6298 §3, RFC 7323 §4.1). Whether there is one.
    fn measure(
        &mut self,
        now: Instant,
        settings: &Settings,
        news: &mut News,
        times: Times,
    ) -> bool {
        let mut rtt = times.map(|(first, _)| now - first);
        let mut latest = times.map(|(_, last)| now - last);
        if let Some((first, last)) = news.sacked_at {
            rtt = rtt.or(Some(now - first));
            latest = Some(now - last);
        }
        if rtt.is_none() && news.shows(Shows::ACKED) {
            rtt = self.age_of(now, news.echo);
            latest = rtt;
        }
        news.rtt = latest;
        let (Some(rtt), Some(latest)) = (rtt, latest) else {
            return false;
        };
        // What may have waited for company is not the path's.
        let known = self.recovery.min_rtt.get();
        if !news.shows(Shows::DELAYED) || known.is_none_or(|least| latest <= least) {
            let window = settings.min_rtt_wlen;
            self.recovery.min_rtt.measure(latest, now, window);
        }
        let (una, nxt) = (self.snd.una, self.snd.nxt);
        self.rtt.sample(rtt, una, nxt, settings);
        self.recovery.backoff = 0;
        true
    }

    /// The peer's echo of our clock.
    pub(super) fn echo_of(&self, segment: &Segment) -> Option<u32> {
        let stamps = segment.timestamps?;
        (self.has_timestamps() && stamps.echo != 0).then_some(stamps.echo)
    }

    /// Whether `echo` is of before `at`.
    pub(super) fn echo_before(&self, echo: Option<u32>, at: Instant) -> bool {
        echo.is_some_and(|echo| (echo.wrapping_sub(self.stamps.clock(at)) as i32) < 0)
    }

    /// How long ago our clock said `echo`.
    fn age_of(&self, now: Instant, echo: Option<u32>) -> Option<Duration> {
        let age = self.stamps.clock(now).wrapping_sub(echo?);
        // Less than a tick is taken for one; what is half the circle away was never said.
        (age < 1 << 26).then(|| Duration::from_millis(u64::from(age.max(1))))
    }
}
