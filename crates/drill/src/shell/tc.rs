//! `tc qdisc`: the queue of the script's one device.
//!
//! What leaves the stack is on the wire at once, so that a queue never has anything to hold, and
//! one with room for a packet is as good as any. One without room takes nothing. Under fq, Linux
//! paces every connection, which the stack does itself.

use super::{Ran, Refusal, skip};
use crate::run::world::World;
use crate::words::say;

/// Queues that pass on what they take.
const PLAIN: &[&str] = &[
    "pfifo",
    "bfifo",
    "pfifo_fast",
    "pfifo_head_drop",
    "fq",
    "fq_codel",
    "codel",
    "noqueue",
    "mq",
];

pub(super) fn run(words: &[&str], world: &mut World) -> Ran {
    match words {
        ["qdisc", "delete" | "del", "dev", "tun0", "root", ..] => {
            world.set_refusing(false);
            return pace(false, world);
        }
        [
            "qdisc",
            "add" | "replace" | "change",
            "dev",
            "tun0",
            "root",
            kind,
            rest @ ..,
        ] if PLAIN.contains(kind) => {
            world.set_refusing(limit(rest)? == Some(0));
            return pace(*kind == "fq", world);
        }
        ["qdisc", "show" | "list" | "ls", ..] | ["-s", "qdisc", ..] => {}
        _ => {
            return skip(say!(
                "`tc {}` is none of the queues that a script's device can have",
                "`tc {}` 不是脚本设备可用的队列",
                words.join(" ")
            ));
        }
    }
    Ok(())
}

/// Whether every connection is paced from now on.
fn pace(all: bool, world: &mut World) -> Ran {
    let name = if all { "fq" } else { "pfifo_fast" };
    let set = world.stack.set_sysctl("net.core.default_qdisc", name);
    set.map_err(|error| Refusal::Fail(say!("{error}", "{error}")))
}

/// How many packets, or bytes, a queue holds, where it says so.
fn limit(words: &[&str]) -> Result<Option<u64>, Refusal> {
    let Some(at) = words.iter().position(|word| *word == "limit") else {
        return Ok(None);
    };
    let number = words.get(at + 1).unwrap_or(&"");
    // `10p`, `1500b`, `64k`: what matters is whether it is 0.
    let digits = number.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    digits.parse().map(Some).map_err(|_| {
        Refusal::Fail(say!(
            "`limit {number}` is no number of packets",
            "`limit {number}` 不是包数"
        ))
    })
}
