//! Uplinks: lab hosts reach sockets of the machine, as far as the file allows.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use lab::report::{Ended, Result};
use lab::{Lab, Report, Run, Scenario, Wrong};

/// Longer than anything takes on a loaded machine.
const LIMIT: Duration = Duration::from_secs(60);

/// A host behind a router, and the uplink beyond it.
fn file(uplink: &str, programs: &str) -> String {
    format!(
        r#"
        [switch.lan]
        [router.gate]
        interface.eth0 = {{ to = "lan", address = "10.1.0.254/24" }}
        interface.eth1 = {{ to = "uplink:eth0", address = "10.0.2.1/24", link = {{ delay = "2ms" }} }}
        gateway = "10.0.2.2"
        [uplink]
        interface.eth0 = {{ address = "10.0.2.2/24" }}
        gateway = "10.0.2.1"
        {uplink}
        [host.a]
        interface.eth0 = {{ to = "lan", address = "10.1.0.1/24" }}
        gateway = "10.1.0.254"
        run = [{programs}]
        "#
    )
}

fn run(file: &str) -> Report {
    let scenario = Scenario::read(file).unwrap();
    let lab = Lab::build_in_real_time(scenario, 1).unwrap();
    let report = lab.run(Run::default()).unwrap();
    assert_eq!(report.ended, Ended::Done);
    report
}

fn results(report: &Report) -> Vec<&Result> {
    report.programs.iter().map(|it| &it.result).collect()
}

#[test]
fn a_lab_host_fetches_from_a_server_on_the_machines_loopback() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    // More than fits into all buffers between them.
    const BODY: usize = 4 << 20;
    let serving = thread::spawn(move || {
        for _ in 0..2 {
            let (mut call, _) = server.accept().unwrap();
            call.set_read_timeout(Some(LIMIT)).unwrap();
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                call.read_exact(&mut byte).unwrap();
                asked.push(byte[0]);
            }
            // The end of the connection is the end of the body: half-close passes.
            call.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            call.write_all(&vec![b'x'; BODY]).unwrap();
        }
    });
    let fetch = format!(r#"{{ fetch = "http://10.0.2.2:{port}/" }}"#);
    let report = run(&file("", &format!("{fetch}, {fetch}")));
    serving.join().unwrap();
    for result in results(&report) {
        let Result::Fetch(fetch) = result else {
            panic!("{report:#?}");
        };
        assert_eq!((fetch.status, fetch.bytes), (200, BODY as u64));
        // The lab's own way counts.
        assert!(fetch.first >= Duration::from_millis(8), "{fetch:?}");
    }
    let [uplink] = report.outside.as_slice() else {
        panic!("{:?}", report.outside);
    };
    assert_eq!((uplink.what.as_str(), uplink.flows), ("uplink uplink", 2));
    assert!(uplink.errors.is_empty(), "{uplink:?}");
    assert!(uplink.inward >= 2 * BODY as u64);
}

