//! Both ends, the cable between them, and what must hold after every step.

use std::net::{IpAddr, SocketAddr};

use base::{Duration, Frame, Instant};
use stack::{Address, Errno, Family, How, Kind, RecvFlags, SocketOption};
use tcp::State;

use super::cable::Cable;
use super::end::{BACKLOG, End, Held, MOST_SOCKETS, PORT, address};
use super::script::{Call, Fate, Setup, Step};
use super::streams::{Stream, byte, bytes};
use crate::plain;

/// What one step may make a stack send.
const MOST_FRAMES: usize = 20_000;
/// How often the same moment may be due.
const MOST_ROUNDS: usize = 64;
/// Most that a socket holds of either direction, whatever the script writes and leaves unread: the
/// largest of `tcp_rmem` and `tcp_wmem`, and a call's worth.
const MOST_HELD: usize = (32 << 20) + 100_000;
/// No connection need give up so soon, whatever is lost (RFC 9293 §3.8.3: at least 100 s).
const PATIENCE: Duration = Duration::from_secs(60);
/// After so long on a whole cable everything has arrived.
const LONG: Duration = Duration::from_secs(2 * 3600);

/// Two ends and what is between them.
pub(super) struct World {
    now: Instant,
    ends: [End; 2],
    cables: [Cable; 2],
    streams: Vec<Stream>,
    /// Time has passed in which a connection may have given up.
    waited: Duration,
    /// A listener answers by cookies alone.
    cookies: bool,
}

impl World {
    pub(super) fn new(setup: &Setup) -> Self {
        let now = Instant::from_secs(1000);
        Self {
            now,
            ends: [0, 1].map(|number| End::new(number, setup, now)),
            cables: Default::default(),
            streams: Vec::new(),
            waited: Duration::ZERO,
            cookies: setup.0[3] & 3 != 0,
        }
    }

    /// Carries one step out, and checks what must hold after each.
    pub(super) fn take(&mut self, step: Step) {
        match step {
            Step::Frames { from, fate, count } => {
                for _ in 0..count {
                    self.carry(from, fate);
                }
            }
            Step::Call { end, socket, call } => self.call(end, usize::from(socket), call),
            Step::Forged { from, kind } => self.forge(from, kind),
            Step::Wait(time) => self.pass(self.now + time),
            Step::ToDeadline => {
                if let Some(due) = self.next_deadline() {
                    self.pass(due);
                }
            }
        }
        self.settle();
        self.check();
    }

