//! A host as the gateway between two networks (RFC 1812 §5).

#![allow(clippy::unwrap_used, reason = "tests fail by it")]

mod common;

use common::gateway::{Networks, networks};
use common::packets::{header, ip_frame, ips, ipv4, message, ping, udp, v4};
use common::{World, card, ip, mac};
use stack::{DropReason, Sysctls};
use wire::checksum::checksum;
use wire::icmpv4::{Message, Unreachable};
use wire::ipv4::Header;
use wire::{MacAddr, Protocol};

impl Networks {
    /// A packet from alice's card to the gateway's.
    fn send(&mut self, header: &Header, payload: &[u8]) {
        let frame = ip_frame(mac(11), mac(1), header, payload);
        self.world.inject((self.router, self.near), frame);
    }

    /// What alice was sent as an ICMP error: who says so, what, and what is quoted.
    fn error(&mut self) -> (String, Message, Vec<u8>) {
        let frames = self.world.take();
        let to_alice = |s: &common::Sent| s.host == self.router && s.iface == self.near;
        let frames: Vec<_> = frames
            .into_iter()
            .filter(to_alice)
            .map(|s| s.bytes)
            .collect();
        let sent = ips(&frames);
        let [(_, header, payload)] = &sent[..] else {
            panic!("{sent:?}")
        };
        assert_eq!(header.dst, ip("172.16.10.10"));
        assert_eq!(header.protocol, Protocol::ICMP);
        let (message, quoted) = message(payload);
        (header.src.to_string(), message, quoted.to_vec())
    }
}

const UNREACHABLE: fn(Unreachable) -> Message = Message::DestinationUnreachable;

#[test]
fn from_one_network_to_the_other_and_back() {
    let mut lesson = networks(1500);
    let (header, payload) = ping(ip("172.16.10.10"), ip("101.100.200.11"), b"hello");
    let options = [7, 7, 4, 0, 0, 0, 0, 0].into_iter().collect();
    let header = Header {
        traffic_class: 0xb9,
        options,
        ..header
    };
    lesson.send(&header, &payload);
    let sent = lesson.world.take();
    let from = |host, iface| {
        let frames = sent.iter().filter(|s| (s.host, s.iface) == (host, iface));
        ips(&frames.map(|s| s.bytes.clone()).collect::<Vec<_>>())
    };
    // On the far side: other MAC addresses, one hop less, all else as it was.
    let (link, onward, body) = &from(lesson.router, lesson.far)[0];
    assert_eq!((link.src, link.dst), (mac(12), mac(2)));
    let expected = Header {
        ttl: 63,
        payload_len: payload.len(),
        ..header
    };
    assert_eq!((onward, body), (&expected, &payload));
    // And back to alice, from the server.
    let (link, back, body) = &from(lesson.router, lesson.near)[0];
    assert_eq!((link.src, link.dst), (mac(11), mac(1)));
    assert_eq!(
        (back.src, back.dst, back.ttl),
        (ip("101.100.200.11"), ip("172.16.10.10"), 63)
    );
    assert_eq!(
        message(body),
        (Message::EchoReply { ident: 7, seq: 1 }, &b"hello"[..])
    );
    // Nothing died but the announcements of new addresses, which concern nobody yet.
    let drops = lesson.world.hosts[lesson.router].drops();
    assert_eq!(drops.total(), drops.get(DropReason::ArpNotForUs));
}

#[test]
fn the_checksum_follows_the_ttl_whatever_it_is() {
    // RFC 1624's corner: sums of 0x0000 and 0xffff. Every identification gives another sum.
    let mut lesson = networks(1500);
    let world = &mut lesson.world;
    world.hosts[lesson.router]
        .add_neighbor(world.now, lesson.far, v4(ip("101.100.200.11")), mac(2))
        .unwrap();
    for identification in (0..=u16::MAX).step_by(7) {
        let header = Header {
            identification,
            ..header(ip("172.16.10.10"), ip("101.100.200.11"), Protocol(200))
        };
        let frame = ip_frame(mac(11), mac(1), &header, b"12345678");
        let stack = &mut lesson.world.hosts[lesson.router];
        stack.receive(lesson.world.now, lesson.near, frame.into());
        let (_, frame) = stack.poll_transmit(lesson.world.now).unwrap();
        assert_eq!(checksum(&frame.to_vec()[14..34]), 0, "{identification}");
    }
}

