//! How the values of socket options lie in memory: C's `int`, `struct linger`.

use base::Duration;
use tcp::CongestionControl;

use super::Errno;
use super::options::RawValue;

fn int_at(bytes: &[u8], at: usize) -> Result<i32, Errno> {
    let four = bytes.get(at..).and_then(|b| b.first_chunk());
    four.map(|b| i32::from_ne_bytes(*b)).ok_or(Errno::EINVAL)
}

/// An `int` of IPv4: what is shorter has its first byte for a value, nothing is 0, as in Linux.
fn ip_int_at(bytes: &[u8]) -> i32 {
    int_at(bytes, 0).unwrap_or_else(|_| bytes.first().copied().map_or(0, i32::from))
}

fn ints<const N: usize>(values: [i32; N]) -> RawValue {
    values.into_iter().flat_map(i32::to_ne_bytes).collect()
}

/// Whole units of time in an `int`; what is longer is the longest.
fn whole(units: u64) -> RawValue {
    ints([i32::try_from(units).unwrap_or(i32::MAX)])
}

/// An `int`.
pub(super) mod int {
    use super::{Errno, RawValue, int_at, ints};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<i32, Errno> {
        int_at(bytes, 0)
    }

    pub(in super::super) fn write(value: i32) -> RawValue {
        ints([value])
    }
}

/// An `int` that is zero or not.
pub(super) mod flag {
    use super::{Errno, RawValue, int_at, ints};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<bool, Errno> {
        Ok(int_at(bytes, 0)? != 0)
    }

    pub(in super::super) fn write(value: bool) -> RawValue {
        ints([value.into()])
    }
}

/// As [`flag`](super::flag), but no where there are fewer bytes, as some of Linux's options of IPv6.
pub(super) mod lax_flag {
    use super::{Errno, RawValue, flag};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<bool, Errno> {
        Ok(flag::read(bytes).unwrap_or_default())
    }

    pub(in super::super) fn write(value: bool) -> RawValue {
        flag::write(value)
    }
}

/// An `int` that is never negative; a negative one reads as very large, as in Linux.
pub(super) mod count {
    use super::{Errno, RawValue, int_at, ints};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<u32, Errno> {
        Ok(int_at(bytes, 0)? as u32)
    }

    pub(in super::super) fn write(value: u32) -> RawValue {
        ints([value as i32])
    }
}

/// An `int` or a `char`.
pub(super) mod ip_int {
    use super::{Errno, RawValue, ints, ip_int_at};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<i32, Errno> {
        Ok(ip_int_at(bytes))
    }

    pub(in super::super) fn write(value: i32) -> RawValue {
        ints([value])
    }
}

/// An `int` or a `char` that is zero or not.
pub(super) mod ip_flag {
    use super::{Errno, RawValue, ints, ip_int_at};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<bool, Errno> {
        Ok(ip_int_at(bytes) != 0)
    }

    pub(in super::super) fn write(value: bool) -> RawValue {
        ints([value.into()])
    }
}

/// As [`ip_flag`](super::ip_flag), but never of no bytes.
pub(super) mod group_flag {
    use super::{Errno, RawValue, ip_flag};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<bool, Errno> {
        if bytes.is_empty() {
            return Err(Errno::EINVAL);
        }
        ip_flag::read(bytes)
    }

    pub(in super::super) fn write(value: bool) -> RawValue {
        ip_flag::write(value)
    }
}

/// An `int` that is 0 or 1.
pub(super) mod strict_flag {
    use super::{Errno, RawValue, flag, int_at};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<bool, Errno> {
        match int_at(bytes, 0)? {
            value @ (0 | 1) => Ok(value == 1),
            _ => Err(Errno::EINVAL),
        }
    }

    pub(in super::super) fn write(value: bool) -> RawValue {
        flag::write(value)
    }
}

/// An `int` or a `char` that is 0 or 1.
pub(super) mod strict_group_flag {
    use super::{Errno, RawValue, ip_flag, ip_int_at};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<bool, Errno> {
        match (bytes, ip_int_at(bytes)) {
            ([_, ..], value @ (0 | 1)) => Ok(value == 1),
            _ => Err(Errno::EINVAL),
        }
    }

