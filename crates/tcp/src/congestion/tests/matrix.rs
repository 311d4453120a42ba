//! Every algorithm on paths of different loss, delay, rate and buffer, and beside others.
//!
//! The tables are checked in: a change of an algorithm is a change of a number, and is seen.

use std::fmt::Write;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

use base::{Duration, Instant};

use super::model::{Flow, Model, Path};
use crate::congestion::CongestionControl;

const LENGTH: Duration = Duration::from_secs(10);

/// The path with these numbers; the buffer in percent of what fills the path.
fn path(mbit: u64, rtt: u64, buffer: u64, loss: u64) -> Path {
    let mut path = Path {
        rate: mbit * 1_000_000,
        rtt: Duration::from_millis(rtt),
        buffer: 0,
        loss,
    };
    path.buffer = (path.bdp() * buffer / 100).max(2) as usize;
    path
}

/// Bits a second delivered from `from` on, in percent of what the path takes.
fn share(flow: &Flow, path: &Path, from: Duration) -> f64 {
    let begin = Instant::from_secs(1) + from;
    let packets = flow.delivered.iter().filter(|&&at| at >= begin).count();
    let seconds = (LENGTH - from).as_millis() as f64 / 1000.0;
    packets as f64 * 1514.0 * 8.0 / seconds / path.rate as f64 * 100.0
}

fn percentile(sorted: &[u32], percent: usize) -> u32 {
    let index = (sorted.len() * percent / 100).min(sorted.len() - 1);
    sorted[index] / 1000
}

/// One line of the table.
fn row(path: &Path, choice: CongestionControl) -> String {
    let mut model = Model::new(*path, &[choice], 7);
    model.run(LENGTH);
    let flow = &mut model.flows[0];
    flow.rtts.sort_unstable();
    let goodput = share(flow, path, Duration::ZERO);
    let [p50, p99] = [50, 99].map(|percent| percentile(&flow.rtts, percent));
    let course = [5, 10, 20, 40, 60, 80, 99].map(|at| flow.course[at].to_string());
    format!(
        "{choice:>5} {goodput:>6.1} {:>6} {:>6} {p50:>5} {p99:>5}  {}",
        flow.lost,
        model.queue_max,
        course.join(" ")
    )
}

fn matrix(mbit: u64) -> String {
    let mut out = String::new();
    for rtt in [10, 100] {
        for buffer in [30, 100, 300] {
            for loss in [0, 10, 50] {
                let path = path(mbit, rtt, buffer, loss);
                let percent = loss as f64 / 10.0;
                let _ = writeln!(
                    out,
                    "\n{mbit} Mbit/s, {rtt} ms, {} packets of path, {} of buffer, {percent} % lost",
                    path.bdp(),
                    path.buffer
                );
                let _ = writeln!(
                    out,
                    "       good%   lost  queue   p50   p99  cwnd at 0.5 1 2 4 6 8 10 s"
                );
                for choice in CongestionControl::ALL {
                    let _ = writeln!(out, "{}", row(&path, choice));
                }
            }
        }
    }
    out
}

#[test]
fn slow_paths() {
    insta::assert_snapshot!(matrix(4));
}

#[test]
fn fast_paths() {
    insta::assert_snapshot!(matrix(40));
}

/// Jain's index of the second half, and each one's share.
fn fairness(path: &Path, flows: &[CongestionControl]) -> String {
    let mut model = Model::new(*path, flows, 11);
    model.run(LENGTH);
    let shares: Vec<f64> = model
        .flows
        .iter()
        .map(|flow| share(flow, path, LENGTH / 2))
        .collect();
    let sum: f64 = shares.iter().sum();
    let squares: f64 = shares.iter().map(|share| share * share).sum();
    let index = sum * sum / (shares.len() as f64 * squares);
    let shares: Vec<String> = shares.iter().map(|share| format!("{share:.0}")).collect();
    format!("{index:.3}  {sum:>5.1}  {}", shares.join(" "))
}

#[test]
fn fair_shares() {
    use CongestionControl::{Bbr, Cubic, Reno};
    let mut out = String::new();
    for (rtt, buffer) in [(20, 100), (20, 300), (80, 100)] {
        let path = path(20, rtt, buffer, 0);
        let _ = writeln!(
            out,
            "\n20 Mbit/s, {rtt} ms, {} packets of path, {} of buffer",
            path.bdp(),
            path.buffer
        );
        let _ = writeln!(out, "                      index  sum %  each %");
        for choice in CongestionControl::ALL {
            for count in [2, 4, 8] {
                let result = fairness(&path, &vec![choice; count]);
                let _ = writeln!(out, "{count} {choice:<18}  {result}");
            }
        }
        for [one, other] in [[Cubic, Reno], [Cubic, Bbr], [Bbr, Reno]] {
            let result = fairness(&path, &[one, other]);
            let name = format!("{one} and {other}");
            let _ = writeln!(out, "{name:<20}  {result}");
        }
    }
    insta::assert_snapshot!(out);
}
