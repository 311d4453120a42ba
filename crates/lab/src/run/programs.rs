//! What runs on the hosts.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::Rng;
use landline::Network;
use services::call::{Call, Complete};
use services::upper::Answer;
use services::words::Lang;
use services::{Console, Endpoint, Input, Look, call, time, upper};
use tokio::task::JoinSet;

use super::{load, ping, sleep_until, transfer};
use crate::build::Lab;
use crate::report::{Outcome, Result as End};
use crate::scenario::{Amount, At, Program, Scheme, Service, Target, Task};

/// What came of the programs, in the order in which they ended.
pub(super) type Outcomes = Arc<Mutex<Vec<Outcome>>>;

/// The port of the first transfer; each has its own.
const TRANSFERS: u16 = 5001;

/// Starts every program: servers among the `endless`, all others among those that end.
pub(super) fn start(
    lab: &Arc<Lab>,
    endless: &mut JoinSet<()>,
    ending: &mut JoinSet<()>,
    outcomes: &Outcomes,
) {
    let mut port = TRANSFERS;
    let mut number = 0;
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
                number,
            };
            number += 1;
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
    /// Which of the lab's programs it is.
    number: u64,
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
                amount,
                congestion,
            } => self.transfer(to, *amount, congestion.as_ref()).await,
            Task::Ping { to, count, every } => self.ping(to, *count, *every).await,
            Task::Load {
                to,
                rate,
                size,
                time,
            } => self.load(to, *rate, *size, *time).await,
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
        let Some(at) = self.lab.address(&to.host.value) else {
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
        amount: Amount,
        congestion: Option<&At<String>>,
    ) -> (String, End) {
        let what = match amount {
            Amount::Bytes(bytes) => format!("transfer {bytes} bytes to {}", to.value),
            Amount::For(time) => format!("transfer for {time:?} to {}", to.value),
        };
        let (Some(at), Some(far)) = (self.lab.address(&to.value), self.lab.host(&to.value)) else {
            return (
                what,
                End::Failed("it is to go to a host with an address".into()),
            );
        };
        let moved = transfer::transfer(transfer::Plan {
            from: &self.network,
            to: &far,
            at: (at, self.port),
            amount,
            congestion: congestion.map(|name| name.value.as_str()),
        });
        let end = match moved.await {
            Ok(transfer) => End::Transfer(transfer),
            Err(error) => End::Failed(error.to_string()),
        };
        (what, end)
    }

    async fn ping(&self, to: &At<String>, count: u64, every: Duration) -> (String, End) {
        let what = format!("ping {}", to.value);
        let Some(at) = self.lab.address(&to.value) else {
            return (what, End::Failed("it has no address".into()));
        };
        let end = match ping::ping(&self.network, at, count, every).await {
            Ok(ping) => End::Ping(ping),
            Err(error) => End::Failed(error.to_string()),
        };
        (what, end)
    }

    async fn load(&self, to: &Target, rate: f64, size: u64, time: Duration) -> (String, End) {
        let what = format!("load {}://{}:{}", to.scheme.name(), to.host.value, to.port);
        let Some(at) = self.lab.address(&to.host.value) else {
            return (what, End::Failed("it has no address".into()));
        };
        let plan = load::Plan {
            scheme: to.scheme,
            to: SocketAddr::new(at, to.port),
            rate,
            size: size as usize,
            time,
        };
        let rng = Rng::seeded(self.lab.seed()).fork(self.number);
        (what, End::Load(load::load(&self.network, plan, rng).await))
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
