//! A packet needs a MAC address.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use base::Instant;
use wire::ndp::{self, NdOption};
use wire::{MacAddr, arp};

use super::entry::{NeighborState, Question};
use super::{Debt, Key, Neighbors, Resolution, Slot};
use crate::control;
use crate::interface::{Interface, InterfaceId};
use crate::packet::Routed;
use crate::sysctl::Sysctls;
use crate::timer::{TimerKey, Wheel};
use crate::verdict::DropReason;

/// Packets that wait for one neighbour at most (Linux's `unres_qlen`).
pub(super) const WAITING_PACKETS: usize = 101;
/// Bytes that wait for all neighbours together at most.
const WAITING_BYTES: usize = 4 << 20;

/// Finds the MAC address of a next hop. Where it is not known, a question is owed and the packet
/// has to [`wait`].
///
/// # Errors
///
/// [`DropReason::NeighborCacheFull`].
pub(crate) fn resolve(
    neighbors: &mut Neighbors,
    timers: &mut Wheel<TimerKey>,
    sysctls: &Sysctls,
    now: Instant,
    key: Key,
) -> Result<Resolution, DropReason> {
    let settings = sysctls.neigh(key.addr);
    let retrans_time = neighbors.links.retrans_time(key, settings);
    let cache = &mut neighbors.cache;
    let Some(slot) = cache.find(key) else {
        cache.may_ask(sysctls, key)?;
        let slot = cache.insert(timers, sysctls, now, key)?;
        cache.ask(timers, slot, Question::All, now + retrans_time);
        return Ok(Resolution::Unknown(slot));
    };
    cache.touch(slot, now);
    let Some(entry) = cache.get(slot) else {
        return Err(DropReason::NeighborUnreachable);
    };
    let mac = entry.mac;
    match entry.state {
        NeighborState::Permanent | NeighborState::Delay | NeighborState::Probe => {}
        NeighborState::Reachable if now < entry.reachable_until => {}
        // RFC 4861 §7.3.3: the first packet to a stale neighbour goes out, and doubts begin.
        NeighborState::Reachable | NeighborState::Stale => {
            cache.enter(timers, slot, NeighborState::Delay);
            cache.arm(timers, slot, now + settings.delay_first_probe_time);
        }
        NeighborState::Incomplete => return Ok(Resolution::Unknown(slot)),
        NeighborState::Failed => {
            cache.may_ask(sysctls, key)?;
            cache.enter(timers, slot, NeighborState::Incomplete);
            cache.ask(timers, slot, Question::All, now + retrans_time);
            return Ok(Resolution::Unknown(slot));
        }
    }
    Ok(Resolution::Known(mac))
}

/// The MAC address of a next hop whose entry stays as it is by being used: what [`resolve`] would
/// say of it. `None` for any other, of which `resolve` is to be asked.
pub(crate) fn undoubted(neighbors: &mut Neighbors, now: Instant, key: Key) -> Option<MacAddr> {
    let cache = &mut neighbors.cache;
    let slot = cache.find(key)?;
    cache.touch(slot, now);
    let entry = cache.get(slot)?;
    let sure = match entry.state {
        NeighborState::Permanent => true,
        NeighborState::Reachable => now < entry.reachable_until,
        _ => false,
    };
    sure.then_some(entry.mac)
}

/// Asks for a neighbour to which nothing is to be sent just now, unless it is known or being asked for.
pub(crate) fn probe(
    neighbors: &mut Neighbors,
    timers: &mut Wheel<TimerKey>,
    sysctls: &Sysctls,
    now: Instant,
    key: Key,
) -> Result<(), DropReason> {
    match neighbors.mac_of(key) {
        Some(_) => Ok(()),
        None => resolve(neighbors, timers, sysctls, now, key).map(drop),
    }
}

