//! A place in a script, and what is to be said about it.

use crate::words::{Lang, Text};

/// Bytes of the script, from `start` up to `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
}

impl Span {
    pub(crate) const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// From the start of this one to the end of that.
    pub(crate) const fn to(self, end: Self) -> Self {
        Self::new(self.start, end.end)
    }
}

/// What is wrong at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where.
    pub span: Span,
    /// What.
    pub text: Text,
}

impl Diagnostic {
    pub(crate) const fn new(span: Span, text: Text) -> Self {
        Self { span, text }
    }
}

/// Line and column of a byte, counted from 1; the column in characters.
pub(crate) fn position(source: &str, at: usize) -> (usize, usize) {
    let before = &source.as_bytes()[..at.min(source.len())];
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let start = before
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |n| n + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    (line, column)
}

/// The line with a byte in it, without its end.
fn line_at(source: &str, at: usize) -> (usize, &str) {
    let at = at.min(source.len());
    let bytes = source.as_bytes();
    let start = bytes[..at]
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |n| n + 1);
    let end = bytes[at..]
        .iter()
        .position(|b| *b == b'\n')
        .map_or(bytes.len(), |n| at + n);
    (start, source.get(start..end).unwrap_or_default())
}

/// The script's line, with carets under what is meant:
///
/// ```text
///   12 | +0 > S. 0:0(0) ack 2
///      |                ^^^^^
/// ```
pub(crate) fn excerpt(source: &str, span: Span) -> String {
    let (line, _) = position(source, span.start);
    let (start, text) = line_at(source, span.start);
    let from = span
        .start
        .min(source.len())
        .saturating_sub(start)
        .min(text.len());
    let to = span.end.saturating_sub(start).clamp(from, text.len());
    // Tabs stay tabs, so that the carets stand under what they mean.
    let blank = |c: char| if c == '\t' { '\t' } else { ' ' };
    let indent: String = text
        .get(..from)
        .unwrap_or_default()
        .chars()
        .map(blank)
        .collect();
    let carets = "^".repeat(
        text.get(from..to)
            .unwrap_or_default()
            .chars()
            .count()
            .max(1),
    );
    format!("{line:5} | {}\n      | {indent}{carets}\n", text.trim_end())
}

/// A diagnostic as a person reads it.
pub(crate) fn render(path: &str, source: &str, diagnostic: &Diagnostic, lang: Lang) -> String {
    let (line, column) = position(source, diagnostic.span.start);
    let text = diagnostic.text.of(lang);
    let excerpt = excerpt(source, diagnostic.span);
    format!("{path}:{line}:{column}: {text}\n{excerpt}")
}
