//! How a setting is written as text, and where it lies.

use alloc::format;
use alloc::string::{String, ToString as _};
use core::ops::RangeInclusive;

use base::Duration;
use tcp::{CongestionControl, CongestionControls, FastOpenKeys};

use super::{ConfV4, ConfV6, PortSet, Sysctls, Whose};

/// Read and write access to one value in [`Sysctls`], or in the settings of one interface.
#[derive(Debug)]
pub(super) struct At<T, S = Sysctls> {
    pub(super) get: fn(&S) -> T,
    pub(super) set: fn(&mut S, T),
}

impl<T, S> Clone for At<T, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, S> Copy for At<T, S> {}

/// Of whom a setting is.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// The whole stack.
    Whole(Field),
    /// Each interface, of IPv4.
    V4(Field<ConfV4>),
    /// Each interface, of IPv6.
    V6(Field<ConfV6>),
    /// Each interface, and as the whole stack's where it has no own.
    Forwarding { v6: bool },
    /// The same.
    HopLimit,
}

const FLAG: Field<bool> = Field::Flag(At {
    get: |flag| *flag,
    set: |flag, value| *flag = value,
});
const HOPS: Field<u8> = Field::Small(
    At {
        get: |hops| *hops,
        set: |hops, value| *hops = value,
    },
    1..=255,
);

impl Place {
    pub(super) fn get(&self, from: &Sysctls, whose: Whose) -> String {
        let (v4, v6) = (from.conf_v4.whose(whose), from.conf_v6.whose(whose));
        match self {
            Self::Whole(field) => field.get(from),
            Self::V4(field) => field.get(v4.unwrap_or(&from.conf_v4.default)),
            Self::V6(field) => field.get(v6.unwrap_or(&from.conf_v6.default)),
            Self::Forwarding { v6: false } => {
                let own = v4.and_then(|conf| conf.forwarding);
                FLAG.get(&own.unwrap_or(from.ip_forward))
            }
            Self::Forwarding { v6: true } => {
                let own = v6.and_then(|conf| conf.forwarding);
                FLAG.get(&own.unwrap_or(from.ipv6_forwarding))
            }
            Self::HopLimit => {
                let own = v6.and_then(|conf| conf.hop_limit);
                HOPS.get(&own.unwrap_or(from.ipv6_hop_limit))
            }
        }
    }

    /// Sets the value, or says what would be allowed.
    pub(super) fn set(&self, into: &mut Sysctls, whose: Whose, text: &str) -> Result<(), String> {
        if let Self::Whole(field) = self {
            return field.set(into, text);
        }
        let (ip_forward, ipv6_forwarding) = (into.ip_forward, into.ipv6_forwarding);
        let hop_limit = into.ipv6_hop_limit;
        let v4 = into.conf_v4.whose_mut(whose);
        let v6 = into.conf_v6.whose_mut(whose);
        let (Some(v4), Some(v6)) = (v4, v6) else {
            return Ok(());
        };
        match self {
            Self::Whole(_) => {}
            Self::V4(field) => field.set(v4, text)?,
            Self::V6(field) => field.set(v6, text)?,
            Self::Forwarding { v6: of_v6 } => {
                let mut on = false;
                FLAG.set(&mut on, text)?;
                if *of_v6 {
                    v6.forwarding = Some(on).filter(|on| *on != ipv6_forwarding);
                } else {
                    v4.forwarding = Some(on).filter(|on| *on != ip_forward);
                }
            }
            Self::HopLimit => {
                let mut hops = 0;
                HOPS.set(&mut hops, text)?;
                v6.hop_limit = Some(hops).filter(|hops| *hops != hop_limit);
            }
        }
        Ok(())
    }
}

