//! A listener under a flood of SYNs that nobody will ever follow up (RFC 4987).

mod common;

use common::packets::{header, ip_frame};
use common::sockets::{A, B, pair};
use common::{World, mac};
use stack::DropReason;
use wire::Protocol;
use wire::tcp::{Control, Flags, Header, Options, SeqNumber};

/// Every port below this is a spoofed caller's.
const SPOOFED: u16 = 20_000;

/// What goes back to a spoofed caller reaches nobody.
fn to_nobody(sent: &common::Sent) -> bool {
    let port = sent
        .bytes
        .get(36..38)
        .map_or(0, |b| u16::from_be_bytes([b[0], b[1]]));
    sent.host == B && (1000..SPOOFED).contains(&port)
}

/// A segment from A's address to B's listener.
fn inject(world: &mut World, src_port: u16, control: Control) {
    let (source, us) = (common::ip("172.16.10.10"), common::ip("172.16.10.11"));
    let tcp = Header {
        src_port,
        dst_port: 9000,
        control,
    };
    let bytes = tcp.segment(source.into(), us.into(), &[]);
    let frame = ip_frame(mac(2), mac(1), &header(source, us, Protocol::TCP), &bytes);
    let iface = world.hosts[B].interfaces()[1].id();
    world.inject((B, iface), frame);
    world.take();
}

fn flood(world: &mut World, count: u32, from: u32) {
    for n in from..from + count {
        let control = Control {
            seq: SeqNumber(n.wrapping_mul(0x9e37_79b9)),
            flags: Flags::SYN,
            window: 65_535,
            options: Options {
                mss: Some(1460),
                sack_permitted: true,
                window_scale: Some(7),
                ..Options::default()
            },
            ..Control::default()
        };
        inject(world, 1000 + (n % 19_000) as u16, control);
    }
}

#[test]
fn who_means_it_gets_through() {
    for timestamps in ["0", "1"] {
        let mut world = pair();
        world.hosts[B]
            .set_sysctl("net.ipv4.tcp_timestamps", timestamps)
            .unwrap();
        world.lose = to_nobody;
        let listener = world.listener(B, "0.0.0.0:9000", 128);
        flood(&mut world, 19_000, 0);
        // 129 half-open connections, as many as Linux keeps, and nothing of all the others.
        let rows = world.hosts[B].sockets().len();
        assert_eq!(rows, 1 + 129);
        let cookies = world.died(B, DropReason::TcpSynCookie);
        assert_eq!(cookies, 19_000 - 129);
        for round in 0..100 {
            flood(&mut world, 100, 19_000 + round * 100);
            let caller = world.call(A, "172.16.10.11:9000");
            let accepted = world.accept(B, listener).unwrap();
            world.send(A, caller, b"I mean it").unwrap();
            world.settle();
            assert_eq!(
                world.recv(B, accepted),
                Ok(b"I mean it".to_vec()),
                "{round}"
            );
            // What the cookie kept: 1460 less the timestamps, and windows scaled for tcp_rmem with them.
            let info = world.hosts[B].tcp_info(accepted).unwrap();
            let (mss, scale) = if timestamps == "1" {
                (1448, 10)
            } else {
                (1460, 0)
            };
            assert_eq!((info.snd_mss, info.snd_wscale), (mss, scale));
            world.close(A, caller);
            world.close(B, accepted);
            world.settle();
            world.take();
        }
    }
}

#[test]
fn a_guess_is_no_cookie() {
    let mut world = pair();
    world.lose = to_nobody;
    let _listener = world.listener(B, "0.0.0.0:9000", 1);
    flood(&mut world, 10, 0);
    let before = world.states(B);
    for guess in 0..1000_u32 {
        let control = Control {
            seq: SeqNumber(8),
            ack: SeqNumber(guess.wrapping_mul(0x9e37_79b9)),
            flags: Flags::ACK,
            ..Control::default()
        };
        inject(&mut world, 19_999, control);
    }
    assert_eq!(world.states(B), before);
}
