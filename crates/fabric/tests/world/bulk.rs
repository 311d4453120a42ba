//! Bulk from one host to another over one cable, by one connection or several, with Linux's
//! defaults.

use std::net::SocketAddr;

use base::{Bytes, Duration, Instant, Rng};
use fabric::{Channel, Direction, Fabric, HostId, LinkId, PortId};
use stack::interface::Offload;
use stack::{
    Address, Errno, Family, InterfaceConfig, Kind, SocketId, SocketOption, Stack, Sysctls,
};
use tcp::{CongestionControl, Info};
use wire::MacAddr;

/// The network and its programs.
pub(crate) struct Bulk {
    pub(crate) net: Fabric,
    pub(crate) link: LinkId,
    from: HostId,
    to: HostId,
    to_address: SocketAddr,
    listener: SocketId,
    data: Bytes,
    pub(crate) flows: Vec<Flow>,
}

/// One connection of it.
pub(crate) struct Flow {
    sender: SocketId,
    /// Once it was accepted.
    receiver: Option<SocketId>,
    /// Bytes that its program has read.
    pub(crate) received: u64,
}

impl Bulk {
    /// The data goes over `there`, the acknowledgments come over `back`.
    pub(crate) fn new(seed: u64, there: &Channel, back: &Channel) -> Self {
        let mut net = Fabric::new(seed);
        let [(from, from_port), (to, to_port)] =
            [("sender", 1), ("receiver", 2)].map(|(name, number)| host(&mut net, name, number));
        let link = net
            .connect(from_port, to_port, there)
            .unwrap_or_else(|e| panic!("{e}"));
        net.set_channel(link, Direction::Back, back.clone());
        let to_address = SocketAddr::from(([10, 0, 0, 2], 9000));
        let receiver = net.stack_mut(to);
        let listener = socket(receiver);
        let bound = receiver.bind(listener, &to_address.into());
        assert_eq!(bound, Ok(()));
        assert_eq!(receiver.listen(listener, 64), Ok(()));
        Self {
            net,
            link,
            from,
            to,
            to_address,
            listener,
            data: Bytes::from(vec![0; 1 << 18]),
            flows: Vec::new(),
        }
    }

    /// One connection more, whose program writes as much as it can.
    pub(crate) fn add(&mut self, choice: CongestionControl) {
        let now = self.net.now();
        let stack = self.net.stack_mut(self.from);
        let sender = socket(stack);
        let chosen = stack.set_option(now, sender, SocketOption::Congestion(choice));
        assert_eq!(chosen, Ok(()));
        let called = stack.connect(now, sender, &Address::from(self.to_address));
        assert_eq!(called, Err(Errno::EINPROGRESS));
        self.flows.push(Flow {
            sender,
            receiver: None,
            received: 0,
        });
        // It is accepted before the next one calls, so that each finds its other end.
        while self.flows.last().is_some_and(|f| f.receiver.is_none()) {
            let end = self.net.now() + Duration::from_millis(1);
            self.run_until(end);
        }
    }

    /// Sets a sysctl of both hosts.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        for host in [self.from, self.to] {
            let set = self.net.stack_mut(host).set_sysctl(name, value);
            assert!(set.is_ok(), "{name}: {set:?}");
        }
    }

    /// Lets so much time pass.
    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.net.now() + time;
        self.run_until(end);
    }

    fn run_until(&mut self, end: Instant) {
        while self.net.run_to_event(end) {
            while self.net.poll_event().is_some() {}
            self.turn();
        }
    }

    /// The sender's look inside.
    pub(crate) fn info(&self, flow: usize) -> Info {
        let socket = self.flows[flow].sender;
        let info = self.net.stack(self.from).tcp_info(socket);
        info.unwrap_or_else(|e| panic!("TCP_INFO: {e}"))
    }

    /// Every program does what goes without waiting.
    fn turn(&mut self) {
        let now = self.net.now();
        for flow in &mut self.flows {
            let stack = self.net.stack_mut(self.from);
            while stack
                .send_bytes(now, flow.sender, self.data.clone())
                .is_ok()
            {}
            let stack = self.net.stack_mut(self.to);
            if flow.receiver.is_none() {
                flow.receiver = stack.accept(self.listener).ok().map(|(socket, _)| socket);
            }
            let Some(receiver) = flow.receiver else {
                continue;
            };
            while let Ok(bytes) = stack.recv_bytes(now, receiver, usize::MAX) {
                if bytes.len == 0 {
                    break;
                }
                flow.received += bytes.len as u64;
            }
        }
    }
}

fn socket(stack: &mut Stack) -> SocketId {
    let socket = stack.socket(Family::Inet, Kind::Stream);
    socket.unwrap_or_else(|e| panic!("socket: {e}"))
}

/// A host with Linux's defaults, and its card, which cuts large segments as Linux's do.
fn host(net: &mut Fabric, name: &str, number: u8) -> (HostId, PortId) {
    let network = format!("10.0.0.{number}/24");
    let network = network.parse().unwrap_or_else(|e| panic!("{network}: {e}"));
    let stack = Stack::new(Sysctls::default(), Rng::seeded(number.into()));
    let host = net.add_host(name, stack);
    let mut card = InterfaceConfig::ethernet("eth0", MacAddr::local(number.into()), network);
    card.offload = Offload {
        checksum: true,
        segmentation: 1 << 16,
    };
    let port = net.add_interface(host, card);
    (host, port.unwrap_or_else(|e| panic!("{e}")))
}
