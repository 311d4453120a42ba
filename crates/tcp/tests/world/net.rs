//! Two ends, one clock, and a link that does them harm.
//!
//! Everything follows from one seed: what is lost, late or doubled, and how much the programs write
//! and read at a time.

use core::cmp::Reverse;
use core::hash::{Hash, Hasher};
use std::collections::BinaryHeap;
use std::hash::DefaultHasher;

use base::{Bytes, Duration, Instant, Payload, Rng};
use tcp::{
    Connection, Error, Events, HalfOpen, HalfOpenOutcome, Listen, Outgoing, Settings,
    SocketOptions, State, TimeWait, TimeWaitOutcome, listen, reset_for,
};
use wire::tcp::{Control, Flags, SeqNumber};

use super::bytes_at;

/// What a link does to each segment, in either direction.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// Chance to be lost.
    pub(crate) loss: f64,
    /// Chance to be delivered twice.
    pub(crate) duplication: f64,
    /// Chance to be held back for up to `late`.
    pub(crate) reordering: f64,
    pub(crate) late: Duration,
    pub(crate) delay: Duration,
    pub(crate) mtu_payload: usize,
}

impl Link {
    pub(crate) fn clean(delay: Duration) -> Self {
        Self {
            loss: 0.0,
            duplication: 0.0,
            reordering: 0.0,
            late: Duration::ZERO,
            delay,
            mtu_payload: 1460,
        }
    }
}

/// What an end is at the moment.
#[derive(Debug)]
pub(crate) enum Side {
    Listen,
    Half(Box<HalfOpen>),
    Open(Box<Connection>),
    TimeWait(TimeWait),
    Gone,
}

/// A program that writes a stream, reads the other one, and closes when both are done.
#[derive(Debug)]
pub(crate) struct Program {
    /// Which stream it writes; the other end reads it.
    stream: u64,
    to_write: u64,
    pub(crate) written: u64,
    pub(crate) read: u64,
    pub(crate) end_seen: bool,
    shut: bool,
    pub(crate) error: Option<Error>,
    /// When it comes back, if it went away before everything was read.
    wake: Option<Instant>,
    /// Most bytes at a time.
    pub(crate) gulp: u64,
    /// Whether it goes away now and then.
    pub(crate) restless: bool,
    rng: Rng,
}

#[derive(Debug)]
pub(crate) struct End {
    pub(crate) side: Side,
    pub(crate) settings: Settings,
    pub(crate) options: SocketOptions,
    pub(crate) iss: SeqNumber,
    pub(crate) program: Program,
    /// Largest payload to ask a connection for: more than a segment means several at once.
    pub(crate) max_payload: usize,
    /// Segments that its connection has sent again.
    pub(crate) sent_again: u32,
}

#[derive(Debug)]
struct Flight {
    to: usize,
    control: Control,
    payload: Payload,
}

pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) link: Link,
    pub(crate) ends: [End; 2],
    /// By time of arrival, then by order of sending.
    wire: BinaryHeap<Reverse<(Instant, u64)>>,
    flights: std::collections::HashMap<u64, Flight>,
    sent: u64,
    /// Of everything that was sent, and when.
    digest: DefaultHasher,
    rng: Rng,
    /// Whether to print every segment: when one seed is run alone.
    trace: bool,
}

