//! Two small worlds for tests: [`hand`], in which the peer is written by hand, segment by segment,
//! and [`net`], in which two ends meet over a link that does them harm.

#![allow(dead_code, reason = "each test file uses a part of the worlds")]

use std::sync::OnceLock;

use base::Rng;

pub(crate) mod hand;
pub(crate) mod net;

/// The bytes of a test's stream from `place` on. They repeat after 65521, which no buffer or window
/// has for a size, so that bytes from a wrong place are wrong bytes.
pub(crate) fn bytes_at(place: u64, len: usize) -> Vec<u8> {
    const PERIOD: usize = 65_521;
    static TABLE: OnceLock<Vec<u8>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut table = vec![0; PERIOD];
        Rng::seeded(1).fill(&mut table);
        table
    });
    let mut bytes = Vec::with_capacity(len);
    let mut at = (place % PERIOD as u64) as usize;
    while bytes.len() < len {
        let until = PERIOD.min(at + len - bytes.len());
        bytes.extend_from_slice(&table[at..until]);
        at = 0;
    }
    bytes
}
