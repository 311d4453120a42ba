//! A packet from the link: is it sound, and for whom?

use core::net::{IpAddr, Ipv4Addr};

use base::Frame;
use wire::ipv4::Header;

use super::addresses::Ours;
use super::options::has_source_route;
use super::{Ip, header_of};
use crate::interface::InterfaceId;
use crate::packet::{Arrival, Cast};
use crate::verdict::{DropReason, Verdict};

/// Where a packet goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inbound {
    /// Up: it is for this computer, and was sent to so many.
    Ours(Cast),
    /// Through: this computer may be a router on its way.
    Onward,
}

/// Reads the IPv4 header at the front of a frame, and how long it is. What the link put behind the
/// packet is cut off.
pub(crate) fn parse(frame: &mut Frame) -> Verdict<(Header, usize)> {
    let (header, header_len) = header_of(frame)?;
    // RFC 1122 §3.2.1: the total length says where the packet ends.
    frame.truncate(header_len + header.payload_len);
    Ok((header, header_len))
}

/// Decides for whom a packet is: for us, for others, or for nobody.
/// `wanted` says whether somebody here listens to a group and to that sender.
pub(crate) fn sort(
    ip: &Ip,
    arrival: Arrival,
    header: &Header,
    wanted: impl Fn(IpAddr, IpAddr) -> bool,
) -> Verdict<Inbound> {
    if has_source_route(&header.options) {
        return Err(DropReason::SourceRouted.into());
    }
    check_addresses(ip, arrival.iface, header.src, header.dst)?;
    let dst = header.dst;
    if dst.is_multicast() {
        return if wanted(dst.into(), header.src.into()) {
            Ok(Inbound::Ours(Cast::Multicast))
        } else {
            Err(DropReason::NotInGroup.into())
        };
    }
    Ok(local(ip, arrival, dst)?)
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

/// Whether a packet is for this computer, and to how many it was sent.
fn local(ip: &Ip, arrival: Arrival, dst: Ipv4Addr) -> Result<Inbound, DropReason> {
    let here = |id: InterfaceId| id == arrival.iface || arrival.iface == InterfaceId::LOOPBACK;
    let inbound = match ip.addresses.find(IpAddr::V4(dst)) {
        Some(Ours::Host(_)) => Inbound::Ours(Cast::Unicast),
        Some(Ours::Broadcast(id)) if here(id) => return Ok(Inbound::Ours(Cast::Broadcast)),
        // RFC 2644: from elsewhere to all hosts of one of our networks.
        Some(Ours::Broadcast(_)) => return Err(DropReason::BroadcastNotForwarded),
        None if dst.is_broadcast() => return Ok(Inbound::Ours(Cast::Broadcast)),
        None => Inbound::Onward,
    };
    // RFC 1122 §3.3.6, RFC 1812 §5.3.4: sent to all by the link and to one by its address, it
    // would be answered by all, and forwarded by all.
    if arrival.cast != Cast::Unicast {
        return Err(DropReason::UnicastToMany);
    }
    Ok(inbound)
}
