//! What is told of data that came ahead of its turn (RFC 2018) or twice (RFC 2883).

use arrayvec::ArrayVec;
use wire::tcp::options::MAX_SACK_BLOCKS;
use wire::tcp::{SackBlock, SeqNumber};

/// The blocks of the SACK option, the one that grew last in front (RFC 2018 §4).
#[derive(Debug, Default)]
pub(crate) struct Sacks {
    /// Invariant: they neither overlap nor touch, and lie behind RCV.NXT.
    blocks: ArrayVec<SackBlock, MAX_SACK_BLOCKS>,
    /// What came twice: told once, in front of all (RFC 2883 §4).
    twice: Option<SackBlock>,
}

/// Makes `block` take in `other`, if they overlap or touch.
fn join(block: &mut SackBlock, other: SackBlock) -> bool {
    let near = !other.left.after(block.right) && !block.left.after(other.right);
    if near {
        block.left = block.left.min(other.left);
        block.right = block.right.max(other.right);
    }
    near
}

impl Sacks {
    /// Whether there is nothing to tell.
    pub(crate) fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.twice.is_none()
    }

    /// How many blocks there are to tell.
    pub(crate) fn count(&self) -> usize {
        self.blocks.len() + usize::from(self.twice.is_some())
    }

    /// `block` is here, ahead of its turn. It comes to the front with what it joins; the oldest of
    /// more than four is forgotten.
    pub(crate) fn arrived(&mut self, block: SackBlock) {
        let mut grown = block;
        self.blocks.retain(|held| !join(&mut grown, *held));
        // What it joined may have brought it to others.
        self.blocks.retain(|held| !join(&mut grown, *held));
        if self.blocks.is_full() {
            self.blocks.pop();
        }
        self.blocks.insert(0, grown);
    }

    /// `block` came twice. Parts of one segment that lie side by side are told as one.
    pub(crate) fn came_twice(&mut self, block: SackBlock) {
        match &mut self.twice {
            Some(twice) => {
                join(twice, block);
            }
            None => self.twice = Some(block),
        }
    }

    /// Everything before `nxt` is acknowledged.
    pub(crate) fn advance(&mut self, nxt: SeqNumber) {
        self.blocks.retain(|block| block.left.after(nxt));
    }

    /// What lay from `end` on had to be dropped.
    pub(crate) fn truncate(&mut self, end: SeqNumber) {
        self.blocks.retain(|block| {
            block.right = block.right.min(end);
            block.left.before(block.right)
        });
    }

    /// Nothing is ahead of its turn any more.
    pub(crate) fn clear_blocks(&mut self) {
        self.blocks.clear();
    }

    /// The blocks in the order of the option.
    pub(crate) fn list(&self) -> ArrayVec<SackBlock, MAX_SACK_BLOCKS> {
        let all = self.twice.iter().chain(&self.blocks);
        all.take(MAX_SACK_BLOCKS).copied().collect()
    }

    /// The blocks were told.
    pub(crate) fn told(&mut self) {
        self.twice = None;
    }
}
