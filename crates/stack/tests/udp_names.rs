//! Whose datagram is it: names of UDP sockets, bind, connect, ports (RFC 6056, udp(7)).

mod common;

use common::sockets::{A, B, at, pair};
use common::{World, ip};
use stack::{Address, DropReason, Errno, SocketOption, State};

#[test]
fn a_connected_socket_hears_its_peer_alone() {
    let mut world = pair();
    let server = world.udp_at(B, "172.16.10.11:9000");
    let friend = world.udp_at(A, "0.0.0.0:5000");
    let stranger = world.udp_at(A, "0.0.0.0:5001");
    world.connect(B, server, "172.16.10.10:5000").unwrap();
    assert_eq!(
        world.hosts[B].peer_address(server),
        Ok(at("172.16.10.10:5000"))
    );
    for socket in [friend, stranger] {
        world.send_to(A, socket, b"x", "172.16.10.11:9000").unwrap();
    }
    world.settle();
    assert!(world.recv(B, server).is_ok());
    assert_eq!(world.recv(B, server), Err(Errno::EAGAIN));
    assert_eq!(world.died(B, DropReason::UdpPortUnreachable), 1);
    let now = world.now;
    world.hosts[B]
        .connect(now, server, &Address::Unspecified)
        .unwrap();
    assert_eq!(world.hosts[B].peer_address(server), Err(Errno::ENOTCONN));
    // The port was chosen, so it stays.
    assert_eq!(world.local(B, server), "172.16.10.11:9000".parse().unwrap());
    world
        .send_to(A, stranger, b"y", "172.16.10.11:9000")
        .unwrap();
    world.settle();
    assert_eq!(world.recv(B, server), Ok(b"y".to_vec()));
}

#[test]
fn connecting_chooses_the_source_and_disconnecting_gives_the_port_back() {
    let mut world = pair();
    let client = world.udp(A);
    assert_eq!(world.local(A, client), "0.0.0.0:0".parse().unwrap());
    world.connect(A, client, "172.16.10.11:9000").unwrap();
    let local = world.local(A, client);
    assert_eq!(local.ip(), ip("172.16.10.10"));
    assert!((32_768..=60_999).contains(&local.port()));
    // The first choice stays, as in Linux, until it is dissolved.
    world.connect(A, client, "127.0.0.1:9000").unwrap();
    assert_eq!(world.local(A, client), local);
    let now = world.now;
    world.hosts[A]
        .connect(now, client, &Address::Unspecified)
        .unwrap();
    assert_eq!(world.local(A, client), "0.0.0.0:0".parse().unwrap());
    world.connect(A, client, "127.0.0.1:9000").unwrap();
    assert_eq!(world.local(A, client).ip(), ip("127.0.0.1"));
}

#[test]
fn the_peer_first_then_the_address_then_all_addresses() {
    let mut world = pair();
    let reuse = |world: &mut World, name| {
        let socket = world.udp(B);
        world.set(B, socket, SocketOption::ReuseAddr(true));
        world.bind(B, socket, name).unwrap();
        socket
    };
    let all = reuse(&mut world, "0.0.0.0:9000");
    let one = reuse(&mut world, "172.16.10.11:9000");
    let peer = reuse(&mut world, "172.16.10.11:9000");
    world.connect(B, peer, "172.16.10.10:5000").unwrap();
    let client = world.udp_at(A, "0.0.0.0:5000");
    let other = world.udp_at(A, "0.0.0.0:5001");
    let asks = |world: &mut World, from, to: &str| {
        world.send_to(A, from, b"x", to).unwrap();
        world.settle();
        [peer, one, all].map(|socket| world.recv(B, socket).is_ok())
    };
    assert_eq!(
        asks(&mut world, client, "172.16.10.11:9000"),
        [true, false, false]
    );
    assert_eq!(
        asks(&mut world, other, "172.16.10.11:9000"),
        [false, true, false]
    );
    world.close(B, peer);
    assert_eq!(world.send_to(A, client, b"x", "172.16.10.11:9000"), Ok(1));
    world.settle();
    assert!(world.recv(B, one).is_ok());
    world.close(B, one);
    world.send_to(A, other, b"x", "172.16.10.11:9000").unwrap();
    world.settle();
    assert!(world.recv(B, all).is_ok());
}

