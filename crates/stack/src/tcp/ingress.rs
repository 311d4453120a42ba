//! A segment came.

use base::{Frame, Instant, Payload};
use wire::checksum::transport_ok;
use wire::tcp::{Control, Flags, Header, MIN_HEADER_LEN, SeqNumber};
use wire::{Layer, Protocol};
use wire::{icmpv4, icmpv6};

use super::flow::{End, Flow};
use super::listener::{Outcome, Place};
use super::row::{Role, Row};
use super::small::Kept;
use super::{Env, Tcp, egress};
use crate::icmp_message::IcmpMessage;
use crate::interface::Interface;
use crate::packet::{Cast, IcmpError, Lead, Reply};
use crate::socket::Errno;
use crate::verdict::{DropReason, Stop, Verdict};

/// Bytes that the errors of one stream may cost.
const ERRORS: u32 = 65_536;

/// Finds the connection or the listener and hands the segment over.
pub(crate) fn receive(
    tcp: &mut Tcp,
    mut env: Env<'_>,
    interface: &Interface,
    lead: Lead,
    frame: &mut Frame,
) -> Verdict<()> {
    // RFC 9293 §3.9.2.3 (MUST-57): nothing is said to several at once.
    if lead.cast != Cast::Unicast || !is_peer(lead.src) {
        return Err(DropReason::TcpNotUnicast.into());
    }
    // As much as the header says it is and no more: the frame's data is not to be copied.
    let fixed = frame.contiguous(MIN_HEADER_LEN);
    let len = fixed
        .get(12)
        .map_or(0, |offset| usize::from(offset >> 4) * 4);
    if fixed.len() < len {
        frame.contiguous(len);
    }
    let (header, len) = Header::parse(frame.prefix())?;
    if !transport_ok(frame, lead.src, lead.dst, Protocol::TCP) {
        return Err(DropReason::BadChecksum(Layer::Tcp).into());
    }
    frame.pull(len);
    let flow = Flow {
        local: End::at(lead.dst, header.dst_port, lead.iface),
        remote: End::at(lead.src, header.src_port, lead.iface),
    };
    let payload = frame.take_payload();
    let place = Place {
        interface,
        hops: lead.hops,
        marks: lead.traffic_class & 3,
        successor: None,
    };
    tcp.progress = false;
    let (reply, reason) = tcp.on_segment(&mut env, flow, &header.control, payload, place);
    match (reply, reason) {
        (None, None) => Ok(()),
        (None, Some(reason)) => Err(reason.into()),
        (Some(control), reason) => {
            let outbound = egress::answer(env.sysctls, &flow, control);
            Err(Stop::reply(Reply::Ip(outbound), reason))
        }
    }
}

impl Tcp {
    /// Whether the segment that was handed in last acknowledged something new, so that the way to
    /// its sender works.
    pub(crate) const fn has_progressed(&self) -> bool {
        self.progress
    }
}

/// Whether a connection can be with this address at all.
fn is_peer(addr: core::net::IpAddr) -> bool {
    !addr.is_multicast() && !addr.is_unspecified()
}

