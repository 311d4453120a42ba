//! Fast Open between two hosts (RFC 7413).

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::packets::ips;
use common::sockets::{A, B, at, pair};
use common::{Host, World};
use stack::{Errno, Readiness, SocketId, SocketOption};
use wire::tcp::{FastOpen, Flags, Header};

/// Flags, Fast Open option and bytes of data of what a host sent.
fn sent(world: &mut World, host: Host) -> Vec<(Flags, Option<FastOpen>, usize)> {
    ips(&world.take_from(host))
        .iter()
        .map(|(_, _, bytes)| {
            let (header, len) = Header::parse(bytes).unwrap();
            let control = header.control;
            (control.flags, control.options.fast_open, bytes.len() - len)
        })
        .collect()
}

fn world() -> World {
    let mut world = pair();
    world.hosts[B]
        .set_sysctl("net.ipv4.tcp_fastopen", "3")
        .unwrap();
    world
}

fn listen(world: &mut World) -> SocketId {
    let socket = world.tcp(B);
    world.bind(B, socket, "0.0.0.0:9000").unwrap();
    world.set(B, socket, SocketOption::FastOpen(5));
    world.hosts[B].listen(socket, 5).unwrap();
    socket
}

fn send_fast(world: &mut World, socket: SocketId, bytes: &[u8]) -> Result<usize, Errno> {
    let now = world.now;
    world.hosts[A].send_fast_open(now, socket, bytes, &at("172.16.10.11:9000"))
}

/// Asks for a cookie, and lets it be cached.
fn warm_up(world: &mut World, listener: SocketId) {
    let caller = world.tcp(A);
    assert_eq!(send_fast(world, caller, b"first"), Err(Errno::EINPROGRESS));
    world.settle();
    let syn = &sent(world, A)[0];
    assert_eq!(syn.1, Some(FastOpen::REQUEST));
    assert_eq!(syn.2, 0);
    let accepted = world.accept(B, listener).unwrap();
    world.close(A, caller);
    world.close(B, accepted);
    world.settle();
    world.take();
}

#[test]
fn the_second_call_brings_its_data_along() {
    let mut world = world();
    let listener = listen(&mut world);
    warm_up(&mut world, listener);
    let caller = world.tcp(A);
    assert_eq!(send_fast(&mut world, caller, b"question"), Ok(8));
    // Nothing of B's comes back yet: the data is there with the SYN alone.
    world.lose = |sent| sent.host == B;
    world.settle();
    let accepted = world.accept(B, listener).unwrap();
    assert_eq!(world.recv(B, accepted), Ok(b"question".to_vec()));
    assert_eq!(world.send(B, accepted, b"answer"), Ok(6));
    world.lose = |_| false;
    // The lost SYN-ACK comes again, and with its ACK what was sent behind it.
    world.pass_millis(10_000);
    assert_eq!(world.recv(A, caller), Ok(b"answer".to_vec()));
    let syn = &sent(&mut world, A)[0];
    assert_eq!(syn.0, Flags::SYN);
    assert_eq!(syn.1.as_ref().map(|option| option.cookie.len()), Some(8));
    assert_eq!(syn.2, 8);
    // It is an ordinary connection from here on.
    world.send(A, caller, b"more").unwrap();
    world.settle();
    assert_eq!(world.recv(B, accepted), Ok(b"more".to_vec()));
    assert_eq!(send_fast(&mut world, caller, b"again"), Ok(5));
}

#[test]
fn a_wrong_cookie_costs_a_round_trip_and_nothing_else() {
    let mut world = world();
    let listener = listen(&mut world);
    warm_up(&mut world, listener);
    let key = "1-2-3-4";
    world.hosts[B]
        .set_sysctl("net.ipv4.tcp_fastopen_key", key)
        .unwrap();
    let caller = world.tcp(A);
    assert_eq!(send_fast(&mut world, caller, b"question"), Ok(8));
    world.settle();
    // The SYN-ACK acknowledges the SYN alone and brings a new cookie; the data goes again.
    let answers = sent(&mut world, B);
    assert!(answers[0].1.as_ref().is_some_and(|new| !new.is_request()));
    let accepted = world.accept(B, listener).unwrap();
    assert_eq!(world.recv(B, accepted), Ok(b"question".to_vec()));
    let caller = world.tcp(A);
    assert_eq!(send_fast(&mut world, caller, b"second"), Ok(6));
    world.lose = |sent| sent.host == B;
    world.settle();
    let accepted = world.accept(B, listener).unwrap();
    assert_eq!(world.recv(B, accepted), Ok(b"second".to_vec()));
}

