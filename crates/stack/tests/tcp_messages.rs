//! What TCP's sockets hear beside their bytes: how much waits, which calls died where, and whom they
//! do not hear at all.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::sockets::{A, B, pair};
use stack::{Cmsg, DropReason, Errno, RecvFlags, SocketOption};

#[test]
fn a_receipt_says_what_still_waits() {
    let mut world = pair();
    let (caller, accepted, _) = world.connection();
    world.set(B, accepted, SocketOption::InQueue(true));
    world.send(A, caller, b"some bytes").unwrap();
    world.shutdown(A, caller, stack::How::Write).unwrap();
    world.settle();
    let (now, none) = (world.now, RecvFlags::empty());
    let mut take = |max| {
        let got = world.hosts[B].recv_message(now, accepted, max, 64, none);
        got.unwrap().control
    };
    assert_eq!(take(4), [Cmsg::Inq(6)]);
    // Only the end is left, which counts as one.
    assert_eq!(take(100), [Cmsg::Inq(1)]);
}

#[test]
fn who_is_too_far_is_not_heard() {
    let mut world = pair();
    let listener = world.listener(B, "0.0.0.0:9000", 5);
    // RFC 5082 §3: 255 is what only a neighbour's packets arrive with.
    world.set(B, listener, SocketOption::MinTtl(255));
    let caller = world.tcp(A);
    let _ = world.connect(A, caller, "172.16.10.11:9000");
    world.settle();
    assert_eq!(world.hosts[B].drops().get(DropReason::TooFar), 1);
    let near = world.tcp(A);
    world.set(A, near, SocketOption::Ttl(Some(255)));
    let _ = world.connect(A, near, "172.16.10.11:9000");
    world.settle();
    assert!(world.accept(B, listener).is_ok());
}

#[test]
fn an_interface_of_its_own() {
    let mut world = pair();
    let listener = world.listener(B, "0.0.0.0:9000", 5);
    world.set(B, listener, SocketOption::BindToIfindex(1));
    let refused = world.call(A, "172.16.10.11:9000");
    assert_eq!(world.send(A, refused, b"x"), Err(Errno::ECONNREFUSED));
    world.set(B, listener, SocketOption::BindToIfindex(2));
    world.call(A, "172.16.10.11:9000");
    assert!(world.accept(B, listener).is_ok());
}
