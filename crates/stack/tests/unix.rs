//! Sockets between the programs of one host: streams (unix(7)).

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::ops::ControlFlow;

use base::{Bytes, Instant, Rng};
use proptest::prelude::*;
use stack::{
    Address, Errno, Family, How, Kind, OptionName, Readiness, RecvFlags, SocketId, SocketOption,
    Stack, State, Sysctls, UnixName,
};

const NOW: Instant = Instant::from_secs(1000);

fn host() -> Stack {
    Stack::new(Sysctls::default(), Rng::seeded(1))
}

fn path(name: &str) -> Address {
    UnixName::Path(Bytes::copy_from_slice(name.as_bytes())).into()
}

fn hidden(name: &str) -> Address {
    UnixName::Abstract(Bytes::copy_from_slice(name.as_bytes())).into()
}

fn stream(host: &mut Stack) -> SocketId {
    host.socket(Family::Unix, Kind::Stream).unwrap()
}

fn listener(host: &mut Stack, name: &Address, backlog: i32) -> SocketId {
    let socket = stream(host);
    host.bind(socket, name).unwrap();
    host.listen(socket, backlog).unwrap();
    socket
}

/// Two ends of a connection: the caller's and the accepted one.
fn connection(host: &mut Stack) -> (SocketId, SocketId) {
    let name = UnixName::Unnamed.into();
    let server = stream(host);
    host.bind(server, &name).unwrap();
    host.listen(server, 1).unwrap();
    let name = host.local_address(server).unwrap();
    let caller = stream(host);
    host.connect(NOW, caller, &name).unwrap();
    let (near, _) = host.accept(server).unwrap();
    let _ = host.close(NOW, server).unwrap();
    (caller, near)
}

fn recv(host: &mut Stack, socket: SocketId) -> Result<Vec<u8>, Errno> {
    let mut out = vec![0; 1 << 20];
    let count = host.recv(NOW, socket, &mut out, RecvFlags::empty())?;
    out.truncate(count);
    Ok(out)
}

#[test]
fn a_call_is_answered_and_ends() {
    let mut host = host();
    let server = listener(&mut host, &path("/run/upper"), 5);
    assert_eq!(host.accept(server), Err(Errno::EAGAIN));
    let caller = stream(&mut host);
    // No handshake: the connection stands before anybody accepts it.
    host.connect(NOW, caller, &path("/run/upper")).unwrap();
    assert_eq!(host.send(NOW, caller, b"hello"), Ok(5));
    assert!(host.readiness(server).contains(Readiness::READABLE));
    let (near, from) = host.accept(server).unwrap();
    assert_eq!(from, Address::Unix(UnixName::Unnamed));
    assert_eq!(host.local_address(near), Ok(path("/run/upper")));
    assert_eq!(host.peer_address(caller), Ok(path("/run/upper")));
    assert_eq!(recv(&mut host, near), Ok(b"hello".to_vec()));
    assert_eq!(recv(&mut host, near), Err(Errno::EAGAIN));
    host.send(NOW, near, b"HELLO").unwrap();
    let _ = host.close(NOW, near).unwrap();
    assert_eq!(recv(&mut host, caller), Ok(b"HELLO".to_vec()));
    assert_eq!(recv(&mut host, caller), Ok(Vec::new()));
    assert_eq!(host.send(NOW, caller, b"x"), Err(Errno::EPIPE));
    let ready = host.readiness(caller);
    assert!(ready.contains(Readiness::HANGUP | Readiness::READ_CLOSED | Readiness::READABLE));
}

#[test]
fn bytes_given_by_reference_arrive_by_reference() {
    let mut host = host();
    let (a, b) = connection(&mut host);
    let bytes = Bytes::from(vec![7; 10_000]);
    assert_eq!(host.send_bytes(NOW, a, bytes.clone()), Ok(10_000));
    let received = host.recv_bytes(NOW, b, usize::MAX).unwrap();
    assert_eq!(received.payload.slices()[0].as_ptr(), bytes.as_ptr());
    assert_eq!(received.payload.len(), 10_000);
}

