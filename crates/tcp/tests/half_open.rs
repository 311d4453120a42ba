//! How connections open, as a listener sees it (RFC 9293 §3.10.7.4, SYN-RECEIVED).

mod world;

use base::Duration;
use tcp::{Error, Events, HalfOpen, HalfOpenOutcome, State};
use world::hand::Hand;

/// What became of it, in a word.
fn deliver(h: &Hand, half: &mut HalfOpen, text: &str) -> String {
    let (control, payload) = h.parse(text);
    match half.on_segment(h.now, &h.settings, &h.options, &control, payload) {
        HalfOpenOutcome::Nothing => "nothing".into(),
        HalfOpenOutcome::Reply(reply, reason) => format!("{reason:?}: {}", h.show(&reply, 0)),
        HalfOpenOutcome::Established(..) => "established".into(),
        HalfOpenOutcome::Dead(error) => format!("dead: {error:?}"),
        HalfOpenOutcome::Drop(reason) => format!("{reason:?}"),
    }
}

fn sent(h: &Hand, half: &mut HalfOpen) -> Option<String> {
    let wanted = half.wants_transmit();
    let sent = half.poll_transmit(h.now, &h.settings);
    assert_eq!(wanted, sent.is_some());
    sent.map(|control| h.show(&control, 0))
}

#[test]
fn passive_open() {
    Hand::everywhere(|mut h| {
        let mut half = h.half_open("S 5000 win 65535 mss 1460 ws 7");
        let syn_ack = "SA 1000 ack 5001 mss 1460 ws 10";
        assert_eq!(sent(&h, &mut half).as_deref(), Some(syn_ack));
        assert_eq!(sent(&h, &mut half), None);
        h.now += Duration::from_millis(80);
        // The ACK brings data: both are taken. Its window is scaled by 7: 65536.
        let (control, payload) = h.parse("PA 5001+10 ack 1001 win 512");
        let outcome = half.on_segment(h.now, &h.settings, &h.options, &control, payload);
        let arrival = h.adopt(outcome);
        let news = Events::CONNECTED | Events::WRITABLE | Events::READABLE;
        assert_eq!(arrival.events, news);
        assert_eq!(h.state(), State::Established);
        assert_eq!(h.read(100), Ok(10));
        let info = h.tcp().info();
        assert_eq!((info.snd_wnd, info.cwnd), (65_536, 10));
        // 80 ms measured: SRTT 80, RTTVAR 40, and four of that are less than Linux's 200 ms.
        assert_eq!(info.srtt, Duration::from_millis(80));
        assert_eq!(info.rto, Duration::from_millis(280));
        h.write(10);
        assert_eq!(h.sent(), ["PA 1001+10 ack 5011"]);
    });
}

#[test]
fn only_what_the_peer_offers_is_agreed() {
    let mut h = Hand::at(0, 0);
    h.options.maxseg = Some(1200);
    let mut half = h.half_open("S 5000 win 2000");
    assert_eq!(
        sent(&h, &mut half).as_deref(),
        Some("SA 1000 ack 5001 mss 1200")
    );
    let (control, payload) = h.parse("A 5001 ack 1001 win 2000");
    let outcome = half.on_segment(h.now, &h.settings, &h.options, &control, payload);
    let _ = h.adopt(outcome);
    let info = h.tcp().info();
    assert_eq!((info.snd_mss, info.snd_wnd), (536, 2000));
    assert_eq!((info.snd_wscale, info.rcv_wscale), (0, 0));
    assert_eq!(h.tcp().options().maxseg, Some(1200));
}

