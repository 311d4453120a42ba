//! The low half of an address: stable on one network, and of no use to whoever would follow a host
//! from one to the next (RFC 7217).

use core::hash::BuildHasher;
use core::net::Ipv6Addr;

use wire::{Ipv6Net, MacAddr};

use crate::keyed::Keyed;
use crate::sysctl::ConfV6;

/// `addr_gen_mode`: from the MAC address (RFC 4291 appendix A).
const EUI64: u8 = 0;
/// `addr_gen_mode`: no address of the link.
const NONE: u8 = 1;

impl Keyed {
    /// An address of a prefix of 64 bits, of which so many before were refused; `None` where the
    /// settings want none, or have no other.
    pub(super) fn address(
        &self,
        conf: &ConfV6,
        prefix: Ipv6Net,
        mac: MacAddr,
        refused: u8,
    ) -> Option<Ipv6Net> {
        let low = match conf.addr_gen_mode {
            // RFC 4862 §5.4.5: who has the same card's number cannot be helped.
            EUI64 | NONE if refused > 0 => return None,
            EUI64 => eui64(mac),
            NONE if prefix == super::LINK_LOCAL => return None,
            NONE => eui64(mac),
            _ => self.stable(prefix, mac, refused.into()),
        };
        let bits = prefix.network().to_bits() | u128::from(low);
        Ipv6Net::new(Ipv6Addr::from_bits(bits), 64).ok()
    }

    /// RFC 7217 §5: of prefix, interface, a counter that begins with the refusals, and the secret, and none of the identifiers
    /// that are reserved (RFC 5453).
    fn stable(&self, prefix: Ipv6Net, mac: MacAddr, mut counter: u32) -> u64 {
        let high = (prefix.network().to_bits() >> 64) as u64;
        loop {
            let low = self.hash_one((high, mac.0, counter));
            if !is_reserved(low) {
                return low;
            }
            counter += 1;
        }
    }
}

/// Identifiers that nobody may make for himself (RFC 5453).
pub(super) const fn is_reserved(low: u64) -> bool {
    low == 0 || low >= 0xfdff_ffff_ffff_ff80
}

/// RFC 4291 appendix A: the MAC address, `fffe` in its middle, its second bit turned.
const fn eui64(mac: MacAddr) -> u64 {
    let [a, b, c, d, e, f] = mac.0;
    u64::from_be_bytes([a ^ 2, b, c, 0xff, 0xfe, d, e, f])
}
