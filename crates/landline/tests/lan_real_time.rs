//! Every case between two hosts of a simulated LAN, in real time: blocking programs on threads.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod suite;

use landline::{Lan, LanHost};

every_case!(lan);

fn lan() -> suite::Place {
    let lan = Lan::in_real_time(1).unwrap();
    lan.add_switch("office").unwrap();
    let host = |name, address| lan.add_host(&LanHost::new(name).plug("office", address));
    suite::Place {
        server: host("server", "172.16.10.1/24").unwrap(),
        address: [172, 16, 10, 1].into(),
        broadcast: [172, 16, 10, 255].into(),
        client: host("client", "172.16.10.2/24").unwrap(),
        lan: None,
    }
}
