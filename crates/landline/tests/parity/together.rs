//! Several sockets under one name (`SO_REUSEPORT`), several datagrams in one (`UDP_GRO`), and bytes that
//! wait for others: what is counted of them, and when it is told.

use std::io::IoSliceMut;
use std::time::Duration;

use landline::options::*;
use landline::{Readiness, RecvFlags, SendFlags, Socket};

use crate::place::{Place, local, name, poll};

/// So many callers that by chance alone nobody goes without: three get one each but with 3·(2/3)^60.
const CALLERS: usize = 60;

fn sharing(socket: Socket, port: u16) -> Socket {
    socket.set_reuse_port(true).unwrap();
    socket.bind(local(port)).unwrap();
    socket
}

/// Three under one name.
fn three(p: &Place, make: fn(&Place) -> Socket) -> Vec<Socket> {
    let first = sharing(make(p), 0);
    let port = name(&first).port();
    let others = (0..2).map(|_| sharing(make(p), port));
    std::iter::once(first).chain(others).collect()
}

pub(crate) fn listeners(p: &mut Place) {
    let listeners = three(p, Place::tcp);
    let address = name(&listeners[0]);
    for listener in &listeners {
        p.note("listen", listener.listen(CALLERS as u32));
        listener.setblocking(false).unwrap();
    }
    let accepted = |listener: &Socket| std::iter::from_fn(|| listener.accept().ok()).count();
    for alive in (0..=3).rev() {
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                let caller = p.tcp();
                caller.connect(address).map(|()| caller)
            })
            .collect();
        p.topic = format!("{alive} listening: ");
        p.fact("called", callers.iter().filter(|it| it.is_ok()).count());
        // Time passes in which the last ACK arrives.
        drop(p.pair());
        let shares: Vec<_> = listeners[..alive].iter().map(accepted).collect();
        p.fact("accepted", shares.iter().sum::<usize>());
        p.fact("everybody some", shares.iter().all(|share| *share > 0));
        if let Some(last) = alive.checked_sub(1) {
            let shut = listeners[last].shutdown(std::net::Shutdown::Read);
            p.note("one listens no more", shut);
        }
    }
    p.topic.clear();
    let alone = p.tcp();
    alone.bind(local(0)).unwrap();
    let port = name(&alone).port();
    let late = p.tcp();
    late.set_reuse_port(true).unwrap();
    p.note("beside one that shares nothing", late.bind(local(port)));
}

pub(crate) fn receivers(p: &mut Place) {
    let mut receivers = three(p, Place::udp);
    let address = name(&receivers[0]);
    let senders: Vec<_> = (0..CALLERS).map(|_| p.bound_udp().0).collect();
    while !receivers.is_empty() {
        p.topic = format!("{} receiving: ", receivers.len());
        for _ in 0..2 {
            for sender in &senders {
                sender.sendto(b"x", address).unwrap();
            }
        }
        let mut heard = Vec::new();
        for receiver in &receivers {
            p.news(receiver);
            receiver.setblocking(false).unwrap();
            let mut from = Vec::new();
            while let Ok((_, who)) = receiver.recvfrom(&mut [0; 4]) {
                from.push(who.as_ip().unwrap());
            }
            heard.push(from);
        }
        p.fact("heard", heard.iter().map(Vec::len).sum::<usize>());
        p.fact("everybody some", heard.iter().all(|from| !from.is_empty()));
        // Who has sent twice is heard twice by the same one.
        let faithful = |from: &Vec<_>| {
            let times = |who| from.iter().filter(|it| *it == who).count();
            from.iter().all(|who| times(who) == 2)
        };
        p.fact("each by one", heard.iter().all(faithful));
        if let Some(last) = receivers.pop() {
            last.close();
        }
    }
    p.topic.clear();
}

fn come(p: &mut Place, label: &str, socket: &Socket, (room, control): (usize, usize)) {
    let mut bytes = vec![0; room];
    let mut bufs = [IoSliceMut::new(&mut bytes)];
    let got = socket.recvmsg(&mut bufs, control, RecvFlags::DONTWAIT);
    p.note(
        label,
        got.map(|message| (message.len, message.control, message.flags)),
    );
}

