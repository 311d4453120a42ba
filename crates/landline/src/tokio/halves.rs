//! The two directions of a stream as two values, borrowed or owned.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::on::On;

/// Gives a module the halves of `$stream`, made of the halves in the kernel's `$kernel`.
macro_rules! halves {
    ($stream:ident, $kernel:path, $ours:path, $names:ident) => {
        use $kernel as kernel;
        use $ours as ours;
        use crate::tokio::$stream;

        /// The reading half of a borrowed stream.
        #[derive(Debug)]
        pub struct ReadHalf<'a>(On<kernel::ReadHalf<'a>, ours::ReadHalf<'a>>);

        /// The writing half of a borrowed stream. `AsyncWrite::poll_shutdown` ends this direction.
        #[derive(Debug)]
        pub struct WriteHalf<'a>(On<kernel::WriteHalf<'a>, ours::WriteHalf<'a>>);

        /// The reading half of a stream, on its own.
        #[derive(Debug)]
        pub struct OwnedReadHalf(On<kernel::OwnedReadHalf, ours::OwnedReadHalf>);

        /// The writing half of a stream, on its own. Dropping it ends this direction: the peer
        /// reads end-of-file.
        #[derive(Debug)]
        pub struct OwnedWriteHalf(On<kernel::OwnedWriteHalf, ours::OwnedWriteHalf>);

        reads!(ReadHalf<'_>);
        reads!(OwnedReadHalf);
        writes!(WriteHalf<'_>);
        writes!(OwnedWriteHalf);
        $names!(ReadHalf<'_>);
        $names!(WriteHalf<'_>);
        $names!(OwnedReadHalf);
        $names!(OwnedWriteHalf);

        impl $stream {
            /// The two directions, borrowed: one task can read and write at once.
            pub fn split(&mut self) -> (ReadHalf<'_>, WriteHalf<'_>) {
                match &mut self.0 {
                    On::Kernel(stream) => {
                        let (read, write) = stream.split();
                        (ReadHalf(On::Kernel(read)), WriteHalf(On::Kernel(write)))
                    }
                    On::Stack(stream) => {
                        let (read, write) = stream.split();
                        (ReadHalf(On::Stack(read)), WriteHalf(On::Stack(write)))
                    }
                }
            }

            /// The two directions, each on its own: two tasks can read and write.
            pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
                match self.0 {
                    On::Kernel(stream) => {
                        let (read, write) = stream.into_split();
                        (
                            OwnedReadHalf(On::Kernel(read)),
                            OwnedWriteHalf(On::Kernel(write)),
                        )
                    }
                    On::Stack(stream) => {
                        let (read, write) = stream.into_split();
                        (
                            OwnedReadHalf(On::Stack(read)),
                            OwnedWriteHalf(On::Stack(write)),
                        )
                    }
                }
            }
        }

        impl OwnedReadHalf {
            /// Puts the two halves of one stream together again.
            ///
            /// # Errors
            ///
            /// [`ReuniteError`], with both halves in it, when they are of two streams.
            pub fn reunite(self, other: OwnedWriteHalf) -> Result<$stream, ReuniteError> {
                match (self.0, other.0) {
                    (On::Kernel(read), On::Kernel(write)) => match read.reunite(write) {
                        Ok(stream) => Ok($stream(On::Kernel(stream))),
                        Err(kernel::ReuniteError(read, write)) => Err(ReuniteError(
                            OwnedReadHalf(On::Kernel(read)),
                            OwnedWriteHalf(On::Kernel(write)),
                        )),
                    },
                    (On::Stack(read), On::Stack(write)) => match read.reunite(write) {
                        Ok(stream) => Ok($stream(On::Stack(stream))),
                        Err((read, write)) => Err(ReuniteError(
                            OwnedReadHalf(On::Stack(read)),
                            OwnedWriteHalf(On::Stack(write)),
                        )),
                    },
                    (read, write) => {
                        Err(ReuniteError(OwnedReadHalf(read), OwnedWriteHalf(write)))
                    }
                }
            }
        }

        impl OwnedWriteHalf {
            /// Puts the two halves of one stream together again.
            ///
            /// # Errors
            ///
            /// [`ReuniteError`], with both halves in it, when they are of two streams.
            pub fn reunite(self, other: OwnedReadHalf) -> Result<$stream, ReuniteError> {
                other.reunite(self)
            }

            /// Drops this half without ending its direction.
            pub fn forget(self) {
                each!(self.0, it => it.forget());
            }
        }

        /// Two halves that are not of one stream.
        #[derive(Debug)]
        pub struct ReuniteError(pub OwnedReadHalf, pub OwnedWriteHalf);

        impl fmt::Display for ReuniteError {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the halves are of two different streams")
            }
        }

        impl std::error::Error for ReuniteError {}
    };
}

pub(super) mod tcp {
    use super::*;
    use std::net::SocketAddr;

    halves!(TcpStream, ::tokio::net::tcp, crate::ours::tcp, ip_names);

    impl OwnedReadHalf {
        /// Reads without taking: the next read gives the same bytes again.
        ///
        /// # Errors
        ///
        /// The socket's.
        pub async fn peek(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            each!(&mut self.0, it => it.peek(buf).await)
        }
    }

    impl ReadHalf<'_> {
        /// Reads without taking: the next read gives the same bytes again.
        ///
        /// # Errors
        ///
        /// The socket's.
        pub async fn peek(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            each!(&mut self.0, it => it.peek(buf).await)
        }
    }
}

pub(super) mod unix {
    use super::*;
    use crate::UnixAddress;

    halves!(
        UnixStream,
        ::tokio::net::unix,
        crate::ours::unix,
        unix_names
    );
}
