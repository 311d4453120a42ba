//! A reply to a ping, or word of one that died.

use core::net::{IpAddr, SocketAddr};

use base::{Bytes, Payload};
use wire::icmpv4::{HEADER_LEN, Message};
use wire::{Layer, Malformed};

use super::Ping;
use crate::packet::IcmpError;
use crate::socket::Errno;
use crate::verdict::{DropReason, Verdict};

/// An echo reply.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) from: IpAddr,
    pub(crate) to: IpAddr,
    pub(crate) ident: u16,
    pub(crate) seq: u16,
    pub(crate) data: Payload,
}

/// Finds the socket that asked and queues the reply there, its header in front again.
pub(crate) fn receive(ping: &mut Ping, reply: Reply) -> Verdict<()> {
    let slot = *ping
        .idents
        .get(&reply.ident)
        .ok_or(DropReason::IcmpForNobody)?;
    let socket = ping
        .sockets
        .slots
        .get_mut(slot)
        .ok_or(DropReason::IcmpForNobody)?;
    let local = socket.local.ip();
    if !local.is_unspecified() && local != reply.to {
        return Err(DropReason::IcmpForNobody.into());
    }
    let mut header = [0; HEADER_LEN];
    Message::EchoReply {
        ident: reply.ident,
        seq: reply.seq,
    }
    .emit(&mut header);
    let mut message = reply.data;
    message.push_front(Bytes::copy_from_slice(&header));
    if !socket.inbox.offer(SocketAddr::new(reply.from, 0), &message) {
        return Err(DropReason::PingReceiveBufferFull.into());
    }
    ping.sockets.raise(slot);
    Ok(())
}

/// An echo request of ours died. Told to a socket that has a peer, as for UDP.
pub(crate) fn icmp_error(ping: &mut Ping, error: &IcmpError) -> Verdict<()> {
    let message = Message::parse(&error.transport).map_err(|_| Malformed::Truncated {
        layer: Layer::Icmpv4,
        need: HEADER_LEN,
        have: error.transport.len(),
    })?;
    let (Message::EchoRequest { ident, .. }, _) = message else {
        return Err(DropReason::IcmpForNobody.into());
    };
    let slot = *ping.idents.get(&ident).ok_or(DropReason::IcmpForNobody)?;
    let (errno, fatal) = Errno::from_icmp(&error.message).ok_or(DropReason::UnknownIcmp)?;
    if let Some(socket) = ping.sockets.slots.get_mut(slot)
        && socket.remote.is_some_and(|peer| peer.ip() == error.dst)
        && (fatal || error.from == error.src)
    {
        socket.common.error = Some(errno);
        ping.sockets.raise(slot);
    }
    Ok(())
}
