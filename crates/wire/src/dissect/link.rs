//! Ethernet and ARP.

use super::table::Row;
use super::terms::{FieldId as F, LayerKind, Meaning as M};
use super::walk::{Next, Walk};
use crate::{arp, ethernet};

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

fn ethertype(number: u64) -> Option<M> {
    match number {
        0x0800 => Some(M::Ipv4),
        0x0806 => Some(M::Arp),
        0x8100 => Some(M::Vlan),
        0x86dd => Some(M::Ipv6),
        _ => None,
    }
}

pub(super) fn ethernet(walk: &mut Walk<'_>) -> Next {
    let parsed = ethernet::Header::parse(walk.rest());
    walk.layer(LayerKind::Ethernet, ETHERNET, ethernet::HEADER_LEN);
    match parsed {
        Ok((header, _)) => Next::of_ethertype(header.ethertype),
        Err(malformed) => walk.refuse(malformed),
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
