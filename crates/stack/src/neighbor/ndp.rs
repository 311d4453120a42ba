//! A neighbour solicitation or advertisement came (RFC 4861 §7).

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv6Addr};

use base::{Frame, Instant};
use wire::ndp::options::{check, iter};
use wire::ndp::{self, Message, NdOption, RouterAdvertisement};
use wire::{MacAddr, ipv6};

use super::entry::NeighborState;
use super::ingress::reachable_time;
use super::{Key, Neighbors};
use crate::control;
use crate::interface::{Interface, InterfaceId};
use crate::packet::{Packet, Reply};
use crate::sysctl::Sysctls;
use crate::timer::{TimerKey, Wheel};
use crate::verdict::{DropReason, Stop, Verdict};

/// All nodes on the link (RFC 4291 §2.7.1).
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

/// What a message means for others than the neighbour cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// A router advertised itself; what else it says is in the options.
    Router(Ipv6Addr, RouterAdvertisement, Vec<u8>),
    /// A neighbour that was a router is none any more (RFC 4861 §7.2.5).
    NoRouter(Ipv6Addr),
    /// Somebody asks for routers; his address, which may be nobody's, and his MAC address.
    Solicited(Ipv6Addr, Option<MacAddr>),
    /// A router shows a better way.
    Redirect(Redirect),
}

/// A better way (RFC 4861 §8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Redirect {
    /// Who shows it.
    pub(crate) from: Ipv6Addr,
    /// Whom to send to.
    pub(crate) target: Ipv6Addr,
    /// What for.
    pub(crate) destination: Ipv6Addr,
    /// The target's MAC address, if it is said.
    pub(crate) mac: Option<MacAddr>,
}

/// Whom a message is from and for.
#[derive(Clone, Copy)]
struct Ends {
    src: Ipv6Addr,
    dst: Ipv6Addr,
}

/// What all of this layer's work needs.
struct Room<'a> {
    neighbors: &'a mut Neighbors,
    timers: &'a mut Wheel<TimerKey>,
    sysctls: &'a Sysctls,
    interface: &'a Interface,
    now: Instant,
}

/// Takes a solicitation or an advertisement whose ICMPv6 checksum is right; its type is at the
/// front of the packet's frame.
///
/// # Errors
///
/// [`Stop::Reply`] with the answer; [`Stop::Taken`] when it was understood; a drop for what breaks
/// RFC 4861 §7.1's rules, and for what is about an address that is none of ours.
pub(crate) fn receive(
    neighbors: &mut Neighbors,
    timers: &mut Wheel<TimerKey>,
    sysctls: &Sysctls,
    interface: &Interface,
    now: Instant,
    mut packet: Packet,
) -> Verdict<News> {
    let own = interface.mac().ok_or(DropReason::NdOnThisLink)?;
    // RFC 4861 §7.1.1, §7.1.2: no router let it through.
    if hop_limit(&packet) != Some(ndp::HOP_LIMIT) {
        return Err(DropReason::NdHopLimit.into());
    }
    let (IpAddr::V6(src), IpAddr::V6(dst)) = (packet.src, packet.dst) else {
        return Err(DropReason::NdBadAddress.into());
    };
    let len = packet.frame.len();
    let bytes = packet.frame.contiguous(len);
    let (message, header_len) = Message::parse(bytes)?;
    let options = &bytes[header_len..];
    check(options)?;
    let mut room = Room {
        neighbors,
        timers,
        sysctls,
        interface,
        now,
    };
    let ends = Ends { src, dst };
    match message {
        Message::NeighborSolicitation { target } => room.solicited(own, ends, target, options),
        Message::NeighborAdvertisement { .. } => room.advertised(ends, message, options),
        Message::RouterAdvertisement(said) => room.router(ends, said, options),
        Message::RouterSolicitation => solicitation(src, options),
        Message::Redirect {
            target,
            destination,
        } => {
            // RFC 4861 §8.1.
            if !src.is_unicast_link_local() {
                return Err(DropReason::NdBadAddress.into());
            }
            Ok(News::Redirect(Redirect {
                from: src,
                target,
                destination,
                mac: target_mac(options),
            }))
        }
    }
}

