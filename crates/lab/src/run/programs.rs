//! What runs on the hosts.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::Instant;
use landline::Network;
use landline::options::{IPPROTO_TCP, Options, TCP_CONGESTION};
use landline::tokio::{TcpListener, TcpStream};
use services::call::{Call, Complete};
use services::upper::Answer;
use services::words::Lang;
use services::{Console, Endpoint, Input, Look, call, time, upper};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;

use super::info::Info;
use super::sleep_until;
use crate::build::Lab;
use crate::report::{Outcome, Result as End, Sample, Transfer};
use crate::scenario::{At, Program, Scheme, Service, Target, Task};

/// What came of the programs, in the order in which they ended.
pub(super) type Outcomes = Arc<Mutex<Vec<Outcome>>>;

/// The port of the first transfer; each has its own.
const TRANSFERS: u16 = 5001;

/// How often a transfer notes its window, in the lab's time.
const SAMPLE: Duration = Duration::from_millis(100);

/// Starts every program: servers among the `endless`, all others among those that end.
pub(super) fn start(
    lab: &Arc<Lab>,
    endless: &mut JoinSet<()>,
    ending: &mut JoinSet<()>,
    outcomes: &Outcomes,
) {
    let mut port = TRANSFERS;
    for (node, host) in lab.scenario().hosts() {
        let Some(network) = lab.host(&node.name) else {
            continue;
        };
        for program in &host.programs {
            let job = Job {
                lab: Arc::clone(lab),
                host: node.name.clone(),
                network: network.clone(),
                program: program.clone(),
                port,
            };
            let is_endless = matches!(program.task, Task::Serve { .. });
            if let Task::Transfer { .. } = program.task {
                port = port.checked_add(1).unwrap_or(TRANSFERS);
            }
            let outcomes = Arc::clone(outcomes);
            let run = async move {
                let outcome = job.run().await;
                let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
                outcomes.push(outcome);
            };
            if is_endless {
                endless.spawn(run);
            } else {
                ending.spawn(run);
            }
        }
    }
}

/// One program on one host.
struct Job {
    lab: Arc<Lab>,
    host: String,
    network: Network,
    program: Program,
    /// For a transfer.
    port: u16,
}

impl Job {
    async fn run(self) -> Outcome {
        sleep_until(&self.network, self.program.at).await;
        let began = self.network.now();
        let (what, result) = match &self.program.task {
            Task::Serve { service, on } => self.serve(*service, on).await,
            Task::Call { to, say } => self.call(to, say).await,
            Task::Transfer {
                to,
                bytes,
                congestion,
            } => self.transfer(to, *bytes, congestion.as_ref()).await,
            Task::Ping { to, .. } => {
                let error = "pings are not sent yet".to_owned();
                (format!("ping {}", to.value), End::Failed(error))
            }
        };
        Outcome {
            host: self.host,
            what,
            began,
            ended: self.network.now(),
            result,
        }
    }

