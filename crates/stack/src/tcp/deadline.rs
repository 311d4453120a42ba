//! The time of a connection has come.

use core::net::IpAddr;

use tcp::Events;

use super::row::Role;
use super::small::Kept;
use super::{Env, Tcp};
use crate::interface::InterfaceId;

/// A way on which nothing is heard any more: from which address, to which, and by which interface
/// where the address says nothing without one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Suspect {
    pub(crate) src: IpAddr,
    pub(crate) dst: IpAddr,
    pub(crate) iface: Option<InterfaceId>,
}

/// A row's entry in the wheel has fired. The deadline may have moved on since it was armed.
pub(crate) fn fire(tcp: &mut Tcp, env: &mut Env<'_>, kept: u32) -> Option<Suspect> {
    let slot = match Kept::unpack(kept) {
        Kept::Row(slot) => slot,
        small => {
            tcp.small_due(env, small);
            return None;
        }
    };
    let row = tcp.rows.get_mut(slot)?;
    row.timer = None;
    let due = row.deadline().is_some_and(|deadline| deadline <= env.now);
    if !due {
        tcp.arm(env, slot);
        return None;
    }
    match &mut row.role {
        Role::Fresh(_) | Role::Listener(_) => {}
        Role::Connection(connection) => {
            let arrival = connection.on_deadline(env.now, &env.sysctls.tcp);
            let suspect = arrival.events.contains(Events::PATH_SUSPECT);
            let suspect = suspect.then(|| Suspect {
                src: row.local.addr,
                dst: row.remote.addr,
                iface: row.remote.exit(),
            });
            if row.connection().is_some_and(|it| it.is_fast_open_suspect()) {
                tcp.fast_opens.suspect(env.now);
            }
            tcp.review(env, slot, arrival.events - Events::PATH_SUSPECT);
            return suspect;
        }
    }
    None
}