/// RFC 4861 §6.1.1.
fn solicitation(src: Ipv6Addr, options: &[u8]) -> Verdict<News> {
    let mac = source_mac(options);
    if src.is_multicast() || src.is_loopback() || (src.is_unspecified() && mac.is_some()) {
        return Err(DropReason::NdBadAddress.into());
    }
    Ok(News::Solicited(src, mac))
}

/// Takes over what a redirect (RFC 4861 §8.3) or a router solicitation (§6.2.6) that is believed says
/// of a neighbour.
pub(crate) fn heard_of(
    neighbors: &mut Neighbors,
    timers: &mut Wheel<TimerKey>,
    sysctls: &Sysctls,
    now: Instant,
    (key, mac): (Key, Option<MacAddr>),
    router: bool,
) {
    if let Some(mac) = mac {
        learn(neighbors, timers, sysctls, now, key, mac);
    }
    is_router(neighbors, key, router);
}

/// A redirect, from `own` to the host that sent the packet which is quoted (RFC 4861 §8.2).
pub(crate) fn redirect(
    neighbors: &Neighbors,
    own: Ipv6Addr,
    host: Ipv6Addr,
    (iface, target, destination): (InterfaceId, Ipv6Addr, Ipv6Addr),
    quoted: &[u8],
) -> Frame {
    let message = Message::Redirect {
        target,
        destination,
    };
    let key = Key {
        iface,
        addr: target.into(),
    };
    let known = neighbors.mac_of(key).map(NdOption::TargetLinkLayer);
    // As much as fits into the least MTU (RFC 4861 §4.5): headers, the front, an address, a type and
    // a length.
    let space = ipv6::MIN_MTU - ipv6::HEADER_LEN - message.header_len() - 8 - 8;
    let fit = quoted.len().min(space);
    // Whole words alone, since what fills one up would be taken for the packet's.
    let quoted = NdOption::RedirectedHeader(&quoted[..fit - fit % 8]);
    let options: Vec<_> = known.into_iter().chain([quoted]).collect();
    control::ndp(own, host, &message, &options)
}

/// The hop limit of a packet on its way up; `None` when it is not IPv6's.
fn hop_limit(packet: &Packet) -> Option<u8> {
    let front = packet.header.first_chunk::<{ ipv6::HEADER_LEN }>()?;
    (front[0] >> 4 == 6).then_some(front[7])
}

