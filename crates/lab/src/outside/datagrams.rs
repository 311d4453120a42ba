//! Datagrams between the machine and the lab: who sends to a port on one side has a socket of his
//! own on the other, for as long as something passes.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::Instant;
use landline::Network;
use landline::tokio::UdpSocket;
use tokio::task::JoinSet;

use super::tally::Tally;

/// Senders at once; datagrams of further ones are dropped and counted.
const SENDERS: usize = 1024;

/// Who was silent for so long, and heard nothing either, is forgotten (RFC 4787 REQ-5 asks of NATs
/// for two minutes at least).
const SILENCE: Duration = Duration::from_secs(120);

/// The longest datagram there is.
const LONGEST: usize = 65_535;

/// Which way those go who begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// From the machine into the lab: a published port.
    Inward,
    /// From the lab to the machine: an uplink.
    Outward,
}

impl Direction {
    /// Counts bytes of those who begin, or of the answer to them.
    fn count(self, tally: &Tally, answer: bool, bytes: usize) {
        match (self, answer) {
            (Self::Inward, false) | (Self::Outward, true) => tally.inward(bytes),
            (Self::Inward, true) | (Self::Outward, false) => tally.outward(bytes),
        }
    }
}

/// Tells somebody who sends that nobody listens where his datagrams went.
pub(super) type Refused = Arc<dyn Fn(SocketAddr) + Send + Sync>;

/// The sockets of those who send, by their addresses.
type Senders = Arc<Mutex<HashMap<SocketAddr, Arc<Sender>>>>;

struct Sender {
    socket: UdpSocket,
    network: Network,
    /// When something passed last, in nanoseconds of the network's time.
    last: AtomicU64,
}

impl Sender {
    fn touch(&self) {
        let now = self.network.now().as_nanos();
        self.last.store(now, Ordering::Relaxed);
    }

    /// How long it may still be silent.
    fn left(&self) -> Duration {
        let last = Instant::from_nanos(self.last.load(Ordering::Relaxed));
        (last + SILENCE.into()).since(self.network.now()).into()
    }
}

/// Passes datagrams that come to `door` on to where `way` leads, by its network: for ever, but
/// outward until nobody sends any more.
pub(super) async fn serve(
    door: UdpSocket,
    way: impl Fn() -> io::Result<(Network, SocketAddr)>,
    direction: Direction,
    refused: Refused,
    tally: Tally,
) {
    let door = Arc::new(door);
    let senders = Senders::default();
    let mut answers = JoinSet::new();
    let mut buffer = vec![0; LONGEST];
    loop {
        let received = tokio::select! {
            received = door.recv_from(&mut buffer) => received,
            Some(_) = answers.join_next() => {
                if direction == Direction::Outward && answers.is_empty() {
                    return;
                }
                continue;
            }
        };
        let (len, from) = match received {
            Ok(received) => received,
            // An answer that nobody took (ECONNREFUSED) among others; the next is another's.
            Err(error) => {
                tally.failed(&error);
                continue;
            }
        };
        let known = {
            let senders = senders.lock().unwrap_or_else(PoisonError::into_inner);
            senders.get(&from).cloned()
        };
        let sender = match known {
            Some(sender) => sender,
            None if answers.len() >= SENDERS => {
                tally.error("too many senders at once");
                continue;
            }
            None => match begin(way()).await {
                Ok(sender) => {
                    tally.flow();
                    let sender = Arc::new(sender);
                    let mut all = senders.lock().unwrap_or_else(PoisonError::into_inner);
                    all.insert(from, Arc::clone(&sender));
                    drop(all);
                    let answer = Answers {
                        door: Arc::clone(&door),
                        sender: Arc::clone(&sender),
                        to: from,
                        direction,
                        refused: Arc::clone(&refused),
                        senders: Arc::clone(&senders),
                        tally: tally.clone(),
                    };
                    answers.spawn(answer.run());
                    sender
                }
                Err(error) => {
                    tally.failed(&error);
                    continue;
                }
            },
        };
        sender.touch();
        match sender.socket.send(&buffer[..len]).await {
            Ok(_) => direction.count(&tally, false, len),
            Err(error) => tally.failed(&error),
        }
    }
}

/// A socket on the other side for somebody new.
async fn begin(way: io::Result<(Network, SocketAddr)>) -> io::Result<Sender> {
    let (network, to) = way?;
    let any = match to.ip() {
        IpAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind(&network, (any, 0)).await?;
    socket.connect(to).await?;
    let last = AtomicU64::new(network.now().as_nanos());
    Ok(Sender {
        socket,
        network,
        last,
    })
}

/// What the other side answers to one sender.
struct Answers {
    door: Arc<UdpSocket>,
    sender: Arc<Sender>,
    to: SocketAddr,
    direction: Direction,
    refused: Refused,
    senders: Senders,
    tally: Tally,
}

impl Answers {
    async fn run(self) {
        let mut buffer = vec![0; LONGEST];
        loop {
            let left = self.sender.left();
            if left.is_zero() {
                break;
            }
            let received = self.sender.socket.recv(&mut buffer);
            match self.sender.network.timeout(left, received).await {
                Err(_) => {}
                Ok(Ok(len)) => {
                    self.sender.touch();
                    match self.door.send_to(&buffer[..len], self.to).await {
                        Ok(_) => self.direction.count(&self.tally, true, len),
                        Err(error) => self.tally.failed(&error),
                    }
                }
                Ok(Err(error)) => {
                    self.tally.failed(&error);
                    // The host crashed: its socket is no more. A refusal is of one datagram.
                    if error.kind() != io::ErrorKind::ConnectionRefused {
                        break;
                    }
                    (self.refused)(self.to);
                }
            }
        }
        let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
        senders.remove(&self.to);
    }
}
