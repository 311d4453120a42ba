//! What one direction of a link does to frames, in netem's words.

use base::Duration;

use super::impair::{Correlation, Corrupt, Delay, Duplicate, Loss, Reorder};
use super::{Discipline, Limit, Rate};

/// One direction of a link.
///
/// A frame that is put in
///
/// 1. is refused if it is larger than the **`mtu`**,
/// 2. waits in the **`queue`** until those before it have left, and is dropped if that is full, or marked or
///    dropped before that by its **`discipline`**,
/// 3. leaves at the **`rate`**,
/// 4. may be **lost**, **corrupted**, **duplicated**, in this order,
/// 5. and arrives after the **`delay`**, or, being **reordered**, at once.
///
/// What is lost has taken its time on the wire, as on a real one.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// How fast bits leave; `None` for at once. Counted are the bytes of the frame, link header
    /// included, without preamble and check sequence.
    pub rate: Option<Rate>,
    /// How long a frame is on its way once it has left.
    pub delay: Delay,
    /// Which frames never arrive.
    pub loss: Loss,
    /// Which frames arrive with a bit flipped.
    pub corrupt: Corrupt,
    /// Which frames arrive twice.
    pub duplicate: Duplicate,
    /// Which frames overtake those before them.
    pub reorder: Reorder,
    /// How far all this is like what happened to the frame before.
    pub correlation: Correlation,
    /// Bytes of the largest IP packet: what may stand behind an Ethernet header.
    pub mtu: usize,
    /// How much may wait.
    pub queue: Limit,
    /// Which frames are marked or dropped before that is full.
    pub discipline: Discipline,
    /// Takes frames of several segments, and such as owe their checksum, as they are: both ends
    /// are one machine's memory. Of no effect while frames are corrupted.
    pub offload: bool,
}

impl Channel {
    /// Instant, without end, without fault: Ethernet's MTU, and room for 1000 frames to wait.
    pub const PERFECT: Self = Self {
        rate: None,
        delay: Delay::NONE,
        loss: Loss::None,
        corrupt: Corrupt(0.0),
        duplicate: Duplicate(0.0),
        reorder: Reorder::NONE,
        correlation: Correlation::NONE,
        mtu: 1500,
        queue: Limit::Packets(1000),
        discipline: Discipline::DropTail,
        offload: false,
    };

    /// A perfect channel with a rate.
    #[must_use]
    pub const fn with_rate(rate: Rate) -> Self {
        Self {
            rate: Some(rate),
            ..Self::PERFECT
        }
    }

    /// The delay of every frame, if it is certain what becomes of each: no dice are rolled, and none
    /// is marked or dropped but for want of room.
    pub(crate) fn certain_delay(&self) -> Option<Duration> {
        let Self {
            delay,
            loss: Loss::None,
            corrupt: Corrupt(corrupt),
            duplicate: Duplicate(duplicate),
            reorder,
            discipline: Discipline::DropTail,
            ..
        } = self
        else {
            return None;
        };
        let certain = *corrupt <= 0.0 && *duplicate <= 0.0 && reorder.probability <= 0.0;
        (certain && delay.jitter == Duration::ZERO && !delay.in_order).then_some(delay.time)
    }

    /// Whether large frames pass uncut.
    pub(crate) fn takes_large(&self) -> bool {
        self.offload && self.corrupt.0 <= 0.0
    }
}

impl Default for Channel {
    /// [`Channel::PERFECT`].
    fn default() -> Self {
        Self::PERFECT
    }
}
