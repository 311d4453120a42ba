//! Who looks on while frames pass.

use base::{Frame, Instant};
use stack::InterfaceId;

/// Which way a frame went, as seen from the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the stack.
    In,
    /// From the stack.
    Out,
}

/// Sees every frame as it is on the wire: cut to size, its checksums filled in.
pub trait Observer: Send {
    /// A frame passed. Called while the stack is locked: be quick.
    fn frame(&mut self, now: Instant, iface: InterfaceId, direction: Direction, frame: &Frame);

    /// Nothing happens for now: the time to write down what was held back.
    fn idle(&mut self) {}
}

/// Each looks in turn.
impl<O: Observer + ?Sized> Observer for Vec<Box<O>> {
    fn frame(&mut self, now: Instant, iface: InterfaceId, direction: Direction, frame: &Frame) {
        for observer in self {
            observer.frame(now, iface, direction, frame);
        }
    }

    fn idle(&mut self) {
        for observer in self {
            observer.idle();
        }
    }
}
