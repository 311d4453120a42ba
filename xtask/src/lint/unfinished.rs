//! Nothing is left to be done later without a word.

use super::Finding;
use super::source::words;
use super::tree::Tree;

/// Macros that panic where work was left out.
const MACROS: [&str; 2] = ["todo!", "unimplemented!"];

/// Marks of work left out, put together here so that a search for them finds real ones only.
const MARKS: [&str; 3] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.sources {
        let mut add = |offset, word| {
            let what = format!("`{word}`: do it now, or say in prose what is not there and why");
            findings.push(Finding::new(&source.path, source.line(offset), what));
        };
        for word in MACROS {
            source.code_words(word).for_each(|offset| add(offset, word));
        }
        for mark in MARKS {
            source.code_words(mark).for_each(|offset| add(offset, mark));
            words(&source.comments, mark).for_each(|offset| add(offset, mark));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{MARKS, check};
    use crate::lint::tree::Tree;

    fn findings(text: &str) -> usize {
        check(&Tree::of(&[("a.rs", text)])).len()
    }

    #[test]
    fn left_out_work_is_wrong() {
        assert_eq!(findings("fn f() { todo! {} }"), 1);
        assert_eq!(findings("fn f() { unimplemented! {} }"), 1);
        for mark in MARKS {
            assert_eq!(findings(&format!("// {mark}: later")), 1);
        }
    }

    #[test]
    fn strings_and_longer_words_are_right() {
        for mark in MARKS {
            assert_eq!(
                findings(&format!("let name = \"{mark}\"; let a{mark}a = 1;")),
                0
            );
        }
    }
}
