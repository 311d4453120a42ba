//! How connections end (RFC 9293 §3.6): every arrow of figure 5 behind ESTABLISHED.

mod world;

use tcp::{DropReason, Error, Events, State};
use world::hand::Hand;

const NOTHING: Vec<String> = Vec::new();

/// The program lets go.
fn close(h: &mut Hand) {
    let (now, settings) = (h.now, h.settings.clone());
    h.tcp().close(now, &settings);
}

fn shutdown(h: &mut Hand) {
    assert_eq!(h.tcp().shutdown_write(), Ok(()));
}

/// Brings a fresh connection into `state`, with nothing owed. In states that have sent a FIN, that
/// was number 1001; where the peer's was received, that was 5001.
fn reach(h: &mut Hand, state: State) {
    h.establish();
    let (fin, ack_of_fin, fin_too) = ("FA 5001 ack 1001", "A 5001 ack 1002", "FA 5001 ack 1002");
    match state {
        State::Established => {}
        State::FinWait1 => shutdown(h),
        State::FinWait2 => {
            shutdown(h);
            h.sent();
            h.take(ack_of_fin);
        }
        State::CloseWait => h.take(fin),
        State::Closing => {
            shutdown(h);
            h.sent();
            h.take(fin);
        }
        State::LastAck => {
            h.take(fin);
            shutdown(h);
        }
        State::TimeWait => {
            shutdown(h);
            h.sent();
            h.take(fin_too);
        }
        other => panic!("{other} is not behind ESTABLISHED"),
    }
    h.sent();
    assert_eq!(h.state(), state);
}

const BEHIND: [State; 7] = [
    State::Established,
    State::FinWait1,
    State::FinWait2,
    State::CloseWait,
    State::Closing,
    State::LastAck,
    State::TimeWait,
];

#[test]
fn normal_close() {
    // RFC 9293 §3.6, figure 12, the end that closes first.
    Hand::everywhere(|mut h| {
        h.establish();
        close(&mut h);
        assert_eq!(h.state(), State::FinWait1);
        assert_eq!(h.sent(), ["FA 1001 ack 5001"]);
        h.quiet("A 5001 ack 1002");
        assert_eq!(h.state(), State::FinWait2);
        let arrival = h.get("FA 5001 ack 1002");
        assert!(arrival.events.contains(Events::TIME_WAIT | Events::HANGUP));
        assert_eq!(h.state(), State::TimeWait);
        assert_eq!(h.sent(), ["A 1002 ack 5002"]);
        assert_eq!(h.wait(59_999), NOTHING);
        assert_eq!(h.state(), State::TimeWait);
        assert_eq!(h.wait(1), NOTHING);
        assert_eq!(h.state(), State::Closed);
        assert!(h.tcp().is_finished());
    });
}

#[test]
fn passive_close() {
    // The other end of figure 12.
    Hand::everywhere(|mut h| {
        h.establish();
        let arrival = h.get("FA 5001 ack 1001");
        assert_eq!(arrival.events, Events::READABLE | Events::PEER_CLOSED);
        assert_eq!(h.state(), State::CloseWait);
        assert_eq!(h.sent(), ["A 1001 ack 5002"]);
        assert_eq!(h.read(10), Ok(0));
        close(&mut h);
        assert_eq!(h.state(), State::LastAck);
        assert_eq!(h.sent(), ["FA 1001 ack 5002"]);
        let arrival = h.get("A 5002 ack 1002");
        assert!(arrival.events.contains(Events::CLOSED));
        assert!(!arrival.events.contains(Events::ERROR));
        assert_eq!(h.state(), State::Closed);
        assert_eq!(h.tcp().deadline(), None);
    });
}

#[test]
fn simultaneous_close() {
    // RFC 9293 §3.6, figure 13.
    Hand::everywhere(|mut h| {
        h.establish();
        close(&mut h);
        assert_eq!(h.sent(), ["FA 1001 ack 5001"]);
        h.take("FA 5001 ack 1001");
        assert_eq!(h.state(), State::Closing);
        assert_eq!(h.sent(), ["A 1002 ack 5002"]);
        h.take("A 5002 ack 1002");
        assert_eq!(h.state(), State::TimeWait);
        assert_eq!(h.sent(), NOTHING);
    });
}

