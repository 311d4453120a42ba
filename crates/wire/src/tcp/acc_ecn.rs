//! The AccECN option (RFC 9768 §3.2.3): how many bytes arrived under each mark.

use arrayvec::ArrayVec;

/// Kind of the order EE0B, ECEB, EE1B.
pub(super) const ORDER_0: u8 = 172;
/// Kind of the order EE1B, ECEB, EE0B.
pub(super) const ORDER_1: u8 = 174;
/// What a counter counts modulo: it has 24 bits.
const MASK: u32 = 0xff_ffff;

/// The AccECN option: up to three counters of 24 bits each, as they stand in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccEcn {
    /// Kind 174, which begins with the bytes under ECT(1); kind 172 begins with those under ECT(0).
    /// Those under CE stand between.
    pub ect1_first: bool,
    /// The counters in that order. The last may be left out, so also all.
    pub counters: ArrayVec<u32, 3>,
}

impl AccEcn {
    /// What stands in the option behind kind and length. Bytes beyond three counters, or of a part
    /// of one, say nothing (RFC 9768 §3.2.3, MUST be ignored).
    pub(super) fn read(kind: u8, data: &[u8]) -> Self {
        let counter = |c: &[u8; 3]| u32::from_be_bytes([0, c[0], c[1], c[2]]);
        Self {
            ect1_first: kind == ORDER_1,
            counters: data.as_chunks().0.iter().take(3).map(counter).collect(),
        }
    }

    /// The option with kind and length, without padding.
    pub(super) fn bytes(&self) -> ArrayVec<u8, 11> {
        let mut bytes = ArrayVec::new();
        bytes.push(if self.ect1_first { ORDER_1 } else { ORDER_0 });
        bytes.push(2 + 3 * self.counters.len() as u8);
        for counter in &self.counters {
            bytes.extend((counter & MASK).to_be_bytes().into_iter().skip(1));
        }
        bytes
    }

    /// Bytes in the header without padding: 2, 5, 8 or 11.
    pub(super) fn len(&self) -> usize {
        2 + 3 * self.counters.len()
    }

    /// The counters by the mark that they are of: under ECT(0), under CE, under ECT(1).
    #[must_use]
    pub fn by_mark(&self) -> [Option<u32>; 3] {
        let at = |index: usize| self.counters.get(index).copied();
        if self.ect1_first {
            [at(2), at(1), at(0)]
        } else {
            [at(0), at(1), at(2)]
        }
    }
}
