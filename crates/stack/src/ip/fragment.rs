//! A packet that is too long for the link is cut (RFC 791 §3.2; RFC 8200 §4.5).

use arrayvec::ArrayVec;
use base::{Frame, Payload};
use wire::ipv4::MAX_OPTIONS_LEN;
use wire::ipv6::fragment;
use wire::{Protocol, ipv4, ipv6, offload};

use super::{Ip, header_of};
use crate::ip_header::Header;
use crate::packet::Way;
use crate::verdict::DropReason;

/// Cuts a packet into pieces of at most its way's MTU. The payload is sliced, not copied.
///
/// # Errors
///
/// [`DropReason`] of a header that does not parse, which none of ours does.
pub(crate) fn cut(ip: &mut Ip, way: Way, mut frame: Frame) -> Result<Pieces, DropReason> {
    // A checksum that a device was to fill in covers all pieces; no device sees them together.
    offload::finish_checksum(&mut frame);
    let (header, header_len) = header_of(&mut frame)?;
    frame.pull(header_len);
    let (front, more) = match header {
        Header::V4(header) => {
            let more = header.more_fragments;
            (Front::V4(header), more)
        }
        Header::V6(header) => {
            // None of our packets has extension headers in front of what may be cut.
            let part = fragment::Header {
                next_header: header.next_header,
                offset: 0,
                more: true,
                identification: ip.idents.next_v6(header.src, header.dst),
            };
            (Front::V6(header, part), false)
        }
    };
    Ok(Pieces {
        front,
        more,
        damaged: frame.damaged,
        rest: frame.into_payload(),
        mtu: way.mtu,
    })
}

/// What stands in front of each piece.
#[derive(Debug)]
enum Front {
    V4(ipv4::Header),
    V6(ipv6::Header, fragment::Header),
}

impl Front {
    fn len(&self) -> usize {
        match self {
            Self::V4(header) => header.header_len(),
            Self::V6(..) => ipv6::HEADER_LEN + fragment::HEADER_LEN,
        }
    }

    /// Puts the header before a piece, and makes it that of the next.
    fn push(&mut self, frame: &mut Frame, more: bool) {
        let (len, take) = (self.len(), frame.len());
        let out = frame.push_header(len);
        match self {
            Self::V4(header) => {
                header.payload_len = take;
                header.dont_fragment = false;
                header.more_fragments = more;
                header.emit(out);
                header.fragment_offset += take as u16;
                if !header.options.is_empty() {
                    header.options = copied_options(&header.options);
                }
            }
            Self::V6(header, part) => {
                header.payload_len = fragment::HEADER_LEN + take;
                header.next_header = Protocol::FRAGMENT;
                part.more = more;
                header.emit(out);
                part.emit(&mut out[ipv6::HEADER_LEN..]);
                part.offset += take as u16;
            }
        }
    }
}

/// The fragments of one packet.
#[derive(Debug)]
pub(crate) struct Pieces {
    front: Front,
    /// Whether fragments follow behind the whole: it was one itself.
    more: bool,
    damaged: bool,
    rest: Payload,
    mtu: usize,
}

impl Iterator for Pieces {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        if self.rest.is_empty() {
            return None;
        }
        let space = self.mtu.saturating_sub(self.front.len()).max(8);
        let take = if self.rest.len() <= space {
            self.rest.len()
        } else {
            // All but the last are a multiple of 8 bytes long.
            space & !7
        };
        let mut frame = Frame::new(self.rest.split_to(take));
        frame.damaged = self.damaged;
        let more = self.more || !self.rest.is_empty();
        self.front.push(&mut frame, more);
        Some(frame)
    }
}

/// The options that every fragment carries: those whose copied flag is set (RFC 791 §3.1).
fn copied_options(options: &[u8]) -> ArrayVec<u8, MAX_OPTIONS_LEN> {
    crate::ip_options::Options(options)
        .filter(|option| option[0] & 0x80 != 0)
        .flatten()
        .copied()
        .collect()
}
