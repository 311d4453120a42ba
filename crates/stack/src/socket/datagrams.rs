//! Datagrams that wait in a socket, either way, bounded in bytes.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use core::net::SocketAddr;
use core::num::{NonZeroU16, NonZeroU32};

use base::{Instant, Payload};

use super::{Address, Received, ReceivedBytes, RecvFlags, SocketId};
use crate::interface::InterfaceId;
use crate::ip_options::IpOptions;
use crate::packet::{Discover, Packet};
use crate::sysctl::Sysctls;

/// What one waiting datagram costs beside its bytes. Linux counts between 256 and 768, by how
/// its buffers happen to lie.
const OVERHEAD: usize = 256;
/// `SOCK_MIN_RCVBUF`.
const MIN_RECV_BUFFER: u32 = 2304;
/// `SOCK_MIN_SNDBUF`.
const MIN_SEND_BUFFER: u32 = 4608;

/// Payloads shorter than this are copied out of the buffer that they came in, which may be large.
const COPIED: usize = 256;

/// `SO_RCVBUF` as Linux keeps it, for what a program asked.
pub(crate) fn recv_buffer(asked: u32, sysctls: &Sysctls) -> u32 {
    let double = asked.min(sysctls.rmem_max).saturating_mul(2);
    double.max(MIN_RECV_BUFFER)
}

/// `SO_SNDBUF` as Linux keeps it, for what a program asked.
pub(crate) fn send_buffer(asked: u32, sysctls: &Sysctls) -> u32 {
    let double = asked.min(sysctls.wmem_max).saturating_mul(2);
    double.max(MIN_SEND_BUFFER)
}

/// How a datagram came: what its bytes do not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Envelope {
    /// For whom: one of our addresses, a broadcast address or a group, and the port.
    pub(crate) to: SocketAddr,
    /// Where.
    pub(crate) iface: InterfaceId,
    /// Hops that it could still make.
    pub(crate) hops: u8,
    /// DSCP and ECN.
    pub(crate) traffic_class: u8,
    /// When.
    pub(crate) at: Instant,
}

impl Envelope {
    /// That of a packet for `to`.
    pub(crate) fn of(packet: &Packet, to: SocketAddr, at: Instant) -> Self {
        Self {
            to,
            iface: packet.iface,
            hops: packet.hops(),
            traffic_class: packet.traffic_class,
            at,
        }
    }
}

/// A datagram that came.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) from: SocketAddr,
    pub(crate) envelope: Envelope,
    pub(crate) payload: Payload,
    /// What few have.
    pub(crate) extra: Option<Box<Extra>>,
    /// Somebody has peeked at it.
    peeked: bool,
}

/// What few datagrams bring beside their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extra {
    /// IPv4's options.
    pub(crate) options: Option<IpOptions>,
    /// They are several, each of so many bytes but the last (`UDP_GRO`).
    pub(crate) segment_size: Option<NonZeroU16>,
}

impl Extra {
    /// Kept apart, if there is something.
    fn boxed(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }
}

/// Datagrams that came and were not received yet.
#[derive(Debug)]
pub(crate) struct Inbox {
    queue: VecDeque<Arrived>,
    /// Invariant: the cost of all in `queue`.
    charged: usize,
    /// `SO_RCVBUF`.
    pub(crate) limit: u32,
}

impl Inbox {
    pub(crate) const fn new(limit: u32) -> Self {
        Self {
            queue: VecDeque::new(),
            charged: 0,
            limit,
        }
    }

