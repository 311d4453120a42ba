//! What a program says of its sending: TCP_CORK, MSG_MORE, TCP_NODELAY over both,
//! TCP_NOTSENT_LOWAT; and how long an end without a program waits, TCP_LINGER2.

mod world;

use tcp::{Error, Events, SocketOptions, State};
use wire::tcp::Flags;
use world::hand::Hand;

const NOTHING: Vec<String> = Vec::new();

fn set(h: &mut Hand, change: impl FnOnce(&mut SocketOptions)) {
    let (now, settings) = (h.now, h.settings.clone());
    let mut options = h.tcp().options();
    change(&mut options);
    h.tcp().set_options(now, &settings, options);
}

#[test]
fn a_cork_lets_full_segments_pass() {
    Hand::everywhere(|mut h| {
        h.establish();
        set(&mut h, |o| o.cork = true);
        h.write(100);
        assert_eq!(h.sent(), NOTHING);
        h.write(1500);
        assert_eq!(h.sent(), ["A 1001+1460 ack 5001"]);
        // Not even its acknowledgment pulls it, nor is Nagle's algorithm asked.
        h.quiet("A 5001 ack 2461");
        assert_eq!(h.sent(), NOTHING);
        set(&mut h, |o| o.cork = false);
        assert_eq!(h.sent(), ["PA 2461+140 ack 5001"]);
    });
}

/// tcp(7), TCP_CORK: "a 200 millisecond ceiling". In Linux that is the time-out of the probe timer,
/// and so a retransmission time-out.
#[test]
fn a_cork_has_a_ceiling() {
    Hand::everywhere(|mut h| {
        h.establish();
        set(&mut h, |o| o.cork = true);
        h.write(100);
        assert_eq!(h.sent(), NOTHING);
        let sent = h.wait(300);
        assert_eq!(sent, ["200 ms: PA 1001+100 ack 5001"]);
    });
}

#[test]
fn no_delay_pushes_what_is_corked() {
    let mut h = Hand::at(0, 0);
    h.establish();
    set(&mut h, |o| o.cork = true);
    h.write(100);
    set(&mut h, |o| o.nodelay = true);
    h.tcp().push_out();
    assert_eq!(h.sent(), ["PA 1001+100 ack 5001"]);
    // But not what comes after.
    h.write(100);
    assert_eq!(h.sent(), NOTHING);
}

#[test]
fn the_end_needs_no_company() {
    let mut h = Hand::at(0, 0);
    h.establish();
    set(&mut h, |o| o.cork = true);
    h.write(100);
    assert_eq!(h.tcp().shutdown_write(), Ok(()));
    assert_eq!(h.sent(), ["FPA 1001+100 ack 5001"]);
}

#[test]
fn more_holds_until_the_next_write() {
    Hand::everywhere(|mut h| {
        h.establish();
        h.tcp().set_more(true);
        h.write(10);
        assert_eq!(h.sent(), NOTHING);
        h.tcp().set_more(false);
        h.write(10);
        assert_eq!(h.sent(), ["PA 1001+20 ack 5001"]);
    });
}

/// Linux remembers MSG_MORE for one push alone: whatever the peer sends next is another. What was
/// written with it has no PSH.
#[test]
fn the_peers_next_segment_ends_more() {
    let mut h = Hand::at(0, 0);
    h.establish();
    h.tcp().set_more(true);
    h.write(10);
    assert_eq!(h.sent(), NOTHING);
    h.quiet("A 5001 ack 1001 win 60000");
    assert_eq!(h.sent(), ["A 1001+10 ack 5001"]);
}

#[test]
fn a_writer_waits_while_much_is_unsent() {
    let mut h = Hand::at(0, 0);
    h.establish_with("SA 5000 ack 1001 win 1000 mss 1000");
    set(&mut h, |o| o.notsent_lowat = 3000);
    h.write(1000);
    assert_eq!(h.sent(), ["PA 1001+1000 ack 5001"]);
    // So much may wait for the peer's window and no more, however large the buffer.
    assert_eq!(h.try_write(8000), Ok(3000));
    assert_eq!(h.try_write(1), Err(Error::WouldBlock));
    let settings = h.settings.clone();
    assert!(!h.tcp().readiness(&settings).contains(Events::WRITABLE));
    h.quiet("A 5001 ack 2001 win 1000");
    h.sent();
    assert!(!h.tcp().readiness(&settings).contains(Events::WRITABLE));
    // Linux wakes below half of it.
    h.quiet("A 5001 ack 3001 win 2000");
    h.sent();
    assert!(h.tcp().readiness(&settings).contains(Events::WRITABLE));
    assert!(h.tcp().poll_events().contains(Events::WRITABLE));
}

/// tcp(7), TCP_LINGER2.
#[test]
fn an_orphan_waits_as_long_as_it_was_told() {
    let fin_wait_2 = |linger2| {
        let mut h = Hand::at(0, 0);
        h.options.linger2 = linger2;
        h.establish();
        let (now, settings) = (h.now, h.settings.clone());
        h.tcp().close(now, &settings);
        assert_eq!(h.sent(), ["FA 1001 ack 5001"]);
        let reply = h.get("A 5001 ack 1002").reply;
        (h, reply)
    };
    for (linger2, millis) in [(0, 60_000), (3, 3_000), (120, 120_000)] {
        let (mut h, _) = fin_wait_2(linger2);
        assert_eq!(h.state(), State::FinWait2);
        h.wait(millis - 1);
        assert_eq!(h.state(), State::FinWait2, "{linger2}");
        h.wait(1);
        assert_eq!(h.state(), State::Closed, "{linger2}");
    }
    let (h, reply) = fin_wait_2(-1);
    assert_eq!(h.state(), State::Closed);
    let reset = reply.unwrap();
    assert_eq!((reset.flags, reset.seq.0), (Flags::RST, 1002));
}

#[test]
fn a_program_chooses_how_often_to_call() {
    let mut h = Hand::at(0, 0);
    h.options.syncnt = 2;
    h.connect();
    h.sent();
    // The 7 s that two would take if each waited twice as long, the first five a second apart: as Linux.
    assert_eq!(h.wait(6_999).len(), 5);
    assert_eq!(h.state(), State::SynSent);
    h.wait(1);
    assert_eq!(h.state(), State::Closed);
    assert_eq!(h.tcp().take_error(), Some(Error::TimedOut));
}
