//! Labs in real time, and what leads out of them.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use lab::report::{Ended, Passage, Result};
use lab::{Lab, Report, Run, RunError, Scenario, Wrong};
use landline::{Lan, LanHost};

/// Longer than anything takes on a loaded machine.
const LIMIT: Duration = Duration::from_secs(60);

/// A lab that runs by the clock until it is stopped.
struct Running {
    lan: Lan,
    stop: Arc<AtomicBool>,
    doors: Receiver<Vec<SocketAddr>>,
    thread: JoinHandle<std::result::Result<Report, RunError>>,
}

impl Running {
    fn start(file: &str) -> Self {
        let scenario = Scenario::read(file).unwrap();
        let lab = Lab::build_in_real_time(scenario, 1).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let (to, doors) = channel();
        let run = Run {
            stop: Arc::clone(&stop),
            opened: Some(Box::new(move |doors| {
                let _ = to.send(doors.iter().map(|door| door.on).collect());
            })),
            ..Run::default()
        };
        let lan = lab.lan().clone();
        let thread = thread::spawn(move || lab.run(run));
        Self {
            lan,
            stop,
            doors,
            thread,
        }
    }

    fn door(&self) -> SocketAddr {
        self.doors.recv_timeout(LIMIT).unwrap()[0]
    }

    fn stop(self) -> Report {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap().unwrap()
    }
}

/// A service behind a gateway, published.
fn published(scheme: &str, program: &str) -> String {
    format!(
        r#"
        [switch.street]
        [router.gate]
        interface.eth0 = {{ to = "street", address = "10.0.0.254/24" }}
        [host.server]
        interface.eth0 = {{ to = "street", address = "10.0.0.1/24" }}
        gateway = "10.0.0.254"
        run = [{program}]
        [[publish]]
        on = "{scheme}127.0.0.1:0"
        to = "server:9000"
        "#
    )
}

fn call(at: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
}

fn passage(report: &Report) -> &Passage {
    let [passage] = report.outside.as_slice() else {
        panic!("{:?}", report.outside);
    };
    passage
}

