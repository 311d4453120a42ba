//! Programs and groups: who listens to which, and how packets to groups leave.

use alloc::vec::Vec;
use core::net::IpAddr;

use base::Instant;

use crate::interface::InterfaceId;
use crate::ip;
use crate::multicast::{Change, Member};
use crate::socket::{
    Errno, GroupInterface, GroupRequest, OptionName, SocketId, SocketOption, Transport,
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
        if let Some((request, change)) = membership(option) {
            return Some(self.change_membership(now, socket, request, change));
        }
        if !is_about_groups(option.name()) {
            return None;
        }
        if let Err(errno) = self.may_listen(socket) {
            return Some(Err(errno));
        }
        let member = self.multicast.member_mut(socket);
        match option {
            SocketOption::MulticastTtl(hops) | SocketOption::Multicast6Hops(hops) => {
                member.hops = hops;
            }
            SocketOption::MulticastLoop(on) | SocketOption::Multicast6Loop(on) => member.echo = on,
            SocketOption::MulticastAll(on) | SocketOption::Multicast6All(on) => member.all = on,
            SocketOption::MulticastIf(at) | SocketOption::Multicast6If(at) => {
                return Some(self.send_by(socket, at));
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
        if let Err(errno) = self.may_listen(socket) {
            return Some(Err(errno));
        }
        let usual = Member::default();
        let member = self.multicast.member(socket).unwrap_or(&usual);
        Some(Ok(match name {
            OptionName::MulticastTtl => SocketOption::MulticastTtl(member.hops),
            OptionName::Multicast6Hops => SocketOption::Multicast6Hops(member.hops),
            OptionName::MulticastLoop => SocketOption::MulticastLoop(member.echo),
            OptionName::Multicast6Loop => SocketOption::Multicast6Loop(member.echo),
            OptionName::MulticastAll => SocketOption::MulticastAll(member.all),
            OptionName::Multicast6All => SocketOption::Multicast6All(member.all),
            OptionName::MulticastIf => SocketOption::MulticastIf(self.first_address(member.iface)),
            OptionName::Multicast6If => SocketOption::Multicast6If(match member.iface {
                Some(iface) => GroupInterface::Index(u32::from(iface.0) + 1),
                None => GroupInterface::Any,
            }),
            _ => return Some(Err(Errno::ENOPROTOOPT)),
        }))
    }

    /// Only datagrams go to groups.
    fn may_listen(&self, socket: SocketId) -> Result<(), Errno> {
        match socket.transport {
            Transport::Udp => self.udp.sockets.local_address(socket).map(|_| ()),
            Transport::Ping => self.ping.sockets.local_address(socket).map(|_| ()),
            // As Linux has it: EPROTO for a stream's membership (`inet_test_bit(IS_ICSK)`).
            Transport::Tcp => Err(Errno::EPROTO),
            Transport::Unix => Err(Errno::EOPNOTSUPP),
        }
    }

    fn change_membership(
        &mut self,
        now: Instant,
        socket: SocketId,
        request: GroupRequest,
        change: Change,
    ) -> Result<(), Errno> {
        self.may_listen(socket)?;
        let group = request.group;
        if !group.is_multicast() {
            return Err(Errno::EINVAL);
        }
        let iface = self.interface_for(now, request.interface, group)?;
        let Self {
            multicast,
            timers,
            sysctls,
            ..
        } = self;
        let change = (iface, group, change);
        multicast.change(timers, sysctls, now, socket, change)
    }

    /// Which interface a program means (Linux's `ip_mc_find_dev`).
    fn interface_for(
        &self,
        now: Instant,
        at: GroupInterface,
        group: IpAddr,
    ) -> Result<InterfaceId, Errno> {
        match at {
            GroupInterface::Index(index) => {
                let number = u16::try_from(index.wrapping_sub(1)).map_err(|_| Errno::ENODEV)?;
                let iface = InterfaceId(number);
                let known = self.interface(iface).is_some();
                known.then_some(iface).ok_or(Errno::ENODEV)
            }
            GroupInterface::Address(addr) => {
                let has = |i: &&crate::Interface| i.has_address(addr.into());
                let found = self.interfaces.iter().find(has);
                found.map(|i| i.id).ok_or(Errno::ENODEV)
            }
            GroupInterface::Any => {
                let choice = ip::egress::select(&self.ip, &self.interfaces, now, group, None, None);
                choice.map(|choice| choice.iface).map_err(|_| Errno::ENODEV)
            }
        }
    }

    fn send_by(&mut self, socket: SocketId, at: GroupInterface) -> Result<(), Errno> {
        let iface = match at {
            GroupInterface::Any => None,
            GroupInterface::Index(index) => {
                let number = u16::try_from(index.wrapping_sub(1)).ok();
                let iface = number.map(InterfaceId);
                let known = iface.filter(|iface| self.interface(*iface).is_some());
                Some(known.ok_or(Errno::EADDRNOTAVAIL)?)
            }
            GroupInterface::Address(addr) => {
                let has = |i: &&crate::Interface| i.has_address(addr.into());
                let found = self.interfaces.iter().find(has).map(|i| i.id);
                Some(found.ok_or(Errno::EADDRNOTAVAIL)?)
            }
        };
        self.multicast.member_mut(socket).iface = iface;
        Ok(())
    }

    fn first_address(&self, iface: Option<InterfaceId>) -> GroupInterface {
        let interface = iface.and_then(|iface| self.interface(iface));
        let addresses = interface.map_or(&[][..], |interface| &interface.addresses);
        let first = addresses.iter().find_map(|net| match net.addr() {
            IpAddr::V4(addr) => Some(addr),
            IpAddr::V6(_) => None,
        });
        first.map_or(GroupInterface::Any, GroupInterface::Address)
    }
}

/// The change that an option asks for.
fn membership(option: SocketOption) -> Option<(GroupRequest, Change)> {
    use SocketOption as O;
    let (request, change): (_, fn(IpAddr) -> Change) = match option {
        O::AddMembership(request) | O::JoinGroup(request) | O::Join6Group(request) => {
            return Some((request, Change::Join));
        }
        O::DropMembership(request) | O::LeaveGroup(request) | O::Leave6Group(request) => {
            return Some((request, Change::Leave));
        }
        O::AddSourceMembership(request) | O::JoinSourceGroup(request) => (request, Change::Add),
        O::DropSourceMembership(request) | O::LeaveSourceGroup(request) => (request, Change::Drop),
        O::BlockSource(request) | O::BlockGroupSource(request) => (request, Change::Block),
        O::UnblockSource(request) | O::UnblockGroupSource(request) => (request, Change::Unblock),
        _ => return None,
    };
    Some((request, change(request.source?)))
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
    )
}
