//! A datagram that arrives in parts (RFC 791 §3.2, RFC 815; RFC 8200 §4.5).

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::net::IpAddr;

use base::{Frame, Instant, Payload, Rng};
use slab::Slab;
use wire::ip::Ecn;
use wire::ipv6::fragment;
use wire::{ipv4, ipv6};

use super::egress::MAX_PACKET;
use super::peers::Peers;
use crate::icmp_message::IcmpMessage;
use crate::keyed::{Keyed, KeyedMap};
use crate::packet::{Packet, Reply};
use crate::sysctl::Sysctls;
use crate::timer::{TimerId, TimerKey, Wheel};
use crate::verdict::{DropReason, Drops, Stop, Verdict};

/// Unfinished datagrams at most; then one gives way.
const DATAGRAMS: usize = 1024;
/// Fragments of one datagram at most: so many does a link with the least MTU, 68, make of the
/// longest (48 bytes in each).
const FRAGMENTS: usize = 1366;
/// What a datagram costs in bytes beside its data.
const DATAGRAM_COST: usize = 512;
/// What a fragment costs in bytes beside its data.
const FRAGMENT_COST: usize = 128;
/// Data shorter than this is copied, lest a few bytes keep the large buffer that they came in.
const SHORT: usize = 512;

/// Which fragments belong together (RFC 791 §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    src: IpAddr,
    dst: IpAddr,
    protocol: u8,
    identification: u32,
}

/// Where a part belongs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fragment {
    identification: u32,
    start: usize,
    /// Whether more follow.
    more: bool,
    /// IPv6: where in the packet's header the Fragment header lies, and where the header before
    /// it names it.
    header: Option<(usize, usize)>,
}

impl Fragment {
    /// `None` for a whole datagram.
    pub(crate) fn of_v4(header: &ipv4::Header) -> Option<Self> {
        header.is_fragment().then(|| Self {
            identification: header.identification.into(),
            start: header.fragment_offset.into(),
            more: header.more_fragments,
            header: None,
        })
    }

    /// `at` is where the Fragment header lies, `named_at` where the header before it names it.
    pub(super) fn of_v6(header: &fragment::Header, at: usize, named_at: usize) -> Self {
        Self {
            identification: header.identification,
            start: header.offset.into(),
            more: header.more,
            header: Some((at, named_at)),
        }
    }
}

/// Bytes of a datagram that are there.
#[derive(Debug)]
struct Part {
    start: usize,
    data: Payload,
}

impl Part {
    fn end(&self) -> usize {
        self.start + self.data.len()
    }
}

/// A datagram of which something is missing.
#[derive(Debug)]
struct Datagram {
    key: Key,
    /// Its place among all, by age.
    number: u64,
    timer: TimerId,
    /// The first fragment without its data: what the whole will look like.
    first: Option<Box<Packet>>,
    /// As [`Fragment::header`], of the first fragment.
    fragment_header: Option<(usize, usize)>,
    /// In order, without overlaps.
    parts: Vec<Part>,
    /// Invariant: the sum of the parts' lengths.
    held: usize,
    /// Where it ends, once the last fragment came.
    end: Option<usize>,
    /// A bit for each ECN codepoint seen.
    ecn: u8,
    /// Why it will never be whole: what still comes of it dies of the same.
    refused: Option<DropReason>,
    /// Bytes of the longest part with its headers.
    longest: usize,
    /// Its share of [`Reassembly::cost`].
    cost: usize,
    /// How many fragments its host had sent when the last of this one came.
    heard: u32,
}

/// Datagrams of which something is missing.
#[derive(Debug)]
pub(crate) struct Reassembly {
    datagrams: Slab<Datagram>,
    index: KeyedMap<Key, u32>,
    /// By age.
    ages: BTreeMap<u64, u32>,
    /// By host.
    peers: Peers,
    next: u64,
    /// Bytes that all take. Bounded by `ipfrag_high_thresh`.
    cost: usize,
    /// Datagrams that gave way and have not been counted yet.
    evicted: u64,
    /// Those whose host went on to others, likewise.
    overtaken: u64,
    /// Bytes of the longest fragment of the datagram that was whole last.
    longest: usize,
}

