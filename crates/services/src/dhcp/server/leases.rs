//! Who has which address, and until when.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use landline::{Instant, MacAddr};

use super::super::pool::Pool;

/// Who a client is: its identifier, or else its hardware type and address (RFC 2131 §4.2).
pub(super) type Id = Vec<u8>;

/// What became of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Somebody not of ours may have it, and is being asked.
    Probing,
    /// It was offered, and is kept for a while.
    Offered,
    /// A client has it.
    Bound,
    /// Its time is over, or it was given back; its client gets it again if it can.
    Free,
    /// Somebody has it who did not ask.
    Conflict,
}

/// What is known of an address.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    /// Whose it is or was; empty for a conflict.
    pub(super) client: Id,
    pub(super) state: State,
    /// When that ends.
    pub(super) until: Instant,
}

impl Lease {
    /// Whether nobody else may have the address now.
    fn holds(&self, now: Instant) -> bool {
        self.state != State::Free && now < self.until
    }
}

/// The leases of one pool: at most one for each of its addresses.
#[derive(Debug, Default)]
pub(super) struct Leases {
    leases: BTreeMap<Ipv4Addr, Lease>,
    /// The address that each client has or had last.
    clients: BTreeMap<Id, Ipv4Addr>,
    /// All of them, by their ends.
    ends: BTreeSet<(Instant, Ipv4Addr)>,
    /// Addresses from the range's first on that were looked at for newcomers already.
    passed: u32,
}

impl Leases {
    /// What is known of an address.
    pub(super) fn at(&self, address: Ipv4Addr) -> Option<&Lease> {
        self.leases.get(&address)
    }

    /// The address that a client has or had last.
    pub(super) fn of(&self, client: &Id) -> Option<(Ipv4Addr, &Lease)> {
        let address = *self.clients.get(client)?;
        Some((address, self.leases.get(&address)?))
    }

    /// Whether somebody uses an address who was not given it here.
    pub(super) fn is_strange(&self, address: Ipv4Addr) -> bool {
        let lease = self.leases.get(&address);
        lease.is_some_and(|lease| lease.state == State::Conflict)
    }

    /// Whether a client could have an address, as far as others go.
    pub(super) fn is_open_to(&self, client: &Id, address: Ipv4Addr, now: Instant) -> bool {
        match self.leases.get(&address) {
            None => true,
            Some(lease) => lease.client == *client || !lease.holds(now),
        }
    }

    /// Notes what became of an address. What its client had before is free.
    pub(super) fn put(&mut self, address: Ipv4Addr, lease: Lease) {
        if let Some(before) = self.clients.get(&lease.client).copied()
            && before != address
        {
            self.forget(before);
        }
        self.forget(address);
        self.ends.insert((lease.until, address));
        if !lease.client.is_empty() {
            self.clients.insert(lease.client.clone(), address);
        }
        self.leases.insert(address, lease);
    }

    /// An address is free from now on; its client is remembered.
    pub(super) fn release(&mut self, address: Ipv4Addr, now: Instant) {
        if let Some(lease) = self.leases.get(&address).cloned() {
            let (state, until) = (State::Free, now);
            self.put(
                address,
                Lease {
                    state,
                    until,
                    ..lease
                },
            );
        }
    }

    fn forget(&mut self, address: Ipv4Addr) {
        if let Some(lease) = self.leases.remove(&address) {
            self.ends.remove(&(lease.until, address));
            if self.clients.get(&lease.client) == Some(&address) {
                self.clients.remove(&lease.client);
            }
        }
    }

    /// The address for a client that has none (RFC 2131 §4.3.1): the one that is reserved for it,
    /// the one that it had, the one that it wishes for, one that nobody had, and failing all that
    /// the one that is free for longest.
    pub(super) fn choose(
        &mut self,
        pool: &Pool,
        (client, mac): (&Id, Option<MacAddr>),
        wish: Option<Ipv4Addr>,
        now: Instant,
        ours: Ipv4Addr,
    ) -> Option<Ipv4Addr> {
        let fits = |leases: &Self, address: Ipv4Addr| {
            address != ours && pool.allows(mac, address) && leases.is_open_to(client, address, now)
        };
        if let Some(reserved) = mac.and_then(|mac| pool.reserved.get(&mac)) {
            return fits(self, *reserved).then_some(*reserved);
        }
        let had = self.of(client).map(|(address, _)| address);
        let known = had.into_iter().chain(wish);
        if let Some(address) = known.into_iter().find(|address| fits(self, *address)) {
            return Some(address);
        }
        while u64::from(self.passed) < pool.range.count() {
            let address = Ipv4Addr::from_bits(pool.range.first.to_bits() + self.passed);
            self.passed += 1;
            if !self.leases.contains_key(&address) && fits(self, address) {
                return Some(address);
            }
        }
        let over = self.ends.iter().take_while(|(until, _)| *until <= now);
        let mut over = over.map(|(_, address)| *address);
        over.find(|address| fits(self, *address))
            .or_else(|| self.skipped(pool, fits))
    }

    /// An address of the range that was passed over, and is known for nothing: one that a client
    /// let go for another.
    fn skipped(&self, pool: &Pool, fits: impl Fn(&Self, Ipv4Addr) -> bool) -> Option<Ipv4Addr> {
        if self.leases.len() as u64 >= pool.range.count() {
            return None;
        }
        let bits = pool.range.first.to_bits()..=pool.range.last.to_bits();
        let mut all = bits.map(Ipv4Addr::from_bits);
        all.find(|address| !self.leases.contains_key(address) && fits(self, *address))
    }

    /// Every lease that is running, by its address.
    pub(super) fn running(&self, now: Instant) -> impl Iterator<Item = (Ipv4Addr, &Lease)> {
        let bound = move |lease: &Lease| lease.state == State::Bound && now < lease.until;
        let all = self.leases.iter().map(|(address, lease)| (*address, lease));
        all.filter(move |(_, lease)| bound(lease))
    }
}
