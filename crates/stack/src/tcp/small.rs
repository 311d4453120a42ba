//! Connections that no program holds: half-way in, or nearly over. Each kind has a table of its own
//! and costs no more than it needs.

use base::Payload;
use tcp::{HalfOpen, HalfOpenOutcome, TimeWait, TimeWaitOutcome};
use wire::tcp::Control;

use super::flow::Flow;
use super::listener::{Outcome, Place};
use super::ports::Reuse;
use super::row::Marks;
use super::{Env, Tcp};
use crate::socket::{Family, Kind, Listed, State};
use crate::timer::{TimerId, TimerKey};
use crate::verdict::DropReason;

/// Where a connection is kept: in which table, and at which slot of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// Among the sockets, whether a program holds it or not.
    Row(u32),
    /// Among those whose handshake is under way.
    Caller(u32),
    /// Among what is left in TIME-WAIT or FIN-WAIT-2.
    Rest(u32),
}

/// Which table, in the two bits above those of a slot.
const SLOT_BITS: u32 = 30;

impl Kept {
    /// In four bytes.
    pub(super) const fn pack(self) -> u32 {
        match self {
            Self::Row(slot) => slot,
            Self::Caller(slot) => 1 << SLOT_BITS | slot,
            Self::Rest(slot) => 2 << SLOT_BITS | slot,
        }
    }

    pub(super) const fn unpack(packed: u32) -> Self {
        let slot = packed & ((1 << SLOT_BITS) - 1);
        match packed >> SLOT_BITS {
            0 => Self::Row(slot),
            1 => Self::Caller(slot),
            _ => Self::Rest(slot),
        }
    }
}

/// Whoever is half-way in.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) half_open: HalfOpen,
    pub(super) flow: Flow,
    /// Whom it calls: slot and serial number.
    pub(super) listener: (u32, u32),
    pub(super) timer: TimerId,
    /// What it was counted with at its port.
    pub(super) counted: Reuse,
    pub(super) family: Family,
    /// It waits in the queue of those that owe a segment.
    pub(super) ready: bool,
}

/// What is left of a connection.
#[derive(Debug)]
pub(super) struct Rest {
    pub(super) wait: TimeWait,
    pub(super) flow: Flow,
    timer: TimerId,
    counted: Reuse,
    family: Family,
}

impl Tcp {
    /// Where the connection of a flow is kept.
    pub(super) fn find(&self, flow: &Flow) -> Option<Kept> {
        self.flows.get(flow, |kept| self.flow_of(kept))
    }

    /// As [`find`](Self::find), for a segment: most often it is for the connection that the one
    /// before it was for, and that is seen without the table.
    pub(super) fn find_again(&self, flow: &Flow) -> Option<Kept> {
        let is_it = |row: &super::Row| {
            row.marks.contains(Marks::IN_FLOWS)
                && row.local == flow.local
                && row.remote == flow.remote
        };
        if self.rows.get(self.recent).is_some_and(is_it) {
            let kept = Some(Kept::Row(self.recent));
            debug_assert_eq!(self.find(flow), kept, "a flow is entered once");
            return kept;
        }
        self.find(flow)
    }

    pub(super) fn flow_of(&self, kept: Kept) -> Option<Flow> {
        match kept {
            Kept::Row(slot) => self.rows.get(slot).map(super::Row::flow),
            Kept::Caller(slot) => self.callers.get(slot).map(|caller| caller.flow),
            Kept::Rest(slot) => self.rests.get(slot).map(|rest| rest.flow),
        }
    }

    /// Keeps whoever calls the listener at `slot`: half-way in, with the SYN-ACK owed.
    pub(super) fn admit_caller(
        &mut self,
        env: &mut Env<'_>,
        slot: u32,
        flow: Flow,
        half_open: HalfOpen,
    ) -> bool {
        let Some(row) = self.rows.get(slot) else {
            return false;
        };
        let (family, counted) = (row.common.family(), Reuse::from(row.common.flags));
        let Some(door) = self.listener_at(slot) else {
            return false;
        };
        door.half_open += 1;
        let (serial, deadline) = (door.serial, half_open.deadline());
        let call = self.callers.insert(Caller {
            half_open,
            flow,
            listener: (slot, serial),
            timer: TimerId::NONE,
            counted,
            family,
            ready: true,
        });
        let Some(call) = call else {
            self.half_open_gone((slot, serial));
            return false;
        };
        let key = Kept::Caller(call);
        let timer = env.timers.arm(deadline, TimerKey::Tcp(key.pack()));
        if let Some(caller) = self.callers.get_mut(call) {
            caller.timer = timer;
        }
        self.enter(key, &flow);
        self.ports.connection_made(flow.local, counted);
        self.ready.push_back(key.pack());
        true
    }

