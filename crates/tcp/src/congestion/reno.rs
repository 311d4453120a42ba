//! NewReno (RFC 5681, RFC 6582).

use super::{Ack, Algorithm, CongestionWindow};

/// Half the window at a loss, one packet more for each window acknowledged. The window is all the
/// state there is.
#[derive(Clone, Debug)]
pub(super) struct NewReno;

impl Algorithm for NewReno {
    /// ssthresh = max(FlightSize / 2, 2 * SMSS) (RFC 5681 §3.1, equation 4), with the window for the
    /// flight size as Linux has it: a window that was not used is not grown, so it is not far off.
    fn ssthresh(&mut self, window: &CongestionWindow) -> u32 {
        (window.cwnd / 2).max(2)
    }

    fn on_ack(&mut self, window: &mut CongestionWindow, ack: &Ack) {
        if ack.state.is_reducing() || !ack.may_raise || !window.is_limited() {
            return;
        }
        let mut acked = ack.delivered;
        if window.in_slow_start() {
            acked = window.slow_start(acked);
        }
        if acked > 0 {
            // A packet for every window acknowledged (RFC 5681 §3.1).
            window.additive_increase(window.cwnd, acked);
        }
    }
}
