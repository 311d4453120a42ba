//! Routers in a lab that speak RIP: the way round what breaks, and what is told of it.

use std::path::Path;

use base::Instant;
use lab::report::{Ended, Result, RouteNews};
use lab::{Lab, Report, Run, Scenario};
use services::rip::{Event, Why};
use services::words::Lang;

fn run(file: &str, seed: u64) -> Report {
    let scenario = Scenario::read(file).unwrap_or_else(|mistakes| {
        panic!("{}", mistakes.show("it", file, Lang::English, false));
    });
    let lab = Lab::build(scenario, seed).expect("it was checked");
    lab.run(Run::default()).expect("there is no capture")
}

fn triangle() -> String {
    let labs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/labs");
    std::fs::read_to_string(labs.join("triangle.toml")).expect("the example is there")
}

/// When a router came to know something, in milliseconds.
fn when(report: &Report, router: &str, is: impl Fn(&Event) -> bool) -> Vec<u64> {
    let news = report.routing.news.iter();
    let ours = news.filter(|news: &&RouteNews| news.router == router && is(&news.event));
    ours.map(|news| news.at.as_millis()).collect()
}

fn learnt(network: &str, hops: u8, by: &str) -> impl Fn(&Event) -> bool {
    let (network, by) = (network.to_owned(), by.to_owned());
    move |event| match event {
        Event::RouteLearnt {
            network: to,
            metric,
            card,
            ..
        } => *to == network && *metric == hops && *card == by,
        _ => false,
    }
}

fn lost(network: &str, of: Why) -> impl Fn(&Event) -> bool {
    let network = network.to_owned();
    move |event| matches!(event, Event::RouteLost { network: to, why, .. } if *to == network && *why == of)
}

/// Packets that died since they had gone round too often.
fn went_round(report: &Report) -> u64 {
    let drops = report.drops.iter();
    let old = drops.filter(|drop| drop.reason == "TtlExceeded");
    old.map(|drop| drop.count).sum()
}

#[test]
fn the_triangle_goes_round_its_broken_side_and_back() {
    let report = run(&triangle(), 1);
    assert_eq!(report.ended, Ended::Done);
    for outcome in &report.programs {
        match &outcome.result {
            Result::Transfer(transfer) => assert_eq!(transfer.bytes, 8_000_000),
            // A ping each tenth of a second, of each family: only those on the cable are lost.
            Result::Ping(ping) => assert!(ping.received + 6 >= ping.sent, "{outcome:?}"),
            other => panic!("{other:?}"),
        }
    }
    for network in ["10.2.0.0/24", "2001:db8:2::/64"] {
        assert_eq!(
            when(&report, "west", lost(network, Why::LinkDown)),
            [18_000]
        );
        let round = when(&report, "west", learnt(network, 3, "eth2"));
        // A question to north and its answer, 8 ms each.
        assert!(matches!(round[..], [.., 18_016..18_050]), "{round:?}");
        let back = when(&report, "west", learnt(network, 2, "eth1"));
        assert!(matches!(back[..], [.., 26_000..26_100]), "{back:?}");
    }
    assert_eq!(went_round(&report), 0);
    // The ledger knows what died with the cable.
    let broken = report
        .drops
        .iter()
        .find(|drop| drop.reason == "the link is down");
    assert!(broken.is_some(), "{:?}", report.drops);
}

/// West and east on two switches, beside each other and by north; bob is behind east.
const BEHIND_SWITCHES: &str = r#"
    [switch.one]
    [switch.two]
    [router.west]
    interface.eth0 = { address = "10.1.0.1/24" }
    interface.eth1 = { to = "one", address = "10.9.1.1/24" }
    interface.eth2 = { to = "two", address = "10.9.2.1/24" }
    rip = { update = "2s" }
    [router.east]
    interface.eth0 = { address = "10.2.0.1/24" }
    interface.eth1 = { to = "one", address = "10.9.1.2/24" }
    interface.eth2 = { to = "two", address = "10.9.2.2/24" }
    rip = { update = "2s" }
    [host.alice]
    interface.eth0 = { to = "west:eth0", address = "10.1.0.2/24" }
    gateway = "10.1.0.1"
    run = [{ at = "5s", ping = "bob", count = 40, every = "1s" }]
    [host.bob]
    interface.eth0 = { to = "east:eth0", address = "10.2.0.2/24" }
    gateway = "10.2.0.1"
"#;

#[test]
fn a_dead_neighbour_behind_a_switch_is_missed_in_time() {
    // East's cable to the first switch is pulled: west's card has its carrier still.
    let file = format!("{BEHIND_SWITCHES}\n[[event]]\nat = \"10s\"\ndown = \"east:eth1\"\n");
    let report = run(&file, 1);
    // Both ways are as long, so that west may have had the other one all the time; what it had by
    // the first it has by the second within six updates of two seconds and a bit.
    let news = report.routing.news.iter();
    let missed = news.filter(|news| news.router == "west");
    let missed = missed.filter(|news| match &news.event {
        Event::RouterMissed { card, .. } => card == "eth1",
        _ => false,
    });
    let missed: Vec<_> = missed.map(|news| news.at.as_millis()).collect();
    assert!(matches!(missed[..], [19_600..22_400]), "{missed:?}");
    let Some(Result::Ping(ping)) = report.programs.first().map(|it| it.result.clone()) else {
        panic!("{:?}", report.programs);
    };
    assert!(ping.received >= 40 - 15, "{ping:?}");
    assert_eq!(went_round(&report), 0);
}

