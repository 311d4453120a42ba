//! What sockets of the Internet family have in common.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::net::{IpAddr, SocketAddr};
use core::num::NonZeroU32;

use bitflags::bitflags;

use super::errors::Failure;
use super::options::IPPROTO_IPV6;
use super::rare::Rare;
use super::{Errno, OptionName, SocketOption};
use crate::interface::InterfaceId;
use crate::ip_options::IpOptions;
use crate::packet::Discover;
use crate::sysctl::Sysctls;
use crate::verdict::DropReason;

bitflags! {
    /// Yes or no, socket by socket.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Flags: u32 {
        const REUSE_ADDR = 1 << 0;
        const REUSE_PORT = 1 << 1;
        const BROADCAST = 1 << 2;
        const KEEP_ALIVE = 1 << 3;
        /// The program chose the port, so that it keeps it when it disconnects.
        const PORT_CHOSEN = 1 << 4;
        const READ_SHUT = 1 << 5;
        const WRITE_SHUT = 1 << 6;
        /// It waits in the queue of events.
        const EVENT = 1 << 7;
        /// It waits in the queue of those that owe a segment.
        const READY = 1 << 8;
        const OOB_INLINE = 1 << 9;
        const RECV_ERR = 1 << 10;
        const RECV_TTL = 1 << 11;
        const RECV_TOS = 1 << 12;
        const PKT_INFO = 1 << 13;
        /// It is of `AF_INET6`.
        const INET6 = 1 << 14;
        /// `IPV6_V6ONLY`: it does not hear IPv4.
        const V6ONLY = 1 << 15;
        const RECV_ERR6 = 1 << 16;
        const PKT_INFO6 = 1 << 17;
        const RECV_HOP_LIMIT = 1 << 18;
        const RECV_TCLASS = 1 << 19;
        const RECV_ORIG_DST = 1 << 20;
        const RECV_ORIG_DST6 = 1 << 21;
        /// `SO_TIMESTAMP` or, with the next, `SO_TIMESTAMPNS`.
        const TIMESTAMP = 1 << 22;
        const TIMESTAMP_NS = 1 << 23;
        const TCP_INQ = 1 << 24;
        /// `IP_FREEBIND`: it may have an address that is none of this host's.
        const FREEBIND = 1 << 25;
        /// `IP_TRANSPARENT`, which means the same here.
        const TRANSPARENT = 1 << 26;
        /// `IPV6_DONTFRAG`.
        const DONT_FRAG6 = 1 << 27;
        /// `IP_BIND_ADDRESS_NO_PORT`.
        const BIND_NO_PORT = 1 << 28;
        /// `IP_RECVOPTS`.
        const RECV_OPTS = 1 << 29;
        /// `IP_RETOPTS`.
        const RET_OPTS = 1 << 30;
        /// `UDP_GRO`: what came together is received together.
        const GRO = 1 << 31;
    }
}

/// The settings that every Internet socket has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Common {
    pub(crate) flags: Flags,
    pub(crate) tos: u8,
    /// `IP_TTL`; `None` for the stack's default.
    pub(crate) ttl: Option<u8>,
    /// What the next call, or `SO_ERROR`, tells.
    pub(crate) error: Option<Errno>,
    /// There only once one of them was set.
    rare: Option<Box<Rare>>,
}

impl Common {
    pub(crate) const fn has(&self, flags: Flags) -> bool {
        self.flags.contains(flags)
    }

    /// Gives the waiting error, once.
    pub(crate) const fn take_error(&mut self) -> Result<(), Errno> {
        match self.error.take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// What few programs set, as it is.
    pub(crate) fn rare(&self) -> &Rare {
        static USUAL: Rare = Rare::USUAL;
        self.rare.as_deref().unwrap_or(&USUAL)
    }

    /// The same, to be changed.
    pub(crate) fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_with(|| Box::new(Rare::USUAL))
    }

    /// `SO_RCVLOWAT`.
    pub(crate) fn recv_lowat(&self) -> usize {
        self.rare
            .as_ref()
            .map_or(1, |rare| rare.recv_lowat as usize)
    }

    /// `SO_BINDTODEVICE`: the one interface that it hears and sends by.
    pub(crate) fn device(&self) -> Option<InterfaceId> {
        self.rare.as_ref()?.device
    }

    /// Hops that packets to `dst` may make: `IP_TTL`, or `IPV6_UNICAST_HOPS`; `None` for the
    /// default.
    pub(crate) fn hops_to(&self, dst: IpAddr) -> Option<u8> {
        match dst {
            IpAddr::V4(_) => self.ttl,
            IpAddr::V6(_) => self.rare.as_ref()?.hops,
        }
    }

