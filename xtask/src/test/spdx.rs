//! Whether a licence expression can be met with the licences that we accept.

use std::iter::Peekable;
use std::vec::IntoIter;

/// Whether `expression` (SPDX 2.3, annex D; the old `A/B` counts as `A OR B`) can be met with
/// licences of `accepted`. An expression that is none cannot.
pub(super) fn is_met(expression: &str, accepted: &[String]) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<String> = spaced.split_whitespace().map(str::to_owned).collect();
    let mut words = words.into_iter().peekable();
    let met = either(&mut words, accepted);
    met == Some(true) && words.next().is_none()
}

type Words = Peekable<IntoIter<String>>;

/// `both (OR both)*`
fn either(words: &mut Words, accepted: &[String]) -> Option<bool> {
    let mut met = both(words, accepted)?;
    while words.next_if(|word| word == "OR").is_some() {
        met |= both(words, accepted)?;
    }
    Some(met)
}

/// `one (AND one)*`: AND binds closer than OR.
fn both(words: &mut Words, accepted: &[String]) -> Option<bool> {
    let mut met = one(words, accepted)?;
    while words.next_if(|word| word == "AND").is_some() {
        met &= one(words, accepted)?;
    }
    Some(met)
}

/// `( either )`, or a licence, or `licence WITH exception`.
fn one(words: &mut Words, accepted: &[String]) -> Option<bool> {
    let mut licence = words.next()?;
    if licence == "(" {
        let met = either(words, accepted)?;
        return (words.next()? == ")").then_some(met);
    }
    if matches!(licence.as_str(), ")" | "OR" | "AND" | "WITH") {
        return None;
    }
    if words.next_if(|word| word == "WITH").is_some() {
        // An exception only adds to what its licence permits.
        let exception = words.next()?;
        if accepted.contains(&licence) {
            return Some(true);
        }
        licence = format!("{licence} WITH {exception}");
    }
    Some(accepted.contains(&licence))
}

#[cfg(test)]
mod tests {
    use super::is_met;

    #[test]
    fn expressions_are_judged() {
        let accepted = ["MIT", "Apache-2.0", "BSD-3-Clause"].map(str::to_owned);
        for met in [
            "MIT",
            "MIT OR GPL-3.0-only",
            "GPL-3.0-only OR MIT",
            "MIT/Apache-2.0",
            "(MIT OR GPL-3.0-only) AND BSD-3-Clause",
            "GPL-3.0-only AND Zlib OR MIT",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert!(is_met(met, &accepted), "{met}");
        }
        for unmet in [
            "",
            "GPL-3.0-only",
            "MIT AND GPL-3.0-only",
            "MIT AND (GPL-3.0-only OR Zlib)",
            "GPL-2.0-only WITH Classpath-exception-2.0",
            "MIT OR",
            "MIT)",
            "(MIT",
            "MIT MIT",
        ] {
            assert!(!is_met(unmet, &accepted), "{unmet}");
        }
    }
}
