//! Which of our addresses a packet leaves with, and which of a peer's addresses is tried first
//! (RFC 6724).

use core::cmp::{Ordering, Reverse};
use core::net::{IpAddr, Ipv6Addr};

use crate::zone;

/// One row of the policy table: a prefix, its precedence and its label.
type Policy = (u128, u8, u8, u8);

/// RFC 6724 §2.1, the default policy table.
const POLICIES: [Policy; 9] = [
    // ::1/128
    (1, 128, 50, 0),
    // ::/0
    (0, 0, 40, 1),
    // ::ffff:0:0/96
    (0xffff_0000_0000, 96, 35, 4),
    // 2002::/16
    (0x2002 << 112, 16, 30, 2),
    // 2001::/32
    (0x2001_0000 << 96, 32, 5, 5),
    // fc00::/7
    (0xfc00 << 112, 7, 3, 13),
    // ::/96
    (0, 96, 1, 3),
    // fec0::/10
    (0xfec0 << 112, 10, 1, 11),
    // 3ffe::/16
    (0x3ffe << 112, 16, 1, 12),
];

/// An address that a packet could leave with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The address; IPv4's are mapped.
    pub(crate) addr: Ipv6Addr,
    /// Bits of its network's prefix.
    pub(crate) prefix_len: u8,
    /// It is the outgoing interface's.
    pub(crate) outgoing: bool,
    /// Its preferred lifetime is over.
    pub(crate) deprecated: bool,
    /// It is one that is to be preferred because it changes daily (RFC 8981, `use_tempaddr` of 2).
    pub(crate) temporary: bool,
}

/// A place that could be called, and the address that we would call it from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    /// Where.
    pub(crate) addr: IpAddr,
    /// From where; `None` when there is no way there.
    pub(crate) source: Option<Candidate>,
}

/// The best of our addresses for packets to `dst` (RFC 6724 §5).
pub(crate) fn choose(
    dst: Ipv6Addr,
    candidates: impl Iterator<Item = Candidate>,
) -> Option<Candidate> {
    // The first among equals.
    candidates.reduce(|best, other| match compare(dst, &other, &best) {
        Ordering::Greater => other,
        Ordering::Less | Ordering::Equal => best,
    })
}

/// Greater is better.
fn compare(dst: Ipv6Addr, a: &Candidate, b: &Candidate) -> Ordering {
    let same = |c: &Candidate| c.addr == dst;
    let labelled = |c: &Candidate| policy(c.addr).1 == policy(dst).1;
    let matching = |c: &Candidate| common_prefix(c.addr, dst).min(c.prefix_len);
    // Rule 1: the same address.
    same(a)
        .cmp(&same(b))
        // Rule 2: a scope that reaches there, and no wider than it must.
        .then_with(|| by_scope(scope(dst), scope(a.addr), scope(b.addr)))
        // Rule 3: no deprecated address.
        .then_with(|| b.deprecated.cmp(&a.deprecated))
        // Rule 5: the outgoing interface. (Rule 4 is of mobile nodes.)
        .then_with(|| a.outgoing.cmp(&b.outgoing))
        // Rule 6: the same label.
        .then_with(|| labelled(a).cmp(&labelled(b)))
        // Rule 7: one that changes daily, where they are preferred.
        .then_with(|| a.temporary.cmp(&b.temporary))
        // Rule 8: the longest prefix in common.
        .then_with(|| matching(a).cmp(&matching(b)))
}

/// RFC 6724 §5, rule 2.
fn by_scope(dst: u8, a: u8, b: u8) -> Ordering {
    match a.cmp(&b) {
        Ordering::Less if a < dst => Ordering::Less,
        Ordering::Less => Ordering::Greater,
        Ordering::Greater => by_scope(dst, b, a).reverse(),
        Ordering::Equal => Ordering::Equal,
    }
}

/// Puts the destination to be tried first in front (RFC 6724 §6).
pub(crate) fn order(destinations: &mut [Destination]) {
    // Stable: rule 10 leaves the rest as it was.
    destinations.sort_by(compare_destinations);
}

/// Less is better.
fn compare_destinations(a: &Destination, b: &Destination) -> Ordering {
    // Rule 1: no destination that cannot be reached.
    let (Some(from_a), Some(from_b)) = (a.source, b.source) else {
        return b.source.is_some().cmp(&a.source.is_some());
    };
    let (to_a, to_b) = (mapped(a.addr), mapped(b.addr));
    let rank = |to: Ipv6Addr, from: &Candidate| {
        let (precedence, label) = policy(to);
        (
            // Rule 2: a source of the same scope.
            scope(to) != scope(from.addr),
            // Rule 3: no deprecated source.
            from.deprecated,
            // Rule 5: a source of the same label.
            label != policy(from.addr).1,
            // Rule 6: the highest precedence.
            Reverse(precedence),
            // Rule 8: the smallest scope.
            scope(to),
        )
    };
    rank(to_a, &from_a).cmp(&rank(to_b, &from_b)).then_with(|| {
        if a.addr.is_ipv4() != b.addr.is_ipv4() {
            return Ordering::Equal;
        }
        // Rule 9: the longest prefix in common with the source.
        let matching = |to, from: &Candidate| common_prefix(to, from.addr).min(from.prefix_len);
        matching(to_b, &from_b).cmp(&matching(to_a, &from_a))
    })
}

/// An address as RFC 6724 §3.2 has it: IPv4's mapped.
pub(crate) const fn mapped(addr: IpAddr) -> Ipv6Addr {
    match addr {
        IpAddr::V4(addr) => addr.to_ipv6_mapped(),
        IpAddr::V6(addr) => addr,
    }
}

/// Precedence and label of an address: of the longest prefix that covers it.
fn policy(addr: Ipv6Addr) -> (u8, u8) {
    let bits = addr.to_bits();
    let covers = |row: &&Policy| row.1 == 0 || (row.0 ^ bits) >> (128 - row.1) == 0;
    let best = POLICIES.iter().filter(covers).max_by_key(|row| row.1);
    best.map_or((40, 1), |row| (row.2, row.3))
}

/// RFC 6724 §3.1 and §3.2: 2 for the link, 5 for the site, 14 for everywhere.
fn scope(addr: Ipv6Addr) -> u8 {
    if let Some(v4) = addr.to_ipv4_mapped() {
        return if v4.is_link_local() || v4.is_loopback() {
            2
        } else {
            14
        };
    }
    match zone::multicast_scope(addr) {
        Some(scope) => scope,
        None if addr.is_loopback() || addr.is_unicast_link_local() => 2,
        // Site-local, deprecated but still classed (RFC 3879).
        None if addr.segments()[0] & 0xffc0 == 0xfec0 => 5,
        None => 14,
    }
}

fn common_prefix(a: Ipv6Addr, b: Ipv6Addr) -> u8 {
    (a.to_bits() ^ b.to_bits()).leading_zeros() as u8
}

#[cfg(test)]
mod tests;
