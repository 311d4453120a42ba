//! A packet's layers for programs.

use serde_json::{Value, json as object};
use wire::dissect::{LayerView, Unchecked, Value as Field, Verdict};

use super::Packet;

/// Each layer with its fields, by their keys.
pub(crate) fn layers(packet: &Packet) -> Vec<Value> {
    packet.layers().iter().map(layer).collect()
}

fn layer(layer: &LayerView) -> Value {
    let fields: Vec<Value> = layer
        .fields
        .iter()
        .map(|field| {
            let mut line = object!({"field": field.id.key(), "value": plain(&field.value)});
            if let Some(meaning) = field.meaning {
                line["meaning"] = meaning.key().into();
            }
            line
        })
        .collect();
    let mut line = object!({
        "layer": layer.kind.key(), "from": layer.range.start, "to": layer.range.end,
        "fields": fields,
    });
    if let Some(verdict) = layer.checksum {
        line["checksum"] = judged(verdict).into();
    }
    if let Some(malformed) = layer.malformed {
        line["malformed"] = malformed.to_string().into();
    }
    line
}

fn plain(value: &Field) -> Value {
    match value {
        Field::Number(number) | Field::Hex(number, _) => (*number).into(),
        Field::Units(_, bytes) => (*bytes).into(),
        Field::Block(left, right) => object!([left, right]),
        Field::Flags(flags) => flags.iter_names().map(|(name, _)| name).collect(),
        Field::Text(text) => text.clone().into(),
        Field::Bytes(bytes) => {
            let hex = bytes
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>();
            object!({"hex": hex, "text": String::from_utf8_lossy(bytes)})
        }
        Field::Mac(_) | Field::Ip(_) => value.to_string().into(),
    }
}

fn judged(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Good => "good",
        Verdict::Bad { .. } => "bad",
        Verdict::NotChecked(Unchecked::Absent) => "absent",
        Verdict::NotChecked(Unchecked::Fragment) => "fragment",
        Verdict::NotChecked(Unchecked::Incomplete) => "incomplete",
        Verdict::NotChecked(Unchecked::Route) => "route",
    }
}
