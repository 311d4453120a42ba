//! TCP_INFO: what is counted, and where it lies. The numbers are what Linux 6.18 says of the same
//! exchange, the places those of linux/tcp.h.

mod world;

use base::Duration;
use world::hand::Hand;

fn tcpi(h: &mut Hand, name: &str) -> u64 {
    let now = h.now;
    let value = h.tcp().info().tcpi(now, name);
    value.unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn what_went_and_came_is_counted() {
    Hand::everywhere(|mut h| {
        h.establish();
        h.write(10);
        assert_eq!(h.sent().len(), 1);
        h.quiet("A 5001 ack 1011");
        h.take("PA 5001+3 ack 1011");
        assert_eq!(h.sent().len(), 1);
        h.wait(50);
        for (name, value) in [
            ("tcpi_state", 1),
            ("tcpi_bytes_sent", 10),
            ("tcpi_bytes_acked", 11), // with the SYN
            ("tcpi_bytes_received", 3),
            ("tcpi_bytes_retrans", 0),
            ("tcpi_segs_out", 4),
            ("tcpi_segs_in", 3),
            ("tcpi_data_segs_out", 1),
            ("tcpi_data_segs_in", 1),
            ("tcpi_unacked", 0),
            ("tcpi_notsent_bytes", 0),
            ("tcpi_last_data_recv", 50),
            ("tcpi_snd_mss", 1460),
            ("tcpi_advmss", 1460),
            ("tcpi_pmtu", 1500),
            ("tcpi_snd_cwnd", 10),
            ("tcpi_snd_ssthresh", 2_147_483_647),
            ("tcpi_total_retrans", 0),
        ] {
            assert_eq!(tcpi(&mut h, name), value, "{name}");
        }
        let now = h.now;
        assert_eq!(h.tcp().info().tcpi(now, "tcpi_nonsense"), None);
    });
}

#[test]
fn what_comes_ahead_of_its_turn_is_counted() {
    let mut h = Hand::at(0, 0);
    h.establish();
    h.take("PA 5004+3 ack 1001");
    h.take("PA 5007+3 ack 1001");
    assert_eq!(tcpi(&mut h, "tcpi_rcv_ooopack"), 2);
    h.take("PA 5001+3 ack 1001");
    assert_eq!(tcpi(&mut h, "tcpi_rcv_ooopack"), 2);
    assert_eq!(tcpi(&mut h, "tcpi_bytes_received"), 9);
}

#[test]
fn what_is_sent_again_is_counted_twice() {
    let mut h = Hand::at(0, 0);
    h.establish();
    h.write(100);
    h.sent();
    assert_eq!(tcpi(&mut h, "tcpi_unacked"), 1);
    assert_eq!(h.wait(400).len(), 1);
    assert_eq!(tcpi(&mut h, "tcpi_bytes_sent"), 200);
    assert_eq!(tcpi(&mut h, "tcpi_bytes_retrans"), 100);
    assert_eq!(tcpi(&mut h, "tcpi_total_retrans"), 1);
    assert_eq!(tcpi(&mut h, "tcpi_backoff"), 1);
}

/// As Linux counts: each time-out, each stretch of them without progress, and from the first of a
/// stretch to the ACK of what it sent again, in whole milliseconds.
#[test]
fn time_outs_are_counted_by_stretches() {
    let totals = |h: &mut Hand| {
        let name = |what| format!("tcpi_total_rto{what}");
        ["", "_recoveries", "_time"].map(|what| tcpi(h, &name(what)))
    };
    Hand::everywhere(|mut h| {
        h.connect();
        h.sent();
        let _ = h.get("SA 5000 ack 1001 mss 1460 sack ok");
        h.sent();
        assert_eq!(totals(&mut h), [0, 0, 0]);
        h.write(100);
        h.sent();
        // The probe of the tail, and then three time-outs: 200, 400 and 800 ms.
        while totals(&mut h)[0] < 3 {
            h.wait(10);
        }
        let began = totals(&mut h)[2];
        assert_eq!(totals(&mut h)[1], 1);
        h.wait(100);
        assert_eq!(totals(&mut h)[2], began + 100, "it goes on");
        h.quiet("A 5001 ack 1101");
        h.wait(500);
        assert_eq!(totals(&mut h), [3, 1, began + 100], "it is over");
        h.write(100);
        h.sent();
        while totals(&mut h)[0] < 4 {
            h.wait(10);
        }
        assert_eq!(totals(&mut h)[1], 2);
    });
}

#[test]
fn time_outs_of_a_syn_count_until_it_is_answered() {
    let mut h = Hand::at(0, 0);
    h.connect();
    assert_eq!(h.sent().len(), 1);
    assert_eq!(h.wait(1_000).len(), 1);
    assert_eq!(h.wait(1_000).len(), 1);
    assert_eq!(tcpi(&mut h, "tcpi_total_rto"), 2);
    let _ = h.get("SA 5000 ack 1001 mss 1460");
    h.wait(700);
    assert_eq!(tcpi(&mut h, "tcpi_total_rto_recoveries"), 1);
    assert_eq!(tcpi(&mut h, "tcpi_total_rto_time"), 1_000);
}

#[test]
fn a_reset_acknowledges_nothing() {
    let mut h = Hand::at(0, 0);
    h.establish();
    h.write(100);
    h.sent();
    let _ = h.get("RA 5001 ack 1001");
    assert_eq!(tcpi(&mut h, "tcpi_state"), 7);
    assert_eq!(tcpi(&mut h, "tcpi_bytes_acked"), 1);
}

#[test]
fn it_lies_as_in_linux() {
    let mut h = Hand::at(0, 0);
    h.connect();
    h.sent();
    h.now += Duration::from_millis(30);
    let _ = h.get("SA 5000 ack 1001 win 65535 mss 1000 ws 7");
    h.sent();
    let bytes = h.tcp().info().to_bytes(h.now);
    assert_eq!(bytes.len(), 280);
    let word = |at: usize| u32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap());
    let long = |at: usize| u64::from_ne_bytes(bytes[at..at + 8].try_into().unwrap());
    assert_eq!(bytes[0], 1, "tcpi_state");
    assert_eq!(bytes[6] & 15, 7, "tcpi_snd_wscale");
    assert_eq!(word(8), 230_000, "tcpi_rto");
    assert_eq!(word(16), 1000, "tcpi_snd_mss");
    assert_eq!(word(68), 30_000, "tcpi_rtt");
    assert_eq!(word(72), 15_000, "tcpi_rttvar");
    assert_eq!(word(80), 10, "tcpi_snd_cwnd");
    assert_eq!(long(120), 1, "tcpi_bytes_acked");
    assert_eq!(word(136), 2, "tcpi_segs_out");
    assert_eq!(word(228), 65_535, "tcpi_snd_wnd");
}

