//! How long calls wait. Asserted by the kind of error, never by a clock.

use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use landline::options::Options;
use landline::{Socket, TcpListener, TcpStream, UdpSocket};

use super::{Place, errno, kind, pattern};

/// Long enough that no call ends at once, short enough to wait for.
const SHORT: Duration = Duration::from_millis(20);
/// Never reached.
const LONG: Duration = Duration::from_secs(600);

pub(crate) fn the_modes_and_what_gettimeout_says(place: &Place) {
    let socket = place.client_stream();
    assert_eq!(socket.gettimeout(), None);
    socket.settimeout(Some(SHORT)).unwrap();
    assert_eq!(socket.gettimeout(), Some(SHORT));
    socket.setblocking(false).unwrap();
    assert_eq!(socket.gettimeout(), Some(Duration::ZERO));
    socket.setblocking(true).unwrap();
    assert_eq!(socket.gettimeout(), None);
    socket.settimeout(Some(Duration::ZERO)).unwrap();
    assert_eq!(socket.gettimeout(), Some(Duration::ZERO));
}

pub(crate) fn receiving_times_out_and_works_afterwards(place: &Place) {
    let (caller, callee) = place.connection();
    callee.settimeout(Some(SHORT)).unwrap();
    let mut buf = [0; 8];
    let error = callee.recv(&mut buf).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(error.raw_os_error(), None, "ETIMEDOUT would be the peer's");
    caller.sendall(b"late").unwrap();
    assert_eq!(callee.recv(&mut buf).unwrap(), 4);
    callee.settimeout(None).unwrap();
    caller.close();
    assert_eq!(callee.recv(&mut buf).unwrap(), 0);
}

pub(crate) fn accepting_times_out(place: &Place) {
    let (listener, address) = place.listener();
    listener.settimeout(Some(SHORT)).unwrap();
    assert_eq!(kind(listener.accept()), ErrorKind::TimedOut);
    let caller = place.client_stream();
    caller.connect(address).unwrap();
    listener.settimeout(Some(LONG)).unwrap();
    let (callee, _) = listener.accept().unwrap();
    assert_eq!(callee.gettimeout(), None, "a time-out is not inherited");
    drop(caller);
    assert_eq!(callee.recv(&mut [0; 1]).unwrap(), 0);
}

pub(crate) fn sending_times_out(place: &Place) {
    let (caller, _callee) = place.connection();
    caller.settimeout(Some(SHORT)).unwrap();
    let data = vec![0; 64 << 20];
    assert_eq!(kind(caller.sendall(&data)), ErrorKind::TimedOut);
    assert_eq!(kind(caller.send(&data)), ErrorKind::TimedOut);
}

/// A listener whose queue is full does not answer, so the call hangs.
fn deaf(place: &Place) -> (Socket, std::net::SocketAddr, Socket) {
    let listener = place.server_stream();
    listener.bind(place.any_port()).unwrap();
    listener.listen(0).unwrap();
    let address = super::ip(listener.getsockname().unwrap());
    let first = place.client_stream();
    first.connect(address).unwrap();
    (listener, address, first)
}

pub(crate) fn connecting_times_out(place: &Place) {
    let (_listener, address, _first) = deaf(place);
    let caller = place.client_stream();
    caller.settimeout(Some(SHORT)).unwrap();
    assert_eq!(kind(caller.connect(address)), ErrorKind::TimedOut);
    let caller = place.client_stream();
    caller.settimeout(Some(SHORT)).unwrap();
    assert_eq!(caller.connect_ex(address), 11, "EAGAIN, as Python");
    let stream = TcpStream::connect_timeout(&place.client, &address, SHORT);
    assert_eq!(kind(stream), ErrorKind::TimedOut);
}

