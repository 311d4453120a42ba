//! What programs say of groups: C's `ip_mreqn`, `ip_mreq_source`, `ipv6_mreq`, `group_req`,
//! `group_source_req`.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which interface is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupInterface {
    /// The one that the route to the group leads to.
    Any,
    /// By its number as Linux counts: the loopback is 1.
    Index(u32),
    /// The one that has this address.
    Address(Ipv4Addr),
}

/// A group at an interface, and with some options a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupRequest {
    /// Which group.
    pub group: IpAddr,
    /// Where.
    pub interface: GroupInterface,
    /// From whom; `None` for everybody.
    pub source: Option<IpAddr>,
}

impl GroupInterface {
    pub(super) const fn index(index: u32) -> Self {
        if index == 0 {
            Self::Any
        } else {
            Self::Index(index)
        }
    }

    pub(super) const fn address(addr: Ipv4Addr) -> Self {
        if addr.is_unspecified() {
            Self::Any
        } else {
            Self::Address(addr)
        }
    }
}

/// Four bytes of an address at a place.
pub(super) fn v4(bytes: &[u8], at: usize) -> Option<Ipv4Addr> {
    let octets = bytes.get(at..)?.first_chunk::<4>()?;
    Some(Ipv4Addr::from(*octets))
}

/// A number of this machine's byte order at a place.
pub(super) fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_ne_bytes(*four))
}

/// `struct ip_mreqn`, or the shorter `ip_mreq`.
pub(super) fn mreq(bytes: &[u8]) -> Option<GroupRequest> {
    let interface = match word(bytes, 8) {
        Some(index) if index != 0 => GroupInterface::Index(index),
        _ => GroupInterface::address(v4(bytes, 4)?),
    };
    Some(GroupRequest {
        group: v4(bytes, 0)?.into(),
        interface,
        source: None,
    })
}

/// `struct ip_mreq_source`.
pub(super) fn mreq_source(bytes: &[u8]) -> Option<GroupRequest> {
    Some(GroupRequest {
        group: v4(bytes, 0)?.into(),
        interface: GroupInterface::address(v4(bytes, 4)?),
        source: Some(v4(bytes, 8)?.into()),
    })
}

/// `struct ipv6_mreq`.
pub(super) fn mreq6(bytes: &[u8]) -> Option<GroupRequest> {
    let octets = bytes.first_chunk::<16>()?;
    Some(GroupRequest {
        group: Ipv6Addr::from(*octets).into(),
        interface: GroupInterface::index(word(bytes, 16)?),
        source: None,
    })
}

/// Bytes of a `struct sockaddr_storage`.
const STORAGE: usize = 128;
/// Where it lies behind an `int`, on machines that align to eight.
const BEHIND_INT: usize = 8;

/// `struct group_req`.
pub(super) fn group_req(bytes: &[u8]) -> Option<GroupRequest> {
    Some(GroupRequest {
        group: sockaddr(bytes.get(BEHIND_INT..BEHIND_INT + STORAGE)?)?,
        interface: GroupInterface::index(word(bytes, 0)?),
        source: None,
    })
}

/// `struct group_source_req`.
pub(super) fn group_source_req(bytes: &[u8]) -> Option<GroupRequest> {
    let second = BEHIND_INT + STORAGE;
    Some(GroupRequest {
        source: Some(sockaddr(bytes.get(second..second + STORAGE)?)?),
        ..group_req(bytes)?
    })
}

/// The address in a `struct sockaddr_storage`.
fn sockaddr(bytes: &[u8]) -> Option<IpAddr> {
    let family = u16::from_ne_bytes(*bytes.first_chunk()?);
    if i32::from(family) == super::Family::Inet.number() {
        Some(v4(bytes, 4)?.into())
    } else if i32::from(family) == super::Family::Inet6.number() {
        let octets = bytes.get(8..)?.first_chunk::<16>()?;
        Some(Ipv6Addr::from(*octets).into())
    } else {
        None
    }
}
