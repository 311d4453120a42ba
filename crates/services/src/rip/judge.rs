//! Whether to believe a message (RFC 2453 §3.9.2, RFC 2080 §2.4.2).

use std::net::IpAddr;

use wire::{IpNet, Malformed};

/// Why a message, or an entry of one, was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// RIP is not spoken at that card.
    NotSpoken,
    /// It is our own.
    Own,
    /// Its sender is on no network of that card.
    Stranger,
    /// A response that does not come from a router's port.
    Port,
    /// A response of RIPng that has made hops, or is not by an address of the link.
    Far,
    /// It cannot be read.
    Message(Malformed),
    /// It does not show that it is a friend's.
    Unproved,
    /// It is older than one that came before, or the same again.
    Replayed,
    /// One of its entries cannot be read; the others hold.
    Entry(Malformed),
    /// An entry is for what is no network to send to: a group, a loopback, a link.
    NotANetwork,
    /// An entry would have us send packets to ourselves.
    ThroughUs,
    /// An entry is for one network more than are remembered.
    TableFull,
}

impl Refused {
    /// A word for it that never changes.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::NotSpoken => "not-spoken",
            Self::Own => "own",
            Self::Stranger => "stranger",
            Self::Port => "port",
            Self::Far => "far",
            Self::Message(_) => "malformed",
            Self::Unproved => "unproved",
            Self::Replayed => "replayed",
            Self::Entry(_) => "malformed-entry",
            Self::NotANetwork => "not-a-network",
            Self::ThroughUs => "through-us",
            Self::TableFull => "table-full",
        }
    }
}

/// Whether packets can be sent there by a router: RFC 2453 §3.9.2, "is the destination address valid".
pub(super) fn is_a_network(network: &IpNet) -> bool {
    if network.prefix_len() == 0 {
        return true;
    }
    match network {
        IpNet::V4(net) => {
            let addr = net.network();
            let zero = addr.octets()[0] == 0;
            // 240.0.0.0/4 is reserved, and the broadcast address in it.
            let reserved = addr.octets()[0] >= 240;
            !(zero || reserved || addr.is_loopback() || addr.is_multicast() || addr.is_link_local())
        }
        IpNet::V6(net) => {
            let addr = net.network();
            let ours_alone = addr.is_loopback() || addr.is_unspecified();
            !(ours_alone || addr.is_multicast() || addr.is_unicast_link_local())
        }
    }
}

/// Whether an address is one of the link.
pub(super) fn is_of_the_link(addr: IpAddr) -> bool {
    matches!(addr, IpAddr::V6(addr) if addr.is_unicast_link_local())
}
