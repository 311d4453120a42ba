//! Linux's numbers of the levels and options (asm-generic/socket.h, linux/tcp.h, linux/in.h). Our
//! own stack takes the same ones.

/// The level of options that every socket has.
pub const SOL_SOCKET: i32 = 1;
/// The level of IPv4's options.
pub const IPPROTO_IP: i32 = 0;
/// The level of TCP's options.
pub const IPPROTO_TCP: i32 = 6;
/// The level of UDP's options.
pub const IPPROTO_UDP: i32 = 17;
/// The level of IPv6's options.
pub const IPPROTO_IPV6: i32 = 41;

/// Bind to an address that connections in TIME_WAIT still use.
pub const SO_REUSEADDR: i32 = 2;
/// The socket's type: 1 for a stream, 2 for datagrams. Read only.
pub const SO_TYPE: i32 = 3;
/// The pending error, cleared by reading. Read only.
pub const SO_ERROR: i32 = 4;
/// May send to broadcast addresses.
pub const SO_BROADCAST: i32 = 6;
/// Bytes of memory for sending; Linux doubles what is set.
pub const SO_SNDBUF: i32 = 7;
/// Bytes of memory for receiving; Linux doubles what is set.
pub const SO_RCVBUF: i32 = 8;
/// Probe a silent peer.
pub const SO_KEEPALIVE: i32 = 9;
/// Urgent data stays in its place among the rest.
pub const SO_OOBINLINE: i32 = 10;
/// Which queue of a link what is sent should take, 0 to 6.
pub const SO_PRIORITY: i32 = 12;
/// What a close does with unsent data: `struct linger`, on or off and seconds.
pub const SO_LINGER: i32 = 13;
/// Several sockets share one address.
pub const SO_REUSEPORT: i32 = 15;
/// A stream is readable from so many bytes on.
pub const SO_RCVLOWAT: i32 = 18;
/// A stream takes from so many bytes on: always 1. Read only.
pub const SO_SNDLOWAT: i32 = 19;
/// The interface that the socket hears and sends by alone, by name.
pub const SO_BINDTODEVICE: i32 = 25;
/// When a datagram came, comes with it: a `struct timeval`.
pub const SO_TIMESTAMP: i32 = 29;
/// The same in nanoseconds: a `struct timespec`.
pub const SO_TIMESTAMPNS: i32 = 35;
/// A number that no other socket has, in eight bytes. Read only.
pub const SO_COOKIE: i32 = 57;
/// The interface that the socket hears and sends by alone, by number; 0 for all.
pub const SO_BINDTOIFINDEX: i32 = 62;
/// Whether the socket listens. Read only.
pub const SO_ACCEPTCONN: i32 = 30;
/// A number for whoever sorts packets.
pub const SO_MARK: i32 = 36;
/// The socket's protocol. Read only.
pub const SO_PROTOCOL: i32 = 38;
/// Data leaves no faster than so many bytes a second; `-1` for no bound.
pub const SO_MAX_PACING_RATE: i32 = 47;
/// The socket's family. Read only.
pub const SO_DOMAIN: i32 = 39;