/// Keeps a packet until its next hop is known. Returns how many gave way to it: the oldest go
/// first, as on Linux.
///
/// # Errors
///
/// [`DropReason::NeighborQueueFull`] when too much waits for all neighbours together.
pub(crate) fn wait(
    neighbors: &mut Neighbors,
    sysctls: &Sysctls,
    slot: Slot,
    routed: Routed,
) -> Result<usize, DropReason> {
    let cache = &mut neighbors.cache;
    let len = routed.frame.len();
    let mut gone = 0;
    while let Some(entry) = cache.get(slot)
        && !entry.waiting.is_empty()
        && (entry.waiting.len() >= WAITING_PACKETS
            || entry.waiting_bytes + len > sysctls.neigh(entry.key.addr).unres_qlen_bytes)
    {
        cache.pop_waiting(slot);
        gone += 1;
    }
    if cache.waiting_bytes() + len > WAITING_BYTES {
        return Err(DropReason::NeighborQueueFull);
    }
    cache.push_waiting(slot, routed);
    Ok(gone)
}

/// What is owed next.
pub(crate) fn poll(neighbors: &mut Neighbors, interfaces: &[Interface]) -> Option<Debt> {
    let cache = &mut neighbors.cache;
    while let Some(slot) = cache.first_listed() {
        if let Some(entry) = cache.get_mut(slot) {
            let (state, mac) = (entry.state, entry.mac);
            let question = entry.owed.take();
            let Key { iface, addr } = entry.key;
            if let Some(question) = question
                && let Some(debt) = ask(interfaces, iface, addr, question, mac)
            {
                return Some(debt);
            }
            // Those that wait in Incomplete go on waiting.
            if state != NeighborState::Incomplete
                && let Some(routed) = cache.pop_waiting(slot)
            {
                return Some(if state.is_usable() {
                    Debt::Release(mac, routed)
                } else {
                    Debt::Failed(routed)
                });
            }
        }
        cache.unlist_first();
    }
    neighbors.claims.poll(interfaces)
}

/// The question as an ARP packet (RFC 826) or as a neighbour solicitation (RFC 4861 §7.2.2).
fn ask(
    interfaces: &[Interface],
    iface: InterfaceId,
    addr: IpAddr,
    question: Question,
    known: MacAddr,
) -> Option<Debt> {
    let interface = interfaces.get(iface.index())?;
    let own = interface.mac()?;
    match addr {
        IpAddr::V4(target_ip) => {
            let (dst, target_mac) = match question {
                Question::All => (MacAddr::BROADCAST, MacAddr::ZERO),
                Question::One => (known, known),
            };
            let packet = arp::Packet {
                operation: arp::Operation::Request,
                sender_mac: own,
                sender_ip: sender_for(interface, addr),
                target_mac,
                target_ip,
            };
            Some(Debt::Arp { iface, dst, packet })
        }
        IpAddr::V6(target) => {
            let src = source_for(interface, target)?;
            let (dst, to) = match question {
                Question::All => {
                    let group = ndp::solicited_node(target);
                    (MacAddr::multicast_v6(group), group)
                }
                Question::One => (known, target),
            };
            let message = ndp::Message::NeighborSolicitation { target };
            let frame = control::ndp(src, to, &message, &[NdOption::SourceLinkLayer(own)]);
            Some(Debt::Ndp { iface, dst, frame })
        }
    }
}

/// Our address to ask with: that on the neighbour's network, else the first.
fn sender_for(interface: &Interface, addr: IpAddr) -> Ipv4Addr {
    let near = interface.address_on_network_of(addr);
    let any = || interface.addresses.iter().find(|net| net.addr().is_ipv4());
    match near.as_ref().or_else(any).map(|net| net.addr()) {
        Some(IpAddr::V4(addr)) => addr,
        _ => Ipv4Addr::UNSPECIFIED,
    }
}

/// As [`sender_for`]; `None` while no address of IPv6 is ours, since only a question for one's own
/// address may come from nobody (RFC 4861 §7.2.2).
fn source_for(interface: &Interface, addr: Ipv6Addr) -> Option<Ipv6Addr> {
    let near = interface.address_on_network_of(addr.into());
    let any = || interface.addresses.iter().find(|net| net.addr().is_ipv6());
    match near.as_ref().or_else(any)?.addr() {
        IpAddr::V6(addr) => Some(addr),
        IpAddr::V4(_) => None,
    }
}
