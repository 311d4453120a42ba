//! One flow, as the card that it begins at sees it.

use std::collections::VecDeque;
use std::time::Duration;

use base::Instant;

use wire::tcp::{Control, Flags, SeqNumber};

use super::headers::Said;
use crate::report::{Acknowledged, Flow, Spread};

/// Segments whose acknowledgment is waited for, at most; of more, no round trip is measured.
const AWAITED: usize = 4096;
/// Round trips that are kept. Of more, every second, then every fourth, and so on.
const ROUND_TRIPS: usize = 1 << 14;

/// What a sender puts on its cable for one receiver, from port to port.
#[derive(Debug)]
pub(super) struct Measured {
    began: Instant,
    ended: Instant,
    frames: u64,
    /// Data, also what was sent again.
    bytes: u64,
    tcp: Option<Tcp>,
}

/// A TCP sender, seen from its card.
#[derive(Debug)]
struct Tcp {
    /// The first number behind all that was sent.
    snd_nxt: SeqNumber,
    /// The first that is not acknowledged.
    snd_una: SeqNumber,
    acknowledged: u64,
    retransmits: u64,
    in_flight_peak: u32,
    /// Ends of segments that were sent once, and when.
    awaited: VecDeque<(SeqNumber, Instant)>,
    round_trips: Vec<Duration>,
    /// Every how many-th is kept.
    stride: u64,
    seen: u64,
    /// When the last data was acknowledged.
    last: Option<Instant>,
}

impl Measured {
    pub(super) fn begin(now: Instant, said: &Said) -> Self {
        let tcp = said.control.as_ref().map(|control| Tcp {
            snd_nxt: control.seq,
            snd_una: control.seq,
            acknowledged: 0,
            retransmits: 0,
            in_flight_peak: 0,
            awaited: VecDeque::new(),
            round_trips: Vec::new(),
            stride: 1,
            seen: 0,
            last: None,
        });
        Self {
            began: now,
            ended: now,
            frames: 0,
            bytes: 0,
            tcp,
        }
    }

    /// One frame more leaves by the card.
    pub(super) fn sent(&mut self, now: Instant, said: &Said) {
        self.ended = now;
        self.frames += 1;
        self.bytes += said.payload as u64;
        if let (Some(tcp), Some(control)) = (&mut self.tcp, &said.control) {
            tcp.sent(now, control, said.payload);
        }
    }

    /// A frame of the other direction comes in.
    pub(super) fn answered(&mut self, now: Instant, control: &Control) {
        if let Some(tcp) = &mut self.tcp
            && control.flags.contains(Flags::ACK)
        {
            tcp.acknowledged(now, control.ack);
        }
    }

    pub(super) fn report(&self, at: String, said: (&str, String, String)) -> Flow {
        let (protocol, from, to) = said;
        Flow {
            at,
            protocol: protocol.to_owned(),
            from,
            to,
            began: self.began,
            ended: self.ended,
            frames: self.frames,
            bytes: self.bytes,
            acknowledged: self.tcp.as_ref().map(|tcp| Acknowledged {
                bytes: tcp.acknowledged,
                goodput: tcp.goodput(self.began),
                retransmits: tcp.retransmits,
                in_flight_peak: tcp.in_flight_peak,
                rtt: Spread::of(tcp.round_trips.clone()),
            }),
        }
    }
}

impl Tcp {
    fn sent(&mut self, now: Instant, control: &Control, payload: usize) {
        let control_bits = [Flags::SYN, Flags::FIN].map(|flag| control.flags.contains(flag));
        let len = payload as u32 + control_bits.into_iter().map(u32::from).sum::<u32>();
        if len == 0 || control.flags.contains(Flags::RST) {
            return;
        }
        let end = control.seq + len;
        if control.seq.before(self.snd_nxt) {
            self.retransmits += 1;
            // Karn: of a segment that was sent twice nobody knows which one was answered.
            self.awaited
                .retain(|(awaited, _)| awaited.before_eq(control.seq));
        } else if self.awaited.len() < AWAITED {
            self.awaited.push_back((end, now));
        }
        if end.after(self.snd_nxt) {
            self.snd_nxt = end;
        }
        self.in_flight_peak = self.in_flight_peak.max(self.snd_nxt.since(self.snd_una));
    }

    fn acknowledged(&mut self, now: Instant, ack: SeqNumber) {
        if !ack.after(self.snd_una) || ack.after(self.snd_nxt) {
            return;
        }
        self.acknowledged += u64::from(ack.since(self.snd_una));
        self.snd_una = ack;
        self.last = Some(now);
        let mut newest = None;
        while let Some((_, sent)) = self.awaited.pop_front_if(|(end, _)| end.before_eq(ack)) {
            newest = Some(sent);
        }
        let Some(sent) = newest else {
            return;
        };
        self.seen += 1;
        if self.seen.is_multiple_of(self.stride) {
            self.round_trips.push(now.since(sent).into());
            if self.round_trips.len() == ROUND_TRIPS {
                let mut keep = false;
                self.round_trips.retain(|_| {
                    keep = !keep;
                    keep
                });
                self.stride *= 2;
            }
        }
    }

    /// Bits a second that were acknowledged, from the first segment to the last acknowledgment.
    fn goodput(&self, began: Instant) -> Option<f64> {
        let took = self.last?.since(began).as_nanos();
        (took > 0).then(|| self.acknowledged as f64 * 8e9 / took as f64)
    }
}
