//! The lesson's network: two LANs, and a gateway between them.
//!
//! ```text
//! office 172.16.10.0/24                     campus 101.64.0.0/10
//!
//! alice .10 ─┐
//!            ├─ switch ─ .1 gateway 101.64.0.1 ─ switch ─ 101.100.200.11 server
//! bob   .11 ─┘
//! ```
//!
//! Of IPv6 the LANs are fd00:10::/64 and fd00:20::/64, and the hosts' numbers begin with the same.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use landline::lan::{Channel, Delay, Rate};
use landline::{Lan, LanHost, MacAddr, Network};
use services::subnet::Subnet;

/// A network card: whose, where it is plugged in, and its addresses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Card {
    pub(crate) host: &'static str,
    pub(crate) switch: &'static str,
    /// Its name in captures, and at the fabric's port.
    pub(crate) name: &'static str,
    pub(crate) ip: IpAddr,
    pub(crate) prefix: u8,
    pub(crate) mac: MacAddr,
}

/// The five cards, with the addresses of one family.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cards([Card; 5]);

/// The LAN on the left.
pub(crate) const OFFICE: &str = "office";
/// The LAN on the right.
pub(crate) const CAMPUS: &str = "campus";

/// In the order of the picture.
const NAMES: [(&str, &str, &str); 5] = [
    ("alice", OFFICE, "alice:eth0"),
    ("bob", OFFICE, "bob:eth0"),
    ("gateway", OFFICE, "gateway:eth0"),
    ("gateway", CAMPUS, "gateway:eth1"),
    ("server", CAMPUS, "server:eth0"),
];
/// The last two bytes; the first is 02, locally administered.
const MACS: [[u8; 2]; 5] = [[0x10, 10], [0x10, 11], [0x10, 1], [0x20, 1], [0x20, 11]];
const V4: [([u8; 4], u8); 5] = [
    ([172, 16, 10, 10], 24),
    ([172, 16, 10, 11], 24),
    ([172, 16, 10, 1], 24),
    ([101, 64, 0, 1], 10),
    ([101, 100, 200, 11], 10),
];
/// The network, and the host on it, of unique local addresses (RFC 4193).
const V6: [(u16, u16); 5] = [
    (0x10, 0x10),
    (0x10, 0x11),
    (0x10, 1),
    (0x20, 1),
    (0x20, 0x11),
];

/// One way through a cable: fast enough not to be waited for, slow enough to be seen.
const CABLE_DELAY: Duration = Duration::from_micros(100);

impl Cards {
    /// With addresses of IPv6, or of IPv4.
    pub(crate) fn of(ipv6: bool) -> Self {
        Self(std::array::from_fn(|number| {
            let (host, switch, name) = NAMES[number];
            let (ip, prefix) = if ipv6 {
                let (network, host) = V6[number];
                (
                    Ipv6Addr::new(0xfd00, network, 0, 0, 0, 0, 0, host).into(),
                    64,
                )
            } else {
                let (ip, prefix) = V4[number];
                (Ipv4Addr::from(ip).into(), prefix)
            };
            let [lan, card] = MACS[number];
            Card {
                host,
                switch,
                name,
                ip,
                prefix,
                mac: MacAddr([2, 0, 0, 0, lan, card]),
            }
        }))
    }

    /// All, in the order of the picture.
    pub(crate) fn all(self) -> [Card; 5] {
        self.0
    }

    pub(crate) fn alice(self) -> Card {
        self.0[0]
    }

    pub(crate) fn bob(self) -> Card {
        self.0[1]
    }

    /// The gateway's card on the left.
    pub(crate) fn gateway(self) -> Card {
        self.0[2]
    }

    pub(crate) fn server(self) -> Card {
        self.0[4]
    }

    pub(crate) fn is_ipv6(self) -> bool {
        self.0[0].ip.is_ipv6()
    }

    /// The card of that name.
    pub(crate) fn named(self, name: &str) -> Option<Card> {
        self.0.into_iter().find(|card| card.name == name)
    }
}

impl Card {
    /// Address and prefix as one.
    pub(crate) fn subnet(&self) -> Option<Subnet> {
        format!("{}/{}", self.ip, self.prefix).parse().ok()
    }
}

/// The host that has this MAC address; `None` for everyone and for groups.
pub(crate) fn owner(mac: MacAddr) -> Option<&'static str> {
    let cards = Cards::of(false).all(); // of both families they are the same cards
    let card = cards.into_iter().find(|card| card.mac == mac)?;
    Some(card.host)
}

/// The network, built.
pub(crate) struct Scene {
    pub(crate) cards: Cards,
    pub(crate) lan: Lan,
    pub(crate) alice: Network,
    pub(crate) bob: Network,
    pub(crate) server: Network,
}

impl Scene {
    /// Builds it, in virtual time; all chance on it comes from `seed`.
    ///
    /// # Errors
    /// What the LAN refuses.
    pub(crate) fn build(seed: u64, cards: Cards) -> io::Result<Self> {
        let lan = Lan::new(seed);
        lan.add_switch(OFFICE)?;
        lan.add_switch(CAMPUS)?;
        let forwarding = if cards.is_ipv6() {
            "net.ipv6.conf.all.forwarding"
        } else {
            "net.ipv4.ip_forward"
        };
        let gateway = plug(LanHost::new("gateway"), "gateway", cards).sysctl(forwarding, "1");
        lan.add_host(&gateway.map_err(io::Error::other)?)?;
        let host = |name, gateway: Card| {
            let plan = plug(LanHost::new(name), name, cards).gateway(gateway.ip);
            lan.add_host(&plan).map_err(io::Error::from)
        };
        Ok(Self {
            cards,
            alice: host("alice", cards.gateway())?,
            bob: host("bob", cards.gateway())?,
            server: host("server", cards.all()[3])?,
            lan,
        })
    }
}

fn plug(mut plan: LanHost, host: &str, cards: Cards) -> LanHost {
    let cable = Channel {
        delay: Delay::constant(CABLE_DELAY.into()),
        ..Channel::with_rate(Rate::mbit(100))
    };
    for card in cards.all().iter().filter(|card| card.host == host) {
        plan = plan
            .plug(card.switch, format!("{}/{}", card.ip, card.prefix))
            .mac(card.mac)
            .channel(cable.clone());
        if let IpAddr::V6(ip) = card.ip {
            // RFC 4291, section 2.8: each card has one of its link as well.
            let [.., host] = ip.segments();
            plan = plan.address(format!("fe80::{host:x}/64"));
        }
    }
    plan
}
