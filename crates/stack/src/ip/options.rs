//! IPv4 options, one by one (RFC 791 §3.1).

/// The options in a header, each with its type and length. Stops at the end of the list and at a
/// length that makes no sense: what is behind it cannot be told apart.
pub(super) struct Options<'a>(pub(super) &'a [u8]);

/// Source routes: loose and strict.
const SOURCE_ROUTES: [u8; 2] = [131, 137];

impl<'a> Iterator for Options<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let len = match *self.0 {
                [] | [0, ..] => return None,
                // No operation: padding between options.
                [1, ..] => {
                    self.0 = &self.0[1..];
                    continue;
                }
                [_, len, ..] if len >= 2 && usize::from(len) <= self.0.len() => usize::from(len),
                _ => return None,
            };
            let (option, rest) = self.0.split_at(len);
            self.0 = rest;
            return Some(option);
        }
    }
}

/// Where a list ends that cannot be read on: at an option without a length, or whose length is
/// none.
pub(super) fn broken_at(options: &[u8]) -> Option<usize> {
    let mut walk = Options(options);
    walk.by_ref().for_each(drop);
    let at = options.len() - walk.0.len();
    // What begins with the end of the list, or has nothing left, ended as it should.
    walk.0.first().is_some_and(|kind| *kind != 0).then_some(at)
}

/// Whether the sender wants to say where the packet goes. No host today obeys
/// (RFC 7126 §4.3, §4.4).
pub(super) fn has_source_route(options: &[u8]) -> bool {
    Options(options).any(|option| SOURCE_ROUTES.contains(&option[0]))
}
