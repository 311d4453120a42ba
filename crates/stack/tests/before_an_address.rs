//! A host that asks its link for an address: what it sends and hears before it has one, and how it
//! finds out that somebody has it already (RFC 2131 §4.1, RFC 5227).

#![allow(clippy::unwrap_used, reason = "tests fail by it")]

mod common;

use base::Duration;
use common::packets::{arp, header, ip_frame, udp};
use common::{World, card, ip, mac};
use stack::{
    AddressState, ConfigError, DropReason, Errno, InterfaceConfig, InterfaceId, SocketOption,
    Sysctls,
};
use wire::arp::Operation;
use wire::{MacAddr, Protocol};

/// A host whose card has no address, with a socket that hears at port 68 and speaks by the card.
fn asker(world: &mut World) -> (usize, InterfaceId, stack::SocketId) {
    let host = world.host(Sysctls::default());
    let iface = world.plug(host, InterfaceConfig::unaddressed("eth0", mac(1)));
    let socket = world.udp_at(host, "0.0.0.0:68");
    world.set(host, socket, SocketOption::Broadcast(true));
    let index = SocketOption::BindToIfindex(iface.scope_id() as i32);
    world.set(host, socket, index);
    (host, iface, socket)
}

fn datagram(to: &str, port: u16, cast: MacAddr) -> Vec<u8> {
    let (src, dst) = (ip("10.0.0.1"), ip(to));
    let payload = udp(67, port, b"offer");
    ip_frame(cast, mac(9), &header(src, dst, Protocol::UDP), &payload)
}

#[test]
fn it_speaks_from_no_address_while_it_asks() {
    let mut world = World::new();
    let (host, iface, socket) = asker(&mut world);
    let to_all = "255.255.255.255:67";
    assert_eq!(
        world.send_to(host, socket, b"who", to_all),
        Err(Errno::EADDRNOTAVAIL),
        "nobody said that it asks"
    );
    world.hosts[host].ask_for_address(iface, true).unwrap();
    assert_eq!(world.send_to(host, socket, b"who", to_all), Ok(3));
    world.settle();
    let sent = world.take_from(host).pop().unwrap();
    assert_eq!(sent[..6], [0xff; 6]);
    assert_eq!(sent[26..34], [0, 0, 0, 0, 255, 255, 255, 255]);

    // Also where another card has an address: that one's means nothing here.
    world.plug(host, card("eth1", 2, "192.168.0.1/24"));
    world.send_to(host, socket, b"who", to_all).unwrap();
    world.settle();
    let sent = world.take_from(host);
    let sent = sent.iter().find(|frame| frame[12..14] == [8, 0]).unwrap();
    assert_eq!(sent[26..30], [0, 0, 0, 0]);

    // With an address of its own it speaks from that.
    let now = world.now;
    let own = "10.0.0.7/24".parse().unwrap();
    world.hosts[host].add_address(now, iface, own).unwrap();
    world.send_to(host, socket, b"who", to_all).unwrap();
    world.settle();
    let sent = world.take_from(host);
    let sent = sent.iter().find(|frame| frame[12..14] == [8, 0]).unwrap();
    assert_eq!(sent[26..30], [10, 0, 0, 7]);
}

#[test]
fn it_hears_what_is_sent_to_the_address_that_it_is_to_have() {
    let mut world = World::new();
    let (host, iface, socket) = asker(&mut world);
    let card = (host, iface);
    world.inject(card, datagram("10.0.0.7", 68, mac(1)));
    assert_eq!(world.recv(host, socket), Err(Errno::EAGAIN));
    assert_eq!(world.died(host, DropReason::NotForThisHost), 1);

    world.hosts[host].ask_for_address(iface, true).unwrap();
    world.inject(card, datagram("10.0.0.7", 68, mac(1)));
    assert_eq!(world.recv(host, socket).unwrap(), b"offer");
    world.inject(card, datagram("255.255.255.255", 68, MacAddr::BROADCAST));
    assert_eq!(world.recv(host, socket).unwrap(), b"offer");
    // To another card, or to all by the link and to one by its address: no.
    world.inject(card, datagram("10.0.0.7", 68, mac(5)));
    assert_eq!(world.died(host, DropReason::NotForThisCard), 1);
    world.inject(card, datagram("10.0.0.7", 68, MacAddr::BROADCAST));
    assert_eq!(world.died(host, DropReason::UnicastToMany), 1);
    // Where nobody hears, nobody is told: the address is not ours to speak from.
    world.inject(card, datagram("10.0.0.7", 69, mac(1)));
    assert_eq!(world.died(host, DropReason::UdpPortUnreachable), 1);
    assert!(world.take_from(host).is_empty());

    // With an address it hears for that alone.
    let now = world.now;
    let own = "10.0.0.8/24".parse().unwrap();
    world.hosts[host].add_address(now, iface, own).unwrap();
    world.inject(card, datagram("10.0.0.7", 68, mac(1)));
    assert_eq!(world.recv(host, socket), Err(Errno::EAGAIN));
    world.inject(card, datagram("10.0.0.8", 68, mac(1)));
    assert_eq!(world.recv(host, socket).unwrap(), b"offer");
}

#[test]
fn an_address_that_somebody_has_is_refused() {
    let mut world = World::new();
    let (host, iface, _) = asker(&mut world);
    let addr = "10.0.0.7".parse().unwrap();
    let net = "10.0.0.7/24".parse().unwrap();
    assert_eq!(world.hosts[host].address_state(iface, addr), None);
    let now = world.now;
    world.hosts[host].claim_address(now, iface, net).unwrap();
    let state = |world: &World| world.hosts[host].address_state(iface, addr);
    assert_eq!(state(&world), Some(AddressState::Tentative));
    world.pass(Duration::from_secs(2));
    let (me, all) = (world.hosts[host].interface(iface).unwrap(), MacAddr::ZERO);
    assert_eq!(me.addresses(), []);
    let theirs = arp(
        mac(1),
        Operation::Reply,
        (mac(5), ip("10.0.0.7")),
        (all, ip("0.0.0.0")),
    );
    world.inject((host, iface), theirs);
    assert_eq!(state(&world), Some(AddressState::Refused));
    world.hosts[host].remove_address(iface, addr).unwrap();
    assert_eq!(state(&world), None);

    // Nobody objects to another one: RFC 5227's seven seconds at most.
    let other = "10.0.0.8".parse().unwrap();
    let now = world.now;
    let net = "10.0.0.8/24".parse().unwrap();
    world.hosts[host].claim_address(now, iface, net).unwrap();
    world.pass(Duration::from_secs(7));
    let state = world.hosts[host].address_state(iface, other);
    assert_eq!(state, Some(AddressState::Ready));
    let nowhere = world.hosts[host].ask_for_address(InterfaceId::LOOPBACK, true);
    assert_eq!(nowhere, Err(ConfigError::NoMac));
}