    /// Enters a connection under its flow.
    pub(super) fn enter(&mut self, kept: Kept, flow: &Flow) {
        let (rows, callers, rests) = (&self.rows, &self.callers, &self.rests);
        self.flows.insert(flow, kept, |kept| match kept {
            Kept::Row(slot) => rows.get(slot).map(super::Row::flow),
            Kept::Caller(slot) => callers.get(slot).map(|caller| caller.flow),
            Kept::Rest(slot) => rests.get(slot).map(|rest| rest.flow),
        });
    }

    /// A segment of a connection whose handshake is under way.
    pub(super) fn on_half_open(
        &mut self,
        env: &mut Env<'_>,
        slot: u32,
        control: &Control,
        payload: Payload,
        place: Place<'_>,
    ) -> Outcome {
        use wire::tcp::Flags;
        let Some(caller) = self.callers.get(slot) else {
            return (None, None);
        };
        let listener = caller.listener;
        let Some(door) = self.listener(listener) else {
            // The listener was closed meanwhile.
            self.forget_caller(env, slot);
            let reset = ::tcp::reset_for(control, payload.len());
            return (reset, Some(DropReason::TcpPortUnreachable));
        };
        let options = door.options;
        let completes = control.flags & (Flags::ACK | Flags::RST | Flags::SYN) == Flags::ACK;
        if completes && door.is_full() {
            // Linux: the ACK is passed over, and the caller's next segment tries again.
            let reason = Some(DropReason::TcpAcceptQueueFull);
            if !env.sysctls.tcp_abort_on_overflow {
                return (None, reason);
            }
            self.forget_caller(env, slot);
            return (::tcp::reset_for(control, payload.len()), reason);
        }
        let Some(caller) = self.callers.get_mut(slot) else {
            return (None, None);
        };
        let (flow, settings) = (caller.flow, &env.sysctls.tcp);
        let outcome = caller
            .half_open
            .on_marked_segment(env.now, settings, &options, control, payload, env.mark);
        match outcome {
            HalfOpenOutcome::Nothing => self.make_caller_ready(slot),
            HalfOpenOutcome::Reply(reply, reason) => {
                return (Some(reply), Some(DropReason::Tcp(reason)));
            }
            HalfOpenOutcome::Drop(reason) => {
                // The SYN again: its SYN-ACK is owed.
                self.make_caller_ready(slot);
                return (None, Some(DropReason::Tcp(reason)));
            }
            HalfOpenOutcome::Dead(_) => self.forget_caller(env, slot),
            HalfOpenOutcome::Established(connection, arrival) => {
                self.forget_caller(env, slot);
                return self.establish(env, listener.0, flow, (connection, arrival), place);
            }
        }
        (None, None)
    }

    /// Puts one that is half-way in on the list of those that may owe a segment, if it does.
    pub(super) fn make_caller_ready(&mut self, slot: u32) {
        if let Some(caller) = self.callers.get_mut(slot)
            && caller.half_open.wants_transmit()
            && !core::mem::replace(&mut caller.ready, true)
        {
            self.ready.push_back(Kept::Caller(slot).pack());
        }
    }

    /// Forgets one that was half-way in.
    pub(super) fn forget_caller(&mut self, env: &mut Env<'_>, slot: u32) {
        if let Some(caller) = self.callers.remove(slot) {
            env.timers.disarm(caller.timer);
            self.flows.remove(&caller.flow, Kept::Caller(slot));
            self.ports
                .connection_gone(caller.flow.local, caller.counted);
            self.half_open_gone(caller.listener);
        }
    }

    /// Keeps what is left of the connection in a row, in place of it (`tcp_max_tw_buckets`).
    pub(super) fn keep_rest(&mut self, env: &mut Env<'_>, slot: u32, wait: TimeWait) {
        let Some(row) = self.rows.get(slot) else {
            return;
        };
        let (flow, counted, family) = (row.flow(), row.counted, row.common.family());
        self.unlink_flow(slot);
        if self.time_waits >= env.sysctls.tcp_max_tw_buckets {
            return;
        }
        let deadline = wait.deadline();
        let rest = self.rests.insert(Rest {
            wait,
            flow,
            timer: TimerId::NONE,
            counted,
            family,
        });
        let Some(rest) = rest else {
            return;
        };
        let key = Kept::Rest(rest);
        let timer = env.timers.arm(deadline, TimerKey::Tcp(key.pack()));
        if let Some(rest) = self.rests.get_mut(rest) {
            rest.timer = timer;
        }
        self.time_waits += 1;
        self.enter(key, &flow);
        self.ports.connection_made(flow.local, counted);
    }

