//! An ICMP message came.

use alloc::sync::Arc;
use core::net::{IpAddr, Ipv4Addr};

use arrayvec::ArrayVec;
use base::{ChecksumState, Instant, Payload};
use wire::checksum::{self, Checksum};
use wire::icmpv4::{CHECKSUM_OFFSET, HEADER_LEN};
use wire::{Layer, Malformed, Protocol, icmpv4, icmpv6, offload};

use crate::icmp_message::IcmpMessage;
use crate::ip_header::Header;
use crate::ip_header::transport_of;
use crate::ip_options::{IpOptions, Stamp};
use crate::packet::{Cast, Discover, IcmpError, Outbound, Packet, Reply};
use crate::socket::datagrams::Envelope;
use crate::sysctl::Sysctls;
use crate::verdict::{DropReason, Stop, Verdict};
use crate::zone;

/// What a message means for others than ICMP.
#[derive(Debug)]
pub(crate) enum News {
    /// A packet that one of our sockets sent died.
    Error(IcmpError),
    /// A router shows a better way for a packet that one of our sockets sent.
    Redirect(Ipv4Addr, IcmpError),
    /// A message of Neighbour Discovery; its type is at the front of the frame.
    Neighbor(Packet),
    /// A message about who listens to a group (MLD); its type is at the front of the frame.
    Membership(Packet),
    /// Somebody answered our ping.
    EchoReply {
        /// Who.
        from: IpAddr,
        /// Which of ours was asked.
        to: IpAddr,
        /// How it came.
        envelope: Envelope,
        /// Whose ping.
        ident: u16,
        /// Which one.
        seq: u16,
        /// What we sent along.
        data: Payload,
    },
}

/// Answers an echo request, and finds out whom an answer or an error concerns.
pub(crate) fn receive(sysctls: &Sysctls, now: Instant, mut packet: Packet) -> Verdict<News> {
    let v6 = packet.protocol == Protocol::ICMPV6;
    if v6 != packet.src.is_ipv6() {
        // RFC 8200 and RFC 792: each version has its own.
        let reason = Some(DropReason::UnknownProtocol);
        let message = IcmpMessage::unknown_protocol(&packet);
        let about = packet.into();
        return Err(Stop::reply(Reply::Error { message, about }, reason));
    }
    offload::finish_checksum(&mut packet.frame);
    let layer = if v6 { Layer::Icmpv6 } else { Layer::Icmpv4 };
    if !sum_is_right(&packet) {
        return Err(DropReason::BadChecksum(layer).into());
    }
    let bytes = packet.frame.contiguous(HEADER_LEN);
    let message: IcmpMessage = if v6 {
        icmpv6::Message::parse(bytes)?.0.into()
    } else {
        icmpv4::Message::parse(bytes)?.0.into()
    };
    match message {
        IcmpMessage::V4(icmpv4::Message::EchoRequest { ident, seq }) => {
            let reply = icmpv4::Message::EchoReply { ident, seq };
            answer(sysctls, now, reply.into(), packet)
        }
        IcmpMessage::V6(icmpv6::Message::EchoRequest { ident, seq }) => {
            let reply = icmpv6::Message::EchoReply { ident, seq };
            answer(sysctls, now, reply.into(), packet)
        }
        IcmpMessage::V4(icmpv4::Message::EchoReply { ident, seq })
        | IcmpMessage::V6(icmpv6::Message::EchoReply { ident, seq }) => {
            packet.frame.pull(HEADER_LEN);
            let to = zone::named(packet.dst, 0, packet.iface);
            let envelope = Envelope::of(&packet, to, now);
            Ok(News::EchoReply {
                from: packet.src,
                to: packet.dst,
                envelope,
                ident,
                seq,
                data: packet.frame.into_payload(),
            })
        }
        // RFC 1122 §3.2.2: nobody may complain about what was sent to many.
        IcmpMessage::V4(message) if message.is_error() && packet.cast != Cast::Unicast => {
            Err(DropReason::IcmpNotUnicast.into())
        }
        IcmpMessage::V4(icmpv4::Message::Redirect { gateway, .. }) => {
            packet.frame.pull(HEADER_LEN);
            Ok(News::Redirect(gateway, quoted(message, packet)?))
        }
        // RFC 4861: router and neighbour solicitation and advertisement, and redirect.
        IcmpMessage::V6(icmpv6::Message::Other {
            kind: 133..=137, ..
        }) => Ok(News::Neighbor(packet)),
        // RFC 2710, RFC 3810.
        IcmpMessage::V6(icmpv6::Message::Other {
            kind: 130..=132 | 143,
            ..
        }) => Ok(News::Membership(packet)),
        IcmpMessage::V4(icmpv4::Message::Other { .. })
        | IcmpMessage::V6(icmpv6::Message::Other { .. }) => Err(DropReason::UnknownIcmp.into()),
        IcmpMessage::V4(_) | IcmpMessage::V6(_) => {
            packet.frame.pull(HEADER_LEN);
            Ok(News::Error(quoted(message, packet)?))
        }
    }
}

/// Bytes that never left memory, and those that a device vouches for, are not summed again.
fn sum_is_right(packet: &Packet) -> bool {
    let frame = &packet.frame;
    if packet.protocol == Protocol::ICMPV6 {
        return checksum::transport_ok(frame, packet.src, packet.dst, Protocol::ICMPV6);
    }
    frame.checksum != ChecksumState::Unverified || {
        let mut sum = Checksum::new();
        sum.add_frame(frame);
        sum.finish() == 0
    }
}

