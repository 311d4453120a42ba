//! Every call in every state.

use std::net::Shutdown;
use std::time::Duration;

use landline::options::Options;
use landline::{RecvFlags, SendFlags, Socket};

use crate::place::{Place, local, name, poll, reset, without_port};

/// A socket in a state, and what keeps it there.
struct Held {
    socket: Socket,
    _others: Vec<Socket>,
}

fn held(socket: Socket, others: impl IntoIterator<Item = Socket>) -> Held {
    Held {
        socket,
        _others: others.into_iter().collect(),
    }
}

type Make = fn(&Place) -> Held;

const STREAMS: &[(&str, Make)] = &[
    ("fresh", |p| held(p.tcp(), [])),
    ("bound", |p| held(p.nobody().0, [])),
    ("listening", |p| held(p.listener().0, [])),
    ("connected", |p| {
        let (caller, callee) = p.pair();
        held(caller, [callee])
    }),
    ("accepted", |p| {
        let (caller, callee) = p.pair();
        held(callee, [caller])
    }),
    ("with data", |p| {
        let (caller, callee) = p.pair();
        caller.sendall(b"some data").unwrap();
        p.news(&callee);
        held(callee, [caller])
    }),
    ("peer closed", |p| {
        let (caller, callee) = p.pair();
        callee.shutdown(Shutdown::Write).unwrap();
        p.news(&caller);
        held(caller, [callee])
    }),
    ("peer closed with data", |p| {
        let (caller, callee) = p.pair();
        callee.sendall(b"last words").unwrap();
        callee.shutdown(Shutdown::Write).unwrap();
        p.news(&caller);
        held(caller, [callee])
    }),
    ("write shut", |p| {
        let (caller, callee) = p.pair();
        caller.shutdown(Shutdown::Write).unwrap();
        p.news(&callee);
        held(caller, [callee])
    }),
    ("read shut", |p| {
        let (caller, callee) = p.pair();
        caller.shutdown(Shutdown::Read).unwrap();
        held(caller, [callee])
    }),
    ("both shut", |p| {
        let (caller, callee) = p.pair();
        caller.shutdown(Shutdown::Both).unwrap();
        p.news(&callee);
        held(caller, [callee])
    }),
    ("closed by both", |p| {
        let (caller, callee) = p.pair();
        caller.shutdown(Shutdown::Write).unwrap();
        p.news(&callee);
        callee.shutdown(Shutdown::Write).unwrap();
        p.news(&caller);
        held(caller, [callee])
    }),
    ("closed last", |p| {
        let (caller, callee) = p.pair();
        caller.shutdown(Shutdown::Write).unwrap();
        p.news(&callee);
        callee.shutdown(Shutdown::Write).unwrap();
        p.news(&caller);
        held(callee, [caller])
    }),
    ("reset", |p| {
        let (caller, callee) = p.pair();
        reset(callee);
        p.news(&caller);
        held(caller, [])
    }),
    ("reset and told", |p| {
        let (caller, callee) = p.pair();
        reset(callee);
        p.news(&caller);
        caller.take_error().unwrap();
        held(caller, [])
    }),
    ("reset after its end", |p| {
        let (caller, callee) = p.pair();
        callee.shutdown(Shutdown::Write).unwrap();
        p.news(&caller);
        reset(callee);
        // Its end was news already: this is the reset's.
        caller
            .poll(landline::Readiness::ERROR, Some(Duration::from_secs(10)))
            .unwrap();
        held(caller, [])
    }),
    ("refused", |p| {
        let (nobody, address) = p.nobody();
        let caller = p.tcp();
        caller.connect(address).unwrap_err();
        held(caller, [nobody])
    }),
    ("no longer listening", |p| {
        let (listener, _) = p.listener();
        listener.shutdown(Shutdown::Read).unwrap();
        held(listener, [])
    }),
];

type Call = fn(&mut Place, &Socket);

