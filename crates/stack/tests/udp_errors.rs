//! What UDP sockets are told, and what is not UDP (RFC 1122 §4.1.3, udp(7)).

mod common;

use common::packets::{header, ip_frame, udp};
use common::sockets::{A, B, pair};
use common::{World, ip, mac};
use proptest::prelude::*;
use stack::{DropReason, Errno, How, OptionName, Readiness, SocketOption};
use wire::icmpv4::{Message, Unreachable};
use wire::{Layer, Protocol};

#[test]
fn nobody_at_the_port_refuses_a_connected_socket_once() {
    let mut world = pair();
    for how in 0..3 {
        let client = world.udp(A);
        world.connect(A, client, "172.16.10.11:9000").unwrap();
        world.events(A);
        world.send(A, client, b"anyone?").unwrap();
        world.settle();
        assert_eq!(world.events(A), [client]);
        let ready = world.ready(A, client);
        assert!(ready.contains(Readiness::ERROR | Readiness::WRITABLE));
        // Told by the next call, whichever that is, and by none after.
        match how {
            0 => assert_eq!(world.send(A, client, b"x"), Err(Errno::ECONNREFUSED)),
            1 => assert_eq!(world.recv(A, client), Err(Errno::ECONNREFUSED)),
            _ => assert_eq!(
                world.get(A, client, OptionName::Error),
                SocketOption::Error(Some(Errno::ECONNREFUSED))
            ),
        }
        assert_eq!(
            world.get(A, client, OptionName::Error),
            SocketOption::Error(None)
        );
        assert_eq!(world.recv(A, client), Err(Errno::EAGAIN));
        assert_eq!(world.ready(A, client), Readiness::WRITABLE);
    }
    assert_eq!(world.died(B, DropReason::UdpPortUnreachable), 3);
}

#[test]
fn an_unconnected_socket_is_not_told() {
    let mut world = pair();
    let client = world.udp(A);
    world.send_to(A, client, b"x", "172.16.10.11:9000").unwrap();
    world.settle();
    assert_eq!(world.ready(A, client), Readiness::WRITABLE);
    assert_eq!(world.died(A, DropReason::IcmpForNobody), 0);
    world.send_to(A, client, b"x", "172.16.10.11:9000").unwrap();
    // Gone before the word comes: it is for nobody.
    world.close(A, client);
    world.settle();
    assert_eq!(world.died(A, DropReason::IcmpForNobody), 1);
}

#[test]
fn what_a_router_says_is_not_final_and_not_told() {
    let mut world = pair();
    let client = world.udp_at(A, "172.16.10.10:5000");
    world.connect(A, client, "172.16.10.11:9000").unwrap();
    let quoted = common::packets::ipv4(
        &header(ip("172.16.10.10"), ip("172.16.10.11"), Protocol::UDP),
        &udp(5000, 9000, b"x"),
    );
    for (why, told) in [
        (Unreachable::Host, None),
        (Unreachable::Net, None),
        (Unreachable::Protocol, Some(Errno::ENOPROTOOPT)),
        (Unreachable::Other(13), Some(Errno::EHOSTUNREACH)),
    ] {
        let message = common::packets::icmp(Message::DestinationUnreachable(why), &quoted);
        let header = header(ip("172.16.10.1"), ip("172.16.10.10"), Protocol::ICMP);
        let iface = world.hosts[A].interfaces()[1].id();
        world.inject((A, iface), ip_frame(mac(1), mac(9), &header, &message));
        assert_eq!(
            world.get(A, client, OptionName::Error),
            SocketOption::Error(told),
            "{why:?}"
        );
    }
}

#[test]
fn nobody_on_the_network_is_told_as_no_route_to_host() {
    let mut world = pair();
    let client = world.udp(A);
    world.connect(A, client, "172.16.10.99:9000").unwrap();
    world.send(A, client, b"x").unwrap();
    world.pass_millis(2900);
    assert_eq!(world.recv(A, client), Err(Errno::EAGAIN));
    world.pass_millis(200);
    assert_eq!(world.recv(A, client), Err(Errno::EHOSTUNREACH));
    assert_eq!(world.died(A, DropReason::NeighborUnreachable), 1);
}

#[test]
fn datagrams_from_the_cable_are_judged() {
    let mut world = pair();
    let server = world.udp_at(B, "0.0.0.0:9000");
    let iface = world.hosts[B].interfaces()[1].id();
    let from = header(ip("172.16.10.10"), ip("172.16.10.11"), Protocol::UDP);
    let inject = |world: &mut World, bytes: &[u8]| {
        world.inject((B, iface), ip_frame(mac(2), mac(1), &from, bytes));
    };
    // Without a checksum, as RFC 768 allows; and with one that is wrong.
    let plain = udp(5000, 9000, b"plain");
    inject(&mut world, &plain);
    assert_eq!(world.recv(B, server), Ok(b"plain".to_vec()));
    let mut wrong = plain.clone();
    wrong[6..8].copy_from_slice(&[0x12, 0x34]);
    inject(&mut world, &wrong);
    assert_eq!(world.died(B, DropReason::BadChecksum(Layer::Udp)), 1);
    // A datagram shorter than its packet; one that claims more than came; one too short.
    inject(&mut world, &[&plain[..], b"padding"].concat());
    assert_eq!(world.recv(B, server), Ok(b"plain".to_vec()));
    let mut long = plain.clone();
    long[5] += 1;
    inject(&mut world, &long);
    assert_eq!(world.died(B, DropReason::BadLength(Layer::Udp)), 1);
    inject(&mut world, &plain[..7]);
    assert_eq!(world.died(B, DropReason::Truncated(Layer::Udp)), 1);
    assert_eq!(world.recv(B, server), Err(Errno::EAGAIN));
}

