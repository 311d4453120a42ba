//! Cases with Python as the peer, and as the judge of numbers: the kernel's sockets on its side, any
//! network's on ours.

use std::io::{BufRead, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::time::Duration;

use landline::options::{self, Options};
use landline::{Family, Network, Socket, Type};

use super::Python;

/// Where we meet Python.
pub(crate) struct Meeting {
    /// Our network.
    pub(crate) network: Network,
    /// Our address there.
    pub(crate) ours: Ipv4Addr,
    /// The kernel's, and so Python's.
    pub(crate) theirs: Ipv4Addr,
}

impl Meeting {
    pub(crate) fn stream(&self) -> Socket {
        Socket::new(&self.network, Family::Inet, Type::Stream).unwrap()
    }

    pub(crate) fn datagram(&self) -> Socket {
        Socket::new(&self.network, Family::Inet, Type::Datagram).unwrap()
    }

    /// Our listener, with a port of its own.
    pub(crate) fn listener(&self, backlog: u32) -> Socket {
        let listener = self.stream();
        listener.bind((self.ours, 0)).unwrap();
        listener.listen(backlog).unwrap();
        listener
    }
}

pub(crate) fn pattern(length: usize) -> Vec<u8> {
    (0_u32..).flat_map(u32::to_le_bytes).take(length).collect()
}

pub(crate) fn read_to_end(mut socket: &Socket) -> Vec<u8> {
    let mut all = Vec::new();
    socket.read_to_end(&mut all).unwrap();
    all
}

/// A socket name as Python writes it.
pub(crate) fn tuple(socket: &Socket) -> String {
    let address = socket.getsockname().unwrap().as_ip().unwrap();
    format!("('{}', {})", address.ip(), address.port())
}

/// A connection that we make to Python: our end; Python's is `c`.
pub(crate) fn we_call(meeting: &Meeting, py: &mut Python) -> Socket {
    py.run("l = socket.socket()");
    py.run(format!("l.bind(('{}', 0))", meeting.theirs));
    py.run("l.listen(1)");
    let port: u16 = py.number("l.getsockname()[1]");
    let ours = meeting.stream();
    assert_eq!(ours.connect_ex((meeting.theirs, port)), 0);
    py.run("c, who = l.accept()");
    assert_eq!(py.run("who"), tuple(&ours));
    ours
}

/// A connection that Python makes to us: our end; Python's is `c`.
pub(crate) fn python_calls(meeting: &Meeting, py: &mut Python) -> Socket {
    let listener = meeting.listener(1);
    py.run("c = socket.socket()");
    assert_eq!(py.run(format!("c.connect_ex({})", tuple(&listener))), "0");
    let (ours, who) = listener.accept().unwrap();
    let theirs = format!("('{}', {})", meeting.theirs, who.as_ip().unwrap().port());
    assert_eq!(py.run("c.getsockname()"), theirs);
    ours
}

pub(crate) const WAYS: [fn(&Meeting, &mut Python) -> Socket; 2] = [we_call, python_calls];

pub(crate) fn a_call_and_half_closes_either_way(meeting: &Meeting) {
    let mut py = Python::start();
    for way in WAYS {
        let ours = way(meeting, &mut py);
        ours.sendall("héllo".as_bytes()).unwrap();
        assert_eq!(py.run("c.recv(1024).decode()"), "'héllo'");
        py.run("c.sendall(b'answer')");
        let mut buf = [0; 64];
        assert_eq!(ours.recv(&mut buf).unwrap(), 6);

        ours.shutdown(Shutdown::Write).unwrap();
        assert_eq!(py.run("c.recv(1024)"), "b''");
        py.run("c.sendall(b'after your end')");
        py.run("c.shutdown(socket.SHUT_WR)");
        assert_eq!(read_to_end(&ours), b"after your end");
        assert_eq!(py.errno("c.send(b'late')"), 32);
        assert_eq!(ours.send(b"late").unwrap_err().raw_os_error(), Some(32));
    }
}
pub(crate) fn resets_either_way(meeting: &Meeting) {
    let mut py = Python::start();
    for way in WAYS {
        let ours = way(meeting, &mut py);
        ours.set_linger(Some(Duration::ZERO)).unwrap();
        ours.close();
        assert_eq!(py.errno("c.recv(1)"), 104);

        let ours = way(meeting, &mut py);
        py.run("import struct");
        py.run("c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))");
        py.run("c.close()");
        let error = ours.recv(&mut [0; 1]).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(104));
    }
}
pub(crate) fn a_peer_killed_in_the_middle_resets_or_ends_the_call(meeting: &Meeting) {
    let mut py = Python::start();
    let listener = meeting.listener(5);
    let call = |py: &mut Python| {
        py.run(format!(
            "c = socket.create_connection({})",
            tuple(&listener)
        ));
        listener.accept().unwrap().0
    };
    // It had read all that we sent: the kernel ends the call for it.
    let mut victim = Python::start();
    let ended = call(&mut victim);
    victim.run("c.sendall(b'half a')");
    victim.kill();
    assert_eq!(read_to_end(&ended), b"half a");

    // It had not: the kernel resets the call.
    let mut victim = Python::start();
    let reset = call(&mut victim);
    reset.sendall(b"unheard").unwrap();
    // A byte back tells that ours have come.
    victim.run("c.recv(1, socket.MSG_PEEK)");
    victim.kill();
    let error = reset.recv(&mut [0; 8]).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(104));

    // Others are served.
    let served = call(&mut py);
    served.sendall(b"still here").unwrap();
    served.close();
    assert_eq!(py.run("read_to_end(c)"), "b'still here'");
}

