//! Calls that ask, and the options.

use base::Duration;
use core::net::SocketAddr;
use tcp::{Events, Settings, SocketOptions, State as Phase};

use super::fast_open::CLIENT;
use super::row::{Marks, Role, Row};
use super::transfer::errno;
use super::{Env, Tcp};
use crate::socket::common::Common;
use crate::socket::common::Flags;
use crate::socket::datagrams::{recv_buffer, send_buffer};
use crate::socket::options::FastOpenKey;
use crate::socket::{
    Errno, Kind, Listed, OptionName, Queued, Readiness, SocketId, SocketOption, State,
};
use crate::sysctl::Sysctls;

/// `MAX_TCP_KEEPIDLE` and `MAX_TCP_KEEPINTVL`, in seconds.
const MAX_KEEP_SECS: u64 = 32_767;
/// `MAX_TCP_KEEPCNT`.
const MAX_KEEP_COUNT: u32 = 127;
/// `INET_ECN_MASK`.
const ECN_BITS: u8 = 3;
/// `MAX_TCP_SYNCNT`.
const MAX_SYN_COUNT: u32 = 127;
/// `TCP_FIN_TIMEOUT_MAX`, in seconds.
const MAX_LINGER2: i32 = 120;
/// Half of `SOCK_MIN_RCVBUF`.
const MIN_WINDOW_CLAMP: i32 = 1152;
/// `TCP_MIN_MSS` and `MAX_TCP_WINDOW`, between which `TCP_MAXSEG` must lie.
const MAX_SEGMENT: core::ops::RangeInclusive<u32> = 88..=32_767;

/// Bytes by which a header of IPv6 is longer than IPv4's, with which TCP counts.
const IPV6_EXTRA: u32 = 20;

impl Tcp {
    /// The next socket whose readiness changed.
    pub(crate) fn poll_event(&mut self) -> Option<SocketId> {
        while let Some(id) = self.events.pop_front() {
            // What happened before a socket was closed is no news any more.
            if let Ok(row) = self.rows.find_mut(id) {
                row.common.flags -= Flags::EVENT;
                return Some(id);
            }
        }
        self.lingered.pop_front()
    }

    /// What poll(2) would say.
    pub(crate) fn readiness(&self, sysctls: &Sysctls, id: SocketId) -> Readiness {
        let Ok(row) = self.rows.find(id) else {
            return Readiness::all();
        };
        let mut ready = match &row.role {
            Role::Listener(listener) if listener.queue.is_empty() => Readiness::empty(),
            Role::Listener(_) => Readiness::READABLE,
            Role::Connection(connection) => {
                let mut ready = of_events(connection.readiness(&sysctls.tcp));
                // With no end and no error in sight it is worth to wait for more (SO_RCVLOWAT).
                let ends =
                    connection.readiness(&sysctls.tcp) & (Events::PEER_CLOSED | Events::ERROR);
                if ends.is_empty()
                    && !connection.is_read_closed()
                    && connection.available() < row.common.recv_lowat()
                {
                    ready -= Readiness::READABLE;
                }
                if connection.is_read_closed() {
                    ready |= Readiness::READ_CLOSED;
                    ready.set(
                        Readiness::HANGUP,
                        connection.is_write_closed() || ready.contains(Readiness::HANGUP),
                    );
                }
                ready
            }
            Role::Fresh(_) if row.common.has(Flags::READ_SHUT) => {
                Readiness::WRITABLE
                    | Readiness::HANGUP
                    | Readiness::READABLE
                    | Readiness::READ_CLOSED
            }
            Role::Fresh(_) => Readiness::WRITABLE | Readiness::HANGUP,
        };
        if row.common.has_error() {
            ready |= Readiness::ERROR;
        }
        ready
    }

    /// The same, to be changed.
    pub(crate) fn common_mut(&mut self, id: SocketId) -> Result<&mut Common, Errno> {
        Ok(&mut self.owned(id)?.common)
    }

    /// Tells a socket's program to look at it.
    pub(crate) fn raise(&mut self, id: SocketId) {
        self.announce(id.slot);
    }

    /// Whether the peer has ended its direction.
    pub(crate) fn has_ended(&self, sysctls: &Sysctls, id: SocketId) -> bool {
        self.rows.find(id).is_ok_and(|row| match &row.role {
            Role::Connection(connection) => connection
                .readiness(&sysctls.tcp)
                .contains(Events::PEER_CLOSED),
            _ => true,
        })
    }

