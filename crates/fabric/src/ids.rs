//! Names for the parts of a network: small numbers that the fabric gave out.
//!
//! Each is valid only in the fabric that gave it; another's panics or means something else.

use core::fmt;

macro_rules! id {
    ($(#[doc = $doc:literal])+ $name:ident, $letter:literal) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(crate) u32);

        impl $name {
            /// Its number: 0, 1, 2 … in the order of building.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }

            pub(crate) const fn from_index(index: usize) -> Self {
                Self(index as u32)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($letter, "{}"), self.0)
            }
        }
    };
}

id!(
    /// A host, a switch, a hub or a tap.
    NodeId, "node"
);
id!(
    /// A host: a stack, in a place of its own among the nodes.
    HostId, "host"
);
id!(
    /// Where one end of a link is plugged in.
    PortId, "port"
);
id!(
    /// A cable between two ports.
    LinkId, "link"
);

/// One of a link's two directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the first port to the second, in the order they were connected.
    There,
    /// From the second to the first.
    Back,
}

impl Direction {
    /// Both, in order.
    pub const BOTH: [Self; 2] = [Self::There, Self::Back];

    /// The other one.
    #[must_use]
    pub const fn reverse(self) -> Self {
        match self {
            Self::There => Self::Back,
            Self::Back => Self::There,
        }
    }
}

/// One direction of one link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PipeId {
    pub(crate) link: LinkId,
    pub(crate) direction: Direction,
}

impl PipeId {
    /// Its number: two a link, in the order of building.
    pub(crate) const fn index(self) -> usize {
        self.link.index() * 2 + self.direction as usize
    }
}
