//! A program's own poll(2) over the descriptors of our sockets, and over the kernel's: readable and
//! writable at the same moments.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use landline::{Family, Lan, LanHost, Network, Socket, Type};

const IN: u16 = 1;
const OUT: u16 = 4;

/// What poll(2) says at once.
fn now(socket: &Socket) -> u16 {
    let descriptor = socket.descriptor().unwrap();
    host::kernel::events(descriptor, IN | OUT, Some(Instant::now())).unwrap() & (IN | OUT)
}

/// Waits in poll(2) until one of `events` is true.
fn wait(socket: &Socket, events: u16) {
    let descriptor = socket.descriptor().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    let found = host::kernel::events(descriptor, events, Some(deadline)).unwrap();
    assert_ne!(found & events, 0, "{events}");
}

fn on_both(case: fn(&Network)) {
    case(&Network::kernel());
    let lan = Lan::in_real_time(1).unwrap();
    lan.add_switch("office").unwrap();
    let host = LanHost::new("host").plug("office", "172.16.10.1/24");
    case(&lan.add_host(&host).unwrap());
}

fn bound(network: &Network, kind: Type) -> (Socket, SocketAddr) {
    let socket = Socket::new(network, Family::Inet, kind).unwrap();
    socket.bind(("127.0.0.1", 0)).unwrap();
    let name = socket.getsockname().unwrap().as_ip().unwrap();
    (socket, name)
}

#[test]
fn datagrams() {
    on_both(|network| {
        let (to, address) = bound(network, Type::Datagram);
        assert_eq!(now(&to), OUT);
        let (from, _) = bound(network, Type::Datagram);
        from.sendto(b"one", address).unwrap();
        wait(&to, IN);
        assert_eq!(now(&to), IN | OUT);
        to.recv(&mut [0; 8]).unwrap();
        assert_eq!(now(&to), OUT);
        from.sendto(b"two", address).unwrap();
        wait(&to, IN);
        let descriptor = to.descriptor().unwrap().as_raw_fd();
        assert_eq!(to.fileno().unwrap(), descriptor);
    });
}

#[test]
fn streams() {
    on_both(|network| {
        let (listener, address) = bound(network, Type::Stream);
        listener.listen(5).unwrap();
        assert_eq!(now(&listener), 0);
        let caller = Socket::new(network, Family::Inet, Type::Stream).unwrap();
        caller.connect(address).unwrap();
        wait(&listener, IN);
        let (callee, _) = listener.accept().unwrap();
        assert_eq!(now(&listener), 0);
        assert_eq!(now(&caller), OUT);
        caller.setblocking(false).unwrap();
        let (mut sent, piece) = (0, vec![7; 65_536]);
        // Full is full only when the peer's buffer is, too.
        while sent < 100_000_000 {
            match caller.send(&piece) {
                Ok(count) => sent += count,
                Err(_) if callee.queued().unwrap().unread == 0 => wait(&callee, IN),
                Err(_) if now(&caller) & OUT == 0 => break,
                Err(_) => {}
            }
        }
        assert_eq!(now(&caller), 0, "{sent}");
        let (mut got, mut buf) = (0, vec![0; 65_536]);
        while got < sent {
            got += callee.recv(&mut buf).unwrap();
        }
        wait(&caller, OUT);
        caller.close();
        wait(&callee, IN);
        assert_eq!(callee.recv(&mut buf).unwrap(), 0);
        assert_eq!(now(&callee), IN | OUT);
    });
}

#[test]
fn one_thread_serves_several() {
    on_both(|network| {
        let (listener, address) = bound(network, Type::Stream);
        listener.listen(5).unwrap();
        let callers: Vec<_> = (0..3)
            .map(|_| {
                let caller = Socket::new(network, Family::Inet, Type::Stream).unwrap();
                caller.connect(address).unwrap();
                caller.send(b"hello").unwrap();
                caller
            })
            .collect();
        let mut callees: Vec<Socket> = Vec::new();
        let (mut served, mut buf) = (0, [0; 64]);
        while served < 3 {
            if callees.len() < 3 {
                wait(&listener, IN);
                callees.push(listener.accept().unwrap().0);
            }
            for callee in &callees {
                if now(callee) == IN | OUT {
                    let count = callee.recv(&mut buf).unwrap();
                    callee.send(&buf[..count]).unwrap();
                    served += 1;
                }
            }
        }
        for caller in &callers {
            wait(caller, IN);
            assert_eq!(caller.recv(&mut buf).unwrap(), 5);
        }
    });
}
