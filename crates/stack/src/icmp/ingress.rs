//! An ICMP message came.

use core::net::IpAddr;

use arrayvec::ArrayVec;
use base::{Instant, Payload};
use wire::{Protocol, icmpv4};

use super::Icmp;
use crate::packet::Packet;
use crate::verdict::{DropReason, Verdict};

/// What a message means for a socket of ours.
#[derive(Debug)]
pub(crate) enum News {
    /// A packet that one of our sockets sent died.
    Error(Error),
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

/// Word of a packet that died.
#[derive(Debug)]
pub(crate) struct Error {
    /// Who says so.
    pub(crate) from: IpAddr,
    /// What happened.
    pub(crate) message: icmpv4::Message,
    /// Who sent the packet: one of our addresses.
    pub(crate) src: IpAddr,
    /// For whom it was.
    pub(crate) dst: IpAddr,
    /// What was inside.
    pub(crate) protocol: Protocol,
    /// The first bytes of its transport header: at least 8 (RFC 792).
    pub(crate) transport: ArrayVec<u8, 24>,
}

/// Answers an echo request, and finds out whom an answer or an error concerns.
pub(crate) fn receive(_icmp: &mut Icmp, _now: Instant, _packet: Packet) -> Verdict<News> {
    Err(DropReason::UnknownIcmp.into())
}
