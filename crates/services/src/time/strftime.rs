//! `strftime` as the C locale of glibc has it, over jiff's civil fields.
//!
//! Source: C99 §7.23.3.5, and for what the standard leaves open (flags, widths, unknown directives)
//! the behaviour of glibc's `wcsftime`, which is what Python's `time.strftime` shows.
//! jiff's own `strftime` knows neither `E`/`O` nor glibc's padding, and refuses what glibc passes on.

use jiff::{Zoned, civil::Weekday};

/// The answer would have been longer than its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// Formats `when` as Python's `time.strftime(format)` does in the C locale.
///
/// # Errors
/// [`TooLong`] once the result passes `limit` bytes; no more than `limit` bytes are ever held,
/// whatever width the format asks for.
pub fn strftime(format: &str, when: &Zoned, limit: usize) -> Result<String, TooLong> {
    let mut out = Bounded {
        text: String::new(),
        limit,
    };
    write(&mut out, format, when)?;
    Ok(out.text)
}

/// Text that refuses to grow past its limit.
struct Bounded {
    text: String,
    limit: usize,
}

impl Bounded {
    fn push(&mut self, s: &str) -> Result<(), TooLong> {
        self.reserve(s.len())?;
        self.text.push_str(s);
        Ok(())
    }

    fn fill(&mut self, c: char, count: usize) -> Result<(), TooLong> {
        self.reserve(count)?; // every filler is ASCII: a byte each
        self.text.extend(std::iter::repeat_n(c, count));
        Ok(())
    }

    fn reserve(&self, more: usize) -> Result<(), TooLong> {
        match self.text.len().checked_add(more) {
            Some(len) if len <= self.limit => Ok(()),
            _ => Err(TooLong),
        }
    }
}

/// How a field shorter than its width is filled; the last flag given wins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pad {
    /// No flag: zeros before numbers, spaces before text.
    Default,
    /// `0`
    Zero,
    /// `_`
    Space,
    /// `-`: numbers lose their own padding; a width is still filled, with spaces.
    None,
}

/// One directive: `%`, flags, width, modifier, and the character that names it.
struct Directive<'a> {
    /// As it stands in the format.
    raw: &'a str,
    pad: Pad,
    /// `^`
    upper: bool,
    /// `#`
    swap_case: bool,
    width: usize,
    /// `E` or `O`: the locale's other calendar or digits, of which the C locale has none.
    modifier: Option<char>,
    /// `None` where the format ends inside the directive.
    name: Option<char>,
}

impl<'a> Directive<'a> {
    /// Reads the directive at the start of the text, and gives what follows it.
    fn parse(from_percent: &'a str) -> (Self, &'a str) {
        let mut chars = from_percent.char_indices().skip(1).peekable();
        let (mut pad, mut upper, mut swap_case) = (Pad::Default, false, false);
        while let Some(&(_, flag)) = chars.peek() {
            match flag {
                '0' => pad = Pad::Zero,
                '_' => pad = Pad::Space,
                '-' => pad = Pad::None,
                '^' => upper = true,
                '#' => swap_case = true,
                _ => break,
            }
            chars.next();
        }
        let mut width = 0usize;
        while let Some(digit) = chars.peek().and_then(|&(_, c)| c.to_digit(10)) {
            width = width.saturating_mul(10).saturating_add(digit as usize);
            chars.next();
        }
        let modifier = chars
            .next_if(|&(_, c)| c == 'E' || c == 'O')
            .map(|(_, c)| c);
        let (name, end) = match chars.next() {
            Some((at, c)) => (Some(c), at + c.len_utf8()),
            None => (None, from_percent.len()),
        };
        let (raw, rest) = from_percent.split_at(end);
        (
            Directive {
                raw,
                pad,
                upper,
                swap_case,
                width,
                modifier,
                name,
            },
            rest,
        )
    }

