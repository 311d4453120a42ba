//! UDP between two hosts, and within one: datagrams there and back (RFC 768, udp(7)).

mod common;

use common::packets::{header, ip_frame, ips, udp};
use common::sockets::{A, B, at, inet, pair};
use common::{World, card, ip, mac};
use stack::{DropReason, Errno, OptionName, Readiness, RecvFlags, SocketOption, Sysctls};
use wire::{Protocol, checksum};

#[test]
fn a_datagram_goes_there_and_its_answer_comes_back() {
    let mut world = pair();
    let server = world.udp_at(B, "0.0.0.0:9000");
    let client = world.udp(A);
    assert_eq!(
        world.send_to(A, client, b"hello", "172.16.10.11:9000"),
        Ok(5)
    );
    world.settle();
    let (bytes, received) = world.recv_from(B, server).unwrap();
    assert_eq!(bytes, b"hello");
    assert_eq!(received.len, 5);
    let from = received.from.unwrap();
    assert_eq!(inet(&from).ip(), ip("172.16.10.10"));
    assert_eq!(inet(&from).port(), world.local(A, client).port());
    let now = world.now;
    world.hosts[B]
        .send_to(now, server, b"HELLO", &from)
        .unwrap();
    world.settle();
    let (bytes, received) = world.recv_from(A, client).unwrap();
    assert_eq!(bytes, b"HELLO");
    assert_eq!(received.from, Some(at("172.16.10.11:9000")));
    assert_eq!(world.recv(A, client), Err(Errno::EAGAIN));
}

#[test]
fn an_empty_datagram_is_one() {
    let mut world = pair();
    let server = world.udp_at(B, "0.0.0.0:9000");
    let client = world.udp(A);
    world.send_to(A, client, b"", "172.16.10.11:9000").unwrap();
    world.settle();
    assert!(world.ready(B, server).contains(Readiness::READABLE));
    assert_eq!(world.recv(B, server), Ok(Vec::new()));
    assert_eq!(world.recv(B, server), Err(Errno::EAGAIN));
}

#[test]
fn what_is_on_the_cable_is_udp_with_a_right_checksum() {
    let mut world = pair();
    let client = world.udp_at(A, "0.0.0.0:5000");
    world
        .send_to(A, client, b"odd", "172.16.10.11:9000")
        .unwrap();
    world.settle();
    let sent = ips(&world.take_from(A));
    let (_, header, bytes) = &sent[0];
    assert_eq!(header.protocol, Protocol::UDP);
    assert!(header.dont_fragment);
    assert_eq!(bytes[..6], [0x13, 0x88, 0x23, 0x28, 0, 11]);
    let mut sum = checksum::Checksum::pseudo_header(
        header.src.into(),
        header.dst.into(),
        Protocol::UDP,
        bytes.len(),
    );
    sum.add(bytes);
    assert_eq!(sum.finish(), 0);
}

#[test]
fn a_card_that_sums_is_left_the_sum() {
    let mut world = World::new();
    let a = world.host(Sysctls::default());
    let mut config = card("eth0", 1, "172.16.10.10/24");
    config.offload.checksum = true;
    world.plug(a, config);
    world.settle();
    let socket = world.udp(a);
    let now = world.now;
    world
        .send_to(a, socket, b"x", "172.16.10.255:9")
        .unwrap_err();
    world.set(a, socket, SocketOption::Broadcast(true));
    world.send_to(a, socket, b"x", "172.16.10.255:9").unwrap();
    let (_, frame) = world.hosts[a].poll_transmit(now).unwrap();
    // Behind Ethernet's 14 and IP's 20 bytes, the field 6 bytes in.
    let owed = base::ChecksumState::Partial {
        start: 34,
        offset: 6,
    };
    assert_eq!(frame.checksum, owed);
}

