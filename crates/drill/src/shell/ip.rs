//! `ip`: routes, addresses, links, and what is remembered of peers.

use super::{Ran, Refusal, skip};
use crate::run::world::World;
use crate::words::say;

pub(super) fn run(words: &[&str], world: &mut World) -> Ran {
    let six = words.contains(&"-6");
    let words: Vec<_> = words
        .iter()
        .copied()
        .filter(|word| !word.starts_with('-'))
        .collect();
    match words.as_slice() {
        // What the kernel remembers of peers: a fresh stack remembers nothing, and one that has
        // run forgets by being asked through its own setting.
        ["tcp_metrics", "flush", ..] => {
            world.forget_peers();
            Ok(())
        }
        ["link", "set", rest @ ..] => link(rest, world),
        ["route", "change" | "replace" | "add", rest @ ..] => route(rest, six, world),
        [object, ..] => skip(say!(
            "`ip {object}` changes what this stack does not have",
            "`ip {object}` 所改变的内容本协议栈没有"
        )),
        [] => Ok(()),
    }
}

/// `ip link set [dev] tun0 mtu N`.
fn link(words: &[&str], world: &mut World) -> Ran {
    let mtu = words
        .iter()
        .position(|word| *word == "mtu")
        .and_then(|at| words.get(at + 1));
    match mtu.and_then(|mtu| mtu.parse().ok()) {
        Some(mtu) => {
            let fail = |error| Refusal::Fail(say!("{error}", "{error}"));
            world.set_mtu(mtu).map_err(fail)
        }
        None => skip(say!(
            "only the MTU of a link can be changed",
            "链路只能改 MTU"
        )),
    }
}

/// `ip route change PEER … mtu N`: the way to the peer is the only one there is, so that an MTU is
/// the interface's. What else a route can be told, the stack has no place for.
fn route(words: &[&str], six: bool, world: &mut World) -> Ran {
    if six != world.is_ipv6() {
        // It is about the other family, of which there are no packets.
        return Ok(());
    }
    for attribute in ["initrwnd", "congctl", "quickack", "rto_min", "features"] {
        if words.contains(&attribute) {
            return skip(say!(
                "routes have no `{attribute}` here",
                "这里的路由没有 `{attribute}`"
            ));
        }
    }
    let number = |name| {
        let at = words.iter().position(|word| *word == name)?;
        let value = words.get(at + 1).filter(|word| **word != "lock");
        value.or(words.get(at + 2))?.parse::<usize>().ok()
    };
    let headers = if six { 60 } else { 40 };
    // What a SYN says follows from the MTU, and from nothing else: it cannot be less. That it is not
    // more, the SYN itself would show.
    let less = |mss: usize| number("mtu").is_none_or(|mtu| mss + headers < mtu);
    if number("advmss").is_some_and(less) {
        return skip(say!(
            "routes have no `advmss` of their own here",
            "这里的路由没有自己的 `advmss`"
        ));
    }
    if let Some(segments) = number("initcwnd") {
        world.set_initial_window(segments);
    }
    let Some(mtu) = number("mtu") else {
        return Ok(());
    };
    let fail = |error| Refusal::Fail(say!("{error}", "{error}"));
    world.set_mtu(mtu).map_err(fail)
}