    /// What its family is, and more that every socket has.
    pub(crate) fn common(&self, id: SocketId) -> Result<&Common, Errno> {
        Ok(&self.rows.find(id)?.common)
    }

    /// Its own name.
    pub(crate) fn local_address(&self, id: SocketId) -> Result<SocketAddr, Errno> {
        let row = self.rows.find(id)?;
        Ok(row.common.shown(row.local.into()))
    }

    /// Its peer's name.
    pub(crate) fn peer_address(&self, id: SocketId) -> Result<SocketAddr, Errno> {
        let row = self.rows.find(id)?;
        match &row.role {
            // To Linux a socket in TIME_WAIT is closed.
            Role::Connection(connection)
                if (connection.state().is_synchronized()
                    && connection.state() != Phase::TimeWait)
                    || connection.is_opening_fast() =>
            {
                Ok(row.common.shown(row.remote.into()))
            }
            _ => Err(Errno::ENOTCONN),
        }
    }

    /// How much waits in its buffers.
    pub(crate) fn queued(&self, id: SocketId) -> Result<Queued, Errno> {
        match &self.rows.find(id)?.role {
            Role::Listener(_) => Err(Errno::EINVAL),
            Role::Connection(connection) => Ok(Queued {
                unread: connection.unread(),
                unacknowledged: connection.unacknowledged(),
                unsent: connection.unsent(),
            }),
            Role::Fresh(_) => Ok(Queued::default()),
        }
    }

    /// What its connection knows of itself.
    pub(crate) fn info(&self, id: SocketId, settings: &Settings) -> Result<::tcp::Info, Errno> {
        let row = self.rows.find(id)?;
        Ok(match &row.role {
            Role::Connection(connection) => {
                let info = connection.info();
                ::tcp::Info {
                    pacing_rate: connection.pacing_rate(settings),
                    pmtu: info.pmtu + IPV6_EXTRA * u32::from(row.local.addr.is_ipv6()),
                    ..info
                }
            }
            Role::Listener(listener) => ::tcp::Info {
                state: Phase::Listen,
                unacked: listener.queue.len() as u32,
                sacked: listener.backlog,
                reordering: settings.reordering,
                ..Default::default()
            },
            Role::Fresh(_) => ::tcp::Info {
                reordering: settings.reordering,
                ..Default::default()
            },
        })
    }

    /// Sets an option.
    pub(crate) fn set_option(
        &mut self,
        env: &mut Env<'_>,
        id: SocketId,
        option: SocketOption,
    ) -> Result<(), Errno> {
        let row = self.owned(id)?;
        let mut options = row.options();
        let option = match option {
            // The ECN bits of a stream are TCP's own.
            SocketOption::Tos(tos) => {
                SocketOption::Tos((tos & !ECN_BITS) | (row.common.tos & ECN_BITS))
            }
            SocketOption::TrafficClass(class) => {
                let kept = row.common.rare().traffic_class & ECN_BITS;
                SocketOption::TrafficClass((class & !ECN_BITS) | kept)
            }
            option => option,
        };
        match option {
            SocketOption::Linger(time) => {
                row.linger = time;
                return Ok(());
            }
            SocketOption::KeepAlive(on) => options.keepalive = on,
            SocketOption::NoDelay(on) => options.nodelay = on,
            SocketOption::RecvBuffer(asked) => {
                options.rcvbuf = Some(recv_buffer(asked, env.sysctls));
            }
            SocketOption::SendBuffer(asked) => {
                options.sndbuf = Some(send_buffer(asked, env.sysctls));
            }
            SocketOption::MaxSegment(0) => options.maxseg = None,
            SocketOption::MaxSegment(bytes) if MAX_SEGMENT.contains(&bytes) => {
                options.maxseg = Some(bytes as u16);
            }
            SocketOption::KeepIdle(time) => options.keepidle = Some(keep_secs(time)?),
            SocketOption::KeepInterval(time) => options.keepintvl = Some(keep_secs(time)?),
            SocketOption::KeepCount(count @ 1..=MAX_KEEP_COUNT) => {
                options.keepcnt = Some(count as u8);
            }
            SocketOption::UserTimeout(time) => {
                options.user_timeout = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
            }
            SocketOption::Cork(on) => options.cork = on,
            SocketOption::OobInline(on) => options.oobinline = on,
            SocketOption::SynCount(count @ 1..=MAX_SYN_COUNT) => options.syncnt = count as u8,
            SocketOption::Linger2(seconds) => {
                options.linger2 = seconds.clamp(-1, MAX_LINGER2) as i8;
            }
            SocketOption::DeferAccept(seconds) => {
                options.defer_accept = timeouts_in(seconds, &env.sysctls.tcp);
            }
            SocketOption::WindowClamp(0) if row.is_closed() => options.window_clamp = 0,
            SocketOption::WindowClamp(bytes @ (..0 | 1..)) => {
                options.window_clamp = bytes.max(MIN_WINDOW_CLAMP) as u32;
            }
            SocketOption::QuickAck(value) => options.takes_turns = value == 0,
            SocketOption::NotSentLowat(bytes) => options.notsent_lowat = bytes,
            SocketOption::MaxPacingRate(u32::MAX) => options.max_pacing_rate = 0,
            SocketOption::MaxPacingRate(rate) => options.max_pacing_rate = rate,
            SocketOption::Congestion(choice) => {
                if !env.sysctls.tcp_allowed_congestion_control.contains(choice) {
                    return Err(Errno::EPERM);
                }
                options.congestion = Some(choice);
            }
            SocketOption::FastOpen(_)
            | SocketOption::FastOpenConnect(_)
            | SocketOption::FastOpenNoCookie(_) => {
                set_fast_open(&mut options, option, row, env.sysctls)?;
            }
            SocketOption::FastOpenKey(keys) => {
                self.fast_opens.keys.insert(id.slot, keys.0);
                return Ok(());
            }
            SocketOption::MaxSegment(_)
            | SocketOption::KeepCount(_)
            | SocketOption::SynCount(_)
            | SocketOption::WindowClamp(_) => return Err(Errno::EINVAL),
            _ => {}
        }
        let common = row.common.set(option).transpose()?;
        if common.is_none() && options == row.options() && !is_tcp(option) {
            return Err(Errno::ENOPROTOOPT);
        }
        self.keep_options(env, id, options, option)
    }

