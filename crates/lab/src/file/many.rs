//! `[hosts.NAME]`: many hosts at once, each with one card.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use wire::IpNet;

use super::channels::channels;
use super::reader::{Reading, Table, Value};
use super::{links, nodes, programs, units, vlans};
use crate::mistake::Wrong;
use crate::scenario::{
    At, Automatic, Cable, End, Host, Interface, Many, Node, NodeKind, Program, Scenario, Span, Task,
};

/// Nodes that one scenario holds at most.
const NODES: usize = crate::check::NODES;

/// `[hosts.pc]`, `count = 1000`, `to = "office"`, `network = "10.0.0.0/16"`: the hosts `pc1`, `pc2`
/// … with the network's addresses from the first on.
pub(super) fn read(top: &mut Table<'_>, scenario: &mut Scenario, reading: &mut Reading) {
    for (name, value) in top.named("hosts", reading) {
        if let Some(table) = value.table(reading) {
            many(&name, table, scenario, reading);
        }
    }
}

fn many(name: &At<String>, mut table: Table<'_>, scenario: &mut Scenario, reading: &mut Reading) {
    let count = table.need_with("count", reading, |value, reading| {
        Some(value.at(units::whole(value, reading)?))
    });
    let to = table.need_with("to", reading, links::end);
    let network = table.need_with("network", reading, |value, reading| {
        let net: IpNet = value.parse("\"10.0.0.0/16\"", reading)?;
        Some(value.at(net))
    });
    let channels = channels(&mut table, reading);
    let vlans = vlans::read(&mut table, reading);
    let model = model(&mut table, reading);
    table.finish(reading);
    let (Some(count), Some(to), Some(network)) = (count, to, network) else {
        return;
    };
    let room = NODES.saturating_sub(scenario.nodes.len()) as u64;
    if count.value > room {
        let (what, limit) = ("nodes", NODES);
        return reading.wrong(&count.span, Wrong::TooMany { what, limit });
    }
    if let Some(limit) = room_for_hosts(&network.value).filter(|limit| count.value > *limit) {
        let (what, limit) = ("hosts in this network", limit as usize);
        return reading.wrong(&network.span, Wrong::TooMany { what, limit });
    }
    for number in 1..=count.value {
        let host = At {
            value: format!("{}{number}", name.value),
            span: name.span.clone(),
        };
        let near = End::Interface {
            host: host.value.clone(),
            interface: "eth0".into(),
        };
        scenario.cables.push(Cable {
            ends: [host_end(near, &name.span), to.clone()],
            there: channels.0.clone(),
            back: channels.1.clone(),
            vlans: vlans.clone(),
        });
        let card = Interface {
            name: "eth0".into(),
            span: name.span.clone(),
            addresses: vec![At {
                value: nth(&network.value, number),
                span: network.span.clone(),
            }],
            mac: None,
            automatic: Automatic::default(),
        };
        let programs = model.programs.iter();
        let all = Many::new(&name.value, count.value, number);
        let programs = programs.map(|program| of_one(program, &all));
        let one = Host {
            interfaces: vec![card],
            programs: programs.collect(),
            one_of_many: true,
            ..model.clone()
        };
        if number == 1 {
            nodes::add(scenario, host, NodeKind::Host(Box::new(one)), reading);
        } else {
            scenario.nodes.push(Node {
                name: host.value,
                span: host.span,
                kind: NodeKind::Host(Box::new(one)),
            });
        }
    }
}

/// What all of them have alike.
fn model(table: &mut Table<'_>, reading: &mut Reading) -> Host {
    let mut model = Host::default();
    for gateway in table.take("gateway").iter().flat_map(Value::each) {
        let address = gateway.parse("\"10.0.255.254\"", reading);
        model
            .gateways
            .extend(address.map(|address| gateway.at(address)));
    }
    for (name, value) in table.named("sysctl", reading) {
        let text = value.text(reading).map(str::to_owned);
        model.sysctls.extend(text.map(|text| (name, text)));
    }
    for program in table.take("run").iter().flat_map(Value::each) {
        model.programs.extend(programs::read(&program, reading));
    }
    model
}

fn host_end(end: End, span: &Span) -> At<End> {
    At {
        value: end,
        span: span.clone(),
    }
}

/// A program as one of the hosts has it: `{next}` is the host after it, and the first's after the
/// last; pings of `{all}` are for all others.
fn of_one(program: &Program, all: &Many) -> Program {
    let mut program = program.clone();
    if let Task::Ping { to, count, every } = &program.task
        && to.value == "{all}"
    {
        program.task = Task::PingAll {
            all: all.clone(),
            count: *count,
            every: *every,
        };
    } else if let Some(to) = program.task.target_mut()
        && to.value == "{next}"
    {
        to.value = all.next();
    }
    program
}

/// How many hosts a network has room for, if that can be said in a `u64`: without its own address
/// and, in IPv4, its broadcast address.
fn room_for_hosts(network: &IpNet) -> Option<u64> {
    let bits = network.max_prefix_len() - network.prefix_len();
    let all = 1_u64.checked_shl(bits.into())?;
    Some(all.saturating_sub(if network.addr().is_ipv4() { 2 } else { 1 }))
}

/// The address of a network's host of this number, with its prefix.
fn nth(network: &IpNet, number: u64) -> IpNet {
    let address = match network.network() {
        IpAddr::V4(first) => {
            let bits = first.to_bits().saturating_add(number as u32);
            IpAddr::from(Ipv4Addr::from_bits(bits))
        }
        IpAddr::V6(first) => {
            let bits = first.to_bits().saturating_add(number.into());
            Ipv6Addr::from_bits(bits).into()
        }
    };
    // The length is that of a network of its family.
    IpNet::new(address, network.prefix_len()).unwrap_or(*network)
}
