//! At which rate data goes, and in which bursts (SO_MAX_PACING_RATE, draft-ietf-ccwg-bbr §5.6.2).

use base::Instant;

use crate::congestion::burst;
use crate::{Connection, Settings};

impl Connection {
    /// The rate at which data is to leave, in bytes a second; `None`: at once.
    pub(crate) fn pace(&self, settings: &Settings) -> Option<u64> {
        let (mss, srtt) = (self.snd.mss, self.rtt.srtt());
        let most = match self.options.max_pacing_rate {
            0 if !settings.pace_all => None,
            0 => Some(u64::MAX),
            most => Some(most.into()),
        };
        self.congestion
            .pace(mss, srtt, most, settings.pacing_ratios)
    }

    /// The rate that the congestion control has, or that Linux would pace at, in bytes a second and
    /// within SO_MAX_PACING_RATE, whether data is held to it or not (`tcpi_pacing_rate`); `None`
    /// before the first round-trip time.
    #[must_use]
    pub fn pacing_rate(&self, settings: &Settings) -> Option<u64> {
        let (mss, srtt) = (self.snd.mss, self.rtt.srtt());
        let usual = || {
            let rate = self
                .congestion
                .window
                .usual_rate(mss, srtt, settings.pacing_ratios);
            (rate > 0).then_some(rate)
        };
        let rate = self.congestion.pacing_rate().or_else(usual);
        match self.options.max_pacing_rate {
            0 => rate,
            most => Some(rate.map_or(most.into(), |rate| rate.min(most.into()))),
        }
    }

    /// How many of `max_payload` bytes may go in one piece: a millisecond's worth, so that large
    /// pieces do not make queues on the way; and of new data half of the window, so that the peer
    /// acknowledges one half while the other is under way.
    pub(super) fn burst(
        &self,
        settings: &Settings,
        rate: Option<u64>,
        fresh: bool,
        max_payload: usize,
    ) -> usize {
        let mss = self.snd.mss;
        if max_payload <= mss.into() {
            return max_payload;
        }
        let srtt = self.rtt.srtt();
        let window = &self.congestion.window;
        let rate = rate.unwrap_or_else(|| {
            // Nothing is known of the path yet.
            match window.usual_rate(mss, srtt, settings.pacing_ratios) {
                0 => u64::MAX,
                rate => rate,
            }
        });
        let min_rtt = self.recovery.min_rtt.get().unwrap_or(srtt);
        let (least, near) = (settings.min_tso_segs, settings.tso_rtt_log);
        let mut packets = burst(rate, mss, min_rtt, least, near);
        if fresh {
            packets = packets.min((window.cwnd / 2).max(1));
        }
        max_payload.min(packets as usize * usize::from(mss))
    }

    /// `bytes` of data leave: what follows waits as the rate has it.
    pub(super) fn space(&mut self, now: Instant, bytes: usize, rate: Option<u64>) {
        let packets = bytes.div_ceil(usize::from(self.snd.mss.max(1))) as u32;
        self.congestion.on_paced(now, packets, bytes as u64, rate);
    }
}
