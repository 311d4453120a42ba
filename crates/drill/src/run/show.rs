//! Packets in the script's notation.

use std::fmt::Write;

use super::live::{Live, LiveBody, LiveTcp};
use crate::script::ast::{Flags, TcpOption};

/// An outbound packet, its numbers moved to the script's already.
pub(super) fn live(packet: &Live) -> String {
    let mut text = format!("> {}", ip(packet));
    match &packet.body {
        LiveBody::Tcp(segment) => text.push_str(&tcp(segment)),
        LiveBody::Udp { len, .. } => {
            let _ = write!(text, "udp ({len})");
        }
        LiveBody::Icmp {
            kind,
            code,
            id,
            mtu,
            ..
        } => {
            let _ = write!(text, "icmp type_{kind} code_{code}");
            match kind {
                0 | 8 | 128 | 129 => {
                    let _ = write!(text, " id {id}");
                }
                _ if *mtu > 0 => {
                    let _ = write!(text, " mtu {mtu}");
                }
                _ => {}
            }
        }
        LiveBody::Other => {
            let _ = write!(text, "(protocol {})", packet.protocol);
        }
    }
    text
}

fn ip(packet: &Live) -> String {
    let mut parts = Vec::new();
    match packet.tos {
        0 => {}
        1 => parts.push("ect1".to_owned()),
        2 => parts.push("ect0".to_owned()),
        3 => parts.push("ce".to_owned()),
        tos => parts.push(format!("tos {tos:#04x}")),
    }
    if let Some((from, to, more)) = packet.fragment {
        parts.push(format!("frag {from}:{to}{}", if more { "+" } else { "" }));
        parts.push(format!("id {}", packet.id));
    }
    if parts.is_empty() {
        String::new()
    } else {
        format!("[{}] ", parts.join(", "))
    }
}

fn tcp(segment: &LiveTcp) -> String {
    let end = segment.seq.wrapping_add(segment.len);
    let mut text = format!(
        "{} {}:{end}({})",
        flags(segment.flags),
        segment.seq,
        segment.len
    );
    if segment.flags & Flags::ACK != 0 {
        let _ = write!(text, " ack {}", segment.ack);
    }
    let _ = write!(text, " win {}", segment.window);
    if segment.urgent != 0 {
        let _ = write!(text, " urg {}", segment.urgent);
    }
    if !segment.options.is_empty() {
        let _ = write!(text, " <{}>", options(&segment.options));
    }
    text
}

/// The flags in the language's letters.
pub(super) fn flags(bits: u16) -> String {
    const LETTERS: [(u16, char); 9] = [
        (Flags::SYN, 'S'),
        (Flags::FIN, 'F'),
        (Flags::RST, 'R'),
        (Flags::PSH, 'P'),
        (Flags::URG, 'U'),
        (Flags::ECE, 'E'),
        (Flags::CWR, 'W'),
        (Flags::AE, 'A'),
        (Flags::ACK, '.'),
    ];
    let set = LETTERS.iter().filter(|(bit, _)| bits & bit != 0);
    let text: String = set.map(|(_, letter)| *letter).collect();
    if text.is_empty() {
        "-".to_owned()
    } else {
        text
    }
}

/// Options as they lie in a header.
pub(super) fn options(options: &[(u8, Vec<u8>)]) -> String {
    let shown: Vec<_> = options
        .iter()
        .map(|(kind, value)| option(*kind, value))
        .collect();
    shown.join(",")
}

/// A script's options, in the same words.
pub(super) fn said(list: &[TcpOption]) -> String {
    let parsed = list.iter().map(|option| {
        let bytes = option.encode();
        (bytes[0], bytes.get(2..).unwrap_or_default().to_vec())
    });
    options(&parsed.collect::<Vec<_>>())
}

fn option(kind: u8, value: &[u8]) -> String {
    let number = |at: usize| {
        let four = value.get(at..).and_then(|v| v.first_chunk());
        four.map_or(0, |b| u32::from_be_bytes(*b))
    };
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    match (kind, value.len()) {
        (0, _) => "eol".to_owned(),
        (1, _) => "nop".to_owned(),
        (2, 2) => format!("mss {}", u16::from_be_bytes([value[0], value[1]])),
        (3, 1) => format!("wscale {}", value[0]),
        (4, 0) => "sackOK".to_owned(),
        (5, len) if len % 8 == 0 => {
            let blocks = (0..len)
                .step_by(8)
                .map(|at| format!("{}:{}", number(at), number(at + 4)));
            format!("sack {}", blocks.collect::<Vec<_>>().join(" "))
        }
        (8, 8) => format!("TS val {} ecr {}", number(0), number(4)),
        (19, _) => format!("md5 {}", hex(value)),
        (34, _) => format!("FO {}", hex(value)).trim_end().to_owned(),
        (254, len) if len >= 2 && value[..2] == [0xf9, 0x89] => {
            format!("FOEXP {}", hex(&value[2..])).trim_end().to_owned()
        }
        (172 | 174, len) if len % 3 == 0 => {
            let names = if kind == 174 {
                ["e1b", "ceb", "e0b"]
            } else {
                ["e0b", "ceb", "e1b"]
            };
            let counter = |three: &[u8]| {
                u32::from(three[0]) << 16 | u32::from(three[1]) << 8 | u32::from(three[2])
            };
            let counters = names.iter().zip(value.chunks(3));
            let shown = counters.map(|(name, three)| format!("{name} {}", counter(three)));
            format!("ECN {}", shown.collect::<Vec<_>>().join(" "))
        }
        _ => format!("kind {kind} {}", hex(value)),
    }
}
