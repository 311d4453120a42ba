//! Groups: who on this host listens to which, and what routers are told of it.
//!
//! The host's side of IGMPv3 (RFC 3376) and of MLDv2 (RFC 3810), which is one machine for both
//! families, and of the versions before them where a querier speaks those (RFC 2236, RFC 1112,
//! RFC 2710).
//!
//! | file | what |
//! |---|---|
//! | `filter` | whose packets to a group are wanted |
//! | `members` | which sockets are in which groups |
//! | `group` | one group at one interface: what is wanted, what has yet to be said |
//! | `querier` | how the router that asks speaks |
//! | `ingress` | a query, or somebody else's report |
//! | `deadline` | an answer or a repetition is due |
//! | `egress` | reports that are owed |

pub(crate) mod deadline;
pub(crate) mod egress;
mod filter;
mod group;
pub(crate) mod ingress;
mod members;
mod querier;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use base::{Duration, Instant, Rng};
use slab::Slab;
use wire::membership::Version;

use crate::interface::InterfaceId;
use crate::socket::{Errno, Family, SocketId};
use crate::sysctl::Sysctls;
use crate::timer::{TimerKey, Wheel};

use filter::Filter;
use group::Group;
pub(crate) use members::{Change, Member};
use querier::Querier;

/// The longest time between two reports of one change (RFC 3376 §8.11, RFC 3810 §9.11).
const UNSOLICITED: Duration = Duration::from_secs(1);
/// The same in the words of the second version (RFC 2236 §8.10, RFC 2710 §7.10).
const UNSOLICITED_V2: Duration = Duration::from_secs(10);

/// The multicast layer's state of one computer.
#[derive(Debug)]
pub(crate) struct Multicast {
    /// Sockets that have to do with groups. Bounded by the sockets.
    members: BTreeMap<SocketId, Member>,
    groups: Slab<Group>,
    index: BTreeMap<(InterfaceId, IpAddr), u32>,
    queriers: BTreeMap<(InterfaceId, bool), Querier>,
    /// Groups that this host itself begins to listen to, or stops; paid with what is sent next.
    owned: VecDeque<(InterfaceId, IpAddr, bool)>,
    /// Groups that owe the link something, each once.
    ready: VecDeque<u32>,
    /// Reports that are whole and wait for the driver: those of one answer.
    outbox: VecDeque<egress::Due>,
    rng: Rng,
}

impl Multicast {
    /// Nobody listens to anything.
    pub(crate) const fn new(rng: Rng) -> Self {
        Self {
            members: BTreeMap::new(),
            groups: Slab::new(),
            index: BTreeMap::new(),
            queriers: BTreeMap::new(),
            owned: VecDeque::new(),
            ready: VecDeque::new(),
            outbox: VecDeque::new(),
            rng,
        }
    }

    /// What a socket has to do with groups.
    pub(crate) fn member(&self, socket: SocketId) -> Option<&Member> {
        self.members.get(&socket)
    }

    /// The same, to be changed.
    pub(crate) fn member_mut(&mut self, socket: SocketId, family: Family) -> &mut Member {
        let new = || Member::new(family);
        self.members.entry(socket).or_insert_with(new)
    }

    /// Changes a socket's membership, and tells routers what follows from it.
    ///
    /// # Errors
    ///
    /// Those of [`Member::change`].
    pub(crate) fn change(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        sysctls: &Sysctls,
        now: Instant,
        (socket, family): (SocketId, Family),
        (iface, group, change): (InterfaceId, IpAddr, Change),
    ) -> Result<(), Errno> {
        let new = || Member::new(family);
        let member = self.members.entry(socket).or_insert_with(new);
        let done = member.change(sysctls, iface, group, change);
        // Also what failed may have changed a filter's mode.
        if member.joined_at(group).is_some() || done.is_ok() {
            self.refresh(timers, now, iface, group);
        }
        done
    }

    /// A socket is closed: it leaves its groups.
    pub(crate) fn close(&mut self, timers: &mut Wheel<TimerKey>, now: Instant, socket: SocketId) {
        let Some(member) = self.members.remove(&socket) else {
            return;
        };
        for joined in member.joined {
            self.refresh(timers, now, joined.iface, joined.group);
        }
    }