/// Where a setting lies, its unit and its range.
#[derive(Clone, Debug)]
pub(super) enum Field<S = Sysctls> {
    /// 0 or 1.
    Flag(At<bool, S>),
    /// A small number.
    Small(At<u8, S>, RangeInclusive<u8>),
    /// A number.
    Number(At<u32, S>, RangeInclusive<u32>),
    /// One key of 16 bytes or two.
    Keys(At<Option<FastOpenKeys>, S>),
    /// A number of things in memory.
    Size(At<usize, S>, RangeInclusive<u32>),
    /// A time in whole units.
    Time(At<Duration, S>, Unit, RangeInclusive<u32>),
    /// An algorithm of congestion control, by name.
    Algorithm(At<CongestionControl, S>),
    /// Several of them.
    Algorithms(At<CongestionControls, S>),
    /// A queueing discipline, by name: the one named, which is true, or the usual one.
    Queue(At<bool, S>, &'static str),
    /// What this stack has; not to be changed.
    Fixed(&'static str),
    /// First and last port.
    Ports(At<(u16, u16), S>),
    /// Any ports.
    PortList(At<PortSet, S>),
    /// Least, usual and largest size of a buffer, in bytes.
    Sizes(At<[u32; 3], S>),
}

/// The unit in which a time is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unit {
    Seconds,
    Millis,
    Micros,
}

impl Unit {
    const fn length(self) -> Duration {
        match self {
            Self::Seconds => Duration::from_secs(1),
            Self::Millis => Duration::from_millis(1),
            Self::Micros => Duration::from_micros(1),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Millis => "milliseconds",
            Self::Micros => "microseconds",
        }
    }
}

/// What names an algorithm, and several.
const ONE_ALGORITHM: &str = "one of reno, cubic, bbr and bbr3";
const SOME_ALGORITHMS: &str = "some of reno, cubic, bbr and bbr3";
/// The queueing discipline of Linux's devices: packets leave in order, at once.
const USUAL_QUEUE: &str = "pfifo_fast";
/// The least that a buffer's size can be set to: room for one full segment of any kind.
const LEAST_SIZE: u32 = 4096;

impl<S> Field<S> {
    /// The value as `sysctl -n` prints it.
    pub(super) fn get(&self, from: &S) -> String {
        match self {
            Self::Flag(at) => u8::from((at.get)(from)).to_string(),
            Self::Small(at, _) => (at.get)(from).to_string(),
            Self::Number(at, _) => (at.get)(from).to_string(),
            Self::Size(at, _) => (at.get)(from).to_string(),
            Self::Time(at, unit, _) => {
                let units = (at.get)(from).as_nanos() / unit.length().as_nanos();
                units.to_string()
            }
            Self::Algorithm(at) => (at.get)(from).to_string(),
            Self::Algorithms(at) => (at.get)(from).to_string(),
            Self::Queue(at, other) => {
                let name = if (at.get)(from) { other } else { USUAL_QUEUE };
                name.to_string()
            }
            Self::Fixed(value) => (*value).to_string(),
            Self::Keys(at) => keys_text((at.get)(from)),
            Self::Ports(at) => {
                let (first, last) = (at.get)(from);
                format!("{first}\t{last}")
            }
            Self::PortList(at) => (at.get)(from).to_string(),
            Self::Sizes(at) => {
                let [least, usual, most] = (at.get)(from);
                format!("{least}\t{usual}\t{most}")
            }
        }
    }

