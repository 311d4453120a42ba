//! TIME_WAIT, while the program holds on and once it has let go (RFC 9293 §3.10.7.4).

mod world;

use base::Duration;
use tcp::{DropReason, State, TimeWait, TimeWaitOutcome};
use wire::tcp::SeqNumber;
use world::hand::Hand;

/// A connection in TIME_WAIT: our FIN was number 1001, the peer's 5001.
fn reach(h: &mut Hand) {
    h.establish();
    assert_eq!(h.tcp().shutdown_write(), Ok(()));
    h.sent();
    h.take("FA 5001 ack 1002");
    assert_eq!(h.sent(), ["A 1002 ack 5002"]);
    assert_eq!(h.state(), State::TimeWait);
}

fn shrink(h: &mut Hand) -> TimeWait {
    reach(h);
    let (now, settings) = (h.now, h.settings.clone());
    h.tcp().close(now, &settings);
    h.release().into_time_wait().expect("in TIME_WAIT")
}

fn deliver(h: &Hand, wait: &mut TimeWait, text: &str) -> String {
    let (control, payload) = h.parse(text);
    match wait.on_segment(h.now, &h.settings, &control, payload.len()) {
        TimeWaitOutcome::Reply(reply) => h.show(&reply, 0),
        TimeWaitOutcome::Restarted(reply) => format!("restarted: {}", h.show(&reply, 0)),
        TimeWaitOutcome::Reusable { iss } => {
            format!("reusable from {}", iss.since(h.iss() - 1000))
        }
        TimeWaitOutcome::Dead => "dead".into(),
        TimeWaitOutcome::Drop(reason) => format!("{reason:?}"),
    }
}

#[test]
fn only_in_time_wait_can_it_shrink() {
    let mut h = Hand::at(0, 0);
    h.establish();
    assert!(h.release().into_time_wait().is_none());
}

#[test]
fn the_deadline_is_kept() {
    let mut h = Hand::at(0, 0);
    reach(&mut h);
    let deadline = h.tcp().deadline();
    h.now += Duration::from_secs(20);
    let wait = h.release().into_time_wait().expect("in TIME_WAIT");
    assert_eq!(Some(wait.deadline()), deadline);
}

#[test]
fn the_fin_again_starts_it_anew() {
    Hand::everywhere(|mut h| {
        let mut wait = shrink(&mut h);
        h.now += Duration::from_secs(50);
        let outcome = deliver(&h, &mut wait, "FA 5001 ack 1002");
        assert_eq!(outcome, "restarted: A 1002 ack 5002");
        assert_eq!(wait.deadline(), h.now + Duration::from_secs(60));
        // With data in front of it, or not.
        let outcome = deliver(&h, &mut wait, "FA 4901+100 ack 1002");
        assert_eq!(outcome, "restarted: A 1002 ack 5002");
    });
    Hand::everywhere(|mut h| {
        reach(&mut h);
        assert_eq!(h.wait(50_000), Vec::<String>::new());
        h.quiet("FA 5001 ack 1002");
        assert_eq!(h.sent(), ["A 1002 ack 5002"]);
        h.wait(59_999);
        assert_eq!(h.state(), State::TimeWait);
        h.wait(1);
        assert_eq!(h.state(), State::Closed);
    });
}

