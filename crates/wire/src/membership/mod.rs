//! Who listens to which multicast groups: what IGMP and MLD have in common.
//!
//! Both say the same, one with IPv4's addresses and one with IPv6's: a [`Query`] asks, a report of
//! [`Records`] answers with a [`Record`] for each group (RFC 3376 §4.2, RFC 3810 §5.2). Queriers of
//! earlier versions ask for one group at a time and are answered by a report of one.
//!
//! | module | what |
//! |---|---|
//! | [`igmp`] | the messages of IPv4 (RFC 3376, RFC 2236, RFC 1112) |
//! | [`mld`] | those of IPv6 (RFC 3810, RFC 2710), which are ICMPv6's |
//! | `record` | one group, and whose packets to it are wanted |

pub mod igmp;
pub mod mld;
mod record;

use core::net::IpAddr;

use base::Duration;

pub use record::{Record, RecordKind, Records, Sources};

/// Which of the protocol's versions a querier speaks, and so which one it understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// IGMPv1: nobody says that he leaves (RFC 1112 appendix I).
    First,
    /// IGMPv2 (RFC 2236) and MLDv1 (RFC 2710): a report for each group.
    Second,
    /// IGMPv3 and MLDv2: all groups in one report, with their sources.
    Third,
}

/// Who listens? Asked by the router that was chosen to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query<'a> {
    /// The version that the querier speaks.
    pub version: Version,
    /// How long an answer may wait, so that not all answer at once. As precise as the wire has it:
    /// a tenth of a second in IGMP, a millisecond in MLD.
    pub max_response_time: Duration,
    /// About which group; `None` about all of them.
    pub group: Option<IpAddr>,
    /// The S flag: other routers let their timers run (RFC 3376 §4.1.5).
    pub suppress: bool,
    /// The querier's robustness variable, 0 when it exceeds 7 (RFC 3376 §4.1.6).
    pub robustness: u8,
    /// The querier's query interval in seconds (RFC 3376 §4.1.7).
    pub interval: u32,
    /// About these sources alone; empty for all.
    pub sources: Sources<'a>,
}

/// A membership message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// Who listens?
    Query(Query<'a>),
    /// I listen to a group; said by hosts of the first two versions, or to their queriers.
    Report {
        /// In the words of which version: [`Version::First`] or [`Version::Second`].
        version: Version,
        /// To which.
        group: IpAddr,
    },
    /// I listen to a group no more: IGMPv2's Leave, MLDv1's Done.
    Leave {
        /// To which.
        group: IpAddr,
    },
    /// What I listen to, group by group.
    Records(Records<'a>),
    /// Some other use of IGMP, such as DVMRP.
    Other {
        /// The type.
        kind: u8,
    },
}

/// A number from 0 to 31744 in eight bits, of which large ones lose precision: IGMP's response
/// code and both protocols' interval code (RFC 3376 §4.1.1).
const fn code8(code: u8) -> u32 {
    match code {
        0..128 => code as u32,
        _ => ((code & 0xf) as u32 | 0x10) << ((code >> 4 & 7) + 3),
    }
}

/// The code of the largest number not above `number`.
const fn to_code8(number: u32) -> u8 {
    if number < 128 {
        return number as u8;
    }
    let number = if number > 31_744 { 31_744 } else { number };
    let exponent = 31 - number.leading_zeros() - 7;
    (0x80 | exponent << 4 | number >> (exponent + 3) & 0xf) as u8
}

/// As [`code8`] in sixteen bits, up to 8387584: MLD's response code (RFC 3810 §5.1.3).
const fn code16(code: u16) -> u32 {
    match code {
        0..32768 => code as u32,
        _ => ((code & 0xfff) as u32 | 0x1000) << ((code >> 12 & 7) + 3),
    }
}

/// The code of the largest number not above `number`.
const fn to_code16(number: u32) -> u16 {
    if number < 32_768 {
        return number as u16;
    }
    let number = if number > 8_387_584 {
        8_387_584
    } else {
        number
    };
    let exponent = 31 - number.leading_zeros() - 15;
    (0x8000 | exponent << 12 | number >> (exponent + 3) & 0xfff) as u16
}

/// So many units of `unit`, what is more than a `u32` being the most.
fn units(time: Duration, unit: Duration) -> u32 {
    u32::try_from(time.as_nanos() / unit.as_nanos()).unwrap_or(u32::MAX)
}
