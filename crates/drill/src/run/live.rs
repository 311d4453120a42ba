//! An outbound packet from its bytes.
//!
//! Read here by hand: an instrument does not trust the parser of what it measures.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use wire::checksum::{Checksum, checksum};

use super::flow::Protocol;
use crate::words::{Text, say};

/// A packet that left the stack.
#[derive(Clone, Debug)]
pub(super) struct Live {
    /// When, in microseconds of the script.
    pub(super) at: i64,
    pub(super) src: IpAddr,
    pub(super) dst: IpAddr,
    pub(super) tos: u8,
    pub(super) ttl: u8,
    pub(super) flow_label: u32,
    pub(super) id: u32,
    /// First byte, end, and whether more follow; `None` for a whole datagram.
    pub(super) fragment: Option<(u32, u32, bool)>,
    pub(super) protocol: u8,
    pub(super) body: LiveBody,
    /// What is wrong with it whatever a script says, such as a checksum.
    pub(super) fault: Option<Text>,
}

/// What is in a packet.
#[derive(Clone, Debug)]
pub(super) enum LiveBody {
    Tcp(LiveTcp),
    Udp {
        src: u16,
        dst: u16,
        len: u32,
    },
    Icmp {
        kind: u8,
        code: u8,
        id: u16,
        mtu: u32,
        len: u32,
    },
    /// A later fragment, or another protocol.
    Other,
}

/// A TCP segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LiveTcp {
    pub(super) src: u16,
    pub(super) dst: u16,
    pub(super) seq: u32,
    pub(super) ack: u32,
    /// The nine flags.
    pub(super) flags: u16,
    /// The three bits that are reserved.
    pub(super) reserved: u8,
    pub(super) window: u16,
    pub(super) urgent: u16,
    /// Each option: kind, and its value.
    pub(super) options: Vec<(u8, Vec<u8>)>,
    pub(super) len: u32,
    /// The payload has bytes other than zero.
    pub(super) dirty: bool,
}

impl Live {
    /// Reads an IP packet; what is not even that is said.
    pub(super) fn read(at: i64, bytes: &[u8]) -> Result<Self, Text> {
        match bytes.first().map(|b| b >> 4) {
            Some(4) => ipv4(at, bytes),
            Some(6) => ipv6(at, bytes),
            _ => Err(say!(
                "neither an IPv4 nor an IPv6 packet left",
                "发出的既不是 IPv4 包也不是 IPv6 包"
            )),
        }
        .map(|(mut live, payload)| {
            live.read_body(&payload);
            live
        })
    }

    pub(super) fn kind(&self) -> Option<Protocol> {
        match self.protocol {
            6 => Some(Protocol::Tcp),
            17 => Some(Protocol::Udp),
            1 | 58 => Some(Protocol::Icmp),
            _ => None,
        }
    }

    pub(super) fn endpoints(&self) -> (SocketAddr, SocketAddr) {
        let (src, dst) = match &self.body {
            LiveBody::Tcp(tcp) => (tcp.src, tcp.dst),
            LiveBody::Udp { src, dst, .. } => (*src, *dst),
            LiveBody::Icmp { .. } | LiveBody::Other => (0, 0),
        };
        (
            SocketAddr::new(self.src, src),
            SocketAddr::new(self.dst, dst),
        )
    }

    /// Whether it is a fragment without its transport header.
    pub(super) fn is_later_fragment(&self) -> bool {
        matches!(self.fragment, Some((from, ..)) if from > 0)
    }

    /// Bytes of TCP or UDP payload.
    pub(super) const fn len(&self) -> u32 {
        match &self.body {
            LiveBody::Tcp(tcp) => tcp.len,
            LiveBody::Udp { len, .. } | LiveBody::Icmp { len, .. } => *len,
            LiveBody::Other => 0,
        }
    }

    fn read_body(&mut self, payload: &[u8]) {
        if self.is_later_fragment() {
            return;
        }
        let whole = self.fragment.is_none();
        let mut sum = Checksum::pseudo_header(
            self.src,
            self.dst,
            wire::Protocol(self.protocol),
            payload.len(),
        );
        sum.add(payload);
        let transport = sum.finish() == 0;
        let (body, sound) = match self.protocol {
            6 => (tcp(payload), transport),
            17 => (
                udp(payload),
                transport || payload.get(6..8) == Some(&[0, 0]),
            ),
            1 => (icmp(payload, false), checksum(payload) == 0),
            58 => (icmp(payload, true), transport),
            _ => (Some(LiveBody::Other), true),
        };
        if whole && !sound {
            self.fault = Some(say!(
                "its transport checksum is wrong",
                "它的传输层校验和有误"
            ));
        }
        match body {
            Some(body) => self.body = body,
            None => {
                self.fault = Some(say!(
                    "its transport header is cut off",
                    "它的传输层首部不完整"
                ));
            }
        }
    }
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|b| u16::from_be_bytes(*b))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|b| u32::from_be_bytes(*b))
}

fn short() -> Text {
    say!(
        "a packet left that is shorter than its header says",
        "发出的包比其首部所写的短"
    )
}

