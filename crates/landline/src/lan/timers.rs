//! Those who sleep.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::task::Waker;

use base::Instant;
use host::driver::Woken;

/// Alarms of futures and threads on a LAN.
#[derive(Debug, Default)]
pub(super) struct Timers {
    /// When, and whose, those set at one moment in the order in which they were set. Those that
    /// were given up are taken out when their time comes.
    alarms: BinaryHeap<Reverse<(Instant, u64)>>,
    sleepers: HashMap<u64, Waker>,
    /// How many alarms there were.
    count: u64,
}

/// One of those who sleep.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alarm(u64);

impl Timers {
    /// Wakes `waker` at `at`.
    pub(super) fn set(&mut self, at: Instant, waker: &Waker) -> Alarm {
        let alarm = self.count;
        self.count += 1;
        self.alarms.push(Reverse((at, alarm)));
        self.sleepers.insert(alarm, waker.clone());
        Alarm(alarm)
    }

    /// Wakes `waker` instead of who set the alarm.
    pub(super) fn change(&mut self, alarm: Alarm, waker: &Waker) {
        if let Some(old) = self.sleepers.get_mut(&alarm.0) {
            old.clone_from(waker);
        }
    }

    /// Nobody waits for the alarm any more.
    pub(super) fn give_up(&mut self, alarm: Alarm) {
        self.sleepers.remove(&alarm.0);
        // Time-outs that never come true must not pile up until their time.
        if self.alarms.len() > 64 && self.alarms.len() > 2 * self.sleepers.len() {
            let sleepers = &self.sleepers;
            self.alarms
                .retain(|Reverse((_, alarm))| sleepers.contains_key(alarm));
        }
    }

    /// When the next alarm goes off.
    pub(super) fn next(&mut self) -> Option<Instant> {
        while let Some(Reverse((at, alarm))) = self.alarms.peek() {
            if self.sleepers.contains_key(alarm) {
                return Some(*at);
            }
            self.alarms.pop();
        }
        None
    }

    /// Gives those whose time has come by `now`.
    pub(super) fn fire(&mut self, now: Instant, woken: &mut Woken) {
        while self.next().is_some_and(|at| at <= now) {
            if let Some(Reverse((_, alarm))) = self.alarms.pop() {
                woken.extend(self.sleepers.remove(&alarm));
            }
        }
    }
}
