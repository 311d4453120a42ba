//! IP: addresses, routes, fragments, forwarding.
//!
//! | file | what |
//! |---|---|
//! | `addresses` | which addresses are ours |
//! | `route`, `trie` | where packets go next: the longest prefix |
//! | `ingress` | a packet from the link: is it sound, and for whom? |
//! | `forward` | it is for somebody else |
//! | `reassembly` | it is a part of a larger one |
//! | `egress` | a packet for the network: which way, from which address? |
//! | `fragment` | it is too long for the link |
//! | `path_mtu` | how long packets to a destination may be |
//! | `ident` | which fragments belong together |
//! | `options` | what a header carries beyond the ordinary |
//! | `returned` | a packet that could not be sent, so that its sender can be told |

pub(crate) mod addresses;
pub(crate) mod egress;
pub(crate) mod forward;
pub(crate) mod fragment;
mod ident;
pub(crate) mod ingress;
mod options;
pub(crate) mod path_mtu;
pub(crate) mod reassembly;
pub(crate) mod returned;
pub(crate) mod route;
mod trie;

use base::{Frame, Rng};
use wire::Malformed;
use wire::ipv4::{Header, MIN_HEADER_LEN};

use addresses::Addresses;
use ident::Idents;
use path_mtu::PathMtus;
use reassembly::Reassembly;
use route::RouteTable;

/// The network layer's state of one computer.
#[derive(Debug)]
pub(crate) struct Ip {
    pub(crate) addresses: Addresses,
    pub(crate) routes: RouteTable,
    pub(crate) reassembly: Reassembly,
    pub(crate) path_mtus: PathMtus,
    idents: Idents,
}

impl Ip {
    /// No addresses, no routes.
    pub(crate) fn new(mut rng: Rng) -> Self {
        Self {
            addresses: Addresses::default(),
            routes: RouteTable::new(),
            reassembly: Reassembly::new(&mut rng),
            path_mtus: PathMtus::new(&mut rng),
            idents: Idents::new(rng),
        }
    }
}

/// Reads the header at the front of a frame.
fn header_of(frame: &mut Frame) -> Result<(Header, usize), Malformed> {
    let have = frame.len();
    let front = frame.contiguous(MIN_HEADER_LEN);
    // Options are rare; asking for room for them would copy payload together with the header.
    let len = front.first().map_or(0, |byte| usize::from(byte & 0xf) * 4);
    if len > front.len() {
        frame.contiguous(len);
    }
    Header::parse(frame.prefix(), have)
}

#[cfg(test)]
mod tests;
