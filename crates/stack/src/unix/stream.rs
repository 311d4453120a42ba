//! Streams: listeners, their callers, and two inboxes crosswise.

use alloc::collections::VecDeque;

use base::Payload;

use super::inbox::{Inbox, OVERHEAD};
use super::{Message, Role, Unix};
use crate::socket::{Errno, How, Kind, Readiness, SocketId, UnixName};

/// Waits for callers.
#[derive(Debug, Default)]
pub(super) struct Listener {
    pub(super) backlog: usize,
    /// The near ends of connections that nobody accepted yet.
    pub(super) callers: VecDeque<SocketId>,
    /// Shut down for reading: nobody can call any more.
    pub(super) closed: bool,
}

impl Listener {
    pub(super) fn readiness(&self) -> Readiness {
        let mut ready = Readiness::empty();
        ready.set(Readiness::READABLE, !self.callers.is_empty() || self.closed);
        ready.set(Readiness::READ_CLOSED | Readiness::HANGUP, self.closed);
        ready
    }
}

/// One end of a connection.
#[derive(Debug)]
pub(super) struct Stream {
    /// The far end; `None` once it is closed.
    pub(super) peer: Option<SocketId>,
    pub(super) peer_name: UnixName,
    pub(super) inbox: Inbox,
    /// Nothing more comes in: shut down here for reading, or there for writing.
    read_closed: bool,
    /// Nothing more goes out: shut down here for writing, or there for reading.
    write_closed: bool,
}

impl Stream {
    pub(super) const fn new(peer: SocketId, peer_name: UnixName) -> Self {
        Self {
            peer: Some(peer),
            peer_name,
            inbox: Inbox::EMPTY,
            read_closed: false,
            write_closed: false,
        }
    }
}

impl Unix {
    /// Lets callers come; at most `backlog` wait, and one more, as in Linux.
    pub(crate) fn listen(&mut self, id: SocketId, backlog: usize) -> Result<(), Errno> {
        let socket = self.get_mut(id)?;
        match &mut socket.role {
            Role::Datagram(_) => return Err(Errno::EOPNOTSUPP),
            Role::Stream(_) => return Err(Errno::EINVAL),
            Role::Idle if socket.name == UnixName::Unnamed => return Err(Errno::EINVAL),
            Role::Idle => {
                socket.role = Role::Listener(Listener {
                    backlog,
                    ..Default::default()
                });
            }
            Role::Listener(listener) => listener.backlog = backlog,
        }
        self.made_room(id);
        Ok(())
    }

    /// Takes the caller that waits longest.
    pub(crate) fn accept(&mut self, id: SocketId) -> Result<(SocketId, UnixName), Errno> {
        let listener = match &mut self.get_mut(id)?.role {
            Role::Datagram(_) => return Err(Errno::EOPNOTSUPP),
            Role::Idle | Role::Stream(_) => return Err(Errno::EINVAL),
            Role::Listener(listener) => listener,
        };
        let closed = if listener.closed {
            Errno::EINVAL
        } else {
            Errno::EAGAIN
        };
        let near = listener.callers.pop_front().ok_or(closed)?;
        self.made_room(id);
        let from = self.peer_name(near)?;
        Ok((near, from))
    }

    pub(super) fn connect_stream(&mut self, id: SocketId, to: &UnixName) -> Result<(), Errno> {
        let caller = self.get(id)?;
        match caller.role {
            Role::Idle => {}
            Role::Stream(_) => return Err(Errno::EISCONN),
            Role::Listener(_) | Role::Datagram(_) => return Err(Errno::EINVAL),
        }
        let (caller_name, send_buffer) = (caller.name.clone(), caller.send_buffer);
        let at = self.names.find(Kind::Stream, to)?;
        let socket = self.get(at)?;
        let listener = match &socket.role {
            Role::Datagram(_) => return Err(Errno::EPROTOTYPE),
            Role::Listener(listener) if !listener.closed => listener,
            Role::Idle | Role::Stream(_) | Role::Listener(_) => return Err(Errno::ECONNREFUSED),
        };
        if listener.callers.len() > listener.backlog {
            self.wait_for_room(at, id);
            return Err(Errno::EAGAIN);
        }
        let name = socket.name.clone();
        let near = Role::Stream(Stream::new(id, caller_name));
        let near = self.insert(near, name.clone(), send_buffer)?;
        self.get_mut(id)?.role = Role::Stream(Stream::new(near, name));
        if let Role::Listener(listener) = &mut self.get_mut(at)?.role {
            listener.callers.push_back(near);
        }
        self.announce(at);
        self.announce(id);
        Ok(())
    }

