//! The server (RFC 2131 §4.3).
//!
//! | file | what |
//! |---|---|
//! | this one | what becomes of each message |
//! | `leases` | who has which address |
//! | `answer` | what is said, and where it goes |
//! | `run` | its sockets |

mod answer;
mod leases;
mod run;

use std::collections::{BTreeMap, HashMap};
use std::net::Ipv4Addr;

use landline::{Instant, MacAddr};
use wire::dhcp::{Kind, Message, Op, options as code};

use super::news::{News, Refusal};
use super::pool::Pool;
pub use answer::To;
use leases::{Id, Lease, Leases, State};
pub use run::{Link, serve};

/// How long an offer is kept.
const OFFER: std::time::Duration = std::time::Duration::from_secs(60);
/// How long an address is given to nobody that somebody uses who did not ask.
const CONFLICT: std::time::Duration = std::time::Duration::from_secs(3600);

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Send this.
    Send {
        /// Where to.
        to: To,
        /// The message.
        bytes: Vec<u8>,
    },
    /// Ask whether somebody has this address (RFC 2131 §3.1 point 2), and tell
    /// [`Server::probed`].
    Probe(Ipv4Addr),
    /// Tell people.
    Tell(News),
}

/// Why a message is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ignored {
    /// It is no DHCP message at all.
    Malformed,
    /// It is from a server.
    NotARequest,
    /// It is BOOTP's, or of a kind that servers do not hear.
    Kind,
    /// It is about a network that the server has no addresses of.
    NoPool,
    /// It is for another server, which the client has chosen.
    OtherServer,
    /// It lacks an address that it is about.
    NoAddress,
    /// It is of a client that nothing is known of (RFC 2131 §4.3.2: silence, for another server
    /// may know it).
    UnknownClient,
    /// The address that it is about is none of that client's.
    NotTheirs,
    /// No address is left.
    Exhausted,
    /// The same question is being seen to.
    Again,
    /// The answer does not fit into what the client takes.
    NoRoom,
}

/// The server of one host.
#[derive(Debug)]
pub struct Server {
    /// Its address, by which clients choose it.
    id: Ipv4Addr,
    pools: Vec<(Pool, Leases)>,
    /// Questions that wait until it is known that nobody has the address.
    waiting: HashMap<Ipv4Addr, Message>,
    /// Whether addresses are probed for before they are offered.
    probes: bool,
    ignored: BTreeMap<Ignored, u64>,
}

type Acts = Result<Vec<Act>, Ignored>;

impl Server {
    /// A server at `id` that gives addresses of its own link's pool, and of those of links that
    /// relay agents ask for. With `probes` it asks whether somebody has an address before it offers
    /// it. The pools make sense ([`Pool::check`]).
    pub fn new(id: Ipv4Addr, pools: Vec<Pool>, probes: bool) -> Self {
        let pools = pools.into_iter().map(|pool| (pool, Leases::default()));
        Self {
            id,
            pools: pools.collect(),
            waiting: HashMap::new(),
            probes,
            ignored: BTreeMap::new(),
        }
    }

    /// What messages were not answered for, and how often.
    pub fn ignored(&self) -> &BTreeMap<Ignored, u64> {
        &self.ignored
    }

    /// Who has which address now: until when, and by which identifier.
    pub fn leases(&self, now: Instant) -> impl Iterator<Item = (Ipv4Addr, Instant, &[u8])> {
        let pools = self.pools.iter();
        pools.flat_map(move |(_, leases)| {
            let running = leases.running(now);
            running.map(|(address, lease)| (address, lease.until, &lease.client[..]))
        })
    }

    /// Takes a datagram that came to port 67.
    pub fn receive(&mut self, now: Instant, bytes: &[u8]) -> Vec<Act> {
        let acts = match Message::parse(bytes) {
            Ok((message, _)) => self.hear(now, &message),
            Err(_) => Err(Ignored::Malformed),
        };
        acts.unwrap_or_else(|why| self.ignore(why))
    }

