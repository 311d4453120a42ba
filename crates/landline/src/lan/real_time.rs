//! Time that goes on by the clock.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use base::{Duration, Instant};
use host::Clock;
use host::driver::Woken;

use super::world::World;

/// The thread that lets a LAN's time go on by the clock; it ends when this is dropped.
pub(super) struct Pace {
    clock: Clock,
    /// When the LAN's time began.
    began: Instant,
    world: Arc<Mutex<World>>,
    thread: Option<JoinHandle<()>>,
}

impl Pace {
    pub(super) fn start(world: &Arc<Mutex<World>>) -> io::Result<Self> {
        let clock = Clock::start();
        let began = clock.now();
        let of_thread = Arc::clone(world);
        let thread = thread::Builder::new()
            .name("landline-lan".into())
            .spawn(move || run(&of_thread, clock, began))?;
        Ok(Self {
            clock,
            began,
            world: Arc::clone(world),
            thread: Some(thread),
        })
    }

    /// What time it is on the LAN.
    pub(super) fn now(&self) -> Instant {
        lan_time(self.clock, self.began)
    }

    /// From 1970 (UTC) to the LAN's beginning.
    pub(super) fn origin(&self) -> Duration {
        self.clock.origin() + self.began.since(Instant::ZERO)
    }

    /// Something happens before the thread meant to look again.
    pub(super) fn kick(&self) {
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }

    /// Rests until the calling thread is unparked, or until `deadline`.
    pub(super) fn park(&self, deadline: Option<Instant>) {
        match deadline {
            None => thread::park(),
            Some(deadline) => thread::park_timeout(deadline.since(self.now()).into()),
        }
    }
}

impl Drop for Pace {
    fn drop(&mut self) {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.ended = true;
        drop(world);
        self.kick();
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
        {
            // Its panic was printed when it happened.
            let _ = thread.join();
        }
    }
}

fn lan_time(clock: Clock, began: Instant) -> Instant {
    Instant::ZERO + clock.now().since(began)
}

fn run(world: &Mutex<World>, clock: Clock, began: Instant) {
    loop {
        let mut woken = Woken::new();
        let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
        if world.ended {
            return;
        }
        world.catch_up(lan_time(clock, began), &mut woken);
        let next = world.next();
        world.sleeps_until = next.unwrap_or(Instant::FAR_FUTURE);
        drop(world);
        for waker in woken {
            waker.wake();
        }
        match next {
            None => thread::park(),
            Some(at) => thread::park_timeout(at.since(lan_time(clock, began)).into()),
        }
    }
}
