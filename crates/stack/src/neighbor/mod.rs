//! Neighbours: which MAC address answers for an IP address.
//!
//! One cache with the states of RFC 4861 §7.3.2 for both families, and two ways to ask: ARP
//! (RFC 826) and Neighbour Discovery; and the other side of the coin, our own addresses (RFC 5227,
//! RFC 4862 §5.4).
//!
//! | file | what |
//! |---|---|
//! | `entry` | one neighbour: its state, and the packets that wait for it |
//! | `cache` | all of them: found by hash, bounded, the longest unused gives way |
//! | `egress` | a packet needs a MAC address; what is owed to the link |
//! | `ingress` | an ARP packet came |
//! | `ndp` | a neighbour solicitation or advertisement came |
//! | `confirm` | a transport heard from beyond a neighbour, or did not |
//! | `link` | what a router said of how its link's neighbours are asked |
//! | `deadline` | nobody answered yet |
//! | `claim` | our own addresses: probed, announced, defended |

mod cache;
mod claim;
pub(crate) mod confirm;
pub(crate) mod deadline;
pub(crate) mod egress;
mod entry;
pub(crate) mod ingress;
mod link;
pub(crate) mod ndp;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::hash::{Hash, Hasher};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use base::{Duration, Frame, Instant, Rng};
use wire::{MacAddr, arp};

use crate::interface::{InterfaceId, Notice};
use crate::packet::Routed;
use crate::sysctl::Sysctls;
use crate::timer::{TimerKey, Wheel};

use cache::Cache;
pub(crate) use claim::{Claimed, Plan};
use claim::{Claims, Dispute};
pub use entry::NeighborState;
use link::Links;

/// What is known of one neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbor {
    /// At which interface.
    pub iface: InterfaceId,
    /// Its IP address.
    pub addr: IpAddr,
    /// Its MAC address, if it is known.
    pub mac: Option<MacAddr>,
    /// How sure that is.
    pub state: NeighborState,
}

/// Which neighbour: an address at an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// At which interface.
    pub(crate) iface: InterfaceId,
    /// Its IP address.
    pub(crate) addr: IpAddr,
}

impl Hash for Key {
    /// Every packet's way leads through here; IPv4's keys are hashed as one number.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let iface = u64::from(self.iface.0);
        match self.addr {
            IpAddr::V4(addr) => state.write_u64(iface << 32 | u64::from(addr.to_bits())),
            IpAddr::V6(addr) => {
                state.write_u64(iface);
                state.write_u128(addr.to_bits());
            }
        }
    }
}

/// The neighbour layer's state of one computer.
#[derive(Debug)]
pub(crate) struct Neighbors {
    cache: Cache,
    claims: Claims,
    pub(crate) links: Links,
    /// The longest time until a new address is announced that is not probed for.
    pub(crate) announce_wait: Duration,
    /// An address of IPv6 that somebody has, until the spine asks.
    lost: Option<(InterfaceId, Ipv6Addr)>,
    /// What people should hear of. Bounded by [`Self::NOTICE_LIMIT`].
    notices: VecDeque<Notice>,
    rng: Rng,
}

/// What the way down learns when it asks for a neighbour.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Resolution {
    /// Its address is known: put the frame on the link.
    Known(MacAddr),
    /// The packet has to wait: hand it to [`egress::wait`].
    Unknown(Slot),
}

/// An entry of the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(u32);

/// What the neighbour layer owes the link.
#[derive(Debug)]
pub(crate) enum Debt {
    /// An ARP packet is due.
    Arp {
        /// Where it leaves.
        iface: InterfaceId,
        /// For whom.
        dst: MacAddr,
        /// What it says.
        packet: arp::Packet,
    },
    /// An IPv6 packet that says something to the link is due, its header on.
    Ndp {
        /// Where it leaves.
        iface: InterfaceId,
        /// For whom.
        dst: MacAddr,
        /// What it says.
        frame: Frame,
    },
    /// A packet that waited, and the MAC address that came.
    Release(MacAddr, Routed),
    /// A packet that waited in vain: its sender must hear of it.
    Failed(Routed),
}

impl Neighbors {
    /// Notices kept for a caller that does not fetch them; the oldest gives way.
    const NOTICE_LIMIT: usize = 64;

