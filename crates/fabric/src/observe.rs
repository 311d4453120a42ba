//! Looking on: what passes a port, and what dies there.

use base::{Frame, Instant};

use crate::ids::PortId;
use crate::ledger::DropReason;

/// What an observer sees of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Its first bit was put on the wire.
    Sent,
    /// Its last bit was taken off the wire.
    Received {
        /// This link, or one before it, flipped a bit of it.
        corrupted: bool,
    },
    /// It died: on the wire or in the queue that leaves from this port, or behind this port.
    Dropped(DropReason),
    /// The host behind this port did not take it, or not all of it; it was seen as received.
    Refused(stack::DropReason),
}

/// One frame at one port at one moment.
#[derive(Debug)]
pub struct Sighting<'a> {
    /// When.
    pub at: Instant,
    /// Where; [`Fabric::port_name`](crate::Fabric::port_name) knows its name.
    pub port: PortId,
    /// What happened.
    pub what: What,
    /// The frame, its checksums finished as on any wire.
    pub frame: &'a Frame,
}

/// Whoever looks on: a capture, a trace, a test.
///
/// It is called in the order in which things happen, and must not expect to be called back.
pub trait Observer: Send {
    /// A frame was put on a wire, taken off one, or died.
    fn see(&mut self, sighting: &Sighting<'_>);
}

impl<F: FnMut(&Sighting<'_>) + Send> Observer for F {
    fn see(&mut self, sighting: &Sighting<'_>) {
        self(sighting);
    }
}
