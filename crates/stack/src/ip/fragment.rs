//! A packet that is too long for the link is cut (RFC 791 §3.2).

use arrayvec::ArrayVec;
use base::{Frame, Payload};
use wire::ipv4::{Header, MAX_OPTIONS_LEN};
use wire::offload;

use super::header_of;
use crate::packet::Way;
use crate::verdict::DropReason;

/// Cuts a packet into pieces of at most its way's MTU. The payload is sliced, not copied.
///
/// # Errors
///
/// [`DropReason`] of a header that does not parse, which none of ours does.
pub(crate) fn cut(way: Way, mut frame: Frame) -> Result<Pieces, DropReason> {
    // A checksum that a device was to fill in covers all pieces; no device sees them together.
    offload::finish_checksum(&mut frame);
    let (header, header_len) = header_of(&mut frame)?;
    frame.pull(header_len);
    Ok(Pieces {
        more: header.more_fragments,
        header,
        rest: frame.into_payload(),
        mtu: way.mtu,
    })
}

/// The fragments of one packet.
#[derive(Debug)]
pub(crate) struct Pieces {
    /// Of the next piece, but for its length and flags.
    header: Header,
    /// Whether fragments follow behind the whole: it was one itself.
    more: bool,
    rest: Payload,
    mtu: usize,
}

impl Iterator for Pieces {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        if self.rest.is_empty() {
            return None;
        }
        let header_len = self.header.header_len();
        let space = self.mtu.saturating_sub(header_len).max(8);
        let take = if self.rest.len() <= space {
            self.rest.len()
        } else {
            // All but the last are a multiple of 8 bytes long.
            space & !7
        };
        let payload = self.rest.split_to(take);
        self.header.payload_len = take;
        self.header.dont_fragment = false;
        self.header.more_fragments = self.more || !self.rest.is_empty();
        let mut frame = Frame::new(payload);
        self.header.emit(frame.push_header(header_len));
        self.header.fragment_offset += take as u16;
        if !self.header.options.is_empty() {
            self.header.options = copied_options(&self.header.options);
        }
        Some(frame)
    }
}

/// The options that every fragment carries: those whose copied flag is set (RFC 791 §3.1).
fn copied_options(options: &[u8]) -> ArrayVec<u8, MAX_OPTIONS_LEN> {
    super::options::Options(options)
        .filter(|option| option[0] & 0x80 != 0)
        .flatten()
        .copied()
        .collect()
}