    async fn serve(&self, service: Service, on: &[Endpoint]) -> (String, End) {
        let what = format!("serve {}", service.name());
        let silent = Console::new(io::sink(), io::sink(), Lang::English, Look::default());
        let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 9000));
        let default = [
            Endpoint::Tcp(everywhere.into()),
            Endpoint::Udp(everywhere.into()),
        ];
        let on = if on.is_empty() { &default[..] } else { on };
        let served = match service {
            Service::Upper | Service::Echo => {
                let answer = match service {
                    Service::Upper => Answer::Upper,
                    Service::Echo | Service::Time => Answer::Echo,
                };
                match upper::Server::bind(&self.network, on, answer, &silent).await {
                    Ok(server) => server.run(false).await,
                    Err(failure) => Err(failure),
                }
            }
            Service::Time => {
                let (on, clock) = (&on[on.len() - 1], time::system_clock);
                match time::Server::bind(&self.network, on, clock, &silent).await {
                    Ok(server) => server.run().await,
                    Err(failure) => Err(failure),
                }
            }
        };
        let end = match served {
            Ok(()) => End::Done,
            Err(failure) => End::Failed(Lang::English.failure(&failure)),
        };
        (what, end)
    }

    async fn call(&self, to: &Target, say: &[String]) -> (String, End) {
        let what = format!("call {}://{}:{}", to.scheme.name(), to.host.value, to.port);
        let Some(at) = self.address(&to.host) else {
            return (what, End::Failed("it has no address".into()));
        };
        let at = SocketAddr::new(at, to.port);
        let call = Call {
            to: match to.scheme {
                Scheme::Tcp => Endpoint::Tcp(at.into()),
                Scheme::Udp => Endpoint::Udp(at.into()),
            },
            complete: Complete::Auto,
            patience: Duration::from_secs(3),
            quiet: Duration::from_millis(500),
        };
        let heard = Heard::default();
        let console = Console::new(heard.clone(), io::sink(), Lang::English, Look::default());
        let mut input = Input::script(say.iter().map(String::as_str));
        let end = match call::call(&self.network, &call, &mut input, &console).await {
            Ok(()) => End::Heard(heard.lines()),
            Err(failure) => End::Failed(Lang::English.failure(&failure)),
        };
        (what, end)
    }

    async fn transfer(
        &self,
        to: &At<String>,
        bytes: u64,
        congestion: Option<&At<String>>,
    ) -> (String, End) {
        let what = format!("transfer {bytes} bytes to {}", to.value);
        let moved = self.moved(to, bytes, congestion).await;
        let end = match moved {
            Ok(transfer) => End::Transfer(transfer),
            Err(error) => End::Failed(error.to_string()),
        };
        (what, end)
    }

    async fn moved(
        &self,
        to: &At<String>,
        bytes: u64,
        congestion: Option<&At<String>>,
    ) -> io::Result<Transfer> {
        let far = self.lab.host(&to.value);
        let (Some(far), Some(at)) = (far, self.address(to)) else {
            return Err(io::Error::other("it has no address"));
        };
        let any = match at {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(_) => IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED),
        };
        let listener = TcpListener::bind(&far, (any, self.port)).await?;
        let sink = tokio::spawn(take_in(listener, far));
        let mut stream = TcpStream::connect(&self.network, (at, self.port)).await?;
        if let Some(name) = congestion {
            stream.setsockopt_bytes(IPPROTO_TCP, TCP_CONGESTION, name.value.as_bytes())?;
        }
        let mut transfer = Transfer::default();
        let chunk = [0x5a; 64 * 1024];
        let (mut sent, mut next) = (0, Instant::ZERO);
        while sent < bytes {
            let len = (bytes - sent).min(chunk.len() as u64) as usize;
            sent += stream.write(&chunk[..len]).await? as u64;
            let now = self.network.now();
            if now >= next {
                let info = Info::of(&stream);
                let (cwnd, rtt) = (info.cwnd, info.rtt);
                transfer.course.push(Sample { at: now, cwnd, rtt });
                next = now + SAMPLE.into();
            }
        }
        stream.shutdown().await?;
        // The far side hangs up when it has everything.
        let mut rest = [0; 1];
        if stream.read(&mut rest).await? != 0 {
            return Err(io::Error::other("somebody else answered"));
        }
        let info = Info::of(&stream);
        let (taken, first, last) = sink.await.map_err(io::Error::other)??;
        transfer.bytes = taken;
        transfer.retransmits = info.retransmits;
        transfer.took = last.since(first).into();
        if taken != bytes {
            let error = format!("{taken} of {bytes} bytes arrived");
            return Err(io::Error::other(error));
        }
        Ok(transfer)
    }

    /// Where somebody is called: an address as it stands, or the first of a host's.
    fn address(&self, to: &At<String>) -> Option<IpAddr> {
        if let Ok(address) = to.value.parse() {
            return Some(address);
        }
        let mut hosts = self.lab.scenario().hosts();
        let (_, host) = hosts.find(|(node, _)| node.name == to.value)?;
        let mut cards = host.interfaces.iter().flat_map(|card| &card.addresses);
        cards.next().map(|address| address.value.addr())
    }
}

/// Takes in everything that one caller sends: how much, since when, until when.
async fn take_in(listener: TcpListener, network: Network) -> io::Result<(u64, Instant, Instant)> {
    let (mut stream, _) = listener.accept().await?;
    let first = network.now();
    let mut buffer = vec![0; 64 * 1024];
    let mut taken = 0;
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok((taken, first, network.now())),
            count => taken += count as u64,
        }
    }
}

impl Service {
    /// As it stands in a file.
    const fn name(self) -> &'static str {
        match self {
            Self::Upper => "upper",
            Self::Echo => "echo",
            Self::Time => "time",
        }
    }
}

impl Scheme {
    /// As it stands in a file.
    const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// What a called service answered.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Heard {
    fn lines(&self) -> Vec<String> {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&bytes);
        text.lines().map(str::to_owned).collect()
    }
}

impl io::Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
