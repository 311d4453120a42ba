//! The table, as Markdown, so that it can be kept.

use std::io::Write;

use super::Cell;

pub(super) fn head(out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(
        out,
        "| path       | algorithm | who         | Landline | Linux to Linux | ratio |\n\
         |------------|-----------|-------------|---------:|---------------:|------:|"
    )?;
    Ok(())
}

pub(super) fn row(out: &mut impl Write, cell: &Cell) -> anyhow::Result<()> {
    let Cell {
        sender,
        algorithm,
        path,
        landline,
        linux,
        ratio,
        ..
    } = cell;
    writeln!(
        out,
        "| {path:<10} | {algorithm:<9} | {sender:<11} | {landline:>8.2} | {linux:>14.2} | {ratio:>5.2} |"
    )?;
    Ok(())
}
