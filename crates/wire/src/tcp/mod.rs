//! TCP segments (RFC 9293 §3.1).
//!
//! [`Header`] is the two ports and the [`Control`]: what the TCP machine reads and writes, which
//! knows nothing of ports. Options are walked with [`options::iter`] and gathered in [`Options`].

mod acc_ecn;
mod fast_open;
pub mod options;
mod seq;

use alloc::vec;
use alloc::vec::Vec;
use core::net::IpAddr;

use bitflags::bitflags;
use zerocopy::byteorder::big_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

pub use self::acc_ecn::AccEcn;
pub use self::fast_open::{FastOpen, MAX_COOKIE_LEN};
pub use self::options::{Options, SackBlock, Timestamps};
pub use self::seq::SeqNumber;
use crate::checksum::Checksum;
use crate::malformed::take;
use crate::{Layer, Malformed, Protocol};

/// Bytes of a header without options.
pub const MIN_HEADER_LEN: usize = 20;
/// Bytes that options take at most.
pub const MAX_OPTIONS_LEN: usize = 40;
/// Where the checksum lies in the header.
pub const CHECKSUM_OFFSET: usize = 16;

bitflags! {
    /// The control bits (RFC 9293 §3.1, RFC 3168, and AE of RFC 9768).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Flags: u16 {
        /// No more data from the sender.
        const FIN = 0x001;
        /// Synchronise sequence numbers.
        const SYN = 0x002;
        /// Reset the connection.
        const RST = 0x004;
        /// Push.
        const PSH = 0x008;
        /// The acknowledgment number counts.
        const ACK = 0x010;
        /// The urgent pointer counts.
        const URG = 0x020;
        /// ECN echo.
        const ECE = 0x040;
        /// Congestion window reduced.
        const CWR = 0x080;
        /// Accurate ECN.
        const AE = 0x100;
    }
}

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Layout {
    src_port: U16,
    dst_port: U16,
    seq: U32,
    ack: U32,
    /// Data offset (4 bits), reserved (3), flags (9).
    offset_flags: U16,
    window: U16,
    checksum: U16,
    urgent: U16,
}

/// What two TCP machines say to each other, apart from data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Control {
    /// SEG.SEQ.
    pub seq: SeqNumber,
    /// SEG.ACK; of no meaning without [`Flags::ACK`].
    pub ack: SeqNumber,
    /// The control bits.
    pub flags: Flags,
    /// SEG.WND as it stands in the field: not yet scaled.
    pub window: u16,
    /// SEG.UP; of no meaning without [`Flags::URG`].
    pub urgent: u16,
    /// The options.
    pub options: Options,
}

/// A TCP header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// From which port.
    pub src_port: u16,
    /// To which port.
    pub dst_port: u16,
    /// The rest.
    pub control: Control,
}

impl Header {
    /// Reads the header at the front of `bytes`.
    ///
    /// # Errors
    ///
    /// [`Malformed::Truncated`]; [`Malformed::HeaderLength`] below 20; [`Malformed::Field`] for a
    /// port 0. Options that make no sense are left out, as RFC 9293 §3.1 wants a receiver to
    /// survive them (MUST-7).
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize), Malformed> {
        let layer = Layer::Tcp;
        let fixed = take(layer, bytes, MIN_HEADER_LEN)?;
        let Ok(p) = Layout::ref_from_bytes(fixed) else {
            return Err(Malformed::Truncated {
                layer,
                need: MIN_HEADER_LEN,
                have: bytes.len(),
            });
        };
        let offset_flags = p.offset_flags.get();
        let header_len = usize::from(offset_flags >> 12) * 4;
        if header_len < MIN_HEADER_LEN {
            return Err(Malformed::HeaderLength {
                layer,
                found: header_len,
            });
        }
        let header = take(layer, bytes, header_len)?;
        for (port, field) in [
            (p.src_port, "Source Port"),
            (p.dst_port, "Destination Port"),
        ] {
            if port == U16::ZERO {
                return Err(Malformed::Field { layer, field });
            }
        }
        let control = Control {
            seq: SeqNumber(p.seq.get()),
            ack: SeqNumber(p.ack.get()),
            flags: Flags::from_bits_truncate(offset_flags),
            window: p.window.get(),
            urgent: p.urgent.get(),
            options: Options::parse(&header[MIN_HEADER_LEN..]),
        };
        let header = Self {
            src_port: p.src_port.get(),
            dst_port: p.dst_port.get(),
            control,
        };
        Ok((header, header_len))
    }

    /// 20 and the options, a multiple of 4.
    #[must_use]
    pub fn header_len(&self) -> usize {
        self.control.header_len()
    }

    /// Writes the header into the first [`header_len`](Self::header_len) bytes of `out`, its
    /// checksum zero.
    pub fn emit(&self, out: &mut [u8]) {
        let len = self.header_len();
        let c = &self.control;
        let layout = Layout {
            src_port: U16::new(self.src_port),
            dst_port: U16::new(self.dst_port),
            seq: U32::new(c.seq.0),
            ack: U32::new(c.ack.0),
            offset_flags: U16::new(((len / 4) as u16) << 12 | c.flags.bits()),
            window: U16::new(c.window),
            checksum: U16::ZERO,
            urgent: U16::new(c.urgent),
        };
        out[..MIN_HEADER_LEN].copy_from_slice(layout.as_bytes());
        c.options.emit(&mut out[MIN_HEADER_LEN..len]);
    }

    /// A whole segment from `src` to `dst`: the header, `payload` and the checksum over both, for whoever
    /// makes packets one by one. The stack's are never in one piece.
    #[must_use]
    pub fn segment(&self, src: IpAddr, dst: IpAddr, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; self.header_len()];
        self.emit(&mut bytes);
        bytes.extend_from_slice(payload);
        let mut sum = Checksum::pseudo_header(src, dst, Protocol::TCP, bytes.len());
        sum.add(&bytes);
        let field = CHECKSUM_OFFSET..CHECKSUM_OFFSET + 2;
        bytes[field].copy_from_slice(&sum.finish().to_be_bytes());
        bytes
    }
}

impl Control {
    /// 20 and the options, a multiple of 4.
    #[must_use]
    pub fn header_len(&self) -> usize {
        MIN_HEADER_LEN + self.options.len()
    }

    /// SEG.LEN: how much of the sequence space the segment takes with `payload_len` bytes of data;
    /// SYN and FIN count one each.
    #[must_use]
    pub fn segment_len(&self, payload_len: usize) -> u32 {
        payload_len as u32
            + u32::from(self.flags.contains(Flags::SYN))
            + u32::from(self.flags.contains(Flags::FIN))
    }
}
