//! Routers that speak RIP: from the beginning, and again when they start again.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use base::{Instant, Rng};
use services::rip::Router;
use services::words::Lang;
use tokio::task::{AbortHandle, JoinSet};

use super::programs::Outcomes;
use crate::build::Lab;
use crate::report::{Outcome, Result as End};
use crate::routing::RouteNews;

/// The routers of a lab that speak RIP.
pub(super) struct Speakers {
    lab: Arc<Lab>,
    outcomes: Outcomes,
    tasks: JoinSet<()>,
    running: BTreeMap<String, AbortHandle>,
    /// How many began so far: each has chance of its own.
    begun: u64,
}

impl Speakers {
    /// Lets every router speak that is to.
    pub(super) fn start(lab: &Arc<Lab>, outcomes: &Outcomes) -> Self {
        let mut speakers = Self {
            lab: Arc::clone(lab),
            outcomes: Arc::clone(outcomes),
            tasks: JoinSet::new(),
            running: BTreeMap::new(),
            begun: 0,
        };
        let names = lab.scenario().hosts().map(|(node, _)| node.name.clone());
        for name in names.collect::<Vec<_>>() {
            speakers.restart(&name);
        }
        speakers
    }

    /// A host has crashed, and is silent.
    pub(super) fn crash(&mut self, host: &str) {
        if let Some(task) = self.running.remove(host) {
            task.abort();
        }
    }

    /// A host has started again, or for the first time.
    pub(super) fn restart(&mut self, host: &str) {
        let mut hosts = self.lab.scenario().hosts();
        let drawn = hosts.find(|(node, _)| node.name == host);
        let rip = drawn.and_then(|(_, host)| host.rip.as_ref());
        let (Some(rip), Some(network)) = (rip, self.lab.host(host)) else {
            return;
        };
        if self.running.contains_key(host) {
            return;
        }
        /// Beside the programs, which draw from their numbers.
        const STREAM: u64 = 1 << 40;
        let rng = Rng::seeded(self.lab.seed()).fork(STREAM + self.begun);
        self.begun += 1;
        let (told, name) = (self.lab.told().clone(), host.to_owned());
        let listener = move |at, protocol, event| {
            let router = name.clone();
            told.tell(RouteNews {
                router,
                at,
                protocol,
                event,
            });
            Ok(())
        };
        let router = Router::new(&network, rip.config(), rng, Arc::new(listener));
        let (outcomes, host) = (Arc::clone(&self.outcomes), host.to_owned());
        let name = host.clone();
        let began = network.now();
        let task = self.tasks.spawn(async move {
            // It ends only when it fails.
            if let Err(failure) = router.run().await {
                let outcome = failed(name, began, network.now(), Lang::English.failure(&failure));
                let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
                outcomes.push(outcome);
            }
        });
        self.running.insert(host, task);
    }
}

fn failed(host: String, began: Instant, ended: Instant, why: String) -> Outcome {
    Outcome {
        host,
        what: "rip".into(),
        began,
        ended,
        result: End::Failed(why),
    }
}
