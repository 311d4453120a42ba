//! A home behind NAT: hosts at 192.168.0.2 and .3, their router, and servers outside.

use base::{Frame, Payload};
use stack::{Cmsg, Errno, InterfaceId, NatConfig, RecvFlags, Route, SocketId, Sysctls};
use wire::checksum::{checksum, transport};
use wire::icmpv4::Message;
use wire::ipv4::Header;
use wire::{Protocol, ethernet};

use super::packets::{ips, v4};
use super::{Host, Sent, World, card, ip};

/// Hosts of a [`home`].
pub const ALICE: Host = 0;
pub const BOB: Host = 1;
pub const ROUTER: Host = 2;
pub const SERVER: Host = 3;
pub const OTHER: Host = 4;

/// The router's interfaces.
pub struct Home {
    pub world: World,
    pub inside: InterfaceId,
    pub outside: InterfaceId,
}

/// Alice 192.168.0.2, Bob 192.168.0.3; the router 192.168.0.1 and 203.0.113.1; servers
/// 203.0.113.10 and 203.0.113.11, who know no way to 192.168.0.0/24. Nothing is translated yet.
pub fn plain() -> Home {
    let mut world = World::new();
    let alice = world.simple(1, "192.168.0.2/24");
    let bob = world.simple(2, "192.168.0.3/24");
    let router = world.host(Sysctls {
        ip_forward: true,
        ..Sysctls::default()
    });
    let inside = world.plug(router, card("eth0", 11, "192.168.0.1/24"));
    let outside = world.plug(router, card("eth1", 12, "203.0.113.1/24"));
    let server = world.simple(21, "203.0.113.10/24");
    let other = world.simple(22, "203.0.113.11/24");
    world.lan(&[alice, bob, (router, inside)]);
    world.lan(&[(router, outside), server, other]);
    for host in [alice, bob] {
        let route = Route::default_via(v4(ip("192.168.0.1")), host.1);
        world.hosts[host.0].add_route(route).unwrap();
    }
    world.pass_millis(3000);
    world.take();
    Home {
        world,
        inside,
        outside,
    }
}

/// The same, translating as `change` has it.
pub fn home(change: impl FnOnce(&mut NatConfig)) -> Home {
    let mut home = plain();
    let mut config = NatConfig::new(home.outside);
    change(&mut config);
    home.world.hosts[ROUTER].set_nat(Some(config)).unwrap();
    home
}

impl Home {
    /// The IPv4 packets that the router sent by an interface since the last look.
    pub fn sent_by(&mut self, iface: InterfaceId) -> Vec<(Header, Vec<u8>)> {
        let sent = self.world.take();
        check_sums(&sent);
        let frames = sent
            .into_iter()
            .filter(|sent| (sent.host, sent.iface) == (ROUTER, iface));
        let frames: Vec<Vec<u8>> = frames.map(|sent| sent.bytes).collect();
        let packets = ips(&frames).into_iter();
        packets
            .map(|(_, header, payload)| (header, payload))
            .collect()
    }

    /// How many mappings there are now.
    pub fn mappings(&self) -> usize {
        self.world.hosts[ROUTER].conntrack().mappings
    }

    /// How many packets died at the router of `reason`.
    pub fn died(&self, reason: stack::DropReason) -> u64 {
        self.world.died(ROUTER, reason)
    }
}

impl World {
    /// The error that waited longest at a socket with `IP_RECVERR`: who told, ICMP's type and code.
    pub fn recv_error(&mut self, host: Host, socket: SocketId) -> Result<(String, u8, u8), Errno> {
        let now = self.now;
        let stack = &mut self.hosts[host];
        let got = stack.recv_message(now, socket, 2000, 512, RecvFlags::ERRQUEUE)?;
        let told = got.control.iter().find_map(|message| match message {
            Cmsg::RecvErr(told) => Some(*told),
            _ => None,
        });
        let told = told.unwrap();
        let who = told
            .offender
            .map_or_else(String::new, |who| who.to_string());
        Ok((who, told.kind, told.code))
    }
}

/// Every checksum of every IPv4 packet: header, transport, and of ICMP errors the quoted header.
pub fn check_sums(sent: &[Sent]) {
    for sent in sent {
        if sent.bytes[12..14] != [8, 0] {
            continue;
        }
        let packet = &sent.bytes[ethernet::HEADER_LEN..];
        let (header, len) = Header::parse(packet, packet.len()).unwrap();
        let inner = &packet[len..len + header.payload_len];
        if header.is_fragment() {
            continue;
        }
        match header.protocol {
            Protocol::UDP if inner[6..8] == [0, 0] => {}
            Protocol::TCP | Protocol::UDP => {
                let frame = Frame::new(Payload::from(inner.to_vec()));
                let (src, dst) = (header.src.into(), header.dst.into());
                let sum = transport(&frame, src, dst, header.protocol);
                assert_eq!(sum, 0, "transport: {header:?}");
            }
            Protocol::ICMP => {
                assert_eq!(checksum(inner), 0, "ICMP: {header:?}");
                let (message, len) = Message::parse(inner).unwrap();
                if message.is_error() {
                    let quoted = &inner[len..];
                    let ihl = usize::from(quoted[0] & 0xf) * 4;
                    assert_eq!(checksum(&quoted[..ihl]), 0, "quoted: {header:?}");
                }
            }
            _ => {}
        }
    }
}
