//! A router says what it is and what its link has (RFC 4861 §6.2).

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::Ipv6Addr;

use base::{Duration, Frame, Instant, Rng};
use wire::ndp::options::PrefixInformation;
use wire::ndp::{Message, NdOption, Preference, RouterAdvertisement};
use wire::{Ipv6Net, MacAddr, ipv6};

use crate::config::ConfigError;
use crate::control;
use crate::interface::InterfaceId;
use crate::timer::{TimerId, TimerKey, Wheel};

// RFC 4861 §10.
const MAX_INITIAL_RTR_ADVERT_INTERVAL: Duration = Duration::from_secs(16);
const MAX_INITIAL_RTR_ADVERTISEMENTS: u8 = 3;
const MAX_FINAL_RTR_ADVERTISEMENTS: u8 = 3;
const MIN_DELAY_BETWEEN_RAS: Duration = Duration::from_secs(3);
const MAX_RA_DELAY_TIME: Duration = Duration::from_millis(500);

/// While a router has no address of the link yet it looks again so soon.
const WITHOUT_ADDRESS: Duration = Duration::from_millis(500);

/// Prefixes, routes and servers that one advertisement holds at most, of each.
const MOST: usize = 16;

/// All nodes on the link (RFC 4291 §2.7.1).
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

/// A route that a router offers beside the default route (RFC 4191 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdvertisedRoute {
    /// Where to.
    pub network: Ipv6Net,
    /// How good it is.
    pub preference: Preference,
    /// How long it may be used; `None` for ever. Whole seconds.
    pub lifetime: Option<Duration>,
}

/// What a router says to one link, and how often (RFC 4861 §6.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouterConfig {
    /// The longest time between two advertisements that nobody asked for, 4 to 1800 seconds
    /// (`MaxRtrAdvInterval`).
    pub max_interval: Duration,
    /// The shortest, at least 3 seconds and at most three quarters of the longest
    /// (`MinRtrAdvInterval`).
    pub min_interval: Duration,
    /// What the router says of itself. Its lifetime is 0 or from the longest interval to 9000
    /// seconds (`AdvDefaultLifetime`); while this host does not forward, 0 is said.
    pub router: RouterAdvertisement,
    /// The link's MTU; `None` to say nothing of it.
    pub mtu: Option<u32>,
    /// The link's prefixes.
    pub prefixes: Vec<PrefixInformation>,
    /// Networks that can be reached through the router.
    pub routes: Vec<AdvertisedRoute>,
    /// Name servers (RFC 8106).
    pub servers: Vec<Ipv6Addr>,
    /// Domains in which names are looked up (RFC 8106), such as `example.org`.
    pub domains: Vec<String>,
    /// How long servers and domains may be used; three times the longest interval is usual.
    pub dns_lifetime: Duration,
}

impl Default for RouterConfig {
    /// RFC 4861's and RFC 8106's defaults, and no prefix.
    fn default() -> Self {
        Self {
            max_interval: Duration::from_secs(600),
            min_interval: Duration::from_secs(198),
            router: RouterAdvertisement {
                hop_limit: Some(64),
                lifetime: Duration::from_secs(1800),
                ..RouterAdvertisement::default()
            },
            mtu: None,
            prefixes: Vec::new(),
            routes: Vec::new(),
            servers: Vec::new(),
            domains: Vec::new(),
            dns_lifetime: Duration::from_secs(1800),
        }
    }
}

impl RouterConfig {
    /// With one prefix more, of which hosts make addresses: valid for 30 days, preferred for 7
    /// (RFC 4861 §6.2.1).
    #[must_use]
    pub fn prefix(mut self, prefix: Ipv6Net) -> Self {
        self.prefixes.push(PrefixInformation {
            prefix,
            on_link: true,
            autonomous: true,
            valid_lifetime: Some(Duration::from_secs(2_592_000)),
            preferred_lifetime: Some(Duration::from_secs(604_800)),
        });
        self
    }

