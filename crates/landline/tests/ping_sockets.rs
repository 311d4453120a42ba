//! Ping sockets (icmp(7)) in each shape: a ping, and a traceroute, on the kernel's network and on
//! ours, in both families.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::IoSliceMut;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use host::testing::shell;
use landline::{Cmsg, Family, Lan, LanHost, Network, RecvFlags, Socket, Type, UdpSocket};

/// Types of an echo request and its reply (RFC 792, RFC 4443 §4).
fn types(to: IpAddr) -> (u8, u8) {
    match to {
        IpAddr::V4(_) => (8, 0),
        IpAddr::V6(_) => (128, 129),
    }
}

fn family(to: IpAddr) -> Family {
    match to {
        IpAddr::V4(_) => Family::Inet,
        IpAddr::V6(_) => Family::Inet6,
    }
}

/// An echo request: the identifier and the checksum are the network's to fill in.
fn request(to: IpAddr, seq: u8) -> Vec<u8> {
    [&[types(to).0, 0, 0, 0, 0, 0, 0, seq], &b"hello"[..]].concat()
}

fn is_reply(to: IpAddr, seq: u8, bytes: &[u8]) -> bool {
    bytes[0] == types(to).1 && bytes[7] == seq && &bytes[8..] == b"hello"
}

/// A ping in each shape.
fn ping(network: &Network, to: IpAddr) {
    let mut buf = [0; 64];
    let socket = Socket::new(network, family(to), Type::Ping).unwrap();
    socket.settimeout(Some(Duration::from_secs(10))).unwrap();
    assert_eq!(socket.socket_type(), Type::Ping);
    socket
        .sendto(&request(to, 1), SocketAddr::new(to, 0))
        .unwrap();
    let (len, from) = socket.recvfrom(&mut buf).unwrap();
    assert!(is_reply(to, 1, &buf[..len]), "{:?}", &buf[..len]);
    assert_eq!(from.as_ip().unwrap().ip(), to);
    // The port of its name is the identifier.
    let ident = socket.getsockname().unwrap().as_ip().unwrap().port();
    assert_eq!(ident.to_be_bytes(), buf[4..6]);
    // Anything but an echo request is not sent.
    let other = socket.sendto(&[3; 8], SocketAddr::new(to, 0)).unwrap_err();
    assert_eq!(other.raw_os_error(), Some(22));

    let socket = UdpSocket::ping(network, family(to)).unwrap();
    socket.connect(SocketAddr::new(to, 0)).unwrap();
    socket.send(&request(to, 2)).unwrap();
    let len = socket.recv(&mut buf).unwrap();
    assert!(is_reply(to, 2, &buf[..len]));

    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(async {
        let socket = landline::tokio::UdpSocket::ping(network, family(to)).unwrap();
        let address = SocketAddr::new(to, 0);
        socket.send_to(&request(to, 3), address).await.unwrap();
        let (len, from) = socket.recv_from(&mut buf).await.unwrap();
        assert!(is_reply(to, 3, &buf[..len]));
        assert_eq!(from.ip(), to);
    });
}

host::in_own_network! {
    fn on_the_kernel_s_network() {
        shell("ip link set lo up");
        let network = Network::kernel();
        let error = Socket::new(&network, Family::Inet, Type::Ping).unwrap_err();
        // Linux's default: nobody may.
        assert_eq!(error.raw_os_error(), Some(13));
        std::fs::write("/proc/sys/net/ipv4/ping_group_range", "0 0").unwrap();
        ping(&network, Ipv4Addr::LOCALHOST.into());
        ping(&network, Ipv6Addr::LOCALHOST.into());
    }
}

/// Two hosts with a router between them.
fn routed() -> Network {
    let lan = Lan::in_real_time(1).unwrap();
    for switch in ["left", "right"] {
        lan.add_switch(switch).unwrap();
    }
    let key = "net.ipv6.conf.default.dad_transmits";
    let without = |plan: LanHost| plan.sysctl(key, "0").unwrap();
    let router = LanHost::new("router")
        .plug("left", "10.1.0.1/24")
        .address("2001:db8:1::1/64")
        .plug("right", "10.2.0.1/24")
        .address("2001:db8:2::1/64")
        .sysctl("net.ipv4.ip_forward", "1")
        .unwrap()
        .sysctl("net.ipv6.conf.all.forwarding", "1")
        .unwrap();
    lan.add_host(&without(router)).unwrap();
    let far = LanHost::new("far")
        .plug("right", "10.2.0.2/24")
        .address("2001:db8:2::2/64")
        .gateway("10.2.0.1".parse().unwrap())
        .gateway("2001:db8:2::1".parse().unwrap());
    lan.add_host(&without(far)).unwrap();
    let near = LanHost::new("near")
        .plug("left", "10.1.0.2/24")
        .address("2001:db8:1::2/64")
        .gateway("10.1.0.1".parse().unwrap())
        .gateway("2001:db8:1::1".parse().unwrap());
    lan.add_host(&without(near)).unwrap()
}

#[test]
fn through_a_router_of_ours() {
    let network = routed();
    for to in ["127.0.0.1", "10.2.0.2", "::1", "2001:db8:2::2"] {
        ping(&network, to.parse().unwrap());
    }
}

/// Who answers a request that may make so many hops: a router, by the error queue, or the goal.
fn hop(network: &Network, to: IpAddr, hops: u32) -> (IpAddr, bool) {
    let socket = Socket::new(network, family(to), Type::Ping).unwrap();
    socket.settimeout(Some(Duration::from_secs(10))).unwrap();
    // IP_RECVERR and IP_TTL; IPV6_RECVERR and IPV6_UNICAST_HOPS.
    let (level, errors, limit) = match to {
        IpAddr::V4(_) => (0, 11, 2),
        IpAddr::V6(_) => (41, 25, 16),
    };
    socket.setsockopt(level, errors, 1).unwrap();
    socket.setsockopt(level, limit, hops as i32).unwrap();
    socket
        .sendto(&request(to, 7), SocketAddr::new(to, 0))
        .unwrap();
    let mut buf = [0; 64];
    match socket.recvfrom(&mut buf) {
        Ok((_, from)) => (from.as_ip().unwrap().ip(), true),
        Err(_) => {
            let mut bufs = [IoSliceMut::new(&mut buf)];
            let message = socket.recvmsg(&mut bufs, 512, RecvFlags::ERRQUEUE).unwrap();
            let offender = message.control.iter().find_map(|cmsg| match cmsg {
                Cmsg::RecvErr(error) => error.offender,
                _ => None,
            });
            (offender.unwrap(), false)
        }
    }
}

#[test]
fn a_traceroute_sees_the_router() {
    let network = routed();
    for (to, router) in [("10.2.0.2", "10.1.0.1"), ("2001:db8:2::2", "2001:db8:1::1")] {
        let to = to.parse().unwrap();
        assert_eq!(hop(&network, to, 1), (router.parse().unwrap(), false));
        assert_eq!(hop(&network, to, 2), (to, true));
    }
}
