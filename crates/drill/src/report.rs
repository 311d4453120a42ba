//! What a person and a program read of a run.

use std::fmt::Write;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use crate::diagnostic::{excerpt, position, render};
use crate::run::Failure;
use crate::suite::Ran;
use crate::words::Lang;
use crate::{Outcome, Verdict};

/// How many scripts went how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// As they say.
    pub passed: usize,
    /// Otherwise.
    pub failed: usize,
    /// Not held against the stack, for a reason each.
    pub skipped: usize,
}

impl Tally {
    /// Counts one more.
    pub const fn count(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed(_) => self.failed += 1,
            Verdict::Skipped(_) => self.skipped += 1,
        }
    }

    /// `N passed, M failed, K skipped`: the last line, in every language.
    #[must_use]
    pub fn line(&self) -> String {
        let Self {
            passed,
            failed,
            skipped,
        } = self;
        format!("{passed} passed, {failed} failed, {skipped} skipped")
    }

    /// As an object of JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let Self {
            passed,
            failed,
            skipped,
        } = self;
        json!({ "passed": passed, "failed": failed, "skipped": skipped })
    }
}

const GREEN: Style = AnsiColor::Green.on_default();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default();

/// A run for a person: one line, and below it what went wrong.
#[must_use]
pub fn text(ran: &Ran, lang: Lang) -> String {
    let path = ran.path.display().to_string();
    let mut out = String::new();
    for line in &ran.outcome.trace {
        let _ = writeln!(out, "      {line}");
    }
    let (style, word, rest) = match &ran.outcome.verdict {
        Verdict::Passed => (GREEN, "PASS", String::new()),
        Verdict::Skipped(reason) => {
            let (line, _) = position(&ran.source, reason.span.start);
            (YELLOW, "SKIP", format!(":{line}: {}", reason.text.of(lang)))
        }
        Verdict::Failed(failure) => (RED, "FAIL", details(&ran.source, failure, lang)),
    };
    let _ = writeln!(out, "{style}{word}{style:#} {path}{}", rest.trim_end());
    out
}

/// `:LINE:COLUMN: what`, the line itself, what was expected and what came.
fn details(source: &str, failure: &Failure, lang: Lang) -> String {
    let zh = lang == Lang::Chinese;
    let mut out = render("", source, &failure.at, lang);
    let (expected, came) = if zh {
        ("预期", "实际")
    } else {
        ("expected", "came")
    };
    for difference in &failure.differences {
        let (field, want) = (&difference.field, &difference.expected);
        let _ = writeln!(
            out,
            "      {field}: {expected} {want}, {came} {}",
            difference.actual
        );
    }
    if let Some(said) = &failure.expected {
        let _ = writeln!(out, "      {expected:9} {said}");
    }
    for live in &failure.actual {
        let _ = writeln!(out, "      {came:9} {live}");
    }
    for (reason, count) in &failure.drops {
        let dropped = if zh {
            "协议栈丢弃"
        } else {
            "dropped by the stack"
        };
        let _ = writeln!(out, "      {dropped}: {reason} × {count}");
    }
    out
}

/// A run as one object of JSON.
#[must_use]
pub fn json(ran: &Ran, lang: Lang) -> Value {
    let path = ran.path.display().to_string();
    let Outcome { verdict, trace, .. } = &ran.outcome;
    let mut object = match verdict {
        Verdict::Passed => json!({ "script": path, "result": "passed" }),
        Verdict::Skipped(reason) => {
            let (line, column) = position(&ran.source, reason.span.start);
            let text = reason.text.of(lang);
            json!({ "script": path, "result": "skipped", "line": line, "column": column, "reason": text })
        }
        Verdict::Failed(failure) => {
            let span = failure.at.span;
            let (line, column) = position(&ran.source, span.start);
            let fields: Vec<_> = failure
                .differences
                .iter()
                .map(|d| json!({ "field": d.field, "expected": d.expected, "actual": d.actual }))
                .collect();
            let drops: Vec<_> = failure
                .drops
                .iter()
                .map(|(reason, count)| json!({ "reason": reason, "count": count }))
                .collect();
            json!({
                "script": path,
                "result": "failed",
                "line": line,
                "column": column,
                "error": failure.at.text.of(lang),
                "excerpt": excerpt(&ran.source, span),
                "fields": fields,
                "expected": failure.expected,
                "actual": failure.actual,
                "drops": drops,
            })
        }
    };
    if let (false, Some(map)) = (trace.is_empty(), object.as_object_mut()) {
        map.insert("trace".to_owned(), json!(trace));
    }
    object
}

/// The name of a script's capture in a folder: its path with the folders joined by `-`.
#[must_use]
pub fn capture_name(path: &Path) -> String {
    let parts = path.components().filter_map(|part| match part {
        std::path::Component::Normal(name) => name.to_str(),
        _ => None,
    });
    let joined = parts.collect::<Vec<_>>().join("-");
    format!("{}.pcapng", joined.strip_suffix(".pkt").unwrap_or(&joined))
}
