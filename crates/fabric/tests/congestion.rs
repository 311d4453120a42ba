//! Every algorithm of congestion control on paths of different loss, delay, rate and buffer, and
//! beside others: whole connections between two hosts.
//!
//! The tables are checked in: a change of behaviour is a change of a number, and is seen.

mod world;

use std::fmt::Write as _;

use base::Duration;
use fabric::{Channel, Delay, Limit, Loss, Rate};
use tcp::CongestionControl;
use world::bulk::Bulk;

/// How often the window is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// A path.
#[derive(Clone, Copy)]
struct Path {
    mbit: u64,
    /// Round trip, in milliseconds.
    rtt: u64,
    /// The queue, in percent of what fills the path.
    buffer: u64,
    /// Frames lost, of a thousand.
    loss: u64,
}

impl Path {
    /// Bytes that fill it.
    const fn product(&self) -> u64 {
        self.mbit * 125 * self.rtt
    }

    fn bulk(&self) -> Bulk {
        let back = Channel {
            rate: Some(Rate::mbit(self.mbit)),
            delay: Delay::constant(Duration::from_micros(self.rtt * 500)),
            queue: Limit::Packets(10_000),
            ..Channel::PERFECT
        };
        let there = Channel {
            loss: Loss::Random(self.loss as f64 / 1000.0),
            queue: Limit::Bytes(((self.product() * self.buffer / 100) as usize).max(3028)),
            ..back.clone()
        };
        Bulk::new(7, &there, &back)
    }

    /// A rate in percent of what the path takes.
    fn share(&self, bytes: u64, time: Duration) -> f64 {
        let bits = bytes as f64 * 8.0;
        bits / (time.as_millis() as f64 / 1000.0) / (self.mbit as f64 * 1e6) * 100.0
    }
}

/// One line of the table.
fn row(path: &Path, choice: CongestionControl, time: Duration) -> String {
    let mut bulk = path.bulk();
    bulk.add(choice);
    let looks = time.as_millis() / LOOK.as_millis();
    let mut windows = 0;
    for _ in 0..looks {
        bulk.run(LOOK);
        windows += u64::from(bulk.info(0).cwnd);
    }
    let info = bulk.info(0);
    let goodput = path.share(bulk.flows[0].received, time);
    format!(
        "{choice:>5} {goodput:>6.1} {:>7} {:>6} {:>6}",
        info.total_retrans,
        windows / looks,
        info.srtt.as_millis()
    )
}

/// Each algorithm on each of these paths, for so many seconds.
fn table(paths: &[Path], seconds: u64) -> String {
    let mut out = String::new();
    for path in paths {
        let _ = writeln!(
            out,
            "\n{} Mbit/s, {} ms, buffer {} %, loss {} %\n      good% retrans   cwnd   srtt",
            path.mbit,
            path.rtt,
            path.buffer,
            path.loss as f64 / 10.0
        );
        for choice in CongestionControl::ALL {
            let _ = writeln!(out, "{}", row(path, choice, Duration::from_secs(seconds)));
        }
    }
    out
}

/// Paths that differ from this one.
const USUAL: Path = Path {
    mbit: 10,
    rtt: 40,
    buffer: 100,
    loss: 0,
};

#[test]
fn losses_on_short_and_long_paths() {
    let mut paths = Vec::new();
    for rtt in [20, 100] {
        for loss in [0, 10, 50] {
            paths.push(Path { rtt, loss, ..USUAL });
        }
    }
    insta::assert_snapshot!(table(&paths, 6));
}

#[test]
fn short_and_long_buffers() {
    let paths = [30, 300].map(|buffer| Path { buffer, ..USUAL });
    insta::assert_snapshot!(table(&paths, 6));
}

#[test]
fn slow_and_fast_paths() {
    let paths = [1, 30].map(|mbit| Path { mbit, ..USUAL });
    insta::assert_snapshot!(table(&paths, 4));
}

/// Each one's share of the second half, and Jain's index of them.
fn shares(path: &Path, flows: &[CongestionControl]) -> String {
    let mut bulk = path.bulk();
    for &choice in flows {
        bulk.add(choice);
        bulk.run(LOOK);
    }
    let half = Duration::from_secs(6);
    bulk.run(half);
    let before: Vec<u64> = bulk.flows.iter().map(|flow| flow.received).collect();
    bulk.run(half);
    let shares: Vec<f64> = bulk
        .flows
        .iter()
        .zip(before)
        .map(|(flow, before)| path.share(flow.received - before, half))
        .collect();
    let again: u32 = (0..flows.len())
        .map(|flow| bulk.info(flow).total_retrans)
        .sum();
    let sum: f64 = shares.iter().sum();
    let squares: f64 = shares.iter().map(|share| share * share).sum();
    let index = sum * sum / (shares.len() as f64 * squares);
    let shares: Vec<String> = shares.iter().map(|share| format!("{share:.0}")).collect();
    format!("{index:.3} {sum:>6.1} {again:>8}  {}", shares.join(" "))
}

#[test]
fn fairness_among_two_and_eight() {
    use CongestionControl::{Bbr, Bbr3, Cubic, Reno};
    let mut out = String::from("\n                  index  good%  retrans  each %\n");
    for choice in CongestionControl::ALL {
        for count in [2, 8] {
            let result = shares(&USUAL, &vec![choice; count]);
            let name = format!("{count} {choice}");
            let _ = writeln!(out, "{name:<16}  {result}");
        }
    }
    for pair in [[Cubic, Reno], [Cubic, Bbr], [Cubic, Bbr3]] {
        let name = pair.map(CongestionControl::name).join(" and ");
        let _ = writeln!(out, "{name:<16}  {}", shares(&USUAL, &pair));
    }
    insta::assert_snapshot!(out);
}