    /// Whether it makes sense on a link of that MTU.
    pub(crate) fn check(&self, mtu: usize) -> Result<(), ConfigError> {
        let seconds = |from, to| Duration::from_secs(from)..=Duration::from_secs(to);
        let most = self.max_interval;
        let quarters = Duration::from_nanos(most.as_nanos() / 4 * 3);
        let lifetime = self.router.lifetime;
        let bad = |prefix: &PrefixInformation| {
            let never = |time: Option<Duration>| time.unwrap_or(Duration::MAX);
            let net = prefix.prefix;
            net.addr().is_unicast_link_local()
                || net.addr().is_multicast()
                || never(prefix.preferred_lifetime) > never(prefix.valid_lifetime)
        };
        let why = if !seconds(4, 1800).contains(&most) {
            "the longest interval is 4 to 1800 seconds"
        } else if !(Duration::from_secs(3)..=quarters).contains(&self.min_interval) {
            "the shortest interval is 3 seconds to three quarters of the longest"
        } else if lifetime != Duration::ZERO
            && !(most..=Duration::from_secs(9000)).contains(&lifetime)
        {
            "the lifetime is 0, or from the longest interval to 9000 seconds"
        } else if self
            .mtu
            .is_some_and(|it| !(ipv6::MIN_MTU..=mtu).contains(&(it as usize)))
        {
            "the MTU is 1280 to the link's"
        } else if self.prefixes.iter().any(bad) {
            "a prefix is no group and not the link's own, and not preferred longer than valid"
        } else if self.prefixes.len().max(self.routes.len()) > MOST
            || self.servers.len().max(self.domains.len()) > MOST
        {
            "16 prefixes, routes, servers and domains at most"
        } else if self.domains.iter().any(|domain| labels(domain).is_none()) {
            "a domain has labels of 1 to 63 bytes and 253 bytes at most"
        } else {
            return Ok(());
        };
        Err(ConfigError::BadAdvertisement(why))
    }

    /// The advertisement, as a whole packet.
    pub(crate) fn packet(&self, own: Ipv6Addr, mac: MacAddr, lifetime: Duration) -> Frame {
        let router = RouterAdvertisement {
            lifetime,
            ..self.router
        };
        let servers: Vec<_> = self.servers.iter().map(Ipv6Addr::octets).collect();
        let domains: Vec<u8> = self
            .domains
            .iter()
            .filter_map(|d| labels(d))
            .flatten()
            .collect();
        // RFC 8106 §5.1: what a router that goes says of names is over with it.
        let over = lifetime == Duration::ZERO && self.router.lifetime != Duration::ZERO;
        let dns = if over {
            Duration::ZERO
        } else {
            self.dns_lifetime
        };
        let mut options = Vec::from([NdOption::SourceLinkLayer(mac)]);
        options.extend(self.mtu.map(NdOption::Mtu));
        options.extend(self.prefixes.iter().copied().map(NdOption::Prefix));
        options.extend(self.routes.iter().map(|route| NdOption::Route {
            prefix: route.network,
            preference: Some(route.preference),
            lifetime: if over {
                Some(Duration::ZERO)
            } else {
                route.lifetime
            },
        }));
        if !servers.is_empty() {
            options.push(NdOption::Rdnss {
                lifetime: Some(dns),
                servers: &servers,
            });
        }
        if !domains.is_empty() {
            options.push(NdOption::Dnssl {
                lifetime: Some(dns),
                domains: &domains,
            });
        }
        control::ndp(
            own,
            ALL_NODES,
            &Message::RouterAdvertisement(router),
            &options,
        )
    }
}

/// A domain as DNS writes it (RFC 1035 §3.1).
fn labels(domain: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for label in domain.trim_end_matches('.').split('.') {
        if label.is_empty() || label.len() > 63 {
            return None;
        }
        out.push(label.len() as u8);
        out.extend(label.as_bytes());
    }
    out.push(0);
    (out.len() <= 255).then_some(out)
}

/// One link's router.
#[derive(Debug)]
struct Advertiser {
    config: RouterConfig,
    /// Advertisements that were sent.
    sent: u8,
    /// When the last was.
    last: Option<Instant>,
    next: Instant,
    /// Advertisements that say that it goes, to be sent yet.
    going: Option<u8>,
    timer: Option<TimerId>,
}

/// The links to which this host advertises itself.
#[derive(Debug, Default)]
pub(crate) struct Advertisers(BTreeMap<InterfaceId, Advertiser>);

/// What an advertiser has to do now.
#[derive(Debug)]
pub(crate) enum Due {
    /// Say what the configuration says.
    Say(RouterConfig),
    /// Say that it goes.
    Part(RouterConfig),
}

impl Advertisers {
    /// Begins on a link, or goes on with another configuration; at once in either case.
    pub(crate) fn begin(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        rng: &mut Rng,
        now: Instant,
        (iface, config): (InterfaceId, RouterConfig),
    ) {
        self.end(timers, iface);
        // RFC 4861 §6.2.4 leaves the first to chance as well, lest all routers begin in step.
        let wait = Duration::from_nanos(rng.below(MAX_RA_DELAY_TIME.as_nanos()));
        let advertiser = Advertiser {
            config,
            sent: 0,
            last: None,
            next: now + wait,
            going: None,
            timer: None,
        };
        self.0.insert(iface, advertiser);
        self.arm(timers, iface);
    }

