//! Switches as files draw them: VLANs, routers on a stick, spanning trees; and what is wrong with
//! them.

use fabric::{SpanningTree, VlanPort};
use lab::report::Ended;
use lab::scenario::{NodeKind, Switch};
use lab::{Lab, Mistakes, Report, Run, Scenario, Wiring, Wrong};
use services::words::Lang;
use wire::vlan::VlanId;

fn wirings(file: &str) -> Vec<Wiring> {
    let mistakes: Mistakes = Scenario::read(file).expect_err("it has mistakes");
    let wiring = |wrong: &Wrong| match wrong {
        Wrong::Wiring(wiring) => wiring.clone(),
        other => panic!("{other:?}"),
    };
    mistakes.iter().map(|m| wiring(&m.wrong)).collect()
}

fn shown(file: &str, lang: Lang) -> String {
    let mistakes = Scenario::read(file).expect_err("it has mistakes");
    mistakes.show("net.toml", file, lang, false)
}

fn run(file: &str) -> Report {
    let read = Scenario::read(file);
    let scenario =
        read.unwrap_or_else(|wrong| panic!("{}", wrong.show("net", file, Lang::English, false)));
    let lab = Lab::build(scenario, 7).unwrap_or_else(|error| panic!("{error}"));
    lab.run(Run::default())
        .unwrap_or_else(|error| panic!("{error}"))
}

fn id(number: u16) -> VlanId {
    VlanId::new(number).unwrap_or(VlanId::DEFAULT)
}

/// How many pings each program has got back.
fn pings(report: &Report) -> Vec<(String, u64)> {
    let json = serde_json::to_value(report).unwrap_or_default();
    let programs = json["programs"].as_array().cloned().unwrap_or_default();
    let of = |program: &serde_json::Value| {
        let received = program["ping"]["received"].as_u64()?;
        Some((program["host"].as_str()?.to_owned(), received))
    };
    let mut pings: Vec<_> = programs.iter().filter_map(of).collect();
    pings.sort();
    pings
}

/// Two switches and a trunk; two in each VLAN, and a router on a stick between the VLANs.
const STICK: &str = r#"
[switch.office]
[switch.attic]
[[link]]
between = ["office", "attic"]
trunk = [10, 20]

[router.stick]
interface.eth0 = { to = "office", trunk = [10, 20] }
interface."eth0.10" = { address = "10.0.10.1/24" }
interface."eth0.20" = { address = "10.0.20.1/24" }

[host.alice]
interface.eth0 = { to = "office", vlan = 10, address = "10.0.10.2/24" }
gateway = "10.0.10.1"
run = [{ ping = "bob", count = 3 }, { transfer = "carol", bytes = "200kB" }]

[host.bob]
interface.eth0 = { to = "attic", vlan = 10, address = "10.0.10.3/24" }
gateway = "10.0.10.1"

[host.carol]
interface.eth0 = { to = "attic", vlan = 20, address = "10.0.20.2/24" }
gateway = "10.0.20.1"
run = [{ ping = "alice", count = 3 }]
"#;

#[test]
fn vlans_are_read() {
    let scenario = Scenario::read(STICK).unwrap();
    let vlans = |n: usize| scenario.cables[n].vlans.as_ref().map(|at| at.value.clone());
    let trunk = VlanPort::Trunk {
        allowed: vec![id(10), id(20)],
        native: None,
    };
    assert_eq!(vlans(0), Some(VlanPort::Access(id(10))));
    assert_eq!(vlans(2), Some(VlanPort::Access(id(20))));
    assert_eq!((vlans(3), vlans(4)), (Some(trunk.clone()), Some(trunk)));
    let native = STICK.replace("trunk = [10, 20]\n", "trunk = [20, 10]\nnative = 10\n");
    let scenario = Scenario::read(&native).unwrap();
    let last = scenario.cables.last().and_then(|cable| cable.vlans.clone());
    let trunk = VlanPort::Trunk {
        allowed: vec![id(10), id(20)],
        native: Some(id(10)),
    };
    assert_eq!(last.map(|at| at.value), Some(trunk));
}

