//! A packet for somebody else (RFC 1812 §5).

use core::net::IpAddr;

use base::Frame;
use wire::checksum;
use wire::icmpv4::{Message, Unreachable};
use wire::ipv4::Header;
use wire::tcp;

use super::Ip;
use crate::interface::{Interface, InterfaceId};
use crate::packet::{Arrival, Cast, MAX_IP_HEADER, Way};
use crate::sysctl::Sysctls;
use crate::verdict::DropReason;

/// Why a packet does not go on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refused {
    /// What it dies of.
    pub(crate) reason: DropReason,
    /// What its sender is told.
    pub(crate) message: Option<Message>,
}

impl From<DropReason> for Refused {
    fn from(reason: DropReason) -> Self {
        let message = None;
        Self { reason, message }
    }
}

/// Decides whether and where a packet goes on, and takes one from its TTL.
///
/// Options and traffic class stay as they are; a frame of several segments stays one.
pub(crate) fn forward(
    ip: &Ip,
    interfaces: &[Interface],
    sysctls: &Sysctls,
    arrival: Arrival,
    (header, header_len): (&Header, usize),
    frame: &mut Frame,
) -> Result<Way, Refused> {
    if !sysctls.ip_forward || arrival.iface == InterfaceId::LOOPBACK {
        return Err(DropReason::NotForThisHost.into());
    }
    // RFC 3927 §2.7: addresses of one link mean nothing on another.
    if header.src.is_link_local() || header.dst.is_link_local() {
        return Err(DropReason::LinkLocalNotForwarded.into());
    }
    let refuse = |reason, message| {
        let message = Some(message);
        Err(Refused { reason, message })
    };
    // RFC 1812 §5.3.1.
    if header.ttl <= 1 {
        return refuse(DropReason::TtlExceeded, Message::TtlExceeded);
    }
    let up = |id: InterfaceId| interfaces.get(id.index()).filter(|interface| interface.up);
    let dst = IpAddr::V4(header.dst);
    let found = ip.routes.lookup(dst, |id| up(id).is_some());
    let Some((route, out)) = found.and_then(|route| Some((route, up(route.iface)?))) else {
        let message = Message::DestinationUnreachable(Unreachable::Net);
        return refuse(DropReason::NoRoute, message);
    };
    // A frame of several segments is a sender's that discovers MTUs; it is told even if it forgot
    // to forbid fragmentation.
    let whole = header.dont_fragment || frame.segment_size.is_some();
    if longest_packet(frame, header_len) > out.mtu && whole {
        let next_hop_mtu = out.mtu as u16;
        let why = Unreachable::FragmentationNeeded { next_hop_mtu };
        let message = Message::DestinationUnreachable(why);
        return refuse(DropReason::FragmentationNeeded, message);
    }
    take_hop(frame, header_len);
    Ok(Way {
        iface: out.id,
        next_hop: route.next_hop(dst),
        cast: Cast::Unicast,
        mtu: out.mtu,
    })
}

/// Bytes of the longest packet that the frame becomes on a link that takes one segment a frame.
fn longest_packet(frame: &mut Frame, header_len: usize) -> usize {
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
fn take_hop(frame: &mut Frame, header_len: usize) {
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
