//! What is lost and sent again: loss detection and recovery (RFC 8985, RFC 6675, RFC 5681 §3.2),
//! proportional rate reduction (RFC 9937), and undoing what proves wrong (RFC 5682, RFC 3522,
//! RFC 3708).
//!
//! It does as Linux does, whose names its states and counts have; [`Connection::recover`] is the
//! table of contents of an ACK.
//!
//! | file | what | source |
//! |---|---|---|
//! | `segment`, `queue` | what is in flight, and the SACK scoreboard on it | RFC 6675 §3 |
//! | `ack` | an ACK's way through the files below | |
//! | `sack` | selective acknowledgments, duplicate ones among them | RFC 2018, RFC 2883 |
//! | `cumulative` | what is acknowledged for good; round-trip times | RFC 6298 §3, RFC 7323 §4 |
//! | `reordering` | how far segments are known to overtake each other | RFC 4653's ground |
//! | `rack` | losses shown by what was sent later and has arrived | RFC 8985 §6 |
//! | `newreno` | peers without SACK | RFC 6582, RFC 3042 |
//! | `states` | Open, Disorder, CWR, Recovery, Loss | RFC 5681 §3.2 |
//! | `prr` | how fast the window shrinks | RFC 9937 |
//! | `loss` | after a time-out; is it spurious? | RFC 5682 |
//! | `undo` | a reduction was for nothing | RFC 3522, RFC 4015, RFC 3708 |
//! | `probe` | tail loss probes | RFC 8985 §7 |
//! | `rtt`, `min_rtt` | round-trip times and the time-out | RFC 6298 |
//! | `send` | what is noted when something goes | |
//! | `timer`, `timeout` | the timer of all this, and when patience ends | RFC 6298 §5 |
//! | `trouble` | time-outs and more, counted | `TCP_INFO` |

mod ack;
mod cumulative;
mod loss;
mod min_rtt;
mod newreno;
mod probe;
mod prr;
mod queue;
mod rack;
mod reordering;
mod rtt;
mod sack;
mod segment;
mod send;
mod states;
#[cfg(test)]
mod tests;
mod timeout;
mod timer;
mod trouble;
mod undo;

use alloc::boxed::Box;

use base::Instant;
use bitflags::bitflags;
use wire::tcp::SeqNumber;

use crate::congestion::{CaState, Undo};
use crate::{Connection, Settings};
pub(crate) use min_rtt::MinRtt;
use queue::Queue;
use rack::Rack;
pub(crate) use rtt::{Rtt, bounded};
pub(crate) use segment::{Fate, Record};
pub use trouble::{FastOpenFailed, Trouble};

bitflags! {
    /// Circumstances of one bit each.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Notes: u8 {
        /// The time-out may have been spurious, which the next ACKs will show (RFC 5682).
        const FRTO = 0x01;
        /// The peer has forgotten what it had selectively acknowledged (RFC 2018 §8).
        const RENEGED = 0x02;
        /// The tail loss probe was something sent before (and not new data).
        const PROBE_AGAIN = 0x04;
        /// The probe timer has fired, and the probe is owed.
        const PROBE_OWED = 0x08;
    }
}

/// What may be sent again after an ACK.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Again {
    /// What is lost.
    #[default]
    Lost,
    /// New data first: whether it is acknowledged tells whether the time-out was spurious
    /// (RFC 5682 §3.1, step 2b).
    NewFirst,
    /// Nothing until the next ACK: it seems that nothing is lost.
    Nothing,
}

/// What the retransmission timer waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wait {
    /// The time-out.
    #[default]
    Timeout,
    /// What was overtaken has had its time (RFC 8985 §6.3).
    Reordering,
    /// Nothing has come back: a probe (RFC 8985 §7.3).
    Probe,
}

/// What is known of losses, and what is in flight.
#[derive(Debug)]
pub(crate) struct Recovery {
    pub(crate) queue: Queue,
    pub(crate) state: CaState,
    notes: Notes,
    pub(crate) again: Again,
    pub(crate) wait: Wait,
    /// SND.NXT when the state was entered: it is over when this is acknowledged (`high_seq`).
    high: SeqNumber,
    /// SND.NXT when a tail loss probe was sent whose fate is open.
    probe: Option<SeqNumber>,
    /// How many segments later one may arrive than those sent after it (`tcp_reordering` at least).
    reordering: u32,
    /// How often segments were seen to overtake each other.
    reordered: u32,
    rack: Rack,
    pub(crate) min_rtt: MinRtt,
    /// Time-outs in a row without progress (`icsk_retransmits`).
    pub(crate) timeouts: u8,
    /// Doublings in the time-out as it stands (`icsk_backoff`).
    pub(crate) backoff: u8,
    /// Segments sent again, in all.
    pub(crate) total: u32,
    /// Segments that arrived twice, by what the peer says.
    duplicates: u32,
    /// The present reduction of the window, or the last one that may still be undone.
    episode: Option<Box<Episode>>,
    /// When something was last acknowledged, or sent with nothing else in flight.
    pub(crate) progress: Instant,
}

