//! Urgent data.

use std::net::Shutdown;
use std::time::Duration;

use landline::{Readiness, RecvFlags, SendFlags, Socket};

use crate::place::{Place, poll, reset};

const SO_OOBINLINE: (i32, i32) = (1, 10);

fn inline(socket: &Socket, on: i32) {
    socket
        .setsockopt(SO_OOBINLINE.0, SO_OOBINLINE.1, on)
        .unwrap();
}

fn send(p: &mut Place, from: &Socket, to: &Socket, text: &str, urgent: bool) {
    let flags = if urgent {
        SendFlags::OOB
    } else {
        SendFlags::empty()
    };
    // Each has arrived before the next one goes.
    let before = total(to);
    p.note("send", from.send_with(text.as_bytes(), flags));
    for _ in 0..1000 {
        if total(to) != before {
            break;
        }
        to.poll(Readiness::ERROR, Some(Duration::from_millis(1)))
            .unwrap();
    }
}

/// Something that changes when anything arrives.
fn total(socket: &Socket) -> (usize, Readiness, bool, usize) {
    let mut all = [0; 64];
    let peek = RecvFlags::PEEK | RecvFlags::DONTWAIT;
    let peeked = socket.recv_with(&mut all, peek).unwrap_or(0);
    (
        socket.queued().map_or(0, |queued| queued.unread),
        poll(socket).unwrap(),
        socket.sockatmark().unwrap(),
        peeked,
    )
}

/// All that can be seen without changing anything.
fn look(p: &mut Place, label: &str, socket: &Socket) {
    p.note(&format!("{label}: poll"), poll(socket));
    p.note(&format!("{label}: sockatmark"), socket.sockatmark());
    p.note(
        &format!("{label}: SIOCINQ"),
        socket.queued().map(|queued| queued.unread),
    );
    receive(p, &format!("{label}: peek"), socket, RecvFlags::PEEK);
    let peek = RecvFlags::PEEK | RecvFlags::OOB;
    receive(p, &format!("{label}: peek at the urgent"), socket, peek);
}

fn receive(p: &mut Place, label: &str, socket: &Socket, flags: RecvFlags) {
    let mut buf = [0; 64];
    let received = socket.recv_with(&mut buf, flags | RecvFlags::DONTWAIT);
    p.note(
        label,
        received.map(|len| String::from_utf8_lossy(&buf[..len]).into_owned()),
    );
}

const ALL: RecvFlags = RecvFlags::empty();

pub(crate) fn one_byte(p: &mut Place) {
    let (caller, callee) = p.pair();
    look(p, "at first", &callee);
    send(p, &caller, &callee, "before!", true);
    look(p, "sent", &callee);
    receive(p, "the urgent", &callee, RecvFlags::OOB);
    look(p, "taken", &callee);
    receive(p, "the urgent again", &callee, RecvFlags::OOB);
    receive(p, "recv", &callee, ALL);
    look(p, "at the mark", &callee);
    send(p, &caller, &callee, "after", false);
    look(p, "more sent", &callee);
    receive(p, "recv again", &callee, ALL);
    look(p, "in the end", &callee);
}

pub(crate) fn at_the_mark(p: &mut Place) {
    let (caller, callee) = p.pair();
    send(p, &caller, &callee, "before!", true);
    send(p, &caller, &callee, "after", false);
    look(p, "sent", &callee);
    receive(p, "recv", &callee, ALL);
    look(p, "at the mark", &callee);
    receive(p, "recv again", &callee, ALL);
    look(p, "passed", &callee);
    receive(p, "the urgent, too late", &callee, RecvFlags::OOB);
}

pub(crate) fn in_line(p: &mut Place) {
    let (caller, callee) = p.pair();
    inline(&callee, 1);
    p.note(
        "SO_OOBINLINE",
        callee.getsockopt(SO_OOBINLINE.0, SO_OOBINLINE.1),
    );
    send(p, &caller, &callee, "before!", true);
    send(p, &caller, &callee, "after", false);
    look(p, "sent", &callee);
    receive(p, "the urgent", &callee, RecvFlags::OOB);
    receive(p, "recv", &callee, ALL);
    look(p, "at the mark", &callee);
    receive(p, "recv again", &callee, ALL);
    look(p, "passed", &callee);
}

pub(crate) fn alone(p: &mut Place) {
    let (caller, callee) = p.pair();
    send(p, &caller, &callee, "!", true);
    look(p, "sent", &callee);
    receive(p, "recv", &callee, ALL);
    look(p, "passed", &callee);
    send(p, &caller, &callee, "!", true);
    receive(p, "the urgent", &callee, RecvFlags::OOB);
    look(p, "taken", &callee);
    send(p, &caller, &callee, "more", false);
    look(p, "more", &callee);
    p.note(
        "recv of nothing",
        callee.recv_with(&mut [], RecvFlags::DONTWAIT),
    );
    p.note(
        "the urgent into nothing",
        callee.recv_with(&mut [], RecvFlags::DONTWAIT | RecvFlags::OOB),
    );
    receive(p, "recv again", &callee, ALL);
    look(p, "in the end", &callee);
}

