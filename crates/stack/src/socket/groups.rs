//! What programs say of groups: C's `ip_mreqn`, `ip_mreq_source`, `ipv6_mreq`, `group_req`,
//! `group_source_req`.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Errno, Family};

/// Which interface is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupInterface {
    /// The one that the route to the group leads to.
    Any,
    /// By its number as Linux counts: the loopback is 1.
    Index(u32),
    /// By its number, and what is sent leaves with this address.
    Numbered(u32, Ipv4Addr),
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

    pub(crate) const fn address(addr: Ipv4Addr) -> Self {
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
pub(super) fn mreq(bytes: &[u8]) -> Result<GroupRequest, Errno> {
    let addr = v4(bytes, 4).ok_or(Errno::EINVAL)?;
    let interface = match word(bytes, 8) {
        None | Some(0) => GroupInterface::address(addr),
        Some(index) if addr.is_unspecified() => GroupInterface::Index(index),
        Some(index) => GroupInterface::Numbered(index, addr),
    };
    Ok(GroupRequest {
        group: v4(bytes, 0).ok_or(Errno::EINVAL)?.into(),
        interface,
        source: None,
    })
}

/// `struct ip_mreq_source`, and no byte more.
pub(super) fn mreq_source(bytes: &[u8]) -> Result<GroupRequest, Errno> {
    let (words, []) = bytes.as_chunks::<4>() else {
        return Err(Errno::EINVAL);
    };
    let &[group, interface, source] = words else {
        return Err(Errno::EINVAL);
    };
    Ok(GroupRequest {
        group: Ipv4Addr::from(group).into(),
        interface: GroupInterface::address(interface.into()),
        source: Some(Ipv4Addr::from(source).into()),
    })
}

/// `struct ipv6_mreq`.
pub(super) fn mreq6(bytes: &[u8]) -> Result<GroupRequest, Errno> {
    let octets = bytes.first_chunk::<16>().ok_or(Errno::EINVAL)?;
    let index = word(bytes, 16).ok_or(Errno::EINVAL)?;
    Ok(GroupRequest {
        group: Ipv6Addr::from(*octets).into(),
        interface: GroupInterface::index(index),
        source: None,
    })
}

/// Bytes of a `struct sockaddr_storage`.
const STORAGE: usize = 128;
/// Where it lies behind an `int`, on machines that align to eight.
const BEHIND_INT: usize = 8;

/// `struct group_req` of a family; `wrong` for another family's.
fn group_req_of(bytes: &[u8], family: Family, wrong: Errno) -> Result<GroupRequest, Errno> {
    let group = bytes.get(BEHIND_INT..BEHIND_INT + STORAGE);
    let index = word(bytes, 0).ok_or(Errno::EINVAL)?;
    Ok(GroupRequest {
        group: sockaddr(group.ok_or(Errno::EINVAL)?, family).ok_or(wrong)?,
        interface: GroupInterface::index(index),
        source: None,
    })
}

/// `struct group_source_req` of a family.
fn group_source_req_of(bytes: &[u8], family: Family) -> Result<GroupRequest, Errno> {
    let second = BEHIND_INT + STORAGE;
    let source = bytes.get(second..second + STORAGE).ok_or(Errno::EINVAL)?;
    let source = sockaddr(source, family).ok_or(Errno::EADDRNOTAVAIL)?;
    Ok(GroupRequest {
        source: Some(source),
        ..group_req_of(bytes, family, Errno::EADDRNOTAVAIL)?
    })
}

/// `struct group_req` at IPv4's level.
pub(super) fn group_req(bytes: &[u8]) -> Result<GroupRequest, Errno> {
    group_req_of(bytes, Family::Inet, Errno::EINVAL)
}

/// `struct group_source_req` at IPv4's level.
pub(super) fn group_source_req(bytes: &[u8]) -> Result<GroupRequest, Errno> {
    group_source_req_of(bytes, Family::Inet)
}

/// `struct group_req` at IPv6's level.
pub(super) fn group_req6(bytes: &[u8]) -> Result<GroupRequest, Errno> {
    group_req_of(bytes, Family::Inet6, Errno::EADDRNOTAVAIL)
}

/// `struct group_source_req` at IPv6's level.
pub(super) fn group_source_req6(bytes: &[u8]) -> Result<GroupRequest, Errno> {
    group_source_req_of(bytes, Family::Inet6)
}

/// The address in a `struct sockaddr_storage`, if it is of that family.
fn sockaddr(bytes: &[u8], of: Family) -> Option<IpAddr> {
    let family = u16::from_ne_bytes(*bytes.first_chunk()?);
    if i32::from(family) != of.number() {
        return None;
    }
    if of == Family::Inet {
        Some(v4(bytes, 4)?.into())
    } else {
        let octets = bytes.get(8..)?.first_chunk::<16>()?;
        Some(Ipv6Addr::from(*octets).into())
    }
}
