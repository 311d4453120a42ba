//! A capture that looks on.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base::{Frame, Instant};
use stack::InterfaceId;
use wire::LinkType;

use super::{Capture, CapturedInterface};
use crate::clock::Clock;
use crate::observer::{Direction, Observer};

/// Writes every frame that a driver sees into a capture. Clones write into the same one.
///
/// What goes wrong never disturbs the network: recording ends, and [`finish`](Self::finish) says
/// why.
#[derive(Debug)]
pub struct Recorder<W: Write = BufWriter<File>>(Arc<Mutex<State<W>>>);

#[derive(Debug)]
struct State<W: Write> {
    capture: Capture<W>,
    /// By [`InterfaceId`]: declared, or not to be recorded.
    interfaces: Vec<Option<CapturedInterface>>,
    /// It writes no more, since something went wrong.
    ended: bool,
    /// What went wrong, until it is told.
    failed: Option<io::Error>,
}

impl Recorder {
    /// Records into a new file at `path`, in real time.
    ///
    /// # Errors
    ///
    /// The file system's, with the path.
    pub fn create(path: &Path) -> io::Result<Self> {
        let capture = Capture::create(path, Clock::start().origin())?;
        Ok(Self::new(capture))
    }
}

impl<W: Write> Recorder<W> {
    /// Records into `capture`.
    pub fn new(capture: Capture<W>) -> Self {
        Self(Arc::new(Mutex::new(State {
            capture,
            interfaces: Vec::new(),
            ended: false,
            failed: None,
        })))
    }

    /// Records the frames of the interface `iface` under `name`. Those of others are not.
    ///
    /// # Errors
    ///
    /// The writer's.
    pub fn add_interface(&self, iface: InterfaceId, name: &str, link: LinkType) -> io::Result<()> {
        let mut state = self.state();
        let captured = state.capture.add_interface(name, link)?;
        let index = iface.index();
        if state.interfaces.len() <= index {
            state.interfaces.resize(index + 1, None);
        }
        state.interfaces[index] = Some(captured);
        Ok(())
    }

    /// Writes out what was held back.
    ///
    /// # Errors
    ///
    /// The first that came up since the recording began, if one did; it is told once.
    pub fn finish(&self) -> io::Result<()> {
        let mut state = self.state();
        state.flush();
        state.failed.take().map_or(Ok(()), Err)
    }

    fn state(&self) -> MutexGuard<'_, State<W>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Write> State<W> {
    fn flush(&mut self) {
        if !self.ended {
            let outcome = self.capture.flush();
            self.note(outcome);
        }
    }

    fn note(&mut self, outcome: io::Result<()>) {
        if let Err(error) = outcome {
            self.ended = true;
            self.failed = Some(error);
        }
    }
}

impl<W: Write> Clone for Recorder<W> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<W: Write + Send> Observer for Recorder<W> {
    fn frame(&mut self, now: Instant, iface: InterfaceId, direction: Direction, frame: &Frame) {
        let mut state = self.state();
        if state.ended {
            return;
        }
        if let Some(Some(captured)) = state.interfaces.get(iface.index()).copied() {
            let outcome = state
                .capture
                .frame(captured, now, Some(direction), frame, None);
            state.note(outcome);
        }
    }

    fn idle(&mut self) {
        self.state().flush();
    }
}
