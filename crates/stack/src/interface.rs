//! Network cards: what is plugged into what.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, Ipv6Addr};

use wire::vlan::VlanId;
use wire::{IpNet, MacAddr};

/// One of a stack's interfaces. The loopback is always number 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceId(pub(crate) u16);

impl InterfaceId {
    /// The loopback.
    pub const LOOPBACK: Self = Self(0);

    /// Its number in the names of sockets (`sin6_scope_id`): the loopback's is 1, as on Linux.
    #[must_use]
    pub const fn scope_id(self) -> u32 {
        self.0 as u32 + 1
    }

    /// The interface of that number; `None` for 0, which names none.
    #[must_use]
    pub const fn from_scope_id(id: u32) -> Option<Self> {
        match id {
            1..=0x1_0000 => Some(Self((id - 1) as u16)),
            _ => None,
        }
    }

    /// Its place among the stack's interfaces.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for InterfaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What an interface is plugged into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// Ethernet II frames, with ARP in front of IPv4: TAP, a switch, a cable.
    Ethernet(MacAddr),
    /// IP packets with nothing in front: TUN.
    Ip,
    /// Itself.
    Loopback,
}

/// What the far side of an interface does for us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offload {
    /// It computes transport checksums: frames leave as [`base::ChecksumState::Partial`].
    pub checksum: bool,
    /// Bytes of transport payload that it takes in one frame and cuts up (GSO); 0 for one segment
    /// a frame.
    pub segmentation: usize,
}

/// An interface to be.
#[derive(Clone, Debug)]
pub struct InterfaceConfig {
    /// Its name, such as `eth0`; unique on the host.
    pub name: String,
    /// What it is plugged into.
    pub medium: Medium,
    /// Bytes of the largest IP packet it carries, at least 68 (RFC 791 §3.2).
    pub mtu: usize,
    /// Its addresses, each with the prefix of its network.
    pub addresses: Vec<IpNet>,
    /// What the far side does for us.
    pub offload: Offload,
    /// Ask whether somebody has an address already before using it (RFC 5227 §2.1), which takes
    /// about six seconds. Linux leaves it off, and so do we.
    pub probe: bool,
    /// Tell everybody when an address is ours (RFC 5227 §2.3; Linux's `arp_notify`).
    pub announce: bool,
    /// The card that this is a VLAN of: a device such as Linux's `eth0.10`.
    pub vlan: Option<VlanOf>,
}

/// A VLAN at one of the stack's cards: frames leave and arrive there, with its tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VlanOf {
    /// The card.
    pub card: InterfaceId,
    /// Which VLAN.
    pub id: VlanId,
}

impl InterfaceConfig {
    /// An Ethernet card with one address and an MTU of 1500.
    #[must_use]
    pub fn ethernet(name: &str, mac: MacAddr, address: IpNet) -> Self {
        Self {
            addresses: alloc::vec![address],
            ..Self::unaddressed(name, mac)
        }
    }

    /// An Ethernet card without an address, and an MTU of 1500.
    #[must_use]
    pub fn unaddressed(name: &str, mac: MacAddr) -> Self {
        Self {
            name: name.into(),
            medium: Medium::Ethernet(mac),
            mtu: 1500,
            addresses: alloc::vec::Vec::new(),
            offload: Offload::default(),
            probe: false,
            announce: true,
            vlan: None,
        }
    }
}

/// Something about an interface that people should hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// An address was probed for and is now in use.
    AddressReady {
        /// Whose address.
        iface: InterfaceId,
        /// Which.
        addr: IpAddr,
    },
    /// An address was probed for, and somebody has it already: it is not used (RFC 5227 §2.1.1).
    AddressRefused {
        /// Whose address.
        iface: InterfaceId,
        /// Which.
        addr: IpAddr,
        /// Who has it.
        mac: MacAddr,
    },
    /// Somebody else uses our address (RFC 5227 §2.4). We go on using it, and said so to all.
    AddressConflict {
        /// Whose address.
        iface: InterfaceId,
        /// Which.
        addr: IpAddr,
        /// Who uses it.
        mac: MacAddr,
    },
}

