//! Datagrams in parts: made and put together again (RFC 791 §3.2, RFC 815, RFC 5722).

#![allow(clippy::unwrap_used, reason = "tests fail by it")]

mod common;

use base::{Duration, Rng};
use common::packets::{header, icmp, ip_frame, ips, message, ping, v4};
use common::{World, ip, mac};
use proptest::prelude::*;
use stack::{DropReason, InterfaceId};
use wire::Protocol;
use wire::icmpv4::Message;
use wire::ipv4::Header;

const ME: &str = "10.0.0.1";
const PEER: &str = "10.0.0.2";

fn world() -> (World, (usize, InterfaceId)) {
    let mut world = World::new();
    let host = world.simple(1, "10.0.0.1/24");
    let stack = &mut world.hosts[host.0];
    stack
        .add_neighbor(world.now, host.1, v4(ip(PEER)), mac(2))
        .unwrap();
    world.pass_millis(3000);
    world.take();
    (world, host)
}

/// A part of `payload`, of the datagram `identification` from the peer.
fn part(identification: u16, payload: &[u8], from: usize, to: usize) -> (Header, Vec<u8>) {
    let header = Header {
        identification,
        fragment_offset: from as u16,
        more_fragments: to < payload.len(),
        ..header(ip(PEER), ip(ME), Protocol::ICMP)
    };
    (header, payload[from..to].to_vec())
}

fn frame((header, payload): (Header, Vec<u8>)) -> Vec<u8> {
    ip_frame(mac(1), mac(2), &header, &payload)
}

/// A ping of `len` bytes in all, with its ICMP header.
fn long_ping(len: usize) -> Vec<u8> {
    let body: Vec<_> = (0..len - 8).map(|n| (n * 7 + n / 256) as u8).collect();
    ping(ip(PEER), ip(ME), &body).1
}

/// The echo replies that a host sent, put together from their parts in order.
fn replies(frames: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut replies: Vec<Vec<u8>> = Vec::new();
    for (_, header, payload) in ips(frames) {
        if header.fragment_offset == 0 {
            replies.push(Vec::new());
        }
        let last = replies.last_mut().unwrap();
        assert_eq!(usize::from(header.fragment_offset), last.len());
        last.extend(payload);
    }
    replies
}

fn assert_echo(reply: &[u8], request: &[u8]) {
    let (kind, body) = message(reply);
    assert!(matches!(kind, Message::EchoReply { .. }));
    assert!(body == &request[8..]);
}

