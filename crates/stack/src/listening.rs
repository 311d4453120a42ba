//! What a card listens to: most of what is sent to many is for others, and need not wake a computer.

use core::net::Ipv4Addr;

use wire::MacAddr;

/// The receive filter of one card, as its computer has set it.
///
/// A filter never refuses a frame of which anything would come but a drop that is counted. It may let
/// through what the computer then drops, as the hash filters of real cards do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listening {
    /// Its own address; without one everything is let through.
    pub(crate) own: Option<MacAddr>,
    /// The groups that are listened to: bits for each.
    pub(crate) groups: Bits,
    /// The IPv4 addresses that are claimed: bits for each.
    pub(crate) claimed: Bits,
    /// ARP packets about others are news: addresses are being asked for, or stood for.
    pub(crate) curious: bool,
}

impl Listening {
    /// Lets everything through.
    pub const EVERYTHING: Self = Self {
        own: None,
        groups: Bits::NONE,
        claimed: Bits::NONE,
        curious: true,
    };

    /// Whether a frame for `dst` is let through; ARP's broadcasts are asked about by
    /// [`hears_arp`](Self::hears_arp) as well.
    #[must_use]
    pub fn hears(&self, dst: MacAddr) -> bool {
        match self.own {
            None => true,
            Some(_) if dst.is_broadcast() => true,
            Some(_) if dst.is_multicast() => self.groups.may_hold(of_mac(dst)),
            Some(own) => dst == own,
        }
    }

    /// Whether something may come of a broadcast ARP packet, if nobody was ever heard to say that
    /// `sender` has another MAC address than this packet says.
    #[must_use]
    pub fn hears_arp(&self, sender: Ipv4Addr, target: Ipv4Addr) -> bool {
        self.own.is_none() || self.curious || {
            let claimed = |addr: Ipv4Addr| self.claimed.may_hold(addr.to_bits().into());
            claimed(sender) || claimed(target)
        }
    }
}

/// A set that holds at least what was put into it: two bits of 64 for each. Of what is not in a set of
/// one, one in a thousand seems to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bits(u64);

impl Bits {
    pub(crate) const NONE: Self = Self(0);

    const fn bits(number: u64) -> u64 {
        // The upper bits of a product depend on all bits of its factors.
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        1 << (mixed >> 58) | 1 << (mixed >> 52 & 63)
    }

    pub(crate) const fn add(&mut self, number: u64) {
        self.0 |= Self::bits(number);
    }

    const fn may_hold(self, number: u64) -> bool {
        !self.0 & Self::bits(number) == 0
    }
}

/// A group's MAC address as a number.
pub(crate) fn of_mac(mac: MacAddr) -> u64 {
    let [a, b, c, d, e, f] = mac.0;
    u64::from_be_bytes([0, 0, a, b, c, d, e, f])
}
