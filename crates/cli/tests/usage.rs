//! What is typed wrongly: one line, with the exit code 2; and what the world refuses: 1.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod common;

use common::{Running, failure, finish, landline, printed};

fn fails(arguments: &[&str]) -> (String, i32) {
    failure(finish(landline(arguments), "hello\n"))
}

/// One line and the exit code 2, in both languages.
fn is_mistyped(arguments: &[&str], parts: &[&str]) {
    let (line, code) = fails(arguments);
    assert_eq!(code, 2, "{arguments:?}: {line}");
    assert!(
        parts.iter().all(|part| line.contains(part)),
        "{arguments:?}: {line}"
    );
    let (line, code) = fails(&[arguments, &["--lang", "zh"]].concat());
    assert_eq!(code, 2, "{arguments:?}: {line}");
}

/// A host on a device that is never opened.
const TAP: &str = "tap:t0,10.0.0.2/24";

#[test]
fn what_is_typed_wrongly_is_said_in_a_line() {
    for (arguments, parts) in [
        (&["call"][..], ["<ENDPOINT>", "landline call --help"]),
        (&["call", "nonsense"], ["nonsense", "tcp://127.0.0.1:9000"]),
        (
            &["call", "tcp://127.0.0.1"],
            ["no port", "tcp://127.0.0.1:9000"],
        ),
        (
            &["call", "tcp://127.0.0.1:1", "--timeout", "0"],
            ["--timeout", "try 1.5"],
        ),
        (
            &["call", "tcp://127.0.0.1:1", "--reply", "x"],
            ["--reply", "quiet"],
        ),
        (
            &["serve", "upper", "--onn", "x"],
            ["--onn", "landline serve upper --help"],
        ),
        (&["serve", "tea"], ["tea", "landline serve --help"]),
        (
            &["serve", "time", "--on", "tcp://127.0.0.1:0"],
            ["tcp://", "udp://127.0.0.1:9000"],
        ),
        (
            &["chat", "--contacts", "/nonexistent"],
            ["/nonexistent", "udp://"],
        ),
        (
            &["subnet", "10.0.0.1/255.0.255.0"],
            ["255.0.255.0", "11111111.00000000.1"],
        ),
        (&["subnet", "10.0.0.1/8", "::1/64"], ["IPv4", "IPv6"]),
        (&["serve", "upper", "--via", "wifi"], ["wifi", "tap:"]),
        (
            &["serve", "upper", "--via", "tap:t0"],
            ["NAME,ADDRESS/PREFIX", "tap:tap0"],
        ),
        (
            &["serve", "upper", "--via", "tap:t/0,10.0.0.2/24"],
            ["t/0", "tap0"],
        ),
        (
            &["serve", "upper", "--via", "tap:t0,10.0.0.0/24"],
            ["10.0.0.0", "10.0.0.1/24"],
        ),
        (
            &["serve", "upper", "--via", "tap:t0,10.0.0.2/24,10.0.1.1"],
            ["10.0.1.1", "10.0.0.0/24"],
        ),
        (
            &["serve", "upper", "--via", "tap:t0,10.0.0.2/24,10.0.0.2"],
            ["itself", "gateway"],
        ),
    ] {
        is_mistyped(arguments, &parts);
    }
}

