//! Scripts against a stack that is not ours: this machine's kernel, in real time.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;

use drill::via::Via;
use host::testing::shell;

/// Generous: nothing here is about time.
const TOLERANCE: &str = "--tolerance-usecs=1000000";
const TAP: &str = "tap:tap0,192.0.2.1/24,192.0.2.2";

fn drill(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_drill"))
        .args(arguments)
        .arg(TOLERANCE)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    format!("{said}{}", String::from_utf8_lossy(&output.stderr))
}

fn tap() {
    shell(
        "ip tuntap add dev tap0 mode tap; ip link set tap0 up; ip address add 192.0.2.2/24 dev tap0",
    );
}

#[test]
fn what_can_be_typed() {
    for good in ["kernel", TAP, "tun:tun0,fd00::1/64,fd00::2"] {
        assert!(good.parse::<Via>().is_ok(), "{good}");
    }
    for bad in [
        "",
        "tap",
        "tap:tap0",
        "tap:tap0,192.0.2.1/24",
        "tap:tap0,192.0.2.1,192.0.2.2",
        "tap:tap0,192.0.2.1/33,192.0.2.2",
        "tap:tap0,192.0.2.1/24,fd00::2",
        "tap:tap0,192.0.2.1/24,192.0.2.1",
        "tap:,192.0.2.1/24,192.0.2.2",
    ] {
        assert!(bad.parse::<Via>().is_err(), "{bad}");
    }
}

host::in_own_network! {
    /// The same scripts that our stack passes, each in a network of its own, with its sysctls.
    fn linux_passes_over_tun() {
        let said = drill(&["--via=kernel", "scripts/close/half.pkt", "scripts/open/call.pkt", "scripts/udp/refused.pkt"]);
        assert!(said.ends_with("3 passed, 0 failed, 0 skipped\n"), "{said}");
    }

    fn linux_passes_over_tun_and_ipv6() {
        let said = drill(&["--via=kernel", "--ipv6", "scripts/close/half.pkt", "scripts/udp/both_ways.pkt"]);
        assert!(said.ends_with("2 passed, 0 failed, 0 skipped\n"), "{said}");
    }

    /// ARP is answered, connections of the script before are no hindrance.
    fn linux_passes_over_tap() {
        tap();
        let said = drill(&["--via", TAP, "scripts/close/half.pkt", "scripts/close/half.pkt", "scripts/udp/both_ways.pkt"]);
        assert!(said.ends_with("3 passed, 0 failed, 0 skipped\n"), "{said}");
    }

    /// The settings of a stack that is not the script's alone are left alone.
    fn a_shared_kernel_is_not_reconfigured() {
        tap();
        let said = drill(&["--via", TAP, "scripts/open/call.pkt"]);
        assert!(said.ends_with("0 passed, 0 failed, 1 skipped\n"), "{said}");
        assert!(said.contains("its owner's"), "{said}");
    }

    /// A server that we cannot call: its packets are looked at alone.
    fn packets_of_a_server_that_somebody_else_runs() {
        tap();
        let listener = TcpListener::bind("192.0.2.2:8080").unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut ten = [0; 10];
            stream.read_exact(&mut ten).unwrap();
            stream.write_all(&ten).unwrap();
        });
        let script = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n\
            +0 bind(3, ..., ...) = 0\n\
            +0 listen(3, 1) = 0\n\
            +0 < S 0:0(0) win 65535 <mss 1000>\n\
            +0 > S. 0:0(0) ack 1 <mss 1460>\n\
            +.01 < . 1:1(0) ack 1 win 65535\n\
            +0 accept(3, ..., ...) = 4\n\
            +.01 < P. 1:11(10) ack 1 win 65535\n\
            +0 > . 1:1(0) ack 11\n\
            +0 > P. 1:11(10) ack 11\n\
            +0 > F. 11:11(0) ack 11\n\
            +.01 < F. 11:11(0) ack 12 win 65535\n\
            +0 > . 12:12(0) ack 12\n";
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("echo.pkt");
        std::fs::write(&path, script).unwrap();
        let said = drill(&["--packets-only", "--via", TAP, path.to_str().unwrap()]);
        assert!(said.ends_with("1 passed, 0 failed, 0 skipped\n"), "{said}");
        server.join().unwrap();
    }
}
