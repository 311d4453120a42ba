//! Groups of IPv4: who hears what, and what routers are told (RFC 3376, RFC 2236).

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::net::IpAddr;

use base::Duration;
use common::packets::{self, ips};
use common::{World, ip, mac};
use stack::{DropReason, Errno, GroupInterface, GroupRequest, RecvFlags, SocketId, SocketOption};
use wire::membership::{Message, Query, RecordKind, Sources, Version, igmp};
use wire::{MacAddr, Protocol};

const GROUP: &str = "239.1.2.3";

fn at(group: &str, source: Option<&str>) -> GroupRequest {
    GroupRequest {
        group: group.parse().unwrap(),
        interface: GroupInterface::Any,
        source: source.map(|source| source.parse().unwrap()),
    }
}

/// One host with a card and a default route to groups.
fn host() -> (World, SocketId) {
    let mut world = World::new();
    let (host, iface) = world.simple(1, "10.0.0.1/24");
    let all = stack::Route {
        network: "224.0.0.0/4".parse().unwrap(),
        gateway: None,
        iface,
        source: None,
        metric: 0,
    };
    world.hosts[host].add_route(all).unwrap();
    world.settle();
    let socket = world.udp_at(host, "0.0.0.0:5000");
    world.take();
    (world, socket)
}

fn set(world: &mut World, socket: SocketId, option: SocketOption) -> Result<(), Errno> {
    let now = world.now;
    let done = world.hosts[0].set_option(now, socket, option);
    world.settle();
    done
}

type Said = (RecordKind, IpAddr, Vec<IpAddr>);

/// The records of the reports sent since, each checked as a packet.
fn reports(world: &mut World) -> Vec<Vec<Said>> {
    let frames = world.take_from(0);
    let igmp = ips(&frames)
        .into_iter()
        .filter(|(_, header, _)| header.protocol == Protocol::IGMP);
    igmp.map(|(link, header, payload)| {
        assert_eq!(wire::checksum::checksum(&payload), 0);
        // RFC 3376 §4: TTL 1, router alert; §4.2.14: to 224.0.0.22.
        assert_eq!((header.ttl, &header.options[..]), (1, &[148, 4, 0, 0][..]));
        assert_eq!(header.dst, ip("224.0.0.22"));
        assert_eq!(link.dst, MacAddr([1, 0, 0x5e, 0, 0, 22]));
        let (Message::Records(records), _) = igmp::parse(&payload).unwrap() else {
            panic!("no report: {payload:02x?}");
        };
        let said = records.iter();
        said.map(|record| (record.kind, record.group, record.sources.iter().collect()))
            .collect()
    })
    .collect()
}

fn said(kind: RecordKind, sources: &[&str]) -> Vec<Said> {
    let sources = sources.iter().map(|source| source.parse().unwrap());
    vec![(kind, GROUP.parse().unwrap(), sources.collect())]
}

fn ask(world: &mut World, query: Query<'_>) {
    let message = Message::Query(query);
    let mut body = vec![0; message.igmp_len()];
    message.emit_igmp(&mut body);
    let sum = wire::checksum::checksum(&body);
    body[2..4].copy_from_slice(&sum.to_be_bytes());
    let to = match query.group {
        Some(IpAddr::V4(group)) => group,
        _ => ip("224.0.0.1"),
    };
    let mut header = packets::header(ip("10.0.0.9"), to, Protocol::IGMP);
    header.ttl = 1;
    let frame = packets::ip_frame(MacAddr::multicast_v4(to), mac(9), &header, &body);
    world.inject((0, stack_iface(world)), frame);
}

fn stack_iface(world: &World) -> stack::InterfaceId {
    world.hosts[0].interfaces()[1].id()
}

fn query(version: Version, group: Option<&str>) -> Query<'static> {
    Query {
        version,
        max_response_time: Duration::from_secs(10),
        group: group.map(|group| group.parse().unwrap()),
        suppress: false,
        robustness: 2,
        interval: 125,
        sources: Sources::none(false),
    }
}

/// Joins [`GROUP`], from whatever source.
fn join(world: &mut World, socket: SocketId) {
    let group = SocketOption::AddMembership(at(GROUP, None));
    set(world, socket, group).expect("a group that anybody may join");
}

