//! Neighbours: which MAC address answers for an IP address.

pub(crate) mod egress;
pub(crate) mod ingress;

use core::net::IpAddr;

use wire::MacAddr;

use crate::packet::Routed;

/// The neighbour cache of one computer.
#[derive(Debug, Default)]
pub(crate) struct Neighbors {}

/// What the way down learns when it asks for a neighbour.
#[derive(Debug)]
pub(crate) enum Resolution {
    /// Its address is known: put the frame on the link.
    Known(MacAddr, Routed),
    /// The packet waits; a question is owed.
    Waiting,
}

/// What the neighbour layer owes the link.
#[derive(Debug)]
pub(crate) enum Debt {
    /// An ARP packet is due.
    Arp(crate::packet::Reply),
    /// A packet that waited, and the MAC address that came.
    Release(MacAddr, Routed),
    /// Packets that waited in vain for `addr`: their senders must hear of it.
    Failed(IpAddr, Routed),
}
