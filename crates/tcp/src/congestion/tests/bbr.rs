//! BBR version 1, told by hand: where it begins, and what it makes of a policer.

use base::{Duration, Instant};
use wire::tcp::SeqNumber;

use crate::congestion::{Ack, CaState, Congestion, CongestionControl};

const MSS: u16 = 1000;

/// A path of so many packets a second, on which a sender is told of ten packets at a time.
struct Course {
    congestion: Congestion,
    now: Instant,
    rtt: Duration,
    /// Packets a second.
    rate: u64,
    /// Of every ten packets.
    lost: u32,
}

impl Course {
    fn new(rate: u64, rtt: u64) -> Self {
        let now = Instant::from_secs(10);
        let nxt = SeqNumber(u32::MAX - 5);
        let mut congestion = Congestion::new(CongestionControl::Bbr, 10, nxt, now);
        congestion.rate.delivered = u32::MAX - 100;
        Self {
            congestion,
            now,
            rtt: Duration::from_millis(rtt),
            rate,
            lost: 0,
        }
    }

    /// Ten packets more that were sent a round trip ago are delivered, or lost.
    fn ten(&mut self) -> &mut Self {
        let flight = self.congestion.window.cwnd.max(20);
        let stamp = self.congestion.rate.on_send(self.now, flight);
        self.now += Duration::from_nanos(10_000_000_000 / self.rate);
        if self.lost > 0 {
            self.congestion.on_lost(&stamp, self.lost);
        }
        let rate = &mut self.congestion.rate;
        let mut sample = rate.start();
        rate.on_delivered(&mut sample, &stamp, self.now, 10 - self.lost);
        rate.finish(&mut sample, self.now, true, Duration::ZERO);
        let full = (self.rate * self.rtt.as_millis() / 1000) as u32;
        let ack = Ack {
            now: self.now,
            delivered: 10 - self.lost,
            lost: self.lost,
            in_flight: full.min(flight),
            rtt: Some(self.rtt),
            srtt: self.rtt,
            state: CaState::Open,
            mss: MSS,
            rate: sample,
            ..Ack::default()
        };
        self.congestion.on_ack(&ack);
        self
    }

    fn pass(&mut self, time: u64) -> &mut Self {
        let end = self.now + Duration::from_millis(time);
        while self.now < end {
            self.ten();
        }
        self
    }

    fn pacing(&self) -> u64 {
        self.congestion.pacing_rate().unwrap_or(0)
    }
}

#[test]
fn it_begins_with_the_initial_window_in_a_round_trip_times_two_over_ln_two() {
    let mut course = Course::new(100, 100);
    course.ten();
    // 10 packets in 100 ms are 100,000 bytes a second; 289 %, less 1 %.
    assert!((285_900..=286_110).contains(&course.pacing()));
}

#[test]
fn a_policer_is_found_and_its_rate_kept() {
    let mut course = Course::new(10_000, 4);
    course.pass(1000);
    course.lost = 3;
    course.pass(2000);
    // Thirty in a hundred lost, at an even rate: 7,000 packets a second pass, and 1 % less is sent
    // whatever the cycle says. Each ACK ends a round trip here, and it is kept for 48 of
    // them: longer than any part of the cycle keeps its gain.
    let mut same = 0;
    for _ in 0..100 {
        let before = course.pacing();
        course.ten();
        same = if course.pacing() == before {
            same + 1
        } else {
            0
        };
        if same == 41 {
            break;
        }
    }
    assert_eq!((same, course.pacing() / 10_000), (41, 692));
}
