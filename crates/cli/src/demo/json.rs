//! The story for programs: an object a line.

use serde_json::{Value, json as object};
use wire::dissect::FieldId as F;

use super::Story;
use super::acts::Act;
use super::dialogue::Dialogue;
use super::record::Frame;
use super::scene::{Card, Cards, owner};
use crate::trace::{Numbers, layers, summary};
use services::words::Lang;

/// The network, then for each program its chapter, its frames and what was printed, then the count.
pub(crate) fn json(story: &Story, lang: Lang) -> String {
    let cards = story.cards.all();
    let cards: Vec<Value> = cards
        .iter()
        .map(|card| {
            object!({
                "host": card.host, "lan": card.switch, "interface": card.name,
                "mac": card.mac.to_string(), "ip": card.ip, "prefix": card.prefix,
            })
        })
        .collect();
    let mut lines = vec![object!({"event": "network", "seed": story.seed, "cards": cards})];
    let mut numbers = Numbers::default();
    lines.extend(
        story
            .announcements
            .iter()
            .map(|it| frame(it, "announcements", &mut numbers, None)),
    );
    for act in &story.acts {
        chapter(act, story.cards, lang, &mut numbers, &mut lines);
    }
    let sound = story.frames().all(|frame| frame.packet.is_sound());
    lines.push(object!({"event": "end", "frames": story.frames().count(), "sound": sound}));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn chapter(act: &Act, cards: Cards, lang: Lang, numbers: &mut Numbers, lines: &mut Vec<Value>) {
    let program = act.program;
    let (alice, peer) = (cards.alice(), program.peer(cards));
    lines.push(object!({
        "event": "chapter", "chapter": program.key(), "caller": alice.host,
        "called": peer.host, "endpoint": program.endpoint(cards).to_string(),
        "typed": program.typed(lang), "decision": decision(alice, peer, cards.gateway()),
    }));
    let mut dialogue = Dialogue::default();
    for it in &act.frames {
        let has_data = !it.packet.data().is_empty();
        let part = it
            .packet
            .segment()
            .map(|segment| dialogue.part(segment, has_data).key());
        lines.push(frame(it, program.key(), numbers, part));
    }
    lines.push(object!({
        "event": "printed", "chapter": program.key(), "caller": act.printed, "called": act.served,
    }));
}

/// The lesson's: mask both, compare, and ask for the peer's MAC address or the gateway's.
fn decision(from: Card, to: Card, gateway: Card) -> Value {
    let Some(subnet) = from.subnet() else {
        return Value::Null;
    };
    let network = |card: Card| subnet.network_of(card.ip);
    let same = network(from) == network(to);
    object!({
        "mask": subnet.mask(), "caller_network": network(from), "called_network": network(to),
        "same_network": same, "asks_for": if same { to.ip } else { gateway.ip },
    })
}

fn frame(frame: &Frame, chapter: &str, numbers: &mut Numbers, part: Option<&str>) -> Value {
    let packet = &frame.packet;
    let relative = numbers.of(packet);
    let layers = layers(packet);
    let mut line = object!({
        "event": "frame", "chapter": chapter, "at_ns": frame.at.as_nanos(), "lan": frame.by.switch,
        "interface": frame.by.name, "from": frame.by.host,
        // Null: everyone.
        "to": packet.mac(F::EthernetDestination).and_then(owner),
        "bytes": packet.len(), "summary": summary(packet, relative, Lang::English).text,
        "layers": layers,
    });
    if let Some(part) = part {
        line["part"] = part.into();
    }
    if let Some(relative) = relative {
        line["relative_seq"] = relative.seq.into();
        line["relative_ack"] = relative.ack.into();
    }
    line
}
