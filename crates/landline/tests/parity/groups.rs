//! Groups: their options in and out of range, and what joining and leaving answer.

use std::net::{IpAddr, Ipv4Addr};

use landline::options::*;
use landline::{Family, Socket, Type};

use crate::place::Place;

const V4: &str = "239.1.2.3";
const V6: &str = "ff15::1:2";
/// The loopback, on both networks.
const LOOPBACK: u32 = 1;
const NOWHERE: u32 = 77;

fn make(p: &Place, family: Family, kind: Type) -> Socket {
    Socket::new(&p.network, family, kind).unwrap()
}

fn six(p: &Place) -> Socket {
    make(p, Family::Inet6, Type::Datagram)
}

fn octets(address: &str) -> Vec<u8> {
    match address.parse().unwrap() {
        IpAddr::V4(addr) => addr.octets().to_vec(),
        IpAddr::V6(addr) => addr.octets().to_vec(),
    }
}

/// `struct ip_mreqn`.
fn mreqn(group: &str, address: &str, index: u32) -> Vec<u8> {
    [octets(group), octets(address), index.to_ne_bytes().to_vec()].concat()
}

/// `struct ip_mreq_source`.
fn mreq_source(group: &str, source: &str) -> Vec<u8> {
    [octets(group), octets("127.0.0.1"), octets(source)].concat()
}

/// `struct ipv6_mreq`.
fn mreq6(group: &str, index: u32) -> Vec<u8> {
    [octets(group), index.to_ne_bytes().to_vec()].concat()
}

/// `struct sockaddr_storage`.
fn storage(address: &str) -> Vec<u8> {
    let octets = octets(address);
    let (family, before) = if octets.len() == 4 {
        (2u16, 2)
    } else {
        (10, 6)
    };
    let mut bytes = [&family.to_ne_bytes()[..], &[0; 6][..before], &octets].concat();
    bytes.resize(128, 0);
    bytes
}

/// `struct group_req`, or `struct group_source_req`.
fn request(index: u32, group: &str, source: Option<&str>) -> Vec<u8> {
    let mut bytes = [&index.to_ne_bytes()[..], &[0; 4], &storage(group)].concat();
    bytes.extend(source.map(storage).into_iter().flatten());
    bytes
}

/// What a value looks like that was read.
fn read(p: &mut Place, label: &str, socket: &Socket, (level, name): (i32, i32)) {
    let mut value = [0xee; 16];
    let len = socket.getsockopt_bytes(level, name, &mut value);
    p.note(label, len.map(|len| value[..len].to_vec()));
}

/// Hops, echo and who hears, of either family, on datagrams and on streams.
pub(crate) fn settings(p: &mut Place) {
    for (family, level, options) in [
        (
            Family::Inet,
            IPPROTO_IP,
            [
                (IP_MULTICAST_TTL, "IP_MULTICAST_TTL"),
                (IP_MULTICAST_LOOP, "IP_MULTICAST_LOOP"),
                (IP_MULTICAST_ALL, "IP_MULTICAST_ALL"),
            ],
        ),
        (
            Family::Inet6,
            IPPROTO_IPV6,
            [
                (IPV6_MULTICAST_HOPS, "IPV6_MULTICAST_HOPS"),
                (IPV6_MULTICAST_LOOP, "IPV6_MULTICAST_LOOP"),
                (IPV6_MULTICAST_ALL, "IPV6_MULTICAST_ALL"),
            ],
        ),
    ] {
        for (kind, topic) in [(Type::Datagram, "datagrams"), (Type::Stream, "stream")] {
            for (option, name) in options {
                p.topic = format!("{topic}, {name} ");
                let socket = make(p, family, kind);
                p.note("at first", socket.getsockopt(level, option));
                for value in [0, 1, 2, 255, 256, -1, -2] {
                    let set = socket.setsockopt(level, option, value);
                    p.note(&format!("set to {value}"), set);
                    p.note("then", socket.getsockopt(level, option));
                }
                for bytes in [&[][..], &[1], &[0], &[7, 0]] {
                    let set = socket.setsockopt_bytes(level, option, bytes);
                    p.note(&format!("set to {bytes:?}"), set);
                    p.note("then", socket.getsockopt(level, option));
                }
            }
        }
    }
    p.topic.clear();
}

