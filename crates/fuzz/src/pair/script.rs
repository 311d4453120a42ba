//! Bytes to steps. Any bytes are a script.
//!
//! ```text
//!   script = setup step …
//!   setup  = 4 bytes: what is switched off, the algorithms, buffers
//!   step   = op argument      op % 16: who and what; half of all are the cable's
//! ```

use base::Duration;

/// How the two stacks are set.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Setup(pub(super) [u8; 4]);

/// What becomes of the frame that is next on its way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    Arrives,
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
    Accept,
    Send(usize),
    Receive(usize),
    Peek,
    Shutdown(u8),
    Close,
    /// Closes with SO_LINGER of zero.
    Abort,
    Option(u8),
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
        Setup([(); 4].map(|()| self.byte().unwrap_or_default()))
    }

    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    fn call(&mut self, which: u8) -> Option<Call> {
        Some(match which {
            0 => Call::Connect,
            1 => Call::Accept,
            2 => Call::Send(1 + usize::from(self.byte()?)),
            3 => Call::Send(64 * (1 + usize::from(self.byte()?)) + 1),
            4 => Call::Send(100_000),
            5 => Call::Receive(1 + usize::from(self.byte()?)),
            6 | 7 => Call::Receive(1 << 16),
            8 => Call::Peek,
            9 => Call::Shutdown(self.byte()?),
            10 => Call::Close,
            11 => Call::Abort,
            _ => Call::Option(self.byte()?),
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
            0..=3 => fate(Fate::Arrives),
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
            _ => {
                let which = self.byte()?;
                Step::Call {
                    end: side,
                    socket: which >> 4,
                    call: self.call(which & 15)?,
                }
            }
        })
    }
}
