//! A packet from the link: is it sound, and for whom?

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use base::Frame;
use wire::{EtherType, Protocol, ipv4};

use super::Ip;
use super::Refused;
use super::addresses::Ours;
use crate::icmp_message::IcmpMessage;
use crate::interface::{Interface, InterfaceId};
use crate::ip_header::Header;
use crate::ip_options::{broken_at, has_source_route};
use crate::packet::{Arrival, Cast};
use crate::sysctl::Sysctls;
use crate::verdict::{DropReason, Verdict};
use crate::zone;

/// Where a packet goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inbound {
    /// Up: it is for this computer, and was sent to so many.
    Ours(Cast),
    /// Through: this computer may be a router on its way.
    Onward,
}

/// Reads the header at the front of a frame, and how long it is. What the link put behind the
/// packet is cut off.
pub(crate) fn parse(ethertype: EtherType, frame: &mut Frame) -> Verdict<(Header, usize)> {
    let (header, header_len) = Header::parse(ethertype, frame)?;
    // A frame of several segments (GSO) from our own loopback is longer than the field can say.
    if frame.segment_size.is_none() {
        // RFC 1122 §3.2.1: the total length says where the packet ends.
        frame.truncate(header_len + header.payload_len());
    }
    Ok((header, header_len))
}

/// Decides for whom a packet is: for us, for others, or for nobody.
pub(crate) fn sort(
    ip: &Ip,
    arrival: Arrival,
    header: &Header,
    wanted: impl Fn(IpAddr, IpAddr) -> bool,
) -> Verdict<Inbound> {
    match header {
        Header::V4(header) => check_v4(ip, arrival, header)?,
        Header::V6(header) => check_v6(ip, arrival.iface, header.src, header.dst)?,
    }
    let (src, dst) = (header.src(), header.dst());
    if dst.is_multicast() {
        return if wanted(dst, src) {
            Ok(Inbound::Ours(Cast::Multicast))
        } else {
            Err(DropReason::NotInGroup.into())
        };
    }
    Ok(match header {
        Header::V4(header) => local(ip, arrival, header)?,
        Header::V6(_) => local_v6(ip, arrival, dst)?,
    })
}

/// `rp_filter`: a packet of IPv4 whose source is not reached by the interface that it came in at is
/// refused, 1, or one whose source is not reached at all, 2 (RFC 3704 §2.2, §2.4).
///
/// # Errors
///
/// [`DropReason::ReversePath`].
pub(crate) fn check_reverse_path(
    ip: &Ip,
    interfaces: &[Interface],
    sysctls: &Sysctls,
    iface: InterfaceId,
    header: &Header,
) -> Result<(), DropReason> {
    let Header::V4(header) = header else {
        return Ok(());
    };
    let level = sysctls.higher_v4(iface, |conf| conf.rp_filter);
    // Who has no address yet is asking for one, and knows no ways while he does.
    let asks = header.src.is_unspecified() || ip.addresses.awaits(iface);
    if level == 0 || iface == InterfaceId::LOOPBACK || asks {
        return Ok(());
    }
    let src = IpAddr::V4(header.src);
    let good = |id: InterfaceId| interfaces.get(id.index()).is_some_and(|i| i.leads_to(src));
    match ip.best_route(src, good) {
        Some(route) if level > 1 || route.iface == iface => Ok(()),
        _ => Err(DropReason::ReversePath),
    }
}

/// Whether the options of a packet that is for us, or to be passed on, can be read.
///
/// # Errors
///
/// [`DropReason::BadIpv4Option`], of which the sender is told (RFC 1122 §3.2.2.5, RFC 1812 §5.3.13).
pub(crate) fn check_options(header: &Header) -> Result<(), Refused> {
    let Header::V4(header) = header else {
        return Ok(());
    };
    match broken_at(&header.options) {
        None => Ok(()),
        Some(at) => Err(Refused {
            reason: DropReason::BadIpv4Option,
            message: Some(IcmpMessage::problem_v4(ipv4::MIN_HEADER_LEN + at)),
        }),
    }
}

fn check_v4(ip: &Ip, arrival: Arrival, header: &ipv4::Header) -> Result<(), DropReason> {
    if has_source_route(&header.options) {
        return Err(DropReason::SourceRouted);
    }
    check_addresses(ip, arrival.iface, header.src, header.dst)
}

/// Whether a packet of IPv6 to one host is for this one.
fn local_v6(ip: &Ip, arrival: Arrival, dst: IpAddr) -> Result<Inbound, DropReason> {
    let ours = ip.addresses.find_at(arrival.iface, dst).is_some();
    match (ours, arrival.cast) {
        // As RFC 1122 §3.3.6 has it for IPv4: what went to many is for none alone.
        (_, Cast::Broadcast | Cast::Multicast) => Err(DropReason::UnicastToMany),
        (true, Cast::Unicast) => Ok(Inbound::Ours(Cast::Unicast)),
        (false, Cast::Unicast) => Ok(Inbound::Onward),
    }
}

/// Refuses addresses that may not appear where they did (RFC 4291 §2.5 and §2.7).
fn check_v6(ip: &Ip, iface: InterfaceId, src: Ipv6Addr, dst: Ipv6Addr) -> Result<(), DropReason> {
    if src.is_multicast() {
        return Err(DropReason::MartianSource);
    }
    if dst.is_unspecified() {
        return Err(DropReason::MartianDestination);
    }
    if iface == InterfaceId::LOOPBACK {
        return Ok(());
    }
    // Mapped IPv4 addresses are a way to speak of sockets and nothing for a cable (RFC 4038 §4.2);
    // Linux refuses them as sources too.
    if src.is_loopback()
        || src.to_ipv4_mapped().is_some()
        || ip.addresses.find_at(iface, src.into()).is_some()
    {
        return Err(DropReason::MartianSource);
    }
    // A group of scope 0 is reserved, and one of scope 1 does not leave its host (RFC 4291 §2.7).
    let stays = zone::multicast_scope(dst).is_some_and(|scope| scope <= 1);
    if dst.is_loopback() || stays {
        return Err(DropReason::MartianDestination);
    }
    Ok(())
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
fn local(ip: &Ip, arrival: Arrival, header: &ipv4::Header) -> Result<Inbound, DropReason> {
    let dst = header.dst;
    let here = |id: InterfaceId| id == arrival.iface || arrival.iface == InterfaceId::LOOPBACK;
    let inbound = match ip.addresses.find(IpAddr::V4(dst)) {
        Some(Ours::Host(_)) => Inbound::Ours(Cast::Unicast),
        Some(Ours::Broadcast(id)) if here(id) => return Ok(Inbound::Ours(Cast::Broadcast)),
        // RFC 2644: from elsewhere to all hosts of one of our networks.
        Some(Ours::Broadcast(_)) => return Err(DropReason::BroadcastNotForwarded),
        None if dst.is_broadcast() => return Ok(Inbound::Ours(Cast::Broadcast)),
        // RFC 2131 §4.1: sent to the address that we are to have. As to all, it is for whom it fits,
        // and nobody is told when it fits none.
        None if header.protocol == Protocol::UDP && ip.addresses.awaits(arrival.iface) => {
            Inbound::Ours(Cast::Broadcast)
        }
        None => Inbound::Onward,
    };
    // RFC 1122 §3.3.6, RFC 1812 §5.3.4: sent to all by the link and to one by its address, it
    // would be answered by all, and forwarded by all.
    if arrival.cast != Cast::Unicast {
        return Err(DropReason::UnicastToMany);
    }
    Ok(inbound)
}
