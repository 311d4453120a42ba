//! Packet scripts, run against the stack in virtual time.
//!
//! A script is a program and its network in one: what the program calls and must be answered, which
//! packets come in, which must go out, and when. The language is packetdrill's. Nothing here waits:
//! a script of minutes takes milliseconds, and the same seed gives the same run.
//!
//! ```text
//!   0   socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
//!   +0  bind(3, ..., ...) = 0
//!   +0  listen(3, 1) = 0
//!   +0  < S 0:0(0) win 65535 <mss 1460>       a packet to the stack
//!   +0  > S. 0:0(0) ack 1 <mss 1460>          one that it has to send, now
//! ```
//!
//! | module | what |
//! |---|---|
//! | `script` | the language: tokens, grammar, what a script says |
//! | `run` | the stack under test, the events in their order, the comparison |
//! | `shell` | the commands in back quotes |
//! | `code` | the assertions in `%{ }%` |
//! | `symbols` | Linux's constants by name |
//! | `via` | whom scripts are held against |
//! | `suite` | many scripts at once, in a fixed order |
//! | `report` | what a person and a program read of it |
//! | `diagnostic`, `words` | places in scripts; sentences in both languages |

mod code;
mod diagnostic;
pub mod report;
mod run;
mod script;
mod shell;
pub mod suite;
mod symbols;
pub mod via;
mod words;

use std::collections::BTreeMap;

pub use diagnostic::{Diagnostic, Span};
pub use run::{Difference, Failure};
pub use words::{Lang, Text};

use run::config::Config;
use run::foreign::Foreign;
use run::world::{Seen, World};
use run::{Machine, Stop};
use script::ast::ScriptOption;

/// Microseconds by which anything may be early or late in real time.
const REAL_TOLERANCE: i64 = 20_000;

/// How scripts are run.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Words and what stands for them (`-D NAME=value`).
    pub defines: BTreeMap<String, String>,
    /// Options as a script may begin with (`--NAME=VALUE`), for scripts that do not say otherwise.
    pub options: Vec<(String, Option<String>)>,
    /// Over IPv6 instead of IPv4.
    pub ipv6: bool,
    /// Microseconds by which anything may be early or late; what a script says otherwise.
    pub tolerance_usecs: Option<u64>,
    /// From which the stack draws its numbers and ports.
    pub seed: u64,
    /// Whom they are held against.
    pub via: via::Via,
    /// Of a foreign stack: its own program makes the calls, and only packets are looked at.
    pub packets_only: bool,
    /// Keep the packets for a capture.
    pub capture: bool,
    /// Keep what happened, line by line.
    pub verbose: bool,
}

/// How a script went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it says.
    Passed,
    /// Otherwise.
    Failed(Box<Failure>),
    /// It cannot be held against a stack in user space, and this is why.
    Skipped(Diagnostic),
}

/// A run of one script.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it went.
    pub verdict: Verdict,
    /// What happened, line by line, where [`Settings::verbose`] asks for it.
    pub trace: Vec<String>,
    /// A pcapng file of all packets, where [`Settings::capture`] asks for it.
    pub capture: Vec<u8>,
}

impl Outcome {
    fn early(verdict: Verdict) -> Self {
        Self {
            verdict,
            trace: Vec::new(),
            capture: Vec::new(),
        }
    }
}

