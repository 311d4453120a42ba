//! What ICMP errors do to a connection (RFC 9293 §3.9.2.2, RFC 5927, RFC 5461).

use base::Instant;
use wire::tcp::SeqNumber;

use crate::connection::Marks;
use crate::{Arrival, Connection, DropReason, Error, Icmp, Settings, State};

impl Connection {
    /// An ICMP error came back for a segment that began at `seq`.
    ///
    /// While the handshake is under way it ends the attempt, as Linux does: a program should not
    /// wait for minutes for a host that is known to be out of reach. Later it is only remembered as
    /// the reason should the peer stay silent, since anybody can send one (RFC 5927 §5).
    pub fn on_icmp(
        &mut self,
        now: Instant,
        settings: &Settings,
        seq: SeqNumber,
        icmp: Icmp,
    ) -> Arrival {
        // It must speak of something in flight, or it is a guess (RFC 5927 §4.1).
        if seq.before(self.snd.una) || !seq.before(self.snd.nxt) {
            let mut arrival = Arrival::of(self.take_news());
            arrival.dropped = Some(DropReason::IcmpOutOfFlight);
            return arrival;
        }
        let error = match icmp {
            Icmp::NetUnreachable => Error::NetUnreachable,
            Icmp::HostUnreachable | Icmp::Undeliverable => Error::HostUnreachable,
            Icmp::PortUnreachable => Error::ConnectionRefused,
            Icmp::ProtocolUnreachable => Error::ProtocolUnreachable,
            Icmp::FragmentationNeeded { mss } => {
                self.shrink_segments(now, settings, mss);
                return Arrival::of(self.take_news());
            }
        };
        match self.state {
            // One that a program has accepted before its handshake is complete counts as a full one.
            State::SynReceived if self.marks.contains(Marks::ACCEPTED) => {
                self.soft_error = Some(error);
            }
            State::SynSent | State::SynReceived => self.fail(error),
            _ => self.soft_error = Some(error),
        }
        Arrival::of(self.take_news())
    }
}
