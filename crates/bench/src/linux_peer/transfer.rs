//! One transfer over one cable.

use std::net::Ipv4Addr;

use anyhow::{Context, bail, ensure};
use base::Duration;
use fabric::{Fabric, PortId};
use serde::{Deserialize, Serialize};

use super::cable::Cable;
use super::kernel::{Answer, Awaited, FarEnd};
use super::ours::Ours;
use super::path::Path;

pub(super) const PORT: u16 = 4711;

const SENDER: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);
const RECEIVER: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);

/// Which end is whose.
#[derive(Clone, Copy)]
pub(super) enum Sender {
    /// We send, Linux receives.
    Ours,
    /// Linux sends, we receive.
    Linux,
    /// Linux sends to Linux.
    BothLinux,
}

/// What is to be transferred, and over what.
pub(super) struct Link {
    pub(super) path: &'static Path,
    /// Of our stack.
    pub(super) algorithm: &'static str,
    /// Of Linux.
    pub(super) peers: &'static str,
    pub(super) seconds: f64,
    pub(super) seed: u64,
    pub(super) sender: Sender,
}

/// What is written at so many bytes from the start: enough for one call.
pub(super) fn pattern(at: u64) -> Vec<u8> {
    // A length prime to 256 shows bytes that went missing or came twice.
    (at..at + (1 << 14)).map(|n| (n % 251) as u8).collect()
}

/// What a receiver has got.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Got {
    pub(super) bytes: u64,
    /// The first byte that is not what was sent.
    pub(super) damaged: Option<u64>,
}

impl Got {
    /// Takes what comes next, and looks whether it is what was written there.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        if self.damaged.is_none() {
            let wrong = |&(&byte, n): &(&u8, u64)| u64::from(byte) != n % 251;
            let found = bytes.iter().zip(self.bytes..).find(wrong);
            self.damaged = found.map(|(_, n)| n);
        }
        self.bytes += bytes.len() as u64;
    }
}

/// What came of one transfer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    /// Goodput that the receiver saw, in Mbit/s.
    pub(super) mbit: f64,
    /// All that was sent arrived, as it was sent and no more.
    pub(super) intact: bool,
}

/// One of the two programs.
enum Program {
    Ours(Ours),
    Linux(Awaited),
}

impl Program {
    fn act(&mut self, fabric: &mut Fabric) -> anyhow::Result<Option<Answer>> {
        match self {
            Self::Ours(ours) => ours.act(fabric),
            Self::Linux(end) => end.poll(),
        }
    }
}

/// Runs one.
///
/// # Errors
///
/// It got stuck, or an end failed.
pub(super) fn run(link: &Link) -> anyhow::Result<Outcome> {
    what(link).with_context(|| {
        let who = match link.sender {
            Sender::Ours => "we send",
            Sender::Linux => "Linux sends",
            Sender::BothLinux => "Linux to Linux",
        };
        format!(
            "{who}, {}, {}, seed {}",
            link.algorithm, link.path.name, link.seed
        )
    })
}

fn what(link: &Link) -> anyhow::Result<Outcome> {
    let mut cable = Cable::new(link.seed);
    let (mut sender, mut receiver) = ends(link, &mut cable)?;
    // The slowest path is a few per cent of the rate.
    let limit = Duration::from_secs(30) + Duration::from_millis((link.seconds * 10e3) as u64);
    let end = cable.now() + limit;
    let (mut sent, mut received) = (None, None);
    while sent.is_none() || received.is_none() {
        ensure!(cable.now() < end, "stuck after {} s", limit.as_secs());
        cable.turn(|fabric| {
            for (program, answer) in [(&mut sender, &mut sent), (&mut receiver, &mut received)] {
                if answer.is_none() {
                    *answer = program.act(fabric)?;
                }
            }
            Ok(())
        })?;
    }
    match (sent, received) {
        (Some(Answer::Sent { bytes: sent }), Some(Answer::Received { got, seconds })) => {
            Ok(Outcome {
                mbit: got.bytes as f64 * 8.0 / 1e6 / seconds,
                intact: got.bytes == sent && got.damaged.is_none(),
            })
        }
        (Some(Answer::Failed { why }), _) => bail!("the sender: {why}"),
        (_, Some(Answer::Failed { why })) => bail!("the receiver: {why}"),
        _ => bail!("an end answers what it was not asked"),
    }
}

/// Both programs, at the ends of the cable and at work.
fn ends(link: &Link, cable: &mut Cable) -> anyhow::Result<(Program, Program)> {
    let (algorithm, peers) = (link.algorithm, link.peers);
    let linux = |cable: &mut Cable, name: &str, address| -> anyhow::Result<_> {
        let (end, device) = FarEnd::start(name, address)?;
        let tap = cable.fabric.add_tap(name);
        let port = cable.fabric.add_port(tap);
        cable.plug(device, tap);
        Ok((end, port))
    };
    let ours =
        |cable: &mut Cable, address| Ours::add(&mut cable.fabric, address, algorithm, link.seed);
    let connect = |cable: &mut Cable, from: PortId, to: PortId| -> anyhow::Result<()> {
        let [there, back] = link.path.channels();
        let id = cable.fabric.connect(from, to, &there)?;
        cable.fabric.set_channel(id, fabric::Direction::Back, back);
        Ok(())
    };
    match link.sender {
        Sender::BothLinux | Sender::Linux => {
            let (mut far, from) = linux(cable, "sender", SENDER)?;
            let receiver = if matches!(link.sender, Sender::Linux) {
                let (host, to) = ours(cable, RECEIVER)?;
                connect(cable, from, to)?;
                Program::Ours(Ours::receiver(&mut cable.fabric, host)?)
            } else {
                let (mut near, to) = linux(cable, "receiver", RECEIVER)?;
                connect(cable, from, to)?;
                near.receive(peers)?;
                Program::Linux(near.answer())
            };
            far.send(RECEIVER, peers, link.seconds)?;
            Ok((Program::Linux(far.answer()), receiver))
        }
        Sender::Ours => {
            let (host, from) = ours(cable, SENDER)?;
            let (mut near, to) = linux(cable, "receiver", RECEIVER)?;
            connect(cable, from, to)?;
            near.receive(peers)?;
            let now = cable.now();
            cable.fabric.advance_to(now);
            let sender = Ours::sender(&mut cable.fabric, host, RECEIVER, link.seconds)?;
            Ok((Program::Ours(sender), Program::Linux(near.answer())))
        }
    }
}
