//! RIP and RIPng.

use super::table::Row;
use super::terms::{FieldId as F, LayerKind, Meaning as M};
use super::walk::{Next, Walk};
use crate::rip::{self, ENTRY_LEN, HEADER_LEN};
use crate::{Malformed, udp};

const HEADER: &[Row] = &[
    Row::number(F::RipCommand, 0, 1).means(|n| match n {
        1 => Some(M::RipRequest),
        2 => Some(M::RipResponse),
        _ => None,
    }),
    Row::number(F::RipVersion, 1, 1),
];

const FAMILY: Row = Row::number(F::RipFamily, 0, 2).means(|n| match n {
    2 => Some(M::Ipv4),
    0xffff => Some(M::RipAuthentication),
    _ => None,
});

const ENTRY: &[Row] = &[
    Row::number(F::RipTag, 2, 2),
    Row::ipv4(F::RipAddress, 4),
    Row::ipv4(F::RipMask, 8),
    Row::ipv4(F::RipNextHop, 12),
    Row::number(F::RipMetric, 16, 4).means(far),
];

const AUTHENTICATION: Row = Row::number(F::RipAuthenticationType, 2, 2).means(|n| match n {
    2 => Some(M::RipPassword),
    3 => Some(M::RipDigest),
    _ => None,
});

const DIGEST: &[Row] = &[
    Row::number(F::RipDigestOffset, 4, 2),
    Row::number(F::RipKey, 6, 1),
    Row::number(F::RipDigestLength, 7, 1),
    Row::number(F::RipSequence, 8, 4),
];

const NG_ENTRY: &[Row] = &[
    Row::ipv6(F::RipPrefix, 0),
    Row::number(F::RipTag, 16, 2),
    Row::number(F::RipPrefixLength, 18, 1),
    Row::number(F::RipMetric, 19, 1).means(far),
];

fn far(metric: u64) -> Option<M> {
    (metric == rip::INFINITY.into()).then_some(M::Infinity)
}

/// What the datagram holds that begins here: a message, if one of its ports is theirs.
pub(super) fn within(walk: &mut Walk<'_>, header: &udp::Header) -> Next {
    let is = |port| header.src_port == port || header.dst_port == port;
    let next = if is(rip::v2::PORT) {
        Next::Rip
    } else if is(rip::ng::PORT) {
        Next::Ripng
    } else {
        return Next::Data;
    };
    walk.end_at(udp::HEADER_LEN, udp::HEADER_LEN + header.payload_len);
    next
}

pub(super) fn v2(walk: &mut Walk<'_>) -> Next {
    let rest = walk.rest();
    walk.layer(LayerKind::Rip, HEADER, rest.len());
    let (mut at, mut trailer) = (HEADER_LEN, rest.len());
    while at + ENTRY_LEN <= trailer {
        walk.field_at(&FAMILY, at);
        let entry = &rest[at..at + ENTRY_LEN];
        if entry.starts_with(&[0xff, 0xff]) {
            walk.field_at(&AUTHENTICATION, at);
            if entry[2..4] == [0, 3] {
                DIGEST.iter().for_each(|row| walk.field_at(row, at));
                trailer = trailer.min(u16::from_be_bytes([entry[4], entry[5]]).into());
            } else {
                walk.field_at(&Row::bytes(F::RipPassword, 4, 16), at);
            }
        } else {
            ENTRY.iter().for_each(|row| walk.field_at(row, at));
        }
        at += ENTRY_LEN;
    }
    if trailer < rest.len() && at == trailer {
        let digest = Row::bytes(F::RipAuthenticationData, 0, rest.len() - trailer);
        walk.field_at(&digest, trailer);
    }
    judge(walk, rip::v2::parse(rest).err())
}

pub(super) fn ng(walk: &mut Walk<'_>) -> Next {
    let rest = walk.rest();
    walk.layer(LayerKind::Ripng, HEADER, rest.len());
    let mut at = HEADER_LEN;
    while at + ENTRY_LEN <= rest.len() {
        if rest[at + ENTRY_LEN - 1] == 0xff {
            walk.field_at(&Row::ipv6(F::RipNextHop, 0), at);
        } else {
            NG_ENTRY.iter().for_each(|row| walk.field_at(row, at));
        }
        at += ENTRY_LEN;
    }
    judge(walk, rip::ng::parse(rest).err())
}

fn judge(walk: &mut Walk<'_>, malformed: Option<Malformed>) -> Next {
    // Of a fragment and a quote only the front is there.
    if let (Some(malformed), None) = (malformed, walk.datagram.unchecked) {
        walk.refuse(malformed);
    }
    Next::Data
}
