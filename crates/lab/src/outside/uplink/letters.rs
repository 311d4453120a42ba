//! Datagrams: all who send to one port of the world share a socket in the lab, and each has one of
//! his own outside.

use std::net::{SocketAddr, SocketAddrV4};
use std::sync::Arc;

use landline::Network;
use landline::tokio::UdpSocket;
use tokio::task::JoinSet;

use super::super::datagrams::{self, Direction};
use super::Running;
use super::answers::{self, Refusal};
use super::gate::Held;

impl Running {
    /// Tells a sender of the lab that nobody listens at `to` outside.
    fn refused(&self, from: SocketAddr, to: SocketAddrV4) {
        let SocketAddr::V4(from) = from else {
            return;
        };
        if let Some((card, packet)) = self.flows.last(from, to)
            && let Some(frame) = answers::refuse(&packet, self.own, Refusal::Refused)
        {
            self.send(card, frame);
        }
    }

    /// Opens what a datagram needs to go on, and lets it.
    pub(super) async fn letter(
        self: Arc<Self>,
        held: Held,
        to: SocketAddr,
        flows: &mut JoinSet<()>,
    ) {
        let Some(network) = self.network() else {
            return self.flows.end(&held.flow);
        };
        let (flow, address) = (held.flow, *held.flow.to.ip());
        if !self.flows.is_open(&flow) {
            self.addresses.take(&network, address);
            // Nothing is waited for here: on a network of ours it is bound at once.
            match UdpSocket::bind(&network, SocketAddr::V4(flow.to)).await {
                Ok(door) => {
                    self.flows.open(&flow);
                    let this = Arc::clone(&self);
                    flows.spawn(async move {
                        let way = move || Ok((Network::kernel(), to));
                        let up = Arc::clone(&this);
                        let refused = Arc::new(move |from| up.refused(from, flow.to));
                        let tally = this.tally.clone();
                        datagrams::serve(door, way, Direction::Outward, refused, tally).await;
                        this.flows.end(&flow);
                        this.addresses.leave(&network, address);
                    });
                }
                Err(error) => {
                    self.tally.failed(&error);
                    self.flows.end(&flow);
                    return self.addresses.leave(&network, address);
                }
            }
        }
        self.admit(held.card, held.frame);
    }
}
