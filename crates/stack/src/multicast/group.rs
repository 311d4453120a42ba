//! One group at one interface: what is wanted of it, and what routers have yet to hear.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::net::IpAddr;

use base::Instant;
use wire::membership::RecordKind;

use super::filter::{Filter, Mode};
use crate::interface::InterfaceId;
use crate::timer::TimerId;

/// An answer to a query, and when it is due.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) at: Instant,
    /// The sources that were asked for; empty for the whole group.
    pub(super) sources: BTreeSet<IpAddr>,
}

/// A group at an interface.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) iface: InterfaceId,
    pub(super) addr: IpAddr,
    /// How often this host itself listens, not a program: to its own solicited-node groups.
    pub(super) own: u32,
    /// What somebody here wants.
    pub(super) filter: Filter,
    /// Reports of a changed mode still to come (RFC 3376 §5.1).
    pub(super) mode_left: u8,
    /// Reports of each changed source still to come.
    pub(super) sources_left: BTreeMap<IpAddr, u8>,
    /// When the next of them is due.
    pub(super) change_at: Option<Instant>,
    pub(super) response: Option<Response>,
    /// Whether this host told the link last that there is a member (RFC 2236 §6).
    pub(super) last_reporter: bool,
    /// Armed for the earlier of change and response.
    pub(super) timer: Option<TimerId>,
    pub(super) owes: Owes,
    /// Whether it stands in the list of those that owe something.
    pub(super) listed: bool,
}

/// What a group owes the link.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Owes {
    /// Word of a change.
    pub(super) change: bool,
    /// An answer.
    pub(super) response: bool,
    /// A report in the words of an older version.
    pub(super) report: bool,
    /// A leave in the words of an older version.
    pub(super) leave: bool,
}

/// What one record of a report says.
pub(super) type Said = (RecordKind, IpAddr, Vec<IpAddr>);

impl Group {
    pub(super) const fn new(iface: InterfaceId, addr: IpAddr) -> Self {
        Self {
            iface,
            addr,
            own: 0,
            filter: Filter::NOTHING,
            mode_left: 0,
            sources_left: BTreeMap::new(),
            change_at: None,
            response: None,
            last_reporter: false,
            timer: None,
            owes: Owes {
                change: false,
                response: false,
                report: false,
                leave: false,
            },
            listed: false,
        }
    }

    /// Takes a new filter over and notes what routers have to hear of it, each so many times.
    pub(super) fn set(&mut self, new: Filter, times: u8) {
        let old = core::mem::replace(&mut self.filter, new);
        if old.mode != self.filter.mode {
            // The list goes with it.
            self.sources_left.clear();
            self.mode_left = times;
        } else {
            for source in old.sources.symmetric_difference(&self.filter.sources) {
                self.sources_left.insert(*source, times);
            }
        }
    }

    /// Whether routers have yet to hear of a change.
    pub(super) fn is_changing(&self) -> bool {
        self.mode_left > 0 || !self.sources_left.is_empty()
    }

    /// Whether nothing is left to remember.
    pub(super) fn is_over(&self) -> bool {
        self.filter == Filter::NOTHING && !self.is_changing() && !self.owes.leave
    }

    /// The records of the next report of changes, which count as said (RFC 3376 §5.1).
    pub(super) fn changes(&mut self) -> Vec<Said> {
        if self.mode_left > 0 {
            self.mode_left -= 1;
            let kind = match self.filter.mode {
                Mode::Include => RecordKind::ToInclude,
                Mode::Exclude => RecordKind::ToExclude,
            };
            let sources = self.filter.sources.iter().copied().collect();
            return Vec::from([(kind, self.addr, sources)]);
        }
        let (mut allow, mut block) = (Vec::new(), Vec::new());
        for (source, left) in &mut self.sources_left {
            *left -= 1;
            if self.filter.allows(*source) {
                allow.push(*source);
            } else {
                block.push(*source);
            }
        }
        self.sources_left.retain(|_, left| *left > 0);
        let kinds = [(RecordKind::Allow, allow), (RecordKind::Block, block)];
        kinds
            .into_iter()
            .filter(|(_, sources)| !sources.is_empty())
            .map(|(kind, sources)| (kind, self.addr, sources))
            .collect()
    }

    /// What is wanted now, as the answer to a query of the whole group.
    pub(super) fn state(&self) -> Option<Said> {
        let kind = match self.filter.mode {
            Mode::Include if self.filter.sources.is_empty() => return None,
            Mode::Include => RecordKind::IsInclude,
            Mode::Exclude => RecordKind::IsExclude,
        };
        let sources = self.filter.sources.iter().copied().collect();
        Some((kind, self.addr, sources))
    }

    /// The answer that is due (RFC 3376 §5.2): of sources that were asked for, those wanted.
    pub(super) fn answer(&mut self) -> Option<Said> {
        let response = self.response.take()?;
        if response.sources.is_empty() {
            return self.state();
        }
        let wanted = response.sources.into_iter();
        let wanted: Vec<_> = wanted
            .filter(|source| self.filter.allows(*source))
            .collect();
        (!wanted.is_empty()).then_some((RecordKind::IsInclude, self.addr, wanted))
    }
}
