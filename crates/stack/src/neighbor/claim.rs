//! Our own addresses: probed, announced, defended (RFC 5227).

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::net::Ipv4Addr;

use base::{Duration, Instant, Rng};
use slab::Slab;
use wire::{Ipv4Net, MacAddr, arp};

use super::{Debt, Neighbors};
use crate::interface::{Interface, InterfaceId};
use crate::timer::{TimerId, TimerKey, Wheel};

// RFC 5227 §1.1.
const PROBE_WAIT: Duration = Duration::from_secs(1);
const PROBE_NUM: u8 = 3;
const PROBE_MIN: Duration = Duration::from_secs(1);
const PROBE_MAX: Duration = Duration::from_secs(2);
const ANNOUNCE_WAIT: Duration = Duration::from_secs(2);
const ANNOUNCE_NUM: u8 = 2;
const ANNOUNCE_INTERVAL: Duration = Duration::from_secs(2);
const DEFEND_INTERVAL: Duration = Duration::from_secs(10);

/// How far the claim to an address has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Others are asked whether they have it; so many probes were owed.
    Probing(u8),
    /// It is ours; so many announcements were owed.
    Announcing(u8),
    /// It is ours, and everybody was told.
    Settled,
}

/// The claim to one address.
#[derive(Debug)]
struct Claim {
    iface: InterfaceId,
    net: Ipv4Net,
    stage: Stage,
    announce: bool,
    /// When it was last defended.
    defended: Option<Instant>,
    /// Armed while probing and announcing.
    timer: Option<TimerId>,
    /// Whether it stands in the list of those that owe an ARP packet.
    listed: bool,
}

/// The claims of one computer.
#[derive(Debug, Default)]
pub(super) struct Claims {
    claims: Slab<Claim>,
    index: BTreeMap<(InterfaceId, Ipv4Addr), u32>,
    /// Those that owe a probe or an announcement, each once.
    ready: VecDeque<u32>,
}

/// An address became ours: nobody objected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claimed {
    /// At which interface.
    pub(crate) iface: InterfaceId,
    /// The address and its network.
    pub(crate) net: Ipv4Net,
}

/// How a quarrel about an address ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dispute {
    /// Somebody has it already: the claim is given up.
    Lost,
    /// It is ours, and everybody will be told so.
    Defended,
    /// It is ours, but everybody was told not long ago.
    Again,
}

impl Neighbors {
    /// Begins to answer for an address. With `probe`, others are asked for it first, and it is not
    /// ours before [`Claimed`] says so; with `announce`, everybody is told.
    pub(crate) fn claim(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        now: Instant,
        iface: InterfaceId,
        net: Ipv4Net,
        (probe, announce): (bool, bool),
    ) {
        let claims = &mut self.claims;
        claims.remove(timers, iface, net.addr());
        let slot = claims.claims.insert(Claim {
            iface,
            net,
            stage: if probe {
                Stage::Probing(0)
            } else {
                Stage::Settled
            },
            announce,
            defended: None,
            timer: None,
            listed: false,
        }) as u32;
        claims.index.insert((iface, net.addr()), slot);
        if probe {
            // RFC 5227 §2.1.1: hosts that are switched on together must not probe in step.
            let wait = Duration::from_nanos(self.rng.below(PROBE_WAIT.as_nanos()));
            claims.arm(timers, slot, now + wait);
        } else if announce {
            claims.announce(timers, slot, 1, now);
        }
    }

    /// Gives an address up.
    pub(crate) fn disclaim(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        iface: InterfaceId,
        addr: Ipv4Addr,
    ) {
        self.claims.remove(timers, iface, addr);
    }
}

/// A claim's time has come: probe or announce once more. Says when an address has become ours.
pub(super) fn expire(
    claims: &mut Claims,
    rng: &mut Rng,
    timers: &mut Wheel<TimerKey>,
    now: Instant,
    slot: u32,
) -> Option<Claimed> {
    let claim = claims.claims.get_mut(slot as usize)?;
    claim.timer = None;
    let claimed = Claimed {
        iface: claim.iface,
        net: claim.net,
    };
    match claim.stage {
        Stage::Probing(sent) if sent < PROBE_NUM => {
            claim.stage = Stage::Probing(sent + 1);
            let wait = if sent + 1 == PROBE_NUM {
                ANNOUNCE_WAIT
            } else {
                let spread = PROBE_MAX.as_nanos() - PROBE_MIN.as_nanos();
                PROBE_MIN + Duration::from_nanos(rng.below(spread))
            };
            claims.arm(timers, slot, now + wait);
            claims.list(slot);
            None
        }
        Stage::Probing(_) => {
            claim.stage = Stage::Settled;
            if claim.announce {
                claims.announce(timers, slot, 1, now);
            }
            Some(claimed)
        }
        Stage::Announcing(sent) if sent < ANNOUNCE_NUM => {
            claims.announce(timers, slot, sent + 1, now);
            None
        }
        Stage::Announcing(_) | Stage::Settled => {
            claim.stage = Stage::Settled;
            None
        }
    }
}

