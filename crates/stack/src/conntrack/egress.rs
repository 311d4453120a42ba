//! A packet has passed everything and leaves, by a cable or to a socket: from whom? What it begins is
//! entered.

use core::net::{IpAddr, SocketAddrV4};

use base::Frame;
use wire::Protocol;

use super::ingress::Env;
use super::rewrite::{self, Side};
use super::{Conntrack, peers};
use crate::flow::{self, ConnectionState, Passage, Said};
use crate::interface::InterfaceId;
use crate::ip_header::Header;
use crate::verdict::DropReason;

/// Where a packet came from and where it goes; `None` for a socket of this host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Between {
    pub(crate) from: Option<InterfaceId>,
    pub(crate) to: Option<InterfaceId>,
}

/// Gives a packet the source that it is to have, and enters the conversation that it begins. True where
/// its source became another.
///
/// # Errors
///
/// [`DropReason::NatOutsideIn`], [`DropReason::NatNoFlow`], [`DropReason::NatProtocol`],
/// [`DropReason::NatNoAddress`], [`DropReason::NatPortsExhausted`], [`DropReason::NatHostLimit`],
/// [`DropReason::ConntrackFull`], [`DropReason::ConntrackSourceLimit`],
/// [`DropReason::ConntrackClash`].
pub(crate) fn leave(
    tracking: &mut Conntrack,
    env: &mut Env<'_>,
    between: Between,
    (header, header_len): (&Header, usize),
    passage: &Passage,
    frame: &mut Frame,
    bound: impl Fn(Protocol, u16) -> bool,
) -> Result<bool, DropReason> {
    refuse_outside_in(tracking, between, header, passage)?;
    match (passage.said, passage.flow) {
        (Said::Died(_), Some(known)) => {
            return Ok(readdress(
                tracking,
                known,
                between,
                (header, header_len),
                frame,
            ));
        }
        (Said::Speech(..), Some((slot, direction))) => {
            let flow = tracking.flows.get(slot);
            let leaves = flow.map(|flow| flow.leaves_as(direction).source());
            let tuple = passage.tuple();
            if let (Some((IpAddr::V4(src), port)), Some(tuple)) = (leaves, tuple)
                && (IpAddr::V4(src), port) != tuple.source()
            {
                let to = SocketAddrV4::new(src, port);
                rewrite::rewrite(frame, passage.transport, Side::Source, to);
                return Ok(true);
            }
            return Ok(false);
        }
        (Said::Speech(..), None) if passage.state != ConnectionState::Invalid => {}
        (Said::Link | Said::Nothing | Said::Died(_) | Said::Speech(..), _) => {
            return refuse_inside_out(tracking, between, header).map(|()| false);
        }
    }
    begin(tracking, env, between, passage, frame, bound)
}

