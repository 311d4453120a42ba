//! A look inside, as TCP_INFO gives it.

use arrayvec::ArrayVec;
use base::{Duration, Instant};

use crate::chrono::Chrono;
use crate::connection::Marks;
use crate::handshake::Ecn;
use crate::recovery::Trouble;
use crate::{CaState, Connection, Outgoing, State};

/// What a connection knows of itself and its path at one moment.
///
/// The fields have this stack's units. [`tcpi`](Self::tcpi) and [`to_bytes`](Self::to_bytes) give
/// them under the names, in the units and in the layout of Linux's `struct tcp_info`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// Where it stands.
    pub state: State,
    /// What recovery is about.
    pub ca_state: CaState,
    /// Smoothed round-trip time; zero before the first measurement.
    pub srtt: Duration,
    /// Its variation (RFC 6298 RTTVAR).
    pub rttvar: Duration,
    /// The least round-trip time of late, if one was measured.
    pub min_rtt: Option<Duration>,
    /// The retransmission time-out as it stands, back-off included.
    pub rto: Duration,
    /// How long an acknowledgment waits for company.
    pub ato: Duration,
    /// Congestion window, in segments.
    pub cwnd: u32,
    /// Slow-start threshold, in segments.
    pub ssthresh: u32,
    /// Sent and not acknowledged, in bytes of sequence space.
    pub in_flight: u32,
    /// Sent and not acknowledged, in segments; of a listener, callers that wait to be accepted.
    pub unacked: u32,
    /// Segments that the peer has out of order (RFC 2018); of a listener, its backlog.
    pub sacked: u32,
    /// Segments that are taken for lost.
    pub lost: u32,
    /// Segments that were sent again and are not acknowledged.
    pub retrans: u32,
    /// By how many segments the path is taken to reorder.
    pub reordering: u32,
    /// The largest segment that is sent, in bytes of data.
    pub snd_mss: u16,
    /// What the peer's segments are taken to be full at, in bytes of data.
    pub rcv_mss: u16,
    /// What our SYN said that we take, in bytes of data.
    pub advmss: u16,
    /// The path's MTU, in bytes, as far as the segments' size tells: with a header of IPv4, since TCP
    /// does not know whose it is; a stack adds what IPv6's has more.
    pub pmtu: u32,
    /// The peer's window, in bytes.
    pub snd_wnd: u32,
    /// What is offered to the peer, in bytes.
    pub rcv_wnd: u32,
    /// The most that is offered for now, in bytes.
    pub rcv_ssthresh: u32,
    /// What the program reads in a round trip, in bytes.
    pub rcv_space: u32,
    /// The round-trip time as the receiver sees it.
    pub rcv_rtt: Duration,
    /// Shift of the peer's windows.
    pub snd_wscale: u8,
    /// Shift of our windows.
    pub rcv_wscale: u8,
    /// What the handshake settled: bits of [`Info::TIMESTAMPS`] and its like.
    pub options: u8,
    /// Doublings in the retransmission time-out as it stands.
    pub backoff: u8,
    /// Time-outs in a row without progress.
    pub retransmits: u8,
    /// Unanswered probes of a closed window or of a silent peer.
    pub probes: u8,
    /// Segments sent again since the connection opened.
    pub total_retrans: u32,
    /// Written and not sent yet, in bytes.
    pub unsent: u32,
    /// What was counted since the connection opened.
    pub tally: Tally,
    /// Packets that were delivered, and of those the ones marked by the path (RFC 3168).
    pub delivered: u32,
    /// The marked ones among them.
    pub delivered_ce: u32,
    /// What accurate ECN counted (RFC 9768), where it was agreed on.
    pub accurate_ecn: AccurateEcn,
    /// Bytes a second that arrive, and whether the program's pace is what that shows.
    pub delivery_rate: Option<(u64, bool)>,
    /// Bytes a second at which data is paced, or would be; none before the first round-trip time.
    pub pacing_rate: Option<u64>,
    /// The most that the program allows of it (SO_MAX_PACING_RATE), if it has said so.
    pub max_pacing_rate: Option<u32>,
    /// Segments that the peer had twice (RFC 2883).
    pub dsack_dups: u32,
    /// How often the path was seen to reorder.
    pub reord_seen: u32,
    /// Segments that came out of order.
    pub rcv_ooopack: u32,
    /// What sending waited for.
    pub chrono: Chrono,
    /// Whether it is in fast recovery or recovering from a time-out.
    pub in_recovery: bool,
    /// Time-outs, and what hindered the data of a SYN.
    pub trouble: Trouble,
    /// The next deadline.
    pub deadline: Option<Instant>,
}

