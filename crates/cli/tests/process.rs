//! The command as a process: signals, pipes that close or fill up, JSON, files of sockets.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod common;

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::process::{Command, Stdio};

use common::{Running, finish, landline, port_of, printed};

#[test]
fn signals_end_servers_cleanly() {
    for signal in ["INT", "TERM"] {
        for service in ["upper", "echo", "time", "chat"] {
            // The input stays open: the operator may be in the middle of a line.
            let server = Running::start(landline(&["serve", service, "--on", "udp://127.0.0.1:0"]));
            server.endpoint();
            server.signal(signal);
            assert_eq!(server.end(), (Some(0), vec![]), "{service} on {signal}");
        }
    }
}

#[test]
fn a_client_that_waits_for_input_ends_on_a_signal() {
    let server = Running::start(landline(&["serve", "echo", "--on", "tcp://127.0.0.1:0"]));
    let endpoint = server.endpoint();
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut client = Running::start(landline(&["call", &endpoint]));
        client.type_in("hello");
        client.until("hello");
        client.signal(signal);
        assert_eq!(client.end(), (Some(code), vec![]));
    }
    server.stop();
}

#[test]
fn a_server_takes_its_socket_file_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let on = format!("unix:{}", path.display());
    let server = Running::start(landline(&["serve", "upper", "--on", &on]));
    assert_eq!(server.endpoint(), on);
    assert_eq!(
        printed(finish(landline(&["call", &on]), "hello")),
        "HELLO\n"
    );
    server.stop();
    assert!(!path.exists());
}

#[test]
fn a_closed_pipe_is_nothing_to_complain_about() {
    let server = Running::start(landline(&["serve", "echo", "--on", "tcp://127.0.0.1:0"]));
    let endpoint = server.endpoint();
    for arguments in [
        &["subnet", "10.0.0.1/8"][..],
        &["--help"],
        &["call", &endpoint],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = landline(arguments);
        let child = command
            .stdin(Stdio::piped())
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn();
        let mut child = child.unwrap();
        let _ = child.stdin.take().unwrap().write_all(b"hello\n"); // may be gone already
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    }
    server.stop();
}

#[test]
fn a_log_that_nobody_reads_does_not_stop_the_service() {
    let mut command = landline(&["serve", "echo", "--on", "udp://127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut log = child.stdout.take().unwrap();
    // Byte by byte, so that nothing after the line is read.
    let mut line = Vec::new();
    let mut byte = [0];
    while byte != *b"\n" {
        log.read_exact(&mut byte).unwrap();
        line.extend_from_slice(&byte);
    }
    let port: u16 = port_of(std::str::from_utf8(&line).unwrap().trim())
        .parse()
        .unwrap();
    let caller = UdpSocket::bind("127.0.0.1:0").unwrap();
    caller.connect(("127.0.0.1", port)).unwrap();
    // Several times what a pipe and the queue before it hold.
    let message = [b'm'; 60];
    for _ in 0..5000 {
        caller.send(&message).unwrap();
        let mut answer = [0; 100];
        assert_eq!(caller.recv(&mut answer).unwrap(), 60);
    }
    // Somebody looks again: what is missing is counted.
    let reading = std::thread::spawn(move || {
        let mut text = String::new();
        log.read_to_string(&mut text).unwrap();
        text
    });
    for _ in 0..5000 {
        caller.send(&message).unwrap();
        caller.recv(&mut [0; 100]).unwrap();
    }
    let pid = child.id().to_string();
    assert!(
        Command::new("sh")
            .args(["-c", "kill -TERM $0", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let text = reading.join().unwrap();
    let lost: usize = text
        .lines()
        .filter_map(|line| {
            line.strip_prefix('(')?
                .split(' ')
                .next()?
                .parse::<usize>()
                .ok()
        })
        .sum();
    let shown = text.lines().filter(|line| line.contains(" says ")).count();
    assert!(lost > 0, "{} lines", text.lines().count());
    assert!(
        shown + lost <= 10_000 && shown > 1000,
        "{shown} shown, {lost} lost"
    );
}

#[test]
fn without_descriptors_a_server_waits_for_calls_to_end() {
    let mut command = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_landline");
    command.args([
        "-c",
        "ulimit -n 20; exec $0 serve upper --on tcp://127.0.0.1:0",
        program,
    ]);
    command.env_remove("LC_ALL").env_remove("LANG");
    let server = Running::start(command);
    let port: u16 = server.port().parse().unwrap();
    let call = || TcpStream::connect(("127.0.0.1", port)).unwrap();
    // More than it has descriptors for: the last wait in the kernel's backlog.
    let mut callers: Vec<_> = (0..30).map(|_| call()).collect();
    server.until("too many open files");
    callers.drain(..25);
    let mut last = callers.pop().unwrap();
    last.write_all(b"still there?").unwrap();
    let mut answer = [0; 12];
    last.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"STILL THERE?");
    server.signal("TERM");
    let (code, rest) = server.end();
    assert_eq!(code, Some(0));
    let again = rest
        .iter()
        .filter(|line| line.contains("too many open files"))
        .count();
    assert!(again < 30, "it complains at every attempt: {again}");
}

#[test]
fn json_is_an_object_a_line() {
    let server = Running::start(landline(&[
        "serve",
        "upper",
        "--json",
        "--on",
        "tcp://127.0.0.1:0",
    ]));
    let listening: serde_json::Value = serde_json::from_str(&server.until("listening")).unwrap();
    let on = listening["on"].as_str().unwrap().to_owned();
    let replies = printed(finish(landline(&["call", "--json", &on]), "hello\nworld\n"));
    let replies: Vec<serde_json::Value> = replies
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(replies[1]["event"], "reply");
    assert_eq!(replies[1]["text"], "WORLD");
    let heard: serde_json::Value = serde_json::from_str(&server.until("hello")).unwrap();
    assert_eq!(
        (&heard["event"], &heard["bytes"]),
        (&"heard".into(), &5.into())
    );
    server.stop();

    let subnet = printed(finish(
        landline(&["subnet", "172.16.10.1/24", "--json"]),
        "",
    ));
    let subnet: serde_json::Value = serde_json::from_str(&subnet).unwrap();
    assert_eq!(subnet["broadcast"], "172.16.10.255");
    assert_eq!(subnet["hosts"], 254);
    let pair = printed(finish(
        landline(&["subnet", "172.16.10.10/24", "101.100.200.11/10", "--json"]),
        "",
    ));
    let pair: serde_json::Value = serde_json::from_str(&pair).unwrap();
    assert_eq!(pair["same_network"], false);
    assert_eq!(pair["asks_for"], "gateway");
}
