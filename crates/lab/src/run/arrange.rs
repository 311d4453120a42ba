//! What arranges a network's hosts: servers of DHCP and DNS, and hosts that ask for an address.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use base::Rng;
use landline::Network;
use services::dhcp::client::Wish;
use services::dhcp::{Link, News};
use services::words::{Failure, Lang};
use services::{Console, Look, dhcp, dns};

use crate::build::Lab;
use crate::report::{Leased, Result as End};
use crate::scenario::LinkDhcp;

/// A host's part in it.
pub(super) struct Part<'a> {
    pub(super) lab: &'a Arc<Lab>,
    pub(super) network: &'a Network,
    pub(super) host: &'a str,
}

impl Part<'_> {
    fn note(&self, news: News) {
        self.lab.log().lease(Leased {
            at: self.network.now(),
            host: self.host.to_owned(),
            news,
        });
    }

    /// Gives the link's hosts their addresses.
    pub(super) async fn serve_dhcp(&self, plan: &LinkDhcp) -> End {
        let Some(link) = Link::of(self.network, &plan.pool.value) else {
            return End::Failed("it has no address on the pool's network".into());
        };
        let pool = plan.pool(link.address);
        let tell = |news| {
            self.note(news);
            Ok(())
        };
        end(dhcp::serve(self.network, &link, vec![pool], &silent(), tell).await)
    }

    /// Gets an address and keeps it. After a crash the host asks for the one that it had.
    pub(super) async fn ask_dhcp(&self, interface: &str, number: u64) -> End {
        let before = self.lab.log().had(self.host, interface);
        let wish = Wish {
            interface: interface.to_owned(),
            name: Some(self.host.to_owned()),
            before,
            // Each of a host's lives draws anew.
            rng: Rng::seeded(self.lab.seed() ^ self.network.now().as_nanos()).fork(number),
        };
        let tell = |news| {
            self.note(news);
            Ok(())
        };
        end(dhcp::configure(self.network, wish, tell).await)
    }

    /// Answers for the names of the lab's hosts.
    pub(super) async fn serve_dns(&self, domain: &str) -> End {
        let names = LabNames {
            lab: Arc::clone(self.lab),
            server: self.host.to_owned(),
        };
        let Some(zone) = dns::Zone::new(domain, names) else {
            return End::Failed(format!("\"{domain}\" is no domain"));
        };
        let on = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 53));
        let tell = |_, asked: &dns::Asked| {
            self.lab.log().asked(self.host, asked);
            Ok(())
        };
        end(dns::serve(self.network, on, zone, &silent(), tell).await)
    }
}

fn silent() -> Console {
    Console::new(io::sink(), io::sink(), Lang::English, Look::default())
}

fn end(ended: Result<(), Failure>) -> End {
    match ended {
        Ok(()) => End::Done,
        Err(failure) => End::Failed(Lang::English.failure(&failure)),
    }
}

/// The names of a lab's hosts, with the addresses that they have now.
struct LabNames {
    lab: Arc<Lab>,
    /// Who answers: it is `ns` too.
    server: String,
}

impl dns::Names for LabNames {
    fn addresses(&self, host: &str) -> Option<Vec<IpAddr>> {
        let scenario = self.lab.scenario();
        let mut hosts = scenario.hosts();
        let named = hosts.find(|(node, _)| node.name.to_lowercase() == host);
        match named {
            Some((node, _)) => Some(self.lab.addresses(&node.name)),
            None if host == "ns" => Some(self.lab.addresses(&self.server)),
            None => None,
        }
    }

    fn host(&self, address: IpAddr) -> Option<String> {
        let mut hosts = self.lab.scenario().hosts();
        let found = hosts.find(|(node, _)| self.lab.addresses(&node.name).contains(&address));
        found.map(|(node, _)| node.name.clone())
    }
}

impl Lab {
    /// Whether a host is to get an address of a family of which it has none yet.
    pub(super) fn awaits_address(&self, host: &str) -> bool {
        let mut hosts = self.scenario().hosts();
        let Some((_, plan)) = hosts.find(|(node, _)| node.name == host) else {
            return false;
        };
        let mut cards = plan.interfaces.iter().map(|card| card.automatic);
        let dhcp = cards.clone().any(|automatic| automatic.dhcp);
        let slaac = cards.any(|automatic| automatic.slaac);
        if !dhcp && !slaac {
            return false;
        }
        let own = self.addresses(host);
        let has = |v4: bool| own.iter().any(|addr| addr.is_ipv4() == v4);
        dhcp && !has(true) || slaac && !has(false)
    }

    /// The addresses that a host has now, those of its links alone left out.
    pub fn addresses(&self, host: &str) -> Vec<IpAddr> {
        let own = self.host(host).and_then(|network| {
            network.with_stack(|stack, _| {
                let cards = stack.interfaces().iter();
                let nets = cards.flat_map(|card| card.addresses());
                let far = |addr: &IpAddr| match addr {
                    IpAddr::V4(addr) => *addr != Ipv4Addr::LOCALHOST,
                    IpAddr::V6(addr) => !addr.is_loopback() && !addr.is_unicast_link_local(),
                };
                nets.map(|net| net.addr()).filter(far).collect()
            })
        });
        own.unwrap_or_default()
    }
}
