//! The congestion window, and how much of it is used.
//!
//! Counted in packets, as Linux does: what `tcpi_snd_cwnd` and `tcpi_snd_ssthresh` show.

use base::{Duration, Instant};
use wire::tcp::SeqNumber;

use super::CaState;

/// The slow-start threshold before anything was lost: as high as it goes, so that the path sets it
/// (RFC 5681 §3.1). Linux's TCP_INFINITE_SSTHRESH.
pub(crate) const INFINITE_SSTHRESH: u32 = 0x7fff_ffff;

/// The congestion window and what belongs to it whatever the algorithm.
#[derive(Clone, Debug)]
pub(crate) struct CongestionWindow {
    /// So many packets may be in flight; at least 1.
    pub(crate) cwnd: u32,
    /// Below it slow start, from it on congestion avoidance.
    pub(crate) ssthresh: u32,
    /// Packets acknowledged in congestion avoidance and not yet turned into a larger window.
    credit: u32,
    /// The most that was in flight since the window was last full (RFC 2861's W_used).
    used: u32,
    /// When it was last full, or last judged not to be, in milliseconds.
    stamp: u32,
    /// The most that was in flight in this window of data …
    most_out: u32,
    /// … which ends here.
    usage_end: SeqNumber,
    /// Whether the window held the sender back in this window of data.
    limited: bool,
}

impl CongestionWindow {
    /// Of `initial` packets (RFC 6928), at the number that is sent next.
    pub(crate) fn new(initial: u32, nxt: SeqNumber, now: Instant) -> Self {
        Self {
            cwnd: initial.max(1),
            ssthresh: INFINITE_SSTHRESH,
            credit: 0,
            used: 0,
            stamp: millis(now),
            most_out: 0,
            usage_end: nxt,
            limited: false,
        }
    }

    /// Slow start (RFC 5681 §3.1).
    pub(crate) const fn in_slow_start(&self) -> bool {
        self.cwnd < self.ssthresh
    }

    /// Slow start: raises the window by what was acknowledged, up to the threshold; what is left.
    ///
    /// By all of it, and not by two segments at most: where segments are joined on their way, one
    /// ACK stands for many (RFC 9438 §4.2, RFC 3465 §2.2 with Linux's limit, which is none).
    pub(crate) fn slow_start(&mut self, acked: u32) -> u32 {
        let step = acked.min(self.ssthresh.saturating_sub(self.cwnd));
        self.cwnd += step;
        acked - step
    }

    /// Congestion avoidance: one packet more for every `per` that are acknowledged.
    pub(crate) fn additive_increase(&mut self, per: u32, acked: u32) {
        let per = per.max(1);
        // Credit from times of a larger `per` is worth one packet and no more.
        if self.credit >= per {
            self.credit = 0;
            self.cwnd = self.cwnd.saturating_add(1);
        }
        self.credit = self.credit.saturating_add(acked);
        self.cwnd = self.cwnd.saturating_add(self.credit / per);
        self.credit %= per;
    }

    /// The window is `cwnd`, by decision and not by growth.
    pub(crate) fn set(&mut self, cwnd: u32, now: Instant) {
        self.cwnd = cwnd.max(1);
        self.stamp = millis(now);
    }

    /// Forgets what was acknowledged towards the next packet: the window was reduced.
    pub(crate) fn forget_credit(&mut self) {
        self.credit = 0;
    }

    /// Half as much again or twice what the window makes of a round trip, in bytes a second: the
    /// rate at which Linux paces where the algorithm does not say, and by which it sizes bursts
    /// (`tcp_pacing_ss_ratio` and `tcp_pacing_ca_ratio`, in percent). 0 before the first round-trip
    /// time.
    pub(crate) fn usual_rate(&self, mss: u16, srtt: Duration, ratios: [u16; 2]) -> u64 {
        let [slow_start, avoidance] = ratios.map(u64::from);
        let percent = if self.cwnd < self.ssthresh / 2 {
            slow_start
        } else {
            avoidance
        };
        let bytes = u64::from(self.cwnd) * u64::from(mss) * percent;
        bytes
            .saturating_mul(10_000)
            .checked_div(srtt.as_micros())
            .unwrap_or(0)
    }

