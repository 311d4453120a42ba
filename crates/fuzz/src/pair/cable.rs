//! Frames under way between the two, one way.

use std::collections::VecDeque;

use base::Frame;
use wire::ethernet;

use super::script::Fate;

/// As many may be under way: what comes then is lost, as in any queue.
const MOST: usize = 4096;

/// One direction.
#[derive(Default)]
pub(super) struct Cable {
    frames: VecDeque<Frame>,
    /// The last one that was put in, to forge from.
    pub(super) heard: Option<Vec<u8>>,
}

impl Cable {
    pub(super) fn put(&mut self, frame: Frame) {
        self.heard = Some(frame.to_vec());
        if self.frames.len() < MOST {
            self.frames.push_back(frame);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// What arrives of the next frame, if there is one.
    pub(super) fn next(&mut self, fate: Fate) -> Vec<Frame> {
        let Some(frame) = self.frames.pop_front() else {
            return Vec::new();
        };
        match fate {
            Fate::Arrives => vec![frame],
            Fate::Lost => Vec::new(),
            Fate::Doubled => {
                vec![frame.clone(), frame]
            }
            Fate::Late(by) => {
                let at = usize::from(by).min(self.frames.len());
                self.frames.insert(at, frame);
                Vec::new()
            }
            Fate::Damaged(bit) => {
                let mut bytes = frame.to_vec();
                let bits = (bytes.len() - ethernet::HEADER_LEN) * 8;
                let bit = usize::from(bit) % bits;
                bytes[ethernet::HEADER_LEN + bit / 8] ^= 1 << (bit % 8);
                vec![Frame::from(bytes)]
            }
        }
    }
}
