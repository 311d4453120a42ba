//! A packet for somebody else (RFC 1812 §5).

use core::net::{IpAddr, Ipv4Addr};

use wire::checksum;
use wire::icmpv4::{Message, Unreachable};
use wire::ipv4::Header;
use wire::tcp;

use super::Ip;
use crate::interface::{Interface, InterfaceId};
use crate::packet::{Arrived, Cast, MAX_IP_HEADER, Packet, Reply, Routed};
use crate::sysctl::Sysctls;
use crate::verdict::{DropReason, Stop, Verdict};

/// Decides whether and where a packet goes on, and takes one from its TTL.
///
/// Options and traffic class stay as they are; a frame of several segments stays one.
pub(super) fn forward(
    ip: &Ip,
    interfaces: &[Interface],
    sysctls: &Sysctls,
    mut arrived: Arrived,
    header: &Header,
    header_len: usize,
) -> Verdict<Routed> {
    if !sysctls.ip_forward || arrived.iface == InterfaceId::LOOPBACK {
        return Err(DropReason::NotForThisHost.into());
    }
    // RFC 3927 §2.7: addresses of one link mean nothing on another.
    if is_link_local(header.src) || is_link_local(header.dst) {
        return Err(DropReason::LinkLocalNotForwarded.into());
    }
    let refuse = |arrived, message, reason| {
        let about = Packet::taken_off(arrived, Cast::Unicast, header, header_len).into();
        Err(Stop::reply(Reply::Error { message, about }, Some(reason)))
    };
    // RFC 1812 §5.3.1.
    if header.ttl <= 1 {
        return refuse(arrived, Message::TtlExceeded, DropReason::TtlExceeded);
    }
    let up = |id: InterfaceId| interfaces.get(id.index()).filter(|interface| interface.up);
    let dst = IpAddr::V4(header.dst);
    let found = ip.routes.lookup(dst, |id| up(id).is_some());
    let Some((route, out)) = found.and_then(|route| Some((route, up(route.iface)?))) else {
        let message = Message::DestinationUnreachable(Unreachable::Net);
        return refuse(arrived, message, DropReason::NoRoute);
    };
    let len = longest_packet(&mut arrived, header_len);
    // A frame of several segments is a sender's that discovers MTUs; it is told even if it forgot
    // to forbid fragmentation.
    let whole = header.dont_fragment || arrived.frame.segment_size.is_some();
    if len > out.mtu && whole {
        let next_hop_mtu = out.mtu as u16;
        let why = Unreachable::FragmentationNeeded { next_hop_mtu };
        let message = Message::DestinationUnreachable(why);
        return refuse(arrived, message, DropReason::FragmentationNeeded);
    }
    take_hop(&mut arrived, header_len);
    Ok(Routed {
        iface: out.id,
        next_hop: route.next_hop(dst),
        cast: Cast::Unicast,
        mtu: out.mtu,
        frame: arrived.frame,
    })
}

/// Bytes of the longest packet that the frame becomes on a link that takes one segment a frame.
fn longest_packet(arrived: &mut Arrived, header_len: usize) -> usize {
    let frame = &mut arrived.frame;
    let Some(size) = frame.segment_size else {
        return frame.len();
    };
    let fixed = header_len + tcp::MIN_HEADER_LEN;
    let front = frame.contiguous(fixed);
    // TCP's data offset, in words of 32 bits.
    let tcp_len = front
        .get(header_len + 12)
        .map_or(0, |byte| usize::from(byte >> 4) * 4);
    frame
        .len()
        .min(header_len + tcp_len + usize::from(size.get()))
}

/// Takes one from the TTL; the checksum follows without a look at the rest (RFC 1624).
fn take_hop(arrived: &mut Arrived, header_len: usize) {
    let frame = &mut arrived.frame;
    let mut header = [0; MAX_IP_HEADER];
    let header = &mut header[..header_len];
    frame.copy_to(header);
    let word = |header: &[u8], at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    let old = word(header, 8);
    header[8] -= 1;
    let sum = checksum::update(word(header, 10), old, word(header, 8));
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    frame.pull(header_len);
    frame.push_header(header_len).copy_from_slice(header);
}

/// 169.254/16.
const fn is_link_local(addr: Ipv4Addr) -> bool {
    addr.is_link_local()
}
