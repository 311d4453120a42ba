//! Sockets of IPv6 that speak IPv4 as well (RFC 3493 §3.7): IPv4's addresses look mapped to their
//! programs, and are IPv4's everywhere else.

use core::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};

use super::common::{Common, Flags};
use super::{Address, Errno, Family, UNBOUND};
use crate::packet::Discover;
use crate::sysctl::Sysctls;

/// `[::]:0`.
const UNBOUND_V6: SocketAddr = SocketAddr::V6(SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, 0, 0, 0));

impl Common {
    /// The settings of a new socket.
    pub(crate) fn new(family: Family, sysctls: &Sysctls) -> Self {
        let mut common = Self::default();
        if sysctls.ip_no_pmtu_disc > 0 {
            common.rare_mut().mtu_discover = Discover::Dont;
        }
        let v6 = family == Family::Inet6;
        common.flags.set(Flags::INET6, v6);
        common
            .flags
            .set(Flags::V6ONLY, v6 && sysctls.ipv6_bindv6only);
        common
    }

    /// Which family the program asked for.
    pub(crate) const fn family(&self) -> Family {
        if self.has(Flags::INET6) {
            Family::Inet6
        } else {
            Family::Inet
        }
    }

    /// The name of a socket of this family that has none.
    pub(crate) const fn unbound(&self) -> SocketAddr {
        if self.has(Flags::INET6) {
            UNBOUND_V6
        } else {
            UNBOUND
        }
    }

    /// A name that a program gave: a mapped address is IPv4's.
    ///
    /// # Errors
    ///
    /// [`Errno::EAFNOSUPPORT`] for an address of another family; [`Errno::ENETUNREACH`] for a
    /// mapped one where the socket speaks IPv6 alone (`IPV6_V6ONLY`).
    pub(crate) fn inner(&self, address: &Address) -> Result<SocketAddr, Errno> {
        let Address::Inet(name) = address else {
            return Err(Errno::EAFNOSUPPORT);
        };
        match (name, self.has(Flags::INET6)) {
            (SocketAddr::V4(_), false) => Ok(*name),
            (SocketAddr::V6(v6), true) => match v6.ip().to_ipv4_mapped() {
                Some(_) if self.has(Flags::V6ONLY) => Err(Errno::ENETUNREACH),
                Some(v4) => Ok(SocketAddr::new(v4.into(), v6.port())),
                // The flow is the stack's to name.
                None => Ok(SocketAddrV6::new(*v6.ip(), v6.port(), 0, v6.scope_id()).into()),
            },
            _ => Err(Errno::EAFNOSUPPORT),
        }
    }

    /// A name as the program sees it.
    pub(crate) fn shown(&self, name: SocketAddr) -> SocketAddr {
        self.family().shown(name)
    }
}

impl Family {
    /// A name as a program sees it through a socket of this family.
    pub(crate) fn shown(self, name: SocketAddr) -> SocketAddr {
        match name {
            SocketAddr::V4(v4) if self == Self::Inet6 => {
                SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port())
            }
            _ => name,
        }
    }
}

/// Whether a socket whose own address is `local` hears what is for `addr`.
pub(crate) fn hears((local, flags): (IpAddr, Flags), addr: IpAddr) -> bool {
    match (local.is_unspecified(), local.is_ipv4() == addr.is_ipv4()) {
        (true, true) => true,
        (true, false) => local.is_ipv6() && !flags.contains(Flags::V6ONLY),
        (false, _) => local == addr,
    }
}

/// Whether there is an address that both would hear.
pub(crate) fn overlap(a: (IpAddr, Flags), b: (IpAddr, Flags)) -> bool {
    hears(a, b.0) || hears(b, a.0)
}
