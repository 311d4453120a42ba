//! What TCP sockets are told when the network fails (RFC 1122 §4.2.3.9, RFC 5461, RFC 5927).

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use base::Duration;
use common::World;
use common::packets::{header, icmp, ip_frame, ips};
use common::sockets::{A, B, pair};
use stack::{DropReason, Errno, OptionName, Readiness, SocketId, SocketOption};
use wire::Protocol;
use wire::icmpv4::{Message, Unreachable};
use wire::tcp::Header;

use common::{ip, mac};

/// A router's word that the last segment that A sent did not arrive, its sequence number moved.
fn router_says(world: &mut World, why: Unreachable, sent: &[Vec<u8>], offset: u32) {
    word_of(world, Message::DestinationUnreachable(why), sent, offset);
}

/// A message about the last segment that A sent, its sequence number moved.
fn word_of(world: &mut World, message: Message, sent: &[Vec<u8>], offset: u32) {
    let (_, inner, bytes) = ips(sent).pop().unwrap();
    // The header as it was, lengths included, and 8 bytes behind it (RFC 792).
    let mut quoted = vec![0; inner.header_len()];
    inner.emit(&mut quoted);
    let seq = u32::from_be_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
    quoted.extend_from_slice(&bytes[..4]);
    quoted.extend_from_slice(&seq.wrapping_add(offset).to_be_bytes());
    let message = icmp(message, &quoted);
    let header = header(ip("172.16.10.1"), ip("172.16.10.10"), Protocol::ICMP);
    let iface = world.hosts[A].interfaces()[1].id();
    world.inject((A, iface), ip_frame(mac(1), mac(9), &header, &message));
}

fn calling(world: &mut World) -> (SocketId, Vec<Vec<u8>>) {
    let caller = world.tcp(A);
    world.lose = |_| true;
    world.take();
    world.connect(A, caller, "172.16.10.11:9000").unwrap_err();
    world.settle();
    (caller, world.take_from(A))
}

#[test]
fn word_of_no_way_ends_a_call_at_once() {
    for (why, errno) in [
        (Unreachable::Net, Errno::ENETUNREACH),
        (Unreachable::Host, Errno::EHOSTUNREACH),
        (Unreachable::Port, Errno::ECONNREFUSED),
        (Unreachable::Protocol, Errno::ENOPROTOOPT),
        (Unreachable::Other(13), Errno::EHOSTUNREACH),
    ] {
        let mut world = pair();
        let (caller, sent) = calling(&mut world);
        world.events(A);
        router_says(&mut world, why, &sent, 0);
        assert_eq!(world.events(A), [caller]);
        assert_eq!(
            world.connect(A, caller, "172.16.10.11:9000"),
            Err(errno),
            "{why:?}"
        );
    }
}

#[test]
fn a_guess_about_a_call_is_not_believed() {
    let mut world = pair();
    let (caller, sent) = calling(&mut world);
    for offset in [1, 100, u32::MAX] {
        router_says(&mut world, Unreachable::Port, &sent, offset);
    }
    assert_eq!(world.ready(A, caller), Readiness::empty());
    assert_eq!(
        world.died(A, DropReason::Tcp(tcp::DropReason::IcmpOutOfFlight)),
        3
    );
}

#[test]
fn word_of_no_way_does_not_end_a_connection() {
    for why in [Unreachable::Net, Unreachable::Host, Unreachable::Port] {
        let mut world = pair();
        let (caller, accepted, _) = world.connection();
        world.settle();
        world.take();
        world.lose = |_| true;
        world.send(A, caller, b"on its way").unwrap();
        world.settle();
        let sent = world.take_from(A);
        router_says(&mut world, why, &sent, 0);
        assert!(
            !world.ready(A, caller).contains(Readiness::ERROR),
            "{why:?}"
        );
        world.lose = |_| false;
        world.pass_millis(1_000);
        assert_eq!(world.recv(B, accepted), Ok(b"on its way".to_vec()));
    }
}

