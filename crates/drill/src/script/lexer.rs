//! Bytes of a script to tokens.
//!
//! Words that `-D` defines are replaced here, as the language has it: by a number, a string or
//! another word.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Span};
use crate::words::say;

/// Names and what stands for them.
pub(crate) type Defines = BTreeMap<String, String>;

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tok {
    /// A name: a keyword, a flag, a call, a constant.
    Word(String),
    /// Decimal.
    Int(i64),
    /// After `0x`.
    Hex(i64),
    /// With its text, which decides where `.5` is an ACE count.
    Float(f64, String),
    /// In double quotes, escapes resolved.
    Str(Vec<u8>),
    /// In back quotes: for the shell.
    Command(String),
    /// Between `%{` and `}%`.
    Code(String),
    /// Dotted quad.
    Ipv4(String),
    /// With colons.
    Ipv6(String),
    /// `--name`, without the dashes.
    Option(String),
    /// `...`
    Ellipsis,
    /// Any other character.
    Punct(char),
    /// The script's end.
    End,
}

/// A token and its place.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) tok: Tok,
    pub(crate) span: Span,
}

/// All tokens of a script; the last is [`Tok::End`].
pub(crate) fn lex(source: &str, defines: &Defines) -> Result<Vec<Token>, Diagnostic> {
    let mut lexer = Lexer { source, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blank()?;
        let start = lexer.at;
        let tok = lexer.next()?;
        let tok = match tok {
            // What `--define=` names is the name itself.
            Tok::Word(word) if !follows_define(&tokens) => define(word, defines),
            other => other,
        };
        let done = tok == Tok::End;
        tokens.push(Token {
            tok,
            span: Span::new(start, lexer.at),
        });
        if done {
            return Ok(tokens);
        }
    }
}

fn follows_define(tokens: &[Token]) -> bool {
    let mut last = tokens.iter().rev().map(|token| &token.tok);
    last.next() == Some(&Tok::Punct('='))
        && matches!(last.next(), Some(Tok::Option(name)) if name == "define")
}

/// What a word stands for.
fn define(word: String, defines: &Defines) -> Tok {
    let Some(value) = defines.get(&word) else {
        return Tok::Word(word);
    };
    let quoted = |q: char| value.strip_prefix(q).and_then(|v| v.strip_suffix(q));
    if let Some(text) = quoted('"') {
        Tok::Str(unescape(text))
    } else if let Some(text) = quoted('`') {
        Tok::Command(text.to_owned())
    } else if let Some(number) = integer(value) {
        Tok::Int(number)
    } else {
        Tok::Word(value.clone())
    }
}

/// A number in C's notation: decimal, `0x` hexadecimal, `0` octal.
pub(crate) fn integer(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let value = match digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
    {
        Some(hex) => i64::from_str_radix(hex, 16).ok()?,
        None if digits.len() > 1 && digits.starts_with('0') => {
            i64::from_str_radix(digits, 8).ok()?
        }
        None if digits.starts_with(|c: char| c.is_ascii_digit()) => digits.parse().ok()?,
        None => return None,
    };
    Some(sign * value)
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.source[self.at..]
    }

    /// Passes over white space and comments.
    fn skip_blank(&mut self) -> Result<(), Diagnostic> {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start().len();
            self.at += blank;
            let rest = self.rest();
            if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                let Some(end) = rest.find("*/") else {
                    let text = say!("this comment never ends", "这个注释没有结尾");
                    return Err(Diagnostic::new(Span::new(self.at, self.at + 2), text));
                };
                self.at += end + 2;
            } else if blank == 0 {
                return Ok(());
            }
        }
    }

    fn next(&mut self) -> Result<Tok, Diagnostic> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return Ok(Tok::End);
        };
        if rest.starts_with("%{") {
            return self
                .between("%{", "}%")
                .map(|code| Tok::Code(code.trim_matches([' ', '\t']).to_owned()));
        }
        match first {
            '"' => return self.quoted('"').map(|text| Tok::Str(unescape(&text))),
            '`' => return self.quoted('`').map(Tok::Command),
            _ => {}
        }
        let (tok, len) = longest(rest).unwrap_or((Tok::Punct(first), first.len_utf8()));
        self.at += len;
        Ok(tok)
    }

    fn between(&mut self, open: &str, close: &str) -> Result<String, Diagnostic> {
        let rest = self.rest();
        let Some(end) = rest.find(close) else {
            let text = say!(
                "no {close} follows this {open}",
                "这个 {open} 之后没有 {close}"
            );
            return Err(Diagnostic::new(
                Span::new(self.at, self.at + open.len()),
                text,
            ));
        };
        let inner = rest[open.len()..end].to_owned();
        self.at += end + close.len();
        Ok(inner)
    }

    /// What stands in quotes, with its escapes.
    fn quoted(&mut self, quote: char) -> Result<String, Diagnostic> {
        let mut escaped = false;
        for (at, c) in self.rest().char_indices().skip(1) {
            if !escaped && c == quote {
                let inner = self.rest()[1..at].to_owned();
                self.at += at + 1;
                return Ok(inner);
            }
            escaped = !escaped && c == '\\';
        }
        let text = say!(
            "no {quote} closes what this one opens",
            "这个 {quote} 没有配对的结尾"
        );
        Err(Diagnostic::new(Span::new(self.at, self.at + 1), text))
    }
}

