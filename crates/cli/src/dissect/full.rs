//! A packet field by field.

use std::fmt::Write as _;

use wire::dissect::{FieldView, LayerKind, LayerView, Value, Verdict};

use super::{Looked, Manner, line};
use crate::trace::{Of, pad, quote};

/// Bytes of a field that are shown in its line.
const SHOWN: usize = 8;
/// Columns of a field's bytes, and of its name.
const BYTES: usize = SHOWN * 3 + 1;
const NAME: usize = 32;
/// Bytes in a line of data.
const ROW: usize = 16;

/// The packet's line, then its layers.
pub(super) fn packet(looked: &Looked<'_>, manner: Manner) -> String {
    let mut text = line::packet(looked, manner);
    let bytes = looked.packet.bytes(0..looked.packet.len());
    for layer in looked.packet.layers() {
        head(&mut text, layer, manner);
        if matches!(layer.kind, LayerKind::Data | LayerKind::Padding) {
            dump(&mut text, bytes, layer);
        } else {
            for field in &layer.fields {
                row(&mut text, bytes, field);
            }
        }
    }
    text.push('\n');
    text
}

fn head(text: &mut String, layer: &LayerView, manner: Manner) {
    let name = manner.ink.layer(layer.kind, layer.kind.english());
    let length = Of::Bytes(layer.range.len()).words(manner.lang);
    let _ = write!(text, "    {name} · {length}");
    if let Some(verdict) = layer.checksum {
        let words = Of::Checksum(verdict).words(manner.lang);
        let words = match verdict {
            Verdict::Bad { .. } => manner.ink.strong(&words),
            _ => words,
        };
        let _ = write!(text, " · {words}");
    }
    if let Some(malformed) = layer.malformed {
        let _ = write!(text, " · {}: {malformed}", Of::Malformed.words(manner.lang));
    }
    text.push('\n');
}

fn row(text: &mut String, bytes: &[u8], field: &FieldView) {
    let raw = bytes.get(field.range.clone()).unwrap_or_default();
    let mut shown = hex(&raw[..raw.len().min(SHOWN)]);
    if raw.len() > SHOWN {
        shown.push('…');
    }
    let value = match &field.value {
        Value::Bytes(bytes) if bytes.len() <= SHOWN => String::new(),
        Value::Bytes(bytes) => quote(bytes, ROW * 2),
        value => value.to_string(),
    };
    let meaning = field.meaning.map(|meaning| format!(" ({meaning})"));
    let row = format!(
        "      {:04x}  {}  {}  {value}{}",
        field.range.start,
        pad(&shown, BYTES),
        pad(field.id.english(), NAME),
        meaning.unwrap_or_default()
    );
    text.push_str(row.trim_end());
    text.push('\n');
}

fn dump(text: &mut String, bytes: &[u8], layer: &LayerView) {
    let raw = bytes.get(layer.range.clone()).unwrap_or_default();
    for (n, row) in raw.chunks(ROW).enumerate() {
        let at = layer.range.start + n * ROW;
        let seen: String = row
            .iter()
            .map(|byte| match byte {
                b' '..=b'~' => char::from(*byte),
                _ => '·',
            })
            .collect();
        let _ = writeln!(
            text,
            "      {at:04x}  {}  {seen}",
            pad(&hex(row), ROW * 3 - 1)
        );
    }
}

fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}
