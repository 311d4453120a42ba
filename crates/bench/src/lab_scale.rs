//! `bench lab-scale`: what labs cost, from ten hosts to ten thousand.
//!
//! Each row is a lab in a process of its own, so that its peak of memory is its own. Counted is the time
//! on the processor, with building, running and the report.

use std::fs;
use std::io::Write;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use lab::report::{Ended, Result as Came};
use lab::{Lab, Run, Scenario};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

/// `bench lab-scale`
#[derive(clap::Args)]
#[command(
    after_help = "Labs: `idle` hosts on one switch for 5 s of the lab's time; a `mesh`, in which each host pings all \
    others and sends 1 MB to the next; a `pair` with one transfer of 10 s at 1 Gbit/s; two hosts in an idle \
    `hour` of IPv4 and of IPv6.\n\n\
    Example: cargo run --release -p bench -- lab-scale --write docs/lab-scale.md"
)]
pub(crate) struct Args {
    /// No lab with more hosts than this.
    #[arg(long, default_value_t = 10_000)]
    most: u64,
    /// Only labs of this name.
    #[arg(long, value_parser = ["idle", "mesh", "pair", "hour-v4", "hour-v6"])]
    only: Option<String>,
    /// Writes the page that is kept of it.
    #[arg(long, value_name = "FILE")]
    write: Option<std::path::PathBuf>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    /// One lab, here: its name.
    #[arg(long, hide = true, requires = "hosts")]
    one: Option<String>,
    /// And how many hosts it has.
    #[arg(long, hide = true)]
    hosts: Option<u64>,
}

/// The labs, by name and number of hosts.
const LABS: &[(&str, u64)] = &[
    ("idle", 10),
    ("idle", 100),
    ("idle", 1000),
    ("idle", 10_000),
    ("mesh", 10),
    ("mesh", 100),
    ("mesh", 1000),
    ("pair", 2),
    ("hour-v4", 2),
    ("hour-v6", 2),
];

