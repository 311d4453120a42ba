//! Bytes to steps. Any bytes are a script.
//!
//! ```text
//!   script = setup step …
//!   setup  = 8 bytes: see `setup`
//!   step   = op argument …    op & 15: what happens; bit 4: at which end; bits 5 to 7: how often
//!
//!   op & 15   0 … 2  frames arrive      3  marked         4  lost        5  doubled
//!             6  overtaken              7  damaged        8  time        9  to the next deadline
//!             10 a stranger's segment   11, 12  a call    13 the path    14 the listener
//!             15 rarer things
//! ```

use base::Duration;

use super::setup::Setup;

/// What becomes of the frame that is next on its way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    Arrives,
    /// A router on the way met congestion (RFC 3168).
    Marked,
    /// One that knows nothing of ECN took the bits for its own.
    Bleached,
    Lost,
    Doubled,
    /// It is overtaken by so many.
    Late(u8),
    /// This bit of it flips, counted behind the link header.
    Damaged(u16),
}

/// What a program does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Call {
    Connect,
    /// With data in the SYN (MSG_FASTOPEN).
    FastOpen(usize),
    /// TCP_FASTOPEN_CONNECT: the first `send` calls.
    ConnectLater,
    /// From a port that the same end had before.
    Again(u8),
    Accept,
    Send(usize),
    /// With MSG_MORE.
    SendMore(usize),
    /// The last byte is urgent (MSG_OOB).
    SendUrgent(usize),
    Receive(usize),
    Peek,
    /// Without a look at it (MSG_TRUNC).
    Discard(usize),
    /// The urgent byte; with `true` it stays (MSG_PEEK).
    ReceiveUrgent(bool),
    Shutdown(u8),
    Close,
    /// Closes with SO_LINGER of zero.
    Abort,
    /// `connect` to AF_UNSPEC, then closes.
    Disconnect,
    Option(u8),
    Setting(u8, u8),
}

/// What happens next.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// To the next `count` frames of one direction.
    Frames {
        from: usize,
        fate: Fate,
        count: u8,
    },
    /// At the program of one end: a call on the socket of this number.
    Call {
        end: usize,
        socket: u8,
        call: Call,
    },
    /// A stranger's segment, made of the last one that was heard, without data.
    Forged {
        from: usize,
        kind: u8,
    },
    /// A stranger's ICMP error about the last packet that this end sent.
    Complaint {
        to: usize,
        kind: u8,
    },
    /// What the way from this end carries from now on.
    Path {
        from: usize,
        what: u8,
    },
    /// This end's listener.
    Listener {
        end: usize,
        what: u8,
    },
    /// Both call each other at once (RFC 9293 §3.5, figure 7).
    Cross,
    /// A datagram of so many bytes beside the streams.
    Datagram {
        from: usize,
        len: usize,
    },
    /// The card's own MTU.
    Card {
        end: usize,
        what: u8,
    },
    /// Off, and on again.
    Unplugged {
        end: usize,
    },
    /// The computer is about to be switched off (RFC 9293 §3.10.5).
    Reset {
        end: usize,
    },
    Wait(Duration),
    ToDeadline,
}

/// The steps of a script.
pub(super) struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn setup(&mut self) -> Setup {
        Setup([(); 8].map(|()| self.byte().unwrap_or_default()))
    }

    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    /// Up to 16 KiB by one byte, small ones among them.
    fn length(&mut self) -> Option<usize> {
        let byte = usize::from(self.byte()?);
        Some(if byte < 128 {
            1 + byte
        } else {
            128 * (byte - 127)
        })
    }

    fn call(&mut self, which: u8) -> Option<Call> {
        Some(match which {
            0 => Call::Connect,
            1 => Call::Accept,
            2 => Call::Send(1 + usize::from(self.byte()?)),
            3 => Call::Send(64 * (1 + usize::from(self.byte()?)) + 1),
            4 => Call::Send(100_000),
            5 => Call::Receive(1 + usize::from(self.byte()?)),
            6 => Call::Receive(1 << 16),
            7 => self.rarer_call()?,
            8 => Call::Peek,
            9 => Call::Shutdown(self.byte()?),
            10 => Call::Close,
            11 => Call::Abort,
            12 => Call::Option(self.byte()?),
            13 => Call::Setting(self.byte()?, self.byte()?),
            14 => Call::SendUrgent(self.length()?),
            _ => Call::ReceiveUrgent(self.byte()? & 1 != 0),
        })
    }

    fn rarer_call(&mut self) -> Option<Call> {
        Some(match self.byte()? % 8 {
            0 | 1 => Call::FastOpen(self.length()?),
            2 => Call::ConnectLater,
            3 => Call::Again(self.byte()?),
            4 => Call::SendMore(self.length()?),
            5 => Call::SendUrgent(100_000),
            6 => Call::Discard(self.length()?),
            _ => Call::Disconnect,
        })
    }

    fn rarer_step(&mut self, side: usize, count: u8) -> Option<Step> {
        Some(match self.byte()? % 8 {
            0 | 1 => Step::Complaint {
                to: side,
                kind: self.byte()?,
            },
            2 => Step::Frames {
                from: side,
                fate: Fate::Bleached,
                count,
            },
            3 => Step::Cross,
            4 => Step::Datagram {
                from: side,
                len: 40 * usize::from(self.byte()?),
            },
            5 => Step::Card {
                end: side,
                what: self.byte()?,
            },
            6 => Step::Unplugged { end: side },
            _ => Step::Reset { end: side },
        })
    }
}

impl Iterator for Script<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let op = self.byte()?;
        let (low, high) = (op & 15, op >> 4);
        let side = usize::from(high & 1);
        let count = 1 + (high >> 1);
        let fate = |fate| Step::Frames {
            from: side,
            fate,
            count,
        };
        Some(match low {
            0..=2 => fate(Fate::Arrives),
            3 => fate(Fate::Marked),
            4 => fate(Fate::Lost),
            5 => fate(Fate::Doubled),
            6 => fate(Fate::Late(self.byte()? % 16)),
            7 => {
                let bit = u16::from_be_bytes([self.byte()?, self.byte()?]);
                fate(Fate::Damaged(bit))
            }
            8 => Step::Wait(Duration::from_nanos(1 << (self.byte()? % 38))),
            9 => Step::ToDeadline,
            10 => Step::Forged {
                from: side,
                kind: self.byte()?,
            },
            11 | 12 => {
                let which = self.byte()?;
                Step::Call {
                    end: side,
                    socket: which >> 4,
                    call: self.call(which & 15)?,
                }
            }
            13 => Step::Path {
                from: side,
                what: self.byte()?,
            },
            14 => Step::Listener {
                end: side,
                what: self.byte()?,
            },
            _ => self.rarer_step(side, count)?,
        })
    }
}
