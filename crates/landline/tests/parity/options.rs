//! Every option: its default, and values in and out of its range, set and read back.

use landline::options::Options;
use landline::{Family, Socket, Type};

use crate::place::Place;

/// Level, number, name, values.
type Row = (i32, i32, &'static str, &'static [i32]);

const FLAG: &[i32] = &[1, 0, 2, -1];

const TABLE: &[Row] = &[
    (1, 2, "SO_REUSEADDR", FLAG),
    (1, 3, "SO_TYPE", &[1]),
    (1, 4, "SO_ERROR", &[1]),
    (1, 6, "SO_BROADCAST", FLAG),
    (1, 7, "SO_SNDBUF", &[0, 1, 5_000, 50_000, 100_000_000, -1]),
    (1, 8, "SO_RCVBUF", &[0, 1, 5_000, 50_000, 100_000_000, -1]),
    (1, 9, "SO_KEEPALIVE", FLAG),
    (1, 10, "SO_OOBINLINE", FLAG),
    (1, 12, "SO_PRIORITY", &[0, 1, 6]),
    (1, 15, "SO_REUSEPORT", FLAG),
    (1, 18, "SO_RCVLOWAT", &[0, 1, 7, 1_000]),
    (1, 19, "SO_SNDLOWAT", &[1, 2]),
    (1, 29, "SO_TIMESTAMP", FLAG),
    (1, 42, "SO_PEEK_OFF", &[0, 5, -1, -2, 100]),
    (1, 47, "SO_MAX_PACING_RATE", &[1_000, -1]),
    (1, 30, "SO_ACCEPTCONN", &[1]),
    (1, 35, "SO_TIMESTAMPNS", FLAG),
    (1, 62, "SO_BINDTOIFINDEX", &[1, 0, 7, -1, 0]),
    (1, 38, "SO_PROTOCOL", &[6]),
    (1, 39, "SO_DOMAIN", &[2]),
    (1, 9_999, "no option of sockets", &[1]),
    (0, 1, "IP_TOS", &[0x10, 0xfc, 0xff, 0, 256]),
    (0, 2, "IP_TTL", &[1, 64, 255, 0, 256, -1, -2]),
    (0, 6, "IP_RECVOPTS", FLAG),
    (0, 7, "IP_RETOPTS", FLAG),
    (0, 8, "IP_PKTINFO", FLAG),
    (0, 10, "IP_MTU_DISCOVER", &[0, 1, 2, 3, 4, 5, 6, -1]),
    (0, 11, "IP_RECVERR", FLAG),
    (0, 12, "IP_RECVTTL", FLAG),
    (0, 13, "IP_RECVTOS", FLAG),
    (0, 15, "IP_FREEBIND", FLAG),
    (0, 20, "IP_RECVORIGDSTADDR", FLAG),
    (0, 21, "IP_MINTTL", &[1, 255, 0, 256, -1]),
    (0, 24, "IP_BIND_ADDRESS_NO_PORT", FLAG),
    // Last and first port: 50,000 to 50,001, to the end, from the start, one, upside down.
    (
        0,
        51,
        "IP_LOCAL_PORT_RANGE",
        &[
            0xc351_c350_u32 as i32,
            0xc350,
            0xc350 << 16,
            0x1_0001,
            0x1_0002,
            0,
        ],
    ),
    (0, 9_999, "no option of IP", &[1]),
    (6, 1, "TCP_NODELAY", FLAG),
    (
        6,
        2,
        "TCP_MAXSEG",
        &[88, 87, 1, 0, 1_000, 32_767, 32_768, -1],
    ),
    (6, 3, "TCP_CORK", FLAG),
    (6, 4, "TCP_KEEPIDLE", &[1, 0, -1, 32_767, 32_768]),
    (6, 5, "TCP_KEEPINTVL", &[1, 0, -1, 32_767, 32_768]),
    (6, 6, "TCP_KEEPCNT", &[1, 0, -1, 127, 128]),
    (6, 7, "TCP_SYNCNT", &[1, 0, -1, 127, 128]),
    (6, 8, "TCP_LINGER2", &[0, 1, 60, 120, 121, 100_000, -1, -7]),
    (6, 9, "TCP_DEFER_ACCEPT", &[0, 1, 2, 3, 4, 30, 100_000, -1]),
    (6, 10, "TCP_WINDOW_CLAMP", &[1, 1_000, 1_152, 5_000]),
    (6, 12, "TCP_QUICKACK", &[0, 1, 2, 0, 3, -1]),
    (6, 18, "TCP_USER_TIMEOUT", &[0, 1, 5_000, i32::MAX, -1]),
    (6, 23, "TCP_FASTOPEN", &[1, 0, 5, -1]),
    (6, 25, "TCP_NOTSENT_LOWAT", &[0, 1, 5_000, i32::MAX, -1]),
    (6, 30, "TCP_FASTOPEN_CONNECT", FLAG),
    (6, 34, "TCP_FASTOPEN_NO_COOKIE", FLAG),
    (6, 36, "TCP_INQ", &[1, 0, 2, -1]),
    (6, 9_999, "no option of TCP", &[1]),
    (17, 104, "UDP_GRO", FLAG),
    (17, 103, "UDP_SEGMENT", &[1, 0, 1_400, 65_535, 65_536, -1]),
    (41, 16, "IPV6_UNICAST_HOPS of IPv4", &[1]),
];

