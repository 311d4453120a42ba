//! Scenarios that run: what their programs come to, and that the same seed is the same run.

use std::path::{Path, PathBuf};

use lab::report::{Ended, Result};
use lab::{Lab, Report, Run, Scenario};

fn example(name: &str) -> Scenario {
    let labs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/labs");
    let file = std::fs::read_to_string(labs.join(name)).expect("the example is there");
    Scenario::read(&file).expect("it has no mistakes")
}

fn run(scenario: Scenario, seed: u64, capture: Option<&Path>) -> Report {
    let lab = Lab::build(scenario, seed).expect("it was checked");
    if let Some(capture) = capture {
        lab.capture(capture).expect("the folder is there");
    }
    lab.run(Run::default()).expect("the capture can be written")
}

#[test]
fn the_lessons_network_answers_in_capitals() {
    let report = run(example("two-lans.toml"), 1, None);
    assert_eq!(report.ended, Ended::Done);
    let heard: Vec<_> = report
        .programs
        .iter()
        .map(|outcome| (outcome.host.as_str(), outcome.result.clone()))
        .collect();
    let said = |lines: &[&str]| Result::Heard(lines.iter().map(|line| (*line).into()).collect());
    assert_eq!(
        heard,
        [
            ("alice", said(&["HELLO, NEIGHBOUR"])),
            ("alice", said(&["HELLO", "FAR AWAY"])),
        ]
    );
}

#[test]
fn bytes_arrive_over_a_lossy_path() {
    let report = run(example("lossy-path.toml"), 1, None);
    let moved: Vec<_> = report
        .programs
        .iter()
        .map(|outcome| match &outcome.result {
            Result::Transfer(transfer) => (outcome.host.as_str(), transfer.bytes),
            other => panic!("{}: {other:?}", outcome.host),
        })
        .collect();
    assert_eq!(moved, [("cubic", 5_000_000), ("bbr", 5_000_000)]);
    assert!(
        report
            .drops
            .iter()
            .any(|drop| drop.reason == "lost on the link")
    );
}

#[test]
fn the_same_seed_is_the_same_run_byte_for_byte() {
    let folder = tempfile::tempdir().expect("there is room");
    let once = |name: &str, seed| -> (Report, Vec<u8>) {
        let file: PathBuf = folder.path().join(name);
        let report = run(example("lossy-path.toml"), seed, Some(&file));
        (report, std::fs::read(&file).expect("it was written"))
    };
    let (first, again, other) = (once("a", 7), once("b", 7), once("c", 8));
    assert!(first == again, "one seed, two runs");
    assert!(first.1 != other.1, "another seed changes nothing");
}

#[test]
fn a_cable_that_is_pulled_ends_the_call() {
    let mut file = String::from(
        r#"
        until = "400s"
        [switch.s]
        [host.a]
        interface.eth0 = { to = "s", address = "10.0.0.1/24" }
        run = [{ at = "2s", call = "tcp://b:9000", say = ["hello"] }]
        [host.b]
        interface.eth0 = { to = "s", address = "10.0.0.2/24" }
        run = [{ serve = "echo" }]
        [[event]]
        at = "1s"
        down = "b:eth0"
        "#,
    );
    let report = run(Scenario::read(&file).expect("it is right"), 1, None);
    assert!(report.failed());
    assert_eq!(report.ended, Ended::Until);
    assert_eq!(report.at.as_millis(), 400_000);

    // And plugged in again soon enough it goes on.
    file.push_str("[[event]]\nat = \"2.5s\"\nup = \"b:eth0\"\n");
    let report = run(Scenario::read(&file).expect("it is right"), 1, None);
    assert!(!report.failed(), "{report:?}");
}

/// Two hosts on a cable of 10 ms, with these programs on the first.
fn two_hosts(programs: &str) -> String {
    format!(
        r#"
        [host.a]
        interface.eth0 = {{ to = "b:eth0", address = "10.0.0.1/24", link = {{ delay = "10ms" }} }}
        run = [{programs}]
        [host.b]
        interface.eth0 = {{ address = "10.0.0.2/24" }}
        run = [{{ serve = "echo" }}]
        "#
    )
}

fn only(report: &Report) -> &Result {
    let [outcome] = report.programs.as_slice() else {
        panic!("{:?}", report.programs);
    };
    &outcome.result
}

