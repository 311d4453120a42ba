//! Conversations that go through this host, or end here, are followed; and translated, where it
//! stands between hosts and the one address that they share (RFC 3022, RFC 4787, RFC 5382, RFC 5508).
//!
//! ```text
//!   receive ── ingress::look ── route ──┬── (filter) ── egress::leave ──► the next hop
//!              whose is it? other       │
//!              destination              └── (filter) ── egress::leave ──► a socket of ours
//!   a socket ─ ingress::look ── route ───── (filter) ── egress::leave ──► the next hop
//!                                                       other source; it is entered
//! ```
//!
//! A conversation is entered when its first packet has passed everything: what was refused leaves
//! nothing behind.
//!
//! | file | what |
//! |---|---|
//! | `config` | how addresses are translated |
//! | `ingress` | a packet came: whose is it, and for whom? |
//! | `egress` | it leaves: from whom? |
//! | `nat` | whose address it is given |
//! | `mappings`, `ports` | which port stands for whom |
//! | `table` | the conversations |
//! | `tcp` | how far a connection has come |
//! | `rewrite` | the bytes |

mod config;
pub(crate) mod egress;
pub(crate) mod ingress;
mod mappings;
mod nat;
mod ports;
mod rewrite;
mod table;
mod tcp;

use core::net::IpAddr;

use base::{Instant, Rng};

pub use self::config::{NatBehavior, NatConfig, PortForward, PortProtocol};
use self::nat::Nat;
use self::table::{Flow, Flows};
use crate::config::ConfigError;
use crate::flow::Tuple;
use crate::timer::{TimerKey, Wheel};

/// Connection tracking of one host.
#[derive(Debug)]
pub(crate) struct Conntrack {
    flows: Flows,
    nat: Option<Nat>,
    rng: Rng,
}

/// How many conversations and mappings there are. [`Stack::conntrack`](crate::Stack::conntrack).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConntrackStatus {
    /// Conversations that are known.
    pub flows: usize,
    /// The most that there were at once.
    pub flows_peak: usize,
    /// Those that nobody had answered and that gave way to others.
    pub evicted: u64,
    /// Ports of the outside address that stand for inside hosts, or for calls of this host's own; port
    /// forwards left out.
    pub mappings: usize,
    /// The most that there were at once.
    pub mappings_peak: usize,
}

impl Conntrack {
    pub(crate) fn new(mut rng: Rng) -> Self {
        Self {
            flows: Flows::new(&mut rng),
            nat: None,
            rng,
        }
    }

    /// Whether addresses are translated.
    pub(crate) const fn translates(&self) -> bool {
        self.nat.is_some()
    }

    /// How addresses are translated.
    pub(crate) fn nat(&self) -> Option<&NatConfig> {
        self.nat.as_ref().map(|nat| &nat.config)
    }

    /// Translates addresses so from now on, or not at all. Conversations that were translated
    /// otherwise are forgotten.
    pub(crate) fn set_nat(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        config: Option<NatConfig>,
    ) -> Result<(), ConfigError> {
        if let Some(config) = &config {
            config.check()?;
        }
        self.forget_translated(timers);
        let rng = self.rng.fork(1);
        self.nat = config.map(|config| Nat::new(config, rng));
        Ok(())
    }

    pub(crate) fn status(&self) -> ConntrackStatus {
        let mappings = self.nat.as_ref().map(|nat| &nat.mappings);
        ConntrackStatus {
            flows: self.flows.len(),
            flows_peak: self.flows.peak,
            evicted: self.flows.evicted,
            mappings: mappings.map_or(0, |mappings| mappings.live),
            mappings_peak: mappings.map_or(0, |mappings| mappings.peak),
        }
    }

    /// A conversation's time has come.
    pub(crate) fn expire(&mut self, timers: &mut Wheel<TimerKey>, now: Instant, slot: u32) {
        if let Some(flow) = self.flows.expire(timers, now, slot) {
            self.release(&flow);
        }
    }

    /// Forgets everything (`conntrack -F`), the timers with it.
    pub(crate) fn clear(&mut self, timers: &mut Wheel<TimerKey>) {
        self.flows.forget(timers, |_| true);
        if let Some(nat) = &mut self.nat {
            nat.forget();
        }
    }

    /// Forgets what depends on the outside address and the mappings.
    fn forget_translated(&mut self, timers: &mut Wheel<TimerKey>) {
        let mapped = |flow: &Flow| flow.mappings.iter().any(Option::is_some);
        self.flows.forget(timers, mapped);
        if let Some(nat) = &mut self.nat {
            nat.forget();
        }
    }

    /// Gives back what a conversation that is over had.
    fn release(&mut self, flow: &Flow) {
        let Some(nat) = &mut self.nat else {
            return;
        };
        for (mapping, peer) in flow.mappings.iter().zip(peers(&flow.tuples)) {
            if let (Some(slot), IpAddr::V4(peer)) = (mapping, peer) {
                nat.mappings.release(*slot, peer);
            }
        }
    }
}

/// With whom the hosts behind the mappings of a conversation's source and destination speak, as they
/// see it.
const fn peers(tuples: &[Tuple; 2]) -> [IpAddr; 2] {
    [tuples[0].dst, tuples[1].dst]
}