#[test]
fn times_of_the_last_count_from_the_handshake() {
    let mut h = Hand::at(0, 0);
    h.establish();
    h.wait(1_000);
    for name in [
        "tcpi_last_data_recv",
        "tcpi_last_data_sent",
        "tcpi_last_ack_recv",
    ] {
        assert_eq!(tcpi(&mut h, name), 1_000, "{name}");
    }
    h.take("PA 5001+3 ack 1001");
    h.sent();
    h.wait(20);
    // An ACK that acknowledges nothing new is one that came.
    for (name, value) in [
        ("tcpi_last_data_recv", 20),
        ("tcpi_last_data_sent", 1_020),
        ("tcpi_last_ack_recv", 20),
    ] {
        assert_eq!(tcpi(&mut h, name), value, "{name}");
    }
}

#[test]
fn what_the_peer_s_window_holds_back_is_timed() {
    Hand::everywhere(|mut h| {
        h.establish();
        h.take("A 5001 ack 1001 win 0");
        h.wait(100);
        assert_eq!(tcpi(&mut h, "tcpi_busy_time"), 0);
        h.write(1_000);
        h.sent();
        h.wait(100);
        assert_eq!(tcpi(&mut h, "tcpi_rwnd_limited"), 100_000);
        assert_eq!(tcpi(&mut h, "tcpi_busy_time"), 100_000);
        h.take("A 5001 ack 1001 win 2000");
        assert_eq!(h.sent().len(), 1);
        h.wait(30);
        h.take("A 5001 ack 2001 win 10");
        // More than the window takes.
        h.write(1_000);
        h.sent();
        h.wait(50);
        h.take("A 5001 ack 2001 win 2000");
        h.sent();
        h.wait(20);
        h.take("A 5001 ack 3001 win 2000");
        h.wait(500);
        assert_eq!(tcpi(&mut h, "tcpi_rwnd_limited"), 150_000);
        assert_eq!(tcpi(&mut h, "tcpi_busy_time"), 200_000);
        assert_eq!(tcpi(&mut h, "tcpi_sndbuf_limited"), 0);
    });
}
