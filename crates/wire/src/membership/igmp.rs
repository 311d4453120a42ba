//! IGMP: which groups of IPv4 a host listens to (RFC 3376; RFC 2236 and RFC 1112 before it).

use core::net::{IpAddr, Ipv4Addr};

use base::Duration;

use super::{Message, Query, Records, Sources, Version, code8, to_code8, units};
use crate::malformed::take;
use crate::{Layer, Malformed};

/// Bytes of every message's front.
pub const HEADER_LEN: usize = 8;
/// Where the checksum lies, which covers the whole message.
pub const CHECKSUM_OFFSET: usize = 2;
/// Bytes of a query of the third version without sources: by them it is told from the others.
const QUERY_V3_LEN: usize = 12;

/// All routers that speak IGMPv3: where reports go (RFC 3376 §4.2.14).
pub const REPORTS: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 22);
/// All routers: where IGMPv2's Leave goes (RFC 2236 §3).
pub const ALL_ROUTERS: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 2);
/// All hosts: where general queries go.
pub const ALL_HOSTS: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 1);

const TENTH: Duration = Duration::from_millis(100);
const QUERY: u8 = 0x11;
const REPORT_V1: u8 = 0x12;
const REPORT_V2: u8 = 0x16;
const LEAVE: u8 = 0x17;
const REPORT_V3: u8 = 0x22;

/// Reads the message that is all of `bytes`. Its checksum is the caller's to check.
///
/// # Errors
///
/// [`Malformed::Truncated`]; [`Malformed::Length`] when the sources or records that it announces
/// are not there.
pub fn parse(bytes: &[u8]) -> Result<(Message<'_>, usize), Malformed> {
    let layer = Layer::Igmp;
    let b = take(layer, bytes, HEADER_LEN)?;
    let group = Ipv4Addr::new(b[4], b[5], b[6], b[7]);
    let report = |version| Message::Report {
        version,
        group: group.into(),
    };
    let message = match b[0] {
        QUERY => return query(bytes),
        REPORT_V1 => report(Version::First),
        REPORT_V2 => report(Version::Second),
        LEAVE => Message::Leave {
            group: group.into(),
        },
        REPORT_V3 => {
            let count = u16::from_be_bytes([b[6], b[7]]);
            let records = Records::parse(layer, &bytes[HEADER_LEN..], count, 4)?;
            let len = HEADER_LEN + records.bytes().len();
            return Ok((Message::Records(records), len));
        }
        kind => Message::Other { kind },
    };
    Ok((message, HEADER_LEN))
}

/// RFC 3376 §7.1: the version is told by the length, and the first by its response code of 0.
fn query(bytes: &[u8]) -> Result<(Message<'_>, usize), Malformed> {
    let b = bytes;
    let group = Ipv4Addr::new(b[4], b[5], b[6], b[7]);
    let mut query = Query {
        version: if b[1] == 0 {
            Version::First
        } else {
            Version::Second
        },
        max_response_time: TENTH * u64::from(b[1]),
        group: (!group.is_unspecified()).then_some(IpAddr::V4(group)),
        suppress: false,
        robustness: 0,
        interval: 0,
        sources: Sources::none(false),
    };
    if b.len() == HEADER_LEN {
        return Ok((Message::Query(query), HEADER_LEN));
    }
    // RFC 3376 §7.1: a query of 9 to 11 bytes is none.
    take(Layer::Igmp, b, QUERY_V3_LEN)?;
    let count = usize::from(u16::from_be_bytes([b[10], b[11]]));
    let len = QUERY_V3_LEN + count * 4;
    let sources = b.get(QUERY_V3_LEN..len).ok_or(Malformed::Length {
        layer: Layer::Igmp,
        found: len,
        have: b.len(),
    })?;
    query.version = Version::Third;
    query.max_response_time = TENTH * u64::from(code8(b[1]));
    query.suppress = b[8] & 8 != 0;
    query.robustness = b[8] & 7;
    query.interval = code8(b[9]);
    query.sources = Sources::new(sources, 4);
    Ok((Message::Query(query), len))
}

impl Message<'_> {
    /// Bytes that it takes as IGMP.
    #[must_use]
    pub const fn igmp_len(&self) -> usize {
        match self {
            Self::Query(query) if matches!(query.version, Version::Third) => {
                QUERY_V3_LEN + query.sources.bytes().len()
            }
            Self::Records(records) => HEADER_LEN + records.bytes().len(),
            _ => HEADER_LEN,
        }
    }

    /// Writes it as IGMP into the first [`igmp_len`](Self::igmp_len) bytes of `out`, its checksum
    /// zero.
    pub fn emit_igmp(&self, out: &mut [u8]) {
        let out = &mut out[..self.igmp_len()];
        out.fill(0);
        match self {
            Self::Query(query) => emit_query(query, out),
            Self::Report { version, group } => {
                out[0] = if *version == Version::First {
                    REPORT_V1
                } else {
                    REPORT_V2
                };
                put(out, Some(*group));
            }
            Self::Leave { group } => {
                out[0] = LEAVE;
                put(out, Some(*group));
            }
            Self::Records(records) => {
                out[0] = REPORT_V3;
                out[6..8].copy_from_slice(&records.count().to_be_bytes());
                out[HEADER_LEN..].copy_from_slice(records.bytes());
            }
            Self::Other { kind } => out[0] = *kind,
        }
    }
}

fn emit_query(query: &Query<'_>, out: &mut [u8]) {
    let tenths = units(query.max_response_time, TENTH);
    out[0] = QUERY;
    put(out, query.group);
    if query.version != Version::Third {
        let least = u32::from(query.version == Version::Second);
        out[1] = tenths.clamp(least, 255 * least) as u8;
        return;
    }
    out[1] = to_code8(tenths);
    out[8] = u8::from(query.suppress) << 3 | query.robustness & 7;
    out[9] = to_code8(query.interval);
    out[10..12].copy_from_slice(&(query.sources.len() as u16).to_be_bytes());
    out[QUERY_V3_LEN..].copy_from_slice(query.sources.bytes());
}

fn put(out: &mut [u8], group: Option<IpAddr>) {
    if let Some(IpAddr::V4(group)) = group {
        out[4..8].copy_from_slice(&group.octets());
    }
}

/// The front of a report of so many records, which the caller appends (RFC 3376 §4.2). Its checksum
/// is zero.
#[must_use]
pub const fn report_front(records: u16) -> [u8; HEADER_LEN] {
    let [a, b] = records.to_be_bytes();
    [REPORT_V3, 0, 0, 0, 0, 0, a, b]
}
