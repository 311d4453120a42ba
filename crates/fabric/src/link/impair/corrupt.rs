//! Frames that arrive broken.

use base::{ChecksumState, Frame};

use super::Dice;

/// The probability that a frame arrives with one bit flipped, anywhere in it. netem's `corrupt`.
///
/// There is no check sequence behind these frames: the checksums of IP, TCP and UDP must find it,
/// and do. (Flips on two links undo each other in a checksum when they hit the same bit of two
/// words in opposite senses: one frame in 32 of those that are hit twice. Whoever counts on
/// checksums corrupts on one link of a path.)
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Corrupt(pub f64);

impl Corrupt {
    /// Flips a bit, perhaps. Nobody vouches for such a frame any more, and it bears a note for those
    /// who look on, wherever it goes from here.
    pub(crate) fn apply(self, dice: &mut Dice, correlation: f64, frame: &mut Frame) {
        if !dice.chance_after(correlation, self.0) || frame.is_empty() {
            return;
        }
        let bit = dice.below(frame.len() as u64 * 8) as usize;
        let (at, mask) = (bit / 8, 1 << (bit % 8));
        let Some(byte) = byte_at(frame, at) else {
            return;
        };
        frame.checksum = ChecksumState::Unverified;
        frame.damaged |= frame.overwrite(at, &[byte ^ mask]);
    }
}

fn byte_at(frame: &Frame, at: usize) -> Option<u8> {
    let mut skip = at;
    for piece in frame.pieces() {
        match piece.get(skip) {
            Some(byte) => return Some(*byte),
            None => skip -= piece.len(),
        }
    }
    None
}
