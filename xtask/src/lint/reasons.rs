//! Every `allow` and `expect` attribute gives its reason.

use super::Finding;
use super::source::{Source, attributes, close_of, words};
use super::tree::Tree;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.sources.iter().flat_map(check_file).collect()
}

fn check_file(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for attribute in attributes(&source.code) {
        let code = &source.code[attribute.clone()];
        for level in ["allow(", "expect("] {
            for at in words(code, level) {
                let inside = &code[at..close_of(code, at + level.len() - 1)];
                if !has_reason(inside) {
                    let name = level.trim_end_matches('(');
                    let what =
                        format!("`{name}` without a reason; add `reason = \"…\"`, or mend it");
                    let line = source.line(attribute.start + at);
                    findings.push(Finding::new(&source.path, line, what));
                }
            }
        }
    }
    findings
}

/// Whether a `reason = "…"` with something in it stands there; literals are blanked, not cut.
fn has_reason(inside: &str) -> bool {
    words(inside, "reason").any(|at| {
        let value = inside[at + "reason".len()..].trim_start();
        let Some(value) = value.strip_prefix('=') else {
            return false;
        };
        // A raw string's opening counts as well as a plain one's.
        let value = value.trim_start().trim_start_matches(['r', '#']);
        value.starts_with('"') && !value.starts_with("\"\"")
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::lint::tree::Tree;

    fn findings(text: &str) -> usize {
        check(&Tree::of(&[("a.rs", text)])).len()
    }

    #[test]
    fn a_reason_is_right() {
        assert_eq!(
            findings("#[allow(dead_code, reason = \"for readers\")] fn f() {}"),
            0
        );
        assert_eq!(findings("#![expect(\n    x,\n    reason = \"y\",\n)]"), 0);
        assert_eq!(findings("#[cfg_attr(a, allow(b, reason = \"c\"))]"), 0);
        assert_eq!(findings("let a = b.expect(\"c\"); // #[allow(d)]"), 0);
        assert_eq!(findings("#[should_panic(expected = \"a\")] fn f() {}"), 0);
    }

    #[test]
    fn none_or_an_empty_one_is_wrong() {
        assert_eq!(findings("#[allow(dead_code)] fn f() {}"), 1);
        assert_eq!(findings("#![expect(a, reason = \"\")]"), 1);
        assert_eq!(findings("#[cfg_attr(a, allow(b))]"), 1);
        assert_eq!(findings("#[allow(a)]\n#[expect(b)] fn f() {}"), 2);
    }
}