#[test]
fn the_largest_datagram_goes_in_fragments_and_no_larger_one() {
    let mut world = pair();
    let server = world.udp_at(B, "0.0.0.0:9000");
    let client = world.udp(A);
    let bytes: Vec<u8> = (0..65_507u32).map(|n| (n * 7 % 251) as u8).collect();
    assert_eq!(
        world.send_to(A, client, &bytes, "172.16.10.11:9000"),
        Ok(65_507)
    );
    world.settle();
    assert_eq!(world.take_from(A).len(), 45);
    assert_eq!(world.recv(B, server), Ok(bytes.clone()));
    let over = [&bytes[..], b"x"].concat();
    assert_eq!(
        world.send_to(A, client, &over, "172.16.10.11:9000"),
        Err(Errno::EMSGSIZE)
    );
}

#[test]
fn a_broadcast_needs_leave_and_reaches_all() {
    let mut world = pair();
    let servers: Vec<_> = ["0.0.0.0:9000", "172.16.10.255:9000"]
        .map(|name| {
            let socket = world.udp(B);
            world.set(B, socket, SocketOption::ReuseAddr(true));
            world.bind(B, socket, name).unwrap();
            socket
        })
        .into();
    let not_for = world.udp(B);
    world.set(B, not_for, SocketOption::ReuseAddr(true));
    world.bind(B, not_for, "172.16.10.11:9000").unwrap();
    let own = world.udp_at(A, "0.0.0.0:9000");
    let client = world.udp_at(A, "172.16.10.10:0");
    for all in ["172.16.10.255:9000", "255.255.255.255:9000"] {
        assert_eq!(world.send_to(A, client, b"all", all), Err(Errno::EACCES));
        assert_eq!(world.connect(A, client, all), Err(Errno::EACCES));
    }
    world.set(A, client, SocketOption::Broadcast(true));
    world
        .send_to(A, client, b"all", "172.16.10.255:9000")
        .unwrap();
    world.settle();
    for server in &servers {
        assert_eq!(world.recv(B, *server), Ok(b"all".to_vec()));
    }
    assert_eq!(world.recv(B, not_for), Err(Errno::EAGAIN));
    // All hosts includes this one.
    assert_eq!(world.recv(A, own), Ok(b"all".to_vec()));
    world
        .send_to(A, client, b"here", "255.255.255.255:9000")
        .unwrap();
    world.settle();
    assert_eq!(world.recv(B, servers[0]), Ok(b"here".to_vec()));
    assert_eq!(world.recv(B, servers[1]), Err(Errno::EAGAIN));
    // Nobody complains about a broadcast.
    world.take();
    world.send_to(A, client, b"?", "172.16.10.255:9").unwrap();
    world.settle();
    assert!(world.take_from(B).is_empty());
}

#[test]
fn a_full_receive_buffer_loses_what_comes_and_counts_it() {
    let mut world = pair();
    let server = world.udp_at(B, "0.0.0.0:9000");
    world.set(B, server, SocketOption::RecvBuffer(5000));
    assert_eq!(
        world.get(B, server, OptionName::RecvBuffer),
        SocketOption::RecvBuffer(10_000)
    );
    let client = world.udp(A);
    for n in 0..20u8 {
        world
            .send_to(A, client, &[n; 1000], "172.16.10.11:9000")
            .unwrap();
        world.settle();
    }
    let mut heard = Vec::new();
    while let Ok(bytes) = world.recv(B, server) {
        heard.push(bytes[0]);
    }
    // The oldest stay: 256 bytes of bookkeeping beside each thousand.
    assert_eq!(heard, (0..7).collect::<Vec<_>>());
    assert_eq!(world.died(B, DropReason::UdpReceiveBufferFull), 13);
    world
        .send_to(A, client, b"again", "172.16.10.11:9000")
        .unwrap();
    world.settle();
    assert_eq!(world.recv(B, server), Ok(b"again".to_vec()));
}

