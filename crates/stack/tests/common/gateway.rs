//! Two networks with a router between them, and a host on each.

use stack::{InterfaceId, Route, Sysctls};

use super::packets::v4;
use super::{Host, World, card, ip};

/// Alice at 172.16.10.10/24 and a server at 101.100.200.11/10, and the router between them.
pub struct Networks {
    pub world: World,
    pub alice: (Host, InterfaceId),
    pub server: (Host, InterfaceId),
    pub router: Host,
    /// The router's interfaces: on the network of Alice, and on that of the server.
    pub near: InterfaceId,
    pub far: InterfaceId,
}

/// The link of the server takes `far_mtu` bytes as far as the router knows. All is quiet.
pub fn networks(far_mtu: usize) -> Networks {
    let mut world = World::new();
    let alice = world.simple(1, "172.16.10.10/24");
    let server = world.simple(2, "101.100.200.11/10");
    let router = world.host(Sysctls {
        ip_forward: true,
        ..Sysctls::default()
    });
    let near = world.plug(router, card("eth0", 11, "172.16.10.1/24"));
    let far = world.plug(router, card("eth1", 12, "101.64.0.1/10"));
    world.hosts[router].set_mtu(far, far_mtu).unwrap();
    world.lan(&[alice, (router, near)]);
    world.lan(&[server, (router, far)]);
    for (host, gateway) in [(alice, "172.16.10.1"), (server, "101.64.0.1")] {
        let route = Route::default_via(v4(ip(gateway)), host.1);
        world.hosts[host.0].add_route(route).unwrap();
    }
    world.pass_millis(3000);
    world.take();
    Networks {
        world,
        alice,
        server,
        router,
        near,
        far,
    }
}
