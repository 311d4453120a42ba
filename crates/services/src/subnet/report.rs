//! A subnet as a person reads it, with the lesson's view of the bits.

use std::fmt::Write as _;
use std::net::IpAddr;

use unicode_width::UnicodeWidthStr;

use super::{
    Kind, Pair, Relation, Subnet, group_mac, ipv4_in, mac_in, reverse_name, scope, solicited_node,
};
use crate::words::{Label, Lang, Note};

pub(super) fn one(subnet: Subnet, lang: Lang, colour: bool) -> String {
    let mut rows = vec![
        (Label::Address, subnet.to_string()),
        (Label::Mask, mask(subnet)),
        (Label::Network, subnet.network().to_string()),
    ];
    let broadcast = subnet.broadcast().map(|at| at.to_string());
    let none = || lang.label(Label::None).to_owned();
    rows.push((Label::Broadcast, broadcast.unwrap_or_else(none)));
    rows.push((Label::FirstHost, subnet.first_host().to_string()));
    rows.push((Label::LastHost, subnet.last_host().to_string()));
    rows.push((Label::Hosts, subnet.hosts().to_string()));

    rows.extend(facts(subnet, lang));
    let mut text = table(&rows, lang);
    text.push('\n');
    bits(&mut text, subnet, lang, colour);
    for note in notes(subnet) {
        let _ = writeln!(text, "\n{}", lang.note(&note));
    }
    text
}

/// What the address says of itself.
fn facts(subnet: Subnet, lang: Lang) -> Vec<(Label, String)> {
    let address = subnet.address();
    let mut rows = vec![(Label::Kind, lang.kind(Kind::of(address), scope(address)))];
    let mut row = |label, value: Option<String>| rows.extend(value.map(|value| (label, value)));
    row(Label::InFull, subnet.in_full());
    row(Label::Ipv4, ipv4_in(address).map(|it| it.to_string()));
    row(Label::Mac, mac_in(address).map(|mac| mac.to_string()));
    let with_mac = |group: IpAddr| {
        let mac = group_mac(group)?;
        Some(format!("{group} = {mac}"))
    };
    row(
        Label::Group,
        solicited_node(address).and_then(|group| with_mac(group.into())),
    );
    row(
        Label::GroupMac,
        group_mac(address).map(|mac| mac.to_string()),
    );
    row(Label::ReverseName, Some(reverse_name(address)));
    row(Label::ReverseZone, subnet.reverse_zone());
    rows
}

fn table(rows: &[(Label, String)], lang: Lang) -> String {
    let widths = rows.iter().map(|(label, _)| lang.label(*label).width());
    let widest = widths.max().unwrap_or(0);
    let mut text = String::new();
    for (label, value) in rows {
        let label = lang.label(*label);
        let gap = " ".repeat(widest - label.width() + 2);
        let _ = writeln!(text, "{label}{gap}{value}");
    }
    text
}

fn mask(subnet: Subnet) -> String {
    match subnet.address() {
        IpAddr::V4(_) => format!("{} = /{}", subnet.mask(), subnet.prefix()),
        IpAddr::V6(_) => format!("/{}", subnet.prefix()),
    }
}

/// Address, mask and network under each other; a bar stands where the network's bits end.
fn bits(text: &mut String, subnet: Subnet, lang: Lang, colour: bool) {
    let rows = [subnet.address(), subnet.mask(), subnet.network()];
    let widest = rows
        .iter()
        .map(|row| row.to_string().len())
        .max()
        .unwrap_or(0);
    for row in rows {
        let (network, host) = split(row, subnet.prefix());
        let network = if colour {
            format!("\x1b[1;44m{network}\x1b[0m")
        } else {
            network
        };
        let name = if row.is_ipv4() {
            format!("{row}:")
        } else {
            row.to_string()
        };
        let _ = writeln!(text, "{name:0$}  {network}|{host}", widest + 1);
    }
    let prefix = subnet.prefix();
    let of = if subnet.address().is_ipv4() { 32 } else { 128 };
    let _ = writeln!(
        text,
        "{}",
        lang.note(&Note::Bits {
            network: prefix,
            host: of - prefix
        })
    );
}

