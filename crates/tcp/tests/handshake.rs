//! How connections open (RFC 9293 §3.5, §3.10.7.2, §3.10.7.3), as the opener sees it.

mod world;

use tcp::{DropReason, reset_for};
use tcp::{Error, Events, Listen, SocketOptions, State, listen};
use world::hand::Hand;

const OPEN: Events = Events::CONNECTED.union(Events::WRITABLE);

#[test]
fn active_open() {
    Hand::everywhere(|mut h| {
        h.connect();
        assert_eq!(h.state(), State::SynSent);
        // As Linux: 131072 / 2 in full segments; 33554432 needs a shift of 10.
        assert_eq!(h.sent_with_window(), ["S 1000 mss 1460 ws 10 win 64240"]);
        let arrival = h.get("SA 5000 ack 1001 win 65535 mss 1460 ws 10");
        assert_eq!(arrival.events, OPEN);
        assert_eq!(h.state(), State::Established);
        // 64240 rounded up to 64512, and shifted.
        assert_eq!(h.sent_with_window(), ["A 1001 ack 5001 win 63"]);
        assert_eq!(h.tcp().deadline(), None);
    });
}

#[test]
fn simultaneous_open_by_syn_ack() {
    // RFC 9293 §3.5, figure 8.
    Hand::everywhere(|mut h| {
        h.connect();
        assert_eq!(h.sent(), ["S 1000 mss 1460 ws 10"]);
        h.quiet("S 5000 win 4000 mss 1000 ws 3");
        assert_eq!(h.state(), State::SynReceived);
        assert_eq!(h.sent(), ["SA 1000 ack 5001 mss 1460 ws 10"]);
        assert_eq!(
            h.get("SA 5000 ack 1001 win 4000 mss 1000 ws 3").events,
            OPEN
        );
        assert_eq!(h.state(), State::Established);
        let info = h.tcp().info();
        // A window in a SYN is never scaled.
        assert_eq!((info.snd_mss, info.snd_wnd), (1000, 4000));
        h.write(2000);
        assert_eq!(h.sent(), ["A 1001+1000 ack 5001", "PA 2001+1000 ack 5001"]);
    });
}

#[test]
fn simultaneous_open_by_ack() {
    Hand::everywhere(|mut h| {
        h.connect();
        h.sent();
        h.quiet("S 5000 win 4000 mss 1000 ws 3");
        assert_eq!(h.sent(), ["SA 1000 ack 5001 mss 1460 ws 10"]);
        // The peer's SYN again: it has not heard the SYN-ACK.
        h.dropped("S 5000 win 4000 mss 1000 ws 3", DropReason::Duplicate);
        assert_eq!(h.sent(), ["SA 1000 ack 5001 mss 1460 ws 10"]);
        // An ACK of something else is of another connection.
        h.answered("A 5001 ack 1002", DropReason::AckNotOfSyn, "R 1002");
        h.answered("A 5001 ack 1000", DropReason::AckNotOfSyn, "R 1000");
        assert_eq!(h.state(), State::SynReceived);
        assert_eq!(h.get("A 5001 ack 1001 win 500").events, OPEN);
        assert_eq!(h.tcp().info().snd_wnd, 4000);
    });
}

#[test]
fn simultaneous_open_is_refused_by_a_reset() {
    Hand::everywhere(|mut h| {
        h.connect();
        h.sent();
        h.quiet("S 5000");
        h.sent();
        let arrival = h.get("R 5001");
        assert!(arrival.events.contains(Events::ERROR | Events::CLOSED));
        assert_eq!(h.tcp().take_error(), Some(Error::ConnectionRefused));
    });
}

#[test]
fn the_syn_is_sent_as_linux_sends_it() {
    Hand::everywhere(|mut h| {
        h.connect();
        assert_eq!(h.sent().len(), 1);
        // As Linux 6.18: four more time-outs of 1 s before they double (tcp_syn_linear_timeouts), and
        // the first that comes after the 127 s of tcp_syn_retries = 6 ends it.
        let expected: Vec<String> = [1, 2, 3, 4, 5, 7, 11, 19, 35, 67]
            .map(|s| format!("{s}000 ms: S 1000 mss 1460 ws 10"))
            .into();
        assert_eq!(h.wait(130_999), expected);
        assert_eq!(h.state(), State::SynSent);
        assert_eq!(h.wait(1), Vec::<String>::new());
        assert_eq!(h.state(), State::Closed);
        assert!(h.tcp().is_finished());
        assert_eq!(h.read(1), Err(Error::TimedOut));
        assert_eq!(h.read(1), Ok(0));
        assert_eq!(h.try_write(1), Err(Error::BrokenPipe));
    });
}

