//! No clock, thread, global, hidden randomness or system call in the core: time and a seed are
//! arguments, so that the same seed is the same run.

use super::Finding;
use super::manifest::Kind;
use super::source::Source;
use super::tree::Tree;

/// The crates that have no way to the outside.
pub(super) const CORE: [&str; 5] = ["base", "wire", "tcp", "stack", "fabric"];

/// A word that lets the outside in.
struct Word {
    /// As it stands in the code.
    word: &'static str,
    /// What it is, and what to write in its place.
    instead: &'static str,
}

const CLOCK: &str = "a clock; take the time as an argument";
const THREAD: &str = "a thread; the core is one state machine, its caller owns the threads";
const RANDOM: &str = "hidden randomness; draw from the seeded generator that is handed in";
const GLOBAL: &str = "a global; keep the state in the value that owns it";
const SYSTEM: &str = "the operating system; that is the crate `host`'s";
const OUTPUT: &str = "output; count it, or answer with a value";

/// Forbidden in all of the core, its tests included: there too, same seed, same run.
const NOWHERE: &[Word] = &[
    Word {
        word: "Instant::now",
        instead: CLOCK,
    },
    Word {
        word: "SystemTime",
        instead: CLOCK,
    },
    Word {
        word: "std::time",
        instead: CLOCK,
    },
    Word {
        word: "thread::spawn",
        instead: THREAD,
    },
    Word {
        word: "thread::sleep",
        instead: CLOCK,
    },
    Word {
        word: "thread_rng",
        instead: RANDOM,
    },
    Word {
        word: "rand::rng",
        instead: RANDOM,
    },
    Word {
        word: "rand::random",
        instead: RANDOM,
    },
    Word {
        word: "getrandom",
        instead: RANDOM,
    },
    Word {
        word: "OsRng",
        instead: RANDOM,
    },
    Word {
        word: "SysRng",
        instead: RANDOM,
    },
    Word {
        word: "from_entropy",
        instead: RANDOM,
    },
    Word {
        word: "from_os_rng",
        instead: RANDOM,
    },
    Word {
        word: "static mut",
        instead: GLOBAL,
    },
    Word {
        word: "thread_local!",
        instead: GLOBAL,
    },
];

/// Forbidden in the core but for its tests, which are programs.
const NOT_IN_THE_CORE: &[Word] = &[
    Word {
        word: "thread::",
        instead: THREAD,
    },
    Word {
        word: "RandomState",
        instead: RANDOM,
    },
    Word {
        word: "std::collections::HashMap",
        instead: RANDOM,
    },
    Word {
        word: "std::collections::HashSet",
        instead: RANDOM,
    },
    Word {
        word: "LazyLock",
        instead: GLOBAL,
    },
    Word {
        word: "OnceLock",
        instead: GLOBAL,
    },
    Word {
        word: "std::env",
        instead: SYSTEM,
    },
    Word {
        word: "std::fs",
        instead: SYSTEM,
    },
    Word {
        word: "std::io",
        instead: SYSTEM,
    },
    Word {
        word: "std::process",
        instead: SYSTEM,
    },
    Word {
        word: "TcpStream",
        instead: SYSTEM,
    },
    Word {
        word: "TcpListener",
        instead: SYSTEM,
    },
    Word {
        word: "UdpSocket",
        instead: SYSTEM,
    },
    Word {
        word: "print!",
        instead: OUTPUT,
    },
    Word {
        word: "println!",
        instead: OUTPUT,
    },
    Word {
        word: "eprint!",
        instead: OUTPUT,
    },
    Word {
        word: "eprintln!",
        instead: OUTPUT,
    },
    Word {
        word: "dbg!",
        instead: OUTPUT,
    },
];

/// Crates that are a way to the outside.
const WAYS_OUT: [&str; 9] = [
    "getrandom",
    "jiff",
    "libc",
    "pcap-file",
    "rand",
    "rustix",
    "socket2",
    "tokio",
    "tracing",
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let core = |name: Option<&str>| name.is_some_and(|name| CORE.contains(&name));
    let mut findings = Vec::new();
    for source in tree
        .sources
        .iter()
        .filter(|source| core(source.crate_name()))
    {
        check_words(source, NOWHERE, true, &mut findings);
        check_words(source, NOT_IN_THE_CORE, false, &mut findings);
    }
    for manifest in tree
        .manifests
        .iter()
        .filter(|manifest| core(manifest.name.as_deref()))
    {
        for dependency in manifest.of_kind(Kind::Normal) {
            if WAYS_OUT.contains(&dependency.name.as_str()) {
                let what = format!("`{}` is a way out of the core: {SYSTEM}", dependency.name);
                findings.push(Finding::new(&manifest.path, dependency.line, what));
            }
        }
    }
    findings
}

fn check_words(source: &Source, table: &[Word], in_tests: bool, findings: &mut Vec<Finding>) {
    for &Word { word, instead } in table {
        for offset in source.code_words(word) {
            if in_tests || !source.is_test(offset) {
                let what = format!("`{word}` is {instead}");
                findings.push(Finding::new(&source.path, source.line(offset), what));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::lint::tree::Tree;

    fn findings(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn what_lets_the_outside_in_is_wrong() {
        for text in [
            "let t = std::time::Instant::now();",
            "use std::thread::spawn;",
            "let mut r = rand::rng();",
            "static mut COUNT: u32 = 0;",
            "println!(\"{x}\");",
        ] {
            assert!(findings("crates/tcp/src/a.rs", text) > 0, "{text}");
        }
        let manifest = "[package]\nname = \"tcp\"\n[dependencies]\nrand.workspace = true";
        assert_eq!(findings("crates/tcp/Cargo.toml", manifest), 1);
    }

    #[test]
    fn words_names_and_other_crates_are_right() {
        let text = "// println!(\"a\")\nlet a = \"Instant::now\"; now.my_getrandom(); self.print(); \
            use core::time::Duration;";
        assert_eq!(findings("crates/tcp/src/a.rs", text), 0);
        assert_eq!(findings("crates/host/src/a.rs", "Instant::now()"), 0);
    }

    #[test]
    fn tests_may_print_but_have_no_clock() {
        assert_eq!(
            findings("crates/tcp/tests/a.rs", "println!(\"seed {seed}\");"),
            0
        );
        assert_eq!(
            findings(
                "crates/tcp/src/a.rs",
                "#[cfg(test)] mod t { fn f() { dbg!(1); } }"
            ),
            0
        );
        assert_eq!(
            findings("crates/tcp/tests/a.rs", "if std::thread::panicking() {}"),
            0
        );
        assert_eq!(findings("crates/tcp/tests/a.rs", "Instant::now();"), 1);
        assert_eq!(
            findings("crates/tcp/tests/a.rs", "std::thread::spawn(f);"),
            1
        );
    }
}
