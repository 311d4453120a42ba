//! Frames under way between the two, one way.

use std::collections::VecDeque;

use base::{ChecksumState, Frame};
use wire::{LinkType, ethernet, offload};

use super::path::{self, Path};
use super::script::Fate;
use crate::plain;

/// As many may be under way: what comes then is lost, as in any queue.
const MOST: usize = 4096;

/// One direction.
#[derive(Default)]
pub(super) struct Cable {
    frames: VecDeque<Frame>,
    /// The last one that was put in, to forge from.
    pub(super) heard: Option<Vec<u8>>,
    /// What it carries.
    pub(super) path: Path,
}

impl Cable {
    /// Takes a frame. What a router on the way answers comes back: an ICMP error, as a frame
    /// without its addresses.
    pub(super) fn put(&mut self, frame: Frame, cuts: bool) -> Option<Vec<u8>> {
        self.heard = Some(frame.to_vec());
        if !cuts && self.path.mtu.is_none() {
            self.queue(frame);
            return None;
        }
        let mut answer = None;
        for frame in cut(frame) {
            match self.path.take(&frame) {
                path::Passage::Whole => self.queue(frame),
                path::Passage::Parts(parts) => {
                    parts
                        .into_iter()
                        .for_each(|part| self.queue(Frame::from(part)));
                }
                path::Passage::Refused(error) => answer = error.or(answer),
            }
        }
        answer
    }

    /// Takes a frame of the router's own.
    pub(super) fn queue(&mut self, frame: Frame) {
        if self.frames.len() < MOST {
            self.frames.push_back(frame);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// What arrives of the next frame, if there is one.
    pub(super) fn next(&mut self, fate: Fate) -> Vec<Frame> {
        let Some(mut frame) = self.frames.pop_front() else {
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
            Fate::Marked => {
                plain::set_ecn(&mut frame, |ecn| if ecn == 0 { 0 } else { 3 });
                vec![frame]
            }
            Fate::Bleached => {
                plain::set_ecn(&mut frame, |_| 0);
                vec![frame]
            }
            Fate::Damaged(bit) => damaged(frame, bit),
        }
    }
}

/// The frames that leave the card.
fn cut(frame: Frame) -> impl Iterator<Item = Frame> {
    let parts = offload::segments(LinkType::Ethernet, frame);
    parts
        .expect("what a stack hands over can be cut")
        .map(|mut part| {
            offload::finish_checksum(&mut part);
            part
        })
}

/// The frame with a bit flipped. Of frames whose checksum is not there yet, and of parts of a
/// packet, several flips could hide each other: these are lost.
fn damaged(frame: Frame, bit: u16) -> Vec<Frame> {
    let mut bytes = frame.to_vec();
    if frame.checksum != ChecksumState::Unverified && frame.checksum != ChecksumState::Verified
        || path::is_part(&bytes)
    {
        return Vec::new();
    }
    let bits = (bytes.len() - ethernet::HEADER_LEN) * 8;
    let bit = usize::from(bit) % bits;
    bytes[ethernet::HEADER_LEN + bit / 8] ^= 1 << (bit % 8);
    vec![Frame::from(bytes)]
}
