//! `[[event]]`: what happens when.

use super::reader::{Reading, Table, Value};
use super::{links, units};
use crate::mistake::Wrong;
use crate::scenario::{Event, Fault, Scenario};

pub(super) fn read(top: &mut Table<'_>, scenario: &mut Scenario, reading: &mut Reading) {
    for value in top.take("event").iter().flat_map(Value::each) {
        let Some(mut table) = value.table(reading) else {
            continue;
        };
        let at = table.need_with("at", reading, units::time);
        let fault = fault(&mut table, &value, reading);
        table.finish(reading);
        if let (Some(at), Some(fault)) = (at, fault) {
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

/// `{ at = "5s", down = "alice:eth0" }`, `{ at = "9s", set = "alice:eth0", link = { … } }`
fn fault(table: &mut Table<'_>, value: &Value<'_>, reading: &mut Reading) -> Option<Fault> {
    let kinds = ["down", "up", "set"];
    let present: Vec<_> = kinds
        .into_iter()
        .filter(|kind| table.take(kind).is_some())
        .collect();
    match present.as_slice() {
        ["down"] => Some(Fault::Down(table.take_with("down", reading, links::end)?)),
        ["up"] => Some(Fault::Up(table.take_with("up", reading, links::end)?)),
        ["set"] => {
            let cable = table.take_with("set", reading, links::end);
            let (there, back) = links::channels(table, reading);
            Some(Fault::Set {
                cable: cable?,
                channels: Box::new([there, back]),
            })
        }
        _ => {
            reading.wrong(&value.span, Wrong::OneOf("down, up, set"));
            None
        }
    }
}
