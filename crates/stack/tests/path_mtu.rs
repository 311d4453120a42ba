//! A way that is narrower in the middle (RFC 1191): what routers say, and what senders make of it.

#![allow(clippy::unwrap_used, reason = "tests fail by it")]

mod common;

use common::gateway::{Networks, networks};
use common::packets::{header, ip_frame, ips};
use common::sockets::{A, B, pair};
use common::{Host, Sent, World, card, ip, mac};
use stack::{DropReason, Errno, InterfaceId, SocketOption};
use wire::Protocol;
use wire::tcp::{Control, Flags, Header, SeqNumber};

const ALICE: Host = 0;
const SERVER: Host = 1;
const ROUTER: Host = 2;

fn narrow(mtu: usize) -> (World, [InterfaceId; 2]) {
    let Networks {
        world, near, far, ..
    } = networks(mtu);
    (world, [near, far])
}

/// The IP packets that a host sent, by their lengths.
fn lengths(sent: &[Sent], host: Host) -> Vec<usize> {
    let frames: Vec<_> = sent
        .iter()
        .filter(|s| s.host == host)
        .map(|s| s.bytes.clone())
        .collect();
    let packets = ips(&frames);
    packets
        .iter()
        .map(|(_, h, p)| h.header_len() + p.len())
        .collect()
}

/// Alice sends so many bytes to the server; they arrive whole.
fn transfer(world: &mut World, len: usize) {
    let listener = world.listener(SERVER, "0.0.0.0:9000", 5);
    let caller = world.call(ALICE, "101.100.200.11:9000");
    world.pass_millis(100);
    let accepted = world.accept(SERVER, listener).unwrap();
    let bytes: Vec<_> = (0..len).map(|n| (n * 31 + n / 251) as u8).collect();
    let (mut sent, mut received) = (0, Vec::new());
    for _ in 0..1000 {
        if sent < len {
            sent += world.send(ALICE, caller, &bytes[sent..]).unwrap_or(0);
        }
        world.pass_millis(50);
        while let Ok(some) = world.recv(SERVER, accepted) {
            received.extend(some);
        }
        if received.len() == len {
            break;
        }
    }
    assert!(received == bytes, "{} of {len}", received.len());
    world.close(ALICE, caller);
    world.close(SERVER, accepted);
    world.close(SERVER, listener);
    world.pass_millis(1000);
}

#[test]
fn a_stream_finds_the_width_of_the_way_and_remembers_it() {
    let (mut world, [near, _]) = narrow(1000);
    transfer(&mut world, 100_000);
    let sent = world.take();
    let told = |s: &&Sent| s.host == ROUTER && s.iface == near;
    let errors: Vec<_> = sent.iter().filter(told).map(|s| s.bytes.clone()).collect();
    let errors = ips(&errors);
    let errors = errors
        .iter()
        .filter(|(_, h, _)| h.protocol == Protocol::ICMP);
    assert!(errors.count() > 0);
    // Whatever was too long died once; from then on nothing was.
    let too_long = lengths(&sent, ALICE).into_iter().filter(|len| *len > 1000);
    assert_eq!(
        too_long.count() as u64,
        world.died(ROUTER, DropReason::FragmentationNeeded)
    );
    // The next connection knows from the start.
    let died = world.died(ROUTER, DropReason::FragmentationNeeded);
    transfer(&mut world, 100_000);
    let sent = world.take();
    assert!(lengths(&sent, ALICE).iter().all(|len| *len <= 1000));
    assert_eq!(world.died(ROUTER, DropReason::FragmentationNeeded), died);
}

#[test]
fn a_stream_gets_through_where_less_is_offered_than_linux_believes() {
    // Below min_pmtu packets are open to fragmentation, and the router cuts them.
    let (mut world, _) = narrow(296);
    transfer(&mut world, 20_000);
    let sent = world.take();
    let longest = lengths(&sent, ROUTER).into_iter().max();
    assert!(longest <= Some(1500));
    let died = world.died(ROUTER, DropReason::FragmentationNeeded);
    transfer(&mut world, 20_000);
    assert_eq!(world.died(ROUTER, DropReason::FragmentationNeeded), died);
    let sent = world.take();
    assert!(lengths(&sent, ALICE).iter().all(|len| *len <= 552));
}

