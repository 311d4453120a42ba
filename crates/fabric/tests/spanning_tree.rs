//! The spanning tree: loops do no harm, and a pulled cable is gone round.

mod world;

use std::collections::{BTreeSet, HashMap};

use base::{Duration, Frame, Instant, Rng};
use fabric::{
    Channel, Delay, DropReason, Fabric, LinkId, NodeId, Rate, SpanningTree, SwitchConfig,
};
use wire::bpdu::{Bpdu, BridgeId, Config, Flags, PortRole};
use wire::{MacAddr, ethernet};
use world::frame;

/// Switches, the cables between them, and a computer at each.
struct Net {
    fabric: Fabric,
    switches: Vec<NodeId>,
    /// With the places of the two switches.
    cables: Vec<(LinkId, usize, usize)>,
    taps: Vec<NodeId>,
}

fn with_tree(priority: u16) -> SwitchConfig {
    SwitchConfig {
        spanning_tree: Some(SpanningTree { priority }),
        ..SwitchConfig::default()
    }
}

fn cable() -> Channel {
    Channel {
        delay: Delay::constant(Duration::from_micros(10)),
        ..Channel::with_rate(Rate::gbit(1))
    }
}

impl Net {
    fn new(seed: u64, priorities: &[u16], cables: &[(usize, usize)]) -> Self {
        let mut fabric = Fabric::new(seed);
        let switches: Vec<_> = priorities
            .iter()
            .enumerate()
            .map(|(n, priority)| fabric.add_switch(&format!("s{n}"), with_tree(*priority)))
            .collect();
        let mut net = Self {
            taps: Vec::new(),
            cables: Vec::new(),
            switches,
            fabric,
        };
        for n in 0..net.switches.len() {
            let tap = net.fabric.add_tap(&format!("t{n}"));
            let ports = [
                net.fabric.add_port(net.switches[n]),
                net.fabric.add_port(tap),
            ];
            let laid = net.fabric.connect(ports[0], ports[1], &cable());
            assert!(laid.is_ok());
            net.taps.push(tap);
        }
        for (a, b) in cables {
            net.lay(*a, *b, &cable());
        }
        net
    }

    fn lay(&mut self, a: usize, b: usize, channel: &Channel) {
        let [a_port, b_port] = [a, b].map(|n| self.fabric.add_port(self.switches[n]));
        let link = self.fabric.connect(a_port, b_port, channel);
        self.cables
            .push((link.unwrap_or_else(|error| panic!("{error}")), a, b));
    }

    fn run(&mut self, seconds: u64) {
        let until = self.fabric.now() + Duration::from_secs(seconds);
        self.fabric.advance_to(until);
        for tap in &self.taps {
            while self.fabric.take(*tap).is_some() {}
        }
    }

    /// The cables that carry frames: both ends forward, and they are plugged in.
    fn tree(&self) -> Vec<(usize, usize)> {
        let carries = |link: LinkId| {
            let ends = self.fabric.ends(link);
            self.fabric.is_up(link) && ends.iter().all(|port| self.fabric.forwards(*port))
        };
        let cables = self.cables.iter().filter(|(link, _, _)| carries(*link));
        cables.map(|(_, a, b)| (*a, *b)).collect()
    }

    /// Which switches hang together by these cables: each with the lowest of its part.
    fn parts(&self, cables: &[(usize, usize)]) -> Vec<usize> {
        let mut part: Vec<usize> = (0..self.switches.len()).collect();
        for _ in 0..part.len() {
            for (a, b) in cables {
                let least = part[*a].min(part[*b]);
                (part[*a], part[*b]) = (least, least);
            }
        }
        part
    }

    fn plugged(&self) -> Vec<(usize, usize)> {
        let cables = self.cables.iter();
        let up = cables.filter(|(link, _, _)| self.fabric.is_up(*link));
        up.map(|(_, a, b)| (*a, *b)).collect()
    }

