//! Fourth, the SYN bit (RFC 9293 §3.10.7.4, RFC 5961 §4.2).

use wire::tcp::Flags;

use super::{Segment, Stop};
use crate::{Connection, DropReason};

impl Connection {
    /// A SYN has no business in a connection: whoever has sent it is asked what is true.
    pub(super) fn check_syn(&self, segment: &Segment) -> Result<(), Stop> {
        if segment.flags.contains(Flags::SYN) {
            return Err(Stop::challenge(DropReason::SynOnConnection));
        }
        Ok(())
    }
}
