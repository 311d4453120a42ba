//! Senders that share one bottleneck, in virtual time.
//!
//! What is not congestion control is as good as can be: every packet is acknowledged by itself, so
//! that the sender always knows what has arrived; what falls behind by three is lost; whatever goes
//! next stands for what was lost. So the numbers are the algorithm's alone.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::vec::Vec;

use base::{Duration, Instant, Rng};
use wire::tcp::SeqNumber;

use crate::congestion::{
    Ack, CaState, Congestion, CongestionControl, INFINITE_SSTHRESH, Sent, Stamp, Undo,
};

/// Bytes of data in a packet, and on the wire.
const MSS: u16 = 1448;
const WIRE: u64 = 1514;
const RTO_MIN: Duration = Duration::from_millis(200);

/// The path that all share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path {
    /// Bits a second.
    pub(super) rate: u64,
    /// Round-trip time without a queue.
    pub(super) rtt: Duration,
    /// Packets that the queue holds.
    pub(super) buffer: usize,
    /// Packets lost by chance, of a thousand.
    pub(super) loss: u64,
}

impl Path {
    /// Packets that fill the path.
    pub(super) fn bdp(&self) -> u64 {
        self.rate * self.rtt.as_micros() / 8 / WIRE / 1_000_000
    }

    fn serialization(&self) -> Duration {
        Duration::from_nanos(WIRE * 8 * 1_000_000_000 / self.rate)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Flying,
    Delivered,
    Lost,
}

struct Packet {
    sent: Instant,
    stamp: Stamp,
    fate: Fate,
}

/// One sender with as much to send as the path takes.
pub(super) struct Flow {
    pub(super) congestion: Congestion,
    /// What is not known to be delivered or lost begins here …
    una: u32,
    /// … and is here.
    packets: VecDeque<Packet>,
    in_flight: u32,
    state: CaState,
    /// Recovery ends when everything before is known.
    recover: u32,
    undo: Option<Undo>,
    prr_delivered: u32,
    prr_out: u32,
    srtt: Duration,
    rttvar: Duration,
    min_rtt: Duration,
    rto_at: Instant,
    next_send: Instant,
    pace_armed: bool,
    pub(super) lost: u64,
    /// Round-trip times in microseconds.
    pub(super) rtts: Vec<u32>,
    /// When each delivery came.
    pub(super) delivered: Vec<Instant>,
    /// The window after each tenth of a second.
    pub(super) course: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrive(u32),
    Pace,
    Timeout,
    Start,
}

/// The bottleneck and all its senders.
pub(super) struct Model {
    path: Path,
    now: Instant,
    rng: Rng,
    pub(super) flows: Vec<Flow>,
    events: BinaryHeap<Reverse<(Instant, u64, usize, Event)>>,
    count: u64,
    /// When the packets in the queue leave it.
    queue: VecDeque<Instant>,
    pub(super) queue_max: usize,
}

impl Model {
    /// Senders of these algorithms, each a tenth of a second after the last.
    pub(super) fn new(path: Path, flows: &[CongestionControl], seed: u64) -> Self {
        let mut model = Self {
            path,
            now: Instant::from_secs(1),
            rng: Rng::seeded(seed),
            flows: Vec::new(),
            events: BinaryHeap::new(),
            count: 0,
            queue: VecDeque::new(),
            queue_max: 0,
        };
        for (index, &choice) in flows.iter().enumerate() {
            // Near the end of the circle, so that every run crosses it.
            let first = u32::MAX - 500 - 7919 * index as u32;
            model.flows.push(Flow::new(choice, first, model.now));
            let start = model.now + Duration::from_millis(100) * index as u64;
            model.at(start, index, Event::Start);
        }
        model
    }

    /// Lets it run for so long.
    pub(super) fn run(&mut self, length: Duration) {
        let end = self.now + length;
        let mut look = self.now;
        while let Some(&Reverse((at, _, index, event))) = self.events.peek() {
            if at > end {
                break;
            }
            self.events.pop();
            while look <= at {
                look += Duration::from_millis(100);
                for flow in &mut self.flows {
                    flow.course.push(flow.congestion.window.cwnd);
                }
            }
            self.now = at;
            self.handle(index, event);
        }
        self.now = end;
    }

    fn at(&mut self, at: Instant, index: usize, event: Event) {
        self.count += 1;
        self.events.push(Reverse((at, self.count, index, event)));
    }

