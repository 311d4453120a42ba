//! Bytes to steps. Any bytes are a script.
//!
//! ```text
//!   step   = op argument …
//!   op     = 0b_xxii_rmkk   kk: frame (0, 1), wait (2), call (3)
//!   frame  = op length:u16 bytes      m: mend checksums   r: relate to what was heard
//!                                     ii: which card, or the loopback for one of four
//!   wait   = op exponent              2^(exponent % 40) nanoseconds; m: to the next deadline
//!   call   = op which argument
//! ```

use base::Duration;

/// What happens next.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'a> {
    /// A frame comes in.
    Frame {
        bytes: &'a [u8],
        /// By which card: a small number.
        card: u8,
        /// Its checksums are put right.
        mend: bool,
        /// Its TCP numbers count from what the stack said last.
        relate: bool,
    },
    /// Time passes.
    Wait(Duration),
    /// Time passes until something is due.
    ToDeadline,
    /// The program calls: which call, and a number for it.
    Call(u8, u8),
}

/// The steps of a script.
pub(crate) struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }
}

impl<'a> Iterator for Script<'a> {
    type Item = Step<'a>;

    fn next(&mut self) -> Option<Step<'a>> {
        let op = self.byte()?;
        let (mend, relate, card) = (op & 4 != 0, op & 8 != 0, op >> 4 & 3);
        Some(match op & 3 {
            2 if mend => Step::ToDeadline,
            2 => Step::Wait(Duration::from_nanos(1 << (self.byte()? % 40))),
            3 => Step::Call(self.byte()?, self.byte()?),
            _ => {
                let len = u16::from_be_bytes([self.byte()?, self.byte()?]);
                let (bytes, rest) = self.0.split_at(usize::from(len).min(self.0.len()));
                self.0 = rest;
                Step::Frame {
                    bytes,
                    card,
                    mend,
                    relate,
                }
            }
        })
    }
}
