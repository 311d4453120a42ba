//! A packet for the network: which way, and from which address?

use core::net::IpAddr;

use base::Instant;
use wire::ipv4;

use super::Ip;
use super::addresses::Ours;
use super::path_mtu::PathMtu;
use crate::interface::{Interface, InterfaceId, Medium};
use crate::packet::{Cast, Choice, Outbound, Way};
use crate::sysctl::Sysctls;
use crate::verdict::{DropReason, Verdict};

/// Bytes of the longest IPv4 packet: its length has 16 bits.
pub(crate) const MAX_PACKET: usize = 65_535;

/// Finds the route and puts the IP header on.
///
/// # Errors
///
/// Those of [`select`]; [`DropReason::TooLong`]; [`DropReason::FragmentationNeeded`] for a packet
/// that may not be cut and has to be.
pub(crate) fn route(
    ip: &mut Ip,
    interfaces: &[Interface],
    sysctls: &Sysctls,
    now: Instant,
    outbound: &mut Outbound,
) -> Verdict<Way> {
    let Outbound {
        src, dst, iface, ..
    } = *outbound;
    let way = find(ip, interfaces, dst, src, iface)?;
    let path = ip.path_mtus.get(now, dst);
    let (IpAddr::V4(src), IpAddr::V4(dst)) = (way.source(src, ip, interfaces)?, dst) else {
        return Err(DropReason::NoSourceAddress.into());
    };
    let frame = &mut outbound.frame;
    let payload_len = frame.len();
    let mtu = way.mtu(path);
    // A frame of several segments is cut into packets of the right length further down.
    if frame.segment_size.is_none() {
        let len = ipv4::MIN_HEADER_LEN + payload_len;
        if len > MAX_PACKET {
            return Err(DropReason::TooLong.into());
        }
        if len > mtu && outbound.dont_fragment && !path.is_some_and(|path| path.locked) {
            return Err(DropReason::FragmentationNeeded.into());
        }
    }
    let dont_fragment = outbound.dont_fragment && !path.is_some_and(|path| path.locked);
    let default_ttl = match way.cast {
        // RFC 1112 §6.1: a group is on this network unless the sender says otherwise.
        Cast::Multicast => 1,
        Cast::Unicast | Cast::Broadcast => sysctls.ip_default_ttl,
    };
    let header = ipv4::Header {
        traffic_class: outbound.traffic_class,
        dont_fragment,
        // RFC 6864 §4.1: a datagram that nobody may cut needs no identification.
        identification: if dont_fragment {
            0
        } else {
            ip.idents.next(src, dst, outbound.protocol)
        },
        ttl: outbound.ttl.unwrap_or(default_ttl),
        ..ipv4::Header::new(src, dst, outbound.protocol, payload_len)
    };
    header.emit(frame.push_header(ipv4::MIN_HEADER_LEN));
    Ok(Way {
        iface: way.interface.id,
        next_hop: way.next_hop,
        cast: way.cast,
        mtu,
    })
}

/// Which way a packet to `dst` would take: what a transport must know before it sends the first.
///
/// `src` is the address that a socket is bound to, `iface` the interface that it is bound to.
///
/// # Errors
///
/// [`DropReason::NoRoute`] (ENETUNREACH); [`DropReason::MartianDestination`] (EINVAL) for 0.0.0.0;
/// [`DropReason::MartianSource`] (EINVAL) for a loopback source that would leave the host;
/// [`DropReason::NoSourceAddress`] (EADDRNOTAVAIL) when no address of ours fits;
/// [`DropReason::InterfaceDown`] (ENETDOWN) when the demanded interface is down or does not exist.
pub(crate) fn select(
    ip: &Ip,
    interfaces: &[Interface],
    now: Instant,
    dst: IpAddr,
    src: Option<IpAddr>,
    iface: Option<InterfaceId>,
) -> Result<Choice, DropReason> {
    let way = find(ip, interfaces, dst, src, iface)?;
    Ok(Choice {
        iface: way.interface.id,
        next_hop: way.next_hop,
        source: way.source(src, ip, interfaces)?,
        mtu: way.mtu(ip.path_mtus.get(now, dst)),
        offload: way.interface.offload,
        cast: way.cast,
        many: None,
    })
}

