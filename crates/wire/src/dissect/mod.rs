//! Bytes to layers, for people and programs that look at packets.
//!
//! Where the other modules give a stack what it needs, or a refusal, this one shows all that is
//! there, also of packets that a stack would refuse, and says where and why it would.
//!
//! ```
//! use wire::dissect::{FieldId, LayerKind, dissect};
//! use wire::LinkType;
//!
//! let layers = dissect(LinkType::RawIp, &[0x45, 0, 0, 20]);
//! assert_eq!(layers[0].kind, LayerKind::Ipv4);
//! let ihl = layers[0].field(FieldId::Ipv4HeaderLength).map(|f| f.value.to_string());
//! assert_eq!(ihl.as_deref(), Some("5 (20 bytes)"));
//! assert!(layers[0].malformed.is_some());
//! ```
//!
//! | file | what |
//! |---|---|
//! | `view` | [`LayerView`], [`FieldView`]: what comes out |
//! | `terms` | [`FieldId`], [`Meaning`]: the words, with keys for translation |
//! | `table` | how a row of a table becomes a field |
//! | `link`, `bpdu`, `ip`, `ipv6`, `icmpv6`, `ndp`, `membership`, `transport`, `rip`, `dhcp` | the tables, and what comes next |
//! | `walk` | from layer to layer |

mod bpdu;
mod dhcp;
mod icmpv6;
mod ip;
mod ipv6;
mod link;
mod membership;
mod ndp;
mod rip;
mod table;
mod terms;
mod transport;
mod view;
mod walk;

use alloc::vec::Vec;

pub use terms::{FieldId, LayerKind, Meaning};
pub use view::{FieldView, LayerView, Unchecked, Value, Verdict};

use self::walk::{Next, Walk};
use crate::LinkType;

/// What lies at the very front of a packet: the links of [`LinkType`], and what capture files have in
/// a link's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Front {
    /// Ethernet II.
    Ethernet,
    /// IPv4 or IPv6 at once.
    RawIp,
    /// Linux's cooked header, of captures at all interfaces (LINKTYPE_LINUX_SLL).
    Cooked,
    /// Its second version (LINKTYPE_LINUX_SLL2).
    Cooked2,
    /// The loopback interface of BSD and macOS: four bytes of protocol family, in either order
    /// (LINKTYPE_NULL, LINKTYPE_LOOP).
    Loopback,
}

impl From<LinkType> for Front {
    fn from(link: LinkType) -> Self {
        match link {
            LinkType::Ethernet => Self::Ethernet,
            LinkType::RawIp => Self::RawIp,
        }
    }
}

/// Peels a packet, from the link's header to the data and the padding behind it.
///
/// Every byte is in exactly one layer's range. The layers of a packet that an ICMP error is about
/// are marked as quoted.
#[must_use]
pub fn dissect(link: LinkType, bytes: &[u8]) -> Vec<LayerView> {
    dissect_from(link.into(), bytes)
}

/// [`dissect`], of a packet as it stands in a capture file.
#[must_use]
pub fn dissect_from(front: Front, bytes: &[u8]) -> Vec<LayerView> {
    let first = match front {
        Front::Ethernet => Next::Ethernet,
        Front::RawIp => Next::of_raw(bytes),
        Front::Cooked => Next::Cooked,
        Front::Cooked2 => Next::Cooked2,
        Front::Loopback => Next::Loopback,
    };
    Walk::new(bytes).run(first)
}
