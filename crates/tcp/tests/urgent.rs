//! Urgent data as Linux has it: the pointer names the byte behind the urgent one (RFC 6093 §3.1),
//! which is out of the stream unless SO_OOBINLINE, and a newer takes the place of an older.

mod world;

use tcp::{Error, Events, State};
use world::hand::Hand;

const NOTHING: Vec<String> = Vec::new();

/// The peer's byte with this number, as it is written by the test's hand.
fn byte(h: &mut Hand, text: &str) -> u8 {
    h.parse(text).1.to_vec()[0]
}

fn inline(h: &mut Hand) {
    let (now, settings) = (h.now, h.settings.clone());
    let mut options = h.tcp().options();
    options.oobinline = true;
    h.tcp().set_options(now, &settings, options);
}

fn urgent(h: &mut Hand) -> Option<Result<u8, Error>> {
    let mut out = [0; 4];
    let count = h.tcp().read_urgent(&mut out, false)?;
    Some(count.map(|count| {
        assert_eq!(count, 1);
        out[0]
    }))
}

/// Reads what there is, up to the mark; the bytes are not looked at.
fn read(h: &mut Hand) -> Result<usize, Error> {
    h.tcp().read(&mut [0; 1000])
}

fn is_urgent(h: &mut Hand) -> bool {
    let settings = h.settings.clone();
    h.tcp().readiness(&settings).contains(Events::URGENT)
}

fn is_readable(h: &mut Hand) -> bool {
    let settings = h.settings.clone();
    h.tcp().readiness(&settings).contains(Events::READABLE)
}

#[test]
fn a_read_stops_at_the_mark_and_passes_over_it() {
    Hand::everywhere(|mut h| {
        h.establish();
        let arrival = h.get("UPA 5001+10 ack 1001 urg 5");
        assert!(arrival.events.contains(Events::URGENT | Events::READABLE));
        assert!(is_urgent(&mut h));
        assert!(!h.tcp().is_at_mark());
        // SIOCINQ tells what lies before the mark.
        assert_eq!(h.tcp().unread(), 4);
        assert_eq!(h.read(100), Ok(4));
        assert!(h.tcp().is_at_mark());
        assert_eq!(h.tcp().unread(), 0);
        let fifth = byte(&mut h, "A 5005+1 ack 1001");
        assert_eq!(urgent(&mut h), Some(Ok(fifth)));
        // Once.
        assert_eq!(urgent(&mut h), None);
        assert!(!is_urgent(&mut h));
        assert!(h.tcp().is_at_mark());
        assert_eq!(read(&mut h), Ok(5));
        assert!(!h.tcp().is_at_mark());
        assert_eq!(read(&mut h), Err(Error::WouldBlock));
    });
}

#[test]
fn a_byte_at_the_mark_alone_is_nothing_to_read() {
    Hand::everywhere(|mut h| {
        h.establish();
        h.take("UPA 5001+1 ack 1001 urg 1");
        assert!(is_urgent(&mut h));
        assert!(!is_readable(&mut h));
        assert_eq!(h.tcp().peek(0, &mut [0; 4]), Err(Error::WouldBlock));
        assert!(h.tcp().is_at_mark());
        // Whoever reads past it loses it.
        assert_eq!(read(&mut h), Err(Error::WouldBlock));
        assert_eq!(urgent(&mut h), None);
        assert!(!h.tcp().is_at_mark());
    });
}

#[test]
fn in_line_it_is_read_in_its_place() {
    Hand::everywhere(|mut h| {
        h.establish();
        inline(&mut h);
        h.take("UPA 5001+10 ack 1001 urg 5");
        assert!(is_urgent(&mut h));
        assert_eq!(urgent(&mut h), None);
        assert_eq!(h.tcp().unread(), 10);
        assert_eq!(h.read(100), Ok(4));
        assert!(h.tcp().is_at_mark());
        assert_eq!(h.read(100), Ok(6));
        assert!(!is_urgent(&mut h));
    });
}

#[test]
fn peeking_leaves_the_mark_where_it_is() {
    let mut h = Hand::at(0, 0);
    h.establish();
    h.take("UPA 5001+10 ack 1001 urg 1");
    let all = h.parse("A 5001+10 ack 1001").1.to_vec();
    let mut out = [0; 100];
    assert_eq!(h.tcp().peek(0, &mut out), Ok(9));
    assert_eq!(out[..9], all[1..]);
    assert_eq!(h.tcp().read_urgent(&mut out, true), Some(Ok(1)));
    assert_eq!(out[0], all[0]);
    assert_eq!(h.tcp().read_urgent(&mut out, false), Some(Ok(1)));
    assert_eq!(h.tcp().read(&mut out), Ok(9));
    assert_eq!(out[..9], all[1..]);
}

