//! How fast data is delivered (draft-ietf-ccwg-bbr §4.1, the delivery-rate estimation).
//!
//! Every packet that is sent carries a [`Stamp`] of how much had been delivered when it left. When
//! it is delivered itself, what was delivered since, over the time that took, is a sample of the
//! rate. The calls, in this order:
//!
//! 1. [`Rate::on_send`] for each segment that goes, new or again; its [`Stamp`] is kept beside it.
//! 2. [`Rate::start`] when an ACK comes, which gives an empty [`RateSample`].
//! 3. [`Rate::on_delivered`] for each segment that it acknowledges or selectively acknowledges for
//!    the first time.
//! 4. [`Rate::on_lost`] for what it shows lost, by count.
//! 5. [`Rate::finish`], and the sample goes into [`Ack::rate`](super::Ack).
//!
//! Counts are packets and wrap; times are microseconds in 32 bits, which wrap after 71 minutes, so
//! that only differences mean anything.

use base::{Duration, Instant};

/// What a connection has delivered so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rate {
    /// Packets delivered, in all (`tcpi_delivered`; C.delivered).
    pub(crate) delivered: u32,
    /// Of them, those that arrived with a congestion mark (`tcpi_delivered_ce`).
    pub(crate) delivered_ce: u32,
    /// Packets taken for lost, in all (C.lost).
    pub(crate) lost: u32,
    /// Until this many are delivered, samples show what the program offers and not what the path
    /// takes (C.app_limited); 0: they show the path.
    app_limited: u32,
    /// When the packet was sent that was delivered last (C.first_send_time).
    first_sent: u32,
    /// When something was last delivered (C.delivered_time).
    delivered_at: u32,
    /// The last rate that counts: so many packets …
    rate_delivered: u32,
    /// … in so many microseconds (`tcpi_delivery_rate`).
    rate_interval: u32,
    /// Whether that was bounded by the program (`tcpi_delivery_rate_app_limited`).
    rate_app_limited: bool,
}

/// What a packet remembers of the moment it was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// P.delivered.
    pub(crate) delivered: u32,
    /// P.lost.
    pub(crate) lost: u32,
    /// Packets in flight, this one counted (P.tx_in_flight).
    pub(crate) in_flight: u32,
    /// P.first_send_time.
    first_sent: u32,
    /// P.delivered_time.
    delivered_at: u32,
    /// P.is_app_limited.
    pub(crate) app_limited: bool,
}

/// What one ACK tells of the rate (RS of the draft).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RateSample {
    /// Packets delivered between the sending of the packet that this sample rests on and now
    /// (RS.delivered).
    pub(crate) delivered: u32,
    /// The time that took, in microseconds; 0: there is no sample (RS.interval).
    pub(crate) interval: u32,
    /// How many were delivered when that packet was sent (RS.prior_delivered).
    pub(crate) prior_delivered: u32,
    /// In flight when it was sent (RS.tx_in_flight).
    pub(crate) in_flight: u32,
    /// Lost since it was sent (RS.lost).
    pub(crate) lost: u32,
    /// Whether the program's want of data bounds it (RS.is_app_limited).
    pub(crate) app_limited: bool,
    /// Whether any packet was delivered that has a stamp.
    pub(crate) has_packet: bool,
    /// Packets delivered in all, with this ACK (C.delivered).
    pub(crate) total: u32,
    /// When that packet was sent, in microseconds.
    sent: u32,
    /// P.lost of it.
    prior_lost: u32,
    /// P.first_send_time of it.
    first_sent: u32,
    /// P.delivered_time of it (RS.prior_time).
    prior_time: u32,
}

impl Rate {
    /// A packet goes out, with `in_flight` packets before it (§4.1.2.2 of the draft).
    pub(crate) fn on_send(&mut self, now: Instant, in_flight: u32) -> Stamp {
        if in_flight == 0 {
            self.first_sent = micros(now);
            self.delivered_at = micros(now);
        }
        Stamp {
            delivered: self.delivered,
            lost: self.lost,
            in_flight: in_flight.saturating_add(1),
            first_sent: self.first_sent,
            delivered_at: self.delivered_at,
            app_limited: self.app_limited != 0,
        }
    }

