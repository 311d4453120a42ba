//! Whose port is it: bind, listen, connect (RFC 6056, RFC 6528, socket(7), tcp(7)).

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::World;
use common::sockets::{A, B, at, inet, pair};
use stack::{Address, Errno, SocketId, SocketOption};

const NONE: u8 = 0;
const ADDR: u8 = 1;
const PORT: u8 = 2;

fn with(world: &mut World, flags: u8) -> SocketId {
    let socket = world.tcp(B);
    world.set(B, socket, SocketOption::ReuseAddr(flags & ADDR != 0));
    world.set(B, socket, SocketOption::ReusePort(flags & PORT != 0));
    socket
}

/// How the first one stands when the second comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    Bound,
    Listening,
    /// Its listener is closed, a connection remains.
    Connected,
    /// Its listener and connections are closed, TIME-WAIT remains.
    TimeWait,
}

fn first(world: &mut World, how: First, flags: u8, name: &str) {
    let socket = with(world, flags);
    world.bind(B, socket, name).unwrap();
    if how == First::Bound {
        return;
    }
    world.hosts[B].listen(socket, 5).unwrap();
    if how == First::Listening {
        return;
    }
    let caller = world.call(A, "172.16.10.11:9000");
    let accepted = world.accept(B, socket).unwrap();
    world.close(B, socket);
    if how == First::TimeWait {
        world.close(B, accepted);
        world.settle();
        world.close(A, caller);
        world.settle();
        assert_eq!(world.states(B), ["TIME-WAIT"]);
    }
}

#[test]
fn who_may_have_a_name_is_as_in_linux() {
    use First::{Bound, Connected, Listening, TimeWait};
    const ALL: &str = "0.0.0.0:9000";
    const ONE: &str = "172.16.10.11:9000";
    const LOOP: &str = "127.0.0.1:9000";
    for (how, flags, name, other_flags, other, allowed) in [
        (Bound, NONE, ALL, NONE, ALL, false),
        (Bound, NONE, ONE, NONE, ALL, false),
        (Bound, NONE, ALL, NONE, ONE, false),
        (Bound, NONE, ONE, NONE, LOOP, true),
        (Bound, ADDR, ALL, NONE, ALL, false),
        (Bound, NONE, ALL, ADDR, ALL, false),
        (Bound, ADDR, ALL, ADDR, ALL, true),
        (Bound, PORT, ALL, PORT, ALL, true),
        (Bound, ADDR, ALL, PORT, ALL, false),
        (Listening, ADDR, ALL, ADDR, ALL, false),
        (Listening, ADDR, ALL, ADDR, ONE, false),
        (Listening, ADDR, LOOP, ADDR, ONE, true),
        (Listening, PORT, ALL, PORT, ALL, true),
        (Listening, PORT, ALL, ADDR, ALL, false),
        (Connected, NONE, ALL, NONE, ALL, false),
        (Connected, ADDR, ALL, NONE, ALL, false),
        (Connected, NONE, ALL, ADDR, ALL, false),
        (Connected, ADDR, ALL, ADDR, ALL, true),
        (Connected, PORT, ALL, PORT, ALL, true),
        (Connected, ADDR, ALL, PORT, ALL, false),
        (Connected, NONE, ALL, NONE, LOOP, true),
        (TimeWait, NONE, ALL, NONE, ALL, false),
        (TimeWait, ADDR, ALL, ADDR, ALL, true),
        (TimeWait, ADDR, ALL, ADDR, ONE, true),
        (TimeWait, NONE, ALL, ADDR, ALL, false),
        (TimeWait, PORT, ALL, PORT, ALL, true),
    ] {
        let mut world = pair();
        first(&mut world, how, flags, name);
        let second = with(&mut world, other_flags);
        let expected = if allowed {
            Ok(())
        } else {
            Err(Errno::EADDRINUSE)
        };
        assert_eq!(
            world.bind(B, second, other),
            expected,
            "{name} {how:?} with {flags}, then {other} with {other_flags}"
        );
        if allowed && how != Bound {
            assert_eq!(world.hosts[B].listen(second, 5), Ok(()));
        }
    }
}

#[test]
fn of_two_that_reuse_a_name_one_listens() {
    let mut world = pair();
    let [one, two] = [0, 1].map(|_| {
        let socket = with(&mut world, ADDR);
        world.bind(B, socket, "0.0.0.0:9000").unwrap();
        socket
    });
    world.hosts[B].listen(one, 5).unwrap();
    assert_eq!(world.hosts[B].listen(two, 5), Err(Errno::EADDRINUSE));
    world.close(B, one);
    world.hosts[B].listen(two, 5).unwrap();
}

