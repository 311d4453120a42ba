//! SYN cookies: a flood leaves no state (RFC 4987 §3.6, in the form that Linux gives them).
//!
//! The SYN-ACK's own number says which SYN it answers and about how large the peer's segments may
//! be; where the peer tells the time, the low bits of the TSval that it will echo say the rest:
//! its window scale, whether it permits SACK, and ECN.

use core::hash::{Hash, Hasher};

use base::{Duration, Instant, Rng};
use siphasher::sip::SipHasher13;
use wire::tcp::{Control, Flags, SeqNumber};

use super::ecn::Ecn;
use super::half_open::HalfOpen;
use crate::{Settings, SocketOptions};

/// The segment sizes that a cookie can tell, in bytes of data, for IPv4.
const SIZES_V4: [u16; 4] = [536, 1300, 1440, 1460];
/// The same for IPv6: 1280, 1480, 1500 and 9000 bytes of MTU, less 60.
const SIZES_V6: [u16; 4] = [1220, 1420, 1440, 8940];
/// What the secret is renewed by.
const PERIOD: Duration = Duration::from_secs(60);
/// A cookie of this period and of the one before is taken.
const MAX_AGE: u32 = 2;
/// The lower part of the number: a hash, to which the size is added.
const HASH_BITS: u32 = 24;

/// Bits of the TSval that carry options.
const STAMP_BITS: u32 = 6;
/// The peer's shift; all ones when windows are not scaled.
const STAMP_SCALE: u32 = 0xf;
/// The peer permits SACK.
const STAMP_SACK: u32 = 1 << 4;
/// ECN was agreed on.
const STAMP_ECN: u32 = 1 << 5;

/// Makes cookies and knows them again.
#[derive(Clone, Debug)]
pub struct SynCookies {
    flow: SipHasher13,
    period: SipHasher13,
}

impl SynCookies {
    /// How long after the last cookie was sent one may come back.
    pub const VALID: Duration = Duration::from_secs(120);

    /// Cookies under secrets drawn from `rng`.
    #[must_use]
    pub fn new(rng: &mut Rng) -> Self {
        let mut keyed = || SipHasher13::new_with_keys(rng.u64(), rng.u64());
        Self {
            flow: keyed(),
            period: keyed(),
        }
    }

    /// The SYN-ACK for `syn`, of which nothing is kept.
    ///
    /// `flow` is the four of addresses and ports in any form that hashes, `half_open` what the SYN
    /// would have opened, `ipv6` whether the addresses are IPv6's.
    #[must_use]
    pub fn answer(
        &self,
        now: Instant,
        flow: &impl Hash,
        ipv6: bool,
        mut half_open: HalfOpen,
    ) -> Control {
        let sizes = if ipv6 { SIZES_V6 } else { SIZES_V4 };
        let fits = |size: &u16| *size <= half_open.peer_mss;
        let index = sizes.iter().rposition(fits).unwrap_or(0) as u32;
        half_open.iss = self.number(flow, half_open.irs, period(now), index);
        match &mut half_open.stamps {
            Some(stamps) => *stamps = stamps.with_offset(stamps.offset()),
            None => {
                // Nobody would bring them back.
                half_open.scales = None;
                half_open.sack = false;
                half_open.ecn = Ecn::Off;
            }
        }
        let mut control = half_open.syn_ack(now);
        if let (Some(option), Some(stamps)) = (&mut control.options.timestamps, half_open.stamps) {
            let mut bits = half_open
                .scales
                .map_or(STAMP_SCALE, |(peer, _)| peer.shift().into());
            bits |= if half_open.sack { STAMP_SACK } else { 0 };
            bits |= if half_open.ecn == Ecn::Off {
                0
            } else {
                STAMP_ECN
            };
            let clock = option.value.wrapping_sub(stamps.offset());
            option.value = with_bits(clock, bits).wrapping_add(stamps.offset());
        }
        control
    }

