//! TCP options (RFC 9293 §3.2, RFC 7323, RFC 2018, RFC 7413, RFC 9768).

use arrayvec::ArrayVec;

use super::acc_ecn::{self, AccEcn};
use super::fast_open::{self, FastOpen};
use super::{MAX_OPTIONS_LEN, SeqNumber};

/// Most SACK blocks that fit into one header.
pub const MAX_SACK_BLOCKS: usize = 4;

const END: u8 = 0;
const NOP: u8 = 1;
const MSS: u8 = 2;
const WINDOW_SCALE: u8 = 3;
const SACK_PERMITTED: u8 = 4;
const SACK: u8 = 5;
const TIMESTAMPS: u8 = 8;

/// The timestamps option (RFC 7323 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamps {
    /// TSval: the sender's clock.
    pub value: u32,
    /// TSecr: the newest value that the sender heard from us.
    pub echo: u32,
}

/// One block of data that arrived out of order: from `left` up to, not including, `right`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SackBlock {
    /// First sequence number of the block.
    pub left: SeqNumber,
    /// The one behind its last.
    pub right: SeqNumber,
}

/// One option as it stands in the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TcpOption<'a> {
    /// Maximum segment size, in bytes.
    Mss(u16),
    /// Window scale: the shift count.
    WindowScale(u8),
    /// The sender understands SACK.
    SackPermitted,
    /// SACK blocks, 8 bytes each.
    Sack(&'a [[u8; 8]]),
    /// Timestamps.
    Timestamps(Timestamps),
    /// Fast Open: a cookie, or the request for one.
    FastOpen(FastOpen),
    /// Accurate ECN: bytes that arrived under each mark.
    AccEcn(AccEcn),
    /// Any other kind, or a known kind at a length that it cannot have.
    Unknown {
        /// The kind.
        kind: u8,
        /// What follows kind and length.
        data: &'a [u8],
    },
}

/// Walks over the options in `bytes`, the part of a header behind its first 20 bytes.
///
/// Padding is passed over. It ends at the end-of-options mark, and where a length makes no sense,
/// since what follows cannot be told apart then.
pub fn iter(bytes: &[u8]) -> impl Iterator<Item = TcpOption<'_>> {
    let mut rest = bytes;
    core::iter::from_fn(move || {
        loop {
            match rest {
                [NOP, tail @ ..] => rest = tail,
                [] | [END, ..] => return None,
                [kind, len, ..] => {
                    let option = rest.get(2..usize::from(*len))?;
                    rest = &rest[usize::from(*len)..];
                    return Some(read(*kind, option));
                }
                [_] => return None,
            }
        }
    })
}

fn read(kind: u8, data: &[u8]) -> TcpOption<'_> {
    match (kind, data) {
        (MSS, &[a, b]) => TcpOption::Mss(u16::from_be_bytes([a, b])),
        (WINDOW_SCALE, &[shift]) => TcpOption::WindowScale(shift),
        (SACK_PERMITTED, &[]) => TcpOption::SackPermitted,
        (SACK, blocks) if !blocks.is_empty() && blocks.len().is_multiple_of(8) => {
            TcpOption::Sack(blocks.as_chunks().0)
        }
        (TIMESTAMPS, &[a, b, c, d, e, f, g, h]) => TcpOption::Timestamps(Timestamps {
            value: u32::from_be_bytes([a, b, c, d]),
            echo: u32::from_be_bytes([e, f, g, h]),
        }),
        (fast_open::KIND, cookie) => fast_open_or_unknown(kind, data, cookie),
        (fast_open::EXPERIMENT, &[0xf9, 0x89, ref cookie @ ..]) => {
            fast_open_or_unknown(kind, data, cookie)
        }
        (kind @ (acc_ecn::ORDER_0 | acc_ecn::ORDER_1), data) => {
            TcpOption::AccEcn(AccEcn::read(kind, data))
        }
        (kind, data) => TcpOption::Unknown { kind, data },
    }
}

/// A cookie of a length that none has makes the option one that says nothing.
fn fast_open_or_unknown<'a>(kind: u8, data: &'a [u8], cookie: &[u8]) -> TcpOption<'a> {
    FastOpen::new(cookie, kind == fast_open::EXPERIMENT)
        .map_or(TcpOption::Unknown { kind, data }, TcpOption::FastOpen)
}

