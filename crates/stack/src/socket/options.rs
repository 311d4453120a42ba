//! Socket options: typed, and by Linux's numbers.
//!
//! One table gives both directions: [`SocketOption`] is what a Rust program says, level, number
//! and bytes are what `setsockopt` and `getsockopt` say.

use arrayvec::ArrayVec;
use base::Duration;
use tcp::{CongestionControl, FastOpenKeys};

use super::Errno;
use super::groups::{GroupInterface, GroupRequest};
use super::message::PktInfo6;
use super::option_value as value;
use crate::ip_options::IpOptions;

/// `SOL_SOCKET`.
pub const SOL_SOCKET: i32 = 1;
/// `IPPROTO_IP`, the level of IP's options.
pub const IPPROTO_IP: i32 = 0;
/// `IPPROTO_IPV6`, the level of IPv6's options.
pub const IPPROTO_IPV6: i32 = 41;
/// `IPPROTO_TCP`, the level of TCP's options.
pub const IPPROTO_TCP: i32 = 6;

/// `IPPROTO_UDP`, the level of UDP's options.
pub const IPPROTO_UDP: i32 = 17;

/// `TCP_INFO`, whose value is [`tcp::Info`] as bytes.
pub const TCP_INFO: i32 = 11;
/// `IP_MTU`, whose value is the way's to the peer.
pub const IP_MTU: i32 = 14;
/// `IPV6_MTU`, the same over IPv6.
pub const IPV6_MTU: i32 = 24;

/// Bytes of an option's value as `getsockopt` gives it.
pub type RawValue = ArrayVec<u8, 40>;

/// The value of `TCP_FASTOPEN_KEY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FastOpenKey(pub FastOpenKeys);

