//! Every option: its default, and values in and out of its range, set and read back.

use landline::Socket;
use landline::options::Options;

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
    (1, 30, "SO_ACCEPTCONN", &[1]),
    (1, 38, "SO_PROTOCOL", &[6]),
    (1, 39, "SO_DOMAIN", &[2]),
    (1, 9_999, "no option of sockets", &[1]),
    (0, 1, "IP_TOS", &[0x10, 0xfc, 0xff, 0, 256]),
    (0, 2, "IP_TTL", &[1, 64, 255, 0, 256, -1, -2]),
    (0, 8, "IP_PKTINFO", FLAG),
    (0, 10, "IP_MTU_DISCOVER", &[0, 1, 2, 3, 4, 5, 6, -1]),
    (0, 11, "IP_RECVERR", FLAG),
    (0, 12, "IP_RECVTTL", FLAG),
    (0, 13, "IP_RECVTOS", FLAG),
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
    (6, 25, "TCP_NOTSENT_LOWAT", &[0, 1, 5_000, i32::MAX, -1]),
    (6, 9_999, "no option of TCP", &[1]),
];

/// Every option on a socket of its own.
fn on_each(p: &mut Place, make: impl Fn(&Place) -> (Socket, Vec<Socket>)) {
    for &(level, number, name, values) in TABLE {
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
