//! Which sockets are in which groups, and how they send to groups.

use core::net::{IpAddr, Ipv4Addr};

use alloc::vec::Vec;

use super::filter::{Filter, Mode};
use crate::interface::InterfaceId;
use crate::socket::{Errno, Family};
use crate::sysctl::Sysctls;

/// A socket's membership.
#[derive(Clone, Debug)]
pub(super) struct Joined {
    pub(super) iface: InterfaceId,
    pub(super) group: IpAddr,
    pub(super) filter: Filter,
    /// A source was listed once. From then on the filter's mode stays, as Linux has it: also when
    /// the list is empty again.
    listed: bool,
}

/// What a socket has to do with groups, if it is not what all have from the start. As in Linux, a socket
/// of `AF_INET6` says of each family by itself how it sends.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    v4: Manner,
    v6: Manner,
    pub(super) joined: Vec<Joined>,
}

/// How a socket sends to groups of one family, and which it hears.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    /// `IP_MULTICAST_TTL`, `IPV6_MULTICAST_HOPS`: routers that its packets to groups may pass, and
    /// one more.
    pub(crate) hops: u8,
    /// `IP_MULTICAST_LOOP`: members on this host hear them as well.
    pub(crate) echo: bool,
    /// `IP_MULTICAST_ALL`: it hears groups that others on this host joined.
    pub(crate) all: bool,
    /// `IP_MULTICAST_IF`: where they leave; the route decides otherwise.
    pub(crate) iface: Option<InterfaceId>,
    /// The same: the address they leave with if the socket has none, unless 0.0.0.0.
    pub(crate) from: Ipv4Addr,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            hops: 1,
            echo: true,
            all: true,
            iface: None,
            from: Ipv4Addr::UNSPECIFIED,
        }
    }
}

/// What a socket asks of its memberships, in the words of Linux's options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// `IP_ADD_MEMBERSHIP`, `MCAST_JOIN_GROUP`.
    Join,
    /// `IP_DROP_MEMBERSHIP`, `MCAST_LEAVE_GROUP`.
    Leave,
    /// `IP_ADD_SOURCE_MEMBERSHIP`.
    Add(IpAddr),
    /// `IP_DROP_SOURCE_MEMBERSHIP`.
    Drop(IpAddr),
    /// `IP_BLOCK_SOURCE`.
    Block(IpAddr),
    /// `IP_UNBLOCK_SOURCE`.
    Unblock(IpAddr),
}

impl Member {
    /// What all have from the start; as in Linux, a socket of `AF_INET6` hears no group of IPv4 that it
    /// has not joined.
    pub(crate) fn new(family: Family) -> Self {
        Self {
            v4: Manner {
                all: family != Family::Inet6,
                ..Manner::default()
            },
            v6: Manner::default(),
            joined: Vec::new(),
        }
    }

    /// What it says of groups of IPv6, or of IPv4.
    pub(crate) const fn manner(&self, v6: bool) -> &Manner {
        if v6 { &self.v6 } else { &self.v4 }
    }

    /// The same, to be changed.
    pub(crate) const fn manner_mut(&mut self, v6: bool) -> &mut Manner {
        if v6 { &mut self.v6 } else { &mut self.v4 }
    }

    /// Changes a membership; what it then is, the group has to be told.
    ///
    /// The errors are those of Linux's `ip_mc_join_group`, `ip_mc_leave_group` and `ip_mc_source`.
    pub(super) fn change(
        &mut self,
        sysctls: &Sysctls,
        iface: InterfaceId,
        group: IpAddr,
        change: Change,
    ) -> Result<(), Errno> {
        let at = self
            .joined
            .iter()
            .position(|joined| joined.group == group && joined.iface == iface);
        match (change, at) {
            (Change::Join, Some(_)) => Err(Errno::EADDRINUSE),
            (Change::Join, None) => self.join(sysctls, iface, group, Filter::ALL),
            (Change::Leave, None) => Err(Errno::EADDRNOTAVAIL),
            (Change::Leave, Some(at)) => {
                self.joined.remove(at);
                Ok(())
            }
            (Change::Add(source), None) => {
                let sources = [source].into();
                let mode = Mode::Include;
                self.join(sysctls, iface, group, Filter { mode, sources })
            }
            (Change::Drop(_) | Change::Block(_) | Change::Unblock(_), None) => Err(Errno::EINVAL),
            (Change::Add(source), Some(at)) => self.list(sysctls, at, Mode::Include, source, true),
            (Change::Drop(source), Some(at)) => {
                self.list(sysctls, at, Mode::Include, source, false)
            }
            (Change::Block(source), Some(at)) => {
                self.list(sysctls, at, Mode::Exclude, source, true)
            }
            (Change::Unblock(source), Some(at)) => {
                self.list(sysctls, at, Mode::Exclude, source, false)
            }
        }
    }

    fn join(
        &mut self,
        sysctls: &Sysctls,
        iface: InterfaceId,
        group: IpAddr,
        filter: Filter,
    ) -> Result<(), Errno> {
        if group.is_ipv4() && self.joined.len() >= sysctls.igmp_max_memberships as usize {
            return Err(Errno::ENOBUFS);
        }
        self.joined.push(Joined {
            iface,
            group,
            listed: !filter.sources.is_empty(),
            filter,
        });
        Ok(())
    }

    /// Enters a source into a membership's list, or takes it out.
    fn list(
        &mut self,
        sysctls: &Sysctls,
        at: usize,
        mode: Mode,
        source: IpAddr,
        enter: bool,
    ) -> Result<(), Errno> {
        let joined = self.joined.get_mut(at).ok_or(Errno::EADDRNOTAVAIL)?;
        let filter = &mut joined.filter;
        if filter.mode != mode {
            if joined.listed {
                return Err(Errno::EINVAL);
            }
            filter.mode = mode;
        }
        let most = if source.is_ipv4() {
            sysctls.igmp_max_msf
        } else {
            sysctls.mld_max_msf
        };
        if enter && filter.sources.len() >= most as usize {
            return Err(Errno::ENOBUFS);
        }
        if enter {
            joined.listed = true;
            if !filter.sources.insert(source) {
                return Err(Errno::EADDRNOTAVAIL);
            }
        } else if !filter.sources.remove(&source) {
            return Err(Errno::EADDRNOTAVAIL);
        }
        // To include nobody is not to be a member.
        if filter.mode == Mode::Include && filter.sources.is_empty() {
            self.joined.remove(at);
        }
        Ok(())
    }

    /// Where it is in the group.
    pub(crate) fn joined_at(&self, group: IpAddr) -> Option<InterfaceId> {
        let found = self.joined.iter().find(|joined| joined.group == group);
        found.map(|joined| joined.iface)
    }

    /// Whether the socket hears what `source` sends to the group (Linux's `ip_mc_sf_allow`).
    pub(super) fn hears(&self, iface: InterfaceId, group: IpAddr, source: IpAddr) -> bool {
        let membership = self
            .joined
            .iter()
            .find(|joined| joined.group == group && joined.iface == iface);
        let all = self.manner(group.is_ipv6()).all;
        membership.map_or(all, |joined| joined.filter.allows(source))
    }
}