/// What accurate ECN has counted (RFC 9768 §3.2). Bytes are under ECT(0), CE and ECT(1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccurateEcn {
    /// Packets that came with CE.
    pub received_ce: u32,
    /// Bytes of data that came.
    pub received: [u32; 3],
    /// Bytes of data that the peer says came.
    pub delivered: [u32; 3],
    /// Whether there is none, an empty, a full or a broken option of the peer's: 0 to 3.
    pub option_seen: u8,
    /// What was found broken, bits: 1 for our ACE field on its way, 2 for the peer's; 4 for our
    /// options, 8 for the peer's.
    pub fail_mode: u8,
    /// 1 where ECN of RFC 3168 was agreed on, 2 where accurate ECN was.
    pub mode: u8,
}

/// What is counted from the SYN on, and the moments of the last of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Bytes of data that were sent, those sent again too (RFC 4898 tcpEStatsPerfHCDataOctetsOut).
    pub bytes_sent: u64,
    /// Bytes of data that were sent again.
    pub bytes_retrans: u64,
    /// Bytes of sequence space that the peer acknowledged (tcpEStatsAppHCThruOctetsAcked).
    pub bytes_acked: u64,
    /// Bytes of sequence space that came in order (tcpEStatsAppHCThruOctetsReceived).
    pub bytes_received: u64,
    /// Segments that came.
    pub segs_in: u32,
    /// Segments that were sent.
    pub segs_out: u32,
    /// Segments with data that came.
    pub data_segs_in: u32,
    /// Segments with data that were sent.
    pub data_segs_out: u32,
    /// When data was last sent; before that, when the connection was established.
    pub last_data_sent: Instant,
    /// When data last came; before that, when the connection was established.
    pub last_data_recv: Instant,
    /// When an acknowledgment last came that was not old; zero for never.
    pub last_ack_recv: Instant,
}

impl AccurateEcn {
    /// The members of `struct tcp_info` that share a word: `ecn_mode` in its lowest 2 bits, then 2 of
    /// `accecn_opt_seen` and 4 of `accecn_fail_mode`.
    fn bits(&self) -> u64 {
        u64::from(self.mode | self.option_seen << 2) | u64::from(self.fail_mode) << 4
    }

    /// One of these by its name.
    fn shared(&self, name: &str) -> Option<u64> {
        match name {
            "ecn_mode" => Some(self.mode.into()),
            "accecn_opt_seen" => Some(self.option_seen.into()),
            "accecn_fail_mode" => Some(self.fail_mode.into()),
            _ => None,
        }
    }
}

impl Tally {
    /// A segment of the connection came, or several joined.
    pub(crate) fn came(&mut self, now: Instant, len: usize, mss: u16) {
        let segments = len.div_ceil(usize::from(mss.max(1))).max(1) as u32;
        self.segs_in = self.segs_in.wrapping_add(segments);
        if len > 0 {
            self.data_segs_in = self.data_segs_in.wrapping_add(segments);
            self.last_data_recv = now;
        }
    }

    /// The handshake is over: times count from here, as Linux has it.
    pub(crate) fn began(&mut self, now: Instant) {
        self.last_data_sent = now;
        self.last_data_recv = now;
        self.last_ack_recv = now;
    }

    /// A segment of the connection goes out, or several in one.
    pub(crate) fn goes(&mut self, now: Instant, outgoing: &Outgoing) {
        let len = outgoing.payload.len();
        let segments = match outgoing.segment_size {
            Some(size) => len.div_ceil(usize::from(size.get())) as u32,
            None => 1,
        };
        self.segs_out = self.segs_out.wrapping_add(segments);
        if len > 0 {
            self.data_segs_out = self.data_segs_out.wrapping_add(segments);
            self.bytes_sent += len as u64;
            self.last_data_sent = now;
        }
    }
}

