//! What a connection makes of what arrives: the steps of RFC 9293 §3.10.7.4, reassembly, windows.

mod world;

use base::Duration;
use tcp::{DropReason, Error, Events, State};
use world::hand::Hand;

const NOTHING: Vec<String> = Vec::new();

/// An established connection whose window is exactly 1000: 5001 to 6000.
fn with_window_of_1000(h: &mut Hand) {
    h.settings.window_scaling = false;
    h.settings.rmem = [2000, 2000, 2000];
    h.establish();
    assert_eq!(h.tcp().info().rcv_wnd, 1000);
}

#[test]
fn segments_outside_the_window_are_answered_by_an_ack() {
    // RFC 9293 §3.10.7.4, first: the table, row by row.
    Hand::everywhere(|mut h| {
        with_window_of_1000(&mut h);
        let ack = ["A 1001 ack 5001"];
        // No data, window open.
        h.quiet("A 5001 ack 1001");
        h.dropped("A 5000 ack 1001", DropReason::Duplicate);
        assert_eq!(h.sent(), ack);
        h.now += Duration::from_secs(1);
        // A peer that has used up the window sends its ACKs from behind it.
        h.quiet("A 6001 ack 1001");
        h.dropped("A 6002 ack 1001", DropReason::OutOfWindow);
        assert_eq!(h.sent(), ack);
        // Data, window open: the last number before it, the first behind it.
        h.dropped("A 4991+10 ack 1001", DropReason::Duplicate);
        assert_eq!(h.sent(), ack);
        h.dropped("A 6001+10 ack 1001", DropReason::OutOfWindow);
        assert_eq!(h.sent(), ack);
        h.take("A 5991+10 ack 1001");
        assert_eq!(h.sent(), ack);
        // Half in, half out: what is new and in the window is taken.
        h.take("A 4991+20 ack 1001");
        assert_eq!(h.read(100), Ok(10));
        let arrival = h.get("A 5011+1000 ack 1001");
        assert_eq!(arrival.dropped, Some(DropReason::OutOfWindow));
        assert_eq!(h.sent(), ["A 1001 ack 6001"]);
        assert_eq!(h.read(10_000), Ok(990));
    });
}

#[test]
fn a_segment_larger_than_the_window_on_both_sides() {
    Hand::everywhere(|mut h| {
        with_window_of_1000(&mut h);
        let arrival = h.get("FA 4901+1400 ack 1001");
        assert_eq!(arrival.dropped, Some(DropReason::OutOfWindow));
        assert_eq!(h.read(10_000), Ok(1000));
        assert_eq!(h.state(), State::Established);
    });
}

#[test]
fn a_closed_window_lets_acks_pass_and_no_data() {
    Hand::everywhere(|mut h| {
        with_window_of_1000(&mut h);
        h.take("A 5001+1000 ack 1001");
        assert_eq!(h.sent_with_window(), ["A 1001 ack 6001 win 0"]);
        h.write(10);
        assert_eq!(h.sent_with_window(), ["PA 1001+10 ack 6001 win 0"]);
        // RFC 9293 §3.10.7.4: valid ACKs are accepted even then.
        h.dropped("FA 6001+10 ack 1011", DropReason::ZeroWindow);
        assert_eq!(h.tcp().info().in_flight, 0);
        assert_eq!(h.sent_with_window(), ["A 1011 ack 6001 win 0"]);
        h.dropped("A 6002+10 ack 1011", DropReason::OutOfWindow);
        assert_eq!(h.state(), State::Established);
        // And a RST.
        h.take("R 6001");
        assert_eq!(h.state(), State::Closed);
    });
}

#[test]
fn resets_must_be_exact() {
    // RFC 5961 §3.2.
    Hand::everywhere(|mut h| {
        with_window_of_1000(&mut h);
        h.dropped("R 5000", DropReason::ResetOutOfWindow);
        h.dropped("R 6001", DropReason::ResetOutOfWindow);
        h.answered("R 5002", DropReason::ResetNotExact, "A 1001 ack 5001");
        // One answer in half a second (tcp_invalid_ratelimit).
        h.dropped("R 6000", DropReason::RateLimited);
        h.now += Duration::from_millis(499);
        h.dropped("R 6000", DropReason::RateLimited);
        h.now += Duration::from_millis(1);
        h.answered("R 6000", DropReason::ResetNotExact, "A 1001 ack 5001");
        assert_eq!(h.state(), State::Established);
        h.take("R 5001");
        assert_eq!(h.tcp().take_error(), Some(Error::ConnectionReset));
    });
}

