//! The server's sockets: port 53, over UDP and TCP.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use landline::Network;
use landline::tokio::{TcpListener, TcpStream, UdpSocket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;

use super::{Asked, Zone, answer};
use crate::socket::Trouble;
use crate::words::{Cause, Failure};
use crate::{Console, Endpoint};

/// Connections at once; more wait.
const CONNECTIONS: usize = 64;
/// How long a connection may be silent (RFC 7766 §6.2.3).
const IDLE: Duration = Duration::from_secs(10);

/// Answers for a zone for as long as it is polled, and tells of each question and who asked it.
///
/// # Errors
/// [`Failure::Listen`], and what `tell` fails with; what goes wrong with one caller ends that call
/// only.
pub async fn serve(
    network: &Network,
    on: SocketAddr,
    zone: Zone,
    console: &Console,
    mut tell: impl FnMut(SocketAddr, &Asked) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let failed = |on: Endpoint| {
        move |error: io::Error| Failure::Listen {
            on,
            why: Cause::from(error),
        }
    };
    let udp = UdpSocket::bind(network, on).await;
    let udp = udp.map_err(failed(Endpoint::Udp(on.into())))?;
    let tcp = TcpListener::bind(network, on).await;
    let tcp = tcp.map_err(failed(Endpoint::Tcp(on.into())))?;
    let zone = Arc::new(zone);
    let (asked, mut answered) = tokio::sync::mpsc::channel(CONNECTIONS);
    let mut calls = JoinSet::new();
    let mut buf = vec![0; 1 << 16];
    let mut trouble = Trouble::default();
    loop {
        let error = tokio::select! {
            // One order, so that a run can be repeated.
            biased;
            received = udp.recv_from(&mut buf) => match received {
                Ok((len, by)) => {
                    if let Some(asked) = answer(&zone, &buf[..len], true) {
                        // An answer that cannot be sent is lost as others are: the client asks again.
                        drop(udp.send_to(&asked.answer, by).await);
                        tell(by, &asked)?;
                    }
                    continue;
                }
                Err(error) => error,
            },
            Some((by, asked)) = answered.recv() => {
                tell(by, &asked)?;
                continue;
            }
            Some(_) = calls.join_next(), if !calls.is_empty() => continue,
            accepted = tcp.accept(), if calls.len() < CONNECTIONS => match accepted {
                Ok((stream, by)) => {
                    let (zone, network) = (Arc::clone(&zone), network.clone());
                    let asked = asked.clone();
                    calls.spawn(async move {
                        // Whoever hangs up or is silent has had what he came for.
                        drop(call(&network, stream, by, &zone, &asked).await);
                    });
                    continue;
                }
                Err(error) => error,
            },
        };
        let on = Endpoint::Udp(on.into());
        trouble.rest(&error, &on, network, console).await?;
    }
}

/// Answers one connection's questions, each behind its length (RFC 1035 §4.2.2).
async fn call(
    network: &Network,
    mut stream: TcpStream,
    by: SocketAddr,
    zone: &Zone,
    told: &tokio::sync::mpsc::Sender<(SocketAddr, Asked)>,
) -> io::Result<()> {
    loop {
        let message = network.timeout(IDLE, async {
            let len = stream.read_u16().await?;
            let mut message = vec![0; len.into()];
            stream.read_exact(&mut message).await?;
            io::Result::Ok(message)
        });
        let message = message.await.map_err(io::Error::from)??;
        let Some(asked) = answer(zone, &message, false) else {
            return Ok(());
        };
        let len = u16::try_from(asked.answer.len()).map_err(io::Error::other)?;
        let mut framed = len.to_be_bytes().to_vec();
        framed.extend(&asked.answer);
        let written = network.timeout(IDLE, stream.write_all(&framed));
        written.await.map_err(io::Error::from)??;
        drop(told.send((by, asked)).await);
    }
}
