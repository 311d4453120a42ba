//! Listeners: who calls, who is half-way in, who waits to be accepted.

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use base::{Instant, Payload};
use tcp::{HalfOpen, HalfOpenOutcome, Listen, SocketOptions, SynCookies};
use wire::tcp::{Control, Flags, SeqNumber};

use super::fast_open::{Judged, Opening};
use super::flow::Flow;
use super::row::{Marks, Role, Row};
use super::{Env, Tcp};
use crate::interface::Interface;
use crate::socket::common::Flags as SocketFlags;
use crate::verdict::DropReason;

/// A socket that waits for callers.
#[derive(Debug)]
pub(super) struct Listener {
    /// Tells this listening from an earlier one at the same slot, whose callers are not its own.
    pub(super) serial: u32,
    /// What its connections inherit.
    pub(super) options: SocketOptions,
    /// How many may wait to be accepted: `min(backlog, somaxconn)`, and one more, as in Linux.
    pub(super) backlog: u32,
    /// Connections that wait to be accepted, by slot.
    pub(super) queue: VecDeque<u32>,
    /// Connections whose handshake is under way.
    pub(super) half_open: u32,
    /// Those that are opening fast (RFC 7413).
    pub(super) opening: Opening,
    /// When the last SYN was answered by a cookie.
    pub(super) cookie_sent: Option<Instant>,
}

impl Listener {
    pub(super) fn is_full(&self) -> bool {
        self.queue.len() > self.backlog as usize
    }
}

/// What an accepted socket has from its listener.
const INHERITED: SocketFlags = SocketFlags::REUSE_ADDR
    .union(SocketFlags::REUSE_PORT)
    .union(SocketFlags::KEEP_ALIVE)
    .union(SocketFlags::INET6)
    .union(SocketFlags::V6ONLY)
    .union(SocketFlags::OOB_INLINE);

/// What becomes of a segment: an answer, and why it was not used.
pub(super) type Outcome = (Option<Control>, Option<DropReason>);

/// Where a SYN came in.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) interface: &'a Interface,
    /// The ECN bits of its IP header.
    pub(super) marks: u8,
    /// The ISN, when it takes over from a connection in TIME_WAIT.
    pub(super) successor: Option<SeqNumber>,
}

impl Tcp {
    pub(super) fn listener(&mut self, (slot, serial): (u32, u32)) -> Option<&mut Listener> {
        match &mut self.rows.get_mut(slot)?.role {
            Role::Listener(listener) if listener.serial == serial => Some(listener),
            _ => None,
        }
    }

    pub(super) fn half_open_gone(&mut self, listener: (u32, u32)) {
        if let Some(listener) = self.listener(listener) {
            listener.half_open -= 1;
        }
    }