/// A segment of ours died on its way.
pub(crate) fn icmp_error(tcp: &mut Tcp, mut env: Env<'_>, error: &IcmpError) -> Verdict<()> {
    let &[a, b, c, d, e, f, g, h, ..] = error.transport.as_slice() else {
        return Err(DropReason::Truncated(Layer::Tcp).into());
    };
    let flow = Flow {
        local: End::at(error.src, u16::from_be_bytes([a, b]), error.iface),
        remote: End::at(error.dst, u16::from_be_bytes([c, d]), error.iface),
    };
    let seq = SeqNumber(u32::from_be_bytes([e, f, g, h]));
    let kept = tcp.find(&flow).ok_or(DropReason::IcmpForNobody)?;
    let icmp = meaning(&error.message).ok_or(DropReason::UnknownIcmp)?;
    let slot = match kept {
        Kept::Row(slot) => slot,
        Kept::Caller(slot) => return icmp_for_caller(tcp, &mut env, slot, seq, icmp),
        // A connection in TIME-WAIT takes no word from strangers.
        Kept::Rest(_) => return Err(DropReason::IcmpForNobody.into()),
    };
    let row = tcp.rows.get_mut(slot).ok_or(DropReason::IcmpForNobody)?;
    // Whoever hears nothing from afar is told nothing from there either (RFC 5082 §3).
    if let Some(reason) = row.common.refuses(error.from, error.hops, error.iface) {
        return Err(reason.into());
    }
    row.common.may_teach(error)?;
    let connection = row.connection().ok_or(DropReason::IcmpForNobody)?;
    let calling = connection.state() == ::tcp::State::SynSent;
    let arrival = connection.on_icmp(env.now, &env.sysctls.tcp, seq, icmp);
    let believed = arrival.dropped.is_none();
    if believed && let Some((errno, _)) = Errno::from_icmp(&error.message) {
        let row = tcp.rows.get_mut(slot).ok_or(DropReason::IcmpForNobody)?;
        row.hear_of_error(env.now, error, errno, calling);
        if row.common.has_error() {
            tcp.announce(slot);
        }
    }
    tcp.review(&mut env, slot, arrival.events);
    arrival
        .dropped
        .map_or(Ok(()), |reason| Err(DropReason::Tcp(reason).into()))
}

/// Word of the SYN-ACK of one that is half-way in.
fn icmp_for_caller(
    tcp: &mut Tcp,
    env: &mut Env<'_>,
    slot: u32,
    seq: SeqNumber,
    icmp: ::tcp::Icmp,
) -> Verdict<()> {
    use ::tcp::Icmp::{HostUnreachable, NetUnreachable, Undeliverable};
    let caller = tcp.callers.get(slot).ok_or(DropReason::IcmpForNobody)?;
    if seq != caller.half_open.iss() {
        return Err(DropReason::Tcp(::tcp::DropReason::IcmpOutOfFlight).into());
    }
    // Whoever is out of reach will not complete the handshake. No program is told, since none has
    // heard of the caller.
    if matches!(icmp, HostUnreachable | NetUnreachable | Undeliverable) {
        tcp.forget_caller(env, slot);
    }
    Ok(())
}

/// Whether a connection of ours sends what ICMP speaks of.
pub(crate) fn knows(tcp: &Tcp, error: &IcmpError) -> bool {
    let &[a, b, c, d, ..] = error.transport.as_slice() else {
        return false;
    };
    let flow = Flow {
        local: End::at(error.src, u16::from_be_bytes([a, b]), error.iface),
        remote: End::at(error.dst, u16::from_be_bytes([c, d]), error.iface),
    };
    tcp.find(&flow).is_some()
}

/// What an ICMP error means to TCP (RFC 9293 §3.9.2.2).
fn meaning(message: &IcmpMessage) -> Option<::tcp::Icmp> {
    match message {
        IcmpMessage::V4(message) => meaning_v4(message),
        IcmpMessage::V6(message) => meaning_v6(message),
    }
}

fn meaning_v6(message: &icmpv6::Message) -> Option<::tcp::Icmp> {
    use ::tcp::Icmp;
    use icmpv6::{Message, Unreachable};
    Some(match *message {
        Message::DestinationUnreachable(why) => match why {
            Unreachable::NoRoute => Icmp::NetUnreachable,
            Unreachable::Port => Icmp::PortUnreachable,
            _ => Icmp::HostUnreachable,
        },
        Message::PacketTooBig { mtu } => Icmp::FragmentationNeeded {
            mss: u16::try_from(mtu.saturating_sub(60)).unwrap_or(u16::MAX),
        },
        Message::ParameterProblem {
            problem: icmpv6::Problem::UnknownNextHeader,
            ..
        } => Icmp::ProtocolUnreachable,
        Message::HopLimitExceeded
        | Message::ReassemblyTimeExceeded
        | Message::ParameterProblem { .. } => Icmp::Undeliverable,
        Message::EchoRequest { .. } | Message::EchoReply { .. } | Message::Other { .. } => {
            return None;
        }
    })
}

