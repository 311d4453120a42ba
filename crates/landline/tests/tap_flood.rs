//! A SYN flood over a TAP device, as fast as our stack takes it, with the kernel's sockets calling
//! amid it (RFC 4987).

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use base::{Frame, Instant};
use host::device::{Device, Kind};
use host::testing::shell;
use host::{Direction, Observer};
use landline::{Network, Tap, TcpListener};
use stack::InterfaceId;
use wire::tcp::{Control, Flags, Header, Options, SeqNumber};
use wire::{EtherType, MacAddr, Protocol, ethernet, ipv4};

const OURS: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 2);
/// SYNs of a flood at least.
const FLOOD: u64 = 20_000;
/// SYNs that wait in the kernel's queue before our stack. It holds 500 frames, and what the
/// callers send is to find room there: what a full queue of the kernel loses says nothing of us.
const AHEAD: u64 = 256;
/// Calls that are meant.
const CALLS: usize = 100;
/// As many half-open connections as a backlog of 128 allows.
const HALF_OPEN: usize = 129;

/// Whose frames the flood's are.
const FLOODER: MacAddr = MacAddr([2, 0, 0, 0, 0, 66]);
const CARD: MacAddr = MacAddr([2, 0, 0, 0, 0, 2]);

/// How much of the flood our stack has taken.
struct Taken(Arc<AtomicU64>);

impl Observer for Taken {
    fn frame(&mut self, _: Instant, _: InterfaceId, direction: Direction, frame: &Frame) {
        let mut link = [0; ethernet::HEADER_LEN];
        frame.copy_to(&mut link);
        if direction == Direction::In && link[6..12] == FLOODER.0 {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The `n`th SYN, from an address of RFC 2544's, behind the gateway.
fn syn(n: u32) -> Frame {
    let src = Ipv4Addr::from(u32::from(Ipv4Addr::new(198, 18, 0, 0)) | ((n * 31) & 0x1_ffff));
    let segment = Header {
        src_port: 1024 + (n % 60_000) as u16,
        dst_port: 9000,
        control: Control {
            seq: SeqNumber(n.wrapping_mul(0x85eb_ca6b)),
            flags: Flags::SYN,
            window: 65_535,
            options: Options {
                mss: Some(1460),
                sack_permitted: true,
                window_scale: Some(7),
                ..Options::default()
            },
            ..Control::default()
        },
    };
    let bytes = segment.segment(src.into(), OURS.into(), &[]);
    let packet = ipv4::Header::new(src, OURS, Protocol::TCP, bytes.len());
    let link = ethernet::Header {
        dst: CARD,
        src: FLOODER,
        ethertype: EtherType::IPV4,
    };
    let mut frame = vec![0; ethernet::HEADER_LEN + packet.header_len()];
    link.emit(&mut frame);
    packet.emit(&mut frame[ethernet::HEADER_LEN..]);
    frame.extend_from_slice(&bytes);
    Frame::from(frame)
}

/// We are 10.9.0.2 on a bridge of the kernel's, which is 10.9.0.1, our way to all others, and passes
/// nothing on. The flood comes in by the bridge's other port.
fn meet(syncookies: &str, taken: Arc<AtomicU64>) -> (Network, Device) {
    let tap = Tap::new("tap0", "10.9.0.2/24".parse().unwrap())
        .gateway(Ipv4Addr::new(10, 9, 0, 1).into())
        .mac(CARD)
        .sysctl("net.ipv4.tcp_syncookies", syncookies)
        .unwrap()
        .observer(Taken(taken));
    let network = tap.open().unwrap();
    let other = Device::open(Kind::Tap, "tap1").unwrap();
    shell(
        "ip link add br0 type bridge; ip link set tap0 master br0; ip link set tap1 master br0
         ip address add 10.9.0.1/24 dev br0; ip link set br0 up
         ping -c 1 -W 10 10.9.0.2",
    );
    (network, other)
}

/// Sends SYNs as fast as our stack takes them, until it is done and there were enough.
fn flood(device: &Device, taken: &AtomicU64, done: &AtomicBool) -> u64 {
    let syns: Vec<_> = (0..8192).map(syn).collect();
    let mut sent = 0;
    for syn in syns.iter().cycle() {
        while sent > taken.load(Ordering::Relaxed) + AHEAD {
            thread::yield_now();
        }
        if sent >= FLOOD && done.load(Ordering::Relaxed) {
            break;
        }
        device.send(syn).unwrap();
        sent += 1;
    }
    sent
}

/// A call of the kernel's: a byte there and back.
fn call(byte: u8) -> std::io::Result<()> {
    let limit = Duration::from_secs(10);
    let mut stream = TcpStream::connect_timeout(&(OURS, 9000).into(), limit)?;
    stream.set_read_timeout(Some(limit))?;
    stream.write_all(&[byte])?;
    let mut back = [0];
    stream.read_exact(&mut back)?;
    assert_eq!(back[0], byte);
    Ok(())
}

/// Answers calls up to one with the byte 0; gives how many sockets there were at most.
fn serve(network: &Network, listener: &TcpListener) -> usize {
    let mut most = 0;
    loop {
        let (mut stream, _) = listener.accept().unwrap();
        let rows = network.with_stack(|stack, _| stack.sockets().len());
        most = most.max(rows.unwrap());
        let mut byte = [0];
        if stream.read_exact(&mut byte).is_ok() {
            stream.write_all(&byte).unwrap();
            // The caller closes first, so that TIME-WAIT is the kernel's.
            let _ = stream.read(&mut [0]);
            if byte == [0] {
                return most;
            }
        }
    }
}

/// How many calls went well amid a flood, and how many sockets there were at most.
fn calls_amid_a_flood(syncookies: &str) -> (usize, usize) {
    let taken = Arc::new(AtomicU64::new(0));
    let (network, device) = meet(syncookies, Arc::clone(&taken));
    let listener = TcpListener::bind(&network, (OURS, 9000)).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let flooding = scope.spawn(|| flood(&device, &taken, &done));
        let serving = scope.spawn(|| serve(&network, &listener));
        let calls = (0..CALLS).filter(|_| call(1).is_ok()).count();
        done.store(true, Ordering::Relaxed);
        let sent = flooding.join().unwrap();
        call(0).unwrap();
        println!("tcp_syncookies {syncookies}: {sent} SYNs, {calls} calls");
        (calls, serving.join().unwrap())
    })
}

/// The listener, one call, and another that is about to be gone or about to be accepted.
const MEANT: usize = 4;

host::in_own_network! {
    fn who_calls_amid_a_flood_is_served() {
        let (calls, rows) = calls_amid_a_flood("1");
        assert!(calls >= CALLS - 1, "{calls}");
        assert!(rows <= HALF_OPEN + MEANT, "{rows}");
    }

    fn with_nothing_but_cookies_a_flood_leaves_nothing() {
        let (calls, rows) = calls_amid_a_flood("2");
        assert!(calls >= CALLS - 1, "{calls}");
        assert!(rows <= MEANT, "{rows}");
    }
}
