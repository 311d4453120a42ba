//! Neighbour Discovery: its messages and their options.

use super::table::Row;
use super::terms::{FieldId as F, Meaning as M};
use super::walk::Walk;
use crate::ndp::{self, NdOption, options};
use crate::{Layer, Malformed};

const ADVERTISED_ROUTER: &[Row] = &[
    Row::number(F::NdpHopLimit, 4, 1),
    Row::number(F::NdpManaged, 5, 1).bits(7, 1),
    Row::number(F::NdpOther, 5, 1).bits(6, 1),
    Row::number(F::NdpPreference, 5, 1)
        .bits(3, 2)
        .means(preference),
    Row::number(F::NdpLifetime, 6, 2),
    Row::number(F::NdpReachable, 8, 4),
    Row::number(F::NdpRetrans, 12, 4),
];
const SOLICITED: &[Row] = &[Row::ipv6(F::NdpTarget, 8)];
const ADVERTISED: &[Row] = &[
    Row::number(F::NdpRouter, 4, 1).bits(7, 1),
    Row::number(F::NdpSolicited, 4, 1).bits(6, 1),
    Row::number(F::NdpOverride, 4, 1).bits(5, 1),
    Row::ipv6(F::NdpTarget, 8),
];
const REDIRECT: &[Row] = &[Row::ipv6(F::NdpTarget, 8), Row::ipv6(F::NdpDestination, 24)];

const PREFIX: &[Row] = &[
    Row::number(F::NdpPrefixLength, 2, 1),
    Row::number(F::NdpOnLink, 3, 1).bits(7, 1),
    Row::number(F::NdpAutonomous, 3, 1).bits(6, 1),
    Row::number(F::NdpValid, 4, 4).means(lifetime),
    Row::number(F::NdpPreferred, 8, 4).means(lifetime),
    Row::ipv6(F::NdpPrefix, 16),
];
const ROUTE: &[Row] = &[
    Row::number(F::NdpPrefixLength, 2, 1),
    Row::number(F::NdpRoutePreference, 3, 1)
        .bits(3, 2)
        .means(preference),
    LIFETIME,
];
const LIFETIME: Row = Row::number(F::NdpOptionLifetime, 4, 4).means(lifetime);

/// RFC 4191 §2.1.
fn preference(bits: u64) -> Option<M> {
    Some(match bits {
        0 => M::PreferenceMedium,
        1 => M::PreferenceHigh,
        3 => M::PreferenceLow,
        _ => M::PreferenceReserved,
    })
}

fn lifetime(seconds: u64) -> Option<M> {
    (seconds == 0xffff_ffff).then_some(M::Infinity)
}

/// The fields of the layer, which has all of the message, and what is wrong with them.
pub(super) fn message(walk: &mut Walk<'_>) {
    let rest = walk.rest();
    let (rows, front) = match rest[0] {
        ndp::ROUTER_SOLICITATION => (&[][..], 8),
        ndp::ROUTER_ADVERTISEMENT => (ADVERTISED_ROUTER, 16),
        ndp::NEIGHBOR_SOLICITATION => (SOLICITED, 24),
        ndp::NEIGHBOR_ADVERTISEMENT => (ADVERTISED, 24),
        _ => (REDIRECT, 40),
    };
    rows.iter().for_each(|row| walk.field(row));
    let options = rest.get(front..).unwrap_or_default();
    option_fields(walk, options, front);
    let datagram = &walk.datagram;
    if datagram.unchecked.is_some() || walk.quoted() {
        // The front of a message only, whose end says nothing.
        return;
    }
    // RFC 4861 §6.1, §7.1, §8.1: what any other host limit says came through a router.
    let through = (datagram.hop_limit != ndp::HOP_LIMIT).then_some(Malformed::Field {
        layer: Layer::Ndp,
        field: "Hop Limit",
    });
    let wrong = ndp::Message::parse(rest)
        .and_then(|_| options::check(options))
        .err();
    if let Some(malformed) = through.or(wrong) {
        walk.refuse(malformed);
    }
}

/// `from` is where the options begin in the message.
fn option_fields(walk: &mut Walk<'_>, bytes: &[u8], from: usize) {
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let len = rest.get(1).map_or(0, |units| usize::from(*units) * 8);
        let Some(option) = rest.get(..len).and_then(|it| options::iter(it).next()) else {
            walk.field(&Row::bytes(F::NdpBadOption, from + at, rest.len()));
            return;
        };
        let mut put = |row: &Row| walk.field_at(row, from + at);
        match option {
            NdOption::SourceLinkLayer(_) => put(&Row::mac(F::NdpSourceMac, 2)),
            NdOption::TargetLinkLayer(_) => put(&Row::mac(F::NdpTargetMac, 2)),
            NdOption::Prefix(_) => PREFIX.iter().for_each(put),
            NdOption::RedirectedHeader(_) => put(&Row::bytes(F::NdpRedirected, 8, len - 8)),
            NdOption::Mtu(_) => put(&Row::number(F::NdpMtu, 4, 4)),
            NdOption::Nonce(_) => put(&Row::bytes(F::NdpNonce, 2, len - 2)),
            NdOption::Route { .. } => {
                ROUTE.iter().for_each(&mut put);
                put(&Row::bytes(F::NdpRoute, 8, len - 8));
            }
            NdOption::Rdnss { servers, .. } => {
                put(&LIFETIME);
                (0..servers.len()).for_each(|n| put(&Row::ipv6(F::NdpServer, 8 + n * 16)));
            }
            NdOption::Dnssl { .. } => {
                put(&LIFETIME);
                put(&Row::bytes(F::NdpDomains, 8, len - 8));
            }
            NdOption::Unknown { .. } => put(&Row::bytes(F::NdpUnknownOption, 0, len)),
        }
        at += len;
    }
}
