//! What passed between the lab and the machine.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::report::Passage;

/// The passages of a lab, each counted by whoever serves it.
#[derive(Clone, Default)]
pub(crate) struct Tallies(Arc<Mutex<Vec<Tally>>>);

/// One passage.
#[derive(Clone)]
pub(crate) struct Tally(Arc<Mutex<Passage>>);

impl Tallies {
    /// Begins to count for one more.
    pub(crate) fn begin(&self, what: String) -> Tally {
        let tally = Tally(Arc::new(Mutex::new(Passage {
            what,
            flows: 0,
            inward: 0,
            outward: 0,
            errors: BTreeMap::new(),
        })));
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(tally.clone());
        tally
    }

    /// How all of them stand.
    pub(crate) fn report(&self) -> Vec<Passage> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|tally| tally.passage().clone()).collect()
    }
}

impl Tally {
    fn passage(&self) -> MutexGuard<'_, Passage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection, or the first datagram of somebody.
    pub(crate) fn flow(&self) {
        self.passage().flows += 1;
    }

    /// Bytes from the machine to the lab.
    pub(crate) fn inward(&self, bytes: usize) {
        self.passage().inward += bytes as u64;
    }

    /// Bytes from the lab to the machine.
    pub(crate) fn outward(&self, bytes: usize) {
        self.passage().outward += bytes as u64;
    }

    /// Something did not pass, or a flow broke.
    pub(crate) fn error(&self, what: &str) {
        *self.passage().errors.entry(what.to_owned()).or_default() += 1;
    }

    pub(crate) fn failed(&self, error: &io::Error) {
        self.error(&crate::run::words_of(error));
    }
}
