//! What the cable does.

use base::Duration;
use fabric::{Channel, Delay, Limit, Loss, Rate, Reorder};

/// One kind of path.
pub(super) struct Path {
    pub(super) name: &'static str,
    pub(super) says: &'static str,
    /// Round trip, in milliseconds.
    rtt: u64,
    /// The probability of a data frame to be lost.
    loss: f64,
    /// The probability of a frame to overtake.
    reorder: f64,
    /// The queue, in bandwidth-delay products of the path.
    buffer: f64,
}

/// Of every path, in Mbit/s.
const RATE: u64 = 100;

const CLEAN: Path = Path {
    name: "clean",
    says: "100 Mbit/s, 20 ms round trip, a queue of one bandwidth-delay product",
    rtt: 20,
    loss: 0.0,
    reorder: 0.0,
    buffer: 1.0,
};

/// Every path of the matrix.
pub(super) const PATHS: &[Path] = &[
    CLEAN,
    Path {
        name: "loss-1",
        says: "the same, one data frame in a hundred lost",
        loss: 0.01,
        ..CLEAN
    },
    Path {
        name: "loss-5",
        says: "the same, one data frame in twenty lost",
        loss: 0.05,
        ..CLEAN
    },
    Path {
        name: "reorder",
        says: "the same, one frame in fifty overtakes those on the way",
        reorder: 0.02,
        ..CLEAN
    },
    Path {
        name: "50-ms",
        says: "50 ms round trip",
        rtt: 50,
        ..CLEAN
    },
    Path {
        name: "buffer-3",
        says: "a queue of three bandwidth-delay products",
        buffer: 3.0,
        ..CLEAN
    },
    Path {
        name: "buffer-0.3",
        says: "a queue of three tenths of a bandwidth-delay product",
        buffer: 0.3,
        ..CLEAN
    },
];

impl Path {
    /// The way of the data, and the way back, which only takes its time.
    pub(super) fn channels(&self) -> [Channel; 2] {
        let rate = Rate::mbit(RATE);
        let product = RATE * 1_000_000 / 8 * self.rtt / 1000;
        let back = Channel {
            rate: Some(rate),
            delay: Delay::constant(Duration::from_micros(self.rtt * 1000 / 2)),
            queue: Limit::Packets(10_000),
            ..Channel::PERFECT
        };
        let there = Channel {
            loss: if self.loss > 0.0 {
                Loss::Random(self.loss)
            } else {
                Loss::None
            },
            reorder: Reorder::random(self.reorder),
            queue: Limit::Bytes((product as f64 * self.buffer) as usize),
            ..back.clone()
        };
        [there, back]
    }
}