#[test]
fn changing_an_option_of_a_connection_keeps_the_books() {
    let mut world = pair();
    let listener = with(&mut world, ADDR);
    world.bind(B, listener, "0.0.0.0:9000").unwrap();
    world.hosts[B].listen(listener, 5).unwrap();
    let callers = [0, 1].map(|_| world.call(A, "172.16.10.11:9000"));
    let accepted = [0, 1].map(|_| world.accept(B, listener).unwrap());
    world.close(B, listener);
    // What counts is what they say now, not what they had from their listener.
    let bind = |world: &mut World| {
        let next = with(world, ADDR);
        let result = world.bind(B, next, "0.0.0.0:9000");
        world.close(B, next);
        result
    };
    assert_eq!(bind(&mut world), Ok(()));
    world.set(B, accepted[0], SocketOption::ReuseAddr(false));
    assert_eq!(bind(&mut world), Err(Errno::EADDRINUSE));
    world.set(B, accepted[0], SocketOption::ReuseAddr(true));
    assert_eq!(bind(&mut world), Ok(()));
    world.set(B, accepted[1], SocketOption::ReuseAddr(false));
    world.set(A, callers[0], SocketOption::ReuseAddr(true));
    for socket in callers {
        world.set(A, socket, SocketOption::Linger(Some(base::Duration::ZERO)));
        world.close(A, socket);
    }
    world.settle();
    for socket in accepted {
        world.close(B, socket);
    }
    world.settle();
    assert!(world.states(B).is_empty());
    let next = with(&mut world, NONE);
    assert_eq!(world.bind(B, next, "0.0.0.0:9000"), Ok(()));
}

#[test]
fn a_server_restarts_at_once_on_its_port() {
    let mut world = pair();
    let (caller, accepted, listener) = world.connection();
    world.close(B, accepted);
    world.close(B, listener);
    world.settle();
    world.close(A, caller);
    world.settle();
    assert_eq!(world.states(B), ["TIME-WAIT"]);
    let listener = world.listener(B, "0.0.0.0:9000", 5);
    let caller = world.call(A, "172.16.10.11:9000");
    let accepted = world.accept(B, listener).unwrap();
    world.send(A, caller, b"again").unwrap();
    world.settle();
    assert_eq!(world.recv(B, accepted), Ok(b"again".to_vec()));
}

#[test]
fn ports_towards_a_peer_are_not_to_be_guessed_and_run_out() {
    let mut world = pair();
    world.hosts[A]
        .set_sysctl("net.ipv4.ip_local_port_range", "40000 40007")
        .unwrap();
    let _one = world.listener(B, "0.0.0.0:9000", 100);
    let _two = world.listener(B, "0.0.0.0:9001", 100);
    let mut ports: Vec<_> = (0..8)
        .map(|_| {
            let caller = world.call(A, "172.16.10.11:9000");
            world.local(A, caller).port()
        })
        .collect();
    ports.sort_unstable();
    assert_eq!(ports, (40_000..40_008).collect::<Vec<_>>());
    let late = world.tcp(A);
    assert_eq!(
        world.connect(A, late, "172.16.10.11:9000"),
        Err(Errno::EADDRNOTAVAIL)
    );
    // Towards another peer the same ports are free.
    for _ in 0..8 {
        world.call(A, "172.16.10.11:9001");
    }
    assert_eq!(
        world.connect(A, late, "172.16.10.11:9001"),
        Err(Errno::EADDRNOTAVAIL)
    );
    // And for listening there is none.
    let bound = world.tcp(A);
    assert_eq!(world.bind(A, bound, "0.0.0.0:0"), Err(Errno::EADDRINUSE));
    assert_eq!(world.hosts[A].listen(bound, 1), Err(Errno::EADDRINUSE));
}

#[test]
fn a_port_that_a_program_chose_is_not_given_to_a_caller() {
    let mut world = pair();
    world.hosts[A]
        .set_sysctl("net.ipv4.ip_local_port_range", "40000 40001")
        .unwrap();
    let _held = {
        let socket = world.tcp(A);
        world.bind(A, socket, "0.0.0.0:40000").unwrap();
        socket
    };
    let _listener = world.listener(B, "0.0.0.0:9000", 100);
    let caller = world.call(A, "172.16.10.11:9000");
    assert_eq!(world.local(A, caller).port(), 40_001);
    let late = world.tcp(A);
    assert_eq!(
        world.connect(A, late, "172.16.10.11:9000"),
        Err(Errno::EADDRNOTAVAIL)
    );
}