    /// From now on these are a socket's options, of which `option` has changed.
    fn keep_options(
        &mut self,
        env: &mut Env<'_>,
        id: SocketId,
        options: ::tcp::SocketOptions,
        option: SocketOption,
    ) -> Result<(), Errno> {
        match &mut self.owned(id)?.role {
            Role::Fresh(kept) => **kept = options,
            Role::Listener(listener) => listener.options = options,
            Role::Connection(connection) => {
                connection.set_options(env.now, &env.sysctls.tcp, options);
                match option {
                    SocketOption::QuickAck(value) => connection.set_quick_ack(value),
                    SocketOption::NoDelay(true) => connection.push_out(),
                    _ => {}
                }
                self.review(env, id.slot, Events::empty());
            }
        }
        self.recount(id.slot);
        Ok(())
    }

    /// Reads an option.
    pub(crate) fn option(
        &mut self,
        sysctls: &Sysctls,
        id: SocketId,
        name: OptionName,
    ) -> Result<SocketOption, Errno> {
        let row = self.owned(id)?;
        let options = row.options();
        let settings = &sysctls.tcp;
        let keep = |secs: Option<u16>, usual: Duration| {
            secs.map_or(usual, |secs| Duration::from_secs(secs.into()))
        };
        Ok(match name {
            OptionName::Error => SocketOption::Error(row.take_error()),
            OptionName::Type => SocketOption::Type(Kind::Stream.number()),
            OptionName::Protocol => SocketOption::Protocol(6),
            OptionName::AcceptConn => {
                SocketOption::AcceptConn(matches!(row.role, Role::Listener(_)))
            }
            OptionName::Linger => SocketOption::Linger(row.linger),
            OptionName::NoDelay => SocketOption::NoDelay(options.nodelay),
            OptionName::RecvBuffer => {
                SocketOption::RecvBuffer(options.rcvbuf.unwrap_or(settings.rmem[1]))
            }
            OptionName::SendBuffer => {
                SocketOption::SendBuffer(options.sndbuf.unwrap_or(settings.wmem[1]))
            }
            OptionName::MaxSegment => SocketOption::MaxSegment(row.segment_size(&options)),
            OptionName::KeepIdle => {
                SocketOption::KeepIdle(keep(options.keepidle, settings.keepalive_time))
            }
            OptionName::KeepInterval => {
                SocketOption::KeepInterval(keep(options.keepintvl, settings.keepalive_intvl))
            }
            OptionName::KeepCount => {
                SocketOption::KeepCount(options.keepcnt.unwrap_or(settings.keepalive_probes).into())
            }
            OptionName::Cork => SocketOption::Cork(options.cork),
            OptionName::SynCount => SocketOption::SynCount(match options.syncnt {
                0 => settings.syn_retries.into(),
                count => count.into(),
            }),
            OptionName::Linger2 => SocketOption::Linger2(match options.linger2 {
                0 => i32::try_from(settings.fin_timeout.as_secs()).unwrap_or(i32::MAX),
                seconds => seconds.into(),
            }),
            OptionName::DeferAccept => {
                SocketOption::DeferAccept(seconds_of(options.defer_accept, settings))
            }
            OptionName::WindowClamp => SocketOption::WindowClamp(options.window_clamp as i32),
            OptionName::QuickAck => SocketOption::QuickAck(row.quick_ack(&options).into()),
            OptionName::NotSentLowat => SocketOption::NotSentLowat(options.notsent_lowat),
            OptionName::MaxPacingRate => {
                SocketOption::MaxPacingRate(match options.max_pacing_rate {
                    0 => u32::MAX,
                    rate => rate,
                })
            }
            OptionName::Congestion => {
                SocketOption::Congestion(options.congestion.unwrap_or(settings.congestion_control))
            }
            OptionName::FastOpen => SocketOption::FastOpen(options.fastopen.into()),
            OptionName::FastOpenConnect => SocketOption::FastOpenConnect(options.fastopen_connect),
            OptionName::FastOpenNoCookie => {
                SocketOption::FastOpenNoCookie(options.fastopen_no_cookie)
            }
            OptionName::FastOpenKey => {
                SocketOption::FastOpenKey(FastOpenKey(self.fast_opens.keys_of(sysctls, id.slot)))
            }
            OptionName::UserTimeout => {
                SocketOption::UserTimeout(Duration::from_millis(options.user_timeout.into()))
            }
            name => row.common.get(name, sysctls).ok_or(Errno::ENOPROTOOPT)?,
        })
    }