#[test]
fn it_is_announced_before_it_comes() {
    Hand::everywhere(|mut h| {
        h.establish();
        // RFC 9293 §3.8.5: also by a segment without data.
        h.take("UA 5001 ack 1001 urg 20");
        assert_eq!(urgent(&mut h), Some(Err(Error::WouldBlock)));
        assert!(!is_urgent(&mut h));
        h.take("PA 5001+10 ack 1001");
        assert_eq!(h.tcp().unread(), 10);
        h.take("PA 5011+20 ack 1001");
        let twentieth = byte(&mut h, "A 5020+1 ack 1001");
        assert_eq!(urgent(&mut h), Some(Ok(twentieth)));
        assert_eq!(h.tcp().unread(), 19);
        assert_eq!(read(&mut h), Ok(19));
        assert_eq!(read(&mut h), Ok(10));
    });
}

#[test]
fn it_comes_ahead_of_its_turn() {
    Hand::everywhere(|mut h| {
        h.establish();
        let arrival = h.get("UPA 5101+10 ack 1001 urg 10");
        assert_eq!(arrival.events, Events::URGENT);
        let last = byte(&mut h, "A 5110+1 ack 1001");
        assert_eq!(urgent(&mut h), Some(Ok(last)));
        h.take("A 5001+100 ack 1001");
        assert_eq!(h.tcp().unread(), 109);
        assert_eq!(read(&mut h), Ok(109));
        assert_eq!(read(&mut h), Err(Error::WouldBlock));
    });
}

#[test]
fn a_newer_one_takes_its_place() {
    Hand::everywhere(|mut h| {
        h.establish();
        h.take("UPA 5001+5 ack 1001 urg 5");
        h.take("UPA 5006+5 ack 1001 urg 5");
        // The older has become data where nobody stood at it.
        assert_eq!(h.tcp().unread(), 9);
        let newer = byte(&mut h, "A 5010+1 ack 1001");
        assert_eq!(urgent(&mut h), Some(Ok(newer)));
        assert_eq!(h.read(100), Ok(9));
    });
}

#[test]
fn an_older_one_at_which_the_reader_stands_is_no_data() {
    Hand::everywhere(|mut h| {
        h.establish();
        h.take("UPA 5001+5 ack 1001 urg 5");
        assert_eq!(h.read(100), Ok(4));
        assert!(urgent(&mut h).is_some());
        h.take("UPA 5006+5 ack 1001 urg 5");
        assert!(!h.tcp().is_at_mark());
        assert_eq!(read(&mut h), Ok(4));
        assert!(h.tcp().is_at_mark());
    });
}

#[test]
fn what_is_old_does_not_become_urgent() {
    let mut h = Hand::at(0, 0);
    h.establish();
    h.take("PA 5001+10 ack 1001");
    let _ = h.get("UPA 5001+10 ack 1001 urg 5");
    assert_eq!(urgent(&mut h), None);
    assert_eq!(h.read(100), Ok(10));
    // Nor behind the end.
    h.take("FA 5011 ack 1001");
    let _ = h.get("UA 5012 ack 1001 urg 5");
    assert_eq!(urgent(&mut h), None);
    assert_eq!(h.tcp().state(), State::CloseWait);
}

#[test]
fn none_will_come_behind_the_end() {
    let mut h = Hand::at(0, 0);
    h.establish();
    h.take("UA 5001 ack 1001 urg 20");
    h.take("FA 5001 ack 1001");
    assert_eq!(h.tcp().read_urgent(&mut [0; 4], false), Some(Ok(0)));
}

/// `tcp_stdurg`: RFC 1122 §4.2.2.4 has the pointer name the urgent byte itself.
#[test]
fn the_pointer_may_name_the_byte_itself() {
    let mut h = Hand::at(0, 0);
    h.settings.stdurg = true;
    h.establish();
    h.take("UPA 5001+10 ack 1001 urg 5");
    let sixth = byte(&mut h, "A 5006+1 ack 1001");
    assert_eq!(urgent(&mut h), Some(Ok(sixth)));
    assert_eq!(h.tcp().unread(), 5);
}

