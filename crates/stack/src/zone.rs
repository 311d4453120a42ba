//! Addresses that mean something on one link only (RFC 4007), and how far others reach.

use core::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};

use crate::interface::InterfaceId;

/// Whether the address says nothing without an interface: IPv6's link-local addresses, and groups
/// of that scope or less.
pub(crate) fn is_zoned(addr: IpAddr) -> bool {
    match addr {
        IpAddr::V4(_) => false,
        IpAddr::V6(addr) => match multicast_scope(addr) {
            Some(scope) => scope <= 2,
            None => addr.is_unicast_link_local(),
        },
    }
}

/// As [`is_zoned`], of an address as a number.
pub(super) fn is_zoned_number(addr: u128) -> bool {
    Ipv6Addr::from_bits(addr).is_unicast_link_local()
}

/// How far a group reaches (RFC 7346 §2): 1 the interface, 2 the link, 5 the site, 14 everywhere.
/// `None` for addresses of one host.
pub(crate) fn multicast_scope(addr: Ipv6Addr) -> Option<u8> {
    addr.is_multicast().then(|| addr.octets()[1] & 0xf)
}

/// The interface to leave by towards `addr`, where the address says nothing without one.
pub(crate) fn exit(addr: IpAddr, iface: InterfaceId) -> Option<InterfaceId> {
    (is_zoned(addr) && iface != InterfaceId::LOOPBACK).then_some(iface)
}

/// A socket's name for what came in at `iface`: with a zone where the address needs one.
pub(crate) fn named(addr: IpAddr, port: u16, iface: InterfaceId) -> SocketAddr {
    match (addr, exit(addr, iface)) {
        (IpAddr::V6(addr), Some(iface)) => {
            SocketAddrV6::new(addr, port, 0, iface.scope_id()).into()
        }
        _ => SocketAddr::new(addr, port),
    }
}

/// The zone of a socket's name.
pub(crate) fn of(name: SocketAddr) -> Option<InterfaceId> {
    match name {
        SocketAddr::V6(name) if is_zoned((*name.ip()).into()) => {
            InterfaceId::from_scope_id(name.scope_id())
        }
        _ => None,
    }
}
