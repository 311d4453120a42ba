//! What few connections meet, counted for `TCP_INFO`: time-outs, how many and in how many stretches
//! without progress, and how long those lasted (Linux's `tcpi_total_rto` and its like); and what
//! hindered the data of a SYN.

use base::Instant;

use super::Recovery;

/// What is counted of trouble.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// Time-outs in all, those of the SYN among them.
    pub timeouts: u16,
    /// Stretches of time-outs with no progress between them.
    pub stretches: u16,
    /// How long the ones lasted that are over, in milliseconds.
    millis: u32,
    /// When the present one began, with its first time-out; zero when there is none.
    since: Instant,
    /// What hindered the data of our SYN.
    pub fast_open: FastOpenFailed,
}

/// Why a caller's SYN has brought no data (RFC 7413), by Linux's numbers
/// (`tcpi_fastopen_client_fail`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FastOpenFailed {
    /// It has, or had none to bring.
    #[default]
    Not = 0,
    /// There was no cookie yet.
    NoCookie = 1,
    /// The peer did not take it.
    NotAcknowledged = 2,
    /// The SYN was lost, and went without it.
    Lost = 3,
}

impl Trouble {
    /// How long time-outs lasted in all, the present stretch counted, in milliseconds.
    #[must_use]
    pub fn millis(&self, now: Instant) -> u32 {
        let present = match self.since {
            Instant::ZERO => 0,
            since => now.since(since).as_millis(),
        };
        let present = u32::try_from(present).unwrap_or(u32::MAX);
        self.millis.saturating_add(present)
    }
}

impl Recovery {
    /// What is counted so far.
    pub(crate) fn trouble(&self) -> Trouble {
        let episode = self.episode.as_ref();
        episode.map(|episode| episode.trouble).unwrap_or_default()
    }

    /// A time-out; `first`: something was acknowledged since the one before.
    pub(crate) fn count_timeout(&mut self, now: Instant, first: bool) {
        let trouble = &mut self.episode().trouble;
        if first {
            trouble.stretches = trouble.stretches.saturating_add(1);
            trouble.since = now;
        }
        trouble.timeouts = trouble.timeouts.saturating_add(1);
    }

    /// So often a SYN-ACK that was first sent then has timed out.
    pub(crate) fn count_syn_ack(&mut self, timeouts: u8, sent: Instant) {
        if timeouts > 0 {
            self.count_timeout(sent, true);
            self.episode().trouble.timeouts = timeouts.into();
        }
    }

    /// What timed out is acknowledged, or proved to be no loss.
    pub(crate) fn end_timeouts(&mut self, now: Instant) {
        if let Some(episode) = &mut self.episode {
            let trouble = &mut episode.trouble;
            trouble.millis = trouble.millis(now);
            trouble.since = Instant::ZERO;
        }
    }

    /// The data of our SYN did not get there.
    pub(crate) fn fast_open_failed(&mut self, why: FastOpenFailed) {
        self.episode().trouble.fast_open = why;
    }
}
