//! No test sleeps: virtual time where there is any, an event awaited where there is none.

use super::Finding;
use super::tree::Tree;

/// Files whose sleeps are the thing under test, or take no time, and why.
const TIMELESS: &[(&str, &str)] = &[
    (
        "crates/lab/tests/sim.rs",
        "a program's sleep in a lab: its runtime's clock is the lab's, in virtual time",
    ),
    (
        "crates/landline/tests/lan_virtual_time.rs",
        "tokio's timers beside a LAN's virtual time are what is tested",
    ),
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.sources {
        if TIMELESS.iter().any(|(path, _)| *path == source.path) {
            continue;
        }
        // Whatever the name was imported as, it is called by it.
        for offset in source.code_words("sleep") {
            let called = source.code[offset + "sleep".len()..]
                .trim_start()
                .starts_with('(');
            // A network's own `sleep` is a method: on a simulated LAN its time is virtual.
            let method = source.code[..offset].trim_end().ends_with('.');
            if called && !method && source.is_test(offset) {
                let what = "a test that sleeps is slow or wrong; advance virtual time, or wait for the event";
                findings.push(Finding::new(&source.path, source.line(offset), what));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::lint::tree::Tree;

    fn findings(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn a_sleeping_test_is_wrong() {
        let call = concat!("fn f() { thread::", "sleep(a); }");
        assert_eq!(findings("crates/x/tests/a.rs", call), 1);
        assert_eq!(
            findings("crates/x/tests/a.rs", "async fn f() { sleep (a).await }"),
            1
        );
        let inside = format!("#[cfg(test)] mod t {{ {call} }}");
        assert_eq!(findings("crates/x/src/a.rs", &inside), 1);
    }

    #[test]
    fn programs_may_sleep_and_tests_may_talk_of_it() {
        assert_eq!(findings("crates/x/src/a.rs", "fn f() { sleep(a); }"), 0);
        assert_eq!(
            findings("crates/x/tests/a.rs", "// sleep(a)\nlet sleep = 1;"),
            0
        );
        let network = "async fn f() { host.sleep(a).await }";
        assert_eq!(findings("crates/x/tests/a.rs", network), 0);
    }
}
