//! IPv6 on its way up: addresses, extension headers, fragments (RFC 8200).

#![allow(clippy::unwrap_used, reason = "tests fail by it")]

mod common;

use common::v6::{self, ip6, messages, pair, ping, to_first};
use common::{World, mac};
use stack::DropReason;
use wire::icmpv6::{Message, Problem};
use wire::{EtherType, Layer};

/// What host 1 answers to a packet from host 2, by the header that follows the fixed one.
fn answers(next: u8, payload: &[u8]) -> (World, Vec<Message>) {
    let mut world = World::new();
    let [a, _] = pair(&mut world);
    world.inject(a, to_first(next, payload));
    let sent = world.take_from(a.0);
    let said = messages(&sent).into_iter().map(|(_, m, _)| m).collect();
    (world, said)
}

const REPLY: Message = Message::EchoReply { ident: 7, seq: 1 };

fn problem(problem: Problem, pointer: u32) -> Message {
    Message::ParameterProblem { problem, pointer }
}

/// `header` and a ping behind it.
fn before_ping(header: &[u8]) -> Vec<u8> {
    [header, &ping(b"hello")].concat()
}

#[test]
fn a_ping_is_answered_with_its_own_bytes() {
    let mut world = World::new();
    let [a, _] = pair(&mut world);
    world.inject(a, to_first(58, &ping(b"hello")));
    let said = messages(&world.take_from(a.0));
    let [(header, message, body)] = &said[..] else {
        panic!("{said:?}")
    };
    assert_eq!((header.src, header.dst), (ip6(1), ip6(2)));
    assert_eq!(header.hop_limit, 64);
    assert_eq!((*message, &body[..]), (REPLY, &b"hello"[..]));
}

#[test]
fn padding_and_known_options_are_passed_over() {
    for header in [
        // Hop-by-hop: router alert and PadN; and destination options: tunnel limit.
        (0, [58, 0, 5, 2, 0, 0, 1, 0]),
        (60, [58, 0, 4, 1, 4, 1, 1, 0]),
        // Not known, and to be skipped by its two high bits (RFC 8200 §4.2).
        (60, [58, 0, 0x1e, 4, 1, 2, 3, 4]),
        // A route that is gone (RFC 8200 §4.4), of any type.
        (43, [58, 0, 0, 0, 0, 0, 0, 0]),
        // An atomic fragment (RFC 6946).
        (44, [58, 0, 0, 0, 0, 0, 0, 9]),
    ] {
        let (_, said) = answers(header.0, &before_ping(&header.1));
        assert_eq!(said, [REPLY], "{header:?}");
    }
}

#[test]
fn options_that_are_not_known_die_as_their_type_says() {
    let reason = DropReason::UnknownIpv6Option;
    for (kind, answer) in [
        (0x5e, None),
        // The pointer: 40 bytes of header, two of the options header.
        (0x9e, Some(problem(Problem::UnknownOption, 42))),
        (0xde, Some(problem(Problem::UnknownOption, 42))),
    ] {
        for next in [0, 60] {
            let (world, said) = answers(next, &before_ping(&[58, 0, kind, 4, 0, 0, 0, 0]));
            assert_eq!(said, answer.into_iter().collect::<Vec<_>>(), "{kind:#x}");
            assert_eq!(world.died(0, reason), 1);
        }
    }
}

#[test]
fn a_jumbogram_is_an_unknown_option() {
    let (world, said) = answers(0, &before_ping(&[58, 0, 0xc2, 4, 0, 1, 0, 0]));
    assert_eq!(said, [problem(Problem::UnknownOption, 42)]);
    assert_eq!(world.died(0, DropReason::Jumbogram), 1);
}

#[test]
fn source_routes_are_refused() {
    // RFC 5095: type 0, with one more to visit; and type 4, which is not ours to serve.
    for kind in [0, 4] {
        let route = [58, 2, kind, 1, 0, 0, 0, 0];
        let header = [&route[..], &ip6(9).octets()].concat();
        let (world, said) = answers(43, &before_ping(&header));
        assert_eq!(said, [problem(Problem::ErroneousField, 42)]);
        assert_eq!(world.died(0, DropReason::SourceRouted), 1);
    }
}

