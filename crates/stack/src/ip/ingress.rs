//! A packet from the link: is it sound, and for whom?

use core::net::{IpAddr, Ipv4Addr};

use base::Instant;

use super::addresses::Ours;
use super::forward::forward;
use super::options::has_source_route;
use super::reassembly::Fragment;
use super::{Ip, header_of};
use crate::interface::{Interface, InterfaceId};
use crate::packet::{Arrived, Cast, Packet, Routed};
use crate::sysctl::Sysctls;
use crate::timer::{TimerKey, Wheel};
use crate::verdict::{DropReason, Verdict};

/// All hosts on the network (RFC 1112 §4): the group that everybody is in.
const ALL_HOSTS: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 1);

/// Where a packet goes on.
#[derive(Debug)]
pub(crate) enum Inbound {
    /// Up: a whole datagram for this computer.
    Ours(Packet),
    /// Through: this computer is a router on its way.
    Onward(Routed),
}

/// Takes the IPv4 header off and decides: for us, to be passed on, or neither.
///
/// Whole datagrams for this computer come back; a fragment is kept until the rest is there.
pub(crate) fn ipv4(
    ip: &mut Ip,
    timers: &mut Wheel<TimerKey>,
    interfaces: &[Interface],
    sysctls: &Sysctls,
    now: Instant,
    mut arrived: Arrived,
) -> Verdict<Inbound> {
    let (header, header_len) = header_of(&mut arrived.frame)?;
    // RFC 1122 §3.2.1: what the link put behind the packet is none of ours.
    arrived.frame.truncate(header_len + header.payload_len);
    if has_source_route(&header.options) {
        return Err(DropReason::SourceRouted.into());
    }
    check_addresses(ip, arrived.iface, header.src, header.dst)?;
    let Some(cast) = local(ip, &arrived, header.dst)? else {
        let routed = forward(ip, interfaces, sysctls, arrived, &header, header_len)?;
        return Ok(Inbound::Onward(routed));
    };
    let packet = Packet::taken_off(arrived, cast, &header, header_len);
    if !header.is_fragment() {
        return Ok(Inbound::Ours(packet));
    }
    let fragment = Fragment::of(&header);
    let whole = ip.reassembly.add(timers, sysctls, now, fragment, packet)?;
    Ok(Inbound::Ours(whole))
}

/// Refuses addresses that may not appear where they did: martians (RFC 1122 §3.2.1.3,
/// RFC 1812 §5.3.7).
fn check_addresses(
    ip: &Ip,
    iface: InterfaceId,
    src: Ipv4Addr,
    dst: Ipv4Addr,
) -> Result<(), DropReason> {
    if iface == InterfaceId::LOOPBACK {
        return Ok(());
    }
    let [first, ..] = src.octets();
    // A host that does not know its address yet may ask everybody for one (RFC 1122 §3.2.1.3 (a)).
    let asks = src.is_unspecified() && dst.is_broadcast();
    if src.is_loopback() || src.is_multicast() || src.is_broadcast() || (first == 0 && !asks) {
        return Err(DropReason::MartianSource);
    }
    // Ours, or all of one of our networks: nobody else can be the sender.
    if ip.addresses.find(src.into()).is_some() {
        return Err(DropReason::MartianSource);
    }
    let [first, ..] = dst.octets();
    if dst.is_loopback() || first == 0 {
        return Err(DropReason::MartianDestination);
    }
    Ok(())
}

/// Whether a packet is for this computer, and to how many it was sent; `None` when it is for
/// another host.
fn local(ip: &Ip, arrived: &Arrived, dst: Ipv4Addr) -> Result<Option<Cast>, DropReason> {
    let here = |id: InterfaceId| id == arrived.iface || arrived.iface == InterfaceId::LOOPBACK;
    let cast = match ip.addresses.find(IpAddr::V4(dst)) {
        Some(Ours::Host(_)) => Some(Cast::Unicast),
        Some(Ours::Broadcast(id)) if here(id) => return Ok(Some(Cast::Broadcast)),
        // RFC 2644: from elsewhere to all hosts of one of our networks.
        Some(Ours::Broadcast(_)) => return Err(DropReason::BroadcastNotForwarded),
        None if dst.is_broadcast() => return Ok(Some(Cast::Broadcast)),
        None if dst == ALL_HOSTS => return Ok(Some(Cast::Multicast)),
        None if dst.is_multicast() => return Err(DropReason::NotInGroup),
        None => None,
    };
    // RFC 1122 §3.3.6, RFC 1812 §5.3.4: sent to all by the link and to one by its address, it
    // would be answered by all, and forwarded by all.
    if arrived.cast != Cast::Unicast {
        return Err(DropReason::UnicastToMany);
    }
    Ok(cast)
}
