//! The language: its words, its grammar, and what a script says.
//!
//! | file | what |
//! |---|---|
//! | `lexer.rs` | bytes to tokens |
//! | `ast.rs` | what a script says |
//! | `parser.rs` | options, events and their times |
//! | `packet.rs`, `tcp.rs` | packets |
//! | `encode.rs` | TCP options as bytes |
//! | `nouns.rs` | what the grammar names, in Chinese |
//! | `call.rs` | system calls and their expressions |

pub(crate) mod ast;
mod call;
mod encode;
pub(crate) mod lexer;
mod nouns;
mod packet;
mod parser;
mod tcp;

pub(crate) use parser::parse;