#[test]
fn datagrams_are_told_and_then_cut_where_they_are_made() {
    let (mut world, _) = narrow(1000);
    let server = world.udp_at(SERVER, "0.0.0.0:9000");
    let alice = world.udp(ALICE);
    world.connect(ALICE, alice, "101.100.200.11:9000").unwrap();
    let bytes: Vec<_> = (0..=255).cycle().take(1400).collect();
    world.send(ALICE, alice, &bytes).unwrap();
    world.settle();
    // As Linux answers with path MTU discovery on, which is its default for UDP.
    assert_eq!(world.send(ALICE, alice, &bytes), Err(Errno::EMSGSIZE));
    assert_eq!(world.recv(SERVER, server), Err(Errno::EAGAIN));
    world.take();
    world.send(ALICE, alice, &bytes).unwrap();
    world.settle();
    assert_eq!(world.recv(SERVER, server), Ok(bytes));
    // 976 of 1408 bytes, a multiple of 8, and the rest; each under a header of 20.
    assert_eq!(lengths(&world.take(), ALICE), [996, 452]);
}

#[test]
fn a_forged_report_changes_nothing() {
    use common::packets::{header, icmp, ip_frame, ipv4, udp};
    use wire::icmpv4::{Message, Unreachable};
    let (mut world, _) = narrow(1500);
    let alice = world.udp(ALICE);
    world.connect(ALICE, alice, "101.100.200.11:9000").unwrap();
    // About a port that nobody uses: the transport does not know the packet.
    let quoted = header(ip("172.16.10.10"), ip("101.100.200.11"), Protocol::UDP);
    let quoted = ipv4(&quoted, &udp(1, 9000, &[0; 1400]));
    let why = Unreachable::FragmentationNeeded { next_hop_mtu: 600 };
    let forged = icmp(Message::DestinationUnreachable(why), &quoted[..28]);
    let outer = header(ip("101.100.200.11"), ip("172.16.10.10"), Protocol::ICMP);
    let frame = ip_frame(common::mac(1), common::mac(11), &outer, &forged);
    let eth0 = world.hosts[ALICE].interface_named("eth0").unwrap().id();
    world.inject((ALICE, eth0), frame);
    assert_eq!(world.died(ALICE, DropReason::IcmpForNobody), 1);
    world.send(ALICE, alice, &[0; 1400]).unwrap();
    world.settle();
    assert_eq!(lengths(&world.take(), ALICE), [1428]);
}

#[test]
fn calling_nobody_fails_when_nobody_answers_for_the_address() {
    let (mut world, _) = narrow(1500);
    let socket = world.call(ALICE, "172.16.10.99:9000");
    world.pass_millis(2_999);
    assert_eq!(
        world.connect(ALICE, socket, "172.16.10.99:9000"),
        Err(Errno::EALREADY)
    );
    world.pass_millis(1);
    assert_eq!(
        world.connect(ALICE, socket, "172.16.10.99:9000"),
        Err(Errno::EHOSTUNREACH)
    );
    // Beyond the router it is the router that says so, by ICMP.
    let socket = world.call(ALICE, "101.99.99.99:9000");
    world.pass_millis(3_000);
    assert_eq!(
        world.connect(ALICE, socket, "101.99.99.99:9000"),
        Err(Errno::EHOSTUNREACH)
    );
}

/// Alice's datagrams of so many bytes to the server: the answer to each.
fn datagrams(world: &mut World, discover: i32, lens: &[usize]) -> Vec<Result<usize, Errno>> {
    let alice = world.udp(ALICE);
    world.connect(ALICE, alice, "101.100.200.11:9000").unwrap();
    world.set(ALICE, alice, SocketOption::MtuDiscover(discover));
    let answers = lens.iter().map(|len| {
        let answer = world.send(ALICE, alice, &vec![7; *len]);
        world.settle();
        answer
    });
    let answers = answers.collect();
    world.close(ALICE, alice);
    answers
}

