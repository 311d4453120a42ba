//! Congestion marks: what may be marked, their echo, and the answer to it (RFC 3168 §6.1).

mod world;

use tcp::{CaState, Info, State};
use world::hand::Hand;

/// Both ends have agreed on ECN. Ours begins at 1001, the peer's at 5001.
fn agree(h: &mut Hand) {
    h.settings.ecn = 1;
    h.connect();
    assert_eq!(h.sent(), ["SEW 1000 mss 1460 ws 10"]);
    h.take("SAE 5000 ack 1001 win 65535 mss 1000");
    assert_eq!(h.sent(), ["A 1001 ack 5001"]);
    assert_eq!(h.state(), State::Established);
}

/// The options that TCP_INFO shows of ECN.
fn shown(h: &mut Hand) -> u8 {
    h.tcp().info().options & (Info::ECN | Info::ECN_SEEN)
}

#[test]
fn new_data_may_be_marked_and_nothing_else() {
    Hand::everywhere(|mut h| {
        agree(&mut h);
        h.write(1000);
        assert_eq!(h.sent(), ["[ect0] PA 1001+1000 ack 5001"]);
        // RFC 3168 §6.1.5: not what is sent again.
        let again = h.wait(300);
        assert_eq!(again.len(), 1, "{again:?}");
        assert!(again[0].ends_with("PA 1001+1000 ack 5001"), "{again:?}");
        assert!(!again[0].contains("ect0"), "{again:?}");
        h.quiet("A 5001 ack 2001");
        // Nor a FIN alone (RFC 3168 §6.1.4 speaks of pure ACKs; Linux takes both for no data).
        let _ = h.tcp().shutdown_write();
        assert_eq!(h.sent(), ["FA 2001 ack 5001"]);
    });
}

#[test]
fn a_mark_is_echoed_until_the_sender_has_heard() {
    Hand::everywhere(|mut h| {
        agree(&mut h);
        assert_eq!(shown(&mut h), Info::ECN);
        let _ = h.get("[ect0] A 5001+100 ack 1001");
        assert_eq!(h.sent(), ["A 1001 ack 5101"]);
        assert_eq!(shown(&mut h), Info::ECN | Info::ECN_SEEN);
        let _ = h.get("[ce] A 5101+100 ack 1001");
        assert_eq!(h.sent(), ["AE 1001 ack 5201"]);
        // It goes on whatever comes next, and with data too.
        let _ = h.get("[ect0] A 5201+100 ack 1001");
        assert_eq!(h.sent(), ["AE 1001 ack 5301"]);
        h.write(10);
        assert_eq!(h.sent(), ["[ect0] PAE 1001+10 ack 5301"]);
        // RFC 3168 §6.1.3: until CWR; and a mark on the very segment with CWR is a new one.
        let _ = h.get("[ce] AW 5301+100 ack 1011");
        assert_eq!(h.sent(), ["AE 1011 ack 5401"]);
        let _ = h.get("[ect0] AW 5401+100 ack 1011");
        assert_eq!(h.sent(), ["A 1011 ack 5501"]);
    });
}

#[test]
fn marks_on_what_carries_no_data_or_lies_outside_say_nothing() {
    let mut h = Hand::at(0, 0);
    agree(&mut h);
    // A pure ACK.
    h.quiet("[ce] A 5001 ack 1001");
    // Far beyond the window.
    let _ = h.get("[ce] A 905001+100 ack 1001");
    assert_eq!(h.sent(), ["A 1001 ack 5001"]);
    assert_eq!(shown(&mut h), Info::ECN);
}

#[test]
fn an_echo_halves_the_window_once_a_round_trip() {
    Hand::everywhere(|mut h| {
        h.settings.congestion_control = tcp::CongestionControl::Reno;
        agree(&mut h);
        h.write(10_000);
        assert_eq!(h.sent().len(), 10);
        h.quiet("AE 5001 ack 2001");
        let info = h.tcp().info();
        assert_eq!((info.ca_state, info.ssthresh), (CaState::Cwr, 5));
        assert_eq!(info.delivered_ce, 1);
        // RFC 3168 §6.1.2: not again within the same window of data.
        h.quiet("AE 5001 ack 4001");
        assert_eq!(h.tcp().info().ssthresh, 5);
        assert_eq!(h.tcp().info().delivered_ce, 3);
        // The first new data says so, once.
        h.write(4000);
        h.quiet("AE 5001 ack 10001");
        let sent = h.sent();
        assert_eq!(sent[0], "[ect0] AW 11001+1000 ack 5001");
        assert!(sent[1..].iter().all(|line| !line.contains('W')), "{sent:?}");
        assert_eq!(h.tcp().info().cwnd, 5);
        // Once that window is through, another echo counts again.
        h.quiet("A 5001 ack 12001");
        assert_eq!(h.tcp().info().ca_state, CaState::Open);
        h.quiet("AE 5001 ack 13001");
        assert_eq!(h.tcp().info().ca_state, CaState::Cwr);
        assert!(h.tcp().info().ssthresh < 5);
    });
}

#[test]
fn a_loss_is_told_by_cwr_too() {
    // RFC 3168 §6.1.2: whenever the window is reduced, for any reason.
    let mut h = Hand::at(0, 0);
    agree(&mut h);
    h.write(1000);
    h.sent();
    assert_eq!(h.wait(300).len(), 1);
    h.quiet("A 5001 ack 2001");
    h.write(1000);
    assert_eq!(h.sent(), ["[ect0] PAW 2001+1000 ack 5001"]);
}

#[test]
fn without_agreement_nothing_is_marked_or_echoed() {
    let mut h = Hand::at(0, 0);
    h.establish();
    let _ = h.get("[ce] A 5001+100 ack 1001");
    h.write(100);
    assert_eq!(h.sent(), ["PA 1001+100 ack 5101"]);
    h.quiet("AE 5101 ack 1101");
    assert_eq!(h.tcp().info().ca_state, CaState::Open);
    assert_eq!(shown(&mut h), 0);
}
