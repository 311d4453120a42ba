//! The client's socket, and how a host of ours is arranged by what it was given.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use base::Rng;
use landline::tokio::UdpSocket;
use landline::{AddressState, Network, Route};
use wire::IpNet;
use wire::dhcp::{CLIENT_PORT, SERVER_PORT};

use super::super::news::News;
use super::{Act, Client, Lease};
use crate::Endpoint;
use crate::words::{Cause, Failure};

/// How often one looks whether an address can be used.
const GLANCE: Duration = Duration::from_millis(50);

/// MTUs that a link's server may lower ours to: what every host can take (RFC 791 §3.1), and more.
const LEAST_MTU: usize = 576;

/// What a host would like to have.
#[derive(Clone, Debug)]
pub struct Wish {
    /// At which interface.
    pub interface: String,
    /// What the host calls itself.
    pub name: Option<String>,
    /// The address that it had before.
    pub before: Option<Ipv4Addr>,
    /// What all chance comes from.
    pub rng: Rng,
}

/// Gets an address for an interface of a stack of ours, and keeps it for as long as it is polled:
/// with the gateway, the MTU and the name servers that go with it. Tells what happens.
///
/// # Errors
/// [`Failure::Listen`] where the network has no such interface, or port 68 is somebody's; what `tell`
/// fails with.
pub async fn configure(
    network: &Network,
    wish: Wish,
    mut tell: impl FnMut(News) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, CLIENT_PORT));
    let failed = |error: io::Error| Failure::Listen {
        on: Endpoint::Udp(any.into()),
        why: Cause::from(error),
    };
    let interface = wish.interface;
    let socket = UdpSocket::bind_to_device(network, &interface, any).map_err(failed)?;
    let host = Host {
        network,
        interface: &interface,
    };
    let mac = host.begin().ok_or_else(|| {
        let none = "the interface has no MAC address, or is not one of our own stack";
        failed(io::Error::other(none))
    })?;
    let mut client = Client::new(network.now(), mac, wish.name, wish.before, wish.rng);
    let mut buf = vec![0; 1 << 16];
    let mut arranged = Arranged::default();
    loop {
        let now = network.now();
        if let Some(act) = client.poll(now) {
            if let Some(news) = host
                .carry_out(act, &socket, &mut client, &mut arranged)
                .await
            {
                tell(news)?;
            }
            continue;
        }
        let wait = client.next().map(|at| at.since(now).into());
        let received = socket.recv_from(&mut buf);
        let received = match wait {
            None => Ok(received.await),
            Some(wait) => network.timeout(wait, received).await,
        };
        // The wait is over, or what came was word of an error: of a server that is gone, others
        // are asked in time.
        if let Ok(Ok((len, _))) = received {
            client.receive(network.now(), &buf[..len]);
        }
    }
}

/// The host and the interface that is being arranged.
struct Host<'a> {
    network: &'a Network,
    interface: &'a str,
}

/// What was arranged beside the address, to be undone with it.
#[derive(Default)]
struct Arranged {
    route: Option<Route>,
    /// The MTU that the interface had.
    mtu: Option<usize>,
}

impl Host<'_> {
    /// Lets the stack know that an address is asked for; gives the card's MAC address.
    fn begin(&self) -> Option<landline::MacAddr> {
        let mac = self.network.with_stack(|stack, _| {
            let interface = stack.interface_named(self.interface)?;
            let (id, mac) = (interface.id(), interface.mac()?);
            stack.ask_for_address(id, true).ok()?;
            Some(mac)
        });
        mac.flatten()
    }

    async fn carry_out(
        &self,
        act: Act,
        socket: &UdpSocket,
        client: &mut Client,
        arranged: &mut Arranged,
    ) -> Option<News> {
        match act {
            Act::Send(to, bytes) => {
                // What cannot be sent is sent again in time, as if it had been lost.
                drop(socket.send_to(&bytes, (to, SERVER_PORT)).await);
                None
            }
            Act::Claim(lease) => {
                let ours = self.claim(&lease).await;
                client.claimed(self.network.now(), ours);
                if ours {
                    self.arrange(&lease, arranged);
                    return Some(self.bound(&lease, false));
                }
                Some(News::Declined {
                    interface: self.interface.to_owned(),
                    address: lease.address.addr(),
                })
            }
            Act::Renewed(lease) => {
                self.arrange(&lease, arranged);
                Some(self.bound(&lease, true))
            }
            Act::Drop(lease) => {
                self.undo(&lease, arranged);
                Some(News::Lost {
                    interface: self.interface.to_owned(),
                    address: lease.address.addr(),
                })
            }
        }
    }

    fn bound(&self, lease: &Lease, again: bool) -> News {
        News::Bound {
            interface: self.interface.to_owned(),
            address: lease.address.to_string(),
            server: lease.server,
            seconds: lease.seconds,
            again,
        }
    }

    /// Asks the link whether somebody has the address, and uses it if nobody has.
    async fn claim(&self, lease: &Lease) -> bool {
        let addr = IpAddr::from(lease.address.addr());
        let begun = self.network.with_stack(|stack, now| {
            let id = stack.interface_named(self.interface)?.id();
            let claimed = stack.claim_address(now, id, IpNet::V4(lease.address));
            claimed.ok().map(|()| id)
        });
        let Some(id) = begun.flatten() else {
            return false;
        };
        loop {
            let state = self
                .network
                .with_stack(|stack, _| stack.address_state(id, addr));
            match state.flatten() {
                Some(AddressState::Ready) => return true,
                Some(AddressState::Tentative) => self.network.sleep(GLANCE).await,
                Some(AddressState::Refused) | None => {
                    self.network.with_stack(|stack, _| {
                        let _ = stack.remove_address(id, addr);
                    });
                    return false;
                }
            }
        }
    }

    /// Arranges what goes with an address.
    fn arrange(&self, lease: &Lease, arranged: &mut Arranged) {
        self.network.with_stack(|stack, _| {
            let Some(interface) = stack.interface_named(self.interface) else {
                return;
            };
            let (id, mtu) = (interface.id(), interface.mtu());
            let gateway = lease.routers.first();
            let route = gateway.map(|gateway| Route::default_via((*gateway).into(), id));
            if arranged.route != route {
                if let Some(old) = arranged.route.take() {
                    let _ = stack.remove_route(&old);
                }
                // A gateway that is no neighbour is none; one that is there already stays whose it
                // is.
                arranged.route = route.filter(|route| stack.add_route(*route).is_ok());
            }
            let card = arranged.mtu.unwrap_or(mtu);
            let wanted = lease.mtu.map_or(card, usize::from);
            if (LEAST_MTU..=card).contains(&wanted) && wanted != mtu {
                arranged.mtu = Some(card);
                let _ = stack.set_mtu(id, wanted);
            }
        });
    }

    fn undo(&self, lease: &Lease, arranged: &mut Arranged) {
        let arranged = std::mem::take(arranged);
        self.network.with_stack(|stack, _| {
            let Some(id) = stack.interface_named(self.interface).map(|it| it.id()) else {
                return;
            };
            if let Some(route) = arranged.route {
                let _ = stack.remove_route(&route);
            }
            if let Some(mtu) = arranged.mtu {
                let _ = stack.set_mtu(id, mtu);
            }
            let _ = stack.remove_address(id, lease.address.addr().into());
        });
    }
}
