//! Settings that few programs make, and errors that wait: kept apart, so that a socket without them
//! pays a pointer.

use alloc::sync::Arc;

use super::errors::Errors;
use super::{Errno, OptionName, SocketOption};
use crate::interface::InterfaceId;
use crate::ip_options::IpOptions;
use crate::packet::Discover;

/// What few programs set.
#[derive(Clone, Debug)]
pub(crate) struct Rare {
    /// `SO_PRIORITY`.
    pub(crate) priority: i32,
    /// `SO_MARK`.
    pub(crate) mark: u32,
    /// `SO_RCVLOWAT`, from 1 on.
    pub(crate) recv_lowat: i32,
    /// `IP_MTU_DISCOVER`.
    pub(crate) mtu_discover: Discover,
    /// `IPV6_MTU_DISCOVER`.
    pub(crate) mtu_discover_v6: Discover,
    /// `IPV6_UNICAST_HOPS`; `None` for the stack's default.
    pub(crate) hops: Option<u8>,
    /// `IPV6_TCLASS`.
    pub(crate) traffic_class: u8,
    /// `IP_MINTTL`.
    pub(crate) min_ttl: u8,
    /// `IPV6_MINHOPCOUNT`.
    pub(crate) min_hops: u8,
    /// `SO_BINDTODEVICE`, `SO_BINDTOIFINDEX`.
    pub(crate) device: Option<InterfaceId>,
    /// `UDP_SEGMENT`: 0 for one datagram a call.
    pub(crate) segment: u16,
    /// `IP_LOCAL_PORT_RANGE`: the last port above the first; 0 for the stack's.
    pub(crate) local_port_range: u32,
    /// `SO_MAX_PACING_RATE` of a datagram socket.
    pub(crate) pacing_rate: u32,
    /// `SO_PEEK_OFF`: where peeking goes on; below 0, at the front.
    pub(crate) peek_off: i32,
    /// `IPV6_MTU`: bytes of the longest packet in one piece; 0 for what the way takes.
    pub(crate) longest: u32,
    /// `IPV6_PKTINFO`: the interface by which datagrams of IPv6 leave; 0 for what the route says.
    pub(crate) sticky: u32,
    /// `IP_OPTIONS`: those of every packet of IPv4.
    pub(crate) ip_options: Option<Arc<IpOptions>>,
    /// What waits to be fetched with `MSG_ERRQUEUE`.
    pub(crate) errors: Errors,
}

impl Rare {
    /// That of a socket of which nothing was set.
    pub(super) const USUAL: Self = Self {
        priority: 0,
        mark: 0,
        recv_lowat: 1,
        mtu_discover: Discover::Want,
        mtu_discover_v6: Discover::Want,
        hops: None,
        traffic_class: 0,
        min_ttl: 0,
        min_hops: 0,
        device: None,
        segment: 0,
        local_port_range: 0,
        pacing_rate: u32::MAX,
        peek_off: -1,
        longest: 0,
        sticky: 0,
        ip_options: None,
        errors: Errors::new(),
    };

