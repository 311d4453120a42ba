//! Datagrams to groups on a plain TAP device, with the kernel's sockets on the other side: each hears
//! what it joined, and nothing else, whoever sends.
//!
//! Nobody waits for a clock. What must not come is followed by a datagram that must, and datagrams
//! keep their order on a cable.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "the cases of streams are not run here")]

mod python;

use std::io::IoSliceMut;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use host::testing::shell;
use landline::options::*;
use landline::{Cmsg, Family, Network, RecvFlags, Socket, Tap, Type};
use python::Python;

/// A family, and who is who in it.
struct Kind {
    family: Family,
    /// The level of its options.
    level: i32,
    group: &'static str,
    /// Which nobody joins.
    other: &'static str,
    ours: [&'static str; 2],
    theirs: [&'static str; 2],
    hops: i32,
    echo: i32,
    by: i32,
}

const FOUR: Kind = Kind {
    family: Family::Inet,
    level: IPPROTO_IP,
    group: "239.1.2.3",
    other: "239.1.2.4",
    ours: ["10.9.0.2", "10.9.0.4"],
    theirs: ["10.9.0.1", "10.9.0.3"],
    hops: IP_MULTICAST_TTL,
    echo: IP_MULTICAST_LOOP,
    by: IP_MULTICAST_IF,
};

const SIX: Kind = Kind {
    family: Family::Inet6,
    level: IPPROTO_IPV6,
    group: "ff15::1:2",
    other: "ff15::1:3",
    ours: ["fd00::2", "fd00::4"],
    theirs: ["fd00::1", "fd00::3"],
    hops: IPV6_MULTICAST_HOPS,
    echo: IPV6_MULTICAST_LOOP,
    by: IPV6_MULTICAST_IF,
};

/// Our card's number, behind the loopback.
const CARD: u32 = 2;
const PORT: u16 = 5000;

/// Both of us on one cable with two addresses in each family, all of them good at once.
fn meet() -> (Network, Python) {
    let tap = Tap::new("tap0", "10.9.0.2/24".parse().unwrap())
        .address("10.9.0.4/24".parse().unwrap())
        .address("fd00::2/64".parse().unwrap())
        .address("fd00::4/64".parse().unwrap())
        .address("fe80::2/64".parse().unwrap())
        .sysctl("net.ipv6.conf.default.dad_transmits", "0")
        .unwrap();
    shell(
        "sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
         net.ipv6.conf.default.dad_transmits=0",
    );
    let network = tap.open().unwrap();
    shell(
        "ip address add 10.9.0.1/24 dev tap0; ip address add 10.9.0.3/24 dev tap0
         ip address add fd00::1/64 dev tap0 nodad; ip address add fd00::3/64 dev tap0 nodad
         ip link set tap0 up",
    );
    let mut py = Python::start();
    py.run("import struct");
    (network, py)
}

/// `struct sockaddr_storage` of an address.
fn storage(address: &str) -> Vec<u8> {
    let mut bytes = match address.parse().unwrap() {
        IpAddr::V4(addr) => [&2u16.to_ne_bytes()[..], &[0; 2], &addr.octets()].concat(),
        IpAddr::V6(addr) => [&10u16.to_ne_bytes()[..], &[0; 6], &addr.octets()].concat(),
    };
    bytes.resize(128, 0);
    bytes
}

/// `struct group_req` or, with a source, `struct group_source_req`.
fn request(card: u32, group: &str, source: Option<&str>) -> Vec<u8> {
    let mut bytes = [&card.to_ne_bytes()[..], &[0; 4], &storage(group)].concat();
    bytes.extend(source.map(storage).into_iter().flatten());
    bytes
}

impl Kind {
    fn socket(&self, network: &Network) -> Socket {
        let socket = Socket::new(network, self.family, Type::Datagram).unwrap();
        socket.settimeout(Some(Duration::from_secs(30))).unwrap();
        socket
    }

    /// Ours, bound to the port, which tells hops and receiver of each datagram.
    fn hearer(&self, network: &Network) -> Socket {
        let socket = self.socket(network);
        let any: IpAddr = match self.family {
            Family::Inet6 => "::".parse().unwrap(),
            _ => "0.0.0.0".parse().unwrap(),
        };
        socket.bind(SocketAddr::new(any, PORT)).unwrap();
        for option in match self.family {
            Family::Inet6 => [IPV6_RECVHOPLIMIT, IPV6_RECVPKTINFO],
            _ => [IP_RECVTTL, IP_PKTINFO],
        } {
            socket.setsockopt(self.level, option, 1).unwrap();
        }
        socket
    }

    fn set(&self, socket: &Socket, option: i32, group: &str, source: Option<&str>) {
        let request = request(CARD, group, source);
        socket
            .setsockopt_bytes(self.level, option, &request)
            .unwrap();
    }

    /// Ours, which sends to groups by the card.
    fn sender(&self, network: &Network, from: &str) -> Socket {
        let socket = self.socket(network);
        let from: IpAddr = from.parse().unwrap();
        socket.bind(SocketAddr::new(from, 0)).unwrap();
        let by = match from {
            IpAddr::V4(addr) => addr.octets(),
            IpAddr::V6(_) => CARD.to_ne_bytes(),
        };
        socket.setsockopt_bytes(self.level, self.by, &by).unwrap();
        socket
    }

    /// Python's socket `name`; none of its calls takes for ever.
    fn python(&self, py: &mut Python, name: &str, address: &str, port: u16) {
        let family = if self.level == IPPROTO_IPV6 { 10 } else { 2 };
        py.run(format!(
            "{name} = socket.socket({family}, socket.SOCK_DGRAM)"
        ));
        py.run(format!("{name}.settimeout(30)"));
        py.run(format!("{name}.bind(('{address}', {port}))"));
        py.run("card = socket.if_nametoindex('tap0')");
        match self.family {
            Family::Inet6 => py.run(format!("{name}.setsockopt(41, {}, card)", self.by)),
            _ => py.run(format!(
                "{name}.setsockopt(0, {}, struct.pack('=4s4si', bytes(4), bytes(4), card))",
                self.by
            )),
        };
    }

    fn python_set(
        &self,
        py: &mut Python,
        name: &str,
        option: i32,
        group: &str,
        source: Option<&str>,
    ) {
        let at = py.number("card");
        let request = request(at, group, source);
        py.run(format!(
            "{name}.setsockopt({}, {option}, bytes({request:?}))",
            self.level
        ));
    }

    /// Python's hearer `r`, which tells hops.
    fn python_hearer(&self, py: &mut Python) {
        let any = if self.level == IPPROTO_IPV6 {
            "::"
        } else {
            "0.0.0.0"
        };
        self.python(py, "r", any, PORT);
        let option = if self.level == IPPROTO_IPV6 {
            IPV6_RECVHOPLIMIT
        } else {
            IP_RECVTTL
        };
        py.run(format!("r.setsockopt({}, {option}, 1)", self.level));
    }
}

/// What comes next: the words, the hops it had left, whom it was for.
#[track_caller]
fn next(socket: &Socket) -> (String, u8, IpAddr) {
    let mut bytes = [0; 64];
    let message = socket
        .recvmsg(&mut [IoSliceMut::new(&mut bytes)], 256, RecvFlags::empty())
        .unwrap();
    let (mut hops, mut to) = (None, None);
    for cmsg in &message.control {
        match cmsg {
            Cmsg::Ttl(left) | Cmsg::HopLimit(left) => hops = Some(*left),
            Cmsg::PktInfo(info) => to = Some(IpAddr::V4(info.addr)),
            Cmsg::PktInfo6(info) => to = Some(IpAddr::V6(info.addr)),
            _ => {}
        }
    }
    let words = String::from_utf8_lossy(&bytes[..message.len]).into_owned();
    (words, hops.unwrap(), to.unwrap())
}

/// What Python hears next: the words, and the hops.
fn python_next(py: &mut Python) -> String {
    py.run("(m := r.recvmsg(64, 256)) and (m[0].decode(), struct.unpack('=i', m[1][0][2])[0])")
}

/// Python sends by its socket `s`.
fn python_sends(py: &mut Python, words: &str, to: &str) {
    py.run(format!("s.sendto(b'{words}', ('{to}', {PORT}))"));
}

fn we_hear_what_we_joined(kind: &Kind) {
    let (network, mut py) = meet();
    let hearer = kind.hearer(&network);
    let ours: IpAddr = kind.ours[0].parse().unwrap();
    let group: IpAddr = kind.group.parse().unwrap();
    kind.python(&mut py, "s", kind.theirs[0], 0);
    for round in 0..20 {
        for hops in [1, 7, 255] {
            py.run(format!(
                "s.setsockopt({}, {}, {hops})",
                kind.level, kind.hops
            ));
            python_sends(&mut py, "before", kind.group);
            python_sends(&mut py, "mark", kind.ours[0]);
            assert_eq!(next(&hearer), ("mark".into(), 64, ours), "round {round}");
            kind.set(&hearer, MCAST_JOIN_GROUP, kind.group, None);
            python_sends(&mut py, "not joined", kind.other);
            python_sends(&mut py, "joined", kind.group);
            assert_eq!(
                next(&hearer),
                ("joined".into(), hops, group),
                "round {round}"
            );
            kind.set(&hearer, MCAST_LEAVE_GROUP, kind.group, None);
        }
    }
}

fn linux_hears_what_it_joined(kind: &Kind) {
    let (network, mut py) = meet();
    kind.python_hearer(&mut py);
    let sender = kind.sender(&network, kind.ours[0]);
    let send = |words: &str, to: &str| {
        let to = SocketAddr::new(to.parse().unwrap(), PORT);
        sender.sendto(words.as_bytes(), to).unwrap();
    };
    for round in 0..20 {
        for hops in [1, 7, 255] {
            sender.setsockopt(kind.level, kind.hops, hops).unwrap();
            send("before", kind.group);
            send("mark", kind.theirs[0]);
            assert_eq!(python_next(&mut py), "('mark', 64)", "round {round}");
            kind.python_set(&mut py, "r", MCAST_JOIN_GROUP, kind.group, None);
            send("not joined", kind.other);
            send("joined", kind.group);
            assert_eq!(
                python_next(&mut py),
                format!("('joined', {hops})"),
                "round {round}"
            );
            kind.python_set(&mut py, "r", MCAST_LEAVE_GROUP, kind.group, None);
        }
    }
}

/// Members on the sender's own host hear if it wants so, those on the other always.
fn echo(kind: &Kind) {
    let (network, mut py) = meet();
    kind.python_hearer(&mut py);
    kind.python_set(&mut py, "r", MCAST_JOIN_GROUP, kind.group, None);
    kind.python(&mut py, "s", kind.theirs[0], 0);
    let hearer = kind.hearer(&network);
    kind.set(&hearer, MCAST_JOIN_GROUP, kind.group, None);
    let sender = kind.sender(&network, kind.ours[0]);
    let to = SocketAddr::new(kind.group.parse().unwrap(), PORT);
    for round in 0..20 {
        for (echo, words) in [(1, "loud"), (0, "quiet")] {
            sender.setsockopt(kind.level, kind.echo, echo).unwrap();
            sender.sendto(words.as_bytes(), to).unwrap();
            assert_eq!(
                python_next(&mut py),
                format!("('{words}', 1)"),
                "round {round}"
            );
            if echo == 1 {
                assert_eq!(next(&hearer).0, words, "round {round}");
            }
            py.run(format!(
                "s.setsockopt({}, {}, {echo})",
                kind.level, kind.echo
            ));
            python_sends(&mut py, words, kind.group);
            assert_eq!(next(&hearer).0, words, "round {round}");
            if echo == 1 {
                assert_eq!(
                    python_next(&mut py),
                    format!("('{words}', 1)"),
                    "round {round}"
                );
            }
        }
    }
}

/// What sources a membership is about: what is done, and who of two is heard then.
const SOURCES: [(i32, Option<usize>, [bool; 2]); 9] = [
    (MCAST_JOIN_SOURCE_GROUP, Some(0), [true, false]),
    (MCAST_JOIN_SOURCE_GROUP, Some(1), [true, true]),
    (MCAST_LEAVE_SOURCE_GROUP, Some(0), [false, true]),
    (MCAST_LEAVE_SOURCE_GROUP, Some(1), [false, false]),
    (MCAST_JOIN_GROUP, None, [true, true]),
    (MCAST_BLOCK_SOURCE, Some(1), [true, false]),
    (MCAST_BLOCK_SOURCE, Some(0), [false, false]),
    (MCAST_UNBLOCK_SOURCE, Some(1), [false, true]),
    (MCAST_LEAVE_GROUP, None, [false, false]),
];

fn we_hear_sources(kind: &Kind) {
    let (network, mut py) = meet();
    let hearer = kind.hearer(&network);
    for _ in 0..3 {
        for (option, source, heard) in SOURCES {
            let source = source.map(|index| kind.theirs[index]);
            kind.set(&hearer, option, kind.group, source);
            for (index, heard) in heard.into_iter().enumerate() {
                kind.python(&mut py, "s", kind.theirs[index], 0);
                let words = format!("from {index}");
                python_sends(&mut py, &words, kind.group);
                python_sends(&mut py, "mark", kind.ours[0]);
                if heard {
                    assert_eq!(next(&hearer).0, words, "{option} {source:?}");
                }
                assert_eq!(next(&hearer).0, "mark", "{option} {source:?}");
            }
        }
    }
}

fn linux_hears_sources(kind: &Kind) {
    let (network, mut py) = meet();
    kind.python_hearer(&mut py);
    let senders = kind.ours.map(|from| kind.sender(&network, from));
    let to = |to: &str| SocketAddr::new(to.parse().unwrap(), PORT);
    for _ in 0..3 {
        for (option, source, heard) in SOURCES {
            let source = source.map(|index| kind.ours[index]);
            kind.python_set(&mut py, "r", option, kind.group, source);
            for (index, heard) in heard.into_iter().enumerate() {
                let words = format!("from {index}");
                senders[index]
                    .sendto(words.as_bytes(), to(kind.group))
                    .unwrap();
                senders[index].sendto(b"mark", to(kind.theirs[0])).unwrap();
                if heard {
                    assert_eq!(
                        python_next(&mut py),
                        format!("('{words}', 1)"),
                        "{option} {source:?}"
                    );
                }
                assert_eq!(python_next(&mut py), "('mark', 64)", "{option} {source:?}");
            }
        }
    }
}

host::in_own_network! {
    fn we_hear_the_group_of_ipv4_that_we_joined() {
        we_hear_what_we_joined(&FOUR);
    }

    fn we_hear_the_group_of_ipv6_that_we_joined() {
        we_hear_what_we_joined(&SIX);
    }

    fn linux_hears_the_group_of_ipv4_that_it_joined() {
        linux_hears_what_it_joined(&FOUR);
    }

    fn linux_hears_the_group_of_ipv6_that_it_joined() {
        linux_hears_what_it_joined(&SIX);
    }

    fn own_members_hear_over_ipv4_if_the_sender_wants_it() {
        echo(&FOUR);
    }

    fn own_members_hear_over_ipv6_if_the_sender_wants_it() {
        echo(&SIX);
    }

    fn we_hear_the_sources_of_ipv4_that_we_chose() {
        we_hear_sources(&FOUR);
    }

    fn we_hear_the_sources_of_ipv6_that_we_chose() {
        we_hear_sources(&SIX);
    }

    fn linux_hears_the_sources_of_ipv4_that_it_chose() {
        linux_hears_sources(&FOUR);
    }

    fn linux_hears_the_sources_of_ipv6_that_it_chose() {
        linux_hears_sources(&SIX);
    }
}
