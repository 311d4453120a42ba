//! Scenarios as files: what is read, and what is said of mistakes.

use std::time::Duration;

use fabric::{Limit, Loss, Rate};
use lab::scenario::{End, Fault, NodeKind, Service, Task};
use lab::{Mistakes, Scenario, Wrong};
use services::words::Lang;

/// The lesson's network: two LANs and a gateway between them.
const TWO_LANS: &str = r#"
seed = 7
until = "10s"

[switch.office]
[switch.street]

[router.gate]
interface.eth0 = { to = "office", address = "172.16.10.254/24" }
interface.eth1 = { to = "street", address = "101.100.200.254/10" }

[host.alice]
interface.eth0 = { to = "office", address = "172.16.10.10/24" }
gateway = "172.16.10.254"
run = [{ at = "1s", call = "tcp://server:9000", say = ["hello"] }]

[host.server]
interface.eth0 = { to = "street", address = "101.100.200.11/10", link = { rate = "10Mbit", delay = "20 ms", loss = "1%", queue = "64KiB" } }
gateway = "101.100.200.254"
sysctl."net.ipv4.tcp_fin_timeout" = "30"
run = [{ serve = "upper", on = "tcp://0.0.0.0:9000" }]

[[event]]
at = "5s"
down = "server:eth0"
"#;

fn mistakes(file: &str) -> Vec<Wrong> {
    let mistakes: Mistakes = Scenario::read(file).expect_err("it has mistakes");
    mistakes
        .iter()
        .map(|mistake| mistake.wrong.clone())
        .collect()
}

fn shown(file: &str) -> String {
    let mistakes = Scenario::read(file).expect_err("it has mistakes");
    mistakes.show("net.toml", file, Lang::English, false)
}

#[test]
fn everything_of_a_file_is_read() {
    let scenario = Scenario::read(TWO_LANS).unwrap();
    assert_eq!(scenario.seed, Some(7));
    assert_eq!(scenario.until, Some(Duration::from_secs(10)));
    assert_eq!(scenario.nodes.len(), 5);
    assert_eq!(scenario.cables.len(), 4);
    let Some(NodeKind::Host(gate)) = scenario.node("gate").map(|node| &node.kind) else {
        panic!("a router is a host");
    };
    assert!(gate.forwards);
    let Some(NodeKind::Host(server)) = scenario.node("server").map(|node| &node.kind) else {
        panic!("a host");
    };
    assert_eq!(server.sysctls[0].0.value, "net.ipv4.tcp_fin_timeout");
    let Task::Serve { service, on } = &server.programs[0].task else {
        panic!("it serves");
    };
    assert_eq!(
        (*service, on[0].to_string().as_str()),
        (Service::Upper, "tcp://0.0.0.0:9000")
    );
    let own = End::Interface {
        host: "server".into(),
        interface: "eth0".into(),
    };
    let cable = scenario
        .cables
        .iter()
        .find(|cable| cable.ends[0].value == own)
        .unwrap();
    assert_eq!(cable.there.rate, Some(Rate::mbit(10)));
    assert_eq!(cable.back.loss, Loss::Random(0.01));
    assert_eq!(cable.there.queue, Limit::Bytes(65536));
    assert_eq!(cable.there.delay.time.as_millis(), 20);
    assert!(matches!(&scenario.events[0].fault, Fault::Down(end) if end.value == own));
}

#[test]
fn a_link_may_differ_by_direction() {
    let file = r#"
        [switch.a]
        [switch.b]
        [[link]]
        between = ["a", "b"]
        link = { delay = "5ms", rate = "8Mbit" }
        back = { rate = "1Mbit" }
    "#;
    let scenario = Scenario::read(file).unwrap();
    let cable = &scenario.cables[0];
    assert_eq!(cable.there.rate, Some(Rate::mbit(8)));
    assert_eq!(cable.back.rate, Some(Rate::mbit(1)));
    assert_eq!(cable.back.delay.time.as_millis(), 5);
}