fn ipv4(at: i64, bytes: &[u8]) -> Result<(Live, Vec<u8>), Text> {
    let head: &[u8; 20] = bytes.first_chunk().ok_or_else(short)?;
    let header_len = usize::from(head[0] & 15) * 4;
    let total = usize::from(u16::from_be_bytes([head[2], head[3]]));
    let payload = bytes.get(header_len..total).ok_or_else(short)?;
    let word = u16::from_be_bytes([head[6], head[7]]);
    let from = u32::from(word & 0x1fff) * 8;
    let more = word & 0x2000 != 0;
    let mut fault = None;
    if header_len < 20 || checksum(&bytes[..header_len]) != 0 {
        fault = Some(say!("its IP checksum is wrong", "它的 IP 校验和有误"));
    } else if total != bytes.len() {
        fault = Some(say!("its IP total length is wrong", "它的 IP 总长度有误"));
    }
    let address = |at: usize| {
        IpAddr::V4(Ipv4Addr::new(
            head[at],
            head[at + 1],
            head[at + 2],
            head[at + 3],
        ))
    };
    let live = Live {
        at,
        src: address(12),
        dst: address(16),
        tos: head[1],
        ttl: head[8],
        flow_label: 0,
        id: u16::from_be_bytes([head[4], head[5]]).into(),
        fragment: (more || from > 0).then(|| (from, from + payload.len() as u32, more)),
        protocol: head[9],
        body: LiveBody::Other,
        fault,
    };
    Ok((live, payload.to_vec()))
}

fn ipv6(at: i64, bytes: &[u8]) -> Result<(Live, Vec<u8>), Text> {
    let head: &[u8; 40] = bytes.first_chunk().ok_or_else(short)?;
    let word = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
    let len = usize::from(u16::from_be_bytes([head[4], head[5]]));
    let mut payload = bytes.get(40..40 + len).ok_or_else(short)?;
    let address = |at: usize| {
        let octets: Option<&[u8; 16]> = head[at..].first_chunk();
        IpAddr::V6(
            octets
                .copied()
                .map_or(Ipv6Addr::UNSPECIFIED, Ipv6Addr::from),
        )
    };
    let mut live = Live {
        at,
        src: address(8),
        dst: address(24),
        tos: (word >> 20) as u8,
        ttl: head[7],
        flow_label: word & 0xf_ffff,
        id: 0,
        fragment: None,
        protocol: head[6],
        body: LiveBody::Other,
        fault: None,
    };
    // Hop-by-hop, routing and destination options (RFC 8200 §4) are passed over.
    while matches!(live.protocol, 0 | 43 | 60) {
        let extent = 8 + usize::from(*payload.get(1).ok_or_else(short)?) * 8;
        live.protocol = payload[0];
        payload = payload.get(extent..).ok_or_else(short)?;
    }
    if live.protocol == 44 {
        let word = be16(payload, 2).ok_or_else(short)?;
        live.id = be32(payload, 4).ok_or_else(short)?;
        live.protocol = payload[0];
        payload = &payload[8..];
        let from = u32::from(word & 0xfff8);
        live.fragment = Some((from, from + payload.len() as u32, word & 1 != 0));
    }
    Ok((live, payload.to_vec()))
}

fn tcp(bytes: &[u8]) -> Option<LiveBody> {
    let word = be16(bytes, 12)?;
    let offset = usize::from(word >> 12) * 4;
    let options = bytes.get(20..offset)?;
    let payload = bytes.get(offset..)?;
    Some(LiveBody::Tcp(LiveTcp {
        src: be16(bytes, 0)?,
        dst: be16(bytes, 2)?,
        seq: be32(bytes, 4)?,
        ack: be32(bytes, 8)?,
        flags: word & 0x1ff,
        reserved: (word >> 9 & 7) as u8,
        window: be16(bytes, 14)?,
        urgent: be16(bytes, 18)?,
        options: tcp_options(options)?,
        len: payload.len() as u32,
        dirty: payload.iter().any(|byte| *byte != 0),
    }))
}

/// Every option as it lies there, padding and all.
fn tcp_options(mut bytes: &[u8]) -> Option<Vec<(u8, Vec<u8>)>> {
    let mut options = Vec::new();
    while let Some(kind) = bytes.first() {
        let len = if *kind < 2 {
            1
        } else {
            usize::from(*bytes.get(1)?)
        };
        let value = if *kind < 2 { &[] } else { bytes.get(2..len)? };
        options.push((*kind, value.to_vec()));
        bytes = bytes.get(len..)?;
    }
    Some(options)
}

fn udp(bytes: &[u8]) -> Option<LiveBody> {
    let len = bytes.len().checked_sub(8)? as u32;
    Some(LiveBody::Udp {
        src: be16(bytes, 0)?,
        dst: be16(bytes, 2)?,
        len,
    })
}

fn icmp(bytes: &[u8], v6: bool) -> Option<LiveBody> {
    let mtu = if v6 {
        be32(bytes, 4)?
    } else {
        be16(bytes, 6)?.into()
    };
    Some(LiveBody::Icmp {
        kind: bytes[0],
        code: bytes[1],
        id: be16(bytes, 4)?,
        mtu,
        len: bytes.len() as u32,
    })
}
