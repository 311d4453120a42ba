//! Pings: asked by an ICMP socket of the machine, which the kernel gives to those whose group is in
//! `net.ipv4.ping_group_range`.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use landline::tokio::UdpSocket;
use landline::{Family, Network};

use super::Running;
use super::answers::{self, Refusal};
use super::gate::Held;

/// How long a reply is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// What an echo request is made of in the machine's ping.
const DATA: usize = 56;

/// Asks whether `to` is there, and tells the lab's host when it is.
pub(super) async fn ask(up: Arc<Running>, held: Held, to: IpAddr) {
    match reach(to).await {
        Ok(()) => {
            up.tally.flow();
            if let Some(frame) = answers::echo(&held.frame.to_vec()) {
                up.send(held.card, frame);
            }
        }
        // Silence is what the lab's host hears as well.
        Err(error) if error.kind() == io::ErrorKind::TimedOut => up.tally.failed(&error),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            up.tally
                .error("the kernel allows no pings: see net.ipv4.ping_group_range");
            up.refuse(&held, Refusal::Forbidden);
        }
        Err(error) => {
            up.tally.failed(&error);
            up.refuse(&held, Refusal::Unreachable);
        }
    }
}

async fn reach(to: IpAddr) -> io::Result<()> {
    let machine = Network::kernel();
    let socket = UdpSocket::ping(&machine, Family::Inet)?;
    socket.connect(SocketAddr::new(to, 0)).await?;
    // RFC 792: type 8; the kernel fills in the identifier and the checksum.
    let mut message = [0; 8 + DATA];
    message[0] = 8;
    socket.send(&message).await?;
    let mut reply = [0; 8 + DATA];
    machine.timeout(PATIENCE, socket.recv(&mut reply)).await??;
    Ok(())
}
