//! Calls that open: `socket`, `socketpair`, `bind`, `listen`, `accept`, `connect`.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use base::Instant;

use crate::interface::InterfaceId;
use crate::ip;
use crate::packet::{Cast, Choice, ToMany};
use crate::socket::common::Common;
use crate::socket::endpoint::Endpoints;
use crate::socket::{Address, Errno, Family, Kind, SocketId, Transport, UnixName};
use crate::stack::Stack;
use crate::verdict::DropReason;
use crate::zone;

/// The Unix name in an address.
pub(super) const fn unix_name(address: &Address) -> Result<&UnixName, Errno> {
    match address {
        Address::Unix(name) => Ok(name),
        Address::Unspecified | Address::Inet(_) => Err(Errno::EINVAL),
    }
}

/// Whom a program means that calls "every address": this host (as Linux has it).
pub(super) const fn no_wildcard(to: SocketAddr) -> SocketAddr {
    match to.ip() {
        IpAddr::V4(addr) if addr.is_unspecified() => {
            SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), to.port())
        }
        IpAddr::V6(addr) if addr.is_unspecified() => {
            SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), to.port())
        }
        _ => to,
    }
}

impl Stack {
    /// Makes a socket (socket(2)).
    ///
    /// # Errors
    ///
    /// - [`Errno::ESOCKTNOSUPPORT`] for a kind that the family does not have;
    /// - [`Errno::EMFILE`] when there are 2^32 of its kind.
    pub fn socket(&mut self, family: Family, kind: Kind) -> Result<SocketId, Errno> {
        match (family, kind) {
            (Family::Unix, kind) => self.unix.socket(&self.sysctls, kind),
            (family, Kind::Stream) => self.tcp.socket(&self.sysctls, family),
            (family, Kind::Datagram) => self.udp.sockets.socket(&self.sysctls, family),
            (family, Kind::Ping) => self.ping.sockets.socket(&self.sysctls, family),
        }
    }

    /// Makes two sockets that are connected with each other (socketpair(2)). They have no names.
    ///
    /// # Errors
    ///
    /// - [`Errno::EOPNOTSUPP`] for any family but [`Family::Unix`];
    /// - as [`socket`](Self::socket).
    pub fn socket_pair(
        &mut self,
        family: Family,
        kind: Kind,
    ) -> Result<(SocketId, SocketId), Errno> {
        match family {
            Family::Unix => self.unix.pair(&self.sysctls, kind),
            Family::Inet | Family::Inet6 => Err(Errno::EOPNOTSUPP),
        }
    }

    /// Gives a socket its own name (bind(2)). Port 0 asks for one that is free; the IPv4 address
    /// 0.0.0.0 means every address of this host; a Unix socket's [`Unnamed`](crate::UnixName)
    /// asks for a free abstract name of five hexadecimal digits.
    ///
    /// # Errors
    ///
    /// - [`Errno::EBADF`] for a socket that is closed;
    /// - [`Errno::EINVAL`] when it has a name already, or the name has a wrong length;
    /// - [`Errno::EAFNOSUPPORT`] for an address of another family;
    /// - [`Errno::EADDRNOTAVAIL`] for an address that is none of this host's;
    /// - [`Errno::EADDRINUSE`] when somebody has it (`SO_REUSEADDR` and `SO_REUSEPORT` decide as
    ///   in Linux), or no port is free.
    pub fn bind(&mut self, socket: SocketId, address: &Address) -> Result<(), Errno> {
        match socket.transport {
            Transport::Tcp => {
                // As Linux: a stream may have a name that several hear, and hears nothing there.
                let local = self.own(socket, address)?;
                self.tcp.bind(&self.sysctls, socket, local)
            }
            Transport::Udp => {
                let local = self.own(socket, address)?;
                self.udp.bind(&self.sysctls, socket, local)
            }
            Transport::Ping => {
                let local = self.own(socket, address)?;
                self.ping.bind(socket, local)
            }
            Transport::Unix => self.unix.bind(socket, unix_name(address)?),
        }
    }

