//! Our arm of [`Socket`](crate::Socket).

use std::io;
use std::net::Shutdown;
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use stack::{Errno, How, Queued, Readiness, RecvFlags, SendFlags};

use super::computer::Computer;
use super::handle::{Handle, still_connecting};
use super::names::{from_stack, to_stack};
use super::reception::{bounded, waiting};
use super::wait::block;
use crate::options::Raw;
use crate::socket::{Direction, Patience};
use crate::{Address, Family, Type};

/// A socket of a stack with Berkeley semantics. Its clones are the same socket.
#[derive(Clone, Debug)]
pub(crate) struct Socket(Arc<Handle>);

impl Socket {
    pub(crate) fn new(
        computer: &Arc<dyn Computer>,
        family: Family,
        kind: Type,
    ) -> io::Result<Self> {
        Ok(Handle::open(computer, family, kind)?.into())
    }

    pub(crate) fn pair(computer: &Arc<dyn Computer>, kind: Type) -> io::Result<(Self, Self)> {
        let (one, other) = Handle::pair(computer, kind)?;
        Ok((one.into(), other.into()))
    }

    /// The hold on it, for another shape of the same socket.
    pub(crate) const fn handle(&self) -> &Arc<Handle> {
        &self.0
    }

    /// Time-outs are the caller's, in every call: nothing to be told.
    #[expect(clippy::unnecessary_wraps, reason = "as the kernel's, which may fail")]
    pub(crate) const fn set_limited(&self, _: bool) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn bind(&self, address: &Address) -> io::Result<()> {
        self.0.bind(address)
    }

    pub(crate) fn listen(&self, backlog: u32) -> io::Result<()> {
        self.0.listen(backlog)
    }

    pub(crate) fn accept(&self, patience: Patience) -> io::Result<(Self, Address)> {
        let (id, peer) = block(&self.0, Direction::Receive, patience, |stack, id, _| {
            stack.accept(id)
        })?;
        let peer = from_stack(peer).unwrap_or_else(|| Address::unspecified(self.0.family()));
        Ok((self.0.accepted(id).into(), peer))
    }

    pub(crate) fn connect(&self, address: &Address, patience: Patience) -> io::Result<()> {
        let name = to_stack(address)?;
        block(&self.0, Direction::Send, patience, |stack, id, now| {
            let outcome = stack.connect(now, id, &name);
            if patience == Patience::Never {
                outcome
            } else {
                still_connecting(outcome)
            }
        })
    }

    pub(crate) fn disconnect(&self) -> io::Result<()> {
        let none = stack::Address::Unspecified;
        self.0.call(|stack, id, now| stack.connect(now, id, &none))
    }

    pub(crate) fn recv(
        &self,
        buf: &mut [u8],
        flags: RecvFlags,
        patience: Patience,
    ) -> io::Result<usize> {
        Ok(self.recv_from(buf, flags, patience)?.0)
    }

    /// The sender is `None` on a stream.
    pub(crate) fn recv_from(
        &self,
        buf: &mut [u8],
        flags: RecvFlags,
        patience: Patience,
    ) -> io::Result<(usize, Option<Address>)> {
        let (flags, patience) = bounded(flags, patience);
        let mut done = 0;
        loop {
            let rest = &mut buf[done..];
            let wanted = rest.len();
            let mut at_mark = false;
            let received = waiting(&self.0, wanted, flags, patience, |stack, id, now| {
                let received = stack.recv_from(now, id, rest, flags);
                at_mark = stack.is_at_mark(id).unwrap_or(false);
                received
            });
            let received = match received {
                // What was there is told first, the error next time.
                Err(_) if done > 0 => return Ok((done, None)),
                received => received?,
            };
            done += received.copied;
            // Of a stream more may follow that MSG_WAITALL waits for.
            let all = flags.contains(RecvFlags::WAITALL) && !flags.contains(RecvFlags::PEEK);
            let more = all && received.from.is_none() && received.copied > 0 && !at_mark;
            if !more || received.copied >= wanted || self.0.kind() != Type::Stream {
                let tells = flags.contains(RecvFlags::TRUNC) && self.0.kind() != Type::Stream;
                let len = if tells { received.len } else { done };
                return Ok((len, received.from.and_then(from_stack)));
            }
        }
    }

    pub(crate) fn send(
        &self,
        buf: &[u8],
        flags: SendFlags,
        patience: Patience,
    ) -> io::Result<usize> {
        let patience = patience.for_sending(flags);
        let mut flags = flags;
        flags.set(SendFlags::BLOCKING, patience != Patience::Never);
        block(&self.0, Direction::Send, patience, |stack, id, now| {
            stack.send_with(now, id, buf, flags)
        })
    }

    /// What poll(2) would say of it, once something of `interest` is true or patience ends.
    pub(crate) fn poll(&self, interest: Readiness, patience: Patience) -> io::Result<Readiness> {
        let asked = interest | Readiness::ERROR | Readiness::HANGUP;
        let receives = Readiness::READABLE | Readiness::READ_CLOSED | Readiness::PRIORITY;
        let direction = if interest.intersects(receives) {
            Direction::Receive
        } else {
            Direction::Send
        };
        let found = block(&self.0, direction, patience, |stack, id, _| {
            match stack.readiness(id) & asked {
                none if none.is_empty() => Err(Errno::EAGAIN),
                found => Ok(found),
            }
        });
        match found {
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                ) =>
            {
                Ok(Readiness::empty())
            }
            found => found,
        }
    }

    pub(crate) fn is_at_mark(&self) -> io::Result<bool> {
        self.0.call(|stack, id, _| stack.is_at_mark(id))
    }

    pub(crate) fn queued(&self) -> io::Result<Queued> {
        self.0.call(|stack, id, _| stack.queued(id))
    }

    pub(crate) fn send_to(
        &self,
        buf: &[u8],
        address: &Address,
        patience: Patience,
    ) -> io::Result<usize> {
        let name = to_stack(address)?;
        block(&self.0, Direction::Send, patience, |stack, id, now| {
            stack.send_to(now, id, buf, &name)
        })
    }

    pub(crate) fn local_addr(&self) -> io::Result<Address> {
        self.name(self.0.call(|stack, id, _| stack.local_address(id))?)
    }

    pub(crate) fn peer_addr(&self) -> io::Result<Address> {
        self.name(self.0.call(|stack, id, _| stack.peer_address(id))?)
    }

    fn name(&self, name: stack::Address) -> io::Result<Address> {
        from_stack(name).ok_or_else(|| super::handle::to_io(Errno::ENOTCONN))
    }

    pub(crate) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        let how = to_how(how);
        self.0.call(|stack, id, now| stack.shutdown(now, id, how))
    }

    pub(crate) fn descriptor(&self) -> io::Result<BorrowedFd<'_>> {
        self.0.descriptor()
    }
}

impl From<Handle> for Socket {
    fn from(handle: Handle) -> Self {
        Self(Arc::new(handle))
    }
}

impl From<Arc<Handle>> for Socket {
    fn from(handle: Arc<Handle>) -> Self {
        Self(handle)
    }
}

impl Raw for Socket {
    fn get(&self, level: i32, name: i32, value: &mut [u8]) -> io::Result<usize> {
        self.0.get(level, name, value)
    }

    fn set(&self, level: i32, name: i32, value: &[u8]) -> io::Result<()> {
        self.0.set(level, name, value)
    }
}

pub(crate) const fn to_how(how: Shutdown) -> How {
    match how {
        Shutdown::Read => How::Read,
        Shutdown::Write => How::Write,
        Shutdown::Both => How::Both,
    }
}