/// The DSCP and ECN bits of what is sent.
pub const IP_TOS: i32 = 1;
/// The hop limit of what is sent.
pub const IP_TTL: i32 = 2;
/// Where a datagram came in, and for which address, comes with it.
pub const IP_PKTINFO: i32 = 8;
/// What becomes of packets that are too long for the way: `IP_PMTUDISC_DONT` 0, `WANT` 1, `DO` 2,
/// `PROBE` 3, `INTERFACE` 4, `OMIT` 5.
pub const IP_MTU_DISCOVER: i32 = 10;
/// ICMP errors wait in a queue of their own.
pub const IP_RECVERR: i32 = 11;
/// The hops that a datagram could still make come with it.
pub const IP_RECVTTL: i32 = 12;
/// The DSCP and ECN bits of a datagram come with it.
pub const IP_RECVTOS: i32 = 13;
/// May be bound to an address that is none of this host's.
pub const IP_FREEBIND: i32 = 15;
/// As `IP_FREEBIND`; on the kernel's network with privileges and more than that.
pub const IP_TRANSPARENT: i32 = 19;
/// For which address and port a datagram came, comes with it.
pub const IP_RECVORIGDSTADDR: i32 = 20;
/// `bind` with port 0 gives no port yet: `connect` and `listen` do.
pub const IP_BIND_ADDRESS_NO_PORT: i32 = 24;
/// Ports that it may get without asking for one: the first in the lower half, the last in the upper.
pub const IP_LOCAL_PORT_RANGE: i32 = 51;
/// A stream hears no packet that could make fewer hops (RFC 5082).
pub const IP_MINTTL: i32 = 21;
/// As `IP_MTU_DISCOVER`, of packets of IPv6.
pub const IPV6_MTU_DISCOVER: i32 = 23;
/// As `IP_MTU`, over IPv6.
pub const IPV6_MTU: i32 = 24;
/// Datagrams of IPv6 that are too long for the way are refused with EMSGSIZE, and not cut.
pub const IPV6_DONTFRAG: i32 = 62;
/// ICMPv6 errors wait in a queue of their own.
pub const IPV6_RECVERR: i32 = 25;
/// Where a datagram came in, and for which address, comes with it.
pub const IPV6_RECVPKTINFO: i32 = 49;
/// The hops that a datagram could still make come with it.
pub const IPV6_RECVHOPLIMIT: i32 = 51;
/// The DSCP and ECN bits of a datagram come with it.
pub const IPV6_RECVTCLASS: i32 = 66;
/// A stream hears no packet that could make fewer hops (RFC 5082).
pub const IPV6_MINHOPCOUNT: i32 = 73;
/// For which address and port a datagram came, comes with it.
pub const IPV6_RECVORIGDSTADDR: i32 = 74;
/// As `IP_TRANSPARENT`.
pub const IPV6_TRANSPARENT: i32 = 75;
/// As `IP_FREEBIND`.
pub const IPV6_FREEBIND: i32 = 78;
/// What one call sends is several datagrams of so many bytes each; 0 for one.
pub const UDP_SEGMENT: i32 = 103;
/// How much of the stream still waits, comes with what `recvmsg` receives.
pub const TCP_INQ: i32 = 36;
/// Bytes that the way to the peer carries in one packet. Read only, on a connected socket.
pub const IP_MTU: i32 = 14;

/// Send small segments at once (Nagle's algorithm off).
pub const TCP_NODELAY: i32 = 1;
/// The largest segment sent, in bytes.
pub const TCP_MAXSEG: i32 = 2;
/// Segments that are not full wait for more, up to 200 ms.
pub const TCP_CORK: i32 = 3;
/// Seconds of silence before the first keepalive probe.
pub const TCP_KEEPIDLE: i32 = 4;
/// Seconds between keepalive probes.
pub const TCP_KEEPINTVL: i32 = 5;
/// Unanswered keepalive probes that end the connection.
pub const TCP_KEEPCNT: i32 = 6;
/// How often a SYN is sent again, 1 to 127.
pub const TCP_SYNCNT: i32 = 7;
/// Seconds that a closed connection waits for the peer's FIN; below 0 none.
pub const TCP_LINGER2: i32 = 8;
/// Seconds that a listener lets a caller wait for its first data before it is accepted.
pub const TCP_DEFER_ACCEPT: i32 = 9;
/// Most bytes that are offered as window; 0 for no bound.
pub const TCP_WINDOW_CLAMP: i32 = 10;
/// What the connection knows of itself and its path: `struct tcp_info`. Read only.
pub const TCP_INFO: i32 = 11;
/// ACKs do not wait for an answer to carry them, until the ends take turns again.
pub const TCP_QUICKACK: i32 = 12;
/// The algorithm of congestion control by name, in up to 16 bytes: `reno`, `cubic`, `bbr`,
/// `bbr3`.
pub const TCP_CONGESTION: i32 = 13;
/// Milliseconds that sent data may stay unacknowledged (RFC 5482).
pub const TCP_USER_TIMEOUT: i32 = 18;
/// Callers at most that a listener lets in before their handshake is complete (RFC 7413).
pub const TCP_FASTOPEN: i32 = 23;
/// Bytes that may wait to be sent for the first time before a writer has to wait.
pub const TCP_NOTSENT_LOWAT: i32 = 25;
/// `connect` returns at once, and the first `send` puts its data into the SYN (RFC 7413).
pub const TCP_FASTOPEN_CONNECT: i32 = 30;
/// The key of a listener's Fast Open cookies, and the one before: 16 or 32 bytes.
pub const TCP_FASTOPEN_KEY: i32 = 33;
/// Fast Open without cookies.
pub const TCP_FASTOPEN_NO_COOKIE: i32 = 34;