impl Reassembly {
    pub(super) fn new(rng: &mut Rng) -> Self {
        Self {
            datagrams: Slab::new(),
            index: KeyedMap::with_hasher(Keyed::new(rng)),
            ages: BTreeMap::new(),
            peers: Peers::new(rng),
            next: 0,
            cost: 0,
            evicted: 0,
            overtaken: 0,
            longest: 0,
        }
    }

    /// Counts the datagrams that gave way since this was last asked.
    pub(crate) fn count_lost(&mut self, drops: &mut Drops) {
        drops.add(
            DropReason::ReassemblyFull,
            core::mem::take(&mut self.evicted),
        );
        drops.add(
            DropReason::FragmentOvertaken,
            core::mem::take(&mut self.overtaken),
        );
    }

    /// Bytes of the longest fragment of the datagram that [`add`](Self::add) gave back last, its headers
    /// included: who passes the whole on may send parts of that length again.
    pub(crate) const fn longest_fragment(&self) -> usize {
        self.longest
    }

    /// Takes a fragment. The whole datagram comes back when it was the last that was missing.
    pub(crate) fn add(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        sysctls: &Sysctls,
        now: Instant,
        fragment: Fragment,
        packet: Packet,
    ) -> Verdict<Packet> {
        let len = packet.frame.len();
        // RFC 791 §3.2: all but the last carry a multiple of 8 bytes; none carries nothing.
        if len == 0 || (fragment.more && !len.is_multiple_of(8)) {
            return Err(DropReason::BadFragment.into());
        }
        let key = Key {
            src: packet.src,
            dst: packet.dst,
            // RFC 8200 §4.5 leaves out what the fragments say that they carry.
            protocol: if packet.src.is_ipv4() {
                packet.protocol.0
            } else {
                0
            },
            identification: fragment.identification,
        };
        let heard = self.peers.heard(key.src);
        let slot = match self.index.get(&key).copied() {
            Some(slot) if self.is_overtaken(sysctls, slot, heard) => {
                self.overtaken += u64::from(self.give_up(timers, slot));
                self.begin(timers, sysctls, now, key)
            }
            Some(slot) => slot,
            None => self.begin(timers, sysctls, now, key),
        };
        let Some(datagram) = self.datagrams.get_mut(slot as usize) else {
            return Err(DropReason::ReassemblyFull.into());
        };
        datagram.heard = heard;
        let before = datagram.cost;
        let outcome = datagram.add(fragment, packet);
        self.cost = self.cost - before + datagram.cost;
        self.peers.weigh(key.src, before, datagram.cost);
        match outcome {
            Ok(false) => {
                self.make_room(timers, high_thresh(sysctls, key), DATAGRAMS);
                Err(Stop::Taken)
            }
            Ok(true) => {
                let datagram = self.remove(timers, slot);
                self.longest = datagram.as_ref().map_or(0, |datagram| datagram.longest);
                datagram.and_then(Datagram::whole).map_err(Stop::Drop)
            }
            Err(reason) => Err(reason.into()),
        }
    }

    /// A datagram's fragments were missing for too long. It dies, and its sender hears of it if
    /// the first fragment was there (RFC 792, time exceeded code 1).
    pub(crate) fn expire(&mut self, timers: &mut Wheel<TimerKey>, slot: u32) -> Option<Stop> {
        let datagram = self.remove(timers, slot).ok()?;
        // What it died of was counted when it did.
        if datagram.refused.is_some() {
            return None;
        }
        let reason = DropReason::ReassemblyTimeout;
        let (Some(mut about), Some(part)) = (datagram.first, datagram.parts.into_iter().next())
        else {
            return Some(reason.into());
        };
        about.frame = Frame::new(part.data);
        let message = IcmpMessage::reassembly_time(about.dst);
        Some(Stop::reply(Reply::Error { message, about }, Some(reason)))
    }

    /// Whether more fragments of the same host than `ipfrag_max_dist` came since the last of this
    /// datagram. IPv4's 16 bits of identification come round soon: it may mean another by now.
    fn is_overtaken(&self, sysctls: &Sysctls, slot: u32, heard: u32) -> bool {
        let most = sysctls.ipfrag_max_dist;
        most > 0
            && self.datagrams.get(slot as usize).is_some_and(|datagram| {
                datagram.key.src.is_ipv4() && heard.wrapping_sub(datagram.heard) > most
            })
    }

