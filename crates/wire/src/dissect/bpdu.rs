//! IEEE 802.3 frames with a length, LLC, and the spanning tree's messages in them.

use super::table::Row;
use super::terms::{FieldId as F, LayerKind, Meaning as M};
use super::walk::{Next, Walk};
use crate::bpdu::{Bpdu, LLC};
use crate::{Layer, Malformed, ethernet};

/// IEEE 802.3 §3.1.1.
const ETHERNET: &[Row] = &[
    Row::mac(F::EthernetDestination, 0),
    Row::mac(F::EthernetSource, 6),
    Row::number(F::EthernetLength, 12, 2),
];

/// IEEE 802.2 §3.2.
const LLC_ROWS: &[Row] = &[
    Row::hex(F::LlcDestination, 0, 1).means(service),
    Row::hex(F::LlcSource, 1, 1).means(service),
    Row::hex(F::LlcControl, 2, 1),
];

/// IEEE 802.1D-2004 §9.3; what a notification does not have is not shown.
const BPDU: &[Row] = &[
    Row::number(F::BpduProtocol, 0, 2),
    Row::number(F::BpduVersion, 2, 1),
    Row::hex(F::BpduType, 3, 1).means(|n| match n {
        0x00 => Some(M::BpduConfig),
        0x80 => Some(M::BpduNotice),
        0x02 => Some(M::BpduRapid),
        _ => None,
    }),
    Row::number(F::BpduAcknowledged, 4, 1).bits(7, 1),
    Row::number(F::BpduAgreement, 4, 1).bits(6, 1),
    Row::number(F::BpduForwarding, 4, 1).bits(5, 1),
    Row::number(F::BpduLearning, 4, 1).bits(4, 1),
    Row::number(F::BpduRole, 4, 1)
        .bits(2, 2)
        .means(|n| match n {
            1 => Some(M::PortAlternate),
            2 => Some(M::PortRoot),
            3 => Some(M::PortDesignated),
            _ => None,
        }),
    Row::number(F::BpduProposal, 4, 1).bits(1, 1),
    Row::number(F::BpduChange, 4, 1).bits(0, 1),
    Row::number(F::BpduRootPriority, 5, 2),
    Row::mac(F::BpduRootMac, 7),
    Row::number(F::BpduCost, 13, 4),
    Row::number(F::BpduBridgePriority, 17, 2),
    Row::mac(F::BpduBridgeMac, 19),
    Row::hex(F::BpduPort, 25, 2),
    Row::number(F::BpduAge, 27, 2),
    Row::number(F::BpduMaxAge, 29, 2),
    Row::number(F::BpduHello, 31, 2),
    Row::number(F::BpduForwardDelay, 33, 2),
    Row::number(F::BpduVersion1Length, 35, 1),
];

fn service(number: u64) -> Option<M> {
    (number == 0x42).then_some(M::SpanningTree)
}

/// A frame whose type is a length.
pub(super) fn ethernet(walk: &mut Walk<'_>, length: u16) -> Next {
    let have = walk.rest().len();
    walk.layer(LayerKind::Ethernet, ETHERNET, ethernet::HEADER_LEN);
    let found = usize::from(length);
    if !walk.end_at(ethernet::HEADER_LEN, ethernet::HEADER_LEN + found) {
        return walk.refuse(Malformed::Length {
            layer: Layer::Ethernet,
            found,
            have: have.saturating_sub(ethernet::HEADER_LEN),
        });
    }
    Next::Llc
}

pub(super) fn llc(walk: &mut Walk<'_>) -> Next {
    let rest = walk.rest();
    walk.layer(LayerKind::Llc, LLC_ROWS, LLC.len());
    match rest.get(..LLC.len()) {
        Some(header) if header == LLC => Next::Bpdu,
        Some(_) => Next::Data,
        None => walk.refuse(Malformed::Truncated {
            layer: Layer::Bpdu,
            need: LLC.len(),
            have: rest.len(),
        }),
    }
}

pub(super) fn bpdu(walk: &mut Walk<'_>) -> Next {
    let rest = walk.rest();
    let parsed = Bpdu::parse(rest);
    let len = match &parsed {
        Ok((bpdu, _)) => bpdu.header_len(),
        Err(_) => rest.len().min(36),
    };
    walk.layer(LayerKind::Bpdu, BPDU, len);
    match parsed {
        Ok(_) => Next::Padding,
        Err(malformed) => walk.refuse(malformed),
    }
}
