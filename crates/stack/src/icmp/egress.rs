//! An ICMP message is owed.

use alloc::vec::Vec;
use core::net::IpAddr;

use base::{ChecksumState, Frame, Instant, Payload};
use wire::checksum::Checksum;
use wire::icmpv4::{CHECKSUM_OFFSET, HEADER_LEN};
use wire::{Protocol, icmpv4, icmpv6, ipv4, ipv6};

use super::Icmp;
use crate::icmp_message::IcmpMessage;
use crate::interface::InterfaceId;
use crate::packet::{Cast, Discover, Outbound, Packet, owe_checksum};
use crate::sysctl::Sysctls;
use crate::verdict::{DropReason, Stop, Verdict};
use crate::zone;

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
    message: IcmpMessage,
    src: Option<IpAddr>,
    about: &Packet,
) -> Verdict<Outbound> {
    if !may_complain(message, about) {
        return Err(Stop::Taken);
    }
    if limited(message, about) && !icmp.limits.allow(sysctls, now, about.src) {
        return Err(DropReason::IcmpRateLimited.into());
    }
    Ok(Outbound {
        src,
        dst: about.src,
        protocol: message.protocol(),
        ttl: None,
        traffic_class: match message {
            IcmpMessage::V4(_) => about.traffic_class & KEPT_CLASS | INTERNETWORK_CONTROL,
            IcmpMessage::V6(_) => 0,
        },
        discover: Discover::Dont,
        iface: zone::exit(about.src, about.iface),
        longest: None,
        options: None,
        frame: framed(message, quote(about)),
    })
}

/// Whether a router may show `host` a better way now: as often as it may complain to it.
pub(crate) fn may_redirect(icmp: &mut Icmp, sysctls: &Sysctls, now: Instant, host: IpAddr) -> bool {
    icmp.limits.allow(sysctls, now, host)
}

/// RFC 1122 §3.2.2, RFC 4443 §2.4 (e): no error about an error, about what was sent to many, about
/// a later fragment of IPv4, or to what is no single host.
fn may_complain(message: IcmpMessage, about: &Packet) -> bool {
    // RFC 4443 §2.4 (e.3): two are sent even about what went to a group.
    let to_many = match message {
        IcmpMessage::V6(icmpv6::Message::PacketTooBig { .. }) => true,
        IcmpMessage::V6(icmpv6::Message::ParameterProblem { problem, .. }) => {
            problem == icmpv6::Problem::UnknownOption
        }
        _ => false,
    };
    let to_one = about.cast == Cast::Unicast && !about.dst.is_multicast();
    let to_one_from_one = (to_one || to_many)
        && !about.src.is_unspecified()
        && !about.src.is_multicast()
        && about.src != IpAddr::V4(core::net::Ipv4Addr::BROADCAST);
    let part = about.later_fragment && about.src.is_ipv4();
    to_one_from_one && !part && !is_error(about)
}

fn is_error(about: &Packet) -> bool {
    let mut header = [0; HEADER_LEN];
    about.frame.copy_to(&mut header);
    match about.protocol {
        Protocol::ICMP => {
            icmpv4::Message::parse(&header).is_ok_and(|(message, _)| message.is_error())
        }
        // RFC 4443 §2.4 (e.2): nor about a redirect.
        Protocol::ICMPV6 if !about.later_fragment => {
            let redirect = header[0] == icmpv6::REDIRECT;
            icmpv6::Message::parse(&header).is_ok_and(|(m, _)| m.is_error() || redirect)
        }
        _ => false,
    }
}

/// Linux limits neither path MTU discovery, which is the sender's own limit, nor the loopback.
fn limited(message: IcmpMessage, about: &Packet) -> bool {
    message.mtu().is_none() && about.iface != InterfaceId::LOOPBACK
}

/// The packet as it came, as much of it as fits.
pub(crate) fn quote(about: &Packet) -> Vec<u8> {
    // RFC 4443 §2.4 (c): as much as fits into the least MTU.
    let space = match about.src {
        IpAddr::V4(_) => MAX_ERROR - ipv4::MIN_HEADER_LEN - HEADER_LEN,
        IpAddr::V6(_) => ipv6::MIN_MTU - ipv6::HEADER_LEN - HEADER_LEN,
    };
    let header = about.header.len().min(space);
    let mut quote = alloc::vec![0; (header + about.frame.len()).min(space)];
    quote[..header].copy_from_slice(&about.header[..header]);
    about.frame.copy_to(&mut quote[header..]);
    quote
}

/// A message with its header and, in IPv4, its checksum; IPv6's covers the addresses as well and
/// waits for [`address`].
fn framed(message: IcmpMessage, body: Vec<u8>) -> Frame {
    let mut header = [0; HEADER_LEN];
    match message {
        IcmpMessage::V4(message) => {
            message.emit(&mut header);
            let mut sum = Checksum::new();
            sum.add(&header);
            sum.add(&body);
            let sum = sum.finish().to_be_bytes();
            header[CHECKSUM_OFFSET..CHECKSUM_OFFSET + 2].copy_from_slice(&sum);
        }
        IcmpMessage::V6(message) => message.emit(&mut header),
    }
    let mut frame = Frame::new(Payload::from(body));
    frame.push_header(HEADER_LEN).copy_from_slice(&header);
    frame
}

/// Whether a message still waits for its source, without which its checksum cannot be.
pub(crate) fn lacks_source(outbound: &Outbound) -> bool {
    outbound.protocol == Protocol::ICMPV6
        && outbound.frame.checksum == ChecksumState::Unverified
        && outbound.frame.prefix().get(2..4) == Some(&[0, 0])
}

/// Gives a message its source, and the checksum that covers both addresses (RFC 4443 §2.3).
pub(crate) fn address(outbound: &mut Outbound, src: IpAddr) {
    outbound.src = Some(src);
    let (frame, dst) = (&mut outbound.frame, outbound.dst);
    owe_checksum(frame, src, dst, Protocol::ICMPV6, icmpv6::CHECKSUM_OFFSET);
}
