//! Capture files, as they come from a disk or a pipe: a packet at a time, whatever their size.
//!
//! - `source.rs`: bytes with the place in the file. `damage.rs`: what can be wrong with a file.
//! - `pcap.rs`, `pcapng.rs`: the two formats, in both byte orders.

mod damage;
mod pcap;
mod pcapng;
mod source;

use std::io::Read;

use wire::dissect::Front;

use super::Packet;
pub use damage::{Damage, Wrong};
use pcap::Pcap;
use pcapng::Pcapng;
use source::Source;

/// Where a frame was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Its name, which in captures of ours is `host:card`.
    pub name: Option<String>,
    /// What lies at the front of its frames, by the registry of link types.
    pub link: u16,
}

/// Which way a frame went at the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It arrived.
    In,
    /// It was sent.
    Out,
}

/// A packet as the file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Counted from 1.
    pub number: u64,
    /// Nanoseconds since 1970 (UTC); a file may have none.
    pub at: Option<u64>,
    /// Which of [`Reader::interfaces`].
    pub interface: usize,
    /// As far as it is told.
    pub way: Option<Way>,
    /// How many bytes it had, of which the file may have kept the front.
    pub length: usize,
    /// The bytes that were kept.
    pub bytes: Vec<u8>,
    /// What was written beside it. In captures of ours: why it was dropped.
    pub comments: Vec<String>,
}

impl Record {
    /// Why it died, in captures of ours.
    #[must_use]
    pub fn dropped(&self) -> Option<&str> {
        let mut comments = self.comments.iter();
        comments.find_map(|comment| comment.strip_prefix("dropped: "))
    }

    /// Bytes that the file did not keep.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.length.saturating_sub(self.bytes.len())
    }
}

/// Reads a capture.
///
/// It holds one packet at a time, and no more of a file than the file itself shows to be there.
#[derive(Debug)]
pub struct Reader<R> {
    source: Source<R>,
    format: Format,
    interfaces: Vec<Interface>,
    packets: u64,
    ended: bool,
}

#[derive(Debug)]
enum Format {
    Pcap(Pcap),
    Pcapng(Pcapng),
}

impl<R: Read> Reader<R> {
    /// Reads the file's first bytes.
    ///
    /// # Errors
    ///
    /// It is no capture, or ends at once.
    pub fn new(input: R) -> Result<Self, Damage> {
        let mut source = Source::new(input);
        let mut interfaces = Vec::new();
        let magic = source.array::<4>()?;
        let format = match pcap::Magic::of(magic) {
            Some(magic) => Format::Pcap(Pcap::begin(magic, &mut source, &mut interfaces)?),
            None if magic == pcapng::SECTION => Format::Pcapng(Pcapng::begin(&mut source)?),
            None => {
                let packed = magic.starts_with(&[0x1f, 0x8b]);
                let wrong = if packed {
                    Wrong::Compressed
                } else {
                    Wrong::NotACapture
                };
                return Err(Damage { offset: 0, wrong });
            }
        };
        Ok(Self {
            source,
            format,
            interfaces,
            packets: 0,
            ended: false,
        })
    }

    /// The next packet; `None` at the end.
    ///
    /// # Errors
    ///
    /// The file is damaged from here on: nothing more comes of it.
    #[expect(
        clippy::should_implement_trait,
        reason = "packets or an end, and the damage once"
    )]
    pub fn next(&mut self) -> Result<Option<Record>, Damage> {
        if self.ended {
            return Ok(None);
        }
        let number = self.packets + 1;
        let next = match &mut self.format {
            Format::Pcap(pcap) => pcap.next(&mut self.source),
            Format::Pcapng(pcapng) => pcapng.next(&mut self.source, &mut self.interfaces),
        };
        match next {
            Ok(Some(record)) => {
                self.packets = number;
                Ok(Some(Record { number, ..record }))
            }
            other => {
                self.ended = true;
                other
            }
        }
    }

    /// Where frames were seen, of those that were told of so far.
    #[must_use]
    pub fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    /// Peels a packet of this file, as its interface's link type says.
    #[must_use]
    pub fn peel(&self, record: &Record) -> Packet {
        let link = self.interfaces.get(record.interface).map(|it| it.link);
        let packet = match link.and_then(front) {
            Some(front) => Packet::new(front, record.bytes.clone()),
            None => Packet::opaque(record.bytes.clone()),
        };
        if record.missing() > 0 {
            packet.cut_short()
        } else {
            packet
        }
    }
}

/// What lies at the front, by the registry of link types (draft-ietf-opsawg-pcaplinktype).
#[must_use]
pub const fn front(link: u16) -> Option<Front> {
    Some(match link {
        0 | 108 => Front::Loopback,
        1 => Front::Ethernet,
        // 12 and 14 are what some systems wrote for the same.
        12 | 14 | 101 | 228 | 229 => Front::RawIp,
        113 => Front::Cooked,
        276 => Front::Cooked2,
        _ => return None,
    })
}
