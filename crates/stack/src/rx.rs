//! The spine up: from a frame to the socket that it is for.
//!
//! This file alone knows the order of the layers on the way up. Nothing here sends: what is owed
//! is marked in a layer or carried out by the verdict.

use core::net::{IpAddr, Ipv4Addr};

use base::{Frame, Instant};
use wire::{EtherType, Protocol};

use crate::icmp::ingress::News;
use crate::icmp_message::IcmpMessage;
use crate::interface::InterfaceId;
use crate::ip::extension::{self, Opened};
use crate::ip::ingress::Inbound;
use crate::ip::path_mtu::PathMtus;
use crate::ip::reassembly::Fragment;
use crate::ip_header::Header;
use crate::packet::{Arrival, IcmpError, Lead, Packet, Reply, Routed};
use crate::socket::{Family, SocketId};
use crate::stack::{Entered, Stack};
use crate::sysctl::Sysctls;
use crate::verdict::{DropReason, Stop, Verdict};
use crate::zone;
use crate::{icmp, ip, link, multicast, neighbor, ping, tcp, udp};

/// Takes one frame from an interface.
pub(crate) fn receive(stack: &mut Stack, now: Instant, iface: InterfaceId, frame: Frame) {
    if let Err(stop) = up(stack, now, iface, frame) {
        stack.settle(stop);
    }
}

fn up(stack: &mut Stack, now: Instant, iface: InterfaceId, mut frame: Frame) -> Verdict<()> {
    let Stack {
        interfaces,
        neighbors,
        timers,
        sysctls,
        ip,
        ..
    } = stack;
    let interface = interfaces
        .get(iface.index())
        .filter(|i| i.up)
        .ok_or(DropReason::InterfaceDown)?;
    let (mut ethertype, mut arrival) = link::ingress::receive(interface, &mut frame)?;
    let mut interface = interface;
    if ethertype == EtherType::VLAN {
        (ethertype, arrival.iface) = link::ingress::untag(interfaces, iface, &mut frame)?;
        interface = &interfaces[arrival.iface.index()];
    }
    let iface = arrival.iface;
    match ethertype {
        EtherType::ARP => {
            let stands_for =
                |target: Ipv4Addr| ip::forward::stands_for(ip, interfaces, sysctls, iface, target);
            let arrival = (now, arrival);
            let verdict = neighbor::ingress::arp(
                neighbors, timers, sysctls, interface, arrival, frame, stands_for,
            );
            stack.revive_gateways();
            verdict
        }
        EtherType::IPV4 | EtherType::IPV6 => internet(stack, now, ethertype, arrival, frame),
        _ => Err(DropReason::UnknownEtherType.into()),
    }
}

fn internet(
    stack: &mut Stack,
    now: Instant,
    ethertype: EtherType,
    arrival: Arrival,
    mut frame: Frame,
) -> Verdict<()> {
    let (mut header, mut header_len) = ip::ingress::parse(ethertype, &mut frame)?;
    let entered = match stack.guard {
        None => None,
        Some(_) => stack.enter(now, arrival, (&mut header, &mut header_len), &mut frame)?,
    };
    let Stack {
        ip,
        multicast,
        interfaces,
        sysctls,
        ..
    } = &*stack;
    let wanted = |group: IpAddr, src| {
        let at = heard_at(ip, arrival.iface, src);
        multicast.wants(at, group, src) || ip.addresses.is_solicited(at, group)
    };
    let inbound = ip::ingress::sort(ip, arrival, &header, wanted)?;
    ip::ingress::check_reverse_path(ip, interfaces, sysctls, arrival.iface, &header)?;
    let Inbound::Ours(cast) = inbound else {
        return match entered {
            None => onward(stack, arrival, (&header, header_len), frame),
            Some(entered) => guarded(stack, now, arrival, (header, header_len), frame, &entered),
        };
    };
    if let Some(entered) = &entered {
        let arrival = Arrival { cast, ..arrival };
        stack.admit(now, arrival, (&header, header_len), &mut frame, entered)?;
    }
    let readable = ip::ingress::check_options(&header);
    if let Header::V4(header) = &header
        && header.protocol == Protocol::TCP
        && header.options.is_empty()
        && !header.is_fragment()
    {
        // TCP answers for itself: nobody will ask for the packet's header again.
        frame.pull(header_len);
        let lead = Lead {
            iface: arrival.iface,
            src: header.src.into(),
            dst: header.dst.into(),
            traffic_class: header.traffic_class,
            cast,
            hops: header.ttl,
        };
        return segment(stack, now, lead, &mut frame);
    }
    let packet = Packet::taken_off(arrival.iface, cast, &header, header_len, frame);
    if let Err(refused) = readable {
        return Err(refused.of(packet));
    }
    let part = match header {
        Header::V4(header) => Fragment::of_v4(&header),
        Header::V6(_) => return opened(stack, now, packet),
    };
    match part {
        None => transport(stack, now, packet),
        Some(fragment) => {
            let whole = reassembled(stack, now, fragment, packet)?;
            transport(stack, now, whole)
        }
    }
}

