//! Listeners: the SYN queue, the accept queue, who overflows them (listen(2), tcp(7)).

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::packets::{header, ip_frame, ips};
use common::sockets::{A, B, at, pair};
use common::{World, ip, mac};
use stack::{DropReason, Errno, How, Readiness, SocketOption};
use wire::Protocol;
use wire::tcp::{Control, Flags, Header, SeqNumber};

/// A segment from 172.16.10.10 to 172.16.10.11's port 9000, in a frame.
fn segment(src_port: u16, control: &Control) -> Vec<u8> {
    let (src, dst) = (ip("172.16.10.10"), ip("172.16.10.11"));
    let tcp = Header {
        src_port,
        dst_port: 9000,
        control: control.clone(),
    };
    let bytes = tcp.segment(src.into(), dst.into(), &[]);
    ip_frame(mac(2), mac(1), &header(src, dst, Protocol::TCP), &bytes)
}

fn syn(seq: u32) -> Control {
    Control {
        seq: SeqNumber(seq),
        flags: Flags::SYN,
        window: 1000,
        ..Control::default()
    }
}

/// Puts a segment before B's card; what B answers.
fn inject(world: &mut World, src_port: u16, control: &Control) -> Vec<Control> {
    let iface = world.hosts[B].interfaces()[1].id();
    world.take();
    // The answers would reach the host A, which knows nothing of the call.
    world.lose = |_| true;
    world.inject((B, iface), segment(src_port, control));
    world.lose = |_| false;
    let answers = ips(&world.take_from(B));
    answers
        .iter()
        .map(|(_, _, bytes)| Header::parse(bytes).unwrap().0.control)
        .collect()
}

#[test]
fn the_accept_queue_holds_the_backlog_and_one_more() {
    let mut world = pair();
    let listener = world.listener(B, "0.0.0.0:9000", 2);
    let callers: Vec<_> = (0..4).map(|_| world.call(A, "172.16.10.11:9000")).collect();
    for caller in &callers[..3] {
        assert_eq!(world.connect(A, *caller, "172.16.10.11:9000"), Ok(()));
    }
    // The fourth one's SYN is passed over, and comes again.
    assert_eq!(world.died(B, DropReason::TcpAcceptQueueFull), 1);
    assert_eq!(
        world.connect(A, callers[3], "172.16.10.11:9000"),
        Err(Errno::EALREADY)
    );
    world.accept(B, listener).unwrap();
    world.pass_millis(1000);
    assert_eq!(world.connect(A, callers[3], "172.16.10.11:9000"), Ok(()));
    for _ in 0..3 {
        world.accept(B, listener).unwrap();
    }
    assert_eq!(world.accept(B, listener), Err(Errno::EAGAIN));
}

#[test]
fn somaxconn_bounds_every_backlog() {
    for backlog in [100, i32::MAX, -1] {
        let mut world = pair();
        world.hosts[B]
            .set_sysctl("net.core.somaxconn", "3")
            .unwrap();
        let _listener = world.listener(B, "0.0.0.0:9000", backlog);
        for _ in 0..6 {
            world.call(A, "172.16.10.11:9000");
        }
        let waiting = world.hosts[B].sockets()[0].recv_queue;
        assert_eq!(waiting, 4, "{backlog}");
    }
}

#[test]
fn an_ack_that_finds_the_queue_full_is_passed_over_and_tried_again() {
    let mut world = pair();
    let listener = world.listener(B, "0.0.0.0:9000", 1);
    // Two SYNs at once find room for one more; of their two ACKs the second finds none.
    world.call(A, "172.16.10.11:9000");
    let callers = [0, 1].map(|_| {
        let caller = world.tcp(A);
        world.connect(A, caller, "172.16.10.11:9000").unwrap_err();
        caller
    });
    world.settle();
    assert_eq!(world.died(B, DropReason::TcpAcceptQueueFull), 1);
    assert_eq!(world.states(B), ["ESTAB", "ESTAB", "LISTEN", "SYN-RECV"]);
    world.accept(B, listener).unwrap();
    // Both callers believe that they are connected.
    for caller in callers {
        assert_eq!(world.connect(A, caller, "172.16.10.11:9000"), Ok(()));
    }
    let first = world.accept(B, listener).unwrap();
    world.send(A, callers[1], b"late").unwrap();
    world.pass_millis(1000);
    let second = world.accept(B, listener).unwrap();
    world.settle();
    assert_eq!(world.recv(B, second), Ok(b"late".to_vec()));
    assert_eq!(world.recv(B, first), Err(Errno::EAGAIN));
}

