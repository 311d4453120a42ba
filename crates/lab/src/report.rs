//! What came of a run.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use base::Instant;
use fabric::{Direction, LinkId};
use serde::{Serialize, Serializer};
use services::dhcp::News;
use stack::Notice;

use crate::build::Lab;
use crate::guard;
pub use crate::guard::report::{Nat, Verdicts};
pub use crate::routing::{RouteNews, Routing};
use crate::scenario::NodeKind;
pub use crate::spread::Spread;
pub use measures::{Acknowledged, Death, Flow, HostTraffic, Measures};

mod measures;

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Why it ended.
    pub ended: Ended,
    /// What time it was in the lab then, in seconds.
    #[serde(serialize_with = "seconds_at")]
    pub at: Instant,
    /// What came of the programs, in the order in which they ended. Servers are here only if they
    /// failed.
    pub programs: Vec<Outcome>,
    /// Every cable, in both directions.
    pub links: Vec<Link>,
    /// Every frame that died, by place and reason.
    pub drops: Vec<Drops>,
    /// Addresses that somebody else had as well.
    pub conflicts: Vec<Conflict>,
    /// What the routers' NAT did.
    pub nat: Vec<Nat>,
    /// What firewalls decided, rule by rule.
    pub firewalls: Vec<Verdicts>,
    /// What routers that speak RIP came to know of each other's networks.
    pub routing: Routing,
    /// What led out of the lab, and what passed there.
    pub outside: Vec<Passage>,
    /// What happened with addresses that hosts got by DHCP, as servers and hosts tell it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leases: Vec<Leased>,
    /// Which names were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub queries: Vec<Query>,
    /// In real time, whether the machine kept up; `None` in virtual time.
    pub lag: Option<Lag>,
    /// What was measured at the hosts' cards, if that was asked for; their keys are the report's.
    #[serde(flatten)]
    pub measures: Option<Measures>,
}

/// Something that happened with an address.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Leased {
    /// When, in seconds.
    #[serde(serialize_with = "seconds_at")]
    pub at: Instant,
    /// Who tells it.
    pub host: String,
    /// What.
    #[serde(flatten)]
    pub news: News,
}

/// Questions for one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Query {
    /// The host that answered.
    pub server: String,
    /// The name.
    pub name: String,
    /// What became of them.
    pub outcome: &'static str,
    /// How many.
    pub count: u64,
}

/// What a host noticed of an address that it shares with somebody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Conflict {
    /// Whose card: `alice:eth0`.
    pub card: String,
    /// Which address.
    pub address: IpAddr,
    /// Who has it as well.
    pub mac: String,
    /// Whether the host does without it, as somebody had it before (RFC 4862 §5.4.5); else it goes on
    /// using it, and said so to all (RFC 5227 §2.4).
    pub given_up: bool,
    /// How often that was noticed, of what the host still remembers.
    pub count: u64,
}

/// How late things happened when time went on by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Lag {
    /// The latest that anything happened after it was due, in seconds.
    #[serde(serialize_with = "seconds")]
    pub worst: Duration,
    /// How often the lab found itself more than 20 ms behind.
    pub late: u64,
}

/// A way between the lab and the machine, and what passed there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Passage {
    /// Which.
    pub what: String,
    /// Connections, and senders of datagrams.
    pub flows: u64,
    /// Bytes from the machine to the lab.
    pub inward: u64,
    /// Bytes from the lab to the machine.
    pub outward: u64,
    /// What did not pass or broke, and how often.
    pub errors: BTreeMap<String, u64>,
}

/// What came of a fetch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fetch {
    /// HTTP's status code.
    pub status: u16,
    /// Bytes of the body.
    pub bytes: u64,
    /// From the call to the answer's head, in seconds.
    #[serde(serialize_with = "seconds")]
    pub first: Duration,
    /// From the call to the answer's last byte, in seconds.
    #[serde(serialize_with = "seconds")]
    pub took: Duration,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// Every program that ends has ended.
    Done,
    /// It was as late as it may be.
    Until,
    /// It was stopped from outside.
    Stopped,
    /// A program waited for what would never come.
    Stuck,
}

