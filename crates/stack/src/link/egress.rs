//! A frame for the cable.

use core::net::IpAddr;

use base::Frame;
use wire::vlan::{self, VlanId};
use wire::{EtherType, LinkType, MacAddr, ethernet, offload};

use crate::interface::{Interface, Medium};
use crate::verdict::DropReason;

/// Puts the link header on, where the medium has one, and fills in the checksum that the far side
/// does not compute for us.
pub(crate) fn send(interface: &Interface, dst: MacAddr, ethertype: EtherType, frame: &mut Frame) {
    if let Medium::Ethernet(src) = interface.medium {
        let ethertype = match interface.vlan {
            None => ethertype,
            Some(vlan) => {
                tag(vlan.id, ethertype, frame);
                EtherType::VLAN
            }
        };
        ethernet::Header {
            dst,
            src,
            ethertype,
        }
        .emit(frame.push_header(ethernet::HEADER_LEN));
    }
    if !interface.offload.checksum && frame.segment_size.is_none() {
        offload::finish_checksum(frame);
    }
}

/// The second half of an IEEE 802.1Q tag, whose first takes the type's place, and the type.
fn tag(vlan: VlanId, ethertype: EtherType, frame: &mut Frame) {
    let header = frame.push_header(vlan::TAG_LEN);
    header[..2].copy_from_slice(&vlan.get().to_be_bytes());
    header[2..].copy_from_slice(&ethertype.0.to_be_bytes());
}

/// Whether a frame is several segments, and the far side takes one at a time.
pub(crate) fn must_cut(interface: &Interface, frame: &Frame) -> bool {
    frame.segment_size.is_some() && interface.offload.segmentation == 0
}

/// Cuts a frame of several segments into frames of one.
///
/// # Errors
///
/// [`DropReason`] of headers that do not parse.
pub(crate) fn cut(
    interface: &Interface,
    frame: Frame,
) -> Result<impl Iterator<Item = Frame>, DropReason> {
    let link = match interface.medium {
        Medium::Ethernet(_) => LinkType::Ethernet,
        Medium::Ip | Medium::Loopback => LinkType::RawIp,
    };
    let sum = !interface.offload.checksum;
    let segments = offload::segments(link, frame)?;
    Ok(segments.map(move |mut frame| {
        if sum {
            offload::finish_checksum(&mut frame);
        }
        frame
    }))
}

/// The MAC address at which a group is heard (RFC 1112 §6.4, RFC 2464 §7).
pub(crate) fn group(group: IpAddr) -> MacAddr {
    match group {
        IpAddr::V4(group) => MacAddr::multicast_v4(group),
        IpAddr::V6(group) => MacAddr::multicast_v6(group),
    }
}
