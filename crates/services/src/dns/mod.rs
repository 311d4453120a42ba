//! DNS: a server for the names of a network's hosts (RFC 1034, RFC 1035).
//!
//! | file | what |
//! |---|---|
//! | this one | whose names they are |
//! | `answer` | what is answered to a question, without I/O |
//! | `serve` | the server's sockets, over UDP and TCP |

mod answer;
mod serve;

use std::collections::BTreeMap;
use std::net::IpAddr;

pub use answer::{Asked, Outcome, answer};
pub use serve::serve;

/// Where a zone's names come from; they may change while the server runs.
pub trait Names: Send + Sync {
    /// The addresses of a host, by its name within the domain, in small letters; `None` where there
    /// is no such host.
    fn addresses(&self, host: &str) -> Option<Vec<IpAddr>>;

    /// The name of the host that has an address.
    fn host(&self, address: IpAddr) -> Option<String>;
}

/// Names that are known beforehand, in small letters.
impl Names for BTreeMap<String, Vec<IpAddr>> {
    fn addresses(&self, host: &str) -> Option<Vec<IpAddr>> {
        self.get(host).cloned()
    }

    fn host(&self, address: IpAddr) -> Option<String> {
        let mut all = self.iter();
        let found = all.find(|(_, addresses)| addresses.contains(&address));
        found.map(|(name, _)| name.clone())
    }
}

/// A domain and its hosts.
pub struct Zone {
    domain: String,
    names: Box<dyn Names>,
}

impl Zone {
    /// The zone of `domain`, such as `lab` or `lab.example`; `None` where that is no name.
    pub fn new(domain: &str, names: impl Names + 'static) -> Option<Self> {
        let domain = domain.trim_matches('.').to_ascii_lowercase();
        let labels = domain.split('.');
        let fits = |label: &str| !label.is_empty() && label.len() <= 63 && label.is_ascii();
        // Room for a host's name in front (RFC 1035 §2.3.4).
        let fits = labels.clone().all(fits) && domain.len() <= 180;
        fits.then(|| Self {
            domain,
            names: Box::new(names),
        })
    }

    /// The domain, in small letters and without a dot at its end.
    pub fn domain(&self) -> &str {
        &self.domain
    }
}
