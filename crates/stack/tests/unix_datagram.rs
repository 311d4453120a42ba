//! Sockets between the programs of one host: datagrams (unix(7)).

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use base::{Bytes, Instant, Rng};
use stack::{
    Address, Errno, Family, How, Kind, Readiness, RecvFlags, SocketId, SocketOption, Stack,
    Sysctls, UnixName,
};

const NOW: Instant = Instant::from_secs(1000);

fn host() -> Stack {
    Stack::new(Sysctls::default(), Rng::seeded(1))
}

fn name(name: &str) -> Address {
    UnixName::Path(Bytes::copy_from_slice(name.as_bytes())).into()
}

fn socket(host: &mut Stack) -> SocketId {
    host.socket(Family::Unix, Kind::Datagram).unwrap()
}

fn bound(host: &mut Stack, to: &str) -> SocketId {
    let socket = socket(host);
    host.bind(socket, &name(to)).unwrap();
    socket
}

fn recv(host: &mut Stack, socket: SocketId) -> Result<Vec<u8>, Errno> {
    let mut out = vec![0; 1 << 20];
    let count = host.recv(NOW, socket, &mut out, RecvFlags::empty())?;
    out.truncate(count);
    Ok(out)
}

#[test]
fn datagrams_keep_their_borders_and_say_who_sent_them() {
    let mut host = host();
    let server = bound(&mut host, "/server");
    let client = bound(&mut host, "/client");
    let nameless = socket(&mut host);
    host.send_to(NOW, client, b"one", &name("/server")).unwrap();
    host.send_to(NOW, nameless, b"", &name("/server")).unwrap();
    let mut out = [0; 2];
    let received = host
        .recv_from(NOW, server, &mut out, RecvFlags::empty())
        .unwrap();
    assert_eq!((received.copied, received.len), (2, 3));
    assert_eq!(received.from, Some(name("/client")));
    let received = host
        .recv_from(NOW, server, &mut out, RecvFlags::empty())
        .unwrap();
    assert_eq!((received.copied, received.len), (0, 0));
    assert_eq!(received.from, Some(Address::Unix(UnixName::Unnamed)));
    assert_eq!(recv(&mut host, server), Err(Errno::EAGAIN));
}

#[test]
fn a_queue_holds_so_many_and_one_more() {
    let mut host = host();
    let server = bound(&mut host, "/server");
    let client = socket(&mut host);
    host.connect(NOW, client, &name("/server")).unwrap();
    // net.unix.max_dgram_qlen is 10.
    for n in 0..11u8 {
        host.send(NOW, client, &[n]).unwrap();
    }
    assert_eq!(host.send(NOW, client, b"x"), Err(Errno::EAGAIN));
    assert!(!host.readiness(client).contains(Readiness::WRITABLE));
    while host.poll_event().is_some() {}
    assert_eq!(recv(&mut host, server), Ok(vec![0]));
    assert_eq!(
        host.poll_event().and_then(stack::Event::socket),
        Some(client)
    );
    assert!(host.readiness(client).contains(Readiness::WRITABLE));
    host.send(NOW, client, b"x").unwrap();
}

#[test]
fn what_is_longer_than_the_send_buffer_is_refused() {
    let mut host = host();
    let _server = bound(&mut host, "/server");
    let client = socket(&mut host);
    host.set_option(NOW, client, SocketOption::SendBuffer(0))
        .unwrap();
    let send = |host: &mut Stack, len| host.send_to(NOW, client, &vec![0; len], &name("/server"));
    assert_eq!(send(&mut host, 5000), Err(Errno::EMSGSIZE));
    assert_eq!(send(&mut host, 4000), Ok(4000));
    assert_eq!(send(&mut host, 4000), Err(Errno::EAGAIN));
}

#[test]
fn who_is_connected_hears_its_peer_alone() {
    let mut host = host();
    let server = bound(&mut host, "/server");
    let friend = bound(&mut host, "/friend");
    let stranger = socket(&mut host);
    host.connect(NOW, server, &name("/friend")).unwrap();
    assert_eq!(host.peer_address(server), Ok(name("/friend")));
    assert_eq!(
        host.send_to(NOW, stranger, b"x", &name("/server"))
            .map_err(|e| e.0),
        Err(1),
        "EPERM"
    );
    host.send_to(NOW, friend, b"x", &name("/server")).unwrap();
    host.connect(NOW, server, &Address::Unspecified).unwrap();
    host.send_to(NOW, stranger, b"y", &name("/server")).unwrap();
    assert_eq!(recv(&mut host, server), Ok(b"x".to_vec()));
    assert_eq!(recv(&mut host, server), Ok(b"y".to_vec()));
}

#[test]
fn a_peer_that_goes_is_told_once() {
    let mut host = host();
    let server = bound(&mut host, "/server");
    let client = socket(&mut host);
    host.connect(NOW, client, &name("/server")).unwrap();
    let _ = host.close(NOW, server).unwrap();
    assert_eq!(host.send(NOW, client, b"x"), Err(Errno::ECONNREFUSED));
    assert_eq!(host.send(NOW, client, b"x"), Err(Errno::ENOTCONN));
    assert_eq!(
        host.send_to(NOW, client, b"x", &name("/server")),
        Err(Errno::ECONNREFUSED)
    );
    host.unlink(b"/server").unwrap();
    assert_eq!(
        host.send_to(NOW, client, b"x", &name("/server")),
        Err(Errno::ENOENT)
    );
}

#[test]
fn shutdown_closes_directions() {
    let mut host = host();
    let server = bound(&mut host, "/server");
    let client = socket(&mut host);
    host.connect(NOW, client, &name("/server")).unwrap();
    host.shutdown(NOW, client, How::Write).unwrap();
    assert_eq!(host.send(NOW, client, b"x"), Err(Errno::EPIPE));
    host.shutdown(NOW, server, How::Read).unwrap();
    assert_eq!(recv(&mut host, server), Ok(Vec::new()));
    let other = socket(&mut host);
    assert_eq!(
        host.send_to(NOW, other, b"x", &name("/server")),
        Err(Errno::EPIPE)
    );
}

#[test]
fn kinds_do_not_mix() {
    let mut host = host();
    let stream = host.socket(Family::Unix, Kind::Stream).unwrap();
    host.bind(stream, &name("/s")).unwrap();
    host.listen(stream, 1).unwrap();
    let client = socket(&mut host);
    assert_eq!(
        host.send_to(NOW, client, b"x", &name("/s")),
        Err(Errno::EPROTOTYPE)
    );
    assert_eq!(host.listen(client, 1), Err(Errno::EOPNOTSUPP));
    assert_eq!(host.accept(client), Err(Errno::EOPNOTSUPP));
    assert_eq!(host.send(NOW, client, b"x"), Err(Errno::ENOTCONN));
}
