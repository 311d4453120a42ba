//! `AF_UNIX`: sockets between the programs of one host (unix(7)).
//!
//! No packet is ever made: bytes go from one program's hands into the other's inbox, by reference
//! where the program gives references. Errors and readiness are Linux's.

mod datagram;
mod inbox;
mod names;
mod observe;
mod stream;

use alloc::collections::VecDeque;

use base::{Payload, Rng};
use slab::Slab;
use smallvec::SmallVec;

use self::datagram::Datagram;
use self::names::Names;
use self::stream::{Listener, Stream};
use crate::socket::{Errno, How, Kind, Queued, Readiness, SocketId, Transport, UnixName};
use crate::sysctl::Sysctls;

/// Bytes that wait at most in one socket's inbox, as Linux's `net.core.wmem_default` has it.
pub(crate) const DEFAULT_BUFFER: usize = 212_992;

/// The Unix sockets of one computer.
#[derive(Debug)]
pub(crate) struct Unix {
    sockets: Slab<Socket>,
    names: Names,
    /// Grows with every socket, so that an id never comes again.
    generation: u32,
    /// Sockets whose readiness changed, each at most once.
    changed: VecDeque<SocketId>,
}

#[derive(Debug)]
struct Socket {
    id: SocketId,
    name: UnixName,
    /// Told once.
    error: Option<Errno>,
    /// What may wait at a receiver on this sender's account.
    send_buffer: usize,
    /// `SO_PEEK_OFF`: where peeking goes on; below 0, at the front.
    peek_off: i32,
    /// Whether it is in `changed`.
    announced: bool,
    /// Who was told EAGAIN because of this socket, and wants to know when there is room.
    waiting: SmallVec<[SocketId; 1]>,
    role: Role,
}

#[derive(Debug)]
enum Role {
    /// A stream socket that neither listens nor is connected.
    Idle,
    Listener(Listener),
    Stream(Stream),
    Datagram(Datagram),
}

impl Role {
    /// Bytes of what would be received next.
    fn waiting(&self) -> usize {
        match self {
            Self::Idle | Self::Listener(_) => 0,
            Self::Stream(stream) => stream.inbox.len(),
            Self::Datagram(datagram) => datagram.next_len(),
        }
    }

    const fn kind(&self) -> Kind {
        match self {
            Self::Datagram(_) => Kind::Datagram,
            Self::Idle | Self::Listener(_) | Self::Stream(_) => Kind::Stream,
        }
    }
}

/// What came in by reference: a datagram or a piece of a stream, its whole length, its sender.
pub(crate) type Message = (Payload, usize, Option<UnixName>);

impl Unix {
    /// No sockets.
    pub(crate) fn new(rng: &mut Rng) -> Self {
        Self {
            sockets: Slab::new(),
            names: Names::new(rng),
            generation: 0,
            changed: VecDeque::new(),
        }
    }

    /// A socket without a name.
    pub(crate) fn socket(&mut self, sysctls: &Sysctls, kind: Kind) -> Result<SocketId, Errno> {
        let role = match kind {
            Kind::Stream => Role::Idle,
            Kind::Datagram => Role::Datagram(Datagram::new(sysctls.unix_max_dgram_qlen as usize)),
            Kind::Ping => return Err(Errno::ESOCKTNOSUPPORT),
        };
        self.insert(role, UnixName::Unnamed, DEFAULT_BUFFER)
    }

    /// Two sockets without names, connected with each other.
    pub(crate) fn pair(
        &mut self,
        sysctls: &Sysctls,
        kind: Kind,
    ) -> Result<(SocketId, SocketId), Errno> {
        let one = self.socket(sysctls, kind)?;
        let other = self.socket(sysctls, kind)?;
        for (id, peer) in [(one, other), (other, one)] {
            match &mut self.get_mut(id)?.role {
                Role::Datagram(datagram) => datagram.peer = Some((peer, UnixName::Unnamed)),
                role => *role = Role::Stream(Stream::new(peer, UnixName::Unnamed)),
            }
        }
        Ok((one, other))
    }