    /// No neighbours, no addresses of our own.
    pub(crate) fn new(mut rng: Rng) -> Self {
        Self {
            cache: Cache::new(&mut rng),
            claims: Claims::default(),
            links: Links::default(),
            announce_wait: Duration::ZERO,
            lost: None,
            notices: VecDeque::new(),
            rng,
        }
    }

    /// Enters a neighbour that somebody vouches for: for good where `for_good`, or as one that is
    /// heard of. False when the cache is full of permanent ones.
    pub(crate) fn vouch(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        sysctls: &Sysctls,
        now: Instant,
        (key, mac): (Key, MacAddr),
        for_good: bool,
    ) -> bool {
        let state = if for_good {
            NeighborState::Permanent
        } else {
            NeighborState::Stale
        };
        let slot = match self.cache.find(key) {
            Some(slot) => slot,
            None => match self.cache.insert(timers, sysctls, now, key) {
                Ok(slot) => slot,
                Err(_) => return false,
            },
        };
        let known = self.cache.get(slot).map(|entry| entry.state);
        if for_good || known != Some(NeighborState::Permanent) {
            self.cache.settle(timers, slot, mac, state, now);
        }
        true
    }

    /// Forgets a neighbour. Returns how many packets waited for it; `None` when it is not known.
    pub(crate) fn remove(&mut self, timers: &mut Wheel<TimerKey>, key: Key) -> Option<usize> {
        let slot = self.cache.find(key)?;
        Some(self.cache.remove(timers, slot))
    }

    /// Forgets what was learned at an interface, and that its addresses are ours. Returns how many
    /// packets waited.
    pub(crate) fn interface_down(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        iface: InterfaceId,
    ) -> usize {
        self.claims.remove_all(timers, iface);
        self.links.forget(iface);
        self.cache.flush(timers, iface)
    }

    /// A card has lost its carrier: who was behind it may be gone. Returns how many packets waited for
    /// an answer.
    pub(crate) fn carrier_lost(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        iface: InterfaceId,
    ) -> usize {
        self.cache.flush(timers, iface)
    }

    /// Whether [`egress::poll`] may have something to give.
    pub(crate) fn owes(&self) -> bool {
        self.cache.first_listed().is_some() || self.claims.owes()
    }

    /// The IPv4 addresses that are ours, or that we want.
    pub(crate) fn claimed_v4(&self) -> impl Iterator<Item = Ipv4Addr> {
        self.claims.v4()
    }

    /// Whether there is a neighbour of IPv4 whose MAC address is not known though somebody asked for
    /// it: whatever tells it is news.
    pub(crate) const fn any_unknown_v4(&self) -> bool {
        self.cache.unknown_v4() > 0
    }

    /// Whether there is a neighbour to which packets go though it may be gone.
    pub(crate) const fn any_doubted(&self) -> bool {
        self.cache.doubted() > 0
    }

    /// A neighbour's MAC address, as far as it may be used.
    pub(crate) fn mac_of(&self, key: Key) -> Option<MacAddr> {
        let entry = self.cache.get(self.cache.find(key)?)?;
        entry.state.is_usable().then_some(entry.mac)
    }

    /// Every neighbour, by interface and address.
    pub(crate) fn list(&self, now: Instant) -> Vec<Neighbor> {
        let mut list: Vec<_> = self.cache.iter().map(|entry| entry.shown(now)).collect();
        list.sort_unstable_by_key(|neighbor| (neighbor.iface, neighbor.addr));
        list
    }

    /// Lets people know of a quarrel about an address of ours.
    fn tell(&mut self, iface: InterfaceId, addr: IpAddr, mac: MacAddr, dispute: Dispute) {
        match dispute {
            Dispute::Lost => {
                if let IpAddr::V6(addr) = addr {
                    self.lost = Some((iface, addr));
                }
                self.notice(Notice::AddressRefused { iface, addr, mac });
            }
            Dispute::Defended => self.notice(Notice::AddressConflict { iface, addr, mac }),
            Dispute::Again => {}
        }
    }

    /// The address of IPv6 that the message handed in last has shown to be somebody's.
    pub(crate) const fn take_lost(&mut self) -> Option<(InterfaceId, Ipv6Addr)> {
        self.lost.take()
    }

    /// The next thing that people should hear of.
    pub(crate) fn poll_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }

    /// Keeps a notice for people.
    pub(crate) fn notice(&mut self, notice: Notice) {
        if self.notices.len() >= Self::NOTICE_LIMIT {
            self.notices.pop_front();
        }
        self.notices.push_back(notice);
    }
}
