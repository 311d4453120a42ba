//! One group, and whose packets to it are wanted (RFC 3376 §4.2.4, RFC 3810 §5.2.5).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{Layer, Malformed};

/// What a record says of its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordKind {
    /// `MODE_IS_INCLUDE`: those sources and no others are listened to.
    IsInclude,
    /// `MODE_IS_EXCLUDE`: all sources but those are listened to.
    IsExclude,
    /// `CHANGE_TO_INCLUDE_MODE`: from now on those alone; with none, the group is left.
    ToInclude,
    /// `CHANGE_TO_EXCLUDE_MODE`: from now on all but those; with none, the group is joined.
    ToExclude,
    /// `ALLOW_NEW_SOURCES`: those as well.
    Allow,
    /// `BLOCK_OLD_SOURCES`: those no more.
    Block,
    /// A kind that is not defined; receivers pass over it.
    Other(u8),
}

impl RecordKind {
    /// From the number of the wire.
    #[must_use]
    pub const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::IsInclude,
            2 => Self::IsExclude,
            3 => Self::ToInclude,
            4 => Self::ToExclude,
            5 => Self::Allow,
            6 => Self::Block,
            other => Self::Other(other),
        }
    }

    /// The number of the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::IsInclude => 1,
            Self::IsExclude => 2,
            Self::ToInclude => 3,
            Self::ToExclude => 4,
            Self::Allow => 5,
            Self::Block => 6,
            Self::Other(other) => other,
        }
    }
}

/// Addresses of one family as they lie in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sources<'a> {
    /// Invariant: a multiple of `width`.
    bytes: &'a [u8],
    /// Bytes of one: 4 or 16.
    width: usize,
}

impl<'a> Sources<'a> {
    /// Addresses of `width` bytes each, 4 or 16; what is behind the last whole one is left out.
    pub(super) fn new(bytes: &'a [u8], width: usize) -> Self {
        let whole = bytes.len() / width * width;
        Self {
            bytes: &bytes[..whole],
            width,
        }
    }

    /// None, of a family.
    #[must_use]
    pub const fn none(v6: bool) -> Self {
        Self {
            bytes: &[],
            width: if v6 { 16 } else { 4 },
        }
    }

    /// How many.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.bytes.len() / self.width
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Of which family they are, or would be.
    #[must_use]
    pub const fn are_v6(&self) -> bool {
        self.width == 16
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = IpAddr> + 'a {
        self.bytes.chunks_exact(self.width).filter_map(address)
    }

    pub(super) const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

/// What one record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// What it says of the group.
    pub kind: RecordKind,
    /// Which.
    pub group: IpAddr,
    /// The sources that it names.
    pub sources: Sources<'a>,
}

/// The records of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Records<'a> {
    /// Invariant: so many well-formed records and nothing else.
    bytes: &'a [u8],
    count: u16,
    width: usize,
}

impl<'a> Records<'a> {
    /// The first `count` records of `bytes`, their addresses of `width` bytes.
    pub(super) fn parse(
        layer: Layer,
        bytes: &'a [u8],
        count: u16,
        width: usize,
    ) -> Result<Self, Malformed> {
        let mut at = 0;
        for _ in 0..count {
            let rest = bytes.get(at..).unwrap_or_default();
            let len = record_len(rest, width).filter(|len| *len <= rest.len());
            at += len.ok_or(Malformed::Length {
                layer,
                found: usize::from(count),
                have: bytes.len(),
            })?;
        }
        let bytes = &bytes[..at];
        Ok(Self {
            bytes,
            count,
            width,
        })
    }

    /// How many.
    #[must_use]
    pub const fn count(&self) -> u16 {
        self.count
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = Record<'a>> + 'a {
        let (mut rest, width) = (self.bytes, self.width);
        core::iter::from_fn(move || {
            let len = record_len(rest, width)?;
            let (record, behind) = rest.split_at_checked(len)?;
            rest = behind;
            let count = usize::from(u16::from_be_bytes([record[2], record[3]]));
            let sources = record.get(4 + width..4 + width * (count + 1))?;
            Some(Record {
                kind: RecordKind::from_number(record[0]),
                group: address(record.get(4..4 + width)?)?,
                sources: Sources::new(sources, width),
            })
        })
    }

    pub(super) const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

impl RecordKind {
    /// Appends a record of this kind, all of whose addresses are of the group's family.
    pub fn append(
        self,
        out: &mut alloc::vec::Vec<u8>,
        group: IpAddr,
        sources: impl ExactSizeIterator<Item = IpAddr>,
    ) {
        let count = u16::try_from(sources.len()).unwrap_or(u16::MAX);
        out.extend([self.number(), 0]);
        out.extend(count.to_be_bytes());
        append(out, group);
        sources
            .take(usize::from(count))
            .for_each(|source| append(out, source));
    }
}

fn append(out: &mut alloc::vec::Vec<u8>, addr: IpAddr) {
    match addr {
        IpAddr::V4(addr) => out.extend(addr.octets()),
        IpAddr::V6(addr) => out.extend(addr.octets()),
    }
}

/// Bytes of the record at the front, as it says itself. `None` when it cannot say.
fn record_len(bytes: &[u8], width: usize) -> Option<usize> {
    let [_, auxiliary, a, b] = *bytes.first_chunk()?;
    let sources = usize::from(u16::from_be_bytes([a, b]));
    Some(4 + width * (sources + 1) + usize::from(auxiliary) * 4)
}

/// An address of either family, by its length.
pub(super) fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        Some(Ipv4Addr::from(v4).into())
    } else {
        Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into())
    }
}
