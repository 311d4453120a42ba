//! Calls that move bytes.

use base::{Bytes, Payload};
use tcp::{Connection, Error, Events};

use super::row::{Role, Row};
use super::{Env, Tcp};
use crate::socket::common::Flags;
use crate::socket::{Errno, RecvFlags, SendFlags, SocketId};

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
        let row = self.owned(id)?;
        row.common.take_error()?;
        let Role::Connection(connection) = &mut row.role else {
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
        flags: SendFlags,
    ) -> Result<usize, Errno> {
        if self.is_deferred(id) {
            return self.send_deferred(env, id, bytes);
        }
        self.with_connection(env, id, Errno::EPIPE, |connection, env| {
            connection.set_more(flags.contains(SendFlags::MORE));
            connection.set_blocked_writer(flags.contains(SendFlags::BLOCKING));
            if flags.contains(SendFlags::OOB) {
                connection.write_urgent(&env.sysctls.tcp, bytes)
            } else {
                connection.write(&env.sysctls.tcp, bytes)
            }
        })
    }

    /// Takes bytes to send by reference; says how many.
    pub(crate) fn send_bytes(
        &mut self,
        env: &mut Env<'_>,
        id: SocketId,
        bytes: Bytes,
    ) -> Result<usize, Errno> {
        if self.is_deferred(id) {
            return self.send_deferred(env, id, &bytes);
        }
        self.with_connection(env, id, Errno::EPIPE, |connection, env| {
            connection.write_bytes(&env.sysctls.tcp, bytes)
        })
    }

    /// Copies received bytes out; with `PEEK` they stay, with `TRUNC` they are thrown away. 0 at the end of the stream.
    pub(crate) fn recv(
        &mut self,
        env: &mut Env<'_>,
        id: SocketId,
        out: &mut [u8],
        flags: RecvFlags,
    ) -> Result<usize, Errno> {
        let (peek, discard) = (RecvFlags::PEEK, RecvFlags::TRUNC);
        let row = self.owned(id)?;
        match &row.role {
            Role::Listener(_) => return Err(Errno::ENOTCONN),
            _ if flags.contains(RecvFlags::OOB) => return row.recv_urgent(out, flags),
            Role::Fresh(_) if row.common.has(Flags::READ_SHUT) => return Ok(0),
            // Nothing has come, so that asking changes nothing.
            Role::Connection(connection) if connection.is_dry() => {
                row.common.take_error()?;
                return Err(Errno::EAGAIN);
            }
            _ => {}
        }
        let seen = row.common.peek_off();
        let received = self.with_connection(env, id, Errno::ENOTCONN, |connection, _| {
            if flags.contains(peek) {
                connection.peek(seen.unwrap_or(0), out)
            } else if flags.contains(discard) {
                Ok(connection.read_payload(out.len())?.len())
            } else {
                connection.read(out)
            }
        })?;
        if seen.is_some() {
            let common = &mut self.owned(id)?.common;
            common.count_received(received, flags.contains(peek));
        }
        Ok(received)
    }

    /// Whether the next byte to read is the urgent one (SIOCATMARK).
    pub(crate) fn is_at_mark(&self, id: SocketId) -> Result<bool, Errno> {
        Ok(match &self.rows.find(id)?.role {
            Role::Connection(connection) => connection.is_at_mark(),
            _ => false,
        })
    }

    /// So many bytes were taken by reference, behind which peeking goes on (`SO_PEEK_OFF`).
    fn count_taken(&mut self, id: SocketId, bytes: usize) {
        if let Ok(row) = self.owned(id) {
            row.common.count_received(bytes, false);
        }
    }

    /// As [`recv_bytes`](Self::recv_bytes), but no more than one piece.
    pub(crate) fn recv_piece(
        &mut self,
        env: &mut Env<'_>,
        id: SocketId,
        max: usize,
    ) -> Result<Payload, Errno> {
        let taken = self.with_connection(env, id, Errno::ENOTCONN, |connection, _| {
            connection.read_piece(max)
        })?;
        self.count_taken(id, taken.len());
        Ok(taken)
    }

    /// Gives received bytes by reference, at most `max`. None at the end of the stream.
    pub(crate) fn recv_bytes(
        &mut self,
        env: &mut Env<'_>,
        id: SocketId,
        max: usize,
    ) -> Result<Payload, Errno> {
        let taken = self.with_connection(env, id, Errno::ENOTCONN, |connection, _| {
            connection.read_payload(max)
        })?;
        self.count_taken(id, taken.len());
        Ok(taken)
    }
}

impl Row {
    /// The urgent byte (MSG_OOB). EINVAL: there is none (tcp(7)).
    fn recv_urgent(&mut self, out: &mut [u8], flags: RecvFlags) -> Result<usize, Errno> {
        let peek = flags.contains(RecvFlags::PEEK);
        let urgent = self
            .connection()
            .and_then(|connection| connection.read_urgent(out, peek));
        urgent.ok_or(Errno::EINVAL)?.map_err(errno)
    }
}
