//! Calls that end: `shutdown`, `close`, `unlink`.

use base::Instant;

use crate::socket::{Errno, How, SocketId, Transport};
use crate::stack::Stack;

/// What is left when a socket is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Closing {
    /// Nothing that the program need wait for; TCP may go on without it.
    Done,
    /// `SO_LINGER` is on: a program that blocks waits until the socket's next and last
    /// [`Event`](crate::Event), which comes when the peer has acknowledged everything or the
    /// connection is dead; at the latest until then.
    Lingers {
        /// When to stop waiting.
        until: Instant,
    },
}

impl Stack {
    /// Closes one direction or both, and keeps the socket (shutdown(2)). A TCP or Unix stream
    /// tells the peer that no more will come; a listener stops listening.
    ///
    /// # Errors
    ///
    /// - [`Errno::EBADF`];
    /// - [`Errno::ENOTCONN`] without a peer.
    pub fn shutdown(&mut self, now: Instant, socket: SocketId, how: How) -> Result<(), Errno> {
        match socket.transport {
            Transport::Tcp => {
                let (tcp, mut env) = self.tcp_in(now);
                tcp.shutdown(&mut env, socket, how)
            }
            Transport::Udp => self.udp.sockets.shutdown(socket, how),
            Transport::Ping => self.ping.sockets.shutdown(socket, how),
            Transport::Unix => self.unix.shutdown(socket, how),
        }
    }

    /// Closes a socket (close(2)); its id is unknown from then on.
    ///
    /// What was sent on a TCP connection is still delivered, then its end; a connection with
    /// bytes nobody read, or with `SO_LINGER` of zero, is reset. A listener's callers that were
    /// not accepted are reset. The name of a Unix socket with a path stays taken, see
    /// [`unlink`](Self::unlink).
    ///
    /// # Errors
    ///
    /// [`Errno::EBADF`] for a socket that is closed.
    pub fn close(&mut self, now: Instant, socket: SocketId) -> Result<Closing, Errno> {
        self.multicast.close(&mut self.timers, now, socket);
        match socket.transport {
            Transport::Tcp => {
                let (tcp, mut env) = self.tcp_in(now);
                return tcp.close(&mut env, socket);
            }
            Transport::Udp => self.udp.close(socket)?,
            Transport::Ping => self.ping.close(socket)?,
            Transport::Unix => self.unix.close(socket)?,
        }
        Ok(Closing::Done)
    }

    /// Frees the path of a Unix socket (unlink(2)). A socket bound to it keeps its name, but can
    /// be reached by it no more.
    ///
    /// # Errors
    ///
    /// [`Errno::ENOENT`] when nobody has bound it.
    pub fn unlink(&mut self, path: &[u8]) -> Result<(), Errno> {
        self.unix.unlink(path)
    }

    /// Resets every TCP connection (RFC 9293 §3.10.5), whether a program holds it or not: the
    /// computer is about to be switched off, and its peers are not left to find out by themselves.
    pub fn reset_connections(&mut self, now: Instant) {
        let (tcp, mut env) = self.tcp_in(now);
        tcp.reset_all(&mut env);
    }
}
