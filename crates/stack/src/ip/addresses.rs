//! Which addresses are ours.

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};

use wire::IpNet;

use crate::interface::{Interface, InterfaceId};

/// What an address is to this computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ours {
    /// One of its own.
    Host(InterfaceId),
    /// All hosts on one of its networks.
    Broadcast(InterfaceId),
}

/// The addresses that a packet may be for.
///
/// As on Linux, a computer takes packets for any of its addresses at any of its interfaces (the
/// weak host model of RFC 1122 §3.3.4.2).
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    /// Sorted, without duplicates. They are few, so bisection beats hashing; and numbers compare
    /// faster than addresses.
    known: Vec<(u128, Ours)>,
}

impl Addresses {
    /// Takes over what the interfaces that are up now have.
    pub(crate) fn rebuild(&mut self, interfaces: &[Interface]) {
        self.known.clear();
        for interface in interfaces.iter().filter(|interface| interface.up) {
            for net in &interface.addresses {
                self.known
                    .push((number(net.addr()), Ours::Host(interface.id)));
                if let Some(all) = directed_broadcast(*net) {
                    self.known
                        .push((number(all.into()), Ours::Broadcast(interface.id)));
                }
            }
        }
        self.known.sort_unstable();
        // An address that is both is a host's: `Host` sorts first.
        self.known.dedup_by_key(|(addr, _)| *addr);
    }

    /// What `addr` is to us; `None` for addresses of others.
    ///
    /// All of 127/8 is the host itself (RFC 1122 §3.2.1.3 (g)).
    pub(crate) fn find(&self, addr: IpAddr) -> Option<Ours> {
        if addr.is_loopback() {
            return Some(Ours::Host(InterfaceId::LOOPBACK));
        }
        let wanted = number(addr);
        let at = self
            .known
            .binary_search_by_key(&wanted, |(known, _)| *known);
        Some(self.known.get(at.ok()?)?.1)
    }

    /// Which interface has `addr`, if one of ours does.
    pub(crate) fn interface_of(&self, addr: IpAddr) -> Option<InterfaceId> {
        match self.find(addr)? {
            Ours::Host(iface) => Some(iface),
            Ours::Broadcast(_) => None,
        }
    }

    /// Whether `addr` is one of our own.
    pub(crate) fn is_ours(&self, addr: IpAddr) -> bool {
        matches!(self.find(addr), Some(Ours::Host(_)))
    }
}

/// An address as a number; IPv4's as RFC 4291 §2.5.5.2 maps them.
fn number(addr: IpAddr) -> u128 {
    match addr {
        IpAddr::V4(addr) => 0xffff << 32 | u128::from(addr.to_bits()),
        IpAddr::V6(addr) => addr.to_bits(),
    }
}

/// The address of all hosts on the network of `net`; none where there is no room for it
/// (RFC 3021), on the loopback, and in IPv6.
pub(crate) fn directed_broadcast(net: IpNet) -> Option<Ipv4Addr> {
    match net {
        IpNet::V4(net) if net.prefix_len() < 31 && !net.addr().is_loopback() => {
            Some(net.broadcast())
        }
        _ => None,
    }
}
