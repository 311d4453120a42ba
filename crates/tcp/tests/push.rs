//! PSH and bursts, as Linux has them: what packetdrill's public scripts and Linux 6.18 show.

mod world;

use base::Duration;
use world::hand::Hand;

#[test]
fn a_burst_is_half_the_window_and_says_push() {
    Hand::everywhere(|mut h| {
        h.max_payload = 65_535;
        h.settings.min_tso_segs = 10;
        h.establish_with("SA 5000 ack 1001 win 65535 mss 1000");
        h.write(12_000);
        let sent = [
            "PA 1001+5000 ack 5001 in 1000",
            "PA 6001+5000 ack 5001 in 1000",
        ];
        assert_eq!(h.sent(), sent);
        h.now += Duration::from_millis(100);
        h.quiet("A 5001 ack 11001 win 65535");
        assert_eq!(h.sent(), ["PA 11001+2000 ack 5001 in 1000"]);
    });
}

#[test]
fn what_is_sent_again_has_the_push_of_a_write_and_not_of_a_burst() {
    Hand::everywhere(|mut h| {
        h.max_payload = 65_535;
        h.settings.tso_rtt_log = 0;
        h.settings.early_retrans = 0;
        h.now += Duration::from_millis(100);
        h.establish_with("SA 5000 ack 1001 win 65535 mss 1000");
        h.write(1);
        assert_eq!(h.sent(), ["PA 1001+1 ack 5001"]);
        h.now += Duration::from_millis(100);
        h.quiet("A 5001 ack 1002 win 65535");
        h.write(4000);
        let sent = [
            "PA 1002+2000 ack 5001 in 1000",
            "PA 3002+2000 ack 5001 in 1000",
        ];
        assert_eq!(h.sent(), sent);
        for _ in 0..3 {
            h.quiet("A 5001 ack 1002 win 65535");
        }
        // The first half of a burst, and after a partial acknowledgment the second.
        assert_eq!(h.sent(), ["A 1002+1000 ack 5001"]);
        h.quiet("A 5001 ack 2002 win 65535");
        assert_eq!(h.sent(), ["A 2002+1000 ack 5001"]);
        h.quiet("A 5001 ack 4002 win 65535");
        assert_eq!(h.sent(), ["PA 4002+1000 ack 5001"]);
    });
}