/// A socket of `AF_INET6` says of each family by itself how it sends, and how far.
pub(crate) fn of_both_families(p: &mut Place) {
    const OPTIONS: [(i32, i32, &str); 8] = [
        (IPPROTO_IP, IP_MULTICAST_TTL, "IP_MULTICAST_TTL"),
        (IPPROTO_IP, IP_MULTICAST_LOOP, "IP_MULTICAST_LOOP"),
        (IPPROTO_IP, IP_MULTICAST_ALL, "IP_MULTICAST_ALL"),
        (IPPROTO_IP, IP_TTL, "IP_TTL"),
        (IPPROTO_IPV6, IPV6_MULTICAST_HOPS, "IPV6_MULTICAST_HOPS"),
        (IPPROTO_IPV6, IPV6_MULTICAST_LOOP, "IPV6_MULTICAST_LOOP"),
        (IPPROTO_IPV6, IPV6_MULTICAST_ALL, "IPV6_MULTICAST_ALL"),
        (IPPROTO_IPV6, IPV6_UNICAST_HOPS, "IPV6_UNICAST_HOPS"),
    ];
    for (level, option, name) in OPTIONS {
        p.topic = format!("{name} set: ");
        let socket = six(p);
        let first = socket.getsockopt(level, option).unwrap();
        let set = socket.setsockopt(level, option, i32::from(first != 1));
        p.note("set", set);
        for (level, option, name) in OPTIONS {
            p.note(name, socket.getsockopt(level, option));
        }
    }
    p.topic = "interface: ".to_owned();
    let both = [
        (IPPROTO_IP, IP_MULTICAST_IF),
        (IPPROTO_IPV6, IPV6_MULTICAST_IF),
    ];
    let socket = six(p);
    let set = socket.setsockopt_bytes(IPPROTO_IP, IP_MULTICAST_IF, &octets("127.0.0.1"));
    p.note("of IPv4", set);
    for option in both {
        read(p, "then", &socket, option);
    }
    let socket = six(p);
    let set = socket.setsockopt(IPPROTO_IPV6, IPV6_MULTICAST_IF, LOOPBACK as i32);
    p.note("of IPv6", set);
    for option in both {
        read(p, "then", &socket, option);
    }
    // What is said of IPv6 alone, packets of IPv4 do not mind: they come back, with one hop.
    p.topic = "sent: ".to_owned();
    let heard = make(p, Family::Inet, Type::Datagram);
    heard.bind(("0.0.0.0", 0)).unwrap();
    heard.setsockopt(IPPROTO_IP, IP_RECVTTL, 1).unwrap();
    let join = mreqn(V4, "127.0.0.1", LOOPBACK);
    heard
        .setsockopt_bytes(IPPROTO_IP, IP_ADD_MEMBERSHIP, &join)
        .unwrap();
    let port = crate::place::name(&heard).port();
    let socket = six(p);
    socket
        .setsockopt(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 9)
        .unwrap();
    socket
        .setsockopt(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0)
        .unwrap();
    let by = octets("127.0.0.1");
    socket
        .setsockopt_bytes(IPPROTO_IP, IP_MULTICAST_IF, &by)
        .unwrap();
    p.note(
        "to the group",
        socket.sendto(b"x", (format!("::ffff:{V4}").as_str(), port)),
    );
    p.news(&heard);
    let mut bytes = [0; 4];
    let got = heard.recvmsg(
        &mut [std::io::IoSliceMut::new(&mut bytes)],
        64,
        landline::RecvFlags::DONTWAIT,
    );
    p.note("heard", got.map(|message| message.control));
    p.topic.clear();
}

