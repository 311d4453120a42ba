//! Our own addresses: probed, announced, defended (RFC 5227), or with IPv6 only probed (RFC 4862
//! §5.4).

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use base::{Duration, Instant, Rng};
use slab::Slab;
use wire::ndp::{self, NdOption};
use wire::{IpNet, MacAddr, arp};

use super::{Debt, Neighbors};
use crate::control;
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
    net: IpNet,
    stage: Stage,
    plan: Plan,
    /// By which a question of IPv6 is known again (RFC 7527); 0 for none.
    nonce: u64,
    /// When it was last defended.
    defended: Option<Instant>,
    /// Armed while probing and announcing.
    timer: Option<TimerId>,
    /// Whether it stands in the list of those that owe an ARP packet.
    listed: bool,
}

/// How an address is claimed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Questions whether somebody has it; with none it is ours at once.
    pub(crate) probes: u8,
    /// Between two questions, and after the last of them, with IPv6. IPv4's times are RFC 5227's.
    pub(crate) retrans_time: Duration,
    /// IPv6's questions carry a number (RFC 7527).
    pub(crate) nonce: bool,
    /// Everybody is told when it is ours. IPv6 does not.
    pub(crate) announce: bool,
}

impl Plan {
    /// IPv4's way (RFC 5227).
    pub(crate) const fn arp(probe: bool, announce: bool) -> Self {
        Self {
            probes: if probe { PROBE_NUM } else { 0 },
            retrans_time: PROBE_MIN,
            nonce: false,
            announce,
        }
    }
}

/// The claims of one computer.
#[derive(Debug, Default)]
pub(super) struct Claims {
    claims: Slab<Claim>,
    index: BTreeMap<(InterfaceId, IpAddr), u32>,
    /// Those that owe a probe or an announcement, each once.
    ready: VecDeque<u32>,
}