#[test]
fn a_host_that_is_no_router_passes_nothing_on() {
    let mut lesson = networks(1500);
    lesson.world.hosts[lesson.router]
        .set_sysctl("net.ipv4.ip_forward", "0")
        .unwrap();
    let (header, payload) = ping(ip("172.16.10.10"), ip("101.100.200.11"), b"");
    lesson.send(&header, &payload);
    assert_eq!(
        lesson.world.died(lesson.router, DropReason::NotForThisHost),
        1
    );
    assert!(lesson.world.take().is_empty());
}

#[test]
fn the_ttl_runs_out() {
    let mut lesson = networks(1500);
    let (header, payload) = ping(ip("172.16.10.10"), ip("101.100.200.11"), b"hello");
    for ttl in [0, 1] {
        let header = Header {
            ttl,
            ..header.clone()
        };
        lesson.send(&header, &payload);
        let (from, message, quoted) = lesson.error();
        assert_eq!(
            (from.as_str(), message),
            ("172.16.10.1", Message::TtlExceeded)
        );
        assert_eq!(quoted, ipv4(&header, &payload));
    }
    assert_eq!(lesson.world.died(lesson.router, DropReason::TtlExceeded), 2);
}

#[test]
fn no_route_and_nobody_home() {
    let mut lesson = networks(1500);
    let (header, payload) = ping(ip("172.16.10.10"), ip("8.8.8.8"), b"hello");
    lesson.send(&header, &payload);
    let (from, message, quoted) = lesson.error();
    assert_eq!(
        (from.as_str(), message),
        ("172.16.10.1", UNREACHABLE(Unreachable::Net))
    );
    assert_eq!(quoted, ipv4(&header, &payload));
    assert_eq!(lesson.world.died(lesson.router, DropReason::NoRoute), 1);

    let (header, payload) = ping(ip("172.16.10.10"), ip("101.99.9.9"), b"hello");
    lesson.send(&header, &payload);
    lesson.world.pass_millis(3000);
    let (from, message, quoted) = lesson.error();
    assert_eq!(
        (from.as_str(), message),
        ("172.16.10.1", UNREACHABLE(Unreachable::Host))
    );
    // As it was when it died: a hop has been taken.
    let header = Header { ttl: 63, ..header };
    assert_eq!(quoted, ipv4(&header, &payload));
    assert_eq!(
        lesson
            .world
            .died(lesson.router, DropReason::NeighborUnreachable),
        1
    );
}

#[test]
fn too_long_for_the_far_link() {
    let mut lesson = networks(1000);
    let body: Vec<_> = (0..=255).cycle().take(1400).collect();
    let (header, payload) = ping(ip("172.16.10.10"), ip("101.100.200.11"), &body);
    let whole = Header {
        dont_fragment: true,
        ..header.clone()
    };
    lesson.send(&whole, &payload);
    let (_, message, quoted) = lesson.error();
    let needed = Unreachable::FragmentationNeeded { next_hop_mtu: 1000 };
    assert_eq!(message, UNREACHABLE(needed));
    // RFC 1812 §4.3.2.3: as much as fits into 576 bytes.
    assert_eq!(quoted, ipv4(&whole, &payload)[..548]);
    assert_eq!(
        lesson
            .world
            .died(lesson.router, DropReason::FragmentationNeeded),
        1
    );

    // Open to fragmentation, it is cut: 976 bytes (122 times 8) and the rest.
    lesson.send(&header, &payload);
    let sent = lesson.world.take();
    let far = sent
        .iter()
        .filter(|s| (s.host, s.iface) == (lesson.router, lesson.far));
    let pieces = ips(&far.map(|s| s.bytes.clone()).collect::<Vec<_>>());
    let shape: Vec<_> = pieces
        .iter()
        .map(|(_, h, p)| (h.fragment_offset, p.len(), h.more_fragments, h.ttl))
        .collect();
    assert_eq!(shape, [(0, 976, true, 63), (976, 432, false, 63)]);
    assert_eq!([&pieces[0].2[..], &pieces[1].2[..]].concat(), payload);
    // The server put them together and answered; the answer was short enough for its link.
    let back = sent
        .iter()
        .filter(|s| (s.host, s.iface) == (lesson.router, lesson.near));
    let back = ips(&back.map(|s| s.bytes.clone()).collect::<Vec<_>>());
    assert_eq!(
        back.iter().map(|(_, _, p)| p.len()).sum::<usize>(),
        payload.len()
    );
}

