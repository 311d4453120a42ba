//! Any calls in any order, on two hosts with a bad cable between them: no panic, what `poll` says
//! is true, and nothing is left when all is closed.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use base::{Bytes, Duration};
use common::cable::{Bad, Cable};
use common::sockets::at;
use proptest::prelude::*;
use stack::{
    Address, Errno, Family, How, Kind, OptionName, Readiness, RecvFlags, SocketId, SocketOption,
    State,
};

#[derive(Clone, Debug)]
enum Call {
    Socket(u8),
    Bind(u8),
    Listen(i32),
    Accept,
    Connect(u8),
    Send(usize),
    SendTo(usize, u8),
    Recv(usize),
    Shutdown(u8),
    Set(u8, u32),
    Get(u8),
    Close,
    /// Lets so many things happen on the cable.
    Pass(u8),
    /// Lets so many milliseconds pass.
    Sleep(u64),
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        3 => any::<u8>().prop_map(Call::Socket),
        3 => any::<u8>().prop_map(Call::Bind),
        3 => (-1..4).prop_map(Call::Listen),
        4 => Just(Call::Accept),
        5 => any::<u8>().prop_map(Call::Connect),
        4 => (0usize..100_000).prop_map(Call::Send),
        2 => (0usize..70_000, any::<u8>()).prop_map(|(n, to)| Call::SendTo(n, to)),
        4 => (0usize..100_000).prop_map(Call::Recv),
        2 => any::<u8>().prop_map(Call::Shutdown),
        2 => (any::<u8>(), 0u32..200_000).prop_map(|(o, v)| Call::Set(o, v)),
        1 => any::<u8>().prop_map(Call::Get),
        2 => Just(Call::Close),
        6 => any::<u8>().prop_map(Call::Pass),
        2 => (0u64..3000).prop_map(Call::Sleep),
    ]
}

/// Names of either host, of nobody, and of none.
fn name(number: u8) -> Address {
    let names = [
        "172.16.10.10:9000",
        "172.16.10.11:9000",
        "0.0.0.0:9000",
        "127.0.0.1:9000",
        "0.0.0.0:9001",
        "172.16.10.255:9000",
        "172.16.10.99:9000",
        "0.0.0.0:0",
        "8.8.8.8:53",
    ];
    match names.get(usize::from(number) % (names.len() + 1)) {
        Some(name) => at(name),
        None => Address::Unspecified,
    }
}

fn option(number: u8, value: u32) -> SocketOption {
    let time = Duration::from_secs(u64::from(value % 40));
    match number % 14 {
        0 => SocketOption::ReuseAddr(value.is_multiple_of(2)),
        1 => SocketOption::ReusePort(value.is_multiple_of(2)),
        2 => SocketOption::Broadcast(value.is_multiple_of(2)),
        3 => SocketOption::SendBuffer(value),
        4 => SocketOption::RecvBuffer(value),
        5 => SocketOption::KeepAlive(value.is_multiple_of(2)),
        6 => SocketOption::Linger((!value.is_multiple_of(3)).then_some(time)),
        7 => SocketOption::NoDelay(value.is_multiple_of(2)),
        8 => SocketOption::MaxSegment(value % 2000),
        9 => SocketOption::KeepIdle(time),
        10 => SocketOption::KeepInterval(time),
        11 => SocketOption::KeepCount(value % 130),
        12 => SocketOption::UserTimeout(time),
        _ => SocketOption::Ttl(Some(value as u8)),
    }
}

/// Two hosts, and the sockets of each.
struct Pair {
    cable: Cable,
    sockets: [Vec<SocketId>; 2],
}

impl Pair {
    fn new(seed: u64) -> Self {
        let bad = Bad {
            loss: 0.05,
            duplicate: 0.02,
            corrupt: 0.02,
            delay: Duration::from_millis(1),
            jitter: Duration::from_millis(2),
        };
        let mut pair = Self {
            cable: Cable::new(seed, bad),
            sockets: [Vec::new(), Vec::new()],
        };
        // Something to begin with, or most calls would meet nobody.
        for host in 0..2 {
            let stack = &mut pair.cable.hosts[host];
            let [listener, caller] =
                [0, 1].map(|_| stack.socket(Family::Inet, Kind::Stream).unwrap());
            stack.bind(listener, &at("0.0.0.0:9000")).unwrap();
            stack.listen(listener, 3).unwrap();
            let datagrams = stack.socket(Family::Inet, Kind::Datagram).unwrap();
            stack.bind(datagrams, &at("0.0.0.0:9000")).unwrap();
            let peer = at(["172.16.10.11:9000", "172.16.10.10:9000"][host]);
            drop_result(stack.connect(pair.cable.now, caller, &peer));
            pair.sockets[host] = vec![listener, caller, datagrams];
        }
        pair
    }