/// By which interface datagrams to groups leave.
pub(crate) fn interfaces(p: &mut Place) {
    for kind in [Type::Datagram, Type::Stream] {
        let option = (IPPROTO_IP, IP_MULTICAST_IF);
        p.topic = format!("IP_MULTICAST_IF, {kind:?}: ");
        let socket = make(p, Family::Inet, kind);
        read(p, "at first", &socket, option);
        let lo = "127.0.0.1";
        for (label, value) in [
            ("an address", octets(lo)),
            ("any address", octets("0.0.0.0")),
            ("nobody's", octets("192.0.2.7")),
            ("mreq", [octets(V4), octets(lo)].concat()),
            ("mreqn by address", mreqn("0.0.0.0", lo, 0)),
            ("mreqn by number", mreqn("0.0.0.0", "0.0.0.0", LOOPBACK)),
            ("mreqn by both", mreqn("0.0.0.0", lo, LOOPBACK)),
            ("mreqn, number of none", mreqn("0.0.0.0", lo, NOWHERE)),
            ("mreqn of none", mreqn("0.0.0.0", "0.0.0.0", 0)),
            ("no bytes", Vec::new()),
        ] {
            p.note(label, socket.setsockopt_bytes(option.0, option.1, &value));
            read(p, "then", &socket, option);
        }
        let option = (IPPROTO_IPV6, IPV6_MULTICAST_IF);
        p.topic = format!("IPV6_MULTICAST_IF, {kind:?}: ");
        let socket = make(p, Family::Inet6, kind);
        read(p, "at first", &socket, option);
        for index in [LOOPBACK as i32, NOWHERE as i32, 0, -1] {
            let set = socket.setsockopt(option.0, option.1, index);
            p.note(&format!("number {index}"), set);
            read(p, "then", &socket, option);
        }
        p.note("short", socket.setsockopt_bytes(option.0, option.1, &[1]));
    }
    p.topic.clear();
}

/// Joining and leaving with IPv4's own options.
pub(crate) fn members_of_ipv4(p: &mut Place) {
    let lo = "127.0.0.1";
    let none = "0.0.0.0";
    for (topic, kind) in [("datagrams: ", Type::Datagram), ("stream: ", Type::Stream)] {
        p.topic = topic.to_owned();
        let socket = make(p, Family::Inet, kind);
        let set = |option, value: &[u8]| socket.setsockopt_bytes(IPPROTO_IP, option, value);
        let (add, leave) = (IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP);
        for (label, option, value) in [
            ("leave before", leave, mreqn(V4, lo, 0)),
            ("join", add, mreqn(V4, lo, 0)),
            ("join again", add, mreqn(V4, lo, 0)),
            ("join again by number", add, mreqn(V4, none, LOOPBACK)),
            ("join no group", add, mreqn("10.1.2.3", lo, 0)),
            (
                "join at an address of nobody",
                add,
                mreqn(V4, "192.0.2.7", 0),
            ),
            ("join at no interface", add, mreqn(V4, none, NOWHERE)),
            (
                "join another by mreq",
                add,
                [octets("239.1.2.5"), octets(lo)].concat(),
            ),
            ("join with four bytes", add, octets(V4)),
            ("join with no bytes", add, Vec::new()),
            ("leave no group", leave, mreqn("10.1.2.3", lo, 0)),
            ("leave another", leave, mreqn("239.1.2.4", lo, 0)),
            ("leave at no interface", leave, mreqn(V4, none, NOWHERE)),
            (
                "leave at an address of nobody",
                leave,
                mreqn(V4, "192.0.2.7", 0),
            ),
            ("leave with four bytes", leave, octets(V4)),
            ("leave", leave, mreqn(V4, lo, 0)),
            ("leave again", leave, mreqn(V4, lo, 0)),
            ("join by number", add, mreqn(V4, none, LOOPBACK)),
            ("leave by number", leave, mreqn(V4, none, LOOPBACK)),
            (
                "leave by mreq",
                leave,
                [octets("239.1.2.5"), octets(lo)].concat(),
            ),
        ] {
            p.note(label, set(option, &value));
        }
        read(p, "read", &socket, (IPPROTO_IP, IP_ADD_MEMBERSHIP));
    }
    p.topic = "too many: ".to_owned();
    let socket = p.udp();
    // net.ipv4.igmp_max_memberships is 20.
    for last in 1..=21 {
        let group = Ipv4Addr::new(239, 9, 9, last).to_string();
        let joined = socket.setsockopt_bytes(IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreqn(&group, lo, 0));
        p.note(&format!("join {last}"), joined);
    }
    p.topic.clear();
}