/// An interface.
#[derive(Clone, Debug)]
pub struct Interface {
    pub(crate) id: InterfaceId,
    pub(crate) name: String,
    pub(crate) medium: Medium,
    pub(crate) mtu: usize,
    /// The same, before a router of IPv6 said less.
    pub(crate) card_mtu: usize,
    pub(crate) addresses: Vec<IpNet>,
    /// Addresses that are not in use: being probed for, or refused.
    pub(crate) tentative: Vec<IpNet>,
    /// Those of its addresses that are not used for anything new (RFC 4862 §5.5.4).
    pub(crate) deprecated: Vec<Ipv6Addr>,
    /// Those that change daily (RFC 8981).
    pub(crate) temporary: Vec<Ipv6Addr>,
    /// Whether those are used rather than others (`use_tempaddr` of 2).
    pub(crate) prefers_temporary: bool,
    pub(crate) offload: Offload,
    pub(crate) probe: bool,
    pub(crate) announce: bool,
    pub(crate) vlan: Option<VlanOf>,
    pub(crate) up: bool,
    /// Whether something is plugged in at the other end.
    pub(crate) carrier: bool,
    /// Whether its routes of IPv4 and of IPv6 are passed over without a carrier
    /// (`ignore_routes_with_linkdown`).
    pub(crate) ignored: [bool; 2],
    /// A program asks the link for an address of IPv4.
    pub(crate) asks_for_address: bool,
}

/// How far an address of an interface has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressState {
    /// It is in use.
    Ready,
    /// Others are being asked whether they have it, or its interface is down.
    Tentative,
    /// Somebody else has it: it is not used.
    Refused,
}

impl Interface {
    /// Its number.
    #[must_use]
    pub const fn id(&self) -> InterfaceId {
        self.id
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The card that it is a VLAN of, if it is one.
    #[must_use]
    pub const fn vlan(&self) -> Option<VlanOf> {
        self.vlan
    }

    /// By which card its frames leave: itself, unless it is a VLAN of another.
    #[must_use]
    pub const fn card(&self) -> InterfaceId {
        match self.vlan {
            Some(vlan) => vlan.card,
            None => self.id,
        }
    }

    /// What it is plugged into.
    #[must_use]
    pub const fn medium(&self) -> Medium {
        self.medium
    }

    /// Whether it is switched on.
    #[must_use]
    pub const fn is_up(&self) -> bool {
        self.up
    }

    /// Whether its cable leads somewhere: off, packets are sent into nothing.
    #[must_use]
    pub const fn has_carrier(&self) -> bool {
        self.carrier
    }

    /// Whether routes that leave here are good for packets to `dst`.
    pub(crate) const fn leads_to(&self, dst: IpAddr) -> bool {
        self.up && (self.carrier || !self.ignored[dst.is_ipv6() as usize])
    }

    /// Its MAC address, where the medium has them.
    #[must_use]
    pub const fn mac(&self) -> Option<MacAddr> {
        match self.medium {
            Medium::Ethernet(mac) => Some(mac),
            Medium::Ip | Medium::Loopback => None,
        }
    }

    /// Bytes of the largest IP packet it carries.
    #[must_use]
    pub const fn mtu(&self) -> usize {
        self.mtu
    }

    /// Its addresses in use, each with the prefix of its network.
    #[must_use]
    pub fn addresses(&self) -> &[IpNet] {
        &self.addresses
    }

    /// Its addresses that are not in use: others are being asked whether they have them, or
    /// somebody has them.
    #[must_use]
    pub fn tentative_addresses(&self) -> &[IpNet] {
        &self.tentative
    }

    /// Whether it has no address of IPv4 yet, and a program asks the link for one
    /// ([`Stack::ask_for_address`](crate::Stack::ask_for_address)).
    #[must_use]
    pub fn awaits_address(&self) -> bool {
        self.asks_for_address && !self.addresses.iter().any(|net| net.addr().is_ipv4())
    }

    /// Its address of the link (RFC 4291 §2.5.6).
    pub(crate) fn link_local(&self) -> Option<Ipv6Addr> {
        self.addresses.iter().find_map(|net| match net.addr() {
            IpAddr::V6(addr) if addr.is_unicast_link_local() => Some(addr),
            _ => None,
        })
    }

    /// Whether an address is not used for anything new: its preferred lifetime is over
    /// (RFC 4862 §5.5.4).
    #[must_use]
    pub fn is_deprecated(&self, addr: Ipv6Addr) -> bool {
        self.deprecated.contains(&addr)
    }

    /// Whether an address changes daily (RFC 8981).
    #[must_use]
    pub fn is_temporary(&self, addr: Ipv6Addr) -> bool {
        self.temporary.contains(&addr)
    }

    /// Whether `addr` is one of its own.
    #[must_use]
    pub fn has_address(&self, addr: IpAddr) -> bool {
        self.addresses.iter().any(|net| net.addr() == addr)
    }

    /// Its address on the network that `addr` belongs to: the lesson's decision. Both are masked
    /// and compared.
    #[must_use]
    pub fn address_on_network_of(&self, addr: IpAddr) -> Option<IpNet> {
        self.addresses
            .iter()
            .find(|net| net.contains(&addr))
            .copied()
    }
}
