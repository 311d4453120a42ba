//! Inside `stack`, a layer never names another layer.
//!
//! What stands beside the layers and is no spine (verdicts, sysctls, timers, packet types) are
//! the words that all share: anybody names them, and they name at most one layer each, so that
//! no word becomes a back door between two.

use std::collections::BTreeMap;

use super::Finding;
use super::source::{Source, close_of, words};
use super::tree::Tree;

const STACK: &str = "crates/stack/src/";

/// Each a folder (or a file) of [`STACK`].
///
/// `socket` is none of them: it holds the words (names, errors, options) in which programs speak
/// to all the transports.
const LAYERS: [&str; 12] = [
    "link",
    "neighbor",
    "multicast",
    "autoconf",
    "ip",
    "icmp",
    "ping",
    "udp",
    "tcp",
    "unix",
    "conntrack",
    "filter",
];

/// The files that know the order of the layers: alone in naming several.
const SPINE: [&str; 4] = ["lib", "rx", "tx", "stack"];

/// A layer that may name another, and why (without a reason it may not). Keep it empty.
struct May {
    layer: &'static str,
    name: &'static str,
    reason: &'static str,
}

const EXCEPTIONS: &[May] = &[];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.sources.iter().flat_map(check_file).collect()
}

fn check_file(source: &Source) -> Vec<Finding> {
    let Some(inner) = source.path.strip_prefix(STACK) else {
        return Vec::new();
    };
    let room = inner
        .split('/')
        .next()
        .unwrap_or(inner)
        .trim_end_matches(".rs");
    if SPINE.contains(&room) {
        return Vec::new();
    }
    let named = layers_named(source, inner);
    if LAYERS.contains(&room) {
        let forbidden = named.iter().filter(|(_, name)| !may(room, name));
        return forbidden
            .map(|&(offset, name)| {
                let what = format!(
                    "layer `{room}` names layer `{name}`; answer with a verdict or a value that the \
                     spine (rx.rs, tx.rs) hands on, or move the word both need beside the layers",
                );
                Finding::new(&source.path, source.line(offset), what)
            })
            .collect();
    }
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for &(offset, name) in named.iter().rev() {
        first.insert(name, offset);
    }
    if first.len() < 2 {
        return Vec::new();
    }
    let names: Vec<_> = first.keys().copied().collect();
    let what = format!(
        "`{room}` names the layers {}; only the spine ({}) names several: move this there",
        names.join(", "),
        SPINE.join(", "),
    );
    let line = first
        .values()
        .min()
        .map_or(1, |&offset| source.line(offset));
    vec![Finding::new(&source.path, line, what)]
}

fn may(layer: &str, name: &str) -> bool {
    layer == name
        || EXCEPTIONS
            .iter()
            .any(|row| row.layer == layer && row.name == name && !row.reason.is_empty())
}

/// The layers that a file of `stack` reaches by a path from the crate's root, and where.
fn layers_named(source: &Source, inner: &str) -> Vec<(usize, &'static str)> {
    // From a module this deep, that many `super::` lead to the root.
    let depth = inner.split('/').filter(|part| *part != "mod.rs").count();
    let to_root = "super::".repeat(depth);
    let mut named = Vec::new();
    for root in ["crate::", to_root.as_str()] {
        for at in words(&source.code, root) {
            // `super::super::` of a longer chain leads elsewhere.
            if source.code[..at].ends_with("::") {
                continue;
            }
            heads(&source.code, at + root.len(), &mut named);
        }
    }
    named.sort_unstable();
    named
}

/// The first name of the path at `at`, or of each path of the group there, where it is a layer.
fn heads(code: &str, at: usize, named: &mut Vec<(usize, &'static str)>) {
    let at = at + (code[at..].len() - code[at..].trim_start().len());
    if code[at..].starts_with('{') {
        let end = close_of(code, at).saturating_sub(1).max(at + 1);
        let mut from = at + 1;
        while from < end {
            heads(code, from, named);
            from = next_in_group(code, from, end);
        }
    } else if let Some(&layer) = LAYERS
        .iter()
        .find(|layer| starts_with_word(&code[at..], layer))
    {
        named.push((at, layer));
    }
}

fn starts_with_word(text: &str, word: &str) -> bool {
    words(text, word).next() == Some(0)
}

/// The offset behind the comma that ends the group's member at `from`, or the group's end.
fn next_in_group(code: &str, from: usize, end: usize) -> usize {
    let mut at = from;
    while at < end {
        match code.as_bytes()[at] {
            b',' => return at + 1,
            b'{' => at = close_of(code, at),
            _ => at += 1,
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::lint::tree::Tree;

    fn findings(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(&format!("crates/stack/src/{path}"), text)])).len()
    }

    #[test]
    fn a_layer_names_itself_the_shared_words_and_lower_crates() {
        let text = "use crate::verdict::Verdict; use crate::{ip::Route, timer}; use tcp::Segment;
            use super::super::ip; // crate::tcp in prose";
        assert_eq!(findings("ip/route.rs", text), 0);
    }

    #[test]
    fn a_layer_names_no_other() {
        assert_eq!(findings("ip/route.rs", "use crate::tcp::Table;"), 1);
        assert_eq!(
            findings(
                "ip/route.rs",
                "use crate::{timer::{Wheel, A}, udp, link::X};"
            ),
            2
        );
        assert_eq!(
            findings("ip/route.rs", "fn f() { crate::icmp::reply(); }"),
            1
        );
        assert_eq!(
            findings("ip/route.rs", "use super::super::unix::Handle;"),
            1
        );
        assert_eq!(findings("ip/mod.rs", "use super::tcp;"), 1);
        assert_eq!(findings("ip.rs", "use super::tcp;"), 1);
    }

    #[test]
    fn a_submodule_of_the_same_name_is_its_own() {
        assert_eq!(
            findings("ip/route.rs", "use super::icmp; use crate::ip::tcp;"),
            0
        );
        assert_eq!(findings("ip/route/find.rs", "use super::super::icmp;"), 0);
    }

    #[test]
    fn only_the_spine_names_several() {
        let text = "use crate::{ip, tcp};";
        assert_eq!(findings("rx.rs", text), 0);
        assert_eq!(findings("stack/poll.rs", text), 0);
        assert_eq!(findings("verdict.rs", text), 1);
        assert_eq!(
            findings("verdict.rs", "use crate::ip::Drop; use crate::ip::X;"),
            0
        );
    }
}
