//! Every case on the kernel's sockets, over the loopback interface.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod suite;

use std::net::Ipv4Addr;

use landline::{Family, Network, Socket, Type};

every_case!(kernel);

fn kernel() -> suite::Place {
    let network = Network::kernel();
    suite::Place {
        server: network.clone(),
        address: Ipv4Addr::LOCALHOST.into(),
        broadcast: Ipv4Addr::new(127, 255, 255, 255).into(),
        client: network,
        lan: None,
    }
}

mod ipv6 {
    crate::every_case!(kernel);

    fn kernel() -> crate::suite::Place {
        crate::suite::Place {
            address: std::net::Ipv6Addr::LOCALHOST.into(),
            ..crate::kernel()
        }
    }
}

#[test]
fn fileno_is_a_real_descriptor() {
    let socket = Socket::new(&Network::kernel(), Family::Inet, Type::Stream).unwrap();
    let descriptor = socket.fileno().unwrap();
    let link = std::fs::read_link(format!("/proc/self/fd/{descriptor}")).unwrap();
    assert!(link.to_str().unwrap().starts_with("socket:"), "{link:?}");
}

#[test]
fn inet6_carries_a_call() {
    let network = Network::kernel();
    let listener = Socket::new(&network, Family::Inet6, Type::Stream).unwrap();
    listener.bind(("::1", 0)).unwrap();
    listener.listen(1).unwrap();
    let caller = Socket::new(&network, Family::Inet6, Type::Stream).unwrap();
    caller.connect(listener.getsockname().unwrap()).unwrap();
    let (callee, who) = listener.accept().unwrap();
    assert_eq!(who, caller.getsockname().unwrap());
    caller.sendall(b"six").unwrap();
    let mut buf = [0; 8];
    assert_eq!(callee.recv(&mut buf).unwrap(), 3);
}

/// Host names, an empty host and `<broadcast>` mean what they mean in Python.
#[test]
fn hosts_are_given_as_in_python() {
    use landline::{Address, ToAddress};
    let of = |host: &str, family| {
        (host, 9)
            .to_address(&Network::kernel(), family)
            .unwrap()
            .to_string()
    };
    assert_eq!(of("", Family::Inet), "0.0.0.0:9");
    assert_eq!(of("", Family::Inet6), "[::]:9");
    assert_eq!(of("<broadcast>", Family::Inet), "255.255.255.255:9");
    assert_eq!(of("localhost", Family::Inet), "127.0.0.1:9");
    assert_eq!(of("172.16.10.1", Family::Inet), "172.16.10.1:9");
    // A zone by its name or its number, which is not lost on the way (RFC 4007 section 11).
    assert_eq!(of("fe80::1%lo", Family::Inet6), "[fe80::1%1]:9");
    assert_eq!(of("fe80::1%7", Family::Inet6), "[fe80::1%7]:9");
    let nowhere = ("fe80::1%nowhere", 9).to_address(&Network::kernel(), Family::Inet6);
    assert_eq!(nowhere.unwrap_err().raw_os_error(), Some(19)); // ENODEV
    let path = std::path::Path::new("/tmp/s").to_address(&Network::kernel(), Family::Unix);
    assert!(matches!(path.unwrap(), Address::Unix(_)));
}

#[test]
fn sockets_go_to_other_threads_and_are_shared() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Network>();
    shared::<Socket>();
    shared::<landline::SocketFile>();
    shared::<landline::TcpListener>();
    shared::<landline::tokio::TcpStream>();
    shared::<landline::tokio::tcp::OwnedWriteHalf>();
    shared::<landline::tokio::UnixDatagram>();
}
