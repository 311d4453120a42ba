//! What others wrote, made harmless to look at.

/// The text with every character that could move the cursor, change colours or turn the direction
/// of writing shown as an escape. Bytes that are not UTF-8 become `\xNN`.
///
/// ```
/// assert_eq!(services::escaped("你好\x1b[2J\r\n".as_bytes()), r"你好\x1b[2J\r\n");
/// assert_eq!(services::escaped(b"caf\xe9"), r"caf\xe9");
/// ```
pub fn escaped(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            push(&mut shown, c);
        }
        for byte in chunk.invalid() {
            shown.push_str(&format!("\\x{byte:02x}"));
        }
    }
    shown
}

fn push(shown: &mut String, c: char) {
    match c {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        '\0'..='\x1f' | '\x7f' => shown.push_str(&format!("\\x{:02x}", u32::from(c))),
        _ if c.is_control() || turns_text(c) => {
            shown.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
        }
        _ => shown.push(c),
    }
}

/// Line and paragraph separators, and the marks of Unicode's bidirectional algorithm (UAX #9 §2),
/// with which a message could look like another one.
fn turns_text(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}
