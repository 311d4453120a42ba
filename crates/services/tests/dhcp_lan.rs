//! DHCP on a simulated LAN, in virtual time: server and clients as programs on hosts of ours.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod common;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base::Rng;
use fabric::{Channel, Loss};
use landline::{Instant, Lan, LanHost, Network};
use services::dhcp::client::Wish;
use services::dhcp::{Link, News, Pool, configure, serve};
use tokio::task::JoinHandle;

/// What was told, by whom and when.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<(Instant, String, News)>>>);

impl Told {
    fn by(&self, host: &str) -> Vec<(Instant, News)> {
        let told = self.0.lock().unwrap();
        let own = told.iter().filter(|(_, who, _)| who == host);
        own.map(|(at, _, news)| (*at, news.clone())).collect()
    }

    fn note(&self, network: &Network, host: &str, news: News) {
        let at = network.now();
        self.0.lock().unwrap().push((at, host.to_owned(), news));
    }
}

/// Days, hours, seconds of the LAN's time.
fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn spawn_server(
    network: &Network,
    host: &'static str,
    range: &str,
    lease: u64,
    told: &Told,
) -> JoinHandle<()> {
    let link = Link::of(network, &range.parse().unwrap()).unwrap();
    let mut pool = Pool::new(link.address, range.parse().unwrap());
    pool.lease = secs(lease);
    pool.routers = vec![link.address.addr()];
    pool.mtu = Some(1400);
    let (network, told) = (network.clone(), told.clone());
    tokio::spawn(async move {
        let (console, _) = common::plain();
        let tell = |news| {
            told.note(&network, host, news);
            Ok(())
        };
        serve(&network, &link, vec![pool], &console, tell)
            .await
            .unwrap();
    })
}

fn spawn_client(network: &Network, host: &str, seed: u64, told: &Told) -> JoinHandle<()> {
    let (network, told, host) = (network.clone(), told.clone(), host.to_owned());
    let wish = Wish {
        interface: "eth0".into(),
        name: Some(host.clone()),
        before: None,
        rng: Rng::seeded(seed),
    };
    tokio::spawn(async move {
        let tell = |news| {
            told.note(&network, &host, news);
            Ok(())
        };
        configure(&network, wish, tell).await.unwrap();
    })
}

fn plan(name: &str) -> LanHost {
    LanHost::new(name).card()
}

/// The address of IPv4 that a host has now.
fn address(network: &Network) -> Option<Ipv4Addr> {
    let own = network.with_stack(|stack, _| {
        let card = stack.interface_named("eth0")?;
        let mut own = card.addresses().iter().map(|net| net.addr());
        own.find_map(|addr| match addr {
            IpAddr::V4(addr) => Some(addr),
            IpAddr::V6(_) => None,
        })
    });
    own.flatten()
}

fn lan(seed: u64, channel: &Channel, clients: usize) -> (Lan, Network, Vec<Network>) {
    let lan = Lan::new(seed);
    lan.add_switch("office").unwrap();
    let gateway = plan("gateway").address("10.0.0.1/24");
    let gateway = lan.add_host(&gateway).unwrap();
    lan.connect(["gateway:eth0", "office"], channel, channel)
        .unwrap();
    let clients = (1..=clients).map(|number| {
        let name = format!("pc{number}");
        let network = lan.add_host(&plan(&name)).unwrap();
        let cable = [&format!("{name}:eth0"), "office"];
        lan.connect(cable, channel, channel).unwrap();
        network
    });
    let clients = clients.collect();
    (lan, gateway, clients)
}

async fn until(network: &Network, most: Duration, done: impl Fn() -> bool) -> bool {
    let end = network.now() + most.into();
    while !done() {
        if network.now() >= end {
            return false;
        }
        network.sleep(Duration::from_millis(250)).await;
    }
    true
}

#[test]
fn hosts_get_addresses_and_keep_them_for_days() {
    let (lan, gateway, pcs) = lan(1, &Channel::PERFECT, 3);
    let told = Told::default();
    lan.block_on(async {
        spawn_server(&gateway, "gateway", "10.0.0.100-10.0.0.200", 3600, &told);
        for (number, pc) in pcs.iter().enumerate() {
            spawn_client(pc, &format!("pc{}", number + 1), number as u64, &told);
        }
        let all = || pcs.iter().all(|pc| address(pc).is_some());
        assert!(until(&gateway, secs(20), all).await, "{:?}", told.by("pc1"));
        let mut own: Vec<_> = pcs
            .iter()
            .map(|pc| address(pc).unwrap().to_string())
            .collect();
        let before = own.clone();
        own.sort();
        assert_eq!(own, ["10.0.0.100", "10.0.0.101", "10.0.0.102"]);
        // With the way to everywhere, and the MTU.
        pcs[0].with_stack(|stack, _| {
            let way = stack.route_to("8.8.8.8".parse().unwrap()).unwrap();
            assert_eq!(way.gateway, Some("10.0.0.1".parse().unwrap()));
            assert_eq!(stack.interface_named("eth0").unwrap().mtu(), 1400);
        });
        gateway.sleep(secs(3 * 86_400)).await;
        let after: Vec<_> = pcs
            .iter()
            .map(|pc| address(pc).unwrap().to_string())
            .collect();
        assert_eq!(after, before);
    });
    // Every half hour for three days: a renewal each, by RFC 2131 §4.4.5, and nothing else.
    let own = told.by("pc1");
    let renewed = |news: &News| matches!(news, News::Bound { again: true, .. });
    let renewals: Vec<_> = own.iter().filter(|(_, news)| renewed(news)).collect();
    assert_eq!(own.len(), renewals.len() + 1, "{own:?}");
    assert!((142..=145).contains(&renewals.len()), "{}", renewals.len());
}

