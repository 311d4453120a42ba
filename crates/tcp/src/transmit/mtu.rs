//! How large a segment the path takes: by what the way says of itself (RFC 1191, RFC 8201), and by
//! probes that ask nobody (RFC 4821), as Linux makes them.
//!
//! ```text
//!        low                  middle                 high
//!  ───────┼──────────────────────┼─────────────────────┼─────
//!  gets through       the next probe       nothing larger does
//! ```
//!
//! Sizes here count what the MTU leaves beside an IP and a TCP header without options, as the MSS
//! option does; where less is meant it says so.

use alloc::boxed::Box;

use base::Instant;
use wire::tcp::SeqNumber;

use super::Fresh;
use crate::congestion::CaState;
use crate::connection::Marks;
use crate::handshake::fitting;
use crate::{Connection, Settings, State};

/// Probes wait for a window of so many segments, since a lost one costs.
const ENOUGH_WINDOW: u32 = 11;
/// What the headers take of a packet, for the ratio of packets before and after a probe.
const HEADERS: u32 = 40;

/// The search for the largest segment that gets through (RFC 4821 §7).
#[derive(Clone, Debug)]
pub(crate) struct MtuSearch {
    /// Gets through, or is taken to.
    low: u16,
    /// Nothing larger does.
    high: u16,
    /// The probe under way.
    probe: Option<Probe>,
    /// When the search was begun.
    since: Instant,
    /// Less is not worth a probe (`tcp_probe_threshold`).
    threshold: u16,
}

#[derive(Clone, Copy, Debug)]
struct Probe {
    start: SeqNumber,
    end: SeqNumber,
    size: u16,
}

impl MtuSearch {
    const fn middle(&self) -> u16 {
        u16::midpoint(self.low, self.high)
    }

    const fn is_over(&self) -> bool {
        self.high < self.low || self.high - self.low < self.threshold
    }
}

fn narrow(size: u32) -> u16 {
    u16::try_from(size).unwrap_or(u16::MAX)
}

/// Whether a probe goes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    No,
    /// As soon as something in flight is acknowledged; what is there to send waits for it.
    Wait,
    /// With so many bytes of data.
    Now(usize),
}

impl Connection {
    /// What the way takes now, as whoever routes its segments found: the MTU less IP and TCP header,
    /// in bytes. It counts from the next write, acknowledgment or time-out on.
    pub fn set_path_mss(&mut self, mss: u16) {
        if self.snd.path != mss {
            self.snd.path = mss;
            self.marks |= Marks::PATH_CHANGED;
        }
    }

    /// The segment that was sent last did not get out of the door, since the way takes `mss` bytes:
    /// what is larger than that lets segments be goes again. Should they be as small as it gets already,
    /// the time-out looks after it.
    pub fn refused_by_path(&mut self, now: Instant, settings: &Settings, mss: u16) {
        self.shrink_segments(now, settings, mss);
        if self.state.is_synchronized() || self.is_opening_fast() {
            self.set_path_mss(mss);
            self.sync_mss(settings);
            self.forget_mtu_probe();
            self.resend_smaller();
            self.arm_retransmit(now);
        }
    }

    /// Whether a way that takes `mss` bytes, options counted, is too narrow for full segments.
    #[must_use]
    pub fn exceeds(&self, mss: u16) -> bool {
        self.snd.mss + self.fixed_options() > mss
    }

    /// What the way is known to take: the MTU less IP and TCP header, in bytes.
    #[must_use]
    pub fn path_mss(&self) -> u16 {
        self.snd.path
    }

    /// The largest segment that may be sent next, in bytes of data: a probe of the path may be
    /// larger than [`segment_size`](Self::segment_size).
    #[must_use]
    pub fn largest_segment(&self) -> usize {
        match self.mtu_probe_due() {
            Due::Now(len) => len.max(self.snd.mss.into()),
            Due::No | Due::Wait => self.snd.mss.into(),
        }
    }

