//! `nat = { … }` of a router; `firewall = [ … ]` and `policy` of routers and hosts.

use std::time::Duration;

use stack::{ConnectionState, FirewallAction, FirewallPath, FirewallRule, NatBehavior};
use wire::{IpNet, Protocol};

use super::reader::{Reading, Table, Value};
use super::units;
use crate::guard::{Nat, Rule, Wall};
use crate::mistake::Wrong;

const ACTIONS: &str = "\"accept\", \"drop\" or \"reject\"";
const BEHAVIORS: &str = "\"endpoint-independent\", \"address-dependent\" or \"endpoint-dependent\"";

/// `nat = { outside = "eth1", forward = ["tcp:8080 -> 192.168.0.2:80"] }`
pub(super) fn nat(table: &mut Table<'_>, reading: &mut Reading) -> Option<Nat> {
    let mut table = table.take("nat")?.table(reading)?;
    let outside = table.need_with("outside", reading, |value, reading| {
        Some(value.at(value.text(reading)?.to_owned()))
    });
    let inside = table.take("inside");
    let inside = inside.iter().flat_map(Value::each);
    let inside = inside.filter_map(|net| net.parse("\"192.168.0.0/24\"", reading));
    let inside = inside.collect();
    let mapping = table.take_with("mapping", reading, behavior);
    let filtering = table.take_with("filtering", reading, behavior);
    let mut forwards = Vec::new();
    for forward in table.take("forward").iter().flat_map(Value::each) {
        let example = "\"tcp:8080 -> 192.168.0.2:80\"";
        forwards.extend(forward.parse(example, reading).map(|to| forward.at(to)));
    }
    let ports = table.take_with("ports", reading, ports);
    let ports_per_host = table.take_with("ports_per_host", reading, |value, reading| {
        let number = units::whole(value, reading)?;
        let limit = u32::try_from(number).ok().filter(|limit| *limit > 0);
        if limit.is_none() {
            value.bad(&number.to_string(), "4096", reading);
        }
        limit
    });
    let hairpin = table.take_with("hairpin", reading, flag).unwrap_or(true);
    let mut timeouts = Vec::new();
    for (key, sysctls) in TIMEOUTS {
        let time = table.take_with(key, reading, seconds);
        timeouts.extend(
            time.iter()
                .flat_map(|time| sysctls.iter().map(|name| (*name, *time))),
        );
    }
    table.finish(reading);
    Some(Nat {
        outside: outside?,
        inside,
        mapping: mapping.unwrap_or(NatBehavior::EndpointIndependent),
        filtering: filtering.unwrap_or(NatBehavior::EndpointDependent),
        forwards,
        ports,
        ports_per_host,
        hairpin,
        timeouts,
    })
}

/// The keys for how long silence may last, and the settings that each is.
const TIMEOUTS: [(&str, &[&str]); 3] = [
    (
        "udp_timeout",
        &[
            "net.netfilter.nf_conntrack_udp_timeout",
            "net.netfilter.nf_conntrack_udp_timeout_stream",
        ],
    ),
    (
        "tcp_timeout",
        &["net.netfilter.nf_conntrack_tcp_timeout_established"],
    ),
    ("icmp_timeout", &["net.netfilter.nf_conntrack_icmp_timeout"]),
];

/// The settings count whole seconds.
fn seconds(value: &Value<'_>, reading: &mut Reading) -> Option<Duration> {
    let time = units::time(value, reading)?;
    let fits = time.subsec_nanos() == 0 && (1..=i32::MAX as u64).contains(&time.as_secs());
    if !fits {
        value.bad(value.text(reading)?, "\"90s\" or \"2min\"", reading);
    }
    fits.then_some(time)
}

fn behavior(value: &Value<'_>, reading: &mut Reading) -> Option<NatBehavior> {
    word(
        value,
        BEHAVIORS,
        &[
            ("endpoint-independent", NatBehavior::EndpointIndependent),
            ("address-dependent", NatBehavior::AddressDependent),
            ("endpoint-dependent", NatBehavior::EndpointDependent),
        ],
        reading,
    )
}

