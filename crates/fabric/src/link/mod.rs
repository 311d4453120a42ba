//! Cables: what a frame meets between two ports.
//!
//! | file | what |
//! |---|---|
//! | `channel` | [`Channel`]: the settings of one direction |
//! | `rate`, `queue` | how fast frames leave, where they wait |
//! | `red`, `codel`, `mark` | queues that mark or drop before they are full |
//! | `impair/` | loss, corruption, duplication, delay and jitter, reordering: a file each |
//! | `pipe` | one direction at work |
//! | `meter` | what every frame touches of it |

mod channel;
mod codel;
mod impair;
mod mark;
mod meter;
mod pipe;
mod queue;
mod rate;
mod red;

pub use channel::Channel;
pub use codel::CoDel;
pub use impair::{
    Correlation, Corrupt, Delay, Distribution, Duplicate, FourState, GilbertElliott, Loss, Reorder,
};
pub(crate) use meter::Meter;
pub use pipe::Traffic;
pub(crate) use pipe::{Pipe, WIRE_LIMIT};
pub(crate) use queue::Queue;
pub use queue::{Discipline, Limit};
pub use rate::Rate;
pub use red::Red;

use crate::ids::{Direction, PortId};

/// A cable between two ports.
#[derive(Debug)]
pub(crate) struct Link {
    /// In the order they were connected.
    pub(crate) ends: [PortId; 2],
    pub(crate) up: bool,
    pipes: [Pipe; 2],
}

impl Link {
    pub(crate) const fn new(ends: [PortId; 2], pipes: [Pipe; 2]) -> Self {
        Self {
            ends,
            up: true,
            pipes,
        }
    }

    pub(crate) const fn pipe(&self, direction: Direction) -> &Pipe {
        &self.pipes[direction as usize]
    }

    pub(crate) const fn pipe_mut(&mut self, direction: Direction) -> &mut Pipe {
        &mut self.pipes[direction as usize]
    }

    /// The port that frames of this direction leave from.
    pub(crate) const fn from(&self, direction: Direction) -> PortId {
        self.ends[direction as usize]
    }

    /// The port that they arrive at.
    pub(crate) const fn to(&self, direction: Direction) -> PortId {
        self.from(direction.reverse())
    }
}
