//! What travels between layers.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::net::IpAddr;
use core::num::NonZeroU32;

use arrayvec::ArrayVec;
use base::{ChecksumState, Frame, Payload};
use smallvec::SmallVec;
use wire::checksum::Checksum;
use wire::{MacAddr, Protocol, arp, ipv4};

use crate::icmp_message::IcmpMessage;
use crate::interface::{InterfaceId, Offload};
use crate::ip_header::Header;
use crate::ip_options::IpOptions;

/// An IP header as it came: IPv4's with all its options fits, and so does IPv6's with a short
/// extension header.
pub(crate) type HeaderBytes = SmallVec<[u8; 60]>;

/// To how many a packet was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cast {
    /// To one.
    Unicast,
    /// To all on a network.
    Broadcast,
    /// To a group.
    Multicast,
}

/// How a frame came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// Where.
    pub(crate) iface: InterfaceId,
    /// To how many the link delivered it.
    pub(crate) cast: Cast,
}

/// A packet on its way up, its IP header taken off.
#[derive(Debug)]
pub(crate) struct Packet {
    /// Where it came in.
    pub(crate) iface: InterfaceId,
    /// From whom.
    pub(crate) src: IpAddr,
    /// For whom: one of our addresses, a broadcast address or a group.
    pub(crate) dst: IpAddr,
    /// What is inside.
    pub(crate) protocol: Protocol,
    /// DSCP and ECN.
    pub(crate) traffic_class: u8,
    /// To how many it was sent, by the link or by its address, whichever is more.
    pub(crate) cast: Cast,
    /// It is a part of a datagram, and not the first: there is no transport header.
    pub(crate) later_fragment: bool,
    /// Where, in `header`, it is said what comes next.
    pub(crate) next_header_at: usize,
    /// The IP header as it came, IPv6's extension headers included, for an ICMP error to quote.
    pub(crate) header: HeaderBytes,
    /// The transport header is at its front; the link's padding is gone.
    pub(crate) frame: Frame,
}

/// What a transport that answers for itself must know of a packet: all but its headers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lead {
    /// Where it came in.
    pub(crate) iface: InterfaceId,
    /// From whom.
    pub(crate) src: IpAddr,
    /// For whom.
    pub(crate) dst: IpAddr,
    /// DSCP and ECN.
    pub(crate) traffic_class: u8,
    /// To how many it was sent.
    pub(crate) cast: Cast,
    /// Hops that it could still make.
    pub(crate) hops: u8,
}

impl Packet {
    /// Hops that it could still make: IPv4's TTL, IPv6's hop limit.
    pub(crate) fn hops(&self) -> u8 {
        let at = if self.src.is_ipv4() { 8 } else { 7 };
        self.header.get(at).copied().unwrap_or(0)
    }

    /// IPv4's options as they came.
    pub(crate) fn options(&self) -> &[u8] {
        let options = self.header.get(ipv4::MIN_HEADER_LEN..);
        options.filter(|_| self.src.is_ipv4()).unwrap_or_default()
    }

    /// What [`Lead`] says.
    pub(crate) fn lead(&self) -> Lead {
        Lead {
            iface: self.iface,
            src: self.src,
            dst: self.dst,
            traffic_class: self.traffic_class,
            cast: self.cast,
            hops: self.hops(),
        }
    }

    /// Takes the IP header off a frame; IPv6's extension headers are still on.
    pub(crate) fn taken_off(
        iface: InterfaceId,
        cast: Cast,
        header: &Header,
        header_len: usize,
        mut frame: Frame,
    ) -> Self {
        let front = frame.prefix();
        let bytes = HeaderBytes::from_slice(&front[..header_len.min(front.len())]);
        frame.pull(header_len);
        Self {
            iface,
            src: header.src(),
            dst: header.dst(),
            protocol: header.protocol(),
            traffic_class: header.traffic_class(),
            cast,
            later_fragment: header.is_later_fragment(),
            next_header_at: header.next_header_at(),
            header: bytes,
            frame,
        }
    }
}

