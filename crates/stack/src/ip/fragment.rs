//! A packet that is too long for the link is cut (RFC 791 §3.2).

use core::net::IpAddr;

use arrayvec::ArrayVec;
use base::{Frame, Payload};
use wire::ipv4::{Header, MAX_OPTIONS_LEN};
use wire::offload;

use super::header_of;
use crate::interface::InterfaceId;
use crate::packet::{Cast, Routed};
use crate::verdict::DropReason;

/// Cuts a packet into pieces of at most its way's MTU. The payload is sliced, not copied.
///
/// # Errors
///
/// [`DropReason`] of a header that does not parse, which none of ours does.
pub(crate) fn cut(mut routed: Routed) -> Result<Pieces, DropReason> {
    // A checksum that a device was to fill in covers all pieces; no device sees them together.
    offload::finish_checksum(&mut routed.frame);
    let (header, header_len) = header_of(&mut routed.frame)?;
    routed.frame.pull(header_len);
    let Routed {
        iface,
        next_hop,
        cast,
        mtu,
        frame,
    } = routed;
    Ok(Pieces {
        more: header.more_fragments,
        header,
        rest: frame.into_payload(),
        like: (iface, next_hop, cast, mtu),
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
    /// What all pieces share: interface, next hop, cast and MTU.
    like: (InterfaceId, IpAddr, Cast, usize),
}

impl Iterator for Pieces {
    type Item = Routed;

    fn next(&mut self) -> Option<Routed> {
        if self.rest.is_empty() {
            return None;
        }
        let (iface, next_hop, cast, mtu) = self.like;
        let header_len = self.header.header_len();
        let space = mtu.saturating_sub(header_len).max(8);
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
        if self.header.options.len() > 0 {
            self.header.options = copied_options(&self.header.options);
        }
        Some(Routed {
            iface,
            next_hop,
            cast,
            mtu,
            frame,
        })
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
