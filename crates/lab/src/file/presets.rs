//! Links as they are found: `link = "wifi"`. Their numbers stand in `docs/lab.md`.

use base::Duration;
use fabric::{Channel, Correlation, Delay, Distribution, Limit, Loss, Rate};

/// Their names, for whoever misspells one.
pub(super) const NAMES: [&str; 6] = [
    "ethernet",
    "wifi",
    "4g",
    "dsl",
    "satellite",
    "intercontinental",
];

/// The two directions of a preset: from the first end of the cable, which is the customer's where
/// the two differ, and back to it.
pub(super) fn preset(name: &str) -> Option<[Channel; 2]> {
    Some(match name {
        "ethernet" => [ethernet(), ethernet()],
        "wifi" => [wifi(), wifi()],
        "4g" => [mobile(10, 300), mobile(30, 1000)],
        "dsl" => [dsl(10, 64), dsl(50, 256)],
        "satellite" => [satellite(5, 512), satellite(50, 4096)],
        "intercontinental" => [intercontinental(), intercontinental()],
        _ => return None,
    })
}

/// A cable in a building and the switch that it leads to.
fn ethernet() -> Channel {
    Channel {
        delay: Delay::constant(Duration::from_micros(20)),
        ..Channel::with_rate(Rate::gbit(1))
    }
}

/// 802.11 in the next room. The radio sends again what was lost: late, in order, seldom not at all.
fn wifi() -> Channel {
    Channel {
        delay: Delay {
            time: Duration::from_millis(3),
            jitter: Duration::from_millis(1),
            distribution: Distribution::Pareto,
            in_order: true,
        },
        loss: Loss::Random(0.001),
        correlation: Correlation {
            delay: 0.25,
            loss: 0.25,
            ..Correlation::NONE
        },
        queue: Limit::Packets(256),
        ..Channel::with_rate(Rate::mbit(100))
    }
}

/// LTE with a fair signal and the deep queue of its base station.
fn mobile(mbit: u64, packets: usize) -> Channel {
    Channel {
        delay: Delay {
            time: Duration::from_millis(25),
            jitter: Duration::from_millis(5),
            distribution: Distribution::ParetoNormal,
            in_order: true,
        },
        loss: Loss::Random(0.0005),
        correlation: Correlation {
            delay: 0.5,
            ..Correlation::NONE
        },
        queue: Limit::Packets(packets),
        ..Channel::with_rate(Rate::mbit(mbit))
    }
}

/// VDSL2, interleaved, with PPPoE's MTU.
fn dsl(mbit: u64, kib: usize) -> Channel {
    Channel {
        delay: Delay {
            jitter: Duration::from_micros(500),
            distribution: Distribution::Normal,
            in_order: true,
            ..Delay::constant(Duration::from_millis(8))
        },
        mtu: 1492,
        queue: Limit::Bytes(kib * 1024),
        ..Channel::with_rate(Rate::mbit(mbit))
    }
}

/// A satellite 35,786 km above: 240 ms of light and what the gateway takes.
fn satellite(mbit: u64, kib: usize) -> Channel {
    Channel {
        delay: Delay {
            jitter: Duration::from_millis(10),
            distribution: Distribution::Normal,
            in_order: true,
            ..Delay::constant(Duration::from_millis(290))
        },
        loss: Loss::Random(0.001),
        queue: Limit::Bytes(kib * 1024),
        ..Channel::with_rate(Rate::mbit(mbit))
    }
}

/// A path from Europe to the west coast of America.
fn intercontinental() -> Channel {
    Channel {
        delay: Delay {
            jitter: Duration::from_millis(1),
            distribution: Distribution::Pareto,
            in_order: true,
            ..Delay::constant(Duration::from_millis(75))
        },
        loss: Loss::Random(0.0001),
        queue: Limit::Bytes(8 << 20),
        ..Channel::with_rate(Rate::gbit(1))
    }
}