    /// Whether glibc takes this modifier before this directive; otherwise it prints both unchanged.
    fn modifier_allowed(&self, name: char) -> bool {
        match self.modifier {
            None => true,
            Some('E') => !matches!(
                name,
                'a' | 'A'
                    | 'b'
                    | 'B'
                    | 'h'
                    | 'd'
                    | 'D'
                    | 'e'
                    | 'F'
                    | 'g'
                    | 'G'
                    | 'H'
                    | 'I'
                    | 'j'
                    | 'k'
                    | 'l'
                    | 'm'
                    | 'M'
                    | 'S'
                    | 'U'
                    | 'V'
                    | 'w'
                    | 'W'
            ),
            Some(_) => !matches!(name, 'a' | 'A' | 'c' | 'D' | 'F' | 'x' | 'X' | 'Y'),
        }
    }
}

fn write(out: &mut Bounded, format: &str, when: &Zoned) -> Result<(), TooLong> {
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push(&rest[..at])?;
        let (directive, after) = Directive::parse(&rest[at..]);
        field(out, &directive, when)?;
        rest = after;
    }
    out.push(rest)
}

/// Writes what one directive stands for.
fn field(out: &mut Bounded, d: &Directive<'_>, when: &Zoned) -> Result<(), TooLong> {
    let Some(name) = d.name.filter(|&name| d.modifier_allowed(name)) else {
        // glibc reads `#` before it looks at the modifier for months, and after it for days.
        return if matches!(d.name, Some('b' | 'h' | 'B')) {
            name_text(out, d, d.raw)
        } else {
            text(out, d, d.raw)
        };
    };
    let (date, time, year) = (when.date(), when.time(), i64::from(when.year()));
    let (month, hour) = (i64::from(date.month()), i64::from(time.hour()));
    let hour12 = if hour % 12 == 0 { 12 } else { hour % 12 };
    let from_sunday = i64::from(date.weekday().to_sunday_zero_offset());
    let from_monday = i64::from(date.weekday().to_monday_zero_offset());
    let day_of_year = i64::from(date.day_of_year());
    let iso = date.iso_week_date();
    // Weeks begin at the first Sunday (%U) or Monday (%W) of the year; the days before are week 0.
    let week = |weekday: i64| (day_of_year - 1 + 7 - weekday) / 7;
    match name {
        '%' => text(out, d, "%"),
        'n' => text(out, d, "\n"),
        't' => text(out, d, "\t"),
        'a' => name_text(out, d, &weekday_name(date.weekday())[..3]),
        'A' => name_text(out, d, weekday_name(date.weekday())),
        'b' | 'h' => name_text(out, d, &month_name(date.month())[..3]),
        'B' => name_text(out, d, month_name(date.month())),
        'c' => composed(out, d, "%a %b %e %H:%M:%S %Y", when),
        'D' | 'x' => composed(out, d, "%m/%d/%y", when),
        'F' => composed(out, d, "%Y-%m-%d", when),
        'R' => composed(out, d, "%H:%M", when),
        'r' => composed(out, d, "%I:%M:%S %p", when),
        'T' | 'X' => composed(out, d, "%H:%M:%S", when),
        'C' => number(out, d, year.div_euclid(100), 1),
        'd' => number(out, d, i64::from(date.day()), 2),
        'e' => spaced(out, d, i64::from(date.day())),
        'g' => number(out, d, i64::from(iso.year()).rem_euclid(100), 2),
        'G' => number(out, d, i64::from(iso.year()), 1),
        'H' => number(out, d, hour, 2),
        'I' => number(out, d, hour12, 2),
        'j' => number(out, d, day_of_year, 3),
        'k' => spaced(out, d, hour),
        'l' => spaced(out, d, hour12),
        'm' => number(out, d, month, 2),
        'M' => number(out, d, i64::from(time.minute()), 2),
        'S' => number(out, d, i64::from(time.second()), 2),
        's' => {
            let second = when.timestamp().as_nanosecond().div_euclid(1_000_000_000);
            text(out, d, &second.to_string())
        }
        'u' => number(out, d, from_monday + 1, 1),
        'U' => number(out, d, week(from_sunday), 2),
        'V' => number(out, d, i64::from(iso.week()), 2),
        'w' => number(out, d, from_sunday, 1),
        'W' => number(out, d, week(from_monday), 2),
        'y' => number(out, d, year.rem_euclid(100), 2),
        'Y' => number(out, d, year, 1),
        'p' | 'P' => {
            let half = if hour < 12 { "AM" } else { "PM" };
            if name == 'P' || d.swap_case {
                lowered(out, d, half)
            } else {
                text(out, d, half)
            }
        }
        'Z' => {
            let info = when.time_zone().to_offset_info(when.timestamp());
            let zone = info.abbreviation();
            if d.swap_case {
                lowered(out, d, zone)
            } else {
                text(out, d, zone)
            }
        }
        'z' => offset(out, d, when.offset().seconds()),
        _ => text(out, d, d.raw),
    }
}

