//! TCP among computers: which connection a segment belongs to, listeners and their queues.
//!
//! The machine itself is the crate `tcp`; here it meets addresses, ports and the other connections.
//!
//! - `flow.rs`: the four of addresses and ports. `ports.rs`: who has which port.
//! - `row.rs`: what is kept of a socket or connection. `small.rs`: of those who are half-way in, and
//!   in TIME-WAIT.
//! - `ingress.rs`, `listener.rs`: segments in. `egress.rs`: segments out. `deadline.rs`: time.
//! - `fast_open.rs`: cookies, given and got. `challenge.rs`: the limit of challenge ACKs.
//! - `open.rs`, `transfer.rs`, `end.rs`, `observe.rs`: a program's calls.
//!
//! Work is proportional to what happened: a segment costs one look-up under a keyed hash, only
//! connections that were touched are on the ready list, and each has one entry in the wheel.

mod challenge;
pub(crate) mod deadline;
pub(crate) mod egress;
mod end;
mod fast_open;
mod flow;
pub(crate) mod ingress;
mod listener;
mod observe;
mod open;
mod ports;
mod row;
mod small;
#[cfg(test)]
mod tests;
mod transfer;

use alloc::collections::VecDeque;

use base::{Instant, Rng};

use self::challenge::Challenges;
use self::fast_open::FastOpens;
use self::flow::Flows;
use self::ports::Ports;
use self::row::{Marks, Role, Row};
use self::small::{Caller, Kept, Rest};
use crate::keyed::{Keyed, KeyedMap};
use crate::socket::common::Flags;
use crate::socket::slots::Slots;
use crate::socket::{Errno, SocketId, Transport};
use crate::sysctl::Sysctls;
use crate::timer::{TimerKey, Wheel};

/// The TCP layer's state of one computer.
#[derive(Debug)]
pub(crate) struct Tcp {
    rows: Slots<Row>,
    /// Those whose handshake is under way.
    callers: Slots<Caller>,
    /// What is left of connections in TIME-WAIT.
    rests: Slots<Rest>,
    /// Every connection in whatever phase.
    flows: Flows,
    ports: Ports,
    isn: ::tcp::IsnGenerator,
    cookies: ::tcp::SynCookies,
    fast_opens: FastOpens,
    challenges: Challenges,
    /// Those that may owe a segment, each once (`Flags::READY`), by [`Kept::pack`].
    ready: VecDeque<u32>,
    /// Whose segment was polled last, if a connection's.
    sender: Option<u32>,
    /// Those whose readiness changed, each once (`Flags::EVENT`).
    events: VecDeque<SocketId>,
    /// Sockets that were closed with a linger time: their program waits under the old name.
    lingering: KeyedMap<u32, SocketId>,
    /// Those of them that are done: their last events.
    lingered: VecDeque<SocketId>,
    /// The row that the last segment was for: segments come in trains.
    recent: u32,
    /// The segment that came last acknowledged something new.
    progress: bool,
    /// How often a socket began to listen.
    listenings: u32,
    /// Connections in TIME_WAIT, bounded by `tcp_max_tw_buckets`.
    time_waits: u32,
    /// Connections that no program holds any more, bounded by `tcp_max_orphans`.
    orphans: u32,
}

/// What the layer needs of its surroundings in any step.
#[derive(Debug)]
pub(crate) struct Env<'a> {
    pub(crate) now: Instant,
    pub(crate) sysctls: &'a Sysctls,
    pub(crate) timers: &'a mut Wheel<TimerKey>,
    /// The ECN bits of the packet that is being taken (RFC 3168 §5).
    pub(crate) mark: ::tcp::Marking,
}

impl Tcp {
    /// No sockets.
    pub(crate) fn new(rng: &mut Rng) -> Self {
        Self {
            rows: Slots::new(Transport::Tcp),
            callers: Slots::new(Transport::Tcp),
            rests: Slots::new(Transport::Tcp),
            flows: Flows::new(rng),
            ports: Ports::new(rng),
            isn: ::tcp::IsnGenerator::new(rng),
            cookies: ::tcp::SynCookies::new(rng),
            fast_opens: FastOpens::new(rng),
            challenges: Challenges::new(rng),
            ready: VecDeque::new(),
            sender: None,
            events: VecDeque::new(),
            lingering: KeyedMap::with_hasher(Keyed::new(rng)),
            lingered: VecDeque::new(),
            recent: 0,
            progress: false,
            listenings: 0,
            time_waits: 0,
            orphans: 0,
        }
    }

