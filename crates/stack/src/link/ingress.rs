//! A frame from the cable: is it for this card, and what is inside?

use base::Frame;
use wire::{EtherType, MacAddr, ethernet};

use crate::interface::{Interface, Medium};
use crate::packet::{Arrival, Cast};
use crate::verdict::{DropReason, Verdict};

/// Takes the link header off.
///
/// The receive filter lets through what is for this card, for all, or for a group; which groups
/// matter is IP's to say.
pub(crate) fn receive(interface: &Interface, frame: &mut Frame) -> Verdict<(EtherType, Arrival)> {
    let iface = interface.id;
    let Medium::Ethernet(own) = interface.medium else {
        let ethertype = match frame.prefix().first().map(|byte| byte >> 4) {
            Some(6) => EtherType::IPV6,
            _ => EtherType::IPV4,
        };
        let cast = Cast::Unicast;
        return Ok((ethertype, Arrival { iface, cast }));
    };
    let (header, len) = ethernet::Header::parse(frame.contiguous(ethernet::HEADER_LEN))?;
    let cast = cast_of(header.dst, own).ok_or(DropReason::NotForThisCard)?;
    if !header.src.is_unicast() || header.src == own {
        return Err(DropReason::BadSourceMac.into());
    }
    frame.pull(len);
    Ok((header.ethertype, Arrival { iface, cast }))
}

/// The receive filter.
fn cast_of(dst: MacAddr, own: MacAddr) -> Option<Cast> {
    if dst == own {
        Some(Cast::Unicast)
    } else if dst.is_broadcast() {
        Some(Cast::Broadcast)
    } else if dst.is_multicast() {
        Some(Cast::Multicast)
    } else {
        None
    }
}