    /// What `ack` would complete, if it acknowledges a cookie of this or the last minute.
    ///
    /// `options` are the listener's, of which TCP_DEFER_ACCEPT does not count any more; `offset` the one of the flow's timestamps, `local_mss` what the
    /// route lets a segment carry, in bytes of data.
    #[must_use]
    pub fn check(
        &self,
        now: Instant,
        settings: &Settings,
        (flow, ipv6): (&impl Hash, bool),
        (options, local_mss, offset): (&SocketOptions, u16, u32),
        ack: &Control,
    ) -> Option<HalfOpen> {
        if !ack.flags.contains(Flags::ACK) || ack.flags.intersects(Flags::SYN | Flags::RST) {
            return None;
        }
        let (cookie, irs) = (ack.ack - 1, ack.seq - 1);
        let index = self.index(flow, irs, period(now), cookie)?;
        let sizes = if ipv6 { SIZES_V6 } else { SIZES_V4 };
        let mut syn = Control {
            seq: irs,
            flags: Flags::SYN,
            ..Control::default()
        };
        syn.options.mss = sizes.get(index as usize).copied();
        let mut ecn = Ecn::Off;
        if let Some(stamps) = ack.options.timestamps {
            if settings.timestamps == 0 {
                return None;
            }
            let bits = stamps.echo.wrapping_sub(offset);
            syn.options.timestamps = Some(stamps);
            syn.options.sack_permitted = bits & STAMP_SACK != 0;
            let shift = bits & STAMP_SCALE;
            syn.options.window_scale = (shift != STAMP_SCALE).then_some(shift as u8);
            // What was agreed on then is not allowed any more.
            if (syn.options.sack_permitted && !settings.sack)
                || (syn.options.window_scale.is_some() && !settings.window_scaling)
            {
                return None;
            }
            if bits & STAMP_ECN != 0 && settings.ecn > 0 {
                ecn = Ecn::Classic;
            }
        }
        let mut half_open = HalfOpen::new(now, settings, options, cookie, local_mss, &syn)
            .with_timestamp_offset(offset);
        half_open.ecn = ecn;
        half_open.mark_sent();
        Some(half_open)
    }

    fn number(&self, flow: &impl Hash, irs: SeqNumber, period: u32, index: u32) -> SeqNumber {
        let low = (self.low(flow, irs, period).wrapping_add(index)) & mask();
        let sum = self
            .hash(&self.flow, flow, 0)
            .wrapping_add(irs.0)
            .wrapping_add(period << HASH_BITS)
            .wrapping_add(low);
        SeqNumber(sum)
    }

    /// Which size a cookie tells, if it is one.
    fn index(
        &self,
        flow: &impl Hash,
        irs: SeqNumber,
        period: u32,
        cookie: SeqNumber,
    ) -> Option<u32> {
        let rest = cookie
            .0
            .wrapping_sub(self.hash(&self.flow, flow, 0))
            .wrapping_sub(irs.0);
        let age = period.wrapping_sub(rest >> HASH_BITS) & 0xff;
        if age >= MAX_AGE {
            return None;
        }
        let then = self.low(flow, irs, period.wrapping_sub(age));
        let index = rest.wrapping_sub(then) & mask();
        (index < SIZES_V4.len() as u32).then_some(index)
    }

    /// What the size is added to. The SYN's number is part of it, other than in Linux: were it only
    /// added as well, a segment one to three bytes ahead would do for the handshake's last, with
    /// another size, and the bytes before it would count as received.
    fn low(&self, flow: &impl Hash, irs: SeqNumber, period: u32) -> u32 {
        self.hash(&self.period, &(flow, irs.0), period)
    }

    fn hash(&self, keyed: &SipHasher13, flow: &impl Hash, period: u32) -> u32 {
        let mut hasher = *keyed;
        flow.hash(&mut hasher);
        hasher.write_u32(period);
        hasher.finish() as u32
    }
}

const fn mask() -> u32 {
    (1 << HASH_BITS) - 1
}

const fn period(now: Instant) -> u32 {
    (now.as_millis() / PERIOD.as_millis()) as u32
}

/// The newest time that ends in `bits` and is not in the future.
const fn with_bits(clock: u32, bits: u32) -> u32 {
    let value = clock >> STAMP_BITS << STAMP_BITS | bits;
    if value > clock {
        value.wrapping_sub(1 << STAMP_BITS)
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A segment ahead of the handshake's last acknowledges the same cookie: it must not do for it,
    /// or the bytes between the two would be acknowledged and never read.
    #[test]
    fn a_cookie_belongs_to_the_number_of_its_syn() {
        let cookies = SynCookies::new(&mut Rng::seeded(1));
        let flow = (1_u32, 2_u16);
        for start in (0..1000_u32).map(|at| at.wrapping_mul(0x9e37_79b9)) {
            let irs = SeqNumber(start);
            for index in 0..4 {
                let cookie = cookies.number(&flow, irs, 7, index);
                assert_eq!(cookies.index(&flow, irs, 7, cookie), Some(index));
                assert_eq!(cookies.index(&flow, irs, 8, cookie), Some(index));
                assert_eq!(cookies.index(&flow, irs, 9, cookie), None);
                for ahead in 1..=8 {
                    let found = cookies.index(&flow, irs + ahead, 7, cookie);
                    assert_eq!(found, None, "{ahead} ahead of {start}");
                }
            }
        }
    }
}
