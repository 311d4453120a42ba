//! What streams do in situations that take more than one call.

use std::io::IoSliceMut;
use std::net::Shutdown;
use std::time::Duration;

use landline::{Readiness, RecvFlags, Socket};

use crate::place::{Place, name, poll, reset, without_port};

pub(crate) fn refused_and_again(p: &mut Place) {
    let (nobody, address) = p.nobody();
    let caller = p.tcp();
    p.note("connect", caller.connect(address));
    p.note("SO_ERROR", caller.getsockopt(1, 4));
    p.note("again", caller.connect(address));
    p.note("recv", caller.recv(&mut [0; 4]));
    p.note("send", caller.send(b"x"));
    nobody.listen(1).unwrap();
    p.note("once there is one", caller.connect(address));
    p.note("getpeername", caller.getpeername().map(without_port));
    // Without waiting.
    let (_held, address) = p.nobody();
    let caller = p.tcp();
    caller.setblocking(false).unwrap();
    p.note("not blocking", caller.connect(address));
    caller
        .poll(Readiness::WRITABLE, Some(Duration::from_secs(10)))
        .unwrap();
    p.note("poll", poll(&caller));
    p.note("its error", caller.getsockopt(1, 4));
    p.note("its error again", caller.getsockopt(1, 4));
    p.note("poll after", poll(&caller));
    p.note("getpeername after", caller.getpeername().map(without_port));
}

pub(crate) fn half_close(p: &mut Place) {
    let (caller, callee) = p.pair();
    let mut buf = [0; 16];
    caller.sendall(b"question").unwrap();
    p.note("shutdown", caller.shutdown(Shutdown::Write));
    p.note("recv", callee.recv(&mut buf));
    p.note("its end", callee.recv(&mut buf));
    p.note("its end again", callee.recv(&mut buf));
    p.note("poll", poll(&callee));
    p.note("send", callee.send(b"answer"));
    p.note("the answer", caller.recv(&mut buf));
    p.note("send after shutdown", caller.send(b"x"));
    p.note("poll of the shut", poll(&caller));
    p.note("shutdown twice", caller.shutdown(Shutdown::Write));
    callee.close();
    p.note("the end", caller.recv(&mut buf));
    p.note("poll at the end", poll(&caller));
    p.note(
        "getpeername at the end",
        caller.getpeername().map(without_port),
    );
    p.note("SO_ERROR at the end", caller.getsockopt(1, 4));
    p.note("shutdown at the end", caller.shutdown(Shutdown::Both));
}

/// The peer has closed altogether.
pub(crate) fn after_the_end(p: &mut Place) {
    let (caller, callee) = p.pair();
    callee.close();
    p.news(&caller);
    p.note("poll", poll(&caller));
    p.note("first send", caller.send(b"x"));
    caller
        .poll(Readiness::ERROR, Some(Duration::from_secs(10)))
        .unwrap();
    p.note("poll after", poll(&caller));
    p.note("second send", caller.send(b"x"));
    p.note("recv", caller.recv(&mut [0; 4]));
    p.note("third send", caller.send(b"x"));
    p.note("SO_ERROR", caller.getsockopt(1, 4));
    p.note("getpeername", caller.getpeername().map(without_port));
    p.note("getsockname", caller.getsockname().map(without_port));
}

pub(crate) fn linger_zero(p: &mut Place) {
    let (caller, callee) = p.pair();
    callee.sendall(b"unread").unwrap();
    p.news(&caller);
    reset(callee);
    caller
        .poll(Readiness::ERROR, Some(Duration::from_secs(10)))
        .unwrap();
    p.note("poll", poll(&caller));
    let mut buf = [0; 16];
    p.note("recv", caller.recv(&mut buf));
    p.note("recv again", caller.recv(&mut buf));
    p.note("send", caller.send(b"x"));
    p.note("poll after", poll(&caller));
    p.note("getpeername", caller.getpeername().map(without_port));
}

pub(crate) fn unread_data_resets(p: &mut Place) {
    let (caller, callee) = p.pair();
    caller.sendall(b"never read").unwrap();
    p.news(&callee);
    callee.close();
    caller
        .poll(Readiness::ERROR, Some(Duration::from_secs(10)))
        .unwrap();
    p.note("poll", poll(&caller));
    p.note("recv", caller.recv(&mut [0; 4]));
    p.note("recv again", caller.recv(&mut [0; 4]));
}

pub(crate) fn nothing_and_zero_bytes(p: &mut Place) {
    let (caller, callee) = p.pair();
    p.note("send nothing", caller.send(b""));
    callee.setblocking(false).unwrap();
    p.note("nothing comes", callee.recv(&mut [0; 4]));
    p.note("recv into nothing", callee.recv(&mut []));
    p.note("poll", poll(&callee));
    caller.sendall(b"x").unwrap();
    p.news(&callee);
    p.note("recv into nothing with data", callee.recv(&mut []));
    p.note("the data", callee.recv(&mut [0; 4]));
}