    /// Follows a way that has changed.
    pub(crate) fn follow_path(&mut self, settings: &Settings) {
        let begun = self.state.is_synchronized() || self.is_opening_fast();
        if self.marks.contains(Marks::PATH_CHANGED) && begun {
            self.sync_mss(settings);
        }
    }

    /// The path takes `mss` at most, by a router's word or because the segment did not even get out
    /// of the door: what is in flight goes again in smaller ones (RFC 1191 §6.5), and that says
    /// nothing of congestion.
    pub(crate) fn shrink_segments(&mut self, now: Instant, settings: &Settings, mss: u16) {
        let mss = fitting(settings, mss, u16::MAX);
        if mss >= self.snd.path {
            return;
        }
        self.snd.path = mss;
        if self.state == State::SynSent {
            // A SYN that was too long for its data goes again without, and says what the path takes.
            self.snd.mss = self.snd.mss.min(mss);
            self.rcv.max_mss = self.rcv.max_mss.min(mss);
            self.marks |= Marks::SYN_OWED;
        }
        if self.state.is_synchronized() || self.is_opening_fast() {
            let before = self.snd.mss;
            self.sync_mss(settings);
            if self.snd.mss < before {
                self.resend_smaller();
                self.arm_retransmit(now);
            }
            self.wake_writer(settings);
        }
    }

    /// Segments become as large as path, ends and search allow (Linux's `tcp_sync_mss`).
    pub(crate) fn sync_mss(&mut self, settings: &Settings) {
        self.marks.remove(Marks::PATH_CHANGED);
        let (path, clamp) = (self.snd.path, self.snd.clamp);
        let mut size = fitting(settings, path, clamp);
        if let Some(search) = &mut self.snd.search {
            search.high = search.high.min(path);
            size = size.min(fitting(settings, search.low, clamp));
        }
        self.snd.mss = size.saturating_sub(self.fixed_options()).max(1);
    }

    /// The handshake is complete: probes may begin (`tcp_mtu_probing` 2).
    pub(crate) fn begin_mtu_search(&mut self, now: Instant, settings: &Settings) {
        if settings.mtu_probing > 1 {
            self.search_mtu(now, settings);
        }
    }

    fn search_mtu(&mut self, now: Instant, settings: &Settings) {
        self.snd.search = Some(Box::new(MtuSearch {
            low: narrow(settings.base_mss).saturating_add(self.fixed_options()),
            high: self.snd.clamp,
            probe: None,
            since: now,
            threshold: narrow(settings.probe_threshold),
        }));
    }

    /// Nothing came back for so long that large packets may be swallowed on the way (RFC 4821 §7.7,
    /// `tcp_mtu_probing` 1): smaller ones, and smaller each time.
    pub(crate) fn suspect_black_hole(&mut self, now: Instant, settings: &Settings) {
        if settings.mtu_probing == 0 {
            return;
        }
        let (options, clamp) = (self.fixed_options(), self.snd.clamp);
        match &mut self.snd.search {
            None => self.search_mtu(now, settings),
            Some(search) => {
                let half = (fitting(settings, search.low, clamp) - options) / 2;
                let floor = settings.mtu_probe_floor.max(settings.min_snd_mss);
                let least = half.min(narrow(settings.base_mss)).max(narrow(floor));
                search.low = least.saturating_add(options);
            }
        }
        self.sync_mss(settings);
    }

