//! Ways narrower than their first link, with Linux on the other side of TAP devices: we are the
//! router that complains and Linux the hosts, and the other way round.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod namespace;

use std::io::{BufRead, BufReader, IoSliceMut, Read, Write};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use base::Rng;
use host::device::Kind;
use host::testing::shell;
use host::{Device, Driver};
use landline::options::*;
use landline::{Cmsg, Family, Network, RecvFlags, Socket, Tap, TcpStream, Type};
use namespace::Place;
use stack::interface::Offload;
use stack::{DropReason, InterfaceConfig, Medium, Stack, Sysctls};
use wire::MacAddr;

/// One family's names. The near host has the address 2 of the first network, the router both 1s, the
/// far host 2 and 3 of the second.
struct Words {
    family: Family,
    /// As Python says it.
    python: &'static str,
    stream: &'static str,
    datagrams: &'static str,
    level: i32,
    discover: i32,
    mtu: i32,
    errors: i32,
    /// Of IP and of UDP.
    headers: usize,
}

const BOTH: [Words; 2] = [
    Words {
        family: Family::Inet,
        python: "AF_INET",
        stream: "10.2.0.2",
        datagrams: "10.2.0.3",
        level: IPPROTO_IP,
        discover: IP_MTU_DISCOVER,
        mtu: IP_MTU,
        errors: IP_RECVERR,
        headers: 28,
    },
    Words {
        family: Family::Inet6,
        python: "AF_INET6",
        stream: "fd02::2",
        datagrams: "fd02::3",
        level: IPPROTO_IPV6,
        discover: IPV6_MTU_DISCOVER,
        mtu: IPV6_MTU,
        errors: IPV6_RECVERR,
        headers: 48,
    },
];

/// Bytes of the longest packet that the far link takes; the near one takes 1500.
const NARROW: usize = 1400;
/// A datagram's, that fits the near link alone.
const TOO_LONG: usize = 1440;
/// A stream's.
const STREAM: usize = 1_000_000;