#[test]
fn a_bound_socket_calls_from_its_name_once_for_each_peer() {
    let mut world = pair();
    let _listener = world.listener(B, "0.0.0.0:9000", 100);
    let name = "172.16.10.10:5000";
    let mut call = |to: &str| {
        let socket = world.tcp(A);
        world.set(A, socket, SocketOption::ReuseAddr(true));
        world.bind(A, socket, name).unwrap();
        let result = world.connect(A, socket, to);
        world.settle();
        assert_eq!(world.local(A, socket), name.parse().unwrap());
        result
    };
    assert_eq!(call("172.16.10.11:9000"), Err(Errno::EINPROGRESS));
    assert_eq!(call("172.16.10.11:9001"), Err(Errno::EINPROGRESS));
    assert_eq!(call("172.16.10.11:9000"), Err(Errno::EADDRNOTAVAIL));
}

#[test]
fn initial_sequence_numbers_differ_by_peer_and_move_with_time() {
    let mut world = pair();
    let mut isn = |port: u16| {
        let socket = world.tcp(A);
        world.set(A, socket, SocketOption::ReuseAddr(true));
        world.bind(A, socket, "172.16.10.10:5000").unwrap();
        world
            .connect(A, socket, &format!("172.16.10.11:{port}"))
            .unwrap_err();
        world.settle();
        let frames = world.take_from(A);
        let seq = wire::tcp::Header::parse(&common::packets::ips(&frames)[0].2)
            .unwrap()
            .0
            .control
            .seq;
        world.close(A, socket);
        world.pass_millis(1000);
        seq.0
    };
    let (first, second) = (isn(1), isn(1));
    // RFC 6528: one every 4 µs.
    assert_eq!(second.wrapping_sub(first), 250_000);
    assert!(isn(2).wrapping_sub(second).abs_diff(250_000) > 1000);
}

#[test]
fn calls_that_cannot_be_say_why() {
    let mut world = pair();
    let now = world.now;
    let socket = world.tcp(A);
    assert_eq!(
        world.bind(A, socket, "172.16.10.11:1"),
        Err(Errno::EADDRNOTAVAIL)
    );
    // As Linux: a name that several hear may be had, though no stream is heard there.
    let several = world.tcp(A);
    assert_eq!(world.bind(A, several, "172.16.10.255:1"), Ok(()));
    assert_eq!(world.bind(A, socket, "[::1]:1"), Err(Errno::EAFNOSUPPORT));
    assert_eq!(
        world.connect(A, socket, "8.8.8.8:53"),
        Err(Errno::ENETUNREACH)
    );
    assert_eq!(
        world.connect(A, socket, "[::1]:1"),
        Err(Errno::EAFNOSUPPORT)
    );
    assert_eq!(
        world.connect(A, socket, "172.16.10.255:1"),
        Err(Errno::ENETUNREACH)
    );
    assert_eq!(
        world.connect(A, socket, "224.0.0.1:1"),
        Err(Errno::ENETUNREACH)
    );
    assert_eq!(world.accept(A, socket), Err(Errno::EINVAL));
    assert_eq!(world.recv(A, socket), Err(Errno::ENOTCONN));
    assert_eq!(world.send(A, socket, b"x"), Err(Errno::EPIPE));
    assert_eq!(world.hosts[A].peer_address(socket), Err(Errno::ENOTCONN));
    assert_eq!(
        world.shutdown(A, socket, stack::How::Both),
        Err(Errno::ENOTCONN)
    );
    for (option, error) in [
        (SocketOption::MaxSegment(87), Errno::EINVAL),
        (SocketOption::KeepCount(0), Errno::EINVAL),
        (SocketOption::KeepCount(128), Errno::EINVAL),
        (SocketOption::KeepIdle(base::Duration::ZERO), Errno::EINVAL),
        (SocketOption::Type(1), Errno::ENOPROTOOPT),
    ] {
        assert_eq!(world.hosts[A].set_option(now, socket, option), Err(error));
    }
    world.bind(A, socket, "0.0.0.0:7").unwrap();
    assert_eq!(world.bind(A, socket, "0.0.0.0:8"), Err(Errno::EINVAL));
    world.hosts[A].listen(socket, 1).unwrap();
    world.hosts[A].listen(socket, 7).unwrap();
    assert_eq!(
        world.connect(A, socket, "172.16.10.11:1"),
        Err(Errno::EISCONN)
    );
    assert_eq!(world.recv(A, socket), Err(Errno::ENOTCONN));
    world.close(A, socket);
    assert_eq!(world.accept(A, socket), Err(Errno::EBADF));
    assert_eq!(world.send(A, socket, b"x"), Err(Errno::EBADF));
    assert!(world.hosts[A].close(now, socket).is_err());
}