#[test]
fn what_no_host_of_ipv6_can_be_is_said_in_a_line() {
    for (arguments, parts) in [
        (
            &["serve", "upper", "--via", "tap:t0,fd00::2"][..],
            ["fd00::2", "fd00::2/64"],
        ),
        (
            &["serve", "upper", "--via", "tap:t0,fd00::/64"],
            ["fd00::", "fd00::1/64"],
        ),
        (
            &["serve", "upper", "--via", "tap:t0,ff02::1/64"],
            ["ff02::1", "tap:tap0,fd00::2/64"],
        ),
        (
            &["serve", "upper", "--via", "tap:t0,fd00::2/64,fd00::2/80"],
            ["fd00::2", "twice"],
        ),
        (
            &["serve", "upper", "--via", "tap:t0,fd00::2/64,10.0.0.1"],
            ["10.0.0.1", "172.16.10.2/24"],
        ),
        (
            &["serve", "upper", "--via", "tap:t0,fd00::2/64,fd01::1"],
            ["fd01::1", "fd00::/64"],
        ),
        (
            &["serve", "upper", "--via", "tap:t0,auto,fe80::1,fe80::2"],
            ["fe80::2", "second gateway"],
        ),
        (
            &["call", "tcp://::1:9000"],
            ["brackets", "tcp://[::1]:9000"],
        ),
        (&["call", "udp://[::1]"], ["no port", "udp://[::1]:9000"]),
        (
            &["call", "tcp://[fe80::1%eth0]:x"],
            ["not a port", "tcp://127.0.0.1:9000"],
        ),
        (
            &["serve", "upper", "--sysctl", "x"],
            ["--sysctl", "net.ipv4.tcp_fin_timeout=30"],
        ),
    ] {
        is_mistyped(arguments, &parts);
    }
}

#[test]
fn parts_of_a_network_that_are_typed_wrongly_are_said_in_a_line() {
    for (arguments, parts) in [
        (
            &["fd00::/48", "--split", "47"][..],
            ["from 48 to 128", "--split 49"],
        ),
        (
            &["fd00::/48", "--split", "129"],
            ["from 48 to 128", "--split 49"],
        ),
        (&["fd00::/48", "--split", "112"], ["2^64", "--split 64"]),
        (
            &["fd00::/65", "--mac", "02:00:00:00:10:0a"],
            ["64 bits", "fd00::/64"],
        ),
        (
            &["fd00::/64", "--mac", "02:00:00:00:10"],
            ["MAC", "02:00:00:00:10:0a"],
        ),
        (&["fd00::1"], ["how long", "fd00::1/64"]),
        (&["fd00::1/255.255.255.0"], ["from 0 to 128", "/64"]),
    ] {
        is_mistyped(&[&["subnet"], arguments].concat(), &parts);
    }
    let split = printed(finish(
        landline(&["subnet", "fd00::/48", "--split", "50"]),
        "",
    ));
    assert_eq!(
        split,
        "fd00::/50\nfd00:0:0:4000::/50\nfd00:0:0:8000::/50\nfd00:0:0:c000::/50\n"
    );
    let own = printed(finish(
        landline(&["subnet", "fd00::/64", "--mac", "02-00-00-00-10-0A"]),
        "",
    ));
    assert!(own.contains("fd00::ff:fe00:100a/64"), "{own}");
    let json = printed(finish(landline(&["subnet", "fe80::1/64", "--json"]), ""));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["kind"], "link-local");
    assert_eq!(json["solicited_node_mac"], "33:33:ff:00:00:01");
    assert_eq!(
        json["reverse_zone"],
        "0.0.0.0.0.0.0.0.0.0.0.0.0.8.e.f.ip6.arpa"
    );
}

#[test]
fn what_our_own_stack_does_not_take_is_said_in_a_line() {
    for (arguments, parts) in [
        (
            &["serve", "upper", "--trace"][..],
            ["--trace", "--via tap:"],
        ),
        (
            &["call", "udp://127.0.0.1:1", "--capture", "f"],
            ["--capture", "--via tap:"],
        ),
        (&["time", "--sysctl", "a=1"], ["--sysctl", "--via tap:"]),
        (
            &["serve", "echo", "--trace=full"],
            ["--trace", "--via tap:"],
        ),
        (
            &["serve", "echo", "--via", TAP, "--trace=hex"],
            ["--trace", "full"],
        ),
        // What the stack says of its settings, before a device is opened.
        (
            &[
                "serve",
                "upper",
                "--via",
                TAP,
                "--sysctl",
                "net.ipv4.tcp_fin_timeut=3",
            ],
            ["tcp_fin_timeut", "net.ipv4.tcp_fin_timeout"],
        ),
        (
            &[
                "serve",
                "upper",
                "--via",
                TAP,
                "--sysctl",
                "net.ipv4.tcp_tw_recycle=1",
            ],
            ["NAT", "net.ipv4.tcp_tw_reuse"],
        ),
        (
            &[
                "serve",
                "upper",
                "--via",
                TAP,
                "--sysctl",
                "net.ipv4.ip_default_ttl=300",
            ],
            ["net.ipv4.ip_default_ttl", "300"],
        ),
    ] {
        is_mistyped(arguments, &parts);
    }
}