    /// Every socket and connection, for people and tests.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Listed> {
        let rows = self.rows.iter().map(|(slot, row)| {
            let (recv_queue, send_queue) = match &row.role {
                Role::Listener(listener) => (listener.queue.len(), listener.backlog as usize),
                Role::Connection(connection) => (connection.unread(), connection.unacknowledged()),
                Role::Fresh(_) => (0, 0),
            };
            Listed {
                socket: row.marks.contains(Marks::OWNED).then(|| self.rows.id(slot)),
                family: row.common.family(),
                kind: Kind::Stream,
                state: row.state(),
                recv_queue,
                send_queue,
                local: row.common.shown(row.local.into()).into(),
                peer: (row.remote.port != 0).then(|| row.common.shown(row.remote.into()).into()),
            }
        });
        rows.chain(self.iter_small())
    }
}

/// Whether it is an option of TCP's own, whose setting may change nothing.
const fn is_tcp(option: SocketOption) -> bool {
    matches!(
        option,
        SocketOption::KeepAlive(_)
            | SocketOption::NoDelay(_)
            | SocketOption::RecvBuffer(_)
            | SocketOption::SendBuffer(_)
            | SocketOption::MaxSegment(_)
            | SocketOption::KeepIdle(_)
            | SocketOption::KeepInterval(_)
            | SocketOption::KeepCount(_)
            | SocketOption::UserTimeout(_)
            | SocketOption::Cork(_)
            | SocketOption::SynCount(_)
            | SocketOption::Linger2(_)
            | SocketOption::DeferAccept(_)
            | SocketOption::WindowClamp(_)
            | SocketOption::QuickAck(_)
            | SocketOption::NotSentLowat(_)
            | SocketOption::Congestion(_)
            | SocketOption::MaxPacingRate(_)
            | SocketOption::FastOpen(_)
            | SocketOption::FastOpenConnect(_)
            | SocketOption::FastOpenNoCookie(_)
    )
}

/// How many time-outs of a SYN-ACK, the first of one second and each twice as long as the one
/// before, it takes to wait for so many seconds (Linux's `secs_to_retrans`).
fn timeouts_in(seconds: i32, settings: &::tcp::Settings) -> u8 {
    let Ok(seconds @ 1..) = u64::try_from(seconds) else {
        return 0;
    };
    let most = settings.rto_max.as_secs();
    let (mut timeout, mut period, mut count) = (1, 1, 1_u8);
    while seconds > period && count < u8::MAX {
        count += 1;
        timeout = (timeout * 2).min(most);
        period += timeout;
    }
    count
}

