//! Every frame on the LAN's cables, once: as its sender's card put it on the wire.

use std::sync::{Arc, Mutex, PoisonError};

use landline::lan::{Sighting, What};
use landline::{Instant, Lan};

use super::scene::{Card, Cards};
use crate::trace::Packet;

/// One frame.
#[derive(Debug)]
pub(crate) struct Frame {
    /// When its first bit was sent.
    pub(crate) at: Instant,
    /// The card that sent it.
    pub(crate) by: Card,
    pub(crate) packet: Packet,
}

/// A frame at a port whose name is not known yet: the LAN cannot be asked while it shows frames.
struct Seen {
    at: Instant,
    port: fabric::PortId,
    bytes: Vec<u8>,
}

/// Looks on at a LAN. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Recording {
    seen: Arc<Mutex<Vec<Seen>>>,
    cards: Cards,
}

impl Recording {
    /// Begins to look on.
    pub(crate) fn of(lan: &Lan, cards: Cards) -> Self {
        let seen = Arc::default();
        let recording = Self {
            seen: Arc::clone(&seen),
            cards,
        };
        lan.observe(move |sighting: &Sighting<'_>| {
            if sighting.what == What::Sent {
                seen.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(Seen {
                        at: sighting.at,
                        port: sighting.port,
                        bytes: sighting.frame.to_vec(),
                    });
            }
        });
        recording
    }

    /// Takes what was sent by hosts since the last time; what switches pass on is not told again.
    pub(crate) fn take(&self, lan: &Lan) -> Vec<Frame> {
        let seen = std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        lan.with_fabric(|fabric| {
            let host_frame = |seen: Seen| {
                let name = fabric.port_name(seen.port);
                let by = self.cards.named(&name)?;
                Some(Frame {
                    at: seen.at,
                    by,
                    packet: Packet::new(wire::LinkType::Ethernet, seen.bytes),
                })
            };
            seen.into_iter().filter_map(host_frame).collect()
        })
    }
}