#[test]
fn hop_by_hop_options_stand_first_or_nowhere() {
    let headers = [0, 0, 1, 4, 0, 0, 0, 0, 58, 0, 1, 4, 0, 0, 0, 0];
    let (world, said) = answers(60, &before_ping(&headers));
    // The field that names it is the destination options' first byte.
    assert_eq!(said, [problem(Problem::UnknownNextHeader, 40)]);
    assert_eq!(world.died(0, DropReason::BadField(Layer::HopByHop)), 1);
}

#[test]
fn an_unknown_next_header_is_pointed_at() {
    let (world, said) = answers(253, b"what is this?");
    assert_eq!(said, [problem(Problem::UnknownNextHeader, 6)]);
    assert_eq!(world.died(0, DropReason::UnknownProtocol), 1);
    let (_, said) = answers(60, &[253, 0, 1, 4, 0, 0, 0, 0]);
    assert_eq!(said, [problem(Problem::UnknownNextHeader, 40)]);
    let (world, said) = answers(59, b"");
    assert_eq!(said, []);
    assert_eq!(world.died(0, DropReason::NothingInside), 1);
}

#[test]
fn headers_without_end_or_that_reach_out_of_the_packet_die() {
    let endless = [60, 0, 1, 4, 0, 0, 0, 0].repeat(20);
    let (world, said) = answers(60, &endless);
    assert_eq!(said, []);
    assert_eq!(world.died(0, DropReason::TooManyExtensions), 1);
    let (world, said) = answers(60, &[58, 3, 1, 4, 0, 0, 0, 0]);
    assert_eq!(said, []);
    assert_eq!(world.died(0, DropReason::Truncated(Layer::Destination)), 1);
}

#[test]
fn addresses_that_nobody_can_have_are_refused() {
    let mut world = World::new();
    let [a, _] = pair(&mut world);
    for (src, dst, reason) in [
        ("::1", "2001:db8::1", DropReason::MartianSource),
        ("ff02::1", "2001:db8::1", DropReason::MartianSource),
        ("2001:db8::1", "2001:db8::1", DropReason::MartianSource),
        ("::ffff:1.2.3.4", "2001:db8::1", DropReason::MartianSource),
        ("2001:db8::2", "::1", DropReason::MartianDestination),
        ("2001:db8::2", "::", DropReason::MartianDestination),
        ("2001:db8::2", "ff01::1", DropReason::MartianDestination),
        ("2001:db8::2", "ff02::1234", DropReason::NotInGroup),
        ("2001:db8::2", "2001:db8::9", DropReason::NotForThisHost),
    ] {
        let packet = v6::packet(src.parse().unwrap(), dst.parse().unwrap(), 59, b"");
        let before = world.died(a.0, reason);
        world.inject(
            a,
            common::packets::ethernet(mac(1), mac(2), EtherType::IPV6, &packet),
        );
        assert_eq!(world.died(a.0, reason), before + 1, "{src} to {dst}");
    }
}

/// Fragment `offset` of a packet with the Fragment header's identification 7.
fn fragment(offset: u16, more: bool, bytes: &[u8]) -> Vec<u8> {
    let field = (offset | u16::from(more)).to_be_bytes();
    let header = [58, 0, field[0], field[1], 0, 0, 0, 7];
    to_first(44, &[&header, bytes].concat())
}

#[test]
fn fragments_make_a_packet_in_any_order() {
    let whole = ping(&[0x5a; 2000]);
    let parts = [
        fragment(0, true, &whole[..1000]),
        fragment(1000, true, &whole[1000..2000]),
        fragment(2000, false, &whole[2000..]),
    ];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let mut world = World::new();
        let [a, b] = pair(&mut world);
        for part in order {
            world.inject(a, parts[part].clone());
        }
        let frames = world.take_from(a.0);
        // The reply is cut as well: 2008 bytes with 1500 a packet.
        assert_eq!(v6::packets(&frames).len(), 2);
        assert!(
            v6::packets(&frames)
                .iter()
                .all(|(h, _)| h.next_header.0 == 44)
        );
        // The other host puts it together and finds nobody who asked.
        assert_eq!(world.died(b.0, DropReason::IcmpForNobody), 1);
    }
}

