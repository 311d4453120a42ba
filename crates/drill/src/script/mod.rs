//! The language: its words, its grammar, and what a script says.
//!
//! | file | what |
//! |---|---|
//! | `lexer.rs` | bytes to tokens |
//! | `ast.rs` | what a script says |
//! | `parser.rs` | options, events and their times |
//! | `packet.rs`, `tcp.rs` | packets |
//! | `encode.rs` | TCP options as bytes |
//! | `call.rs` | system calls and their expressions |

pub(crate) mod ast;
mod call;
mod encode;
pub(crate) mod lexer;
mod packet;
mod parser;
mod tcp;

pub(crate) use parser::parse;
