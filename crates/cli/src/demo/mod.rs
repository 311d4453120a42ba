//! `landline demo`: the lesson's network, its programs, and every frame told.
//!
//! - `scene.rs`: the network. `acts.rs`: what happens on it. `record.rs`: every frame of it.
//! - `dialogue.rs`: what each segment of a call means.
//! - `tell.rs`: the story as text, in the words of `words.rs` and `ipv6_words.rs`. `json.rs`: for programs.

mod acts;
mod dialogue;
mod ipv6_words;
mod json;
mod record;
mod scene;
mod tell;
mod words;

use std::io;
use std::path::Path;

use landline::lan::Stuck;
use services::words::{Failure, Lang};

use acts::Act;
use record::{Frame, Recording};
use scene::{Cards, Scene};

pub(crate) use json::json;
pub(crate) use tell::tell;

/// Why there is no story.
#[derive(Debug)]
pub(crate) enum DemoError {
    /// One of the programs failed.
    Service(Failure),
    /// The capture could not be written.
    Capture(io::Error),
    /// The network.
    Io(io::Error),
}

impl From<Failure> for DemoError {
    fn from(failure: Failure) -> Self {
        Self::Service(failure)
    }
}

impl From<io::Error> for DemoError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Stuck> for DemoError {
    fn from(stuck: Stuck) -> Self {
        Self::Io(io::Error::other(stuck))
    }
}

/// What happened, ready to be told.
pub(crate) struct Story {
    seed: u64,
    cards: Cards,
    /// What the cards said when they were plugged in.
    announcements: Vec<Frame>,
    acts: Vec<Act>,
}

impl Story {
    /// Lets it happen; writes the frames into `capture` as well.
    ///
    /// # Errors
    /// [`DemoError`].
    pub(crate) fn play(
        seed: u64,
        ipv6: bool,
        capture: Option<&Path>,
        lang: Lang,
    ) -> Result<Self, DemoError> {
        let cards = Cards::of(ipv6);
        let scene = Scene::build(seed, cards)?;
        if let Some(path) = capture {
            scene.lan.capture(path).map_err(DemoError::Capture)?;
        }
        let recording = Recording::of(&scene.lan, cards);
        let story = Self {
            seed,
            cards,
            announcements: acts::announce(&scene, &recording)?,
            acts: acts::run(&scene, &recording, lang)?,
        };
        scene.lan.finish_capture().map_err(DemoError::Capture)?;
        Ok(story)
    }

    fn frames(&self) -> impl Iterator<Item = &Frame> {
        let acts = self.acts.iter().flat_map(|act| &act.frames);
        self.announcements.iter().chain(acts)
    }
}
