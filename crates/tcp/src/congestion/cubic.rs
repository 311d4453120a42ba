//! CUBIC (RFC 9438), in the integers of Linux, so that the windows are the same packet for packet.
//!
//! The window follows a cubic of the time since the last reduction, which rises steeply, flattens
//! where something was lost before, and then looks further:
//!
//! ```text
//!  W │                         ╱      W(t) = C (t - K)^3 + W_max
//!    │                       ╱        K = cubic root of (W_max - W(0)) / C
//!    │  W_max   ____-----‾‾‾          C = 0.4, W(0) = 0.7 W_max
//!    │       ╱
//!    │     ╱
//!    └───────────┼──────────── t
//!               K
//! ```
//!
//! Time is counted in milliseconds, as a kernel with 1000 ticks a second does, and inside the cubic
//! in 1024ths of a second.

use alloc::boxed::Box;

use base::{Duration, Instant};

use super::hystart::HyStart;
use super::{Ack, Algorithm, CaState, CongestionWindow, Event};

/// β_cubic, 0.7, in 1024ths (RFC 9438 §4.6).
const BETA: u32 = 717;
/// One, in the same.
const BETA_ONE: u32 = 1024;
/// C / 2^10 seconds^3, in 2^-40: 0.4 (RFC 9438 §5).
const C: u64 = 410;
/// The inverse of it.
const PER_C: u64 = (1 << 40) / C;
/// Eight times the packets for one more packet of the Reno-friendly window, per packet of the
/// window: 8 (1 + β) / 3 (1 - β), which is 1 / α_cubic (RFC 9438 §4.3).
const RENO_SCALE: u32 = 8 * (BETA_ONE + BETA) / 3 / (BETA_ONE - BETA);
/// The target is not computed more often than this while the window stays.
const RECOMPUTE: u32 = 1000 / 32;
/// HyStart: a burst of so many bytes may leave late, …
const SLACK_BYTES: u64 = 4 * 65_536;
/// … but by no more than this.
const MOST_SLACK: Duration = Duration::from_millis(1);

/// The rate that the window stands for, with the usual `tcp_pacing_ss_ratio` and `…_ca_ratio`.
const USUAL_RATIOS: [u16; 2] = [200, 120];

/// CUBIC's state. What an idle connection or one that never filled its window needs of it is one
/// round-trip time.
#[derive(Clone, Debug, Default)]
pub(super) struct Cubic {
    /// The shortest round-trip time since the last time-out, in microseconds; 0: none yet.
    delay_min: u32,
    /// Once the window holds the sender back, or was reduced.
    course: Option<Box<Course>>,
}

/// The course of a window.
#[derive(Clone, Debug, Default)]
struct Course {
    /// Packets that must be acknowledged for one more of window.
    count: u32,
    /// The window before the last reduction (W_max); 0: there was none.
    last_max: u32,
    /// The window when the target was last computed …
    last_cwnd: u32,
    /// … and when that was.
    last_time: u32,
    /// The plateau of the cubic, in packets.
    origin: u32,
    /// K, in 1024ths of a second.
    k: u32,
    /// When the cubic began; none outside congestion avoidance.
    epoch: Option<u32>,
    /// Packets acknowledged since the Reno-friendly window last grew.
    acked: u32,
    /// The window that Reno would have (W_est, RFC 9438 §4.3).
    reno: u32,
    /// The watch over slow start, from the first round trip that fills the low window.
    hystart: Option<HyStart>,
}

impl Cubic {
    /// What the ACK measured: the shortest round-trip time, and whether slow start should end.
    fn measure(&mut self, window: &mut CongestionWindow, ack: &Ack, rtt: Duration) {
        // The queue that a loss has left is no measure of the path.
        let epoch = self.course.as_ref().and_then(|course| course.epoch);
        if epoch.is_some_and(|epoch| since(ack.now, epoch) < 1000) {
            return;
        }
        let delay = u32::try_from(rtt.as_micros()).unwrap_or(u32::MAX).max(1);
        if self.delay_min == 0 || delay < self.delay_min {
            self.delay_min = delay;
        }
        if !window.in_slow_start() {
            return;
        }
        let least = self.least();
        let hystart = self
            .course
            .get_or_insert_default()
            .hystart
            .get_or_insert_with(|| HyStart::new(ack.now, ack.nxt));
        let slack = slack(window, ack);
        if hystart.on_ack(window, ack, rtt, least, slack, ack.paced) {
            window.ssthresh = window.cwnd;
        }
    }

    fn least(&self) -> Duration {
        Duration::from_micros(u64::from(self.delay_min))
    }
}

impl Algorithm for Cubic {
    /// β of the window; and where it did not even reach the last maximum, that is lowered further,
    /// so that newcomers find room (fast convergence, RFC 9438 §4.7).
    fn ssthresh(&mut self, window: &CongestionWindow) -> u32 {
        let course = self.course.get_or_insert_default();
        course.epoch = None;
        course.last_max = if window.cwnd < course.last_max {
            scaled(window.cwnd, BETA_ONE + BETA, 2 * BETA_ONE)
        } else {
            window.cwnd
        };
        scaled(window.cwnd, BETA, BETA_ONE).max(2)
    }

    fn on_ack(&mut self, window: &mut CongestionWindow, ack: &Ack) {
        if let Some(rtt) = ack.rtt {
            self.measure(window, ack, rtt);
        }
        if ack.state.is_reducing() || !ack.may_raise || !window.is_limited() {
            return;
        }
        let mut acked = ack.delivered;
        if window.in_slow_start() {
            acked = window.slow_start(acked);
        }
        if acked > 0 {
            let delay_min = self.delay_min;
            let course = self.course.get_or_insert_default();
            course.update(ack.now, window.cwnd, acked, delay_min);
            window.additive_increase(course.count, acked);
        }
    }