#[test]
fn fin_and_its_acknowledgment_in_one() {
    Hand::everywhere(|mut h| {
        h.establish();
        close(&mut h);
        h.sent();
        h.take("FA 5001 ack 1002");
        assert_eq!(h.state(), State::TimeWait);
        assert_eq!(h.sent(), ["A 1002 ack 5002"]);
    });
}

#[test]
fn the_fin_follows_what_was_written() {
    Hand::everywhere(|mut h| {
        h.establish();
        h.write(2000);
        close(&mut h);
        assert_eq!(h.sent(), ["A 1001+1460 ack 5001", "FPA 2461+540 ack 5001"]);
        h.quiet("A 5001 ack 3001");
        assert_eq!(h.state(), State::FinWait1);
        // The FIN alone was lost.
        assert_eq!(
            h.wait(1000),
            ["200 ms: FA 3001 ack 5001", "600 ms: FA 3001 ack 5001"]
        );
        h.quiet("A 5001 ack 3002");
        assert_eq!(h.state(), State::FinWait2);
    });
}

#[test]
fn half_closed_connections_carry_data() {
    Hand::everywhere(|mut h| {
        // The peer has closed: we still send.
        reach(&mut h, State::CloseWait);
        h.write(100);
        assert_eq!(h.sent(), ["PA 1001+100 ack 5002"]);
        h.quiet("A 5002 ack 1101");
    });
    Hand::everywhere(|mut h| {
        // We have closed: the peer still sends.
        reach(&mut h, State::FinWait2);
        assert_eq!(h.try_write(1), Err(Error::BrokenPipe));
        h.take("PA 5001+100 ack 1002");
        assert_eq!(h.read(1000), Ok(100));
        assert_eq!(h.read(1000), Err(Error::WouldBlock));
        h.take("FA 5101+50 ack 1002");
        assert_eq!(h.state(), State::TimeWait);
        assert_eq!(h.read(1000), Ok(50));
        assert_eq!(h.read(1000), Ok(0));
    });
}

#[test]
fn data_is_taken_before_our_fin_is_acknowledged() {
    Hand::everywhere(|mut h| {
        reach(&mut h, State::FinWait1);
        h.take("PA 5001+100 ack 1001");
        assert_eq!(h.read(1000), Ok(100));
        h.take("FA 5101 ack 1001");
        assert_eq!(h.state(), State::Closing);
    });
}

#[test]
fn a_fin_ahead_of_its_turn_waits() {
    Hand::everywhere(|mut h| {
        h.establish();
        h.take("FA 5101+100 ack 1001");
        assert_eq!(h.state(), State::Established);
        assert_eq!(h.sent(), ["A 1001 ack 5001"]);
        let arrival = h.get("A 5001+100 ack 1001");
        assert_eq!(arrival.events, Events::READABLE | Events::PEER_CLOSED);
        assert_eq!(h.state(), State::CloseWait);
        assert_eq!(h.sent(), ["A 1001 ack 5202"]);
        assert_eq!(h.read(1000), Ok(200));
        assert_eq!(h.read(1000), Ok(0));
    });
    // A FIN alone.
    Hand::everywhere(|mut h| {
        h.establish();
        h.take("FA 5101 ack 1001");
        h.take("A 5001+100 ack 1001");
        assert_eq!(h.state(), State::CloseWait);
    });
}

#[test]
fn the_peers_fin_again_is_acknowledged_again() {
    for state in [State::CloseWait, State::Closing, State::LastAck] {
        Hand::everywhere(|mut h| {
            reach(&mut h, state);
            h.dropped("FA 5001 ack 1001", DropReason::Duplicate);
            let number = if state == State::CloseWait {
                1001
            } else {
                1002
            };
            assert_eq!(h.sent(), [format!("A {number} ack 5002")]);
        });
    }
}

