//! A counter on three hosts, and a real mistake in it, which a lossy network finds.
//!
//! Whoever counts tells the other two by datagrams, and tells them again until they confirm. When a
//! confirmation is lost, a peer hears of the same step twice, and the first version counts it twice.
//! The second remembers which steps it has seen.
//!
//! ```sh
//! cargo run -p lab --example replicated_counter
//! ```

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::Duration as LabDuration;
use fabric::{Channel, Delay, Loss};
use lab::{Lab, ProgramResult, SimError};
use landline::Network;
use landline::tokio::UdpSocket;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

const REPLICAS: [&str; 3] = ["a", "b", "c"];
const STEPS: u64 = 20;

/// How a replica takes a step that a peer tells it of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    /// It counts whatever it hears.
    First,
    /// It counts what it has not heard before.
    Second,
}

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut seeds = 0..100;
    let found = seeds.find_map(|seed| {
        let counts = run(Version::First, seed).ok()?;
        (counts != [STEPS; 3]).then_some((seed, counts))
    });
    let (seed, counts) = found.ok_or("no seed shows the mistake")?;
    println!("version 1, seed {seed}: {STEPS} steps, and the replicas say {counts:?}");
    for seed in 0..50 {
        let counts = run(Version::Second, seed)?;
        assert_eq!(counts, [STEPS; 3], "seed {seed}");
    }
    println!("version 2: 50 seeds, and all replicas always say {STEPS}");
    Ok(())
}

/// Lets the three count over a network that loses one frame in ten; gives what each says at the end.
fn run(version: Version, seed: u64) -> Result<[u64; 3], SimError> {
    let lossy = Channel {
        delay: Delay::constant(LabDuration::from_millis(5)),
        loss: Loss::Random(0.1),
        ..Channel::PERFECT
    };
    let mut drawn = Lab::builder().seed(seed).switch("net");
    for (name, number) in REPLICAS.iter().zip(1..) {
        drawn = drawn
            .host(name, "net", &format!("10.0.0.{number}/24"))
            .link(lossy.clone());
    }
    let lab = drawn.start().expect("three hosts on a switch");
    let counts = [(); 3].map(|()| Arc::new(Mutex::new(Replica::default())));
    for (index, name) in REPLICAS.iter().enumerate() {
        let replica = Arc::clone(&counts[index]);
        lab.run_on(name, move |network| {
            replicate(network, version, index, Arc::clone(&replica))
        })
        .expect("it is a host of the lab");
    }
    lab.run_for(Duration::from_secs(60))?;
    Ok(counts.map(|replica| lock(&replica).count))
}

#[derive(Default)]
struct Replica {
    count: u64,
    /// Of whom, and which.
    seen: HashSet<[u8; 2]>,
}

impl Replica {
    fn hear(&mut self, step: [u8; 2], version: Version) {
        let is_new = self.seen.insert(step);
        // The mistake: a step that is told again, for its confirmation was lost, is no new step.
        if version == Version::First || is_new {
            self.count += 1;
        }
    }
}

fn lock(replica: &Mutex<Replica>) -> std::sync::MutexGuard<'_, Replica> {
    replica.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A replica: the first of them counts by itself, and all hear of each other's steps.
async fn replicate(
    network: Network,
    version: Version,
    index: usize,
    replica: Arc<Mutex<Replica>>,
) -> ProgramResult {
    let own = replica.clone();
    let mut tasks = JoinSet::new();
    let ear = UdpSocket::bind(&network, "0.0.0.0:7000").await?;
    if index == 0 {
        tasks.spawn(async move {
            for step in 0..STEPS as u8 {
                lock(&own).count += 1;
                for peer in 1..REPLICAS.len() {
                    tell(&network, peer, [index as u8, step]).await?;
                }
            }
            std::io::Result::Ok(())
        });
    }
    let mut step = [0; 2];
    loop {
        let (_, peer) = ear.recv_from(&mut step).await?;
        lock(&replica).hear(step, version);
        ear.send_to(&step, peer).await?;
    }
}

/// Tells a peer of a step, until it confirms.
async fn tell(network: &Network, peer: usize, step: [u8; 2]) -> std::io::Result<()> {
    let mouth = UdpSocket::bind(network, "0.0.0.0:0").await?;
    let mut confirmed = [0; 2];
    loop {
        mouth
            .send_to(&step, format!("10.0.0.{}:7000", peer + 1))
            .await?;
        let answer = timeout(Duration::from_millis(50), mouth.recv_from(&mut confirmed)).await;
        match answer {
            Ok(Ok(_)) if confirmed == step => return Ok(()),
            Ok(_) | Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
}
