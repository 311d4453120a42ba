//! SACK blocks of the receiver (RFC 2018), DSACK (RFC 2883), and what the room ahead may cost.

mod world;

use tcp::DropReason;
use world::hand::Hand;

/// Connected, with SACK; the peer's data begins at 5001.
fn established(h: &mut Hand) {
    h.show_options = true;
    h.settings.timestamps = 0;
    h.connect();
    h.sent();
    let _ = h.get("SA 5000 ack 1001 mss 1460 sack ok ws 7");
    assert_eq!(h.sent(), ["A 1001 ack 5001"]);
}

/// A segment of 500 bytes, the `index`th of the stream; what it is answered with.
fn get(h: &mut Hand, index: u32) -> Vec<String> {
    h.take(&format!("A {}+500 ack 1001", 5001 + 500 * index));
    h.sent()
}

#[test]
fn the_newest_block_stands_in_front() {
    // RFC 2018 §7, case 3 and what follows from it: every second segment is missing.
    Hand::everywhere(|mut h| {
        established(&mut h);
        assert_eq!(get(&mut h, 1), ["A 1001 ack 5001 sack 5501:6001"]);
        assert_eq!(get(&mut h, 3), ["A 1001 ack 5001 sack 6501:7001,5501:6001"]);
        assert_eq!(
            get(&mut h, 5),
            ["A 1001 ack 5001 sack 7501:8001,6501:7001,5501:6001"]
        );
        assert_eq!(
            get(&mut h, 7),
            ["A 1001 ack 5001 sack 8501:9001,7501:8001,6501:7001,5501:6001"]
        );
        // The oldest gives way, and comes back when it grows.
        assert_eq!(
            get(&mut h, 9),
            ["A 1001 ack 5001 sack 9501:10001,8501:9001,7501:8001,6501:7001"]
        );
        // One that joins two comes to the front.
        assert_eq!(
            get(&mut h, 6),
            ["A 1001 ack 5001 sack 7501:9001,9501:10001,6501:7001"]
        );
        // A hole closes in part: the ACK moves, the rest is told.
        assert_eq!(
            get(&mut h, 0),
            ["A 1001 ack 6001 sack 7501:9001,9501:10001,6501:7001"]
        );
        assert_eq!(
            get(&mut h, 2),
            ["A 1001 ack 7001 sack 7501:9001,9501:10001"]
        );
        assert_eq!(get(&mut h, 4), ["A 1001 ack 9001 sack 9501:10001"]);
        assert_eq!(get(&mut h, 8), ["A 1001 ack 10001"]);
    });
}

#[test]
fn beside_timestamps_there_is_room_for_three() {
    Hand::everywhere(|mut h| {
        h.show_options = true;
        h.connect();
        h.sent();
        let _ = h.get("SA 5000 ack 1001 mss 1460 sack ok ts 7 ecr 0");
        h.sent();
        for index in [1, 3, 5, 7] {
            let text = format!("A {}+500 ack 1001 ts 8 ecr 0", 5001 + 500 * index);
            h.take(&text);
            h.sent();
        }
        // Data makes room for the blocks: 1448 less 4 and three times 8.
        h.write(3000);
        let sent = h.sent();
        assert!(sent[0].starts_with("A 1001+1420 ack 5001 ts"), "{sent:?}");
        assert_eq!(sent.len(), 3);
    });
}

#[test]
fn what_comes_twice_is_told_once() {
    // RFC 2883 §4.1.
    Hand::everywhere(|mut h| {
        established(&mut h);
        get(&mut h, 0);
        h.dropped("A 5001+500 ack 1001", DropReason::Duplicate);
        assert_eq!(h.sent(), ["A 1001 ack 5501 sack 5001:5501"]);
        h.dropped("A 5401+100 ack 1001", DropReason::Duplicate);
        assert_eq!(h.sent(), ["A 1001 ack 5501 sack 5401:5501"]);
        // Half of it new: its old part is told (RFC 2883 §4.1.3).
        h.take("A 5251+500 ack 1001");
        assert_eq!(h.sent(), ["A 1001 ack 5751 sack 5251:5501"]);
        // Ahead of its turn, in front of the block that holds it (§4.1.2).
        h.take("A 7001+500 ack 1001");
        assert_eq!(h.sent(), ["A 1001 ack 5751 sack 7001:7501"]);
        h.take("A 7001+500 ack 1001");
        assert_eq!(h.sent(), ["A 1001 ack 5751 sack 7001:7501,7001:7501"]);
        h.take("A 6801+500 ack 1001");
        assert_eq!(h.sent(), ["A 1001 ack 5751 sack 7001:7301,6801:7501"]);
        // What fills the hole covers some of what was there.
        h.take("A 5751+1250 ack 1001");
        assert_eq!(h.sent(), ["A 1001 ack 7501 sack 6801:7001"]);
        h.take("A 7501+10 ack 1001");
        assert_eq!(h.sent(), ["A 1001 ack 7511"]);
    });
}

#[test]
fn nothing_is_told_without_agreement() {
    Hand::everywhere(|mut h| {
        h.show_options = true;
        h.establish();
        h.take("A 5501+500 ack 1001");
        assert_eq!(h.sent(), ["A 1001 ack 5001"]);
        h.take("A 5501+500 ack 1001");
        assert_eq!(h.sent(), ["A 1001 ack 5001"]);
    });
    // tcp_dsack 0.
    Hand::everywhere(|mut h| {
        h.settings.dsack = false;
        established(&mut h);
        get(&mut h, 0);
        h.dropped("A 5001+500 ack 1001", DropReason::Duplicate);
        assert_eq!(h.sent(), ["A 1001 ack 5501"]);
    });
}

#[test]
fn what_had_to_go_is_not_told() {
    // RFC 2018 §8: what was told may be dropped; it is not told again.
    Hand::everywhere(|mut h| {
        h.settings.rmem = [4096, 4096, 4096];
        established(&mut h);
        for index in 0..40 {
            let number = 7001 - 40 * index;
            let _ = h.get(&format!("A {number}+20 ack 1001"));
        }
        // 4096 bytes of room at 148 each: 27 stay, the nearest.
        let sent = h.sent();
        let last = sent.last().expect("an ACK");
        assert!(
            last.starts_with("A 1001 ack 5001 sack 5441:5461,5481:5501"),
            "{last}"
        );
        assert!(!last.contains("7001"), "{last}");
    });
}
