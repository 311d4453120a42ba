//! A packet for the network: which way, and from which address?

use core::hash::BuildHasher as _;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use base::Instant;
use wire::{IpNet, Protocol, ipv4, ipv6};

use super::Ip;
use super::addresses::Ours;
use super::path_mtu::PathMtu;
use super::recent::Asked;
use super::source::{self, Candidate};
use crate::interface::{Interface, InterfaceId, Medium};
use crate::ip_options::Stamp;
use crate::packet::{Cast, Choice, Discover, Outbound, Way};
use crate::sysctl::Sysctls;
use crate::verdict::{DropReason, Verdict};
use crate::zone;

/// Bytes of the longest packet: its length has 16 bits.
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
    let Outbound { src, iface, .. } = *outbound;
    // RFC 791 §3.1: a packet with a source route goes to its first stop.
    let (dst, strict) = first_stop(outbound);
    let (way, src) = find_again(ip, interfaces, now, Asked { dst, src, iface })?;
    if strict && way.next_hop != dst {
        return Err(DropReason::NoRoute.into());
    }
    let path = ip.path_mtus.get(now, dst);
    // A stream's segments are made to fit what is known of the path, whatever its program says.
    let stream = outbound.protocol == Protocol::TCP;
    let discover = outbound.discover;
    let known = path.filter(|_| stream || discover.uses_path());
    let mtu = outbound.within(way.mtu(known));
    let fits = check_length(outbound, dst, mtu)?;
    let unlocked = !path.is_some_and(|path| path.locked);
    let dont_fragment = match discover {
        Discover::Dont | Discover::Interface | Discover::Omit => false,
        // Of datagrams those that are cut here may be cut again.
        Discover::Want => unlocked && (fits || stream),
        Discover::Do => true,
        Discover::Probe => !stream,
    };
    let refused = if stream {
        dont_fragment
    } else {
        !discover.cuts()
    };
    if !fits && refused {
        return Err(DropReason::FragmentationNeeded.into());
    }
    let hops = outbound.ttl.unwrap_or(match (way.cast, dst) {
        // RFC 1112 §6.1, RFC 3493 §5.2: a group is on this network unless the sender says
        // otherwise.
        (Cast::Multicast, _) => 1,
        (_, IpAddr::V4(_)) => sysctls.ip_default_ttl,
        (_, IpAddr::V6(_)) => sysctls.hop_limit(way.interface.id),
    });
    match (src, dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => {
            // RFC 6864 §4.1: a datagram that nobody may cut needs no identification.
            let identification = if dont_fragment {
                0
            } else {
                ip.idents.next(src, dst, outbound.protocol)
            };
            let mut header = ipv4::Header {
                traffic_class: outbound.traffic_class,
                dont_fragment,
                identification,
                ttl: hops,
                ..ipv4::Header::new(src, dst, outbound.protocol, outbound.frame.len())
            };
            if outbound.options.is_some() {
                put_options(ip, now, &mut header, outbound);
            }
            let len = header.header_len();
            header.emit(outbound.frame.push_header(len));
        }
        (IpAddr::V6(src), IpAddr::V6(dst)) => {
            let flow_label = if sysctls.ipv6_auto_flowlabels {
                ip.flow_label(src, dst, outbound)
            } else {
                0
            };
            let header = ipv6::Header {
                traffic_class: outbound.traffic_class,
                flow_label,
                hop_limit: hops,
                ..ipv6::Header::new(src, dst, outbound.protocol, outbound.frame.len())
            };
            header.emit(outbound.frame.push_header(ipv6::HEADER_LEN));
        }
        _ => return Err(DropReason::NoSourceAddress.into()),
    }
    Ok(Way {
        iface: way.interface.id,
        next_hop: way.next_hop,
        cast: way.cast,
        mtu,
    })
}

/// Puts a packet's options into its header, with what this host records in them.
fn put_options(ip: &Ip, now: Instant, header: &mut ipv4::Header, outbound: &Outbound) {
    let (Some(options), IpAddr::V4(end)) = (&outbound.options, outbound.dst) else {
        return;
    };
    let is_ours = |addr: Ipv4Addr| ip.addresses.is_ours(addr.into());
    let stamp = Stamp {
        own: header.src,
        now,
        is_ours: &is_ours,
    };
    let list = options.sent(stamp, end);
    header.options.extend(list.as_bytes().iter().copied());
}

