//! Calls that move bytes.

use base::{Bytes, Payload};
use tcp::{Connection, Error, Events};

use super::row::Role;
use super::{Env, Tcp};
use crate::socket::{Errno, SocketId};

/// What an error of the machine is to a program.
pub(super) const fn errno(error: Error) -> Errno {
    match error {
        Error::WouldBlock => Errno::EAGAIN,
        Error::NotConnected => Errno::ENOTCONN,
        Error::ConnectionReset => Errno::ECONNRESET,
        Error::ConnectionRefused => Errno::ECONNREFUSED,
        Error::ConnectionAborted => Errno::ECONNABORTED,
        Error::TimedOut => Errno::ETIMEDOUT,
        Error::HostUnreachable => Errno::EHOSTUNREACH,
        Error::NetUnreachable => Errno::ENETUNREACH,
        Error::ProtocolUnreachable => Errno::ENOPROTOOPT,
        Error::BrokenPipe => Errno::EPIPE,
    }
}

impl Tcp {
    /// Does something with a socket's connection, and looks the connection over. `unconnected` is
    /// the error of a socket that has none.
    fn with_connection<T>(
        &mut self,
        env: &mut Env<'_>,
        id: SocketId,
        unconnected: Errno,
        call: impl FnOnce(&mut Connection, &Env<'_>) -> Result<T, Error>,
    ) -> Result<T, Errno> {
        let Role::Connection(connection) = &mut self.owned(id)?.role else {
            return Err(unconnected);
        };
        let result = call(connection, env);
        self.review(env, id.slot, Events::empty());
        result.map_err(errno)
    }

    /// Takes bytes to send, copying them; says how many.
    pub(crate) fn send(
        &mut self,
        env: &mut Env<'_>,
        id: SocketId,
        bytes: &[u8],
    ) -> Result<usize, Errno> {
        self.with_connection(env, id, Errno::EPIPE, |connection, env| {
            connection.write(&env.sysctls.tcp, bytes)
        })
    }

    /// Takes bytes to send by reference; says how many.
    pub(crate) fn send_bytes(
        &mut self,
        env: &mut Env<'_>,
        id: SocketId,
        bytes: Bytes,
    ) -> Result<usize, Errno> {
        self.with_connection(env, id, Errno::EPIPE, |connection, env| {
            connection.write_bytes(&env.sysctls.tcp, bytes)
        })
    }

    /// Copies received bytes out; with `peek` they stay. 0 at the end of the stream.
    pub(crate) fn recv(
        &mut self,
        env: &mut Env<'_>,
        id: SocketId,
        out: &mut [u8],
        peek: bool,
    ) -> Result<usize, Errno> {
        self.with_connection(env, id, Errno::ENOTCONN, |connection, _| {
            if peek {
                connection.peek(out)
            } else {
                connection.read(out)
            }
        })
    }

    /// Gives received bytes by reference, at most `max`. None at the end of the stream.
    pub(crate) fn recv_bytes(
        &mut self,
        env: &mut Env<'_>,
        id: SocketId,
        max: usize,
    ) -> Result<Payload, Errno> {
        self.with_connection(env, id, Errno::ENOTCONN, |connection, _| {
            connection.read_payload(max)
        })
    }
}
