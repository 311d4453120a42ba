//! Ethernet, what capture files have in its place, and ARP.

use super::bpdu;
use super::table::Row;
use super::terms::{FieldId as F, LayerKind, Meaning as M};
use super::walk::{Next, Walk};
use crate::{EtherType, Layer, Malformed, arp, ethernet};

const ETHERNET: &[Row] = &[
    Row::mac(F::EthernetDestination, 0),
    Row::mac(F::EthernetSource, 6),
    Row::hex(F::EthernetType, 12, 2).means(ethertype),
];

const ARP: &[Row] = &[
    Row::number(F::ArpHardwareType, 0, 2).means(|n| (n == 1).then_some(M::Ethernet)),
    Row::hex(F::ArpProtocolType, 2, 2).means(ethertype),
    Row::number(F::ArpHardwareLength, 4, 1),
    Row::number(F::ArpProtocolLength, 5, 1),
    Row::number(F::ArpOperation, 6, 2).means(|n| match n {
        1 => Some(M::Request),
        2 => Some(M::Reply),
        _ => None,
    }),
    Row::mac(F::ArpSenderMac, 8),
    Row::ipv4(F::ArpSenderIp, 14),
    Row::mac(F::ArpTargetMac, 18),
    Row::ipv4(F::ArpTargetIp, 24),
];

/// IEEE 802.1Q-2022 §9.6: the tag, and the type of what it is put on.
const VLAN: &[Row] = &[
    Row::number(F::VlanPriority, 0, 1).bits(5, 3),
    Row::number(F::VlanDropEligible, 0, 1).bits(4, 1),
    Row::number(F::VlanId, 0, 2).bits(0, 12),
    Row::hex(F::VlanType, 2, 2).means(ethertype),
];

/// LINKTYPE_LINUX_SLL of the registry of link types.
const COOKED: &[Row] = &[
    Row::number(F::CookedPacketType, 0, 2).means(packet_type),
    Row::number(F::CookedHardware, 2, 2).means(hardware),
    Row::number(F::CookedAddressLength, 4, 2),
    Row::bytes(F::CookedAddress, 6, 8),
    Row::hex(F::CookedProtocol, 14, 2).means(ethertype),
];

/// LINKTYPE_LINUX_SLL2.
const COOKED2: &[Row] = &[
    Row::hex(F::CookedProtocol, 0, 2).means(ethertype),
    Row::number(F::CookedInterface, 4, 4),
    Row::number(F::CookedHardware, 8, 2).means(hardware),
    Row::number(F::CookedPacketType, 10, 1).means(packet_type),
    Row::number(F::CookedAddressLength, 11, 1),
    Row::bytes(F::CookedAddress, 12, 8),
];

/// LINKTYPE_NULL and LINKTYPE_LOOP: shown as its bytes, whose order is the capturing machine's.
const LOOPBACK: &[Row] = &[Row::bytes(F::LoopbackFamily, 0, 4).means(family)];

const VLAN_LEN: usize = 4;
const COOKED_LEN: usize = 16;
const COOKED2_LEN: usize = 20;
const LOOPBACK_LEN: usize = 4;

fn packet_type(number: u64) -> Option<M> {
    match number {
        0 => Some(M::CookedToUs),
        1 => Some(M::CookedToAll),
        2 => Some(M::CookedToGroup),
        3 => Some(M::CookedToOther),
        4 => Some(M::CookedByUs),
        _ => None,
    }
}

fn hardware(number: u64) -> Option<M> {
    (number == 1).then_some(M::Ethernet)
}

/// The family in whichever order it makes sense; the BSDs have three numbers for IPv6.
fn family(number: u64) -> Option<M> {
    let number = number as u32;
    match if number > 0xffff {
        number.swap_bytes()
    } else {
        number
    } {
        2 => Some(M::Ipv4),
        10 | 24 | 28 | 30 => Some(M::Ipv6),
        _ => None,
    }
}

fn ethertype(number: u64) -> Option<M> {
    match number {
        0x0800 => Some(M::Ipv4),
        0x0806 => Some(M::Arp),
        0x8100 | 0x88a8 => Some(M::Vlan),
        0x86dd => Some(M::Ipv6),
        _ => None,
    }
}

pub(super) fn ethernet(walk: &mut Walk<'_>) -> Next {
    let parsed = ethernet::Header::parse(walk.rest());
    if let Err(Malformed::Version { found, .. }) = parsed
        && found <= ethernet::MAX_LENGTH
    {
        return bpdu::ethernet(walk, found);
    }
    walk.layer(LayerKind::Ethernet, ETHERNET, ethernet::HEADER_LEN);
    match parsed {
        Ok((header, _)) => Next::of_ethertype(header.ethertype),
        Err(malformed) => walk.refuse(malformed),
    }
}

pub(super) fn vlan(walk: &mut Walk<'_>) -> Next {
    let control = walk.rest().get(..2);
    let reserved = control.is_some_and(|control| control[0] & 0xf == 0xf && control[1] == 0xff);
    let next = tagged(walk, LayerKind::Vlan, Layer::Vlan, VLAN, VLAN_LEN, 2);
    if reserved {
        // IEEE 802.1Q-2022, table 9-2: it is in no tag.
        let (layer, field) = (Layer::Vlan, "VID");
        return walk.refuse(Malformed::Field { layer, field });
    }
    next
}

pub(super) fn cooked(walk: &mut Walk<'_>) -> Next {
    tagged(
        walk,
        LayerKind::Cooked,
        Layer::Cooked,
        COOKED,
        COOKED_LEN,
        14,
    )
}

pub(super) fn cooked2(walk: &mut Walk<'_>) -> Next {
    tagged(
        walk,
        LayerKind::Cooked,
        Layer::Cooked,
        COOKED2,
        COOKED2_LEN,
        0,
    )
}

/// A header of fixed length that names what follows with an EtherType at `at`.
fn tagged(
    walk: &mut Walk<'_>,
    kind: LayerKind,
    layer: Layer,
    rows: &[Row],
    need: usize,
    at: usize,
) -> Next {
    let rest = walk.rest();
    walk.layer(kind, rows, need);
    match (rest.get(..need), rest.get(at..at + 2)) {
        (Some(_), Some(&[a, b])) => Next::of_ethertype(EtherType(u16::from_be_bytes([a, b]))),
        _ => walk.refuse(Malformed::Truncated {
            layer,
            need,
            have: rest.len(),
        }),
    }
}

pub(super) fn loopback(walk: &mut Walk<'_>) -> Next {
    let rest = walk.rest();
    walk.layer(LayerKind::Loopback, LOOPBACK, LOOPBACK_LEN);
    let &[a, b, c, d, ..] = rest else {
        return walk.refuse(Malformed::Truncated {
            layer: Layer::Loopback,
            need: LOOPBACK_LEN,
            have: rest.len(),
        });
    };
    match family(u32::from_be_bytes([a, b, c, d]).into()) {
        Some(M::Ipv4) => Next::Ipv4,
        Some(_) => Next::Ipv6,
        None => Next::Data,
    }
}

pub(super) fn arp(walk: &mut Walk<'_>) -> Next {
    let parsed = arp::Packet::parse(walk.rest());
    walk.layer(LayerKind::Arp, ARP, arp::PACKET_LEN);
    match parsed {
        // Whatever follows filled the frame up.
        Ok(_) => Next::Padding,
        Err(malformed) => walk.refuse(malformed),
    }
}
