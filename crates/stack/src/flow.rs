//! What a packet says of the conversation that it belongs to, whoever the conversation's ends are.
//!
//! Connection tracking and the firewall look at packets that are none of this host's: all that both
//! must name of one lies here.

use core::net::{IpAddr, SocketAddrV4};

use base::Frame;
use wire::tcp::options::{self, TcpOption};
use wire::tcp::{Flags, SeqNumber};
use wire::{Protocol, icmpv4, icmpv6, tcp};

use crate::ip_header::{Header, transport_of};

/// Bytes of a quoted packet in which its headers are looked for.
const QUOTED_HEADERS: usize = 576;
/// Bytes of the largest run of extension headers that is looked through.
const MAX_EXTENSIONS: usize = 1280;

/// One direction of a conversation.
///
/// The two ports are TCP's and UDP's. Of a ping they are its identifier at the side of who asks, and
/// 0 at the other, so that an answer is the question turned round. Of other protocols both are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Tuple {
    pub(crate) protocol: Protocol,
    pub(crate) src: IpAddr,
    pub(crate) src_port: u16,
    pub(crate) dst: IpAddr,
    pub(crate) dst_port: u16,
}

impl Tuple {
    /// The other direction.
    pub(crate) const fn reversed(self) -> Self {
        Self {
            protocol: self.protocol,
            src: self.dst,
            src_port: self.dst_port,
            dst: self.src,
            dst_port: self.src_port,
        }
    }

    /// Address and port that it comes from.
    pub(crate) const fn source(&self) -> (IpAddr, u16) {
        (self.src, self.src_port)
    }

    /// Address and port that it is for.
    pub(crate) const fn destination(&self) -> (IpAddr, u16) {
        (self.dst, self.dst_port)
    }
}

/// What connection tracking must know of a segment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) flags: Flags,
    pub(crate) seq: SeqNumber,
    pub(crate) ack: SeqNumber,
    /// As it stands in the field.
    pub(crate) window: u16,
    /// How much of the sequence space it takes.
    pub(crate) len: u32,
    /// The window scale that a SYN offers.
    pub(crate) scale: Option<u8>,
}

/// What a packet is to connection tracking.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Said {
    /// It belongs to a conversation; with what a TCP segment says.
    Speech(Tuple, Option<Segment>),
    /// It is word of a packet that died, of this tuple.
    Died(Tuple),
    /// A message by which a link arranges itself: Neighbour Discovery, MLD, IGMP.
    Link,
    /// It cannot be told: too short, a message of ICMP that neither asks nor answers nor reports.
    Nothing,
}

/// How a packet stands to the conversations that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConnectionState {
    /// It begins one, or belongs to one that was not answered yet.
    New,
    /// It belongs to one that both sides have spoken in.
    Established,
    /// It is an ICMP error about a packet of one.
    Related,
    /// It belongs to none and cannot begin one.
    Invalid,
}

/// A packet under way through connection tracking, from its first look at it to its last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passage {
    /// What it said when it came.
    pub(crate) said: Said,
    pub(crate) state: ConnectionState,
    /// Its conversation and direction in that (0 that of who began it); of an error, those of the
    /// answers to the packet that died.
    pub(crate) flow: Option<(u32, usize)>,
    /// For whom it is really, where that is not whom it named when it came.
    pub(crate) now_for: Option<SocketAddrV4>,
    /// It is for many, or from nobody in particular: no conversation.
    pub(crate) to_many: bool,
    /// The mapping by which a first packet was translated.
    pub(crate) mapping: Option<u32>,
    /// That mapping is a port forward.
    pub(crate) by_forward: bool,
    /// Where its transport header begins, and what that is.
    pub(crate) transport: (usize, Protocol),
}

impl Passage {
    /// Its tuple as it is now, the destination translated.
    pub(crate) fn tuple(&self) -> Option<Tuple> {
        let Said::Speech(tuple, _) = self.said else {
            return None;
        };
        Some(match self.now_for {
            None => tuple,
            Some(to) => Tuple {
                dst: IpAddr::V4(*to.ip()),
                dst_port: to.port(),
                ..tuple
            },
        })
    }
}

/// Reads what the packet at the front of `frame` says; and where its transport header begins, and what
/// that is.
pub(crate) fn read(
    frame: &mut Frame,
    header: &Header,
    header_len: usize,
) -> (Said, (usize, Protocol)) {
    let Some((protocol, at)) = transport(frame, header, header_len) else {
        return (Said::Nothing, (header_len, header.protocol()));
    };
    let said = said(frame, header, protocol, at);
    (said, (at, protocol))
}

fn transport(frame: &mut Frame, header: &Header, header_len: usize) -> Option<(Protocol, usize)> {
    match header {
        Header::V4(header) => Some((header.protocol, header_len)),
        Header::V6(header) => {
            // Nothing to look through is the usual case.
            if wire::ipv6::Kind::of(header.next_header).is_none() {
                return Some((header.next_header, header_len));
            }
            let have = frame.len().min(header_len + MAX_EXTENSIONS);
            let front = frame.contiguous(have);
            let behind = front.get(header_len..)?;
            let (protocol, len, later) = transport_of(header.next_header, behind)?;
            (!later).then_some((protocol, header_len + len))
        }
    }
}

