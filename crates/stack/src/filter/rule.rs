//! What a rule of the firewall says.

use alloc::vec::Vec;
use core::net::IpAddr;

use wire::{IpNet, Protocol};

use crate::flow::ConnectionState;
use crate::interface::InterfaceId;

/// A firewall: rules, of which the first that fits decides; and what becomes of what none fits.
/// [`Stack::set_firewall`](crate::Stack::set_firewall).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Firewall {
    /// In their order.
    pub rules: Vec<FirewallRule>,
    /// What is done without a rule with what is for this host.
    pub incoming: FirewallAction,
    /// With what goes through it.
    pub forwarded: FirewallAction,
    /// With what it sends itself.
    pub outgoing: FirewallAction,
}

/// What is done with a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FirewallAction {
    /// It goes on.
    #[default]
    Accept,
    /// It dies without a word.
    Drop,
    /// It dies, and its sender hears of it: TCP by a RST, all else by ICMP, "administratively
    /// prohibited" (RFC 1812 §5.2.7.1, RFC 4443 §3.1).
    Reject,
}

/// On which of its ways a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirewallPath {
    /// From a cable to this host.
    Incoming,
    /// From cable to cable.
    Forwarded,
    /// From this host to a cable.
    Outgoing,
}

/// A rule. Each part that is `None`, or empty, fits everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirewallRule {
    /// Which way.
    pub path: Option<FirewallPath>,
    /// Where it came in. What this host sends itself came in nowhere.
    pub from: Option<InterfaceId>,
    /// Where it leaves. What is for this host leaves nowhere.
    pub to: Option<InterfaceId>,
    /// Of IPv6 (true) or IPv4.
    pub v6: Option<bool>,
    /// What is inside, behind IPv6's extension headers.
    pub protocol: Option<Protocol>,
    /// Networks, one of which the source is on.
    pub source: Vec<IpNet>,
    /// Networks, one of which the destination is on: behind a port forward, the inside host's.
    pub destination: Vec<IpNet>,
    /// First and last of ranges, in one of which the source port is.
    pub source_ports: Vec<(u16, u16)>,
    /// The same of the destination port.
    pub ports: Vec<(u16, u16)>,
    /// How it stands to the conversations that are known. Empty means `New`: what belongs to one that
    /// was let in needs no rule.
    pub states: Vec<ConnectionState>,
    /// What is done then.
    pub action: FirewallAction,
}

impl FirewallRule {
    /// A rule for everything new.
    #[must_use]
    pub const fn new(action: FirewallAction) -> Self {
        Self {
            path: None,
            from: None,
            to: None,
            v6: None,
            protocol: None,
            source: Vec::new(),
            destination: Vec::new(),
            source_ports: Vec::new(),
            ports: Vec::new(),
            states: Vec::new(),
            action,
        }
    }
}

/// What the firewall looks at of a packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject {
    pub(crate) path: FirewallPath,
    pub(crate) from: Option<InterfaceId>,
    pub(crate) to: Option<InterfaceId>,
    pub(crate) src: IpAddr,
    pub(crate) dst: IpAddr,
    pub(crate) protocol: Protocol,
    /// Source and destination port, where the protocol has such.
    pub(crate) ports: Option<(u16, u16)>,
    pub(crate) state: ConnectionState,
    /// A port forward leads it.
    pub(crate) by_forward: bool,
}

impl FirewallRule {
    pub(super) fn fits(&self, subject: &Subject) -> bool {
        fn is<T: PartialEq>(wanted: Option<T>, found: T) -> bool {
            wanted.is_none_or(|wanted| wanted == found)
        }
        let on = |nets: &[IpNet], addr: IpAddr| {
            nets.is_empty() || nets.iter().any(|net| net.contains(&addr))
        };
        let among = |ranges: &[(u16, u16)], port: Option<u16>| {
            let inside = |port| {
                ranges
                    .iter()
                    .any(|(first, last)| (*first..=*last).contains(&port))
            };
            ranges.is_empty() || port.is_some_and(inside)
        };
        let state = if self.states.is_empty() {
            subject.state == ConnectionState::New
        } else {
            self.states.contains(&subject.state)
        };
        state
            && is(self.path, subject.path)
            && (self.from.is_none() || self.from == subject.from)
            && (self.to.is_none() || self.to == subject.to)
            && is(self.v6, subject.src.is_ipv6())
            && is(self.protocol, subject.protocol)
            && on(&self.source, subject.src)
            && on(&self.destination, subject.dst)
            && among(&self.source_ports, subject.ports.map(|(source, _)| source))
            && among(
                &self.ports,
                subject.ports.map(|(_, destination)| destination),
            )
    }
}
