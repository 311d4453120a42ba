//! Control messages both ways, several buffers, flags.

use std::io::{IoSlice, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use landline::options::*;
use landline::{Cmsg, Family, Message, PktInfo, PktInfo6, RecvFlags, SendFlags, Socket, Type};

use crate::place::{Place, local, name, without_port};

/// A receipt without what differs from run to run: ports and times.
fn shown(message: Message) -> String {
    let control: Vec<_> = message
        .control
        .iter()
        .map(|cmsg| match *cmsg {
            Cmsg::Timestamp(_) => "a time".to_owned(),
            Cmsg::TimestampNs(_) => "a time in ns".to_owned(),
            Cmsg::OrigDstAddr(addr) => format!("for {}, port {}", addr.ip(), addr.port() != 0),
            cmsg => format!("{cmsg:?}"),
        })
        .collect();
    let from = message.from.map(without_port);
    format!("{} {from:?} {control:?} {:?}", message.len, message.flags)
}

fn receive(p: &mut Place, label: &str, socket: &Socket, room: usize, flags: RecvFlags) {
    let mut bytes = [0; 64];
    let got = socket.recvmsg(
        &mut [IoSliceMut::new(&mut bytes)],
        room,
        flags | RecvFlags::DONTWAIT,
    );
    p.note(label, got.map(shown));
}

const V4: &[(i32, i32, &str)] = &[
    (IPPROTO_IP, IP_PKTINFO, "PKTINFO"),
    (IPPROTO_IP, IP_RECVTTL, "RECVTTL"),
    (IPPROTO_IP, IP_RECVTOS, "RECVTOS"),
    (IPPROTO_IP, IP_RECVORIGDSTADDR, "RECVORIGDSTADDR"),
    (SOL_SOCKET, SO_TIMESTAMP, "TIMESTAMP"),
    (SOL_SOCKET, SO_TIMESTAMPNS, "TIMESTAMPNS"),
];

const V6: &[(i32, i32, &str)] = &[
    (IPPROTO_IPV6, IPV6_RECVPKTINFO, "6PKTINFO"),
    (IPPROTO_IPV6, IPV6_RECVHOPLIMIT, "HOPLIMIT"),
    (IPPROTO_IPV6, IPV6_RECVTCLASS, "TCLASS"),
    (IPPROTO_IPV6, IPV6_RECVORIGDSTADDR, "6ORIGDSTADDR"),
];

fn six(p: &Place) -> Socket {
    Socket::new(&p.network, Family::Inet6, Type::Datagram).unwrap()
}

/// What each option adds, alone and with those before it; and how little room is enough.
pub(crate) fn received(p: &mut Place) {
    for (kind, address) in [
        ("4", IpAddr::V4(Ipv4Addr::LOCALHOST)),
        ("6", Ipv6Addr::LOCALHOST.into()),
        ("mapped", Ipv4Addr::LOCALHOST.into()),
    ] {
        let (to, from) = match kind {
            "4" => (p.udp(), p.udp()),
            "6" => (six(p), six(p)),
            _ => (six(p), p.udp()),
        };
        let any = if kind == "4" { "0.0.0.0" } else { "::" };
        to.bind((any, 0)).unwrap();
        let port = name(&to).port();
        from.connect((address.to_string().as_str(), port)).unwrap();
        p.topic = format!("{kind}: ");
        let table = if kind == "4" {
            V4.to_vec()
        } else {
            [V4, V6].concat()
        };
        for (level, number, option) in table {
            p.note(option, to.setsockopt(level, number, 1));
            from.send(b"abc").unwrap();
            p.news(&to);
            receive(p, &format!("with {option}"), &to, 512, RecvFlags::empty());
        }
        for room in [0, 15, 16, 20, 32, 40, 47, 48, 60, 72, 96] {
            from.send(b"abc").unwrap();
            p.news(&to);
            receive(
                p,
                &format!("with room for {room}"),
                &to,
                room,
                RecvFlags::PEEK,
            );
            receive(p, &format!("again, {room}"), &to, room, RecvFlags::TRUNC);
        }
    }
    p.topic.clear();
}

fn info(index: u32, source: [u8; 4]) -> Cmsg {
    let spec_dst = Ipv4Addr::from(source);
    let addr = Ipv4Addr::UNSPECIFIED;
    Cmsg::PktInfo(PktInfo {
        index,
        spec_dst,
        addr,
    })
}

fn info6(index: u32, addr: &str) -> Cmsg {
    let addr = addr.parse().unwrap();
    Cmsg::PktInfo6(PktInfo6 { addr, index })
}

/// What may be asked of one datagram, and how it then comes.
pub(crate) fn sent(p: &mut Place) {
    let all = [
        info(1, [0; 4]),
        info(0, [127, 0, 0, 1]),
        info(0, [127, 0, 0, 5]),
        info(0, [192, 0, 2, 1]),
        info(99, [0; 4]),
        info6(1, "::"),
        info6(0, "::1"),
        info6(0, "2001:db8::1"),
        info6(99, "::"),
        info6(0, "::ffff:127.0.0.1"),
        Cmsg::Ttl(7),
        Cmsg::Ttl(0),
        Cmsg::Tos(0x10),
        Cmsg::HopLimit(9),
        Cmsg::HopLimit(0),
        Cmsg::TrafficClass(0x20),
        Cmsg::Inq(1),
        Cmsg::Timestamp(base()),
        Cmsg::Segment(2),
        Cmsg::Segment(0),
    ];
    for (kind, target) in [
        ("4", "127.0.0.1"),
        ("6", "::1"),
        ("mapped", "::ffff:127.0.0.1"),
    ] {
        let make = |p: &Place| if kind == "4" { p.udp() } else { six(p) };
        let to = make(p);
        to.bind((target, 0)).unwrap();
        let options = if kind == "6" { &V6[..3] } else { &V4[1..3] };
        for (level, number, _) in options {
            to.setsockopt(*level, *number, 1).unwrap();
        }
        let address: SocketAddr = name(&to);
        for cmsg in all {
            let from = make(p);
            p.topic = format!("{kind}: {cmsg:?}: ");
            let bufs = [IoSlice::new(b"ab"), IoSlice::new(b""), IoSlice::new(b"cde")];
            let outcome = from.sendmsg_to(&bufs, address, &[cmsg], SendFlags::empty());
            let sent = outcome.is_ok();
            p.note("sent", outcome);
            let dies = cmsg == Cmsg::HopLimit(0);
            if sent && !dies {
                p.news(&to);
                receive(p, "comes", &to, 512, RecvFlags::empty());
            }
            if cmsg == Cmsg::Segment(2) {
                receive(p, "then", &to, 512, RecvFlags::empty());
                receive(p, "at last", &to, 512, RecvFlags::empty());
            }
        }
    }
    p.topic.clear();
}

fn base() -> base::Duration {
    base::Duration::from_secs(1)
}

/// `sendmsg` and `recvmsg` on streams: buffers, TCP_INQ, and what is passed over.
pub(crate) fn streams(p: &mut Place) {
    let (caller, callee) = p.pair();
    p.note("at first", callee.getsockopt(IPPROTO_TCP, TCP_INQ));
    for value in [1, 0, 2, -1, 1] {
        p.note(
            &format!("set to {value}"),
            callee.setsockopt(IPPROTO_TCP, TCP_INQ, value),
        );
        p.note("then", callee.getsockopt(IPPROTO_TCP, TCP_INQ));
    }
    let bufs = [
        IoSlice::new(b"some "),
        IoSlice::new(b"bytes of "),
        IoSlice::new(b"a stream"),
    ];
    let control = [Cmsg::Ttl(3), info(9, [9; 4])];
    p.note(
        "sendmsg",
        caller.sendmsg(&bufs, &control, SendFlags::empty()),
    );
    p.note("vectored", caller.send_vectored(&bufs));
    while callee.queued().unwrap().unread < 44 {
        p.news(&callee);
    }
    let (mut one, mut two) = ([0; 4], [0; 6]);
    let mut take = [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)];
    p.note(
        "peeked",
        callee.recvmsg(&mut take, 64, RecvFlags::PEEK).map(shown),
    );
    p.note(
        "received",
        callee.recvmsg(&mut take, 64, RecvFlags::empty()).map(shown),
    );
    p.note(
        "without room",
        callee.recvmsg(&mut take, 0, RecvFlags::empty()).map(shown),
    );
    p.note("bytes", callee.recv_vectored(&mut take));
    p.fact("the first", one);
    p.fact("the second", two);
    caller.shutdown(std::net::Shutdown::Write).unwrap();
    p.end(&callee);
    receive(p, "the rest", &callee, 64, RecvFlags::empty());
    receive(p, "the end", &callee, 64, RecvFlags::empty());
    p.note("by reference", callee.send_bytes("by reference".into()));
    p.news(&caller);
    p.note("received so", caller.recv_bytes(100));
    p.note(
        "no error waits",
        caller.recv_with(&mut [0; 4], RecvFlags::ERRQUEUE),
    );
    let udp = p.udp();
    p.note("of datagrams", udp.getsockopt(IPPROTO_TCP, TCP_INQ));
    let (to, address) = p.bound_udp();
    udp.connect(address).unwrap();
    p.note("a datagram of pieces", udp.send_vectored(&bufs));
    p.news(&to);
    p.note("by reference, cut", to.recv_bytes(7));
    p.note("sent so", udp.send_bytes("whole".into()));
    p.news(&to);
    p.note(
        "whole",
        to.recv_bytes_from(70)
            .map(|(bytes, from)| (bytes, without_port(from))),
    );
}