    /// Lets callers come (listen(2)). At most `backlog` of them, and at most `net.core.somaxconn`,
    /// wait to be accepted; a negative `backlog` means as many as that allows. To listen again
    /// changes the backlog. A socket without a port gets one.
    ///
    /// # Errors
    ///
    /// - [`Errno::EBADF`];
    /// - [`Errno::EOPNOTSUPP`] for datagram sockets;
    /// - [`Errno::EINVAL`] for a connected socket, or a Unix socket without a name;
    /// - [`Errno::EADDRINUSE`] when another listens there.
    pub fn listen(&mut self, socket: SocketId, backlog: i32) -> Result<(), Errno> {
        match socket.transport {
            Transport::Tcp => self.tcp.listen(&self.sysctls, socket, backlog),
            Transport::Udp => Err(self.udp.sockets.no_stream(socket)),
            Transport::Ping => Err(self.ping.sockets.no_stream(socket)),
            Transport::Unix => {
                let most = self.sysctls.somaxconn;
                // A negative backlog is a large unsigned one, as in Linux.
                self.unix
                    .listen(socket, (backlog as u32).min(most) as usize)
            }
        }
    }

    /// Takes the caller that waits longest, and who it is (accept(2)). Options go over from the
    /// listener as they do in Linux.
    ///
    /// # Errors
    ///
    /// - [`Errno::EBADF`];
    /// - [`Errno::EAGAIN`] when nobody waits;
    /// - [`Errno::EINVAL`] when it does not listen;
    /// - [`Errno::EOPNOTSUPP`] for datagram sockets.
    pub fn accept(&mut self, socket: SocketId) -> Result<(SocketId, Address), Errno> {
        match socket.transport {
            Transport::Tcp => {
                let (caller, from) = self.tcp.accept(socket)?;
                Ok((caller, from.into()))
            }
            Transport::Udp => Err(self.udp.sockets.no_stream(socket)),
            Transport::Ping => Err(self.ping.sockets.no_stream(socket)),
            Transport::Unix => {
                let (caller, from) = self.unix.accept(socket)?;
                Ok((caller, from.into()))
            }
        }
    }

    /// Calls a peer, or gives a datagram socket the only peer it talks to (connect(2)).
    ///
    /// Nothing here waits: a TCP connection answers [`Errno::EINPROGRESS`], and is writable
    /// when it stands or failed; to ask again then gives the outcome, as `SO_ERROR` does.
    /// [`Address::Unspecified`] takes a datagram socket's peer back.
    ///
    /// # Errors
    ///
    /// - [`Errno::EBADF`], [`Errno::EAFNOSUPPORT`];
    /// - [`Errno::EINPROGRESS`] at first, [`Errno::EALREADY`] while it lasts, [`Errno::EISCONN`]
    ///   when it was done and told;
    /// - [`Errno::ECONNREFUSED`], [`Errno::ETIMEDOUT`], [`Errno::EHOSTUNREACH`],
    ///   [`Errno::ENETUNREACH`], [`Errno::ECONNRESET`]: how it failed, told once;
    /// - [`Errno::EADDRNOTAVAIL`] when no port is free towards that peer, or that very connection
    ///   exists;
    /// - [`Errno::EACCES`] for a broadcast address without `SO_BROADCAST`;
    /// - Unix: [`Errno::ENOENT`] when nobody has the name, [`Errno::ECONNREFUSED`] when nobody
    ///   listens there, [`Errno::EAGAIN`] when its backlog is full, [`Errno::EPROTOTYPE`] when it
    ///   is of the other kind.
    pub fn connect(
        &mut self,
        now: Instant,
        socket: SocketId,
        address: &Address,
    ) -> Result<(), Errno> {
        match socket.transport {
            Transport::Tcp if *address == Address::Unspecified => {
                let (tcp, mut env) = self.tcp_in(now);
                tcp.disconnect(&mut env, socket)
            }
            Transport::Tcp => self
                .connect_tcp(now, socket, self.inner(socket, address)?, None)
                .map(drop),
            Transport::Udp if *address == Address::Unspecified => self.udp.disconnect(socket),
            Transport::Udp => self.connect_udp(now, socket, self.inner(socket, address)?),
            Transport::Ping if *address == Address::Unspecified => self.ping.disconnect(socket),
            Transport::Ping => self.connect_ping(now, socket, self.inner(socket, address)?),
            Transport::Unix if *address == Address::Unspecified => self.unix.connect(socket, None),
            Transport::Unix => self.unix.connect(socket, Some(unix_name(address)?)),
        }
    }

