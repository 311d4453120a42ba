//! A packet in a line.

use std::fmt::Write as _;
use std::net::IpAddr;

use services::words::Lang;
use wire::dissect::{FieldId as F, LayerKind, Value};
use wire::tcp::Flags;

use super::Packet;
use super::flow::Relative;
use super::ipv6;
use super::text::{pad, quote};
use super::words::Of;

/// How much of the data stands in a line.
pub(crate) const DATA_COLUMNS: usize = 34;

/// What a packet says, without who says it to whom.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    /// The innermost layer that is not data.
    pub(crate) kind: LayerKind,
    pub(crate) text: String,
}

/// The innermost header, as a person says it.
pub(crate) fn summary(packet: &Packet, numbers: Option<Relative>, lang: Lang) -> Summary {
    let mut headers = packet.layers().iter().filter(|layer| {
        !layer.quoted && !matches!(layer.kind, LayerKind::Data | LayerKind::Padding)
    });
    let kind = headers
        .next_back()
        .map_or(LayerKind::Data, |layer| layer.kind);
    let mut text = match kind {
        LayerKind::Arp => arp(packet, lang),
        LayerKind::Tcp => tcp(packet, numbers),
        LayerKind::Icmpv4 => icmp(packet, kind, [F::IcmpType, F::IcmpCode, F::IcmpSequence]),
        LayerKind::Icmpv6 => icmpv6(packet, lang),
        LayerKind::Igmp => group(packet, kind, F::IgmpType),
        LayerKind::Rip | LayerKind::Ripng => routes(packet, kind),
        LayerKind::Dhcp => dhcp(packet),
        // What is not read on: other protocols, and all fragments but the first.
        LayerKind::Ethernet => contains(packet, kind, F::EthernetType),
        LayerKind::Ipv4 => contains(packet, kind, F::Ipv4Protocol),
        LayerKind::Ipv6 => contains(packet, kind, F::Ipv6NextHeader),
        LayerKind::HopByHop | LayerKind::Routing | LayerKind::Fragment | LayerKind::Destination => {
            contains(packet, kind, F::ExtensionNextHeader)
        }
        _ => String::new(),
    };
    if !packet.is_sound() {
        text = format!("[{}] {text}", trouble(packet, lang));
    }
    Summary { kind, text }
}

/// `"hello"  5 bytes`.
pub(crate) fn data(packet: &Packet, lang: Lang) -> String {
    let data = packet.data();
    let bytes = Of::Bytes(data.len()).words(lang);
    format!("{}  {bytes}", quote(data, DATA_COLUMNS))
}

/// `SYN, ACK`.
pub(crate) fn flags(flags: Flags) -> String {
    let names: Vec<_> = flags.iter_names().map(|(name, _)| name).collect();
    names.join(", ")
}

fn arp(packet: &Packet, lang: Lang) -> String {
    let (Some(from), Some(target), Some(mac)) = (
        packet.ip(F::ArpSenderIp),
        packet.ip(F::ArpTargetIp),
        packet.mac(F::ArpSenderMac),
    ) else {
        return Of::Malformed.words(lang);
    };
    let said = if from == target {
        Of::Announces { ip: from, mac }
    } else if packet.number(F::ArpOperation) == Some(2) {
        Of::IsAt { ip: from, mac }
    } else if from.is_unspecified() {
        Of::Probes { ip: target }
    } else {
        Of::WhoHas { target, tell: from }
    };
    said.words(lang)
}

fn tcp(packet: &Packet, numbers: Option<Relative>) -> String {
    let Some(segment) = packet.segment() else {
        return String::new();
    };
    let mut text = pad(&flags(segment.flags), 8);
    if let Some(Relative { seq, ack }) = numbers {
        let ack = ack.map_or(String::new(), |ack| format!("ack {ack}"));
        let _ = write!(
            text,
            "  {}  {}",
            pad(&format!("seq {seq}"), 5),
            pad(&ack, 5)
        );
    }
    text
}

fn icmp(packet: &Packet, kind: LayerKind, [type_, code, sequence]: [F; 3]) -> String {
    let mut text = meaning(packet, kind, type_).unwrap_or_default();
    if let Some(sequence) = packet.number(sequence) {
        let _ = write!(text, "  seq {sequence}");
    } else if let Some(code) = meaning(packet, kind, code) {
        let _ = write!(text, ": {code}");
    }
    text
}