pub(crate) fn several(p: &mut Place) {
    let (caller, callee) = p.pair();
    send(p, &caller, &callee, "one!", true);
    send(p, &caller, &callee, "two?", true);
    look(p, "two", &callee);
    receive(p, "recv", &callee, ALL);
    look(p, "at the mark", &callee);
    send(p, &caller, &callee, "three.", true);
    look(p, "three", &callee);
    receive(p, "recv again", &callee, ALL);
    receive(p, "the urgent", &callee, RecvFlags::OOB);
    send(p, &caller, &callee, "four:", true);
    look(p, "four", &callee);
    receive(p, "recv of the fourth", &callee, ALL);
    receive(p, "the fourth", &callee, RecvFlags::OOB);
    look(p, "in the end", &callee);
}

pub(crate) fn peeked_and_passed(p: &mut Place) {
    let (caller, callee) = p.pair();
    send(p, &caller, &callee, "ab!", true);
    send(p, &caller, &callee, "cdefgh", false);
    let mut one = [0];
    p.note("one", callee.recv(&mut one));
    look(p, "one read", &callee);
    p.note("the next", callee.recv(&mut one));
    look(p, "two read", &callee);
    let discard = RecvFlags::TRUNC | RecvFlags::DONTWAIT;
    p.note("thrown away", callee.recv_with(&mut [0; 3], discard));
    look(p, "thrown away", &callee);
    receive(p, "the rest", &callee, ALL);
}

pub(crate) fn waited_for(p: &mut Place) {
    let (caller, callee) = p.pair();
    send(p, &caller, &callee, "abc!", true);
    send(p, &caller, &callee, "def", false);
    let mut buf = [0; 6];
    // The mark ends a call that waits for all.
    p.note("all", callee.recv_with(&mut buf, RecvFlags::WAITALL));
    p.note(
        "all the rest",
        callee.recv_with(&mut buf[..3], RecvFlags::WAITALL),
    );
    p.fact("what", buf);
    // The urgent byte is not waited for.
    p.note("the urgent", callee.recv_with(&mut buf, RecvFlags::OOB));
    callee.setsockopt(1, 18, 3).unwrap();
    send(p, &caller, &callee, "!", true);
    look(p, "low water", &callee);
    send(p, &caller, &callee, "gh", false);
    look(p, "low water, two", &callee);
    send(p, &caller, &callee, "i", false);
    look(p, "low water, three", &callee);
}

pub(crate) fn switched(p: &mut Place) {
    let (caller, callee) = p.pair();
    send(p, &caller, &callee, "abc!", true);
    inline(&callee, 1);
    look(p, "in line", &callee);
    receive(p, "recv", &callee, ALL);
    inline(&callee, 0);
    look(p, "no longer", &callee);
    inline(&callee, 1);
    receive(p, "recv again", &callee, ALL);
    look(p, "in the end", &callee);
    // A listener hands it on.
    let (listener, address) = p.listener();
    inline(&listener, 1);
    let caller = p.tcp();
    caller.connect(address).unwrap();
    let callee = listener.accept().unwrap().0;
    p.note(
        "accepted",
        callee.getsockopt(SO_OOBINLINE.0, SO_OOBINLINE.1),
    );
    send(p, &caller, &callee, "!", true);
    look(p, "accepted", &callee);
}

pub(crate) fn at_the_end(p: &mut Place) {
    let (caller, callee) = p.pair();
    send(p, &caller, &callee, "abc!", true);
    caller.shutdown(Shutdown::Write).unwrap();
    callee
        .poll(Readiness::READ_CLOSED, Some(Duration::from_secs(10)))
        .unwrap();
    look(p, "closed", &callee);
    receive(p, "recv", &callee, ALL);
    look(p, "read", &callee);
    receive(p, "the end", &callee, ALL);
    receive(p, "the urgent", &callee, RecvFlags::OOB);
    p.note("send", caller.send_with(b"x", SendFlags::OOB));
    let (caller, callee) = p.pair();
    send(p, &caller, &callee, "abc!", true);
    reset(caller);
    callee
        .poll(Readiness::ERROR, Some(Duration::from_secs(10)))
        .unwrap();
    p.note("reset: poll", poll(&callee));
    receive(p, "reset: the urgent", &callee, RecvFlags::OOB);
    p.note("reset: sockatmark", callee.sockatmark());
    receive(p, "reset: recv", &callee, ALL);
}

pub(crate) fn elsewhere(p: &mut Place) {
    let (socket, address) = p.bound_udp();
    socket.connect(address).unwrap();
    p.note("UDP: sockatmark", socket.sockatmark());
    p.note("UDP: send", socket.send_with(b"x", SendFlags::OOB));
    // The urgent byte is not waited for, whichever call asks for it.
    let (caller, _callee) = p.pair();
    let mut buf = [0; 4];
    let mut asked = [std::io::IoSliceMut::new(&mut buf)];
    let got = caller.recvmsg(&mut asked, 0, RecvFlags::OOB);
    p.note("recvmsg", got.map(|message| message.len));
    caller.settimeout(Some(Duration::from_secs(60))).unwrap();
    p.note("recv", caller.recv_with(&mut buf, RecvFlags::OOB));
    p.note(
        "recvfrom",
        caller
            .recvfrom_with(&mut buf, RecvFlags::OOB)
            .map(|it| it.0),
    );
    let (listener, _) = p.listener();
    p.note("listener: sockatmark", listener.sockatmark());
    receive(p, "listener: the urgent", &listener, RecvFlags::OOB);
}
