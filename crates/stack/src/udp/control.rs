//! Options, shutdown, close, and what `poll` says.

use super::Udp;
use crate::socket::common::Flags;
use crate::socket::datagrams::{recv_buffer, send_buffer};
use crate::socket::{
    Address, Errno, Family, How, Kind, Listed, OptionName, Queued, Readiness, SocketId,
    SocketOption, State,
};
use crate::sysctl::Sysctls;

impl Udp {
    /// Closes one direction or both. As in Linux, one without a peer is told ENOTCONN, and it
    /// happens all the same.
    pub(crate) fn shutdown(&mut self, id: SocketId, how: How) -> Result<(), Errno> {
        let socket = self.sockets.find_mut(id)?;
        socket.common.flags.set(
            Flags::READ_SHUT,
            how.read() || socket.common.has(Flags::READ_SHUT),
        );
        socket.common.flags.set(
            Flags::WRITE_SHUT,
            how.write() || socket.common.has(Flags::WRITE_SHUT),
        );
        let connected = socket.remote.is_some();
        self.raise(id.slot);
        if connected {
            Ok(())
        } else {
            Err(Errno::ENOTCONN)
        }
    }

    /// Forgets a socket; what it sent still goes.
    pub(crate) fn close(&mut self, id: SocketId) -> Result<(), Errno> {
        self.sockets.find(id)?;
        if let Some(socket) = self.sockets.remove(id.slot) {
            self.demux.remove(id.slot, &socket);
        }
        Ok(())
    }

    /// What `poll` says.
    pub(crate) fn readiness(&self, id: SocketId) -> Result<Readiness, Errno> {
        let socket = self.sockets.find(id)?;
        let common = &socket.common;
        let (read_shut, write_shut) = (common.has(Flags::READ_SHUT), common.has(Flags::WRITE_SHUT));
        let mut ready = Readiness::empty();
        ready.set(
            Readiness::READABLE,
            !socket.inbox.is_empty() || read_shut || common.error.is_some(),
        );
        ready.set(
            Readiness::WRITABLE,
            socket.sending.is_writable() || write_shut,
        );
        ready.set(Readiness::ERROR, common.error.is_some());
        ready.set(Readiness::READ_CLOSED, read_shut);
        ready.set(Readiness::HANGUP, read_shut && write_shut);
        Ok(ready)
    }

    /// How much waits.
    pub(crate) fn queued(&self, id: SocketId) -> Result<Queued, Errno> {
        let socket = self.sockets.find(id)?;
        Ok(Queued {
            unread: socket.inbox.next_len(),
            unacknowledged: socket.sending.charged,
        })
    }

    /// Sets an option.
    pub(crate) fn set_option(
        &mut self,
        sysctls: &Sysctls,
        id: SocketId,
        option: SocketOption,
    ) -> Result<(), Errno> {
        let socket = self.sockets.find_mut(id)?;
        if let Some(done) = socket.common.set(option) {
            return done;
        }
        match option {
            SocketOption::RecvBuffer(asked) => socket.inbox.limit = recv_buffer(asked, sysctls),
            SocketOption::SendBuffer(asked) => socket.sending.limit = send_buffer(asked, sysctls),
            // Means nothing to datagrams, and is taken all the same.
            SocketOption::Linger(_) => {}
            _ => return Err(Errno::ENOPROTOOPT),
        }
        Ok(())
    }

    /// Reads an option.
    pub(crate) fn option(
        &mut self,
        sysctls: &Sysctls,
        id: SocketId,
        name: OptionName,
    ) -> Result<SocketOption, Errno> {
        let socket = self.sockets.find_mut(id)?;
        if let Some(option) = socket.common.get(name, sysctls.ip_default_ttl) {
            return Ok(option);
        }
        Ok(match name {
            OptionName::Type => SocketOption::Type(Kind::Datagram.number()),
            OptionName::Protocol => SocketOption::Protocol(wire::Protocol::UDP.0.into()),
            OptionName::RecvBuffer => SocketOption::RecvBuffer(socket.inbox.limit),
            OptionName::SendBuffer => SocketOption::SendBuffer(socket.sending.limit),
            OptionName::AcceptConn => SocketOption::AcceptConn(false),
            OptionName::Linger => SocketOption::Linger(None),
            _ => return Err(Errno::ENOPROTOOPT),
        })
    }

    /// Every socket.
    pub(crate) fn list(&self) -> impl Iterator<Item = Listed> {
        self.sockets.iter().map(|(slot, socket)| Listed {
            socket: Some(self.sockets.id(slot)),
            family: Family::Inet,
            kind: Kind::Datagram,
            state: if socket.remote.is_some() {
                State::Established
            } else {
                State::Unconnected
            },
            recv_queue: socket.inbox.charged(),
            send_queue: socket.sending.charged,
            local: Address::Inet(socket.local),
            peer: socket.remote.map(Address::Inet),
        })
    }
}
