//! Our arm of tokio's `UdpSocket` and `UnixDatagram`.

use std::io;
use std::marker::PhantomData;
use std::net::{Shutdown, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use ::tokio::io::{Interest, ReadBuf, Ready};
use ::tokio::net::{ToSocketAddrs, lookup_host};
use bytes::Bytes;
use stack::{Received, RecvFlags};

use super::computer::Computer;
use super::handle::{Handle, options_of_handle};
use super::names::{Names, from_stack, to_stack};
use super::socket::{Socket, to_how};
use super::stream::no_address;
use crate::options::Options;
use crate::socket::Direction;
use crate::{Address, Family, Type, UnixAddress};

/// A datagram socket whose names are `N`.
#[derive(Debug)]
pub(crate) struct Datagram<N> {
    handle: Arc<Handle>,
    names: PhantomData<N>,
}

impl<N> Datagram<N> {
    pub(crate) async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        self.handle.ready(interest).await
    }

    pub(crate) async fn readable(&self) -> io::Result<()> {
        self.handle.ready(Interest::READABLE).await.map(drop)
    }

    pub(crate) async fn writable(&self) -> io::Result<()> {
        self.handle.ready(Interest::WRITABLE).await.map(drop)
    }

    pub(crate) async fn send(&self, buf: &[u8]) -> io::Result<usize> {
        self.handle
            .wait(Direction::Send, |stack, id, now| stack.send(now, id, buf))
            .await
    }

    pub(crate) fn poll_send(&self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.handle.poll(cx, Direction::Send, |stack, id, now| {
            stack.send(now, id, buf)
        })
    }

    pub(crate) fn try_send(&self, buf: &[u8]) -> io::Result<usize> {
        self.handle.call(|stack, id, now| stack.send(now, id, buf))
    }

    pub(crate) async fn send_bytes(&self, bytes: Bytes) -> io::Result<usize> {
        self.handle
            .wait(Direction::Send, |stack, id, now| {
                stack.send_bytes(now, id, bytes.clone())
            })
            .await
    }

    pub(crate) async fn recv_bytes(&self, max: usize) -> io::Result<Bytes> {
        let received = self.handle.wait(Direction::Receive, |stack, id, now| {
            stack.recv_bytes(now, id, max)
        });
        Ok(received.await?.payload.to_bytes())
    }

    pub(crate) async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        Ok(self.receive(buf, RecvFlags::empty()).await?.copied)
    }

    pub(crate) async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        Ok(self.receive(buf, RecvFlags::PEEK).await?.copied)
    }

    pub(crate) fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_receive(cx, buf).map_ok(|_| ())
    }

    pub(crate) fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.handle
            .call(|stack, id, now| stack.recv(now, id, buf, RecvFlags::empty()))
    }

    async fn receive(&self, buf: &mut [u8], flags: RecvFlags) -> io::Result<Received> {
        self.handle
            .wait(Direction::Receive, |stack, id, now| {
                stack.recv_from(now, id, buf, flags)
            })
            .await
    }

    fn poll_receive(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<Received>> {
        let received = ready!(self.handle.poll(cx, Direction::Receive, |stack, id, now| {
            stack.recv_from(now, id, buf.initialize_unfilled(), RecvFlags::empty())
        }))?;
        buf.advance(received.copied);
        Poll::Ready(Ok(received))
    }

    async fn send_to_address(&self, buf: &[u8], address: Address) -> io::Result<usize> {
        let name = to_stack(&address)?;
        self.handle
            .wait(Direction::Send, |stack, id, now| {
                stack.send_to(now, id, buf, &name)
            })
            .await
    }

    pub(crate) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        let how = to_how(how);
        self.handle
            .call(|stack, id, now| stack.shutdown(now, id, how))
    }

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

impl<N: Names> Datagram<N> {
    pub(crate) async fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, N)> {
        Ok(with_sender(self.receive(buf, RecvFlags::empty()).await?))
    }

    pub(crate) fn try_recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, N)> {
        self.handle
            .call(|stack, id, now| stack.recv_from(now, id, buf, RecvFlags::empty()))
            .map(with_sender)
    }

    pub(crate) fn local_addr(&self) -> io::Result<N> {
        let name = self.handle.call(|stack, id, _| stack.local_address(id))?;
        Ok(N::from_address(from_stack(name)))
    }

    pub(crate) fn peer_addr(&self) -> io::Result<N> {
        let name = self.handle.call(|stack, id, _| stack.peer_address(id))?;
        Ok(N::from_address(from_stack(name)))
    }
}

