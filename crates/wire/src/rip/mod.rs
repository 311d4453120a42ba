//! RIP version 2 (RFC 2453) and RIPng (RFC 2080): how far a router is from which networks.
//!
//! Both are a front of four bytes and entries of twenty. An entry that makes no sense is passed over
//! and the others hold (RFC 2453 §3.9.2): [`Message::entries`] gives each by itself, or why not.

pub mod ng;
pub mod v2;

use core::net::IpAddr;

use ipnet::IpNet;

use crate::{Layer, Malformed};

/// Bytes in front of the entries.
pub const HEADER_LEN: usize = 4;
/// Bytes of an entry.
pub const ENTRY_LEN: usize = 20;
/// So far is what cannot be reached (RFC 2453 §3.2).
pub const INFINITY: u8 = 16;

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Asks for all of a router's table, or for some networks.
    Request = 1,
    /// Tells all or some of the sender's table.
    Response = 2,
}

/// What a message says of one network, or of which network it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which network: its address, without a bit of a host's, and its length.
    pub network: IpNet,
    /// Whom packets to it are to be given to, where that is not the sender.
    pub next_hop: Option<IpAddr>,
    /// What other protocols said of it; handed on (RFC 2453 §4.2).
    pub tag: u16,
    /// How far it is: 1 to 16. In a request it means nothing and is 16.
    pub metric: u8,
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// What it is for.
    pub command: Command,
    /// By what it shows whose it is; RIPng has none (RFC 2080 §2: that is IPsec's).
    pub authentication: Option<Authentication<'a>>,
    format: Format,
    /// Whole ones.
    entries: &'a [u8],
}

/// By what a message shows whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication<'a> {
    /// A password that everybody can read, with zeros behind it (RFC 2453 §4.1).
    Password([u8; 16]),
    /// A digest over the message and a key (RFC 4822).
    Digest {
        /// Which key.
        key: u8,
        /// Not less than that of the message before.
        sequence: u32,
        /// What it was made of, with the key behind.
        covered: &'a [u8],
        /// The digest itself.
        digest: &'a [u8],
    },
    /// Of another type.
    Other(u16),
}

/// How entries are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    V2,
    Ng,
}

impl<'a> Message<'a> {
    /// Whether it asks for the whole table: one entry that names no network, at infinity
    /// (RFC 2453 §3.9.1, RFC 2080 §2.4.1).
    #[must_use]
    pub fn asks_for_all(&self) -> bool {
        let named = match self.format {
            Format::V2 => 0..2,
            // An empty prefix of no bits.
            Format::Ng => 0..19,
        };
        self.command == Command::Request
            && self.entries.len() == ENTRY_LEN
            && self.entries[named].iter().all(|byte| *byte == 0)
            && self.entries[ENTRY_LEN - 1] == INFINITY
    }

    /// Each entry, or why it is none. RIPng's next-hop entries are in those that they are for.
    pub fn entries(&self) -> impl Iterator<Item = Result<Entry, Malformed>> + use<'a> {
        let Self {
            command, format, ..
        } = *self;
        let (entries, _) = self.entries.as_chunks::<ENTRY_LEN>();
        let mut next_hop = None;
        entries.iter().filter_map(move |entry| match format {
            Format::V2 => Some(v2::entry(command, entry)),
            Format::Ng => ng::entry(command, entry, &mut next_hop),
        })
    }
}

/// The front of a message, and its entries: whole ones.
fn front(layer: Layer, bytes: &[u8]) -> Result<(Command, u8, &[u8]), Malformed> {
    let Some((front, entries)) = bytes.split_first_chunk::<HEADER_LEN>() else {
        return Err(Malformed::Truncated {
            layer,
            need: HEADER_LEN,
            have: bytes.len(),
        });
    };
    let command = match front[0] {
        1 => Command::Request,
        2 => Command::Response,
        _ => {
            let field = "Command";
            return Err(Malformed::Field { layer, field });
        }
    };
    if !entries.len().is_multiple_of(ENTRY_LEN) {
        return Err(Malformed::Truncated {
            layer,
            need: HEADER_LEN + entries.len().next_multiple_of(ENTRY_LEN),
            have: bytes.len(),
        });
    }
    Ok((command, front[1], entries))
}

/// A metric as it is told: 1 to 16 in a response.
fn metric(layer: Layer, command: Command, metric: u32) -> Result<u8, Malformed> {
    match (command, u8::try_from(metric)) {
        (Command::Request, _) => Ok(INFINITY),
        (Command::Response, Ok(metric @ 1..=INFINITY)) => Ok(metric),
        _ => {
            let field = "Metric";
            Err(Malformed::Field { layer, field })
        }
    }
}