#[test]
fn a_lab_by_the_clock_does_what_it_does_in_virtual_time() {
    let file = r#"
        [host.a]
        interface.eth0 = { to = "b:eth0", address = "10.0.0.1/24", link = { delay = "10ms" } }
        run = [{ ping = "b", count = 3, every = "20ms" }, { call = "tcp://b:9000", say = ["hi"] }]
        [host.b]
        interface.eth0 = { address = "10.0.0.2/24" }
        run = [{ serve = "upper" }]
    "#;
    let report = Running::start(file).thread.join().unwrap().unwrap();
    assert_eq!(report.ended, Ended::Done);
    assert!(report.lag.is_some(), "it says whether it kept up");
    for outcome in &report.programs {
        match &outcome.result {
            Result::Ping(ping) => {
                assert_eq!(ping.received, 3);
                // Never sooner than the cables allow.
                assert!(ping.rtt.unwrap().min >= Duration::from_millis(20));
            }
            Result::Heard(lines) => assert_eq!(lines, &["HI"]),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(report.programs.len(), 2);
}

#[test]
fn a_published_port_joins_a_caller_and_a_host() {
    let lab = Running::start(&published("", r#"{ serve = "upper" }"#));
    let mut caller = call(lab.door());
    // More than all buffers between them hold, so that back-pressure is needed.
    let text = vec![b'a'; 8 << 20];
    let mut writer = caller.try_clone().unwrap();
    let sent = text.clone();
    let writing = thread::spawn(move || {
        writer.write_all(&sent).unwrap();
        // The other direction stays open.
        writer.shutdown(Shutdown::Write).unwrap();
    });
    let mut heard = Vec::new();
    caller.read_to_end(&mut heard).unwrap();
    writing.join().unwrap();
    assert!(heard == vec![b'A'; text.len()]);
    let report = lab.stop();
    assert_eq!(report.ended, Ended::Stopped);
    let passage = passage(&report);
    assert_eq!(passage.what, "publish 127.0.0.1:0=server:9000");
    assert_eq!((passage.flows, passage.errors.len()), (1, 0), "{passage:?}");
    let bytes = text.len() as u64;
    assert_eq!((passage.inward, passage.outward), (bytes, bytes));
    // It went over the cables, from the gateway.
    let cable = report.links.iter().find(|link| link.from == "gate:eth0");
    assert!(cable.unwrap().bytes > bytes);
}

#[test]
fn a_port_where_nobody_listens_is_reset() {
    let lab = Running::start(&published("", ""));
    let mut caller = call(lab.door());
    let error = caller.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let report = lab.stop();
    assert_eq!(passage(&report).errors["Connection refused"], 1);
}

#[test]
fn a_host_that_crashes_midway_resets_its_callers_when_it_is_back() {
    let lab = Running::start(&published("", r#"{ serve = "echo" }"#));
    let mut caller = call(lab.door());
    caller.write_all(b"hello").unwrap();
    caller.read_exact(&mut [0; 5]).unwrap();
    lab.lan.crash("server").unwrap();
    let again = LanHost::new("server").card().address("10.0.0.1/24");
    lab.lan
        .restart(&again.gateway("10.0.0.254".parse().unwrap()))
        .unwrap();
    // The host knows nothing of the connection any more, and says so when it hears from it.
    caller.write_all(b"still there?").unwrap();
    let error = caller.read_exact(&mut [0; 12]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
    let report = lab.stop();
    assert_eq!(passage(&report).errors["Connection reset by peer"], 1);
}

#[test]
fn a_caller_that_vanishes_midway_is_noted_and_others_are_served_on() {
    let lab = Running::start(&published("", r#"{ serve = "echo" }"#));
    let door = lab.door();
    let mut caller = call(door);
    caller.write_all(b"hello").unwrap();
    // An answer that is there and was not read makes the kernel end the call by a RST.
    caller.peek(&mut [0]).unwrap();
    drop(caller);
    let mut other = call(door);
    other.write_all(b"hello").unwrap();
    other.read_exact(&mut [0; 5]).unwrap();
    drop(other);
    let report = lab.stop();
    let passage = passage(&report);
    assert_eq!(passage.flows, 2);
    assert_eq!(passage.errors["Connection reset by peer"], 1);
}

#[test]
fn a_published_port_of_udp_passes_datagrams() {
    let lab = Running::start(&published("udp://", r#"{ serve = "upper" }"#));
    let door = lab.door();
    for name in [&b"one"[..], b"two"] {
        let caller = UdpSocket::bind("127.0.0.1:0").unwrap();
        caller.set_read_timeout(Some(LIMIT)).unwrap();
        caller.connect(door).unwrap();
        for _ in 0..2 {
            caller.send(name).unwrap();
            let mut heard = [0; 16];
            let len = caller.recv(&mut heard).unwrap();
            assert_eq!(heard[..len], name.to_ascii_uppercase());
        }
    }
    let report = lab.stop();
    let passage = passage(&report);
    assert_eq!(passage.what, "publish udp://127.0.0.1:0=server:9000");
    assert_eq!(passage.flows, 2, "a flow a sender");
    assert_eq!((passage.inward, passage.outward), (12, 12));
}

#[test]
fn a_port_that_is_taken_is_named_and_nothing_runs() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap();
    let file = published("", r#"{ serve = "echo" }"#).replace("127.0.0.1:0", &at.to_string());
    let lab = Running::start(&file);
    match lab.thread.join().unwrap() {
        Err(RunError::Door(error)) => {
            assert_eq!(error.on, at);
            assert_eq!(error.why.kind(), ErrorKind::AddrInUse);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_leads_out_is_refused_in_virtual_time_and_checked() {
    let file = published("", "");
    let scenario = Scenario::read(&file).unwrap();
    let mistakes = scenario.check_virtual_time().unwrap_err();
    let wrong: Vec<_> = mistakes.iter().map(|mistake| &mistake.wrong).collect();
    assert!(matches!(wrong[..], [Wrong::RealTimeOnly(_)]), "{wrong:?}");

    let file = file.replace("server:9000", "sever:9000")
        + "[[publish]]\non = \"8080\"\nto = \"server:1\"\n"
        + "[[publish]]\non = \"127.0.0.1:8080\"\nto = \"server:2\"\n"
        + "[[publish]]\non = \"udp://8080\"\nto = \"server:3\"\n"
        + "[[publish]]\non = \"somewhere\"\nto = \"server\"\n";
    let mistakes = Scenario::read(&file).unwrap_err();
    let wrong: Vec<_> = mistakes.iter().map(|mistake| &mistake.wrong).collect();
    assert!(
        matches!(wrong[..], [Wrong::BadValue { .. }, Wrong::BadValue { .. }]),
        "{wrong:?}"
    );
    let cut = file.rfind("[[publish]]").unwrap();
    let mistakes = Scenario::read(&file[..cut]).unwrap_err();
    let wrong: Vec<_> = mistakes.iter().map(|mistake| &mistake.wrong).collect();
    assert!(
        matches!(
            wrong[..],
            [Wrong::UnknownName { .. }, Wrong::PublishedTwice(_)]
        ),
        "{wrong:?}"
    );
}

#[test]
fn web_pages_are_served_and_fetched_in_virtual_time() {
    let file = r#"
        [host.a]
        interface.eth0 = { to = "web:eth0", address = "10.0.0.1/24", link = { delay = "10ms" } }
        run = [{ fetch = "http://web/" }, { at = "1s", fetch = "http://web:81/x" }]
        [host.web]
        interface.eth0 = { address = "10.0.0.2/24" }
        run = [{ serve = "web", page = "<p>hello" }]
    "#;
    let run = || {
        let lab = Lab::build(Scenario::read(file).unwrap(), 1).unwrap();
        lab.run(Run::default()).unwrap()
    };
    let report = run();
    let results: Vec<_> = report.programs.iter().map(|it| &it.result).collect();
    let [Result::Fetch(fetch), Result::Failed(why)] = results[..] else {
        panic!("{results:?}");
    };
    assert_eq!((fetch.status, fetch.bytes), (200, 8));
    // A handshake and a request; what asking for the neighbour takes comes on top.
    assert!(fetch.first >= Duration::from_millis(40), "{fetch:?}");
    assert_eq!(why, "Connection refused");
    assert_eq!(run(), report);

    for (wrong, key) in [
        (r#"{ serve = "web" }"#, "page, root"),
        (r#"{ serve = "web", page = "", root = "." }"#, "page, root"),
    ] {
        let mistakes = Scenario::read(&format!("[host.a]\nrun = [{wrong}]\n")).unwrap_err();
        let wrong: Vec<_> = mistakes.iter().map(|mistake| &mistake.wrong).collect();
        assert_eq!(wrong, [&Wrong::OneOf(key)]);
    }
    let folder = "[host.a]\nrun = [{ serve = \"web\", root = \"no/such\" }]\n";
    let mistakes = Scenario::read(folder).unwrap_err();
    let wrong: Vec<_> = mistakes.iter().map(|mistake| &mistake.wrong).collect();
    assert_eq!(wrong, [&Wrong::NoFolder("no/such".into())]);
}
