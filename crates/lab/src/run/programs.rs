//! What runs on the hosts.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
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

use super::arrange::Part;
use super::{load, ping, sleep_until, transfer, web};
use crate::build::Lab;
use crate::report::{Outcome, Result as End};
use crate::scenario::{Amount, At, Host, Many, Program, Scheme, Service, Target, Task};

/// What came of the programs, in the order in which they ended.
pub(super) type Outcomes = Arc<Mutex<Vec<Outcome>>>;

/// The port of the first transfer; each has its own.
const TRANSFERS: u16 = 5001;

/// How long a host is waited for that has no address yet, and how often one looks.
const PATIENCE: Duration = Duration::from_secs(60);
const GLANCE: Duration = Duration::from_millis(100);

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
    /// By host, what keeps its interfaces' addresses.
    clients: BTreeMap<String, Vec<AbortHandle>>,
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
            clients: BTreeMap::new(),
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
            programs.ask_for_addresses(&node.name, host);
        }
        programs
    }

    /// Starts what keeps the addresses of a host that asks for them.
    fn ask_for_addresses(&mut self, name: &str, host: &Host) {
        let asking = host.interfaces.iter().filter(|card| card.automatic.dhcp);
        for (number, card) in asking.enumerate() {
            let Some(network) = self.lab.host(name) else {
                return;
            };
            let (lab, host) = (Arc::clone(&self.lab), name.to_owned());
            let interface = card.name.clone();
            let outcomes = Arc::clone(&self.outcomes);
            let handle = self.endless.spawn(async move {
                let began = network.now();
                let part = Part {
                    lab: &lab,
                    network: &network,
                    host: &host,
                };
                let number = base::Rng::seeded(number as u64).u64() ^ name_number(&host);
                let result = part.ask_dhcp(&interface, number).await;
                let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
                outcomes.push(Outcome {
                    what: format!("dhcp {interface}"),
                    began,
                    ended: network.now(),
                    host: host.clone(),
                    result,
                });
            });
            let clients = self.clients.entry(name.to_owned()).or_default();
            clients.push(handle);
        }
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
            let is_endless = matches!(
                job.program.task,
                Task::Serve { .. } | Task::Web { .. } | Task::Dhcp(_) | Task::Dns { .. }
            );
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
        for client in self.clients.remove(host).unwrap_or_default() {
            client.abort();
        }
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
        let lab = Arc::clone(&self.lab);
        let mut hosts = lab.scenario().hosts();
        if let Some((_, plan)) = hosts.find(|(node, _)| node.name == host)
            && !self.clients.contains_key(host)
        {
            self.ask_for_addresses(host, plan);
        }
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
            Task::Dhcp(plan) => ("serve dhcp".into(), self.part().serve_dhcp(plan).await),
            Task::Dns { domain } => ("serve dns".into(), self.part().serve_dns(domain).await),
            Task::Fetch { to, url } => self.fetch(to, url).await,
            Task::Call { to, say } => self.call(to, say).await,
            Task::Transfer {
                to,
                amount,
                congestion,
            } => self.transfer(to, *amount, congestion.as_ref()).await,
            Task::Ping { to, count, every } => self.ping(to, *count, *every).await,
            Task::PingAll { all, count, every } => self.ping_all(all, *count, *every).await,
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

    fn part(&self) -> Part<'_> {
        Part {
            lab: &self.lab,
            network: &self.network,
            host: &self.job.host,
        }
    }

    /// Where somebody is called. Hosts that are to get an address, the caller's own too, are given
    /// time to.
    async fn address(&self, who: &str) -> Option<IpAddr> {
        let end = self.network.now() + PATIENCE.into();
        loop {
            let found = self.lab.address(who);
            let ready = found.is_some() && !self.lab.awaits_address(&self.job.host);
            if ready || self.network.now() >= end {
                return found;
            }
            self.network.sleep(GLANCE).await;
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
        let Some(at) = self.address(&to.host.value).await else {
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
        let (Some(at), Some(far)) = (self.address(&to.value).await, self.lab.host(&to.value))
        else {
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
        let Some(at) = self.address(&to.value).await else {
            return (what, End::Failed("it has no address".into()));
        };
        (what, self.ping_each(&[at], count, every).await)
    }

    async fn ping_all(&self, all: &Many, count: u64, every: Duration) -> (String, End) {
        let others = all.others();
        let addresses: Vec<_> = others.filter_map(|name| self.lab.address(&name)).collect();
        // Hosts that are switched on together do not ask in step.
        let mut rng = Rng::seeded(self.lab.seed()).fork(self.job.number);
        let wait = Duration::from_nanos(rng.below(every.as_nanos().max(1) as u64));
        self.network.sleep(wait).await;
        let end = self.ping_each(&addresses, count, every).await;
        (format!("ping all of {}", all.name), end)
    }

    async fn ping_each(&self, to: &[IpAddr], count: u64, every: Duration) -> End {
        match ping::ping(&self.network, to, count, every).await {
            Ok(ping) => End::Ping(ping),
            Err(error) => End::Failed(error.to_string()),
        }
    }

    async fn fetch(&self, to: &At<String>, url: &Url) -> (String, End) {
        let what = format!("fetch {url}");
        let Some(at) = self.address(&to.value).await else {
            return (what, End::Failed("it has no address".into()));
        };
        let at = SocketAddr::new(at, url.port);
        (what, web::get(&self.network, at, url).await)
    }

    async fn load(&self, to: &Target, rate: f64, size: u64, time: Duration) -> (String, End) {
        let what = format!("load {}://{}:{}", to.scheme.name(), to.host.value, to.port);
        let Some(at) = self.address(&to.host.value).await else {
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

/// A number of a host's name, by which its chance is its own.
fn name_number(name: &str) -> u64 {
    let bytes = name.bytes();
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
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
