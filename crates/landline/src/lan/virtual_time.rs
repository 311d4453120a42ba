//! Time that goes on when everybody waits.
//!
//! tokio keeps a clock of its own for its timers. On a LAN in virtual time it is paused, and so moves
//! on by itself to its next timer whenever no task can run. One of these timers is ours: a task, the
//! hand, sleeps until something happens on the LAN next. So whichever is first comes first, the LAN's
//! frame or a program's `tokio::time::timeout`.
//!
//! tokio counts milliseconds and the LAN nanoseconds. tokio's clock is therefore the LAN's rounded up,
//! and what is to happen on the LAN by then still happens at its own moment.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use ::tokio::time::{Instant as TokioInstant, sleep_until};
use base::Instant;
use host::driver::Woken;
use thiserror::Error;

use super::Lan;
use super::world::{FOR_EVER, Passed};

/// On a LAN in virtual time everybody waits, and nothing is under way that could change that: no
/// frame, no timer, nobody who sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "at {at} s of the LAN's time everybody waits, and nothing is under way that could wake anybody: \
     no frame, no timer, no sleeper"
)]
pub struct Stuck {
    at: Instant,
}

impl Stuck {
    pub(super) const fn at(at: Instant) -> Self {
        Self { at }
    }
}

/// What a runtime's hooks, its hand and whoever waits for its main task know together.
#[derive(Default)]
pub(super) struct Watch(Mutex<Watched>);

#[derive(Default)]
struct Watched {
    /// Nothing will ever happen again.
    stuck: Option<Stuck>,
    /// Who waits for the main task.
    main: Option<Waker>,
    /// tokio's clock, where it runs beside the LAN's.
    beside: Option<Beside>,
    /// What the hand is to sleep until.
    wanted: Option<Instant>,
    hand: Option<Waker>,
    /// Since when nobody has been woken by anything on the LAN.
    idle: Option<Instant>,
    /// Somebody was woken before this thread parked, and has not run yet: it is still that moment.
    woke: bool,
}

/// What a runtime's thread does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// No task can run, and it is to park.
    Parking,
    /// It has parked, if only to look at tokio's timers, and tokio's clock may have moved.
    Parked,
}

/// One moment on both clocks.
#[derive(Clone, Copy)]
struct Beside {
    tokio: TokioInstant,
    lan: Instant,
}

impl Beside {
    /// tokio's time, on the LAN's clock.
    fn now(self) -> Instant {
        self.lan + TokioInstant::now().duration_since(self.tokio).into()
    }

    fn to_tokio(self, at: Instant) -> TokioInstant {
        self.tokio + at.since(self.lan).into()
    }
}

impl Watch {
    fn lock(&self) -> MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// tokio's clock begins to run beside the LAN's, where it is `lan` now.
    pub(super) fn begin(&self, lan: Instant) {
        self.lock().beside = Some(Beside {
            tokio: TokioInstant::now(),
            lan,
        });
    }

    /// Whether everybody waits for ever; who asks is woken when that is found.
    pub(super) fn stuck(&self, main: &Waker) -> Option<Stuck> {
        let mut watched = self.lock();
        watched.main = Some(main.clone());
        watched.stuck.take()
    }

    fn everybody_is_stuck(&self, at: Instant, woken: &mut Woken) {
        let mut watched = self.lock();
        watched.stuck = Some(Stuck::at(at));
        watched.idle = None;
        woken.extend(watched.main.take());
    }
}

/// Lets tokio's clock go on to each moment at which something is to happen on the LAN.
pub(super) async fn hand(watch: Arc<Watch>) {
    let mut sleep = pin!(sleep_until(TokioInstant::now()));
    let mut until = None;
    poll_fn(|cx| {
        let mut watched = watch.lock();
        watched.hand = Some(cx.waker().clone());
        if let (Some(wanted), Some(beside)) = (watched.wanted, watched.beside)
            && until != Some(wanted)
        {
            until = Some(wanted);
            sleep.as_mut().reset(beside.to_tokio(wanted));
        }
        drop(watched);
        // When it is over, the LAN goes on as soon as this thread is to park.
        if until.is_some() && sleep.as_mut().poll(cx).is_ready() {
            until = None;
            watch.lock().wanted = None;
        }
        Poll::<()>::Pending
    })
    .await;
}

impl Lan {
    /// Goes on to the next moment at which somebody is to be woken, but not past tokio's clock.
    pub(super) fn let_time_go_on(&self, watch: &Watch, moment: Moment) {
        let mut watched = watch.lock();
        if moment == Moment::Parking {
            watched.woke = false;
        }
        let Some(beside) = watched.beside.filter(|_| !watched.woke) else {
            return;
        };
        drop(watched);
        let mut world = self.world();
        let mut woken = Woken::new();
        let reached = beside.now();
        let limit = reached.max(world.fabric.now());
        if world.pass(Some(limit), &mut woken) == Passed::Woke {
            let mut watched = watch.lock();
            (watched.idle, watched.woke) = (None, true);
        } else {
            let mut watched = watch.lock();
            let idle = *watched.idle.get_or_insert(limit);
            // Of a program that made time go on by a call that blocks, tokio has not heard yet.
            let next = if limit > reached {
                limit
            } else {
                world.next().unwrap_or(idle + FOR_EVER)
            };
            // A hand that is woken for nothing would keep this thread from parking.
            if watched.wanted.replace(next) != Some(next) {
                woken.extend(watched.hand.take());
            }
            drop(watched);
            if limit.since(idle) >= FOR_EVER {
                watch.everybody_is_stuck(idle, &mut woken);
            }
        }
        drop(world);
        for waker in woken {
            waker.wake();
        }
    }

    /// As [`let_time_go_on`](Self::let_time_go_on), where no clock of tokio's runs beside the LAN's.
    pub(super) fn let_time_go_on_alone(&self, watch: &Watch) {
        let mut world = self.world();
        let mut woken = Woken::new();
        if world.pass(None, &mut woken) == Passed::Nothing {
            watch.everybody_is_stuck(world.fabric.now(), &mut woken);
        }
        drop(world);
        for waker in woken {
            waker.wake();
        }
    }
}