    /// The cable is whole; both programs read to the end, close, and go. Then nothing may be left.
    pub(super) fn end(mut self) {
        for end in 0..2 {
            while self.accept(end) {}
            self.finish_writing(end);
        }
        self.run_whole(|world| {
            for end in 0..2 {
                world.accept(end);
                world.finish_writing(end);
                world.read_all(end);
            }
        });
        for (number, stream) in self.streams.iter().enumerate() {
            if stream.broken {
                let excused = stream.excused || !stream.accepted;
                assert!(
                    excused,
                    "stream {number} broke without a reason: {stream:?}"
                );
                continue;
            }
            for flow in &stream.flows {
                assert_eq!(flow.written, flow.read, "stream {number}: {stream:?}");
            }
        }
        for end in &mut self.ends {
            for held in std::mem::take(&mut end.held) {
                let _ = end.stack.close(self.now, held.id);
            }
            let _ = end.stack.close(self.now, end.listener);
        }
        self.run_whole(|_| ());
        for end in &self.ends {
            let left = end.stack.sockets();
            assert!(
                left.is_empty(),
                "long after everything was closed: {left:?}"
            );
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        let due = self.ends.iter().filter_map(|end| end.stack.next_deadline());
        due.min().map(|due| due.max(self.now))
    }

    fn pass(&mut self, to: Instant) {
        self.waited += to - self.now;
        self.now = to;
        if self.waited > PATIENCE {
            self.excuse_all();
        }
    }

    fn excuse_all(&mut self) {
        for stream in &mut self.streams {
            stream.excused = true;
        }
    }

    fn carry(&mut self, from: usize, fate: Fate) {
        for frame in self.cables[from].next(fate) {
            let to = &mut self.ends[1 - from];
            to.stack.receive(self.now, to.card, frame);
        }
    }

    /// A segment of a stranger who has seen the last one: bare, and with numbers near the right
    /// ones. It can end a connection, but never change what is read.
    fn forge(&mut self, from: usize, kind: u8) {
        let Some(mut frame) = self.cables[from].heard.clone() else {
            return;
        };
        // Ethernet 14, IPv4 20, TCP 20.
        if frame.len() < 54 || frame[14] != 0x45 || frame[23] != 6 {
            return;
        }
        frame.truncate(54);
        frame[16..18].copy_from_slice(&40u16.to_be_bytes());
        frame[46] = 5 << 4;
        // No SYN: with the numbers of one who is heard it would open a connection in his name. No
        // URG: it would take a byte out of its place.
        let flags = [0x10, 0x14, 0x04, 0x18, 0x12, 0x11, 0x00, 0x19][usize::from(kind & 7)];
        frame[47] = flags;
        let nudge = u32::from(kind >> 4).wrapping_sub(8).wrapping_mul(700);
        let at = if kind & 8 == 0 { 38 } else { 42 };
        let number = u32::from_be_bytes([frame[at], frame[at + 1], frame[at + 2], frame[at + 3]]);
        frame[at..at + 4].copy_from_slice(&number.wrapping_add(nudge).to_be_bytes());
        plain::mend_packet(&mut frame[14..]);
        // A reset at the right number, a FIN ahead of its turn, word of what was never sent: any
        // may end what it is about, and whatever is under way besides.
        self.excuse_all();
        for stream in &mut self.streams {
            stream.broken = true;
        }
        let to = &mut self.ends[1 - from];
        to.stack.receive(self.now, to.card, Frame::from(frame));
    }

    fn call(&mut self, end: usize, socket: usize, call: Call) {
        match call {
            Call::Connect => self.connect(end),
            Call::Accept => {
                self.accept(end);
            }
            Call::Send(len) => self.send(end, socket, len),
            Call::Receive(len) => self.receive(end, socket, len, RecvFlags::empty()),
            Call::Peek => self.receive(end, socket, 5000, RecvFlags::PEEK),
            Call::Shutdown(how) => self.shutdown(end, socket, how),
            Call::Close => self.close(end, socket, false),
            Call::Abort => self.close(end, socket, true),
            Call::Option(which) => self.option(end, socket, which),
        }
    }

    fn connect(&mut self, end: usize) {
        let side = &mut self.ends[end];
        if side.held.len() >= MOST_SOCKETS {
            return;
        }
        let Ok(id) = side.stack.socket(Family::Inet, Kind::Stream) else {
            return;
        };
        let peer = SocketAddr::from((address(1 - end), PORT));
        match side.stack.connect(self.now, id, &peer.into()) {
            Ok(()) | Err(Errno::EINPROGRESS) => {}
            Err(_) => {
                let _ = side.stack.close(self.now, id);
                return;
            }
        }
        let Ok(Address::Inet(caller)) = side.stack.local_address(id) else {
            panic!("a caller has no address");
        };
        side.held.push(Held {
            id,
            stream: self.streams.len(),
            direction: 0,
            state: State::SynSent,
            deaf: false,
        });
        let mut stream = Stream::new(caller);
        // Behind a cookie (`tcp_syncookies` = 2, or a full backlog) there is nobody who could wait
        // for a handshake's last segment: what overtakes it is reset. A SYN that was lost may be the
        // one that finds the backlog full.
        let own = IpAddr::from(address(end));
        let waits = |other: &Stream| other.caller.ip() == own && !other.accepted && !other.broken;
        let crowded = self.streams.iter().filter(|other| waits(other)).count() >= BACKLOG;
        stream.excused = self.cookies || crowded;
        if crowded {
            let waiting = self.streams.iter_mut().filter(|other| waits(other));
            waiting.for_each(|other| other.excused = true);
        }
        self.streams.push(stream);
    }

    /// Takes a caller; whether there was one.
    fn accept(&mut self, end: usize) -> bool {
        let side = &mut self.ends[end];
        let Ok((id, Address::Inet(caller))) = side.stack.accept(side.listener) else {
            return false;
        };
        // Ports come back: the last who called from there is meant.
        let stream = self
            .streams
            .iter()
            .rposition(|stream| stream.caller == caller);
        let stream = stream.expect("nobody called from there");
        assert_eq!(caller.ip(), IpAddr::from(address(1 - end)));
        if std::mem::replace(&mut self.streams[stream].accepted, true) {
            // What a forged reset ended here goes on there, and its next segment is as good as the
            // answer to a cookie (`tcp_syncookies` = 2).
            let _ = side.stack.close(self.now, id);
            self.streams[stream].broken = true;
            return true;
        }
        side.held.push(Held {
            id,
            stream,
            direction: 1,
            state: State::SynReceived,
            deaf: false,
        });
        true
    }

    fn send(&mut self, end: usize, socket: usize, len: usize) {
        let side = &mut self.ends[end];
        let Some(held) = pick(&mut side.held, socket) else {
            return;
        };
        let stream = &mut self.streams[held.stream];
        let flow = &mut stream.flows[held.direction];
        let data = bytes(held.stream, held.direction, flow.written, len);
        match side.stack.send(self.now, held.id, &data) {
            Ok(count) => flow.written += count as u64,
            Err(Errno::EAGAIN | Errno::ENOTCONN) => {}
            Err(Errno::EPIPE) if flow.closed => {}
            Err(_) => {
                stream.broken = true;
                held.deaf = true;
            }
        }
    }

    fn receive(&mut self, end: usize, socket: usize, len: usize, flags: RecvFlags) {
        let side = &mut self.ends[end];
        let Some(held) = pick(&mut side.held, socket) else {
            return;
        };
        let mut buffer = vec![0; len];
        let got = side.stack.recv(self.now, held.id, &mut buffer, flags);
        let stream = &mut self.streams[held.stream];
        let from = 1 - held.direction;
        let broken = stream.broken;
        let flow = &mut stream.flows[from];
        match got {
            Ok(0) => {
                if !held.deaf && !broken {
                    assert!(flow.closed, "an end that nobody made");
                    assert_eq!(flow.read, flow.written, "an end before all was read");
                }
                flow.ended = true;
            }
            Ok(count) => {
                assert!(!flow.ended || held.deaf, "something behind the end");
                for (at, &got) in (flow.read..).zip(&buffer[..count]) {
                    assert!(at < flow.written, "byte {at} was never written");
                    assert_eq!(got, byte(held.stream, from, at), "byte {at} is another");
                }
                if !flags.contains(RecvFlags::PEEK) {
                    flow.read += count as u64;
                }
            }
            Err(Errno::EAGAIN | Errno::ENOTCONN) => {}
            Err(_) => {
                stream.broken = true;
                held.deaf = true;
            }
        }
    }

    fn shutdown(&mut self, end: usize, socket: usize, how: u8) {
        let side = &mut self.ends[end];
        let Some(held) = pick(&mut side.held, socket) else {
            return;
        };
        // Reading is shut rarely: what comes then is for nobody.
        let how = if how == 0 { How::Both } else { How::Write };
        if side.stack.shutdown(self.now, held.id, how).is_err() {
            return;
        }
        let stream = &mut self.streams[held.stream];
        stream.flows[held.direction].closed = true;
        if how == How::Both {
            held.deaf = true;
            stream.broken = true;
            stream.excused = true;
        }
        // A call that was not answered yet is over.
        if held.state == State::SynSent {
            stream.broken = true;
            stream.excused = true;
        }
    }

    fn close(&mut self, end: usize, socket: usize, abort: bool) {
        let side = &mut self.ends[end];
        if side.held.is_empty() {
            return;
        }
        let held = side.held.swap_remove(socket % side.held.len());
        if abort {
            let linger = SocketOption::Linger(Some(Duration::ZERO));
            let _ = side.stack.set_option(self.now, held.id, linger);
        }
        let stream = &mut self.streams[held.stream];
        stream.flows[held.direction].closed = true;
        // What the other still writes is for nobody, and resets.
        stream.broken = true;
        stream.excused = true;
        let _ = side.stack.close(self.now, held.id);
    }

    fn option(&mut self, end: usize, socket: usize, which: u8) {
        let side = &mut self.ends[end];
        let Some(held) = pick(&mut side.held, socket) else {
            return;
        };
        let on = which & 8 != 0;
        let size = 1 << (which >> 4);
        let option = match which & 7 {
            0 => SocketOption::NoDelay(on),
            1 => SocketOption::KeepAlive(on),
            2 => SocketOption::RecvBuffer(size * 16),
            3 => SocketOption::SendBuffer(size * 16),
            4 => SocketOption::KeepIdle(Duration::from_secs(5)),
            5 => SocketOption::KeepInterval(Duration::from_secs(5)),
            6 => SocketOption::Cork(on),
            _ => SocketOption::Cork(!on),
        };
        let _ = side.stack.set_option(self.now, held.id, option);
        if matches!(which & 7, 1 | 4 | 5) {
            // Whoever asks for probes is told of silence.
            self.streams[held.stream].excused = true;
        }
    }

    /// As a driver does, at both ends.
    fn settle(&mut self) {
        for number in 0..2 {
            for round in 0.. {
                self.drain(number);
                let stack = &mut self.ends[number].stack;
                if stack.next_deadline().is_none_or(|due| due > self.now) {
                    break;
                }
                assert!(round < MOST_ROUNDS, "something is due again and again");
                stack.on_deadline(self.now);
            }
        }
    }

    fn drain(&mut self, number: usize) {
        let stack = &mut self.ends[number].stack;
        let mut frames = 0;
        while let Some((_, frame)) = stack.poll_transmit(self.now) {
            frames += 1;
            assert!(frames <= MOST_FRAMES, "it sends without end");
            self.cables[number].put(frame);
        }
        while stack.poll_event().is_some() {}
    }

    /// What must hold of every connection.
    fn check(&mut self) {
        for end in &mut self.ends {
            let next = end.stack.next_deadline();
            for held in &mut end.held {
                let Ok(info) = end.stack.tcp_info(held.id) else {
                    continue;
                };
                assert!(
                    may_follow(held.state, info.state),
                    "{} after {}",
                    info.state,
                    held.state
                );
                held.state = info.state;
                let queued = end.stack.queued(held.id).unwrap_or_default();
                let most = queued.unread.max(queued.unacknowledged);
                assert!(most <= MOST_HELD, "{most} bytes are held");
                let owed = queued.unacknowledged > 0 && info.state.sends();
                if owed || info.in_flight > 0 && info.state != State::Closed {
                    assert!(
                        info.deadline
                            .is_some_and(|due| next.is_some_and(|next| next <= due)),
                        "something is owed and no timer runs: {info:?}"
                    );
                }
            }
        }
    }

    fn finish_writing(&mut self, end: usize) {
        let side = &mut self.ends[end];
        for held in &side.held {
            let flow = &mut self.streams[held.stream].flows[held.direction];
            if !flow.closed
                && held.state.is_synchronized()
                && side.stack.shutdown(self.now, held.id, How::Write).is_ok()
            {
                flow.closed = true;
            }
        }
    }

    fn read_all(&mut self, end: usize) {
        for socket in 0..self.ends[end].held.len() {
            loop {
                let held = &self.ends[end].held[socket];
                let stream = held.stream;
                let from = 1 - held.direction;
                let before = self.streams[stream].flows[from].read;
                self.receive(end, socket, 1 << 16, RecvFlags::empty());
                if self.streams[stream].flows[from].read == before {
                    break;
                }
            }
        }
    }

    /// Lets everything happen on a cable that loses nothing, for long; `programs` act each round.
    fn run_whole(&mut self, mut programs: impl FnMut(&mut Self)) {
        let end = self.now + LONG;
        let mut rounds = 0u32;
        loop {
            rounds += 1;
            assert!(rounds < 2_000_000, "it never comes to rest");
            programs(self);
            self.settle();
            self.check();
            if self.cables.iter().all(Cable::is_empty) {
                match self.next_deadline().filter(|&due| due <= end) {
                    Some(due) => self.now = due,
                    None => return,
                }
            } else {
                self.now += Duration::from_micros(100);
                for from in 0..2 {
                    while !self.cables[from].is_empty() {
                        self.carry(from, Fate::Arrives);
                    }
                }
            }
        }
    }
}

fn pick(held: &mut [Held], number: usize) -> Option<&mut Held> {
    let count = held.len();
    held.get_mut(number.checked_rem(count)?)
}

/// Whether a connection may stand at `next` some time after it stood at `state` (RFC 9293 §3.3.2).
fn may_follow(state: State, next: State) -> bool {
    use State::{
        CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, SynReceived, SynSent,
        TimeWait,
    };
    if state == next || next == Closed {
        return true;
    }
    match state {
        SynSent => true,
        SynReceived => next != SynSent,
        Established => !matches!(next, SynSent | SynReceived),
        FinWait1 => matches!(next, FinWait2 | Closing | TimeWait),
        FinWait2 | Closing => next == TimeWait,
        CloseWait => next == LastAck,
        LastAck | TimeWait | Closed | State::Listen => false,
    }
}
