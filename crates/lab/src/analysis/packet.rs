//! A packet with its layers, and the few fields that a summary needs.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

use wire::dissect::{
    FieldId, FieldView, Front, LayerKind, LayerView, Value, Verdict, dissect_from,
};
use wire::tcp::Flags;
use wire::{MacAddr, Malformed};

/// A packet's bytes, and its layers.
#[derive(Clone, Debug)]
pub struct Packet {
    bytes: Vec<u8>,
    layers: Vec<LayerView>,
}

/// What makes a TCP segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The control bits.
    pub flags: Flags,
    /// The sequence number, as it is on the wire.
    pub seq: u32,
    /// The acknowledgment number, as it is on the wire.
    pub ack: u32,
    /// The window field, not scaled.
    pub window: u64,
}

impl Packet {
    /// Peels it.
    #[must_use]
    pub fn new(front: impl Into<Front>, bytes: Vec<u8>) -> Self {
        Self {
            layers: dissect_from(front.into(), &bytes),
            bytes,
        }
    }

    /// Bytes of a link that is not read here.
    #[must_use]
    pub fn opaque(bytes: Vec<u8>) -> Self {
        let range = 0..bytes.len();
        let field = FieldView {
            id: FieldId::Bytes,
            range: range.clone(),
            value: Value::Bytes(bytes.clone()),
            meaning: None,
        };
        let layer = LayerView {
            kind: LayerKind::Data,
            range,
            fields: vec![field],
            checksum: None,
            malformed: None,
            quoted: false,
        };
        Self {
            layers: vec![layer],
            bytes,
        }
    }

    /// The same, of which only the front is there: that it is cut short is nobody's mistake.
    #[must_use]
    pub fn cut_short(mut self) -> Self {
        for layer in &mut self.layers {
            let short = |why: &Malformed| {
                matches!(why, Malformed::Length { .. } | Malformed::Truncated { .. })
            };
            layer.malformed = layer.malformed.filter(|why| !short(why));
        }
        self
    }

    /// From the outermost to the data.
    #[must_use]
    pub fn layers(&self) -> &[LayerView] {
        &self.layers
    }

    /// How many bytes it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Some of its bytes; none where it has not so many.
    #[must_use]
    pub fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// The layer of this kind; not one that an ICMP error quotes.
    #[must_use]
    pub fn layer(&self, kind: LayerKind) -> Option<&LayerView> {
        let mut layers = self.layers.iter();
        layers.find(|layer| layer.kind == kind && !layer.quoted)
    }

    /// The value of a field, the first if there are several; not of a quoted packet.
    #[must_use]
    pub fn value(&self, id: FieldId) -> Option<&Value> {
        let mut layers = self.layers.iter().filter(|layer| !layer.quoted);
        layers
            .find_map(|layer| layer.field(id))
            .map(|field| &field.value)
    }

    /// A field that is a number; of one that counts units, the bytes.
    #[must_use]
    pub fn number(&self, id: FieldId) -> Option<u64> {
        match self.value(id)? {
            Value::Number(number) | Value::Hex(number, _) | Value::Units(_, number) => {
                Some(*number)
            }
            _ => None,
        }
    }

    /// A field that is a link address.
    #[must_use]
    pub fn mac(&self, id: FieldId) -> Option<MacAddr> {
        match self.value(id)? {
            Value::Mac(mac) => Some(*mac),
            _ => None,
        }
    }

    /// A field that is a network address.
    #[must_use]
    pub fn ip(&self, id: FieldId) -> Option<IpAddr> {
        match self.value(id)? {
            Value::Ip(ip) => Some(*ip),
            _ => None,
        }
    }

    /// From which address to which, of either version of IP.
    #[must_use]
    pub fn addresses(&self) -> Option<(IpAddr, IpAddr)> {
        use FieldId as F;
        let either = |v4, v6| self.ip(v4).or_else(|| self.ip(v6));
        Some((
            either(F::Ipv4Source, F::Ipv6Source)?,
            either(F::Ipv4Destination, F::Ipv6Destination)?,
        ))
    }

    /// From where to where, where ports are.
    #[must_use]
    pub fn ports(&self) -> Option<(SocketAddr, SocketAddr)> {
        use FieldId as F;
        let (src, dst) = self.addresses()?;
        let port = |tcp, udp| {
            let port = self.number(tcp).or_else(|| self.number(udp))?;
            u16::try_from(port).ok()
        };
        Some((
            (src, port(F::TcpSourcePort, F::UdpSourcePort)?).into(),
            (dst, port(F::TcpDestinationPort, F::UdpDestinationPort)?).into(),
        ))
    }

    /// The TCP segment in it.
    #[must_use]
    pub fn segment(&self) -> Option<Segment> {
        let number = |id| u32::try_from(self.number(id)?).ok();
        let Value::Flags(flags) = self.value(FieldId::TcpFlags)? else {
            return None;
        };
        Some(Segment {
            flags: *flags,
            seq: number(FieldId::TcpSequence)?,
            ack: number(FieldId::TcpAcknowledgment)?,
            window: self.number(FieldId::TcpWindow)?,
        })
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What the program sent.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        let layer = self.layer(LayerKind::Data);
        layer.map_or(&[], |layer| self.bytes(layer.range.clone()))
    }

    /// How many bytes its segment carries, by the lengths in its headers: a capture may have kept
    /// fewer.
    #[must_use]
    pub fn segment_len(&self) -> usize {
        let there = self.data().len();
        let end = match (self.layer(LayerKind::Ipv4), self.layer(LayerKind::Ipv6)) {
            (Some(ip), _) => self
                .number(FieldId::Ipv4TotalLength)
                .map(|n| (ip.range.start, n)),
            (_, Some(ip)) => self
                .number(FieldId::Ipv6PayloadLength)
                .map(|n| (ip.range.end, n)),
            _ => None,
        };
        let (Some((from, len)), Some(tcp)) = (end, self.layer(LayerKind::Tcp)) else {
            return there;
        };
        // Of a large frame that was yet to be cut, the length may not say anything.
        (from + len as usize)
            .saturating_sub(tcp.range.end)
            .max(there)
    }

    /// Whether every checksum in it is right, as far as it can be told, and nothing malformed.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.layers.iter().all(|layer| {
            layer.malformed.is_none() && !matches!(layer.checksum, Some(Verdict::Bad { .. }))
        })
    }
}