    fn handle(&mut self, index: usize, event: Event) {
        let now = self.now;
        let flow = &mut self.flows[index];
        match event {
            Event::Start => {
                flow.congestion.on_transmit_start(now, Duration::ZERO);
                self.at(now + Duration::from_secs(1), index, Event::Timeout);
            }
            Event::Pace => flow.pace_armed = false,
            Event::Arrive(id) => flow.on_ack(now, id),
            Event::Timeout => {
                let again = flow.on_timeout(now);
                self.at(again, index, Event::Timeout);
            }
        }
        self.send(index);
    }

    fn send(&mut self, index: usize) {
        loop {
            let now = self.now;
            let flow = &mut self.flows[index];
            let full = flow.in_flight >= flow.congestion.window.cwnd;
            flow.note_sent(now, full);
            if full {
                break;
            }
            if flow.next_send > now {
                let at = flow.next_send;
                if !std::mem::replace(&mut flow.pace_armed, true) {
                    self.at(at, index, Event::Pace);
                }
                break;
            }
            let id = flow.send(now);
            self.carry(index, id);
        }
    }

    fn carry(&mut self, index: usize, id: u32) {
        while self.queue.front().is_some_and(|&leaves| leaves <= self.now) {
            self.queue.pop_front();
        }
        if self.rng.below(1000) < self.path.loss || self.queue.len() > self.path.buffer {
            return;
        }
        let free = self.queue.back().copied().unwrap_or(self.now);
        let leaves = free.max(self.now) + self.path.serialization();
        self.queue.push_back(leaves);
        self.queue_max = self.queue_max.max(self.queue.len() - 1);
        self.at(leaves + self.path.rtt, index, Event::Arrive(id));
    }
}

impl Flow {
    fn new(choice: CongestionControl, first: u32, now: Instant) -> Self {
        Self {
            congestion: Congestion::new(choice, 10, SeqNumber(first), now),
            una: first,
            packets: VecDeque::new(),
            in_flight: 0,
            state: CaState::Open,
            recover: first,
            undo: None,
            prr_delivered: 0,
            prr_out: 0,
            srtt: Duration::ZERO,
            rttvar: Duration::ZERO,
            min_rtt: Duration::ZERO,
            rto_at: now,
            next_send: now,
            pace_armed: false,
            lost: 0,
            rtts: Vec::new(),
            delivered: Vec::new(),
            course: Vec::new(),
        }
    }

    fn nxt(&self) -> u32 {
        self.una.wrapping_add(self.packets.len() as u32)
    }

    fn rto(&self) -> Duration {
        if self.srtt == Duration::ZERO {
            return Duration::from_secs(1);
        }
        self.srtt + (self.rttvar * 4).max(RTO_MIN)
    }

    fn note_sent(&mut self, now: Instant, full: bool) {
        let sent = Sent {
            now,
            una: SeqNumber(self.una),
            nxt: SeqNumber(self.nxt()),
            out: self.packets.len() as u32,
            full,
            rto: self.rto(),
            state: self.state,
            initial: 10,
            writer_waits: true,
        };
        let restarts = !self.congestion.governs_itself();
        self.congestion.window.on_sent(&sent, restarts);
    }

    fn send(&mut self, now: Instant) -> u32 {
        let id = self.nxt();
        let stamp = self.congestion.rate.on_send(now, self.in_flight);
        if self.in_flight == 0 {
            self.rto_at = now + self.rto();
        }
        self.packets.push_back(Packet {
            sent: now,
            stamp,
            fate: Fate::Flying,
        });
        self.in_flight += 1;
        self.prr_out += 1;
        if let Some(rate) = self.congestion.pacing_rate() {
            let length = Duration::from_nanos(u64::from(MSS) * 1_000_000_000 / rate);
            self.next_send = self.next_send.max(now) + length;
        }
        id
    }

    fn on_ack(&mut self, now: Instant, id: u32) {
        let index = id.wrapping_sub(self.una) as usize;
        // Taken for lost, and already forgotten.
        let Some(packet) = self.packets.get_mut(index) else {
            return;
        };
        if packet.fate != Fate::Flying {
            return;
        }
        packet.fate = Fate::Delivered;
        let (sent, stamp) = (packet.sent, packet.stamp);
        self.in_flight -= 1;
        self.delivered.push(now);
        let rtt = now - sent;
        self.measure(rtt);
        let rate = &mut self.congestion.rate;
        let mut sample = rate.start();
        rate.on_delivered(&mut sample, &stamp, sent, 1);
        let lost = self.find_lost(index);
        let before = self.una;
        self.forget();
        self.advance_state(lost, now);
        let rate = &mut self.congestion.rate;
        rate.finish(&mut sample, now, true, self.min_rtt);
        let ack = Ack {
            now,
            una: SeqNumber(self.una),
            nxt: SeqNumber(self.nxt()),
            delivered: 1,
            lost,
            in_flight: self.in_flight,
            rtt: Some(rtt),
            srtt: self.srtt,
            state: self.state,
            may_raise: self.una != before,
            ece: false,
            paced: self.congestion.pacing_rate().is_some(),
            mss: MSS,
            rate: sample,
        };
        if self.state.is_reducing() && !self.congestion.governs_itself() {
            self.reduce_in_proportion(lost, now);
        }
        self.congestion.on_ack(&ack);
        self.rto_at = now + self.rto();
    }

