//! An inbound packet as bytes.

use std::net::{IpAddr, SocketAddr};

use wire::Protocol;
use wire::checksum::{Checksum, checksum};

use super::flow::Flow;
use super::icmp;
use crate::script::ast::{Body, Echoed, Icmp, IpInfo, Packet, Tcp, TcpOption, Tos, Udp};
use crate::words::{Text, say};

/// The bytes of a script's packet from `flow`'s peer to `flow`.
pub(super) fn packet(packet: &Packet, flow: &Flow, scaled: bool) -> Result<Vec<u8>, Text> {
    let (src, dst) = packet
        .info
        .addresses
        .unwrap_or((flow.remote.ip(), flow.local.ip()));
    if src.is_ipv4() != dst.is_ipv4() {
        return Err(say!(
            "{src} and {dst} are of different families",
            "{src} 和 {dst} 不同族"
        ));
    }
    let (protocol, payload) = match &packet.body {
        Body::Tcp(tcp) => (Protocol::TCP, segment(tcp, flow, src, dst, scaled)?),
        Body::Udp(udp) => (Protocol::UDP, datagram(udp, flow, src, dst)),
        Body::Icmp(message) => {
            let protocol = if src.is_ipv6() {
                Protocol::ICMPV6
            } else {
                Protocol::ICMP
            };
            (protocol, icmp_message(message, flow, src, dst)?)
        }
    };
    if payload.len() > 65_535 - 60 && packet.info.fragment.is_none() {
        return Err(say!("no IP packet is that long", "IP 包没有这么长"));
    }
    Ok(match src {
        IpAddr::V4(_) => ipv4(&packet.info, src, dst, protocol, &payload),
        IpAddr::V6(_) => ipv6(&packet.info, src, dst, protocol, &payload),
    })
}

const fn tos(info: &IpInfo) -> u8 {
    match info.tos {
        Tos::Unsaid | Tos::EitherEct => 0,
        Tos::Ecn(bits) => bits,
        Tos::Byte(byte) => byte,
    }
}

/// The part of a datagram that a fragment carries: its first byte, the bytes, whether more follow.
fn part<'a>(info: &IpInfo, payload: &'a [u8]) -> (u32, &'a [u8], bool) {
    let Some(fragment) = info.fragment else {
        return (0, payload, false);
    };
    let to = (fragment.to as usize).min(payload.len());
    let from = (fragment.from as usize).min(to);
    (fragment.from, &payload[from..to], fragment.more)
}

fn octets(addr: IpAddr) -> Vec<u8> {
    match addr {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    }
}

