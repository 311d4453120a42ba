//! What is kept of a socket or a connection: as little as its phase allows.

use alloc::boxed::Box;

use base::{Duration, Instant};
use bitflags::bitflags;
use tcp::{Connection, SocketOptions};

use super::flow::{End, Flow};
use super::listener::Listener;
use super::ports::Reuse;
use crate::socket::common::Common;
use crate::sysctl::{Ephemeral, Sysctls};
use crate::timer::TimerId;

bitflags! {
    /// How a row hangs together with the rest.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(super) struct Marks: u16 {
        /// A program holds it.
        const OWNED = 1 << 0;
        /// It waits in its listener's queue to be accepted.
        const QUEUED = 1 << 1;
        /// Its flow is in the table.
        const IN_FLOWS = 1 << 2;
        /// It is among the holders of its port.
        const HOLDS_PORT = 1 << 3;
        /// It counts among the connections without a program.
        const ORPHAN = 1 << 4;
        /// The program was told that `connect` succeeded.
        const CONNECT_TOLD = 1 << 5;
        /// The program chose its address.
        const ADDR_CHOSEN = 1 << 6;
        /// It counts among its listener's that are opening fast.
        const OPENING = 1 << 7;
    }
}

/// A row of the table.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) common: Common,
    pub(super) marks: Marks,
    /// What its connection was counted with at its port.
    pub(super) counted: Reuse,
    pub(super) local: End,
    /// Port 0 before there is a peer.
    pub(super) remote: End,
    /// Of a connection that came to a listener: its slot and serial number.
    pub(super) listener: (u32, u32),
    /// `SO_LINGER`.
    pub(super) linger: Option<Duration>,
    /// Bytes that the way out takes in one frame; 0 for one segment.
    pub(super) segmentation: u32,
    /// The entry in the wheel, and when it fires.
    pub(super) timer: Option<(Instant, TimerId)>,
    pub(super) role: Role,
}

/// The phases.
#[derive(Debug)]
pub(super) enum Role {
    /// A socket that neither listens nor connects.
    Fresh(Box<SocketOptions>),
    Listener(Box<Listener>),
    Connection(Box<Connection>),
}

impl Row {
    /// The ports that it may get without asking for one.
    pub(super) fn ephemeral<'a>(&self, sysctls: &'a Sysctls) -> Ephemeral<'a> {
        Ephemeral::new(sysctls, self.common.rare().local_port_range)
    }

    pub(super) fn new(role: Role, common: Common, local: End, remote: End) -> Self {
        Self {
            common,
            marks: Marks::empty(),
            counted: Reuse::default(),
            local,
            remote,
            listener: (u32::MAX, 0),
            linger: None,
            segmentation: 0,
            timer: None,
            role,
        }
    }

    pub(super) const fn flow(&self) -> Flow {
        Flow {
            local: self.local,
            remote: self.remote,
        }
    }

    pub(super) fn connection(&mut self) -> Option<&mut Connection> {
        match &mut self.role {
            Role::Connection(connection) => Some(connection),
            _ => None,
        }
    }

    /// When it wants to be woken.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.role {
            Role::Fresh(_) | Role::Listener(_) => None,
            Role::Connection(connection) => connection.deadline(),
        }
    }

    /// Whether the peer has acknowledged everything, so that nobody need linger.
    pub(super) fn has_delivered(&self) -> bool {
        match &self.role {
            Role::Connection(connection) => {
                use tcp::State::{FinWait2, TimeWait};
                connection.is_finished() || matches!(connection.state(), FinWait2 | TimeWait)
            }
            _ => true,
        }
    }

    /// The options that TCP keeps for it.
    pub(super) fn options(&self) -> SocketOptions {
        match &self.role {
            Role::Fresh(options) => **options,
            Role::Listener(listener) => listener.options,
            Role::Connection(connection) => connection.options(),
        }
    }
}
