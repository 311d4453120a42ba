//! Loads: requests that come whether or not the earlier ones were answered, and how long the
//! answers took.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base::{Instant, Rng};
use landline::Network;
use landline::tokio::{TcpStream, UdpSocket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;

use super::{sleep_until_instant, words_of};
use crate::report::Load;
use crate::scenario::Scheme;
use crate::spread::Spread;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a load is to do.
pub(super) struct Plan {
    pub(super) scheme: Scheme,
    pub(super) to: SocketAddr,
    /// Requests a second.
    pub(super) rate: f64,
    pub(super) size: usize,
    pub(super) time: Duration,
}

/// Sends requests at times that `rng` draws.
pub(super) async fn load(network: &Network, plan: Plan, mut rng: Rng) -> Load {
    let shared = Arc::new(Shared {
        network: network.clone(),
        request: request(plan.size),
        plan,
        state: Mutex::default(),
    });
    let began = network.now();
    let end = began + shared.plan.time.into();
    let mut at = began;
    let mut requests = JoinSet::new();
    let mut sent = 0;
    loop {
        // The time to the next arrival of a Poisson process is exponential.
        let gap = -(1.0 - rng.unit()).ln() / shared.plan.rate;
        at += Duration::from_secs_f64(gap.min(1e9)).into();
        if at >= end {
            break;
        }
        sleep_until_instant(network, at).await;
        let shared = Arc::clone(&shared);
        requests.spawn(async move { shared.ask().await });
        sent += 1;
        while requests.try_join_next().is_some() {}
    }
    while requests.join_next().await.is_some() {}
    let mut state = shared.state();
    let times = std::mem::take(&mut state.times);
    Load {
        requests: sent,
        answered: times.len() as u64,
        latency: Spread::of(times),
        errors: std::mem::take(&mut state.errors),
        connections: state.connections,
    }
}

/// A line of so many bytes, which services that answer lines answer too.
fn request(size: usize) -> Vec<u8> {
    let mut request = vec![b'x'; size];
    if let Some(last) = request.last_mut() {
        *last = b'\n';
    }
    request
}

/// What the requests of one load share.
struct Shared {
    network: Network,
    plan: Plan,
    request: Vec<u8>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Connections on which no answer is waited for.
    idle: Vec<Connection>,
    connections: u64,
    times: Vec<Duration>,
    errors: BTreeMap<String, u64>,
}

/// Where a request is sent.
enum Connection {
    Tcp(TcpStream),
    Udp(UdpSocket),
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One request, on a connection that is free, or else on a new one.
    async fn ask(&self) {
        let began: Instant = self.network.now();
        let exchange = async {
            let free = self.state().idle.pop();
            let mut connection = match free {
                Some(connection) => connection,
                None => self.connect().await?,
            };
            connection.exchange(&self.request).await?;
            io::Result::Ok(connection)
        };
        let outcome = self.network.timeout(PATIENCE, exchange).await;
        let took = self.network.now().since(began).into();
        let mut state = self.state();
        match outcome {
            Ok(Ok(connection)) => {
                state.times.push(took);
                state.idle.push(connection);
            }
            Ok(Err(error)) => *state.errors.entry(words_of(&error)).or_default() += 1,
            Err(_) => *state.errors.entry("no answer".into()).or_default() += 1,
        }
    }

    async fn connect(&self) -> io::Result<Connection> {
        self.state().connections += 1;
        match self.plan.scheme {
            Scheme::Tcp => {
                let stream = TcpStream::connect(&self.network, self.plan.to).await?;
                stream.set_nodelay(true)?;
                Ok(Connection::Tcp(stream))
            }
            Scheme::Udp => {
                let any = match self.plan.to {
                    SocketAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
                    SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
                };
                let socket = UdpSocket::bind(&self.network, (any, 0)).await?;
                socket.connect(self.plan.to).await?;
                Ok(Connection::Udp(socket))
            }
        }
    }
}

impl Connection {
    /// Sends a request and takes in its answer, which is as long.
    async fn exchange(&mut self, request: &[u8]) -> io::Result<()> {
        let mut answer = vec![0; request.len()];
        match self {
            Self::Tcp(stream) => {
                // Both at once: a long answer begins before the request has ended.
                let (mut from, mut to) = stream.split();
                let ask = to.write_all(request);
                let hear = from.read_exact(&mut answer);
                tokio::try_join!(ask, hear)?;
            }
            Self::Udp(socket) => {
                socket.send(request).await?;
                socket.recv(&mut answer).await?;
            }
        }
        Ok(())
    }
}