/// An address became ours: nobody objected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claimed {
    /// At which interface.
    pub(crate) iface: InterfaceId,
    /// The address and its network.
    pub(crate) net: IpNet,
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
    /// Begins to answer for an address. Where the plan has probes, others are asked for it first,
    /// and it is not ours before [`Claimed`] says so.
    pub(crate) fn claim(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        now: Instant,
        iface: InterfaceId,
        net: IpNet,
        plan: Plan,
    ) {
        let claims = &mut self.claims;
        claims.remove(timers, iface, net.addr());
        let slot = claims.claims.insert(Claim {
            iface,
            net,
            stage: if plan.probes > 0 {
                Stage::Probing(0)
            } else {
                Stage::Settled
            },
            plan,
            nonce: if plan.nonce { self.rng.u64() | 1 } else { 0 },
            defended: None,
            timer: None,
            listed: false,
        }) as u32;
        claims.index.insert((iface, net.addr()), slot);
        if plan.probes > 0 {
            // RFC 5227 §2.1.1, RFC 4862 §5.4.2: hosts that are switched on together must not probe in step.
            let wait = Duration::from_nanos(self.rng.below(PROBE_WAIT.as_nanos()));
            claims.arm(timers, slot, now + wait);
        } else if plan.announce && self.announce_wait > Duration::ZERO {
            // For the same reason.
            let wait = Duration::from_nanos(self.rng.below(self.announce_wait.as_nanos()));
            if let Some(claim) = claims.claims.get_mut(slot as usize) {
                claim.stage = Stage::Announcing(0);
            }
            claims.arm(timers, slot, now + wait);
        } else if plan.announce {
            claims.announce(timers, slot, 1, now);
        }
    }

    /// Whether there is a claim to an address; not where others had it first.
    pub(crate) fn claims(&self, iface: InterfaceId, addr: IpAddr) -> bool {
        self.claims.find(iface, addr).is_some()
    }

    /// Gives an address up.
    pub(crate) fn disclaim(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        iface: InterfaceId,
        addr: IpAddr,
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
        Stage::Probing(sent) if sent < claim.plan.probes => {
            claim.stage = Stage::Probing(sent + 1);
            let wait = if claim.net.addr().is_ipv6() {
                claim.plan.retrans_time
            } else if sent + 1 == claim.plan.probes {
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
            if claim.plan.announce {
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
    pub(super) fn is_ours(&self, iface: InterfaceId, addr: IpAddr) -> bool {
        let claim = self.find(iface, addr);
        claim.is_some_and(|claim| !matches!(claim.stage, Stage::Probing(_)))
    }

    /// Whether we answer for the address at any interface.
    pub(super) fn is_ours_somewhere(&self, addr: IpAddr) -> bool {
        let mut at = self.index.keys().filter(|(_, known)| *known == addr);
        at.any(|(iface, _)| self.is_ours(*iface, addr))
    }

    /// Those of IPv4, whatever has become of them yet.
    pub(super) fn v4(&self) -> impl Iterator<Item = Ipv4Addr> {
        self.index.keys().filter_map(|(_, addr)| match addr {
            IpAddr::V4(addr) => Some(*addr),
            IpAddr::V6(_) => None,
        })
    }

    fn find(&self, iface: InterfaceId, addr: IpAddr) -> Option<&Claim> {
        self.claims.get(*self.index.get(&(iface, addr))? as usize)
    }

    /// Does the packet, from another card, speak for an address of ours or want one that we want?
    pub(super) fn dispute(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        iface: InterfaceId,
        now: Instant,
        packet: &arp::Packet,
    ) -> Option<(IpAddr, Dispute)> {
        if packet.sender_ip == Ipv4Addr::UNSPECIFIED {
            // RFC 5227 §2.1.1: two hosts probe for one address at the same time; both lose.
            let target = IpAddr::V4(packet.target_ip);
            return Some((target, self.rivalled(timers, iface, target)?));
        }
        let sender = IpAddr::V4(packet.sender_ip);
        Some((sender, self.contested(timers, iface, now, sender)?))
    }

    /// Somebody else wants an address too: who probes for it himself loses it.
    pub(super) fn rivalled(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        iface: InterfaceId,
        addr: IpAddr,
    ) -> Option<Dispute> {
        let claim = self.find(iface, addr)?;
        matches!(claim.stage, Stage::Probing(_)).then(|| {
            self.remove(timers, iface, addr);
            Dispute::Lost
        })
    }

    /// Somebody else says that he has an address.
    pub(super) fn contested(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        iface: InterfaceId,
        now: Instant,
        addr: IpAddr,
    ) -> Option<Dispute> {
        let slot = *self.index.get(&(iface, addr))?;
        let claim = self.claims.get_mut(slot as usize)?;
        if matches!(claim.stage, Stage::Probing(_)) {
            self.remove(timers, iface, addr);
            return Some(Dispute::Lost);
        }
        // RFC 5227 §2.4 (c): never given up, and told to all once in DEFEND_INTERVAL, lest two
        // hosts with one address shout at each other for ever.
        if claim
            .defended
            .is_some_and(|at| now.since(at) < DEFEND_INTERVAL)
        {
            return Some(Dispute::Again);
        }
        claim.defended = Some(now);
        // RFC 4862 §5.4.4 leaves open what to do about IPv6's; Linux says so, and no more.
        if addr.is_ipv4() {
            self.list(slot);
        }
        Some(Dispute::Defended)
    }

    /// Whether a question for an address is our own, brought back by the link (RFC 7527 §4.1).
    pub(super) fn is_own_echo(&self, iface: InterfaceId, addr: IpAddr, nonce: &[u8]) -> bool {
        self.find(iface, addr)
            .is_some_and(|claim| claim.nonce != 0 && nonce == nonce_bytes(claim.nonce))
    }

    /// Whether a probe or an announcement may be owed.
    pub(super) fn owes(&self) -> bool {
        !self.ready.is_empty()
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
            let target_ip = match claim.net.addr() {
                IpAddr::V4(addr) => addr,
                IpAddr::V6(target) => return Some(probe(iface, target, claim.nonce)),
            };
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
    fn remove(&mut self, timers: &mut Wheel<TimerKey>, iface: InterfaceId, addr: IpAddr) {
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
        let ours = self.index.keys().filter(|(at, _)| *at == iface);
        let addresses: Vec<_> = ours.map(|(_, addr)| *addr).collect();
        for addr in addresses {
            self.remove(timers, iface, addr);
        }
    }
}

/// A question whether somebody has an address: from nobody, lest it be learned (RFC 4862 §5.4.2).
fn probe(iface: InterfaceId, target: Ipv6Addr, nonce: u64) -> Debt {
    let group = ndp::solicited_node(target);
    let bytes = nonce_bytes(nonce);
    let option = [NdOption::Nonce(&bytes)];
    let options = if nonce == 0 { &[][..] } else { &option };
    let message = ndp::Message::NeighborSolicitation { target };
    Debt::Ndp {
        iface,
        dst: MacAddr::multicast_v6(group),
        frame: control::ndp(Ipv6Addr::UNSPECIFIED, group, &message, options),
    }
}

/// The six bytes that fill an option of the least length (RFC 3971 §5.3.2).
const fn nonce_bytes(nonce: u64) -> [u8; 6] {
    let [_, _, a, b, c, d, e, f] = nonce.to_be_bytes();
    [a, b, c, d, e, f]
}
