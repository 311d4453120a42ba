//! The one wheel in which every deadline of a stack lives.

mod wheel;

pub(crate) use wheel::{TimerId, Wheel};

/// Whose deadline it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimerKey {
    /// An entry of the neighbour cache, by its slot.
    Neighbor(u32),
    /// An address of ours that is probed or announced, by its slot.
    Claim(u32),
    /// A group that somebody here listens to, by its slot.
    Group(u32),
    /// The answer to a general query, by interface and whether it is IPv6's.
    Listener(u16, bool),
    /// A link that arranges its IPv6, by interface.
    Autoconf(u16),
    /// A link to which this host advertises itself as a router, by interface.
    Advertise(u16),
    /// Gateways that are silent are asked again.
    Gateways,
    /// An unfinished datagram, by its slot.
    Reassembly(u32),
    /// A conversation through this host, by its slot.
    Flow(u32),
    /// A connection in any of its phases, by its slot in the TCP table.
    Tcp(u32),
}