/// Text filled on the left up to the width, in capitals where `^` asks for it.
fn text(out: &mut Bounded, d: &Directive<'_>, s: &str) -> Result<(), TooLong> {
    fill_to_width(out, d, s.chars().count())?;
    if d.upper {
        out.push(&s.to_ascii_uppercase())
    } else {
        out.push(s)
    }
}

/// The names of days and months: `#` means capitals here.
fn name_text(out: &mut Bounded, d: &Directive<'_>, s: &str) -> Result<(), TooLong> {
    fill_to_width(out, d, s.chars().count())?;
    if d.upper || d.swap_case {
        out.push(&s.to_ascii_uppercase())
    } else {
        out.push(s)
    }
}

/// Small letters, whatever `^` says.
fn lowered(out: &mut Bounded, d: &Directive<'_>, s: &str) -> Result<(), TooLong> {
    fill_to_width(out, d, s.chars().count())?;
    out.push(&s.to_ascii_lowercase())
}

fn fill_to_width(out: &mut Bounded, d: &Directive<'_>, len: usize) -> Result<(), TooLong> {
    let filler = if d.pad == Pad::Zero { '0' } else { ' ' };
    out.fill(filler, d.width.saturating_sub(len))
}

/// A directive that stands for a format of its own. The flags rule the whole, not its parts.
fn composed(
    out: &mut Bounded,
    d: &Directive<'_>,
    format: &str,
    when: &Zoned,
) -> Result<(), TooLong> {
    let mut whole = Bounded {
        text: String::new(),
        limit: out.limit,
    };
    write(&mut whole, format, when)?;
    text(out, d, &whole.text)
}

/// A number of at least `digits` digits, its sign before the zeros or after the spaces.
fn number(out: &mut Bounded, d: &Directive<'_>, n: i64, digits: usize) -> Result<(), TooLong> {
    let magnitude = n.unsigned_abs().to_string();
    let sign = if n < 0 { "-" } else { "" };
    let missing = d
        .width
        .max(digits)
        .saturating_sub(sign.len() + magnitude.len());
    match d.pad {
        Pad::Space => out.fill(' ', missing)?,
        Pad::None => out.fill(' ', d.width.saturating_sub(sign.len() + magnitude.len()))?,
        Pad::Default | Pad::Zero => {}
    }
    out.push(sign)?;
    if matches!(d.pad, Pad::Default | Pad::Zero) {
        out.fill('0', missing)?;
    }
    out.push(&magnitude)
}

/// A number of two places that is filled with spaces unless a flag says otherwise.
fn spaced(out: &mut Bounded, d: &Directive<'_>, n: i64) -> Result<(), TooLong> {
    let pad = if d.pad == Pad::Default {
        Pad::Space
    } else {
        d.pad
    };
    number(out, &Directive { pad, ..*d }, n, 2)
}

/// `%z`: sign, hours, minutes. As in glibc, a width counts twice: for the sign and for the digits.
fn offset(out: &mut Bounded, d: &Directive<'_>, seconds: i32) -> Result<(), TooLong> {
    text(out, d, if seconds < 0 { "-" } else { "+" })?;
    let minutes = i64::from(seconds.abs() / 60);
    number(out, d, minutes / 60 * 100 + minutes % 60, 4)
}

fn weekday_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Sunday => "Sunday",
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
    }
}

fn month_name(month: i8) -> &'static str {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    NAMES[(month - 1).clamp(0, 11) as usize]
}
