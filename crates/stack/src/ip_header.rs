//! The header of an IP packet of either version.

use core::net::IpAddr;

use base::Frame;
use wire::ipv6::fragment::Header as FragmentHeader;
use wire::ipv6::{Chain, Kind, NEXT_HEADER_OFFSET};
use wire::{EtherType, Malformed, Protocol, ipv4, ipv6};

/// Where IPv4's header says what comes next.
const PROTOCOL_OFFSET: usize = 9;

/// The header of an IP packet.
#[derive(Clone, Debug)]
pub(crate) enum Header {
    /// RFC 791.
    V4(ipv4::Header),
    /// RFC 8200, without extension headers.
    V6(ipv6::Header),
}

/// The version that a packet says it is of, as the link names it. What is neither is left to
/// IPv4's parser to refuse.
pub(crate) fn ethertype_of(packet: &Frame) -> EtherType {
    match packet.pieces().find_map(|piece| piece.first()) {
        Some(first) if first >> 4 == 6 => EtherType::IPV6,
        _ => EtherType::IPV4,
    }
}

impl Header {
    /// Reads the header at the front of a frame, and how long it is.
    pub(crate) fn parse(
        ethertype: EtherType,
        frame: &mut Frame,
    ) -> Result<(Self, usize), Malformed> {
        let have = frame.len();
        if ethertype == EtherType::IPV6 {
            let (header, len) = ipv6::Header::parse(frame.contiguous(ipv6::HEADER_LEN), have)?;
            return Ok((Self::V6(header), len));
        }
        let front = frame.contiguous(ipv4::MIN_HEADER_LEN);
        // Options are rare; asking for room for them would copy payload together with the header.
        let len = front.first().map_or(0, |byte| usize::from(byte & 0xf) * 4);
        if len > front.len() {
            frame.contiguous(len);
        }
        let (header, len) = ipv4::Header::parse(frame.prefix(), have)?;
        Ok((Self::V4(header), len))
    }

    /// Reads the header at the front of a packet that an ICMP error quotes.
    pub(crate) fn parse_quoted(v6: bool, bytes: &[u8]) -> Result<(Self, usize), Malformed> {
        if v6 {
            let (header, len) = ipv6::Header::parse_quoted(bytes)?;
            return Ok((Self::V6(header), len));
        }
        let (header, len) = ipv4::Header::parse_quoted(bytes)?;
        Ok((Self::V4(header), len))
    }

    pub(crate) fn src(&self) -> IpAddr {
        match self {
            Self::V4(header) => header.src.into(),
            Self::V6(header) => header.src.into(),
        }
    }

    pub(crate) fn dst(&self) -> IpAddr {
        match self {
            Self::V4(header) => header.dst.into(),
            Self::V6(header) => header.dst.into(),
        }
    }

    pub(crate) const fn protocol(&self) -> Protocol {
        match self {
            Self::V4(header) => header.protocol,
            Self::V6(header) => header.next_header,
        }
    }

    pub(crate) const fn traffic_class(&self) -> u8 {
        match self {
            Self::V4(header) => header.traffic_class,
            Self::V6(header) => header.traffic_class,
        }
    }

    pub(crate) const fn hops(&self) -> u8 {
        match self {
            Self::V4(header) => header.ttl,
            Self::V6(header) => header.hop_limit,
        }
    }

    /// Bytes behind the header.
    pub(crate) const fn payload_len(&self) -> usize {
        match self {
            Self::V4(header) => header.payload_len,
            Self::V6(header) => header.payload_len,
        }
    }

    /// Whether it says of itself that it is a fragment and not the first; of IPv6's packets an
    /// extension header says that.
    pub(crate) const fn is_later_fragment(&self) -> bool {
        matches!(self, Self::V4(header) if header.fragment_offset != 0)
    }

    pub(crate) const fn next_header_at(&self) -> usize {
        match self {
            Self::V4(_) => PROTOCOL_OFFSET,
            Self::V6(_) => NEXT_HEADER_OFFSET,
        }
    }
}

/// What is in a packet of which an ICMP error quotes the front, or that could not be sent: its
/// transport protocol, where that begins, and whether it is a later fragment.
pub(crate) fn transport_of(first: Protocol, bytes: &[u8]) -> Option<(Protocol, usize, bool)> {
    let mut chain = Chain::new(first, bytes);
    let mut later = false;
    for extension in chain.by_ref() {
        let extension = extension.ok()?;
        if extension.kind == Kind::Fragment {
            let (header, _) = FragmentHeader::parse(&bytes[extension.at..]).ok()?;
            later = header.offset != 0;
        }
    }
    Some((chain.next_header(), chain.len(), later))
}
