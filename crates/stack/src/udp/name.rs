//! A socket's names: its own and its peer's.

use core::net::{IpAddr, SocketAddr};

use super::Udp;
use crate::socket::common::Flags;
use crate::socket::{Errno, SocketId, UNBOUND};
use crate::sysctl::Sysctls;

impl Udp {
    /// Gives a socket its own name; port 0 asks for a free one. That the address is one of this
    /// host's, or a broadcast address or group, is the caller's to check.
    pub(crate) fn bind(
        &mut self,
        sysctls: &Sysctls,
        id: SocketId,
        name: SocketAddr,
    ) -> Result<(), Errno> {
        let socket = self.sockets.find(id)?;
        if socket.local.port() != 0 {
            return Err(Errno::EINVAL);
        }
        let flags = socket.common.flags;
        let name = if name.port() == 0 {
            self.free_port(sysctls, id.slot, name.ip())
                .ok_or(Errno::EADDRINUSE)?
        } else if self.demux.conflicts(&self.sockets, id.slot, flags, name) {
            return Err(Errno::EADDRINUSE);
        } else {
            name
        };
        let socket = self.sockets.find_mut(id)?;
        socket.local = name;
        socket.bound = name.ip();
        socket.common.flags.insert(Flags::PORT_CHOSEN);
        self.demux.insert(id.slot, socket);
        Ok(())
    }

    /// A free port by simple randomisation (RFC 6056 §3.3.1): the first free one from a random
    /// start on.
    fn free_port(&mut self, sysctls: &Sysctls, slot: u32, ip: IpAddr) -> Option<SocketAddr> {
        let (first, last) = sysctls.ip_local_port_range;
        let count = u64::from(last - first) + 1;
        let start = self.rng.below(count);
        (0..count)
            .map(|n| SocketAddr::new(ip, first + ((start + n) % count) as u16))
            .find(|name| {
                // What the program lets others share, chance does not.
                let flags = Flags::empty();
                !self.demux.conflicts(&self.sockets, slot, flags, *name)
            })
    }

    /// Gives a socket without a port one that is free.
    pub(super) fn autobind(&mut self, sysctls: &Sysctls, id: SocketId) -> Result<(), Errno> {
        let local = self.sockets.find(id)?.local;
        if local.port() != 0 {
            return Ok(());
        }
        let name = self
            .free_port(sysctls, id.slot, local.ip())
            .ok_or(Errno::EAGAIN)?;
        let socket = self.sockets.find_mut(id)?;
        socket.local = name;
        self.demux.insert(id.slot, socket);
        Ok(())
    }

    /// The address to send from, where the socket's name says one.
    pub(crate) fn source(&self, id: SocketId) -> Result<Option<IpAddr>, Errno> {
        let local = self.sockets.find(id)?.local.ip();
        let one = match local {
            IpAddr::V4(v4) => !v4.is_unspecified() && !v4.is_broadcast() && !v4.is_multicast(),
            IpAddr::V6(v6) => !v6.is_unspecified() && !v6.is_multicast(),
        };
        Ok(one.then_some(local))
    }

    /// Makes `peer` the only one that the socket talks to; `source` is our address on the way
    /// there.
    pub(crate) fn connect(
        &mut self,
        sysctls: &Sysctls,
        id: SocketId,
        peer: SocketAddr,
        source: IpAddr,
    ) -> Result<(), Errno> {
        self.autobind(sysctls, id)?;
        let socket = self.sockets.find_mut(id)?;
        self.demux.remove(id.slot, socket);
        socket.local.set_ip(if socket.bound.is_unspecified() {
            source
        } else {
            socket.bound
        });
        socket.remote = Some(peer);
        socket.common.error = None;
        self.demux.insert(id.slot, socket);
        Ok(())
    }

    /// Lets the socket talk to all again. A port that it did not choose is given back.
    pub(crate) fn disconnect(&mut self, id: SocketId) -> Result<(), Errno> {
        let socket = self.sockets.find_mut(id)?;
        self.demux.remove(id.slot, socket);
        socket.remote = None;
        socket.common.error = None;
        socket.local.set_ip(socket.bound);
        if !socket.common.has(Flags::PORT_CHOSEN) {
            socket.local.set_port(0);
        }
        self.demux.insert(id.slot, socket);
        Ok(())
    }

    /// The socket's own name.
    pub(crate) fn local(&self, id: SocketId) -> Result<SocketAddr, Errno> {
        let socket = self.sockets.find(id)?;
        Ok(if socket.local.port() == 0 {
            UNBOUND
        } else {
            socket.local
        })
    }

    /// The peer's name.
    pub(crate) fn peer(&self, id: SocketId) -> Result<SocketAddr, Errno> {
        self.sockets.find(id)?.remote.ok_or(Errno::ENOTCONN)
    }
}