    fn begin(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        sysctls: &Sysctls,
        now: Instant,
        key: Key,
    ) -> u32 {
        self.make_room(timers, high_thresh(sysctls, key), DATAGRAMS - 1);
        let time = match key.src {
            IpAddr::V4(_) => sysctls.ipfrag_time,
            IpAddr::V6(_) => sysctls.ip6frag_time,
        };
        let vacant = self.datagrams.vacant_entry();
        let slot = vacant.key() as u32;
        vacant.insert(Datagram {
            key,
            number: self.next,
            timer: timers.arm(now + time, TimerKey::Reassembly(slot)),
            first: None,
            fragment_header: None,
            parts: Vec::new(),
            held: 0,
            end: None,
            ecn: 0,
            refused: None,
            longest: 0,
            cost: DATAGRAM_COST,
            heard: 0,
        });
        self.index.insert(key, slot);
        self.ages.insert(self.next, slot);
        self.peers.begin(key.src, self.next, slot);
        self.peers.weigh(key.src, 0, DATAGRAM_COST);
        self.next += 1;
        self.cost += DATAGRAM_COST;
        slot
    }

    /// Lets datagrams give way until so much is left: the oldest of the host that takes more than its
    /// share, or where none does, the oldest of all.
    fn make_room(&mut self, timers: &mut Wheel<TimerKey>, bytes: usize, datagrams: usize) {
        while self.cost > bytes || self.datagrams.len() > datagrams {
            let oldest = || self.ages.first_key_value().map(|(_, slot)| *slot);
            let Some(slot) = self.peers.crowding(self.cost).or_else(oldest) else {
                return;
            };
            self.evicted += u64::from(self.give_up(timers, slot));
        }
    }

    /// Forgets a datagram; whether it had not died of something before.
    fn give_up(&mut self, timers: &mut Wheel<TimerKey>, slot: u32) -> bool {
        self.remove(timers, slot)
            .is_ok_and(|datagram| datagram.refused.is_none())
    }

    fn remove(&mut self, timers: &mut Wheel<TimerKey>, slot: u32) -> Result<Datagram, DropReason> {
        let datagram = self.datagrams.try_remove(slot as usize);
        let datagram = datagram.ok_or(DropReason::ReassemblyFull)?;
        timers.disarm(datagram.timer);
        self.index.remove(&datagram.key);
        self.ages.remove(&datagram.number);
        self.peers.weigh(datagram.key.src, datagram.cost, 0);
        self.peers.end(datagram.key.src, datagram.number);
        self.cost -= datagram.cost;
        Ok(datagram)
    }
}

impl Datagram {
    /// Takes a fragment. True when nothing is missing any more.
    fn add(&mut self, fragment: Fragment, mut packet: Packet) -> Result<bool, DropReason> {
        if let Some(reason) = self.refused {
            return Err(reason);
        }
        let (start, end) = (fragment.start, fragment.start + packet.frame.len());
        let at = self.place(start, end)?;
        self.see_end(end, fragment.more)?;
        if self.parts.len() >= FRAGMENTS {
            return Err(self.refuse(DropReason::TooManyFragments));
        }
        self.ecn |= 1 << (packet.traffic_class & 3);
        self.longest = self.longest.max(packet.header.len() + packet.frame.len());
        let frame = core::mem::replace(&mut packet.frame, Frame::new(Payload::new()));
        let data = if frame.len() < SHORT {
            Payload::from(frame.to_vec())
        } else {
            frame.into_payload()
        };
        self.held += data.len();
        self.cost += FRAGMENT_COST + data.len();
        self.parts.insert(at, Part { start, data });
        if start == 0 {
            self.fragment_header = fragment.header;
            self.first = Some(Box::new(packet));
        }
        Ok(self.end == Some(self.held))
    }