    /// Exactly one tree in each part of the network that hangs together.
    fn check_tree(&self) -> Result<(), String> {
        let (tree, plugged) = (self.tree(), self.plugged());
        let (by_tree, by_cable) = (self.parts(&tree), self.parts(&plugged));
        if by_tree != by_cable {
            return Err(format!("{tree:?} does not reach all of {plugged:?}"));
        }
        let parts: BTreeSet<_> = by_tree.iter().collect();
        let edges = self.switches.len() - parts.len();
        if tree.len() != edges {
            return Err(format!("{tree:?} of {plugged:?} has a loop"));
        }
        Ok(())
    }

    /// A broadcast of each computer's: all others that it can reach hear it, each once.
    fn check_everybody_hears(&mut self) -> Result<(), String> {
        let parts = self.parts(&self.plugged());
        for from in 0..self.taps.len() {
            self.fabric
                .put(self.taps[from], frame(from as u64 + 1, 0, 64));
            let until = self.fabric.now() + Duration::from_millis(100);
            self.fabric.advance_to(until);
            for (to, tap) in self.taps.iter().enumerate() {
                let heard = std::iter::from_fn(|| self.fabric.take(*tap))
                    .filter(is_data)
                    .count();
                let right = usize::from(to != from && parts[to] == parts[from]);
                if heard != right {
                    return Err(format!("{to} heard {from} {heard} times, not {right}"));
                }
            }
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), String> {
        self.check_tree()?;
        self.check_everybody_hears()
    }
}

fn is_data(frame: &Frame) -> bool {
    let bytes = frame.to_vec();
    ethernet::addresses(&bytes).is_some_and(|(dst, _)| dst != wire::bpdu::GROUP)
}

/// The seeds to try: `LANDLINE_SEED` alone, or `LANDLINE_SEEDS` of them, or `most`.
fn seeds(most: u64) -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok()?.parse::<u64>().ok();
    match number("LANDLINE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("LANDLINE_SEEDS").unwrap_or(most),
    }
}

/// IEEE 802.1D-2004, figure 17-5 in small: the lowest priority is the root, and the cables farthest
/// from it rest.
#[test]
fn a_ring_becomes_a_tree_with_the_lowest_as_its_root() {
    let mut net = Net::new(
        1,
        &[32768, 32768, 4096, 32768],
        &[(0, 1), (1, 2), (2, 3), (3, 0)],
    );
    net.run(6);
    net.check().unwrap_or_else(|wrong| panic!("{wrong}"));
    // Both cables of the root carry; of the two others, switch 0, which has the lower address, has
    // no better way by 1 than by 3: its lower port decides.
    assert_eq!(net.tree(), [(0, 1), (1, 2), (2, 3)]);
}

#[test]
fn a_dear_way_rests_though_it_is_shorter() {
    let mut net = Net::new(1, &[0, 4096, 8192], &[(0, 1), (1, 2)]);
    // Straight to the root, but at a hundredth of the rate: 2,000,000 against 2 times 20,000.
    net.lay(0, 2, &Channel::with_rate(Rate::mbit(10)));
    net.run(6);
    assert_eq!(net.tree(), [(0, 1), (1, 2)]);
    // The cable becomes another, and the tree with it.
    let straight = net.cables[2].0;
    for direction in fabric::Direction::BOTH {
        net.fabric
            .set_channel(straight, direction, Channel::with_rate(Rate::gbit(10)));
    }
    net.run(6);
    assert_eq!(net.tree(), [(0, 1), (0, 2)]);
}