    /// DSCP of packets to `dst`: `IP_TOS`, or `IPV6_TCLASS`.
    pub(crate) fn traffic_class_to(&self, dst: IpAddr) -> u8 {
        match dst {
            IpAddr::V4(_) => self.tos,
            IpAddr::V6(_) => self.rare.as_ref().map_or(0, |rare| rare.traffic_class),
        }
    }

    /// What becomes of packets to `dst` that are too long for the way: `IP_MTU_DISCOVER`, or
    /// `IPV6_MTU_DISCOVER`.
    pub(crate) fn discover_to(&self, dst: IpAddr) -> Discover {
        match dst {
            IpAddr::V4(_) => self.rare().mtu_discover,
            IpAddr::V6(_) => self.rare().mtu_discover_v6,
        }
    }

    /// Options of the header of packets to `dst` (`IP_OPTIONS`).
    pub(crate) fn ip_options_to(&self, dst: IpAddr) -> Option<Arc<IpOptions>> {
        let options = self.rare.as_ref()?.ip_options.as_ref()?;
        dst.is_ipv4().then(|| Arc::clone(options))
    }

    /// Where packets to `to` go first: there, or with a source route to its first stop.
    pub(crate) fn first_stop(&self, to: SocketAddr) -> SocketAddr {
        let options = self.rare.as_ref().and_then(|rare| rare.ip_options.as_ref());
        let hop = options
            .filter(|_| to.is_ipv4())
            .and_then(|options| options.first_hop());
        hop.map_or(to, |(hop, _)| SocketAddr::new(hop.into(), to.port()))
    }

    /// How many bytes those take.
    pub(crate) fn ip_options_len(&self, dst: IpAddr) -> usize {
        let options = self.rare.as_ref().and_then(|rare| rare.ip_options.as_ref());
        let options = options.filter(|_| dst.is_ipv4());
        options.map_or(0, |options| options.as_bytes().len())
    }

    /// Bytes of the longest packet to `dst` in one piece, where the program says (`IPV6_MTU`).
    pub(crate) fn longest_to(&self, dst: IpAddr) -> Option<NonZeroU32> {
        let rare = self.rare.as_ref().filter(|_| dst.is_ipv6())?;
        NonZeroU32::new(rare.longest)
    }

    /// The interface by which datagrams to `dst` leave, where the program says (`IPV6_PKTINFO`).
    pub(crate) fn sticky_to(&self, dst: IpAddr) -> Option<u32> {
        let rare = self.rare.as_ref().filter(|_| dst.is_ipv6())?;
        (rare.sticky != 0).then_some(rare.sticky)
    }

    /// Where peeking goes on, if it does so (`SO_PEEK_OFF`).
    pub(crate) fn peek_off(&self) -> Option<usize> {
        usize::try_from(self.rare.as_ref()?.peek_off).ok()
    }

    /// So many bytes were peeked at, or taken.
    pub(crate) fn count_received(&mut self, bytes: usize, peek: bool) {
        if let Some(rare) = &mut self.rare {
            if peek {
                rare.peeked(bytes);
            } else {
                rare.taken(bytes);
            }
        }
    }

    /// Why a stream does not hear a packet from `src` that came in at `iface` with so many hops left:
    /// it is not near enough (`IP_MINTTL`, `IPV6_MINHOPCOUNT`, RFC 5082 §3).
    pub(crate) fn refuses(&self, src: IpAddr, hops: u8, iface: InterfaceId) -> Option<DropReason> {
        let rare = self.rare.as_ref()?;
        let least = match src {
            IpAddr::V4(_) => rare.min_ttl,
            IpAddr::V6(_) => rare.min_hops,
        };
        if rare.device.is_some_and(|only| only != iface) {
            Some(DropReason::OtherDevice)
        } else {
            (hops < least).then_some(DropReason::TooFar)
        }
    }

    /// Whether errors of packets to `dst` wait one by one (`IP_RECVERR`, `IPV6_RECVERR`).
    pub(crate) fn queues_errors(&self, dst: IpAddr) -> bool {
        self.has(match dst {
            IpAddr::V4(_) => Flags::RECV_ERR,
            IpAddr::V6(_) => Flags::RECV_ERR6,
        })
    }

    /// Keeps an error to be fetched with `MSG_ERRQUEUE`; false where `limit` bytes are full.
    pub(crate) fn queue_error(&mut self, failure: Failure, limit: u32) -> bool {
        let limit = limit as usize;
        self.rare_mut().errors.offer(failure, limit)
    }

    /// Whether an error waits, in whichever way.
    pub(crate) fn has_error(&self) -> bool {
        self.error.is_some()
            || self
                .rare
                .as_ref()
                .is_some_and(|rare| !rare.errors.is_empty())
    }

