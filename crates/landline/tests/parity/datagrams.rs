//! What datagram sockets do in situations that take more than one call.

use std::net::Shutdown;

use landline::{Family, RecvFlags, Socket, Type};

use crate::place::{Place, local, name, poll, without_port};

pub(crate) fn sizes(p: &mut Place) {
    let (to, address) = p.bound_udp();
    let from = p.udp();
    let mut buf = vec![0; 70_000];
    for len in [0, 1, 1472, 1473, 9_000, 65_507, 65_508, 66_000] {
        p.topic = format!("{len} bytes: ");
        let sent = from.sendto(&vec![1; len], address);
        let goes = sent.is_ok();
        p.note("sendto", sent);
        if goes {
            p.note("recv", to.recv(&mut buf));
        }
    }
    p.topic.clear();
    p.note("to port 0", from.sendto(b"x", local(0)));
    p.note("to nobody named", p.udp().send(b"x"));
    p.note("to another family", from.sendto(b"x", ("::1", 9)));
    p.note(
        "to the host by no address",
        from.sendto(b"x", ("0.0.0.0", address.port())),
    );
    p.note("it comes", to.recv(&mut buf));
}

pub(crate) fn connected(p: &mut Place) {
    let (one, one_name) = p.bound_udp();
    let (other, other_name) = p.bound_udp();
    let (stranger, _) = p.bound_udp();
    p.note("connect", one.connect(other_name));
    p.note("getpeername", one.getpeername().map(without_port));
    stranger.sendto(b"stranger", one_name).unwrap();
    other.sendto(b"peer", one_name).unwrap();
    p.note("the peer's alone", one.recv(&mut [0; 16]));
    one.setblocking(false).unwrap();
    p.note("nothing else", one.recv(&mut [0; 16]));
    p.note("send", one.send(b"x"));
    p.note("sendto elsewhere", one.sendto(b"x", name(&stranger)));
    p.note("connect to another", one.connect(name(&stranger)));
    p.note("poll", poll(&one));
    p.note("to port 0", one.connect(local(0)));
    p.note("getpeername then", one.getpeername().map(without_port));
}

pub(crate) fn refused(p: &mut Place) {
    let (_held, address) = p.nobody();
    let one = p.udp();
    one.connect(address).unwrap();
    for call in ["send", "recv", "SO_ERROR", "connect"] {
        p.topic = format!("told by {call}: ");
        one.send(b"x").unwrap();
        p.news(&one);
        p.note("poll", poll(&one));
        let told = match call {
            "send" => one.send(b"x").map(drop),
            "recv" => one.recv(&mut [0; 4]).map(drop),
            "connect" => one.connect(address),
            _ => one.getsockopt(1, 4).map(|it| assert_eq!(it, 111)),
        };
        p.note("", told);
        p.note("SO_ERROR", one.getsockopt(1, 4));
    }
    p.topic.clear();
    // One without a peer is not told.
    let free = p.udp();
    p.note("sendto", free.sendto(b"x", address));
    p.note("its error", free.getsockopt(1, 4));
    p.note("its poll", poll(&free));
}

pub(crate) fn shutting_down(p: &mut Place) {
    for (how, label) in [
        (Shutdown::Read, "read"),
        (Shutdown::Write, "write"),
        (Shutdown::Both, "both"),
    ] {
        p.topic = format!("{label}: ");
        let (one, one_name) = p.bound_udp();
        let (other, other_name) = p.bound_udp();
        p.note("without a peer", one.shutdown(how));
        one.connect(other_name).unwrap();
        p.note("with one", one.shutdown(how));
        p.note("poll", poll(&one));
        one.setblocking(false).unwrap();
        p.note("send", one.send(b"x"));
        p.note("recv", one.recv(&mut [0; 4]));
        p.note("what comes", other.sendto(b"y", one_name));
        // What is sent later has come.
        let (last, last_name) = p.bound_udp();
        other.sendto(b"z", last_name).unwrap();
        p.news(&last);
        p.note("is received", one.recv(&mut [0; 4]));
    }
    p.topic.clear();
}

