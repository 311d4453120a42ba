//! `AF_UNIX`, within one host.

use std::io::{Read, Write};
use std::path::PathBuf;

use landline::{Family, Socket, Type, UnixAddress, UnixDatagram, UnixListener, UnixStream};
use tempfile::TempDir;

use super::{Place, errno, kind};

/// A folder that goes with the test, and a name in it.
fn scratch() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    (folder, path)
}

fn socket(place: &Place, kind: Type) -> Socket {
    Socket::new(&place.server, Family::Unix, kind).unwrap()
}

pub(crate) fn a_stream_at_a_path(place: &Place) {
    let (_folder, path) = scratch();
    let listener = socket(place, Type::Stream);
    listener.bind(&path).unwrap();
    listener.listen(1).unwrap();
    let caller = socket(place, Type::Stream);
    caller.connect(&path).unwrap();
    let (callee, who) = listener.accept().unwrap();
    assert!(who.as_unix().unwrap().is_unnamed());
    assert_eq!(
        caller
            .getpeername()
            .unwrap()
            .as_unix()
            .unwrap()
            .as_pathname(),
        Some(path.as_path())
    );
    caller.sendall(b"hello").unwrap();
    let mut buf = [0; 8];
    assert_eq!(callee.recv(&mut buf).unwrap(), 5);
    caller.close();
    assert_eq!(callee.recv(&mut buf).unwrap(), 0);
}

pub(crate) fn a_path_in_use_and_a_path_of_nobody(place: &Place) {
    let (_folder, path) = scratch();
    assert_eq!(socket(place, Type::Stream).connect_ex(&path), 2);
    let listener = socket(place, Type::Stream);
    listener.bind(&path).unwrap();
    let nobody = socket(place, Type::Stream).connect_ex(&path);
    assert_eq!(nobody, 111, "bound, but it does not listen");
    assert_eq!(errno(socket(place, Type::Stream).bind(&path)), 98);
    drop(listener);
    let left = socket(place, Type::Stream).connect_ex(&path);
    assert_eq!(left, 111, "the name outlives its socket");
}

pub(crate) fn an_autobound_client_is_answered(place: &Place) {
    let (_folder, path) = scratch();
    let server = socket(place, Type::Datagram);
    server.bind(&path).unwrap();
    let client = socket(place, Type::Datagram);
    client.bind(UnixAddress::Unnamed).unwrap();
    let name = client.getsockname().unwrap();
    assert!(name.as_unix().unwrap().as_abstract_name().is_some());
    client.sendto(b"hello", &path).unwrap();
    let mut buf = [0; 8];
    let (length, who) = server.recvfrom(&mut buf).unwrap();
    assert_eq!((length, &who), (5, &name));
    server.sendto(b"HELLO", &who).unwrap();
    assert_eq!(client.recv(&mut buf).unwrap(), 5);
    assert_eq!(&buf[..5], b"HELLO");
}

pub(crate) fn an_unbound_client_cannot_be_answered(place: &Place) {
    let (_folder, path) = scratch();
    let server = socket(place, Type::Datagram);
    server.bind(&path).unwrap();
    let client = socket(place, Type::Datagram);
    client.sendto(b"", &path).unwrap();
    let (length, who) = server.recvfrom(&mut [0; 8]).unwrap();
    assert_eq!(length, 0);
    assert!(who.as_unix().unwrap().is_unnamed());
    assert_eq!(errno(server.sendto(b"?", &who)), 22);
}

pub(crate) fn an_abstract_name_leaves_nothing_behind(place: &Place) {
    let mut bytes = b"landline\0test\xff".to_vec();
    bytes.extend(std::process::id().to_ne_bytes());
    let name = UnixAddress::Abstract(bytes);
    for _ in 0..2 {
        let listener = socket(place, Type::Stream);
        listener.bind(&name).unwrap();
        listener.listen(1).unwrap();
        let caller = socket(place, Type::Stream);
        caller.connect(&name).unwrap();
        assert_eq!(listener.getsockname().unwrap().as_unix(), Some(&name));
    }
    assert_eq!(socket(place, Type::Stream).connect_ex(&name), 111);
}

pub(crate) fn names_that_cannot_be(place: &Place) {
    use std::io::ErrorKind::InvalidInput;
    let long = PathBuf::from(format!("/tmp/{}", "x".repeat(200)));
    assert_eq!(kind(socket(place, Type::Stream).bind(&long)), InvalidInput);
    let with_nul = PathBuf::from("/tmp/a\0b");
    assert_eq!(
        kind(socket(place, Type::Stream).bind(&with_nul)),
        InvalidInput
    );
    let long = UnixAddress::Abstract(vec![b'x'; 200]);
    assert_eq!(socket(place, Type::Stream).connect_ex(&long), 22);
}

pub(crate) fn a_pair_is_connected(place: &Place) {
    let (one, other) = Socket::pair(&place.server, Type::Datagram).unwrap();
    one.send(b"").unwrap();
    one.send(b"a whole one").unwrap();
    let mut buf = [0; 64];
    assert_eq!(other.recv(&mut buf).unwrap(), 0);
    assert_eq!(other.recv(&mut buf).unwrap(), 11);
    assert!(one.getpeername().unwrap().as_unix().unwrap().is_unnamed());
}

pub(crate) fn the_std_shapes(place: &Place) {
    let (folder, path) = scratch();
    let listener = UnixListener::bind(&place.server, &path).unwrap();
    let mut caller = UnixStream::connect(&place.server, &path).unwrap();
    let (mut callee, _) = listener.accept().unwrap();
    caller.write_all(b"hello").unwrap();
    caller.shutdown(std::net::Shutdown::Write).unwrap();
    let mut heard = String::new();
    callee.read_to_string(&mut heard).unwrap();
    assert_eq!(heard, "hello");

    let path = folder.path().join("datagrams");
    let server = UnixDatagram::bind(&place.server, &path).unwrap();
    let client = UnixDatagram::autobind(&place.server).unwrap();
    client.connect(&path).unwrap();
    client.send(b"hello").unwrap();
    let mut buf = [0; 8];
    let (length, who) = server.recv_from(&mut buf).unwrap();
    assert_eq!(who, client.local_addr().unwrap());
    server.send_to_addr(&buf[..length], &who).unwrap();
    assert_eq!(client.recv(&mut buf).unwrap(), 5);
    drop(server);
    assert_eq!(errno(client.send(b"gone?")), 111);
}
