//! Capture files: pcapng, as tshark and Wireshark read it.
//!
//! - [`Capture`] here: the file.
//! - `recorder.rs`: [`Recorder`], a capture that looks on at a driver.

mod recorder;

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use base::{Duration, Frame, Instant};
use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};
use pcap_file::{DataLink, Endianness, PcapError};
use wire::LinkType;

use crate::observer::Direction;

pub use recorder::Recorder;

/// `if_tsresol`: timestamps count units of 10⁻⁹ s.
const NANOSECONDS: u8 = 9;

/// Bytes of the longest comment: an option's length has 16 bits.
const LONGEST_COMMENT: usize = 65_535;

/// One of a capture's interfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapturedInterface(u32);

/// A pcapng file being written.
///
/// The same frames at the same times give the same bytes, on every machine.
pub struct Capture<W: Write = BufWriter<File>> {
    writer: PcapNgWriter<W>,
    interfaces: u32,
    /// From 1970 (UTC) to [`Instant::ZERO`].
    origin: Duration,
    /// A frame in one piece, which is what the writer wants.
    scratch: Vec<u8>,
}

impl Capture {
    /// A new file at `path`; an old one is overwritten.
    ///
    /// `origin` is how long after 1970 (UTC) [`Instant::ZERO`] is: [`Clock::origin`] in real time,
    /// zero in virtual time.
    ///
    /// [`Clock::origin`]: crate::Clock::origin
    ///
    /// # Errors
    ///
    /// The file system's, with the path.
    pub fn create(path: &Path, origin: Duration) -> io::Result<Self> {
        let explain = |error: io::Error| {
            let text = format!("cannot write the capture {}: {error}", path.display());
            io::Error::new(error.kind(), text)
        };
        let file = File::create(path).map_err(explain)?;
        Self::new(BufWriter::with_capacity(1 << 18, file), origin).map_err(explain)
    }
}

impl<W: Write> Capture<W> {
    /// A capture that is written to `writer`.
    ///
    /// # Errors
    ///
    /// The writer's.
    pub fn new(writer: W, origin: Duration) -> io::Result<Self> {
        let section = SectionHeaderBlock {
            // One for all machines, so that captures can be compared.
            endianness: Endianness::Little,
            options: vec![SectionHeaderOption::UserApplication(
                concat!("Landline ", env!("CARGO_PKG_VERSION")).into(),
            )],
            ..SectionHeaderBlock::default()
        };
        Ok(Self {
            writer: PcapNgWriter::with_section_header(writer, section).map_err(into_io)?,
            interfaces: 0,
            origin,
            scratch: Vec::new(),
        })
    }

    /// Declares an interface that frames are seen at.
    ///
    /// # Errors
    ///
    /// The writer's.
    pub fn add_interface(&mut self, name: &str, link: LinkType) -> io::Result<CapturedInterface> {
        let linktype = match link {
            LinkType::Ethernet => DataLink::ETHERNET,
            LinkType::RawIp => DataLink::RAW,
        };
        let block = InterfaceDescriptionBlock {
            linktype,
            // No limit.
            snaplen: 0,
            options: vec![
                InterfaceDescriptionOption::IfName(Cow::Borrowed(name)),
                InterfaceDescriptionOption::IfTsResol(NANOSECONDS),
            ],
        };
        self.writer.write_pcapng_block(block).map_err(into_io)?;
        let interface = CapturedInterface(self.interfaces);
        self.interfaces += 1;
        Ok(interface)
    }

    /// Writes down a frame. A comment is shown beside it, as much of it as an option holds.
    ///
    /// # Errors
    ///
    /// The writer's.
    pub fn frame(
        &mut self,
        interface: CapturedInterface,
        now: Instant,
        direction: Option<Direction>,
        frame: &Frame,
        comment: Option<&str>,
    ) -> io::Result<()> {
        // draft-ietf-opsawg-pcapng §4.3, epb_flags: bits 0 and 1.
        let flags = direction.map(|direction| {
            EnhancedPacketOption::Flags(match direction {
                Direction::In => 0b01,
                Direction::Out => 0b10,
            })
        });
        let comment = comment.map(|text| {
            let end = text.floor_char_boundary(LONGEST_COMMENT);
            EnhancedPacketOption::Comment(Cow::Borrowed(&text[..end]))
        });
        self.scratch.resize(frame.len(), 0);
        frame.copy_to(&mut self.scratch);
        let block = EnhancedPacketBlock {
            interface_id: interface.0,
            timestamp: (now + self.origin).since(Instant::ZERO).into(),
            original_len: frame.len() as u32,
            data: Cow::Borrowed(&self.scratch),
            options: flags.into_iter().chain(comment).collect(),
        };
        self.writer.write_pcapng_block(block).map_err(into_io)?;
        Ok(())
    }

    /// Hands on what was held back.
    ///
    /// # Errors
    ///
    /// The writer's.
    pub fn flush(&mut self) -> io::Result<()> {
        self.writer.get_mut().flush()
    }

    /// Flushes, and gives the writer back.
    ///
    /// # Errors
    ///
    /// The writer's.
    pub fn into_inner(mut self) -> io::Result<W> {
        self.flush()?;
        Ok(self.writer.into_inner())
    }
}

impl<W: Write> fmt::Debug for Capture<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture")
            .field("interfaces", &self.interfaces)
            .finish_non_exhaustive()
    }
}

fn into_io(error: PcapError) -> io::Error {
    match error {
        PcapError::IoError(error) => error,
        error => io::Error::other(error),
    }
}