    pub(super) fn connect_tcp(
        &mut self,
        now: Instant,
        id: SocketId,
        to: SocketAddr,
        data: Option<&[u8]>,
    ) -> Result<usize, Errno> {
        let to = no_wildcard(to);
        self.tcp.may_connect(id)?;
        let bound = self.tcp.bound_address(id)?;
        let common = self.tcp.common(id)?;
        let choice = self.way(now, common.first_stop(to), bound, common.device())?;
        // As Linux says it, SO_BROADCAST or not.
        if choice.cast != Cast::Unicast {
            return Err(Errno::ENETUNREACH);
        }
        if to.port() == 0 {
            // Nobody can listen there.
            return Err(Errno::ECONNREFUSED);
        }
        let (tcp, mut env) = self.tcp_in(now);
        tcp.connect(&mut env, id, to, &choice, data)
    }

    fn connect_udp(&mut self, now: Instant, id: SocketId, to: SocketAddr) -> Result<(), Errno> {
        // As Linux: it gets a port, whatever comes of the rest.
        self.udp.autobind(&self.sysctls, id)?;
        let to = no_wildcard(to);
        let bound = self.udp.sockets.source(id)?;
        let exit = self.exit(&self.udp.sockets.slots.find(id)?.common, to)?;
        let choice = self.way_by(now, id, to, bound, exit)?;
        self.udp.connect(id, to, &choice)
    }

    fn connect_ping(&mut self, now: Instant, id: SocketId, to: SocketAddr) -> Result<(), Errno> {
        let to = no_wildcard(to);
        let bound = self.ping.sockets.source(id)?;
        let exit = self.exit(&self.ping.sockets.slots.find(id)?.common, to)?;
        let choice = self.way(now, to, bound, exit)?;
        self.ping.connect(id, to, &choice)
    }

    /// The interface by which a datagram socket's packets to `to` leave, where its options say one
    /// (`SO_BINDTODEVICE`, else `IPV6_PKTINFO`).
    ///
    /// # Errors
    ///
    /// As Linux: [`Errno::ENETUNREACH`] for an `IPV6_PKTINFO` of an interface that there is not.
    pub(super) fn exit(
        &self,
        common: &Common,
        to: SocketAddr,
    ) -> Result<Option<InterfaceId>, Errno> {
        if let Some(device) = common.device() {
            return Ok(Some(device));
        }
        let Some(index) = common.sticky_to(to.ip()) else {
            return Ok(None);
        };
        let iface = InterfaceId::from_scope_id(index);
        let iface = iface.filter(|iface| self.interface(*iface).is_some());
        iface.map(Some).ok_or(Errno::ENETUNREACH)
    }

    /// The way to a destination, or why there is none as a program hears it.
    pub(super) fn way(
        &self,
        now: Instant,
        to: SocketAddr,
        source: Option<IpAddr>,
        only: Option<InterfaceId>,
    ) -> Result<Choice, Errno> {
        let (dst, iface) = (to.ip(), zone::of(to).or(only));
        // A socket of IPv6 that has an address of its own does not leave with it to IPv4.
        if source.is_some_and(|source| !wire::ip::same_family(source, dst)) {
            return Err(Errno::ENETUNREACH);
        }
        ip::egress::select(&self.ip, &self.interfaces, now, dst, source, iface).map_err(no_way)
    }

