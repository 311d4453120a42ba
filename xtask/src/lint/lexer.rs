//! Parts Rust text into code and comments, so that a rule about code does not trip over prose.

/// One Rust file twice over, each of the original's length in bytes and with its line ends, so
/// that an offset means the same place in all three.
pub(super) struct Parted {
    /// The code; comments, and the insides of strings and character literals, are spaces.
    pub(super) code: String,
    /// The comments; all else is spaces.
    pub(super) comments: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    /// The inside of a literal: in neither view.
    Literal,
}

/// Parts `text`. Text that is not Rust parts somehow: nothing here fails.
pub(super) fn part(text: &str) -> Parted {
    let bytes = text.as_bytes();
    let mut kinds = vec![Kind::Code; bytes.len()];
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        // (length, length of the opening that stays code, of the closing, what lies between)
        let (len, open, close, kind) = if rest.starts_with(b"//") {
            (line_comment(rest), 0, 0, Kind::Comment)
        } else if rest.starts_with(b"/*") {
            (block_comment(rest), 0, 0, Kind::Comment)
        } else if let Some(hashes) = raw_string(rest, at.checked_sub(1).map(|i| bytes[i])) {
            let close = format!("\"{}", "#".repeat(hashes));
            let open = hashes + 2;
            let end = find(&rest[open..], close.as_bytes())
                .map_or(rest.len(), |i| open + i + close.len());
            (end, open, close.len(), Kind::Literal)
        } else if rest[0] == b'"' {
            (quoted(rest, b'"'), 1, 1, Kind::Literal)
        } else if rest[0] == b'\'' && is_char_literal(rest) {
            (quoted(rest, b'\''), 1, 1, Kind::Literal)
        } else {
            (1, 1, 0, Kind::Code)
        };
        // An unterminated literal ends with the file, where its closing may not fit.
        let inside_end = len.saturating_sub(close).max(open).min(len);
        kinds[at + open.min(len)..at + inside_end].fill(kind);
        at += len;
    }
    Parted {
        code: view(text, &kinds, Kind::Code),
        comments: view(text, &kinds, Kind::Comment),
    }
}

/// `text` with every character that is not of `kind` turned into as many spaces as it has bytes.
fn view(text: &str, kinds: &[Kind], kind: Kind) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if c == '\n' || kinds[at] == kind {
            out.push(c);
        } else {
            out.extend(std::iter::repeat_n(' ', c.len_utf8()));
        }
    }
    out
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

fn line_comment(rest: &[u8]) -> usize {
    rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len())
}

/// Block comments nest (The Rust Reference, "Comments").
fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at.min(rest.len())
}

/// The number of hashes of the raw string that starts at the `r` of `rest`, if one does.
fn raw_string(rest: &[u8], before: Option<u8>) -> Option<usize> {
    // The `r` of `for` starts no string; the one of `br"…"` and `cr"…"` does.
    if rest[0] != b'r' || before.is_some_and(|b| is_ident(b) && b != b'b' && b != b'c') {
        return None;
    }
    let hashes = rest[1..].iter().take_while(|&&b| b == b'#').count();
    (rest.get(1 + hashes) == Some(&b'"')).then_some(hashes)
}

/// The length of a literal with escapes, both quotes included.
fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b if b == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// Whether the apostrophe that `rest` starts with opens a character and not a lifetime.
fn is_char_literal(rest: &[u8]) -> bool {
    match rest.get(1) {
        Some(b'\\') => true,
        // One character, of one to four bytes, then the closing apostrophe.
        Some(&first) => {
            let len = match first {
                0..0x80 => 1,
                0x80..0xe0 => 2,
                0xe0..0xf0 => 3,
                _ => 4,
            };
            rest.get(1 + len) == Some(&b'\'')
        }
        None => false,
    }
}

/// Whether `b` may stand in a name; bytes above ASCII belong to names.
pub(super) fn is_ident(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn comments_and_literals_leave_the_code() {
        let parted = part("let a = \"x // y\"; // z \"\nlet b = 'c'; /* d /* e */ f */ g");
        assert_eq!(
            parted.code,
            "let a = \"      \";       \nlet b = ' ';                   g"
        );
        assert_eq!(
            parted.comments,
            "                  // z \"\n             /* d /* e */ f */  "
        );
    }

    #[test]
    fn raw_strings_end_at_their_own_hashes() {
        assert_eq!(part("r#\"a\"b\"# c").code, "r#\"   \"# c");
        assert_eq!(part("br\"\\\" d").code, "br\" \" d");
        assert_eq!(part("for\"a\"").code, "for\" \"");
    }

    #[test]
    fn lifetimes_are_no_literals() {
        assert_eq!(
            part("&'a str, 'x', '\\'', 'é'").code,
            "&'a str, ' ', '  ', '  '"
        );
    }

    #[test]
    fn offsets_and_line_ends_stay() {
        let text = "a \"é\n\" b";
        let parted = part(text);
        assert_eq!(parted.code, "a \"  \n\" b");
        assert_eq!(parted.code.len(), text.len());
    }

    #[test]
    fn unterminated_text_parts_somehow() {
        for text in [
            "\"", "\"a\\", "'\\", "r#\"", "r#\"\"", "/*", "/* /*", "b'", "r", "'",
        ] {
            assert_eq!(part(text).code.len(), text.len(), "{text:?}");
        }
    }
}