    fn on_state(&mut self, _window: &mut CongestionWindow, state: CaState) {
        if state == CaState::Loss {
            // The path may be another (RFC 9438 §4.8): all is felt for anew.
            *self = Self::default();
        }
    }

    fn on_event(&mut self, _window: &mut CongestionWindow, event: Event, now: Instant) {
        let Event::TransmitStart { idle } = event else {
            return;
        };
        // The cubic does not run on while nothing is sent (RFC 9438 §5.8).
        if let Some(course) = self.course.as_deref_mut()
            && let Some(epoch) = course.epoch
        {
            let now = millis(now);
            let later = epoch.wrapping_add(idle.as_millis() as u32);
            let ahead = now.wrapping_sub(later) as i32 <= -1;
            course.epoch = Some(if ahead { now } else { later });
        }
    }
}

impl Course {
    /// How many packets must be acknowledged for the next one of window (RFC 9438 §4.2 to §4.5).
    fn update(&mut self, now: Instant, cwnd: u32, acked: u32, delay_min: u32) {
        self.acked = self.acked.saturating_add(acked);
        let tick = millis(now);
        if self.last_cwnd == cwnd && since(now, self.last_time) <= RECOMPUTE {
            return;
        }
        if self.epoch.is_none() || tick != self.last_time {
            self.last_cwnd = cwnd;
            self.last_time = tick;
            self.follow(tick, cwnd, acked, delay_min);
        }
        self.befriend(cwnd);
        // At most half a packet for each, so that the window grows by half a round trip.
        self.count = self.count.max(2);
    }

    /// The cubic.
    fn follow(&mut self, tick: u32, cwnd: u32, acked: u32, delay_min: u32) {
        let epoch = match self.epoch {
            Some(epoch) => epoch,
            None => {
                self.acked = acked;
                self.reno = cwnd;
                self.origin = self.last_max.max(cwnd);
                let below = u64::from(self.last_max.saturating_sub(cwnd));
                self.k = cubic_root(PER_C * below);
                *self.epoch.insert(tick)
            }
        };
        let elapsed = u64::from(tick.wrapping_sub(epoch));
        // One round trip ahead: what is sent now is acknowledged then.
        let ahead = elapsed + u64::from(delay_min.div_ceil(1000));
        let t = (ahead << 10) / 1000;
        let distance = t.abs_diff(u64::from(self.k));
        let cube = (u128::from(C) * u128::from(distance).pow(3)) >> 40;
        let delta = u32::try_from(cube).unwrap_or(u32::MAX);
        let target = if t < u64::from(self.k) {
            self.origin.saturating_sub(delta)
        } else {
            self.origin.saturating_add(delta)
        };
        self.count = if target > cwnd {
            cwnd / (target - cwnd)
        } else {
            cwnd.saturating_mul(100)
        };
        // Before any loss there is no plateau to keep to: at least 5 % a round trip.
        if self.last_max == 0 {
            self.count = self.count.min(20);
        }
    }

    /// Not slower than Reno would be (RFC 9438 §4.3).
    fn befriend(&mut self, cwnd: u32) {
        let per = (u64::from(cwnd) * u64::from(RENO_SCALE)) >> 3;
        let per = u32::try_from(per).unwrap_or(u32::MAX).max(1);
        if self.acked > per {
            // What reaches `per` exactly waits for more.
            let steps = (self.acked - 1) / per;
            self.acked -= steps * per;
            self.reno = self.reno.saturating_add(steps);
        }
        if self.reno > cwnd {
            self.count = self.count.min(cwnd / (self.reno - cwnd));
        }
    }
}

/// How much later than the path is long ACKs may come because data leaves in bursts.
fn slack(window: &CongestionWindow, ack: &Ack) -> Duration {
    let rate = window.usual_rate(ack.mss, ack.srtt, USUAL_RATIOS);
    let nanos = (SLACK_BYTES * 1_000_000_000).checked_div(rate);
    nanos.map_or(Duration::ZERO, |nanos| {
        Duration::from_nanos(nanos).min(MOST_SLACK)
    })
}

fn scaled(value: u32, by: u32, of: u32) -> u32 {
    let scaled = u64::from(value) * u64::from(by) / u64::from(of);
    u32::try_from(scaled).unwrap_or(u32::MAX)
}

/// The largest number whose cube is not more than `a`.
fn cubic_root(a: u64) -> u32 {
    let mut root = 0_u64;
    for bit in (0..22).rev() {
        let larger = root | (1 << bit);
        if larger.checked_pow(3).is_some_and(|cube| cube <= a) {
            root = larger;
        }
    }
    root as u32
}

/// A moment in ticks; wraps after 49 days, and only differences count.
fn millis(at: Instant) -> u32 {
    at.as_millis() as u32
}

/// Ticks since an earlier one.
fn since(now: Instant, earlier: u32) -> u32 {
    millis(now).wrapping_sub(earlier)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cubic_roots() {
        for root in [0, 1, 2, 41, 1023, 1024, 2_097_151_u64] {
            let cube = root.pow(3);
            assert_eq!(u64::from(cubic_root(cube)), root);
            assert_eq!(u64::from(cubic_root(cube + root)), root);
            assert_eq!(
                u64::from(cubic_root(cube.saturating_sub(1))),
                root.saturating_sub(1)
            );
        }
        assert_eq!(u64::from(cubic_root(u64::MAX)), 2_642_245);
    }

    #[test]
    fn constants_are_those_of_rfc_9438() {
        // α_cubic = 3 (1 - β) / (1 + β) = 9/17 (RFC 9438 §4.3), in eighths of its inverse.
        assert_eq!(RENO_SCALE, 15);
    }
}