fn meaning_v4(message: &icmpv4::Message) -> Option<::tcp::Icmp> {
    use ::tcp::Icmp;
    use icmpv4::{Message, Unreachable};
    Some(match *message {
        Message::DestinationUnreachable(why) => match why {
            Unreachable::Net | Unreachable::Other(6 | 9 | 11) => Icmp::NetUnreachable,
            Unreachable::Host | Unreachable::SourceRoute | Unreachable::Other(_) => {
                Icmp::HostUnreachable
            }
            Unreachable::Protocol => Icmp::ProtocolUnreachable,
            Unreachable::Port => Icmp::PortUnreachable,
            Unreachable::FragmentationNeeded { next_hop_mtu } => Icmp::FragmentationNeeded {
                mss: next_hop_mtu.saturating_sub(40),
            },
        },
        Message::TtlExceeded
        | Message::ReassemblyTimeExceeded
        | Message::ParameterProblem { .. } => Icmp::Undeliverable,
        Message::EchoRequest { .. }
        | Message::EchoReply { .. }
        | Message::Redirect { .. }
        | Message::Other { .. } => return None,
    })
}

impl Row {
    /// Keeps word of a segment that died for `MSG_ERRQUEUE`. As Linux's `tcp_v4_err` has it: that of
    /// a call whether asked for or not, and of a connection where asked for, which is then its
    /// error at once.
    fn hear_of_error(&mut self, now: Instant, error: &IcmpError, errno: Errno, calling: bool) {
        let asked = self.common.queues_errors(error.dst);
        if calling {
            let to = self.flow().remote.into();
            // The whole segment waits, its header included.
            let failure = error.failure(now, errno, (to, 0));
            self.common.queue_error(failure, ERRORS);
        } else if asked && error.message.mtu().is_none() {
            self.common.error = Some(errno);
        }
    }
}

impl Tcp {
    fn on_segment(
        &mut self,
        env: &mut Env<'_>,
        flow: Flow,
        control: &Control,
        payload: Payload,
        place: Place<'_>,
    ) -> Outcome {
        let slot = match self.find_again(&flow) {
            Some(Kept::Row(slot)) => {
                self.recent = slot;
                slot
            }
            Some(Kept::Caller(slot)) => {
                return self.on_half_open(env, slot, control, payload, place);
            }
            Some(Kept::Rest(slot)) => {
                return self.on_time_wait(env, slot, control, &payload, place);
            }
            None => return self.on_stranger(env, flow, control, &payload, place),
        };
        let Some(row) = self.rows.get_mut(slot) else {
            return (None, None);
        };
        let iface = place.interface.id;
        if let Some(reason) = row.common.refuses(flow.remote.addr, place.hops, iface) {
            return (None, Some(reason));
        }
        match &mut row.role {
            Role::Connection(connection) => {
                let arrival = connection.on_marked_segment(
                    env.now,
                    &env.sysctls.tcp,
                    control,
                    payload,
                    env.mark,
                );
                self.progress = arrival.progress;
                self.review(env, slot, arrival.events);
                let is_ack = |reply: &Control| !reply.flags.contains(Flags::RST);
                if arrival.reply.as_ref().is_some_and(is_ack)
                    && !self.challenges.allow(env.now, env.sysctls)
                {
                    // RFC 5961 §7.
                    let reason = ::tcp::DropReason::RateLimited;
                    return (None, Some(DropReason::Tcp(reason)));
                }
                (arrival.reply, arrival.dropped.map(DropReason::Tcp))
            }
            Role::Fresh(_) | Role::Listener(_) => (None, None),
        }
    }

    /// A segment of no connection: a listener's, or nobody's (RFC 9293 §3.10.7.1).
    pub(super) fn on_stranger(
        &mut self,
        env: &mut Env<'_>,
        flow: Flow,
        control: &Control,
        payload: &Payload,
        place: Place<'_>,
    ) -> Outcome {
        let listener = self.listener_for(&flow, place.interface.id);
        let row = listener.and_then(|slot| self.rows.get(slot));
        let iface = place.interface.id;
        let refuses = |row: &Row| row.common.refuses(flow.remote.addr, place.hops, iface);
        if let Some(reason) = row.and_then(refuses) {
            return (None, Some(reason));
        }
        match listener {
            Some(slot) => self.on_call(env, slot, flow, control, payload, place),
            None => {
                let reset = ::tcp::reset_for(control, payload.len());
                (reset, Some(DropReason::TcpPortUnreachable))
            }
        }
    }
}