/// With neighbours that answer, three seconds are many: two hello times would be the least that
/// waiting could do.
#[test]
fn a_pulled_cable_is_gone_round_at_once() {
    let mut net = Net::new(
        1,
        &[0, 4096, 8192, 12288],
        &[(0, 1), (1, 2), (2, 3), (3, 0)],
    );
    net.run(6);
    let before = net.tree();
    let carrying = *net
        .cables
        .iter()
        .find(|(_, a, b)| before.contains(&(*a, *b)))
        .unwrap();
    net.fabric.set_up(carrying.0, false);
    let pulled = net.fabric.now();
    while net.check_tree().is_err() {
        assert!(net.fabric.now() < pulled + Duration::from_secs(3));
        assert!(net.fabric.step());
    }
    let took = net.fabric.now() - pulled;
    assert!(took < Duration::from_millis(10), "it took {took:?}");
    net.run(1);
    net.check().unwrap_or_else(|wrong| panic!("{wrong}"));
    net.fabric.set_up(carrying.0, true);
    net.run(6);
    net.check().unwrap_or_else(|wrong| panic!("{wrong}"));
}

/// What was learnt before the change would send frames into the void for 300 seconds.
#[test]
fn after_a_change_the_switches_forget_where_they_saw_whom() {
    let mut net = Net::new(1, &[0, 4096, 8192], &[(0, 1), (1, 2), (2, 0)]);
    net.run(6);
    net.check().unwrap_or_else(|wrong| panic!("{wrong}"));
    // All know all: a frame goes to its destination alone.
    net.fabric.put(net.taps[1], frame(2, 3, 64));
    net.fabric
        .advance_to(net.fabric.now() + Duration::from_millis(1));
    assert!(
        net.fabric
            .take(net.taps[2])
            .is_some_and(|frame| is_data(&frame))
    );
    assert!(net.fabric.take(net.taps[0]).is_none());
    // 1 reaches 2 by 0, since their own cable rests; now 0 and 2 are parted.
    assert_eq!(net.tree(), [(0, 1), (2, 0)]);
    net.fabric.set_up(net.cables[2].0, false);
    net.fabric
        .advance_to(net.fabric.now() + Duration::from_millis(10));
    net.fabric.put(net.taps[0], frame(1, 3, 64));
    net.fabric
        .advance_to(net.fabric.now() + Duration::from_millis(1));
    let heard = std::iter::from_fn(|| net.fabric.take(net.taps[2])).filter(is_data);
    assert_eq!(heard.count(), 1);
}

#[test]
fn random_networks_become_trees_and_mend() {
    for seed in seeds(40) {
        let outcome = random(seed);
        assert!(
            outcome.is_ok(),
            "seed {seed}: {outcome:?}; again: LANDLINE_SEED={seed} cargo test -p fabric --test spanning_tree"
        );
    }
}

/// Some switches, cables between them at random, some doubled; then cables are pulled and plugged
/// in again.
fn random(seed: u64) -> Result<(), String> {
    let mut rng = Rng::seeded(seed);
    let count = 2 + rng.below(9) as usize;
    let priorities: Vec<u16> = (0..count).map(|_| (rng.below(16) * 4096) as u16).collect();
    let mut cables: Vec<_> = (1..count)
        .map(|n| (rng.below(n as u64) as usize, n))
        .collect();
    for _ in 0..rng.below(count as u64 * 2) {
        let (a, b) = (
            rng.below(count as u64) as usize,
            rng.below(count as u64) as usize,
        );
        if a != b {
            cables.push((a, b));
        }
    }
    let mut net = Net::new(seed, &priorities, &[]);
    for (a, b) in cables {
        let rate = [10, 100, 1000, 10_000][rng.below(4) as usize];
        let channel = Channel {
            delay: Delay::constant(Duration::from_micros(rng.below(2000))),
            ..Channel::with_rate(Rate::mbit(rate))
        };
        net.lay(a, b, &channel);
    }
    net.run(8);
    net.check().map_err(|wrong| format!("at first: {wrong}"))?;
    for round in 0..6 {
        for _ in 0..=rng.below(2) {
            let link = net.cables[rng.below(net.cables.len() as u64) as usize].0;
            let up = !net.fabric.is_up(link);
            net.fabric.set_up(link, up);
        }
        // Traffic goes on meanwhile, and nothing of it stays for ever.
        for from in 0..count {
            net.fabric
                .put(net.taps[from], frame(from as u64 + 1, 0, 64));
        }
        // Nearly always a moment; at worst until old news has died and timers have run, as STP's do:
        // 20 s and twice 15 s.
        net.run(50);
        net.check()
            .map_err(|wrong| format!("round {round}: {wrong}"))?;
    }
    if net.fabric.ledger().of(DropReason::Storm) > 0 {
        return Err("frames went round".into());
    }
    Ok(())
}

