//! Another address and port in the headers of a packet, and every checksum that follows (RFC 1624).
//!
//! A sum that was wrong stays wrong: whoever the packet is for finds out.

use core::net::SocketAddrV4;

use base::{ChecksumState, Frame};
use smallvec::SmallVec;
use wire::checksum::update;
use wire::{Protocol, icmpv4, ipv4, tcp, udp};

/// At most so many bytes are pushed at a time: less than a frame's head room.
const CHUNK: usize = 100;
/// Where IPv4's header has its checksum, and where its addresses.
const IP_SUM: usize = 10;
const SRC: usize = 12;
const DST: usize = 16;
/// Where the identification lies, and the flags.
const IDENTIFICATION: usize = 4;
const FLAGS: usize = 6;
const DONT_FRAGMENT: u16 = 0x4000;
/// Where UDP has its checksum.
const UDP_SUM: usize = 6;

/// Which end of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Source,
    Destination,
}

impl Side {
    const fn address(self) -> usize {
        match self {
            Self::Source => SRC,
            Self::Destination => DST,
        }
    }

    const fn port(self) -> usize {
        match self {
            Self::Source => 0,
            Self::Destination => 2,
        }
    }
}

/// The front of a packet, to be written on.
#[derive(Debug)]
struct Front(SmallVec<[u8; 128]>);

impl Front {
    /// The first `len` bytes, or as many as there are.
    fn of(frame: &Frame, len: usize) -> Self {
        let mut bytes = SmallVec::from_elem(0, len.min(frame.len()));
        frame.copy_to(&mut bytes);
        Self(bytes)
    }

    fn word(&self, at: usize) -> Option<u16> {
        let bytes = self.0.get(at..)?.first_chunk::<2>()?;
        Some(u16::from_be_bytes(*bytes))
    }

    fn put(&mut self, at: usize, word: u16) {
        if let Some(bytes) = self.0.get_mut(at..).and_then(|b| b.first_chunk_mut::<2>()) {
            *bytes = word.to_be_bytes();
        }
    }

    /// Writes `word`, and lets the sum at each of `sums` follow.
    fn set(&mut self, at: usize, word: u16, sums: &[Sum]) {
        let Some(old) = self.word(at) else {
            return;
        };
        self.put(at, word);
        for sum in sums {
            let Some(value) = self.word(sum.at()) else {
                continue;
            };
            let new = match sum {
                Sum::Whole(_) => update(value, old, word),
                // RFC 768: 0 says that there is none.
                Sum::Udp(_) if value == 0 => 0,
                Sum::Udp(_) => udp::checksum_to_send(update(value, old, word)),
                // Not inverted yet.
                Sum::Owed(_) => !update(!value, old, word),
            };
            self.put(sum.at(), new);
        }
    }

    /// Puts it back before what is behind it.
    fn give_back(self, frame: &mut Frame) {
        let known = frame.checksum;
        frame.pull(self.0.len());
        let mut rest = &self.0[..];
        while !rest.is_empty() {
            let (front, back) = rest.split_at(rest.len().saturating_sub(CHUNK));
            frame.push_header(back.len()).copy_from_slice(back);
            rest = front;
        }
        // What was taken off was put on again.
        frame.checksum = known;
    }
}

/// Where a checksum lies, and of what kind it is.
#[derive(Clone, Copy, Debug)]
enum Sum {
    Whole(usize),
    Udp(usize),
    /// The pseudo-header's alone; the rest is summed later.
    Owed(usize),
}

impl Sum {
    const fn at(self) -> usize {
        match self {
            Self::Whole(at) | Self::Udp(at) | Self::Owed(at) => at,
        }
    }
}

/// The sum of a transport whose header begins at `at`.
const fn sum_of(protocol: Protocol, at: usize) -> Option<Sum> {
    Some(match protocol {
        Protocol::TCP => Sum::Whole(at + tcp::CHECKSUM_OFFSET),
        Protocol::UDP => Sum::Udp(at + UDP_SUM),
        Protocol::ICMP => Sum::Whole(at + icmpv4::CHECKSUM_OFFSET),
        _ => return None,
    })
}

