//! `SO_PEEK_OFF`: peeking that goes on where it was.

use std::io::IoSliceMut;
use std::net::Shutdown;

use landline::options::*;
use landline::{RecvFlags, Socket, Type};

use crate::place::Place;

const DONTWAIT: RecvFlags = RecvFlags::DONTWAIT;
const PEEK: RecvFlags = RecvFlags::PEEK.union(DONTWAIT);

fn set(socket: &Socket, at: i32) {
    socket.setsockopt(SOL_SOCKET, SO_PEEK_OFF, at).unwrap();
}

/// What a call gives, and where peeking goes on then.
fn take(p: &mut Place, label: &str, socket: &Socket, room: usize, flags: RecvFlags) {
    let mut bytes = [0; 32];
    let got = socket.recv_with(&mut bytes[..room], flags);
    let shown = got.map(|len| {
        let text = String::from_utf8_lossy(&bytes[..len.min(room)]).into_owned();
        (len, text)
    });
    p.note(label, shown);
    p.note("at", socket.getsockopt(SOL_SOCKET, SO_PEEK_OFF));
}

fn datagrams_at(p: &mut Place, from: &Socket, to: &Socket) {
    for bytes in [&b"abcdef"[..], b"", b"ghi"] {
        from.send(bytes).unwrap();
    }
    p.news(to);
    take(p, "unset", to, 3, PEEK);
    set(to, 2);
    for n in 0..5 {
        take(p, &format!("peek {n}"), to, 3, PEEK);
    }
    set(to, 1);
    take(p, "peek with TRUNC", to, 3, PEEK | RecvFlags::TRUNC);
    for room in [1, 2, 3] {
        set(to, 8);
        let mut bytes = [0; 8];
        let mut bufs = [IoSliceMut::new(&mut bytes[..room])];
        let got = to.recvmsg(&mut bufs, 0, PEEK);
        p.note("recvmsg", got.map(|message| (message.len, message.flags)));
        p.note("at", to.getsockopt(SOL_SOCKET, SO_PEEK_OFF));
    }
    take(p, "taken in part", to, 3, DONTWAIT);
    for n in 0..3 {
        take(p, &format!("peek again {n}"), to, 9, PEEK);
    }
    for n in 0..3 {
        take(p, &format!("taken {n}"), to, 3, DONTWAIT);
    }
    set(to, 0);
    from.send(b"").unwrap();
    p.news(to);
    take(p, "an empty one", to, 9, PEEK);
    take(p, "an empty one again", to, 9, PEEK);
    set(to, -1);
    take(p, "unset again", to, 9, PEEK);
}

pub(crate) fn datagrams(p: &mut Place) {
    let (to, address) = p.bound_udp();
    let from = p.udp();
    from.connect(address).unwrap();
    datagrams_at(p, &from, &to);
}

fn stream_at(p: &mut Place, from: &Socket, to: &Socket) {
    from.sendall(b"abcdefghij").unwrap();
    while to.queued().unwrap().unread < 10 {
        p.news(to);
    }
    set(to, 4);
    for n in 0..4 {
        take(p, &format!("peek {n}"), to, 3, PEEK);
    }
    take(p, "taken", to, 3, DONTWAIT);
    take(p, "peek behind all", to, 3, PEEK);
    set(to, -1);
    take(p, "peek at the front", to, 3, PEEK);
    set(to, 1);
    take(
        p,
        "peek for all",
        to,
        3,
        RecvFlags::PEEK | RecvFlags::WAITALL,
    );
    take(p, "taken from before", to, 1, DONTWAIT);
    take(p, "taken behind", to, 9, DONTWAIT);
    take(p, "nothing", to, 9, PEEK);
    from.sendall(b"klm").unwrap();
    p.news(to);
    from.shutdown(Shutdown::Write).unwrap();
    p.end(to);
    set(to, 2);
    for n in 0..3 {
        take(p, &format!("peek at the end {n}"), to, 9, PEEK);
    }
}

pub(crate) fn streams(p: &mut Place) {
    let (from, to) = p.pair();
    stream_at(p, &from, &to);
    let mut bytes = [0; 8];
    set(&to, 1);
    let got = to.recvmsg(&mut [IoSliceMut::new(&mut bytes)], 0, PEEK);
    p.note("recvmsg", got.map(|message| message.len));
    p.fact("its bytes", bytes);
    // A listener hands it on.
    let (listener, address) = p.listener();
    set(&listener, 7);
    let caller = p.tcp();
    caller.connect(address).unwrap();
    let callee = listener.accept().unwrap().0;
    p.note("accepted", callee.getsockopt(SOL_SOCKET, SO_PEEK_OFF));
}

pub(crate) fn of_one_host(p: &mut Place) {
    for kind in [Type::Stream, Type::Datagram] {
        p.topic = format!("{kind:?}: ");
        let (from, to) = Socket::pair(&p.network, kind).unwrap();
        p.note("at first", to.getsockopt(SOL_SOCKET, SO_PEEK_OFF));
        for value in [0, 5, -1, -2] {
            p.note("set", to.setsockopt(SOL_SOCKET, SO_PEEK_OFF, value));
            p.note("then", to.getsockopt(SOL_SOCKET, SO_PEEK_OFF));
        }
        if kind == Type::Stream {
            stream_at(p, &from, &to);
        } else {
            from.send(b"abcdef").unwrap();
            from.send(b"ghi").unwrap();
            set(&to, 2);
            for n in 0..5 {
                take(p, &format!("peek {n}"), &to, 3, PEEK);
            }
            take(p, "taken", &to, 3, DONTWAIT);
            take(p, "peek", &to, 3, PEEK);
            set(&to, 1);
            take(p, "peek again", &to, 3, PEEK);
        }
    }
    p.topic.clear();
}