#[test]
fn syn_retries_and_user_timeout_are_obeyed() {
    let mut h = Hand::at(0, 0);
    h.settings.syn_retries = 1;
    h.connect();
    h.sent();
    let syns = [
        "1000 ms: S 1000 mss 1460 ws 10",
        "2000 ms: S 1000 mss 1460 ws 10",
    ];
    assert_eq!(h.wait(2999), syns);
    assert_eq!(h.state(), State::SynSent);
    h.wait(1);
    assert_eq!(h.tcp().take_error(), Some(Error::TimedOut));

    let mut h = Hand::at(0, 0);
    h.options.user_timeout = 2500;
    h.connect();
    h.sent();
    assert_eq!(h.wait(2499), syns);
    assert_eq!(h.state(), State::SynSent);
    h.wait(1);
    assert_eq!(h.tcp().take_error(), Some(Error::TimedOut));
}

#[test]
fn refused() {
    Hand::everywhere(|mut h| {
        h.connect();
        h.sent();
        // RFC 9293 §3.10.7.3: only a RST that acknowledges the SYN counts.
        h.dropped("R 5000", DropReason::ResetNotOfSyn);
        h.dropped("RA 0 ack 1000", DropReason::AckNotOfSyn);
        h.dropped("RA 0 ack 1002", DropReason::AckNotOfSyn);
        assert_eq!(h.state(), State::SynSent);
        let arrival = h.get("RA 0 ack 1001");
        assert!(arrival.events.contains(Events::ERROR | Events::CLOSED));
        assert_eq!(arrival.reply, None);
        assert_eq!(h.tcp().take_error(), Some(Error::ConnectionRefused));
        assert_eq!(h.tcp().deadline(), None);
    });
}

#[test]
fn answers_of_another_connection_are_reset() {
    // RFC 9293 §3.5, figures 9 to 11: half-open connections and old duplicates.
    Hand::everywhere(|mut h| {
        h.connect();
        h.sent();
        h.answered("SA 5000 ack 91", DropReason::AckNotOfSyn, "R 91");
        h.answered("A 300 ack 100", DropReason::AckNotOfSyn, "R 100");
        h.dropped("A 300 ack 1001", DropReason::NoSyn);
        h.dropped("F 300", DropReason::NoSyn);
        assert_eq!(h.state(), State::SynSent);
        assert_eq!(h.get("SA 5000 ack 1001").events, OPEN);
    });
}

#[test]
fn data_and_fin_may_come_with_the_syn_ack() {
    Hand::everywhere(|mut h| {
        h.connect();
        h.sent();
        let arrival = h.get("SFA 5000+20 ack 1001");
        let news = OPEN | Events::READABLE | Events::PEER_CLOSED;
        assert_eq!(arrival.events, news);
        assert_eq!(h.state(), State::CloseWait);
        assert_eq!(h.sent(), ["A 1001 ack 5022"]);
        assert_eq!(h.tcp().unread(), 20);
    });
}

#[test]
fn who_says_nothing_of_segment_size_takes_1220_bytes_over_ipv6() {
    // RFC 9293 §3.7.1, MUST-15. Whoever opens says which family it is.
    let mut h = Hand::at(0, 0);
    h.default_mss = 1220;
    h.establish_with("SA 5000 ack 1001");
    assert_eq!(h.tcp().info().snd_mss, 1220);
    let mut h = Hand::at(0, 0);
    h.default_mss = 1220;
    h.local_mss = 1000;
    h.establish_with("SA 5000 ack 1001");
    assert_eq!(h.tcp().info().snd_mss, 1000);
    for (syn, mss) in [("S 5000", 1220), ("S 5000 mss 700", 700)] {
        let mut h = Hand::at(0, 0);
        h.default_mss = 1220;
        let mut half_open = h.half_open(syn);
        assert!(half_open.poll_transmit(h.now, &h.settings).is_some());
        let (ack, payload) = h.parse("A 5001 ack 1001");
        let outcome = half_open.on_segment(h.now, &h.settings, &h.options, &ack, payload);
        assert_eq!(h.adopt(outcome).dropped, None);
        assert_eq!(h.tcp().info().snd_mss, mss, "{syn}");
    }
}

