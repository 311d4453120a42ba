//! A packet's layers as boxes, each in the one that was put on around it.

use services::words::Lang;
use wire::MacAddr;
use wire::dissect::{FieldId as F, LayerKind, LayerView};

use super::Packet;
use super::flow::Relative;
use super::ink::Ink;
use super::ipv6;
use super::line::{flags, summary};
use super::text::{cut, pad, quote, width};
use super::words::Of;

/// How to draw the boxes.
#[derive(Clone, Copy)]
pub(crate) struct Style<'a> {
    pub(crate) lang: Lang,
    pub(crate) ink: Ink,
    /// The most columns that a box takes.
    pub(crate) columns: usize,
    /// Who has a MAC address, where that is known.
    pub(crate) owner: &'a dyn Fn(MacAddr) -> Option<&'static str>,
}

/// The boxes, a line each.
pub(crate) fn peel(packet: &Packet, numbers: Option<Relative>, style: Style<'_>) -> Vec<String> {
    let (mut boxes, mut content) = (Vec::new(), Vec::new());
    for layer in packet.layers() {
        let room = style.columns.saturating_sub(4 * (boxes.len() + 1) + 2);
        let bytes = Of::Bytes(layer.range.len()).words(style.lang);
        let name = layer.kind.english();
        match layer.kind {
            LayerKind::Data | LayerKind::Padding => {
                let bytes = format!("{name} {bytes}  ");
                let data = packet.bytes(layer.range.clone());
                let text = quote(data, room.saturating_sub(width(&bytes)));
                content.push((layer.kind, format!("{bytes}{text}")));
            }
            _ => {
                let told = describe(packet, layer, numbers, style);
                boxes.push((layer.kind, cut(&format!("{name} {bytes} · {told}"), room)));
            }
        }
    }
    draw(&boxes, &content, style.ink)
}

/// A header's most telling fields.
fn describe(
    packet: &Packet,
    layer: &LayerView,
    numbers: Option<Relative>,
    style: Style<'_>,
) -> String {
    let value = |id| {
        layer
            .field(id)
            .map(|field| field.value.to_string())
            .unwrap_or_default()
    };
    let meaning = |id| {
        let field = layer.field(id);
        let meaning = field.and_then(|field| field.meaning);
        meaning.map_or_else(|| value(id), |meaning| meaning.to_string())
    };
    let mac = |id| {
        let who = packet.mac(id).and_then(style.owner);
        who.map_or_else(|| value(id), |who| format!("{} ({who})", value(id)))
    };
    let port = |id| value(id).parse().unwrap_or_default();
    let mut told = match layer.kind {
        LayerKind::Ethernet => vec![
            format!(
                "{} → {}",
                mac(F::EthernetSource),
                mac(F::EthernetDestination)
            ),
            meaning(F::EthernetType),
        ],
        LayerKind::Ipv4 => vec![
            format!("{} → {}", value(F::Ipv4Source), value(F::Ipv4Destination)),
            format!("TTL {}", value(F::Ipv4Ttl)),
            meaning(F::Ipv4Protocol),
        ],
        LayerKind::Ipv6 => vec![
            format!("{} → {}", value(F::Ipv6Source), value(F::Ipv6Destination)),
            format!("Hop Limit {}", value(F::Ipv6HopLimit)),
            meaning(F::Ipv6NextHeader),
        ],
        LayerKind::HopByHop | LayerKind::Routing | LayerKind::Destination | LayerKind::Fragment => {
            let mut told = ipv6::told(layer);
            told.push(meaning(F::ExtensionNextHeader));
            told
        }
        LayerKind::Udp => {
            vec![Of::Ports(port(F::UdpSourcePort), port(F::UdpDestinationPort)).words(style.lang)]
        }
        LayerKind::Tcp => {
            let mut told = vec![
                Of::Ports(port(F::TcpSourcePort), port(F::TcpDestinationPort)).words(style.lang),
            ];
            if let (Some(segment), Some(Relative { seq, ack })) = (packet.segment(), numbers) {
                told.push(flags(segment.flags));
                told.push(ack.map_or_else(
                    || format!("seq {seq}"),
                    |ack| format!("seq {seq}, ack {ack}"),
                ));
            }
            told
        }
        _ => vec![summary(packet, numbers, style.lang).text],
    };
    told.extend(
        layer
            .checksum
            .map(|verdict| Of::Checksum(verdict).words(style.lang)),
    );
    told.extend(
        layer
            .malformed
            .map(|why| format!("{}: {why}", Of::Malformed.words(style.lang))),
    );
    told.join(" · ")
}

fn draw(boxes: &[(LayerKind, String)], content: &[(LayerKind, String)], ink: Ink) -> Vec<String> {
    let depth = boxes.len();
    // The columns between the innermost box's borders and blanks.
    let inner = boxes
        .iter()
        .enumerate()
        .map(|(level, (_, text))| (width(text) + 2).saturating_sub(4 * (depth - 1 - level)))
        .chain(content.iter().map(|(_, text)| width(text)))
        .max()
        .unwrap_or(0);
    let sides = |level: usize| -> (String, String) {
        let left = boxes[..level]
            .iter()
            .map(|(kind, _)| ink.layer(*kind, "│") + " ");
        let right = boxes[..level]
            .iter()
            .rev()
            .map(|(kind, _)| String::from(" ") + &ink.layer(*kind, "│"));
        (left.collect(), right.collect())
    };
    let edge = |level: usize, ends: [&str; 2], text: &str| {
        let (left, right) = sides(level);
        let columns = inner + 4 * (depth - 1 - level) + 2;
        let fill = "─".repeat(columns.saturating_sub(width(text)));
        let kind = boxes[level].0;
        let [open, close] = ends;
        format!(
            "{left}{}{right}",
            ink.layer(kind, &format!("{open}{text}{fill}{close}"))
        )
    };
    let (left, right) = sides(depth);
    let tops = boxes
        .iter()
        .enumerate()
        .map(|(level, (_, text))| edge(level, ["┌", "┐"], &format!(" {text} ")));
    let middle = content
        .iter()
        .map(|(kind, text)| format!("{left}{}{right}", ink.layer(*kind, &pad(text, inner))));
    let bottoms = (0..depth).rev().map(|level| edge(level, ["└", "┘"], ""));
    tops.chain(middle).chain(bottoms).collect()
}
