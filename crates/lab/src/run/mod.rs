//! Lets a lab run: its programs, and what happens to it.

mod arrange;
mod info;
mod load;
mod ping;
mod programs;
mod routing;
mod transfer;
mod web;

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::build::Lab;
use crate::meter::Meter;
use crate::outside::{self, Door, DoorError, Tallies};
use crate::report::{Ended, Outcome, Report};
use crate::scenario::{Event, Fault};
use base::Instant;
use fabric::LinkId;
use landline::Network;
use landline::lan::LanRuntime;
use programs::Programs;
use routing::Speakers;
use thiserror::Error;

/// How a lab is run.
#[derive(Default)]
pub struct Run {
    /// When it ends at the latest; else the scenario's `until`.
    pub until: Option<Duration>,
    /// Set from outside, it ends the run, and the report says what was so far.
    pub stop: Arc<AtomicBool>,
    /// Hears of the run from time to time: what time it is in the lab, and how many frames were put
    /// on its wires.
    pub progress: Option<Box<dyn FnMut(Instant, u64) + Send>>,
    /// What is measured at the hosts' cards; nothing without it.
    pub measure: Option<Measure>,
    /// Hears of the published ports, when all of them are open.
    pub opened: Option<Opened>,
}

/// What is measured at the hosts' cards, at the price of a look into each frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    /// How many of the frames that die are told one by one.
    pub deaths: usize,
}

/// Hears of published ports.
pub type Opened = Box<dyn FnMut(&[Door]) + Send>;

/// Why a run came to nothing, or its record did.
#[derive(Debug, Error)]
pub enum RunError {
    /// A published port cannot be opened; nothing has run.
    #[error(transparent)]
    Door(#[from] DoorError),
    /// The capture could not be written.
    #[error(transparent)]
    Capture(io::Error),
}

/// How often the run looks whether it is to stop, in the lab's time.
const LOOK: Duration = Duration::from_millis(100);

/// How often it looks at most seldom: in virtual time, while nothing is sent, each time is twice as long
/// as the one before. An idle hour is over before anybody could have stopped it.
const LOOK_SELDOM: Duration = Duration::from_secs(60);

impl Lab {
    /// Records every frame at every host's cards into a pcapng file, from now on.
    ///
    /// # Errors
    /// The file system's, with the path.
    pub fn capture(&self, path: &Path) -> io::Result<()> {
        self.lan().capture(path)
    }

    /// As [`capture`](Self::capture), into a file of its own for each host, `NAME.pcapng` in a folder,
    /// which is made if it is not there.
    ///
    /// # Errors
    /// The file system's.
    pub fn capture_each(&self, folder: &Path) -> io::Result<()> {
        self.lan().capture_each(folder)
    }

    /// Runs every program and lets everything happen, until all programs that end have ended, or
    /// it is as late as it may be. With nothing that ends and no `until`, that is at once; but a lab
    /// that others come into from outside is there for them until it is stopped.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn run(self, run: Run) -> Result<Report, RunError> {
        let lab = Arc::new(self);
        let outcomes = Arc::default();
        let tallies = Tallies::default();
        let meter = run.measure.map(|measure| lab.measure(measure));
        let direct = direct(Arc::clone(&lab), run, Arc::clone(&outcomes), &tallies);
        // The programs of the house know only their network's time.
        let runtime = LanRuntime::without_tokio_timers(lab.lan());
        let ended = runtime.run(direct).unwrap_or(Ok(Ended::Stuck))?;
        lab.lan().finish_capture().map_err(RunError::Capture)?;
        let mut outcomes = outcomes
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let outcomes: Vec<Outcome> = std::mem::take(&mut *outcomes);
        let measures = meter.map(|meter| {
            let fabric = lab.lan();
            fabric.with_fabric(|fabric| meter.report(|port| fabric.port_name(port)))
        });
        Ok(Report {
            measures,
            ..Report::of(&lab, ended, outcomes, tallies.report())
        })
    }