/// MSG_FASTOPEN and TCP_FASTOPEN_CONNECT, on a network where they may be off.
pub(crate) fn fast_open(p: &mut Place) {
    let (listener, address) = p.listener();
    for _ in 0..2 {
        let caller = p.tcp();
        let flags = SendFlags::FASTOPEN;
        p.note(
            "call and send",
            caller.sendto_with(b"first words", address, flags),
        );
        let (callee, _) = listener.accept().unwrap();
        p.note("heard", callee.recv(&mut [0; 64]));
        let more = caller.sendto_with(b"more", address, flags);
        let taken = more.is_ok();
        p.note("once more", more);
        if taken {
            p.note("heard", callee.recv(&mut [0; 64]));
        }
        p.note("peer", caller.getpeername().map(without_port));
    }
    let caller = p.tcp();
    p.note(
        "deferring",
        caller.setsockopt(IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1),
    );
    p.note("connect", caller.connect(address));
    p.note("send", caller.send(b"first words"));
    let (callee, _) = listener.accept().unwrap();
    p.note("heard", callee.recv(&mut [0; 64]));
    let (_nobody, nobody) = p.nobody();
    let refused = p.tcp();
    p.note(
        "refused",
        refused.sendto_with(b"x", nobody, SendFlags::FASTOPEN),
    );
    let udp = p.udp();
    udp.setblocking(false).unwrap();
    p.note(
        "by UDP",
        udp.sendto_with(b"x", local(9), SendFlags::FASTOPEN),
    );
}
