//! Those who look on at a LAN's cables.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
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
    recordings: Vec<Recording>,
    /// Which recording a card's frames are in, as which of its interfaces.
    recorded: BTreeMap<PortId, (usize, CapturedInterface)>,
    /// Where each host has a recording of its own.
    folder: Option<(PathBuf, Duration)>,
}

struct Recording {
    /// Whose frames; without one everybody's.
    of: Option<String>,
    capture: Capture,
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
        state.declare(port, name);
    }

    /// Records into a new file at `path`.
    pub(super) fn capture(&self, path: &Path, origin: Duration) -> io::Result<()> {
        let mut state = self.state();
        let all = Recording::begin(None, path, origin)?;
        state.begin(vec![all], None);
        Ok(())
    }

    /// Records into a new file for each host, in `folder`.
    pub(super) fn capture_each(&self, folder: &Path, origin: Duration) -> io::Result<()> {
        let mut state = self.state();
        let owners: BTreeSet<&str> = state.cards.values().map(|name| owner(name)).collect();
        let each = owners.into_iter();
        let each = each.map(|of| Recording::of(of, folder, origin));
        let each = each.collect::<io::Result<Vec<_>>>()?;
        state.begin(each, Some((folder.to_owned(), origin)));
        Ok(())
    }

    /// Writes out what was held back; gives what went wrong so far.
    pub(super) fn finish(&self) -> io::Result<()> {
        let mut state = self.state();
        let mut failed = None;
        for recording in &mut state.recordings {
            if !recording.ended {
                let flushed = recording.capture.flush();
                recording.note(flushed);
            }
            failed = failed.or(recording.failed.take());
        }
        failed.map_or(Ok(()), Err)
    }

    pub(super) fn add(&self, observer: Box<dyn Observer>) {
        self.state().others.push(observer);
    }
}

impl Observer for Observers {
    fn see(&mut self, sighting: &Sighting<'_>) {
        let mut state = self.state();
        // What passes between switches is seen at the hosts as well, before or after.
        if let Some((recording, interface)) = state.recorded.get(&sighting.port).copied() {
            state.recordings[recording].see(interface, sighting);
        }
        for other in &mut state.others {
            other.see(sighting);
        }
    }
}

impl State {
    /// Lets these recordings take the place of those that there were.
    fn begin(&mut self, recordings: Vec<Recording>, folder: Option<(PathBuf, Duration)>) {
        self.recordings = recordings;
        self.folder = folder;
        self.recorded.clear();
        for (port, name) in self.cards.clone() {
            self.declare(port, &name);
        }
    }

    /// Gives a card its interface in the recording that its frames are for.
    fn declare(&mut self, port: PortId, name: &str) {
        let known = self.recordings.iter().position(|recording| {
            let of = recording.of.as_deref();
            of.is_none_or(|of| of == owner(name))
        });
        let at = match (known, &self.folder) {
            (Some(at), _) => at,
            (None, None) => return,
            (None, Some((folder, origin))) => match Recording::of(owner(name), folder, *origin) {
                Ok(recording) => {
                    self.recordings.push(recording);
                    self.recordings.len() - 1
                }
                Err(error) => {
                    if let Some(first) = self.recordings.first_mut() {
                        first.failed = Some(error);
                    }
                    return;
                }
            },
        };
        let recording = &mut self.recordings[at];
        if recording.ended {
            return;
        }
        match recording.capture.add_interface(name, LinkType::Ethernet) {
            Ok(interface) => {
                self.recorded.insert(port, (at, interface));
            }
            Err(error) => recording.note(Err(error)),
        }
    }
}

/// Whose card `alice:eth0` is.
fn owner(card: &str) -> &str {
    card.split_once(':').map_or(card, |(owner, _)| owner)
}

impl Recording {
    fn begin(of: Option<String>, path: &Path, origin: Duration) -> io::Result<Self> {
        Ok(Self {
            of,
            capture: Capture::create(path, origin)?,
            ended: false,
            failed: None,
        })
    }

    /// The recording of one host, `FOLDER/NAME.pcapng`.
    fn of(name: &str, folder: &Path, origin: Duration) -> io::Result<Self> {
        if name.contains('/') || name.starts_with('.') {
            let words = format!("`{name}` cannot be the name of a capture file");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, words));
        }
        let path = folder.join(format!("{name}.pcapng"));
        Self::begin(Some(name.to_owned()), &path, origin)
    }

    fn see(&mut self, interface: CapturedInterface, sighting: &Sighting<'_>) {
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
