//! UDP and TCP.

use super::dhcp;
use super::ip::judge;
use super::rip;
use super::table::Row;
use super::terms::{FieldId as F, LayerKind, Meaning};
use super::view::{FieldView, Unchecked, Value, Verdict};
use super::walk::{Next, Walk};
use crate::checksum::Checksum;
use crate::tcp::options::{self, TcpOption};
use crate::{Layer, Malformed, Protocol, tcp, udp};

const UDP: &[Row] = &[
    Row::number(F::UdpSourcePort, 0, 2),
    Row::number(F::UdpDestinationPort, 2, 2),
    Row::number(F::UdpLength, 4, 2),
    Row::hex(F::UdpChecksum, 6, 2).means(|sum| (sum == 0).then_some(Meaning::NoChecksum)),
];

const TCP: &[Row] = &[
    Row::number(F::TcpSourcePort, 0, 2),
    Row::number(F::TcpDestinationPort, 2, 2),
    Row::number(F::TcpSequence, 4, 4),
    Row::number(F::TcpAcknowledgment, 8, 4),
    Row::number(F::TcpDataOffset, 12, 1).bits(4, 4).units(4),
    Row::flags(F::TcpFlags, 12),
    Row::number(F::TcpWindow, 14, 2),
    Row::hex(F::TcpChecksum, 16, 2),
    Row::number(F::TcpUrgent, 18, 2),
];

pub(super) fn udp(walk: &mut Walk<'_>) -> Next {
    let rest = walk.rest();
    let parsed = udp::Header::parse(rest, rest.len());
    walk.layer(LayerKind::Udp, UDP, udp::HEADER_LEN);
    let len = match &parsed {
        Ok((header, len)) => len + header.payload_len,
        Err(malformed @ Malformed::Truncated { .. }) => return walk.refuse(*malformed),
        Err(malformed) => {
            // A fragment and a quote hold the front of a datagram only.
            if walk.datagram.unchecked.is_none() {
                walk.refuse(*malformed);
            }
            rest.len()
        }
    };
    let absent = (rest[6..8] == [0, 0]).then_some(Unchecked::Absent);
    // RFC 8200 §8.1: nothing else guards IPv6's addresses.
    if absent.is_some() && walk.datagram.src.is_ipv6() {
        walk.refuse(Malformed::Field {
            layer: Layer::Udp,
            field: "Checksum",
        });
    }
    judge_transport(
        walk,
        absent,
        Protocol::UDP,
        &rest[..len],
        udp::CHECKSUM_OFFSET,
    );
    match parsed {
        Ok((header, _)) if dhcp::is_it(walk, &header) => {
            walk.end_at(udp::HEADER_LEN, len);
            Next::Dhcp
        }
        Ok((header, _)) if header.payload_len > 0 => rip::within(walk, &header),
        _ => Next::Data,
    }
}

pub(super) fn tcp(walk: &mut Walk<'_>) -> Next {
    let rest = walk.rest();
    let parsed = tcp::Header::parse(rest);
    let words = rest.get(12).map_or(5, |byte| byte >> 4).max(5);
    let header_len = usize::from(words) * 4;
    walk.layer(LayerKind::Tcp, TCP, header_len);
    for at in Options::new(rest, header_len) {
        option_fields(walk, at);
    }
    match parsed {
        Ok(_) => {}
        Err(malformed @ Malformed::Field { .. }) => {
            walk.refuse(malformed);
        }
        // RFC 792: eight bytes are enough to know whose it was.
        Err(Malformed::Truncated { .. }) if walk.quoted() => return Next::Data,
        Err(malformed) => return walk.refuse(malformed),
    }
    judge_transport(walk, None, Protocol::TCP, rest, tcp::CHECKSUM_OFFSET);
    Next::Data
}

/// Judges a checksum that covers the pseudo-header too.
pub(super) fn judge_transport(
    walk: &mut Walk<'_>,
    absent: Option<Unchecked>,
    protocol: Protocol,
    segment: &[u8],
    field: usize,
) {
    let datagram = &walk.datagram;
    let verdict = match absent.or(datagram.unchecked) {
        Some(why) => Verdict::NotChecked(why),
        None => {
            let (src, dst) = (datagram.src, datagram.dst);
            let pseudo = Checksum::pseudo_header(src, dst, protocol, segment.len());
            match (judge(pseudo, segment, field), protocol) {
                (Verdict::Bad { right }, Protocol::UDP) => Verdict::Bad {
                    right: udp::checksum_to_send(right),
                },
                (verdict, _) => verdict,
            }
        }
    };
    walk.verdict(verdict);
}

