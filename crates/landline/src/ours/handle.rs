//! A program's hold on one socket of a stack, under all shapes of sockets.

use std::fmt;
use std::future::Future;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use ::tokio::task::coop::poll_proceed;
use base::Instant;
use host::PollFd;
use stack::{Closing, Errno, SocketId, Stack};

use super::computer::Computer;
use super::names::to_stack;
use super::wait;
use super::wakers::WaitKey;
use crate::options::Raw;
use crate::socket::Direction;
use crate::{Address, Family, Type};

/// One socket of a stack; dropping it closes it.
///
/// Calls are closures over the stack which never wait, and answer EAGAIN where they would have to.
/// [`call`](Self::call) makes one once; [`poll`](Self::poll) and [`wait`](Self::wait) make it again
/// whenever the socket may be ready.
pub(crate) struct Handle {
    computer: Arc<dyn Computer>,
    id: SocketId,
    family: Family,
    kind: Type,
    descriptor: OnceLock<Arc<PollFd>>,
}

impl Handle {
    /// Opens a socket.
    pub(crate) fn open(
        computer: &Arc<dyn Computer>,
        family: Family,
        kind: Type,
    ) -> io::Result<Self> {
        let id = computer
            .call(|stack, _, _| stack.socket(stack_family(family), stack_kind(kind)))
            .map_err(to_io)?;
        Ok(Self::new(computer, id, family, kind))
    }

    fn new(computer: &Arc<dyn Computer>, id: SocketId, family: Family, kind: Type) -> Self {
        Self {
            computer: Arc::clone(computer),
            id,
            family,
            kind,
            descriptor: OnceLock::new(),
        }
    }

    /// Two sockets connected with each other.
    pub(crate) fn pair(computer: &Arc<dyn Computer>, kind: Type) -> io::Result<(Self, Self)> {
        let (one, other) = computer
            .call(|stack, _, _| stack.socket_pair(stack::Family::Unix, stack_kind(kind)))
            .map_err(to_io)?;
        let handle = |id| Self::new(computer, id, Family::Unix, kind);
        Ok((handle(one), handle(other)))
    }

    /// The hold on a connection that this socket accepted.
    pub(crate) fn accepted(&self, id: SocketId) -> Self {
        Self::new(&self.computer, id, self.family, self.kind)
    }

    /// Where it is.
    pub(crate) fn computer(&self) -> &Arc<dyn Computer> {
        &self.computer
    }

    pub(crate) fn family(&self) -> Family {
        self.family
    }

    pub(crate) fn kind(&self) -> Type {
        self.kind
    }

    /// Makes a call.
    pub(crate) fn call<R>(
        &self,
        call: impl FnOnce(&mut Stack, SocketId, Instant) -> Result<R, Errno>,
    ) -> io::Result<R> {
        self.computer
            .call(|stack, wakers, now| {
                let result = call(stack, self.id, now);
                wakers.refresh(stack, self.id);
                result
            })
            .map_err(to_io)
    }

    /// Makes a call, or has `cx` woken, and only the last that asked, when it is worth making
    /// again.
    pub(crate) fn poll<R>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        call: impl FnOnce(&mut Stack, SocketId, Instant) -> Result<R, Errno>,
    ) -> Poll<io::Result<R>> {
        let coop = ready!(poll_proceed(cx));
        let result = self.computer.call(|stack, wakers, now| {
            let result = call(stack, self.id, now);
            wakers.refresh(stack, self.id);
            let waits = self.is_worth_waiting(stack, direction, &result);
            if waits {
                wakers.wake_task(self.id, direction, cx.waker());
            }
            (result, waits)
        });
        let (result, waits) = result;
        if waits {
            return Poll::Pending;
        }
        coop.made_progress();
        Poll::Ready(result.map_err(to_io))
    }

    /// Whether the call is to be made again later. Not where no port is free for a datagram socket: it
    /// hears so at once, as on Linux, however long it would wait for room.
    fn is_worth_waiting<R>(
        &self,
        stack: &Stack,
        direction: Direction,
        result: &Result<R, Errno>,
    ) -> bool {
        let again = matches!(result, Err(Errno::EAGAIN));
        if !again || direction != Direction::Send || self.kind == Type::Stream {
            return again;
        }
        let name = stack.local_address(self.id);
        !matches!(name, Ok(stack::Address::Inet(name)) if name.port() == 0)
    }

    /// Makes a call as soon as it need not wait. Until then nothing has happened, so it can be
    /// cancelled.
    pub(crate) const fn wait<R, F>(&self, direction: Direction, call: F) -> Wait<'_, F>
    where
        F: FnMut(&mut Stack, SocketId, Instant) -> Result<R, Errno>,
    {
        Wait {
            handle: self,
            direction,
            key: None,
            call,
        }
    }

    pub(crate) fn bind(&self, address: &Address) -> io::Result<()> {
        let name = to_stack(address)?;
        self.call(|stack, id, _| stack.bind(id, &name))
    }

    pub(crate) fn listen(&self, backlog: u32) -> io::Result<()> {
        let backlog = i32::try_from(backlog).unwrap_or(i32::MAX);
        self.call(|stack, id, _| stack.listen(id, backlog))
    }

    /// Waits until the connection stands.
    pub(crate) async fn connect(&self, address: &Address) -> io::Result<()> {
        let name = to_stack(address)?;
        self.wait(Direction::Send, |stack, id, now| {
            still_connecting(stack.connect(now, id, &name))
        })
        .await
    }

    /// A descriptor that can be polled: it is readable and writable exactly while the socket is.
    pub(crate) fn descriptor(&self) -> io::Result<BorrowedFd<'_>> {
        if let Some(descriptor) = self.descriptor.get() {
            return Ok(descriptor.as_fd());
        }
        let new = Arc::new(PollFd::new()?);
        let descriptor = self.descriptor.get_or_init(|| Arc::clone(&new));
        if Arc::ptr_eq(descriptor, &new) {
            self.computer.call(|stack, wakers, _| {
                wakers.keep_descriptor(stack, self.id, new);
            });
        }
        Ok(descriptor.as_fd())
    }
}

