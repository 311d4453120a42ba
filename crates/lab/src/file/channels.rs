//! What a link does to frames: `link = { delay = "20ms", loss = "1%" }`, in netem's words.

use std::slice;

use fabric::{
    Channel, CoDel, Corrupt, Discipline, Distribution, Duplicate, FourState, GilbertElliott, Limit,
    Loss, Red,
};
use toml::de::DeValue;

use super::presets::{self, preset};
use super::reader::{Reading, Table, Value};
use super::units;
use crate::mistake::{Wrong, nearest};

/// The two directions of a link: what `link` says, and what `there` and `back` change of it.
pub(super) fn channels(table: &mut Table<'_>, reading: &mut Reading) -> (Channel, Channel) {
    let mut both = [Channel::PERFECT, Channel::PERFECT];
    if let Some(value) = table.take("link") {
        channel(&value, &mut both, 0, reading);
    }
    let [mut there, mut back] = both;
    if let Some(value) = table.take("there") {
        channel(&value, slice::from_mut(&mut there), 0, reading);
    }
    if let Some(value) = table.take("back") {
        channel(&value, slice::from_mut(&mut back), 1, reading);
    }
    (there, back)
}

/// Changes channels as a value says, which is a preset's name or a table. The first of the channels
/// is a preset's direction of the number `first`.
fn channel(value: &Value<'_>, channels: &mut [Channel], first: usize, reading: &mut Reading) {
    if let DeValue::String(_) = value.value {
        return begin_with(value, channels, first, reading);
    }
    let Some(mut table) = value.table(reading) else {
        return;
    };
    if let Some(value) = table.take("preset") {
        begin_with(&value, channels, first, reading);
    }
    let keys = channels;
    set(
        keys,
        table.take_with("rate", reading, units::rate),
        |c, rate| {
            c.rate = Some(rate);
        },
    );
    set(
        keys,
        table.take_with("delay", reading, units::time),
        |c, time| {
            c.delay.time = time.into();
        },
    );
    set(
        keys,
        table.take_with("jitter", reading, units::time),
        |c, time| {
            c.delay.jitter = time.into();
        },
    );
    let spread = table.take_with("distribution", reading, distribution);
    set(keys, spread, |c, spread| c.delay.distribution = spread);
    let like = table.take_with("correlation", reading, units::share);
    set(keys, like, |c, like| c.correlation.delay = like);
    let ordered = table.take_with("in_order", reading, units::yes_or_no);
    set(keys, ordered, |c, ordered| c.delay.in_order = ordered);
    set(
        keys,
        table.take_with("loss", reading, loss),
        |c, (loss, like)| {
            (c.loss, c.correlation.loss) = (loss, like);
        },
    );
    set(
        keys,
        table.take_with("corrupt", reading, chance),
        |c, (share, like)| {
            (c.corrupt, c.correlation.corrupt) = (Corrupt(share), like);
        },
    );
    set(
        keys,
        table.take_with("duplicate", reading, chance),
        |c, (share, like)| {
            (c.duplicate, c.correlation.duplicate) = (Duplicate(share), like);
        },
    );
    set(
        keys,
        table.take_with("reorder", reading, reorder),
        |c, (reorder, like)| {
            (c.reorder, c.correlation.reorder) = (reorder, like);
        },
    );
    set(keys, table.take_with("mtu", reading, mtu), |c, mtu| {
        c.mtu = mtu;
    });
    set(
        keys,
        table.take_with("queue", reading, queue),
        |c, (limit, discipline)| {
            c.queue = limit.unwrap_or(c.queue);
            c.discipline = discipline;
        },
    );
    table.finish(reading);
}

/// Sets a key of all channels, if it was there.
fn set<T: Clone>(channels: &mut [Channel], value: Option<T>, set: impl Fn(&mut Channel, T)) {
    if let Some(value) = value {
        for channel in channels {
            set(channel, value.clone());
        }
    }
}

/// Makes channels those of a preset.
fn begin_with(value: &Value<'_>, channels: &mut [Channel], first: usize, reading: &mut Reading) {
    let Some(name) = value.text(reading) else {
        return;
    };
    match preset(name) {
        Some(directions) => {
            for (channel, direction) in channels.iter_mut().zip(directions.into_iter().skip(first))
            {
                *channel = direction;
            }
        }
        None => unknown(value, name, presets::NAMES, reading),
    }
}