#[test]
fn unread_data_makes_a_close_a_reset() {
    // RFC 9293 §3.6.1, SHLD-3; RFC 2525 §2.17.
    for state in [State::Established, State::FinWait1, State::FinWait2] {
        Hand::everywhere(|mut h| {
            reach(&mut h, state);
            h.take("PA 5001+10 ack 1001");
            close(&mut h);
            let number = if state == State::Established {
                1001
            } else {
                1002
            };
            assert_eq!(h.state(), State::Closed);
            assert!(!h.tcp().is_finished());
            assert_eq!(h.sent(), [format!("RA {number} ack 5011")]);
            assert!(h.tcp().is_finished());
        });
    }
}

#[test]
fn data_for_nobody_is_reset() {
    for state in [State::FinWait1, State::FinWait2] {
        Hand::everywhere(|mut h| {
            reach(&mut h, state);
            close(&mut h);
            h.answered("A 5001+10 ack 1002", DropReason::AfterClose, "R 1002");
            assert_eq!(h.state(), State::Closed);
            assert!(h.tcp().is_finished());
        });
    }
}

#[test]
fn an_orphan_does_not_wait_for_ever() {
    // tcp_fin_timeout = 60.
    Hand::everywhere(|mut h| {
        reach(&mut h, State::FinWait1);
        close(&mut h);
        h.take("A 5001 ack 1002");
        assert_eq!(h.wait(59_999), NOTHING);
        assert_eq!(h.state(), State::FinWait2);
        assert_eq!(h.wait(1), NOTHING);
        assert_eq!(h.state(), State::Closed);
    });
    // The program holds on: it may take as long as it likes.
    let mut h = Hand::at(0, 0);
    h.settings.fin_timeout = base::Duration::from_secs(10);
    reach(&mut h, State::FinWait2);
    assert_eq!(h.wait(1_000_000), NOTHING);
    assert_eq!(h.state(), State::FinWait2);
    close(&mut h);
    h.wait(9_999);
    assert_eq!(h.state(), State::FinWait2);
    h.wait(1);
    assert_eq!(h.state(), State::Closed);
}

#[test]
fn an_orphan_gives_up_sooner() {
    // tcp_orphan_retries = 0 stands for 8: 0.2 + 0.4 … + 51.2 = 102.2 s, and some nanoseconds since
    // a round trip of no time counts as one of 1 ns.
    let mut h = Hand::at(0, 0);
    h.establish();
    h.write(100);
    close(&mut h);
    h.sent();
    h.wait(102_199);
    assert_eq!(h.state(), State::FinWait1);
    h.wait(2);
    assert_eq!(h.state(), State::Closed);

    let mut h = Hand::at(0, 0);
    h.settings.orphan_retries = 2;
    h.establish();
    h.write(100);
    close(&mut h);
    h.sent();
    // 0.2 + 0.4 + 0.8.
    h.wait(1_399);
    assert_eq!(h.state(), State::FinWait1);
    h.wait(2);
    assert_eq!(h.state(), State::Closed);
}

#[test]
fn abort() {
    // RFC 9293 §3.10.5.
    for state in BEHIND {
        Hand::everywhere(|mut h| {
            reach(&mut h, state);
            h.tcp().abort();
            assert_eq!(h.state(), State::Closed);
            let expected: &[&str] = match state {
                State::Established => &["RA 1001 ack 5001"],
                State::FinWait1 | State::FinWait2 => &["RA 1002 ack 5001"],
                State::CloseWait => &["RA 1001 ack 5002"],
                _ => &[],
            };
            assert_eq!(h.sent(), expected);
            assert!(h.tcp().is_finished());
            assert_eq!(h.tcp().deadline(), None);
            // A second time makes nothing worse.
            h.tcp().abort();
            close(&mut h);
            assert_eq!(h.sent(), NOTHING);
        });
    }
    let mut h = Hand::at(0, 0);
    h.connect();
    h.sent();
    h.quiet("S 5000");
    h.sent();
    h.tcp().abort();
    assert_eq!(h.sent(), ["RA 1001 ack 5001"]);
}

