//! A home behind NAT, and firewalls, as a file draws them.

use std::path::Path;

use lab::report::{Ended, Result};
use lab::{Lab, Report, Run, Scenario, Wrong};
use services::words::Lang;

fn run(file: &str) -> Report {
    let scenario = Scenario::read(file).expect("it has no mistakes");
    let lab = Lab::build(scenario, 1).expect("it was checked");
    lab.run(Run::default()).expect("nothing is written")
}

fn mistakes(file: &str) -> Vec<Wrong> {
    let mistakes = Scenario::read(file).expect_err("it has mistakes");
    mistakes
        .iter()
        .map(|mistake| mistake.wrong.clone())
        .collect()
}

/// What was heard on a host, or why not.
fn heard(report: &Report, host: &str) -> Vec<String> {
    let of_host = report
        .programs
        .iter()
        .filter(|outcome| outcome.host == host);
    let results = of_host.flat_map(|outcome| match &outcome.result {
        Result::Heard(lines) => lines.clone(),
        Result::Failed(why) => vec![format!("FAILED {why}")],
        Result::Ping(ping) => vec![format!("{} of {}", ping.received, ping.sent)],
        other => vec![format!("{other:?}")],
    });
    results.collect()
}

fn died(report: &Report, place: &str, reason: &str) -> u64 {
    let mut drops = report.drops.iter();
    let drop = drops.find(|drop| drop.place == place && drop.reason == reason);
    drop.map_or(0, |drop| drop.count)
}

#[test]
fn the_home_speaks_to_the_world_and_is_reached_by_its_port() {
    let labs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/labs");
    let file = std::fs::read_to_string(labs.join("home-nat.toml")).expect("it is there");
    let report = run(&file);
    assert_eq!(report.ended, Ended::Done);
    assert!(!report.failed(), "{report:?}");
    assert_eq!(heard(&report, "phone"), ["WHO AM I TO YOU?"]);
    assert_eq!(heard(&report, "peer"), ["FROM OUTSIDE", "1 of 1"]);
    assert!(heard(&report, "laptop").contains(&"ROUND THE CORNER".to_owned()));
    let [nat] = &report.nat[..] else {
        panic!("{:?}", report.nat);
    };
    assert_eq!(
        (nat.host.as_str(), nat.refused, nat.unasked),
        ("home", 0, 0)
    );
    // Pings, a transfer, datagrams; the hairpin's own; what the port forward leads has none.
    assert!((4..=6).contains(&nat.peak), "{nat:?}");
    let rules: Vec<_> = report
        .firewalls
        .iter()
        .map(|line| line.rule.as_str())
        .collect();
    let named = [
        "accept from eth0",
        "accept in from eth1 icmp",
        "known",
        "policy",
    ];
    assert_eq!(rules, named);
    assert_eq!(report.firewalls[1].packets, 1);
    assert_eq!(report.firewalls[3].packets, 0);
}

/// A home with one host, and a stranger outside who does what `run` says.
fn stranger(router: &str, run: &str) -> String {
    format!(
        r#"
        until = "60s"
        [switch.lan]
        [switch.net]
        [router.home]
        interface.eth0 = {{ to = "lan", address = "192.168.0.1/24" }}
        interface.eth1 = {{ to = "net", address = "203.0.113.1/24" }}
        {router}
        [host.alice]
        interface.eth0 = {{ to = "lan", address = "192.168.0.2/24" }}
        gateway = "192.168.0.1"
        run = [{{ serve = "upper", on = "tcp://0.0.0.0:22" }}]
        [host.stranger]
        interface.eth0 = {{ to = "net", address = "203.0.113.9/24" }}
        gateway = "203.0.113.1"
        run = [{run}]
        "#
    )
}

