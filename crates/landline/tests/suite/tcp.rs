//! Streams over TCP.

use std::io::{BufRead, Read, Write};
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

use landline::options::Options;
use landline::{Family, RecvFlags, TcpListener, TcpStream};

use super::{Place, errno, ip, kind, pattern, read_to_end};

pub(crate) fn a_call_and_its_names(place: &Place) {
    let (listener, address) = place.listener();
    let caller = place.client_stream();
    assert_eq!(caller.connect_ex(address), 0);
    let (callee, who) = listener.accept().unwrap();
    assert_eq!(ip(caller.getpeername().unwrap()), address);
    assert_eq!(ip(callee.getsockname().unwrap()), address);
    assert_eq!(caller.getsockname().unwrap(), who);
    assert_eq!(callee.getpeername().unwrap(), who);

    caller.sendall(b"hello").unwrap();
    let mut buf = [0; 1024];
    let length = callee.recv(&mut buf).unwrap();
    assert_eq!(&buf[..length], b"hello");
    callee.sendall(b"HELLO").unwrap();
    callee.close();
    assert_eq!(read_to_end(&caller), b"HELLO");
    assert_eq!(caller.recv(&mut buf).unwrap(), 0, "the end stays the end");
}

pub(crate) fn connecting_to_nobody_is_refused(place: &Place) {
    let (_held, address) = place.closed_port(landline::Type::Stream);
    assert_eq!(place.client_stream().connect_ex(address), 111);
    let refused = place.client_stream().connect(address);
    assert_eq!(errno(refused), 111);
    let refused = TcpStream::connect(&place.client, address);
    assert_eq!(kind(refused), std::io::ErrorKind::ConnectionRefused);
}

pub(crate) fn binding_twice_is_in_use(place: &Place) {
    let (_listener, address) = place.listener();
    let second = place.server_stream();
    assert_eq!(errno(second.bind(address)), 98);
    second.set_reuse_address(true).unwrap();
    assert_eq!(errno(second.bind(address)), 98, "a listener is in the way");
    let third = TcpListener::bind(&place.server, address);
    assert_eq!(kind(third), std::io::ErrorKind::AddrInUse);
}

pub(crate) fn a_restart_beside_time_wait_needs_reuse_address(place: &Place) {
    let listener = place.server_stream();
    listener.set_reuse_address(true).unwrap();
    listener.bind(place.any_port()).unwrap();
    listener.listen(1).unwrap();
    let address = ip(listener.getsockname().unwrap());
    let caller = place.client_stream();
    caller.connect(address).unwrap();
    let (callee, _) = listener.accept().unwrap();
    // The server's end closes first, so TIME_WAIT is its (RFC 9293 §3.6).
    callee.close();
    assert_eq!(read_to_end(&caller), b"");
    caller.close();
    listener.close();

    let without = place.server_stream();
    assert_eq!(errno(without.bind(address)), 98);
    let with = place.server_stream();
    with.set_reuse_address(true).unwrap();
    with.bind(address).unwrap();
    with.listen(1).unwrap();
    let caller = place.client_stream();
    assert_eq!(caller.connect_ex(address), 0);
}

pub(crate) fn two_listeners_share_a_port_with_reuse_port(place: &Place) {
    let first = place.server_stream();
    first.set_reuse_port(true).unwrap();
    first.bind(place.any_port()).unwrap();
    first.listen(1).unwrap();
    let address = ip(first.getsockname().unwrap());
    let second = place.server_stream();
    second.set_reuse_port(true).unwrap();
    second.bind(address).unwrap();
    second.listen(1).unwrap();
}

pub(crate) fn half_close_leaves_the_other_direction(place: &Place) {
    let (caller, callee) = place.connection();
    caller.sendall(b"question").unwrap();
    caller.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_to_end(&callee), b"question");
    callee.sendall(b"answer").unwrap();
    callee.close();
    assert_eq!(read_to_end(&caller), b"answer");
}

