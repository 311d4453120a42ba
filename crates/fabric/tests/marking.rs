//! Queues that mark or drop before they are full, under real TCP.

mod world;

use base::Duration;
use fabric::{Channel, CoDel, Delay, Direction, Discipline, DropReason, Limit, Rate, Red};
use tcp::CongestionControl;
use world::bulk::Bulk;
use world::{arrivals, pair};

/// 10 Mbit/s, 40 ms, and a queue of eight times what fills it.
fn path(discipline: Discipline) -> Bulk {
    let back = Channel {
        rate: Some(Rate::mbit(10)),
        delay: Delay::constant(Duration::from_millis(20)),
        queue: Limit::Packets(10_000),
        ..Channel::PERFECT
    };
    let there = Channel {
        queue: Limit::Bytes(400_000),
        discipline,
        ..back.clone()
    };
    Bulk::new(11, &there, &back)
}

/// The settings of tc-red's manual for 10 Mbit/s, with a `limit` that is the channel's.
const RED: Red = Red {
    min: 30_000,
    max: 90_000,
    avpkt: 1000,
    burst: 55,
    probability: 0.02,
    ecn: true,
};

/// How many bytes wait on average, looked at each 10 ms from the second second on.
fn standing(bulk: &mut Bulk, seconds: u64) -> u64 {
    bulk.run(Duration::from_secs(2));
    let looks = seconds * 100;
    let mut sum = 0;
    for _ in 0..looks {
        bulk.run(Duration::from_millis(10));
        sum += bulk.net.backlog(bulk.link, Direction::There).1 as u64;
    }
    sum / looks
}

#[test]
fn with_ecn_a_marked_path_loses_nothing_and_windows_shrink() {
    for ecn in ["1", "3"] {
        for discipline in [Discipline::CoDel(CoDel::USUAL), Discipline::Red(RED)] {
            for choice in [CongestionControl::Reno, CongestionControl::Cubic] {
                let mut bulk = path(discipline);
                bulk.set("net.ipv4.tcp_ecn", ecn);
                bulk.add(choice);
                bulk.run(Duration::from_secs(10));
                let info = bulk.info(0);
                let case = format!("tcp_ecn {ecn}, {discipline:?}, {choice:?}");
                assert_eq!(info.total_retrans, 0, "{case}");
                assert_eq!(bulk.net.ledger().total(), 0, "{case}");
                let marked = bulk.net.traffic(bulk.link, Direction::There).marked;
                assert!(marked > 0 && info.delivered_ce > 0, "{case}: {marked}");
                if ecn == "3" {
                    // Each mark is counted; those of the last round trip are on their way.
                    let told = u64::from(info.delivered_ce);
                    assert!(
                        told <= marked && told + 10 >= marked,
                        "{case}: {told} of {marked}"
                    );
                }
                assert!(info.ssthresh < u32::MAX / 2, "{case}");
                // 10 s of 10 Mbit/s are 12.5 MB; a window that is halved at a short queue fills three
                // quarters of the path on average.
                let received = bulk.flows[0].received;
                assert!(received > 9_300_000, "{case}: {received}");
            }
        }
    }
}

#[test]
fn without_ecn_the_same_queues_drop() {
    for (discipline, reason) in [
        (Discipline::CoDel(CoDel::USUAL), DropReason::QueueSlow),
        (Discipline::Red(RED), DropReason::QueueEarly),
    ] {
        let mut bulk = path(discipline);
        bulk.set("net.ipv4.tcp_ecn", "0");
        bulk.add(CongestionControl::Cubic);
        bulk.run(Duration::from_secs(10));
        assert!(bulk.net.ledger().of(reason) > 0, "{discipline:?}");
        assert_eq!(bulk.net.ledger().total(), bulk.net.ledger().of(reason));
        assert!(bulk.info(0).total_retrans > 0);
        let marked = bulk.net.traffic(bulk.link, Direction::There).marked;
        assert_eq!(marked, 0);
    }
}