#[test]
fn a_fragment_is_passed_on_as_a_fragment_and_cut_again() {
    let mut lesson = networks(500);
    // The middle of something: 800 bytes at 1600, more behind it.
    let header = Header {
        fragment_offset: 1600,
        more_fragments: true,
        identification: 77,
        // An option that every fragment carries and one that only the first does.
        options: [0x82, 4, 1, 2, 7, 4, 4, 0].into_iter().collect(),
        ..header(ip("172.16.10.10"), ip("101.100.200.11"), Protocol(200))
    };
    let payload: Vec<_> = (0..=255).cycle().take(800).collect();
    lesson.send(&header, &payload);
    let sent = lesson.world.take_from(lesson.router);
    let pieces = ips(&sent);
    let shape: Vec<_> = pieces
        .iter()
        .map(|(_, h, p)| {
            (
                h.fragment_offset,
                p.len(),
                h.more_fragments,
                h.identification,
            )
        })
        .collect();
    assert_eq!(shape, [(1600, 472, true, 77), (2072, 328, true, 77)]);
    assert_eq!(pieces[0].1.options, header.options);
    assert_eq!(pieces[1].1.options[..], [0x82, 4, 1, 2]);
}

#[test]
fn what_a_router_keeps_to_itself() {
    let mut lesson = networks(1500);
    let udp = udp(1, 2, b"x");
    let mut send = |src, dst, link: MacAddr| {
        let header = header(ip(src), ip(dst), Protocol::UDP);
        let frame = ip_frame(link, mac(1), &header, &udp);
        lesson.world.inject((lesson.router, lesson.near), frame);
    };
    // RFC 2644: to all hosts of the other network.
    send("172.16.10.10", "101.127.255.255", mac(11));
    // RFC 1812 §5.3.4: to one, but the link sent it to all.
    send("172.16.10.10", "101.100.200.11", MacAddr::BROADCAST);
    // RFC 3927 §2.7.
    send("169.254.1.1", "101.100.200.11", mac(11));
    send("172.16.10.10", "169.254.1.1", mac(11));
    send(
        "172.16.10.10",
        "239.1.1.1",
        MacAddr::multicast_v4(ip("239.1.1.1")),
    );
    send("127.0.0.1", "101.100.200.11", mac(11));
    send("172.16.10.10", "127.0.0.1", mac(11));
    let died = |reason| lesson.world.died(lesson.router, reason);
    assert_eq!(died(DropReason::BroadcastNotForwarded), 1);
    assert_eq!(died(DropReason::UnicastToMany), 1);
    assert_eq!(died(DropReason::LinkLocalNotForwarded), 2);
    assert_eq!(died(DropReason::NotInGroup), 1);
    assert_eq!(died(DropReason::MartianSource), 1);
    assert_eq!(died(DropReason::MartianDestination), 1);
    assert!(lesson.world.take().is_empty());
}

#[test]
fn more_than_the_driver_fetches() {
    let mut lesson = networks(1500);
    let (header, payload) = ping(ip("172.16.10.10"), ip("101.100.200.11"), b"");
    let frame = ip_frame(mac(11), mac(1), &header, &payload);
    let stack = &mut lesson.world.hosts[lesson.router];
    for _ in 0..1030 {
        stack.receive(lesson.world.now, lesson.near, frame.clone().into());
    }
    assert_eq!(stack.drops().get(DropReason::ForwardQueueFull), 6);
    assert_eq!(lesson.server.0, 1);
    assert_eq!(lesson.alice.0, 0);
}

