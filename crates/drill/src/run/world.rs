//! The stack under test, its one interface, and the clock.

use std::collections::{BTreeMap, VecDeque};

use base::{Frame, Instant, Payload, Rng};
use host::Direction;
use stack::{InterfaceConfig, InterfaceId, Medium, Offload, Route, SocketId, Stack, Sysctls};
use wire::{IpNet, Ipv4Net, Ipv6Net, LinkType, offload};

use super::config::Config;
use super::foreign::Foreign;

/// The script's time 0. Not the clock's own, so that a timestamp of 0 is nothing special.
const START: Instant = Instant::from_secs(1000);

/// A frame that was seen at the interface.
pub(crate) struct Seen {
    pub(crate) at: Instant,
    pub(crate) direction: Direction,
    pub(crate) frame: Frame,
}

/// How often something has happened to a socket, which is what edge-triggered watching tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Edges {
    /// Data came, or the end of it.
    pub(crate) data: u32,
    /// Anything else, room for what is to be sent among it.
    pub(crate) others: u32,
    /// Bytes that had come the last time.
    received: u64,
}

/// A stack with a TUN-like interface, whose far side is the script.
pub(crate) struct World {
    /// Ours; idle where a foreign one is under test.
    pub(crate) stack: Stack,
    /// A stack that is not ours, in real time.
    pub(crate) foreign: Option<Foreign>,
    iface: InterfaceId,
    ipv6: bool,
    now: Instant,
    /// What left and was not looked at yet: when, and the packet.
    sent: VecDeque<(i64, Vec<u8>)>,
    /// What has happened to sockets.
    edges: BTreeMap<SocketId, Edges>,
    /// Everything, when a capture is wanted.
    seen: Option<Vec<Seen>>,
    /// The device's queue takes nothing: what the stack owes stays owed.
    refusing: bool,
    /// Why packets had died when the script last asked.
    drops: Vec<(String, u64)>,
}

impl World {
    /// A fresh stack; the same seed gives the same run.
    pub(crate) fn new(config: &Config, seed: u64, capture: bool) -> Result<Self, String> {
        let mut stack = Stack::new(Sysctls::default(), Rng::seeded(seed));
        let address = match config.local {
            std::net::IpAddr::V4(v4) => Ipv4Net::new(v4, config.prefix).map(IpNet::V4),
            std::net::IpAddr::V6(v6) => Ipv6Net::new(v6, config.prefix).map(IpNet::V6),
        };
        let address = address.map_err(|error| error.to_string())?;
        let interface = InterfaceConfig {
            name: "tun0".into(),
            medium: Medium::Ip,
            mtu: config.mtu,
            addresses: vec![address],
            // As on Linux several segments leave the stack in one; they are cut before they are seen.
            offload: Offload {
                checksum: false,
                segmentation: 65_535,
            },
            probe: false,
            announce: false,
            vlan: None,
        };
        let iface = stack
            .add_interface(START, interface)
            .map_err(|e| e.to_string())?;
        let everywhere = match config.remote {
            std::net::IpAddr::V4(_) => IpNet::V4(Ipv4Net::default()),
            std::net::IpAddr::V6(_) => IpNet::V6(Ipv6Net::default()),
        };
        let route = Route {
            network: everywhere,
            gateway: None,
            iface,
            source: None,
            metric: 0,
        };
        stack.add_route(route).map_err(|error| error.to_string())?;
        let seen = capture.then(Vec::new);
        let ipv6 = config.ipv6;
        Ok(Self {
            stack,
            foreign: None,
            iface,
            ipv6,
            now: START,
            sent: VecDeque::new(),
            edges: BTreeMap::new(),
            seen,
            refusing: false,
            drops: Vec::new(),
        })
    }

    /// The time as the stack has it.
    pub(crate) const fn now(&self) -> Instant {
        self.now
    }

    /// Microseconds since the script began.
    pub(crate) fn micros(&self) -> i64 {
        self.now.since(START).as_micros() as i64
    }

    /// The stack's time of a script's.
    pub(crate) fn at(micros: i64) -> Instant {
        START + base::Duration::from_micros(micros.max(0) as u64)
    }

    /// The script's time of a stack's; of a deadline that lies between two microseconds, the later.
    pub(crate) fn script_time(at: Instant) -> i64 {
        at.since(START).as_nanos().div_ceil(1000) as i64
    }

    /// Whether the stack under test is not ours, and time is real.
    pub(crate) const fn is_foreign(&self) -> bool {
        self.foreign.is_some()
    }

    /// The script's time 0 is now.
    pub(crate) fn begin(&mut self) {
        if let Some(foreign) = &mut self.foreign {
            foreign.begin();
        }
    }

    /// In real time: waits until then, or for the next packet.
    pub(crate) fn wait(&mut self, until: Instant) {
        if let Some(foreign) = &mut self.foreign {
            foreign.wait(until.since(START));
        }
    }

    /// Lets time pass without anything happening.
    pub(crate) fn pass(&mut self, to: Instant) {
        self.now = self.now.max(to);
    }