    /// Measures at every host's cards from now on.
    fn measure(&self, measure: Measure) -> Meter {
        let hosts = self.scenario().hosts().map(|(node, _)| node.name.clone());
        let hosts: Vec<String> = hosts.collect();
        let numbers: HashMap<&str, usize> = hosts.iter().map(String::as_str).zip(0..).collect();
        let links: Vec<LinkId> = self.cables().collect();
        let cards = self.lan().with_fabric(|fabric| {
            let ports = links.into_iter().flat_map(|link| fabric.ends(link));
            let of_host = |port| numbers.get(fabric.name(fabric.node_of(port))).copied();
            ports
                .filter_map(|port| Some((port, of_host(port)?)))
                .collect()
        });
        let meter = Meter::new(hosts, cards, measure.deaths);
        self.lan().observe(meter.clone());
        meter
    }
}

/// Starts everything, and waits for the end.
async fn direct(
    lab: Arc<Lab>,
    mut run: Run,
    outcomes: programs::Outcomes,
    tallies: &Tallies,
) -> Result<Ended, RunError> {
    // Before anybody speaks.
    let _uplinks = outside::uplinks(&lab, tallies);
    let mut speakers = Speakers::start(&lab, &outcomes);
    let mut programs = Programs::start(&lab, &outcomes);
    // Whoever serves at once listens before anybody is let in.
    tokio::task::yield_now().await;
    let doors = outside::open(&lab, tallies).await?;
    if let Some(opened) = &mut run.opened {
        opened(&doors.open);
    }
    let mut events = lab.scenario().events.iter().peekable();
    let until = run.until.or(lab.scenario().until);
    let until = until.map(|until| Instant::ZERO + until.into());
    let stays = until.is_some() || !doors.is_empty() || lab.scenario().has_taps();
    if programs.ending.is_empty() && !stays {
        return Ok(Ended::Done);
    }
    let (mut look, mut seen) = (LOOK, 0);
    loop {
        let now = lab.lan().now();
        let frames = lab.lan().with_fabric(|fabric| fabric.frames());
        if let Some(progress) = &mut run.progress {
            progress(now, frames);
        }
        look = match frames == seen && !lab.lan().is_in_real_time() {
            true => (look * 2).min(LOOK_SELDOM),
            false => LOOK,
        };
        seen = frames;
        if run.stop.load(Ordering::Relaxed) {
            return Ok(Ended::Stopped);
        }
        if until.is_some_and(|until| now >= until) {
            return Ok(Ended::Until);
        }
        let due = |event: &&Event| Instant::ZERO + event.at.into() <= now;
        while let Some(event) = events.next_if(due) {
            lab.happen(&event.fault);
            match &event.fault {
                Fault::Crash(host) => {
                    speakers.crash(&host.value);
                    programs.crash(&host.value);
                }
                Fault::Restart(host) => {
                    speakers.restart(&host.value);
                    programs.restart(&host.value);
                }
                _ => {}
            }
        }
        let mut next = now + look.into();
        next = until.map_or(next, |until| next.min(until));
        if let Some(event) = events.peek() {
            next = next.min(Instant::ZERO + event.at.into());
        }
        let left: Duration = next.since(now).into();
        let ended = tokio::select! {
            biased;
            ended = programs.ending.join_next() => Some(ended.is_some()),
            () = lab.lan().sleep(left) => None,
        };
        // With nothing to stay for the run is over with the last of them, unless a host starts again.
        if ended == Some(false) {
            let again = |event: &Event| matches!(event.fault, Fault::Restart(_));
            if !stays && !events.clone().any(again) {
                return Ok(Ended::Done);
            }
            lab.lan().sleep(left).await;
        }
    }
}

/// Waits until it is so late in the lab.
async fn sleep_until(network: &Network, at: Duration) {
    sleep_until_instant(network, Instant::ZERO + at.into()).await;
}

async fn sleep_until_instant(network: &Network, at: Instant) {
    let left: Duration = at.since(network.now()).into();
    if !left.is_zero() {
        network.sleep(left).await;
    }
}

/// An error in a report: without its number.
pub(crate) fn words_of(error: &io::Error) -> String {
    let words = error.to_string();
    match words.split_once(" (os error") {
        Some((words, _)) => words.to_owned(),
        None => words,
    }
}
