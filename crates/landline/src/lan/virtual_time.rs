//! Time that goes on when everybody waits.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

use ::tokio::runtime::Builder;
use base::Instant;
use host::driver::Woken;
use thiserror::Error;

use super::Lan;
use super::world::Passed;

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

/// Whom to tell when nothing will ever happen again.
#[derive(Default)]
struct Watch {
    stuck: Option<Stuck>,
    waker: Option<Waker>,
}

impl Lan {
    /// Runs `future`, and the tasks that it spawns, to its end. On a LAN in virtual time nothing
    /// waits for the clock: whenever no task can go on, it is the moment at which something
    /// happens next.
    ///
    /// The runtime is tokio's, on this thread; tasks that are left when `future` ends are
    /// dropped. Programs wait by [`Network::sleep`](crate::Network::sleep) and
    /// [`Network::timeout`](crate::Network::timeout). In virtual time tokio's own timers and
    /// sockets are not there (they panic), and work handed to other threads (`spawn_blocking`) is
    /// not waited for.
    ///
    /// # Panics
    ///
    /// - When `future` waits for what will never come; [`try_block_on`](Self::try_block_on) gives
    ///   an error instead.
    /// - Inside a tokio runtime.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        match self.try_block_on(future) {
            Ok(output) => output,
            Err(stuck) => panic!("{stuck}"),
        }
    }

    /// As [`block_on`](Self::block_on), for a future that may wait for what never comes.
    ///
    /// # Errors
    ///
    /// [`Stuck`], in virtual time.
    ///
    /// # Panics
    ///
    /// Inside a tokio runtime.
    pub fn try_block_on<F: Future>(&self, future: F) -> Result<F::Output, Stuck> {
        let watch = Arc::new(Mutex::new(Watch::default()));
        let mut builder = Builder::new_current_thread();
        if self.0.pace.is_some() {
            builder.enable_all();
        } else {
            let (lan, watch) = (self.clone(), Arc::clone(&watch));
            builder.on_thread_park(move || lan.let_time_go_on(&watch));
        }
        let runtime = builder
            .build()
            .expect("a runtime without drivers needs nothing");
        let mut future = pin!(future);
        runtime.block_on(poll_fn(|cx| {
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Ok(output));
            }
            let mut watch = watch.lock().unwrap_or_else(PoisonError::into_inner);
            match watch.stuck {
                Some(stuck) => Poll::Ready(Err(stuck)),
                None => {
                    watch.waker = Some(cx.waker().clone());
                    Poll::Pending
                }
            }
        }))
    }

    /// No task can run: goes on to the moment at which one can.
    fn let_time_go_on(&self, watch: &Mutex<Watch>) {
        let mut world = self.world();
        let mut woken = Woken::new();
        let passed = world.pass(None, &mut woken);
        let now = world.fabric.now();
        drop(world);
        if passed == Passed::Nothing {
            let mut watch = watch.lock().unwrap_or_else(PoisonError::into_inner);
            watch.stuck = Some(Stuck::at(now));
            woken.extend(watch.waker.take());
        }
        for waker in woken {
            waker.wake();
        }
    }
}
