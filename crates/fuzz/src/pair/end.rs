//! A stack and the program on it.

use base::{Instant, Rng};
use stack::{InterfaceConfig, InterfaceId, SocketId, Stack, Sysctls};
use tcp::State;
use wire::MacAddr;

use super::script::Setup;

/// Sockets that a program holds at most.
pub(super) const MOST_SOCKETS: usize = 12;

/// A connection that a program holds.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) id: SocketId,
    /// Which stream it is an end of.
    pub(super) stream: usize,
    /// 0 at the caller's end.
    pub(super) direction: usize,
    /// Where it stood when last looked at.
    pub(super) state: State,
    /// It was told an error, or reads no more: what it reads is no end of the peer's.
    pub(super) deaf: bool,
}

/// One of the two.
pub(super) struct End {
    pub(super) stack: Stack,
    pub(super) card: InterfaceId,
    pub(super) listener: SocketId,
    pub(super) held: Vec<Held>,
}

impl End {
    /// The end of this number, with the other as its static neighbour: what is tried here is TCP.
    pub(super) fn new(number: usize, setup: &Setup, now: Instant) -> Self {
        let mut sysctls = Sysctls::default();
        let [off, algorithm, buffers, more] = setup.0;
        // Each end by itself: the other's bits are one further on.
        let off = off.rotate_left(number as u32);
        for (bit, name) in OFF.into_iter().enumerate() {
            if off & (1 << bit) != 0 {
                set(&mut sysctls, name, "0");
            }
        }
        let algorithm = ALGORITHMS[usize::from(algorithm >> (4 * number)) % ALGORITHMS.len()];
        set(&mut sysctls, "net.ipv4.tcp_congestion_control", algorithm);
        if buffers & (1 << number) != 0 {
            set(&mut sysctls, "net.ipv4.tcp_rmem", "4096 8192 16384");
        }
        if buffers & (4 << number) != 0 {
            set(&mut sysctls, "net.ipv4.tcp_wmem", "4096 8192 16384");
        }
        let ecn = ["2", "1", "0", "3"][usize::from(buffers >> (4 + 2 * number)) % 4];
        set(&mut sysctls, "net.ipv4.tcp_ecn", ecn);
        if more & (1 << number) != 0 {
            set(&mut sysctls, "net.ipv4.tcp_syncookies", "2");
        }
        let seed = u64::from(more >> 2) * 2 + number as u64;
        let mut stack = Stack::new(sysctls, Rng::seeded(seed));
        let network = format!("10.0.0.{}/24", number + 1);
        let mac = |number: usize| MacAddr::local(number as u64 + 1);
        let config = InterfaceConfig::ethernet(
            "eth0",
            mac(number),
            network.parse().expect("it is a network"),
        );
        let card = stack.add_interface(now, config).expect("it makes sense");
        let other = 1 - number;
        let address = address(other).into();
        stack
            .add_neighbor(now, card, address, mac(other))
            .expect("it is on the link");
        let listener = stack
            .socket(stack::Family::Inet, stack::Kind::Stream)
            .expect("it is the first");
        let any = std::net::SocketAddr::from(([0, 0, 0, 0], PORT));
        stack.bind(listener, &any.into()).expect("nobody has it");
        stack
            .listen(listener, BACKLOG as i32)
            .expect("it has a name");
        Self {
            stack,
            card,
            listener,
            held: Vec::new(),
        }
    }
}

/// How many callers wait at a listener; more than half-open ones are answered by cookies.
pub(super) const BACKLOG: usize = 4;

/// The port that both listen on.
pub(super) const PORT: u16 = 9000;

/// An end's address.
pub(super) const fn address(number: usize) -> std::net::Ipv4Addr {
    std::net::Ipv4Addr::new(10, 0, 0, number as u8 + 1)
}

/// What the script may switch off.
const OFF: [&str; 7] = [
    "net.ipv4.tcp_sack",
    "net.ipv4.tcp_timestamps",
    "net.ipv4.tcp_window_scaling",
    "net.ipv4.tcp_dsack",
    "net.ipv4.tcp_recovery",
    "net.ipv4.tcp_frto",
    "net.ipv4.tcp_slow_start_after_idle",
];

const ALGORITHMS: [&str; 4] = ["cubic", "reno", "bbr", "bbr3"];

fn set(sysctls: &mut Sysctls, name: &str, value: &str) {
    sysctls
        .set(name, value)
        .unwrap_or_else(|error| panic!("{name}={value}: {error}"));
}
