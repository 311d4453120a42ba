//! Our arm of tokio's `TcpStream` and `UnixStream`.

use std::io::{self, IoSlice, IoSliceMut};
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use ::tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf, Ready};
use ::tokio::net::{ToSocketAddrs, lookup_host};
use bytes::Bytes;
use stack::{Errno, How, RecvFlags};

use super::computer::Computer;
use super::handle::{Handle, options_of_handle};
use super::names::{Names, from_stack};
use super::socket::Socket;
use crate::options::Options;
use crate::socket::Direction;
use crate::{Address, Family, Type, UnixAddress};

/// A stream whose names are `N`.
#[derive(Debug)]
pub(crate) struct Stream<N> {
    handle: Arc<Handle>,
    names: PhantomData<N>,
}

impl<N> Stream<N> {
    /// The same stream once more.
    pub(super) fn share(&self) -> Self {
        Arc::clone(&self.handle).into()
    }

    /// Whether both are the same stream.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.handle, &other.handle)
    }

    pub(crate) async fn readable(&self) -> io::Result<()> {
        self.handle.ready(Interest::READABLE).await.map(drop)
    }

    pub(crate) async fn writable(&self) -> io::Result<()> {
        self.handle.ready(Interest::WRITABLE).await.map(drop)
    }

    pub(crate) async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        self.handle.ready(interest).await
    }

    pub(crate) fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.handle.poll_ready(cx, Direction::Receive)
    }

    pub(crate) fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.handle.poll_ready(cx, Direction::Send)
    }

    pub(crate) fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.handle
            .call(|stack, id, now| stack.recv(now, id, buf, RecvFlags::empty()))
    }

    pub(crate) fn try_read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.handle.call(|stack, id, now| {
            let mut total = 0;
            for buf in bufs.iter_mut().filter(|buf| !buf.is_empty()) {
                match stack.recv(now, id, buf, RecvFlags::empty()) {
                    Ok(count) => {
                        total += count;
                        if count < buf.len() {
                            break;
                        }
                    }
                    // What was read counts; what stands in the way will not have gone.
                    Err(_) if total > 0 => break,
                    Err(errno) => return Err(errno),
                }
            }
            Ok(total)
        })
    }

    pub(crate) fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
        self.handle.call(|stack, id, now| stack.send(now, id, buf))
    }

    pub(crate) fn try_write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.handle
            .call(|stack, id, now| send_all_of(bufs, |buf| stack.send(now, id, buf)))
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
            stack.recv_piece(now, id, max)
        });
        Ok(received.await?.payload.to_bytes())
    }

    pub(crate) async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.handle
            .wait(Direction::Receive, |stack, id, now| {
                stack.recv(now, id, buf, RecvFlags::PEEK)
            })
            .await
    }

    pub(crate) fn poll_peek(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        self.poll_receive(cx, buf, RecvFlags::PEEK)
    }

    fn poll_receive(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
        flags: RecvFlags,
    ) -> Poll<io::Result<usize>> {
        // A `recv` of nothing would wait for something.
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(0));
        }
        let count = ready!(self.handle.poll(cx, Direction::Receive, |stack, id, now| {
            stack.recv(now, id, buf.initialize_unfilled(), flags)
        }))?;
        buf.advance(count);
        Poll::Ready(Ok(count))
    }

    fn poll_send(&self, cx: &mut Context<'_>, bufs: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.handle.poll(cx, Direction::Send, |stack, id, now| {
            send_all_of(bufs, |buf| stack.send(now, id, buf))
        })
    }

    /// Ends our direction. That the peer ended the connection first is no error of ours.
    pub(crate) fn end(&self) -> io::Result<()> {
        self.handle
            .call(|stack, id, now| match stack.shutdown(now, id, How::Write) {
                Err(Errno::ENOTCONN) => Ok(()),
                outcome => outcome,
            })
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

impl<N: Names> Stream<N> {
    pub(crate) fn local_addr(&self) -> io::Result<N> {
        let name = self.handle.call(|stack, id, _| stack.local_address(id))?;
        Ok(N::from_address(from_stack(name)))
    }

    pub(crate) fn peer_addr(&self) -> io::Result<N> {
        let name = self.handle.call(|stack, id, _| stack.peer_address(id))?;
        Ok(N::from_address(from_stack(name)))
    }
}

impl Stream<SocketAddr> {
    /// Connects to the first of `addr`'s addresses that answers.
    pub(crate) async fn connect<A: ToSocketAddrs>(
        computer: &Arc<dyn Computer>,
        addr: A,
    ) -> io::Result<Self> {
        let mut last = None;
        for address in lookup_host(addr).await? {
            let handle = Handle::open(computer, Family::of(address), Type::Stream)?;
            match handle.connect(&address.into()).await {
                Ok(()) => return Ok(Arc::new(handle).into()),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(no_address))
    }
}

impl Stream<UnixAddress> {
    pub(crate) async fn connect(
        computer: &Arc<dyn Computer>,
        address: &UnixAddress,
    ) -> io::Result<Self> {
        let handle = Handle::open(computer, Family::Unix, Type::Stream)?;
        handle.connect(&Address::Unix(address.clone())).await?;
        Ok(Arc::new(handle).into())
    }

    pub(crate) fn pair(computer: &Arc<dyn Computer>) -> io::Result<(Self, Self)> {
        let (one, other) = Handle::pair(computer, Type::Stream)?;
        Ok((Arc::new(one).into(), Arc::new(other).into()))
    }
}

impl Stream<SocketAddr> {
    /// Connects and sends in one; the bytes that were sent.
    pub(crate) async fn connect_fast_open(
        computer: &Arc<dyn Computer>,
        address: SocketAddr,
        first: &[u8],
    ) -> io::Result<(Self, usize)> {
        let handle = Handle::open(computer, Family::of(address), Type::Stream)?;
        let name = address.into();
        let sent = handle.wait(Direction::Send, |stack, id, now| {
            match stack.send_fast_open(now, id, first, &name) {
                // Without a cookie: when it stands, the bytes go as ever.
                Err(Errno::EINPROGRESS | Errno::EALREADY) => Err(Errno::EAGAIN),
                sent => sent,
            }
        });
        let sent = sent.await?;
        Ok((Arc::new(handle).into(), sent))
    }
}

/// What tokio's streams have of the options.
impl Stream<SocketAddr> {
    pub(crate) fn nodelay(&self) -> io::Result<bool> {
        Options::nodelay(self)
    }

    pub(crate) fn set_nodelay(&self, on: bool) -> io::Result<()> {
        Options::set_nodelay(self, on)
    }

    pub(crate) fn linger(&self) -> io::Result<Option<Duration>> {
        Options::linger(self)
    }

    pub(crate) fn set_zero_linger(&self) -> io::Result<()> {
        self.set_linger(Some(Duration::ZERO))
    }

    pub(crate) fn ttl(&self) -> io::Result<u32> {
        Options::ttl(self)
    }

    pub(crate) fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        Options::set_ttl(self, ttl)
    }
}

/// Sends buffer by buffer until one does not fit whole; what was sent counts before an error.
fn send_all_of(
    bufs: &[IoSlice<'_>],
    mut send: impl FnMut(&[u8]) -> Result<usize, Errno>,
) -> Result<usize, Errno> {
    let mut total = 0;
    for buf in bufs.iter().filter(|buf| !buf.is_empty()) {
        match send(buf) {
            Ok(count) => {
                total += count;
                if count < buf.len() {
                    break;
                }
            }
            // The error, if it is one, comes again.
            Err(_) if total > 0 => break,
            Err(errno) => return Err(errno),
        }
    }
    Ok(total)
}

pub(super) fn no_address() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "could not resolve to any addresses",
    )
}