/// Bytes of `struct tcp_info` of Linux 6.18, up to the AccECN counters and what fills the last word.
const LEN: usize = 280;

/// One member of `struct tcp_info`: its name without `tcpi_`, its length in bytes, its value. The
/// members of a byte that share it are one, named for the first.
type Member = (&'static str, u8, u64);

impl Connection {
    /// A look inside. [`pacing_rate`](Info::pacing_rate) hangs on settings, and is left to
    /// [`pacing_rate`](Self::pacing_rate).
    #[must_use]
    pub fn info(&self) -> Info {
        let queue = &self.recovery.queue;
        let mut options = 0;
        for (mark, option) in [
            (Marks::TIMESTAMPS, Info::TIMESTAMPS),
            (Marks::SACK, Info::SACK),
            (Marks::SCALING, Info::WSCALE),
        ] {
            if self.marks.contains(mark) && self.state.is_synchronized() {
                options |= option;
            }
        }
        if self.ecn != Ecn::Off {
            options |= Info::ECN;
        }
        if self.marks.contains(Marks::MARKABLE_SEEN) {
            options |= Info::ECN_SEEN;
        }
        if self.has_syn_data() {
            options |= Info::SYN_DATA;
        }
        Info {
            state: self.state,
            ca_state: self.recovery.state,
            srtt: self.rtt.srtt(),
            rttvar: self.rtt.rttvar(),
            min_rtt: self.recovery.min_rtt.get(),
            rto: self.rtt.rto,
            cwnd: self.congestion.window.cwnd,
            ssthresh: self.congestion.window.ssthresh,
            in_flight: self.snd.flight(),
            unacked: self.segments_out(),
            sacked: queue.sacked,
            lost: queue.lost,
            retrans: queue.retrans,
            reordering: self.recovery.reordering(),
            reord_seen: self.recovery.reordered(),
            dsack_dups: self.recovery.duplicates(),
            delivered: self.congestion.rate.delivered,
            delivered_ce: self.congestion.rate.delivered_ce,
            accurate_ecn: self.accurate_info(),
            delivery_rate: self.congestion.rate.delivery_rate(self.snd.mss),
            max_pacing_rate: Some(self.options.max_pacing_rate).filter(|&most| most > 0),
            rcv_ooopack: self.rcv.came_ahead,
            snd_mss: self.snd.mss,
            rcv_mss: self.rcv.full_size(),
            advmss: self.rcv.max_mss,
            pmtu: u32::from(self.snd.path) + 40,
            snd_wnd: self.snd.wnd.0,
            rcv_wnd: self.rcv.window().0,
            rcv_ssthresh: self.rcv.ssthresh(),
            rcv_space: self.rcv.tuning().taken(),
            rcv_rtt: self.rcv.tuning().rtt(),
            ato: self.rcv.acks.wait(),
            snd_wscale: self.snd.scale.shift(),
            rcv_wscale: self.rcv.scale.shift(),
            options: if self.snd.scale.shift() | self.rcv.scale.shift() == 0 {
                options & !Info::WSCALE
            } else {
                options
            },
            backoff: self.recovery.backoff,
            retransmits: self.recovery.timeouts,
            probes: self.probes,
            total_retrans: self.recovery.total,
            trouble: self.recovery.trouble(),
            unsent: self.snd.unsent(),
            tally: self.tally,
            chrono: self.chrono(),
            in_recovery: self.recovery.state >= CaState::Recovery,
            deadline: self.deadline(),
            ..Info::default()
        }
    }
}

impl Info {
    /// TCPI_OPT_TIMESTAMPS.
    pub const TIMESTAMPS: u8 = 1;
    /// TCPI_OPT_SACK.
    pub const SACK: u8 = 2;
    /// TCPI_OPT_WSCALE.
    pub const WSCALE: u8 = 4;
    /// TCPI_OPT_ECN.
    pub const ECN: u8 = 8;
    /// TCPI_OPT_ECN_SEEN.
    pub const ECN_SEEN: u8 = 16;
    /// TCPI_OPT_SYN_DATA.
    pub const SYN_DATA: u8 = 32;

    /// A member of Linux's `struct tcp_info` by its name, such as `tcpi_rtt`, in Linux's unit;
    /// `None` for a name that is none.
    #[must_use]
    pub fn tcpi(&self, now: Instant, name: &str) -> Option<u64> {
        let name = name.strip_prefix("tcpi_").unwrap_or(name);
        let (limited, rate) = (
            u64::from(self.is_app_limited()),
            "delivery_rate_app_limited",
        );
        match name {
            "snd_wscale" => return Some(self.snd_wscale.into()),
            "rcv_wscale" => return Some(self.rcv_wscale.into()),
            "fastopen_client_fail" => return Some(self.trouble.fast_open as u64),
            _ if name == rate => return Some(limited),
            _ => {}
        }
        if let Some(value) = self.accurate_ecn.shared(name) {
            return Some(value);
        }
        let members = self.members(now);
        let found = members.iter().find(|(member, ..)| *member == name);
        found.map(|(.., value)| *value)
    }

    /// Linux's `struct tcp_info`, in this machine's byte order.
    #[must_use]
    pub fn to_bytes(&self, now: Instant) -> ArrayVec<u8, LEN> {
        let mut bytes = ArrayVec::new();
        for (_, len, value) in self.members(now) {
            let all = value.to_ne_bytes();
            let len = usize::from(len);
            let part = if cfg!(target_endian = "big") {
                &all[8 - len..]
            } else {
                &all[..len]
            };
            bytes.extend(part.iter().copied());
        }
        bytes
    }

    /// The same of a `struct tcp_info` that a kernel gave, as far as it reaches.
    #[must_use]
    pub fn tcpi_of(bytes: &[u8], name: &str) -> Option<u64> {
        let name = name.strip_prefix("tcpi_").unwrap_or(name);
        let shared = |at: usize| bytes.get(at).copied();
        match name {
            "snd_wscale" => return shared(6).map(|b| u64::from(b & 15)),
            "rcv_wscale" => return shared(6).map(|b| u64::from(b >> 4)),
            "delivery_rate_app_limited" => return shared(7).map(|b| u64::from(b & 1)),
            "fastopen_client_fail" => return shared(7).map(|b| u64::from(b >> 1 & 3)),
            _ => {}
        }
        let mut at = 0;
        for (member, len, _) in Self::default().members(Instant::ZERO) {
            let len = usize::from(len);
            if member == name {
                let part = bytes.get(at..at + len)?;
                let mut all = [0; 8];
                let all_part = if cfg!(target_endian = "big") {
                    &mut all[8 - len..]
                } else {
                    &mut all[..len]
                };
                all_part.copy_from_slice(part);
                return Some(u64::from_ne_bytes(all));
            }
            at += len;
        }
        None
    }

    /// `tcpi_delivery_rate_app_limited`, and above it `tcpi_fastopen_client_fail`.
    fn flags(&self) -> u64 {
        u64::from(self.is_app_limited()) | (self.trouble.fast_open as u64) << 1
    }

    fn is_app_limited(&self) -> bool {
        self.delivery_rate.is_some_and(|(_, limited)| limited)
    }

    /// Every member in its place (linux/tcp.h, `tcp_get_info`). Three are always 0: `fackets` and
    /// `last_ack_sent` as in Linux, which counts the one no more and never kept the other; `rehash`
    /// counts other ways that Linux tries by new flow labels, and a connection's is one here.
    fn members(&self, now: Instant) -> [Member; 68] {
        let micros = Duration::as_micros;
        // What never happened was when the connection began, and that is not told.
        let ago = |then: Instant| match then {
            Instant::ZERO => 0,
            then => now.since(then).as_millis(),
        };
        let scales = self.snd_wscale | self.rcv_wscale << 4;
        let (tally, ecn) = (&self.tally, &self.accurate_ecn);
        let rate = self.delivery_rate.map_or(0, |(rate, _)| rate);
        let most = self.max_pacing_rate.map_or(u64::MAX, u64::from);
        [
            ("state", 1, self.state.number().into()),
            ("ca_state", 1, self.ca_state as u64),
            ("retransmits", 1, self.retransmits.into()),
            ("probes", 1, self.probes.into()),
            ("backoff", 1, self.backoff.into()),
            ("options", 1, self.options.into()),
            ("wscales", 1, scales.into()),
            ("flags", 1, self.flags()),
            ("rto", 4, micros(self.rto)),
            ("ato", 4, micros(self.ato)),
            ("snd_mss", 4, self.snd_mss.into()),
            ("rcv_mss", 4, self.rcv_mss.into()),
            ("unacked", 4, self.unacked.into()),
            ("sacked", 4, self.sacked.into()),
            ("lost", 4, self.lost.into()),
            ("retrans", 4, self.retrans.into()),
            ("fackets", 4, 0),
            ("last_data_sent", 4, ago(tally.last_data_sent)),
            ("last_ack_sent", 4, 0),
            ("last_data_recv", 4, ago(tally.last_data_recv)),
            ("last_ack_recv", 4, ago(tally.last_ack_recv)),
            ("pmtu", 4, self.pmtu.into()),
            ("rcv_ssthresh", 4, self.rcv_ssthresh.into()),
            ("rtt", 4, micros(self.srtt)),
            ("rttvar", 4, micros(self.rttvar)),
            ("snd_ssthresh", 4, self.ssthresh.into()),
            ("snd_cwnd", 4, self.cwnd.into()),
            ("advmss", 4, self.advmss.into()),
            ("reordering", 4, self.reordering.into()),
            ("rcv_rtt", 4, micros(self.rcv_rtt)),
            ("rcv_space", 4, self.rcv_space.into()),
            ("total_retrans", 4, self.total_retrans.into()),
            ("pacing_rate", 8, self.pacing_rate.unwrap_or(u64::MAX)),
            ("max_pacing_rate", 8, most),
            ("bytes_acked", 8, tally.bytes_acked),
            ("bytes_received", 8, tally.bytes_received),
            ("segs_out", 4, tally.segs_out.into()),
            ("segs_in", 4, tally.segs_in.into()),
            ("notsent_bytes", 4, self.unsent.into()),
            ("min_rtt", 4, self.min_rtt.map_or(u32::MAX.into(), micros)),
            ("data_segs_in", 4, tally.data_segs_in.into()),
            ("data_segs_out", 4, tally.data_segs_out.into()),
            ("delivery_rate", 8, rate),
            ("busy_time", 8, micros(self.chrono.busy_time(now))),
            ("rwnd_limited", 8, micros(self.chrono.rwnd_limited(now))),
            ("sndbuf_limited", 8, micros(self.chrono.sndbuf_limited(now))),
            ("delivered", 4, self.delivered.into()),
            ("delivered_ce", 4, self.delivered_ce.into()),
            ("bytes_sent", 8, tally.bytes_sent),
            ("bytes_retrans", 8, tally.bytes_retrans),
            ("dsack_dups", 4, self.dsack_dups.into()),
            ("reord_seen", 4, self.reord_seen.into()),
            ("rcv_ooopack", 4, self.rcv_ooopack.into()),
            ("snd_wnd", 4, self.snd_wnd.into()),
            ("rcv_wnd", 4, self.rcv_wnd.into()),
            ("rehash", 4, 0),
            ("total_rto", 2, self.trouble.timeouts.into()),
            ("total_rto_recoveries", 2, self.trouble.stretches.into()),
            ("total_rto_time", 4, self.trouble.millis(now).into()),
            ("received_ce", 4, ecn.received_ce.into()),
            ("delivered_e1_bytes", 4, ecn.delivered[2].into()),
            ("delivered_e0_bytes", 4, ecn.delivered[0].into()),
            ("delivered_ce_bytes", 4, ecn.delivered[1].into()),
            ("received_e1_bytes", 4, ecn.received[2].into()),
            ("received_e0_bytes", 4, ecn.received[0].into()),
            ("received_ce_bytes", 4, ecn.received[1].into()),
            ("ecn_mode", 4, ecn.bits()),
            ("end", 0, 0),
        ]
    }
}