    /// The listener is gone before it accepted this near end.
    pub(super) fn refuse(&mut self, near: SocketId) {
        let Ok(socket) = self.get(near) else { return };
        if let Role::Stream(Stream {
            peer: Some(peer), ..
        }) = socket.role
            && let Ok(caller) = self.get_mut(peer)
        {
            caller.error = Some(Errno::ECONNRESET);
        }
        // `get` found it, so there is something to close.
        let _ = self.close(near);
    }

    /// The other end learns that this one is gone.
    pub(super) fn hang_up(&mut self, gone: &Stream) {
        let Some(id) = gone.peer else { return };
        let Ok(socket) = self.get_mut(id) else { return };
        if gone.inbox.len() > 0 {
            socket.error = Some(Errno::ECONNRESET);
        }
        if let Role::Stream(peer) = &mut socket.role {
            peer.peer = None;
            (peer.read_closed, peer.write_closed) = (true, true);
        }
        self.announce(id);
    }

    fn stream(&mut self, id: SocketId) -> Result<&mut Stream, Errno> {
        match &mut self.get_mut(id)?.role {
            Role::Stream(stream) => Ok(stream),
            _ => Err(Errno::ENOTCONN),
        }
    }

    pub(super) fn shutdown_stream(&mut self, id: SocketId, how: How) {
        let Ok(stream) = self.stream(id) else { return };
        stream.read_closed |= how.read();
        stream.write_closed |= how.write();
        if let Some(peer) = stream.peer {
            if let Ok(stream) = self.stream(peer) {
                stream.read_closed |= how.write();
                stream.write_closed |= how.read();
            }
            self.announce(peer);
        }
    }

    pub(super) fn send_stream(
        &mut self,
        id: SocketId,
        bytes: &mut dyn FnMut(usize) -> Payload,
        len: usize,
    ) -> Result<usize, Errno> {
        let limit = self.get(id)?.send_buffer;
        let stream = self.stream(id)?;
        let Some(peer) = stream.peer.filter(|_| !stream.write_closed) else {
            return Err(Errno::EPIPE);
        };
        let inbox = &mut self.stream(peer)?.inbox;
        let room = limit.saturating_sub(inbox.charge() + OVERHEAD);
        if len == 0 {
            return Ok(0);
        }
        if room == 0 {
            self.wait_for_room(peer, id);
            return Err(Errno::EAGAIN);
        }
        let taken = len.min(room);
        inbox.push(bytes(taken));
        self.announce(peer);
        Ok(taken)
    }

    pub(super) fn recv_stream(
        &mut self,
        id: SocketId,
        max: usize,
        peek: bool,
        seen: usize,
    ) -> Result<Message, Errno> {
        let stream = self.stream(id)?;
        let skip = if peek { seen } else { 0 };
        if stream.inbox.len() <= skip {
            let read_closed = stream.read_closed;
            if let Some(error) = self.get_mut(id)?.error.take() {
                return Err(error);
            }
            let end = (Payload::new(), 0, None);
            return if read_closed || max == 0 {
                Ok(end)
            } else {
                Err(Errno::EAGAIN)
            };
        }
        let mut payload = stream.inbox.peek(max.saturating_add(skip));
        payload.advance(skip);
        if !peek {
            stream.inbox.advance(payload.len());
            self.made_room(id);
        }
        let len = payload.len();
        Ok((payload, len, None))
    }

    pub(super) fn stream_readiness(&self, stream: &Stream, limit: usize) -> Readiness {
        let mut ready = Readiness::empty();
        ready.set(
            Readiness::READABLE,
            stream.inbox.len() > 0 || stream.read_closed,
        );
        ready.set(Readiness::READ_CLOSED, stream.read_closed);
        ready.set(Readiness::HANGUP, stream.read_closed && stream.write_closed);
        let room = match stream
            .peer
            .and_then(|peer| self.get(peer).ok())
            .map(|p| &p.role)
        {
            Some(Role::Stream(peer)) => peer.inbox.charge() + OVERHEAD < limit,
            _ => true,
        };
        ready.set(Readiness::WRITABLE, stream.write_closed || room);
        ready
    }
}
