//! The spine down: from what is owed to the next frame for a cable.
//!
//! This file alone knows the order of the layers on the way down, and whose debts are paid first.

use core::net::IpAddr;

use base::{Frame, Instant, Payload};
use wire::{EtherType, MacAddr, arp};

use crate::icmp_message::IcmpMessage;
use crate::interface::{Interface, InterfaceId, Medium};
use crate::ip_header::ethertype_of;
use crate::neighbor::{Debt, Resolution};
use crate::packet::{Cast, IcmpError, Outbound, Packet, Reply, Routed, Way};
use crate::stack::Stack;
use crate::verdict::{DropReason, Stop, Verdict};
use crate::{icmp, ip, link, multicast, neighbor, ping, rx, tcp, udp};

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
        if owes_besides_tcp(stack)
            && let Some(verdict) = pay_others(stack, now)
        {
            if let Err(stop) = verdict {
                stack.settle(stop);
            }
            continue;
        }
        let (tcp, mut env) = stack.tcp_in(now);
        let outbound = tcp::egress::poll(tcp, &mut env)?;
        match segment(stack, now, outbound) {
            Ok(Some(ready)) => return Some(ready),
            Ok(None) => {}
            Err(stop) => stack.settle(stop),
        }
    }
}

/// Whether anybody but TCP owes something: one look at all who seldom do.
fn owes_besides_tcp(stack: &Stack) -> bool {
    !stack.replies.is_empty()
        || stack.neighbors.owes()
        || stack.multicast.owes()
        || stack.udp.owes()
        || stack.ping.owes()
}

/// Pays one debt of anybody but TCP, whose turn comes last: answers first, then packets that waited
/// for a neighbour, then the other transports. `None` when there was none.
#[inline(never)]
fn pay_others(stack: &mut Stack, now: Instant) -> Option<Verdict<()>> {
    if let Some(reply) = stack.replies.pop_front() {
        return Some(answer(stack, now, reply));
    }
    if let Some(debt) = neighbor::egress::poll(&mut stack.neighbors, &stack.interfaces) {
        return Some(settle_neighbor(stack, now, debt));
    }
    let Stack {
        multicast,
        timers,
        interfaces,
        ..
    } = stack;
    if let Some(report) = multicast::egress::poll(multicast, timers, interfaces, now) {
        let ethertype = if report.v6 {
            EtherType::IPV6
        } else {
            EtherType::IPV4
        };
        to_link(stack, report.iface, report.dst, ethertype, report.frame);
        return Some(Ok(()));
    }
    if let Some((outbound, echo)) = udp::egress::poll(&mut stack.udp) {
        return Some(to_all(stack, now, outbound, echo));
    }
    let outbound = ping::egress::poll(&mut stack.ping)?;
    Some(down(stack, now, outbound))
}

/// A connection's segment to the link; one that can leave as it is, is given back as a frame. What
/// the way takes, the connection hears.
fn segment(
    stack: &mut Stack,
    now: Instant,
    mut outbound: Outbound,
) -> Verdict<Option<(InterfaceId, Frame)>> {
    let Stack {
        ip,
        interfaces,
        sysctls,
        ..
    } = stack;
    let routed = ip::egress::route(ip, interfaces, sysctls, now, &mut outbound);
    let mtu = match &routed {
        Ok(way) => {
            // What leaves in one piece is cut into segments further down, where nobody is asked.
            let several = outbound.frame.segment_size.is_some();
            if !(several && tcp::egress::exceeds(&mut stack.tcp, way.mtu)) {
                tcp::egress::routed(&mut stack.tcp, way.mtu);
                if stack.guard.is_some() {
                    stack.depart(now, way, &mut outbound.frame)?;
                }
                if finish(stack, now, way, &mut outbound.frame) {
                    let iface = card(&stack.interfaces, way.iface);
                    return Ok(Some((iface, outbound.frame)));
                }
                return out(stack, now, *way, outbound.frame).map(|()| None);
            }
            way.mtu
        }
        Err(Stop::Drop(DropReason::FragmentationNeeded)) => {
            let Outbound {
                src, dst, iface, ..
            } = outbound;
            ip::egress::select(ip, interfaces, now, dst, src, iface)?.mtu
        }
        Err(_) => return routed.map(|_| None),
    };
    let (tcp, mut env) = stack.tcp_in(now);
    tcp::egress::refused(tcp, &mut env, mtu);
    Err(DropReason::FragmentationNeeded.into())
}

fn answer(stack: &mut Stack, now: Instant, reply: Reply) -> Verdict<()> {
    match reply {
        Reply::Ip(outbound) => down(stack, now, outbound),
        Reply::Forward(Routed { way, frame }) => out(stack, now, way, frame),
        Reply::Error { message, about } => complain(stack, now, message, &about),
        Reply::Redirect { way, about } => redirect(stack, now, way, &about),
        Reply::Arp { iface, dst, packet } => {
            ask(stack, iface, dst, &packet);
            Ok(())
        }
        Reply::Ndp { iface, dst, frame } => {
            to_link(stack, iface, dst, EtherType::IPV6, frame);
            Ok(())
        }
    }
}

