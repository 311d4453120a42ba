//! What a connection carried.

use std::io::{self, Write};
use std::path::Path;

use ::lab::analysis::{Filter, Follow, Piece};
use serde_json::json as object;
use services::words::Lang;

use super::{Failed, Manner, each, open};

/// Prints a connection's bytes, each change of the speaker with a line that says who it is.
pub(super) fn follow(
    file: &Path,
    stream: u64,
    manner: Manner,
    json: bool,
    out: &mut impl Write,
) -> Result<(), Failed> {
    let mut reader = open(file)?;
    let mut follow = Follow::new(stream);
    let mut last = None;
    let ended = each(&mut reader, &Filter::default(), |looked| {
        // A segment that died says nothing.
        let Some(told) = looked.told.filter(|_| looked.record.dropped().is_none()) else {
            return Ok(());
        };
        let pieces = follow.note(looked.packet, told, looked.record.interface);
        let mut pieces = pieces.iter();
        pieces.try_for_each(|piece| say(piece, &mut last, manner, json, out))
    });
    for piece in follow.finish() {
        say(&piece, &mut last, manner, json, out)?;
    }
    ended
}

fn say(
    piece: &Piece,
    last: &mut Option<std::net::SocketAddr>,
    manner: Manner,
    json: bool,
    out: &mut impl Write,
) -> io::Result<()> {
    let Piece {
        from, to, missing, ..
    } = piece;
    if json {
        let hex: String = piece.bytes.iter().map(|it| format!("{it:02x}")).collect();
        let line = object!({
            "event": "said", "from": from.to_string(), "to": to.to_string(), "missing": missing,
            "hex": hex, "text": String::from_utf8_lossy(&piece.bytes),
        });
        return writeln!(out, "{line}");
    }
    if *last != Some(*from) {
        let head = format!("── {from} → {to}");
        writeln!(out, "{}", manner.ink.strong(&head))?;
        *last = Some(*from);
    }
    if *missing > 0 {
        let words = match manner.lang {
            Lang::English => format!("({missing} bytes are not in the capture)"),
            Lang::Chinese => format!("(有 {missing} 字节不在抓包文件中)"),
        };
        writeln!(out, "{}", manner.ink.faint(&words))?;
    }
    for line in piece.bytes.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        writeln!(out, "{}", services::escaped(line))?;
    }
    Ok(())
}
