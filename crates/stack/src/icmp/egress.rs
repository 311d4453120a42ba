//! An ICMP message is owed.

use alloc::vec::Vec;
use core::net::IpAddr;

use base::{Frame, Instant, Payload};
use wire::checksum::Checksum;
use wire::icmpv4::{CHECKSUM_OFFSET, HEADER_LEN, Message, Unreachable};
use wire::{Protocol, ipv4};

use super::Icmp;
use crate::interface::InterfaceId;
use crate::packet::{Cast, Outbound, Packet};
use crate::sysctl::Sysctls;
use crate::verdict::{DropReason, Stop, Verdict};

/// Bytes of an error with its IP header at most (RFC 1812 §4.3.2.3).
const MAX_ERROR: usize = 576;
/// Precedence "internetwork control" (RFC 1812 §4.3.2.5).
const INTERNETWORK_CONTROL: u8 = 0xc0;
/// The DSCP bits that an error takes over; ECN's are none of its business.
const KEPT_CLASS: u8 = 0x1c;

/// Makes the error about a packet that died here, from `src` or, if there is none, from the
/// address of the interface that it leaves by (RFC 1812 §4.3.2.4).
///
/// # Errors
///
/// [`DropReason::IcmpRateLimited`], and [`Stop::Taken`] where none may be sent at all: the packet
/// itself was counted when it died.
pub(crate) fn error(
    icmp: &mut Icmp,
    sysctls: &Sysctls,
    now: Instant,
    message: Message,
    src: Option<IpAddr>,
    about: &Packet,
) -> Verdict<Outbound> {
    if !may_complain(about) {
        return Err(Stop::Taken);
    }
    if limited(message, about) && !icmp.limits.allow(sysctls, now, about.src) {
        return Err(DropReason::IcmpRateLimited.into());
    }
    Ok(Outbound {
        src,
        dst: about.src,
        protocol: Protocol::ICMP,
        ttl: None,
        traffic_class: about.traffic_class & KEPT_CLASS | INTERNETWORK_CONTROL,
        dont_fragment: false,
        iface: None,
        frame: framed(message, quote(about)),
    })
}

/// RFC 1122 §3.2.2: no error about an error, about what was sent to many, about a later fragment,
/// or to what is no single host.
fn may_complain(about: &Packet) -> bool {
    let to_one_from_one = about.cast == Cast::Unicast
        && !about.dst.is_multicast()
        && !about.src.is_unspecified()
        && !about.src.is_multicast()
        && about.src != IpAddr::V4(core::net::Ipv4Addr::BROADCAST);
    to_one_from_one && !about.is_later_fragment() && !is_error(about)
}

fn is_error(about: &Packet) -> bool {
    let mut header = [0; HEADER_LEN];
    about.frame.copy_to(&mut header);
    about.protocol == Protocol::ICMP
        && Message::parse(&header).is_ok_and(|(message, _)| message.is_error())
}

/// Linux limits neither path MTU discovery, which is the sender's own limit, nor the loopback.
fn limited(message: Message, about: &Packet) -> bool {
    let discovery = matches!(
        message,
        Message::DestinationUnreachable(Unreachable::FragmentationNeeded { .. })
    );
    !discovery && about.iface != InterfaceId::LOOPBACK
}

/// The packet as it came, as much of it as fits.
fn quote(about: &Packet) -> Vec<u8> {
    let space = MAX_ERROR - ipv4::MIN_HEADER_LEN - HEADER_LEN;
    let header = about.header.len();
    let mut quote = alloc::vec![0; (header + about.frame.len()).min(space)];
    quote[..header].copy_from_slice(&about.header);
    about.frame.copy_to(&mut quote[header..]);
    quote
}

/// A message with its header and checksum.
fn framed(message: Message, body: Vec<u8>) -> Frame {
    let mut header = [0; HEADER_LEN];
    message.emit(&mut header);
    let mut sum = Checksum::new();
    sum.add(&header);
    sum.add(&body);
    header[CHECKSUM_OFFSET..CHECKSUM_OFFSET + 2].copy_from_slice(&sum.finish().to_be_bytes());
    let mut frame = Frame::new(Payload::from(body));
    frame.push_header(HEADER_LEN).copy_from_slice(&header);
    frame
}
