//! Our arm of [`Socket`](crate::Socket).

use std::io;
use std::net::Shutdown;
use std::os::fd::RawFd;
use std::sync::Arc;

use stack::{Errno, How, RecvFlags};

use super::computer::Computer;
use super::handle::{Handle, still_connecting};
use super::names::{from_stack, to_stack};
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

    pub(crate) fn recv(&self, buf: &mut [u8], peek: bool, patience: Patience) -> io::Result<usize> {
        let flags = flags(peek);
        block(&self.0, Direction::Receive, patience, |stack, id, now| {
            stack.recv(now, id, buf, flags)
        })
    }

    /// The sender is `None` on a stream.
    pub(crate) fn recv_from(
        &self,
        buf: &mut [u8],
        peek: bool,
        patience: Patience,
    ) -> io::Result<(usize, Option<Address>)> {
        let flags = flags(peek);
        let received = block(&self.0, Direction::Receive, patience, |stack, id, now| {
            stack.recv_from(now, id, buf, flags)
        })?;
        Ok((received.copied, received.from.and_then(from_stack)))
    }

    pub(crate) fn send(&self, buf: &[u8], patience: Patience) -> io::Result<usize> {
        block(&self.0, Direction::Send, patience, |stack, id, now| {
            stack.send(now, id, buf)
        })
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

    pub(crate) fn descriptor(&self) -> io::Result<RawFd> {
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

const fn flags(peek: bool) -> RecvFlags {
    if peek {
        RecvFlags::PEEK
    } else {
        RecvFlags::empty()
    }
}
