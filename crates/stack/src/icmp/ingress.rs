//! An ICMP message came.

use core::net::IpAddr;

use arrayvec::ArrayVec;
use base::{ChecksumState, Frame, Payload};
use wire::checksum::{self, Checksum};
use wire::icmpv4::{CHECKSUM_OFFSET, HEADER_LEN, Message};
use wire::{Layer, Malformed, Protocol, ipv4, offload};

use crate::packet::{Cast, IcmpError, Outbound, Packet, Reply};
use crate::sysctl::Sysctls;
use crate::verdict::{DropReason, Stop, Verdict};

/// What a message means for a socket of ours.
#[derive(Debug)]
pub(crate) enum News {
    /// A packet that one of our sockets sent died.
    Error(IcmpError),
    /// Somebody answered our ping.
    EchoReply {
        /// Who.
        from: IpAddr,
        /// Which of ours was asked.
        to: IpAddr,
        /// Whose ping.
        ident: u16,
        /// Which one.
        seq: u16,
        /// What we sent along.
        data: Payload,
    },
}

/// Answers an echo request, and finds out whom an answer or an error concerns.
pub(crate) fn receive(sysctls: &Sysctls, mut packet: Packet) -> Verdict<News> {
    offload::finish_checksum(&mut packet.frame);
    if !sum_is_right(&packet.frame) {
        return Err(DropReason::BadChecksum(Layer::Icmpv4).into());
    }
    let (message, header_len) = Message::parse(packet.frame.contiguous(HEADER_LEN))?;
    match message {
        Message::EchoRequest { ident, seq } => {
            may_answer(sysctls, &packet)?;
            let reply = Message::EchoReply { ident, seq };
            Err(Stop::reply(Reply::Ip(echo(reply, packet)), None))
        }
        Message::EchoReply { ident, seq } => {
            packet.frame.pull(header_len);
            Ok(News::EchoReply {
                from: packet.src,
                to: packet.dst,
                ident,
                seq,
                data: packet.frame.into_payload(),
            })
        }
        // RFC 1122 §3.2.2: nobody may complain about what was sent to many.
        _ if message.is_error() && packet.cast != Cast::Unicast => {
            Err(DropReason::IcmpNotUnicast.into())
        }
        Message::DestinationUnreachable(_)
        | Message::TtlExceeded
        | Message::ReassemblyTimeExceeded
        | Message::ParameterProblem { .. } => {
            packet.frame.pull(header_len);
            Ok(News::Error(quoted(message, packet)?))
        }
        Message::Other { .. } => Err(DropReason::UnknownIcmp.into()),
    }
}

/// Bytes that never left memory, and those that a device vouches for, are not summed again.
fn sum_is_right(frame: &Frame) -> bool {
    frame.checksum != ChecksumState::Unverified || {
        let mut sum = Checksum::new();
        sum.add_frame(frame);
        sum.finish() == 0
    }
}

fn may_answer(sysctls: &Sysctls, packet: &Packet) -> Result<(), DropReason> {
    if sysctls.icmp_echo_ignore_all {
        return Err(DropReason::IcmpEchoIgnored);
    }
    // RFC 1122 §3.2.2.6 leaves it open; a whole network that answers drowns the one in whose name
    // it was asked.
    if sysctls.icmp_echo_ignore_broadcasts && packet.cast != Cast::Unicast {
        return Err(DropReason::IcmpBroadcastEcho);
    }
    Ok(())
}

/// RFC 792: addresses swapped, type changed, the rest as it came.
fn echo(reply: Message, packet: Packet) -> Outbound {
    let mut frame = packet.frame;
    let mut old = [0; HEADER_LEN];
    frame.copy_to(&mut old);
    let word = |bytes: &[u8], at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
    frame.pull(HEADER_LEN);
    let header = frame.push_header(HEADER_LEN);
    reply.emit(header);
    // Only the type differs, and the sum follows it (RFC 1624).
    let sum = checksum::update(word(&old, CHECKSUM_OFFSET), word(&old, 0), word(header, 0));
    header[CHECKSUM_OFFSET..CHECKSUM_OFFSET + 2].copy_from_slice(&sum.to_be_bytes());
    if sum == 0 {
        // Nothing but zeros sums up to the other zero, which no difference leads to.
        let mut whole = Checksum::new();
        whole.add_frame(&frame);
        let written = frame.overwrite(CHECKSUM_OFFSET, &whole.finish().to_be_bytes());
        debug_assert!(written, "the header was pushed above");
    }
    frame.checksum = ChecksumState::Unverified;
    Outbound {
        // RFC 1122 §3.2.2.6: from the address that was asked; to many were asked, from the
        // interface's.
        src: (packet.cast == Cast::Unicast).then_some(packet.dst),
        dst: packet.src,
        protocol: Protocol::ICMP,
        ttl: None,
        traffic_class: packet.traffic_class,
        dont_fragment: false,
        iface: None,
        frame,
    }
}

/// What the message quotes of the packet that died.
fn quoted(message: Message, mut packet: Packet) -> Result<IcmpError, DropReason> {
    let front = packet
        .frame
        .contiguous(ipv4::MIN_HEADER_LEN + ipv4::MAX_OPTIONS_LEN);
    let (header, header_len) = ipv4::Header::parse_quoted(front)?;
    // A later fragment has no transport header.
    if header.fragment_offset != 0 {
        return Err(DropReason::IcmpForNobody);
    }
    let (from, len) = (packet.src, header_len + header.payload_len);
    packet.frame.pull(header_len);
    let mut transport = ArrayVec::from([0; 24]);
    let have = packet.frame.copy_to(&mut transport);
    transport.truncate(have);
    // RFC 792: 64 bits of it at least.
    if have < 8 {
        return Err(Malformed::Truncated {
            layer: Layer::Icmpv4,
            need: 8,
            have,
        }
        .into());
    }
    Ok(IcmpError {
        from,
        message,
        src: header.src.into(),
        dst: header.dst.into(),
        protocol: header.protocol,
        len,
        transport,
    })
}