    /// Keeps a datagram; false when there is no room. An empty inbox has room for any one.
    pub(crate) fn offer(
        &mut self,
        from: SocketAddr,
        envelope: Envelope,
        payload: &Payload,
        extra: Extra,
    ) -> bool {
        let charge = payload.len() + OVERHEAD;
        if !self.queue.is_empty() && self.charged + charge > self.limit as usize {
            return false;
        }
        // Below the bound a copy is cheaper than a large buffer kept alive by few bytes.
        let payload = if payload.len() < COPIED {
            Payload::from(payload.to_vec())
        } else {
            payload.clone()
        };
        self.charged += charge;
        self.queue.push_back(Arrived {
            from,
            envelope,
            payload,
            extra: extra.boxed(),
            peeked: false,
        });
        true
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Bytes of the next datagram.
    pub(crate) fn next_len(&self) -> usize {
        self.queue.front().map_or(0, |next| next.payload.len())
    }

    /// Bytes that all that wait cost.
    pub(crate) const fn charged(&self) -> usize {
        self.charged
    }

    fn pop(&mut self) -> Option<Arrived> {
        let next = self.queue.pop_front()?;
        self.charged -= next.payload.len() + OVERHEAD;
        // A burst's room goes with the burst; that of a few datagrams stays.
        if self.queue.is_empty() && self.queue.capacity() > 4 {
            self.queue = VecDeque::new();
        }
        Some(next)
    }

    /// Copies the next datagram out, or the one that `seen` tells.
    pub(crate) fn recv(
        &mut self,
        out: &mut [u8],
        flags: RecvFlags,
        seen: Option<usize>,
    ) -> Option<Received> {
        let peek = flags.contains(RecvFlags::PEEK);
        let (index, skip) = self.choose(peek, seen)?;
        let next = self.queue.get(index)?;
        let received = Received {
            copied: copy_behind(&next.payload, skip, out),
            len: next.payload.len(),
            from: Some(Address::Inet(next.from)),
        };
        if !peek {
            self.pop();
        }
        Some(received)
    }

    /// Takes the next datagram, or with `peek` leaves it; and how much of it was `seen`.
    pub(crate) fn take(&mut self, peek: bool, seen: Option<usize>) -> Option<(Arrived, usize)> {
        let (index, skip) = self.choose(peek, seen)?;
        if peek {
            return Some((self.queue.get(index)?.clone(), skip));
        }
        Some((self.pop()?, 0))
    }

    /// Which datagram is meant, and how much of it is passed over: with `peek` the one in which the
    /// `seen` bytes end, if that counts (`SO_PEEK_OFF`, Linux's `__skb_try_recv_from_queue`).
    fn choose(&mut self, peek: bool, seen: Option<usize>) -> Option<(usize, usize)> {
        let mut left = seen.filter(|_| peek).unwrap_or(0);
        for (index, next) in self.queue.iter_mut().enumerate() {
            // An empty one is shown once.
            let passed = seen.is_some() && left >= next.payload.len();
            if peek && passed && (left > 0 || next.peeked) {
                left -= next.payload.len();
                continue;
            }
            next.peeked |= peek && next.payload.is_empty();
            return Some((index, left));
        }
        None
    }

    /// Takes the next datagram, cut to `max` bytes.
    pub(crate) fn recv_bytes(&mut self, max: usize) -> Option<ReceivedBytes> {
        let Arrived {
            from, mut payload, ..
        } = self.pop()?;
        let len = payload.len();
        payload.truncate(max);
        Some(ReceivedBytes {
            payload,
            len,
            from: Some(Address::Inet(from)),
        })
    }
}

/// Copies what is behind the first `skip` bytes.
fn copy_behind(payload: &Payload, skip: usize, out: &mut [u8]) -> usize {
    if skip == 0 {
        return payload.copy_to(out);
    }
    let mut rest = payload.clone();
    rest.advance(skip);
    rest.copy_to(out)
}

/// A datagram that was taken and not sent yet.
#[derive(Debug)]
pub(crate) struct Unsent {
    /// Whose; it may be closed by now.
    pub(crate) socket: SocketId,
    /// From which of our addresses and ports.
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    pub(crate) ttl: Option<u8>,
    pub(crate) tos: u8,
    /// What becomes of it when it is too long for the way.
    pub(crate) discover: Discover,
    /// Where it leaves, if the route may not decide: to groups.
    pub(crate) iface: Option<InterfaceId>,
    /// To a group: members on this host hear it as well.
    pub(crate) echo: bool,
    /// Bytes of the longest packet in one piece, where its socket says.
    pub(crate) longest: Option<NonZeroU32>,
    /// IPv4's options.
    pub(crate) options: Option<Arc<IpOptions>>,
    /// It is several datagrams of so many bytes each, which stay together on this host.
    pub(crate) segment_size: Option<NonZeroU16>,
    pub(crate) payload: Payload,
}

impl Unsent {
    /// What it costs its socket.
    pub(crate) fn charge(&self) -> usize {
        self.payload.len() + OVERHEAD
    }
}

/// How much of what one socket sent still waits: little, unless the driver does not fetch it.
#[derive(Debug)]
pub(crate) struct SendBuffer {
    /// The cost of its datagrams in the transport's queue.
    pub(crate) charged: usize,
    /// `SO_SNDBUF`.
    pub(crate) limit: u32,
}

impl SendBuffer {
    /// Whether one more is taken: as in Linux, any one while the buffer is not full.
    pub(crate) const fn has_room(&self) -> bool {
        self.charged < self.limit as usize
    }

    /// Whether `poll` should say so: when half is free (`sock_writeable`).
    pub(crate) const fn is_writable(&self) -> bool {
        self.charged < self.limit as usize / 2
    }
}