#[test]
fn a_syn_is_challenged() {
    // RFC 5961 §4.2.
    Hand::everywhere(|mut h| {
        with_window_of_1000(&mut h);
        h.answered("S 5001", DropReason::SynOnConnection, "A 1001 ack 5001");
        h.now += Duration::from_secs(1);
        h.answered(
            "SA 5500+10 ack 1001",
            DropReason::SynOnConnection,
            "A 1001 ack 5001",
        );
        // The handshake's SYN-ACK again: our ACK of it was lost.
        let challenge = "A 1001 ack 5001";
        h.now += Duration::from_secs(1);
        h.answered("SA 5000 ack 1001", DropReason::SynOnConnection, challenge);
        // A reboot at the other end, RFC 9293 §3.5.1, figure 10.
        h.now += Duration::from_secs(1);
        h.answered("S 400", DropReason::SynOnConnection, challenge);
        // §7, wherever it lies: not more often than twice a second.
        h.dropped("S 400", DropReason::RateLimited);
        h.dropped("S 5001", DropReason::RateLimited);
        assert_eq!(h.sent(), NOTHING);
        assert_eq!(h.state(), State::Established);
    });
}

#[test]
fn acknowledgments_must_be_plausible() {
    Hand::everywhere(|mut h| {
        h.establish_with("SA 5000 ack 1001 win 2000 mss 1000");
        h.write(1500);
        assert_eq!(h.sent().len(), 2);
        h.dropped("P 5001+10", DropReason::NoAck);
        // RFC 9293 §3.10.7.4, fifth: of what was not sent yet.
        h.answered(
            "A 5001+10 ack 2502",
            DropReason::AckTooNew,
            "A 2501 ack 5001",
        );
        h.now += Duration::from_secs(1);
        // RFC 5961 §5.2: MAX.SND.WND = 2000 back from SND.UNA and no further.
        h.quiet("A 5001 ack 2501 win 2000");
        h.take("A 5001+10 ack 501 win 2000");
        h.answered(
            "A 5011+10 ack 500 win 2000",
            DropReason::AckTooOld,
            "A 2501 ack 5011",
        );
        assert_eq!(h.tcp().unread(), 10);
    });
}

#[test]
fn windows_of_old_segments_do_not_count() {
    // RFC 9293 §3.10.7.4, fifth: SND.WL1 and SND.WL2.
    Hand::everywhere(|mut h| {
        h.establish();
        h.write(100);
        h.sent();
        h.take("A 5011+10 ack 1101 win 3000");
        assert_eq!(h.tcp().info().snd_wnd, 3000);
        // Older by its number.
        h.take("A 5001+10 ack 1101 win 9000");
        assert_eq!(h.tcp().info().snd_wnd, 3000);
        // As new by its number, older by its ACK.
        h.sent();
        h.quiet("A 5021 ack 1101 win 4000");
        h.quiet("A 5021 ack 1001 win 8000");
        assert_eq!(h.tcp().info().snd_wnd, 4000);
        // As new in both: a window update.
        h.quiet("A 5021 ack 1101 win 5000");
        assert_eq!(h.tcp().info().snd_wnd, 5000);
    });
}

#[test]
fn out_of_order_data_waits_for_its_turn() {
    Hand::everywhere(|mut h| {
        h.establish();
        // RFC 5681 §4.2: a duplicate ACK at once.
        h.quiet("A 5101+100 ack 1001");
        assert_eq!(h.sent(), ["A 1001 ack 5001"]);
        h.quiet("A 5301+100 ack 1001");
        assert_eq!(h.sent(), ["A 1001 ack 5001"]);
        assert_eq!(h.read(1000), Err(Error::WouldBlock));
        // A gap is filled, in part: at once as well.
        assert_eq!(h.get("A 5001+100 ack 1001").events, Events::READABLE);
        assert_eq!(h.sent(), ["A 1001 ack 5201"]);
        // Overlaps on both sides.
        h.take("A 5151+200 ack 1001");
        assert_eq!(h.sent(), ["A 1001 ack 5401"]);
        assert_eq!(h.read(1000), Ok(400));
        assert_eq!(h.tcp().deadline(), None);
    });
}

#[test]
fn a_segment_over_several_gaps() {
    Hand::everywhere(|mut h| {
        h.establish();
        for start in [5101, 5301, 5501, 5701] {
            h.quiet(&format!("A {start}+100 ack 1001"));
        }
        h.quiet("A 5051+700 ack 1001");
        h.take("A 5001+60 ack 1001");
        assert_eq!(h.sent().last().map(String::as_str), Some("A 1001 ack 5801"));
        assert_eq!(h.read(1000), Ok(800));
    });
}

#[test]
fn room_for_what_is_out_of_order_is_bounded() {
    // Single bytes with gaps between cost far more than they are: what lies nearest stays.
    let mut h = Hand::at(0, 0);
    h.establish();
    let mut dropped = 0;
    for number in (5002..70_000).step_by(2) {
        let arrival = h.get(&format!("A {number}+1 ack 1001"));
        dropped += usize::from(arrival.dropped == Some(DropReason::OutOfOrderFull));
    }
    // 131072 bytes of room at 129 each: about a thousand stay.
    assert!((30_000..32_500).contains(&dropped), "{dropped}");
    h.sent();
    for number in (5001..7000).step_by(2) {
        h.take(&format!("A {number}+1 ack 1001"));
    }
    assert_eq!(h.read(5000), Ok(2000));
}

