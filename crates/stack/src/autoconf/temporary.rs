//! Addresses that change daily, so that nobody recognises a host by them (RFC 8981).

use alloc::vec::Vec;
use core::net::Ipv6Addr;

use base::{Duration, Instant, Rng};
use wire::Ipv6Net;

use super::Action;
use super::identifier::is_reserved;
use super::link::{Link, MOST, Made};
use crate::sysctl::ConfV6;

/// So long before one is no longer preferred the next is made (RFC 8981 §3.8, `REGEN_ADVANCE`: two
/// seconds and the time to find out that nobody has it).
const REGEN_ADVANCE: Duration = Duration::from_secs(5);
/// Addresses that are made in the place of one that somebody has (`TEMP_IDGEN_RETRIES`).
const TEMP_IDGEN_RETRIES: u8 = 3;

/// What an address that changes daily has beyond others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Temporary {
    /// When it was made.
    made_at: Instant,
    /// So much shorter it is preferred, that not all hosts of a link change at once
    /// (RFC 8981 §3.8, `DESYNC_FACTOR`).
    desync: Duration,
    /// When the next is made; `None` once it was, or where there is no end.
    pub(super) renewed_at: Option<Instant>,
    /// How many before it somebody had.
    refused: u8,
}

impl Made {
    /// RFC 8981 §3.4: however long a router says, a temporary address ends after its own time.
    pub(super) fn within(&mut self, conf: &ConfV6) {
        let Some(temporary) = &mut self.temporary else {
            return;
        };
        let valid = temporary.made_at + conf.temp_valid_lft;
        let preferred = conf.temp_prefered_lft.as_nanos();
        let preferred = preferred.saturating_sub(temporary.desync.as_nanos());
        let preferred = temporary.made_at + Duration::from_nanos(preferred);
        let earlier = |given: Option<Instant>, own| Some(given.map_or(own, |given| given.min(own)));
        self.until = earlier(self.until, valid);
        self.preferred_until = earlier(self.preferred_until, preferred);
        if temporary.renewed_at.is_some() {
            temporary.renewed_at = self.preferred_until.map(|until| until - REGEN_ADVANCE);
        }
    }
}

impl Link {
    /// Makes a temporary address beside a lasting one, where the settings want it.
    pub(super) fn make_temporary(
        &mut self,
        rng: &mut Rng,
        conf: &ConfV6,
        now: Instant,
        beside: &Made,
        actions: &mut Vec<Action>,
    ) {
        if conf.use_tempaddr == 0 || self.addresses.len() >= MOST {
            return;
        }
        let most = conf.temp_prefered_lft.as_nanos() * 4 / 10;
        let mut made = Made {
            net: drawn(rng, beside.net.trunc()),
            temporary: Some(Temporary {
                made_at: now,
                desync: Duration::from_nanos(rng.below(most.max(1))),
                renewed_at: Some(now),
                refused: 0,
            }),
            ..*beside
        };
        made.within(conf);
        // RFC 8981 §3.4: not for less time than it takes to make the next.
        let lasts = made
            .preferred_until
            .is_none_or(|until| until.since(now) > REGEN_ADVANCE);
        if lasts {
            self.addresses.push(made);
            actions.push(Action::AddTemporary(made.net));
        }
    }

    /// Makes those anew whose time is nearly over.
    pub(super) fn renew_temporary(
        &mut self,
        rng: &mut Rng,
        conf: &ConfV6,
        now: Instant,
        actions: &mut Vec<Action>,
    ) {
        let mut due = Vec::new();
        for made in &mut self.addresses {
            if let Some(temporary) = &mut made.temporary
                && temporary.renewed_at.is_some_and(|at| at <= now)
            {
                temporary.renewed_at = None;
                due.push(made.net.trunc());
            }
        }
        for net in due {
            let lasting = |made: &&Made| made.temporary.is_none() && made.net.trunc() == net;
            if let Some(beside) = self.addresses.iter().find(lasting).copied() {
                self.make_temporary(rng, conf, now, &beside, actions);
            }
        }
    }

    /// Somebody has a temporary address: another is made at once (RFC 8981 §3.3.1).
    pub(super) fn refuse_temporary(&mut self, rng: &mut Rng, at: usize) -> Vec<Action> {
        let made = &mut self.addresses[at];
        let old = made.net.addr();
        match &mut made.temporary {
            Some(temporary) if temporary.refused < TEMP_IDGEN_RETRIES => {
                temporary.refused += 1;
                made.net = drawn(rng, made.net.trunc());
                let net = made.net;
                Vec::from([Action::RemoveAddress(old), Action::AddTemporary(net)])
            }
            _ => {
                self.addresses.remove(at);
                Vec::from([Action::RemoveAddress(old)])
            }
        }
    }
}

/// A random address of a network (RFC 8981 §3.3.1).
fn drawn(rng: &mut Rng, net: Ipv6Net) -> Ipv6Net {
    let mut low = rng.u64();
    while is_reserved(low) {
        low = rng.u64();
    }
    let bits = net.network().to_bits() | u128::from(low);
    Ipv6Net::new(Ipv6Addr::from_bits(bits), 64).unwrap_or(net)
}
