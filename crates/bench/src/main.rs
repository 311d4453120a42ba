//! Landline beside its peers, measured in one run.
//!
//! Machines drift, so every figure is a median of alternating runs and the ratio is what counts.

mod lab_scale;
mod linux_peer;
mod measure;
mod ours;
mod smoltcp;
mod subject;
mod syn_flood;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::measure::{CASES, Row};
use crate::subject::Subject;

/// Measures Landline beside smoltcp, both in memory on one thread.
#[derive(Parser)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Example: cargo run --release -p bench -- --quick --only bulk-1500"
)]
struct Args {
    #[command(subcommand)]
    other: Option<Other>,
    /// Only this case.
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(CASES.iter().map(|c| c.name)))]
    only: Option<String>,
    /// Smaller amounts and fewer runs: under a minute in all.
    #[arg(long)]
    quick: bool,
    /// Counted runs of each case.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=100))]
    runs: u8,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// What is measured otherwise.
#[derive(Subcommand)]
enum Other {
    /// Runs one case once and prints nothing: what a profiler is put in front of.
    Once(Once),
    /// Measures goodput against Linux over a bad cable, beside Linux against Linux.
    LinuxPeer(linux_peer::Args),
    /// Measures what labs cost, from ten hosts to ten thousand.
    LabScale(lab_scale::Args),
    /// Measures what a flood of SYNs costs, and who gets in amid it.
    SynFlood(syn_flood::Args),
    /// A Linux end of `linux-peer`, in a network of its own.
    #[command(hide = true)]
    FarEnd,
}

/// One run.
#[derive(clap::Args)]
struct Once {
    /// The case.
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(CASES.iter().map(|c| c.name)))]
    case: String,
    /// How much of it: bytes, round trips or connections.
    amount: u64,
    /// Who runs it.
    #[arg(default_value = "landline", value_parser = ["landline", "smoltcp"])]
    subject: String,
}

impl Once {
    fn run(&self) -> anyhow::Result<()> {
        let subject: &dyn Subject = match self.subject.as_str() {
            "smoltcp" => &smoltcp::Smoltcp,
            _ => &ours::Landline,
        };
        let case = CASES.iter().find(|case| case.name == self.case);
        case.map_or(Ok(()), |case| (case.run)(subject, self.amount))
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match &args.other {
        None => run(&args),
        Some(Other::Once(once)) => once.run(),
        Some(Other::LinuxPeer(args)) => linux_peer::run(args),
        Some(Other::SynFlood(args)) => {
            pin();
            syn_flood::run(args)
        }
        Some(Other::LabScale(args)) => lab_scale::run(args),
        Some(Other::FarEnd) => linux_peer::far_end(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> anyhow::Result<()> {
    pin();
    let subjects: [&dyn Subject; 2] = [&ours::Landline, &smoltcp::Smoltcp];
    let runs = if args.quick {
        args.runs.min(3)
    } else {
        args.runs
    };
    let mut out = std::io::stdout().lock();
    if !args.json {
        writeln!(
            out,
            "{:<12} {:<10} {:>14} {:>14} {:>14}  {:<16} {:>8}",
            "case", "subject", "median", "min", "max", "unit", "ratio"
        )?;
    }
    for case in CASES
        .iter()
        .filter(|c| args.only.as_deref().is_none_or(|only| only == c.name))
    {
        for row in measure::measure(case, &subjects, runs.into(), args.quick)? {
            print(&mut out, &row, args.json)?;
        }
    }
    Ok(())
}

fn print(out: &mut impl Write, row: &Row, json: bool) -> anyhow::Result<()> {
    if json {
        writeln!(out, "{}", serde_json::to_string(row)?)?;
    } else {
        let Row {
            case,
            subject,
            median,
            min,
            max,
            unit,
            ratio_to_smoltcp: ratio,
        } = row;
        let places = if *median < 1000.0 { 2 } else { 0 };
        writeln!(
            out,
            "{case:<12} {subject:<10} {median:>14.places$} {min:>14.places$} {max:>14.places$}  \
             {unit:<16} {ratio:>7.2}x"
        )?;
    }
    Ok(())
}

/// Stays on the processor it runs on, so that caches stay warm; without the right to, it goes on.
fn pin() {
    let here = rustix::thread::sched_getcpu();
    let mut set = rustix::thread::CpuSet::new();
    set.set(here);
    if let Err(error) = rustix::thread::sched_setaffinity(None, &set) {
        eprintln!("bench: not pinned to a processor ({error}); expect more spread");
    }
}
