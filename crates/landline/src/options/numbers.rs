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
/// What a close does with unsent data: `struct linger`, on or off and seconds.
pub const SO_LINGER: i32 = 13;
/// Several sockets share one address.
pub const SO_REUSEPORT: i32 = 15;
/// Whether the socket listens. Read only.
pub const SO_ACCEPTCONN: i32 = 30;
/// The socket's protocol. Read only.
pub const SO_PROTOCOL: i32 = 38;
/// The socket's family. Read only.
pub const SO_DOMAIN: i32 = 39;

/// The DSCP and ECN bits of what is sent.
pub const IP_TOS: i32 = 1;
/// The hop limit of what is sent.
pub const IP_TTL: i32 = 2;
/// Bytes that the way to the peer carries in one packet. Read only, on a connected socket.
pub const IP_MTU: i32 = 14;

/// Send small segments at once (Nagle's algorithm off).
pub const TCP_NODELAY: i32 = 1;
/// The largest segment sent, in bytes.
pub const TCP_MAXSEG: i32 = 2;
/// Seconds of silence before the first keepalive probe.
pub const TCP_KEEPIDLE: i32 = 4;
/// Seconds between keepalive probes.
pub const TCP_KEEPINTVL: i32 = 5;
/// Unanswered keepalive probes that end the connection.
pub const TCP_KEEPCNT: i32 = 6;
/// Milliseconds that sent data may stay unacknowledged (RFC 5482).
pub const TCP_USER_TIMEOUT: i32 = 18;
