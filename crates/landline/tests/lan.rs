//! A simulated LAN in virtual time: its clock, its building, its ends.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use landline::lan::{Channel, Delay, Loss};
use landline::{Lan, LanError, LanHost, Network};

fn one_host() -> (Lan, Network) {
    let lan = Lan::new(1);
    lan.add_switch("s").unwrap();
    let plan = LanHost::new("alice").plug("s", "10.0.0.1/24");
    let host = lan.add_host(&plan).unwrap();
    (lan, host)
}

#[test]
fn a_day_passes_at_once() {
    let (lan, host) = one_host();
    let day = Duration::from_secs(24 * 3600);
    lan.block_on(host.sleep(day));
    assert_eq!(host.now().as_nanos(), 24 * 3600 * 1_000_000_000);
    assert_eq!(lan.now(), host.now());
}

#[test]
fn sleepers_wake_in_order_at_their_moments() {
    let (lan, host) = one_host();
    let log = Arc::new(Mutex::new(Vec::new()));
    lan.block_on(async {
        let mut tasks = Vec::new();
        for millis in [30, 10, 20, 10] {
            let (host, log) = (host.clone(), Arc::clone(&log));
            tasks.push(tokio::spawn(async move {
                host.sleep(Duration::from_millis(millis)).await;
                log.lock().unwrap().push((millis, host.now().as_millis()));
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
    let expected = [(10, 10), (10, 10), (20, 20), (30, 30)];
    assert_eq!(*log.lock().unwrap(), expected);
}

#[test]
fn a_time_out_ends_what_takes_too_long_and_nothing_else() {
    let (lan, host) = one_host();
    lan.block_on(async {
        let long = host.sleep(Duration::from_secs(9));
        assert!(host.timeout(Duration::from_secs(5), long).await.is_err());
        assert_eq!(host.now().as_millis(), 5000);
        let short = async {
            host.sleep(Duration::from_secs(1)).await;
            "done"
        };
        let outcome = host.timeout(Duration::from_secs(5), short).await;
        assert_eq!(outcome.unwrap(), "done");
        assert_eq!(host.now().as_millis(), 6000);
    });
}

/// Ten thousand time-outs that never come true leave nothing behind that time would wait for.
#[test]
fn what_was_given_up_does_not_hold_time_up() {
    let (lan, host) = one_host();
    lan.block_on(async {
        for _ in 0..10_000 {
            let limit = Duration::from_secs(3600);
            host.timeout(limit, std::future::ready(())).await.unwrap();
            let soon = host.sleep(Duration::from_millis(1));
            host.timeout(limit, soon).await.unwrap();
        }
    });
    assert_eq!(lan.now().as_millis(), 10_000);
}

#[test]
fn waiting_for_what_never_comes_is_told() {
    let (lan, host) = one_host();
    let stuck = lan
        .try_block_on(async {
            host.sleep(Duration::from_secs(2)).await;
            std::future::pending::<()>().await;
        })
        .unwrap_err();
    let said = stuck.to_string();
    assert!(said.contains("nothing is under way"), "{said}");
    // The LAN goes on.
    lan.block_on(host.sleep(Duration::from_secs(1)));
}

#[test]
#[should_panic(expected = "nothing is under way")]
fn block_on_panics_where_it_would_hang() {
    let (lan, _host) = one_host();
    lan.block_on(std::future::pending::<()>());
}

#[test]
fn mistakes_in_building_are_named() {
    let (lan, _host) = one_host();
    let add = |plan: LanHost| lan.add_host(&plan).unwrap_err();
    assert!(matches!(lan.add_switch("s"), Err(LanError::NameTaken(_))));
    assert!(matches!(
        lan.add_switch("alice"),
        Err(LanError::NameTaken(_))
    ));
    assert!(matches!(add(LanHost::new("s")), LanError::NameTaken(_)));
    let bob = || LanHost::new("bob");
    let cases = [
        (bob().plug("t", "10.0.0.2/24"), "there is no such switch"),
        (bob().plug("s", "10.0.0.2"), "no address with a prefix"),
        (bob().plug("s", "10.0.0.2/33"), "no address with a prefix"),
        (bob().plug("s", "255.255.255.255/8"), "255.255.255.255"),
        (
            bob()
                .plug("s", "10.0.0.2/24")
                .gateway("10.0.1.1".parse().unwrap()),
            "10.0.1.1",
        ),
    ];
    for (plan, expected) in cases {
        let said = add(plan).to_string();
        assert!(said.contains(expected), "{said}");
    }
    assert!(lan.host("bob").is_none(), "whole or not at all");
    assert!(lan.add_host(&bob().plug("s", "10.0.0.2/24")).is_ok());
    assert!(lan.host("bob").is_some());
    let error = bob().sysctl("net.ipv4.tcp_tw_recycle", "1").unwrap_err();
    assert!(error.to_string().contains("tcp_tw_recycle"), "{error}");
}

#[test]
fn real_time_goes_on_by_the_clock() {
    let lan = Lan::in_real_time(1).unwrap();
    lan.add_switch("s").unwrap();
    let plan = LanHost::new("alice").plug("s", "10.0.0.1/24");
    let host = lan.add_host(&plan).unwrap();
    lan.block_on(async {
        host.sleep(Duration::from_millis(20)).await;
        let never = std::future::pending::<()>();
        let short = Duration::from_millis(5);
        assert!(host.timeout(short, never).await.is_err());
    });
    assert!(host.now().as_millis() >= 25);
}

/// Blocking calls on one thread: whoever waits lets time go on.
#[test]
fn blocking_calls_take_virtual_time() {
    use landline::{Family, Socket, Type};
    let (lan, alice) = one_host();
    let far = Channel {
        delay: Delay::constant(Duration::from_secs(1).into()),
        ..Channel::PERFECT
    };
    let plan = LanHost::new("bob").plug("s", "10.0.0.2/24").channel(far);
    let bob = lan.add_host(&plan).unwrap();
    let listener = Socket::new(&bob, Family::Inet, Type::Stream).unwrap();
    listener.bind(("10.0.0.2", 9000)).unwrap();
    listener.listen(1).unwrap();
    let caller = Socket::new(&alice, Family::Inet, Type::Stream).unwrap();
    caller.connect(("10.0.0.2", 9000)).unwrap();
    // Bob's announcement of himself (RFC 5227), SYN and SYN-ACK: each a second on bob's cable.
    assert_eq!(lan.now().as_millis(), 3_000);
    let (callee, who) = listener.accept().unwrap();
    assert_eq!(who, caller.getsockname().unwrap());
    caller.sendall(b"hello").unwrap();
    let mut buf = [0; 8];
    assert_eq!(callee.recv(&mut buf).unwrap(), 5);

    callee.settimeout(Some(Duration::from_secs(60))).unwrap();
    let before = lan.now();
    let error = callee.recv(&mut buf).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    assert_eq!(lan.now().since(before).as_millis(), 60_000);

    callee.settimeout(None).unwrap();
    let error = callee.recv(&mut buf).unwrap_err();
    assert!(
        error.to_string().contains("nothing is under way"),
        "{error}"
    );
}

/// A call with loss, time-outs and several tasks, captured.
fn captured(seed: u64) -> Vec<u8> {
    use landline::tokio::{TcpListener, TcpStream};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lan.pcapng");
    let lan = Lan::new(seed);
    lan.capture(&path).unwrap();
    lan.add_switch("s").unwrap();
    let channel = Channel {
        loss: Loss::Random(0.1),
        delay: Delay::constant(Duration::from_millis(3).into()),
        ..Channel::PERFECT
    };
    let host = |name: &str, address: &str| {
        let plan = LanHost::new(name).plug("s", address);
        lan.add_host(&plan.channel(channel.clone())).unwrap()
    };
    let server = host("server", "10.0.0.1/24");
    let clients = [host("a", "10.0.0.2/24"), host("b", "10.0.0.3/24")];
    lan.block_on(async {
        let listener = TcpListener::bind(&server, "10.0.0.1:9").await.unwrap();
        let mut tasks = Vec::new();
        for client in clients {
            tasks.push(tokio::spawn(async move {
                let mut stream = TcpStream::connect(&client, "10.0.0.1:9").await?;
                client.sleep(Duration::from_millis(10)).await;
                stream.write_all(&[7; 30_000]).await?;
                stream.shutdown().await?;
                let mut answer = Vec::new();
                stream.read_to_end(&mut answer).await?;
                std::io::Result::Ok(answer.len())
            }));
        }
        for _ in 0..tasks.len() {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut heard = Vec::new();
                stream.read_to_end(&mut heard).await?;
                stream.write_all(&heard).await
            });
        }
        for task in tasks {
            assert_eq!(task.await.unwrap().unwrap(), 30_000);
        }
    });
    lan.finish_capture().unwrap();
    std::fs::read(&path).unwrap()
}

#[test]
fn the_same_seed_is_the_same_run_byte_for_byte() {
    let first = captured(5);
    assert!(first == captured(5));
    assert!(first != captured(6));
}

#[test]
fn tshark_finds_nothing_wrong_in_a_capture() {
    use std::process::Command;
    if Command::new("tshark").arg("--version").output().is_err() {
        return host::testing::skip("tshark_finds_nothing_wrong", "there is no tshark");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lan.pcapng");
    std::fs::write(&path, captured(7)).unwrap();
    let tshark = |filter: &str| {
        let output = Command::new("tshark")
            .args(["-r", path.to_str().unwrap(), "-Y", filter])
            .args([
                "-o",
                "ip.check_checksum:TRUE",
                "-o",
                "tcp.check_checksum:TRUE",
            ])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let wrong = "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0";
    assert_eq!(tshark(wrong), "");
    assert!(tshark("tcp.checksum.status == 1").lines().count() > 40);
    assert_ne!(tshark("frame.comment contains \"dropped: lost\""), "");
}
