//! Connections: the machine's first, then the lab's, then both joined.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, SocketAddrV4};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use landline::Network;
use landline::tokio::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::super::relay::{relay, reset};
use super::Running;
use super::answers::Refusal;
use super::gate::Held;

/// How long somebody outside may take to answer; a lab host gives up on its own.
const PATIENCE: Duration = Duration::from_secs(60);

/// Those who listen at addresses of the world, while callers are on their way in.
#[derive(Clone, Default)]
pub(super) struct Acceptors(Arc<Mutex<HashMap<SocketAddrV4, Acceptor>>>);

struct Acceptor {
    /// Who is expected, by the caller's address.
    expected: HashMap<SocketAddr, oneshot::Sender<TcpStream>>,
    task: AbortHandle,
}

/// Connects to `to` outside, lets the lab's host in, and joins the two until both have ended.
pub(super) async fn join(up: Arc<Running>, held: Held, to: SocketAddr, acceptors: Acceptors) {
    let machine = Network::kernel();
    let connected = machine
        .timeout(PATIENCE, TcpStream::connect(&machine, to))
        .await;
    let outside = match connected.map_err(io::Error::from).flatten() {
        Ok(outside) => outside,
        Err(error) => {
            up.tally.failed(&error);
            let refusal = match error.kind() {
                io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => {
                    Refusal::Refused
                }
                _ => Refusal::Unreachable,
            };
            up.refuse(&held, refusal);
            up.flows.end(&held.flow);
            return;
        }
    };
    let flow = held.flow;
    if let Some(network) = up.network() {
        let address = *flow.to.ip();
        up.addresses.take(&network, address);
        match let_in(&up, &network, held, &acceptors).await {
            Ok(inside) => {
                up.tally.flow();
                relay(outside, inside, &up.tally).await;
            }
            Err(error) => {
                up.tally.failed(&error);
                reset(outside);
            }
        }
        up.addresses.leave(&network, address);
    }
    up.flows.end(&flow);
}

/// Hands the SYN to the stack, and waits for the connection.
async fn let_in(
    up: &Arc<Running>,
    network: &Network,
    held: Held,
    acceptors: &Acceptors,
) -> io::Result<TcpStream> {
    let (to, from) = (held.flow.to, SocketAddr::V4(held.flow.from));
    let accepted = acceptors.expect(network, to, from).await?;
    up.flows.open(&held.flow);
    up.admit(held.card, held.frame);
    let accepted = network.timeout(PATIENCE, accepted).await;
    acceptors.forget(to, from);
    let accepted = accepted?;
    accepted.map_err(|_| io::ErrorKind::ConnectionAborted.into())
}

impl Acceptors {
    /// Listens at `to` for `from`, among others.
    async fn expect(
        &self,
        network: &Network,
        to: SocketAddrV4,
        from: SocketAddr,
    ) -> io::Result<oneshot::Receiver<TcpStream>> {
        let (send, accepted) = oneshot::channel();
        {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(acceptor) = all.get_mut(&to) {
                acceptor.expected.insert(from, send);
                return Ok(accepted);
            }
        }
        // Nothing is waited for here: on a network of ours it is bound at once.
        let listener = TcpListener::bind(network, SocketAddr::V4(to)).await?;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let task = tokio::spawn(self.clone().accept(listener, to)).abort_handle();
        let expected = HashMap::from([(from, send)]);
        all.insert(to, Acceptor { expected, task });
        Ok(accepted)
    }

    /// Nobody waits for `from` any more; without anybody to wait for nobody listens.
    fn forget(&self, to: SocketAddrV4, from: SocketAddr) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(acceptor) = all.get_mut(&to) else {
            return;
        };
        acceptor.expected.remove(&from);
        if acceptor.expected.is_empty()
            && let Some(acceptor) = all.remove(&to)
        {
            acceptor.task.abort();
        }
    }

    async fn accept(self, listener: TcpListener, to: SocketAddrV4) {
        // An error is one caller's; who waits for him gives up in time.
        loop {
            let Ok((stream, from)) = listener.accept().await else {
                tokio::task::yield_now().await;
                continue;
            };
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let expected = all.get_mut(&to);
            match expected.and_then(|acceptor| acceptor.expected.remove(&from)) {
                Some(expected) => drop(expected.send(stream).map_err(reset)),
                // Nobody waits for it any more.
                None => reset(stream),
            }
        }
    }
}