    /// Ceases on a link, and says so (RFC 4861 §6.2.5). False where nothing was said.
    pub(crate) fn cease(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        now: Instant,
        iface: InterfaceId,
    ) -> bool {
        let Some(advertiser) = self.0.get_mut(&iface) else {
            return false;
        };
        if advertiser.going.is_none() {
            advertiser.going = Some(MAX_FINAL_RTR_ADVERTISEMENTS);
            advertiser.next = now;
            self.arm(timers, iface);
        }
        true
    }

    /// Forgets a link, without a word. The configuration, if it was not about to go.
    pub(crate) fn end(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        iface: InterfaceId,
    ) -> Option<RouterConfig> {
        let advertiser = self.0.remove(&iface)?;
        if let Some(timer) = advertiser.timer {
            timers.disarm(timer);
        }
        advertiser.going.is_none().then_some(advertiser.config)
    }

    /// What is said on a link; `None` where nothing is.
    pub(crate) fn config(&self, iface: InterfaceId) -> Option<&RouterConfig> {
        let advertiser = self.0.get(&iface)?;
        advertiser.going.is_none().then_some(&advertiser.config)
    }

    /// The interface was switched off: it begins anew with it.
    pub(crate) fn pause(&mut self, timers: &mut Wheel<TimerKey>, iface: InterfaceId) {
        if let Some(advertiser) = self.0.get_mut(&iface)
            && let Some(timer) = advertiser.timer.take()
        {
            timers.disarm(timer);
        }
    }

    /// Somebody asks for routers: he is told soon, and not more often than every three seconds
    /// (RFC 4861 §6.2.6).
    pub(crate) fn solicited(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        rng: &mut Rng,
        now: Instant,
        iface: InterfaceId,
    ) -> bool {
        let Some(advertiser) = self.0.get_mut(&iface).filter(|a| a.going.is_none()) else {
            return false;
        };
        let wait = Duration::from_nanos(rng.below(MAX_RA_DELAY_TIME.as_nanos()));
        let earliest = advertiser
            .last
            .map_or(now, |last| last + MIN_DELAY_BETWEEN_RAS);
        let at = (now + wait).max(earliest + wait);
        if at < advertiser.next {
            advertiser.next = at;
            self.arm(timers, iface);
        }
        true
    }

    /// A link's time has come. `ready` is whether there is an address to speak from.
    pub(crate) fn expire(
        &mut self,
        timers: &mut Wheel<TimerKey>,
        rng: &mut Rng,
        now: Instant,
        iface: InterfaceId,
        ready: bool,
    ) -> Option<Due> {
        let advertiser = self.0.get_mut(&iface)?;
        advertiser.timer = None;
        if !ready {
            if advertiser.going.is_some() {
                self.0.remove(&iface);
                return None;
            }
            advertiser.next = now + WITHOUT_ADDRESS;
            self.arm(timers, iface);
            return None;
        }
        advertiser.last = Some(now);
        if let Some(left) = advertiser.going {
            let config = advertiser.config.clone();
            advertiser.going = Some(left - 1);
            advertiser.next = now + MIN_DELAY_BETWEEN_RAS;
            if left <= 1 {
                self.0.remove(&iface);
            } else {
                self.arm(timers, iface);
            }
            return Some(Due::Part(config));
        }
        advertiser.sent = advertiser.sent.saturating_add(1);
        let (least, most) = (
            advertiser.config.min_interval,
            advertiser.config.max_interval,
        );
        let spread = most.as_nanos() - least.as_nanos();
        let mut wait = least + Duration::from_nanos(rng.below(spread.max(1)));
        if advertiser.sent < MAX_INITIAL_RTR_ADVERTISEMENTS {
            wait = wait.min(MAX_INITIAL_RTR_ADVERT_INTERVAL);
        }
        advertiser.next = now + wait;
        let config = advertiser.config.clone();
        self.arm(timers, iface);
        Some(Due::Say(config))
    }

    fn arm(&mut self, timers: &mut Wheel<TimerKey>, iface: InterfaceId) {
        if let Some(advertiser) = self.0.get_mut(&iface) {
            if let Some(timer) = advertiser.timer.take() {
                timers.disarm(timer);
            }
            let at = advertiser.next;
            advertiser.timer = Some(timers.arm(at, TimerKey::Advertise(iface.0)));
        }
    }
}
