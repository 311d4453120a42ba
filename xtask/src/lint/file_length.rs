//! A Rust file has at most 600 lines: one file, one concern with its own state.

use super::Finding;
use super::tree::Tree;

const MOST: usize = 600;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let lengths = tree
        .sources
        .iter()
        .map(|source| (source, source.text.lines().count()));
    lengths
        .filter(|&(_, lines)| lines > MOST)
        .map(|(source, lines)| {
            let what = format!("{lines} lines, of {MOST} at most; cut it by concern");
            Finding::new(&source.path, lines, what)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::lint::tree::Tree;

    #[test]
    fn six_hundred_lines_and_no_more() {
        let tree = |lines: usize| Tree::of(&[("a.rs", &"\n".repeat(lines))]);
        assert_eq!(check(&tree(600)), []);
        assert_eq!(check(&tree(601)).len(), 1);
    }
}