/// Where a packet goes first, and whether that must be a neighbour.
fn first_stop(outbound: &Outbound) -> (IpAddr, bool) {
    let options = outbound.options.as_ref();
    let hop = options.and_then(|options| options.first_hop());
    hop.map_or((outbound.dst, false), |(hop, strict)| (hop.into(), strict))
}

/// A way and the source on it: as [`find`] says, which the last answer spares where nothing has changed
/// since.
fn find_again<'a>(
    ip: &mut Ip,
    interfaces: &'a [Interface],
    now: Instant,
    asked: Asked,
) -> Result<(Found<'a>, IpAddr), DropReason> {
    let Asked { dst, src, iface } = asked;
    if let Some(recent) = ip.recent(&asked)
        && let Some(src) = src
        && let Some(interface) = interfaces.get(recent.iface.index())
    {
        let found = Found {
            interface,
            next_hop: recent.next_hop,
            cast: Cast::Unicast,
            prefers: None,
        };
        debug_assert_eq!(
            find(ip, interfaces, now, dst, Some(src), iface).and_then(|way| {
                let source = way.source(dst, Some(src), ip, interfaces)?;
                Ok((way.interface.id, way.next_hop, way.cast, source))
            }),
            Ok((interface.id, found.next_hop, found.cast, src)),
            "what a way depends on has a version"
        );
        return Ok((found, src));
    }
    let way = find(ip, interfaces, now, dst, src, iface)?;
    let source = way.source(dst, src, ip, interfaces)?;
    if way.cast == Cast::Unicast && src == Some(source) {
        ip.remember(asked, way.interface.id, way.next_hop);
    }
    Ok((way, source))
}

/// Whether the packet fits the way in one piece.
fn check_length(outbound: &Outbound, dst: IpAddr, mtu: usize) -> Result<bool, DropReason> {
    // A frame of several segments is cut into packets of the right length further down.
    if outbound.frame.segment_size.is_some() {
        return Ok(true);
    }
    let options = outbound.options.as_ref();
    let payload_len = outbound.frame.len() + options.map_or(0, |list| list.as_bytes().len());
    // IPv6's length does not count the header, IPv4's does.
    let (header_len, counted) = match dst {
        IpAddr::V4(_) => (ipv4::MIN_HEADER_LEN, ipv4::MIN_HEADER_LEN),
        IpAddr::V6(_) => (ipv6::HEADER_LEN, 0),
    };
    if counted + payload_len > MAX_PACKET {
        Err(DropReason::TooLong)
    } else {
        Ok(header_len + payload_len <= mtu)
    }
}

