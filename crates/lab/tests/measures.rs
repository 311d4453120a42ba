//! What is measured at the hosts' cards.

use lab::report::Measures;
use lab::{Lab, Measure, Run, Scenario};

fn measured(file: &str, deaths: usize) -> Measures {
    let scenario = Scenario::read(file).expect("it has no mistakes");
    let lab = Lab::build(scenario, 7).expect("it was checked");
    let run = Run {
        measure: Some(Measure { deaths }),
        ..Run::default()
    };
    let report = lab.run(run).expect("nothing is written");
    report.measures.expect("it was asked for")
}

/// Two hosts on both sides of a router, 10 ms apart; the way there loses some.
fn far(loss: &str, run: &str) -> String {
    format!(
        r#"
        [switch.near]
        [switch.far]
        [router.gate]
        interface.eth0 = {{ to = "near", address = "10.0.1.254/24" }}
        interface.eth1 = {{ to = "far", address = "10.0.2.254/24", link = {{ delay = "5ms" }}, there = {{ delay = "5ms", loss = "{loss}" }} }}
        [host.alice]
        interface.eth0 = {{ to = "near", address = "10.0.1.1/24" }}
        gateway = "10.0.1.254"
        run = [{run}]
        [host.bob]
        interface.eth0 = {{ to = "far", address = "10.0.2.1/24" }}
        gateway = "10.0.2.254"
        "#
    )
}

#[test]
fn a_transfer_is_two_flows_seen_where_they_begin() {
    let measures = measured(&far("0%", r#"{ transfer = "bob", bytes = "1MB" }"#), 0);
    let tcp = measures.flows.iter().filter(|flow| flow.protocol == "tcp");
    let tcp: Vec<_> = tcp.collect();
    let [there, back] = tcp[..] else {
        panic!("{tcp:?}");
    };
    assert_eq!(
        (there.at.as_str(), back.at.as_str()),
        ("alice:eth0", "bob:eth0")
    );
    assert!(there.from.starts_with("10.0.1.1:") && there.to.starts_with("10.0.2.1:"));
    assert_eq!((&there.from, &there.to), (&back.to, &back.from));
    assert_eq!((there.bytes, back.bytes), (1_000_000, 0));
    let told = there.acknowledged.as_ref().expect("it is TCP");
    // And SYN and FIN.
    assert_eq!((told.bytes, told.retransmits), (1_000_002, 0));
    let rtt = told.rtt.expect("there were round trips");
    assert_eq!(rtt.min.as_millis(), 10);
    // All sent by one of the hosts reaches the other, by way of the router.
    let traffic = |name| measures.hosts.iter().find(|host| host.host == name);
    let [alice, gate] = ["alice", "gate"].map(|name| traffic(name).expect("it is there"));
    assert!(alice.bytes_sent > 1_000_000, "{alice:?}");
    assert!(gate.bytes_received >= alice.bytes_sent && gate.bytes_sent >= alice.bytes_sent);
    assert!(measures.deaths.is_empty());
}

#[test]
fn losses_are_told_one_by_one_and_sent_again() {
    let measures = measured(&far("2%", r#"{ transfer = "bob", bytes = "1MB" }"#), 12);
    let there = measures
        .flows
        .iter()
        .find(|flow| flow.at == "alice:eth0" && flow.protocol == "tcp");
    let there = there.expect("it was moved");
    let told = there.acknowledged.as_ref().expect("it is TCP");
    assert!(told.retransmits > 0);
    // What was sent again is counted as sent, once as acknowledged.
    assert!(there.bytes > 1_000_000);
    assert_eq!(told.bytes, 1_000_002);
    assert!(told.in_flight_peak > 10_000, "{told:?}");
    assert_eq!(measures.deaths.len(), 12, "so many were asked for");
    let lost = |death: &&lab::report::Death| death.reason == "lost on the link";
    let lost = measures.deaths.iter().find(lost);
    let lost = lost.expect("that is how they are lost");
    assert_eq!(lost.place, "gate:eth1");
    assert_eq!(lost.protocol.as_deref(), Some("tcp"));
    assert_eq!(lost.to.as_ref(), Some(&there.to));
}

#[test]
fn what_a_host_does_not_take_is_told_too() {
    let call = r#"{ call = "udp://bob:9", say = ["is anybody there?"] }"#;
    let measures = measured(&far("0%", call), 10);
    let refused = measures
        .deaths
        .iter()
        .find(|death| death.protocol.as_deref() == Some("udp"));
    let refused = refused.expect("nobody is bound to the port");
    assert_eq!(
        (refused.place.as_str(), refused.reason.as_str()),
        ("bob:eth0", "UdpPortUnreachable")
    );
    assert_eq!(refused.to.as_deref(), Some("10.0.2.1:9"));
}
