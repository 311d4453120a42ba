//! Which parts of a numbered line are there.

use core::ops::Range;

use smallvec::SmallVec;

/// A set of numbers kept as sorted, disjoint, non-adjacent ranges.
///
/// Few ranges are the normal case: they sit in a small vector and are found by bisection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RangeSet {
    /// Invariant: each is non-empty, and each ends before (not at) the start of the next.
    ranges: SmallVec<[Range<u64>; 4]>,
}

impl RangeSet {
    /// The empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `range` and joins what touches. Returns how many numbers were not in the set before.
    pub fn insert(&mut self, range: Range<u64>) -> u64 {
        if range.is_empty() {
            return 0;
        }
        let first = self.ranges.partition_point(|r| r.end < range.start);
        let last = first + self.ranges[first..].partition_point(|r| r.start <= range.end);
        let touched = &self.ranges[first..last];
        let (Some(head), Some(tail)) = (touched.first(), touched.last()) else {
            let new = range.end - range.start;
            self.ranges.insert(first, range);
            return new;
        };
        let joined = head.start.min(range.start)..tail.end.max(range.end);
        let held: u64 = touched.iter().map(|r| r.end - r.start).sum();
        let new = joined.end - joined.start - held;
        self.ranges[first] = joined;
        self.ranges.drain(first + 1..last);
        new
    }

    /// Removes every number of `range`.
    pub fn remove(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        let mut at = self.ranges.partition_point(|r| r.end <= range.start);
        while let Some(held) = self.ranges.get(at).cloned() {
            if held.start >= range.end {
                break;
            }
            let (before, after) = (held.start..range.start, range.end..held.end);
            self.ranges.remove(at);
            for rest in [before, after] {
                if rest.start < rest.end {
                    self.ranges.insert(at, rest);
                    at += 1;
                }
            }
        }
    }

    /// Whether every number of `range` is in the set. True for an empty range.
    #[must_use]
    pub fn contains(&self, range: &Range<u64>) -> bool {
        range.is_empty() || {
            let at = self.ranges.partition_point(|r| r.end < range.end);
            self.ranges
                .get(at)
                .is_some_and(|r| r.start <= range.start && range.end <= r.end)
        }
    }

    /// Whether any number of `range` is in the set.
    #[must_use]
    pub fn overlaps(&self, range: &Range<u64>) -> bool {
        let at = self.ranges.partition_point(|r| r.end <= range.start);
        !range.is_empty() && self.ranges.get(at).is_some_and(|r| r.start < range.end)
    }

    /// The first range, if there is one.
    #[must_use]
    pub fn first(&self) -> Option<Range<u64>> {
        self.ranges.first().cloned()
    }

    /// The ranges in ascending order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Range<u64>> + '_ {
        self.ranges.iter().cloned()
    }

    /// How many ranges there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Whether nothing is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// How many numbers are in the set.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.ranges.iter().map(|r| r.end - r.start).sum()
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        self.ranges.clear();
    }
}
