//! ICMP for IPv6 (RFC 4443): echo, and word of packets that died.
//!
//! The messages of Neighbour Discovery and of multicast listeners come out of here as
//! [`Message::Other`]; their modules read them.
//!
//! The checksum covers a pseudo-header, as TCP's does ([`crate::checksum::transport`] with
//! [`Protocol::ICMPV6`](crate::Protocol::ICMPV6)).

use crate::malformed::take;
use crate::{Layer, Malformed};

/// Bytes of the header.
pub const HEADER_LEN: usize = 8;
/// Where the checksum lies in the header.
pub const CHECKSUM_OFFSET: usize = 2;

/// The type of Neighbour Discovery's redirect (RFC 4861 §4.5), about which no error may be sent.
pub const REDIRECT: u8 = 137;

/// Why a destination could not be reached: the code of type 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unreachable {
    /// No route leads there.
    NoRoute,
    /// A filter forbids it.
    Prohibited,
    /// The source's address means nothing beyond its link.
    BeyondScope,
    /// The host does not answer.
    Address,
    /// Nobody listens at that port.
    Port,
    /// The source address failed a policy of ingress or egress.
    SourcePolicy,
    /// A route that refuses.
    RejectRoute,
    /// Any other code.
    Other(u8),
}

/// What makes no sense in a packet: the code of type 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Problem {
    /// A header field.
    ErroneousField,
    /// A next header that is not spoken.
    UnknownNextHeader,
    /// An option that is not known.
    UnknownOption,
    /// A first fragment without all headers (RFC 7112 §5).
    IncompleteChain,
    /// Any other code.
    Other(u8),
}

/// An ICMPv6 message's header; for errors, the packet that died follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// Type 1.
    DestinationUnreachable(Unreachable),
    /// Type 2: longer than the next link takes.
    PacketTooBig {
        /// What would fit.
        mtu: u32,
    },
    /// Type 3, code 0: the hop limit ran out under way.
    HopLimitExceeded,
    /// Type 3, code 1: fragments were missing for too long.
    ReassemblyTimeExceeded,
    /// Type 4.
    ParameterProblem {
        /// What is wrong.
        problem: Problem,
        /// Where, in bytes from the packet's front.
        pointer: u32,
    },
    /// Type 128: ping.
    EchoRequest {
        /// Whose ping.
        ident: u16,
        /// Which one.
        seq: u16,
    },
    /// Type 129: its answer.
    EchoReply {
        /// Whose ping.
        ident: u16,
        /// Which one.
        seq: u16,
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
    /// Reads the header at the front of `bytes`. The checksum covers more, and is the caller's to
    /// check.
    ///
    /// # Errors
    ///
    /// [`Malformed::Truncated`].
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize), Malformed> {
        let b = take(Layer::Icmpv6, bytes, HEADER_LEN)?;
        let word = |at: usize| u16::from_be_bytes([b[at], b[at + 1]]);
        let rest = [b[4], b[5], b[6], b[7]];
        let message = match (b[0], b[1]) {
            (1, code) => Self::DestinationUnreachable(match code {
                0 => Unreachable::NoRoute,
                1 => Unreachable::Prohibited,
                2 => Unreachable::BeyondScope,
                3 => Unreachable::Address,
                4 => Unreachable::Port,
                5 => Unreachable::SourcePolicy,
                6 => Unreachable::RejectRoute,
                other => Unreachable::Other(other),
            }),
            (2, 0) => Self::PacketTooBig {
                mtu: u32::from_be_bytes(rest),
            },
            (3, 0) => Self::HopLimitExceeded,
            (3, 1) => Self::ReassemblyTimeExceeded,
            (4, code) => Self::ParameterProblem {
                problem: match code {
                    0 => Problem::ErroneousField,
                    1 => Problem::UnknownNextHeader,
                    2 => Problem::UnknownOption,
                    3 => Problem::IncompleteChain,
                    other => Problem::Other(other),
                },
                pointer: u32::from_be_bytes(rest),
            },
            (128, 0) => Self::EchoRequest {
                ident: word(4),
                seq: word(6),
            },
            (129, 0) => Self::EchoReply {
                ident: word(4),
                seq: word(6),
            },
            (kind, code) => Self::Other { kind, code, rest },
        };
        Ok((message, HEADER_LEN))
    }

    /// 8.
    #[must_use]
    pub const fn header_len(&self) -> usize {
        HEADER_LEN
    }

    /// Type and code, as on the wire.
    #[must_use]
    pub const fn kind_and_code(&self) -> (u8, u8) {
        match *self {
            Self::DestinationUnreachable(why) => (
                1,
                match why {
                    Unreachable::NoRoute => 0,
                    Unreachable::Prohibited => 1,
                    Unreachable::BeyondScope => 2,
                    Unreachable::Address => 3,
                    Unreachable::Port => 4,
                    Unreachable::SourcePolicy => 5,
                    Unreachable::RejectRoute => 6,
                    Unreachable::Other(code) => code,
                },
            ),
            Self::PacketTooBig { .. } => (2, 0),
            Self::HopLimitExceeded => (3, 0),
            Self::ReassemblyTimeExceeded => (3, 1),
            Self::ParameterProblem { problem, .. } => (
                4,
                match problem {
                    Problem::ErroneousField => 0,
                    Problem::UnknownNextHeader => 1,
                    Problem::UnknownOption => 2,
                    Problem::IncompleteChain => 3,
                    Problem::Other(code) => code,
                },
            ),
            Self::EchoRequest { .. } => (128, 0),
            Self::EchoReply { .. } => (129, 0),
            Self::Other { kind, code, .. } => (kind, code),
        }
    }

    /// Writes the header into the first 8 bytes of `out`, its checksum zero.
    pub fn emit(&self, out: &mut [u8]) {
        let (kind, code) = self.kind_and_code();
        let rest = match *self {
            Self::DestinationUnreachable(_)
            | Self::HopLimitExceeded
            | Self::ReassemblyTimeExceeded => [0; 4],
            Self::PacketTooBig { mtu: number }
            | Self::ParameterProblem {
                pointer: number, ..
            } => number.to_be_bytes(),
            Self::EchoRequest { ident, seq } | Self::EchoReply { ident, seq } => {
                (u32::from(ident) << 16 | u32::from(seq)).to_be_bytes()
            }
            Self::Other { rest, .. } => rest,
        };
        out[..4].copy_from_slice(&[kind, code, 0, 0]);
        out[4..HEADER_LEN].copy_from_slice(&rest);
    }

    /// Whether it reports an error, so that no error may be sent about it (RFC 4443 §2.1: types
    /// below 128; §2.4 (e): redirects too are answered with none).
    #[must_use]
    pub const fn is_error(&self) -> bool {
        let (kind, _) = self.kind_and_code();
        kind < 128
    }
}