impl Room<'_> {
    /// RFC 4861 §7.2.3: who asks will soon be asked; and if it is about an address of ours, he is
    /// told.
    fn solicited(
        &mut self,
        own: MacAddr,
        ends: Ends,
        target: Ipv6Addr,
        options: &[u8],
    ) -> Verdict<News> {
        let iface = self.interface.id;
        let Ends { src, dst } = ends;
        let mac = source_mac(options);
        if src.is_unspecified() {
            // RFC 4861 §7.1.1.
            if dst != ndp::solicited_node(target) || mac.is_some() {
                return Err(DropReason::NdBadAddress.into());
            }
            self.wanted(target, options)?;
        } else if src.is_multicast() || src.is_loopback() {
            return Err(DropReason::NdBadAddress.into());
        }
        // RFC 4862 §5.4.3: what is asked from an address is no probe, and while an address of ours
        // is tentative it is not answered.
        if !self.neighbors.claims.is_ours(iface, target.into()) {
            return Err(DropReason::NdNotForUs.into());
        }
        if let Some(mac) = mac {
            learn(
                self.neighbors,
                self.timers,
                self.sysctls,
                self.now,
                Key {
                    iface,
                    addr: src.into(),
                },
                mac,
            );
        }
        self.answer(own, src, target, mac)
    }

    /// Somebody asks whether he may have an address.
    fn wanted(&mut self, target: Ipv6Addr, options: &[u8]) -> Verdict<()> {
        let (iface, addr) = (self.interface.id, IpAddr::V6(target));
        let own_echo = iter(options).any(|option| match option {
            NdOption::Nonce(nonce) => self.neighbors.claims.is_own_echo(iface, addr, nonce),
            _ => false,
        });
        if own_echo {
            return Err(DropReason::NdLoopedBack.into());
        }
        let dispute = self.neighbors.claims.rivalled(self.timers, iface, addr);
        if let Some(dispute) = dispute {
            self.neighbors.tell(iface, addr, MacAddr::ZERO, dispute);
            return Err(DropReason::NdConflict.into());
        }
        Ok(())
    }

    /// RFC 4861 §6.1.2, §6.3.4: who advertises himself is a neighbour, and a router.
    fn router(&mut self, ends: Ends, said: RouterAdvertisement, options: &[u8]) -> Verdict<News> {
        let from = ends.src;
        if !from.is_unicast_link_local() {
            return Err(DropReason::NdBadAddress.into());
        }
        let key = Key {
            iface: self.interface.id,
            addr: from.into(),
        };
        if let Some(mac) = source_mac(options) {
            let (neighbors, timers) = (&mut *self.neighbors, &mut *self.timers);
            learn(neighbors, timers, self.sysctls, self.now, key, mac);
        }
        is_router(self.neighbors, key, true);
        let links = &mut self.neighbors.links;
        links.said(key.iface, said.reachable_time, said.retrans_timer);
        Ok(News::Router(from, said, options.to_vec()))
    }

    /// RFC 4861 §7.2.4.
    fn answer(
        &mut self,
        own: MacAddr,
        src: Ipv6Addr,
        target: Ipv6Addr,
        mac: Option<MacAddr>,
    ) -> Verdict<News> {
        let iface = self.interface.id;
        let solicited = !src.is_unspecified();
        let message = Message::NeighborAdvertisement {
            router: self.sysctls.forwards_v6(iface),
            solicited,
            override_: true,
            target,
        };
        let to = if solicited { src } else { ALL_NODES };
        let frame = control::ndp(target, to, &message, &[NdOption::TargetLinkLayer(own)]);
        let dst = if solicited {
            let key = Key {
                iface,
                addr: src.into(),
            };
            // Who does not say his own address is known already, or not answered: he repeats it
            // to all, and then has to say it (RFC 4861 §4.3).
            mac.or_else(|| self.known(key))
                .ok_or(DropReason::NdNoSource)?
        } else {
            MacAddr::multicast_v6(ALL_NODES)
        };
        Err(Stop::reply(Reply::Ndp { iface, dst, frame }, None))
    }

    fn known(&self, key: Key) -> Option<MacAddr> {
        self.neighbors.mac_of(key)
    }

    /// RFC 4861 §7.2.5.
    fn advertised(&mut self, ends: Ends, message: Message, options: &[u8]) -> Verdict<News> {
        let Message::NeighborAdvertisement {
            router,
            solicited,
            override_,
            target,
        } = message
        else {
            return Err(DropReason::NdUnexpected.into());
        };
        // RFC 4861 §7.1.2: to all means that nobody asked.
        if ends.dst.is_multicast() && solicited {
            return Err(DropReason::NdBadAddress.into());
        }
        let (iface, addr) = (self.interface.id, IpAddr::V6(target));
        let mac = target_mac(options);
        let claims = &mut self.neighbors.claims;
        if let Some(dispute) = claims.contested(self.timers, iface, self.now, addr) {
            let mac = mac.unwrap_or(MacAddr::ZERO);
            self.neighbors.tell(iface, addr, mac, dispute);
            return Err(DropReason::NdConflict.into());
        }
        let was_router = self.update(Key { iface, addr }, mac, (router, solicited, override_))?;
        if was_router && !router {
            return Ok(News::NoRouter(target));
        }
        Err(Stop::Taken)
    }

    /// Updates an entry; says whether it was a router's.
    fn update(
        &mut self,
        key: Key,
        mac: Option<MacAddr>,
        (router, solicited, override_): (bool, bool, bool),
    ) -> Verdict<bool> {
        let Self {
            neighbors,
            timers,
            sysctls,
            now,
            ..
        } = self;
        let base = neighbors.links.reachable_time(key, sysctls.neigh(key.addr));
        let slot = neighbors.cache.find(key).ok_or(DropReason::NdNotAsked)?;
        let cache = &mut neighbors.cache;
        let entry = cache.get_mut(slot).ok_or(DropReason::NdNotAsked)?;
        let (state, old) = (entry.state, entry.mac);
        let was_router = entry.router;
        if state == NeighborState::Permanent {
            return Ok(was_router);
        }
        if !state.is_usable() {
            // Nobody waits for one that failed; one that is asked for has to say its address.
            if state == NeighborState::Failed {
                return Err(DropReason::NdNotAsked.into());
            }
            let mac = mac.ok_or(DropReason::NdNoTarget)?;
            entry.router = router;
            entry.reachable_until = *now + reachable_time(base, &mut neighbors.rng);
            let next = if solicited {
                NeighborState::Reachable
            } else {
                NeighborState::Stale
            };
            cache.settle(timers, slot, mac, next, *now);
            return Ok(was_router);
        }
        let other = mac.is_some_and(|mac| mac != old);
        if other && !override_ {
            // Another card speaks for it as well: not believed, but the known one is doubted.
            if state == NeighborState::Reachable {
                cache.enter(timers, slot, NeighborState::Stale);
            }
            return Ok(false);
        }
        entry.router = router;
        let mac = mac.unwrap_or(old);
        if solicited {
            entry.reachable_until = *now + reachable_time(base, &mut neighbors.rng);
            cache.settle(timers, slot, mac, NeighborState::Reachable, *now);
        } else if other {
            cache.settle(timers, slot, mac, NeighborState::Stale, *now);
        }
        Ok(was_router)
    }
}