fn with_sender<N: Names>(received: Received) -> (usize, N) {
    let sender = received.from.and_then(from_stack);
    (received.copied, N::from_address(sender))
}

impl Datagram<SocketAddr> {
    /// Bound to the first of `addr`'s addresses that can be.
    pub(crate) async fn bind<A: ToSocketAddrs>(
        computer: &Arc<dyn Computer>,
        addr: A,
    ) -> io::Result<Self> {
        let mut last = None;
        for address in lookup_host(addr).await? {
            let handle = Handle::open(computer, Family::of(address), Type::Datagram)?;
            match handle.bind(&address.into()) {
                Ok(()) => return Ok(Arc::new(handle).into()),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(no_address))
    }

    pub(crate) async fn connect<A: ToSocketAddrs>(&self, addr: A) -> io::Result<()> {
        let mut last = None;
        for address in lookup_host(addr).await? {
            match self.handle.connect(&address.into()).await {
                Ok(()) => return Ok(()),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(no_address))
    }

    pub(crate) async fn send_to<A: ToSocketAddrs>(&self, buf: &[u8], addr: A) -> io::Result<usize> {
        let address = lookup_host(addr).await?.next().ok_or_else(no_address)?;
        self.send_to_address(buf, address.into()).await
    }

    pub(crate) fn poll_send_to(
        &self,
        cx: &mut Context<'_>,
        buf: &[u8],
        target: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        self.handle.poll(cx, Direction::Send, |stack, id, now| {
            stack.send_to(now, id, buf, &target.into())
        })
    }

    pub(crate) fn try_send_to(&self, buf: &[u8], target: SocketAddr) -> io::Result<usize> {
        self.handle
            .call(|stack, id, now| stack.send_to(now, id, buf, &target.into()))
    }

    pub(crate) fn poll_recv_from(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<SocketAddr>> {
        self.poll_receive(cx, buf)
            .map_ok(|received| with_sender(received).1)
    }

    pub(crate) async fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        Ok(with_sender(self.receive(buf, RecvFlags::PEEK).await?))
    }

    pub(crate) fn broadcast(&self) -> io::Result<bool> {
        Options::broadcast(self)
    }

    pub(crate) fn set_broadcast(&self, on: bool) -> io::Result<()> {
        Options::set_broadcast(self, on)
    }

    pub(crate) fn ttl(&self) -> io::Result<u32> {
        Options::ttl(self)
    }

    pub(crate) fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        Options::set_ttl(self, ttl)
    }
}

impl Datagram<UnixAddress> {
    pub(crate) fn unbound(computer: &Arc<dyn Computer>) -> io::Result<Self> {
        let handle = Handle::open(computer, Family::Unix, Type::Datagram)?;
        Ok(Arc::new(handle).into())
    }

    pub(crate) fn bind(computer: &Arc<dyn Computer>, path: &Path) -> io::Result<Self> {
        let socket = Self::unbound(computer)?;
        socket.handle.bind(&Address::Unix(path.into()))?;
        Ok(socket)
    }

    pub(crate) fn pair(computer: &Arc<dyn Computer>) -> io::Result<(Self, Self)> {
        let (one, other) = Handle::pair(computer, Type::Datagram)?;
        Ok((Arc::new(one).into(), Arc::new(other).into()))
    }

    pub(crate) fn connect<P: AsRef<Path>>(&self, path: P) -> io::Result<()> {
        self.connect_addr(&path.as_ref().into())
    }

    pub(crate) fn connect_addr(&self, address: &UnixAddress) -> io::Result<()> {
        let name = to_stack(&Address::Unix(address.clone()))?;
        self.handle
            .call(|stack, id, now| stack.connect(now, id, &name))
    }

    pub(crate) async fn send_to<P: AsRef<Path>>(&self, buf: &[u8], path: P) -> io::Result<usize> {
        self.send_to_addr(buf, &path.as_ref().into()).await
    }

    pub(crate) async fn send_to_addr(
        &self,
        buf: &[u8],
        address: &UnixAddress,
    ) -> io::Result<usize> {
        self.send_to_address(buf, Address::Unix(address.clone()))
            .await
    }
}

impl<N> From<Arc<Handle>> for Datagram<N> {
    fn from(handle: Arc<Handle>) -> Self {
        Self {
            handle,
            names: PhantomData,
        }
    }
}

options_of_handle!(Datagram);