    /// A segment for a listener.
    pub(super) fn on_call(
        &mut self,
        env: &mut Env<'_>,
        slot: u32,
        flow: Flow,
        control: &Control,
        payload: &Payload,
        place: Place<'_>,
    ) -> Outcome {
        if let Some(outcome) = self.on_cookie(env, slot, flow, control, payload, place) {
            return outcome;
        }
        match ::tcp::listen(control, payload.len()) {
            Listen::Reply(reset) => return (Some(reset), Some(DropReason::TcpPortUnreachable)),
            Listen::Drop(reason) => return (None, Some(DropReason::Tcp(reason))),
            Listen::Open => {}
        }
        let cookies = env.sysctls.tcp_syncookies;
        let Some(listener) = self.listener_at(slot) else {
            return (None, None);
        };
        // Who takes over from a connection in TIME_WAIT is evidently there.
        let crowded = listener.half_open > listener.backlog && place.successor.is_none();
        let by_cookie = place.successor.is_none() && (cookies == 2 || (crowded && cookies == 1));
        if crowded && cookies == 0 {
            return (None, Some(DropReason::TcpSynQueueFull));
        }
        // As Linux: while nobody accepts, new callers wait at the door.
        if listener.is_full() {
            return (None, Some(DropReason::TcpAcceptQueueFull));
        }
        // Without cookies the last quarter is kept for peers that are known to be alive, of whom
        // nothing is remembered here.
        let most = env.sysctls.tcp_max_syn_backlog;
        if cookies == 0 && most.saturating_sub(listener.half_open) < most / 4 {
            return (None, Some(DropReason::TcpSynQueueFull));
        }
        let options = listener.options;
        if by_cookie {
            listener.cookie_sent = Some(env.now);
        }
        let iss = place
            .successor
            .unwrap_or_else(|| self.isn.isn(&flow, env.now));
        let mss = super::open::mss_of(place.interface.mtu(), flow.local);
        let half_open = HalfOpen::new(env.now, &env.sysctls.tcp, options, iss, mss, control)
            .with_ecn_marks(&env.sysctls.tcp, control, place.marks)
            .with_timestamp_offset(self.timestamp_offset(env.sysctls, &flow));
        if by_cookie {
            let ipv6 = flow.local.addr.is_ipv6();
            let answer = self.cookies.answer(env.now, &flow, ipv6, half_open);
            return (Some(answer), Some(DropReason::TcpSynCookie));
        }
        let judged = self.judge_fast_open(env, slot, &flow, control, !payload.is_empty());
        self.open(
            env,
            slot,
            flow,
            (half_open, judged),
            (control, payload),
            place,
        )
    }

    /// A caller is let in: half-way, or with a valid Fast Open cookie at once.
    fn open(
        &mut self,
        env: &mut Env<'_>,
        slot: u32,
        flow: Flow,
        (half_open, judged): (HalfOpen, Judged),
        (control, payload): (&Control, &Payload),
        place: Place<'_>,
    ) -> Outcome {
        let (mut news, mut dropped) = (::tcp::Events::empty(), None);
        let role = match judged {
            Judged::Plain => Role::HalfOpen(Box::new(half_open)),
            Judged::Cookie(cookie) => Role::HalfOpen(Box::new(half_open.with_cookie(&cookie))),
            Judged::Open(cookie) => {
                let half_open = match cookie {
                    Some(cookie) => half_open.with_cookie(&cookie),
                    None => half_open,
                };
                let settings = &env.sysctls.tcp;
                let (connection, arrival) =
                    half_open.open_fast(env.now, settings, control, payload.clone());
                (news, dropped) = (arrival.events, arrival.dropped);
                Role::Connection(Box::new(connection))
            }
        };
        let fast = matches!(role, Role::Connection(_));
        let Some(call) = self.admit(slot, flow, role, place) else {
            return (None, Some(DropReason::TcpSynQueueFull));
        };
        if fast {
            self.announce(slot);
            self.review(env, call, news);
        } else {
            self.make_ready(call);
            self.arm(env, call);
        }
        (None, dropped.map(DropReason::Tcp))
    }

    /// A row for a caller of the listener at `slot`.
    fn admit(&mut self, slot: u32, flow: Flow, role: Role, place: Place<'_>) -> Option<u32> {
        let row = self.rows.get(slot)?;
        let Role::Listener(listener) = &row.role else {
            return None;
        };
        let fast = matches!(role, Role::Connection(_));
        let mut common = row.common.clone();
        common.flags &= INHERITED;
        let mut call = Row::new(role, common, flow.local, flow.remote);
        call.listener = (slot, listener.serial);
        call.linger = row.linger;
        call.segmentation = place.interface.offload.segmentation as u32;
        if fast {
            call.marks |= Marks::QUEUED | Marks::OPENING;
        }
        let call = self.rows.insert(call)?;
        let listener = self.listener_at(slot)?;
        if fast {
            listener.opening.pending += 1;
            listener.queue.push_back(call);
        } else {
            listener.half_open += 1;
        }
        self.link_flow(call);
        Some(call)
    }

