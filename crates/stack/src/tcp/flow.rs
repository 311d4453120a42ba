//! The four that name a connection.

use core::hash::{Hash, Hasher};
use core::net::{IpAddr, Ipv4Addr, SocketAddr};

/// An address and a port: a socket address without what IPv6 adds to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) addr: IpAddr,
    pub(super) port: u16,
}

impl End {
    /// `0.0.0.0:0`.
    pub(super) const ANY: Self = Self {
        addr: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        port: 0,
    };

    /// The same port on every address of the family.
    pub(super) const fn wildcard(self) -> Self {
        match self.addr {
            IpAddr::V4(_) => Self {
                port: self.port,
                ..Self::ANY
            },
            IpAddr::V6(_) => Self {
                addr: IpAddr::V6(core::net::Ipv6Addr::UNSPECIFIED),
                port: self.port,
            },
        }
    }
}

impl From<SocketAddr> for End {
    fn from(addr: SocketAddr) -> Self {
        Self {
            addr: addr.ip(),
            port: addr.port(),
        }
    }
}

impl From<End> for SocketAddr {
    fn from(end: End) -> Self {
        Self::new(end.addr, end.port)
    }
}

impl Hash for End {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // In whole words: the hash sits on every segment's way.
        match self.addr {
            IpAddr::V4(addr) => {
                state.write_u64(u64::from(addr.to_bits()) << 16 | u64::from(self.port));
            }
            IpAddr::V6(addr) => {
                let bits = addr.to_bits();
                state.write_u64(bits as u64);
                state.write_u64((bits >> 64) as u64);
                state.write_u16(self.port);
            }
        }
    }
}

/// Both ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Flow {
    pub(super) local: End,
    pub(super) remote: End,
}