pub(crate) fn ten_megabytes_through_small_buffers_either_way(meeting: &Meeting) {
    let mut py = Python::start();
    let data = pattern(10_000_000);
    for way in WAYS {
        let ours = way(meeting, &mut py);
        ours.set_send_buffer_size(64 * 1024).unwrap();
        py.begin("read_to_end(c) == pattern(10_000_000)");
        ours.sendall(&data).unwrap();
        ours.shutdown(Shutdown::Write).unwrap();
        assert_eq!(py.end(), "True");

        py.run("c.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)");
        py.begin("(c.sendall(pattern(10_000_000)), c.close())");
        assert!(read_to_end(&ours) == data);
        py.end();
    }
}
pub(crate) fn files_either_way(meeting: &Meeting) {
    let mut py = Python::start();
    for way in WAYS {
        let ours = way(meeting, &mut py);
        let mut file = ours.makefile();
        py.run("f = c.makefile('rw', newline='\\n')");
        file.write_all(b"first\nsecond\n").unwrap();
        file.flush().unwrap();
        assert_eq!(py.run("f.readline()"), "'first\\n'");
        assert_eq!(py.run("f.readline()"), "'second\\n'");
        py.run("f.write('third\\nfourth\\n')");
        py.run("f.flush()");
        for expected in ["third\n", "fourth\n"] {
            let mut line = String::new();
            file.read_line(&mut line).unwrap();
            assert_eq!(line, expected);
        }
        // Our file keeps our socket, theirs keeps theirs.
        ours.close();
        py.run("c.close()");
        file.write_all(b"last").unwrap();
        drop(file);
        assert_eq!(py.run("f.read()"), "'last'");
    }
}
pub(crate) fn datagrams_either_way(meeting: &Meeting) {
    let mut py = Python::start();
    let ours = meeting.datagram();
    ours.bind((meeting.ours, 0)).unwrap();
    py.run("u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)");
    py.run(format!("u.bind(('{}', 0))", meeting.theirs));
    let port: u16 = py.number("u.getsockname()[1]");
    let theirs = SocketAddr::from((meeting.theirs, port));
    let (to_us, data) = (tuple(&ours), pattern(65_507));
    let mut buf = vec![0; 70_000];
    for length in [0, 1, 1_472, 1_473, 65_507] {
        assert_eq!(ours.sendto(&data[..length], theirs).unwrap(), length);
        py.run("data, who = u.recvfrom(70_000)");
        assert_eq!(py.run(format!("data == pattern({length})")), "True");
        assert_eq!(py.run("who"), to_us);
        py.run(format!("u.sendto(pattern({length}), {to_us})"));
        let (received, who) = ours.recvfrom(&mut buf).unwrap();
        assert!(buf[..received] == data[..length], "{received} of {length}");
        assert_eq!(who.as_ip(), Some(theirs));
    }
    let theirs_says = py.errno(format!("u.sendto(bytes(65_508), {to_us})"));
    let ours_says = ours.sendto(&[0; 65_508], theirs).unwrap_err();
    assert_eq!((theirs_says, ours_says.raw_os_error()), (90, Some(90)));
}
/// The same wrong calls, in Python and here, have the same number.
pub(crate) fn errors_have_pythons_numbers(meeting: &Meeting) {
    type Call = fn(&Socket) -> std::io::Result<()>;
    let nobody = meeting.stream();
    nobody.bind((meeting.ours, 0)).unwrap();
    let refused = tuple(&nobody);
    let port = nobody.getsockname().unwrap().as_ip().unwrap().port();
    let cases: [(&str, Call); 10] = [
        ("s.getpeername()", |s| s.getpeername().map(drop)),
        ("s.recv(1)", |s| s.recv(&mut [0]).map(drop)),
        ("s.send(b'x')", |s| s.send(b"x").map(drop)),
        ("s.accept()", |s| s.accept().map(drop)),
        ("s.shutdown(2)", |s| s.shutdown(Shutdown::Both)),
        ("s.bind(('192.0.2.1', 0))", |s| s.bind(("192.0.2.1", 0))),
        ("s.connect(('255.255.255.255', 9))", |s| {
            s.connect(("<broadcast>", 9))
        }),
        ("s.setsockopt(0, 2, 0)", |s| s.setsockopt(0, 2, 0)),
        ("s.setsockopt(1, 3, 1)", |s| s.setsockopt(1, 3, 1)),
        ("s.getsockopt(1, 9999)", |s| s.getsockopt(1, 9999).map(drop)),
    ];
    let mut py = Python::start();
    for (line, call) in cases {
        py.run("s = socket.socket()");
        let theirs = py.errno(line);
        let ours = call(&meeting.stream()).unwrap_err().raw_os_error();
        assert_eq!(ours, Some(theirs), "{line}");
    }
    py.run("s = socket.socket()");
    let theirs: i32 = py.number(format!("s.connect_ex({refused})"));
    assert_eq!(
        (meeting.stream().connect_ex((meeting.ours, port)), theirs),
        (111, 111)
    );
    py.run("s = socket.socket(); s.setblocking(False)");
    let ours = meeting.datagram();
    ours.setblocking(false).unwrap();
    py.run("s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setblocking(False)");
    let theirs = py.errno("s.recv(1)");
    assert_eq!(
        ours.recv(&mut [0]).unwrap_err().raw_os_error(),
        Some(theirs)
    );
}
/// Our constants are Python's, and so are the values of a fresh socket.
pub(crate) fn options_have_pythons_numbers_and_values(meeting: &Meeting) {
    let levels = [
        ("SOL_SOCKET", options::SOL_SOCKET),
        ("IPPROTO_IP", options::IPPROTO_IP),
        ("IPPROTO_TCP", options::IPPROTO_TCP),
        ("IPPROTO_UDP", options::IPPROTO_UDP),
        ("IPPROTO_IPV6", options::IPPROTO_IPV6),
    ];
    let (sol, ip, tcp) = (
        options::SOL_SOCKET,
        options::IPPROTO_IP,
        options::IPPROTO_TCP,
    );
    let names = [
        (sol, "SO_REUSEADDR", options::SO_REUSEADDR),
        (sol, "SO_TYPE", options::SO_TYPE),
        (sol, "SO_ERROR", options::SO_ERROR),
        (sol, "SO_BROADCAST", options::SO_BROADCAST),
        (sol, "SO_SNDBUF", options::SO_SNDBUF),
        (sol, "SO_RCVBUF", options::SO_RCVBUF),
        (sol, "SO_KEEPALIVE", options::SO_KEEPALIVE),
        (sol, "SO_LINGER", options::SO_LINGER),
        (sol, "SO_REUSEPORT", options::SO_REUSEPORT),
        (sol, "SO_ACCEPTCONN", options::SO_ACCEPTCONN),
        (sol, "SO_PROTOCOL", options::SO_PROTOCOL),
        (sol, "SO_DOMAIN", options::SO_DOMAIN),
        (ip, "IP_TOS", options::IP_TOS),
        (ip, "IP_TTL", options::IP_TTL),
        (tcp, "TCP_NODELAY", options::TCP_NODELAY),
        (tcp, "TCP_MAXSEG", options::TCP_MAXSEG),
        (tcp, "TCP_KEEPIDLE", options::TCP_KEEPIDLE),
        (tcp, "TCP_KEEPINTVL", options::TCP_KEEPINTVL),
        (tcp, "TCP_KEEPCNT", options::TCP_KEEPCNT),
        (tcp, "TCP_USER_TIMEOUT", options::TCP_USER_TIMEOUT),
    ];
    let mut py = Python::start();
    for (name, ours) in levels {
        assert_eq!(py.number::<i32>(format!("socket.{name}")), ours, "{name}");
    }
    py.run("s = socket.socket()");
    let socket = meeting.stream();
    for (level, name, ours) in names {
        assert_eq!(py.number::<i32>(format!("socket.{name}")), ours, "{name}");
        let theirs: i32 = py.number(format!("s.getsockopt({level}, {ours})"));
        assert_eq!(socket.getsockopt(level, ours).unwrap(), theirs, "{name}");
    }
    // What Python set on a listener, a caller of ours reads, and the other way round.
    for (level, name, value) in [(sol, 8, 20_000), (tcp, 4, 77), (ip, 2, 9)] {
        py.run(format!("s.setsockopt({level}, {name}, {value})"));
        socket.setsockopt(level, name, value).unwrap();
        let theirs: i32 = py.number(format!("s.getsockopt({level}, {name})"));
        assert_eq!(socket.getsockopt(level, name).unwrap(), theirs);
    }
}

/// Makes a test of each case at the meeting that the function `$meeting` arranges; `in_own_network`
/// puts each into a network of its own.
#[macro_export]
macro_rules! python_cases {
    ($meeting:ident) => {
        $crate::python_cases!(@each plain $meeting);
    };
    ($meeting:ident in_own_network) => {
        $crate::python_cases!(@each own $meeting);
    };
    (@each $how:ident $meeting:ident) => {
        $crate::python_cases!(@$how $meeting:
            a_call_and_half_closes_either_way
            resets_either_way
            a_peer_killed_in_the_middle_resets_or_ends_the_call
            ten_megabytes_through_small_buffers_either_way
            files_either_way
            datagrams_either_way
            errors_have_pythons_numbers
            options_have_pythons_numbers_and_values
        );
    };
    (@plain $meeting:ident: $($case:ident)+) => {$(
        #[test]
        fn $case() {
            $crate::python::cases::$case(&$meeting());
        }
    )+};
    (@own $meeting:ident: $($case:ident)+) => {
        host::in_own_network! {$(
            fn $case() {
                $crate::python::cases::$case(&$meeting());
            }
        )+}
    };
}
