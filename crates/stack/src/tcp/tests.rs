//! What only the inside shows: who is visited, and how small things are.

extern crate std;

use core::mem::size_of;
use std::println;
use std::vec::Vec;

use base::{Bytes, Instant, Rng};

use super::row::{Role, Row};
use super::small::{Caller, Rest};
use crate::socket::{Address, Errno, Family, Kind, SocketId, SocketOption};
use crate::{Stack, Sysctls};

const NOW: Instant = Instant::from_secs(1000);
/// Behind every deadline that an idle connection has.
const LATER: Instant = Instant::from_secs(2000);

fn at(addr: &str) -> Address {
    Address::Inet(addr.parse().unwrap())
}

/// Everything that is owed goes over the loopback.
fn settle(host: &mut Stack) {
    assert!(host.poll_transmit(NOW).is_none());
}

/// A host with so many connections to itself: the callers' ends, the accepted ends.
fn busy(count: usize) -> (Stack, Vec<SocketId>, Vec<SocketId>) {
    let mut host = Stack::new(Sysctls::default(), Rng::seeded(1));
    let listener = host.socket(Family::Inet, Kind::Stream).unwrap();
    host.bind(listener, &at("127.0.0.1:9000")).unwrap();
    host.listen(listener, 5).unwrap();
    let mut ends = (Vec::new(), Vec::new());
    for _ in 0..count {
        let caller = host.socket(Family::Inet, Kind::Stream).unwrap();
        let error = host.connect(NOW, caller, &at("127.0.0.1:9000"));
        assert_eq!(error, Err(Errno::EINPROGRESS));
        settle(&mut host);
        // One after the other, without waiting for acknowledgments.
        let no_delay = SocketOption::NoDelay(true);
        host.set_option(NOW, caller, no_delay).unwrap();
        ends.0.push(caller);
        ends.1.push(host.accept(listener).unwrap().0);
    }
    while host.poll_event().is_some() {}
    (host, ends.0, ends.1)
}

#[test]
fn who_has_nothing_to_do_is_not_visited() {
    let (mut host, callers, accepted) = busy(1000);
    assert_eq!(host.tcp.ready.len(), 0);
    // What lay armed for the handshakes fires once and is not armed again.
    while let Some(deadline) = host.timers.next() {
        host.on_deadline(deadline);
        assert_eq!(host.tcp.ready.len(), 0);
    }
    for _ in 0..10 {
        host.send_bytes(NOW, callers[500], Bytes::from_static(b"moving"))
            .unwrap();
        assert_eq!(host.tcp.ready.len(), 1);
        settle(&mut host);
        let event = host.poll_event().unwrap();
        assert_eq!(event.socket(), Some(accepted[500]));
        assert_eq!(host.poll_event(), None);
        host.recv_bytes(LATER, accepted[500], 100).unwrap();
        settle(&mut host);
        // At most the two ends of the one that moves.
        assert!(host.timers.len() <= 2);
    }
}

#[test]
fn an_acknowledgment_leaves_the_wheel_alone() {
    let (mut host, callers, accepted) = busy(1);
    host.send(NOW, callers[0], b"first").unwrap();
    settle(&mut host);
    let armed = |host: &Stack| host.tcp.rows.get(callers[0].slot).unwrap().timer;
    let before = armed(&host);
    assert!(before.is_some());
    for _ in 0..100 {
        host.send(NOW, callers[0], b"more").unwrap();
        settle(&mut host);
        host.recv_bytes(NOW, accepted[0], 100).unwrap();
        settle(&mut host);
        assert_eq!(armed(&host), before);
    }
}

/// Bytes that a row costs in the table where it is kept with its generation, and in the hash table at
/// 7/8 load. Its entry in the wheel (32 bytes) is not counted: an idle connection has none.
fn in_tables<T>() -> usize {
    crate::socket::slots::Slots::<T>::ROW + (size_of::<u32>() + 1) * 8 / 7
}

#[test]
fn idle_connections_are_small() {
    let established = in_tables::<Row>() + size_of::<::tcp::Connection>();
    let half_open = in_tables::<Caller>();
    let time_wait = in_tables::<Rest>();
    println!(
        "row {}, flow {}",
        size_of::<Row>(),
        size_of::<super::flow::Flow>()
    );
    println!("established {established}, half-open {half_open}, TIME-WAIT {time_wait}");
    let socket = size_of::<crate::socket::endpoint::Endpoint>();
    println!("UDP socket {socket}");
    assert!(established <= 1064, "{established}");
    assert!(half_open <= 160, "{half_open}");
    assert!(time_wait <= 120, "{time_wait}");
    assert!(socket <= 300);
}

#[test]
fn an_idle_connection_holds_no_buffers() {
    let (mut host, callers, accepted) = busy(1);
    let bytes = Bytes::from(std::vec![7; 300_000]);
    let (mut sent, mut got) = (0, 0);
    while got < bytes.len() {
        let rest = bytes.slice(sent..);
        sent += host.send_bytes(NOW, callers[0], rest).unwrap_or(0);
        settle(&mut host);
        let part = host.recv_bytes(NOW, accepted[0], usize::MAX);
        got += part.map_or(0, |part| part.payload.len());
        settle(&mut host);
    }
    // The last acknowledgment may wait a little for company.
    host.on_deadline(LATER);
    settle(&mut host);
    assert!(bytes.is_unique(), "nobody refers to what was delivered");
    let row = host.tcp.rows.get(callers[0].slot).unwrap();
    assert!(matches!(row.role, Role::Connection(_)));
}