const CALLS: &[(&str, Call)] = &[
    ("getsockname", |p, s| {
        p.note("", s.getsockname().map(without_port));
    }),
    ("getpeername", |p, s| {
        p.note("", s.getpeername().map(without_port));
    }),
    ("poll", |p, s| p.note("", poll(s))),
    ("SO_ERROR", |p, s| {
        p.note("", s.getsockopt(1, 4));
        p.note(" again", s.getsockopt(1, 4));
        p.note(", poll", poll(s));
    }),
    ("bind", |p, s| p.note("", s.bind(local(0)))),
    ("listen", |p, s| {
        p.note("", s.listen(1));
        p.note(", poll", poll(s));
    }),
    ("accept", |p, s| {
        s.setblocking(false).unwrap();
        p.note("", s.accept().map(drop));
    }),
    ("connect", |p, s| {
        let (_listener, address) = p.listener();
        p.note("", s.connect(address));
        p.note(" again", s.connect(address));
        p.note(", getpeername", s.getpeername().map(without_port));
    }),
    ("connect to itself", |p, s| {
        let own = name(s);
        let outcome = s.connect((own.ip(), 0));
        p.note(" at port 0", outcome);
    }),
    ("recv", |p, s| {
        s.setblocking(false).unwrap();
        let mut buf = [0; 32];
        p.note("", s.recv(&mut buf));
        p.note(" again", s.recv(&mut buf));
        p.note(", SO_ERROR", s.getsockopt(1, 4));
    }),
    ("recv of nothing", |p, s| {
        s.setblocking(false).unwrap();
        p.note("", s.recv(&mut []));
    }),
    ("recv MSG_OOB", |p, s| {
        p.note(
            "",
            s.recv_with(&mut [0; 4], RecvFlags::OOB | RecvFlags::DONTWAIT),
        );
    }),
    ("sockatmark", |p, s| {
        p.note("", s.sockatmark());
    }),
    ("send MSG_OOB", |p, s| {
        s.setblocking(false).unwrap();
        p.note("", s.send_with(b"text", SendFlags::OOB));
        p.note(" again", s.send_with(b"", SendFlags::OOB));
    }),
    ("peek", |p, s| {
        p.note(
            "",
            s.recv_with(&mut [0; 4], RecvFlags::PEEK | RecvFlags::DONTWAIT),
        );
    }),
    ("send", |p, s| {
        s.setblocking(false).unwrap();
        p.note("", s.send(b"text"));
        p.note(", SO_ERROR", s.getsockopt(1, 4));
    }),
    ("send twice", |p, s| {
        s.setblocking(false).unwrap();
        p.note("", s.send_with(b"text", SendFlags::MORE));
        p.note(" again", s.send(b"text"));
    }),
    ("send of nothing", |p, s| {
        s.setblocking(false).unwrap();
        p.note("", s.send(b""));
    }),
    ("sendto", |p, s| {
        s.setblocking(false).unwrap();
        let (other, address) = p.bound_udp();
        p.note("", s.sendto(b"text", address));
        drop(other);
    }),
    ("queues", |p, s| {
        p.note("", s.queued().map(|queued| queued.unread));
    }),
    ("shutdown read", |p, s| {
        p.note("", s.shutdown(Shutdown::Read));
        p.note(" again", s.shutdown(Shutdown::Read));
        p.note(", poll", poll(s));
        s.setblocking(false).unwrap();
        p.note(", recv", s.recv(&mut [0; 32]));
    }),
    ("shutdown write", |p, s| {
        p.note("", s.shutdown(Shutdown::Write));
        // Time passes in which the peer hears of it.
        drop(p.pair());
        p.note(" again", s.shutdown(Shutdown::Write));
        s.setblocking(false).unwrap();
        p.note(", send", s.send(b"text"));
    }),
    ("shutdown both", |p, s| {
        p.note("", s.shutdown(Shutdown::Both));
        // Time passes in which the peer hears of it.
        drop(p.pair());
        p.note(" again", s.shutdown(Shutdown::Both));
    }),
    ("options", |p, s| {
        p.note(" SO_ACCEPTCONN", s.getsockopt(1, 30));
        p.note(" SO_TYPE", s.getsockopt(1, 3));
        p.note(" SO_PROTOCOL", s.getsockopt(1, 38));
        p.note(" SO_REUSEADDR", s.getsockopt(1, 2));
    }),
];

fn every_call_in(p: &mut Place, states: &[(&str, Make)]) {
    for (state, make) in states {
        for (call, make_call) in CALLS {
            let held = make(p);
            p.topic = format!("{state}: {call}");
            make_call(p, &held.socket);
            p.topic.clear();
        }
    }
}

pub(crate) fn of_streams(p: &mut Place) {
    every_call_in(p, STREAMS);
}

const DATAGRAMS: &[(&str, Make)] = &[
    ("fresh", |p| held(p.udp(), [])),
    ("bound", |p| held(p.bound_udp().0, [])),
    ("connected", |p| {
        let (other, address) = p.bound_udp();
        let socket = p.udp();
        socket.connect(address).unwrap();
        held(socket, [other])
    }),
    ("with data", |p| {
        let (socket, address) = p.bound_udp();
        let (other, _) = p.bound_udp();
        other.sendto(b"some data", address).unwrap();
        other.sendto(b"", address).unwrap();
        p.news(&socket);
        held(socket, [other])
    }),
    ("refused", |p| {
        let (nobody, address) = p.nobody();
        let socket = p.udp();
        socket.connect(address).unwrap();
        socket.send(b"text").unwrap();
        p.news(&socket);
        held(socket, [nobody])
    }),
    ("disconnected", |p| {
        let (other, address) = p.bound_udp();
        let socket = p.udp();
        socket.connect(address).unwrap();
        let _ = socket.shutdown(Shutdown::Both);
        held(socket, [other])
    }),
];

pub(crate) fn of_datagrams(p: &mut Place) {
    every_call_in(p, DATAGRAMS);
}
