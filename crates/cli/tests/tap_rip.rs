//! RIP on a TAP device, with BIRD as the router on the other side.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod common;

use std::path::Path;
use std::process::Command;

use common::{Running, landline};
use host::testing::shell;

/// The kernel is 192.0.2.1 and fe80::1, and forwards what BIRD tells it to.
fn make_device() {
    shell(
        "sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0; \
         ip link set lo up; ip tuntap add dev tap0 mode tap; \
         ip address add 192.0.2.1/24 dev tap0; ip link set tap0 addrgenmode none; \
         ip address add fe80::1/64 dev tap0 nodad; ip address add 2001:db8:f::1/64 dev tap0 nodad; \
         ip link set tap0 up",
    );
}

/// A network of each family, which BIRD tells until it is told to stop; and what it hears goes into
/// the kernel's table.
fn config(authentication: &str) -> String {
    format!(
        "log stderr {{ warning, error, fatal, bug }};
router id 192.0.2.1;
protocol device {{ }}
protocol kernel {{ ipv4 {{ export all; }}; }}
protocol kernel {{ ipv6 {{ export all; }}; }}
protocol static four {{ ipv4; route 203.0.113.0/24 blackhole; }}
protocol static six {{ ipv6; route 2001:db8:b1::/48 blackhole; }}
protocol rip old {{
    ipv4 {{ import all; export all; }};
    interface \"tap0\" {{ update time 2; timeout time 60; garbage time 30; {authentication} }};
}}
protocol rip ng new {{
    ipv6 {{ import all; export all; }};
    interface \"tap0\" {{ update time 2; timeout time 60; garbage time 30; }};
}}
"
    )
}

/// A program of others, found where root's are.
fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
    command
}

fn bird(dir: &Path, authentication: &str) -> Running {
    std::fs::write(dir.join("bird.conf"), config(authentication)).unwrap();
    let mut command = program("bird");
    command.current_dir(dir);
    command.args(["-f", "-c", "bird.conf", "-s", "bird.ctl", "-P", "bird.pid"]);
    Running::start(command)
}

fn birdc(dir: &Path, words: &[&str]) {
    let mut command = program("birdc");
    command
        .current_dir(dir)
        .args(["-s", "bird.ctl"])
        .args(words);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// What the kernel's routing table becomes, a line a change.
fn routes() -> Running {
    let mut command = program("ip");
    command.args(["-o", "monitor", "route"]);
    let monitor = Running::start(command);
    let nudge = || {
        shell("ip route add 198.51.100.0/24 via 192.0.2.99; ip route del 198.51.100.0/24");
    };
    monitor.nudged_until(nudge, "198.51.100.0/24");
    monitor
}

const VIA: &str = "tap:tap0,192.0.2.2/24,10.7.0.1/24,2001:db8:f::2/64,2001:db8:7::1/64";

fn learns_and_unlearns(authentication: &str, ours: &[&str]) {
    make_device();
    let dir = tempfile::tempdir().unwrap();
    let kernel = routes();
    let bird = bird(dir.path(), authentication);
    let arguments = ["--json", "serve", "rip", "--via", VIA, "--update", "2s"];
    let own = Running::start(landline(&[&arguments, ours].concat()));

    // Both learn what the other has, and packets take the ways.
    own.until_all(&[
            "\"what\":\"route-learnt\",\"network\":\"203.0.113.0/24\",\"metric\":2,\"via\":\"192.0.2.1\"",
            "\"what\":\"route-learnt\",\"network\":\"2001:db8:b1::/48\",\"metric\":2,\"via\":\"fe80::1\"",
        ],
    );
    kernel.until_all(&[
        "10.7.0.0/24 via 192.0.2.2 dev tap0",
        "2001:db8:7::/64 via fe80::",
    ]);
    assert!(shell("ping -c 1 -W 5 10.7.0.1").contains("1 received"));
    assert!(shell("ping -c 1 -W 5 2001:db8:7::1").contains("1 received"));

    // BIRD takes one back at a time.
    birdc(dir.path(), &["disable", "four"]);
    own.until("\"what\":\"route-lost\",\"network\":\"203.0.113.0/24\",\"via\":\"192.0.2.1\",\"why\":\"withdrawn\"");
    birdc(dir.path(), &["disable", "six"]);
    own.until("\"what\":\"route-lost\",\"network\":\"2001:db8:b1::/48\",\"via\":\"fe80::1\",\"why\":\"withdrawn\"");

    // Ours takes back what it told when it ends, long before anything would be missed.
    own.stop();
    kernel.until_all(&[
        "Deleted 10.7.0.0/24 via 192.0.2.2",
        "Deleted 2001:db8:7::/64 via fe80::",
    ]);
    bird.signal("TERM");
    assert_eq!(bird.end().0, Some(0));
}

host::in_own_network! {
    fn bird_and_ours_learn_from_each_other_and_unlearn() {
        learns_and_unlearns("", &[]);
    }

    fn by_a_password() {
        learns_and_unlearns("authentication plaintext; password \"sesame\";", &["--password", "sesame"]);
    }

    fn by_digests() {
        let theirs = "authentication cryptographic; password \"sesame\" { id 1; algorithm keyed md5; };";
        learns_and_unlearns(theirs, &["--key", "sesame"]);
    }
}