/// Gives one end of the packet at the front of `frame`, whose transport begins at `at`, another address
/// and port.
pub(super) fn rewrite(
    frame: &mut Frame,
    (at, protocol): (usize, Protocol),
    side: Side,
    to: SocketAddrV4,
) {
    let headers = match protocol {
        Protocol::TCP => tcp::MIN_HEADER_LEN,
        _ => 8,
    };
    let mut front = Front::of(frame, at + headers);
    let owed = matches!(frame.checksum, ChecksumState::Partial { .. });
    let echo = protocol == Protocol::ICMP;
    let sum = sum_of(protocol, at);
    // A ping's sum does not cover the addresses, and an owed one not the ports yet.
    let of_addresses = match sum {
        Some(sum) if owed && !echo => Some(Sum::Owed(sum.at())),
        sum => sum.filter(|_| !echo),
    };
    let of_port = sum.filter(|_| !owed);
    address(&mut front, side.address(), 0, to, of_addresses);
    let port = at + if echo { 4 } else { side.port() };
    front.set(port, to.port(), of_port.as_slice());
    front.give_back(frame);
}

/// As [`rewrite`], the address of an ICMP error alone.
pub(super) fn readdress(frame: &mut Frame, header_len: usize, side: Side, to: core::net::Ipv4Addr) {
    let mut front = Front::of(frame, header_len);
    address(
        &mut front,
        side.address(),
        0,
        SocketAddrV4::new(to, 0),
        None,
    );
    front.give_back(frame);
}

/// Makes the packet that an ICMP error quotes one from `from` to `to` (RFC 5508 §4.2). The error's own
/// header begins at `at`.
pub(super) fn requote(frame: &mut Frame, at: usize, from: SocketAddrV4, to: SocketAddrV4) {
    let inner = at + icmpv4::HEADER_LEN;
    // The most that the quoted headers take.
    let longest = inner + ipv4::MIN_HEADER_LEN + ipv4::MAX_OPTIONS_LEN + tcp::MIN_HEADER_LEN;
    let mut front = Front::of(frame, longest);
    let old = front.0.clone();
    let Some(&version_ihl) = old.get(inner) else {
        return;
    };
    let transport = inner + usize::from(version_ihl & 0xf) * 4;
    let protocol = Protocol(old.get(inner + 9).copied().unwrap_or(0));
    let echo = protocol == Protocol::ICMP;
    let sum = sum_of(protocol, transport);
    let of_addresses = sum.filter(|_| !echo);
    address(&mut front, inner + SRC, inner, from, of_addresses);
    address(&mut front, inner + DST, inner, to, of_addresses);
    match sum {
        Some(sum) if echo => {
            let asks = old.get(transport) == Some(&8);
            let identifier = if asks { from.port() } else { to.port() };
            front.set(transport + 4, identifier, &[sum]);
        }
        Some(sum) => {
            front.set(transport, from.port(), &[sum]);
            front.set(transport + 2, to.port(), &[sum]);
        }
        // Without ports.
        None => {}
    }
    // The error's own sum covers all of that, as it does the sums.
    let whole = at + icmpv4::CHECKSUM_OFFSET;
    let mut value = front.word(whole).unwrap_or(0);
    let words = old[inner..].as_chunks::<2>().0;
    for (was, is) in words.iter().zip(front.0[inner..].as_chunks::<2>().0) {
        if was != is {
            value = update(value, u16::from_be_bytes(*was), u16::from_be_bytes(*is));
        }
    }
    front.put(whole, value);
    front.give_back(frame);
}

/// Gives a datagram that may be cut on its way another identification (RFC 6864 §5.3.1: those of
/// several hosts would meet under one address). `draw` makes one.
pub(super) fn renumber(frame: &mut Frame, header_len: usize, draw: impl FnOnce() -> u16) {
    let mut front = Front::of(frame, header_len);
    if front
        .word(FLAGS)
        .is_some_and(|flags| flags & DONT_FRAGMENT == 0)
    {
        front.set(IDENTIFICATION, draw(), &[Sum::Whole(IP_SUM)]);
        front.give_back(frame);
    }
}

/// Writes an address at `at` of the IPv4 header that begins at `header`.
fn address(front: &mut Front, at: usize, header: usize, to: SocketAddrV4, sum: Option<Sum>) {
    let bits = to.ip().to_bits();
    let sums = [Some(Sum::Whole(header + IP_SUM)), sum];
    let sums: SmallVec<[Sum; 2]> = sums.into_iter().flatten().collect();
    front.set(at, (bits >> 16) as u16, &sums);
    front.set(at + 2, bits as u16, &sums);
}
