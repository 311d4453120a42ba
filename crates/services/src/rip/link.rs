//! A card, as far as RIP is concerned.

use std::net::IpAddr;

use stack::InterfaceId;
use wire::IpNet;

use super::judge::is_of_the_link;

/// A card at which RIP is spoken, or only listened to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Which card.
    pub iface: InterfaceId,
    /// Its addresses of the family in question that are in use.
    pub addresses: Vec<IpNet>,
    /// Bytes of the longest IP packet.
    pub mtu: usize,
    /// It listens here and says nothing.
    pub passive: bool,
}

impl Link {
    pub(super) fn is_ours(&self, addr: IpAddr) -> bool {
        self.addresses.iter().any(|net| net.addr() == addr)
    }

    /// Whether an address is on a network of this link, or of the link itself.
    pub(super) fn reaches(&self, addr: IpAddr) -> bool {
        is_of_the_link(addr) || self.addresses.iter().any(|net| net.contains(&addr))
    }
}

/// A network that we reach without anybody's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Own {
    /// Which.
    pub network: IpNet,
    /// By what it is reached.
    pub by: By,
}

/// By what a network of our own is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// It is a card's first network: who is there needs no word of it.
    Card(InterfaceId),
    /// It is another network of a card.
    CardToo,
    /// We were given a way there, by that gateway at that card.
    Gateway(InterfaceId, IpAddr),
}