    /// Whether a probe goes next, instead of other new data.
    pub(super) fn mtu_probe_due(&self) -> Due {
        let Some(search) = &self.snd.search else {
            return Due::No;
        };
        let calm = self.recovery.state == CaState::Open && self.rcv.sack_count() == 0;
        let window = self.congestion.window.cwnd;
        if search.probe.is_some() || !calm || window < ENOUGH_WINDOW || search.is_over() {
            return Due::No;
        }
        let size = search.middle().min(self.snd.clamp);
        let len = size.saturating_sub(self.fixed_options());
        if len <= self.snd.mss || self.sends_urgent().is_some() {
            return Due::No;
        }
        // Enough behind it that its loss is seen at once.
        let behind = (self.recovery.reordering() + 1).saturating_mul(self.snd.mss.into());
        let needed = u32::from(len).saturating_add(behind);
        if self.snd.unsent() < needed || self.snd.wnd.0 < needed {
            return Due::No;
        }
        if self.snd.window_room() < needed {
            return Due::Wait;
        }
        let in_flight = self.in_flight();
        if in_flight + 2 > window {
            return if in_flight == 0 { Due::No } else { Due::Wait };
        }
        Due::Now(len.into())
    }

    /// Whether `fresh` is a probe.
    pub(super) fn is_mtu_probe(&self, fresh: &Fresh) -> bool {
        self.snd.search.is_some() && fresh.segment > usize::from(self.snd.mss)
    }

    /// A probe of `len` bytes of data goes out, from `start` on.
    pub(super) fn mtu_probe_sent(&mut self, start: SeqNumber, len: usize) {
        let size = len as u16 + self.fixed_options();
        if let Some(search) = &mut self.snd.search {
            let end = start + len as u32;
            search.probe = Some(Probe { start, end, size });
            // It is as good as two.
            let window = &mut self.congestion.window;
            window.cwnd = window.cwnd.saturating_sub(1).max(1);
        }
    }

    /// Something goes out again: which copy of a probe arrives can no longer be told.
    pub(super) fn forget_mtu_probe(&mut self) {
        if let Some(search) = &mut self.snd.search {
            search.probe = None;
        }
    }

    /// SND.UNA has moved: the probe may be through.
    pub(crate) fn judge_mtu_probe(&mut self, now: Instant, settings: &Settings) {
        let una = self.snd.una;
        let Some(search) = &mut self.snd.search else {
            return;
        };
        let Some(probe) = search.probe.filter(|probe| !probe.end.after(una)) else {
            return;
        };
        search.probe = None;
        search.low = probe.size;
        // The window is of segments, which are larger now; its bytes stay (RFC 4821 §7.3).
        let before = u32::from(self.snd.mss + self.fixed_options()) + HEADERS;
        let state = self.recovery.state;
        let window = &mut self.congestion.window;
        let scaled = u64::from(window.cwnd) * u64::from(before);
        let cwnd = (scaled / u64::from(u32::from(probe.size) + HEADERS)) as u32;
        window.forget_credit();
        window.set(cwnd, now);
        window.ssthresh = window.current_ssthresh(state);
        self.sync_mss(settings);
    }

    /// Something is lost. If it is the probe, that says of the path that it takes less, and nothing
    /// of congestion (RFC 4821 §7.5): it goes again in smaller segments.
    pub(crate) fn lost_mtu_probe(&mut self) -> bool {
        let una = self.snd.una;
        let Some(search) = &mut self.snd.search else {
            return false;
        };
        let Some(probe) = search.probe.filter(|probe| probe.start == una) else {
            return false;
        };
        search.probe = None;
        search.high = probe.size - 1;
        let window = &mut self.congestion.window;
        window.cwnd = window.cwnd.saturating_add(1);
        self.resend_smaller();
        true
    }

    /// The path may have become wider: the search begins anew after a while
    /// (`tcp_probe_interval`, RFC 4821 §7.6).
    pub(super) fn renew_mtu_search(&mut self, now: Instant, settings: &Settings) {
        let (clamp, size) = (self.snd.clamp, self.snd.mss + self.fixed_options());
        let Some(search) = &mut self.snd.search else {
            return;
        };
        search.threshold = narrow(settings.probe_threshold);
        if search.is_over() && now - search.since >= settings.probe_interval {
            search.probe = None;
            search.high = clamp;
            search.low = size;
            search.since = now;
        }
    }
}