/// Says how to run a seed again, unless it has passed.
pub(crate) struct Replay(pub(crate) u64, pub(crate) &'static str);

impl Replay {
    pub(crate) fn passed(self) {
        core::mem::forget(self);
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        let Self(seed, test) = self;
        eprintln!("seed {seed}; replay: LANDLINE_SEED={seed} cargo test -p tcp {test}");
    }
}

/// The seeds to run: the one in `LANDLINE_SEED`, or so many.
pub(crate) fn seeds(count: u64) -> std::ops::Range<u64> {
    match std::env::var("LANDLINE_SEED") {
        Ok(seed) => {
            let seed = seed.parse().expect("LANDLINE_SEED is a number");
            seed..seed + 1
        }
        Err(_) => 0..count,
    }
}

impl End {
    fn new(stream: u64, to_write: u64, rng: &mut Rng) -> Self {
        Self {
            side: Side::Gone,
            settings: Settings::default(),
            options: SocketOptions::default(),
            // Near the wrap half of the time.
            iss: SeqNumber(if rng.chance(0.5) {
                0u32.wrapping_sub(rng.below(60_000) as u32)
            } else {
                rng.u32()
            }),
            program: Program {
                stream,
                to_write,
                written: 0,
                read: 0,
                end_seen: false,
                shut: false,
                error: None,
                wake: None,
                gulp: 1 << (4 + rng.below(13)),
                restless: true,
                rng: rng.fork(stream),
            },
            sent_again: 0,
            max_payload: if rng.chance(0.5) { 1460 } else { 20_000 },
        }
    }
}

impl World {
    /// Two ends that are nothing yet, and will write so many bytes each.
    pub(crate) fn new(seed: u64, link: Link, to_write: [u64; 2]) -> Self {
        let mut rng = Rng::seeded(seed);
        let ends = [
            End::new(0, to_write[0], &mut rng),
            End::new(1, to_write[1], &mut rng),
        ];
        Self {
            now: Instant::from_secs(1),
            link,
            ends,
            wire: BinaryHeap::new(),
            flights: std::collections::HashMap::new(),
            sent: 0,
            digest: DefaultHasher::new(),
            rng,
            trace: std::env::var_os("LANDLINE_SEED").is_some(),
        }
    }

    /// End 0 opens, end 1 listens.
    pub(crate) fn open(&mut self) {
        self.ends[1].side = Side::Listen;
        self.connect(0);
    }

    /// A number that stands for everything that was sent, and when.
    pub(crate) fn digest(&self) -> u64 {
        self.digest.finish()
    }

    pub(crate) fn connect(&mut self, index: usize) {
        let mss = self.link.mtu_payload as u16;
        let end = &mut self.ends[index];
        let conn = Connection::connect(self.now, &end.settings, end.options, end.iss, mss);
        end.side = Side::Open(Box::new(conn));
    }

    /// Lets things happen until nothing can any more; false if there is still something at `limit`.
    pub(crate) fn run_until(&mut self, limit: Instant) -> bool {
        for step in 0.. {
            assert!(step < 1_000_000, "no end of events at {}", self.now);
            for index in 0..2 {
                self.act(index);
            }
            let Some(at) = self.next_event() else {
                return true;
            };
            if at > limit {
                return false;
            }
            self.now = self.now.max(at);
            self.deliver();
            for end in &mut self.ends {
                end.on_deadline(self.now);
            }
        }
        true
    }

    fn next_event(&self) -> Option<Instant> {
        let arrival = self.wire.peek().map(|Reverse((at, _))| *at);
        let deadlines = self.ends.iter().filter_map(End::deadline);
        deadlines.chain(arrival).min()
    }

    fn deliver(&mut self) {
        while let Some(&Reverse((at, id))) = self.wire.peek() {
            if at > self.now {
                break;
            }
            self.wire.pop();
            let flight = self.flights.remove(&id).expect("it is under way");
            let mss = self.link.mtu_payload as u16;
            let reply =
                self.ends[flight.to].on_segment(self.now, mss, flight.control, flight.payload);
            if let Some(reply) = reply {
                self.send(flight.to, reply, Payload::new());
            }
        }
    }

    /// The program of an end does what it can, and the end sends what it owes.
    fn act(&mut self, index: usize) {
        let now = self.now;
        self.ends[index].run_program(now);
        while let Some(out) = self.ends[index].poll(now) {
            for (control, payload) in cut(out) {
                assert!(payload.len() <= self.link.mtu_payload);
                self.send(index, control, payload);
            }
        }
        let end = &mut self.ends[index];
        if let Side::Open(conn) = &end.side {
            end.sent_again = conn.info().total_retrans;
        }
        end.check();
    }

    fn send(&mut self, from: usize, control: Control, payload: Payload) {
        let link = self.link.clone();
        (self.now, from, control.seq, control.ack, control.window).hash(&mut self.digest);
        (control.flags, payload.to_vec()).hash(&mut self.digest);
        if self.trace {
            let (now, len) = (self.now, payload.len());
            let Control {
                seq, ack, flags, ..
            } = control;
            println!(
                "{now} {from}: {flags:?} {seq}+{len} ack {ack} win {}",
                control.window
            );
        }
        let copies = if self.rng.chance(link.loss) {
            0
        } else if self.rng.chance(link.duplication) {
            2
        } else {
            1
        };
        for _ in 0..copies {
            let mut at = self.now + link.delay;
            if self.rng.chance(link.reordering) {
                at += Duration::from_nanos(self.rng.below(link.late.as_nanos()));
            }
            self.sent += 1;
            self.wire.push(Reverse((at, self.sent)));
            let flight = Flight {
                to: 1 - from,
                control: control.clone(),
                payload: payload.clone(),
            };
            self.flights.insert(self.sent, flight);
        }
    }
}

/// One segment each, as a device would cut them.
fn cut(out: Outgoing) -> Vec<(Control, Payload)> {
    let Outgoing {
        control,
        mut payload,
        segment_size,
        ..
    } = out;
    let Some(size) = segment_size else {
        return vec![(control, payload)];
    };
    let mut segments = Vec::new();
    let mut seq = control.seq;
    while !payload.is_empty() {
        let part = payload.split_to(usize::from(size.get()));
        let mut control = Control {
            seq,
            ..control.clone()
        };
        if !payload.is_empty() {
            control.flags.remove(Flags::PSH | Flags::FIN);
        }
        seq += part.len() as u32;
        segments.push((control, part));
    }
    assert!(segments.len() > 1, "several segments that are one");
    segments
}

impl End {
    fn deadline(&self) -> Option<Instant> {
        match &self.side {
            Side::Half(half) => Some(half.deadline()),
            Side::Open(conn) => conn.deadline().into_iter().chain(self.program.wake).min(),
            Side::TimeWait(wait) => Some(wait.deadline()),
            Side::Listen | Side::Gone => None,
        }
    }

    fn on_deadline(&mut self, now: Instant) {
        match &mut self.side {
            Side::Half(half) => {
                if let HalfOpenOutcome::Dead(_) =
                    half.on_deadline(now, &self.settings, &self.options)
                {
                    self.side = Side::Listen;
                }
            }
            Side::Open(conn) => {
                let _ = conn.on_deadline(now, &self.settings);
            }
            Side::TimeWait(wait) if wait.deadline() <= now => self.side = Side::Gone,
            _ => {}
        }
    }

    fn on_segment(
        &mut self,
        now: Instant,
        mss: u16,
        control: Control,
        payload: Payload,
    ) -> Option<Control> {
        match &mut self.side {
            Side::Listen => match listen(&control, payload.len()) {
                Listen::Open => {
                    let half =
                        HalfOpen::new(now, &self.settings, &self.options, self.iss, mss, &control);
                    self.side = Side::Half(Box::new(half));
                    None
                }
                Listen::Reply(reply) => Some(reply),
                Listen::Drop(_) => None,
            },
            Side::Half(half) => {
                match half.on_segment(now, &self.settings, &self.options, &control, payload) {
                    HalfOpenOutcome::Established(conn, arrival) => {
                        self.side = Side::Open(Box::new(conn));
                        arrival.reply
                    }
                    HalfOpenOutcome::Reply(reply, _) => Some(reply),
                    HalfOpenOutcome::Dead(_) => {
                        self.side = Side::Listen;
                        None
                    }
                    HalfOpenOutcome::Nothing | HalfOpenOutcome::Drop(_) => None,
                }
            }
            Side::Open(conn) => {
                conn.on_segment(now, &self.settings, &control, payload)
                    .reply
            }
            Side::TimeWait(wait) => {
                match wait.on_segment(now, &self.settings, &control, payload.len()) {
                    TimeWaitOutcome::Reply(reply, _) | TimeWaitOutcome::Restarted(reply) => {
                        Some(reply)
                    }
                    TimeWaitOutcome::Dead => {
                        self.side = Side::Gone;
                        None
                    }
                    TimeWaitOutcome::Reset(reply) => {
                        self.side = Side::Gone;
                        reply
                    }
                    TimeWaitOutcome::Reusable { .. } | TimeWaitOutcome::Drop(_) => None,
                }
            }
            Side::Gone => reset_for(&control, payload.len()),
        }
    }

    fn poll(&mut self, now: Instant) -> Option<Outgoing> {
        match &mut self.side {
            Side::Half(half) => {
                let control = half.poll_transmit(now, &self.settings)?;
                Some(Outgoing {
                    control,
                    payload: Payload::new(),
                    segment_size: None,
                    ecn: wire::ip::Ecn::NotEct,
                    accurate_ecn: false,
                })
            }
            Side::Open(conn) => {
                let wanted = conn.wants_transmit();
                let out = conn.poll_transmit(now, &self.settings, self.max_payload);
                assert!(wanted || out.is_none(), "sends without saying so");
                out
            }
            _ => None,
        }
    }

    /// Reads and writes as far as it goes, and closes in its time.
    fn run_program(&mut self, now: Instant) {
        let Side::Open(conn) = &mut self.side else {
            return;
        };
        let program = &mut self.program;
        program.wake = None;
        if !conn.is_orphan() && program.error.is_none() {
            if let Err(error) = program.run(now, conn, &self.settings) {
                program.error = Some(error);
            }
            if program.error.is_some() || (program.shut && program.end_seen) {
                conn.close(now, &self.settings);
            }
        }
        if conn.is_orphan() && conn.state() == State::TimeWait && !conn.wants_transmit() {
            let Side::Open(mut conn) = std::mem::replace(&mut self.side, Side::Gone) else {
                unreachable!("it was open");
            };
            self.side = Side::TimeWait(conn.take_time_wait().expect("in TIME_WAIT"));
        } else if conn.is_orphan() && conn.is_finished() {
            // The program is gone, but a test wants to know.
            program.error = program.error.or(conn.take_error());
            self.side = Side::Gone;
        }
    }

    /// What always holds after a connection has sent what it could.
    fn check(&self) {
        let Side::Open(conn) = &self.side else {
            return;
        };
        let info = conn.info();
        assert!(info.in_flight < 1 << 31, "SND.UNA behind SND.NXT: {info:?}");
        assert!(!conn.wants_transmit(), "{conn:?}");
        let limit = self.options.rcvbuf.unwrap_or(131_072) as usize / 2;
        assert!(conn.unread() <= limit, "{} unread", conn.unread());
        let owes = conn.state() != State::Closed
            && (info.in_flight > 0
                || conn.unacknowledged() > 0
                || !conn.state().is_synchronized()
                || conn.state() == State::TimeWait
                || (conn.state() == State::FinWait2 && conn.is_orphan()));
        assert!(!owes || info.deadline.is_some(), "no timer: {conn:?}");
        let ready = conn.readiness(&self.settings);
        assert_eq!(
            conn.unread() > 0,
            conn.unread() > 0 && ready.contains(Events::READABLE)
        );
    }
}

impl Program {
    fn run(
        &mut self,
        now: Instant,
        conn: &mut Connection,
        settings: &Settings,
    ) -> Result<(), Error> {
        let nothing = |result| match result {
            Err(Error::WouldBlock) => Ok(None),
            Err(error) => Err(error),
            Ok(count) => Ok(Some(count)),
        };
        while self.written < self.to_write {
            let want = (1 + self.rng.below(self.gulp)).min(self.to_write - self.written);
            let data = stream(self.stream, self.written, want as usize);
            let result = if self.rng.chance(0.5) {
                conn.write(settings, &data)
            } else {
                conn.write_bytes(settings, Bytes::from(data))
            };
            let Some(count) = nothing(result)? else {
                break;
            };
            self.written += count as u64;
        }
        if self.written == self.to_write && !self.shut && conn.state().is_synchronized() {
            self.shut = conn.shutdown_write().is_ok();
        }
        while !self.end_seen {
            let want = 1 + self.rng.below(self.gulp) as usize;
            let data = if self.rng.chance(0.5) {
                let mut out = vec![0; want];
                nothing(conn.read(&mut out))?.map(|count| out[..count].to_vec())
            } else {
                match conn.read_payload(want) {
                    Err(Error::WouldBlock) => None,
                    other => Some(other?.to_vec()),
                }
            };
            let Some(data) = data else {
                break;
            };
            let expected = stream(1 - self.stream, self.read, data.len());
            assert_eq!(data, expected, "wrong bytes from {}", self.read);
            self.read += data.len() as u64;
            self.end_seen = data.is_empty();
            // Sometimes it has better things to do.
            if self.restless && self.rng.chance(0.05) {
                let pause = self.rng.below(50_000_000);
                self.wake = Some(now + Duration::from_nanos(pause));
                break;
            }
        }
        Ok(())
    }
}

/// Bytes of one of the two streams.
fn stream(stream: u64, from: u64, len: usize) -> Vec<u8> {
    bytes_at(stream * 7_777 + from, len)
}
