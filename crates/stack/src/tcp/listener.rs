//! Listeners: who calls, who is half-way in, who waits to be accepted.

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use base::{Instant, Payload};
use tcp::{Arrival, Connection, HalfOpen, HalfOpenOutcome, Listen, SocketOptions, SynCookies};
use wire::tcp::{Control, SeqNumber};

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

/// What an accepted socket does not have from its listener: all that is no option.
const OWN: SocketFlags = SocketFlags::PORT_CHOSEN
    .union(SocketFlags::READ_SHUT)
    .union(SocketFlags::WRITE_SHUT)
    .union(SocketFlags::EVENT)
    .union(SocketFlags::READY);

/// What becomes of a segment: an answer, and why it was not used.
pub(super) type Outcome = (Option<Control>, Option<DropReason>);

/// Where a SYN came in.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) interface: &'a Interface,
    /// Hops that its packet could still make.
    pub(super) hops: u8,
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
        let half_open = HalfOpen::new(env.now, &env.sysctls.tcp, &options, iss, mss, control)
            .with_default_mss(control, super::open::default_mss(flow.local))
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
        let full = (None, Some(DropReason::TcpSynQueueFull));
        let (half_open, fast) = match judged {
            Judged::Plain | Judged::Open(None) => (half_open, matches!(judged, Judged::Open(_))),
            Judged::Cookie(cookie) => (half_open.with_cookie(&cookie), false),
            Judged::Open(Some(cookie)) => (half_open.with_cookie(&cookie), true),
        };
        if !fast {
            let admitted = self.admit_caller(env, slot, flow, half_open);
            return if admitted { (None, None) } else { full };
        }
        let Some(options) = self.listener_at(slot).map(|listener| listener.options) else {
            return full;
        };
        let settings = &env.sysctls.tcp;
        let (connection, arrival) =
            half_open.open_fast(env.now, settings, &options, control, payload.clone());
        let Some(call) = self.admit(slot, flow, connection, place) else {
            return full;
        };
        if let Some(row) = self.rows.get_mut(call) {
            row.marks |= Marks::OPENING;
        }
        if let Some(listener) = self.listener_at(slot) {
            listener.opening.pending += 1;
        }
        self.announce(slot);
        self.review(env, call, arrival.events);
        (None, arrival.dropped.map(DropReason::Tcp))
    }

    /// A row for a connection of the listener at `slot`, which waits to be accepted.
    fn admit(
        &mut self,
        slot: u32,
        flow: Flow,
        connection: Connection,
        place: Place<'_>,
    ) -> Option<u32> {
        let row = self.rows.get(slot)?;
        let Role::Listener(listener) = &row.role else {
            return None;
        };
        let role = Role::Connection(Box::new(connection));
        let mut common = row.common.clone();
        common.flags -= OWN;
        if common.rare().ip_options.is_some() {
            common.rare_mut().ip_options = None;
        }
        let mut call = Row::new(role, common, flow.local, flow.remote);
        call.listener = (slot, listener.serial);
        call.linger = row.linger;
        call.segmentation = place.interface.offload.segmentation as u32;
        call.marks |= Marks::QUEUED;
        let call = self.rows.insert(call)?;
        self.listener_at(slot)?.queue.push_back(call);
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
        let (mut options, full) = (listener.options, listener.is_full());
        // Whoever brings a cookie back has waited long enough.
        options.defer_accept = 0;
        let mss = super::open::mss_of(place.interface.mtu(), flow.local);
        let offset = self.timestamp_offset(env.sysctls, &flow);
        let mut half_open = self.cookies.check(
            env.now,
            &env.sysctls.tcp,
            (&flow, flow.local.addr.is_ipv6()),
            (&options, mss, offset),
            control,
        )?;
        if full {
            return Some((None, Some(DropReason::TcpAcceptQueueFull)));
        }
        let settings = &env.sysctls.tcp;
        let outcome = half_open.on_marked_segment(
            env.now,
            settings,
            &options,
            control,
            payload.clone(),
            env.mark,
        );
        // Whatever else it is, nothing is kept of it.
        Some(match outcome {
            HalfOpenOutcome::Established(connection, arrival) => {
                self.establish(env, slot, flow, (connection, arrival), place)
            }
            HalfOpenOutcome::Reply(reply, reason) => (Some(reply), Some(DropReason::Tcp(reason))),
            HalfOpenOutcome::Drop(reason) => (None, Some(DropReason::Tcp(reason))),
            HalfOpenOutcome::Nothing | HalfOpenOutcome::Dead(_) => (None, None),
        })
    }

    pub(super) fn listener_at(&mut self, slot: u32) -> Option<&mut Listener> {
        match &mut self.rows.get_mut(slot)?.role {
            Role::Listener(listener) => Some(listener),
            _ => None,
        }
    }

    /// The handshake with a caller is complete: it waits to be accepted.
    pub(super) fn establish(
        &mut self,
        env: &mut Env<'_>,
        listener: u32,
        flow: Flow,
        (connection, arrival): (Connection, Arrival),
        place: Place<'_>,
    ) -> Outcome {
        let Some(slot) = self.admit(listener, flow, connection, place) else {
            return (None, Some(DropReason::TcpSynQueueFull));
        };
        self.announce(listener);
        self.review(env, slot, arrival.events);
        (arrival.reply, arrival.dropped.map(DropReason::Tcp))
    }
}
