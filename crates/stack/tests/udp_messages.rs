//! Control messages of datagrams, both ways, and the errors that wait one by one.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::World;
use common::sockets::{A, B, at, pair};
use stack::{
    Cmsg, Errno, Family, Kind, Message, MessageFlags, OptionName, Origin, PktInfo, Readiness,
    RecvFlags, SendFlags, SocketId, SocketOption,
};

fn message(world: &mut World, host: usize, socket: SocketId, room: usize) -> Message {
    let now = world.now;
    let none = RecvFlags::empty();
    world.hosts[host]
        .recv_message(now, socket, 2000, room, none)
        .unwrap()
}

fn error(world: &mut World, host: usize, socket: SocketId) -> Result<Message, Errno> {
    let now = world.now;
    world.hosts[host].recv_message(now, socket, 2000, 512, RecvFlags::ERRQUEUE)
}

#[test]
fn a_datagram_says_where_and_how_it_came() {
    let mut world = pair();
    let to = world.udp_at(B, "0.0.0.0:9000");
    for option in [
        SocketOption::PktInfo(true),
        SocketOption::RecvTtl(true),
        SocketOption::RecvTos(true),
        SocketOption::RecvOrigDstAddr(true),
        SocketOption::TimestampNs(true),
    ] {
        world.set(B, to, option);
    }
    let from = world.udp_at(A, "172.16.10.10:5000");
    let control = [Cmsg::Ttl(17), Cmsg::Tos(0x2e)];
    let (now, name) = (world.now, at("172.16.10.11:9000"));
    let none = SendFlags::empty();
    let sent = world.hosts[A].send_message(now, from, b"hello", Some(&name), &control, none);
    assert_eq!(sent, Ok(5));
    world.settle();
    let got = message(&mut world, B, to, 512);
    assert_eq!(got.payload.to_vec(), b"hello");
    assert_eq!(got.from, Some(at("172.16.10.10:5000")));
    assert_eq!(got.flags, MessageFlags::empty());
    let local = "172.16.10.11".parse().unwrap();
    assert!(matches!(got.control[0], Cmsg::TimestampNs(_)));
    assert_eq!(
        got.control[1..],
        [
            // The loopback is number 1, the card number 2.
            Cmsg::PktInfo(PktInfo {
                index: 2,
                spec_dst: local,
                addr: local
            }),
            Cmsg::Ttl(17),
            Cmsg::Tos(0x2e),
            Cmsg::OrigDstAddr("172.16.10.11:9000".parse().unwrap()),
        ]
    );
}

#[test]
fn what_does_not_fit_is_left_out_and_said() {
    let mut world = pair();
    let to = world.udp_at(B, "0.0.0.0:9000");
    world.set(B, to, SocketOption::RecvTtl(true));
    world.set(B, to, SocketOption::RecvTos(true));
    let from = world.udp(A);
    // A TTL takes 24 bytes with its header and padding, a TOS of one byte no less.
    for (room, count, cut) in [
        (48, 2, false),
        (41, 2, false),
        (40, 1, true),
        (20, 1, true),
        (19, 0, true),
        (0, 0, true),
    ] {
        world.send_to(A, from, b"x", "172.16.10.11:9000").unwrap();
        world.settle();
        let got = message(&mut world, B, to, room);
        assert_eq!(got.control.len(), count, "{room}");
        assert_eq!(got.flags.contains(MessageFlags::CTRUNC), cut, "{room}");
    }
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let mut world = pair();
    let from = world.udp(A);
    let (now, name) = (world.now, at("172.16.10.11:9000"));
    let none = SendFlags::empty();
    let info = |index, source: &str| {
        let (spec_dst, addr) = (source.parse().unwrap(), "0.0.0.0".parse().unwrap());
        Cmsg::PktInfo(PktInfo {
            index,
            spec_dst,
            addr,
        })
    };
    for (control, wanted) in [
        (Cmsg::Ttl(0), Err(Errno::EINVAL)),
        (Cmsg::Inq(1), Ok(1)),
        (info(9, "0.0.0.0"), Err(Errno::ENODEV)),
        (info(2, "0.0.0.0"), Ok(1)),
        (info(0, "172.16.10.10"), Ok(1)),
        (info(0, "172.16.10.99"), Err(Errno::ENETUNREACH)),
    ] {
        let sent = world.hosts[A].send_message(now, from, b"x", Some(&name), &[control], none);
        assert_eq!(sent, wanted, "{control:?}");
    }
}

