//! `bench syn-flood`: what a SYN costs that nobody follows up, and who gets in meanwhile (RFC 4987).
//!
//! A listener with a backlog of 128 takes SYNs from addresses behind its gateway, a million a second
//! of virtual time; between two hundredths of them somebody calls who means it, and waits for three
//! seconds. Only the SYNs are timed: from the frame to the frame of the answer.

use std::io::Write;
use std::net::Ipv4Addr;

use anyhow::ensure;
use base::{Duration, Frame, Instant};
use serde::Serialize;
use stack::{Address, Errno, Family, Kind, RecvFlags, Route};
use wire::tcp::{Control, Flags, Header, Options, SeqNumber};
use wire::{EtherType, MacAddr, Protocol, ethernet, ipv4};

use crate::ours::Pair;
use crate::subject::PORT;

/// Callers who mean it.
const CALLERS: u32 = 100;
const GATEWAY: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 9);
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

/// `bench syn-flood`
#[derive(clap::Args)]
#[command(
    after_help = "Columns, for tcp_syncookies 0 (no cookies), 1 (when the table of half-open \
    connections is full) and 2 (always):\n  \
    SYN/s, ns/SYN  SYNs taken and answered in a second, and what one costs, on one thread\n  \
    rows           sockets at most: the listener, half-open and accepted connections\n  \
    served         of 100 callers who meant it\n\n\
    Example: cargo run --release -p bench -- syn-flood"
)]
pub(crate) struct Args {
    /// SYNs of each flood.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1000..=100_000_000))]
    syns: u32,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// One line of the result.
#[derive(Serialize)]
struct Row {
    tcp_syncookies: u8,
    syns_per_second: f64,
    ns_per_syn: f64,
    rows: usize,
    served: u32,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if !args.json {
        writeln!(
            out,
            "{:<14} {:>12} {:>8} {:>6} {:>7}",
            "tcp_syncookies", "SYN/s", "ns/SYN", "rows", "served"
        )?;
    }
    for syncookies in 0..=2 {
        let row = flood(syncookies, args.syns)?;
        if args.json {
            writeln!(out, "{}", serde_json::to_string(&row)?)?;
            continue;
        }
        writeln!(
            out,
            "{:<14} {:>12.0} {:>8.0} {:>6} {:>7}",
            row.tcp_syncookies, row.syns_per_second, row.ns_per_syn, row.rows, row.served
        )?;
    }
    Ok(())
}

fn flood(syncookies: u8, syns: u32) -> anyhow::Result<Row> {
    let mut pair = Pair::new()?;
    let server = &mut pair.server.stack;
    server.set_sysctl("net.ipv4.tcp_syncookies", &syncookies.to_string())?;
    server.add_route(Route::default_via(GATEWAY.into(), pair.server.iface))?;
    let (iface, mac) = (pair.server.iface, MacAddr::local(9));
    server.add_neighbor(pair.now, iface, GATEWAY.into(), mac)?;

    let mut row = Row {
        tcp_syncookies: syncookies,
        syns_per_second: 0.0,
        ns_per_syn: 0.0,
        rows: 0,
        served: 0,
    };
    let mut spent = std::time::Duration::ZERO;
    for round in 0..CALLERS {
        let first = u64::from(syns) * u64::from(round) / u64::from(CALLERS);
        let end = u64::from(syns) * u64::from(round + 1) / u64::from(CALLERS);
        let frames: Vec<_> = (first..end).map(|n| syn(n as u32)).collect();
        let start = std::time::Instant::now();
        for frame in frames {
            pair.server.stack.receive(pair.now, iface, frame);
            while pair.server.stack.poll_transmit(pair.now).is_some() {}
            pair.now += Duration::from_micros(1);
        }
        spent += start.elapsed();
        row.served += u32::from(call(&mut pair)?);
        row.rows = row.rows.max(pair.server.stack.sockets().len());
    }
    row.ns_per_syn = spent.as_nanos() as f64 / f64::from(syns);
    row.syns_per_second = f64::from(syns) / spent.as_secs_f64();
    Ok(row)
}

/// Whether a caller gets a byte through within three seconds.
fn call(pair: &mut Pair) -> anyhow::Result<bool> {
    let client = pair.client.stack.socket(Family::Inet, Kind::Stream)?;
    let to = Address::Inet((SERVER, PORT).into());
    let said = pair.client.stack.connect(pair.now, client, &to);
    ensure!(said == Err(Errno::EINPROGRESS), "connect: {said:?}");
    let until = pair.now + Duration::from_secs(3);
    let (mut accepted, mut heard) = (None, false);
    while pair.now < until && !heard {
        pair.turn();
        let _ = pair.client.stack.send(pair.now, client, b"x");
        accepted = accepted.or_else(|| pair.server.stack.accept(pair.listener).ok());
        if let Some((accepted, _)) = accepted {
            let mut byte = [0];
            let flags = RecvFlags::empty();
            heard = pair.server.stack.recv(pair.now, accepted, &mut byte, flags) == Ok(1);
        }
        if !heard {
            pair.now = next(pair).min(until);
        }
    }
    let _ = pair.client.stack.close(pair.now, client)?;
    if let Some((accepted, _)) = accepted {
        let _ = pair.server.stack.close(pair.now, accepted)?;
    }
    for _ in 0..4 {
        pair.turn();
    }
    Ok(heard)
}

/// When something is due next, a millisecond from now at least.
fn next(pair: &Pair) -> Instant {
    let soon = pair.now + Duration::from_millis(1);
    let stacks = [&pair.client.stack, &pair.server.stack];
    let due = stacks.into_iter().filter_map(|stack| stack.next_deadline());
    due.min().map_or(soon, |due| due.max(soon))
}

/// The `n`th SYN, from an address of RFC 2544's.
fn syn(n: u32) -> Frame {
    let src = Ipv4Addr::from(u32::from(Ipv4Addr::new(198, 18, 0, 0)) | (n & 0x1_ffff));
    let segment = Header {
        src_port: 1024 + (n / 0x2_0000 + n % 50_000) as u16,
        dst_port: PORT,
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
    let bytes = segment.segment(src.into(), SERVER.into(), &[]);
    let packet = ipv4::Header::new(src, SERVER, Protocol::TCP, bytes.len());
    let link = ethernet::Header {
        dst: MacAddr::local(2),
        src: MacAddr::local(9),
        ethertype: EtherType::IPV4,
    };
    let mut frame = vec![0; ethernet::HEADER_LEN + packet.header_len()];
    link.emit(&mut frame);
    packet.emit(&mut frame[ethernet::HEADER_LEN..]);
    frame.extend_from_slice(&bytes);
    Frame::from(frame)
}
