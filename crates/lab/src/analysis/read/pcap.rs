//! pcap, the old format (draft-ietf-opsawg-pcap).

use std::io::Read;

use super::source::{LONGEST, Order, Source};
use super::{Damage, Interface, Record, Wrong};

/// What the file's first bytes say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Magic {
    order: Order,
    /// Nanoseconds in a unit of the times' second half.
    unit: u64,
}

impl Magic {
    pub(super) fn of(bytes: [u8; 4]) -> Option<Self> {
        let (order, unit) = match bytes {
            [0xa1, 0xb2, 0xc3, 0xd4] => (Order::Big, 1000),
            [0xd4, 0xc3, 0xb2, 0xa1] => (Order::Little, 1000),
            [0xa1, 0xb2, 0x3c, 0x4d] => (Order::Big, 1),
            [0x4d, 0x3c, 0xb2, 0xa1] => (Order::Little, 1),
            _ => return None,
        };
        Some(Self { order, unit })
    }
}

#[derive(Debug)]
pub(super) struct Pcap(Magic);

impl Pcap {
    /// Reads the file's header, behind its magic.
    pub(super) fn begin<R: Read>(
        magic: Magic,
        source: &mut Source<R>,
        interfaces: &mut Vec<Interface>,
    ) -> Result<Self, Damage> {
        let header = source.array::<20>()?;
        // The upper half may say how long the frames' check sequences are.
        let link = magic.order.word(&header, 4) as u16;
        interfaces.push(Interface { name: None, link });
        Ok(Self(magic))
    }

    pub(super) fn next<R: Read>(
        &mut self,
        source: &mut Source<R>,
    ) -> Result<Option<Record>, Damage> {
        let offset = source.offset();
        let Some(header) = source.array_or_end::<16>()? else {
            return Ok(None);
        };
        let Magic { order, unit } = self.0;
        let [seconds, parts, kept, length] = [0, 1, 2, 3].map(|n| order.word(&header, n));
        if kept > LONGEST {
            let wrong = Wrong::Length(kept);
            return Err(Damage { offset, wrong });
        }
        Ok(Some(Record {
            number: 0,
            at: Some(u64::from(seconds) * 1_000_000_000 + u64::from(parts) * unit),
            interface: 0,
            way: None,
            length: length as usize,
            bytes: source.bytes(kept)?,
            comments: Vec::new(),
        }))
    }
}
