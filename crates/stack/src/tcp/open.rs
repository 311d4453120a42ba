//! Calls that open: `socket`, `bind`, `listen`, `accept`, `connect`.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use core::net::{IpAddr, SocketAddr};

use tcp::{Connection, State, TimeWait};

use super::fast_open::{self, Opening};
use super::flow::{End, Flow};
use super::listener::Listener;
use super::row::{Marks, Role, Row};
use super::{Env, Tcp};
use crate::packet::Choice;
use crate::socket::common::{Common, Flags};
use crate::socket::family::overlap;
use crate::socket::{Errno, Family, SocketId};
use crate::sysctl::Sysctls;
use crate::zone;

/// Bytes of data in a segment that a link carries whole (RFC 9293 §3.7.1): what the MTU leaves
/// beside an IP and a TCP header without options.
pub(super) fn mss_of(mtu: usize, local: End) -> u16 {
    let headers = match local.addr {
        IpAddr::V4(_) => 40,
        IpAddr::V6(_) => 60,
    };
    u16::try_from(mtu.saturating_sub(headers)).unwrap_or(u16::MAX)
}

/// Bytes of data in a segment that a peer takes which does not say (RFC 9293 §3.7.1, MUST-15).
pub(super) const fn default_mss(local: End) -> u16 {
    match local.addr {
        IpAddr::V4(_) => 536,
        IpAddr::V6(_) => 1220,
    }
}

impl Tcp {
    /// A socket without a name.
    pub(crate) fn socket(&mut self, sysctls: &Sysctls, family: Family) -> Result<SocketId, Errno> {
        let common = Common::new(family, sysctls);
        let any = End::from(common.unbound());
        let mut row = Row::new(Role::Fresh(Box::default()), common, any, any);
        row.marks = Marks::OWNED;
        let slot = self.rows.insert(row).ok_or(Errno::EMFILE)?;
        Ok(self.rows.id(slot))
    }

    /// Gives it a name. That the address is ours, the caller has seen to.
    pub(crate) fn bind(
        &mut self,
        sysctls: &Sysctls,
        id: SocketId,
        address: SocketAddr,
    ) -> Result<(), Errno> {
        let row = self.owned(id)?;
        if !matches!(row.role, Role::Fresh(_)) || row.marks.contains(Marks::HOLDS_PORT) {
            return Err(Errno::EINVAL);
        }
        let flags = row.common.flags;
        let among = row.ephemeral(sysctls);
        let mut local = End::from(address);
        if local.port != 0 && !self.may_bind(local, flags, id.slot) {
            return Err(Errno::EADDRINUSE);
        }
        if local.port == 0 && flags.contains(Flags::BIND_NO_PORT) {
            let row = self.owned(id)?;
            row.local = local;
            row.marks -= Marks::ADDR_CHOSEN;
        } else {
            if local.port == 0 {
                local = self.free_port(local, among)?;
            }
            self.take_port(id.slot, local);
        }
        let several = local.addr.is_multicast() || local.addr == IpAddr::from([255; 4]);
        if !local.addr.is_unspecified() && !several {
            self.owned(id)?.marks |= Marks::ADDR_CHOSEN;
        }
        Ok(())
    }

    /// Lets callers come.
    pub(crate) fn listen(
        &mut self,
        sysctls: &Sysctls,
        id: SocketId,
        backlog: i32,
    ) -> Result<(), Errno> {
        // A negative backlog is a large unsigned one, as in Linux.
        let backlog = (backlog as u32).min(sysctls.somaxconn);
        let row = self.owned(id)?;
        match &mut row.role {
            Role::Listener(listener) => {
                listener.backlog = backlog;
                return Ok(());
            }
            Role::Fresh(_) => {}
            Role::Connection(_) => return Err(Errno::EINVAL),
        }
        let (local, flags) = (row.local, row.common.flags);
        if row.marks.contains(Marks::HOLDS_PORT) {
            if self.is_listened_on(local, flags, id.slot) {
                return Err(Errno::EADDRINUSE);
            }
        } else {
            let among = row.ephemeral(sysctls);
            let local = self.free_port(local, among)?;
            self.take_port(id.slot, local);
        }
        self.listenings = self.listenings.wrapping_add(1);
        let serial = self.listenings;
        let row = self.owned(id)?;
        let mut options = row.options();
        options.fastopen = fast_open::queue_of(sysctls, options.fastopen, backlog);
        row.role = Role::Listener(Box::new(Listener {
            serial,
            options,
            backlog,
            queue: VecDeque::new(),
            half_open: 0,
            opening: Opening::default(),
            cookie_sent: None,
        }));
        Ok(())
    }

