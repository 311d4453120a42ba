//! Is the packet that came the one that should?

use super::Difference;
use super::config::Config;
use super::flow::Flow;
use super::live::{Live, LiveBody, LiveTcp};
use super::{icmp, show};
use crate::script::ast::{Body, Flags, Packet, Tcp, TcpOption, Tos};

/// A packet's numbers moved to the script's.
pub(super) fn to_script(live: &Live, flow: &Flow) -> Live {
    let mut live = live.clone();
    if let LiveBody::Tcp(tcp) = &mut live.body {
        let syn = tcp.flags & Flags::SYN != 0;
        tcp.seq = tcp.seq.wrapping_sub(flow.local_offset(syn));
        let remote = flow.remote_offset(syn);
        if tcp.flags & Flags::ACK != 0 {
            tcp.ack = tcp.ack.wrapping_sub(remote);
        }
        for (kind, value) in &mut tcp.options {
            match (*kind, flow.first_stamp) {
                (5, _) => {
                    for edge in value.chunks_exact_mut(4) {
                        shift(edge, 0u32.wrapping_sub(remote));
                    }
                }
                (8, Some((script, live))) if value.len() == 8 => {
                    shift(&mut value[..4], script.wrapping_sub(live));
                }
                _ => {}
            }
        }
    }
    live
}

/// Adds to a number of four bytes.
fn shift(bytes: &mut [u8], by: u32) {
    if let Some(four) = bytes.first_chunk_mut::<4>() {
        *four = u32::from_be_bytes(*four).wrapping_add(by).to_be_bytes();
    }
}

/// Remembers what an outbound packet tells of the run's own numbers: timestamps, flow labels,
/// identifications.
pub(super) fn learn(packet: &Packet, live: &Live, flow: &mut Flow) {
    if let Some(id) = packet.info.id {
        flow.ids.entry(id).or_insert(live.id);
    }
    let (Body::Tcp(said), LiveBody::Tcp(came)) = (&packet.body, &live.body) else {
        return;
    };
    let val = said
        .options
        .iter()
        .flatten()
        .find_map(|option| match option {
            TcpOption::Timestamps { val, .. } => Some(*val),
            _ => None,
        });
    let live_val = came.options.iter().find_map(|(kind, value)| match kind {
        8 => value.first_chunk().map(|b| u32::from_be_bytes(*b)),
        _ => None,
    });
    if let (Some(script), Some(live)) = (val, live_val) {
        flow.stamps.insert(script, live);
        flow.first_stamp.get_or_insert((script, live));
    }
}

/// Collects what differs.
#[derive(Default)]
struct Fields(Vec<Difference>);

impl Fields {
    fn check<T: PartialEq + ToString>(&mut self, field: &str, expected: T, actual: T) {
        if expected != actual {
            self.say(field, expected, actual);
        }
    }

    fn say(&mut self, field: &str, expected: impl ToString, actual: impl ToString) {
        self.0.push(Difference {
            field: field.to_owned(),
            expected: expected.to_string(),
            actual: actual.to_string(),
        });
    }
}

/// Field by field, what is not as the script says. `live` has the script's numbers; `since` is
/// how long the script has run, for the timestamps' tolerance.
pub(super) fn packet(
    packet: &Packet,
    live: &Live,
    flow: &mut Flow,
    config: &Config,
    since: i64,
) -> Vec<Difference> {
    let mut fields = Fields::default();
    ip(packet, live, flow, &mut fields);
    match (&packet.body, &live.body) {
        (Body::Tcp(said), LiveBody::Tcp(came)) => tcp(said, came, config, since, &mut fields),
        (Body::Udp(said), LiveBody::Udp { len, .. }) if live.fragment.is_none() => {
            fields.check("udp length", said.len, *len);
        }
        (
            Body::Icmp(said),
            LiveBody::Icmp {
                kind,
                code,
                id,
                mtu,
                ..
            },
        ) => {
            match icmp::numbers(live.src.is_ipv6(), &said.kind, said.code.as_deref()) {
                Ok((said_kind, said_code)) => {
                    fields.check("icmp type", said_kind, *kind);
                    fields.check("icmp code", said_code, *code);
                }
                Err(word) => fields.say("icmp type", word, kind),
            }
            if let Some(said) = said.mtu {
                fields.check("icmp mtu", said, *mtu);
            }
            if let Some(said) = said.echo_id {
                fields.check("icmp id", said, *id);
            }
        }
        _ => {}
    }
    fields.0
}

