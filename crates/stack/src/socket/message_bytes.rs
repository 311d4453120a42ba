//! How control messages lie in memory: C's `struct cmsghdr` and what follows it, on machines of 64
//! bits.

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use arrayvec::ArrayVec;
use base::Duration;

use super::groups::{v4, word};
use super::message::{Cmsg, ExtendedError, Origin, PktInfo, PktInfo6};
use super::options::{IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, IPPROTO_UDP, SOL_SOCKET};
use super::{Errno, Family, IpOptions};

/// Level and type, as Linux counts.
const TIMESTAMP: (i32, i32) = (SOL_SOCKET, 29);
const TIMESTAMPNS: (i32, i32) = (SOL_SOCKET, 35);
const TOS: (i32, i32) = (IPPROTO_IP, 1);
const TTL: (i32, i32) = (IPPROTO_IP, 2);
const PKTINFO: (i32, i32) = (IPPROTO_IP, 8);
const RECVERR: (i32, i32) = (IPPROTO_IP, 11);
const ORIGDSTADDR: (i32, i32) = (IPPROTO_IP, 20);
const RECVERR6: (i32, i32) = (IPPROTO_IPV6, 25);
const PKTINFO6: (i32, i32) = (IPPROTO_IPV6, 50);
const HOPLIMIT: (i32, i32) = (IPPROTO_IPV6, 52);
const TCLASS: (i32, i32) = (IPPROTO_IPV6, 67);
const ORIGDSTADDR6: (i32, i32) = (IPPROTO_IPV6, 74);
const INQ: (i32, i32) = (IPPROTO_TCP, 36);
const SEGMENT: (i32, i32) = (IPPROTO_UDP, 103);
const GRO: (i32, i32) = (IPPROTO_UDP, 104);
const RECVOPTS: (i32, i32) = (IPPROTO_IP, 6);
const RETOPTS: (i32, i32) = (IPPROTO_IP, 7);

/// Bytes of a `struct cmsghdr`: a length of 8, a level and a type.
const HEADER: usize = 16;
/// Bytes of a `struct sock_extended_err`.
const EXTENDED: usize = 16;

/// The data of a control message: at most a `sock_extended_err` and a `sockaddr_in6`.
pub(super) type Data = ArrayVec<u8, 48>;

impl Cmsg {
    /// Its level and type, as Linux counts; of those that both families have, `v6` decides.
    #[must_use]
    pub const fn numbers(&self, v6: bool) -> (i32, i32) {
        match self {
            Self::Timestamp(_) => TIMESTAMP,
            Self::TimestampNs(_) => TIMESTAMPNS,
            Self::PktInfo(_) => PKTINFO,
            Self::Ttl(_) => TTL,
            Self::Tos(_) => TOS,
            Self::RecvErr(_) if v6 => RECVERR6,
            Self::RecvErr(_) => RECVERR,
            Self::OrigDstAddr(SocketAddr::V4(_)) => ORIGDSTADDR,
            Self::OrigDstAddr(SocketAddr::V6(_)) => ORIGDSTADDR6,
            Self::PktInfo6(_) => PKTINFO6,
            Self::HopLimit(_) => HOPLIMIT,
            Self::TrafficClass(_) => TCLASS,
            Self::Inq(_) => INQ,
            Self::Segment(_) => SEGMENT,
            Self::Gro(_) => GRO,
            Self::RecvOpts(_) => RECVOPTS,
            Self::RetOpts(_) => RETOPTS,
        }
    }

    /// Adds it to the bytes that sendmsg(2) takes. `v6` for a socket of `AF_INET6`.
    pub fn append_to(&self, bytes: &mut Vec<u8>, v6: bool) {
        let data = data(self, v6);
        let (level, kind) = self.numbers(v6);
        bytes.extend((HEADER + data.len()).to_ne_bytes());
        bytes.extend(level.to_ne_bytes());
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(&data);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
    }

    /// Those in the bytes that recvmsg(2) gave. What is not known here, or was cut, is passed over.
    #[must_use]
    pub fn all_in(mut bytes: &[u8]) -> Vec<Self> {
        let mut found = Vec::new();
        while let Some(len) = bytes.first_chunk().map(|len| usize::from_ne_bytes(*len)) {
            let Some(one) = bytes.get(..len).filter(|one| one.len() >= HEADER) else {
                break;
            };
            found.extend(Self::in_one(one));
            bytes = bytes.get(len.next_multiple_of(8)..).unwrap_or_default();
        }
        found
    }

    /// The one in these bytes, header and data.
    fn in_one(bytes: &[u8]) -> Option<Self> {
        let numbers = (word(bytes, 8)? as i32, word(bytes, 12)? as i32);
        let data = bytes.get(HEADER..)?;
        let number = || word(data, 0);
        Some(match numbers {
            TIMESTAMP => Self::Timestamp(time(data, 1000)?),
            TIMESTAMPNS => Self::TimestampNs(time(data, 1)?),
            PKTINFO => Self::PktInfo(PktInfo {
                index: number()?,
                spec_dst: v4(data, 4)?,
                addr: v4(data, 8)?,
            }),
            TTL => Self::Ttl(number()? as u8),
            TOS => Self::Tos(*data.first()?),
            RECVERR | RECVERR6 => Self::RecvErr(extended(data)?),
            ORIGDSTADDR | ORIGDSTADDR6 => Self::OrigDstAddr(sockaddr(data)?),
            PKTINFO6 => Self::PktInfo6(PktInfo6 {
                addr: v6_at(data, 0)?,
                index: word(data, 16)?,
            }),
            HOPLIMIT => Self::HopLimit(number()? as u8),
            TCLASS => Self::TrafficClass(number()? as u8),
            INQ => Self::Inq(number()?),
            GRO => Self::Gro(number()?),
            RECVOPTS => Self::RecvOpts(IpOptions::filled(data)?),
            RETOPTS => Self::RetOpts(IpOptions::filled(data)?),
            SEGMENT => Self::Segment(u16::from_ne_bytes(*data.first_chunk()?)),
            _ => return None,
        })
    }
}

