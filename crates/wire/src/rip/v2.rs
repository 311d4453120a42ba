//! RIP version 2 (RFC 2453), with its authentication (§4.1, RFC 4822).

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

use super::{Authentication, Command, ENTRY_LEN, Entry, Format, HEADER_LEN, INFINITY, Message};
use crate::{Layer, Malformed};

/// The port that routers speak from and listen at.
pub const PORT: u16 = 520;
/// All RIP-2 routers of a link (§4.3).
pub const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 9);
/// Entries of one message at most (§3.6); one that shows whose it is has one less.
pub const MOST_ENTRIES: usize = 25;

const LAYER: Layer = Layer::Rip;
const VERSION: u8 = 2;
/// Address family of IPv4.
const INET: u16 = 2;
/// In the place of an address family: it is no entry, but says whose the message is.
const AUTHENTICATION: u16 = 0xffff;
const PASSWORD: u16 = 2;
const DIGEST: u16 = 3;
/// What stands in front of a digest, behind the entries.
const TRAILER: [u8; 4] = [0xff, 0xff, 0, 1];

/// Reads the message that is all of `bytes`.
///
/// # Errors
///
/// [`Malformed::Truncated`], also for a part of an entry; [`Malformed::Version`] for version 0 and
/// RIP-1, which knows no masks; [`Malformed::Field`] for another command; [`Malformed::Length`] for a
/// digest that is not where the message says.
pub fn parse(bytes: &[u8]) -> Result<(Message<'_>, usize), Malformed> {
    // With a digest the length need not be that of whole entries.
    let (cut, authentication) = match authentication(bytes)? {
        Some((cut, authentication)) => (cut, Some(authentication)),
        None => (bytes, None),
    };
    let (command, version, entries) = super::front(LAYER, cut)?;
    // §4.6: a later version is read as this one.
    if version < VERSION {
        return Err(Malformed::Version {
            layer: LAYER,
            found: version.into(),
        });
    }
    let own = if authentication.is_some() {
        ENTRY_LEN
    } else {
        0
    };
    let message = Message {
        command,
        authentication,
        format: Format::V2,
        entries: &entries[own..],
    };
    Ok((message, bytes.len()))
}

/// By what the message shows whose it is, and the message as far as its entries go.
fn authentication(bytes: &[u8]) -> Result<Option<(&[u8], Authentication<'_>)>, Malformed> {
    let first = bytes.get(HEADER_LEN..HEADER_LEN + ENTRY_LEN);
    let Some(first) = first.filter(|entry| word(entry, 0) == AUTHENTICATION) else {
        return Ok(None);
    };
    let kind = match word(first, 2) {
        PASSWORD => {
            let mut password = [0; 16];
            password.copy_from_slice(&first[4..]);
            Authentication::Password(password)
        }
        DIGEST => {
            // RFC 4822 §2.2: up to where the trailer begins, and how long the digest in it is; some
            // count the trailer's front as well.
            let end = usize::from(word(first, 4));
            let digest_len = usize::from(first[7]);
            let (key, sequence) = (first[6], &first[8..12]);
            let found = end + TRAILER.len() + digest_len;
            let trailer = bytes.get(end..);
            let trailer = trailer.filter(|it| it.len() == digest_len || end + it.len() == found);
            let digest = trailer.and_then(|trailer| trailer.strip_prefix(&TRAILER));
            let Some(digest) = digest.filter(|_| end >= HEADER_LEN + ENTRY_LEN) else {
                return Err(Malformed::Length {
                    layer: LAYER,
                    found,
                    have: bytes.len(),
                });
            };
            let kind = Authentication::Digest {
                key,
                sequence: sequence.iter().fold(0, |n, b| n << 8 | u32::from(*b)),
                covered: &bytes[..end + TRAILER.len()],
                digest,
            };
            return Ok(Some((&bytes[..end], kind)));
        }
        other => Authentication::Other(other),
    };
    Ok(Some((bytes, kind)))
}

/// One entry (§4).
pub(super) fn entry(command: Command, b: &[u8; ENTRY_LEN]) -> Result<Entry, Malformed> {
    let wrong = |field| Malformed::Field {
        layer: LAYER,
        field,
    };
    if word(b, 0) != INET {
        return Err(wrong("Address Family Identifier"));
    }
    let address = |at: usize| Ipv4Addr::new(b[at], b[at + 1], b[at + 2], b[at + 3]);
    let network = Ipv4Net::with_netmask(address(4), address(8));
    let network = network.map_err(|_| wrong("Subnet Mask"))?;
    if network.trunc() != network {
        return Err(wrong("IP Address"));
    }
    let next_hop = address(12);
    let metric = u32::from_be_bytes([b[16], b[17], b[18], b[19]]);
    Ok(Entry {
        network: network.into(),
        next_hop: (!next_hop.is_unspecified()).then_some(next_hop.into()),
        tag: word(b, 2),
        metric: super::metric(LAYER, command, metric)?,
    })
}

/// By what a message that is written shows whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// By nothing.
    None,
    /// By a password that everybody can read.
    Password([u8; 16]),
    /// By a digest of 16 bytes, which whoever writes the message puts in the place of its last ones.
    Digest {
        /// Which key.
        key: u8,
        /// Not less than that of the message before.
        sequence: u32,
    },
}

/// Bytes of a digest of MD5's.
pub const DIGEST_LEN: usize = 16;

/// Writes a message of these entries, of which those of IPv6 are left out.
#[must_use]
pub fn emit(command: Command, proof: Proof, entries: &[Entry]) -> Vec<u8> {
    let mut out = begin(command, proof);
    for entry in entries {
        let IpNet::V4(network) = entry.network else {
            continue;
        };
        let next_hop = match entry.next_hop {
            Some(IpAddr::V4(next_hop)) => next_hop,
            _ => Ipv4Addr::UNSPECIFIED,
        };
        out.extend(INET.to_be_bytes());
        out.extend(entry.tag.to_be_bytes());
        out.extend(network.network().octets());
        out.extend(network.netmask().octets());
        out.extend(next_hop.octets());
        out.extend(u32::from(entry.metric).to_be_bytes());
    }
    end(out, proof)
}

/// Writes a request for the whole table.
#[must_use]
pub fn ask_for_all(proof: Proof) -> Vec<u8> {
    let mut out = begin(Command::Request, proof);
    out.extend([0; ENTRY_LEN - 1]);
    out.push(INFINITY);
    end(out, proof)
}

fn begin(command: Command, proof: Proof) -> Vec<u8> {
    let mut out = Vec::from([command as u8, VERSION, 0, 0]);
    let kind = match proof {
        Proof::None => return out,
        Proof::Password(_) => PASSWORD,
        Proof::Digest { .. } => DIGEST,
    };
    out.extend(AUTHENTICATION.to_be_bytes());
    out.extend(kind.to_be_bytes());
    match proof {
        Proof::None => {}
        Proof::Password(password) => out.extend(password),
        Proof::Digest { key, sequence } => {
            // The length follows when it is known.
            out.extend([0, 0, key, DIGEST_LEN as u8]);
            out.extend(sequence.to_be_bytes());
            out.extend([0; 8]);
        }
    }
    out
}

fn end(mut out: Vec<u8>, proof: Proof) -> Vec<u8> {
    if let Proof::Digest { .. } = proof {
        let len = u16::try_from(out.len()).unwrap_or(u16::MAX);
        out[HEADER_LEN + 4..HEADER_LEN + 6].copy_from_slice(&len.to_be_bytes());
        out.extend(TRAILER);
        out.extend([0; DIGEST_LEN]);
    }
    out
}

fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}
