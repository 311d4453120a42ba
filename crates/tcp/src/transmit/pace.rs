//! At which rate data goes, and in which bursts (SO_MAX_PACING_RATE, draft-ietf-ccwg-bbr §5.6.2).

use base::Instant;

use crate::congestion::burst;
use crate::{Connection, Settings};

impl Connection {
    /// The rate at which data is to leave, in bytes a second; `None`: at once.
    pub(crate) fn pace(&self, settings: &Settings) -> Option<u64> {
        let (mss, srtt) = (self.snd.mss, self.rtt.srtt());
        let most = self.options.max_pacing_rate;
        self.congestion
            .pace(mss, srtt, most, settings.pacing_ratios)
    }

    /// How many of `max_payload` bytes may go in one piece.
    pub(super) fn burst(
        &self,
        settings: &Settings,
        rate: Option<u64>,
        max_payload: usize,
    ) -> usize {
        let Some(rate) = rate else {
            return max_payload;
        };
        let min_rtt = self.recovery.min_rtt.get().unwrap_or(self.rtt.srtt());
        let packets = burst(rate, self.snd.mss, min_rtt, settings.min_tso_segs);
        max_payload.min(packets as usize * usize::from(self.snd.mss))
    }

    /// `bytes` of data leave: what follows waits as the rate has it.
    pub(super) fn space(&mut self, now: Instant, bytes: usize, rate: Option<u64>) {
        let packets = bytes.div_ceil(usize::from(self.snd.mss.max(1))) as u32;
        self.congestion.on_paced(now, packets, bytes as u64, rate);
    }
}
