//! A query, or somebody else's report.

use core::net::IpAddr;

use base::{ChecksumState, Duration, Instant};
use wire::checksum::Checksum;
use wire::membership::{Message, Query, Version, igmp, mld};
use wire::{Layer, ipv6};

use super::filter::Filter;
use super::group::Response;
use super::{Multicast, is_reported};
use crate::interface::InterfaceId;
use crate::packet::Packet;
use crate::timer::{TimerKey, Wheel};
use crate::verdict::{DropReason, Stop, Verdict};

/// The longest answers wait for a querier of the first version, which does not say (RFC 1112).
const RESPONSE_V1: Duration = Duration::from_secs(10);

/// A message of IGMP.
pub(crate) fn igmp(
    multicast: &mut Multicast,
    timers: &mut Wheel<TimerKey>,
    now: Instant,
    mut packet: Packet,
) -> Verdict<()> {
    if packet.frame.checksum == ChecksumState::Unverified {
        let mut sum = Checksum::new();
        sum.add_frame(&packet.frame);
        if sum.finish() != 0 {
            return Err(DropReason::BadChecksum(Layer::Igmp).into());
        }
    }
    let len = packet.frame.len();
    let (message, _) = igmp::parse(packet.frame.contiguous(len))?;
    understand(multicast, timers, now, packet.iface, &message)
}

/// A message of MLD whose ICMPv6 checksum is right; its type is at the front of the frame.
pub(crate) fn mld(
    multicast: &mut Multicast,
    timers: &mut Wheel<TimerKey>,
    now: Instant,
    mut packet: Packet,
) -> Verdict<()> {
    // RFC 3810 §5.1.14, §5.2.13: from this link, and through no router.
    let near = match packet.src {
        IpAddr::V6(src) => src.is_unicast_link_local() || src.is_unspecified(),
        IpAddr::V4(_) => false,
    };
    let front = packet.header.first_chunk::<{ ipv6::HEADER_LEN }>();
    if !near || front.is_none_or(|front| front[7] != 1) {
        return Err(DropReason::MldNotFromLink.into());
    }
    let len = packet.frame.len();
    let (message, _) = mld::parse(packet.frame.contiguous(len))?;
    if matches!(message, Message::Query(_)) && packet.src.is_unspecified() {
        return Err(DropReason::MldNotFromLink.into());
    }
    understand(multicast, timers, now, packet.iface, &message)
}

fn understand(
    multicast: &mut Multicast,
    timers: &mut Wheel<TimerKey>,
    now: Instant,
    iface: InterfaceId,
    message: &Message<'_>,
) -> Verdict<()> {
    match message {
        Message::Query(query) => {
            multicast.asked(timers, now, iface, query);
            Err(Stop::Taken)
        }
        Message::Report { group, .. } => {
            multicast.heard(timers, iface, *group);
            Err(Stop::Taken)
        }
        // Between others and their router.
        Message::Leave { .. } | Message::Records(_) => Err(DropReason::MembershipOfOthers.into()),
        Message::Other { .. } => Err(DropReason::UnknownIgmp.into()),
    }
}

impl Multicast {
    /// RFC 3376 §5.2.
    fn asked(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        now: Instant,
        iface: InterfaceId,
        query: &Query<'_>,
    ) {
        let v6 = query.sources.are_v6();
        let querier = self.queriers.entry((iface, v6)).or_default();
        let longest = if query.version == Version::First {
            RESPONSE_V1
        } else {
            query.max_response_time
        };
        if query.version == Version::Third {
            querier.says(query.robustness, query.interval);
        } else {
            querier.speaks(now, query.version, longest);
        }
        let at = now + Duration::from_nanos(self.rng.below(longest.as_nanos().max(1)));
        let together = querier.version(now) == Version::Third;
        match query.group {
            Some(group) => {
                if let Some(slot) = self.index.get(&(iface, group)).copied() {
                    self.answer_later(timers, slot, at, query.sources.iter());
                }
            }
            None if together => {
                // An answer that is due sooner says it all.
                if querier.answer.is_none_or(|(sooner, _)| at < sooner) {
                    let key = TimerKey::Listener(iface.0, v6);
                    if let Some((_, timer)) = querier.answer.take() {
                        timers.disarm(timer);
                    }
                    querier.answer = Some((at, timers.arm(at, key)));
                }
            }
            None => {
                let of_link = self.index.iter();
                let here = of_link.filter(|((at, group), _)| *at == iface && group.is_ipv6() == v6);
                let slots: alloc::vec::Vec<_> = here.map(|(_, slot)| *slot).collect();
                for slot in slots {
                    let wait = self.rng.below(longest.as_nanos().max(1));
                    let at = now + Duration::from_nanos(wait);
                    self.answer_later(timers, slot, at, core::iter::empty());
                }
            }
        }
    }

    /// Notes an answer; with one that waits already it becomes one (RFC 3376 §5.2, rules 3 to 5).
    fn answer_later(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        slot: u32,
        at: Instant,
        sources: impl Iterator<Item = IpAddr>,
    ) {
        let Some(group) = self.groups.get_mut(slot as usize) else {
            return;
        };
        if group.filter == Filter::NOTHING || !is_reported(group.iface, group.addr) {
            return;
        }
        let mut sources: alloc::collections::BTreeSet<_> = sources.collect();
        let mut at = at;
        if let Some(waiting) = group.response.take() {
            at = at.min(waiting.at);
            if sources.is_empty() || waiting.sources.is_empty() {
                sources.clear();
            } else {
                sources.extend(waiting.sources);
            }
        }
        group.response = Some(Response { at, sources });
        self.arm(timers, slot);
    }

    /// Somebody else told an older querier that the group has a member: that is enough (RFC 2236
    /// §3, RFC 2710 §4).
    fn heard(&mut self, timers: &mut Wheel<TimerKey>, iface: InterfaceId, group: IpAddr) {
        let Some(slot) = self.index.get(&(iface, group)).copied() else {
            return;
        };
        if let Some(group) = self.groups.get_mut(slot as usize) {
            group.last_reporter = false;
            group.response = None;
            // Word of a change in the current version is the router's to hear all the same.
            if !group.is_changing() {
                group.change_at = None;
            }
        }
        self.arm(timers, slot);
    }
}