macro_rules! options {
    ($($(#[doc = $doc:literal])* $name:ident($type:ty) = $level:ident $number:literal $linux:literal via $codec:ident;)*) => {
        /// An option with its value.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum SocketOption {
            $(#[doc = concat!("`", $linux, "`:")] $(#[doc = $doc])* $name($type),)*
        }

        /// An option's name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum OptionName {
            $(#[doc = concat!("`", $linux, "`: see [`SocketOption::", stringify!($name), "`].")] $name,)*
        }

        impl OptionName {
            /// Every option there is.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its level and number, as Linux counts.
            #[must_use]
            pub const fn numbers(self) -> (i32, i32) {
                match self {
                    $(Self::$name => ($level, $number),)*
                }
            }

            /// The option of this level and number.
            ///
            /// # Errors
            ///
            /// [`Errno::ENOPROTOOPT`] when there is none.
            pub const fn from_numbers(level: i32, number: i32) -> Result<Self, Errno> {
                match (level, number) {
                    $(($level, $number) => Ok(Self::$name),)*
                    _ => Err(Errno::ENOPROTOOPT),
                }
            }

            /// Its name in C.
            #[must_use]
            pub const fn linux_name(self) -> &'static str {
                match self {
                    $(Self::$name => $linux,)*
                }
            }
        }

        impl SocketOption {
            /// Its name.
            #[must_use]
            pub const fn name(&self) -> OptionName {
                match self {
                    $(Self::$name(_) => OptionName::$name,)*
                }
            }

            /// Reads the value that `setsockopt` was given.
            ///
            /// # Errors
            ///
            /// [`Errno::EINVAL`] for too few bytes or a value that makes no sense.
            pub fn from_bytes(name: OptionName, bytes: &[u8]) -> Result<Self, Errno> {
                match name {
                    $(OptionName::$name => value::$codec::read(bytes).map(Self::$name),)*
                }
            }

            /// The value as `getsockopt` gives it, in this machine's byte order.
            #[must_use]
            pub fn to_bytes(&self) -> RawValue {
                match self {
                    $(Self::$name(value) => value::$codec::write(*value),)*
                }
            }
        }
    };
}

options! {
    /// bind to a port whose former connections are in TIME-WAIT.
    ReuseAddr(bool) = SOL_SOCKET 2 "SO_REUSEADDR" via flag;
    /// `SOCK_STREAM` is 1, `SOCK_DGRAM` 2. Read only.
    Type(i32) = SOL_SOCKET 3 "SO_TYPE" via int;
    /// the error that waits, which reading clears. Read only.
    Error(Option<Errno>) = SOL_SOCKET 4 "SO_ERROR" via errno;
    /// datagrams may go to broadcast addresses.
    Broadcast(bool) = SOL_SOCKET 6 "SO_BROADCAST" via flag;
    /// bytes of the send buffer. What is set is doubled, as Linux does for its bookkeeping; what
    /// is read is the double.
    SendBuffer(u32) = SOL_SOCKET 7 "SO_SNDBUF" via count;
    /// bytes of the receive buffer, doubled as for sending.
    RecvBuffer(u32) = SOL_SOCKET 8 "SO_RCVBUF" via count;
    /// probe a silent peer.
    KeepAlive(bool) = SOL_SOCKET 9 "SO_KEEPALIVE" via flag;
    /// urgent data stays in its place among the rest (RFC 6093 §6).
    OobInline(bool) = SOL_SOCKET 10 "SO_OOBINLINE" via flag;
    /// which queue of a link it should take; kept.
    Priority(i32) = SOL_SOCKET 12 "SO_PRIORITY" via int;
    /// `close` waits so long for what is unsent; zero resets the connection. Whole seconds.
    Linger(Option<Duration>) = SOL_SOCKET 13 "SO_LINGER" via linger;
    /// several sockets share one port and its load.
    ReusePort(bool) = SOL_SOCKET 15 "SO_REUSEPORT" via flag;
    /// a stream is readable from so many bytes on.
    RecvLowat(i32) = SOL_SOCKET 18 "SO_RCVLOWAT" via int;
    /// a stream takes from so many bytes on: always 1. Read only.
    SendLowat(i32) = SOL_SOCKET 19 "SO_SNDLOWAT" via int;
    /// `MSG_PEEK` goes on behind so many bytes, and moves on as it does; below 0 it begins at the front.
    PeekOff(i32) = SOL_SOCKET 42 "SO_PEEK_OFF" via int;
    /// whether it listens. Read only.
    AcceptConn(bool) = SOL_SOCKET 30 "SO_ACCEPTCONN" via flag;
    /// when a datagram came, comes with it, in microseconds.
    Timestamp(bool) = SOL_SOCKET 29 "SO_TIMESTAMP" via flag;
    /// the same in nanoseconds.
    TimestampNs(bool) = SOL_SOCKET 35 "SO_TIMESTAMPNS" via flag;
    /// a number for whoever sorts packets; kept.
    Mark(u32) = SOL_SOCKET 36 "SO_MARK" via count;
    /// the protocol's number, 6 for TCP. Read only.
    Protocol(i32) = SOL_SOCKET 38 "SO_PROTOCOL" via int;
    /// data leaves no faster, and evenly: bytes a second; `u32::MAX` for no bound.
    MaxPacingRate(u32) = SOL_SOCKET 47 "SO_MAX_PACING_RATE" via count;
    /// the family's number, 2 for `AF_INET`. Read only.
    Domain(i32) = SOL_SOCKET 39 "SO_DOMAIN" via int;
    /// a number that no other socket has. Read only.
    Cookie(u64) = SOL_SOCKET 57 "SO_COOKIE" via long;
    /// the one interface that it hears and sends by, by number; 0 for all.
    BindToIfindex(i32) = SOL_SOCKET 62 "SO_BINDTOIFINDEX" via int;
    /// DSCP of what is sent.
    Tos(u8) = IPPROTO_IP 1 "IP_TOS" via ip_byte;
    /// hops that packets may make; `None` for the stack's default.
    Ttl(Option<u8>) = IPPROTO_IP 2 "IP_TTL" via ttl;
    /// the options of every packet of IPv4 that it sends, up to 40 bytes (RFC 791 §3.1).
    Options(IpOptions) = IPPROTO_IP 4 "IP_OPTIONS" via ip_options;
    /// a datagram's options come with it.
    RecvOpts(bool) = IPPROTO_IP 6 "IP_RECVOPTS" via ip_flag;
    /// those of them that an answer would carry come with it.
    RetOpts(bool) = IPPROTO_IP 7 "IP_RETOPTS" via ip_flag;
    /// packets that are too long for the way are 0 cut, here and on the way; 1 cut here, while those
    /// that fit are not to be cut on the way; 2 refused with EMSGSIZE; 3 refused by the link's MTU
    /// alone; 4 the same, and what routers say is passed over; 5 cut by the link's MTU, and likewise.
    MtuDiscover(i32) = IPPROTO_IP 10 "IP_MTU_DISCOVER" via ip_int;
    /// ICMP errors wait in a queue of their own.
    RecvErr(bool) = IPPROTO_IP 11 "IP_RECVERR" via ip_flag;
    /// hops that a datagram could still make come with it.
    RecvTtl(bool) = IPPROTO_IP 12 "IP_RECVTTL" via ip_flag;
    /// the DSCP and ECN bits of a datagram come with it.
    RecvTos(bool) = IPPROTO_IP 13 "IP_RECVTOS" via ip_flag;
    /// where a datagram came in, and for which address, comes with it.
    PktInfo(bool) = IPPROTO_IP 8 "IP_PKTINFO" via ip_flag;
    /// it may be bound to an address that is none of this host's.
    FreeBind(bool) = IPPROTO_IP 15 "IP_FREEBIND" via group_flag;
    /// as `IP_FREEBIND`; no packets of others are turned to it.
    Transparent(bool) = IPPROTO_IP 19 "IP_TRANSPARENT" via group_flag;
    /// for which address and port a datagram came, comes with it.
    RecvOrigDstAddr(bool) = IPPROTO_IP 20 "IP_RECVORIGDSTADDR" via ip_flag;
    /// a stream hears no packet that could make fewer hops (RFC 5082).
    MinTtl(u8) = IPPROTO_IP 21 "IP_MINTTL" via min_hops;
    /// `bind` with port 0 gives no port yet: `connect` and `listen` do.
    BindAddressNoPort(bool) = IPPROTO_IP 24 "IP_BIND_ADDRESS_NO_PORT" via ip_flag;
    /// where packets to groups leave; the route decides otherwise.
    MulticastIf(GroupInterface) = IPPROTO_IP 32 "IP_MULTICAST_IF" via mreq_interface;
    /// routers that packets to groups may pass, and one more; 1 from the start.
    MulticastTtl(u8) = IPPROTO_IP 33 "IP_MULTICAST_TTL" via hops;
    /// members on this host hear what is sent to groups; on from the start.
    MulticastLoop(bool) = IPPROTO_IP 34 "IP_MULTICAST_LOOP" via group_flag;
    /// join a group. Write only, as those that follow.
    AddMembership(GroupRequest) = IPPROTO_IP 35 "IP_ADD_MEMBERSHIP" via mreq;
    /// leave it.
    DropMembership(GroupRequest) = IPPROTO_IP 36 "IP_DROP_MEMBERSHIP" via mreq;
    /// listen to a source again.
    UnblockSource(GroupRequest) = IPPROTO_IP 37 "IP_UNBLOCK_SOURCE" via mreq_source;
    /// do not listen to a source of a group that was joined.
    BlockSource(GroupRequest) = IPPROTO_IP 38 "IP_BLOCK_SOURCE" via mreq_source;
    /// listen to one source of a group.
    AddSourceMembership(GroupRequest) = IPPROTO_IP 39 "IP_ADD_SOURCE_MEMBERSHIP" via mreq_source;
    /// listen to it no more.
    DropSourceMembership(GroupRequest) = IPPROTO_IP 40 "IP_DROP_SOURCE_MEMBERSHIP" via mreq_source;
    /// join a group.
    JoinGroup(GroupRequest) = IPPROTO_IP 42 "MCAST_JOIN_GROUP" via group_req;
    /// as `IP_BLOCK_SOURCE`.
    BlockGroupSource(GroupRequest) = IPPROTO_IP 43 "MCAST_BLOCK_SOURCE" via group_source_req;
    /// as `IP_UNBLOCK_SOURCE`.
    UnblockGroupSource(GroupRequest) = IPPROTO_IP 44 "MCAST_UNBLOCK_SOURCE" via group_source_req;
    /// leave a group.
    LeaveGroup(GroupRequest) = IPPROTO_IP 45 "MCAST_LEAVE_GROUP" via group_req;
    /// as `IP_ADD_SOURCE_MEMBERSHIP`.
    JoinSourceGroup(GroupRequest) = IPPROTO_IP 46 "MCAST_JOIN_SOURCE_GROUP" via group_source_req;
    /// as `IP_DROP_SOURCE_MEMBERSHIP`.
    LeaveSourceGroup(GroupRequest) = IPPROTO_IP 47 "MCAST_LEAVE_SOURCE_GROUP" via group_source_req;
    /// hear groups that others on this host joined; on from the start.
    MulticastAll(bool) = IPPROTO_IP 49 "IP_MULTICAST_ALL" via strict_group_flag;
    /// ports that it may get without asking for one: the first in the lower half, the last in the
    /// upper, 0 for that of `ip_local_port_range`.
    LocalPortRange(u32) = IPPROTO_IP 51 "IP_LOCAL_PORT_RANGE" via port_range;
    /// hops that packets of IPv6 may make; `None` for the stack's default.
    UnicastHops(Option<u8>) = IPPROTO_IPV6 16 "IPV6_UNICAST_HOPS" via hops6;
    /// bytes of the longest packet of IPv6 that datagrams are sent in, from 1280; 0 for what the way takes.
    /// By number it reads as [`IPV6_MTU`].
    PathMtu6(i32) = IPPROTO_IPV6 24 "IPV6_MTU" via int;
    /// the interface by which datagrams of IPv6 leave. Linux keeps the address beside it and sends from
    /// another. Write only.
    StickyPktInfo(PktInfo6) = IPPROTO_IPV6 50 "IPV6_PKTINFO" via pktinfo6;
    /// as `IP_MTU_DISCOVER`, over IPv6.
    MtuDiscover6(i32) = IPPROTO_IPV6 23 "IPV6_MTU_DISCOVER" via int;
    /// datagrams of IPv6 that are too long for the way are refused with EMSGSIZE, and not cut.
    DontFrag6(bool) = IPPROTO_IPV6 62 "IPV6_DONTFRAG" via lax_flag;
    /// as `IP_RECVERR`, of packets of IPv6.
    Recv6Err(bool) = IPPROTO_IPV6 25 "IPV6_RECVERR" via flag;
    /// speak IPv6 alone, and no IPv4 by mapped addresses; before the socket has a port.
    V6Only(bool) = IPPROTO_IPV6 26 "IPV6_V6ONLY" via flag;
    /// DSCP of what is sent over IPv6.
    TrafficClass(u8) = IPPROTO_IPV6 67 "IPV6_TCLASS" via traffic_class;
    /// as `IP_PKTINFO`, with an address of IPv6.
    Recv6PktInfo(bool) = IPPROTO_IPV6 49 "IPV6_RECVPKTINFO" via flag;
    /// as `IP_RECVTTL`, of packets of IPv6.
    RecvHopLimit(bool) = IPPROTO_IPV6 51 "IPV6_RECVHOPLIMIT" via flag;
    /// as `IP_RECVTOS`, of packets of IPv6.
    RecvTrafficClass(bool) = IPPROTO_IPV6 66 "IPV6_RECVTCLASS" via flag;
    /// as `IP_MINTTL`, of packets of IPv6.
    MinHopCount(u8) = IPPROTO_IPV6 73 "IPV6_MINHOPCOUNT" via min_hops6;
    /// as `IP_RECVORIGDSTADDR`, of packets of IPv6.
    Recv6OrigDstAddr(bool) = IPPROTO_IPV6 74 "IPV6_RECVORIGDSTADDR" via flag;
    /// as `IP_TRANSPARENT`.
    Transparent6(bool) = IPPROTO_IPV6 75 "IPV6_TRANSPARENT" via flag;
    /// as `IP_FREEBIND`.
    Free6Bind(bool) = IPPROTO_IPV6 78 "IPV6_FREEBIND" via flag;
    /// where packets to groups leave, by the interface's number.
    Multicast6If(GroupInterface) = IPPROTO_IPV6 17 "IPV6_MULTICAST_IF" via interface;
    /// routers that packets to groups may pass, and one more; 1 from the start.
    Multicast6Hops(u8) = IPPROTO_IPV6 18 "IPV6_MULTICAST_HOPS" via group_hops6;
    /// as `IP_MULTICAST_LOOP`.
    Multicast6Loop(bool) = IPPROTO_IPV6 19 "IPV6_MULTICAST_LOOP" via strict_flag;
    /// join a group. Write only.
    Join6Group(GroupRequest) = IPPROTO_IPV6 20 "IPV6_JOIN_GROUP" via mreq6;
    /// leave it. Write only.
    Leave6Group(GroupRequest) = IPPROTO_IPV6 21 "IPV6_LEAVE_GROUP" via mreq6;
    /// as `IP_MULTICAST_ALL`.
    Multicast6All(bool) = IPPROTO_IPV6 29 "IPV6_MULTICAST_ALL" via flag;
    /// at IPv6's level: join a group. Write only, as those that follow.
    Mcast6Join(GroupRequest) = IPPROTO_IPV6 42 "MCAST_JOIN_GROUP" via group_req6;
    /// at IPv6's level: do not listen to a source of a group that was joined.
    Mcast6Block(GroupRequest) = IPPROTO_IPV6 43 "MCAST_BLOCK_SOURCE" via group_source_req6;
    /// at IPv6's level: listen to it again.
    Mcast6Unblock(GroupRequest) = IPPROTO_IPV6 44 "MCAST_UNBLOCK_SOURCE" via group_source_req6;
    /// at IPv6's level: leave a group.
    Mcast6Leave(GroupRequest) = IPPROTO_IPV6 45 "MCAST_LEAVE_GROUP" via group_req6;
    /// at IPv6's level: listen to one source of a group.
    Mcast6JoinSource(GroupRequest) = IPPROTO_IPV6 46 "MCAST_JOIN_SOURCE_GROUP" via group_source_req6;
    /// at IPv6's level: listen to it no more.
    Mcast6LeaveSource(GroupRequest) = IPPROTO_IPV6 47 "MCAST_LEAVE_SOURCE_GROUP" via group_source_req6;
    /// what one call sends is several datagrams of so many bytes each; 0 for one.
    Segment(i32) = IPPROTO_UDP 103 "UDP_SEGMENT" via int;
    /// datagrams of one length that came as one are received as one, and with them their length.
    Gro(bool) = IPPROTO_UDP 104 "UDP_GRO" via flag;
    /// send small segments at once: no Nagle (RFC 9293 §3.7.4).
    NoDelay(bool) = IPPROTO_TCP 1 "TCP_NODELAY" via flag;
    /// bytes of the largest segment, 88 to 32767; 0 for what the way allows.
    MaxSegment(u32) = IPPROTO_TCP 2 "TCP_MAXSEG" via count;
    /// segments that are not full wait for more, up to 200 ms.
    Cork(bool) = IPPROTO_TCP 3 "TCP_CORK" via flag;
    /// silence before the first keepalive probe. 1 to 32767 seconds.
    KeepIdle(Duration) = IPPROTO_TCP 4 "TCP_KEEPIDLE" via seconds;
    /// time between keepalive probes. 1 to 32767 seconds.
    KeepInterval(Duration) = IPPROTO_TCP 5 "TCP_KEEPINTVL" via seconds;
    /// unanswered probes that end the connection, 1 to 127.
    KeepCount(u32) = IPPROTO_TCP 6 "TCP_KEEPCNT" via count;
    /// how often a SYN is sent again, 1 to 127.
    SynCount(u32) = IPPROTO_TCP 7 "TCP_SYNCNT" via count;
    /// seconds that a closed connection waits for the peer's FIN, up to 120; below 0 none, and it
    /// is reset.
    Linger2(i32) = IPPROTO_TCP 8 "TCP_LINGER2" via int;
    /// seconds that a listener lets a caller wait for its first data before it is accepted.
    DeferAccept(i32) = IPPROTO_TCP 9 "TCP_DEFER_ACCEPT" via int;
    /// most bytes that are offered as window, at least 1152; 0 for no bound.
    WindowClamp(i32) = IPPROTO_TCP 10 "TCP_WINDOW_CLAMP" via int;
    /// 1: ACKs do not wait for an answer to carry them, until the ends take turns again; 0: they
    /// wait; another even number: what is owed goes at once, the rest waits. Read, it is 0 or 1.
    QuickAck(i32) = IPPROTO_TCP 12 "TCP_QUICKACK" via int;
    /// the algorithm of congestion control, by name in 16 bytes. An unknown name is ENOENT, one
    /// that `tcp_allowed_congestion_control` leaves out EPERM.
    Congestion(CongestionControl) = IPPROTO_TCP 13 "TCP_CONGESTION" via algorithm;
    /// bytes that may wait to be sent for the first time before a writer has to wait.
    NotSentLowat(u32) = IPPROTO_TCP 25 "TCP_NOTSENT_LOWAT" via count;
    /// callers at most that a listener lets in before their handshake is complete (RFC 7413).
    FastOpen(u32) = IPPROTO_TCP 23 "TCP_FASTOPEN" via count;
    /// `connect` returns at once, and the first `send` puts its data into the SYN (RFC 7413).
    FastOpenConnect(bool) = IPPROTO_TCP 30 "TCP_FASTOPEN_CONNECT" via one_or_none;
    /// how much of the stream still waits, comes with what is received by recvmsg(2).
    InQueue(bool) = IPPROTO_TCP 36 "TCP_INQ" via one_or_none;
    /// the key of a listener's Fast Open cookies, and of the cookies before: 16 or 32 bytes.
    FastOpenKey(FastOpenKey) = IPPROTO_TCP 33 "TCP_FASTOPEN_KEY" via fast_open_key;
    /// Fast Open without cookies, at either end.
    FastOpenNoCookie(bool) = IPPROTO_TCP 34 "TCP_FASTOPEN_NO_COOKIE" via one_or_none;
    /// data unacknowledged for so long ends the connection (RFC 5482); zero for the sysctls'
    /// limits. In milliseconds.
    UserTimeout(Duration) = IPPROTO_TCP 18 "TCP_USER_TIMEOUT" via millis;
}