/// Neighbour Discovery and MLD in words, everything else by its name.
fn icmpv6(packet: &Packet, lang: Lang) -> String {
    let ids = [F::Icmpv6Type, F::Icmpv6Code, F::Icmpv6Sequence];
    ipv6::said(packet, lang).unwrap_or_else(|| icmp(packet, LayerKind::Icmpv6, ids))
}

/// IGMP: what is said, and of which groups.
fn group(packet: &Packet, kind: LayerKind, type_: F) -> String {
    let mut text = meaning(packet, kind, type_).unwrap_or_default();
    let fields = packet.layer(kind).map(|layer| layer.fields.iter());
    for field in fields.into_iter().flatten() {
        match (field.id, field.meaning) {
            (F::Group, _) => {
                let _ = write!(text, "  {}", field.value);
            }
            (F::RecordType, Some(record)) => {
                let _ = write!(text, "  {record}");
            }
            _ => {}
        }
    }
    text
}

/// How many networks stand in a line.
const NETWORKS: usize = 4;

/// RIP: what is said, and of which networks, each with its metric.
fn routes(packet: &Packet, kind: LayerKind) -> String {
    let mut text = meaning(packet, kind, F::RipCommand).unwrap_or_default();
    let fields = packet.layer(kind).map(|layer| layer.fields.as_slice());
    let (mut network, mut count) = (String::new(), 0);
    for field in fields.unwrap_or_default() {
        match (field.id, &field.value) {
            (F::RipAddress | F::RipPrefix, address) => network = address.to_string(),
            (F::RipMask, Value::Ip(IpAddr::V4(mask))) => {
                let _ = write!(network, "/{}", mask.to_bits().leading_ones());
            }
            (F::RipPrefixLength, len) => {
                let _ = write!(network, "/{len}");
            }
            (F::RipMetric, metric) => {
                count += 1;
                if count <= NETWORKS {
                    let _ = write!(text, "  {network} {metric}");
                }
            }
            _ => {}
        }
    }
    if count > NETWORKS {
        let _ = write!(text, "  +{}", count - NETWORKS);
    }
    text
}

/// DHCP: what it is about, and which address.
fn dhcp(packet: &Packet) -> String {
    let kind = meaning(packet, LayerKind::Dhcp, F::DhcpMessageType);
    let mut text = kind.unwrap_or_default();
    let about = [F::DhcpYourAddress, F::DhcpRequested, F::DhcpClientAddress];
    let mut about = about.into_iter().filter_map(|id| packet.ip(id));
    if let Some(address) = about.find(|address| !address.is_unspecified()) {
        let _ = write!(text, "  {address}");
    }
    if let Some(seconds) = packet.number(F::DhcpLeaseTime) {
        let _ = write!(text, "  {seconds} s");
    }
    text
}

/// What a field means, or its name and what it holds.
fn meaning(packet: &Packet, kind: LayerKind, id: F) -> Option<String> {
    let field = packet.layer(kind)?.field(id)?;
    let number = || format!("{} {}", id.english(), field.value);
    Some(
        field
            .meaning
            .map_or_else(number, |meaning| meaning.to_string()),
    )
}

/// `EtherType 0x86dd (IPv6)`.
fn contains(packet: &Packet, kind: LayerKind, id: F) -> String {
    let field = packet.layer(kind).and_then(|layer| layer.field(id));
    let said = field.map(|field| {
        let meaning = field
            .meaning
            .map_or_else(String::new, |it| format!(" ({it})"));
        format!("{} {}{meaning}", id.english(), field.value)
    });
    said.unwrap_or_default()
}

fn trouble(packet: &Packet, lang: Lang) -> String {
    let wrong = packet.layers().iter().find_map(|layer| {
        if let Some(malformed) = layer.malformed {
            return Some(format!("{}: {malformed}", layer.kind));
        }
        let verdict = layer.checksum?;
        let bad = matches!(verdict, wire::dissect::Verdict::Bad { .. });
        bad.then(|| format!("{}: {}", layer.kind, Of::Checksum(verdict).words(lang)))
    });
    wrong.unwrap_or_default()
}