#[test]
fn a_router_on_a_stick_leads_from_vlan_to_vlan() {
    let report = run(STICK);
    assert_eq!(report.ended, Ended::Done);
    assert_eq!(pings(&report), [("alice".into(), 3), ("carol".into(), 3)]);
    let json = serde_json::to_string(&report).unwrap();
    assert!(json.contains("\"bytes\":200000"), "{json}");
}

#[test]
fn without_the_router_vlans_do_not_hear_each_other() {
    let start = STICK.find("[router.stick]").unwrap();
    let end = STICK.find("[host.alice]").unwrap();
    let file = format!("{}{}", &STICK[..start], &STICK[end..])
        .replace("gateway = \"10.0.10.1\"\n", "")
        .replace("gateway = \"10.0.20.1\"\n", "")
        .replace("10.0.20.2/24", "10.0.10.4/24")
        .replace(", { transfer = \"carol\", bytes = \"200kB\" }", "");
    let mistakes = wirings(&file);
    assert_eq!(mistakes, [Wiring::VlanAlone(20)]);
    // With a companion it is a network, and one of its own.
    let file = file
        + "[host.dave]\ninterface.eth0 = { to = \"office\", vlan = 20, address = \"10.0.10.5/24\" }\n\
           run = [{ ping = \"carol\", count = 2 }]\n";
    let pings = pings(&run(&file));
    let right = [("alice", 3), ("carol", 0), ("dave", 2)];
    assert_eq!(pings, right.map(|(host, count)| (host.to_owned(), count)));
}