/// RFC 791 §3.1.
fn ipv4(info: &IpInfo, src: IpAddr, dst: IpAddr, protocol: Protocol, payload: &[u8]) -> Vec<u8> {
    let (from, payload, more) = part(info, payload);
    let mut bytes = vec![0x45, tos(info)];
    bytes.extend_from_slice(&(20 + payload.len() as u16).to_be_bytes());
    bytes.extend_from_slice(&(info.id.unwrap_or(0) as u16).to_be_bytes());
    let fragment = (from / 8) as u16 | if more { 0x2000 } else { 0 };
    bytes.extend_from_slice(&fragment.to_be_bytes());
    bytes.extend_from_slice(&[info.ttl.unwrap_or(255), protocol.0, 0, 0]);
    bytes.extend_from_slice(&octets(src));
    bytes.extend_from_slice(&octets(dst));
    let sum = checksum(&bytes);
    bytes[10..12].copy_from_slice(&sum.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// RFC 8200 §3, with a fragment header (§4.5) where the script asks for one.
fn ipv6(info: &IpInfo, src: IpAddr, dst: IpAddr, protocol: Protocol, payload: &[u8]) -> Vec<u8> {
    const FRAGMENT: u8 = 44;
    let (from, payload, more) = part(info, payload);
    let fragmented = info.fragment.is_some();
    let label = info.flow_label.unwrap_or(0);
    let word = 6 << 28 | u32::from(tos(info)) << 20 | label;
    let mut bytes = word.to_be_bytes().to_vec();
    let len = payload.len() + if fragmented { 8 } else { 0 };
    bytes.extend_from_slice(&(len as u16).to_be_bytes());
    bytes.push(if fragmented { FRAGMENT } else { protocol.0 });
    bytes.push(info.ttl.unwrap_or(255));
    bytes.extend_from_slice(&octets(src));
    bytes.extend_from_slice(&octets(dst));
    if fragmented {
        let offset = (from as u16 & 0xfff8) | u16::from(more);
        bytes.extend_from_slice(&[protocol.0, 0]);
        bytes.extend_from_slice(&offset.to_be_bytes());
        bytes.extend_from_slice(&info.id.unwrap_or(0).to_be_bytes());
    }
    bytes.extend_from_slice(payload);
    bytes
}

/// The checksum over pseudo-header and bytes.
fn transport_sum(src: IpAddr, dst: IpAddr, protocol: Protocol, bytes: &[u8]) -> [u8; 2] {
    let mut sum = Checksum::pseudo_header(src, dst, protocol, bytes.len());
    sum.add(bytes);
    sum.finish().to_be_bytes()
}

/// Ports of an inbound packet: the script's where it says them, else the flow's.
fn ports(said: Option<(u16, u16)>, flow: &Flow) -> (u16, u16) {
    let (src, dst) = said.unwrap_or_default();
    let or = |said, own| if said == 0 { own } else { said };
    (or(src, flow.remote.port()), or(dst, flow.local.port()))
}

/// RFC 9293 §3.1.
fn segment(
    tcp: &Tcp,
    flow: &Flow,
    src: IpAddr,
    dst: IpAddr,
    scaled: bool,
) -> Result<Vec<u8>, Text> {
    use crate::script::ast::Flags;
    let syn = tcp.flags.has(Flags::SYN);
    let (src_port, dst_port) = ports(tcp.ports, flow);
    let seq = tcp.seq.wrapping_add(flow.remote_offset(syn));
    let local = flow.local_offset(syn);
    let with_ack = tcp.flags.has(Flags::ACK);
    let ack = if with_ack {
        tcp.ack.wrapping_add(local)
    } else {
        tcp.ack
    };
    let mut options = Vec::new();
    for option in tcp.options.iter().flatten() {
        options.extend(mapped(option, flow, local, with_ack, scaled)?.encode());
    }
    let offset = (20 + options.len() as u16) / 4;
    let mut bytes = Vec::with_capacity(60 + tcp.len as usize);
    bytes.extend_from_slice(&src_port.to_be_bytes());
    bytes.extend_from_slice(&dst_port.to_be_bytes());
    bytes.extend_from_slice(&seq.to_be_bytes());
    bytes.extend_from_slice(&ack.to_be_bytes());
    bytes.extend_from_slice(&(offset << 12 | tcp.flags.bits).to_be_bytes());
    bytes.extend_from_slice(&tcp.window.unwrap_or(0).to_be_bytes());
    bytes.extend_from_slice(&[0, 0]);
    bytes.extend_from_slice(&tcp.urgent.to_be_bytes());
    bytes.extend(options);
    bytes.resize(bytes.len() + tcp.len as usize, 0);
    let sum = transport_sum(src, dst, Protocol::TCP, &bytes);
    bytes[16..18].copy_from_slice(&sum);
    Ok(bytes)
}

/// An option with the run's numbers in it.
fn mapped(
    option: &TcpOption,
    flow: &Flow,
    local: u32,
    with_ack: bool,
    scaled: bool,
) -> Result<TcpOption, Text> {
    Ok(match option {
        TcpOption::Sack(blocks) => {
            let moved = |n: &u32| n.wrapping_add(local);
            TcpOption::Sack(blocks.iter().map(|(l, r)| (moved(l), moved(r))).collect())
        }
        TcpOption::Timestamps { val, ecr } if with_ack => {
            let exact = flow.stamps.get(ecr).copied();
            let near = flow.first_stamp.filter(|_| scaled);
            let near = near.map(|(script, live)| ecr.wrapping_sub(script).wrapping_add(live));
            let ecr = exact.or(near).ok_or_else(|| {
                say!(
                    "it echoes the timestamp {ecr}, which no outbound segment before carried",
                    "它回显时间戳 {ecr},但此前没有发出的段带有它"
                )
            })?;
            TcpOption::Timestamps { val: *val, ecr }
        }
        other => other.clone(),
    })
}

/// RFC 768.
fn datagram(udp: &Udp, flow: &Flow, src: IpAddr, dst: IpAddr) -> Vec<u8> {
    let (src_port, dst_port) = ports(udp.ports, flow);
    let mut bytes = Vec::with_capacity(8 + udp.len as usize);
    bytes.extend_from_slice(&src_port.to_be_bytes());
    bytes.extend_from_slice(&dst_port.to_be_bytes());
    bytes.extend_from_slice(&(8 + udp.len as u16).to_be_bytes());
    bytes.extend_from_slice(&[0, 0]);
    bytes.resize(8 + udp.len as usize, 0);
    let sum = match transport_sum(src, dst, Protocol::UDP, &bytes) {
        // Zero would say that there is none.
        [0, 0] => [0xff, 0xff],
        sum => sum,
    };
    bytes[6..8].copy_from_slice(&sum);
    bytes
}

/// RFC 792, RFC 4443: type, code, checksum, four bytes that depend, and what it is about.
fn icmp_message(message: &Icmp, flow: &Flow, src: IpAddr, dst: IpAddr) -> Result<Vec<u8>, Text> {
    let v6 = src.is_ipv6();
    let (kind, code) =
        icmp::numbers(v6, &message.kind, message.code.as_deref()).map_err(|word| {
            let version = if v6 { "ICMPv6" } else { "ICMP" };
            say!("{version} has no `{word}`", "{version} 没有 `{word}`")
        })?;
    let mut bytes = vec![kind, code, 0, 0, 0, 0, 0, 0];
    if let Some(mtu) = message.mtu {
        if v6 {
            bytes[4..8].copy_from_slice(&mtu.to_be_bytes());
        } else {
            bytes[6..8].copy_from_slice(&(mtu as u16).to_be_bytes());
        }
    }
    if let Some(id) = message.echo_id {
        bytes[4..6].copy_from_slice(&id.to_be_bytes());
    }
    match message.echoed {
        Echoed::Raw { len } => bytes.resize((len as usize).max(8), 0),
        Echoed::Tcp { seq, len } => {
            let seq = seq.wrapping_add(flow.local_offset(false));
            let mut head = echoed_ports(flow);
            head.extend_from_slice(&seq.to_be_bytes());
            bytes.extend(echoed(flow, Protocol::TCP, 20 + len, &head));
        }
        Echoed::Udp { len } => {
            let mut head = echoed_ports(flow);
            head.extend_from_slice(&(8 + len as u16).to_be_bytes());
            head.extend_from_slice(&[0, 0]);
            bytes.extend(echoed(flow, Protocol::UDP, 8 + len, &head));
        }
    }
    let sum = if v6 {
        transport_sum(src, dst, Protocol::ICMPV6, &bytes)
    } else {
        checksum(&bytes).to_be_bytes()
    };
    bytes[2..4].copy_from_slice(&sum);
    Ok(bytes)
}

fn echoed_ports(flow: &Flow) -> Vec<u8> {
    [
        flow.local.port().to_be_bytes(),
        flow.remote.port().to_be_bytes(),
    ]
    .concat()
}

/// The packet of ours that a message is about: its IP header and 8 bytes.
fn echoed(flow: &Flow, protocol: Protocol, len: u32, head: &[u8]) -> Vec<u8> {
    let (src, dst): (SocketAddr, SocketAddr) = (flow.local, flow.remote);
    let info = IpInfo::default();
    if src.is_ipv6() {
        let mut bytes = ipv6(&info, src.ip(), dst.ip(), protocol, head);
        bytes[4..6].copy_from_slice(&(len as u16).to_be_bytes());
        return bytes;
    }
    let mut bytes = ipv4(&info, src.ip(), dst.ip(), protocol, head);
    bytes[2..4].copy_from_slice(&(20 + len as u16).to_be_bytes());
    bytes[10..12].copy_from_slice(&[0, 0]);
    let sum = checksum(&bytes[..20]);
    bytes[10..12].copy_from_slice(&sum.to_be_bytes());
    bytes
}
