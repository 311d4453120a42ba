//! One direction of a link at work.

use base::{Duration, Frame, Instant};
use wire::ethernet;

use super::codel::{CoDelState, Taken};
use super::impair::{Dice, LossState};
use super::mark::mark;
use super::red::RedState;
use super::{Channel, Discipline, Queue, Red};

/// Frames under way in one direction at most: a wire without a rate holds no more than this.
pub(crate) const WIRE_LIMIT: u32 = 1 << 17;

/// What went through one direction of a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Frames put on the wire.
    pub frames: u64,
    /// Their bytes, link headers included.
    pub bytes: u64,
    /// How long the wire was busy sending them.
    pub busy: Duration,
    /// Packets that the queue marked CE; of a frame of several segments, each.
    pub marked: u64,
    /// The most bytes that waited at once.
    pub peak: usize,
}

/// A queue, the frame that is leaving, and what chance does to it.
#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) channel: Channel,
    pub(crate) queue: Queue,
    /// The frame that is leaving, while dice are still to be rolled for it.
    pub(crate) sending: Option<Box<Frame>>,
    /// Whether the agenda says when the next frame may leave.
    pub(crate) scheduled: bool,
    /// How many are on their way. At most [`WIRE_LIMIT`].
    pub(crate) under_way: u32,
    /// Packets that the queue marked CE.
    pub(crate) marked: u64,
    /// The most bytes that waited at once.
    pub(crate) peak: usize,
    /// When the frame arrives that arrives last of those under way.
    latest: Instant,
    red: RedState,
    codel: CoDelState,
    early: Dice,
    loss: Dice,
    loss_state: LossState,
    corrupt: Dice,
    duplicate: Dice,
    reorder: Dice,
    jitter: Dice,
}

/// What became of a frame on the wire.
#[derive(Debug)]
pub(crate) struct Fate {
    /// When it arrives, from when its last bit left.
    pub(crate) delay: Duration,
    /// When its double does.
    pub(crate) double: Option<Duration>,
}

impl Pipe {
    /// A pipe whose dice fall by `seed`, as those of no other `stream`.
    pub(crate) fn new(channel: Channel, seed: u64, stream: u64) -> Self {
        let dice = |kind| Dice::new(seed, stream << 3 | kind);
        Self {
            channel,
            queue: Queue::default(),
            sending: None,
            scheduled: false,
            under_way: 0,
            marked: 0,
            peak: 0,
            red: RedState::default(),
            codel: CoDelState::default(),
            early: dice(5),
            loss: dice(0),
            loss_state: LossState::default(),
            latest: Instant::ZERO,
            corrupt: dice(1),
            duplicate: dice(2),
            reorder: dice(3),
            jitter: dice(4),
        }
    }

    /// Whether a frame may come in; it may be marked.
    pub(crate) fn admit(&mut self, now: Instant, frame: &mut Frame) -> bool {
        let Discipline::Red(red) = self.channel.discipline else {
            return true;
        };
        let rate = self.channel.rate;
        let time = rate.map_or(Duration::ZERO, |rate| rate.time_for(red.avpkt));
        let backlog = self.queue.bytes();
        if !red.hits(&mut self.red, &mut self.early, now, backlog, time) {
            return true;
        }
        let marked = red.ecn && mark(frame);
        if marked {
            self.marked += packets(frame);
        }
        marked
    }

    /// The next frame that leaves, and those that die instead.
    pub(crate) fn next(&mut self, now: Instant) -> Taken {
        let taken = match self.channel.discipline {
            Discipline::CoDel(codel) => {
                let most = self.channel.mtu + ethernet::HEADER_LEN;
                codel.take(&mut self.codel, &mut self.queue, now, most)
            }
            Discipline::DropTail | Discipline::Red(_) => Taken {
                frame: self.queue.pop(),
                ..Taken::default()
            },
        };
        if taken.marked
            && let Some(frame) = &taken.frame
        {
            self.marked += packets(frame);
        }
        if taken.frame.is_none() {
            Red::rest(&mut self.red, now);
        }
        taken
    }

    /// How long a frame takes to leave.
    pub(crate) fn time_for(&self, frame: &Frame) -> Duration {
        let rate = self.channel.rate;
        rate.map_or(Duration::ZERO, |rate| rate.time_for(frame.len()))
    }

    /// Rolls for the frame of this number that has left. `None` when it is lost.
    pub(crate) fn roll(&mut self, now: Instant, number: u64, frame: &mut Frame) -> Option<Fate> {
        let channel = &self.channel;
        let like = channel.correlation;
        let (state, dice) = (&mut self.loss_state, &mut self.loss);
        if channel.loss.hits(state, dice, like.loss, number) {
            return None;
        }
        (channel.corrupt).apply(&mut self.corrupt, like.corrupt, frame);
        let twice = channel.duplicate.hits(&mut self.duplicate, like.duplicate);
        let at_once = (channel.reorder).hits(&mut self.reorder, like.reorder, number);
        let delay = if at_once {
            Duration::ZERO
        } else {
            self.delay(now)
        };
        let double = twice.then(|| self.delay(now));
        Some(Fate { delay, double })
    }

    /// The delay of a frame that overtakes none, unless jitter lets it.
    fn delay(&mut self, now: Instant) -> Duration {
        let Channel {
            delay, correlation, ..
        } = self.channel;
        let drawn = delay.draw(&mut self.jitter, correlation.delay);
        if !delay.in_order {
            return drawn;
        }
        let at = (now + drawn).max(self.latest);
        self.latest = at;
        at - now
    }
}

/// How many packets a frame stands for: its headers are taken to be of the usual length.
fn packets(frame: &Frame) -> u64 {
    let data = frame.len().saturating_sub(ethernet::HEADER_LEN + 40);
    let size = frame.segment_size;
    size.map_or(1, |size| data.div_ceil(size.get().into()).max(1) as u64)
}
