//! What one end of a connection sent so far, as it was seen at one place.

use wire::tcp::Flags;

use super::mark::Mark;
use crate::analysis::Segment;

/// Gaps that are remembered of each end; beyond, the oldest are forgotten.
const MOST_GAPS: usize = 64;

/// How late what was only reordered comes at most, where no round trip was measured: nanoseconds.
const REORDERED_WITHIN: u64 = 3_000_000;

/// One end.
#[derive(Debug, Default)]
pub(super) struct Half {
    /// Where its numbers begin; `None` until one is known.
    first: Option<u32>,
    /// Behind the last that it sent.
    next: Option<u32>,
    gaps: Vec<Gap>,
    /// What it acknowledged last, and the window that it gave, not scaled.
    acked: Option<(u32, u64)>,
    duplicates: u32,
    /// Its SYN's shift: none seen, a SYN without, a SYN with.
    scale: Scale,
    /// When its SYN came.
    opened_at: u64,
    /// Between its SYN and the other's answer.
    round_trip: Option<u64>,
    /// Its last segment asked whether anybody is there.
    asked: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Scale {
    #[default]
    Unseen,
    None,
    Shift(u8),
}

/// Bytes that were passed over: from the first up to the second, and when.
#[derive(Debug)]
struct Gap {
    from: u32,
    to: u32,
    since: u64,
}

/// A segment that was just seen.
pub(super) struct Now<'a> {
    pub(super) segment: &'a Segment,
    pub(super) length: u32,
    /// Nanoseconds.
    pub(super) at: u64,
    pub(super) scale: Option<u8>,
}

/// What is told of it.
pub(super) struct Judged {
    pub(super) seq: u32,
    pub(super) ack: Option<u32>,
    pub(super) window: u64,
    pub(super) marks: Vec<Mark>,
}

/// Whether `a` is before `b`, in the arithmetic of RFC 9293 §3.4.
fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

impl Now<'_> {
    fn has(&self, flags: Flags) -> bool {
        self.segment.flags.contains(flags)
    }

    /// Sequence numbers that it takes.
    fn span(&self) -> u32 {
        self.length + u32::from(self.has(Flags::SYN)) + u32::from(self.has(Flags::FIN))
    }

    fn end(&self) -> u32 {
        self.segment.seq.wrapping_add(self.span())
    }

    /// It only acknowledges.
    fn is_pure_ack(&self) -> bool {
        self.span() == 0 && self.has(Flags::ACK) && !self.has(Flags::RST)
    }
}

/// Notes a segment of `mine`, and judges it.
pub(super) fn note(mine: &mut Half, other: &mut Half, now: &Now<'_>) -> Judged {
    if now.has(Flags::SYN) {
        open(mine, other, now);
    }
    let seq = now.segment.seq;
    let first = *mine.first.get_or_insert(seq.wrapping_sub(1));
    let scaled = scaled(mine, other, now);
    let mut marks = Vec::new();
    mine.asked = false;
    sent(mine, other, now, &mut marks);
    let ack = now.has(Flags::ACK).then(|| {
        acknowledged(mine, other, now, &mut marks);
        let ack = now.segment.ack;
        ack.wrapping_sub(*other.first.get_or_insert(ack.wrapping_sub(1)))
    });
    if now.segment.window == 0 && !now.has(Flags::SYN) && !now.has(Flags::RST) {
        marks.push(Mark::ZeroWindow);
    }
    Judged {
        seq: seq.wrapping_sub(first),
        ack,
        window: scaled,
        marks,
    }
}

/// A segment's numbers, as far as it is known where they begin.
pub(super) fn relative(mine: &Half, other: &Half, segment: &Segment) -> (u32, Option<u32>) {
    let from = |half: &Half, number: u32| {
        let first = half.first.unwrap_or(number.wrapping_sub(1));
        number.wrapping_sub(first)
    };
    let acks = segment.flags.contains(Flags::ACK);
    (
        from(mine, segment.seq),
        acks.then(|| from(other, segment.ack)),
    )
}

/// A SYN: where the numbers begin, and how windows are scaled.
fn open(mine: &mut Half, other: &mut Half, now: &Now<'_>) {
    if mine.first != Some(now.segment.seq) {
        *mine = Half {
            first: Some(now.segment.seq),
            opened_at: now.at,
            ..Half::default()
        };
    }
    mine.scale = now.scale.map_or(Scale::None, Scale::Shift);
    if now.has(Flags::ACK) && other.first.is_some() && other.round_trip.is_none() {
        other.round_trip = Some(now.at.saturating_sub(other.opened_at));
    }
}

