//! `--trace`: the packets of a running stack, on standard error, so that what a program prints can
//! be piped on.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use base::{Frame, Instant};
use host::{Direction, Observer};
use services::words::Lang;
use stack::InterfaceId;
use wire::LinkType;
use wire::dissect::{FieldId as F, LayerKind};

use super::Packet;
use super::flow::Numbers;
use super::ink::Ink;
use super::ipv6::between;
use super::line::{data, summary};
use super::peel::{Style, peel};
use super::words::Of;

/// How much of a packet is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Detail {
    /// A line.
    Line,
    /// A line, and every layer.
    Full,
}

/// How many packets may wait for being shown; what comes beyond is left out, and counted.
const PACKETS_IN_FLIGHT: usize = 4096;

/// How wide the boxes may be.
const COLUMNS: usize = 100;

/// A packet on its way to the person.
struct Seen {
    at: Instant,
    direction: Direction,
    bytes: Vec<u8>,
}

/// Hands packets to the thread that shows them: the stack is locked while it looks on, and must
/// not wait for a terminal.
pub(crate) struct Live {
    packets: SyncSender<Seen>,
    lost: Arc<AtomicU64>,
}

impl Observer for Live {
    fn frame(&mut self, now: Instant, _: InterfaceId, direction: Direction, frame: &Frame) {
        let seen = Seen {
            at: now,
            direction,
            bytes: frame.to_vec(),
        };
        if self.packets.try_send(seen).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Waits for a trace's last lines, once its network is gone.
pub(crate) struct Tracing(Receiver<()>);

impl Tracing {
    /// Returns when all is shown, or nobody reads it within a second.
    pub(crate) fn wait(self) {
        let _ = self.0.recv_timeout(Duration::from_secs(1)); // either way the process ends now
    }
}

/// Shows packets of an Ethernet as they pass.
///
/// # Errors
/// When there are no threads left.
pub(crate) fn live(detail: Detail, lang: Lang, ink: Ink) -> io::Result<(Live, Tracing)> {
    let (packets, seen) = sync_channel(PACKETS_IN_FLIGHT);
    let (done, finished) = sync_channel(1);
    let lost = Arc::new(AtomicU64::new(0));
    let show = Show {
        detail,
        lang,
        ink,
        numbers: Numbers::default(),
        start: None,
    };
    let lost_too = Arc::clone(&lost);
    thread::Builder::new().name("trace".into()).spawn(move || {
        let _ = show.all(&seen, &lost_too); // a closed standard error has no reader to tell
        drop(done);
    })?;
    Ok((Live { packets, lost }, Tracing(finished)))
}

/// Turns packets into text.
struct Show {
    detail: Detail,
    lang: Lang,
    ink: Ink,
    numbers: Numbers,
    /// When the first packet passed.
    start: Option<Instant>,
}

impl Show {
    fn all(mut self, seen: &Receiver<Seen>, lost: &AtomicU64) -> io::Result<()> {
        while let Ok(seen) = seen.recv() {
            let mut text = self.packet(seen);
            let lost = lost.swap(0, Ordering::Relaxed);
            if lost > 0 {
                text = format!("{}\n{text}", Of::LinesLost(lost).words(self.lang));
            }
            io::stderr().lock().write_all(text.as_bytes())?;
        }
        Ok(())
    }

    /// `0.001042 in   02:… > 02:…  10.0.0.1:40000 > 10.0.0.2:9000  TTL 64  TCP  PSH, ACK …`
    fn packet(&mut self, seen: Seen) -> String {
        let passed = seen
            .at
            .since(*self.start.get_or_insert(seen.at))
            .as_micros();
        let packet = Packet::new(LinkType::Ethernet, seen.bytes);
        let numbers = self.numbers.of(&packet);
        let said = summary(&packet, numbers, self.lang);
        let way = Of::Way(seen.direction).words(self.lang);
        let time = format!("{}.{:06}", passed / 1_000_000, passed % 1_000_000);
        let mut parts = vec![format!("{} {way}", self.ink.faint(&time))];
        let field = |id| packet.value(id).map(ToString::to_string);
        if let (Some(from), Some(to)) = (field(F::EthernetSource), field(F::EthernetDestination)) {
            parts.push(
                self.ink
                    .layer(LayerKind::Ethernet, &format!("{from} > {to}")),
            );
        }
        let ends = match packet.ports() {
            Some((from, to)) => Some((from.to_string(), to.to_string())),
            None => packet
                .addresses()
                .map(|(from, to)| (from.to_string(), to.to_string())),
        };
        if let Some((from, to)) = ends {
            let (kind, left) = match field(F::Ipv6HopLimit) {
                Some(hops) => (LayerKind::Ipv6, format!("Hop Limit {hops}")),
                None => {
                    let ttl = field(F::Ipv4Ttl).unwrap_or_default();
                    (LayerKind::Ipv4, format!("TTL {ttl}"))
                }
            };
            let text = format!("{from} > {to}  {left}");
            parts.push(self.ink.layer(kind, &text));
        }
        let kind = self.ink.layer(said.kind, said.kind.english());
        parts.push(format!("{kind} {}", said.text).trim_end().to_owned());
        if !packet.data().is_empty() {
            parts.push(data(&packet, self.lang));
        }
        parts.extend(between(&packet, said.kind));
        let mut text = parts.join("  ");
        text.push('\n');
        if self.detail == Detail::Full {
            let style = Style {
                lang: self.lang,
                ink: self.ink,
                columns: COLUMNS,
                owner: &|_| None,
            };
            for line in peel(&packet, numbers, style) {
                text.push_str(&line);
                text.push('\n');
            }
        }
        text
    }
}
