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
    h.tcp().take_time_wait().expect("in TIME_WAIT")
}

fn deliver(h: &Hand, wait: &mut TimeWait, text: &str) -> String {
    let (control, payload) = h.parse(text);
    match wait.on_segment(h.now, &h.settings, &control, payload.len()) {
        TimeWaitOutcome::Reply(reply, _) => h.show(&reply, 0),
        TimeWaitOutcome::Restarted(reply) => format!("restarted: {}", h.show(&reply, 0)),
        TimeWaitOutcome::Reusable { iss, .. } => {
            format!("reusable from {}", iss.since(h.iss() - 1000))
        }
        TimeWaitOutcome::Reset(Some(reset)) => format!("reset: {}", h.show(&reset, 0)),
        TimeWaitOutcome::Reset(None) => "reset without a word".into(),
        TimeWaitOutcome::Dead => "dead".into(),
        TimeWaitOutcome::Drop(reason) => format!("{reason:?}"),
    }
}

#[test]
fn only_in_time_wait_can_it_shrink() {
    let mut h = Hand::at(0, 0);
    h.establish();
    assert!(h.tcp().take_time_wait().is_none());
}

#[test]
fn the_deadline_is_kept() {
    let mut h = Hand::at(0, 0);
    reach(&mut h);
    let deadline = h.tcp().deadline();
    h.now += Duration::from_secs(20);
    let wait = h.tcp().take_time_wait().expect("in TIME_WAIT");
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
    let iss = SeqNumber(66_539);
    assert!(matches!(outcome, TimeWaitOutcome::Reusable { iss: it, .. } if it == iss));
    assert_eq!(wait.successor_iss(), iss);
}

#[test]
fn not_before_the_fin_is_acknowledged() {
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
        // As Linux: data is always answered, what has none twice a second.
        let answer = "A 1002 ack 5002";
        assert_eq!(deliver(&h, &mut wait, "A 5002+50 ack 1002"), answer);
        assert_eq!(deliver(&h, &mut wait, "A 4901 ack 1002"), answer);
        assert_eq!(deliver(&h, &mut wait, "A 4901 ack 1002"), "RateLimited");
        assert_eq!(deliver(&h, &mut wait, "A 5002+50 ack 1002"), answer);
        h.now += Duration::from_secs(1);
        assert_eq!(deliver(&h, &mut wait, "A 4901 ack 1002"), answer);
    });
}

/// A connection in FIN_WAIT_2 whose program has let go: our FIN was number 1001.
fn wait_for_fin(h: &mut Hand) -> TimeWait {
    h.establish();
    let (now, settings) = (h.now, h.settings.clone());
    h.tcp().close(now, &settings);
    assert_eq!(h.sent(), ["FA 1001 ack 5001"]);
    assert!(h.tcp().take_time_wait().is_none());
    h.take("A 5001 ack 1002");
    assert_eq!(h.state(), State::FinWait2);
    h.tcp().take_time_wait().expect("in FIN_WAIT_2")
}

#[test]
fn fin_wait_2_without_a_program_is_as_small() {
    Hand::everywhere(|mut h| {
        let mut wait = wait_for_fin(&mut h);
        assert!(wait.is_fin_wait_2());
        // tcp_fin_timeout.
        assert_eq!(wait.deadline(), h.now + Duration::from_secs(60));
        assert_eq!(deliver(&h, &mut wait, "A 5001 ack 1002"), "Duplicate");
        assert_eq!(deliver(&h, &mut wait, "P 5001+1"), "NoAck");
        assert_eq!(
            deliver(&h, &mut wait, "A 4901+100 ack 1002"),
            "A 1002 ack 5001"
        );
        h.now += Duration::from_secs(1);
        // RFC 5961 §4.2.
        assert_eq!(deliver(&h, &mut wait, "S 9000"), "A 1002 ack 5001");
        assert_eq!(deliver(&h, &mut wait, "A 99000 ack 1002"), "RateLimited");
        let answered = deliver(&h, &mut wait, "A 99000+9 ack 1002");
        assert_eq!(answered, "A 1002 ack 5001");
        h.now += Duration::from_secs(5);
        assert_eq!(
            deliver(&h, &mut wait, "FA 5001 ack 1002"),
            "restarted: A 1002 ack 5002"
        );
        assert!(!wait.is_fin_wait_2());
        assert_eq!(wait.deadline(), h.now + Duration::from_secs(60));
        assert_eq!(
            deliver(&h, &mut wait, "FA 5001 ack 1002"),
            "restarted: A 1002 ack 5002"
        );
        assert_eq!(deliver(&h, &mut wait, "S 5003"), "reusable from 66539");
    });
}