#[test]
fn an_address_whose_time_is_over_is_gone_until_the_server_is_back() {
    let (lan, gateway, pcs) = lan(2, &Channel::PERFECT, 1);
    let (pc, told) = (&pcs[0], Told::default());
    lan.block_on(async {
        spawn_server(&gateway, "gateway", "10.0.0.100-10.0.0.200", 600, &told);
        spawn_client(pc, "pc1", 5, &told);
        assert!(until(pc, secs(20), || address(pc).is_some()).await);
        lan.crash("gateway").unwrap();
        let bound = told.by("pc1")[0].0;
        // Ten minutes since it was asked for; until then it is used.
        assert!(until(pc, secs(700), || address(pc).is_none()).await);
        let time = pc.now().since(bound).as_secs();
        assert!((585..=600).contains(&time), "{time} s after it was had");
        assert!(
            pc.with_stack(|stack, _| stack.routes().iter().all(|route| route.gateway.is_none()))
                .unwrap()
        );
        assert_eq!(
            pc.with_stack(|stack, _| stack.interface_named("eth0").unwrap().mtu()),
            Some(1500)
        );

        let plan = plan("gateway").address("10.0.0.1/24");
        let gateway = lan.restart(&plan).unwrap();
        spawn_server(&gateway, "gateway", "10.0.0.100-10.0.0.200", 600, &told);
        assert!(until(pc, secs(140), || address(pc).is_some()).await);
    });
    let kinds: Vec<_> = told.by("pc1").into_iter().map(|(_, news)| news).collect();
    assert!(
        matches!(
            &kinds[..],
            [
                News::Bound { again: false, .. },
                News::Lost { .. },
                News::Bound { again: false, .. }
            ]
        ),
        "{kinds:?}"
    );
}

#[test]
fn a_server_that_lost_its_memory_learns_it_again() {
    let (lan, gateway, pcs) = lan(3, &Channel::PERFECT, 2);
    let told = Told::default();
    lan.block_on(async {
        spawn_server(&gateway, "gateway", "10.0.0.100-10.0.0.200", 600, &told);
        spawn_client(&pcs[0], "pc1", 5, &told);
        assert!(until(&gateway, secs(20), || address(&pcs[0]).is_some()).await);
        lan.crash("gateway").unwrap();
        let plan = plan("gateway").address("10.0.0.1/24");
        let gateway = lan.restart(&plan).unwrap();
        spawn_server(&gateway, "gateway", "10.0.0.100-10.0.0.200", 600, &told);
        // The newcomer would be offered the same address, were it not asked about first.
        spawn_client(&pcs[1], "pc2", 6, &told);
        assert!(until(&gateway, secs(30), || address(&pcs[1]).is_some()).await);
        gateway.sleep(secs(3600)).await;
        let own = pcs.addresses();
        assert_eq!(own[0].unwrap(), Ipv4Addr::new(10, 0, 0, 100));
        assert_ne!(own[0], own[1]);
    });
    assert!(
        told.by("pc1")
            .iter()
            .all(|(_, news)| !matches!(news, News::Lost { .. }))
    );
}

trait Addresses {
    fn addresses(&self) -> Vec<Option<Ipv4Addr>>;
}

impl Addresses for Vec<Network> {
    fn addresses(&self) -> Vec<Option<Ipv4Addr>> {
        self.iter().map(address).collect()
    }
}

