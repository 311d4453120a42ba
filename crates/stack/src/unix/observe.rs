//! Options, and what `ss` would show.

use super::datagram::Datagram;
use super::{Role, Unix};
use crate::socket::datagrams::send_buffer;
use crate::socket::{Address, Errno, Family, Listed, OptionName, SocketId, SocketOption, State};
use crate::sysctl::Sysctls;

impl Unix {
    /// Sets an option. Those that mean nothing between programs of one host are taken all the
    /// same, as in Linux.
    pub(crate) fn set_option(
        &mut self,
        sysctls: &Sysctls,
        id: SocketId,
        option: SocketOption,
    ) -> Result<(), Errno> {
        let socket = self.get_mut(id)?;
        match option {
            SocketOption::SendBuffer(asked) => {
                socket.send_buffer = send_buffer(asked, sysctls) as usize;
            }
            SocketOption::PeekOff(at) => socket.peek_off = at,
            SocketOption::RecvBuffer(_)
            | SocketOption::ReuseAddr(_)
            | SocketOption::ReusePort(_)
            | SocketOption::KeepAlive(_)
            | SocketOption::Broadcast(_)
            | SocketOption::Linger(_) => {}
            _ => return Err(Errno::EOPNOTSUPP),
        }
        Ok(())
    }

    /// Reads an option.
    pub(crate) fn option(&mut self, id: SocketId, name: OptionName) -> Result<SocketOption, Errno> {
        let socket = self.get_mut(id)?;
        Ok(match name {
            OptionName::Error => SocketOption::Error(socket.error.take()),
            OptionName::Type => SocketOption::Type(socket.role.kind().number()),
            OptionName::Domain => SocketOption::Domain(Family::Unix.number()),
            OptionName::Protocol => SocketOption::Protocol(0),
            OptionName::AcceptConn => {
                SocketOption::AcceptConn(matches!(socket.role, Role::Listener(_)))
            }
            OptionName::SendBuffer => SocketOption::SendBuffer(socket.send_buffer as u32),
            // What waits here is on the senders' account.
            OptionName::RecvBuffer => SocketOption::RecvBuffer(super::DEFAULT_BUFFER as u32),
            OptionName::PeekOff => SocketOption::PeekOff(socket.peek_off),
            OptionName::ReuseAddr => SocketOption::ReuseAddr(false),
            OptionName::ReusePort => SocketOption::ReusePort(false),
            OptionName::KeepAlive => SocketOption::KeepAlive(false),
            OptionName::Broadcast => SocketOption::Broadcast(false),
            OptionName::Linger => SocketOption::Linger(None),
            _ => return Err(Errno::EOPNOTSUPP),
        })
    }

    /// Every socket, for people and tests.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Listed> {
        self.sockets.iter().map(|(_, socket)| {
            let (state, recv_queue, send_queue, peer) = match &socket.role {
                Role::Idle => (State::Unconnected, 0, 0, None),
                Role::Listener(l) => (State::Listen, l.callers.len(), l.backlog, None),
                Role::Stream(s) => (
                    State::Established,
                    s.inbox.len(),
                    0,
                    Some(s.peer_name.clone()),
                ),
                Role::Datagram(Datagram {
                    peer: Some((_, name)),
                    ..
                }) => (
                    State::Established,
                    socket.role.waiting(),
                    0,
                    Some(name.clone()),
                ),
                Role::Datagram(_) => (State::Unconnected, socket.role.waiting(), 0, None),
            };
            Listed {
                socket: Some(socket.id),
                family: Family::Unix,
                kind: socket.role.kind(),
                state,
                recv_queue,
                send_queue,
                local: Address::Unix(socket.name.clone()),
                peer: peer.map(Address::Unix),
            }
        })
    }
}
