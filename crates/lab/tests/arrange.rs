//! Hosts that get their addresses by DHCP or from routers, and names that are asked for.

use std::time::Duration;

use lab::report::{Ended, Result};
use lab::{Lab, Report, Run, Scenario, Wrong};
use services::dhcp::News;

fn run(file: &str, seed: u64) -> Report {
    let scenario = Scenario::read(file).expect("it has no mistakes");
    let lab = Lab::build(scenario, seed).expect("it was checked");
    lab.run(Run::default()).expect("there is no capture")
}

const OFFICE: &str = r#"
    [switch.office]

    [router.gateway]
    interface.eth0 = { to = "office", address = ["10.0.0.1/24", "fd00:1::1/64"], advertise = true }
    run = [
        { serve = "dhcp", pool = "10.0.0.100-10.0.0.200", lease = "600s", router = "10.0.0.1",
          dns = "10.0.0.1", domain = "lab", reserve."02:00:00:00:00:77" = "10.0.0.9" },
        { serve = "dns", domain = "lab" },
    ]

    [host.server]
    interface.eth0 = { to = "office", address = "dhcp", mac = "02:00:00:00:00:77" }
    run = [{ serve = "upper" }]

    [host.alice]
    interface.eth0 = { to = "office", address = ["dhcp", "slaac"] }
    run = [{ call = "tcp://server:9000", say = ["hello"] }, { ping = "gateway" }]

    [host.bob]
    interface.eth0 = { to = "office", address = "slaac" }
    run = [{ ping = "gateway6", at = "5s" }]
"#;

#[test]
fn hosts_without_addresses_get_them_and_are_called() {
    let file = OFFICE.replace("gateway6", "fd00:1::1");
    let report = run(&file, 1);
    assert_eq!(report.ended, Ended::Done);
    assert!(!report.failed(), "{:?}", report.programs);
    let heard = |outcome: &lab::report::Outcome| matches!(&outcome.result, Result::Heard(lines) if lines == &["HELLO"]);
    assert!(report.programs.iter().any(heard), "{:?}", report.programs);
    let bound: Vec<_> = report
        .leases
        .iter()
        .filter_map(|leased| match &leased.news {
            News::Bound { address, .. } => Some((leased.host.as_str(), address.as_str())),
            _ => None,
        })
        .collect();
    assert!(bound.contains(&("server", "10.0.0.9/24")), "{bound:?}");
    assert!(bound.contains(&("alice", "10.0.0.100/24")), "{bound:?}");
    // The same seed is the same run.
    assert_eq!(report, run(&file, 1));
}

#[test]
fn a_host_that_starts_again_asks_for_the_address_that_it_had() {
    let file = format!(
        "until = \"1200s\"\n{}\n[[event]]\nat = \"60s\"\ncrash = \"alice\"\nfor = \"30s\"\n\
         [[event]]\nat = \"300s\"\ncrash = \"gateway\"\nfor = \"1s\"\n",
        OFFICE.replace("gateway6", "fd00:1::1")
    );
    let report = run(&file, 3);
    let alice: Vec<_> = report
        .leases
        .iter()
        .filter_map(|leased| match &leased.news {
            News::Bound { address, again, .. } if leased.host == "alice" => Some((
                leased.at.as_nanos() / 1_000_000_000,
                address.as_str(),
                *again,
            )),
            _ => None,
        })
        .collect();
    // It had it, had it again after the crash, and keeps it while the server forgets all.
    assert!(alice.len() >= 4, "{alice:?}");
    assert!(
        alice
            .iter()
            .all(|(_, address, _)| *address == "10.0.0.100/24"),
        "{alice:?}"
    );
    assert!(alice[0].0 < 10 && !alice[0].2, "{alice:?}");
    assert!((90..110).contains(&alice[1].0) && !alice[1].2, "{alice:?}");
    assert!(alice[2..].iter().all(|(_, _, again)| *again), "{alice:?}");
    let lost = |leased: &lab::report::Leased| matches!(leased.news, News::Lost { .. });
    assert!(!report.leases.iter().any(lost));
}

#[test]
fn an_hour_of_waiting_for_an_address_ends() {
    // Nobody gives one: the program says so after a minute.
    let file = r#"
        [switch.office]
        [host.a]
        interface.eth0 = { to = "office", address = "dhcp" }
        [host.b]
        interface.eth0 = { to = "office", address = "10.0.0.2/24" }
        run = [{ ping = "a" }]
    "#;
    let report = run(file, 1);
    assert!(
        matches!(&report.programs[0].result, Result::Failed(why) if why == "it has no address")
    );
    let at = Duration::from(report.at.since(base::Instant::ZERO));
    assert!((60..62).contains(&at.as_secs()), "{at:?}");
}

fn wrong(file: &str) -> Vec<Wrong> {
    let mistakes = Scenario::read(file).expect_err("it is wrong");
    mistakes
        .iter()
        .map(|mistake| mistake.wrong.clone())
        .collect()
}

#[test]
fn servers_that_make_no_sense_are_mistakes() {
    let with = |run: &str| {
        wrong(&format!(
            "[switch.s]\n[host.a]\ninterface.eth0 = {{ to = \"s\", address = \"10.0.0.1/24\" }}\nrun = [{run}]\n\
             [host.b]\ninterface.eth0 = {{ to = \"s\", address = \"10.0.0.2/24\" }}\n\
             run = [{{ serve = \"dhcp\", pool = \"10.0.0.50-10.0.0.60\" }}]"
        ))
    };
    let far = with(r#"{ serve = "dhcp", pool = "10.1.0.5-10.1.0.9" }"#);
    assert_eq!(far, [Wrong::PoolFar("10.1.0.5-10.1.0.9".into())]);
    assert!(matches!(
        with(r#"{ serve = "dhcp", pool = "10.0.0.200-10.0.0.255" }"#)[..],
        [Wrong::Pool(_)]
    ));
    assert!(matches!(
        with(r#"{ serve = "dhcp", pool = "10.0.0.5-10.0.0.9", lease = "1s" }"#)[..],
        [Wrong::Pool(_)]
    ));
    let both = with(r#"{ serve = "dhcp", pool = "10.0.0.60-10.0.0.70" }"#);
    assert!(
        matches!(&both[..], [Wrong::PoolsOverlap { with, .. }] if with.contains("(a)")),
        "{both:?}"
    );
    for bad in [
        r#"{ serve = "dhcp" }"#,
        r#"{ serve = "dhcp", pool = "10.0.0.9-10.0.0.5" }"#,
        r#"{ serve = "dhcp", pool = "10.0.0.5-10.0.0.9", mtu = 10 }"#,
        r#"{ serve = "dhcp", pool = "10.0.0.5-10.0.0.9", reserve.card = "10.0.0.9" }"#,
        r#"{ serve = "dhcp", pool = "10.0.0.5-10.0.0.9", gateway = "10.0.0.1" }"#,
        r#"{ serve = "dns" }"#,
        r#"{ serve = "dns", domain = "a..b" }"#,
    ] {
        assert_eq!(with(bad).len(), 1, "{bad}");
    }
}