#[test]
fn what_peers_say_of_segment_size() {
    let agreed = |syn_ack: &str| {
        let mut h = Hand::at(0, 0);
        h.establish_with(syn_ack);
        h.tcp().info().snd_mss
    };
    assert_eq!(agreed("SA 5000 ack 1001 mss 1460"), 1460);
    assert_eq!(agreed("SA 5000 ack 1001 mss 9000"), 1460);
    assert_eq!(agreed("SA 5000 ack 1001 mss 1000"), 1000);
    // RFC 9293 §3.7.1, MUST-15.
    assert_eq!(agreed("SA 5000 ack 1001"), 536);
    // Nothing said, as Linux reads it.
    assert_eq!(agreed("SA 5000 ack 1001 mss 0"), 536);
    assert_eq!(agreed("SA 5000 ack 1001 mss 1"), 48);

    let mut h = Hand::at(0, 0);
    h.options.maxseg = Some(900);
    h.connect();
    assert_eq!(h.sent(), ["S 1000 mss 900 ws 10"]);
    h.take("SA 5000 ack 1001 mss 1460");
    assert_eq!(h.tcp().info().snd_mss, 900);
}

#[test]
fn window_scaling_needs_both() {
    // RFC 7323 §2.2.
    let mut h = Hand::at(0, 0);
    h.establish_with("SA 5000 ack 1001 win 1000 mss 1460");
    let info = h.tcp().info();
    assert_eq!((info.snd_wscale, info.rcv_wscale), (0, 0));
    h.quiet("A 5001 ack 1001 win 2000");
    assert_eq!(h.tcp().info().snd_wnd, 2000);

    let mut h = Hand::at(0, 0);
    h.establish_with("SA 5000 ack 1001 win 1000 mss 1460 ws 2");
    assert_eq!(h.tcp().info().snd_wnd, 1000);
    h.quiet("A 5001 ack 1001 win 2000");
    assert_eq!(h.tcp().info().snd_wnd, 8000);

    // Over 14 counts as 14 (RFC 7323 §2.3): 65535 << 14.
    let mut h = Hand::at(0, 0);
    h.establish_with("SA 5000 ack 1001 win 1000 mss 1460 ws 255");
    h.quiet("A 5001 ack 1001 win 65535");
    assert_eq!(h.tcp().info().snd_wnd, 1_073_725_440);

    let mut h = Hand::at(0, 0);
    h.settings.window_scaling = false;
    h.connect();
    assert_eq!(h.sent(), ["S 1000 mss 1460"]);
    h.take("SA 5000 ack 1001 win 1000 mss 1460 ws 10");
    let info = h.tcp().info();
    assert_eq!((info.snd_wscale, info.rcv_wscale), (0, 0));
}

#[test]
fn the_shift_follows_the_largest_buffer() {
    let offered = |rmem_max: u32, rcvbuf: Option<u32>| {
        let mut h = Hand::at(0, 0);
        h.settings.rmem[2] = rmem_max;
        h.options.rcvbuf = rcvbuf;
        h.connect();
        h.sent_with_window().remove(0)
    };
    assert_eq!(offered(65_535, None), "S 1000 mss 1460 ws 0 win 64240");
    assert_eq!(offered(65_536, None), "S 1000 mss 1460 ws 1 win 64240");
    assert_eq!(offered(u32::MAX, None), "S 1000 mss 1460 ws 14 win 64240");
    // SO_RCVBUF fixes the buffer, and with it the shift.
    assert_eq!(
        offered(6_291_456, Some(20_000)),
        "S 1000 mss 1460 ws 0 win 8760"
    );
}

#[test]
fn the_initial_window_is_ten_segments() {
    // RFC 6928.
    Hand::everywhere(|mut h| {
        h.establish();
        assert_eq!(h.tcp().info().cwnd, 10);
        h.write(16_000);
        let sent = h.sent();
        assert_eq!(sent.len(), 10);
        assert_eq!(sent[9], "A 14141+1460 ack 5001");
    });
}

#[test]
fn a_lost_syn_makes_careful() {
    // RFC 6928 §2: one segment. RFC 6298 §5.7: 3 s without a measurement, and the SYN's is none.
    Hand::everywhere(|mut h| {
        h.connect();
        h.sent();
        assert_eq!(h.wait(1000).len(), 1);
        h.take("SA 5000 ack 1001 mss 1460");
        h.sent();
        h.write(5000);
        assert_eq!(h.sent(), ["A 1001+1460 ack 5001"]);
        assert_eq!(h.wait(2999), Vec::<String>::new());
        assert_eq!(h.wait(1), ["1 ms: A 1001+1460 ack 5001"]);
    });
}