#[test]
fn an_unknown_key_is_named_with_the_nearest_right_one() {
    let file = "[host.alice]\ngatway = \"10.0.0.1\"\n";
    insta::assert_snapshot!(shown(file), @r#"
    error: "gatway" means nothing here; there is "gateway"
     --> net.toml:2:1
      |
    2 | gatway = "10.0.0.1"
      | ^^^^^^
    "#);
}

#[test]
fn all_mistakes_are_shown_each_with_its_line() {
    let file = r#"
[switch.office]

[host.alice]
interface.eth0 = { to = "offise", address = "172.16.10.10/24" }
gateway = "172.16.11.254"
run = [{ call = "tcp://bob:9000" }, { ping = "office" }]

[host.carol]
interface.eth0 = { to = "office", address = "172.16.10.10/24" }
"#;
    insta::assert_snapshot!(shown(file), @r#"
    error: there is no "offise"; there is "office"
     --> net.toml:5:25
      |
    5 | interface.eth0 = { to = "offise", address = "172.16.10.10/24" }
      |                         ^^^^^^^^
    error: the gateway 172.16.11.254 is on no network of this host
     --> net.toml:6:11
      |
    6 | gateway = "172.16.11.254"
      |           ^^^^^^^^^^^^^^^
    error: there is no "bob"
     --> net.toml:7:17
      |
    7 | run = [{ call = "tcp://bob:9000" }, { ping = "office" }]
      |                 ^^^^^^^^^^^^^^^^
    error: "office" is no host
     --> net.toml:7:46
      |
    7 | run = [{ call = "tcp://bob:9000" }, { ping = "office" }]
      |                                              ^^^^^^^^
    error: alice:eth0 has 172.16.10.10 already
      --> net.toml:10:45
       |
    10 | interface.eth0 = { to = "office", address = "172.16.10.10/24" }
       |                                             ^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn networks_of_one_host_do_not_overlap_nor_is_a_gateway_far_or_nobody() {
    let file = r#"
[switch.a]
[switch.b]
[host.h]
interface.eth0 = { to = "a", address = "10.0.0.1/8" }
interface.eth1 = { to = "b", address = "10.1.0.1/16" }
gateway = ["10.9.9.9", "fe80::1"]
[host.g]
interface.eth0 = { to = "b", address = "10.1.0.2/16" }
gateway = "10.1.0.2"
"#;
    let wrong = mistakes(file);
    assert!(
        matches!(&wrong[0], Wrong::NetworksOverlap { .. }),
        "{wrong:?}"
    );
    assert_eq!(wrong[1], Wrong::GatewayNobody("10.9.9.9".into()));
    assert_eq!(wrong[2], Wrong::GatewayFar("fe80::1".into()));
    assert_eq!(wrong[3], Wrong::GatewayItself("10.1.0.2".into()));
}

#[test]
fn cables_have_two_free_ends() {
    let file = r#"
[switch.a]
[host.h]
interface.eth0 = { to = "a", address = "10.0.0.1/8" }
[[link]]
between = ["h:eth0", "a"]
[[link]]
between = ["a", "a"]
[[link]]
between = ["h", "h:eth1"]
"#;
    let wrong = mistakes(file);
    assert_eq!(wrong[0], Wrong::PortTaken("h:eth0".into()));
    assert_eq!(wrong[1], Wrong::CableToItself);
    let near = Some("h:eth0".into());
    let name = "h".into();
    assert_eq!(
        wrong[2],
        Wrong::UnknownName {
            name,
            near: near.clone()
        }
    );
    let name = "h:eth1".into();
    assert_eq!(wrong[3], Wrong::UnknownName { name, near });
}

#[test]
fn values_that_cannot_be_read_come_with_one_that_could() {
    for (value, key) in [
        ("\"fast\"", "rate"),
        ("\"10\"", "delay"),
        ("\"-1s\"", "delay"),
        ("\"101%\"", "loss"),
        ("1.5", "loss"),
        ("67", "mtu"),
        ("-1", "queue"),
        ("\"1e400s\"", "delay"),
    ] {
        let file = format!(
            "[switch.a]\n[switch.b]\n[[link]]\nbetween = [\"a\", \"b\"]\nlink = {{ {key} = {value} }}\n"
        );
        let wrong = mistakes(&file);
        assert!(
            matches!(&wrong[..], [Wrong::BadValue { .. }]),
            "{key} = {value}: {wrong:?}"
        );
    }
}

#[test]
fn what_is_not_toml_is_said_with_its_line() {
    let text = shown("[switch.a\n");
    assert!(text.contains("this is not TOML"), "{text}");
    assert!(text.contains("net.toml:1:"), "{text}");
}

#[test]
fn a_sysctl_that_there_is_not_is_a_mistake() {
    let wrong = mistakes("[host.h]\nsysctl.\"net.ipv4.tcp_fun\" = \"1\"\n");
    assert!(matches!(&wrong[..], [Wrong::Sysctl(_)]), "{wrong:?}");
}

#[test]
fn a_long_file_of_mistakes_does_not_take_long_nor_fill_the_screen() {
    let mut file = String::from("[switch.s]\n");
    for host in 0..20_000 {
        file.push_str(&format!("[host.h{host}]\nbad{host} = 1\n"));
    }
    let text = shown(&file);
    assert!(text.lines().count() < 700);
    assert!(
        text.ends_with("... and 19900 mistakes more\n"),
        "{}",
        &text[text.len() - 100..]
    );
}

#[test]
fn many_hosts_are_written_once() {
    let file = r#"
        [switch.s]
        [hosts.pc]
        count = 3
        to = "s"
        network = "10.0.0.0/29"
        run = [{ ping = "{next}" }]
    "#;
    let scenario = Scenario::read(file).unwrap();
    let hosts: Vec<_> = scenario
        .hosts()
        .map(|(node, host)| {
            let Task::Ping { to, .. } = &host.programs[0].task else {
                panic!("it pings");
            };
            let address = host.interfaces[0].addresses[0].value.to_string();
            (node.name.as_str(), address, to.value.as_str())
        })
        .collect();
    assert_eq!(
        hosts,
        [
            ("pc1", "10.0.0.1/29".into(), "pc2"),
            ("pc2", "10.0.0.2/29".into(), "pc3"),
            ("pc3", "10.0.0.3/29".into(), "pc1"),
        ]
    );
    assert_eq!(scenario.cables.len(), 3);

    let (what, limit) = ("hosts in this network", 6);
    let crowded = file.replace("count = 3", "count = 7");
    assert_eq!(mistakes(&crowded), [Wrong::TooMany { what, limit }]);
    let (what, limit) = ("nodes", 100_000);
    let endless = file.replace("count = 3", "count = 9000000000");
    assert_eq!(mistakes(&endless), [Wrong::TooMany { what, limit }]);
}

#[test]
fn a_transfer_has_an_amount_and_a_load_a_size() {
    let file = |program: &str| {
        format!("[host.a]\ninterface.eth0 = {{ address = \"10.0.0.1/24\" }}\nrun = [{program}]\n")
    };
    let both = file(r#"{ transfer = "a", bytes = 5, for = "1s" }"#);
    assert_eq!(mistakes(&both), [Wrong::OneOf("bytes, for")]);
    let neither = file(r#"{ transfer = "a" }"#);
    assert_eq!(mistakes(&neither), [Wrong::OneOf("bytes, for")]);
    let crawl = file(r#"{ load = "tcp://a:9", rate = "0/s", for = "1s" }"#);
    assert!(matches!(mistakes(&crawl)[..], [Wrong::BadValue { .. }]));
    let flood = file(r#"{ load = "tcp://a:9", rate = "1000000/s", for = "1h" }"#);
    assert!(matches!(mistakes(&flood)[..], [Wrong::TooMany { .. }]));
    let large = file(r#"{ load = "udp://a:9", rate = "1/s", size = "64KiB", for = "1s" }"#);
    assert!(matches!(mistakes(&large)[..], [Wrong::BadValue { .. }]));
}

#[test]
fn events_name_hosts_that_there_are_and_groups_that_do_not_overlap() {
    let file = |event: &str| format!("[host.a]\n[host.b]\n[[event]]\nat = \"1s\"\n{event}\n");
    let right = Scenario::read(&file("crash = \"a\"\nfor = \"2s\"")).unwrap();
    let [crash, restart] = right.events.as_slice() else {
        panic!("{:?}", right.events);
    };
    assert!(matches!(crash.fault, Fault::Crash(_)));
    assert!(matches!(restart.fault, Fault::Restart(_)));
    assert_eq!(restart.at, Duration::from_secs(3));
    let nobody = mistakes(&file("crash = \"c\""));
    assert!(matches!(nobody[..], [Wrong::UnknownName { .. }]));
    let twice = mistakes(&file(r#"partition = [["a"], ["b", "a"]]"#));
    assert_eq!(twice, [Wrong::InTwoGroups("a".into())]);
    let no_end = mistakes(&file("heal = true\nfor = \"2s\""));
    assert!(matches!(no_end[..], [Wrong::UnknownKey { .. }]));
    assert_eq!(mistakes(&file("heal = 1")), [Wrong::WrongKind("true")]);
}

#[test]
fn a_fault_that_is_over_when_it_begins_is_a_mistake() {
    let file = "[host.a]\n[[event]]\nat = \"1s\"\ncrash = \"a\"\nfor = \"0s\"\n";
    insta::assert_snapshot!(shown(file), @r#"
    error: this is over when it begins; leave "for" out, and it lasts
     --> net.toml:5:7
      |
    5 | for = "0s"
      |       ^^^^
    "#);
}

/// How many names were compared with those of mistakes, at the least: a look for what was perhaps
/// meant goes through all of them.
fn compared(file: &str, names: usize) -> usize {
    let mistakes = mistakes(file);
    let near = |wrong: &&Wrong| matches!(wrong, Wrong::UnknownName { near: Some(_), .. });
    mistakes.iter().filter(near).count() * names
}

#[test]
fn a_file_of_a_hundred_thousand_lines_is_checked_line_by_line() {
    const LINES: usize = 100_000;
    let lines = |line: &dyn Fn(usize) -> String| -> String { (0..LINES).map(line).collect() };
    // Every host is plugged into a switch that there is not, but nearly.
    let hosts = lines(&|n| format!("host.h{n}.interface.eth0 = {{ to = \"swich\" }}\n"));
    let file = format!("{hosts}[switch.switch]\n");
    let work = compared(&file, LINES);
    assert!((LINES..=200_000).contains(&work), "{work}");
    // One host has all the cards, which is more than it may.
    let cards =
        lines(&|n| format!("interface.eth{n} = {{ to = \"s\", address = \"10.0.0.1/8\" }}\n"));
    let wrong = mistakes(&format!("[switch.s]\n[host.a]\n{cards}"));
    let too_many = |wrong: &&Wrong| matches!(wrong, Wrong::TooMany { limit: 1024, .. });
    assert_eq!(wrong.iter().filter(too_many).count(), 1);
    // A hundred thousand events, and links that go round.
    let events = "[[event]]\nat = \"1s\"\nheal = true\n".repeat(LINES / 3);
    let links = lines(&|n| {
        let next = (n + 1) % 100;
        format!("[[link]]\nbetween = [\"h{}\", \"h{next}\"]\n", n % 100)
    });
    let hubs: String = (0..100).map(|n| format!("[hub.h{n}]\n")).collect();
    match Scenario::read(&format!("{hubs}{events}{links}")) {
        Ok(scenario) => assert_eq!(scenario.cables.len(), LINES),
        // Whoever looks for circles finds one.
        Err(mistakes) => assert!(mistakes.iter().count() > 0),
    }
}
