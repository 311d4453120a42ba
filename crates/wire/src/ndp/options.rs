//! What a message says beyond its front (RFC 4861 §4.6, RFC 3971 §5.3.2, RFC 4191 §2.3, RFC 8106).

use alloc::vec::Vec;
use core::net::Ipv6Addr;

use base::Duration;
use ipnet::Ipv6Net;

use super::{Preference, address, word};
use crate::{Layer, MacAddr, Malformed};

const SOURCE_LINK_LAYER: u8 = 1;
const TARGET_LINK_LAYER: u8 = 2;
const PREFIX_INFORMATION: u8 = 3;
const REDIRECTED_HEADER: u8 = 4;
const MTU: u8 = 5;
const NONCE: u8 = 14;
const ROUTE_INFORMATION: u8 = 24;
const RDNSS: u8 = 25;
const DNSSL: u8 = 31;

/// A time that never ends: all ones in a lifetime's field.
const FOREVER: u32 = u32::MAX;

/// A prefix that is on the link, or from which hosts make their addresses (RFC 4861 §4.6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrefixInformation {
    /// The prefix.
    pub prefix: Ipv6Net,
    /// Who has an address of it is on the link (L).
    pub on_link: bool,
    /// Hosts may make addresses of it (A).
    pub autonomous: bool,
    /// How long addresses of it may be used; `None` for ever. Whole seconds.
    pub valid_lifetime: Option<Duration>,
    /// How long they are preferred; `None` for ever. Whole seconds.
    pub preferred_lifetime: Option<Duration>,
}

/// One option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NdOption<'a> {
    /// The MAC address of the packet's sender.
    SourceLinkLayer(MacAddr),
    /// The MAC address of the target.
    TargetLinkLayer(MacAddr),
    /// A prefix of the link.
    Prefix(PrefixInformation),
    /// The front of the packet that a redirect is about.
    RedirectedHeader(&'a [u8]),
    /// The link's MTU.
    Mtu(u32),
    /// By which a sender knows its own question again (RFC 3971 §5.3.2, RFC 7527).
    Nonce(&'a [u8]),
    /// A route through the router (RFC 4191 §2.3).
    Route {
        /// Where to.
        prefix: Ipv6Net,
        /// How good it is; `None` for the reserved value, with which it is passed over.
        preference: Option<Preference>,
        /// How long; `None` for ever. Whole seconds.
        lifetime: Option<Duration>,
    },
    /// Name servers (RFC 8106 §5.1).
    Rdnss {
        /// How long they may be used; `None` for ever. Whole seconds.
        lifetime: Option<Duration>,
        /// Their addresses.
        servers: &'a [[u8; 16]],
    },
    /// Domains in which names are looked up (RFC 8106 §5.2).
    Dnssl {
        /// How long; `None` for ever. Whole seconds.
        lifetime: Option<Duration>,
        /// The domains as DNS writes them (RFC 1035 §3.1), filled up with zeros.
        domains: &'a [u8],
    },
    /// Any other, and those above with a length that theirs cannot be; receivers pass over it.
    Unknown {
        /// The type.
        kind: u8,
        /// What follows type and length.
        data: &'a [u8],
    },
}

/// Checks that `bytes` are options and nothing else.
///
/// # Errors
///
/// [`Malformed::HeaderLength`] for an option of length 0, with which the whole message is to be
/// discarded (RFC 4861 §4.6); [`Malformed::Length`] for one that reaches beyond the end.
pub fn check(bytes: &[u8]) -> Result<(), Malformed> {
    let layer = Layer::Ndp;
    let mut rest = bytes;
    while !rest.is_empty() {
        let found = rest.get(1).map_or(8, |units| usize::from(*units) * 8);
        if found == 0 {
            return Err(Malformed::HeaderLength { layer, found });
        }
        rest = rest.get(found..).ok_or(Malformed::Length {
            layer,
            found,
            have: rest.len(),
        })?;
    }
    Ok(())
}

/// The options in `bytes`, up to the first that is not sound.
pub fn iter(bytes: &[u8]) -> impl Iterator<Item = NdOption<'_>> {
    let mut rest = bytes;
    core::iter::from_fn(move || {
        let len = usize::from(*rest.get(1)?) * 8;
        let (option, behind) = rest.split_at_checked(len).filter(|_| len > 0)?;
        rest = behind;
        Some(read(option))
    })
}