pub(crate) fn not_blocking_would_block(place: &Place) {
    let (listener, _) = place.listener();
    listener.setblocking(false).unwrap();
    assert_eq!(errno(listener.accept()), 11);
    let (caller, callee) = place.connection();
    callee.setblocking(false).unwrap();
    assert_eq!(errno(callee.recv(&mut [0; 8])), 11);
    let refused = callee.recv(&mut [0; 8]);
    assert_eq!(kind(refused), ErrorKind::WouldBlock);
    let data = vec![0; 64 << 20];
    caller.setblocking(false).unwrap();
    assert_eq!(kind(caller.sendall(&data)), ErrorKind::WouldBlock);
    let (server, _) = place.server_datagram();
    server.setblocking(false).unwrap();
    assert_eq!(errno(server.recvfrom(&mut [0; 8])), 11);
}

pub(crate) fn connecting_without_blocking(place: &Place) {
    let (listener, address) = place.listener();
    let caller = place.client_stream();
    caller.setblocking(false).unwrap();
    let begun = caller.connect_ex(address);
    assert!(begun == 0 || begun == 115, "{begun}");
    let (callee, _) = listener.accept().unwrap();
    // Sending waits for the connection, and so for the outcome.
    caller.settimeout(Some(LONG)).unwrap();
    caller.sendall(b"hello").unwrap();
    assert_eq!(callee.recv(&mut [0; 8]).unwrap(), 5);
    assert!(caller.take_error().unwrap().is_none());

    let (_listener, address, _first) = deaf(place);
    let caller = place.client_stream();
    caller.setblocking(false).unwrap();
    assert_eq!(caller.connect_ex(address), 115);
    assert_eq!(caller.connect_ex(address), 114, "EALREADY");
}

pub(crate) fn the_std_shape_has_two_time_outs(place: &Place) {
    let listener = TcpListener::bind(&place.server, place.any_port()).unwrap();
    let address = listener.local_addr().unwrap();
    let mut caller = TcpStream::connect(&place.client, address).unwrap();
    let (mut callee, _) = listener.accept().unwrap();
    caller.set_read_timeout(Some(SHORT)).unwrap();
    assert_eq!(caller.read_timeout().unwrap(), Some(SHORT));
    assert_eq!(caller.write_timeout().unwrap(), None);
    assert_eq!(kind(caller.read(&mut [0; 8])), ErrorKind::TimedOut);
    let zero = caller.set_read_timeout(Some(Duration::ZERO));
    assert_eq!(kind(zero), ErrorKind::InvalidInput);

    // Writing has no limit: it waits for the reader, who comes late.
    let data = pattern(20 << 20);
    let received = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            caller.write_all(&data).unwrap();
            drop(caller);
        });
        let mut received = Vec::new();
        callee.read_to_end(&mut received).unwrap();
        writer.join().unwrap();
        received
    });
    assert!(received == data);
}

pub(crate) fn connect_timeout_leaves_no_limit_behind(place: &Place) {
    let listener = TcpListener::bind(&place.server, place.any_port()).unwrap();
    let address = listener.local_addr().unwrap();
    let caller = TcpStream::connect_timeout(&place.client, &address, LONG).unwrap();
    assert_eq!(caller.read_timeout().unwrap(), None);
    assert_eq!(caller.write_timeout().unwrap(), None);
    let zero = TcpStream::connect_timeout(&place.client, &address, Duration::ZERO);
    assert_eq!(kind(zero), ErrorKind::InvalidInput);
}

pub(crate) fn datagrams_time_out(place: &Place) {
    let server = UdpSocket::bind(&place.server, place.any_port()).unwrap();
    server.set_read_timeout(Some(SHORT)).unwrap();
    assert_eq!(kind(server.recv_from(&mut [0; 8])), ErrorKind::TimedOut);
    let (socket, _) = place.server_datagram();
    socket.settimeout(Some(SHORT)).unwrap();
    assert_eq!(kind(socket.recvfrom(&mut [0; 8])), ErrorKind::TimedOut);
}
