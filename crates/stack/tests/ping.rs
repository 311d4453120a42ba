//! Ping sockets (icmp(7), RFC 792).

mod common;

use common::packets::{ips, message};
use common::sockets::{A, B, at, inet, pair};
use common::{World, ip};
use stack::{DropReason, Errno, How, Kind, OptionName, Readiness, SocketOption};
use wire::Protocol;
use wire::icmpv4::Message;

/// An echo request as a program makes it: the identifier and checksum are the stack's to fill in.
fn request(seq: u16, data: &[u8]) -> Vec<u8> {
    let [a, b] = seq.to_be_bytes();
    [&[8, 0, 0, 0, 0xde, 0xad, a, b], data].concat()
}

#[test]
fn a_ping_comes_back_with_its_bytes() {
    let mut world = pair();
    let socket = world.socket(A, Kind::Ping);
    assert_eq!(
        world.send_to(A, socket, &request(7, b"hello"), "172.16.10.11:0"),
        Ok(13)
    );
    let ident = world.local(A, socket).port();
    assert_ne!(ident, 0);
    world.settle();
    let sent = ips(&world.take_from(A));
    assert_eq!(sent.len(), 1);
    let (_, header, bytes) = &sent[0];
    assert_eq!(header.protocol, Protocol::ICMP);
    // `message` checks the checksum.
    assert_eq!(
        message(bytes),
        (Message::EchoRequest { ident, seq: 7 }, &b"hello"[..])
    );
    let (bytes, received) = world.recv_from(A, socket).unwrap();
    assert_eq!(
        Message::parse(&bytes).unwrap().0,
        Message::EchoReply { ident, seq: 7 }
    );
    assert_eq!(&bytes[8..], b"hello");
    assert_eq!(received.from, Some(at("172.16.10.11:0")));
    assert_eq!(world.recv(A, socket), Err(Errno::EAGAIN));
}

#[test]
fn a_host_pings_itself() {
    let mut world = pair();
    let socket = world.socket(A, Kind::Ping);
    for to in ["127.0.0.1:0", "172.16.10.10:0", "0.0.0.0:0"] {
        world.send_to(A, socket, &request(1, b""), to).unwrap();
        world.settle();
        assert_eq!(world.recv(A, socket).unwrap().len(), 8, "{to}");
    }
    assert!(world.take().is_empty());
}

#[test]
fn a_long_ping_goes_in_fragments() {
    let mut world = pair();
    let socket = world.socket(A, Kind::Ping);
    world.connect(A, socket, "172.16.10.11:0").unwrap();
    let data: Vec<u8> = (0..65_507u32).map(|n| (n % 251) as u8).collect();
    world.send(A, socket, &request(1, &data)).unwrap();
    world.settle();
    assert_eq!(world.recv(A, socket).unwrap()[8..], data[..]);
    assert_eq!(
        world.send(A, socket, &request(1, &vec![0; 65_508])),
        Err(Errno::EMSGSIZE)
    );
}

#[test]
fn replies_go_to_who_asked() {
    let mut world = pair();
    let sockets = [0, 1].map(|_| world.socket(A, Kind::Ping));
    for (socket, seq) in sockets.iter().zip(1..) {
        world
            .send_to(A, *socket, &request(seq, b""), "172.16.10.11:0")
            .unwrap();
    }
    // One that asked and is gone.
    let gone = world.socket(A, Kind::Ping);
    world
        .send_to(A, gone, &request(9, b""), "172.16.10.11:0")
        .unwrap();
    world.close(A, gone);
    world.settle();
    assert_eq!(world.died(A, DropReason::IcmpForNobody), 1);
    for (socket, seq) in sockets.iter().zip(1u8..) {
        assert_eq!(world.recv(A, *socket).unwrap()[7], seq);
        assert_eq!(world.recv(A, *socket), Err(Errno::EAGAIN));
    }
    assert_eq!(world.events(A), sockets);
}

#[test]
fn identifiers_are_ports() {
    let mut world = pair();
    let socket = world.socket(A, Kind::Ping);
    world.bind(A, socket, "172.16.10.10:77").unwrap();
    assert_eq!(world.local(A, socket), "172.16.10.10:77".parse().unwrap());
    let other = world.socket(A, Kind::Ping);
    assert_eq!(world.bind(A, other, "0.0.0.0:77"), Err(Errno::EADDRINUSE));
    assert_eq!(
        world.bind(A, other, "172.16.10.11:0"),
        Err(Errno::EADDRNOTAVAIL)
    );
    world.close(A, socket);
    world.bind(A, other, "0.0.0.0:77").unwrap();
    assert_eq!(world.bind(A, other, "0.0.0.0:78"), Err(Errno::EINVAL));
}

#[test]
fn nobody_there_is_told_to_a_connected_socket() {
    let mut world = pair();
    let socket = world.socket(A, Kind::Ping);
    world.connect(A, socket, "172.16.10.99:0").unwrap();
    assert_eq!(
        inet(&world.hosts[A].peer_address(socket).unwrap()).ip(),
        ip("172.16.10.99")
    );
    world.send(A, socket, &request(1, b"")).unwrap();
    world.pass_millis(3100);
    assert!(world.ready(A, socket).contains(Readiness::ERROR));
    assert_eq!(world.recv(A, socket), Err(Errno::EHOSTUNREACH));
}

#[test]
fn calls_that_cannot_be_say_why() {
    let mut world = pair();
    let now = world.now;
    let socket = world.socket(A, Kind::Ping);
    let to = "172.16.10.11:0";
    assert_eq!(
        world.send(A, socket, &request(1, b"")),
        Err(Errno::EDESTADDRREQ)
    );
    // Too short; no echo request.
    assert_eq!(world.send_to(A, socket, b"1234567", to), Err(Errno::EINVAL));
    assert_eq!(
        world.send_to(A, socket, &[0, 0, 0, 0, 0, 0, 0, 0], to),
        Err(Errno::EINVAL)
    );
    assert_eq!(
        world.send_to(A, socket, &request(1, b""), "172.16.10.255:0"),
        Err(Errno::EACCES)
    );
    assert_eq!(world.hosts[A].listen(socket, 1), Err(Errno::EOPNOTSUPP));
    assert_eq!(
        world.hosts[A].shutdown(now, socket, How::Both),
        Err(Errno::ENOTCONN)
    );
    assert_eq!(
        world.get(A, socket, OptionName::Protocol),
        SocketOption::Protocol(1)
    );
    world.close(A, socket);
    assert_eq!(world.recv(A, socket), Err(Errno::EBADF));
}

#[test]
fn a_full_buffer_loses_replies_and_counts_them() {
    let mut world = pair();
    let socket = world.socket(A, Kind::Ping);
    world.set(A, socket, SocketOption::RecvBuffer(0));
    let flood = |world: &mut World| {
        for seq in 0..20 {
            world
                .send_to(A, socket, &request(seq, &[0; 100]), "172.16.10.11:0")
                .unwrap();
            world.settle();
        }
    };
    flood(&mut world);
    // 2304 bytes hold six of 108 and 256 bytes of bookkeeping.
    assert_eq!(world.died(A, DropReason::PingReceiveBufferFull), 14);
    assert_eq!(world.died(B, DropReason::PingReceiveBufferFull), 0);
}