    pub(in super::super) fn write(value: bool) -> RawValue {
        ip_flag::write(value)
    }
}

/// An `int` or a `char` of eight bits that count.
pub(super) mod ip_byte {
    use super::{Errno, RawValue, ints, ip_int_at};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<u8, Errno> {
        Ok(ip_int_at(bytes) as u8)
    }

    pub(in super::super) fn write(value: u8) -> RawValue {
        ints([value.into()])
    }
}

/// A `long` of 64 bits.
pub(super) mod long {
    use super::{Errno, RawValue};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<u64, Errno> {
        let eight = bytes.first_chunk().ok_or(Errno::EINVAL)?;
        Ok(u64::from_ne_bytes(*eight))
    }

    pub(in super::super) fn write(value: u64) -> RawValue {
        value.to_ne_bytes().into_iter().collect()
    }
}

/// An `int` that is 0 or 1 and nothing else.
pub(super) mod one_or_none {
    use super::{Errno, RawValue, int_at, ints};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<bool, Errno> {
        match int_at(bytes, 0)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Errno::EINVAL),
        }
    }

    pub(in super::super) fn write(value: bool) -> RawValue {
        ints([value.into()])
    }
}

/// First and last port, each 16 bits, of which the first is not the larger.
pub(super) mod port_range {
    use super::{Errno, RawValue, int_at, ints};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<u32, Errno> {
        let range = int_at(bytes, 0)? as u32;
        let (first, last) = (range & 0xffff, range >> 16);
        if bytes.len() != 4 || (last != 0 && first > last) {
            return Err(Errno::EINVAL);
        }
        Ok(range)
    }

    pub(in super::super) fn write(value: u32) -> RawValue {
        ints([value as i32])
    }
}

/// Hops from 0 to 255, as an `int` or a `char`.
pub(super) mod min_hops {
    use super::{Errno, RawValue, ints, ip_int_at};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<u8, Errno> {
        if bytes.is_empty() {
            return Err(Errno::EINVAL);
        }
        u8::try_from(ip_int_at(bytes)).map_err(|_| Errno::EINVAL)
    }

    pub(in super::super) fn write(value: u8) -> RawValue {
        ints([value.into()])
    }
}

/// Hops from 0 to 255, as an `int`.
pub(super) mod min_hops6 {
    use super::{Errno, RawValue, int_at, ints};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<u8, Errno> {
        u8::try_from(int_at(bytes, 0)?).map_err(|_| Errno::EINVAL)
    }

    pub(in super::super) fn write(value: u8) -> RawValue {
        ints([value.into()])
    }
}

/// As [`min_hops6`](super::min_hops6); −1 for the default.
pub(super) mod hops6 {
    use super::{Errno, RawValue, int_at, ints};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<Option<u8>, Errno> {
        match int_at(bytes, 0)? {
            -1 => Ok(None),
            hops => u8::try_from(hops).map(Some).map_err(|_| Errno::EINVAL),
        }
    }

    pub(in super::super) fn write(value: Option<u8>) -> RawValue {
        ints([value.map_or(-1, i32::from)])
    }
}

/// As [`min_hops6`](super::min_hops6); −1 for 0.
pub(super) mod traffic_class {
    use super::{Errno, RawValue, hops6, ints};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<u8, Errno> {
        Ok(hops6::read(bytes)?.unwrap_or(0))
    }

    pub(in super::super) fn write(value: u8) -> RawValue {
        ints([value.into()])
    }
}

/// An `int` or a `char` from 1 to 255; −1 for the default.
pub(super) mod ttl {
    use super::{Errno, RawValue, int_at, ints};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<Option<u8>, Errno> {
        let hops = match bytes {
            [one] | [one, _] | [one, _, _] => (*one).into(),
            _ => int_at(bytes, 0)?,
        };
        match hops {
            -1 => Ok(None),
            1..=255 => Ok(Some(hops as u8)),
            _ => Err(Errno::EINVAL),
        }
    }

    pub(in super::super) fn write(value: Option<u8>) -> RawValue {
        ints([value.map_or(-1, i32::from)])
    }
}

