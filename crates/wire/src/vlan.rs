//! IEEE 802.1Q tags: which VLAN a frame is in, and how urgent it is.

use base::Frame;

use crate::malformed::take;
use crate::{EtherType, Layer, Malformed};

/// Bytes of a tag.
pub const TAG_LEN: usize = 4;

/// Where a tag stands: behind the two addresses.
const TAG_AT: usize = 12;

/// The number of a VLAN, 1 to 4094: 0 is none, and 4095 is for nobody (IEEE 802.1Q-2022, table 9-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VlanId(u16);

impl VlanId {
    /// VLAN 1, in which ports are of which nothing is said (table 9-2).
    pub const DEFAULT: Self = Self(1);

    /// The VLAN of this number, if one can have it.
    #[must_use]
    pub const fn new(id: u16) -> Option<Self> {
        match id {
            1..=4094 => Some(Self(id)),
            _ => None,
        }
    }

    /// Its number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl core::fmt::Display for VlanId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

/// A tag (IEEE 802.1Q-2022 §9.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The priority code point, 0 to 7: 0 is usual.
    pub priority: u8,
    /// Whether it may be dropped before others.
    pub drop_eligible: bool,
    /// Its VLAN; none in a tag that tells the priority only.
    pub vlan: Option<VlanId>,
}

impl Tag {
    /// The usual priority.
    #[must_use]
    pub const fn of(vlan: VlanId) -> Self {
        Self {
            priority: 0,
            drop_eligible: false,
            vlan: Some(vlan),
        }
    }

    /// Reads the tag at the front of `bytes`, its EtherType 0x8100 first.
    ///
    /// # Errors
    ///
    /// [`Malformed::Truncated`]; [`Malformed::Version`] for another EtherType; [`Malformed::Field`]
    /// for VLAN 4095.
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize), Malformed> {
        let layer = Layer::Vlan;
        let bytes = take(layer, bytes, TAG_LEN)?;
        let found = u16::from_be_bytes([bytes[0], bytes[1]]);
        if found != EtherType::VLAN.0 {
            return Err(Malformed::Version { layer, found });
        }
        let control = u16::from_be_bytes([bytes[2], bytes[3]]);
        let vlan = match control & 0x0fff {
            0 => None,
            id => match VlanId::new(id) {
                None => {
                    return Err(Malformed::Field {
                        layer,
                        field: "VID",
                    });
                }
                some => some,
            },
        };
        let tag = Self {
            priority: (control >> 13) as u8,
            drop_eligible: control & 0x1000 != 0,
            vlan,
        };
        Ok((tag, TAG_LEN))
    }

    /// 4.
    #[must_use]
    pub const fn header_len(&self) -> usize {
        TAG_LEN
    }

    /// Writes the tag into the first 4 bytes of `out`.
    pub fn emit(&self, out: &mut [u8]) {
        let control = u16::from(self.priority & 7) << 13
            | u16::from(self.drop_eligible) << 12
            | self.vlan.map_or(0, VlanId::get);
        out[..2].copy_from_slice(&EtherType::VLAN.0.to_be_bytes());
        out[2..TAG_LEN].copy_from_slice(&control.to_be_bytes());
    }
}

/// Whether an Ethernet frame bears a tag.
#[must_use]
pub fn is_tagged(bytes: &[u8]) -> bool {
    bytes.get(TAG_AT..TAG_AT + 2) == Some(&EtherType::VLAN.0.to_be_bytes())
}

/// Takes the tag out of an Ethernet frame; `None` when it bears none.
///
/// # Errors
///
/// What [`Tag::parse`] says; the frame is unchanged then.
pub fn take_tag(frame: &mut Frame) -> Result<Option<Tag>, Malformed> {
    let bytes = frame.contiguous(TAG_AT + TAG_LEN);
    if !is_tagged(bytes) {
        return Ok(None);
    }
    let (tag, len) = Tag::parse(&bytes[TAG_AT..])?;
    let addresses = front(bytes);
    frame.pull(TAG_AT + len);
    frame.push_header(TAG_AT).copy_from_slice(&addresses);
    Ok(Some(tag))
}

/// Puts a tag into an Ethernet frame, behind the addresses. One that is too short for them is left
/// as it is.
pub fn put_tag(frame: &mut Frame, tag: &Tag) {
    let bytes = frame.contiguous(TAG_AT);
    if bytes.len() < TAG_AT {
        return;
    }
    let addresses = front(bytes);
    frame.pull(TAG_AT);
    let header = frame.push_header(TAG_AT + TAG_LEN);
    header[..TAG_AT].copy_from_slice(&addresses);
    tag.emit(&mut header[TAG_AT..]);
}

/// The two addresses of a frame that has them.
fn front(bytes: &[u8]) -> [u8; TAG_AT] {
    let mut addresses = [0; TAG_AT];
    addresses.copy_from_slice(&bytes[..TAG_AT]);
    addresses
}
