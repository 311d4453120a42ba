//! Whose address a packet is given: decisions alone, no bytes.

use core::net::{IpAddr, Ipv4Addr, SocketAddrV4};

use base::Rng;
use wire::Protocol;

use super::config::NatConfig;
use super::mappings::{Mapping, Mappings};
use crate::flow::Tuple;
use crate::interface::{Interface, InterfaceId};
use crate::verdict::DropReason;

/// Address translation on one host.
#[derive(Debug)]
pub(super) struct Nat {
    pub(super) config: NatConfig,
    pub(super) mappings: Mappings,
    /// The outside address, as it was when a packet last came.
    pub(super) address: Option<Ipv4Addr>,
    rng: Rng,
}

/// What becomes of a first packet to the outside address.
#[derive(Clone, Copy, Debug)]
pub(super) enum Inward {
    /// It goes to an inside host by this mapping.
    To(u32, Mapping),
    /// It is for this host itself.
    Here,
}

impl Nat {
    pub(super) fn new(config: NatConfig, mut rng: Rng) -> Self {
        Self {
            mappings: Mappings::new(&mut rng, &config),
            config,
            address: None,
            rng,
        }
    }

    /// Looks which address is the outside one now. True when it was another before: what was mapped
    /// to that means nothing any more.
    pub(super) fn look(&mut self, interfaces: &[Interface]) -> bool {
        let outside = interfaces.get(self.config.outside.index());
        let now = outside.filter(|i| i.up).and_then(first_v4);
        // An interface that goes down and comes up with the same address has lost nothing.
        if now.is_none() || now == self.address {
            return false;
        }
        core::mem::replace(&mut self.address, now).is_some()
    }

    /// Forgets all mappings but the port forwards.
    pub(super) fn forget(&mut self) {
        let peak = self.mappings.peak;
        self.mappings = Mappings::new(&mut self.rng, &self.config);
        self.mappings.peak = peak;
    }

    /// The outside address, if `address` is that.
    pub(super) fn is_outside_address(&self, address: IpAddr) -> bool {
        self.address.is_some_and(|own| address == IpAddr::V4(own))
    }

    /// Whether a host of that address is translated when it speaks to the outside.
    pub(super) fn translates(&self, address: Ipv4Addr) -> bool {
        let inside = &self.config.inside;
        inside.is_empty() || inside.iter().any(|net| net.contains(&address))
    }

    /// Where a first packet to the outside address goes, which came in at `iface`. `bound` says which
    /// ports this host's own sockets have.
    ///
    /// # Errors
    ///
    /// [`DropReason::NatNoMapping`], [`DropReason::NatFiltered`].
    pub(super) fn inward(
        &self,
        tuple: &Tuple,
        iface: InterfaceId,
        bound: impl Fn(Protocol, u16) -> bool,
    ) -> Result<Inward, DropReason> {
        let (protocol, port) = (tuple.protocol, tuple.dst_port);
        let outside = iface == self.config.outside;
        // Who asks for an answer is found by a port; answers to nobody are nobody's.
        let asks = protocol != Protocol::ICMP || port != 0;
        let found = self.mappings.at(protocol, port).filter(|_| asks);
        let Some((slot, mapping)) = found.filter(|_| outside || self.config.hairpin) else {
            let ports = matches!(protocol, Protocol::TCP | Protocol::UDP);
            // RFC 5382 REQ-4: not a word about it.
            return if outside && ports && !bound(protocol, port) {
                Err(DropReason::NatNoMapping)
            } else {
                Ok(Inward::Here)
            };
        };
        // One that this host's own socket has; who may speak to that is not for NAT to say.
        if self.is_outside_address(IpAddr::V4(*mapping.host().ip())) {
            return Ok(Inward::Here);
        }
        let peer = match (outside, tuple.src, self.address) {
            (true, IpAddr::V4(src), _) => src,
            // RFC 4787 REQ-9 (a): a hairpinned packet comes from the outside address.
            (false, _, Some(own)) => own,
            _ => return Ok(Inward::Here),
        };
        let filtering = self.config.filtering;
        if !mapping.fixed && !self.mappings.lets_in(filtering, slot, peer) {
            return Err(DropReason::NatFiltered);
        }
        Ok(Inward::To(slot, mapping))
    }

    /// The mapping and the outside end of a first packet that leaves by the outside interface, or that
    /// is hairpinned; `None` where it is not translated.
    ///
    /// # Errors
    ///
    /// [`DropReason::NatNoAddress`], and those of [`Mappings::towards`].
    pub(super) fn outward(
        &mut self,
        tuple: &Tuple,
        bound: impl Fn(Protocol, u16) -> bool,
    ) -> Result<Option<(u32, SocketAddrV4)>, DropReason> {
        let (IpAddr::V4(src), IpAddr::V4(dst)) = (tuple.src, tuple.dst) else {
            return Ok(None);
        };
        let own = self.is_outside_address(tuple.src);
        if !own && !self.translates(src) {
            return Ok(None);
        }
        let address = self.address.ok_or(DropReason::NatNoAddress)?;
        let ports = matches!(
            tuple.protocol,
            Protocol::TCP | Protocol::UDP | Protocol::ICMP
        );
        if own && !ports {
            return Ok(None);
        }
        let host = SocketAddrV4::new(src, tuple.src_port);
        let peer = (dst, tuple.dst_port);
        let bound = |protocol, port| !own && bound(protocol, port);
        let Self {
            mappings, config, ..
        } = self;
        let slot = mappings.towards(config, tuple.protocol, host, peer, own, bound)?;
        let mapping = mappings.get(slot).ok_or(DropReason::NatPortsExhausted)?;
        Ok(Some((slot, SocketAddrV4::new(address, mapping.port))))
    }
}

fn first_v4(interface: &Interface) -> Option<Ipv4Addr> {
    let mut addresses = interface.addresses().iter().map(|net| net.addr());
    addresses.find_map(|address| match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    })
}
