//! What each timer does when it fires.

use base::Instant;

use super::Timer;
use crate::receive::AckDebt;
use crate::{Arrival, Connection, Settings};

impl Connection {
    /// When to call [`on_deadline`](Self::on_deadline): the next of the connection's timers.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let pacing = self.congestion.pacing_deadline();
        match (self.timers.next(), pacing) {
            (Some(timer), Some(pacing)) => Some(timer.min(pacing)),
            (timer, pacing) => timer.or(pacing),
        }
    }

    /// The deadline has come. Harmless when early.
    pub fn on_deadline(&mut self, now: Instant, settings: &Settings) -> Arrival {
        self.congestion.on_pacing_deadline(now);
        // Each at most once, however short its next wait.
        for timer in Timer::ALL {
            if !self.timers.take_due(timer, now) {
                continue;
            }
            match timer {
                Timer::Retransmit if self.snd.flight() > 0 => {
                    self.recovery_due(now, settings);
                    self.wake_writer(settings);
                }
                Timer::Retransmit => self.persist_due(now, settings),
                Timer::DelayedAck => self.delayed_ack_due(settings),
                Timer::Keepalive => self.keepalive_due(now, settings),
                Timer::Linger => self.finish(),
            }
        }
        Arrival::of(self.take_news())
    }

    /// The ACK found no company in time.
    fn delayed_ack_due(&mut self, settings: &Settings) {
        if self.rcv.ack != AckDebt::None {
            self.rcv.acks.on_missed(settings, self.rtt.rto);
            self.rcv.ack = AckDebt::Now;
        }
    }
}
