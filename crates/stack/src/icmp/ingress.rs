//! An ICMP message came.

use core::net::IpAddr;

use base::{Instant, Payload};

use super::Icmp;
use crate::packet::{IcmpError, Packet};
use crate::verdict::{DropReason, Verdict};

/// What a message means for a socket of ours.
#[derive(Debug)]
pub(crate) enum News {
    /// A packet that one of our sockets sent died.
    Error(IcmpError),
    /// Somebody answered our ping.
    EchoReply {
        /// Who.
        from: IpAddr,
        /// Which of ours was asked.
        to: IpAddr,
        /// Whose ping.
        ident: u16,
        /// Which one.
        seq: u16,
        /// Hops that were left.
        ttl: u8,
        /// What we sent along.
        data: Payload,
    },
}

/// Answers an echo request, and finds out whom an answer or an error concerns.
pub(crate) fn receive(_icmp: &mut Icmp, _now: Instant, _packet: Packet) -> Verdict<News> {
    Err(DropReason::UnknownIcmp.into())
}