#[test]
fn word_remembered_is_told_when_the_peer_stays_silent() {
    let mut world = pair();
    let (caller, _accepted, _) = world.connection();
    world.settle();
    world.take();
    world.lose = |_| true;
    world.send(A, caller, b"on its way").unwrap();
    world.settle();
    let sent = world.take_from(A);
    router_says(&mut world, Unreachable::Host, &sent, 0);
    // tcp_retries2: 924.6 s, and at most one time-out of 120 s more.
    world.pass_millis(900_000);
    assert_eq!(world.recv(A, caller), Err(Errno::EAGAIN));
    world.pass_millis(150_000);
    assert_eq!(world.recv(A, caller), Err(Errno::EHOSTUNREACH));
}

#[test]
fn what_may_pass_ends_no_connection_and_is_told_in_the_end() {
    // RFC 1122 §4.2.3.9, RFC 9293 §3.9.2.2: Time Exceeded and Parameter Problem.
    for message in [
        Message::TtlExceeded,
        Message::ReassemblyTimeExceeded,
        Message::ParameterProblem { pointer: 20 },
    ] {
        let mut world = pair();
        let (caller, accepted, _) = world.connection();
        world.settle();
        world.take();
        world.lose = |_| true;
        world.send(A, caller, b"on its way").unwrap();
        world.settle();
        let sent = world.take_from(A);
        word_of(&mut world, message, &sent, 0);
        assert!(!world.ready(A, caller).contains(Readiness::ERROR));
        world.lose = |_| false;
        world.pass_millis(1_000);
        assert_eq!(world.recv(B, accepted), Ok(b"on its way".to_vec()));
        // This time nothing follows.
        world.take();
        world.lose = |_| true;
        world.send(A, caller, b"and again").unwrap();
        world.settle();
        let sent = world.take_from(A);
        word_of(&mut world, message, &sent, 0);
        world.pass_millis(1_100_000);
        assert_eq!(world.recv(A, caller), Err(Errno::EHOSTUNREACH));
    }
}

#[test]
fn source_quench_is_passed_over() {
    // RFC 9293 §3.9.2.2, MUST-55; RFC 6633.
    let mut world = pair();
    let (caller, accepted, _) = world.connection();
    world.settle();
    world.take();
    world.lose = |_| true;
    world.send(A, caller, b"on its way").unwrap();
    world.settle();
    let sent = world.take_from(A);
    let before = world.hosts[A].tcp_info(caller).unwrap();
    let quench = Message::Other {
        kind: 4,
        code: 0,
        rest: [0; 4],
    };
    word_of(&mut world, quench, &sent, 0);
    assert_eq!(world.died(A, DropReason::UnknownIcmp), 1);
    let after = world.hosts[A].tcp_info(caller).unwrap();
    assert_eq!((after.cwnd, after.ssthresh), (before.cwnd, before.ssthresh));
    world.lose = |_| false;
    world.pass_millis(1_000);
    assert_eq!(world.recv(B, accepted), Ok(b"on its way".to_vec()));
}

#[test]
fn a_call_that_nobody_answers_times_out() {
    let mut world = pair();
    let (caller, _) = calling(&mut world);
    // As Linux 6.18: after 1, 2, 3, 4, 5, 7, 11, 19, 35 and 67 s; the time-out at 131 s finds that
    // the 127 s of tcp_syn_retries = 6 are over.
    world.pass_millis(130_900);
    assert_eq!(world.ready(A, caller), Readiness::empty());
    let sent = world.take_from(A);
    assert_eq!(ips(&sent).len(), 10);
    world.pass_millis(200);
    assert_eq!(
        world.get(A, caller, OptionName::Error),
        SocketOption::Error(Some(Errno::ETIMEDOUT))
    );
}