fn ip(packet: &Packet, live: &Live, flow: &mut Flow, fields: &mut Fields) {
    let info = &packet.info;
    match info.tos {
        Tos::Unsaid => {}
        Tos::Ecn(bits) => fields.check("ip ecn", bits, live.tos & 3),
        Tos::EitherEct if matches!(live.tos & 3, 1 | 2) => {}
        Tos::EitherEct => fields.say("ip ecn", "1 or 2", live.tos & 3),
        Tos::Byte(byte) => fields.check("tos", byte, live.tos),
    }
    if let Some(ttl) = info.ttl {
        fields.check("ttl", ttl, live.ttl);
    }
    if let Some((src, dst)) = info.addresses {
        fields.check("source", src, live.src);
        fields.check("destination", dst, live.dst);
    }
    if let Some(id) = info.id {
        let expected = flow.ids.get(&id).copied().unwrap_or(live.id);
        fields.check("identification", expected, live.id);
    }
    let text =
        |(from, to, more): (u32, u32, bool)| format!("{from}:{to}{}", if more { "+" } else { "" });
    let said = info.fragment.map(|f| (f.from, f.to, f.more));
    let show = |fragment: Option<_>| fragment.map_or_else(|| "none".to_owned(), text);
    fields.check("fragment", show(said), show(live.fragment));
    if let Some(label) = info.flow_label.filter(|label| *label != 0) {
        flow_label(label, live.flow_label, flow, fields);
    }
}

/// A label of the script stands for one of the run: the same for the same, another for another.
fn flow_label(script: u32, live: u32, flow: &mut Flow, fields: &mut Fields) {
    if live == 0 {
        fields.say("flow label", script, 0);
        return;
    }
    match flow.flow_label {
        Some((known, label)) if known == script => fields.check("flow label", label, live),
        Some((_, label)) if label == live => fields.say("flow label", "another one", live),
        _ => flow.flow_label = Some((script, live)),
    }
}

fn tcp(said: &Tcp, came: &LiveTcp, config: &Config, since: i64, fields: &mut Fields) {
    const ECN: u16 = Flags::AE | Flags::CWR | Flags::ECE;
    let names = [
        ("fin", Flags::FIN),
        ("syn", Flags::SYN),
        ("rst", Flags::RST),
        ("psh", Flags::PSH),
        ("ack flag", Flags::ACK),
        ("urg", Flags::URG),
        ("ece", Flags::ECE),
        ("cwr", Flags::CWR),
        ("ae", Flags::AE),
    ];
    for (name, bit) in names {
        if !(said.flags.ace && ECN & bit != 0) {
            fields.check(
                name,
                u8::from(said.flags.has(bit)),
                u8::from(came.flags & bit != 0),
            );
        }
    }
    if said.flags.ace {
        fields.check("ace", (said.flags.bits & ECN) >> 6, (came.flags & ECN) >> 6);
    }
    fields.check("reserved bits", 0, came.reserved);
    fields.check("seq", said.seq, came.seq);
    fields.check("length", said.len, came.len);
    fields.check("ack", said.ack, came.ack);
    if let Some(window) = said.window {
        fields.check("window", window, came.window);
    }
    fields.check("urgent pointer", said.urgent, came.urgent);
    if came.dirty {
        fields.say("payload", "zeros", "other bytes");
    }
    if let Some(options) = &said.options {
        tcp_options(options, came, config, since, fields);
    }
}

fn tcp_options(
    said: &[TcpOption],
    came: &LiveTcp,
    config: &Config,
    since: i64,
    fields: &mut Fields,
) {
    let same_kinds = said.len() == came.options.len()
        && said
            .iter()
            .zip(&came.options)
            .all(|(said, (kind, _))| said.encode()[0] == *kind);
    let differs = |(said, (_, value)): (&TcpOption, &(u8, Vec<u8>))| match said {
        // Echoes are not compared, and values only where the script says how fast they tick.
        TcpOption::Timestamps { val, .. } => {
            let live = value.first_chunk().map_or(0, |b| u32::from_be_bytes(*b));
            let off = i64::from(live.wrapping_sub(*val).cast_signed()).abs();
            config.ts_tick > 0 && off * config.ts_tick > config.tolerance(since)
        }
        said => said.encode().get(2..).unwrap_or_default() != value.as_slice(),
    };
    if !same_kinds || said.iter().zip(&came.options).any(differs) {
        let none = |text: String| {
            if text.is_empty() {
                "none".to_owned()
            } else {
                text
            }
        };
        fields.say(
            "options",
            none(show::said(said)),
            none(show::options(&came.options)),
        );
    }
}

/// Why two segments in a row are no two parts of one: the field that differs.
pub(super) fn continues(before: &Live, next: &Live) -> Option<&'static str> {
    let (LiveBody::Tcp(a), LiveBody::Tcp(b)) = (&before.body, &next.body) else {
        return Some("protocol");
    };
    // What only the last part carries.
    const LAST: u16 = Flags::FIN | Flags::PSH | Flags::CWR;
    if a.flags & !LAST != b.flags & !LAST {
        Some("flags")
    } else if a.seq.wrapping_add(a.len) != b.seq {
        Some("seq")
    } else if a.ack != b.ack {
        Some("ack")
    } else if a.window != b.window {
        Some("window")
    } else if a.options.len() != b.options.len() {
        Some("options")
    } else {
        None
    }
}