    fn ignore(&mut self, why: Ignored) -> Vec<Act> {
        *self.ignored.entry(why).or_default() += 1;
        Vec::new()
    }

    fn hear(&mut self, now: Instant, question: &Message) -> Acts {
        if question.op != Op::Request {
            return Err(Ignored::NotARequest);
        }
        let kind = question.kind().ok_or(Ignored::Kind)?;
        let pool = self.pool(question).ok_or(Ignored::NoPool)?;
        match kind {
            Kind::Discover => self.discover(now, pool, question),
            Kind::Request => self.request(now, pool, question),
            Kind::Decline => self.decline(now, pool, question),
            Kind::Release => self.release(now, pool, question),
            Kind::Inform => self.inform(pool, question),
            Kind::Offer | Kind::Ack | Kind::Nak => Err(Ignored::Kind),
        }
    }

    /// The pool of the network that the client is on: the relay agent's, else our own link's.
    fn pool(&self, question: &Message) -> Option<usize> {
        let at = match (question.giaddr, question.ciaddr) {
            (Ipv4Addr::UNSPECIFIED, ciaddr) => {
                // Who has an address already may ask from afar (RFC 2131 §4.4.5).
                let far = self.pool_of(ciaddr).filter(|_| !ciaddr.is_unspecified());
                return far.or_else(|| self.pool_of(self.id));
            }
            (giaddr, _) => giaddr,
        };
        self.pool_of(at)
    }

    fn pool_of(&self, address: Ipv4Addr) -> Option<usize> {
        let mut pools = self.pools.iter();
        pools.position(|(pool, _)| pool.network.contains(&address))
    }

    fn discover(&mut self, now: Instant, at: usize, question: &Message) -> Acts {
        let Self {
            id, pools, waiting, ..
        } = self;
        let (pool, leases) = pools.get_mut(at).ok_or(Ignored::NoPool)?;
        let client = id_of(question);
        if let Some((address, lease)) = leases.of(&client)
            && lease.state == State::Probing
            && waiting.contains_key(&address)
        {
            return Err(Ignored::Again);
        }
        let wish = question.options.address(code::REQUESTED_ADDRESS);
        let who = (&client, question.mac());
        let Some(address) = leases.choose(pool, who, wish, now, *id) else {
            *self.ignored.entry(Ignored::Exhausted).or_default() += 1;
            let client = name_of(question);
            return Ok(vec![Act::Tell(News::Exhausted { client })]);
        };
        let known = leases.of(&client).filter(|(had, _)| *had == address);
        if let Some((_, lease)) = known {
            // Who has it, or was the last to have it, would answer the probe itself.
            let until = match lease.state {
                State::Bound if now < lease.until => lease.until,
                _ => now + OFFER.into(),
            };
            let state = match lease.state {
                State::Bound if now < lease.until => State::Bound,
                _ => State::Offered,
            };
            leases.put(
                address,
                Lease {
                    client,
                    state,
                    until,
                },
            );
            return self.offer(at, question, address);
        }
        let (state, until) = if self.probes {
            (State::Probing, now + OFFER.into())
        } else {
            (State::Offered, now + OFFER.into())
        };
        leases.put(
            address,
            Lease {
                client,
                state,
                until,
            },
        );
        if !self.probes {
            return self.offer(at, question, address);
        }
        waiting.insert(address, question.clone());
        Ok(vec![Act::Probe(address)])
    }

