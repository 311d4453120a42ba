//! The lesson's two LANs, 172.16.10.0/24 and 101.64.0.0/10, and the gateway between them.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use base::{Frame, Payload, Rng};
use fabric::{Channel, Fabric, HostId, LinkId, NodeId, SwitchConfig};
use stack::interface::Offload;
use stack::{Family, InterfaceConfig, InterfaceId, Route, Stack, Sysctls};
use wire::arp::{self, Operation};
use wire::{EtherType, MacAddr, Protocol, ethernet, icmpv4, ipv4};

pub(crate) const GATEWAY: [Ipv4Addr; 2] =
    [Ipv4Addr::new(172, 16, 10, 1), Ipv4Addr::new(101, 64, 0, 1)];

/// A LAN and everything on it.
pub(crate) struct Lans {
    pub(crate) net: Fabric,
    pub(crate) switches: [NodeId; 2],
    pub(crate) gateway: HostId,
    /// In the order they were laid; the first port of each is the host's.
    pub(crate) cables: Vec<LinkId>,
    /// What each cable is like.
    pub(crate) channel: Channel,
    /// What the cards that are plugged in from now on leave to their cables.
    pub(crate) offload: Offload,
    /// Each host's last card.
    pub(crate) cards: BTreeMap<HostId, InterfaceConfig>,
    made: u64,
}

impl Lans {
    pub(crate) fn new(seed: u64, channel: Channel) -> Self {
        let mut net = Fabric::new(seed);
        let switches = ["left", "right"].map(|n| net.add_switch(n, SwitchConfig::default()));
        let mut sysctls = Sysctls::default();
        sysctls
            .set("net.ipv4.ip_forward", "1")
            .unwrap_or_else(|e| panic!("{e}"));
        let gateway = net.add_host("gateway", Stack::new(sysctls, Rng::seeded(seed ^ 1)));
        let mut lans = Self {
            net,
            switches,
            gateway,
            channel,
            offload: Offload::default(),
            cables: Vec::new(),
            cards: BTreeMap::new(),
            made: 0,
        };
        lans.plug(gateway, 0, "eth0", "172.16.10.1/24");
        lans.plug(gateway, 1, "eth1", "101.64.0.1/10");
        lans
    }

    /// A card of `host` in a LAN.
    pub(crate) fn plug(&mut self, host: HostId, lan: usize, name: &str, address: &str) {
        self.made += 1;
        let address = address.parse().unwrap_or_else(|e| panic!("{e}"));
        let mut config = InterfaceConfig::ethernet(name, MacAddr::local(self.made), address);
        config.offload = self.offload;
        self.cards.insert(host, config.clone());
        let port = self
            .net
            .add_interface(host, config)
            .unwrap_or_else(|e| panic!("{e}"));
        let inner = self.net.add_port(self.switches[lan]);
        let link = self.net.connect(port, inner, &self.channel);
        self.cables.push(link.unwrap_or_else(|e| panic!("{e}")));
    }

    /// One more address of a host's card, at once.
    pub(crate) fn add_address(&mut self, host: HostId, address: &str) {
        let address = address.parse().unwrap_or_else(|e| panic!("{e}"));
        let now = self.net.now();
        let stack = self.net.stack_mut(host);
        let eth0 = stack.interface_named("eth0").map(|i| i.id());
        let eth0 = eth0.unwrap_or(InterfaceId::LOOPBACK);
        let added = stack.add_address(now, eth0, address);
        added.unwrap_or_else(|e| panic!("{e}"));
    }

    /// The two who speak in the tests of weather, 10 and 11 in the left LAN, and their addresses of
    /// a family. Their cables are the third and the fourth, behind the gateway's two.
    pub(crate) fn two(&mut self, family: Family) -> [(HostId, IpAddr); 2] {
        [("ten", "10"), ("eleven", "11")].map(|(name, number)| {
            let host = self.host(name, 0, &format!("172.16.10.{number}/24"));
            let address = if family == Family::Inet6 {
                self.add_address(host, &format!("fd00::{number}/64"));
                format!("fd00::{number}")
            } else {
                format!("172.16.10.{number}")
            };
            (host, address.parse().unwrap_or_else(|e| panic!("{e}")))
        })
    }