/// The longest of numbers, words, addresses and options that the text begins with.
fn longest(text: &str) -> Option<(Tok, usize)> {
    if text.starts_with("...") {
        return Some((Tok::Ellipsis, 3));
    }
    let word_len = span_of(text, |c| c.is_ascii_alphanumeric() || c == '_');
    if let Some(name) = text.strip_prefix("--") {
        let len = span_of(name, |c| c.is_ascii_alphanumeric() || c == '_');
        if len > 0 {
            return Some((Tok::Option(name[..len].to_owned()), len + 2));
        }
    }
    let v6_len = ipv6(text);
    let v4_len = ipv4(text);
    let float_len = float(text);
    let int_len = signed(text, |c| c.is_ascii_digit());
    let best = v6_len.max(v4_len).max(float_len).max(int_len).max(word_len);
    let token = &text[..best];
    Some((
        match best {
            0 => return None,
            _ if best == float_len => Tok::Float(token.parse().ok()?, token.to_owned()),
            _ if best == int_len => Tok::Int(token.parse().ok()?),
            _ if best == word_len => {
                match token.strip_prefix("0x").map(|h| i64::from_str_radix(h, 16)) {
                    Some(Ok(number)) => Tok::Hex(number),
                    _ => Tok::Word(token.to_owned()),
                }
            }
            _ if best == v4_len => Tok::Ipv4(token.to_owned()),
            _ => Tok::Ipv6(token.to_owned()),
        },
        best,
    ))
}

fn span_of(text: &str, fits: impl Fn(char) -> bool) -> usize {
    text.find(|c| !fits(c)).unwrap_or(text.len())
}

/// Length of a run with a minus in front or none.
fn signed(text: &str, fits: impl Fn(char) -> bool) -> usize {
    let minus = usize::from(text.starts_with('-'));
    match span_of(&text[minus..], fits) {
        0 => 0,
        len => minus + len,
    }
}

fn float(text: &str) -> usize {
    let minus = usize::from(text.starts_with('-'));
    let whole = span_of(&text[minus..], |c| c.is_ascii_digit());
    let Some(fraction) = text[minus + whole..].strip_prefix('.') else {
        return 0;
    };
    match span_of(fraction, |c| c.is_ascii_digit()) {
        0 => 0,
        len => minus + whole + 1 + len,
    }
}

fn ipv4(text: &str) -> usize {
    let len = span_of(text, |c| c.is_ascii_digit() || c == '.');
    let text = &text[..len];
    match text.split('.').collect::<Vec<_>>().as_slice() {
        [a, b, c, d] if [a, b, c, d].iter().all(|p| !p.is_empty()) => len,
        _ => 0,
    }
}

/// Length of an IPv6 address: one with `::`, or of eight groups. `1:1001(1000)` is none.
fn ipv6(text: &str) -> usize {
    let run = span_of(text, |c| c.is_ascii_hexdigit() || c == ':' || c == '.');
    // The colon after an address is not part of it.
    let mut len = run;
    while len > 1 {
        let part = &text[..len];
        if part.contains(':') && part.parse::<std::net::Ipv6Addr>().is_ok() {
            return len;
        }
        len -= 1;
    }
    0
}

/// Resolves backslashes as C does: `\n \t \r \\ \" \xHH` and octal.
fn unescape(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' || at + 1 == bytes.len() {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        let (radix, from, most) = match bytes[at + 1] {
            b'x' => (16, at + 2, 2),
            b'0'..=b'7' => (8, at + 1, 3),
            other => {
                out.push(match other {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    other => other,
                });
                at += 2;
                continue;
            }
        };
        let end = (from + most).min(bytes.len());
        let digits = bytes[from..end]
            .iter()
            .take_while(|b| char::from(**b).is_digit(radix))
            .count();
        let number = text
            .get(from..from + digits)
            .and_then(|d| u8::from_str_radix(d, radix).ok());
        out.push(number.unwrap_or_default());
        at = from + digits;
    }
    out
}