/// An `int` of whole seconds.
pub(super) mod seconds {
    use super::{Duration, Errno, RawValue, int_at, whole};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<Duration, Errno> {
        let seconds = u64::try_from(int_at(bytes, 0)?).map_err(|_| Errno::EINVAL)?;
        Ok(Duration::from_secs(seconds))
    }

    pub(in super::super) fn write(value: Duration) -> RawValue {
        whole(value.as_secs())
    }
}

/// An `int` of whole milliseconds.
pub(super) mod millis {
    use super::{Duration, Errno, RawValue, int_at, whole};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<Duration, Errno> {
        let millis = u64::try_from(int_at(bytes, 0)?).map_err(|_| Errno::EINVAL)?;
        Ok(Duration::from_millis(millis))
    }

    pub(in super::super) fn write(value: Duration) -> RawValue {
        whole(value.as_millis())
    }
}

/// `struct linger { int l_onoff; int l_linger; }`, seconds.
pub(super) mod linger {
    use super::{Duration, Errno, RawValue, int_at, ints};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<Option<Duration>, Errno> {
        let (on, seconds) = (int_at(bytes, 0)?, int_at(bytes, 4)?);
        // Negative seconds are a very long time, as in Linux.
        Ok((on != 0).then(|| Duration::from_secs(u64::from(seconds as u32))))
    }

    pub(in super::super) fn write(value: Option<Duration>) -> RawValue {
        let seconds = value.map_or(0, Duration::as_secs);
        ints([value.is_some().into(), seconds as u32 as i32])
    }
}

/// The `int` of an error, 0 for none.
pub(super) mod errno {
    use super::{Errno, RawValue, int_at, ints};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<Option<Errno>, Errno> {
        let number = int_at(bytes, 0)?;
        Ok((number != 0).then_some(Errno(number)))
    }

    pub(in super::super) fn write(value: Option<Errno>) -> RawValue {
        ints([value.map_or(0, |e| e.0)])
    }
}

/// The name of an algorithm of congestion control, filled up with zeros to 16 bytes
/// (TCP_CA_NAME_MAX).
pub(super) mod algorithm {
    use super::{CongestionControl, Errno, RawValue};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<CongestionControl, Errno> {
        if bytes.is_empty() {
            return Err(Errno::EINVAL);
        }
        // As in Linux a name ends with the first zero, or where it must.
        let name = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        let name = &name[..name.len().min(15)];
        let name = core::str::from_utf8(name).map_err(|_| Errno::ENOENT)?;
        name.parse().map_err(|_| Errno::ENOENT)
    }

    pub(in super::super) fn write(value: CongestionControl) -> RawValue {
        let mut name = [0; 16];
        let text = value.name().as_bytes();
        name[..text.len()].copy_from_slice(text);
        name.into_iter().collect()
    }
}