/// The first packet of a conversation.
fn begin(
    tracking: &mut Conntrack,
    env: &mut Env<'_>,
    between: Between,
    passage: &Passage,
    frame: &mut Frame,
    bound: impl Fn(Protocol, u16) -> bool,
) -> Result<bool, DropReason> {
    let (Said::Speech(came, segment), Some(now)) = (passage.said, passage.tuple()) else {
        return Ok(false);
    };
    if passage.to_many {
        return Ok(false);
    }
    let Conntrack { flows, nat, .. } = tracking;
    let mut source = None;
    if let Some(nat) = nat {
        let outside = Some(nat.config.outside);
        let hairpin = passage.mapping.is_some() && between.from != outside;
        if between.to.is_some() && (between.to == outside || hairpin) {
            source = nat.outward(&now, bound)?;
        }
    }
    let mut leaves = now;
    if let Some((_, end)) = source {
        (leaves.src, leaves.src_port) = (IpAddr::V4(*end.ip()), end.port());
    }
    let tuples = [came, leaves.reversed()];
    let mappings = [source.map(|(slot, _)| slot), passage.mapping];
    let entered = flows.begin(
        env.timers,
        env.settings,
        env.now,
        tuples,
        mappings,
        segment.as_ref(),
    );
    if let Some(nat) = nat {
        match &entered {
            Ok(_) => {
                for (mapping, peer) in mappings.iter().zip(peers(&tuples)) {
                    if let (Some(slot), IpAddr::V4(peer)) = (mapping, peer) {
                        nat.mappings.hold(*slot, peer);
                    }
                }
            }
            Err(_) => mappings
                .iter()
                .flatten()
                .for_each(|slot| nat.mappings.drop_unused(*slot)),
        }
    }
    if let Some(gone) = entered? {
        tracking.release(&gone);
    }
    match source {
        Some((_, end)) if (IpAddr::V4(*end.ip()), end.port()) != now.source() => {
            rewrite::rewrite(frame, passage.transport, Side::Source, end);
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// What comes from outside goes inside by a mapping or not at all: nobody outside knows an inside
/// address.
fn refuse_outside_in(
    tracking: &Conntrack,
    between: Between,
    header: &Header,
    passage: &Passage,
) -> Result<(), DropReason> {
    let (Some(nat), IpAddr::V4(dst)) = (&tracking.nat, header.dst()) else {
        return Ok(());
    };
    let through = between.from == Some(nat.config.outside) && between.to.is_some();
    let known = passage.flow.is_some() || passage.mapping.is_some();
    if through && !known && nat.translates(dst) {
        return Err(DropReason::NatOutsideIn);
    }
    Ok(())
}

/// What cannot be translated does not show an inside address outside.
fn refuse_inside_out(
    tracking: &Conntrack,
    between: Between,
    header: &Header,
) -> Result<(), DropReason> {
    let (Some(nat), IpAddr::V4(src)) = (&tracking.nat, header.src()) else {
        return Ok(());
    };
    let out = between.to == Some(nat.config.outside);
    let shown = nat.is_outside_address(header.src()) || src.is_unspecified();
    if out && !shown && nat.translates(src) {
        return Err(DropReason::NatNoFlow);
    }
    Ok(())
}

/// An ICMP error about a packet of a conversation comes from whom the other side knows (RFC 5508
/// REQ-5, REQ-6): an address behind this host is not shown.
fn readdress(
    tracking: &Conntrack,
    (slot, direction): (u32, usize),
    between: Between,
    (header, header_len): (&Header, usize),
    frame: &mut Frame,
) -> bool {
    let Some(flow) = tracking.flows.get(slot).filter(|_| between.to.is_some()) else {
        return false;
    };
    let (inside, shown) = (flow.tuples[direction].src, flow.leaves_as(direction).src);
    let IpAddr::V4(shown) = shown else {
        return false;
    };
    if inside == IpAddr::V4(shown) || header.src() == IpAddr::V4(shown) {
        return false;
    }
    rewrite::readdress(frame, header_len, Side::Source, shown);
    true
}

/// Makes a packet what it was when it came here, for its sender to know it again. `passage` is of the
/// same packet, and it has not left.
pub(crate) fn restore(passage: &Passage, frame: &mut Frame) {
    if let (Some(_), Said::Speech(came, _)) = (passage.now_for, passage.said)
        && let IpAddr::V4(addr) = came.dst
    {
        let was = SocketAddrV4::new(addr, came.dst_port);
        rewrite::rewrite(frame, passage.transport, Side::Destination, was);
    }
}

/// Makes a packet that left what it was when it came here. False where nothing was translated.
pub(crate) fn original(tracking: &Conntrack, frame: &mut Frame) -> bool {
    let ethertype = crate::ip_header::ethertype_of(frame);
    let Ok((header, header_len)) = Header::parse(ethertype, frame) else {
        return false;
    };
    let (Said::Speech(tuple, _), transport) = flow::read(frame, &header, header_len) else {
        return false;
    };
    let found = tracking.flows.find(&tuple.reversed());
    let flow = found.and_then(|(slot, direction)| Some((tracking.flows.get(slot)?, direction)));
    let Some((flow, direction)) = flow else {
        return false;
    };
    let came = flow.tuples[1 - direction];
    let (IpAddr::V4(src), IpAddr::V4(dst)) = (came.src, came.dst) else {
        return false;
    };
    if came == tuple {
        return false;
    }
    let from = SocketAddrV4::new(src, came.src_port);
    let to = SocketAddrV4::new(dst, came.dst_port);
    rewrite::rewrite(frame, transport, Side::Source, from);
    rewrite::rewrite(frame, transport, Side::Destination, to);
    true
}

/// Gives a datagram whose source became another, and that may be cut on its way, another
/// identification; `draw` makes one.
pub(crate) fn renumber(frame: &mut Frame, header_len: usize, draw: impl FnOnce() -> u16) {
    rewrite::renumber(frame, header_len, draw);
}