    /// Somebody answered at an address that was to be offered, or nobody did.
    pub fn probed(&mut self, now: Instant, address: Ipv4Addr, answered: bool) -> Vec<Act> {
        let Some(question) = self.waiting.remove(&address) else {
            return Vec::new();
        };
        let Some(at) = self.pool(&question) else {
            return Vec::new();
        };
        let Some((_, leases)) = self.pools.get_mut(at) else {
            return Vec::new();
        };
        let client = id_of(&question);
        if answered {
            leases.put(address, conflict(now));
            let client = None;
            let mut acts = vec![Act::Tell(News::InUse { address, client })];
            let next = self.discover(now, at, &question);
            acts.extend(next.unwrap_or_else(|why| self.ignore(why)));
            return acts;
        }
        let still = leases.at(address);
        if still.is_none_or(|lease| lease.client != client || lease.state != State::Probing) {
            return Vec::new();
        }
        let (state, until) = (State::Offered, now + OFFER.into());
        leases.put(
            address,
            Lease {
                client,
                state,
                until,
            },
        );
        let offered = self.offer(at, &question, address);
        offered.unwrap_or_else(|why| self.ignore(why))
    }

    fn offer(&self, at: usize, question: &Message, address: Ipv4Addr) -> Acts {
        let (pool, _) = self.pools.get(at).ok_or(Ignored::NoPool)?;
        let lease = Some((address, answer::time(pool, question)));
        let offer = answer::grant(question, Kind::Offer, self.id, pool, lease);
        let client = name_of(question);
        let news = News::Offered { client, address };
        send(question, &offer, news)
    }

    /// RFC 2131 §4.3.2: which of four things a request is, its fields tell.
    fn request(&mut self, now: Instant, at: usize, question: &Message) -> Acts {
        let client = id_of(question);
        let chosen = question.options.address(code::SERVER_ID);
        let wish = question.options.address(code::REQUESTED_ADDRESS);
        if chosen.is_some_and(|server| server != self.id) {
            self.not_chosen(now, at, &client);
            return Err(Ignored::OtherServer);
        }
        let current = Some(question.ciaddr).filter(|ciaddr| !ciaddr.is_unspecified());
        let address = wish.or(current).ok_or(Ignored::NoAddress)?;
        let (pool, leases) = self.pools.get(at).ok_or(Ignored::NoPool)?;
        let refuse = |why| self.refuse(question, address, why);
        if !pool.network.contains(&address) {
            return refuse(Refusal::WrongNetwork);
        }
        // INIT-REBOOT. Of whom it does not know, a server says nothing; whom it knows with another
        // address, that one's is wrong.
        if chosen.is_none() && current.is_none() {
            match leases.of(&client) {
                None => return Err(Ignored::UnknownClient),
                Some((had, _)) if had != address => return refuse(Refusal::Taken),
                Some(_) => {}
            }
        }
        if address == self.id || !pool.allows(question.mac(), address) {
            return refuse(Refusal::NotInPool);
        }
        // A server that lost its memory learns again what its clients use: also what it took for
        // somebody else's, because they answered there.
        let uses = current.is_some() && leases.is_strange(address);
        if !uses && !leases.is_open_to(&client, address, now) {
            return refuse(Refusal::Taken);
        }
        self.acknowledge(now, at, question, address)
    }

    fn acknowledge(
        &mut self,
        now: Instant,
        at: usize,
        question: &Message,
        address: Ipv4Addr,
    ) -> Acts {
        let (pool, leases) = self.pools.get_mut(at).ok_or(Ignored::NoPool)?;
        let client = id_of(question);
        let again = leases
            .at(address)
            .is_some_and(|lease| lease.client == client && lease.state == State::Bound);
        let seconds = answer::time(pool, question);
        let time = std::time::Duration::from_secs(seconds.into());
        let (state, until) = (State::Bound, now + time.into());
        leases.put(
            address,
            Lease {
                client,
                state,
                until,
            },
        );
        let lease = Some((address, seconds));
        let ack = answer::grant(question, Kind::Ack, self.id, pool, lease);
        let name = question.options.text(code::HOST_NAME);
        let news = News::Leased {
            client: name_of(question),
            name: name.map(str::to_owned),
            address,
            seconds,
            again,
        };
        send(question, &ack, news)
    }