fn answer(sysctls: &Sysctls, now: Instant, reply: IcmpMessage, packet: Packet) -> Verdict<News> {
    may_answer(sysctls, &packet)?;
    Err(Stop::reply(Reply::Ip(echo(now, reply, packet)), None))
}

fn may_answer(sysctls: &Sysctls, packet: &Packet) -> Result<(), DropReason> {
    let v6 = packet.src.is_ipv6();
    let (none, to_one) = if v6 {
        let to_one = sysctls.icmpv6_echo_ignore_multicast;
        (sysctls.icmpv6_echo_ignore_all, to_one)
    } else {
        // RFC 1122 §3.2.2.6 leaves it open; a whole network that answers drowns the one in whose
        // name it was asked.
        let to_one = sysctls.icmp_echo_ignore_broadcasts;
        (sysctls.icmp_echo_ignore_all, to_one)
    };
    if none {
        return Err(DropReason::IcmpEchoIgnored);
    }
    if to_one && packet.cast != Cast::Unicast {
        return Err(DropReason::IcmpBroadcastEcho);
    }
    // RFC 4443 §2.2: there would be nobody to answer.
    if packet.src.is_unspecified() {
        return Err(DropReason::MartianSource);
    }
    Ok(())
}

/// RFC 792, RFC 4443 §4.2: addresses swapped, type changed, the rest as it came.
fn echo(now: Instant, reply: IcmpMessage, packet: Packet) -> Outbound {
    let options = reflected(now, &packet);
    let mut frame = packet.frame;
    let mut old = [0; HEADER_LEN];
    frame.copy_to(&mut old);
    let word = |bytes: &[u8], at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
    frame.pull(HEADER_LEN);
    let header = frame.push_header(HEADER_LEN);
    match reply {
        IcmpMessage::V4(reply) => reply.emit(header),
        IcmpMessage::V6(reply) => reply.emit(header),
    }
    let to_one = packet.cast == Cast::Unicast;
    // Only the type differs, and the sum follows it (RFC 1624).
    let sum = checksum::update(word(&old, CHECKSUM_OFFSET), word(&old, 0), word(header, 0));
    let sum_covers_source = matches!(reply, IcmpMessage::V6(_));
    if to_one || !sum_covers_source {
        header[CHECKSUM_OFFSET..CHECKSUM_OFFSET + 2].copy_from_slice(&sum.to_be_bytes());
    }
    if sum == 0 && !sum_covers_source {
        // Nothing but zeros sums up to the other zero, which no difference leads to.
        let mut whole = Checksum::new();
        whole.add_frame(&frame);
        let written = frame.overwrite(CHECKSUM_OFFSET, &whole.finish().to_be_bytes());
        debug_assert!(written, "the header was pushed above");
    }
    frame.checksum = ChecksumState::Unverified;
    let iface = zone::exit(packet.src, packet.iface);
    Outbound {
        // RFC 1122 §3.2.2.6: from the address that was asked; to many were asked, from the
        // interface's.
        src: to_one.then_some(packet.dst),
        dst: packet.src,
        protocol: reply.protocol(),
        ttl: None,
        traffic_class: packet.traffic_class,
        discover: Discover::Dont,
        iface,
        longest: None,
        options,
        frame,
    }
}

/// Routes and times that the request recorded (RFC 1122 §3.2.2.6), and this host in them.
fn reflected(now: Instant, packet: &Packet) -> Option<Arc<IpOptions>> {
    let IpAddr::V4(own) = packet.dst else {
        return None;
    };
    let is_ours = |addr| addr == own;
    let stamp = Stamp {
        own,
        now,
        is_ours: &is_ours,
    };
    let to_one = packet.cast == Cast::Unicast && !packet.options().is_empty();
    let came = IpOptions::received(packet.options(), stamp).filter(|_| to_one)?;
    let echo = came.echo();
    (!echo.as_bytes().is_empty()).then(|| Arc::new(echo))
}

/// Bytes of the quoted packet in which its headers are looked for.
const QUOTED_HEADERS: usize = 576;

/// What the message quotes of the packet that died.
fn quoted(message: IcmpMessage, mut packet: Packet) -> Result<IcmpError, DropReason> {
    let v6 = packet.src.is_ipv6();
    let have = packet.frame.len();
    let front = packet.frame.contiguous(have.min(QUOTED_HEADERS));
    let (header, header_len) = Header::parse_quoted(v6, front)?;
    let len = header_len + header.payload_len();
    let (protocol, extensions, later) = if v6 {
        transport_of(header.protocol(), &front[header_len..]).ok_or(DropReason::IcmpForNobody)?
    } else {
        (header.protocol(), 0, header.is_later_fragment())
    };
    // A later fragment has no transport header.
    if later {
        return Err(DropReason::IcmpForNobody);
    }
    let (from, iface) = (packet.src, packet.iface);
    packet.frame.pull(header_len + extensions);
    let mut transport = ArrayVec::from([0; 24]);
    let have = packet.frame.copy_to(&mut transport);
    transport.truncate(have);
    // RFC 792: 64 bits of it at least.
    if have < 8 {
        return Err(Malformed::Truncated {
            layer: if v6 { Layer::Icmpv6 } else { Layer::Icmpv4 },
            need: 8,
            have,
        }
        .into());
    }
    Ok(IcmpError {
        from,
        iface,
        message,
        src: header.src(),
        dst: header.dst(),
        protocol,
        len,
        transport,
        hops: packet.hops(),
        traffic_class: packet.traffic_class,
        quoted: packet.frame.into_payload(),
    })
}
