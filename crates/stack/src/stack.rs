//! One computer's whole state, and the plug.

mod autoconf;
mod card;
mod carrier;
mod close;
mod deadline;
mod device;
mod gateways;
mod groups;
mod guard;
mod lease;
mod message;
mod network;
mod observe;
mod open;
mod router;
mod routes;
mod settings;
mod transfer;

pub use self::close::Closing;
pub(crate) use self::guard::{Entered, Guard};

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use base::{Frame, Instant, Rng};

use crate::autoconf::Autoconf;
use crate::icmp::Icmp;
use crate::interface::{Interface, InterfaceId};
use crate::ip::Ip;
use crate::multicast::Multicast;
use crate::neighbor::Neighbors;
use crate::packet::Reply;
use crate::ping::Ping;
use crate::sysctl::Sysctls;
use crate::tcp::{self, Tcp};
use crate::timer::{TimerKey, Wheel};
use crate::udp::Udp;
use crate::unix::Unix;
use crate::verdict::{DropReason, Drops, Stop, Verdict};
use crate::{rx, tx};

/// One computer: interfaces below, sockets above, and no I/O of its own.
///
/// Whoever drives it hands in frames and the time, takes frames out, and calls back at the
/// deadline:
///
/// - [`receive`](Self::receive) when a frame came,
/// - [`on_deadline`](Self::on_deadline) when [`next_deadline`](Self::next_deadline) has come,
/// - after either, and after any socket call: [`poll_transmit`](Self::poll_transmit) until it
///   gives nothing, then [`poll_event`](Self::poll_event) until it gives nothing.
///
/// Time must not run backwards. Should a caller say that it does, what is due comes late, and nothing
/// worse.
#[derive(Debug)]
pub struct Stack {
    pub(crate) sysctls: Sysctls,
    /// By [`InterfaceId`]; the first is the loopback.
    pub(crate) interfaces: Vec<Interface>,
    pub(crate) neighbors: Neighbors,
    pub(crate) multicast: Multicast,
    pub(crate) autoconf: Autoconf,
    pub(crate) ip: Ip,
    pub(crate) icmp: Icmp,
    pub(crate) ping: Ping,
    pub(crate) udp: Udp,
    pub(crate) tcp: Tcp,
    pub(crate) unix: Unix,
    /// NAT and firewall, where there are such.
    pub(crate) guard: Option<Box<Guard>>,
    /// What their secrets are drawn from.
    guard_rng: Rng,
    pub(crate) timers: Wheel<TimerKey>,
    /// Answers that belong to no connection. Bounded by [`Self::REPLY_LIMIT`].
    pub(crate) replies: VecDeque<Reply>,
    /// Packets to ourselves. Bounded by [`Self::LOOPBACK_LIMIT`].
    pub(crate) loopback: VecDeque<Frame>,
    /// Frames that are ready: the fragments of one packet at most.
    pub(crate) outbox: VecDeque<(InterfaceId, Frame)>,
    pub(crate) drops: Drops,
    /// Which [`links_version`](Self::links_version) was told last; `None` while nobody asked.
    pub(crate) links_told: Option<u64>,
}

impl Stack {
    /// Answers kept for lack of a driver that fetches them.
    pub(crate) const REPLY_LIMIT: usize = 1024;
    /// Packets under way to ourselves.
    pub(crate) const LOOPBACK_LIMIT: usize = 1024;

    /// A computer with nothing but its loopback.
    ///
    /// Secrets (ISN key, hash keys, port choice) are drawn from `rng`.
    #[must_use]
    pub fn new(sysctls: Sysctls, mut rng: Rng) -> Self {
        let mut stack = Self {
            sysctls,
            interfaces: Vec::new(),
            neighbors: Neighbors::new(rng.fork(1)),
            ip: Ip::new(rng.fork(2)),
            icmp: Icmp::new(rng.fork(3)),
            udp: Udp::new(rng.fork(4)),
            ping: Ping::new(rng.fork(5)),
            tcp: Tcp::new(&mut rng),
            unix: Unix::new(&mut rng),
            multicast: Multicast::new(rng.fork(6)),
            autoconf: Autoconf::new(rng.fork(7)),
            guard: None,
            guard_rng: rng.fork(8),
            timers: Wheel::new(),
            replies: VecDeque::new(),
            loopback: VecDeque::new(),
            outbox: VecDeque::new(),
            drops: Drops::default(),
            links_told: None,
        };
        stack.add_loopback();
        stack
    }

    /// Takes a frame that came in at an interface.
    pub fn receive(&mut self, now: Instant, iface: InterfaceId, frame: Frame) {
        rx::receive(self, now, iface, frame);
    }

    /// The next frame for an interface; `None` when nothing is owed.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<(InterfaceId, Frame)> {
        tx::poll_transmit(self, now)
    }

    /// What died here, and of what.
    #[must_use]
    pub const fn drops(&self) -> &Drops {
        &self.drops
    }

    /// Keeps an answer until the driver asks for frames.
    pub(crate) fn owe(&mut self, reply: Reply) -> Verdict<()> {
        if self.replies.len() < Self::REPLY_LIMIT {
            self.replies.push_back(reply);
            return Ok(());
        }
        Err(match reply {
            Reply::Forward(_) => DropReason::ForwardQueueFull.into(),
            _ => DropReason::ReplyQueueFull.into(),
        })
    }

    /// Acts upon a verdict that ended a packet's way.
    pub(crate) fn settle(&mut self, stop: Stop) {
        let reason = match stop {
            Stop::Taken => None,
            Stop::Drop(reason) => Some(reason),
            Stop::Reply(reply, reason) => {
                if let Err(Stop::Drop(full)) = self.owe(*reply) {
                    self.drops.count(full);
                }
                reason
            }
        };
        if let Some(reason) = reason {
            self.drops.count(reason);
        }
    }
}

impl Stack {
    /// TCP and what it needs of its surroundings.
    pub(crate) const fn tcp_in(&mut self, now: Instant) -> (&mut Tcp, tcp::Env<'_>) {
        let Self {
            sysctls,
            tcp,
            timers,
            ..
        } = self;
        (
            tcp,
            tcp::Env {
                now,
                sysctls,
                timers,
                mark: ::tcp::Marking::NONE,
            },
        )
    }
}
