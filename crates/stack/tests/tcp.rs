//! TCP between two hosts: calls, data, half-close (RFC 9293 §3.5 to §3.10, tcp(7)).

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use base::ChecksumState;
use common::packets::ips;
use common::sockets::{A, B, at, pair};
use common::{World, card, ip};
use stack::{Errno, How, OptionName, Readiness, RecvFlags, SocketOption};
use wire::tcp::{Flags, Header};
use wire::{Protocol, checksum};

/// The flags of TCP segments on the cable.
fn flags(world: &mut World) -> Vec<Flags> {
    let frames: Vec<_> = world.take().into_iter().map(|sent| sent.bytes).collect();
    let packets = ips(&frames);
    let tcp = packets
        .iter()
        .filter(|(_, ip, _)| ip.protocol == Protocol::TCP);
    tcp.map(|(_, _, bytes)| Header::parse(bytes).unwrap().0.control.flags)
        .collect()
}

#[test]
fn three_segments_open_and_four_close() {
    let mut world = pair();
    let listener = world.listener(B, "0.0.0.0:9000", 5);
    assert_eq!(world.accept(B, listener), Err(Errno::EAGAIN));
    let caller = world.tcp(A);
    assert_eq!(
        world.connect(A, caller, "172.16.10.11:9000"),
        Err(Errno::EINPROGRESS)
    );
    assert_eq!(
        world.connect(A, caller, "172.16.10.11:9000"),
        Err(Errno::EALREADY)
    );
    assert_eq!(world.ready(A, caller), Readiness::empty());
    assert_eq!(world.states(A), ["SYN-SENT"]);
    world.settle();
    assert_eq!(
        flags(&mut world),
        [Flags::SYN, Flags::SYN | Flags::ACK, Flags::ACK]
    );
    assert_eq!(world.events(A), [caller]);
    assert_eq!(world.events(B), [listener]);
    assert!(world.ready(A, caller).contains(Readiness::WRITABLE));
    assert!(world.ready(B, listener).contains(Readiness::READABLE));
    // Success is told once, then the socket is connected.
    assert_eq!(world.connect(A, caller, "172.16.10.11:9000"), Ok(()));
    assert_eq!(
        world.connect(A, caller, "172.16.10.11:9000"),
        Err(Errno::EISCONN)
    );
    let (accepted, from) = world.hosts[B].accept(listener).unwrap();
    assert_eq!(from, world.hosts[A].local_address(caller).unwrap());
    assert_eq!(world.local(A, caller).ip(), ip("172.16.10.10"));
    assert_eq!(
        world.hosts[A].peer_address(caller),
        Ok(at("172.16.10.11:9000"))
    );
    assert_eq!(
        world.local(B, accepted),
        "172.16.10.11:9000".parse().unwrap()
    );
    world.close(A, caller);
    world.settle();
    assert_eq!(world.recv(B, accepted), Ok(Vec::new()));
    assert_eq!(world.states(A), ["FIN-WAIT-2"]);
    assert_eq!(world.states(B), ["CLOSE-WAIT", "LISTEN"]);
    world.close(B, accepted);
    world.settle();
    assert_eq!(world.states(A), ["TIME-WAIT"]);
    assert_eq!(world.states(B), ["LISTEN"]);
    let closing = flags(&mut world);
    assert_eq!(closing.iter().filter(|f| f.contains(Flags::FIN)).count(), 2);
    assert!(closing.iter().all(|f| !f.contains(Flags::RST)));
    // TIME-WAIT lasts a minute.
    world.pass_millis(59_000);
    assert_eq!(world.states(A), ["TIME-WAIT"]);
    world.pass_millis(1_000);
    assert!(world.states(A).is_empty());
}

