//! A scenario as a file, in TOML.
//!
//! Every part of the file is read even when others are wrong, so that a person sees all mistakes at
//! once.

mod arrange;
mod channels;
mod events;
mod guard;
mod links;
mod many;
mod nodes;
mod outward;
mod presets;
mod programs;
mod publish;
mod reader;
mod rip;
mod units;
mod vlans;
mod web;

use toml::de::DeTable;

use crate::check;
use crate::mistake::{Mistake, Mistakes, Wrong};
use crate::scenario::{Scenario, Span};
use reader::{Reading, Table};
pub use units::{NotATime, length_of_time};

impl Scenario {
    /// Reads and checks a scenario.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(file: &str) -> Result<Self, Mistakes> {
        let (table, errors) = DeTable::parse_recoverable(file);
        let syntax = errors.iter().map(|error| Mistake {
            span: seen(file, error.span().unwrap_or_default()),
            wrong: Wrong::Syntax(error.message().to_owned()),
        });
        let syntax: Vec<Mistake> = syntax.collect();
        // What follows from a misread line would only confuse.
        let () = Mistakes::or(syntax, ())?;
        let mut reading = Reading::default();
        let scenario = read(Table::top(&table), &mut reading);
        let mistakes = if reading.mistakes.is_empty() {
            check::check(&scenario)
        } else {
            reading.mistakes
        };
        Mistakes::or(mistakes, scenario)
    }
}

/// A place that can be pointed at: where something is missing, what stands before it.
fn seen(file: &str, span: Span) -> Span {
    if !span.is_empty() {
        return span;
    }
    let before = file[..span.end].trim_end();
    let last = before.char_indices().next_back();
    last.map_or(0..0, |(at, _)| at..before.len())
}

fn read(mut top: Table<'_>, reading: &mut Reading) -> Scenario {
    let mut scenario = Scenario {
        seed: top.take_with("seed", reading, units::whole),
        until: top.take_with("until", reading, units::time),
        ..Scenario::default()
    };
    nodes::read(&mut top, &mut scenario, reading);
    outward::read(&mut top, &mut scenario, reading);
    many::read(&mut top, &mut scenario, reading);
    links::read(&mut top, &mut scenario, reading);
    events::read(&mut top, &mut scenario, reading);
    publish::read(&mut top, &mut scenario, reading);
    top.finish(reading);
    scenario
}
