//! Conversations through this host, by what their packets look like in either direction.

use alloc::collections::BTreeMap;
use core::net::IpAddr;

use base::{Duration, Instant, Rng};
use slab::Slab;
use wire::Protocol;

use super::tcp::Connection;
use crate::flow::{Segment, Tuple};
use crate::keyed::{Keyed, KeyedMap};
use crate::sysctl::Conntrack as Settings;
use crate::timer::{TimerId, TimerKey, Wheel};
use crate::verdict::DropReason;

/// Of all that fit, one address may begin one in so many: it cannot keep the others out.
const SHARE: usize = 2;

/// A conversation between two ends, at least one of them not this host.
#[derive(Debug)]
pub(super) struct Flow {
    /// What its packets look like when they come: those of who began it, and the answers. They differ
    /// in more than their direction where one side or both are translated.
    pub(super) tuples: [Tuple; 2],
    /// The mappings of its source and its destination, where it has such.
    pub(super) mappings: [Option<u32>; 2],
    /// Somebody answered.
    pub(super) replied: bool,
    tcp: Option<Connection>,
    /// When it is forgotten unless somebody speaks.
    until: Instant,
    /// The timer may fire before that, and look again.
    armed: Instant,
    timer: TimerId,
    /// Its place among those that nobody answered.
    order: u64,
}

impl Flow {
    /// What a packet of `direction` looks like when it leaves.
    pub(super) const fn leaves_as(&self, direction: usize) -> Tuple {
        self.tuples[1 - direction].reversed()
    }

    fn timeout(&self, settings: &Settings) -> Duration {
        match (&self.tcp, self.tuples[0].protocol) {
            (Some(tcp), _) => tcp.timeout(settings),
            (None, Protocol::UDP) if self.replied => settings.udp_timeout_stream,
            (None, Protocol::UDP) => settings.udp_timeout,
            (None, Protocol::ICMP) => settings.icmp_timeout,
            (None, Protocol::ICMPV6) => settings.icmpv6_timeout,
            (None, _) => settings.generic_timeout,
        }
    }
}

/// All that are known.
#[derive(Debug)]
pub(super) struct Flows {
    flows: Slab<Flow>,
    /// Both tuples of each, with its slot and the direction.
    index: KeyedMap<Tuple, (u32, u8)>,
    /// Those that nobody answered, by age: they give way when the table is full.
    fresh: BTreeMap<u64, u32>,
    /// How many each address began.
    begun: KeyedMap<IpAddr, u32>,
    next: u64,
    /// The most that there were at once.
    pub(super) peak: usize,
    /// How many gave way.
    pub(super) evicted: u64,
}

