//! The table, as Markdown, and the page that is kept of it.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::process::Command;

use anyhow::{Context, ensure};

use super::{Cell, PATHS, of_linux};

const HEAD: &str = "\
| path       | algorithm | who         | Landline | Linux to Linux | ratio | intact |
|------------|-----------|-------------|---------:|---------------:|------:|--------|
";

pub(super) fn head(out: &mut impl Write) -> anyhow::Result<()> {
    Ok(out.write_all(HEAD.as_bytes())?)
}

pub(super) fn row(out: &mut impl Write, cell: &Cell) -> anyhow::Result<()> {
    writeln!(out, "{}", line(cell))?;
    Ok(out.flush()?)
}

fn line(cell: &Cell) -> String {
    let Cell {
        sender,
        algorithm,
        path,
        landline,
        linux,
        ratio,
        intact,
    } = cell;
    let intact = if *intact { "yes" } else { "NO" };
    format!(
        "| {path:<10} | {algorithm:<9} | {sender:<11} | {landline:>8.2} | {linux:>14.2} | {ratio:>5.2} | {intact:<6} |"
    )
}

/// The page: how it was measured, and the cells.
///
/// # Errors
///
/// date(1) cannot be started, or the kernel does not tell its release.
pub(super) fn page(cells: &[Cell], runs: u8, seconds: f64) -> anyhow::Result<String> {
    let day = Command::new("date").args(["-u", "+%Y-%m-%d"]).output();
    let day = day.context("starting date(1)")?;
    ensure!(day.status.success(), "date(1) failed");
    let day = String::from_utf8_lossy(&day.stdout);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    // What a distribution adds says nothing of its TCP.
    let kernel = kernel.trim().split('-').next().unwrap_or_default();
    let mut out = format!(
        "# Landline and Linux over one bad cable\n\n\
         Goodput in Mbit/s that the receiver sees, with Landline at one end, beside what two Linux reach over the very same link in\n\
         the same run. Written by `cargo run --release -p bench -- linux-peer --write docs/linux-peer.md`; measured on {}, Linux {kernel}.\n\
         Each figure is the median of {runs} transfers of {seconds} s, which alternate. The machine did other work meanwhile, so figures\n\
         are to be compared within a row. *Intact* says that in all of them every byte arrived as it was sent, and no more.\n\n\
         The link is [`fabric`](../crates/fabric)'s, between TAP devices:\n\n",
        day.trim(),
    );
    for path in PATHS {
        let _ = writeln!(out, "- `{}`: {}", path.name, path.says);
    }
    let (same, other): (Vec<_>, Vec<_>) = cells
        .iter()
        .partition(|cell| of_linux(cell.algorithm) == cell.algorithm);
    let _ = write!(out, "\n{HEAD}");
    for cell in &same {
        let _ = writeln!(out, "{}", line(cell));
    }
    let least = same.iter().map(|cell| cell.ratio).fold(f64::MAX, f64::min);
    let better = same.iter().filter(|cell| cell.ratio > 1.0).count();
    let _ = writeln!(
        out,
        "\n{} cells; the least ratio is {least:.2}, and {better} are above 1.",
        same.len()
    );
    if !other.is_empty() {
        let _ = write!(
            out,
            "\nLinux has no BBR version 3, so ours stands here beside its version 1. It ends a probe that loses more than 2 %, and\n\
             between probes each round trip with a loss lowers its rate to what was delivered, 1 % under what was sent.\n\
             [Decision 5](decisions/0005-bbr-is-linuxs-bbr.md) says what follows from that.\n\n{HEAD}"
        );
        for cell in &other {
            let _ = writeln!(out, "{}", line(cell));
        }
    }
    Ok(out)
}