impl<N> From<Arc<Handle>> for Stream<N> {
    fn from(handle: Arc<Handle>) -> Self {
        Self {
            handle,
            names: PhantomData,
        }
    }
}

impl<N> AsyncRead for &Stream<N> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_receive(cx, buf, RecvFlags::empty())
            .map_ok(|_| ())
    }
}

impl<N> AsyncWrite for &Stream<N> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_send(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_send(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The stack holds nothing back that a flush could push.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.end())
    }
}

/// Gives types that hold a stream what `&Stream` has.
macro_rules! through_stream {
    ($($holder:ty: $trait:ident),+ $(,)?) => {$(
        through_stream!(@$trait $holder);
    )+};
    (@AsyncRead $holder:ty) => {
        impl<N> ::tokio::io::AsyncRead for $holder {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut ::tokio::io::ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                Pin::new(&mut self.stream()).poll_read(cx, buf)
            }
        }
    };
    (@AsyncWrite $holder:ty) => {
        impl<N> ::tokio::io::AsyncWrite for $holder {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.stream()).poll_write(cx, buf)
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &[io::IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.stream()).poll_write_vectored(cx, bufs)
            }

            fn is_write_vectored(&self) -> bool {
                true
            }

            fn poll_flush(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<io::Result<()>> {
                Pin::new(&mut self.stream()).poll_flush(cx)
            }

            fn poll_shutdown(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<io::Result<()>> {
                Pin::new(&mut self.stream()).poll_shutdown(cx)
            }
        }
    };
}
pub(super) use through_stream;

impl<N> Stream<N> {
    const fn stream(&self) -> &Self {
        self
    }
}

through_stream!(Stream<N>: AsyncRead, Stream<N>: AsyncWrite);

options_of_handle!(Stream);