/// Where each option lies in a TCP header: from the header's front, kind and length included.
struct Options<'a> {
    header: &'a [u8],
    at: usize,
}

impl<'a> Options<'a> {
    fn new(rest: &'a [u8], header_len: usize) -> Self {
        Self {
            header: rest.get(..header_len).unwrap_or_default(),
            at: tcp::MIN_HEADER_LEN,
        }
    }
}

/// An option's kind, its place, and whether its length makes sense.
struct Place {
    kind: u8,
    start: usize,
    end: usize,
    legal: bool,
}

impl Iterator for Options<'_> {
    type Item = Place;

    fn next(&mut self) -> Option<Place> {
        let start = self.at;
        let kind = *self.header.get(start)?;
        let len = match kind {
            0 | 1 => 1,
            _ => self.header.get(start + 1).copied().unwrap_or(0).into(),
        };
        let end = start + len;
        let legal = (len >= 2 || kind < 2) && end <= self.header.len();
        // Behind the end mark and an illegal length nothing can be told apart.
        let (end, next) = match (legal, kind) {
            (true, 0) => (end, self.header.len()),
            (true, _) => (end, end),
            (false, _) => (self.header.len(), self.header.len()),
        };
        self.at = next;
        Some(Place {
            kind,
            start,
            end,
            legal,
        })
    }
}

fn option_fields(walk: &mut Walk<'_>, place: Place) {
    let Place { start, end, .. } = place;
    let bytes = &walk.rest()[start..end];
    let mut put = |id, from: usize, to: usize, value| {
        let base = walk.at();
        walk.push(FieldView {
            id,
            range: base + from..base + to,
            value,
            meaning: None,
        });
    };
    let number = |n: u32| Value::Number(n.into());
    match (place.legal, place.kind, options::iter(bytes).next()) {
        (false, ..) => put(F::TcpBadOption, start, end, Value::Bytes(bytes.to_vec())),
        (_, 0, _) => put(F::TcpEndOfOptions, start, end, number(0)),
        (_, 1, _) => put(F::TcpNoOperation, start, end, number(1)),
        (_, _, Some(TcpOption::Mss(mss))) => put(F::TcpMss, start, end, number(mss.into())),
        (_, _, Some(TcpOption::WindowScale(shift))) => {
            put(F::TcpWindowScale, start, end, number(shift.into()));
        }
        (_, _, Some(TcpOption::SackPermitted)) => {
            put(
                F::TcpSackPermitted,
                start,
                end,
                Value::Bytes(bytes.to_vec()),
            );
        }
        (_, _, Some(TcpOption::Timestamps(stamps))) => {
            put(
                F::TcpTimestampValue,
                start + 2,
                start + 6,
                number(stamps.value),
            );
            put(F::TcpTimestampEcho, start + 6, end, number(stamps.echo));
        }
        (_, _, Some(TcpOption::Sack(blocks))) => {
            for (n, &[a, b, c, d, e, f, g, h]) in blocks.iter().enumerate() {
                let left = u32::from_be_bytes([a, b, c, d]);
                let right = u32::from_be_bytes([e, f, g, h]);
                let from = start + 2 + n * 8;
                put(F::TcpSack, from, from + 8, Value::Block(left, right));
            }
        }
        (_, kind, Some(TcpOption::AccEcn(option))) => {
            put(F::TcpAccEcn, start, start + 2, number(kind.into()));
            let ids = if option.ect1_first {
                [F::TcpAccEcnEct1, F::TcpAccEcnCe, F::TcpAccEcnEct0]
            } else {
                [F::TcpAccEcnEct0, F::TcpAccEcnCe, F::TcpAccEcnEct1]
            };
            for (n, (id, counter)) in ids.into_iter().zip(option.counters).enumerate() {
                let from = start + 2 + n * 3;
                put(id, from, from + 3, number(counter));
            }
        }
        _ => put(
            F::TcpUnknownOption,
            start,
            end,
            Value::Bytes(bytes.to_vec()),
        ),
    }
}
