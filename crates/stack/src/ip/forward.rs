//! A packet for somebody else (RFC 1812 §5).

use core::net::{IpAddr, Ipv4Addr};

use base::Frame;
use wire::checksum;
use wire::icmpv6::{Message, Unreachable};
use wire::{Protocol, tcp};

use super::ingress::check_options;
use super::{Ip, Refused, extension};
use crate::icmp_message::IcmpMessage;
use crate::interface::{Interface, InterfaceId};
use crate::ip_header::Header;
use crate::packet::{Arrival, Cast, HeaderBytes, Way};
use crate::sysctl::Sysctls;
use crate::verdict::DropReason;
use crate::zone;

/// Decides whether and where a packet goes on, and takes one from its TTL.
///
/// Options and traffic class stay as they are; a frame of several segments stays one. What came in
/// parts, of which `longest` was the longest, leaves in such again.
pub(crate) fn forward(
    ip: &Ip,
    interfaces: &[Interface],
    sysctls: &Sysctls,
    arrival: Arrival,
    (header, header_len): (&Header, usize),
    longest: Option<usize>,
    frame: &mut Frame,
) -> Result<Way, Refused> {
    if !forwards(sysctls, arrival.iface, header) {
        return Err(DropReason::NotForThisHost.into());
    }
    let dst = header.dst();
    check_options(header)?;
    check_scope(header)?;
    let refuse = |reason, message| {
        let message = Some(message);
        Err(Refused { reason, message })
    };
    if header.protocol() == Protocol::HOP_BY_HOP && dst.is_ipv6() {
        extension::check_hop_by_hop(frame)?;
    }
    // RFC 1812 §5.3.1, RFC 4443 §3.3.
    if header.hops() <= 1 {
        return refuse(DropReason::TtlExceeded, IcmpMessage::hops_exceeded(dst));
    }
    let good = |id: InterfaceId| interfaces.get(id.index()).filter(|it| it.leads_to(dst));
    let found = ip.best_route(dst, |id| good(id).is_some());
    let Some((route, out)) = found.and_then(|route| Some((route, good(route.iface)?))) else {
        return refuse(DropReason::NoRoute, IcmpMessage::no_route(dst));
    };
    // A frame of several segments is a sender's that discovers MTUs; it is told even if it forgot
    // to forbid fragmentation. In IPv6 nobody but the sender cuts (RFC 8200 §4.5).
    let whole = match header {
        Header::V4(header) => header.dont_fragment || frame.segment_size.is_some(),
        Header::V6(_) => true,
    };
    if longest.unwrap_or_else(|| longest_packet(frame, header_len)) > out.mtu && whole {
        let message = IcmpMessage::too_big(dst, out.mtu);
        return refuse(DropReason::FragmentationNeeded, message);
    }
    take_hop(frame, header, header_len);
    Ok(Way {
        iface: out.id,
        next_hop: route.next_hop(dst),
        cast: Cast::Unicast,
        mtu: longest.map_or(out.mtu, |longest| longest.min(out.mtu)),
    })
}

/// Whether packets of that version that come in at that interface are passed on.
fn forwards(sysctls: &Sysctls, from: InterfaceId, header: &Header) -> bool {
    let on = match header {
        Header::V4(_) => sysctls.forwards_v4(from),
        Header::V6(_) => sysctls.forwards_v6(from),
    };
    on && from != InterfaceId::LOOPBACK
}

/// Whether this router answers ARP questions for a host that it reaches by another interface
/// (`proxy_arp`, RFC 1027).
pub(crate) fn stands_for(
    ip: &Ip,
    interfaces: &[Interface],
    sysctls: &Sysctls,
    iface: InterfaceId,
    target: Ipv4Addr,
) -> bool {
    if !sysctls.either_v4(iface, |conf| conf.proxy_arp) || !sysctls.forwards_v4(iface) {
        return false;
    }
    let target = IpAddr::V4(target);
    let good = |id: InterfaceId| {
        interfaces
            .get(id.index())
            .is_some_and(|i| i.leads_to(target))
    };
    let route = ip.best_route(target, good);
    ip.addresses.find(target).is_none() && route.is_some_and(|route| route.iface != iface)
}

/// Addresses of one link mean nothing on another (RFC 3927 §2.7, RFC 4291 §2.5.6).
fn check_scope(header: &Header) -> Result<(), Refused> {
    let (src, dst) = (header.src(), header.dst());
    let leaves_its_link = match header {
        Header::V4(header) => header.src.is_link_local() || header.dst.is_link_local(),
        Header::V6(_) => zone::is_zoned(dst) || src.is_unspecified(),
    };
    if leaves_its_link {
        return Err(DropReason::LinkLocalNotForwarded.into());
    }
    if zone::is_zoned(src) {
        // RFC 4443 §3.1, code 2.
        return Err(Refused {
            reason: DropReason::LinkLocalNotForwarded,
            message: Some(IcmpMessage::V6(Message::DestinationUnreachable(
                Unreachable::BeyondScope,
            ))),
        });
    }
    Ok(())
}

/// Bytes of the longest packet that the frame becomes on a link that takes one segment a frame.
fn longest_packet(frame: &mut Frame, header_len: usize) -> usize {
    let Some(size) = frame.segment_size else {
        return frame.len();
    };
    let fixed = header_len + tcp::MIN_HEADER_LEN;
    let front = frame.contiguous(fixed);
    // TCP's data offset, in words of 32 bits.
    let tcp_len = front
        .get(header_len + 12)
        .map_or(0, |byte| usize::from(byte >> 4) * 4);
    frame
        .len()
        .min(header_len + tcp_len + usize::from(size.get()))
}

/// Takes one from the TTL; IPv4's checksum follows without a look at the rest (RFC 1624).
fn take_hop(frame: &mut Frame, header: &Header, header_len: usize) {
    let mut bytes = HeaderBytes::from_elem(0, header_len);
    frame.copy_to(&mut bytes);
    match header {
        Header::V4(_) => {
            let word = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
            let (old, sum) = (word(8), word(10));
            bytes[8] -= 1;
            let new = u16::from_be_bytes([bytes[8], bytes[9]]);
            let sum = checksum::update(sum, old, new);
            bytes[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        Header::V6(_) => bytes[7] -= 1,
    }
    frame.pull(header_len);
    frame.push_header(header_len).copy_from_slice(&bytes);
}