#[test]
fn the_syn_ack_is_sent_five_times_more() {
    let mut h = Hand::at(0, 0);
    let start = h.now;
    let mut half = h.half_open("S 5000");
    assert!(sent(&h, &mut half).is_some());
    let mut times = Vec::new();
    loop {
        h.now = half.deadline();
        times.push((h.now - start).as_secs());
        match half.on_deadline(h.now, &h.settings, &h.options) {
            HalfOpenOutcome::Nothing => assert!(sent(&h, &mut half).is_some()),
            HalfOpenOutcome::Dead(error) => {
                assert_eq!(error, Error::TimedOut);
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    // tcp_synack_retries = 5, and the last one is waited for as well.
    assert_eq!(times, [1, 3, 7, 15, 31, 63]);
}

#[test]
fn a_deadline_that_comes_early_does_nothing() {
    let h = Hand::at(0, 0);
    let mut half = h.half_open("S 5000");
    sent(&h, &mut half);
    let outcome = half.on_deadline(h.now, &h.settings, &h.options);
    assert!(matches!(outcome, HalfOpenOutcome::Nothing));
    assert!(!half.wants_transmit());
}

#[test]
fn a_lost_syn_ack_makes_careful() {
    let mut h = Hand::at(0, 0);
    let mut half = h.half_open("S 5000 mss 1460");
    sent(&h, &mut half);
    h.now = half.deadline();
    assert!(matches!(
        half.on_deadline(h.now, &h.settings, &h.options),
        HalfOpenOutcome::Nothing
    ));
    sent(&h, &mut half);
    let (control, payload) = h.parse("A 5001 ack 1001");
    let outcome = half.on_segment(h.now, &h.settings, &h.options, &control, payload);
    let _ = h.adopt(outcome);
    let info = h.tcp().info();
    assert_eq!(info.cwnd, 1);
    assert_eq!(info.srtt, Duration::ZERO);
    assert_eq!(info.rto, Duration::from_secs(3));
}

#[test]
fn the_peers_syn_again_brings_the_syn_ack_again() {
    Hand::everywhere(|mut h| {
        let mut half = h.half_open("S 5000");
        sent(&h, &mut half);
        assert_eq!(deliver(&h, &mut half, "S 5000"), "Duplicate");
        assert_eq!(
            sent(&h, &mut half).as_deref(),
            Some("SA 1000 ack 5001 mss 1460")
        );
        // But not for each of a flood of them.
        assert_eq!(deliver(&h, &mut half, "S 5000"), "RateLimited");
        assert_eq!(sent(&h, &mut half), None);
        h.now += Duration::from_millis(500);
        assert_eq!(deliver(&h, &mut half, "S 5000"), "Duplicate");
        assert!(half.wants_transmit());
    });
}

#[test]
fn what_does_not_fit_is_refused() {
    Hand::everywhere(|mut h| {
        let mut half = h.half_open("S 5000");
        // Nobody can acknowledge a SYN-ACK that was never sent.
        assert_eq!(
            deliver(&h, &mut half, "A 5001 ack 1001"),
            "AckNotOfSyn: R 1001"
        );
        sent(&h, &mut half);
        // RFC 9293 §3.10.7.4, first: an ACK, but not to a RST.
        assert_eq!(
            deliver(&h, &mut half, "A 4990+5 ack 1001"),
            "Duplicate: A 1001 ack 5001"
        );
        assert_eq!(deliver(&h, &mut half, "A 70600+5 ack 1001"), "RateLimited");
        h.now += Duration::from_secs(1);
        assert_eq!(
            deliver(&h, &mut half, "A 70600+5 ack 1001"),
            "OutOfWindow: A 1001 ack 5001"
        );
        assert_eq!(deliver(&h, &mut half, "R 5000"), "ResetOutOfWindow");
        assert_eq!(deliver(&h, &mut half, "R 70600"), "ResetOutOfWindow");
        // Second, RFC 5961 §3.2: in the window is not enough.
        h.now += Duration::from_secs(1);
        assert_eq!(
            deliver(&h, &mut half, "R 5002"),
            "ResetNotExact: A 1001 ack 5001"
        );
        // Fifth.
        assert_eq!(deliver(&h, &mut half, "P 5001+5"), "NoAck");
        assert_eq!(
            deliver(&h, &mut half, "A 5001 ack 1002"),
            "AckNotOfSyn: R 1002"
        );
        assert_eq!(
            deliver(&h, &mut half, "A 5001 ack 1000"),
            "AckNotOfSyn: R 1000"
        );
        assert_eq!(deliver(&h, &mut half, "A 5001 ack 1001"), "established");
    });
}

#[test]
fn it_ends_by_a_reset_or_a_new_syn() {
    Hand::everywhere(|h| {
        let mut half = h.half_open("S 5000");
        sent(&h, &mut half);
        assert_eq!(deliver(&h, &mut half, "R 5001"), "dead: ConnectionReset");
        // RFC 9293 §3.10.7.4, fourth: back to LISTEN.
        let mut half = h.half_open("S 5000");
        sent(&h, &mut half);
        assert_eq!(deliver(&h, &mut half, "S 5001"), "dead: ConnectionReset");
    });
}

#[test]
fn an_ack_with_the_fin_closes_at_once() {
    Hand::everywhere(|mut h| {
        let mut half = h.half_open("S 5000");
        sent(&h, &mut half);
        let (control, payload) = h.parse("FA 5001+3 ack 1001");
        let outcome = half.on_segment(h.now, &h.settings, &h.options, &control, payload);
        let arrival = h.adopt(outcome);
        assert!(arrival.events.contains(Events::PEER_CLOSED));
        assert_eq!(h.state(), State::CloseWait);
        // As on Linux: our FIN may follow soon, and carry the ACK.
        assert_eq!(h.sent(), [""; 0]);
        assert_eq!(h.wait(40), ["40 ms: A 1001 ack 5005"]);
        assert_eq!(h.read(10), Ok(3));
        assert_eq!(h.read(10), Ok(0));
    });
}

#[test]
fn data_out_of_order_completes_the_handshake() {
    // The ACK itself was lost; its number is known from any later segment.
    Hand::everywhere(|mut h| {
        let mut half = h.half_open("S 5000 mss 1460");
        sent(&h, &mut half);
        let (control, payload) = h.parse("A 5101+100 ack 1001");
        let outcome = half.on_segment(h.now, &h.settings, &h.options, &control, payload);
        let _ = h.adopt(outcome);
        assert_eq!(h.state(), State::Established);
        assert_eq!(h.sent(), ["A 1001 ack 5001"]);
        h.take("A 5001+100 ack 1001");
        assert_eq!(h.read(1000), Ok(200));
    });
}
