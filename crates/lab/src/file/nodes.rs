//! `[host.NAME]`, `[router.NAME]`, `[switch.NAME]`, `[hub.NAME]`.

use fabric::SpanningTree;

use super::channels::channels;
use super::reader::{Reading, Table, Value};
use super::{arrange, guard, links, programs, rip, units, vlans};
use crate::mistake::Wrong;
use crate::scenario::{
    At, Automatic, Cable, End, Host, Interface, Node, NodeKind, Scenario, StaticRoute, Switch,
};

pub(super) fn read(top: &mut Table<'_>, scenario: &mut Scenario, reading: &mut Reading) {
    for (name, value) in top.named("switch", reading) {
        if let Some(table) = value.table(reading) {
            let switch = switch(table, reading);
            add(scenario, name, NodeKind::Switch(switch), reading);
        }
    }
    for (name, value) in top.named("hub", reading) {
        if let Some(table) = value.table(reading) {
            table.finish(reading);
            add(scenario, name, NodeKind::Hub, reading);
        }
    }
    for (key, forwards) in [("host", false), ("router", true)] {
        for (name, value) in top.named(key, reading) {
            let Some(mut table) = value.table(reading) else {
                continue;
            };
            let (nat, rip) = if forwards {
                let nat = guard::nat(&mut table, reading);
                (nat, rip::read(&mut table, reading))
            } else {
                (None, None)
            };
            let host = Host {
                forwards,
                nat,
                rip,
                ..host(&name.value, table, &mut scenario.cables, reading)
            };
            add(scenario, name, NodeKind::Host(Box::new(host)), reading);
        }
    }
}

/// `spanning_tree = true`, `priority = 4096`
fn switch(mut table: Table<'_>, reading: &mut Reading) -> Switch {
    let on = table.take_with("spanning_tree", reading, units::yes_or_no);
    let usual = SpanningTree::USUAL;
    let priority = table.take("priority");
    let chosen = priority.as_ref().and_then(|value| {
        let number = units::whole(value, reading)?;
        let fits = u16::try_from(number)
            .ok()
            .filter(|n| n.is_multiple_of(4096));
        if fits.is_none() {
            value.bad(
                &number.to_string(),
                "4096, from 0 to 61440 in steps of 4096",
                reading,
            );
        }
        fits
    });
    if let (Some(value), false) = (&priority, on == Some(true)) {
        reading.wrong(&value.span, Wrong::MissingKey("spanning_tree"));
    }
    table.finish(reading);
    Switch {
        spanning_tree: on.unwrap_or(false).then_some(SpanningTree {
            priority: chosen.unwrap_or(usual.priority),
        }),
    }
}

pub(super) fn add(
    scenario: &mut Scenario,
    name: At<String>,
    kind: NodeKind,
    reading: &mut Reading,
) {
    let At { value: name, span } = name;
    let fits = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 63 || !name.chars().all(fits) {
        reading.wrong(&span, Wrong::BadName(name.clone()));
    }
    scenario.nodes.push(Node { name, span, kind });
}

pub(super) fn host(
    name: &str,
    mut table: Table<'_>,
    cables: &mut Vec<Cable>,
    reading: &mut Reading,
) -> Host {
    let mut host = Host::default();
    for (interface, value) in table.named("interface", reading) {
        if let Some(table) = value.table(reading) {
            let card = self::interface(name, interface, table, cables, reading);
            host.interfaces.push(card);
        }
    }
    for gateway in table.take("gateway").iter().flat_map(Value::each) {
        if let Some(address) = gateway.parse("\"172.16.10.254\"", reading) {
            host.gateways.push(gateway.at(address));
        }
    }
    for (to, value) in table.named("route", reading) {
        let via = value.parse("\"172.16.10.254\"", reading);
        let network = to.value.parse();
        if network.is_err() {
            let example = "10.0.0.0/8";
            let text = to.value.clone();
            reading.wrong(&to.span, Wrong::BadValue { text, example });
        }
        if let (Ok(network), Some(via)) = (network, via) {
            host.routes.push(StaticRoute {
                to: At {
                    value: network,
                    span: to.span,
                },
                via: value.at(via),
            });
        }
    }
    for (name, value) in table.named("sysctl", reading) {
        if let Some(text) = value.text(reading) {
            host.sysctls.push((name, text.to_owned()));
        }
    }
    host.firewall = guard::firewall(&mut table, reading);
    for program in table.take("run").iter().flat_map(Value::each) {
        host.programs.extend(programs::read(&program, reading));
    }
    table.finish(reading);
    host
}

/// `eth0 = { to = "office", address = "172.16.10.1/24", link = { … } }`
fn interface(
    host: &str,
    name: At<String>,
    mut table: Table<'_>,
    cables: &mut Vec<Cable>,
    reading: &mut Reading,
) -> Interface {
    let mut interface = Interface {
        name: name.value,
        span: name.span,
        addresses: Vec::new(),
        mac: None,
        automatic: Automatic::default(),
    };
    arrange::addresses(&mut table, &mut interface, reading);
    interface.mac = table.take_with("mac", reading, |value, reading| {
        let mac = value.parse("\"02:00:00:00:00:01\"", reading)?;
        Some(value.at(mac))
    });
    let channels = channels(&mut table, reading);
    let vlans = vlans::read(&mut table, reading);
    if let Some(to) = table.take_with("to", reading, links::end) {
        let near = End::Interface {
            host: host.to_owned(),
            interface: interface.name.clone(),
        };
        let near = At {
            value: near,
            span: interface.span.clone(),
        };
        cables.push(Cable {
            ends: [near, to],
            there: channels.0,
            back: channels.1,
            vlans,
        });
    }
    table.finish(reading);
    interface
}