    fn is_listened_on(&self, local: End, flags: Flags, but: u32) -> bool {
        let device = self.rows.get(but).and_then(|row| row.common.device());
        self.ports.holders(local.port).iter().any(|slot| {
            self.rows
                .get(*slot)
                .filter(|_| *slot != but)
                .is_some_and(|row| {
                    let theirs = (row.local.addr, row.common.flags);
                    let meet = overlap((local.addr, flags), theirs);
                    let both_share = (flags & row.common.flags).contains(Flags::REUSE_PORT);
                    let devices = (device, row.common.device());
                    let apart = matches!(devices, (Some(one), Some(other)) if one != other);
                    matches!(row.role, Role::Listener(_)) && meet && !both_share && !apart
                })
        })
    }

    /// Takes the caller that waits longest.
    pub(crate) fn accept(&mut self, id: SocketId) -> Result<(SocketId, SocketAddr), Errno> {
        let Role::Listener(listener) = &mut self.owned(id)?.role else {
            return Err(Errno::EINVAL);
        };
        let slot = listener.queue.pop_front().ok_or(Errno::EAGAIN)?;
        let row = self.rows.get_mut(slot).ok_or(Errno::EAGAIN)?;
        row.marks -= Marks::QUEUED;
        row.marks |= Marks::OWNED | Marks::CONNECT_TOLD;
        if let Some(connection) = row.connection() {
            connection.set_accepted();
        }
        let from = row.common.shown(row.remote.into());
        Ok((self.rows.id(slot), from))
    }

    /// What `connect` says of a socket that has called before: `None` when it may call now.
    fn connect_again(
        &mut self,
        env: &mut Env<'_>,
        id: SocketId,
        data: Option<&[u8]>,
    ) -> Result<Option<usize>, Errno> {
        let row = self.owned(id)?;
        let told = row.marks.contains(Marks::CONNECT_TOLD);
        let connection = match &mut row.role {
            Role::Fresh(_) => return Ok(None),
            Role::Connection(connection) => connection,
            Role::Listener(_) => return Err(Errno::EISCONN),
        };
        if connection.is_deferred() {
            return match data {
                Some(data) => self.send_deferred(env, id, data).map(Some),
                None => Err(Errno::EISCONN),
            };
        }
        match connection.state() {
            State::SynSent | State::SynReceived => Err(Errno::EALREADY),
            // It was connected, whatever became of it.
            _ if told => Err(Errno::EISCONN),
            State::Closed => {
                let error = connection.take_error().map(super::transfer::errno);
                self.renew(env, id)?;
                // Who was told by SO_ERROR hears this instead, as in Linux.
                Err(error.unwrap_or(Errno::ECONNABORTED))
            }
            _ => {
                row.marks |= Marks::CONNECT_TOLD;
                Ok(Some(0))
            }
        }
    }

