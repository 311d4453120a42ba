//! How connections open (RFC 9293 §3.5, §3.10.7.2, §3.10.7.3).

mod world;

use tcp::{Events, State};
use world::hand::Hand;

#[test]
fn active_open() {
    Hand::everywhere(|mut h| {
        h.connect();
        assert_eq!(h.state(), State::SynSent);
        // 131072 / 2 is offered, of which a SYN can tell 65535; 6291456 needs a shift of 7.
        assert_eq!(h.sent_with_window(), ["S 1000 mss 1460 ws 7 win 65535"]);
        let arrival = h.get("SA 5000 ack 1001 win 65535 mss 1460 ws 7");
        assert_eq!(arrival.events, Events::CONNECTED | Events::WRITABLE);
        assert_eq!(h.state(), State::Established);
        // 65535 >> 7: the one byte more that fits is not worth telling.
        assert_eq!(h.sent_with_window(), ["A 1001 ack 5001 win 511"]);
        assert_eq!(h.tcp().deadline(), None);
    });
}

#[test]
fn passive_open() {
    Hand::everywhere(|mut h| {
        let mut half = h.half_open("S 5000 win 65535 mss 1460 ws 7");
        let (now, settings) = (h.now, h.settings.clone());
        let syn_ack = half.poll_transmit(now, &settings).unwrap();
        assert_eq!(h.show(&syn_ack, 0), "SA 1000 ack 5001 mss 1460 ws 7");
        assert_eq!(half.poll_transmit(now, &settings), None);
        // The ACK brings data: both are taken.
        let (control, payload) = h.parse("PA 5001+10 ack 1001 win 512");
        let outcome = half.on_segment(now, &settings, &control, payload);
        let arrival = h.adopt(outcome);
        let news = Events::CONNECTED | Events::WRITABLE | Events::READABLE;
        assert_eq!(arrival.events, news);
        assert_eq!(h.state(), State::Established);
        assert_eq!(h.read(100), Ok(10));
        assert_eq!(h.tcp().info().snd_wnd, 65536);
    });
}