pub(crate) fn sending_after_our_end_is_a_broken_pipe(place: &Place) {
    let (caller, _callee) = place.connection();
    caller.shutdown(Shutdown::Write).unwrap();
    assert_eq!(errno(caller.send(b"late")), 32);
}

pub(crate) fn linger_zero_resets_the_peer(place: &Place) {
    let (caller, callee) = place.connection();
    caller.set_linger(Some(Duration::ZERO)).unwrap();
    caller.close();
    assert_eq!(errno(callee.recv(&mut [0; 8])), 104);
    assert_eq!(callee.recv(&mut [0; 8]).unwrap(), 0, "told once");
    assert_eq!(errno(callee.send(b"late")), 32);
}

/// RFC 1122 §4.2.2.13: data that nobody will read is answered with a RST.
pub(crate) fn closing_with_unread_data_resets_the_peer(place: &Place) {
    let (caller, callee) = place.connection();
    caller.sendall(b"unheard").unwrap();
    let mut buf = [0; 8];
    assert_eq!(callee.peek(&mut buf).unwrap(), 7, "it is there");
    callee.close();
    assert_eq!(errno(caller.recv(&mut buf)), 104);
}

/// 10 MB through small buffers. That the reader is late is seen, not waited for: it begins once
/// the buffers are full.
pub(crate) fn sendall_outlasts_a_late_reader(place: &Place) {
    let (listener, address) = place.listener();
    listener.set_recv_buffer_size(8 * 1024).unwrap();
    let caller = place.client_stream();
    caller.set_send_buffer_size(8 * 1024).unwrap();
    caller.connect(address).unwrap();
    let (callee, _) = listener.accept().unwrap();

    let data = pattern(10_000_000);
    caller.setblocking(false).unwrap();
    let mut sent = 0;
    let full = loop {
        match caller.send(&data[sent..]) {
            Ok(length) => sent += length,
            Err(error) => break error,
        }
    };
    assert_eq!(full.kind(), std::io::ErrorKind::WouldBlock);
    assert!(sent < data.len(), "the buffers took it all");

    caller.setblocking(true).unwrap();
    let received = thread::scope(|scope| {
        let reader = scope.spawn(|| read_to_end(&callee));
        caller.sendall(&data[sent..]).unwrap();
        caller.shutdown(Shutdown::Write).unwrap();
        reader.join().unwrap()
    });
    assert!(received == data, "{} bytes came", received.len());
}

pub(crate) fn send_takes_what_there_is_room_for(place: &Place) {
    let (caller, _callee) = place.connection();
    caller.setblocking(false).unwrap();
    let data = vec![0; 64 << 20];
    let taken = caller.send(&data).unwrap();
    assert!(taken > 0 && taken < data.len(), "{taken}");
}

pub(crate) fn misuse_has_its_number(place: &Place) {
    let fresh = place.client_stream();
    assert_eq!(errno(fresh.getpeername()), 107);
    assert_eq!(errno(fresh.recv(&mut [0; 1])), 107);
    assert_eq!(errno(fresh.shutdown(Shutdown::Both)), 107);
    assert_eq!(errno(fresh.accept()), 22);
    assert_eq!(errno(place.client_datagram().listen(1)), 95);
    let (caller, callee) = place.connection();
    let again = callee.getsockname().unwrap();
    assert_eq!(caller.connect_ex(&again), 106);
    assert_eq!(errno(caller.bind(("", 0))), 22);
    // TEST-NET-1 (RFC 5737) and its like of IPv6 (RFC 9637) are nobody's.
    let nobodys = match place.family() {
        Family::Inet6 => "3fff::1",
        _ => "192.0.2.1",
    };
    let elsewhere = place.server_stream().bind((nobodys, 0));
    assert_eq!(errno(elsewhere), 99);
}

