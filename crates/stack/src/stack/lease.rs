//! What a program needs that asks the link for this host's address (DHCP, RFC 2131): to speak and to
//! hear before there is one, and to know whether somebody has it already.

use core::net::IpAddr;

use base::Instant;
use wire::IpNet;

use crate::config::ConfigError;
use crate::interface::{AddressState, InterfaceId};
use crate::stack::Stack;

impl Stack {
    /// Says whether a program asks the link of `iface` for an address of IPv4. While it does and the
    /// interface has none, a datagram to 255.255.255.255 leaves there from 0.0.0.0 (RFC 2131 §4.1),
    /// and one of UDP that comes in there for an address of nobody here, in a frame for this card, is
    /// heard by the sockets of its port: the address may be the one that is being given to us. Nobody
    /// is told when there is no such socket.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoSuchInterface`]; [`ConfigError::NoMac`] on a link without MAC addresses.
    pub fn ask_for_address(&mut self, iface: InterfaceId, asks: bool) -> Result<(), ConfigError> {
        let interface = self.interfaces.get_mut(iface.index());
        let interface = interface.ok_or(ConfigError::NoSuchInterface)?;
        if interface.mac().is_none() {
            return Err(ConfigError::NoMac);
        }
        interface.asks_for_address = asks;
        self.ip.addresses.rebuild(&self.interfaces);
        Ok(())
    }

    /// As [`add_address`](Self::add_address), but others are asked first whether they have it
    /// (RFC 5227 §2.1), also where the interface does not do so by itself. That takes four to seven
    /// seconds; [`address_state`](Self::address_state) says what came of it.
    ///
    /// # Errors
    ///
    /// As [`add_address`](Self::add_address).
    pub fn claim_address(
        &mut self,
        now: Instant,
        iface: InterfaceId,
        address: IpNet,
    ) -> Result<(), ConfigError> {
        let mtu = self.known(iface)?.mtu;
        self.check_address(iface, mtu, address)?;
        self.begin_probing(now, iface, address, true);
        self.ip.addresses.rebuild(&self.interfaces);
        Ok(())
    }

    /// How far an address of an interface has come; `None` for one that it was never given.
    #[must_use]
    pub fn address_state(&self, iface: InterfaceId, addr: IpAddr) -> Option<AddressState> {
        let interface = self.interface(iface)?;
        if interface.has_address(addr) {
            return Some(if interface.up {
                AddressState::Ready
            } else {
                AddressState::Tentative
            });
        }
        let mut tentative = interface.tentative.iter();
        tentative.find(|net| net.addr() == addr)?;
        Some(if interface.up && !self.neighbors.claims(iface, addr) {
            AddressState::Refused
        } else {
            AddressState::Tentative
        })
    }
}
