//! Options of the hop-by-hop and destination options headers (RFC 8200 §4.2).

use crate::{Layer, Malformed};

/// One byte of padding: the type alone.
pub const PAD1: u8 = 0;
/// More bytes of padding.
pub const PADN: u8 = 1;
/// Routers are to look at the packet (RFC 2711): MLD carries it.
pub const ROUTER_ALERT: u8 = 5;
/// How deep the packet may still be wrapped in tunnels (RFC 2473).
pub const TUNNEL_LIMIT: u8 = 4;
/// A payload longer than 65,535 bytes (RFC 2675).
pub const JUMBO: u8 = 0xc2;
/// A mobile node's home address (RFC 6275).
pub const HOME_ADDRESS: u8 = 0xc9;

/// An option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv6Option<'a> {
    /// Its type. [`unrecognized`](Self::unrecognized) says what becomes of those not known.
    pub kind: u8,
    /// From the extension header's front, in bytes.
    pub at: usize,
    /// What it carries.
    pub data: &'a [u8],
}

/// What becomes of a packet with an option that is not known: the type's highest two bits
/// (RFC 8200 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unrecognized {
    /// 00: the option is skipped.
    Skip,
    /// 01: the packet goes, and nobody hears of it.
    Discard,
    /// 10: it goes, and its sender hears of it.
    Complain,
    /// 11: it goes, and its sender hears of it if the packet was for one host.
    ComplainIfUnicast,
}

impl Ipv6Option<'_> {
    /// What becomes of the packet where this option is not known.
    #[must_use]
    pub const fn unrecognized(&self) -> Unrecognized {
        match self.kind >> 6 {
            0 => Unrecognized::Skip,
            1 => Unrecognized::Discard,
            2 => Unrecognized::Complain,
            _ => Unrecognized::ComplainIfUnicast,
        }
    }

    /// Whether it only fills up.
    #[must_use]
    pub const fn is_padding(&self) -> bool {
        matches!(self.kind, PAD1 | PADN)
    }
}

/// The options of one extension header, in their order and padding included. A length that the
/// header does not hold is given out once, and ends the list.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    layer: Layer,
    header: &'a [u8],
    at: usize,
}

impl<'a> Options<'a> {
    /// Those of `header`, a whole hop-by-hop or destination options header.
    #[must_use]
    pub const fn new(layer: Layer, header: &'a [u8]) -> Self {
        Self {
            layer,
            header,
            at: 2,
        }
    }

    /// Where the next one begins, from the header's front.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = Result<Ipv6Option<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        let rest = self.header.get(at..)?;
        let (&kind, behind) = rest.split_first()?;
        if kind == PAD1 {
            self.at += 1;
            let data = &[];
            return Some(Ok(Ipv6Option { kind, at, data }));
        }
        let (len, data) = match behind.split_first() {
            Some((&len, data)) => (usize::from(len), data),
            None => (1, behind),
        };
        let Some(data) = data.get(..len) else {
            self.at = self.header.len();
            return Some(Err(Malformed::Length {
                layer: self.layer,
                found: len,
                have: data.len(),
            }));
        };
        self.at += 2 + len;
        Some(Ok(Ipv6Option { kind, at, data }))
    }
}
