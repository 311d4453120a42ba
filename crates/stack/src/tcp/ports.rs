//! Who has which port, and which is free.

use core::hash::BuildHasher;

use base::Rng;
use smallvec::SmallVec;
use tcp::TimeWait;

use super::flow::{End, Flow};
use super::row::{Marks, Role, Row};
use super::small::Kept;
use super::{Env, Tcp};
use crate::interface::InterfaceId;
use crate::keyed::{Keyed, KeyedMap};
use crate::socket::Errno;
use crate::socket::common::Flags;
use crate::socket::family::overlap;
use crate::sysctl::Ephemeral;

/// The ports of one computer.
#[derive(Debug)]
pub(super) struct Ports {
    /// Sockets that hold a port: bound, or listening.
    holders: KeyedMap<u16, SmallVec<[u32; 2]>>,
    /// How many connections there are at an address and port; at the wildcard address, of all.
    connections: KeyedMap<End, Count>,
    /// RFC 6056 §3.3.3: F, and the table of G.
    keyed: Keyed,
    next: [u16; 256],
    rng: Rng,
}

/// Connections, from the SYN to the end of TIME_WAIT, by what they let others do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count([u32; 4]);

/// Which of `SO_REUSEADDR` and `SO_REUSEPORT` are on. Two sockets may be at one port when both
/// have one of them in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reuse(u8);

impl From<Flags> for Reuse {
    fn from(flags: Flags) -> Self {
        let addr = u8::from(flags.contains(Flags::REUSE_ADDR));
        let port = u8::from(flags.contains(Flags::REUSE_PORT));
        Self(addr | port << 1)
    }
}

impl Ports {
    pub(super) fn new(rng: &mut Rng) -> Self {
        Self {
            holders: KeyedMap::with_hasher(Keyed::new(rng)),
            connections: KeyedMap::with_hasher(Keyed::new(rng)),
            keyed: Keyed::new(rng),
            next: [0; 256],
            rng: rng.fork(0),
        }
    }

    pub(super) fn hold(&mut self, local: End, slot: u32) {
        self.holders.entry(local.port).or_default().push(slot);
    }

    pub(super) fn release(&mut self, local: End, slot: u32) {
        if let Some(holders) = self.holders.get_mut(&local.port) {
            holders.retain(|holder| *holder != slot);
            if holders.is_empty() {
                self.holders.remove(&local.port);
            }
        }
    }

    pub(super) fn holders(&self, port: u16) -> &[u32] {
        self.holders.get(&port).map_or(&[], |holders| holders)
    }

    pub(super) fn connection_made(&mut self, local: End, reuse: Reuse) {
        for end in [local, local.wildcard()] {
            self.connections.entry(end).or_default().0[usize::from(reuse.0)] += 1;
        }
    }

    /// `reuse` is what the connection was counted with.
    pub(super) fn connection_gone(&mut self, local: End, reuse: Reuse) {
        for end in [local, local.wildcard()] {
            if let Some(count) = self.connections.get_mut(&end) {
                count.0[usize::from(reuse.0)] -= 1;
                if *count == Count::default() {
                    self.connections.remove(&end);
                }
            }
        }
    }

    /// Whether there are connections beside which a socket may not bind to `local`.
    fn in_the_way(&self, local: End, reuse: Reuse) -> bool {
        let count = self.connections.get(&local).copied().unwrap_or_default();
        let mut others = count.0.iter().zip(0..);
        others.any(|(count, theirs)| *count > 0 && theirs & reuse.0 == 0)
    }
}

impl Tcp {
    /// Whether a socket or a connection has that port, at any address.
    pub(crate) fn uses_port(&self, port: u16) -> bool {
        let at = |any: End| self.ports.in_the_way(End { port, ..any }, Reuse::default());
        !self.ports.holders(port).is_empty() || at(End::ANY) || at(End::ANY_V6)
    }

    /// Whether a socket with these flags may bind to `local` (socket(7), `SO_REUSEADDR` and
    /// `SO_REUSEPORT`, as Linux has it).
    pub(super) fn may_bind(&self, local: End, flags: Flags, but: u32) -> bool {
        let reuse = flags.contains(Flags::REUSE_ADDR);
        // A socket that hears both families is in the way of both.
        let dual =
            local == local.wildcard() && local.addr.is_ipv6() && !flags.contains(Flags::V6ONLY);
        let v4 = End {
            port: local.port,
            ..End::ANY
        };
        let device = self.rows.get(but).and_then(|row| row.common.device());
        let conflicts = |slot: &u32| {
            let Some(row) = self.rows.get(*slot).filter(|_| *slot != but) else {
                return false;
            };
            let meet = overlap((local.addr, flags), (row.local.addr, row.common.flags));
            let both_reuse = reuse
                && row.common.has(Flags::REUSE_ADDR)
                && !matches!(row.role, Role::Listener(_));
            let both_share = flags.contains(Flags::REUSE_PORT) && row.common.has(Flags::REUSE_PORT);
            let devices = (device, row.common.device());
            let apart = matches!(devices, (Some(one), Some(other)) if one != other);
            meet && !both_reuse && !both_share && !apart
        };

        let in_the_way = |local| self.ports.in_the_way(local, flags.into());
        let held = in_the_way(local) || (dual && in_the_way(v4));
        !held && !self.ports.holders(local.port).iter().any(conflicts)
    }

