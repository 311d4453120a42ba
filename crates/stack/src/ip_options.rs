//! IPv4 options, one by one (RFC 791 §3.1), and what this host writes into them.

use core::net::Ipv4Addr;

use base::Instant;

use crate::socket::Errno;

/// The options in a header, each with its type and length. Stops at the end of the list and at a
/// length that makes no sense: what is behind it cannot be told apart.
pub(crate) struct Options<'a>(pub(crate) &'a [u8]);

/// Source routes: loose and strict.
const SOURCE_ROUTES: [u8; 2] = [131, 137];

impl<'a> Iterator for Options<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let len = match *self.0 {
                [] | [0, ..] => return None,
                // No operation: padding between options.
                [1, ..] => {
                    self.0 = &self.0[1..];
                    continue;
                }
                [_, len, ..] if len >= 2 && usize::from(len) <= self.0.len() => usize::from(len),
                _ => return None,
            };
            let (option, rest) = self.0.split_at(len);
            self.0 = rest;
            return Some(option);
        }
    }
}

/// Where a list ends that cannot be read on: at an option without a length, or whose length is
/// none.
pub(crate) fn broken_at(options: &[u8]) -> Option<usize> {
    let mut walk = Options(options);
    walk.by_ref().for_each(drop);
    let at = options.len() - walk.0.len();
    // What begins with the end of the list, or has nothing left, ended as it should.
    walk.0.first().is_some_and(|kind| *kind != 0).then_some(at)
}

/// Whether the sender wants to say where the packet goes. No host today obeys
/// (RFC 7126 §4.3, §4.4).
pub(crate) fn has_source_route(options: &[u8]) -> bool {
    Options(options).any(|option| SOURCE_ROUTES.contains(&option[0]))
}

/// The longest list that a header has room for.
pub(crate) const MOST: usize = 40;

const END: u8 = 0;
const RECORD_ROUTE: u8 = 7;
const TIMESTAMP: u8 = 68;
const SECURITY_COMMERCIAL: u8 = 134;
const LOOSE_ROUTE: u8 = 131;
const STRICT_ROUTE: u8 = 137;
const ROUTER_ALERT: u8 = 148;

/// Options of IPv4 as a program gives them for what it sends (`IP_OPTIONS`), or as they came: whole, and
/// filled up to a multiple of four bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct IpOptions {
    bytes: [u8; MOST],
    len: u8,
}

/// Which parts of a list have been found: each at most once.
#[derive(Default)]
struct Found {
    record: bool,
    stamp: bool,
    route: bool,
}

impl IpOptions {
    /// The list that a program wants to send.
    ///
    /// # Errors
    ///
    /// [`Errno::EINVAL`] for more than 40 bytes, for a list that cannot be read to its end, and for options
    /// that make no sense, as Linux's `ip_options_compile` has it.
    pub fn new(list: &[u8]) -> Result<Self, Errno> {
        let mut options = Self::filled(list).ok_or(Errno::EINVAL)?;
        let mut found = Found::default();
        let mut at = 0;
        let len = usize::from(options.len);
        while at < len {
            match options.bytes[at] {
                END => {
                    options.bytes[at..len].fill(END);
                    break;
                }
                1 => at += 1,
                _ => {
                    let rest = &options.bytes[at..len];
                    let size = rest.get(1).map_or(0, |size| usize::from(*size));
                    let option = rest.get(..size).filter(|_| size >= 2);
                    check(option.ok_or(Errno::EINVAL)?, &mut found)?;
                    at += size;
                }
            }
        }
        Ok(options)
    }

    /// A list as it is, filled up; `None` for one that is too long.
    pub(crate) fn filled(list: &[u8]) -> Option<Self> {
        let mut bytes = [END; MOST];
        bytes.get_mut(..list.len())?.copy_from_slice(list);
        let len = list.len().next_multiple_of(4) as u8;
        Some(Self { bytes, len })
    }

    /// The bytes; none where there are no options.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// Where a packet with these goes first, and whether that must be a neighbour: with a source route it
    /// is not the destination (RFC 791 §3.1).
    pub(crate) fn first_hop(&self) -> Option<(Ipv4Addr, bool)> {
        let route = self
            .iter()
            .find(|(_, option)| SOURCE_ROUTES.contains(&option[0]));
        let (_, option) = route?;
        Some((address_at(option, 3)?, option[0] == STRICT_ROUTE))
    }

    /// The list of a packet that `own` sends to `dst`: what it records is recorded, the first hop is taken
    /// out of a route and `dst` stands at its end (RFC 1122 §3.2.1.8).
    pub(crate) fn sent(&self, stamp: Stamp<'_>, dst: Ipv4Addr) -> Self {
        let mut list = self.recorded(stamp, false);
        let Some((at, size)) = list.find(|kind| SOURCE_ROUTES.contains(&kind)) else {
            return list;
        };
        let route = &mut list.bytes[at + 3..at + size];
        route.rotate_left(4);
        let last = route.len() - 4;
        route[last..].copy_from_slice(&dst.octets());
        list
    }

    /// The list of a packet that came, with what this host records in it.
    pub(crate) fn received(list: &[u8], stamp: Stamp<'_>) -> Option<Self> {
        Some(Self::filled(list)?.recorded(stamp, true))
    }

    /// What an answer to a packet with these carries (Linux's `ip_options_echo`): the routes and times that
    /// it recorded.
    pub(crate) fn echo(&self) -> Self {
        let mut bytes = [END; MOST];
        let mut len = 0;
        for (_, option) in self.iter() {
            if [RECORD_ROUTE, TIMESTAMP].contains(&option[0]) {
                bytes[len..len + option.len()].copy_from_slice(option);
                len += option.len();
            }
        }
        let len = len.next_multiple_of(4) as u8;
        Self { bytes, len }
    }

