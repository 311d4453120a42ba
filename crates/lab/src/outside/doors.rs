//! Published ports: whoever calls one is joined to a port of a host in the lab.
//!
//! In the lab the call comes from the target's gateway, so that its packets pass the cables as a
//! stranger's would; where it has none of ours, from the target itself.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use landline::Network;
use landline::tokio::{TcpListener, TcpStream, UdpSocket};
use thiserror::Error;
use tokio::task::JoinSet;

use super::datagrams::{self, Direction};
use super::relay::{relay, reset};
use super::tally::{Tallies, Tally};
use crate::build::Lab;
use crate::outward::Publish;
use crate::scenario::{Scenario, Scheme};

/// Connections of one published port at once; further callers wait in the listener's queue.
const CONNECTIONS: usize = 1024;

/// How long a host in the lab may take to answer a call.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a door rests when a call cannot be taken, such as for want of descriptors.
const REST: Duration = Duration::from_millis(100);

/// A published port that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// Where the machine listens, with the port that it got.
    pub on: SocketAddr,
    /// As it was drawn.
    pub publish: Publish,
    /// The host from which calls come in the lab.
    pub from: String,
}

/// A published port that could not be opened.
#[derive(Debug, Error)]
#[error("{on} cannot be listened on: {why}")]
pub struct DoorError {
    /// Over what.
    pub scheme: Scheme,
    /// Where.
    pub on: SocketAddr,
    /// What the kernel says.
    pub why: io::Error,
}

/// Open doors; they close when this goes.
#[derive(Default)]
pub(crate) struct Doors {
    /// What the machine listens on, and who calls come from.
    pub(crate) open: Vec<Door>,
    serving: JoinSet<()>,
}

impl Doors {
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }
}

/// Opens every published port of a lab; nobody is let in before all of them are open.
pub(crate) async fn open(lab: &Arc<Lab>, tallies: &Tallies) -> Result<Doors, DoorError> {
    let machine = Network::kernel();
    let mut doors = Doors::default();
    let mut bound = Vec::new();
    for publish in &lab.scenario().publish {
        let at = publish.on.value;
        let failed = |why| DoorError {
            scheme: publish.scheme,
            on: at,
            why,
        };
        let (socket, on) = match publish.scheme {
            Scheme::Tcp => {
                let listener = TcpListener::bind(&machine, at).await.map_err(failed)?;
                let on = listener.local_addr().map_err(failed)?;
                (Socket::Tcp(listener), on)
            }
            Scheme::Udp => {
                let socket = UdpSocket::bind(&machine, at).await.map_err(failed)?;
                let on = socket.local_addr().map_err(failed)?;
                (Socket::Udp(socket), on)
            }
        };
        let inside = Inside {
            lab: Arc::clone(lab),
            from: vantage(lab.scenario(), &publish.to.value),
            to: publish.to.value.clone(),
            port: publish.port,
        };
        doors.open.push(Door {
            on,
            publish: publish.clone(),
            from: inside.from.clone(),
        });
        let tally = tallies.begin(format!("publish {publish}"));
        bound.push((socket, inside, tally));
    }
    for (socket, inside, tally) in bound {
        match socket {
            Socket::Tcp(listener) => doors.serving.spawn(answer(listener, inside, tally)),
            Socket::Udp(socket) => {
                let way = move || inside.way();
                // The machine's sockets have no way to pass a refusal on: it is counted.
                let refused = Arc::new(|_| ());
                let serve = datagrams::serve(socket, way, Direction::Inward, refused, tally);
                doors.serving.spawn(serve)
            }
        };
    }
    Ok(doors)
}

enum Socket {
    Tcp(TcpListener),
    Udp(UdpSocket),
}

/// Who calls whom in the lab.
pub(super) struct Inside {
    lab: Arc<Lab>,
    /// The host that calls.
    from: String,
    /// The host that is called.
    to: String,
    port: u16,
}

impl Inside {
    /// The network to call from, and whom to call there; a host may have started again since.
    pub(super) fn way(&self) -> io::Result<(Network, SocketAddr)> {
        let network = self.lab.host(&self.from);
        let address = self.lab.address(&self.to);
        let way = network.zip(address);
        let (network, address) = way.ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok((network, SocketAddr::new(address, self.port)))
    }
}

/// The host from which calls to `target` come: its gateway, or itself.
fn vantage(scenario: &Scenario, target: &str) -> String {
    let gateways = scenario.hosts().find(|(node, _)| node.name == target);
    let gateways = gateways.map(|(_, host)| &host.gateways);
    let gateways: Vec<IpAddr> = gateways.into_iter().flatten().map(|at| at.value).collect();
    let owner = scenario.hosts().find(|(_, host)| {
        let mut addresses = host.interfaces.iter().flat_map(|card| &card.addresses);
        addresses.any(|at| gateways.contains(&at.value.addr()))
    });
    owner.map_or(target, |(node, _)| &node.name).to_owned()
}

/// Takes calls for ever.
async fn answer(listener: TcpListener, inside: Inside, tally: Tally) {
    let inside = Arc::new(inside);
    let mut calls = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if calls.len() < CONNECTIONS => match accepted {
                Ok((machine, _)) => {
                    tally.flow();
                    calls.spawn(call(machine, Arc::clone(&inside), tally.clone()));
                }
                Err(error) => {
                    tally.failed(&error);
                    inside.lab.lan().sleep(REST).await;
                }
            },
            Some(_) = calls.join_next() => {}
        }
    }
}

/// One call from outside.
async fn call(machine: TcpStream, inside: Arc<Inside>, tally: Tally) {
    let called = async {
        let (network, to) = inside.way()?;
        let call = TcpStream::connect(&network, to);
        network.timeout(PATIENCE, call).await?
    };
    match called.await {
        Ok(lab) => relay(machine, lab, &tally).await,
        Err(error) => {
            tally.failed(&error);
            reset(machine);
        }
    }
}