fn unknown<const N: usize>(value: &Value<'_>, name: &str, all: [&str; N], reading: &mut Reading) {
    let near = nearest(name, all).or_else(|| Some(all.join("\", \"")));
    let name = name.to_owned();
    reading.wrong(&value.span, Wrong::UnknownName { name, near });
}

fn distribution(value: &Value<'_>, reading: &mut Reading) -> Option<Distribution> {
    let name = value.text(reading)?;
    Some(match name {
        "uniform" => Distribution::Uniform,
        "normal" => Distribution::Normal,
        "pareto" => Distribution::Pareto,
        "paretonormal" => Distribution::ParetoNormal,
        _ => {
            unknown(
                value,
                name,
                ["uniform", "normal", "pareto", "paretonormal"],
                reading,
            );
            return None;
        }
    })
}

/// `"1%"`, or `{ share = "1%", correlation = "25%" }`.
fn chance(value: &Value<'_>, reading: &mut Reading) -> Option<(f64, f64)> {
    let DeValue::Table(_) = value.value else {
        return Some((units::share(value, reading)?, 0.0));
    };
    let mut table = value.table(reading)?;
    let share = table.need_with("share", reading, units::share);
    let like = table.take_with("correlation", reading, units::share);
    table.finish(reading);
    Some((share?, like.unwrap_or(0.0)))
}

/// The same, and `gap = 5`.
fn reorder(value: &Value<'_>, reading: &mut Reading) -> Option<(fabric::Reorder, f64)> {
    let DeValue::Table(_) = value.value else {
        let share = units::share(value, reading)?;
        return Some((fabric::Reorder::random(share), 0.0));
    };
    let mut table = value.table(reading)?;
    let share = table.need_with("share", reading, units::share);
    let like = table.take_with("correlation", reading, units::share);
    let gap = table.take_with("gap", reading, units::whole).unwrap_or(0);
    table.finish(reading);
    let probability = share?;
    Some((fabric::Reorder { probability, gap }, like.unwrap_or(0.0)))
}

/// `"1%"`; `{ share = "1%", correlation = "25%" }`; `{ every = 10 }`; `{ frames = [3, 7] }`;
/// `{ gemodel = { p = "1%", r = "20%" } }`; `{ state = { p13 = "1%" } }`.
fn loss(value: &Value<'_>, reading: &mut Reading) -> Option<(Loss, f64)> {
    let DeValue::Table(_) = value.value else {
        return Some((Loss::Random(units::share(value, reading)?), 0.0));
    };
    let mut table = value.table(reading)?;
    let loss = match table.one_of("share, every, frames, gemodel, state", reading)? {
        "share" => table
            .take_with("share", reading, units::share)
            .map(Loss::Random),
        "every" => table.take_with("every", reading, |value, reading| {
            let gap = units::whole(value, reading)?;
            if gap == 0 {
                value.bad("0", "10, from 1 on", reading);
                return None;
            }
            Some(Loss::Every(gap))
        }),
        "frames" => table.take("frames").map(|value| {
            let numbers = value.each();
            let numbers = numbers.iter().filter_map(|n| units::whole(n, reading));
            Loss::Frames(numbers.collect())
        }),
        "gemodel" => table.take_with("gemodel", reading, gilbert_elliott),
        _ => table.take_with("state", reading, four_state),
    };
    let like = match loss {
        Some(Loss::Random(_)) => table.take_with("correlation", reading, units::share),
        _ => None,
    };
    table.finish(reading);
    Some((loss?, like.unwrap_or(0.0)))
}

fn gilbert_elliott(value: &Value<'_>, reading: &mut Reading) -> Option<Loss> {
    let mut table = value.table(reading)?;
    let p = table.need_with("p", reading, units::share);
    let r = table.take_with("r", reading, units::share);
    let bad = table.take_with("1-h", reading, units::share);
    let good = table.take_with("1-k", reading, units::share);
    table.finish(reading);
    let p = p?;
    Some(Loss::GilbertElliott(GilbertElliott {
        p,
        r: r.unwrap_or(1.0 - p),
        lost_in_bad: bad.unwrap_or(1.0),
        lost_in_good: good.unwrap_or(0.0),
    }))
}