/// One line of the result.
#[derive(Serialize, Deserialize)]
struct Row {
    lab: String,
    hosts: u64,
    /// Seconds of the lab's time.
    simulated: f64,
    /// Put on any wire.
    frames: u64,
    /// Seconds on the processor.
    cpu: f64,
    ns_per_frame: f64,
    /// The most memory it had, in MiB.
    peak: u64,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if let (Some(lab), Some(hosts)) = (&args.one, args.hosts) {
        let row = measure(lab, hosts)?;
        return Ok(writeln!(out, "{}", serde_json::to_string(&row)?)?);
    }
    let mut page = String::from(HEAD);
    if !args.json {
        write!(out, "{HEAD}")?;
    }
    let chosen = |lab: &str, hosts: u64| {
        hosts <= args.most && args.only.as_deref().is_none_or(|only| only == lab)
    };
    for (lab, hosts) in LABS.iter().filter(|(lab, hosts)| chosen(lab, *hosts)) {
        let row = elsewhere(lab, *hosts)?;
        let line = line(&row);
        page.push_str(&line);
        if args.json {
            writeln!(out, "{}", serde_json::to_string(&row)?)?;
        } else {
            write!(out, "{line}")?;
        }
        out.flush()?;
    }
    if let Some(path) = &args.write {
        let page = format!("{INTRODUCTION}{page}");
        fs::write(path, page).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// Runs a lab in a process of its own.
fn elsewhere(lab: &str, hosts: u64) -> anyhow::Result<Row> {
    let own = std::env::current_exe()?;
    let hosts = hosts.to_string();
    let mut command = Command::new(own);
    let output = command
        .args(["lab-scale", "--one", lab, "--hosts", &hosts])
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{lab} of {hosts}: {said}");
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn measure(name: &str, hosts: u64) -> anyhow::Result<Row> {
    let before = cpu();
    let file = drawn(name, hosts)?;
    let scenario = Scenario::read(&file)
        .map_err(|_| anyhow!("the file of {name} with {hosts} hosts is wrong"))?;
    let lab = Lab::build(scenario, 1)?;
    let lan = lab.lan().clone();
    let report = lab.run(Run::default())?;
    let cpu = cpu() - before;
    ensure!(!report.failed(), "a program of {name} failed");
    ensure!(report.ended != Ended::Stuck, "{name} is stuck");
    for outcome in &report.programs {
        if let Came::Ping(ping) = &outcome.result {
            ensure!(ping.lost == 0, "{}: {} pings lost", outcome.host, ping.lost);
        }
    }
    let frames = lan.with_fabric(|fabric| fabric.frames());
    Ok(Row {
        lab: name.to_owned(),
        hosts,
        simulated: report.at.as_nanos() as f64 / 1e9,
        frames,
        cpu: cpu.as_secs_f64(),
        ns_per_frame: cpu.as_nanos() as f64 / frames.max(1) as f64,
        peak: peak()?,
    })
}

/// A lab's file.
fn drawn(name: &str, hosts: u64) -> anyhow::Result<String> {
    let many = |run: &str| {
        format!(
            "[switch.office]\n[hosts.pc]\ncount = {hosts}\nto = \"office\"\nnetwork = \"10.0.0.0/16\"\n\
             link = {{ rate = \"1Gbit\", delay = \"50us\" }}\nrun = [{run}]\n"
        )
    };
    let two = |a: &str, b: &str, run: &str| {
        format!(
            "[host.a]\ninterface.eth0 = {{ to = \"b:eth0\", address = \"{a}\", \
             link = {{ rate = \"1Gbit\", delay = \"1ms\" }} }}\nrun = [{run}]\n\
             [host.b]\ninterface.eth0 = {{ address = \"{b}\" }}\n"
        )
    };
    Ok(match name {
        "idle" => format!("until = \"5s\"\n{}", many("")),
        "mesh" => many(
            "{ at = \"4s\", ping = \"{all}\", every = \"10ms\" }, \
             { at = \"5s\", transfer = \"{next}\", bytes = \"1MB\" }",
        ),
        "pair" => two(
            "10.0.0.1/24",
            "10.0.0.2/24",
            "{ transfer = \"b\", for = \"10s\" }",
        ),
        "hour-v4" => format!("until = \"1h\"\n{}", two("10.0.0.1/24", "10.0.0.2/24", "")),
        "hour-v6" => format!("until = \"1h\"\n{}", two("fd00::1/64", "fd00::2/64", "")),
        _ => anyhow::bail!("there is no lab {name}"),
    })
}

/// Time on the processor so far.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs() as u32,
    )
}

/// The most memory that this process had, in MiB (proc_pid_status(5), `VmHWM`).
fn peak() -> anyhow::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kib: u64 = kib
        .context("no VmHWM in /proc/self/status")?
        .trim()
        .parse()?;
    Ok(kib / 1024)
}

const INTRODUCTION: &str = "\
# What labs cost

Written by `cargo run --release -p bench -- lab-scale --write docs/lab-scale.md`. Each row is a lab in a process of its own, on one
thread. *CPU* is time on the processor, with building, running and the report; *frames* are those put on any wire, each copy of a
flooded one counted for itself. Times of machines that do other work meanwhile are to be compared within the table.

- `idle`: hosts on one switch announce themselves to all others, and are silent, for 5 s
- `mesh`: hosts on one switch; each pings all others, 10 ms apart, and sends 1 MB over TCP to the next
- `pair`: two hosts at 1 Gbit/s and 2 ms round trip, one transfer for 10 s
- `hour-v4`, `hour-v6`: two hosts that do nothing for an hour

";

const HEAD: &str = "\
| lab     | hosts | simulated s |    frames |  CPU s | ns a frame | peak MiB |
|---------|------:|------------:|----------:|-------:|-----------:|---------:|
";

fn line(row: &Row) -> String {
    let Row {
        lab,
        hosts,
        simulated,
        frames,
        cpu,
        ns_per_frame,
        peak,
    } = row;
    format!(
        "| {lab:<7} | {hosts:>5} | {simulated:>11.1} | {frames:>9} | {cpu:>6.3} | {ns_per_frame:>10.0} | {peak:>8} |\n"
    )
}
