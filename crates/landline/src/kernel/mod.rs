//! The kernel's arm of [`Socket`](crate::Socket): a descriptor, and the time-outs of Python's
//! sockets above it.
//!
//! While every call may wait for ever the descriptor blocks and a call is one system call. Once
//! there is a limit it is O_NONBLOCK, and a call that would block polls until it is ready or the
//! limit is over.

mod message;
mod names;

use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Instant;

use host::kernel::{self, Interest};
use stack::{Queued, Readiness, RecvFlags, SendFlags};

use names::from_name;
pub(crate) use names::{to_name, to_tokio};

use crate::errno::{self, is};
use crate::socket::Patience;
use crate::{Address, Family, Type};

/// A kernel socket with Berkeley semantics.
#[derive(Debug)]
pub(crate) struct Socket {
    socket: kernel::Socket,
    family: Family,
}

impl Socket {
    pub(crate) fn new(family: Family, kind: Type) -> io::Result<Self> {
        let domain = domain(family);
        let socket = match kind {
            Type::Ping => kernel::Socket::ping(domain)?,
            _ => kernel::Socket::new(domain, socket_type(kind))?,
        };
        Ok(Self { socket, family })
    }

    pub(crate) fn pair(kind: Type) -> io::Result<(Self, Self)> {
        let family = Family::Unix;
        let (one, other) = kernel::Socket::pair(socket_type(kind))?;
        Ok((
            Self {
                socket: one,
                family,
            },
            Self {
                socket: other,
                family,
            },
        ))
    }

    /// The socket that another shape of the same kernel socket was.
    pub(crate) fn from_descriptor(descriptor: OwnedFd, family: Family) -> Self {
        Self {
            socket: descriptor.into(),
            family,
        }
    }

    /// The descriptor for another shape of the same kernel socket.
    pub(crate) fn into_descriptor(self) -> OwnedFd {
        self.socket.into()
    }

    pub(crate) fn duplicate(&self) -> io::Result<Self> {
        Ok(Self {
            socket: self.socket.try_clone()?,
            family: self.family,
        })
    }

    /// Makes the descriptor block, or not, as the socket's limits need it.
    pub(crate) fn set_limited(&self, limited: bool) -> io::Result<()> {
        self.socket.set_nonblocking(limited)
    }

    pub(crate) fn bind(&self, address: &Address) -> io::Result<()> {
        self.socket.bind(&to_name(address)?)
    }

    pub(crate) fn listen(&self, backlog: u32) -> io::Result<()> {
        self.socket
            .listen(i32::try_from(backlog).unwrap_or(i32::MAX))
    }

    pub(crate) fn accept(&self, patience: Patience) -> io::Result<(Self, Address)> {
        let (socket, peer) = self.run(Interest::Read, patience, || self.socket.accept())?;
        let accepted = Self {
            socket,
            family: self.family,
        };
        Ok((accepted, from_name(&peer, self.family)))
    }