    /// An ACK that may bring a cookie back (RFC 4987 §3.6). `None` for any other segment.
    fn on_cookie(
        &mut self,
        env: &mut Env<'_>,
        slot: u32,
        flow: Flow,
        control: &Control,
        payload: &Payload,
        place: Place<'_>,
    ) -> Option<Outcome> {
        let listener = self.listener_at(slot)?;
        let sent = listener.cookie_sent?;
        if env.sysctls.tcp_syncookies == 0 || env.now >= sent + SynCookies::VALID {
            return None;
        }
        let (options, full) = (listener.options, listener.is_full());
        let mss = super::open::mss_of(place.interface.mtu(), flow.local);
        let offset = self.timestamp_offset(env.sysctls, &flow);
        let half_open = self.cookies.check(
            env.now,
            &env.sysctls.tcp,
            (&flow, flow.local.addr.is_ipv6()),
            (options, mss, offset),
            control,
        )?;
        if full {
            return Some((None, Some(DropReason::TcpAcceptQueueFull)));
        }
        let role = Role::HalfOpen(Box::new(half_open));
        let Some(call) = self.admit(slot, flow, role, place) else {
            return Some((None, Some(DropReason::TcpSynQueueFull)));
        };
        let outcome = self.on_half_open(env, call, control, payload.clone());
        if self
            .rows
            .get(call)
            .is_some_and(|row| matches!(row.role, Role::HalfOpen(_)))
        {
            // It was none after all, and nothing is kept of such.
            self.forget(env, call);
        }
        Some(outcome)
    }

    fn listener_at(&mut self, slot: u32) -> Option<&mut Listener> {
        match &mut self.rows.get_mut(slot)?.role {
            Role::Listener(listener) => Some(listener),
            _ => None,
        }
    }

    /// A segment for a connection whose handshake is under way.
    pub(super) fn on_half_open(
        &mut self,
        env: &mut Env<'_>,
        slot: u32,
        control: &Control,
        payload: Payload,
    ) -> Outcome {
        let Some(row) = self.rows.get(slot) else {
            return (None, None);
        };
        let listener = row.listener;
        let Some(door) = self.listener(listener) else {
            // The listener was closed meanwhile.
            self.forget(env, slot);
            let reset = ::tcp::reset_for(control, payload.len());
            return (reset, Some(DropReason::TcpPortUnreachable));
        };
        let completes = control.flags & (Flags::ACK | Flags::RST | Flags::SYN) == Flags::ACK;
        if completes && door.is_full() {
            // Linux: the ACK is passed over, and the caller's next segment tries again.
            let reason = Some(DropReason::TcpAcceptQueueFull);
            if !env.sysctls.tcp_abort_on_overflow {
                return (None, reason);
            }
            self.forget(env, slot);
            return (::tcp::reset_for(control, payload.len()), reason);
        }
        let Some(row) = self.rows.get_mut(slot) else {
            return (None, None);
        };
        let Role::HalfOpen(half_open) = &mut row.role else {
            return (None, None);
        };
        match half_open.on_marked_segment(env.now, &env.sysctls.tcp, control, payload, env.mark) {
            HalfOpenOutcome::Nothing => {}
            HalfOpenOutcome::Reply(reply, reason) => {
                return (Some(reply), Some(DropReason::Tcp(reason)));
            }
            HalfOpenOutcome::Drop(reason) => return (None, Some(DropReason::Tcp(reason))),
            HalfOpenOutcome::Dead(_) => {
                self.forget(env, slot);
                return (None, None);
            }
            HalfOpenOutcome::Established(connection, arrival) => {
                row.role = Role::Connection(Box::new(connection));
                row.marks |= Marks::QUEUED;
                self.half_open_gone(listener);
                if let Some(door) = self.listener(listener) {
                    door.queue.push_back(slot);
                }
                self.announce(listener.0);
                self.review(env, slot, arrival.events);
                return (arrival.reply, arrival.dropped.map(DropReason::Tcp));
            }
        }
        if self.wants_transmit(slot) {
            self.make_ready(slot);
        }
        self.arm(env, slot);
        (None, None)
    }
}