#[test]
fn a_stream_has_no_borders() {
    let mut host = host();
    let (a, b) = connection(&mut host);
    for part in [&b"one"[..], b"two", b"three"] {
        host.send(NOW, a, part).unwrap();
    }
    let mut out = [0; 5];
    assert_eq!(host.recv(NOW, b, &mut out, RecvFlags::PEEK), Ok(5));
    assert_eq!(&out, b"onetw");
    assert_eq!(host.queued(b).unwrap().unread, 11);
    assert_eq!(host.queued(a).unwrap().unacknowledged, 11);
    assert_eq!(host.recv(NOW, b, &mut out, RecvFlags::empty()), Ok(5));
    assert_eq!(recv(&mut host, b), Ok(b"othree".to_vec()));
}

#[test]
fn a_full_buffer_says_so_and_says_when_it_is_not() {
    let mut host = host();
    let (a, b) = connection(&mut host);
    let mut sent = 0;
    let chunk = vec![1; 50_000];
    while let Ok(count) = host.send(NOW, a, &chunk) {
        sent += count;
    }
    assert!((200_000..=212_992).contains(&sent), "{sent}");
    assert_eq!(host.send(NOW, a, b"x"), Err(Errno::EAGAIN));
    assert!(!host.readiness(a).contains(Readiness::WRITABLE));
    while host.poll_event().is_some() {}
    assert_eq!(recv(&mut host, b).unwrap().len(), sent);
    assert_eq!(host.poll_event().and_then(stack::Event::socket), Some(a));
    assert!(host.readiness(a).contains(Readiness::WRITABLE));
}

#[test]
fn a_flood_of_single_bytes_is_bounded_in_memory() {
    let mut host = host();
    let (a, _b) = connection(&mut host);
    let mut sent = 0;
    while host.send(NOW, a, b"x").is_ok() {
        sent += 1;
    }
    assert!(sent < 10_000, "each costs more than its byte: {sent}");
}

#[test]
fn half_close_lets_the_answer_come() {
    let mut host = host();
    let (a, b) = connection(&mut host);
    host.send(NOW, a, b"question").unwrap();
    host.shutdown(NOW, a, How::Write).unwrap();
    assert_eq!(host.send(NOW, a, b"more"), Err(Errno::EPIPE));
    assert_eq!(recv(&mut host, b), Ok(b"question".to_vec()));
    assert_eq!(recv(&mut host, b), Ok(Vec::new()));
    let ready = host.readiness(b);
    assert!(ready.contains(Readiness::READ_CLOSED | Readiness::WRITABLE));
    assert!(!ready.contains(Readiness::HANGUP));
    host.send(NOW, b, b"answer").unwrap();
    assert_eq!(recv(&mut host, a), Ok(b"answer".to_vec()));
    host.shutdown(NOW, b, How::Both).unwrap();
    assert_eq!(recv(&mut host, a), Ok(Vec::new()));
    assert!(host.readiness(a).contains(Readiness::HANGUP));
}

#[test]
fn closing_with_bytes_unread_resets() {
    let mut host = host();
    let (a, b) = connection(&mut host);
    host.send(NOW, a, b"never read").unwrap();
    let _ = host.close(NOW, b).unwrap();
    assert!(host.readiness(a).contains(Readiness::ERROR));
    assert_eq!(recv(&mut host, a), Err(Errno::ECONNRESET));
    assert_eq!(recv(&mut host, a), Ok(Vec::new()));
}

#[test]
fn a_backlog_is_full_with_one_more_than_it_says() {
    let mut host = host();
    let server = listener(&mut host, &hidden("s"), 2);
    let callers: Vec<_> = (0..4).map(|_| stream(&mut host)).collect();
    for caller in &callers[..3] {
        host.connect(NOW, *caller, &hidden("s")).unwrap();
    }
    assert_eq!(
        host.connect(NOW, callers[3], &hidden("s")),
        Err(Errno::EAGAIN)
    );
    while host.poll_event().is_some() {}
    host.accept(server).unwrap();
    assert_eq!(
        host.poll_event().and_then(stack::Event::socket),
        Some(callers[3])
    );
    host.connect(NOW, callers[3], &hidden("s")).unwrap();
}

