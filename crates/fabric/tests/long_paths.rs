//! Long and fast paths fill without anybody setting a buffer: both ends' buffers find their size
//! (`tcp_rmem`, `tcp_wmem`), and the window scales to it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::SocketAddr;

use base::{Bytes, Duration, Rng};
use fabric::{Channel, Delay, Fabric, HostId, Limit, PortId, Rate};
use stack::interface::Offload;
use stack::{Address, Errno, Family, InterfaceConfig, Kind, SocketId, Stack, Sysctls};
use wire::MacAddr;

/// Bulk from one host to another over one cable.
struct Bulk {
    net: Fabric,
    sender: (HostId, SocketId),
    receiver: (HostId, SocketId),
    listener: SocketId,
    data: Bytes,
    received: u64,
}

impl Bulk {
    fn new(cable: &Channel) -> Self {
        let mut net = Fabric::new(1);
        let hosts = [("sender", "10.0.0.1/24"), ("receiver", "10.0.0.2/24")];
        let [(from, from_port), (to, to_port)] =
            hosts.map(|(name, network)| host(&mut net, name, network));
        net.connect(from_port, to_port, cable).unwrap();
        let to_address = SocketAddr::from(([10, 0, 0, 2], 9000));
        let receiver = net.stack_mut(to);
        let listener = receiver.socket(Family::Inet, Kind::Stream).unwrap();
        receiver.bind(listener, &to_address.into()).unwrap();
        receiver.listen(listener, 1).unwrap();
        let now = net.now();
        let stack = net.stack_mut(from);
        let caller = stack.socket(Family::Inet, Kind::Stream).unwrap();
        let called = stack.connect(now, caller, &Address::from(to_address));
        assert_eq!(called, Err(Errno::EINPROGRESS));
        Self {
            net,
            sender: (from, caller),
            receiver: (to, listener),
            listener,
            data: Bytes::from(vec![0; 1 << 18]),
            received: 0,
        }
    }

    /// Bytes that arrive while so much time passes.
    fn run(&mut self, time: Duration) -> u64 {
        let before = self.received;
        let end = self.net.now() + time;
        while self.net.run_to_event(end) {
            while self.net.poll_event().is_some() {}
            self.turn();
        }
        self.received - before
    }

    fn turn(&mut self) {
        let now = self.net.now();
        let (host, socket) = self.sender;
        let stack = self.net.stack_mut(host);
        while stack.send_bytes(now, socket, self.data.clone()).is_ok() {}
        let (host, socket) = self.receiver;
        let stack = self.net.stack_mut(host);
        if socket == self.listener {
            match stack.accept(socket) {
                Ok((accepted, _)) => self.receiver.1 = accepted,
                Err(_) => return,
            }
        }
        while let Ok(bytes) = stack.recv_bytes(now, self.receiver.1, usize::MAX) {
            if bytes.len == 0 {
                break;
            }
            self.received += bytes.len as u64;
        }
    }
}

/// A host with Linux's defaults, and its card.
fn host(net: &mut Fabric, name: &str, network: &str) -> (HostId, PortId) {
    let address = network.parse().unwrap();
    let number = u64::from(network.as_bytes()[7]);
    let stack = Stack::new(Sysctls::default(), Rng::seeded(number));
    let host = net.add_host(name, stack);
    let mut card = InterfaceConfig::ethernet("eth0", MacAddr::local(number), address);
    card.offload = Offload {
        checksum: true,
        segmentation: 1 << 16,
    };
    (host, net.add_interface(host, card).unwrap())
}

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
    let mut bulk = Bulk::new(&path(Rate::gbit(1), rtt, product));
    bulk.run(Duration::from_secs(5));
    let begin = bulk.net.now();
    let arrived = bulk.run(Duration::from_secs(5));
    let seconds = (bulk.net.now() - begin).as_nanos() as f64 / 1e9;
    let gbit = arrived as f64 * 8.0 / 1e9 / seconds;
    let (host, socket) = bulk.sender;
    let info = bulk.net.stack(host).tcp_info(socket).unwrap();
    assert!(gbit > 0.9, "{gbit:.3} Gbit/s; {info:?}");
}
