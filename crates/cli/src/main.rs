//! What a person types: `landline serve`, `call`, `time`, `chat`, `subnet`, `demo`, `lab`, `dissect`.
//!
//! - `args.rs`: what can be typed. `via.rs`: the networks as they are typed.
//! - `usage.rs`: what is wrong with it, in one line. `words/`: the command's own sentences.
//! - `network.rs`: opens the network that was asked for.
//! - `rip.rs`: RIP with the routers of a link.
//! - `run.rs`: joins services, network, input and output. `input.rs`, `output.rs`: the process's
//!   own streams.
//! - `lab/`: networks from files. `dissect/`: captures taken apart. `trace/`: packets as a person reads them. `demo/`: a story told with them.

mod args;
mod demo;
mod dissect;
mod input;
mod lab;
mod network;
mod output;
mod rip;
mod run;
mod trace;
mod usage;
mod via;
mod words;

use std::process::ExitCode;

fn main() -> ExitCode {
    let typed: Vec<_> = std::env::args_os().collect();
    let lang = words::language(&typed);
    match usage::parse(typed, lang) {
        Ok(cli) => run::run(cli, lang),
        Err(code) => code,
    }
}