    fn insert(
        &mut self,
        role: Role,
        name: UnixName,
        send_buffer: usize,
    ) -> Result<SocketId, Errno> {
        let entry = self.sockets.vacant_entry();
        let slot = u32::try_from(entry.key()).map_err(|_| Errno::EMFILE)?;
        self.generation = self.generation.wrapping_add(1);
        let id = SocketId {
            transport: Transport::Unix,
            slot,
            generation: self.generation,
        };
        entry.insert(Socket {
            id,
            name,
            error: None,
            send_buffer,
            peek_off: -1,
            announced: false,
            waiting: SmallVec::new(),
            role,
        });
        Ok(id)
    }

    fn get(&self, id: SocketId) -> Result<&Socket, Errno> {
        self.sockets
            .get(id.slot as usize)
            .filter(|s| s.id == id)
            .ok_or(Errno::EBADF)
    }

    fn get_mut(&mut self, id: SocketId) -> Result<&mut Socket, Errno> {
        self.sockets
            .get_mut(id.slot as usize)
            .filter(|s| s.id == id)
            .ok_or(Errno::EBADF)
    }

    /// Gives a socket its name; [`UnixName::Unnamed`] asks for a free abstract one (autobind).
    pub(crate) fn bind(&mut self, id: SocketId, name: &UnixName) -> Result<(), Errno> {
        let socket = self.get(id)?;
        let kind = socket.role.kind();
        if !name.fits() {
            return Err(Errno::EINVAL);
        }
        if socket.name != UnixName::Unnamed {
            // unix(7): to autobind a socket that has a name changes nothing.
            return if *name == UnixName::Unnamed {
                Ok(())
            } else {
                Err(Errno::EINVAL)
            };
        }
        let name = match name {
            UnixName::Unnamed => self.names.autobind(kind, id)?,
            name => {
                self.names.take(kind, name, id)?;
                name.clone()
            }
        };
        self.get_mut(id)?.name = name;
        Ok(())
    }

    /// Frees a path.
    pub(crate) fn unlink(&mut self, path: &[u8]) -> Result<(), Errno> {
        self.names.unlink(path)
    }

    /// Connects a stream to a listener, or gives a datagram socket its only peer; `None` takes
    /// that back.
    pub(crate) fn connect(&mut self, id: SocketId, to: Option<&UnixName>) -> Result<(), Errno> {
        match (&self.get(id)?.role, to) {
            (Role::Datagram(_), to) => self.connect_datagram(id, to),
            (_, None) => Err(Errno::EINVAL),
            (_, Some(to)) => self.connect_stream(id, to),
        }
    }

    /// Takes bytes, by reference; says how many.
    pub(crate) fn send(
        &mut self,
        id: SocketId,
        bytes: &mut dyn FnMut(usize) -> Payload,
        len: usize,
        to: Option<&UnixName>,
    ) -> Result<usize, Errno> {
        let socket = self.get_mut(id)?;
        if let Some(error) = socket.error.take() {
            return Err(error);
        }
        match (&socket.role, to) {
            (Role::Datagram(_), to) => self.send_datagram(id, bytes, len, to),
            (Role::Stream(_), Some(_)) => Err(Errno::EISCONN),
            (_, Some(_)) => Err(Errno::EOPNOTSUPP),
            (Role::Stream(_), None) => self.send_stream(id, bytes, len),
            (Role::Idle | Role::Listener(_), None) => Err(Errno::ENOTCONN),
        }
    }

    /// Gives what came in, at most `max` bytes of a stream; with `peek` it stays there.
    pub(crate) fn recv(&mut self, id: SocketId, max: usize, peek: bool) -> Result<Message, Errno> {
        let socket = self.get_mut(id)?;
        let seen = usize::try_from(socket.peek_off).ok();
        let received = match &socket.role {
            Role::Datagram(_) => self.recv_datagram(id, max, peek, seen),
            Role::Stream(_) => self.recv_stream(id, max, peek, seen.unwrap_or(0)),
            Role::Idle | Role::Listener(_) => Err(Errno::EINVAL),
        }?;
        if let (Some(seen), Ok(socket)) = (seen, self.get_mut(id)) {
            // As Linux: a datagram that is taken is taken whole.
            let at = match &socket.role {
                _ if peek => seen.saturating_add(received.0.len()),
                Role::Datagram(_) => seen.saturating_sub(received.1),
                _ => seen.saturating_sub(received.0.len()),
            };
            socket.peek_off = i32::try_from(at).unwrap_or(i32::MAX);
        }
        Ok(received)
    }

