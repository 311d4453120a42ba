//! Which ports of the outside address are taken.

use alloc::vec::Vec;

/// The ports of one protocol, a bit each.
#[derive(Debug, Default)]
pub(super) struct Ports {
    /// Empty until the first is taken.
    taken: Vec<u64>,
}

/// Every second bit: odd ports, and even ones.
const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
const EVEN: u64 = !ODD;

/// Which ports will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parity {
    Odd,
    Even,
    Any,
}

impl Parity {
    pub(super) const fn of(port: u16) -> Self {
        if port % 2 == 1 { Self::Odd } else { Self::Even }
    }
}

impl Ports {
    const WORDS: usize = 65_536 / 64;

    pub(super) fn has(&self, port: u16) -> bool {
        let word = self.taken.get(usize::from(port) / 64).copied();
        word.unwrap_or(0) >> (port % 64) & 1 == 1
    }

    pub(super) fn take(&mut self, port: u16) {
        if self.taken.is_empty() {
            self.taken = alloc::vec![0; Self::WORDS];
        }
        self.taken[usize::from(port) / 64] |= 1 << (port % 64);
    }

    pub(super) fn give_back(&mut self, port: u16) {
        if let Some(word) = self.taken.get_mut(usize::from(port) / 64) {
            *word &= !(1 << (port % 64));
        }
    }

    /// Free ports from `first` to `last`, beginning behind `start` and going round.
    pub(super) fn free(
        &self,
        (first, last): (u16, u16),
        start: u16,
        parity: Parity,
    ) -> impl Iterator<Item = u16> + '_ {
        let mask = match parity {
            Parity::Odd => ODD,
            Parity::Even => EVEN,
            Parity::Any => !0,
        };
        let begin = usize::from(start) / 64;
        let words = (0..=Self::WORDS).map(move |n| (begin + n) % Self::WORDS);
        let ports = words.enumerate().flat_map(move |(n, word)| {
            // The first word is looked at twice: its high part, and in the end its low part.
            let high = !0u64 << (start % 64);
            let part = match n {
                0 => high,
                Self::WORDS => !high,
                _ => !0,
            };
            // Of words without any port of the range no bit is looked at.
            let range = usize::from(first) / 64..=usize::from(last) / 64;
            let part = if range.contains(&word) { part } else { 0 };
            let taken = self.taken.get(word).copied().unwrap_or(0);
            Bits(!taken & mask & part).map(move |bit| (word * 64) as u16 + bit)
        });
        ports.filter(move |port| (first..=last).contains(port))
    }
}

/// The places of the bits that are set.
struct Bits(u64);

impl Iterator for Bits {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        if self.0 == 0 {
            return None;
        }
        let bit = self.0.trailing_zeros() as u16;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_ports_are_found_from_any_place_and_each_once() {
        let mut ports = Ports::default();
        for port in 1000..=1100 {
            if port != 1001 && port != 1064 && port != 1063 {
                ports.take(port);
            }
        }
        for start in [0, 1000, 1001, 1002, 1063, 1064, 1100, 65_535] {
            let mut found: Vec<u16> = ports.free((1000, 1100), start, Parity::Any).collect();
            found.sort_unstable();
            assert_eq!(found, [1001, 1063, 1064], "from {start}");
        }
        let odd: Vec<u16> = ports.free((1000, 1100), 1002, Parity::Odd).collect();
        assert_eq!(odd, [1063, 1001]);
        let even: Vec<u16> = ports.free((1000, 1100), 1065, Parity::Even).collect();
        assert_eq!(even, [1064]);
        ports.give_back(1050);
        assert!(!ports.has(1050) && ports.has(1051));
    }
}
