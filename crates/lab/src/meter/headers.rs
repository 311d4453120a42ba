//! Who speaks to whom, from the front of a frame.

use std::net::{IpAddr, SocketAddr};

use base::Frame;
use wire::{EtherType, Protocol, ethernet, ipv4, ipv6, tcp, udp};

/// The longest headers that are looked at: Ethernet with a tag, IPv4 and TCP with all options.
const FRONT: usize = 18 + 60 + 60;

/// What a frame says, as far as it is read here.
pub(super) struct Said {
    pub(super) protocol: Protocol,
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    /// Bytes of data behind all headers.
    pub(super) payload: usize,
    /// Of TCP.
    pub(super) control: Option<tcp::Control>,
}

/// Reads a frame's headers; `None` for what is no whole packet of IP.
pub(super) fn read(frame: &Frame) -> Option<Said> {
    let mut front = [0; FRONT];
    let copied = frame.copy_to(&mut front);
    let mut bytes = front.get(..copied)?;
    let mut have = frame.len();
    let (link, len) = ethernet::Header::parse(bytes).ok()?;
    (bytes, have) = (bytes.get(len..)?, have.checked_sub(len)?);
    let mut ethertype = link.ethertype;
    // IEEE 802.1Q: the tag, and behind it the type of what is inside.
    if ethertype == EtherType::VLAN {
        let inside = bytes.get(2..4)?;
        ethertype = EtherType(u16::from_be_bytes([inside[0], inside[1]]));
        (bytes, have) = (bytes.get(4..)?, have.checked_sub(4)?);
    }
    let (src, dst, protocol, inside, len): (IpAddr, IpAddr, _, _, _) = match ethertype {
        EtherType::IPV4 => {
            let (ip, len) = ipv4::Header::parse(bytes, have).ok()?;
            if ip.is_fragment() {
                return None;
            }
            (
                ip.src.into(),
                ip.dst.into(),
                ip.protocol,
                ip.payload_len,
                len,
            )
        }
        EtherType::IPV6 => {
            let (ip, len) = ipv6::Header::parse(bytes, have).ok()?;
            (
                ip.src.into(),
                ip.dst.into(),
                ip.next_header,
                ip.payload_len,
                len,
            )
        }
        _ => return None,
    };
    let bytes = bytes.get(len..)?;
    let (ports, len, control) = match protocol {
        Protocol::TCP => {
            let (tcp, len) = tcp::Header::parse(bytes).ok()?;
            ((tcp.src_port, tcp.dst_port), len, Some(tcp.control))
        }
        Protocol::UDP => {
            let (udp, len) = udp::Header::parse(bytes, inside).ok()?;
            ((udp.src_port, udp.dst_port), len, None)
        }
        _ => ((0, 0), 0, None),
    };
    Some(Said {
        protocol,
        from: SocketAddr::new(src, ports.0),
        to: SocketAddr::new(dst, ports.1),
        payload: inside.checked_sub(len)?,
        control,
    })
}
