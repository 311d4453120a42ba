//! What sockets of the Internet family have in common.

use alloc::boxed::Box;

use bitflags::bitflags;

use super::{Errno, OptionName, SocketOption};

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
    }
}

/// What few programs set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rare {
    /// `SO_PRIORITY`.
    pub(crate) priority: i32,
    /// `SO_MARK`.
    pub(crate) mark: u32,
    /// `SO_RCVLOWAT`, from 1 on.
    pub(crate) recv_lowat: i32,
    /// `IP_MTU_DISCOVER`.
    pub(crate) mtu_discover: i32,
}

impl Default for Rare {
    fn default() -> Self {
        Self {
            priority: 0,
            mark: 0,
            recv_lowat: 1,
            mtu_discover: PMTUDISC_WANT,
        }
    }
}

/// `IP_PMTUDISC_WANT`, Linux's default.
const PMTUDISC_WANT: i32 = 1;
/// `IP_PMTUDISC_DONT` to `IP_PMTUDISC_OMIT`.
const PMTUDISC: core::ops::RangeInclusive<i32> = 0..=5;
/// What `SO_PRIORITY` may be for programs without privileges.
const PRIORITIES: core::ops::RangeInclusive<i32> = 0..=6;

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
    pub(crate) fn rare(&self) -> Rare {
        self.rare.as_deref().cloned().unwrap_or_default()
    }

    /// `SO_RCVLOWAT`.
    pub(crate) fn recv_lowat(&self) -> usize {
        self.rare
            .as_ref()
            .map_or(1, |rare| rare.recv_lowat as usize)
    }

    fn set_rare(&mut self, set: impl FnOnce(&mut Rare)) -> Option<Result<(), Errno>> {
        set(self.rare.get_or_insert_default());
        Some(Ok(()))
    }

    /// Sets an option, or says that it is none that all have.
    pub(crate) fn set(&mut self, option: SocketOption) -> Option<Result<(), Errno>> {
        let (flag, on) = match option {
            SocketOption::ReuseAddr(on) => (Flags::REUSE_ADDR, on),
            SocketOption::ReusePort(on) => (Flags::REUSE_PORT, on),
            SocketOption::Broadcast(on) => (Flags::BROADCAST, on),
            SocketOption::KeepAlive(on) => (Flags::KEEP_ALIVE, on),
            SocketOption::OobInline(on) => (Flags::OOB_INLINE, on),
            SocketOption::RecvErr(on) => (Flags::RECV_ERR, on),
            SocketOption::RecvTtl(on) => (Flags::RECV_TTL, on),
            SocketOption::RecvTos(on) => (Flags::RECV_TOS, on),
            SocketOption::PktInfo(on) => (Flags::PKT_INFO, on),
            SocketOption::Priority(priority) => {
                if !PRIORITIES.contains(&priority) {
                    return Some(Err(Errno::EPERM));
                }
                return self.set_rare(|rare| rare.priority = priority);
            }
            SocketOption::Mark(mark) => return self.set_rare(|rare| rare.mark = mark),
            SocketOption::RecvLowat(bytes) => {
                // As Linux: a negative one is the largest, none is 1.
                let bytes = if bytes < 0 { i32::MAX } else { bytes.max(1) };
                return self.set_rare(|rare| rare.recv_lowat = bytes);
            }
            SocketOption::MtuDiscover(mode) => {
                if !PMTUDISC.contains(&mode) {
                    return Some(Err(Errno::EINVAL));
                }
                return self.set_rare(|rare| rare.mtu_discover = mode);
            }
            SocketOption::V6Only(_)
            | SocketOption::UnicastHops(_)
            | SocketOption::TrafficClass(_)
                if !self.has(Flags::INET6) =>
            {
                return Some(Err(Errno::ENOPROTOOPT));
            }
            SocketOption::V6Only(on) => (Flags::V6ONLY, on),
            SocketOption::Tos(tos) | SocketOption::TrafficClass(tos) => {
                self.tos = tos;
                return Some(Ok(()));
            }
            SocketOption::Ttl(ttl) | SocketOption::UnicastHops(ttl) => {
                let legal = ttl != Some(0);
                if legal {
                    self.ttl = ttl;
                }
                return Some(if legal { Ok(()) } else { Err(Errno::EINVAL) });
            }
            _ => return None,
        };
        self.flags.set(flag, on);
        Some(Ok(()))
    }

    /// Reads an option that all have. `default_ttl` is the stack's.
    pub(crate) fn get(&mut self, name: OptionName, default_ttl: u8) -> Option<SocketOption> {
        Some(match name {
            OptionName::ReuseAddr => SocketOption::ReuseAddr(self.has(Flags::REUSE_ADDR)),
            OptionName::ReusePort => SocketOption::ReusePort(self.has(Flags::REUSE_PORT)),
            OptionName::Broadcast => SocketOption::Broadcast(self.has(Flags::BROADCAST)),
            OptionName::KeepAlive => SocketOption::KeepAlive(self.has(Flags::KEEP_ALIVE)),
            OptionName::OobInline => SocketOption::OobInline(self.has(Flags::OOB_INLINE)),
            OptionName::RecvErr => SocketOption::RecvErr(self.has(Flags::RECV_ERR)),
            OptionName::RecvTtl => SocketOption::RecvTtl(self.has(Flags::RECV_TTL)),
            OptionName::RecvTos => SocketOption::RecvTos(self.has(Flags::RECV_TOS)),
            OptionName::PktInfo => SocketOption::PktInfo(self.has(Flags::PKT_INFO)),
            OptionName::Priority => SocketOption::Priority(self.rare().priority),
            OptionName::Mark => SocketOption::Mark(self.rare().mark),
            OptionName::RecvLowat => SocketOption::RecvLowat(self.rare().recv_lowat),
            OptionName::SendLowat => SocketOption::SendLowat(1),
            OptionName::MtuDiscover => SocketOption::MtuDiscover(self.rare().mtu_discover),
            OptionName::V6Only if self.has(Flags::INET6) => {
                SocketOption::V6Only(self.has(Flags::V6ONLY))
            }
            OptionName::TrafficClass if self.has(Flags::INET6) => {
                SocketOption::TrafficClass(self.tos)
            }
            OptionName::UnicastHops if self.has(Flags::INET6) => {
                SocketOption::UnicastHops(Some(self.ttl.unwrap_or(default_ttl)))
            }
            OptionName::Tos => SocketOption::Tos(self.tos),
            OptionName::Ttl => SocketOption::Ttl(Some(self.ttl.unwrap_or(default_ttl))),
            OptionName::Error => SocketOption::Error(self.error.take()),
            OptionName::Domain => SocketOption::Domain(self.family().number()),
            _ => return None,
        })
    }
}