/// `firewall = [{ from = "eth1", proto = "tcp", port = 22, action = "accept" }]`, `policy = "drop"`
pub(super) fn firewall(table: &mut Table<'_>, reading: &mut Reading) -> Option<Wall> {
    let rules = table.take("firewall");
    let policy = table.take_with("policy", reading, policy);
    if rules.is_none() && policy.is_none() {
        return None;
    }
    let rules = rules.iter().flat_map(Value::each);
    let rules = rules.filter_map(|value| rule(&value, reading)).collect();
    Some(Wall {
        rules,
        policy: policy.unwrap_or_default(),
    })
}

/// One word is for what comes from others; a table says it of each way.
fn policy(value: &Value<'_>, reading: &mut Reading) -> Option<[FirewallAction; 3]> {
    let toml::de::DeValue::Table(_) = value.value else {
        let all = action(value, reading)?;
        return Some([all, all, FirewallAction::Accept]);
    };
    let mut table = value.table(reading)?;
    let mut way = |key| table.take_with(key, reading, action).unwrap_or_default();
    let policy = [way("in"), way("through"), way("out")];
    table.finish(reading);
    Some(policy)
}

fn action(value: &Value<'_>, reading: &mut Reading) -> Option<FirewallAction> {
    word(
        value,
        ACTIONS,
        &[
            ("accept", FirewallAction::Accept),
            ("drop", FirewallAction::Drop),
            ("reject", FirewallAction::Reject),
        ],
        reading,
    )
}

fn rule(value: &Value<'_>, reading: &mut Reading) -> Option<Rule> {
    let mut table = value.table(reading)?;
    let action = table.need_with("action", reading, |value, reading| {
        let action = action(value, reading)?;
        Some((action, value.text(reading)?))
    });
    let mut text = Vec::new();
    let path = table.take_with("direction", reading, |value, reading| {
        let ways = [
            ("in", FirewallPath::Incoming),
            ("through", FirewallPath::Forwarded),
            ("out", FirewallPath::Outgoing),
        ];
        text.push(value.text(reading)?.to_owned());
        word(value, "\"in\", \"through\" or \"out\"", &ways, reading)
    });
    let mut card = |key| {
        table.take_with(key, reading, |value, reading| {
            let name = value.text(reading)?;
            text.push(format!("{key} {name}"));
            Some(value.at(name.to_owned()))
        })
    };
    let (from, to) = (card("from"), card("to"));
    let v6 = table.take_with("family", reading, |value, reading| {
        text.push(value.text(reading)?.to_owned());
        let families = [("ipv4", false), ("ipv6", true)];
        word(value, "\"ipv4\" or \"ipv6\"", &families, reading)
    });
    let protocol = table.take_with("proto", reading, |value, reading| {
        let (protocol, name) = protocol(value, reading)?;
        text.push(name);
        Some(protocol)
    });
    let mut several = |key, read: &mut dyn FnMut(&Value<'_>, &mut Reading) -> Option<String>| {
        let value = table.take(key);
        let words = value.iter().flat_map(Value::each);
        let words: Vec<_> = words.filter_map(|value| read(&value, reading)).collect();
        if !words.is_empty() {
            text.push(format!("{} {}", key.replace('_', " "), words.join(", ")));
        }
    };
    let mut rule = FirewallRule::new(action.map_or(FirewallAction::Accept, |(action, _)| action));
    several("source", &mut |value, reading| {
        network(value, reading, &mut rule.source)
    });
    several("source_port", &mut |value, reading| {
        port_range(value, reading, &mut rule.source_ports)
    });
    several("destination", &mut |value, reading| {
        network(value, reading, &mut rule.destination)
    });
    several("port", &mut |value, reading| {
        port_range(value, reading, &mut rule.ports)
    });
    several("state", &mut |value, reading| {
        rule.states.push(state(value, reading)?);
        Some(value.text(reading)?.to_owned())
    });
    // Nothing else has ports.
    let ports = !rule.ports.is_empty() || !rule.source_ports.is_empty();
    if ports && protocol.is_some_and(|p| p != Protocol::TCP && p != Protocol::UDP) {
        reading.wrong(&value.span, Wrong::RuleFitsNothing);
    }
    table.finish(reading);
    let (_, word) = action?;
    text.insert(0, word.to_owned());
    Some(Rule {
        span: value.span.clone(),
        text: text.join(" "),
        from,
        to,
        rule: FirewallRule {
            path,
            v6,
            protocol,
            ..rule
        },
    })
}