#[test]
fn a_socket_without_a_name_listens_on_a_free_port() {
    let mut world = pair();
    let socket = world.tcp(B);
    world.hosts[B].listen(socket, 1).unwrap();
    let name = world.local(B, socket);
    assert!((32_768..=60_999).contains(&name.port()));
    world.call(A, &format!("172.16.10.11:{}", name.port()));
    let (_, from) = world.hosts[B].accept(socket).unwrap();
    assert_eq!(inet(&from).ip(), common::ip("172.16.10.10"));
}

#[test]
fn a_connection_can_be_dissolved() {
    let mut world = pair();
    let (caller, accepted, _) = world.connection();
    let now = world.now;
    world.hosts[A]
        .connect(now, caller, &Address::Unspecified)
        .unwrap();
    world.settle();
    assert_eq!(world.recv(B, accepted), Err(Errno::ECONNRESET));
    assert_eq!(world.hosts[A].peer_address(caller), Err(Errno::ENOTCONN));
    // And the socket can call anew.
    assert_eq!(
        world.hosts[A].connect(now, caller, &at("172.16.10.11:9000")),
        Err(Errno::EINPROGRESS)
    );
    world.settle();
    assert_eq!(world.connect(A, caller, "172.16.10.11:9000"), Ok(()));
}

#[test]
fn over_the_loopback_a_caller_takes_the_place_of_time_wait() {
    for (tw_reuse, taken) in [("2", true), ("1", true), ("0", false)] {
        let mut world = pair();
        for (name, value) in [
            ("net.ipv4.ip_local_port_range", "40000 40000"),
            ("net.ipv4.tcp_tw_reuse", tw_reuse),
        ] {
            world.hosts[A].set_sysctl(name, value).unwrap();
        }
        let listener = world.listener(A, "0.0.0.0:9000", 5);
        for to in ["127.0.0.1:9000", "172.16.10.10:9000"] {
            let caller = world.call(A, to);
            let accepted = world.accept(A, listener).unwrap();
            world.close(A, caller);
            world.settle();
            world.close(A, accepted);
            world.settle();
        }
        assert_eq!(world.states(A), ["LISTEN", "TIME-WAIT", "TIME-WAIT"]);
        let late = world.tcp(A);
        world.pass_millis(999);
        let to = "127.0.0.1:9000";
        assert_eq!(world.connect(A, late, to), Err(Errno::EADDRNOTAVAIL));
        world.pass_millis(2);
        if taken {
            assert_eq!(world.connect(A, late, to), Err(Errno::EINPROGRESS));
            world.settle();
            let accepted = world.accept(A, listener).unwrap();
            world.send(A, late, b"new").unwrap();
            world.settle();
            assert_eq!(world.recv(A, accepted), Ok(b"new".to_vec()));
        } else {
            assert_eq!(world.connect(A, late, to), Err(Errno::EADDRNOTAVAIL));
        }
        // What went over no loopback address is taken by 1 alone.
        let other = world.tcp(A);
        let error = if tw_reuse == "1" {
            Errno::EINPROGRESS
        } else {
            Errno::EADDRNOTAVAIL
        };
        assert_eq!(world.connect(A, other, "172.16.10.10:9000"), Err(error));
    }
}

#[test]
fn who_told_no_time_is_not_replaced() {
    // RFC 6191: without timestamps nothing tells an old segment from a new one.
    let mut world = pair();
    for (name, value) in [
        ("net.ipv4.ip_local_port_range", "40000 40000"),
        ("net.ipv4.tcp_tw_reuse", "1"),
        ("net.ipv4.tcp_tw_reuse_delay", "5000"),
    ] {
        world.hosts[A].set_sysctl(name, value).unwrap();
    }
    let listener = world.listener(B, "0.0.0.0:9000", 5);
    let to = "172.16.10.11:9000";
    for (timestamps, wait, taken) in [("0", 59_000, false), ("1", 4000, false), ("1", 1001, true)] {
        let name = "net.ipv4.tcp_timestamps";
        world.hosts[A].set_sysctl(name, timestamps).unwrap();
        if wait != 1001 {
            // Nobody has the port.
            world.pass_millis(60_000);
            let caller = world.call(A, to);
            let accepted = world.accept(B, listener).unwrap();
            world.close(A, caller);
            world.settle();
            world.close(B, accepted);
            world.settle();
        }
        assert_eq!(world.states(A), ["TIME-WAIT"]);
        world.pass_millis(wait);
        let late = world.tcp(A);
        let error = if taken {
            Errno::EINPROGRESS
        } else {
            Errno::EADDRNOTAVAIL
        };
        assert_eq!(
            world.connect(A, late, to),
            Err(error),
            "{timestamps} {wait}"
        );
        if taken {
            world.settle();
            assert_eq!(world.states(A), ["ESTAB"]);
            assert!(world.accept(B, listener).is_ok());
        } else {
            world.close(A, late);
        }
    }
}