#[test]
fn overlapping_fragments_kill_the_packet() {
    let mut world = World::new();
    let [a, _] = pair(&mut world);
    let whole = ping(&[1; 100]);
    world.inject(a, fragment(0, true, &whole[..64]));
    world.inject(a, fragment(56, true, &whole[56..96]));
    // RFC 5722 §4: also what comes later.
    world.inject(a, fragment(64, false, &whole[64..]));
    assert_eq!(messages(&world.take_from(a.0)).len(), 0);
    assert_eq!(world.died(a.0, DropReason::FragmentOverlap), 2);
}

#[test]
fn fragments_that_make_no_sense_are_named() {
    let long = ping(&[1; 100]);
    for (frame, answer, reason) in [
        // RFC 8200 §4.5: not a multiple of 8, too long, and without all headers (RFC 7112).
        (
            fragment(0, true, &long[..63]),
            problem(Problem::ErroneousField, 4),
            DropReason::BadFragment,
        ),
        (
            fragment(0xfff8, false, &long[..64]),
            problem(Problem::ErroneousField, 42),
            DropReason::TooLong,
        ),
        (
            to_first(44, &[60, 0, 0, 1, 0, 0, 0, 7, 58, 1, 1, 4, 0, 0, 0, 0]),
            problem(Problem::IncompleteChain, 0),
            DropReason::IncompleteHeaderChain,
        ),
    ] {
        let mut world = World::new();
        let [a, _] = pair(&mut world);
        world.inject(a, frame);
        let said = messages(&world.take_from(a.0));
        assert_eq!(said.iter().map(|s| s.1).collect::<Vec<_>>(), [answer]);
        assert_eq!(world.died(a.0, reason), 1);
    }
}

#[test]
fn a_packet_that_never_gets_whole_is_given_up_after_a_minute() {
    let mut world = World::new();
    let [a, _] = pair(&mut world);
    let whole = ping(&[1; 100]);
    let first = fragment(0, true, &whole[..64]);
    world.inject(a, first.clone());
    world.pass_millis(59_000);
    assert_eq!(world.died(a.0, DropReason::ReassemblyTimeout), 0);
    world.pass_millis(2_000);
    assert_eq!(world.died(a.0, DropReason::ReassemblyTimeout), 1);
    let said = messages(&world.take_from(a.0));
    let [(_, Message::ReassemblyTimeExceeded, quote)] = &said[..] else {
        panic!("{said:?}")
    };
    // RFC 4443 §3.3: the first fragment, as it came.
    assert_eq!(quote[..], first[14..]);
}

/// The `n`th packet's first fragment.
fn first_of(n: u32, bytes: &[u8]) -> Vec<u8> {
    let header = [&[58, 0, 0, 1][..], &n.to_be_bytes()].concat();
    to_first(44, &[&header, bytes].concat())
}

#[test]
fn unfinished_packets_are_bounded_in_number_bytes_and_time() {
    let mut world = World::new();
    let [a, _] = pair(&mut world);
    for n in 0..2000 {
        world.inject(a, first_of(n, &[0; 64]));
    }
    let full = |world: &World| world.died(a.0, DropReason::ReassemblyFull);
    assert_eq!(full(&world), 2000 - 1024);
    // RFC 8200 §4.5: 60 seconds.
    world.pass_millis(59_999);
    assert_eq!(world.died(a.0, DropReason::ReassemblyTimeout), 0);
    world.pass_millis(2);
    assert_eq!(world.died(a.0, DropReason::ReassemblyTimeout), 1024);

    let thresh = "net.ipv6.ip6frag_high_thresh";
    world.hosts[a.0].set_sysctl(thresh, "100000").unwrap();
    let before = full(&world);
    for n in 0..200 {
        world.inject(a, first_of(n, &[0; 1400]));
    }
    // Each takes 1,400 bytes and some to keep them: fifty or so stay.
    let kept = 200 - (full(&world) - before);
    assert!((40..=100_000 / 1400).contains(&kept), "{kept}");
    world.hosts[a.0].set_sysctl(thresh, "0").unwrap();
    world.inject(a, first_of(7777, &[0; 64]));
    world.pass_millis(61_000);
    // Nothing stayed of any of them.
    assert_eq!(full(&world), before + 201);
}
