//! Routers on a TAP device, with the kernel on the other side: Linux as a host of our router, we as a
//! host of Linux's, and redirects either way.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use host::testing::shell;
use landline::{Network, Tap, UdpSocket};
use stack::{InterfaceId, Route, RouterConfig};
use wire::MacAddr;
use wire::ndp::RouterAdvertisement;

/// The only card.
const CARD: InterfaceId = InterfaceId::from_scope_id(2).unwrap();

/// We are 10.9.0.2 and fe80::2, the kernel is 10.9.0.1 and makes its address of the link of its card.
fn meet(settings: &[(&str, &str)], automatic: bool) -> Network {
    let mut tap = Tap::new("tap0", "10.9.0.2/24".parse().unwrap())
        .mac(MacAddr([2, 0, 0, 0, 0, 2]))
        .sysctl("net.ipv6.conf.default.dad_transmits", "0")
        .unwrap();
    for (name, value) in settings {
        tap = tap.sysctl(name, value).unwrap();
    }
    tap = if automatic {
        tap.autoconfigure()
    } else {
        tap.address("fe80::2/64".parse().unwrap())
    };
    shell(
        "sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
         net.ipv6.conf.default.dad_transmits=0",
    );
    let network = tap.open().unwrap();
    shell("ip address add 10.9.0.1/24 dev tap0; ip link set tap0 up");
    network
}

/// The kernel's address of the link, by which alone it speaks as a router.
fn of_the_link() -> String {
    let said = shell("ip -6 -o address show dev tap0 scope link");
    let net = said
        .split_whitespace()
        .find(|word| word.starts_with("fe80:"));
    net.unwrap().split('/').next().unwrap().to_owned()
}

/// Reads what `ip monitor` tells until a line has both words.
fn wait_for(monitor: &mut BufReader<std::process::ChildStdout>, what: &str, with: &str) {
    let mut all = String::new();
    loop {
        let mut line = String::new();
        let read = monitor.read_line(&mut line).unwrap();
        assert_ne!(read, 0, "no {what:?} with {with:?} in\n{all}");
        if line.contains(what) && line.contains(with) {
            return;
        }
        all.push_str(&line);
    }
}

