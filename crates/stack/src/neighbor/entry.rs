//! One neighbour.

use alloc::collections::VecDeque;

use base::Instant;
use wire::MacAddr;

use super::{Key, Neighbor};
use crate::packet::Routed;
use crate::timer::TimerId;

/// How sure we are of a neighbour (RFC 4861 §7.3.2; `FAILED` and `PERMANENT` are Linux's).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NeighborState {
    /// It is being asked for; packets wait.
    Incomplete,
    /// It answered not long ago.
    Reachable,
    /// It answered once; the next packet still goes there, and doubts begin.
    Stale,
    /// Packets go there; if nothing is heard it will be asked.
    Delay,
    /// Packets go there; it is being asked.
    Probe,
    /// It did not answer. The next packet asks anew.
    Failed,
    /// An administrator said so.
    Permanent,
}

impl NeighborState {
    /// Whether its MAC address may be used.
    pub(super) const fn is_usable(self) -> bool {
        !matches!(self, Self::Incomplete | Self::Failed)
    }

    /// Whether packets go there of which nobody knows if they arrive.
    pub(super) const fn is_doubted(self) -> bool {
        matches!(self, Self::Delay | Self::Probe)
    }

    /// Whether an entry in this state may give way to another.
    pub(super) const fn is_evictable(self) -> bool {
        !matches!(self, Self::Incomplete | Self::Permanent)
    }
}

/// A question that is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// To everybody: who has the address?
    All,
    /// To the neighbour alone: are you still there?
    One,
}

/// One neighbour.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: Key,
    pub(super) state: NeighborState,
    /// Of meaning in the states that are [usable](NeighborState::is_usable).
    pub(super) mac: MacAddr,
    /// In [`NeighborState::Reachable`]: until when. Looked at when the entry is used, so that
    /// neighbours that nobody talks to need no timer.
    pub(super) reachable_until: Instant,
    /// When the MAC address was last heard to be another.
    pub(super) changed: Instant,
    /// When it was last used, to the second: its place among those that may give way.
    pub(super) used: Instant,
    /// Armed in Incomplete, Delay and Probe.
    pub(super) timer: Option<TimerId>,
    /// Questions asked since the state began.
    pub(super) asked: u8,
    /// The question that is owed, if any.
    pub(super) owed: Option<Question>,
    /// Packets that wait. Bounded by [`WAITING_PACKETS`](super::egress::WAITING_PACKETS) and
    /// `unres_qlen_bytes`.
    pub(super) waiting: VecDeque<Routed>,
    /// Invariant: the sum of the lengths of those waiting.
    pub(super) waiting_bytes: usize,
    /// With IPv6: whether it says that it is a router (RFC 4861 §7.2.5).
    pub(super) router: bool,
    /// Whether it stands in the list of those that owe something.
    pub(super) listed: bool,
}

impl Entry {
    pub(super) fn new(now: Instant, key: Key) -> Self {
        Self {
            key,
            state: NeighborState::Incomplete,
            mac: MacAddr::ZERO,
            reachable_until: now,
            changed: now,
            used: now,
            timer: None,
            asked: 0,
            owed: None,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            router: false,
            listed: false,
        }
    }

    /// Whether it is a neighbour of IPv4 that did not answer.
    pub(super) fn is_failed_v4(&self) -> bool {
        self.state == NeighborState::Failed && self.key.addr.is_ipv4()
    }

    /// As people see it.
    pub(super) fn shown(&self, now: Instant) -> Neighbor {
        let state = match self.state {
            NeighborState::Reachable if self.reachable_until <= now => NeighborState::Stale,
            state => state,
        };
        Neighbor {
            iface: self.key.iface,
            addr: self.key.addr,
            mac: state.is_usable().then_some(self.mac),
            state,
        }
    }
}
