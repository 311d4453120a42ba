//! The command over IPv6 on a TAP device, with the kernel and Python on the other side.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod common;

use common::{Running, failure, finish, landline, printed, python};
use host::testing::shell;

/// fd00::1 and fe80::1 are the kernel, and fd00::2 whoever opens the device.
fn make_device() {
    shell(
        "sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0; \
         ip tuntap add dev tap0 mode tap; ip address add fd00::1/64 dev tap0 nodad; \
         ip address add fe80::1/64 dev tap0 nodad; ip link set tap0 addrgenmode none; ip link set tap0 up",
    );
}

const VIA: &str = "tap:tap0,fd00::2/64";
/// Our own addresses are not asked for, which would take a second or two.
const AT_ONCE: [&str; 2] = ["--sysctl", "net.ipv6.conf.default.dad_transmits=0"];

fn on_tap(arguments: &[&str]) -> std::process::Command {
    landline(&[arguments, &["--via", VIA], &AT_ONCE].concat())
}

/// Calls by TCP and UDP, and asks the time.
const CALLER: &str = "
import socket, sys
for host in sys.argv[1:]:
    with socket.create_connection((host, 9000), 20) as call:
        call.sendall(b'hello')
        print(call.recv(1024).decode())
    family, kind, _, _, to = socket.getaddrinfo(host, 9000, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind) as letters:
        letters.settimeout(20)
        letters.sendto(b'hello again', to)
        print(letters.recv(1024).decode())
";

const SERVER: &str = "
import socket, threading
def streams():
    while True:
        call, _ = server.accept()
        while message := call.recv(1024):
            call.sendall(message.upper())
        call.close()
letters = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
letters.bind(('::', 9000))
server = socket.create_server(('::', 9000), family=socket.AF_INET6)
threading.Thread(target=streams, daemon=True).start()
print('ready')
while True:
    message, who = letters.recvfrom(1024)
    letters.sendto(message.upper(), who)
";

/// A router of fd00:3::/64 in the kernel's own name, which answers every question for routers.
const ROUTER: &str = "
import socket, struct
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
at = socket.if_nametoindex('tap0')
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(socket.AF_INET6, 'ff02::2') + struct.pack('=I', at))
ra = struct.pack('>BBHBBHII', 134, 0, 0, 64, 0, 1800, 0, 0)
ra += struct.pack('>BBBBIII', 3, 4, 64, 0xc0, 7200, 3600, 0) + socket.inet_pton(socket.AF_INET6, 'fd00:3::')
print('ready')
while True:
    message, who = s.recvfrom(2048)
    if message[0] == 133:
        s.sendto(ra, ('ff02::1', 0, 0, at))
";

