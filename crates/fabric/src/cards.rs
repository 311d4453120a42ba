//! The cards of hosts: what each listens to, so that what is sent to many wakes only whom it
//! concerns.
//!
//! Every host of a LAN hears every question for an address. A frame to many is therefore looked at
//! once, and held against the filter of each card. A filter is asked of the host's stack only when
//! the host was touched since.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use base::Frame;
use stack::{InterfaceId, Listening};
use wire::arp::{self, Operation};
use wire::{EtherType, MacAddr, ethernet};

use crate::ids::{HostId, PortId};
use crate::node::Host;

/// One of a host's cards.
#[derive(Clone, Copy, Debug)]
struct Card {
    host: HostId,
    interface: InterfaceId,
    /// `None` when its host may have set it otherwise.
    listening: Option<Listening>,
    /// Frames that it did not let through.
    unheard: u64,
}

/// The cards at the ports of hosts.
#[derive(Debug, Default)]
pub(crate) struct Cards {
    /// By port; those of other nodes have none.
    cards: Vec<Option<Card>>,
}

impl Cards {
    /// There is a card at a port.
    pub(crate) fn add(&mut self, port: PortId, host: HostId, interface: InterfaceId) {
        let index = port.index();
        if self.cards.len() <= index {
            self.cards.resize(index + 1, None);
        }
        self.cards[index] = Some(Card {
            host,
            interface,
            listening: None,
            unheard: 0,
        });
    }

    fn get_mut(&mut self, port: PortId) -> Option<&mut Card> {
        self.cards.get_mut(port.index())?.as_mut()
    }

    /// The host of a card may set its filter otherwise from now on.
    pub(crate) fn forget(&mut self, port: PortId) {
        if let Some(card) = self.get_mut(port) {
            card.listening = None;
        }
    }

    /// Whether a frame gets past the card at a port, if there is one; if not, it is counted there.
    pub(crate) fn hears(&mut self, port: PortId, glance: &Glance, hosts: &[Host]) -> bool {
        let Some(card) = self.get_mut(port) else {
            return true;
        };
        let listening = card
            .listening
            .get_or_insert_with(|| hosts[card.host.index()].listening(card.interface));
        let heard = match *glance {
            Glance::Unclear => true,
            Glance::To(dst) => listening.hears(dst),
            Glance::Arp { sender, target } => listening.hears_arp(sender, target),
        };
        card.unheard += u64::from(!heard);
        heard
    }

    /// How many frames did not get past the card at a port.
    pub(crate) fn unheard(&self, port: PortId) -> u64 {
        let card = self.cards.get(port.index());
        card.and_then(Option::as_ref).map_or(0, |card| card.unheard)
    }
}

/// For whom a frame is, as far as its front tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Glance {
    /// For this address: a card's, or a group's.
    To(MacAddr),
    /// It is broadcast, and news for whom it concerns: who has `target`, or says that he has what
    /// `sender` has, or is asking for it.
    Arp { sender: Ipv4Addr, target: Ipv4Addr },
    /// Whoever gets it has to look himself.
    Unclear,
}

impl Glance {
    pub(crate) fn of(frame: &mut Frame, heard: &Heard) -> Self {
        let bytes = frame.contiguous(ethernet::HEADER_LEN + arp::PACKET_LEN);
        let Some((dst, _)) = ethernet::addresses(bytes) else {
            return Self::Unclear;
        };
        if !dst.is_broadcast() {
            return Self::To(dst);
        }
        match arp_in(bytes) {
            Some(packet) if heard.agrees(&packet) => Self::Arp {
                sender: packet.sender_ip,
                target: packet.target_ip,
            },
            _ => Self::Unclear,
        }
    }
}

/// Whether a frame is for a group, or for all.
pub(crate) fn is_to_many(frame: &Frame) -> bool {
    frame.prefix().first().is_some_and(|first| first & 1 != 0)
}

/// The ARP packet in a frame, unless something is odd about it.
fn arp_in(bytes: &[u8]) -> Option<arp::Packet> {
    if bytes.get(12..14)? != EtherType::ARP.0.to_be_bytes() {
        return None;
    }
    let (packet, _) = arp::Packet::parse(bytes.get(ethernet::HEADER_LEN..)?).ok()?;
    let sender = packet.sender_ip;
    let odd = sender.is_broadcast() || sender.is_multicast() || sender.is_loopback();
    let known = matches!(packet.operation, Operation::Request | Operation::Reply);
    (known && !odd && packet.sender_mac.is_unicast()).then_some(packet)
}

/// Which MAC address every IPv4 address was heard with in ARP.
///
/// Hosts take over what they hear, and every packet that a host hears is noted here. So where a packet
/// says nothing else than what was heard before, it contradicts nothing that a host believes.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// `None` for an address that was heard with several.
    by: BTreeMap<Ipv4Addr, Option<MacAddr>>,
}

impl Heard {
    /// So many addresses are remembered. Of others nothing is known for sure.
    const LIMIT: usize = 1 << 17;

    /// A host gets a frame.
    pub(crate) fn note(&mut self, frame: &mut Frame) {
        let bytes = frame.prefix();
        let short = bytes.len() < ethernet::HEADER_LEN;
        if !short && bytes[12..14] != EtherType::ARP.0.to_be_bytes() {
            return;
        }
        let bytes = frame.contiguous(ethernet::HEADER_LEN + arp::PACKET_LEN);
        let Some(packet) = arp_in(bytes) else {
            return;
        };
        let full = self.by.len() >= Self::LIMIT;
        match self.by.get_mut(&packet.sender_ip) {
            Some(mac) if *mac != Some(packet.sender_mac) => *mac = None,
            Some(_) => {}
            None if full => {}
            None => {
                self.by.insert(packet.sender_ip, Some(packet.sender_mac));
            }
        }
    }

    /// Whether a packet says of its sender what was always heard, if anything was.
    fn agrees(&self, packet: &arp::Packet) -> bool {
        // Nobody's address is in nobody's cache.
        packet.sender_ip.is_unspecified()
            || match self.by.get(&packet.sender_ip) {
                Some(mac) => *mac == Some(packet.sender_mac),
                None => self.by.len() < Self::LIMIT,
            }
    }
}
