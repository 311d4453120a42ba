//! The client (RFC 2131 §4.4): how a host gets an address and keeps it.
//!
//! ```text
//!             ┌──────┐ offer  ┌────────────┐ ack   ┌──────────┐ nobody   ┌───────┐
//!   INIT ────►│SELECT├───────►│ REQUESTING ├──────►│ CLAIMING ├─────────►│ BOUND │◄─┐ ack
//!    ▲        └──────┘        └─────┬──────┘       └────┬─────┘ has it   └───┬───┘  │
//!    │                              │ nak               │ somebody        T1 ▼      │
//!    ├◄─────────────────────────────┘                   │ has it      ┌──────────┐  │
//!    ├◄─────────────────────────────────────────────────┘             │ RENEWING ├──┤
//!    │                                                             T2 └────┬─────┘  │
//!    │                        ┌───────────┐ ack, to CLAIMING               ▼        │
//!    │ nak, silence           │ REBOOTING │                          ┌───────────┐  │
//!    ├◄───────────────────────┴───────────┘          nak, end        │ REBINDING ├──┘
//!    └◄────────────────────────────────────────────────────────────── └───────────┘
//! ```
//!
//! | file | what |
//! |---|---|
//! | this one | the states |
//! | `lease` | what it was given |
//! | `say` | its messages |
//! | `run` | its socket, and how a host is arranged |

mod lease;
mod run;
mod say;

use std::collections::VecDeque;
use std::net::Ipv4Addr;

use base::{Duration, Rng};
use landline::{Instant, MacAddr};
use wire::dhcp::{Kind, Message, Op, options as code};

pub use lease::Lease;
pub use run::{Wish, configure};
use say::Identity;

/// The first wait for an answer; each that follows is twice as long (RFC 2131 §4.1).
const FIRST_WAIT: u64 = 4;
/// The longest.
const LONGEST_WAIT: u64 = 64;
/// Questions for an address that was offered, before all begins anew: a minute's (RFC 2131 §3.1).
const REQUESTS: u32 = 4;
/// Questions for the address of old.
const REBOOTS: u32 = 3;
/// How long a client rests that found its address in use (RFC 2131 §3.1 point 5).
const AFTER_DECLINE: Duration = Duration::from_secs(10);
/// The shortest wait between two questions for more time (RFC 2131 §4.4.5).
const LEAST_RENEWAL: Duration = Duration::from_secs(60);
/// Hosts that are switched on together do not ask in step: the wait is drawn up to this.
const DESYNCHRONIZE: Duration = Duration::from_secs(1);

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Send this to port 67: to all on the link, or to a server.
    Send(Ipv4Addr, Vec<u8>),
    /// Find out whether somebody has the address (RFC 5227), begin to use it if nobody does, and
    /// tell [`Client::claimed`].
    Claim(Lease),
    /// It may be used for longer, and what goes with it may have changed.
    Renewed(Lease),
    /// It may be used no more.
    Drop(Lease),
}

#[derive(Clone, Debug)]
enum State {
    Init {
        at: Instant,
    },
    Selecting {
        tries: u32,
        at: Instant,
    },
    Requesting {
        offer: Offer,
        tries: u32,
        at: Instant,
    },
    Rebooting {
        address: Ipv4Addr,
        tries: u32,
        at: Instant,
    },
    Claiming(Lease),
    Bound(Lease),
    Renewing {
        lease: Lease,
        at: Instant,
    },
    Rebinding {
        lease: Lease,
        at: Instant,
    },
}

/// An address that a server would give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Offer {
    address: Ipv4Addr,
    server: Ipv4Addr,
}

/// The client of one interface.
#[derive(Debug)]
pub struct Client {
    own: Identity,
    rng: Rng,
    /// By which answers to the present question are known.
    xid: u32,
    /// When the present exchange began.
    began: Instant,
    /// When its last question was sent.
    asked: Instant,
    /// The seconds that the question for servers said; that for the address says the same
    /// (RFC 2131 §4.4.1).
    secs_said: u16,
    state: State,
    acts: VecDeque<Act>,
}

impl Client {
    /// A client that asks for any address, or first for the one that it had.
    pub fn new(
        now: Instant,
        mac: MacAddr,
        name: Option<String>,
        before: Option<Ipv4Addr>,
        mut rng: Rng,
    ) -> Self {
        let at = now + Duration::from_nanos(rng.below(DESYNCHRONIZE.as_nanos()));
        let xid = rng.u32();
        let state = match before {
            Some(address) => State::Rebooting {
                address,
                tries: 0,
                at,
            },
            None => State::Init { at },
        };
        Self {
            own: Identity::new(mac, name),
            rng,
            xid,
            began: at,
            asked: at,
            secs_said: 0,
            state,
            acts: VecDeque::new(),
        }
    }