    /// When the stack wants to be called.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.stack.next_deadline()
    }

    /// The deadline has come.
    pub(crate) fn fire(&mut self) {
        self.stack.on_deadline(self.now);
        self.pump();
    }

    /// Takes out what the stack owes.
    pub(crate) fn pump(&mut self) {
        if let Some(foreign) = &mut self.foreign {
            let packets = foreign.receive();
            self.now = self.now.max(START + foreign.elapsed());
            for packet in packets {
                self.leaves(Frame::new(Payload::copy_from(&packet)));
            }
            return;
        }
        while !self.refusing
            && let Some((iface, frame)) = self.stack.poll_transmit(self.now)
        {
            if iface != self.iface {
                continue;
            }
            match offload::segments(LinkType::RawIp, frame.clone()) {
                Ok(segments) => segments.for_each(|mut segment| {
                    offload::finish_checksum(&mut segment);
                    self.leaves(segment);
                }),
                Err(_) => self.leaves(frame),
            }
        }
        while let Some(event) = self.stack.poll_event() {
            if let Some(socket) = event.socket() {
                self.note_edge(socket);
            }
        }
        while self.stack.poll_notice().is_some() {}
    }

    /// Something happened to a socket: data came, or anything else.
    fn note_edge(&mut self, socket: SocketId) {
        let info = self.stack.tcp_info(socket);
        let edges = self.edges.entry(socket).or_default();
        match info.map(|info| info.tally.bytes_received) {
            Ok(received) if received == edges.received => edges.others += 1,
            Ok(received) => {
                edges.received = received;
                edges.data += 1;
            }
            // A datagram, or room for one.
            Err(_) => {
                edges.data += 1;
                edges.others += 1;
            }
        }
    }

    /// How often something has happened to a socket.
    pub(crate) fn edges(&self, socket: SocketId) -> Edges {
        self.edges.get(&socket).copied().unwrap_or_default()
    }

    /// A packet goes out.
    fn leaves(&mut self, frame: Frame) {
        self.sent.push_back((self.micros(), frame.to_vec()));
        if let Some(seen) = &mut self.seen {
            let (at, direction) = (self.now, Direction::Out);
            seen.push(Seen {
                at,
                direction,
                frame,
            });
        }
    }

    /// A packet comes in.
    pub(crate) fn inject(&mut self, bytes: &[u8]) {
        let frame = Frame::new(Payload::copy_from(bytes));
        if let Some(seen) = &mut self.seen {
            let frame = frame.clone();
            seen.push(Seen {
                at: self.now,
                direction: Direction::In,
                frame,
            });
        }
        match &mut self.foreign {
            Some(foreign) => foreign.send(bytes),
            None => self.stack.receive(self.now, self.iface, frame),
        }
        self.pump();
    }

    /// The next packet that left, with its time.
    pub(crate) fn next_sent(&mut self) -> Option<(i64, Vec<u8>)> {
        self.sent.pop_front()
    }

    /// Whether a packet waits to be looked at.
    pub(crate) fn has_sent(&self) -> bool {
        !self.sent.is_empty()
    }

    /// What was seen, for a capture file.
    pub(crate) fn into_seen(self) -> Vec<Seen> {
        self.seen.unwrap_or_default()
    }

    /// Why packets died, and how many.
    pub(crate) fn drops(&self) -> Vec<(String, u64)> {
        let drops = self.stack.drops().iter().filter(|(_, count)| *count > 0);
        drops
            .map(|(reason, count)| (format!("{reason:?}"), count))
            .collect()
    }

    /// Counts anew from here.
    pub(crate) fn remember_drops(&mut self) {
        self.drops = self.drops();
    }

    /// How many packets have died for `reason` since.
    pub(crate) fn drops_since(&self, reason: &str) -> u64 {
        let count = |drops: &[(String, u64)]| {
            let found = drops.iter().find(|(name, _)| name == reason);
            found.map_or(0, |(_, count)| *count)
        };
        count(&self.drops()) - count(&self.drops)
    }

    /// Whether packets are IPv6.
    pub(crate) const fn is_ipv6(&self) -> bool {
        self.ipv6
    }

    /// Forgets what the stack has learned of peers (`ip tcp_metrics flush`).
    pub(crate) fn forget_peers(&mut self) {
        self.stack.flush_tcp_metrics();
    }

    /// Changes how many segments a connection begins with.
    pub(crate) fn set_initial_window(&mut self, segments: usize) {
        let segments = u8::try_from(segments).unwrap_or(u8::MAX);
        self.stack.set_initial_window(segments);
    }

    /// Whether the device's queue takes nothing from now on.
    pub(crate) const fn set_refusing(&mut self, refusing: bool) {
        self.refusing = refusing;
    }

    /// Changes the interface's MTU.
    pub(crate) fn set_mtu(&mut self, mtu: usize) -> Result<(), String> {
        self.stack
            .set_mtu(self.iface, mtu)
            .map_err(|error| error.to_string())
    }
}