/// A packet of IPv6, its extension headers still on. What comes in parts may hold some of them
/// only when it is whole.
fn opened(stack: &mut Stack, now: Instant, mut packet: Packet) -> Verdict<()> {
    loop {
        match extension::open(packet)? {
            Opened::Whole(packet) => return transport(stack, now, packet),
            Opened::Part(fragment, part) => packet = reassembled(stack, now, fragment, part)?,
        }
    }
}

fn reassembled(
    stack: &mut Stack,
    now: Instant,
    fragment: Fragment,
    packet: Packet,
) -> Verdict<Packet> {
    let Stack {
        ip,
        timers,
        sysctls,
        drops,
        ..
    } = stack;
    let whole = ip.reassembly.add(timers, sysctls, now, fragment, packet);
    ip.reassembly.count_lost(drops);
    whole
}

/// At which interface a group is heard: what this host sent itself, at that of its sender.
fn heard_at(ip: &ip::Ip, iface: InterfaceId, src: IpAddr) -> InterfaceId {
    if iface != InterfaceId::LOOPBACK {
        return iface;
    }
    ip.addresses.interface_of(src).unwrap_or(iface)
}

/// A packet for another host: it leaves with what is owed next, or its sender is told why not.
fn onward(
    stack: &mut Stack,
    arrival: Arrival,
    header: (&Header, usize),
    mut frame: Frame,
) -> Verdict<()> {
    let Stack {
        ip,
        interfaces,
        sysctls,
        ..
    } = stack;
    match ip::forward::forward(ip, interfaces, sysctls, arrival, header, None, &mut frame) {
        Ok(way) => {
            if ip::redirect::is_detour(ip, interfaces, sysctls, arrival.iface, header.0, &way) {
                stack.show_better_way(arrival.iface, header, &frame, &way);
            }
            stack.owe(Reply::Forward(Routed { way, frame }))
        }
        Err(refused) => {
            let (iface, cast) = (arrival.iface, arrival.cast);
            Err(refused.of(Packet::taken_off(iface, cast, header.0, header.1, frame)))
        }
    }
}

/// As [`onward`], where there is NAT or a firewall. Of a packet that was translated its sender hears in
/// the words that it used itself.
fn guarded(
    stack: &mut Stack,
    now: Instant,
    arrival: Arrival,
    (mut header, header_len): (Header, usize),
    mut frame: Frame,
    entered: &Entered,
) -> Verdict<()> {
    let Stack {
        ip,
        interfaces,
        sysctls,
        ..
    } = stack;
    let (iface, cast) = (arrival.iface, arrival.cast);
    let (packet, longest) = ((&header, header_len), entered.longest());
    match ip::forward::forward(
        ip, interfaces, sysctls, arrival, packet, longest, &mut frame,
    ) {
        Ok(way) => {
            let detour = ip::redirect::is_detour(ip, interfaces, sysctls, iface, &header, &way);
            let translated = stack.pass(now, arrival, &way, packet, &mut frame, entered)?;
            if detour && !translated {
                stack.show_better_way(iface, packet, &frame, &way);
            }
            stack.owe(Reply::Forward(Routed { way, frame }))
        }
        Err(refused) => {
            entered.restore(&mut header, &mut frame);
            Err(refused.of(Packet::taken_off(iface, cast, &header, header_len, frame)))
        }
    }
}