/// One reduction of the window.
#[derive(Clone, Debug, Default)]
struct Episode {
    /// SND.UNA when it began; none: it is not to be undone (`undo_marker`).
    marker: Option<SeqNumber>,
    /// Segments sent again that have not been shown to be superfluous; none before the first
    /// (`undo_retrans`).
    unneeded: Option<u32>,
    /// What to go back to; none when a congestion mark forbids it (`prior_ssthresh`).
    undo: Option<Undo>,
    /// When something was first sent again (`retrans_stamp`).
    first_again: Option<Instant>,
    /// The window when the reduction began (RFC 9937 RecoverFS, for which Linux takes it).
    prior_cwnd: u32,
    /// Segments delivered since (RFC 9937 prr_delivered).
    delivered: u32,
    /// Segments sent since (RFC 9937 prr_out).
    out: u32,
    /// What is counted from the connection's beginning: whoever meets none of it has no episode either.
    trouble: Trouble,
}

impl Recovery {
    pub(crate) fn new(settings: &Settings, iss: SeqNumber, now: Instant) -> Self {
        Self {
            queue: Queue::default(),
            state: CaState::Open,
            notes: Notes::empty(),
            again: Again::default(),
            wait: Wait::default(),
            high: iss,
            probe: None,
            reordering: settings.reordering,
            reordered: 0,
            rack: Rack::default(),
            min_rtt: MinRtt::default(),
            timeouts: 0,
            backoff: 0,
            total: 0,
            duplicates: 0,
            episode: None,
            progress: now,
        }
    }

    /// SND.NXT when the state was entered.
    pub(crate) const fn high(&self) -> SeqNumber {
        self.high
    }

    fn episode(&mut self) -> &mut Episode {
        self.episode.get_or_insert_default()
    }

    /// When something was first sent again in this episode.
    fn first_again(&self) -> Option<Instant> {
        self.episode.as_ref()?.first_again
    }

    /// Forgets when something was first sent again, unless that is still in flight.
    fn settle_first_again(&mut self) {
        if !self.queue.front_was_sent_again()
            && let Some(episode) = &mut self.episode
        {
            episode.first_again = None;
        }
    }

    /// The number of the reduction's beginning, while it may be undone.
    fn marker(&self) -> Option<SeqNumber> {
        self.episode.as_ref()?.marker
    }

    /// So many segments were sent again.
    pub(crate) fn count(&mut self, segments: u32) {
        self.total = self.total.saturating_add(segments);
    }

    /// How many segments later one may arrive than those sent after it (`tcpi_reordering`).
    pub(crate) const fn reordering(&self) -> u32 {
        self.reordering
    }

    /// How often that was seen (`tcpi_reord_seen`).
    pub(crate) const fn reordered(&self) -> u32 {
        self.reordered
    }

    /// Segments that arrived twice (`tcpi_dsack_dups`).
    pub(crate) const fn duplicates(&self) -> u32 {
        self.duplicates
    }

    /// There is nobody to send anything to any more.
    pub(crate) fn clear(&mut self) {
        self.queue.clear();
        let trouble = self.trouble();
        self.episode = None;
        if trouble != Trouble::default() {
            self.episode().trouble = trouble;
        }
        self.notes = Notes::empty();
        self.probe = None;
    }
}

impl Connection {
    /// Segments in the network, as far as is known.
    pub(crate) fn in_flight(&self) -> u32 {
        self.recovery.queue.in_flight()
    }

    /// Segments sent and not acknowledged, a SYN counted.
    pub(crate) fn segments_out(&self) -> u32 {
        let syn = self.snd.flight() > 0 && self.recovery.queue.is_empty();
        self.recovery.queue.out + u32::from(syn)
    }

    /// Enters `state`.
    fn enter(&mut self, state: CaState) {
        self.congestion.on_state(state);
        self.recovery.state = state;
    }
}