#[test]
fn a_new_connection_may_take_over() {
    Hand::everywhere(|mut h| {
        let mut wait = shrink(&mut h);
        // Beyond the last number received; 1002 + 65537 is beyond all that we can have sent.
        assert_eq!(deliver(&h, &mut wait, "S 5003"), "reusable from 66539");
        assert_eq!(
            deliver(&h, &mut wait, "S 1000005003"),
            "reusable from 66539"
        );
        // Not beyond: it may be an old one.
        assert_eq!(deliver(&h, &mut wait, "S 5002"), "A 1002 ack 5002");
        assert_eq!(deliver(&h, &mut wait, "S 4000"), "RateLimited");
        h.now += Duration::from_secs(1);
        assert_eq!(deliver(&h, &mut wait, "S 4000"), "A 1002 ack 5002");
        // Nobody opens with a SYN-ACK.
        h.now += Duration::from_secs(1);
        assert_eq!(
            deliver(&h, &mut wait, "SA 6000 ack 1002"),
            "A 1002 ack 5002"
        );
    });
    let mut h = Hand::at(0, 0);
    let mut wait = shrink(&mut h);
    let (control, _) = h.parse("S 9000");
    let outcome = wait.on_segment(h.now, &h.settings, &control, 0);
    assert_eq!(
        outcome,
        TimeWaitOutcome::Reusable {
            iss: SeqNumber(66_539)
        }
    );
}

#[test]
fn not_while_the_program_holds_on() {
    Hand::everywhere(|mut h| {
        reach(&mut h);
        h.answered("S 9000", DropReason::SynOnConnection, "A 1002 ack 5002");
        assert_eq!(h.state(), State::TimeWait);
    });
}

#[test]
fn resets() {
    Hand::everywhere(|mut h| {
        let mut wait = shrink(&mut h);
        assert_eq!(deliver(&h, &mut wait, "R 5001"), "ResetOutOfWindow");
        // RFC 5961 §3.2.
        assert_eq!(deliver(&h, &mut wait, "R 5003"), "A 1002 ack 5002");
        assert_eq!(deliver(&h, &mut wait, "R 5002"), "dead");
        // RFC 1337.
        h.settings.rfc1337 = true;
        assert_eq!(deliver(&h, &mut wait, "R 5002"), "ResetInTimeWait");
    });
    Hand::everywhere(|mut h| {
        reach(&mut h);
        h.settings.rfc1337 = true;
        h.dropped("R 5002", DropReason::ResetInTimeWait);
        h.settings.rfc1337 = false;
        h.take("R 5002");
        assert_eq!(h.state(), State::Closed);
        assert_eq!(h.tcp().take_error(), None);
    });
}

#[test]
fn what_else_may_come() {
    Hand::everywhere(|mut h| {
        let mut wait = shrink(&mut h);
        // The ACK of our FIN again.
        assert_eq!(deliver(&h, &mut wait, "A 5002 ack 1002"), "Duplicate");
        assert_eq!(deliver(&h, &mut wait, "P 5002+1"), "NoAck");
        assert_eq!(
            deliver(&h, &mut wait, "A 4901+50 ack 1002"),
            "A 1002 ack 5002"
        );
        assert_eq!(deliver(&h, &mut wait, "A 5002+50 ack 1002"), "RateLimited");
        h.now += Duration::from_secs(1);
        assert_eq!(
            deliver(&h, &mut wait, "A 5002+50 ack 1002"),
            "A 1002 ack 5002"
        );
    });
}

#[test]
fn what_was_received_can_be_read() {
    let mut h = Hand::at(0, 0);
    h.establish();
    assert_eq!(h.tcp().shutdown_write(), Ok(()));
    h.sent();
    h.take("FA 5001+30 ack 1002");
    assert_eq!(h.state(), State::TimeWait);
    assert_eq!(h.read(10), Ok(10));
    h.wait(60_000);
    assert_eq!(h.state(), State::Closed);
    assert_eq!(h.read(100), Ok(20));
    assert_eq!(h.read(100), Ok(0));
}

#[test]
fn letting_go_with_unread_data_keeps_time_wait() {
    let mut h = Hand::at(0, 0);
    h.establish();
    assert_eq!(h.tcp().shutdown_write(), Ok(()));
    h.sent();
    h.take("FA 5001+30 ack 1002");
    assert_eq!(h.sent(), ["A 1002 ack 5032"]);
    let (now, settings) = (h.now, h.settings.clone());
    h.tcp().close(now, &settings);
    assert_eq!(h.sent(), Vec::<String>::new());
    assert_eq!(h.state(), State::TimeWait);
}