/// A frame of several TCP segments, its checksum owed, as a card hands it over that joins them.
fn joined(segment: u16, data: &[u8]) -> base::Frame {
    let (src, dst) = (ip("172.16.10.10"), ip("101.100.200.11"));
    let mut tcp = vec![0; 20];
    tcp[12] = 0x50;
    // PSH and ACK.
    tcp[13] = 0x18;
    let len = tcp.len() + data.len();
    let sum = wire::checksum::Checksum::pseudo_header(src.into(), dst.into(), Protocol::TCP, len);
    tcp[16..18].copy_from_slice(&sum.partial().to_be_bytes());
    tcp.extend(data);
    let header = Header {
        dont_fragment: true,
        ..header(src, dst, Protocol::TCP)
    };
    let mut frame = base::Frame::from(ip_frame(mac(11), mac(1), &header, &tcp));
    frame.segment_size = std::num::NonZeroU16::new(segment);
    frame.checksum = base::ChecksumState::Partial {
        start: 34,
        offset: 16,
    };
    frame
}

#[test]
fn several_segments_in_one_frame_go_through_as_one_or_are_cut_for_the_far_link() {
    let data: Vec<_> = (0..=255).cycle().take(5000).collect();
    let mut lesson = networks(1500);
    let router = lesson.router;
    let server = (v4(ip("101.100.200.11")), mac(2));
    let (far, now) = (lesson.far, lesson.world.now);
    let stack = &mut lesson.world.hosts[router];
    stack.add_neighbor(now, far, server.0, server.1).unwrap();
    stack.receive(now, lesson.near, joined(1400, &data));
    // The far side takes one segment at a time and sums nothing.
    let frames: Vec<_> = std::iter::from_fn(|| stack.poll_transmit(now)).collect();
    let bytes: Vec<_> = frames.iter().map(|(_, frame)| frame.to_vec()).collect();
    let segments = ips(&bytes);
    let lengths: Vec<_> = segments.iter().map(|(_, _, tcp)| tcp.len() - 20).collect();
    assert_eq!(lengths, [1400, 1400, 1400, 800]);
    for (at, (_, header, tcp)) in segments.iter().enumerate() {
        assert_eq!((header.ttl, header.dont_fragment), (63, true));
        assert_eq!(tcp[4..8], (1400 * at as u32).to_be_bytes());
        assert_eq!(tcp[20..], data[1400 * at..(1400 * (at + 1)).min(5000)]);
        let (src, dst) = (header.src.into(), header.dst.into());
        let mut sum = wire::checksum::Checksum::pseudo_header(src, dst, Protocol::TCP, tcp.len());
        sum.add(tcp);
        assert_eq!(sum.finish(), 0);
    }

    // The far link is too narrow for the segments: their sender is told.
    stack.set_mtu(far, 1439).unwrap();
    stack.receive(now, lesson.near, joined(1400, &data));
    assert_eq!(stack.drops().get(DropReason::FragmentationNeeded), 1);
    stack.set_mtu(far, 1440).unwrap();
    stack.receive(now, lesson.near, joined(1400, &data));
    assert_eq!(stack.drops().get(DropReason::FragmentationNeeded), 1);
}

#[test]
fn several_segments_in_one_frame_stay_one_where_the_far_side_cuts() {
    let mut world = World::new();
    let router = world.host(Sysctls {
        ip_forward: true,
        ..Sysctls::default()
    });
    let near = world.plug(router, card("eth0", 11, "172.16.10.1/24"));
    let able = stack::InterfaceConfig {
        offload: stack::Offload {
            checksum: true,
            segmentation: 65_000,
        },
        ..card("eth1", 12, "101.64.0.1/10")
    };
    let far = world.plug(router, able);
    let server = (v4(ip("101.100.200.11")), mac(2));
    let now = world.now;
    let stack = &mut world.hosts[router];
    stack.add_neighbor(now, far, server.0, server.1).unwrap();
    while stack.poll_transmit(now).is_some() {}
    stack.receive(now, near, joined(1400, &[7; 5000]));
    let frames: Vec<_> = std::iter::from_fn(|| stack.poll_transmit(now)).collect();
    let [(iface, frame)] = &frames[..] else {
        panic!("{frames:?}")
    };
    assert_eq!((*iface, frame.len()), (far, 14 + 20 + 20 + 5000));
    assert_eq!(frame.segment_size, std::num::NonZeroU16::new(1400));
    let owed = base::ChecksumState::Partial {
        start: 34,
        offset: 16,
    };
    assert_eq!(frame.checksum, owed);
}