#[test]
fn a_reset_owed_survives_a_second_abort() {
    let mut h = Hand::at(0, 0);
    h.establish();
    h.tcp().abort();
    h.tcp().abort();
    close(&mut h);
    assert_eq!(h.sent(), ["RA 1001 ack 5001"]);
}

#[test]
fn a_reset_in_each_state() {
    // RFC 9293 §3.10.7.4, second.
    for state in BEHIND {
        Hand::everywhere(|mut h| {
            reach(&mut h, state);
            let closed = h
                .tcp()
                .readiness(&Default::default())
                .contains(Events::PEER_CLOSED);
            let next = if closed { 5002 } else { 5001 };
            let arrival = h.get(&format!("R {next}"));
            assert_eq!((arrival.reply, arrival.dropped), (None, None));
            assert!(arrival.events.contains(Events::CLOSED));
            assert_eq!(h.state(), State::Closed);
            let error = match state {
                State::CloseWait => Some(Error::BrokenPipe),
                State::Closing | State::LastAck | State::TimeWait => None,
                _ => Some(Error::ConnectionReset),
            };
            assert_eq!(arrival.events.contains(Events::ERROR), error.is_some());
            assert_eq!(h.tcp().take_error(), error);
            assert_eq!(h.sent(), NOTHING);
            assert_eq!(h.tcp().deadline(), None);
        });
    }
}

#[test]
fn what_was_received_before_a_reset_can_be_read() {
    let mut h = Hand::at(0, 0);
    h.establish();
    h.take("PA 5001+10 ack 1001");
    h.take("R 5011");
    assert_eq!(h.read(4), Ok(4));
    assert_eq!(h.read(100), Ok(6));
    assert_eq!(h.read(100), Err(Error::ConnectionReset));
    assert_eq!(h.read(100), Ok(0));
    assert_eq!(h.try_write(1), Err(Error::BrokenPipe));
}

#[test]
fn shutdown_of_reading_reads_as_the_end() {
    let mut h = Hand::at(0, 0);
    h.establish();
    assert_eq!(h.read(10), Err(Error::WouldBlock));
    assert_eq!(h.tcp().shutdown_read(), Ok(()));
    assert_eq!(h.read(10), Ok(0));
    // As on Linux, the peer is not told, and what it sends is still there to be read.
    h.take("PA 5001+10 ack 1001");
    assert_eq!(h.read(10), Ok(10));
    assert_eq!(h.read(10), Ok(0));
}

#[test]
fn shutdown_twice_is_fine() {
    let mut h = Hand::at(0, 0);
    h.establish();
    shutdown(&mut h);
    shutdown(&mut h);
    assert_eq!(h.sent(), ["FA 1001 ack 5001"]);
    h.tcp().abort();
    assert_eq!(h.tcp().shutdown_write(), Err(Error::NotConnected));
    assert_eq!(h.tcp().shutdown_read(), Err(Error::NotConnected));
}

#[test]
fn data_behind_a_fin_is_not_taken() {
    Hand::everywhere(|mut h| {
        reach(&mut h, State::CloseWait);
        h.dropped("A 5002+10 ack 1001", DropReason::AfterFin);
        assert_eq!(h.tcp().unread(), 0);
        // A second FIN behind the first is none.
        h.take("FA 5002 ack 1001");
        assert_eq!(h.state(), State::CloseWait);
        assert_eq!(h.read(10), Ok(0));
    });
}

#[test]
fn a_reset_may_say_why() {
    // RFC 9293 §3.5.2, SHLD-2: what it brings along is no data of the stream.
    Hand::everywhere(|mut h| {
        h.establish();
        h.take("R 5001+10");
        assert_eq!(h.state(), State::Closed);
        assert_eq!(h.read(100), Err(Error::ConnectionReset));
        assert_eq!(h.read(100), Ok(0));
    });
}