pub(crate) fn peek_takes_nothing(place: &Place) {
    let (caller, callee) = place.connection();
    caller.sendall(b"once").unwrap();
    let mut buf = [0; 8];
    assert_eq!(callee.peek(&mut buf).unwrap(), 4);
    assert_eq!(callee.peek(&mut buf[..2]).unwrap(), 2);
    assert_eq!(callee.recv(&mut buf).unwrap(), 4);
    assert_eq!(&buf[..4], b"once");
}

/// MSG_PEEK with MSG_WAITALL waits until all is there, and takes nothing.
pub(crate) fn peek_waits_for_all(place: &Place) {
    let (caller, callee) = place.connection();
    let all = RecvFlags::PEEK | RecvFlags::WAITALL;
    thread::scope(|scope| {
        let read = scope.spawn(|| {
            let mut buf = [0; 6];
            let len = callee.recv_with(&mut buf, all).unwrap();
            assert_eq!((len, &buf), (6, b"abcdef"));
            assert_eq!(callee.recv_with(&mut buf, RecvFlags::WAITALL).unwrap(), 6);
            // No more will come, and this is what there is.
            assert_eq!(callee.recv_with(&mut buf, all).unwrap(), 1);
        });
        for bytes in [&b"abc"[..], b"def", b"g"] {
            caller.sendall(bytes).unwrap();
            thread::yield_now();
        }
        caller.shutdown(Shutdown::Write).unwrap();
        read.join().unwrap();
    });
}

pub(crate) fn a_socket_closes_with_its_last_clone(place: &Place) {
    let (caller, callee) = place.connection();
    let clone = caller.try_clone().unwrap();
    caller.close();
    clone.sendall(b"still here").unwrap();
    clone.close();
    assert_eq!(read_to_end(&callee), b"still here");
}

pub(crate) fn a_file_reads_lines_and_outlives_its_socket(place: &Place) {
    let (caller, callee) = place.connection();
    let mut questions = caller.makefile();
    caller.close();
    let mut answers = callee.makefile();
    questions.write_all(b"one\ntwo\nwithout end").unwrap();
    questions.flush().unwrap();

    let mut line = String::new();
    answers.read_line(&mut line).unwrap();
    assert_eq!(line, "one\n");
    line.clear();
    answers.read_line(&mut line).unwrap();
    assert_eq!(line, "two\n");
    callee.close();
    // Dropping the file sends what is still in it, and closes.
    answers.write_all(b"heard\n").unwrap();
    drop(answers);
    line.clear();
    questions.read_line(&mut line).unwrap();
    assert_eq!(line, "heard\n");
}

pub(crate) fn the_std_shape_carries_a_call(place: &Place) {
    let listener = TcpListener::bind(&place.server, place.any_port()).unwrap();
    let address = listener.local_addr().unwrap();
    let caller = TcpStream::connect(&place.client, address).unwrap();
    let mut callee = listener.incoming().next().unwrap().unwrap();
    assert_eq!(caller.peer_addr().unwrap(), address);
    assert_eq!(callee.peer_addr().unwrap(), caller.local_addr().unwrap());
    caller.set_nodelay(true).unwrap();
    assert!(caller.nodelay().unwrap());

    // Reading and writing at once, through shared references.
    let (mut reads, mut writes) = (&caller, &caller);
    writes.write_all(b"hello").unwrap();
    caller.shutdown(Shutdown::Write).unwrap();
    let mut heard = String::new();
    callee.read_to_string(&mut heard).unwrap();
    assert_eq!(heard, "hello");
    callee.try_clone().unwrap().write_all(b"HELLO").unwrap();
    drop(callee);
    heard.clear();
    reads.read_to_string(&mut heard).unwrap();
    assert_eq!(heard, "HELLO");
}

pub(crate) fn recvfrom_on_a_stream_names_the_peer(place: &Place) {
    let (caller, callee) = place.connection();
    caller.sendall(b"hi").unwrap();
    let (length, who) = callee.recvfrom(&mut [0; 8]).unwrap();
    assert_eq!((length, who), (2, caller.getsockname().unwrap()));
}