/// A connection that is being made is no error, but something to wait for.
pub(crate) const fn still_connecting(result: Result<(), Errno>) -> Result<(), Errno> {
    match result {
        Err(Errno::EINPROGRESS | Errno::EALREADY) => Err(Errno::EAGAIN),
        result => result,
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let id = self.id;
        let until = self.computer.call(|stack, wakers, now| {
            wakers.remove(id);
            match stack.close(now, id) {
                Ok(Closing::Lingers { until }) => {
                    wakers.wake_at_end(id, wait::thread_waker());
                    Some(until)
                }
                Ok(Closing::Done) | Err(_) => None,
            }
        });
        if let Some(until) = until {
            wait::linger(&*self.computer, id, until);
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Raw for Handle {
    fn get(&self, level: i32, name: i32, value: &mut [u8]) -> io::Result<usize> {
        let room = value.len();
        let len = self.call(|stack, id, now| stack.option_bytes(now, id, (level, name), value))?;
        Ok(len.min(room))
    }

    fn set(&self, level: i32, name: i32, value: &[u8]) -> io::Result<()> {
        self.call(|stack, id, now| stack.set_option_bytes(now, id, (level, name), value))
    }
}

/// A call that waits until it need not.
#[derive(Debug)]
pub(crate) struct Wait<'a, F> {
    handle: &'a Handle,
    direction: Direction,
    key: Option<WaitKey>,
    call: F,
}

impl<F> Wait<'_, F> {
    /// Makes the call, or has `waker` woken when it is worth making again.
    pub(crate) fn attempt<R>(&mut self, waker: &std::task::Waker) -> Poll<io::Result<R>>
    where
        F: FnMut(&mut Stack, SocketId, Instant) -> Result<R, Errno>,
    {
        let Self {
            handle,
            direction,
            key,
            call,
        } = self;
        let result = handle.computer.call(|stack, wakers, now| {
            let result = call(stack, handle.id, now);
            wakers.refresh(stack, handle.id);
            let waits = handle.is_worth_waiting(stack, *direction, &result);
            if waits {
                wakers.wake_also(handle.id, *direction, waker, key);
            } else if let Some(key) = key.take() {
                wakers.forget(handle.id, key);
            }
            (result, waits)
        });
        match result {
            (_, true) => Poll::Pending,
            (result, false) => Poll::Ready(result.map_err(to_io)),
        }
    }
}

impl<R, F> Future for Wait<'_, F>
where
    F: FnMut(&mut Stack, SocketId, Instant) -> Result<R, Errno> + Unpin,
{
    type Output = io::Result<R>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let coop = ready!(poll_proceed(cx));
        let outcome = self.attempt(cx.waker());
        if outcome.is_ready() {
            coop.made_progress();
        }
        outcome
    }
}

impl<F> Drop for Wait<'_, F> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let handle = self.handle;
            handle
                .computer
                .call(|_, wakers, _| wakers.forget(handle.id, key));
        }
    }
}

/// Gives a type with a handle its options.
macro_rules! options_of_handle {
    ($socket:ident) => {
        impl<N> $crate::options::Raw for $socket<N> {
            fn get(&self, level: i32, name: i32, value: &mut [u8]) -> io::Result<usize> {
                $crate::options::Raw::get(&*self.handle, level, name, value)
            }

            fn set(&self, level: i32, name: i32, value: &[u8]) -> io::Result<()> {
                $crate::options::Raw::set(&*self.handle, level, name, value)
            }
        }

        impl<N> Options for $socket<N> {
            fn getsockopt_bytes(
                &self,
                level: i32,
                name: i32,
                value: &mut [u8],
            ) -> io::Result<usize> {
                $crate::options::Raw::get(&*self.handle, level, name, value)
            }

            fn setsockopt_bytes(&self, level: i32, name: i32, value: &[u8]) -> io::Result<()> {
                $crate::options::Raw::set(&*self.handle, level, name, value)
            }
        }
    };
}
pub(super) use options_of_handle;

/// The error that a program gets: Linux's number.
pub(crate) fn to_io(errno: Errno) -> io::Error {
    io::Error::from_raw_os_error(errno.0)
}

const fn stack_family(family: Family) -> stack::Family {
    match family {
        Family::Inet => stack::Family::Inet,
        Family::Inet6 => stack::Family::Inet6,
        Family::Unix => stack::Family::Unix,
    }
}

const fn stack_kind(kind: Type) -> stack::Kind {
    match kind {
        Type::Stream => stack::Kind::Stream,
        Type::Datagram => stack::Kind::Datagram,
        Type::Ping => stack::Kind::Ping,
    }
}