    /// Takes the error that waited longest (`MSG_ERRQUEUE`).
    pub(crate) fn take_failure(&mut self) -> Option<Failure> {
        let (failure, pending) = self.rare.as_mut()?.errors.take()?;
        if let Some(pending) = pending {
            self.error = pending;
        }
        Some(failure)
    }

    /// Sets an option, or says that it is none that all have.
    pub(crate) fn set(&mut self, option: SocketOption) -> Option<Result<(), Errno>> {
        if is_of_ipv6(option.name()) && !self.has(Flags::INET6) {
            return Some(Err(Errno::ENOPROTOOPT));
        }
        if let Some((flag, on)) = asked(option) {
            self.flags.set(flag, on);
            if !on && flag.intersects(Flags::RECV_ERR | Flags::RECV_ERR6) {
                // What was asked for no more is thrown away.
                self.rare.iter_mut().for_each(|rare| rare.errors.clear());
            }
            return Some(Ok(()));
        }
        match option {
            // Each takes the other's place.
            SocketOption::Timestamp(on) => {
                self.flags.remove(Flags::TIMESTAMP_NS);
                self.flags.set(Flags::TIMESTAMP, on);
            }
            SocketOption::TimestampNs(on) => {
                let both = Flags::TIMESTAMP | Flags::TIMESTAMP_NS;
                self.flags.set(both, on);
            }
            SocketOption::Tos(tos) => self.tos = tos,
            SocketOption::Ttl(Some(0)) => return Some(Err(Errno::EINVAL)),
            SocketOption::Ttl(ttl) => self.ttl = ttl,
            _ if Rare::has(option.name()) => return self.rare_mut().set(option),
            _ => return None,
        }
        Some(Ok(()))
    }

    /// Reads an option that all have. `sysctls` has the stack's defaults.
    pub(crate) fn get(&mut self, name: OptionName, sysctls: &Sysctls) -> Option<SocketOption> {
        if is_of_ipv6(name) && !self.has(Flags::INET6) {
            return None;
        }
        if let Some(value) = flag_option(name, self.flags) {
            return Some(value);
        }
        let stamps = self.flags & (Flags::TIMESTAMP | Flags::TIMESTAMP_NS);
        Some(match name {
            OptionName::Timestamp => SocketOption::Timestamp(stamps == Flags::TIMESTAMP),
            OptionName::TimestampNs => {
                SocketOption::TimestampNs(stamps.contains(Flags::TIMESTAMP_NS))
            }
            OptionName::Tos => SocketOption::Tos(self.tos),
            OptionName::Ttl => SocketOption::Ttl(Some(self.ttl.unwrap_or(sysctls.ip_default_ttl))),
            OptionName::Error => SocketOption::Error(self.error.take()),
            OptionName::Domain => SocketOption::Domain(self.family().number()),
            name => return self.rare().get(name, sysctls.ipv6_hop_limit),
        })
    }
}

/// Options that are yes or no and nothing else.
macro_rules! flag_options {
    ($($option:ident $flag:ident;)*) => {
        /// The flag that an option sets.
        const fn asked(option: SocketOption) -> Option<(Flags, bool)> {
            match option {
                $(SocketOption::$option(on) => Some((Flags::$flag, on)),)*
                _ => None,
            }
        }

        /// The option that a flag stands for.
        const fn flag_option(name: OptionName, flags: Flags) -> Option<SocketOption> {
            match name {
                $(OptionName::$option => {
                    Some(SocketOption::$option(flags.contains(Flags::$flag)))
                })*
                _ => None,
            }
        }
    };
}

flag_options! {
    ReuseAddr REUSE_ADDR;
    ReusePort REUSE_PORT;
    Broadcast BROADCAST;
    KeepAlive KEEP_ALIVE;
    OobInline OOB_INLINE;
    RecvErr RECV_ERR;
    RecvTtl RECV_TTL;
    RecvTos RECV_TOS;
    PktInfo PKT_INFO;
    RecvOrigDstAddr RECV_ORIG_DST;
    RecvOpts RECV_OPTS;
    RetOpts RET_OPTS;
    FreeBind FREEBIND;
    Transparent TRANSPARENT;
    BindAddressNoPort BIND_NO_PORT;
    V6Only V6ONLY;
    Recv6Err RECV_ERR6;
    Recv6PktInfo PKT_INFO6;
    RecvHopLimit RECV_HOP_LIMIT;
    RecvTrafficClass RECV_TCLASS;
    Recv6OrigDstAddr RECV_ORIG_DST6;
    InQueue TCP_INQ;
    Free6Bind FREEBIND;
    Transparent6 TRANSPARENT;
    DontFrag6 DONT_FRAG6;
}

/// Whether only sockets of `AF_INET6` have it.
const fn is_of_ipv6(name: OptionName) -> bool {
    name.numbers().0 == IPPROTO_IPV6
}