/// The options of one segment, gathered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Maximum segment size that the sender can take, in bytes.
    pub mss: Option<u16>,
    /// The shift count of the sender's later windows, as it came; RFC 7323 §2.3 caps it at 14.
    pub window_scale: Option<u8>,
    /// The sender understands SACK.
    pub sack_permitted: bool,
    /// What arrived out of order.
    pub sack: ArrayVec<SackBlock, MAX_SACK_BLOCKS>,
    /// Timestamps.
    pub timestamps: Option<Timestamps>,
    /// Fast Open, of meaning with SYN alone.
    pub fast_open: Option<FastOpen>,
    /// Accurate ECN.
    pub acc_ecn: Option<AccEcn>,
}

impl Options {
    /// Gathers what [`iter`] finds. The first of a kind counts, of Fast Open and AccECN the last;
    /// unknown kinds are passed over.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        // What nearly every segment of a connection carries (RFC 7323, appendix A).
        if let [NOP, NOP, TIMESTAMPS, 10, a, b, c, d, e, f, g, h] = *bytes {
            return Self {
                timestamps: Some(Timestamps {
                    value: u32::from_be_bytes([a, b, c, d]),
                    echo: u32::from_be_bytes([e, f, g, h]),
                }),
                ..Self::default()
            };
        }
        let mut all = Self::default();
        for option in iter(bytes) {
            match option {
                TcpOption::Mss(mss) => all.mss = all.mss.or(Some(mss)),
                TcpOption::WindowScale(shift) => {
                    all.window_scale = all.window_scale.or(Some(shift));
                }
                TcpOption::SackPermitted => all.sack_permitted = true,
                TcpOption::Sack(blocks) => {
                    for &[a, b, c, d, e, f, g, h] in blocks {
                        // A fifth block cannot be: the header has no room.
                        let _ = all.sack.try_push(SackBlock {
                            left: SeqNumber(u32::from_be_bytes([a, b, c, d])),
                            right: SeqNumber(u32::from_be_bytes([e, f, g, h])),
                        });
                    }
                }
                TcpOption::Timestamps(ts) => all.timestamps = all.timestamps.or(Some(ts)),
                // As Linux: of several the last counts, in whichever form.
                TcpOption::FastOpen(option) => all.fast_open = Some(option),
                TcpOption::AccEcn(option) => all.acc_ecn = Some(option),
                TcpOption::Unknown { .. } => {}
            }
        }
        all
    }

    /// Bytes that they take in a header, padding included: a multiple of 4, at most 40.
    ///
    /// SACK blocks that no longer fit are left out when emitted.
    #[must_use]
    pub fn len(&self) -> usize {
        let fixed = self.fixed_len();
        let blocks = self.sack_that_fit(fixed);
        let sack = if blocks > 0 { 4 + blocks * 8 } else { 0 };
        fixed + sack + if self.spills(blocks) { 4 } else { 0 }
    }

    /// Adds the AccECN option with as many of the three counters as there is room for, at least
    /// `least`, and where that needs it in place of a SACK block beyond the second, as Linux does.
    /// `counters` are those under ECT(1), CE and ECT(0).
    pub fn fit_acc_ecn(&mut self, counters: [u32; 3], least: usize) {
        let blocks = self.sack_that_fit(self.fixed_len());
        let fits = |all: &Self, blocks: usize| {
            let sack = if blocks > 0 { 4 + 8 * blocks } else { 0 };
            all.fixed_len() + sack + if all.spills(blocks) { 4 } else { 0 } <= MAX_OPTIONS_LEN
        };
        let least_blocks = if least > 0 { blocks.min(2) } else { blocks };
        for blocks in (least_blocks..=blocks).rev() {
            for count in (least..=3).rev() {
                self.acc_ecn = Some(AccEcn {
                    ect1_first: true,
                    counters: counters.into_iter().take(count).collect(),
                });
                if fits(self, blocks) {
                    self.sack.truncate(blocks);
                    return;
                }
            }
        }
        self.acc_ecn = None;
    }

    /// Whether four bytes more are needed for the end of the AccECN option, since no other option has
    /// padding in whose place it could stand. `blocks` of SACK follow.
    fn spills(&self, blocks: usize) -> bool {
        let left = self.acc_ecn.as_ref().map_or(0, |option| option.len() % 4);
        let permitted = self.sack_permitted && self.timestamps.is_none();
        match left {
            1 => !permitted && self.window_scale.is_none() && blocks == 0,
            2 => !permitted && blocks == 0,
            _ => false,
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn fixed_len(&self) -> usize {
        // Padded one by one to 4 bytes, as Linux lays them out.
        let mss = if self.mss.is_some() { 4 } else { 0 };
        let scale = if self.window_scale.is_some() { 4 } else { 0 };
        let stamps = if self.timestamps.is_some() { 12 } else { 0 };
        // SACK-permitted stands where the timestamps' padding would.
        let permitted = if self.sack_permitted && self.timestamps.is_none() {
            4
        } else {
            0
        };
        let fast_open = self.fast_open.as_ref().map_or(0, FastOpen::len);
        // What spills over is counted where it goes.
        let acc_ecn = self
            .acc_ecn
            .as_ref()
            .map_or(0, |option| match option.len() {
                11 => 12,
                len => len / 4 * 4,
            });
        mss + scale + stamps + permitted + fast_open + acc_ecn
    }

    fn sack_that_fit(&self, fixed: usize) -> usize {
        self.sack
            .len()
            .min(MAX_OPTIONS_LEN.saturating_sub(fixed + 4) / 8)
    }

    /// Writes them into `out`, which must be [`len`](Self::len) bytes.
    pub(super) fn emit(&self, out: &mut [u8]) {
        // What nearly every segment of a connection carries (RFC 7323, appendix A).
        if let (Some(stamps), 12, false) = (self.timestamps, out.len(), self.sack_permitted)
            && let Some((head, rest)) = out.split_first_chunk_mut::<4>()
            && let Some((value, echo)) = rest.split_first_chunk_mut::<4>()
            && let Ok(echo) = <&mut [u8; 4]>::try_from(echo)
        {
            *head = [NOP, NOP, TIMESTAMPS, 10];
            *value = stamps.value.to_be_bytes();
            *echo = stamps.echo.to_be_bytes();
            return;
        }
        let mut bytes = ArrayVec::<u8, MAX_OPTIONS_LEN>::new();
        // `len` counted what goes in here and never exceeds the capacity.
        let mut put = |part: &[u8]| {
            let fits = bytes.try_extend_from_slice(part);
            debug_assert!(fits.is_ok(), "options over 40 bytes");
        };
        if let Some(mss) = self.mss {
            let [a, b] = mss.to_be_bytes();
            put(&[MSS, 4, a, b]);
        }
        let padding = if self.sack_permitted {
            [SACK_PERMITTED, 2]
        } else {
            [NOP, NOP]
        };
        if let Some(Timestamps { value, echo }) = self.timestamps {
            put(&padding);
            put(&[TIMESTAMPS, 10]);
            put(&value.to_be_bytes());
            put(&echo.to_be_bytes());
        }
        // Linux's order and padding. What of AccECN does not fill four bytes, and how much that is,
        // waits for an option behind it that has NOPs in front.
        let mut rest = ([NOP, NOP], 0);
        if let Some(option) = &self.acc_ecn {
            let bytes = option.bytes();
            if bytes.len() == 11 {
                put(&bytes);
                put(&[NOP]);
            } else {
                let whole = bytes.len() / 4 * 4;
                put(&bytes[..whole]);
                rest.1 = bytes.len() - whole;
                rest.0[..rest.1].copy_from_slice(&bytes[whole..]);
            }
        }
        if self.sack_permitted && self.timestamps.is_none() {
            put(&core::mem::replace(&mut rest, ([NOP, NOP], 0)).0);
            put(&padding);
        }
        if let Some(shift) = self.window_scale {
            // One byte fits in place of the NOP, two are not torn apart.
            let nop = if rest.1 == 1 {
                core::mem::replace(&mut rest, ([NOP, NOP], 0)).0[0]
            } else {
                NOP
            };
            put(&[nop, WINDOW_SCALE, 3, shift]);
        }
        let blocks = self.sack_that_fit(self.fixed_len());
        if blocks > 0 {
            put(&rest.0);
            put(&[SACK, (2 + blocks * 8) as u8]);
            for block in &self.sack[..blocks] {
                put(&block.left.0.to_be_bytes());
                put(&block.right.0.to_be_bytes());
            }
        } else if rest.1 > 0 {
            put(&rest.0);
            put(&[NOP, NOP]);
        }
        if let Some(option) = &self.fast_open {
            put(&option.head());
            put(&option.cookie);
            let padding = option.len() - option.head().len() - option.cookie.len();
            put(&[NOP; 3][..padding]);
        }
        out.copy_from_slice(&bytes);
    }
}
