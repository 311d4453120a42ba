//! Routers and cables without stacks: each machine's messages reach its neighbours' machines.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;

use base::{Duration, Instant, Rng};
use services::rip::{By, Change, Heard, Link, Machine, Own, Protocol, Secret, Timers, Transmit};
use stack::InterfaceId;
use wire::IpNet;

/// A cable between two routers; at each its card has the cable's number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cable {
    pub(crate) ends: [usize; 2],
    pub(crate) up: bool,
    /// Whether the cards at its ends notice that it is down.
    pub(crate) noticed: bool,
}

/// A message under way.
struct Flight {
    to: usize,
    cable: usize,
    from: IpAddr,
    bytes: Vec<u8>,
}

/// Where packets to a network go, as a router's computer has it.
pub(crate) type Routes = BTreeMap<IpNet, (IpAddr, InterfaceId)>;

pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) protocol: Protocol,
    pub(crate) machines: Vec<Machine>,
    pub(crate) routes: Vec<Routes>,
    pub(crate) cables: Vec<Cable>,
    /// Of these routers the network behind is gone.
    pub(crate) cut_off: BTreeSet<usize>,
    pub(crate) loss: f64,
    /// Messages that were put on a cable.
    pub(crate) sent: u64,
    rng: Rng,
    flights: BTreeMap<(Instant, u64), Flight>,
    count: u64,
}

pub(crate) fn card(number: usize) -> InterfaceId {
    InterfaceId::from_scope_id(number as u32 + 2).expect("a card's number")
}

/// The card at which a router's own network is.
const BEHIND: usize = 1000;

impl World {
    pub(crate) fn new(
        protocol: Protocol,
        seed: u64,
        routers: usize,
        cables: &[[usize; 2]],
    ) -> Self {
        let mut rng = Rng::seeded(seed);
        let machine = |number: usize| {
            let own = Rng::seeded(seed).fork(number as u64 + 1);
            Machine::new(protocol, Timers::default(), Secret::None, own)
        };
        let machines = (0..routers).map(machine).collect();
        let cable = |ends: &[usize; 2]| Cable {
            ends: *ends,
            up: true,
            noticed: true,
        };
        let mut world = Self {
            now: Instant::from_secs(1),
            protocol,
            machines,
            routes: vec![Routes::new(); routers],
            cables: cables.iter().map(cable).collect(),
            cut_off: BTreeSet::new(),
            loss: 0.0,
            sent: 0,
            rng: rng.fork(0),
            flights: BTreeMap::new(),
            count: 0,
        };
        for router in 0..routers {
            world.look(router);
        }
        world
    }

    /// The network behind a router.
    pub(crate) fn network(&self, router: usize) -> IpNet {
        let text = match self.protocol {
            Protocol::V2 => format!("172.16.{router}.0/24"),
            Protocol::Ng => format!("2001:db8:{router:x}::/64"),
        };
        text.parse().expect("a network")
    }

    fn address(&self, router: usize, cable: usize) -> IpNet {
        let end = 1 + usize::from(self.cables[cable].ends[1] == router);
        let text = match self.protocol {
            Protocol::V2 => format!("10.0.{cable}.{end}/24"),
            Protocol::Ng => format!("fe80::{cable:x}:{end}/64"),
        };
        text.parse().expect("an address")
    }

    /// A router looks at its cards.
    pub(crate) fn look(&mut self, router: usize) {
        let (mut links, mut own) = (Vec::new(), Vec::new());
        for (number, cable) in self.cables.iter().enumerate() {
            if cable.ends.contains(&router) && (cable.up || !cable.noticed) {
                let address = self.address(router, number);
                links.push(Link {
                    iface: card(number),
                    addresses: vec![address],
                    mtu: 1500,
                    passive: false,
                });
                if self.protocol == Protocol::V2 {
                    own.push(Own {
                        network: address.trunc(),
                        by: By::Card(card(number)),
                    });
                }
            }
        }
        if !self.cut_off.contains(&router) {
            own.push(Own {
                network: self.network(router),
                by: By::Card(card(BEHIND)),
            });
        }
        let now = self.now;
        self.machines[router].set_links(now, links);
        self.machines[router].set_own(now, own);
        self.settle(router);
    }

    /// A cable is pulled or plugged in.
    pub(crate) fn set_up(&mut self, cable: usize, up: bool, noticed: bool) {
        self.cables[cable].up = up;
        self.cables[cable].noticed = noticed;
        for router in self.cables[cable].ends {
            self.look(router);
        }
    }

