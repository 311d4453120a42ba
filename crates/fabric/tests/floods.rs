//! Frames to many: one event for all copies, and only whom they concern is woken.

mod world;

use std::net::{IpAddr, Ipv4Addr};

use base::{Duration, Frame, Instant, Payload, Rng};
use fabric::{Channel, Delay, Direction, DropReason, Fabric, HostId, Rate, SwitchConfig};
use stack::{InterfaceConfig, NeighborState, Stack, Sysctls};
use wire::arp::{self, Operation};
use wire::{EtherType, MacAddr, ethernet};
use world::{frame, star};

/// A cable that is neither instant nor uncertain.
fn cable() -> Channel {
    Channel {
        rate: Some(Rate::mbit(100)),
        delay: Delay::constant(Duration::from_micros(10)),
        ..Channel::PERFECT
    }
}

#[test]
fn all_copies_of_a_frame_are_one_event() {
    let mut net = Fabric::new(1);
    let hub = net.add_hub("hub");
    let star = star(&mut net, hub, 100, &cable());
    net.put(star.taps[0], frame(1, 0, 100));
    let mut steps = 0;
    while net.step() {
        steps += 1;
    }
    assert_eq!(steps, 2, "to the hub, and to all others");
    let got = star.got(&mut net);
    assert_eq!((got[0], &got[1..]), (0, &[1; 99][..]));
    // 8 us on the wire and 10 us on the way, twice.
    assert_eq!(net.now().as_micros(), 36);
    for link in &star.links {
        // A star's cables are laid from the hub.
        let copies = net.traffic(*link, Direction::There).frames;
        assert_eq!(copies, u64::from(*link != star.links[0]));
    }
    assert_eq!(net.frames(), 100);
}

#[test]
fn a_busy_cable_gets_its_copy_later_and_a_pulled_one_none() {
    let mut net = Fabric::new(1);
    let hub = net.add_hub("hub");
    let star = star(&mut net, hub, 4, &cable());
    // Two at the hub at once: the second copies wait for the first, except where it came from.
    net.put(star.taps[0], frame(1, 0, 1000));
    net.put(star.taps[1], frame(2, 0, 1000));
    net.advance_to(Instant::from_micros(100));
    // What is on its way to the fourth is gone.
    net.set_up(star.links[3], false);
    assert_eq!(star.got(&mut net), [1, 1, 2, 0]);
    assert_eq!(net.ledger().at(star.ports[3], DropReason::LinkDown), 2);
    net.put(star.taps[0], frame(1, 0, 1000));
    assert_eq!(star.got(&mut net), [0, 1, 1, 0], "none is sent there");
    assert_eq!(net.ledger().total(), 2);
    net.set_up(star.links[3], true);
    net.put(star.taps[0], frame(1, 0, 1000));
    assert_eq!(star.got(&mut net), [0, 1, 1, 1]);
}

#[test]
fn cables_that_differ_are_flooded_each_in_its_way() {
    let mut net = Fabric::new(1);
    let hub = net.add_hub("hub");
    let star = star(&mut net, hub, 6, &cable());
    let slow = Channel {
        rate: Some(Rate::mbit(1)),
        ..cable()
    };
    let jitter = Channel {
        delay: Delay {
            jitter: Duration::from_micros(5),
            ..cable().delay
        },
        ..cable()
    };
    let narrow = Channel {
        mtu: 100,
        ..cable()
    };
    for (link, channel) in star.links[1..].iter().zip([slow, jitter, narrow]) {
        net.set_channel(*link, Direction::There, channel);
    }
    net.put(star.taps[0], frame(1, 0, 1000));
    assert_eq!(star.got(&mut net), [0, 1, 1, 0, 1, 1]);
    assert_eq!(net.ledger().at(star.ports[3], DropReason::MtuExceeded), 1);
    // 90 us to the hub, 8 ms from there to the slowest.
    assert_eq!(net.now().as_micros(), 90 + 8010);
}

