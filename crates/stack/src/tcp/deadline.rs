//! The time of a connection has come.

use tcp::HalfOpenOutcome;

use super::row::Role;
use super::{Env, Tcp};

/// A row's entry in the wheel has fired. The deadline may have moved on since it was armed.
pub(crate) fn fire(tcp: &mut Tcp, env: &mut Env<'_>, slot: u32) {
    let Some(row) = tcp.rows.get_mut(slot) else {
        return;
    };
    row.timer = None;
    let due = row.deadline().is_some_and(|deadline| deadline <= env.now);
    if !due {
        return tcp.arm(env, slot);
    }
    match &mut row.role {
        Role::Fresh(_) | Role::Listener(_) => {}
        Role::TimeWait(_) => tcp.forget(env, slot),
        Role::HalfOpen(half_open) => match half_open.on_deadline(env.now, &env.sysctls.tcp) {
            HalfOpenOutcome::Dead(_) => tcp.forget(env, slot),
            _ => {
                tcp.make_ready(slot);
                tcp.arm(env, slot);
            }
        },
        Role::Connection(connection) => {
            let arrival = connection.on_deadline(env.now, &env.sysctls.tcp);
            if connection.is_fast_open_suspect() {
                tcp.fast_opens.suspect(env.now);
            }
            tcp.review(env, slot, arrival.events);
        }
    }
}
