//! How long packets to a destination may be (RFC 1191, RFC 8201).

use alloc::collections::VecDeque;
use core::net::IpAddr;

use base::{Instant, Rng};
use wire::ipv6;

use crate::keyed::{Keyed, KeyedMap};
use crate::sysctl::Sysctls;
use crate::verdict::DropReason;

/// Destinations that are remembered; the oldest gives way.
const LIMIT: usize = 1024;

/// MTUs that links have (RFC 1191 §7, table 7-1), for routers that do not say theirs.
const PLATEAUS: [usize; 11] = [
    65_535, 32_000, 17_914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68,
];

/// The least MTU that a link may have (RFC 791 §3.2); no router may report less.
const LEAST: usize = 68;

/// What is known of the way to a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PathMtu {
    /// Bytes of the longest packet that gets there whole, as far as we believe.
    pub(crate) mtu: usize,
    /// Less was reported than `min_pmtu`: packets of that length must be open to fragmentation
    /// (Linux locks the MTU).
    pub(crate) locked: bool,
    expires: Instant,
}

/// What is known of all ways that are narrower than their first link.
#[derive(Debug)]
pub(crate) struct PathMtus {
    known: KeyedMap<IpAddr, PathMtu>,
    /// Those known, each once, in the order in which they came.
    oldest: VecDeque<(Instant, IpAddr)>,
}

impl PathMtus {
    pub(super) fn new(rng: &mut Rng) -> Self {
        Self {
            known: KeyedMap::with_hasher(Keyed::new(rng)),
            oldest: VecDeque::new(),
        }
    }

    /// What is known of the way to `dst`; `None` when no router complained of late.
    pub(crate) fn get(&self, now: Instant, dst: IpAddr) -> Option<PathMtu> {
        if self.known.is_empty() {
            return None;
        }
        self.known
            .get(&dst)
            .filter(|path| now < path.expires)
            .copied()
    }

    /// What a router's report means, given that `current` was believed so far and that a packet of
    /// `died` bytes was too long.
    ///
    /// # Errors
    ///
    /// [`DropReason::IcmpBadMtu`] for reports below 68 (IPv6: 1280) and for those that would not lower the MTU
    /// (RFC 1191 §3: only ever downwards).
    pub(crate) fn judge(
        sysctls: &Sysctls,
        now: Instant,
        dst: IpAddr,
        current: usize,
        died: usize,
        reported: usize,
    ) -> Result<PathMtu, DropReason> {
        if dst.is_ipv6() {
            // RFC 8201 §4: never below 1280, which every link carries.
            let fits = (ipv6::MIN_MTU..current).contains(&reported);
            return fits
                .then_some(PathMtu {
                    mtu: reported,
                    locked: false,
                    expires: now + sysctls.ipv6_mtu_expires,
                })
                .ok_or(DropReason::IcmpBadMtu);
        }
        // What was reported counts even if what it quotes is no longer, as in Linux: some boxes cut the
        // length of what they quote.
        let reported = match reported {
            // RFC 1191 §5: a router from before; the next plateau below what died.
            0 => PLATEAUS.into_iter().find(|plateau| *plateau < died),
            reported => Some(reported),
        };
        let mtu = reported
            .filter(|mtu| (LEAST..current).contains(mtu))
            .ok_or(DropReason::IcmpBadMtu)?;
        Ok(PathMtu {
            mtu: mtu.max(sysctls.min_pmtu),
            locked: mtu < sysctls.min_pmtu,
            expires: now + sysctls.mtu_expires,
        })
    }

    /// Believes a report that the transport has found to be about a packet of its own.
    pub(crate) fn learn(&mut self, dst: IpAddr, path: PathMtu) {
        if self.known.insert(dst, path).is_none() {
            self.oldest.push_back((path.expires, dst));
        }
        while self.known.len() > LIMIT {
            let Some((expires, dst)) = self.oldest.pop_front() else {
                break;
            };
            match self.known.get(&dst) {
                // It was heard of again since.
                Some(path) if path.expires > expires => self.oldest.push_back((path.expires, dst)),
                _ => {
                    self.known.remove(&dst);
                }
            }
        }
    }
}
