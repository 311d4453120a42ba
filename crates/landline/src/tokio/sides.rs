//! What several types share: the readable and the writable side of a stream, and its names.

/// Gives a newtype over `On` the readable side of a stream.
macro_rules! reads {
    ($stream:ty) => {
        impl $stream {
            /// Waits until there is something to read: bytes, the peer's end, or an error.
            ///
            /// # Errors
            ///
            /// When the runtime is shutting down.
            pub async fn readable(&self) -> io::Result<()> {
                each!(&self.0, it => it.readable().await)
            }

            /// Reads what is there without waiting; 0 at the peer's end.
            ///
            /// # Errors
            ///
            /// `WouldBlock` when nothing is there, else the socket's error.
            pub fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
                each!(&self.0, it => it.try_read(buf))
            }

            /// [`try_read`](Self::try_read) into several buffers, each filled before the next.
            ///
            /// # Errors
            ///
            /// As [`try_read`](Self::try_read).
            pub fn try_read_vectored(&self, bufs: &mut [io::IoSliceMut<'_>]) -> io::Result<usize> {
                each!(&self.0, it => it.try_read_vectored(bufs))
            }
        }

        impl AsyncRead for $stream {
            fn poll_read(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                each!(&mut self.0, it => Pin::new(it).poll_read(cx, buf))
            }
        }
    };
}

/// Gives a newtype over `On` the writable side of a stream.
macro_rules! writes {
    ($stream:ty) => {
        impl $stream {
            /// Waits until there is room to write, or an error.
            ///
            /// # Errors
            ///
            /// When the runtime is shutting down.
            pub async fn writable(&self) -> io::Result<()> {
                each!(&self.0, it => it.writable().await)
            }

            /// Writes what there is room for without waiting, and says how much that was.
            ///
            /// # Errors
            ///
            /// `WouldBlock` when there is no room, else the socket's error.
            pub fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
                each!(&self.0, it => it.try_write(buf))
            }

            /// [`try_write`](Self::try_write) from several buffers, in order.
            ///
            /// # Errors
            ///
            /// As [`try_write`](Self::try_write).
            pub fn try_write_vectored(&self, bufs: &[io::IoSlice<'_>]) -> io::Result<usize> {
                each!(&self.0, it => it.try_write_vectored(bufs))
            }
        }

        impl AsyncWrite for $stream {
            fn poll_write(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                each!(&mut self.0, it => Pin::new(it).poll_write(cx, buf))
            }

            fn poll_write_vectored(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &[io::IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                each!(&mut self.0, it => Pin::new(it).poll_write_vectored(cx, bufs))
            }

            fn is_write_vectored(&self) -> bool {
                each!(&self.0, it => it.is_write_vectored())
            }

            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                each!(&mut self.0, it => Pin::new(it).poll_flush(cx))
            }

            fn poll_shutdown(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<io::Result<()>> {
                each!(&mut self.0, it => Pin::new(it).poll_shutdown(cx))
            }
        }
    };
}

/// Gives a newtype over `On` the two names of a connected or bound IP socket.
macro_rules! ip_names {
    ($socket:ty) => {
        impl $socket {
            /// Our own address and port.
            ///
            /// # Errors
            ///
            /// The network's.
            pub fn local_addr(&self) -> io::Result<SocketAddr> {
                each!(&self.0, it => it.local_addr())
            }

            /// The peer's address and port.
            ///
            /// # Errors
            ///
            /// `NotConnected` (ENOTCONN) when there is no peer.
            pub fn peer_addr(&self) -> io::Result<SocketAddr> {
                each!(&self.0, it => it.peer_addr())
            }
        }
    };
}

/// Gives a newtype over `On` the two names of an `AF_UNIX` socket.
macro_rules! unix_names {
    ($socket:ty) => {
        impl $socket {
            /// Our own name.
            ///
            /// # Errors
            ///
            /// The network's.
            pub fn local_addr(&self) -> io::Result<UnixAddress> {
                match &self.0 {
                    On::Kernel(socket) => socket.local_addr().map(UnixAddress::from),
                    On::Stack(socket) => socket.local_addr(),
                }
            }

            /// The peer's name.
            ///
            /// # Errors
            ///
            /// `NotConnected` (ENOTCONN) when there is no peer.
            pub fn peer_addr(&self) -> io::Result<UnixAddress> {
                match &self.0 {
                    On::Kernel(socket) => socket.peer_addr().map(UnixAddress::from),
                    On::Stack(socket) => socket.peer_addr(),
                }
            }
        }
    };
}

/// Gives a newtype over `On` the way to and from std's shape, over the kernel's `$std`. Its names
/// are `ip` ones or `unix` ones.
macro_rules! conversions {
    (@family ip $socket:expr) => {
        crate::Family::of($socket.local_addr()?)
    };
    (@family unix $socket:expr) => {
        crate::Family::Unix
    };
    ($socket:ident, $std:ty, $kind:ident, $names:ident) => {
        impl $socket {
            /// The same socket in this shape.
            ///
            /// # Errors
            ///
            /// The network's; EMFILE when clones of it remain and there are no descriptors left.
            ///
            /// # Panics
            ///
            /// On the kernel's network, outside a tokio runtime with its I/O enabled.
            pub fn from_std(socket: crate::$socket) -> io::Result<Self> {
                match crate::Socket::from(socket).into_on()? {
                    On::Kernel(socket) => {
                        let socket = <$std>::from(socket.into_descriptor());
                        socket.set_nonblocking(true)?;
                        Ok(Self(On::Kernel(socket.try_into()?)))
                    }
                    On::Stack(socket) => Ok(Self(On::Stack(socket.handle().clone().into()))),
                }
            }

            /// The same socket in std's shape, in non-blocking mode.
            ///
            /// # Errors
            ///
            /// The network's.
            pub fn into_std(self) -> io::Result<crate::$socket> {
                let family = conversions!(@family $names self);
                let socket = match self.0 {
                    On::Kernel(socket) => {
                        let socket = socket.into_std()?.into();
                        let on = On::Kernel(crate::kernel::Socket::from_descriptor(socket, family));
                        crate::Socket::from_on(&Network::kernel(), on, family, crate::Type::$kind)
                    }
                    On::Stack(socket) => {
                        let network = Network {
                            kind: Kind::Stack(socket.computer().clone()),
                        };
                        let on = On::Stack(socket.into_socket());
                        crate::Socket::from_on(&network, on, family, crate::Type::$kind)
                    }
                };
                socket.set_nonblocking(true)?;
                Ok(crate::$socket(socket))
            }
        }
    };
}
