//! Which addresses a server has, and what goes with them.

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;
use std::time::Duration;

use landline::MacAddr;
use wire::Ipv4Net;

/// Addresses of one pool at most.
pub(super) const MOST_ADDRESSES: u32 = 1 << 16;

/// The shortest lease: clients ask for more time after half of it.
pub(super) const SHORTEST_LEASE: Duration = Duration::from_secs(10);
/// The longest: all ones in the field would mean for ever.
pub(super) const LONGEST_LEASE: Duration = Duration::from_secs(u32::MAX as u64 - 1);

/// Addresses from one to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first.
    pub first: Ipv4Addr,
    /// The last.
    pub last: Ipv4Addr,
}

/// A text that is no [`Range`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeError;

impl fmt::Display for RangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("write addresses from one to another, such as 10.0.0.100-10.0.0.200")
    }
}

impl std::error::Error for RangeError {}

impl FromStr for Range {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Self, RangeError> {
        let (first, last) = text.split_once('-').ok_or(RangeError)?;
        let address = |text: &str| text.trim().parse().map_err(|_| RangeError);
        let (first, last) = (address(first)?, address(last)?);
        (first <= last)
            .then_some(Self { first, last })
            .ok_or(RangeError)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

impl Range {
    /// Whether an address is in it.
    pub fn contains(&self, address: Ipv4Addr) -> bool {
        (self.first..=self.last).contains(&address)
    }

    /// Whether it and another have an address in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// How many addresses there are.
    pub fn count(&self) -> u64 {
        u64::from(self.last.to_bits()) - u64::from(self.first.to_bits()) + 1
    }
}

/// The addresses that a server gives to the hosts of one network, and what it tells them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// The network; its mask is the hosts'.
    pub network: Ipv4Net,
    /// The addresses.
    pub range: Range,
    /// How long an address may be used without asking again.
    pub lease: Duration,
    /// Gateways, the best first.
    pub routers: Vec<Ipv4Addr>,
    /// Name servers, the best first.
    pub dns: Vec<Ipv4Addr>,
    /// The domain in which the hosts look names up.
    pub domain: Option<String>,
    /// The MTU of the hosts' interfaces.
    pub mtu: Option<u16>,
    /// Who always gets the same address, which may lie outside the range.
    pub reserved: BTreeMap<MacAddr, Ipv4Addr>,
}

/// What is wrong with a [`Pool`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolError {
    /// An address that is not on the network, or is the network's own or its broadcast address.
    Outside(Ipv4Addr, Ipv4Net),
    /// More addresses than one pool has.
    TooMany(u64),
    /// A lease that is too short or too long.
    Lease(Duration),
    /// Two hosts that would always get the same address.
    ReservedTwice(Ipv4Addr),
}

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outside(address, network) => {
                write!(f, "{address} is no address of a host on {network}")
            }
            Self::TooMany(count) => {
                write!(f, "{count} addresses are more than {MOST_ADDRESSES}")
            }
            Self::Lease(time) => {
                let (least, most) = (SHORTEST_LEASE.as_secs(), LONGEST_LEASE.as_secs());
                let time = time.as_secs_f64();
                write!(f, "a lease of {time} s is not from {least} to {most} s")
            }
            Self::ReservedTwice(address) => write!(f, "{address} is reserved twice"),
        }
    }
}

impl std::error::Error for PoolError {}

impl Pool {
    /// Addresses of a network, for an hour, and nothing told but the mask.
    pub fn new(network: Ipv4Net, range: Range) -> Self {
        Self {
            network: network.trunc(),
            range,
            lease: Duration::from_secs(3600),
            routers: Vec::new(),
            dns: Vec::new(),
            domain: None,
            mtu: None,
            reserved: BTreeMap::new(),
        }
    }

    /// Whether it makes sense.
    ///
    /// # Errors
    /// [`PoolError`].
    pub fn check(&self) -> Result<(), PoolError> {
        let net = self.network;
        let ends = [self.range.first, self.range.last];
        let mut all = ends.iter().chain(self.reserved.values());
        let nobodys = |address: &&Ipv4Addr| {
            let many = net.prefix_len() < 31
                && (**address == net.network() || **address == net.broadcast());
            many || !net.contains(*address)
        };
        if let Some(address) = all.find(nobodys) {
            return Err(PoolError::Outside(*address, net));
        }
        let count = self.range.count();
        if count > MOST_ADDRESSES.into() {
            return Err(PoolError::TooMany(count));
        }
        if !(SHORTEST_LEASE..=LONGEST_LEASE).contains(&self.lease) {
            return Err(PoolError::Lease(self.lease));
        }
        let mut seen = std::collections::BTreeSet::new();
        let mut reserved = self.reserved.values();
        match reserved.find(|address| !seen.insert(**address)) {
            Some(address) => Err(PoolError::ReservedTwice(*address)),
            None => Ok(()),
        }
    }

    /// Whether a host with this card may have an address, as far as this pool says.
    pub(super) fn allows(&self, mac: Option<MacAddr>, address: Ipv4Addr) -> bool {
        let mine = mac.and_then(|mac| self.reserved.get(&mac));
        match mine {
            Some(reserved) => *reserved == address,
            None => {
                let others = self.reserved.values().any(|other| *other == address);
                let known = self.routers.contains(&address) || self.dns.contains(&address);
                self.range.contains(address) && !others && !known
            }
        }
    }
}
