//! Those who look on at a LAN's cables.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base::Duration;
use fabric::{Observer, PortId, Sighting, What};
use host::capture::CapturedInterface;
use host::{Capture, Direction};
use wire::LinkType;

/// A capture and others, in the order in which they came. Clones are the same ones.
#[derive(Clone, Default)]
pub(super) struct Observers(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    others: Vec<Box<dyn Observer>>,
    /// The cards of hosts, and what they are called.
    cards: BTreeMap<PortId, String>,
    capture: Option<Recording>,
}

struct Recording {
    capture: Capture,
    interfaces: BTreeMap<PortId, CapturedInterface>,
    /// It writes no more, since something went wrong.
    ended: bool,
    /// What went wrong, until it is told.
    failed: Option<io::Error>,
}

impl Observers {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Names the port of a host's card.
    pub(super) fn declare(&self, port: PortId, name: &str) {
        let mut state = self.state();
        state.cards.insert(port, name.into());
        if let Some(recording) = &mut state.capture {
            recording.declare(port, name);
        }
    }

    /// Records into a new file at `path`.
    pub(super) fn capture(&self, path: &Path, origin: Duration) -> io::Result<()> {
        let mut state = self.state();
        let mut recording = Recording {
            capture: Capture::create(path, origin)?,
            interfaces: BTreeMap::new(),
            ended: false,
            failed: None,
        };
        for (port, name) in &state.cards {
            recording.declare(*port, name);
        }
        state.capture = Some(recording);
        Ok(())
    }

    /// Writes out what was held back; gives what went wrong so far.
    pub(super) fn finish(&self) -> io::Result<()> {
        let mut state = self.state();
        let Some(recording) = &mut state.capture else {
            return Ok(());
        };
        if !recording.ended {
            let flushed = recording.capture.flush();
            recording.note(flushed);
        }
        recording.failed.take().map_or(Ok(()), Err)
    }

    pub(super) fn add(&self, observer: Box<dyn Observer>) {
        self.state().others.push(observer);
    }
}

impl Observer for Observers {
    fn see(&mut self, sighting: &Sighting<'_>) {
        let mut state = self.state();
        if let Some(recording) = &mut state.capture {
            recording.see(sighting);
        }
        for other in &mut state.others {
            other.see(sighting);
        }
    }
}

impl Recording {
    fn declare(&mut self, port: PortId, name: &str) {
        if self.ended {
            return;
        }
        match self.capture.add_interface(name, LinkType::Ethernet) {
            Ok(interface) => {
                self.interfaces.insert(port, interface);
            }
            Err(error) => self.note(Err(error)),
        }
    }

    /// What passes between switches is seen at the hosts as well, before or after.
    fn see(&mut self, sighting: &Sighting<'_>) {
        let Some(interface) = self.interfaces.get(&sighting.port).copied() else {
            return;
        };
        if self.ended {
            return;
        }
        let damaged = sighting.frame.damaged;
        let damage = damaged.then_some("a link flipped a bit of it");
        let (direction, comment) = match sighting.what {
            What::Sent => (Some(Direction::Out), damage.map(String::from)),
            What::Received { .. } => (Some(Direction::In), damage.map(String::from)),
            // It was recorded as it came.
            What::Refused(_) => return,
            What::Dropped(reason) => {
                let words = [Some(format!("dropped: {reason}")), damage.map(String::from)];
                let words: Vec<_> = words.into_iter().flatten().collect();
                (None, Some(words.join("; ")))
            }
        };
        let outcome = self.capture.frame(
            interface,
            sighting.at,
            direction,
            sighting.frame,
            comment.as_deref(),
        );
        self.note(outcome);
    }

    fn note(&mut self, outcome: io::Result<()>) {
        if let Err(error) = outcome {
            self.ended = true;
            self.failed = Some(error);
        }
    }
}
