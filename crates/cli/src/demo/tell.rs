//! The story as text: three screens of a hundred columns.

use std::net::{IpAddr, SocketAddr};

use services::subnet::{group_mac, solicited_node};
use services::words::Lang;
use wire::dissect::{FieldId as F, LayerKind};

use super::Story;
use super::acts::{Act, Program};
use super::dialogue::{Dialogue, Part};
use super::ipv6_words::Ipv6Line;
use super::record::Frame;
use super::scene::{CAMPUS, Card, Cards, OFFICE, owner};
use super::words::Line;
use crate::trace::{
    DATA_COLUMNS, Ink, Numbers, Packet, Relative, Style, data, pad, peel, quote, summary, width,
};

/// No line is longer.
const COLUMNS: usize = 100;

/// Tells it all.
pub(crate) fn tell(story: &Story, lang: Lang, ink: Ink) -> String {
    let mut teller = Teller {
        lang,
        ink,
        cards: story.cards,
        numbers: Numbers::default(),
        lines: Vec::new(),
    };
    teller.opening(story);
    for (number, act) in (1..).zip(&story.acts) {
        teller.act(number, act);
    }
    teller.ending(story);
    teller.lines.join("\n") + "\n"
}

/// `"hello"  5+32+20+14`: what is said, and the bytes of it and of each header put around it.
fn said(packet: &Packet) -> String {
    let lengths = packet
        .layers()
        .iter()
        .rev()
        .map(|layer| layer.range.len().to_string());
    let lengths: Vec<String> = lengths.collect();
    format!(
        "{}  {}",
        quote(packet.data(), DATA_COLUMNS),
        lengths.join("+")
    )
}

/// The rows of the gateway's table. IPv6's header has no checksum to sum anew.
fn rows(ipv6: bool) -> Vec<(LayerKind, Line<'static>, Option<F>)> {
    use LayerKind::{Data, Ethernet, Ipv4, Ipv6, Udp};
    let mut rows = vec![
        (Ethernet, Line::From, Some(F::EthernetSource)),
        (Ethernet, Line::To, Some(F::EthernetDestination)),
    ];
    if ipv6 {
        rows.extend([
            (Ipv6, Line::From, Some(F::Ipv6Source)),
            (Ipv6, Line::To, Some(F::Ipv6Destination)),
            (
                Ipv6,
                Line::OfIpv6(Ipv6Line::HopLimit),
                Some(F::Ipv6HopLimit),
            ),
        ]);
    } else {
        rows.extend([
            (Ipv4, Line::From, Some(F::Ipv4Source)),
            (Ipv4, Line::To, Some(F::Ipv4Destination)),
            (Ipv4, Line::TimeToLive, Some(F::Ipv4Ttl)),
            (Ipv4, Line::HeaderChecksum, Some(F::Ipv4Checksum)),
        ]);
    }
    rows.extend([(Udp, Line::Ports, None), (Data, Line::Data, None)]);
    rows
}

/// `50381 → 9000`.
fn ports((from, to): (SocketAddr, SocketAddr)) -> String {
    format!("{} → {}", from.port(), to.port())
}

struct Teller {
    lang: Lang,
    ink: Ink,
    cards: Cards,
    numbers: Numbers,
    lines: Vec<String>,
}

impl Teller {
    fn line(&mut self, line: impl AsRef<str>) {
        self.lines.push(line.as_ref().trim_end().to_owned());
    }

    /// What a segment or a datagram is, and what that means.
    fn in_columns(&self, what: &str, why: &str) -> String {
        // "ICMPv6" takes two columns more than the other layers' names.
        let columns = if self.cards.is_ipv6() { 24 } else { 26 };
        format!("{}  {why}", pad(what, columns))
    }

