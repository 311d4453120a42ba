//! The events in their order, and the passing of time.

use std::net::SocketAddr;

use super::calls::{Descriptors, Pending};
use super::config::Config;
use super::flow::{Flow, Phase, Protocol};
use super::foreign::Foreign;
use super::world::World;
use super::{Step, Stop, inject, reach};
use crate::code::{Snapshot, Snippet};
use crate::diagnostic::Span;
use crate::script::ast::{Action, Body, Call, Direction, Event, Flags, Packet, Script, Time};
use crate::words::say;

/// Callbacks of the stack at one and the same time before it is taken to be stuck.
const PATIENCE: u32 = 100_000;

/// One script at work.
pub(crate) struct Machine<'a> {
    pub(super) source: &'a str,
    script: &'a Script,
    pub(super) config: Config,
    pub(crate) world: World,
    pub(super) flows: Vec<Flow>,
    /// The flow that packets belong to: the socket that was made, or called, last.
    pub(super) under_test: Option<usize>,
    pub(super) fds: Descriptors,
    /// A call that blocks.
    pub(super) pending: Option<Pending<'a>>,
    /// The time of the event before; `None` after one that might come at any time.
    pub(super) last_event: Option<i64>,
    /// Whether the event before was an inbound packet.
    last_inbound: bool,
    /// The event before's time, whatever it was.
    last_time: i64,
    /// Code, with the names as they stood when it was its turn.
    code: Vec<(Snippet, Span, Snapshot)>,
    /// What happened, for `--verbose`.
    trace: Option<Vec<String>>,
    next_port: u16,
}

impl<'a> Machine<'a> {
    pub(crate) fn new(
        source: &'a str,
        script: &'a Script,
        config: Config,
        world: World,
        verbose: bool,
    ) -> Self {
        // A foreign stack may remember the ports of a run before.
        let port = world.foreign.as_ref().map_or(0, Foreign::fresh_port);
        Self {
            source,
            script,
            config,
            world,
            flows: Vec::new(),
            under_test: None,
            fds: Descriptors::default(),
            pending: None,
            last_event: None,
            last_inbound: false,
            last_time: 0,
            code: Vec::new(),
            trace: verbose.then(Vec::new),
            next_port: 40_000 + port,
        }
    }

    /// Acts the whole script out.
    pub(crate) fn run(&mut self) -> Step<()> {
        let script = self.script;
        reach::check(script)?;
        if let Some(init) = &script.init {
            crate::shell::run(&init.text, init.span, &mut self.world)?;
        }
        self.world.begin();
        for (count, event) in script.events.iter().enumerate() {
            self.event(event, count == 0)?;
        }
        self.finish_pending(None)?;
        crate::code::run(&self.code)
    }

    /// What happened, line by line.
    pub(crate) fn trace(&self) -> &[String] {
        self.trace.as_deref().unwrap_or_default()
    }

