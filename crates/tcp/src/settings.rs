//! What governs every connection of a stack, and what a program chose for one.

use base::Duration;

use crate::CongestionControl;

/// The TCP sysctls of a stack, by their Linux names and with Linux's defaults.
///
/// It is plain data that is handed into the calls and never kept per connection: a change counts
/// from the next event on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `tcp_syn_retries`: how often a SYN is sent again before `connect` times out.
    pub syn_retries: u8,
    /// `tcp_synack_retries`: how often a SYN-ACK is sent again before a half-open connection goes.
    pub synack_retries: u8,
    /// `tcp_retries1`: after so many time-outs in a row the path is doubted, which
    /// [`Events::PATH_SUSPECT`](crate::Events::PATH_SUSPECT) says (R1 of RFC 9293 §3.8.3).
    pub retries1: u8,
    /// `tcp_retries2`: the length of time after which unacknowledged data ends the connection,
    /// given as the number of retransmissions that a connection with the shortest time-out would
    /// make in it (R2 of RFC 9293 §3.8.3). 15 is 924.6 s.
    pub retries2: u8,
    /// `tcp_orphan_retries`: the same for a connection whose program has let go. 0 means 8.
    pub orphan_retries: u8,
    /// `tcp_fin_timeout`: how long a connection whose program has let go waits in FIN_WAIT_2.
    pub fin_timeout: Duration,
    /// How long TIME_WAIT lasts (2 MSL). Linux has no sysctl for its 60 s.
    pub time_wait: Duration,
    /// `tcp_rfc1337`: whether a RST is ignored in TIME_WAIT.
    pub rfc1337: bool,
    /// `tcp_rmem`: least, usual and largest receive buffer, in bytes. Half of it is offered as
    /// window, since what holds the bytes takes memory too.
    pub rmem: [u32; 3],
    /// `tcp_wmem`: least, usual and largest send buffer, in bytes. The largest is as large as that of
    /// `rmem`, where Linux has 4 MiB: with those a path of 1 Gbit/s and 100 ms would be a third full.
    pub wmem: [u32; 3],
    /// `tcp_keepalive_time`: how long a connection is silent before the first probe.
    pub keepalive_time: Duration,
    /// `tcp_keepalive_intvl`: from one unanswered probe to the next.
    pub keepalive_intvl: Duration,
    /// `tcp_keepalive_probes`: so many unanswered probes end the connection.
    pub keepalive_probes: u8,
    /// `tcp_ecn`: 0 for no ECN (RFC 3168); 1 to ask for it and to grant it; 2 to grant it alone; 3 to
    /// ask for accurate ECN (RFC 9768) and grant both; 4 to ask for plain ECN and grant both; 5 to
    /// grant both alone.
    pub ecn: u8,
    /// `tcp_ecn_fallback`: whether a SYN that is sent again asks for no ECN.
    pub ecn_fallback: bool,
    /// `tcp_ecn_option`: 0 for no AccECN options (RFC 9768 §3.2.3); 1 for as few as have to be; 2 for
    /// one in each segment that has room.
    pub ecn_option: u8,
    /// `tcp_ecn_option_beacon`: where options are few, so many go in a round trip; 0: none for that.
    pub ecn_option_beacon: u8,
    /// `tcp_syn_linear_timeouts`: so many time-outs of a SYN pass before they begin to double.
    pub syn_linear_timeouts: u8,
    /// `tcp_window_scaling`: whether window scaling (RFC 7323 §2) is offered and accepted.
    pub window_scaling: bool,
    /// `tcp_timestamps`: 0 for none; 1 for timestamps (RFC 7323 §3) whose clock has a secret offset
    /// for each pair of hosts; 2 for timestamps of the plain clock.
    pub timestamps: u8,
    /// `tcp_sack`: whether selective acknowledgments (RFC 2018) are offered and accepted.
    pub sack: bool,
    /// `tcp_congestion_control`: the algorithm of connections whose program does not choose.
    pub congestion_control: CongestionControl,
    /// `tcp_pacing_ss_ratio` and `tcp_pacing_ca_ratio`: where pacing has no rate of the algorithm's,
    /// it is so many percent of the window in a round trip, in slow start and after it.
    pub pacing_ratios: [u16; 2],
    /// Whether every connection is paced, as under Linux's queueing discipline fq
    /// (`net.core.default_qdisc`).
    pub pace_all: bool,
    /// `tcp_min_tso_segs`: segments that leave in one piece at least, however slow the connection.
    pub min_tso_segs: u8,
    /// `tcp_tso_rtt_log`: on paths whose round trip is n times 2 to the power of this, in
    /// microseconds, 64 KiB / 2^n more leave in one piece; 0: no more.
    pub tso_rtt_log: u8,
    /// `tcp_dsack`: whether the peer is told of what it sent twice (RFC 2883).
    pub dsack: bool,
    /// `tcp_moderate_rcvbuf`: whether receive buffers grow with what the path brings, up to the
    /// largest of `rmem`.
    pub moderate_rcvbuf: bool,
    /// `tcp_recovery`, bits: 1 for RACK (RFC 8985), which is always on with SACK; 2 for a reordering
    /// window that does not adapt; 4 for one that does not vanish after `tcp_reordering` segments.
    pub recovery: u8,
    /// `tcp_reordering`: how many segments later one may arrive than those sent after it, before
    /// more was seen.
    pub reordering: u32,
    /// `tcp_max_reordering`: the most that is believed of that.
    pub max_reordering: u32,
    /// `tcp_early_retrans`: 3 or 4 for tail loss probes (RFC 8985 §7), 0 for none.
    pub early_retrans: u8,
    /// `tcp_frto`: whether a time-out may prove spurious (RFC 5682).
    pub frto: u8,
    /// `tcp_min_rtt_wlen`: for how long the least round-trip time counts.
    pub min_rtt_wlen: Duration,
    /// `tcp_thin_linear_timeouts`: whether the first time-outs of a connection with little in flight
    /// do not double.
    pub thin_linear_timeouts: bool,
    /// `tcp_slow_start_after_idle`: whether the congestion window is restarted after a pause
    /// (RFC 5681 §4.1).
    pub slow_start_after_idle: bool,
    /// `tcp_invalid_ratelimit`: at most one answer per connection in so long to segments that are
    /// not acceptable and carry no data, so that two confused ends do not answer each other for
    /// ever.
    pub invalid_ratelimit: Duration,
    /// `tcp_rto_min_us`: the least that a retransmission time-out adds to the smoothed round-trip
    /// time. RFC 6298 §2.4 wants a time-out of at least 1 s; Linux adds at least 200 ms instead.
    pub rto_min: Duration,
    /// `tcp_rto_max_ms`: the longest retransmission time-out (RFC 6298 §2.5).
    pub rto_max: Duration,
    /// The time-out before there is a round-trip time (RFC 6298 §2.1).
    pub rto_initial: Duration,
    /// How long an acknowledgment waits for company at least, if it waits; it becomes more with a
    /// peer that sends rarely. RFC 9293 §3.8.6.3 allows 500 ms.
    pub delayed_ack: Duration,
    /// `tcp_stdurg`: whether the urgent pointer of the peer's segments names the urgent byte itself
    /// (RFC 1122 §4.2.2.4), and not the one behind it as everybody has it (RFC 6093 §3.1).
    pub stdurg: bool,
    /// The initial congestion window, in segments (RFC 6928).
    pub initial_window: u8,
    /// `tcp_mtu_probing`: whether segments probe what the path takes (RFC 4821): 0 never; 1 once
    /// large ones seem to be swallowed; from 2 on always.
    pub mtu_probing: u8,
    /// `tcp_base_mss`: bytes of data in the segments that a probing connection begins with.
    pub base_mss: u32,
    /// `tcp_mtu_probe_floor`: where large segments seem to be swallowed, none are made of less data.
    pub mtu_probe_floor: u32,
    /// `tcp_probe_interval`: how long after a search for the path's MTU the next begins.
    pub probe_interval: Duration,
    /// `tcp_probe_threshold`: a search is over when less than so many bytes are open.
    pub probe_threshold: u32,
    /// `tcp_min_snd_mss`: segments are never made smaller, options counted, whatever peer and path
    /// say: each costs a header and a slot in every queue.
    pub min_snd_mss: u32,
    /// `tcp_notsent_lowat`: most bytes that may wait to be sent for the first time before a writer
    /// has to wait.
    pub notsent_lowat: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            syn_retries: 6,
            synack_retries: 5,
            retries1: 3,
            retries2: 15,
            orphan_retries: 0,
            fin_timeout: Duration::from_secs(60),
            time_wait: Duration::from_secs(60),
            rfc1337: false,
            rmem: [4096, 131_072, 33_554_432],
            wmem: [4096, 16_384, 33_554_432],
            keepalive_time: Duration::from_secs(7200),
            keepalive_intvl: Duration::from_secs(75),
            keepalive_probes: 9,
            ecn: 2,
            ecn_fallback: true,
            ecn_option: 2,
            ecn_option_beacon: 3,
            syn_linear_timeouts: 4,
            window_scaling: true,
            timestamps: 1,
            sack: true,
            congestion_control: CongestionControl::default(),
            pacing_ratios: [200, 120],
            pace_all: false,
            min_tso_segs: 2,
            tso_rtt_log: 9,
            dsack: true,
            moderate_rcvbuf: true,
            recovery: 1,
            reordering: 3,
            max_reordering: 300,
            early_retrans: 3,
            frto: 2,
            min_rtt_wlen: Duration::from_secs(300),
            thin_linear_timeouts: false,
            slow_start_after_idle: true,
            invalid_ratelimit: Duration::from_millis(500),
            rto_min: Duration::from_millis(200),
            rto_max: Duration::from_secs(120),
            rto_initial: Duration::from_secs(1),
            delayed_ack: Duration::from_millis(40),
            stdurg: false,
            initial_window: 10,
            mtu_probing: 0,
            base_mss: 1024,
            mtu_probe_floor: 48,
            probe_interval: Duration::from_secs(600),
            probe_threshold: 8,
            min_snd_mss: 48,
            notsent_lowat: u32::MAX,
        }
    }
}

