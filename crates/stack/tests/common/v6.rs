//! IPv6 by hand: hosts that know each other, and packets.

use std::net::{IpAddr, Ipv6Addr};

use base::Frame;
use stack::{Stack, Sysctls};
use wire::icmpv6::Message;
use wire::ipv6::Header;
use wire::{EtherType, IpNet, Protocol, checksum, ethernet};

use super::packets::ethernet;
use super::{Host, World, card, mac};
use stack::InterfaceId;

/// The address of host `number`: `2001:db8::number`.
pub fn ip6(number: u16) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, number)
}

/// An address of a link: `fe80::number`.
pub fn link_local(number: u16) -> Ipv6Addr {
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, number)
}

/// A host on `2001:db8::/64` with both kinds of address.
pub fn host(world: &mut World, number: u16) -> (Host, InterfaceId) {
    host_with(world, number, Sysctls::default())
}

pub fn host_with(world: &mut World, number: u16, sysctls: Sysctls) -> (Host, InterfaceId) {
    let host = world.host(sysctls);
    let card = card("eth0", number.into(), &format!("172.16.10.{number}/24"));
    let iface = world.plug(host, card);
    add(&mut world.hosts[host], world.now, iface, ip6(number));
    add(&mut world.hosts[host], world.now, iface, link_local(number));
    (host, iface)
}

fn add(stack: &mut Stack, now: base::Instant, iface: InterfaceId, addr: Ipv6Addr) {
    let net = IpNet::new(addr.into(), 64).unwrap();
    stack.add_address(now, iface, net).unwrap();
}

/// Makes hosts `a` and `b` know each other, as an administrator would.
pub fn acquaint(world: &mut World, of: (Host, InterfaceId), number: u16) {
    for addr in [ip6(number), link_local(number)] {
        world.hosts[of.0]
            .add_neighbor(world.now, of.1, addr.into(), mac(number.into()))
            .unwrap();
    }
}

/// Two hosts on one cable that know each other: numbers 1 and 2.
pub fn pair(world: &mut World) -> [(Host, InterfaceId); 2] {
    let (a, b) = (host(world, 1), host(world, 2));
    acquaint(world, a, 2);
    acquaint(world, b, 1);
    world.lan(&[a, b]);
    world.pass_millis(5000);
    world.take();
    [a, b]
}

/// An IPv6 packet with whatever follows its header.
pub fn packet(src: Ipv6Addr, dst: Ipv6Addr, next: u8, payload: &[u8]) -> Vec<u8> {
    let header = Header::new(src, dst, Protocol(next), payload.len());
    let mut bytes = vec![0; 40];
    header.emit(&mut bytes);
    bytes.extend_from_slice(payload);
    bytes
}

/// A packet from host 2 to host 1 in a frame.
pub fn to_first(next: u8, payload: &[u8]) -> Vec<u8> {
    let packet = packet(ip6(2), ip6(1), next, payload);
    ethernet(mac(1), mac(2), EtherType::IPV6, &packet)
}

/// An ICMPv6 message with its checksum.
pub fn icmp(src: Ipv6Addr, dst: Ipv6Addr, message: Message, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 8];
    message.emit(&mut bytes);
    bytes.extend_from_slice(body);
    sum(src, dst, Protocol::ICMPV6, &mut bytes, 2);
    bytes
}

/// Fills in the checksum at `field`.
pub fn sum(src: Ipv6Addr, dst: Ipv6Addr, protocol: Protocol, bytes: &mut [u8], field: usize) {
    bytes[field..field + 2].fill(0);
    let frame = Frame::from(bytes.to_vec());
    let sum = checksum::transport(&frame, src.into(), dst.into(), protocol);
    bytes[field..field + 2].copy_from_slice(&sum.to_be_bytes());
}

/// A ping from host 2 to host 1, without its IP header.
pub fn ping(body: &[u8]) -> Vec<u8> {
    icmp(
        ip6(2),
        ip6(1),
        Message::EchoRequest { ident: 7, seq: 1 },
        body,
    )
}

/// The IPv6 packets among frames: header and what follows it.
pub fn packets(frames: &[Vec<u8>]) -> Vec<(Header, Vec<u8>)> {
    let parse = |frame: &Vec<u8>| {
        let (link, len) = ethernet::Header::parse(frame).unwrap();
        (link.ethertype == EtherType::IPV6).then(|| {
            let bytes = &frame[len..];
            let (header, len) = Header::parse(bytes, bytes.len()).unwrap();
            (header, bytes[len..len + header.payload_len].to_vec())
        })
    };
    frames.iter().filter_map(parse).collect()
}

/// The ICMPv6 messages among frames that are not Neighbour Discovery's or multicast's, with what
/// follows them; their checksums must be right.
pub fn messages(frames: &[Vec<u8>]) -> Vec<(Header, Message, Vec<u8>)> {
    packets(frames)
        .into_iter()
        .filter(|(header, _)| header.next_header == Protocol::ICMPV6)
        .map(|(header, bytes)| {
            let frame = Frame::from(bytes.clone());
            let (src, dst): (IpAddr, IpAddr) = (header.src.into(), header.dst.into());
            let right = checksum::transport(&frame, src, dst, Protocol::ICMPV6);
            assert_eq!(right, 0, "ICMPv6 checksum");
            let (message, len) = Message::parse(&bytes).unwrap();
            (header, message, bytes[len..].to_vec())
        })
        .filter(|(_, message, _)| !matches!(message, Message::Other { .. }))
        .collect()
}