#[test]
fn calls_that_cannot_be_say_why() {
    let mut world = pair();
    let now = world.now;
    let socket = world.udp(A);
    assert_eq!(world.send(A, socket, b"x"), Err(Errno::EDESTADDRREQ));
    assert_eq!(
        world.send_to(A, socket, b"x", "172.16.10.11:0"),
        Err(Errno::EINVAL)
    );
    assert_eq!(
        world.send_to(A, socket, b"x", "8.8.8.8:53"),
        Err(Errno::ENETUNREACH)
    );
    assert_eq!(
        world.send_to(A, socket, b"x", "[::1]:53"),
        Err(Errno::EAFNOSUPPORT)
    );
    assert_eq!(
        world.connect(A, socket, "8.8.8.8:53"),
        Err(Errno::ENETUNREACH)
    );
    assert_eq!(
        world.bind(A, socket, "172.16.10.11:1"),
        Err(Errno::EADDRNOTAVAIL)
    );
    assert_eq!(world.bind(A, socket, "[::1]:1"), Err(Errno::EAFNOSUPPORT));
    assert_eq!(world.hosts[A].peer_address(socket), Err(Errno::ENOTCONN));
    assert_eq!(world.hosts[A].listen(socket, 1), Err(Errno::EOPNOTSUPP));
    assert_eq!(world.hosts[A].accept(socket), Err(Errno::EOPNOTSUPP));
    assert_eq!(
        world.hosts[A].set_option(now, socket, SocketOption::NoDelay(true)),
        Err(Errno::ENOPROTOOPT)
    );
    assert_eq!(
        world.hosts[A].option(socket, OptionName::NoDelay),
        // Linux has another number for reading.
        Err(Errno::EOPNOTSUPP)
    );
    assert_eq!(
        world.hosts[A].set_option(now, socket, SocketOption::Ttl(Some(0))),
        Err(Errno::EINVAL)
    );
    // As on Linux: the calls that failed gave it a port.
    assert_eq!(world.bind(A, socket, "172.16.10.10:7"), Err(Errno::EINVAL));
    let socket = world.udp(A);
    world.bind(A, socket, "172.16.10.10:7").unwrap();
    assert_eq!(world.bind(A, socket, "172.16.10.10:8"), Err(Errno::EINVAL));
    world.close(A, socket);
    assert_eq!(world.send(A, socket, b"x"), Err(Errno::EBADF));
    assert_eq!(world.recv(A, socket), Err(Errno::EBADF));
    assert_eq!(world.bind(A, socket, "0.0.0.0:0"), Err(Errno::EBADF));
    assert_eq!(world.connect(A, socket, "127.0.0.1:9"), Err(Errno::EBADF));
    assert_eq!(world.hosts[A].listen(socket, 1), Err(Errno::EBADF));
    assert_eq!(
        world.hosts[A].shutdown(now, socket, How::Both),
        Err(Errno::EBADF)
    );
    assert!(world.hosts[A].close(now, socket).is_err());
    assert_eq!(world.ready(A, socket), Readiness::all());
}

#[test]
fn shutdown_closes_directions() {
    let mut world = pair();
    let now = world.now;
    let socket = world.udp(A);
    assert_eq!(
        world.hosts[A].shutdown(now, socket, How::Read),
        Err(Errno::ENOTCONN)
    );
    let socket = world.udp(A);
    world.connect(A, socket, "172.16.10.11:9000").unwrap();
    world.hosts[A].shutdown(now, socket, How::Write).unwrap();
    assert_eq!(world.send(A, socket, b"x"), Err(Errno::EPIPE));
    assert_eq!(world.recv(A, socket), Err(Errno::EAGAIN));
    world.hosts[A].shutdown(now, socket, How::Read).unwrap();
    assert_eq!(world.recv(A, socket), Ok(Vec::new()));
    let ready = world.ready(A, socket);
    assert!(ready.contains(Readiness::HANGUP | Readiness::READ_CLOSED | Readiness::READABLE));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_bytes_behind_the_ip_header_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let mut world = pair();
        let server = world.udp_at(B, "0.0.0.0:9000");
        let iface = world.hosts[B].interfaces()[1].id();
        let from = header(ip("172.16.10.10"), ip("172.16.10.11"), Protocol::UDP);
        world.inject((B, iface), ip_frame(mac(2), mac(1), &from, &bytes));
        let died = world.hosts[B].drops().total();
        prop_assert!(died == 1 || world.recv(B, server).is_ok());
    }
}