    /// This host itself begins to listen to a group, or stops; the link hears of it with what is
    /// sent next.
    pub(crate) fn own(&mut self, iface: InterfaceId, group: IpAddr, listens: bool) {
        self.owned.push_back((iface, group, listens));
    }

    /// Whether [`egress::poll`] may have something to give.
    pub(crate) fn owes(&self) -> bool {
        !(self.owned.is_empty() && self.outbox.is_empty() && self.ready.is_empty())
    }

    /// Takes over what this host itself listens to.
    fn settle_owned(&mut self, timers: &mut Wheel<TimerKey>, now: Instant) {
        while let Some((iface, group, listens)) = self.owned.pop_front() {
            if listens {
                let slot = self.slot(iface, group);
                if let Some(group) = self.groups.get_mut(slot as usize) {
                    group.own += 1;
                }
            } else if let Some(slot) = self.index.get(&(iface, group))
                && let Some(group) = self.groups.get_mut(*slot as usize)
            {
                group.own = group.own.saturating_sub(1);
            }
            self.refresh(timers, now, iface, group);
        }
    }

    /// An interface goes down: what its link's routers were told and asked is forgotten.
    pub(crate) fn interface_down(&mut self, timers: &mut Wheel<TimerKey>, iface: InterfaceId) {
        self.owned.retain(|(at, ..)| *at != iface);
        let here = self.index.extract_if(.., |(at, _), _| *at == iface);
        let slots: Vec<_> = here.map(|(_, slot)| slot).collect();
        for slot in &slots {
            if let Some(timer) = self.groups.remove(*slot as usize).timer {
                timers.disarm(timer);
            }
        }
        self.ready.retain(|slot| !slots.contains(slot));
        for v6 in [false, true] {
            let querier = self.queriers.remove(&(iface, v6));
            if let Some((_, timer)) = querier.and_then(|querier| querier.answer) {
                timers.disarm(timer);
            }
        }
    }

    /// An interface is up again: its link's routers are told anew (RFC 3376 §5.1, RFC 3810 §6.1). The
    /// groups that this host listens to by itself come with its addresses.
    pub(crate) fn interface_up(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        now: Instant,
        iface: InterfaceId,
    ) {
        self.interface_down(timers, iface);
        let joined = self.members.values().flat_map(|member| &member.joined);
        let here = joined.filter(|joined| joined.iface == iface);
        let groups: Vec<_> = here.map(|joined| joined.group).collect();
        for group in groups {
            self.refresh(timers, now, iface, group);
        }
    }

    /// Whether somebody here wants what `source` sends to a group that an interface heard.
    pub(crate) fn wants(&self, iface: InterfaceId, group: IpAddr, source: IpAddr) -> bool {
        is_all_nodes(group)
            || self
                .find(iface, group)
                .is_some_and(|group| group.filter.allows(source))
    }

    /// Whether anybody here is in the group.
    pub(crate) fn is_member(&self, iface: InterfaceId, group: IpAddr) -> bool {
        is_all_nodes(group)
            || self
                .find(iface, group)
                .is_some_and(|group| group.filter != Filter::NOTHING)
    }

    /// Whether a socket that a packet to a group fits hears it.
    pub(crate) fn hears(
        &self,
        (socket, family): (SocketId, Family),
        iface: InterfaceId,
        group: IpAddr,
        source: IpAddr,
    ) -> bool {
        match self.members.get(&socket) {
            Some(member) => member.hears(iface, group, source),
            None => Member::new(family).hears(iface, group, source),
        }
    }

    /// Every group that somebody here listens to, by interface and address.
    pub(crate) fn list(&self) -> Vec<(InterfaceId, IpAddr)> {
        let heard = |slot: u32| {
            let group = self.groups.get(slot as usize);
            group.is_some_and(|group| group.filter != Filter::NOTHING)
        };
        let groups = self.index.iter().filter(|(_, slot)| heard(**slot));
        groups.map(|(key, _)| *key).collect()
    }

    /// The groups that may be listened to at an interface, also those that it yet has to be told of.
    pub(crate) fn groups_at(&self, iface: InterfaceId) -> impl Iterator<Item = IpAddr> {
        let known = self.index.keys().map(|(at, group)| (*at, *group));
        let owned = self.owned.iter().map(|(at, group, _)| (*at, *group));
        let here = known.chain(owned).filter(move |(at, _)| *at == iface);
        here.map(|(_, group)| group)
    }

