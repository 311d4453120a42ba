//! Programs and groups: who listens to which, and how packets to groups leave.

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};

use base::Instant;

use crate::interface::InterfaceId;
use crate::ip;
use crate::multicast::{Change, Member};
use crate::socket::options::IPPROTO_IPV6;
use crate::socket::{
    Errno, Family, GroupInterface, GroupRequest, OptionName, SocketId, SocketOption, Transport,
};
use crate::stack::Stack;

impl Stack {
    /// Every group that this host listens to, by interface and address, but the one that all hosts
    /// listen to.
    #[must_use]
    pub fn groups(&self) -> Vec<(InterfaceId, IpAddr)> {
        self.multicast.list()
    }

    /// Sets an option that is about groups; `None` for any other.
    pub(super) fn set_group_option(
        &mut self,
        now: Instant,
        socket: SocketId,
        option: SocketOption,
    ) -> Option<Result<(), Errno>> {
        let name = option.name();
        if !is_about_groups(name) {
            return None;
        }
        if let Err(errno) = self.may_set_group_option(socket, name) {
            return Some(Err(errno));
        }
        let family = match self.common(socket) {
            Ok(common) => common.family(),
            Err(errno) => return Some(Err(errno)),
        };
        if let Some((request, change)) = membership(option) {
            return Some(self.change_membership(now, (socket, family), request, change));
        }
        let member = self.multicast.member_mut(socket, family);
        let manner = member.manner_mut(is_of_ipv6(name));
        match option {
            SocketOption::MulticastTtl(hops) | SocketOption::Multicast6Hops(hops) => {
                manner.hops = hops;
            }
            SocketOption::MulticastLoop(on) | SocketOption::Multicast6Loop(on) => manner.echo = on,
            SocketOption::MulticastAll(on) | SocketOption::Multicast6All(on) => manner.all = on,
            SocketOption::MulticastIf(at) => {
                return Some(self.send_by(socket, at, (false, Errno::EADDRNOTAVAIL)));
            }
            SocketOption::Multicast6If(at) => {
                return Some(self.send_by(socket, at, (true, Errno::ENODEV)));
            }
            _ => return None,
        }
        Some(Ok(()))
    }

    /// Reads an option that is about groups; `None` for any other.
    pub(super) fn group_option(
        &self,
        socket: SocketId,
        name: OptionName,
    ) -> Option<Result<SocketOption, Errno>> {
        if !is_about_groups(name) {
            return None;
        }
        let family = match self.common(socket) {
            Ok(common) => common.family(),
            Err(errno) => return Some(Err(errno)),
        };
        let usual = Member::new(family);
        let member = self.multicast.member(socket).unwrap_or(&usual);
        let manner = member.manner(is_of_ipv6(name));
        Some(Ok(match name {
            OptionName::MulticastTtl => SocketOption::MulticastTtl(manner.hops),
            OptionName::Multicast6Hops => SocketOption::Multicast6Hops(manner.hops),
            OptionName::MulticastLoop => SocketOption::MulticastLoop(manner.echo),
            OptionName::Multicast6Loop => SocketOption::Multicast6Loop(manner.echo),
            OptionName::MulticastAll => SocketOption::MulticastAll(manner.all),
            OptionName::Multicast6All => SocketOption::Multicast6All(manner.all),
            OptionName::MulticastIf => {
                SocketOption::MulticastIf(GroupInterface::address(manner.from))
            }
            OptionName::Multicast6If => SocketOption::Multicast6If(match manner.iface {
                Some(iface) => GroupInterface::Index(iface.scope_id()),
                None => GroupInterface::Any,
            }),
            _ => return Some(Err(Errno::ENOPROTOOPT)),
        }))
    }

    /// Whether a socket has an option about groups, which Linux asks before it looks at the value.
    ///
    /// Streams have all that is not about sending and that no old option asks for.
    ///
    /// # Errors
    ///
    /// [`Errno::EBADF`]; for streams those of `do_ip_setsockopt` and `do_ipv6_setsockopt`.
    pub(super) fn may_set_group_option(
        &self,
        socket: SocketId,
        name: OptionName,
    ) -> Result<(), Errno> {
        use OptionName as O;
        if !is_about_groups(name) {
            return Ok(());
        }
        match socket.transport {
            Transport::Unix => return Err(Errno::EOPNOTSUPP),
            _ => self.common(socket)?,
        };
        match name {
            _ if socket.transport != Transport::Tcp => Ok(()),
            O::AddMembership | O::DropMembership | O::Join6Group | O::Leave6Group => {
                Err(Errno::EPROTO)
            }
            O::MulticastIf | O::MulticastTtl => Err(Errno::EINVAL),
            O::Multicast6If | O::Multicast6Hops => Err(Errno::ENOPROTOOPT),
            _ => Ok(()),
        }
    }

