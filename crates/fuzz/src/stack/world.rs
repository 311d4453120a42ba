//! The stack, its sockets, and what must hold after every step.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use base::{ChecksumState, Duration, Frame, Instant, Rng};
use stack::{
    Address, Family, How, InterfaceConfig, InterfaceId, Kind, RecvFlags, Route, SocketId, Stack,
    Sysctls,
};
use wire::dissect::{Verdict, dissect};
use wire::{LinkType, MacAddr, ethernet};

use super::peer::Peer;
use super::script::Step;
use crate::plain;

/// The port that everything listens on.
const PORT: u16 = 9000;
/// Sockets that the program opens at most.
const MOST_SOCKETS: usize = 32;
/// What one step may make a stack send: an initial window of every socket, the fragments of a few
/// datagrams and a full queue of answers are well below.
const MOST_FRAMES: usize = 2000;
/// How often the same moment may be due.
const MOST_ROUNDS: usize = 64;
/// After so long without a peer everything that was closed is gone.
const LONG: Duration = Duration::from_secs(3600);

/// The cards: the lesson's two networks, between which the stack forwards.
const CARDS: [(&str, u64, &str); 2] = [
    ("eth0", 2, "172.16.10.11/24"),
    ("eth1", 3, "101.100.200.11/10"),
];

/// A stack, the program on it, and the stranger who sends to it.
pub(super) struct World {
    stack: Stack,
    now: Instant,
    cards: Vec<(InterfaceId, MacAddr)>,
    sockets: Vec<SocketId>,
    peer: Peer,
}

impl World {
    pub(super) fn new() -> Self {
        let mut sysctls = Sysctls::default();
        sysctls
            .set("net.ipv4.ip_forward", "1")
            .expect("it is known");
        let mut stack = Stack::new(sysctls, Rng::seeded(1));
        let now = Instant::from_secs(1000);
        let mut cards = Vec::new();
        for (name, number, network) in CARDS {
            let network = network.parse().expect("it is a network");
            let mac = MacAddr::local(number);
            let card = InterfaceConfig::ethernet(name, mac, network);
            cards.push((stack.add_interface(now, card).expect("it makes sense"), mac));
        }
        let gateway = IpAddr::from([172, 16, 10, 1]);
        stack
            .add_route(Route::default_via(gateway, cards[0].0))
            .expect("it is on the link");
        let mut world = Self {
            stack,
            now,
            cards,
            sockets: Vec::new(),
            peer: Peer::default(),
        };
        world.listen();
        world.open_datagrams(Kind::Datagram, PORT);
        world.open_datagrams(Kind::Ping, 1);
        world.settle();
        world
    }

    /// Carries one step out, and checks what must hold after each.
    pub(super) fn take(&mut self, step: Step<'_>) {
        match step {
            Step::Frame {
                bytes,
                card,
                mend,
                relate,
            } => self.frame(bytes, card, mend, relate),
            Step::Wait(time) => self.now += time,
            Step::ToDeadline => {
                let due = self.stack.next_deadline();
                self.now = due.map_or(self.now, |due| due.max(self.now));
            }
            Step::Call(which, number) => self.call(which, number),
        }
        self.settle();
    }

    /// The program closes everything and goes; then nothing may be left after an hour.
    pub(super) fn end(mut self) {
        for socket in std::mem::take(&mut self.sockets) {
            let _ = self.stack.close(self.now, socket);
        }
        self.settle();
        let end = self.now + LONG;
        while let Some(due) = self.stack.next_deadline().filter(|&due| due <= end) {
            self.now = self.now.max(due);
            self.settle();
        }
        let left = self.stack.sockets();
        assert!(
            left.is_empty(),
            "an hour after everything was closed: {left:?}"
        );
    }

    fn frame(&mut self, bytes: &[u8], card: u8, mend: bool, relate: bool) {
        let mut bytes = bytes.to_vec();
        let Some(&(iface, mac)) = self.cards.get(usize::from(card % 3)) else {
            // On the loopback lie bare packets.
            if mend {
                plain::mend_packet(&mut bytes);
            }
            return self
                .stack
                .receive(self.now, InterfaceId::LOOPBACK, Frame::from(bytes));
        };
        if mend {
            self.peer.aim(&mut bytes, mac, relate);
            let front = bytes.len().min(ethernet::HEADER_LEN);
            plain::mend_packet(&mut bytes[front..]);
        }
        self.stack.receive(self.now, iface, Frame::from(bytes));
    }

