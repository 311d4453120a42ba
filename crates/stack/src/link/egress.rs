//! A frame for the cable.

use core::net::IpAddr;

use base::Frame;
use wire::offload::{self, Segments};
use wire::{EtherType, LinkType, MacAddr, ethernet};

use crate::interface::{Interface, Medium};
use crate::verdict::DropReason;

/// Puts the link header on, where the medium has one, and does what the far side does not do for
/// us: cuts a frame of several segments, and fills checksums in.
///
/// # Errors
///
/// [`DropReason`] of a frame of several segments whose headers do not parse.
pub(crate) fn send(
    interface: &Interface,
    dst: MacAddr,
    ethertype: EtherType,
    mut frame: Frame,
) -> Result<Frames, DropReason> {
    let link = match interface.medium {
        Medium::Ethernet(src) => {
            ethernet::Header {
                dst,
                src,
                ethertype,
            }
            .emit(frame.push_header(ethernet::HEADER_LEN));
            LinkType::Ethernet
        }
        Medium::Ip | Medium::Loopback => LinkType::RawIp,
    };
    let sum = !interface.offload.checksum;
    if frame.segment_size.is_none() || interface.offload.segmentation > 0 {
        return Ok(Frames::One(Some(frame), sum));
    }
    Ok(Frames::Many(offload::segments(link, frame)?, sum))
}

/// The frames that one becomes.
#[expect(
    clippy::large_enum_variant,
    reason = "made and used up at once; a box would cost more than the move"
)]
pub(crate) enum Frames {
    /// The usual case. With whether its checksum is to be filled in.
    One(Option<Frame>, bool),
    /// A frame of several segments, for a link that takes one at a time.
    Many(Segments, bool),
}

impl Iterator for Frames {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        let (frame, sum) = match self {
            Self::One(frame, sum) => (frame.take(), *sum),
            Self::Many(segments, sum) => (segments.next(), *sum),
        };
        let mut frame = frame?;
        if sum {
            offload::finish_checksum(&mut frame);
        }
        Some(frame)
    }
}

/// The MAC address at which a group is heard. Groups of IPv6 have theirs in its own layer.
pub(crate) fn group(group: IpAddr) -> MacAddr {
    match group {
        IpAddr::V4(group) => MacAddr::multicast_v4(group),
        IpAddr::V6(_) => MacAddr::BROADCAST,
    }
}
