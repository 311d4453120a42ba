//! The timestamps of a segment (RFC 7323 §4.3, §5.3).

use base::{Duration, Instant};
use wire::tcp::Flags;

use super::{AckDebt, Segment, Stop};
use crate::{Connection, DropReason, Settings};

impl Connection {
    /// Protection against wrapped sequence numbers: what was sent before something that is here is
    /// an old duplicate, whatever its number (RFC 7323 §5.3, R1).
    pub(super) fn check_stamps(
        &mut self,
        now: Instant,
        settings: &Settings,
        segment: &Segment,
    ) -> Result<(), Stop> {
        let Some(stamps) = segment.timestamps.filter(|_| self.has_timestamps()) else {
            // RFC 7323 §3.2 would drop a segment without them; Linux takes it.
            return Ok(());
        };
        // A host may reorder what it sends within a tick of its clock.
        if !self.stamps.is_old(stamps.value, 1, now)
            || segment.flags.contains(Flags::RST)
            || self.is_disordered_ack(segment, stamps.value)
        {
            return Ok(());
        }
        if segment.flags.contains(Flags::SYN) {
            return Err(Stop::challenge(DropReason::SynOnConnection));
        }
        if segment.bare && !self.answers.allows(now, settings) {
            return Err(Stop::drop(DropReason::RateLimited));
        }
        self.rcv.ack = AckDebt::Now;
        Err(Stop::drop(DropReason::Paws))
    }

    /// Whether it is an ACK that was overtaken by data of the peer's: it repeats what is known, and
    /// counts as a duplicate, as in Linux.
    fn is_disordered_ack(&self, segment: &Segment, value: u32) -> bool {
        // The peer's clock cannot have run further than this in the time that it would wait for an
        // answer, 1.2 ticks for each of our milliseconds.
        let replay = self.rtt.rto * 6 / 5;
        segment.flags.contains(Flags::ACK)
            && segment.bare
            && segment.seq == self.rcv.nxt
            && segment.ack == self.snd.una
            && segment.window(self.snd.scale) == self.snd.wnd
            && Duration::from_millis(self.stamps.behind(value).max(0) as u64) <= replay
    }

    /// Takes the peer's clock from a segment that holds what was last acknowledged, so that a
    /// delayed ACK echoes the first segment that it answers (RFC 7323 §4.3). Whether that clock has
    /// moved on.
    pub(super) fn take_stamps(&mut self, now: Instant, segment: &Segment) -> bool {
        if let Some(stamps) = segment.timestamps
            && self.has_timestamps()
            && !segment.first.after(self.rcv.told())
            && !self.stamps.is_old(stamps.value, 0, now)
        {
            let newer = self.stamps.is_after(stamps.value);
            self.stamps.hear(stamps.value, now);
            return newer;
        }
        false
    }
}
