//! Every asynchronous case between two hosts of a simulated LAN in virtual time: over a perfect
//! cable, and over one that is slow and loses, doubles and reorders.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(
    dead_code,
    reason = "the cases that block are for real time; so are their helpers"
)]

mod suite;

use base::Duration;
use landline::lan::{Channel, Delay, Duplicate, Loss, Rate, Reorder};
use landline::{Lan, LanHost};

mod perfect {
    crate::every_async_case!(lan);

    fn lan() -> crate::suite::Place {
        crate::place(&crate::Channel::PERFECT)
    }
}

mod far_away {
    use crate::{Channel, Delay, Duration, Rate};

    crate::every_async_case!(lan);

    fn lan() -> crate::suite::Place {
        crate::place(&Channel {
            delay: Delay::constant(Duration::from_millis(40)),
            ..Channel::with_rate(Rate::mbit(20))
        })
    }
}

fn place(channel: &Channel) -> suite::Place {
    let lan = Lan::new(1);
    lan.add_switch("office").unwrap();
    let host = |name, address| {
        let plan = LanHost::new(name).plug("office", address);
        lan.add_host(&plan.channel(channel.clone())).unwrap()
    };
    suite::Place {
        server: host("server", "172.16.10.1/24"),
        address: [172, 16, 10, 1].into(),
        broadcast: [172, 16, 10, 255].into(),
        client: host("client", "172.16.10.2/24"),
        lan: Some(lan),
    }
}

/// A stream over the cable of the seed; all bytes arrive, in order.
#[test]
fn a_bad_cable_loses_nothing_of_a_stream() {
    use landline::tokio::{TcpListener, TcpStream};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    for seed in 0..20 {
        let channel = Channel {
            delay: Delay {
                time: Duration::from_millis(5),
                jitter: Duration::from_millis(2),
                ..Delay::NONE
            },
            loss: Loss::Random(0.05),
            duplicate: Duplicate(0.02),
            reorder: Reorder::random(0.05),
            ..Channel::PERFECT
        };
        let lan = Lan::new(seed);
        lan.add_switch("office").unwrap();
        let host = |name, address| {
            let plan = LanHost::new(name).plug("office", address);
            lan.add_host(&plan.channel(channel.clone())).unwrap()
        };
        let (alice, bob) = (host("alice", "10.0.0.1/24"), host("bob", "10.0.0.2/24"));
        let data = suite::pattern(200_000);
        let heard = lan.block_on(async {
            let listener = TcpListener::bind(&bob, "10.0.0.2:9").await.unwrap();
            let mut caller = TcpStream::connect(&alice, "10.0.0.2:9").await.unwrap();
            let (mut callee, _) = listener.accept().await.unwrap();
            let mut heard = Vec::new();
            let (sent, received) = tokio::join!(
                async {
                    caller.write_all(&data).await?;
                    caller.shutdown().await
                },
                callee.read_to_end(&mut heard),
            );
            sent.and(received).map(|_| heard)
        });
        assert!(
            heard.is_ok_and(|heard| heard == data),
            "seed {seed}: set it above to see it again"
        );
    }
}

/// Two hosts, 40 ms from each other.
fn far_apart() -> (Lan, landline::Network, landline::Network) {
    let far = Channel {
        delay: Delay::constant(Duration::from_millis(20)),
        ..Channel::PERFECT
    };
    let lan = Lan::new(1);
    lan.add_switch("office").unwrap();
    let host = |name, address| {
        let plan = LanHost::new(name).plug("office", address);
        lan.add_host(&plan.channel(far.clone())).unwrap()
    };
    let (alice, bob) = (host("alice", "10.0.0.1/24"), host("bob", "10.0.0.2/24"));
    (lan, alice, bob)
}