    /// Calls a peer. `choice` is the way there, as IP found it for the address that the socket is
    /// bound to. With `data` the SYN takes some of it along if it may (MSG_FASTOPEN); how many bytes,
    /// is said. Nothing, and no error, when it is connected, or its SYN waits for data.
    pub(crate) fn connect(
        &mut self,
        env: &mut Env<'_>,
        id: SocketId,
        to: SocketAddr,
        choice: &Choice,
        data: Option<&[u8]>,
    ) -> Result<usize, Errno> {
        if let Some(done) = self.connect_again(env, id, data)? {
            return Ok(done);
        }
        let row = self.owned(id)?;
        let remote = End::from(to);
        let bound = row.marks.contains(Marks::HOLDS_PORT);
        let (options, old) = (row.options(), row.local);
        let among = row.ephemeral(env.sysctls);
        let mut local = End {
            addr: choice.source,
            port: if bound { old.port } else { 0 },
            zone: if zone::is_zoned(choice.source) {
                remote.zone
            } else {
                0
            },
        };
        let mut old = None;
        if !bound {
            (local, old) = self.port_towards(local, remote, among, env)?;
        } else if let Some(kept) = self.find(&Flow { local, remote }) {
            // Who has chosen the very port means it, whatever `tcp_tw_reuse` says, as in Linux.
            old = Some(
                self.take_over(env, kept, false)
                    .ok_or(Errno::EADDRNOTAVAIL)?,
            );
        }
        let flow = Flow { local, remote };
        let iss = old.as_ref().map(TimeWait::successor_iss);
        let iss = iss.unwrap_or_else(|| self.isn.isn(&flow, env.now));
        let mss = mss_of(choice.mtu, local);
        let mut connection = Connection::connect(env.now, &env.sysctls.tcp, options, iss, mss)
            .with_default_mss(default_mss(local))
            .with_timestamp_offset(self.timestamp_offset(env.sysctls, &flow));
        if let Some(old) = &old {
            connection = connection.succeeding(old);
        }
        let (mut sent, mut deferred) = (0, false);
        if data.is_some() || options.fastopen_connect {
            let permit = self.fast_opens.permit(env, &options, &flow);
            match data {
                Some(data) => {
                    let data = if permit.data { data } else { &[] };
                    sent = connection.open_with(permit.option, permit.mss, data);
                }
                None if permit.data => {
                    connection.defer_syn();
                    deferred = true;
                }
                None => {
                    connection.open_with(permit.option, permit.mss, &[]);
                }
            }
        }
        let row = self.owned(id)?;
        (row.local, row.remote) = (local, remote);
        row.segmentation = choice.offload.segmentation as u32;
        row.marks -= Marks::CONNECT_TOLD;
        row.role = Role::Connection(Box::new(connection));
        self.link_flow(id.slot);
        self.review(env, id.slot, ::tcp::Events::empty());
        if deferred || sent > 0 {
            Ok(sent)
        } else {
            Err(Errno::EINPROGRESS)
        }
    }

    /// What the clock of a flow's timestamps is ahead of ours (`tcp_timestamps`).
    pub(super) fn timestamp_offset(&self, sysctls: &Sysctls, flow: &Flow) -> u32 {
        match sysctls.tcp.timestamps {
            1 => self
                .isn
                .timestamp_offset(&(flow.local.addr, flow.remote.addr)),
            _ => 0,
        }
    }

    /// Makes a socket of a connection that is over as it was before.
    fn renew(&mut self, env: &mut Env<'_>, id: SocketId) -> Result<(), Errno> {
        self.unlink_flow(id.slot);
        let row = self.owned(id)?;
        row.role = Role::Fresh(Box::new(row.options()));
        row.marks -= Marks::CONNECT_TOLD;
        if let Some((_, timer)) = row.timer.take() {
            env.timers.disarm(timer);
        }
        row.remote = End::ANY;
        if !row.marks.contains(Marks::HOLDS_PORT) {
            let chosen = row.marks.contains(Marks::ADDR_CHOSEN);
            let addr = if chosen { row.local } else { End::ANY };
            row.local = End { port: 0, ..addr };
        } else if !row.marks.contains(Marks::ADDR_CHOSEN) {
            row.local = row.local.wildcard();
        }
        Ok(())
    }

    /// Whether it may call a peer at all; what else there is to say, [`connect`](Self::connect) says.
    pub(crate) fn may_connect(&self, id: SocketId) -> Result<(), Errno> {
        let row = self.rows.find(id)?;
        match &row.role {
            Role::Fresh(_) => Ok(()),
            Role::Connection(_) if !row.marks.contains(Marks::CONNECT_TOLD) => Ok(()),
            _ => Err(Errno::EISCONN),
        }
    }

    /// The address that a socket is bound to, for IP to choose the way; `None` where it may choose
    /// the address as well.
    pub(crate) fn bound_address(&self, id: SocketId) -> Result<Option<IpAddr>, Errno> {
        let row = self.rows.find(id)?;
        let chosen = row.marks.contains(Marks::ADDR_CHOSEN);
        Ok(chosen.then_some(row.local.addr))
    }
}
