//! `%{ … }%`: assertions over `TCP_INFO`.
//!
//! The language is a small part of Python: `assert`, assignments, `print`, and expressions. What
//! is outside of it makes a script *skipped*, with the place and the construct named.

mod eval;
mod parser;

use std::collections::BTreeMap;

pub(crate) use parser::Statement;

use crate::diagnostic::Span;
use crate::run::{Failure, Step, Stop};
use crate::words::say;

/// One piece of code.
pub(crate) type Snippet = Vec<Statement>;

/// Names and what they stand for when a snippet's turn came.
pub(crate) type Values = BTreeMap<String, i128>;

/// Reads a snippet.
pub(crate) fn parse(code: &str, span: Span) -> Step<Snippet> {
    parser::parse(code).map_err(|what| {
        Stop::skip(
            span,
            say!(
                "only a part of Python is evaluated, and not {what}",
                "只支持 Python 的一部分,不支持 {what}"
            ),
        )
    })
}

/// Runs all snippets in their order; what one assigns the next ones see.
pub(crate) fn run(snippets: &[(Snippet, Span, Values)]) -> Step<()> {
    let mut scope = eval::Scope::default();
    for (snippet, span, values) in snippets {
        scope.refresh(values);
        for statement in snippet {
            match scope.execute(statement) {
                Ok(()) => {}
                Err(eval::Trouble::False {
                    text,
                    sides,
                    message,
                }) => {
                    let words = match message {
                        Some(message) => {
                            say!(
                                "assert {text} is false: {message}",
                                "断言 {text} 不成立:{message}"
                            )
                        }
                        None => say!("assert {text} is false", "断言 {text} 不成立"),
                    };
                    let mut failure = Failure::new(*span, words);
                    for (name, value) in sides {
                        failure = failure.differs(&name, &text, value);
                    }
                    return Err(failure.into());
                }
                Err(eval::Trouble::Cannot(what)) => {
                    let text = say!("{what}", "{what}");
                    return Err(Stop::fail(*span, text));
                }
                Err(eval::Trouble::Unsupported(what)) => {
                    let text = say!(
                        "only a part of Python is evaluated, and not {what}",
                        "只支持 Python 的一部分,不支持 {what}"
                    );
                    return Err(Stop::skip(*span, text));
                }
            }
        }
    }
    Ok(())
}