    /// One call; whatever it answers, it answers.
    fn make(&mut self, host: usize, which: usize, call: &Call) {
        let now = self.cable.now;
        let stack = &mut self.cable.hosts[host];
        let sockets = &mut self.sockets[host];
        match call {
            Call::Socket(kind) => {
                let kinds = [Kind::Stream, Kind::Stream, Kind::Datagram, Kind::Ping];
                let kind = kinds[usize::from(*kind) % kinds.len()];
                return sockets.push(stack.socket(Family::Inet, kind).unwrap());
            }
            Call::Pass(steps) => {
                let end = now + Duration::from_secs(1);
                for _ in 0..*steps {
                    self.cable.step(end);
                }
                return;
            }
            Call::Sleep(millis) => {
                let end = now + Duration::from_millis(*millis);
                while self.cable.step(end) {}
                return;
            }
            _ => {}
        }
        let Some(id) = sockets.get(which % sockets.len().max(1)).copied() else {
            return;
        };
        match call {
            Call::Bind(to) => drop_result(stack.bind(id, &name(*to))),
            Call::Listen(backlog) => drop_result(stack.listen(id, *backlog)),
            Call::Accept => sockets.extend(stack.accept(id).map(|(near, _)| near)),
            Call::Connect(to) => drop_result(stack.connect(now, id, &name(*to))),
            Call::Send(len) => {
                let bytes = Bytes::from(vec![8; *len]);
                drop_result(stack.send_bytes(now, id, bytes));
            }
            Call::SendTo(len, to) => {
                drop_result(stack.send_to(now, id, &vec![8; *len], &name(*to)));
            }
            Call::Recv(len) if len.is_multiple_of(3) => {
                drop_result(stack.recv_bytes(now, id, *len));
            }
            Call::Recv(len) => {
                let flags = RecvFlags::from_bits_truncate(*len as u32 & 2);
                drop_result(stack.recv_from(now, id, &mut vec![0; *len], flags));
            }
            Call::Shutdown(how) => {
                let how = [How::Read, How::Write, How::Both][usize::from(*how) % 3];
                drop_result(stack.shutdown(now, id, how));
            }
            Call::Set(number, value) => {
                drop_result(stack.set_option(now, id, option(*number, *value)));
            }
            Call::Get(number) => {
                let name = OptionName::ALL[usize::from(*number) % OptionName::ALL.len()];
                drop_result(stack.option(id, name));
            }
            Call::Close => {
                sockets.retain(|socket| *socket != id);
                let _ = stack.close(now, id).unwrap();
            }
            Call::Socket(_) | Call::Pass(_) | Call::Sleep(_) => {}
        }
    }

    /// Where `poll` says that a call would not wait, it does not.
    fn check_readiness(&mut self) {
        let now = self.cable.now;
        for (stack, sockets) in self.cable.hosts.iter_mut().zip(&self.sockets) {
            while stack.poll_event().is_some() {}
            for id in sockets {
                let ready = stack.readiness(*id);
                let listens = stack.option(*id, OptionName::AcceptConn);
                if ready.contains(Readiness::READABLE) && !ready.contains(Readiness::ERROR) {
                    if listens == Ok(SocketOption::AcceptConn(true)) {
                        let waits = stack.sockets();
                        let row = waits.iter().find(|row| row.socket == Some(*id)).unwrap();
                        assert!(row.recv_queue > 0);
                    } else {
                        let peek = stack.recv(now, *id, &mut [0; 1], RecvFlags::PEEK);
                        assert_ne!(peek, Err(Errno::EAGAIN), "{ready:?}");
                    }
                }
                if ready.contains(Readiness::WRITABLE) {
                    let sent = stack.send(now, *id, b"x");
                    assert_ne!(sent, Err(Errno::EAGAIN), "{ready:?}");
                }
            }
        }
    }

    /// Closes everything and lets it end.
    fn finish(mut self) {
        let now = self.cable.now;
        for (stack, sockets) in self.cable.hosts.iter_mut().zip(&self.sockets) {
            for id in sockets {
                let _ = stack.close(now, *id).unwrap();
            }
        }
        // The longest that anything lasts: the retransmissions of one that nobody holds.
        let end = now + Duration::from_secs(3600);
        while self.cable.step(end) {}
        for stack in &self.cable.hosts {
            let left = stack.sockets();
            assert!(left.is_empty(), "left over: {left:?}");
        }
    }
}

fn drop_result<T>(result: Result<T, Errno>) {
    drop(result);
}

#[test]
fn what_it_begins_with_connects() {
    let mut pair = Pair::new(1);
    pair.make(0, 0, &Call::Sleep(3000));
    let listed = pair.cable.hosts[0].sockets();
    let established = listed.iter().filter(|row| row.state == State::Established);
    assert_eq!(established.count(), 2, "{listed:?}");
    pair.finish();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_calls_in_any_order_are_survived(
        seed in any::<u64>(),
        calls in prop::collection::vec((0usize..2, 0usize..8, call()), 1..150),
    ) {
        let mut pair = Pair::new(seed);
        for (host, which, call) in &calls {
            pair.make(*host, *which, call);
            for host in &mut pair.cable.hosts {
                while host.poll_event().is_some() {}
            }
        }
        pair.check_readiness();
        pair.finish();
    }
}
