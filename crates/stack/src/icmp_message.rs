//! A message of ICMP in either of its dialects, and the words that both have.

use core::net::{IpAddr, Ipv4Addr};

use wire::icmpv6::Problem;
use wire::{Protocol, icmpv4, icmpv6};

use crate::packet::Packet;

/// An ICMP message's header, of the version of IP that carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IcmpMessage {
    /// RFC 792.
    V4(icmpv4::Message),
    /// RFC 4443.
    V6(icmpv6::Message),
}

impl From<icmpv4::Message> for IcmpMessage {
    fn from(message: icmpv4::Message) -> Self {
        Self::V4(message)
    }
}

impl From<icmpv6::Message> for IcmpMessage {
    fn from(message: icmpv6::Message) -> Self {
        Self::V6(message)
    }
}

impl IcmpMessage {
    /// Which protocol carries it.
    pub(crate) const fn protocol(self) -> Protocol {
        match self {
            Self::V4(_) => Protocol::ICMP,
            Self::V6(_) => Protocol::ICMPV6,
        }
    }

    const fn unreachable(
        version: IpAddr,
        v4: icmpv4::Unreachable,
        v6: icmpv6::Unreachable,
    ) -> Self {
        match version {
            IpAddr::V4(_) => Self::V4(icmpv4::Message::DestinationUnreachable(v4)),
            IpAddr::V6(_) => Self::V6(icmpv6::Message::DestinationUnreachable(v6)),
        }
    }

    /// Nobody listens at the port of a packet to `dst`.
    pub(crate) const fn port_unreachable(dst: IpAddr) -> Self {
        Self::unreachable(dst, icmpv4::Unreachable::Port, icmpv6::Unreachable::Port)
    }

    /// The host `dst`, or the router in front of it, does not answer.
    pub(crate) const fn host_unreachable(dst: IpAddr) -> Self {
        Self::unreachable(dst, icmpv4::Unreachable::Host, icmpv6::Unreachable::Address)
    }

    /// No route leads to `dst`.
    pub(crate) const fn no_route(dst: IpAddr) -> Self {
        Self::unreachable(dst, icmpv4::Unreachable::Net, icmpv6::Unreachable::NoRoute)
    }

    /// Nobody here speaks the packet's protocol (RFC 1122 §3.2.2.1; RFC 8200 §4: a next header
    /// that is not known).
    pub(crate) const fn unknown_protocol(packet: &Packet) -> Self {
        match packet.dst {
            IpAddr::V4(_) => Self::V4(icmpv4::Message::DestinationUnreachable(
                icmpv4::Unreachable::Protocol,
            )),
            IpAddr::V6(_) => Self::problem(Problem::UnknownNextHeader, packet.next_header_at),
        }
    }

    /// Something in the header of an IPv4 packet makes no sense, `pointer` bytes into it.
    pub(crate) const fn problem_v4(pointer: usize) -> Self {
        Self::V4(icmpv4::Message::ParameterProblem {
            pointer: pointer as u8,
        })
    }

    /// Something in an IPv6 packet makes no sense.
    pub(crate) const fn problem(problem: Problem, pointer: usize) -> Self {
        Self::V6(icmpv6::Message::ParameterProblem {
            problem,
            pointer: pointer as u32,
        })
    }

    /// There is a better way to the host (RFC 1812 §5.2.7.2: never for a whole network).
    pub(crate) const fn redirect(gateway: Ipv4Addr) -> Self {
        Self::V4(icmpv4::Message::Redirect { scope: 1, gateway })
    }

    /// A packet to `dst` made all the hops it may.
    pub(crate) const fn hops_exceeded(dst: IpAddr) -> Self {
        match dst {
            IpAddr::V4(_) => Self::V4(icmpv4::Message::TtlExceeded),
            IpAddr::V6(_) => Self::V6(icmpv6::Message::HopLimitExceeded),
        }
    }

    /// Fragments of a packet to `dst` were missing for too long.
    pub(crate) const fn reassembly_time(dst: IpAddr) -> Self {
        match dst {
            IpAddr::V4(_) => Self::V4(icmpv4::Message::ReassemblyTimeExceeded),
            IpAddr::V6(_) => Self::V6(icmpv6::Message::ReassemblyTimeExceeded),
        }
    }

    /// A packet to `dst` is longer than the next link takes.
    pub(crate) const fn too_big(dst: IpAddr, mtu: usize) -> Self {
        match dst {
            IpAddr::V4(_) => Self::V4(icmpv4::Message::DestinationUnreachable(
                icmpv4::Unreachable::FragmentationNeeded {
                    next_hop_mtu: mtu as u16,
                },
            )),
            IpAddr::V6(_) => Self::V6(icmpv6::Message::PacketTooBig { mtu: mtu as u32 }),
        }
    }

    /// Type, code, and what else it says, as an `ExtendedError` has it: the MTU, or where the header
    /// made no sense.
    pub(crate) fn numbers(self) -> (u8, u8, u32) {
        let mut header = [0; icmpv4::HEADER_LEN];
        match self {
            Self::V4(message) => message.emit(&mut header),
            Self::V6(message) => message.emit(&mut header),
        }
        let [kind, code, _, _, rest @ ..] = header;
        let info = match self {
            Self::V4(icmpv4::Message::ParameterProblem { pointer }) => pointer.into(),
            _ => u32::from_be_bytes(rest),
        };
        (kind, code, info)
    }

    /// What would have fitted, where it says that a packet was too big; 0 where it does not know.
    pub(crate) const fn mtu(self) -> Option<usize> {
        match self {
            Self::V4(icmpv4::Message::DestinationUnreachable(
                icmpv4::Unreachable::FragmentationNeeded { next_hop_mtu },
            )) => Some(next_hop_mtu as usize),
            Self::V6(icmpv6::Message::PacketTooBig { mtu }) => Some(mtu as usize),
            _ => None,
        }
    }
}
