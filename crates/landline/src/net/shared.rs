//! What several types of std's shape share.

/// Gives a newtype over `Socket` what all six have: clones, modes, options, the socket itself.
macro_rules! shared {
    ($socket:ty) => {
        impl $socket {
            /// Another handle of the same socket: it closes when all of them are dropped, and its
            /// mode and time-outs are theirs in common.
            ///
            /// # Errors
            ///
            /// None at present; a network may run out of handles.
            pub fn try_clone(&self) -> io::Result<Self> {
                self.0.try_clone().map(Self)
            }

            /// Makes calls that would wait fail with `WouldBlock`, or wait again.
            ///
            /// # Errors
            ///
            /// The network's.
            pub fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
                self.0.set_nonblocking(nonblocking)
            }

            /// Takes the socket's pending error (SO_ERROR), if there is one.
            ///
            /// # Errors
            ///
            /// When the question itself fails.
            pub fn take_error(&self) -> io::Result<Option<io::Error>> {
                Options::take_error(&self.0)
            }
        }

        impl Options for $socket {
            fn getsockopt_bytes(
                &self,
                level: i32,
                name: i32,
                value: &mut [u8],
            ) -> io::Result<usize> {
                self.0.getsockopt_bytes(level, name, value)
            }

            fn setsockopt_bytes(&self, level: i32, name: i32, value: &[u8]) -> io::Result<()> {
                self.0.setsockopt_bytes(level, name, value)
            }
        }

        impl AsRef<Socket> for $socket {
            fn as_ref(&self) -> &Socket {
                &self.0
            }
        }

        impl From<$socket> for Socket {
            fn from(socket: $socket) -> Self {
                socket.0
            }
        }
    };
}

/// Gives a newtype over `Socket` time-outs for its two directions.
macro_rules! timeouts {
    ($socket:ty) => {
        impl $socket {
            /// How long a receiving call may wait.
            ///
            /// # Errors
            ///
            /// None; a `Result` as std has it.
            pub fn read_timeout(&self) -> io::Result<Option<Duration>> {
                Ok(self.0.limit(Direction::Receive))
            }

            /// How long a sending call may wait.
            ///
            /// # Errors
            ///
            /// None; a `Result` as std has it.
            pub fn write_timeout(&self) -> io::Result<Option<Duration>> {
                Ok(self.0.limit(Direction::Send))
            }

            /// Lets a receiving call wait for this long and then fail with `TimedOut` (where std,
            /// on Unix, has `WouldBlock`). `None`: as long as it takes.
            ///
            /// # Errors
            ///
            /// `InvalidInput` for zero.
            pub fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
                self.0.set_limit(Direction::Receive, timeout)
            }

            /// Lets a sending call wait for this long and then fail with `TimedOut` (where std, on
            /// Unix, has `WouldBlock`). `None`: as long as it takes.
            ///
            /// # Errors
            ///
            /// `InvalidInput` for zero.
            pub fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
                self.0.set_limit(Direction::Send, timeout)
            }
        }
    };
}

/// Gives a newtype over `Socket` its two names, made by `$name` from an `Address`.
macro_rules! names {
    ($socket:ty, $address:ty, $name:path) => {
        impl $socket {
            /// Our own name.
            ///
            /// # Errors
            ///
            /// The network's.
            pub fn local_addr(&self) -> io::Result<$address> {
                $name(self.0.getsockname()?)
            }

            /// The peer's name.
            ///
            /// # Errors
            ///
            /// `NotConnected` (ENOTCONN) when there is no peer.
            pub fn peer_addr(&self) -> io::Result<$address> {
                $name(self.0.getpeername()?)
            }
        }
    };
}

/// Gives a newtype over `Socket` the byte stream.
macro_rules! stream {
    ($socket:ty) => {
        impl $socket {
            /// Reads without taking: the next read gives the same bytes again. 0 at the peer's end.
            ///
            /// # Errors
            ///
            /// The socket's.
            pub fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
                self.0.peek(buf)
            }

            /// Writes by reference, as much as there is room for: on a network of ours the bytes are
            /// never copied; on the kernel's they are, as by `write`.
            ///
            /// # Errors
            ///
            /// The socket's.
            pub fn send_bytes(&self, bytes: bytes::Bytes) -> io::Result<usize> {
                self.0.send_bytes(bytes)
            }

            /// Reads by reference, at most `max` bytes; empty at the peer's end. On a network of ours
            /// it is the first piece of what waits, and not copied; on the kernel's it is, into a
            /// buffer of `max` bytes.
            ///
            /// # Errors
            ///
            /// The socket's.
            pub fn recv_bytes(&self, max: usize) -> io::Result<bytes::Bytes> {
                self.0.recv_bytes(max)
            }

            /// Ends our direction (the peer reads end-of-file), the receiving one, or both.
            ///
            /// # Errors
            ///
            /// `NotConnected` (ENOTCONN) when there is no peer.
            pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
                self.0.shutdown(how)
            }
        }

        stream!(@io $socket);
        stream!(@io &$socket);
    };
    (@io $socket:ty) => {
        impl Read for $socket {
            fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
                self.0.recv(buf)
            }

            fn read_vectored(&mut self, bufs: &mut [io::IoSliceMut<'_>]) -> io::Result<usize> {
                self.0.recv_vectored(bufs)
            }
        }

        impl Write for $socket {
            fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
                self.0.send(buf)
            }

            fn write_vectored(&mut self, bufs: &[io::IoSlice<'_>]) -> io::Result<usize> {
                self.0.send_vectored(bufs)
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
    };
}

/// Gives a newtype over `Socket` the option IP_TTL by std's names.
macro_rules! ttl {
    ($socket:ty) => {
        impl $socket {
            /// IP_TTL of what it sends.
            ///
            /// # Errors
            ///
            /// The network's.
            pub fn ttl(&self) -> io::Result<u32> {
                Options::ttl(&self.0)
            }

            /// Sets IP_TTL.
            ///
            /// # Errors
            ///
            /// `InvalidInput` (EINVAL) outside 1 to 255.
            pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
                Options::set_ttl(&self.0, ttl)
            }
        }
    };
}
