//! `[[publish]]`: ports of the machine that lead into the lab.

use super::reader::{Reading, Table, Value};
use crate::outward::{self, Publish};
use crate::scenario::Scenario;

/// `on = "127.0.0.1:8080"`, `to = "web:80"`
pub(super) fn read(top: &mut Table<'_>, scenario: &mut Scenario, reading: &mut Reading) {
    for value in top.take("publish").iter().flat_map(Value::each) {
        let Some(mut table) = value.table(reading) else {
            continue;
        };
        let on = table.need_with("on", reading, |value, reading| {
            let text = value.text(reading)?;
            let door = outward::door(text);
            if door.is_none() {
                value.bad(
                    text,
                    "\"127.0.0.1:8080\" or \"udp://127.0.0.1:5353\"",
                    reading,
                );
            }
            door.map(|(scheme, on)| (scheme, value.at(on)))
        });
        let to = table.need_with("to", reading, |value, reading| {
            let text = value.text(reading)?;
            let target = outward::target(text);
            if target.is_none() {
                value.bad(text, "\"web:80\"", reading);
            }
            target.map(|(host, port)| (value.at(host.to_owned()), port))
        });
        table.finish(reading);
        if let (Some((scheme, on)), Some((to, port))) = (on, to) {
            scenario.publish.push(Publish {
                scheme,
                on,
                to,
                port,
            });
        }
    }
}
