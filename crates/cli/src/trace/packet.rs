//! A packet with its layers, and the few fields that a summary needs.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

use wire::dissect::{FieldId, LayerKind, LayerView, Value, Verdict, dissect};
use wire::tcp::Flags;
use wire::{LinkType, MacAddr};

/// A packet's bytes, and its layers.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    bytes: Vec<u8>,
    layers: Vec<LayerView>,
}

/// What makes a TCP segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) flags: Flags,
    pub(crate) seq: u32,
    pub(crate) ack: u32,
    pub(crate) window: u64,
}

impl Packet {
    pub(crate) fn new(link: LinkType, bytes: Vec<u8>) -> Self {
        Self {
            layers: dissect(link, &bytes),
            bytes,
        }
    }

    /// From the outermost to the data.
    pub(crate) fn layers(&self) -> &[LayerView] {
        &self.layers
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// The layer of this kind; not one that an ICMP error quotes.
    pub(crate) fn layer(&self, kind: LayerKind) -> Option<&LayerView> {
        let mut layers = self.layers.iter();
        layers.find(|layer| layer.kind == kind && !layer.quoted)
    }

    /// The value of a field, the first if there are several; not of a quoted packet.
    pub(crate) fn value(&self, id: FieldId) -> Option<&Value> {
        let mut layers = self.layers.iter().filter(|layer| !layer.quoted);
        layers
            .find_map(|layer| layer.field(id))
            .map(|field| &field.value)
    }

    pub(crate) fn number(&self, id: FieldId) -> Option<u64> {
        match self.value(id)? {
            Value::Number(number) | Value::Hex(number, _) | Value::Units(_, number) => {
                Some(*number)
            }
            _ => None,
        }
    }

    pub(crate) fn mac(&self, id: FieldId) -> Option<MacAddr> {
        match self.value(id)? {
            Value::Mac(mac) => Some(*mac),
            _ => None,
        }
    }

    pub(crate) fn ip(&self, id: FieldId) -> Option<IpAddr> {
        match self.value(id)? {
            Value::Ip(ip) => Some(*ip),
            _ => None,
        }
    }

    /// From which address to which, of either version of IP.
    pub(crate) fn addresses(&self) -> Option<(IpAddr, IpAddr)> {
        use FieldId as F;
        let either = |v4, v6| self.ip(v4).or_else(|| self.ip(v6));
        Some((
            either(F::Ipv4Source, F::Ipv6Source)?,
            either(F::Ipv4Destination, F::Ipv6Destination)?,
        ))
    }

    /// From where to where, where ports are.
    pub(crate) fn ports(&self) -> Option<(SocketAddr, SocketAddr)> {
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

    pub(crate) fn segment(&self) -> Option<Segment> {
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

    /// What the program sent.
    pub(crate) fn data(&self) -> &[u8] {
        let layer = self.layer(LayerKind::Data);
        layer.map_or(&[], |layer| self.bytes(layer.range.clone()))
    }

    /// Whether every checksum in it is right, as far as it can be told, and nothing malformed.
    pub(crate) fn is_sound(&self) -> bool {
        self.layers.iter().all(|layer| {
            layer.malformed.is_none() && !matches!(layer.checksum, Some(Verdict::Bad { .. }))
        })
    }
}