    /// A connect that a signal interrupted, or that does not block, goes on without us: its end is
    /// told by poll, its outcome by SO_ERROR (connect(2)).
    pub(crate) fn connect(&self, address: &Address, patience: Patience) -> io::Result<()> {
        let deadline = deadline(patience);
        match self.socket.connect(&to_name(address)?) {
            Err(error) if is(&error, errno::EINTR) && patience != Patience::Never => {}
            Err(error)
                if is(&error, errno::EINPROGRESS) && matches!(patience, Patience::AtMost(_)) => {}
            outcome => return outcome,
        }
        self.wait(Interest::Write, deadline)?;
        match self.socket.take_error()? {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    pub(crate) fn disconnect(&self) -> io::Result<()> {
        self.socket.disconnect()
    }

    pub(crate) fn recv(
        &self,
        buf: &mut [u8],
        flags: RecvFlags,
        patience: Patience,
    ) -> io::Result<usize> {
        let patience = patience.for_receipt(flags);
        self.run(Interest::Read, patience, || {
            self.socket.recv(buf, flags.bits())
        })
    }

    /// The sender is `None` where the kernel names none.
    pub(crate) fn recv_from(
        &self,
        buf: &mut [u8],
        flags: RecvFlags,
        patience: Patience,
    ) -> io::Result<(usize, Option<Address>)> {
        let patience = patience.for_receipt(flags);
        let receive = || self.socket.recv_from(buf, flags.bits());
        let (length, sender) = self.run(Interest::Read, patience, receive)?;
        let named = sender.family() != 0;
        Ok((length, named.then(|| from_name(&sender, self.family))))
    }

    pub(crate) fn send(
        &self,
        buf: &[u8],
        flags: SendFlags,
        patience: Patience,
    ) -> io::Result<usize> {
        let patience = patience.for_sending(flags);
        self.run(Interest::Write, patience, || {
            self.socket.send(buf, flags.bits())
        })
    }

    /// What poll(2) says of it, once something of `interest` is true or patience ends.
    pub(crate) fn poll(&self, interest: Readiness, patience: Patience) -> io::Result<Readiness> {
        let deadline = match patience {
            Patience::Never => Some(Instant::now()),
            _ => deadline(patience),
        };
        let found = kernel::events(&self.socket, interest.bits(), deadline)?;
        Ok(Readiness::from_bits_truncate(found))
    }

    pub(crate) fn is_at_mark(&self) -> io::Result<bool> {
        kernel::is_at_mark(&self.socket)
    }

    pub(crate) fn queued(&self) -> io::Result<Queued> {
        let count = |queue| kernel::queued(&self.socket, queue);
        Ok(Queued {
            unread: count(kernel::Queue::Unread)?,
            unacknowledged: count(kernel::Queue::Unacknowledged)?,
            // Datagram sockets have no such count.
            unsent: count(kernel::Queue::Unsent).unwrap_or(0),
        })
    }

    pub(crate) fn send_to(
        &self,
        buf: &[u8],
        address: &Address,
        patience: Patience,
    ) -> io::Result<usize> {
        let name = to_name(address)?;
        self.run(Interest::Write, patience, || {
            self.socket.send_to(buf, &name)
        })
    }

    pub(crate) fn local_addr(&self) -> io::Result<Address> {
        Ok(from_name(&self.socket.local_addr()?, self.family))
    }

    pub(crate) fn peer_addr(&self) -> io::Result<Address> {
        Ok(from_name(&self.socket.peer_addr()?, self.family))
    }

    pub(crate) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.socket.shutdown(how)
    }

    #[expect(clippy::unnecessary_wraps, reason = "as ours, which may fail")]
    pub(crate) fn descriptor(&self) -> io::Result<BorrowedFd<'_>> {
        Ok(self.socket.as_fd())
    }

    /// Calls until the outcome is neither EINTR nor, while there is patience, EAGAIN.
    fn run<T>(
        &self,
        interest: Interest,
        patience: Patience,
        mut call: impl FnMut() -> io::Result<T>,
    ) -> io::Result<T> {
        let deadline = deadline(patience);
        loop {
            match call() {
                Err(error) if is(&error, errno::EINTR) => {}
                Err(error)
                    if is(&error, errno::EAGAIN) && matches!(patience, Patience::AtMost(_)) =>
                {
                    self.wait(interest, deadline)?;
                }
                outcome => return outcome,
            }
        }
    }

    fn wait(&self, interest: Interest, deadline: Option<Instant>) -> io::Result<()> {
        if kernel::wait(&self.socket, interest, deadline)? {
            return Ok(());
        }
        Err(errno::timed_out())
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// When waiting ends; `None` when it does not, or does not begin.
fn deadline(patience: Patience) -> Option<Instant> {
    match patience {
        Patience::Forever | Patience::Never => None,
        Patience::AtMost(limit) => Instant::now().checked_add(limit),
    }
}

fn domain(family: Family) -> kernel::Domain {
    match family {
        Family::Inet => kernel::Domain::IPV4,
        Family::Inet6 => kernel::Domain::IPV6,
        Family::Unix => kernel::Domain::UNIX,
    }
}

fn socket_type(kind: Type) -> kernel::Type {
    match kind {
        Type::Stream => kernel::Type::STREAM,
        Type::Datagram | Type::Ping => kernel::Type::DGRAM,
    }
}