/// No loop at any moment, not only in the end: a broadcast is heard at most once by anybody while a
/// cable is pulled and plugged in.
#[test]
fn no_frame_comes_twice_while_the_tree_changes() {
    for seed in seeds(8) {
        let mut rng = Rng::seeded(seed);
        let cables = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0), (0, 2), (1, 3)];
        let priorities: Vec<u16> = (0..5).map(|_| (rng.below(16) * 4096) as u16).collect();
        let mut net = Net::new(seed, &priorities, &cables);
        let mut times: HashMap<(usize, u32), u32> = HashMap::new();
        for number in 0..3000_u32 {
            if number % 300 == 299 {
                let link = net.cables[rng.below(cables.len() as u64) as usize].0;
                let up = !net.fabric.is_up(link);
                net.fabric.set_up(link, up);
            }
            let from = rng.below(5) as usize;
            let mut sent = frame(from as u64 + 1, 0, 64);
            assert!(sent.overwrite(14, &number.to_be_bytes()));
            net.fabric.put(net.taps[from], sent);
            let sent_last = number;
            let again =
                format!("again: LANDLINE_SEED={seed} cargo test -p fabric --test spanning_tree");
            net.fabric
                .advance_to(net.fabric.now() + Duration::from_millis(10));
            for (to, tap) in net.taps.iter().enumerate() {
                while let Some(frame) = net.fabric.take(*tap) {
                    if is_data(&frame) {
                        let number = world::number(&frame);
                        let times = times.entry((to, number)).or_default();
                        *times += 1;
                        // What is under way at the very moment of a change may go both ways.
                        let once = number % 300 != 299;
                        assert!(
                            *times == 1 || !once && *times < 10,
                            "{to} heard frame {number} twice; {again}"
                        );
                        assert_eq!(number, sent_last, "it went on; {again}");
                    }
                }
            }
        }
    }
}

#[test]
fn only_switches_with_it_say_bpdus() {
    let mut net = Fabric::new(1);
    let plain = net.add_switch("plain", SwitchConfig::default());
    let star = world::star(&mut net, plain, 2, &Channel::PERFECT);
    net.advance_to(Instant::from_secs(60));
    assert_eq!(star.got(&mut net), [0, 0]);
    assert_eq!(net.frames(), 0);
}

