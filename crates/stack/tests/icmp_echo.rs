//! Ping, both ways (RFC 792, RFC 1122 §3.2.2.6).

mod common;

use common::packets::{ip_frame, ips, message, ping};
use common::{World, ip, mac};
use wire::icmpv4::Message;

#[test]
fn a_ping_is_answered_with_its_own_bytes() {
    let mut world = World::new();
    let a = world.simple(1, "172.16.10.10/24");
    world.settle();
    world.take();
    let (header, payload) = ping(ip("172.16.10.11"), ip("172.16.10.10"), b"hello");
    let neighbor = (ip("172.16.10.11").into(), mac(2));
    world.hosts[a.0]
        .add_neighbor(world.now, a.1, neighbor.0, neighbor.1)
        .unwrap();
    world.inject(a, ip_frame(mac(1), mac(2), &header, &payload));
    let sent = ips(&world.take_from(a.0));
    let [(link, header, payload)] = &sent[..] else {
        panic!("{sent:?}")
    };
    assert_eq!((link.dst, link.src), (mac(2), mac(1)));
    assert_eq!(header.src, ip("172.16.10.10"));
    assert_eq!(header.dst, ip("172.16.10.11"));
    assert_eq!(header.ttl, 64);
    let (reply, body) = message(payload);
    assert_eq!(reply, Message::EchoReply { ident: 7, seq: 1 });
    assert_eq!(body, b"hello");
}