#[test]
fn a_call_is_answered() {
    let mut world = pair();
    let (caller, accepted, _) = world.connection();
    assert_eq!(world.send(A, caller, b"hello"), Ok(5));
    world.settle();
    assert_eq!(world.recv(B, accepted), Ok(b"hello".to_vec()));
    assert_eq!(world.recv(B, accepted), Err(Errno::EAGAIN));
    world.send(B, accepted, b"HELLO").unwrap();
    world.settle();
    let mut out = [0; 3];
    let now = world.now;
    for flags in [RecvFlags::PEEK, RecvFlags::empty()] {
        assert_eq!(world.hosts[A].recv(now, caller, &mut out, flags), Ok(3));
        assert_eq!(&out, b"HEL");
    }
    assert_eq!(world.hosts[A].queued(caller).unwrap().unread, 2);
    let rest = world.hosts[A].recv_bytes(now, caller, 100).unwrap();
    assert_eq!(rest.payload.to_vec(), b"LO");
    assert_eq!(rest.from, None);
}

#[test]
fn what_is_on_the_cable_has_right_checksums() {
    let mut world = pair();
    let (caller, accepted, _) = world.connection();
    world.send(A, caller, b"an odd number of them").unwrap();
    world.settle();
    world.recv(B, accepted).unwrap();
    let frames: Vec<_> = world.take().into_iter().map(|sent| sent.bytes).collect();
    let segments = ips(&frames);
    assert!(segments.len() >= 4);
    for (_, header, bytes) in segments {
        let (src, dst) = (header.src.into(), header.dst.into());
        let mut sum = checksum::Checksum::pseudo_header(src, dst, Protocol::TCP, bytes.len());
        sum.add(&bytes);
        assert_eq!(sum.finish(), 0);
        assert!(header.dont_fragment);
    }
}

#[test]
fn half_close_lets_the_answer_come() {
    let mut world = pair();
    let (caller, accepted, _) = world.connection();
    world.send(A, caller, b"question").unwrap();
    world.shutdown(A, caller, How::Write).unwrap();
    assert_eq!(world.send(A, caller, b"more"), Err(Errno::EPIPE));
    world.settle();
    assert_eq!(world.recv(B, accepted), Ok(b"question".to_vec()));
    assert_eq!(world.recv(B, accepted), Ok(Vec::new()));
    let ready = world.ready(B, accepted);
    assert!(ready.contains(Readiness::READ_CLOSED | Readiness::WRITABLE));
    assert!(!ready.contains(Readiness::HANGUP));
    world.send(B, accepted, b"answer").unwrap();
    world.settle();
    assert_eq!(world.recv(A, caller), Ok(b"answer".to_vec()));
    world.close(B, accepted);
    world.settle();
    assert_eq!(world.recv(A, caller), Ok(Vec::new()));
    let ready = world.ready(A, caller);
    assert!(ready.contains(Readiness::HANGUP | Readiness::READABLE | Readiness::READ_CLOSED));
}

#[test]
fn a_host_calls_itself() {
    let mut world = pair();
    let listener = world.listener(A, "127.0.0.1:9000", 5);
    for to in ["127.0.0.1:9000", "0.0.0.0:9000"] {
        let caller = world.call(A, to);
        let accepted = world.accept(A, listener).unwrap();
        let bytes = vec![7; 100_000];
        let mut sent = 0;
        let mut got = Vec::new();
        while got.len() < bytes.len() {
            sent += world.send(A, caller, &bytes[sent..]).unwrap_or(0);
            world.settle();
            got.extend(world.recv(A, accepted).unwrap_or_default());
            world.settle();
        }
        assert_eq!(got, bytes);
    }
    let own = world.listener(A, "172.16.10.10:9001", 5);
    let caller = world.call(A, "172.16.10.10:9001");
    assert_eq!(world.local(A, caller).ip(), ip("172.16.10.10"));
    world.accept(A, own).unwrap();
    assert!(world.take().is_empty(), "nothing reaches the cable");
}

#[test]
fn a_socket_that_calls_itself_opens_simultaneously() {
    let mut world = pair();
    let socket = world.tcp(A);
    world.bind(A, socket, "127.0.0.1:5000").unwrap();
    world.connect(A, socket, "127.0.0.1:5000").unwrap_err();
    world.settle();
    assert_eq!(world.states(A), ["ESTAB"]);
    world.send(A, socket, b"to myself").unwrap();
    world.settle();
    assert_eq!(world.recv(A, socket), Ok(b"to myself".to_vec()));
}

