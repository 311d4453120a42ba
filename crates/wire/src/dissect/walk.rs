//! The walk from a packet's front to its end, layer by layer.

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};

use super::table::{self, Row};
use super::terms::{FieldId, LayerKind, Meaning};
use super::view::{FieldView, LayerView, Unchecked, Value, Verdict};
use super::{bpdu, dhcp, icmpv6, ip, ipv6, link, membership, rip, transport};
use crate::ipv6::Kind;
use crate::{EtherType, Malformed, Protocol};

/// What comes next.
#[derive(Clone, Copy)]
pub(super) enum Next {
    Ethernet,
    Vlan,
    Llc,
    Bpdu,
    Cooked,
    Cooked2,
    Loopback,
    Arp,
    Ipv4,
    Icmpv4,
    Igmp,
    Ipv6,
    Extension(Kind),
    Icmpv6,
    Udp,
    Tcp,
    Rip,
    Ripng,
    Dhcp,
    /// The front of the packet that an ICMP error is about.
    QuotedIpv4,
    QuotedIpv6,
    /// The rest is the program's, or unknown.
    Data,
    /// The rest has no meaning.
    Padding,
}

impl Next {
    pub(super) const fn of_ethertype(ethertype: EtherType) -> Self {
        match ethertype {
            EtherType::ARP => Self::Arp,
            EtherType::IPV4 => Self::Ipv4,
            EtherType::IPV6 => Self::Ipv6,
            EtherType::VLAN | EtherType::SERVICE_VLAN => Self::Vlan,
            _ => Self::Data,
        }
    }

    /// An IP packet without a link's header: its version tells.
    pub(super) fn of_raw(bytes: &[u8]) -> Self {
        match bytes.first() {
            Some(0x60..=0x6f) => Self::Ipv6,
            _ => Self::Ipv4,
        }
    }

    pub(super) const fn of_protocol(protocol: Protocol) -> Self {
        match protocol {
            Protocol::ICMP => Self::Icmpv4,
            Protocol::IGMP => Self::Igmp,
            Protocol::UDP => Self::Udp,
            Protocol::TCP => Self::Tcp,
            _ => Self::Data,
        }
    }

    pub(super) const fn of_next_header(protocol: Protocol) -> Self {
        match protocol {
            Protocol::ICMPV6 => Self::Icmpv6,
            Protocol::UDP => Self::Udp,
            Protocol::TCP => Self::Tcp,
            // RFC 8200 §4.7: what is behind is to be ignored.
            Protocol::NO_NEXT_HEADER => Self::Padding,
            _ => match Kind::of(protocol) {
                Some(kind) => Self::Extension(kind),
                None => Self::Data,
            },
        }
    }
}

/// What the transport must know of the IP packet around it.
pub(super) struct Datagram {
    pub(super) src: IpAddr,
    /// The last one, where a Routing header names more; of the family of `src`.
    pub(super) dst: IpAddr,
    pub(super) hop_limit: u8,
    /// Extension headers so far.
    pub(super) extensions: usize,
    /// Why its checksum cannot be judged.
    pub(super) unchecked: Option<Unchecked>,
}

/// How far we are.
pub(super) struct Walk<'a> {
    bytes: &'a [u8],
    /// Where the layer that is being read begins.
    at: usize,
    /// Where the next one does.
    next: usize,
    /// Where the IP packet ends. Invariant: at most `bytes.len()`.
    end: usize,
    quoted: bool,
    pub(super) datagram: Datagram,
    layers: Vec<LayerView>,
}

