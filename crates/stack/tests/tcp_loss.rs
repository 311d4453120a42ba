//! TCP over a bad cable, in virtual time: every byte in order, or an error, never anything else.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use base::{Bytes, Duration, Instant};
use common::cable::{Bad, Cable};
use common::sockets::at;
use stack::{Errno, Family, How, Kind, RecvFlags, SocketId};

/// The bytes of a stream, none like those before.
fn stream_of(len: usize) -> Bytes {
    (0..len)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect()
}

/// One direction of a transfer.
struct Way {
    host: usize,
    socket: SocketId,
    bytes: Bytes,
    sent: usize,
    got: usize,
    ended: bool,
}

impl Way {
    fn new(host: usize, socket: SocketId, len: usize) -> Self {
        Self {
            host,
            socket,
            bytes: stream_of(len),
            sent: 0,
            got: 0,
            ended: false,
        }
    }

    /// Sends what there is room for, then says that it was all.
    fn send(&mut self, cable: &mut Cable) {
        let (now, host) = (cable.now, &mut cable.hosts[self.host]);
        while self.sent < self.bytes.len() {
            match host.send_bytes(now, self.socket, self.bytes.slice(self.sent..)) {
                Ok(count) => self.sent += count,
                Err(Errno::EAGAIN) => return,
                Err(error) => panic!("send: {error}"),
            }
            if self.sent == self.bytes.len() {
                host.shutdown(now, self.socket, How::Write).unwrap();
            }
        }
    }

    /// Receives at the other side, byte for byte.
    fn recv(&mut self, cable: &mut Cable, socket: SocketId) {
        let (now, host) = (cable.now, &mut cable.hosts[1 - self.host]);
        let mut out = [0; 65_536];
        loop {
            match host.recv(now, socket, &mut out, RecvFlags::empty()) {
                Ok(0) => return self.ended = true,
                Ok(count) => {
                    let expected = &self.bytes[self.got..self.got + count];
                    assert!(out[..count] == *expected, "behind {}", self.got);
                    self.got += count;
                }
                Err(Errno::EAGAIN) => return,
                Err(error) => panic!("recv: {error}"),
            }
        }
    }
}

fn connect(cable: &mut Cable, end: Instant) -> (SocketId, SocketId) {
    let now = cable.now;
    let stream = |host: &mut stack::Stack| host.socket(Family::Inet, Kind::Stream).unwrap();
    let listener = stream(&mut cable.hosts[1]);
    cable.hosts[1].bind(listener, &at("0.0.0.0:9000")).unwrap();
    cable.hosts[1].listen(listener, 1).unwrap();
    let caller = stream(&mut cable.hosts[0]);
    let to = at("172.16.10.11:9000");
    assert_eq!(
        cable.hosts[0].connect(now, caller, &to),
        Err(Errno::EINPROGRESS)
    );
    while cable.step(end) {
        if let Ok((accepted, _)) = cable.hosts[1].accept(listener) {
            let now = cable.now;
            let _ = cable.hosts[1].close(now, listener).unwrap();
            return (caller, accepted);
        }
    }
    panic!("no connection");
}

/// Moves `lens` bytes there and back over one connection; how long it took.
fn transfer(seed: u64, bad: Bad, lens: [usize; 2]) -> Duration {
    // Shown when the test fails.
    println!(
        "seed {seed}, {bad:?}, {lens:?}; replay: LANDLINE_SEED={seed} cargo test -p stack --test tcp_loss"
    );
    let mut cable = Cable::new(seed, bad);
    let start = cable.now;
    let end = start + Duration::from_secs(100_000);
    let (caller, accepted) = connect(&mut cable, end);
    let mut there = Way::new(0, caller, lens[0]);
    let mut back = Way::new(1, accepted, lens[1]);
    while !there.ended || !back.ended {
        there.send(&mut cable);
        back.send(&mut cable);
        assert!(cable.step(end), "it hangs");
        there.recv(&mut cable, accepted);
        back.recv(&mut cable, caller);
    }
    assert_eq!([there.got, back.got], lens);
    let took = cable.now - start;
    let now = cable.now;
    let _ = cable.hosts[0].close(now, caller).unwrap();
    let _ = cable.hosts[1].close(now, accepted).unwrap();
    while cable.step(end) {}
    for host in &cable.hosts {
        let left = host.sockets();
        assert!(left.is_empty(), "left over: {left:?}");
    }
    took
}

/// The one in `LANDLINE_SEED`, or so many.
fn seeds(count: u64) -> std::ops::Range<u64> {
    match std::env::var("LANDLINE_SEED") {
        Ok(seed) => {
            let seed = seed.parse().unwrap();
            seed..seed + 1
        }
        Err(_) => 0..count,
    }
}

const GOOD: Bad = Bad {
    loss: 0.0,
    duplicate: 0.0,
    corrupt: 0.0,
    delay: Duration::from_millis(1),
    jitter: Duration::ZERO,
};

#[test]
fn ten_megabytes_arrive_over_a_good_cable() {
    let took = transfer(seeds(1).start, GOOD, [10_000_000, 10]);
    // The window of 64 KiB and the round trip of 2 ms allow 32 MB/s.
    assert!(took < Duration::from_secs(2), "{took}");
}

#[test]
fn ten_megabytes_arrive_though_one_frame_in_a_hundred_is_lost() {
    let bad = Bad { loss: 0.01, ..GOOD };
    transfer(seeds(1).start, bad, [10_000_000, 10]);
}

#[test]
fn both_directions_survive_every_ill_at_once() {
    for seed in seeds(10) {
        let bad = Bad {
            loss: 0.2,
            duplicate: 0.05,
            corrupt: 0.05,
            delay: Duration::from_millis(10),
            jitter: Duration::from_millis(10),
        };
        transfer(seed, bad, [100_000, 70_000]);
    }
}

#[test]
fn reordering_alone_loses_nothing() {
    for seed in seeds(5) {
        let bad = Bad {
            jitter: Duration::from_millis(5),
            ..GOOD
        };
        transfer(seed, bad, [500_000, 500_000]);
    }
}