/// Takes over what a packet says of its sender's MAC address, without being an answer of his
/// (RFC 4861 §7.2.3, §6.2.6, §6.3.4, §8.3). A full cache learns nothing.
fn learn(
    neighbors: &mut Neighbors,
    timers: &mut Wheel<TimerKey>,
    sysctls: &Sysctls,
    now: Instant,
    key: Key,
    mac: MacAddr,
) {
    let cache = &mut neighbors.cache;
    let known = cache.find(key);
    let Some(slot) = known.or_else(|| cache.insert(timers, sysctls, now, key).ok()) else {
        return;
    };
    let Some(entry) = cache.get(slot) else {
        return;
    };
    let unchanged = entry.state.is_usable() && entry.mac == mac;
    if !unchanged && entry.state != NeighborState::Permanent {
        cache.settle(timers, slot, mac, NeighborState::Stale, now);
    }
}

/// Whether a neighbour is known to be a router: it advertised itself, or redirects lead to it.
fn is_router(neighbors: &mut Neighbors, key: Key, is: bool) {
    let cache = &mut neighbors.cache;
    if let Some(slot) = cache.find(key)
        && let Some(entry) = cache.get_mut(slot)
    {
        entry.router = is;
    }
}

/// The MAC address that a sender says to be its own; a group's is nobody's.
fn source_mac(options: &[u8]) -> Option<MacAddr> {
    iter(options).find_map(|option| match option {
        NdOption::SourceLinkLayer(mac) => Some(mac).filter(|mac| mac.is_unicast()),
        _ => None,
    })
}

fn target_mac(options: &[u8]) -> Option<MacAddr> {
    iter(options).find_map(|option| match option {
        NdOption::TargetLinkLayer(mac) => Some(mac).filter(|mac| mac.is_unicast()),
        _ => None,
    })
}
