//! An answer or a repetition is due.

use base::Instant;

use super::Multicast;
use crate::interface::InterfaceId;
use crate::timer::{TimerKey, Wheel};

/// A group's time has come.
pub(crate) fn group(
    multicast: &mut Multicast,
    timers: &mut Wheel<TimerKey>,
    now: Instant,
    slot: u32,
) {
    let Some(group) = multicast.groups.get_mut(slot as usize) else {
        return;
    };
    group.timer = None;
    if group.change_at.is_some_and(|at| at <= now) {
        group.change_at = None;
        if group.is_changing() {
            group.owes.change = true;
        } else {
            group.owes.report = true;
        }
    }
    if group
        .response
        .as_ref()
        .is_some_and(|response| response.at <= now)
    {
        group.owes.response = true;
    }
    multicast.ready(slot);
    // What has just come due waits for the mouth, and no timer.
    let Some(group) = multicast.groups.get_mut(slot as usize) else {
        return;
    };
    let owes_response = group.owes.response;
    let later = group.response.as_ref().filter(|_| !owes_response);
    let next = group
        .change_at
        .into_iter()
        .chain(later.map(|later| later.at));
    if let Some(at) = next.min() {
        group.timer = Some(timers.arm(at, TimerKey::Group(slot)));
    }
}

/// Everything that this host listens to at an interface is to be told.
pub(crate) fn listener(multicast: &mut Multicast, now: Instant, iface: u16, v6: bool) {
    let iface = InterfaceId(iface);
    if let Some(querier) = multicast.queriers.get_mut(&(iface, v6)) {
        querier.answer = None;
    }
    multicast.tell_all(now, iface, v6);
}