#[test]
fn codel_keeps_the_standing_queue_short() {
    let mut tail = path(Discipline::DropTail);
    tail.add(CongestionControl::Cubic);
    let tail = standing(&mut tail, 10);
    for ecn in ["1", "3"] {
        let mut codel = path(Discipline::CoDel(CoDel::USUAL));
        codel.set("net.ipv4.tcp_ecn", ecn);
        codel.add(CongestionControl::Cubic);
        let codel = standing(&mut codel, 10);
        // 5 ms of 10 Mbit/s are 6,250 bytes; CUBIC's window swings around that.
        assert!(codel < 2 * 6250 + 1514, "tcp_ecn {ecn}: {codel}");
        assert!(tail > 10 * codel, "{tail}, {codel}");
    }
}

#[test]
fn a_threshold_marks_whatever_waits_longer() {
    let mut bulk = path(Discipline::CoDel(CoDel {
        target: Duration::from_secs(10),
        ce_threshold: Some(Duration::from_millis(1)),
        ..CoDel::USUAL
    }));
    bulk.set("net.ipv4.tcp_ecn", "3");
    bulk.add(CongestionControl::Reno);
    bulk.run(Duration::from_secs(5));
    let info = bulk.info(0);
    assert_eq!(info.total_retrans, 0);
    // Far more are marked than a round trip can answer: the window is reduced once in each.
    assert!(info.delivered_ce > 50, "{}", info.delivered_ce);
    assert!(info.cwnd > 2, "{}", info.cwnd);
}

#[test]
fn what_is_no_ip_is_dropped_and_the_run_repeats() {
    let run = || {
        let channel = Channel {
            rate: Some(Rate::mbit(1)),
            queue: Limit::Packets(1000),
            discipline: Discipline::Red(Red {
                min: 2000,
                max: 6000,
                avpkt: 500,
                burst: 6,
                probability: 0.1,
                ecn: true,
            }),
            ..Channel::PERFECT
        };
        let (mut net, a, b, _) = pair(3, &channel);
        (0..200).for_each(|n| net.put(a, world::numbered(n, 500)));
        let early = net.ledger().of(DropReason::QueueEarly);
        let got = arrivals(&mut net, b);
        assert_eq!(got.len() as u64 + early, 200);
        assert!(early > 100, "{early}");
        got.iter()
            .map(|(_, f)| world::number(f))
            .collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}

/// RFC 3168 §5: CE from ECT alone; RFC 1624: the IPv4 checksum follows.
#[test]
fn a_mark_leaves_the_header_whole() {
    let channel = Channel {
        rate: Some(Rate::mbit(1)),
        discipline: Discipline::CoDel(CoDel {
            target: Duration::from_secs(10),
            ce_threshold: Some(Duration::from_millis(1)),
            ..CoDel::USUAL
        }),
        ..Channel::PERFECT
    };
    let (mut net, a, b, _) = pair(3, &channel);
    let v4 = |class: u8| {
        let mut bytes = vec![
            0x45, class, 0, 100, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
        ];
        let sum = wire::checksum::checksum(&bytes);
        bytes[10..12].copy_from_slice(&sum.to_be_bytes());
        (0x0800_u16, bytes)
    };
    let v6 = |class: u8| {
        let mut bytes = vec![0x60 | class >> 4, class << 4, 0, 7, 0, 60, 17, 64];
        bytes.extend([1; 32]);
        (0x86dd_u16, bytes)
    };
    net.put(a, world::frame(1, 2, 1514));
    for (ethertype, ip) in [v4(0), v4(1), v4(2), v4(0xb9), v6(0), v6(1), v6(2), v6(0xb8)] {
        let mut frame = world::frame(1, 2, 114);
        assert!(frame.overwrite(12, &ethertype.to_be_bytes()));
        assert!(frame.overwrite(14, &ip));
        net.put(a, frame);
    }
    let classes: Vec<u8> = arrivals(&mut net, b)
        .iter()
        .skip(1)
        .map(|(_, frame)| {
            let bytes = frame.to_vec();
            if bytes[14] >> 4 == 4 {
                assert_eq!(wire::checksum::checksum(&bytes[14..34]), 0);
                bytes[15]
            } else {
                bytes[14] << 4 | bytes[15] >> 4
            }
        })
        .collect();
    assert_eq!(classes, [0, 3, 3, 0xbb, 0, 3, 3, 0xb8]);
}
