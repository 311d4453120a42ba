//! The server's sockets: port 67 at one interface.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use landline::tokio::UdpSocket;
use landline::{Family, IpNet, MacAddr, Network};
use tokio::task::JoinSet;
use wire::Ipv4Net;
use wire::dhcp::{CLIENT_PORT, SERVER_PORT};

use super::super::news::News;
use super::super::pool::{Pool, Range};
use super::{Act, Server, To};
use crate::Endpoint;
use crate::socket::Trouble;
use crate::words::{Cause, Failure};
use crate::{Console, words};

/// How long somebody may take to answer a probe.
const PROBE: Duration = Duration::from_millis(500);

/// The link that a server serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The interface's name.
    pub interface: String,
    /// The server's address there, with its network's prefix.
    pub address: Ipv4Net,
}

impl Link {
    /// The link of a host on a stack of ours on whose network a range of addresses is. `None` where
    /// there is none, and on the kernel's network.
    pub fn of(network: &Network, range: &Range) -> Option<Self> {
        let found = network.with_stack(|stack, _| {
            let mut interfaces = stack.interfaces().iter();
            interfaces.find_map(|interface| {
                let mut nets = interface.addresses().iter();
                let address = nets.find_map(|net| match net {
                    IpNet::V4(net) if net.contains(&range.first) => Some(*net),
                    _ => None,
                })?;
                Some(Self {
                    interface: interface.name().to_owned(),
                    address,
                })
            })
        });
        found.flatten()
    }
}

/// Serves a link for as long as it is polled, and tells what happens.
///
/// # Errors
/// [`Failure::Listen`], and what `tell` fails with; what goes wrong later is survived.
pub async fn serve(
    network: &Network,
    link: &Link,
    pools: Vec<Pool>,
    console: &Console,
    mut tell: impl FnMut(News) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, SERVER_PORT));
    let on = Endpoint::Udp(any.into());
    let socket = UdpSocket::bind_to_device(network, &link.interface, any);
    let socket = socket.map_err(|error| Failure::Listen {
        on: on.clone(),
        why: Cause::from(error),
    })?;
    let ranges = pools.iter().map(|pool| pool.range.to_string());
    tell(News::Serving {
        interface: link.interface.clone(),
        pool: ranges.collect::<Vec<_>>().join(", "),
    })?;
    let mut server = Server::new(link.address.addr(), pools, true);
    let door = Door {
        network,
        interface: &link.interface,
        socket,
    };
    let mut buf = vec![0; 1 << 16];
    let mut probes = JoinSet::new();
    let mut trouble = Trouble::default();
    loop {
        let acts = tokio::select! {
            // One order, so that a run can be repeated.
            biased;
            Some(probed) = probes.join_next(), if !probes.is_empty() => {
                let Ok((address, answered)) = probed else { continue };
                server.probed(network.now(), address, answered)
            }
            received = door.socket.recv_from(&mut buf) => match received {
                Ok((len, _)) => {
                    trouble = Trouble::default();
                    server.receive(network.now(), &buf[..len])
                }
                Err(error) => {
                    trouble.rest(&error, &on, network, console).await?;
                    continue;
                }
            },
        };
        for act in acts {
            match act {
                Act::Tell(news) => tell(news)?,
                Act::Probe(address) => {
                    let network = network.clone();
                    probes.spawn(async move { (address, is_there(&network, address).await) });
                }
                Act::Send { to, bytes } => {
                    if let Err(error) = door.send(to, &bytes).await {
                        let to = crate::Peer::Inet(to.address());
                        console.say(&words::Message::AnswerLost {
                            to: &to,
                            why: &Cause::from(error),
                        })?;
                    }
                }
            }
        }
    }
}

/// Where the server speaks.
struct Door<'a> {
    network: &'a Network,
    interface: &'a str,
    socket: UdpSocket,
}

impl Door<'_> {
    async fn send(&self, to: To, bytes: &[u8]) -> io::Result<()> {
        let address = to.address();
        let To::Card(mac, at) = to else {
            return self.socket.send_to(bytes, address).await.map(drop);
        };
        // RFC 2131 §4.1: who cannot send to a card sends to all.
        let address = if self.introduce(*at.ip(), mac) {
            address
        } else {
            To::All.address()
        };
        self.socket.send_to(bytes, address).await.map(drop)
    }

    /// Lets a stack of ours know the card of somebody who cannot be asked for it yet. False where
    /// that is not done: on the kernel's network.
    fn introduce(&self, address: Ipv4Addr, mac: MacAddr) -> bool {
        let done = self.network.with_stack(|stack, now| {
            let iface = stack.interface_named(self.interface).map(|it| it.id());
            iface.is_some_and(|iface| {
                let known = stack.introduce_neighbor(now, iface, address.into(), mac);
                known.is_ok()
            })
        });
        done.unwrap_or(false)
    }
}

impl To {
    /// The address and port.
    fn address(self) -> SocketAddr {
        match self {
            Self::Address(at) | Self::Card(_, at) => at.into(),
            Self::All => (Ipv4Addr::BROADCAST, CLIENT_PORT).into(),
        }
    }
}

/// Whether somebody answers an echo request there (RFC 2131 §3.1 point 2). Who may not ask, does not
/// know.
async fn is_there(network: &Network, address: Ipv4Addr) -> bool {
    let Ok(socket) = UdpSocket::ping(network, Family::Inet) else {
        return false;
    };
    if socket.connect((address, 0)).await.is_err() {
        return false;
    }
    // RFC 792: type 8, code, checksum, identifier, sequence number.
    let request = [8, 0, 0, 0, 0, 0, 0, 1];
    if socket.send(&request).await.is_err() {
        return false;
    }
    let mut reply = [0; 64];
    matches!(
        network.timeout(PROBE, socket.recv(&mut reply)).await,
        Ok(Ok(_))
    )
}