#[test]
fn buffers_have_linux_s_bounds() {
    let mut world = pair();
    let socket = world.udp(A);
    for name in [OptionName::RecvBuffer, OptionName::SendBuffer] {
        let value = match world.get(A, socket, name) {
            SocketOption::RecvBuffer(value) | SocketOption::SendBuffer(value) => value,
            other => panic!("{other:?}"),
        };
        assert_eq!(value, 212_992);
    }
    for (asked, recv, send) in [(0, 2304, 4608), (u32::MAX, 8_388_608, 8_388_608)] {
        world.set(A, socket, SocketOption::RecvBuffer(asked));
        world.set(A, socket, SocketOption::SendBuffer(asked));
        assert_eq!(
            world.get(A, socket, OptionName::RecvBuffer),
            SocketOption::RecvBuffer(recv)
        );
        assert_eq!(
            world.get(A, socket, OptionName::SendBuffer),
            SocketOption::SendBuffer(send)
        );
    }
}

#[test]
fn a_full_send_buffer_says_so_and_says_when_it_is_not() {
    let mut world = pair();
    let client = world.udp(A);
    world.connect(A, client, "172.16.10.11:9000").unwrap();
    world.set(A, client, SocketOption::SendBuffer(0));
    let mut sent = 0;
    let error = loop {
        match world.send(A, client, &[0; 1000]) {
            Ok(_) => sent += 1,
            Err(error) => break error,
        }
    };
    assert_eq!((sent, error), (4, Errno::EAGAIN));
    assert!(!world.ready(A, client).contains(Readiness::WRITABLE));
    assert_eq!(
        world.hosts[A].queued(client).unwrap().unacknowledged,
        4 * 1256
    );
    world.events(A);
    world.lose = |_| true;
    world.settle();
    assert_eq!(world.events(A), [client]);
    assert!(world.ready(A, client).contains(Readiness::WRITABLE));
    assert_eq!(world.take_from(A).len(), 4);
    assert!(world.send(A, client, b"x").is_ok());
}

#[test]
fn a_datagram_that_does_not_fit_is_cut_and_peeking_leaves_it() {
    let mut world = pair();
    let server = world.udp_at(B, "0.0.0.0:9000");
    let client = world.udp(A);
    for bytes in [&b"first message"[..], b"second"] {
        world
            .send_to(A, client, bytes, "172.16.10.11:9000")
            .unwrap();
    }
    world.settle();
    let mut out = [0; 5];
    let now = world.now;
    for flags in [RecvFlags::PEEK, RecvFlags::empty()] {
        let received = world.hosts[B]
            .recv_from(now, server, &mut out, flags)
            .unwrap();
        assert_eq!((received.copied, received.len), (5, 13));
        assert_eq!(&out, b"first");
    }
    assert_eq!(world.hosts[B].queued(server).unwrap().unread, 6);
    let received = world.hosts[B].recv_bytes(now, server, 3).unwrap();
    assert_eq!(received.payload.to_vec(), b"sec");
    assert_eq!(received.len, 6);
    assert_eq!(world.recv(B, server), Err(Errno::EAGAIN));
}

#[test]
fn the_ttl_is_the_socket_s() {
    let mut world = pair();
    let client = world.udp(A);
    let ttl = |world: &mut World| {
        world.send_to(A, client, b"x", "172.16.10.11:9").unwrap();
        world.settle();
        ips(&world.take_from(A))[0].1.ttl
    };
    assert_eq!(ttl(&mut world), 64);
    world.set(A, client, SocketOption::Ttl(Some(3)));
    assert_eq!(ttl(&mut world), 3);
    world.set(A, client, SocketOption::Ttl(None));
    world.hosts[A]
        .set_sysctl("net.ipv4.ip_default_ttl", "99")
        .unwrap();
    assert_eq!(ttl(&mut world), 99);
    assert_eq!(
        world.get(A, client, OptionName::Ttl),
        SocketOption::Ttl(Some(99))
    );
}

#[test]
fn an_event_is_told_once_however_much_happened() {
    let mut world = pair();
    let server = world.udp_at(B, "0.0.0.0:9000");
    let client = world.udp(A);
    for _ in 0..3 {
        world.send_to(A, client, b"x", "172.16.10.11:9000").unwrap();
    }
    world.settle();
    assert_eq!(world.events(B), [server]);
    assert_eq!(world.events(B), []);
    world.send_to(A, client, b"x", "172.16.10.11:9000").unwrap();
    world.settle();
    assert_eq!(world.events(B), [server]);
}

