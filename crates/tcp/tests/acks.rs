//! When acknowledgments go out: the same segments at the same times as Linux 6.18 was given, and the
//! same answers.

mod world;

use base::Duration;
use world::hand::Hand;

const NOTHING: Vec<String> = Vec::new();

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// What is sent at once, and in the time until then.
fn answers(h: &mut Hand, text: &str, wait: u64) -> Vec<String> {
    h.take(text);
    let mut sent = h.sent();
    sent.extend(h.wait(wait));
    sent
}

#[test]
fn the_first_sixteen_go_at_once_and_then_they_wait() {
    Hand::everywhere(|mut h| {
        h.establish_with("SA 5000 ack 1001 mss 1460 ws 7");
        // A small segment every 5 ms that nobody reads.
        let mut number = 5001;
        for _ in 0..16 {
            let next = number + 100;
            let sent = answers(&mut h, &format!("PA {number}+100 ack 1001"), 5);
            assert_eq!(sent, [format!("A 1001 ack {next}")]);
            number = next;
        }
        // 40 ms from the seventeenth on, or with what comes in the last fifth of that.
        let mut sent = Vec::new();
        for _ in 0..8 {
            sent.extend(answers(&mut h, &format!("PA {number}+100 ack 1001"), 5));
            number += 100;
        }
        assert_eq!(sent, ["A 1001 ack 7401"]);
    });
}

#[test]
fn full_segments_are_acknowledged_two_by_two() {
    // RFC 5681 §4.2.
    Hand::everywhere(|mut h| {
        h.establish_with("SA 5000 ack 1001 mss 1460 ws 7");
        let mut number = 5001;
        let mut acks = Vec::new();
        for _ in 0..40 {
            h.take(&format!("A {number}+1460 ack 1001"));
            number += 1460;
            assert_eq!(h.read(1460), Ok(1460));
            acks.push(h.sent().len());
        }
        // Each while the window still grows or the start is hurried, every second one in the end.
        assert_eq!(acks[..10], [1; 10]);
        assert_eq!(acks[30..].iter().sum::<usize>(), 5, "{acks:?}");
    });
}

#[test]
fn who_takes_turns_carries_the_ack() {
    Hand::everywhere(|mut h| {
        h.establish_with("SA 5000 ack 1001 mss 1460 ws 7");
        h.now += millis(100);
        // The first is acknowledged before its answer comes.
        assert_eq!(
            answers(&mut h, "PA 5001+100 ack 1001", 1),
            ["A 1001 ack 5101"]
        );
        assert_eq!(h.read(1000), Ok(100));
        h.write(10);
        assert_eq!(h.sent(), ["PA 1001+10 ack 5101"]);
        assert!(!h.tcp().quick_ack());
        for turn in 0..4 {
            h.now += millis(100);
            let (theirs, ours) = (5101 + 100 * turn, 1011 + 10 * turn);
            h.take(&format!("PA {theirs}+100 ack {ours}"));
            assert_eq!(h.sent(), NOTHING);
            assert_eq!(h.read(1000), Ok(100));
            assert_eq!(h.wait(1), NOTHING);
            h.write(10);
            assert_eq!(h.sent(), [format!("PA {ours}+10 ack {}", theirs + 100)]);
        }
        // Nobody answers: after 40 ms it is no conversation any more.
        h.take("PA 5501+100 ack 1051");
        assert_eq!(h.wait(1000), ["40 ms: A 1051 ack 5601"]);
        assert!(h.tcp().quick_ack());
    });
}

#[test]
fn the_end_of_a_message_that_is_read_is_acknowledged() {
    Hand::everywhere(|mut h| {
        h.establish();
        for round in 0..60 {
            let number = 5001 + 10 * round;
            h.take(&format!("PA {number}+10 ack 1001"));
            let mut sent = h.sent();
            assert_eq!(h.read(100), Ok(10));
            sent.extend(h.sent());
            assert_eq!(sent, [format!("A 1001 ack {}", number + 10)]);
        }
    });
}

#[test]
fn quick_ack_can_be_asked_for_and_refused() {
    Hand::everywhere(|mut h| {
        h.establish();
        h.tcp().set_quick_ack(0);
        assert!(!h.tcp().quick_ack());
        h.take("PA 5001+10 ack 1001");
        assert_eq!(h.sent(), NOTHING);
        assert_eq!(h.read(100), Ok(10));
        assert_eq!(h.sent(), NOTHING);
        h.tcp().set_quick_ack(1);
        assert_eq!(h.sent(), ["A 1001 ack 5011"]);
        assert!(h.tcp().quick_ack());
        h.take("PA 5011+10 ack 1001");
        assert_eq!(h.sent(), ["A 1001 ack 5021"]);
    });
}

#[test]
fn a_fin_waits_for_ours() {
    Hand::everywhere(|mut h| {
        h.establish();
        assert_eq!(
            answers(&mut h, "PA 5001+100 ack 1001", 10),
            ["A 1001 ack 5101"]
        );
        h.take("FA 5101 ack 1001");
        assert_eq!(h.sent(), NOTHING);
        assert_eq!(h.wait(100), ["40 ms: A 1001 ack 5102"]);
    });
    // Without data before it there is nothing to wait for.
    Hand::everywhere(|mut h| {
        h.establish();
        h.take("FA 5001 ack 1001");
        assert_eq!(h.sent(), ["A 1001 ack 5002"]);
    });
}

#[test]
fn what_comes_together_is_acknowledged_together() {
    // RFC 9293 §3.10.7.4, MUST-58 and MUST-59: all that is there is looked at before an ACK leaves.
    Hand::everywhere(|mut h| {
        h.establish_with("SA 5000 ack 1001 mss 1460 ws 7");
        for number in [5001, 6461, 7921, 9381, 10_841] {
            h.take(&format!("A {number}+1460 ack 1001"));
        }
        assert_eq!(h.sent(), ["A 1001 ack 12301"]);
        // A gap, and what fills it.
        h.quiet("A 13761+1460 ack 1001");
        h.take("A 12301+1460 ack 1001");
        assert_eq!(h.sent(), ["A 1001 ack 15221"]);
        assert_eq!(h.wait(1000), NOTHING);
    });
}
