//! Listeners: who calls, who is half-way in, who waits to be accepted.

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use base::Payload;
use tcp::{HalfOpen, HalfOpenOutcome, Listen, SocketOptions};
use wire::tcp::{Control, Flags, SeqNumber};

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

impl Tcp {
    fn listener(&mut self, (slot, serial): (u32, u32)) -> Option<&mut Listener> {
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

    /// A segment for a listener. `successor` is the ISN when it takes over from a connection in
    /// TIME_WAIT.
    pub(super) fn on_call(
        &mut self,
        env: &mut Env<'_>,
        slot: u32,
        flow: Flow,
        control: &Control,
        payload_len: usize,
        (interface, successor): (&Interface, Option<SeqNumber>),
    ) -> Outcome {
        match ::tcp::listen(control, payload_len) {
            Listen::Reply(reset) => return (Some(reset), Some(DropReason::TcpPortUnreachable)),
            Listen::Drop(reason) => return (None, Some(DropReason::Tcp(reason))),
            Listen::Open => {}
        }
        let offset = self.timestamp_offset(env.sysctls, &flow);
        let Some(row) = self.rows.get_mut(slot) else {
            return (None, None);
        };
        let Role::Listener(listener) = &mut row.role else {
            return (None, None);
        };
        // As Linux: while nobody accepts, new callers wait at the door.
        if listener.is_full() {
            return (None, Some(DropReason::TcpAcceptQueueFull));
        }
        if listener.half_open >= env.sysctls.tcp_max_syn_backlog {
            return (None, Some(DropReason::TcpSynQueueFull));
        }
        listener.half_open += 1;
        let door = (slot, listener.serial);
        let iss = successor.unwrap_or_else(|| self.isn.isn(&flow, env.now));
        let half_open = HalfOpen::new(
            env.now,
            &env.sysctls.tcp,
            listener.options,
            iss,
            super::open::mss_of(interface.mtu(), flow.local),
            control,
        )
        .with_timestamp_offset(offset);
        let mut common = row.common.clone();
        common.flags &= INHERITED;
        let role = Role::HalfOpen(Box::new(half_open));
        let mut call = Row::new(role, common, flow.local, flow.remote);
        call.listener = door;
        call.linger = row.linger;
        call.segmentation = interface.offload.segmentation as u32;
        let Some(call) = self.rows.insert(call) else {
            self.half_open_gone(door);
            return (None, Some(DropReason::TcpSynQueueFull));
        };
        self.link_flow(call);
        self.make_ready(call);
        self.arm(env, call);
        (None, None)
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
        match half_open.on_segment(env.now, &env.sysctls.tcp, control, payload) {
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