    /// The program has nothing more to send and the window is not full: what is in flight now
    /// shows no more than that (§4.1.2.4 of the draft).
    pub(crate) fn on_app_limited(&mut self, in_flight: u32) {
        self.app_limited = self.delivered.wrapping_add(in_flight).max(1);
    }

    /// An ACK begins.
    pub(crate) fn start(&self) -> RateSample {
        RateSample::default()
    }

    /// A segment of `packets`, sent at `sent` with `stamp`, is delivered for the first time.
    ///
    /// Of all that an ACK delivers, the one sent last counts; of those sent in the same
    /// microsecond, the one that is given last, so they are to come in sequence order
    /// (§4.1.2.3 of the draft).
    pub(crate) fn on_delivered(
        &mut self,
        sample: &mut RateSample,
        stamp: &Stamp,
        sent: Instant,
        packets: u32,
    ) {
        self.delivered = self.delivered.wrapping_add(packets);
        let sent = micros(sent);
        // Not sent before the one that has counted so far.
        if sample.has_packet && sent.wrapping_sub(sample.sent) as i32 <= -1 {
            return;
        }
        sample.has_packet = true;
        sample.sent = sent;
        sample.prior_delivered = stamp.delivered;
        sample.prior_lost = stamp.lost;
        sample.in_flight = stamp.in_flight;
        sample.app_limited = stamp.app_limited;
        sample.first_sent = stamp.first_sent;
        sample.prior_time = stamp.delivered_at;
        self.first_sent = sent;
    }

    /// `packets` are taken for lost.
    pub(crate) fn on_lost(&mut self, packets: u32) {
        self.lost = self.lost.wrapping_add(packets);
    }

    /// The ACK has been taken: what does it show? `delivered` says whether it delivered anything.
    pub(crate) fn finish(
        &mut self,
        sample: &mut RateSample,
        now: Instant,
        delivered: bool,
        min_rtt: Duration,
    ) {
        let past = self.delivered.wrapping_sub(self.app_limited) as i32 > 0;
        if self.app_limited != 0 && past {
            self.app_limited = 0;
        }
        if delivered {
            self.delivered_at = micros(now);
        }
        sample.total = self.delivered;
        if !sample.has_packet {
            return;
        }
        sample.delivered = self.delivered.wrapping_sub(sample.prior_delivered);
        sample.lost = self.lost.wrapping_sub(sample.prior_lost);
        // The slower of the two: ACKs may come compressed, and data may have been sent in bursts.
        let send = sample.sent.wrapping_sub(sample.first_sent);
        let ack = micros(now).wrapping_sub(sample.prior_time);
        let interval = send.max(ack);
        // Shorter than a round trip: an ACK of something that was sent again and had arrived.
        if interval == 0 || u64::from(interval) < min_rtt.as_micros() {
            return;
        }
        sample.interval = interval;
        let faster = u64::from(sample.delivered) * u64::from(self.rate_interval)
            >= u64::from(self.rate_delivered) * u64::from(interval);
        if !sample.app_limited || faster {
            self.rate_delivered = sample.delivered;
            self.rate_interval = interval;
            self.rate_app_limited = sample.app_limited;
        }
    }

    /// The rate last measured, in bytes a second, and whether the program bounded it; none before
    /// the first.
    pub(crate) fn delivery_rate(&self, mss: u16) -> Option<(u64, bool)> {
        let bytes = u64::from(self.rate_delivered) * u64::from(mss);
        let rate = (bytes * 1_000_000).checked_div(u64::from(self.rate_interval))?;
        Some((rate, self.rate_app_limited))
    }
}

/// A moment as stamps keep it.
fn micros(at: Instant) -> u32 {
    at.as_micros() as u32
}
