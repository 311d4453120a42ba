//! A runtime whose tasks live in a LAN's time.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use ::tokio::runtime::{Builder, Runtime};
use ::tokio::task::JoinHandle;

use super::Lan;
use super::virtual_time::{Moment, Stuck, Watch, hand};

/// Runs programs on the hosts of a [`Lan`], on the thread that calls [`run`](Self::run). Tasks that
/// were spawned stay from one call to the next, and end with it.
///
/// On a LAN in virtual time nothing waits for a clock: whenever no task can go on, it is the moment at
/// which something happens next. tokio's own timers follow the LAN's time, to the millisecond, rounded
/// up; [`Network::sleep`](crate::Network::sleep) and [`Network::timeout`](crate::Network::timeout) are
/// exact. tokio's own sockets are not there (they panic), and work handed to other threads
/// (`spawn_blocking`) holds up tokio's timers, and not the LAN.
///
/// ```
/// use std::time::Duration;
/// use landline::lan::LanRuntime;
/// use landline::{Lan, LanHost};
///
/// let lan = Lan::new(7);
/// let alice = lan.add_host(&LanHost::new("alice"))?;
/// let runtime = LanRuntime::new(&lan);
/// let task = runtime.spawn(async move {
///     tokio::time::sleep(Duration::from_secs(3600)).await;
///     alice.now()
/// });
/// let at = runtime.run(task)?.expect("it does not panic");
/// assert_eq!(at.as_millis(), 3_600_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LanRuntime {
    runtime: Runtime,
    watch: Arc<Watch>,
}

impl LanRuntime {
    /// A runtime for programs on `lan`.
    pub fn new(lan: &Lan) -> Self {
        let mut builder = Builder::new_current_thread();
        let watch = Arc::new(Watch::default());
        if lan.0.pace.is_some() {
            let runtime = built(builder.enable_all());
            return Self { runtime, watch };
        }
        let hook = |moment| {
            let (lan, watch) = (lan.clone(), Arc::clone(&watch));
            move || lan.let_time_go_on(&watch, moment)
        };
        builder.on_thread_park(hook(Moment::Parking));
        builder.on_thread_unpark(hook(Moment::Parked));
        let runtime = built(builder.enable_time().start_paused(true));
        let now = lan.now();
        runtime.block_on(async { watch.begin(now) });
        runtime.spawn(hand(Arc::clone(&watch)));
        Self { runtime, watch }
    }

    /// A runtime without tokio's timers (they panic) for programs that do not need them: on a LAN in
    /// virtual time, half the work of a moment at which hardly anything happens.
    pub fn without_tokio_timers(lan: &Lan) -> Self {
        if lan.0.pace.is_some() {
            return Self::new(lan);
        }
        let watch = Arc::new(Watch::default());
        let (lan, of_hook) = (lan.clone(), Arc::clone(&watch));
        let mut builder = Builder::new_current_thread();
        builder.on_thread_park(move || lan.let_time_go_on_alone(&of_hook));
        let runtime = built(&mut builder);
        Self { runtime, watch }
    }

    /// Starts a task. It goes on whenever [`run`](Self::run) is called.
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.runtime.spawn(future)
    }

    /// Runs `future` to its end, and the tasks of this runtime meanwhile.
    ///
    /// # Errors
    ///
    /// [`Stuck`], in virtual time, when it waits for what never comes.
    ///
    /// # Panics
    ///
    /// Inside a tokio runtime.
    pub fn run<F: Future>(&self, future: F) -> Result<F::Output, Stuck> {
        let mut future = pin!(future);
        self.runtime.block_on(poll_fn(|cx| {
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Ok(output));
            }
            match self.watch.stuck(cx.waker()) {
                Some(stuck) => Poll::Ready(Err(stuck)),
                None => Poll::Pending,
            }
        }))
    }
}

impl fmt::Debug for LanRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LanRuntime").finish_non_exhaustive()
    }
}

fn built(builder: &mut Builder) -> Runtime {
    builder
        .build()
        .expect("a runtime on this thread needs nothing but memory")
}

impl Lan {
    /// Runs `future`, and the tasks that it spawns, to its end; tasks that are left then are dropped.
    /// [`LanRuntime`] says how time goes on meanwhile.
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
        LanRuntime::new(self).run(future)
    }
}
