//! How a step of the way up or down answers.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;

use wire::{Layer, Malformed};

use crate::packet::Reply;

/// Go on with a value, or stop for a reason that the spine acts upon.
pub(crate) type Verdict<T> = Result<T, Stop>;

/// Why a packet goes no further.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It has arrived, or is kept where it waits for more.
    Taken,
    /// Somebody is owed an answer that belongs to no socket. The packet may have died of something
    /// as well, which is then counted. Boxed, since most packets are owed none.
    Reply(Box<Reply>, Option<DropReason>),
    /// It dies here.
    Drop(DropReason),
}

impl Stop {
    /// An answer, and what the packet died of if it did.
    pub(crate) fn reply(reply: Reply, reason: Option<DropReason>) -> Self {
        Self::Reply(Box::new(reply), reason)
    }
}

impl From<DropReason> for Stop {
    fn from(reason: DropReason) -> Self {
        Self::Drop(reason)
    }
}

impl From<Malformed> for Stop {
    fn from(malformed: Malformed) -> Self {
        Self::Drop(malformed.into())
    }
}

/// Why a packet died. Each is counted, can be asserted, and is what a person sees who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DropReason {
    /// The bytes ended before the header did.
    Truncated(Layer),
    /// A version or format that is not spoken here.
    BadVersion(Layer),
    /// A header length below the smallest.
    BadHeaderLength(Layer),
    /// A length field that contradicts the bytes there.
    BadLength(Layer),
    /// A checksum that does not add up.
    BadChecksum(Layer),
    /// A field with a value that no sender may use.
    BadField(Layer),
    /// Link: the frame is for another card.
    NotForThisCard,
    /// Link: the frame's source is a group address, or our own.
    BadSourceMac,
    /// Link: an EtherType that is not spoken here.
    UnknownEtherType,
    /// In a VLAN that no interface of this host stands for.
    UnknownVlan,
    /// The interface does not exist or is down.
    InterfaceDown,
    /// ARP: an operation other than request and reply.
    UnknownArpOperation,
    /// ARP: about an address that is none of ours, and from nobody we asked for.
    ArpNotForUs,
    /// ARP: from a sender that nobody can be: a group, a broadcast or a loopback address.
    ArpBadSender,
    /// ARP: somebody else speaks for, or wants, an address of ours (RFC 5227).
    ArpConflict,
    /// ARP: another card claims an address that one claimed less than a second ago; the first is
    /// believed.
    ArpContradiction,
    /// Neighbour Discovery: on a link that has no MAC addresses.
    NdOnThisLink,
    /// Neighbour Discovery: a hop limit below 255: a router let it through (RFC 4861 §3.1).
    NdHopLimit,
    /// Neighbour Discovery: from or to an address that such a message may not have (RFC 4861 §6.1,
    /// §7.1, §8.1).
    NdBadAddress,
    /// Neighbour Discovery: a message of another kind than those that come this way.
    NdUnexpected,
    /// Neighbour Discovery: a question for an address that is none of ours.
    NdNotForUs,
    /// Neighbour Discovery: an answer that nobody asked for.
    NdNotAsked,
    /// Neighbour Discovery: an answer without the MAC address that was asked for.
    NdNoTarget,
    /// Neighbour Discovery: a question from somebody whose MAC address is not known.
    NdNoSource,
    /// Neighbour Discovery: somebody else speaks for, or wants, an address of ours (RFC 4862 §5.4).
    NdConflict,
    /// Neighbour Discovery: our own question, brought back by the link (RFC 7527).
    NdLoopedBack,
    /// Neighbour: too many packets wait for one address; the oldest gave way.
    NeighborQueueFull,
    /// Neighbour: nobody answered for the address.
    NeighborUnreachable,
    /// Neighbour: the cache is full of entries in use.
    NeighborCacheFull,
    /// TCP: it made more hops than the socket lets it (`IP_MINTTL`, RFC 5082 §3).
    TooFar,
    /// TCP: it came in at another interface than the socket's (`SO_BINDTODEVICE`).
    OtherDevice,
    /// IP: a source address that nobody can have (broadcast, multicast, loopback from a cable).
    MartianSource,
    /// IP: from an address to which packets would not leave by that interface (`rp_filter`).
    ReversePath,
    /// IP: a destination that may not appear on a cable.
    MartianDestination,
    /// IP: it says itself which way to go, which nobody obeys any more (RFC 7126 §4.3, RFC 5095).
    SourceRouted,
    /// IPv4: an option without a length, or with one that makes no sense (RFC 1122 §3.2.2.5).
    BadIpv4Option,
    /// IPv6: more extension headers than any packet needs.
    TooManyExtensions,
    /// IPv6: an option that is not known here, and that its sender wants known (RFC 8200 §4.2).
    UnknownIpv6Option,
    /// IPv6: longer than 65,535 bytes by its own word (RFC 2675), which is not spoken here.
    Jumbogram,
    /// IPv6: nothing follows the headers (RFC 8200 §4.7).
    NothingInside,
    /// IPv6: a first fragment that does not hold all headers (RFC 7112).
    IncompleteHeaderChain,
    /// IP: for one host, but the link sent it to many (RFC 1122 §3.3.6).
    UnicastToMany,
    /// IP: for a group that nobody here is in.
    NotInGroup,
    /// IP: for another host, and this one does not forward.
    NotForThisHost,
    /// IP: the TTL ran out here.
    TtlExceeded,
    /// IP: no route leads there.
    NoRoute,
    /// IP: no address of ours can be the source on that way.
    NoSourceAddress,
    /// IP: a broadcast that a router does not pass on.
    BroadcastNotForwarded,
    /// IP: to or from an address that means something on its own link only (RFC 3927 §2.7).
    LinkLocalNotForwarded,
    /// IP: more packets go through this host than its driver fetches.
    ForwardQueueFull,
    /// IP: larger than the link takes, and not to be fragmented.
    FragmentationNeeded,
    /// IP: larger than a datagram can be.
    TooLong,
    /// IP: a fragment that overlaps another; the whole datagram goes (RFC 5722).
    FragmentOverlap,
    /// IP: a fragment that is empty, whose length is no multiple of 8 though more follow, that
    /// contradicts the end seen, or whose ECN mark contradicts the others'.
    BadFragment,
    /// IP: a fragment that is there already; the datagram lives on.
    DuplicateFragment,
    /// IP: more fragments than a link with the least MTU would make.
    TooManyFragments,
    /// IPv4: so many fragments of the same host came since (`ipfrag_max_dist`) that its identification
    /// may mean another datagram by now.
    FragmentOvertaken,
    /// IP: the store of unfinished datagrams is full; the oldest gave way, of the host that takes more
    /// than a quarter of it if there is one.
    ReassemblyFull,
    /// IP: fragments were missing for too long.
    ReassemblyTimeout,
    /// IP: nobody speaks that protocol here.
    UnknownProtocol,
    /// ICMP: a kind that asks for nothing.
    UnknownIcmp,
    /// ICMP: an error about a packet that no socket here sent.
    IcmpForNobody,
    /// ICMP: an error sent to a broadcast address.
    IcmpNotUnicast,
    /// ICMP: too big, but for a next-hop MTU that is below 68 (IPv6: 1280) or no less than what is
    /// believed already.
    IcmpBadMtu,
    /// An ICMP error told the path's MTU to a socket that passes over what routers say
    /// (`IP_PMTUDISC_INTERFACE`, `IP_PMTUDISC_OMIT`).
    IcmpMtuPassedOver,
    /// ICMP: pings are not answered here.
    IcmpEchoIgnored,
    /// ICMP: echo to a broadcast address is not answered.
    IcmpBroadcastEcho,
    /// ICMP: more answers are owed than the rate limit allows.
    IcmpRateLimited,
    /// ICMP, Neighbour Discovery: redirects are not taken here.
    RedirectNotWanted,
    /// ICMP, Neighbour Discovery: a redirect from somebody who does not pass our packets to that
    /// destination on (RFC 1122 §3.2.2.2, RFC 4861 §8.1).
    RedirectNotFromGateway,
    /// ICMP, Neighbour Discovery: a redirect to an address that nobody can have, or that is none of
    /// the link's.
    RedirectBadTarget,
    /// IGMP: a type that is not spoken here.
    UnknownIgmp,
    /// IGMP, MLD: what other hosts tell their router.
    MembershipOfOthers,
    /// MLD: from an address of another link, or through a router (RFC 3810 §5.1.14).
    MldNotFromLink,
    /// Ping: the socket's receive buffer is full.
    PingReceiveBufferFull,
    /// UDP: nobody is bound to the port.
    UdpPortUnreachable,
    /// UDP: the socket's receive buffer is full.
    UdpReceiveBufferFull,
    /// TCP: nobody listens, no connection fits.
    TcpPortUnreachable,
    /// TCP: to or from a broadcast or multicast address.
    TcpNotUnicast,
    /// TCP: the listener's queue of half-open connections is full.
    TcpSynQueueFull,
    /// TCP: a SYN was answered by a cookie (RFC 4987), and nothing is kept of it.
    TcpSynCookie,
    /// TCP: the listener's queue of connections not yet accepted is full.
    TcpAcceptQueueFull,
    /// TCP: the connection did not use the segment, or a part of it.
    Tcp(::tcp::DropReason),
    /// Connection tracking: so many conversations are remembered (`nf_conntrack_max`), all of them
    /// answered.
    ConntrackFull,
    /// Connection tracking: one address has begun half of all that fit.
    ConntrackSourceLimit,
    /// Connection tracking: it would look like another conversation.
    ConntrackClash,
    /// NAT: the outside interface has no address of IPv4.
    NatNoAddress,
    /// NAT: to a port of the outside address that stands for nobody, and at which nobody here
    /// listens. No answer is sent (RFC 5382 REQ-4).
    NatNoMapping,
    /// NAT: to a port that stands for somebody who has not spoken to the sender (RFC 4787 §5).
    NatFiltered,
    /// NAT: from outside straight to an inside address.
    NatOutsideIn,
    /// NAT: it belongs to no conversation and cannot begin one, so that nobody knows how to translate
    /// it.
    NatNoFlow,
    /// NAT: a protocol without ports.
    NatProtocol,
    /// NAT: every port is taken.
    NatPortsExhausted,
    /// NAT: the host has as many mappings as one may have.
    NatHostLimit,
    /// Firewall: a rule or the policy says "drop".
    FirewallDrop,
    /// Firewall: a rule or the policy says "reject".
    FirewallReject,
    /// Firewall: a part of a packet of IPv6 with other headers in front of the Fragment header, which
    /// is not put together on its way.
    FirewallFragment,
    /// More answers wait than the stack keeps.
    ReplyQueueFull,
    /// More frames wait on the loopback than it holds.
    LoopbackFull,
}

