//! How the receive buffer finds its size (`tcp_moderate_rcvbuf`): dynamic right-sizing.
//!
//! What the program takes in one round trip is what the path delivers in one. The window has to be
//! twice that for the losses to be repaired without a pause, and twice again while the sender still
//! doubles its rate with every round trip.

use base::{Duration, Instant};
use wire::tcp::SeqNumber;

use super::Rcv;

/// What is measured. Times are in microseconds and wrap after more than an hour, which makes one
/// measurement late.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tuning {
    /// The round-trip time as a receiver sees it, smoothed; 0 before the first measurement.
    rtt: u32,
    /// A round trip, for want of timestamps: from when a window was offered …
    from: u32,
    /// … until it is used up.
    until: SeqNumber,
    /// TSecr of the last segment that measured one.
    echo: u32,
    /// What the program took in the best round trip so far, in bytes.
    taken: u32,
    /// The number of the first byte that it takes in this one …
    start: SeqNumber,
    /// … and when that began.
    since: u32,
}

fn micros(now: Instant) -> u32 {
    now.as_micros() as u32
}

impl Tuning {
    pub(super) fn begin(&mut self, start: SeqNumber, usual: u32) {
        self.start = start;
        self.taken = usual;
    }

    /// The receiver's round-trip time; zero if it is not known.
    pub(crate) fn rtt(&self) -> Duration {
        Duration::from_micros(self.rtt.into())
    }

    /// Bytes that the program takes in a round trip.
    pub(crate) const fn taken(&self) -> u32 {
        self.taken
    }

    /// A segment came `age` after what it echoes was sent.
    pub(crate) fn on_echo(&mut self, echo: u32, age: Duration) {
        if echo == self.echo {
            return;
        }
        self.echo = echo;
        // The clock has a grain of a millisecond.
        let sample = u32::try_from(age.as_micros()).unwrap_or(u32::MAX).max(1000);
        self.rtt = match self.rtt {
            0 => sample,
            rtt => rtt - rtt / 8 + sample / 8,
        };
    }

    /// Data came, the next expected is `nxt`, and `window` may follow: a window that is used up took
    /// a round trip, and more if the sender had nothing to say.
    pub(crate) fn on_window(&mut self, now: Instant, nxt: SeqNumber, window: u32) {
        let now = micros(now);
        if self.from != 0 {
            if nxt.before(self.until) {
                return;
            }
            let sample = now.wrapping_sub(self.from).max(1);
            if self.rtt == 0 || sample < self.rtt {
                self.rtt = sample;
            }
        }
        self.until = nxt + window;
        self.from = now.max(1);
    }

    /// The program has read up to `read`. What it took in a round trip, and in the best one before,
    /// if that has just ended with more than ever.
    fn on_read(&mut self, now: Instant, read: SeqNumber) -> Option<(u32, u32)> {
        let now = micros(now);
        if self.rtt == 0 || now.wrapping_sub(self.since) < self.rtt {
            return None;
        }
        let taken = read.since(self.start);
        (self.start, self.since) = (read, now);
        let before = self.taken;
        (taken > before).then(|| {
            self.taken = taken;
            (taken, before.max(1))
        })
    }
}

impl Rcv {
    /// Makes room for what the path brings, up to a receive buffer of `most` bytes; `moderate` is
    /// `tcp_moderate_rcvbuf` where the program did not choose a size. Room that was once made stays.
    pub(crate) fn tune(&mut self, now: Instant, moderate: bool, most: u32, clamp: Option<u32>) {
        let read = self.queue.start();
        let Some((taken, before)) = self.tuning.on_read(now, read) else {
            return;
        };
        if !moderate {
            return;
        }
        let window = u64::from(taken) * 2;
        let growth = window * u64::from(taken - before) / u64::from(before);
        let window = window + 2 * growth + u64::from(self.reach());
        let space = u32::try_from(window).unwrap_or(u32::MAX).min(most / 2);
        if space > self.space {
            self.space = space;
            self.clamp = clamp
                .unwrap_or(u32::MAX)
                .min(space)
                .min(self.scale.largest().0);
        }
    }
}