    /// The way that a socket's packets take: those to groups as the socket said, and all by `only`
    /// where that says one.
    pub(super) fn way_by(
        &self,
        now: Instant,
        socket: SocketId,
        to: SocketAddr,
        source: Option<IpAddr>,
        only: Option<InterfaceId>,
    ) -> Result<Choice, Errno> {
        let dst = to.ip();
        if !dst.is_multicast() {
            return self.way(now, to, source, only);
        }
        let (ip, interfaces) = (&self.ip, &self.interfaces);
        let member = self.multicast.member(socket);
        let manner = member.map(|member| member.manner(dst.is_ipv6()));
        let iface = zone::of(to)
            .or(only)
            .or_else(|| manner.and_then(|manner| manner.iface));
        let from = manner.map_or(Ipv4Addr::UNSPECIFIED, |manner| manner.from);
        let source = match source {
            None if dst.is_ipv4() && !from.is_unspecified() => Some(from.into()),
            source => source,
        };
        let mut choice =
            ip::egress::select(ip, interfaces, now, dst, source, iface).map_err(no_way)?;
        choice.many = Some(ToMany {
            hops: manner.map_or(1, |manner| manner.hops),
            echo: manner.is_none_or(|manner| manner.echo),
        });
        Ok(choice)
    }

    /// A name that a program gave to one of its Internet sockets.
    pub(super) fn inner(&self, socket: SocketId, address: &Address) -> Result<SocketAddr, Errno> {
        self.common(socket)?.inner(address)
    }

    /// What every socket of the Internet family has.
    pub(super) fn common(&self, socket: SocketId) -> Result<&Common, Errno> {
        match socket.transport {
            Transport::Tcp => self.tcp.common(socket),
            Transport::Udp => Ok(&self.udp.sockets.slots.find(socket)?.common),
            Transport::Ping => Ok(&self.ping.sockets.slots.find(socket)?.common),
            Transport::Unix => Err(Errno::EAFNOSUPPORT),
        }
    }

    /// The sockets among which a datagram socket is.
    pub(super) fn datagram_sockets(&mut self, socket: SocketId) -> Result<&mut Endpoints, Errno> {
        match socket.transport {
            Transport::Udp => Ok(&mut self.udp.sockets),
            Transport::Ping => Ok(&mut self.ping.sockets),
            Transport::Tcp | Transport::Unix => Err(Errno::EOPNOTSUPP),
        }
    }

    /// An address to bind to: one of ours, all of them, or one that several hear.
    fn own(&self, socket: SocketId, address: &Address) -> Result<SocketAddr, Errno> {
        let local = self.inner(socket, address)?;
        let addr = local.ip();
        // RFC 4007 §6: of which link?
        if zone::is_zoned(addr) && zone::of(local).is_none() {
            return Err(Errno::EINVAL);
        }
        let heard = addr.is_multicast()
            || addr == IpAddr::V4(Ipv4Addr::BROADCAST)
            || self.ip.addresses.find(addr).is_some();
        let freely = self.common(socket)?.binds_freely();
        if addr.is_unspecified() || heard || freely || self.ip.addresses.is_ours(addr) {
            Ok(local)
        } else {
            Err(Errno::EADDRNOTAVAIL)
        }
    }
}

/// Why there is no way, as a program hears it.
const fn no_way(reason: DropReason) -> Errno {
    match reason {
        DropReason::NoRoute => Errno::ENETUNREACH,
        DropReason::NoSourceAddress => Errno::EADDRNOTAVAIL,
        DropReason::InterfaceDown => Errno::ENETDOWN,
        DropReason::MartianDestination | DropReason::MartianSource => Errno::EINVAL,
        _ => Errno::EHOSTUNREACH,
    }
}
