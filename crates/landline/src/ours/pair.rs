//! Two `AF_UNIX` sockets connected with each other (socketpair(2)).

use base::Instant;
use stack::{Errno, Family, Kind, SocketId, Stack, UnixName};

/// Two streams. The one that was called has the name that it was called by.
pub(super) fn streams(stack: &mut Stack, now: Instant) -> Result<(SocketId, SocketId), Errno> {
    let mut opened = Opened::new(stack, now);
    let listener = opened.named(Kind::Stream)?;
    opened.stack.listen(listener, 1)?;
    let caller = opened.socket(Kind::Stream)?;
    opened.call(caller, listener)?;
    let (callee, _) = opened.stack.accept(listener)?;
    opened.keep(caller);
    Ok((caller, callee))
}

/// Two datagram sockets.
pub(super) fn datagrams(stack: &mut Stack, now: Instant) -> Result<(SocketId, SocketId), Errno> {
    let mut opened = Opened::new(stack, now);
    let one = opened.named(Kind::Datagram)?;
    let other = opened.named(Kind::Datagram)?;
    opened.call(one, other)?;
    opened.call(other, one)?;
    opened.keep(one);
    opened.keep(other);
    Ok((one, other))
}

/// Sockets that are closed again unless they are kept.
struct Opened<'a> {
    stack: &'a mut Stack,
    now: Instant,
    sockets: Vec<SocketId>,
}

impl<'a> Opened<'a> {
    const fn new(stack: &'a mut Stack, now: Instant) -> Self {
        Self {
            stack,
            now,
            sockets: Vec::new(),
        }
    }

    fn socket(&mut self, kind: Kind) -> Result<SocketId, Errno> {
        let socket = self.stack.socket(Family::Unix, kind)?;
        self.sockets.push(socket);
        Ok(socket)
    }

    /// One with an abstract name that nobody else has.
    fn named(&mut self, kind: Kind) -> Result<SocketId, Errno> {
        let socket = self.socket(kind)?;
        self.stack.bind(socket, &UnixName::Unnamed.into())?;
        Ok(socket)
    }

    fn call(&mut self, caller: SocketId, callee: SocketId) -> Result<(), Errno> {
        let name = self.stack.local_address(callee)?;
        self.stack.connect(self.now, caller, &name)
    }

    fn keep(&mut self, socket: SocketId) {
        self.sockets.retain(|it| *it != socket);
    }
}

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        for socket in self.sockets.drain(..) {
            // It is ours, open, and has nothing to linger for.
            let _ = self.stack.close(self.now, socket);
        }
    }
}