#[test]
fn a_listener_that_goes_refuses_those_who_wait() {
    let mut host = host();
    let server = listener(&mut host, &hidden("s"), 2);
    let caller = stream(&mut host);
    host.connect(NOW, caller, &hidden("s")).unwrap();
    let _ = host.close(NOW, server).unwrap();
    assert_eq!(recv(&mut host, caller), Err(Errno::ECONNRESET));
    assert_eq!(host.send(NOW, caller, b"x"), Err(Errno::EPIPE));
    let late = stream(&mut host);
    assert_eq!(
        host.connect(NOW, late, &hidden("s")),
        Err(Errno::ECONNREFUSED)
    );
}

#[test]
fn a_path_outlives_its_socket_and_an_abstract_name_does_not() {
    let mut host = host();
    assert_eq!(host.unlink(b"/s"), Err(Errno::ENOENT));
    let server = listener(&mut host, &path("/s"), 1);
    let _ = host.close(NOW, server).unwrap();
    let socket = stream(&mut host);
    assert_eq!(
        host.connect(NOW, socket, &path("/s")),
        Err(Errno::ECONNREFUSED)
    );
    assert_eq!(host.bind(socket, &path("/s")), Err(Errno::EADDRINUSE));
    host.unlink(b"/s").unwrap();
    assert_eq!(host.connect(NOW, socket, &path("/s")), Err(Errno::ENOENT));
    host.bind(socket, &path("/s")).unwrap();
    let server = listener(&mut host, &hidden("s"), 1);
    let other = stream(&mut host);
    assert_eq!(host.bind(other, &hidden("s")), Err(Errno::EADDRINUSE));
    let _ = host.close(NOW, server).unwrap();
    host.bind(other, &hidden("s")).unwrap();
}

#[test]
fn a_socket_whose_path_was_unlinked_is_reached_no_more() {
    let mut host = host();
    let old = listener(&mut host, &path("/s"), 1);
    host.unlink(b"/s").unwrap();
    let new = listener(&mut host, &path("/s"), 1);
    let caller = stream(&mut host);
    host.connect(NOW, caller, &path("/s")).unwrap();
    assert_eq!(host.accept(old), Err(Errno::EAGAIN));
    host.accept(new).unwrap();
    // Closing the old one does not take the new one's name.
    let _ = host.close(NOW, old).unwrap();
    let caller = stream(&mut host);
    host.connect(NOW, caller, &path("/s")).unwrap();
}

#[test]
fn calls_that_cannot_be_say_why() {
    let mut host = host();
    let socket = stream(&mut host);
    assert_eq!(host.send(NOW, socket, b"x"), Err(Errno::ENOTCONN));
    assert_eq!(recv(&mut host, socket), Err(Errno::EINVAL));
    assert_eq!(host.accept(socket), Err(Errno::EINVAL));
    assert_eq!(host.listen(socket, 1), Err(Errno::EINVAL));
    assert_eq!(host.peer_address(socket), Err(Errno::ENOTCONN));
    assert_eq!(
        host.connect(NOW, socket, &path("/none")),
        Err(Errno::ENOENT)
    );
    assert_eq!(
        host.connect(NOW, socket, &hidden("none")),
        Err(Errno::ECONNREFUSED)
    );
    assert_eq!(host.connect(NOW, socket, &Address::ANY), Err(Errno::EINVAL));
    assert_eq!(host.bind(socket, &path("")), Err(Errno::EINVAL));
    assert_eq!(
        host.bind(socket, &path(&"x".repeat(109))),
        Err(Errno::EINVAL)
    );
    assert_eq!(
        host.bind(socket, &hidden(&"x".repeat(108))),
        Err(Errno::EINVAL)
    );
    host.bind(socket, &path(&"x".repeat(108))).unwrap();
    assert_eq!(host.bind(socket, &path("/other")), Err(Errno::EINVAL));
    // A bound stream socket that does not listen.
    let caller = stream(&mut host);
    let name = path(&"x".repeat(108));
    assert_eq!(host.connect(NOW, caller, &name), Err(Errno::ECONNREFUSED));
    let datagram = host.socket(Family::Unix, Kind::Datagram).unwrap();
    assert_eq!(host.connect(NOW, datagram, &name), Err(Errno::EPROTOTYPE));
    assert_eq!(
        host.socket(Family::Unix, Kind::Ping),
        Err(Errno::ESOCKTNOSUPPORT)
    );
    let (a, b) = connection(&mut host);
    assert_eq!(host.connect(NOW, a, &name), Err(Errno::EISCONN));
    assert_eq!(host.listen(a, 1), Err(Errno::EINVAL));
    assert_eq!(host.send_to(NOW, a, b"x", &name), Err(Errno::EISCONN));
    assert_eq!(
        host.send_to(NOW, caller, b"x", &name),
        Err(Errno::EOPNOTSUPP)
    );
    let _ = host.close(NOW, b).unwrap();
    assert_eq!(recv(&mut host, b), Err(Errno::EBADF));
    assert_eq!(host.close(NOW, b), Err(Errno::EBADF));
}

