//! What control messages ask of one datagram (ip(7), ipv6(7)).

use core::net::IpAddr;

use super::common::{Common, Flags};
use super::message::Cmsg;
use super::options::{IPPROTO_IP, IPPROTO_IPV6};
use super::{Errno, Family, IpOptions};
use crate::interface::InterfaceId;

/// How one datagram is to go, where it differs from what its socket says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// From which of our addresses.
    pub(crate) source: Option<IpAddr>,
    /// Where it leaves.
    pub(crate) iface: Option<InterfaceId>,
    pub(crate) hops: Option<u8>,
    pub(crate) traffic_class: Option<u8>,
    /// IPv4's options.
    pub(crate) options: Option<IpOptions>,
    /// Bytes of each of the datagrams that the bytes are.
    pub(crate) segment: Option<u16>,
}

impl Asked {
    /// What `control` asks of a datagram to an address of IPv4, or with `v6` of IPv6. What is of the
    /// other version is passed over on a socket that speaks both.
    ///
    /// # Errors
    ///
    /// [`Errno::EINVAL`] for what cannot be asked; [`Errno::ENODEV`] for an interface that there
    /// cannot be.
    pub(crate) fn in_control(control: &[Cmsg], common: &Common, v6: bool) -> Result<Self, Errno> {
        let mut asked = Self::default();
        let level = if v6 { IPPROTO_IPV6 } else { IPPROTO_IP };
        for cmsg in control {
            match *cmsg {
                Cmsg::Segment(size) => asked.segment = Some(size),
                Cmsg::Timestamp(_) | Cmsg::TimestampNs(_) | Cmsg::Gro(_) => {
                    return Err(Errno::EINVAL);
                }
                Cmsg::PktInfo6(info) if !v6 && common.family() == Family::Inet6 => {
                    let mapped = info.addr.to_ipv4_mapped().ok_or(Errno::EINVAL)?;
                    asked.leave_by(info.index, mapped.into())?;
                }
                // Linux passes over what is of another level.
                _ if cmsg.numbers(v6).0 != level => {}
                Cmsg::PktInfo(info) => asked.leave_by(info.index, info.spec_dst.into())?,
                Cmsg::PktInfo6(info) => asked.leave_by(info.index, info.addr.into())?,
                Cmsg::RetOpts(list) => asked.options = Some(IpOptions::new(list.as_bytes())?),
                Cmsg::Ttl(0) => return Err(Errno::EINVAL),
                Cmsg::Ttl(hops) | Cmsg::HopLimit(hops) => asked.hops = Some(hops),
                Cmsg::Tos(class) | Cmsg::TrafficClass(class) => asked.traffic_class = Some(class),
                _ => return Err(Errno::EINVAL),
            }
        }
        Ok(asked)
    }

    fn leave_by(&mut self, index: u32, source: IpAddr) -> Result<(), Errno> {
        if index != 0 {
            let iface = InterfaceId::from_scope_id(index);
            self.iface = Some(iface.ok_or(Errno::ENODEV)?);
        }
        self.source = (!source.is_unspecified()).then_some(source);
        Ok(())
    }
}

impl Common {
    /// Whether it may have an address that is none of this host's.
    pub(crate) const fn binds_freely(&self) -> bool {
        self.flags
            .intersects(Flags::FREEBIND.union(Flags::TRANSPARENT))
    }
}