fn said(frame: &mut Frame, header: &Header, protocol: Protocol, at: usize) -> Said {
    let (src, dst) = (header.src(), header.dst());
    let tuple = |src_port, dst_port| Tuple {
        protocol,
        src,
        src_port,
        dst,
        dst_port,
    };
    let whole = frame.len();
    let short = match protocol {
        Protocol::TCP => tcp::MIN_HEADER_LEN,
        _ => 8,
    };
    let v6 = src.is_ipv6();
    match protocol {
        Protocol::TCP | Protocol::UDP | Protocol::ICMP | Protocol::ICMPV6 => {}
        Protocol::IGMP => return Said::Link,
        _ => return Said::Speech(tuple(0, 0), None),
    }
    let Some(front) = frame.contiguous(at + short).get(at..at + short) else {
        return Said::Nothing;
    };
    let word = |at: usize| u16::from_be_bytes([front[at], front[at + 1]]);
    match protocol {
        Protocol::TCP => {
            let tuple = tuple(word(0), word(2));
            let Some(segment) = segment(frame, at, whole) else {
                return Said::Nothing;
            };
            Said::Speech(tuple, Some(segment))
        }
        Protocol::UDP => Said::Speech(tuple(word(0), word(2)), None),
        Protocol::ICMP if !v6 => match icmpv4::Message::parse(front) {
            Ok((icmpv4::Message::EchoRequest { ident, .. }, _)) => {
                Said::Speech(tuple(ident, 0), None)
            }
            Ok((icmpv4::Message::EchoReply { ident, .. }, _)) => {
                Said::Speech(tuple(0, ident), None)
            }
            // RFC 5508 §7: a redirect is this host's own business.
            Ok((icmpv4::Message::Redirect { .. }, _)) => Said::Nothing,
            Ok((message, _)) if message.is_error() => quoted(frame, false, at + short),
            _ => Said::Nothing,
        },
        Protocol::ICMPV6 if v6 => match icmpv6::Message::parse(front) {
            Ok((icmpv6::Message::EchoRequest { ident, .. }, _)) => {
                Said::Speech(tuple(ident, 0), None)
            }
            Ok((icmpv6::Message::EchoReply { ident, .. }, _)) => {
                Said::Speech(tuple(0, ident), None)
            }
            Ok((message, _)) if message.is_error() => quoted(frame, true, at + short),
            // RFC 4890 §4.4.1: without these a link falls apart.
            Ok((
                icmpv6::Message::Other {
                    kind: 130..=137 | 143,
                    ..
                },
                _,
            )) => Said::Link,
            _ => Said::Nothing,
        },
        _ => Said::Nothing,
    }
}

/// The tuple of the packet that an ICMP error quotes behind `at`.
fn quoted(frame: &mut Frame, v6: bool, at: usize) -> Said {
    let have = frame.len();
    let front = frame.contiguous(have.min(at + QUOTED_HEADERS));
    let tuple = front.get(at..).and_then(|quote| tuple_of_quote(quote, v6));
    tuple.map_or(Said::Nothing, Said::Died)
}

fn tuple_of_quote(quote: &[u8], v6: bool) -> Option<Tuple> {
    let (header, header_len) = Header::parse_quoted(v6, quote).ok()?;
    let (protocol, extensions, later) = if v6 {
        transport_of(header.protocol(), quote.get(header_len..)?)?
    } else {
        (header.protocol(), 0, header.is_later_fragment())
    };
    let inner = quote.get(header_len + extensions..).filter(|_| !later)?;
    // RFC 792: 64 bits of it at least.
    let inner = inner.get(..8)?;
    let word = |at: usize| u16::from_be_bytes([inner[at], inner[at + 1]]);
    let (src_port, dst_port) = match (protocol, inner[0]) {
        (Protocol::TCP | Protocol::UDP, _) => (word(0), word(2)),
        (Protocol::ICMP, 8) | (Protocol::ICMPV6, 128) => (word(4), 0),
        (Protocol::ICMP, 0) | (Protocol::ICMPV6, 129) => (0, word(4)),
        (Protocol::ICMP | Protocol::ICMPV6, _) => return None,
        _ => (0, 0),
    };
    Some(Tuple {
        protocol,
        src: header.src(),
        src_port,
        dst: header.dst(),
        dst_port,
    })
}

/// Reads the segment whose header begins at `at`; `None` where its header is not whole.
fn segment(frame: &mut Frame, at: usize, whole: usize) -> Option<Segment> {
    let fixed = frame.contiguous(at + tcp::MIN_HEADER_LEN).get(at..)?;
    let fixed: [u8; tcp::MIN_HEADER_LEN] = *fixed.first_chunk()?;
    let word = |at: usize| u16::from_be_bytes([fixed[at], fixed[at + 1]]);
    let number = |at: usize| {
        let bytes = [fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]];
        SeqNumber(u32::from_be_bytes(bytes))
    };
    let header_len = usize::from(fixed[12] >> 4) * 4;
    let data = whole.checked_sub(at + header_len)?;
    if header_len < tcp::MIN_HEADER_LEN {
        return None;
    }
    let flags = Flags::from_bits_truncate(word(12));
    let once = |flag| u32::from(flags.contains(flag));
    let scale = if flags.contains(Flags::SYN) {
        let header = frame.contiguous(at + header_len);
        let offered = header.get(at + tcp::MIN_HEADER_LEN..at + header_len)?;
        options::iter(offered).find_map(|option| match option {
            // RFC 7323 §2.3: 14 at most.
            TcpOption::WindowScale(shift) => Some(shift.min(14)),
            _ => None,
        })
    } else {
        None
    };
    Some(Segment {
        flags,
        seq: number(4),
        ack: number(8),
        window: word(14),
        len: data as u32 + once(Flags::SYN) + once(Flags::FIN),
        scale,
    })
}
