//! Every case between two hosts of a simulated LAN over IPv6, in real time; two hosts of both
//! families; and addresses of one link.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod suite;

use landline::options::{IPPROTO_IPV6, IPV6_V6ONLY};
use landline::{Family, Lan, LanHost, Network, Socket, Type};

every_case!(lan);

/// A host with both families that need not wait until its addresses are known to be its own.
fn host(lan: &Lan, name: &str, number: u8) -> Network {
    let plan = LanHost::new(name)
        .plug("office", format!("172.16.10.{number}/24"))
        .address(format!("2001:db8::{number}/64"))
        .address(format!("fe80::{number}/64"))
        .sysctl("net.ipv6.conf.default.dad_transmits", "0")
        .unwrap();
    lan.add_host(&plan).unwrap()
}

fn office() -> (Network, Network) {
    let lan = Lan::in_real_time(1).unwrap();
    lan.add_switch("office").unwrap();
    (host(&lan, "server", 1), host(&lan, "client", 2))
}

fn lan() -> suite::Place {
    let (server, client) = office();
    suite::Place {
        server,
        address: "2001:db8::1".parse().unwrap(),
        broadcast: [172, 16, 10, 255].into(),
        client,
        lan: None,
    }
}

#[test]
fn a_dual_listener_is_called_by_both_families() {
    let (server, client) = office();
    let listener = Socket::new(&server, Family::Inet6, Type::Stream).unwrap();
    assert_eq!(listener.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY).unwrap(), 0);
    listener.bind(("::", 9000)).unwrap();
    listener.listen(5).unwrap();
    for (family, to, from) in [
        (Family::Inet, "172.16.10.1", "::ffff:172.16.10.2"),
        (Family::Inet6, "2001:db8::1", "2001:db8::2"),
        (Family::Inet6, "::ffff:172.16.10.1", "::ffff:172.16.10.2"),
    ] {
        let caller = Socket::new(&client, family, Type::Stream).unwrap();
        caller.connect((to, 9000)).unwrap();
        let (_, who) = listener.accept().unwrap();
        assert_eq!(who.as_ip().unwrap().ip().to_string(), from);
    }
}

#[test]
fn a_link_local_address_is_called_with_its_scope() {
    let (server, client) = office();
    let listener = landline::TcpListener::bind(&server, "[::]:9000").unwrap();
    let caller = landline::TcpStream::connect(&client, "[fe80::1%2]:9000").unwrap();
    let (_, who) = listener.accept().unwrap();
    assert_eq!(who, caller.local_addr().unwrap());
    assert!(who.to_string().starts_with("[fe80::2%2]:"), "{who}");
    // By the name of the interface, which is of that host.
    let caller = Socket::new(&client, Family::Inet6, Type::Stream).unwrap();
    caller.connect(("fe80::1%eth0", 9000)).unwrap();
    let (_, who) = listener.accept().unwrap();
    assert_eq!(Some(who), caller.getsockname().unwrap().as_ip());
    assert_eq!(caller.connect_ex(("fe80::1%eth7", 9000)), 19); // ENODEV
    let nowhere = landline::TcpStream::connect(&client, "[fe80::1]:9000");
    assert_eq!(nowhere.unwrap_err().raw_os_error(), Some(22));
}