    fn recorded(mut self, stamp: Stamp<'_>, counts: bool) -> Self {
        if let Some((at, size)) = self.find(|kind| kind == RECORD_ROUTE) {
            record(&mut self.bytes[at..at + size], stamp.own);
        }
        if let Some((at, size)) = self.find(|kind| kind == TIMESTAMP) {
            put_stamp(&mut self.bytes[at..at + size], stamp, counts);
        }
        self
    }

    fn iter(&self) -> impl Iterator<Item = (usize, &[u8])> {
        let bytes = self.as_bytes();
        let mut walk = Options(bytes);
        core::iter::from_fn(move || {
            let option = walk.next()?;
            let end = bytes.len() - walk.0.len();
            Some((end - option.len(), option))
        })
    }

    /// The first option of a kind: where, and how long.
    fn find(&self, kind: impl Fn(u8) -> bool) -> Option<(usize, usize)> {
        let mut options = self.iter();
        let found = options.find(|(_, option)| kind(option[0]))?;
        Some((found.0, found.1.len()))
    }
}

/// What this host writes into options.
#[derive(Clone, Copy)]
pub(crate) struct Stamp<'a> {
    /// Its address on the way.
    pub(crate) own: Ipv4Addr,
    /// Its clock, which is not the day's: the highest bit says so (RFC 791 §3.1).
    pub(crate) now: Instant,
    /// Whether an address is one of its own.
    pub(crate) is_ours: &'a dyn Fn(Ipv4Addr) -> bool,
}

impl Stamp<'_> {
    fn time(&self) -> [u8; 4] {
        let millis = (self.now.as_nanos() / 1_000_000) as u32;
        (millis | 1 << 31).to_be_bytes()
    }
}

/// Whether one option may be sent.
fn check(option: &[u8], found: &mut Found) -> Result<(), Errno> {
    let (size, pointer) = (option.len(), option.get(2).map_or(0, |at| usize::from(*at)));
    let twice = |seen: &mut bool| core::mem::replace(seen, true);
    let sound = match option[0] {
        LOOSE_ROUTE | STRICT_ROUTE => {
            !twice(&mut found.route) && pointer == 4 && size >= 7 && (size - 3).is_multiple_of(4)
        }
        RECORD_ROUTE => {
            !twice(&mut found.record) && pointer >= 4 && (pointer > size || pointer + 3 <= size)
        }
        TIMESTAMP if pointer >= 5 && size >= 4 && !twice(&mut found.stamp) => {
            let (flags, room) = (option[3] & 15, size + 1 - pointer.min(size + 1));
            match flags {
                _ if room == 0 => flags == PRESCRIBED || option[3] >> 4 < 15,
                TIMES_ONLY => room >= 4,
                TIMES_AND_ADDRESSES | PRESCRIBED => room >= 8,
                _ => room >= 4,
            }
        }
        TIMESTAMP | SECURITY_COMMERCIAL => false,
        ROUTER_ALERT => size >= 4,
        _ => true,
    };
    if sound { Ok(()) } else { Err(Errno::EINVAL) }
}

/// Kinds of the timestamp option.
const TIMES_ONLY: u8 = 0;
const TIMES_AND_ADDRESSES: u8 = 1;
const PRESCRIBED: u8 = 3;

/// Writes our address where the pointer of a recorded route shows, if it has room there.
fn record(option: &mut [u8], own: Ipv4Addr) {
    let Some(at) = option.get(2).and_then(|at| usize::from(*at).checked_sub(1)) else {
        return;
    };
    if at >= 3 && at + 4 <= option.len() {
        option[at..at + 4].copy_from_slice(&own.octets());
        option[2] += 4;
    }
}

/// Writes the time where the pointer shows; with `counts`, that it has no room is counted.
fn put_stamp(option: &mut [u8], stamp: Stamp<'_>, counts: bool) {
    let [_, _, pointer, flags, ..] = *option else {
        return;
    };
    let at = usize::from(pointer).saturating_sub(1);
    if at < 4 {
        return;
    }
    let (kind, over) = (flags & 15, flags >> 4);
    let size = if kind == TIMES_ONLY { 4 } else { 8 };
    if at + size > option.len() {
        if counts && at >= option.len() && kind != PRESCRIBED && over < 15 {
            option[3] = kind | (over + 1) << 4;
        }
        return;
    }
    match kind {
        TIMES_ONLY => option[at..at + 4].copy_from_slice(&stamp.time()),
        TIMES_AND_ADDRESSES => {
            option[at..at + 4].copy_from_slice(&stamp.own.octets());
            option[at + 4..at + 8].copy_from_slice(&stamp.time());
        }
        PRESCRIBED if address_at(option, at).is_some_and(|addr| (stamp.is_ours)(addr)) => {
            option[at + 4..at + 8].copy_from_slice(&stamp.time());
        }
        _ => return,
    }
    option[2] += size as u8;
}

fn address_at(option: &[u8], at: usize) -> Option<Ipv4Addr> {
    let octets = option.get(at..)?.first_chunk::<4>()?;
    Some(Ipv4Addr::from(*octets))
}

impl Default for IpOptions {
    fn default() -> Self {
        Self {
            bytes: [END; MOST],
            len: 0,
        }
    }
}

impl core::fmt::Debug for IpOptions {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.as_bytes().fmt(f)
    }
}