    fn settle(&mut self, router: usize) {
        let now = self.now;
        while let Some(change) = self.machines[router].poll_change() {
            match change {
                Change::Learnt {
                    network,
                    gateway,
                    iface,
                    metric,
                    ..
                } => {
                    assert!((2..16).contains(&metric), "{change:?}");
                    self.routes[router].insert(network, (gateway, iface));
                }
                Change::Lost { network, .. } => drop(self.routes[router].remove(&network)),
                Change::Met { .. } | Change::Missed { .. } => {}
            }
        }
        while let Some(transmit) = self.machines[router].poll_transmit(now) {
            self.send(router, transmit);
        }
    }

    fn send(&mut self, router: usize, transmit: Transmit) {
        let cable = transmit.iface.scope_id() as usize - 2;
        let Some(Cable { ends, up, .. }) = self.cables.get(cable).copied() else {
            return;
        };
        self.sent += 1;
        let to = ends[usize::from(ends[0] == router)];
        let addressed = transmit
            .to
            .is_none_or(|(at, _)| at == self.address(to, cable).addr());
        if !up || !addressed || self.rng.chance(self.loss) {
            return;
        }
        let delay = Duration::from_micros(500 + self.rng.below(4000));
        self.count += 1;
        let flight = Flight {
            to,
            cable,
            from: self.address(router, cable).addr(),
            bytes: transmit.bytes,
        };
        self.flights.insert((self.now + delay, self.count), flight);
    }

    /// Lets so much time pass.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        self.pass_until(end, |_| false);
    }

    /// Lets time pass until something is true, at most to `end`; whether it came to be.
    pub(crate) fn pass_until(&mut self, end: Instant, done: impl Fn(&Self) -> bool) -> bool {
        loop {
            if done(self) {
                return true;
            }
            let flight = self.flights.keys().next().map(|(at, _)| *at);
            let due = self
                .machines
                .iter()
                .filter_map(Machine::next_deadline)
                .min();
            let next = [flight, due].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= end) else {
                self.now = end;
                return done(self);
            };
            self.now = self.now.max(next);
            let now = self.now;
            if let Some(first) = self.flights.first_entry().filter(|it| it.key().0 <= now) {
                let flight = first.remove();
                self.arrive(flight);
                continue;
            }
            for router in 0..self.machines.len() {
                if self.machines[router]
                    .next_deadline()
                    .is_some_and(|at| at <= now)
                {
                    self.machines[router].on_deadline(now);
                    self.settle(router);
                }
            }
        }
    }

    fn arrive(&mut self, flight: Flight) {
        let Flight {
            to,
            cable,
            from,
            bytes,
        } = flight;
        if !self.cables[cable].up {
            return;
        }
        let port = match self.protocol {
            Protocol::V2 => 520,
            Protocol::Ng => 521,
        };
        let heard = Heard {
            iface: card(cable),
            from,
            port,
            hops: Some(255),
            bytes: &bytes,
        };
        let taken = self.machines[to].receive(self.now, heard);
        assert_eq!(taken, Ok(()), "routers understand each other");
        self.settle(to);
    }

    /// How many cables lie between a router and each other; `None` where there is no way.
    pub(crate) fn distances(&self, from: usize) -> Vec<Option<u8>> {
        let mut far = vec![None; self.machines.len()];
        far[from] = Some(0);
        let mut queue = VecDeque::from([from]);
        while let Some(at) = queue.pop_front() {
            for cable in self.cables.iter().filter(|cable| cable.up) {
                let [a, b] = cable.ends;
                let next = if a == at { b } else { a };
                if (a == at || b == at) && far[next].is_none() {
                    far[next] = far[at].map(|far| far + 1);
                    queue.push_back(next);
                }
            }
        }
        far
    }

    /// What is wrong with the routes: each is to lead along a shortest way, and none where there is no
    /// way.
    pub(crate) fn wrong(&self) -> Option<String> {
        for router in 0..self.machines.len() {
            let known: BTreeMap<_, _> = self.machines[router]
                .networks()
                .map(|(network, metric, _)| (network, metric))
                .collect();
            for (to, far) in self.distances(router).into_iter().enumerate() {
                if to == router {
                    continue;
                }
                let network = self.network(to);
                let far = far.filter(|_| !self.cut_off.contains(&to));
                let metric = known.get(&network).copied().filter(|metric| *metric < 16);
                let route = self.routes[router].get(&network);
                if metric != far.map(|far| far + 1) || route.is_some() != far.is_some() {
                    let text = format!("{router} → {to}: {metric:?} {route:?}, but it is {far:?}");
                    return Some(text);
                }
                if let (Some((_, iface)), Some(far)) = (route, far) {
                    let cable = self.cables[iface.scope_id() as usize - 2];
                    let next = cable.ends[usize::from(cable.ends[0] == router)];
                    if self.distances(next)[to] != Some(far - 1) || !cable.up {
                        return Some(format!("{router} → {to} by {next}: a detour"));
                    }
                }
            }
        }
        None
    }
}
