//! Pings: echo requests at even distances, and how long their replies took.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use base::Instant;
use landline::tokio::UdpSocket;
use landline::{Family, Network};

use crate::report::Ping;
use crate::spread::Spread;

/// Bytes of an echo's data, as ping(8) has it.
const DATA: usize = 56;

/// How long after the last request a first reply is waited for, as ping(8) does.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends `count` requests to each of `to`, which are of one family: one `every` so often, to one after
/// the other; and waits for the replies.
pub(super) async fn ping(
    network: &Network,
    to: &[IpAddr],
    count: u64,
    every: Duration,
) -> io::Result<Ping> {
    let family = match to.first() {
        None => return Ok(Ping::default()),
        Some(IpAddr::V4(_)) => Family::Inet,
        Some(IpAddr::V6(_)) => Family::Inet6,
    };
    let count = count.saturating_mul(to.len() as u64);
    let socket = UdpSocket::ping(network, family)?;
    if let [only] = to {
        // So that errors are heard of.
        socket.connect(SocketAddr::new(*only, 0)).await?;
    }
    let mut pinger = Pinger {
        to,
        waiting: BTreeMap::new(),
        longest: None,
        times: Vec::new(),
        errors: BTreeMap::new(),
        sent: 0,
    };
    let mut next = network.now();
    let mut buffer = [0; DATA + 8];
    loop {
        let now = network.now();
        if pinger.sent < count && now >= next {
            pinger.send(&socket, now).await;
            next += every.into();
            continue;
        }
        let deadline = if pinger.sent < count {
            next
        } else if pinger.waiting.is_empty() {
            break;
        } else {
            pinger.last() + pinger.patience().into()
        };
        let left: Duration = deadline.since(now).into();
        if left.is_zero() {
            break;
        }
        match network.timeout(left, socket.recv_from(&mut buffer)).await {
            Err(_) => {}
            Ok(Ok((len, from))) => pinger.hear(&buffer[..len], from.ip(), network.now()),
            Ok(Err(error)) => pinger.note(&error),
        }
    }
    Ok(pinger.report())
}

/// What is known of the requests so far.
struct Pinger<'a> {
    /// Request `n` is for the `n`th of them, over and over; at least one.
    to: &'a [IpAddr],
    /// When those were sent that no reply has come for, by number.
    waiting: BTreeMap<u64, Instant>,
    times: Vec<Duration>,
    longest: Option<Duration>,
    errors: BTreeMap<String, u64>,
    sent: u64,
}

impl Pinger<'_> {
    fn whom(&self, number: u64) -> IpAddr {
        self.to[(number % self.to.len() as u64) as usize]
    }

    async fn send(&mut self, socket: &UdpSocket, now: Instant) {
        let mut message = [0; DATA + 8];
        // RFC 792, RFC 4443 §4.1: type, code, checksum, identifier, sequence number.
        let to = self.whom(self.sent);
        message[0] = if to.is_ipv4() { 8 } else { 128 };
        message[6..8].copy_from_slice(&(self.sent as u16).to_be_bytes());
        message[8..16].copy_from_slice(&self.sent.to_be_bytes());
        let number = self.sent;
        self.sent += 1;
        self.waiting.insert(number, now);
        let sent = match self.to {
            [_] => socket.send(&message).await,
            _ => socket.send_to(&message, SocketAddr::new(to, 0)).await,
        };
        if let Err(error) = sent {
            self.note(&error);
        }
    }

    /// A reply says in its data which request it is for.
    fn hear(&mut self, message: &[u8], from: IpAddr, now: Instant) {
        let number = message.get(8..16).and_then(|bytes| bytes.try_into().ok());
        let number = number.map(u64::from_be_bytes);
        let number = number.filter(|number| self.whom(*number) == from);
        if let Some(sent) = number.and_then(|number| self.waiting.remove(&number)) {
            let time = now.since(sent).into();
            self.times.push(time);
            self.longest = self.longest.max(Some(time));
        }
    }

    fn note(&mut self, error: &io::Error) {
        *self.errors.entry(super::words_of(error)).or_default() += 1;
    }

    fn last(&self) -> Instant {
        let last = self.waiting.last_key_value();
        last.map_or(Instant::ZERO, |(_, sent)| *sent)
    }

    /// ping(8) waits for twice the longest time, and at least a second.
    fn patience(&self) -> Duration {
        let longest = self.longest;
        longest.map_or(PATIENCE, |time| (time * 2).max(Duration::from_secs(1)))
    }

    fn report(self) -> Ping {
        Ping {
            sent: self.sent,
            received: self.times.len() as u64,
            lost: self.waiting.len() as u64,
            rtt: Spread::of(self.times),
            errors: self.errors,
        }
    }
}