#[test]
fn the_longest_datagram_there_and_back() {
    let (mut world, host) = world();
    // 65,515 bytes behind a header of 20: UDP's 65,507 and its own header.
    let request = long_ping(65_515);
    for from in (0..request.len()).step_by(1480) {
        let to = (from + 1480).min(request.len());
        world.inject(host, frame(part(1, &request, from, to)));
    }
    let sent = world.take_from(host.0);
    assert_eq!(sent.len(), 45);
    let pieces = ips(&sent);
    for (_, header, payload) in &pieces[..44] {
        assert_eq!((payload.len(), header.more_fragments), (1480, true));
        assert_eq!(header.identification, pieces[0].1.identification);
    }
    assert_eq!(
        (pieces[44].2.len(), pieces[44].1.more_fragments),
        (395, false)
    );
    assert_echo(&replies(&sent)[0], &request);
    assert_eq!(world.hosts[host.0].drops().total(), 0);
    assert_eq!(world.hosts[host.0].next_deadline(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_cut_in_any_order_with_duplicates(
        len in 16usize..20_000,
        size in 2usize..200,
        seed: u64,
    ) {
        let (mut world, host) = world();
        let request = long_ping(len);
        let step = size * 8;
        let mut parts: Vec<_> = (0..len)
            .step_by(step)
            .map(|from| part(9, &request, from, (from + step).min(len)))
            .collect();
        let mut rng = Rng::seeded(seed);
        for at in (1..parts.len()).rev() {
            parts.swap(at, rng.below(at as u64 + 1) as usize);
        }
        let pieces = parts.len();
        // One that has come already comes again, before the last.
        if pieces > 1 {
            let again = parts[rng.below(pieces as u64 - 1) as usize].clone();
            parts.insert(pieces - 1, again);
        }
        for part in parts {
            world.inject(host, frame(part));
        }
        let sent = replies(&world.take_from(host.0));
        prop_assert_eq!(sent.len(), 1);
        assert_echo(&sent[0], &request);
        let duplicates = world.died(host.0, DropReason::DuplicateFragment);
        prop_assert_eq!(duplicates, u64::from(pieces > 1));
        prop_assert_eq!(world.hosts[host.0].next_deadline(), None);
    }
}

#[test]
fn overlaps_refuse_the_whole_datagram_and_what_still_comes_of_it() {
    let request = long_ping(64);
    let overlaps = [
        // The second begins inside the first, ends inside it, holds it, is held by it.
        [(0, 32), (24, 64)],
        [(24, 64), (0, 32)],
        [(8, 16), (0, 56)],
        [(0, 48), (8, 16)],
        [(0, 32), (0, 40)],
    ];
    for (case, [(a, b), (c, d)]) in overlaps.into_iter().enumerate() {
        let (mut world, host) = world();
        world.inject(host, frame(part(5, &request, a, b)));
        world.inject(host, frame(part(5, &request, c, d)));
        assert_eq!(
            world.died(host.0, DropReason::FragmentOverlap),
            1,
            "case {case}"
        );
        // RFC 5722 §4: and all that arrives of it later.
        world.inject(host, frame(part(5, &request, 0, 32)));
        world.inject(host, frame(part(5, &request, 32, 64)));
        assert_eq!(
            world.died(host.0, DropReason::FragmentOverlap),
            3,
            "case {case}"
        );
        // Another datagram is another matter.
        world.inject(host, frame(part(6, &request, 0, 32)));
        world.inject(host, frame(part(6, &request, 32, 64)));
        let sent = replies(&world.take_from(host.0));
        assert_eq!(sent.len(), 1, "case {case}");
        // In time it is forgotten, without a word to anybody.
        world.pass(Duration::from_secs(31));
        assert!(world.take().is_empty());
        assert_eq!(world.died(host.0, DropReason::ReassemblyTimeout), 0);
    }
}

#[test]
fn what_is_missing_for_thirty_seconds_is_given_up_with_a_word_if_the_beginning_was_there() {
    let (mut world, host) = world();
    let request = long_ping(2000);
    let first = part(1, &request, 0, 1480);
    world.inject(host, frame(first.clone()));
    world.inject(host, frame(part(2, &request, 1480, 2000)));
    world.pass_millis(29_999);
    assert_eq!(world.died(host.0, DropReason::ReassemblyTimeout), 0);
    world.pass_millis(1);
    assert_eq!(world.died(host.0, DropReason::ReassemblyTimeout), 2);
    let sent = ips(&world.take_from(host.0));
    let [(_, header, payload)] = &sent[..] else {
        panic!("{sent:?}")
    };
    assert_eq!((header.src, header.dst), (ip(ME), ip(PEER)));
    let (kind, quoted) = message(payload);
    assert_eq!(kind, Message::ReassemblyTimeExceeded);
    assert_eq!(quoted, &common::packets::ipv4(&first.0, &first.1)[..548]);
    // What comes too late is the beginning of nothing.
    world.inject(host, frame(part(1, &request, 1480, 2000)));
    assert!(world.take().is_empty());
}

/// Something is wrong with a part.
type Change = dyn Fn(&mut (Header, Vec<u8>));

#[test]
fn fragments_that_make_no_sense() {
    let request = long_ping(128);
    // Parts of 16 bytes one behind the other, from `start` on.
    let refused = |start: usize, changes: &[&Change]| {
        let (mut world, host) = world();
        for (at, change) in changes.iter().enumerate() {
            let from = start + at * 16;
            let mut part = part(1, &request, from, from + 16);
            change(&mut part);
            world.inject(host, frame(part));
        }
        world.died(host.0, DropReason::BadFragment)
    };
    // More follow, but it ends at no multiple of 8; or it is empty.
    assert_eq!(refused(16, &[&|part| part.1.truncate(13)]), 1);
    assert_eq!(refused(16, &[&|part| part.1.clear()]), 1);
    // Two ends; something behind the end, before and after the end is known.
    let end = |part: &mut (Header, Vec<u8>)| part.0.more_fragments = false;
    assert_eq!(refused(16, &[&|_| {}, &end, &end]), 1);
    assert_eq!(refused(16, &[&|_| {}, &end, &|_| {}]), 1);
    assert_eq!(
        refused(16, &[&|part| part.0.fragment_offset = 160, &end]),
        1
    );
    // RFC 3168 §5.3: congestion marked on one, and a transport that does not know the mark.
    let mark = |ecn| move |part: &mut (Header, Vec<u8>)| part.0.traffic_class = ecn;
    let last = |part: &mut (Header, Vec<u8>)| {
        part.0.traffic_class = 3;
        part.0.more_fragments = false;
    };
    assert_eq!(refused(0, &[&mark(0), &last]), 1);
    assert_eq!(refused(0, &[&mark(2), &last]), 0);
}

#[test]
fn no_datagram_is_longer_than_65535_bytes() {
    let (mut world, host) = world();
    let options = [1; 40].into_iter().collect();
    let first = Header {
        more_fragments: true,
        identification: 3,
        options,
        ..header(ip(PEER), ip(ME), Protocol::ICMP)
    };
    // Each part alone would fit, but not under the first one's header of 60 bytes.
    for from in (0..65_512).step_by(8 * 150) {
        let to = (from + 8 * 150).min(65_512);
        let header = Header {
            fragment_offset: from as u16,
            more_fragments: to < 65_512,
            options: if from == 0 {
                first.options.clone()
            } else {
                Default::default()
            },
            ..first.clone()
        };
        world.inject(host, frame((header, vec![0; to - from])));
    }
    assert_eq!(world.died(host.0, DropReason::TooLong), 1);
    // And the offset of a single one reaches no further.
    let beyond = Header {
        fragment_offset: 65_528,
        ..first
    };
    world.inject(host, frame((beyond, vec![0; 8])));
    let field = DropReason::BadField(wire::Layer::Ipv4);
    assert_eq!(world.died(host.0, field), 1);
}

#[test]
fn tiny_fragments_of_one_datagram_are_bounded() {
    let (mut world, host) = world();
    let request = long_ping(65_512);
    for from in (0..8 * 1400).step_by(8) {
        world.inject(host, frame(part(1, &request, from, from + 8)));
    }
    // 1,366 are as many as a link with MTU 68 makes of the longest datagram.
    assert_eq!(
        world.died(host.0, DropReason::TooManyFragments),
        1400 - 1366
    );
}

#[test]
fn unfinished_datagrams_are_bounded_in_number_and_in_bytes() {
    let (mut world, host) = world();
    // However far apart the fragments of one datagram come.
    world.hosts[host.0]
        .set_sysctl("net.ipv4.ipfrag_max_dist", "0")
        .unwrap();
    let request = long_ping(64);
    for id in 0..2000 {
        world.inject(host, frame(part(id, &request, 0, 32)));
    }
    assert_eq!(world.died(host.0, DropReason::ReassemblyFull), 2000 - 1024);
    // The youngest are those that are kept.
    world.inject(host, frame(part(1999, &request, 32, 64)));
    world.inject(host, frame(part(976, &request, 32, 64)));
    assert_eq!(replies(&world.take_from(host.0)).len(), 2);
    world.inject(host, frame(part(975, &request, 32, 64)));
    assert!(world.take().is_empty());

    let stack = &mut world.hosts[host.0];
    stack
        .set_sysctl("net.ipv4.ipfrag_high_thresh", "100000")
        .unwrap();
    let long = long_ping(60_000);
    for from in (0..59_200).step_by(1480) {
        world.inject(host, frame(part(3000, &long, from, from + 1480)));
    }
    for from in (0..59_200).step_by(1480) {
        world.inject(host, frame(part(3001, &long, from, from + 1480)));
    }
    // Both together take more than 100,000 bytes: the older gave way.
    world.inject(host, frame(part(3001, &long, 59_200, 60_000)));
    world.inject(host, frame(part(3000, &long, 59_200, 60_000)));
    let sent = replies(&world.take_from(host.0));
    assert_eq!(sent.len(), 1);
    assert_echo(&sent[0], &long);
}

#[test]
fn parts_of_two_datagrams_do_not_mix() {
    let (mut world, host) = world();
    let (a, b) = (
        long_ping(64),
        icmp(Message::EchoRequest { ident: 8, seq: 9 }, &[0xee; 56]),
    );
    // The same identification from another host, and for another protocol.
    world.inject(host, frame(part(1, &a, 0, 32)));
    let mut other = part(1, &b, 32, 64);
    other.0.src = ip("10.0.0.3");
    world.inject(host, frame(other));
    let mut other = part(1, &b, 32, 64);
    other.0.protocol = Protocol::UDP;
    world.inject(host, frame(other));
    assert!(world.take().is_empty());
    world.inject(host, frame(part(1, &a, 32, 64)));
    assert_echo(&replies(&world.take_from(host.0))[0], &a);
}

#[test]
fn identifications_of_what_may_be_cut_count_up_for_each_peer() {
    let (mut world, host) = world();
    world.hosts[host.0]
        .add_neighbor(world.now, host.1, v4(ip("10.0.0.3")), mac(3))
        .unwrap();
    let mut next = |from: &str| {
        let (header, payload) = ping(ip(from), ip(ME), b"x");
        world.inject(host, frame((header, payload)));
        ips(&world.take_from(host.0))[0].1.identification
    };
    let (a, b) = (next(PEER), next("10.0.0.3"));
    for n in 1..=1000u16 {
        assert_eq!(next(PEER), a.wrapping_add(n));
    }
    assert_eq!(next("10.0.0.3"), b.wrapping_add(1));
}

#[test]
fn one_host_does_not_crowd_out_the_others() {
    let (mut world, host) = world();
    let now = world.now;
    world.hosts[host.0]
        .add_neighbor(now, host.1, v4(ip("10.0.0.3")), mac(3))
        .unwrap();
    let request = long_ping(64);
    let other = |(header, payload): (Header, Vec<u8>)| {
        let src = ip("10.0.0.3");
        frame((Header { src, ..header }, payload))
    };
    // Another host's, of which a part is missing for long, amid a flood of one peer's.
    for id in 0..600 {
        world.inject(host, frame(part(id, &request, 0, 32)));
    }
    let patient = 7;
    world.inject(host, other(part(patient, &request, 0, 32)));
    for id in 600..5000 {
        world.inject(host, frame(part(id, &request, 0, 32)));
    }
    assert_eq!(world.died(host.0, DropReason::ReassemblyFull), 5001 - 1024);
    world.take();
    world.inject(host, other(part(patient, &request, 32, 64)));
    assert_eq!(replies(&world.take_from(host.0)).len(), 1);
    // The same in bytes.
    world.hosts[host.0]
        .set_sysctl("net.ipv4.ipfrag_high_thresh", "100000")
        .unwrap();
    let long = long_ping(2000);
    world.inject(host, other(part(8, &long, 0, 1000)));
    for id in 5000..6000 {
        world.inject(host, frame(part(id, &long, 0, 1000)));
    }
    world.take();
    world.inject(host, other(part(8, &long, 1000, 2000)));
    let replies = replies(&world.take_from(host.0));
    assert_eq!(replies.len(), 1);
    assert_echo(&replies[0], &long);
}

#[test]
fn an_identification_that_comes_round_is_another_datagram() {
    let (mut world, host) = world();
    let request = long_ping(64);
    // Linux's ipfrag_max_dist: 64 fragments of the same host between.
    for (between, replied) in [(63, 1), (64, 0)] {
        world.inject(host, frame(part(1, &request, 0, 32)));
        for id in 0..between {
            world.inject(host, frame(part(1000 + id, &request, 0, 32)));
        }
        world.take();
        world.inject(host, frame(part(1, &request, 32, 64)));
        assert_eq!(replies(&world.take_from(host.0)).len(), replied);
        assert_eq!(
            world.died(host.0, DropReason::FragmentOvertaken),
            1 - replied as u64
        );
        world.pass(Duration::from_secs(31));
        world.take();
    }
}
