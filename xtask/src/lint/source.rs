//! One Rust file, as the rules look at it.

use std::ops::Range;

use super::lexer::{self, is_ident};

/// One Rust file: as written, its code alone and its comments alone, with equal offsets.
pub(super) struct Source {
    /// Relative to the repository's top.
    pub(super) path: String,
    /// As written.
    pub(super) text: String,
    /// The code; comments and the insides of literals are spaces.
    pub(super) code: String,
    /// The comments; all else is spaces.
    pub(super) comments: String,
    /// The items under `#[cfg(test)]`.
    tests: Vec<Range<usize>>,
}

impl Source {
    pub(super) fn new(path: &str, text: String) -> Self {
        let lexer::Parted { code, comments } = lexer::part(&text);
        let tests = test_items(&code);
        Self {
            path: path.to_owned(),
            text,
            code,
            comments,
            tests,
        }
    }

    /// The line of the byte at `offset`, counted from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        1 + self.text.as_bytes()[..offset]
            .iter()
            .filter(|&&b| b == b'\n')
            .count()
    }

    /// The crate this file belongs to, when it lies under `crates/`.
    pub(super) fn crate_name(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }

    /// Whether the byte at `offset` is test code: in a test file or under `#[cfg(test)]`.
    pub(super) fn is_test(&self, offset: usize) -> bool {
        let folders = self.path.split('/');
        folders
            .clone()
            .any(|part| part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs"))
            || self.tests.iter().any(|range| range.contains(&offset))
    }

    /// Where `pattern` stands as a word of its own in the code.
    pub(super) fn code_words<'a>(&'a self, pattern: &'a str) -> impl Iterator<Item = usize> + 'a {
        words(&self.code, pattern)
    }
}

/// Where `pattern` stands in `text` with no letter of a longer name before or behind it.
pub(super) fn words<'a>(text: &'a str, pattern: &'a str) -> impl Iterator<Item = usize> + 'a {
    let (bytes, pattern_bytes) = (text.as_bytes(), pattern.as_bytes());
    let joins = |inner: Option<&u8>, outer: Option<&u8>| {
        inner.is_some_and(|&b| is_ident(b)) && outer.is_some_and(|&b| is_ident(b))
    };
    text.match_indices(pattern)
        .map(|(at, _)| at)
        .filter(move |&at| {
            let before = at.checked_sub(1).map(|i| &bytes[i]);
            !joins(pattern_bytes.first(), before)
                && !joins(pattern_bytes.last(), bytes.get(at + pattern.len()))
        })
}

/// The offset behind the bracket that closes the one at `open`, or the text's end.
pub(super) fn close_of(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, b) in code.bytes().enumerate().skip(open) {
        match b {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

/// The attributes of `code`, outer and inner: their brackets and what is between.
pub(super) fn attributes(code: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    code.match_indices('#').filter_map(|(hash, _)| {
        let rest = &code[hash + 1..];
        let open = hash + 1 + usize::from(rest.starts_with('!'));
        code[open..]
            .starts_with('[')
            .then(|| open..close_of(code, open))
    })
}

fn test_items(code: &str) -> Vec<Range<usize>> {
    attributes(code)
        .filter(|attribute| {
            let inside = &code[attribute.clone()];
            inside.starts_with("[cfg(")
                && words(inside, "test").next().is_some()
                && !inside.contains("not(test")
        })
        .map(|attribute| attribute.start..item_end(code, attribute.end))
        .collect()
}

/// The end of the item that starts at `from`: its first `;` or braces outside other brackets.
fn item_end(code: &str, from: usize) -> usize {
    let mut at = from;
    while let Some(&b) = code.as_bytes().get(at) {
        match b {
            b';' => return at + 1,
            b'{' => return close_of(code, at),
            b'(' | b'[' => at = close_of(code, at),
            _ => at += 1,
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::{Source, words};

    #[test]
    fn a_word_is_no_part_of_a_name() {
        assert_eq!(
            words("unsafe_code unsafe {", "unsafe").collect::<Vec<_>>(),
            [12]
        );
        assert_eq!(
            words("std::thread::x mythread::y", "thread::").collect::<Vec<_>>(),
            [5]
        );
        assert_eq!(
            words("todo!() my_todo!()", "todo!").collect::<Vec<_>>(),
            [0]
        );
    }

    #[test]
    fn test_code_is_known() {
        let text = "fn a() {}\n#[cfg(test)]\n#[allow(x)]\nmod t {\n fn b() {}\n}\nfn c() {}";
        let source = Source::new("crates/x/src/lib.rs", text.to_owned());
        let test = |what| source.is_test(text.find(what).unwrap());
        assert!(!test("fn a") && test("fn b") && !test("fn c"));
        assert!(Source::new("crates/x/tests/a.rs", String::new()).is_test(0));
        assert!(Source::new("crates/x/src/ip/tests.rs", String::new()).is_test(0));
        assert!(Source::new("crates/x/src/ip/route_tests.rs", String::new()).is_test(0));
        let not = Source::new("crates/x/src/lib.rs", "#[cfg(not(test))] mod m;".to_owned());
        assert!(!not.is_test(20));
    }

    #[test]
    fn lines_count_from_one() {
        let source = Source::new("a.rs", "a\nb\n".to_owned());
        assert_eq!([source.line(0), source.line(1), source.line(2)], [1, 1, 2]);
    }
}
