//! Every relative link in a page leads somewhere: to a file or folder, and to a heading there.

use std::collections::{BTreeSet, HashMap};

use super::Finding;
use super::tree::{Page, Tree};

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let anchors: HashMap<&str, BTreeSet<String>> = tree
        .pages
        .iter()
        .map(|page| (page.path.as_str(), anchors(&page.text)))
        .collect();
    let mut findings = Vec::new();
    for page in &tree.pages {
        for (line, target) in links(&page.text) {
            if let Some(what) = broken(tree, &anchors, page, &target) {
                findings.push(Finding::new(&page.path, line, what));
            }
        }
    }
    findings
}

/// What is wrong with the link from `page` to `target`, if anything.
fn broken(
    tree: &Tree,
    anchors: &HashMap<&str, BTreeSet<String>>,
    page: &Page,
    target: &str,
) -> Option<String> {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() {
        Some(page.path.clone())
    } else {
        resolve(&page.path, file)
    };
    let Some(path) = path else {
        return Some(format!(
            "link to `{target}` leaves the repository; link inside it, or to the web"
        ));
    };
    if !path.is_empty() && !tree.paths.contains(&path) {
        return Some(format!(
            "link to `{target}`: there is no `{path}`; mend the link or the name"
        ));
    }
    // Only a page's headings are known; a line of a source (`#L10`) is not.
    let known = anchors.get(path.as_str())?;
    (!anchor.is_empty() && !known.contains(anchor))
        .then(|| format!("link to `{target}`: `{path}` has no heading for `#{anchor}`"))
}

/// The path that `link` means on a page at `from`, or nothing when it leads out of the top.
fn resolve(from: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    if link.starts_with('/') {
        parts.clear();
    }
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The lines of a page that are prose, code spans blanked, with their numbers from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, String)> + '_ {
    let mut fence: Option<&str> = None;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let start = line.trim_start();
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (None, None) => Some((index + 1, without_code_spans(line))),
            (None, Some(_)) => {
                fence = mark;
                None
            }
            (Some(open), closing) => {
                if closing == Some(open) {
                    fence = None;
                }
                None
            }
        }
    })
}

/// `line` without what stands between backticks; of a link on a code span the target stays.
fn without_code_spans(line: &str) -> String {
    let mut parts = line.split('`');
    let mut out = parts.next().unwrap_or_default().to_owned();
    while let (Some(_code), Some(text)) = (parts.next(), parts.next()) {
        out.push_str(text);
    }
    out
}

/// The targets of a page's relative links, with their lines.
fn links(text: &str) -> Vec<(usize, String)> {
    const OPEN_CLOSE: [(&str, &str); 4] = [
        ("](", ")"),
        ("src=\"", "\""),
        ("href=\"", "\""),
        ("srcset=\"", "\""),
    ];
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        for (open, close) in OPEN_CLOSE {
            for (at, _) in line.match_indices(open) {
                let rest = &line[at + open.len()..];
                found.push((number, rest.split(close).next().unwrap_or(rest).to_owned()));
            }
        }
        // A reference's definition: `[name]: target`.
        if line.starts_with('[')
            && let Some((_, target)) = line.split_once("]: ")
        {
            found.push((number, target.to_owned()));
        }
    }
    found
        .into_iter()
        .filter_map(|(number, link)| Some((number, relative(&link)?)))
        .collect()
}

/// The target of a link, when it is a relative one.
fn relative(link: &str) -> Option<String> {
    // What follows a space is the link's title.
    let target = link.trim().split(' ').next().unwrap_or_default();
    let target = target.trim_start_matches('<').trim_end_matches('>');
    let absolute = target.contains("://") || target.starts_with("mailto:");
    (!target.is_empty() && !absolute).then(|| target.to_owned())
}

/// The anchors of a page's headings, as forges make them: lower case, spaces to hyphens, other
/// punctuation dropped, a number behind the second of a name.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for line in text.lines() {
        let title = line.trim_start_matches('#');
        let level = line.len() - title.len();
        if level == 0 || level > 6 || !title.starts_with(' ') {
            continue;
        }
        let anchor: String = title
            .trim()
            .to_lowercase()
            .chars()
            .filter_map(|c| match c {
                ' ' => Some('-'),
                '-' | '_' => Some(c),
                c => c.is_alphanumeric().then_some(c),
            })
            .collect();
        let mut unique = anchor.clone();
        let mut count = 0;
        while !anchors.insert(unique.clone()) {
            count += 1;
            unique = format!("{anchor}-{count}");
        }
    }
    anchors
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::lint::tree::Tree;

    fn lines(page: &str) -> Vec<usize> {
        let tree = Tree::of(&[
            ("docs/a.md", page),
            (
                "docs/decisions/b.md",
                "# The house, and its `floors`\n## 中文 标题\n## Twice\n## Twice\n",
            ),
            ("README.md", ""),
            ("crates/x/src/lib.rs", ""),
        ]);
        check(&tree)
            .into_iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn links_that_lead_somewhere_are_right() {
        let page = "# Own\n[a](decisions/b.md) ![b](../README.md \"title\") [c](../crates/x/src/)\n\
            [d](/README.md) [e](https://x.example/y) [f](#own) [`g`](../crates/x/src/lib.rs#L3)\n\
            [h](decisions/b.md#the-house-and-its-floors) [i](decisions/b.md#中文-标题)\n\
            [j](decisions/b.md#twice-1) <img src=\"../README.md\">\n\
            `[k](none.md)`\n```\n[l](none.md)\n```\n[m]: ../README.md\n";
        assert_eq!(lines(page), [0_usize; 0]);
    }

    #[test]
    fn links_that_lead_nowhere_are_wrong() {
        let page = "[a](none.md)\n[b](../../shared.md)\n[c](decisions/b.md#nowhere)\n[d](#none)\n\
            <a href=\"none\">\n[`e`](none.rs)\n[f]: none.md\n";
        assert_eq!(lines(page), [1, 2, 3, 4, 5, 6, 7]);
    }
}