    /// Notes something for `--verbose`.
    pub(super) fn note(&mut self, text: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(format!(
                "{:10.6} {}",
                self.world.micros() as f64 / 1e6,
                text()
            ));
        }
    }

    fn event(&mut self, event: &'a Event, first: bool) -> Step<()> {
        let inbound =
            matches!(&event.action, Action::Packet(p) if p.direction == Direction::Inbound);
        // Inbound packets in a row count from each other's scheduled time.
        let origin = if inbound && self.last_inbound {
            self.last_time
        } else {
            self.world.micros()
        };
        let (at, end) = match event.time {
            Time::Any => (origin, origin),
            Time::Absolute(at) => (at, at),
            Time::Relative(by) => (origin + by, origin + by),
            Time::AbsoluteRange(from, to) => (from, to),
            Time::RelativeRange(from, to) => (origin + from, origin + to),
        };
        if first && at != 0 {
            let text = say!("the first event is at time 0", "第一个事件必须在时间 0");
            return Err(Stop::fail(event.span, text));
        }
        if at < self.last_time
            && matches!(event.time, Time::Absolute(_))
            && self.last_event.is_some()
        {
            let text = say!("time runs backwards here", "此处时间倒退");
            return Err(Stop::fail(event.span, text));
        }
        match &event.action {
            Action::Packet(packet) if packet.direction == Direction::Outbound => {
                self.expect(event, packet, at, end)?;
            }
            Action::Packet(packet) => {
                self.wait_for(event, at)?;
                self.inject(packet)?;
            }
            Action::Call(call) => self.call_event(event, call, at)?,
            Action::Command(command) => {
                self.wait_for(event, at)?;
                crate::shell::run(&command.text, command.span, &mut self.world)?;
                self.world.pump();
            }
            Action::Code(code) => {
                self.wait_for(event, at)?;
                let snippet = crate::code::parse(code, event.span)?;
                let values = self.snapshot();
                self.code.push((snippet, event.span, values));
            }
        }
        self.last_inbound = inbound;
        self.last_time = at;
        self.last_event = (event.time != Time::Any).then_some(at);
        Ok(())
    }

    /// A call: one that blocks goes on while the next events happen.
    fn call_event(&mut self, event: &Event, call: &'a Call, at: i64) -> Step<()> {
        // A program has one thread here: what blocks ends before the next call begins.
        self.finish_pending(Some(at))?;
        self.wait_for(event, at)?;
        self.note(|| format!("call {}", call.name));
        let by = match event.time {
            Time::Relative(by) => at - by,
            _ => 0,
        };
        self.begin(call, at, call.end.map(|end| end + by))
    }

    /// Lets time pass until an event's, and says when it is past already.
    fn wait_for(&mut self, event: &Event, at: i64) -> Step<()> {
        while self.advance(at, &|_| false)? {}
        if self.world.is_foreign() {
            // In real time we are late ourselves, which is no fault of the stack.
            return Ok(());
        }
        match self.lateness(event.time, at, at, self.world.micros()) {
            None => Ok(()),
            Some(late) => {
                let text = say!("its time was past already", "轮到它时已过预定时间");
                let mut failure = super::Failure::new(event.span, text);
                failure.differences.push(late);
                Err(failure.into())
            }
        }
    }

    /// Lets time pass up to `until`, or until `stop` holds, which it answers.
    pub(super) fn advance(&mut self, until: i64, stop: &dyn Fn(&Self) -> bool) -> Step<bool> {
        let mut stuck = 0;
        loop {
            self.world.pump();
            self.retry_pending()?;
            if stop(self) {
                return Ok(true);
            }
            if self.world.is_foreign() {
                let now = self.world.micros();
                if now >= until {
                    return Ok(false);
                }
                // A call that blocks is tried again and again: nothing tells when it is time.
                let next = now + if self.pending.is_some() { 500 } else { 100_000 };
                self.world.wait(World::at(until.min(next)));
                continue;
            }
            let before = self.world.now();
            let waits = [self.world.deadline(), self.pending_deadline()];
            match waits.into_iter().flatten().min() {
                Some(next) if World::script_time(next) <= until => {
                    self.world.pass(next);
                    self.world.fire();
                }
                _ => {
                    if until < i64::MAX / 8 {
                        self.world.pass(World::at(until));
                    }
                    return Ok(false);
                }
            }
            stuck = if self.world.now() == before {
                stuck + 1
            } else {
                0
            };
            if stuck > PATIENCE {
                let span = self
                    .script
                    .events
                    .last()
                    .map_or_else(Span::default, |e| e.span);
                let text = say!("the stack's clock stands still", "协议栈的时钟停滞不前");
                return Err(Stop::fail(span, text));
            }
        }
    }

    fn inject(&mut self, packet: &Packet) -> Step<()> {
        self.open_passively(packet);
        let index = self.flow_for(packet)?;
        let flow = &mut self.flows[index];
        if let Body::Tcp(tcp) = &packet.body {
            match flow.phase {
                Phase::SynAckSent if tcp.flags.has(Flags::ACK) => flow.phase = Phase::Accepted,
                Phase::SynSent if tcp.flags.has(Flags::SYN) && tcp.flags.has(Flags::ACK) => {
                    flow.phase = Phase::Connected;
                    flow.remote_isn = tcp.seq;
                }
                _ => {}
            }
        }
        let bytes = inject::packet(packet, flow, self.config.ts_ecr_scaled)
            .map_err(|text| Stop::fail(packet.span, text))?;
        self.note(|| format!("in  {} bytes", bytes.len()));
        self.world.inject(&bytes);
        self.retry_pending()
    }

    /// A segment to a listener, or to nobody, makes a new flow.
    fn open_passively(&mut self, packet: &Packet) {
        let Body::Tcp(tcp) = &packet.body else {
            return;
        };
        let listening = |index: usize| self.flows[index].phase == Phase::Listening;
        if !self.under_test.is_none_or(listening) {
            return;
        }
        let remote = SocketAddr::new(self.config.remote, self.next_port);
        self.next_port += 1;
        let local = SocketAddr::new(self.config.local, self.config.bind_port);
        let mut flow = Flow::new(Protocol::Tcp, local, remote);
        flow.phase = Phase::SynReceived;
        flow.remote_isn = tcp.seq;
        self.under_test = Some(self.flows.len());
        self.flows.push(flow);
    }

    /// The flow of a script's packet.
    pub(super) fn flow_for(&mut self, packet: &Packet) -> Step<usize> {
        if let Some(index) = self.under_test {
            let fits = match &packet.body {
                Body::Tcp(tcp) => {
                    tcp.ports.is_some() || self.flows[index].protocol == Protocol::Tcp
                }
                Body::Udp(udp) => {
                    udp.ports.is_some() || self.flows[index].protocol == Protocol::Udp
                }
                Body::Icmp(_) => true,
            };
            if fits {
                return Ok(index);
            }
        }
        // Pings and datagrams for nobody in particular need no socket.
        let protocol = match &packet.body {
            Body::Icmp(_) => Protocol::Icmp,
            Body::Udp(_) => Protocol::Udp,
            Body::Tcp(_) => {
                let text = say!(
                    "no socket of the script sends or gets this",
                    "脚本中没有收发它的套接字"
                );
                return Err(Stop::fail(packet.span, text));
            }
        };
        let known = self.flows.iter().position(|flow| flow.protocol == protocol);
        if let Some(index) = known {
            return Ok(index);
        }
        let local = SocketAddr::new(self.config.local, self.config.bind_port);
        let remote = SocketAddr::new(self.config.remote, self.config.connect_port);
        self.flows.push(Flow::new(protocol, local, remote));
        Ok(self.flows.len() - 1)
    }
}
