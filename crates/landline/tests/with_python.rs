//! Python's `socket` as the peer, and as the judge of numbers, on the kernel's sockets.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod python;

use std::net::Ipv4Addr;

use landline::{Family, Network, Socket, Type};
use python::Python;
use python::cases::Meeting;

python_cases!(kernel);

fn kernel() -> Meeting {
    Meeting {
        network: Network::kernel(),
        ours: Ipv4Addr::LOCALHOST,
        theirs: Ipv4Addr::LOCALHOST,
    }
}

#[test]
fn unix_datagrams_either_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server");
    let mut py = Python::start();
    // Python serves, and answers the name that the kernel gave us.
    py.run("u = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)");
    py.run(format!("u.bind({path:?})"));
    let ours = Socket::new(&Network::kernel(), Family::Unix, Type::Datagram).unwrap();
    ours.bind(landline::UnixAddress::Unnamed).unwrap();
    ours.sendto(b"hello", &path).unwrap();
    py.run("data, who = u.recvfrom(100)");
    py.run("u.sendto(data.upper(), who)");
    let mut buf = [0; 64];
    assert_eq!(ours.recv(&mut buf).unwrap(), 5);
    assert_eq!(&buf[..5], b"HELLO");

    // We serve a client with a name, and hear one without.
    let path = folder.path().join("ours");
    let server = Socket::new(&Network::kernel(), Family::Unix, Type::Datagram).unwrap();
    server.bind(&path).unwrap();
    py.run("v = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)");
    py.run("v.bind('')");
    py.run(format!("v.sendto(b'named', {path:?})"));
    let (length, who) = server.recvfrom(&mut buf).unwrap();
    server.sendto(&buf[..length], &who).unwrap();
    assert_eq!(py.run("v.recv(100)"), "b'named'");
    py.run("w = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)");
    py.run(format!("w.sendto(b'', {path:?})"));
    let (length, who) = server.recvfrom(&mut buf).unwrap();
    assert_eq!(length, 0);
    assert!(who.as_unix().unwrap().is_unnamed());
}

/// A path may fill `sun_path` to its last byte, without a NUL (unix(7), "BUGS"). Such a sender must
/// not upset whoever reads its name.
#[test]
fn a_unix_name_of_108_bytes_is_only_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut py = Python::start();
    let ours = folder.path().join("ours");
    let server = Socket::new(&Network::kernel(), Family::Unix, Type::Datagram).unwrap();
    server.bind(&ours).unwrap();
    py.run("import ctypes, struct");
    py.run("u = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)");
    py.run(format!("path = {:?}.encode() + b'/'", folder.path()));
    py.run("path += b'x' * (108 - len(path))");
    py.run("name = struct.pack('H', socket.AF_UNIX) + path");
    let bound = py.run("ctypes.CDLL(None).bind(u.fileno(), name, len(name))");
    assert_eq!(bound, "0");
    py.run(format!("u.sendto(b'hi', {ours:?})"));
    let mut buf = [0; 8];
    let (length, who) = server.recvfrom(&mut buf).unwrap();
    assert_eq!(length, 2);
    let name = who.as_unix().unwrap().as_pathname().unwrap();
    assert_eq!(name.as_os_str().len(), 108);
    // It cannot be written in our form of an address, and so is refused, not cut.
    let answer = server.sendto(b"?", &who).unwrap_err();
    assert_eq!(answer.kind(), std::io::ErrorKind::InvalidInput);
}
