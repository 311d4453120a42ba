//! ICMP for IPv4 (RFC 792): echo, and word of packets that died.

use core::net::Ipv4Addr;

use crate::malformed::take;
use crate::{Layer, Malformed};

/// Bytes of the header.
pub const HEADER_LEN: usize = 8;
/// Where the checksum lies in the header.
pub const CHECKSUM_OFFSET: usize = 2;

/// Why a destination could not be reached: the code of type 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unreachable {
    /// No route to the network.
    Net,
    /// The host does not answer.
    Host,
    /// The host does not speak that protocol.
    Protocol,
    /// Nobody listens at that port.
    Port,
    /// Too large for the next link, and not to be fragmented.
    FragmentationNeeded {
        /// What would fit (RFC 1191 §4); 0 from routers older than that.
        next_hop_mtu: u16,
    },
    /// The source route failed.
    SourceRoute,
    /// A filter forbids it (codes 9, 10, 13 and what else there is).
    Other(u8),
}

/// An ICMP message's header; for errors, the packet that died follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// Ping.
    EchoRequest {
        /// Whose ping.
        ident: u16,
        /// Which one.
        seq: u16,
    },
    /// Its answer.
    EchoReply {
        /// Whose ping.
        ident: u16,
        /// Which one.
        seq: u16,
    },
    /// Type 3.
    DestinationUnreachable(Unreachable),
    /// Type 11, code 0: the TTL ran out under way.
    TtlExceeded,
    /// Type 11, code 1: fragments were missing for too long.
    ReassemblyTimeExceeded,
    /// Type 5: there is a better way.
    Redirect {
        /// For whom (the code): 0 the destination's network, 1 the destination; 2 and 3 the same, of
        /// that type of service.
        scope: u8,
        /// Whom to send to.
        gateway: Ipv4Addr,
    },
    /// Type 12: a header field makes no sense.
    ParameterProblem {
        /// The field's place in the header.
        pointer: u8,
    },
    /// Anything else.
    Other {
        /// The type.
        kind: u8,
        /// The code.
        code: u8,
        /// Bytes 4 to 7.
        rest: [u8; 4],
    },
}

impl Message {
    /// Reads the header at the front of `bytes`. The checksum covers what follows as well, and is
    /// the caller's to check.
    ///
    /// # Errors
    ///
    /// [`Malformed::Truncated`].
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize), Malformed> {
        let b = take(Layer::Icmpv4, bytes, HEADER_LEN)?;
        let word = |at: usize| u16::from_be_bytes([b[at], b[at + 1]]);
        let message = match (b[0], b[1]) {
            (0, 0) => Self::EchoReply {
                ident: word(4),
                seq: word(6),
            },
            (8, 0) => Self::EchoRequest {
                ident: word(4),
                seq: word(6),
            },
            (3, code) => Self::DestinationUnreachable(match code {
                0 => Unreachable::Net,
                1 => Unreachable::Host,
                2 => Unreachable::Protocol,
                3 => Unreachable::Port,
                4 => Unreachable::FragmentationNeeded {
                    next_hop_mtu: word(6),
                },
                5 => Unreachable::SourceRoute,
                other => Unreachable::Other(other),
            }),
            (5, scope @ 0..=3) => Self::Redirect {
                scope,
                gateway: Ipv4Addr::new(b[4], b[5], b[6], b[7]),
            },
            (11, 0) => Self::TtlExceeded,
            (11, 1) => Self::ReassemblyTimeExceeded,
            (12, 0) => Self::ParameterProblem { pointer: b[4] },
            (kind, code) => Self::Other {
                kind,
                code,
                rest: [b[4], b[5], b[6], b[7]],
            },
        };
        Ok((message, HEADER_LEN))
    }

    /// 8.
    #[must_use]
    pub const fn header_len(&self) -> usize {
        HEADER_LEN
    }

    /// Writes the header into the first 8 bytes of `out`, its checksum zero.
    pub fn emit(&self, out: &mut [u8]) {
        let pair = |a: u16, b: u16| {
            let ([a0, a1], [b0, b1]) = (a.to_be_bytes(), b.to_be_bytes());
            [a0, a1, b0, b1]
        };
        let (kind, code, rest) = match *self {
            Self::EchoReply { ident, seq } => (0, 0, pair(ident, seq)),
            Self::EchoRequest { ident, seq } => (8, 0, pair(ident, seq)),
            Self::DestinationUnreachable(why) => {
                let (code, mtu) = match why {
                    Unreachable::Net => (0, 0),
                    Unreachable::Host => (1, 0),
                    Unreachable::Protocol => (2, 0),
                    Unreachable::Port => (3, 0),
                    Unreachable::FragmentationNeeded { next_hop_mtu } => (4, next_hop_mtu),
                    Unreachable::SourceRoute => (5, 0),
                    Unreachable::Other(code) => (code, 0),
                };
                (3, code, pair(0, mtu))
            }
            Self::Redirect { scope, gateway } => (5, scope, gateway.octets()),
            Self::TtlExceeded => (11, 0, [0; 4]),
            Self::ReassemblyTimeExceeded => (11, 1, [0; 4]),
            Self::ParameterProblem { pointer } => (12, 0, [pointer, 0, 0, 0]),
            Self::Other { kind, code, rest } => (kind, code, rest),
        };
        out[..HEADER_LEN].copy_from_slice(&[kind, code, 0, 0, rest[0], rest[1], rest[2], rest[3]]);
    }

    /// Whether it reports an error, so that no error may be sent about it (RFC 1122 §3.2.2).
    #[must_use]
    pub const fn is_error(&self) -> bool {
        match self {
            Self::EchoRequest { .. } | Self::EchoReply { .. } => false,
            Self::DestinationUnreachable(_)
            | Self::Redirect { .. }
            | Self::TtlExceeded
            | Self::ReassemblyTimeExceeded
            | Self::ParameterProblem { .. } => true,
            // Source quench, redirect.
            Self::Other { kind, .. } => matches!(kind, 3 | 4 | 5 | 11 | 12),
        }
    }
}
