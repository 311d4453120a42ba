//! Faults of hosts: clocks that run wrong, and addresses that two have.

use lab::{Lab, Report, Run, Scenario, Wrong};
use services::words::Lang;

fn run(file: &str) -> Report {
    let read = Scenario::read(file);
    let scenario =
        read.unwrap_or_else(|wrong| panic!("{}", wrong.show("net", file, Lang::English, false)));
    let lab = Lab::build(scenario, 7).unwrap_or_else(|error| panic!("{error}"));
    lab.run(Run::default())
        .unwrap_or_else(|error| panic!("{error}"))
}

fn mistakes(event: &str) -> Vec<Wrong> {
    let file = format!(
        "[switch.office]\n[host.alice]\ninterface.eth0 = {{ to = \"office\", address = \"10.0.0.1/24\" }}\n\
         [[event]]\nat = \"1s\"\n{event}\n"
    );
    let mistakes = Scenario::read(&file).expect_err(event);
    mistakes.iter().map(|m| m.wrong.clone()).collect()
}

const LAN: &str = r#"
until = "20s"
[switch.office]
[host.alice]
interface.eth0 = { to = "office", address = "10.0.0.1/24" }
[host.bob]
interface.eth0 = { to = "office", address = "10.0.0.2/24" }
run = [{ ping = "alice", count = 10, every = "1s" }]
[host.mallory]
interface.eth0 = { to = "office", address = "10.0.0.3/24" }
"#;

/// RFC 5227 §2.4: who has the address hears that another announces it, and both say so.
#[test]
fn an_address_that_another_takes_is_noticed_and_told() {
    let quiet = run(LAN);
    assert_eq!(quiet.conflicts, []);
    let file = format!(
        "{LAN}[[event]]\nat = \"4s\"\nconflict = \"mallory:eth0\"\naddress = \"10.0.0.1/24\"\nfor = \"3s\"\n"
    );
    let report = run(&file);
    let of_alice: Vec<_> = report
        .conflicts
        .iter()
        .filter(|c| c.card == "alice:eth0")
        .collect();
    let [conflict] = of_alice.as_slice() else {
        panic!("{:?}", report.conflicts);
    };
    assert_eq!(conflict.address.to_string(), "10.0.0.1");
    assert!(!conflict.given_up && conflict.count > 0);
    // Mallory's card is the third.
    assert_eq!(conflict.mac, "02:00:00:00:00:03");
}

/// RFC 4862 §5.4.5: what is asked about first is not taken.
#[test]
fn an_address_of_ipv6_that_somebody_has_is_not_taken() {
    let file = LAN.replace("10.0.0.", "fd00::").replace("/24", "/64")
        + "[[event]]\nat = \"6s\"\nconflict = \"mallory:eth0\"\naddress = \"fd00::1/64\"\n";
    let report = run(&file);
    let told: Vec<_> = report
        .conflicts
        .iter()
        .map(|c| (c.card.as_str(), c.given_up))
        .collect();
    assert_eq!(told, [("mallory:eth0", true)]);
}

/// A neighbour that is silent is asked three times, here half a second apart, and the caller hears of
/// it. By the lab's time that is sooner where the clock is fast.
#[test]
fn the_timers_of_a_host_follow_its_clock() {
    let ends = |event: &str| {
        let file = format!(
            "until = \"30s\"\n[switch.office]\n[host.alice]\n\
             interface.eth0 = {{ to = \"office\", address = \"10.0.0.1/24\" }}\n\
             sysctl.\"net.ipv4.neigh.default.retrans_time_ms\" = \"500\"\n\
             run = [{{ at = \"2s\", call = \"tcp://10.0.0.9:9\", say = [\"hello\"] }}]\n{event}"
        );
        let report = run(&file);
        assert_eq!(report.programs.len(), 1, "nobody is there to be called");
        report.programs[0].ended.as_nanos() as f64 / 1e9 - 2.0
    };
    let right = ends("");
    let event = |by: &str| format!("[[event]]\nat = \"1s\"\nskew = \"alice\"\nby = \"{by}\"\n");
    let fast = ends(&event("100000ppm"));
    let slow = ends(&event("-100000ppm"));
    assert!(
        (fast * 1.1 - right).abs() < 0.01,
        "{right} s, fast {fast} s"
    );
    assert!(
        (slow * 0.9 - right).abs() < 0.01,
        "{right} s, slow {slow} s"
    );
    // A leap in the middle of a wait of half a second ends it.
    let leap = ends("[[event]]\nat = \"2250ms\"\nskew = \"alice\"\nby = \"1s\"\n");
    assert!(
        (right - leap - 0.25).abs() < 0.01,
        "{right} s, with a leap {leap} s"
    );
}

#[test]
fn wrong_words_of_faults_are_named() {
    for by in ["-5s", "200000ppm", "fast", "ppm"] {
        let wrong = mistakes(&format!("skew = \"alice\"\nby = \"{by}\""));
        assert!(
            matches!(&wrong[..], [Wrong::BadValue { .. }]),
            "{by}: {wrong:?}"
        );
    }
    assert_eq!(mistakes("skew = \"alice\""), [Wrong::MissingKey("by")]);
    let near = Some("alice".into());
    let name = "alic".into();
    assert_eq!(
        mistakes("skew = \"alic\"\nby = \"1s\""),
        [Wrong::UnknownName { name, near }]
    );
    assert_eq!(
        mistakes("conflict = \"office\"\naddress = \"10.0.0.1/24\""),
        [Wrong::NotAHost("office".into())]
    );
    assert!(matches!(
        &mistakes("conflict = \"alice:eth0\"\naddress = \"10.0.0.255/24\"")[..],
        [Wrong::NotAHostsAddress(_)]
    ));
}