    fn change_membership(
        &mut self,
        now: Instant,
        (socket, family): (SocketId, Family),
        request: GroupRequest,
        change: Change,
    ) -> Result<(), Errno> {
        let GroupRequest {
            group, interface, ..
        } = request;
        // Linux's `ip_mc_leave_group` does not ask whether it is one.
        let asks = change != Change::Leave || group.is_ipv6();
        if asks && !group.is_multicast() {
            return Err(Errno::EINVAL);
        }
        let member = self.multicast.member(socket);
        let joined_at = member.and_then(|member| member.joined_at(group));
        let iface = match (change, interface, joined_at) {
            // Anywhere is where it is.
            (Change::Leave, GroupInterface::Any, Some(iface)) => iface,
            (Change::Join, GroupInterface::Any, Some(_)) if group.is_ipv6() => {
                return Err(Errno::EADDRINUSE);
            }
            // Only who asks for any interface hears that there is none.
            (Change::Leave, GroupInterface::Any, None) if group.is_ipv4() => {
                self.interface_for(now, interface, group)?
            }
            (Change::Leave, ..) => self
                .interface_for(now, interface, group)
                .map_err(|_| Errno::EADDRNOTAVAIL)?,
            _ => self.interface_for(now, interface, group)?,
        };
        let Self {
            multicast,
            timers,
            sysctls,
            ..
        } = self;
        let change = (iface, group, change);
        multicast.change(timers, sysctls, now, (socket, family), change)
    }

    /// Which interface a program means (Linux's `ip_mc_find_dev`).
    fn interface_for(
        &self,
        now: Instant,
        at: GroupInterface,
        group: IpAddr,
    ) -> Result<InterfaceId, Errno> {
        match at {
            GroupInterface::Any => {
                let choice = ip::egress::select(&self.ip, &self.interfaces, now, group, None, None);
                choice.map(|choice| choice.iface).map_err(|_| Errno::ENODEV)
            }
            _ => self.named(at).ok_or(Errno::ENODEV),
        }
    }

    /// The interface that a program has named.
    fn named(&self, at: GroupInterface) -> Option<InterfaceId> {
        match at {
            GroupInterface::Any => None,
            GroupInterface::Index(index) | GroupInterface::Numbered(index, _) => {
                let iface = InterfaceId(u16::try_from(index.checked_sub(1)?).ok()?);
                self.interface(iface).map(|interface| interface.id)
            }
            GroupInterface::Address(addr) => {
                let has = |i: &&crate::Interface| i.has_address(addr.into());
                self.interfaces.iter().find(has).map(|i| i.id)
            }
        }
    }

    /// What a socket sends to groups of IPv6, or of IPv4, leaves there; `unknown` if there is no such
    /// interface.
    fn send_by(
        &mut self,
        socket: SocketId,
        at: GroupInterface,
        (v6, unknown): (bool, Errno),
    ) -> Result<(), Errno> {
        let iface = self.named(at);
        if iface.is_none() && at != GroupInterface::Any {
            return Err(unknown);
        }
        let family = self.common(socket)?.family();
        let member = self.multicast.member_mut(socket, family);
        let manner = member.manner_mut(v6);
        manner.iface = iface;
        manner.from = match at {
            GroupInterface::Address(addr) | GroupInterface::Numbered(_, addr) => addr,
            GroupInterface::Any | GroupInterface::Index(_) => Ipv4Addr::UNSPECIFIED,
        };
        Ok(())
    }
}

/// The change that an option asks for.
fn membership(option: SocketOption) -> Option<(GroupRequest, Change)> {
    use SocketOption as O;
    let (request, change): (_, fn(IpAddr) -> Change) = match option {
        O::AddMembership(r) | O::JoinGroup(r) | O::Join6Group(r) | O::Mcast6Join(r) => {
            return Some((r, Change::Join));
        }
        O::DropMembership(r) | O::LeaveGroup(r) | O::Leave6Group(r) | O::Mcast6Leave(r) => {
            return Some((r, Change::Leave));
        }
        O::AddSourceMembership(r) | O::JoinSourceGroup(r) | O::Mcast6JoinSource(r) => {
            (r, Change::Add)
        }
        O::DropSourceMembership(r) | O::LeaveSourceGroup(r) | O::Mcast6LeaveSource(r) => {
            (r, Change::Drop)
        }
        O::BlockSource(r) | O::BlockGroupSource(r) | O::Mcast6Block(r) => (r, Change::Block),
        O::UnblockSource(r) | O::UnblockGroupSource(r) | O::Mcast6Unblock(r) => {
            (r, Change::Unblock)
        }
        _ => return None,
    };
    Some((request, change(request.source?)))
}

/// Whether an option is of IPv6's level.
const fn is_of_ipv6(name: OptionName) -> bool {
    name.numbers().0 == IPPROTO_IPV6
}

const fn is_about_groups(name: OptionName) -> bool {
    use OptionName as O;
    matches!(
        name,
        O::MulticastIf
            | O::MulticastTtl
            | O::MulticastLoop
            | O::MulticastAll
            | O::Multicast6If
            | O::Multicast6Hops
            | O::Multicast6Loop
            | O::Multicast6All
            | O::AddMembership
            | O::DropMembership
            | O::UnblockSource
            | O::BlockSource
            | O::AddSourceMembership
            | O::DropSourceMembership
            | O::JoinGroup
            | O::BlockGroupSource
            | O::UnblockGroupSource
            | O::LeaveGroup
            | O::JoinSourceGroup
            | O::LeaveSourceGroup
            | O::Join6Group
            | O::Leave6Group
            | O::Mcast6Join
            | O::Mcast6Block
            | O::Mcast6Unblock
            | O::Mcast6Leave
            | O::Mcast6JoinSource
            | O::Mcast6LeaveSource
    )
}
