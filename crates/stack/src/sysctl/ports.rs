//! The ports that sockets get which do not ask for one (RFC 6335 §6, "dynamic ports").

use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use super::Sysctls;

/// Some ports, as `net.ipv4.ip_local_reserved_ports` names them: `8080,9000-9010`.
///
/// Invariant: ranges ascend, and neither touch nor overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortSet(Vec<(u16, u16)>);

/// A text that names no ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPorts;

impl PortSet {
    /// Whether `port` is one of them.
    #[must_use]
    pub fn contains(&self, port: u16) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= port);
        after > 0 && self.0[after - 1].1 >= port
    }
}

impl FromStr for PortSet {
    type Err = NoPorts;

    fn from_str(text: &str) -> Result<Self, NoPorts> {
        let mut ranges = Vec::new();
        let words = text.split([',', ' ', '\t', '\n']);
        for word in words.filter(|word| !word.is_empty()) {
            let (first, last) = word.split_once('-').unwrap_or((word, word));
            let port = |text: &str| text.parse::<u16>().map_err(|_| NoPorts);
            let range = (port(first)?, port(last)?);
            if range.0 > range.1 {
                return Err(NoPorts);
            }
            ranges.push(range);
        }
        ranges.sort_unstable();
        ranges.dedup_by(|next, last| {
            let joined = u32::from(next.0) <= u32::from(last.1) + 1;
            if joined {
                last.1 = last.1.max(next.1);
            }
            joined
        });
        Ok(Self(ranges))
    }
}

impl fmt::Display for PortSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (first, last)) in self.0.iter().enumerate() {
            let comma = if n == 0 { "" } else { "," };
            if first == last {
                write!(f, "{comma}{first}")?;
            } else {
                write!(f, "{comma}{first}-{last}")?;
            }
        }
        Ok(())
    }
}

/// The ports that one socket may get.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ephemeral<'a> {
    low: u16,
    count: u32,
    reserved: &'a PortSet,
}

impl<'a> Ephemeral<'a> {
    /// `asked` is the socket's `IP_LOCAL_PORT_RANGE`: the first in the lower half, the last in the
    /// upper, 0 for none. What is not within `ip_local_port_range` does not count, as in Linux.
    pub(crate) fn new(sysctls: &'a Sysctls, asked: u32) -> Self {
        let (mut low, mut high) = sysctls.ip_local_port_range;
        let (first, last) = (asked as u16, (asked >> 16) as u16);
        if (low..=high).contains(&first) {
            low = first;
        }
        if (low..=high).contains(&last) {
            high = last;
        }
        Self {
            low,
            count: u32::from(high - low) + 1,
            reserved: &sysctls.ip_local_reserved_ports,
        }
    }

    /// How many they are, with those that are reserved.
    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    /// The `n`th, counted around; `None` where it is reserved.
    pub(crate) fn at(&self, n: u32) -> Option<u16> {
        let port = self.low + (n % self.count) as u16;
        (!self.reserved.contains(port)).then_some(port)
    }
}
