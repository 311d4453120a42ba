//! IPv4 and ICMP.

use core::net::Ipv4Addr;

use super::table::Row;
use super::terms::{FieldId as F, LayerKind, Meaning as M};
use super::view::{Unchecked, Verdict};
use super::walk::{Datagram, Next, Walk};
use crate::checksum::Checksum;
use crate::{Malformed, Protocol, icmpv4, ipv4};

const IPV4: &[Row] = &[
    Row::number(F::Ipv4Version, 0, 1).bits(4, 4),
    Row::number(F::Ipv4HeaderLength, 0, 1).bits(0, 4).units(4),
    Row::number(F::Ipv4Dscp, 1, 1).bits(2, 6),
    Row::number(F::Ipv4Ecn, 1, 1).bits(0, 2).means(ecn),
    Row::number(F::Ipv4TotalLength, 2, 2),
    Row::hex(F::Ipv4Identification, 4, 2),
    Row::number(F::Ipv4DontFragment, 6, 1).bits(6, 1),
    Row::number(F::Ipv4MoreFragments, 6, 1).bits(5, 1),
    Row::number(F::Ipv4FragmentOffset, 6, 2)
        .bits(0, 13)
        .units(8),
    Row::number(F::Ipv4Ttl, 8, 1),
    Row::number(F::Ipv4Protocol, 9, 1).means(|n| match n {
        1 => Some(M::Icmp),
        2 => Some(M::Igmp),
        6 => Some(M::Tcp),
        17 => Some(M::Udp),
        58 => Some(M::Icmpv6),
        _ => None,
    }),
    Row::hex(F::Ipv4Checksum, 10, 2),
    Row::ipv4(F::Ipv4Source, 12),
    Row::ipv4(F::Ipv4Destination, 16),
];

const ICMP: &[Row] = &[
    Row::number(F::IcmpType, 0, 1).means(|n| match n {
        0 => Some(M::EchoReply),
        3 => Some(M::Unreachable),
        5 => Some(M::Redirect),
        8 => Some(M::EchoRequest),
        11 => Some(M::TimeExceeded),
        12 => Some(M::ParameterProblem),
        _ => None,
    }),
    // Its meaning depends on the type: `icmp_code`.
    Row::number(F::IcmpCode, 1, 1),
    Row::hex(F::IcmpChecksum, 2, 2),
];

const ICMP_ECHO: &[Row] = &[
    Row::number(F::IcmpIdentifier, 4, 2),
    Row::number(F::IcmpSequence, 6, 2),
];
const ICMP_MTU: &[Row] = &[Row::number(F::IcmpNextHopMtu, 6, 2)];
const ICMP_POINTER: &[Row] = &[Row::number(F::IcmpPointer, 4, 1)];
const ICMP_REST: &[Row] = &[Row::bytes(F::IcmpRest, 4, 4)];

pub(super) fn ipv4(walk: &mut Walk<'_>) -> Next {
    let rest = walk.rest();
    let parsed = ipv4::Header::parse(rest, rest.len());
    let words = rest.first().map_or(5, |first| first & 0xf).max(5);
    let header_len = usize::from(words) * 4;
    walk.layer(LayerKind::Ipv4, IPV4, header_len);
    if header_len > ipv4::MIN_HEADER_LEN {
        let options = header_len - ipv4::MIN_HEADER_LEN;
        walk.field(&Row::bytes(F::Ipv4Options, ipv4::MIN_HEADER_LEN, options));
    }
    if let Some(header) = rest.get(..header_len) {
        walk.verdict(judge(Checksum::new(), header, 10));
    }
    match parsed {
        Ok(_) | Err(Malformed::Checksum { .. }) => {}
        // An ICMP error quotes the front of a packet, which is shorter than its header says.
        Err(Malformed::Length { found, .. }) if walk.quoted() && found >= header_len => {}
        // What is there can be read on all the same.
        Err(malformed @ (Malformed::Length { .. } | Malformed::Field { .. })) => {
            walk.refuse(malformed);
        }
        Err(malformed) => return walk.refuse(malformed),
    }
    // All that follows was checked to be there.
    let word = |at: usize| u16::from_be_bytes([rest[at], rest[at + 1]]);
    let addr = |at: usize| Ipv4Addr::new(rest[at], rest[at + 1], rest[at + 2], rest[at + 3]);
    let total_len = usize::from(word(2));
    let offset = word(6) & 0x1fff;
    let whole = walk.end_at(header_len, total_len);
    walk.datagram = Datagram {
        src: addr(12).into(),
        dst: addr(16).into(),
        hop_limit: rest[8],
        extensions: 0,
        unchecked: if offset != 0 || word(6) & 0x2000 != 0 {
            Some(Unchecked::Fragment)
        } else if !whole {
            Some(Unchecked::Incomplete)
        } else {
            None
        },
    };
    if offset == 0 {
        Next::of_protocol(Protocol(rest[9]))
    } else {
        Next::Data
    }
}

