//! A script's frame: options, commands, events and their times.

use super::ast::{Action, Command, Direction, Event, Script, ScriptOption, Time};
use super::lexer::{Defines, Tok, Token, lex};
use super::nouns;
use crate::diagnostic::{Diagnostic, Span};
use crate::words::{Text, say};

/// Reads a script.
///
/// `defines` stand for their words; `--define=NAME=value` at the script's top adds to them.
pub(crate) fn parse(source: &str, defines: &Defines) -> Result<Script, Diagnostic> {
    let mut defines = defines.clone();
    let options = Parser::new(source, lex(source, &defines)?).options()?;
    for option in options.iter().filter(|option| option.name == "define") {
        if let Some((name, value)) = option.value.as_deref().and_then(|v| v.split_once('=')) {
            defines
                .entry(name.to_owned())
                .or_insert_with(|| value.to_owned());
        }
    }
    Parser::new(source, lex(source, &defines)?).script()
}

/// Tokens and how far they are read.
pub(super) struct Parser {
    source: String,
    tokens: Vec<Token>,
    at: usize,
}

pub(super) type Parsed<T> = Result<T, Diagnostic>;

impl Parser {
    fn new(source: &str, tokens: Vec<Token>) -> Self {
        let source = source.to_owned();
        Self {
            source,
            tokens,
            at: 0,
        }
    }

    pub(super) fn peek(&self) -> &Tok {
        &self.tokens[self.at.min(self.tokens.len() - 1)].tok
    }

    /// The token after the next.
    pub(super) fn peek_second(&self) -> &Tok {
        &self.tokens[(self.at + 1).min(self.tokens.len() - 1)].tok
    }

    pub(super) fn span(&self) -> Span {
        self.tokens[self.at.min(self.tokens.len() - 1)].span
    }

    /// The next token as it was written.
    pub(super) fn text(&self) -> String {
        let Span { start, end } = self.span();
        self.source.get(start..end).unwrap_or_default().to_owned()
    }

    /// Where the token before ended.
    pub(super) fn last_span(&self) -> Span {
        self.tokens[self.at.saturating_sub(1)].span
    }

    pub(super) fn advance(&mut self) -> Tok {
        let tok = self.peek().clone();
        self.at += 1;
        tok
    }

    pub(super) fn error<T>(&self, text: Text) -> Parsed<T> {
        Err(Diagnostic::new(self.span(), text))
    }

    /// Says what was expected here.
    pub(super) fn expected<T>(&self, what: &str) -> Parsed<T> {
        let zh = nouns::chinese(what);
        if *self.peek() == Tok::End {
            return self.error(say!(
                "{what} expected, but the script ends here",
                "此处应为{zh},但脚本已结束"
            ));
        }
        self.error(say!("{what} expected here", "此处应为{zh}"))
    }

    pub(super) fn is(&self, c: char) -> bool {
        *self.peek() == Tok::Punct(c)
    }

    /// Takes a character if it is there.
    pub(super) fn take(&mut self, c: char) -> bool {
        let there = self.is(c);
        self.at += usize::from(there);
        there
    }