host::in_own_network! {
    /// An address and a way out come from a router that advertises: `auto` needs no more.
    fn what_a_router_advertises_is_enough_to_call() {
        make_device();
        // The kernel does not take what it says itself.
        shell("sysctl -qw net.ipv6.conf.tap0.accept_ra=0");
        shell("ip address add fd00:3::1/64 dev tap0 nodad; ip address add 2001:db8::1/128 dev lo nodad");
        let router = Running::start(python(ROUTER, &[]));
        router.until("ready");
        let python_server = Running::start(python(SERVER, &[]));
        python_server.until("ready");
        let auto = |arguments: &[&str]| {
            landline(&[arguments, &["--via", "tap:tap0,auto"], &AT_ONCE].concat())
        };
        // On the link, where fd00:3::1 answers datagrams of its own network only; and behind the router.
        for to in ["udp://[fd00:3::1]:9000", "tcp://[fd00:3::1]:9000", "tcp://[2001:db8::1]:9000"] {
            assert_eq!(printed(finish(auto(&["call", to]), "hello\n")), "HELLO\n", "{to}");
        }
    }

    fn a_server_on_our_stack_answers_python_over_ipv6() {
        make_device();
        let server = Running::start(on_tap(&["serve", "upper", "--trace"]));
        // Where others reach it, without being told.
        server.until("listening on udp://[fd00::2]:9000");
        let heard = printed(finish(python(CALLER, &["fd00::2"]), ""));
        assert_eq!(heard, "HELLO\nHELLO AGAIN\n");
        assert!(shell("ping -6 -c 1 -W 5 fd00::2").contains("1 received"));
        server.signal("INT");
        let (code, lines) = server.end();
        assert_eq!(code, Some(0), "{lines:#?}");
        for parts in [
            ["who has fd00::2? tell fd00::1", "in "],
            ["fd00::2 is at", "out"],
            ["SYN, ACK  seq 0  ack 1", "[fd00::2]:9000 > [fd00::1]:"],
            ["\"HELLO AGAIN\"  11 bytes", "UDP"],
            ["ICMPv6 Echo Reply", "Hop Limit 64"],
        ] {
            let is = |line: &String| parts.iter().all(|part| line.contains(part));
            assert!(lines.iter().any(is), "{parts:?} in {lines:#?}");
        }
    }

    /// `[::]` takes callers of both families and of the link, as on Linux.
    fn a_server_of_all_addresses_is_called_by_both_families() {
        make_device();
        shell("ip address add 10.9.0.1/24 dev tap0");
        let both = "tap:tap0,10.9.0.2/24,fd00::2/64,fe80::2/64";
        let server = Running::start(landline(&[
            &["serve", "echo", "--on", "tcp://[::]:9000", "--on", "udp://[::]:9000", "--via", both],
            &AT_ONCE[..],
        ].concat()));
        server.until("listening on udp://[::]:9000");
        let hosts = ["fd00::2", "10.9.0.2", "fe80::2%tap0"];
        let heard = printed(finish(python(CALLER, &hosts), ""));
        assert_eq!(heard, "hello\nhello again\n".repeat(3));
        server.stop();
    }

    fn a_client_on_our_stack_calls_python_also_on_the_link_alone() {
        make_device();
        let server = Running::start(python(SERVER, &[]));
        server.until("ready");
        for to in ["tcp://[fd00::1]:9000", "udp://[fd00::1]:9000", "tcp://[fe80::1%tap0]:9000", "udp://[fe80::1%2]:9000"] {
            assert_eq!(printed(finish(on_tap(&["call", to]), "hello\n")), "HELLO\n", "{to}");
        }
        // Nothing but an address of the link, which the stack takes by itself; and one of ours.
        for via in ["tap:tap0,auto", "tap:tap0,fe80::2/64"] {
            let call = landline(&[
                &["call", "tcp://[fe80::1%tap0]:9000", "--via", via, "--sysctl", "net.ipv6.conf.default.accept_ra=0"],
                &AT_ONCE[..],
            ].concat());
            assert_eq!(printed(finish(call, "hello\n")), "HELLO\n", "{via}");
        }
        let (line, code) = failure(finish(on_tap(&["call", "tcp://[fe80::1]:9000"]), "hello\n"));
        assert!(code == 1 && line.contains("tcp://[fe80::1%eth0]:9000"), "{line}");
        let (line, code) = failure(finish(on_tap(&["call", "tcp://[fe80::1%tap1]:9000"]), "hello\n"));
        assert!(code == 1 && line.contains("no interface"), "{line}");
        let (line, code) = failure(finish(on_tap(&["call", "tcp://[fd00::1]:9"]), "hello\n"));
        assert!(code == 1 && line.contains("nobody is listening"), "{line}");
    }

    fn the_time_is_told_and_the_chat_is_written_over_ipv6() {
        make_device();
        let server = Running::start(on_tap(&["serve", "time"]));
        let at = server.endpoint();
        assert_eq!(at, "udp://[fd00::2]:9000");
        // The kernel asks.
        let asked = printed(finish(landline(&["time", &at]), "%%\n"));
        assert_eq!(asked, "%\n");
        server.stop();

        let mut server = Running::start(landline(&["serve", "chat", "--on", "udp://[fd00::1]:8081"]));
        server.until("listening on");
        let dir = tempfile::tempdir().unwrap();
        let contacts = dir.path().join("friends.toml");
        std::fs::write(&contacts, "alice = \"udp://[fd00::1]:8081\"\n").unwrap();
        let mut client = Running::start(on_tap(&["chat", "--contacts", contacts.to_str().unwrap()]));
        client.type_in("alice");
        client.type_in("hello");
        let heard = server.until("a message from");
        assert!(heard.starts_with("a message from [[fd00::2]:") && heard.ends_with(": hello"), "{heard}");
        server.type_in("and hello to you");
        client.until("a message from [[fd00::1]:8081]: and hello to you");
        client.end_input();
        assert_eq!(client.end().0, Some(0));
        server.end_input();
        server.stop();
    }

    /// Duplicate address detection: the kernel has the address already (RFC 4862 section 5.4).
    fn an_address_that_somebody_has_is_not_taken() {
        make_device();
        let via = ["--via", "tap:tap0,fd00::1/64"];
        let (line, code) = failure(finish(landline(&[&["serve", "echo"], &via[..]].concat()), ""));
        assert!(code == 1 && line.contains("has fd00::1 already"), "{line}");
        let (line, _) = failure(finish(landline(&[&["serve", "echo", "--lang", "zh"], &via[..]].concat()), ""));
        assert!(line.contains("已在使用 fd00::1"), "{line}");
    }
}