#[test]
fn autobind_gives_names_of_five_digits() {
    let mut host = host();
    let mut names = Vec::new();
    for _ in 0..10 {
        let socket = stream(&mut host);
        host.bind(socket, &UnixName::Unnamed.into()).unwrap();
        let Address::Unix(UnixName::Abstract(name)) = host.local_address(socket).unwrap() else {
            panic!("not an abstract name");
        };
        assert_eq!(name.len(), 5);
        assert!(name.iter().all(u8::is_ascii_hexdigit));
        assert!(!names.contains(&name));
        names.push(name);
    }
}

#[test]
fn options_tell_what_it_is() {
    let mut host = host();
    let server = listener(&mut host, &path("/s"), 1);
    for (name, value) in [
        (OptionName::Type, SocketOption::Type(1)),
        (OptionName::Domain, SocketOption::Domain(1)),
        (OptionName::AcceptConn, SocketOption::AcceptConn(true)),
        (OptionName::Error, SocketOption::Error(None)),
        (OptionName::SendBuffer, SocketOption::SendBuffer(212_992)),
    ] {
        assert_eq!(host.option(server, name), Ok(value));
    }
    host.set_option(NOW, server, SocketOption::SendBuffer(10_000))
        .unwrap();
    assert_eq!(
        host.option(server, OptionName::SendBuffer),
        Ok(SocketOption::SendBuffer(20_000))
    );
    let listed = host.sockets();
    assert_eq!(listed[0].state, State::Listen);
    assert_eq!(listed[0].to_string(), "u_str LISTEN          0      1 /s *");
}