/// How long so many time-outs take, in seconds (Linux's `retrans_to_secs`).
fn seconds_of(timeouts: u8, settings: &::tcp::Settings) -> i32 {
    let most = settings.rto_max.as_secs();
    let (mut timeout, mut period) = (1, 0);
    for _ in 0..timeouts {
        period += timeout;
        timeout = (timeout * 2).min(most);
    }
    i32::try_from(period).unwrap_or(i32::MAX)
}

/// Whole seconds from 1 to [`MAX_KEEP_SECS`].
fn keep_secs(time: Duration) -> Result<u16, Errno> {
    match time.as_secs() {
        secs @ 1..=MAX_KEEP_SECS => Ok(secs as u16),
        _ => Err(Errno::EINVAL),
    }
}

fn of_events(events: Events) -> Readiness {
    let mut ready = Readiness::empty();
    for (event, flag) in [
        (Events::READABLE, Readiness::READABLE),
        (Events::WRITABLE, Readiness::WRITABLE),
        (Events::PEER_CLOSED, Readiness::READ_CLOSED),
        (Events::HANGUP, Readiness::HANGUP),
        (Events::ERROR, Readiness::ERROR),
        (Events::URGENT, Readiness::PRIORITY),
    ] {
        ready.set(flag, events.contains(event));
    }
    ready
}

impl Row {
    fn take_error(&mut self) -> Option<Errno> {
        let own = self.common.error.take();
        let error = self
            .connection()
            .and_then(|connection| connection.take_error());
        own.or(error.map(errno))
    }

    fn is_listener(&self) -> bool {
        matches!(self.role, Role::Listener(_))
    }

    /// `TCP_CLOSE`: neither listening nor with a connection that goes on.
    fn is_closed(&self) -> bool {
        match &self.role {
            Role::Fresh(_) => true,
            Role::Connection(connection) => connection.state() == Phase::Closed,
            Role::Listener(_) => false,
        }
    }

    fn quick_ack(&self, options: &SocketOptions) -> bool {
        match &self.role {
            Role::Connection(connection) => connection.quick_ack(),
            _ => !options.takes_turns,
        }
    }

    fn segment_size(&self, options: &SocketOptions) -> u32 {
        /// What Linux answers before there is a connection (`TCP_MSS_DEFAULT`).
        const UNKNOWN: u16 = 536;
        match &self.role {
            Role::Connection(connection) => connection.info().snd_mss.into(),
            _ => options.maxseg.unwrap_or(UNKNOWN).into(),
        }
    }

    fn state(&self) -> State {
        match &self.role {
            Role::Fresh(_) => State::Unconnected,
            Role::Listener(_) => State::Listen,
            Role::Connection(connection) => match connection.state() {
                Phase::Closed => State::Unconnected,
                Phase::Listen => State::Listen,
                Phase::SynSent => State::SynSent,
                Phase::SynReceived => State::SynReceived,
                Phase::Established => State::Established,
                Phase::FinWait1 => State::FinWait1,
                Phase::FinWait2 => State::FinWait2,
                Phase::CloseWait => State::CloseWait,
                Phase::Closing => State::Closing,
                Phase::LastAck => State::LastAck,
                Phase::TimeWait => State::TimeWait,
            },
        }
    }
}

/// Fast Open's options, of which most are only for a socket that has not called yet.
fn set_fast_open(
    options: &mut ::tcp::SocketOptions,
    option: SocketOption,
    row: &Row,
    sysctls: &Sysctls,
) -> Result<(), Errno> {
    let early = row.is_closed() || row.is_listener();
    match option {
        SocketOption::FastOpen(most) if early && most <= i32::MAX as u32 => {
            let most = most.min(sysctls.somaxconn);
            options.fastopen = u16::try_from(most).unwrap_or(u16::MAX);
        }
        SocketOption::FastOpenConnect(_) if sysctls.tcp_fastopen & CLIENT == 0 => {
            return Err(Errno::EOPNOTSUPP);
        }
        SocketOption::FastOpenConnect(on) if row.is_closed() => options.fastopen_connect = on,
        SocketOption::FastOpenNoCookie(on) if early => options.fastopen_no_cookie = on,
        _ => return Err(Errno::EINVAL),
    }
    Ok(())
}
