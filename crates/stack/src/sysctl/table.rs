//! The one table: name, place, range, meaning.

use super::value::{At, Field, Place, Unit};
use super::{PortSet, Sysctls, Whose};

/// One setting.
#[derive(Clone, Debug)]
pub struct Sysctl {
    /// Its Linux name, dotted.
    pub name: &'static str,
    /// What it governs here.
    pub doc: &'static str,
    pub(super) field: Place,
}

impl Sysctl {
    /// Its value in `sysctls`, as `sysctl -n` prints it.
    #[must_use]
    pub fn value(&self, sysctls: &Sysctls) -> alloc::string::String {
        self.field.get(sysctls, Whose::Default)
    }
}

/// Where the value lies.
macro_rules! at {
    ($($place:ident).+) => {
        At { get: |s| s.$($place).+, set: |s, value| s.$($place).+ = value }
    };
}

macro_rules! table {
    ($($name:literal $(@ $of:ident)? $field:expr, $doc:literal;)*) => {
        pub(super) const TABLE: &[Sysctl] =
            &[$(Sysctl { name: $name, doc: $doc, field: place!($($of)? $field) },)*];
    };
}

/// Of whom it is: `v4` and `v6` of each interface, with nothing of the whole stack.
macro_rules! place {
    (v4 $field:expr) => {
        Place::V4($field)
    };
    (v6 $field:expr) => {
        Place::V6($field)
    };
    (of $place:expr) => {
        $place
    };
    ($field:expr) => {
        Place::Whole($field)
    };
}

use Field::{
    Algorithm, Algorithms, Fixed, Flag, Keys, Number, PortList, Ports, Queue, Size, Sizes, Small,
    Time,
};

/// Paced data's rate, in slow start and after it.
const PACING_SS: At<u32> = At {
    get: |s| s.tcp.pacing_ratios[0].into(),
    set: |s, percent| s.tcp.pacing_ratios[0] = percent as u16,
};
const PACING_CA: At<u32> = At {
    get: |s| s.tcp.pacing_ratios[1].into(),
    set: |s, percent| s.tcp.pacing_ratios[1] = percent as u16,
};
const RESERVED_PORTS: At<PortSet> = At {
    get: |s| s.ip_local_reserved_ports.clone(),
    set: |s, ports| s.ip_local_reserved_ports = ports,
};
/// A million, where Linux has no bound but memory has.
const MANY: u32 = 1_000_000;
const MOST: u32 = i32::MAX as u32;