#[test]
fn to_join_and_to_leave_is_said_twice() {
    let (mut world, socket) = host();
    join(&mut world, socket);
    assert_eq!(reports(&mut world), [said(RecordKind::ToExclude, &[])]);
    // RFC 3376 §8.1, §8.11: once more, within a second.
    world.pass_millis(1000);
    assert_eq!(reports(&mut world), [said(RecordKind::ToExclude, &[])]);
    world.pass(Duration::from_secs(600));
    assert_eq!(reports(&mut world).len(), 0);
    let twice = set(
        &mut world,
        socket,
        SocketOption::AddMembership(at(GROUP, None)),
    );
    assert_eq!(twice, Err(Errno::EADDRINUSE));
    set(
        &mut world,
        socket,
        SocketOption::DropMembership(at(GROUP, None)),
    )
    .unwrap();
    world.pass_millis(1000);
    let left = said(RecordKind::ToInclude, &[]);
    assert_eq!(reports(&mut world), [left.clone(), left]);
    assert_eq!(world.hosts[0].groups(), []);
    assert_eq!(world.hosts[0].next_deadline(), None);
    let gone = set(
        &mut world,
        socket,
        SocketOption::DropMembership(at(GROUP, None)),
    );
    assert_eq!(gone, Err(Errno::EADDRNOTAVAIL));
}

#[test]
fn a_closed_socket_leaves_its_groups() {
    let (mut world, socket) = host();
    join(&mut world, socket);
    world.pass_millis(1000);
    world.take();
    let now = world.now;
    let _ = world.hosts[0].close(now, socket).unwrap();
    world.settle();
    assert_eq!(reports(&mut world), [said(RecordKind::ToInclude, &[])]);
}

#[test]
fn sources_are_named() {
    let (mut world, socket) = host();
    let source = |option: fn(GroupRequest) -> SocketOption, from| option(at(GROUP, Some(from)));
    set(
        &mut world,
        socket,
        source(SocketOption::AddSourceMembership, "10.0.0.7"),
    )
    .unwrap();
    // INCLUDE {} becomes INCLUDE {10.0.0.7}: a source is allowed (RFC 3376 §5.1).
    assert_eq!(
        reports(&mut world),
        [said(RecordKind::Allow, &["10.0.0.7"])]
    );
    world.pass_millis(1000);
    world.take();
    set(
        &mut world,
        socket,
        source(SocketOption::AddSourceMembership, "10.0.0.8"),
    )
    .unwrap();
    assert_eq!(
        reports(&mut world),
        [said(RecordKind::Allow, &["10.0.0.8"])]
    );
    world.pass_millis(1000);
    world.take();
    // Linux: a list in use has its mode.
    let block = set(
        &mut world,
        socket,
        source(SocketOption::BlockSource, "10.0.0.8"),
    );
    assert_eq!(block, Err(Errno::EINVAL));
    set(
        &mut world,
        socket,
        source(SocketOption::DropSourceMembership, "10.0.0.7"),
    )
    .unwrap();
    assert_eq!(
        reports(&mut world),
        [said(RecordKind::Block, &["10.0.0.7"])]
    );
    world.pass_millis(1000);
    world.take();
    // Another socket wants everybody: EXCLUDE {} for the interface (RFC 3376 §3.2).
    let other = world.udp(0);
    set(
        &mut world,
        other,
        SocketOption::AddMembership(at(GROUP, None)),
    )
    .unwrap();
    assert_eq!(reports(&mut world), [said(RecordKind::ToExclude, &[])]);
    world.pass_millis(1000);
    world.take();
    set(
        &mut world,
        other,
        source(SocketOption::BlockSource, "10.0.0.66"),
    )
    .unwrap();
    assert_eq!(
        reports(&mut world),
        [said(RecordKind::Block, &["10.0.0.66"])]
    );
}

#[test]
fn a_query_is_answered_within_its_time() {
    let (mut world, socket) = host();
    join(&mut world, socket);
    world.pass_millis(1000);
    world.take();
    ask(&mut world, query(Version::Third, None));
    assert_eq!(
        reports(&mut world).len(),
        0,
        "not at once: all would answer together"
    );
    world.pass(Duration::from_secs(10));
    assert_eq!(reports(&mut world), [said(RecordKind::IsExclude, &[])]);
    ask(&mut world, query(Version::Third, Some(GROUP)));
    world.pass(Duration::from_secs(10));
    assert_eq!(reports(&mut world), [said(RecordKind::IsExclude, &[])]);
    ask(&mut world, query(Version::Third, Some("239.9.9.9")));
    world.pass(Duration::from_secs(10));
    assert_eq!(reports(&mut world).len(), 0);
}

#[test]
fn a_querier_of_the_second_version_is_answered_in_its_words() {
    let (mut world, socket) = host();
    ask(&mut world, query(Version::Second, None));
    join(&mut world, socket);
    world.pass(Duration::from_secs(10));
    let frames = world.take_from(0);
    let sent: Vec<_> = ips(&frames)
        .into_iter()
        .map(|(_, header, payload)| (header.dst, payload[0], payload[4..8].to_vec()))
        .collect();
    let report = (ip(GROUP), 0x16, vec![239, 1, 2, 3]);
    assert_eq!(sent, [report.clone(), report]);
    set(
        &mut world,
        socket,
        SocketOption::DropMembership(at(GROUP, None)),
    )
    .unwrap();
    let frames = world.take_from(0);
    let (_, header, payload) = &ips(&frames)[0];
    assert_eq!((header.dst, payload[0]), (ip("224.0.0.2"), 0x17));
    // RFC 3376 §8.12: robustness × interval + response time later it is gone.
    world.pass(Duration::from_secs(2 * 125 + 10));
    join(&mut world, socket);
    assert_eq!(reports(&mut world), [said(RecordKind::ToExclude, &[])]);
}