/// The sources of IPv4's memberships.
pub(crate) fn sources_of_ipv4(p: &mut Place) {
    const ADD: i32 = IP_ADD_SOURCE_MEMBERSHIP;
    const DROP: i32 = IP_DROP_SOURCE_MEMBERSHIP;
    const BLOCK: i32 = IP_BLOCK_SOURCE;
    const UNBLOCK: i32 = IP_UNBLOCK_SOURCE;
    let (a, b) = ("10.0.0.1", "10.0.0.2");
    for (topic, kind) in [("datagrams: ", Type::Datagram), ("stream: ", Type::Stream)] {
        p.topic = topic.to_owned();
        let socket = make(p, Family::Inet, kind);
        for (label, option, group, source) in [
            ("drop before", DROP, V4, a),
            ("block before", BLOCK, V4, a),
            ("unblock before", UNBLOCK, V4, a),
            ("add", ADD, V4, a),
            ("add again", ADD, V4, a),
            ("add to no group", ADD, "10.1.1.1", a),
            ("drop from no group", DROP, "10.1.1.1", a),
            ("block among included", BLOCK, V4, b),
            ("unblock among included", UNBLOCK, V4, a),
            ("add another", ADD, V4, b),
            ("drop what is not there", DROP, V4, "10.0.0.3"),
            ("drop", DROP, V4, a),
            ("drop the last", DROP, V4, b),
            ("drop after the last", DROP, V4, b),
        ] {
            let value = mreq_source(group, source);
            p.note(label, socket.setsockopt_bytes(IPPROTO_IP, option, &value));
        }
        let whole = mreqn(V4, "127.0.0.1", 0);
        p.note(
            "join all",
            socket.setsockopt_bytes(IPPROTO_IP, IP_ADD_MEMBERSHIP, &whole),
        );
        for (label, option, source) in [
            ("unblock what is not blocked", UNBLOCK, a),
            ("drop of all", DROP, a),
            ("block", BLOCK, a),
            ("block again", BLOCK, a),
            ("add among blocked", ADD, b),
            ("unblock", UNBLOCK, a),
            ("unblock again", UNBLOCK, a),
            ("add when none is blocked any more", ADD, b),
            ("drop it", DROP, b),
        ] {
            let value = mreq_source(V4, source);
            p.note(label, socket.setsockopt_bytes(IPPROTO_IP, option, &value));
        }
        p.note(
            "leave all",
            socket.setsockopt_bytes(IPPROTO_IP, IP_DROP_MEMBERSHIP, &whole),
        );
        p.note(
            "join all again",
            socket.setsockopt_bytes(IPPROTO_IP, IP_ADD_MEMBERSHIP, &whole),
        );
        let value = mreq_source(V4, a);
        p.note(
            "add at once after",
            socket.setsockopt_bytes(IPPROTO_IP, ADD, &value),
        );
        p.note(
            "short",
            socket.setsockopt_bytes(IPPROTO_IP, ADD, &value[..8]),
        );
        p.note(
            "long",
            socket.setsockopt_bytes(IPPROTO_IP, ADD, &[&value[..], &[0]].concat()),
        );
    }
    p.topic = "too many: ".to_owned();
    let socket = p.udp();
    // net.ipv4.igmp_max_msf is 10.
    for last in 1..=11 {
        let value = mreq_source(V4, &Ipv4Addr::new(10, 0, 0, last).to_string());
        p.note(
            &format!("add {last}"),
            socket.setsockopt_bytes(IPPROTO_IP, ADD, &value),
        );
    }
    p.topic.clear();
}