#[test]
fn what_is_wrong_with_vlans_is_said() {
    let file = r#"
[switch.office]
[hub.garage]
[host.alice]
interface.eth0 = { to = "office", vlan = 10, address = "10.0.0.1/24" }
interface."eth0.20" = { address = "10.0.1.1/24" }
interface."eth7.20" = { address = "10.0.2.1/24" }
[host.bob]
interface.eth0 = { to = "garage", vlan = 10, address = "10.0.0.2/24" }
[[link]]
between = ["office", "garage"]
trunk = [10]
"#;
    insta::assert_snapshot!(shown(file, Lang::English), @r#"
    error: VLAN 20 does not reach "eth0.20": its card's cable needs trunk = [20]
     --> net.toml:6:11
      |
    6 | interface."eth0.20" = { address = "10.0.1.1/24" }
      |           ^^^^^^^^^
    error: "eth7.20" is a VLAN of "eth7", and there is no such card
     --> net.toml:7:11
      |
    7 | interface."eth7.20" = { address = "10.0.2.1/24" }
      |           ^^^^^^^^^
    error: VLANs are a matter of switches, and this cable leads to none
     --> net.toml:9:42
      |
    9 | interface.eth0 = { to = "garage", vlan = 10, address = "10.0.0.2/24" }
      |                                          ^^
    error: "garage" is a hub: nobody behind it expects the tags of a trunk
      --> net.toml:12:9
       |
    12 | trunk = [10]
       |         ^^^^
    "#);
    let chinese = shown(file, Lang::Chinese);
    for words in ["到不了", "没有这块网卡", "没有接到交换机", "是集线器"] {
        assert!(chinese.contains(words), "{chinese}");
    }
    let file = "[switch.a]\n[host.h]\ninterface.eth0 = { to = \"a\", trunk = [10] }\n\
                interface.\"eth0.10\" = { to = \"a\" }\n";
    let (interface, card) = ("eth0.10".into(), "eth0".into());
    assert!(wirings(file).contains(&Wiring::CableToVlan { interface, card }));
}

#[test]
fn words_for_vlans_are_checked() {
    let wrong = |words: &str| -> Vec<Wrong> {
        let file = format!("[switch.a]\n[switch.b]\n[[link]]\nbetween = [\"a\", \"b\"]\n{words}\n");
        let mistakes = Scenario::read(&file).expect_err(words);
        mistakes.iter().map(|m| m.wrong.clone()).collect()
    };
    assert_eq!(
        wrong("vlan = 10\ntrunk = [10]"),
        [Wrong::OneOf("vlan, trunk")]
    );
    assert_eq!(wrong("native = 10"), [Wrong::MissingKey("trunk")]);
    for number in ["0", "4095", "70000"] {
        let mistakes = wrong(&format!("vlan = {number}"));
        assert!(matches!(&mistakes[..], [Wrong::BadValue { text, .. }] if text == number));
    }
}

#[test]
fn a_spanning_tree_is_read() {
    let file = "[switch.a]\nspanning_tree = true\npriority = 4096\n[switch.b]\nspanning_tree = true\n\
                [switch.c]\nspanning_tree = false\n[switch.d]\n";
    let scenario = Scenario::read(file).unwrap();
    let tree = |name: &str| match scenario.node(name).map(|node| &node.kind) {
        Some(NodeKind::Switch(Switch { spanning_tree })) => *spanning_tree,
        other => panic!("{other:?}"),
    };
    assert_eq!(tree("a"), Some(SpanningTree { priority: 4096 }));
    assert_eq!(tree("b"), Some(SpanningTree { priority: 32768 }));
    assert_eq!((tree("c"), tree("d")), (None, None));
    for (words, missing) in [
        ("priority = 4096", true),
        ("spanning_tree = true\npriority = 5", false),
    ] {
        let mistakes = Scenario::read(&format!("[switch.a]\n{words}\n")).expect_err(words);
        let first = mistakes.iter().next().map(|m| m.wrong.clone());
        assert_eq!(
            first == Some(Wrong::MissingKey("spanning_tree")),
            missing,
            "{first:?}"
        );
    }
}

/// Three switches in a ring, a host at each.
fn ring(tree: &str) -> String {
    format!(
        r#"
[switch.a]
{tree}
[switch.b]
[switch.c]
[host.alice]
interface.eth0 = {{ to = "a", address = "10.0.0.1/24" }}
run = [{{ at = "8s", ping = "bob", count = 30, every = "1s" }}]
[host.bob]
interface.eth0 = {{ to = "b", address = "10.0.0.2/24" }}
[[link]]
between = ["a", "b"]
[[link]]
between = ["b", "c"]
[[link]]
between = ["c", "a"]
"#
    )
}

#[test]
fn a_loop_without_a_spanning_tree_is_shown_with_its_lines() {
    insta::assert_snapshot!(shown(&ring(""), Lang::English), @r#"
    error: with this cable c, b, a are a loop, in which frames go round for ever; give one of its switches spanning_tree = true
      --> net.toml:16:17
       |
    16 | between = ["c", "a"]
       |                 ^^^
    "#);
    let chinese = shown(&ring(""), Lang::Chinese);
    assert!(chinese.contains("c、b、a 就成了一个环"), "{chinese}");
    // One that breaks it is enough, and cables of different VLANs are none.
    assert!(Scenario::read(&ring("spanning_tree = true")).is_ok());
    let apart = "[switch.a]\n[switch.b]\n[[link]]\nbetween = [\"a\", \"b\"]\nvlan = 10\n\
                 [[link]]\nbetween = [\"a\", \"b\"]\nvlan = 20\n";
    assert!(Scenario::read(apart).is_ok());
    let trunks = apart
        .replace("vlan = 10", "trunk = [10, 30]")
        .replace("vlan = 20", "trunk = [20, 30]");
    assert_eq!(
        wirings(&trunks),
        [Wiring::Loop(vec!["a".into(), "b".into()])]
    );
}

#[test]
fn a_pulled_cable_of_a_ring_costs_no_more_than_a_moment() {
    let file = ring("spanning_tree = true\npriority = 0")
        .replace("[switch.b]", "[switch.b]\nspanning_tree = true")
        .replace("[switch.c]", "[switch.c]\nspanning_tree = true")
        + "[[event]]\nat = \"20500ms\"\ndown = \"a\"\nfor = \"5s\"\n";
    // The cable of a that was laid last is the one between c and a, which carries nothing of these
    // two; the straight one does.
    let file = file.replace(
        "[[link]]\nbetween = [\"a\", \"b\"]\n[[link]]\nbetween = [\"b\", \"c\"]\n[[link]]\nbetween = [\"c\", \"a\"]",
        "[[link]]\nbetween = [\"b\", \"c\"]\n[[link]]\nbetween = [\"c\", \"a\"]\n[[link]]\nbetween = [\"a\", \"b\"]",
    );
    let report = run(&file);
    assert_eq!(pings(&report), [("alice".into(), 30)]);
}