#[test]
fn a_window_once_offered_is_not_taken_back() {
    // RFC 9293 §3.8.6, SHLD-14: the right edge does not move left.
    Hand::everywhere(|mut h| {
        with_window_of_1000(&mut h);
        for (number, left) in [(5001, 900), (5101, 800), (5201, 700)] {
            h.take(&format!("A {number}+100 ack 1001"));
            let mut sent = h.sent();
            sent.extend(h.wait(200));
            assert_eq!(sent.len(), 1);
            assert_eq!(h.tcp().info().rcv_wnd, left);
        }
    });
}

#[test]
fn the_window_opens_by_worthwhile_steps() {
    // RFC 9293 §3.8.6.2.2: by a full segment or half the buffer, whichever is less. Here 500.
    Hand::everywhere(|mut h| {
        with_window_of_1000(&mut h);
        h.take("A 5001+1000 ack 1001");
        assert_eq!(h.sent_with_window(), ["A 1001 ack 6001 win 0"]);
        assert_eq!(h.read(499), Ok(499));
        assert_eq!(h.sent_with_window(), NOTHING);
        // A segment that goes anyway does not tell of less either.
        h.write(1);
        assert_eq!(h.sent_with_window(), ["PA 1001+1 ack 6001 win 0"]);
        assert_eq!(h.read(1), Ok(1));
        assert_eq!(h.sent_with_window(), NOTHING);
        // The peer's full segments are of 1000 bytes: more than half the buffer must be free.
        assert_eq!(h.read(1), Ok(1));
        assert_eq!(h.sent_with_window(), ["A 1002 ack 6001 win 501"]);
        assert_eq!(h.read(498), Ok(498));
        assert_eq!(h.sent_with_window(), NOTHING);
        assert_eq!(h.read(1), Ok(1));
        // The peer knows of more than half: that is kept until it has used some.
        assert_eq!(h.sent_with_window(), NOTHING);
        h.take("A 6001+1 ack 1002");
        h.now += Duration::from_millis(1);
        h.write(1);
        assert_eq!(h.sent_with_window(), ["PA 1002+1 ack 6002 win 501"]);
    });
}

#[test]
fn scaled_windows_are_offered_rounded_up() {
    // As Linux does, so that no room is lost to the shift (RFC 7323 §2.3) of 10 bits here.
    let mut h = Hand::at(0, 0);
    h.establish_with("SA 5000 ack 1001 mss 1460 ws 0");
    h.take("A 5001+1000 ack 1001");
    // 65536 less the segment that is held and one in reserve: 63076, told as 63 << 10 = 64512.
    assert_eq!(h.sent_with_window(), ["A 1001 ack 6001 win 63"]);
    h.take("A 6001+1000 ack 1001");
    assert_eq!(h.sent_with_window(), ["A 1001 ack 7001 win 63"]);
    // All of it is taken, up to the last number.
    h.take("A 71512+1 ack 1001");
    h.dropped("A 71513+1 ack 1001", DropReason::OutOfWindow);
}

#[test]
fn reading_in_every_way() {
    let mut h = Hand::at(0, 0);
    h.establish();
    h.take("A 5001+1000 ack 1001");
    h.take("A 6001+1000 ack 1001");
    let mut out = [0; 100];
    assert_eq!(h.tcp().peek(0, &mut out), Ok(100));
    assert_eq!(out[..], world::bytes_at(5001, 100));
    assert_eq!(h.tcp().unread(), 2000);
    assert_eq!(h.tcp().read(&mut []), Ok(0));
    let payload = h.tcp().read_payload(1500).expect("data");
    assert_eq!(payload.to_vec(), world::bytes_at(5001, 1500));
    assert_eq!(h.tcp().read_payload(0).expect("nothing").len(), 0);
    assert_eq!(h.tcp().read_payload(9999).expect("data").len(), 500);
    assert_eq!(h.tcp().read_payload(9999), Err(Error::WouldBlock));
}

#[test]
fn readiness() {
    let mut h = Hand::at(0, 0);
    let settings = h.settings.clone();
    h.establish();
    let open = Events::CONNECTED | Events::WRITABLE;
    assert_eq!(h.tcp().readiness(&settings), open);
    h.take("A 5001+1000 ack 1001");
    assert_eq!(h.tcp().readiness(&settings), open | Events::READABLE);
    assert_eq!(h.read(1000), Ok(1000));
    assert_eq!(h.tcp().readiness(&settings), open);
    h.take("FA 6001 ack 1001");
    let half = open | Events::READABLE | Events::PEER_CLOSED;
    assert_eq!(h.tcp().readiness(&settings), half);
    assert_eq!(h.tcp().shutdown_write(), Ok(()));
    assert_eq!(h.tcp().readiness(&settings), half | Events::HANGUP);
}