/// What came of one program.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// Where it ran.
    pub host: String,
    /// What it was.
    pub what: String,
    /// When it began, in seconds.
    #[serde(serialize_with = "seconds_at")]
    pub began: Instant,
    /// When it ended, in seconds.
    #[serde(serialize_with = "seconds_at")]
    pub ended: Instant,
    /// How.
    #[serde(flatten)]
    pub result: Result,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Result {
    /// Well, with nothing to tell.
    Done,
    /// It could not do what it was to do.
    Failed(String),
    /// What a called service answered.
    Heard(Vec<String>),
    /// Bytes were moved.
    Transfer(Transfer),
    /// Somebody was asked whether he is there.
    Ping(Ping),
    /// Requests were sent.
    Load(Load),
    /// Something was fetched.
    Fetch(Fetch),
}

/// What came of pings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ping {
    /// Requests that were sent.
    pub sent: u64,
    /// Replies that came.
    pub received: u64,
    /// Requests that no reply came for.
    pub lost: u64,
    /// How long the replies took; `None` when there were none.
    pub rtt: Option<Spread>,
    /// What ICMP or the host itself said instead, and how often.
    pub errors: BTreeMap<String, u64>,
}

/// What came of a load.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Load {
    /// Requests that were sent.
    pub requests: u64,
    /// Those that were answered.
    pub answered: u64,
    /// From when a request was due to the last byte of its answer; `None` without answers.
    pub latency: Option<Spread>,
    /// What went wrong, and how often.
    pub errors: BTreeMap<String, u64>,
    /// Connections that were opened for it.
    pub connections: u64,
}

/// A transfer, as its two ends saw it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Transfer {
    /// Bytes that arrived.
    pub bytes: u64,
    /// From the handshake's end to the last byte, in seconds.
    #[serde(serialize_with = "seconds")]
    pub took: Duration,
    /// Segments that were sent again.
    pub retransmits: u32,
    /// The course's round-trip times.
    pub rtt: Option<Spread>,
    /// The window's course.
    pub course: Vec<Sample>,
}

/// A connection at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// When, in seconds.
    #[serde(serialize_with = "seconds_at")]
    pub at: Instant,
    /// Congestion window, in segments.
    pub cwnd: u32,
    /// Smoothed round-trip time, in seconds.
    #[serde(serialize_with = "seconds")]
    pub rtt: Duration,
}

/// One direction of a cable.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Link {
    /// Where its frames come from.
    pub from: String,
    /// Where they go.
    pub to: String,
    /// Frames put on the wire.
    pub frames: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The most bytes that waited at once.
    pub queue_peak: usize,
    /// The share of the time in which it was busy, for a link with a rate.
    pub utilisation: Option<f64>,
}

/// Frames that died in one place of one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drops {
    /// A port between hosts, such as `switch:3`, or a host.
    pub place: String,
    /// Why.
    pub reason: String,
    /// How many.
    pub count: u64,
}

impl Transfer {
    /// Bits a second that arrived; `None` when it took no time.
    pub fn goodput(&self) -> Option<f64> {
        let took = self.took.as_secs_f64();
        (took > 0.0).then(|| self.bytes as f64 * 8.0 / took)
    }
}

impl Report {
    /// Looks at a lab after its run.
    pub(crate) fn of(
        lab: &Lab,
        ended: Ended,
        programs: Vec<Outcome>,
        passages: Vec<Passage>,
    ) -> Self {
        let at = lab.lan().now();
        let links = lab
            .cables()
            .flat_map(|link| Direction::BOTH.map(|direction| one_way(lab, link, direction, at)));
        let links: Vec<Link> = links.collect();
        let mut drops: Vec<Drops> = lab.lan().with_fabric(|fabric| {
            let each = fabric.ledger().iter();
            let each = each.map(|(port, reason, count)| Drops {
                place: fabric.port_name(port),
                reason: reason.to_string(),
                count,
            });
            each.collect()
        });
        for (node, _) in lab.scenario().hosts() {
            let Some(network) = lab.host(&node.name) else {
                continue;
            };
            let inside = network.with_stack(|stack, _| {
                let each = stack.drops().iter();
                let each = each.map(|(reason, count)| (format!("{reason:?}"), count));
                each.collect::<Vec<_>>()
            });
            let mut inside = inside.unwrap_or_default();
            let unheard = lab.lan().unheard(&node.name);
            if unheard > 0 {
                inside.push(("NotListenedTo".into(), unheard));
            }
            drops.extend(inside.into_iter().map(|(reason, count)| Drops {
                place: node.name.clone(),
                reason,
                count,
            }));
        }
        let conflicts = conflicts(lab);
        let (nat, firewalls) = guard::report::look(lab);
        let (mut outside, mut refused) = taps(lab);
        outside.extend(passages);
        drops.append(&mut refused);
        let (leases, queries) = {
            let log = lab.log();
            (log.leases(), log.queries())
        };
        Self {
            ended,
            at,
            programs,
            links,
            drops,
            conflicts,
            nat,
            firewalls,
            routing: lab.told().so_far(),
            outside,
            measures: None,
            leases,
            queries,
            lag: lab.lan().lag().map(|lag| Lag {
                worst: lag.worst.into(),
                late: lag.late,
            }),
        }
    }

