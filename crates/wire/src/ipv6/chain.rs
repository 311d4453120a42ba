//! From one extension header to the next (RFC 8200 §4).

use crate::malformed::take;
use crate::{Layer, Malformed, Protocol};

/// Extension headers in one packet at most: what RFC 8200 §4.1 allows each once, destination
/// options twice, is five; Linux's parser and ours end far from where a flood of them would hurt.
pub const MAX_EXTENSIONS: usize = 8;

/// What an extension header is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// For every node on the way (RFC 8200 §4.3).
    HopByHop,
    /// Where the packet is to pass (RFC 8200 §4.4).
    Routing,
    /// It is a part of a larger one (RFC 8200 §4.5).
    Fragment,
    /// For the destination (RFC 8200 §4.6).
    Destination,
}

impl Kind {
    /// The extension header of this number; `None` when it is a transport's, or unknown.
    #[must_use]
    pub const fn of(protocol: Protocol) -> Option<Self> {
        match protocol {
            Protocol::HOP_BY_HOP => Some(Self::HopByHop),
            Protocol::ROUTING => Some(Self::Routing),
            Protocol::FRAGMENT => Some(Self::Fragment),
            Protocol::DESTINATION => Some(Self::Destination),
            _ => None,
        }
    }

    /// The layer that a refusal speaks of.
    #[must_use]
    pub const fn layer(self) -> Layer {
        match self {
            Self::HopByHop => Layer::HopByHop,
            Self::Routing => Layer::Routing,
            Self::Fragment => Layer::Fragment,
            Self::Destination => Layer::Destination,
        }
    }
}

/// One extension header, where it lies and what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension {
    /// What it is.
    pub kind: Kind,
    /// From where the walk began, in bytes.
    pub at: usize,
    /// Bytes that it takes; a multiple of 8.
    pub len: usize,
    /// What follows it.
    pub next_header: Protocol,
}

/// A walk along the extension headers of one packet, in their order.
///
/// It ends at the first header that is none of them, at a fragment that is not the first of its
/// packet (what follows is no header there), and at the first refusal.
#[derive(Clone, Debug)]
pub struct Chain<'a> {
    bytes: &'a [u8],
    at: usize,
    next_header: Protocol,
    count: usize,
    done: bool,
}

impl<'a> Chain<'a> {
    /// The headers at the front of `bytes`, the first of which is `first`.
    #[must_use]
    pub const fn new(first: Protocol, bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            next_header: first,
            count: 0,
            done: false,
        }
    }

    /// What follows those that were walked so far.
    #[must_use]
    pub const fn next_header(&self) -> Protocol {
        self.next_header
    }

    /// Bytes that those walked so far take.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.at
    }

    /// Whether none was walked so far.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.at == 0
    }

    fn step(&mut self, kind: Kind) -> Result<Extension, Malformed> {
        let layer = kind.layer();
        if self.count == MAX_EXTENSIONS {
            return Err(Malformed::Field {
                layer,
                field: "Next Header",
            });
        }
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let fixed = take(layer, rest, 8)?;
        let len = match kind {
            Kind::Fragment => 8,
            _ => (usize::from(fixed[1]) + 1) * 8,
        };
        take(layer, rest, len)?;
        let extension = Extension {
            kind,
            at: self.at,
            len,
            next_header: Protocol(fixed[0]),
        };
        // Behind the header of a later fragment lies the middle of something.
        let offset = u16::from_be_bytes([fixed[2], fixed[3]]) >> 3;
        self.done = kind == Kind::Fragment && offset != 0;
        self.count += 1;
        self.at += len;
        self.next_header = extension.next_header;
        Ok(extension)
    }
}

impl Iterator for Chain<'_> {
    type Item = Result<Extension, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let step = self.step(Kind::of(self.next_header)?);
        self.done |= step.is_err();
        Some(step)
    }
}
