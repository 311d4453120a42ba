//! Calls that ask, and the options.

use alloc::vec::Vec;

use base::Instant;

use super::device;
use crate::socket::options;
use crate::socket::{
    Address, Errno, Event, Family, Listed, OptionName, Queued, Readiness, SocketId, SocketOption,
    Transport,
};
use crate::stack::Stack;

impl Stack {
    /// The next socket about which something changed. Each is in the queue at most once; what
    /// changed, [`readiness`](Self::readiness) says. Then whether the interfaces changed.
    pub fn poll_event(&mut self) -> Option<Event> {
        let udp = || self.udp.sockets.poll_event();
        let socket = self.tcp.poll_event().or_else(udp);
        let socket = socket.or_else(|| self.unix.poll_event());
        let socket = socket.or_else(|| self.ping.sockets.poll_event());
        match socket {
            Some(socket) => Some(Event::Socket(socket)),
            None => self.links_changed().then_some(Event::Links),
        }
    }

    /// What poll(2) would say of a socket; everything it could, for one that is closed
    /// (`POLLNVAL` has no flag here).
    #[must_use]
    pub fn readiness(&self, socket: SocketId) -> Readiness {
        match socket.transport {
            Transport::Tcp => self.tcp.readiness(&self.sysctls, socket),
            Transport::Udp => self
                .udp
                .sockets
                .readiness(socket)
                .unwrap_or(Readiness::all()),
            Transport::Ping => self
                .ping
                .sockets
                .readiness(socket)
                .unwrap_or(Readiness::all()),
            Transport::Unix => self.unix.readiness(socket),
        }
    }

    /// A socket's own name (getsockname(2)); `0.0.0.0:0` and [`Unnamed`](crate::UnixName) where it
    /// has none.
    ///
    /// # Errors
    ///
    /// [`Errno::EBADF`].
    pub fn local_address(&self, socket: SocketId) -> Result<Address, Errno> {
        Ok(match socket.transport {
            Transport::Tcp => self.tcp.local_address(socket)?.into(),
            Transport::Udp => self.udp.sockets.local_address(socket)?.into(),
            Transport::Ping => self.ping.sockets.local_address(socket)?.into(),
            Transport::Unix => self.unix.name(socket)?.into(),
        })
    }

    /// The name of a socket's peer (getpeername(2)).
    ///
    /// # Errors
    ///
    /// [`Errno::EBADF`]; [`Errno::ENOTCONN`] without a peer.
    pub fn peer_address(&self, socket: SocketId) -> Result<Address, Errno> {
        Ok(match socket.transport {
            Transport::Tcp => self.tcp.peer_address(socket)?.into(),
            Transport::Udp => self.udp.sockets.peer_address(socket)?.into(),
            Transport::Ping => self.ping.sockets.peer_address(socket)?.into(),
            Transport::Unix => self.unix.peer_name(socket)?.into(),
        })
    }

    /// Sets an option (setsockopt(2)).
    ///
    /// # Errors
    ///
    /// - [`Errno::EBADF`];
    /// - [`Errno::ENOPROTOOPT`] for one that is read only, or that the socket does not have;
    /// - [`Errno::EINVAL`] for a value out of its range;
    /// - [`Errno::EDOM`] for a linger time that is too long.
    pub fn set_option(
        &mut self,
        now: Instant,
        socket: SocketId,
        option: SocketOption,
    ) -> Result<(), Errno> {
        // As Linux: not once it has a port.
        if matches!(option, SocketOption::V6Only(_))
            && matches!(self.local_address(socket)?, Address::Inet(name) if name.port() != 0)
        {
            return Err(Errno::EINVAL);
        }
        if let Some(done) = self.set_device_option(socket, option) {
            return done;
        }
        if let Some(done) = self.set_group_option(now, socket, option) {
            return done;
        }
        match socket.transport {
            Transport::Tcp => {
                let (tcp, mut env) = self.tcp_in(now);
                tcp.set_option(&mut env, socket, option)
            }
            Transport::Udp => self.udp.sockets.set_option(&self.sysctls, socket, option),
            Transport::Ping => self.ping.sockets.set_option(&self.sysctls, socket, option),
            Transport::Unix => self.unix.set_option(&self.sysctls, socket, option),
        }
    }

