//! What travels beside the bytes of a message: the control messages of recvmsg(2) and sendmsg(2).

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use base::{Duration, Payload};
use bitflags::bitflags;

use super::{Address, Errno, IpOptions};

/// One receipt with all that belongs to it (recvmsg(2)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// A datagram, or as much of a stream as was there and asked for.
    pub payload: Payload,
    /// Bytes that there were: more than the payload's when a datagram was cut.
    pub len: usize,
    /// Who sent it; of an error, to whom went what died. `None` for streams.
    pub from: Option<Address>,
    /// What the socket's options asked for, in Linux's order.
    pub control: Vec<Cmsg>,
    /// What else there is to say.
    pub flags: MessageFlags,
}

bitflags! {
    /// `msg_flags` of a receipt.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct MessageFlags: u32 {
        /// `MSG_OOB`: it is urgent data.
        const OOB = 0x01;
        /// `MSG_CTRUNC`: there was no room for all control messages.
        const CTRUNC = 0x08;
        /// `MSG_TRUNC`: the datagram was longer than the buffer.
        const TRUNC = 0x20;
        /// `MSG_ERRQUEUE`: it is an error, and not a datagram.
        const ERRQUEUE = 0x2000;
    }
}

/// A control message, under the name of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cmsg {
    /// `SO_TIMESTAMP`: when it came, in whole microseconds. On the kernel's network since 1970; on
    /// ours by the network's own clock.
    Timestamp(Duration),
    /// `SO_TIMESTAMPNS`: the same in nanoseconds.
    TimestampNs(Duration),
    /// `IP_PKTINFO`: where it came in, and for which address; or where it is to leave, and from
    /// which.
    PktInfo(PktInfo),
    /// `IP_TTL`: hops that it could still make, or may make.
    Ttl(u8),
    /// `IP_TOS`: its DSCP and ECN bits.
    Tos(u8),
    /// `IP_RECVERR`, `IPV6_RECVERR`: what happened to a packet of this socket's.
    RecvErr(ExtendedError),
    /// `IP_ORIGDSTADDR`, `IPV6_ORIGDSTADDR`: for which address and port it came.
    OrigDstAddr(SocketAddr),
    /// `IPV6_PKTINFO`: as [`PktInfo`](Self::PktInfo).
    PktInfo6(PktInfo6),
    /// `IPV6_HOPLIMIT`: as [`Ttl`](Self::Ttl).
    HopLimit(u8),
    /// `IPV6_TCLASS`: as [`Tos`](Self::Tos).
    TrafficClass(u8),
    /// `TCP_INQ`: bytes of the stream that wait behind those received; 1 where only the end does.
    Inq(u32),
    /// `IP_RECVOPTS`: IPv4's options of a datagram, as they came, and this host in them.
    RecvOpts(IpOptions),
    /// `IP_RETOPTS`: those that an answer would carry; the ones that a datagram is to have.
    RetOpts(IpOptions),
    /// `UDP_GRO`: the bytes are several datagrams of so many bytes each, the last of what is left.
    Gro(u32),
    /// `UDP_SEGMENT`: the bytes are several datagrams of so many bytes each, the last of what is left.
    Segment(u16),
}

/// `struct in_pktinfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PktInfo {
    /// The interface's number as Linux counts: the loopback is 1; 0 for none in particular.
    pub index: u32,
    /// Which address of ours an answer would leave from; the one to leave from.
    pub spec_dst: Ipv4Addr,
    /// For which address it came. Passed over where sent.
    pub addr: Ipv4Addr,
}

/// `struct in6_pktinfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PktInfo6 {
    /// For which address it came; the one to leave from, or none.
    pub addr: Ipv6Addr,
    /// The interface's number as Linux counts; 0 for none in particular.
    pub index: u32,
}

/// Who noticed an error (`ee_origin`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `SO_EE_ORIGIN_LOCAL`: this host.
    Local,
    /// `SO_EE_ORIGIN_ICMP`: whoever sent an ICMP error.
    Icmp,
    /// `SO_EE_ORIGIN_ICMP6`: whoever sent an ICMPv6 error.
    Icmp6,
    /// Any other number.
    Other(u8),
}

/// `struct sock_extended_err`, and who told (`SO_EE_OFFENDER`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtendedError {
    /// What a call would say of it.
    pub errno: Errno,
    /// Who noticed.
    pub origin: Origin,
    /// ICMP's type; 0 for errors of this host.
    pub kind: u8,
    /// ICMP's code.
    pub code: u8,
    /// The MTU where a packet was too long, the place where a header made no sense; else 0.
    pub info: u32,
    /// Who told.
    pub offender: Option<IpAddr>,
}

/// Bytes of a `struct cmsghdr` on machines of 64 bits.
const HEADER: usize = 16;

/// What `CMSG_SPACE` says of `len` bytes of data.
const fn space(len: usize) -> usize {
    HEADER + len.next_multiple_of(8)
}

/// Collects control messages for a receipt, into as much room as the program gave.
#[derive(Debug)]
pub(crate) struct Collector {
    room: usize,
    v6: bool,
    pub(crate) control: Vec<Cmsg>,
    pub(crate) flags: MessageFlags,
}

impl Collector {
    /// `room` in bytes, as C's would take them; `v6` for a socket of `AF_INET6`.
    pub(crate) const fn new(room: usize, v6: bool) -> Self {
        Self {
            room,
            v6,
            control: Vec::new(),
            flags: MessageFlags::empty(),
        }
    }

    /// Adds one if there is room (Linux's `put_cmsg`). One that is cut takes what is left, and says
    /// nothing.
    pub(crate) fn put(&mut self, cmsg: Cmsg) {
        let len = cmsg.len(self.v6);
        if self.room < HEADER + len {
            self.flags |= MessageFlags::CTRUNC;
            // Without room for a header nothing is written at all.
            if self.room >= HEADER {
                self.room = 0;
            }
            return;
        }
        self.room = self.room.saturating_sub(space(len));
        self.control.push(cmsg);
    }
}

impl Cmsg {
    /// Bytes of its data as C lays them out. `v6` for a socket of `AF_INET6`.
    fn len(&self, v6: bool) -> usize {
        super::message_bytes::data(self, v6).len()
    }
}