    pub(super) fn punct(&mut self, c: char) -> Parsed<()> {
        if self.take(c) {
            Ok(())
        } else {
            self.expected(&format!("`{c}`"))
        }
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Tok::Word(w) if w == word)
    }

    /// Takes a word if it is there.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let there = self.is_word(word);
        self.at += usize::from(there);
        there
    }

    pub(super) fn word(&mut self, what: &str) -> Parsed<String> {
        match self.peek() {
            Tok::Word(word) => {
                let word = word.clone();
                self.at += 1;
                Ok(word)
            }
            _ => self.expected(what),
        }
    }

    /// A number from `0` up to `most`, decimal or hexadecimal.
    pub(super) fn number(&mut self, what: &str, most: u64) -> Parsed<u64> {
        let (Tok::Int(number) | Tok::Hex(number)) = *self.peek() else {
            return self.expected(what);
        };
        match u64::try_from(number) {
            Ok(number) if number <= most => {
                self.at += 1;
                Ok(number)
            }
            _ => {
                let zh = nouns::chinese(what);
                self.error(say!(
                    "{what} goes from 0 to {most}, not {number}",
                    "{zh}的范围是 0 到 {most},不能是 {number}"
                ))
            }
        }
    }

    fn script(mut self) -> Parsed<Script> {
        let mut script = Script {
            options: self.options()?,
            ..Script::default()
        };
        script.init = self.command();
        while *self.peek() != Tok::End {
            if let Some(cleanup) = self.command() {
                script.cleanup = Some(cleanup);
                if *self.peek() != Tok::End {
                    return self.error(say!(
                        "commands without a time come first or last; nothing may follow here",
                        "没有时间的命令只能在最前或最后;此处不能再有内容"
                    ));
                }
                break;
            }
            let event = self.event()?;
            script.events.push(event);
        }
        if script.events.is_empty() {
            return self.expected("an event (`TIME packet`, `TIME call(…) = result`)");
        }
        Ok(script)
    }

    fn command(&mut self) -> Option<Command> {
        let span = self.span();
        let Tok::Command(text) = self.peek() else {
            return None;
        };
        let text = text.clone();
        self.at += 1;
        Some(Command { text, span })
    }

    fn options(&mut self) -> Parsed<Vec<ScriptOption>> {
        let mut options = Vec::new();
        while let Tok::Option(name) = self.peek() {
            let (name, span) = (name.clone(), self.span());
            self.at += 1;
            let value = if self.take('=') {
                Some(self.option_value()?)
            } else {
                None
            };
            let span = span.to(self.last_span());
            options.push(ScriptOption { name, value, span });
        }
        Ok(options)
    }

    fn option_value(&mut self) -> Parsed<String> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let value = match self.advance() {
            Tok::Int(number) => number.to_string(),
            Tok::Hex(number) => format!("{number:#x}"),
            Tok::Float(_, literal) => literal,
            Tok::Str(bytes) => text(&bytes),
            Tok::Ipv4(addr) | Tok::Ipv6(addr) => addr,
            Tok::Word(name) if self.take('=') => {
                let value = match self.advance() {
                    Tok::Str(bytes) => format!("\"{}\"", text(&bytes)),
                    Tok::Command(command) => format!("`{command}`"),
                    Tok::Word(word) => word,
                    Tok::Int(number) => number.to_string(),
                    Tok::Hex(number) => format!("{number:#x}"),
                    _ => {
                        self.at -= 1;
                        return self.expected("a value");
                    }
                };
                format!("{name}={value}")
            }
            // `ipv4-mapped-ipv6` is several tokens.
            Tok::Word(mut word) => {
                while self.is('-') && matches!(self.peek_second(), Tok::Word(_)) {
                    self.at += 1;
                    let part = self.word("a value")?;
                    word = format!("{word}-{part}");
                }
                word
            }
            _ => {
                self.at -= 1;
                return self.expected("the option's value");
            }
        };
        Ok(value)
    }

    fn event(&mut self) -> Parsed<Event> {
        let start = self.span();
        let time = self.time()?;
        let timed = self.last_span();
        let action = self.action()?;
        let is_outbound = matches!(
            &action,
            Action::Packet(packet) if packet.direction == Direction::Outbound
        );
        if matches!(
            time,
            Time::Any | Time::AbsoluteRange(..) | Time::RelativeRange(..)
        ) && !is_outbound
        {
            return Err(Diagnostic::new(
                start.to(timed),
                say!(
                    "only an outbound packet may come at any time or within a range",
                    "只有发出的包才能用“任意时间”或时间范围"
                ),
            ));
        }
        Ok(Event {
            time,
            action,
            span: start.to(self.last_span()),
        })
    }

    fn time(&mut self) -> Parsed<Time> {
        let start = self.span();
        let time = if self.take('*') {
            Time::Any
        } else if self.take('+') {
            let from = self.micros()?;
            if self.take('~') {
                self.punct('+')?;
                Time::RelativeRange(from, self.micros()?)
            } else {
                Time::Relative(from)
            }
        } else {
            let from = self.micros()?;
            if self.take('~') {
                Time::AbsoluteRange(from, self.micros()?)
            } else {
                Time::Absolute(from)
            }
        };
        if let Time::RelativeRange(from, to) | Time::AbsoluteRange(from, to) = time
            && to < from
        {
            let text = say!(
                "this range ends before it begins",
                "这个时间范围的终点早于起点"
            );
            return Err(Diagnostic::new(start.to(self.last_span()), text));
        }
        Ok(time)
    }

    /// A time in seconds.
    pub(super) fn micros(&mut self) -> Parsed<i64> {
        /// A hundred years: what is more is a slip, and would overflow sums.
        const MOST: f64 = 3.2e9;
        let seconds = match *self.peek() {
            #[expect(
                clippy::cast_precision_loss,
                reason = "bounded below, where it is exact"
            )]
            Tok::Int(seconds) => seconds as f64,
            Tok::Float(seconds, _) => seconds,
            _ => return self.expected("a time in seconds"),
        };
        if !(0.0..=MOST).contains(&seconds) {
            return self.error(say!(
                "a time is from 0 up to {MOST} seconds",
                "时间应在 0 到 {MOST} 秒之间"
            ));
        }
        self.at += 1;
        // To the nearest: 0.3 is 300000 and not 299999.
        Ok((seconds * 1e6).round() as i64)
    }

    fn action(&mut self) -> Parsed<Action> {
        let span = self.span();
        Ok(match self.peek() {
            Tok::Punct('<' | '>') => Action::Packet(Box::new(self.packet()?)),
            Tok::Command(_) | Tok::Code(_) => match self.advance() {
                Tok::Code(code) => Action::Code(code),
                Tok::Command(text) => Action::Command(Command { text, span }),
                _ => return self.expected("a command"),
            },
            Tok::Word(_) | Tok::Ellipsis => Action::Call(Box::new(self.call()?)),
            _ => {
                return self.expected("a packet (`<` or `>`), a call, a `command` or %{ code }%");
            }
        })
    }
}
