//! The driver, with the kernel on the other side of its device.

#![allow(
    clippy::unwrap_used,
    reason = "tests; clippy only knows functions marked as such"
)]

use std::sync::{Arc, Mutex};

use base::{Frame, Instant, Rng};
use host::device::Kind;
use host::testing::shell;
use host::{Device, Direction, Driver, Observer};
use stack::{InterfaceConfig, InterfaceId, Stack, Sysctls};
use wire::MacAddr;

/// 10.9.0.2 on tap0, where the kernel is 10.9.0.1.
fn start(observer: Option<Box<dyn Observer>>) -> Driver<()> {
    let device = Device::open(Kind::Tap, "tap0").unwrap();
    shell("ip address add 10.9.0.1/24 dev tap0");
    let mut stack = Stack::new(Sysctls::default(), Rng::seeded(1));
    let address = "10.9.0.2/24".parse().unwrap();
    let card = InterfaceConfig::ethernet("eth0", MacAddr::local(2), address);
    let iface = stack.add_interface(Instant::ZERO, card).unwrap();
    Driver::start(stack, vec![(iface, device)], (), observer).unwrap()
}

/// Remembers every frame's direction and time.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Sighting>>>);

/// When, which way, and the bytes.
type Sighting = (Instant, Direction, Vec<u8>);

impl Observer for Seen {
    fn frame(&mut self, now: Instant, _: InterfaceId, direction: Direction, frame: &Frame) {
        let mut seen = self.0.lock().unwrap();
        seen.push((now, direction, frame.to_vec()));
    }
}

host::in_own_network! {
    fn the_kernel_pings_us() {
        let seen = Seen::default();
        let driver = start(Some(Box::new(seen.clone())));
        let said = shell("ping -c 3 -i 0.01 -W 5 10.9.0.2");
        assert!(said.contains("3 packets transmitted, 3 received"), "{said}");
        // The largest that goes in one packet, and one that goes in many.
        shell("ping -c 1 -W 5 -s 1472 -M do 10.9.0.2; ping -c 1 -W 5 -s 20000 10.9.0.2");

        let counters = driver.counters();
        let seen = seen.0.lock().unwrap();
        assert_eq!(counters.frames_in + counters.frames_out, seen.len() as u64);
        assert!(seen.is_sorted_by_key(|(now, ..)| *now));
        let echoes = |direction, kind| {
            let is = |frame: &[u8]| frame[12..14] == [8, 0] && frame[23] == 1 && frame[34] == kind;
            seen.iter().filter(|(_, d, frame)| *d == direction && is(frame)).count()
        };
        assert!(echoes(Direction::In, 8) >= 5, "requests");
        assert!(echoes(Direction::Out, 0) >= 5, "replies");
    }

    fn a_dropped_driver_lets_go_of_its_device() {
        for _ in 0..3 {
            drop(start(None));
            shell("! ip link show tap0");
        }
    }

    fn survives_the_end_of_its_device() {
        let driver = start(None);
        shell("ping -c 1 -W 5 10.9.0.2; ip link delete tap0");
        driver.with(|stack, (), now| {
            assert!(stack.next_deadline().is_none_or(|due| due > now));
        });
    }
}
