//! Long and fast paths fill without anybody setting a buffer: both ends' buffers find their size
//! (`tcp_rmem`, `tcp_wmem`), and the window scales to it.

mod world;

use base::Duration;
use fabric::{Channel, Delay, Limit, Rate};
use tcp::CongestionControl;
use world::bulk::Bulk;

fn path(rate: Rate, rtt: Duration, queue: usize) -> Channel {
    Channel {
        rate: Some(rate),
        delay: Delay::constant(rtt / 2),
        queue: Limit::Bytes(queue),
        // Frames of several segments pass uncut, so that the test is quick.
        offload: true,
        ..Channel::PERFECT
    }
}

#[test]
fn a_gigabit_over_a_hundred_milliseconds_fills() {
    let rtt = Duration::from_millis(100);
    let product = 12_500_000;
    let cable = path(Rate::gbit(1), rtt, product);
    let mut bulk = Bulk::new(1, &cable, &cable);
    bulk.add(CongestionControl::default());
    bulk.run(Duration::from_secs(5));
    let before = bulk.flows[0].received;
    bulk.run(Duration::from_secs(5));
    let arrived = bulk.flows[0].received - before;
    let gbit = arrived as f64 * 8.0 / 1e9 / 5.0;
    assert!(gbit > 0.9, "{gbit:.3} Gbit/s; {:?}", bulk.info(0));
}