pub(crate) fn peeking_and_discarding(p: &mut Place) {
    let (caller, callee) = p.pair();
    caller.sendall(b"abcdefgh").unwrap();
    p.news(&callee);
    let mut buf = [0; 3];
    p.note("peek", callee.recv_with(&mut buf, RecvFlags::PEEK));
    p.fact("bytes", buf);
    p.note("discard", callee.recv_with(&mut buf, RecvFlags::TRUNC));
    p.fact("untouched", buf);
    p.note("then", callee.recv(&mut buf));
    p.fact("bytes then", buf);
    p.note("queued", callee.queued());
    p.note(
        "discard the rest",
        callee.recv_with(&mut [0; 64], RecvFlags::TRUNC),
    );
    let dontwait = RecvFlags::TRUNC | RecvFlags::DONTWAIT;
    p.note("no more", callee.recv_with(&mut [0; 64], dontwait));
    p.note(
        "not waiting",
        callee.recv_with(&mut [0; 64], RecvFlags::DONTWAIT),
    );
}

pub(crate) fn waiting_for_all(p: &mut Place) {
    let (caller, callee) = p.pair();
    caller.setsockopt(6, 1, 1).unwrap();
    caller.sendall(b"abcd").unwrap();
    p.news(&callee);
    let mut buf = [0; 8];
    caller.sendall(b"efgh").unwrap();
    p.note("all", callee.recv_with(&mut buf, RecvFlags::WAITALL));
    p.fact("bytes", buf);
    caller.sendall(b"ij").unwrap();
    p.news(&callee);
    caller.shutdown(Shutdown::Write).unwrap();
    p.note(
        "up to the end",
        callee.recv_with(&mut buf, RecvFlags::WAITALL),
    );
    p.note("the end", callee.recv_with(&mut buf, RecvFlags::WAITALL));
}

pub(crate) fn peeking_for_all(p: &mut Place) {
    let (caller, callee) = p.pair();
    caller.setsockopt(6, 1, 1).unwrap();
    let all = RecvFlags::WAITALL | RecvFlags::PEEK;
    caller.sendall(b"abcd").unwrap();
    p.news(&callee);
    let mut buf = [0; 8];
    for bytes in [b"ef", b"gh"] {
        caller.sendall(bytes).unwrap();
    }
    p.note("all", callee.recv_with(&mut buf, all));
    p.fact("bytes", buf);
    p.note("again", callee.recv_with(&mut buf, all));
    let mut halves = [0; 9];
    let (one, two) = halves.split_at_mut(3);
    let mut bufs = [IoSliceMut::new(one), IoSliceMut::new(two)];
    caller.shutdown(Shutdown::Write).unwrap();
    p.end(&callee);
    let message = callee.recvmsg(&mut bufs, 0, all);
    p.note("up to the end", message.map(|message| message.len));
    p.fact("in two", halves);
    let (one, two) = halves.split_at_mut(5);
    let mut bufs = [IoSliceMut::new(one), IoSliceMut::new(two)];
    let message = callee.recvmsg(&mut bufs, 0, RecvFlags::WAITALL);
    p.note("taken", message.map(|message| message.len));
    p.fact("in two then", halves);
    p.note("the end", callee.recv_with(&mut buf, all));
}

/// A blocking call waits for as many bytes as SO_RCVLOWAT says, and no more than it takes.
pub(crate) fn low_water_waits(p: &mut Place) {
    let (caller, callee) = p.pair();
    caller.setsockopt(6, 1, 1).unwrap();
    callee.setsockopt(1, 18, 6).unwrap();
    for bytes in [b"abc", b"def"] {
        caller.sendall(bytes).unwrap();
    }
    let mut buf = [0; 16];
    p.note("all six", callee.recv(&mut buf));
    caller.sendall(b"gh").unwrap();
    caller.shutdown(Shutdown::Write).unwrap();
    p.note("at the end", callee.recv(&mut buf));
    p.note("the end", callee.recv(&mut buf));
}

pub(crate) fn low_water(p: &mut Place) {
    let (caller, callee) = p.pair();
    callee.setsockopt(1, 18, 5).unwrap();
    caller.sendall(b"abc").unwrap();
    // Something the other way shows that the first has arrived.
    callee.sendall(b"x").unwrap();
    p.news(&caller);
    p.note("poll below", poll(&callee));
    callee.setblocking(false).unwrap();
    p.note("recv below", callee.recv(&mut [0; 1]));
    caller.sendall(b"defg").unwrap();
    p.news(&callee);
    p.note("poll above", poll(&callee));
    p.note("recv above", callee.recv(&mut [0; 16]));
    caller.sendall(b"h").unwrap();
    caller.shutdown(Shutdown::Write).unwrap();
    p.news(&callee);
    p.note("poll at the end", poll(&callee));
}