fn read(b: &[u8]) -> NdOption<'_> {
    let lifetime = |at| match word(b, at) {
        FOREVER => None,
        seconds => Some(Duration::from_secs(seconds.into())),
    };
    let unknown = NdOption::Unknown {
        kind: b[0],
        data: &b[2..],
    };
    let option = match (b[0], b.len()) {
        (SOURCE_LINK_LAYER, 8) => Some(NdOption::SourceLinkLayer(mac(b))),
        (TARGET_LINK_LAYER, 8) => Some(NdOption::TargetLinkLayer(mac(b))),
        (PREFIX_INFORMATION, 32) => Ipv6Net::new(address(b, 16), b[2]).ok().map(|prefix| {
            NdOption::Prefix(PrefixInformation {
                prefix,
                on_link: b[3] & 0x80 != 0,
                autonomous: b[3] & 0x40 != 0,
                valid_lifetime: lifetime(4),
                preferred_lifetime: lifetime(8),
            })
        }),
        (REDIRECTED_HEADER, 16..) => Some(NdOption::RedirectedHeader(&b[8..])),
        (MTU, 8) => Some(NdOption::Mtu(word(b, 4))),
        (NONCE, _) => Some(NdOption::Nonce(&b[2..])),
        (ROUTE_INFORMATION, len @ (8 | 16 | 24)) => route(b, len, lifetime(4)),
        // RFC 8106 §5.3.1: at least one server.
        (RDNSS, len @ 24..) if len % 16 == 8 => Some(NdOption::Rdnss {
            lifetime: lifetime(4),
            servers: b[8..].as_chunks().0,
        }),
        (DNSSL, 16..) => Some(NdOption::Dnssl {
            lifetime: lifetime(4),
            domains: &b[8..],
        }),
        _ => None,
    };
    option.unwrap_or(unknown)
}

/// RFC 4191 §2.3: as many bytes of the prefix as its length needs, or more.
fn route(b: &[u8], len: usize, lifetime: Option<Duration>) -> Option<NdOption<'_>> {
    let mut octets = [0; 16];
    let there = len - 8;
    octets[..there].copy_from_slice(&b[8..]);
    let fits = usize::from(b[2]) <= there * 8;
    Some(NdOption::Route {
        prefix: Ipv6Net::new(octets.into(), b[2])
            .ok()
            .filter(|_| fits)?
            .trunc(),
        preference: Preference::from_bits(b[3] >> 3),
        lifetime,
    })
}

fn mac(b: &[u8]) -> MacAddr {
    b[2..]
        .first_chunk()
        .map_or(MacAddr::ZERO, |octets| MacAddr(*octets))
}

impl NdOption<'_> {
    /// Appends it, filled up with zeros to a multiple of eight bytes.
    pub fn append(&self, out: &mut Vec<u8>) {
        let start = out.len();
        let seconds = |time: Option<Duration>| {
            time.map_or(FOREVER, |time| {
                u32::try_from(time.as_secs()).unwrap_or(FOREVER - 1)
            })
            .to_be_bytes()
        };
        match self {
            Self::SourceLinkLayer(mac) => {
                out.extend([SOURCE_LINK_LAYER, 0]);
                out.extend(mac.0);
            }
            Self::TargetLinkLayer(mac) => {
                out.extend([TARGET_LINK_LAYER, 0]);
                out.extend(mac.0);
            }
            Self::Prefix(info) => {
                let flags = u8::from(info.on_link) << 7 | u8::from(info.autonomous) << 6;
                out.extend([PREFIX_INFORMATION, 0, info.prefix.prefix_len(), flags]);
                out.extend(seconds(info.valid_lifetime));
                out.extend(seconds(info.preferred_lifetime));
                out.extend([0; 4]);
                out.extend(info.prefix.addr().octets());
            }
            Self::RedirectedHeader(packet) => {
                out.extend([REDIRECTED_HEADER, 0, 0, 0, 0, 0, 0, 0]);
                // Its length has eight bits, and counts eights.
                out.extend(&packet[..packet.len().min(255 * 8 - 8)]);
            }
            Self::Mtu(mtu) => {
                out.extend([MTU, 0, 0, 0]);
                out.extend(mtu.to_be_bytes());
            }
            Self::Nonce(nonce) => {
                out.extend([NONCE, 0]);
                out.extend(&nonce[..nonce.len().min(255 * 8 - 2)]);
            }
            Self::Route {
                prefix,
                preference,
                lifetime,
            } => {
                let bits = preference.map_or(2, Preference::bits) << 3;
                out.extend([ROUTE_INFORMATION, 0, prefix.prefix_len(), bits]);
                out.extend(seconds(*lifetime));
                let need = usize::from(prefix.prefix_len()).div_ceil(64) * 8;
                out.extend(&prefix.addr().octets()[..need]);
            }
            Self::Rdnss { lifetime, servers } => {
                out.extend([RDNSS, 0, 0, 0]);
                out.extend(seconds(*lifetime));
                servers
                    .iter()
                    .take(127)
                    .for_each(|server| out.extend(server));
            }
            Self::Dnssl { lifetime, domains } => {
                out.extend([DNSSL, 0, 0, 0]);
                out.extend(seconds(*lifetime));
                out.extend(&domains[..domains.len().min(255 * 8 - 8)]);
            }
            Self::Unknown { kind, data } => {
                out.extend([*kind, 0]);
                out.extend(&data[..data.len().min(255 * 8 - 2)]);
            }
        }
        while !(out.len() - start).is_multiple_of(8) {
            out.push(0);
        }
        out[start + 1] = ((out.len() - start) / 8) as u8;
    }
}

/// The name servers of an [`NdOption::Rdnss`] as addresses.
pub fn servers(servers: &[[u8; 16]]) -> impl Iterator<Item = Ipv6Addr> + '_ {
    servers.iter().map(|octets| Ipv6Addr::from(*octets))
}