    /// Where a part from `start` to `end` belongs among those that are there.
    ///
    /// RFC 5722 §4, by the same reasoning for IPv4: overlaps serve attackers alone, and the whole
    /// datagram is refused. A network that duplicates a fragment as it is does no harm.
    fn place(&mut self, start: usize, end: usize) -> Result<usize, DropReason> {
        let at = self.parts.partition_point(|part| part.start < start);
        let next = self.parts.get(at);
        if next.is_some_and(|next| next.start == start && next.end() == end) {
            return Err(DropReason::DuplicateFragment);
        }
        let previous = at.checked_sub(1).and_then(|at| self.parts.get(at));
        if previous.is_some_and(|previous| previous.end() > start)
            || next.is_some_and(|next| next.start < end)
        {
            return Err(self.refuse(DropReason::FragmentOverlap));
        }
        Ok(at)
    }

    /// Checks a part that ends at `end` against where the datagram ends.
    fn see_end(&mut self, end: usize, more: bool) -> Result<(), DropReason> {
        let reached = self.parts.last().map_or(0, Part::end);
        let contradicts = match self.end {
            Some(known) if more => end >= known,
            Some(known) => end != known,
            None => !more && reached > end,
        };
        if contradicts {
            return Err(self.refuse(DropReason::BadFragment));
        }
        if !more {
            self.end = Some(end);
        }
        Ok(())
    }

    /// Lets go of everything but the memory that it is refused, so that what still comes of it is
    /// not taken for the beginning of another.
    fn refuse(&mut self, reason: DropReason) -> DropReason {
        self.refused = Some(reason);
        self.first = None;
        self.parts = Vec::new();
        self.held = 0;
        self.cost = DATAGRAM_COST;
        reason
    }

    /// The datagram, all of it.
    fn whole(self) -> Result<Packet, DropReason> {
        let traffic_class = self.ecn()?;
        let mut packet = *self.first.ok_or(DropReason::BadFragment)?;
        packet.traffic_class |= traffic_class;
        if let Some(place) = self.fragment_header {
            take_fragment_header(&mut packet, place);
        }
        let fixed = match packet.src {
            IpAddr::V4(_) => 0,
            // The payload length does not count the fixed header.
            IpAddr::V6(_) => ipv6::HEADER_LEN,
        };
        if packet.header.len() + self.held - fixed > MAX_PACKET {
            return Err(DropReason::TooLong);
        }
        let mut payload = Payload::new();
        for part in self.parts {
            payload.append(part.data);
        }
        packet.frame = Frame::new(payload);
        mend_header(&mut packet);
        Ok(packet)
    }

    /// RFC 3168 §5.3: congestion that one fragment met the whole has met; but not if another says
    /// that its transport does not understand the mark.
    fn ecn(&self) -> Result<u8, DropReason> {
        let seen = |ecn: Ecn| self.ecn & 1 << ecn.bits() != 0;
        match (seen(Ecn::Ce), seen(Ecn::NotEct)) {
            (true, true) => Err(DropReason::BadFragment),
            (true, false) => Ok(Ecn::Ce.bits()),
            (false, _) => Ok(0),
        }
    }
}

/// How many bytes all unfinished datagrams may hold when one of that version comes.
fn high_thresh(sysctls: &Sysctls, key: Key) -> usize {
    match key.src {
        IpAddr::V4(_) => sysctls.ipfrag_high_thresh,
        IpAddr::V6(_) => sysctls.ip6frag_high_thresh,
    }
}

/// RFC 8200 §4.5: the whole has the headers of the first fragment but for the Fragment header.
fn take_fragment_header(packet: &mut Packet, (at, named_at): (usize, usize)) {
    let end = at + fragment::HEADER_LEN;
    if end > packet.header.len() || named_at >= at {
        return;
    }
    packet.header.drain(at..end);
    packet.header[named_at] = packet.protocol.0;
    packet.next_header_at = named_at;
}

/// Makes the first fragment's header that of the whole, for an ICMP error to quote.
fn mend_header(packet: &mut Packet) {
    let len = packet.frame.len();
    if packet.src.is_ipv6() {
        if let Ok((mut header, fixed)) = ipv6::Header::parse_quoted(&packet.header) {
            header.payload_len = packet.header.len() - fixed + len;
            header.traffic_class = packet.traffic_class;
            header.emit(&mut packet.header);
        }
    } else if let Ok((mut header, _)) = ipv4::Header::parse(&packet.header, MAX_PACKET) {
        header.more_fragments = false;
        header.payload_len = len;
        header.traffic_class = packet.traffic_class;
        header.emit(&mut packet.header);
    }
}