/// A datagram to the group from a neighbour.
fn datagram(world: &mut World, from: &str) {
    let header = packets::header(ip(from), ip(GROUP), Protocol::UDP);
    let body = packets::udp(4000, 5000, b"hello");
    let to = MacAddr::multicast_v4(ip(GROUP));
    let frame = packets::ip_frame(to, mac(9), &header, &body);
    world.inject((0, stack_iface(world)), frame);
}

fn hears(world: &mut World, socket: SocketId) -> bool {
    let now = world.now;
    let mut out = [0; 16];
    match world.hosts[0].recv(now, socket, &mut out, RecvFlags::empty()) {
        Ok(len) => len == 5,
        Err(errno) => {
            assert_eq!(errno, Errno::EAGAIN);
            false
        }
    }
}

#[test]
fn members_hear_what_they_want() {
    let (mut world, socket) = host();
    datagram(&mut world, "10.0.0.7");
    assert!(!hears(&mut world, socket));
    assert_eq!(world.died(0, DropReason::NotInGroup), 1);
    let second = world.udp(0);
    for socket in [socket, second] {
        set(&mut world, socket, SocketOption::ReuseAddr(true)).unwrap();
    }
    world.bind(0, second, "0.0.0.0:5000").unwrap();
    set(
        &mut world,
        second,
        SocketOption::AddMembership(at(GROUP, None)),
    )
    .unwrap();
    datagram(&mut world, "10.0.0.7");
    // IP_MULTICAST_ALL is on: what one joined, all bound to the port hear.
    assert!(hears(&mut world, socket) && hears(&mut world, second));
    set(&mut world, socket, SocketOption::MulticastAll(false)).unwrap();
    datagram(&mut world, "10.0.0.7");
    assert!(!hears(&mut world, socket) && hears(&mut world, second));
    let blocked = at(GROUP, Some("10.0.0.7"));
    set(&mut world, second, SocketOption::BlockSource(blocked)).unwrap();
    datagram(&mut world, "10.0.0.7");
    datagram(&mut world, "10.0.0.8");
    assert!(hears(&mut world, second));
    assert!(!hears(&mut world, second));
}

#[test]
fn what_is_sent_to_a_group_comes_back_unless_told_not_to() {
    let (mut world, socket) = host();
    join(&mut world, socket);
    world.take();
    world
        .send_to(0, socket, b"hello", "239.1.2.3:5000")
        .unwrap();
    world.settle();
    assert!(hears(&mut world, socket));
    let sent = ips(&world.take_from(0));
    let (link, header, _) = &sent[0];
    assert_eq!(link.dst, MacAddr([1, 0, 0x5e, 1, 2, 3]));
    assert_eq!((sent.len(), header.ttl), (1, 1));
    set(&mut world, socket, SocketOption::MulticastLoop(false)).unwrap();
    set(&mut world, socket, SocketOption::MulticastTtl(7)).unwrap();
    world.take();
    world
        .send_to(0, socket, b"hello", "239.1.2.3:5000")
        .unwrap();
    world.settle();
    assert!(!hears(&mut world, socket));
    let sent = ips(&world.take_from(0));
    let to_group: Vec<_> = sent.iter().filter(|(_, h, _)| h.dst == ip(GROUP)).collect();
    assert_eq!((to_group.len(), to_group[0].1.ttl), (1, 7));
}

#[test]
fn refusals() {
    let (mut world, socket) = host();
    let no_group = set(
        &mut world,
        socket,
        SocketOption::AddMembership(at("10.0.0.5", None)),
    );
    assert_eq!(no_group, Err(Errno::EINVAL));
    let nowhere = GroupRequest {
        interface: GroupInterface::Index(99),
        ..at(GROUP, None)
    };
    let no_device = set(&mut world, socket, SocketOption::AddMembership(nowhere));
    assert_eq!(no_device, Err(Errno::ENODEV));
    // net.ipv4.igmp_max_memberships is 20.
    for n in 0..20 {
        let group = format!("239.0.0.{n}");
        set(
            &mut world,
            socket,
            SocketOption::AddMembership(at(&group, None)),
        )
        .unwrap();
    }
    let full = set(
        &mut world,
        socket,
        SocketOption::AddMembership(at("239.0.1.1", None)),
    );
    assert_eq!(full, Err(Errno::ENOBUFS));
}