impl Claims {
    /// Whether we answer for the address at this interface.
    pub(super) fn is_ours(&self, iface: InterfaceId, addr: Ipv4Addr) -> bool {
        let claim = self.find(iface, addr);
        claim.is_some_and(|claim| !matches!(claim.stage, Stage::Probing(_)))
    }

    fn find(&self, iface: InterfaceId, addr: Ipv4Addr) -> Option<&Claim> {
        self.claims.get(*self.index.get(&(iface, addr))? as usize)
    }

    /// Does the packet, from another card, speak for an address of ours or want one that we want?
    pub(super) fn dispute(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        iface: InterfaceId,
        now: Instant,
        packet: &arp::Packet,
    ) -> Option<(Ipv4Addr, Dispute)> {
        let sender = packet.sender_ip;
        if sender == Ipv4Addr::UNSPECIFIED {
            // RFC 5227 §2.1.1: two hosts probe for one address at the same time; both lose.
            let target = packet.target_ip;
            let claim = self.find(iface, target)?;
            if !matches!(claim.stage, Stage::Probing(_)) {
                return None;
            }
            self.remove(timers, iface, target);
            return Some((target, Dispute::Lost));
        }
        let slot = *self.index.get(&(iface, sender))?;
        let claim = self.claims.get_mut(slot as usize)?;
        if matches!(claim.stage, Stage::Probing(_)) {
            self.remove(timers, iface, sender);
            return Some((sender, Dispute::Lost));
        }
        // RFC 5227 §2.4 (c): never given up, and told to all once in DEFEND_INTERVAL, lest two
        // hosts with one address shout at each other for ever.
        if claim
            .defended
            .is_some_and(|at| now.since(at) < DEFEND_INTERVAL)
        {
            return Some((sender, Dispute::Again));
        }
        claim.defended = Some(now);
        self.list(slot);
        Some((sender, Dispute::Defended))
    }

    /// The next probe or announcement that is owed.
    pub(super) fn poll(&mut self, interfaces: &[Interface]) -> Option<Debt> {
        while let Some(slot) = self.ready.pop_front() {
            let Some(claim) = self.claims.get_mut(slot as usize) else {
                continue;
            };
            claim.listed = false;
            let iface = claim.iface;
            let Some(sender_mac) = interfaces.get(iface.index()).and_then(Interface::mac) else {
                continue;
            };
            let target_ip = claim.net.addr();
            // RFC 5227 §1.1: a probe does not say whose address it is, lest others learn it; an
            // announcement names it twice.
            let sender_ip = match claim.stage {
                Stage::Probing(_) => Ipv4Addr::UNSPECIFIED,
                Stage::Announcing(_) | Stage::Settled => target_ip,
            };
            let packet = arp::Packet {
                operation: arp::Operation::Request,
                sender_mac,
                sender_ip,
                target_mac: MacAddr::ZERO,
                target_ip,
            };
            let dst = MacAddr::BROADCAST;
            return Some(Debt::Arp { iface, dst, packet });
        }
        None
    }

    fn announce(&mut self, timers: &mut Wheel<TimerKey>, slot: u32, number: u8, now: Instant) {
        if let Some(claim) = self.claims.get_mut(slot as usize) {
            claim.stage = Stage::Announcing(number);
        }
        if number < ANNOUNCE_NUM {
            self.arm(timers, slot, now + ANNOUNCE_INTERVAL);
        }
        self.list(slot);
    }

    fn arm(&mut self, timers: &mut Wheel<TimerKey>, slot: u32, at: Instant) {
        if let Some(claim) = self.claims.get_mut(slot as usize) {
            claim.timer = Some(timers.arm(at, TimerKey::Claim(slot)));
        }
    }

    fn list(&mut self, slot: u32) {
        if let Some(claim) = self.claims.get_mut(slot as usize)
            && !claim.listed
        {
            claim.listed = true;
            self.ready.push_back(slot);
        }
    }

    /// Gives a claim up.
    fn remove(&mut self, timers: &mut Wheel<TimerKey>, iface: InterfaceId, addr: Ipv4Addr) {
        let Some(slot) = self.index.remove(&(iface, addr)) else {
            return;
        };
        let Some(claim) = self.claims.try_remove(slot as usize) else {
            return;
        };
        if let Some(timer) = claim.timer {
            timers.disarm(timer);
        }
        if claim.listed {
            self.ready.retain(|listed| *listed != slot);
        }
    }

    /// Gives all claims of an interface up.
    pub(super) fn remove_all(&mut self, timers: &mut Wheel<TimerKey>, iface: InterfaceId) {
        let ours = self
            .index
            .range((iface, Ipv4Addr::UNSPECIFIED)..=(iface, Ipv4Addr::BROADCAST));
        let addresses: Vec<_> = ours.map(|((_, addr), _)| *addr).collect();
        for addr in addresses {
            self.remove(timers, iface, addr);
        }
    }
}
