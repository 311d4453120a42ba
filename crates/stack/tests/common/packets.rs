//! Packets by hand.

use std::net::{IpAddr, Ipv4Addr};

use wire::arp::{self, Operation};
use wire::checksum::checksum;
use wire::icmpv4::Message;
use wire::ipv4::Header;
use wire::{EtherType, MacAddr, Protocol, ethernet};

/// Puts an Ethernet header in front.
pub fn ethernet(dst: MacAddr, src: MacAddr, ethertype: EtherType, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; ethernet::HEADER_LEN];
    let header = ethernet::Header {
        dst,
        src,
        ethertype,
    };
    header.emit(&mut bytes);
    bytes.extend_from_slice(payload);
    bytes
}

/// An ARP packet in a frame from its sender.
pub fn arp(
    dst: MacAddr,
    operation: Operation,
    sender: (MacAddr, Ipv4Addr),
    target: (MacAddr, Ipv4Addr),
) -> Vec<u8> {
    let packet = arp::Packet {
        operation,
        sender_mac: sender.0,
        sender_ip: sender.1,
        target_mac: target.0,
        target_ip: target.1,
    };
    let mut bytes = vec![0; arp::PACKET_LEN];
    packet.emit(&mut bytes);
    ethernet(dst, sender.0, EtherType::ARP, &bytes)
}

/// An IPv4 packet.
pub fn ipv4(header: &Header, payload: &[u8]) -> Vec<u8> {
    let header = Header {
        payload_len: payload.len(),
        ..header.clone()
    };
    let mut bytes = vec![0; header.header_len()];
    header.emit(&mut bytes);
    bytes.extend_from_slice(payload);
    bytes
}

/// An IPv4 packet in a frame.
pub fn ip_frame(dst: MacAddr, src: MacAddr, header: &Header, payload: &[u8]) -> Vec<u8> {
    ethernet(dst, src, EtherType::IPV4, &ipv4(header, payload))
}

/// A header for `protocol` with nothing special about it.
pub fn header(src: Ipv4Addr, dst: Ipv4Addr, protocol: Protocol) -> Header {
    Header::new(src, dst, protocol, 0)
}

/// An ICMP message with its checksum.
pub fn icmp(message: Message, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 8];
    message.emit(&mut bytes);
    bytes.extend_from_slice(body);
    let sum = checksum(&bytes);
    bytes[2..4].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// A ping in an IPv4 packet.
pub fn ping(src: Ipv4Addr, dst: Ipv4Addr, body: &[u8]) -> (Header, Vec<u8>) {
    let message = Message::EchoRequest { ident: 7, seq: 1 };
    (header(src, dst, Protocol::ICMP), icmp(message, body))
}

/// A UDP datagram without a checksum.
pub fn udp(src_port: u16, dst_port: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 8];
    wire::udp::Header {
        src_port,
        dst_port,
        payload_len: body.len(),
        has_checksum: false,
    }
    .emit(&mut bytes);
    bytes.extend_from_slice(body);
    bytes
}

/// What an Ethernet frame holds.
#[derive(Debug)]
pub enum Seen {
    Arp(ethernet::Header, arp::Packet),
    Ip(ethernet::Header, Header, Vec<u8>),
    Other(Vec<u8>),
}

/// Reads a frame.
pub fn see(bytes: &[u8]) -> Seen {
    let (link, len) = ethernet::Header::parse(bytes).unwrap();
    let inner = &bytes[len..];
    match link.ethertype {
        EtherType::ARP => Seen::Arp(link, arp::Packet::parse(inner).unwrap().0),
        EtherType::IPV4 => {
            let (header, len) = Header::parse(inner, inner.len()).unwrap();
            let payload = inner[len..len + header.payload_len].to_vec();
            Seen::Ip(link, header, payload)
        }
        _ => Seen::Other(bytes.to_vec()),
    }
}

/// The IP packets among frames.
pub fn ips(frames: &[Vec<u8>]) -> Vec<(ethernet::Header, Header, Vec<u8>)> {
    let seen = frames.iter().map(|frame| see(frame));
    seen.filter_map(|seen| match seen {
        Seen::Ip(link, header, payload) => Some((link, header, payload)),
        _ => None,
    })
    .collect()
}

/// The ARP packets among frames.
pub fn arps(frames: &[Vec<u8>]) -> Vec<(ethernet::Header, arp::Packet)> {
    let seen = frames.iter().map(|frame| see(frame));
    seen.filter_map(|seen| match seen {
        Seen::Arp(link, packet) => Some((link, packet)),
        _ => None,
    })
    .collect()
}

/// The ICMP message in a payload, and what follows it; its checksum must be right.
pub fn message(payload: &[u8]) -> (Message, &[u8]) {
    assert_eq!(checksum(payload), 0, "ICMP checksum");
    let (message, len) = Message::parse(payload).unwrap();
    (message, &payload[len..])
}

pub fn v4(addr: Ipv4Addr) -> IpAddr {
    IpAddr::V4(addr)
}