/// `tokio::time` beside the LAN's own: whichever is first comes first.
#[test]
fn tokios_timers_follow_the_lans_time() {
    use landline::tokio::UdpSocket;
    use tokio::time::{Instant, sleep, timeout};
    let (lan, alice, bob) = far_apart();
    let ms = std::time::Duration::from_millis;
    lan.block_on(async {
        let ear = UdpSocket::bind(&bob, "10.0.0.2:9").await.unwrap();
        let mouth = UdpSocket::bind(&alice, "10.0.0.1:0").await.unwrap();
        let mut bytes = [0; 9];
        // It waits for bob's announcement, which is on its way: twice 40 ms.
        mouth.send_to(b"one", "10.0.0.2:9").await.unwrap();
        assert!(timeout(ms(79), ear.recv_from(&mut bytes)).await.is_err());
        assert!(timeout(ms(2), ear.recv_from(&mut bytes)).await.is_ok());
        // Now both are known to each other. The LAN's time is exact beside tokio's milliseconds.
        sleep(ms(7)).await;
        let (began, on_lan) = (Instant::now(), alice.now());
        mouth.send_to(b"two", "10.0.0.2:9").await.unwrap();
        ear.recv_from(&mut bytes).await.unwrap();
        assert_eq!(began.elapsed(), ms(40));
        assert_eq!(bob.now().since(on_lan), Duration::from_millis(40));
        // Long rests cost nothing, and the LAN has gone on as far.
        sleep(ms(3_600_000)).await;
        assert_eq!(bob.now().since(on_lan), Duration::from_millis(3_600_040));
    });
}

/// Between tokio's milliseconds the LAN keeps its nanoseconds.
#[test]
fn frames_between_two_milliseconds_come_at_their_own_moments() {
    use landline::tokio::UdpSocket;
    let (lan, alice, bob) = far_apart();
    let channel = Channel {
        delay: Delay::constant(Duration::from_nanos(250_001)),
        ..Channel::PERFECT
    };
    lan.set_channel("alice", &channel).unwrap();
    lan.set_channel("bob", &channel).unwrap();
    lan.block_on(async {
        let ear = UdpSocket::bind(&bob, "10.0.0.2:9").await.unwrap();
        let mouth = UdpSocket::bind(&alice, "10.0.0.1:0").await.unwrap();
        let mut bytes = [0; 9];
        // The first waits for bob's announcement.
        for expected in [2 * 500_002, 500_002, 500_002] {
            let sent = alice.now();
            mouth.send_to(b"x", "10.0.0.2:9").await.unwrap();
            ear.recv_from(&mut bytes).await.unwrap();
            assert_eq!(bob.now().since(sent).as_nanos(), expected);
            tokio::time::sleep(std::time::Duration::from_micros(1300)).await;
        }
    });
}

/// So do answers, several of them in one millisecond.
#[test]
fn answers_within_a_millisecond_come_at_their_own_moments() {
    use landline::tokio::{TcpListener, TcpStream};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (lan, alice, bob) = far_apart();
    let channel = Channel {
        delay: Delay::constant(Duration::from_nanos(50_001)),
        ..Channel::PERFECT
    };
    lan.set_channel("alice", &channel).unwrap();
    lan.set_channel("bob", &channel).unwrap();
    let took = lan.block_on(async {
        let listener = TcpListener::bind(&bob, "10.0.0.2:9").await.unwrap();
        tokio::spawn(async move {
            let (mut caller, _) = listener.accept().await.unwrap();
            while let Ok(byte) = caller.read_u8().await {
                caller.write_u8(byte).await.unwrap();
            }
        });
        let mut callee = TcpStream::connect(&alice, "10.0.0.2:9").await.unwrap();
        let mut took = Vec::new();
        for byte in 0..20 {
            let began = alice.now();
            callee.write_u8(byte).await.unwrap();
            assert_eq!(callee.read_u8().await.unwrap(), byte);
            took.push(alice.now().since(began).as_nanos());
        }
        took
    });
    assert_eq!(took, [4 * 50_001; 20]);
}

/// Who waits for nothing is told so, tokio's clock or not; tasks stay between two runs.
#[test]
fn a_runtime_finds_who_waits_for_ever() {
    use landline::lan::LanRuntime;
    let (lan, alice, _) = far_apart();
    for runtime in [
        LanRuntime::new(&lan),
        LanRuntime::without_tokio_timers(&lan),
    ] {
        let network = alice.clone();
        let task = runtime.spawn(async move {
            network.sleep(std::time::Duration::from_secs(10)).await;
            network.now()
        });
        let began = alice.now();
        assert!(runtime.run(std::future::pending::<()>()).is_err());
        let at = runtime.run(task).unwrap().unwrap();
        assert_eq!(at.since(began), Duration::from_millis(10_000));
    }
}
