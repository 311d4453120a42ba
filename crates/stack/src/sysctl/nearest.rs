//! Which name was probably meant?

use alloc::vec::Vec;

/// The name nearest to `wrong`: one that ends like it, or one few letters away.
pub(super) fn nearest(
    wrong: &str,
    names: impl Iterator<Item = &'static str> + Clone,
) -> Option<&'static str> {
    let last = wrong.rsplit('.').next().unwrap_or(wrong);
    let tail = |name: &&str| last.len() > 3 && name.ends_with(last);
    if let Some(name) = names.clone().find(tail) {
        return Some(name);
    }
    let mut best = None;
    for name in names {
        // Whoever forgot the prefix is compared without it.
        let from = if wrong.contains('.') { 0 } else { prefix(name) };
        let distance = distance(wrong.as_bytes(), &name.as_bytes()[from..]);
        if best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, name));
        }
    }
    let (distance, name) = best?;
    (distance <= wrong.len() / 3).then_some(name)
}

/// Where the last part of a dotted name begins.
fn prefix(name: &str) -> usize {
    name.rfind('.').map_or(0, |dot| dot + 1)
}

/// Levenshtein's: letters to insert, leave out or exchange. Bounded, since names are short and
/// what is no name at all is cut.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let a = &a[..a.len().min(80)];
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let exchange = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = exchange.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
