//! Advertisements and questions by the numbers of their RFCs.

use core::net::Ipv6Addr;

use alloc::vec::Vec;

use base::{Duration, Instant, Rng};
use wire::ndp::options::PrefixInformation;
use wire::ndp::{NdOption, Preference, RouterAdvertisement};
use wire::{Ipv6Net, MacAddr};

use super::link::EVERYWHERE;
use super::{Action, Autoconf};
use crate::interface::InterfaceId;
use crate::sysctl::Sysctls;
use crate::timer::{TimerKey, Wheel};

const IFACE: InterfaceId = InterfaceId(1);
const MAC: MacAddr = MacAddr([0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde]);
const ROUTER: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
const OTHER: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 2);

struct Host {
    autoconf: Autoconf,
    timers: Wheel<TimerKey>,
    sysctls: Sysctls,
    now: Instant,
}

impl Host {
    fn new(sysctls: Sysctls, seed: u64) -> (Self, Vec<Action>) {
        let mut host = Self {
            autoconf: Autoconf::new(Rng::seeded(seed)),
            timers: Wheel::new(),
            sysctls,
            now: Instant::from_secs(1000),
        };
        let Self {
            autoconf,
            timers,
            sysctls,
            now,
        } = &mut host;
        let actions = autoconf.begin(timers, sysctls, *now, (IFACE, MAC));
        (host, actions)
    }

    fn hear(
        &mut self,
        from: Ipv6Addr,
        router: &RouterAdvertisement,
        options: &[NdOption<'_>],
    ) -> Vec<Action> {
        let mut bytes = Vec::new();
        options.iter().for_each(|option| option.append(&mut bytes));
        let (timers, sysctls) = (&mut self.timers, &self.sysctls);
        self.autoconf
            .advertised(timers, sysctls, self.now, (IFACE, from), router, &bytes)
    }

    /// Lets so many seconds pass; what follows, and when.
    fn pass(&mut self, seconds: u64) -> Vec<(Instant, Action)> {
        let end = self.now + Duration::from_secs(seconds);
        let mut all = Vec::new();
        while let Some(next) = self.timers.next().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            while let Some(key) = self.timers.expire(self.now) {
                assert_eq!(key, TimerKey::Autoconf(1));
                let actions =
                    self.autoconf
                        .expire(&mut self.timers, &self.sysctls, self.now, IFACE);
                all.extend(actions.into_iter().map(|action| (self.now, action)));
            }
        }
        self.now = end;
        all
    }
}

fn net(text: &str) -> Ipv6Net {
    text.parse().unwrap_or(EVERYWHERE)
}

fn router(seconds: u64, preference: Preference) -> RouterAdvertisement {
    RouterAdvertisement {
        lifetime: Duration::from_secs(seconds),
        preference,
        ..RouterAdvertisement::default()
    }
}

fn prefix(valid: u64) -> NdOption<'static> {
    let seconds = Some(Duration::from_secs(valid));
    NdOption::Prefix(PrefixInformation {
        prefix: net("2001:db8:1::/64"),
        on_link: false,
        autonomous: true,
        valid_lifetime: seconds,
        preferred_lifetime: seconds,
    })
}

fn addresses(actions: &[Action]) -> Vec<Ipv6Net> {
    let nets = actions.iter().filter_map(|action| match action {
        Action::AddAddress(net) => Some(*net),
        _ => None,
    });
    nets.collect()
}

#[test]
fn the_low_half_from_the_mac_address() {
    let mut sysctls = Sysctls::default();
    sysctls.conf_v6.default.addr_gen_mode = 0;
    let (_, actions) = Host::new(sysctls, 1);
    // The example of RFC 2464 §4: 34-56-78-9A-BC-DE gives 36-56-78-FF-FE-9A-BC-DE.
    assert_eq!(addresses(&actions), [net("fe80::3656:78ff:fe9a:bcde/64")]);
}

#[test]
fn the_low_half_from_a_secret() {
    let of = |seed| {
        let (mut host, mut actions) = Host::new(Sysctls::default(), seed);
        let none = router(0, Preference::Medium);
        actions.extend(host.hear(ROUTER, &none, &[prefix(86_400)]));
        addresses(&actions)
    };
    let (one, again, another) = (of(1), of(1), of(2));
    // RFC 7217 §5: stable, another one on each network and for each secret.
    assert_eq!(one, again);
    let low = |net: &Ipv6Net| net.addr().to_bits() as u64;
    assert_ne!(low(&one[0]), low(&one[1]));
    assert_ne!(low(&one[0]), low(&another[0]));
    assert_eq!(one[0].trunc(), net("fe80::/64"));
    assert_eq!(one[1].trunc(), net("2001:db8:1::/64"));
}

#[test]
fn routers_are_asked_for_ever_more_seldom() {
    for seed in 0..50 {
        let (mut host, _) = Host::new(Sysctls::default(), seed);
        let start = host.now;
        let asked = host.pass(100_000);
        assert!(
            asked
                .iter()
                .all(|(_, action)| *action == Action::Solicit(MAC))
        );
        let first = asked[0].0.since(start);
        assert!(first <= Duration::from_secs(1), "seed {seed}: {first:?}");
        // RFC 7559 §2.1: 4 seconds, then twice as long each time, at most an hour; a tenth more
        // or less.
        let mut expected = 4.0;
        for pair in asked.windows(2) {
            let waited = pair[1].0.since(pair[0].0).as_nanos() as f64 / 1e9;
            let range = expected * 0.9..=expected * 1.1;
            assert!(
                range.contains(&waited),
                "seed {seed}: {waited} near {expected}"
            );
            expected = if waited * 2.0 > 3960.0 {
                3600.0
            } else {
                waited * 2.0
            };
            if expected > 3240.0 {
                break;
            }
        }
        let said = router(1800, Preference::Medium);
        host.hear(ROUTER, &said, &[]);
        let quiet = host.pass(1799);
        assert_eq!(quiet, [], "seed {seed}");
    }
}

