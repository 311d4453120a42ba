//! What a connection carried, in order.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::{Packet, Told};

/// Bytes that wait for those before them, of each end; beyond, what is missing is given up.
const MOST_WAITING: usize = 1 << 20;

/// Part of what one end said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Who said it.
    pub from: SocketAddr,
    /// To whom.
    pub to: SocketAddr,
    /// Bytes before it that the capture does not have.
    pub missing: u64,
    /// What was said.
    pub bytes: Vec<u8>,
}

/// Puts one connection's bytes in order, as they were seen at one place.
#[derive(Debug)]
pub struct Follow {
    stream: u64,
    place: Option<usize>,
    ends: Vec<Said>,
}

#[derive(Debug)]
struct Said {
    from: SocketAddr,
    to: SocketAddr,
    /// The next byte's number, counted as [`Told::seq`] but without an end.
    next: u64,
    waiting: BTreeMap<u64, Vec<u8>>,
    held: usize,
}

impl Follow {
    /// The connection of this number.
    #[must_use]
    pub fn new(stream: u64) -> Self {
        Self {
            stream,
            place: None,
            ends: Vec::new(),
        }
    }

    /// Notes a segment; gives what can be said now.
    pub fn note(&mut self, packet: &Packet, told: &Told, place: usize) -> Vec<Piece> {
        let Some((from, to)) = packet.ports() else {
            return Vec::new();
        };
        if told.stream != self.stream || place != *self.place.get_or_insert(place) {
            return Vec::new();
        }
        let syn = packet
            .segment()
            .is_some_and(|it| it.flags.contains(wire::tcp::Flags::SYN));
        let data = packet.data();
        if data.is_empty() {
            return Vec::new();
        }
        let found = self.ends.iter().position(|end| end.from == from);
        let index = found.unwrap_or_else(|| {
            self.ends.push(Said {
                from,
                to,
                // The SYN has number 0; whoever came later begins with 1 as well.
                next: 1,
                waiting: BTreeMap::new(),
                held: 0,
            });
            self.ends.len() - 1
        });
        let end = &mut self.ends[index];
        end.take(told.seq.wrapping_add(u32::from(syn)), data);
        end.say(MOST_WAITING)
    }

    /// What is left when there is no more to come.
    pub fn finish(&mut self) -> Vec<Piece> {
        self.ends.iter_mut().flat_map(|end| end.say(0)).collect()
    }
}

impl Said {
    fn take(&mut self, seq: u32, data: &[u8]) {
        // The number nearest to the one that is next: beyond 4 GiB it wraps.
        let ahead = seq.wrapping_sub(self.next as u32).cast_signed();
        let Some(mut at) = self.next.checked_add_signed(ahead.into()) else {
            return;
        };
        let mut data = data;
        if at < self.next {
            let known = (self.next - at) as usize;
            data = data.get(known..).unwrap_or_default();
            at = self.next;
        }
        let longer = self
            .waiting
            .get(&at)
            .is_none_or(|there| there.len() < data.len());
        if !data.is_empty() && longer {
            let old = self.waiting.insert(at, data.to_vec());
            self.held -= old.map_or(0, |old| cost(&old));
            self.held += cost(data);
        }
    }

    /// All that is in order, and more while more than `most` bytes wait.
    fn say(&mut self, most: usize) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        while let Some((&at, _)) = self.waiting.first_key_value() {
            if at > self.next && self.held <= most {
                break;
            }
            let Some((at, bytes)) = self.waiting.pop_first() else {
                break;
            };
            self.held -= cost(&bytes);
            let known = self.next.saturating_sub(at) as usize;
            let missing = at.saturating_sub(self.next);
            let Some(bytes) = bytes.get(known..).filter(|bytes| !bytes.is_empty()) else {
                continue;
            };
            self.next = self.next.max(at) + bytes.len() as u64;
            match pieces.last_mut().filter(|_| missing == 0) {
                Some(last) => last.bytes.extend_from_slice(bytes),
                None => pieces.push(Piece {
                    from: self.from,
                    to: self.to,
                    missing,
                    bytes: bytes.to_vec(),
                }),
            }
        }
        pieces
    }
}

/// What it takes to keep it: the map has its price too.
fn cost(bytes: &[u8]) -> usize {
    bytes.len() + 64
}
