//! An ARP packet came.

use core::net::{IpAddr, Ipv4Addr};

use base::{Duration, Frame, Instant};
use wire::MacAddr;
use wire::arp::{self, Operation};

use super::entry::NeighborState;
use super::{Key, Neighbors};
use crate::interface::Interface;
use crate::packet::{Arrival, Cast, Reply};
use crate::sysctl::Sysctls;
use crate::timer::{TimerKey, Wheel};
use crate::verdict::{DropReason, Stop, Verdict};

/// For so long the first of several who claim an address is believed (Linux's `locktime`).
const LOCK_TIME: Duration = Duration::from_secs(1);

/// RFC 826's packet reception: merge, and then answer if it is for us, or for one that we stand for.
pub(crate) fn arp(
    neighbors: &mut Neighbors,
    timers: &mut Wheel<TimerKey>,
    sysctls: &Sysctls,
    interface: &Interface,
    (now, arrival): (Instant, Arrival),
    mut frame: Frame,
    stands_for: impl FnOnce(Ipv4Addr) -> bool,
) -> Verdict<()> {
    let own = interface.mac().ok_or(DropReason::UnknownEtherType)?;
    let (packet, _) = arp::Packet::parse(frame.contiguous(arp::PACKET_LEN))?;
    if let Operation::Other(_) = packet.operation {
        return Err(DropReason::UnknownArpOperation.into());
    }
    check_sender(&packet, own)?;
    dispute(neighbors, timers, interface, now, &packet)?;

    let merged = merge(neighbors, timers, sysctls, now, arrival, &packet)?;
    let ours = answers(neighbors, sysctls, interface, &packet)
        || packet.operation == Operation::Request && stands_for(packet.target_ip);
    if !ours {
        return Err(if merged {
            Stop::Taken
        } else {
            DropReason::ArpNotForUs.into()
        });
    }
    match packet.operation {
        Operation::Request => {
            if !merged {
                remember(neighbors, timers, sysctls, interface, now, &packet);
            }
            Err(Stop::reply(answer(interface, own, &packet), None))
        }
        // We did not ask: nothing is learned from it.
        _ if !merged => Err(DropReason::ArpNotForUs.into()),
        _ => Err(Stop::Taken),
    }
}

/// Whether a question is answered: as on Linux for any address of ours, unless `arp_ignore` says
/// otherwise.
fn answers(
    neighbors: &Neighbors,
    sysctls: &Sysctls,
    interface: &Interface,
    packet: &arp::Packet,
) -> bool {
    let (iface, target) = (interface.id, IpAddr::V4(packet.target_ip));
    let claims = &neighbors.claims;
    let sender = IpAddr::V4(packet.sender_ip);
    match sysctls.higher_v4(iface, |conf| conf.arp_ignore) {
        0 => claims.is_ours_somewhere(target),
        1 => claims.is_ours(iface, target),
        2 => {
            let near = interface.address_on_network_of(sender).is_some();
            claims.is_ours(iface, target) && (near || packet.sender_ip.is_unspecified())
        }
        8 => false,
        // Linux has no more.
        _ => claims.is_ours_somewhere(target),
    }
}

/// Refuses a sender that nobody can be.
fn check_sender(packet: &arp::Packet, own: MacAddr) -> Verdict<()> {
    let ip = packet.sender_ip;
    if ip.is_broadcast() || ip.is_multicast() || ip.is_loopback() || !packet.sender_mac.is_unicast()
    {
        return Err(DropReason::ArpBadSender.into());
    }
    // What we sent came back.
    if packet.sender_mac == own {
        return Err(DropReason::BadSourceMac.into());
    }
    Ok(())
}

/// RFC 5227 §2.1.1, §2.4: does somebody else use, or want, an address of ours?
fn dispute(
    neighbors: &mut Neighbors,
    timers: &mut Wheel<TimerKey>,
    interface: &Interface,
    now: Instant,
    packet: &arp::Packet,
) -> Verdict<()> {
    let (iface, mac) = (interface.id, packet.sender_mac);
    let Some((addr, dispute)) = neighbors.claims.dispute(timers, iface, now, packet) else {
        return Ok(());
    };
    neighbors.tell(iface, addr, mac, dispute);
    Err(DropReason::ArpConflict.into())
}

/// Updates the sender's entry if there is one. True when there is.
fn merge(
    neighbors: &mut Neighbors,
    timers: &mut Wheel<TimerKey>,
    sysctls: &Sysctls,
    now: Instant,
    arrival: Arrival,
    packet: &arp::Packet,
) -> Verdict<bool> {
    let addr = IpAddr::V4(packet.sender_ip);
    let key = Key {
        iface: arrival.iface,
        addr,
    };
    let Some(slot) = neighbors.cache.find(key) else {
        return Ok(false);
    };
    let Some(entry) = neighbors.cache.get_mut(slot) else {
        return Ok(false);
    };
    let (state, mac) = (entry.state, packet.sender_mac);
    if state == NeighborState::Permanent {
        return Ok(true);
    }
    let known = state.is_usable();
    let gratuitous = packet.sender_ip == packet.target_ip;
    if known && entry.mac != mac && !gratuitous && now.since(entry.changed) < LOCK_TIME {
        return Err(DropReason::ArpContradiction.into());
    }
    // An answer to our question is to us alone; anything else is hearsay, and as good as stale.
    if packet.operation == Operation::Reply && arrival.cast == Cast::Unicast {
        let base = neighbors.links.reachable_time(key, sysctls.neigh(addr));
        entry.reachable_until = now + reachable_time(base, &mut neighbors.rng);
        neighbors
            .cache
            .settle(timers, slot, mac, NeighborState::Reachable, now);
    } else if !known || entry.mac != mac {
        neighbors
            .cache
            .settle(timers, slot, mac, NeighborState::Stale, now);
    }
    Ok(true)
}

/// RFC 4861 §6.3.2: between 0.5 and 1.5 times the base, so that neighbours do not ask in step.
pub(super) fn reachable_time(base: Duration, rng: &mut base::Rng) -> Duration {
    Duration::from_nanos(base.as_nanos() / 2 + rng.below(base.as_nanos()))
}

/// Learns from a question to us: who asks will soon be asked. A full cache learns nothing.
fn remember(
    neighbors: &mut Neighbors,
    timers: &mut Wheel<TimerKey>,
    sysctls: &Sysctls,
    interface: &Interface,
    now: Instant,
    packet: &arp::Packet,
) {
    let addr = IpAddr::V4(packet.sender_ip);
    // RFC 5227 §2.1.1: a probe says that its sender does not have the address yet.
    if packet.sender_ip == Ipv4Addr::UNSPECIFIED || interface.address_on_network_of(addr).is_none()
    {
        return;
    }
    let cache = &mut neighbors.cache;
    let key = Key {
        iface: interface.id,
        addr,
    };
    if let Ok(slot) = cache.insert(timers, sysctls, now, key) {
        cache.settle(timers, slot, packet.sender_mac, NeighborState::Stale, now);
    }
}

/// RFC 826: the same packet with sender and target swapped, ours filled in.
fn answer(interface: &Interface, own: MacAddr, packet: &arp::Packet) -> Reply {
    Reply::Arp {
        iface: interface.id,
        dst: packet.sender_mac,
        packet: arp::Packet {
            operation: Operation::Reply,
            sender_mac: own,
            sender_ip: packet.target_ip,
            target_mac: packet.sender_mac,
            target_ip: packet.sender_ip,
        },
    }
}
