//! A segment on its way through the steps, and why it may leave them early.

use arrayvec::ArrayVec;
use base::Payload;
use wire::tcp::{AccEcn, Control, Flags, SackBlock, SeqNumber, Timestamps};

use crate::DropReason;
use crate::ecn::Marking;
use crate::window::{RawWindow, Window, WindowScale};

/// A segment on its way through the steps. Steps cut off what they have judged.
#[derive(Debug)]
pub(crate) struct Segment {
    /// SEG.SEQ: the number of what is left of it.
    pub(crate) seq: SeqNumber,
    /// SEG.SEQ as it came.
    pub(crate) first: SeqNumber,
    /// SEG.ACK.
    pub(crate) ack: SeqNumber,
    pub(crate) flags: Flags,
    /// The ECN bits of its IP header, and of how many segments it was joined.
    pub(crate) marking: Marking,
    /// Its AccECN option (RFC 9768 §3.2.3).
    pub(crate) acc_ecn: Option<AccEcn>,
    window: RawWindow,
    /// SEG.UP.
    pub(crate) urgent: u16,
    /// SEG.TSval and SEG.TSecr.
    pub(crate) timestamps: Option<Timestamps>,
    /// Its SACK blocks (RFC 2018 §3).
    pub(crate) sack: ArrayVec<SackBlock, 4>,
    pub(crate) payload: Payload,
    /// Whether it came without data, SYN and FIN.
    pub(crate) bare: bool,
    /// Whether its window is to be read as a SYN's.
    came_with_syn: bool,
    /// Whether its timestamp is newer than any before, so that it was sent after them.
    pub(crate) newer: bool,
    /// Why a part of it was not used.
    pub(crate) note: Option<DropReason>,
}

impl Segment {
    pub(crate) fn new(control: &Control, payload: Payload, marking: Marking) -> Self {
        Self {
            seq: control.seq,
            first: control.seq,
            ack: control.ack,
            flags: control.flags,
            window: RawWindow(control.window),
            urgent: control.urgent,
            timestamps: control.options.timestamps,
            sack: control.options.sack.clone(),
            bare: control.segment_len(payload.len()) == 0,
            came_with_syn: control.flags.contains(Flags::SYN),
            marking,
            acc_ecn: control.options.acc_ecn.clone(),
            payload,
            newer: false,
            note: None,
        }
    }

    /// SEG.LEN.
    pub(crate) fn len(&self) -> u32 {
        self.payload.len() as u32
            + u32::from(self.flags.contains(Flags::SYN))
            + u32::from(self.flags.contains(Flags::FIN))
    }

    /// The number behind it.
    pub(crate) fn end(&self) -> SeqNumber {
        self.seq + self.len()
    }

    /// SEG.WND in bytes. The window of a SYN is not scaled (RFC 7323 §2.2).
    pub(crate) fn window(&self, scale: WindowScale) -> Window {
        self.window.in_bytes(if self.came_with_syn {
            WindowScale::NONE
        } else {
            scale
        })
    }

    /// Goes on behind the SYN.
    pub(crate) fn drop_syn(&mut self) {
        self.flags.remove(Flags::SYN);
        self.seq += 1;
    }
}

/// Why a segment goes no further, and what is said to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stop {
    /// Nothing when it did all it came for.
    pub(crate) reason: Option<DropReason>,
    pub(crate) answer: Answer,
}

/// An answer that belongs to no sending of the connection's own.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    Nothing,
    /// An ACK that lets the peer find out what is true (RFC 5961).
    Challenge,
    /// A RST with this number.
    Reset(SeqNumber),
}

impl Stop {
    /// It did what it came for.
    pub(crate) const fn done() -> Self {
        Self {
            reason: None,
            answer: Answer::Nothing,
        }
    }

    /// It is not used.
    pub(crate) const fn drop(reason: DropReason) -> Self {
        Self {
            reason: Some(reason),
            answer: Answer::Nothing,
        }
    }

    /// It is not used, and answered by a challenge ACK.
    pub(crate) const fn challenge(reason: DropReason) -> Self {
        Self {
            reason: Some(reason),
            answer: Answer::Challenge,
        }
    }

    /// It is not used, and answered by a RST with the number `seq`.
    pub(crate) const fn reset(reason: DropReason, seq: SeqNumber) -> Self {
        Self {
            reason: Some(reason),
            answer: Answer::Reset(seq),
        }
    }
}