#[test]
fn pings_are_answered_lost_or_refused() {
    let file = two_hosts(r#"{ ping = "b", count = 3 }"#);
    let report = run(Scenario::read(&file).expect("it is right"), 1, None);
    let Result::Ping(ping) = only(&report) else {
        panic!("{report:?}");
    };
    assert_eq!((ping.sent, ping.received, ping.lost), (3, 3, 0));
    let rtt = ping.rtt.expect("there were replies");
    assert_eq!((rtt.min.as_millis(), rtt.p50.as_millis()), (20, 20));
    // The first waited for the neighbour's address, which announces itself when the run begins.
    assert_eq!(rtt.max.as_millis(), 30);

    let file = two_hosts(r#"{ ping = "10.0.0.9", count = 3 }"#);
    let report = run(Scenario::read(&file).expect("it is right"), 1, None);
    let Result::Ping(ping) = only(&report) else {
        panic!("{report:?}");
    };
    assert_eq!((ping.sent, ping.received), (3, 0));
    assert!(!ping.errors.is_empty(), "nobody says that it is not there");
    assert!(report.failed());
}

#[test]
fn a_load_is_open_loop_and_tells_latencies() {
    for scheme in ["tcp", "udp"] {
        let file = two_hosts(&format!(
            r#"{{ load = "{scheme}://b:9000", rate = "100/s", size = "1KB", for = "10s" }}"#
        ));
        let report = run(Scenario::read(&file).expect("it is right"), 1, None);
        let Result::Load(load) = only(&report) else {
            panic!("{report:?}");
        };
        // A thousand on average, and 32 from that is one standard deviation.
        assert!((800..1200).contains(&load.requests), "{load:?}");
        assert_eq!(load.answered, load.requests, "{load:?}");
        let latency = load.latency.expect("there were answers");
        assert_eq!(latency.p50.as_millis(), 20, "{load:?}");
        // More are under way than one at a time.
        assert!(load.connections > 1, "{load:?}");
    }
}

#[test]
fn a_transfer_may_be_for_a_time() {
    let file = two_hosts(r#"{ transfer = "b", for = "5s" }"#);
    let file = file.replace("delay = ", "rate = \"10Mbit\", delay = ");
    let report = run(Scenario::read(&file).expect("it is right"), 1, None);
    let Result::Transfer(transfer) = only(&report) else {
        panic!("{report:?}");
    };
    let goodput = transfer.goodput().expect("it took time");
    assert!((8e6..10e6).contains(&goodput), "{goodput}");
    assert!(transfer.course.len() > 40);
    assert!(transfer.rtt.expect("there are samples").min.as_millis() >= 20);
}

#[test]
fn many_hosts_ping_and_send() {
    let labs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/labs");
    let file = std::fs::read_to_string(labs.join("thousand-hosts.toml")).expect("it is there");
    // Each announces itself to all others: without optimisation a hundred are enough.
    let file = file.replace("count = 1000", "count = 100");
    let report = run(Scenario::read(&file).expect("it is right"), 1, None);
    assert_eq!(report.ended, Ended::Done);
    assert!(!report.failed());
    assert_eq!(report.programs.len(), 200);
}

/// A call on `a` every second, with these events.
fn calls(events: &str) -> Report {
    let programs: Vec<_> = (1..=5)
        .map(|at| format!(r#"{{ at = "{at}s", call = "tcp://b:9000", say = ["hello"] }}"#))
        .collect();
    let file = two_hosts(&programs.join(", ")) + events;
    run(Scenario::read(&file).expect("it is right"), 1, None)
}

/// At which seconds calls came to nothing.
fn failed_at(report: &Report) -> Vec<u64> {
    let failed = |outcome: &&lab::report::Outcome| matches!(outcome.result, Result::Failed(_));
    let failed = report.programs.iter().filter(failed);
    let mut at: Vec<_> = failed
        .map(|outcome| outcome.began.as_millis() / 1000)
        .collect();
    at.sort_unstable();
    at
}

#[test]
fn a_host_that_crashed_is_silent_and_serves_again_when_it_is_back() {
    let report = calls("[[event]]\nat = \"1.5s\"\ncrash = \"b\"\nfor = \"20s\"\n");
    assert_eq!(failed_at(&report), [2, 3, 4, 5], "{report:?}");
    let short = calls("[[event]]\nat = \"1.5s\"\ncrash = \"b\"\nfor = \"700ms\"\n");
    assert!(!failed_at(&short).contains(&3), "{short:?}");
    assert!(!failed_at(&short).contains(&5), "{short:?}");
    // Its own programs end with it, and begin again.
    let own = calls("[[event]]\nat = \"2.5s\"\ncrash = \"a\"\nfor = \"1s\"\n");
    assert!(failed_at(&own).is_empty(), "{own:?}");
    assert_eq!(own.programs.len(), 5);
}

#[test]
fn a_partition_is_counted_and_healed() {
    let events = r#"
        [[event]]
        at = "1.5s"
        partition = [["a"], ["b"]]
        for = "8s"
    "#;
    let report = calls(events);
    assert!(!failed_at(&report).contains(&1), "{report:?}");
    assert!(failed_at(&report).contains(&2), "{report:?}");
    let parted = report.drops.iter();
    let mut parted = parted.filter(|drop| drop.reason == "the network is parted");
    assert!(parted.next().is_some(), "{:?}", report.drops);
}
