//! `%{ … }%`: assertions over `TCP_INFO`.
//!
//! The language is a small part of Python: `assert`, assignments, `print`, and expressions. What
//! is outside of it makes a script *skipped*, with the place and the construct named.

mod eval;
mod parser;

pub(crate) use parser::Statement;

use crate::diagnostic::Span;
use crate::run::{Failure, Step, Stop};
use crate::words::say;

/// One piece of code.
pub(crate) type Snippet = Vec<Statement>;

/// What the connection said of itself when a snippet's turn came, and when that was; `None` when
/// there was no connection.
pub(crate) type Snapshot = Option<Seen>;

/// `TCP_INFO`, of whom it was asked.
#[derive(Clone, Debug)]
pub(crate) enum Seen {
    /// Of our stack.
    Ours(base::Instant, Box<stack::TcpInfo>),
    /// Of a kernel: its `struct tcp_info`.
    Kernels(Vec<u8>),
}

impl Seen {
    /// A member by its name.
    fn tcpi(&self, name: &str) -> Option<u64> {
        match self {
            Self::Ours(now, info) => info.tcpi(*now, name),
            Self::Kernels(bytes) => stack::TcpInfo::tcpi_of(bytes, name),
        }
    }
}

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
pub(crate) fn run(snippets: &[(Snippet, Span, Snapshot)]) -> Step<()> {
    let mut scope = eval::Scope::default();
    for (snippet, span, snapshot) in snippets {
        scope.snapshot.clone_from(snapshot);
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