    /// Sets the value, or says what would be allowed.
    pub(super) fn set(&self, into: &mut S, text: &str) -> Result<(), String> {
        match self {
            Self::Flag(at) => {
                let [value] = numbers(text, &(0..=1)).ok_or("0 or 1")?;
                (at.set)(into, value == 1);
            }
            Self::Small(at, range) => {
                let wide = u32::from(*range.start())..=u32::from(*range.end());
                let [value] = numbers(text, &wide).ok_or_else(|| words(&wide, ""))?;
                // In range, so it fits.
                (at.set)(into, value as u8);
            }
            Self::Number(at, range) => {
                let [value] = numbers(text, range).ok_or_else(|| words(range, ""))?;
                (at.set)(into, value);
            }
            Self::Size(at, range) => {
                let [value] = numbers(text, range).ok_or_else(|| words(range, ""))?;
                (at.set)(into, value as usize);
            }
            Self::Time(at, unit, range) => {
                let [value] = numbers(text, range).ok_or_else(|| words(range, unit.name()))?;
                (at.set)(into, unit.length() * u64::from(value));
            }
            Self::Algorithm(at) => {
                let choice = text.trim().parse();
                (at.set)(into, choice.map_err(|_| ONE_ALGORITHM)?);
            }
            Self::Algorithms(at) => {
                let choices = text.parse();
                (at.set)(into, choices.map_err(|_| SOME_ALGORITHMS)?);
            }
            Self::Queue(at, other) => match text.trim() {
                name if name == *other => (at.set)(into, true),
                USUAL_QUEUE => (at.set)(into, false),
                _ => return Err(format!("{USUAL_QUEUE} or {other}")),
            },
            Self::Fixed(value) => {
                if !text.split_whitespace().eq(value.split_whitespace()) {
                    return Err(format!("no other value than {value}"));
                }
            }
            Self::Keys(at) => {
                let keys = keys(text)
                    .ok_or("a key as 00112233-44556677-8899aabb-ccddeeff, or two with a comma")?;
                (at.set)(into, Some(keys));
            }
            Self::Ports(at) => {
                let ports = numbers(text, &(1..=65_535)).filter(|[first, last]| first <= last);
                let [first, last] =
                    ports.ok_or("two ports from 1 to 65535, the first and the last")?;
                (at.set)(into, (first as u16, last as u16));
            }
            Self::PortList(at) => {
                let ports = text.parse();
                let ports =
                    ports.map_err(|_| "ports and ranges of them, such as 8080,9000-9010")?;
                (at.set)(into, ports);
            }
            Self::Sizes(at) => {
                let range = LEAST_SIZE..=i32::MAX as u32;
                let sizes = numbers(text, &range).filter(|sizes: &[u32; 3]| sizes.is_sorted());
                let sizes = sizes.ok_or_else(|| {
                    format!(
                        "three ascending sizes, least, usual and largest, {}",
                        words(&range, "bytes")
                    )
                })?;
                (at.set)(into, sizes);
            }
        }
        Ok(())
    }
}

fn keys(text: &str) -> Option<FastOpenKeys> {
    let mut keys = text.trim().split(',').map(key);
    let primary = keys.next()??;
    let backup = match keys.next() {
        Some(key) => Some(key?),
        None => None,
    };
    keys.next()
        .is_none()
        .then_some(FastOpenKeys { primary, backup })
}

/// Four words with hyphens between.
fn key(text: &str) -> Option<[u8; 16]> {
    let mut key = [0; 16];
    let mut words = text.split('-');
    for place in key.chunks_exact_mut(4) {
        let word = u32::from_str_radix(words.next()?, 16).ok()?;
        place.copy_from_slice(&word.to_le_bytes());
    }
    words.next().is_none().then_some(key)
}

fn keys_text(keys: Option<FastOpenKeys>) -> String {
    let keys = keys.unwrap_or(FastOpenKeys {
        primary: [0; 16],
        backup: None,
    });
    let text = |key: [u8; 16]| {
        let words = key.as_chunks::<4>().0.iter();
        let words: alloc::vec::Vec<_> = words
            .map(|word| format!("{:08x}", u32::from_le_bytes(*word)))
            .collect();
        words.join("-")
    };
    match keys.backup {
        Some(backup) => format!("{},{}", text(keys.primary), text(backup)),
        None => text(keys.primary),
    }
}

/// `N` numbers with white space between, each in `range`.
fn numbers<const N: usize>(text: &str, range: &RangeInclusive<u32>) -> Option<[u32; N]> {
    let mut words = text.split_whitespace();
    let mut values = [0; N];
    for value in &mut values {
        // As Linux: hexadecimal where 0x says so.
        let word = words.next()?;
        *value = match word.strip_prefix("0x") {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => word.parse().ok()?,
        };
    }
    (words.next().is_none() && values.iter().all(|v| range.contains(v))).then_some(values)
}

fn words(range: &RangeInclusive<u32>, unit: &str) -> String {
    let (least, most) = (range.start(), range.end());
    format!("{least} to {most} {unit}").trim_end().to_string()
}