/// Joining and leaving with IPv6's own options.
pub(crate) fn members_of_ipv6(p: &mut Place) {
    let (add, leave) = (IPV6_JOIN_GROUP, IPV6_LEAVE_GROUP);
    for (topic, kind) in [("datagrams: ", Type::Datagram), ("stream: ", Type::Stream)] {
        p.topic = topic.to_owned();
        let socket = make(p, Family::Inet6, kind);
        for (label, option, value) in [
            ("leave before", leave, mreq6(V6, LOOPBACK)),
            ("join", add, mreq6(V6, LOOPBACK)),
            ("join again", add, mreq6(V6, LOOPBACK)),
            ("join again anywhere", add, mreq6(V6, 0)),
            ("join no group", add, mreq6("fd00::1", LOOPBACK)),
            ("join no group nowhere", add, mreq6("fd00::1", NOWHERE)),
            ("join at no interface", add, mreq6(V6, NOWHERE)),
            ("join with sixteen bytes", add, octets(V6)),
            ("join with no bytes", add, Vec::new()),
            ("leave no group", leave, mreq6("fd00::1", LOOPBACK)),
            ("leave another", leave, mreq6("ff15::77", LOOPBACK)),
            ("leave at no interface", leave, mreq6(V6, NOWHERE)),
            ("leave with sixteen bytes", leave, octets(V6)),
            ("leave anywhere", leave, mreq6(V6, 0)),
            ("leave again", leave, mreq6(V6, LOOPBACK)),
        ] {
            p.note(label, socket.setsockopt_bytes(IPPROTO_IPV6, option, &value));
        }
        read(p, "read", &socket, (IPPROTO_IPV6, IPV6_JOIN_GROUP));
    }
    p.topic = "many: ".to_owned();
    let socket = six(p);
    let join = |last| {
        let value = mreq6(&format!("ff15::9:{last}"), LOOPBACK);
        socket.setsockopt_bytes(IPPROTO_IPV6, add, &value)
    };
    p.fact("thirty", (1..=30).all(|last| join(last).is_ok()));
    p.topic.clear();
}

/// Whom a request names.
#[derive(Clone, Copy)]
enum Who {
    /// A group of the level's family.
    Own,
    /// One of the other family.
    Other,
    /// No group.
    No,
    /// A source, and another.
    A,
    B,
}
use Who::{A, B, No, Other, Own};

impl Who {
    fn at(self, level: i32) -> &'static str {
        match (self, level == IPPROTO_IPV6) {
            (Own, false) | (Other, true) => V4,
            (Own, true) | (Other, false) => V6,
            (No, false) => "10.0.0.9",
            (No, true) => "fd00::1",
            (A, false) => "10.0.0.1",
            (A, true) => "fd00::a",
            (B, false) => "10.0.0.2",
            (B, true) => "fd00::b",
        }
    }
}

