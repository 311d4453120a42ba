//! How lengths of time, rates, amounts and shares are written: `20ms`, `10Mbit`, `64KiB`, `1%`.

use std::time::Duration;

use fabric::Rate;
use toml::de::DeValue;

use super::reader::{Reading, Value};

/// A whole number, not below 0.
pub(super) fn whole(value: &Value<'_>, reading: &mut Reading) -> Option<u64> {
    let DeValue::Integer(number) = value.value else {
        reading.wrong(
            &value.span,
            crate::mistake::Wrong::WrongKind("a whole number"),
        );
        return None;
    };
    let read = u64::from_str_radix(number.as_str(), number.radix()).ok();
    if read.is_none() {
        value.bad(number.as_str(), "0 or 1500", reading);
    }
    read
}

/// A length of time: `2s`, `20 ms`, `1.5 min`.
pub(super) fn time(value: &Value<'_>, reading: &mut Reading) -> Option<Duration> {
    let text = value.text(reading)?;
    let time = length_of_time(text).ok();
    if time.is_none() {
        value.bad(text, "\"20ms\" or \"1.5s\"", reading);
    }
    time
}

/// Not a length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a length of time up to a hundred years; write it like 20ms, 1.5s or 1h")]
pub struct NotATime;

/// Reads a length of time as it stands in files: `20ms`, `1.5 s`, `1h`.
///
/// # Errors
/// [`NotATime`], for a number without a unit as well.
pub fn length_of_time(text: &str) -> Result<Duration, NotATime> {
    const UNITS: &[(&str, f64)] = &[
        ("ns", 1e-9),
        ("us", 1e-6),
        ("µs", 1e-6),
        ("ms", 1e-3),
        ("s", 1.0),
        ("min", 60.0),
        ("h", 3600.0),
    ];
    /// A hundred years.
    const LONGEST: f64 = 3.2e9;
    let seconds = with_unit(text, UNITS).filter(|seconds| *seconds <= LONGEST);
    let nanos = |seconds: f64| Duration::from_nanos((seconds * 1e9).round() as u64);
    seconds.map(nanos).ok_or(NotATime)
}

/// Bits a second, in `tc`'s units: `10Mbit`, `1.5 Gbit/s`.
pub(super) fn rate(value: &Value<'_>, reading: &mut Reading) -> Option<Rate> {
    const UNITS: &[(&str, f64)] = &[
        ("bit", 1.0),
        ("kbit", 1e3),
        ("mbit", 1e6),
        ("gbit", 1e9),
        ("bit/s", 1.0),
        ("kbit/s", 1e3),
        ("mbit/s", 1e6),
        ("gbit/s", 1e9),
    ];
    amount(value, UNITS, "\"10Mbit\"", reading, |bits| {
        (1.0..=1e15).contains(&bits).then(|| Rate::bit(bits as u64))
    })
}

/// An amount of bytes: `64KiB`, `10 MB`.
pub(super) fn bytes(value: &Value<'_>, reading: &mut Reading) -> Option<u64> {
    const UNITS: &[(&str, f64)] = &[
        ("b", 1.0),
        ("kb", 1e3),
        ("mb", 1e6),
        ("gb", 1e9),
        ("kib", 1024.0),
        ("mib", 1_048_576.0),
        ("gib", 1_073_741_824.0),
    ];
    if let DeValue::Integer(_) = value.value {
        return whole(value, reading);
    }
    amount(value, UNITS, "\"10MB\" or \"64KiB\"", reading, |bytes| {
        (bytes <= 1e18).then_some(bytes as u64)
    })
}

/// How often a second: `100/s`, `6/min`.
pub(super) fn times_a_second(value: &Value<'_>, reading: &mut Reading) -> Option<f64> {
    const UNITS: &[(&str, f64)] = &[("/s", 1.0), ("/min", 1.0 / 60.0), ("/h", 1.0 / 3600.0)];
    amount(value, UNITS, "\"100/s\"", reading, |rate| {
        (rate > 0.0 && rate <= 1e6).then_some(rate)
    })
}

/// A share of all: `1%`, or a number from 0 to 1.
pub(super) fn share(value: &Value<'_>, reading: &mut Reading) -> Option<f64> {
    let example = "\"1%\" or 0.01";
    let number = match value.value {
        DeValue::Float(number) => number.as_str().parse().ok(),
        DeValue::Integer(number) => number.as_str().parse().ok(),
        _ => {
            return amount(value, &[("%", 0.01)], example, reading, |share| {
                (share <= 1.0).then_some(share)
            });
        }
    };
    let number = number.filter(|number| (0.0..=1.0).contains(number));
    if number.is_none() {
        value.bad("the number", example, reading);
    }
    number
}

/// `true` or `false`.
pub(super) fn yes_or_no(value: &Value<'_>, reading: &mut Reading) -> Option<bool> {
    let DeValue::Boolean(yes) = value.value else {
        reading.wrong(
            &value.span,
            crate::mistake::Wrong::WrongKind("true or false"),
        );
        return None;
    };
    Some(*yes)
}

/// A number with a unit, between them perhaps a blank.
fn amount<T>(
    value: &Value<'_>,
    units: &[(&str, f64)],
    example: &'static str,
    reading: &mut Reading,
    make: impl FnOnce(f64) -> Option<T>,
) -> Option<T> {
    let text = value.text(reading)?;
    let made = with_unit(text, units).and_then(make);
    if made.is_none() {
        value.bad(text, example, reading);
    }
    made
}

fn with_unit(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let number: f64 = text[..end].parse().ok()?;
    let unit = text[end..].trim_start().to_lowercase();
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    Some(number * factor)
}
