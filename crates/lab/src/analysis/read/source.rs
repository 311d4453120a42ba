//! Bytes of a file, and how far we are in it.

use std::io::{ErrorKind, Read, sink};

use super::{Damage, Wrong};

/// More than any packet has, or a block that is looked at: Wireshark takes packets of 256 KiB.
pub(super) const LONGEST: u32 = 1 << 24;

/// In which order the bytes of a number stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    pub(super) fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    pub(super) fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    /// The `n`th number of 32 bits; zero where there is none.
    pub(super) fn word(self, bytes: &[u8], n: usize) -> u32 {
        let four = bytes.get(n * 4..).and_then(|rest| rest.first_chunk());
        four.map_or(0, |four| self.u32(*four))
    }

    pub(super) fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            Self::Little => u64::from_le_bytes(bytes),
            Self::Big => u64::from_be_bytes(bytes),
        }
    }
}

#[derive(Debug)]
pub(super) struct Source<R> {
    input: R,
    offset: u64,
}

impl<R: Read> Source<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, offset: 0 }
    }

    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        let at = self.offset;
        match self.array_or_end()? {
            Some(array) => Ok(array),
            None => Err(Damage {
                offset: at,
                wrong: Wrong::Ends { need: N, have: 0 },
            }),
        }
    }

    /// `None` if the file ends exactly here.
    pub(super) fn array_or_end<const N: usize>(&mut self) -> Result<Option<[u8; N]>, Damage> {
        let (at, mut array, mut have) = (self.offset, [0; N], 0);
        while have < N {
            match self.input.read(&mut array[have..]) {
                Ok(0) => break,
                Ok(count) => have += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        self.offset += have as u64;
        match have {
            0 => Ok(None),
            _ if have == N => Ok(Some(array)),
            _ => Err(Damage {
                offset: at,
                wrong: Wrong::Ends { need: N, have },
            }),
        }
    }

    /// So many bytes. Memory is taken for those that are there, not for those that are promised.
    pub(super) fn bytes(&mut self, need: u32) -> Result<Vec<u8>, Damage> {
        let at = self.offset;
        if need > LONGEST {
            return Err(Damage {
                offset: at,
                wrong: Wrong::Length(need),
            });
        }
        let mut bytes = Vec::with_capacity(need.min(1 << 16) as usize);
        let read = (&mut self.input).take(need.into()).read_to_end(&mut bytes);
        let have = read.map_err(|error| self.failed(error))?;
        self.offset += have as u64;
        self.whole(at, need as usize, have)?;
        Ok(bytes)
    }

    /// Passes over so many bytes.
    pub(super) fn skip(&mut self, need: u32) -> Result<(), Damage> {
        let at = self.offset;
        let passed = std::io::copy(&mut (&mut self.input).take(need.into()), &mut sink());
        let have = passed.map_err(|error| self.failed(error))?;
        self.offset += have;
        self.whole(at, need as usize, have as usize)
    }

    fn whole(&self, offset: u64, need: usize, have: usize) -> Result<(), Damage> {
        if have == need {
            return Ok(());
        }
        Err(Damage {
            offset,
            wrong: Wrong::Ends { need, have },
        })
    }

    fn failed(&self, error: std::io::Error) -> Damage {
        Damage {
            offset: self.offset,
            wrong: Wrong::Io(error),
        }
    }
}