    /// A host with one card, which sends through the gateway what is not for its LAN.
    pub(crate) fn host(&mut self, name: &str, lan: usize, address: &str) -> HostId {
        let rng = Rng::seeded(self.made << 32);
        let mut sysctls = Sysctls::default();
        // An address of IPv6 is good at once.
        sysctls
            .set("net.ipv6.conf.default.dad_transmits", "0")
            .unwrap_or_else(|e| panic!("{e}"));
        let stack = Stack::new(sysctls, rng);
        let host = self.net.add_host(name, stack);
        self.plug(host, lan, "eth0", address);
        let stack = self.net.stack_mut(host);
        let eth0 = stack.interface_named("eth0").map(|i| i.id());
        let eth0 = eth0.unwrap_or(InterfaceId::LOOPBACK);
        let route = Route::default_via(GATEWAY[lan].into(), eth0);
        stack.add_route(route).unwrap_or_else(|e| panic!("{e}"));
        host
    }
}

/// Somebody without a stack, who answers ARP and pings.
pub(crate) struct Guest {
    tap: NodeId,
    mac: MacAddr,
    ip: Ipv4Addr,
    known: Option<MacAddr>,
}

impl Guest {
    pub(crate) fn new(lans: &mut Lans, lan: usize, ip: Ipv4Addr) -> Self {
        let tap = lans.net.add_tap("guest");
        let (outer, inner) = (
            lans.net.add_port(tap),
            lans.net.add_port(lans.switches[lan]),
        );
        assert!(lans.net.connect(outer, inner, &Channel::PERFECT).is_ok());
        let mac = MacAddr::local(0x99);
        Self {
            tap,
            mac,
            ip,
            known: None,
        }
    }

    fn put(&self, net: &mut Fabric, dst: MacAddr, ethertype: EtherType, mut frame: Frame) {
        let header = ethernet::Header {
            dst,
            src: self.mac,
            ethertype,
        };
        header.emit(frame.push_header(14));
        net.put(self.tap, frame);
    }

    fn arp(&self, net: &mut Fabric, operation: Operation, dst: MacAddr, about: Ipv4Addr) {
        let packet = arp::Packet {
            operation,
            sender_mac: self.mac,
            sender_ip: self.ip,
            target_mac: MacAddr::ZERO,
            target_ip: about,
        };
        let mut frame = Frame::new(Payload::new());
        packet.emit(frame.push_header(28));
        self.put(net, dst, EtherType::ARP, frame);
    }

    /// Pings `dst` through `hop`; gives back who answered within five seconds, and with which TTL.
    pub(crate) fn ping(
        &mut self,
        net: &mut Fabric,
        hop: Ipv4Addr,
        dst: Ipv4Addr,
    ) -> Option<(IpAddr, u8, icmpv4::Message)> {
        self.known = None;
        self.arp(net, Operation::Request, MacAddr::BROADCAST, hop);
        let end = net.now() + base::Duration::from_secs(5);
        let mut asked = false;
        while net.next_event().is_some_and(|at| at < end) && net.step() {
            while let Some(frame) = net.take(self.tap) {
                if let Some(reply) = self.hear(net, &frame.to_vec()) {
                    return Some(reply);
                }
            }
            if let (Some(mac), false) = (self.known, asked) {
                asked = true;
                self.echo(net, mac, dst);
            }
        }
        None
    }

    fn echo(&self, net: &mut Fabric, mac: MacAddr, dst: Ipv4Addr) {
        let mut frame = Frame::new(Payload::copy_from(b"are you there?"));
        icmpv4::Message::EchoRequest { ident: 7, seq: 1 }.emit(frame.push_header(8));
        let sum = wire::checksum::checksum(&frame.to_vec());
        assert!(frame.overwrite(icmpv4::CHECKSUM_OFFSET, &sum.to_be_bytes()));
        let header = ipv4::Header::new(self.ip, dst, Protocol::ICMP, frame.len());
        header.emit(frame.push_header(20));
        self.put(net, mac, EtherType::IPV4, frame);
    }

    fn hear(&mut self, net: &mut Fabric, bytes: &[u8]) -> Option<(IpAddr, u8, icmpv4::Message)> {
        let (ethernet, len) = ethernet::Header::parse(bytes).ok()?;
        if ethernet.ethertype == EtherType::ARP {
            let (arp, _) = arp::Packet::parse(&bytes[len..]).ok()?;
            match arp.operation {
                Operation::Request if arp.target_ip == self.ip => {
                    self.arp(net, Operation::Reply, arp.sender_mac, arp.sender_ip);
                }
                Operation::Reply => self.known = Some(arp.sender_mac),
                _ => {}
            }
            return None;
        }
        let bytes = &bytes[len..];
        let (ip, len) = ipv4::Header::parse(bytes, bytes.len()).ok()?;
        assert_eq!((ip.dst, ip.protocol), (self.ip, Protocol::ICMP));
        let (message, _) = icmpv4::Message::parse(&bytes[len..]).ok()?;
        Some((ip.src.into(), ip.ttl, message))
    }
}
