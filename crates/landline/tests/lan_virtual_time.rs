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