/// A switch with hosts of these last numbers in 10.0.0.0/24, and a tap that plays another.
struct Office {
    net: Fabric,
    hosts: Vec<HostId>,
    tap: fabric::NodeId,
}

const STRANGER: MacAddr = MacAddr([2, 0, 0, 0, 1, 99]);

impl Office {
    fn new(hosts: u8) -> Self {
        let mut net = Fabric::new(1);
        let switch = net.add_switch("office", SwitchConfig::default());
        let tap = net.add_tap("stranger");
        let ports = (net.add_port(tap), net.add_port(switch));
        net.connect(ports.0, ports.1, &cable())
            .expect("they are free");
        let hosts = (1..=hosts).map(|number| {
            let stack = Stack::new(Sysctls::default(), Rng::seeded(number.into()));
            let host = net.add_host(&format!("pc{number}"), stack);
            let address = format!("10.0.0.{number}/24").parse().expect("it is one");
            let config = InterfaceConfig {
                announce: false,
                ..InterfaceConfig::ethernet("eth0", MacAddr::local(number.into()), address)
            };
            let port = net.add_interface(host, config).expect("it is right");
            let inner = net.add_port(switch);
            net.connect(port, inner, &cable()).expect("they are free");
            host
        });
        let hosts = hosts.collect();
        let mut office = Self { net, hosts, tap };
        office.net.run_until_idle();
        office
    }

    /// The stranger says in ARP, to all, that `sender` is at `mac`, and asks for `target`.
    fn says(&mut self, mac: MacAddr, sender: [u8; 4], target: [u8; 4]) {
        let packet = arp::Packet {
            operation: Operation::Request,
            sender_mac: mac,
            sender_ip: sender.into(),
            target_mac: MacAddr::ZERO,
            target_ip: target.into(),
        };
        let mut frame = Frame::new(Payload::new());
        packet.emit(frame.push_header(packet.header_len()));
        let header = ethernet::Header {
            dst: MacAddr::BROADCAST,
            src: mac,
            ethertype: EtherType::ARP,
        };
        header.emit(frame.push_header(ethernet::HEADER_LEN));
        self.net.put(self.tap, frame);
        let soon = self.net.now() + Duration::from_millis(1);
        self.net.advance_to(soon);
    }

    /// By host: how many frames to many did not get past its card.
    fn unheard(&self) -> Vec<u64> {
        let hosts = self.hosts.iter();
        hosts.map(|host| self.net.unheard(*host)).collect()
    }

    /// What a host believes of an address.
    fn believes(&self, host: usize, addr: [u8; 4]) -> Option<MacAddr> {
        let stack = self.net.stack(self.hosts[host]);
        let known = stack.neighbors(self.net.now());
        let addr = IpAddr::from(Ipv4Addr::from(addr));
        known.iter().find(|it| it.addr == addr)?.mac
    }
}

#[test]
fn only_whom_it_concerns_hears_a_question() {
    let mut office = Office::new(4);
    office.says(STRANGER, [10, 0, 0, 99], [10, 0, 0, 3]);
    assert_eq!(office.unheard(), [1, 1, 0, 1]);
    assert_eq!(office.believes(2, [10, 0, 0, 99]), Some(STRANGER));
    assert!(office.net.take(office.tap).is_some(), "it is answered");
    // Who knows the sender already learns nothing new.
    office.says(STRANGER, [10, 0, 0, 99], [10, 0, 0, 4]);
    assert_eq!(office.unheard(), [2, 2, 1, 1]);
    // A probe (RFC 5227 §2.1.1) concerns whoever has the address.
    office.says(STRANGER, [0, 0, 0, 0], [10, 0, 0, 1]);
    assert_eq!(office.unheard(), [2, 3, 2, 2]);
    // So does somebody who says that it is his.
    office.says(STRANGER, [10, 0, 0, 2], [10, 0, 0, 2]);
    assert_eq!(office.unheard(), [3, 3, 3, 3]);
}

