//! Reno (RFC 5681), counted in bytes.

/// An algorithm of congestion control. All windows are in bytes; `mss` is that of the moment.
pub(crate) trait Controller {
    /// The congestion window.
    fn window(&self) -> u32;

    /// The slow-start threshold.
    fn threshold(&self) -> u32;

    /// `acked` new bytes were acknowledged while the window was what held the sender back.
    fn on_ack(&mut self, acked: u32, mss: u16);

    /// A loss was noticed by other segments' arrival, with `flight` bytes unacknowledged.
    fn on_loss(&mut self, flight: u32, mss: u16);

    /// What was lost then is repaired, with `flight` bytes unacknowledged.
    fn on_recovered(&mut self, flight: u32, mss: u16);

    /// A time-out, with `flight` bytes unacknowledged; `first` unless it follows another for the
    /// same data.
    fn on_timeout(&mut self, flight: u32, mss: u16, first: bool);

    /// Nothing was sent for longer than a time-out; `initial` is what a new connection starts with.
    fn on_idle(&mut self, initial: u32);
}

/// Slow start and congestion avoidance (RFC 5681 §3.1).
#[derive(Clone, Debug)]
pub(crate) struct Reno {
    cwnd: u32,
    ssthresh: u32,
    /// Acknowledged in congestion avoidance and not yet turned into a larger window.
    credit: u32,
}

impl Reno {
    /// With an initial window of so many bytes.
    pub(crate) const fn new(initial: u32) -> Self {
        Self {
            cwnd: initial,
            // As high as it goes, so that the path sets it (RFC 5681 §3.1).
            ssthresh: u32::MAX,
            credit: 0,
        }
    }
}

/// ssthresh = max(FlightSize / 2, 2 * SMSS) (RFC 5681 §3.1, equation 4).
fn halved(flight: u32, mss: u16) -> u32 {
    (flight / 2).max(2 * u32::from(mss))
}

impl Controller for Reno {
    fn window(&self) -> u32 {
        self.cwnd
    }

    fn threshold(&self) -> u32 {
        self.ssthresh
    }

    fn on_ack(&mut self, acked: u32, mss: u16) {
        let mut acked = acked;
        if self.cwnd < self.ssthresh {
            // By all that is acknowledged, and not by a segment at most: where segments are joined
            // on their way, one ACK stands for many (RFC 3465 §2.2, with Linux's limit, which is
            // none).
            let step = acked.min(self.ssthresh - self.cwnd);
            self.cwnd = self.cwnd.saturating_add(step);
            acked -= step;
        }
        // By a segment for every window acknowledged (RFC 5681 §3.1).
        self.credit = self.credit.saturating_add(acked);
        if self.credit >= self.cwnd {
            self.credit -= self.cwnd;
            self.cwnd = self.cwnd.saturating_add(u32::from(mss));
        }
    }

    fn on_loss(&mut self, flight: u32, mss: u16) {
        self.ssthresh = halved(flight, mss);
        self.cwnd = self.ssthresh;
        self.credit = 0;
    }

    fn on_recovered(&mut self, flight: u32, mss: u16) {
        // RFC 6582 §3.2, step 3, the first of its two ways, which sends no burst.
        let mss = u32::from(mss);
        self.cwnd = self.ssthresh.min(flight.max(mss) + mss);
    }

    fn on_timeout(&mut self, flight: u32, mss: u16, first: bool) {
        // A second time-out says nothing new of the path (RFC 5681 §3.1).
        if first {
            self.ssthresh = halved(flight, mss);
        }
        self.cwnd = u32::from(mss);
        self.credit = 0;
    }

    fn on_idle(&mut self, initial: u32) {
        // The restart window (RFC 5681 §4.1).
        self.cwnd = self.cwnd.min(initial);
    }
}