/// An ICMP error about a packet, from the address that it was for, if that is ours.
fn complain(stack: &mut Stack, now: Instant, message: IcmpMessage, about: &Packet) -> Verdict<()> {
    let Stack {
        icmp, ip, sysctls, ..
    } = stack;
    let src = Some(about.dst).filter(|dst| ip.addresses.is_ours(*dst));
    let outbound = icmp::egress::error(icmp, sysctls, now, message, src, about)?;
    down(stack, now, outbound)
}

/// Shows the sender of a packet that it could have gone straight to the next hop (RFC 1812 §5.2.7.2,
/// RFC 4861 §8.2).
fn redirect(stack: &mut Stack, now: Instant, way: Way, about: &Packet) -> Verdict<()> {
    let (IpAddr::V6(target), IpAddr::V6(host), IpAddr::V6(dst)) =
        (way.next_hop, about.src, about.dst)
    else {
        return match way.next_hop {
            IpAddr::V4(gateway) => complain(stack, now, IcmpMessage::redirect(gateway), about),
            IpAddr::V6(_) => Ok(()),
        };
    };
    let Stack {
        icmp,
        interfaces,
        neighbors,
        sysctls,
        ..
    } = stack;
    let own = interfaces.get(way.iface.index());
    let own = own.and_then(Interface::link_local);
    let own = own.ok_or(DropReason::NoSourceAddress)?;
    if !icmp::egress::may_redirect(icmp, sysctls, now, about.src) {
        return Err(DropReason::IcmpRateLimited.into());
    }
    let quoted = icmp::egress::quote(about);
    let leads = (way.iface, target, dst);
    let frame = neighbor::ndp::redirect(neighbors, own, host, leads, &quoted);
    let next_hop = about.src;
    to_neighbor(stack, now, Way { next_hop, ..way }, frame)
}

fn settle_neighbor(stack: &mut Stack, now: Instant, debt: Debt) -> Verdict<()> {
    match debt {
        Debt::Arp { iface, dst, packet } => ask(stack, iface, dst, &packet),
        Debt::Ndp { iface, dst, frame } => to_link(stack, iface, dst, EtherType::IPV6, frame),
        Debt::Release(mac, routed) => {
            let ethertype = ethertype_of(&routed.frame);
            to_link(stack, routed.way.iface, mac, ethertype, routed.frame);
        }
        Debt::Failed(routed) => return unreachable(stack, now, routed),
    }
    Ok(())
}

/// Nobody answered for the next hop: whoever sent the packet hears of it, the socket at once and
/// another host by ICMP (RFC 1812 §5.2.7.1).
fn unreachable(stack: &mut Stack, now: Instant, mut routed: Routed) -> Verdict<()> {
    // RFC 1122 §3.3.1.5: unless there is another gateway.
    let other = ip::gateways::another_way(&stack.ip, &stack.interfaces, now, &mut routed);
    if let Some(way) = other {
        return out(stack, now, way, routed.frame);
    }
    if let Some(guard) = &stack.guard {
        guard.original(&mut routed.frame);
    }
    if let Some(about) = ip::returned::returned(routed) {
        let message = IcmpMessage::host_unreachable(about.dst);
        if !stack.ip.addresses.is_ours(about.src) {
            let about = about.into();
            stack.owe(Reply::Error { message, about })?;
        } else if let Some(error) = IcmpError::about(&about, message) {
            // Whether a socket still cares makes no difference to what the packet died of.
            let _ = rx::undelivered(stack, now, &error);
        }
    }
    Err(DropReason::NeighborUnreachable.into())
}

/// From a transport's packet to the link.
fn down(stack: &mut Stack, now: Instant, outbound: Outbound) -> Verdict<()> {
    to_all(stack, now, outbound, true)
}

/// From a transport's packet to the link, and with `echo` to the members of its group that are on
/// this host.
fn to_all(stack: &mut Stack, now: Instant, mut outbound: Outbound, echo: bool) -> Verdict<()> {
    let Stack {
        ip,
        interfaces,
        sysctls,
        ..
    } = stack;
    if icmp::egress::lacks_source(&outbound) {
        let Outbound {
            src, dst, iface, ..
        } = outbound;
        let choice = ip::egress::select(ip, interfaces, now, dst, src, iface)?;
        icmp::egress::address(&mut outbound, choice.source);
    }
    let way = ip::egress::route(ip, interfaces, sysctls, now, &mut outbound)?;
    if stack.guard.is_some() {
        stack.depart(now, &way, &mut outbound.frame)?;
    }
    let many = match way.cast {
        Cast::Unicast => false,
        // All hosts includes this one.
        Cast::Broadcast => true,
        Cast::Multicast => echo && stack.multicast.is_member(way.iface, outbound.dst),
    };
    if many
        && way.iface != InterfaceId::LOOPBACK
        && let Err(stop) = to_ourselves(stack, outbound.frame.clone())
    {
        stack.settle(stop);
    }
    // RFC 1112 §6.1: of no hops it stays on this host.
    if way.cast == Cast::Multicast && outbound.ttl == Some(0) {
        return Ok(());
    }
    out(stack, now, way, outbound.frame)
}

