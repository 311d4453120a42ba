//! `[tap.NAME]` and `[uplink.NAME]`: what leads out of the lab.

use super::channels::channels;
use super::reader::{Reading, Table, Value};
use super::{links, nodes, vlans};
use crate::outward::{Allow, Tap, Uplink};
use crate::scenario::{At, Cable, End, NodeKind, Scenario};

pub(super) fn read(top: &mut Table<'_>, scenario: &mut Scenario, reading: &mut Reading) {
    for (name, value) in top.named("tap", reading) {
        if let Some(table) = value.table(reading) {
            tap(name, table, scenario, reading);
        }
    }
    let uplinks = top.take("uplink").and_then(|value| value.table(reading));
    let Some(mut uplinks) = uplinks else {
        return;
    };
    // Of one it need not be said which.
    if uplinks.take("interface").is_some() {
        let name = At {
            value: "uplink".to_owned(),
            span: uplinks.span.clone(),
        };
        return uplink(name, uplinks, scenario, reading);
    }
    for (name, value) in top.named("uplink", reading) {
        if let Some(table) = value.table(reading) {
            uplink(name, table, scenario, reading);
        }
    }
}

/// `device = "tap0"`, `to = "office"`
fn tap(name: At<String>, mut table: Table<'_>, scenario: &mut Scenario, reading: &mut Reading) {
    let device = table.need_with("device", reading, |value, reading| {
        Some(value.at(value.text(reading)?.to_owned()))
    });
    let channels = channels(&mut table, reading);
    let vlans = vlans::read(&mut table, reading);
    if let Some(to) = table.take_with("to", reading, links::end) {
        let near = At {
            value: End::Port(name.value.clone()),
            span: name.span.clone(),
        };
        scenario.cables.push(Cable {
            ends: [near, to],
            there: channels.0,
            back: channels.1,
            vlans,
        });
    }
    table.finish(reading);
    if let Some(device) = device {
        nodes::add(scenario, name, NodeKind::Tap(Tap { device }), reading);
    }
}

/// A host's keys, and `machine = "10.0.2.2"`, `allow = ["127.0.0.1:*"]`.
fn uplink(name: At<String>, mut table: Table<'_>, scenario: &mut Scenario, reading: &mut Reading) {
    let machine = table.take_with("machine", reading, |value, reading| {
        let address = value.parse("\"10.0.2.2\"", reading)?;
        Some(value.at(address))
    });
    let allow = table.take("allow").map(|value| {
        let rules = value.each().into_iter();
        let rule =
            |value: Value<'_>| value.parse("\"127.0.0.1:*\" or \"192.0.2.0/24:80-90\"", reading);
        rules.filter_map(rule).collect()
    });
    let mut host = nodes::host(&name.value, table, &mut scenario.cables, reading);
    host.uplink = Some(Uplink {
        machine,
        allow: allow.unwrap_or_else(|| vec![Allow::LOOPBACK]),
    });
    nodes::add(scenario, name, NodeKind::Host(Box::new(host)), reading);
}
