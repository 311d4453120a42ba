//! Our stack on a TAP device over IPv6, with the kernel on the other side: its ping, and Python's
//! sockets.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use host::testing::shell;
use landline::{Network, Tap, TcpListener, TcpStream, UdpSocket};

/// We are `fd00::2` and `fe80::2`, the kernel is `fd00::1` on one cable, at once.
fn meet() -> Network {
    let tap = Tap::new("tap0", "10.9.0.2/24".parse().unwrap())
        .address("fd00::2/64".parse().unwrap())
        .address("fe80::2/64".parse().unwrap())
        .sysctl("net.ipv6.conf.default.dad_transmits", "0")
        .unwrap();
    // Before the device is there: its link-local address begins with it.
    shell(
        "sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
         net.ipv6.conf.default.dad_transmits=0",
    );
    let network = tap.open().unwrap();
    shell("ip address add fd00::1/64 dev tap0 nodad; ip link set tap0 up");
    network
}

/// A Python program whose last word says how it went.
fn python(program: &str) -> Child {
    Command::new("timeout")
        .args(["60", "python3", "-c", program])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn said(python: Child) -> String {
    let output = python.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Reads a line that says it is ready.
fn ready(python: &mut Child) {
    let mut byte = [0];
    python
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut byte)
        .unwrap();
}

fn pattern(len: u32) -> Vec<u8> {
    (0..len).flat_map(|n| (n * n).to_le_bytes()).collect()
}

const PATTERN: &str = "import socket, struct\n\
    data = b''.join(struct.pack('<I', n * n & 0xffffffff) for n in range(1000000))\n";

host::in_own_network! {
    fn the_kernel_pings_us_also_in_fragments() {
        let _network = meet();
        for (size, to) in [(56, "fd00::2"), (20_000, "fd00::2"), (56, "fe80::2%tap0")] {
            let said = shell(&format!("ping -6 -c 3 -i 0.01 -W 5 -s {size} {to}"));
            assert!(said.contains("3 received"), "{said}");
        }
    }

    fn four_megabytes_arrive_as_they_were_whoever_calls() {
        let network = meet();
        let data: Vec<u8> = (0..1_000_000u32).flat_map(|n| n.wrapping_mul(n).to_le_bytes()).collect();
        // Each sends back what it heard.
        let mut server = python(&format!(
            "{PATTERN}l = socket.create_server(('fd00::1', 9000), family=socket.AF_INET6)\n\
             print('!', end='', flush=True)\n\
             c, who = l.accept()\n\
             f = c.makefile('rb')\n\
             heard = f.read(len(data))\n\
             c.sendall(heard)\n\
             c.close()\n\
             print(who[0], heard == data)"
        ));
        ready(&mut server);
        let mut call = TcpStream::connect(&network, "[fd00::1]:9000").unwrap();
        call.write_all(&data).unwrap();
        let mut heard = Vec::new();
        call.read_to_end(&mut heard).unwrap();
        assert!(heard == data);
        assert_eq!(said(server), "fd00::2 True");

        // Both families at one listener.
        let listener = TcpListener::bind(&network, "[::]:9000").unwrap();
        let caller = python(&format!(
            "{PATTERN}c = socket.create_connection(('fe80::2%tap0', 9000))\n\
             c.sendall(data)\n\
             c.shutdown(socket.SHUT_WR)\n\
             print(c.makefile('rb').read() == data)"
        ));
        let (mut call, who) = listener.accept().unwrap();
        assert!(who.to_string().starts_with("[fe80::"), "{who}");
        let mut heard = Vec::new();
        call.read_to_end(&mut heard).unwrap();
        call.write_all(&heard).unwrap();
        drop(call);
        assert_eq!(said(caller), "True");
        assert!(heard == data);
    }

    fn datagrams_pass_both_ways_also_in_fragments() {
        let network = meet();
        let ours = UdpSocket::bind(&network, "[fd00::2]:9000").unwrap();
        let echo = python(
            "import socket\n\
             u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)\n\
             u.settimeout(20)\n\
             u.sendto(b'hello', ('fd00::2', 9000))\n\
             for _ in range(2): u.sendto(*u.recvfrom(70000))\n",
        );
        let mut buf = vec![0; 70_000];
        let (len, who) = ours.recv_from(&mut buf).unwrap();
        assert_eq!(&buf[..len], b"hello");
        for len in [20_000, 60_000] {
            let data = &pattern(len / 4)[..];
            ours.send_to(data, who).unwrap();
            let (len, from) = ours.recv_from(&mut buf).unwrap();
            assert_eq!(from, who);
            assert!(buf[..len] == *data);
        }
        assert_eq!(said(echo), "");
    }

    fn closed_ports_are_told_to_both() {
        let network = meet();
        let ours = UdpSocket::bind(&network, "[::]:0").unwrap();
        ours.connect("[fd00::1]:9").unwrap();
        ours.send(b"anybody?").unwrap();
        let error = ours.recv(&mut [0; 8]).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(111));
        let error = TcpStream::connect(&network, "[fd00::1]:9").unwrap_err();
        assert_eq!(error.raw_os_error(), Some(111));
        let theirs = python(
            "import socket\n\
             print(socket.socket(socket.AF_INET6).connect_ex(('fd00::2', 9)))\n\
             u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)\n\
             u.settimeout(20)\n\
             u.connect(('fd00::2', 9))\n\
             u.send(b'anybody?')\n\
             try: u.recv(8)\n\
             except OSError as error: print(error.errno)",
        );
        assert_eq!(said(theirs), "111\n111");
    }
}
