//! The lesson's network: two LANs, and a gateway between them.
//!
//! ```text
//! office 172.16.10.0/24                     campus 101.64.0.0/10
//!
//! alice .10 ─┐
//!            ├─ switch ─ .1 gateway 101.64.0.1 ─ switch ─ 101.100.200.11 server
//! bob   .11 ─┘
//! ```

use std::io;
use std::net::{IpAddr, Ipv4Addr};
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
    pub(crate) ip: Ipv4Addr,
    pub(crate) prefix: u8,
    pub(crate) mac: MacAddr,
}

/// The LAN on the left.
pub(crate) const OFFICE: &str = "office";
/// The LAN on the right.
pub(crate) const CAMPUS: &str = "campus";

/// The cards, in the order of the picture.
pub(crate) const CARDS: [Card; 5] = [
    card(
        "alice",
        OFFICE,
        "alice:eth0",
        [172, 16, 10, 10],
        24,
        [0x10, 10],
    ),
    card("bob", OFFICE, "bob:eth0", [172, 16, 10, 11], 24, [0x10, 11]),
    card(
        "gateway",
        OFFICE,
        "gateway:eth0",
        [172, 16, 10, 1],
        24,
        [0x10, 1],
    ),
    card(
        "gateway",
        CAMPUS,
        "gateway:eth1",
        [101, 64, 0, 1],
        10,
        [0x20, 1],
    ),
    card(
        "server",
        CAMPUS,
        "server:eth0",
        [101, 100, 200, 11],
        10,
        [0x20, 11],
    ),
];

pub(crate) const ALICE: Card = CARDS[0];
pub(crate) const BOB: Card = CARDS[1];
pub(crate) const GATEWAY: Card = CARDS[2];
pub(crate) const SERVER: Card = CARDS[4];

/// One way through a cable: fast enough not to be waited for, slow enough to be seen.
const CABLE_DELAY: Duration = Duration::from_micros(100);

const fn card(
    host: &'static str,
    switch: &'static str,
    name: &'static str,
    ip: [u8; 4],
    prefix: u8,
    mac: [u8; 2],
) -> Card {
    let [a, b, c, d] = ip;
    Card {
        host,
        switch,
        name,
        ip: Ipv4Addr::new(a, b, c, d),
        prefix,
        // 02: locally administered.
        mac: MacAddr([2, 0, 0, 0, mac[0], mac[1]]),
    }
}

impl Card {
    /// Address and prefix as one.
    pub(crate) fn subnet(&self) -> Option<Subnet> {
        format!("{}/{}", self.ip, self.prefix).parse().ok()
    }
}

/// The host that has this MAC address; `None` for everyone.
pub(crate) fn owner(mac: MacAddr) -> Option<&'static str> {
    CARDS
        .iter()
        .find(|card| card.mac == mac)
        .map(|card| card.host)
}

/// The network, built.
pub(crate) struct Scene {
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
    pub(crate) fn build(seed: u64) -> io::Result<Self> {
        let lan = Lan::new(seed);
        lan.add_switch(OFFICE)?;
        lan.add_switch(CAMPUS)?;
        let gateway = plug(LanHost::new("gateway"), "gateway").sysctl("net.ipv4.ip_forward", "1");
        lan.add_host(&gateway.map_err(io::Error::other)?)?;
        let host = |name, gateway: &Card| {
            let plan = plug(LanHost::new(name), name).gateway(IpAddr::V4(gateway.ip));
            lan.add_host(&plan).map_err(io::Error::from)
        };
        Ok(Self {
            alice: host("alice", &GATEWAY)?,
            bob: host("bob", &GATEWAY)?,
            server: host("server", &CARDS[3])?,
            lan,
        })
    }
}

fn plug(mut plan: LanHost, host: &str) -> LanHost {
    let cable = Channel {
        delay: Delay::constant(CABLE_DELAY.into()),
        ..Channel::with_rate(Rate::mbit(100))
    };
    for card in CARDS.iter().filter(|card| card.host == host) {
        plan = plan
            .plug(card.switch, format!("{}/{}", card.ip, card.prefix))
            .mac(card.mac)
            .channel(cable.clone());
    }
    plan
}