#[derive(Clone, Debug)]
enum Step {
    Socket(bool),
    Bind(usize, u8),
    Listen(usize, i32),
    Accept(usize),
    Connect(usize, u8),
    Send(usize, usize),
    Recv(usize, usize),
    Shutdown(usize, u8),
    Close(usize),
    Unlink(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0usize..12;
    prop_oneof![
        any::<bool>().prop_map(Step::Socket),
        (which.clone(), 0u8..4).prop_map(|(s, n)| Step::Bind(s, n)),
        (which.clone(), -1..3).prop_map(|(s, n)| Step::Listen(s, n)),
        which.clone().prop_map(Step::Accept),
        (which.clone(), 0u8..4).prop_map(|(s, n)| Step::Connect(s, n)),
        (which.clone(), 0usize..100_000).prop_map(|(s, n)| Step::Send(s, n)),
        (which.clone(), 0usize..300_000).prop_map(|(s, n)| Step::Recv(s, n)),
        (which.clone(), 0u8..3).prop_map(|(s, n)| Step::Shutdown(s, n)),
        which.prop_map(Step::Close),
        (0u8..4).prop_map(Step::Unlink),
    ]
}

fn named(number: u8) -> Address {
    match number {
        0 => path("/zero"),
        1 => path("/one"),
        2 => hidden("two"),
        _ => UnixName::Unnamed.into(),
    }
}

/// One call; whatever it answers, it answers.
fn take(host: &mut Stack, sockets: &mut Vec<SocketId>, step: &Step) -> ControlFlow<()> {
    let pick = |which: &usize| sockets.get(which % sockets.len().max(1)).copied();
    let some = |id: Option<SocketId>| id.map_or(ControlFlow::Break(()), ControlFlow::Continue);
    match step {
        Step::Socket(stream) => {
            let kind = if *stream {
                Kind::Stream
            } else {
                Kind::Datagram
            };
            sockets.push(host.socket(Family::Unix, kind).unwrap());
        }
        Step::Bind(s, name) => {
            let _ = host.bind(some(pick(s))?, &named(*name));
        }
        Step::Listen(s, backlog) => {
            let _ = host.listen(some(pick(s))?, *backlog);
        }
        Step::Accept(s) => {
            if let Ok((near, _)) = host.accept(some(pick(s))?) {
                sockets.push(near);
            }
        }
        Step::Connect(s, name) => {
            let _ = host.connect(NOW, some(pick(s))?, &named(*name));
        }
        Step::Send(s, len) => {
            let _ = host.send(NOW, some(pick(s))?, &vec![0; *len]);
        }
        Step::Recv(s, len) => {
            let mut out = vec![0; *len];
            let _ = host.recv(NOW, some(pick(s))?, &mut out, RecvFlags::empty());
        }
        Step::Shutdown(s, how) => {
            let how = [How::Read, How::Write, How::Both][usize::from(*how)];
            let _ = host.shutdown(NOW, some(pick(s))?, how);
        }
        Step::Close(s) => {
            let _ = host.close(NOW, some(pick(s))?);
        }
        Step::Unlink(name) => {
            if let Address::Unix(UnixName::Path(path)) = named(*name) {
                let _ = host.unlink(&path);
            }
        }
    }
    ControlFlow::Continue(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_sequence_of_calls_is_survived(steps in prop::collection::vec(step(), 1..120)) {
        let mut host = host();
        let mut sockets = Vec::new();
        for step in &steps {
            let _ = take(&mut host, &mut sockets, step);
            while let Some(event) = host.poll_event() {
                let _ = event.socket().map(|socket| host.readiness(socket));
            }
        }
        // What can be read can be, and what can be written can be.
        for socket in sockets {
            if host.local_address(socket).is_err() {
                continue;
            }
            let ready = host.readiness(socket);
            let listens = host.option(socket, OptionName::AcceptConn) == Ok(SocketOption::AcceptConn(true));
            if ready.contains(Readiness::READABLE) && !listens {
                prop_assert_ne!(recv(&mut host, socket), Err(Errno::EAGAIN));
            }
            if ready.contains(Readiness::WRITABLE) && !listens {
                prop_assert_ne!(host.send(NOW, socket, b"x"), Err(Errno::EAGAIN));
            }
        }
    }
}

#[test]
fn a_pair_is_connected_without_names() {
    let mut host = host();
    for kind in [Kind::Stream, Kind::Datagram] {
        let (one, other) = host.socket_pair(Family::Unix, kind).unwrap();
        for (from, to) in [(one, other), (other, one)] {
            assert_eq!(host.send(NOW, from, b"hello"), Ok(5));
            let mut buf = [0; 8];
            assert_eq!(host.recv(NOW, to, &mut buf, RecvFlags::empty()), Ok(5));
            assert_eq!(host.peer_address(from), Ok(UnixName::Unnamed.into()));
            assert_eq!(host.local_address(from), Ok(UnixName::Unnamed.into()));
        }
        let _ = host.close(NOW, one).unwrap();
        let alone = host.send(NOW, other, b"anybody?").unwrap_err();
        let expected = [Errno::EPIPE, Errno::ECONNREFUSED];
        assert_eq!(alone, expected[usize::from(kind == Kind::Datagram)]);
    }
    let refused = host.socket_pair(Family::Inet, Kind::Stream);
    assert_eq!(refused, Err(Errno::EOPNOTSUPP));
}