    fn refuse(&self, question: &Message, address: Ipv4Addr, why: Refusal) -> Acts {
        let nak = answer::nak(question, self.id, why.english());
        let client = name_of(question);
        let news = News::Refused {
            client,
            address,
            why,
        };
        send(question, &nak, news)
    }

    /// The client took another server's offer.
    fn not_chosen(&mut self, now: Instant, at: usize, client: &Id) {
        let Some((_, leases)) = self.pools.get_mut(at) else {
            return;
        };
        if let Some((address, lease)) = leases.of(client)
            && matches!(lease.state, State::Offered | State::Probing)
        {
            leases.release(address, now);
        }
    }

    /// Somebody uses the address that the client was given (RFC 2131 §4.3.3).
    fn decline(&mut self, now: Instant, at: usize, question: &Message) -> Acts {
        let wish = question.options.address(code::REQUESTED_ADDRESS);
        let address = wish.ok_or(Ignored::NoAddress)?;
        let leases = self.theirs(at, question, address)?;
        leases.put(address, conflict(now));
        let client = Some(name_of(question));
        Ok(vec![Act::Tell(News::InUse { address, client })])
    }

    /// The client needs its address no more (RFC 2131 §4.3.4).
    fn release(&mut self, now: Instant, at: usize, question: &Message) -> Acts {
        let address = question.ciaddr;
        let leases = self.theirs(at, question, address)?;
        leases.release(address, now);
        let client = name_of(question);
        Ok(vec![Act::Tell(News::Released { client, address })])
    }

    /// The leases, if the address is one of that client's and this server is meant.
    fn theirs(
        &mut self,
        at: usize,
        question: &Message,
        address: Ipv4Addr,
    ) -> Result<&mut Leases, Ignored> {
        if question.options.address(code::SERVER_ID) != Some(self.id) {
            return Err(Ignored::OtherServer);
        }
        let (_, leases) = self.pools.get_mut(at).ok_or(Ignored::NoPool)?;
        let client = id_of(question);
        match leases.at(address) {
            Some(lease) if lease.client == client && lease.state != State::Free => Ok(leases),
            _ => Err(Ignored::NotTheirs),
        }
    }

    /// All but an address (RFC 2131 §4.3.5).
    fn inform(&self, at: usize, question: &Message) -> Acts {
        if question.ciaddr.is_unspecified() {
            return Err(Ignored::NoAddress);
        }
        let (pool, _) = self.pools.get(at).ok_or(Ignored::NoPool)?;
        let ack = answer::grant(question, Kind::Ack, self.id, pool, None);
        let (client, address) = (name_of(question), question.ciaddr);
        send(question, &ack, News::Informed { client, address })
    }
}

fn send(question: &Message, answer: &Message, news: News) -> Acts {
    let bytes = answer::packed(question, answer).ok_or(Ignored::NoRoom)?;
    let to = answer::destination(question, answer);
    Ok(vec![Act::Tell(news), Act::Send { to, bytes }])
}

fn conflict(now: Instant) -> Lease {
    Lease {
        client: Id::new(),
        state: State::Conflict,
        until: now + CONFLICT.into(),
    }
}

/// By what a client is known (RFC 2131 §4.2).
fn id_of(question: &Message) -> Id {
    match question.options.get(code::CLIENT_ID) {
        // RFC 2132 §9.14: it has two bytes at least.
        Some(id) if id.len() >= 2 => id.to_vec(),
        _ => {
            let len = usize::from(question.hlen).min(question.chaddr.len());
            let mut id = vec![question.htype];
            id.extend(&question.chaddr[..len]);
            id
        }
    }
}

/// A client for people: its MAC address, or else its identifier.
fn name_of(question: &Message) -> String {
    match question.mac() {
        Some(mac) => mac_text(mac),
        None => {
            let id = id_of(question);
            id.iter().map(|byte| format!("{byte:02x}")).collect()
        }
    }
}

fn mac_text(mac: MacAddr) -> String {
    mac.to_string()
}