    /// Looks a connection over after something happened to it: what it owes, when it wants to be
    /// woken, what its program should hear, and whether it is over.
    fn review(&mut self, env: &mut Env<'_>, slot: u32, news: ::tcp::Events) {
        let Some(row) = self.rows.get_mut(slot) else {
            return;
        };
        if row.marks.contains(Marks::OPENING) {
            self.leave_opening(env, slot);
        }
        let Some(row) = self.rows.get_mut(slot) else {
            return;
        };
        let flow = (row.local, row.remote);
        let Role::Connection(connection) = &mut row.role else {
            return;
        };
        if let Some(learnt) = connection.take_fast_open_news() {
            let (local, remote) = flow;
            self.fast_opens.learn(&flow::Flow { local, remote }, learnt);
        }
        if connection.wants_transmit() {
            if !row.common.has(Flags::READY) {
                row.common.flags |= Flags::READY;
                self.ready.push_back(slot);
            }
        } else if is_over(connection) {
            self.retire(env, slot);
        }
        self.arm(env, slot);
        // Who lingers waits for an acknowledgment, which is no news to others.
        if !news.is_empty() || (!self.lingering.is_empty() && self.lingering.contains_key(&slot)) {
            self.announce(slot);
        }
    }

    /// Tells the program that holds a row to look at it. A connection that waits to be accepted is
    /// its listener's news.
    fn announce(&mut self, slot: u32) {
        if !self.lingering.is_empty()
            && let Some(old_name) = self.lingering.get(&slot)
            && self.rows.get(slot).is_none_or(Row::has_delivered)
        {
            self.lingered.push_back(*old_name);
            self.lingering.remove(&slot);
            return;
        }
        let Some(row) = self.rows.get_mut(slot) else {
            return;
        };
        if row.marks.contains(Marks::OWNED) && !row.common.has(Flags::EVENT) {
            row.common.flags |= Flags::EVENT;
            self.events.push_back(self.rows.id(slot));
        }
    }

    /// Arms a row's entry in the wheel if its deadline has become an earlier one. A later one waits
    /// until the entry fires and looks again, so that most acknowledgments do not touch the wheel.
    fn arm(&mut self, env: &mut Env<'_>, slot: u32) {
        let Some(row) = self.rows.get_mut(slot) else {
            return;
        };
        let Some(deadline) = row.deadline() else {
            return;
        };
        if let Some((armed, id)) = row.timer {
            if armed <= deadline {
                return;
            }
            env.timers.disarm(id);
        }
        row.timer = Some((deadline, env.timers.arm(deadline, TimerKey::Tcp(slot))));
    }

    /// A connection that its program has let go of, or that is over: what is left of it is kept
    /// small, and the rest forgotten.
    fn retire(&mut self, env: &mut Env<'_>, slot: u32) {
        let Some(row) = self.rows.get_mut(slot) else {
            return;
        };
        let Some(connection) = row.connection() else {
            return;
        };
        if let Some(wait) = connection.take_time_wait() {
            // To a program that still holds it, it is closed, as in Linux.
            let news = connection.poll_events();
            self.keep_rest(env, slot, wait);
            self.leave_orphans(slot);
            // Whoever lingers waited for this.
            if !news.is_empty() || self.lingering.contains_key(&slot) {
                self.announce(slot);
            }
        } else if !connection.is_finished() {
            return;
        }
        self.unlink_flow(slot);
        let Some(row) = self.rows.get(slot) else {
            return;
        };
        // A socket stays until its program closes it, and a caller until it is accepted.
        if !row.marks.intersects(Marks::OWNED | Marks::QUEUED) {
            self.forget(env, slot);
        }
    }

    /// A connection is no longer among those that no program holds.
    fn leave_orphans(&mut self, slot: u32) {
        if let Some(row) = self.rows.get_mut(slot)
            && row.marks.contains(Marks::ORPHAN)
        {
            row.marks -= Marks::ORPHAN;
            self.orphans -= 1;
        }
    }

    /// The four of addresses and ports is free again.
    fn unlink_flow(&mut self, slot: u32) {
        let Some(row) = self.rows.get_mut(slot) else {
            return;
        };
        if row.marks.contains(Marks::IN_FLOWS) {
            row.marks -= Marks::IN_FLOWS;
            let (flow, reuse) = (row.flow(), row.counted);
            self.flows.remove(&flow, Kept::Row(slot));
            self.ports.connection_gone(flow.local, reuse);
        }
    }

    /// Forgets a row altogether.
    fn forget(&mut self, env: &mut Env<'_>, slot: u32) {
        self.unlink_flow(slot);
        self.leave_orphans(slot);
        if self
            .rows
            .get(slot)
            .is_some_and(|row| row.marks.contains(Marks::OPENING))
        {
            self.leave_opening(env, slot);
        }
        self.fast_opens.keys.remove(&slot);
        let Some(row) = self.rows.remove(slot) else {
            return;
        };
        if let Some((_, timer)) = row.timer {
            env.timers.disarm(timer);
        }
        if row.marks.contains(Marks::HOLDS_PORT) {
            self.ports.release(row.local, slot);
        }
        self.announce(slot);
    }

    /// The row that a program's name stands for.
    fn owned(&mut self, id: SocketId) -> Result<&mut Row, Errno> {
        self.rows.find_mut(id)
    }
}

/// Whether nothing more is to come of a connection that a program would need.
fn is_over(connection: &::tcp::Connection) -> bool {
    connection.is_finished()
        || connection.is_orphan()
        || connection.state() == ::tcp::State::TimeWait
}