    /// The threshold that a window this large has shown the path to bear (Linux's
    /// `tcp_current_ssthresh`): a pause is no congestion, so what was learnt stays.
    pub(crate) fn current_ssthresh(&self, state: CaState) -> u32 {
        if state.is_reducing() {
            self.ssthresh
        } else {
            self.ssthresh.max((self.cwnd >> 1) + (self.cwnd >> 2))
        }
    }

    /// Whether the window is what holds the sender back: only then do acknowledgments show that the
    /// path bears a larger one (RFC 7661 §4). In slow start a half-used window counts, so that it
    /// grows to twice what was sent.
    pub(crate) const fn is_limited(&self) -> bool {
        self.limited || (self.in_slow_start() && self.cwnd < self.most_out.saturating_mul(2))
    }

    /// Something was sent, or the window did not let it: `out` packets are unacknowledged, and
    /// `full` says whether the window is used up. `restarts` is `tcp_slow_start_after_idle`, and
    /// off for an algorithm that sets its window by itself.
    pub(crate) fn on_sent(&mut self, sent: &Sent, restarts: bool) {
        if sent.una.after_eq(self.usage_end)
            || sent.full
            || (!self.limited && sent.out > self.most_out)
        {
            self.limited = sent.full;
            self.most_out = sent.out;
            self.usage_end = sent.nxt;
        }
        if self.is_limited() {
            self.used = 0;
            self.stamp = millis(sent.now);
            return;
        }
        self.used = self.used.max(sent.out);
        let since = millis(sent.now).wrapping_sub(self.stamp);
        if restarts && u64::from(since) >= sent.rto.as_millis() {
            self.decay(sent);
        }
    }

    /// The program uses less than the window: it comes half-way down (RFC 2861 §3.2).
    fn decay(&mut self, sent: &Sent) {
        if sent.state == CaState::Open && !sent.writer_waits {
            let used = self.used.max(sent.initial);
            if used < self.cwnd {
                self.ssthresh = self.current_ssthresh(sent.state);
                self.cwnd = (self.cwnd + used) >> 1;
            }
            self.used = 0;
        }
        self.stamp = millis(sent.now);
    }

    /// Nothing was sent for `idle`, which is more than a time-out: the window halves once for each
    /// time-out, down to the restart window (RFC 2861 §3.1, RFC 5681 §4.1).
    pub(crate) fn restart(
        &mut self,
        now: Instant,
        idle: Duration,
        rto: Duration,
        initial: u32,
        state: CaState,
    ) {
        self.ssthresh = self.current_ssthresh(state);
        let least = initial.min(self.cwnd);
        let rto = rto.as_millis().max(1);
        let mut left = idle.as_millis();
        while left > rto && self.cwnd > least {
            left -= rto;
            self.cwnd >>= 1;
        }
        self.cwnd = self.cwnd.max(least).max(1);
        self.stamp = millis(now);
        self.used = 0;
    }
}

/// What [`CongestionWindow::on_sent`] has to know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    /// When.
    pub(crate) now: Instant,
    /// SND.UNA.
    pub(crate) una: SeqNumber,
    /// SND.NXT, behind what was sent.
    pub(crate) nxt: SeqNumber,
    /// Packets sent and not acknowledged, whatever became of them (Linux's `packets_out`).
    pub(crate) out: u32,
    /// Whether no further packet fits into the window.
    pub(crate) full: bool,
    /// The retransmission time-out.
    pub(crate) rto: Duration,
    /// Where recovery stands.
    pub(crate) state: CaState,
    /// The initial window, in packets.
    pub(crate) initial: u32,
    /// Whether the program waits for room in the send buffer: then it is not what holds back.
    pub(crate) writer_waits: bool,
}

/// A moment as the stamp keeps it; wraps after 49 days, and only differences count.
fn millis(at: Instant) -> u32 {
    at.as_millis() as u32
}