/// A group at an interface, which is only ever set.
macro_rules! group {
    ($($(#[doc = $doc:literal])* $name:ident;)*) => {$(
        $(#[doc = $doc])*
        pub(super) mod $name {
            use super::super::groups::{self, GroupRequest};
            use super::{Errno, RawValue};

            pub(in super::super) fn read(bytes: &[u8]) -> Result<GroupRequest, Errno> {
                groups::$name(bytes)
            }

            pub(in super::super) fn write(_: GroupRequest) -> RawValue {
                RawValue::new()
            }
        }
    )*};
}

group! {
    /// `struct ip_mreqn`, or the shorter `ip_mreq`.
    mreq;
    /// `struct ip_mreq_source`.
    mreq_source;
    /// `struct ipv6_mreq`.
    mreq6;
    /// `struct group_req`.
    group_req;
    /// `struct group_source_req`.
    group_source_req;
    /// `struct group_req` of IPv6.
    group_req6;
    /// `struct group_source_req` of IPv6.
    group_source_req6;
}

/// An interface as `IP_MULTICAST_IF` has it: `struct in_addr`, `ip_mreq` or `ip_mreqn`. Read, it is
/// the address.
pub(super) mod mreq_interface {
    use super::super::groups::{self, GroupInterface};
    use super::{Errno, RawValue};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<GroupInterface, Errno> {
        let interface = match bytes.len() {
            8.. => groups::mreq(bytes).ok().map(|request| request.interface),
            _ => groups::v4(bytes, 0).map(GroupInterface::address),
        };
        interface.ok_or(Errno::EINVAL)
    }

    pub(in super::super) fn write(value: GroupInterface) -> RawValue {
        let octets = match value {
            GroupInterface::Address(addr) | GroupInterface::Numbered(_, addr) => addr.octets(),
            GroupInterface::Any | GroupInterface::Index(_) => [0; 4],
        };
        octets.into_iter().collect()
    }
}

/// An interface as `IPV6_MULTICAST_IF` has it: its number, 0 for none.
pub(super) mod interface {
    use super::super::groups::GroupInterface;
    use super::{Errno, RawValue, int_at, ints};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<GroupInterface, Errno> {
        let index = u32::try_from(int_at(bytes, 0)?).map_err(|_| Errno::ENODEV)?;
        Ok(GroupInterface::index(index))
    }

    pub(in super::super) fn write(value: GroupInterface) -> RawValue {
        ints([match value {
            GroupInterface::Index(index) | GroupInterface::Numbered(index, _) => index as i32,
            GroupInterface::Any | GroupInterface::Address(_) => 0,
        }])
    }
}

/// Hops from 0 to 255; −1 for 1, as all have from the start.
pub(super) mod hops {
    use super::{Errno, RawValue, int_at, ints};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<u8, Errno> {
        let hops = match bytes {
            [one] | [one, _] | [one, _, _] => (*one).into(),
            _ => int_at(bytes, 0)?,
        };
        if hops == -1 {
            return Ok(1);
        }
        u8::try_from(hops).map_err(|_| Errno::EINVAL)
    }

    pub(in super::super) fn write(value: u8) -> RawValue {
        ints([value.into()])
    }
}

/// The same, and always an `int`.
pub(super) mod group_hops6 {
    use super::{Errno, RawValue, hops, int_at};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<u8, Errno> {
        int_at(bytes, 0)?;
        hops::read(bytes)
    }

    pub(in super::super) fn write(value: u8) -> RawValue {
        hops::write(value)
    }
}

/// One key of 16 bytes, or two.
pub(super) mod fast_open_key {
    use tcp::FastOpenKeys;

    use super::super::options::FastOpenKey;
    use super::{Errno, RawValue};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<FastOpenKey, Errno> {
        let (keys, []) = bytes.as_chunks::<16>() else {
            return Err(Errno::EINVAL);
        };
        let (primary, backup) = match *keys {
            [primary] => (primary, None),
            [primary, backup] => (primary, Some(backup)),
            _ => return Err(Errno::EINVAL),
        };
        Ok(FastOpenKey(FastOpenKeys { primary, backup }))
    }

    pub(in super::super) fn write(value: FastOpenKey) -> RawValue {
        let backup = value.0.backup.into_iter().flatten();
        value.0.primary.into_iter().chain(backup).collect()
    }
}

/// A list of options of IPv4.
pub(super) mod ip_options {
    use super::{Errno, RawValue};
    use crate::ip_options::IpOptions;

    pub(in super::super) fn read(bytes: &[u8]) -> Result<IpOptions, Errno> {
        IpOptions::new(bytes)
    }

    pub(in super::super) fn write(value: IpOptions) -> RawValue {
        value.as_bytes().iter().copied().collect()
    }
}

/// `struct in6_pktinfo`.
pub(super) mod pktinfo6 {
    use super::super::groups;
    use super::super::message::PktInfo6;
    use super::{Errno, RawValue};

    pub(in super::super) fn read(bytes: &[u8]) -> Result<PktInfo6, Errno> {
        let addr = bytes.first_chunk::<16>().ok_or(Errno::EINVAL)?;
        let index = groups::word(bytes, 16).ok_or(Errno::EINVAL)?;
        let addr = (*addr).into();
        Ok(PktInfo6 { addr, index })
    }

    pub(in super::super) fn write(value: PktInfo6) -> RawValue {
        let index = value.index.to_ne_bytes();
        value.addr.octets().into_iter().chain(index).collect()
    }
}