#[test]
fn data_for_nobody_resets() {
    Hand::everywhere(|mut h| {
        // RFC 9293 §3.6.1; with the FIN or without, in its turn or ahead of it.
        for data in [
            "A 5001+10 ack 1002",
            "FA 5001+10 ack 1002",
            "A 5101+10 ack 1002",
        ] {
            let mut wait = wait_for_fin(&mut h);
            assert_eq!(deliver(&h, &mut wait, data), "reset: R 1002", "{data}");
        }
        let mut wait = wait_for_fin(&mut h);
        assert_eq!(deliver(&h, &mut wait, "R 5000"), "ResetOutOfWindow");
        assert_eq!(deliver(&h, &mut wait, "R 5002"), "A 1002 ack 5001");
        assert_eq!(deliver(&h, &mut wait, "R 5001"), "dead");
    });
}

/// One in TIME_WAIT whose peer told the time 4294967291, five ticks before its clock came round.
fn with_timestamps(h: &mut Hand) -> TimeWait {
    h.connect();
    h.sent();
    h.take("SA 5000 ack 1001 ts 4294967290 ecr 100000");
    h.sent();
    h.tcp().shutdown_write().expect("connected");
    h.sent();
    h.take("FA 5001 ack 1002 ts 4294967291 ecr 100000");
    h.sent();
    h.tcp().take_time_wait().expect("in TIME_WAIT")
}

#[test]
fn paws_in_time_wait() {
    Hand::everywhere(|mut h| {
        h.settings.timestamps = 2;
        let ack = "A 1002 ack 5002";
        let later = |h: &mut Hand| h.now += Duration::from_secs(1);
        let mut wait = with_timestamps(&mut h);
        assert!(wait.has_timestamps());
        // Old by its timestamp: no SYN takes over, whatever its number (RFC 7323 §5.3, RFC 6191 §2).
        let old = deliver(&h, &mut wait, "S 9000 ts 4294967290 ecr 0");
        assert!(old.starts_with(ack), "{old}");
        later(&mut h);
        // As old as the last: only its number can tell.
        let same = deliver(&h, &mut wait, "S 4000 ts 4294967291 ecr 0");
        assert!(same.starts_with(ack), "{same}");
        assert_eq!(
            deliver(&h, &mut wait, "S 9000 ts 4294967291 ecr 0"),
            "reusable from 66539"
        );
        // Newer, across the wrap: whatever its number.
        assert_eq!(
            deliver(&h, &mut wait, "S 4000 ts 3 ecr 0"),
            "reusable from 66539"
        );
        // Without a timestamp the number decides.
        assert_eq!(deliver(&h, &mut wait, "S 5003"), "reusable from 66539");
        later(&mut h);
        let lower = deliver(&h, &mut wait, "S 5002");
        assert!(lower.starts_with(ack), "{lower}");
        // The FIN again, from before: an ACK, and no new start of the minute.
        later(&mut h);
        let deadline = wait.deadline();
        let fin = deliver(&h, &mut wait, "FA 5001 ack 1002 ts 4294967290 ecr 0");
        assert!(fin.starts_with(ack), "{fin}");
        assert_eq!(wait.deadline(), deadline);
        // An old RST ends nothing (RFC 1337); after an MSL it is none of the old connection's.
        assert_eq!(deliver(&h, &mut wait, "R 5002 ts 4294967290 ecr 0"), "Paws");
        h.now += Duration::from_secs(60);
        assert_eq!(deliver(&h, &mut wait, "R 5002 ts 4294967290 ecr 0"), "dead");
    });
}

#[test]
fn who_takes_over_knows_the_old_clock() {
    let mut h = Hand::at(0, 0);
    h.settings.timestamps = 2;
    let old = with_timestamps(&mut h);
    h.succeed(&old);
    h.show_options = true;
    // The SYN echoes the peer's last (as Linux), and what is older than that is no answer.
    let syn = h.sent().join(" ");
    assert!(syn.contains("ts 100000/4294967291"), "{syn}");
    h.dropped(
        "SA 9000 ack 1001 ts 4294967290 ecr 100000",
        DropReason::Paws,
    );
    h.take("SA 9000 ack 1001 ts 4294967292 ecr 100000");
    assert_eq!(h.state(), State::Established);
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
fn what_was_received_stays_with_the_program() {
    let mut h = Hand::at(0, 0);
    h.establish();
    assert_eq!(h.tcp().shutdown_write(), Ok(()));
    h.sent();
    h.take("FA 5001+30 ack 1002");
    assert!(h.tcp().take_time_wait().is_none(), "its ACK is owed");
    h.sent();
    let wait = h.tcp().take_time_wait().expect("in TIME_WAIT");
    assert!(!wait.has_timestamps());
    // As in Linux: to the program it is closed.
    assert_eq!(h.state(), State::Closed);
    assert_eq!(h.read(100), Ok(30));
    assert_eq!(h.read(100), Ok(0));
    assert_eq!(
        h.tcp().write(&h_settings(), b"x"),
        Err(tcp::Error::BrokenPipe)
    );
}

fn h_settings() -> tcp::Settings {
    tcp::Settings::default()
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
