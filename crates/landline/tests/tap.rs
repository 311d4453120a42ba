//! Our stack on a TAP device, with the kernel on the other side: its ping, and Python's sockets.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod python;

use std::net::Ipv4Addr;

use host::testing::shell;
use landline::Tap;
use python::cases::Meeting;

python_cases!(meet in_own_network);

/// We are 10.9.0.2 and the kernel is 10.9.0.1 on one cable.
fn meet() -> Meeting {
    let network = Tap::new("tap0", "10.9.0.2/24".parse().unwrap())
        .open()
        .unwrap();
    shell("ip address add 10.9.0.1/24 dev tap0");
    Meeting {
        network,
        ours: Ipv4Addr::new(10, 9, 0, 2),
        theirs: Ipv4Addr::new(10, 9, 0, 1),
    }
}
