//! The spine down: from what is owed to the next frame for a cable.
//!
//! This file alone knows the order of the layers on the way down, and whose debts are paid first.

use base::{Frame, Instant};
use wire::{EtherType, MacAddr};

use crate::interface::{InterfaceId, Medium};
use crate::neighbor::{Debt, Resolution};
use crate::packet::{Cast, Outbound, Reply, Routed};
use crate::stack::Stack;
use crate::verdict::{DropReason, Stop, Verdict};
use crate::{icmp, ip, link, neighbor, rx, tcp, udp};

/// The next frame that is owed to any interface.
pub(crate) fn poll_transmit(stack: &mut Stack, now: Instant) -> Option<(InterfaceId, Frame)> {
    loop {
        if let Some(frame) = stack.outbox.pop_front() {
            return Some(frame);
        }
        if let Some(frame) = stack.loopback.pop_front() {
            rx::receive(stack, now, InterfaceId::LOOPBACK, frame);
            continue;
        }
        if let Err(stop) = pay(stack, now)? {
            stack.settle(stop);
        }
    }
}

/// Pays one debt: answers first, then packets that waited for a neighbour, then the transports in
/// turn. `None` when nothing is owed.
fn pay(stack: &mut Stack, now: Instant) -> Option<Verdict<()>> {
    if let Some(reply) = stack.replies.pop_front() {
        return Some(answer(stack, now, reply));
    }
    if let Some(debt) = neighbor::egress::poll(&mut stack.neighbors, now) {
        return Some(settle_neighbor(stack, now, debt));
    }
    if let Some(outbound) = udp::egress::poll(&mut stack.udp) {
        return Some(down(stack, now, outbound));
    }
    let outbound = tcp::egress::poll(&mut stack.tcp, &mut stack.timers, now)?;
    Some(down(stack, now, outbound))
}

fn answer(stack: &mut Stack, now: Instant, reply: Reply) -> Verdict<()> {
    match reply {
        Reply::Ip(outbound) => down(stack, now, outbound),
        Reply::Forward(routed) => to_neighbor(stack, now, routed),
        Reply::Error { message, about } => {
            let outbound = icmp::egress::error(&mut stack.icmp, now, message, &about)?;
            down(stack, now, outbound)
        }
        Reply::Arp { iface, dst, packet } => {
            let mut frame = Frame::new(base::Payload::new());
            packet.emit(frame.push_header(packet.header_len()));
            to_link(stack, iface, dst, EtherType::ARP, frame)
        }
    }
}

fn settle_neighbor(stack: &mut Stack, now: Instant, debt: Debt) -> Verdict<()> {
    match debt {
        Debt::Arp(reply) => answer(stack, now, reply),
        Debt::Release(mac, routed) => {
            to_link(stack, routed.iface, mac, EtherType::IPV4, routed.frame)
        }
        Debt::Failed(..) => Err(DropReason::NeighborUnreachable.into()),
    }
}

/// From a transport's packet to the link.
fn down(stack: &mut Stack, now: Instant, outbound: Outbound) -> Verdict<()> {
    for routed in ip::egress::route(&mut stack.ip, &stack.interfaces, outbound)? {
        to_neighbor(stack, now, routed)?;
    }
    Ok(())
}

/// From a packet with a next hop to a frame with a MAC address.
fn to_neighbor(stack: &mut Stack, now: Instant, routed: Routed) -> Verdict<()> {
    let Stack {
        interfaces,
        neighbors,
        timers,
        loopback,
        ..
    } = stack;
    let interface = interfaces
        .get(routed.iface.index())
        .filter(|i| i.up)
        .ok_or(DropReason::InterfaceDown)?;
    let (mac, routed) = match (interface.medium, routed.cast) {
        (Medium::Loopback, _) => {
            if loopback.len() >= Stack::LOOPBACK_LIMIT {
                return Err(DropReason::LoopbackFull.into());
            }
            loopback.push_back(routed.frame);
            return Ok(());
        }
        (Medium::Ip, _) => (MacAddr::ZERO, routed),
        (Medium::Ethernet(_), Cast::Broadcast) => (MacAddr::BROADCAST, routed),
        (Medium::Ethernet(_), _) => {
            match neighbor::egress::resolve(neighbors, timers, interface, now, routed)? {
                Resolution::Known(mac, routed) => (mac, routed),
                Resolution::Waiting => return Err(Stop::Taken),
            }
        }
    };
    to_link(stack, routed.iface, mac, EtherType::IPV4, routed.frame)
}

fn to_link(
    stack: &mut Stack,
    iface: InterfaceId,
    dst: MacAddr,
    ethertype: EtherType,
    mut frame: Frame,
) -> Verdict<()> {
    let interface = stack
        .interfaces
        .get(iface.index())
        .ok_or(DropReason::InterfaceDown)?;
    link::egress::send(interface, dst, ethertype, &mut frame);
    stack.outbox.push_back((iface, frame));
    Ok(())
}