#[test]
fn nobody_on_the_network_is_told_as_no_route_to_host() {
    let mut world = pair();
    let caller = world.tcp(A);
    world.connect(A, caller, "172.16.10.99:9000").unwrap_err();
    world.pass_millis(4_000);
    assert_eq!(
        world.connect(A, caller, "172.16.10.99:9000"),
        Err(Errno::EHOSTUNREACH)
    );
    assert!(world.died(A, DropReason::NeighborUnreachable) > 0);
}

#[test]
fn a_peer_that_is_gone_is_found_out() {
    let mut world = pair();
    let (caller, _accepted, _) = world.connection();
    world.settle();
    world.lose = |_| true;
    world.set(
        A,
        caller,
        SocketOption::UserTimeout(Duration::from_secs(10)),
    );
    world.send(A, caller, b"anyone?").unwrap();
    world.pass_millis(9_000);
    assert_eq!(world.recv(A, caller), Err(Errno::EAGAIN));
    world.pass_millis(5_000);
    assert_eq!(world.recv(A, caller), Err(Errno::ETIMEDOUT));
    assert_eq!(world.send(A, caller, b"x"), Err(Errno::EPIPE));
}

#[test]
fn a_silent_peer_is_probed_where_the_socket_says_so() {
    let mut world = pair();
    let (caller, accepted, _) = world.connection();
    for option in [
        SocketOption::KeepAlive(true),
        SocketOption::KeepIdle(Duration::from_secs(10)),
        SocketOption::KeepInterval(Duration::from_secs(2)),
        SocketOption::KeepCount(3),
    ] {
        world.set(A, caller, option);
    }
    world.settle();
    // While the peer answers, it lives.
    world.pass_millis(100_000);
    assert_eq!(world.recv(A, caller), Err(Errno::EAGAIN));
    world.lose = |_| true;
    world.pass_millis(14_000);
    assert_eq!(world.recv(A, caller), Err(Errno::EAGAIN));
    world.pass_millis(12_000);
    assert_eq!(world.recv(A, caller), Err(Errno::ETIMEDOUT));
    // Who does not probe notices nothing.
    assert_eq!(world.recv(B, accepted), Err(Errno::EAGAIN));
}

#[test]
fn a_peer_that_restarted_resets() {
    let mut world = pair();
    let (caller, accepted, listener) = world.connection();
    let lone = world.now;
    world.lose = |_| true;
    world.set(B, accepted, SocketOption::Linger(Some(Duration::ZERO)));
    world.close(B, accepted);
    world.close(B, listener);
    world.settle();
    assert_eq!(world.now, lone);
    world.lose = |_| false;
    assert!(!world.ready(A, caller).contains(Readiness::ERROR));
    world.send(A, caller, b"hello?").unwrap();
    world.settle();
    assert_eq!(world.recv(A, caller), Err(Errno::ECONNRESET));
}

#[test]
fn a_narrow_way_makes_segments_small() {
    let mut world = pair();
    let (caller, accepted, _) = world.connection();
    world.settle();
    world.take();
    world.lose = |_| true;
    world.send(A, caller, &[5; 1448]).unwrap();
    world.settle();
    let sent = world.take_from(A);
    world.lose = |_| false;
    let why = Unreachable::FragmentationNeeded { next_hop_mtu: 1000 };
    router_says(&mut world, why, &sent, 0);
    world.pass_millis(1_000);
    let frames = world.take_from(A);
    for (_, _, bytes) in ips(&frames) {
        assert!(bytes.len() <= 980, "{} bytes", bytes.len());
        assert!(Header::parse(&bytes).is_ok());
    }
    assert_eq!(world.recv(B, accepted).unwrap().len(), 1448);
}

#[test]
fn word_about_nobody_s_segment_is_nobody_s() {
    let mut world = pair();
    let (caller, sent) = calling(&mut world);
    world.close(A, caller);
    router_says(&mut world, Unreachable::Port, &sent, 0);
    assert_eq!(world.died(A, DropReason::IcmpForNobody), 1);
}
