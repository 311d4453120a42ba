//! Transfers: bytes over TCP from one host to another, and the course that their connection took.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use base::Instant;
use landline::Network;
use landline::options::{IPPROTO_TCP, Options, TCP_CONGESTION};
use landline::tokio::{TcpListener, TcpStream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::info::Info;
use crate::report::{Sample, Transfer};
use crate::scenario::Amount;
use crate::spread::Spread;

/// How often a transfer notes its window at first, in the lab's time.
const SAMPLE: Duration = Duration::from_millis(100);

/// Samples that are kept of one transfer at most: of a longer one they are farther apart.
const SAMPLES: usize = 1024;

/// What is moved, and how.
pub(super) struct Plan<'a> {
    pub(super) from: &'a Network,
    /// Where the bytes are taken in.
    pub(super) to: &'a Network,
    /// Where that is.
    pub(super) at: (IpAddr, u16),
    pub(super) amount: Amount,
    pub(super) congestion: Option<&'a str>,
}

/// Moves the bytes.
pub(super) async fn transfer(plan: Plan<'_>) -> io::Result<Transfer> {
    let any = match plan.at.0 {
        IpAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let listener = TcpListener::bind(plan.to, (any, plan.at.1)).await?;
    let sink = tokio::spawn(take_in(listener, plan.to.clone()));
    // However this ends, nobody listens there any more.
    let _sink = Guard(sink.abort_handle());
    let mut stream = TcpStream::connect(plan.from, plan.at).await?;
    if let Some(name) = plan.congestion {
        stream.setsockopt_bytes(IPPROTO_TCP, TCP_CONGESTION, name.as_bytes())?;
    }
    let mut course = Course::new(plan.from.now());
    let sent = send(&plan, &mut stream, &mut course).await?;
    stream.shutdown().await?;
    // The far side hangs up when it has everything.
    let mut rest = [0; 1];
    let hung_up = loop {
        let left = course.note(plan.from.now(), &stream);
        if let Ok(read) = plan.from.timeout(left, stream.read(&mut rest)).await {
            break read?;
        }
    };
    if hung_up != 0 {
        return Err(io::Error::other("somebody else answered"));
    }
    let info = Info::of(&stream);
    let (taken, first, last) = sink.await.map_err(io::Error::other)??;
    if taken != sent {
        let error = format!("{taken} of {sent} bytes arrived");
        return Err(io::Error::other(error));
    }
    let rtt = course.samples.iter().map(|sample| sample.rtt);
    let rtt = rtt.filter(|rtt| !rtt.is_zero()).collect();
    Ok(Transfer {
        bytes: taken,
        took: last.since(first).into(),
        retransmits: info.retransmits,
        rtt: Spread::of(rtt),
        course: course.samples,
    })
}

/// Writes all there is to write, and says how much that was.
async fn send(plan: &Plan<'_>, stream: &mut TcpStream, course: &mut Course) -> io::Result<u64> {
    let chunk = [0x5a; 64 * 1024];
    let (bytes, end) = match plan.amount {
        Amount::Bytes(bytes) => (bytes, None),
        Amount::For(time) => (u64::MAX, Some(plan.from.now() + time.into())),
    };
    let mut sent = 0;
    while sent < bytes {
        let now = plan.from.now();
        let mut left = course.note(now, stream);
        if let Some(end) = end {
            if now >= end {
                break;
            }
            left = left.min(end.since(now).into());
        }
        let len = (bytes - sent).min(chunk.len() as u64) as usize;
        let write = stream.write(&chunk[..len]);
        if let Ok(written) = plan.from.timeout(left, write).await {
            sent += written? as u64;
        }
    }
    Ok(sent)
}

/// Takes in everything that one caller sends: how much, since when, until when.
async fn take_in(listener: TcpListener, network: Network) -> io::Result<(u64, Instant, Instant)> {
    let (mut stream, _) = listener.accept().await?;
    let first = network.now();
    let mut buffer = vec![0; 64 * 1024];
    let (mut taken, mut last) = (0, first);
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok((taken, first, last)),
            count => taken += count as u64,
        }
        last = network.now();
    }
}

/// Ends a task when it goes.
struct Guard(tokio::task::AbortHandle);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Samples of a connection at even distances.
struct Course {
    samples: Vec<Sample>,
    next: Instant,
    every: Duration,
}

impl Course {
    fn new(now: Instant) -> Self {
        Self {
            samples: Vec::new(),
            next: now,
            every: SAMPLE,
        }
    }

    /// Notes where `stream` stands if it is time to, and says how long it is till the next time.
    fn note(&mut self, now: Instant, stream: &TcpStream) -> Duration {
        if now >= self.next {
            let Info { cwnd, rtt, .. } = Info::of(stream);
            self.samples.push(Sample { at: now, cwnd, rtt });
            if self.samples.len() >= SAMPLES {
                let mut number = 0;
                self.samples.retain(|_| {
                    number += 1;
                    number % 2 == 1
                });
                self.every *= 2;
            }
            self.next = now + self.every.into();
        }
        self.next.since(now).into()
    }
}
