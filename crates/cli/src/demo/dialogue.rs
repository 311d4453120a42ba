//! What each segment of a call means: handshake, data, close.

use wire::tcp::Flags;

use crate::trace::Segment;

/// A segment's part in the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// First, second, third.
    Handshake(u8),
    /// Data, which may acknowledge the other's.
    Data,
    /// First to fourth.
    Close(u8),
    CloseTwoAndThree,
    /// Nothing but an acknowledgment.
    Acknowledgment,
}

impl Part {
    /// For programs that read the story.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Handshake(1) => "handshake-1",
            Self::Handshake(2) => "handshake-2",
            Self::Handshake(_) => "handshake-3",
            Self::Data => "data",
            Self::Close(1) => "close-1",
            Self::Close(2) => "close-2",
            Self::Close(3) => "close-3",
            Self::Close(_) => "close-4",
            Self::CloseTwoAndThree => "close-2-and-3",
            Self::Acknowledgment => "acknowledgment",
        }
    }
}

/// A call on a network that loses nothing.
#[derive(Debug, Default)]
pub(crate) struct Dialogue {
    established: bool,
    fins: u8,
    /// The first FIN was acknowledged before the second came.
    fin_heard: bool,
}

impl Dialogue {
    /// The next segment's part.
    pub(crate) fn part(&mut self, segment: Segment, has_data: bool) -> Part {
        let has = |flag| segment.flags.contains(flag);
        if has(Flags::SYN) {
            return Part::Handshake(if has(Flags::ACK) { 2 } else { 1 });
        }
        if has(Flags::FIN) {
            self.fins += 1;
            return match (self.fins, self.fin_heard) {
                (1, _) => Part::Close(1),
                (_, true) => Part::Close(3),
                (_, false) => Part::CloseTwoAndThree,
            };
        }
        let first = !std::mem::replace(&mut self.established, true);
        match self.fins {
            _ if has_data => Part::Data,
            0 if first => Part::Handshake(3),
            0 => Part::Acknowledgment,
            1 => {
                self.fin_heard = true;
                Part::Close(2)
            }
            _ => Part::Close(4),
        }
    }
}
