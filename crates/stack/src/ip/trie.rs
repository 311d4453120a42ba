//! A map from network prefixes to values that finds the longest prefix of an address.
//!
//! A binary trie in which runs without a branch are one edge (PATRICIA, Morrison 1968): a look-up
//! visits at most one node for each prefix length in use along the way, however many prefixes there
//! are. Nodes lie in one vector and name each other by index; values lie in another, so that a
//! node is half a cache line.

use alloc::vec::Vec;
use core::net::IpAddr;

use slab::Slab;
use smallvec::SmallVec;
use wire::IpNet;

/// No node.
const NONE: u32 = u32::MAX;

/// A prefix: the bits of an address from the most significant on; those behind `len` are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Prefix {
    bits: u128,
    len: u8,
}

impl Prefix {
    fn of(net: IpNet) -> Self {
        let (bits, _) = key(net.network());
        Self {
            bits,
            len: net.prefix_len(),
        }
    }

    /// How many leading bits both have in common.
    fn common(self, other: Self) -> u8 {
        let equal = (self.bits ^ other.bits).leading_zeros() as u8;
        equal.min(self.len).min(other.len)
    }

    /// Whether `bits` begin with this prefix: masked with the prefix, both are equal.
    fn covers(self, bits: u128) -> bool {
        self.len == 0 || (self.bits ^ bits) >> (128 - self.len) == 0
    }

    fn shortened(self, len: u8) -> Self {
        let bits = if len == 0 {
            0
        } else {
            self.bits & u128::MAX << (128 - len)
        };
        Self { bits, len }
    }
}

/// An address as bits from the most significant on, and which of the two roots it belongs to.
fn key(addr: IpAddr) -> (u128, usize) {
    match addr {
        IpAddr::V4(addr) => (u128::from(addr.to_bits()) << 96, 0),
        IpAddr::V6(addr) => (addr.to_bits(), 1),
    }
}

/// Bit number `at`, from the most significant on.
fn bit(bits: u128, at: u8) -> usize {
    (bits >> (127 - at) & 1) as usize
}

#[derive(Debug)]
struct Node {
    /// See [`Prefix`]; not one itself, since the padding would double the node.
    bits: u128,
    len: u8,
    /// The nodes behind a 0 and behind a 1. Invariant: their prefixes are longer and begin with
    /// this one.
    children: [u32; 2],
    /// Where its value lies. Invariant: a node without one ([`NONE`]) has two children.
    value: u32,
}

impl Node {
    const fn prefix(&self) -> Prefix {
        Prefix {
            bits: self.bits,
            len: self.len,
        }
    }
}

/// Where the number of a node is kept.
#[derive(Clone, Copy)]
enum Place {
    Root(usize),
    Child(u32, usize),
}

/// Values by prefix, of both families.
#[derive(Debug)]
pub(super) struct PrefixMap<V> {
    nodes: Slab<Node>,
    values: Slab<V>,
    roots: [u32; 2],
}

impl<V> PrefixMap<V> {
    pub(super) const fn new() -> Self {
        Self {
            nodes: Slab::new(),
            values: Slab::new(),
            roots: [NONE; 2],
        }
    }

    /// Among the values of all prefixes of `addr` that `pick` accepts, that of the longest.
    pub(super) fn longest<'a, R>(
        &'a self,
        addr: IpAddr,
        pick: impl Fn(&'a V) -> Option<R>,
    ) -> Option<R> {
        let (bits, root) = key(addr);
        let mut at = self.roots[root];
        // The values on the way, from the longest prefix on. Most often that is accepted, and the
        // others need not be looked at.
        let mut found = SmallVec::<[u32; 8]>::new();
        while let Some(node) = self.node(at).filter(|node| node.prefix().covers(bits)) {
            if node.value != NONE {
                found.push(node.value);
            }
            if node.len == 128 {
                break;
            }
            at = node.children[bit(bits, node.len)];
        }
        let mut values = found.into_iter().rev();
        values.find_map(|value| pick(self.values.get(value as usize)?))
    }

    /// The value of exactly this prefix.
    pub(super) fn get(&self, net: IpNet) -> Option<&V> {
        let node = self.node(*self.path(net).last()?)?;
        let is_it = node.prefix() == Prefix::of(net);
        self.values.get(node.value as usize).filter(|_| is_it)
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, net: IpNet) -> Option<&mut V> {
        let at = *self.path(net).last()?;
        let node = self.node(at)?;
        if node.prefix() == Prefix::of(net) {
            self.values.get_mut(node.value as usize)
        } else {
            None
        }
    }