/// The digits of an address as written out in full, before and after the end of the prefix: bits
/// for IPv4; for IPv6 hexadecimal digits, but for a digit that the end falls into.
fn split(address: IpAddr, prefix: u8) -> (String, String) {
    let (mut network, mut host) = (String::new(), String::new());
    let prefix = u32::from(prefix);
    match address {
        IpAddr::V4(address) => {
            for bit in 0..32 {
                let digit = if address.to_bits() << bit >> 31 == 1 {
                    '1'
                } else {
                    '0'
                };
                push(&mut network, &mut host, bit < prefix, bit, 8, '.');
                if bit < prefix {
                    network.push(digit);
                } else {
                    host.push(digit);
                }
            }
        }
        IpAddr::V6(address) => {
            let word = address.to_bits();
            for bit in (0..128).step_by(4) {
                let nibble = (word << bit >> 124) as u32;
                push(&mut network, &mut host, bit < prefix, bit, 16, ':');
                if bit + 4 <= prefix {
                    let _ = write!(network, "{nibble:x}");
                } else if bit >= prefix {
                    let _ = write!(host, "{nibble:x}");
                } else {
                    let binary = format!("{nibble:04b}");
                    let (ours, theirs) = binary.split_at((prefix - bit) as usize);
                    let _ = write!(network, "({ours}");
                    let _ = write!(host, "{theirs})");
                }
            }
        }
    }
    (network, host)
}

/// Separates groups; at the end of the prefix the bar takes the separator's place.
fn push(network: &mut String, host: &mut String, ours: bool, bit: u32, group: u32, mark: char) {
    if bit == 0 || !bit.is_multiple_of(group) {
        return;
    }
    match (ours, host.is_empty()) {
        (true, _) => network.push(mark),
        (false, false) => host.push(mark),
        (false, true) => {}
    }
}

fn notes(subnet: Subnet) -> Vec<Note> {
    let mut notes = Vec::new();
    let address = subnet.address();
    match (address, subnet.prefix()) {
        (IpAddr::V4(_), 31) => notes.push(Note::PointToPoint),
        (IpAddr::V4(_), 32) | (IpAddr::V6(_), 128) => notes.push(Note::SingleHost),
        (IpAddr::V4(_), _) if address == subnet.network() => notes.push(Note::IsNetwork),
        (IpAddr::V6(_), 127) => notes.push(Note::RouterLink),
        (IpAddr::V6(v6), _) if address == subnet.network() && !v6.is_multicast() => {
            notes.push(Note::IsAnycast);
        }
        (IpAddr::V4(_), _) if subnet.broadcast() == Some(address) => {
            notes.push(Note::IsBroadcast);
        }
        _ => {}
    }
    notes
}

pub(super) fn two(pair: &Pair, lang: Lang, colour: bool) -> String {
    let mut text = format!(
        "{}\n{}\n",
        one(pair.from, lang, colour),
        one(pair.to, lang, colour)
    );
    let mut say = |note: Note| {
        let _ = writeln!(text, "{}", lang.note(&note));
    };
    say(Note::Decision {
        from: pair.from,
        to: pair.to,
        asks_for: pair.asks_for,
    });
    if pair.from.prefix() != pair.to.prefix() {
        say(Note::Decision {
            from: pair.to,
            to: pair.from,
            asks_for: pair.back_asks_for,
        });
    }
    match pair.relation {
        Relation::Contains => say(Note::Contains {
            whole: pair.from,
            part: pair.to,
        }),
        Relation::Within => say(Note::Contains {
            whole: pair.to,
            part: pair.from,
        }),
        Relation::Same | Relation::Apart => {}
    }
    if pair.from.address() == pair.to.address() {
        say(Note::SameAddress);
    } else if pair.asks_for != pair.back_asks_for {
        say(Note::MasksDisagree);
    }
    text
}
