//! A packet for programs.

use ::lab::analysis::{Damage, Mark, Way};
use serde_json::{Value, json as object};
use services::words::Lang;

use super::{Looked, line};
use crate::trace::{layers, summary};

/// An object in a line.
pub(super) fn packet(looked: &Looked<'_>) -> String {
    let (record, packet) = (looked.record, looked.packet);
    let relative = looked.told.map(line::relative);
    let mut line = object!({
        "event": "packet", "number": record.number, "at_ns": record.at,
        "interface": looked.interface.name, "bytes": record.length,
        "summary": summary(packet, relative, Lang::English).text,
        "layers": layers(packet),
    });
    if let Some(way) = record.way {
        line["way"] = match way {
            Way::In => "in".into(),
            Way::Out => "out".into(),
        };
    }
    if record.missing() > 0 {
        line["kept"] = record.bytes.len().into();
    }
    if let Some((from, to)) = packet.addresses() {
        line["from"] = from.to_string().into();
        line["to"] = to.to_string().into();
    }
    if let Some((from, to)) = packet.ports() {
        line["from_port"] = from.port().into();
        line["to_port"] = to.port().into();
    }
    if let Some(told) = looked.told {
        let marks: Vec<Value> = told.marks.iter().map(|it| mark(*it)).collect();
        line["tcp"] = object!({
            "stream": told.stream, "seq": told.seq, "ack": told.ack, "length": told.length,
            "window": told.window, "marks": marks,
        });
    }
    if let Some(reason) = record.dropped() {
        line["dropped"] = reason.into();
    }
    if !record.comments.is_empty() {
        line["comments"] = record.comments.clone().into();
    }
    format!("{line}\n")
}

fn mark(mark: Mark) -> Value {
    match mark {
        Mark::Gap(count) | Mark::DuplicateAck(count) => {
            object!({"mark": mark.key(), "count": count})
        }
        _ => object!({"mark": mark.key()}),
    }
}

/// Where and why nothing more comes.
pub(super) fn damage(damage: &Damage) -> String {
    let why = damage.words(Lang::English);
    format!(
        "{}\n",
        object!({"event": "damaged", "offset": damage.offset, "why": why})
    )
}
