//! IP: addresses, routes, fragments, forwarding.
//!
//! | file | what |
//! |---|---|
//! | `addresses` | which addresses are ours |
//! | `route`, `trie` | where packets go next: the longest prefix |
//! | `ingress` | a packet from the link: is it sound, and for whom? |
//! | `forward` | it is for somebody else |
//! | `reassembly`, `peers` | it is a part of a larger one; whose parts wait |
//! | `extension` | what IPv6 puts behind it |
//! | `egress` | a packet for the network: which way? |
//! | `source` | from which address? |
//! | `fragment` | it is too long for the link |
//! | `redirect` | a router showed a better way |
//! | `gateways` | those that do not answer |
//! | `path_mtu` | how long packets to a destination may be |
//! | `ident` | which fragments belong together |
//! | `returned` | a packet that could not be sent, so that its sender can be told |

pub(crate) mod addresses;
pub(crate) mod egress;
pub(crate) mod extension;
pub(crate) mod forward;
pub(crate) mod fragment;
pub(crate) mod gateways;
mod ident;
pub(crate) mod ingress;
pub(crate) mod path_mtu;
mod peers;
pub(crate) mod reassembly;
mod recent;
pub(crate) mod redirect;
pub(crate) mod returned;
pub(crate) mod route;
pub(crate) mod source;
mod trie;

use base::{Frame, Rng};
use wire::Malformed;

use crate::icmp_message::IcmpMessage;
use crate::ip_header::{Header, ethertype_of};
use crate::keyed::Keyed;
use crate::packet::{Packet, Reply};
use crate::verdict::{DropReason, Stop};
use addresses::Addresses;
use gateways::Gateways;
use ident::Idents;
use path_mtu::PathMtus;
use reassembly::Reassembly;
use recent::Recent;
use redirect::Redirects;
use route::RouteTable;

/// The network layer's state of one computer.
#[derive(Debug)]
pub(crate) struct Ip {
    pub(crate) addresses: Addresses,
    pub(crate) routes: RouteTable,
    pub(crate) reassembly: Reassembly,
    pub(crate) path_mtus: PathMtus,
    pub(crate) redirects: Redirects,
    pub(crate) gateways: Gateways,
    /// The way that the last packet took.
    recent: Option<Recent>,
    idents: Idents,
    /// Makes flow labels.
    labels: Keyed,
}

impl Ip {
    /// No addresses, no routes.
    pub(crate) fn new(mut rng: Rng) -> Self {
        Self {
            addresses: Addresses::default(),
            routes: RouteTable::new(),
            reassembly: Reassembly::new(&mut rng),
            path_mtus: PathMtus::new(&mut rng),
            redirects: Redirects::new(&mut rng),
            gateways: Gateways::default(),
            recent: None,
            labels: Keyed::new(&mut rng),
            idents: Idents::new(rng),
        }
    }
}

/// Why a packet goes no further.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refused {
    /// What it dies of.
    pub(crate) reason: DropReason,
    /// What its sender is told.
    pub(crate) message: Option<IcmpMessage>,
}

impl Refused {
    /// The end of `packet`, and what its sender is owed.
    pub(crate) fn of(self, packet: Packet) -> Stop {
        let Self { reason, message } = self;
        let Some(message) = message else {
            return reason.into();
        };
        let about = packet.into();
        Stop::reply(Reply::Error { message, about }, Some(reason))
    }
}

impl From<DropReason> for Refused {
    fn from(reason: DropReason) -> Self {
        let message = None;
        Self { reason, message }
    }
}

impl From<Malformed> for Refused {
    fn from(malformed: Malformed) -> Self {
        DropReason::from(malformed).into()
    }
}

/// Reads the header at the front of a packet that the link layer has not named.
fn header_of(frame: &mut Frame) -> Result<(Header, usize), Malformed> {
    Header::parse(ethertype_of(frame), frame)
}

#[cfg(test)]
mod tests;