pub(super) fn icmpv4(walk: &mut Walk<'_>) -> Next {
    let rest = walk.rest();
    let parsed = icmpv4::Message::parse(rest);
    walk.layer(LayerKind::Icmpv4, ICMP, icmpv4::HEADER_LEN);
    let message = match parsed {
        Ok((message, _)) => message,
        Err(malformed) => return walk.refuse(malformed),
    };
    walk.meaning(F::IcmpCode, icmp_code(message));
    let rows = match rest[0] {
        0 | 8 => ICMP_ECHO,
        3 if rest[1] == 4 => ICMP_MTU,
        12 => ICMP_POINTER,
        _ => ICMP_REST,
    };
    rows.iter().for_each(|row| walk.field(row));
    walk.verdict(match walk.datagram.unchecked {
        Some(why) => Verdict::NotChecked(why),
        None => judge(Checksum::new(), rest, icmpv4::CHECKSUM_OFFSET),
    });
    if message.is_error() && !walk.quoted() {
        Next::QuotedIpv4
    } else {
        Next::Data
    }
}

fn icmp_code(message: icmpv4::Message) -> Option<M> {
    use icmpv4::{Message, Unreachable};
    Some(match message {
        Message::DestinationUnreachable(why) => match why {
            Unreachable::Net => M::NetUnreachable,
            Unreachable::Host => M::HostUnreachable,
            Unreachable::Protocol => M::ProtocolUnreachable,
            Unreachable::Port => M::PortUnreachable,
            Unreachable::FragmentationNeeded { .. } => M::FragmentationNeeded,
            Unreachable::SourceRoute => M::SourceRouteFailed,
            // RFC 1122 §3.2.2.1 and RFC 1812 §5.2.7.1.
            Unreachable::Other(9 | 10 | 13) => M::Prohibited,
            Unreachable::Other(_) => return None,
        },
        Message::TtlExceeded => M::TtlExceeded,
        Message::ReassemblyTimeExceeded => M::ReassemblyTimeExceeded,
        _ => return None,
    })
}

pub(super) fn ecn(number: u64) -> Option<M> {
    Some(match number {
        0 => M::NotEct,
        1 => M::Ect1,
        2 => M::Ect0,
        _ => M::Ce,
    })
}

/// Judges the checksum at `field` of `bytes`, which is computed over all of them on top of `sum`.
pub(super) fn judge(mut sum: Checksum, bytes: &[u8], field: usize) -> Verdict {
    let mut blank = sum;
    sum.add(bytes);
    if sum.finish() == 0 {
        return Verdict::Good;
    }
    // The field lies at an even place, and zeros in its place change nothing else.
    blank.add(bytes.get(..field).unwrap_or_default());
    blank.add(bytes.get(field + 2..).unwrap_or_default());
    Verdict::Bad {
        right: blank.finish(),
    }
}