    /// Sets one of its options; `None` when it is none of them.
    pub(super) fn set(&mut self, option: SocketOption) -> Option<Result<(), Errno>> {
        match option {
            SocketOption::Priority(priority) => {
                if !PRIORITIES.contains(&priority) {
                    return Some(Err(Errno::EPERM));
                }
                self.priority = priority;
            }
            SocketOption::Mark(mark) => self.mark = mark,
            // As Linux: a negative one is the largest, none is 1.
            SocketOption::RecvLowat(bytes) if bytes < 0 => self.recv_lowat = i32::MAX,
            SocketOption::RecvLowat(bytes) => self.recv_lowat = bytes.max(1),
            SocketOption::MtuDiscover(mode) => match Discover::numbered(mode) {
                Some(mode) => self.mtu_discover = mode,
                None => return Some(Err(Errno::EINVAL)),
            },
            SocketOption::MtuDiscover6(mode) => match Discover::numbered(mode) {
                Some(mode) => self.mtu_discover_v6 = mode,
                None => return Some(Err(Errno::EINVAL)),
            },
            SocketOption::UnicastHops(hops) => self.hops = hops,
            SocketOption::TrafficClass(class) => self.traffic_class = class,
            SocketOption::MinTtl(hops) => self.min_ttl = hops,
            SocketOption::MinHopCount(hops) => self.min_hops = hops,
            SocketOption::LocalPortRange(range) => self.local_port_range = range,
            SocketOption::PeekOff(at) => self.peek_off = at,
            SocketOption::PathMtu6(0) => self.longest = 0,
            SocketOption::PathMtu6(bytes) if bytes < MIN_MTU_V6 => {
                return Some(Err(Errno::EINVAL));
            }
            SocketOption::PathMtu6(bytes) => self.longest = bytes as u32,
            SocketOption::StickyPktInfo(info) => self.sticky = info.index,
            SocketOption::Options(list) => {
                let any = !list.as_bytes().is_empty();
                self.ip_options = any.then(|| Arc::new(list));
            }
            _ => return None,
        }
        Some(Ok(()))
    }

    /// Reads one of its options. `default_hops` is the stack's.
    pub(super) fn get(&self, name: OptionName, default_hops: u8) -> Option<SocketOption> {
        Some(match name {
            OptionName::Priority => SocketOption::Priority(self.priority),
            OptionName::Mark => SocketOption::Mark(self.mark),
            OptionName::RecvLowat => SocketOption::RecvLowat(self.recv_lowat),
            OptionName::SendLowat => SocketOption::SendLowat(1),
            OptionName::MtuDiscover => SocketOption::MtuDiscover(self.mtu_discover as i32),
            OptionName::MtuDiscover6 => SocketOption::MtuDiscover6(self.mtu_discover_v6 as i32),
            OptionName::UnicastHops => {
                SocketOption::UnicastHops(Some(self.hops.unwrap_or(default_hops)))
            }
            OptionName::TrafficClass => SocketOption::TrafficClass(self.traffic_class),
            OptionName::MinTtl => SocketOption::MinTtl(self.min_ttl),
            OptionName::MinHopCount => SocketOption::MinHopCount(self.min_hops),
            OptionName::LocalPortRange => SocketOption::LocalPortRange(self.local_port_range),
            OptionName::PeekOff => SocketOption::PeekOff(self.peek_off),
            OptionName::PathMtu6 => SocketOption::PathMtu6(self.longest as i32),
            OptionName::Options => SocketOption::Options(self.ip_options()),
            OptionName::BindToIfindex => {
                SocketOption::BindToIfindex(self.device.map_or(0, |at| at.scope_id() as i32))
            }
            _ => return None,
        })
    }
}

impl Rare {
    /// Whether it is one of its options that can be set.
    pub(crate) fn has(name: OptionName) -> bool {
        name == OptionName::StickyPktInfo || Self::USUAL.get(name, 0).is_some()
    }

    /// `IP_OPTIONS`, of which there may be none.
    fn ip_options(&self) -> IpOptions {
        self.ip_options.as_deref().copied().unwrap_or_default()
    }

    /// Moves where peeking goes on, if it goes on anywhere (Linux's `sk_peek_offset_fwd` and `_bwd`).
    pub(crate) fn peeked(&mut self, bytes: usize) {
        if self.peek_off >= 0 {
            let bytes = i32::try_from(bytes).unwrap_or(i32::MAX);
            self.peek_off = self.peek_off.saturating_add(bytes);
        }
    }

    /// The same once so many bytes are taken.
    pub(crate) fn taken(&mut self, bytes: usize) {
        if self.peek_off >= 0 {
            let bytes = i32::try_from(bytes).unwrap_or(i32::MAX);
            self.peek_off = self.peek_off.saturating_sub(bytes).max(0);
        }
    }
}

/// The least MTU of a link of IPv6 (RFC 8200 §5).
const MIN_MTU_V6: i32 = 1280;

/// What `SO_PRIORITY` may be for programs without privileges.
const PRIORITIES: core::ops::RangeInclusive<i32> = 0..=6;