/// A segment, its header at the front of `frame`.
fn segment(stack: &mut Stack, now: Instant, lead: Lead, frame: &mut Frame) -> Verdict<()> {
    let Stack {
        sysctls,
        interfaces,
        tcp,
        timers,
        ..
    } = stack;
    let interface = interfaces
        .get(lead.iface.index())
        .ok_or(DropReason::InterfaceDown)?;
    let env = tcp::Env {
        now,
        sysctls,
        timers,
        mark: ::tcp::Marking {
            ecn: wire::ip::Ecn::from_bits(lead.traffic_class),
            segment_size: frame.segment_size,
        },
    };
    let verdict = tcp::ingress::receive(tcp, env, interface, lead, frame);
    if stack.neighbors.any_doubted() && stack.tcp.has_progressed() {
        let exit = zone::exit(lead.src, lead.iface);
        confirm(stack, now, lead.dst, lead.src, exit);
    }
    verdict
}

fn transport(stack: &mut Stack, now: Instant, mut packet: Packet) -> Verdict<()> {
    let Stack {
        sysctls,
        ip,
        multicast,
        udp,
        timers,
        ..
    } = stack;
    match packet.protocol {
        Protocol::TCP => segment(stack, now, packet.lead(), &mut packet.frame),
        Protocol::UDP => {
            let (dst, src) = (packet.dst, packet.src);
            let many = dst.is_multicast();
            let at = if many {
                heard_at(ip, packet.iface, src)
            } else {
                packet.iface
            };
            udp::ingress::receive(udp, now, packet, |socket: (SocketId, Family)| {
                !many || multicast.hears(socket, at, dst, src)
            })
        }
        Protocol::IGMP => multicast::ingress::igmp(multicast, timers, now, packet),
        // RFC 8200 §4.7.
        Protocol::NO_NEXT_HEADER if packet.src.is_ipv6() => Err(DropReason::NothingInside.into()),
        Protocol::ICMP | Protocol::ICMPV6 => {
            let news = icmp::ingress::receive(sysctls, now, packet)?;
            deliver(stack, now, news)
        }
        _ => {
            let message = IcmpMessage::unknown_protocol(&packet);
            let about = packet.into();
            let reply = Reply::Error { message, about };
            Err(Stop::reply(reply, Some(DropReason::UnknownProtocol)))
        }
    }
}

/// What we sent to `peer` got there: the neighbour that it went by need not be asked (RFC 4861
/// §7.3.1).
#[cold]
fn confirm(stack: &mut Stack, now: Instant, own: IpAddr, peer: IpAddr, iface: Option<InterfaceId>) {
    let Stack {
        ip,
        interfaces,
        neighbors,
        timers,
        sysctls,
        ..
    } = stack;
    if let Ok(choice) = ip::egress::select(ip, interfaces, now, peer, Some(own), iface) {
        let (iface, addr) = (choice.iface, choice.next_hop);
        let key = neighbor::Key { iface, addr };
        neighbor::confirm::reachable(neighbors, timers, sysctls, now, key);
    }
}

