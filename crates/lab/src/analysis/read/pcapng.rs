//! pcapng (draft-ietf-opsawg-pcapng).

use std::io::Read;

use super::source::{Order, Source};
use super::{Damage, Interface, Record, Way, Wrong};

/// A section's block type, which is the same in both byte orders.
pub(super) const SECTION: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

/// More than any machine has; each takes a little memory.
const MOST_INTERFACES: usize = 1 << 17;

/// The longest name that is kept, in characters.
const LONGEST_NAME: usize = 256;

#[derive(Debug)]
pub(super) struct Pcapng {
    order: Order,
    /// Of this section's interfaces.
    clocks: Vec<Clock>,
    /// How many interfaces earlier sections had.
    before: usize,
}

/// How an interface counts time.
#[derive(Clone, Copy, Debug)]
struct Clock {
    /// Units in a second.
    units: u128,
    /// Seconds that are added.
    offset: i64,
}

impl Clock {
    /// Microseconds where nothing is said (§4.2).
    const DEFAULT: Self = Self {
        units: 1_000_000,
        offset: 0,
    };

    fn nanoseconds(self, ticks: u64) -> u64 {
        // At most 2^64 · 2^30.
        let since = u128::from(ticks) * 1_000_000_000 / self.units;
        let since = i128::try_from(since).unwrap_or(i128::MAX);
        let all = since.saturating_add(i128::from(self.offset) * 1_000_000_000);
        u64::try_from(all.max(0)).unwrap_or(u64::MAX)
    }
}

impl Pcapng {
    /// Reads the first section's header, behind its type.
    pub(super) fn begin<R: Read>(source: &mut Source<R>) -> Result<Self, Damage> {
        let order = section(source)?;
        Ok(Self {
            order,
            clocks: Vec::new(),
            before: 0,
        })
    }

    pub(super) fn next<R: Read>(
        &mut self,
        source: &mut Source<R>,
        interfaces: &mut Vec<Interface>,
    ) -> Result<Option<Record>, Damage> {
        loop {
            let offset = source.offset();
            let Some(kind) = source.array_or_end::<4>()? else {
                return Ok(None);
            };
            if kind == SECTION {
                self.order = section(source)?;
                self.clocks.clear();
                self.before = interfaces.len();
                continue;
            }
            let length = self.order.u32(source.array()?);
            let body = length.checked_sub(12).filter(|_| length.is_multiple_of(4));
            let Some(body) = body else {
                let wrong = Wrong::Length(length);
                return Err(Damage { offset, wrong });
            };
            let damaged = |wrong| Damage { offset, wrong };
            let record = match self.order.u32(kind) {
                1 => {
                    let body = source.bytes(body)?;
                    if interfaces.len() >= MOST_INTERFACES {
                        return Err(damaged(Wrong::Interfaces));
                    }
                    interfaces.push(
                        self.interface(&body)
                            .ok_or(damaged(Wrong::Length(length)))?,
                    );
                    None
                }
                kind @ (2 | 3 | 6) => {
                    let body = source.bytes(body)?;
                    let read = match kind {
                        3 => self.simple(&body),
                        6 => self.enhanced(&body),
                        _ => self.obsolete(&body),
                    };
                    let (record, clock) = read.ok_or(damaged(Wrong::Length(length)))?;
                    Some(self.placed(record, clock).map_err(damaged)?)
                }
                _ => {
                    source.skip(body)?;
                    None
                }
            };
            let end = self.order.u32(source.array()?);
            if end != length {
                return Err(damaged(Wrong::Lengths(length, end)));
            }
            if record.is_some() {
                return Ok(record);
            }
        }
    }

    /// §4.2: an interface description.
    fn interface(&mut self, body: &[u8]) -> Option<Interface> {
        let link = self.order.u16(*body.first_chunk()?);
        let mut interface = Interface { name: None, link };
        let mut clock = Clock::DEFAULT;
        for (code, value) in self.options(body.get(8..)?) {
            match (code, value) {
                (2, name) => {
                    let name = String::from_utf8_lossy(name);
                    interface.name = Some(name.chars().take(LONGEST_NAME).collect());
                }
                (9, &[resolution]) => {
                    let power = u32::from(resolution & 0x7f);
                    let base: u128 = if resolution & 0x80 == 0 { 10 } else { 2 };
                    clock.units = base.checked_pow(power).unwrap_or(u128::MAX);
                }
                (14, value) => {
                    let seconds = value.first_chunk().map(|value| self.order.u64(*value));
                    clock.offset = seconds.unwrap_or(0).cast_signed();
                }
                _ => {}
            }
        }
        self.clocks.push(clock);
        Some(interface)
    }