#[test]
fn squatters_are_found_by_the_server_or_by_the_client() {
    let (lan, gateway, pcs) = lan(4, &Channel::PERFECT, 1);
    // One answers pings, and one does not.
    let open = plan("open").address("10.0.0.100/24");
    let silent = plan("silent").address("10.0.0.101/24");
    let silent = silent.sysctl("net.ipv4.icmp_echo_ignore_all", "1").unwrap();
    for (name, plan) in [("open", open), ("silent", silent)] {
        lan.add_host(&plan).unwrap();
        let perfect = &Channel::PERFECT;
        lan.connect([&format!("{name}:eth0"), "office"], perfect, perfect)
            .unwrap();
    }
    let told = Told::default();
    lan.block_on(async {
        spawn_server(&gateway, "gateway", "10.0.0.100-10.0.0.200", 600, &told);
        spawn_client(&pcs[0], "pc1", 5, &told);
        assert!(until(&gateway, secs(40), || address(&pcs[0]).is_some()).await);
        assert_eq!(address(&pcs[0]), Some(Ipv4Addr::new(10, 0, 0, 102)));
    });
    let in_use: Vec<_> = told
        .by("gateway")
        .into_iter()
        .filter_map(|(_, news)| match news {
            News::InUse { address, client } => Some((address.to_string(), client.is_some())),
            _ => None,
        })
        .collect();
    assert_eq!(
        in_use,
        [("10.0.0.100".into(), false), ("10.0.0.101".into(), true)]
    );
    let own = told.by("pc1");
    assert!(matches!(own[0].1, News::Declined { .. }), "{own:?}");
    // RFC 2131 §3.1: ten seconds at least before all begins anew.
    assert!(own[1].0.since(own[0].0).as_secs() >= 10);
}

#[test]
fn of_two_servers_one_is_chosen() {
    let (lan, gateway, pcs) = lan(5, &Channel::PERFECT, 4);
    let second = lan
        .add_host(&plan("second").address("10.0.0.2/24"))
        .unwrap();
    let perfect = &Channel::PERFECT;
    lan.connect(["second:eth0", "office"], perfect, perfect)
        .unwrap();
    let told = Told::default();
    lan.block_on(async {
        spawn_server(&gateway, "gateway", "10.0.0.100-10.0.0.119", 600, &told);
        spawn_server(&second, "second", "10.0.0.120-10.0.0.139", 600, &told);
        for (number, pc) in pcs.iter().enumerate() {
            spawn_client(pc, &format!("pc{}", number + 1), number as u64, &told);
        }
        gateway.sleep(secs(7200)).await;
    });
    let mut own = pcs.addresses();
    own.sort();
    own.dedup();
    assert!(own.len() == 4 && own.iter().all(Option::is_some), "{own:?}");
    let leased = |server: &str| {
        let told = told.by(server).into_iter();
        let mut who: Vec<_> = told
            .filter_map(|(_, news)| match news {
                News::Leased { client, .. } => Some(client),
                _ => None,
            })
            .collect();
        who.sort();
        who.dedup();
        who
    };
    let (first, second) = (leased("gateway"), leased("second"));
    assert_eq!(first.len() + second.len(), 4, "{first:?} {second:?}");
}

/// The seeds to try: `LANDLINE_SEED` alone, or `LANDLINE_SEEDS` of them, or `most`.
fn seeds(most: u64) -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok()?.parse::<u64>().ok();
    match number("LANDLINE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("LANDLINE_SEEDS").unwrap_or(most),
    }
}

#[test]
fn on_cables_that_lose_a_fifth_everybody_gets_an_address_of_his_own() {
    let channel = Channel {
        loss: Loss::Random(0.2),
        ..Channel::PERFECT
    };
    for seed in seeds(12) {
        let again = format!("again: LANDLINE_SEED={seed} cargo test -p services --test dhcp_lan");
        let (lan, gateway, pcs) = lan(seed, &channel, 5);
        let told = Told::default();
        lan.block_on(async {
            spawn_server(&gateway, "gateway", "10.0.0.100-10.0.0.109", 1200, &told);
            for (number, pc) in pcs.iter().enumerate() {
                spawn_client(
                    pc,
                    &format!("pc{}", number + 1),
                    seed * 10 + number as u64,
                    &told,
                );
            }
            let all = || pcs.iter().all(|pc| address(pc).is_some());
            let done = until(&gateway, secs(3600), all).await;
            assert!(done, "seed {seed}: {again}");
            for _ in 0..20 {
                let mut own: Vec<_> = pcs.addresses().into_iter().flatten().collect();
                let count = own.len();
                own.sort();
                own.dedup();
                assert_eq!(own.len(), count, "seed {seed}, one address twice: {again}");
                gateway.sleep(secs(600)).await;
            }
        });
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    let run = || {
        let channel = Channel {
            loss: Loss::Random(0.2),
            ..Channel::PERFECT
        };
        let (lan, gateway, pcs) = lan(7, &channel, 3);
        let told = Told::default();
        lan.block_on(async {
            spawn_server(&gateway, "gateway", "10.0.0.100-10.0.0.109", 600, &told);
            for (number, pc) in pcs.iter().enumerate() {
                spawn_client(pc, &format!("pc{}", number + 1), number as u64, &told);
            }
            gateway.sleep(secs(3600)).await;
        });
        told.0.lock().unwrap().clone()
    };
    let first = run();
    assert!(first.len() > 10);
    assert_eq!(first, run());
}