impl Flows {
    pub(super) fn new(rng: &mut Rng) -> Self {
        Self {
            flows: Slab::new(),
            index: KeyedMap::with_hasher(Keyed::new(rng)),
            fresh: BTreeMap::new(),
            begun: KeyedMap::with_hasher(Keyed::new(rng)),
            next: 0,
            peak: 0,
            evicted: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.flows.len()
    }

    pub(super) fn find(&self, tuple: &Tuple) -> Option<(u32, usize)> {
        let (slot, direction) = self.index.get(tuple)?;
        Some((*slot, usize::from(*direction)))
    }

    pub(super) fn get(&self, slot: u32) -> Option<&Flow> {
        self.flows.get(slot as usize)
    }

    /// Takes note of a packet of a conversation. False where a segment is not of its connection.
    pub(super) fn heard(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        settings: &Settings,
        now: Instant,
        (slot, direction): (u32, usize),
        segment: Option<&Segment>,
    ) -> bool {
        let Some(flow) = self.flows.get_mut(slot as usize) else {
            return false;
        };
        if let (Some(tcp), Some(segment)) = (&mut flow.tcp, segment)
            && !tcp.on_segment(direction, segment)
        {
            return false;
        }
        if direction == 1 && !flow.replied {
            flow.replied = true;
            self.fresh.remove(&flow.order);
        }
        flow.until = now + flow.timeout(settings);
        if flow.until < flow.armed {
            timers.disarm(flow.timer);
            (flow.armed, flow.timer) = (flow.until, timers.arm(flow.until, TimerKey::Flow(slot)));
        }
        true
    }

    /// Enters a conversation. What gave way for it comes back, its tables to be cleared up.
    ///
    /// # Errors
    ///
    /// [`DropReason::ConntrackClash`], [`DropReason::ConntrackSourceLimit`],
    /// [`DropReason::ConntrackFull`].
    pub(super) fn begin(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        settings: &Settings,
        now: Instant,
        tuples: [Tuple; 2],
        mappings: [Option<u32>; 2],
        segment: Option<&Segment>,
    ) -> Result<Option<Flow>, DropReason> {
        if tuples.iter().any(|tuple| self.index.contains_key(tuple)) {
            return Err(DropReason::ConntrackClash);
        }
        let max = settings.max as usize;
        let source = tuples[0].src;
        let begun = self.begun.get(&source).copied().unwrap_or(0);
        if begun as usize >= (max / SHARE).max(1) {
            return Err(DropReason::ConntrackSourceLimit);
        }
        let mut gone = None;
        if self.flows.len() >= max {
            let oldest = self.fresh.first_key_value().map(|(_, slot)| *slot);
            let oldest = oldest.ok_or(DropReason::ConntrackFull)?;
            gone = self.remove(timers, oldest);
            self.evicted += 1;
        }
        let order = self.next;
        self.next += 1;
        let mut flow = Flow {
            tuples,
            mappings,
            replied: false,
            tcp: segment.map(Connection::new),
            until: now,
            armed: now,
            timer: TimerId::NONE,
            order,
        };
        flow.until = now + flow.timeout(settings);
        flow.armed = flow.until;
        let vacant = self.flows.vacant_entry();
        let slot = vacant.key() as u32;
        flow.timer = timers.arm(flow.until, TimerKey::Flow(slot));
        vacant.insert(flow);
        for (tuple, direction) in tuples.iter().zip(0..) {
            self.index.insert(*tuple, (slot, direction));
        }
        self.fresh.insert(order, slot);
        *self.begun.entry(source).or_insert(0) += 1;
        self.peak = self.peak.max(self.flows.len());
        Ok(gone)
    }

    /// A conversation's timer fired: it is over where nobody has spoken meanwhile.
    pub(super) fn expire(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        now: Instant,
        slot: u32,
    ) -> Option<Flow> {
        let flow = self.flows.get_mut(slot as usize)?;
        if flow.until > now {
            (flow.armed, flow.timer) = (flow.until, timers.arm(flow.until, TimerKey::Flow(slot)));
            return None;
        }
        self.remove(timers, slot)
    }

    /// Forgets every conversation that `which` names.
    pub(super) fn forget(&mut self, timers: &mut Wheel<TimerKey>, which: impl Fn(&Flow) -> bool) {
        let slots = self.flows.iter().filter(|(_, flow)| which(flow));
        let slots: alloc::vec::Vec<u32> = slots.map(|(slot, _)| slot as u32).collect();
        for slot in slots {
            self.remove(timers, slot);
        }
    }

    fn remove(&mut self, timers: &mut Wheel<TimerKey>, slot: u32) -> Option<Flow> {
        let flow = self.flows.try_remove(slot as usize)?;
        timers.disarm(flow.timer);
        self.fresh.remove(&flow.order);
        for tuple in &flow.tuples {
            self.index.remove(tuple);
        }
        let source = flow.tuples[0].src;
        if let Some(count) = self.begun.get_mut(&source) {
            *count -= 1;
            if *count == 0 {
                self.begun.remove(&source);
            }
        }
        Some(flow)
    }
}