/// Alice has heard that the way takes 1000 bytes.
fn heard_of_1000() -> World {
    let (mut world, _) = narrow(1000);
    world.udp_at(SERVER, "0.0.0.0:9000");
    let answers = datagrams(&mut world, 1, &[1400, 10]);
    assert_eq!(answers, [Ok(1400), Err(Errno::EMSGSIZE)]);
    world.take();
    world
}

#[test]
fn a_program_says_what_becomes_of_datagrams_that_are_too_long() {
    const TOO_LONG: Result<usize, Errno> = Err(Errno::EMSGSIZE);
    // By the path's MTU: cut (0, 1) or refused (2).
    let mut world = heard_of_1000();
    assert_eq!(datagrams(&mut world, 0, &[1400]), [Ok(1400)]);
    assert_eq!(lengths(&world.take(), ALICE), [996, 452]);
    assert_eq!(datagrams(&mut world, 1, &[1400]), [Ok(1400)]);
    assert_eq!(lengths(&world.take(), ALICE), [996, 452]);
    assert_eq!(datagrams(&mut world, 2, &[973, 972]), [TOO_LONG, Ok(972)]);
    assert_eq!(lengths(&world.take(), ALICE), [1000]);
    // By the link's alone: refused (3, 4) or cut (5).
    assert_eq!(
        datagrams(&mut world, 3, &[1473, 1400]),
        [TOO_LONG, Ok(1400)]
    );
    assert_eq!(lengths(&world.take(), ALICE), [1428]);
    assert_eq!(
        datagrams(&mut world, 4, &[1473, 1400]),
        [TOO_LONG, Ok(1400)]
    );
    assert_eq!(lengths(&world.take(), ALICE), [1428]);
    assert_eq!(datagrams(&mut world, 5, &[1473]), [Ok(1473)]);
    assert_eq!(lengths(&world.take(), ALICE), [1500, 21]);
}

#[test]
fn a_program_says_whether_routers_may_cut_and_are_heard() {
    for (discover, dont_fragment) in [
        (0, false),
        (1, true),
        (2, true),
        (3, true),
        (4, false),
        (5, false),
    ] {
        let (mut world, _) = narrow(1500);
        datagrams(&mut world, discover, &[100]);
        let frames = world.take_from(ALICE);
        assert_eq!(ips(&frames)[0].1.dont_fragment, dont_fragment, "{discover}");
    }
    // Who probes hears of it; who lets routers cut is never told, since they do.
    for (discover, answer) in [
        (0, Ok(10)),
        (3, Err(Errno::EMSGSIZE)),
        (4, Ok(10)),
        (5, Ok(10)),
    ] {
        let (mut world, _) = narrow(1000);
        world.udp_at(SERVER, "0.0.0.0:9000");
        let answers = datagrams(&mut world, discover, &[1400, 10]);
        assert_eq!(answers, [Ok(1400), answer], "{discover}");
    }
}

#[test]
fn whoever_passes_over_routers_teaches_ip_nothing() {
    use common::packets::{header, icmp, ip_frame, ipv4, udp};
    use wire::icmpv4::{Message, Unreachable};
    let (mut world, _) = narrow(1500);
    let alice = world.udp_at(ALICE, "172.16.10.10:7000");
    world.connect(ALICE, alice, "101.100.200.11:9000").unwrap();
    world.set(ALICE, alice, SocketOption::MtuDiscover(4));
    let quoted = header(ip("172.16.10.10"), ip("101.100.200.11"), Protocol::UDP);
    let quoted = ipv4(&quoted, &udp(7000, 9000, &[0; 1400]));
    let why = Unreachable::FragmentationNeeded { next_hop_mtu: 600 };
    let report = icmp(Message::DestinationUnreachable(why), &quoted[..28]);
    let outer = header(ip("101.64.0.1"), ip("172.16.10.10"), Protocol::ICMP);
    let frame = ip_frame(common::mac(1), common::mac(11), &outer, &report);
    let eth0 = world.hosts[ALICE].interface_named("eth0").unwrap().id();
    world.inject((ALICE, eth0), frame);
    assert_eq!(world.died(ALICE, DropReason::IcmpMtuPassedOver), 1);
    // As on Linux the program hears it all the same.
    assert_eq!(world.send(ALICE, alice, &[0; 10]), Err(Errno::EMSGSIZE));
    assert_eq!(datagrams(&mut world, 2, &[1400]), [Ok(1400)]);
}

