//! The hosts' deadlines: at most one a host, moved in O(log n).
//!
//! A connection that is busy moves its deadline with every segment. A heap that knows where each
//! host stands moves the entry; nothing stale is left behind.

use base::Instant;

/// A binary heap of hosts by deadline; hosts of one deadline come in the order of their numbers.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    /// Invariant: no entry is earlier than its parent, the one at `(i - 1) / 2`.
    heap: Vec<(Instant, u32)>,
    /// By host: its place in the heap. Invariant: `heap[place[h]].1 == h`.
    place: Vec<Option<u32>>,
}

impl Deadlines {
    /// Sets, moves or removes a host's deadline.
    pub(crate) fn set(&mut self, host: u32, deadline: Option<Instant>) {
        let index = host as usize;
        if self.place.len() <= index {
            self.place.resize(index + 1, None);
        }
        match (self.place[index], deadline) {
            (None, None) => {}
            (None, Some(at)) => {
                self.heap.push((at, host));
                self.settle(self.heap.len() - 1);
            }
            (Some(place), Some(at)) => {
                let place = place as usize;
                if self.heap[place].0 != at {
                    self.heap[place].0 = at;
                    self.settle(place);
                }
            }
            (Some(place), None) => {
                self.place[index] = None;
                self.heap.swap_remove(place as usize);
                if (place as usize) < self.heap.len() {
                    self.settle(place as usize);
                }
            }
        }
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.heap.first().map(|(at, _)| *at)
    }

    /// Takes a host whose deadline has come.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<u32> {
        let &(_, host) = self.heap.first().filter(|(at, _)| *at <= now)?;
        self.set(host, None);
        Some(host)
    }

    /// Brings the entry at `at` to where it belongs, up or down.
    fn settle(&mut self, mut at: usize) {
        while at > 0 && self.heap[at] < self.heap[(at - 1) / 2] {
            self.heap.swap(at, (at - 1) / 2);
            self.note(at);
            at = (at - 1) / 2;
        }
        loop {
            let children = at * 2 + 1..self.heap.len().min(at * 2 + 3);
            let Some(child) = children.min_by_key(|child| self.heap[*child]) else {
                break;
            };
            if self.heap[at] <= self.heap[child] {
                break;
            }
            self.heap.swap(at, child);
            self.note(at);
            at = child;
        }
        self.note(at);
    }

    fn note(&mut self, at: usize) {
        self.place[self.heap[at].1 as usize] = Some(at as u32);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use base::Rng;

    use super::*;

    #[test]
    fn behaves_like_a_sorted_set() {
        let mut rng = Rng::seeded(1);
        let (mut heap, mut set) = (Deadlines::default(), BTreeSet::new());
        for _ in 0..20_000 {
            let host = rng.below(50) as u32;
            let at = Instant::from_nanos(rng.below(100));
            match rng.below(4) {
                0 => {
                    set.retain(|(_, h)| *h != host);
                    heap.set(host, None);
                }
                1 => {
                    let due = set.first().filter(|(due, _)| *due <= at).copied();
                    due.inspect(|due| assert!(set.remove(due)));
                    assert_eq!(heap.pop(at), due.map(|(_, host)| host));
                }
                _ => {
                    set.retain(|(_, h)| *h != host);
                    set.insert((at, host));
                    heap.set(host, Some(at));
                }
            }
            assert_eq!(heap.next(), set.first().map(|(at, _)| *at));
        }
    }
}