/// From a packet with a next hop to the link, in as many pieces as it takes.
fn out(stack: &mut Stack, now: Instant, way: Way, frame: Frame) -> Verdict<()> {
    if frame.len() <= way.mtu || frame.segment_size.is_some() {
        return to_neighbor(stack, now, way, frame);
    }
    for piece in ip::fragment::cut(&mut stack.ip, way, frame)? {
        if let Err(stop) = to_neighbor(stack, now, way, piece) {
            stack.settle(stop);
        }
    }
    Ok(())
}

/// Puts the link's header on where the packet stands, if it needs nothing else: it fits, and its next
/// hop is a neighbour of whom nothing is doubted. The usual case of [`to_neighbor`], without a move.
fn finish(stack: &mut Stack, now: Instant, way: &Way, frame: &mut Frame) -> bool {
    let Some(interface) = stack.interfaces.get(way.iface.index()) else {
        return false;
    };
    let whole = frame.segment_size.is_none() && frame.len() <= way.mtu;
    let ethernet = matches!(interface.medium, Medium::Ethernet(_));
    if !(whole && ethernet && interface.up && way.cast == Cast::Unicast) {
        return false;
    }
    let (iface, addr) = (way.iface, way.next_hop);
    let key = neighbor::Key { iface, addr };
    let Some(mac) = neighbor::egress::undoubted(&mut stack.neighbors, now, key) else {
        return false;
    };
    link::egress::send(interface, mac, ethertype_of(frame), frame);
    true
}

/// From a packet with a next hop to a frame with a MAC address.
fn to_neighbor(stack: &mut Stack, now: Instant, way: Way, frame: Frame) -> Verdict<()> {
    let Stack {
        interfaces,
        neighbors,
        timers,
        sysctls,
        ..
    } = stack;
    let interface = interfaces
        .get(way.iface.index())
        .filter(|i| i.up)
        .ok_or(DropReason::InterfaceDown)?;
    let mac = match (interface.medium, way.cast) {
        (Medium::Loopback, _) => return to_ourselves(stack, frame),
        (Medium::Ip, _) => MacAddr::ZERO,
        (Medium::Ethernet(_), Cast::Broadcast) => MacAddr::BROADCAST,
        (Medium::Ethernet(_), Cast::Multicast) => link::egress::group(way.next_hop),
        (Medium::Ethernet(_), Cast::Unicast) => {
            let (iface, addr) = (way.iface, way.next_hop);
            let key = neighbor::Key { iface, addr };
            match neighbor::egress::resolve(neighbors, timers, sysctls, now, key)? {
                Resolution::Known(mac) => mac,
                Resolution::Unknown(slot) => {
                    let routed = Routed { way, frame };
                    let gone = neighbor::egress::wait(neighbors, sysctls, slot, routed)?;
                    stack.drops.add(DropReason::NeighborQueueFull, gone as u64);
                    return Ok(());
                }
            }
        }
    };
    let ethertype = ethertype_of(&frame);
    to_link(stack, way.iface, mac, ethertype, frame);
    Ok(())
}

/// By which card the frames of an interface leave.
fn card(interfaces: &[Interface], iface: InterfaceId) -> InterfaceId {
    interfaces.get(iface.index()).map_or(iface, Interface::card)
}

fn to_ourselves(stack: &mut Stack, frame: Frame) -> Verdict<()> {
    if stack.loopback.len() >= Stack::LOOPBACK_LIMIT {
        return Err(Stop::Drop(DropReason::LoopbackFull));
    }
    stack.loopback.push_back(frame);
    Ok(())
}

fn ask(stack: &mut Stack, iface: InterfaceId, dst: MacAddr, packet: &arp::Packet) {
    let mut frame = Frame::new(Payload::new());
    packet.emit(frame.push_header(packet.header_len()));
    to_link(stack, iface, dst, EtherType::ARP, frame);
}

fn to_link(
    stack: &mut Stack,
    iface: InterfaceId,
    dst: MacAddr,
    ethertype: EtherType,
    mut frame: Frame,
) {
    let Some(interface) = stack.interfaces.get(iface.index()).filter(|i| i.up) else {
        return stack.drops.count(DropReason::InterfaceDown);
    };
    let iface = interface.card();
    link::egress::send(interface, dst, ethertype, &mut frame);
    if !link::egress::must_cut(interface, &frame) {
        stack.outbox.push_back((iface, frame));
        return;
    }
    match link::egress::cut(interface, frame) {
        Ok(frames) => stack.outbox.extend(frames.map(|frame| (iface, frame))),
        Err(reason) => stack.drops.count(reason),
    }
}
