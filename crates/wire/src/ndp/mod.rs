//! Neighbour Discovery: who has an IPv6 address, who is a router, and what it offers (RFC 4861).
//!
//! Its messages are ICMPv6's and are read from their type on. Each has a front of fixed length, and
//! [`options`] behind it.

pub mod options;

use core::net::Ipv6Addr;

use base::Duration;

use crate::malformed::take;
use crate::{Layer, Malformed};

pub use options::NdOption;

/// ICMPv6's type of a router solicitation.
pub const ROUTER_SOLICITATION: u8 = 133;
/// That of a router advertisement.
pub const ROUTER_ADVERTISEMENT: u8 = 134;
/// That of a neighbour solicitation.
pub const NEIGHBOR_SOLICITATION: u8 = 135;
/// That of a neighbour advertisement.
pub const NEIGHBOR_ADVERTISEMENT: u8 = 136;
/// That of a redirect.
pub const REDIRECT: u8 = 137;

/// The hop limit of every message: none came through a router (RFC 4861 §3.1).
pub const HOP_LIMIT: u8 = 255;
/// Where the checksum lies, which covers the pseudo-header and the whole message.
pub const CHECKSUM_OFFSET: usize = 2;

/// How much a router is preferred, and a route through it (RFC 4191 §2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Preference {
    /// −1.
    Low,
    /// 0.
    #[default]
    Medium,
    /// 1.
    High,
}

impl Preference {
    /// From two bits; `None` for the pair that is reserved.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        match bits & 3 {
            0 => Some(Self::Medium),
            1 => Some(Self::High),
            3 => Some(Self::Low),
            _ => None,
        }
    }

    /// As two bits.
    #[must_use]
    pub const fn bits(self) -> u8 {
        match self {
            Self::Medium => 0,
            Self::High => 1,
            Self::Low => 3,
        }
    }
}

/// What a router says of itself and of the link (RFC 4861 §4.2). What it leaves open is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RouterAdvertisement {
    /// The hop limit that hosts should use.
    pub hop_limit: Option<u8>,
    /// Addresses are to be had by DHCPv6 (M).
    pub managed: bool,
    /// Other settings are to be had by DHCPv6 (O).
    pub other: bool,
    /// How much it is preferred as a default router (RFC 4191 §2.2).
    pub preference: Preference,
    /// How long it is a default router; 0 when it is none. Whole seconds up to 65,535.
    pub lifetime: Duration,
    /// How long a neighbour counts as reachable.
    pub reachable_time: Option<Duration>,
    /// Between two solicitations.
    pub retrans_timer: Option<Duration>,
}

/// The front of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// Are there routers?
    RouterSolicitation,
    /// Here is one.
    RouterAdvertisement(RouterAdvertisement),
    /// Who has an address?
    NeighborSolicitation {
        /// Which.
        target: Ipv6Addr,
    },
    /// I have it.
    NeighborAdvertisement {
        /// The sender is a router (R).
        router: bool,
        /// Somebody asked (S).
        solicited: bool,
        /// What is known is to be replaced (O).
        override_: bool,
        /// Whose address it is about.
        target: Ipv6Addr,
    },
    /// There is a better way.
    Redirect {
        /// Whom to send to; the destination itself when it is on the link.
        target: Ipv6Addr,
        /// What for.
        destination: Ipv6Addr,
    },
}

