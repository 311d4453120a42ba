//! TCP_CONGESTION and its sysctls, with Linux's answers.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::World;
use common::sockets::{A, B, pair};
use stack::{Errno, OptionName, SocketOption};
use tcp::CongestionControl::{self, Bbr, Cubic, Reno};

fn named(name: &[u8]) -> Result<SocketOption, Errno> {
    SocketOption::from_bytes(OptionName::Congestion, name)
}

fn of(world: &mut World, host: usize, socket: stack::SocketId) -> CongestionControl {
    let option = world.get(host, socket, OptionName::Congestion);
    let SocketOption::Congestion(choice) = option else {
        panic!("{option:?}");
    };
    choice
}

#[test]
fn names_are_read_as_linux_does() {
    assert_eq!(named(b"reno"), Ok(SocketOption::Congestion(Reno)));
    assert_eq!(named(b"cubic\0"), Ok(SocketOption::Congestion(Cubic)));
    let mut long = *b"bbr\0\0\0\0\0\0\0\0\0\0\0\0\0and more";
    assert_eq!(named(&long), Ok(SocketOption::Congestion(Bbr)));
    assert_eq!(named(b""), Err(Errno::EINVAL));
    for unknown in [&b"vegas"[..], b"Reno", b"ren", b"\0", b"\xff\xfe"] {
        assert_eq!(named(unknown), Err(Errno::ENOENT), "{unknown:?}");
    }
    long[3] = b'x';
    assert_eq!(named(&long), Err(Errno::ENOENT));
    let bytes = SocketOption::Congestion(Cubic).to_bytes();
    assert_eq!(bytes.as_slice(), b"cubic\0\0\0\0\0\0\0\0\0\0\0");
}

#[test]
fn the_sysctl_says_what_a_socket_has_until_it_chooses() {
    let mut world = pair();
    let socket = world.tcp(A);
    assert_eq!(of(&mut world, A, socket), Cubic);
    world.hosts[A]
        .set_sysctl("net.ipv4.tcp_congestion_control", "reno")
        .unwrap();
    assert_eq!(of(&mut world, A, socket), Reno);
    world.set(A, socket, SocketOption::Congestion(Bbr));
    assert_eq!(of(&mut world, A, socket), Bbr);
}

#[test]
fn a_name_by_number_may_be_shorter_than_an_int() {
    let mut world = pair();
    let socket = world.tcp(A);
    let now = world.now;
    let set = world.hosts[A].set_option_bytes(now, socket, (6, 13), b"bbr");
    assert_eq!(set, Ok(()));
    assert_eq!(of(&mut world, A, socket), Bbr);
}

#[test]
fn a_listener_hands_its_choice_on() {
    let mut world = pair();
    let listener = world.tcp(B);
    world.set(B, listener, SocketOption::Congestion(Reno));
    world.bind(B, listener, "0.0.0.0:9000").unwrap();
    world.hosts[B].listen(listener, 5).unwrap();
    let caller = world.call(A, "172.16.10.11:9000");
    let accepted = world.accept(B, listener).unwrap();
    assert_eq!(of(&mut world, B, accepted), Reno);
    assert_eq!(of(&mut world, A, caller), Cubic);
}

#[test]
fn what_is_not_allowed_is_eperm() {
    let mut world = pair();
    world.hosts[A]
        .set_sysctl("net.ipv4.tcp_allowed_congestion_control", "reno cubic")
        .unwrap();
    let socket = world.tcp(A);
    let now = world.now;
    let set = |world: &mut World, choice| {
        world.hosts[A].set_option(now, socket, SocketOption::Congestion(choice))
    };
    assert_eq!(set(&mut world, Bbr), Err(Errno::EPERM));
    assert_eq!(set(&mut world, Reno), Ok(()));
}
