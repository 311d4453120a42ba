//! A script, acted out.
//!
//! | file | what |
//! |---|---|
//! | `config.rs` | addresses, ports, tolerances |
//! | `world.rs` | the stack under test, its one interface, and the clock |
//! | `foreign.rs` | a stack that is not ours behind a device, in real time |
//! | `machine.rs` | the events in their order, and the passing of time |
//! | `reach.rs` | what is out of a user-space stack's reach |
//! | `flow.rs` | whose packets these are: numbers of the script, numbers of the run |
//! | `inject.rs` | an inbound packet as bytes |
//! | `live.rs` | an outbound packet from its bytes |
//! | `expect.rs`, `compare.rs` | what should come, and whether it did |
//! | `show.rs` | packets in the script's notation |
//! | `calls/` | system calls |
//! | `info.rs` | `TCP_INFO` under its Linux names |

mod calls;
mod compare;
pub(crate) mod config;
mod expect;
mod flow;
pub(crate) mod foreign;
mod icmp;
mod info;
mod inject;
mod live;
mod machine;
mod reach;
mod show;
pub(crate) mod world;

pub(crate) use machine::Machine;

use crate::diagnostic::{Diagnostic, Span};
use crate::words::Text;

/// One field that is not as the script has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The field's name.
    pub field: String,
    /// What the script says.
    pub expected: String,
    /// What came.
    pub actual: String,
}

/// A script that did not go as it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Where in the script, and what.
    pub at: Diagnostic,
    /// Field by field.
    pub differences: Vec<Difference>,
    /// What the script wants, in its own notation.
    pub expected: Option<String>,
    /// What came, in the same notation.
    pub actual: Vec<String>,
    /// Why packets died in the stack, and how many, when that may explain it.
    pub drops: Vec<(String, u64)>,
}

impl Failure {
    pub(crate) const fn new(span: Span, text: Text) -> Self {
        Self {
            at: Diagnostic::new(span, text),
            differences: Vec::new(),
            expected: None,
            actual: Vec::new(),
            drops: Vec::new(),
        }
    }

    /// With one difference.
    pub(crate) fn differs(
        mut self,
        field: &str,
        expected: impl ToString,
        actual: impl ToString,
    ) -> Self {
        self.differences.push(Difference {
            field: field.to_owned(),
            expected: expected.to_string(),
            actual: actual.to_string(),
        });
        self
    }
}

/// Why a script did not run to its end.
#[derive(Clone, Debug)]
pub(crate) enum Stop {
    /// It went otherwise.
    Fail(Box<Failure>),
    /// It cannot be held against a stack of this kind, for this reason.
    Skip(Diagnostic),
}

impl Stop {
    pub(crate) fn fail(span: Span, text: Text) -> Self {
        Self::Fail(Box::new(Failure::new(span, text)))
    }

    pub(crate) const fn skip(span: Span, text: Text) -> Self {
        Self::Skip(Diagnostic::new(span, text))
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Fail(Box::new(failure))
    }
}

pub(crate) type Step<T> = Result<T, Stop>;
