//! `[[link]]`, and where cables are plugged in.

use super::channels::channels;
use super::reader::{Reading, Table, Value};
use super::vlans;
use crate::mistake::Wrong;
use crate::scenario::{At, Cable, End, Scenario};

pub(super) fn read(top: &mut Table<'_>, scenario: &mut Scenario, reading: &mut Reading) {
    for value in top.take("link").iter().flat_map(Value::each) {
        let Some(mut table) = value.table(reading) else {
            continue;
        };
        let ends = table.need_with("between", reading, |value, reading| {
            let ends: Vec<_> = value.each();
            let [a, b] = ends.as_slice() else {
                let wanted = "two ends, such as [\"alice:eth0\", \"office\"]";
                reading.wrong(&value.span, Wrong::WrongKind(wanted));
                return None;
            };
            Some([end(a, reading)?, end(b, reading)?])
        });
        let (there, back) = channels(&mut table, reading);
        let vlans = vlans::read(&mut table, reading);
        table.finish(reading);
        if let Some(ends) = ends {
            scenario.cables.push(Cable {
                ends,
                there,
                back,
                vlans,
            });
        }
    }
}

/// `alice:eth0`, or the name of a switch or hub.
pub(super) fn end(value: &Value<'_>, reading: &mut Reading) -> Option<At<End>> {
    let text = value.text(reading)?;
    let end = match text.split_once(':') {
        None => End::Port(text.to_owned()),
        Some((host, interface)) => End::Interface {
            host: host.to_owned(),
            interface: interface.to_owned(),
        },
    };
    Some(value.at(end))
}
