//! A packet came, from a cable or from a socket: whose is it, and for whom?

use core::net::{IpAddr, SocketAddrV4};

use base::{Frame, Instant};
use wire::Protocol;
use wire::tcp::Flags;

use super::Conntrack;
use super::nat::Inward;
use super::rewrite::{self, Side};
use super::tcp::Connection;
use crate::flow::{self, ConnectionState, Passage, Said, Segment, Tuple};
use crate::interface::{Interface, InterfaceId};
use crate::ip_header::Header;
use crate::sysctl::Conntrack as Settings;
use crate::timer::{TimerKey, Wheel};
use crate::verdict::DropReason;

/// What connection tracking needs of its surroundings.
#[derive(Debug)]
pub(crate) struct Env<'a> {
    pub(crate) now: Instant,
    pub(crate) settings: &'a Settings,
    pub(crate) timers: &'a mut Wheel<TimerKey>,
    pub(crate) interfaces: &'a [Interface],
}

/// Looks a packet up, and gives it the destination that it is really for: the frame's and `header`'s.
/// `from` is where it came in, `None` for one of this host's own. `bound` says which ports this host's
/// sockets have.
///
/// # Errors
///
/// [`DropReason::NatNoMapping`], [`DropReason::NatFiltered`], [`DropReason::NatNoFlow`].
pub(crate) fn look(
    tracking: &mut Conntrack,
    env: &mut Env<'_>,
    from: Option<InterfaceId>,
    (header, header_len): (&mut Header, usize),
    frame: &mut Frame,
    bound: impl Fn(Protocol, u16) -> bool,
) -> Result<Passage, DropReason> {
    if tracking
        .nat
        .as_mut()
        .is_some_and(|nat| nat.look(env.interfaces))
    {
        tracking.forget_translated(env.timers);
    }
    let (said, transport) = flow::read(frame, header, header_len);
    let mut passage = Passage {
        said,
        state: ConnectionState::New,
        flow: None,
        now_for: None,
        to_many: is_to_many(header),
        mapping: None,
        by_forward: false,
        transport,
    };
    match said {
        Said::Link | Said::Nothing => passage.state = ConnectionState::Invalid,
        // What went to many is no conversation.
        Said::Speech(..) if passage.to_many => {}
        Said::Died(tuple) => reported(tracking, tuple, &mut passage, (header, header_len), frame),
        Said::Speech(tuple, segment) => match tracking.flows.find(&tuple) {
            Some(known) => {
                let segment = segment.as_ref();
                let Env {
                    timers,
                    settings,
                    now,
                    ..
                } = env;
                passage.flow = Some(known);
                let real = tracking.flows.heard(timers, settings, *now, known, segment);
                let Some(flow) = tracking.flows.get(known.0) else {
                    return Ok(passage);
                };
                passage.state = match (real, flow.replied) {
                    (false, _) => ConnectionState::Invalid,
                    (true, true) => ConnectionState::Established,
                    (true, false) => ConnectionState::New,
                };
                let (dst, port) = flow.leaves_as(known.1).destination();
                if (dst, port) != tuple.destination()
                    && let IpAddr::V4(dst) = dst
                {
                    let to = SocketAddrV4::new(dst, port);
                    redirect(&mut passage, to, header, frame);
                }
            }
            None => first(
                tracking,
                env.settings,
                from,
                (&tuple, segment.as_ref()),
                &mut passage,
                (header, frame),
                bound,
            )?,
        },
    }
    Ok(passage)
}

/// A packet of no conversation that is known.
fn first(
    tracking: &mut Conntrack,
    settings: &Settings,
    from: Option<InterfaceId>,
    (tuple, segment): (&Tuple, Option<&Segment>),
    passage: &mut Passage,
    (header, frame): (&mut Header, &mut Frame),
    bound: impl Fn(Protocol, u16) -> bool,
) -> Result<(), DropReason> {
    let begins = match segment {
        Some(segment) => Connection::may_begin(segment, settings.tcp_loose),
        // An answer that nobody asked for.
        None => !is_answer(tuple),
    };
    if !begins {
        passage.state = ConnectionState::Invalid;
    }
    let Some((nat, iface)) = tracking.nat.as_ref().zip(from) else {
        return Ok(());
    };
    if !nat.is_outside_address(tuple.dst) {
        return Ok(());
    }
    let Inward::To(slot, mapping) = nat.inward(tuple, iface, bound)? else {
        return Ok(());
    };
    // Only a port forward may be taken up in the middle of a connection: any other mapping's host
    // speaks first.
    let syn = segment.is_none_or(|segment| segment.flags.contains(Flags::SYN));
    if !begins || (!syn && !mapping.fixed) {
        return Err(DropReason::NatNoFlow);
    }
    passage.mapping = Some(slot);
    passage.by_forward = mapping.fixed;
    redirect(passage, mapping.host(), header, frame);
    Ok(())
}

fn is_answer(tuple: &Tuple) -> bool {
    let echo = matches!(tuple.protocol, Protocol::ICMP | Protocol::ICMPV6);
    // The identifier is at the side of who asked; of one who asks with 0 nothing can be told.
    echo && tuple.src_port == 0 && tuple.dst_port != 0
}

/// Whether it is from or to nobody in particular.
fn is_to_many(header: &Header) -> bool {
    let all = |addr: IpAddr| addr == IpAddr::V4(core::net::Ipv4Addr::BROADCAST);
    let (src, dst) = (header.src(), header.dst());
    dst.is_multicast() || all(dst) || src.is_unspecified() || src.is_multicast()
}

/// Gives a packet another destination.
fn redirect(passage: &mut Passage, to: SocketAddrV4, header: &mut Header, frame: &mut Frame) {
    passage.now_for = Some(to);
    rewrite::rewrite(frame, passage.transport, Side::Destination, to);
    if let Header::V4(header) = header {
        header.dst = *to.ip();
    }
}

/// Word of a packet that died. Whoever sent that must know it again: it is quoted as it was when it
/// came here (RFC 5508 §4.2).
fn reported(
    tracking: &Conntrack,
    died: Tuple,
    passage: &mut Passage,
    (header, header_len): (&mut Header, usize),
    frame: &mut Frame,
) {
    let answer = tracking.flows.find(&died.reversed());
    let flow = answer.and_then(|(slot, _)| tracking.flows.get(slot));
    let (Some((slot, direction)), Some(flow)) = (answer, flow) else {
        // About what this host refused before it was entered, or passed on as it came.
        passage.state = match tracking.flows.find(&died) {
            Some(_) => ConnectionState::Related,
            None => ConnectionState::Invalid,
        };
        return;
    };
    // RFC 5508 REQ-4, for what is not for the sender of what died.
    if header.dst() != died.src {
        passage.state = ConnectionState::Invalid;
        return;
    }
    passage.state = ConnectionState::Related;
    passage.flow = Some((slot, direction));
    let original = flow.leaves_as(direction).reversed();
    let (IpAddr::V4(src), IpAddr::V4(dst)) = (original.src, original.dst) else {
        return;
    };
    if original == died {
        return;
    }
    let from = SocketAddrV4::new(src, original.src_port);
    let to = SocketAddrV4::new(dst, original.dst_port);
    rewrite::requote(frame, passage.transport.0, from, to);
    if header.dst() != original.src {
        rewrite::readdress(frame, header_len, Side::Destination, src);
        if let Header::V4(header) = header {
            header.dst = src;
        }
    }
}
