//! How connections end: close, linger, reset, orphans, TIME-WAIT (RFC 9293 §3.6, socket(7)).

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use base::Duration;
use common::World;
use common::packets::ips;
use common::sockets::{A, B, pair};
use stack::{Closing, DropReason, Errno, How, Readiness, SocketId, SocketOption};
use wire::tcp::{Flags, Header};

fn linger(world: &mut World, host: usize, socket: SocketId, secs: u64) {
    let time = Some(Duration::from_secs(secs));
    world.set(host, socket, SocketOption::Linger(time));
}

/// Whether a host sent a RST.
fn resets(world: &mut World, host: usize) -> bool {
    ips(&world.take_from(host)).iter().any(|(_, _, bytes)| {
        let (header, _) = Header::parse(bytes).unwrap();
        header.control.flags.contains(Flags::RST)
    })
}

#[test]
fn what_was_sent_is_delivered_after_close() {
    let mut world = pair();
    let (caller, accepted, _) = world.connection();
    let bytes: Vec<u8> = (0..10_000u32).map(|n| (n % 251) as u8).collect();
    assert_eq!(world.send(A, caller, &bytes), Ok(10_000));
    world.close(A, caller);
    let mut got = Vec::new();
    for _ in 0..100 {
        world.pass_millis(10);
        match world.recv(B, accepted) {
            Ok(part) if part.is_empty() => break,
            Ok(part) => got.extend(part),
            Err(error) => assert_eq!(error, Errno::EAGAIN),
        }
    }
    assert_eq!(got, bytes);
}

#[test]
fn closing_with_bytes_unread_resets() {
    let mut world = pair();
    let (caller, accepted, _) = world.connection();
    world.send(A, caller, b"never read").unwrap();
    world.settle();
    world.take();
    world.close(B, accepted);
    world.settle();
    assert!(resets(&mut world, B));
    assert_eq!(world.recv(A, caller), Err(Errno::ECONNRESET));
    // Told once; then it is the end.
    assert_eq!(world.recv(A, caller), Ok(Vec::new()));
    assert_eq!(world.send(A, caller, b"x"), Err(Errno::EPIPE));
    assert_eq!(world.states(B), ["LISTEN"]);
}

#[test]
fn bytes_for_a_closed_socket_reset() {
    let mut world = pair();
    let (caller, accepted, _) = world.connection();
    world.close(B, accepted);
    world.settle();
    assert_eq!(world.recv(A, caller), Ok(Vec::new()));
    // Half-closed for all the caller knows: it may still send.
    world.send(A, caller, b"hello?").unwrap();
    world.settle();
    assert!(world.ready(A, caller).contains(Readiness::ERROR));
    assert_eq!(world.send(A, caller, b"x"), Err(Errno::EPIPE));
    assert_eq!(world.states(B), ["LISTEN"]);
}

#[test]
fn to_linger_for_no_time_resets() {
    let mut world = pair();
    let (caller, accepted, _) = world.connection();
    world.send(A, caller, b"lost").unwrap();
    linger(&mut world, A, caller, 0);
    let now = world.now;
    world.take();
    assert_eq!(world.hosts[A].close(now, caller), Ok(Closing::Done));
    world.settle();
    assert!(resets(&mut world, A));
    assert_eq!(world.recv(B, accepted), Err(Errno::ECONNRESET));
    assert!(world.states(A).is_empty());
}

#[test]
fn to_linger_is_to_hear_when_all_has_arrived() {
    let mut world = pair();
    let (caller, _accepted, _) = world.connection();
    linger(&mut world, A, caller, 5);
    world.send(A, caller, b"arrives").unwrap();
    let now = world.now;
    // What was not fetched before is no last word.
    assert!(world.ready(A, caller).contains(Readiness::WRITABLE));
    let until = now + Duration::from_secs(5);
    assert_eq!(
        world.hosts[A].close(now, caller),
        Ok(Closing::Lingers { until })
    );
    // The name is dead for every call, and comes once more as an event.
    assert_eq!(world.send(A, caller, b"x"), Err(Errno::EBADF));
    assert_eq!(world.events(A), []);
    world.settle();
    // The peer lets its ACK of the FIN wait for a FIN of its own.
    world.pass_millis(50);
    assert_eq!(world.events(A), [caller]);
    world.pass_millis(100_000);
    assert_eq!(world.events(A), []);
}

#[test]
fn to_linger_in_vain_is_not_told_before_the_end() {
    let mut world = pair();
    let (caller, _accepted, _) = world.connection();
    linger(&mut world, A, caller, 5);
    world.settle();
    world.lose = |_| true;
    world.send(A, caller, b"never arrives").unwrap();
    world.events(A);
    let now = world.now;
    assert!(matches!(
        world.hosts[A].close(now, caller),
        Ok(Closing::Lingers { .. })
    ));
    world.pass_millis(6_000);
    assert_eq!(world.events(A), []);
    assert_eq!(world.states(A), ["FIN-WAIT-1"]);
    // tcp_orphan_retries: eight times, which is under two minutes.
    world.pass_millis(120_000);
    assert_eq!(world.events(A), [caller]);
    assert!(world.states(A).is_empty());
}

