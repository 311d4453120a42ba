//! Keepalive (RFC 9293 §3.8.4).

mod world;

use tcp::{Error, SocketOptions, State};
use world::hand::Hand;

const NOTHING: Vec<String> = Vec::new();

/// Probes after 10 s, every 2 s, 3 of them.
fn lively(h: &mut Hand) {
    h.options = SocketOptions {
        keepalive: true,
        keepidle: Some(10),
        keepintvl: Some(2),
        keepcnt: Some(3),
        ..SocketOptions::default()
    };
    h.establish();
}

#[test]
fn off_by_default() {
    // MUST-25.
    let mut h = Hand::at(0, 0);
    h.establish();
    assert_eq!(h.tcp().deadline(), None);
}

#[test]
fn linux_waits_two_hours() {
    let mut h = Hand::at(0, 0);
    h.options.keepalive = true;
    h.establish();
    let sent = h.wait(7_200_000);
    assert_eq!(sent, ["7200000 ms: A 1000 ack 5001"]);
    // 75 s between, 9 in all.
    assert_eq!(h.wait(8 * 75_000).len(), 8);
    assert_eq!(h.state(), State::Established);
    assert_eq!(h.wait(75_000), ["75000 ms: RA 1001 ack 5001"]);
    assert_eq!(h.tcp().take_error(), Some(Error::TimedOut));
    assert!(h.tcp().is_finished());
}

#[test]
fn an_answer_is_enough() {
    Hand::everywhere(|mut h| {
        lively(&mut h);
        let probe = "A 1000 ack 5001";
        let expected = [10, 12].map(|s| format!("{s}000 ms: {probe}"));
        assert_eq!(h.wait(13_000), expected);
        h.quiet("A 5001 ack 1001");
        assert_eq!(h.wait(9_999), NOTHING);
        assert_eq!(h.wait(1), [format!("1 ms: {probe}")]);
        // So is anything else.
        h.take("A 5001+10 ack 1001");
        assert_eq!(h.sent(), ["A 1001 ack 5011"]);
        assert_eq!(h.wait(9_999), NOTHING);
    });
}

#[test]
fn silence_ends_it() {
    Hand::everywhere(|mut h| {
        lively(&mut h);
        let mut expected: Vec<String> =
            Vec::from([10, 12, 14].map(|s| format!("{s}000 ms: A 1000 ack 5001")));
        expected.push("16000 ms: RA 1001 ack 5001".into());
        assert_eq!(h.wait(100_000), expected);
        assert_eq!(h.read(1), Err(Error::TimedOut));
    });
}

#[test]
fn a_peer_that_has_forgotten_resets() {
    let mut h = Hand::at(0, 0);
    lively(&mut h);
    assert_eq!(h.wait(10_000).len(), 1);
    h.take("R 5001");
    assert_eq!(h.read(1), Err(Error::ConnectionReset));
}

#[test]
fn data_in_flight_needs_no_probes() {
    let mut h = Hand::at(0, 0);
    lively(&mut h);
    h.write(10);
    h.sent();
    let sent = h.wait(60_000);
    assert!(
        sent.iter()
            .all(|line| line.ends_with("PA 1001+10 ack 5001")),
        "{sent:?}"
    );
}

#[test]
fn it_can_be_switched_on_and_off() {
    let mut h = Hand::at(0, 0);
    h.establish();
    let (now, settings) = (h.now, h.settings.clone());
    let mut options = h.tcp().options();
    options.keepalive = true;
    options.keepidle = Some(5);
    h.tcp().set_options(now, &settings, options);
    assert_eq!(h.wait(5_000), ["5000 ms: A 1000 ack 5001"]);
    options.keepalive = false;
    h.tcp().set_options(now, &settings, options);
    assert_eq!(h.tcp().deadline(), None);
}

#[test]
fn probes_of_the_peer_are_answered() {
    // MUST-27 … a segment with a number that was acknowledged long ago.
    Hand::everywhere(|mut h| {
        h.establish();
        h.take("A 5001+10 ack 1001");
        h.wait(100);
        for probe in ["A 5010 ack 1001", "A 5010+1 ack 1001"] {
            assert!(h.get(probe).dropped.is_some());
            assert_eq!(h.sent(), ["A 1001 ack 5011"]);
            h.now += base::Duration::from_secs(1);
        }
    });
}
