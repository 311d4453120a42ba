//! The numbers that programs write are the ones that our stack reads.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::too_many_lines, reason = "a table is as long as what it lists")]

use landline::options as ours;

#[test]
fn the_stack_has_the_same_numbers() {
    let named = [
        ("SO_TIMESTAMP", ours::SOL_SOCKET, ours::SO_TIMESTAMP),
        ("SO_TIMESTAMPNS", ours::SOL_SOCKET, ours::SO_TIMESTAMPNS),
        ("SO_COOKIE", ours::SOL_SOCKET, ours::SO_COOKIE),
        ("SO_PEEK_OFF", ours::SOL_SOCKET, ours::SO_PEEK_OFF),
        ("IP_OPTIONS", ours::IPPROTO_IP, ours::IP_OPTIONS),
        ("IP_RECVOPTS", ours::IPPROTO_IP, ours::IP_RECVOPTS),
        ("IP_RETOPTS", ours::IPPROTO_IP, ours::IP_RETOPTS),
        ("IPV6_PKTINFO", ours::IPPROTO_IPV6, ours::IPV6_PKTINFO),
        ("UDP_GRO", ours::IPPROTO_UDP, ours::UDP_GRO),
        ("IPV6_MTU", ours::IPPROTO_IPV6, ours::IPV6_MTU),
        ("SO_BINDTOIFINDEX", ours::SOL_SOCKET, ours::SO_BINDTOIFINDEX),
        ("IP_FREEBIND", ours::IPPROTO_IP, ours::IP_FREEBIND),
        ("IP_TRANSPARENT", ours::IPPROTO_IP, ours::IP_TRANSPARENT),
        (
            "IP_RECVORIGDSTADDR",
            ours::IPPROTO_IP,
            ours::IP_RECVORIGDSTADDR,
        ),
        ("IP_MINTTL", ours::IPPROTO_IP, ours::IP_MINTTL),
        (
            "IPV6_MTU_DISCOVER",
            ours::IPPROTO_IPV6,
            ours::IPV6_MTU_DISCOVER,
        ),
        ("IPV6_DONTFRAG", ours::IPPROTO_IPV6, ours::IPV6_DONTFRAG),
        (
            "IP_BIND_ADDRESS_NO_PORT",
            ours::IPPROTO_IP,
            ours::IP_BIND_ADDRESS_NO_PORT,
        ),
        (
            "IP_LOCAL_PORT_RANGE",
            ours::IPPROTO_IP,
            ours::IP_LOCAL_PORT_RANGE,
        ),
        ("IPV6_RECVERR", ours::IPPROTO_IPV6, ours::IPV6_RECVERR),
        (
            "IPV6_RECVPKTINFO",
            ours::IPPROTO_IPV6,
            ours::IPV6_RECVPKTINFO,
        ),
        (
            "IPV6_RECVHOPLIMIT",
            ours::IPPROTO_IPV6,
            ours::IPV6_RECVHOPLIMIT,
        ),
        ("IPV6_RECVTCLASS", ours::IPPROTO_IPV6, ours::IPV6_RECVTCLASS),
        (
            "IPV6_MINHOPCOUNT",
            ours::IPPROTO_IPV6,
            ours::IPV6_MINHOPCOUNT,
        ),
        (
            "IPV6_RECVORIGDSTADDR",
            ours::IPPROTO_IPV6,
            ours::IPV6_RECVORIGDSTADDR,
        ),
        (
            "IPV6_TRANSPARENT",
            ours::IPPROTO_IPV6,
            ours::IPV6_TRANSPARENT,
        ),
        ("IPV6_FREEBIND", ours::IPPROTO_IPV6, ours::IPV6_FREEBIND),
        ("UDP_SEGMENT", ours::IPPROTO_UDP, ours::UDP_SEGMENT),
        ("TCP_INQ", ours::IPPROTO_TCP, ours::TCP_INQ),
        ("SO_REUSEADDR", ours::SOL_SOCKET, ours::SO_REUSEADDR),
        ("SO_TYPE", ours::SOL_SOCKET, ours::SO_TYPE),
        ("SO_ERROR", ours::SOL_SOCKET, ours::SO_ERROR),
        ("SO_BROADCAST", ours::SOL_SOCKET, ours::SO_BROADCAST),
        ("SO_SNDBUF", ours::SOL_SOCKET, ours::SO_SNDBUF),
        ("SO_RCVBUF", ours::SOL_SOCKET, ours::SO_RCVBUF),
        ("SO_KEEPALIVE", ours::SOL_SOCKET, ours::SO_KEEPALIVE),
        ("SO_LINGER", ours::SOL_SOCKET, ours::SO_LINGER),
        ("SO_REUSEPORT", ours::SOL_SOCKET, ours::SO_REUSEPORT),
        ("SO_ACCEPTCONN", ours::SOL_SOCKET, ours::SO_ACCEPTCONN),
        ("SO_PROTOCOL", ours::SOL_SOCKET, ours::SO_PROTOCOL),
        (
            "SO_MAX_PACING_RATE",
            ours::SOL_SOCKET,
            ours::SO_MAX_PACING_RATE,
        ),
        ("SO_DOMAIN", ours::SOL_SOCKET, ours::SO_DOMAIN),
        ("IP_TOS", ours::IPPROTO_IP, ours::IP_TOS),
        ("IP_TTL", ours::IPPROTO_IP, ours::IP_TTL),
        ("TCP_NODELAY", ours::IPPROTO_TCP, ours::TCP_NODELAY),
        ("TCP_MAXSEG", ours::IPPROTO_TCP, ours::TCP_MAXSEG),
        ("TCP_KEEPIDLE", ours::IPPROTO_TCP, ours::TCP_KEEPIDLE),
        ("TCP_KEEPINTVL", ours::IPPROTO_TCP, ours::TCP_KEEPINTVL),
        ("TCP_KEEPCNT", ours::IPPROTO_TCP, ours::TCP_KEEPCNT),
        ("SO_OOBINLINE", ours::SOL_SOCKET, ours::SO_OOBINLINE),
        ("SO_PRIORITY", ours::SOL_SOCKET, ours::SO_PRIORITY),
        ("SO_RCVLOWAT", ours::SOL_SOCKET, ours::SO_RCVLOWAT),
        ("SO_SNDLOWAT", ours::SOL_SOCKET, ours::SO_SNDLOWAT),
        ("SO_MARK", ours::SOL_SOCKET, ours::SO_MARK),
        ("IP_PKTINFO", ours::IPPROTO_IP, ours::IP_PKTINFO),
        ("IP_MTU_DISCOVER", ours::IPPROTO_IP, ours::IP_MTU_DISCOVER),
        ("IP_RECVERR", ours::IPPROTO_IP, ours::IP_RECVERR),
        ("IP_RECVTTL", ours::IPPROTO_IP, ours::IP_RECVTTL),
        ("IP_RECVTOS", ours::IPPROTO_IP, ours::IP_RECVTOS),
        ("TCP_CORK", ours::IPPROTO_TCP, ours::TCP_CORK),
        ("TCP_SYNCNT", ours::IPPROTO_TCP, ours::TCP_SYNCNT),
        ("TCP_LINGER2", ours::IPPROTO_TCP, ours::TCP_LINGER2),
        (
            "TCP_DEFER_ACCEPT",
            ours::IPPROTO_TCP,
            ours::TCP_DEFER_ACCEPT,
        ),
        (
            "TCP_WINDOW_CLAMP",
            ours::IPPROTO_TCP,
            ours::TCP_WINDOW_CLAMP,
        ),
        ("TCP_QUICKACK", ours::IPPROTO_TCP, ours::TCP_QUICKACK),
        ("TCP_CONGESTION", ours::IPPROTO_TCP, ours::TCP_CONGESTION),
        (
            "TCP_NOTSENT_LOWAT",
            ours::IPPROTO_TCP,
            ours::TCP_NOTSENT_LOWAT,
        ),
        ("TCP_FASTOPEN", ours::IPPROTO_TCP, ours::TCP_FASTOPEN),
        (
            "TCP_FASTOPEN_CONNECT",
            ours::IPPROTO_TCP,
            ours::TCP_FASTOPEN_CONNECT,
        ),
        (
            "TCP_FASTOPEN_KEY",
            ours::IPPROTO_TCP,
            ours::TCP_FASTOPEN_KEY,
        ),
        (
            "TCP_FASTOPEN_NO_COOKIE",
            ours::IPPROTO_TCP,
            ours::TCP_FASTOPEN_NO_COOKIE,
        ),
        (
            "TCP_USER_TIMEOUT",
            ours::IPPROTO_TCP,
            ours::TCP_USER_TIMEOUT,
        ),
        ("IP_MULTICAST_IF", ours::IPPROTO_IP, ours::IP_MULTICAST_IF),
        ("IP_MULTICAST_TTL", ours::IPPROTO_IP, ours::IP_MULTICAST_TTL),
        (
            "IP_MULTICAST_LOOP",
            ours::IPPROTO_IP,
            ours::IP_MULTICAST_LOOP,
        ),
        (
            "IP_ADD_MEMBERSHIP",
            ours::IPPROTO_IP,
            ours::IP_ADD_MEMBERSHIP,
        ),
        (
            "IP_DROP_MEMBERSHIP",
            ours::IPPROTO_IP,
            ours::IP_DROP_MEMBERSHIP,
        ),
        (
            "IP_UNBLOCK_SOURCE",
            ours::IPPROTO_IP,
            ours::IP_UNBLOCK_SOURCE,
        ),
        ("IP_BLOCK_SOURCE", ours::IPPROTO_IP, ours::IP_BLOCK_SOURCE),
        (
            "IP_ADD_SOURCE_MEMBERSHIP",
            ours::IPPROTO_IP,
            ours::IP_ADD_SOURCE_MEMBERSHIP,
        ),
        (
            "IP_DROP_SOURCE_MEMBERSHIP",
            ours::IPPROTO_IP,
            ours::IP_DROP_SOURCE_MEMBERSHIP,
        ),
        ("MCAST_JOIN_GROUP", ours::IPPROTO_IP, ours::MCAST_JOIN_GROUP),
        (
            "MCAST_BLOCK_SOURCE",
            ours::IPPROTO_IP,
            ours::MCAST_BLOCK_SOURCE,
        ),
        (
            "MCAST_UNBLOCK_SOURCE",
            ours::IPPROTO_IP,
            ours::MCAST_UNBLOCK_SOURCE,
        ),
        (
            "MCAST_LEAVE_GROUP",
            ours::IPPROTO_IP,
            ours::MCAST_LEAVE_GROUP,
        ),
        (
            "MCAST_JOIN_SOURCE_GROUP",
            ours::IPPROTO_IP,
            ours::MCAST_JOIN_SOURCE_GROUP,
        ),
        (
            "MCAST_LEAVE_SOURCE_GROUP",
            ours::IPPROTO_IP,
            ours::MCAST_LEAVE_SOURCE_GROUP,
        ),
        (
            "MCAST_JOIN_GROUP",
            ours::IPPROTO_IPV6,
            ours::MCAST_JOIN_GROUP,
        ),
        (
            "MCAST_BLOCK_SOURCE",
            ours::IPPROTO_IPV6,
            ours::MCAST_BLOCK_SOURCE,
        ),
        (
            "MCAST_UNBLOCK_SOURCE",
            ours::IPPROTO_IPV6,
            ours::MCAST_UNBLOCK_SOURCE,
        ),
        (
            "MCAST_LEAVE_GROUP",
            ours::IPPROTO_IPV6,
            ours::MCAST_LEAVE_GROUP,
        ),
        (
            "MCAST_JOIN_SOURCE_GROUP",
            ours::IPPROTO_IPV6,
            ours::MCAST_JOIN_SOURCE_GROUP,
        ),
        (
            "MCAST_LEAVE_SOURCE_GROUP",
            ours::IPPROTO_IPV6,
            ours::MCAST_LEAVE_SOURCE_GROUP,
        ),
        ("IP_MULTICAST_ALL", ours::IPPROTO_IP, ours::IP_MULTICAST_ALL),
        (
            "IPV6_UNICAST_HOPS",
            ours::IPPROTO_IPV6,
            ours::IPV6_UNICAST_HOPS,
        ),
        ("IPV6_V6ONLY", ours::IPPROTO_IPV6, ours::IPV6_V6ONLY),
        ("IPV6_TCLASS", ours::IPPROTO_IPV6, ours::IPV6_TCLASS),
        (
            "IPV6_MULTICAST_IF",
            ours::IPPROTO_IPV6,
            ours::IPV6_MULTICAST_IF,
        ),
        (
            "IPV6_MULTICAST_HOPS",
            ours::IPPROTO_IPV6,
            ours::IPV6_MULTICAST_HOPS,
        ),
        (
            "IPV6_MULTICAST_LOOP",
            ours::IPPROTO_IPV6,
            ours::IPV6_MULTICAST_LOOP,
        ),
        ("IPV6_JOIN_GROUP", ours::IPPROTO_IPV6, ours::IPV6_JOIN_GROUP),
        (
            "IPV6_LEAVE_GROUP",
            ours::IPPROTO_IPV6,
            ours::IPV6_LEAVE_GROUP,
        ),
        (
            "IPV6_MULTICAST_ALL",
            ours::IPPROTO_IPV6,
            ours::IPV6_MULTICAST_ALL,
        ),
    ];
    for (name, level, number) in named {
        let option = stack::OptionName::from_numbers(level, number).unwrap();
        assert_eq!(option.linux_name(), name);
    }
    assert_eq!(named.len(), stack::OptionName::ALL.len(), "one is missing");
}
