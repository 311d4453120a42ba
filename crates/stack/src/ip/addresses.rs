//! Which addresses are ours.

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use wire::IpNet;

use crate::interface::{Interface, InterfaceId};
use crate::zone;

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
    /// Where the solicited-node groups of which addresses are heard: also of those that are only
    /// being probed for (RFC 4862 §5.4.2).
    solicited: Vec<(InterfaceId, u128)>,
    /// Where an address of IPv4 is being asked for, and there is none.
    awaited: Vec<InterfaceId>,
    version: u64,
}

/// So many are looked through faster than they are bisected.
const FEW: usize = 8;

impl Addresses {
    /// Takes over what the interfaces that are up now have.
    pub(crate) fn rebuild(&mut self, interfaces: &[Interface]) {
        self.version += 1;
        self.known.clear();
        self.solicited.clear();
        self.awaited.clear();
        for interface in interfaces.iter().filter(|interface| interface.up) {
            if interface.awaits_address() {
                self.awaited.push(interface.id);
            }
            for net in interface.addresses.iter().chain(&interface.tentative) {
                if let IpNet::V6(net) = net {
                    let addr = net.addr().to_bits();
                    self.solicited.push((interface.id, addr & 0xff_ffff));
                }
            }
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
        // An address that is both is a host's: `Host` sorts first. One that means something on its
        // link only may be ours on several.
        self.known
            .dedup_by(|later, first| later.0 == first.0 && !zone::is_zoned_number(first.0));
    }

    /// What `addr` is to us; `None` for addresses of others.
    ///
    /// All of 127/8 is the host itself (RFC 1122 §3.2.1.3 (g)).
    pub(crate) fn find(&self, addr: IpAddr) -> Option<Ours> {
        if addr.is_loopback() {
            return Some(Ours::Host(InterfaceId::LOOPBACK));
        }
        let wanted = number(addr);
        let at = if self.known.len() <= FEW {
            self.known.iter().position(|(known, _)| *known == wanted)?
        } else {
            self.known.partition_point(|(known, _)| *known < wanted)
        };
        let (found, ours) = *self.known.get(at)?;
        (found == wanted).then_some(ours)
    }

    /// How often it has changed.
    pub(crate) const fn version(&self) -> u64 {
        self.version
    }

    /// As [`find`](Self::find), for a packet that came in at `iface`: an address that means
    /// something on its link only is ours there if it is that interface's.
    pub(crate) fn find_at(&self, iface: InterfaceId, addr: IpAddr) -> Option<Ours> {
        if iface == InterfaceId::LOOPBACK || !zone::is_zoned(addr) {
            return self.find(addr);
        }
        let wanted = number(addr);
        let at = self.known.partition_point(|(known, _)| *known < wanted);
        let here = Ours::Host(iface);
        let same = self.known[at..].iter().take_while(|(n, _)| *n == wanted);
        same.map(|(_, ours)| *ours).find(|ours| *ours == here)
    }

    /// Whether it is the solicited-node group of an address of ours (RFC 4291 §2.7.1), in use or
    /// being probed for.
    pub(crate) fn is_solicited(&self, iface: InterfaceId, group: IpAddr) -> bool {
        let IpAddr::V6(group) = group else {
            return false;
        };
        let bits = group.to_bits();
        bits >> 24 == SOLICITED_NODE >> 24 && self.solicited.contains(&(iface, bits & 0xff_ffff))
    }

    /// Whether an interface waits for an address of IPv4 that it is being given.
    pub(crate) fn awaits(&self, iface: InterfaceId) -> bool {
        self.awaited.contains(&iface)
    }

    /// The solicited-node groups that are heard at an interface.
    pub(crate) fn solicited_at(&self, iface: InterfaceId) -> impl Iterator<Item = Ipv6Addr> {
        let here = self.solicited.iter().filter(move |(at, _)| *at == iface);
        here.map(|(_, low)| Ipv6Addr::from_bits(SOLICITED_NODE | low))
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

/// The group of whose address ends in zeros (RFC 4291 §2.7.1): ff02::1:ff00:0/104.
const SOLICITED_NODE: u128 = 0xff02_0000_0000_0000_0000_0001_ff00_0000;

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