fn monitor() -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Command::new("timeout")
        .args([
            "60", "ip", "-o", "-6", "monitor", "address", "route", "neigh",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let out = child.stdout.take().unwrap();
    let mut out = BufReader::new(out);
    // It listens when it tells of something.
    shell(
        "for n in 1 2 3 4 5 6 7 8 9; do ip -6 neigh replace fe80::77 lladdr 02:00:00:00:00:0$n dev tap0; done",
    );
    wait_for(&mut out, "fe80::77", "");
    (child, out)
}

host::in_own_network! {
    fn linux_takes_an_address_a_way_and_all_else_from_our_router() {
        let network = meet(&[("net.ipv6.conf.all.forwarding", "1")], false);
        let (mut child, mut told) = monitor();
        let config = RouterConfig {
            router: RouterAdvertisement {
                hop_limit: Some(17),
                lifetime: base::Duration::from_secs(1800),
                reachable_time: Some(base::Duration::from_secs(20)),
                retrans_timer: Some(base::Duration::from_millis(700)),
                ..RouterAdvertisement::default()
            },
            mtu: Some(1400),
            ..RouterConfig::default()
        }
        .prefix("fd00:1::/64".parse().unwrap());
        let advertised = network.with_stack(|stack, now| {
            stack.add_address(now, CARD, "fd00:1::2/64".parse().unwrap()).unwrap();
            stack.advertise(now, CARD, config)
        });
        assert_eq!(advertised, Some(Ok(())));
        wait_for(&mut told, "fd00:1::", "dynamic");
        let routes = shell("ip -6 route show dev tap0");
        assert!(routes.contains("default via fe80::2 proto ra"), "{routes}");
        assert!(routes.contains("fd00:1::/64 proto kernel"), "{routes}");
        for (name, value) in [
            ("conf/tap0/mtu", "1400"),
            ("conf/tap0/hop_limit", "17"),
            ("neigh/tap0/base_reachable_time_ms", "20000"),
            ("neigh/tap0/retrans_time_ms", "700"),
        ] {
            let said = shell(&format!("cat /proc/sys/net/ipv6/{name}"));
            assert_eq!(said.trim(), value, "{name}");
        }
        // With the new address it speaks to us.
        let pings = shell("ping -6 -c 3 -i 0.01 -W 5 -I tap0 fd00:1::2");
        assert!(pings.contains("3 received") && pings.contains("from fd00:1::"), "{pings}");
        // And hears that the router goes (RFC 4861 §6.2.5).
        network.with_stack(|stack, now| stack.cease_advertising(now, CARD).unwrap());
        wait_for(&mut told, "Deleted default via fe80::2", "");
        child.kill().unwrap();
        let _ = child.wait();
    }

    fn we_take_an_address_and_a_way_from_linux() {
        let network = meet(&[("net.ipv6.conf.default.addr_gen_mode", "0")], true);
        shell("ip address add fd00:2::1/64 dev tap0 nodad");
        // An advertisement in the kernel's own name: lifetime 1800, MTU 1400, fd00:2::/64.
        shell(
            "python3 -c \"
import socket, struct
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
at = socket.if_nametoindex('tap0')
ra = struct.pack('>BBHBBHII', 134, 0, 0, 64, 0, 1800, 0, 0)
ra += struct.pack('>BBHI', 5, 1, 0, 1400)
ra += struct.pack('>BBBBIII', 3, 4, 64, 0xc0, 7200, 3600, 0) + socket.inet_pton(socket.AF_INET6, 'fd00:2::')
s.sendto(ra, ('ff02::1', 0, 0, at))
\"",
        );
        // The first answer comes when we have the address: 02:00:00:00:00:02 as RFC 4291 makes it.
        let pings = shell("ping -6 -c 1 -w 30 -i 0.1 fd00:2::ff:fe00:2");
        assert!(pings.contains(" 0% packet loss") || pings.contains("1 received"), "{pings}");
        let (mtu, gateway) = network
            .with_stack(|stack, _| {
                let route = stack.route_to("2001:db8::1".parse().unwrap());
                (stack.interface(CARD).unwrap().mtu(), route.and_then(|route| route.gateway))
            })
            .unwrap();
        assert_eq!(mtu, 1400);
        assert_eq!(gateway.unwrap().to_string(), of_the_link());
    }

    fn linux_takes_the_better_way_that_we_show() {
        let network = meet(
            &[("net.ipv4.ip_forward", "1"), ("net.ipv6.conf.all.forwarding", "1")],
            false,
        );
        network.with_stack(|stack, _| {
            for (network, gateway) in [("10.77.0.0/16", "10.9.0.7"), ("fd77::/64", "fe80::7")] {
                stack.add_route(Route {
                    network: network.parse().unwrap(),
                    gateway: Some(gateway.parse().unwrap()),
                    iface: CARD,
                    source: None,
                    metric: 0,
                })
                .unwrap();
            }
        });
        // Linux takes no redirect to whom it does not know.
        shell(
            "ip address add fd00:1::1/64 dev tap0 nodad
             ip neigh add 10.9.0.7 lladdr 02:00:00:00:00:07 dev tap0
             ip neigh add fe80::7 lladdr 02:00:00:00:00:07 dev tap0
             ip route add default via 10.9.0.2
             ip -6 route add default via fe80::2 dev tap0",
        );
        network.with_stack(|stack, now| {
            stack.add_address(now, CARD, "fd00:1::2/64".parse().unwrap()).unwrap();
        });
        for (to, own, way) in [
            ("10.77.0.1", "10.9.0.2", "via 10.9.0.7"),
            ("fd77::1", "fd00:1::2", "via fe80::7"),
        ] {
            let before = shell(&format!("ip route get {to}"));
            assert!(!before.contains(way), "{before}");
            // Nobody answers; the second ping is answered behind the redirect on the same wire.
            shell(&format!("ping -c 1 -W 1 {to} || true; ping -c 1 -W 5 {own}"));
            let after = shell(&format!("ip route get {to}"));
            assert!(after.contains(way), "{after}");
        }
    }

    fn we_take_the_better_way_that_linux_shows() {
        let network = meet(&[], false);
        shell(
            "sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.tap0.send_redirects=1 \
             net.ipv6.conf.all.forwarding=1
             ip address add fd00:1::1/64 dev tap0 nodad
             ip neigh add 10.9.0.7 lladdr 02:00:00:00:00:07 dev tap0
             ip neigh add fe80::7 lladdr 02:00:00:00:00:07 dev tap0
             ip route add 10.77.0.0/16 via 10.9.0.7
             ip -6 route add fd77::/64 via fe80::7 dev tap0",
        );
        network.with_stack(|stack, now| {
            stack.add_address(now, CARD, "fd00:1::2/64".parse().unwrap()).unwrap();
            for gateway in ["10.9.0.1".to_owned(), of_the_link()] {
                let route = Route::default_via(gateway.parse().unwrap(), CARD);
                stack.add_route(route).unwrap();
            }
        });
        for (count, bind, to, own) in [
            (1, "0.0.0.0:0", "10.77.0.1:9", "10.9.0.2"),
            (2, "[fd00:1::2]:0", "[fd77::1]:9", "fd00:1::2"),
        ] {
            let ours = UdpSocket::bind(&network, bind).unwrap();
            ours.send_to(b"hello", to).unwrap();
            // What the kernel sends behind it says that it has passed.
            for _ in 0..20 {
                shell(&format!("ping -c 1 -W 5 {own}"));
                if network.with_stack(|stack, _| stack.redirects()) == Some(count) {
                    break;
                }
            }
            let learned = network.with_stack(|stack, _| stack.redirects());
            let drops = network.with_stack(|stack, _| format!("{:?}", stack.drops()));
            assert_eq!(learned, Some(count), "{to} {drops:?}");
        }
    }
}
