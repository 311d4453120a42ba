//! What came of NAT and firewalls.

use serde::Serialize;
use stack::{DropReason, FirewallCount, Stack};

use crate::build::Lab;
use crate::scenario::Host;

/// What a router's NAT did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Nat {
    /// Which router.
    pub host: String,
    /// Ports that stood for inside hosts in the end.
    pub mappings: usize,
    /// The most at once.
    pub peak: usize,
    /// Packets from inside for which there was no port, of all or of the host's share.
    pub refused: u64,
    /// Packets from outside that nobody inside had asked for.
    pub unasked: u64,
}

/// What one rule of a firewall decided on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdicts {
    /// Whose firewall.
    pub host: String,
    /// The rule; `known` for what belonged to a conversation that was let in, or came by a port
    /// forward, and `policy` for what no rule fitted.
    pub rule: String,
    /// Packets.
    pub packets: u64,
    /// Their bytes, IP header included.
    pub bytes: u64,
}

/// Looks at every router and firewall of a lab.
pub(crate) fn look(lab: &Lab) -> (Vec<Nat>, Vec<Verdicts>) {
    let (mut nats, mut verdicts) = (Vec::new(), Vec::new());
    for (node, host) in lab.scenario().hosts() {
        if host.nat.is_none() && host.firewall.is_none() {
            continue;
        }
        let Some(network) = lab.host(&node.name) else {
            continue;
        };
        let looked = network.with_stack(|stack, _| {
            let nat = stack.nat().is_some().then(|| nat(&node.name, stack));
            (nat, decided(&node.name, host, stack))
        });
        if let Some((nat, decided)) = looked {
            nats.extend(nat);
            verdicts.extend(decided);
        }
    }
    (nats, verdicts)
}

fn nat(host: &str, stack: &Stack) -> Nat {
    let status = stack.conntrack();
    let died = |reasons: &[DropReason]| {
        let each = reasons.iter().map(|reason| stack.drops().get(*reason));
        each.sum()
    };
    Nat {
        host: host.to_owned(),
        mappings: status.mappings,
        peak: status.mappings_peak,
        refused: died(&[DropReason::NatPortsExhausted, DropReason::NatHostLimit]),
        unasked: died(&[
            DropReason::NatNoMapping,
            DropReason::NatFiltered,
            DropReason::NatOutsideIn,
        ]),
    }
}

fn decided(name: &str, host: &Host, stack: &Stack) -> Vec<Verdicts> {
    let (Some(wall), Some(counts)) = (&host.firewall, stack.firewall_counts()) else {
        return Vec::new();
    };
    let rules = wall.rules.iter().map(|rule| rule.text.as_str());
    let rules = rules.zip(counts.rules.iter().copied());
    let rest = [("known", counts.known), ("policy", counts.policy)];
    let all = rules.chain(rest);
    let line = |(rule, count): (&str, FirewallCount)| Verdicts {
        host: name.to_owned(),
        rule: rule.to_owned(),
        packets: count.packets,
        bytes: count.bytes,
    };
    all.map(line).collect()
}
