//! How addresses are translated.

use alloc::vec::Vec;
use core::net::SocketAddrV4;

use wire::{Ipv4Net, Protocol};

use crate::config::ConfigError;
use crate::interface::InterfaceId;

/// NAT44 with port mapping (RFC 3022 §2.2): hosts behind this one share the address of one of its
/// interfaces. [`Stack::set_nat`](crate::Stack::set_nat).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatConfig {
    /// The interface whose first address of IPv4 they share.
    pub outside: InterfaceId,
    /// Which addresses are translated when they leave by it; none named means all.
    pub inside: Vec<Ipv4Net>,
    /// Whether one port of the outside address stands for a host's port towards everybody, or each
    /// peer sees another (RFC 4787 §4.1).
    pub mapping: NatBehavior,
    /// From whom packets to such a port are let in (RFC 4787 §5).
    pub filtering: NatBehavior,
    /// Ports of the outside address that lead inside from the start.
    pub forwards: Vec<PortForward>,
    /// First and last port of the outside address that are given to hosts whose own cannot be kept.
    pub ports: (u16, u16),
    /// Mappings of one inside host at most, so that none takes all ports.
    pub ports_per_host: u32,
    /// Hosts inside reach each other by the outside address (RFC 4787 §6).
    pub hairpin: bool,
}

impl NatConfig {
    /// What RFC 4787 recommends, filtering as strictly as it allows, behind the address of `outside`.
    #[must_use]
    pub const fn new(outside: InterfaceId) -> Self {
        Self {
            outside,
            inside: Vec::new(),
            mapping: NatBehavior::EndpointIndependent,
            filtering: NatBehavior::EndpointDependent,
            forwards: Vec::new(),
            ports: (1024, u16::MAX),
            ports_per_host: 16_384,
            hairpin: true,
        }
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let (first, last) = self.ports;
        if first == 0 || first > last {
            return Err(ConfigError::BadNat("the range of ports is empty"));
        }
        if self.outside == InterfaceId::LOOPBACK {
            return Err(ConfigError::BadNat("nobody is outside on the loopback"));
        }
        for (at, forward) in self.forwards.iter().enumerate() {
            if forward.port == 0 || forward.to.port() == 0 {
                return Err(ConfigError::BadNat("port 0 cannot be forwarded"));
            }
            let before = &self.forwards[..at];
            let same = |other: &PortForward| other.protocol == forward.protocol;
            if before
                .iter()
                .any(|other| same(other) && other.port == forward.port)
            {
                return Err(ConfigError::BadNat("a port leads to two places"));
            }
            if before
                .iter()
                .any(|other| same(other) && other.to == forward.to)
            {
                return Err(ConfigError::BadNat("two ports lead to one place"));
            }
        }
        Ok(())
    }
}

/// On what a mapping, or who gets in by it, depends (RFC 4787 §4.1, §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NatBehavior {
    /// Not on the peer.
    EndpointIndependent,
    /// On the peer's address.
    AddressDependent,
    /// On the peer's address and port.
    EndpointDependent,
}

/// A port of the outside address that leads to a host inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortForward {
    /// TCP or UDP.
    pub protocol: PortProtocol,
    /// Which port.
    pub port: u16,
    /// Where to.
    pub to: SocketAddrV4,
}

/// A protocol that has ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortProtocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl PortProtocol {
    pub(super) const fn number(self) -> Protocol {
        match self {
            Self::Tcp => Protocol::TCP,
            Self::Udp => Protocol::UDP,
        }
    }
}