impl From<Malformed> for DropReason {
    fn from(malformed: Malformed) -> Self {
        match malformed {
            Malformed::Truncated { layer, .. } => Self::Truncated(layer),
            Malformed::Version { layer, .. } => Self::BadVersion(layer),
            Malformed::HeaderLength { layer, .. } => Self::BadHeaderLength(layer),
            Malformed::Length { layer, .. } => Self::BadLength(layer),
            Malformed::Checksum { layer } => Self::BadChecksum(layer),
            Malformed::Field { layer, .. } => Self::BadField(layer),
        }
    }
}

/// How many packets died of what.
#[derive(Clone, Debug, Default)]
pub struct Drops {
    counts: BTreeMap<DropReason, u64>,
    total: u64,
    last: Option<DropReason>,
}

impl Drops {
    /// Counts one more.
    pub(crate) fn count(&mut self, reason: DropReason) {
        self.add(reason, 1);
    }

    /// Counts several more.
    pub(crate) fn add(&mut self, reason: DropReason, count: u64) {
        if count > 0 {
            *self.counts.entry(reason).or_insert(0) += count;
            self.total += count;
            self.last = Some(reason);
        }
    }

    /// How many packets died of `reason`.
    #[must_use]
    pub fn get(&self, reason: DropReason) -> u64 {
        self.counts.get(&reason).copied().unwrap_or(0)
    }

    /// How many packets died in all.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// What the last one died of.
    #[must_use]
    pub const fn last(&self) -> Option<DropReason> {
        self.last
    }

    /// Every reason that occurred, with its count.
    pub fn iter(&self) -> impl Iterator<Item = (DropReason, u64)> + '_ {
        self.counts.iter().map(|(reason, count)| (*reason, *count))
    }
}