#[test]
fn another_mac_address_is_news_for_all_who_knew_the_first() {
    let mut office = Office::new(3);
    office.says(STRANGER, [10, 0, 0, 99], [10, 0, 0, 1]);
    let later = office.net.now() + Duration::from_secs(10);
    office.net.advance_to(later);
    let other = MacAddr([2, 0, 0, 0, 1, 98]);
    office.says(other, [10, 0, 0, 99], [10, 0, 0, 2]);
    // Not only the second, who was asked: the first believed something else (RFC 826).
    assert_eq!(office.believes(0, [10, 0, 0, 99]), Some(other));
    assert_eq!(office.believes(1, [10, 0, 0, 99]), Some(other));
    let before = office.unheard();
    office.says(STRANGER, [10, 0, 0, 99], [10, 0, 0, 3]);
    assert_eq!(office.unheard(), before, "nobody can be sure any more");
}

#[test]
fn who_is_asking_for_somebody_hears_what_he_says_to_others() {
    let mut office = Office::new(3);
    // The first asks for the stranger, who does not answer but soon asks for the third himself.
    let now = office.net.now();
    let stack = office.net.stack_mut(office.hosts[0]);
    let socket = stack.socket(stack::Family::Inet, stack::Kind::Datagram);
    let socket = socket.expect("there is room");
    let to = "10.0.0.99:9"
        .parse::<std::net::SocketAddr>()
        .expect("it is one");
    stack
        .connect(now, socket, &to.into())
        .expect("there is a way");
    stack.send(now, socket, b"hello").expect("there is room");
    office.net.advance_to(now + Duration::from_millis(10));
    assert_eq!(office.believes(0, [10, 0, 0, 99]), None);
    while office.net.take(office.tap).is_some() {}
    office.says(STRANGER, [10, 0, 0, 99], [10, 0, 0, 3]);
    assert_eq!(office.believes(0, [10, 0, 0, 99]), Some(STRANGER));
    let states = office
        .net
        .stack(office.hosts[0])
        .neighbors(office.net.now());
    assert!(
        states
            .iter()
            .all(|it| it.state != NeighborState::Incomplete)
    );
}

#[test]
fn a_group_is_heard_by_those_in_it() {
    let mut office = Office::new(3);
    let before = office.unheard();
    let to_group = |office: &mut Office, last: u8| {
        let mut bytes = frame(99, 0, 100).to_vec();
        bytes[..6].copy_from_slice(&[0x01, 0x00, 0x5e, 0, 0, last]);
        office.net.put(office.tap, Frame::from(bytes));
        office.net.run_until_idle();
    };
    // All hosts (224.0.0.1) are in that of this name; nobody is in 224.0.0.5.
    to_group(&mut office, 1);
    assert_eq!(office.unheard(), before);
    to_group(&mut office, 5);
    let after: Vec<_> = before.iter().map(|count| count + 1).collect();
    assert_eq!(office.unheard(), after);
}

#[test]
fn an_idle_hour_of_either_family_is_a_handful_of_events() {
    for family in ["10.0.0", "fd00:"] {
        let mut net = Fabric::new(1);
        let switch = net.add_switch("office", SwitchConfig::default());
        for number in 1..=2_u8 {
            let stack = Stack::new(Sysctls::default(), Rng::seeded(number.into()));
            let host = net.add_host(&format!("pc{number}"), stack);
            let address = match family {
                "fd00:" => format!("fd00::{number}/64"),
                _ => format!("10.0.0.{number}/24"),
            };
            let address = address.parse().expect("it is one");
            let config = InterfaceConfig::ethernet("eth0", MacAddr::local(number.into()), address);
            let port = net.add_interface(host, config).expect("it is right");
            let inner = net.add_port(switch);
            net.connect(port, inner, &cable()).expect("they are free");
        }
        let mut steps = 0;
        let hour = Instant::from_secs(3600);
        while net.next_event().is_some_and(|at| at <= hour) {
            net.step();
            steps += 1;
        }
        assert!((10..100).contains(&steps), "{family} {steps}");
    }
}
