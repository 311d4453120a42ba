//! What IPv6 says of itself: neighbours, routers, groups, and the headers between IPv6's and the
//! transport's.

use services::words::Lang;
use wire::dissect::{FieldId as F, LayerKind, LayerView};

use super::Packet;
use super::words::Of;

/// Neighbour Discovery and MLD as a person says it; `None` for any other message, and where a part
/// of it is missing.
pub(super) fn said(packet: &Packet, lang: Lang) -> Option<String> {
    let (from, to) = packet.addresses()?;
    let target = packet.ip(F::NdpTarget);
    let of = match packet.number(F::Icmpv6Type)? {
        130 => match packet.ip(F::Group)? {
            group if group.is_unspecified() => Of::WhoListens,
            group => Of::WhoListensTo { group },
        },
        131 => Of::Listens {
            group: packet.ip(F::Group)?,
        },
        132 => Of::ListensNoMore {
            group: packet.ip(F::Group)?,
        },
        133 => Of::AsksForRouters,
        134 => return router(packet, lang),
        135 if from.is_unspecified() => Of::Probes { ip: target? },
        135 => Of::WhoHas {
            target: target?,
            tell: from,
        },
        136 => {
            let (ip, mac) = (target?, packet.mac(F::NdpTargetMac)?);
            if to.is_multicast() {
                Of::Announces { ip, mac }
            } else {
                Of::IsAt { ip, mac }
            }
        }
        137 => Of::BetterWay {
            to: packet.ip(F::NdpDestination)?,
            by: target?,
        },
        143 => return records(packet, lang),
        _ => return None,
    };
    Some(of.words(lang))
}

/// A router's word, and the networks that it brings.
fn router(packet: &Packet, lang: Lang) -> Option<String> {
    let default = packet.number(F::NdpLifetime)? > 0;
    let (router, _) = packet.addresses()?;
    let mut said = vec![Of::IsRouter { router, default }.words(lang)];
    let mut length = None;
    for field in &packet.layer(LayerKind::Icmpv6)?.fields {
        match field.id {
            F::NdpPrefixLength => length = Some(&field.value),
            F::NdpPrefix => said.extend(length.map(|length| format!("{}/{length}", field.value))),
            _ => {}
        }
    }
    Some(said.join("  "))
}

/// MLDv2's report: what changed, group by group (RFC 3810 section 5.2). Without a source to let
/// through, exclusion is listening to all, and inclusion to none.
fn records(packet: &Packet, lang: Lang) -> Option<String> {
    let mut said = Vec::new();
    let (mut kind, mut sources) = (0, 0);
    for field in &packet.layer(LayerKind::Icmpv6)?.fields {
        let number = || field.value.to_string().parse::<u64>().ok();
        match field.id {
            F::RecordType => kind = number()?,
            F::GroupSources => sources = number()?,
            F::Group => {
                let group = field.value.to_string().parse().ok()?;
                said.push(match (kind, sources) {
                    (2 | 4, 0) => Of::Listens { group },
                    (1 | 3, 0) => Of::ListensNoMore { group },
                    _ => Of::ListensTo { group, sources },
                });
            }
            _ => {}
        }
    }
    let words: Vec<String> = said.into_iter().map(|of| of.words(lang)).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// The headers between IPv6's and the innermost one: `[IPv6 Hop-by-Hop Options: Router Alert (MLD message)]`.
pub(super) fn between(packet: &Packet, innermost: LayerKind) -> Vec<String> {
    let is = |layer: &&LayerView| is_extension(layer.kind) && layer.kind != innermost;
    let layers = packet.layers().iter().filter(|layer| !layer.quoted);
    layers
        .filter(is)
        .map(|layer| format!("[{}: {}]", layer.kind.english(), told(layer).join(", ")))
        .collect()
}

fn is_extension(kind: LayerKind) -> bool {
    matches!(
        kind,
        LayerKind::HopByHop | LayerKind::Routing | LayerKind::Fragment | LayerKind::Destination
    )
}

/// What an extension header says, without its length, its padding and what comes next.
pub(super) fn told(layer: &LayerView) -> Vec<String> {
    let silent = [
        F::ExtensionNextHeader,
        F::ExtensionLength,
        F::OptionPad1,
        F::OptionPadN,
        F::RoutingData,
    ];
    let fields = layer.fields.iter();
    fields
        .filter(|field| !silent.contains(&field.id))
        .map(|field| match field.meaning {
            Some(meaning) => format!("{} ({meaning})", field.id.english()),
            None => format!("{} {}", field.id.english(), field.value),
        })
        .collect()
}
