//! Text in columns: Chinese characters take two.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many columns it takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Filled up with spaces to so many columns.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// At most so many columns of it, with `…` where something is left out.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut room = columns.saturating_sub(1);
    let mut short: String = text
        .chars()
        .take_while(|c| {
            let fits = c.width().unwrap_or(0) <= room;
            room = room.saturating_sub(c.width().unwrap_or(0));
            fits
        })
        .collect();
    short.push('…');
    short
}

/// What a program sent, harmless to look at, in quotation marks.
pub(crate) fn quote(data: &[u8], columns: usize) -> String {
    // Four bytes a column is the most that UTF-8 takes; the rest would be cut off anyway.
    let front = &data[..data.len().min(columns * 4)];
    format!(
        "\"{}\"",
        cut(&services::escaped(front), columns.saturating_sub(2))
    )
}
