//! What runs on the hosts.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::Rng;
use landline::Network;
use services::call::{Call, Complete};
use services::upper::Answer;
use services::web::Url;
use services::words::Lang;
use services::{Console, Endpoint, Input, Look, call, time, upper};
use tokio::task::{AbortHandle, JoinSet};

use super::{load, ping, sleep_until, transfer, web};
use crate::build::Lab;
use crate::report::{Outcome, Result as End};
use crate::scenario::{Amount, At, Program, Scheme, Service, Target, Task};

/// What came of the programs, in the order in which they ended.
pub(super) type Outcomes = Arc<Mutex<Vec<Outcome>>>;

/// The port of the first transfer; each has its own.
const TRANSFERS: u16 = 5001;

/// The programs of a lab, those that run and those that a crash ended.
pub(super) struct Programs {
    lab: Arc<Lab>,
    /// Those that run until the run ends.
    endless: JoinSet<()>,
    /// All others.
    pub(super) ending: JoinSet<()>,
    outcomes: Outcomes,
    /// By host.
    jobs: BTreeMap<String, Vec<Job>>,
    /// By host, those that run, with the number of their job.
    running: BTreeMap<String, Vec<(usize, AbortHandle)>>,
    /// By host, the jobs that its crash ended.
    crashed: BTreeMap<String, Vec<usize>>,
}

impl Programs {
    /// Starts every program.
    pub(super) fn start(lab: &Arc<Lab>, outcomes: &Outcomes) -> Self {
        let mut port = TRANSFERS;
        let mut number = 0;
        let mut programs = Self {
            lab: Arc::clone(lab),
            endless: JoinSet::new(),
            ending: JoinSet::new(),
            outcomes: Arc::clone(outcomes),
            jobs: BTreeMap::new(),
            running: BTreeMap::new(),
            crashed: BTreeMap::new(),
        };
        for (node, host) in lab.scenario().hosts() {
            let mut jobs = Vec::new();
            for program in &host.programs {
                jobs.push(Job {
                    host: node.name.clone(),
                    program: program.clone(),
                    port,
                    number,
                });
                number += 1;
                if let Task::Transfer { .. } = program.task {
                    port = port.checked_add(1).unwrap_or(TRANSFERS);
                }
            }
            let all = (0..jobs.len()).collect();
            programs.jobs.insert(node.name.clone(), jobs);
            programs.run(&node.name, all);
        }
        programs
    }

    /// Runs some of a host's jobs.
    fn run(&mut self, host: &str, jobs: Vec<usize>) {
        let Some(network) = self.lab.host(host) else {
            return;
        };
        for index in jobs {
            let Some(job) = self.jobs.get(host).and_then(|jobs| jobs.get(index)) else {
                continue;
            };
            let is_endless = matches!(job.program.task, Task::Serve { .. } | Task::Web { .. });
            let running = Running {
                lab: Arc::clone(&self.lab),
                network: network.clone(),
                job: job.clone(),
            };
            let outcomes = Arc::clone(&self.outcomes);
            let run = async move {
                let outcome = running.run().await;
                let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
                outcomes.push(outcome);
            };
            let handle = if is_endless {
                self.endless.spawn(run)
            } else {
                self.ending.spawn(run)
            };
            let running = self.running.entry(host.to_owned()).or_default();
            running.push((index, handle));
        }
    }

    /// A host has crashed: its programs end where they are.
    pub(super) fn crash(&mut self, host: &str) {
        for (index, handle) in self.running.remove(host).unwrap_or_default() {
            if !handle.is_finished() {
                handle.abort();
                self.crashed.entry(host.to_owned()).or_default().push(index);
            }
        }
    }

    /// A host has started again, and with it the programs that its crash ended.
    pub(super) fn restart(&mut self, host: &str) {
        let jobs = self.crashed.remove(host).unwrap_or_default();
        self.run(host, jobs);
    }
}

/// One program on one host.
#[derive(Clone)]
struct Job {
    host: String,
    program: Program,
    /// For a transfer.
    port: u16,
    /// Which of the lab's programs it is.
    number: u64,
}

/// A program that runs.
struct Running {
    lab: Arc<Lab>,
    network: Network,
    job: Job,
}

impl Running {
    async fn run(self) -> Outcome {
        sleep_until(&self.network, self.job.program.at).await;
        let began = self.network.now();
        let (what, result) = match &self.job.program.task {
            Task::Serve { service, on } => self.serve(*service, on).await,
            Task::Web { site, on, .. } => {
                let served = web::serve(&self.network, site, on).await;
                ("serve web".into(), served)
            }
            Task::Fetch { to, url } => self.fetch(to, url).await,
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
            host: self.job.host,
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
            at: (at, self.job.port),
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

    async fn fetch(&self, to: &At<String>, url: &Url) -> (String, End) {
        let what = format!("fetch {url}");
        let Some(at) = self.lab.address(&to.value) else {
            return (what, End::Failed("it has no address".into()));
        };
        let at = SocketAddr::new(at, url.port);
        (what, web::get(&self.network, at, url).await)
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
        let rng = Rng::seeded(self.lab.seed()).fork(self.job.number);
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