#[test]
fn an_unconnected_socket_hears_of_a_closed_port() {
    let mut world = pair();
    let from = world.udp(A);
    world.set(A, from, SocketOption::RecvErr(true));
    world.set(A, from, SocketOption::RecvTtl(true));
    world
        .send_to(A, from, b"anyone?", "172.16.10.11:9000")
        .unwrap();
    world.settle();
    assert!(world.ready(A, from).contains(Readiness::ERROR));
    // ECONNREFUSED, once; the error itself goes on waiting.
    assert_eq!(world.recv(A, from), Err(Errno::ECONNREFUSED));
    assert!(world.ready(A, from).contains(Readiness::ERROR));
    let got = error(&mut world, A, from).unwrap();
    assert_eq!(got.payload.to_vec(), b"anyone?");
    assert_eq!(got.from, Some(at("172.16.10.11:9000")));
    assert_eq!(got.flags, MessageFlags::ERRQUEUE);
    assert_eq!(got.control[0], Cmsg::Ttl(64));
    let Cmsg::RecvErr(told) = got.control[1] else {
        panic!("{:?}", got.control);
    };
    assert_eq!(
        (told.errno, told.origin),
        (Errno::ECONNREFUSED, Origin::Icmp)
    );
    assert_eq!((told.kind, told.code, told.info), (3, 3, 0));
    assert_eq!(told.offender, Some("172.16.10.11".parse().unwrap()));
    assert_eq!(error(&mut world, A, from), Err(Errno::EAGAIN));
    assert!(!world.ready(A, from).contains(Readiness::ERROR));
}

#[test]
fn the_last_error_taken_clears_the_pending_one() {
    let mut world = pair();
    let from = world.udp(A);
    world.set(A, from, SocketOption::RecvErr(true));
    for _ in 0..2 {
        let _ = world.send_to(A, from, b"x", "172.16.10.11:9000");
        world.settle();
        let taken = world.get(A, from, OptionName::Error);
        assert_eq!(taken, SocketOption::Error(Some(Errno::ECONNREFUSED)));
    }
    error(&mut world, A, from).unwrap();
    // The next one's number is pending again.
    let pending = SocketOption::Error(Some(Errno::ECONNREFUSED));
    assert_eq!(world.get(A, from, OptionName::Error), pending);
    error(&mut world, A, from).unwrap();
    assert_eq!(
        world.get(A, from, OptionName::Error),
        SocketOption::Error(None)
    );
    // Who asks for them no more throws them away.
    world.send_to(A, from, b"x", "172.16.10.11:9000").unwrap();
    world.settle();
    world.set(A, from, SocketOption::RecvErr(false));
    assert_eq!(error(&mut world, A, from), Err(Errno::EAGAIN));
}

#[test]
fn errors_are_bounded() {
    let mut world = pair();
    let from = world.udp(A);
    world.set(A, from, SocketOption::RecvErr(true));
    world.set(A, from, SocketOption::RecvBuffer(1));
    for _ in 0..100 {
        let _ = world.send_to(A, from, b"x", "172.16.10.11:9000");
        world.settle();
    }
    let count = std::iter::from_fn(|| error(&mut world, A, from).ok()).count();
    // SOCK_MIN_RCVBUF is 2304, and one costs a little more than 256.
    assert!((1..=8).contains(&count), "{count}");
}

#[test]
fn one_call_sends_several() {
    let mut world = pair();
    let to = world.udp_at(B, "0.0.0.0:9000");
    let from = world.udp(A);
    let (now, name) = (world.now, at("172.16.10.11:9000"));
    let none = SendFlags::empty();
    let mut send = |len: usize, size| {
        let bytes = vec![7; len];
        let control = [Cmsg::Segment(size)];
        world.hosts[A].send_message(now, from, &bytes, Some(&name), &control, none)
    };
    assert_eq!(send(2500, 1000), Ok(2500));
    // Each must fit the way, and 128 are the most.
    assert_eq!(send(3000, 1473), Err(Errno::EINVAL));
    assert_eq!(send(129, 1), Err(Errno::EINVAL));
    world.settle();
    for len in [1000, 1000, 500] {
        assert_eq!(world.recv(B, to).unwrap().len(), len);
    }
    assert_eq!(world.recv(B, to), Err(Errno::EAGAIN));
}

#[test]
fn a_socket_of_one_interface_hears_by_no_other() {
    let mut world = pair();
    let to = world.udp_at(B, "0.0.0.0:9000");
    world.set(B, to, SocketOption::BindToIfindex(1));
    let from = world.udp(A);
    world.connect(A, from, "172.16.10.11:9000").unwrap();
    world.send(A, from, b"x").unwrap();
    world.settle();
    // Nobody hears by that card.
    assert_eq!(world.recv(A, from), Err(Errno::ECONNREFUSED));
    world.set(B, to, SocketOption::BindToIfindex(2));
    world.send(A, from, b"y").unwrap();
    world.settle();
    assert_eq!(world.recv(B, to).unwrap(), b"y");
}

#[test]
fn each_version_has_its_own_hops_and_class() {
    let mut world = pair();
    let socket = world.hosts[A]
        .socket(Family::Inet6, Kind::Datagram)
        .unwrap();
    world.set(A, socket, SocketOption::UnicastHops(Some(9)));
    world.set(A, socket, SocketOption::TrafficClass(0x20));
    world.set(A, socket, SocketOption::Ttl(Some(7)));
    let ttl = world.get(A, socket, OptionName::Ttl);
    let hops = world.get(A, socket, OptionName::UnicastHops);
    let tos = world.get(A, socket, OptionName::Tos);
    assert_eq!(ttl, SocketOption::Ttl(Some(7)));
    assert_eq!(hops, SocketOption::UnicastHops(Some(9)));
    assert_eq!(tos, SocketOption::Tos(0));
}
