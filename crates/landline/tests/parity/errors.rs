//! Errors that wait one by one, to be fetched with MSG_ERRQUEUE.

use std::io::IoSliceMut;
use std::net::SocketAddr;

use landline::options::*;
use landline::{Cmsg, Family, Readiness, RecvFlags, Socket, Type};

use crate::place::{Place, local, poll, without_port};

/// The error that waits, and what was sent that died.
fn fetch(p: &mut Place, label: &str, socket: &Socket, size: usize, room: usize) {
    let mut bytes = vec![0; size];
    let got = socket.recvmsg(
        &mut [IoSliceMut::new(&mut bytes)],
        room,
        RecvFlags::ERRQUEUE,
    );
    let shown = got.map(|message| {
        let len = message.len.min(size);
        let from = message.from.map(without_port);
        (
            bytes[..len].escape_ascii().to_string(),
            from,
            message.control,
            message.flags,
        )
    });
    p.note(label, shown);
}

/// Waits until an error is there; and since one may have been there before, until what was sent
/// later has come.
fn wait_for_error(p: &Place, socket: &Socket) {
    let found = socket.poll(Readiness::empty(), Some(std::time::Duration::from_secs(10)));
    assert!(found.unwrap().contains(Readiness::ERROR));
    let (to, address) = p.bound_udp();
    for _ in 0..2 {
        p.udp().sendto(b"later", address).unwrap();
        p.news(&to);
        to.recv(&mut [0; 8]).unwrap();
    }
}

/// A UDP socket's port of which nobody hears, for as long as the socket is there that holds it.
fn nobody(p: &Place, family: Family) -> (Socket, SocketAddr) {
    let socket = Socket::new(&p.network, family, Type::Datagram).unwrap();
    let here = if family == Family::Inet {
        "127.0.0.1"
    } else {
        "::1"
    };
    socket.bind((here, 0)).unwrap();
    let name = crate::place::name(&socket);
    socket.connect(name).unwrap();
    (socket, name)
}

pub(crate) fn of_datagrams(p: &mut Place) {
    let families = [
        ("4", Family::Inet, IPPROTO_IP, IP_RECVERR),
        ("6", Family::Inet6, IPPROTO_IPV6, IPV6_RECVERR),
    ];
    for (kind, family, level, number) in families {
        p.topic = format!("{kind}: ");
        let (_held, address) = nobody(p, family);
        let socket = Socket::new(&p.network, family, Type::Datagram).unwrap();
        fetch(p, "none waits", &socket, 64, 512);
        p.note("asked for", socket.setsockopt(level, number, 1));
        p.note("sent", socket.sendto(b"is anyone there?", address));
        wait_for_error(p, &socket);
        p.note("poll", poll(&socket));
        p.note("recv", socket.recv_with(&mut [0; 64], RecvFlags::DONTWAIT));
        p.note("poll then", poll(&socket));
        fetch(p, "the error", &socket, 64, 512);
        p.note("poll at last", poll(&socket));
        // Two at once: the pending one is the next one's.
        for _ in 0..2 {
            let _ = socket.sendto(b"again", address);
            wait_for_error(p, &socket);
            p.note("SO_ERROR", socket.getsockopt(SOL_SOCKET, SO_ERROR));
        }
        fetch(p, "the first, cut", &socket, 3, 512);
        p.note("SO_ERROR between", socket.getsockopt(SOL_SOCKET, SO_ERROR));
        fetch(p, "the second, without room", &socket, 64, 0);
        p.note("SO_ERROR after", socket.getsockopt(SOL_SOCKET, SO_ERROR));
        // Connected, with more to hear.
        let (hops, class) = match family {
            Family::Inet => (IP_RECVTTL, IP_RECVTOS),
            _ => (IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS),
        };
        socket.setsockopt(level, hops, 1).unwrap();
        socket.setsockopt(level, class, 1).unwrap();
        socket.connect(address).unwrap();
        p.note("send", socket.send(b"connected"));
        wait_for_error(p, &socket);
        p.note("send again", socket.send(b"connected"));
        fetch(p, "its error", &socket, 64, 512);
        let _ = socket.send(b"once more");
        wait_for_error(p, &socket);
        p.note("asked for no more", socket.setsockopt(level, number, 0));
        fetch(p, "thrown away", &socket, 64, 512);
        p.note("poll without", poll(&socket));
    }
    p.topic.clear();
}

pub(crate) fn of_a_socket_of_both(p: &mut Place) {
    let (_held, address) = nobody(p, Family::Inet);
    let mapped: SocketAddr = format!("[::ffff:127.0.0.1]:{}", address.port())
        .parse()
        .unwrap();
    let socket = Socket::new(&p.network, Family::Inet6, Type::Datagram).unwrap();
    p.note("IPv6's", socket.setsockopt(IPPROTO_IPV6, IPV6_RECVERR, 1));
    p.note("IPv4's", socket.setsockopt(IPPROTO_IP, IP_RECVERR, 1));
    p.note("sent", socket.sendto(b"mapped", mapped));
    wait_for_error(p, &socket);
    fetch(p, "the error", &socket, 64, 512);
}

pub(crate) fn of_this_host(p: &mut Place) {
    let socket = p.udp();
    socket.setsockopt(IPPROTO_IP, IP_RECVERR, 1).unwrap();
    let far = local(9);
    p.note("too long", socket.sendto(&[0; 65_508], far));
    p.note("poll", poll(&socket));
    fetch(p, "the error", &socket, 64, 512);
    p.note("far too long", socket.sendto(&[0; 70_000], far));
    fetch(p, "no error", &socket, 64, 512);
    // The loopback's packets have 65,536 bytes.
    let (_held, far) = nobody(p, Family::Inet6);
    for (number, value) in [(IPV6_MTU_DISCOVER, 2), (IPV6_MTU_DISCOVER, 3)] {
        let socket = Socket::new(&p.network, Family::Inet6, Type::Datagram).unwrap();
        p.topic = format!("{number} {value}: ");
        socket.setsockopt(IPPROTO_IPV6, IPV6_RECVERR, 1).unwrap();
        socket.setsockopt(IPPROTO_IPV6, number, value).unwrap();
        p.note("not to be cut", socket.sendto(&[0; 65_489], far));
        p.note("poll", poll(&socket));
        fetch(p, "the error", &socket, 64, 512);
        p.note("SO_ERROR", socket.getsockopt(SOL_SOCKET, SO_ERROR));
    }
    p.topic.clear();
}

pub(crate) fn of_streams(p: &mut Place) {
    let (_held, address) = p.nobody();
    let socket = p.tcp();
    fetch(p, "none waits", &socket, 64, 512);
    p.note("asked for", socket.setsockopt(IPPROTO_IP, IP_RECVERR, 1));
    p.note("refused by a RST", socket.connect(address));
    fetch(p, "no error", &socket, 64, 512);
    p.fact("of nothing known", Cmsg::all_in(&[]));
}
