//! Gateways that fall silent: another takes over (RFC 1122 §3.3.1.5, RFC 4861 §6.3.6, RFC 4191 §3.2).

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::net::{IpAddr, Ipv6Addr};

use base::Duration;
use common::{Host, World, card, mac, packets, v6};
use stack::{Family, InterfaceId, Kind, Route, SocketId, Sysctls};
use wire::ndp::{self, NdOption, Preference, RouterAdvertisement};
use wire::{EtherType, IpNet, MacAddr, Protocol};

/// A host, and two machines that would pass packets on.
struct Two {
    world: World,
    host: (Host, InterfaceId),
    gateways: [(Host, InterfaceId); 2],
    socket: SocketId,
    to: &'static str,
}

fn two(v6: bool) -> Two {
    let mut world = World::new();
    let host = world.simple(10, "172.16.10.10/24");
    let gateways = [1, 2].map(|number| {
        let mut sysctls = Sysctls::default();
        sysctls.set("net.ipv4.ip_forward", "1").unwrap();
        sysctls.set("net.ipv6.conf.all.forwarding", "1").unwrap();
        let gateway = world.host(sysctls);
        let card = card("eth0", number, &format!("172.16.10.{number}/24"));
        (gateway, world.plug(gateway, card))
    });
    for (of, number) in [(host, 10), (gateways[0], 1), (gateways[1], 2)] {
        for net in [
            format!("2001:db8::{number}/64"),
            format!("fe80::{number}/64"),
        ] {
            let (now, net): (_, IpNet) = (world.now, net.parse().unwrap());
            world.hosts[of.0].add_address(now, of.1, net).unwrap();
        }
    }
    world.lan(&[host, gateways[0], gateways[1]]);
    world.pass_millis(5000);
    let (family, to) = if v6 {
        (Family::Inet6, "[2001:db8:9::9]:9")
    } else {
        (Family::Inet, "192.0.2.9:9")
    };
    let socket = world.hosts[host.0].socket(family, Kind::Datagram).unwrap();
    world.take();
    Two {
        world,
        host,
        gateways,
        socket,
        to,
    }
}

impl Two {
    fn default_routes(&mut self, gateways: [&str; 2]) {
        for (metric, gateway) in gateways.into_iter().enumerate() {
            let gateway: IpAddr = gateway.parse().unwrap();
            let route = Route {
                metric: metric as u32,
                ..Route::default_via(gateway, self.host.1)
            };
            self.world.hosts[self.host.0].add_route(route).unwrap();
        }
    }

    fn send(&mut self) {
        // The gateways have no way there, and say so: the next call is told.
        let mut sent = Err(stack::Errno::EAGAIN);
        for _ in 0..2 {
            sent = self
                .world
                .send_to(self.host.0, self.socket, b"hello", self.to);
            if sent.is_ok() {
                break;
            }
        }
        assert_eq!(sent, Ok(5));
        self.world.settle();
    }

    /// Where the datagrams went since the last call.
    fn went(&mut self) -> Vec<MacAddr> {
        let sent = self.world.take();
        let ours = sent.iter().filter(|sent| sent.host == self.host.0);
        ours.filter(|sent| sent.bytes.ends_with(b"hello"))
            .map(|sent| MacAddr(sent.bytes[..6].try_into().unwrap()))
            .collect()
    }

    fn switch(&mut self, gateway: usize, on: bool) {
        let (now, (host, iface)) = (self.world.now, self.gateways[gateway]);
        self.world.hosts[host].set_up(now, iface, on).unwrap();
    }
}

#[test]
fn another_gateway_takes_over_and_gives_back() {
    for (v6, gateways) in [
        (false, ["172.16.10.1", "172.16.10.2"]),
        (true, ["fe80::1", "fe80::2"]),
    ] {
        let mut two = two(v6);
        two.default_routes(gateways);
        two.send();
        assert_eq!(two.went(), [mac(1)], "v6: {v6}");
        two.switch(0, false);
        // It is doubted at last when its answer is too old, and asked three times.
        two.world.pass(Duration::from_secs(46));
        two.send();
        assert_eq!(two.went(), [mac(1)]);
        two.world.pass(Duration::from_secs(9));
        two.send();
        assert_eq!(two.went(), [mac(2)], "v6: {v6}");
        // While it is away nothing is sent there, though it is asked once a minute.
        two.world.pass(Duration::from_secs(200));
        two.send();
        assert_eq!(two.went(), [mac(2)]);
        // It is back, and found out to be.
        two.switch(0, true);
        two.world.pass(Duration::from_secs(64));
        two.send();
        assert_eq!(two.went(), [mac(1)], "v6: {v6}");
    }
}