    /// What is to be done now, if anything is.
    pub fn poll(&mut self, now: Instant) -> Option<Act> {
        if self.acts.is_empty() && self.next().is_some_and(|at| at <= now) {
            self.expire(now);
        }
        self.acts.pop_front()
    }

    /// When there is something to do again; `None` while others are waited for.
    pub fn next(&self) -> Option<Instant> {
        match &self.state {
            State::Init { at }
            | State::Selecting { at, .. }
            | State::Requesting { at, .. }
            | State::Rebooting { at, .. } => Some(*at),
            State::Claiming(_) => None,
            State::Bound(lease) => lease.renews(),
            State::Renewing { lease, at } => Some(lease.rebinds()?.min(*at)),
            State::Rebinding { lease, at } => Some(lease.ends()?.min(*at)),
        }
    }

    /// What it has.
    pub fn lease(&self) -> Option<&Lease> {
        match &self.state {
            State::Bound(lease)
            | State::Renewing { lease, .. }
            | State::Rebinding { lease, .. } => Some(lease),
            _ => None,
        }
    }

    /// A wait that is due is over.
    fn expire(&mut self, now: Instant) {
        match self.state.clone() {
            State::Init { .. } => {
                self.xid = self.rng.u32();
                self.began = now;
                self.discover(now, 0);
            }
            State::Selecting { tries, .. } => self.discover(now, tries),
            State::Requesting { offer, tries, .. } if tries < REQUESTS => {
                self.request(now, offer, tries);
            }
            State::Rebooting { address, tries, .. } if tries < REBOOTS => {
                if tries == 0 {
                    self.began = now;
                }
                let message = self.own.reboot(self.xid, self.secs(now), address);
                self.ask(now, Ipv4Addr::BROADCAST, &message);
                let at = now + self.wait(tries);
                let tries = tries + 1;
                self.state = State::Rebooting { address, tries, at };
            }
            State::Requesting { .. } | State::Rebooting { .. } => self.begin_anew(now),
            State::Bound(lease) => {
                self.xid = self.rng.u32();
                self.began = now;
                self.renew(now, lease);
            }
            State::Renewing { lease, .. } if lease.rebinds().is_some_and(|at| at > now) => {
                self.renew(now, lease);
            }
            State::Renewing { lease, .. } => self.rebind(now, lease),
            State::Rebinding { lease, .. } if lease.ends().is_some_and(|at| at > now) => {
                self.rebind(now, lease);
            }
            State::Rebinding { lease, .. } => {
                self.acts.push_back(Act::Drop(lease));
                self.state = State::Init { at: now };
            }
            State::Claiming(_) => {}
        }
    }

    fn discover(&mut self, now: Instant, tries: u32) {
        self.secs_said = self.secs(now);
        let message = self.own.discover(self.xid, self.secs_said);
        self.ask(now, Ipv4Addr::BROADCAST, &message);
        let at = now + self.wait(tries);
        let tries = tries.saturating_add(1);
        self.state = State::Selecting { tries, at };
    }

    fn request(&mut self, now: Instant, offer: Offer, tries: u32) {
        let Offer { address, server } = offer;
        let message = self.own.request(self.xid, self.secs_said, address, server);
        self.ask(now, Ipv4Addr::BROADCAST, &message);
        let at = now + self.wait(tries);
        let tries = tries + 1;
        self.state = State::Requesting { offer, tries, at };
    }

    fn renew(&mut self, now: Instant, lease: Lease) {
        let message = self
            .own
            .extend(self.xid, self.secs(now), lease.address.addr());
        self.ask(now, lease.server, &message);
        let at = half_way(now, lease.rebinds());
        self.state = State::Renewing { lease, at };
    }

    fn rebind(&mut self, now: Instant, lease: Lease) {
        let message = self
            .own
            .extend(self.xid, self.secs(now), lease.address.addr());
        self.ask(now, Ipv4Addr::BROADCAST, &message);
        let at = half_way(now, lease.ends());
        self.state = State::Rebinding { lease, at };
    }

    fn ask(&mut self, now: Instant, to: Ipv4Addr, message: &Message) {
        self.asked = now;
        self.acts.push_back(Act::Send(to, say::bytes(message)));
    }

    /// Seconds since the exchange began.
    fn secs(&self, now: Instant) -> u16 {
        let secs = now.since(self.began).as_secs();
        u16::try_from(secs).unwrap_or(u16::MAX)
    }

