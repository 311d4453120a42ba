//! Reports that are owed.

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use base::{Duration, Frame, Instant};
use wire::MacAddr;
use wire::membership::{Message, RecordKind, Version, igmp, mld};

use super::group::Said;
use super::{Multicast, UNSOLICITED, is_reported};
use crate::control;
use crate::interface::{Interface, InterfaceId};
use crate::timer::{TimerKey, Wheel};

/// Bytes of records in one report at most, so that it fits any link of either family.
const RECORDS: usize = 1200;

/// A report for the link, before it has its source address.
#[derive(Debug)]
pub(super) struct Due {
    iface: InterfaceId,
    dst: IpAddr,
    body: Vec<u8>,
}

/// A report for the link.
#[derive(Debug)]
pub(crate) struct Report {
    /// Where it leaves.
    pub(crate) iface: InterfaceId,
    /// At which MAC address its group is heard.
    pub(crate) dst: MacAddr,
    /// The whole packet.
    pub(crate) frame: Frame,
    /// Whether it is IPv6.
    pub(crate) v6: bool,
}

/// The next report that is owed.
pub(crate) fn poll(
    multicast: &mut Multicast,
    timers: &mut Wheel<TimerKey>,
    interfaces: &[Interface],
    now: Instant,
) -> Option<Report> {
    multicast.settle_owned(timers, now);
    loop {
        while let Some(due) = multicast.outbox.pop_front() {
            let interface = interfaces.get(due.iface.index());
            if let Some(report) = interface.and_then(|interface| whole(interface, due)) {
                return Some(report);
            }
        }
        let slot = multicast.ready.pop_front()?;
        multicast.pay(timers, now, slot);
    }
}

impl Multicast {
    /// Writes what a group owes.
    fn pay(&mut self, timers: &mut Wheel<TimerKey>, now: Instant, slot: u32) {
        let Some(group) = self.groups.get_mut(slot as usize) else {
            return;
        };
        group.listed = false;
        let owes = core::mem::take(&mut group.owes);
        let (iface, addr) = (group.iface, group.addr);
        let mut said = Vec::new();
        if owes.change {
            said.extend(group.changes());
            // Whatever is spoken when it is left, who has spoken last has to say so.
            group.last_reporter = true;
            group.change_at = group
                .is_changing()
                .then(|| now + Duration::from_nanos(self.rng.below(UNSOLICITED.as_nanos())));
        }
        let mut report = owes.report;
        if owes.response {
            let querier = self.queriers.get(&(iface, addr.is_ipv6()));
            if querier.is_some_and(|querier| querier.version(now) != Version::Third) {
                group.response = None;
                report = true;
            } else {
                said.extend(group.answer());
            }
        }
        if report {
            group.last_reporter = true;
            let version = self
                .queriers
                .get(&(iface, addr.is_ipv6()))
                .map_or(Version::Second, |querier| querier.version(now))
                .min(Version::Second);
            let message = Message::Report {
                version,
                group: addr,
            };
            self.outbox.push_back(old(iface, addr, &message));
        }
        if owes.leave {
            let to = match addr {
                IpAddr::V4(_) => IpAddr::V4(igmp::ALL_ROUTERS),
                IpAddr::V6(_) => IpAddr::V6(mld::ALL_ROUTERS),
            };
            let message = Message::Leave { group: addr };
            self.outbox.push_back(old(iface, to, &message));
        }
        self.say(iface, addr.is_ipv6(), &said);
        self.arm(timers, slot);
        self.forget_if_over(timers, slot);
    }

    /// Tells all that is listened to at an interface.
    pub(super) fn tell_all(&mut self, now: Instant, iface: InterfaceId, v6: bool) {
        let querier = self.queriers.get(&(iface, v6));
        if querier.is_some_and(|querier| querier.version(now) != Version::Third) {
            // Meanwhile somebody asked in older words, and is answered in those.
            return;
        }
        let here = self.groups.iter().map(|(_, group)| group).filter(|group| {
            group.iface == iface && group.addr.is_ipv6() == v6 && is_reported(iface, group.addr)
        });
        let said: Vec<_> = here.filter_map(super::group::Group::state).collect();
        self.say(iface, v6, &said);
    }

    /// Puts records into as many reports as they need.
    fn say(&mut self, iface: InterfaceId, v6: bool, said: &[Said]) {
        let (mut records, mut count) = (Vec::new(), 0);
        for (kind, group, sources) in said {
            // RFC 3376 §4.2.16: what does not fit goes into another record; of the sources that
            // are excluded those that do not fit are not said, which errs on the safe side.
            let width = if v6 { 16 } else { 4 };
            let fit = (RECORDS - 4 - width) / width;
            let mut rest = &sources[..];
            loop {
                let (now, later) = rest.split_at(rest.len().min(fit));
                if records.len() + 4 + width * (now.len() + 1) > RECORDS && count > 0 {
                    self.flush(iface, v6, count, core::mem::take(&mut records));
                    count = 0;
                }
                kind.append(&mut records, *group, now.iter().copied());
                count += 1;
                rest = later;
                let excludes = matches!(kind, RecordKind::IsExclude | RecordKind::ToExclude);
                if rest.is_empty() || excludes {
                    break;
                }
            }
        }
        if count > 0 {
            self.flush(iface, v6, count, records);
        }
    }

    fn flush(&mut self, iface: InterfaceId, v6: bool, count: u16, records: Vec<u8>) {
        let (dst, front) = if v6 {
            (IpAddr::V6(mld::REPORTS), mld::report_front(count))
        } else {
            (IpAddr::V4(igmp::REPORTS), igmp::report_front(count))
        };
        let body = [&front[..], &records].concat();
        self.outbox.push_back(Due { iface, dst, body });
    }
}

fn old(iface: InterfaceId, dst: IpAddr, message: &Message<'_>) -> Due {
    let mut body;
    if dst.is_ipv6() {
        body = alloc::vec![0; message.mld_len()];
        message.emit_mld(&mut body);
    } else {
        body = alloc::vec![0; message.igmp_len()];
        message.emit_igmp(&mut body);
    }
    Due { iface, dst, body }
}

/// Gives a report its source and headers.
fn whole(interface: &Interface, due: Due) -> Option<Report> {
    if !interface.up {
        return None;
    }
    let addresses = interface.addresses.iter().map(wire::IpNet::addr);
    let (dst, frame) = match due.dst {
        IpAddr::V4(to) => {
            // RFC 3376 §4.2.13: from nobody, while no address is ours.
            let own = addresses.filter_map(|addr| match addr {
                IpAddr::V4(addr) => Some(addr),
                IpAddr::V6(_) => None,
            });
            let src = own.into_iter().next().unwrap_or(Ipv4Addr::UNSPECIFIED);
            (MacAddr::multicast_v4(to), control::igmp(src, to, due.body))
        }
        IpAddr::V6(to) => {
            // RFC 3590: from nobody, while the link-local address is tentative.
            let own = addresses.filter_map(|addr| match addr {
                IpAddr::V6(addr) if addr.is_unicast_link_local() => Some(addr),
                _ => None,
            });
            let src = own.into_iter().next().unwrap_or(Ipv6Addr::UNSPECIFIED);
            (MacAddr::multicast_v6(to), control::mld(src, to, due.body))
        }
    };
    Some(Report {
        iface: due.iface,
        dst,
        frame,
        v6: due.dst.is_ipv6(),
    })
}
