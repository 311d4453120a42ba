//! Timestamps: the clock that we tell, and what is remembered of the peer's (RFC 7323 §3 to §5).

use base::{Duration, Instant};
use wire::tcp::Timestamps;

/// Bytes that the option takes of every segment, its padding counted.
pub(crate) const OPTION_LEN: u16 = 12;

/// After so many seconds of silence the peer's clock may have come round, so that what was last
/// heard of it judges nothing any more. RFC 7323 §5.5 allows up to 24 days, which suits a clock of
/// a millisecond; Linux has this for every connection since it knows clocks of a microsecond.
const OUTDATED: u32 = i32::MAX as u32 / 1_000_000;

/// What one connection keeps of both ends' clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamps {
    /// What our clock is ahead of the stack's: a secret of the two hosts, so that it tells nobody
    /// how long we have been up.
    offset: u32,
    /// TS.Recent; 0 before anything was heard.
    recent: u32,
    /// When that was heard, in seconds.
    heard: u32,
}

impl Stamps {
    /// The same with another offset.
    pub(crate) const fn with_offset(self, offset: u32) -> Self {
        Self { offset, ..self }
    }

    /// What our clock is ahead of the stack's.
    pub(crate) const fn offset(&self) -> u32 {
        self.offset
    }

    /// TSval at this moment: milliseconds (RFC 7323 §5.4 wants 1 ms to 1 s).
    pub(crate) const fn clock(&self, now: Instant) -> u32 {
        (now.as_millis() as u32).wrapping_add(self.offset)
    }

    /// The option of a segment that goes out now.
    pub(crate) const fn option(&self, now: Instant) -> Timestamps {
        Timestamps {
            value: self.clock(now),
            echo: self.recent,
        }
    }

    /// Whether `value` lies behind TS.Recent.
    pub(crate) const fn is_after(&self, value: u32) -> bool {
        value.wrapping_sub(self.recent) as i32 > 0
    }

    /// Takes `value` as TS.Recent.
    pub(crate) const fn hear(&mut self, value: u32, now: Instant) {
        self.recent = value;
        self.heard = (now.as_millis() / 1000) as u32;
    }

    /// Whether `value` lies before TS.Recent by more than `slack`, and TS.Recent is fresh enough to
    /// judge by (RFC 7323 §5.3, R1). A TS.Recent of 0 judges nothing: some hosts open with that and
    /// tell the time only later.
    pub(crate) const fn is_old(&self, value: u32, slack: i32, now: Instant) -> bool {
        let behind = self.recent.wrapping_sub(value) as i32;
        let silent = ((now.as_millis() / 1000) as u32).wrapping_sub(self.heard);
        behind > slack && silent < OUTDATED && self.recent != 0
    }

    /// Whether the peer was not heard for `time` or longer.
    pub(crate) const fn is_silent_for(&self, time: Duration, now: Instant) -> bool {
        let silent = ((now.as_millis() / 1000) as u32).wrapping_sub(self.heard);
        silent as u64 >= time.as_secs()
    }

    /// The same, with what `other` knows of the peer's clock.
    pub(crate) const fn with_peer_of(self, other: Self) -> Self {
        Self {
            offset: self.offset,
            ..other
        }
    }

    /// How far `value` lies behind TS.Recent, in ticks of the peer's clock.
    pub(crate) const fn behind(&self, value: u32) -> i32 {
        self.recent.wrapping_sub(value) as i32
    }

    /// How long ago our clock said `echo`; `None` if that lies ahead.
    pub(crate) fn age_of(&self, echo: u32, now: Instant) -> Option<Duration> {
        let age = self.clock(now).wrapping_sub(echo);
        (age < 1 << 31).then(|| Duration::from_millis(age.into()))
    }

    /// The same; `None` if it cannot have been since `since`.
    pub(crate) fn age(&self, echo: u32, since: Instant, now: Instant) -> Option<Duration> {
        let age = self.clock(now).wrapping_sub(echo);
        (age <= self.clock(now).wrapping_sub(self.clock(since)))
            .then(|| Duration::from_millis(age.into()))
    }
}
