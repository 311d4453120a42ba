//! What happens: four of the services, run once each.

use std::future::Future;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, Zoned, tz::TimeZone};
use landline::Network;
use services::call::{Call, Complete};
use services::chat::Contacts;
use services::upper::Answer;
use services::words::{Failure, Lang};
use services::{Console, Endpoint, Input, Look, call, chat, time, upper};

use super::DemoError;
use super::record::{Frame, Recording};
use super::scene::{Card, Cards, Scene};
use super::words;

/// What the server's clock shows when the LAN's time is zero: 2026-01-01 08:00:00 UTC.
const CLOCK_STARTS: i64 = 1_767_254_400;

/// How long the network is left alone after a program's end: delayed acknowledgments and the far
/// side's goodbye are through by then.
const AFTERWARDS: Duration = Duration::from_millis(300);

/// How long IPv6's addresses are asked for before they are used, and groups are reported twice: one
/// to two seconds (RFC 4862, section 5.4) and one (RFC 3810, section 9.11).
const CLAIMS: Duration = Duration::from_secs(4);

/// Lets the cards announce themselves, which they do when they are plugged in.
///
/// # Errors
/// None that could be expected.
pub(crate) fn announce(scene: &Scene, recording: &Recording) -> Result<Vec<Frame>, DemoError> {
    let wait = if scene.cards.is_ipv6() {
        CLAIMS
    } else {
        AFTERWARDS
    };
    scene.lan.try_block_on(scene.alice.sleep(wait))?;
    Ok(recording.take(&scene.lan))
}

/// One of the four programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    UpperTcp,
    UpperUdp,
    Time,
    Chat,
}

impl Program {
    /// In the order in which they run.
    const ALL: [Self; 4] = [Self::UpperTcp, Self::UpperUdp, Self::Time, Self::Chat];

    /// For programs that read the story.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::UpperTcp => "upper-tcp",
            Self::UpperUdp => "upper-udp",
            Self::Time => "time",
            Self::Chat => "chat",
        }
    }

    /// Whom alice calls.
    pub(crate) fn peer(self, cards: Cards) -> Card {
        match self {
            Self::UpperTcp | Self::Chat => cards.bob(),
            Self::UpperUdp | Self::Time => cards.server(),
        }
    }

    /// Where that program listens.
    pub(crate) fn endpoint(self, cards: Cards) -> Endpoint {
        let at = |port| SocketAddr::from((self.peer(cards).ip, port)).into();
        match self {
            Self::UpperTcp => Endpoint::Tcp(at(9000)),
            Self::UpperUdp => Endpoint::Udp(at(9000)),
            Self::Time => Endpoint::Udp(at(9001)),
            Self::Chat => Endpoint::Udp(at(8081)),
        }
    }

    /// How the command would be typed.
    pub(crate) fn command(self, cards: Cards, lang: Lang) -> String {
        let (typed, at) = (self.typed(lang), self.endpoint(cards));
        match self {
            Self::UpperTcp | Self::UpperUdp => format!("echo '{typed}' | landline call {at}"),
            Self::Time => format!("echo '{typed}' | landline time {at}"),
            Self::Chat => {
                format!(
                    "printf '{}\\n{typed}' | landline chat --contacts friends.toml",
                    cards.bob().host
                )
            }
        }
    }

    /// What alice types.
    pub(crate) const fn typed(self, lang: Lang) -> &'static str {
        match self {
            Self::UpperTcp => "hello",
            Self::UpperUdp => "hello again",
            Self::Time => "%Y-%m-%d %X",
            Self::Chat => words::chat(lang)[0],
        }
    }
}

/// One program's run.
#[derive(Debug)]
pub(crate) struct Act {
    pub(crate) program: Program,
    /// What alice's program printed.
    pub(crate) printed: Vec<String>,
    /// What bob's or the server's program printed.
    pub(crate) served: Vec<String>,
    /// Every frame on every cable, once, in the order in which they were sent.
    pub(crate) frames: Vec<Frame>,
}

/// Runs the four, one after the other.
///
/// # Errors
/// What a program fails with, as on any network.
pub(crate) fn run(scene: &Scene, recording: &Recording, lang: Lang) -> Result<Vec<Act>, DemoError> {
    Program::ALL
        .into_iter()
        .map(|program| {
            let (printed, mouth) = Lines::console(lang);
            let (served, server_mouth) = Lines::console(lang);
            let run = one(scene, program, &mouth, &server_mouth, lang);
            scene.lan.try_block_on(run)??;
            Ok(Act {
                program,
                printed: printed.take(),
                served: served.take(),
                frames: recording.take(&scene.lan),
            })
        })
        .collect()
}

async fn one(
    scene: &Scene,
    program: Program,
    client: &Console,
    server: &Console,
    lang: Lang,
) -> Result<(), Failure> {
    let cards = scene.cards;
    let (at, bob) = (program.endpoint(cards), cards.bob());
    let (alice, peer) = (
        &scene.alice,
        if program.peer(cards).ip == bob.ip {
            &scene.bob
        } else {
            &scene.server
        },
    );
    let call = Call {
        to: at.clone(),
        complete: Complete::Auto,
        patience: Duration::from_secs(3),
        quiet: Duration::from_millis(500),
    };
    let typed = program.typed(lang);
    let mut input = Input::script([typed]);
    match program {
        Program::UpperTcp | Program::UpperUdp => {
            let service = upper::Server::bind(peer, &[at], Answer::Upper, server).await?;
            let call = call::call(alice, &call, &mut input, client);
            beside(alice, service.run(false), call).await
        }
        Program::Time => {
            let lan = scene.lan.clone();
            let clock = move || clock_at(lan.now());
            let service = time::Server::bind(peer, &at, clock, server).await?;
            beside(
                alice,
                service.run(),
                time::ask(alice, &call, &mut input, client),
            )
            .await
        }
        Program::Chat => {
            let service = chat::Server::bind(peer, &at, server).await?;
            let operator = Input::script([words::chat(lang)[1]]);
            let contacts = format!("{} = \"{at}\"", bob.host);
            let contacts = Contacts::parse(&contacts, Path::new("contacts.toml"), lang)?;
            let mut input = Input::script([bob.host, typed]);
            let chat = chat::chat(alice, &contacts, call.patience, &mut input, client);
            beside(alice, service.run(operator), chat).await
        }
    }
}

/// Runs the client to its end beside the service, and leaves them a moment for goodbyes.
async fn beside(
    network: &Network,
    service: impl Future<Output = Result<(), Failure>>,
    client: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let client = async {
        client.await?;
        network.sleep(AFTERWARDS).await;
        Ok(())
    };
    tokio::select! {
        biased;
        ended = client => ended,
        ended = service => ended,
    }
}

fn clock_at(now: landline::Instant) -> Zoned {
    let start = Timestamp::from_second(CLOCK_STARTS).unwrap_or(Timestamp::UNIX_EPOCH);
    let passed = SignedDuration::from_micros(i64::try_from(now.as_micros()).unwrap_or(i64::MAX));
    let now = start.checked_add(passed).unwrap_or(start);
    now.to_zoned(TimeZone::UTC)
}

/// What a program said, as lines.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn console(lang: Lang) -> (Self, Console) {
        let lines = Self::default();
        let console = Console::new(lines.clone(), lines.clone(), lang, Look::default());
        (lines, console)
    }

    fn take(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let text = String::from_utf8_lossy(&bytes);
        text.lines().map(str::to_owned).collect()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
