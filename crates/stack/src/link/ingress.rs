//! A frame from the cable: is it for this card, and what is inside?

use base::Frame;
use wire::vlan::{self, Tag};
use wire::{EtherType, Layer, MacAddr, Malformed, bpdu, ethernet};

use crate::interface::{Interface, InterfaceId, Medium, VlanOf};
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
    let bytes = frame.contiguous(ethernet::HEADER_LEN);
    let (header, len) = ethernet::Header::parse(bytes).map_err(|malformed| {
        // What switches tell each other passes no card's filter.
        match ethernet::addresses(bytes) {
            Some((bpdu::GROUP, _)) => DropReason::NotForThisCard,
            _ => malformed.into(),
        }
    })?;
    let cast = cast_of(header.dst, own).ok_or(DropReason::NotForThisCard)?;
    if !header.src.is_unicast() || header.src == own {
        return Err(DropReason::BadSourceMac.into());
    }
    frame.pull(len);
    Ok((header.ethertype, Arrival { iface, cast }))
}

/// Takes an IEEE 802.1Q tag off, whose first half was the link header's type: gives the interface
/// that stands for its VLAN, and what is inside. A tag that tells the priority alone says nothing to
/// us.
pub(crate) fn untag(
    interfaces: &[Interface],
    card: InterfaceId,
    frame: &mut Frame,
) -> Verdict<(EtherType, InterfaceId)> {
    let mut tag = [0; vlan::TAG_LEN];
    tag[..2].copy_from_slice(&EtherType::VLAN.0.to_be_bytes());
    let &[a, b, c, d, ..] = frame.contiguous(vlan::TAG_LEN) else {
        let (layer, need, have) = (Layer::Vlan, vlan::TAG_LEN, frame.len());
        return Err(DropReason::from(Malformed::Truncated { layer, need, have }).into());
    };
    tag[2..].copy_from_slice(&[a, b]);
    let (tag, _) = Tag::parse(&tag)?;
    let ethertype = EtherType(u16::from_be_bytes([c, d]));
    frame.pull(vlan::TAG_LEN);
    let Some(id) = tag.vlan else {
        return Ok((ethertype, card));
    };
    let wanted = Some(VlanOf { card, id });
    let found = interfaces.iter().find(|one| one.up && one.vlan == wanted);
    let found = found.ok_or(DropReason::UnknownVlan)?;
    Ok((ethertype, found.id))
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