#[test]
fn a_lost_syn_goes_again_without_data() {
    let mut world = world();
    let listener = listen(&mut world);
    warm_up(&mut world, listener);
    let caller = world.tcp(A);
    world.lose = |_| true;
    assert_eq!(send_fast(&mut world, caller, &[7; 5000]), Ok(1420));
    world.settle();
    world.lose = |_| false;
    world.pass_millis(2000);
    let syns = sent(&mut world, A);
    assert_eq!((syns[0].0, syns[0].2), (Flags::SYN, 1420));
    assert_eq!(syns[1], (Flags::SYN, None, 0));
    let accepted = world.accept(B, listener).unwrap();
    assert_eq!(world.recv(B, accepted), Ok(vec![7; 1420]));
}

#[test]
fn a_connect_that_waits_for_data() {
    let mut world = world();
    let listener = listen(&mut world);
    warm_up(&mut world, listener);
    let caller = world.tcp(A);
    world.set(A, caller, SocketOption::FastOpenConnect(true));
    assert_eq!(world.connect(A, caller, "172.16.10.11:9000"), Ok(()));
    world.settle();
    assert!(sent(&mut world, A).is_empty());
    assert_eq!(world.ready(A, caller), Readiness::WRITABLE);
    let again = world.connect(A, caller, "172.16.10.11:9000");
    assert_eq!(again, Err(Errno::EISCONN));
    assert_eq!(world.recv(A, caller), Err(Errno::EAGAIN));
    assert_eq!(world.send(A, caller, b"now"), Ok(3));
    assert_eq!(world.send(A, caller, b"not yet"), Err(Errno::EAGAIN));
    assert_eq!(send_fast(&mut world, caller, b"nor"), Err(Errno::EALREADY));
    world.settle();
    assert_eq!(sent(&mut world, A)[0].2, 3);
    let accepted = world.accept(B, listener).unwrap();
    assert_eq!(world.recv(B, accepted), Ok(b"now".to_vec()));
    // Without a cookie it asks for one, at once.
    world.hosts[A].flush_tcp_metrics();
    let caller = world.tcp(A);
    world.set(A, caller, SocketOption::FastOpenConnect(true));
    let asks = world.connect(A, caller, "172.16.10.11:9000");
    assert_eq!(asks, Err(Errno::EINPROGRESS));
    world.take();
    world.settle();
    assert_eq!(sent(&mut world, A)[0].1, Some(FastOpen::REQUEST));
}

#[test]
fn so_many_open_fast_as_the_listener_said() {
    let mut world = world();
    let listener = listen(&mut world);
    warm_up(&mut world, listener);
    let now = world.now;
    world.hosts[B]
        .set_option(now, listener, SocketOption::FastOpen(2))
        .unwrap();
    world.lose = |sent| sent.host == B;
    let mut callers = Vec::new();
    for _ in 0..4 {
        let caller = world.tcp(A);
        assert_eq!(send_fast(&mut world, caller, b"x"), Ok(1));
        world.settle();
        callers.push(caller);
    }
    // The others are half-open, as ever.
    let half_open = world.states(B).iter().filter(|s| *s == "SYN-RECV").count();
    assert_eq!(half_open, 4);
    let accepted = (0..4).filter(|_| world.accept(B, listener).is_ok()).count();
    assert_eq!(accepted, 2);
}

#[test]
fn where_it_is_switched_off() {
    let mut world = world();
    world.hosts[A]
        .set_sysctl("net.ipv4.tcp_fastopen", "0")
        .unwrap();
    let caller = world.tcp(A);
    assert_eq!(send_fast(&mut world, caller, b"x"), Err(Errno::EOPNOTSUPP));
    let now = world.now;
    let on = SocketOption::FastOpenConnect(true);
    let refused = world.hosts[A].set_option(now, caller, on);
    assert_eq!(refused, Err(Errno::EOPNOTSUPP));
}

#[test]
fn a_cookie_and_accurate_ecn_share_the_options_of_a_syn_ack() {
    let mut world = world();
    for host in [A, B] {
        world.hosts[host]
            .set_sysctl("net.ipv4.tcp_ecn", "3")
            .unwrap();
    }
    listen(&mut world);
    let caller = world.tcp(A);
    assert_eq!(
        send_fast(&mut world, caller, b"first"),
        Err(Errno::EINPROGRESS)
    );
    world.settle();
    let frames = world.take_from(B);
    let (_, _, syn_ack) = &ips(&frames)[0];
    let (header, len) = Header::parse(syn_ack).unwrap();
    // RFC 9293 §3.1: 60 bytes at most. MSS 4, timestamps 12, scale 4, cookie 12: 8 are left, for two
    // of the three counters (RFC 9768 §3.2.3).
    assert_eq!(len, 60);
    let options = header.control.options;
    assert_eq!(options.fast_open.map(|option| option.cookie.len()), Some(8));
    assert_eq!(options.acc_ecn.map(|option| option.counters.len()), Some(2));
}