    /// Whether a program could not do what it was to do.
    pub fn failed(&self) -> bool {
        let mut programs = self.programs.iter();
        programs.any(|outcome| match &outcome.result {
            Result::Failed(_) => true,
            Result::Ping(ping) => ping.received == 0 && ping.sent > 0,
            Result::Load(load) => load.answered == 0 && load.requests > 0,
            Result::Fetch(fetch) => fetch.status >= 400,
            Result::Done | Result::Heard(_) | Result::Transfer(_) => false,
        })
    }
}

/// What went over the devices of TAP ports, and what died there.
fn taps(lab: &Lab) -> (Vec<Passage>, Vec<Drops>) {
    let (mut passages, mut drops) = (Vec::new(), Vec::new());
    for node in &lab.scenario().nodes {
        let NodeKind::Tap(tap) = &node.kind else {
            continue;
        };
        let counters = lab.lan().tap_counters(&node.name).unwrap_or_default();
        passages.push(Passage {
            what: format!("tap {} ({})", node.name, tap.device.value),
            inward: counters.bytes_in,
            outward: counters.bytes_out,
            ..Passage::default()
        });
        let died = [
            (counters.queue_full, "the device takes no more"),
            (counters.device_down, "the device is down"),
            (counters.device_gone, "the device was deleted"),
            (counters.refused, "the kernel refuses it"),
            (counters.not_cuttable, "a large frame that cannot be cut"),
        ];
        let died = died.into_iter().filter(|(count, _)| *count > 0);
        drops.extend(died.map(|(count, reason)| Drops {
            place: node.name.clone(),
            reason: reason.into(),
            count,
        }));
    }
    (passages, drops)
}

fn one_way(lab: &Lab, link: LinkId, direction: Direction, now: Instant) -> Link {
    lab.lan().with_fabric(|fabric| {
        let ends = fabric.ends(link);
        let [from, to] = match direction {
            Direction::There => ends,
            Direction::Back => [ends[1], ends[0]],
        };
        let traffic = fabric.traffic(link, direction);
        let rate = fabric.channel(link, direction).rate;
        let time = now.as_nanos().max(1) as f64;
        Link {
            from: fabric.port_name(from),
            to: fabric.port_name(to),
            frames: traffic.frames,
            bytes: traffic.bytes,
            queue_peak: traffic.peak,
            utilisation: rate.map(|_| traffic.busy.as_nanos() as f64 / time),
        }
    })
}

pub(crate) fn seconds<S: Serializer>(
    time: &Duration,
    to: S,
) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_f64(time.as_secs_f64())
}

pub(crate) fn seconds_at<S: Serializer>(
    at: &Instant,
    to: S,
) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_f64(at.as_nanos() as f64 / 1e9)
}

/// What the hosts noticed of others with their addresses.
fn conflicts(lab: &Lab) -> Vec<Conflict> {
    let mut counts: BTreeMap<(String, IpAddr, String, bool), u64> = BTreeMap::new();
    for (node, _) in lab.scenario().hosts() {
        let noticed = lab.host(&node.name).and_then(|network| {
            network.with_stack(|stack, _| {
                let mut noticed = Vec::new();
                while let Some(notice) = stack.poll_notice() {
                    let (iface, addr, mac, given_up) = match notice {
                        Notice::AddressRefused { iface, addr, mac } => (iface, addr, mac, true),
                        Notice::AddressConflict { iface, addr, mac } => (iface, addr, mac, false),
                        _ => continue,
                    };
                    let card = stack.interface(iface).map_or("", stack::Interface::name);
                    let card = format!("{}:{card}", node.name);
                    noticed.push((card, addr, mac.to_string(), given_up));
                }
                noticed
            })
        });
        for each in noticed.into_iter().flatten() {
            *counts.entry(each).or_default() += 1;
        }
    }
    let each = counts.into_iter();
    each.map(|((card, address, mac, given_up), count)| Conflict {
        card,
        address,
        mac,
        given_up,
        count,
    })
    .collect()
}