/// RFC 7323 §2.2: only if both SYNs had the option, and never in a SYN itself.
fn scaled(mine: &Half, other: &Half, now: &Now<'_>) -> u64 {
    match (mine.scale, other.scale) {
        (Scale::Shift(shift), Scale::Shift(_)) if !now.has(Flags::SYN) => {
            now.segment.window << shift
        }
        _ => now.segment.window,
    }
}

/// The sequence numbers that it takes.
fn sent(mine: &mut Half, other: &Half, now: &Now<'_>, marks: &mut Vec<Mark>) {
    let seq = now.segment.seq;
    let Some(next) = mine.next else {
        mine.next = Some(now.end());
        return;
    };
    if now.has(Flags::RST) {
        return;
    }
    let closed = other.acked.is_some_and(|(_, window)| window == 0);
    let empty = !now.has(Flags::SYN) && !now.has(Flags::FIN) && now.length <= 1;
    if empty && now.has(Flags::ACK) && seq == next.wrapping_sub(1) {
        // RFC 9293 §3.8.4: a number that was acknowledged already.
        marks.push(if closed {
            Mark::ZeroWindowProbe
        } else {
            Mark::KeepAlive
        });
        mine.asked = true;
        return;
    }
    if now.span() == 0 {
        return;
    }
    if closed && now.length == 1 && seq == next {
        marks.push(Mark::ZeroWindowProbe);
    }
    if seq == next {
        mine.next = Some(now.end());
    } else if before(next, seq) {
        marks.push(Mark::Gap(seq.wrapping_sub(next)));
        if mine.gaps.len() == MOST_GAPS {
            mine.gaps.remove(0);
        }
        mine.gaps.push(Gap {
            from: next,
            to: seq,
            since: now.at,
        });
        mine.next = Some(now.end());
    } else {
        marks.push(mine.fill(now));
        if before(next, now.end()) {
            mine.next = Some(now.end());
        }
    }
    let full = other.acked.is_some_and(|(ack, window)| {
        let shift = match (mine.scale, other.scale) {
            (Scale::Shift(_), Scale::Shift(shift)) => shift,
            _ => 0,
        };
        let known = mine.scale != Scale::Unseen && other.scale != Scale::Unseen;
        known && window > 0 && now.end().wrapping_sub(ack) == (window << shift) as u32
    });
    if full && now.length > 0 {
        marks.push(Mark::WindowFull);
    }
}

impl Half {
    /// A segment that begins before the last byte that was sent: whether it was sent again.
    fn fill(&mut self, now: &Now<'_>) -> Mark {
        let (seq, end) = (now.segment.seq, now.end());
        let within = |gap: &Gap| !before(seq, gap.from) && !before(gap.to, end);
        let Some(index) = self.gaps.iter().position(within) else {
            return Mark::Retransmission;
        };
        let gap = self.gaps.remove(index);
        for (from, to) in [(gap.from, seq), (end, gap.to)] {
            if from != to {
                self.gaps.push(Gap { from, to, ..gap });
            }
        }
        // Whoever asks for lost bytes takes a round trip to get them.
        let limit = self.round_trip.map_or(REORDERED_WITHIN, |it| it.max(1));
        if now.at.saturating_sub(gap.since) < limit {
            Mark::OutOfOrder
        } else {
            Mark::Retransmission
        }
    }
}

/// What it acknowledges.
fn acknowledged(mine: &mut Half, other: &mut Half, now: &Now<'_>, marks: &mut Vec<Mark>) {
    let (ack, window) = (now.segment.ack, now.segment.window);
    if let Some(next) = other.next
        && before(next, ack)
    {
        marks.push(Mark::AckedUnseen);
        other.next = Some(ack);
    }
    let last = mine.acked.replace((ack, window));
    if !now.is_pure_ack() || now.has(Flags::SYN) || mine.asked {
        mine.duplicates = 0;
        return;
    }
    let same = last.is_some_and(|(before, _)| before == ack);
    let answers = std::mem::take(&mut other.asked);
    match last {
        _ if !same => mine.duplicates = 0,
        Some((_, given)) if given != window => {
            mine.duplicates = 0;
            if window > 0 {
                marks.push(Mark::WindowUpdate);
            }
        }
        _ if answers && window > 0 => marks.push(Mark::KeepAliveAck),
        // RFC 5681 §2: only while there is something to acknowledge.
        _ if window > 0 && other.next.is_some_and(|next| before(ack, next)) => {
            mine.duplicates += 1;
            marks.push(Mark::DuplicateAck(mine.duplicates));
        }
        _ => {}
    }
}