#[test]
fn over_the_loopback_nothing_reaches_a_cable() {
    let mut world = pair();
    let server = world.udp_at(A, "127.0.0.1:9000");
    let client = world.udp(A);
    // 0.0.0.0 as a peer is this host.
    world.send_to(A, client, b"x", "0.0.0.0:9000").unwrap();
    let bytes = vec![7; 65_507];
    world.send_to(A, client, &bytes, "127.0.0.1:9000").unwrap();
    world.settle();
    assert_eq!(world.recv(A, server), Ok(b"x".to_vec()));
    assert_eq!(world.recv(A, server), Ok(bytes));
    let own = world.udp_at(A, "172.16.10.10:9001");
    world.send_to(A, client, b"y", "172.16.10.10:9001").unwrap();
    world.settle();
    let (_, received) = world.recv_from(A, own).unwrap();
    assert_eq!(inet(&received.from.unwrap()).ip(), ip("172.16.10.10"));
    assert!(world.take().is_empty());
}

#[test]
fn what_was_sent_before_close_still_goes() {
    let mut world = pair();
    let server = world.udp_at(B, "0.0.0.0:9000");
    let client = world.udp(A);
    world
        .send_to(A, client, b"bye", "172.16.10.11:9000")
        .unwrap();
    world.close(A, client);
    world.settle();
    assert_eq!(world.recv(B, server), Ok(b"bye".to_vec()));
}

#[test]
fn a_small_datagram_does_not_keep_a_large_buffer_alive() {
    let mut world = pair();
    let server = world.udp_at(B, "0.0.0.0:9000");
    let iface = world.hosts[B].interfaces()[1].id();
    let from = header(ip("172.16.10.10"), ip("172.16.10.11"), Protocol::UDP);
    let frame = ip_frame(mac(2), mac(1), &from, &udp(5000, 9000, b"small"));
    let mut large = vec![0; 65_536];
    large[..frame.len()].copy_from_slice(&frame);
    let buffer = base::Bytes::from(large);
    let now = world.now;
    world.hosts[B].receive(now, iface, buffer.slice(..frame.len()).into());
    assert!(buffer.is_unique());
    assert_eq!(world.recv(B, server), Ok(b"small".to_vec()));
}

#[test]
fn the_kind_of_service_is_the_socket_s() {
    // RFC 1122 §3.2.1.6, §4.1.4.
    let mut world = pair();
    let client = world.udp(A);
    for tos in [0x10, 0xfc, 0] {
        world.set(A, client, SocketOption::Tos(tos));
        world.take();
        world.send_to(A, client, b"x", "172.16.10.11:9").unwrap();
        world.settle();
        assert_eq!(ips(&world.take_from(A))[0].1.traffic_class, tos);
    }
}

#[test]
fn nothing_leaves_in_the_name_of_all() {
    // RFC 1122 §3.2.1.3: a broadcast address is nobody's source.
    let mut world = pair();
    for name in ["172.16.10.255:5000", "255.255.255.255:5001"] {
        let socket = world.udp(A);
        if world.bind(A, socket, name).is_err() {
            continue;
        }
        world.take();
        world.send_to(A, socket, b"x", "172.16.10.11:9").unwrap();
        world.settle();
        let sent = ips(&world.take_from(A));
        assert_eq!(sent[0].1.src, ip("172.16.10.10"), "{name}");
    }
}

#[test]
fn what_goes_to_all_goes_to_every_card() {
    // RFC 1122 §3.3.6: a broadcast of IP, and no other packet, is one of the link.
    let mut world = pair();
    let client = world.udp_at(A, "172.16.10.10:0");
    world.set(A, client, SocketOption::Broadcast(true));
    for (to, card) in [
        ("172.16.10.255:9", wire::MacAddr::BROADCAST),
        ("255.255.255.255:9", wire::MacAddr::BROADCAST),
        ("172.16.10.11:9", mac(2)),
    ] {
        world.take();
        world.send_to(A, client, b"x", to).unwrap();
        world.settle();
        assert_eq!(ips(&world.take_from(A))[0].0.dst, card, "{to}");
    }
}