#[test]
fn what_the_machine_refuses_the_lab_hears_as_such() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let programs = format!(
        r#"{{ call = "tcp://10.0.2.2:{port}" }}, {{ call = "udp://10.0.2.2:{port}", say = ["hi"] }},
        {{ at = "100ms", call = "tcp://192.0.2.7:80" }}"#
    );
    let report = run(&file("", &programs));
    let failed: Vec<_> = results(&report)
        .into_iter()
        .map(|result| match result {
            Result::Failed(why) => why.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    let told = |part: &str| failed.iter().any(|why| why.contains(part));
    // A RST to the SYN, not a connection that is reset; and ICMP to the datagram.
    assert!(
        told(&format!(
            "cannot call tcp://10.0.2.2:{port}: nobody is listening there"
        )),
        "{failed:?}"
    );
    assert!(
        told(&format!("nobody is listening on udp://10.0.2.2:{port}")),
        "{failed:?}"
    );
    assert!(told("cannot call tcp://192.0.2.7:80"), "{failed:?}");
    let errors = &report.outside[0].errors;
    assert_eq!(errors["not allowed by the file"], 1, "{errors:?}");
    assert!(errors["Connection refused"] >= 1, "{errors:?}");
    assert_eq!(report.outside[0].flows, 1, "one sender of datagrams");
}

#[test]
fn datagrams_go_out_and_answers_come_back() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    server.set_read_timeout(Some(LIMIT)).unwrap();
    let port = server.local_addr().unwrap().port();
    let serving = thread::spawn(move || {
        let mut buffer = [0; 65535];
        for _ in 0..4 {
            let (len, from) = server.recv_from(&mut buffer).unwrap();
            buffer[..len].make_ascii_uppercase();
            server.send_to(&buffer[..len], from).unwrap();
        }
    });
    // Longer than a frame: in fragments both ways.
    let long = "a".repeat(4000);
    let call = format!(r#"{{ call = "udp://10.0.2.2:{port}", say = ["{long}", "hi"] }}"#);
    let report = run(&file("", &format!("{call}, {call}")));
    serving.join().unwrap();
    for result in results(&report) {
        let Result::Heard(lines) = result else {
            panic!("{report:#?}");
        };
        assert_eq!(lines.concat(), format!("{}HI", long.to_uppercase()));
    }
    assert_eq!(
        report.outside[0].flows, 2,
        "a socket a sender: {:?}",
        report.outside
    );
}

#[test]
fn a_machine_that_hangs_up_hard_resets_the_lab() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let serving = thread::spawn(move || {
        let (call, _) = server.accept().unwrap();
        // With something unread the kernel ends it by a RST.
        call.peek(&mut [0]).unwrap();
    });
    let call = format!(r#"{{ call = "tcp://10.0.2.2:{port}", say = ["hello"] }}"#);
    let report = run(&file("", &call));
    serving.join().unwrap();
    assert!(
        matches!(results(&report)[..], [Result::Failed(_)]),
        "{report:#?}"
    );
    assert_eq!(report.outside[0].errors["Connection reset by peer"], 1);
}

#[test]
fn only_what_the_file_allows_is_reached() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let (low, high) = (port.saturating_sub(1), port);
    for (allow, reached) in [
        (format!(r#"allow = ["127.0.0.1:{low}-{high}"]"#), true),
        (format!(r#"allow = ["127.0.0.0/8:{port}"]"#), true),
        (format!(r#"allow = ["127.0.0.1:{low}"]"#), false),
        ("allow = []".to_owned(), false),
        (r#"allow = ["192.0.2.0/24:*"]"#.to_owned(), false),
    ] {
        let call = format!(r#"{{ call = "tcp://10.0.2.2:{port}" }}"#);
        let answering = thread::spawn({
            let server = server.try_clone().unwrap();
            move || reached.then(|| drop::<TcpStream>(server.accept().unwrap().0))
        });
        let report = run(&file(&allow, &call));
        answering.join().unwrap();
        let failed = matches!(results(&report)[..], [Result::Failed(_)]);
        assert_eq!(failed, !reached, "{allow}: {report:#?}");
    }
}

#[test]
fn an_uplink_is_checked_and_needs_the_clock() {
    let scenario = Scenario::read(&file("", "")).unwrap();
    let mistakes = scenario.check_virtual_time().unwrap_err();
    let wrong: Vec<_> = mistakes.iter().map(|mistake| &mistake.wrong).collect();
    assert!(matches!(wrong[..], [Wrong::RealTimeOnly(_)]), "{wrong:?}");
    for wrong in [
        r#"allow = ["127.0.0.1"]"#,
        r#"allow = ["127.0.0.1:9-8"]"#,
        r#"allow = ["[::1]:*"]"#,
        r#"allow = ["localhost:*"]"#,
        r#"machine = "::1""#,
    ] {
        let mistakes = Scenario::read(&file(wrong, "")).unwrap_err();
        let found: Vec<_> = mistakes.iter().map(|mistake| &mistake.wrong).collect();
        assert!(
            matches!(found[..], [Wrong::BadValue { .. }]),
            "{wrong}: {found:?}"
        );
    }
}
