//! TCP connections as somebody sees them who looks on at one place.
//!
//! - [`Streams`] here: which connection a segment is of. `half.rs`: what one end sent so far, and
//!   what of a segment is out of the ordinary. `mark.rs`: the words for it.

mod half;
mod mark;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

use wire::tcp::Flags;

use super::{Packet, Segment};
use half::{Half, Now};
pub use mark::Mark;

/// The connections that are remembered; beyond, the oldest are forgotten.
const MOST_STREAMS: usize = 1 << 14;

/// The places at which one connection is followed.
const MOST_PLACES: usize = 32;

/// What is known of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The connection, counted from 0 in the order of their first segments.
    pub stream: u64,
    /// Counted from the SYN's; where nobody saw that, from just before the first that was seen.
    pub seq: u32,
    /// The same of the other end's; `None` in a segment that acknowledges nothing.
    pub ack: Option<u32>,
    /// How many bytes it carries.
    pub length: usize,
    /// What the receiver takes, scaled as the handshake said; as on the wire if nobody saw that.
    pub window: u64,
    /// What is out of the ordinary.
    pub marks: Vec<Mark>,
}

/// Both ends, the lower address first.
type Pair = (SocketAddr, SocketAddr);

#[derive(Debug)]
struct Stream {
    number: u64,
    /// The sequence number of the SYN that opened it, if that was seen.
    opened: Option<u32>,
    /// By place: what the lower end sent, and the other.
    places: Vec<(usize, [Half; 2])>,
}

/// Follows all connections of a capture. What is kept of each is small and bounded.
#[derive(Debug, Default)]
pub struct Streams {
    streams: HashMap<Pair, Stream>,
    /// In the order in which they came.
    order: VecDeque<Pair>,
    next: u64,
}

impl Streams {
    /// None so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a packet that was seen at a place (an interface) at a time in nanoseconds; tells of the
    /// segment in it. Each place is judged by itself: what passes two of them was not sent twice.
    pub fn note(&mut self, packet: &Packet, place: usize, at: Option<u64>) -> Option<Told> {
        let segment = packet.segment()?;
        let (from, to) = packet.ports()?;
        let (pair, lower) = if from <= to {
            ((from, to), true)
        } else {
            ((to, from), false)
        };
        let length = packet.segment_len();
        let stream = self.of(pair, &segment);
        let halves = stream.at(place);
        let [a, b] = halves;
        let (mine, other) = if lower { (a, b) } else { (b, a) };
        let scale = window_scale(packet);
        let now = Now {
            segment: &segment,
            length: length as u32,
            at: at.unwrap_or_default(),
            scale,
        };
        let told = half::note(mine, other, &now);
        Some(Told {
            stream: stream.number,
            seq: told.seq,
            ack: told.ack,
            length,
            window: told.window,
            marks: told.marks,
        })
    }

    /// What is known of a segment that is no part of the exchange, such as one that died: its numbers,
    /// and no marks.
    #[must_use]
    pub fn look(&self, packet: &Packet, place: usize) -> Option<Told> {
        let segment = packet.segment()?;
        let (from, to) = packet.ports()?;
        let lower = from <= to;
        let pair = if lower { (from, to) } else { (to, from) };
        let stream = self.streams.get(&pair)?;
        let (_, [a, b]) = stream.places.iter().find(|(it, _)| *it == place)?;
        let (mine, other) = if lower { (a, b) } else { (b, a) };
        let (seq, ack) = half::relative(mine, other, &segment);
        Some(Told {
            stream: stream.number,
            seq,
            ack,
            length: packet.segment_len(),
            window: segment.window,
            marks: Vec::new(),
        })
    }

    /// The segment's connection: a new one where a new SYN opens it.
    fn of(&mut self, pair: Pair, segment: &Segment) -> &mut Stream {
        let opens = segment.flags.contains(Flags::SYN) && !segment.flags.contains(Flags::ACK);
        let opened = opens.then_some(segment.seq);
        if !self.streams.contains_key(&pair) {
            self.order.push_back(pair);
            if self.order.len() > MOST_STREAMS
                && let Some(oldest) = self.order.pop_front()
            {
                self.streams.remove(&oldest);
            }
        }
        let next = &mut self.next;
        let mut fresh = || {
            *next += 1;
            Stream {
                number: *next - 1,
                opened,
                places: Vec::new(),
            }
        };
        let stream = self.streams.entry(pair).or_insert_with(&mut fresh);
        if opens && stream.opened != opened {
            *stream = fresh();
        }
        stream
    }
}

impl Stream {
    fn at(&mut self, place: usize) -> &mut [Half; 2] {
        let found = self.places.iter().position(|(other, _)| *other == place);
        let index = found.unwrap_or_else(|| {
            if self.places.len() == MOST_PLACES {
                self.places.remove(0);
            }
            self.places.push((place, Default::default()));
            self.places.len() - 1
        });
        &mut self.places[index].1
    }
}

/// What a SYN says its windows are to be shifted by.
fn window_scale(packet: &Packet) -> Option<u8> {
    let shift = packet.number(wire::dissect::FieldId::TcpWindowScale)?;
    // RFC 7323 §2.3: more is taken for 14.
    Some(shift.min(14) as u8)
}
