//! The target on a router that translates: a script of frames from both sides, and waiting.
//!
//! Whatever comes, no inside address leaves by the outside card, what leaves has a right header, the
//! tables stay within their bounds, time can go on, and hours later nothing is left.
//!
//! The script is that of [`mod@crate::stack`], behind a first byte that says how the router
//! translates. A frame with the "relate" bit is the answer to what was last heard at its card, its
//! bytes XORed with the script's.

use std::net::{IpAddr, Ipv4Addr};

use base::{Duration, Frame, Instant, Rng};
use stack::{
    Firewall, FirewallAction, FirewallRule, InterfaceConfig, InterfaceId, NatBehavior, NatConfig,
    PortForward, PortProtocol, Stack, Sysctls,
};
use wire::arp::{self, Operation};
use wire::{EtherType, MacAddr, ethernet, ipv4};

use crate::plain;
use crate::stack::script::{Script, Step};

/// Conversations that the router remembers.
const MOST: usize = 64;
/// What one step may make it send.
const MOST_FRAMES: usize = 2000;
/// How often the same moment may be due.
const MOST_ROUNDS: usize = 64;
/// Longer than anything is remembered.
const LONG: Duration = Duration::from_secs(4 * 3600);
/// The cards, inside and outside.
const CARDS: [(&str, u64, &str); 2] =
    [("eth0", 2, "192.168.0.1/24"), ("eth1", 3, "203.0.113.1/24")];
/// Whoever else there is on either side.
const STRANGER: MacAddr = MacAddr::local(99);

/// Any bytes as frames for a router with NAT.
///
/// # Panics
/// When the stack does, or when something that must hold does not.
pub fn frames(bytes: &[u8]) {
    let (how, script) = bytes.split_first().unwrap_or((&0, &[]));
    let mut world = World::new(*how);
    for step in Script::new(script) {
        world.take(step);
    }
    world.end();
}

struct World {
    stack: Stack,
    now: Instant,
    cards: [(InterfaceId, MacAddr); 2],
    /// The packet that was heard last at each.
    heard: [Vec<u8>; 2],
}

impl World {
    fn new(how: u8) -> Self {
        let mut sysctls = Sysctls::default();
        for (name, value) in [
            ("net.ipv4.ip_forward", "1"),
            ("net.netfilter.nf_conntrack_max", "64"),
        ] {
            sysctls.set(name, value).expect("it is known");
        }
        let mut stack = Stack::new(sysctls, Rng::seeded(1));
        let now = Instant::from_secs(1000);
        let cards = CARDS.map(|(name, number, network)| {
            let mac = MacAddr::local(number);
            let network = network.parse().expect("it is a network");
            let card = InterfaceConfig::ethernet(name, mac, network);
            (stack.add_interface(now, card).expect("it makes sense"), mac)
        });
        let behavior = |bits: u8| match bits & 3 {
            0 => NatBehavior::EndpointIndependent,
            1 => NatBehavior::AddressDependent,
            _ => NatBehavior::EndpointDependent,
        };
        let config = NatConfig {
            mapping: behavior(how),
            filtering: behavior(how >> 2),
            forwards: vec![PortForward {
                protocol: PortProtocol::Udp,
                port: 5353,
                to: "192.168.0.2:53".parse().expect("it is an address"),
            }],
            ports: (4000, 4031),
            ports_per_host: 24,
            hairpin: how & 16 == 0,
            ..NatConfig::new(cards[1].0)
        };
        stack.set_nat(Some(config)).expect("it makes sense");
        if how & 32 != 0 {
            let rule = FirewallRule {
                from: Some(cards[0].0),
                ..FirewallRule::new(FirewallAction::Accept)
            };
            let firewall = Firewall {
                rules: vec![rule],
                incoming: FirewallAction::Reject,
                forwarded: FirewallAction::Drop,
                outgoing: FirewallAction::Accept,
            };
            stack.set_firewall(Some(firewall)).expect("it makes sense");
        }
        let mut world = Self {
            stack,
            now,
            cards,
            heard: Default::default(),
        };
        world.settle();
        world
    }

    fn take(&mut self, step: Step<'_>) {
        match step {
            Step::Frame {
                bytes,
                card,
                mend,
                relate,
            } => self.frame(bytes, usize::from(card % 2), mend, relate),
            Step::Wait(time) => self.now += time,
            Step::ToDeadline => {
                let due = self.stack.next_deadline();
                self.now = due.map_or(self.now, |due| due.max(self.now));
            }
            // A call begins all anew.
            Step::Call(..) => {
                let config = self.stack.nat().cloned();
                self.stack.set_nat(None).expect("nothing can be wrong");
                self.stack.set_nat(config).expect("it was right before");
            }
        }
        self.settle();
        let status = self.stack.conntrack();
        assert!(
            status.flows <= MOST && status.mappings <= 2 * MOST,
            "{status:?}"
        );
    }