/// A message of Neighbour Discovery (ICMPv6 types 133 to 137) whose checksum is right.
fn neighbor_discovery(stack: &mut Stack, now: Instant, packet: Packet) -> Verdict<()> {
    let Stack {
        interfaces,
        neighbors,
        timers,
        sysctls,
        autoconf,
        ..
    } = stack;
    let interface = interfaces
        .get(packet.iface.index())
        .ok_or(DropReason::InterfaceDown)?;
    let iface = packet.iface;
    let news = neighbor::ndp::receive(neighbors, timers, sysctls, interface, now, packet);
    if let Some((iface, addr)) = neighbors.take_lost() {
        let actions = autoconf.refused(sysctls, iface, addr);
        stack.arrange(now, iface, actions);
        return news.map(drop);
    }
    if !stack.ip.gateways.all_alive() {
        stack.revive_gateways();
    }
    let Stack {
        timers,
        sysctls,
        autoconf,
        ..
    } = stack;
    let actions = match news? {
        neighbor::ndp::News::NoRouter(addr) => autoconf.no_router(iface, addr),
        neighbor::ndp::News::Router(from, said, options) => {
            autoconf.advertised(timers, sysctls, now, (iface, from), &said, &options)
        }
        neighbor::ndp::News::Solicited(src, mac) => return stack.solicited(now, iface, src, mac),
        neighbor::ndp::News::Redirect(shown) => return stack.redirected_v6(now, iface, &shown),
    };
    stack.arrange(now, iface, actions);
    Ok(())
}

/// Brings word from ICMP to the transport that it concerns.
fn deliver(stack: &mut Stack, now: Instant, news: News) -> Verdict<()> {
    match news {
        News::Error(error) => error_for_us(stack, now, error),
        News::Redirect(gateway, error) => stack.redirected_v4(now, gateway, &error),
        News::Neighbor(packet) => neighbor_discovery(stack, now, packet),
        News::Membership(packet) => {
            let Stack {
                multicast, timers, ..
            } = stack;
            multicast::ingress::mld(multicast, timers, now, packet)
        }
        News::EchoReply {
            from,
            to,
            envelope,
            ident,
            seq,
            data,
        } => {
            let reply = ping::ingress::Reply {
                from,
                to,
                envelope,
                ident,
                seq,
                data,
            };
            ping::ingress::receive(&mut stack.ping, reply)
        }
    }
}

/// An ICMP error, if it is about a packet of ours. Of a narrow path IP learns only when the
/// transport knows the packet: nobody else could tell it from a forgery.
fn error_for_us(stack: &mut Stack, now: Instant, mut error: IcmpError) -> Verdict<()> {
    let ip = &stack.ip;
    if !ip.addresses.is_ours(error.src) {
        return Err(DropReason::IcmpForNobody.into());
    }
    let dst = error.dst;
    let Some(reported) = error.message.mtu() else {
        return undelivered(stack, now, &error);
    };
    let exit = zone::exit(dst, error.iface);
    let choice = ip::egress::select(ip, &stack.interfaces, now, dst, Some(error.src), exit)?;
    let reported = believed(&stack.sysctls, &error, reported)?;
    let path = PathMtus::judge(&stack.sysctls, now, dst, choice.mtu, error.len, reported)?;
    error.message = IcmpMessage::too_big(dst, path.mtu);
    undelivered(stack, now, &error)?;
    stack.ip.path_mtus.learn(dst, path);
    Ok(())
}

/// What a router's word of a narrow path counts for (`ip_no_pmtu_disc`).
fn believed(sysctls: &Sysctls, error: &IcmpError, reported: usize) -> Result<usize, DropReason> {
    /// Less than any path may be, and so taken for `min_pmtu`.
    const LEAST: usize = 68;
    match sysctls.ip_no_pmtu_disc {
        _ if error.dst.is_ipv6() => Ok(reported),
        1 => Ok(LEAST),
        2 => Err(DropReason::IcmpMtuPassedOver),
        3 if error.protocol != Protocol::TCP => Err(DropReason::IcmpMtuPassedOver),
        _ => Ok(reported),
    }
}

/// Tells a transport that a packet of its own died.
pub(crate) fn undelivered(stack: &mut Stack, now: Instant, error: &IcmpError) -> Verdict<()> {
    match error.protocol {
        Protocol::TCP => {
            let (tcp, env) = stack.tcp_in(now);
            tcp::ingress::icmp_error(tcp, env, error)
        }
        Protocol::UDP => udp::ingress::icmp_error(&mut stack.udp, now, error),
        Protocol::ICMP | Protocol::ICMPV6 => ping::ingress::icmp_error(&mut stack.ping, now, error),
        _ => Err(DropReason::IcmpForNobody.into()),
    }
}
