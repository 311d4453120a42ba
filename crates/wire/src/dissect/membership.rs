//! IGMP, and MLD inside ICMPv6.

use super::ip::judge;
use super::table::Row;
use super::terms::{FieldId as F, LayerKind, Meaning as M};
use super::view::Verdict;
use super::walk::{Next, Walk};
use crate::Malformed;
use crate::checksum::Checksum;
use crate::membership::{Message, Version, igmp as format};

const IGMP: &[Row] = &[
    Row::number(F::IgmpType, 0, 1).means(|n| match n {
        0x11 => Some(M::MembershipQuery),
        0x12 => Some(M::MembershipReport1),
        0x16 => Some(M::MembershipReport2),
        0x17 => Some(M::LeaveGroup),
        0x22 => Some(M::MembershipReport3),
        _ => None,
    }),
    Row::number(F::GroupMaxResponse, 1, 1),
    Row::hex(F::IgmpChecksum, 2, 2),
];

/// What the querier says of itself, and how many sources it asks about: the last four bytes of the
/// front of a query of the newest version (RFC 3376 §4.1, RFC 3810 §5.1).
const QUERY: &[Row] = &[
    Row::number(F::GroupSuppress, 0, 1).bits(3, 1),
    Row::number(F::GroupRobustness, 0, 1).bits(0, 3),
    Row::number(F::GroupInterval, 1, 1),
    Row::number(F::GroupSources, 2, 2),
];

const RECORD: &[Row] = &[
    Row::number(F::RecordType, 0, 1).means(|n| match n {
        1 => Some(M::IsInclude),
        2 => Some(M::IsExclude),
        3 => Some(M::ToInclude),
        4 => Some(M::ToExclude),
        5 => Some(M::AllowNew),
        6 => Some(M::BlockOld),
        _ => None,
    }),
    Row::number(F::RecordAuxiliary, 1, 1).units(4),
    Row::number(F::GroupSources, 2, 2),
];

type Parsed<'a> = Result<(Message<'a>, usize), Malformed>;

pub(super) fn igmp(walk: &mut Walk<'_>) -> Next {
    let rest = walk.rest();
    let parsed = format::parse(rest);
    let len = parsed.as_ref().map_or(rest.len(), |(_, len)| *len);
    walk.layer(LayerKind::Igmp, IGMP, len);
    match rest.first() {
        Some(0x11) => {
            walk.field(&Row::ipv4(F::Group, 4));
            query(walk, &parsed, 8, 4);
        }
        Some(0x12 | 0x16 | 0x17) => walk.field(&Row::ipv4(F::Group, 4)),
        Some(0x22) => records(walk, 4),
        _ => walk.field(&Row::bytes(F::IgmpRest, 4, 4)),
    }
    // RFC 3376 §4.1.2: over all of the packet's payload, read or not.
    if rest.len() >= format::HEADER_LEN {
        walk.verdict(match walk.datagram.unchecked {
            Some(why) => Verdict::NotChecked(why),
            None => judge(Checksum::new(), rest, format::CHECKSUM_OFFSET),
        });
    }
    refuse(walk, parsed);
    Next::Data
}

/// The fields of the layer behind ICMPv6's type, code and checksum.
pub(super) fn mld(walk: &mut Walk<'_>, parsed: Parsed<'_>) {
    if walk.rest().first() == Some(&crate::membership::mld::REPORT_V2) {
        records(walk, 16);
    } else {
        walk.field(&Row::number(F::GroupMaxResponse, 4, 2));
        walk.field(&Row::ipv6(F::Group, 8));
        query(walk, &parsed, 24, 16);
    }
    refuse(walk, parsed);
}

fn refuse(walk: &mut Walk<'_>, parsed: Parsed<'_>) {
    // Of a fragment and a quote only the front is there.
    if let (Err(malformed), None) = (parsed, walk.datagram.unchecked) {
        walk.refuse(malformed);
    }
}

/// What a query of the newest version, or one that was cut short, has at `at` of its front.
fn query(walk: &mut Walk<'_>, parsed: &Parsed<'_>, at: usize, width: usize) {
    let newest = match parsed {
        Ok((Message::Query(query), _)) => query.version == Version::Third,
        Ok(_) => false,
        Err(_) => true,
    };
    if newest {
        QUERY.iter().for_each(|row| walk.field_at(row, at));
        let count = word(walk, at + 2);
        sources(walk, at + 4, count, width);
    }
}

/// As many of the records as are there.
fn records(walk: &mut Walk<'_>, width: usize) {
    walk.field(&Row::number(F::GroupRecords, 6, 2));
    let (end, mut at) = (walk.rest().len(), 8);
    for _ in 0..word(walk, 6) {
        if at >= end {
            return;
        }
        RECORD.iter().for_each(|row| walk.field_at(row, at));
        walk.field_at(&Row::address(F::Group, 4, width), at);
        let count = word(walk, at + 2);
        let auxiliary = walk.rest().get(at + 1).map_or(0, |n| usize::from(*n) * 4);
        at += 4 + width;
        sources(walk, at, count, width);
        at += usize::from(count) * width;
        if auxiliary != 0 {
            walk.field_at(&Row::bytes(F::RecordData, 0, auxiliary), at);
        }
        at += auxiliary;
    }
}

fn sources(walk: &mut Walk<'_>, from: usize, count: u16, width: usize) {
    let end = walk.rest().len();
    (0..usize::from(count))
        .map(|n| from + n * width)
        .take_while(|at| *at < end)
        .for_each(|at| walk.field_at(&Row::address(F::GroupSource, 0, width), at));
}

fn word(walk: &Walk<'_>, at: usize) -> u16 {
    let two = walk.rest().get(at..).and_then(|rest| rest.first_chunk());
    two.map_or(0, |two| u16::from_be_bytes(*two))
}
