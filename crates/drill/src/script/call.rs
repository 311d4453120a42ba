//! System calls: `[...END] name(arguments) = result [ERRNO (text)]`.

use super::ast::{Call, Expr, ExprKind};
use super::lexer::Tok;
use super::parser::{Parsed, Parser};
use crate::words::say;

/// How deep braces and brackets may lie in each other.
const DEEPEST: usize = 32;

impl Parser {
    pub(super) fn call(&mut self) -> Parsed<Call> {
        let end = match self.peek() {
            Tok::Ellipsis => {
                self.advance();
                Some(self.micros()?)
            }
            _ => None,
        };
        let start = self.span();
        let name = self.word("the name of a system call")?;
        self.punct('(')?;
        let arguments = if self.is(')') {
            Vec::new()
        } else {
            self.expressions(0)?
        };
        self.punct(')')?;
        let span = start.to(self.last_span());
        self.punct('=')?;
        let result = self.expression(0)?;
        let errno = match self.peek() {
            Tok::Word(errno) if *self.peek_second() == Tok::Punct('(') => {
                let errno = (errno.clone(), self.span());
                self.advance();
                Some(errno)
            }
            _ => None,
        };
        if self.is('(') {
            self.note()?;
        }
        Ok(Call {
            name,
            arguments,
            result,
            errno,
            end,
            span,
        })
    }

    /// `(words for people)`.
    fn note(&mut self) -> Parsed<()> {
        self.punct('(')?;
        while !self.is(')') {
            if *self.peek() == Tok::End {
                return self.expected("`)`");
            }
            self.advance();
        }
        self.punct(')')
    }

    fn expressions(&mut self, depth: usize) -> Parsed<Vec<Expr>> {
        let mut list = vec![self.expression(depth)?];
        while self.take(',') {
            list.push(self.expression(depth)?);
        }
        Ok(list)
    }

    fn expression(&mut self, depth: usize) -> Parsed<Expr> {
        if depth > DEEPEST {
            return self.error(say!("too many braces in each other", "括号嵌套过深"));
        }
        let mut left = self.operand(depth)?;
        while self.take('|') {
            let right = self.operand(depth)?;
            let span = left.span.to(right.span);
            left = Expr {
                kind: ExprKind::Or(Box::new(left), Box::new(right)),
                span,
            };
        }
        Ok(left)
    }

    fn operand(&mut self, depth: usize) -> Parsed<Expr> {
        let start = self.span();
        let kind = match self.peek().clone() {
            Tok::Ellipsis => {
                self.advance();
                ExprKind::Ellipsis
            }
            Tok::Int(number) | Tok::Hex(number) => {
                self.advance();
                ExprKind::Int(number)
            }
            Tok::Str(_) => self.string(),
            Tok::Word(word) => {
                self.advance();
                if self.take('=') {
                    self.expression(depth + 1)?;
                    ExprKind::Other
                } else if self.take('(') {
                    if !self.is(')') {
                        self.expressions(depth + 1)?;
                    }
                    self.punct(')')?;
                    ExprKind::Other
                } else {
                    ExprKind::Word(word)
                }
            }
            Tok::Punct('[') => {
                self.advance();
                let list = if self.is(']') {
                    Vec::new()
                } else {
                    self.expressions(depth + 1)?
                };
                self.punct(']')?;
                ExprKind::List(list)
            }
            Tok::Punct('{') => {
                self.advance();
                self.record(depth + 1)?
            }
            _ => return self.expected("a value"),
        };
        Ok(Expr {
            kind,
            span: start.to(self.last_span()),
        })
    }

    /// Strings that stand beside each other are one; `"…"...` may go on.
    fn string(&mut self) -> ExprKind {
        let mut bytes = Vec::new();
        while let Tok::Str(part) = self.peek() {
            bytes.extend_from_slice(part);
            self.advance();
        }
        if *self.peek() == Tok::Ellipsis {
            self.advance();
        }
        ExprKind::Str(bytes)
    }

    /// `{name=value, name(n)=value, value}`.
    fn record(&mut self, depth: usize) -> Parsed<ExprKind> {
        let mut members = Vec::new();
        while !self.is('}') {
            let mut name = String::new();
            if let Tok::Word(word) = self.peek().clone() {
                if *self.peek_second() == Tok::Punct('=') {
                    name = word;
                    self.advance();
                    self.advance();
                } else if *self.peek_second() == Tok::Punct('(') && word.starts_with("msg_") {
                    // `msg_iov(2)=[…]`: how many, which the list says too.
                    name = word;
                    self.advance();
                    self.note()?;
                    self.punct('=')?;
                }
            }
            members.push((name, self.expression(depth)?));
            if !self.take(',') {
                break;
            }
        }
        self.punct('}')?;
        Ok(ExprKind::Record(members))
    }
}
