//! `[[link]]`, and what a link does to frames.

use fabric::{Channel, Corrupt, Delay, Duplicate, Limit, Loss, Reorder};

use super::reader::{Reading, Table, Value};
use super::units;
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
        table.finish(reading);
        if let Some(ends) = ends {
            scenario.cables.push(Cable { ends, there, back });
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

/// The two directions of a link: what `link` says, and what `there` and `back` change of it.
pub(super) fn channels(table: &mut Table<'_>, reading: &mut Reading) -> (Channel, Channel) {
    let both = channel(table, "link", &Channel::PERFECT, reading);
    let there = channel(table, "there", &both, reading);
    let back = channel(table, "back", &both, reading);
    (there, back)
}

/// The channel of a key; without it, `base`.
fn channel(
    table: &mut Table<'_>,
    key: &'static str,
    base: &Channel,
    reading: &mut Reading,
) -> Channel {
    let mut channel = base.clone();
    let Some(value) = table.take(key) else {
        return channel;
    };
    let Some(mut table) = value.table(reading) else {
        return channel;
    };
    if let Some(rate) = table.take_with("rate", reading, units::rate) {
        channel.rate = Some(rate);
    }
    if let Some(time) = table.take_with("delay", reading, units::time) {
        channel.delay = Delay {
            time: time.into(),
            ..channel.delay
        };
    }
    if let Some(jitter) = table.take_with("jitter", reading, units::time) {
        channel.delay.jitter = jitter.into();
    }
    if let Some(share) = table.take_with("loss", reading, units::share) {
        channel.loss = Loss::Random(share);
    }
    if let Some(share) = table.take_with("corrupt", reading, units::share) {
        channel.corrupt = Corrupt(share);
    }
    if let Some(share) = table.take_with("duplicate", reading, units::share) {
        channel.duplicate = Duplicate(share);
    }
    if let Some(share) = table.take_with("reorder", reading, units::share) {
        channel.reorder = Reorder::random(share);
    }
    if let Some(mtu) = table.take_with("mtu", reading, mtu) {
        channel.mtu = mtu;
    }
    if let Some(limit) = table.take_with("queue", reading, queue) {
        channel.queue = limit;
    }
    table.finish(reading);
    channel
}

/// Bytes of the largest packet: from IPv4's least (RFC 791) to IP's most.
fn mtu(value: &Value<'_>, reading: &mut Reading) -> Option<usize> {
    let mtu = units::whole(value, reading)?;
    if !(68..=65535).contains(&mtu) {
        value.bad(&mtu.to_string(), "1500, from 68 to 65535", reading);
        return None;
    }
    Some(mtu as usize)
}

/// A number of packets, or an amount of bytes.
fn queue(value: &Value<'_>, reading: &mut Reading) -> Option<Limit> {
    match value.value {
        toml::de::DeValue::Integer(_) => {
            let packets = units::whole(value, reading)?;
            Some(Limit::Packets(packets as usize))
        }
        _ => Some(Limit::Bytes(units::bytes(value, reading)? as usize)),
    }
}
