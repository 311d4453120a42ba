//! Both ends, the cables between them, and how time goes on.

use base::{Duration, Frame, Instant};
use stack::How;

use super::cable::Cable;
use super::end::{End, PORT, mac};
use super::path::{self, Path};
use super::script::{Fate, Step};
use super::setup::Setup;
use super::streams::Stream;

/// What one step may make a stack send.
const MOST_FRAMES: usize = 20_000;
/// How often the same moment may be due.
const MOST_ROUNDS: usize = 64;
/// No connection need give up so soon, whatever is lost (RFC 9293 §3.8.3: at least 100 s).
const PATIENCE: Duration = Duration::from_secs(60);
/// After so long on a whole cable everything has arrived.
const LONG: Duration = Duration::from_secs(2 * 3600);

/// Two ends and what is between them.
pub(super) struct World {
    pub(super) setup: Setup,
    pub(super) now: Instant,
    pub(super) ends: [End; 2],
    pub(super) cables: [Cable; 2],
    pub(super) streams: Vec<Stream>,
    /// Datagrams that were sent, both ends' together.
    pub(super) datagrams: u32,
    /// Time has passed in which a connection may have given up.
    waited: Duration,
    /// Listeners may have answered by cookies.
    pub(super) cookies: bool,
    /// Callers that may wait at each listener.
    pub(super) backlogs: [usize; 2],
}

impl World {
    pub(super) fn new(setup: Setup) -> Self {
        let now = Instant::from_secs(1000);
        Self {
            setup,
            now,
            ends: [0, 1].map(|number| End::new(number, setup, now)),
            cables: Default::default(),
            streams: Vec::new(),
            datagrams: 0,
            waited: Duration::ZERO,
            cookies: setup.only_cookies(),
            backlogs: [setup.backlog(); 2],
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
            Step::Call { end, socket, call } => {
                self.call(end, usize::from(socket), call);
                self.ends[end].look();
            }
            Step::Forged { from, kind } => self.forge(from, kind),
            Step::Complaint { to, kind } => self.complain(to, kind),
            Step::Path { from, what } => {
                self.cables[from].path = Path::new(what, self.setup.v6());
            }
            Step::Listener { end, what } => self.change_listener(end, what),
            Step::Cross => {
                self.cross();
                self.ends.iter_mut().for_each(End::look);
            }
            Step::Datagram { from, len } => self.send_datagram(from, len),
            Step::Card { end, what } => {
                let card = self.ends[end].card;
                let mtu = [1500, 1280, 9000, 1400][usize::from(what) % 4];
                self.ends[end]
                    .stack
                    .set_mtu(card, mtu)
                    .expect("it is enough for IPv6");
            }
            Step::Unplugged { end } => self.unplug(end),
            Step::Reset { end } => {
                self.excuse_all();
                self.ends[end].stack.reset_connections(self.now);
                // Its programs end with it; what was read or not is no matter any more.
                for stream in &mut self.streams {
                    stream.broken = true;
                }
                self.ends[end].look();
            }
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
            self.cables[end].path = Path::default();
            while self.accept(end) {}
            self.finish_writing(end);
            self.ends[end].look();
        }
        self.run_whole(|world| {
            for end in 0..2 {
                world.accept(end);
                world.finish_writing(end);
                world.read_all(end);
                world.ends[end].look();
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
                assert!(flow.is_read(), "stream {number}: {stream:?}");
            }
        }
        for end in &mut self.ends {
            for held in std::mem::take(&mut end.held) {
                let _ = end.stack.close(self.now, held.id);
            }
            for socket in [end.listener, end.datagrams] {
                let _ = end.stack.close(self.now, socket);
            }
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

    /// Whatever happened may end any connection that there is.
    pub(super) fn excuse_all(&mut self) {
        for stream in &mut self.streams {
            stream.excused = true;
        }
    }

    fn carry(&mut self, from: usize, fate: Fate) {
        for frame in self.cables[from].next(fate) {
            self.deliver(1 - from, frame);
        }
    }

    /// A frame comes in at one end.
    pub(super) fn deliver(&mut self, to: usize, frame: Frame) {
        let to = &mut self.ends[to];
        to.stack.receive(self.now, to.card, frame);
    }

    /// Somebody pulls the plug out and puts it in again: the neighbour is forgotten, and what waited
    /// to be sent may be.
    fn unplug(&mut self, number: usize) {
        self.excuse_all();
        let end = &mut self.ends[number];
        for up in [false, true] {
            end.stack
                .set_up(self.now, end.card, up)
                .expect("there is such a card");
        }
        end.meet_the_other(number, self.setup, self.now);
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
            self.receive_datagrams(number);
        }
    }

    fn drain(&mut self, number: usize) {
        let cuts = self.setup.cuts();
        let mut frames = 0;
        while let Some((_, frame)) = self.ends[number].stack.poll_transmit(self.now) {
            self.check_frame(number, &frame, frames);
            frames += 1;
            assert!(frames <= MOST_FRAMES, "it sends without end");
            if let Some(answer) = self.cables[number].put(frame, cuts) {
                let answer = path::frame(mac(number), &answer);
                self.cables[1 - number].queue(answer);
            }
        }
        let end = &mut self.ends[number];
        while let Some(event) = end.stack.poll_event() {
            end.told.extend(event.socket());
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
                self.receive_all(end, socket);
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

    /// What end `end` calls the other's listener by, on behalf of the next stream.
    pub(super) fn name_of_other(&self, end: usize) -> std::net::SocketAddr {
        self.setup.address(1 - end, self.streams.len(), PORT)
    }
}