#[test]
fn programs_that_do_not_wait() {
    let mut h = Hand::at(0, 0);
    h.connect();
    h.sent();
    assert_eq!(h.try_write(5), Err(Error::WouldBlock));
    assert_eq!(h.read(5), Err(Error::WouldBlock));
    assert_eq!(h.tcp().shutdown_write(), Err(Error::NotConnected));
    let settings = h.settings.clone();
    assert_eq!(h.tcp().readiness(&settings), Events::empty());
    // CLOSE in SYN_SENT deletes the connection (RFC 9293 §3.10.4), and so does ABORT.
    let now = h.now;
    h.tcp().close(now, &settings);
    assert!(h.tcp().is_finished());
    assert_eq!(h.sent(), Vec::<String>::new());

    h.connect();
    h.sent();
    h.tcp().abort();
    assert!(h.tcp().is_finished());
}

#[test]
fn a_close_in_syn_received_waits_for_the_handshake() {
    // RFC 9293 §3.10.4: it may be queued until ESTABLISHED.
    Hand::everywhere(|mut h| {
        h.connect();
        h.sent();
        h.quiet("S 5000 mss 1460");
        h.sent();
        let (now, settings) = (h.now, h.settings.clone());
        h.tcp().close(now, &settings);
        assert_eq!(h.state(), State::SynReceived);
        assert_eq!(h.sent(), Vec::<String>::new());
        h.take("A 5001 ack 1001");
        assert_eq!(h.state(), State::FinWait1);
        assert_eq!(h.sent(), ["FA 1001 ack 5001"]);
    });
}

#[test]
fn options_that_do_not_change() {
    let mut h = Hand::at(0, 0);
    h.establish();
    let options = SocketOptions {
        maxseg: Some(500),
        rcvbuf: Some(40_000),
        ..SocketOptions::default()
    };
    let (now, settings) = (h.now, h.settings.clone());
    h.tcp().set_options(now, &settings, options);
    assert_eq!(h.tcp().options(), options);
    assert_eq!(h.tcp().info().snd_mss, 1460);
    // What was offered is not taken back (RFC 9293 §3.8.6, SHLD-14).
    assert_eq!(h.tcp().info().rcv_wnd, 64_240);
}

#[test]
fn a_listener_takes_nothing_but_a_syn() {
    // RFC 9293 §3.10.7.2.
    let h = Hand::at(0, 0);
    let judge = |text: &str| {
        let (control, payload) = h.parse(text);
        listen(&control, payload.len())
    };
    let reset = |number: u32| {
        let (control, _) = h.parse(&format!("R {number} win 0"));
        Listen::Reply(control)
    };
    assert_eq!(judge("S 5000"), Listen::Open);
    assert_eq!(judge("SF 5000+10"), Listen::Open);
    assert_eq!(judge("A 5000 ack 77"), reset(77));
    assert_eq!(judge("SA 5000 ack 77"), reset(77));
    assert_eq!(judge("R 5000"), Listen::Drop(DropReason::NoConnection));
    assert_eq!(
        judge("RA 5000 ack 77"),
        Listen::Drop(DropReason::NoConnection)
    );
    assert_eq!(judge("SR 5000"), Listen::Drop(DropReason::NoConnection));
    assert_eq!(judge("FP 5000+10"), Listen::Drop(DropReason::NoSyn));
}

#[test]
fn segments_of_no_connection_are_reset() {
    // RFC 9293 §3.10.7.1.
    let mut h = Hand::at(0, 0);
    h.connect();
    let reply = |text: &str| {
        let (control, payload) = h.parse(text);
        reset_for(&control, payload.len()).map(|reset| h.show(&reset, 0))
    };
    assert_eq!(reply("A 5000 ack 77"), Some("R 77".into()));
    assert_eq!(reply("S 5000"), Some("RA 0 ack 5001".into()));
    assert_eq!(reply("SF 5000+10"), Some("RA 0 ack 5012".into()));
    assert_eq!(reply("P 4294967295+3"), Some("RA 0 ack 2".into()));
    assert_eq!(reply("R 5000"), None);
    assert_eq!(reply("RA 5000 ack 77"), None);
    // A connection in CLOSED answers the same.
    h.tcp().abort();
    h.answered("A 5000 ack 77", DropReason::NoConnection, "R 77");
    h.dropped("R 5000", DropReason::NoConnection);
}