/// What a socket says of packets that are too long for the way (`IP_MTU_DISCOVER`, RFC 1191 §6.1), by
/// Linux's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Discover {
    /// They are cut here, and on the way.
    Dont = 0,
    /// They are cut here; what fits is not to be cut on the way, so that routers complain.
    #[default]
    Want = 1,
    /// They are refused, and not to be cut on the way.
    Do = 2,
    /// The same, but by the link's MTU alone: for programs that probe the path themselves.
    Probe = 3,
    /// By the link's MTU alone they are refused; they may be cut on the way, and what routers say is
    /// passed over.
    Interface = 4,
    /// By the link's MTU alone they are cut here, and on the way; what routers say is passed over.
    Omit = 5,
}

impl Discover {
    /// By Linux's number.
    pub(crate) const fn numbered(number: i32) -> Option<Self> {
        Some(match number {
            0 => Self::Dont,
            1 => Self::Want,
            2 => Self::Do,
            3 => Self::Probe,
            4 => Self::Interface,
            5 => Self::Omit,
            _ => return None,
        })
    }

    /// Whether the path's MTU counts, and not the link's alone (Linux's `ip_sk_use_pmtu`).
    pub(crate) const fn uses_path(self) -> bool {
        matches!(self, Self::Dont | Self::Want | Self::Do)
    }

    /// Whether a datagram that is too long is cut here (Linux's `ip_sk_ignore_df`).
    pub(crate) const fn cuts(self) -> bool {
        matches!(self, Self::Dont | Self::Want | Self::Omit)
    }

    /// Whether routers are believed who complain (Linux's `ip_sk_accept_pmtu`).
    pub(crate) const fn hears_routers(self) -> bool {
        !matches!(self, Self::Interface | Self::Omit)
    }
}

/// A transport's segment, datagram or message on its way down; IP finds the route.
#[derive(Debug)]
pub(crate) struct Outbound {
    /// From whom; `None` leaves the choice to the route.
    ///
    /// Transports that computed a checksum have chosen.
    pub(crate) src: Option<IpAddr>,
    /// For whom.
    pub(crate) dst: IpAddr,
    /// What is inside.
    pub(crate) protocol: Protocol,
    /// Hops it may make; `None` for the host's default.
    pub(crate) ttl: Option<u8>,
    /// DSCP and ECN.
    pub(crate) traffic_class: u8,
    /// What becomes of it when it is too long for the way.
    pub(crate) discover: Discover,
    /// The interface to leave by, where the route may not decide (broadcast, link-local).
    pub(crate) iface: Option<InterfaceId>,
    /// Bytes of the longest packet in one piece, where the sender wants them shorter than the way does
    /// (`IPV6_MTU`).
    pub(crate) longest: Option<NonZeroU32>,
    /// IPv4's options.
    pub(crate) options: Option<Arc<IpOptions>>,
    /// The transport header is at its front.
    pub(crate) frame: Frame,
}

impl Outbound {
    /// Bytes of the longest packet in one piece, on a way that takes `mtu`.
    pub(crate) fn within(&self, mtu: usize) -> usize {
        self.longest
            .map_or(mtu, |most| mtu.min(most.get() as usize))
    }
}

/// The way that a packet takes from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    /// The interface to leave by.
    pub(crate) iface: InterfaceId,
    /// The next hop: the peer itself on our own network, else the gateway.
    pub(crate) next_hop: IpAddr,
    /// To how many.
    pub(crate) cast: Cast,
    /// Bytes of the longest packet that it takes; a longer one is cut.
    pub(crate) mtu: usize,
}

/// A packet with its IP header on, and its way.
#[derive(Debug)]
pub(crate) struct Routed {
    /// Where it goes.
    pub(crate) way: Way,
    /// The IP header is at its front.
    pub(crate) frame: Frame,
}

/// An answer that belongs to no connection: the verdict carries it to the spine, which sends it.
#[derive(Debug)]
pub(crate) enum Reply {
    /// An ARP packet to one card or, from a probe or announcement, to all.
    Arp {
        /// Where it leaves.
        iface: InterfaceId,
        /// For whom.
        dst: MacAddr,
        /// What it says.
        packet: arp::Packet,
    },
    /// An IPv6 packet that says something to the link, its header on.
    Ndp {
        /// Where it leaves.
        iface: InterfaceId,
        /// For whom.
        dst: MacAddr,
        /// What it says.
        frame: Frame,
    },
    /// An IP packet: an echo reply, an ICMP error, a RST.
    Ip(Outbound),
    /// An ICMP error about a packet that died here, from `about.dst` if that is one of ours.
    Error {
        /// What to say.
        message: IcmpMessage,
        /// The packet that it is about.
        about: Box<Packet>,
    },
    /// To a host of the link that sent a packet through this one: a redirect to its next hop.
    Redirect {
        /// The way that it took from here, back to the link that it came from.
        way: Way,
        /// The packet as it came.
        about: Box<Packet>,
    },
    /// A packet that goes through this host; its IP header is on.
    Forward(Routed),
}