    /// What the program does; refusals are for it to live with.
    fn call(&mut self, which: u8, number: u8) {
        let (now, stack) = (self.now, &mut self.stack);
        let at = usize::from(number) % self.sockets.len().max(1);
        let Some(&socket) = self.sockets.get(at) else {
            return self.listen();
        };
        let stranger = SocketAddr::from((Ipv4Addr::new(172, 16, 10, number), 7));
        let mut buffer = [0; 4096];
        match which % 10 {
            0 => self.accept(),
            1 => drop(stack.recv(now, socket, &mut buffer, RecvFlags::empty())),
            2 => drop(stack.recv(now, socket, &mut buffer[..7], RecvFlags::PEEK)),
            3 => drop(stack.send(now, socket, &buffer[..usize::from(number) * 16])),
            4 => drop(stack.send_to(now, socket, &buffer[..64], &stranger.into())),
            5 => drop(stack.shutdown(now, socket, [How::Read, How::Write, How::Both][at % 3])),
            6 => {
                let _ = stack.close(now, self.sockets.swap_remove(at));
            }
            7 => self.connect(stranger),
            8 => drop(stack.connect(now, socket, &Address::Unspecified)),
            _ => drop(stack.send(now, socket, &[0; 60_000])),
        }
    }

    fn accept(&mut self) {
        for socket in self.sockets.clone() {
            if self.sockets.len() < MOST_SOCKETS
                && let Ok((caller, _)) = self.stack.accept(socket)
            {
                self.sockets.push(caller);
            }
        }
    }

    fn listen(&mut self) {
        if let Ok(socket) = self.stack.socket(Family::Inet, Kind::Stream) {
            let _ = self
                .stack
                .bind(socket, &SocketAddr::from(([0, 0, 0, 0], PORT)).into());
            let _ = self.stack.listen(socket, 4);
            self.sockets.push(socket);
        }
    }

    fn open_datagrams(&mut self, kind: Kind, port: u16) {
        if let Ok(socket) = self.stack.socket(Family::Inet, kind) {
            let _ = self
                .stack
                .bind(socket, &SocketAddr::from(([0, 0, 0, 0], port)).into());
            self.sockets.push(socket);
        }
    }

    fn connect(&mut self, to: SocketAddr) {
        if self.sockets.len() < MOST_SOCKETS
            && let Ok(socket) = self.stack.socket(Family::Inet, Kind::Stream)
        {
            let _ = self.stack.connect(self.now, socket, &to.into());
            self.sockets.push(socket);
        }
    }

    /// As a driver does: sends what is owed, hands out events, and lets every deadline take effect
    /// that has come. Time must be able to go on.
    fn settle(&mut self) {
        for round in 0.. {
            self.drain();
            let due = self.stack.next_deadline();
            if due.is_none_or(|due| due > self.now) {
                return;
            }
            assert!(
                round < MOST_ROUNDS,
                "something is due again and again at {}",
                self.now
            );
            self.stack.on_deadline(self.now);
        }
    }

    fn drain(&mut self) {
        let mut frames = 0;
        while let Some((iface, frame)) = self.stack.poll_transmit(self.now) {
            frames += 1;
            assert!(frames <= MOST_FRAMES, "it sends without end");
            self.check(iface, &frame);
        }
        let mut events = 0;
        while self.stack.poll_event().is_some() {
            events += 1;
            // Each socket is there once; those that closed meanwhile may be too.
            assert!(events <= MOST_FRAMES, "it has news without end");
        }
    }

    /// What must hold for every frame that leaves.
    fn check(&mut self, iface: InterfaceId, frame: &Frame) {
        let bytes = frame.to_vec();
        let own = self
            .cards
            .iter()
            .find(|(id, _)| *id == iface)
            .map(|(_, mac)| mac);
        let mac = own.expect("it leaves by a card that there is");
        assert_eq!(bytes[6..12], mac.0, "it comes from somebody else");
        // Nobody offered to cut it up or to finish its checksum.
        assert!(
            bytes.len() <= 1500 + ethernet::HEADER_LEN,
            "{} bytes",
            bytes.len()
        );
        assert!(!matches!(frame.checksum, ChecksumState::Partial { .. }));
        assert_eq!(frame.segment_size, None);
        for layer in dissect(LinkType::Ethernet, &bytes) {
            // What an error quotes, and what is passed on for others, is theirs.
            if layer.quoted || self.is_forwarded(&bytes) {
                continue;
            }
            assert_eq!(layer.malformed, None, "{layer:?}");
            assert!(
                !matches!(layer.checksum, Some(Verdict::Bad { .. })),
                "{layer:?}"
            );
        }
        self.peer.hear(&bytes);
    }

    /// Whether a packet's source is none of our own addresses.
    fn is_forwarded(&self, frame: &[u8]) -> bool {
        let is_ip = frame[12..14] == [0x08, 0x00];
        is_ip
            && !CARDS.iter().any(|(_, _, network)| {
                let own: Option<Ipv4Addr> =
                    network.split('/').next().and_then(|ip| ip.parse().ok());
                own.is_some_and(|own| frame.get(26..30) == Some(&own.octets()))
            })
    }
}
