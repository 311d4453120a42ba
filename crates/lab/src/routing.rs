//! Routers that speak RIP: as they were drawn, and what they came to know.

use std::sync::{Arc, Mutex, PoisonError};

use base::{Duration, Instant};
use serde::{Serialize, Serializer};
use services::rip::{Config, Event, Protocol};

use crate::mistake::{Mistake, Wrong, nearest};
use crate::scenario::{At, Host, Span};

/// How a router speaks RIP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rip {
    /// Where it stands.
    pub span: Span,
    /// How; the names of passive cards follow.
    pub config: Config,
    /// The cards at which it says nothing.
    pub passive: Vec<At<String>>,
}

impl Rip {
    /// The same, whole.
    pub(crate) fn config(&self) -> Config {
        let mut config = self.config.clone();
        let passive = self.passive.iter().map(|card| card.value.clone());
        config.passive.extend(passive);
        config
    }

    /// What is wrong with it on that host.
    pub(crate) fn mistakes(&self, host: &Host) -> Vec<Mistake> {
        /// Shorter than that nobody means it, and a lab would do nothing else.
        const LEAST: Duration = Duration::from_millis(100);
        let mut mistakes = Vec::new();
        let timers = self.config.timers;
        let least = timers.update.min(timers.garbage);
        if timers.timeout <= timers.update || least < LEAST {
            mistakes.push(Mistake {
                span: self.span.clone(),
                wrong: Wrong::RipTimes,
            });
        }
        for card in &self.passive {
            let mut cards = host.interfaces.iter().map(|card| card.name.as_str());
            if !cards.clone().any(|name| name == card.value) {
                let near = nearest(&card.value, &mut cards);
                let name = card.value.clone();
                mistakes.push(Mistake {
                    span: card.span.clone(),
                    wrong: Wrong::UnknownName { name, near },
                });
            }
        }
        mistakes
    }
}

/// Something that a router came to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RouteNews {
    /// Which router.
    pub router: String,
    /// When, in seconds.
    #[serde(serialize_with = "seconds_at")]
    pub at: Instant,
    /// From which of both protocols.
    pub protocol: Protocol,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

fn seconds_at<S: Serializer>(at: &Instant, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(at.as_nanos() as f64 / 1e9)
}

/// What all routers came to know, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Routing {
    /// The first ten thousand.
    pub news: Vec<RouteNews>,
    /// How many more there were.
    pub more: u64,
}

/// Where routers tell it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told(Arc<Mutex<Routing>>);

impl Told {
    const MOST: usize = 10_000;

    pub(crate) fn tell(&self, news: RouteNews) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.news.len() < Self::MOST {
            all.news.push(news);
        } else {
            all.more += 1;
        }
    }

    /// What there was so far.
    pub(crate) fn so_far(&self) -> Routing {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.clone()
    }
}
