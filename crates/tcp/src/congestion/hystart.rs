//! HyStart: slow start ends before the queue overflows.
//!
//! Two signs in the ACKs of one round trip show that the path is full: they come in a train as long
//! as the round trip, or later than the shortest round trip by an eighth. This is the algorithm
//! as Linux runs it (Ha and Rhee, 2011), which leaves slow start at the first sign. RFC 9406, which
//! goes on more slowly for some rounds instead, has the same thresholds for the second sign and
//! drops the first.

use base::{Duration, Instant};
use wire::tcp::SeqNumber;

use super::{Ack, CongestionWindow};

/// Windows below it are left alone, in packets (Linux's `hystart_low_window`, RFC 9438 §4.10).
const LOW_WINDOW: u32 = 16;
/// ACKs that are no further apart belong to one train.
const TRAIN_GAP: Duration = Duration::from_millis(2);
/// So many samples of a round's delay are taken before they are judged (RFC 9406 N_RTT_SAMPLE).
const SAMPLES: u8 = 8;
/// RFC 9406 MIN_RTT_THRESH.
const LEAST_RISE: Duration = Duration::from_millis(4);
/// RFC 9406 MAX_RTT_THRESH.
const MOST_RISE: Duration = Duration::from_millis(16);

/// One round trip under watch.
#[derive(Clone, Debug)]
pub(super) struct HyStart {
    /// When the round began.
    round_start: Instant,
    /// When the last ACK of the train came.
    last_ack: Instant,
    /// The least round-trip time of the round.
    round_min: Duration,
    /// The number that ends the round.
    end: SeqNumber,
    /// Samples in the round, up to [`SAMPLES`].
    samples: u8,
    /// The end of slow start was found: there is nothing more to look for.
    found: bool,
}

impl HyStart {
    /// The round that begins now ends when what is in flight is acknowledged.
    pub(super) fn new(now: Instant, nxt: SeqNumber) -> Self {
        Self {
            round_start: now,
            last_ack: now,
            round_min: Duration::MAX,
            end: nxt,
            samples: 0,
            found: false,
        }
    }

    /// An ACK in slow start measured `rtt`; `least` is the shortest known. Whether slow start
    /// should end here. With pacing, `paced`, data takes up to half a round trip longer to leave.
    pub(super) fn on_ack(
        &mut self,
        window: &CongestionWindow,
        ack: &Ack,
        rtt: Duration,
        least: Duration,
        slack: Duration,
        paced: bool,
    ) -> bool {
        if self.found {
            return false;
        }
        if ack.una.after(self.end) {
            *self = Self::new(ack.now, ack.nxt);
        }
        if window.cwnd < LOW_WINDOW {
            return false;
        }
        let train = self.is_long_train(ack.now, least, slack, paced);
        let delayed = self.is_delayed(rtt, least);
        self.found = train || delayed;
        self.found
    }

    /// Whether ACKs have come without a pause for as long as data is under way.
    fn is_long_train(
        &mut self,
        now: Instant,
        least: Duration,
        slack: Duration,
        paced: bool,
    ) -> bool {
        if now - self.last_ack > TRAIN_GAP {
            return false;
        }
        self.last_ack = now;
        let one_way = least + slack;
        let threshold = if paced { one_way } else { one_way / 2 };
        now - self.round_start > threshold
    }

    /// Whether the whole round was slower than the fastest known.
    fn is_delayed(&mut self, rtt: Duration, least: Duration) -> bool {
        self.round_min = self.round_min.min(rtt);
        if self.samples < SAMPLES {
            self.samples += 1;
            return false;
        }
        let rise = (least / 8).clamp_to(LEAST_RISE, MOST_RISE);
        self.round_min > least + rise
    }
}
