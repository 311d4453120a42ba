//! A port that leads out of the fabric: a driver plugs a device in, a test its hands.

use std::collections::VecDeque;

use base::Frame;

/// What arrived at the tap and was not fetched yet.
#[derive(Debug, Default)]
pub(crate) struct Tap {
    /// At most [`Tap::LIMIT`].
    arrived: VecDeque<Box<Frame>>,
}

impl Tap {
    /// Frames kept for whoever fetches them.
    const LIMIT: usize = 4096;

    /// Whether another frame is kept.
    pub(crate) fn has_room(&self) -> bool {
        self.arrived.len() < Self::LIMIT
    }

    /// Keeps a frame, for which there is room.
    pub(crate) fn put(&mut self, frame: Box<Frame>) {
        self.arrived.push_back(frame);
    }

    /// The frame that arrived first.
    pub(crate) fn take(&mut self) -> Option<Box<Frame>> {
        self.arrived.pop_front()
    }
}
