//! Fast Open of one computer (RFC 7413): whose SYN may bring data, and which cookies others gave us.

use alloc::collections::VecDeque;
use core::net::IpAddr;

use base::{Duration, Instant, Rng};
use tcp::{CookieCheck, FastOpenKeys, FastOpenNews, SocketOptions};
use wire::tcp::{Control, FastOpen};

use super::flow::Flow;
use super::row::{Marks, Role};
use super::{Env, Tcp};
use crate::keyed::{Keyed, KeyedMap};
use crate::socket::{Errno, SocketId};
use crate::sysctl::Sysctls;

/// Bits of `tcp_fastopen`.
pub(super) const CLIENT: u32 = 0x1;
const SERVER: u32 = 0x2;
const CLIENT_NO_COOKIE: u32 = 0x4;
const SERVER_NO_COOKIE: u32 = 0x200;
const EVERY_LISTENER: u32 = 0x400;

/// Peers that are remembered at most.
const PEERS: usize = 1024;
/// So long a caller that was reset counts among those who are opening, since a spoofed one is
/// reset by the host whose name it bears (RFC 7413 §5.1).
const RESET_COUNTS: Duration = Duration::from_secs(60);

/// What is known of one peer.
#[derive(Clone, Debug, Default)]
struct Peer {
    mss: Option<u16>,
    cookie: Option<FastOpen>,
    /// 1: ask once in the experimental form; 2: that was in vain as well.
    try_experiment: u8,
}

/// What a client may put into its SYN.
pub(super) struct Permit {
    pub(super) option: Option<FastOpen>,
    pub(super) mss: Option<u16>,
    /// Whether data may go along.
    pub(super) data: bool,
}

/// What a listener makes of a SYN.
pub(super) enum Judged {
    /// Nothing.
    Plain,
    /// The handshake as ever, with a cookie for the next time.
    Cookie(FastOpen),
    /// It opens at once; with a new cookie if the old one is out of date.
    Open(Option<FastOpen>),
}

/// Secrets and memory.
#[derive(Debug)]
pub(super) struct FastOpens {
    /// When `tcp_fastopen_key` is not set.
    key: FastOpenKeys,
    /// `TCP_FASTOPEN_KEY`, by slot.
    pub(super) keys: KeyedMap<u32, FastOpenKeys>,
    peers: KeyedMap<(IpAddr, IpAddr), Peer>,
    /// Who is forgotten first.
    order: VecDeque<(IpAddr, IpAddr)>,
    /// How often in a row Fast Open was suspected to be swallowed on the way, and when last.
    suspicion: Option<(u32, Instant)>,
}

impl FastOpens {
    pub(super) fn new(rng: &mut Rng) -> Self {
        let mut primary = [0; 16];
        rng.fill(&mut primary);
        Self {
            key: FastOpenKeys {
                primary,
                backup: None,
            },
            keys: KeyedMap::with_hasher(Keyed::new(rng)),
            peers: KeyedMap::with_hasher(Keyed::new(rng)),
            order: VecDeque::new(),
            suspicion: None,
        }
    }

    /// Forgets every peer.
    pub(super) fn flush(&mut self) {
        self.peers.clear();
        self.order.clear();
    }

    pub(super) fn keys_of(&self, sysctls: &Sysctls, slot: u32) -> FastOpenKeys {
        let own = self.keys.get(&slot).copied();
        own.or(sysctls.tcp_fastopen_key).unwrap_or(self.key)
    }

    /// What the SYN of a connection may say.
    pub(super) fn permit(&self, env: &Env<'_>, options: &SocketOptions, flow: &Flow) -> Permit {
        let peer = self.peers.get(&(flow.local.addr, flow.remote.addr));
        let mss = peer.and_then(|peer| peer.mss);
        let plain = Permit {
            option: None,
            mss,
            data: false,
        };
        if self.is_suspected(env) {
            return plain;
        }
        if env.sysctls.tcp_fastopen & CLIENT_NO_COOKIE != 0 || options.fastopen_no_cookie {
            return Permit {
                data: true,
                ..plain
            };
        }
        match peer.and_then(|peer| peer.cookie.clone()) {
            Some(cookie) => Permit {
                option: Some(cookie),
                mss,
                data: true,
            },
            None => Permit {
                option: Some(FastOpen {
                    experimental: peer.is_some_and(|peer| peer.try_experiment == 1),
                    ..FastOpen::REQUEST
                }),
                ..plain
            },
        }
    }

    /// Whether the way is suspected to swallow such SYNs (`tcp_fastopen_blackhole_timeout_sec`).
    fn is_suspected(&self, env: &Env<'_>) -> bool {
        let wait = env.sysctls.tcp_fastopen_blackhole_timeout;
        self.suspicion.is_some_and(|(times, last)| {
            // Twice as long each time, up to 64 times.
            let multiple = 1 << times.saturating_sub(1).min(6);
            env.now < last + wait * multiple
        })
    }

    /// Such a SYN was not answered twice.
    pub(super) fn suspect(&mut self, now: Instant) {
        let times = self.suspicion.map_or(0, |(times, _)| times);
        self.suspicion = Some((times.saturating_add(1), now));
    }