/// Where packets to groups leave.
pub const IP_MULTICAST_IF: i32 = 32;
/// Routers that packets to groups may pass, and one more.
pub const IP_MULTICAST_TTL: i32 = 33;
/// Members on this host hear what is sent to groups.
pub const IP_MULTICAST_LOOP: i32 = 34;
/// Join a group: `struct ip_mreqn`. Write only.
pub const IP_ADD_MEMBERSHIP: i32 = 35;
/// Leave it. Write only.
pub const IP_DROP_MEMBERSHIP: i32 = 36;
/// Listen to a source again: `struct ip_mreq_source`. Write only.
pub const IP_UNBLOCK_SOURCE: i32 = 37;
/// Do not listen to a source. Write only.
pub const IP_BLOCK_SOURCE: i32 = 38;
/// Listen to one source of a group. Write only.
pub const IP_ADD_SOURCE_MEMBERSHIP: i32 = 39;
/// Listen to it no more. Write only.
pub const IP_DROP_SOURCE_MEMBERSHIP: i32 = 40;
/// Join a group, at the level of either family: `struct group_req`. Write only, as those that follow.
pub const MCAST_JOIN_GROUP: i32 = 42;
/// Do not listen to a source: `struct group_source_req`. Write only.
pub const MCAST_BLOCK_SOURCE: i32 = 43;
/// Listen to it again. Write only.
pub const MCAST_UNBLOCK_SOURCE: i32 = 44;
/// Leave a group. Write only.
pub const MCAST_LEAVE_GROUP: i32 = 45;
/// Listen to one source of a group. Write only.
pub const MCAST_JOIN_SOURCE_GROUP: i32 = 46;
/// Listen to it no more. Write only.
pub const MCAST_LEAVE_SOURCE_GROUP: i32 = 47;
/// Hear groups that others on this host joined.
pub const IP_MULTICAST_ALL: i32 = 49;
/// The hop limit of what is sent over IPv6.
pub const IPV6_UNICAST_HOPS: i32 = 16;
/// Where packets to groups leave, by the interface's number.
pub const IPV6_MULTICAST_IF: i32 = 17;
/// Routers that packets to groups may pass, and one more.
pub const IPV6_MULTICAST_HOPS: i32 = 18;
/// Members on this host hear what is sent to groups.
pub const IPV6_MULTICAST_LOOP: i32 = 19;
/// Join a group: `struct ipv6_mreq`. Write only.
pub const IPV6_JOIN_GROUP: i32 = 20;
/// Leave it. Write only.
pub const IPV6_LEAVE_GROUP: i32 = 21;
/// Speak IPv6 alone, and no IPv4 by mapped addresses; before `bind`.
pub const IPV6_V6ONLY: i32 = 26;
/// Hear groups that others on this host joined.
pub const IPV6_MULTICAST_ALL: i32 = 29;
/// The DSCP and ECN bits of what is sent over IPv6.
pub const IPV6_TCLASS: i32 = 67;
/// `MSG_PEEK` goes on behind so many bytes, and moves on as it does; below 0 it begins at the front.
pub const SO_PEEK_OFF: i32 = 42;
/// The options of every packet of IPv4 that is sent, in up to 40 bytes.
pub const IP_OPTIONS: i32 = 4;
/// A datagram's options come with it.
pub const IP_RECVOPTS: i32 = 6;
/// Those of them that an answer would carry come with it.
pub const IP_RETOPTS: i32 = 7;
/// The interface by which datagrams of IPv6 leave: `struct in6_pktinfo`, of which Linux passes over the
/// address. Write only.
pub const IPV6_PKTINFO: i32 = 50;
/// Datagrams of one length that came as one are received as one, and with them their length.
pub const UDP_GRO: i32 = 104;