#[test]
fn a_full_queue_resets_where_the_sysctl_says_so() {
    let mut world = pair();
    world.hosts[B]
        .set_sysctl("net.ipv4.tcp_abort_on_overflow", "1")
        .unwrap();
    let _listener = world.listener(B, "0.0.0.0:9000", 1);
    world.call(A, "172.16.10.11:9000");
    let callers = [0, 1].map(|_| {
        let caller = world.tcp(A);
        world.connect(A, caller, "172.16.10.11:9000").unwrap_err();
        caller
    });
    world.settle();
    assert_eq!(world.recv(A, callers[1]), Err(Errno::ECONNRESET));
    assert_eq!(world.states(B), ["ESTAB", "ESTAB", "LISTEN"]);
}

#[test]
fn the_syn_queue_is_bounded() {
    let mut world = pair();
    world.hosts[B]
        .set_sysctl("net.ipv4.tcp_syncookies", "0")
        .unwrap();
    world.hosts[B]
        .set_sysctl("net.ipv4.tcp_max_syn_backlog", "4")
        .unwrap();
    let _listener = world.listener(B, "0.0.0.0:9000", 100);
    for port in 5000..5010 {
        let answered = inject(&mut world, port, &syn(1)).len();
        assert_eq!(answered, usize::from(port < 5004), "{port}");
    }
    assert_eq!(world.died(B, DropReason::TcpSynQueueFull), 6);
    // Nobody ever acknowledges: five SYN-ACKs more, then they are forgotten.
    world.lose = |_| true;
    world.take();
    world.pass_millis(62_000);
    assert_eq!(
        world.states(B),
        ["LISTEN", "SYN-RECV", "SYN-RECV", "SYN-RECV", "SYN-RECV"]
    );
    assert_eq!(ips(&world.take_from(B)).len(), 4 * 5);
    world.pass_millis(2_000);
    assert_eq!(world.states(B), ["LISTEN"]);
    world.lose = |_| false;
    let caller = world.call(A, "172.16.10.11:9000");
    assert_eq!(world.connect(A, caller, "172.16.10.11:9000"), Ok(()));
}

#[test]
fn a_reset_makes_room_in_the_syn_queue() {
    let mut world = pair();
    let _listener = world.listener(B, "0.0.0.0:9000", 100);
    let [answer] = &inject(&mut world, 5000, &syn(77))[..] else {
        panic!("a SYN-ACK")
    };
    assert_eq!(answer.flags, Flags::SYN | Flags::ACK);
    assert_eq!(answer.ack, SeqNumber(78));
    assert_eq!(world.states(B), ["LISTEN", "SYN-RECV"]);
    let reset = Control {
        seq: SeqNumber(78),
        flags: Flags::RST,
        ..Control::default()
    };
    assert!(inject(&mut world, 5000, &reset).is_empty());
    assert_eq!(world.states(B), ["LISTEN"]);
}

#[test]
fn what_is_no_call_is_refused() {
    let mut world = pair();
    let _listener = world.listener(B, "0.0.0.0:9000", 100);
    let with = |flags| Control {
        seq: SeqNumber(100),
        ack: SeqNumber(200),
        flags,
        ..Control::default()
    };
    // RFC 9293 §3.10.7.2: an ACK is answered by a RST with its number; a RST by nothing.
    let [answer] = &inject(&mut world, 5000, &with(Flags::ACK))[..] else {
        panic!("a RST")
    };
    assert_eq!((answer.flags, answer.seq), (Flags::RST, SeqNumber(200)));
    assert!(inject(&mut world, 5000, &with(Flags::RST)).is_empty());
    assert!(inject(&mut world, 5000, &with(Flags::FIN)).is_empty());
    assert_eq!(world.states(B), ["LISTEN"]);
}