    /// A segment for what is left of a connection.
    pub(super) fn on_time_wait(
        &mut self,
        env: &mut Env<'_>,
        slot: u32,
        control: &Control,
        payload: &Payload,
        place: Place<'_>,
    ) -> Outcome {
        let Some(rest) = self.rests.get_mut(slot) else {
            return (None, None);
        };
        let (flow, settings) = (rest.flow, &env.sysctls.tcp);
        let said = |reason| Some(DropReason::Tcp(reason));
        match rest
            .wait
            .on_segment(env.now, settings, control, payload.len())
        {
            TimeWaitOutcome::Reply(_, _) if !self.challenges.allow(env.now, env.sysctls) => {
                (None, said(::tcp::DropReason::RateLimited))
            }
            TimeWaitOutcome::Reply(ack, reason) => (Some(ack), said(reason)),
            TimeWaitOutcome::Restarted(ack) => (Some(ack), None),
            TimeWaitOutcome::Reusable { iss, .. }
                if self.listener_for(&flow, place.interface.id).is_some() =>
            {
                self.forget_rest(env, slot);
                let place = Place {
                    successor: Some(iss),
                    ..place
                };
                self.on_stranger(env, flow, control, payload, place)
            }
            TimeWaitOutcome::Reusable { ack, .. } => {
                (Some(ack), said(::tcp::DropReason::SynOnConnection))
            }
            TimeWaitOutcome::Reset(reset) => {
                self.forget_rest(env, slot);
                (reset, said(::tcp::DropReason::AfterClose))
            }
            TimeWaitOutcome::Dead => {
                self.forget_rest(env, slot);
                (None, None)
            }
            TimeWaitOutcome::Drop(reason) => (None, said(reason)),
        }
    }

    /// Forgets what was left of a connection; what it was, for the one that takes its place.
    pub(super) fn forget_rest(&mut self, env: &mut Env<'_>, slot: u32) -> Option<TimeWait> {
        let rest = self.rests.remove(slot)?;
        env.timers.disarm(rest.timer);
        self.flows.remove(&rest.flow, Kept::Rest(slot));
        self.ports.connection_gone(rest.flow.local, rest.counted);
        self.time_waits -= 1;
        Some(rest.wait)
    }

    /// The entry in the wheel of one of these has fired. The deadline may have moved on since it was
    /// armed: so it is not armed anew by each segment.
    pub(super) fn small_due(&mut self, env: &mut Env<'_>, kept: Kept) {
        match kept {
            Kept::Row(_) => {}
            Kept::Caller(slot) => self.caller_due(env, slot),
            Kept::Rest(slot) => {
                let Some(rest) = self.rests.get_mut(slot) else {
                    return;
                };
                if rest.wait.deadline() <= env.now {
                    self.forget_rest(env, slot);
                } else {
                    let key = TimerKey::Tcp(kept.pack());
                    rest.timer = env.timers.arm(rest.wait.deadline(), key);
                }
            }
        }
    }

    fn caller_due(&mut self, env: &mut Env<'_>, slot: u32) {
        let listener = self.callers.get(slot).map(|caller| caller.listener);
        let options = listener.and_then(|door| self.listener(door).map(|door| door.options));
        let (Some(options), Some(caller)) = (options, self.callers.get_mut(slot)) else {
            // Nobody listens any more.
            return self.forget_caller(env, slot);
        };
        let half_open = &mut caller.half_open;
        match half_open.on_deadline(env.now, &env.sysctls.tcp, &options) {
            HalfOpenOutcome::Dead(_) => self.forget_caller(env, slot),
            _ => {
                let key = TimerKey::Tcp(Kept::Caller(slot).pack());
                caller.timer = env.timers.arm(half_open.deadline(), key);
                self.make_caller_ready(slot);
            }
        }
    }

    /// Every one of them, for people and tests.
    pub(super) fn iter_small(&self) -> impl Iterator<Item = Listed> {
        let callers = self.callers.iter().map(|(_, caller)| {
            let (flow, family) = (&caller.flow, caller.family);
            listed(flow, family, State::SynReceived)
        });
        let rests = self.rests.iter().map(|(_, rest)| {
            let state = if rest.wait.is_fin_wait_2() {
                State::FinWait2
            } else {
                State::TimeWait
            };
            listed(&rest.flow, rest.family, state)
        });
        callers.chain(rests)
    }
}

fn listed(flow: &Flow, family: Family, state: State) -> Listed {
    let shown = |end: super::flow::End| family.shown(end.into()).into();
    Listed {
        socket: None,
        family,
        kind: Kind::Stream,
        state,
        recv_queue: 0,
        send_queue: 0,
        local: shown(flow.local),
        peer: Some(shown(flow.remote)),
    }
}