#[test]
fn two_that_call_each_other_at_once_meet() {
    let mut world = pair();
    let [a, b] = [(A, "172.16.10.10:5000"), (B, "172.16.10.11:5001")].map(|(host, name)| {
        let socket = world.tcp(host);
        world.bind(host, socket, name).unwrap();
        socket
    });
    world.connect(A, a, "172.16.10.11:5001").unwrap_err();
    world.connect(B, b, "172.16.10.10:5000").unwrap_err();
    world.settle();
    assert_eq!(world.states(A), ["ESTAB"]);
    assert_eq!(world.states(B), ["ESTAB"]);
    world.send(B, b, b"met").unwrap();
    world.settle();
    assert_eq!(world.recv(A, a), Ok(b"met".to_vec()));
}

#[test]
fn a_full_window_stops_the_sender_until_the_reader_reads() {
    let mut world = pair();
    let (caller, accepted, _) = world.connection();
    let mut sent = 0;
    let chunk = vec![3; 65_536];
    for _ in 0..1000 {
        match world.send(A, caller, &chunk) {
            Ok(count) => sent += count,
            Err(Errno::EAGAIN) => {
                let before = sent;
                world.pass_millis(100);
                if !world.ready(A, caller).contains(Readiness::WRITABLE) {
                    assert_eq!(before, sent);
                    break;
                }
            }
            Err(error) => panic!("{error}"),
        }
        world.settle();
    }
    assert!(!world.ready(A, caller).contains(Readiness::WRITABLE));
    let unread = world.hosts[B].queued(accepted).unwrap().unread;
    assert!(unread >= 60_000 && unread <= sent, "{unread} of {sent}");
    world.events(A);
    let mut got = 0;
    for _ in 0..10_000 {
        got += world.recv(B, accepted).map_or(0, |bytes| bytes.len());
        world.pass_millis(10);
        if got == sent {
            break;
        }
    }
    assert_eq!(got, sent);
    assert_eq!(world.events(A), [caller], "told that there is room");
}

#[test]
fn options_reach_the_connection_and_are_inherited() {
    let mut world = pair();
    let listener = world.listener(B, "0.0.0.0:9000", 5);
    world.set(B, listener, SocketOption::NoDelay(true));
    world.set(B, listener, SocketOption::KeepAlive(true));
    world.set(B, listener, SocketOption::RecvBuffer(20_000));
    world.set(B, listener, SocketOption::Ttl(Some(9)));
    let caller = world.tcp(A);
    world.set(A, caller, SocketOption::MaxSegment(500));
    world.connect(A, caller, "172.16.10.11:9000").unwrap_err();
    world.settle();
    let accepted = world.accept(B, listener).unwrap();
    for (name, value) in [
        (OptionName::NoDelay, SocketOption::NoDelay(true)),
        (OptionName::KeepAlive, SocketOption::KeepAlive(true)),
        (OptionName::RecvBuffer, SocketOption::RecvBuffer(40_000)),
        (OptionName::Ttl, SocketOption::Ttl(Some(9))),
        // Less what the timestamps take of each segment.
        (OptionName::MaxSegment, SocketOption::MaxSegment(488)),
        (OptionName::AcceptConn, SocketOption::AcceptConn(false)),
        (OptionName::Type, SocketOption::Type(1)),
        (OptionName::Protocol, SocketOption::Protocol(6)),
        (OptionName::Domain, SocketOption::Domain(2)),
    ] {
        assert_eq!(world.get(B, accepted, name), value);
    }
    assert_eq!(
        world.get(B, listener, OptionName::AcceptConn),
        SocketOption::AcceptConn(true)
    );
    world.take();
    world.send(B, accepted, &[1; 2000]).unwrap();
    world.settle();
    let frames = world.take_from(B);
    for (_, header, bytes) in ips(&frames) {
        assert_eq!(header.ttl, 9);
        assert!(bytes.len() <= 520);
    }
}

