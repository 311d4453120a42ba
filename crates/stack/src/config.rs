//! Refusals of a network configuration that makes no sense.

use core::net::IpAddr;

use thiserror::Error;
use wire::MacAddr;
use wire::vlan::VlanId;

/// Why a network configuration is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// No host can have the name.
    #[error("an interface's name has 1 to 15 characters, none of them white space or a slash")]
    BadName,
    /// The name is another interface's.
    #[error("there is an interface of that name")]
    NameTaken,
    /// More interfaces than numbers for them.
    #[error("a host has at most 65,536 interfaces")]
    TooManyInterfaces,
    /// Below what IP demands of every link (RFC 791 §3.2).
    #[error("an MTU of {0} is below 68, the least that IP demands")]
    MtuTooSmall(usize),
    /// Above what a link of that kind can say.
    #[error("an MTU of {0} is above 65535, the longest IP packet")]
    MtuTooLarge(usize),
    /// Not one card's own address.
    #[error("{0} is not a MAC address that one card can have")]
    BadMac(MacAddr),
    /// A stack makes its own loopback, and one is enough.
    #[error("the loopback is there already")]
    SecondLoopback,
    /// A VLAN of what has none: no Ethernet card, or a VLAN itself; or one that is there already.
    #[error("there cannot be a VLAN {0} of that interface")]
    NoVlan(VlanId),
    /// No interface has that number.
    #[error("there is no such interface")]
    NoSuchInterface,
    /// Not an address that one host can have there.
    #[error("{0} is not an address that a host can have at that interface")]
    BadAddress(IpAddr),
    /// The address is ours already.
    #[error("the address {0} is in use here already")]
    AddressTaken(IpAddr),
    /// The address is not the interface's.
    #[error("the interface does not have the address {0}")]
    NoSuchAddress(IpAddr),
    /// An address of IPv6 on a link that cannot carry it (RFC 8200 §5).
    #[error("a link of IPv6 has an MTU of 1280 at least")]
    MtuTooSmallForIpv6,
    /// Only a link with MAC addresses has neighbours and routers that speak for themselves.
    #[error("the interface has no MAC address, and nobody to arrange anything with")]
    NoMac,
    /// What a router would say of itself makes no sense.
    #[error("a router cannot advertise that: {0}")]
    BadAdvertisement(&'static str),
    /// Addresses cannot be translated so.
    #[error("addresses cannot be translated so: {0}")]
    BadNat(&'static str),
    /// Network, gateway and source are not of one family.
    #[error("network, gateway and source are not of one family")]
    MixedFamilies,
    /// The route is there already.
    #[error("there is such a route already")]
    RouteExists,
    /// There is no such route.
    #[error("there is no such route")]
    NoSuchRoute,
    /// A gateway that is not on a network of the route's interface.
    #[error("the gateway {0} is on no network of the interface")]
    GatewayUnreachable(IpAddr),
    /// A static neighbour on a link without MAC addresses, or for a group.
    #[error("{0} cannot be a neighbour at that interface")]
    BadNeighbor(IpAddr),
    /// There is no such neighbour.
    #[error("no neighbour {0} is known at that interface")]
    NoSuchNeighbor(IpAddr),
    /// The neighbour cache is full of static entries.
    #[error("the neighbour cache is full (net.ipv4.neigh.default.gc_thresh3)")]
    NeighborCacheFull,
}