/// Two servers in one program: of streams how many bytes came, of datagrams themselves. It
/// runs until nobody writes to it any more.
fn serve(far: &Place) -> Child {
    let program = "
import os, socket, sys, threading
def streams(l):
    while True:
        c, who = l.accept()
        with c, c.makefile('rb') as f:
            c.sendall(str(len(f.read(1000000))).encode())
            f.read()
def datagrams(u):
    while True: u.sendto(*u.recvfrom(70000))
for family, net in (socket.AF_INET, '10.2.0.'), (socket.AF_INET6, 'fd02::'):
    l = socket.create_server((net + '2', 9000), family=family)
    threading.Thread(target=streams, args=(l,)).start()
    u = socket.socket(family, socket.SOCK_DGRAM)
    u.bind((net + '3', 9000))
    threading.Thread(target=datagrams, args=(u,)).start()
print('ready', flush=True)
sys.stdin.read()
os._exit(0)";
    let mut server = far
        .command()
        .args(["python3", "-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let out = server.stdout.as_mut().unwrap();
    BufReader::new(out).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    server
}

/// What a Python program said, in words.
fn python(program: &str) -> Vec<String> {
    let output: Output = Command::new("timeout")
        .args(["60", "python3", "-c", program])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.split_whitespace().map(str::to_owned).collect()
}

/// For whoever makes addresses here.
fn at_once() {
    shell("sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0");
}

fn sysctls() -> Sysctls {
    let mut sysctls = Sysctls::default();
    for (name, value) in [
        ("net.ipv4.ip_forward", "1"),
        ("net.ipv6.conf.all.forwarding", "1"),
        ("net.ipv6.conf.default.dad_transmits", "0"),
    ] {
        sysctls.set(name, value).unwrap();
    }
    sysctls
}

/// We are the router: `tap0` leads to this namespace, `tap1` to the other.
fn our_router(far: &Place) -> Driver<()> {
    at_once();
    let mut stack = Stack::new(sysctls(), Rng::seeded(1));
    let mut devices = Vec::new();
    let cards = [
        ("tap0", ["10.1.0.1/24", "fd01::1/64"], 1500),
        ("tap1", ["10.2.0.1/24", "fd02::1/64"], NARROW),
    ];
    for (name, addresses, mtu) in cards {
        let device = Device::open(Kind::Tap, name).unwrap();
        let card = InterfaceConfig {
            name: name.to_owned(),
            medium: Medium::Ethernet(MacAddr::local(mtu as u64)),
            mtu,
            addresses: addresses.map(|address| address.parse().unwrap()).to_vec(),
            offload: Offload {
                checksum: true,
                segmentation: 0,
            },
            probe: false,
            announce: false,
            vlan: None,
        };
        let iface = stack.add_interface(host::kernel::now(), card).unwrap();
        devices.push((iface, device));
    }
    shell(&format!(
        "ip link set tap1 netns {}
         ip address add 10.1.0.2/24 dev tap0; ip address add fd01::2/64 dev tap0 nodad
         ip link set tap0 up
         ip route add default via 10.1.0.1; ip -6 route add default via fd01::1",
        far.pid
    ));
    far.shell(
        "ip link set lo up
         ip address add 10.2.0.2/24 dev tap1; ip address add 10.2.0.3/24 dev tap1
         ip address add fd02::2/64 dev tap1 nodad; ip address add fd02::3/64 dev tap1 nodad
         ip link set tap1 up
         ip route add default via 10.2.0.1; ip -6 route add default via fd02::1",
    );
    Driver::start(stack, devices, (), None).unwrap()
}

/// Linux is the router, in this namespace: `tap0` leads to us, a pair of Ethernet cards to the other.
fn linux_router(far: &Place) -> Network {
    at_once();
    let network = Tap::new("tap0", "10.1.0.2/24".parse().unwrap())
        .address("fd01::2/64".parse().unwrap())
        .gateway("10.1.0.1".parse().unwrap())
        .gateway("fd01::1".parse().unwrap())
        .sysctl("net.ipv6.conf.default.dad_transmits", "0")
        .unwrap()
        .open()
        .unwrap();
    // The way is narrow as the router has it: with all else as wide as ever, the far host says
    // nothing of it.
    shell(&format!(
        "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
         ip address add 10.1.0.1/24 dev tap0; ip address add fd01::1/64 dev tap0 nodad
         ip link set tap0 up
         ip link add near type veth peer name far netns {}
         ip address add 10.2.0.1/24 dev near; ip address add fd02::1/64 dev near nodad
         ip link set near up
         ip route replace 10.2.0.0/24 dev near src 10.2.0.1 proto kernel mtu lock {NARROW}
         ip -6 route add fd02::2 dev near mtu lock {NARROW}
         ip -6 route add fd02::3 dev near mtu lock {NARROW}",
        far.pid
    ));
    far.shell(
        "ip link set lo up
         ip address add 10.2.0.2/24 dev far; ip address add 10.2.0.3/24 dev far
         ip address add fd02::2/64 dev far nodad; ip address add fd02::3/64 dev far nodad
         ip link set far up
         ip route add default via 10.2.0.1; ip -6 route add default via fd02::1",
    );
    network
}

host::in_own_network! {
    fn linux_obeys_our_router() {
        let far = Place::new();
        let router = our_router(&far);
        let mut server = serve(&far);
        let complaints = || {
            router.with(|stack, (), _| stack.drops().get(DropReason::FragmentationNeeded))
        };
        for words in BOTH {
            let Words { python: family, stream, datagrams, level, discover, mtu, headers, .. } = words;
            let before = complaints();
            // A stream of full segments; the path as TCP_INFO has it, 60 bytes in.
            let said = python(&format!(
                "import socket, struct
c = socket.create_connection(('{stream}', 9000), 20)
c.sendall(bytes({STREAM}))
print(c.recv(100).decode(), struct.unpack_from('I', c.getsockopt(6, 11, 104), 60)[0],
      c.getsockopt({level}, {mtu}))"
            ));
            assert_eq!(said.join(" "), format!("{STREAM} {NARROW} {NARROW}"), "{family}");
            let after = complaints();
            assert!(after > before, "{family}");
            // Datagrams that are not to be cut, then those that may be.
            let (least, most) = (NARROW - headers + 1, NARROW - headers);
            let said = python(&format!(
                "import socket
u = socket.socket(socket.{family}, socket.SOCK_DGRAM)
u.settimeout(20)
u.setsockopt({level}, {discover}, 2)
u.connect(('{datagrams}', 9000))
def send(len):
    try: print(u.send(bytes(len)), u.recv_into(bytearray(2000)))
    except OSError as error: print(error.errno)
send({TOO_LONG})
print(u.getsockopt({level}, {mtu}))
send({least})
send({most})
u.setsockopt({level}, {discover}, 1)
send({TOO_LONG})"
            ));
            let expected = format!("90 {NARROW} 90 {most} {most} {TOO_LONG} {TOO_LONG}");
            assert_eq!(said.join(" "), expected, "{family}");
            assert_eq!(complaints(), after + 1, "{family}");
        }
        server.wait().unwrap();
    }

    fn we_obey_linux_as_a_router() {
        let far = Place::new();
        let network = linux_router(&far);
        let mut server = serve(&far);
        for words in BOTH {
            a_stream_finds_the_width(&network, &words);
            datagrams_find_the_width(&network, &words);
        }
        server.wait().unwrap();
    }
}

fn a_stream_finds_the_width(network: &Network, words: &Words) {
    let mut call = TcpStream::connect(network, (words.stream, 9000)).unwrap();
    assert_eq!(call.getsockopt(words.level, words.mtu).unwrap(), 1500);
    call.write_all(&vec![7; STREAM]).unwrap();
    let mut said = [0; 7];
    call.read_exact(&mut said).unwrap();
    assert_eq!(said, *b"1000000", "{}", words.python);
    let mtu = call.getsockopt(words.level, words.mtu).unwrap();
    assert_eq!(mtu as usize, NARROW, "{}", words.python);
    let mut info = [0; 104];
    call.getsockopt_bytes(IPPROTO_TCP, TCP_INFO, &mut info)
        .unwrap();
    // tcpi_pmtu.
    let pmtu = u32::from_ne_bytes(info[60..64].try_into().unwrap());
    assert_eq!(pmtu as usize, NARROW, "{}", words.python);
}

fn datagrams_find_the_width(network: &Network, words: &Words) {
    let name = words.python;
    let socket = Socket::new(network, words.family, Type::Datagram).unwrap();
    socket.setsockopt(words.level, words.errors, 1).unwrap();
    socket.setsockopt(words.level, words.discover, 2).unwrap();
    socket.connect((words.datagrams, 9000)).unwrap();
    let patience = Some(Duration::from_secs(20));
    socket.settimeout(patience).unwrap();
    let mut buf = [0; 2000];
    assert_eq!(socket.send(&[7; TOO_LONG]).unwrap(), TOO_LONG);
    let error = socket.recv(&mut buf).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(90), "{name}");
    // The router said how wide the way is.
    let bufs = &mut [IoSliceMut::new(&mut buf)];
    let message = socket.recvmsg(bufs, 512, RecvFlags::ERRQUEUE).unwrap();
    let said = message.control.iter().find_map(|cmsg| match cmsg {
        Cmsg::RecvErr(error) => Some((error.errno.name(), error.info as usize)),
        _ => None,
    });
    assert_eq!(said, Some((Some("EMSGSIZE"), NARROW)), "{name}");
    let mtu = socket.getsockopt(words.level, words.mtu).unwrap();
    assert_eq!(mtu as usize, NARROW, "{name}");
    let most = NARROW - words.headers;
    let error = socket.send(&vec![7; most + 1]).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(90), "{name}");
    assert_eq!(socket.send(&vec![7; most]).unwrap(), most);
    assert_eq!(socket.recv(&mut buf).unwrap(), most, "{name}");
    // Those that may be cut come in two packets, and come back.
    socket.setsockopt(words.level, words.discover, 1).unwrap();
    assert_eq!(socket.send(&[7; TOO_LONG]).unwrap(), TOO_LONG);
    assert_eq!(socket.recv(&mut buf).unwrap(), TOO_LONG, "{name}");
}