/// Of sockets of `AF_INET6`.
const TABLE_OF_IPV6: &[Row] = &[
    (0, 1, "IP_TOS", &[0x10, 0xff, 0, 256]),
    (0, 2, "IP_TTL", &[1, 255, 0, -1]),
    (0, 11, "IP_RECVERR", FLAG),
    (0, 21, "IP_MINTTL", &[7]),
    (1, 42, "SO_PEEK_OFF", &[5]),
    (17, 104, "UDP_GRO", FLAG),
    (0, 7, "IP_RETOPTS", FLAG),
    (6, 36, "TCP_INQ", &[1]),
    (41, 16, "IPV6_UNICAST_HOPS", &[1, 255, 0, 256, -1, -2]),
    (0, 10, "IP_MTU_DISCOVER", &[0, 5, 6, -1]),
    (41, 23, "IPV6_MTU_DISCOVER", &[0, 1, 2, 3, 4, 5, 6, -1]),
    (41, 24, "IPV6_MTU", &[1_280, 1_279, 0, 1_500, 65_536, -1]),
    (41, 25, "IPV6_RECVERR", FLAG),
    (41, 26, "IPV6_V6ONLY", FLAG),
    (41, 49, "IPV6_RECVPKTINFO", FLAG),
    (41, 51, "IPV6_RECVHOPLIMIT", FLAG),
    (41, 62, "IPV6_DONTFRAG", FLAG),
    (41, 66, "IPV6_RECVTCLASS", FLAG),
    (41, 67, "IPV6_TCLASS", &[0x10, 0xff, 0, -1, 256, -2]),
    (41, 73, "IPV6_MINHOPCOUNT", &[1, 255, 0, 256, -1]),
    (41, 74, "IPV6_RECVORIGDSTADDR", FLAG),
    (41, 78, "IPV6_FREEBIND", FLAG),
    (41, 9_999, "no option of IPv6", &[1]),
];

/// Every option on a socket of its own.
fn on_each(p: &mut Place, make: impl Fn(&Place) -> (Socket, Vec<Socket>)) {
    on_each_of(p, TABLE, make);
}

fn on_each_of(p: &mut Place, table: &[Row], make: impl Fn(&Place) -> (Socket, Vec<Socket>)) {
    for &(level, number, name, values) in table {
        let (socket, others) = make(p);
        p.note(
            &format!("{name} at first"),
            socket.getsockopt(level, number),
        );
        for value in values {
            let set = socket.setsockopt(level, number, *value);
            p.note(&format!("{name} set to {value}"), set);
            let read = socket.getsockopt(level, number);
            p.note(&format!("{name} then"), read);
        }
        let short = socket.setsockopt_bytes(level, number, &[]);
        p.note(&format!("{name} of no bytes"), short);
        drop(others);
    }
}

pub(crate) fn of_fresh_streams(p: &mut Place) {
    on_each(p, |p| (p.tcp(), Vec::new()));
}

pub(crate) fn of_listeners(p: &mut Place) {
    on_each(p, |p| (p.listener().0, Vec::new()));
}

pub(crate) fn of_connections(p: &mut Place) {
    on_each(p, |p| {
        let (caller, callee) = p.pair();
        (caller, vec![callee])
    });
}

pub(crate) fn of_datagrams(p: &mut Place) {
    on_each(p, |p| (p.udp(), Vec::new()));
}

pub(crate) fn of_ipv6(p: &mut Place) {
    for (kind, topic) in [(Type::Stream, "stream: "), (Type::Datagram, "datagrams: ")] {
        p.topic = topic.to_owned();
        on_each_of(p, TABLE_OF_IPV6, |p| {
            let socket = Socket::new(&p.network, Family::Inet6, kind).unwrap();
            (socket, Vec::new())
        });
    }
    p.topic.clear();
}

/// Options that are no numbers, and sockets of one interface.
pub(crate) fn of_devices(p: &mut Place) {
    /// SOL_SOCKET and SO_BINDTODEVICE, SO_COOKIE.
    const DEVICE: (i32, i32) = (1, 25);
    const COOKIE: (i32, i32) = (1, 57);
    for (topic, make) in [
        ("tcp: ", Place::tcp as fn(&Place) -> Socket),
        ("udp: ", Place::udp),
    ] {
        p.topic = topic.to_owned();
        let socket = make(p);
        let mut value = [0xff; 16];
        let read =
            |socket: &Socket, value: &mut [u8]| socket.getsockopt_bytes(DEVICE.0, DEVICE.1, value);
        p.note("none", read(&socket, &mut value));
        for name in [
            "lo",
            "lo\0",
            "nowhere",
            "a name that is far too long",
            "lo\0x",
        ] {
            let set = socket.setsockopt_bytes(DEVICE.0, DEVICE.1, name.as_bytes());
            p.note(&format!("bound to {name:?}"), set);
            p.note(
                "read",
                read(&socket, &mut value).map(|len| value[..len].to_vec()),
            );
            p.note("by number", socket.getsockopt(1, 62));
        }
        p.note("too short", read(&socket, &mut value[..3]));
        p.note("to none", socket.setsockopt_bytes(DEVICE.0, DEVICE.1, b""));
        p.note("none then", read(&socket, &mut value));
        let mut cookie = [0; 8];
        let len = socket.getsockopt_bytes(COOKIE.0, COOKIE.1, &mut cookie);
        p.note("a cookie", len.map(|len| (len, cookie != [0; 8])));
        let mut other = [0; 8];
        let _ = make(p).getsockopt_bytes(COOKIE.0, COOKIE.1, &mut other);
        p.fact("another's is another", other != cookie);
        p.note(
            "cookie in four",
            socket.getsockopt_bytes(COOKIE.0, COOKIE.1, &mut other[..4]),
        );
        p.note("set", socket.setsockopt_bytes(COOKIE.0, COOKIE.1, &[1; 8]));
    }
    p.topic.clear();
}