pub(crate) fn short_buffers(p: &mut Place) {
    let (to, address) = p.bound_udp();
    let (from, _) = p.bound_udp();
    for _ in 0..4 {
        from.sendto(b"abcdefgh", address).unwrap();
    }
    let mut buf = [0; 3];
    p.note("peek", to.recv_with(&mut buf, RecvFlags::PEEK));
    p.note(
        "peek at the length",
        to.recv_with(&mut buf, RecvFlags::PEEK | RecvFlags::TRUNC),
    );
    p.note("length", to.recv_with(&mut buf, RecvFlags::TRUNC));
    p.note("without", to.recv_with(&mut buf, RecvFlags::empty()));
    p.note("into nothing", to.recv(&mut []));
    p.note("all of it", to.recv_with(&mut [0; 16], RecvFlags::WAITALL));
    p.note("no more", to.recv_with(&mut buf, RecvFlags::DONTWAIT));
    from.sendto(b"", address).unwrap();
    p.note(
        "an empty one",
        to.recvfrom(&mut buf)
            .map(|(len, from)| (len, without_port(from))),
    );
}

pub(crate) fn disconnecting(p: &mut Place) {
    let (_other, address) = p.bound_udp();
    let one = p.udp();
    one.connect(address).unwrap();
    p.note("name", one.getsockname().map(without_port));
    p.note("disconnect", one.disconnect());
    p.note("getpeername", one.getpeername().map(without_port));
    p.note("name then", one.getsockname().map(without_port));
    p.note("send", one.send(b"x"));
    p.note("twice", one.disconnect());
    let (bound, _) = p.bound_udp();
    bound.connect(address).unwrap();
    p.note("a bound one's", bound.disconnect());
    p.note("its name", bound.getsockname().map(without_port));
}

pub(crate) fn queues(p: &mut Place) {
    let (to, address) = p.bound_udp();
    let (from, _) = p.bound_udp();
    p.note("empty", to.queued().map(|q| q.unread));
    from.sendto(&[1; 100], address).unwrap();
    from.sendto(&[1; 200], address).unwrap();
    p.news(&to);
    p.note("the first's", to.queued().map(|q| q.unread));
    to.recv(&mut [0; 1]).unwrap();
    p.note("the second's", to.queued().map(|q| q.unread));
}

/// What becomes of datagrams that are too long for the loopback's 65,536 bytes: IPv6's can be.
pub(crate) fn too_long(p: &mut Place) {
    const MTU_DISCOVER: [(i32, i32); 2] = [(0, 10), (41, 23)];
    const DONTFRAG: (i32, i32) = (41, 62);
    let socket = |p: &Place| Socket::new(&p.network, Family::Inet6, Type::Datagram).unwrap();
    let to = socket(p);
    to.bind(("::1", 0)).unwrap();
    let address = name(&to);
    let mut buf = vec![0; 70_000];
    for (level, number) in MTU_DISCOVER {
        for mode in 0..=5 {
            let from = socket(p);
            p.topic = format!("mode {mode} of level {level}: ");
            p.note("set", from.setsockopt(level, number, mode));
            p.note("get", from.getsockopt(level, number));
            for len in [65_488, 65_489] {
                let sent = from.sendto(&vec![1; len], address);
                let goes = sent.is_ok();
                p.note(&format!("{len} bytes"), sent);
                if goes {
                    p.note("recv", to.recv(&mut buf));
                }
            }
        }
    }
    let from = socket(p);
    p.topic = "IPV6_DONTFRAG: ".to_owned();
    for on in [1, 0, 7] {
        p.note("set", from.setsockopt(DONTFRAG.0, DONTFRAG.1, on));
        p.note("get", from.getsockopt(DONTFRAG.0, DONTFRAG.1));
        p.note("65489 bytes", from.sendto(&vec![1; 65_489], address));
    }
    let v4 = p.udp();
    p.topic = "of IPv4: ".to_owned();
    for number in [23, 62] {
        p.note("set", v4.setsockopt(41, number, 1));
        p.note("get", v4.getsockopt(41, number));
    }
    p.topic = "out of range: ".to_owned();
    for mode in [-1, 6] {
        p.note("set", from.setsockopt(41, 23, mode));
    }
}
