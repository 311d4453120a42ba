//! `bench linux-peer`: Landline's TCP against Linux's over a bad cable, beside what two Linux reach
//! over the very same one.
//!
//! ```text
//!   a Linux network ── TAP ──┐                        ┌── TAP ── a Linux network
//!                            ├── fabric's link, live ─┤
//!              our stack ────┘                        └──── our stack
//! ```
//!
//! The link is `fabric`'s, run by the clock: this kernel needs no netem. Each Linux is a process of
//! its own in a network namespace of its own, so that nothing passes but over the cable.
//!
//! | file | what |
//! |---|---|
//! | `path` | what the cable does |
//! | `cable` | fabric between devices, run by the clock |
//! | `kernel` | a Linux end: the process, and the program in it |
//! | `ours` | an end on our stack |
//! | `transfer` | one transfer over one cable |
//! | `table` | what is printed |

mod cable;
mod kernel;
mod ours;
mod path;
mod table;
mod transfer;

use std::io::{self, IsTerminal, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, ensure};
use serde::Serialize;

pub(crate) use kernel::far_end;
use path::{PATHS, Path};
use transfer::{Link, Outcome, Sender};

/// Algorithms of congestion control, by their Linux names.
const ALGORITHMS: [&str; 4] = ["cubic", "reno", "bbr", "bbr3"];

/// What Linux runs when we run this one: it has no BBR but version 1.
fn of_linux(algorithm: &'static str) -> &'static str {
    match algorithm {
        "bbr3" => "bbr",
        same => same,
    }
}

/// Says that the namespace is entered.
const INSIDE: &str = "LANDLINE_BENCH_INSIDE";

/// `bench linux-peer`
#[derive(clap::Args)]
#[command(
    after_help = "Example: cargo run --release -p bench -- linux-peer --only cubic --only loss-1"
)]
pub(crate) struct Args {
    /// Only cells with this word: we-send, linux-sends, an algorithm, or a path (may be repeated;
    /// words of one kind add up).
    #[arg(long, value_name = "WORD")]
    only: Vec<String>,
    /// Transfers of each cell, of which the median counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=99))]
    runs: u8,
    /// How long each sender writes, in seconds.
    #[arg(long, default_value_t = 4.0, value_parser = seconds)]
    seconds: f64,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    /// Writes the whole table, with the day and the kernel, as a page to this file too.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Shows the words for --only, and stops.
    #[arg(long)]
    list: bool,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.1..=600.0).contains(&seconds) => Ok(seconds),
        _ => Err("from 0.1 to 600".into()),
    }
}

/// One line of the table.
#[derive(Serialize)]
struct Cell {
    sender: &'static str,
    algorithm: &'static str,
    path: &'static str,
    /// Mbit/s of the median transfer with us at one end.
    landline: f64,
    /// The same with Linux at both ends.
    linux: f64,
    ratio: f64,
    /// In every transfer, both with us and without, all that was sent arrived as it was sent.
    intact: bool,
}

/// Runs the matrix and prints it.
///
/// # Errors
///
/// No namespaces or TAP devices; a transfer that got stuck; after the table, one that was damaged.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if args.list {
        writeln!(out, "we-send linux-sends\n{}", ALGORITHMS.join(" "))?;
        for path in PATHS {
            writeln!(out, "{:<12} {}", path.name, path.says)?;
        }
        return Ok(());
    }
    let chosen = Chosen::new(&args.only)?;
    if env::var_os(INSIDE).is_none() {
        return Err(enter().into());
    }
    if !args.json {
        table::head(&mut out)?;
    }
    let mut all = Vec::new();
    for path in PATHS.iter().filter(|path| chosen.has(path.name)) {
        for algorithm in ALGORITHMS.into_iter().filter(|name| chosen.has(name)) {
            let sides = [("we-send", Sender::Ours), ("linux-sends", Sender::Linux)];
            let sides: Vec<_> = sides
                .into_iter()
                .filter(|(word, _)| chosen.has(word))
                // Linux sends what it has.
                .filter(|(_, sender)| matches!(sender, Sender::Ours) || of_linux(algorithm) == algorithm)
                .collect();
            if sides.is_empty() {
                continue;
            }
            for cell in cells(args, path, algorithm, &sides)? {
                if args.json {
                    writeln!(out, "{}", serde_json::to_string(&cell)?)?;
                } else {
                    table::row(&mut out, &cell)?;
                }
                all.push(cell);
            }
        }
    }
    if let Some(file) = &args.write {
        let page = table::page(&all, args.runs, args.seconds)?;
        fs::write(file, page).with_context(|| format!("writing {}", file.display()))?;
    }
    let damaged = all.iter().filter(|cell| !cell.intact).count();
    ensure!(
        damaged == 0,
        "{damaged} cells with a transfer that was not intact"
    );
    Ok(())
}