pub(crate) fn datagrams(p: &mut Place) {
    for together in [1, 0] {
        let (to, address) = p.bound_udp();
        to.setsockopt(IPPROTO_UDP, UDP_GRO, together).unwrap();
        to.setsockopt(IPPROTO_IP, IP_RECVTTL, 1).unwrap();
        for (size, len) in [
            (100, 350),
            (100, 300),
            (100, 100),
            (100, 90),
            (0, 100),
            (1000, 60_000),
        ] {
            p.topic = format!("UDP_GRO {together}, {len} by {size}: ");
            let from = p.udp();
            from.setsockopt(IPPROTO_UDP, UDP_SEGMENT, size).unwrap();
            p.note("sent", from.sendto(&vec![7; len], address));
            p.news(&to);
            p.note("SIOCINQ", to.queued().map(|queued| queued.unread));
            for n in 0..5 {
                come(p, &format!("comes {n}"), &to, (65_536, 128));
            }
            while to.recv_with(&mut [0; 1], RecvFlags::DONTWAIT).is_ok() {}
        }
    }
    p.topic.clear();
    let (to, address) = p.bound_udp();
    to.setsockopt(IPPROTO_UDP, UDP_GRO, 1).unwrap();
    let from = p.udp();
    from.setsockopt(IPPROTO_UDP, UDP_SEGMENT, 100).unwrap();
    let send = |p: &Place| {
        from.sendto(&[7; 350], address).unwrap();
        p.news(&to);
    };
    send(p);
    come(p, "cut", &to, (120, 128));
    come(p, "what was cut is gone", &to, (120, 128));
    send(p);
    come(p, "without room to say", &to, (400, 10));
    // One by one they stay one by one.
    from.setsockopt(IPPROTO_UDP, UDP_SEGMENT, 0).unwrap();
    for _ in 0..2 {
        from.sendto(&[7; 100], address).unwrap();
    }
    p.news(&to);
    come(p, "one", &to, (400, 128));
    come(p, "and another", &to, (400, 128));
}

/// A connection whose receiver takes no more: what waits at the sender.
fn full(p: &Place, lowat: i32) -> (Socket, Socket) {
    let listener = p.tcp();
    listener.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096).unwrap();
    listener.bind(local(0)).unwrap();
    listener.listen(1).unwrap();
    let caller = p.tcp();
    caller
        .setsockopt(IPPROTO_TCP, TCP_NOTSENT_LOWAT, lowat)
        .unwrap();
    caller.connect(name(&listener)).unwrap();
    let callee = listener.accept().unwrap().0;
    caller.setblocking(false).unwrap();
    // Until nothing more is taken, although all that may arrive has arrived.
    let mut calm = 0;
    while calm < 3 {
        if caller.send(&[7; 50_000]).is_ok() {
            calm = 0;
        } else {
            calm += 1;
            drop(p.pair());
        }
    }
    (caller, callee)
}

/// `SIOCOUTQ`, `SIOCOUTQNSD` and `TCP_NOTSENT_LOWAT`.
pub(crate) fn unsent(p: &mut Place) {
    for lowat in [-1, 1] {
        p.topic = format!("TCP_NOTSENT_LOWAT {lowat}: ");
        let (caller, callee) = full(p, lowat);
        let queued = caller.queued().unwrap();
        p.fact("some was never sent", queued.unsent > 0);
        p.fact("which is a part", queued.unsent <= queued.unacknowledged);
        p.fact("much of it", queued.unsent > 100_000);
        p.note("poll", poll(&caller));
        let mut bytes = vec![0; 65_536];
        callee.setblocking(false).unwrap();
        while caller.queued().unwrap().unacknowledged > 0 {
            while callee.recv(&mut bytes).is_ok_and(|len| len > 0) {}
            caller
                .poll(Readiness::ERROR, Some(Duration::from_millis(1)))
                .unwrap();
        }
        p.note("SIOCOUTQ and SIOCOUTQNSD then", caller.queued());
        p.note("poll then", poll(&caller));
    }
    p.topic.clear();
    let udp = p.udp();
    p.note("of datagrams", udp.queued());
    p.note("of a fresh stream", p.tcp().queued());
}

