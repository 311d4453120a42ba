//! `strftime` against glibc, by way of Python's `time.strftime`, and against written-down answers.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use jiff::{Timestamp, Zoned, tz::TimeZone};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use services::time::strftime::{TooLong, strftime};

/// Reads lines of `zone TAB second TAB format in hex`; answers each with the result in hex.
/// A result that Python gives up on comes as an empty line, as it does from `time.strftime`.
const PYTHON: &str = r"
import os, sys, time
zone = None
out = []
for line in sys.stdin:
    tz, second, fmt = line.rstrip('\n').split('\t')
    if tz != zone:
        os.environ['TZ'] = zone = tz
        time.tzset()
    fmt = bytes.fromhex(fmt).decode()
    # the spaces keep Python from mistaking an empty result for a full buffer
    text = time.strftime(' ' * 64 + fmt, time.localtime(int(second)))
    out.append(text[64:].encode().hex())
print('\n'.join(out))
";

const ZONES: &[&str] = &[
    "UTC",
    "America/New_York",
    "Europe/London",
    "Asia/Shanghai",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/St_Johns",
    "Africa/Monrovia",
    "Europe/Dublin",
    "<-0330>3:30",
    "<+0005>-0:05",
    "EST5EDT,M3.2.0,M11.1.0",
];

/// Flags, widths, modifiers and names in any order, between other text.
fn formats() -> impl Strategy<Value = String> {
    let known = "%ntaAbBhcDxFRrTXCdegGHIjklmMsSuUVwWyYpPZz";
    let name = prop_oneof![
        8 => proptest::sample::select(known.chars().collect::<Vec<_>>()),
        2 => proptest::char::range(' ', '~'),
        1 => any::<char>().prop_filter("no NUL in Python's formats", |c| *c != '\0'),
    ];
    let directive = (
        "[_0^#-]{0,3}",
        proptest::option::weighted(0.3, 0u8..40),
        "[EO]?",
        name,
    )
        .prop_map(|(flags, width, modifier, name)| {
            format!(
                "%{flags}{}{modifier}{name}",
                width.map_or(String::new(), |w| w.to_string())
            )
        });
    let piece = prop_oneof![
        6 => directive,
        1 => proptest::collection::vec(proptest::char::range(' ', '~'), 0..4).prop_map(String::from_iter),
        1 => Just("年月é%".to_owned()),
    ];
    proptest::collection::vec(piece, 1..5).prop_map(|pieces| pieces.concat())
}

fn at(zone: &str, second: i64) -> Zoned {
    let zone = TimeZone::get(zone)
        .or_else(|_| TimeZone::posix(zone))
        .unwrap();
    Timestamp::from_second(second)
        .expect("a second in range")
        .to_zoned(zone)
}

#[test]
fn agrees_with_glibc_on_thousands_of_instants_and_formats() {
    let mut runner = TestRunner::deterministic();
    let instants = prop_oneof![
        3 => 0i64..4_102_444_800,
        1 => -62_000_000_000i64..253_000_000_000,
    ];
    let mut cases = Vec::new();
    for case in 0..12_000 {
        let zone = ZONES[case / 100 % ZONES.len()];
        let mut second = instants.new_tree(&mut runner).unwrap().current();
        if zone.contains(',') {
            second = second.abs(); // glibc applies such rules wrongly before 1970
        }
        let format = formats().new_tree(&mut runner).unwrap().current();
        cases.push((zone, second, format));
    }
    let questions: String = cases
        .iter()
        .map(|(zone, second, format)| format!("{zone}\t{second}\t{}\n", hex(format.as_bytes())))
        .collect();

    let mut python = Command::new("python3")
        .args(["-c", PYTHON])
        .env("LC_ALL", "C")
        .env("PYTHONUTF8", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is needed for this test");
    python
        .stdin
        .take()
        .unwrap()
        .write_all(questions.as_bytes())
        .unwrap();
    let answers = python.wait_with_output().unwrap();
    assert!(answers.status.success());
    let answers = String::from_utf8(answers.stdout).unwrap();
    let answers: Vec<&str> = answers.lines().collect();
    assert_eq!(answers.len(), cases.len());

    for ((zone, second, format), theirs) in cases.iter().zip(answers) {
        let ours = strftime(format, &at(zone, *second), 65_507).unwrap();
        assert_eq!(
            hex(ours.as_bytes()),
            theirs,
            "{format:?} at {second} in {zone}: we say {ours:?}"
        );
    }
}

#[test]
fn the_lessons_formats_read_as_in_the_lesson() {
    let noon = at("UTC", 1_586_952_000);
    for (format, wanted) in [
        ("%Y-%m-%d %X", "2020-04-15 12:00:00"),
        ("%Y %m %d", "2020 04 15"),
        ("%c", "Wed Apr 15 12:00:00 2020"),
        ("", ""),
        ("100%", "100%"),
        ("%Q%%", "%Q%"),
        ("now\0then", "now\0then"),
        ("%e|%k|%l|%P", "15|12|12|pm"),
    ] {
        assert_eq!(
            strftime(format, &noon, 100).as_deref(),
            Ok(wanted),
            "{format:?}"
        );
    }
}

#[test]
fn no_width_makes_it_hold_more_than_its_limit() {
    let noon = at("UTC", 1_586_952_000);
    for format in [
        "%999999999d",
        "%0999999999999999999999999Z",
        "%65508z",
        "%9000c",
        "%8192%x",
    ] {
        assert_eq!(strftime(format, &noon, 8192), Err(TooLong), "{format:?}");
    }
    assert_eq!(
        strftime("%8192a", &noon, 8192).map(|text| text.len()),
        Ok(8192)
    );
    assert_eq!(strftime("%A", &noon, 8), Err(TooLong));
    assert_eq!(strftime("%A", &noon, 9).as_deref(), Ok("Wednesday"));
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
