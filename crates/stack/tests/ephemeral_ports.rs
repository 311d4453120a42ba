//! Ports for those who do not ask for one: `ip_local_reserved_ports`, `IP_LOCAL_PORT_RANGE`,
//! `IP_BIND_ADDRESS_NO_PORT`.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::World;
use common::sockets::{A, B, pair};
use stack::{Errno, SocketId, SocketOption, Sysctls};

const RANGE: &str = "net.ipv4.ip_local_port_range";
const RESERVED: &str = "net.ipv4.ip_local_reserved_ports";

/// Ports 40,000 to 40,009, of which four are left.
fn crowded() -> World {
    let mut world = pair();
    world.hosts[A].set_sysctl(RANGE, "40000 40009").unwrap();
    world.hosts[A]
        .set_sysctl(RESERVED, "40001,40003-40006,40009,41000")
        .unwrap();
    world
}

const LEFT: [u16; 4] = [40_000, 40_002, 40_007, 40_008];

fn range(first: u16, last: u16) -> SocketOption {
    SocketOption::LocalPortRange(u32::from(last) << 16 | u32::from(first))
}

fn set(world: &mut World, socket: SocketId, option: SocketOption) {
    world.hosts[A]
        .set_option(world.now, socket, option)
        .unwrap();
}

#[test]
fn reserved_ports_are_written_as_in_linux() {
    let mut sysctls = Sysctls::default();
    assert_eq!(sysctls.get(RESERVED).unwrap(), "");
    for (set, then) in [
        ("8080", "8080"),
        ("9148,8080", "8080,9148"),
        ("1-4,5,7-8,8-9", "1-5,7-9"),
        ("10-20,12-13", "10-20"),
        ("0,65534-65535\n", "0,65534-65535"),
        ("0-65535", "0-65535"),
        ("", ""),
    ] {
        sysctls.set(RESERVED, set).unwrap();
        assert_eq!(sysctls.get(RESERVED).unwrap(), then);
    }
    for wrong in ["x", "5-4", "65536", "1-2-3", "-1", "1;2"] {
        assert!(sysctls.set(RESERVED, wrong).is_err(), "{wrong}");
    }
}

#[test]
fn reserved_ports_are_for_those_who_ask() {
    let mut world = crowded();
    let (_listener, _udp) = (
        world.listener(B, "0.0.0.0:9000", 100),
        world.udp_at(B, "0.0.0.0:9000"),
    );
    let sorted = |mut ports: Vec<u16>| {
        ports.sort_unstable();
        ports
    };
    let callers: Vec<_> = LEFT
        .iter()
        .map(|_| {
            let caller = world.call(A, "172.16.10.11:9000");
            world.local(A, caller).port()
        })
        .collect();
    assert_eq!(sorted(callers), LEFT);
    let late = world.tcp(A);
    let said = world.connect(A, late, "172.16.10.11:9000");
    assert_eq!(said, Err(Errno::EADDRNOTAVAIL));
    let datagrams: Vec<_> = LEFT
        .iter()
        .map(|_| {
            let socket = world.udp_at(A, "0.0.0.0:0");
            world.local(A, socket).port()
        })
        .collect();
    assert_eq!(sorted(datagrams), LEFT);
    let late = world.udp(A);
    assert_eq!(world.bind(A, late, "0.0.0.0:0"), Err(Errno::EADDRINUSE));
    // To ask is to get.
    assert_eq!(world.bind(A, late, "0.0.0.0:40001"), Ok(()));
    let late = world.tcp(A);
    assert_eq!(world.bind(A, late, "0.0.0.0:40001"), Ok(()));
}

#[test]
fn a_socket_may_narrow_the_range() {
    let mut world = crowded();
    for (first, last, expected) in [
        (40_002, 40_007, vec![40_002, 40_007]),
        (40_007, 0, vec![40_007, 40_008]),
        (0, 40_002, vec![40_000, 40_002]),
        // What is not within the stack's range does not count.
        (1, 40_002, vec![40_000, 40_002]),
        (40_008, 65_535, vec![40_008]),
        (1, 2, LEFT.to_vec()),
    ] {
        for tcp in [false, true] {
            let mut held = Vec::new();
            let mut ports = Vec::new();
            loop {
                let socket = if tcp { world.tcp(A) } else { world.udp(A) };
                set(&mut world, socket, range(first, last));
                held.push(socket);
                match world.bind(A, socket, "172.16.10.10:0") {
                    Ok(()) => ports.push(world.local(A, socket).port()),
                    Err(errno) => break assert_eq!(errno, Errno::EADDRINUSE),
                }
            }
            ports.sort_unstable();
            assert_eq!(ports, expected, "{first} to {last}");
            held.into_iter().for_each(|socket| world.close(A, socket));
        }
    }
}

#[test]
fn an_address_without_a_port() {
    let mut world = crowded();
    let listeners = [9000, 9001].map(|port| world.listener(B, &format!("0.0.0.0:{port}"), 100));
    // Each of the four ports serves a call to each of the two.
    for listener in listeners {
        let to = world.local(B, listener).port();
        for _ in LEFT {
            let caller = world.tcp(A);
            set(&mut world, caller, SocketOption::BindAddressNoPort(true));
            world.bind(A, caller, "172.16.10.10:0").unwrap();
            assert_eq!(world.local(A, caller).to_string(), "172.16.10.10:0");
            let said = world.connect(A, caller, &format!("172.16.10.11:{to}"));
            assert_eq!(said, Err(Errno::EINPROGRESS));
            world.settle();
            assert!(LEFT.contains(&world.local(A, caller).port()));
            assert!(world.accept(B, listener).is_ok());
        }
    }
    // One that was refused keeps its address, and may have another.
    let caller = world.tcp(A);
    set(&mut world, caller, SocketOption::BindAddressNoPort(true));
    world.bind(A, caller, "172.16.10.10:0").unwrap();
    let _ = world.connect(A, caller, "172.16.10.11:9");
    world.settle();
    let said = world.connect(A, caller, "172.16.10.11:9");
    assert_eq!(said, Err(Errno::ECONNREFUSED));
    assert_eq!(world.local(A, caller).to_string(), "172.16.10.10:0");
    world.bind(A, caller, "0.0.0.0:0").unwrap();
    assert_eq!(world.local(A, caller).to_string(), "0.0.0.0:0");
    // To listen takes a port.
    world.hosts[A].set_sysctl(RANGE, "40100 40100").unwrap();
    world.hosts[A].listen(caller, 1).unwrap();
    assert_eq!(world.local(A, caller).port(), 40_100);
}
