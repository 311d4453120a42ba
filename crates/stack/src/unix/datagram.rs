//! Datagrams: one queue a receiver, whoever sends.

use alloc::collections::VecDeque;

use base::Payload;

use super::inbox::OVERHEAD;
use super::{Message, Role, Unix};
use crate::socket::{Errno, How, Kind, Readiness, SocketId, UnixName};

/// A datagram socket.
#[derive(Debug)]
pub(super) struct Datagram {
    /// The only peer it talks to, once connected, and the name that it was reached by.
    pub(super) peer: Option<(SocketId, UnixName)>,
    inbox: VecDeque<(Payload, UnixName)>,
    /// Bytes in the inbox, each datagram with its overhead.
    charge: usize,
    /// Datagrams that wait here at most, and one more (`net.unix.max_dgram_qlen`).
    backlog: usize,
    read_closed: bool,
    write_closed: bool,
}

impl Datagram {
    pub(super) const fn new(backlog: usize) -> Self {
        Self {
            peer: None,
            inbox: VecDeque::new(),
            charge: 0,
            backlog,
            read_closed: false,
            write_closed: false,
        }
    }

    /// Whether one more of `len` bytes may wait here, on the account of a sender with that limit.
    fn has_room(&self, len: usize, limit: usize) -> bool {
        self.inbox.len() <= self.backlog && self.charge + len + OVERHEAD <= limit
    }

    /// Bytes of the datagram that would be received next.
    pub(super) fn next_len(&self) -> usize {
        self.inbox.front().map_or(0, |(payload, _)| payload.len())
    }

    pub(super) const fn shutdown(&mut self, how: How) {
        self.read_closed |= how.read();
        self.write_closed |= how.write();
    }
}

impl Unix {
    pub(super) fn connect_datagram(
        &mut self,
        id: SocketId,
        to: Option<&UnixName>,
    ) -> Result<(), Errno> {
        let peer = match to {
            Some(to) => Some((self.find_datagram(to)?, to.clone())),
            None => None,
        };
        self.datagram(id)?.peer = peer;
        self.announce(id);
        Ok(())
    }

    fn find_datagram(&self, name: &UnixName) -> Result<SocketId, Errno> {
        let id = self.names.find(Kind::Datagram, name)?;
        match self.get(id)?.role {
            Role::Datagram(_) => Ok(id),
            _ => Err(Errno::EPROTOTYPE),
        }
    }

    fn datagram(&mut self, id: SocketId) -> Result<&mut Datagram, Errno> {
        match &mut self.get_mut(id)?.role {
            Role::Datagram(datagram) => Ok(datagram),
            _ => Err(Errno::EPROTOTYPE),
        }
    }

    pub(super) fn send_datagram(
        &mut self,
        id: SocketId,
        bytes: &mut dyn FnMut(usize) -> Payload,
        len: usize,
        to: Option<&UnixName>,
    ) -> Result<usize, Errno> {
        let socket = self.get(id)?;
        let (limit, name) = (socket.send_buffer, socket.name.clone());
        let Role::Datagram(sender) = &socket.role else {
            return Err(Errno::EPROTOTYPE);
        };
        if sender.write_closed {
            return Err(Errno::EPIPE);
        }
        if len + OVERHEAD > limit {
            return Err(Errno::EMSGSIZE);
        }
        let at = match (to, &sender.peer) {
            (Some(to), _) => self.find_datagram(to)?,
            (None, Some((peer, _))) => *peer,
            (None, None) => return Err(Errno::ENOTCONN),
        };
        let Ok(receiver) = self.datagram(at) else {
            // The peer closed its socket: told once, and the tie is cut.
            self.datagram(id)?.peer = None;
            return Err(Errno::ECONNREFUSED);
        };
        // unix(7): who is connected hears only its peer.
        if receiver.peer.as_ref().is_some_and(|(peer, _)| *peer != id) {
            return Err(Errno::EPERM);
        }
        if receiver.read_closed {
            return Err(Errno::EPIPE);
        }
        if !receiver.has_room(len, limit) {
            self.wait_for_room(at, id);
            return Err(Errno::EAGAIN);
        }
        receiver.charge += len + OVERHEAD;
        receiver.inbox.push_back((bytes(len), name));
        self.announce(at);
        Ok(len)
    }

    pub(super) fn recv_datagram(
        &mut self,
        id: SocketId,
        max: usize,
        peek: bool,
        seen: Option<usize>,
    ) -> Result<Message, Errno> {
        if let Some(error) = self.get_mut(id)?.error.take() {
            return Err(error);
        }
        let datagram = self.datagram(id)?;
        let mut skip = 0;
        let next = if peek {
            skip = seen.unwrap_or(0);
            let mut inbox = datagram.inbox.iter();
            inbox
                .find(|(payload, _)| match skip.checked_sub(payload.len()) {
                    Some(left) if skip > 0 => {
                        skip = left;
                        false
                    }
                    _ => true,
                })
                .cloned()
        } else {
            datagram.inbox.pop_front()
        };
        let Some((payload, from)) = next else {
            let closed = datagram.read_closed;
            return if closed {
                Ok((Payload::new(), 0, None))
            } else {
                Err(Errno::EAGAIN)
            };
        };
        let len = payload.len();
        if !peek {
            datagram.charge -= len + OVERHEAD;
            self.made_room(id);
        }
        Ok((payload.slice(skip, max), len, Some(from)))
    }

    pub(super) fn datagram_readiness(&self, datagram: &Datagram, limit: usize) -> Readiness {
        let mut ready = Readiness::empty();
        ready.set(
            Readiness::READABLE,
            !datagram.inbox.is_empty() || datagram.read_closed,
        );
        ready.set(Readiness::READ_CLOSED, datagram.read_closed);
        ready.set(
            Readiness::HANGUP,
            datagram.read_closed && datagram.write_closed,
        );
        let peer = datagram
            .peer
            .as_ref()
            .and_then(|(peer, _)| self.get(*peer).ok());
        let room = match peer.map(|p| &p.role) {
            Some(Role::Datagram(peer)) => peer.has_room(1, limit),
            _ => true,
        };
        ready.set(Readiness::WRITABLE, room);
        ready
    }
}
