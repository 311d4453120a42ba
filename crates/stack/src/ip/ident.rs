//! The identification of datagrams: which fragments belong together.

use alloc::boxed::Box;
use core::hash::BuildHasher;
use core::net::{Ipv4Addr, Ipv6Addr};

use base::Rng;
use wire::{Protocol, ipv4};

use super::Ip;
use crate::keyed::Keyed;

/// Counters that all destinations share.
const COUNTERS: usize = 1024;

/// Identifications that differ for datagrams between the same two hosts for as long as can be.
///
/// RFC 6864 §4: only datagrams that may be fragmented need one. It counts up for each pair of
/// hosts, from a secret start, so that it neither repeats before 65,536 datagrams nor tells one
/// host how much is sent to another. Pairs share counters by a keyed hash, which costs them
/// nothing but an earlier wrap.
#[derive(Debug)]
pub(super) struct Idents {
    /// Made when the first datagram needs it.
    counters: Option<Box<[u32]>>,
    hash: Keyed,
    rng: Rng,
}

impl Ip {
    /// An identification for a datagram that leaves under another source than it came with.
    pub(crate) fn fresh_identification(&mut self, header: &ipv4::Header) -> u16 {
        self.idents.next(header.src, header.dst, header.protocol)
    }
}

impl Idents {
    pub(super) fn new(mut rng: Rng) -> Self {
        Self {
            counters: None,
            hash: Keyed::new(&mut rng),
            rng,
        }
    }

    fn count(&mut self, hash: u64) -> u32 {
        let rng = &mut self.rng;
        let counters = self
            .counters
            .get_or_insert_with(|| (0..COUNTERS).map(|_| rng.u32()).collect());
        let counter = &mut counters[hash as usize % COUNTERS];
        *counter = counter.wrapping_add(1);
        *counter
    }

    /// The identification of the next packet of IPv6 that is cut, by the same means
    /// (RFC 7739 §5.3).
    pub(super) fn next_v6(&mut self, src: Ipv6Addr, dst: Ipv6Addr) -> u32 {
        self.count(self.hash.hash_one((src, dst)))
    }

    /// The identification of the next datagram.
    pub(super) fn next(&mut self, src: Ipv4Addr, dst: Ipv4Addr, protocol: Protocol) -> u16 {
        let pair = u64::from(src.to_bits()) << 32 | u64::from(dst.to_bits());
        let hash = self.hash.hash_one(pair ^ u64::from(protocol.0) << 56);
        self.count(hash) as u16
    }
}
