//! Programs in Rust on the hosts of a lab.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use lab::{Lab, Sim, SimError, StartError};
use landline::LanError;
use landline::tokio::{TcpListener, TcpStream, UdpSocket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

fn two() -> Sim {
    let drawn = Lab::builder()
        .switch("office")
        .host("alice", "office", "10.0.0.1/24")
        .host("bob", "office", "10.0.0.2/24");
    drawn.start().expect("there is nothing wrong with it")
}

#[test]
fn everything_that_is_wrong_with_a_drawing_is_said() {
    let wrong = Lab::builder()
        .host("alice", "offise", "10.0.0.1/24")
        .switch("office")
        .start();
    let Err(StartError::Mistakes(mistakes)) = wrong else {
        panic!("there is no switch of that name");
    };
    assert_eq!(
        mistakes.to_string(),
        "there is no \"offise\"; there is \"office\""
    );
    let wrong = Lab::builder().host("alice", "office", "10.0.0/24").start();
    let Err(StartError::Mistakes(mistakes)) = wrong else {
        panic!("that is no address");
    };
    assert_eq!(
        mistakes.to_string(),
        "\"10.0.0/24\" cannot be read; write it like 172.16.10.1/24"
    );
}

#[test]
fn a_router_between_two_networks_forwards() {
    let lab = Lab::builder()
        .switch("office")
        .switch("street")
        .router(
            "gate",
            &[("office", "10.0.1.254/24"), ("street", "10.0.2.254/24")],
        )
        .host("alice", "office", "10.0.1.1/24")
        .gateway("10.0.1.254")
        .host("bob", "street", "10.0.2.1/24")
        .gateway("10.0.2.254")
        .start()
        .expect("there is nothing wrong with it");
    let [alice, bob] = ["alice", "bob"].map(|name| lab.host(name).expect("it is there"));
    let heard = lab.run_until(async {
        let ear = UdpSocket::bind(&bob, "10.0.2.1:9").await?;
        let mouth = UdpSocket::bind(&alice, "10.0.1.1:0").await?;
        mouth.send_to(b"hello", "10.0.2.1:9").await?;
        let mut bytes = [0; 9];
        let (length, from) = ear.recv_from(&mut bytes).await?;
        std::io::Result::Ok((bytes[..length].to_vec(), from.ip().to_string()))
    });
    let heard = heard.expect("nobody fails").expect("it is carried");
    assert_eq!(heard, (b"hello".to_vec(), "10.0.1.1".to_owned()));
}

#[test]
fn a_program_that_fails_ends_the_run() {
    let lab = two();
    lab.run_on("bob", |_| async { Err("no paper".into()) })
        .expect("bob is there");
    let failed = lab.run_for(Duration::from_secs(1));
    let Err(SimError::Program { host, error }) = failed else {
        panic!("{failed:?}");
    };
    assert_eq!(
        (host.as_str(), error.to_string().as_str()),
        ("bob", "no paper")
    );
    // It failed once, and the others go on.
    assert!(lab.run_for(Duration::from_secs(1)).is_ok());
}

#[test]
#[should_panic(expected = "out of ink")]
fn a_program_that_panics_ends_the_test() {
    let lab = two();
    lab.run_on("bob", |_| async { panic!("out of ink") })
        .expect("bob is there");
    let _ = lab.run_for(Duration::from_secs(1));
}

#[test]
fn who_waits_for_ever_is_told() {
    let lab = two();
    let bob = lab.host("bob").expect("bob is there");
    let waits = lab.run_until(async {
        let ear = UdpSocket::bind(&bob, "10.0.0.2:9")
            .await
            .expect("the port is free");
        ear.recv_from(&mut [0; 9]).await
    });
    assert!(matches!(waits, Err(SimError::Stuck(_))), "{waits:?}");
}

#[test]
fn a_crash_ends_programs_and_a_restart_begins_them_anew() {
    let lab = two();
    let (lives, beats) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let (of_bob, beating) = (Arc::clone(&lives), Arc::clone(&beats));
    let program = move |_| {
        of_bob.fetch_add(1, Ordering::Relaxed);
        let beats = Arc::clone(&beating);
        async move {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                beats.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    lab.run_on("bob", program).expect("bob is there");
    let second = |seconds: u64| lab.run_for(Duration::from_millis(seconds * 1000 + 500));
    second(3).expect("nobody fails");
    lab.crash("bob").expect("bob is there");
    second(3).expect("nobody fails");
    assert_eq!(
        beats.load(Ordering::Relaxed),
        3,
        "the dead have no heartbeat"
    );
    assert!(matches!(lab.restart("alice"), Err(LanError::NoSuchHost(_))));
    lab.restart("bob").expect("bob is off");
    second(3).expect("nobody fails");
    assert_eq!(beats.load(Ordering::Relaxed), 6);
    assert_eq!(lives.load(Ordering::Relaxed), 2);
}

#[test]
fn a_parted_network_and_a_pulled_cable_are_silent() {
    let lab = two();
    lab.run_on("bob", |network| async move {
        let listener = TcpListener::bind(&network, "0.0.0.0:7").await?;
        loop {
            listener.accept().await?.0.write_all(b"x").await?;
        }
    })
    .expect("bob is there");
    let alice = lab.host("alice").expect("alice is there");
    let reaches = || {
        let call = async {
            let mut bob = TcpStream::connect(&alice, "10.0.0.2:7").await?;
            bob.read_u8().await
        };
        let answer = lab.run_until(async { timeout(Duration::from_secs(2), call).await });
        answer.expect("nobody fails").is_ok()
    };
    assert!(reaches());
    lab.partition(&[&["alice"], &["bob"]])
        .expect("they are there");
    assert!(!reaches());
    assert!(
        lab.died("the network is parted") > 0,
        "{:?}",
        lab.report().drops
    );
    lab.heal();
    assert!(reaches());
    lab.pull("bob:eth0").expect("a cable is there");
    assert!(!reaches());
    lab.plug("bob:eth0").expect("a cable is there");
    assert!(reaches());
    assert!(matches!(lab.pull("bob:eth9"), Err(LanError::NoSuchEnd(_))));
    assert!(matches!(lab.crash("carol"), Err(LanError::NoSuchHost(_))));
}

#[lab::test(seeds = 3)]
fn a_test_is_given_its_seed(seed: u64) -> Result<(), SimError> {
    let lab = Lab::builder()
        .seed(seed)
        .switch("s")
        .host("a", "s", "10.0.0.1/24");
    let lab = lab.start().expect("there is nothing wrong with it");
    assert_eq!(lab.seed(), seed);
    lab.run_for(Duration::from_secs(1))
}

#[test]
fn a_failing_seed_is_named_with_what_runs_it_again() {
    let test = lab::seeds::Test {
        package: "counter",
        path: "replicas::over_tcp::they_agree",
    };
    assert_eq!(
        test.again(17),
        "LANDLINE_SEED=17 cargo test -p counter over_tcp::they_agree -- --exact"
    );
    let torn = |seed| if seed == 3 { Err("torn") } else { Ok(()) };
    let run = || lab::seeds::run(100, test, torn);
    let panic = std::panic::catch_unwind(run).expect_err("seed 3 fails");
    let said = panic.downcast_ref::<String>().map(String::as_str);
    // With LANDLINE_SEED in the environment it is another's turn.
    if std::env::var_os("LANDLINE_SEED").is_none() {
        assert_eq!(said, Some("seed 3: \"torn\""));
    }
}