#[test]
fn a_peer_that_closed_first_leaves_no_time_wait_here() {
    let mut world = pair();
    let (caller, accepted, _) = world.connection();
    linger(&mut world, A, caller, 5);
    world.close(B, accepted);
    world.settle();
    let now = world.now;
    assert!(matches!(
        world.hosts[A].close(now, caller),
        Ok(Closing::Lingers { .. })
    ));
    world.events(A);
    world.settle();
    assert_eq!(world.events(A), [caller]);
    assert!(world.states(A).is_empty());
}

#[test]
fn both_at_once_close() {
    let mut world = pair();
    let (caller, accepted, _) = world.connection();
    world.close(A, caller);
    world.close(B, accepted);
    world.settle();
    assert_eq!(world.states(A), ["TIME-WAIT"]);
    assert_eq!(world.states(B), ["LISTEN", "TIME-WAIT"]);
    world.pass_millis(60_000);
    assert!(world.states(A).is_empty());
    assert_eq!(world.states(B), ["LISTEN"]);
}

#[test]
fn an_orphan_waits_for_the_peer_s_end_for_so_long() {
    let mut world = pair();
    world.hosts[A]
        .set_sysctl("net.ipv4.tcp_fin_timeout", "30")
        .unwrap();
    let (caller, _accepted, _) = world.connection();
    world.close(A, caller);
    world.settle();
    assert_eq!(world.states(A), ["FIN-WAIT-2"]);
    world.pass_millis(29_900);
    assert_eq!(world.states(A), ["FIN-WAIT-2"]);
    world.pass_millis(200);
    assert!(world.states(A).is_empty());
}

#[test]
fn a_socket_that_only_shut_down_waits_for_ever() {
    let mut world = pair();
    let (caller, accepted, _) = world.connection();
    world.shutdown(A, caller, How::Write).unwrap();
    world.pass_millis(3_600_000);
    assert_eq!(world.states(A), ["FIN-WAIT-2"]);
    world.send(B, accepted, b"at last").unwrap();
    world.settle();
    assert_eq!(world.recv(A, caller), Ok(b"at last".to_vec()));
}

#[test]
fn too_many_orphans_are_reset() {
    let mut world = pair();
    world.hosts[A]
        .set_sysctl("net.ipv4.tcp_max_orphans", "2")
        .unwrap();
    let _listener = world.listener(B, "0.0.0.0:9000", 100);
    let callers: Vec<_> = (0..4).map(|_| world.call(A, "172.16.10.11:9000")).collect();
    world.lose = |sent| sent.host == B;
    for caller in callers {
        world.close(A, caller);
        world.settle();
    }
    assert_eq!(world.states(A), ["FIN-WAIT-1", "FIN-WAIT-1"]);
}

#[test]
fn orphans_in_fin_wait_2_count_among_those_in_time_wait() {
    // As Linux: what is kept of either is equally small.
    let mut world = pair();
    let orphans = "net.ipv4.tcp_max_orphans";
    world.hosts[A].set_sysctl(orphans, "1").unwrap();
    let _listener = world.listener(B, "0.0.0.0:9000", 100);
    let callers: Vec<_> = (0..4).map(|_| world.call(A, "172.16.10.11:9000")).collect();
    for caller in callers {
        world.close(A, caller);
        world.settle();
    }
    assert_eq!(world.states(A), ["FIN-WAIT-2"; 4]);
    // tcp_fin_timeout.
    world.pass_millis(60_000);
    assert!(world.states(A).is_empty());
    let buckets = "net.ipv4.tcp_max_tw_buckets";
    world.hosts[A].set_sysctl(buckets, "0").unwrap();
    let caller = world.call(A, "172.16.10.11:9000");
    world.close(A, caller);
    world.settle();
    assert!(world.states(A).is_empty());
}

#[test]
fn a_computer_switched_off_resets_who_still_has_it_to_send_to() {
    let mut world = pair();
    let (caller, accepted, _) = world.connection();
    world.close(A, caller);
    world.settle();
    assert_eq!(world.states(A), ["FIN-WAIT-2"]);
    world.hosts[A].reset_connections(world.now);
    world.settle();
    assert!(world.states(A).is_empty());
    // Its end was heard before: to send is EPIPE, as on Linux.
    assert_eq!(world.recv(B, accepted), Ok(vec![]));
    assert_eq!(world.send(B, accepted, b"x"), Err(stack::Errno::EPIPE));
}

/// A connection whose accepted end has closed first, and which is in TIME-WAIT there while the
/// program holds on, with unread data: the caller's port, and the accepted end.
fn held_in_time_wait(world: &mut common::World) -> (u16, stack::SocketId) {
    let (caller, accepted, _) = world.connection();
    let port = world.local(A, caller).port();
    world.shutdown(B, accepted, How::Write).unwrap();
    world.settle();
    world.send(A, caller, b"last words").unwrap();
    world.close(A, caller);
    world.settle();
    assert_eq!(world.states(B), ["LISTEN", "TIME-WAIT", "UNCONN"]);
    (port, accepted)
}

