//! MLD: which groups of IPv6 a host listens to (RFC 3810; RFC 2710 before it). Its messages are
//! ICMPv6's and are read from their type on.

use core::net::{IpAddr, Ipv6Addr};

use base::Duration;

use super::{Message, Query, Records, Sources, Version, code8, code16, to_code8, to_code16, units};
use crate::malformed::take;
use crate::{Layer, Malformed};

/// Bytes of a query, report or done of the first version.
pub const MESSAGE_V1_LEN: usize = 24;
/// Bytes of a report of the second version without its records.
pub const REPORT_FRONT_LEN: usize = 8;
/// Where the checksum lies, which covers the pseudo-header and the whole message.
pub const CHECKSUM_OFFSET: usize = 2;
/// Bytes of a query of the second version without sources.
const QUERY_V2_LEN: usize = 28;

/// All routers that speak MLDv2: where reports go (RFC 3810 §5.2.14).
pub const REPORTS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x16);
/// All routers on the link: where MLDv1's Done goes (RFC 2710 §4).
pub const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);
/// All nodes on the link: where general queries go.
pub const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

/// ICMPv6's type of a query.
pub const QUERY: u8 = 130;
/// That of a report of the first version.
pub const REPORT_V1: u8 = 131;
/// That of a done of the first version.
pub const DONE: u8 = 132;
/// That of a report of the second version.
pub const REPORT_V2: u8 = 143;

const MILLI: Duration = Duration::from_millis(1);

/// Reads the message that is all of `bytes`. Its checksum is the caller's to check.
///
/// # Errors
///
/// [`Malformed::Truncated`]; [`Malformed::Length`] when the sources or records that it announces
/// are not there.
pub fn parse(bytes: &[u8]) -> Result<(Message<'_>, usize), Malformed> {
    let layer = Layer::Mld;
    let b = take(layer, bytes, REPORT_FRONT_LEN)?;
    match b[0] {
        REPORT_V2 => {
            let count = u16::from_be_bytes([b[6], b[7]]);
            let records = Records::parse(layer, &bytes[REPORT_FRONT_LEN..], count, 16)?;
            let len = REPORT_FRONT_LEN + records.bytes().len();
            Ok((Message::Records(records), len))
        }
        QUERY => query(bytes),
        REPORT_V1 => {
            let message = Message::Report {
                version: Version::Second,
                group: group(take(layer, bytes, MESSAGE_V1_LEN)?).into(),
            };
            Ok((message, MESSAGE_V1_LEN))
        }
        DONE => {
            let group = group(take(layer, bytes, MESSAGE_V1_LEN)?).into();
            Ok((Message::Leave { group }, MESSAGE_V1_LEN))
        }
        kind => Ok((Message::Other { kind }, REPORT_FRONT_LEN)),
    }
}

/// RFC 3810 §8.1: the version is told by the length.
fn query(bytes: &[u8]) -> Result<(Message<'_>, usize), Malformed> {
    let layer = Layer::Mld;
    let b = take(layer, bytes, MESSAGE_V1_LEN)?;
    let group = group(b);
    let code = u16::from_be_bytes([b[4], b[5]]);
    let mut query = Query {
        version: Version::Second,
        max_response_time: MILLI * u64::from(code),
        group: (!group.is_unspecified()).then_some(IpAddr::V6(group)),
        suppress: false,
        robustness: 0,
        interval: 0,
        sources: Sources::none(true),
    };
    if bytes.len() == MESSAGE_V1_LEN {
        return Ok((Message::Query(query), MESSAGE_V1_LEN));
    }
    let b = take(layer, bytes, QUERY_V2_LEN)?;
    let count = usize::from(u16::from_be_bytes([b[26], b[27]]));
    let len = QUERY_V2_LEN + count * 16;
    let sources = bytes.get(QUERY_V2_LEN..len).ok_or(Malformed::Length {
        layer,
        found: len,
        have: bytes.len(),
    })?;
    query.version = Version::Third;
    query.max_response_time = MILLI * u64::from(code16(code));
    query.suppress = b[24] & 8 != 0;
    query.robustness = b[24] & 7;
    query.interval = code8(b[25]);
    query.sources = Sources::new(sources, 16);
    Ok((Message::Query(query), len))
}

fn group(message: &[u8]) -> Ipv6Addr {
    message
        .get(8..)
        .and_then(|rest| rest.first_chunk::<16>())
        .map_or(Ipv6Addr::UNSPECIFIED, |octets| Ipv6Addr::from(*octets))
}

impl Message<'_> {
    /// Bytes that it takes as MLD.
    #[must_use]
    pub const fn mld_len(&self) -> usize {
        match self {
            Self::Query(query) if matches!(query.version, Version::Third) => {
                QUERY_V2_LEN + query.sources.bytes().len()
            }
            Self::Records(records) => REPORT_FRONT_LEN + records.bytes().len(),
            Self::Other { .. } => REPORT_FRONT_LEN,
            _ => MESSAGE_V1_LEN,
        }
    }

    /// Writes it as MLD into the first [`mld_len`](Self::mld_len) bytes of `out`, its checksum zero.
    pub fn emit_mld(&self, out: &mut [u8]) {
        let out = &mut out[..self.mld_len()];
        out.fill(0);
        match self {
            Self::Query(query) => emit_query(query, out),
            Self::Report { group, .. } => {
                out[0] = REPORT_V1;
                put(out, Some(*group));
            }
            Self::Leave { group } => {
                out[0] = DONE;
                put(out, Some(*group));
            }
            Self::Records(records) => {
                out[0] = REPORT_V2;
                out[6..8].copy_from_slice(&records.count().to_be_bytes());
                out[REPORT_FRONT_LEN..].copy_from_slice(records.bytes());
            }
            Self::Other { kind } => out[0] = *kind,
        }
    }
}

fn emit_query(query: &Query<'_>, out: &mut [u8]) {
    let millis = units(query.max_response_time, MILLI);
    out[0] = QUERY;
    put(out, query.group);
    if query.version != Version::Third {
        out[4..6].copy_from_slice(&(millis.min(0xffff) as u16).to_be_bytes());
        return;
    }
    out[4..6].copy_from_slice(&to_code16(millis).to_be_bytes());
    out[24] = u8::from(query.suppress) << 3 | query.robustness & 7;
    out[25] = to_code8(query.interval);
    out[26..28].copy_from_slice(&(query.sources.len() as u16).to_be_bytes());
    out[QUERY_V2_LEN..].copy_from_slice(query.sources.bytes());
}

fn put(out: &mut [u8], group: Option<IpAddr>) {
    if let Some(IpAddr::V6(group)) = group {
        out[8..24].copy_from_slice(&group.octets());
    }
}

/// The front of a report of so many records, which the caller appends (RFC 3810 §5.2). Its checksum
/// is zero.
#[must_use]
pub const fn report_front(records: u16) -> [u8; REPORT_FRONT_LEN] {
    let [a, b] = records.to_be_bytes();
    [REPORT_V2, 0, 0, 0, 0, 0, a, b]
}