#[test]
fn who_may_have_a_name_is_as_in_linux() {
    const NONE: u8 = 0;
    const ADDR: u8 = 1;
    const PORT: u8 = 2;
    const ALL: &str = "0.0.0.0:9000";
    const ONE: &str = "172.16.10.10:9000";
    const LOOP: &str = "127.0.0.1:9000";
    for (first, flags, second, other_flags, allowed) in [
        (ALL, NONE, ALL, NONE, false),
        (ONE, NONE, ONE, NONE, false),
        (ONE, NONE, ALL, NONE, false),
        (ALL, NONE, ONE, NONE, false),
        (ONE, NONE, LOOP, NONE, true),
        (ALL, ADDR, ALL, NONE, false),
        (ALL, NONE, ALL, ADDR, false),
        (ALL, ADDR, ALL, ADDR, true),
        (ALL, PORT, ALL, PORT, true),
        (ALL, ADDR, ALL, PORT, false),
        (ONE, PORT, ALL, PORT, true),
    ] {
        let mut world = pair();
        let mut bind = |flags: u8, name| {
            let socket = world.udp(A);
            world.set(A, socket, SocketOption::ReuseAddr(flags & ADDR != 0));
            world.set(A, socket, SocketOption::ReusePort(flags & PORT != 0));
            world.bind(A, socket, name)
        };
        bind(flags, first).unwrap();
        let expected = if allowed {
            Ok(())
        } else {
            Err(Errno::EADDRINUSE)
        };
        assert_eq!(
            bind(other_flags, second),
            expected,
            "{first} {flags} {second} {other_flags}"
        );
    }
}

#[test]
fn sockets_that_share_a_port_share_the_callers() {
    let mut world = pair();
    let servers: Vec<_> = (0..4)
        .map(|_| {
            let socket = world.udp(B);
            world.set(B, socket, SocketOption::ReusePort(true));
            world.bind(B, socket, "0.0.0.0:9000").unwrap();
            socket
        })
        .collect();
    let mut counts = [0; 4];
    for port in 5000..5100 {
        let client = world.udp_at(A, &format!("0.0.0.0:{port}"));
        let mut hits = Vec::new();
        for _ in 0..2 {
            world.send_to(A, client, b"x", "172.16.10.11:9000").unwrap();
            world.settle();
            let hit = servers.iter().position(|s| world.recv(B, *s).is_ok());
            hits.push(hit.unwrap());
        }
        assert_eq!(hits[0], hits[1], "a caller always meets the same one");
        counts[hits[0]] += 1;
    }
    assert!(counts.iter().all(|count| *count > 5), "{counts:?}");
}

#[test]
fn a_name_is_never_another_socket_s() {
    let mut world = pair();
    let mut names = Vec::new();
    for _ in 0..100 {
        let socket = world.udp(A);
        assert!(!names.contains(&socket));
        names.push(socket);
        world.close(A, socket);
    }
    let new = world.udp_at(A, "0.0.0.0:9000");
    for old in names {
        assert_eq!(world.hosts[A].local_address(old), Err(Errno::EBADF));
    }
    assert_eq!(world.local(A, new).port(), 9000);
}

#[test]
fn ports_that_nobody_asks_for_come_from_the_range_until_it_is_used_up() {
    let mut world = pair();
    world.hosts[A]
        .set_sysctl("net.ipv4.ip_local_port_range", "40000 40009")
        .unwrap();
    let mut ports: Vec<_> = (0..10)
        .map(|_| {
            let socket = world.udp_at(A, "0.0.0.0:0");
            world.local(A, socket).port()
        })
        .collect();
    assert!(!ports.is_sorted(), "not to be guessed: {ports:?}");
    ports.sort_unstable();
    assert_eq!(ports, (40_000..40_010).collect::<Vec<_>>());
    let one_more = world.udp(A);
    assert_eq!(world.bind(A, one_more, "0.0.0.0:0"), Err(Errno::EADDRINUSE));
    assert_eq!(
        world.send_to(A, one_more, b"x", "172.16.10.11:9"),
        Err(Errno::EAGAIN)
    );
}

#[test]
fn the_listing_shows_names_and_what_waits() {
    let mut world = pair();
    let server = world.udp_at(B, "0.0.0.0:9000");
    let client = world.udp(A);
    world.connect(A, client, "172.16.10.11:9000").unwrap();
    world.send(A, client, b"x").unwrap();
    world.settle();
    let listed = world.hosts[B].sockets();
    let [row] = &listed[..] else {
        panic!("{listed:?}")
    };
    assert_eq!(row.socket, Some(server));
    assert_eq!(row.state, State::Unconnected);
    assert_eq!(row.recv_queue, 257);
    assert_eq!(
        row.to_string(),
        "udp   UNCONN        257      0 0.0.0.0:9000 *"
    );
    assert_eq!(world.hosts[A].sockets()[0].state, State::Established);
}