pub(crate) fn the_backlog(p: &mut Place) {
    let listener = p.tcp();
    listener.bind(crate::place::local(0)).unwrap();
    listener.listen(1).unwrap();
    p.note("poll of nobody", poll(&listener));
    let address = name(&listener);
    let callers: Vec<Socket> = (0..2).map(|_| p.tcp()).collect();
    for (index, caller) in callers.iter().enumerate() {
        p.note(&format!("caller {index}"), caller.connect(address));
    }
    p.news(&listener);
    p.note("poll of some", poll(&listener));
    let third = p.tcp();
    third.setblocking(false).unwrap();
    p.note("one too many", third.connect(address));
    p.note("still under way", third.connect(address));
    p.note("its readiness", poll(&third));
    p.note("its peer", third.getpeername().map(without_port));
    p.note("it sends", third.send(b"x"));
    p.note("it receives", third.recv(&mut [0; 1]));
    p.note("it shuts down", third.shutdown(Shutdown::Write));
    p.note("listen(0) now", listener.listen(0));
    for index in 0..2 {
        p.note(&format!("accept {index}"), listener.accept().map(drop));
    }
    p.note("queues of a listener", listener.queued());
    p.note("recv of a listener", listener.recv(&mut [0; 1]));
    p.note("send of a listener", listener.send(b"x"));
}

pub(crate) fn a_caller_that_is_gone(p: &mut Place) {
    let (listener, address) = p.listener();
    let caller = p.tcp();
    caller.connect(address).unwrap();
    caller.sendall(b"hello").unwrap();
    // Time passes in which it arrives.
    drop(p.pair());
    reset(caller);
    let accepted = listener.accept();
    p.note(
        "accept after a reset",
        accepted
            .as_ref()
            .map(drop)
            .map_err(|_| std::io::ErrorKind::Other.into()),
    );
    let callee = accepted.unwrap().0;
    callee
        .poll(Readiness::ERROR, Some(Duration::from_secs(10)))
        .unwrap();
    p.note("poll", poll(&callee));
    p.note("recv", callee.recv(&mut [0; 16]));
    p.note("recv again", callee.recv(&mut [0; 16]));
    let caller = p.tcp();
    caller.connect(address).unwrap();
    caller.close();
    let callee = listener.accept().unwrap().0;
    p.note(
        "accept after a close",
        callee.getpeername().map(without_port),
    );
    p.note("its end", callee.recv(&mut [0; 16]));
    // Callers that nobody accepts are reset with the listener.
    let caller = p.tcp();
    caller.connect(address).unwrap();
    p.news(&listener);
    listener.close();
    caller
        .poll(Readiness::ERROR, Some(Duration::from_secs(10)))
        .unwrap();
    p.note("poll without listener", poll(&caller));
    p.note("recv without listener", caller.recv(&mut [0; 16]));
}

pub(crate) fn disconnecting(p: &mut Place) {
    let (caller, callee) = p.pair();
    p.note("disconnect", caller.disconnect());
    p.note("getpeername", caller.getpeername().map(without_port));
    p.note("getsockname", caller.getsockname().map(without_port));
    p.note("poll", poll(&caller));
    p.note("send", caller.send(b"x"));
    p.news(&callee);
    p.note("the peer's poll", poll(&callee));
    p.note("the peer's recv", callee.recv(&mut [0; 1]));
    let (listener, address) = p.listener();
    p.note("connect again", caller.connect(address));
    p.note("accept", listener.accept().map(drop));
    p.note("a listener's", listener.disconnect());
    p.note("SO_ACCEPTCONN", listener.getsockopt(1, 30));
    let fresh = p.tcp();
    p.note("a fresh one's", fresh.disconnect());
}

pub(crate) fn errors_are_told_once(p: &mut Place) {
    for (index, call) in ["recv", "send", "SO_ERROR"].into_iter().enumerate() {
        let (caller, callee) = p.pair();
        reset(callee);
        p.news(&caller);
        let told = match index {
            0 => caller.recv(&mut [0; 4]),
            1 => caller.send(b"x"),
            _ => caller.getsockopt(1, 4).map(|it| it as usize),
        };
        p.topic = format!("told by {call}: ");
        p.note("", told);
        p.note("recv", caller.recv(&mut [0; 4]));
        p.note("send", caller.send(b"x"));
        p.note("SO_ERROR", caller.getsockopt(1, 4));
        p.note("poll", poll(&caller));
        p.note("shutdown", caller.shutdown(Shutdown::Both));
        p.topic.clear();
    }
}

pub(crate) fn queues(p: &mut Place) {
    let (caller, callee) = p.pair();
    p.note("at first", caller.queued());
    caller.sendall(&[7; 1000]).unwrap();
    p.news(&callee);
    p.note("unread", callee.queued().map(|q| q.unread));
    callee.recv(&mut [0; 400]).unwrap();
    p.note("after some", callee.queued().map(|q| q.unread));
    caller.shutdown(Shutdown::Write).unwrap();
    callee.recv(&mut [0; 600]).unwrap();
    p.note("the end", callee.recv(&mut [0; 1]));
    p.note("at the end", callee.queued());
}
