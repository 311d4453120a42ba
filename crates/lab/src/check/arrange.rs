//! Whether DHCP servers can serve what was drawn.

use services::dhcp::{Pool, Range};
use wire::IpNet;

use super::Check;
use crate::mistake::Wrong;
use crate::scenario::{Host, LinkDhcp, Task};

impl<'a> Check<'a> {
    /// A DHCP server's addresses are on a network of its host, and no other server's.
    pub(super) fn dhcp(&mut self, host: &Host, dhcp: &LinkDhcp) {
        let span = &dhcp.pool.span;
        let range = dhcp.pool.value;
        let nets = host.interfaces.iter().flat_map(|card| &card.addresses);
        let net = nets.filter_map(|at| match at.value {
            IpNet::V4(net) => Some(net),
            IpNet::V6(_) => None,
        });
        let Some(net) = net.into_iter().find(|net| net.contains(&range.first)) else {
            return self.wrong(span, Wrong::PoolFar(range.to_string()));
        };
        if let Err(error) = dhcp.pool(net).check() {
            self.wrong(span, Wrong::Pool(error));
        }
    }

    /// Two servers with the same addresses would give one to two hosts.
    pub(super) fn pools(&mut self) {
        let mut before: Vec<(Range, &str)> = Vec::new();
        for (node, host) in self.scenario.hosts() {
            for program in &host.programs {
                let Task::Dhcp(dhcp) = &program.task else {
                    continue;
                };
                let range = dhcp.pool.value;
                if let Some((other, by)) = before.iter().find(|(other, _)| other.overlaps(&range)) {
                    let (pool, with) = (range.to_string(), format!("{other} ({by})"));
                    self.wrong(&dhcp.pool.span, Wrong::PoolsOverlap { pool, with });
                }
                before.push((range, &node.name));
            }
        }
    }
}

impl LinkDhcp {
    /// The pool, on the network of the server's address.
    pub(crate) fn pool(&self, network: wire::Ipv4Net) -> Pool {
        Pool {
            lease: self.lease,
            routers: self.routers.clone(),
            dns: self.dns.clone(),
            domain: self.domain.clone(),
            mtu: self.mtu,
            reserved: self.reserved.clone(),
            ..Pool::new(network, self.pool.value)
        }
    }
}