#[test]
fn a_connection_hears_what_another_was_told() {
    let (mut world, _) = narrow(1000);
    let listener = world.listener(SERVER, "0.0.0.0:9001", 5);
    let caller = world.call(ALICE, "101.100.200.11:9001");
    world.pass_millis(100);
    let accepted = world.accept(SERVER, listener).unwrap();
    // It stands with segments of 1460 when another finds out that the way takes 1000.
    transfer(&mut world, 50_000);
    let died = world.died(ROUTER, DropReason::FragmentationNeeded);
    world.take();
    let bytes: Vec<_> = (0..10_000).map(|n| n as u8).collect();
    assert_eq!(world.send(ALICE, caller, &bytes), Ok(10_000));
    world.pass_millis(100);
    assert_eq!(world.recv(SERVER, accepted).unwrap().len(), 10_000);
    assert_eq!(world.died(ROUTER, DropReason::FragmentationNeeded), died);
    assert!(lengths(&world.take(), ALICE).iter().all(|len| *len <= 1000));
}

#[test]
fn segments_grow_again_when_the_word_has_expired() {
    let (mut world, [_, far]) = narrow(1000);
    let listener = world.listener(SERVER, "0.0.0.0:9001", 5);
    let caller = world.call(ALICE, "101.100.200.11:9001");
    world.pass_millis(100);
    let accepted = world.accept(SERVER, listener).unwrap();
    let send = |world: &mut World, count: usize| {
        world.send(ALICE, caller, &vec![7; count]).unwrap();
        world.pass_millis(1000);
        while world.recv(SERVER, accepted).is_ok() {}
        lengths(&world.take(), ALICE).into_iter().max()
    };
    send(&mut world, 5000);
    assert_eq!(send(&mut world, 5000), Some(1000));
    world.hosts[ROUTER].set_mtu(far, 1500).unwrap();
    // route.mtu_expires.
    world.pass_millis(601_000);
    send(&mut world, 5000);
    assert_eq!(send(&mut world, 5000), Some(1500));
}

/// What leaves between two segments of a connection says nothing of the connection's way: a SYN-ACK
/// to a narrower link.
#[test]
fn the_width_of_a_syn_ack_s_way_is_its_own() {
    let mut world = pair();
    let (_, accepted, _) = world.connection();
    let narrow = world.plug(B, card("eth1", 3, "10.0.0.1/24"));
    world.hosts[B].set_mtu(narrow, 600).unwrap();
    let (stranger, now) = (ip("10.0.0.9"), world.now);
    world.hosts[B]
        .add_neighbor(now, narrow, stranger.into(), mac(9))
        .unwrap();
    world.settle();
    world.take();
    // The connection has more to send than one turn takes, so that the caller's turn comes between.
    world.send(B, accepted, &[7; 8 * 1448]).unwrap();
    let syn = Header {
        src_port: 5000,
        dst_port: 9000,
        control: Control {
            seq: SeqNumber(1),
            flags: Flags::SYN,
            window: 1000,
            ..Control::default()
        },
    };
    let syn = syn.segment(stranger.into(), ip("10.0.0.1").into(), &[]);
    let packet = header(stranger, ip("10.0.0.1"), Protocol::TCP);
    let frame = ip_frame(mac(3), mac(9), &packet, &syn);
    world.hosts[B].receive(now, narrow, frame.into());
    world.settle();
    let sent = world.take();
    let of_b: Vec<_> = sent.iter().filter(|sent| sent.host == B).collect();
    let between = of_b.iter().position(|sent| sent.iface == narrow);
    assert!(
        (1..of_b.len() - 1).contains(&between.unwrap()),
        "{between:?}"
    );
    let data = lengths(&sent, B).into_iter().filter(|len| *len > 100);
    assert_eq!(data.collect::<Vec<_>>(), [1500; 8]);
    assert_eq!(
        lengths(&sent, A).iter().filter(|len| **len > 100).count(),
        0
    );
}
