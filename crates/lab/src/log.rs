//! What a lab's servers of addresses and names noted while it ran.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use services::dhcp::News;
use services::dns::{Asked, Outcome};

use crate::report::{Leased, Query};

/// Leases that are kept at most: of a long run the first.
const MOST: usize = 10_000;
/// Names that are counted at most.
const NAMES: usize = 10_000;

/// The notes.
#[derive(Debug, Default)]
pub(crate) struct Log {
    leases: Vec<Leased>,
    /// By server, name and outcome.
    queries: BTreeMap<(String, String, Outcome), u64>,
    /// The address that each host's interface had last.
    had: BTreeMap<(String, String), Ipv4Addr>,
}

impl Log {
    /// Notes what happened with an address.
    pub(crate) fn lease(&mut self, leased: Leased) {
        if let News::Bound {
            interface, address, ..
        } = &leased.news
        {
            let address = address.split('/').next().and_then(|text| text.parse().ok());
            let key = (leased.host.clone(), interface.clone());
            self.had.extend(address.map(|address| (key, address)));
        }
        if self.leases.len() < MOST {
            self.leases.push(leased);
        }
    }

    /// The address that an interface had last.
    pub(crate) fn had(&self, host: &str, interface: &str) -> Option<Ipv4Addr> {
        let key = (host.to_owned(), interface.to_owned());
        self.had.get(&key).copied()
    }

    /// Counts a question for a name.
    pub(crate) fn asked(&mut self, host: &str, asked: &Asked) {
        let key = (host.to_owned(), asked.name.clone(), asked.outcome);
        if self.queries.len() < NAMES || self.queries.contains_key(&key) {
            *self.queries.entry(key).or_default() += 1;
        }
    }

    /// What happened with addresses, in order.
    pub(crate) fn leases(&self) -> Vec<Leased> {
        self.leases.clone()
    }

    /// The questions for names.
    pub(crate) fn queries(&self) -> Vec<Query> {
        let queries = self.queries.iter();
        let queries = queries.map(|((server, name, outcome), count)| Query {
            server: server.clone(),
            name: name.clone(),
            outcome: match outcome {
                Outcome::Answered => "answered",
                Outcome::NoData => "no data",
                Outcome::NoName => "no such name",
                Outcome::Refused => "refused",
                Outcome::Malformed => "malformed",
            },
            count: *count,
        });
        queries.collect()
    }
}