/// What waits for company, or is waited for before anybody is told.
pub(crate) fn waiting(p: &mut Place) {
    let (caller, callee) = p.pair();
    caller.setsockopt(IPPROTO_TCP, TCP_CORK, 1).unwrap();
    p.note("corked", caller.send(b"ab"));
    p.note("and more", caller.send_with(b"cd", SendFlags::MORE));
    caller.setsockopt(IPPROTO_TCP, TCP_CORK, 0).unwrap();
    p.note("last", caller.send_with(b"ef", SendFlags::MORE));
    p.note("nothing more", caller.send(b"g"));
    let mut bytes = [0; 7];
    p.note("heard", callee.recv_with(&mut bytes, RecvFlags::WAITALL));
    p.fact("in order", bytes);
    // TCP_DEFER_ACCEPT: a caller that says nothing is not told of.
    let listener = p.tcp();
    listener
        .setsockopt(IPPROTO_TCP, TCP_DEFER_ACCEPT, 30)
        .unwrap();
    listener.bind(local(0)).unwrap();
    listener.listen(5).unwrap();
    let caller = p.tcp();
    p.note("connect", caller.connect(name(&listener)));
    drop(p.pair());
    p.note("nobody yet", poll(&listener));
    listener.setblocking(false).unwrap();
    p.note("accept", listener.accept().map(drop));
    p.note("it speaks", caller.send(b"hello"));
    p.news(&listener);
    let (callee, _) = listener.accept().unwrap();
    p.note("poll of it", poll(&callee));
    p.note("heard", callee.recv(&mut [0; 16]));
}

/// `TCP_INFO` of both ends, as far as it does not hang on time and buffers.
pub(crate) fn info(p: &mut Place) {
    const FIELDS: &[&str] = &[
        "state",
        "ca_state",
        "retransmits",
        "probes",
        "backoff",
        "options",
        "sacked",
        "lost",
        "retrans",
        "fackets",
        "reordering",
        "total_retrans",
        "bytes_acked",
        "bytes_received",
        "notsent_bytes",
        "data_segs_in",
        "data_segs_out",
        "delivered_ce",
        "bytes_sent",
        "bytes_retrans",
        "dsack_dups",
        "reord_seen",
        "rcv_ooopack",
        "rehash",
        "total_rto",
        "total_rto_recoveries",
        "total_rto_time",
        "fastopen_client_fail",
        "last_ack_sent",
        "unacked",
    ];
    let look = |p: &mut Place, label: &str, socket: &Socket| {
        let mut bytes = [0; 280];
        let len = socket.getsockopt_bytes(IPPROTO_TCP, TCP_INFO, &mut bytes);
        p.note(&format!("{label}: length"), len);
        for field in FIELDS {
            let value = stack::TcpInfo::tcpi_of(&bytes, field);
            p.fact(&format!("{label}: {field}"), value);
        }
    };
    let fresh = p.tcp();
    look(p, "fresh", &fresh);
    let (listener, address) = p.listener();
    let caller = p.tcp();
    caller.connect(address).unwrap();
    drop(p.pair());
    look(p, "listening", &listener);
    let callee = listener.accept().unwrap().0;
    caller.sendall(&[7; 1000]).unwrap();
    callee
        .recv_with(&mut [0; 1000], RecvFlags::WAITALL)
        .unwrap();
    callee.sendall(b"an answer, and with it the ACK").unwrap();
    p.news(&caller);
    look(p, "the caller", &caller);
    caller.recv(&mut [0; 64]).unwrap();
    // The answer is acknowledged when it is answered, at the latest.
    caller.sendall(b"thanks").unwrap();
    p.news(&callee);
    look(p, "the called", &callee);
}