/// What is said, by which option, at which interface, of which group and source.
type Said = (&'static str, i32, u32, Who, Option<Who>);

#[rustfmt::skip]
const SAID: &[Said] = &[
    ("join", MCAST_JOIN_GROUP, LOOPBACK, Own, None),
    ("join again", MCAST_JOIN_GROUP, LOOPBACK, Own, None),
    ("join no group", MCAST_JOIN_GROUP, LOOPBACK, No, None),
    ("join nowhere", MCAST_JOIN_GROUP, NOWHERE, Own, None),
    ("join of the other family", MCAST_JOIN_GROUP, LOOPBACK, Other, None),
    ("block", MCAST_BLOCK_SOURCE, LOOPBACK, Own, Some(A)),
    ("block again", MCAST_BLOCK_SOURCE, LOOPBACK, Own, Some(A)),
    ("block at no group", MCAST_BLOCK_SOURCE, LOOPBACK, No, Some(A)),
    ("block nowhere", MCAST_BLOCK_SOURCE, NOWHERE, Own, Some(A)),
    ("block of two families", MCAST_BLOCK_SOURCE, LOOPBACK, Own, Some(Other)),
    ("block of the other family", MCAST_BLOCK_SOURCE, LOOPBACK, Other, Some(Other)),
    ("leave a source", MCAST_LEAVE_SOURCE_GROUP, LOOPBACK, Own, Some(A)),
    ("unblock another", MCAST_UNBLOCK_SOURCE, LOOPBACK, Own, Some(B)),
    ("unblock", MCAST_UNBLOCK_SOURCE, LOOPBACK, Own, Some(A)),
    ("leave no group", MCAST_LEAVE_GROUP, LOOPBACK, No, None),
    ("leave nowhere", MCAST_LEAVE_GROUP, NOWHERE, Own, None),
    ("leave of the other family", MCAST_LEAVE_GROUP, LOOPBACK, Other, None),
    ("leave", MCAST_LEAVE_GROUP, LOOPBACK, Own, None),
    ("leave again", MCAST_LEAVE_GROUP, LOOPBACK, Own, None),
    ("join a source", MCAST_JOIN_SOURCE_GROUP, LOOPBACK, Own, Some(A)),
    ("join it again", MCAST_JOIN_SOURCE_GROUP, LOOPBACK, Own, Some(A)),
    ("join another", MCAST_JOIN_SOURCE_GROUP, LOOPBACK, Own, Some(B)),
    ("join a source at no group", MCAST_JOIN_SOURCE_GROUP, LOOPBACK, No, Some(A)),
    ("join a source nowhere", MCAST_JOIN_SOURCE_GROUP, NOWHERE, Own, Some(A)),
    ("join all", MCAST_JOIN_GROUP, LOOPBACK, Own, None),
    ("leave one source", MCAST_LEAVE_SOURCE_GROUP, LOOPBACK, Own, Some(A)),
    ("leave the other", MCAST_LEAVE_SOURCE_GROUP, LOOPBACK, Own, Some(B)),
    ("leave it again", MCAST_LEAVE_SOURCE_GROUP, LOOPBACK, Own, Some(B)),
];

/// The options of either family, each at its level and at the other's.
pub(crate) fn of_either_family(p: &mut Place) {
    for (topic, family, level) in [
        ("4", Family::Inet, IPPROTO_IP),
        ("6", Family::Inet6, IPPROTO_IPV6),
        ("4 of 6", Family::Inet6, IPPROTO_IP),
    ] {
        for kind in [Type::Datagram, Type::Stream] {
            p.topic = format!("{topic}: {kind:?}: ");
            let socket = make(p, family, kind);
            for &(label, option, index, group, source) in SAID {
                let source = source.map(|source| source.at(level));
                let value = request(index, group.at(level), source);
                p.note(label, socket.setsockopt_bytes(level, option, &value));
            }
            for (label, option, value) in [
                ("join of no family", MCAST_JOIN_GROUP, &[0; 136][..]),
                ("join of few bytes", MCAST_JOIN_GROUP, &[0; 100]),
                ("block of no family", MCAST_BLOCK_SOURCE, &[0; 264]),
                ("block of few bytes", MCAST_BLOCK_SOURCE, &[0; 200]),
            ] {
                p.note(label, socket.setsockopt_bytes(level, option, value));
            }
            read(p, "read", &socket, (level, MCAST_JOIN_GROUP));
        }
    }
    p.topic.clear();
}