#[test]
fn a_stranger_is_turned_away_with_and_without_a_word() {
    let call = r#"{ at = "1s", call = "tcp://alice:22", say = ["let me in"] }"#;
    // By her own address, through a NAT: nothing is heard.
    let report = run(&stranger(r#"nat = { outside = "eth1" }"#, call));
    assert!(
        died(&report, "home", "NatOutsideIn") > 2,
        "{:?}",
        report.drops
    );
    assert_eq!(report.nat[0].unasked, died(&report, "home", "NatOutsideIn"));
    // By a firewall that says so.
    let wall = r#"
        firewall = [{ from = "eth1", proto = "tcp", port = [22, "8000-8010"], action = "reject" }]
        policy = { in = "drop", through = "drop" }
    "#;
    let report = run(&stranger(wall, call));
    assert_eq!(died(&report, "home", "FirewallReject"), 1);
    let line = &report.firewalls[0];
    assert_eq!(line.rule, "reject from eth1 tcp port 22, 8000-8010");
    assert_eq!(line.packets, 1);
    assert!(
        heard(&report, "stranger")[0].starts_with("FAILED"),
        "{:?}",
        report.programs
    );
    // And let in, where it may.
    let wall = r#"firewall = [{ source = "203.0.113.9", action = "accept" }]
        policy = "drop""#;
    let report = run(&stranger(wall, call));
    assert_eq!(heard(&report, "stranger"), ["LET ME IN"]);
}

#[test]
fn a_host_has_a_firewall_too() {
    let report = run(r#"
        [switch.s]
        [host.a]
        interface.eth0 = { to = "s", address = "10.0.0.1/24" }
        firewall = [{ proto = "icmp", action = "accept" }]
        policy = "reject"
        run = [{ serve = "upper" }]
        [host.b]
        interface.eth0 = { to = "s", address = "10.0.0.2/24" }
        run = [{ at = "1s", ping = "a", count = 1 }, { at = "1s", call = "tcp://a:9000", say = ["x"] }]
    "#);
    assert_eq!(died(&report, "a", "FirewallReject"), 1);
    assert!(heard(&report, "b").contains(&"1 of 1".to_owned()));
}

#[test]
fn a_router_that_crashes_has_its_nat_again_and_nothing_of_what_was() {
    let file = stranger(
        r#"nat = { outside = "eth1", forward = "tcp:2222 -> 192.168.0.2:22" }"#,
        r#"{ at = "1s", call = "tcp://203.0.113.1:2222", say = ["before"] },
           { at = "20s", call = "tcp://203.0.113.1:2222", say = ["after"] }"#,
    );
    let report = run(&format!(
        "{file}\n[[event]]\nat = \"5s\"\ncrash = \"home\"\nfor = \"5s\"\n"
    ));
    assert_eq!(heard(&report, "stranger"), ["BEFORE", "AFTER"]);
}

#[test]
fn every_mistake_is_shown_with_its_line_in_both_languages() {
    let file = stranger(
        r#"
        nat = { outside = "eth7", mapping = "full-cone", forward = ["tcp:80 -> 192.168.0.2:80", "tcp:80 -> 192.168.0.2:81",
            "tcp:82 -> 192.168.0.2:80", "udp:80 -> 192.168.0.77:80", "8080"], udp_timeout = "0.5s", hairpins = true }
        firewall = [
            { from = "eth9", action = "accept" },
            { direction = "out", from = "eth0", action = "drop" },
            { proto = "icmp", port = 22, action = "drop" },
            { port = 70000, action = "drop" },
            { source = "nowhere", state = "old", action = "drop" },
            { proto = "tcp" },
        ]
        policy = "deny"
        "#,
        "",
    );
    let shown = mistakes(&file);
    let unread = |text: &str| {
        let named = |wrong: &Wrong| matches!(wrong, Wrong::BadValue { text: t, .. } if t == text);
        assert!(shown.iter().any(named), "{text}: {shown:?}");
    };
    for text in [
        "full-cone",
        "8080",
        "0.5s",
        "70000",
        "nowhere",
        "old",
        "deny",
    ] {
        unread(text);
    }
    assert!(shown.contains(&Wrong::MissingKey("action")), "{shown:?}");
    assert!(shown.contains(&Wrong::RuleFitsNothing), "{shown:?}");
    let near = Some("hairpin".to_owned());
    let key = "hairpins".to_owned();
    assert!(
        shown.contains(&Wrong::UnknownKey { key, near }),
        "{shown:?}"
    );
    // What can be read is looked at as a whole.
    let file = stranger(
        r#"
        nat = { outside = "eth7", forward = ["tcp:80 -> 192.168.0.2:80", "tcp:80 -> 192.168.0.2:81",
            "tcp:82 -> 192.168.0.2:80", "udp:80 -> 192.168.0.77:80"] }
        firewall = [
            { from = "eth9", action = "accept" },
            { direction = "out", from = "eth0", action = "drop" },
        ]
        "#,
        "",
    );
    let shown = mistakes(&file);
    assert_eq!(shown[1], Wrong::ForwardedAlready(80));
    assert_eq!(shown[2], Wrong::ForwardedTwice("192.168.0.2:80".into()));
    assert_eq!(shown[3], Wrong::ForwardNobody("192.168.0.77".into()));
    assert!(
        matches!(&shown[0], Wrong::UnknownName { name, .. } if name == "eth7"),
        "{shown:?}"
    );
    assert!(
        matches!(&shown[4], Wrong::UnknownName { name, .. } if name == "eth9"),
        "{shown:?}"
    );
    assert_eq!(shown[5], Wrong::RuleFitsNothing);
    let mistakes = Scenario::read(&file).expect_err("it has mistakes");
    for (lang, words) in [
        (Lang::English, "port 80 leads elsewhere already"),
        (Lang::Chinese, "端口 80 已经转发到别处"),
    ] {
        let text = mistakes.show("home.toml", &file, lang, false);
        assert!(
            text.contains(words) && text.contains("tcp:80 -> 192.168.0.2:81"),
            "{text}"
        );
    }
    // Only a router has anybody behind it.
    let host = "[host.a]\nnat = { outside = \"eth0\" }\n";
    assert!(matches!(
        &self::mistakes(host)[..],
        [Wrong::UnknownKey { .. }]
    ));
}