#[test]
fn quick_ack_is_kept_before_there_is_a_connection() {
    let mut world = pair();
    let quick = |world: &mut World, host, socket| world.get(host, socket, OptionName::QuickAck);
    let listener = world.listener(B, "0.0.0.0:9000", 5);
    let caller = world.tcp(A);
    for (host, socket) in [(A, caller), (B, listener)] {
        assert_eq!(quick(&mut world, host, socket), SocketOption::QuickAck(1));
        for (set, got) in [(0, 0), (2, 1), (0, 0)] {
            world.set(host, socket, SocketOption::QuickAck(set));
            assert_eq!(quick(&mut world, host, socket), SocketOption::QuickAck(got));
        }
    }
    world.connect(A, caller, "172.16.10.11:9000").unwrap_err();
    world.settle();
    // Linux 6.18: it is handed on to the callee, while the caller's SYN-ACK makes it quick.
    let callee = world.accept(B, listener).unwrap();
    assert_eq!(quick(&mut world, B, callee), SocketOption::QuickAck(0));
    assert_eq!(quick(&mut world, A, caller), SocketOption::QuickAck(1));
    world.set(A, caller, SocketOption::QuickAck(0));
    assert_eq!(quick(&mut world, A, caller), SocketOption::QuickAck(0));
}

#[test]
fn a_card_that_cuts_is_given_large_frames() {
    let mut world = World::new();
    for (number, address) in [(1, "172.16.10.10/24"), (2, "172.16.10.11/24")] {
        let host = world.host(stack::Sysctls::default());
        let mut config = card("eth0", number, address);
        config.offload.checksum = true;
        config.offload.segmentation = 65_536;
        world.plug(host, config);
    }
    let ports = [A, B].map(|host| (host, world.hosts[host].interfaces()[1].id()));
    world.lan(&ports);
    let (caller, accepted, _) = world.connection();
    // The window opens with what is acknowledged.
    let (mut sent, mut got, mut largest) = (0, 0, 0);
    while got < 1_000_000 {
        sent += world
            .send(A, caller, &vec![1; 1_000_000 - sent])
            .unwrap_or(0);
        let now = world.now;
        while let Some((_, frame)) = world.hosts[A].poll_transmit(now) {
            if frame.len() > 1514 {
                // Each segment but the last is as long as the way allows.
                assert_eq!(frame.segment_size.map(std::num::NonZero::get), Some(1448));
                assert!(matches!(frame.checksum, ChecksumState::Partial { .. }));
            }
            largest = largest.max(frame.len());
            world.hosts[B].receive(now, ports[B].1, frame);
        }
        world.settle();
        got += world.recv(B, accepted).map_or(0, |bytes| bytes.len());
        world.settle();
        world.pass_millis(1);
    }
    assert!(largest > 10_000, "{largest}");
}

#[test]
fn the_kind_of_service_is_the_socket_s() {
    // RFC 9293 §3.9.1.9, MUST-48, SHLD-21 and SHLD-22: from the SYN on, unchanged, and changed at
    // any time. The lowest two bits are ECN's.
    let mut world = pair();
    let listener = world.listener(B, "0.0.0.0:9000", 5);
    let classes = |world: &mut World, host| -> Vec<u8> {
        let frames = world.take_from(host);
        let packets = ips(&frames);
        packets.iter().map(|(_, ip, _)| ip.traffic_class).collect()
    };
    let caller = world.tcp(A);
    world.set(A, caller, SocketOption::Tos(0xb8));
    world.take();
    world.connect(A, caller, "172.16.10.11:9000").unwrap_err();
    world.settle();
    let _accepted = world.accept(B, listener).unwrap();
    assert_eq!(classes(&mut world, A), [0xb8, 0xb8]);
    world.set(A, caller, SocketOption::Tos(0x28 | 3));
    assert_eq!(
        world.get(A, caller, OptionName::Tos),
        SocketOption::Tos(0x28)
    );
    world.take();
    world.send(A, caller, b"in another class").unwrap();
    world.settle();
    assert_eq!(classes(&mut world, A), [0x28]);
}