fn network(value: &Value<'_>, reading: &mut Reading, into: &mut Vec<IpNet>) -> Option<String> {
    let text = value.text(reading)?;
    let host = || {
        text.parse()
            .ok()
            .map(|addr: std::net::IpAddr| IpNet::from(addr))
    };
    let Some(net) = text.parse().ok().or_else(host) else {
        value.bad(text, "\"192.168.0.0/24\" or \"192.168.0.2\"", reading);
        return None;
    };
    into.push(net);
    Some(text.to_owned())
}

fn port_range(
    value: &Value<'_>,
    reading: &mut Reading,
    into: &mut Vec<(u16, u16)>,
) -> Option<String> {
    let (first, last) = ports(value, reading)?;
    into.push((first, last));
    Some(if first == last {
        first.to_string()
    } else {
        format!("{first}-{last}")
    })
}

/// `80`, or `"1000-2000"`.
fn ports(value: &Value<'_>, reading: &mut Reading) -> Option<(u16, u16)> {
    let example = "80 or \"1000-2000\"";
    if let toml::de::DeValue::Integer(_) = value.value {
        let number = units::whole(value, reading)?;
        let port = u16::try_from(number).ok().filter(|port| *port != 0);
        if port.is_none() {
            value.bad(&number.to_string(), example, reading);
        }
        return port.map(|port| (port, port));
    }
    let text = value.text(reading)?;
    let read = |text: &str| text.trim().parse::<u16>().ok().filter(|port| *port != 0);
    let range = match text.split_once('-') {
        Some((first, last)) => read(first).zip(read(last)),
        None => read(text).map(|port| (port, port)),
    };
    let range = range.filter(|(first, last)| first <= last);
    if range.is_none() {
        value.bad(text, example, reading);
    }
    range
}

fn protocol(value: &Value<'_>, reading: &mut Reading) -> Option<(Protocol, String)> {
    let example = "\"tcp\", \"udp\", \"icmp\", \"icmpv6\" or a number up to 255";
    if let toml::de::DeValue::Integer(_) = value.value {
        let number = units::whole(value, reading)?;
        let Ok(protocol) = u8::try_from(number) else {
            value.bad(&number.to_string(), example, reading);
            return None;
        };
        return Some((Protocol(protocol), format!("proto {protocol}")));
    }
    let names = [
        ("tcp", Protocol::TCP),
        ("udp", Protocol::UDP),
        ("icmp", Protocol::ICMP),
        ("icmpv6", Protocol::ICMPV6),
    ];
    let protocol = word(value, example, &names, reading)?;
    Some((protocol, value.text(reading)?.to_owned()))
}

fn state(value: &Value<'_>, reading: &mut Reading) -> Option<ConnectionState> {
    let example = "\"new\", \"established\", \"related\" or \"invalid\"";
    let states = [
        ("new", ConnectionState::New),
        ("established", ConnectionState::Established),
        ("related", ConnectionState::Related),
        ("invalid", ConnectionState::Invalid),
    ];
    word(value, example, &states, reading)
}

/// One of a few words.
fn word<T: Copy>(
    value: &Value<'_>,
    example: &'static str,
    words: &[(&str, T)],
    reading: &mut Reading,
) -> Option<T> {
    let text = value.text(reading)?;
    let found = words.iter().find(|(word, _)| *word == text);
    if found.is_none() {
        value.bad(text, example, reading);
    }
    found.map(|(_, meaning)| *meaning)
}

fn flag(value: &Value<'_>, reading: &mut Reading) -> Option<bool> {
    match value.value {
        toml::de::DeValue::Boolean(flag) => Some(*flag),
        _ => {
            reading.wrong(&value.span, Wrong::WrongKind("true or false"));
            None
        }
    }
}
