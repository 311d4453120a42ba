//! What the name of a host means on a network.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6, ToSocketAddrs};

use crate::Network;
use crate::errno;
use crate::network::Kind;

impl Network {
    /// The addresses of `host`, each with `port`, in the order in which they are best tried
    /// (RFC 6724).
    ///
    /// `host` is an IP address; an IPv6 address with its zone (`fe80::1%eth0` or `fe80::1%2`,
    /// RFC 4007 §11), which is one of this network's interfaces; or a name. Names are the
    /// machine's on every network: what its `getaddrinfo` knows, `/etc/hosts` and DNS.
    ///
    /// # Errors
    ///
    /// ENODEV for a zone that is no interface of this network; for a name, the machine's.
    pub async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        match self.literal(host, port) {
            Some(address) => Ok(vec![address?]),
            None => Ok(self.in_order(::tokio::net::lookup_host((host, port)).await?)),
        }
    }

    /// [`resolve`](Self::resolve) on a thread that may wait.
    pub(crate) fn resolve_now(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        match self.literal(host, port) {
            Some(address) => Ok(vec![address?]),
            None => Ok(self.in_order((host, port).to_socket_addrs()?)),
        }
    }

    /// The number of the zone `zone` (`sin6_scope_id`), which is an interface's name or its number.
    ///
    /// # Errors
    ///
    /// ENODEV where there is no such interface.
    pub fn zone(&self, zone: &str) -> io::Result<u32> {
        let named = match &self.kind {
            Kind::Kernel => host::kernel::interface_number(zone),
            Kind::Stack(computer) => computer.call(|stack, _, _| {
                let interface = stack.interface_named(zone);
                interface.map(|interface| interface.id().scope_id())
            }),
        };
        // if_nametoindex's.
        let none = || io::Error::from_raw_os_error(errno::ENODEV);
        named.or_else(|| zone.parse().ok()).ok_or_else(none)
    }

    /// What needs no looking up.
    fn literal(&self, host: &str, port: u16) -> Option<io::Result<SocketAddr>> {
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Some(Ok((ip, port).into()));
        }
        let (address, zone) = host.split_once('%')?;
        let address = address.parse::<Ipv6Addr>().ok()?;
        let at = |zone| SocketAddrV6::new(address, port, 0, zone).into();
        Some(self.zone(zone).map(at))
    }

    /// Of the machine's answers the kernel's network takes the machine's order; a stack of ours has
    /// ways of its own.
    fn in_order(&self, found: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
        let mut found: Vec<_> = found.collect();
        if let Kind::Stack(computer) = &self.kind {
            let mut order: Vec<_> = found.iter().map(SocketAddr::ip).collect();
            computer.call(|stack, _, now| stack.order_destinations(now, &mut order));
            found.sort_by_key(|at| order.iter().position(|ip| *ip == at.ip()));
        }
        found
    }
}
