//! The time-out (RFC 6298 §5), and when patience ends (RFC 9293 §3.8.3).

use base::{Duration, Instant};

use crate::congestion::INFINITE_SSTHRESH;
use crate::connection::Marks;
use crate::{Connection, Error, Events, Settings, State};

/// `tcp_orphan_retries` when that is 0.
const ORPHAN_RETRIES: u8 = 8;

/// How often a thin stream waits the same time.
const THIN_RETRIES: u8 = 6;

impl Connection {
    /// TCP_USER_TIMEOUT, if set.
    pub(crate) fn user_timeout(&self) -> Option<Duration> {
        let millis = self.options.user_timeout;
        (millis > 0).then(|| Duration::from_millis(u64::from(millis)))
    }

    /// What is in flight was not acknowledged in time.
    pub(crate) fn retransmit_due(&mut self, now: Instant, settings: &Settings) {
        if self.is_out_of_patience(now, settings) {
            let reason = self.soft_error.unwrap_or(Error::TimedOut);
            return self.fail(reason);
        }
        if self.state.is_synchronized() {
            self.follow_path(settings);
            if self.is_path_suspect(now, settings) {
                self.suspect_black_hole(now, settings);
            }
            self.enter_loss(now, settings);
        } else {
            self.rtt.retransmitted();
            self.marks |= Marks::SYN_OWED;
        }
        let first = self.recovery.timeouts == 0;
        self.recovery.count_timeout(now, first);
        self.recovery.timeouts = self.recovery.timeouts.saturating_add(1);
        // Linux: the first SYNs follow each other at one pace (`tcp_syn_linear_timeouts`).
        let linear =
            self.state == State::SynSent && self.recovery.timeouts <= settings.syn_linear_timeouts;
        if self.is_thin(settings) {
            self.recovery.backoff = 0;
            self.rtt.start_over(settings);
        } else if !linear {
            self.recovery.backoff = self.recovery.backoff.saturating_add(1);
            self.rtt.back_off(settings);
        }
        if self.state.is_synchronized() && self.recovery.timeouts == settings.retries1 {
            self.tell(Events::PATH_SUSPECT);
        }
        self.arm_retransmit(now);
    }

    /// Whether so long has passed since something was first sent again as `tcp_retries1` time-outs
    /// would take: Linux counts time here, and not time-outs.
    fn is_path_suspect(&self, now: Instant, settings: &Settings) -> bool {
        let wait = patience(settings.retries1, settings.rto_min, settings);
        let first = self.recovery.first_again();
        self.recovery.timeouts > 0 && first.is_some_and(|first| now - first >= wait)
    }

    /// Whether so little is in flight that time-outs are the only sign of a loss; then they do not
    /// double at first (`tcp_thin_linear_timeouts`).
    fn is_thin(&self, settings: &Settings) -> bool {
        settings.thin_linear_timeouts
            && self.state == State::Established
            && self.recovery.queue.out < 4
            && self.congestion.window.ssthresh < INFINITE_SSTHRESH
            && self.recovery.timeouts <= THIN_RETRIES
    }

    /// Whether the peer has been silent for longer than anyone waits (RFC 9293 §3.8.3, R2).
    fn is_out_of_patience(&self, now: Instant, settings: &Settings) -> bool {
        let silent = now - self.recovery.progress;
        let timeouts = self.recovery.timeouts;
        if let Some(user) = self.user_timeout() {
            return silent >= user;
        }
        match self.state {
            // As Linux reads `tcp_syn_retries`: the time that so many would take if each waited twice
            // as long as the one before.
            State::SynSent => {
                let retries = self.options.syn_retries(settings.syn_retries);
                timeouts > 0 && silent >= patience(retries, settings.rto_initial, settings)
            }
            State::SynReceived => timeouts >= self.options.syn_retries(settings.synack_retries),
            _ => {
                timeouts > 0
                    && silent >= patience(self.data_retries(settings), settings.rto_min, settings)
            }
        }
    }

    /// How often data is sent again, by the count of the sysctls.
    pub(crate) fn data_retries(&self, settings: &Settings) -> u8 {
        if !self.marks.contains(Marks::ORPHAN) {
            settings.retries2
        } else if settings.orphan_retries == 0 {
            ORPHAN_RETRIES
        } else {
            settings.orphan_retries
        }
    }
}

/// How long a connection whose time-out is `first` would wait in all, the time-outs of `retries`
/// retransmissions and the last one counted: how Linux reads `tcp_retries2`, so that a long path
/// does not wait for hours.
fn patience(retries: u8, first: Duration, settings: &Settings) -> Duration {
    let (mut sum, mut timeout) = (Duration::ZERO, first);
    for _ in 0..=retries {
        sum += timeout;
        timeout = (timeout * 2).min(settings.rto_max);
    }
    sum
}