    /// Closes directions.
    pub(crate) fn shutdown(&mut self, id: SocketId, how: How) -> Result<(), Errno> {
        match &mut self.get_mut(id)?.role {
            Role::Idle => {}
            Role::Listener(listener) => listener.closed |= how.read(),
            Role::Datagram(datagram) => datagram.shutdown(how),
            Role::Stream(_) => self.shutdown_stream(id, how),
        }
        self.announce(id);
        Ok(())
    }

    /// Closes a socket; its id is unknown from then on.
    pub(crate) fn close(&mut self, id: SocketId) -> Result<(), Errno> {
        self.get(id)?;
        let socket = self.sockets.remove(id.slot as usize);
        self.names.release(socket.role.kind(), &socket.name, id);
        for waiting in socket.waiting {
            self.announce(waiting);
        }
        match socket.role {
            Role::Idle | Role::Datagram(_) => {}
            Role::Listener(listener) => {
                for caller in listener.callers {
                    self.refuse(caller);
                }
            }
            Role::Stream(stream) => self.hang_up(&stream),
        }
        Ok(())
    }

    /// What poll(2) would say.
    pub(crate) fn readiness(&self, id: SocketId) -> Readiness {
        let Ok(socket) = self.get(id) else {
            return Readiness::all();
        };
        let mut ready = match &socket.role {
            Role::Idle => Readiness::WRITABLE | Readiness::HANGUP,
            Role::Listener(listener) => listener.readiness(),
            Role::Stream(stream) => self.stream_readiness(stream, socket.send_buffer),
            Role::Datagram(datagram) => self.datagram_readiness(datagram, socket.send_buffer),
        };
        if socket.error.is_some() {
            ready |= Readiness::ERROR | Readiness::READABLE | Readiness::WRITABLE;
        }
        ready
    }

    /// Its own name.
    pub(crate) fn name(&self, id: SocketId) -> Result<UnixName, Errno> {
        Ok(self.get(id)?.name.clone())
    }

    /// The name of its peer.
    pub(crate) fn peer_name(&self, id: SocketId) -> Result<UnixName, Errno> {
        match &self.get(id)?.role {
            Role::Stream(stream) => Ok(stream.peer_name.clone()),
            Role::Datagram(Datagram {
                peer: Some((_, name)),
                ..
            }) => Ok(name.clone()),
            _ => Err(Errno::ENOTCONN),
        }
    }

    /// How much waits.
    pub(crate) fn queued(&self, id: SocketId) -> Result<Queued, Errno> {
        let (unread, peer) = match &self.get(id)?.role {
            Role::Idle => (0, None),
            Role::Listener(_) => return Err(Errno::EINVAL),
            Role::Stream(stream) => (stream.inbox.len(), stream.peer),
            Role::Datagram(datagram) => (datagram.next_len(), None),
        };
        let unacknowledged = match peer.and_then(|peer| self.get(peer).ok()).map(|p| &p.role) {
            Some(Role::Stream(peer)) => peer.inbox.len(),
            _ => 0,
        };
        Ok(Queued {
            unread,
            unacknowledged,
            unsent: 0,
        })
    }

    /// The next socket whose readiness changed.
    pub(crate) fn poll_event(&mut self) -> Option<SocketId> {
        loop {
            let id = self.changed.pop_front()?;
            if let Ok(socket) = self.get_mut(id) {
                socket.announced = false;
                return Some(id);
            }
        }
    }

    /// Puts a socket on the list of those that changed.
    fn announce(&mut self, id: SocketId) {
        if let Ok(socket) = self.get_mut(id)
            && !core::mem::replace(&mut socket.announced, true)
        {
            self.changed.push_back(id);
        }
    }

    /// Remembers that `who` waits for room at `at`.
    fn wait_for_room(&mut self, at: SocketId, who: SocketId) {
        if let Ok(socket) = self.get_mut(at)
            && !socket.waiting.contains(&who)
        {
            socket.waiting.push(who);
        }
    }

    /// Tells those who wait for room at `at` that there is some.
    fn made_room(&mut self, at: SocketId) {
        let Ok(socket) = self.get_mut(at) else { return };
        for waiting in core::mem::take(&mut socket.waiting) {
            self.announce(waiting);
        }
    }
}