fn write_urgent(h: &mut Hand, len: usize) {
    let settings = h.settings.clone();
    let data = world::bytes_at(h.write_at, len);
    assert_eq!(h.tcp().write_urgent(&settings, &data), Ok(len));
    h.write_at += len as u64;
}

/// What is sent, with the urgent pointer.
fn sent(h: &mut Hand) -> Vec<(String, u16)> {
    let mut sent = Vec::new();
    let (now, settings, max) = (h.now, h.settings.clone(), h.max_payload);
    while let Some(out) = h.tcp().poll_transmit(now, &settings, max) {
        assert_eq!(out.segment_size, None, "several in one");
        sent.push((h.show(&out.control, out.payload.len()), out.control.urgent));
    }
    sent
}

fn lines<const N: usize>(lines: [(&str, u16); N]) -> Vec<(String, u16)> {
    lines.map(|(line, urgent)| (line.into(), urgent)).into()
}

#[test]
fn each_segment_before_it_points_at_it() {
    Hand::everywhere(|mut h| {
        h.establish();
        h.max_payload = 65_000;
        write_urgent(&mut h, 3000);
        let expected = [
            ("AU 1001+1460 ack 5001", 3000),
            ("AU 2461+1460 ack 5001", 1540),
            ("PAU 3921+80 ack 5001", 80),
        ];
        let got = sent(&mut h);
        let got: Vec<_> = got
            .into_iter()
            .map(|(line, up)| (sorted(&line), up))
            .collect();
        assert_eq!(
            got,
            lines(expected)
                .into_iter()
                .map(|(l, u)| (sorted(&l), u))
                .collect::<Vec<_>>()
        );
        h.take("A 5001 ack 4001");
        h.write(10);
        assert_eq!(sent(&mut h), lines([("PA 4001+10 ack 5001", 0)]));
    });
}

/// The flags' order in a line is the hand's.
fn sorted(line: &str) -> String {
    let (flags, rest) = line.split_once(' ').expect("flags, then numbers");
    let mut flags: Vec<char> = flags.chars().collect();
    flags.sort_unstable();
    format!("{} {rest}", flags.into_iter().collect::<String>())
}

#[test]
fn neither_nagle_nor_a_cork_holds_it_back() {
    let mut h = Hand::at(0, 0);
    h.establish();
    h.write(10);
    assert_eq!(h.sent(), ["PA 1001+10 ack 5001"]);
    h.write(10);
    assert_eq!(h.sent(), NOTHING);
    write_urgent(&mut h, 1);
    let got = sent(&mut h);
    assert_eq!((got.len(), got[0].1), (1, 11));
    let (now, settings) = (h.now, h.settings.clone());
    let mut options = h.tcp().options();
    options.cork = true;
    h.tcp().set_options(now, &settings, options);
    write_urgent(&mut h, 1);
    assert_eq!(sent(&mut h).len(), 1);
}

/// RFC 9293 §3.8.5: the peer hears of urgent data also with a closed window, beside the probe.
#[test]
fn a_closed_window_hears_of_it() {
    Hand::everywhere(|mut h| {
        h.establish();
        let _ = h.get("A 5001 ack 1001 win 0");
        write_urgent(&mut h, 10);
        assert_eq!(sent(&mut h), lines([]));
        let at = h.tcp().deadline().unwrap();
        h.now = at;
        let settings = h.settings.clone();
        let _ = h.tcp().on_deadline(at, &settings);
        let got: Vec<_> = sent(&mut h)
            .into_iter()
            .map(|(l, u)| (sorted(&l), u))
            .collect();
        assert_eq!(
            got,
            lines([("AU 1001 ack 5001", 10), ("AU 1000 ack 5001", 11)])
        );
    });
}

#[test]
fn farther_than_the_field_reaches() {
    Hand::everywhere(|mut h| {
        h.settings.wmem = [4096, 1_000_000, 1_000_000];
        h.establish();
        h.write(70_000);
        write_urgent(&mut h, 1);
        let pointers: Vec<u16> = sent(&mut h).into_iter().map(|(_, up)| up).collect();
        // Ten segments: 65,535 while it is farther than that, then what is left.
        let expected = (0..10).map(|i| (70_001 - i * 1460).min(65_535) as u16);
        assert_eq!(pointers, expected.collect::<Vec<u16>>());
    });
}