/// Word of a packet of ours that died: by ICMP, or from our own neighbour layer in the same terms.
#[derive(Clone, Debug)]
pub(crate) struct IcmpError {
    /// Who says so.
    pub(crate) from: IpAddr,
    /// Where that came in, or where the packet was to leave.
    pub(crate) iface: InterfaceId,
    /// What happened.
    pub(crate) message: IcmpMessage,
    /// Who sent the packet: one of our addresses.
    pub(crate) src: IpAddr,
    /// For whom it was.
    pub(crate) dst: IpAddr,
    /// What was inside.
    pub(crate) protocol: Protocol,
    /// Bytes of the whole packet, its IP header included.
    pub(crate) len: usize,
    /// The first bytes of its transport header: at least 8 (RFC 792).
    pub(crate) transport: ArrayVec<u8, 24>,
    /// As much as was told of what began there.
    pub(crate) quoted: Payload,
    /// Hops that the word of it could still make, and the DSCP and ECN bits of that.
    pub(crate) hops: u8,
    pub(crate) traffic_class: u8,
}

impl IcmpError {
    /// Word from ourselves about a packet of ours. `None` when its transport cannot be told from
    /// it: it is a later fragment, or too short.
    pub(crate) fn about(packet: &Packet, message: IcmpMessage) -> Option<Self> {
        let mut transport = ArrayVec::from([0; 24]);
        let have = packet.frame.copy_to(&mut transport);
        transport.truncate(have);
        let whole = !packet.later_fragment && have >= 8;
        whole.then(|| Self {
            from: packet.src,
            iface: packet.iface,
            message,
            src: packet.src,
            dst: packet.dst,
            protocol: packet.protocol,
            len: packet.header.len() + packet.frame.len(),
            transport,
            quoted: packet.frame.clone().into_payload(),
            hops: packet.hops(),
            traffic_class: 0,
        })
    }
}

/// The way that IP would choose for a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// The interface to leave by; the loopback for our own addresses.
    pub(crate) iface: InterfaceId,
    /// Whose link address is asked for: the peer's own on our network, else the gateway's.
    pub(crate) next_hop: IpAddr,
    /// Our address on that way, or the one that was asked for.
    pub(crate) source: IpAddr,
    /// Bytes of the largest IP packet that gets there in one piece, as far as is known: the
    /// interface's MTU, or less where a router said so (RFC 1191).
    pub(crate) mtu: usize,
    /// The interface's MTU alone.
    pub(crate) link_mtu: usize,
    /// What the far side of the interface does for us.
    pub(crate) offload: Offload,
    /// To how many.
    pub(crate) cast: Cast,
    /// What the socket said of its packets to groups; `None` for packets to one.
    pub(crate) many: Option<ToMany>,
}

impl Choice {
    /// Bytes of the largest packet that goes in one piece, as a socket that says `discover` has it.
    pub(crate) const fn mtu_for(&self, discover: Discover) -> usize {
        if discover.uses_path() {
            self.mtu
        } else {
            self.link_mtu
        }
    }
}

/// How a socket's packets to groups go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ToMany {
    /// Routers that they may pass, and one more.
    pub(crate) hops: u8,
    /// Members on this host hear them as well.
    pub(crate) echo: bool,
}

/// Puts the sum of the pseudo-header into the checksum field of the transport header at the front
/// of `frame`, `offset` bytes into it, and leaves the rest of the sum to whoever puts the frame on
/// a real wire: what goes over the loopback, or through a card that sums, is never summed here.
pub(crate) fn owe_checksum(
    frame: &mut Frame,
    src: IpAddr,
    dst: IpAddr,
    protocol: Protocol,
    offset: usize,
) {
    let sum = Checksum::pseudo_header(src, dst, protocol, frame.len()).partial();
    let written = frame.overwrite(offset, &sum.to_be_bytes());
    debug_assert!(written, "the header was put on a moment ago");
    frame.checksum = ChecksumState::Partial {
        start: 0,
        offset: offset as u16,
    };
}