    /// A port that nobody has anything to do with, for `bind` with port 0.
    pub(super) fn free_port(&mut self, local: End, among: Ephemeral<'_>) -> Result<End, Errno> {
        let count = among.count();
        let start = self.ports.rng.below(count.into()) as u32;
        for port in (start..start + count).filter_map(|n| among.at(n)) {
            let end = End { port, ..local };
            if self.ports.holders(port).is_empty()
                && [End::ANY, End::ANY_V6].into_iter().all(|any| {
                    let all = End { port, ..any };
                    !self.ports.in_the_way(all, Reuse::default())
                })
            {
                return Ok(end);
            }
        }
        Err(Errno::EADDRINUSE)
    }

    /// A port for a connection to `remote` (RFC 6056 §3.3.4, algorithm 4: double-hash), and whose
    /// place in TIME-WAIT it takes, if that of any.
    pub(super) fn port_towards(
        &mut self,
        local: End,
        remote: End,
        among: Ephemeral<'_>,
        env: &mut Env<'_>,
    ) -> Result<(End, Option<TimeWait>), Errno> {
        let count = among.count();
        let hash = self.ports.keyed.hash_one((local, remote));
        let (offset, index) = (hash as u32 % count, (hash >> 56) as usize);
        for step in 0..count {
            let next = u32::from(self.ports.next[index]) + step;
            let Some(port) = among.at(offset + next) else {
                continue;
            };
            let end = End { port, ..local };
            let flow = Flow { local: end, remote };
            if !self.ports.holders(port).is_empty() {
                continue;
            }
            let old = match self.find(&flow) {
                None => None,
                Some(kept) => match self.take_over(env, kept, true) {
                    None => continue,
                    old => old,
                },
            };
            self.ports.next[index] = (next % count) as u16 + 1;
            return Ok((end, old));
        }
        Err(Errno::EADDRNOTAVAIL)
    }

    /// Takes away what is left of an old connection, for `connect` to take its place (RFC 6191). It
    /// must have told the time, so that old and new can be told apart. A `drawn` port must besides
    /// have been quiet for `tcp_tw_reuse_delay`, and `tcp_tw_reuse` must allow it: 1 everywhere, 2
    /// over the loopback.
    pub(super) fn take_over(
        &mut self,
        env: &mut Env<'_>,
        kept: Kept,
        drawn: bool,
    ) -> Option<TimeWait> {
        let Kept::Rest(slot) = kept else {
            return None;
        };
        let rest = self.rests.get(slot)?;
        let flow = &rest.flow;
        let near = flow.local.addr.is_loopback() || flow.remote.addr.is_loopback();
        let allowed = match env.sysctls.tcp_tw_reuse {
            0 => false,
            1 => true,
            _ => near,
        };
        // The deadline is a `time_wait` after the last FIN.
        let quiet_since = rest.wait.deadline();
        let waited = env.now + env.sysctls.tcp.time_wait;
        let quiet = waited >= quiet_since + env.sysctls.tcp_tw_reuse_delay;
        let may = rest.wait.has_timestamps() && (!drawn || (allowed && quiet));
        may.then(|| self.forget_rest(env, slot)).flatten()
    }

    /// Gives a row a port that it holds until it is forgotten.
    pub(super) fn take_port(&mut self, slot: u32, local: End) {
        if let Some(row) = self.rows.get_mut(slot) {
            row.local = local;
            row.marks |= Marks::HOLDS_PORT;
            self.ports.hold(local, slot);
        }
    }

    /// Puts a row's connection into the table of flows.
    pub(super) fn link_flow(&mut self, slot: u32) {
        if let Some(row) = self.rows.get_mut(slot) {
            row.marks |= Marks::IN_FLOWS;
            row.counted = row.common.flags.into();
            let (flow, reuse) = (row.flow(), row.counted);
            self.enter(Kept::Row(slot), &flow);
            self.ports.connection_made(flow.local, reuse);
        }
    }

    /// The program has changed what a row lets others do.
    pub(super) fn recount(&mut self, slot: u32) {
        if let Some(row) = self.rows.get_mut(slot)
            && row.marks.contains(Marks::IN_FLOWS)
        {
            let old = core::mem::replace(&mut row.counted, row.common.flags.into());
            self.ports.connection_gone(row.local, old);
            self.ports.connection_made(row.local, row.counted);
        }
    }

    /// The listener for a segment to `local` from `remote`: at that very address, else at all. Of
    /// several that share a port (`SO_REUSEPORT`) the flow's hash picks one.
    pub(super) fn listener_for(&self, flow: &Flow, iface: InterfaceId) -> Option<u32> {
        let holders = self.ports.holders(flow.local.port);
        let device = |slot: &u32| self.rows.get(*slot)?.common.device();
        // Who is bound to the interface comes before those that are bound to none.
        let bound = holders.iter().any(|slot| device(slot) == Some(iface));
        let here = |slot: &u32| match device(slot) {
            Some(only) => only == iface,
            None => !bound,
        };
        let v4 = flow.local.addr.is_ipv4();
        let dual = End {
            port: flow.local.port,
            ..End::ANY_V6
        };
        for local in [flow.local, flow.local.wildcard(), dual] {
            let listens = |row: &Row| {
                let deaf = v4 && local == dual && row.common.has(Flags::V6ONLY);
                row.local == local && !deaf && matches!(row.role, Role::Listener(_))
            };
            let mut fits = holders
                .iter()
                .copied()
                .filter(|slot| here(slot) && self.rows.get(*slot).is_some_and(listens));
            if let Some(first) = fits.next() {
                let others = fits.clone().count();
                let pick = match others {
                    0 => 0,
                    _ => self.ports.keyed.hash_one(flow) as usize % (others + 1),
                };
                return if pick == 0 {
                    Some(first)
                } else {
                    fits.nth(pick - 1)
                };
            }
        }
        None
    }
}