    fn measure(&mut self, rtt: Duration) {
        self.rtts.push(rtt.as_micros() as u32);
        if self.srtt == Duration::ZERO {
            (self.srtt, self.rttvar, self.min_rtt) = (rtt, rtt / 2, rtt);
            return;
        }
        self.rttvar = (self.rttvar * 3 + self.srtt.abs_diff(rtt)) / 4;
        self.srtt = (self.srtt * 7 + rtt) / 8;
        self.min_rtt = self.min_rtt.min(rtt);
    }

    /// What was sent three before one that has arrived is lost: the path keeps the order.
    fn find_lost(&mut self, index: usize) -> u32 {
        let mut lost = 0;
        for at in 0..index.saturating_sub(2) {
            let packet = &mut self.packets[at];
            if packet.fate == Fate::Flying {
                packet.fate = Fate::Lost;
                let stamp = packet.stamp;
                self.in_flight -= 1;
                self.congestion.on_lost(&stamp, 1);
                lost += 1;
            }
        }
        self.lost += u64::from(lost);
        lost
    }

    fn forget(&mut self) {
        while self.packets.front().is_some_and(|p| p.fate != Fate::Flying) {
            self.packets.pop_front();
            self.una = self.una.wrapping_add(1);
        }
    }

    fn advance_state(&mut self, lost: u32, now: Instant) {
        let over = self.una.wrapping_sub(self.recover) as i32 >= 0;
        if self.state != CaState::Open && over {
            if self.state == CaState::Recovery {
                self.congestion.end_reduction(now);
            }
            self.enter(CaState::Open);
        }
        if lost > 0 && self.state == CaState::Open {
            self.undo = Some(self.congestion.reduce(self.state));
            (self.prr_delivered, self.prr_out) = (0, 0);
            self.recover = self.nxt();
            self.enter(CaState::Recovery);
        }
    }

    fn enter(&mut self, state: CaState) {
        self.state = state;
        self.congestion.on_state(state);
    }

    /// Proportional rate reduction (RFC 9937 §6.2).
    fn reduce_in_proportion(&mut self, lost: u32, now: Instant) {
        self.prr_delivered += 1;
        let prior = self.undo.as_ref().map_or(1, |undo| undo.cwnd.max(1));
        let ssthresh = self.congestion.window.ssthresh;
        assert!(ssthresh < INFINITE_SSTHRESH);
        let send = if self.in_flight > ssthresh {
            (self.prr_delivered * ssthresh).div_ceil(prior) as i32 - self.prr_out as i32
        } else {
            let limit = (self.prr_delivered as i32 - self.prr_out as i32).max(1);
            let safe = i32::from(lost == 0);
            (ssthresh as i32 - self.in_flight as i32).min(limit + safe)
        };
        let send = send.max(i32::from(self.prr_out == 0)).max(0) as u32;
        self.congestion.window.set(self.in_flight + send, now);
    }

    /// When to look again.
    fn on_timeout(&mut self, now: Instant) -> Instant {
        if now < self.rto_at || self.in_flight == 0 {
            return self.rto_at.max(now + Duration::from_millis(1));
        }
        let first = self.state != CaState::Loss;
        let old = self.state;
        for at in 0..self.packets.len() {
            if self.packets[at].fate == Fate::Flying {
                self.packets[at].fate = Fate::Lost;
                let stamp = self.packets[at].stamp;
                self.congestion.on_lost(&stamp, 1);
                self.lost += 1;
            }
        }
        self.in_flight = 0;
        self.congestion.enter_loss(now, 0, first, old);
        self.recover = self.nxt();
        self.forget();
        self.enter(CaState::Loss);
        self.next_send = now;
        self.rto_at = now + self.rto();
        self.rto_at
    }
}