impl Ip {
    /// The flow that a packet belongs to, by a keyed hash of what names it (RFC 6437 §3): never 0,
    /// so that it counts as labelled.
    fn flow_label(&self, src: Ipv6Addr, dst: Ipv6Addr, outbound: &Outbound) -> u32 {
        let ports = match outbound.protocol {
            Protocol::TCP | Protocol::UDP => {
                let mut ports = [0; 4];
                outbound.frame.copy_to(&mut ports);
                u32::from_ne_bytes(ports)
            }
            _ => 0,
        };
        let hash = self.labels.hash_one((src, dst, outbound.protocol.0, ports));
        (hash as u32 & 0xf_ffff).max(1)
    }
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
    let way = find(ip, interfaces, now, dst, src, iface)?;
    Ok(Choice {
        iface: way.interface.id,
        next_hop: way.next_hop,
        source: way.source(dst, src, ip, interfaces)?,
        mtu: way.mtu(ip.path_mtus.get(now, dst)),
        link_mtu: way.mtu(None),
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
    now: Instant,
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
        Some(Ours::Host(at)) if !elsewhere(dst, at, iface) => {
            let own = (!dst.is_loopback()).then_some(dst);
            return way(InterfaceId::LOOPBACK, dst, Cast::Unicast, own);
        }
        Some(Ours::Broadcast(id)) => return way(id, dst, Cast::Broadcast, None),
        Some(Ours::Host(_)) | None => {}
    }
    if dst.is_unspecified() {
        return Err(DropReason::MartianDestination);
    }
    let cast = match dst {
        IpAddr::V4(dst) if dst.is_broadcast() => Cast::Broadcast,
        _ if dst.is_multicast() => Cast::Multicast,
        _ => Cast::Unicast,
    };
    // RFC 4007 §6: an address of one link says nothing without it.
    if zone::is_zoned(dst) && iface.is_none() && src.is_none_or(|src| !zone::is_zoned(src)) {
        return Err(DropReason::MartianDestination);
    }
    if cast != Cast::Unicast || zone::is_zoned(dst) {
        // To all, or to a group, on one network: which one is the sender's to say.
        let bound = || match ip.addresses.find(src?)? {
            Ours::Host(id) => Some(id),
            Ours::Broadcast(_) => None,
        };
        if let Some(id) = iface.or_else(bound) {
            return way(id, dst, cast, None);
        }
    }
    let leads = |id| at(id).is_some_and(|interface| interface.leads_to(dst));
    let usable = |id| leads(id) && iface.is_none_or(|only| only == id);
    match (ip.best_route(dst, usable), iface) {
        (Some(route), _) if cast == Cast::Unicast => {
            let next_hop = ip.redirects.instead(now, route, dst);
            let next_hop = next_hop.unwrap_or_else(|| route.next_hop(dst));
            way(route.iface, next_hop, cast, route.source)
        }
        (Some(route), _) => way(route.iface, dst, cast, route.source),
        // As on Linux, to whom the interface is prescribed everybody is on its link.
        (None, Some(id)) => way(id, dst, cast, None),
        (None, None) => Err(DropReason::NoRoute),
    }
}

/// Whether an address of ours is meant as that of another link's.
fn elsewhere(dst: IpAddr, ours: InterfaceId, iface: Option<InterfaceId>) -> bool {
    zone::is_zoned(dst) && iface.is_some_and(|iface| iface != ours)
}

impl Found<'_> {
    /// Our address on this way. IPv4 (RFC 1122 §3.3.4.3): the one asked for, the route's, the one on
    /// the next hop's network, the interface's first, and failing all that any that others can
    /// answer. IPv6 (RFC 6724 §5): the one asked for, the route's, and the best by its rules.
    fn source(
        &self,
        dst: IpAddr,
        asked: Option<IpAddr>,
        ip: &Ip,
        interfaces: &[Interface],
    ) -> Result<IpAddr, DropReason> {
        // RFC 1122 §3.2.1.3: who is bound to the address of all hears by it and does not speak by it.
        let all = |src: &IpAddr| matches!(ip.addresses.find(*src), Some(Ours::Broadcast(_)));
        if let Some(src) = asked.filter(|src| !all(src)) {
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
        if let IpAddr::V6(dst) = dst {
            let best = source::choose(dst, self.candidates(interfaces));
            return best
                .map(|best| best.addr.into())
                .ok_or(DropReason::NoSourceAddress);
        }
        // RFC 2131 §4.1: who asks for an address speaks from none, and not from another link's.
        if self.interface.awaits_address() && dst == IpAddr::V4(Ipv4Addr::BROADCAST) {
            return Ok(Ipv4Addr::UNSPECIFIED.into());
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

    /// Our addresses of IPv6 that a packet may leave with. What goes to one link leaves with an
    /// address of that link (RFC 6724 §4).
    fn candidates<'a>(
        &'a self,
        interfaces: &'a [Interface],
    ) -> impl Iterator<Item = Candidate> + 'a {
        let one_link = zone::is_zoned(self.next_hop) || self.cast == Cast::Multicast;
        let out = self.interface.id;
        let usable =
            move |interface: &&Interface| interface.up && (interface.id == out || !one_link);
        let of = move |interface: &'a Interface| {
            let outgoing = interface.id == out;
            interface.addresses.iter().filter_map(move |net| match net {
                // Another link's address would mean nothing on this one.
                IpNet::V6(net) if outgoing || !zone::is_zoned(net.addr().into()) => {
                    let addr = net.addr();
                    Some(Candidate {
                        addr,
                        prefix_len: net.prefix_len(),
                        outgoing,
                        deprecated: interface.deprecated.contains(&addr),
                        temporary: interface.prefers_temporary
                            && interface.temporary.contains(&addr),
                    })
                }
                _ => None,
            })
        };
        // To ourselves and from the loopback's address alone.
        let loopback = out == InterfaceId::LOOPBACK;
        interfaces
            .iter()
            .filter(usable)
            .flat_map(of)
            .filter(move |candidate| loopback || !candidate.addr.is_loopback())
    }

    fn mtu(&self, path: Option<PathMtu>) -> usize {
        // The length of an IPv6 packet does not count its header.
        let most = match self.next_hop {
            IpAddr::V4(_) => MAX_PACKET,
            IpAddr::V6(_) => MAX_PACKET + ipv6::HEADER_LEN,
        };
        let link = self.interface.mtu.min(most);
        path.map_or(link, |path| path.mtu.min(link))
    }
}
