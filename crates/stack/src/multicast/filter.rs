//! Whose packets to a group are wanted (RFC 3376 §2, RFC 3810 §3).

use alloc::collections::BTreeSet;
use core::net::IpAddr;

/// Which sources a filter's list names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Those that are wanted.
    Include,
    /// Those that are not.
    Exclude,
}

/// Whose packets are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) mode: Mode,
    pub(crate) sources: BTreeSet<IpAddr>,
}

impl Filter {
    /// Nobody's: not to listen at all.
    pub(crate) const NOTHING: Self = Self {
        mode: Mode::Include,
        sources: BTreeSet::new(),
    };
    /// Everybody's.
    pub(crate) const ALL: Self = Self {
        mode: Mode::Exclude,
        sources: BTreeSet::new(),
    };

    /// Whether packets of `source` are wanted.
    pub(crate) fn allows(&self, source: IpAddr) -> bool {
        self.sources.contains(&source) == (self.mode == Mode::Include)
    }

    /// What is wanted by somebody (RFC 3376 §3.2).
    pub(crate) fn merge<'a>(filters: impl Iterator<Item = &'a Self> + Clone) -> Self {
        let including = filters
            .clone()
            .filter(|filter| filter.mode == Mode::Include);
        let mut included = BTreeSet::new();
        for filter in including {
            included.extend(&filter.sources);
        }
        let mut excluding = filters.filter(|filter| filter.mode == Mode::Exclude);
        let Some(first) = excluding.next() else {
            return Self {
                mode: Mode::Include,
                sources: included,
            };
        };
        let mut sources = first.sources.clone();
        for filter in excluding {
            sources.retain(|source| filter.sources.contains(source));
        }
        sources.retain(|source| !included.contains(source));
        Self {
            mode: Mode::Exclude,
            sources,
        }
    }
}