#[test]
fn what_cannot_be_is_said_in_a_line() {
    let server = Running::start(landline(&["serve", "echo", "--on", "tcp://127.0.0.1:0"]));
    let taken = server.endpoint();
    for (arguments, parts) in [
        (
            &["serve", "upper", "--on", &taken][..],
            ["in use", "tcp://127.0.0.1:0"],
        ),
        (
            &["serve", "upper", "--on", "tcp://192.0.2.1:0"],
            ["192.0.2.1", "127.0.0.1"],
        ),
        (
            &["serve", "upper", "--on", "unix:/nonexistent/s"],
            ["no such path", "directory"],
        ),
        (
            &["call", "unix:/nonexistent/s"],
            ["no such path", "landline serve"],
        ),
        (
            &["call", "unixgram:/nonexistent/s"],
            ["no such path", "landline serve"],
        ),
        // With or without permission: no TAP device, and never one.
        (
            &["serve", "upper", "--via", "tap:lo,10.0.0.2/24"],
            ["tap:lo", ";"],
        ),
        (
            &["serve", "echo", "--via", TAP, "--capture", "/nonexistent/f"],
            ["/nonexistent/f", "try"],
        ),
        (
            &["demo", "--capture", "/nonexistent/f"],
            ["/nonexistent/f", "try"],
        ),
    ] {
        let (line, code) = fails(arguments);
        assert_eq!(code, 1, "{arguments:?}: {line}");
        assert!(
            parts.iter().all(|part| line.contains(part)),
            "{arguments:?}: {line}"
        );
    }
    let (line, code) = failure(finish(landline(&["chat"]), "nobody\nhello\n"));
    assert!(
        code == 1 && line.contains("nobody") && line.contains("武大郎"),
        "{line}"
    );
    server.stop();
    let (line, code) = fails(&["call", &taken]);
    assert!(code == 1 && line.contains("nobody is listening"), "{line}");
    let (line, code) = fails(&["call", &taken.replace("tcp", "udp")]);
    assert!(code == 1 && line.contains("nobody is listening"), "{line}");
}

#[test]
fn every_command_has_help_with_an_example() {
    for command in [
        &[][..],
        &["call"],
        &["time"],
        &["chat"],
        &["subnet"],
        &["demo"],
        &["serve", "upper"],
        &["serve", "echo"],
        &["serve", "time"],
        &["serve", "chat"],
    ] {
        let help = printed(finish(landline(&[command, &["--help"]].concat()), ""));
        let typed = [&["landline"], command].concat().join(" ");
        let examples = help.split("Examples:").nth(1).unwrap();
        assert!(examples.contains(&typed), "{help}");
        let chinese = printed(finish(
            landline(&[command, &["--help", "--lang=zh"]].concat()),
            "",
        ));
        assert!(
            chinese.lines().next().unwrap().chars().any(|c| c >= '一'),
            "{chinese}"
        );
    }
}

#[test]
fn the_language_is_the_locales_or_the_arguments() {
    let say = |environment: &[(&str, &str)], arguments: &[&str]| {
        let mut command = landline(&[&["subnet", "10.0.0.1/8"], arguments].concat());
        command.envs(environment.iter().copied());
        printed(finish(command, "")).contains("子网掩码")
    };
    assert!(!say(&[], &[]));
    assert!(say(&[("LANG", "zh_CN.UTF-8")], &[]));
    assert!(!say(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")], &[]));
    assert!(say(
        &[
            ("LANG", "en_US.UTF-8"),
            ("LC_MESSAGES", "zh_CN"),
            ("LC_ALL", "")
        ],
        &[]
    ));
    assert!(!say(&[("LANG", "zh_CN.UTF-8")], &["--lang", "en"]));
    assert!(say(&[], &["--lang", "zh"]));
}
