//! Calls through the house: over the gateway, many at once, over cables that are pulled, to hosts
//! that crash.

mod world;

use std::net::SocketAddr;

use base::{Bytes, Duration, Instant, Rng};
use fabric::{Channel, Delay, Fabric, HostId, Rate};
use stack::{Errno, Stack, Sysctls};
use world::lans::Lans;
use world::programs::{Caller, Outcome, Server, answer};

fn cable() -> Channel {
    Channel {
        rate: Some(Rate::mbit(100)),
        delay: Delay::constant(Duration::from_millis(1)),
        ..Channel::PERFECT
    }
}

fn server_address() -> SocketAddr {
    SocketAddr::from(([101, 100, 200, 11], 9000))
}

/// A server beyond the gateway, and its callers.
struct House {
    lans: Lans,
    server_host: HostId,
    server: Server,
    callers: Vec<(HostId, Caller)>,
}

impl House {
    fn new() -> Self {
        let mut lans = Lans::new(1, cable());
        let server_host = lans.host("server", 1, "101.100.200.11/10");
        let stack = lans.net.stack_mut(server_host);
        Self {
            server: Server::listen(stack, server_address()),
            callers: Vec::new(),
            server_host,
            lans,
        }
    }

    fn call(&mut self, host: HostId, data: Vec<u8>) {
        let now = self.lans.net.now();
        let stack = self.lans.net.stack_mut(host);
        let caller = Caller::call(stack, now, server_address(), Bytes::from(data));
        self.callers.push((host, caller));
    }

    /// Runs for so long, or until all callers are done.
    fn run(&mut self, time: Duration) {
        let net: &mut Fabric = &mut self.lans.net;
        let end = net.now() + time;
        let open =
            |callers: &[(HostId, Caller)]| callers.iter().any(|(_, c)| c.outcome == Outcome::Open);
        while open(&self.callers) && net.run_to_event(end) {
            while let Some((host, _)) = net.poll_event() {
                let now = net.now();
                if host == self.server_host {
                    self.server.turn(net.stack_mut(host), now);
                }
                for (place, caller) in &mut self.callers {
                    if *place == host {
                        caller.turn(net.stack_mut(host), now);
                    }
                }
            }
        }
    }
}

fn bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut data = vec![0; len];
    Rng::seeded(seed).fill(&mut data);
    data
}

#[test]
fn fifty_callers_at_once_each_get_their_answers() {
    let mut house = House::new();
    let mut sent = Vec::new();
    for n in 0..50u64 {
        let host = house
            .lans
            .host("caller", 0, &format!("172.16.10.{}/24", n + 10));
        let data = bytes(n, 1000 * n as usize);
        sent.push(data.iter().map(|b| answer(*b)).collect::<Vec<u8>>());
        house.call(host, data);
    }
    house.run(Duration::from_secs(60));
    for ((_, caller), sent) in house.callers.iter().zip(sent) {
        assert_eq!(caller.outcome, Outcome::Ended);
        assert!(caller.received == sent);
    }
    assert_eq!(house.server.calls.len(), 50);
}

#[test]
fn a_transfer_takes_as_long_as_its_bits() {
    let mut house = House::new();
    let host = house.lans.host("caller", 0, "172.16.10.10/24");
    house.call(host, bytes(1, 4_000_000));
    house.run(Duration::from_secs(60));
    assert_eq!(house.callers[0].1.outcome, Outcome::Ended);
    // 4 MB are 320 ms at 100 Mbit/s; headers, the handshake and slow start come on top. There and
    // back overlap.
    let took = house.lans.net.now().as_millis();
    assert!((330..700).contains(&took), "{took} ms");
}

#[test]
fn a_pulled_cable_that_is_plugged_in_again_is_a_pause() {
    let mut house = House::new();
    let host = house.lans.host("caller", 0, "172.16.10.10/24");
    let cable = house.lans.cables[3];
    house.call(host, bytes(1, 2_000_000));
    house.run(Duration::from_millis(60));
    assert_eq!(house.callers[0].1.outcome, Outcome::Open);
    house.lans.net.set_up(cable, false);
    house.run(Duration::from_secs(10));
    assert_eq!(house.callers[0].1.outcome, Outcome::Open);
    house.lans.net.set_up(cable, true);
    house.run(Duration::from_secs(120));
    assert_eq!(house.callers[0].1.outcome, Outcome::Ended);
    assert_eq!(house.callers[0].1.received.len(), 2_000_000);
}

#[test]
fn a_server_that_crashed_and_came_back_knows_nothing_of_the_call() {
    let mut house = House::new();
    let host = house.lans.host("caller", 0, "172.16.10.10/24");
    house.call(host, bytes(1, 2_000_000));
    house.run(Duration::from_millis(60));
    // Another computer in its place, with the same address.
    let rng = Rng::seeded(99);
    let mut fresh = Stack::new(Sysctls::default(), rng);
    let config = house.lans.cards[&house.server_host].clone();
    let now = house.lans.net.now();
    assert!(fresh.add_interface(now, config).is_ok());
    let interface = fresh.interface_named("eth0").map(|i| i.id()).unwrap();
    let gateway = world::lans::GATEWAY[1].into();
    let route = stack::Route::default_via(gateway, interface);
    assert!(fresh.add_route(route).is_ok());
    house.lans.net.replace_stack(house.server_host, fresh);
    let no_calls = Server::listen(
        house.lans.net.stack_mut(house.server_host),
        server_address(),
    );
    house.server = no_calls;
    house.run(Duration::from_secs(120));
    let outcome = &house.callers[0].1.outcome;
    assert_eq!(*outcome, Outcome::Failed(Errno::ECONNRESET));
}

#[test]
fn an_idle_connection_costs_nothing() {
    let mut house = House::new();
    let host = house.lans.host("caller", 0, "172.16.10.10/24");
    house.call(host, bytes(1, 0));
    // The server is not asked: the call stays open on its side.
    let net = &mut house.lans.net;
    net.advance_to(Instant::from_secs(60));
    let mut steps = 0;
    while net
        .next_event()
        .is_some_and(|at| at <= Instant::from_secs(3660))
    {
        net.step();
        steps += 1;
    }
    assert!(steps < 500, "{steps} steps in an hour");
}
