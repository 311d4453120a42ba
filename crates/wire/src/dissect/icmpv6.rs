//! ICMPv6: echo and errors. Neighbour Discovery and MLD have their own files.

use super::table::Row;
use super::terms::{FieldId as F, LayerKind, Meaning as M};
use super::transport::judge_transport;
use super::walk::{Next, Walk};
use super::{membership, ndp};
use crate::icmpv6::{self, Message, Problem, Unreachable};
use crate::membership::mld;
use crate::{Protocol, ndp as nd};

const ICMPV6: &[Row] = &[
    Row::number(F::Icmpv6Type, 0, 1).means(kind),
    // Its meaning depends on the type: `code`.
    Row::number(F::Icmpv6Code, 1, 1),
    Row::hex(F::Icmpv6Checksum, 2, 2),
];

const ECHO: &[Row] = &[
    Row::number(F::Icmpv6Identifier, 4, 2),
    Row::number(F::Icmpv6Sequence, 6, 2),
];
const MTU: &[Row] = &[Row::number(F::Icmpv6Mtu, 4, 4)];
const POINTER: &[Row] = &[Row::number(F::Icmpv6Pointer, 4, 4)];
const REST: &[Row] = &[Row::bytes(F::Icmpv6Rest, 4, 4)];

fn kind(number: u64) -> Option<M> {
    Some(match number {
        1 => M::Unreachable,
        2 => M::PacketTooBig,
        3 => M::TimeExceeded,
        4 => M::ParameterProblem,
        128 => M::Icmpv6Echo,
        129 => M::EchoReply,
        130 => M::ListenerQuery,
        131 => M::ListenerReport,
        132 => M::ListenerDone,
        133 => M::RouterSolicitation,
        134 => M::RouterAdvertisement,
        135 => M::NeighborSolicitation,
        136 => M::NeighborAdvertisement,
        137 => M::Redirect,
        143 => M::ListenerReport2,
        _ => return None,
    })
}

pub(super) fn icmpv6(walk: &mut Walk<'_>) -> Next {
    let rest = walk.rest();
    let message = match Message::parse(rest) {
        Ok((message, _)) => message,
        Err(malformed) => {
            walk.layer(LayerKind::Icmpv6, ICMPV6, icmpv6::HEADER_LEN);
            return walk.refuse(malformed);
        }
    };
    match rest[0] {
        nd::ROUTER_SOLICITATION..=nd::REDIRECT => {
            walk.layer(LayerKind::Icmpv6, ICMPV6, rest.len());
            ndp::message(walk);
        }
        mld::QUERY..=mld::DONE | mld::REPORT_V2 => {
            let parsed = mld::parse(rest);
            let len = parsed.as_ref().map_or(rest.len(), |(_, len)| *len);
            walk.layer(LayerKind::Icmpv6, ICMPV6, len);
            membership::mld(walk, parsed);
        }
        kind => {
            walk.layer(LayerKind::Icmpv6, ICMPV6, icmpv6::HEADER_LEN);
            walk.meaning(F::Icmpv6Code, code(message));
            let rows = match kind {
                128 | 129 => ECHO,
                2 => MTU,
                4 => POINTER,
                _ => REST,
            };
            rows.iter().for_each(|row| walk.field(row));
        }
    }
    judge_transport(walk, None, Protocol::ICMPV6, rest, icmpv6::CHECKSUM_OFFSET);
    // RFC 4443 §3: these carry as much of the packet as fits.
    if matches!(rest[0], 1..=4) && !walk.quoted() {
        Next::QuotedIpv6
    } else {
        Next::Data
    }
}

fn code(message: Message) -> Option<M> {
    Some(match message {
        Message::DestinationUnreachable(why) => match why {
            Unreachable::NoRoute => M::NoRoute,
            Unreachable::Prohibited => M::Prohibited,
            Unreachable::BeyondScope => M::BeyondScope,
            Unreachable::Address => M::AddressUnreachable,
            Unreachable::Port => M::PortUnreachable,
            Unreachable::SourcePolicy => M::SourcePolicy,
            Unreachable::RejectRoute => M::RejectRoute,
            Unreachable::Other(_) => return None,
        },
        Message::HopLimitExceeded => M::HopLimitExceeded,
        Message::ReassemblyTimeExceeded => M::ReassemblyTimeExceeded,
        Message::ParameterProblem { problem, .. } => match problem {
            Problem::ErroneousField => M::ErroneousField,
            Problem::UnknownNextHeader => M::UnknownNextHeader,
            Problem::UnknownOption => M::UnknownOption,
            Problem::IncompleteChain => M::IncompleteChain,
            Problem::Other(_) => return None,
        },
        _ => return None,
    })
}
