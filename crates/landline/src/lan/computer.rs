//! One of a LAN's hosts, as sockets see it.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use base::Instant;
use fabric::HostId;
use host::driver::Woken;
use stack::Stack;

use super::Lan;
use super::timers::Alarm;
use super::virtual_time::Stuck;
use super::world::Passed;
use crate::ours::{Computer, Wakers};

/// A host on a LAN.
pub(super) struct HostOnLan {
    lan: Lan,
    id: HostId,
    /// Which of the host's lives: it ends when the host crashes.
    life: u32,
}

impl HostOnLan {
    pub(super) const fn new(lan: Lan, id: HostId, life: u32) -> Self {
        Self { lan, id, life }
    }
}

impl Computer for HostOnLan {
    fn with(&self, call: &mut dyn FnMut(&mut Stack, &mut Wakers, Instant)) {
        self.lan
            .call(|world, now| world.call_host((self.id, self.life), now, call));
    }

    fn now(&self) -> Instant {
        self.lan.now()
    }

    /// In virtual time whoever waits lets time go on.
    fn park(&self, deadline: Option<Instant>) -> io::Result<()> {
        if let Some(pace) = &self.lan.0.pace {
            pace.park(deadline);
            return Ok(());
        }
        let mut woken = Woken::new();
        let passed = self.lan.world().pass(deadline, &mut woken);
        for waker in woken {
            waker.wake();
        }
        match passed {
            Passed::Woke | Passed::Limit => Ok(()),
            Passed::Nothing => Err(io::Error::other(Stuck::at(self.now()))),
        }
    }

    fn sleep(&self, deadline: Instant) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(Sleep::until(&self.lan, deadline))
    }
}

impl fmt::Debug for HostOnLan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HostOnLan").field(&self.id).finish()
    }
}

/// Waits for a moment of the LAN's time.
pub(super) struct Sleep<'a> {
    lan: &'a Lan,
    deadline: Instant,
    alarm: Option<Alarm>,
}

impl<'a> Sleep<'a> {
    pub(super) const fn until(lan: &'a Lan, deadline: Instant) -> Self {
        Self {
            lan,
            deadline,
            alarm: None,
        }
    }
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self {
            lan,
            deadline,
            alarm,
        } = &mut *self;
        lan.call(|world, now| {
            if now >= *deadline {
                if let Some(alarm) = alarm.take() {
                    world.timers.give_up(alarm);
                }
                return Poll::Ready(());
            }
            match alarm {
                Some(alarm) => world.timers.change(*alarm, cx.waker()),
                None => *alarm = Some(world.timers.set(*deadline, cx.waker())),
            }
            Poll::Pending
        })
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(alarm) = self.alarm.take() {
            self.lan.call(|world, _| world.timers.give_up(alarm));
        }
    }
}
