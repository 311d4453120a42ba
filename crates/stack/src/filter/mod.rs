//! A firewall of a few rules.
//!
//! What belongs to a conversation that was let in, or reports that a packet of one died, goes on
//! unless a rule that names its state says otherwise; and so does what a port forward leads. By
//! everything else the first rule that fits decides, and without one the policy of its way.

mod rule;

use alloc::vec::Vec;

pub(crate) use self::rule::Subject;
pub use self::rule::{Firewall, FirewallAction, FirewallPath, FirewallRule};
use crate::flow::ConnectionState;

/// How many packets and bytes a rule decided on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FirewallCount {
    /// Packets.
    pub packets: u64,
    /// Their bytes, IP header included.
    pub bytes: u64,
}

/// What a firewall has decided so far. [`Stack::firewall_counts`](crate::Stack::firewall_counts).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FirewallCounts {
    /// By each rule, in their order.
    pub rules: Vec<FirewallCount>,
    /// What went on because it belongs to a conversation that was let in, or by a port forward.
    pub known: FirewallCount,
    /// What the policies decided on.
    pub policy: FirewallCount,
}

/// The firewall of one host.
#[derive(Debug)]
pub(crate) struct Filter {
    firewall: Firewall,
    counts: FirewallCounts,
}

impl Filter {
    pub(crate) fn new(firewall: Firewall) -> Self {
        let rules = alloc::vec![FirewallCount::default(); firewall.rules.len()];
        Self {
            firewall,
            counts: FirewallCounts {
                rules,
                ..FirewallCounts::default()
            },
        }
    }

    pub(crate) const fn firewall(&self) -> &Firewall {
        &self.firewall
    }

    pub(crate) const fn counts(&self) -> &FirewallCounts {
        &self.counts
    }

    /// Decides on a packet of `len` bytes, and counts it.
    pub(crate) fn decide(&mut self, subject: &Subject, len: usize) -> FirewallAction {
        let Self { firewall, counts } = self;
        let mut rules = firewall.rules.iter();
        let known = matches!(
            subject.state,
            ConnectionState::Established | ConnectionState::Related
        );
        let (count, action) = if let Some(at) = rules.position(|rule| rule.fits(subject)) {
            (&mut counts.rules[at], firewall.rules[at].action)
        } else if known || subject.by_forward {
            (&mut counts.known, FirewallAction::Accept)
        } else {
            let policy = match subject.path {
                FirewallPath::Incoming => firewall.incoming,
                FirewallPath::Forwarded => firewall.forwarded,
                FirewallPath::Outgoing => firewall.outgoing,
            };
            (&mut counts.policy, policy)
        };
        count.packets += 1;
        count.bytes += len as u64;
        action
    }
}
