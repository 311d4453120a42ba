//! What a dissection gives out.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;
use core::ops::Range;

use super::terms::{FieldId, LayerKind, Meaning};
use crate::tcp::Flags;
use crate::{MacAddr, Malformed};

/// One layer of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerView {
    /// What it is.
    pub kind: LayerKind,
    /// Its header's bytes, or all of its bytes for data and padding.
    pub range: Range<usize>,
    /// Its fields in the order of the wire, as far as there are bytes for them.
    pub fields: Vec<FieldView>,
    /// Whether its checksum is right; `None` for a layer without one.
    pub checksum: Option<Verdict>,
    /// Why a stack would refuse the packet here, apart from its checksum.
    pub malformed: Option<Malformed>,
    /// It belongs to the packet that an ICMP error is about.
    pub quoted: bool,
}

impl LayerView {
    /// The field of this id, the first if there are several.
    #[must_use]
    pub fn field(&self, id: FieldId) -> Option<&FieldView> {
        self.fields.iter().find(|field| field.id == id)
    }
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldView {
    /// Which one.
    pub id: FieldId,
    /// Its bytes, counted from the front of the packet. Fields of a few bits share a byte.
    pub range: Range<usize>,
    /// What it holds; its `Display` is for people.
    pub value: Value,
    /// What that means, where it is not said by the value.
    pub meaning: Option<Meaning>,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Decimal: a count, a length, a port.
    Number(u64),
    /// Hexadecimal, with so many digits: a type, an identification, a checksum.
    Hex(u64, u8),
    /// A number of units, and the bytes that it stands for.
    Units(u64, u64),
    /// A link address.
    Mac(MacAddr),
    /// A network address.
    Ip(IpAddr),
    /// TCP's control bits.
    Flags(Flags),
    /// A SACK block: from the first number up to, not including, the second.
    Block(u32, u32),
    /// What people wrote.
    Text(String),
    /// Bytes without a meaning here.
    Bytes(Vec<u8>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Hex(number, digits) => write!(f, "0x{number:0width$x}", width = (*digits).into()),
            Self::Units(units, bytes) => write!(f, "{units} ({bytes} bytes)"),
            Self::Mac(mac) => mac.fmt(f),
            Self::Ip(ip) => ip.fmt(f),
            Self::Flags(flags) => {
                let mut between = "";
                for (name, _) in flags.iter_names() {
                    write!(f, "{between}{name}")?;
                    between = ", ";
                }
                Ok(())
            }
            Self::Block(left, right) => write!(f, "{left}-{right}"),
            // Strangers wrote it, and it goes to terminals.
            Self::Text(text) => write!(f, "\"{}\"", text.escape_debug()),
            Self::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }
    }
}

/// Whether a checksum is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Good,
    /// It is not.
    Bad {
        /// What it would have to be.
        right: u16,
    },
    /// Nobody can say.
    NotChecked(Unchecked),
}

/// Why a checksum was not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unchecked {
    /// The sender computed none.
    Absent,
    /// Its bytes are spread over several fragments.
    Fragment,
    /// Not all of its bytes are here.
    Incomplete,
    /// It covers the last address of a route that is not read here.
    Route,
}
