//! RIPng: RIP for IPv6 (RFC 2080).

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv6Addr};

use ipnet::{IpNet, Ipv6Net};

use super::{Command, ENTRY_LEN, Entry, Format, INFINITY, Message};
use crate::{Layer, Malformed};

/// The port that routers speak from and listen at.
pub const PORT: u16 = 521;
/// All RIPng routers of a link (§2.5.2).
pub const GROUP: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 9);

const LAYER: Layer = Layer::Ripng;
const VERSION: u8 = 1;
/// In the place of a metric: the entry names the next hop of those behind it (§2.1.1).
const NEXT_HOP: u8 = 0xff;

/// Reads the message that is all of `bytes`.
///
/// # Errors
///
/// [`Malformed::Truncated`], also for a part of an entry; [`Malformed::Version`];
/// [`Malformed::Field`] for another command.
pub fn parse(bytes: &[u8]) -> Result<(Message<'_>, usize), Malformed> {
    let (command, version, entries) = super::front(LAYER, bytes)?;
    if version != VERSION {
        return Err(Malformed::Version {
            layer: LAYER,
            found: version.into(),
        });
    }
    let message = Message {
        command,
        authentication: None,
        format: Format::Ng,
        entries,
    };
    Ok((message, bytes.len()))
}

/// One entry; `None` for one that only names the next hop of others.
pub(super) fn entry(
    command: Command,
    b: &[u8; ENTRY_LEN],
    next_hop: &mut Option<IpAddr>,
) -> Option<Result<Entry, Malformed>> {
    let wrong = |field| Malformed::Field {
        layer: LAYER,
        field,
    };
    let [prefix @ .., tag_high, tag_low, len, metric] = b;
    let prefix = Ipv6Addr::from(*prefix);
    if *metric == NEXT_HOP {
        // §2.1.1: what is no address of the link stands for the sender, as `::` does.
        *next_hop = prefix.is_unicast_link_local().then_some(prefix.into());
        return None;
    }
    let read = || {
        let network = Ipv6Net::new(prefix, *len).map_err(|_| wrong("Prefix Length"))?;
        if network.trunc() != network {
            return Err(wrong("IPv6 Prefix"));
        }
        Ok(Entry {
            network: network.into(),
            next_hop: *next_hop,
            tag: u16::from_be_bytes([*tag_high, *tag_low]),
            metric: super::metric(LAYER, command, (*metric).into())?,
        })
    };
    Some(read())
}

/// Writes a message of these entries, of which those of IPv4 are left out. Where the next hop is
/// another than that of the entry before, an entry that names it goes in between.
#[must_use]
pub fn emit(command: Command, entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::from([command as u8, VERSION, 0, 0]);
    let mut named = None;
    for entry in entries {
        let IpNet::V6(network) = entry.network else {
            continue;
        };
        if entry.next_hop != named {
            named = entry.next_hop;
            let next_hop = match named {
                Some(IpAddr::V6(next_hop)) => next_hop,
                _ => Ipv6Addr::UNSPECIFIED,
            };
            out.extend(next_hop.octets());
            out.extend([0, 0, 0, NEXT_HOP]);
        }
        out.extend(network.network().octets());
        out.extend(entry.tag.to_be_bytes());
        out.extend([network.prefix_len(), entry.metric]);
    }
    out
}

/// Writes a request for the whole table.
#[must_use]
pub fn ask_for_all() -> Vec<u8> {
    let mut out = Vec::from([Command::Request as u8, VERSION, 0, 0]);
    out.extend([0; ENTRY_LEN - 1]);
    out.push(INFINITY);
    out
}
