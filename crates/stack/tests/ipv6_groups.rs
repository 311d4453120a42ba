//! The groups at which a host's own addresses are asked for, and what routers hear of them
//! (RFC 4862 §5.4.2, RFC 3810, RFC 3590).

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::net::{IpAddr, Ipv6Addr};

use common::{World, v6};
use wire::Protocol;
use wire::membership::{Message, RecordKind, mld};

/// Source, and the records, of each MLDv2 report among what host 0 sent since.
fn reports(world: &mut World) -> Vec<(Ipv6Addr, Vec<(RecordKind, IpAddr)>)> {
    let frames = world.take_from(0);
    let packets = v6::packets(&frames);
    // RFC 3810 §5: behind a hop-by-hop header with the router alert.
    let reports = packets
        .iter()
        .filter(|(header, _)| header.next_header == Protocol(0));
    reports
        .map(|(header, bytes)| {
            assert_eq!(header.hop_limit, 1);
            assert_eq!(header.dst, "ff02::16".parse::<Ipv6Addr>().unwrap());
            assert_eq!(bytes[..8], [58, 0, 5, 2, 0, 0, 1, 0]);
            let (Message::Records(records), _) = mld::parse(&bytes[8..]).unwrap() else {
                panic!("no report: {bytes:02x?}");
            };
            let said = records.iter().map(|record| (record.kind, record.group));
            (header.src, said.collect())
        })
        .collect()
}

fn groups(reports: &[(Ipv6Addr, Vec<(RecordKind, IpAddr)>)], kind: RecordKind) -> Vec<String> {
    let said = reports.iter().flat_map(|(_, records)| records);
    let mut groups: Vec<_> = said
        .filter(|(of, _)| *of == kind)
        .map(|(_, group)| group.to_string())
        .collect();
    groups.sort();
    groups.dedup();
    groups
}

#[test]
fn the_groups_of_our_addresses_are_reported() {
    let mut world = World::new();
    let (host, iface) = v6::host(&mut world, 7);
    world.settle();
    let first = reports(&mut world);
    // fe80::7 and 2001:db8::7 share one group.
    assert_eq!(groups(&first, RecordKind::ToExclude), ["ff02::1:ff00:7"]);
    // RFC 3590: no address is ours yet.
    assert!(first.iter().all(|(src, _)| src.is_unspecified()));
    world.pass_millis(5_000);
    // Each change is said twice (RFC 3810 §9.1).
    assert_eq!(reports(&mut world).len(), 1);

    let now = world.now;
    let other = "2001:db8::1:2345/64".parse().unwrap();
    world.hosts[host].add_address(now, iface, other).unwrap();
    world.settle();
    let second = reports(&mut world);
    assert_eq!(
        groups(&second, RecordKind::ToExclude),
        ["ff02::1:ff01:2345"]
    );
    assert!(second.iter().all(|(src, _)| *src == v6::link_local(7)));

    // One of two addresses goes: the group stays. The last one goes: the group is left.
    let stack = &mut world.hosts[host];
    stack.remove_address(iface, v6::ip6(7).into()).unwrap();
    world.pass_millis(5_000);
    assert_eq!(groups(&reports(&mut world), RecordKind::ToInclude), [""; 0]);
    let stack = &mut world.hosts[host];
    stack.remove_address(iface, other.addr()).unwrap();
    world.settle();
    let left = reports(&mut world);
    assert_eq!(groups(&left, RecordKind::ToInclude), ["ff02::1:ff01:2345"]);
}

#[test]
fn an_interface_that_comes_up_again_reports_anew() {
    let mut world = World::new();
    let (host, iface) = v6::host(&mut world, 7);
    let socket = world.socket(host, stack::Kind::Datagram);
    let join = stack::SocketOption::AddMembership(stack::GroupRequest {
        group: "239.1.2.3".parse().unwrap(),
        interface: stack::GroupInterface::Index(iface.scope_id()),
        source: None,
    });
    world.set(host, socket, join);
    world.pass_millis(10_000);
    world.take();
    let now = world.now;
    world.hosts[host].set_up(now, iface, false).unwrap();
    world.pass_millis(10_000);
    assert!(world.take().is_empty());
    let now = world.now;
    world.hosts[host].set_up(now, iface, true).unwrap();
    world.pass_millis(10_000);
    let sent = world.take();
    let frames: Vec<_> = sent.iter().map(|sent| sent.bytes.clone()).collect();
    let igmp = common::packets::ips(&frames)
        .into_iter()
        .filter(|(_, header, _)| header.protocol == Protocol::IGMP);
    assert_eq!(igmp.count(), 2);
    world.sent = sent;
    let again = reports(&mut world);
    assert_eq!(groups(&again, RecordKind::ToExclude), ["ff02::1:ff00:7"]);
}
