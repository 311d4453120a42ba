//! The examples of RFC 2883 §4, with its own numbers (ours are 4000 higher, since a stream begins at
//! 5001 here).

mod world;

use world::hand::Hand;

/// Where the RFC's number 0 lies.
const BASE: u32 = 5001;

/// Connected, with SACK; everything before the RFC's number `first` is here.
fn begin(h: &mut Hand, first: u32) {
    h.show_options = true;
    h.settings.timestamps = 0;
    h.connect();
    h.sent();
    let _ = h.get("SA 5000 ack 1001 mss 1460 sack ok ws 7");
    h.sent();
    let mut at = 0;
    while at < first {
        let len = (first - at).min(1000);
        h.take(&format!("A {}+{len} ack 1001", BASE + at));
        h.sent();
        at += len;
    }
}

/// The segment `from` to `to`, both of the RFC and both in it, arrives; what is answered, in the
/// RFC's numbers.
fn receive(h: &mut Hand, from: u32, to: u32) -> String {
    let _ = h.get(&format!("A {}+{} ack 1001", BASE + from, to + 1 - from));
    let mut sent = h.sent();
    assert_eq!(sent.len(), 1, "{sent:?}");
    let line = sent.remove(0);
    let line = line.strip_prefix("A 1001 ack ").expect("an ACK");
    let number = |text: &str| -> u32 { text.parse::<u32>().expect("a number") - BASE };
    match line.split_once(" sack ") {
        None => number(line).to_string(),
        Some((ack, blocks)) => {
            let blocks = blocks.split(',').map(|block| {
                let (left, right) = block.split_once(':').expect("left:right");
                format!("{}-{}", number(left), number(right))
            });
            let blocks: Vec<_> = blocks.collect();
            format!("{}, SACK={}", number(ack), blocks.join(", "))
        }
    }
}

#[test]
fn example_1_a_duplicate_segment() {
    Hand::everywhere(|mut h| {
        begin(&mut h, 3000);
        // The first two may be delayed for company: the examples' ACKs are all sent.
        let _ = h.get(&format!("A {}+500 ack 1001", BASE + 3000));
        let _ = h.get(&format!("A {}+500 ack 1001", BASE + 3500));
        h.sent();
        assert_eq!(receive(&mut h, 3000, 3499), "4000, SACK=3000-3500");
    });
}

#[test]
fn example_2_an_out_of_order_and_a_duplicate_segment() {
    Hand::everywhere(|mut h| {
        begin(&mut h, 4000);
        assert_eq!(receive(&mut h, 4500, 4999), "4000, SACK=4500-5000");
        assert_eq!(
            receive(&mut h, 3000, 3499),
            "4000, SACK=3000-3500, 4500-5000"
        );
    });
}

#[test]
fn example_3_a_duplicate_of_an_out_of_order_segment() {
    Hand::everywhere(|mut h| {
        begin(&mut h, 4000);
        assert_eq!(receive(&mut h, 4500, 4999), "4000, SACK=4500-5000");
        assert_eq!(receive(&mut h, 5000, 5499), "4000, SACK=4500-5500");
        assert_eq!(
            receive(&mut h, 5000, 5499),
            "4000, SACK=5000-5500, 4500-5500"
        );
    });
}

#[test]
fn example_4_a_single_duplicate_subsegment() {
    Hand::everywhere(|mut h| {
        begin(&mut h, 1000);
        assert_eq!(receive(&mut h, 2000, 2499), "1000, SACK=2000-2500");
        assert_eq!(receive(&mut h, 1000, 1499), "1500, SACK=2000-2500");
        assert_eq!(receive(&mut h, 1000, 1999), "2500, SACK=1000-1500");
    });
}

#[test]
fn example_5_two_duplicate_subsegments_that_are_acknowledged() {
    Hand::everywhere(|mut h| {
        begin(&mut h, 1000);
        assert_eq!(receive(&mut h, 3000, 3499), "1000, SACK=3000-3500");
        assert_eq!(receive(&mut h, 1000, 1499), "1500, SACK=3000-3500");
        assert_eq!(
            receive(&mut h, 2000, 2499),
            "1500, SACK=2000-2500, 3000-3500"
        );
        assert_eq!(
            receive(&mut h, 1000, 2499),
            "2500, SACK=1000-1500, 3000-3500"
        );
    });
}

#[test]
fn example_6_two_duplicate_subsegments_that_are_not() {
    Hand::everywhere(|mut h| {
        begin(&mut h, 1000);
        assert_eq!(receive(&mut h, 3500, 3999), "1000, SACK=3500-4000");
        assert_eq!(
            receive(&mut h, 1500, 1999),
            "1000, SACK=1500-2000, 3500-4000"
        );
        assert_eq!(
            receive(&mut h, 2500, 2999),
            "1000, SACK=2500-3000, 1500-2000, 3500-4000"
        );
        assert_eq!(
            receive(&mut h, 1500, 2999),
            "1000, SACK=1500-2000, 1500-3000, 3500-4000"
        );
    });
}
