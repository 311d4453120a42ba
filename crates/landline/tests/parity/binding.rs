//! Who may have which name beside whom.

use std::net::{Ipv4Addr, SocketAddr};

use landline::Socket;
use landline::options::Options;

use crate::place::{Place, local, name, without_port};

const REUSE: [(&str, bool, bool); 4] = [
    ("neither", false, false),
    ("REUSEADDR", true, false),
    ("REUSEPORT", false, true),
    ("both", true, true),
];

/// The addresses of the first and of the second.
const ADDRESSES: [(&str, Ipv4Addr, Ipv4Addr); 4] = [
    ("same", Ipv4Addr::LOCALHOST, Ipv4Addr::LOCALHOST),
    ("any first", Ipv4Addr::UNSPECIFIED, Ipv4Addr::LOCALHOST),
    ("any second", Ipv4Addr::LOCALHOST, Ipv4Addr::UNSPECIFIED),
    ("apart", Ipv4Addr::LOCALHOST, Ipv4Addr::new(127, 0, 0, 2)),
];

fn with(socket: Socket, address: bool, port: bool) -> Socket {
    socket.set_reuse_address(address).unwrap();
    socket.set_reuse_port(port).unwrap();
    socket
}

fn twice(p: &mut Place, make: fn(&Place) -> Socket, first_listens: bool) {
    for (where_, one, other) in ADDRESSES {
        for (a, a_addr, a_port) in REUSE {
            for (b, b_addr, b_port) in REUSE {
                p.topic = format!("{where_}, {a} then {b}: ");
                let first = with(make(p), a_addr, a_port);
                first.bind(SocketAddr::from((one, 0))).unwrap();
                if first_listens {
                    first.listen(1).unwrap();
                }
                let second = with(make(p), b_addr, b_port);
                let port = name(&first).port();
                p.note("bind", second.bind(SocketAddr::from((other, port))));
                p.note("listen", second.listen(1));
                p.note("listen first", first.listen(1));
            }
        }
    }
    p.topic.clear();
}

pub(crate) fn streams(p: &mut Place) {
    twice(p, Place::tcp, false);
}

pub(crate) fn stream_listeners(p: &mut Place) {
    twice(p, Place::tcp, true);
}

pub(crate) fn datagrams(p: &mut Place) {
    twice(p, Place::udp, false);
}

pub(crate) fn names(p: &mut Place) {
    for (kind, make) in [
        ("tcp", Place::tcp as fn(&Place) -> Socket),
        ("udp", Place::udp),
    ] {
        p.topic = format!("{kind}: ");
        let socket = make(p);
        p.note("unbound", socket.getsockname().map(without_port));
        p.note("not ours", socket.bind(("192.0.2.77", 0)));
        p.note("any port", socket.bind(local(0)));
        p.note("bound", socket.getsockname().map(without_port));
        p.note("bound again", socket.bind(local(0)));
        let any = make(p);
        p.note("anywhere", any.bind(("0.0.0.0", 0)));
        p.note("its name", any.getsockname().map(without_port));
        let far = make(p);
        p.note("all of 127", far.bind(("127.9.9.9", 0)));
        p.note("broadcast", make(p).bind(("255.255.255.255", 0)));
        p.note("a group", make(p).bind(("224.0.0.99", 0)));
        p.note("six", make(p).bind(("::1", 0)));
    }
    p.topic.clear();
    // A connected socket with a port of its own, and one beside it.
    let (listener, address) = p.listener();
    let caller = p.tcp();
    caller.connect(address).unwrap();
    p.note("caller", caller.getsockname().map(without_port));
    let port = name(&caller).port();
    p.note("beside a connection", p.tcp().bind(local(port)));
    let second = with(p.tcp(), true, false);
    p.note("reusing beside it", second.bind(local(port)));
    p.note(
        "beside a listener",
        p.tcp().bind(local(name(&listener).port())),
    );
    let restarted = with(p.tcp(), true, false);
    p.note(
        "reusing beside a listener",
        restarted.bind(local(address.port())),
    );
}

/// Ports for those who do not ask for one, at addresses that nobody else on this host uses.
pub(crate) fn ephemeral(p: &mut Place) {
    const RANGE: i32 = 51;
    const NO_PORT: i32 = 24;
    let at = |last: u8| SocketAddr::from(([127, 77, 0, last], 0));
    let range = |first: i32, last: i32| last << 16 | first;
    let (_listener, to) = p.listener();
    let (_other, other) = p.listener();
    for (kind, make) in [
        ("tcp", Place::tcp as fn(&Place) -> Socket),
        ("udp", Place::udp),
    ] {
        p.topic = format!("{kind}: ");
        let mut held = Vec::new();
        for n in 0..3 {
            let socket = make(p);
            socket.setsockopt(0, RANGE, range(50_123, 50_124)).unwrap();
            p.note(&format!("bind {n}"), socket.bind(at(1)));
            held.push(socket);
        }
        let mut ports: Vec<_> = held[..2].iter().map(|s| name(s).port()).collect();
        ports.sort_unstable();
        p.fact("ports", ports);
        let outside = make(p);
        outside.setsockopt(0, RANGE, range(1, 2)).unwrap();
        p.note("bind with a range outside", outside.bind(at(1)));
        p.fact("a usual port", name(&outside).port() >= 32_768);

        let socket = make(p);
        socket.setsockopt(0, NO_PORT, 1).unwrap();
        p.note("bind without a port", socket.bind(at(2)));
        p.fact("no port", name(&socket));
        p.note("bind again", socket.bind(at(3)));
        p.fact("no port yet", name(&socket));
        p.note("connect", socket.connect(to));
        p.fact("its address", name(&socket).ip());
        p.fact("a port now", name(&socket).port() != 0);
        p.note("bind once connected", socket.bind(at(4)));
        let listening = make(p);
        listening.setsockopt(0, NO_PORT, 1).unwrap();
        p.note("bind to listen", listening.bind(at(5)));
        p.note("listen", listening.listen(1));
        p.fact("listening with a port", name(&listening).port() != 0);

        let callers: Vec<_> = (0..3).map(|_| make(p)).collect();
        for (caller, to) in callers.iter().zip([to, other, to]) {
            caller.setsockopt(0, RANGE, range(50_200, 50_200)).unwrap();
            caller.setsockopt(0, NO_PORT, 1).unwrap();
            p.note("bind one of three", caller.bind(at(6)));
            p.note("connect by the one port", caller.connect(to));
        }
    }
    p.topic.clear();
}