    /// The value of exactly this prefix, made if it is not there.
    pub(super) fn entry(&mut self, net: IpNet, make: impl FnOnce() -> V) -> &mut V {
        let prefix = Prefix::of(net);
        let mut place = Place::Root(key(net.network()).1);
        let at = loop {
            let at = self.at(place);
            let Some(node) = self.node(at) else {
                break self.put(place, prefix, [NONE; 2]);
            };
            let common = prefix.common(node.prefix());
            if common < node.len {
                break self.split(place, at, prefix, common);
            }
            if common == prefix.len {
                break at;
            }
            place = Place::Child(at, bit(prefix.bits, common));
        };
        let node = &mut self.nodes[at as usize];
        if node.value == NONE {
            node.value = self.values.insert(make()) as u32;
        }
        &mut self.values[node.value as usize]
    }

    /// Puts a node for `prefix` above `below`, with which it has only `common` bits in common.
    fn split(&mut self, place: Place, below: u32, prefix: Prefix, common: u8) -> u32 {
        let side = bit(self.nodes[below as usize].bits, common);
        let mut children = [NONE; 2];
        children[side] = below;
        let branch = self.put(place, prefix.shortened(common), children);
        if common == prefix.len {
            branch
        } else {
            self.put(Place::Child(branch, 1 - side), prefix, [NONE; 2])
        }
    }

    /// Removes the value of exactly this prefix.
    pub(super) fn remove(&mut self, net: IpNet) -> Option<V> {
        let path = self.path(net);
        let at = *path.last()?;
        let node = self.nodes.get_mut(at as usize)?;
        if node.prefix() != Prefix::of(net) {
            return None;
        }
        let value = core::mem::replace(&mut node.value, NONE);
        let value = self.values.try_remove(value as usize);
        let root = key(net.network()).1;
        // The node may be of no more use, and then the branch above it as well.
        for up in (0..path.len()).rev().take(2) {
            let place = match up.checked_sub(1) {
                None => Place::Root(root),
                Some(above) => {
                    let side =
                        usize::from(self.nodes[path[above] as usize].children[1] == path[up]);
                    Place::Child(path[above], side)
                }
            };
            self.tidy(place);
        }
        value
    }

    /// Takes the node at `place` out if it has no value and does not branch.
    fn tidy(&mut self, place: Place) {
        let at = self.at(place);
        let Some(node) = self.node(at).filter(|node| node.value == NONE) else {
            return;
        };
        let heir = match node.children {
            [NONE, heir] | [heir, NONE] => heir,
            _ => return,
        };
        self.nodes.remove(at as usize);
        self.set(place, heir);
    }

    /// The nodes from the root towards `net`, as far as they cover it.
    fn path(&self, net: IpNet) -> Vec<u32> {
        let (bits, root) = key(net.network());
        let (mut at, mut path) = (self.roots[root], Vec::new());
        while let Some(node) = self.node(at).filter(|node| node.prefix().covers(bits)) {
            if node.len > net.prefix_len() {
                break;
            }
            path.push(at);
            if node.len == net.prefix_len() {
                break;
            }
            at = node.children[bit(bits, node.len)];
        }
        path
    }

    /// Every value, in no particular order.
    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.values.iter().map(|(_, value)| value)
    }

    /// Whether there is nothing left, not even a node.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.values.is_empty() && self.roots == [NONE; 2]
    }

    fn node(&self, at: u32) -> Option<&Node> {
        self.nodes.get(at as usize)
    }

    fn at(&self, place: Place) -> u32 {
        match place {
            Place::Root(root) => self.roots[root],
            Place::Child(parent, side) => self.nodes[parent as usize].children[side],
        }
    }

    fn set(&mut self, place: Place, at: u32) {
        match place {
            Place::Root(root) => self.roots[root] = at,
            Place::Child(parent, side) => self.nodes[parent as usize].children[side] = at,
        }
    }

    fn put(&mut self, place: Place, prefix: Prefix, children: [u32; 2]) -> u32 {
        let Prefix { bits, len } = prefix;
        let at = self.nodes.insert(Node {
            bits,
            len,
            children,
            value: NONE,
        }) as u32;
        self.set(place, at);
        at
    }
}