    /// What asks for MAC addresses.
    fn asks(&self) -> &'static str {
        if self.cards.is_ipv6() { "ND" } else { "ARP" }
    }

    fn words(&self, line: Line<'_>) -> String {
        line.words(self.lang)
    }

    fn opening(&mut self, story: &Story) {
        let (title, seed) = (self.words(Line::Title), self.words(Line::Seed(story.seed)));
        let gap = " ".repeat(COLUMNS.saturating_sub(width(&title) + width(&seed)));
        self.line(self.ink.strong(&title) + &gap + &self.ink.faint(&seed));
        self.line("");
        let [alice, bob, near, far, server] = self.cards.all();
        let lan = |name, card: Card| {
            let network = card.subnet().map_or_else(String::new, |it| {
                format!("{}/{}", it.network(), it.prefix())
            });
            format!("{name} {network}")
        };
        self.line(format!(
            "  {}{}",
            pad(&lan(OFFICE, alice), 58),
            lan(CAMPUS, server)
        ));
        self.line("");
        self.line(format!("  alice {} ─┐", pad(&alice.ip.to_string(), 12)));
        self.line(format!(
            "                      ├─ switch ─ {} gateway {} ─ switch ─ {} server",
            near.ip, far.ip, server.ip
        ));
        self.line(format!("  bob   {} ─┘", pad(&bob.ip.to_string(), 12)));
        self.line("");
        self.line(format!(
            "  alice {}    gateway {}    server {}",
            alice.mac, near.mac, server.mac
        ));
        self.line(format!("  bob   {}            {}", bob.mac, far.mac));
        self.line("");
        let cards = story.announcements.len();
        self.line(format!(
            "  {}",
            self.words(if self.cards.is_ipv6() {
                Line::OfIpv6(Ipv6Line::Claimed(cards, &alice))
            } else {
                Line::Announced(cards, &alice)
            })
        ));
        self.line(format!(
            "  {}",
            self.words(Line::BytesExplained(if self.cards.is_ipv6() {
                40
            } else {
                20
            }))
        ));
    }

    fn act(&mut self, number: usize, act: &Act) {
        let program = act.program;
        let peer = program.peer(self.cards);
        let title = format!("── {number} ── {} ", self.words(Line::Chapter(program)));
        let rule = "─".repeat(COLUMNS.saturating_sub(width(&title)));
        self.line("");
        self.line(self.ink.strong(&(title + &rule)));
        self.line(format!(
            "  alice$ {}",
            program.command(self.cards, self.lang)
        ));
        match program {
            Program::UpperTcp | Program::UpperUdp => self.decision(self.cards.alice(), peer),
            Program::Time => self.line(format!("  {}", self.words(Line::NoQuestions(self.asks())))),
            Program::Chat => {}
        }
        if let (Program::UpperTcp, Some(group)) = (program, solicited_node(peer.ip)) {
            let mac = group_mac(group.into()).map_or_else(String::new, |mac| mac.to_string());
            for line in self
                .words(Line::OfIpv6(Ipv6Line::GroupAsked(&format!(
                    "{group} ({mac})"
                ))))
                .lines()
            {
                self.line(format!("  {line}"));
            }
        }
        self.line("");
        let numbers = self.frames(act);
        self.said(act);
        if program == Program::UpperTcp && self.cards.is_ipv6() {
            let question = act.frames.first().map(|frame| (frame, None));
            self.boxes(question, Line::OfIpv6(Ipv6Line::PeelQuestion(peer.host)));
        }
        match program {
            Program::UpperTcp => self.peel(act, &numbers, 0, Line::PeelTcp(peer.host)),
            Program::UpperUdp => self.gateway(act),
            Program::Time => self.peel(act, &numbers, 2, Line::PeelUdp(peer.host)),
            Program::Chat => {}
        }
    }

    /// The lesson's: mask both, compare.
    fn decision(&mut self, from: Card, to: Card) {
        let Some(subnet) = from.subnet() else { return };
        let network = |card: Card| subnet.network_of(card.ip);
        let asks = if network(from) == network(to) {
            self.words(Line::SameNetwork(to.host))
        } else {
            self.words(Line::OtherNetwork)
        };
        self.line(format!("  {}", self.words(Line::Decide)));
        for (card, then) in [(from, String::new()), (to, format!("   → {asks}"))] {
            let masked = format!(
                "{} & {} = {}",
                pad(&card.ip.to_string(), 14),
                match card.ip {
                    IpAddr::V4(_) => subnet.mask().to_string(),
                    IpAddr::V6(_) => format!("/{}", subnet.prefix()),
                },
                network(card)
            );
            self.line(format!(
                "    {} {}{}",
                pad(card.host, 7),
                pad(&masked, 46),
                self.ink.strong(&then)
            ));
        }
    }

    /// A line a frame; gives the segments' numbers.
    fn frames(&mut self, act: &Act) -> Vec<Option<Relative>> {
        let start = act.frames.first().map(|frame| frame.at);
        let mut dialogue = Dialogue::default();
        let mut all = Vec::new();
        for frame in &act.frames {
            let numbers = self.numbers.of(&frame.packet);
            let part = frame
                .packet
                .segment()
                .map(|segment| dialogue.part(segment, !frame.packet.data().is_empty()));
            let passed = start.map_or(0, |start| frame.at.since(start).as_micros());
            let time = format!("{}.{:02} ms", passed / 1000, passed % 1000 / 10);
            let to = frame.packet.mac(F::EthernetDestination).and_then(owner);
            let everyone = self.words(if self.cards.is_ipv6() {
                Line::OfIpv6(Ipv6Line::Group)
            } else {
                Line::Everyone
            });
            let way = format!("{} → {}", frame.by.host, to.unwrap_or(&everyone));
            let campus = frame.by.switch == CAMPUS;
            let said = summary(&frame.packet, numbers, self.lang);
            let came = numbers.and_then(|it| it.ack).unwrap_or(0);
            let text = match (said.kind, part) {
                (LayerKind::Arp | LayerKind::Icmpv6, _) if to.is_none() && campus => {
                    format!("{}  {}", said.text, self.words(Line::GatewayDecides))
                }
                (LayerKind::Arp | LayerKind::Icmpv6, _) => said.text,
                (_, Some(part)) => {
                    let news = if part == Part::Data {
                        came.saturating_sub(1)
                    } else {
                        0
                    };
                    let why = self.part(part, &self::said(&frame.packet), news);
                    self.in_columns(&said.text, &why)
                }
                (_, None) => self.datagram(frame),
            };
            let kind = self.ink.layer(
                said.kind,
                &pad(
                    said.kind.english(),
                    if self.cards.is_ipv6() { 6 } else { 4 },
                ),
            );
            let time = self.ink.faint(&format!("{time:>9}"));
            self.line(format!("{time}  {} {kind} {text}", pad(&way, 18)));
            all.push(numbers);
        }
        all
    }

    fn part(&self, part: Part, data: &str, came: u32) -> String {
        self.words(match part {
            Part::Handshake(number) => Line::Handshake(number),
            Part::Data => Line::Says(data, came),
            Part::Close(number) => Line::Close(number),
            Part::CloseTwoAndThree => Line::CloseTwoAndThree,
            Part::Acknowledgment => Line::Acknowledged,
        })
    }

    /// Where it goes by its ports, and what it says.
    fn datagram(&self, frame: &Frame) -> String {
        let ports = frame.packet.ports().map_or_else(String::new, ports);
        let left = match frame.packet.number(F::Ipv6HopLimit) {
            Some(hops) => format!("hops {hops}"),
            None => format!("TTL {}", frame.packet.number(F::Ipv4Ttl).unwrap_or(0)),
        };
        let mut said = self::said(&frame.packet);
        if frame.by.host == self.cards.gateway().host {
            said = self.words(Line::Forwarded(&quote(frame.packet.data(), DATA_COLUMNS)));
        }
        self.in_columns(&format!("{}  {left}", pad(&ports, 14)), &said)
    }

    /// What came out of it, on the screens.
    fn said(&mut self, act: &Act) {
        let mut screens = vec![(
            self.cards.alice().host,
            act.printed.iter().collect::<Vec<_>>(),
        )];
        if act.program == Program::Chat {
            let typed = act.program.typed(self.lang);
            let heard = act
                .served
                .iter()
                .filter(|line| line.contains(typed))
                .collect();
            screens.insert(0, (act.program.peer(self.cards).host, heard));
        }
        for (who, lines) in screens {
            let screen = self.words(Line::Prints(who));
            for line in lines {
                self.line(format!("  {screen} {}", self.ink.strong(line)));
            }
        }
    }

    /// The boxes of the data frame that was sent as number `which` of those with data.
    fn peel(&mut self, act: &Act, numbers: &[Option<Relative>], which: usize, words: Line<'_>) {
        let mut frames = act.frames.iter().zip(numbers);
        let chosen = frames
            .by_ref()
            .filter(|(frame, _)| !frame.packet.data().is_empty())
            .nth(which);
        self.boxes(chosen.map(|(frame, numbers)| (frame, *numbers)), words);
    }

    /// A frame's boxes under a few words.
    fn boxes(&mut self, chosen: Option<(&Frame, Option<Relative>)>, words: Line<'_>) {
        let Some((frame, numbers)) = chosen else {
            return;
        };
        self.line("");
        for line in self.words(words).lines() {
            self.line(format!("  {line}"));
        }
        let style = Style {
            lang: self.lang,
            ink: self.ink,
            columns: COLUMNS - 4,
            owner: &owner,
        };
        for line in peel(&frame.packet, numbers, style) {
            self.line(format!("  {line}"));
        }
    }

    /// A packet before and after the gateway.
    fn gateway(&mut self, act: &Act) {
        let mut sent = act
            .frames
            .iter()
            .filter(|frame| !frame.packet.data().is_empty());
        let (Some(before), Some(after)) = (sent.next(), sent.next()) else {
            return;
        };
        let (before, after) = (&before.packet, &after.packet);
        self.line("");
        let heading = self.words(Line::GatewayDid);
        let (left, right) = (self.words(Line::OfficeSide), self.words(Line::CampusSide));
        self.line(format!(
            "  {} {} {right}",
            pad(&heading, 27),
            pad(&left, 29)
        ));
        use LayerKind::Data;
        for (kind, name, id) in rows(self.cards.is_ipv6()) {
            let value = |packet: &Packet| match (kind, id) {
                (Data, _) => data(packet, self.lang),
                (_, Some(id)) => {
                    let value = packet
                        .value(id)
                        .map_or_else(String::new, ToString::to_string);
                    let who = packet.mac(id).and_then(owner);
                    who.map_or(value.clone(), |who| format!("{value} ({who})"))
                }
                _ => packet.ports().map_or_else(String::new, ports),
            };
            let (was, is) = (value(before), value(after));
            let verdict = if was == is {
                self.ink.faint(&self.words(Line::Stayed))
            } else {
                self.ink.strong(&self.words(Line::Changed))
            };
            let layer = self.ink.layer(kind, &pad(kind.english(), 12));
            let name = if kind == Data {
                String::new()
            } else {
                self.words(name)
            };
            self.line(format!(
                "    {layer}{} {} {} {verdict}",
                pad(&name, 13),
                pad(&was, 29),
                pad(&is, 29)
            ));
        }
    }

    fn ending(&mut self, story: &Story) {
        let mut frames = story.frames();
        let sound = frames.all(|frame| frame.packet.is_sound());
        self.line("");
        self.line(self.words(Line::Counted(story.frames().count(), sound)));
        self.line(self.words(Line::Yourself));
    }
}
