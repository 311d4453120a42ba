//! Sequence numbers that begin at 0, so that they can be followed by eye.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

use wire::tcp::Flags;

use super::Packet;

/// From whom to whom.
type Way = (SocketAddr, SocketAddr);

/// Where each way's numbers begin.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    first: HashMap<Way, u32>,
    /// In the order in which they came, so that the oldest can be forgotten.
    ways: VecDeque<Way>,
}

/// More connections than a person follows; beyond, the oldest begin anew.
const MOST_WAYS: usize = 4096;

/// A segment's numbers, counted from those of the SYNs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Relative {
    pub(crate) seq: u32,
    /// `None` in a segment that acknowledges nothing.
    pub(crate) ack: Option<u32>,
}

impl Numbers {
    /// Notes the segment, and gives its numbers; `None` where there is no segment.
    pub(crate) fn of(&mut self, packet: &Packet) -> Option<Relative> {
        let segment = packet.segment()?;
        let (from, to) = packet.ports()?;
        if segment.flags.contains(Flags::SYN) {
            self.begin((from, to), segment.seq);
        }
        let seq = segment
            .seq
            .wrapping_sub(self.first((from, to), segment.seq));
        let acks = segment.flags.contains(Flags::ACK);
        let ack = acks.then(|| {
            segment
                .ack
                .wrapping_sub(self.first((to, from), segment.ack))
        });
        Some(Relative { seq, ack })
    }

    /// Where the way's numbers begin; where nobody saw the SYN, just before `number`.
    fn first(&mut self, way: Way, number: u32) -> u32 {
        if let Some(first) = self.first.get(&way) {
            return *first;
        }
        self.begin(way, number.wrapping_sub(1));
        number.wrapping_sub(1)
    }

    fn begin(&mut self, way: Way, number: u32) {
        if self.first.insert(way, number).is_none() {
            self.ways.push_back(way);
        }
        if self.ways.len() > MOST_WAYS
            && let Some(oldest) = self.ways.pop_front()
        {
            self.first.remove(&oldest);
        }
    }
}