#[test]
fn a_new_syn_takes_over_while_the_program_holds_on() {
    let mut world = pair();
    let (port, accepted) = held_in_time_wait(&mut world);
    // To the program it is closed, as in Linux.
    let info = world.hosts[B].tcp_info(accepted).unwrap();
    assert_eq!(info.state, tcp::State::Closed);
    assert_eq!(world.hosts[B].peer_address(accepted), Err(Errno::ENOTCONN));
    // From the same port again: 2 s later, so that the clock of its ISN has moved on.
    world.pass_millis(2000);
    let again = world.tcp(A);
    let name = format!("0.0.0.0:{port}");
    world.bind(A, again, &name).unwrap();
    let to = "172.16.10.11:9000";
    assert_eq!(world.connect(A, again, to), Err(Errno::EINPROGRESS));
    world.settle();
    assert_eq!(world.states(B), ["ESTAB", "LISTEN", "UNCONN"]);
    world.send(A, again, b"of the new one").unwrap();
    world.settle();
    // What the old one received is still there, and nothing else.
    assert_eq!(world.recv(B, accepted), Ok(b"last words".to_vec()));
    assert_eq!(world.recv(B, accepted), Ok(Vec::new()));
    assert_eq!(world.send(B, accepted, b"?"), Err(Errno::EPIPE));
    world.close(B, accepted);
    assert_eq!(world.states(B), ["ESTAB", "LISTEN"]);
}

#[test]
fn time_wait_outlives_the_socket_and_ends_by_itself() {
    let mut world = pair();
    let (_, accepted) = held_in_time_wait(&mut world);
    world.close(B, accepted);
    assert_eq!(world.states(B), ["LISTEN", "TIME-WAIT"]);
    world.pass_millis(59_000);
    assert_eq!(world.states(B), ["LISTEN", "TIME-WAIT"]);
    world.pass_millis(1000);
    assert_eq!(world.states(B), ["LISTEN"]);
}

#[test]
fn too_many_in_time_wait_are_forgotten() {
    let mut world = pair();
    world.hosts[A]
        .set_sysctl("net.ipv4.tcp_max_tw_buckets", "2")
        .unwrap();
    let listener = world.listener(B, "0.0.0.0:9000", 100);
    for _ in 0..4 {
        let caller = world.call(A, "172.16.10.11:9000");
        let accepted = world.accept(B, listener).unwrap();
        world.close(A, caller);
        world.settle();
        world.close(B, accepted);
        world.settle();
    }
    assert_eq!(world.states(A), ["TIME-WAIT", "TIME-WAIT"]);
    world.pass_millis(60_000);
    assert!(world.states(A).is_empty());
}

#[test]
fn closing_a_call_under_way_forgets_it() {
    let mut world = pair();
    world.lose = |_| true;
    let caller = world.tcp(A);
    world.connect(A, caller, "172.16.10.11:9000").unwrap_err();
    world.settle();
    world.close(A, caller);
    world.settle();
    assert!(world.states(A).is_empty());
    world.pass_millis(1_000);
    let late = world.take_from(A);
    assert_eq!(ips(&late).len(), 1, "the SYN alone");
}

#[test]
fn shutdown_for_reading_is_not_told_to_the_peer() {
    let mut world = pair();
    let (caller, accepted, _) = world.connection();
    world.take();
    world.shutdown(B, accepted, How::Read).unwrap();
    world.settle();
    assert!(world.take_from(B).is_empty());
    assert_eq!(world.recv(B, accepted), Ok(Vec::new()));
    // What comes is taken all the same, as in Linux.
    world.send(A, caller, b"still here").unwrap();
    world.settle();
    assert_eq!(world.recv(B, accepted), Ok(b"still here".to_vec()));
    assert!(!world.ready(A, caller).contains(Readiness::ERROR));
}

#[test]
fn nothing_remains_of_connections_that_are_over() {
    let mut world = pair();
    let listener = world.listener(B, "0.0.0.0:9000", 100);
    for round in 0..50u64 {
        let caller = world.call(A, "172.16.10.11:9000");
        let accepted = world.accept(B, listener).unwrap();
        if round % 2 == 0 {
            linger(&mut world, A, caller, 0);
        }
        world.close(A, caller);
        world.settle();
        world.close(B, accepted);
        world.settle();
    }
    world.close(B, listener);
    world.pass_millis(61_000);
    assert!(world.states(A).is_empty() && world.states(B).is_empty());
    let next = world.hosts.iter().filter_map(stack::Stack::next_deadline);
    assert_eq!(next.count(), 0, "no deadline is left behind");
    assert_eq!(world.died(A, DropReason::TcpPortUnreachable), 0);
}