    /// Reads an option (getsockopt(2)). To read [`OptionName::Error`] clears it.
    ///
    /// # Errors
    ///
    /// - [`Errno::EBADF`];
    /// - [`Errno::ENOPROTOOPT`] for one that the socket does not have;
    /// - [`Errno::ENOTCONN`] for one that only a connected socket has.
    pub fn option(&mut self, socket: SocketId, name: OptionName) -> Result<SocketOption, Errno> {
        if let Some(value) = self.cookie_option(socket, name) {
            return value;
        }
        if let Some(value) = self.group_option(socket, name) {
            return value;
        }
        match socket.transport {
            Transport::Tcp => self.tcp.option(&self.sysctls, socket, name),
            Transport::Udp => self.udp.sockets.option(&self.sysctls, socket, name),
            Transport::Ping => self.ping.sockets.option(&self.sysctls, socket, name),
            Transport::Unix => self.unix.option(socket, name),
        }
    }

    /// Reads an option by level and number into `value`; how many bytes there were, of which
    /// `value` has what fits (getsockopt(2)). It has all that [`option`](Self::option) has, and
    /// `TCP_INFO`, `IP_MTU` and `IPV6_MTU`.
    ///
    /// # Errors
    ///
    /// As [`option`](Self::option); [`Errno::ENOTCONN`] for the `IP_MTU` of a socket without a peer.
    pub fn option_bytes(
        &mut self,
        now: Instant,
        socket: SocketId,
        (level, number): (i32, i32),
        value: &mut [u8],
    ) -> Result<usize, Errno> {
        let copy = |bytes: &[u8], value: &mut [u8]| {
            let len = bytes.len().min(value.len());
            value[..len].copy_from_slice(&bytes[..len]);
            bytes.len()
        };
        match (level, number) {
            (options::IPPROTO_TCP, options::TCP_INFO) if socket.transport == Transport::Tcp => {
                Ok(copy(&self.tcp_info(socket)?.to_bytes(now), value))
            }
            (options::SOL_SOCKET, device::BINDTODEVICE) => self.bound_device(socket, value),
            // Linux's `ip_getsockopt` about another level's; `ipv6_getsockopt` has the other number.
            _ if self.is_foreign(socket, level) => {
                let v6 = self.common(socket)?.family() == Family::Inet6;
                Err(if v6 {
                    Errno::ENOPROTOOPT
                } else {
                    Errno::EOPNOTSUPP
                })
            }
            (options::IPPROTO_IP, options::IP_MTU) | (options::IPPROTO_IPV6, options::IPV6_MTU) => {
                let mtu = self.path_mtu(now, socket)?;
                let mtu = i32::try_from(mtu).unwrap_or(i32::MAX);
                Ok(copy(&mtu.to_ne_bytes(), value))
            }
            (options::SOL_SOCKET, device::COOKIE) if value.len() < 8 => Err(Errno::EINVAL),
            _ => {
                let name = OptionName::from_numbers(level, number)?;
                Ok(copy(&self.option(socket, name)?.to_bytes(), value))
            }
        }
    }