fn four_state(value: &Value<'_>, reading: &mut Reading) -> Option<Loss> {
    let mut table = value.table(reading)?;
    let p13 = table.need_with("p13", reading, units::share);
    let p31 = table.take_with("p31", reading, units::share);
    let p32 = table.take_with("p32", reading, units::share).unwrap_or(0.0);
    let p23 = table.take_with("p23", reading, units::share).unwrap_or(1.0);
    let p14 = table.take_with("p14", reading, units::share).unwrap_or(0.0);
    table.finish(reading);
    let p13 = p13?;
    let p31 = p31.unwrap_or(1.0 - p13);
    if p13 + p14 > 1.0 || p31 + p32 > 1.0 {
        let wanted = "p13 and p14, and p31 and p32, of which no two are more than 100 %";
        reading.wrong(&value.span, Wrong::WrongKind(wanted));
        return None;
    }
    Some(Loss::FourState(FourState {
        p13,
        p31,
        p32,
        p23,
        p14,
    }))
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

/// `100`, `"64KiB"`, `{ limit = 1000, codel = true }`, `{ limit = "1MB", red = { … } }`.
fn queue(value: &Value<'_>, reading: &mut Reading) -> Option<(Option<Limit>, Discipline)> {
    let DeValue::Table(_) = value.value else {
        return Some((Some(limit(value, reading)?), Discipline::DropTail));
    };
    let mut table = value.table(reading)?;
    let limit = table.take_with("limit", reading, limit);
    let codel = table.take_with("codel", reading, codel);
    let red = table.take_with("red", reading, red);
    if let (Some(_), Some(both)) = (&codel, table.take("red")) {
        reading.wrong(&both.span, Wrong::OneOf("red, codel"));
    }
    table.finish(reading);
    Some((limit, codel.or(red).unwrap_or_default()))
}

/// A number of packets, or an amount of bytes.
fn limit(value: &Value<'_>, reading: &mut Reading) -> Option<Limit> {
    match value.value {
        DeValue::Integer(_) => {
            let packets = units::whole(value, reading)?;
            Some(Limit::Packets(packets as usize))
        }
        _ => Some(Limit::Bytes(units::bytes(value, reading)? as usize)),
    }
}

/// `true`, or tc-codel's settings.
fn codel(value: &Value<'_>, reading: &mut Reading) -> Option<Discipline> {
    let usual = CoDel::USUAL;
    if let DeValue::Boolean(on) = value.value {
        return Some(if *on {
            Discipline::CoDel(usual)
        } else {
            Discipline::DropTail
        });
    }
    let mut table = value.table(reading)?;
    let target = table.take_with("target", reading, units::time);
    let interval = table.take_with("interval", reading, units::time);
    let ecn = table.take_with("ecn", reading, units::yes_or_no);
    let ce_threshold = table.take_with("ce_threshold", reading, units::time);
    table.finish(reading);
    Some(Discipline::CoDel(CoDel {
        target: target.map_or(usual.target, Into::into),
        interval: interval.map_or(usual.interval, Into::into),
        ecn: ecn.unwrap_or(usual.ecn),
        ce_threshold: ce_threshold.map(Into::into),
    }))
}

/// tc-red's settings, with its defaults.
fn red(value: &Value<'_>, reading: &mut Reading) -> Option<Discipline> {
    let mut table = value.table(reading)?;
    let bytes =
        |value: &Value<'_>, reading: &mut Reading| Some(units::bytes(value, reading)? as usize);
    let min = table.need_with("min", reading, bytes);
    let max = table.need_with("max", reading, bytes);
    let avpkt = table.take_with("avpkt", reading, bytes).unwrap_or(1000);
    let burst = table.take_with("burst", reading, units::whole);
    let probability = table.take_with("probability", reading, units::share);
    let ecn = table.take_with("ecn", reading, units::yes_or_no);
    table.finish(reading);
    let (min, max) = (min?, max?);
    if min == 0 || min >= max || avpkt == 0 {
        let wanted = "a \"min\" below \"max\", and neither they nor \"avpkt\" 0";
        reading.wrong(&value.span, Wrong::WrongKind(wanted));
        return None;
    }
    // Both are at most 1e18.
    let usual = (min.saturating_mul(2).saturating_add(max) / avpkt.saturating_mul(3)) as u64;
    Some(Discipline::Red(Red {
        min,
        max,
        avpkt,
        burst: burst.unwrap_or(usual).max(1) as usize,
        probability: probability.unwrap_or(0.02),
        ecn: ecn.unwrap_or(true),
    }))
}
