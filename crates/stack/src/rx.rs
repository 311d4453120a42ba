//! The spine up: from a frame to the socket that it is for.
//!
//! This file alone knows the order of the layers on the way up. Nothing here sends: what is owed
//! is marked in a layer or carried out by the verdict.

use base::{Frame, Instant};
use wire::{EtherType, Protocol, icmpv4};

use crate::icmp::ingress::News;
use crate::interface::InterfaceId;
use crate::packet::{Packet, Reply};
use crate::stack::Stack;
use crate::verdict::{DropReason, Stop, Verdict};
use crate::{icmp, ip, link, neighbor, tcp, udp};

/// Takes one frame from an interface.
pub(crate) fn receive(stack: &mut Stack, now: Instant, iface: InterfaceId, frame: Frame) {
    if let Err(stop) = up(stack, now, iface, frame) {
        stack.settle(stop);
    }
}

fn up(stack: &mut Stack, now: Instant, iface: InterfaceId, frame: Frame) -> Verdict<()> {
    let Stack {
        interfaces,
        neighbors,
        ip,
        timers,
        ..
    } = stack;
    let interface = interfaces
        .get(iface.index())
        .filter(|i| i.up)
        .ok_or(DropReason::InterfaceDown)?;
    let (ethertype, arrived) = link::ingress::receive(interface, frame)?;
    match ethertype {
        EtherType::ARP => neighbor::ingress::arp(neighbors, timers, interface, now, arrived),
        EtherType::IPV4 => {
            let packet = ip::ingress::ipv4(ip, timers, interfaces, now, arrived)?;
            transport(stack, now, packet)
        }
        _ => Err(DropReason::UnknownEtherType.into()),
    }
}

fn transport(stack: &mut Stack, now: Instant, packet: Packet) -> Verdict<()> {
    let Stack {
        icmp,
        udp,
        tcp,
        timers,
        ..
    } = stack;
    match packet.protocol {
        Protocol::TCP => tcp::ingress::receive(tcp, timers, now, packet),
        Protocol::UDP => udp::ingress::receive(udp, packet),
        Protocol::ICMP => {
            let news = icmp::ingress::receive(icmp, now, packet)?;
            deliver(stack, now, news)
        }
        _ => {
            // RFC 1122 §3.2.2.1.
            let message = icmpv4::Message::DestinationUnreachable(icmpv4::Unreachable::Protocol);
            let reply = Reply::Error {
                message,
                about: packet.into(),
            };
            Err(Stop::reply(reply, Some(DropReason::UnknownProtocol)))
        }
    }
}

/// Brings word from ICMP to the transport that it concerns.
fn deliver(stack: &mut Stack, now: Instant, news: News) -> Verdict<()> {
    match news {
        News::Error(error) => match error.protocol {
            Protocol::TCP => tcp::ingress::icmp_error(&mut stack.tcp, now, &error),
            Protocol::UDP => udp::ingress::icmp_error(&mut stack.udp, &error),
            _ => Err(DropReason::IcmpForNobody.into()),
        },
        News::EchoReply { .. } => Err(DropReason::IcmpForNobody.into()),
    }
}