/// A way to a destination that was found.
struct Found<'a> {
    interface: &'a Interface,
    next_hop: IpAddr,
    cast: Cast,
    /// The source that the route prefers.
    prefers: Option<IpAddr>,
}

fn find<'a>(
    ip: &Ip,
    interfaces: &'a [Interface],
    dst: IpAddr,
    src: Option<IpAddr>,
    iface: Option<InterfaceId>,
) -> Result<Found<'a>, DropReason> {
    let at = |id: InterfaceId| interfaces.get(id.index()).filter(|interface| interface.up);
    let way = |id: InterfaceId, next_hop, cast, prefers| {
        Ok(Found {
            interface: at(id).ok_or(DropReason::InterfaceDown)?,
            next_hop,
            cast,
            prefers,
        })
    };
    match ip.addresses.find(dst) {
        // To ourselves, whichever of our addresses it is.
        Some(Ours::Host(_)) => {
            let own = (!dst.is_loopback()).then_some(dst);
            return way(InterfaceId::LOOPBACK, dst, Cast::Unicast, own);
        }
        Some(Ours::Broadcast(id)) => return way(id, dst, Cast::Broadcast, None),
        None => {}
    }
    if dst.is_unspecified() {
        return Err(DropReason::MartianDestination);
    }
    let cast = match dst {
        IpAddr::V4(dst) if dst.is_broadcast() => Cast::Broadcast,
        _ if dst.is_multicast() => Cast::Multicast,
        _ => Cast::Unicast,
    };
    if cast != Cast::Unicast {
        // To all, or to a group, on one network: which one is the sender's to say.
        let bound = || match ip.addresses.find(src?)? {
            Ours::Host(id) => Some(id),
            Ours::Broadcast(_) => None,
        };
        if let Some(id) = iface.or_else(bound) {
            return way(id, dst, cast, None);
        }
    }
    let usable = |id| at(id).is_some() && iface.is_none_or(|only| only == id);
    match (ip.routes.lookup(dst, usable), iface) {
        (Some(route), _) if cast == Cast::Unicast => {
            way(route.iface, route.next_hop(dst), cast, route.source)
        }
        (Some(route), _) => way(route.iface, dst, cast, route.source),
        // As on Linux, to whom the interface is prescribed everybody is on its link.
        (None, Some(id)) => way(id, dst, cast, None),
        (None, None) => Err(DropReason::NoRoute),
    }
}

impl Found<'_> {
    /// Our address on this way (RFC 1122 §3.3.4.3): the one asked for, the route's, the one on the
    /// next hop's network, the interface's first, and failing all that any that others can answer.
    fn source(
        &self,
        asked: Option<IpAddr>,
        ip: &Ip,
        interfaces: &[Interface],
    ) -> Result<IpAddr, DropReason> {
        if let Some(src) = asked {
            return if src.is_loopback() && self.interface.medium != Medium::Loopback {
                Err(DropReason::MartianSource)
            } else {
                Ok(src)
            };
        }
        // A preferred address that is no longer ours is not sent with.
        if let Some(src) = self.prefers.filter(|src| ip.addresses.is_ours(*src)) {
            return Ok(src);
        }
        if let Some(near) = self.interface.address_on_network_of(self.next_hop) {
            return Ok(near.addr());
        }
        let up = interfaces
            .iter()
            .filter(|i| i.up && i.medium != Medium::Loopback);
        core::iter::once(self.interface)
            .chain(up)
            .flat_map(|interface| &interface.addresses)
            .map(|net| net.addr())
            .find(|addr| wire::ip::same_family(*addr, self.next_hop))
            .ok_or(DropReason::NoSourceAddress)
    }

    fn mtu(&self, path: Option<PathMtu>) -> usize {
        let link = self.interface.mtu.min(MAX_PACKET);
        path.map_or(link, |path| path.mtu.min(link))
    }
}