    /// Sets an option by level and number to the value in `value` (setsockopt(2)). What is wrong
    /// first is what Linux says: too few bytes, or a name that does not exist.
    ///
    /// # Errors
    ///
    /// As [`set_option`](Self::set_option).
    pub fn set_option_bytes(
        &mut self,
        now: Instant,
        socket: SocketId,
        (level, number): (i32, i32),
        value: &[u8],
    ) -> Result<(), Errno> {
        /// Bytes of an `int`.
        const INT: usize = 4;
        if (level, number) == (options::SOL_SOCKET, device::BINDTODEVICE) {
            return self.bind_to_device(socket, value);
        }
        match level {
            _ if self.is_foreign(socket, level) => return Err(Errno::ENOPROTOOPT),
            // TCP_CONGESTION: a name may be shorter.
            options::IPPROTO_TCP if number == 13 => {}
            options::SOL_SOCKET | options::IPPROTO_TCP if value.len() < INT => {
                return Err(Errno::EINVAL);
            }
            _ => {}
        }
        let name = OptionName::from_numbers(level, number)?;
        // Linux asks first whether a stream may; only of these two it reads the value before.
        if !matches!(name, OptionName::Join6Group | OptionName::Leave6Group) {
            self.may_set_group_option(socket, name)?;
        }
        self.set_option(now, socket, SocketOption::from_bytes(name, value)?)
    }

    /// Whether the level is another protocol's than the socket's.
    fn is_foreign(&self, socket: SocketId, level: i32) -> bool {
        match level {
            options::IPPROTO_TCP => socket.transport != Transport::Tcp,
            options::IPPROTO_UDP => socket.transport != Transport::Udp,
            options::IPPROTO_IPV6 => {
                let common = self.common(socket);
                common.is_ok_and(|common| common.family() == Family::Inet)
            }
            _ => false,
        }
    }

    /// Bytes that the way to a socket's peer carries in one packet (`IP_MTU`).
    fn path_mtu(&self, now: Instant, socket: SocketId) -> Result<usize, Errno> {
        let Address::Inet(peer) = self.peer_address(socket)? else {
            return Err(Errno::EOPNOTSUPP);
        };
        let peer = self.inner(socket, &peer.into())?;
        Ok(self.way(now, peer, None, None)?.mtu)
    }

    /// How much waits in a socket's buffers.
    ///
    /// # Errors
    ///
    /// [`Errno::EBADF`]; [`Errno::EINVAL`] for a listener.
    pub fn queued(&self, socket: SocketId) -> Result<Queued, Errno> {
        match socket.transport {
            Transport::Tcp => self.tcp.queued(socket),
            Transport::Udp => self.udp.sockets.queued(socket),
            Transport::Ping => self.ping.sockets.queued(socket),
            Transport::Unix => self.unix.queued(socket),
        }
    }

    /// Whether the next byte to receive is the urgent one of a stream (ioctl(2), SIOCATMARK). Never
    /// so between programs of one host.
    ///
    /// # Errors
    ///
    /// [`Errno::EBADF`]; [`Errno::ENOTTY`] for a datagram socket of the Internet family.
    pub fn is_at_mark(&self, socket: SocketId) -> Result<bool, Errno> {
        match socket.transport {
            Transport::Tcp => self.tcp.is_at_mark(socket),
            Transport::Udp | Transport::Ping => Err(Errno::ENOTTY),
            Transport::Unix => self.unix.queued(socket).map(|_| false),
        }
    }

    /// What a TCP connection knows of itself and its way (`TCP_INFO`).
    ///
    /// # Errors
    ///
    /// [`Errno::EBADF`]; [`Errno::ENOPROTOOPT`] for any other socket.
    pub fn tcp_info(&self, socket: SocketId) -> Result<::tcp::Info, Errno> {
        match socket.transport {
            Transport::Tcp => self.tcp.info(socket, &self.sysctls.tcp),
            Transport::Udp | Transport::Ping | Transport::Unix => Err(Errno::ENOPROTOOPT),
        }
    }

    /// Every socket, and every connection without one, as `ss` would list them; for people and
    /// tests, since it visits them all.
    #[must_use]
    pub fn sockets(&self) -> Vec<Listed> {
        self.tcp
            .iter()
            .chain(self.udp.sockets.iter())
            .chain(self.ping.sockets.iter())
            .chain(self.unix.iter())
            .collect()
    }
}