/// What a program chose for one connection; a listener hands its own on to those it accepts.
///
/// SO_LINGER is not among them: whoever closes with a time of zero calls
/// [`Connection::abort`](crate::Connection::abort), and waiting is done above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SocketOptions {
    /// SO_RCVBUF as Linux keeps it, which is twice what the program asked for: half of it is
    /// offered as window. `None`: the usual one of [`Settings::rmem`].
    pub rcvbuf: Option<u32>,
    /// SO_SNDBUF, in bytes of data. `None`: what [`Settings::wmem`] and the path suggest.
    pub sndbuf: Option<u32>,
    /// TCP_USER_TIMEOUT in milliseconds (RFC 9293 §3.8.3, RFC 5482): how long data may stay
    /// unacknowledged. 0: what the sysctls say.
    pub user_timeout: u32,
    /// TCP_KEEPIDLE in seconds, in place of [`Settings::keepalive_time`].
    pub keepidle: Option<u16>,
    /// TCP_KEEPINTVL in seconds, in place of [`Settings::keepalive_intvl`].
    pub keepintvl: Option<u16>,
    /// TCP_MAXSEG: a bound on the segments of both directions, in bytes of data. It counts when
    /// the connection opens.
    pub maxseg: Option<u16>,
    /// TCP_CONGESTION, in place of [`Settings::congestion_control`].
    pub congestion: Option<CongestionControl>,
    /// TCP_KEEPCNT, in place of [`Settings::keepalive_probes`].
    pub keepcnt: Option<u8>,
    /// SO_KEEPALIVE.
    pub keepalive: bool,
    /// TCP_NODELAY: small segments do not wait for acknowledgments (no Nagle algorithm).
    pub nodelay: bool,
    /// TCP_CORK: segments that are not full wait for more, but no longer than a retransmission
    /// time-out with nothing in flight, which is the ceiling of 200 ms that tcp(7) names.
    pub cork: bool,
    /// SO_OOBINLINE: urgent data is read in its place in the stream.
    pub oobinline: bool,
    /// TCP_SYNCNT: how often a SYN, or SYN-ACK, is sent again. 0: what the sysctls say.
    pub syncnt: u8,
    /// TCP_LINGER2 in seconds, in place of [`Settings::fin_timeout`]. 0: what that says; below 0:
    /// a connection whose program has let go does not wait in FIN_WAIT_2 but is reset.
    pub linger2: i8,
    /// TCP_DEFER_ACCEPT, as Linux keeps it: the number of SYN-ACKs' time-outs that fit into the
    /// seconds that a listener waits for a caller's first data. 0: it does not.
    pub defer_accept: u8,
    /// SO_MAX_PACING_RATE in bytes a second: data leaves no faster, and evenly. 0: no bound.
    pub max_pacing_rate: u32,
    /// TCP_NOTSENT_LOWAT in bytes, in place of [`Settings::notsent_lowat`]. 0: what that says.
    pub notsent_lowat: u32,
    /// TCP_FASTOPEN: callers that a listener lets in at most before their handshake is complete.
    pub fastopen: u16,
    /// TCP_FASTOPEN_CONNECT: the SYN waits for the first write.
    pub fastopen_connect: bool,
    /// TCP_FASTOPEN_NO_COOKIE: Fast Open goes without cookies.
    pub fastopen_no_cookie: bool,
    /// TCP_QUICKACK set to 0 before there is a connection: it begins as one whose ends take turns.
    pub takes_turns: bool,
    /// TCP_WINDOW_CLAMP: most bytes that are offered as window. 0: no bound but the buffer.
    pub window_clamp: u32,
}

impl SocketOptions {
    /// How often a SYN or SYN-ACK is sent again: TCP_SYNCNT, or `usual`.
    pub(crate) const fn syn_retries(&self, usual: u8) -> u8 {
        match self.syncnt {
            0 => usual,
            count => count,
        }
    }
}
