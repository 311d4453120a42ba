//! Our arm of tokio's `TcpListener` and `UnixListener`.

use std::io;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use ::tokio::net::{ToSocketAddrs, lookup_host};
use stack::SocketId;

use super::computer::Computer;
use super::handle::{Handle, options_of_handle};
use super::names::{Names, from_stack};
use super::socket::Socket;
use super::stream::{Stream, no_address};
use crate::options::Options;
use crate::socket::Direction;
use crate::{Address, Family, Type, UnixAddress};

/// As many callers may wait as tokio lets.
const BACKLOG: u32 = 1024;

/// A listener whose names are `N`.
#[derive(Debug)]
pub(crate) struct Listener<N> {
    handle: Arc<Handle>,
    names: PhantomData<N>,
}

impl<N: Names> Listener<N> {
    pub(crate) async fn accept(&self) -> io::Result<(Stream<N>, N)> {
        let caller = self
            .handle
            .wait(Direction::Receive, |stack, id, _| stack.accept(id))
            .await?;
        Ok(self.accepted(caller))
    }

    pub(crate) fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(Stream<N>, N)>> {
        self.handle
            .poll(cx, Direction::Receive, |stack, id, _| stack.accept(id))
            .map_ok(|caller| self.accepted(caller))
    }

    fn accepted(&self, (id, peer): (SocketId, stack::Address)) -> (Stream<N>, N) {
        let stream = Arc::new(self.handle.accepted(id)).into();
        (stream, N::from_address(from_stack(peer)))
    }

    pub(crate) fn local_addr(&self) -> io::Result<N> {
        let name = self.handle.call(|stack, id, _| stack.local_address(id))?;
        Ok(N::from_address(from_stack(name)))
    }
}

impl<N> Listener<N> {
    pub(crate) fn take_error(&self) -> io::Result<Option<io::Error>> {
        Options::take_error(self)
    }

    /// The same socket in Berkeley's shape.
    pub(crate) fn into_socket(self) -> Socket {
        self.handle.into()
    }

    pub(crate) fn computer(&self) -> &Arc<dyn Computer> {
        self.handle.computer()
    }
}

impl Listener<SocketAddr> {
    /// Listens on the first of `addr`'s addresses that can be bound.
    pub(crate) async fn bind<A: ToSocketAddrs>(
        computer: &Arc<dyn Computer>,
        addr: A,
    ) -> io::Result<Self> {
        let mut last = None;
        for address in lookup_host(addr).await? {
            let handle = Handle::open(computer, Family::of(address), Type::Stream)?;
            let listener = Self::from(Arc::new(handle));
            listener.set_reuse_address(true)?;
            match listener.listen_at(&address.into()) {
                Ok(()) => return Ok(listener),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(no_address))
    }

    pub(crate) fn ttl(&self) -> io::Result<u32> {
        Options::ttl(self)
    }

    pub(crate) fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        Options::set_ttl(self, ttl)
    }
}

impl Listener<UnixAddress> {
    pub(crate) fn bind(computer: &Arc<dyn Computer>, address: &UnixAddress) -> io::Result<Self> {
        let handle = Handle::open(computer, Family::Unix, Type::Stream)?;
        let listener = Self::from(Arc::new(handle));
        listener.listen_at(&Address::Unix(address.clone()))?;
        Ok(listener)
    }
}

impl<N> Listener<N> {
    fn listen_at(&self, address: &Address) -> io::Result<()> {
        self.handle.bind(address)?;
        self.handle.listen(BACKLOG)
    }
}

impl<N> From<Arc<Handle>> for Listener<N> {
    fn from(handle: Arc<Handle>) -> Self {
        Self {
            handle,
            names: PhantomData,
        }
    }
}

options_of_handle!(Listener);