/// Runs a script.
#[must_use]
pub fn run_source(source: &str, settings: &Settings) -> Outcome {
    if settings.via != via::Via::Kernel {
        return run_here(source, settings);
    }
    // It gets a network of its own, and a thread of its own that enters it.
    let ran = std::thread::scope(|scope| scope.spawn(|| run_here(source, settings)).join());
    ran.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn run_here(source: &str, settings: &Settings) -> Outcome {
    let invalid = |diagnostic: Diagnostic| {
        let failure = Failure::new(diagnostic.span, diagnostic.text);
        Outcome::early(Verdict::Failed(Box::new(failure)))
    };
    let script = match script::parse(source, &defines(settings)) {
        Ok(script) => script,
        Err(diagnostic) => return invalid(diagnostic),
    };
    if let Some(diagnostic) = other_family(&script.options, settings) {
        return Outcome::early(Verdict::Skipped(diagnostic));
    }
    let mut options: Vec<_> = settings.options.iter().map(given).collect();
    options.extend(script.options.iter().cloned());
    let mut config = match Config::of(&options, settings.ipv6) {
        Ok(config) => config,
        Err(diagnostic) => return invalid(diagnostic),
    };
    if let Some(tolerance) = settings.tolerance_usecs {
        config.tolerance = i64::try_from(tolerance).unwrap_or(i64::MAX / 4);
    } else if settings.via != via::Via::Ours {
        // Real time has its own mind.
        config.tolerance = config.tolerance.max(REAL_TOLERANCE);
    }
    if let via::Via::Tap(tap) = &settings.via {
        config.ends(tap);
    }
    let world = World::new(&config, settings.seed, settings.capture);
    let world = world.and_then(|mut world| {
        if settings.via != via::Via::Ours {
            let (via, packets_only) = (&settings.via, settings.packets_only);
            world.foreign = Some(Foreign::open(via, packets_only, &config)?);
        }
        Ok(world)
    });
    let world = match world {
        Ok(world) => world,
        Err(error) => {
            let at = script
                .options
                .first()
                .map_or_else(Span::default, |o: &ScriptOption| o.span);
            let text = words::say!(
                "the stack cannot be set up so: {error}",
                "协议栈无法如此配置:{error}"
            );
            return Outcome::early(Verdict::Skipped(Diagnostic::new(at, text)));
        }
    };
    let mut machine = Machine::new(source, &script, config, world, settings.verbose);
    let verdict = match machine.run() {
        Ok(()) => Verdict::Passed,
        Err(Stop::Fail(failure)) => Verdict::Failed(failure),
        Err(Stop::Skip(diagnostic)) => Verdict::Skipped(diagnostic),
    };
    let trace = machine.trace().to_vec();
    let capture = if settings.capture {
        pcapng(machine.world.into_seen())
    } else {
        Vec::new()
    };
    Outcome {
        verdict,
        trace,
        capture,
    }
}

/// An option of scripts from `NAME` or `NAME=VALUE`.
///
/// # Errors
///
/// There is no such option, or it cannot have that value.
pub fn script_option(text: &str) -> Result<(String, Option<String>), String> {
    let option = match text.trim_start_matches("--").split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (text.trim_start_matches("--").to_owned(), None),
    };
    match Config::of(&[given(&option)], false) {
        Ok(_) => Ok(option),
        Err(diagnostic) => Err(diagnostic.text.en),
    }
}

fn given((name, value): &(String, Option<String>)) -> ScriptOption {
    let (name, value) = (name.clone(), value.clone());
    let span = Span::default();
    ScriptOption { name, value, span }
}

/// A script that says `--ip_version=ipv4` is about IPv4 alone.
fn other_family(options: &[ScriptOption], settings: &Settings) -> Option<Diagnostic> {
    let said = options.iter().rfind(|o| o.name == "ip_version")?;
    let four = said.value.as_deref() == Some("ipv4");
    let text = words::say!("it is about IPv4 alone", "它只针对 IPv4");
    (four && settings.ipv6).then(|| Diagnostic::new(said.span, text))
}

/// What a script may name without a definition: the words that the public scripts' own runner
/// defines, which stand for what differs between IPv4 and IPv6.
fn defines(settings: &Settings) -> BTreeMap<String, String> {
    let usual = if settings.ipv6 {
        [
            ("CMSG_LEVEL_IP", "SOL_IPV6"),
            ("CMSG_TYPE_RECVERR", "IPV6_RECVERR"),
            ("CODE", "address_unreachable"),
            // Linux's cookie for the default addresses, under the key of `defaults.sh`.
            ("MSS", "1440"),
            ("TFO_COOKIE", "c1d1e9742a47a9bc"),
        ]
    } else {
        [
            ("CMSG_LEVEL_IP", "SOL_IP"),
            ("CMSG_TYPE_RECVERR", "IP_RECVERR"),
            ("CODE", "host_unreachable"),
            ("MSS", "1460"),
            ("TFO_COOKIE", "3021b9d889017eeb"),
        ]
    };
    let mut defines: BTreeMap<_, _> = usual
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    defines.extend(settings.defines.clone());
    defines
}

/// A capture file of what was seen.
fn pcapng(seen: Vec<Seen>) -> Vec<u8> {
    let write = || -> std::io::Result<Vec<u8>> {
        let mut capture = host::Capture::new(Vec::new(), base::Duration::ZERO)?;
        let interface = capture.add_interface("tun0", wire::LinkType::RawIp)?;
        for Seen {
            at,
            direction,
            frame,
        } in &seen
        {
            capture.frame(interface, *at, Some(*direction), frame, None)?;
        }
        capture.into_inner()
    };
    // Memory does not refuse to be written.
    write().unwrap_or_default()
}