#[test]
fn nobody_there_is_refused_at_once() {
    let mut world = pair();
    let caller = world.call(A, "172.16.10.11:9000");
    assert!(
        world
            .ready(A, caller)
            .contains(Readiness::ERROR | Readiness::HANGUP)
    );
    assert_eq!(
        world.connect(A, caller, "172.16.10.11:9000"),
        Err(Errno::ECONNREFUSED)
    );
    assert_eq!(world.died(B, DropReason::TcpPortUnreachable), 1);
    // The same socket may try again.
    let _listener = world.listener(B, "0.0.0.0:9000", 1);
    assert_eq!(
        world.connect(A, caller, "172.16.10.11:9000"),
        Err(Errno::EINPROGRESS)
    );
    world.settle();
    assert_eq!(world.connect(A, caller, "172.16.10.11:9000"), Ok(()));
}

#[test]
fn a_listener_that_goes_resets_those_who_wait() {
    for stop in [false, true] {
        let mut world = pair();
        let listener = world.listener(B, "0.0.0.0:9000", 5);
        let caller = world.call(A, "172.16.10.11:9000");
        let half = inject(&mut world, 5000, &syn(77));
        assert_eq!(world.states(B), ["ESTAB", "LISTEN", "SYN-RECV"]);
        if stop {
            world.shutdown(B, listener, How::Read).unwrap();
            assert_eq!(world.accept(B, listener), Err(Errno::EINVAL));
        } else {
            world.close(B, listener);
        }
        world.settle();
        assert_eq!(world.recv(A, caller), Err(Errno::ECONNRESET));
        // Who is half-way in hears of it with his next segment.
        let ack = Control {
            seq: SeqNumber(78),
            ack: half[0].seq + 1,
            flags: Flags::ACK,
            ..Control::default()
        };
        let [answer] = &inject(&mut world, 5000, &ack)[..] else {
            panic!("a RST")
        };
        assert_eq!(answer.flags, Flags::RST);
        let rest = if stop { vec!["UNCONN"] } else { vec![] };
        assert_eq!(world.states(B), rest);
    }
}

#[test]
fn who_was_reset_while_waiting_is_still_accepted() {
    let mut world = pair();
    let listener = world.listener(B, "0.0.0.0:9000", 5);
    let caller = world.call(A, "172.16.10.11:9000");
    world.send(A, caller, b"read me").unwrap();
    world.settle();
    world.set(A, caller, SocketOption::Linger(Some(base::Duration::ZERO)));
    world.close(A, caller);
    world.settle();
    // As in Linux: accept gives it, and it tells.
    let accepted = world.accept(B, listener).unwrap();
    assert!(world.ready(B, accepted).contains(Readiness::HANGUP));
    let told = [world.recv(B, accepted), world.recv(B, accepted)];
    assert!(told.contains(&Err(Errno::ECONNRESET)), "{told:?}");
    world.close(B, accepted);
    assert_eq!(world.states(B), ["LISTEN"]);
}

#[test]
fn the_address_before_all_addresses() {
    let mut world = pair();
    let all = world.listener(B, "127.0.0.1:9000", 5);
    let one = world.listener(B, "172.16.10.11:9000", 5);
    world.call(A, "172.16.10.11:9000");
    assert_eq!(world.accept(B, all), Err(Errno::EAGAIN));
    world.accept(B, one).unwrap();
}

