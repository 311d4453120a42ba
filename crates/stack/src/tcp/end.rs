//! Calls that end: `shutdown`, `close`.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use base::Duration;
use tcp::{Events, State};

use super::flow::End;
use super::row::{Marks, Role, Row};
use super::small::Kept;
use super::transfer::errno;
use super::{Env, Tcp};
use crate::socket::common::Flags;
use crate::socket::{Errno, How, SocketId};
use crate::stack::Closing;

impl Tcp {
    /// Closes directions. A listener that reads no more stops listening.
    pub(crate) fn shutdown(
        &mut self,
        env: &mut Env<'_>,
        id: SocketId,
        how: How,
    ) -> Result<(), Errno> {
        let row = self.owned(id)?;
        match &mut row.role {
            Role::Listener(_) if how.read() => self.stop_listening(env, id.slot),
            Role::Listener(_) => {}
            // As Linux: a call that is under way is taken back.
            Role::Connection(connection) if connection.state() == State::SynSent => {
                return self.disconnect(env, id);
            }
            Role::Connection(connection)
                if matches!(connection.state(), State::Closed | State::TimeWait) =>
            {
                return Err(Errno::ENOTCONN);
            }
            Role::Connection(connection) => {
                if how.write() {
                    connection.shutdown_write().map_err(errno)?;
                }
                if how.read() {
                    connection.shutdown_read().map_err(errno)?;
                }
                self.review(env, id.slot, Events::READABLE);
            }
            Role::Fresh(_) => {
                // Linux says so, and does it all the same.
                row.common.flags.set(
                    Flags::READ_SHUT,
                    how.read() || row.common.has(Flags::READ_SHUT),
                );
                return Err(Errno::ENOTCONN);
            }
        }
        self.announce(id.slot);
        Ok(())
    }

    /// Resets those who wait to be accepted; those who are half-way in are reset when they are next
    /// heard of.
    fn stop_listening(&mut self, env: &mut Env<'_>, slot: u32) {
        let Some(row) = self.rows.get_mut(slot) else {
            return;
        };
        let role = mem::replace(&mut row.role, Role::Fresh(Box::default()));
        let Role::Listener(listener) = role else {
            row.role = role;
            return;
        };
        row.role = Role::Fresh(Box::new(listener.options));
        for caller in listener.queue {
            let Some(row) = self.rows.get_mut(caller) else {
                continue;
            };
            row.marks -= Marks::QUEUED;
            if let Some(connection) = row.connection() {
                connection.abort();
            }
            self.review(env, caller, Events::empty());
        }
    }

    /// Takes a socket's peer from it: a connection is reset, a listener stops listening. What the
    /// program chose of its name it keeps.
    pub(crate) fn disconnect(&mut self, env: &mut Env<'_>, id: SocketId) -> Result<(), Errno> {
        let slot = id.slot;
        let row = self.owned(id)?;
        if matches!(row.role, Role::Listener(_)) {
            self.stop_listening(env, slot);
            return Ok(());
        }
        let fresh = Role::Fresh(Box::new(row.options()));
        let Role::Connection(mut connection) = mem::replace(&mut row.role, fresh) else {
            return Ok(());
        };
        // `tcp_need_reset`, and a call that was under way.
        let state = connection.state();
        if state == State::SynSent || (state.is_synchronized() && state != State::TimeWait) {
            row.common.error = Some(Errno::ECONNRESET);
        }
        connection.abort();
        row.marks -= Marks::CONNECT_TOLD;
        if let Some((_, timer)) = row.timer.take() {
            env.timers.disarm(timer);
        }
        let (common, flow) = (row.common.clone(), row.flow());
        self.unlink_flow(slot);
        let row = self.owned(id)?;
        let any = End::from(row.common.unbound());
        row.remote = any;
        if !row.marks.contains(Marks::ADDR_CHOSEN) {
            row.local = End {
                port: row.local.port,
                ..any
            };
        }
        // A port that was drawn for the call stays its own, as in Linux.
        if !row.marks.contains(Marks::HOLDS_PORT) {
            let local = row.local;
            self.take_port(slot, local);
        }
        if connection.wants_transmit() {
            // The RST goes out on a row of its own.
            let role = Role::Connection(connection);
            let mut rest = Row::new(role, common, flow.local, flow.remote);
            rest.common.flags &= Flags::REUSE_ADDR | Flags::REUSE_PORT;
            if let Some(rest) = self.rows.insert(rest) {
                self.link_flow(rest);
                self.review(env, rest, Events::empty());
            }
        }
        Ok(())
    }

    /// Closes a socket; its id is unknown from then on. Its connection goes on until it is done.
    pub(crate) fn close(&mut self, env: &mut Env<'_>, id: SocketId) -> Result<Closing, Errno> {
        let slot = id.slot;
        let row = self.owned(id)?;
        row.marks -= Marks::OWNED;
        let linger = row.linger;
        if matches!(row.role, Role::Listener(_)) {
            self.stop_listening(env, slot);
        }
        self.rows.revoke(slot);
        let Some(row) = self.rows.get_mut(slot) else {
            return Ok(Closing::Done);
        };
        let Role::Connection(connection) = &mut row.role else {
            self.forget(env, slot);
            return Ok(Closing::Done);
        };
        if linger == Some(Duration::ZERO) || self.orphans >= env.sysctls.tcp_max_orphans {
            connection.abort();
        } else {
            connection.close(env.now, &env.sysctls.tcp);
        }
        if !matches!(connection.state(), State::Closed | State::TimeWait) {
            row.marks |= Marks::ORPHAN;
            self.orphans += 1;
        }
        let closing = match linger {
            Some(time) if time > Duration::ZERO && !row.has_delivered() => {
                self.lingering.insert(slot, id);
                Closing::Lingers {
                    until: env.now + time,
                }
            }
            _ => Closing::Done,
        };
        self.review(env, slot, Events::empty());
        Ok(closing)
    }

    /// Resets every connection, whoever holds it.
    pub(crate) fn reset_all(&mut self, env: &mut Env<'_>) {
        let slots: Vec<u32> = self.rows.iter().map(|(slot, _)| slot).collect();
        for slot in slots {
            if let Some(connection) = self.rows.get_mut(slot).and_then(Row::connection) {
                connection.abort();
                self.review(env, slot, Events::empty());
            }
        }
        let half_closed = self
            .rests
            .iter()
            .filter(|(_, rest)| rest.wait.is_fin_wait_2());
        let owing = half_closed.map(|(slot, _)| Kept::Rest(slot).pack());
        self.ready.extend(owing);
    }
}