table! {
    "net.core.default_qdisc" Queue(at!(tcp.pace_all), "fq"),
        "pfifo_fast; with fq every connection is paced, whatever its congestion control";
    "net.core.rmem_default" Number(at!(rmem_default), 2304..=MOST),
        "bytes of a datagram socket's receive buffer";
    "net.core.rmem_max" Number(at!(rmem_max), 2304..=MOST),
        "the most that SO_RCVBUF may ask for, in bytes";
    "net.core.somaxconn" Number(at!(somaxconn), 0..=65_535),
        "the most connections that wait at a listener to be accepted, whatever listen asked for";
    "net.core.wmem_default" Number(at!(wmem_default), 4608..=MOST),
        "bytes of a datagram socket's send buffer";
    "net.core.wmem_max" Number(at!(wmem_max), 4608..=MOST),
        "the most that SO_SNDBUF may ask for, in bytes";
    "net.ipv4.conf.default.accept_redirects" @v4 Flag(at!(accept_redirects)),
        "take a better way from a router (RFC 792); on a router where all and the interface say so, \
         on a host where one of both does";
    "net.ipv4.conf.default.arp_ignore" @v4 Small(at!(arp_ignore), 0..=8),
        "0: answer for every address of ours; 1: for those of the interface; 2: and only to who is on \
         its network; 8: for none; the higher of all's and the interface's holds";
    "net.ipv4.conf.default.forwarding" @of Place::Forwarding { v6: false },
        "pass packets for others on that come in at the interface; all's sets all";
    "net.ipv4.conf.default.ignore_routes_with_linkdown" @v4 Flag(at!(ignore_routes_with_linkdown)),
        "pass over routes while the interface has no carrier; all's or the interface's";
    "net.ipv4.conf.default.proxy_arp" @v4 Flag(at!(proxy_arp)),
        "a router answers for those that it reaches by another interface; all's or the interface's";
    "net.ipv4.conf.default.rp_filter" @v4 Small(at!(rp_filter), 0..=2),
        "1: drop what comes from where we would not send by the same interface (RFC 3704); 2: or not \
         at all; the higher of all's and the interface's holds";
    "net.ipv4.conf.default.secure_redirects" @v4 Flag(at!(secure_redirects)),
        "redirects lead to default gateways only, where shared_media is off; all's or the interface's";
    "net.ipv4.conf.default.send_redirects" @v4 Flag(at!(send_redirects)),
        "a router shows hosts of a link the better way (RFC 1812 5.2.7.2); all's or the interface's";
    "net.ipv4.conf.default.shared_media" @v4 Flag(at!(shared_media)),
        "a link may carry several networks, for redirects taken and sent; all's or the interface's";
    "net.ipv4.icmp_echo_ignore_all" Flag(at!(icmp_echo_ignore_all)),
        "do not answer pings";
    "net.ipv4.icmp_echo_ignore_broadcasts" Flag(at!(icmp_echo_ignore_broadcasts)),
        "do not answer pings to broadcast addresses";
    "net.ipv4.icmp_msgs_burst" Number(at!(icmp_msgs_burst), 0..=MOST),
        "ICMP errors that may be sent at once, to all hosts together";
    "net.ipv4.icmp_msgs_per_sec" Number(at!(icmp_msgs_per_sec), 0..=MOST),
        "ICMP errors that may be sent in a second, to all hosts together";
    "net.ipv4.icmp_ratelimit" Time(at!(icmp_ratelimit), Unit::Millis, 0..=MOST),
        "least time between two ICMP errors to one host; 0 for no limit";
    "net.ipv4.igmp_max_memberships" Number(at!(igmp_max_memberships), 0..=MOST),
        "groups that one socket may join";
    "net.ipv4.igmp_max_msf" Number(at!(igmp_max_msf), 0..=MOST),
        "sources that a membership may name";
    "net.ipv4.ip_default_ttl" Small(at!(ip_default_ttl), 1..=255),
        "hops that our packets may make, where a socket does not say (IP_TTL)";
    "net.ipv4.ip_forward" Flag(at!(ip_forward)),
        "pass packets for others on: be a router";
    "net.ipv4.ip_local_port_range" Ports(at!(ip_local_port_range)),
        "first and last port that sockets get when they do not ask for one";
    "net.ipv4.ip_local_reserved_ports" PortList(RESERVED_PORTS),
        "ports that only sockets get which ask for them, such as 8080,9000-9010";
    "net.ipv4.ip_no_pmtu_disc" Small(at!(ip_no_pmtu_disc), 0..=3),
        "1 to 3: what new sockets send may be fragmented on the way, and a router's word of a narrow path \
         is 1: taken for min_pmtu; 2: passed over; 3: believed of TCP alone";
    "net.ipv4.ipfrag_high_thresh" Size(at!(ipfrag_high_thresh), 0..=MOST),
        "bytes that all unfinished datagrams may hold, of which one host's give way first where they take \
         more than a quarter; 0 refuses fragments";
    "net.ipv4.ipfrag_max_dist" Number(at!(ipfrag_max_dist), 0..=MOST),
        "fragments of one host by which those of one datagram may lie apart; 0 for any number";
    "net.ipv4.ipfrag_time" Time(at!(ipfrag_time), Unit::Seconds, 1..=3600),
        "how long a datagram may stay unfinished";
    "net.ipv4.neigh.default.base_reachable_time_ms" Time(at!(neigh_v4.base_reachable_time), Unit::Millis, 1..=MOST),
        "how long a neighbour's answer counts, on average";
    "net.ipv4.neigh.default.delay_first_probe_time" Time(at!(neigh_v4.delay_first_probe_time), Unit::Seconds, 0..=MOST),
        "how long a stale neighbour in use waits for a sign of life before it is asked";
    "net.ipv4.neigh.default.gc_stale_time" Time(at!(neigh_v4.gc_stale_time), Unit::Seconds, 0..=MOST),
        "neighbours unused for so long may be forgotten";
    "net.ipv4.neigh.default.gc_thresh1" Size(at!(neigh_v4.gc_thresh1), 0..=MANY),
        "up to so many neighbours are remembered however long they are unused";
    "net.ipv4.neigh.default.gc_thresh2" Size(at!(neigh_v4.gc_thresh2), 0..=MANY),
        "beyond so many, neighbours unused for five seconds give way";
    "net.ipv4.neigh.default.gc_thresh3" Size(at!(neigh_v4.gc_thresh3), 1..=MANY),
        "neighbours that are remembered at most";
    "net.ipv4.neigh.default.mcast_solicit" Small(at!(neigh_v4.mcast_solicit), 1..=255),
        "questions to all before a neighbour is given up";
    "net.ipv4.neigh.default.retrans_time_ms" Time(at!(neigh_v4.retrans_time), Unit::Millis, 1..=MOST),
        "time between two questions for a neighbour";
    "net.ipv4.neigh.default.ucast_solicit" Small(at!(neigh_v4.ucast_solicit), 0..=255),
        "questions to a neighbour whose address was known, before all are asked";
    "net.ipv4.neigh.default.unres_qlen_bytes" Size(at!(neigh_v4.unres_qlen_bytes), 0..=MOST),
        "bytes that may wait for one neighbour's answer";
    "net.ipv4.route.gc_timeout" Time(at!(redirect_timeout), Unit::Seconds, 1..=MOST),
        "how long a better way that a router has shown is taken";
    "net.ipv4.route.min_pmtu" Size(at!(min_pmtu), 68..=65_535),
        "no report lowers a path MTU below this";
    "net.ipv4.route.mtu_expires" Time(at!(mtu_expires), Unit::Seconds, 1..=MOST),
        "how long a path MTU that a router reported is believed";
    "net.ipv4.tcp_abort_on_overflow" Flag(at!(tcp_abort_on_overflow)),
        "a listener whose accept queue is full resets callers instead of letting them try again";
    "net.ipv4.tcp_allowed_congestion_control" Algorithms(at!(tcp_allowed_congestion_control)),
        "algorithms of congestion control that programs may choose (TCP_CONGESTION)";
    "net.ipv4.tcp_available_congestion_control" Fixed("reno cubic bbr bbr3"),
        "algorithms of congestion control that there are; not to be changed";
    "net.ipv4.tcp_base_mss" Number(at!(tcp.base_mss), 0..=MOST),
        "bytes of data in the segments that a connection begins with which probes its path (RFC 4821)";
    "net.ipv4.tcp_challenge_ack_limit" Number(at!(tcp_challenge_ack_limit), 0..=MOST),
        "challenge ACKs (RFC 5961) of all connections in a second; 2147483647 for no limit";
    "net.ipv4.tcp_congestion_control" Algorithm(at!(tcp.congestion_control)),
        "congestion control of connections whose program does not choose: reno, cubic, bbr or bbr3";
    "net.ipv4.tcp_dsack" Flag(at!(tcp.dsack)),
        "tell the peer what it sent twice (RFC 2883)";
    "net.ipv4.tcp_early_retrans" Small(at!(tcp.early_retrans), 0..=4),
        "3 or 4: tail loss probes (RFC 8985 §7); below, none";
    "net.ipv4.tcp_ecn" Small(at!(tcp.ecn), 0..=5),
        "ECN (RFC 3168). 0: none; 1: asked for and granted; 2: granted; 3: accurate ECN (RFC 9768) \
         asked for, both granted; 4: ECN asked for, both granted; 5: both granted";
    "net.ipv4.tcp_ecn_fallback" Flag(at!(tcp.ecn_fallback)),
        "a SYN that is sent again asks for no ECN";
    "net.ipv4.tcp_ecn_option" Small(at!(tcp.ecn_option), 0..=2),
        "AccECN options (RFC 9768 §3.2.3). 0: none; 1: as few as have to be; 2: wherever there is room";
    "net.ipv4.tcp_ecn_option_beacon" Small(at!(tcp.ecn_option_beacon), 0..=3),
        "where AccECN options are few, so many in a round trip; 0: none for that";
    "net.ipv4.tcp_fastopen" Number(at!(tcp_fastopen), 0..=MOST),
        "bits of Fast Open (RFC 7413). 0x1: clients; 0x2: listeners that ask for it; 0x4: clients \
         need no cookie; 0x200: nor do servers; 0x400: every listener";
    "net.ipv4.tcp_fastopen_blackhole_timeout_sec" Time(at!(tcp_fastopen_blackhole_timeout), Unit::Seconds, 0..=MOST),
        "how long clients do without Fast Open after such a SYN was lost twice; twice as long each \
         time; 0 for never";
    "net.ipv4.tcp_fastopen_key" Keys(at!(tcp_fastopen_key)),
        "the key of Fast Open cookies, four words in hexadecimal, and behind a comma the one before; \
         all zero where the stack has chosen it";
    "net.ipv4.tcp_fin_timeout" Time(at!(tcp.fin_timeout), Unit::Seconds, 0..=MOST),
        "how long a closed connection waits for the peer's FIN (FIN-WAIT-2)";
    "net.ipv4.tcp_frto" Small(at!(tcp.frto), 0..=255),
        "look whether a time-out was spurious (RFC 5682); 0: never";
    "net.ipv4.tcp_invalid_ratelimit" Time(at!(tcp.invalid_ratelimit), Unit::Millis, 0..=MOST),
        "least time between two answers of a connection to segments that are not acceptable";
    "net.ipv4.tcp_keepalive_intvl" Time(at!(tcp.keepalive_intvl), Unit::Seconds, 1..=32_767),
        "time between keepalive probes";
    "net.ipv4.tcp_keepalive_probes" Small(at!(tcp.keepalive_probes), 1..=127),
        "unanswered keepalive probes that end a connection";
    "net.ipv4.tcp_keepalive_time" Time(at!(tcp.keepalive_time), Unit::Seconds, 1..=32_767),
        "silence before the first keepalive probe, where SO_KEEPALIVE is on";
    "net.ipv4.tcp_max_orphans" Number(at!(tcp_max_orphans), 0..=MOST),
        "connections that go on though no program holds them; beyond it they are reset";
    "net.ipv4.tcp_max_reordering" Number(at!(tcp.max_reordering), 1..=MOST),
        "segments by which one is believed to be overtaken at most";
    "net.ipv4.tcp_max_syn_backlog" Number(at!(tcp_max_syn_backlog), 1..=MOST),
        "half-open connections of one listener where tcp_syncookies is 0: beyond three quarters of it \
         a SYN is dropped";
    "net.ipv4.tcp_max_tw_buckets" Number(at!(tcp_max_tw_buckets), 0..=MOST),
        "connections in TIME-WAIT; beyond it they are forgotten at once";
    "net.ipv4.tcp_min_rtt_wlen" Time(at!(tcp.min_rtt_wlen), Unit::Seconds, 0..=86_400),
        "how long the least round-trip time counts";
    "net.ipv4.tcp_min_snd_mss" Number(at!(tcp.min_snd_mss), 48..=65_535),
        "no segments are made smaller, options counted, whatever peer and path say";
    "net.ipv4.tcp_min_tso_segs" Small(at!(tcp.min_tso_segs), 1..=255),
        "segments that leave in one piece at least, however slow the connection";
    "net.ipv4.tcp_moderate_rcvbuf" Flag(at!(tcp.moderate_rcvbuf)),
        "receive buffers grow with what the path brings, up to the largest of tcp_rmem";
    "net.ipv4.tcp_mtu_probe_floor" Number(at!(tcp.mtu_probe_floor), 48..=65_535),
        "no segments are made of less data where large ones seem to be swallowed";
    "net.ipv4.tcp_mtu_probing" Small(at!(tcp.mtu_probing), 0..=255),
        "probe what the path takes (RFC 4821): 0 never, 1 once large segments seem to be swallowed, \
         from 2 on always";
    "net.ipv4.tcp_notsent_lowat" Number(at!(tcp.notsent_lowat), 0..=u32::MAX),
        "bytes that may wait to be sent for the first time before a writer has to wait, where \
         TCP_NOTSENT_LOWAT does not say";
    "net.ipv4.tcp_orphan_retries" Small(at!(tcp.orphan_retries), 0..=255),
        "retransmissions after which a connection that no program holds is given up; 0 means 8";
    "net.ipv4.tcp_pacing_ca_ratio" Number(PACING_CA, 0..=1000),
        "rate of paced data after slow start, in percent of a window in a round trip";
    "net.ipv4.tcp_pacing_ss_ratio" Number(PACING_SS, 0..=1000),
        "rate of paced data in slow start, in percent of a window in a round trip";
    "net.ipv4.tcp_probe_interval" Time(at!(tcp.probe_interval), Unit::Seconds, 0..=4_294_968),
        "how long after a search for the path's MTU the next begins";
    "net.ipv4.tcp_probe_threshold" Number(at!(tcp.probe_threshold), 0..=MOST),
        "a search is over when less than so many bytes are open";
    "net.ipv4.tcp_recovery" Small(at!(tcp.recovery), 0..=255),
        "bits: 1 for RACK (RFC 8985), which peers with SACK get in any case; 2 for a reordering \
         window that does not adapt; 4 for one that does not end with tcp_reordering duplicates";
    "net.ipv4.tcp_reordering" Number(at!(tcp.reordering), 1..=MOST),
        "segments by which one may be overtaken before it is taken for lost, at first";
    "net.ipv4.tcp_retries1" Small(at!(tcp.retries1), 0..=255),
        "retransmissions after which the way to the peer is doubted";
    "net.ipv4.tcp_retries2" Small(at!(tcp.retries2), 0..=255),
        "retransmissions after which a connection is given up";
    "net.ipv4.tcp_rfc1337" Flag(at!(tcp.rfc1337)),
        "a RST does not end TIME-WAIT";
    "net.ipv4.tcp_rmem" Sizes(at!(tcp.rmem)),
        "least, usual and largest receive buffer of a connection, in bytes";
    "net.ipv4.tcp_rto_max_ms" Time(at!(tcp.rto_max), Unit::Millis, 1000..=120_000),
        "longest retransmission time-out";
    "net.ipv4.tcp_rto_min_us" Time(at!(tcp.rto_min), Unit::Micros, 1..=MANY),
        "what the retransmission time-out adds to the round-trip time at least";
    "net.ipv4.tcp_sack" Flag(at!(tcp.sack)),
        "offer and accept selective acknowledgments (RFC 2018)";
    "net.ipv4.tcp_slow_start_after_idle" Flag(at!(tcp.slow_start_after_idle)),
        "begin with a small window again after a pause";
    "net.ipv4.tcp_stdurg" Flag(at!(tcp.stdurg)),
        "whether urgent pointers name the urgent byte and not the one behind it (RFC 1122)";
    "net.ipv4.tcp_syn_linear_timeouts" Small(at!(tcp.syn_linear_timeouts), 0..=127),
        "time-outs of a SYN before they begin to double";
    "net.ipv4.tcp_syn_retries" Small(at!(tcp.syn_retries), 1..=127),
        "how often a SYN is sent again before connect gives up";
    "net.ipv4.tcp_synack_retries" Small(at!(tcp.synack_retries), 0..=255),
        "how often a SYN-ACK is sent again before a half-open connection is forgotten";
    "net.ipv4.tcp_syncookies" Small(at!(tcp_syncookies), 0..=2),
        "0: a listener with more half-open connections than its backlog drops SYNs; 1: it answers \
         them by cookies, which cost no state (RFC 4987); 2: every SYN is answered so";
    "net.ipv4.tcp_thin_linear_timeouts" Flag(at!(tcp.thin_linear_timeouts)),
        "the first time-outs of a connection with little in flight do not double";
    "net.ipv4.tcp_timestamps" Small(at!(tcp.timestamps), 0..=2),
        "timestamps (RFC 7323): 0 for none, 1 with a secret offset for each pair of hosts, 2 of the \
         plain clock";
    "net.ipv4.tcp_tso_rtt_log" Small(at!(tcp.tso_rtt_log), 0..=255),
        "paths with a round trip of n times 2^this microseconds take 64 KiB / 2^n more in one piece; \
         0: no more";
    "net.ipv4.tcp_tw_reuse" Small(at!(tcp_tw_reuse), 0..=2),
        "let connect take a four-tuple in TIME-WAIT whose ends told the time (RFC 6191). 0: never; \
         1: everywhere; 2: over the loopback";
    "net.ipv4.tcp_tw_reuse_delay" Time(at!(tcp_tw_reuse_delay), Unit::Millis, 1..=MOST),
        "how long a four-tuple must have been quiet in TIME-WAIT before connect takes it";
    "net.ipv4.tcp_window_scaling" Flag(at!(tcp.window_scaling)),
        "offer and accept windows over 64 KiB (RFC 7323)";
    "net.ipv4.tcp_wmem" Sizes(at!(tcp.wmem)),
        "least, usual and largest send buffer of a connection, in bytes";
    "net.ipv6.auto_flowlabels" Flag(at!(ipv6_auto_flowlabels)),
        "give each flow a label of its own (RFC 6437); 2 and 3 of Linux, which let sockets choose, \
         are not there";
    "net.ipv6.bindv6only" Flag(at!(ipv6_bindv6only)),
        "sockets of IPv6 do not hear IPv4, where they do not say (IPV6_V6ONLY)";
    "net.ipv6.conf.all.forwarding" Flag(at!(ipv6_forwarding)),
        "pass packets of IPv6 for others on: be a router";
    "net.ipv6.conf.all.hop_limit" Small(at!(ipv6_hop_limit), 1..=255),
        "hops that our packets of IPv6 may make, where a socket does not say (IPV6_UNICAST_HOPS)";
    "net.ipv6.conf.default.accept_ra" @v6 Small(at!(accept_ra), 0..=2),
        "listen to routers' advertisements: 0 never, 1 unless this is a router, 2 always";
    "net.ipv6.conf.default.accept_ra_defrtr" @v6 Flag(at!(accept_ra_defrtr)),
        "take routers that advertise themselves for default routers";
    "net.ipv6.conf.default.accept_ra_mtu" @v6 Flag(at!(accept_ra_mtu)),
        "take over the MTU that routers advertise";
    "net.ipv6.conf.default.accept_ra_pinfo" @v6 Flag(at!(accept_ra_pinfo)),
        "take over the prefixes that routers advertise";
    "net.ipv6.conf.default.accept_ra_rt_info_max_plen" @v6 Small(at!(accept_ra_rt_info_max_plen), 0..=128),
        "longest prefix of the routes (RFC 4191) that are taken over from routers";
    "net.ipv6.conf.default.accept_redirects" @v6 Flag(at!(accept_redirects)),
        "take a better way from a router (RFC 4861 8), where this is none";
    "net.ipv6.conf.default.addr_gen_mode" @v6 Small(at!(addr_gen_mode), 0..=2),
        "the low half of our addresses comes from 0 the MAC address, 2 a secret; 1 as 0, but no address of the link";
    "net.ipv6.conf.default.autoconf" @v6 Flag(at!(autoconf)),
        "make addresses of the prefixes that routers advertise";
    "net.ipv6.conf.default.dad_transmits" @v6 Small(at!(dad_transmits), 0..=255),
        "questions whether somebody has an IPv6 address, before it is used; 0 uses it at once";
    "net.ipv6.conf.default.enhanced_dad" @v6 Flag(at!(enhanced_dad)),
        "those questions carry a number by which they are known when the link brings them back";
    "net.ipv6.conf.default.forwarding" @of Place::Forwarding { v6: true },
        "pass packets of IPv6 for others on that come in at the interface; all's sets all";
    "net.ipv6.conf.default.hop_limit" @of Place::HopLimit,
        "hops that packets that leave by the interface may make; routers may set it";
    "net.ipv6.conf.default.ignore_routes_with_linkdown" @v6 Flag(at!(ignore_routes_with_linkdown)),
        "pass over routes of IPv6 while the interface has no carrier; all's or the interface's";
    "net.ipv6.conf.default.temp_prefered_lft" @v6 Time(at!(temp_prefered_lft), Unit::Seconds, 1..=MOST),
        "how long a temporary address is preferred at most";
    "net.ipv6.conf.default.temp_valid_lft" @v6 Time(at!(temp_valid_lft), Unit::Seconds, 1..=MOST),
        "how long a temporary address is valid at most";
    "net.ipv6.conf.default.use_tempaddr" @v6 Small(at!(use_tempaddr), 0..=2),
        "addresses that change daily (RFC 8981): 0 none, 1 made, 2 preferred";
    "net.ipv6.icmp.echo_ignore_all" Flag(at!(icmpv6_echo_ignore_all)),
        "do not answer pings over IPv6";
    "net.ipv6.icmp.echo_ignore_multicast" Flag(at!(icmpv6_echo_ignore_multicast)),
        "do not answer pings to groups";
    "net.ipv6.icmp.ratelimit" Time(at!(icmpv6_ratelimit), Unit::Millis, 0..=MOST),
        "least time between two ICMPv6 errors to one host; 0 for no limit";
    "net.ipv6.ip6frag_high_thresh" Size(at!(ip6frag_high_thresh), 0..=MOST),
        "bytes that all unfinished datagrams may hold when a fragment of IPv6 comes; 0 refuses them";
    "net.ipv6.ip6frag_time" Time(at!(ip6frag_time), Unit::Seconds, 1..=3600),
        "how long a packet of IPv6 may stay unfinished";
    "net.ipv6.mld_max_msf" Number(at!(mld_max_msf), 0..=MOST),
        "sources that a membership of IPv6 may name";
    "net.ipv6.neigh.default.base_reachable_time_ms" Time(at!(neigh_v6.base_reachable_time), Unit::Millis, 1..=MOST),
        "how long a neighbour's answer counts, on average";
    "net.ipv6.neigh.default.delay_first_probe_time" Time(at!(neigh_v6.delay_first_probe_time), Unit::Seconds, 0..=MOST),
        "how long a stale neighbour in use waits for a sign of life before it is asked";
    "net.ipv6.neigh.default.gc_stale_time" Time(at!(neigh_v6.gc_stale_time), Unit::Seconds, 0..=MOST),
        "neighbours unused for so long may be forgotten";
    "net.ipv6.neigh.default.gc_thresh1" Size(at!(neigh_v6.gc_thresh1), 0..=MANY),
        "up to so many neighbours are remembered however long they are unused";
    "net.ipv6.neigh.default.gc_thresh2" Size(at!(neigh_v6.gc_thresh2), 0..=MANY),
        "beyond so many, neighbours unused for five seconds give way";
    "net.ipv6.neigh.default.gc_thresh3" Size(at!(neigh_v6.gc_thresh3), 1..=MANY),
        "neighbours that are remembered at most";
    "net.ipv6.neigh.default.mcast_solicit" Small(at!(neigh_v6.mcast_solicit), 1..=255),
        "questions to all before a neighbour is given up";
    "net.ipv6.neigh.default.retrans_time_ms" Time(at!(neigh_v6.retrans_time), Unit::Millis, 1..=MOST),
        "time between two questions for a neighbour";
    "net.ipv6.neigh.default.ucast_solicit" Small(at!(neigh_v6.ucast_solicit), 0..=255),
        "questions to a neighbour whose address was known, before all are asked";
    "net.ipv6.neigh.default.unres_qlen_bytes" Size(at!(neigh_v6.unres_qlen_bytes), 0..=MOST),
        "bytes that may wait for one neighbour's answer";
    "net.ipv6.route.gc_timeout" Time(at!(ipv6_redirect_timeout), Unit::Seconds, 1..=MOST),
        "how long a better way that a router of IPv6 has shown is taken";
    "net.ipv6.route.mtu_expires" Time(at!(ipv6_mtu_expires), Unit::Seconds, 1..=MOST),
        "how long a path MTU that a router of IPv6 reported is believed";
    "net.netfilter.nf_conntrack_generic_timeout" Time(at!(conntrack.generic_timeout), Unit::Seconds, 1..=MOST),
        "how long a conversation of another protocol may be silent";
    "net.netfilter.nf_conntrack_icmp_timeout" Time(at!(conntrack.icmp_timeout), Unit::Seconds, 1..=MOST),
        "how long a ping may be silent";
    "net.netfilter.nf_conntrack_icmpv6_timeout" Time(at!(conntrack.icmpv6_timeout), Unit::Seconds, 1..=MOST),
        "how long a ping over IPv6 may be silent";
    "net.netfilter.nf_conntrack_max" Number(at!(conntrack.max), 1..=MANY),
        "conversations that are remembered at most";
    "net.netfilter.nf_conntrack_tcp_loose" Flag(at!(conntrack.tcp_loose)),
        "connections that were there before are taken up where they are";
    "net.netfilter.nf_conntrack_tcp_timeout_close" Time(at!(conntrack.tcp_timeout_close), Unit::Seconds, 1..=MOST),
        "how long a connection is remembered after a RST";
    "net.netfilter.nf_conntrack_tcp_timeout_established" Time(at!(conntrack.tcp_timeout_established), Unit::Seconds, 1..=MOST),
        "how long a connection may be silent";
    "net.netfilter.nf_conntrack_tcp_timeout_fin_wait" Time(at!(conntrack.tcp_timeout_fin_wait), Unit::Seconds, 1..=MOST),
        "how long one may be silent of which one side is done";
    "net.netfilter.nf_conntrack_tcp_timeout_syn_recv" Time(at!(conntrack.tcp_timeout_syn_recv), Unit::Seconds, 1..=MOST),
        "how long one may be silent whose SYN was answered";
    "net.netfilter.nf_conntrack_tcp_timeout_syn_sent" Time(at!(conntrack.tcp_timeout_syn_sent), Unit::Seconds, 1..=MOST),
        "how long one may be silent whose SYN was not answered";
    "net.netfilter.nf_conntrack_tcp_timeout_time_wait" Time(at!(conntrack.tcp_timeout_time_wait), Unit::Seconds, 1..=MOST),
        "how long one is remembered of which both sides are done";
    "net.netfilter.nf_conntrack_udp_timeout" Time(at!(conntrack.udp_timeout), Unit::Seconds, 1..=MOST),
        "how long datagrams that nobody answered may be silent";
    "net.netfilter.nf_conntrack_udp_timeout_stream" Time(at!(conntrack.udp_timeout_stream), Unit::Seconds, 1..=MOST),
        "how long datagrams may be silent that were answered";
    "net.unix.max_dgram_qlen" Number(at!(unix_max_dgram_qlen), 1..=MANY),
        "datagrams that may wait at a Unix socket";
}

/// Names that are known and not to be had.
pub(super) const REFUSED: &[(&str, &str)] = &[(
    "net.ipv4.tcp_tw_recycle",
    "it took the newest timestamp of a whole address for one machine's clock and so dropped the \
     connections of clients that share an address behind NAT; Linux removed it in 4.12. See \
     net.ipv4.tcp_tw_reuse for what is safe",
)];