    /// Hours later nothing may be left.
    fn end(mut self) {
        let end = self.now + LONG;
        while let Some(due) = self.stack.next_deadline().filter(|&due| due <= end) {
            self.now = self.now.max(due);
            self.settle();
        }
        let status = self.stack.conntrack();
        assert_eq!(
            (status.flows, status.mappings),
            (0, 0),
            "hours later: {status:?}"
        );
    }

    /// A packet from the stranger, its link header put in front.
    fn frame(&mut self, bytes: &[u8], card: usize, mend: bool, relate: bool) {
        let mut packet = bytes.to_vec();
        if relate {
            packet = answer(&self.heard[card]);
            for (byte, change) in packet.iter_mut().zip(bytes) {
                *byte ^= change;
            }
        }
        if mend {
            plain::mend_packet(&mut packet);
        }
        let (iface, mac) = self.cards[card];
        self.stack
            .receive(self.now, iface, framed(mac, EtherType::IPV4, &packet));
    }

    fn settle(&mut self) {
        for round in 0.. {
            self.drain();
            let due = self.stack.next_deadline();
            if due.is_none_or(|due| due > self.now) {
                return;
            }
            assert!(round < MOST_ROUNDS, "something is due again and again");
            self.stack.on_deadline(self.now);
        }
    }

    fn drain(&mut self) {
        let mut frames = 0;
        while let Some((iface, frame)) = self.stack.poll_transmit(self.now) {
            frames += 1;
            assert!(frames <= MOST_FRAMES, "it sends without end");
            let card = usize::from(iface == self.cards[1].0);
            let bytes = frame.to_vec();
            let packet = &bytes[ethernet::HEADER_LEN..];
            if bytes[12..14] == EtherType::ARP.0.to_be_bytes() {
                self.introduce(card, packet);
                continue;
            }
            let (header, _) =
                ipv4::Header::parse(packet, packet.len()).expect("its header is right");
            // The router may be asked by its inside address, and answers by that.
            let own: [Ipv4Addr; 3] =
                [[203, 0, 113, 1], [192, 168, 0, 1], [0; 4]].map(Ipv4Addr::from);
            assert!(
                card == 0 || own.contains(&header.src),
                "{header:?} leaves by the outside card"
            );
            self.heard[card] = packet.to_vec();
        }
    }

    /// Whoever is asked for is the stranger.
    fn introduce(&mut self, card: usize, packet: &[u8]) {
        let Ok((question, _)) = arp::Packet::parse(packet) else {
            return;
        };
        let own = CARDS.iter().any(|(_, _, own)| {
            own.split('/').next().and_then(|own| own.parse().ok())
                == Some(IpAddr::V4(question.target_ip))
        });
        if question.operation != Operation::Request || own {
            return;
        }
        let (iface, mac) = self.cards[card];
        let answer = arp::Packet {
            operation: Operation::Reply,
            sender_mac: STRANGER,
            sender_ip: question.target_ip,
            target_mac: mac,
            target_ip: question.sender_ip,
        };
        let mut bytes = vec![0; arp::PACKET_LEN];
        answer.emit(&mut bytes);
        self.stack
            .receive(self.now, iface, framed(mac, EtherType::ARP, &bytes));
    }
}

fn framed(dst: MacAddr, ethertype: EtherType, packet: &[u8]) -> Frame {
    let mut bytes = vec![0; ethernet::HEADER_LEN];
    let src = STRANGER;
    ethernet::Header {
        dst,
        src,
        ethertype,
    }
    .emit(&mut bytes);
    bytes.extend_from_slice(packet);
    Frame::from(bytes)
}

/// The packet turned round: addresses, and ports or the type of a ping.
fn answer(packet: &[u8]) -> Vec<u8> {
    let mut packet = packet.to_vec();
    let Some(header) = plain::ipv4_header(&packet) else {
        return packet;
    };
    let protocol = packet[9];
    let (addresses, inner) = packet.split_at_mut(header);
    let (src, dst) = addresses[12..20].split_at_mut(4);
    src.swap_with_slice(dst);
    match (protocol, inner.len()) {
        (6 | 17, 4..) => {
            let (src, dst) = inner[..4].split_at_mut(2);
            src.swap_with_slice(dst);
        }
        (1, 1..) if inner[0] == 8 => inner[0] = 0,
        _ => {}
    }
    packet
}
