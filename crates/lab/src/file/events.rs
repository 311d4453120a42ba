//! `[[event]]`: what happens when.

use std::time::Duration;

use super::channels::channels;
use super::reader::{Reading, Table, Value};
use super::{links, units};
use crate::mistake::Wrong;
use crate::scenario::{At, Event, Fault, Scenario};

pub(super) fn read(top: &mut Table<'_>, scenario: &mut Scenario, reading: &mut Reading) {
    for value in top.take("event").iter().flat_map(Value::each) {
        let Some(mut table) = value.table(reading) else {
            continue;
        };
        let at = table.need_with("at", reading, units::time);
        let fault = fault(&mut table, reading);
        let time = table
            .take("for")
            .map(|value| (units::time(&value, reading), value.span));
        table.finish(reading);
        if let (Some(at), Some(fault)) = (at, fault) {
            if let Some((time, span)) = time {
                match (time, fault.end()) {
                    (Some(time), Some(_)) if time.is_zero() => {
                        reading.wrong(&span, Wrong::EndsAtOnce);
                    }
                    (Some(time), Some(end)) => scenario.events.push(Event {
                        at: at + time,
                        span: value.span.clone(),
                        fault: end,
                    }),
                    (Some(_), None) => {
                        let (key, near) = ("for".into(), None);
                        reading.wrong(&span, Wrong::UnknownKey { key, near });
                    }
                    (None, _) => {}
                }
            }
            scenario.events.push(Event {
                at,
                span: value.span,
                fault,
            });
        }
    }
    // Those of one moment in the order of the file.
    scenario.events.sort_by_key(|event| event.at);
}

fn name(value: &Value<'_>, reading: &mut Reading) -> Option<At<String>> {
    Some(value.at(value.text(reading)?.to_owned()))
}

/// `{ at = "5s", down = "alice:eth0" }`, `{ at = "9s", set = "alice:eth0", link = { … } }`
fn fault(table: &mut Table<'_>, reading: &mut Reading) -> Option<Fault> {
    let kinds = "down, up, set, crash, restart, partition, heal, skew, conflict";
    match table.one_of(kinds, reading)? {
        "down" => Some(Fault::Down(table.take_with("down", reading, links::end)?)),
        "up" => Some(Fault::Up(table.take_with("up", reading, links::end)?)),
        "set" => {
            let cable = table.take_with("set", reading, links::end);
            let (there, back) = channels(table, reading);
            Some(Fault::Set {
                cable: cable?,
                channels: Box::new([there, back]),
            })
        }
        "crash" => Some(Fault::Crash(table.take_with("crash", reading, name)?)),
        "skew" => {
            let host = table.take_with("skew", reading, name);
            let by = table.need_with("by", reading, skew);
            let (host, (gain, ahead)) = (host?, by?);
            Some(Fault::Skew { host, gain, ahead })
        }
        "conflict" => {
            let card = table.take_with("conflict", reading, links::end);
            let address = table.need_with("address", reading, |value, reading| {
                Some(value.at(value.parse("\"172.16.10.1/24\"", reading)?))
            });
            let (card, address) = (card?, address?);
            Some(Fault::Conflict { card, address })
        }
        "restart" => Some(Fault::Restart(table.take_with("restart", reading, name)?)),
        "partition" => {
            let groups = table.take("partition")?.each();
            let group = |value: &Value<'_>| {
                let names = value.each();
                names
                    .iter()
                    .filter_map(|host| name(host, reading))
                    .collect()
            };
            Some(Fault::Partition(groups.iter().map(group).collect()))
        }
        _ => table.take_with("heal", reading, |value, reading| match value.value {
            toml::de::DeValue::Boolean(true) => Some(Fault::Heal),
            _ => {
                reading.wrong(&value.span, Wrong::WrongKind("true"));
                None
            }
        }),
    }
}

/// What a clock gains in nanoseconds a second, or how far it is put ahead: `100ppm`, `-20ppm`, `5s`.
fn skew(value: &Value<'_>, reading: &mut Reading) -> Option<(i64, Duration)> {
    /// A tenth.
    const MOST: f64 = 100_000.0;
    let text = value.text(reading)?;
    let read = match text.strip_suffix("ppm") {
        Some(number) => {
            let ppm = number.trim_end().parse::<f64>().ok();
            let ppm = ppm.filter(|ppm| ppm.abs() <= MOST);
            ppm.map(|ppm| ((ppm * 1000.0).round() as i64, Duration::ZERO))
        }
        None => {
            let ahead = units::length_of_time(text.trim_start_matches('+'));
            ahead.ok().map(|ahead| (0, ahead))
        }
    };
    if read.is_none() {
        let example = "\"100ppm\", \"-20ppm\" (100000 at most) or \"5s\"; no clock goes back";
        value.bad(text, example, reading);
    }
    read
}