impl<'a> Walk<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            next: 0,
            end: bytes.len(),
            quoted: false,
            datagram: Datagram {
                src: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
                dst: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
                hop_limit: 0,
                extensions: 0,
                unchecked: None,
            },
            layers: Vec::new(),
        }
    }

    /// Walks to the end. It does end: every layer takes bytes, or is refused and the last.
    pub(super) fn run(mut self, first: Next) -> Vec<LayerView> {
        let mut next = first;
        loop {
            self.at = self.next;
            next = match next {
                Next::Ethernet => link::ethernet(&mut self),
                Next::Vlan => link::vlan(&mut self),
                Next::Llc => bpdu::llc(&mut self),
                Next::Bpdu => bpdu::bpdu(&mut self),
                Next::Cooked => link::cooked(&mut self),
                Next::Cooked2 => link::cooked2(&mut self),
                Next::Loopback => link::loopback(&mut self),
                Next::Arp => link::arp(&mut self),
                Next::Ipv4 => ip::ipv4(&mut self),
                Next::Icmpv4 => ip::icmpv4(&mut self),
                Next::Igmp => membership::igmp(&mut self),
                Next::Ipv6 => ipv6::ipv6(&mut self),
                Next::Extension(kind) => ipv6::extension(&mut self, kind),
                Next::Icmpv6 => icmpv6::icmpv6(&mut self),
                Next::Udp => transport::udp(&mut self),
                Next::Tcp => transport::tcp(&mut self),
                Next::Rip => rip::v2(&mut self),
                Next::Ripng => rip::ng(&mut self),
                Next::Dhcp => dhcp::dhcp(&mut self),
                Next::QuotedIpv4 => {
                    self.quoted = true;
                    ip::ipv4(&mut self)
                }
                Next::QuotedIpv6 => {
                    self.quoted = true;
                    ipv6::ipv6(&mut self)
                }
                Next::Data => {
                    self.leftover(LayerKind::Data, self.end);
                    Next::Padding
                }
                Next::Padding => {
                    self.leftover(LayerKind::Padding, self.bytes.len());
                    return self.layers;
                }
            };
        }
    }

    /// The bytes from where we are to the end of the packet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..self.end).unwrap_or_default()
    }

    pub(super) const fn at(&self) -> usize {
        self.at
    }

    pub(super) const fn quoted(&self) -> bool {
        self.quoted
    }

    /// A layer whose header has `header_len` bytes, or as many of them as there are.
    pub(super) fn layer(&mut self, kind: LayerKind, rows: &[Row], header_len: usize) {
        self.next = self.end.min(self.at + header_len);
        self.layers.push(LayerView {
            kind,
            range: self.at..self.next,
            fields: table::read(rows, &self.bytes[..self.next], self.at),
            checksum: None,
            malformed: None,
            quoted: self.quoted,
        });
    }

    /// One more field of the layer.
    pub(super) fn field(&mut self, row: &Row) {
        self.field_at(row, 0);
    }

    /// One more field of the layer, of a part that begins so many bytes from the layer's front.
    pub(super) fn field_at(&mut self, row: &Row, part: usize) {
        if let Some(field) = row.read(&self.bytes[..self.next], self.at + part) {
            self.push(field);
        }
    }

    /// One more field of the layer, already read.
    pub(super) fn push(&mut self, field: FieldView) {
        if let Some(layer) = self.layers.last_mut() {
            layer.fields.push(field);
        }
    }

    /// What a field of the layer means.
    pub(super) fn meaning(&mut self, id: FieldId, meaning: Option<Meaning>) {
        let fields = self.layers.last_mut().map(|layer| layer.fields.iter_mut());
        if let Some(field) = fields.and_then(|mut fields| fields.find(|field| field.id == id)) {
            field.meaning = meaning;
        }
    }

    /// The verdict over the layer's checksum.
    pub(super) fn verdict(&mut self, verdict: Verdict) {
        if let Some(layer) = self.layers.last_mut() {
            layer.checksum = Some(verdict);
        }
    }

    /// A stack refuses the packet at this layer; the rest is bytes to whoever reads no further.
    pub(super) fn refuse(&mut self, malformed: Malformed) -> Next {
        if let Some(layer) = self.layers.last_mut() {
            layer.malformed = Some(malformed);
        }
        Next::Data
    }

    /// The packet that begins here is `len` bytes long: what is behind is padding. Returns whether
    /// it is all there. A length that does not hold the header is not believed.
    pub(super) fn end_at(&mut self, header_len: usize, len: usize) -> bool {
        let there = self.end - self.at;
        if (header_len..=there).contains(&len) {
            self.end = self.at + len;
        }
        len <= there
    }

    fn leftover(&mut self, kind: LayerKind, end: usize) {
        if let Some(bytes) = self.bytes.get(self.at..end).filter(|b| !b.is_empty()) {
            let range = self.at..end;
            self.layers.push(LayerView {
                kind,
                range: range.clone(),
                fields: Vec::from([FieldView {
                    id: FieldId::Bytes,
                    range,
                    value: Value::Bytes(bytes.to_vec()),
                    meaning: None,
                }]),
                checksum: None,
                malformed: None,
                quoted: self.quoted,
            });
            self.next = end;
        }
    }
}