#[test]
fn nobody_cuts_an_address_short_of_two_hours() {
    let (mut host, _) = Host::new(Sysctls::default(), 1);
    let said = router(9000, Preference::Medium);
    let made = addresses(&host.hear(ROUTER, &said, &[prefix(30 * 86_400)]));
    assert_eq!(made.len(), 1);
    // RFC 4862 §5.5.3 (e): more than two hours are left, so that two hours it becomes; how long it is
    // preferred is as said.
    assert_eq!(host.hear(ROUTER, &said, &[prefix(60)]), []);
    let deprecated = |on| Action::Deprecate(made[0].addr(), on);
    let quiet: Vec<_> = host.pass(7199).into_iter().map(|(_, a)| a).collect();
    assert_eq!(quiet, [deprecated(true)]);
    // Of less than two hours nothing is taken, and more is given.
    assert_eq!(host.hear(ROUTER, &said, &[prefix(0)]), []);
    let gone: Vec<_> = host.pass(1).into_iter().map(|(_, action)| action).collect();
    assert_eq!(gone, [Action::RemoveAddress(made[0].addr())]);
    host.hear(ROUTER, &said, &[prefix(60)]);
    host.hear(ROUTER, &said, &[prefix(120)]);
    let gone = host.pass(119);
    assert_eq!(gone, []);
    assert_eq!(host.pass(1).len(), 1);
}

#[test]
fn the_preferred_router_is_the_default() {
    let (mut host, _) = Host::new(Sysctls::default(), 1);
    let add = |via, preference| Action::AddRoute(EVERYWHERE, Some(via), preference);
    let remove = |via, preference| Action::RemoveRoute(EVERYWHERE, Some(via), preference);
    // Each has its route; which is taken, its preference says.
    let (medium, high) = (Preference::Medium, Preference::High);
    let said = router(1800, medium);
    assert_eq!(host.hear(ROUTER, &said, &[]), [add(ROUTER, medium)]);
    assert_eq!(host.hear(OTHER, &said, &[]), [add(OTHER, medium)]);
    assert_eq!(host.hear(OTHER, &said, &[]), []);
    let said = router(1800, high);
    assert_eq!(
        host.hear(OTHER, &said, &[]),
        [remove(OTHER, medium), add(OTHER, high)]
    );
    // RFC 4861 §6.3.4: a lifetime of 0 says that it is none any more.
    let none = router(0, Preference::High);
    assert_eq!(host.hear(OTHER, &none, &[]), [remove(OTHER, high)]);
    let over: Vec<_> = host.pass(1800).into_iter().map(|(_, a)| a).collect();
    assert_eq!(over, [remove(ROUTER, medium)]);
    assert_eq!(host.timers.next(), None);
}

#[test]
fn who_does_not_listen_learns_nothing() {
    for (accept_ra, ipv6_forwarding, listens) in
        [(0, false, false), (1, true, false), (2, true, true)]
    {
        let mut sysctls = Sysctls {
            ipv6_forwarding,
            ..Sysctls::default()
        };
        sysctls.conf_v6.default.accept_ra = accept_ra;
        let (mut host, _) = Host::new(sysctls, 1);
        let said = router(1800, Preference::Medium);
        let actions = host.hear(ROUTER, &said, &[prefix(600), NdOption::Mtu(1400)]);
        assert_eq!(!actions.is_empty(), listens, "accept_ra {accept_ra}");
    }
}

#[test]
fn what_a_prefix_must_be() {
    let (mut host, _) = Host::new(Sysctls::default(), 1);
    let none = router(0, Preference::Medium);
    let base = PrefixInformation {
        prefix: net("2001:db8:2::/64"),
        on_link: true,
        autonomous: true,
        valid_lifetime: None,
        preferred_lifetime: Some(Duration::from_secs(600)),
    };
    let mut count = |info| addresses(&host.hear(ROUTER, &none, &[NdOption::Prefix(info)])).len();
    // RFC 4862 §5.5.3: (b) not of the link, (c) not preferred longer than valid, (d) 64 bits.
    let local = net("fe80::/64");
    assert_eq!(
        count(PrefixInformation {
            prefix: local,
            ..base
        }),
        0
    );
    let longer = PrefixInformation {
        valid_lifetime: Some(Duration::from_secs(599)),
        ..base
    };
    assert_eq!(count(longer), 0);
    let short = net("2001:db8:2::/56");
    assert_eq!(
        count(PrefixInformation {
            prefix: short,
            ..base
        }),
        0
    );
    assert_eq!(count(base), 1);
}

#[test]
fn lists_are_bounded() {
    let (mut host, _) = Host::new(Sysctls::default(), 1);
    for n in 0..100 {
        let from = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 1, n);
        let prefix = Ipv6Net::new_assert(Ipv6Addr::new(0x2001, 0xdb8, n, 0, 0, 0, 0, 0), 64);
        let info = PrefixInformation {
            prefix,
            on_link: true,
            autonomous: true,
            valid_lifetime: None,
            preferred_lifetime: None,
        };
        let said = router(1800, Preference::Medium);
        host.hear(from, &said, &[NdOption::Prefix(info)]);
    }
    let learned = host.autoconf.learned(IFACE).unwrap_or_default();
    assert_eq!(learned.routers.len(), 16);
}
