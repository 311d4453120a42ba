//! An outbound packet that the script waits for.

use super::flow::{Flow, Phase, Protocol};
use super::live::{Live, LiveBody};
use super::machine::Machine;
use super::{Failure, Step, compare, show};
use crate::script::ast::{Body, Event, Flags, Packet, Time};
use crate::words::{Text, say};

/// How long after its time a packet is waited for, in microseconds.
const PATIENCE: i64 = 2_000_000;

impl Machine<'_> {
    /// Waits for a packet and holds it against the script's.
    pub(super) fn expect(&mut self, event: &Event, packet: &Packet, at: i64, end: i64) -> Step<()> {
        let index = self.flow_of_outbound(packet)?;
        let first = self.await_packet(event, packet, index, end)?;
        let parts = self.join(event, packet, index, first, end)?;
        let live = joined(&parts);
        let flow = &mut self.flows[index];
        compare::learn(packet, &live, flow);
        let mapped = compare::to_script(&live, flow);
        let mut differences = compare::packet(packet, &mapped, flow, &self.config, at);
        let fault = live.fault.clone();
        if let Some(late) = self.lateness(event.time, at, end, live.at) {
            differences.push(late);
        }
        if differences.is_empty() && fault.is_none() {
            return Ok(());
        }
        let text = fault.unwrap_or_else(|| {
            say!(
                "the packet that left is not the one expected",
                "发出的包与预期不符"
            )
        });
        let shown = parts.iter().map(|part| self.show_at(part, index)).collect();
        let mut failure = self.failure(packet, text);
        failure.differences = differences;
        failure.actual = shown;
        Err(failure.into())
    }

    fn failure(&self, packet: &Packet, text: Text) -> Failure {
        let mut failure = Failure::new(packet.span, text);
        let said = self
            .source
            .get(packet.span.start..packet.span.end)
            .unwrap_or_default();
        failure.expected = Some(said.split_whitespace().collect::<Vec<_>>().join(" "));
        failure
    }

    fn show_at(&self, live: &Live, index: usize) -> String {
        let mapped = compare::to_script(live, &self.flows[index]);
        format!("{:.6} {}", live.at as f64 / 1e6, show::live(&mapped))
    }

    /// The time of a packet as a difference, if it came too early or too late.
    pub(super) fn lateness(
        &self,
        time: Time,
        at: i64,
        end: i64,
        came: i64,
    ) -> Option<super::Difference> {
        if time == Time::Any {
            return None;
        }
        let since = self.last_event.map_or(0, |last| at - last);
        let tolerance = self.config.tolerance(since);
        if (at - tolerance..=end + tolerance).contains(&came) {
            return None;
        }
        let seconds = |micros: i64| format!("{:.6}", micros as f64 / 1e6);
        let mut expected = seconds(at);
        if end != at {
            expected = format!("{expected}~{}", seconds(end));
        }
        Some(super::Difference {
            field: "time".into(),
            expected: format!("{expected} ± {}", seconds(tolerance)),
            actual: seconds(came),
        })
    }

    /// The next packet of the flow; passes the time until it comes.
    fn await_packet(
        &mut self,
        event: &Event,
        packet: &Packet,
        index: usize,
        end: i64,
    ) -> Step<Live> {
        let patience = match event.time {
            // In real time, not for ever.
            Time::Any if self.world.is_foreign() => end.saturating_add(30 * PATIENCE),
            Time::Any => i64::MAX / 4,
            _ => end.saturating_add(PATIENCE),
        };
        loop {
            while let Some((at, bytes)) = self.world.next_sent() {
                let live = match Live::read(at, &bytes) {
                    Ok(live) => live,
                    Err(text) => return Err(self.failure(packet, text).into()),
                };
                self.note(|| format!("out {}", show::live(&live)));
                if self.is_for(&live, packet, index) {
                    self.learn_numbers(&live, packet, index);
                    return Ok(live);
                }
            }
            let sent = |machine: &Self| machine.world.has_sent();
            if !self.advance(patience, &sent)? {
                break;
            }
        }
        let mut failure = self.failure(
            packet,
            say!(
                "no packet left until {:.6} s",
                "直到 {:.6} 秒都没有包发出",
                self.world.micros() as f64 / 1e6
            ),
        );
        failure.drops = self.world.drops();
        Err(failure.into())
    }

    /// Whether an outbound packet is one of the flow's.
    fn is_for(&mut self, live: &Live, packet: &Packet, index: usize) -> bool {
        let Some(protocol) = live.kind() else {
            return false;
        };
        if let Body::Icmp(_) = packet.body {
            let own = self.flows[index].protocol == Protocol::Icmp;
            return protocol == Protocol::Icmp
                && (own || live.dst == packet.info.addresses.map_or(live.dst, |(_, dst)| dst));
        }
        let (src, dst) = live.endpoints();
        let flow = &mut self.flows[index];
        if live.is_later_fragment() {
            return packet.info.fragment.is_some()
                && (live.src, live.dst) == (flow.local.ip(), flow.remote.ip());
        }
        if let Body::Tcp(said) = &packet.body
            && let Some((src_port, dst_port)) = said.ports
        {
            return protocol == Protocol::Tcp && (src.port(), dst.port()) == (src_port, dst_port);
        }
        if flow.sends(protocol, src, dst) {
            return true;
        }
        // The first packet of a socket that calls tells its port.
        let syn = match &live.body {
            LiveBody::Tcp(tcp) => tcp.flags & (Flags::SYN | Flags::ACK) == Flags::SYN,
            _ => true,
        };
        let calls = match flow.protocol {
            Protocol::Tcp => flow.phase == Phase::SynSent && syn,
            Protocol::Udp | Protocol::Icmp => matches!(flow.phase, Phase::Connecting | Phase::New),
        };
        let same_peer = protocol == flow.protocol
            && dst.ip() == flow.remote.ip()
            && (protocol == Protocol::Icmp || dst.port() == flow.remote.port());
        if calls && same_peer {
            flow.local = src;
            return true;
        }
        false
    }

    /// Initial sequence numbers, as they are first seen.
    fn learn_numbers(&mut self, live: &Live, packet: &Packet, index: usize) {
        let flow = &mut self.flows[index];
        let (LiveBody::Tcp(came), Body::Tcp(said)) = (&live.body, &packet.body) else {
            return;
        };
        if !said.flags.has(Flags::SYN) || came.flags & Flags::SYN == 0 {
            return;
        }
        let with_ack = said.flags.has(Flags::ACK);
        match flow.phase {
            Phase::SynReceived if with_ack => {
                flow.phase = Phase::SynAckSent;
                flow.script_local_isn = said.seq;
                flow.live_local_isn = came.seq;
            }
            Phase::SynSent if !with_ack => flow.live_local_isn = came.seq,
            _ => {}
        }
    }

    /// Segments that follow the first until the script's length is reached.
    fn join(
        &mut self,
        event: &Event,
        packet: &Packet,
        index: usize,
        first: Live,
        end: i64,
    ) -> Step<Vec<Live>> {
        let Body::Tcp(said) = &packet.body else {
            return Ok(vec![first]);
        };
        let mut parts = vec![first];
        let mut total = parts[0].len();
        while total < said.len && !self.config.strict_segments && packet.info.fragment.is_none() {
            let next = match self.await_packet(event, packet, index, end) {
                Ok(next) => next,
                Err(super::Stop::Fail(mut failure)) => {
                    failure.actual = parts.iter().map(|p| self.show_at(p, index)).collect();
                    *failure = failure.differs("length", said.len, total);
                    return Err(super::Stop::Fail(failure));
                }
                Err(stop) => return Err(stop),
            };
            let before = &parts[parts.len() - 1];
            let uneven = next.len() < said.len - total && next.len() != before.len();
            let reason = compare::continues(before, &next).or(uneven.then_some("length"));
            total += next.len();
            parts.push(next);
            if let Some(field) = reason {
                let shown = parts.iter().map(|part| self.show_at(part, index)).collect();
                let text = say!(
                    "these segments are no parts of the one expected: {field} differs",
                    "这些段不能合成预期的段:{field} 不一致"
                );
                let mut failure = self.failure(packet, text);
                failure.actual = shown;
                return Err(failure.into());
            }
        }
        Ok(parts)
    }

    /// The flow that an outbound packet of the script belongs to.
    fn flow_of_outbound(&mut self, packet: &Packet) -> Step<usize> {
        if let (Body::Tcp(tcp), Some(index)) = (&packet.body, self.under_test) {
            let flow: &mut Flow = &mut self.flows[index];
            let opening = tcp.flags.has(Flags::SYN) && !tcp.flags.has(Flags::ACK);
            if opening && flow.phase == Phase::Connecting {
                flow.phase = Phase::SynSent;
                flow.script_local_isn = tcp.seq;
            }
        }
        self.flow_for(packet)
    }
}

/// Parts as the one segment that they would have been: PSH, FIN and the time from the last.
fn joined(parts: &[Live]) -> Live {
    let mut whole = parts[0].clone();
    let last = &parts[parts.len() - 1];
    let len = parts.iter().map(Live::len).sum();
    whole.at = last.at;
    whole.fault = parts.iter().find_map(|part| part.fault.clone());
    if let (LiveBody::Tcp(tcp), LiveBody::Tcp(end)) = (&mut whole.body, &last.body) {
        tcp.len = len;
        tcp.flags |= end.flags & (Flags::PSH | Flags::FIN);
        let dirty = |part: &Live| matches!(&part.body, LiveBody::Tcp(tcp) if tcp.dirty);
        tcp.dirty = parts.iter().any(dirty);
    }
    whole
}
