//! NAT and firewall of a host, as somebody drew them; whether they can be; and what the stack is told.

pub(crate) mod report;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddrV4};
use std::time::Duration;

use stack::{
    Firewall, FirewallAction, FirewallRule, InterfaceId, NatBehavior, NatConfig, PortForward,
    PortProtocol,
};
use wire::Ipv4Net;

use crate::mistake::{Mistake, Wrong, nearest};
use crate::scenario::{At, Host, Span};

/// Hosts share the address of one of a router's interfaces.
#[derive(Clone, Debug, PartialEq)]
pub struct Nat {
    /// The interface, such as `eth1`.
    pub outside: At<String>,
    /// Whose addresses are translated; none named means everybody's.
    pub inside: Vec<Ipv4Net>,
    /// Whether a port stands for the same host towards everybody.
    pub mapping: NatBehavior,
    /// Who is let in by it.
    pub filtering: NatBehavior,
    /// Ports that lead inside.
    pub forwards: Vec<At<Forward>>,
    /// First and last port that is given.
    pub ports: Option<(u16, u16)>,
    /// Of one host at most.
    pub ports_per_host: Option<u32>,
    /// Whether hosts inside reach each other by the outside address.
    pub hairpin: bool,
    /// Settings under their Linux names, with how long each lets silence last.
    pub timeouts: Vec<(&'static str, Duration)>,
}

/// A port that leads inside: `tcp:8080 -> 192.168.0.2:80`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forward {
    /// TCP or UDP.
    pub protocol: PortProtocol,
    /// The port outside.
    pub port: u16,
    /// The host inside, and its port.
    pub to: SocketAddrV4,
}

/// What is no port forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a port forward; write it like tcp:8080 -> 192.168.0.2:80")]
pub struct NotAForward;

impl std::str::FromStr for Forward {
    type Err = NotAForward;

    fn from_str(text: &str) -> Result<Self, NotAForward> {
        let (outside, to) = text.split_once("->").ok_or(NotAForward)?;
        let (protocol, port) = outside.trim().split_once(':').ok_or(NotAForward)?;
        let protocol = match protocol {
            "tcp" => PortProtocol::Tcp,
            "udp" => PortProtocol::Udp,
            _ => return Err(NotAForward),
        };
        let port = port.parse().ok().filter(|port| *port != 0);
        let to = to.trim().parse().ok();
        let to = to.filter(|to: &SocketAddrV4| to.port() != 0);
        match (port, to) {
            (Some(port), Some(to)) => Ok(Self { protocol, port, to }),
            _ => Err(NotAForward),
        }
    }
}

/// A firewall: rules, and what becomes of what none of them fits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wall {
    /// In their order.
    pub rules: Vec<Rule>,
    /// With what is for the host, what goes through it, and what it sends.
    pub policy: [FirewallAction; 3],
}

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Where it stands.
    pub span: Span,
    /// As a person reads it: `accept from eth1 tcp port 22`.
    pub text: String,
    /// Where a packet came in.
    pub from: Option<At<String>>,
    /// Where it leaves.
    pub to: Option<At<String>>,
    /// All else; the interfaces are not in it.
    pub rule: FirewallRule,
}

/// The interface of that name on a host whose cards are named in their order.
fn interface(host: &Host, name: &str) -> Option<InterfaceId> {
    let mut cards = host.interfaces.iter();
    let at = cards.position(|card| card.name == name)?;
    // The loopback is 1, as on Linux.
    InterfaceId::from_scope_id(u32::try_from(at).ok()? + 2)
}

impl Nat {
    /// As the stack takes it; `None` where there is no such interface, which a check finds.
    pub(crate) fn config(&self, host: &Host) -> Option<NatConfig> {
        let base = NatConfig::new(interface(host, &self.outside.value)?);
        let forwards = self.forwards.iter().map(|at| PortForward {
            protocol: at.value.protocol,
            port: at.value.port,
            to: at.value.to,
        });
        Some(NatConfig {
            inside: self.inside.clone(),
            mapping: self.mapping,
            filtering: self.filtering,
            forwards: forwards.collect(),
            ports: self.ports.unwrap_or(base.ports),
            ports_per_host: self.ports_per_host.unwrap_or(base.ports_per_host),
            hairpin: self.hairpin,
            ..base
        })
    }
}

impl Wall {
    /// As the stack takes it.
    pub(crate) fn firewall(&self, host: &Host) -> Firewall {
        let id = |at: &Option<At<String>>| interface(host, &at.as_ref()?.value);
        let rules = self.rules.iter().map(|rule| FirewallRule {
            from: id(&rule.from),
            to: id(&rule.to),
            ..rule.rule.clone()
        });
        let [incoming, forwarded, outgoing] = self.policy;
        Firewall {
            rules: rules.collect(),
            incoming,
            forwarded,
            outgoing,
        }
    }
}

/// What is wrong with a host's NAT and firewall. `owners` says who has an address; `all_given`, that
/// every card of the network has one from the start.
pub(crate) fn check(
    host: &Host,
    owners: &HashMap<IpAddr, String>,
    all_given: bool,
) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let mut wrong = |span: &Span, wrong| {
        let span = span.clone();
        mistakes.push(Mistake { span, wrong });
    };
    let mut named = Vec::new();
    if let Some(nat) = &host.nat {
        named.push(&nat.outside);
        for (at, forward) in nat.forwards.iter().enumerate() {
            let Forward { protocol, port, to } = forward.value;
            let before = nat.forwards[..at].iter().map(|at| at.value);
            let mut before = before.filter(|other| other.protocol == protocol);
            if before.clone().any(|other| other.port == port) {
                wrong(&forward.span, Wrong::ForwardedAlready(port));
            } else if before.any(|other| other.to == to) {
                wrong(&forward.span, Wrong::ForwardedTwice(to.to_string()));
            }
            if all_given && !owners.contains_key(&IpAddr::V4(*to.ip())) {
                wrong(&forward.span, Wrong::ForwardNobody(to.ip().to_string()));
            }
        }
    }
    for rule in host.firewall.iter().flat_map(|wall| &wall.rules) {
        named.extend(rule.from.iter().chain(&rule.to));
        let path = rule.rule.path;
        let came = path == Some(stack::FirewallPath::Outgoing) && rule.from.is_some();
        let left = path == Some(stack::FirewallPath::Incoming) && rule.to.is_some();
        if came || left {
            wrong(&rule.span, Wrong::RuleFitsNothing);
        }
    }
    for At { value: name, span } in named {
        if interface(host, name).is_none() {
            let near = nearest(name, host.interfaces.iter().map(|card| card.name.as_str()));
            let name = name.clone();
            wrong(span, Wrong::UnknownName { name, near });
        }
    }
    mistakes
}