    /// Keeps what a SYN-ACK taught.
    pub(super) fn learn(&mut self, flow: &Flow, news: FastOpenNews) {
        let key = (flow.local.addr, flow.remote.addr);
        if !self.peers.contains_key(&key) {
            if self.order.len() >= PEERS
                && let Some(oldest) = self.order.pop_front()
            {
                self.peers.remove(&oldest);
            }
            self.order.push_back(key);
        }
        let peer = self.peers.entry(key).or_default();
        peer.mss = news.mss.or(peer.mss);
        if news.cookie.is_some() {
            peer.cookie = news.cookie;
            self.suspicion = None;
        } else if let Some(experimental) = news.refused {
            let next = if experimental { 2 } else { 1 };
            if peer.cookie.is_none() {
                peer.try_experiment = peer.try_experiment.max(next);
            }
        }
    }
}

/// Who is opening fast at a listener.
#[derive(Debug, Default)]
pub(super) struct Opening {
    /// Handshakes that are under way.
    pub(super) pending: u32,
    /// Until when those that were reset count.
    resets: VecDeque<Instant>,
}

impl Opening {
    /// Whether one more is taken (`TCP_FASTOPEN`).
    fn has_room(&mut self, now: Instant, most: u32) -> bool {
        while self.resets.front().is_some_and(|until| *until <= now) {
            self.resets.pop_front();
        }
        (self.pending as usize + self.resets.len()) < most as usize
    }
}

/// How many may be opening at a listener that `listen` was just called for.
pub(super) fn queue_of(sysctls: &Sysctls, asked: u16, backlog: u32) -> u16 {
    let all = SERVER | EVERY_LISTENER;
    if asked == 0 && sysctls.tcp_fastopen & all == all {
        u16::try_from(backlog).unwrap_or(u16::MAX)
    } else {
        asked
    }
}

impl Tcp {
    /// Judges a SYN for the listener at `slot` (RFC 7413 §4.2.2).
    pub(super) fn judge_fast_open(
        &mut self,
        env: &Env<'_>,
        slot: u32,
        flow: &Flow,
        control: &Control,
        has_data: bool,
    ) -> Judged {
        let bits = env.sysctls.tcp_fastopen;
        let option = control.options.fast_open.as_ref();
        if bits & SERVER == 0 || !(has_data || option.is_some()) {
            return Judged::Plain;
        }
        let keys = self.fast_opens.keys_of(env.sysctls, slot);
        let Some(row) = self.rows.get_mut(slot) else {
            return Judged::Plain;
        };
        let Role::Listener(listener) = &mut row.role else {
            return Judged::Plain;
        };
        let most = listener.options.fastopen.into();
        if !listener.opening.has_room(env.now, most) {
            return Judged::Plain;
        }
        if bits & SERVER_NO_COOKIE != 0 || listener.options.fastopen_no_cookie {
            return Judged::Open(None);
        }
        let Some(option) = option else {
            return Judged::Plain;
        };
        let (client, server) = (flow.remote.addr, flow.local.addr);
        let fresh = keys.cookie(client, server, option.experimental);
        match keys.check(option, client, server) {
            CookieCheck::Wrong => Judged::Cookie(fresh),
            CookieCheck::Valid => Judged::Open(None),
            CookieCheck::Outdated => Judged::Open(Some(fresh)),
        }
    }

    /// A connection that opened fast has completed its handshake, or is over.
    pub(super) fn leave_opening(&mut self, env: &Env<'_>, slot: u32) {
        let Some(row) = self.rows.get_mut(slot) else {
            return;
        };
        if !row.marks.contains(Marks::OPENING) {
            return;
        }
        let over = match &row.role {
            Role::Connection(connection) if connection.is_opening_fast() => return,
            Role::Connection(connection) => connection.state() == ::tcp::State::Closed,
            _ => true,
        };
        row.marks -= Marks::OPENING;
        let door = row.listener;
        if let Some(listener) = self.listener(door) {
            listener.opening.pending -= 1;
            if over {
                listener.opening.resets.push_back(env.now + RESET_COUNTS);
            }
        }
    }

    /// Sends the SYN that was held back, with as much of `bytes` as it takes; says how much.
    pub(super) fn send_deferred(
        &mut self,
        env: &mut Env<'_>,
        id: SocketId,
        bytes: &[u8],
    ) -> Result<usize, Errno> {
        let row = self.rows.find_mut(id)?;
        let (flow, options) = (row.flow(), row.options());
        let permit = self.fast_opens.permit(env, &options, &flow);
        let count = match self.rows.find_mut(id)?.connection() {
            Some(connection) => {
                let bytes = if permit.data { bytes } else { &[] };
                connection.open_with(permit.option, permit.mss, bytes)
            }
            None => 0,
        };
        self.review(env, id.slot, ::tcp::Events::empty());
        if count > 0 {
            Ok(count)
        } else {
            Err(Errno::EINPROGRESS)
        }
    }

    /// Whether a socket's SYN is held back until there is data for it.
    pub(super) fn is_deferred(&self, id: SocketId) -> bool {
        self.rows.find(id).is_ok_and(|row| match &row.role {
            Role::Connection(connection) => connection.is_deferred(),
            _ => false,
        })
    }

    /// Forgets what was learnt of peers (`ip tcp_metrics flush all`).
    pub(crate) fn flush_metrics(&mut self) {
        self.fast_opens.flush();
    }
}
