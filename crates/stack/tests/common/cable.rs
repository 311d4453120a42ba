//! A bad cable between two hosts: seeded loss, delay, reordering, duplication, corruption.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use base::{Duration, Frame, Instant, Rng};
use stack::{InterfaceId, Stack, Sysctls};

/// How bad it is: probabilities for each frame, and how long one takes.
#[derive(Clone, Copy, Debug)]
pub struct Bad {
    pub loss: f64,
    pub duplicate: f64,
    pub corrupt: f64,
    pub delay: Duration,
    /// Up to so much more, drawn for each, so that they overtake each other.
    pub jitter: Duration,
}

/// Two hosts and what is under way between them.
pub struct Cable {
    pub now: Instant,
    pub hosts: [Stack; 2],
    iface: InterfaceId,
    bad: Bad,
    rng: Rng,
    /// When, in which order, to which host.
    under_way: BinaryHeap<Reverse<(Instant, u64, usize)>>,
    frames: HashMap<u64, Frame>,
    serial: u64,
}

impl Cable {
    /// Hosts 172.16.10.10 and 172.16.10.11.
    pub fn new(seed: u64, bad: Bad) -> Self {
        let now = Instant::from_secs(1000);
        let mut rng = Rng::seeded(seed);
        let mut iface = InterfaceId::LOOPBACK;
        let hosts = [("172.16.10.10/24", 1), ("172.16.10.11/24", 2)].map(|(address, number)| {
            let mut host = Stack::new(Sysctls::default(), rng.fork(number));
            let card = super::card("eth0", number, address);
            iface = host.add_interface(now, card).unwrap();
            host
        });
        Self {
            now,
            hosts,
            iface,
            bad,
            rng,
            under_way: BinaryHeap::new(),
            frames: HashMap::new(),
            serial: 0,
        }
    }

    fn collect(&mut self) {
        for from in 0..2 {
            while let Some((_, frame)) = self.hosts[from].poll_transmit(self.now) {
                let copies = 1 + u64::from(self.rng.chance(self.bad.duplicate));
                for _ in 0..copies {
                    if !self.rng.chance(self.bad.loss) {
                        self.launch(1 - from, &frame);
                    }
                }
            }
        }
    }

    fn launch(&mut self, to: usize, frame: &Frame) {
        let mut bytes = frame.to_vec();
        if self.rng.chance(self.bad.corrupt) {
            let bit = self.rng.below(bytes.len() as u64 * 8);
            bytes[bit as usize / 8] ^= 1 << (bit % 8);
        }
        let jitter = self.rng.below(self.bad.jitter.as_nanos() + 1);
        let at = self.now + self.bad.delay + Duration::from_nanos(jitter);
        self.serial += 1;
        self.under_way.push(Reverse((at, self.serial, to)));
        self.frames.insert(self.serial, Frame::from(bytes));
    }

    /// Goes to the next thing that happens; false when nothing will, or not before `end`.
    pub fn step(&mut self, end: Instant) -> bool {
        self.collect();
        let arrival = self.under_way.peek().map(|Reverse((at, ..))| *at);
        let deadlines = self.hosts.iter().filter_map(Stack::next_deadline);
        let Some(next) = deadlines.chain(arrival).min().filter(|at| *at <= end) else {
            self.now = end;
            return false;
        };
        self.now = self.now.max(next);
        for host in &mut self.hosts {
            host.on_deadline(self.now);
        }
        while let Some(Reverse((at, serial, to))) = self.under_way.peek().copied() {
            if at > self.now {
                break;
            }
            self.under_way.pop();
            if let Some(frame) = self.frames.remove(&serial) {
                self.hosts[to].receive(self.now, self.iface, frame);
            }
        }
        true
    }
}