/// The data of a control message.
pub(super) fn data(cmsg: &Cmsg, v6: bool) -> Data {
    let mut data = Data::new();
    let int = |value: u32| value.to_ne_bytes();
    match *cmsg {
        Cmsg::Timestamp(at) => put_time(&mut data, at, 1000),
        Cmsg::TimestampNs(at) => put_time(&mut data, at, 1),
        Cmsg::PktInfo(info) => {
            data.extend(int(info.index));
            data.extend(info.spec_dst.octets());
            data.extend(info.addr.octets());
        }
        Cmsg::Ttl(value) | Cmsg::HopLimit(value) | Cmsg::TrafficClass(value) => {
            data.extend(int(value.into()));
        }
        Cmsg::Tos(tos) => data.push(tos),
        Cmsg::RecvErr(error) => put_extended(&mut data, &error, v6),
        Cmsg::OrigDstAddr(addr) => put_sockaddr(&mut data, addr),
        Cmsg::PktInfo6(info) => {
            data.extend(info.addr.octets());
            data.extend(int(info.index));
        }
        Cmsg::Inq(value) | Cmsg::Gro(value) => data.extend(int(value)),
        Cmsg::RecvOpts(list) | Cmsg::RetOpts(list) => data.extend(list.as_bytes().iter().copied()),
        Cmsg::Segment(size) => data.extend(size.to_ne_bytes()),
    }
    data
}

/// `struct timeval` or `struct timespec`: seconds, and parts of `unit` nanoseconds.
fn put_time(data: &mut Data, at: Duration, unit: u64) {
    let nanos = at.as_nanos();
    data.extend((nanos / 1_000_000_000).to_ne_bytes());
    data.extend((nanos % 1_000_000_000 / unit).to_ne_bytes());
}

fn time(data: &[u8], unit: u64) -> Option<Duration> {
    let seconds = u64::from_ne_bytes(*data.first_chunk()?);
    let parts = u64::from_ne_bytes(*data.get(8..)?.first_chunk()?);
    let nanos = seconds.checked_mul(1_000_000_000)?;
    Some(Duration::from_nanos(
        nanos.checked_add(parts.checked_mul(unit)?)?,
    ))
}

/// `struct sock_extended_err`, and the offender's `sockaddr` behind it.
fn put_extended(data: &mut Data, error: &ExtendedError, v6: bool) {
    let origin = match error.origin {
        Origin::Local => 1,
        Origin::Icmp => 2,
        Origin::Icmp6 => 3,
        Origin::Other(number) => number,
    };
    data.extend(error.errno.0.to_ne_bytes());
    data.extend([origin, error.kind, error.code, 0]);
    data.extend(error.info.to_ne_bytes());
    data.extend([0; 4]);
    match (error.offender, v6) {
        (Some(addr), true) => {
            let addr = match addr {
                IpAddr::V4(addr) => addr.to_ipv6_mapped(),
                IpAddr::V6(addr) => addr,
            };
            put_sockaddr(data, SocketAddr::new(addr.into(), 0));
        }
        (Some(addr), false) => put_sockaddr(data, SocketAddr::new(addr, 0)),
        // An address of no family.
        (None, v6) => data.extend(core::iter::repeat_n(0, if v6 { 28 } else { 16 })),
    }
}

fn extended(data: &[u8]) -> Option<ExtendedError> {
    let [origin, kind, code] = *data.get(4..)?.first_chunk()?;
    Some(ExtendedError {
        errno: Errno(word(data, 0)? as i32),
        origin: match origin {
            1 => Origin::Local,
            2 => Origin::Icmp,
            3 => Origin::Icmp6,
            number => Origin::Other(number),
        },
        kind,
        code,
        info: word(data, 8)?,
        offender: sockaddr(data.get(EXTENDED..)?).map(|addr| addr.ip()),
    })
}

/// `struct sockaddr_in` or `struct sockaddr_in6`.
fn put_sockaddr(data: &mut Data, addr: SocketAddr) {
    let family = |family: Family| (family.number() as u16).to_ne_bytes();
    match addr {
        SocketAddr::V4(addr) => {
            data.extend(family(Family::Inet));
            data.extend(addr.port().to_be_bytes());
            data.extend(addr.ip().octets());
            data.extend([0; 8]);
        }
        SocketAddr::V6(addr) => {
            data.extend(family(Family::Inet6));
            data.extend(addr.port().to_be_bytes());
            data.extend(addr.flowinfo().to_be_bytes());
            data.extend(addr.ip().octets());
            data.extend(addr.scope_id().to_ne_bytes());
        }
    }
}

fn sockaddr(data: &[u8]) -> Option<SocketAddr> {
    let family = i32::from(u16::from_ne_bytes(*data.first_chunk()?));
    let port = u16::from_be_bytes(*data.get(2..)?.first_chunk()?);
    if family == Family::Inet.number() {
        let addr: Ipv4Addr = v4(data, 4)?;
        Some((addr, port).into())
    } else if family == Family::Inet6.number() {
        let (addr, zone) = (v6_at(data, 8)?, word(data, 24)?);
        Some(SocketAddrV6::new(addr, port, 0, zone).into())
    } else {
        None
    }
}

fn v6_at(bytes: &[u8], at: usize) -> Option<Ipv6Addr> {
    let octets = bytes.get(at..)?.first_chunk::<16>()?;
    Some(Ipv6Addr::from(*octets))
}