#[test]
fn who_crashed_is_missed_and_met_again() {
    let file = format!(
        "until = \"60s\"\n{BEHIND_SWITCHES}\n[[event]]\nat = \"10s\"\ncrash = \"east\"\nfor = \"25s\"\n"
    );
    let report = run(&file, 1);
    let gone = when(&report, "west", lost("10.2.0.0/24", Why::TimedOut));
    assert!(matches!(gone[..], [19_600..22_400]), "{gone:?}");
    let again = report
        .routing
        .news
        .iter()
        .filter(|news| news.router == "west");
    let again = again.filter(|news| news.at >= Instant::from_secs(35));
    let again: Vec<_> = again
        .filter(|news| matches!(news.event, Event::RouteLearnt { .. }))
        .collect();
    assert!(!again.is_empty(), "{:?}", report.routing);
    assert!(again[0].at < Instant::from_secs(36), "{again:?}");
}

#[test]
fn a_network_that_is_gone_does_not_keep_packets_going_round() {
    for seed in 0..4 {
        // East loses bob's cable, and messages between routers are lost as well.
        let file = triangle()
            .replace("delay = \"5ms\"", "delay = \"5ms\", loss = \"20%\"")
            .replace("delay = \"8ms\"", "delay = \"8ms\", loss = \"20%\"")
            .replace("down = \"west:eth1\"", "down = \"east:eth0\"")
            .replace("for = \"8s\"", "")
            .replace("{ at = \"16s\", transfer = \"bob\", bytes = \"8MB\" },", "")
            .replace(
                "count = 160, every = \"100ms\"",
                "count = 480, every = \"250ms\"",
            );
        let report = run(&format!("until = \"140s\"\n{file}"), seed);
        // Lossless it would be at once; here the ring may count, five seconds a step, to sixteen.
        let last = report.routing.news.iter().rev();
        let mut last = last.filter(|news| match &news.event {
            Event::RouteLearnt { network, .. } => network == "10.2.0.0/24",
            _ => false,
        });
        let last = last.next().map(|news| news.at);
        assert!(
            last.is_none_or(|at| at < Instant::from_secs(18 + 35 + 70)),
            "seed {seed}: {last:?}"
        );
        // Each ping of the time in which it counted goes round at most once, and no longer.
        let round = went_round(&report);
        assert!(round <= 2 * 480, "seed {seed}: {round}");
    }
}

fn mistakes(rip: &str) -> String {
    let file =
        format!("[router.r]\ninterface.eth0 = {{ address = \"10.0.0.1/24\" }}\nrip = {rip}\n");
    let mistakes = Scenario::read(&file).expect_err("it has mistakes");
    let words = mistakes.iter().map(|mistake| {
        let chinese = mistake.wrong.words(Lang::Chinese);
        assert!(!chinese.is_empty() && !chinese.is_ascii());
        mistake.wrong.words(Lang::English)
    });
    words.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_wrong_is_said() {
    let wrong = [
        (
            "7",
            "this is to be true, or a table such as { update = \"5s\" }",
        ),
        (
            "{ updte = \"5s\" }",
            "\"updte\" means nothing here; there is \"update\"",
        ),
        (
            "{ passive = [\"eth1\"] }",
            "there is no \"eth1\"; there is \"eth0\"",
        ),
        (
            "{ redistribute = [\"bgp\"] }",
            "\"bgp\" cannot be read; write it like [\"static\", \"default\"]",
        ),
        (
            "{ versions = [\"ripv1\"] }",
            "\"ripv1\" cannot be read; write it like [\"ripv2\", \"ripng\"]",
        ),
        (
            "{ password = \"0123456789abcdefg\" }",
            "a password or key of RIP has 1 to 16 bytes",
        ),
        (
            "{ password = \"a\", key = \"b\" }",
            "just one of these is wanted here: password, key",
        ),
        (
            "{ update = \"30s\", timeout = \"20s\" }",
            "a way would be lost before it is confirmed: \"timeout\" has to be longer than \"update\", \
             and each time at least 100 ms",
        ),
    ];
    for (rip, words) in wrong {
        assert_eq!(mistakes(rip), words, "{rip}");
    }
    let host = "[host.h]\ninterface.eth0 = { address = \"10.0.0.1/24\" }\nrip = true\n";
    let mistakes = Scenario::read(host).expect_err("a host does not forward");
    let words = mistakes
        .iter()
        .next()
        .map(|it| it.wrong.words(Lang::English));
    assert!(words.is_some_and(|words| words.starts_with("\"rip\" means nothing here")));
    assert!(Scenario::read(&host.replace("host.h", "router.h")).is_ok());
}