    /// 4, 8, 16, 32, 64 seconds, each a second more or less (RFC 2131 §4.1).
    fn wait(&mut self, tries: u32) -> Duration {
        let secs = (FIRST_WAIT << tries.min(8)).min(LONGEST_WAIT);
        let spread = Duration::from_nanos(self.rng.below(2_000_000_000));
        Duration::from_secs(secs - 1) + spread
    }

    /// Soon, and not in step with others.
    fn begin_anew(&mut self, now: Instant) {
        let rest = Duration::from_nanos(self.rng.below(DESYNCHRONIZE.as_nanos()));
        let at = now + DESYNCHRONIZE + rest;
        self.state = State::Init { at };
    }

    /// Takes a datagram that came to port 68. What is not an answer to the present question is
    /// passed over.
    pub fn receive(&mut self, now: Instant, bytes: &[u8]) {
        let Ok((message, _)) = Message::parse(bytes) else {
            return;
        };
        if message.op != Op::Reply || message.xid != self.xid || !self.own.is_for_us(&message) {
            return;
        }
        match message.kind() {
            Some(Kind::Offer) => self.offered(now, &message),
            Some(Kind::Ack) => self.acknowledged(&message),
            Some(Kind::Nak) => self.refused(now, &message),
            _ => {}
        }
    }

    /// The first offer is as good as any.
    fn offered(&mut self, now: Instant, message: &Message) {
        let server = message.options.address(code::SERVER_ID);
        if let (State::Selecting { .. }, Some(server)) = (&self.state, server)
            && may_be_ours(message.yiaddr)
        {
            let address = message.yiaddr;
            self.request(now, Offer { address, server }, 0);
        }
    }

    fn acknowledged(&mut self, message: &Message) {
        let wanted = match &self.state {
            State::Requesting { offer, .. } => offer.address,
            State::Rebooting { address, .. } => *address,
            State::Renewing { lease, .. } | State::Rebinding { lease, .. } => lease.address.addr(),
            _ => return,
        };
        // RFC 2131 §4.4.1: the time runs since the question.
        let Some(lease) = Lease::of(message, self.asked) else {
            return;
        };
        if message.yiaddr != wanted || !may_be_ours(wanted) {
            return;
        }
        if self.lease().is_some() {
            self.acts.push_back(Act::Renewed(lease.clone()));
            self.state = State::Bound(lease);
        } else {
            self.acts.push_back(Act::Claim(lease.clone()));
            self.state = State::Claiming(lease);
        }
    }

    fn refused(&mut self, now: Instant, message: &Message) {
        let server = message.options.address(code::SERVER_ID);
        match self.state.clone() {
            State::Requesting { offer, .. } if server == Some(offer.server) => self.begin_anew(now),
            State::Rebooting { .. } => self.begin_anew(now),
            State::Renewing { lease, .. } | State::Rebinding { lease, .. } => {
                self.acts.push_back(Act::Drop(lease));
                self.begin_anew(now);
            }
            _ => {}
        }
    }

    /// Nobody has the address that was claimed, and it is in use here; or somebody has it.
    pub fn claimed(&mut self, now: Instant, ours: bool) {
        let State::Claiming(lease) = &self.state else {
            return;
        };
        let lease = lease.clone();
        if ours {
            self.state = State::Bound(lease);
            return;
        }
        let message = self
            .own
            .decline(self.xid, lease.address.addr(), lease.server);
        self.ask(now, Ipv4Addr::BROADCAST, &message);
        let at = now + AFTER_DECLINE;
        self.state = State::Init { at };
    }

    /// Gives the address back, and ends: what is left to do is to be [polled](Self::poll) once.
    pub fn release(&mut self, now: Instant) {
        let Some(lease) = self.lease().cloned() else {
            return;
        };
        self.xid = self.rng.u32();
        let message = self
            .own
            .release(self.xid, lease.address.addr(), lease.server);
        self.ask(now, lease.server, &message);
        self.acts.push_back(Act::Drop(lease));
        // It is not asked again before the end of time.
        self.state = State::Init {
            at: Instant::from_nanos(u64::MAX),
        };
    }
}

/// Half of what is left, and no less than a minute (RFC 2131 §4.4.5).
fn half_way(now: Instant, end: Option<Instant>) -> Instant {
    let left = end.map_or(Duration::ZERO, |end| end.since(now));
    now + Duration::from_nanos(left.as_nanos() / 2).max(LEAST_RENEWAL)
}

/// Whether it is an address that one host can have.
fn may_be_ours(address: Ipv4Addr) -> bool {
    let [first, ..] = address.octets();
    first != 0 && first != 127 && first < 224
}