/// A neighbour that speaks STP of 1998 is spoken to in its language, and a designated port with such
/// a neighbour waits as STP does: until old news has died, and then the forward delay.
#[test]
fn a_neighbour_of_old_is_understood() {
    let mut net = Fabric::new(1);
    let switch = net.add_switch("new", with_tree(4096));
    let star = world::star(&mut net, switch, 2, &Channel::PERFECT);
    let old = |priority| BridgeId {
        priority,
        mac: MacAddr::local(9),
    };
    let hello = |root: BridgeId, flags| {
        let config = Config {
            flags: Flags(flags),
            root,
            cost: 0,
            bridge: old(root.priority),
            port: 0x8001,
            age: 0,
            max_age: 20 * 256,
            hello: 2 * 256,
            forward_delay: 15 * 256,
        };
        Frame::from(Bpdu::Config(config).frame(MacAddr::local(9)).to_vec())
    };
    let mut forwards = None;
    for second in 1..=60_u64 {
        // It takes itself for the root, until it knows better.
        if second % 2 == 0 && second < 10 {
            net.put(star.taps[0], hello(old(0x8000), 0));
        }
        net.advance_to(Instant::from_secs(second));
        while let Some(heard) = net.take(star.taps[0]) {
            let heard = Bpdu::of_frame(&heard.to_vec());
            match heard {
                Some(Ok(Bpdu::Rapid(_))) => assert!(second <= 5, "RSTP at {second} s"),
                Some(Ok(Bpdu::Config(said))) => assert_eq!(said.root.priority, 4096),
                other => panic!("{other:?}"),
            }
        }
        if forwards.is_none() && net.forwards(star.ports[0]) {
            forwards = Some(second);
        }
    }
    let forwards = forwards.unwrap_or(0);
    assert!((30..=40).contains(&forwards), "forwarding at {forwards} s");
    // A better root is heard of: this is the way there now, and a change is told in STP's way.
    let root = old(0);
    for second in 61..=90_u64 {
        if second % 2 == 0 {
            net.put(star.taps[0], hello(root, 0));
        }
        if second == 80 {
            net.set_up(star.links[1], false);
        }
        if second == 81 {
            net.set_up(star.links[1], true);
        }
        net.advance_to(Instant::from_secs(second));
    }
    let heard = |tap: usize, net: &mut Fabric| -> Vec<Bpdu> {
        std::iter::from_fn(|| net.take(star.taps[tap]))
            .filter_map(|heard| Bpdu::of_frame(&heard.to_vec())?.ok())
            .collect()
    };
    assert!(net.forwards(star.ports[0]));
    assert!(
        heard(0, &mut net)
            .iter()
            .all(|bpdu| !matches!(bpdu, Bpdu::Rapid(_)))
    );
    // The other port, where nobody speaks of trees, tells of the root that was heard of.
    let said = heard(1, &mut net).pop();
    let Some(Bpdu::Rapid(said)) = said else {
        panic!("{said:?}");
    };
    assert_eq!((said.root, said.cost, said.age), (root, 20_000, 256));
    assert_eq!(said.flags.role(), PortRole::Designated);
}

/// What a link broke or nobody understands is counted, and does no harm.
#[test]
fn a_bpdu_that_cannot_be_read_is_dropped_by_name() {
    let mut net = Fabric::new(1);
    let switch = net.add_switch("s", with_tree(32768));
    let star = world::star(&mut net, switch, 1, &Channel::PERFECT);
    net.advance_to(Instant::from_secs(5));
    let whole = Bpdu::Notice.frame(MacAddr::local(9)).to_vec();
    for (at, byte) in [(14, 0x43), (17, 1), (20, 0x55), (13, 200)] {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        net.put(star.taps[0], Frame::from(bytes));
    }
    net.put(star.taps[0], Frame::from(whole[..20].to_vec()));
    net.advance_to(Instant::from_secs(6));
    assert_eq!(net.ledger().at(star.ports[0], DropReason::BadBpdu), 5);
}

/// A hub makes a segment of several ports: of two of one switch there, one is a backup.
#[test]
fn two_ports_on_a_hub_make_no_loop() {
    let mut net = Fabric::new(1);
    let switch = net.add_switch("s", with_tree(32768));
    let hub = net.add_hub("hub");
    let mut ports = Vec::new();
    for _ in 0..2 {
        let (a, b) = (net.add_port(switch), net.add_port(hub));
        assert!(net.connect(a, b, &cable()).is_ok());
        ports.push(a);
    }
    let star = world::star(&mut net, switch, 1, &cable());
    net.advance_to(Instant::from_secs(60));
    assert_eq!(
        ports.iter().map(|p| net.forwards(*p)).collect::<Vec<_>>(),
        [true, false]
    );
    assert!(net.forwards(star.ports[0]));
    net.put(star.taps[0], frame(1, 0, 64));
    net.advance_to(Instant::from_secs(120));
    assert!(net.ledger().of(DropReason::PortBlocked) <= 1);
}