#[test]
fn what_waited_for_a_dead_gateway_leaves_by_another() {
    for (v6, gateways) in [
        (false, ["172.16.10.1", "172.16.10.2"]),
        (true, ["fe80::1", "fe80::2"]),
    ] {
        let mut two = two(v6);
        two.default_routes(gateways);
        two.switch(0, false);
        two.send();
        assert_eq!(two.went(), []);
        two.world.pass(Duration::from_secs(4));
        assert_eq!(two.went(), [mac(2)], "v6: {v6}");
    }
}

#[test]
fn where_all_are_dead_the_sender_hears_of_it() {
    let mut two = two(false);
    two.default_routes(["172.16.10.1", "172.16.10.2"]);
    two.switch(0, false);
    two.switch(1, false);
    two.send();
    two.world.pass(Duration::from_secs(20));
    assert_eq!(two.went(), []);
    let died = two.world.hosts[0].drops();
    assert_eq!(died.get(stack::DropReason::NeighborUnreachable), 1);
    // Whichever comes back is used (RFC 4861 §6.3.6: each is tried in its turn).
    two.switch(1, true);
    two.world.pass(Duration::from_secs(64));
    two.send();
    two.world.pass(Duration::from_secs(4));
    assert_eq!(two.went(), [mac(2)]);
}

/// An advertisement to the host.
fn advertise(two: &mut Two, router: u64, seconds: u64, preference: Preference) {
    let parse = |text: &str| text.parse::<Ipv6Addr>().unwrap();
    let (src, dst) = (parse(&format!("fe80::{router}")), parse("ff02::1"));
    let said = RouterAdvertisement {
        lifetime: Duration::from_secs(seconds),
        preference,
        ..RouterAdvertisement::default()
    };
    let mut body = vec![0; 16];
    ndp::Message::RouterAdvertisement(said).emit(&mut body);
    NdOption::SourceLinkLayer(mac(router)).append(&mut body);
    v6::sum(src, dst, Protocol::ICMPV6, &mut body, 2);
    let mut packet = v6::packet(src, dst, 58, &body);
    packet[7] = 255;
    let to = MacAddr::multicast_v6(dst);
    let frame = packets::ethernet(to, mac(router), EtherType::IPV6, &packet);
    let host = two.host;
    two.world.inject(host, frame);
}

#[test]
fn routers_that_advertise_themselves_by_preference_and_by_reachability() {
    let mut two = two(true);
    let now = two.world.now;
    two.world.hosts[0].autoconfigure(now, two.host.1).unwrap();
    two.world.pass(Duration::from_secs(5));
    advertise(&mut two, 1, 9000, Preference::Medium);
    advertise(&mut two, 2, 9000, Preference::Low);
    two.went();
    two.send();
    assert_eq!(two.went(), [mac(1)]);
    // RFC 4191 §3.2: the more preferred.
    advertise(&mut two, 2, 9000, Preference::High);
    two.send();
    assert_eq!(two.went(), [mac(2)]);
    // RFC 4861 §6.3.6: reachable or probably reachable routers over those of which that is not known.
    two.switch(1, false);
    two.world.pass(Duration::from_secs(46));
    two.send();
    two.world.pass(Duration::from_secs(9));
    two.went();
    two.send();
    assert_eq!(two.went(), [mac(1)]);
    // It speaks again: it is probably reachable.
    two.switch(1, true);
    two.world.pass(Duration::from_secs(3));
    advertise(&mut two, 2, 9000, Preference::High);
    two.went();
    two.send();
    assert_eq!(two.went(), [mac(2)]);
    // And goes.
    advertise(&mut two, 2, 0, Preference::High);
    two.send();
    assert_eq!(two.went(), [mac(1)]);
}
