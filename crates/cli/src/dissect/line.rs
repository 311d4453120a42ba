//! A packet in a line.

use std::fmt::Write as _;

use ::lab::analysis::{Told, Way, front};
use services::words::Lang;
use wire::dissect::FieldId as F;

use super::{Looked, Manner};
use crate::trace::{Relative, data, pad, summary};

/// Columns of the interface's name.
const INTERFACE: usize = 12;
/// Columns of who speaks to whom.
const ENDS: usize = 38;

/// The line.
pub(super) fn packet(looked: &Looked<'_>, manner: Manner) -> String {
    let mut line = format!("{:>6}  {:>12}  ", looked.record.number, time(looked.since));
    if let Some(name) = &looked.interface.name {
        let name = services::escaped(name.as_bytes());
        let _ = write!(line, "{} {} ", pad(&name, INTERFACE), way(looked));
    }
    let said = summary(looked.packet, looked.told.map(relative), manner.lang);
    let kind = pad(said.kind.english(), 7);
    let _ = write!(
        line,
        "{}  {} {}",
        pad(&ends(looked), ENDS),
        manner.ink.layer(said.kind, &kind),
        what(looked, manner.lang)
    );
    for remark in remarks(looked, manner.lang) {
        let _ = write!(line, "  {}", manner.ink.strong(&format!("[{remark}]")));
    }
    line.truncate(line.trim_end().len());
    line.push('\n');
    line
}

/// Seconds since the first packet.
pub(crate) fn time(since: Option<i128>) -> String {
    since.map_or_else(
        || "-".into(),
        |since| {
            let sign = if since < 0 { "-" } else { "" };
            let since = since.unsigned_abs();
            let (seconds, micros) = (since / 1_000_000_000, since % 1_000_000_000 / 1000);
            format!("{sign}{seconds}.{micros:06}")
        },
    )
}

/// An arrow for the direction, where it is known.
pub(super) fn way(looked: &Looked<'_>) -> &'static str {
    match looked.record.way {
        Some(Way::In) => "←",
        Some(Way::Out) => "→",
        None if looked.record.dropped().is_some() => "✗",
        None => " ",
    }
}

/// Who speaks to whom.
pub(super) fn ends(looked: &Looked<'_>) -> String {
    let packet = looked.packet;
    if let Some((from, to)) = packet.ports() {
        return format!("{from} → {to}");
    }
    if let Some((from, to)) = packet.addresses() {
        return format!("{from} → {to}");
    }
    match (
        packet.mac(F::EthernetSource),
        packet.mac(F::EthernetDestination),
    ) {
        (Some(from), Some(to)) => format!("{from} → {to}"),
        _ => String::new(),
    }
}

/// What it says: the innermost header, and the data.
pub(crate) fn what(looked: &Looked<'_>, lang: Lang) -> String {
    let Looked { packet, told, .. } = looked;
    if front(looked.interface.link).is_none() {
        let link = looked.interface.link;
        return match lang {
            Lang::English => format!("link type {link} is not read here"),
            Lang::Chinese => format!("这里不读链路类型 {link}"),
        };
    }
    let mut text = summary(packet, told.map(relative), lang).text;
    if let Some(told) = told {
        text = format!("#{} {}  win {}", told.stream, text.trim_end(), told.window);
    }
    if !packet.data().is_empty() {
        let between = if text.is_empty() { "" } else { "  " };
        let _ = write!(text, "{between}{}", data(packet, lang));
    }
    text
}

/// What is out of the ordinary, and what was written beside it.
pub(crate) fn remarks(looked: &Looked<'_>, lang: Lang) -> Vec<String> {
    let mut remarks = Vec::new();
    if looked.record.missing() > 0 {
        let (kept, length) = (looked.record.bytes.len(), looked.record.length);
        remarks.push(match lang {
            Lang::English => format!("{kept} of {length} bytes kept"),
            Lang::Chinese => format!("{length} 字节中保留了 {kept}"),
        });
    }
    let marks = looked.told.map(|told| told.marks.iter());
    remarks.extend(marks.into_iter().flatten().map(|mark| mark.words(lang)));
    for comment in &looked.record.comments {
        let comment = services::escaped(comment.as_bytes());
        remarks.push(match (comment.strip_prefix("dropped: "), lang) {
            (Some(reason), Lang::Chinese) => format!("丢弃:{reason}"),
            _ => comment,
        });
    }
    remarks
}

/// The numbers as summaries take them.
pub(super) fn relative(told: &Told) -> Relative {
    Relative {
        seq: told.seq,
        ack: told.ack,
    }
}
