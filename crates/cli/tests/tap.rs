//! The command on a TAP device, with the kernel and Python on the other side.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod common;

use std::fs::File;

use common::{Running, finish, landline, python};
use host::testing::shell;
use pcap_file::pcapng::{Block, PcapNgReader};
use wire::LinkType;
use wire::dissect::{LayerKind, Verdict, dissect};

/// 10.9.0.1 is the kernel, and 10.9.0.2 whoever opens the device.
fn make_device() {
    shell(
        "ip tuntap add dev tap0 mode tap; ip address add 10.9.0.1/24 dev tap0; \
         ip link set tap0 up",
    );
}

const VIA: &str = "tap:tap0,10.9.0.2/24";

const CALLER: &str = "
import socket
with socket.create_connection(('10.9.0.2', 9000), 20) as call:
    call.sendall(b'hello')
    print(call.recv(1024).decode())
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as letters:
    letters.settimeout(20)
    letters.sendto(b'hello again', ('10.9.0.2', 9000))
    print(letters.recv(1024).decode())
";

const SERVER: &str = "
import socket
with socket.create_server(('10.9.0.1', 9000)) as server:
    print('ready')
    call, _ = server.accept()
    while message := call.recv(1024):
        call.sendall(message.upper())
";

/// How many segments and datagrams there are; all of them are sound.
fn sound_transports(capture: &std::path::Path) -> (usize, usize) {
    let mut reader = PcapNgReader::new(File::open(capture).unwrap()).unwrap();
    let (mut segments, mut datagrams) = (0, 0);
    while let Some(block) = reader.next_block() {
        let Block::EnhancedPacket(packet) = block.unwrap() else {
            continue;
        };
        for layer in dissect(LinkType::Ethernet, &packet.data) {
            assert_eq!(layer.malformed, None, "{layer:?}");
            assert!(
                !matches!(layer.checksum, Some(Verdict::Bad { .. })),
                "{layer:?}"
            );
            segments += usize::from(layer.kind == LayerKind::Tcp);
            datagrams += usize::from(layer.kind == LayerKind::Udp);
        }
    }
    (segments, datagrams)
}

host::in_own_network! {
    fn a_server_on_our_stack_answers_python_and_shows_every_packet() {
        make_device();
        let dir = tempfile::tempdir().unwrap();
        let capture = dir.path().join("upper.pcapng");
        let server = Running::start(landline(&[
            "serve", "upper", "--via", VIA, "--trace", "--capture", capture.to_str().unwrap(),
            "--sysctl", "net.ipv4.ip_default_ttl=17",
        ]));
        // Where others reach it, without being told.
        server.until("listening on udp://10.9.0.2:9000");
        let heard = common::printed(finish(python(CALLER, &[]), ""));
        assert_eq!(heard, "HELLO\nHELLO AGAIN\n");
        assert!(shell("ping -c 1 -W 5 10.9.0.2").contains("1 received"));
        server.signal("INT");
        let (code, lines) = server.end();
        assert_eq!(code, Some(0), "{lines:#?}");
        for parts in [
            ["who has 10.9.0.2? tell 10.9.0.1", "in "],
            ["SYN, ACK  seq 0  ack 1", "10.9.0.2:9000 > 10.9.0.1:"],
            ["\"HELLO\"  5 bytes", "TTL 17"],
            ["\"HELLO AGAIN\"  11 bytes", "UDP"],
            ["ICMP Echo Reply", "out"],
        ] {
            let is = |line: &String| parts.iter().all(|part| line.contains(part));
            assert!(lines.iter().any(is), "{parts:?} in {lines:#?}");
        }
        let (segments, datagrams) = sound_transports(&capture);
        assert!(segments >= 9 && datagrams == 2, "{segments} segments, {datagrams} datagrams");
    }

    fn a_client_on_our_stack_prints_answers_and_traces_beside_them() {
        make_device();
        let server = Running::start(python(SERVER, &[]));
        server.until("ready");
        let call = landline(&["call", "tcp://10.9.0.1:9000", "--via", VIA, "--trace=full"]);
        let output = finish(call, "hello\nquit\n");
        let trace = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{trace}");
        assert_eq!(output.stdout, b"HELLO\n", "what is shown does not get into what is printed");
        for part in ["SYN ", "┌ Ethernet II 14 bytes", "│ │ │ data 5 bytes  \"hello\""] {
            assert!(trace.contains(part), "{part:?} in {trace}");
        }
        // Dropping the network lets its goodbye out before the process ends.
        assert!(trace.contains("FIN, ACK"), "{trace}");
    }

    fn nobody_at_the_address_is_said_in_a_line() {
        make_device();
        let call = landline(&["call", "tcp://10.9.0.7:9000", "--via", VIA, "--timeout", "20"]);
        let (line, code) = common::failure(finish(call, "hello\n"));
        assert!(code == 1 && line.contains("10.9.0.7"), "{line}");
    }
}