    /// §4.3: an enhanced packet; and how its time counts.
    fn enhanced(&self, body: &[u8]) -> Option<(Record, Option<u64>)> {
        let word = |n| self.order.word(body, n);
        let rest = body.get(20..)?;
        let (bytes, options) = self.kept(rest, word(3))?;
        let mut record = record(word(0), word(4), bytes);
        for (code, value) in self.options(options) {
            match (code, value) {
                (1, text) => record
                    .comments
                    .push(String::from_utf8_lossy(text).into_owned()),
                (2, &[a, b, c, d]) => {
                    record.way = match self.order.u32([a, b, c, d]) & 3 {
                        1 => Some(Way::In),
                        2 => Some(Way::Out),
                        _ => None,
                    };
                }
                _ => {}
            }
        }
        Some((record, Some(u64::from(word(1)) << 32 | u64::from(word(2)))))
    }

    /// §4.4: a simple packet, of the first interface, without a time.
    fn simple(&self, body: &[u8]) -> Option<(Record, Option<u64>)> {
        let length = self.order.word(body, 0);
        let rest = body.get(4..)?;
        let bytes = &rest[..rest.len().min(length as usize)];
        Some((record(0, length, bytes), None))
    }

    /// The packet block that files had before (appendix A).
    fn obsolete(&self, body: &[u8]) -> Option<(Record, Option<u64>)> {
        let word = |n| self.order.word(body, n);
        let interface = self.order.u16(*body.first_chunk()?);
        let (bytes, _) = self.kept(body.get(20..)?, word(3))?;
        let record = record(interface.into(), word(4), bytes);
        Some((record, Some(u64::from(word(1)) << 32 | u64::from(word(2)))))
    }

    /// A packet's bytes, and what is behind them and their padding.
    fn kept<'a>(&self, rest: &'a [u8], length: u32) -> Option<(&'a [u8], &'a [u8])> {
        let length = length as usize;
        let bytes = rest.get(..length)?;
        let behind = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((bytes, behind))
    }

    /// Its interface and its time.
    fn placed(&self, mut record: Record, ticks: Option<u64>) -> Result<Record, Wrong> {
        let missing = || Wrong::NoInterface(record.interface as u32);
        let clock = self.clocks.get(record.interface).ok_or_else(missing)?;
        record.at = ticks.map(|ticks| clock.nanoseconds(ticks));
        record.interface += self.before;
        Ok(record)
    }

    /// Options, up to their end mark or where they make no sense.
    fn options<'a>(&self, mut rest: &'a [u8]) -> impl Iterator<Item = (u16, &'a [u8])> {
        let order = self.order;
        std::iter::from_fn(move || {
            let &[a, b, c, d] = rest.first_chunk()?;
            let (code, length) = (order.u16([a, b]), usize::from(order.u16([c, d])));
            let value = rest.get(4..4 + length)?;
            rest = rest
                .get(4 + length.next_multiple_of(4)..)
                .unwrap_or_default();
            (code != 0).then_some((code, value))
        })
    }
}

/// §4.1: a section's header, behind its type; gives its byte order.
fn section<R: Read>(source: &mut Source<R>) -> Result<Order, Damage> {
    let offset = source.offset().saturating_sub(4);
    let length = source.array::<4>()?;
    let order = match source.array::<4>()? {
        [0x1a, 0x2b, 0x3c, 0x4d] => Order::Big,
        [0x4d, 0x3c, 0x2b, 0x1a] => Order::Little,
        _ => {
            let wrong = Wrong::ByteOrder;
            return Err(Damage { offset, wrong });
        }
    };
    let length = order.u32(length);
    let damaged = |wrong| Damage { offset, wrong };
    let rest = length.checked_sub(16).filter(|_| length.is_multiple_of(4));
    source.skip(rest.ok_or(damaged(Wrong::Length(length)))?)?;
    let end = order.u32(source.array()?);
    if end != length {
        return Err(damaged(Wrong::Lengths(length, end)));
    }
    Ok(order)
}

fn record(interface: u32, length: u32, bytes: &[u8]) -> Record {
    Record {
        number: 0,
        at: None,
        interface: interface as usize,
        way: None,
        length: length as usize,
        bytes: bytes.to_vec(),
        comments: Vec::new(),
    }
}
