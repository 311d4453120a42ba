//! Headers as tables: a row a field.

use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};

use super::terms::{FieldId, Meaning};
use super::view::{FieldView, Value};
use crate::MacAddr;
use crate::tcp::Flags;

/// How the bytes of a field are shown.
#[derive(Clone, Copy)]
enum Show {
    Number,
    Hex,
    /// A number of units of so many bytes.
    Units(u8),
    Mac,
    Ip,
    Flags,
    Bytes,
}

/// One field of a header.
#[derive(Clone, Copy)]
pub(super) struct Row {
    id: FieldId,
    /// From the header's front, in bytes.
    at: usize,
    /// At most 8 for numbers.
    len: usize,
    /// Which bits of the number: so many from the right are left out, and so many counted.
    bits: (u8, u8),
    show: Show,
    means: fn(u64) -> Option<Meaning>,
}

impl Row {
    const fn new(id: FieldId, at: usize, len: usize, show: Show) -> Self {
        Self {
            id,
            at,
            len,
            bits: (0, 64),
            show,
            means: |_| None,
        }
    }

    pub(super) const fn number(id: FieldId, at: usize, len: usize) -> Self {
        Self::new(id, at, len, Show::Number)
    }

    pub(super) const fn hex(id: FieldId, at: usize, len: usize) -> Self {
        Self::new(id, at, len, Show::Hex)
    }

    pub(super) const fn mac(id: FieldId, at: usize) -> Self {
        Self::new(id, at, 6, Show::Mac).means(cast)
    }

    pub(super) const fn ipv4(id: FieldId, at: usize) -> Self {
        Self::address(id, at, 4)
    }

    pub(super) const fn ipv6(id: FieldId, at: usize) -> Self {
        Self::address(id, at, 16)
    }

    /// A network address of so many bytes: 4 or 16.
    pub(super) const fn address(id: FieldId, at: usize, len: usize) -> Self {
        Self::new(id, at, len, Show::Ip)
    }

    pub(super) const fn flags(id: FieldId, at: usize) -> Self {
        Self::new(id, at, 2, Show::Flags).bits(0, 9)
    }

    pub(super) const fn bytes(id: FieldId, at: usize, len: usize) -> Self {
        Self::new(id, at, len, Show::Bytes)
    }

    /// Only `count` bits, those left of the `skip` rightmost.
    pub(super) const fn bits(mut self, skip: u8, count: u8) -> Self {
        self.bits = (skip, count);
        self
    }

    /// The number counts units of so many bytes.
    pub(super) const fn units(mut self, bytes: u8) -> Self {
        self.show = Show::Units(bytes);
        self
    }

    pub(super) const fn means(mut self, means: fn(u64) -> Option<Meaning>) -> Self {
        self.means = means;
        self
    }

    /// The field in the header that begins at `base` of `bytes`; `None` when it is not all there.
    pub(super) fn read(&self, bytes: &[u8], base: usize) -> Option<FieldView> {
        let range = base + self.at..base + self.at + self.len;
        let field = bytes.get(range.clone())?;
        let whole = field.iter().fold(0, |n, b| n << 8 | u64::from(*b));
        let (skip, count) = self.bits;
        let number = whole >> skip & u64::MAX >> (64 - count);
        let value = match (self.show, field) {
            (Show::Hex, _) => Value::Hex(number, (self.len * 2) as u8),
            (Show::Units(size), _) => Value::Units(number, number * u64::from(size)),
            (Show::Mac, &[a, b, c, d, e, f]) => Value::Mac(MacAddr([a, b, c, d, e, f])),
            (Show::Ip, &[a, b, c, d]) => Value::Ip(Ipv4Addr::new(a, b, c, d).into()),
            (Show::Ip, _) => match <[u8; 16]>::try_from(field) {
                Ok(octets) => Value::Ip(Ipv6Addr::from(octets).into()),
                Err(_) => Value::Bytes(field.to_vec()),
            },
            (Show::Flags, _) => Value::Flags(Flags::from_bits_truncate(number as u16)),
            (Show::Bytes, _) => Value::Bytes(field.to_vec()),
            _ => Value::Number(number),
        };
        Some(FieldView {
            id: self.id,
            range,
            value,
            meaning: (self.means)(number),
        })
    }
}

/// The fields of a header that begins at `base` of `bytes`, as far as they are there.
pub(super) fn read(rows: &[Row], bytes: &[u8], base: usize) -> Vec<FieldView> {
    rows.iter()
        .filter_map(|row| row.read(bytes, base))
        .collect()
}

/// To how many a link address speaks.
fn cast(mac: u64) -> Option<Meaning> {
    let [_, _, a, b, c, d, e, f] = mac.to_be_bytes();
    let mac = MacAddr([a, b, c, d, e, f]);
    if mac.is_broadcast() {
        Some(Meaning::Broadcast)
    } else if mac.is_multicast() {
        Some(Meaning::Multicast)
    } else {
        mac.is_local().then_some(Meaning::LocallyAdministered)
    }
}