    fn find(&self, iface: InterfaceId, group: IpAddr) -> Option<&Group> {
        self.groups.get(*self.index.get(&(iface, group))? as usize)
    }

    fn slot(&mut self, iface: InterfaceId, group: IpAddr) -> u32 {
        let groups = &mut self.groups;
        *self
            .index
            .entry((iface, group))
            .or_insert_with(|| groups.insert(Group::new(iface, group)) as u32)
    }

    /// Takes over what all members together want.
    fn refresh(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        now: Instant,
        iface: InterfaceId,
        addr: IpAddr,
    ) {
        let slot = self.slot(iface, addr);
        let own = self.groups.get(slot as usize).is_some_and(|g| g.own > 0);
        let joined = self.members.values().flat_map(|member| &member.joined);
        let here = joined.filter(|joined| joined.iface == iface && joined.group == addr);
        let everybody = Filter::ALL;
        let ourselves = own.then_some(&everybody);
        let new = Filter::merge(here.map(|joined| &joined.filter).chain(ourselves));
        let querier = self.queriers.get(&(iface, addr.is_ipv6()));
        let querier = querier.copied().unwrap_or_default();
        let Some(group) = self.groups.get_mut(slot as usize) else {
            return;
        };
        if group.filter != new {
            let was_member = group.filter != Filter::NOTHING;
            let is_member = new != Filter::NOTHING;
            let silent = !is_reported(iface, addr);
            let current = querier.version(now) == Version::Third;
            let times = if silent || !current {
                0
            } else {
                querier.robustness
            };
            group.set(new, times);
            group.sources_left.retain(|_, left| *left > 0);
            if !silent && current {
                group.owes.change = true;
            } else if !silent && is_member && !was_member {
                group.owes.report = true;
                let wait = self.rng.below(UNSOLICITED_V2.as_nanos());
                group.change_at = Some(now + Duration::from_nanos(wait));
            } else if !silent && !is_member {
                group.owes.report = false;
                group.change_at = None;
                // RFC 2236 §3: who did not report last need not say that he leaves.
                group.owes.leave = group.last_reporter && querier.version(now) == Version::Second;
            }
        }
        self.arm(timers, slot);
        self.ready(slot);
        self.forget_if_over(timers, slot);
    }

    /// Puts a group that owes something into the list.
    fn ready(&mut self, slot: u32) {
        if let Some(group) = self.groups.get_mut(slot as usize) {
            let owes = group.owes;
            let any = owes.change || owes.response || owes.report || owes.leave;
            if any && !group.listed {
                group.listed = true;
                self.ready.push_back(slot);
            }
        }
    }

    /// Arms a group's timer for what comes first.
    fn arm(&mut self, timers: &mut Wheel<TimerKey>, slot: u32) {
        let Some(group) = self.groups.get_mut(slot as usize) else {
            return;
        };
        if let Some(timer) = group.timer.take() {
            timers.disarm(timer);
        }
        let response = group.response.as_ref().map(|response| response.at);
        if let Some(at) = group.change_at.into_iter().chain(response).min() {
            group.timer = Some(timers.arm(at, TimerKey::Group(slot)));
        }
    }

    fn forget_if_over(&mut self, timers: &mut Wheel<TimerKey>, slot: u32) {
        let over = self.groups.get(slot as usize);
        if !over.is_some_and(|group| group.is_over() && !group.listed && group.own == 0) {
            return;
        }
        let group = self.groups.remove(slot as usize);
        if let Some(timer) = group.timer {
            timers.disarm(timer);
        }
        self.index.remove(&(group.iface, group.addr));
    }
}

/// The group that everybody is in and nobody speaks of (RFC 3376 §6, RFC 3810 §6).
fn is_all_nodes(group: IpAddr) -> bool {
    group == IpAddr::V4(Ipv4Addr::new(224, 0, 0, 1))
        || group == IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1))
}

/// Whether routers hear of a group: not of those that no router needs to know (RFC 3810 §6: of
/// scope 0 and 1), and nothing on the loopback.
fn is_reported(iface: InterfaceId, group: IpAddr) -> bool {
    let narrow = match group {
        IpAddr::V4(_) => false,
        IpAddr::V6(group) => group.octets()[1] & 0xf < 2,
    };
    iface != InterfaceId::LOOPBACK && !is_all_nodes(group) && !narrow
}