impl Message {
    /// Reads the front of a message, from its ICMPv6 type on. The checksum is the caller's to
    /// check, and so are the [`options`] behind it.
    ///
    /// # Errors
    ///
    /// [`Malformed::Truncated`]; [`Malformed::Version`] for another type; [`Malformed::Field`] for
    /// a code other than 0, a target that is a group, or a redirect to a group (RFC 4861 §6.1,
    /// §7.1, §8.1).
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize), Malformed> {
        let layer = Layer::Ndp;
        let field = |field| Malformed::Field { layer, field };
        let front = take(layer, bytes, 8)?;
        let (kind, code) = (front[0], front[1]);
        let len = fixed_len(kind).ok_or(Malformed::Version {
            layer,
            found: kind.into(),
        })?;
        let b = take(layer, bytes, len)?;
        if code != 0 {
            return Err(field("Code"));
        }
        let message = match kind {
            ROUTER_SOLICITATION => Self::RouterSolicitation,
            ROUTER_ADVERTISEMENT => Self::RouterAdvertisement(router(b)),
            NEIGHBOR_SOLICITATION => Self::NeighborSolicitation {
                target: address(b, 8),
            },
            NEIGHBOR_ADVERTISEMENT => Self::NeighborAdvertisement {
                router: b[4] & 0x80 != 0,
                solicited: b[4] & 0x40 != 0,
                override_: b[4] & 0x20 != 0,
                target: address(b, 8),
            },
            _ => Self::Redirect {
                target: address(b, 8),
                destination: address(b, 24),
            },
        };
        match message {
            Self::NeighborSolicitation { target }
            | Self::NeighborAdvertisement { target, .. }
            | Self::Redirect { target, .. }
                if target.is_multicast() =>
            {
                Err(field("Target Address"))
            }
            Self::Redirect { destination, .. } if destination.is_multicast() => {
                Err(field("Destination Address"))
            }
            _ => Ok((message, len)),
        }
    }

    /// Bytes of the front.
    #[must_use]
    pub const fn header_len(&self) -> usize {
        match self {
            Self::RouterSolicitation => 8,
            Self::RouterAdvertisement(_) => 16,
            Self::NeighborSolicitation { .. } | Self::NeighborAdvertisement { .. } => 24,
            Self::Redirect { .. } => 40,
        }
    }

    /// Writes the front, its checksum zero.
    pub fn emit(&self, out: &mut [u8]) {
        let out = &mut out[..self.header_len()];
        out.fill(0);
        match *self {
            Self::RouterSolicitation => out[0] = ROUTER_SOLICITATION,
            Self::RouterAdvertisement(router) => emit_router(&router, out),
            Self::NeighborSolicitation { target } => {
                out[0] = NEIGHBOR_SOLICITATION;
                out[8..24].copy_from_slice(&target.octets());
            }
            Self::NeighborAdvertisement {
                router,
                solicited,
                override_,
                target,
            } => {
                out[0] = NEIGHBOR_ADVERTISEMENT;
                out[4] =
                    u8::from(router) << 7 | u8::from(solicited) << 6 | u8::from(override_) << 5;
                out[8..24].copy_from_slice(&target.octets());
            }
            Self::Redirect {
                target,
                destination,
            } => {
                out[0] = REDIRECT;
                out[8..24].copy_from_slice(&target.octets());
                out[24..40].copy_from_slice(&destination.octets());
            }
        }
    }
}

/// The group at which the owner of `addr` is asked for it: `ff02::1:ff` and its last 24 bits
/// (RFC 4291 §2.7.1).
#[must_use]
pub const fn solicited_node(addr: Ipv6Addr) -> Ipv6Addr {
    let [.., a, b, c] = addr.octets();
    Ipv6Addr::new(
        0xff02,
        0,
        0,
        0,
        0,
        1,
        0xff00 | a as u16,
        (b as u16) << 8 | c as u16,
    )
}

const fn fixed_len(kind: u8) -> Option<usize> {
    Some(match kind {
        ROUTER_SOLICITATION => 8,
        ROUTER_ADVERTISEMENT => 16,
        NEIGHBOR_SOLICITATION | NEIGHBOR_ADVERTISEMENT => 24,
        REDIRECT => 40,
        _ => return None,
    })
}

fn router(b: &[u8]) -> RouterAdvertisement {
    let given = |millis: u32| (millis != 0).then(|| Duration::from_millis(millis.into()));
    RouterAdvertisement {
        hop_limit: (b[4] != 0).then_some(b[4]),
        managed: b[5] & 0x80 != 0,
        other: b[5] & 0x40 != 0,
        // RFC 4191 §2.2: the reserved value counts as medium.
        preference: Preference::from_bits(b[5] >> 3).unwrap_or_default(),
        lifetime: Duration::from_secs(u16::from_be_bytes([b[6], b[7]]).into()),
        reachable_time: given(word(b, 8)),
        retrans_timer: given(word(b, 12)),
    }
}

fn emit_router(router: &RouterAdvertisement, out: &mut [u8]) {
    let lifetime = router.lifetime.as_secs().min(0xffff) as u16;
    let millis = |time: Option<Duration>| {
        let millis = time.map_or(0, Duration::as_millis);
        u32::try_from(millis).unwrap_or(u32::MAX).to_be_bytes()
    };
    out[0] = ROUTER_ADVERTISEMENT;
    out[4] = router.hop_limit.unwrap_or(0);
    out[5] =
        u8::from(router.managed) << 7 | u8::from(router.other) << 6 | router.preference.bits() << 3;
    out[6..8].copy_from_slice(&lifetime.to_be_bytes());
    out[8..12].copy_from_slice(&millis(router.reachable_time));
    out[12..16].copy_from_slice(&millis(router.retrans_timer));
}

fn word(b: &[u8], at: usize) -> u32 {
    let four = b.get(at..).and_then(|rest| rest.first_chunk());
    four.map_or(0, |four| u32::from_be_bytes(*four))
}

fn address(b: &[u8], at: usize) -> Ipv6Addr {
    let octets = b.get(at..).and_then(|rest| rest.first_chunk::<16>());
    octets.map_or(Ipv6Addr::UNSPECIFIED, |octets| Ipv6Addr::from(*octets))
}