#[test]
fn listeners_that_share_a_port_share_the_callers() {
    let mut world = pair();
    let listeners: Vec<_> = (0..3)
        .map(|_| {
            let socket = world.tcp(B);
            world.set(B, socket, SocketOption::ReusePort(true));
            world.bind(B, socket, "0.0.0.0:9000").unwrap();
            world.hosts[B].listen(socket, 100).unwrap();
            socket
        })
        .collect();
    for _ in 0..60 {
        world.call(A, "172.16.10.11:9000");
    }
    let counts: Vec<_> = listeners
        .iter()
        .map(|listener| std::iter::from_fn(|| world.accept(B, *listener).ok()).count())
        .collect();
    assert_eq!(counts.iter().sum::<usize>(), 60);
    assert!(counts.iter().all(|count| *count > 8), "{counts:?}");
}

#[test]
fn a_segment_to_all_is_none() {
    let mut world = pair();
    let _listener = world.listener(B, "0.0.0.0:9000", 5);
    let iface = world.hosts[B].interfaces()[1].id();
    let tcp = Header {
        src_port: 5000,
        dst_port: 9000,
        control: syn(1),
    };
    let mut bytes = vec![0; tcp.header_len()];
    tcp.emit(&mut bytes);
    for (card, to) in [
        (wire::MacAddr::BROADCAST, "172.16.10.255"),
        (wire::MacAddr::BROADCAST, "172.16.10.11"),
    ] {
        let header = header(ip("172.16.10.10"), ip(to), Protocol::TCP);
        world.take();
        world.inject((B, iface), ip_frame(card, mac(1), &header, &bytes));
        assert!(world.take_from(B).is_empty(), "{to}");
    }
    assert_eq!(world.states(B), ["LISTEN"]);
    // The second one IP itself refuses (RFC 1122 §3.3.6).
    assert_eq!(world.died(B, DropReason::TcpNotUnicast), 1);
    assert_eq!(world.hosts[B].drops().total(), 2);
}

#[test]
fn a_new_call_takes_over_from_time_wait() {
    let mut world = pair();
    let listener = world.listener(B, "0.0.0.0:9000", 5);
    let name = "172.16.10.10:5000";
    let dial = |world: &mut World| {
        let caller = world.tcp(A);
        world.set(A, caller, SocketOption::ReuseAddr(true));
        world.bind(A, caller, name).unwrap();
        let now = world.now;
        let result = world.hosts[A].connect(now, caller, &at("172.16.10.11:9000"));
        world.settle();
        (caller, result)
    };
    let (caller, _) = dial(&mut world);
    let accepted = world.accept(B, listener).unwrap();
    world.close(B, accepted);
    world.settle();
    world.close(A, caller);
    world.settle();
    assert_eq!(world.states(B), ["LISTEN", "TIME-WAIT"]);
    assert!(world.states(A).is_empty());
    world.pass_millis(10);
    let (caller, result) = dial(&mut world);
    assert_eq!(result, Err(Errno::EINPROGRESS));
    let accepted = world.accept(B, listener).unwrap();
    world.send(A, caller, b"new").unwrap();
    world.settle();
    assert_eq!(world.recv(B, accepted), Ok(b"new".to_vec()));
    assert_eq!(world.states(B), ["ESTAB", "LISTEN"]);
}

#[test]
fn who_called_an_earlier_listener_is_not_this_one_s() {
    let mut world = pair();
    let listener = world.listener(B, "0.0.0.0:9000", 5);
    let half = inject(&mut world, 5000, &syn(77));
    world.shutdown(B, listener, How::Read).unwrap();
    world.hosts[B].listen(listener, 5).unwrap();
    let ack = Control {
        seq: SeqNumber(78),
        ack: half[0].seq + 1,
        flags: Flags::ACK,
        ..Control::default()
    };
    let [answer] = &inject(&mut world, 5000, &ack)[..] else {
        panic!("a RST")
    };
    assert_eq!(answer.flags, Flags::RST);
    assert_eq!(world.accept(B, listener), Err(Errno::EAGAIN));
    world.call(A, "172.16.10.11:9000");
    world.accept(B, listener).unwrap();
}