/// The cells of one path and algorithm. Their transfers alternate with Linux's own, so that what
/// the machine does meanwhile hits all alike.
fn cells(
    args: &Args,
    path: &'static Path,
    algorithm: &'static str,
    sides: &[(&'static str, Sender)],
) -> anyhow::Result<Vec<Cell>> {
    let mut linux = Vec::new();
    let mut ours = vec![Vec::new(); sides.len()];
    for run in 0..args.runs {
        let link = |sender| Link {
            path,
            algorithm,
            peers: of_linux(algorithm),
            seconds: args.seconds,
            seed: run.into(),
            sender,
        };
        progress(&format!(
            "{} {algorithm}, run {} of {}",
            path.name,
            run + 1,
            args.runs
        ));
        linux.push(transfer::run(&link(Sender::BothLinux))?);
        for ((_, sender), figures) in sides.iter().zip(&mut ours) {
            figures.push(transfer::run(&link(*sender))?);
        }
    }
    progress("");
    Ok(sides
        .iter()
        .zip(&mut ours)
        .map(|(&(sender, _), figures)| {
            let intact = figures.iter().chain(&linux).all(|outcome| outcome.intact);
            let (landline, linux) = (median(figures), median(&mut linux.clone()));
            Cell {
                sender,
                algorithm,
                path: path.name,
                landline,
                linux,
                ratio: landline / linux,
                intact,
            }
        })
        .collect())
}

fn median(figures: &mut [Outcome]) -> f64 {
    figures.sort_by(|a, b| a.mbit.total_cmp(&b.mbit));
    figures[figures.len() / 2].mbit
}

/// Says on a terminal what is under way.
fn progress(what: &str) {
    let mut err = io::stderr();
    if err.is_terminal() {
        let _ = write!(err, "\r\x1b[K{what}");
        let _ = err.flush();
    }
}

/// Starts this program again as it was started, in a user and network namespace of its own. Comes
/// back only with the reason why it cannot.
fn enter() -> impl Into<anyhow::Error> {
    let program = match env::current_exe() {
        Ok(program) => program,
        Err(error) => return anyhow::Error::from(error).context("looking for this program"),
    };
    let error = Command::new("unshare")
        .args(["-Urn", "--"])
        .arg(program)
        .args(env::args_os().skip(1))
        .env(INSIDE, "1")
        .exec();
    anyhow::Error::from(error).context("starting unshare(1), which makes a network of our own")
}

/// Which cells are wanted.
struct Chosen(Vec<String>);

impl Chosen {
    /// # Errors
    ///
    /// A word that stands for nothing.
    fn new(only: &[String]) -> anyhow::Result<Self> {
        for word in only {
            Self::kind(word)
                .with_context(|| format!("no cell has the word {word:?}; see --list"))?;
        }
        Ok(Self(only.to_vec()))
    }

    fn kind(word: &str) -> Option<u8> {
        match word {
            "we-send" | "linux-sends" => Some(0),
            word if ALGORITHMS.contains(&word) => Some(1),
            word if PATHS.iter().any(|path| path.name == word) => Some(2),
            _ => None,
        }
    }

    /// Whether `word` is among those asked for, or none of its kind is.
    fn has(&self, word: &str) -> bool {
        let kind = Self::kind(word);
        let mut of_kind = self.0.iter().filter(|w| Self::kind(w) == kind).peekable();
        of_kind.peek().is_none() || of_kind.any(|w| w == word)
    }
}
