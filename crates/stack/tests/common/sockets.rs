//! Sockets in a few words.

use std::net::SocketAddr;

use stack::{
    Address, Errno, Family, Kind, OptionName, Readiness, Received, RecvFlags, SocketId,
    SocketOption,
};

use super::{Host, World};

pub fn at(addr: &str) -> Address {
    Address::Inet(addr.parse().unwrap())
}

/// The IP address and port in an address.
pub fn inet(address: &Address) -> SocketAddr {
    match address {
        Address::Inet(addr) => *addr,
        other => panic!("{other} is no IP address"),
    }
}

impl World {
    pub fn socket(&mut self, host: Host, kind: Kind) -> SocketId {
        self.hosts[host].socket(Family::Inet, kind).unwrap()
    }

    pub fn udp(&mut self, host: Host) -> SocketId {
        self.socket(host, Kind::Datagram)
    }

    /// A UDP socket with a name.
    pub fn udp_at(&mut self, host: Host, name: &str) -> SocketId {
        let socket = self.udp(host);
        self.bind(host, socket, name).unwrap();
        socket
    }

    pub fn bind(&mut self, host: Host, socket: SocketId, name: &str) -> Result<(), Errno> {
        self.hosts[host].bind(socket, &at(name))
    }

    pub fn connect(&mut self, host: Host, socket: SocketId, peer: &str) -> Result<(), Errno> {
        let now = self.now;
        self.hosts[host].connect(now, socket, &at(peer))
    }

    pub fn send(&mut self, host: Host, socket: SocketId, bytes: &[u8]) -> Result<usize, Errno> {
        let now = self.now;
        self.hosts[host].send(now, socket, bytes)
    }

    pub fn send_to(
        &mut self,
        host: Host,
        socket: SocketId,
        bytes: &[u8],
        to: &str,
    ) -> Result<usize, Errno> {
        let now = self.now;
        self.hosts[host].send_to(now, socket, bytes, &at(to))
    }

    /// All that one receipt gives.
    pub fn recv(&mut self, host: Host, socket: SocketId) -> Result<Vec<u8>, Errno> {
        self.recv_from(host, socket).map(|(bytes, _)| bytes)
    }

    pub fn recv_from(
        &mut self,
        host: Host,
        socket: SocketId,
    ) -> Result<(Vec<u8>, Received), Errno> {
        let mut out = vec![0; 70_000];
        let now = self.now;
        let received = self.hosts[host].recv_from(now, socket, &mut out, RecvFlags::empty())?;
        out.truncate(received.copied);
        Ok((out, received))
    }

    pub fn set(&mut self, host: Host, socket: SocketId, option: SocketOption) {
        let now = self.now;
        self.hosts[host].set_option(now, socket, option).unwrap();
    }

    pub fn get(&mut self, host: Host, socket: SocketId, name: OptionName) -> SocketOption {
        self.hosts[host].option(socket, name).unwrap()
    }

    pub fn ready(&self, host: Host, socket: SocketId) -> Readiness {
        self.hosts[host].readiness(socket)
    }

    pub fn close(&mut self, host: Host, socket: SocketId) {
        let now = self.now;
        let _ = self.hosts[host].close(now, socket).unwrap();
    }

    /// The sockets of which events tell, in order.
    pub fn events(&mut self, host: Host) -> Vec<SocketId> {
        std::iter::from_fn(|| self.hosts[host].poll_event())
            .filter_map(stack::Event::socket)
            .collect()
    }

    pub fn local(&self, host: Host, socket: SocketId) -> SocketAddr {
        inet(&self.hosts[host].local_address(socket).unwrap())
    }
}

/// Two hosts on one cable: 172.16.10.10 and 172.16.10.11, which know each other's cards.
pub fn pair() -> World {
    let mut world = World::new();
    let a = world.simple(1, "172.16.10.10/24");
    let b = world.simple(2, "172.16.10.11/24");
    world.lan(&[a, b]);
    for (one, other, number) in [(a, "172.16.10.11", 2), (b, "172.16.10.10", 1)] {
        let (addr, now) = (super::ip(other).into(), world.now);
        world.hosts[one.0]
            .add_neighbor(now, one.1, addr, super::mac(number))
            .unwrap();
    }
    world.settle();
    world.take();
    world
}

/// The first host of [`pair`].
pub const A: Host = 0;
/// The second.
pub const B: Host = 1;

impl World {
    pub fn tcp(&mut self, host: Host) -> SocketId {
        self.socket(host, Kind::Stream)
    }

    /// A TCP listener.
    pub fn listener(&mut self, host: Host, name: &str, backlog: i32) -> SocketId {
        let socket = self.tcp(host);
        self.set(host, socket, SocketOption::ReuseAddr(true));
        self.bind(host, socket, name).unwrap();
        self.hosts[host].listen(socket, backlog).unwrap();
        socket
    }

    pub fn accept(&mut self, host: Host, listener: SocketId) -> Result<SocketId, Errno> {
        self.hosts[host].accept(listener).map(|(socket, _)| socket)
    }

    /// Calls and lets the handshake happen.
    pub fn call(&mut self, host: Host, to: &str) -> SocketId {
        let socket = self.tcp(host);
        assert_eq!(
            self.connect(host, socket, to),
            Err(Errno::EINPROGRESS),
            "{to}"
        );
        self.settle();
        socket
    }

    /// A connection from [`A`] to a listener at [`B`]'s port 9000: the caller's socket, the
    /// accepted one, and the listener.
    pub fn connection(&mut self) -> (SocketId, SocketId, SocketId) {
        let listener = self.listener(B, "0.0.0.0:9000", 5);
        let caller = self.call(A, "172.16.10.11:9000");
        let accepted = self.accept(B, listener).unwrap();
        (caller, accepted, listener)
    }

    pub fn shutdown(&mut self, host: Host, socket: SocketId, how: stack::How) -> Result<(), Errno> {
        let now = self.now;
        self.hosts[host].shutdown(now, socket, how)
    }

    /// The states of a host's TCP sockets and connections, sorted by name, such as `ESTAB`.
    pub fn states(&self, host: Host) -> Vec<String> {
        let listed = self.hosts[host].sockets();
        let tcp = listed.iter().filter(|row| row.kind == Kind::Stream);
        let mut states: Vec<_> = tcp.map(|row| row.state.to_string()).collect();
        states.sort();
        states
    }
}
